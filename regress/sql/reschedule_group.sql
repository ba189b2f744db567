-- A group moves as a whole: its members do not stand in each other's way, and one refusal leaves all where they are.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
SELECT bookonce.define_resource('room', tenant => 'regroup'),
    bookonce.define_resource('pool', capacity => 2, tenant => 'regroup'),
       bookonce.define_resource('paris', time_zone => 'Europe/Paris', buffer_after => '15 minutes',
           max_duration => '1 day', tenant => 'regroup');
SELECT bookonce.set_booking_limit('pool', 'day', 2, tenant => 'regroup');
CREATE FUNCTION pg_temp.book(resource text, key text, starts timestamptz[], length interval DEFAULT '1 hour',
    hold interval DEFAULT NULL) RETURNS uuid LANGUAGE sql AS $$
    SELECT DISTINCT group_id FROM bookonce.book_slots(
        ARRAY(SELECT (resource, tstzrange(start, start + length), 1, NULL, NULL, NULL)::bookonce.slot_request
            FROM unnest(starts) AS start),
        holder => 'ann', hold_for => hold, idempotency_key => key, tenant => 'regroup')
$$;
-- Back-to-back, by an hour and back again; a member at a time the first would be taken by the second.
SELECT pg_temp.book('room', 'row', '{2030-01-07 09:00, 2030-01-07 10:00, 2030-01-07 11:00}') AS "row" \gset
SELECT outcome, replayed, during, status FROM bookonce.reschedule_group(:'row', '1 hour', tenant => 'regroup');
SELECT outcome, during FROM bookonce.reschedule_group(:'row', '-2 hours', tenant => 'regroup');
-- One that is in the way refuses all.
SELECT outcome FROM bookonce.book_slot('room', '[2030-01-07 11:30+00, 2030-01-07 12:00+00)', 'ben',
    tenant => 'regroup');
SELECT outcome, replayed, during, status, busy FROM bookonce.reschedule_group(:'row', '1 hour 30 minutes',
    tenant => 'regroup');
-- A lapsed hold is not.
SELECT outcome FROM bookonce.book_slot('room', '[2030-01-07 07:00+00, 2030-01-07 08:00+00)', 'eve',
    hold_for => '1 hour', tenant => 'regroup');
UPDATE bookonce.booking SET lapses_at = now() - interval '1 second' WHERE tenant = 'regroup' AND holder = 'eve';
SELECT outcome, during FROM bookonce.reschedule_group(:'row', '-1 hour', tenant => 'regroup');
-- To times of their own: swapped round, one stays. Asked again, it is so already. Two at one time refuse each other.
SELECT outcome, replayed, during FROM bookonce.reschedule_group(:'row',
    durings => ARRAY['[2030-01-07 09:00+00, 2030-01-07 10:00+00)', NULL,
        '[2030-01-07 07:00+00, 2030-01-07 08:00+00)']::tstzrange[], tenant => 'regroup');
SELECT outcome, replayed, during FROM bookonce.reschedule_group(:'row',
    durings => ARRAY['[2030-01-07 09:00+00, 2030-01-07 10:00+00)', NULL,
        '[2030-01-07 07:00+00, 2030-01-07 08:00+00)']::tstzrange[], tenant => 'regroup');
SELECT outcome, replayed, during, busy FROM bookonce.reschedule_group(:'row',
    durings => ARRAY['[2030-01-08 09:00+00, 2030-01-08 10:00+00)', '[2030-01-08 12:00+00, 2030-01-08 13:00+00)',
        '[2030-01-08 09:30+00, 2030-01-08 10:30+00)']::tstzrange[], tenant => 'regroup');

-- Rules: buffers and the wall clock of the zone (clocks go back on 2030-10-27), a limit a day, capacity.
SELECT pg_temp.book('paris', 'clock', '{2030-10-25 08:00, 2030-10-26 08:00}') AS clock \gset
SELECT outcome, during FROM bookonce.reschedule_group(:'clock', '1 day', tenant => 'regroup');
SELECT pg_temp.book('pool', 'pool', '{2030-02-04 09:00, 2030-02-04 09:00, 2030-02-05 09:00}') AS pool \gset
SELECT outcome, units, during FROM bookonce.reschedule_group(:'pool', '1 day', tenant => 'regroup');
SELECT outcome, units, during FROM bookonce.reschedule_group(:'pool',
    durings => ARRAY['[2030-02-07 09:00+00, 2030-02-07 10:00+00)', '[2030-02-07 10:00+00, 2030-02-07 11:00+00)',
        '[2030-02-07 11:00+00, 2030-02-07 12:00+00)']::tstzrange[], tenant => 'regroup');

-- What is over stays, and so does what is over by since; what is released is no obstacle.
SELECT pg_temp.book('room', 'series', '{2020-01-06 09:00, 2031-01-06 09:00, 2031-01-07 09:00, 2031-01-08 09:00}')
    AS series \gset
SELECT outcome, replayed, during FROM bookonce.reschedule_group(:'series', '1 hour', since => '2031-01-06 12:00+00',
    tenant => 'regroup');
SELECT count(*) FROM bookonce.live_booking AS b, bookonce.cancel_booking(b.booking_id, tenant => 'regroup')
    WHERE b.group_id = :'series' AND lower(b.during) = '2031-01-07 10:00+00';
SELECT outcome, replayed, during FROM bookonce.reschedule_group(:'series', '1 hour', tenant => 'regroup');
SELECT outcome, replayed FROM bookonce.reschedule_group(:'series',
    durings => ARRAY[NULL, NULL, '[2031-01-07 09:00+00, 2031-01-07 10:00+00)', NULL]::tstzrange[], tenant => 'regroup');
SELECT outcome, replayed FROM bookonce.reschedule_group(:'series',
    durings => ARRAY['[2031-01-07 09:00+00, 2031-01-07 10:00+00)', NULL, NULL, NULL]::tstzrange[], tenant => 'regroup');
-- A party moves with all its units.
SELECT bookonce.set_booking_limit('pool', 'day', NULL, tenant => 'regroup');
SELECT group_id AS party FROM bookonce.book_slot('pool', '[2030-03-04 09:00+00, 2030-03-04 10:00+00)', 'ann',
    quantity => 2, tenant => 'regroup') \gset
SELECT outcome, units, during FROM bookonce.reschedule_group(:'party', '30 minutes', tenant => 'regroup');
SELECT outcome FROM bookonce.book_slot('pool', '[2030-03-04 11:00+00, 2030-03-04 12:00+00)', 'ben',
    tenant => 'regroup');
SELECT outcome, units, during, busy FROM bookonce.reschedule_group(:'party', '1 hour', tenant => 'regroup');
-- A large one: in one call, and again.
SELECT pg_temp.book('room', 'large', ARRAY(SELECT '2035-01-01 00:00'::timestamptz + n * interval '1 hour'
    FROM generate_series(1, 1000) AS n)) AS large \gset
SELECT outcome, replayed, count(*) FROM bookonce.reschedule_group(:'large', '1 hour', tenant => 'regroup') GROUP BY 1,
    2;
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'regroup';

-- Bad input.
\set VERBOSITY terse
SELECT bookonce.reschedule_group(:'row', tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', '1 hour', ARRAY[NULL]::tstzrange[], tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', '0', tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', '200 years', tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', '-36501 days', tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', durings => NULL::tstzrange[], tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', durings => '{}'::tstzrange[], tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', durings => ARRAY['[2030-01-07 09:00+00, 2030-01-07 10:00+00)']::tstzrange[],
    tenant => 'regroup');
SELECT bookonce.reschedule_group(:'row', durings => ARRAY['empty', NULL, NULL]::tstzrange[], tenant => 'regroup');
\set VERBOSITY sqlstate
SELECT bookonce.reschedule_group(:'row', '1 hour', tenant => 'other');
SELECT bookonce.reschedule_group(gen_random_uuid(), '1 hour', tenant => 'regroup');
SELECT pg_temp.book('room', 'late', '{147990-01-01 00:00}') AS late \gset
SELECT bookonce.reschedule_group(:'late', '20 years', tenant => 'regroup');
RESET timezone;
RESET datestyle;
