-- install: bookonce is a trusted extension. A database owner who is no superuser installs it, makes the tables and
-- gives an application role the verbs. The three roles made here play in all later tests.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
DROP ROLE IF EXISTS regress_owner, regress_app, regress_stranger;
CREATE ROLE regress_owner;    -- owns the database, so the extension and its tables
CREATE ROLE regress_app;      -- has what grant_usage() gives
CREATE ROLE regress_stranger; -- has nothing
SELECT format('ALTER DATABASE %I OWNER TO regress_owner', current_database()) \gexec

SET SESSION AUTHORIZATION regress_stranger;
CREATE EXTENSION bookonce CASCADE;
SET SESSION AUTHORIZATION regress_owner;
CREATE EXTENSION bookonce CASCADE;
SELECT extname, extowner::regrole, extnamespace::regnamespace FROM pg_extension WHERE extname = 'bookonce';

-- For later tests: what a statement raises, as its code or in words.
CREATE FUNCTION raised(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE call;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
CREATE FUNCTION complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE call;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' / ', SQLSTATE || ' ' || SQLERRM, nullif(hint, ''));
END
$$;

-- A verb before setup() says what to do; a grant has nothing to grant yet.
SELECT * FROM bookonce.book_slot('room:1', '[2030-01-07 09:00+00, 2030-01-07 10:00+00)', 'user:1');
SELECT bookonce.define_resource('room:1');
\set VERBOSITY sqlstate
SELECT bookonce.confirm_booking(gen_random_uuid());
SELECT bookonce.extend_hold(gen_random_uuid(), '1 minute');
SELECT bookonce.cancel_booking(gen_random_uuid());
SELECT bookonce.expire_holds();
SELECT bookonce.grant_usage('regress_app');
\set VERBOSITY default

-- Only who may create in the schema can set up, and PUBLIC may not even call it.
SET SESSION AUTHORIZATION regress_stranger;
SELECT bookonce.setup();
SET SESSION AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA bookonce TO regress_stranger;
GRANT EXECUTE ON FUNCTION bookonce.setup() TO regress_stranger;
SET SESSION AUTHORIZATION regress_stranger;
SELECT bookonce.setup();
SET SESSION AUTHORIZATION regress_owner;
REVOKE ALL ON FUNCTION bookonce.setup() FROM regress_stranger;
REVOKE ALL ON SCHEMA bookonce FROM regress_stranger;
BEGIN READ ONLY;
SELECT bookonce.setup();
ROLLBACK;

-- Rolled back, it leaves nothing; committed, the tables are the owner's and no members of the extension.
BEGIN;
SELECT bookonce.setup();
ROLLBACK;
SELECT to_regclass('bookonce.booking') IS NULL AS nothing_left;
SELECT bookonce.setup();
SELECT c.relname, c.relowner::regrole,
       EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass
           AND d.deptype = 'e') AS is_member
FROM pg_class AS c
WHERE c.oid IN ('bookonce.resource'::regclass, 'bookonce.booking'::regclass, 'bookonce.live_booking'::regclass)
ORDER BY c.relname;

-- A second time it changes nothing: the tables are the same ones, with what is in them.
SELECT bookonce.define_resource('room:setup');
SELECT array_agg(xmin::text || oid ORDER BY oid) AS before FROM pg_class
    WHERE relnamespace = 'bookonce'::regnamespace \gset
SELECT bookonce.setup();
SELECT array_agg(xmin::text || oid ORDER BY oid) = :'before' AS unchanged FROM pg_class
    WHERE relnamespace = 'bookonce'::regnamespace;
SELECT resource FROM bookonce.resource;

-- The application's role gets the verbs and the views. Granting again is harmless.
SELECT bookonce.grant_usage('regress_app');
SELECT bookonce.grant_usage('regress_app');
SELECT has_function_privilege('regress_app', p.oid, 'EXECUTE') AS app,
       has_function_privilege('regress_stranger', p.oid, 'EXECUTE') AS stranger, p.proname
FROM pg_proc AS p
WHERE p.pronamespace = 'bookonce'::regnamespace
  AND p.proname IN ('setup', 'grant_usage', 'expire_holds', 'check_integrity', 'define_resource', 'book_slot',
      'confirm_booking', 'extend_hold', 'cancel_booking')
ORDER BY p.proname COLLATE "C";
SELECT bookonce.grant_usage(NULL);
SELECT bookonce.grant_usage('nobody such');
