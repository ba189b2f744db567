-- availability: what free_slots() lists is what book_slot() would take at that moment; free_time() is when units are
-- free.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
-- The starts, to be read at a glance.
CREATE FUNCTION pg_temp.starts(resource text, within tstzrange, duration interval, step interval DEFAULT NULL,
    quantity integer DEFAULT 1) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(lower(s), 'DD HH24:MI'), ', ') FROM bookonce.free_slots(resource, within, duration, step,
        quantity) AS s
$$;

-- A desk on a day. Slots of the duration, one every step from the start of within, each ending within it.
SELECT bookonce.define_resource('desk');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-01-07 10:00, 2030-01-07 11:00)', 'ann');
SELECT s FROM bookonce.free_slots('desk', '[2030-01-07 08:30, 2030-01-07 13:00)', '1 hour') AS s;
SELECT pg_temp.starts('desk', '[2030-01-07 08:30, 2030-01-07 13:00)', '1 hour', '30 min');
SELECT pg_temp.starts('desk', '[2030-01-07 08:30, 2030-01-07 13:00)', '5 hours') IS NULL AS none_so_long;
SELECT bookonce.free_time('desk', '[2030-01-07 08:30, 2030-01-07 13:00)');
SELECT bookonce.free_time('desk', '[2030-01-07 10:15, 2030-01-07 10:45)');
-- A lapsed hold does not count, swept or not; a live one does.
SELECT outcome FROM bookonce.book_slot('desk', '[2030-01-07 12:00, 2030-01-07 13:00)', 'lapsing', hold_for => '1 hour');
SELECT bookonce.free_time('desk', '[2030-01-07 08:30, 2030-01-07 13:00)');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsing' AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.free_time('desk', '[2030-01-07 08:30, 2030-01-07 13:00)');

-- Buffers: the new booking's own must find room beside what the others block, and may lie outside the hours.
SELECT bookonce.define_resource('studio', 1, '15 min', '30 min', 'Europe/Paris');
SELECT bookonce.set_opening_hours('studio', 1, '{09:00,14:00}', '{12:00,17:00}');
SELECT outcome, during FROM bookonce.book_slot('studio', '[2030-01-07 10:00, 2030-01-07 11:00)', 'ann');
SELECT pg_temp.starts('studio', '[2030-01-06, 2030-01-09)', '1 hour', '15 min');
SELECT bookonce.free_time('studio', '[2030-01-06, 2030-01-09)');
-- A booking outside within still blocks, by its buffer.
SELECT pg_temp.starts('studio', '[2030-01-07 08:00, 2030-01-07 09:45)', '30 min', '15 min');

-- Units: as many as are asked for, on whichever units; book_slot() would repack.
SELECT bookonce.define_resource('pair', 2);
SELECT b.outcome, b.units FROM (VALUES (1, tstzrange('2030-02-04 09:00', '2030-02-04 10:00')),
    (2, '[2030-02-04 09:00, 2030-02-04 11:00)'), (3, '[2030-02-04 11:00, 2030-02-04 13:00)')) AS v(n, during),
    bookonce.book_slot('pair', during, 'ann') AS b ORDER BY n;
SELECT pg_temp.starts('pair', '[2030-02-04 08:00, 2030-02-04 15:00)', '2 hours', '1 hour') AS one,
    pg_temp.starts('pair', '[2030-02-04 08:00, 2030-02-04 15:00)', '1 hour', '1 hour', 2) AS two;
SELECT bookonce.free_time('pair', '[2030-02-04 08:00, 2030-02-04 15:00)') AS one,
    bookonce.free_time('pair', '[2030-02-04 08:00, 2030-02-04 15:00)', 2) AS two;

-- Notice, horizon and length by the clock; limits by the wall clock of the zone: 2030-06-01 begins at 22:00 UTC.
SELECT bookonce.define_resource('doctor', min_notice => '2 days', max_ahead => '5 days', max_duration => '1 hour');
SELECT min(lower(s)) >= now() + '2 days' AS not_too_soon, max(lower(s)) <= now() + '5 days' AS not_too_far, count(*)
FROM bookonce.free_slots('doctor', tstzrange(now() - interval '30 min', now() + '10 days'), '1 hour') AS s;
SELECT count(*) AS too_long FROM bookonce.free_slots('doctor', tstzrange(now(), now() + '10 days'), '61 min');
SELECT bookonce.define_resource('coach', 5, time_zone => 'Europe/Paris');
SELECT bookonce.set_booking_limit('coach', 'day', NULL), bookonce.set_booking_limit('coach', 'week', NULL),
    bookonce.set_booking_limit('coach', 'year', NULL), bookonce.set_booking_limit('coach', 'month', 2);
SELECT outcome FROM bookonce.book_slot('coach', '[2032-05-03 10:00, 2032-05-03 11:00)', 'ann', 2);
SELECT pg_temp.starts('coach', '[2032-05-31 20:00, 2032-05-31 23:00)', '30 min'),
    pg_temp.starts('coach', '[2032-05-31 20:00, 2032-05-31 23:00)', '30 min', quantity => 3) AS above_the_limit;
-- One clock, two midnights, and a step of exact length on the day with 25 hours.
SELECT pg_temp.starts('azores', '[2030-10-25 21:00, 2030-10-29 03:00)', '1 min', '1 hour');

-- Exactly what book_slot() takes: a small proof; t/availability.pl has the large one.
BEGIN;
CREATE FUNCTION pg_temp.takes(slot tstzrange) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    told bookonce.outcome;
BEGIN
    told := (bookonce.book_slot('studio', slot, 'probe')).outcome;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told = 'booked';
END
$$;
SELECT count(*) AS candidates, count(f) AS free, count(*) FILTER (WHERE pg_temp.takes(c) <> (f IS NOT NULL)) AS wrong
FROM generate_series('2030-01-07 06:00'::timestamptz, '2030-01-07 20:00', '5 min') AS at,
    LATERAL (SELECT tstzrange(at, at + '40 min')) AS x(c)
LEFT JOIN bookonce.free_slots('studio', '[2030-01-07 06:00, 2030-01-07 20:40)', '40 min', '5 min') AS f ON f = c;
ROLLBACK;

-- They read only, and write nothing.
BEGIN READ ONLY;
SELECT pg_temp.starts('desk', '[2030-01-07 09:00, 2030-01-07 12:00)', '1 hour'),
    bookonce.free_time('desk', '[2030-01-07 09:00, 2030-01-07 12:00)');
COMMIT;
-- Nothing of another tenant's resource of the same name.
SELECT bookonce.define_resource('desk', tenant => 'other');
SELECT bookonce.free_time('desk', '[2030-01-07 08:30, 2030-01-07 13:00)', tenant => 'other');

-- repeat_slots: by the wall clock of the zone, start and end. From the first, not from the one before: 31 January, the
-- last of February, 31 March.
SELECT s FROM unnest(bookonce.repeat_slots('[2030-01-31 09:00+01, 2030-01-31 10:30+01)', '1 month', 4, 'Europe/Paris'))
    AS s;
SELECT s FROM unnest(bookonce.repeat_slots('[2030-10-20 09:00+02, 2030-10-20 10:00+02)', '1 week', 3, 'Europe/Paris'))
    AS s;
-- In the gap (02:00 to 03:00 on 2030-03-31) what would be half past two is half past three, and a slot keeps some
-- length.
SELECT s FROM unnest(bookonce.repeat_slots('[2030-03-30 02:30+01, 2030-03-30 03:00+01)', '1 day', 3, 'Europe/Paris'))
    AS s;
-- In the fold (02:00 to 03:00 twice on 2030-10-27) half past two is the second one; the first slot is as it was given.
SELECT s FROM unnest(bookonce.repeat_slots('[2030-10-26 01:30+02, 2030-10-26 02:30+02)', '1 day', 3, 'Europe/Paris'))
    AS s;
SELECT s FROM unnest(bookonce.repeat_slots('[2030-10-27 02:30+02, 2030-10-27 02:45+02)', '1 day', 2, 'Europe/Paris'))
    AS s;
SELECT array_length(bookonce.repeat_slots('[2030-01-01 09:00, 2030-01-01 10:00)', '1 day', 10000, 'UTC'), 1);
SELECT provolatile FROM pg_proc WHERE proname IN ('free_slots', 'free_time', 'repeat_slots') ORDER BY proname;

-- Bad input.
SELECT call, complaint('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY[
    'free_slots(NULL, ''[2030-01-07, 2030-01-08)'', ''1 hour'')',
    'free_slots(''no such'', ''[2030-01-07, 2030-01-08)'', ''1 hour'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', tenant => NULL)',
    'free_slots(''desk'', NULL, ''1 hour'')', 'free_slots(''desk'', ''empty'', ''1 hour'')',
    'free_slots(''desk'', ''[2030-01-07,)'', ''1 hour'')',
    'free_slots(''desk'', ''[2030-01-07, infinity)'', ''1 hour'')',
    'free_slots(''desk'', ''[2030-01-07, 2041-01-08)'', ''1 day'')',
    'free_slots(''desk'', ''[148000-01-07, 148000-01-08)'', ''1 hour'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', NULL)',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''0'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''-1 hour'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 month'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', ''0'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', ''-1 min'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', ''1 month'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', ''1 second'')',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', quantity => 0)',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', quantity => 2)',
    'free_slots(''desk'', ''[2030-01-07, 2030-01-08)'', ''1 hour'', quantity => NULL)',
    'free_time(NULL, ''[2030-01-07, 2030-01-08)'')', 'free_time(''no such'', ''[2030-01-07, 2030-01-08)'')',
    'free_time(''desk'', ''(,)'')', 'free_time(''desk'', ''[2030-01-07, 2030-01-08)'', 2)',
    'free_time(''desk'', ''[1990-01-07, 2030-01-08)'')',
    'repeat_slots(NULL, ''1 day'', 2, ''UTC'')', 'repeat_slots(''empty'', ''1 day'', 2, ''UTC'')',
    'repeat_slots(''(,)'', ''1 day'', 2, ''UTC'')', 'repeat_slots(''[2030-01-07, 2030-01-08)'', NULL, 2, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''0'', 2, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''-1 day'', 2, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 month -1 day'', 2, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', NULL, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', 0, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', 10001, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', 2, NULL)',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', 2, ''Mars/Olympus'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''1 day'', 2, ''EST'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''100000000 years'', 100, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''178000000 years'', 9, ''UTC'')',
    'repeat_slots(''[2030-01-07, 2030-01-08)'', ''290000 years'', 2, ''UTC'')'])
    WITH ORDINALITY AS c(call, n) ORDER BY n;
SELECT bookonce.free_slots('desk', '[2030-01-07, 2030-01-08)', '1 hour', '1 second');
-- The lapsed holds of this test are swept, for the tests that count such.
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds() > 0 AS swept;
