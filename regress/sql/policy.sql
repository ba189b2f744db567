-- policy: the rules of a resource (hours, notice, length, limits, buffers), in its own time zone. What they refuse is
-- an answer.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.outcome(resource text, starts text, length interval DEFAULT '1 hour',
    quantity integer DEFAULT 1, allow_overlap boolean DEFAULT false) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(starts::timestamptz, starts::timestamptz + length),
        'user:1', quantity, allow_overlap => allow_overlap)
$$;
-- The same, undone: only to ask.
CREATE FUNCTION pg_temp.would(resource text, starts text, length interval DEFAULT '1 hour')
    RETURNS bookonce.outcome LANGUAGE plpgsql AS $$
DECLARE
    told bookonce.outcome;
BEGIN
    told := pg_temp.outcome(resource, starts, length);
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told;
END
$$;
-- Opening hours: several a day, a day never named is closed, [opens, closes). 2030-01-07 is a Monday; Paris is an hour
-- ahead.
SELECT bookonce.define_resource('shop', time_zone => 'Europe/Paris');
SELECT pg_temp.would('shop', '2030-01-07 00:00') AS always_open_before;
SELECT bookonce.set_opening_hours('shop', 1, '{09:00,14:00}', '{12:00,18:00}');
SELECT starts, length, pg_temp.would('shop', starts, length::interval)
FROM (VALUES (1, '2030-01-07 08:00', '1 hour'), (2, '2030-01-07 07:59', '1 hour'), (3, '2030-01-07 10:00', '1 hour'),
    (4, '2030-01-07 10:00', '61 min'), (5, '2030-01-07 10:30', '3 hours'),
             (6, '2030-01-07 13:00', '4 hours'), (7, '2030-01-07 17:00', '1 min'), (8, '2030-01-08 09:00', '1 hour'))
                 AS v(n, starts, length) ORDER BY n;
-- Set again: in place of what was. Empty: closed that day. Cleared: always open.
SELECT bookonce.set_opening_hours('shop', 1, '{20:00}', '{21:00}');
SELECT pg_temp.would('shop', '2030-01-07 08:00') AS morning, pg_temp.would('shop', '2030-01-07 19:00') AS evening;
SELECT bookonce.set_opening_hours('shop', 1, '{}', '{}');
SELECT pg_temp.would('shop', '2030-01-07 19:00');
SELECT bookonce.clear_opening_hours('shop');
SELECT pg_temp.would('shop', '2030-01-07 19:00');

-- Over midnight, to the next day; 24:00 is midnight, and a day that ends there meets the next. Sunday's night meets
-- Monday.
SELECT bookonce.define_resource('bar');
SELECT bookonce.set_opening_hours('bar', 5, '{20:00}', '{02:00}'); -- Friday, 2030-01-11
SELECT bookonce.set_opening_hours('bar', 6, '{20:00}', '{24:00}');
SELECT bookonce.set_opening_hours('bar', 7, '{00:00,22:00}', '{03:00,04:00}');
SELECT starts, length, pg_temp.would('bar', starts, length::interval)
FROM (VALUES (1, '2030-01-11 23:00', '3 hours'), (2, '2030-01-12 01:00', '2 hours'), (3, '2030-01-12 20:00', '7 hours'),
    (4, '2030-01-13 02:30', '1 hour'), (5, '2030-01-14 03:00', '1 hour'), (6, '2030-01-14 04:00', '1 hour'))
    AS v(n, starts, length) ORDER BY n;
SELECT complaint($$SELECT bookonce.set_opening_hours('bar', 1, '{03:59}', '{05:00}')$$) AS sunday_meets_monday;
SELECT complaint($$SELECT bookonce.set_opening_hours('bar', 1, '{04:00}', '{05:00}')$$) AS touches;
SELECT bookonce.define_resource('always');
SELECT bookonce.set_opening_hours('always', d, '{00:00}', '{24:00}') FROM generate_series(1, 7) AS d;
SELECT pg_temp.would('always', '2030-01-07 00:00', '60 days');

-- Daylight saving in Paris: on 2030-03-31 the clock goes from 02:00 to 03:00 (01:00 UTC), on 2030-10-27 from 03:00 back
-- to 02:00.
SELECT bookonce.define_resource('night', time_zone => 'Europe/Paris');
SELECT bookonce.set_opening_hours('night', 7, '{01:00,02:30}', '{02:00,04:00}');
SELECT starts, length, pg_temp.would('night', starts, length::interval)
FROM (VALUES (1, '2030-03-31 00:00', '1 hour'),    -- 01:00 to 02:00, that is 03:00
             (2, '2030-03-31 01:00', '1 hour'),    -- 03:00 to 04:00; but 02:30 opens when it would have been: at 03:30
             (3, '2030-03-31 01:30', '30 min'),
             (4, '2030-10-26 23:00', '1 hour'),    -- 01:00 to 02:00 the first time
             (5, '2030-10-27 00:00', '1 hour'),    -- 02:00 to 03:00 in summer time: 02:00 closes in winter time
             (6, '2030-10-27 01:00', '30 min'),    -- 02:00 winter time: closed
             (7, '2030-10-27 01:30', '90 min'),    -- 02:30 opens in winter time
             (8, '2030-10-27 00:30', '30 min')) AS v(n, starts, length) ORDER BY n;

-- Buffers: both bookings' need room, so neighbours need the sum. Each way round.
SELECT bookonce.define_resource('room:buffers', 1, '10 min', '5 min');
SELECT pg_temp.outcome('room:buffers', '2030-01-07 10:00');
SELECT starts, pg_temp.would('room:buffers', starts)
FROM unnest(ARRAY['2030-01-07 11:00', '2030-01-07 11:14:59', '2030-01-07 11:15', '2030-01-07 08:46',
    '2030-01-07 08:45']) WITH ORDINALITY AS v(starts, n) ORDER BY n;
SELECT during, blocks FROM bookonce.live_booking WHERE resource = 'room:buffers';
-- A change is for bookings to come: those made before keep what they block.
SELECT bookonce.define_resource('room:buffers');
SELECT pg_temp.would('room:buffers', '2030-01-07 11:00'), pg_temp.would('room:buffers', '2030-01-07 11:05');
-- A buffer that would leave the calendar.
SELECT bookonce.define_resource('room:buffers', 1, '3000 days', '3000 days');
SELECT complaint($$SELECT pg_temp.outcome('room:buffers', '4713-01-03 BC')$$),
    complaint($$SELECT pg_temp.outcome('room:buffers', '147999-01-01')$$);

-- Notice, horizon and length, by the server's clock.
SELECT bookonce.define_resource('doctor', min_notice => '2 days', max_ahead => '1 month', max_duration => '90 min');
SELECT pg_temp.would('doctor', (now() + '47 hours')::text) AS soon, pg_temp.would('doctor', (now() + '49 hours')::text)
    AS in_time,
       pg_temp.would('doctor', (now() + '27 days')::text) AS ahead,
       pg_temp.would('doctor', (now() + '1 month 1 hour')::text) AS far,
       pg_temp.would('doctor', (now() + '49 hours')::text, '90 min') AS longest,
       pg_temp.would('doctor', (now() + '49 hours')::text, '91 min') AS longer;
SELECT pg_temp.would('doctor', '2001-01-01') AS past;
-- Precedence: closed, too_soon, too_far, too_long, limit_reached, taken.
SELECT bookonce.set_booking_limit('doctor', 'day', 1);
SELECT pg_temp.would('doctor', now()::text, '1 year') AS soon_and_long,
    pg_temp.would('doctor', (now() + '1 year')::text, '1 year') AS far_and_long;
SELECT bookonce.set_opening_hours('doctor', 1, '{}', '{}');
SELECT pg_temp.would('doctor', now()::text, '1 year') AS closed_and_all;
SELECT bookonce.clear_opening_hours('doctor');
SELECT date_trunc('day', now()) + '10 days 9 hours' AS some_day \gset
SELECT pg_temp.outcome('doctor', :'some_day'), pg_temp.would('doctor', :'some_day', '2 hours') AS long_and_limit,
    pg_temp.would('doctor', :'some_day') AS limit_and_taken;

-- Limits count the units that start in a day, week, month or year of the zone. Paris, so the first of June begins at
-- 22:00 UTC.
SELECT bookonce.define_resource('coach', 5, time_zone => 'Europe/Paris');
SELECT bookonce.set_booking_limit('coach', 'month', 2);
SELECT starts, quantity, pg_temp.outcome('coach', starts, '1 hour', quantity)
FROM (VALUES (1, '2030-05-31 21:59:59', 1), (2, '2030-05-31 22:00', 1), (3, '2030-06-10 10:00', 2),
    (4, '2030-06-10 10:00', 1), (5, '2030-06-30 21:59:59', 1), (6, '2030-06-30 22:00', 2), (7, '2030-07-01 10:00', 1))
    AS v(n, starts, quantity) ORDER BY n;
-- What began in June and lasts into July is June's. A cancelled one does not count, nor does a hold that has lapsed.
SELECT pg_temp.outcome('coach', '2030-07-31 21:00', '3 hours'),
    pg_temp.outcome('coach', '2030-08-01 10:00', '1 hour', 2);
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'coach'
    AND lower(l.during) = '2030-06-10 10:00';
SELECT outcome FROM bookonce.book_slot('coach', '[2030-06-11 10:00, 2030-06-11 11:00)', 'lapsing',
    hold_for => '1 hour');
SELECT pg_temp.outcome('coach', '2030-06-12 10:00');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsing';
SET SESSION AUTHORIZATION regress_app;
SELECT pg_temp.outcome('coach', '2030-06-12 10:00'), pg_temp.outcome('coach', '2030-06-13 10:00');
-- Refused though a lapsed hold lies there: nothing written.
SELECT outcome FROM bookonce.book_slot('coach', '[2030-09-11 10:00, 2030-09-11 11:00)', 'lapsing',
    hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsing' AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
BEGIN;
SELECT pg_temp.outcome('coach', '2030-09-12 10:00', quantity => 3);
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
-- What takes no unit is not counted and not refused.
SELECT pg_temp.outcome('coach', '2030-06-13 10:00', allow_overlap => true),
    pg_temp.outcome('coach', '2030-10-13 10:00', allow_overlap => true),
       pg_temp.outcome('coach', '2030-10-13 10:00', quantity => 2);
-- Day, week (from Monday) and year, together; the narrowest refuses.
SELECT bookonce.set_booking_limit('coach', 'month', NULL), bookonce.set_booking_limit('coach', 'day', 1),
    bookonce.set_booking_limit('coach', 'week', 2), bookonce.set_booking_limit('coach', 'year', 4);
SELECT starts, pg_temp.outcome('coach', starts)
FROM unnest(ARRAY['2031-02-03 10:00', '2031-02-03 12:00', '2031-02-09 10:00', '2031-02-05 10:00', '2031-02-09 23:00',
    '2031-12-31 22:59:59', '2031-12-30 10:00', '2031-12-31 23:00'])
    WITH ORDINALITY AS v(starts, n) ORDER BY n;
-- Lowered below what is booked: what is booked stays.
SELECT bookonce.set_booking_limit('coach', 'year', 1);
SELECT pg_temp.would('coach', '2031-06-30 10:00');
-- A day of 23 and one of 25 hours; and the Azores, where midnight comes twice (2030-10-27 00:00 is at 00:00 and at
-- 01:00 UTC).
SELECT bookonce.define_resource('azores', 5, time_zone => 'Atlantic/Azores');
SELECT bookonce.set_booking_limit('azores', 'day', 1);
SELECT starts, pg_temp.outcome('azores', starts, '1 min')
FROM unnest(ARRAY['2030-10-26 23:59', '2030-10-27 00:00', '2030-10-27 00:30', '2030-10-27 01:00', '2030-10-28 00:59',
    '2030-10-28 01:00', '2030-03-31 00:59', '2030-03-31 23:59', '2030-04-01 00:00'])
    WITH ORDINALITY AS v(starts, n) ORDER BY n;

-- Rules belong to a tenant's resource; defining a resource again leaves its hours and limits alone.
SELECT bookonce.define_resource('coach', 5, time_zone => 'Europe/Paris', tenant => 'other'),
    pg_temp.would('coach', '2031-06-30 10:00');
SELECT outcome FROM bookonce.book_slot('coach', '[2031-06-30 10:00, 2031-06-30 11:00)', 'user:1', 5, tenant => 'other');

-- Bad input.
SELECT call, complaint('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY[
    'define_resource(''p'', 100001)', 'define_resource(''p'', buffer_before => NULL)',
    'define_resource(''p'', buffer_after => ''-1 second'')',
    'define_resource(''p'', buffer_before => ''1 month -1 day'')',
    'define_resource(''p'', buffer_before => ''36501 days'')',
    'define_resource(''p'', min_notice => ''-1 hour'')',
    'define_resource(''p'', min_notice => ''-36500 days -2562047787 hours -59 minutes'')',
    'define_resource(''p'', max_ahead => ''0'')',
    'define_resource(''p'', max_ahead => ''2 months -30 days'')', 'define_resource(''p'', max_ahead => ''200 years'')',
    'define_resource(''p'', max_duration => ''0'')', 'define_resource(''p'', max_duration => ''200 years'')',
    'define_resource(''p'', time_zone => NULL)', 'define_resource(''p'', time_zone => ''Mars/Olympus'')',
    'define_resource(''p'', time_zone => '''')', 'define_resource(''p'', time_zone => ''cet'')',
    'set_opening_hours(''no such'', 1, ''{09:00}'', ''{10:00}'')',
    'set_opening_hours(''shop'', 0, ''{09:00}'', ''{10:00}'')',
    'set_opening_hours(''shop'', 8, ''{09:00}'', ''{10:00}'')',
    'set_opening_hours(''shop'', NULL, ''{09:00}'', ''{10:00}'')', 'set_opening_hours(''shop'', 1, NULL, ''{10:00}'')',
    'set_opening_hours(''shop'', 1, ''{09:00}'', NULL)',
    'set_opening_hours(''shop'', 1, ''{09:00,NULL}'', ''{10:00,11:00}'')',
    'set_opening_hours(''shop'', 1, ''{{09:00}}'', ''{{10:00}}'')',
    'set_opening_hours(''shop'', 1, ''{09:00,10:00}'', ''{10:00}'')',
    'set_opening_hours(''shop'', 1, ''{09:00}'', ''{09:00}'')',
    'set_opening_hours(''shop'', 1, ''{24:00}'', ''{10:00}'')',
    'set_opening_hours(''shop'', 1, ''{09:00,11:59}'', ''{12:00,13:00}'')',
    'set_opening_hours(''shop'', 1, ''{09:00,09:00}'', ''{10:00,11:00}'')',
    'set_opening_hours(''shop'', 1, array_fill(time ''09:00'', ARRAY[49]), array_fill(time ''10:00'', ARRAY[49]))',
    'clear_opening_hours(''no such'')', 'clear_opening_hours(NULL)',
    'set_booking_limit(''no such'', ''day'', 1)', 'set_booking_limit(''shop'', ''hour'', 1)',
    'set_booking_limit(''shop'', NULL, 1)', 'set_booking_limit(''shop'', ''day'', 0)',
    'set_booking_limit(''shop'', ''day'', -1)'])
    WITH ORDINALITY AS c(call, n) ORDER BY n;
BEGIN READ ONLY;
SELECT call, complaint('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY['set_opening_hours(''shop'', 1, ''{09:00}'', ''{10:00}'')', 'clear_opening_hours(''shop'')',
    'set_booking_limit(''shop'', ''day'', 1)']) WITH ORDINALITY AS c(call, n) ORDER BY n;
ROLLBACK;
SELECT pg_temp.would('shop', '2030-01-07 19:00') AS none_of_it_was_written;
RESET SESSION AUTHORIZATION;
SELECT count(*) AS strangers FROM bookonce.resource WHERE resource = 'p';
-- The lapsed holds of this test are swept, for the tests that count such.
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds() > 0 AS swept;
