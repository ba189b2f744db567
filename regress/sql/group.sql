-- group: many slots in one call, all or nothing or each by itself, and what may become of bookings made together.
SET SESSION AUTHORIZATION regress_app;
SET datestyle = ISO;
SET timezone = UTC;
SELECT bookonce.define_resource(resource) FROM unnest(ARRAY['host:a', 'host:b', 'host:c']) AS r(resource);
SELECT bookonce.define_resource('ebikes', 3);
SELECT bookonce.define_resource('tandems', 2);
SELECT bookonce.define_resource('nurse', max_duration => '2 hours');

-- A slot in short: at(resource, day of July 2030, hour), an hour long.
RESET SESSION AUTHORIZATION;
CREATE FUNCTION at(resource text, day integer, hour integer, quantity integer DEFAULT NULL, key text DEFAULT NULL,
    holder text DEFAULT NULL)
RETURNS bookonce.slot_request IMMUTABLE LANGUAGE sql AS
$$ SELECT ROW(resource, tstzrange(t, t + interval '1 hour'), quantity, holder, key, NULL)::bookonce.slot_request
   FROM (SELECT timestamptz '2030-07-01 00:00+00' + make_interval(days => day - 1, hours => hour)) AS s(t) $$;
PREPARE lapse(text) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = $1 AND status = 'held';
SET SESSION AUTHORIZATION regress_app;

-- All or nothing: one group, an answer for each member in the order asked.
SELECT outcome, replayed, booking_id IS NOT NULL AS has_id, count(group_id) OVER () AS grouped,
    count(*) OVER (PARTITION BY group_id) AS together,
       resource, units, during, status
FROM bookonce.book_slots(ARRAY[at('host:b', 1, 9), at('host:a', 1, 9), at('ebikes', 1, 9, 2), at('nurse', 1, 9)],
    'team');
SELECT resource, unit, holder, status FROM bookonce.live_booking WHERE holder = 'team' ORDER BY resource, unit;

-- One member fails: it says why, the others were aborted, and nothing was written for any.
SELECT outcome, replayed, booking_id, group_id, resource, units, status, busy
FROM bookonce.book_slots(ARRAY[at('host:a', 1, 8), at('host:a', 1, 9), at('host:a', 1, 10)], 'series');
-- Each reason that book_slot() has: too long, too many, a party too large for what is left.
SELECT outcome, group_id, busy FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9),
    ROW('nurse', '[2030-07-02 09:00, 2030-07-02 12:00)', 1, NULL, NULL, NULL)::bookonce.slot_request], 'series');
SELECT outcome, busy FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9), at('ebikes', 1, 9, 2)], 'series');
SELECT outcome FROM bookonce.book_slots(ARRAY[at('ebikes', 2, 9, 2), at('ebikes', 2, 9, 2)], 'series');
SELECT outcome FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9), at('host:b', 2, 9)], 'series',
    valid_until => '2001-01-01');
-- The same slot twice, and members that overlap: no room for both.
SELECT outcome, busy FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9), at('host:b', 2, 9), at('host:a', 2, 9)],
    'series');
SELECT outcome, busy FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9),
    ROW('host:a', '[2030-07-02 09:30, 2030-07-02 11:00)', 1, NULL, NULL, NULL)::bookonce.slot_request], 'series');
SELECT count(*) AS written FROM bookonce.live_booking WHERE holder = 'series';
-- Where there is room, the same slot twice is two places.
SELECT outcome, units FROM bookonce.book_slots(ARRAY[at('ebikes', 2, 9), at('ebikes', 2, 9), at('ebikes', 2, 9)],
    'trio');

-- A refusal that is seen by looking writes nothing at all.
BEGIN;
SELECT outcome, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.book_slots(ARRAY[at('host:a', 2, 9), at('host:a', 1, 9)], 'series');
COMMIT;

-- Each by itself: every slot has its own verdict, its own id and no group.
SELECT outcome, booking_id IS NOT NULL AS has_id, group_id IS NOT NULL AS has_group, resource, units, status, busy
FROM bookonce.book_slots(ARRAY[at('host:a', 1, 9), at('host:a', 3, 9), at('host:a', 3, 9), at('ebikes', 3, 9, 3),
    at('ebikes', 3, 9), at('nurse', 3, 9)],
                         'each', all_or_nothing => false);
SELECT outcome FROM bookonce.book_slots(ARRAY[at('host:a', 4, 9), at('host:b', 4, 9)], 'each', all_or_nothing => false,
    valid_until => '2001-01-01');

-- A member may have a holder and details of its own.
SELECT outcome FROM bookonce.book_slots(ARRAY[at('host:a', 5, 9), at('host:b', 5, 9, holder => 'bert'),
    ROW('host:c', '[2030-07-05 09:00, 2030-07-05 10:00)', 1, NULL, NULL, '{"seat": 1}')::bookonce.slot_request], 'anna',
        details => '{"trip": 7}');
SELECT resource, holder, details FROM bookonce.live_booking WHERE during && '[2030-07-05, 2030-07-06)'
    ORDER BY resource;

-- The call's key: the same call again is the first answer, also when its members are gone or the rules have changed.
SELECT outcome, replayed, count(*) OVER (PARTITION BY group_id) AS together, resource, units, status
FROM bookonce.book_slots(ARRAY[at('host:b', 6, 9), at('tandems', 6, 9, 2), at('host:a', 6, 9)], 'anna',
    hold_for => '1 hour', idempotency_key => 'trip:1');
BEGIN;
SELECT outcome, replayed, count(*) OVER (PARTITION BY group_id) AS together, resource, units, status,
    pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slots(ARRAY[at('host:b', 6, 9), at('tandems', 6, 9, 2), at('host:a', 6, 9)], 'anna',
    hold_for => '1 hour', idempotency_key => 'trip:1',
                         valid_until => '2001-01-01');
COMMIT;
SELECT outcome, replayed, status
FROM bookonce.cancel_group((SELECT group_id FROM bookonce.live_booking WHERE holder = 'anna' AND resource = 'tandems'
    AND unit = 1));
SELECT bookonce.define_resource('tandems', 1);
BEGIN;
SELECT outcome, replayed, resource, units, status, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slots(ARRAY[at('host:b', 6, 9), at('tandems', 6, 9, 2), at('host:a', 6, 9)], 'anna',
    hold_for => '1 hour', idempotency_key => 'trip:1');
COMMIT;
SELECT bookonce.define_resource('tandems', 2);

-- Any difference, in any member, in their order, or in the verb, is another request.
SELECT outcome, replayed FROM bookonce.book_slots(ARRAY[at('host:a', 7, 9), at('host:b', 7, 9)], 'anna',
    idempotency_key => 'trip:2');
SELECT outcome, replayed FROM bookonce.book_slot('host:c', '[2030-07-07 09:00, 2030-07-07 10:00)', 'anna',
    idempotency_key => 'alone');
SELECT outcome, replayed FROM bookonce.book_slots(ARRAY[at('host:c', 7, 10)], 'anna',
    idempotency_key => 'group of one');
\set VERBOSITY sqlstate
SELECT bookonce.book_slots(ARRAY[at('host:b', 7, 9), at('host:a', 7, 9)], 'anna', idempotency_key => 'trip:2');
SELECT bookonce.book_slots(ARRAY[at('host:a', 7, 9)], 'anna', idempotency_key => 'trip:2');
SELECT bookonce.book_slots(ARRAY[at('host:a', 7, 9), at('host:b', 7, 9), at('host:c', 7, 9)], 'anna',
    idempotency_key => 'trip:2');
SELECT bookonce.book_slots(ARRAY[at('host:a', 7, 9), at('host:b', 7, 9)], 'bert', idempotency_key => 'trip:2');
SELECT bookonce.book_slot('host:a', '[2030-07-07 09:00, 2030-07-07 10:00)', 'anna', idempotency_key => 'trip:2');
SELECT bookonce.book_slots(ARRAY[at('host:c', 7, 9)], 'anna', idempotency_key => 'alone');
SELECT bookonce.book_slot('host:c', '[2030-07-07 10:00, 2030-07-07 11:00)', 'anna', idempotency_key => 'group of one');
SELECT bookonce.book_any_slot(ARRAY['host:a', 'host:b'], '[2030-07-07 09:00, 2030-07-07 10:00)', 'anna',
    idempotency_key => 'trip:2');
\set VERBOSITY default

-- Each by itself: a key for each. A repeat books what is missing, whatever else is in the call; book_slot() may repeat
-- it too.
SELECT outcome, replayed, resource FROM bookonce.book_slots(ARRAY[at('host:a', 8, 9, key => 'm:1'),
    at('host:a', 1, 9, key => 'm:2')], 'anna', all_or_nothing => false);
SELECT outcome, replayed, resource, during FROM bookonce.book_slots(ARRAY[at('host:b', 8, 9, key => 'm:3'),
    at('host:a', 8, 9, key => 'm:1'), at('ebikes', 8, 9, 2, key => 'm:4')], 'anna', all_or_nothing => false);
SELECT outcome, replayed FROM bookonce.book_slot('host:b', '[2030-07-08 09:00, 2030-07-08 10:00)', 'anna',
    idempotency_key => 'm:3');
SELECT outcome, replayed, resource, units FROM bookonce.book_slots(ARRAY[at('host:b', 8, 9, key => 'm:3'),
    at('ebikes', 8, 9, 2, key => 'm:4'), at('host:c', 8, 9, key => 'm:5')], 'anna',
                                                            all_or_nothing => false, valid_until => '2001-01-01');
-- One key for two members of a call: twice the same is one booking, anything else an error.
SELECT outcome, replayed, resource FROM bookonce.book_slots(ARRAY[at('host:c', 8, 11, key => 'm:6'),
    at('host:c', 8, 11, key => 'm:6')], 'anna', all_or_nothing => false);
\set VERBOSITY sqlstate
SELECT bookonce.book_slots(ARRAY[at('host:c', 8, 12, key => 'm:7'), at('host:c', 8, 13, key => 'm:7')], 'anna',
    all_or_nothing => false);
\set VERBOSITY default

-- Holds: confirmed together, or, when one has lapsed, none.
SELECT DISTINCT group_id AS held FROM bookonce.book_slots(ARRAY[at('host:a', 9, 9), at('ebikes', 9, 9, 2),
    at('host:b', 9, 9)], 'elsa', hold_for => '1 hour') \gset
SELECT outcome, replayed, booking_id IS NOT NULL AS has_id, resource, units, status, lapses_at
    FROM bookonce.confirm_group(:'held');
SELECT outcome, replayed, status FROM bookonce.confirm_group(:'held');
SELECT outcome, replayed, status FROM bookonce.cancel_group(:'held', 'rain');
SELECT outcome, replayed, status FROM bookonce.cancel_group(:'held', 'another reason');
SELECT outcome, replayed, status FROM bookonce.confirm_group(:'held');
SELECT DISTINCT group_id AS held FROM bookonce.book_slots(ARRAY[at('host:a', 9, 9),
    at('host:b', 9, 9, holder => 'frida')], 'elsa', hold_for => '1 hour') \gset
RESET SESSION AUTHORIZATION;
SELECT DISTINCT reason FROM bookonce.booking WHERE holder = 'elsa' AND status = 'cancelled';
EXECUTE lapse('frida');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, replayed, status FROM bookonce.confirm_group(:'held');
SELECT outcome, replayed, status FROM bookonce.cancel_group(:'held');
-- Lapsed holds block no group: they are released by the one that needs the time.
SELECT DISTINCT group_id AS held FROM bookonce.book_slots(ARRAY[at('host:a', 10, 9), at('host:b', 10, 9),
    at('ebikes', 10, 9, 3)], 'gerd', hold_for => '1 hour') \gset
RESET SESSION AUTHORIZATION;
EXECUTE lapse('gerd');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, resource, units FROM bookonce.book_slots(ARRAY[at('host:b', 10, 9), at('ebikes', 10, 9, 2),
    at('host:c', 10, 9)], 'hugo');
SELECT outcome, resource FROM bookonce.book_slots(ARRAY[at('host:b', 10, 9), at('host:a', 10, 9)], 'hugo',
    all_or_nothing => false);
SELECT outcome, status FROM bookonce.confirm_group(:'held');

-- A party is a group of its own. When one of its units was cancelled alone, the rest is what there is to cancel.
SELECT group_id AS party, booking_id IS NULL AS named_by_its_group, units
    FROM bookonce.book_slot('ebikes', '[2030-07-11 09:00, 2030-07-11 10:00)', 'inge', quantity => 3,
    hold_for => '1 hour') \gset
\echo :units
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.live_booking WHERE group_id = :'party'
    AND unit = 1));
SELECT outcome, replayed, units, status FROM bookonce.confirm_group(:'party');
SELECT outcome, replayed, units, status FROM bookonce.cancel_group(:'party');
SELECT count(*) AS left_over FROM bookonce.live_booking WHERE holder = 'inge';

-- The caller's savepoint takes back the group and its key.
BEGIN;
SAVEPOINT s;
SELECT outcome, replayed FROM bookonce.book_slots(ARRAY[at('host:a', 12, 9), at('ebikes', 12, 9)], 'jens',
    idempotency_key => 'trip:3');
ROLLBACK TO s;
SELECT outcome, replayed FROM bookonce.book_slots(ARRAY[at('host:a', 12, 9), at('ebikes', 12, 9)], 'jens',
    idempotency_key => 'trip:3');
COMMIT;
SELECT count(*) FROM bookonce.live_booking WHERE holder = 'jens';

-- In an old snapshot a group is booked or refused by what is there now, or the caller is told to retry.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT outcome, units FROM bookonce.book_slots(ARRAY[at('host:a', 13, 9), at('ebikes', 13, 9, 2), at('host:a', 13, 10)],
    'karl', hold_for => '1 hour');
SELECT outcome FROM bookonce.book_slots(ARRAY[at('host:b', 13, 9), at('host:a', 13, 9)], 'lars');
SELECT outcome FROM bookonce.confirm_group((SELECT group_id FROM bookonce.live_booking WHERE holder = 'karl' LIMIT 1));
COMMIT;

-- A thousand at once, and as many as may be; all in one call.
SELECT outcome, count(*) FROM bookonce.book_slots((SELECT array_agg(at('host:c', 100, n)) FROM generate_series(1, 10000)
    AS n), 'many', all_or_nothing => false) GROUP BY outcome;
SELECT outcome, count(*) FROM bookonce.cancel_group((SELECT DISTINCT group_id
    FROM bookonce.book_slots((SELECT array_agg(at('host:b', 100, n)) FROM generate_series(1, 1000) AS n),
    'many'))) GROUP BY outcome;

-- Bad input: told which slot, with a valid value; nothing is written.
SELECT bookonce.book_slots(NULL, 'anna');
SELECT bookonce.book_slots('{}', 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), NULL], 'anna');
SELECT bookonce.book_slots((SELECT array_agg(at('host:a', 100, n)) FROM generate_series(1, 10001) AS n), 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), at('host:b', 20, 9, 0)], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), at('ebikes', 20, 9, 4)], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), at('host:z', 20, 9)], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), at(NULL, 20, 9)], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), ROW('host:b', 'empty', 1, NULL, NULL,
    NULL)::bookonce.slot_request], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), ROW('host:b', NULL, 1, NULL, NULL, NULL)::bookonce.slot_request],
    'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), ROW('host:b', '[2030-07-20 09:00,)', 1, NULL, NULL,
    NULL)::bookonce.slot_request], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9), at('host:b', 20, 9, key => 'k')], 'anna');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)], 'anna', all_or_nothing => false, idempotency_key => 'k');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)]);
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)], 'anna', all_or_nothing => NULL);
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)], 'anna', hold_for => '0');
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)], 'anna', tenant => 'other');
SELECT bookonce.confirm_group(NULL);
SELECT bookonce.cancel_group(NULL);
\set VERBOSITY sqlstate
SELECT bookonce.confirm_group(gen_random_uuid());
SELECT bookonce.cancel_group(gen_random_uuid());
SELECT bookonce.confirm_group(:'held', tenant => 'other');
SELECT bookonce.cancel_group(:'held', tenant => 'other');
-- A booking's id is not a group's.
SELECT bookonce.cancel_group((SELECT booking_id FROM bookonce.live_booking WHERE holder = 'jens' LIMIT 1));
SELECT bookonce.cancel_booking((SELECT group_id FROM bookonce.live_booking WHERE holder = 'jens' LIMIT 1));
BEGIN READ ONLY;
SELECT bookonce.book_slots(ARRAY[at('host:a', 20, 9)], 'anna');
ROLLBACK;
\set VERBOSITY default
SELECT count(*) AS written FROM bookonce.live_booking WHERE during && '[2030-07-20, 2030-07-21)';
RESET SESSION AUTHORIZATION;
DROP FUNCTION at;
DELETE FROM bookonce.booking WHERE holder = 'many';

-- A party whose units have parted: one is over by since and stays a hold, the other is confirmed; the answer tells of
-- that one.
SELECT bookonce.define_resource('parted', 2);
SELECT group_id AS parted FROM bookonce.book_slot('parted', '[2030-12-01 09:00+00, 2030-12-01 10:00+00)', 'ann',
    quantity => 2, hold_for => '1 hour') \gset
SELECT m.outcome FROM (SELECT booking_id FROM bookonce.live_booking WHERE group_id = :'parted' ORDER BY unit LIMIT 1)
    AS b,
    bookonce.reschedule_booking(b.booking_id, '[2030-12-01 14:00+00, 2030-12-01 15:00+00)') AS m;
SELECT outcome, status, units, during FROM bookonce.confirm_group(:'parted', since => '2030-12-01 12:00+00');
SELECT outcome, status, units, during FROM bookonce.confirm_group(:'parted');
DELETE FROM bookonce.booking WHERE group_id = :'parted';
