-- Days and months in a rule are the calendar's, in the resource's zone; hours are exact. What has begun may change its
-- end. Clocks go back on 2030-10-27 (25 hours) and forward on 2030-03-31 (23 hours) in Europe/Paris.
SELECT bookonce.define_resource(r.name, time_zone => 'Europe/Paris', buffer_after => r.buffer,
    max_duration => r.longest, tenant => 'cal')
FROM (VALUES ('nights', '0'::interval, '3 days'::interval), ('hours', '0', '72 hours'),
             ('day_after', '1 day', NULL), ('24_hours_after', '24 hours', NULL), ('month_after', '1 month', NULL))
                 AS r(name, buffer, longest);
CREATE FUNCTION pg_temp.book(resource text, first text, last text) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(first::timestamp AT TIME ZONE 'Europe/Paris',
        last::timestamp AT TIME ZONE 'Europe/Paris'),
                                           'ann', tenant => 'cal')
$$;
-- Three nights over the end of summer are 73 hours, and three days.
SELECT pg_temp.book('nights', '2030-10-25 12:00', '2030-10-28 12:00') AS autumn,
    pg_temp.book('nights', '2030-03-29 12:00', '2030-04-01 12:00') AS spring,
       pg_temp.book('nights', '2030-03-29 12:00', '2030-04-01 12:01') AS longer;
SELECT pg_temp.book('hours', '2030-10-25 12:00', '2030-10-28 12:00') AS autumn,
    pg_temp.book('hours', '2030-03-29 12:00', '2030-04-01 13:00') AS spring,
       pg_temp.book('hours', '2030-03-29 12:00', '2030-04-01 13:01') AS longer;
-- A buffer of a day ends at the same time of day; one of 24 hours an hour earlier.
SELECT pg_temp.book('day_after', '2030-10-26 10:00', '2030-10-26 12:00') AS booked,
    pg_temp.book('day_after', '2030-10-27 11:59', '2030-10-27 13:00') AS taken,
       pg_temp.book('day_after', '2030-10-27 12:00', '2030-10-27 13:00') AS after_it;
SELECT pg_temp.book('24_hours_after', '2030-10-26 10:00', '2030-10-26 12:00') AS booked,
    pg_temp.book('24_hours_after', '2030-10-27 10:59', '2030-10-27 12:00') AS taken,
       pg_temp.book('24_hours_after', '2030-10-27 11:00', '2030-10-27 12:00') AS after_it;
SELECT pg_temp.book('month_after', '2030-01-31 10:00', '2030-01-31 12:00') AS booked,
    pg_temp.book('month_after', '2030-02-28 11:59', '2030-02-28 13:00') AS taken,
       pg_temp.book('month_after', '2030-02-28 12:00', '2030-02-28 13:00') AS after_it;
-- free_slots() lists exactly what is left.
SET timezone = 'Europe/Paris';
SET datestyle = 'iso, ymd';
SELECT pg_temp.book('day_after', '2030-03-30 10:00', '2030-03-30 12:00'),
    pg_temp.book('24_hours_after', '2030-03-30 10:00', '2030-03-30 12:00');
SELECT r AS resource, s AS free
FROM unnest('{day_after,24_hours_after}'::text[]) AS r, bookonce.free_slots(r,
    '[2030-03-31 10:00+02, 2030-03-31 14:00+02)', '1 hour', tenant => 'cal') AS s;
SELECT r AS resource, s IS NOT NULL AS free
FROM unnest('{nights,hours}'::text[]) AS r LEFT JOIN bookonce.free_slots(r,
    '[2031-10-24 12:00+02, 2031-10-27 12:00+01)', '73 hours', tenant => 'cal') AS s ON true;
RESET timezone;
RESET datestyle;

-- The same rule is not the same as another one of equal length, on average.
SELECT bookonce.define_resource('nights', time_zone => 'Europe/Paris', max_duration => '72 hours', tenant => 'cal');
SELECT max_duration FROM bookonce.resource WHERE tenant = 'cal' AND resource = 'nights';

-- Right now: where no notice is asked for, a start less than a minute ago is not in the past.
SELECT bookonce.define_resource('dev', min_notice => '0', tenant => 'cal');
SELECT outcome FROM bookonce.book_slot('dev', tstzrange(now(), now() + '1 hour'), 'ann', tenant => 'cal');
SELECT outcome FROM bookonce.book_slot('dev', tstzrange(now() - interval '2 minutes', now() - interval '1 minute'),
    'ann', tenant => 'cal');
SELECT count(*) AS right_now FROM bookonce.free_slots('dev', tstzrange(now() + interval '-30 s', now()), '10 s',
    tenant => 'cal');

-- It has begun: it may end earlier, or last longer. Another start is asked for notice.
SELECT bookonce.define_resource('desk', tenant => 'cal');
SELECT booking_id FROM bookonce.book_slot('desk', tstzrange(now() - interval '1 hour', now() + interval '1 hour'),
    'eve', tenant => 'cal') \gset
SELECT lower(during) AS start FROM bookonce.booking WHERE booking_id = :'booking_id' \gset
SELECT bookonce.define_resource('desk', min_notice => '1 day', tenant => 'cal');
SELECT outcome FROM bookonce.reschedule_booking(:'booking_id', tstzrange(:'start', now() + interval '30 minutes'),
    tenant => 'cal');
SELECT outcome FROM bookonce.reschedule_booking(:'booking_id', tstzrange(:'start', now() + interval '3 hours'),
    tenant => 'cal');
SELECT outcome FROM bookonce.reschedule_booking(:'booking_id',
    tstzrange(now() - interval '30 minutes', now() + interval '3 hours'), tenant => 'cal');
SELECT outcome FROM bookonce.reschedule_booking(:'booking_id',
    tstzrange(now() + interval '2 days', now() + interval '3 days'), tenant => 'cal');

-- A capacity that is in use says when, and of whom nothing.
SELECT bookonce.define_resource('bikes', capacity => 3, tenant => 'cal');
SELECT count(*) FROM generate_series(1, 5) AS day,
    bookonce.book_slot('bikes', tstzrange('2030-05-01 09:00+00'::timestamptz + day * interval '1 day',
        '2030-05-01 12:00+00'::timestamptz + day * interval '1 day'),
                       'secret holder', quantity => 3, tenant => 'cal');
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
SELECT bookonce.define_resource('bikes', capacity => 2, tenant => 'cal');
RESET timezone;
RESET datestyle;

-- A zone that the server does not know: an error that names it. What needs no rule goes on, and so do the others.
SELECT bookonce.define_resource('lost', time_zone => 'Europe/Paris', min_notice => '0', tenant => 'cal');
SELECT booking_id FROM bookonce.book_slot('lost', '[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 'ann',
    hold_for => '1 hour', tenant => 'cal') \gset
SELECT bookonce.set_opening_hours('lost', 1, '{09:00}', '{18:00}', tenant => 'cal');
UPDATE bookonce.resource SET time_zone = 'Atlantis/Capital' WHERE tenant = 'cal' AND resource = 'lost';
\set VERBOSITY default
SELECT bookonce.book_slot('lost', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', 'ann', tenant => 'cal');
\set VERBOSITY sqlstate
SELECT bookonce.free_slots('lost', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', '1 hour', tenant => 'cal');
SELECT bookonce.free_time('lost', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', tenant => 'cal');
SELECT bookonce.reschedule_booking(:'booking_id', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', tenant => 'cal');
SELECT outcome FROM bookonce.confirm_booking(:'booking_id', tenant => 'cal');
SELECT outcome FROM bookonce.cancel_booking(:'booking_id', tenant => 'cal');
SELECT bookonce.expire_holds() >= 0 AS swept;
SELECT outcome FROM bookonce.book_slot('dev', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', 'ann', tenant => 'cal');
SELECT bookonce.define_resource('lost', time_zone => 'Europe/Paris', tenant => 'cal');
SELECT outcome FROM bookonce.book_slot('lost', '[2030-06-03 12:00+00, 2030-06-03 13:00+00)', 'ann', tenant => 'cal');
