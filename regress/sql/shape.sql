-- The shape of a slot: how long at least, and where it may start.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
SELECT bookonce.define_resource('court', time_zone => 'Europe/Paris', max_duration => '2 hours',
    min_duration => '30 minutes', start_every => '15 minutes', tenant => 'shape');
SELECT bookonce.set_opening_hours('court', day, '{09:00}', '{12:00}', tenant => 'shape')
FROM generate_series(1, 5) AS day;
CREATE FUNCTION pg_temp.book(resource text, first text, last text) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(first::timestamp AT TIME ZONE 'Europe/Paris',
        last::timestamp AT TIME ZONE 'Europe/Paris'), 'ann', tenant => 'shape')
$$;
SELECT pg_temp.book('court', '2030-01-07 09:00', '2030-01-07 09:29') AS too_short,
    pg_temp.book('court', '2030-01-07 09:10', '2030-01-07 10:00') AS off_grid,
    pg_temp.book('court', '2030-01-07 09:15', '2030-01-07 09:45') AS half_an_hour,
    pg_temp.book('court', '2030-01-07 09:45:00.000001', '2030-01-07 10:30') AS a_microsecond_late,
    pg_temp.book('court', '2030-01-07 09:45', '2030-01-07 11:46') AS too_long,
    pg_temp.book('court', '2030-01-07 08:50', '2030-01-07 09:30') AS closed;
SELECT outcome, rule
FROM bookonce.explain_slot('court', '[2030-01-07 10:01+01, 2030-01-07 10:10+01)', tenant => 'shape');
-- Without a step, what is free is told on the grid.
SELECT bookonce.free_slots('court', '[2030-01-07 08:01+00, 2030-01-07 10:30+00)', '1 hour', tenant => 'shape');
-- What began before the grid was made can still end earlier or later; not too early.
SELECT bookonce.define_resource('court', time_zone => 'Europe/Paris', min_duration => '30 minutes',
    start_every => '1 hour', tenant => 'shape');
SELECT r.outcome FROM bookonce.live_booking AS b, bookonce.reschedule_booking(b.booking_id,
    '[2030-01-07 08:15+00, 2030-01-07 09:15+00)', tenant => 'shape') AS r WHERE b.tenant = 'shape';
SELECT r.outcome FROM bookonce.live_booking AS b, bookonce.reschedule_booking(b.booking_id,
    '[2030-01-07 08:15+00, 2030-01-07 08:30+00)', tenant => 'shape') AS r WHERE b.tenant = 'shape';
SELECT r.outcome FROM bookonce.live_booking AS b, bookonce.reschedule_booking(b.booking_id,
    '[2030-01-07 09:15+00, 2030-01-07 10:15+00)', tenant => 'shape') AS r WHERE b.tenant = 'shape';

-- The grid is that of the wall clock, also across a change of the clocks: every two hours, over a night of 23 and one
-- of 25 hours; 02:00 does not come in spring, and comes twice in autumn.
SELECT bookonce.define_resource('pool', time_zone => 'Europe/Paris', start_every => '2 hours', tenant => 'shape');
SELECT s, lower(s) AT TIME ZONE 'Europe/Paris' AS wall_clock
FROM bookonce.free_slots('pool', '[2030-03-30 22:30+00, 2030-03-31 06:00+00)', '10 minutes', tenant => 'shape') AS s;
SELECT s, lower(s) AT TIME ZONE 'Europe/Paris' AS wall_clock
FROM bookonce.free_slots('pool', '[2030-10-26 21:30+00, 2030-10-27 06:00+00)', '10 minutes', tenant => 'shape') AS s;
SELECT pg_temp.book('pool', '2030-03-31 04:00', '2030-03-31 05:00') AS spring,
    pg_temp.book('pool', '2030-10-27 04:00', '2030-10-27 05:00') AS autumn;
-- A step that does not divide the day starts again at midnight.
SELECT bookonce.define_resource('odd', start_every => '7 hours', tenant => 'shape');
SELECT lower(s) FROM bookonce.free_slots('odd', '[2030-01-07 00:00+00, 2030-01-08 08:00+00)', '1 hour',
    tenant => 'shape') AS s;
-- With a step, only what is on the grid is listed.
SELECT lower(s) FROM bookonce.free_slots('odd', '[2030-01-07 00:00+00, 2030-01-08 00:00+00)', '1 hour', '1 hour',
    tenant => 'shape') AS s;

-- Days are the calendar's: one day at least, over a night of 23 hours.
SELECT bookonce.define_resource('van', time_zone => 'Europe/Paris', min_duration => '1 day', tenant => 'shape');
SELECT pg_temp.book('van', '2030-03-30 12:00', '2030-03-31 11:59') AS too_short,
    pg_temp.book('van', '2030-03-30 12:00', '2030-03-31 12:00') AS a_day;
-- A move to another resource keeps to the grid of that one, also with the same start.
SELECT r.outcome FROM bookonce.live_booking AS b, bookonce.reschedule_booking(b.booking_id,
    b.during, 'pool', tenant => 'shape') AS r WHERE b.tenant = 'shape' AND b.resource = 'court';
SELECT min_duration, start_every FROM bookonce.describe_resource('court', tenant => 'shape');
SELECT resource, min_duration, start_every, plain FROM bookonce.resource WHERE tenant = 'shape' ORDER BY resource;

-- Bad input; and a grid that no opening hour meets.
SELECT bookonce.define_resource('bad', min_duration => '2 hours', max_duration => '1 hour', tenant => 'shape');
SELECT bookonce.define_resource('bad', min_duration => '2 days', max_duration => '1 day', tenant => 'shape');
SELECT bookonce.define_resource('bad', min_duration => '0', tenant => 'shape');
SELECT bookonce.define_resource('bad', start_every => '1 day', tenant => 'shape');
SELECT bookonce.define_resource('bad', start_every => '25 hours', tenant => 'shape');
SELECT bookonce.define_resource('bad', start_every => '1 millisecond', tenant => 'shape');
SELECT bookonce.define_resource('narrow', start_every => '2 hours', tenant => 'shape');
SELECT bookonce.set_opening_hours('narrow', 1, '{09:00}', '{10:00}', tenant => 'shape');
SELECT bookonce.set_opening_hours('narrow', 2, '{23:00}', '{01:00}', tenant => 'shape');
SELECT bookonce.set_opening_hours('narrow', 2, '{}', '{}', tenant => 'shape');
SELECT bookonce.define_resource('narrow', start_every => '1 hour', tenant => 'shape');
SELECT bookonce.define_resource('narrow', start_every => '2 hours', tenant => 'shape');
-- Hours until midnight meet it at 22:00, and not from 22:30 on.
SELECT bookonce.set_opening_hours('narrow', 1, '{22:00}', '{00:00}', tenant => 'shape');
SELECT bookonce.set_opening_hours('narrow', 1, '{22:30}', '{00:00}', tenant => 'shape');
-- Open on single days only: as long as none of them meets it.
SELECT bookonce.set_opening_hours('narrow', 1, '{}', '{}', tenant => 'shape');
SELECT bookonce.set_day_hours('narrow', '2030-12-24', '{09:00}', '{10:00}', tenant => 'shape');
SELECT bookonce.set_day_hours('narrow', '2030-12-31', '{09:00}', '{12:00}', tenant => 'shape');
SELECT bookonce.set_day_hours('narrow', '2030-12-31', NULL, NULL, tenant => 'shape');
-- Days of a calendar count; and where no hours are kept, other days are open all day.
SELECT bookonce.define_calendar('fair', tenant => 'shape');
SELECT bookonce.set_calendar_day('fair', '2030-12-30', '{10:00}', '{11:00}', tenant => 'shape');
SELECT bookonce.follow_calendar('narrow', 'fair', tenant => 'shape');
-- A day of the calendar that lets nobody begin any more is told, too; and not when it does again.
SELECT bookonce.set_calendar_day('fair', '2030-12-30', '{10:30}', '{10:45}', tenant => 'shape');
SELECT bookonce.set_calendar_day('fair', '2030-12-30', '{10:00}', '{11:00}', tenant => 'shape');
SELECT bookonce.follow_calendar('narrow', NULL, tenant => 'shape');
SELECT bookonce.delete_calendar('fair', tenant => 'shape');
SELECT bookonce.clear_opening_hours('narrow', tenant => 'shape');
SELECT bookonce.set_day_hours('narrow', '2030-12-24', '{09:00}', '{10:00}', tenant => 'shape');

-- alter_resource changes each alone, and no rule is left that the others contradict.
SELECT bookonce.alter_resource('narrow', max_duration => '2 hours', start_every => '1 hour', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', min_duration => '1 hour', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', min_duration => '3 hours', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', max_duration => '30 minutes', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', start_every => '1 day', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', start_every => '1 hour', lift => '{start_every}', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', capacity => 2, tenant => 'shape');
SELECT capacity, max_duration, min_duration, start_every FROM bookonce.describe_resource('narrow', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', max_duration => '30 minutes', lift => '{min_duration}', tenant => 'shape');
SELECT capacity, max_duration, min_duration, start_every FROM bookonce.describe_resource('narrow', tenant => 'shape');
SELECT bookonce.set_opening_hours('narrow', 1, '{09:00}', '{10:00}', tenant => 'shape');
SELECT bookonce.set_day_hours('narrow', '2030-12-24', NULL, NULL, tenant => 'shape');
SELECT bookonce.alter_resource('narrow', start_every => '2 hours', tenant => 'shape');
SELECT bookonce.alter_resource('narrow', capacity => 1, lift => '{start_every,max_duration}', tenant => 'shape');
SELECT bookonce.clear_opening_hours('narrow', tenant => 'shape');
SELECT plain FROM bookonce.resource WHERE tenant = 'shape' AND resource = 'narrow';
