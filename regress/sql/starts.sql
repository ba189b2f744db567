-- Fixed starts and ends: classes at 10:00 and 18:30, and rooms that are let by the night.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
CREATE FUNCTION pg_temp.book(resource text, first text, last text, zone text DEFAULT 'Europe/Paris')
RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(first::timestamp AT TIME ZONE zone,
        last::timestamp AT TIME ZONE zone), 'ann', tenant => 'starts')
$$;
CREATE FUNCTION pg_temp.free(resource text, within tstzrange, duration interval, step interval DEFAULT NULL,
    zone text DEFAULT 'Europe/Paris')
RETURNS TABLE (starts_at text, ends_at text) LANGUAGE sql AS $$
    SELECT to_char(lower(s) AT TIME ZONE zone, 'Dy DD Mon HH24:MI'), to_char(upper(s) AT TIME ZONE zone,
    'Dy DD Mon HH24:MI')
    FROM bookonce.free_slots(resource, within, duration, step, tenant => 'starts') AS s
$$;

-- Classes on Mondays and Wednesdays at 10:00 and 18:30, on Saturdays at nine; the same by the clock on the wall, in
-- summer and in winter.
SELECT bookonce.define_resource('yoga', capacity => 12, time_zone => 'Europe/Paris', max_duration => '1 hour',
    tenant => 'starts');
SELECT bookonce.set_starts('yoga', '{18:30,10:00}', '{1,3}', tenant => 'starts');
SELECT bookonce.set_starts('yoga', '{09:00}', '{6}', tenant => 'starts');
SELECT starts, ends FROM bookonce.describe_resource('yoga', tenant => 'starts');
SELECT * FROM pg_temp.free('yoga', '[2030-03-30 00:00+00, 2030-04-02 00:00+00)', '1 hour');
SELECT * FROM pg_temp.free('yoga', '[2030-10-26 00:00+00, 2030-10-29 00:00+00)', '1 hour');
SELECT pg_temp.book('yoga', '2030-03-27 10:00', '2030-03-27 11:00') AS winter, pg_temp.book('yoga',
    '2030-04-03 10:00', '2030-04-03 11:00') AS summer,
    pg_temp.book('yoga', '2030-04-02 10:00', '2030-04-02 11:00') AS a_tuesday, pg_temp.book('yoga',
    '2030-04-03 10:00:01', '2030-04-03 11:00') AS a_second_late,
    pg_temp.book('yoga', '2030-04-06 10:00', '2030-04-06 11:00') AS saturday_at_ten, pg_temp.book('yoga',
    '2030-04-06 09:00', '2030-04-06 10:00') AS saturday_at_nine;
SELECT outcome, rule FROM bookonce.explain_slot('yoga', '[2030-04-02 10:00+02, 2030-04-02 11:30+02)',
    tenant => 'starts');
-- With a step, those at the times that are tried; and places that are left.
SELECT * FROM pg_temp.free('yoga', '[2030-04-01 00:00+02, 2030-04-02 00:00+02)', '1 hour', '30 min');
SELECT bookonce.places_left('yoga', '[2030-04-03 10:00+02, 2030-04-03 11:00+02)', tenant => 'starts') AS at_ten,
    bookonce.places_left('yoga', '[2030-04-03 11:00+02, 2030-04-03 12:00+02)', tenant => 'starts') AS at_eleven;
-- A series by the wall clock keeps to it, and book_any_slot finds the one that may start then.
SELECT outcome FROM bookonce.book_slots((SELECT array_agg(ROW('yoga', s, 1, NULL, NULL,
    NULL)::bookonce.slot_request) FROM unnest(bookonce.repeat_slots(
    '[2030-03-25 10:00+01, 2030-03-25 11:00+01)', '1 week', 3, 'Europe/Paris')) AS s), 'eve', tenant => 'starts');
SELECT bookonce.define_resource('pilates', time_zone => 'Europe/Paris', tenant => 'starts');
SELECT outcome, resource FROM bookonce.book_any_slot('{yoga,pilates}', '[2030-04-03 11:00+02, 2030-04-03 12:00+02)',
    'ben', tenant => 'starts');
-- What stands keeps its start when the times change, and can still end earlier or later; a new start keeps to them.
SELECT bookonce.set_starts('yoga', '{11:00}', '{1,3}', tenant => 'starts');
CREATE FUNCTION pg_temp.move(resource text, at timestamptz, first text,
    last text) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT r.outcome FROM bookonce.live_booking AS b, bookonce.reschedule_booking(b.booking_id, tstzrange(
        first::timestamp AT TIME ZONE 'Europe/Paris', last::timestamp AT TIME ZONE 'Europe/Paris'),
    tenant => 'starts') AS r
    WHERE b.tenant = 'starts' AND b.resource = move.resource AND lower(b.during) = at AND b.holder = 'ann'
$$;
SELECT pg_temp.move('yoga', '2030-04-03 10:00+02', '2030-04-03 10:00', '2030-04-03 10:30') AS shorter,
    pg_temp.move('yoga', '2030-04-03 10:00+02', '2030-04-03 10:30', '2030-04-03 11:30') AS between,
    pg_temp.move('yoga', '2030-04-03 10:00+02', '2030-04-03 11:00', '2030-04-03 11:30') AS at_eleven;
-- Together with start_every, both hold.
SELECT bookonce.alter_resource('yoga', start_every => '2 hours', tenant => 'starts');
SELECT * FROM pg_temp.free('yoga', '[2030-04-06 00:00+00, 2030-04-10 00:00+00)', '1 hour');
SELECT bookonce.set_starts('yoga', '{08:00}', '{6}', tenant => 'starts');
SELECT * FROM pg_temp.free('yoga', '[2030-04-06 00:00+00, 2030-04-10 00:00+00)', '1 hour');
-- No times on any weekday: at any time again.
SELECT bookonce.alter_resource('yoga', lift => '{start_every}', tenant => 'starts');
SELECT bookonce.set_starts('yoga', '{}', tenant => 'starts');
SELECT starts FROM bookonce.describe_resource('yoga', tenant => 'starts');
SELECT pg_temp.book('yoga', '2030-04-02 10:17', '2030-04-02 11:00');

-- A time that the clock skips does not come on that day; one that it shows twice comes twice.
SELECT bookonce.set_starts('pilates', '{02:30}', tenant => 'starts');
SELECT pg_temp.book('pilates', '2030-05-02 02:30', '2030-05-02 03:00'), pg_temp.book('pilates', '2030-05-02 02:31',
    '2030-05-02 03:00');
SELECT * FROM pg_temp.free('pilates', '[2030-03-30 00:00+00, 2030-04-02 00:00+00)', '10 min');
SELECT s FROM bookonce.free_slots('pilates', '[2030-10-26 00:00+00, 2030-10-29 00:00+00)', '10 min',
    tenant => 'starts') AS s;

-- A flat from 15:00 to 10:00: stays of 2 to 14 nights, arrival on Saturdays. Check-out and check-in are on one day.
SELECT bookonce.define_resource('flat', time_zone => 'Europe/Paris', min_duration => '2 days',
    max_duration => '14 days', tenant => 'starts');
SELECT bookonce.set_starts('flat', '{15:00}', '{6}', tenant => 'starts');
SELECT bookonce.set_ends('flat', '{10:00}', tenant => 'starts');
SELECT starts, ends FROM bookonce.describe_resource('flat', tenant => 'starts');
SELECT pg_temp.book('flat', '2030-06-01 15:00', '2030-06-02 10:00') AS one_night, pg_temp.book('flat',
    '2030-06-01 15:00', '2030-06-03 10:00') AS two_nights,
    pg_temp.book('flat', '2030-06-03 15:00', '2030-06-08 10:00') AS from_a_monday, pg_temp.book('flat',
    '2030-06-08 15:00', '2030-06-22 10:00') AS two_weeks,
    pg_temp.book('flat', '2030-06-22 15:00', '2030-07-07 10:00') AS fifteen_nights, pg_temp.book('flat',
    '2030-06-22 15:00', '2030-06-29 11:00') AS late_check_out,
    pg_temp.book('flat', '2030-06-22 15:00', '2030-06-29 10:00') AS check_in_on_the_day_of_check_out,
    pg_temp.book('flat', '2030-06-15 15:00', '2030-06-22 10:00') AS taken;
SELECT outcome, rule, times FROM bookonce.explain_slot('flat', '[2030-07-06 15:00+02, 2030-07-21 11:00+02)',
    tenant => 'starts');
SELECT outcome, rule FROM bookonce.explain_slot('flat', '[2030-07-05 15:00+02, 2030-07-06 10:00+02)',
    tenant => 'starts');
-- Stays of a week that are free; over the nights of 23 and of 25 hours, too.
SELECT * FROM pg_temp.free('flat', '[2030-06-01 00:00+02, 2030-08-01 00:00+02)', '7 days');
SELECT * FROM pg_temp.free('flat', '[2030-03-30 15:00+01, 2030-04-06 10:00+02)', '7 days');
SELECT pg_temp.book('flat', '2030-03-30 15:00', '2030-04-01 10:00') AS spring, pg_temp.book('flat',
    '2030-10-26 15:00', '2030-10-28 10:00') AS autumn,
    pg_temp.book('flat', '2030-03-23 15:00', '2030-03-24 10:00') AS one_night, pg_temp.book('flat',
    '2030-10-19 15:00', '2030-11-03 10:00') AS fifteen_nights;
-- Departure on Saturdays and Wednesdays, at two times; a week is not refused because of a night of 23 hours.
SELECT bookonce.set_ends('flat', '{}', '{1,2,4,5,7}', tenant => 'starts'), bookonce.set_ends('flat', '{10:00,12:00}',
    '{6}', tenant => 'starts');
SELECT * FROM pg_temp.free('flat', '[2030-09-01 00:00+02, 2030-09-22 00:00+02)', '7 days');
SELECT * FROM pg_temp.free('flat', '[2030-09-01 00:00+02, 2030-09-22 00:00+02)', '4 days');
SELECT * FROM pg_temp.free('flat', '[2030-09-01 00:00+02, 2030-09-22 00:00+02)', '5 days');
-- With a step: arrivals that are tried; a length with hours is that length.
SELECT * FROM pg_temp.free('flat', '[2030-09-06 15:00+02, 2030-09-22 00:00+02)', '7 days', '1 day');
SELECT * FROM pg_temp.free('flat', '[2030-09-01 00:00+02, 2030-09-22 00:00+02)', '6 days 19 hours');
-- A stay gets a new arrival; its departure stands, though it is no time of departure any more. A new one must be.
SELECT bookonce.set_ends('flat', '{11:00}', tenant => 'starts'), bookonce.set_starts('flat', '{15:00}',
    tenant => 'starts');
SELECT pg_temp.move('flat', '2030-06-22 15:00+02', '2030-06-23 15:00', '2030-06-29 10:00') AS later_arrival,
    pg_temp.move('flat', '2030-06-22 15:00+02', '2030-06-23 15:00', '2030-06-28 10:00') AS moved_already,
    pg_temp.move('flat', '2030-06-23 15:00+02', '2030-06-23 15:00', '2030-06-28 10:00') AS off_grid,
    pg_temp.move('flat', '2030-06-23 15:00+02', '2030-06-23 15:00', '2030-06-28 11:00') AS earlier_departure,
    pg_temp.move('flat', '2030-06-23 15:00+02', '2030-06-27 15:00', '2030-06-28 11:00') AS too_short;
-- Hours in a rule are hours, also where ends are fixed.
SELECT bookonce.define_resource('talk', time_zone => 'Europe/Paris', min_duration => '30 min',
    max_duration => '90 min', tenant => 'starts');
SELECT bookonce.set_ends('talk', '{12:00,18:00}', tenant => 'starts');
SELECT pg_temp.book('talk', '2030-06-01 11:45', '2030-06-01 12:00') AS too_short, pg_temp.book('talk',
    '2030-06-01 11:00', '2030-06-01 12:00') AS an_hour,
    pg_temp.book('talk', '2030-06-01 16:00', '2030-06-01 18:00') AS too_long;
-- A day that the zone has skipped: nobody is refused because of it, and nobody arrives on it.
SELECT bookonce.define_resource('fale', time_zone => 'Pacific/Apia', min_notice => '0', min_duration => '1 day',
    max_duration => '2 days', tenant => 'starts');
SELECT bookonce.set_starts('fale', '{15:00}', tenant => 'starts'), bookonce.set_ends('fale', '{10:00}',
    tenant => 'starts'),
    bookonce.alter_resource('fale', lift => '{min_notice}', tenant => 'starts');
SELECT * FROM pg_temp.free('fale', '[2011-12-28 00:00-10, 2012-01-03 00:00+14)', '1 day', NULL, 'Pacific/Apia');
SELECT * FROM pg_temp.free('fale', '[2011-12-28 00:00-10, 2012-01-03 00:00+14)', '2 days', NULL, 'Pacific/Apia');

-- The members of a group, the rows of a table that is followed and the positions of a request keep the start or the end
-- that stands, as a single booking does; what changes keeps to the times of now.
SELECT bookonce.define_resource('hall', tenant => 'starts'), bookonce.set_starts('hall', '{10:00}',
    tenant => 'starts'),
    bookonce.set_ends('hall', '{12:00}', tenant => 'starts');
SELECT group_id AS party FROM bookonce.book_slots(ARRAY[ROW('hall', '[2030-06-01 10:00+00, 2030-06-01 12:00+00)', 1,
    NULL, NULL, NULL)]::bookonce.slot_request[], 'ann', tenant => 'starts') \gset
CREATE TABLE talk (id integer PRIMARY KEY, room text, begins timestamptz, ends timestamptz);
SELECT bookonce.follow_table('talk', 'room', 'begins', 'ends', tenant => 'starts');
INSERT INTO talk VALUES (1, 'hall', '2030-06-02 10:00+00', '2030-06-02 12:00+00');
SELECT request_id AS visit FROM bookonce.open_request('[2030-06-03 10:00+00, 2030-06-03 12:00+00)', 1, 'u:1',
    tenant => 'starts') \gset
SELECT a.outcome FROM bookonce.make_offers(:'visit', '{hall}', tenant => 'starts') AS o,
    bookonce.accept_offer(o.offer_id, 'hall', tenant => 'starts') AS a;
SELECT bookonce.set_starts('hall', '{09:00}', tenant => 'starts'), bookonce.set_ends('hall', '{13:00}',
    tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_group(:'party', durings => '{"[2030-06-01 10:00+00, 2030-06-01 12:30+00)"}',
    tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_group(:'party', durings => '{"[2030-06-01 10:00+00, 2030-06-01 13:00+00)"}',
    tenant => 'starts');
SELECT bookonce.set_ends('hall', '{14:00}', tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_group(:'party', durings => '{"[2030-06-01 10:30+00, 2030-06-01 13:00+00)"}',
    tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_group(:'party', durings => '{"[2030-06-01 09:00+00, 2030-06-01 13:00+00)"}',
    tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_request(:'visit', '[2030-06-03 10:00+00, 2030-06-03 13:00+00)',
    tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_request(:'visit', '[2030-06-03 10:00+00, 2030-06-03 14:00+00)',
    tenant => 'starts');
SELECT bookonce.set_ends('hall', '{15:00}', tenant => 'starts');
SELECT outcome FROM bookonce.reschedule_request(:'visit', '[2030-06-03 09:00+00, 2030-06-03 14:00+00)',
    tenant => 'starts');
\set VERBOSITY sqlstate
UPDATE talk SET ends = '2030-06-02 13:00+00';
UPDATE talk SET begins = '2030-06-02 11:00+00';
\set VERBOSITY default
UPDATE talk SET ends = '2030-06-02 15:00+00';
SELECT bookonce.set_ends('hall', '{16:00}', tenant => 'starts');
UPDATE talk SET begins = '2030-06-02 09:00+00';
SELECT during FROM bookonce.live_booking WHERE tenant = 'starts' AND resource = 'hall' ORDER BY during;
SELECT bookonce.unfollow_table('talk');
DROP TABLE talk;

-- Starts that no opening hour meets; hours over midnight, from Sunday to Monday; days of their own.
SELECT bookonce.define_resource('late', tenant => 'starts'), bookonce.set_opening_hours('late', 7, '{22:00}',
    '{03:00}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{02:00}', '{1}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{03:00}', '{1}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{22:00}', '{7}', tenant => 'starts');
SELECT bookonce.set_opening_hours('late', 7, '{22:30}', '{03:00}', tenant => 'starts');
SELECT bookonce.set_day_hours('late', '2030-12-23', '{02:00}', '{04:00}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{}', '{1}', tenant => 'starts');
SELECT bookonce.clear_opening_hours('late', tenant => 'starts');
SELECT bookonce.alter_resource('late', start_every => '7 hours', tenant => 'starts');

-- A resource without such times is plain again. Bad input.
SELECT bookonce.alter_resource('late', lift => '{start_every}', tenant => 'starts'), bookonce.set_starts('pilates',
    '{}', tenant => 'starts');
SELECT resource, plain, starts, ends FROM bookonce.resource WHERE tenant = 'starts' AND resource IN ('pilates',
    'talk') ORDER BY resource;
SELECT bookonce.set_starts('nowhere', '{10:00}', tenant => 'starts');
SELECT bookonce.set_starts('late', NULL, tenant => 'starts');
SELECT bookonce.set_starts('late', '{10:00,NULL}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{24:00}', tenant => 'starts');
SELECT bookonce.set_starts('late', '{10:00:00.5}', tenant => 'starts');
SELECT bookonce.set_ends('late', '{10:00}', '{8}', tenant => 'starts');
SELECT bookonce.set_ends('late', '{10:00}', '{}', tenant => 'starts');
SELECT bookonce.set_ends('late', '{10:00}', NULL, tenant => 'starts');
SELECT bookonce.set_ends('late', (SELECT array_agg(time '00:00' + i * interval '1 min') FROM generate_series(1,
    49) AS i), tenant => 'starts');

-- Times that no verb sets: refused, and where the CHECKs are gone an error that names the resource. A time before the
-- week's begin made the search for the next start endless.
\set VERBOSITY terse
UPDATE bookonce.resource SET starts = '{-1}' WHERE tenant = 'starts' AND resource = 'talk';
UPDATE bookonce.resource SET ends = '{NULL}' WHERE tenant = 'starts' AND resource = 'talk';
BEGIN;
ALTER TABLE bookonce.resource DROP CONSTRAINT resource_starts_check, DROP CONSTRAINT resource_ends_check,
    DROP CONSTRAINT resource_start_every_check;
SAVEPOINT s;
UPDATE bookonce.resource SET starts = '{-1}' WHERE tenant = 'starts' AND resource = 'talk';
SELECT * FROM pg_temp.free('talk', '[2030-09-01 00:00+02, 2030-09-22 00:00+02)', '1 hour');
ROLLBACK TO s;
UPDATE bookonce.resource SET starts = '{NULL}' WHERE tenant = 'starts' AND resource = 'talk';
SELECT pg_temp.book('talk', '2030-06-01 11:00', '2030-06-01 12:00');
ROLLBACK TO s;
UPDATE bookonce.resource SET ends = '{604800}' WHERE tenant = 'starts' AND resource = 'talk';
SELECT pg_temp.book('talk', '2030-06-01 11:00', '2030-06-01 12:00');
ROLLBACK TO s;
UPDATE bookonce.resource SET start_every = '-1 hour', starts = NULL, ends = NULL
WHERE tenant = 'starts' AND resource = 'talk';
SELECT pg_temp.book('talk', '2030-06-01 11:00', '2030-06-01 12:00');
ROLLBACK;
\set VERBOSITY default
