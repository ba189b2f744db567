-- Hours of single days, hours from a day on, and a calendar that many resources follow.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
CREATE FUNCTION pg_temp.book(resource text, first text, last text) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(first::timestamp AT TIME ZONE 'Europe/Paris',
        last::timestamp AT TIME ZONE 'Europe/Paris'), 'ann', tenant => 'hours')
$$;
CREATE FUNCTION pg_temp.open_at(resource text, first text, last text) RETURNS tstzmultirange LANGUAGE sql AS $$
    SELECT bookonce.free_time(resource, tstzrange(first::timestamp AT TIME ZONE 'Europe/Paris',
        last::timestamp AT TIME ZONE 'Europe/Paris'), tenant => 'hours')
$$;

-- A salon, open from Monday to Friday, with a limit and a longest duration. Christmas 2030 is a Wednesday; on one
-- Saturday it is open; from February on it opens later. (2030-12-21 is a Saturday, 2031-02-03 a Monday.)
SELECT bookonce.define_resource('salon', time_zone => 'Europe/Paris', max_duration => '2 hours', tenant => 'hours');
SELECT bookonce.set_booking_limit('salon', 'day', 2, tenant => 'hours');
SELECT bookonce.set_opening_hours('salon', day, '{09:00}', '{18:00}', tenant => 'hours')
FROM generate_series(1, 5) AS day;
SELECT bookonce.set_day_hours('salon', '2030-12-25', '{}', '{}', tenant => 'hours');
SELECT bookonce.set_day_hours('salon', '2030-12-21', '{10:00}', '{14:00}', tenant => 'hours');
SELECT bookonce.set_hours_from('salon', '2031-02-03', day, '{11:00}', '{18:00}', tenant => 'hours')
FROM generate_series(1, 5) AS day;
SELECT pg_temp.book('salon', '2030-12-25 10:00', '2030-12-25 11:00') AS christmas,
    pg_temp.book('salon', '2030-12-24 10:00', '2030-12-24 11:00') AS christmas_eve,
    pg_temp.book('salon', '2030-12-21 10:00', '2030-12-21 11:00') AS special_saturday,
    pg_temp.book('salon', '2030-12-21 12:30', '2030-12-21 14:30') AS after_its_end,
    pg_temp.book('salon', '2030-12-28 10:00', '2030-12-28 11:00') AS other_saturday;
SELECT pg_temp.book('salon', '2030-12-21 11:00', '2030-12-21 14:00') AS too_long,
    pg_temp.book('salon', '2030-12-21 11:00', '2030-12-21 12:00') AS second,
    pg_temp.book('salon', '2030-12-21 12:00', '2030-12-21 13:00') AS third;
SELECT pg_temp.book('salon', '2031-01-31 09:00', '2031-01-31 10:00') AS before,
    pg_temp.book('salon', '2031-02-03 09:00', '2031-02-03 10:00') AS since,
    pg_temp.book('salon', '2031-02-03 11:00', '2031-02-03 12:00') AS later;
-- What is free says the same.
SELECT pg_temp.open_at('salon', '2030-12-25 00:00', '2030-12-26 00:00') AS christmas,
    pg_temp.open_at('salon', '2030-12-28 00:00', '2030-12-29 00:00') AS other_saturday,
    pg_temp.open_at('salon', '2031-02-04 00:00', '2031-02-05 00:00') AS in_february;
SELECT * FROM bookonce.explain_slot('salon', '[2030-12-25 10:00+01, 2030-12-25 11:00+01)', tenant => 'hours');
SELECT outcome, times
FROM bookonce.explain_slot('salon', '[2030-12-29 10:00+01, 2030-12-29 11:00+01)', tenant => 'hours');
SELECT jsonb_pretty(jsonb_build_object('weekly', jsonb_path_query_array(opening_hours, '$[*] ? (@.weekday == 1)'),
    'days', day_hours)) FROM bookonce.describe_resource('salon', tenant => 'hours');
-- Taken back, each by itself. The hours of a weekday that are set for always replace those from a day on.
SELECT bookonce.set_day_hours('salon', '2030-12-25', NULL, NULL, tenant => 'hours');
SELECT bookonce.set_hours_from('salon', '2031-02-03', 1, NULL, NULL, tenant => 'hours');
SELECT bookonce.set_opening_hours('salon', 2, '{08:00}', '{12:00}', tenant => 'hours');
SELECT pg_temp.open_at('salon', '2030-12-25 00:00', '2030-12-26 00:00') AS christmas,
    pg_temp.open_at('salon', '2031-02-10 00:00', '2031-02-11 00:00') AS monday,
    pg_temp.open_at('salon', '2031-02-11 00:00', '2031-02-12 00:00') AS tuesday,
    pg_temp.open_at('salon', '2031-02-12 00:00', '2031-02-13 00:00') AS wednesday;
-- Without hours of weekdays the other days are open at all times; clear_opening_hours() leaves the single days.
SELECT bookonce.clear_opening_hours('salon', tenant => 'hours');
SELECT pg_temp.open_at('salon', '2030-12-20 00:00', '2030-12-24 00:00');
SELECT bookonce.set_day_hours('salon', '2030-12-21', NULL, NULL, tenant => 'hours');
SELECT keeps_hours, keeps_days, plain FROM bookonce.resource WHERE tenant = 'hours' AND resource = 'salon';

-- Hours over midnight belong to the day on which they begin.
SELECT bookonce.define_resource('bar', time_zone => 'Europe/Paris', tenant => 'hours');
SELECT bookonce.set_opening_hours('bar', day, '{20:00}', '{04:00}', tenant => 'hours')
FROM generate_series(1, 7) AS day;
SELECT bookonce.set_day_hours('bar', '2030-12-25', '{}', '{}', tenant => 'hours');
SELECT bookonce.set_day_hours('bar', '2030-12-31', '{12:00}', '{06:00}', tenant => 'hours');
SELECT pg_temp.open_at('bar', '2030-12-24 12:00', '2030-12-26 22:00') AS christmas,
    pg_temp.open_at('bar', '2030-12-31 00:00', '2031-01-01 12:00') AS new_year;
SELECT pg_temp.book('bar', '2030-12-25 03:00', '2030-12-25 04:00') AS night_before,
    pg_temp.book('bar', '2030-12-25 20:00', '2030-12-25 21:00') AS closed,
    pg_temp.book('bar', '2030-12-26 03:00', '2030-12-26 04:00') AS night_after;

-- Hours from a day on, for a resource that had none: open at all times until then.
SELECT bookonce.define_resource('hall', time_zone => 'Europe/Paris', tenant => 'hours');
SELECT bookonce.set_hours_from('hall', '2031-01-01', 1, '{09:00}', '{10:00}', tenant => 'hours');
SELECT pg_temp.open_at('hall', '2030-12-29 22:00', '2030-12-31 02:00') AS before,
    pg_temp.open_at('hall', '2031-01-05 22:00', '2031-01-07 02:00') AS since;

-- A firm's holidays. A resource's own day wins; the zone is each resource's own.
SELECT bookonce.define_calendar('holidays', tenant => 'hours'), bookonce.define_calendar('holidays', tenant => 'hours');
SELECT bookonce.define_resource('desk', time_zone => 'Europe/Paris', tenant => 'hours'),
    bookonce.define_resource('desk in Tokyo', time_zone => 'Asia/Tokyo', tenant => 'hours'),
    bookonce.define_resource('desk in Apia', time_zone => 'Pacific/Apia', tenant => 'hours');
SELECT bookonce.follow_calendar(resource, 'holidays', tenant => 'hours')
FROM unnest('{desk,desk in Tokyo,desk in Apia,salon}'::text[]) AS resource;
SELECT resource, keeps_hours, plain, calendar_id < 0 AS follows FROM bookonce.resource
WHERE tenant = 'hours' ORDER BY resource;
SELECT bookonce.set_calendar_day('holidays', '2031-05-01', '{}', '{}', tenant => 'hours'),
    bookonce.set_calendar_day('holidays', '2031-12-24', '{08:00}', '{12:00}', tenant => 'hours'),
    bookonce.set_day_hours('salon', '2031-05-01', '{10:00}', '{12:00}', tenant => 'hours');
SELECT resource, bookonce.free_time(resource, '[2031-04-30 12:00+00, 2031-05-02 00:00+00)', tenant => 'hours')
FROM unnest('{desk,desk in Tokyo,salon}'::text[]) AS resource;
SELECT calendar, day_hours FROM bookonce.describe_resource('salon', tenant => 'hours');
SELECT pg_temp.book('desk', '2031-05-01 10:00', '2031-05-01 11:00') AS holiday,
    pg_temp.book('salon', '2031-05-01 10:00', '2031-05-01 11:00') AS own_day,
    pg_temp.book('desk', '2031-12-24 11:00', '2031-12-24 12:00') AS morning,
    pg_temp.book('desk', '2031-12-24 12:00', '2031-12-24 13:00') AS afternoon;
SELECT bookonce.set_calendar_day('holidays', '2031-05-01', NULL, NULL, tenant => 'hours');
SELECT pg_temp.book('desk', '2031-05-01 10:00', '2031-05-01 11:00') AS no_holiday;
SELECT bookonce.delete_calendar('holidays', tenant => 'hours');
SELECT bookonce.follow_calendar(resource, NULL, tenant => 'hours')
FROM unnest('{desk,desk in Tokyo,desk in Apia,salon}'::text[]) AS resource;
SELECT bookonce.delete_calendar('holidays', tenant => 'hours');
SELECT count(*) FROM bookonce.opening_hours WHERE resource_id < 0;

-- Samoa had no 30 December 2011. A calendar's day that the zone has not got is never shown by the clock.
SELECT bookonce.set_day_hours('desk in Apia', '2011-12-30', '{}', '{}', tenant => 'hours');
SELECT bookonce.set_hours_from('desk in Apia', '2011-12-30', 1, '{09:00}', '{10:00}', tenant => 'hours');
SELECT bookonce.define_calendar('old', tenant => 'hours'),
    bookonce.follow_calendar('desk in Apia', 'old', tenant => 'hours');
SELECT bookonce.set_calendar_day('old', '2011-12-30', '{09:00}', '{10:00}', tenant => 'hours'),
    bookonce.set_calendar_day('old', '2011-12-31', '{}', '{}', tenant => 'hours');
SELECT bookonce.free_time('desk in Apia', '[2011-12-29 10:00-10, 2012-01-01 10:00+14)', tenant => 'hours');

-- Bad input.
SELECT bookonce.set_day_hours('desk', NULL, '{}', '{}', tenant => 'hours');
SELECT bookonce.set_day_hours('desk', 'infinity', '{}', '{}', tenant => 'hours');
SELECT bookonce.set_day_hours('desk', '2031-05-01', '{09:00}', NULL, tenant => 'hours');
SELECT bookonce.set_day_hours('desk', '2031-05-01', '{09:00,10:00}', '{12:00}', tenant => 'hours');
SELECT bookonce.set_day_hours('desk', '2031-05-01', '{09:00,11:00}', '{12:00,13:00}', tenant => 'hours');
SELECT bookonce.set_day_hours('desk', '2031-05-01', '{20:00,23:00}', '{04:00,23:30}', tenant => 'hours');
SELECT bookonce.set_day_hours('desk', '2031-05-01', '{09:00}', '{09:00}', tenant => 'hours');
SELECT bookonce.set_day_hours('no such', '2031-05-01', '{}', '{}', tenant => 'hours');
SELECT bookonce.set_hours_from('desk', '2031-05-01', 0, '{}', '{}', tenant => 'hours');
SELECT bookonce.set_hours_from('desk', '2031-05-01', 8, '{}', '{}', tenant => 'hours');
SELECT bookonce.set_calendar_day('no such', '2031-05-01', '{}', '{}', tenant => 'hours');
SELECT bookonce.follow_calendar('desk', 'no such', tenant => 'hours');
SELECT bookonce.follow_calendar('desk', 'old', tenant => 'other hours');
SELECT bookonce.follow_calendar('no such', 'old', tenant => 'hours');
SELECT bookonce.delete_calendar('no such', tenant => 'hours');
SELECT bookonce.define_calendar('');
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'hours';
