-- dangling: a row that refers to one which is not there is an error that names it, from every verb, and no crash of the
-- server.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.define_resource('desk', tenant => 'dangling');
SELECT booking_id AS good FROM bookonce.book_slot('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', 'user:1',
    tenant => 'dangling') \gset

-- Written by hand, of a resource that never existed.
INSERT INTO bookonce.booking (tenant, booking_id, group_id, resource_id, during, blocks, holder, status,
    lapses_at, idempotency_key, request_hash)
SELECT 'dangling', '00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-0000000000ff', 999999,
       d, d, 'by hand', 'held', '2100-01-01', 'key', NULL
FROM (VALUES (tstzrange('2030-05-06 09:00+00', '2030-05-06 10:00+00'))) AS v(d);
SELECT '00000000-0000-7000-8000-000000000001' AS lost, '00000000-0000-7000-8000-0000000000ff' AS lost_group \gset
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.confirm_booking(:'lost', tenant => 'dangling');
\set VERBOSITY sqlstate
SELECT outcome FROM bookonce.extend_hold(:'lost', '100 years', tenant => 'dangling');
SELECT outcome FROM bookonce.cancel_booking(:'lost', tenant => 'dangling');
SELECT outcome FROM bookonce.reschedule_booking(:'lost', '[2030-05-06 11:00, 2030-05-06 12:00)', tenant => 'dangling');
SELECT outcome FROM bookonce.reschedule_booking(:'lost', '[2030-05-06 11:00, 2030-05-06 12:00)', 'desk',
    tenant => 'dangling');
SELECT outcome FROM bookonce.swap_bookings(:'lost', :'good', tenant => 'dangling');
SELECT outcome FROM bookonce.swap_bookings(:'good', :'lost', tenant => 'dangling');
SELECT outcome FROM bookonce.confirm_group(:'lost_group', tenant => 'dangling');
SELECT outcome FROM bookonce.cancel_group(:'lost_group', tenant => 'dangling');

-- Nor is such a resource taken for one that is newer than the snapshot, which would be worth a repetition.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT outcome FROM bookonce.cancel_booking(:'lost', tenant => 'dangling');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT outcome FROM bookonce.confirm_booking(:'lost', tenant => 'dangling');
ROLLBACK;
\set VERBOSITY terse

-- Its key answers as any other that was used for something else; the others go on; and the owner is told.
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 10:00, 2030-05-06 11:00)', 'user:1',
    idempotency_key => 'key', tenant => 'dangling');
SELECT outcome FROM bookonce.cancel_booking(:'good', tenant => 'dangling');
SET SESSION AUTHORIZATION regress_owner;
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'dangling';
DELETE FROM bookonce.booking WHERE booking_id = :'lost';
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'dangling';

-- What a row needs does not go. A cancelled booking needs its resource, too: its verbs still answer.
DELETE FROM bookonce.resource WHERE tenant = 'dangling';
UPDATE bookonce.resource SET tenant = 'elsewhere' WHERE tenant = 'dangling';
UPDATE bookonce.resource SET resource_id = DEFAULT WHERE tenant = 'dangling';
UPDATE bookonce.resource SET resource = 'table', capacity = 2 WHERE tenant = 'dangling' RETURNING resource, capacity;
SELECT resource, outcome, replayed FROM bookonce.cancel_booking(:'good', tenant => 'dangling');
UPDATE bookonce.resource SET resource = 'desk', capacity = 1, resource_id = DEFAULT WHERE tenant = 'dangling';
UPDATE bookonce.resource SET resource = 'desk', capacity = 1 WHERE tenant = 'dangling' RETURNING resource, capacity;
TRUNCATE bookonce.resource;
DELETE FROM bookonce.booking WHERE tenant = 'dangling';
SELECT bookonce.set_opening_hours('desk', 1, '{09:00}', '{17:00}', tenant => 'dangling');
DELETE FROM bookonce.resource WHERE tenant = 'dangling';
SELECT bookonce.clear_opening_hours('desk', tenant => 'dangling');

-- Offers name their provider; positions and offers need their request.
SELECT request_id FROM bookonce.open_request('[2030-05-06 09:00, 2030-05-06 10:00)', 1, 'user:1',
    tenant => 'dangling') \gset
\set VERBOSITY sqlstate
DELETE FROM bookonce.request WHERE tenant = 'dangling';
SELECT outcome FROM bookonce.make_offers(:'request_id', '{desk}', tenant => 'dangling');
DELETE FROM bookonce.resource WHERE tenant = 'dangling';
TRUNCATE bookonce.request;
TRUNCATE bookonce.booking, bookonce.resource;
TRUNCATE bookonce.booking, bookonce.opening_hours, bookonce.resource;
UPDATE bookonce.resource SET resource = 'table' WHERE tenant = 'dangling';
UPDATE bookonce.request SET request_id = gen_random_uuid() WHERE tenant = 'dangling';
UPDATE bookonce.request SET tenant = 'elsewhere' WHERE tenant = 'dangling';
DELETE FROM bookonce.position WHERE tenant = 'dangling';
DELETE FROM bookonce.request WHERE tenant = 'dangling';
\set VERBOSITY terse
UPDATE bookonce.request SET request_id = request_id, details = '{}' WHERE tenant = 'dangling';
DELETE FROM bookonce.offer WHERE tenant = 'dangling';
DELETE FROM bookonce.request WHERE tenant = 'dangling';
DELETE FROM bookonce.resource WHERE tenant = 'dangling';
BEGIN;
TRUNCATE bookonce.booking, bookonce.opening_hours, bookonce.closure, bookonce.offer, bookonce.position,
    bookonce.request, bookonce.resource;
ROLLBACK;
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'dangling';

-- One that has nothing goes, and with its like; one that is still there holds up all of them.
SELECT bookonce.define_resource('desk:' || n, tenant => 'dangling') FROM generate_series(1, 3) AS n;
-- What the hint says empties all, closures too.
BEGIN;
SELECT count(*) FROM bookonce.close_resource('{desk:1}', '[2030-01-07 10:00, 2030-01-07 11:00)', tenant => 'dangling');
DO $$
DECLARE
    hint text;
BEGIN
    TRUNCATE bookonce.resource;
EXCEPTION WHEN foreign_key_violation THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    EXECUTE substring(hint FROM 'TRUNCATE [^:]*[a-z]');
END
$$;
SELECT count(*) FROM bookonce.resource;
ROLLBACK;
SELECT outcome FROM bookonce.book_slot('desk:3', '[2030-05-06 09:00, 2030-05-06 10:00)', 'user:1',
    tenant => 'dangling');
DELETE FROM bookonce.resource WHERE tenant = 'dangling';
DELETE FROM bookonce.resource WHERE tenant = 'dangling' AND resource <> 'desk:3';
SELECT resource FROM bookonce.resource WHERE tenant = 'dangling';
DELETE FROM bookonce.booking WHERE tenant = 'dangling';
DELETE FROM bookonce.resource WHERE tenant = 'dangling';

-- The triggers are of these tables only, and of their owner.
SELECT bookonce.keep_needed_resource();
RESET SESSION AUTHORIZATION;
CREATE TEMPORARY TABLE other (tenant text, resource text, resource_id bigint);
CREATE TRIGGER keep_needed BEFORE DELETE ON other FOR EACH ROW EXECUTE FUNCTION bookonce.keep_needed_resource();
INSERT INTO other VALUES ('dangling', 'desk', 1);
DELETE FROM other;
DROP TABLE other;
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.define_resource('desk', tenant => 'dangling');
-- A value that must be there: its NOT NULL refuses, and is not taken for a broken row.
SELECT bookonce.open_request('[2030-05-07 09:00, 2030-05-07 10:00)', 1, 'user:1', idempotency_key => 'n',
    tenant => 'dangling') IS NULL;
UPDATE bookonce.resource SET tenant = NULL WHERE tenant = 'dangling' AND resource = 'desk';
BEGIN;
DELETE FROM bookonce."position" WHERE tenant = 'dangling';
UPDATE bookonce.request SET request_id = NULL WHERE idempotency_key = 'n' AND tenant = 'dangling';
ROLLBACK;

-- A request that lost what belongs to it, the triggers disabled: first a provider, then the positions.
SELECT bookonce.define_resource(p, tenant => 'dangling') FROM unnest(ARRAY['ann', 'ben', 'cleo']) AS p;
SELECT request_id FROM bookonce.open_request('[2030-05-06 09:00, 2030-05-06 10:00)', 2, 'user:1',
    idempotency_key => 'q', tenant => 'dangling') \gset
SELECT max(offer_id::text) FILTER (WHERE provider = 'ann') AS ann, max(offer_id::text) FILTER (WHERE provider = 'ben')
    AS ben
FROM bookonce.make_offers(:'request_id', '{ann, ben}', tenant => 'dangling') \gset
SELECT outcome, booking_id FROM bookonce.accept_offer(:'ann', 'ann', tenant => 'dangling') \gset
BEGIN;
ALTER TABLE bookonce.resource DISABLE TRIGGER keep_needed;
DELETE FROM bookonce.resource WHERE tenant = 'dangling' AND resource = 'ann';
ALTER TABLE bookonce.resource ENABLE TRIGGER keep_needed;
COMMIT;
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.cancel_booking(:'booking_id', tenant => 'dangling');
SELECT outcome FROM bookonce.accept_offer(:'ann', 'ann', tenant => 'dangling');
SELECT outcome FROM bookonce.accept_offer(:'ben', 'ben', tenant => 'dangling');
SELECT outcome FROM bookonce.decline_offer(:'ben', 'ben', tenant => 'dangling');
SELECT outcome FROM bookonce.withdraw_offer(:'ann', tenant => 'dangling');
SELECT outcome FROM bookonce.make_offers(:'request_id', '{ann, cleo}', tenant => 'dangling');
SELECT outcome FROM bookonce.release_position(:'request_id', 'ann', tenant => 'dangling');
SELECT outcome FROM bookonce.reassign_position(:'request_id', 'ann', 'cleo', tenant => 'dangling');
SELECT outcome FROM bookonce.open_request('[2030-05-06 09:00, 2030-05-06 10:00)', 2, 'user:1', idempotency_key => 'q',
    tenant => 'dangling');
SELECT outcome FROM bookonce.cancel_request(:'request_id', tenant => 'dangling');
SELECT count(*) FROM bookonce.offer_status WHERE tenant = 'dangling';
SELECT count(*) FROM bookonce.appointment WHERE tenant = 'dangling';
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'dangling';
SET SESSION AUTHORIZATION regress_owner;
SELECT problem, tenant FROM bookonce.check_integrity() WHERE tenant = 'dangling' ORDER BY problem;
BEGIN;
DELETE FROM bookonce.position WHERE request_id = :'request_id' AND position = 1;
SAVEPOINT one;
SELECT outcome FROM bookonce.accept_offer(:'ben', 'ben', tenant => 'dangling');
ROLLBACK TO one;
SELECT outcome FROM bookonce.make_offers(:'request_id', '{cleo}', tenant => 'dangling');
ROLLBACK TO one;
SELECT outcome FROM bookonce.cancel_request(:'request_id', tenant => 'dangling');
ROLLBACK TO one;
DELETE FROM bookonce.position WHERE request_id = :'request_id';
SAVEPOINT two;
SELECT outcome FROM bookonce.accept_offer(:'ben', 'ben', tenant => 'dangling');
ROLLBACK TO two;
SELECT outcome FROM bookonce.open_request('[2030-05-06 09:00, 2030-05-06 10:00)', 2, 'user:1', idempotency_key => 'q',
    tenant => 'dangling');
ROLLBACK TO two;
SELECT outcome FROM bookonce.cancel_request(:'request_id', tenant => 'dangling');
ROLLBACK;
\set VERBOSITY terse
DELETE FROM bookonce.offer WHERE tenant = 'dangling';
DELETE FROM bookonce.position WHERE tenant = 'dangling';
DELETE FROM bookonce.request WHERE tenant = 'dangling';
DELETE FROM bookonce.booking WHERE tenant = 'dangling';
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'dangling';

-- The triggers are among what check_integrity() looks for.
BEGIN;
ALTER TABLE bookonce.resource DISABLE TRIGGER keep_needed;
DROP TRIGGER keep_needed_all ON bookonce.request;
SELECT problem, id FROM bookonce.check_integrity() WHERE problem LIKE '%trigger%' ORDER BY id;
ROLLBACK;

-- A column that the owner gave another type is told of, and not read as what it is not. A text of another name is as
-- good.
BEGIN;
ALTER TABLE bookonce.counter ALTER entries TYPE integer;
SELECT bookonce.define_counter('stock', 10, tenant => 'dangling');
SELECT outcome FROM bookonce.adjust_counter('stock', 1, tenant => 'dangling');
SELECT outcome FROM bookonce.adjust_counter('stock', -100, tenant => 'dangling');
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.resource ALTER time_zone TYPE varchar(50);
SELECT bookonce.free_time('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', tenant => 'dangling');
ROLLBACK;
RESET SESSION AUTHORIZATION;

-- A resource taken from under its group, without the triggers. Reading the row that was not there ended the server.
BEGIN;
SELECT bookonce.define_resource('desk', tenant => 'taken'), bookonce.define_resource('chair', tenant => 'taken');
SELECT DISTINCT outcome, group_id FROM bookonce.book_slots(ARRAY[
    ('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', NULL, NULL, NULL, NULL),
    ('chair', '[2030-05-06 09:00, 2030-05-06 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'ann',
    tenant => 'taken') \gset
SET LOCAL session_replication_role = replica;
UPDATE bookonce.resource SET tenant = 'gone' WHERE tenant = 'taken' AND resource = 'chair';
SET LOCAL session_replication_role = origin;
SELECT outcome FROM bookonce.reschedule_group(:'group_id', '1 hour', tenant => 'taken');
ROLLBACK;

-- Rules that no verb sets.
BEGIN;
ALTER TABLE bookonce.resource DROP CONSTRAINT resource_capacity_check;
SELECT bookonce.define_resource('desk', tenant => 'ruled');
SAVEPOINT one;
UPDATE bookonce.resource SET capacity = 2147483647 WHERE tenant = 'ruled';
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', tenant => 'ruled');
ROLLBACK TO one;
UPDATE bookonce.resource SET buffer_after = '178000000 years' WHERE tenant = 'ruled';
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', tenant => 'ruled');
ROLLBACK TO one;
UPDATE bookonce.resource SET check_in_within = '100000000 hours' WHERE tenant = 'ruled';
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', tenant => 'ruled');
ROLLBACK;

-- Values that no verb writes, and that no arithmetic is done with: each ended the server, or asked it for more memory
-- than there is.
BEGIN;
SELECT bookonce.define_resource('class', 2, tenant => 'spoilt');
SELECT outcome FROM bookonce.book_slot('class', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', 2, tenant => 'spoilt');
SELECT outcome FROM bookonce.join_waitlist('class', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ben', tenant => 'spoilt');
SELECT resource, units FROM bookonce.close_resource('{class}', '[2030-05-07, 2030-05-08)', 1, tenant => 'spoilt');
ALTER TABLE bookonce.closure DROP CONSTRAINT closure_units_check;
ALTER TABLE bookonce.waiter DROP CONSTRAINT waiter_quantity_check;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_is_sound;
SELECT booking_id FROM bookonce.booking WHERE tenant = 'spoilt' LIMIT 1 \gset
SAVEPOINT one;
UPDATE bookonce.closure SET units = -2147483648 WHERE tenant = 'spoilt';
SELECT outcome FROM bookonce.book_slot('class', '[2030-05-07 09:00, 2030-05-07 10:00)', 'ann', tenant => 'spoilt');
ROLLBACK TO one;
UPDATE bookonce.waiter SET quantity = -1 WHERE tenant = 'spoilt';
SELECT outcome FROM bookonce.cancel_booking(:'booking_id', tenant => 'spoilt');
ROLLBACK TO one;
SET LOCAL session_replication_role = replica;
UPDATE bookonce.booking SET during = '[infinity, infinity]', blocks = '[infinity, infinity]' WHERE tenant = 'spoilt';
SET LOCAL session_replication_role = origin;
SELECT outcome FROM bookonce.cancel_booking(:'booking_id', tenant => 'spoilt');
ROLLBACK;
