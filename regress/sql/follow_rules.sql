-- follow_rules: what was in the table before, the resources' rules, the verbs, and all that is not as it should be.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
CREATE SCHEMA orm;
SET search_path = orm, public;
CREATE TABLE stay (id uuid PRIMARY KEY, room text, arrives date, leaves date, state text, guest text, rooms integer);
CREATE FUNCTION pg_temp.stay(n integer, room text, arrives date, leaves date, state text DEFAULT 'booked',
    rooms integer DEFAULT 1) RETURNS void LANGUAGE sql AS $$
    INSERT INTO orm.stay VALUES (('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, room, arrives, leaves,
        state, 'guest:' || n, rooms)
$$;
SELECT pg_temp.stay(1, 'blue', '2030-03-01', '2030-03-05'), pg_temp.stay(2, 'blue', '2030-03-04', '2030-03-06'),
    pg_temp.stay(3, 'blue', '2030-03-06', '2030-03-08'),
       pg_temp.stay(4, 'blue', '2030-03-07', '2030-03-07'), pg_temp.stay(5, 'blue', '2030-03-09', '2030-03-08'),
       pg_temp.stay(6, NULL, '2030-03-01', '2030-03-05'),
       pg_temp.stay(7, 'blue', '2030-03-01', '2030-03-05', 'cancelled'),
       pg_temp.stay(8, 'red', '2030-03-01', 'infinity'), pg_temp.stay(9, 'dorm', '2030-03-01', '2030-03-05', 'booked',
           2),
       pg_temp.stay(10, 'dorm', '2030-03-04', '2030-03-06'), pg_temp.stay(11, 'dorm', '2030-03-05', '2030-03-06',
           'booked', 2), pg_temp.stay(12, 'dorm', '2030-03-02', '2030-03-03', 'booked', 2);
SELECT bookonce.define_resource('dorm', capacity => 3, tenant => 'inn');

-- Rows that overlap: refused with their number and the first of them, or taken as they are.
CREATE FUNCTION pg_temp.follow(keep boolean) RETURNS record LANGUAGE sql AS $$
    SELECT bookonce.follow_table('orm.stay', 'room', 'arrives', 'leaves', live_when => 'state = ''booked''',
        holder => 'guest', quantity => 'rooms',
        keep_overlaps => keep, tenant => 'inn')
$$;
SELECT pg_temp.follow(false);
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'inn';
SELECT pg_temp.follow(true);
SELECT resource, unit, during, holder FROM bookonce.live_booking WHERE tenant = 'inn' ORDER BY resource, during, unit;
SELECT relation, resource, during, holder FROM bookonce.followed_overlaps ORDER BY during, holder;
SELECT problem, id, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn';

-- An old overlap is left alone until its time changes; then it is judged, and has a unit.
UPDATE stay SET guest = 'ann' WHERE rooms = 1 AND arrives = '2030-03-04' AND room = 'blue';
UPDATE stay SET leaves = '2030-03-07' WHERE guest = 'ann';
UPDATE stay SET arrives = '2030-03-05' WHERE guest = 'ann';
SELECT unit, during FROM bookonce.live_booking WHERE tenant = 'inn' AND holder = 'ann';

-- Several units, and units that make way. A row that asks for more than there are.
SELECT pg_temp.stay(13, 'dorm', '2030-03-10', '2030-03-12', 'booked', 3);
SELECT pg_temp.stay(14, 'dorm', '2030-03-11', '2030-03-12', 'booked', 1);
UPDATE stay SET rooms = 2 WHERE guest = 'guest:13';
SELECT pg_temp.stay(14, 'dorm', '2030-03-11', '2030-03-12', 'booked', 1);
SELECT pg_temp.stay(15, 'dorm', '2030-03-20', '2030-03-21', 'booked', 4);
UPDATE stay SET guest = 'party' WHERE guest = 'guest:13';
SELECT count(*), count(DISTINCT group_id), min(unit), max(unit) FROM bookonce.live_booking WHERE tenant = 'inn'
    AND holder = 'party';
DELETE FROM stay WHERE guest = 'party';
SELECT problem, id, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn';

-- The resource's rules are the ORM's too: each is named. A start that stays needs no notice.
SELECT bookonce.define_resource('blue', buffer_after => '1 day', max_duration => '7 days', tenant => 'inn');
SELECT pg_temp.stay(20, 'blue', '2030-04-01', '2030-04-20');
SELECT pg_temp.stay(20, 'blue', '2020-04-01', '2020-04-02');
SELECT pg_temp.stay(21, 'blue', '2030-05-01', '2030-05-03');
SELECT pg_temp.stay(22, 'blue', '2030-05-03', '2030-05-05');
SELECT pg_temp.stay(22, 'blue', '2030-05-04', '2030-05-05');
SELECT pg_temp.stay(30, 'green', '2030-05-04', '2030-05-05');
SELECT bookonce.set_opening_hours('green', 1, '{00:00}', '{24:00}', tenant => 'inn');
SELECT pg_temp.stay(31, 'green', '2030-05-06', '2030-05-07'), pg_temp.stay(32, 'green', '2030-05-07', '2030-05-08');
SELECT bookonce.clear_opening_hours('green', tenant => 'inn'),
    bookonce.set_booking_limit('green', 'month', 1, tenant => 'inn');
\set VERBOSITY sqlstate
SELECT pg_temp.stay(33, 'green', '2030-05-10', '2030-05-11');
SELECT pg_temp.stay(33, 'blue', '2030-05-01', '2030-05-02');
\set VERBOSITY default
-- A column of the refusal, as an ORM reads it.
DO $$
DECLARE
    rule text;
    relation text;
BEGIN
    INSERT INTO orm.stay VALUES (gen_random_uuid(), 'green', '2030-05-10', '2030-05-11', 'booked', 'x', 1);
EXCEPTION WHEN check_violation THEN
    GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME, relation = TABLE_NAME;
    RAISE NOTICE 'constraint %, table %', rule, relation;
END
$$;

-- What a verb may not do: the row is its table's. Beside it, it books freely.
SELECT b.booking_id AS mirror FROM bookonce.live_booking AS b WHERE b.tenant = 'inn' AND b.holder = 'guest:21' \gset
SELECT b.booking_id AS party, b.group_id AS "group" FROM bookonce.live_booking AS b WHERE b.tenant = 'inn'
    AND b.holder = 'guest:9' AND b.booking_id <> b.group_id \gset
SELECT booking_id AS own FROM bookonce.book_slot('blue', '[2030-06-01, 2030-06-02)', 'verb', hold_for => '1 day',
    tenant => 'inn') \gset
SELECT bookonce.cancel_booking(:'mirror', tenant => 'inn');
\set VERBOSITY sqlstate
SELECT bookonce.cancel_booking(:'party', tenant => 'inn');
SELECT bookonce.confirm_booking(:'mirror', tenant => 'inn');
SELECT bookonce.confirm_booking(:'mirror', exclusive => true, tenant => 'inn');
SELECT bookonce.extend_hold(:'mirror', '1 hour', tenant => 'inn');
SELECT bookonce.reschedule_booking(:'mirror', '[2030-07-01, 2030-07-02)', tenant => 'inn');
SELECT bookonce.change_booking(:'mirror', holder => 'eve', tenant => 'inn');
SELECT bookonce.end_booking(:'mirror', tenant => 'inn');
SELECT bookonce.swap_bookings(:'own', :'mirror', tenant => 'inn');
SELECT bookonce.swap_bookings(:'mirror', :'own', tenant => 'inn');
SELECT bookonce.confirm_group(:'group', tenant => 'inn');
SELECT bookonce.cancel_group(:'group', tenant => 'inn');
SELECT bookonce.reschedule_group(:'group', '1 day', tenant => 'inn');
-- Of another tenant, or another holder's, it is as unknown as any.
SELECT bookonce.cancel_booking(:'mirror', tenant => 'other');
SELECT bookonce.cancel_booking(:'mirror', holder => 'eve', tenant => 'inn');
\set VERBOSITY default
SELECT bookonce.delete_old(now(), 1000) IS NOT NULL AS swept;
SELECT problem, id, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn';

-- A trigger that somebody disabled or dropped is told, and what was written meanwhile; to follow again mends it.
ALTER TABLE stay DISABLE TRIGGER bookonce_follow_insert;
DROP TRIGGER bookonce_follow_delete ON stay;
SELECT pg_temp.stay(40, 'red', '2030-03-01', '2030-03-02');
DELETE FROM stay WHERE guest = 'guest:21';
SELECT is_followed FROM bookonce.followed_tables;
SELECT problem, id, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn' ORDER BY 1, 3;
ALTER TABLE stay ENABLE TRIGGER bookonce_follow_insert;
SELECT pg_temp.stay(21, 'blue', '2030-08-01', '2030-08-03');
DELETE FROM stay WHERE room = 'red' AND leaves = 'infinity';
-- What is booked already stays as it is, though a buffer came since, and an overlap that was kept is no reason to
-- refuse.
SELECT array_agg(b.xmin::text || b.booking_id ORDER BY b.booking_id) AS before FROM bookonce.booking AS b
    WHERE b.tenant = 'inn' \gset
SELECT pg_temp.follow(false);
SELECT count(*) AS made,
    (SELECT count(*) FROM unnest(:'before'::text[])) - count(*) FILTER (WHERE b.xmin::text || b.booking_id = ANY (:'before'::text[])) AS gone
FROM bookonce.booking AS b WHERE b.tenant = 'inn';
SELECT is_followed FROM bookonce.followed_tables;
SELECT problem, id, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn' ORDER BY 1, 3;
SELECT pg_temp.follow(false);
DROP TABLE stay CASCADE;
SELECT problem, other_id FROM bookonce.check_integrity() WHERE tenant = 'inn';
SELECT bookonce.unfollow_table(relation) FROM bookonce.followed_tables;
SELECT holder FROM bookonce.live_booking WHERE tenant = 'inn';

-- Only the guard: hours, limits, notice and buffers are not asked; how many units there are is.
CREATE TABLE slot (room text, number integer, during tsrange, PRIMARY KEY (room, number));
SELECT * FROM bookonce.follow_table('slot', 'room', during => 'during', rules => false, define_resources => false,
    tenant => 'inn');
INSERT INTO slot VALUES ('blue', 1, '[2030-05-01 09:00, 2030-05-20 10:00]'),
    ('green', 2, '(2030-05-01 09:00, 2030-05-01 10:00)'), ('green', 3, '[2030-05-02 09:00, 2030-05-02 10:00)');
SELECT resource, during, blocks, holder FROM bookonce.live_booking WHERE tenant = 'inn' AND holder LIKE 'slot%'
    ORDER BY holder;
INSERT INTO slot VALUES ('blue', 4, '[2030-05-20 10:00, 2030-05-20 11:00)');
INSERT INTO slot VALUES ('black', 5, '[2030-05-20 10:00, 2030-05-20 11:00)');
INSERT INTO slot VALUES ('black', 5, '[2030-05-20 10:00,)'), ('blue', 6, 'empty'), ('blue', 7, NULL);
SELECT bookonce.unfollow_table('slot', keep_bookings => true);
SELECT (bookonce.cancel_booking(booking_id, tenant => 'inn')).outcome FROM bookonce.live_booking WHERE tenant = 'inn'
    AND holder LIKE 'slot%';

-- It stays alone: writes by way of a parent, and to a child, do not reach its triggers. Nor does a crash that empties
-- it.
DELETE FROM slot;
SELECT * FROM bookonce.follow_table('slot', 'room', during => 'during', tenant => 'inn');
CREATE TABLE whole (LIKE slot INCLUDING ALL) PARTITION BY LIST (room);
CREATE TABLE base (LIKE slot);
ALTER TABLE whole ATTACH PARTITION slot DEFAULT;
ALTER TABLE slot INHERIT base;
CREATE TABLE child () INHERITS (slot);
SELECT is_followed FROM bookonce.followed_tables;
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'inn';
DROP TABLE child;
SELECT bookonce.unfollow_table('slot');
SELECT * FROM bookonce.follow_table('slot', 'room', during => 'during', tenant => 'inn');
ALTER TABLE slot SET UNLOGGED;
SELECT is_followed FROM bookonce.followed_tables;
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'inn';
ALTER TABLE slot SET LOGGED;
SELECT is_followed FROM bookonce.followed_tables;
SELECT bookonce.unfollow_table('slot');
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'slot'::regclass;

-- What cannot be followed.
\set VERBOSITY terse
SELECT bookonce.follow_table(NULL, 'room', during => 'during');
SELECT bookonce.follow_table('slot', NULL, during => 'during');
SELECT bookonce.follow_table('slot', 'room');
SELECT bookonce.follow_table('slot', 'room', during => 'during', rules => NULL);
SELECT bookonce.follow_table('slot', 'room', during => 'during', tenant => NULL);
SELECT bookonce.follow_table('slot', 'room, number', during => 'during');
SELECT bookonce.follow_table('slot', 'room', during => 'number');
SELECT bookonce.follow_table('slot', 'room); DROP TABLE slot; --', during => 'during');
SELECT bookonce.follow_table('slot', 'room', during => 'during', holder => 'room FROM slot');
SELECT bookonce.follow_table('slot', 'room', during => 'during', live_when => 'random() < 0.5');
SELECT bookonce.follow_table('slot', 'room', during => 'during', live_when => 'now() < upper(during)');
SELECT bookonce.follow_table('slot', 'room', during => 'during', quantity => 'extract(second FROM now())::integer');
SELECT bookonce.follow_table('slot', 'room', during => 'during', holder => 'nobody');
SELECT bookonce.follow_table('bookonce.booking', 'holder', during => 'during');
SELECT bookonce.follow_table('pg_class', 'relname', during => 'NULL::tstzrange');
CREATE VIEW slots AS SELECT * FROM slot;
SELECT bookonce.follow_table('slots', 'room', during => 'during');
CREATE TEMPORARY TABLE temporary_slot (LIKE slot INCLUDING ALL);
SELECT bookonce.follow_table('temporary_slot', 'room', during => 'during');
CREATE UNLOGGED TABLE unlogged_slot (LIKE slot INCLUDING ALL);
SELECT bookonce.follow_table('unlogged_slot', 'room', during => 'during');
CREATE TABLE bare_slot (LIKE slot);
SELECT bookonce.follow_table('bare_slot', 'room', during => 'during');
CREATE TABLE deferrable_slot (LIKE slot, PRIMARY KEY (room, number) DEFERRABLE);
SELECT bookonce.follow_table('deferrable_slot', 'room', during => 'during');
CREATE TABLE parted (room text, number integer, during tsrange, PRIMARY KEY (room, number)) PARTITION BY LIST (room);
CREATE TABLE part PARTITION OF parted DEFAULT;
SELECT bookonce.follow_table('parted', 'room', during => 'during');
SELECT bookonce.follow_table('part', 'room', during => 'during');
CREATE TABLE heir () INHERITS (bare_slot);
ALTER TABLE heir ADD PRIMARY KEY (room, number);
SELECT bookonce.follow_table('heir', 'room', during => 'during');
CREATE FOREIGN DATA WRAPPER regress_far;
CREATE SERVER regress_far FOREIGN DATA WRAPPER regress_far;
CREATE FOREIGN TABLE far_slot (room text, number integer, during tsrange) SERVER regress_far;
SELECT bookonce.follow_table('far_slot', 'room', during => 'during');
SELECT bookonce.guard_table('far_slot', 'room', during => 'during');
SELECT bookonce.find_double_bookings('far_slot', 'room', during => 'during');
SET client_min_messages = warning;
DROP FOREIGN DATA WRAPPER regress_far CASCADE;
RESET client_min_messages;
-- A guard beside the bookings would refuse what they allow, whichever came first; so would what is left of one.
CREATE TABLE guarded_slot (LIKE slot INCLUDING ALL);
SELECT bookonce.guard_table('guarded_slot', 'room', during => 'during');
SELECT bookonce.follow_table('guarded_slot', 'room', during => 'during', tenant => 'inn');
ALTER TABLE guarded_slot DROP CONSTRAINT guarded_slot_guard;
SELECT bookonce.follow_table('guarded_slot', 'room', during => 'during', tenant => 'inn');
BEGIN;
SELECT bookonce.unguard_table('guarded_slot');
SELECT * FROM bookonce.follow_table('guarded_slot', 'room', during => 'during', tenant => 'inn');
COMMIT;
SELECT bookonce.unfollow_table('guarded_slot');
CREATE ROLE regress_follower;
GRANT USAGE ON SCHEMA bookonce, orm TO regress_follower;
SET ROLE regress_follower;
SELECT bookonce.follow_table('slot', 'room', during => 'during');
RESET ROLE;
GRANT EXECUTE ON FUNCTION bookonce.follow_table, bookonce.unfollow_table TO regress_follower;
SET ROLE regress_follower;
SELECT bookonce.follow_table('slot', 'room', during => 'during');
RESET ROLE;
ALTER TABLE slot OWNER TO regress_follower;
SET ROLE regress_follower;
SELECT bookonce.follow_table('slot', 'room', during => 'during');
SELECT bookonce.unfollow_table('slot');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION bookonce.follow_table, bookonce.unfollow_table FROM regress_follower;
REVOKE ALL ON SCHEMA bookonce FROM regress_follower;
\set VERBOSITY default

-- Names that need quotes and hold SQL; expressions that shadow; a writer who may do nothing but write.
CREATE TABLE "Robert'); DROP TABLE slot; --" (
    "id;" bigint PRIMARY KEY, "select" integer, "a ""b""" timestamp, "%s" timestamp);
SELECT * FROM bookonce.follow_table('"Robert''); DROP TABLE slot; --"', '''room:'' || "select"::text -- a comment',
    '"a ""b"""', '"%s" /* and another */', tenant => 'inn');
GRANT INSERT, UPDATE, SELECT, DELETE ON "Robert'); DROP TABLE slot; --" TO regress_follower;
SET ROLE regress_follower;
INSERT INTO "Robert'); DROP TABLE slot; --" VALUES (-9223372036854775808, 1, '2030-01-07 09:00', '2030-01-07 10:00'), (9223372036854775807, 1, '2030-01-07 10:00', '2030-01-07 11:00');
UPDATE "Robert'); DROP TABLE slot; --" SET "%s" = '2030-01-07 10:30' WHERE "id;" < 0;
UPDATE "Robert'); DROP TABLE slot; --" SET "select" = 2;
RESET ROLE;
SELECT booking_id, resource, during, holder FROM bookonce.live_booking WHERE tenant = 'inn' AND resource LIKE 'room:%'
    ORDER BY 1;
SELECT bookonce.unfollow_table('"Robert''); DROP TABLE slot; --"');

-- A session keeps the expressions between statements, for one role, and until what they call changes.
ALTER TABLE slot OWNER TO CURRENT_USER;
CREATE FUNCTION place(room text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'old ' || room; END $$;
CREATE DOMAIN label AS text;
SELECT * FROM bookonce.follow_table('slot', 'place(room::label::text)', during => 'during', tenant => 'inn');
INSERT INTO slot VALUES ('yard', 1, '[2031-05-01 09:00, 2031-05-01 10:00)');
CREATE OR REPLACE FUNCTION place(room text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'new ' || room;
    END $$;
INSERT INTO slot VALUES ('yard', 2, '[2031-05-01 09:00, 2031-05-01 10:00)');
SELECT resource FROM bookonce.live_booking WHERE tenant = 'inn' AND resource LIKE '% yard' ORDER BY 1;
ALTER DOMAIN label ADD CONSTRAINT no_attic CHECK (VALUE <> 'attic');
INSERT INTO slot VALUES ('attic', 3, '[2031-05-01 09:00, 2031-05-01 10:00)');
INSERT INTO slot VALUES ('yard', 3, '[2031-05-01 10:00, 2031-05-01 11:00)');
REVOKE EXECUTE ON FUNCTION place FROM PUBLIC;
GRANT INSERT ON slot TO regress_follower;
INSERT INTO slot VALUES ('yard', 4, '[2031-05-01 11:00, 2031-05-01 12:00)');
SET ROLE regress_follower;
INSERT INTO slot VALUES ('yard', 5, '[2031-05-01 12:00, 2031-05-01 13:00)');
RESET ROLE;
INSERT INTO slot VALUES ('yard', 6, '[2031-05-01 13:00, 2031-05-01 14:00)');
SELECT bookonce.unfollow_table('slot');

SET client_min_messages = warning;
DROP SCHEMA orm CASCADE;
DROP ROLE regress_follower;

-- Local times over a change of the clocks. An hour that is skipped is read as the one after it, so a row that ends in
-- the hour after may end before it begins, and is no booking. Of an hour that comes twice the later one is meant.
CREATE TABLE public.clock (room text, starts timestamp, ends timestamp, note text, PRIMARY KEY (room, starts));
SELECT * FROM bookonce.follow_table('public.clock', 'room', $$starts AT TIME ZONE 'Europe/Berlin'$$,
    $$ends AT TIME ZONE 'Europe/Berlin'$$, tenant => 'clock');
SET timezone = 'Europe/Berlin';
INSERT INTO public.clock VALUES ('spring', '2030-03-31 02:15', '2030-03-31 02:45');
INSERT INTO public.clock VALUES ('spring', '2030-03-31 03:15', '2030-03-31 03:30');
INSERT INTO public.clock VALUES ('spring', '2030-03-31 02:30', '2030-03-31 03:15');
INSERT INTO public.clock VALUES ('autumn', '2030-10-27 01:30', '2030-10-27 02:30');
INSERT INTO public.clock VALUES ('autumn', '2030-10-27 02:30', '2030-10-27 03:30');
INSERT INTO public.clock VALUES ('autumn', '2030-10-27 02:15', '2030-10-27 02:45');
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'clock' ORDER BY 1, 2;
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'clock';
SET timezone = UTC;
SELECT bookonce.unfollow_table('public.clock');
DROP TABLE public.clock;

-- A row of a followed table stands as long as the row: nobody checks it in.
SELECT bookonce.define_resource('sauna', check_in_within => '2 hours', tenant => 'treatments');
CREATE TABLE public.treatment (id integer PRIMARY KEY, room text, starts timestamptz, ends timestamptz);
SELECT bookonce.follow_table('treatment', 'room', 'starts', 'ends', tenant => 'treatments');
INSERT INTO public.treatment VALUES (1, 'sauna', '2031-06-07 09:00', '2031-06-07 10:00');
SELECT status, lapses_at FROM bookonce.live_booking WHERE tenant = 'treatments' AND lower(during) = '2031-06-07 09:00';
SELECT bookonce.unfollow_table('treatment');
DROP TABLE public.treatment;

-- Several rows of one statement: each is told of in the history, each is judged beside the others, and a refused
-- statement leaves nothing.
SELECT bookonce.keep_history(tenant => 'seats');
CREATE TABLE public.seat (id integer PRIMARY KEY, room text, starts timestamptz, ends timestamptz);
SELECT * FROM bookonce.follow_table('public.seat', 'room', 'starts', 'ends', tenant => 'seats');
INSERT INTO public.seat SELECT n, 'room:' || n % 2, t, t + '1 hour' FROM generate_series(1, 4) AS n,
    LATERAL (SELECT '2031-06-07'::timestamptz + n * interval '1 hour') AS s(t);
INSERT INTO public.seat VALUES (5, 'room:5', '2031-06-07 09:00', '2031-06-07 10:00'),
    (6, 'room:1', '2031-06-07 01:30', '2031-06-07 02:00');
INSERT INTO public.seat VALUES (7, 'room:5', '2031-06-07 09:00', '2031-06-07 10:00'),
    (8, 'room:6', '2031-06-07 09:00', '2031-06-07 10:00'), (9, 'room:5', '2031-06-07 09:59', '2031-06-07 11:00');
SELECT e.kind, count(*) FROM bookonce.booking_event AS e WHERE e.tenant = 'seats' GROUP BY e.kind;
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'seats' ORDER BY during;
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'seats';
SELECT bookonce.keep_history('{}', tenant => 'seats');
SELECT bookonce.unfollow_table('public.seat');
DROP TABLE public.seat;

-- A row takes no parts along: it is refused, with rules and without, and what has a row gets no parts.
SELECT bookonce.define_resource('nave', tenant => 'weddings'), bookonce.define_resource('abbey', tenant => 'weddings');
SELECT bookonce.set_parts('abbey', '{nave}', tenant => 'weddings');
CREATE TABLE public.wedding (id integer PRIMARY KEY, place text, starts timestamptz, ends timestamptz);
SELECT * FROM bookonce.follow_table('wedding', 'place', 'starts', 'ends', tenant => 'weddings');
INSERT INTO public.wedding VALUES (1, 'abbey', '2031-06-07 09:00', '2031-06-07 10:00');
SELECT bookonce.unfollow_table('wedding');
SELECT * FROM bookonce.follow_table('wedding', 'place', 'starts', 'ends', rules => true, tenant => 'weddings');
INSERT INTO public.wedding VALUES (1, 'abbey', '2031-06-07 09:00', '2031-06-07 10:00');
INSERT INTO public.wedding VALUES (1, 'nave', '2031-06-07 09:00', '2031-06-07 10:00');
UPDATE public.wedding SET place = 'abbey';
SELECT bookonce.define_resource('crypt', tenant => 'weddings');
SELECT bookonce.set_parts('nave', '{crypt}', tenant => 'weddings');
SELECT outcome, resource FROM bookonce.book_slot('abbey', '[2031-06-07 09:30, 2031-06-07 10:30)', 'ann',
    tenant => 'weddings');
SELECT bookonce.unfollow_table('wedding');
DROP TABLE public.wedding;

-- Another holder alone is judged by the rules on holders, and by no other: of the whole statement, so two may swap.
SELECT bookonce.define_resource(r, capacity => 2, tenant => 'desks') FROM unnest('{desk:1,desk:2,kiosk}'::text[]) AS r;
SELECT bookonce.set_holder_rule('desks', '{desk:1,desk:2}', max_at_once => 1, max_live => 2, tenant => 'desks');
CREATE TABLE public.stint (id integer PRIMARY KEY, desk text, starts timestamptz, ends timestamptz, who text,
    places integer DEFAULT 1);
SELECT * FROM bookonce.follow_table('stint', 'desk', 'starts', 'ends', holder => 'who', quantity => 'places',
    rules => true, tenant => 'desks');
INSERT INTO public.stint VALUES (1, 'desk:1', '2031-06-07 09:00', '2031-06-07 10:00', 'ann', 1),
    (2, 'desk:2', '2031-06-07 09:30', '2031-06-07 10:30', 'ben', 2), (3, 'kiosk', '2031-06-07 09:00',
        '2031-06-07 10:00', 'cid', 1), (4, 'desk:1', '2031-06-07 12:00', '2031-06-07 13:00', 'dan', 1);
UPDATE public.stint SET who = 'ben' WHERE id = 1;
UPDATE public.stint SET who = 'ann' WHERE id = 2;
UPDATE public.stint SET who = CASE who WHEN 'ann' THEN 'ben' ELSE 'ann' END WHERE id IN (1, 2);
UPDATE public.stint SET who = 'ann' WHERE id IN (3, 4);
SELECT bookonce.set_opening_hours('desk:1', n, '{}', '{}', tenant => 'desks') FROM generate_series(1, 7) AS n;
UPDATE public.stint SET who = 'ann' WHERE id = 1;
UPDATE public.stint SET who = CASE id WHEN 2 THEN 'eve' ELSE 'ann' END WHERE id IN (1, 2);
UPDATE public.stint SET who = 'fay';
SELECT id, s.who, b.holder, count(*) FROM bookonce.live_booking AS b JOIN public.stint AS s
    ON s.desk = b.resource AND s.starts = lower(b.during) WHERE b.tenant = 'desks' GROUP BY 1, 2, 3 ORDER BY 1;
-- What has lapsed of the new holder's does not count, and is released; a statement that moves others, too.
SELECT outcome FROM bookonce.book_slot('desk:2', '[2031-06-07 12:00, 2031-06-07 13:00)', 'gil', hold_for => '1 hour',
    tenant => 'desks');
UPDATE public.stint SET who = 'gil' WHERE id = 4;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE tenant = 'desks' AND holder = 'gil';
UPDATE public.stint SET who = CASE id WHEN 4 THEN 'gil' ELSE who END, starts = starts + CASE id WHEN 3
    THEN interval '30 minutes' ELSE '0' END WHERE id IN (3, 4);
SELECT resource, holder, status FROM bookonce.booking JOIN bookonce.resource USING (tenant, resource_id)
WHERE tenant = 'desks' AND holder = 'gil' ORDER BY resource;
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'desks';
SELECT bookonce.unfollow_table('stint');
DROP TABLE public.stint;
