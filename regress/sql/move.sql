-- move: a booking goes to another time or resource, or changes places with another one.
SET datestyle = ISO;
SET timezone = UTC;
PREPARE lapse(text) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = $1 AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('chair', 2);
SELECT bookonce.define_resource(r) FROM unnest(ARRAY['bed:1', 'bed:2']) AS r;
SELECT bookonce.define_resource('cab', buffer_before => '10 minutes', buffer_after => '20 minutes',
    max_duration => '2 hours');
SELECT bookonce.define_resource('course');
SELECT bookonce.set_booking_limit('course', 'month', 1);

-- To another time: the booking keeps its id, its key, its holder and its details. The old time is free, the new one is
-- not.
SELECT booking_id AS ann FROM bookonce.book_slot('bed:1', '[2030-09-01 09:00, 2030-09-01 10:00)', 'ann',
    details => '{"a": 1}', idempotency_key => 'stay:1') \gset
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, resource, units, during, status, busy
FROM bookonce.reschedule_booking(:'ann', '[2030-09-02 09:00, 2030-09-02 10:00)');
SELECT outcome FROM bookonce.book_slot('bed:1', '[2030-09-01 09:00, 2030-09-01 10:00)', 'bob');
SELECT outcome FROM bookonce.book_slot('bed:1', '[2030-09-02 09:00, 2030-09-02 10:00)', 'bob');
SELECT outcome, replayed, during FROM bookonce.book_slot('bed:1', '[2030-09-01 09:00, 2030-09-01 10:00)', 'ann',
    details => '{"a": 1}', idempotency_key => 'stay:1');
SELECT during, holder, details FROM bookonce.live_booking WHERE booking_id = :'ann';
-- There already: a replay, which writes nothing.
BEGIN;
SELECT outcome, replayed, during, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.reschedule_booking(:'ann', '[2030-09-02 09:00, 2030-09-02 10:00)');
COMMIT;
-- Onto its own time: longer, shorter, a bit later.
SELECT outcome, during FROM unnest(ARRAY['[2030-09-02 09:00, 2030-09-02 11:00)', '[2030-09-02 09:30, 2030-09-02 11:30)',
    '[2030-09-02 10:00, 2030-09-02 11:00)']::tstzrange[]) WITH ORDINALITY AS m(slot, n),
    bookonce.reschedule_booking(:'ann', slot) ORDER BY n;
-- To another resource, with or without another time.
SELECT outcome, resource, during FROM bookonce.reschedule_booking(:'ann', '[2030-09-02 10:00, 2030-09-02 11:00)',
    'bed:2');
SELECT outcome, resource, during FROM bookonce.reschedule_booking(:'ann', '[2030-09-03 10:00, 2030-09-03 11:00)',
    resource => 'bed:1');

-- Taken, or against a rule: it stays where it was, and nothing is written.
SELECT outcome FROM bookonce.book_slot('bed:1', '[2030-09-04 09:00, 2030-09-04 10:00)', 'bob');
BEGIN;
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, resource, units, during, status, busy,
    pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.reschedule_booking(:'ann', '[2030-09-04 09:30, 2030-09-04 10:30)');
SELECT outcome, resource, during, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.reschedule_booking(:'ann', '[2030-09-04 10:00, 2030-09-04 13:00)', 'cab');
COMMIT;
-- The buffers of where it goes count.
SELECT outcome, resource FROM bookonce.reschedule_booking(:'ann', '[2030-09-04 10:00, 2030-09-04 11:00)', 'cab');
SELECT outcome, busy FROM bookonce.book_slot('cab', '[2030-09-04 11:29, 2030-09-04 12:00)', 'bob');
SELECT outcome, busy FROM bookonce.book_slot('cab', '[2030-09-04 11:30, 2030-09-04 12:00)', 'bob');
SELECT outcome, resource FROM bookonce.reschedule_booking(:'ann', '[2030-09-03 10:00, 2030-09-03 11:00)', 'bed:1');
-- A limit counts the booking once: within the month it may move, and what takes no place is not counted.
SELECT booking_id AS cid FROM bookonce.book_slot('course', '[2030-09-06 09:00, 2030-09-06 10:00)', 'cid') \gset
SELECT booking_id AS dan FROM bookonce.book_slot('course', '[2030-10-06 09:00, 2030-10-06 10:00)', 'dan') \gset
SELECT booking_id AS guest FROM bookonce.book_slot('course', '[2030-10-06 09:00, 2030-10-06 10:00)', 'guest',
    allow_overlap => true) \gset
SELECT outcome FROM bookonce.reschedule_booking(:'cid', '[2030-09-07 09:00, 2030-09-07 10:00)');
SELECT outcome FROM bookonce.reschedule_booking(:'cid', '[2030-10-07 09:00, 2030-10-07 10:00)');
SELECT outcome, units, during FROM bookonce.reschedule_booking(:'guest', '[2030-09-07 09:00, 2030-09-07 10:00)');

-- Into a resource of several units: the lowest that is free; others make room.
SELECT outcome, units FROM bookonce.book_slots(ARRAY[ROW('chair', '[2030-09-08 09:00, 2030-09-08 10:00)', 1, NULL, NULL,
    NULL),
    ROW('chair', '[2030-09-08 09:30, 2030-09-08 11:00)', 1, NULL, NULL, NULL),
        ROW('chair', '[2030-09-08 11:00, 2030-09-08 12:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve');
SELECT outcome, units FROM bookonce.reschedule_booking(:'ann', '[2030-09-08 10:00, 2030-09-08 11:30)', 'chair');
SELECT outcome, busy FROM bookonce.reschedule_booking(:'ann', '[2030-09-08 09:30, 2030-09-08 10:30)');
SELECT outcome, resource FROM bookonce.reschedule_booking(:'ann', '[2030-09-03 10:00, 2030-09-03 11:00)', 'bed:1');

-- Room within its own resource, where another gets the unit that it leaves.
SELECT outcome, units FROM bookonce.book_slots(ARRAY[ROW('chair', '[2030-09-17 09:00, 2030-09-17 10:00)', 1, NULL, NULL,
    NULL),
    ROW('chair', '[2030-09-17 10:00, 2030-09-17 11:00)', 1, 'leaver', NULL, NULL),
        ROW('chair', '[2030-09-17 10:00, 2030-09-17 11:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve');
SELECT outcome, units FROM bookonce.reschedule_booking((SELECT booking_id FROM bookonce.live_booking
    WHERE holder = 'leaver'), '[2030-09-17 09:30, 2030-09-17 10:30)');

-- A hold moves with its end, a group's member with its group. What is over cannot move.
SELECT booking_id AS fay, group_id AS trip FROM bookonce.book_slots(ARRAY[ROW('bed:2',
    '[2030-09-09 09:00, 2030-09-09 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'fay',
    hold_for => '1 hour') \gset
SELECT outcome, status, lapses_at > now() AS still_held, group_id = :'trip' AS same_group
    FROM bookonce.reschedule_booking(:'fay', '[2030-09-10 09:00, 2030-09-10 10:00)');
RESET SESSION AUTHORIZATION;
EXECUTE lapse('fay');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, status, during FROM bookonce.reschedule_booking(:'fay', '[2030-09-11 09:00, 2030-09-11 10:00)');
SELECT outcome FROM bookonce.reschedule_booking(:'ann', '[2030-09-10 09:00, 2030-09-10 10:00)', 'bed:2');
SELECT booking_id AS gus FROM bookonce.book_slot('bed:2', '[2030-09-12 09:00, 2030-09-12 10:00)', 'gus') \gset
SELECT outcome FROM bookonce.cancel_booking(:'gus');
SELECT outcome, status, during FROM bookonce.reschedule_booking(:'gus', '[2030-09-13 09:00, 2030-09-13 10:00)');

-- Two change places: resource, unit, time and buffers; whose they are stays.
SELECT booking_id AS hal FROM bookonce.book_slot('cab', '[2030-09-14 09:00, 2030-09-14 11:00)', 'hal',
    hold_for => '1 hour') \gset
SELECT outcome, replayed, booking_id = :'hal' AS same_booking, resource, units, during, status
    FROM bookonce.swap_bookings(:'hal', :'ann');
SELECT holder, resource, unit, during, blocks, status FROM bookonce.live_booking WHERE booking_id IN (:'ann', :'hal')
    ORDER BY holder;
-- Again: back.
SELECT outcome, resource FROM bookonce.swap_bookings(:'hal', :'ann');
-- Overlapping bookings of one resource, and one that takes no unit.
SELECT booking_id AS ida FROM bookonce.book_slot('chair', '[2030-09-15 09:00, 2030-09-15 10:00)', 'ida') \gset
SELECT booking_id AS joe FROM bookonce.book_slot('chair', '[2030-09-15 09:30, 2030-09-15 10:30)', 'joe') \gset
SELECT outcome, units, during FROM bookonce.swap_bookings(:'ida', :'joe');
SELECT outcome, resource, units, during FROM bookonce.swap_bookings(:'ida', :'guest');
SELECT holder, resource, unit, during FROM bookonce.live_booking WHERE booking_id IN (:'ida', :'joe', :'guest')
    ORDER BY holder;
-- Both must be live; the answer tells of the first, with the reason of the one that is not.
SELECT outcome, status, resource FROM bookonce.swap_bookings(:'ann', :'gus');
SELECT outcome, status, resource FROM bookonce.swap_bookings(:'gus', :'ann');
SELECT outcome, status FROM bookonce.swap_bookings(:'ann', :'fay');

-- In an old snapshot a move is made, or the caller is told to retry.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT outcome, during FROM bookonce.reschedule_booking(:'ann', '[2030-09-16 09:00, 2030-09-16 10:00)', 'bed:1');
SELECT outcome, busy FROM bookonce.reschedule_booking(:'ann', '[2030-09-04 09:30, 2030-09-04 10:30)');
SELECT outcome FROM bookonce.swap_bookings(:'ann', :'hal');
ROLLBACK;
SELECT during FROM bookonce.live_booking WHERE booking_id = :'ann';

-- Bad input.
SELECT bookonce.reschedule_booking(NULL, '[2030-09-20 09:00, 2030-09-20 10:00)');
SELECT bookonce.reschedule_booking(:'ann', NULL);
SELECT bookonce.reschedule_booking(:'ann', 'empty');
SELECT bookonce.reschedule_booking(:'ann', '[2030-09-20 09:00,)');
SELECT bookonce.reschedule_booking(:'ann', '[2030-09-20 09:00, infinity)');
SELECT bookonce.reschedule_booking(:'ann', '[2030-09-20 09:00, 2030-09-20 10:00)', '');
SELECT bookonce.reschedule_booking(:'ann', '[2030-09-20 09:00, 2030-09-20 10:00)', 'bed:9');
SELECT bookonce.reschedule_booking('00000000-0000-0000-0000-000000000000', '[2030-09-20 09:00, 2030-09-20 10:00)');
SELECT bookonce.swap_bookings(NULL, :'ann');
SELECT bookonce.swap_bookings('01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d', '01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d');
\set VERBOSITY sqlstate
SELECT bookonce.swap_bookings(:'ann', '00000000-0000-0000-0000-000000000000');
SELECT bookonce.define_resource('bed:1', tenant => 'other');
SELECT booking_id AS theirs FROM bookonce.book_slot('bed:1', '[2030-09-20 09:00, 2030-09-20 10:00)', 'them',
    tenant => 'other') \gset
SELECT bookonce.swap_bookings(:'ann', :'theirs');
SELECT bookonce.swap_bookings(:'theirs', :'ann', tenant => 'other');
SELECT bookonce.reschedule_booking(:'theirs', '[2030-09-21 09:00, 2030-09-21 10:00)');
BEGIN READ ONLY;
SELECT bookonce.reschedule_booking(:'ann', '[2030-09-20 09:00, 2030-09-20 10:00)');
ROLLBACK;
\set VERBOSITY default
-- Nothing has moved, and an error leaves the session as it was.
SELECT tenant, resource, during FROM bookonce.live_booking WHERE booking_id IN (:'ann', :'theirs') ORDER BY holder;

-- Leave no lapsed holds for the tests after this one.
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds() > 0 AS some;
