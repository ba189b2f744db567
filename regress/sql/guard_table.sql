-- guard_table: nothing but the rule, on a table of the application's own. What was booked twice before the guard may
-- stay.
SET datestyle = ISO;
SET timezone = UTC;
\set SHOW_CONTEXT never
\pset null '-'
SELECT format('GRANT CREATE ON DATABASE %I TO regress_stranger', current_database()) \gexec
GRANT USAGE ON SCHEMA bookonce TO regress_stranger;
GRANT EXECUTE ON FUNCTION bookonce.find_double_bookings, bookonce.guard_table, bookonce.unguard_table,
    bookonce.guarded_overlaps, bookonce.adopted_rule,
    bookonce.make_guard, bookonce.make_guard_triggers, bookonce.lock_to_alter,
    bookonce.require_own_table TO regress_stranger;
SET SESSION AUTHORIZATION regress_stranger;
CREATE SCHEMA shop;
SET search_path = shop;
CREATE FUNCTION told(statement text, OUT code text, OUT said text, OUT detail text, OUT hint text,
    OUT fields text) LANGUAGE plpgsql AS $$
DECLARE
    schema text; relation text; rule text;
BEGIN
    EXECUTE statement;
    code := 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
        hint = PG_EXCEPTION_HINT,
        schema = SCHEMA_NAME, relation = TABLE_NAME, rule = CONSTRAINT_NAME;
    fields := schema || '.' || relation || ' ' || rule;
END $$;
CREATE TABLE "Booking" (id serial PRIMARY KEY, "userId" integer, "startTime" timestamp, "endTime" timestamp,
    status text DEFAULT 'accepted', note text);
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (1, '2030-01-07 09:00', '2030-01-07 10:00'),
    (1, '2030-01-07 09:30', '2030-01-07 10:30'), (2, '2030-01-07 10:00', '2030-01-07 09:00');
\set rule '\'shop."Booking"\', \'"userId"\', \'"startTime"\', \'"endTime"\', live_when => \'status = \'\'accepted\'\'\''

-- A constraint needs a table without double bookings. Online, there is an index to build first: the hint is the
-- statement.
\x on
SELECT * FROM told($$SELECT bookonce.guard_table('shop."Booking"', '"userId"', '"startTime"', '"endTime"',
    live_when => 'status = ''accepted''')$$);
SELECT * FROM told($$SELECT bookonce.guard_table('shop."Booking"', '"userId"', '"startTime"', '"endTime"',
    live_when => 'status = ''accepted''', how => 'online')$$);
\x off
SELECT substring(hint FROM 'CREATE INDEX .*;') AS build FROM told($$SELECT bookonce.guard_table('shop."Booking"',
    '"userId"', '"startTime"', '"endTime"', live_when => 'status = ''accepted''', how => 'online')$$) \gset
:build
SELECT how, guard, problem FROM bookonce.guarded_tables;
SELECT bookonce.guard_table(:rule, how => 'online');
SELECT * FROM bookonce.guarded_tables;
SELECT resource_value, row_key, other_row_key, shared FROM bookonce.guarded_overlaps('"Booking"');

-- What overlaps since before may stay, and change in what is not its time. Nothing comes to it.
\x on
SELECT * FROM told($$INSERT INTO shop."Booking" ("userId", "startTime", "endTime") VALUES (1, '2030-01-07 10:15',
    '2030-01-07 11:00')$$);
\x off
\set VERBOSITY terse
UPDATE "Booking" SET note = 'seen', status = status;
UPDATE "Booking" SET "endTime" = '2030-01-07 09:45' WHERE id = 1;
UPDATE "Booking" SET "endTime" = '2030-01-07 09:30' WHERE id = 1;
SELECT count(*) FROM bookonce.guarded_overlaps('"Booking"');

-- Pending, then accepted; two in one statement; what ends before it starts, or has no time or no resource, is not
-- guarded.
INSERT INTO "Booking" ("userId", "startTime", "endTime", status) VALUES (1, '2030-01-07 09:15', '2030-01-07 09:45',
    'pending'), (1, '2030-01-07 10:30', '2030-01-07 11:00', 'pending');
UPDATE "Booking" SET status = 'accepted' WHERE status = 'pending' AND "startTime" < '2030-01-07 10:00';
UPDATE "Booking" SET status = 'accepted' WHERE status = 'pending' AND "startTime" > '2030-01-07 10:00';
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (3, '2030-01-07 09:00', '2030-01-07 10:00'),
    (3, '2030-01-07 09:59', '2030-01-07 11:00');
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (1, '2030-01-07 12:00', '2030-01-07 09:00'),
    (1, NULL, '2030-01-07 09:00'), (NULL, '2030-01-07 09:00', '2030-01-07 10:00');
BEGIN;
INSERT INTO "Booking" ("userId", "startTime", "endTime") SELECT n, '2030-01-07 09:00', '2030-01-07 10:00'
    FROM generate_series(10, 20) AS n;
SELECT count(*) AS locks_kept FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
ROLLBACK;
COPY "Booking" ("userId", "startTime", "endTime") FROM stdin (DELIMITER '|');
4|2030-01-07 09:00|2030-01-07 10:00
4|2030-01-07 09:30|2030-01-07 10:00
\.

-- An upsert of the row in the way is no double booking. What it makes of the row is judged.
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 08:00', '2030-01-07 09:30')
    ON CONFLICT (id) DO UPDATE SET "startTime" = excluded."startTime" RETURNING "startTime";
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 08:00', '2030-01-07 09:30')
    ON CONFLICT DO NOTHING;
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 08:00', '2030-01-07 09:30');
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 08:00', '2030-01-07 09:30')
    ON CONFLICT (id) DO UPDATE SET "endTime" = '2030-01-07 09:31';
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (1, '2030-01-07 08:00', '2030-01-07 09:30')
    ON CONFLICT DO NOTHING;
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 09:30', '2030-01-07 09:40')
    ON CONFLICT (id) DO NOTHING;
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (1, 1, '2030-01-07 09:30', '2030-01-07 09:40')
    ON CONFLICT (id) DO UPDATE SET "startTime" = excluded."startTime", "endTime" = excluded."endTime";

-- When none overlaps any more, the constraint completes it; again, it is put right; another rule is another guard.
SELECT bookonce.guard_table(:rule);
SELECT bookonce.guard_table(:rule), bookonce.guard_table(:rule, how => 'online');
SELECT how, guard, problem FROM bookonce.guarded_tables;
\d "Booking"
SET client_min_messages = warning;
SELECT bookonce.guard_table('"Booking"', '"userId"', '"startTime"', '"endTime"');
SELECT bookonce.guard_table(:rule, how => 'offline');
SELECT bookonce.guard_table(:rule, how => NULL);
SELECT bookonce.guard_table(:rule, wait_at_most => '0');
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (1, '2030-01-07 09:59', '2030-01-07 10:00');

-- No query of the application's may scan the guard's index, whatever it asks for.
CREATE FUNCTION scans_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line LIKE '%Scan%' THEN
            RETURN NEXT line;
        END IF;
    END LOOP;
END $$;
SET enable_seqscan = off;
SET enable_indexscan = off;
SELECT * FROM scans_of($$SELECT count(*) FROM "Booking" WHERE status = 'accepted'$$);
RESET enable_indexscan;
CREATE TABLE bare (room integer NOT NULL, day daterange);
SELECT bookonce.guard_table('bare', 'room', during => 'day');
SELECT * FROM scans_of($$SELECT count(*) FROM bare$$);
SELECT * FROM scans_of($$SELECT count(*) FROM bare WHERE room IS NOT NULL$$);
RESET enable_seqscan;

-- A trigger that comes later changes the row: it is judged as it was written. A column that is computed is, too.
CREATE FUNCTION shift() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.day := daterange(lower(NEW.day) + 1,
    upper(NEW.day) + 1); RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE INSERT ON bare FOR EACH ROW EXECUTE FUNCTION shift();
INSERT INTO bare VALUES (1, '[2030-01-07, 2030-01-08)');
INSERT INTO bare VALUES (1, '[2030-01-08, 2030-01-09)');
INSERT INTO bare VALUES (1, '[2030-01-07, 2030-01-08)');
SELECT * FROM bare ORDER BY day;
CREATE TABLE computed (id serial PRIMARY KEY, room uuid, starts timestamptz, ends timestamptz,
    during tstzrange GENERATED ALWAYS AS (tstzrange(starts, ends)) STORED);
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 09:00',
    '2030-01-07 10:00');
SELECT bookonce.guard_table('computed', 'room', during => 'during', how => 'online');
CREATE INDEX computed_guard ON computed USING gist ((bookonce.slot_key(bookonce.resource_key(room), 1,
    bookonce.slot_time(during)))) WHERE bookonce.counts((num_nulls(room) = 0));
SELECT bookonce.guard_table('computed', 'room', during => 'during', how => 'online');
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 09:59',
    '2030-01-07 10:01');
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 10:00',
    '2030-01-07 11:00'), ('6e1b0b0e-0000-4000-8000-000000000002', '2030-01-07 09:00', '2030-01-07 10:00');
UPDATE computed SET starts = '2030-01-07 09:30' WHERE id = 3;
-- Online the trigger is all there is: of a row that is changed after it, AFTER ROW tells.
CREATE FUNCTION earlier() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.starts := NEW.starts - interval '1 hour';
    RETURN NEW; END $$;
CREATE TRIGGER zzz BEFORE INSERT OR UPDATE ON computed FOR EACH ROW EXECUTE FUNCTION earlier();
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 11:30',
    '2030-01-07 12:00');
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 12:00',
    '2030-01-07 13:00');
UPDATE computed SET starts = '2030-01-07 11:30' WHERE ends = '2030-01-07 13:00';
DROP TRIGGER zzz ON computed;
SELECT count(*) AS overlaps FROM bookonce.guarded_overlaps('computed');

-- Writing the rows in the trigger of another table's row: one statement within another, each with a lock of its own.
CREATE FUNCTION beside() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO bare VALUES (NEW.id + 100, '[2031-01-07, 2031-01-08)') ON CONFLICT DO NOTHING;
    INSERT INTO bare SELECT NEW.id + 200, '[2031-01-07, 2031-01-08)' WHERE false;
    BEGIN
        INSERT INTO bare VALUES (NEW.id + 100, '[2031-01-07, 2031-01-08)');
    EXCEPTION WHEN exclusion_violation THEN NULL;
    END;
    RETURN NEW;
END $$;
CREATE TRIGGER zzz BEFORE INSERT ON computed FOR EACH ROW EXECUTE FUNCTION beside();
BEGIN;
INSERT INTO computed (room, starts, ends) SELECT '6e1b0b0e-0000-4000-8000-000000000003',
    '2031-01-07'::timestamptz + n * interval '1 hour', '2031-01-07'::timestamptz + (n + 1) * interval '1 hour'
    FROM generate_series(1, 3) AS n;
SELECT count(*) AS locks_kept FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
SELECT count(*) FROM bare WHERE day > '[2031-01-01,)';
COMMIT;
-- A row that fails while its lock is held: the lock goes with the savepoint, and nobody gives it back twice.
ALTER TABLE bare ADD CHECK (room < 1000);
BEGIN;
DO $$
BEGIN
    FOR room IN 999..1001 LOOP
        BEGIN
            INSERT INTO bare VALUES (room, '[2032-01-07, 2032-01-08)');
        EXCEPTION WHEN check_violation THEN NULL;
        END;
    END LOOP;
END $$;
-- The memory of a statement of an SQL function may outlive its savepoint, and the lock that it had.
CREATE FUNCTION put(room integer) RETURNS integer LANGUAGE sql AS $$
    INSERT INTO bare VALUES (room, '[2033-01-07, 2033-01-08)') RETURNING room $$;
DO $$
DECLARE
    done integer;
BEGIN
    FOR room IN 998..1001 LOOP
        BEGIN
            done := put(room);
        EXCEPTION WHEN check_violation THEN NULL;
        END;
    END LOOP;
END
$$;
SAVEPOINT s;
INSERT INTO bare VALUES (1000, '[2032-01-07, 2032-01-08)');
ROLLBACK TO s;
INSERT INTO bare VALUES (998, '[2032-01-07, 2032-01-08)');
SELECT count(*) AS locks_kept FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid();
COMMIT;

-- A migration takes parts of it away.
DROP TRIGGER zz_bookonce_guard ON bare;
ALTER TABLE computed DISABLE TRIGGER USER;
ALTER TABLE "Booking" DROP COLUMN "endTime";
ALTER TABLE "Booking" DROP COLUMN "endTime" CASCADE;
SELECT relation, how, guard, problem FROM bookonce.guarded_tables ORDER BY relation::text;
INSERT INTO "Booking" ("userId", "startTime") VALUES (1, '2030-01-07 09:59');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.check_integrity() WHERE problem LIKE '%guard%' ORDER BY id;
SET SESSION AUTHORIZATION regress_stranger;
SELECT bookonce.guard_table('bare', 'room', during => 'day'),
    bookonce.guard_table('computed', 'room', during => 'during', how => 'online');
SELECT relation, how, guard, problem FROM bookonce.guarded_tables ORDER BY relation::text;
SELECT bookonce.guarded_overlaps('"Booking"');
SELECT bookonce.unguard_table('"Booking"');
SELECT bookonce.unguard_table('"Booking"');
INSERT INTO "Booking" ("userId", "startTime") VALUES (1, '2030-01-07 09:59');
-- A column of another type is compared as that, or stays as it is.
ALTER TABLE computed ALTER COLUMN room TYPE text;
ALTER TABLE bare ALTER COLUMN day TYPE text;
INSERT INTO computed (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 09:30',
    '2030-01-07 10:00');
ALTER INDEX computed_guard RENAME TO "guard; DROP TABLE bare";
ALTER TABLE computed RENAME TO "a ""table"" of ours";
INSERT INTO "a ""table"" of ours" (room, starts, ends) VALUES ('6e1b0b0e-0000-4000-8000-000000000001',
    '2030-01-07 09:30', '2030-01-07 10:00');
SELECT bookonce.guard_table('"a ""table"" of ours"', 'room', during => 'during');
\d "a ""table"" of ours"
SELECT bookonce.unguard_table('"a ""table"" of ours"');
SELECT bookonce.unguard_table('bare');
SELECT count(*) FROM bookonce.guarded_tables;
\d bare

-- Temporary and unlogged tables have a guard like others; what has no rows of its own, or not all of them, has none.
CREATE TEMP TABLE mine (room text, starts date, ends date);
SELECT bookonce.guard_table('mine', 'room, starts IS NULL', 'starts', 'ends');
INSERT INTO mine VALUES ('a', '2030-01-07', '2030-01-09'), ('a', '2030-01-08', '2030-01-10');
CREATE UNLOGGED TABLE fast (room text, starts date, ends date);
SELECT bookonce.guard_table('fast', 'room', 'starts', 'ends');
INSERT INTO fast VALUES ('a', '2030-01-07', '2030-01-09'), ('a', '2030-01-09', '2030-01-10');
CREATE TABLE parts (room integer, day daterange) PARTITION BY LIST (room);
CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE heir () INHERITS (bare);
CREATE VIEW seen AS SELECT * FROM bare;
\set VERBOSITY default
SELECT bookonce.guard_table('parts', 'room', during => 'day');
\set VERBOSITY terse
SELECT bookonce.guard_table('part', 'room', during => 'day');
SELECT bookonce.guard_table('heir', 'room', during => 'day');
SELECT bookonce.guard_table('bare', 'room', during => 'day');
SELECT bookonce.guard_table('seen', 'room', during => 'day');
SELECT bookonce.guard_table('bookonce.booking', 'resource_id', during => 'during');
SELECT bookonce.guard_table('pg_catalog.pg_class', 'relname', during => 'daterange(NULL, NULL)');
SELECT bookonce.guard_table(NULL, 'room', during => 'day');
SELECT bookonce.unguard_table(NULL);
SELECT bookonce.unguard_table('seen');
SELECT bookonce.guarded_overlaps(NULL);
SELECT bookonce.guarded_overlaps('bare', 0);
CREATE TRIGGER wrong BEFORE DELETE ON bare FOR EACH ROW EXECUTE FUNCTION bookonce.guard_row();
DROP TABLE heir;
-- A guarded table that becomes a part of another is told: the rows of the others are not seen.
CREATE TABLE whole (room text, starts date, ends date) PARTITION BY LIST (room);
ALTER TABLE whole ATTACH PARTITION fast DEFAULT;
SELECT problem FROM bookonce.guarded_tables WHERE relation = 'fast'::regclass;
ALTER TABLE whole DETACH PARTITION fast;
SELECT problem IS NULL AS is_whole FROM bookonce.guarded_tables WHERE relation = 'fast'::regclass;
DROP TABLE whole;
INSERT INTO bare VALUES (9, NULL);
DELETE FROM bare;
CREATE TRIGGER lone BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION bookonce.guard_row();
INSERT INTO parts VALUES (1, NULL);

-- A role that may write and not read learns that it is taken, and not when by whom.
GRANT USAGE ON SCHEMA shop TO regress_app;
GRANT INSERT ON fast TO regress_app;
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_app;
\set VERBOSITY default
INSERT INTO shop.fast VALUES ('a', '2030-01-08', '2030-01-20');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_stranger;
INSERT INTO shop.fast VALUES ('a', '2030-01-08', '2030-01-20');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.guard_table('shop.fast', 'room', 'starts', 'ends');
-- Times without zone are compared as written: an hour that the clock skips or repeats changes nothing, nor does the
-- session's zone.
RESET SESSION AUTHORIZATION;
CREATE TABLE shop.wall_clock (room text, starts timestamp, ends timestamp);
SELECT bookonce.guard_table('shop.wall_clock', 'room', 'starts', 'ends');
SET timezone = 'Europe/Berlin';
INSERT INTO shop.wall_clock VALUES ('skipped', '2030-03-31 02:15', '2030-03-31 02:45');
INSERT INTO shop.wall_clock VALUES ('skipped', '2030-03-31 03:15', '2030-03-31 03:45');
INSERT INTO shop.wall_clock VALUES ('skipped', '2030-03-31 01:30', '2030-03-31 02:30');
INSERT INTO shop.wall_clock VALUES ('twice', '2030-10-27 02:00', '2030-10-27 02:30');
INSERT INTO shop.wall_clock VALUES ('twice', '2030-10-27 02:30', '2030-10-27 03:00');
SET timezone = UTC;
INSERT INTO shop.wall_clock VALUES ('twice', '2030-10-27 02:15', '2030-10-27 02:45');
INSERT INTO shop.wall_clock VALUES ('twice', '2030-10-27 01:00', '2030-10-27 02:00');
-- The extension stays while a guard needs it.
RESET SESSION AUTHORIZATION;
\set VERBOSITY terse
DROP EXTENSION bookonce;

SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookonce FROM regress_stranger;
REVOKE ALL ON SCHEMA bookonce FROM regress_stranger;
SELECT format('REVOKE CREATE ON DATABASE %I FROM regress_stranger', current_database()) \gexec
