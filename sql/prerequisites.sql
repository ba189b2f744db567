-- prerequisites.sql
--   What must hold before anything is made.
--
-- The install script is made of the files that the Makefile lists, in that order. It runs as a superuser on behalf of a
-- database owner, so it follows PostgreSQL's "Security Considerations for Extensions": every name and operator is
-- qualified, nothing is replaced, nothing that exists is taken over.
--
-- SPDX-License-Identifier: PostgreSQL

\echo Use "CREATE EXTENSION bookonce" to load this file. \quit

-- A schema that was there first. Its owner can put functions beside the verbs, for exactly the types of a call, and tables
-- under them; and what is in it already may be meant to be called by this script. So it must be empty, and the installing
-- role's own, or of a role that it is a member of. (To a restored dump it is: there the extension comes before its tables.)
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
          AND d.classid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_proc', 'pg_catalog.pg_type',
              'pg_catalog.pg_operator', 'pg_catalog.pg_opclass', 'pg_catalog.pg_opfamily']::pg_catalog.regclass[]::pg_catalog.oid[]))
    THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'schema bookonce is not empty',
            HINT = 'Move what is in it to another schema, or drop it: DROP SCHEMA bookonce CASCADE.';
    END IF;
END
$prerequisites$;
