-- adopt: a table that the application has already. What is booked in it is said by expressions over its columns, which are read
-- as PostgreSQL reads those of an index, and spelled again: nothing written reaches a statement.
SET datestyle = ISO;
SET timezone = UTC;
\set SHOW_CONTEXT never
\pset null '-'
SET SESSION AUTHORIZATION regress_owner;
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TYPE state AS ENUM ('pending', 'accepted');
CREATE TABLE "Booking" (id serial PRIMARY KEY, "userId" integer, "a;b'" text, room uuid, "startTime" timestamp, "endTime" timestamp,
    stay daterange, arrives date, leaves date, opens timestamptz, lasts interval, status state);
CREATE FUNCTION rule(resource text, starts text, ends text, during text DEFAULT NULL, live_when text DEFAULT NULL,
                     OUT slot text, OUT condition text, OUT wall_clock boolean)
    LANGUAGE sql AS $$ SELECT a.slot, a.condition, a.wall_clock FROM bookonce.adopted_rule('shop."Booking"', resource, starts, ends, during, live_when) AS a $$;
\x on
SELECT * FROM rule('"userId"', '"startTime"', '"endTime"', live_when => 'status = ''accepted''');
SELECT * FROM rule('"a;b''", room', NULL, NULL, 'stay');
SELECT * FROM rule('1', 'arrives', 'leaves', live_when => 'true');
SELECT * FROM rule('"userId" % 7', 'opens', '(opens AT TIME ZONE ''UTC'' + lasts) AT TIME ZONE ''UTC''', live_when => 'status = ''accepted'' OR room IS NULL');
\x off

-- What is no expression of the row's, or says no time.
\set VERBOSITY terse
SELECT rule('1; DROP TABLE "Booking"', 'arrives', 'leaves');
SELECT rule('1); DROP TABLE "Booking" --', 'arrives', 'leaves');
SELECT rule('"userId" FROM pg_catalog.pg_authid', 'arrives', 'leaves');
SELECT rule('(SELECT 1)', 'arrives', 'leaves');
SELECT rule('DISTINCT "userId"', 'arrives', 'leaves');
SELECT rule('"userId" AS u', 'arrives', 'leaves');
SELECT rule('*', 'arrives', 'leaves');
SELECT rule('"Booking".*', 'arrives', 'leaves');
SELECT rule('"Booking"', 'arrives', 'leaves');
SELECT rule('ctid', 'arrives', 'leaves');
SELECT rule('sum(id)', 'arrives', 'leaves');
SELECT rule('generate_series(1, 2)', 'arrives', 'leaves');
SELECT rule('$1', 'arrives', 'leaves');
SELECT rule('', 'arrives', 'leaves');
SELECT rule(NULL, 'arrives', 'leaves');
SELECT rule('userId', 'arrives', 'leaves');
SELECT rule('1', '1', '2');
SELECT rule('point(id, id)', 'arrives', 'leaves');
SELECT rule('room', 'arrives', '"endTime"');
SELECT rule('room', 'arrives, leaves', 'leaves');
SELECT rule('room', 'arrives', NULL);
SELECT rule('room', 'arrives', 'leaves', 'stay');
SELECT rule('room', NULL, NULL);
SELECT rule('room', NULL, NULL, 'int4range(1, 2)');
SELECT rule('1', '''2030-01-01''::date', '''2030-01-02''::date');
SELECT rule('room', 'arrives', 'leaves', live_when => 'status');
SELECT rule('room', 'arrives', 'leaves', live_when => 'random() < 1');
\set VERBOSITY default
SELECT rule('room', 'arrives', 'leaves', live_when => 'opens > now()');
SELECT rule('room', 'opens', 'opens + lasts');
SELECT rule('room', 'arrives', 'leave');

-- Integers are themselves, all else is a hash that a dump may rely on; a resource of several columns needs all of them.
SELECT bookonce.resource_key(7::smallint), bookonce.resource_key(-7), bookonce.resource_key(9223372036854775807);
SELECT bookonce.resource_key('room'::text), bookonce.resource_key('room'::varchar), bookonce.resource_key('6e1b0b0e-0000-4000-8000-000000000001'::uuid);
SELECT bookonce.resource_key(ROW(1, 'a'::text)), bookonce.resource_key(ROW('a'::text, 1)), bookonce.resource_key(ROW(1, NULL::text)), bookonce.resource_key(NULL::text);
SELECT bookonce.resource_key(point(1, 1));

-- Times without zone are what the clock on the wall shows, whatever the session's; what is no time has none, without an error.
SET timezone = 'America/New_York';
SELECT t = tstzrange('2030-01-07 09:00+00', '2030-01-07 10:00+00') AS as_utc FROM bookonce.slot_time('2030-01-07 09:00'::timestamp, '2030-01-07 10:00') AS t;
SET timezone = UTC;
SELECT bookonce.slot_time('2030-01-07'::date, '2030-01-09'), bookonce.slot_time('[2030-01-07, 2030-01-09]'::daterange), bookonce.slot_time('(2030-01-07, 2030-01-09]'::tsrange);
SELECT bookonce.slot_time('-infinity'::date, 'infinity'), bookonce.slot_time('2030-01-07'::date, '5874897-12-31'), bookonce.slot_time('(,)'::daterange);
SELECT bookonce.slot_time('2030-01-07'::date, '2030-01-07'), bookonce.slot_time('2030-01-07'::timestamp, '2030-01-06'), bookonce.slot_time('empty'::tsrange),
    bookonce.slot_time('2030-01-07'::timestamptz, NULL), bookonce.slot_time('2030-01-07'::timestamptz, '150000-01-01');
SELECT bookonce.counts(true), bookonce.counts(false), bookonce.counts(NULL);

DROP FUNCTION rule;
RESET search_path;
DROP SCHEMA shop CASCADE;
RESET SESSION AUTHORIZATION;
