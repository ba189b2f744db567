-- adopt: a table that the application has already. What is booked in it is said by expressions over its columns, which
-- are read as PostgreSQL reads those of an index, and spelled again: nothing written reaches a statement.
SET datestyle = ISO;
SET timezone = UTC;
\set SHOW_CONTEXT never
\pset null '-'
SET SESSION AUTHORIZATION regress_owner;
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TYPE state AS ENUM ('pending', 'accepted');
CREATE TABLE "Booking" (id serial PRIMARY KEY, "userId" integer,
    "a;b'" text, room uuid, "startTime" timestamp, "endTime" timestamp,
    stay daterange, arrives date, leaves date, opens timestamptz, lasts interval, status state);
CREATE FUNCTION rule(resource text, starts text, ends text, during text DEFAULT NULL, live_when text DEFAULT NULL,
                     OUT slot text, OUT condition text, OUT wall_clock boolean)
    LANGUAGE sql AS $$ SELECT a.slot, a.condition, a.wall_clock
        FROM bookonce.adopted_rule('shop."Booking"', resource, starts, ends, during, live_when) AS a $$;
\x on
SELECT * FROM rule('"userId"', '"startTime"', '"endTime"', live_when => 'status = ''accepted''');
SELECT * FROM rule('"a;b''", room', NULL, NULL, 'stay');
SELECT * FROM rule('1', 'arrives', 'leaves', live_when => 'true');
SELECT * FROM rule('"userId" % 7', 'opens', '(opens AT TIME ZONE ''UTC'' + lasts) AT TIME ZONE ''UTC''',
    live_when => 'status = ''accepted'' OR room IS NULL');
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
SELECT bookonce.resource_key('room'::text), bookonce.resource_key('room'::varchar),
    bookonce.resource_key('6e1b0b0e-0000-4000-8000-000000000001'::uuid);
SELECT bookonce.resource_key(ROW(1, 'a'::text)), bookonce.resource_key(ROW('a'::text, 1)),
    bookonce.resource_key(ROW(1, NULL::text)), bookonce.resource_key(NULL::text);
SELECT bookonce.resource_key(point(1, 1));

-- Times without zone are what the clock on the wall shows, whatever the session's; what is no time has none, without an
-- error.
SET timezone = 'America/New_York';
SELECT t = tstzrange('2030-01-07 09:00+00', '2030-01-07 10:00+00') AS as_utc
    FROM bookonce.slot_time('2030-01-07 09:00'::timestamp, '2030-01-07 10:00') AS t;
SET timezone = UTC;
SELECT bookonce.slot_time('2030-01-07'::date, '2030-01-09'), bookonce.slot_time('[2030-01-07, 2030-01-09]'::daterange),
    bookonce.slot_time('(2030-01-07, 2030-01-09]'::tsrange);
SELECT bookonce.slot_time('-infinity'::date, 'infinity'), bookonce.slot_time('2030-01-07'::date, '5874897-12-31'),
    bookonce.slot_time('(,)'::daterange);
SELECT bookonce.slot_time('2030-01-07'::date, '2030-01-07'), bookonce.slot_time('2030-01-07'::timestamp, '2030-01-06'),
    bookonce.slot_time('empty'::tsrange),
    bookonce.slot_time('2030-01-07'::timestamptz, NULL), bookonce.slot_time('2030-01-07'::timestamptz, '150000-01-01');
SELECT bookonce.counts(true), bookonce.counts(false), bookonce.counts(NULL);

DROP FUNCTION rule;

-- Look: the pairs that overlap today, each once, those that start first first, and how many there are in all.
INSERT INTO "Booking" ("userId", "startTime", "endTime", status) VALUES
    (1, '2030-01-07 09:00', '2030-01-07 11:00', 'accepted'), (1, '2030-01-07 10:00', '2030-01-07 10:30', 'accepted'),
    (1, '2030-01-07 10:30', '2030-01-07 12:00', 'accepted'), (1, '2030-01-07 11:00', '2030-01-07 11:30', 'pending'),
    (2, '2030-01-07 09:00', '2030-01-07 11:00', 'accepted'), (NULL, '2030-01-07 09:00', '2030-01-07 11:00', 'accepted'),
    (1, '2030-01-07 10:00', NULL, 'accepted'), (1, '2030-01-07 10:30', '2030-01-07 10:00', 'accepted'),
        (1, '2030-01-07 10:15', '2030-01-07 10:15', NULL),
    (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL);
SELECT * FROM bookonce.find_double_bookings('"Booking"', '"userId"', '"startTime"', '"endTime"',
    live_when => 'status = ''accepted''');
SELECT * FROM bookonce.find_double_bookings('"Booking"', '"userId", status',
    during => 'tsrange("startTime", greatest("startTime", "endTime"), ''[]'')', at_most => 2);
SELECT count(*) FROM bookonce.find_double_bookings('"Booking"', '"userId"', '"startTime"', '"endTime"',
    at_most => NULL);
-- It may depend on what time it is, as no guard may.
SELECT count(*) FROM bookonce.find_double_bookings('"Booking"', '"userId"', '"startTime"', '"endTime"',
    live_when => 'status IS NOT NULL AND "startTime" > localtimestamp + interval ''100 years''');

-- The clock on the wall: what overlaps does not depend on the session's zone, though that skips this hour; and reads as
-- written.
SET timezone = 'Europe/Berlin';
CREATE TABLE wall (code text PRIMARY KEY, starts timestamp, ends timestamp);
INSERT INTO wall VALUES ('a', '2030-03-31 02:00', '2030-03-31 03:00'), ('b', '2030-03-31 02:30', '2030-03-31 03:30'),
    ('c', '2030-10-27 02:00', '2030-10-27 03:00'), ('d', '2030-10-27 02:30', '2030-10-27 02:45');
SELECT row_key, other_row_key, shared FROM bookonce.find_double_bookings('wall', '1', 'starts', 'ends');
SET timezone = UTC;

-- Any table: without a primary key, with one of several columns, in partitions, materialized, temporary, unlogged; with
-- infinite times. Not a view.
CREATE TABLE stay (house text, "no" integer, room integer, nights daterange,
    PRIMARY KEY (house, "no")) PARTITION BY LIST (house);
CREATE TABLE stay_a PARTITION OF stay FOR VALUES IN ('a');
CREATE TABLE stay_b PARTITION OF stay FOR VALUES IN ('b');
INSERT INTO stay VALUES ('a', 1, 5, '[2030-01-07,)'), ('b', 1, 5, '(,2030-01-08)'),
    ('a', 2, 6, '[2030-01-07, 2030-01-09)'), ('a', 3, 6, '[2030-01-09, infinity)');
SELECT * FROM bookonce.find_double_bookings('stay', 'room', during => 'nights');
CREATE MATERIALIZED VIEW lodger AS SELECT room, nights FROM stay ORDER BY nights;
SELECT * FROM bookonce.find_double_bookings('lodger', 'room', during => 'nights');
CREATE TEMP TABLE passing (n integer PRIMARY KEY, room integer, nights daterange);
INSERT INTO passing VALUES (1, 1, '[2030-01-07, 2030-01-09)'), (2, 1, '[2030-01-08, 2030-01-10)');
SELECT row_key, other_row_key, shared FROM bookonce.find_double_bookings('passing', 'room', during => 'nights');
CREATE UNLOGGED TABLE fleeting AS SELECT * FROM passing;
SELECT row_key, other_row_key, shared FROM bookonce.find_double_bookings('fleeting', 'room', during => 'nights');
CREATE VIEW guest AS SELECT * FROM stay;
SELECT * FROM bookonce.find_double_bookings('guest', 'room', during => 'nights');
SELECT * FROM bookonce.find_double_bookings(NULL, 'room', during => 'nights');
SELECT * FROM bookonce.find_double_bookings('stay', 'room', during => 'nights', at_most => 0);

-- As many as a join finds, whatever lies on whatever.
SELECT setseed(0.42);
CREATE TABLE heap AS SELECT n, (random() * 5)::integer AS room, '2030-01-07'::timestamptz + random() * interval '1 day'
    AS starts, random() * interval '2 hours' AS lasts FROM generate_series(1, 500) AS n;
CREATE TABLE slot AS SELECT n, room, tstzrange(starts, starts + lasts, (ARRAY['[]', '()', '[)', '(]'])[n % 4 + 1])
    AS during FROM heap;
CREATE TABLE joined AS SELECT a.n AS a, b.n AS b, a.during * b.during AS shared FROM slot AS a JOIN slot AS b
    ON a.room = b.room AND a.during && b.during AND a.n < b.n;
ALTER TABLE slot ADD PRIMARY KEY (n);
CREATE TABLE found AS SELECT least((row_key ->> 'n')::integer, (other_row_key ->> 'n')::integer) AS a,
    greatest((row_key ->> 'n')::integer, (other_row_key ->> 'n')::integer) AS b, shared, pairs
    FROM bookonce.find_double_bookings('slot', 'room', during => 'during', at_most => NULL);
SELECT count(*) > 500 AS many, bool_and(pairs = (SELECT count(*) FROM joined)) AS counted FROM found;
SELECT * FROM (SELECT a, b, shared FROM joined EXCEPT ALL SELECT a, b, shared FROM found) AS missed;
SELECT * FROM (SELECT a, b, shared FROM found EXCEPT ALL SELECT a, b, shared FROM joined) AS invented;

-- It reads what its caller may read, and nothing more: neither a table nor rows that are kept from him.
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA shop TO regress_stranger;
GRANT USAGE ON SCHEMA bookonce TO regress_stranger;
GRANT EXECUTE ON FUNCTION bookonce.find_double_bookings TO regress_stranger;
SET SESSION AUTHORIZATION regress_stranger;
SELECT * FROM bookonce.find_double_bookings('shop.wall', '1', 'starts', 'ends');
RESET SESSION AUTHORIZATION;
GRANT SELECT ON shop.wall TO regress_stranger;
ALTER TABLE shop.wall ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON shop.wall USING (code IN ('a', 'c', 'd'));
SET SESSION AUTHORIZATION regress_stranger;
SELECT * FROM bookonce.find_double_bookings('shop.wall', '1', 'starts', 'ends');
RESET SESSION AUTHORIZATION;
REVOKE ALL ON FUNCTION bookonce.find_double_bookings FROM regress_stranger;
REVOKE ALL ON SCHEMA bookonce FROM regress_stranger;

SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
