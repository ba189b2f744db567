-- book_slot: each outcome of a booking, what counts as overlap, and what repeating a call does.
SET SESSION AUTHORIZATION regress_app;
SET datestyle = ISO;
SET timezone = UTC;

-- The first gets the slot; the second hears that it is taken, and by what times. Asking is not an error.
SELECT outcome, replayed, booking_id IS NOT NULL AS has_id, group_id, resource, units, during, status, lapses_at,
    busy
FROM bookonce.book_slot('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', 'user:1');
SELECT outcome, replayed, booking_id IS NOT NULL AS has_id, group_id, resource, units, during, status, lapses_at,
    busy
FROM bookonce.book_slot('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', 'user:2');

-- Back to back is no overlap; an instant in common is. busy names what blocks, not when the day is free.
SELECT during, outcome, busy
FROM unnest(ARRAY['[2030-01-07 10:00, 2030-01-07 11:00)', '[2030-01-07 08:00, 2030-01-07 09:00)',
                  '[2030-01-07 08:00, 2030-01-07 12:00)', '[2030-01-07 09:59:59.999999, 2030-01-07 10:00)',
                  '[2030-01-07 09:15, 2030-01-07 09:45)', '[2030-01-07 10:30, 2030-01-07 11:30)']::tstzrange[])
                      WITH ORDINALITY AS s(slot, n),
    bookonce.book_slot('room:1', slot, 'user:2')
ORDER BY n;

-- Bounds mean what PostgreSQL says, in a row of an older version too: ( ] excludes its start and includes its end, so
-- that instant is taken.
RESET SESSION AUTHORIZATION;
INSERT INTO bookonce.booking (resource_id, holder, during, blocks)
SELECT resource_id, 'user:1', '(2030-01-08 09:00, 2030-01-08 10:00]', '(2030-01-08 09:00, 2030-01-08 10:00]'
FROM bookonce.resource WHERE tenant = 'default' AND resource = 'room:1';
SET SESSION AUTHORIZATION regress_app;
SELECT n, outcome, during, busy
FROM unnest(ARRAY['[2030-01-08 10:00, 2030-01-08 11:00)', '[2030-01-08 10:00:00.000001, 2030-01-08 11:00)',
                  '[2030-01-08 08:00, 2030-01-08 09:00)',
                  '[2030-01-08 09:00, 2030-01-08 09:00:00.000001)']::tstzrange[]) WITH ORDINALITY AS s(slot, n),
    bookonce.book_slot('room:1', slot, 'user:2')
ORDER BY n;

-- Another resource has a time of its own, and other zones' spellings of the same instants are the same slot.
SELECT outcome FROM bookonce.book_slot('room:2', '[2030-01-07 09:00, 2030-01-07 10:00)', 'user:1');
SELECT outcome, busy FROM bookonce.book_slot('room:2', '[2030-01-07 10:30+01, 2030-01-07 11:30+01)', 'user:2');

-- allow_overlap is for what may share the time: it blocks nobody and nobody blocks it.
SELECT outcome, units, status FROM bookonce.book_slot('room:2', '[2030-01-07 09:00, 2030-01-07 10:00)', 'user:3',
    allow_overlap => true);
SELECT outcome, units, status FROM bookonce.book_slot('room:2', '[2030-01-09 09:00, 2030-01-09 10:00)', 'user:3',
    allow_overlap => true);
SELECT outcome, units, status FROM bookonce.book_slot('room:2', '[2030-01-09 09:00, 2030-01-09 10:00)', 'user:4');

-- details are kept as given.
SELECT outcome FROM bookonce.book_slot('room:2', '[2030-01-10 09:00, 2030-01-10 10:00)', 'user:1',
    details => '{"guests": ["a", "b"]}');
SELECT resource, unit, during, status, holder, lapses_at, details
FROM bookonce.live_booking WHERE resource = 'room:2' ORDER BY during, unit;

-- The same key again is the same intent: the first answer, marked as replayed.
SELECT booking_id AS first_id FROM bookonce.book_slot('room:1', '[2030-01-11 09:00, 2030-01-11 10:00)', 'user:1',
    idempotency_key => 'order:1') \gset
SELECT outcome, replayed, booking_id = :'first_id' AS same_booking, resource, units, during, status
FROM bookonce.book_slot('room:1', '[2030-01-11 09:00, 2030-01-11 10:00)', 'user:1', idempotency_key => 'order:1');

-- A key of its own is another intent, and loses.
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-11 09:00, 2030-01-11 10:00)', 'user:1',
    idempotency_key => 'order:2');
-- A refusal is not remembered: the key may win elsewhere, or later.
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-11 11:00, 2030-01-11 12:00)', 'user:1',
    idempotency_key => 'order:2');

-- The same key for anything else is a bug of the caller's. Each of these differs in one argument from order:3.
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
                                       details => '{"a": 1}', idempotency_key => 'order:3');
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1',
    hold_for => '1 hour',
                                                 details => '{"a": 1}', idempotency_key => 'order:3');
\set VERBOSITY sqlstate
SELECT bookonce.book_slot('room:2', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
    details => '{"a": 1}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:01)', 'user:1', hold_for => '1 hour',
    details => '{"a": 1}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00:01, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
    details => '{"a": 1}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:2', hold_for => '1 hour',
    details => '{"a": 1}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '2 hours',
    details => '{"a": 1}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', details => '{"a": 1}',
    idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
    details => '{"a": 2}', idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
    idempotency_key => 'order:3');
SELECT bookonce.book_slot('room:1', '[2030-01-12 09:00, 2030-01-12 10:00)', 'user:1', hold_for => '1 hour',
    details => '{"a": 1}', idempotency_key => 'order:3', allow_overlap => true);
\set VERBOSITY default

-- A key is as good as its row: a replay after the booking ended tells what became of it.
SELECT booking_id AS id FROM bookonce.book_slot('room:1', '[2030-01-13 09:00, 2030-01-13 10:00)', 'user:1',
    idempotency_key => 'order:4') \gset
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'id');
SELECT outcome, replayed, status, booking_id = :'id' AS same_booking
FROM bookonce.book_slot('room:1', '[2030-01-13 09:00, 2030-01-13 10:00)', 'user:1', idempotency_key => 'order:4');

-- A replay answers allow_overlap bookings too.
SELECT outcome, replayed, units
FROM generate_series(1, 2), bookonce.book_slot('room:1', '[2030-01-13 09:00, 2030-01-13 10:00)', 'user:1',
    allow_overlap => true, idempotency_key => 'order:5');

-- valid_until: after it the server refuses, free slot or not. It is no part of the request: a late repeat still hears
-- its answer.
SELECT outcome, replayed, booking_id, status, busy
FROM bookonce.book_slot('room:1', '[2030-01-14 09:00, 2030-01-14 10:00)', 'user:1', valid_until => '2001-01-01',
    idempotency_key => 'order:6');
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', 'user:1',
    valid_until => '-infinity');
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-01-14 09:00, 2030-01-14 10:00)', 'user:1',
    valid_until => 'infinity', idempotency_key => 'order:6');
SELECT outcome, replayed
FROM bookonce.book_slot('room:1', '[2030-01-14 09:00, 2030-01-14 10:00)', 'user:1', valid_until => '2001-01-01',
    idempotency_key => 'order:6');

-- The caller's savepoint gives back the slot and the key.
BEGIN;
SAVEPOINT s;
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-15 09:00, 2030-01-15 10:00)', 'user:1',
    idempotency_key => 'order:7');
ROLLBACK TO s;
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-15 09:00, 2030-01-15 10:00)', 'user:2',
    idempotency_key => 'order:7');
ROLLBACK;
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-01-15 09:00, 2030-01-15 10:00)', 'user:3',
    idempotency_key => 'order:7');

-- Refusals and replays write nothing: the transaction never gets an id.
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slot('room:1', '[2030-01-15 09:00, 2030-01-15 10:00)', 'user:1');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slot('room:1', '[2030-01-15 09:00, 2030-01-15 10:00)', 'user:3', idempotency_key => 'order:7');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slot('room:1', '[2030-01-20 09:00, 2030-01-20 10:00)', 'user:1', valid_until => '2001-01-01');
COMMIT;

-- Prepared, and called with all arguments by position.
PREPARE book(text, tstzrange, text) AS SELECT outcome FROM bookonce.book_slot($1, $2, $3, 1, NULL, false, NULL, NULL,
    NULL, tenant => 'default');
EXECUTE book('room:1', '[2030-01-16 09:00, 2030-01-16 10:00)', 'user:1');
EXECUTE book('room:1', '[2030-01-16 09:00, 2030-01-16 10:00)', 'user:1');
