-- owner_code: what the owner adds to the tables runs as the owner inside a caller's call, and finds nothing of the
-- caller's.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
CREATE SCHEMA app AUTHORIZATION regress_owner;
CREATE SCHEMA trap AUTHORIZATION regress_app;
GRANT USAGE ON SCHEMA app TO regress_app;
GRANT USAGE ON SCHEMA trap TO regress_owner;
SET ROLE regress_owner;
SELECT bookonce.define_resource('room:code', tenant => 'code'),
       bookonce.define_resource('room:code:rules', buffer_after => '5 minutes', tenant => 'code');
CREATE TABLE app.audit (holder text);
RESET ROLE;
-- Somebody else's, with a policy.
CREATE TABLE app.others (holder text);
GRANT ALL ON app.others TO regress_owner;
ALTER TABLE app.others ENABLE ROW LEVEL SECURITY;

-- What the owner adds, what the caller puts in the way, and what one call then says. All is undone.
CREATE FUNCTION app.try(owners text, callers text, resource text DEFAULT 'room:code', ends text DEFAULT 'SELECT')
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    hint text;
BEGIN
    SET LOCAL ROLE regress_owner;
    SET LOCAL search_path = app;
    EXECUTE owners;
    SET LOCAL ROLE regress_app;
    SET LOCAL search_path = trap, pg_catalog;
    EXECUTE callers;
    SELECT outcome INTO said FROM bookonce.book_slot(resource, '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann',
        tenant => 'code');
    EXECUTE ends;
    RAISE EXCEPTION USING MESSAGE = said, ERRCODE = 'RB000';
EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN CASE SQLSTATE WHEN 'RB000' THEN said ELSE SQLSTATE || ' ' || said END || CASE WHEN hint LIKE '%qualify%'
        THEN ' (qualify)' ELSE '' END;
END
$$;

-- The trigger's function, by its body.
CREATE FUNCTION app.note(body text, declared text DEFAULT '', timing text DEFAULT 'BEFORE', options text DEFAULT '')
    RETURNS text LANGUAGE sql AS $$
    SELECT format('CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql %s AS %L; '
                  'CREATE TRIGGER note %s INSERT ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION app.note()',
                  options, format('DECLARE %s BEGIN %s RETURN NEW; END', declared, body), timing)
$$;
-- A function of the owner's that a CHECK, a default, an index or a policy calls, by its body.
CREATE FUNCTION app.helping(body text, kind text DEFAULT 'IMMUTABLE') RETURNS text LANGUAGE sql AS $$
    SELECT format('CREATE FUNCTION app.helper(text) RETURNS boolean LANGUAGE plpgsql %s AS %L; ', kind,
        format('BEGIN %s RETURN true; END', body))
$$;

-- The caller's traps. Each raises, and says as whom it was called.
SET ROLE regress_app;
CREATE FUNCTION trap.sprung() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'sprung as %', current_user;
    END$$;
CREATE FUNCTION trap.spring(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE EXCEPTION 'sprung as %',
    current_user; END$$;
CREATE FUNCTION trap.spring(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN IF current_user <> 'regress_app' THEN RAISE EXCEPTION 'sprung as %', current_user; END IF; RETURN $1; END$$;
CREATE OPERATOR trap.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.spring);
CREATE FUNCTION trap.helper(text) RETURNS boolean LANGUAGE sql AS 'SELECT trap.spring($1)';
CREATE FUNCTION trap.upper(text) RETURNS text LANGUAGE sql AS $$SELECT trap.spring($1, '')$$;
RESET ROLE;
\set temp_table 'CREATE TEMP TABLE audit (holder text); GRANT ALL ON audit TO regress_owner; '
\set temp_trigger :temp_table 'CREATE TRIGGER sprung BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION trap.sprung();'

-- A trigger that names a table without its schema: the error says what to do, whatever the caller has of that name.
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'), 'SELECT');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'), :'temp_table');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'), :'temp_trigger');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);', timing => 'AFTER'), :'temp_trigger');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'), :'temp_trigger', 'room:code:rules');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'),
    'CREATE TABLE trap.audit (holder text); GRANT ALL ON trap.audit TO regress_owner');
SELECT app.try(app.note('EXECUTE ''INSERT INTO audit VALUES ($1)'' USING NEW.holder;'), :'temp_trigger');
SELECT app.try(app.note('PERFORM FROM audit;'),
    'CREATE TEMP TABLE audit (holder text CHECK (trap.spring(holder))); GRANT ALL ON audit TO regress_owner');
SELECT app.try(app.note('PERFORM FROM audit;'),
    'CREATE TEMP VIEW audit AS SELECT trap.spring(''x''::text); GRANT ALL ON audit TO regress_owner');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);'),
    'CREATE TEMP VIEW audit AS SELECT ''x''::text AS holder; GRANT ALL ON audit TO regress_owner; '
    'CREATE TRIGGER sprung INSTEAD OF INSERT ON audit FOR EACH ROW EXECUTE FUNCTION trap.sprung()');
SELECT app.try(app.note('TRUNCATE audit;'),
    :'temp_table' || 'CREATE TRIGGER sprung BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION trap.sprung()');
BEGIN;
GRANT regress_app TO regress_owner;
SELECT app.try(app.note('ALTER TABLE audit ADD COLUMN seen boolean DEFAULT clock_timestamp() > ''2020-01-01'';'),
    :'temp_trigger');
ROLLBACK;
-- Qualified, or with a search_path of its own, it works, whatever the caller has.
SELECT app.try(app.note('INSERT INTO app.audit VALUES (NEW.holder);'), :'temp_trigger');
SELECT app.try(app.note('INSERT INTO audit VALUES (NEW.holder);', options => 'SET search_path = app, pg_temp'),
    :'temp_trigger');
SELECT app.try(app.note('NEW.reason := upper(NEW.holder || ''x'');'), 'SELECT');
-- A temporary table of the owner's own is not the caller's.
SELECT app.try(app.note('CREATE TEMP TABLE scratch (holder text); INSERT INTO pg_temp.scratch VALUES (NEW.holder);'),
    'SELECT');
SELECT app.try(app.note('CREATE TEMP TABLE IF NOT EXISTS audit (holder text); INSERT INTO pg_temp.audit VALUES (NEW.holder);'), :'temp_trigger');
-- A function.
SELECT app.try('CREATE FUNCTION app.spring(text) RETURNS boolean LANGUAGE sql AS ''SELECT true''; '
    || app.note('PERFORM spring(NEW.holder);'), 'SELECT');
-- A type.
SELECT app.try('CREATE DOMAIN app.amount AS text; ' || app.note('amount := NEW.holder;', 'amount amount;'), 'SELECT');
SELECT app.try('CREATE DOMAIN app.amount AS text; ' || app.note('amount := NEW.holder;', 'amount amount;'),
    'CREATE DOMAIN pg_temp.amount AS text CHECK (trap.spring(VALUE))');
SELECT app.try(app.note('line.holder := NEW.holder;', 'line audit;'),
    'CREATE DOMAIN trap.amount AS text CHECK (trap.spring(VALUE)); CREATE TEMP TABLE audit (holder trap.amount[])');
SELECT app.try(app.note('line.holder := NEW.holder;', 'line audit;'),
    'CREATE DOMAIN trap.amount AS text CHECK (trap.spring(VALUE)); CREATE TYPE trap.line AS (holder trap.amount); CREATE TYPE pg_temp.audit AS (line trap.line)');
-- A query of the owner's that was parsed and planned for the caller, with the very search_path; and one that is planned
-- each time.
SELECT app.try('CREATE FUNCTION app.look() RETURNS bigint LANGUAGE plpgsql AS ''BEGIN RETURN (SELECT count(*) FROM audit); END''; ' || app.note('PERFORM app.look();'),
    'CREATE TEMP VIEW audit AS SELECT current_user::text AS holder; GRANT ALL ON audit TO regress_owner; '
    'SET LOCAL search_path = pg_catalog, pg_temp; SELECT app.look(), app.look()');
SELECT app.try('CREATE FUNCTION app.look(x text) RETURNS bigint LANGUAGE plpgsql AS ''BEGIN RETURN (SELECT count(*) FROM audit WHERE holder = x); END''; '
    || app.note('PERFORM app.look(NEW.holder COLLATE "default");'),
    'CREATE TEMP VIEW audit AS SELECT trap.spring(''x'', ''y'') AS holder; GRANT ALL ON audit TO regress_owner; '
    'SET LOCAL search_path = pg_catalog, pg_temp; SELECT app.look(''x''), app.look(''y'')');
-- One that is planned into another.
SELECT app.try('CREATE FUNCTION app.look() RETURNS SETOF text LANGUAGE sql STABLE AS ''SELECT holder FROM audit''; '
    || app.note('PERFORM FROM app.look() AS l WHERE l = NEW.holder;'),
    'CREATE TEMP VIEW audit AS SELECT trap.spring(''x'', ''y'') AS holder; GRANT ALL ON audit TO regress_owner');

-- What else runs: checks, defaults, generated columns, indexes and their conditions, domains.
\set looks 'PERFORM FROM audit;'
SELECT app.try(app.helping(:'looks') || 'ALTER TABLE bookonce.booking ADD CONSTRAINT owners CHECK (app.helper(holder))',
    :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
SELECT app.try(app.helping(:'looks') || 'ALTER TABLE bookonce.booking ADD COLUMN owners boolean; ALTER TABLE bookonce.booking ALTER owners SET DEFAULT app.helper(''x'')', :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
SELECT app.try(app.helping('IF $1 = ''ann'' THEN PERFORM FROM audit; END IF;') || 'ALTER TABLE bookonce.booking ADD COLUMN owners boolean GENERATED ALWAYS AS (app.helper(holder)) STORED', :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
-- From PostgreSQL 17 on the build of an index has a search_path of its own, so the trap is set after it.
SELECT app.try(app.helping('IF $1 = ''ann'' AND current_setting(''app.built'', true) = ''yes'' THEN PERFORM FROM audit; END IF;') || 'CREATE INDEX owners ON bookonce.booking (app.helper(holder)); SET LOCAL app.built = yes', :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
SELECT app.try(app.helping('IF $1 = ''ann'' AND current_setting(''app.built'', true) = ''yes'' THEN PERFORM FROM audit; END IF;') || 'CREATE INDEX owners ON bookonce.booking (tenant) WHERE app.helper(holder); SET LOCAL app.built = yes', :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
SELECT app.try(app.helping(:'looks') || 'CREATE DOMAIN app.owners AS text CHECK (app.helper(VALUE)); ALTER TABLE bookonce.booking ADD COLUMN owners app.owners; ALTER TABLE bookonce.booking ALTER owners SET DEFAULT ''x''', :'temp_trigger', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
-- An index of events in the place of one of ours.
SELECT app.try(app.helping('PERFORM upper($1);') || 'SELECT bookonce.keep_history(); DROP INDEX bookonce.booking_event_booking; CREATE INDEX owners ON bookonce.booking_event (app.helper(after_holder))', 'SELECT', r) FROM unnest('{room:code,room:code:rules}'::text[]) AS r;
-- Policies of a table that a trigger writes, and event triggers where it makes one.
BEGIN;
SELECT app.helping(:'looks') \gexec
CREATE POLICY owners ON app.others WITH CHECK (app.helper(holder));
SELECT app.try(app.note('INSERT INTO app.others VALUES (NEW.holder);'), :'temp_trigger');
ROLLBACK;
BEGIN;
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN IF tg_tag = 'CREATE SEQUENCE' THEN PERFORM
    FROM audit; END IF; END$$;
CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION app.watch();
SELECT app.try(app.note('CREATE TEMP SEQUENCE drawn;'), :'temp_trigger');
ROLLBACK;

-- Settings that change what a statement means are the owner's; those that change how a value is written are the
-- caller's.
SELECT app.try(app.note('IF NEW.reason = NULL THEN RAISE EXCEPTION ''transform_null_equals''; END IF;'),
    'SET LOCAL transform_null_equals = on');
SELECT app.try(app.note('IF ''\'' <> chr(92) THEN RAISE EXCEPTION ''no backslash''; END IF;'),
    CASE WHEN current_setting('server_version_num')::integer < 190000 -- later ones have no other strings
    THEN 'SET LOCAL standard_conforming_strings = off; SET LOCAL escape_string_warning = off' ELSE '' END);
SELECT app.try(app.note('IF (''{NULL}''::text[])[1] IS NOT NULL THEN RAISE EXCEPTION ''array_nulls''; END IF;'),
    'SET LOCAL array_nulls = off');
SELECT app.try(app.note('ASSERT NEW.holder <> ''ann'';'), 'SET LOCAL plpgsql.check_asserts = off');
SELECT app.try(app.note('PERFORM FROM app.others;'), 'SET LOCAL row_security = off');
SELECT app.try(app.note('RAISE EXCEPTION ''% % % %'', current_setting(''search_path''), current_setting(''gin_fuzzy_search_limit''), current_setting(''datestyle''), current_setting(''timezone'');'),
    'SET LOCAL gin_fuzzy_search_limit = 1; SET LOCAL datestyle = German; SET LOCAL timezone = ''Europe/Paris''');

-- Afterwards they are the caller's again, also after an error, and in a subtransaction.
BEGIN;
SET LOCAL search_path = trap, public;
SET LOCAL ROLE regress_app;
SELECT outcome, current_setting('search_path'), current_user FROM bookonce.book_slot('room:code:rules',
    '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann', tenant => 'code');
SAVEPOINT s;
\set VERBOSITY sqlstate
SELECT outcome FROM bookonce.book_slot('room:code:rules', '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann',
    quantity => 2, tenant => 'code');
ROLLBACK TO s;
SELECT current_setting('search_path'), current_user;
SELECT outcome FROM bookonce.book_slots(ARRAY[ROW('room:code', '[2030-06-04 09:00+00, 2030-06-04 10:00+00)', 1, NULL,
    NULL, NULL),
    ROW('room:code:rules', '[2030-06-04 09:00+00, 2030-06-04 10:00+00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[],
        'ann', tenant => 'code');
SELECT current_setting('search_path'), current_user;
ROLLBACK;

-- A deferred trigger runs when the transaction ends: as the caller, and from PostgreSQL 18 on as the owner. Then its
-- function must have a search_path of its own. Two versions, two answers, and as the owner it finds nothing of the
-- caller's in any.
CREATE FUNCTION app.try_deferred(options text) RETURNS text LANGUAGE sql AS $f$
    SELECT app.try(format('CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql %s AS $$BEGIN INSERT INTO audit VALUES (NEW.holder); RETURN NEW; END$$; '
                          'CREATE CONSTRAINT TRIGGER note AFTER INSERT ON bookonce.booking DEFERRABLE FOR EACH ROW EXECUTE FUNCTION app.note()', options),
        'CREATE TEMP TABLE audit (holder text); GRANT ALL ON audit TO regress_owner; '
        'CREATE TRIGGER sprung BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION trap.sprung(); SET CONSTRAINTS ALL DEFERRED',
        ends => 'SET CONSTRAINTS ALL IMMEDIATE')
$f$;
SELECT said LIKE '%sprung as regress_owner%' AS is_borrowed,
       said LIKE CASE WHEN current_setting('server_version_num')::int < 180000 THEN '%sprung as regress_app'
           ELSE '55000%' END AS is_as_said
FROM app.try_deferred('') AS said;
SELECT said LIKE '%sprung%' AS is_sprung FROM app.try_deferred('SET search_path = app, pg_temp') AS said;

-- Only the guard's own refusal means that a move finds no room: another constraint of the owner's speaks for itself, at
-- the first try.
BEGIN;
SELECT outcome FROM bookonce.book_slot('room:code', '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann',
    tenant => 'code');
SELECT booking_id AS moves FROM bookonce.book_slot('room:code:rules', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)',
    'ann', tenant => 'code') \gset
ALTER TABLE bookonce.booking ADD CONSTRAINT one_place_at_a_time
    EXCLUDE USING gist (bookonce.slot_key(hashtext(holder), 1, during) WITH OPERATOR(bookonce.&&))
        WHERE (tenant = 'code');
CREATE SEQUENCE app.tries;
GRANT USAGE ON SEQUENCE app.tries TO regress_owner;
CREATE FUNCTION app.count() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''app.tries''); RETURN NEW; END';
CREATE TRIGGER count BEFORE UPDATE ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION app.count();
SAVEPOINT s;
\set VERBOSITY terse
SELECT outcome FROM bookonce.reschedule_booking(:'moves', '[2030-06-03 09:30+00, 2030-06-03 10:30+00)',
    tenant => 'code');
ROLLBACK TO s;
\set VERBOSITY sqlstate
SELECT last_value AS tries, is_called FROM app.tries;
ROLLBACK;

-- A trigger that lets nothing change keeps a call from ever having room: it says so after a while.
BEGIN;
SELECT bookonce.define_resource('pair:code', capacity => 2, tenant => 'code');
SELECT outcome FROM bookonce.book_slot('pair:code', '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann', quantity => 2,
    hold_for => '1 hour', tenant => 'code');
SELECT booking_id AS stays FROM bookonce.book_slot('pair:code', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', 'cleo',
    tenant => 'code') \gset
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE tenant = 'code' AND holder = 'ann';
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep BEFORE UPDATE ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION app.keep();
SAVEPOINT s;
SELECT outcome FROM bookonce.book_slot('pair:code', '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ben',
    tenant => 'code');
ROLLBACK TO s;
SELECT bookonce.define_resource('pair:code', capacity => 1, tenant => 'code');
ROLLBACK TO s;
SELECT outcome FROM bookonce.reschedule_booking(:'stays', '[2030-06-04 09:00+00, 2030-06-04 10:00+00)',
    tenant => 'code');
ROLLBACK;

SET client_min_messages = error;
DROP SCHEMA trap CASCADE;
DROP SCHEMA app CASCADE;
