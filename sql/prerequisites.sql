-- prerequisites.sql
--     What must hold before anything is created.
--
-- The install script consists of the files that the Makefile lists, in that order. It runs as a superuser on behalf of
-- a database owner, so it follows PostgreSQL's "Security Considerations for Extensions": every name and operator is
-- qualified, nothing is replaced, and nothing that exists is taken over.
--
-- SPDX-License-Identifier: PostgreSQL

\echo Use "CREATE EXTENSION bookonce" to load this file. \quit

-- A schema that existed before. Its owner can put functions beside the verbs, for exactly the types of a call, and
-- tables under them; and something that is already in it may be meant to be called by this script. So the schema must
-- be empty, and must belong to the installing role or to a role that it is a member of. (In a restored dump it does:
-- there the extension comes before its tables.)
DO $prerequisites$
DECLARE
    belongs_to pg_catalog.name;
BEGIN
    SELECT n.nspowner::pg_catalog.regrole INTO belongs_to
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_extension AS e ON e.extnamespace OPERATOR(pg_catalog.=) n.oid
    WHERE e.extname OPERATOR(pg_catalog.=) 'bookonce' AND NOT pg_catalog.pg_has_role(e.extowner, n.nspowner, 'USAGE');
    IF belongs_to IS NOT NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = pg_catalog.format('schema bookonce belongs to %s', belongs_to),
            HINT = 'Drop it, or let a superuser give it to you: ALTER SCHEMA bookonce OWNER TO CURRENT_USER.';
    END IF;
    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
          AND d.refobjid OPERATOR(pg_catalog.=) 'bookonce'::pg_catalog.regnamespace
          AND d.classid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_proc',
              'pg_catalog.pg_type', 'pg_catalog.pg_operator', 'pg_catalog.pg_opclass',
              'pg_catalog.pg_opfamily']::pg_catalog.regclass[]::pg_catalog.oid[]))
    THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'schema bookonce is not empty',
            HINT = 'Move what is in it to another schema, or drop it: DROP SCHEMA bookonce CASCADE.';
    END IF;
END
$prerequisites$;
