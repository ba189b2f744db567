-- integrity: check_integrity() finds nothing in all that the tests before it left, and each problem once it is made by
-- hand.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT * FROM bookonce.check_integrity();
SET SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.check_integrity();

-- One of everything.
SELECT bookonce.define_resource('desk', tenant => 'proof'), bookonce.define_resource('pool', 3, tenant => 'proof'),
       bookonce.define_resource('ann', tenant => 'proof'), bookonce.define_resource('ben', tenant => 'proof'),
       bookonce.define_counter('stock', 10, tenant => 'proof');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 09:00, 2030-06-03 10:00)', 'u', idempotency_key => 'k',
    tenant => 'proof');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'u', idempotency_key => 'l',
    tenant => 'proof');
SELECT outcome FROM bookonce.book_slot('pool', '[2030-06-03 09:00, 2030-06-03 10:00)', 'u', 3, tenant => 'proof');
SELECT outcome FROM bookonce.book_slots(ARRAY[('desk', '[2030-06-04 09:00, 2030-06-04 10:00)', NULL, NULL, NULL, NULL),
    ('ann', '[2030-06-04 09:00, 2030-06-04 10:00)', NULL, NULL, NULL, NULL),
    ('ben', '[2030-06-04 09:00, 2030-06-04 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'u',
        tenant => 'proof');
SELECT outcome FROM bookonce.claim('email', 'a@example.org', 'u', tenant => 'proof');
SELECT value FROM generate_series(1, 3) AS n, bookonce.adjust_counter('stock', -n, 'k' || n, tenant => 'proof');
SELECT request_id FROM bookonce.open_request('[2030-06-05 09:00, 2030-06-05 10:00)', 2, 'u', tenant => 'proof') \gset
SELECT outcome FROM bookonce.make_offers(:'request_id', ARRAY['ann', 'ben'], tenant => 'proof');
SELECT outcome FROM bookonce.offer_status AS o, bookonce.accept_offer(o.offer_id, o.provider, tenant => 'proof')
    WHERE o.tenant = 'proof' AND o.provider = 'ann';
-- A capacity may be below what was booked for a time that is over, or by a hold that has lapsed.
INSERT INTO bookonce.booking (tenant, resource_id, unit, during, blocks, holder, status, lapses_at)
SELECT 'proof', resource_id, 4, d::tstzrange, d::tstzrange, 'past', status::bookonce.booking_status, '2001-01-01'
FROM bookonce.resource, (VALUES ('[2001-06-03, 2001-06-04)', 'confirmed'), ('[2030-06-08, 2030-06-09)', 'held'))
    AS v(d, status)
WHERE tenant = 'proof' AND resource = 'pool';
SELECT * FROM bookonce.check_integrity();

-- What is told of each change, without the ids; all of it is taken back.
CREATE FUNCTION pg_temp.problems() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', problem, tenant, CASE WHEN id !~ '^[0-9a-f-]{36}$' THEN id END,
        CASE WHEN other_id !~ '^[0-9a-f-]{36}$|^[0-9]{2,}$' THEN other_id END)
    FROM bookonce.check_integrity() ORDER BY problem COLLATE "C", tenant, id, other_id $$;
\set by_hand 'tenant = ''proof'' AND resource_id = (SELECT resource_id FROM bookonce.resource WHERE tenant = ''proof'' AND resource = '

-- Guards that are gone, and what then happens unseen.
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap;
SELECT pg_temp.problems();
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder)
SELECT r.tenant, r.resource_id, d, d, 'v'
FROM bookonce.resource AS r,
    unnest('{"[2030-06-03 09:30, 2030-06-03 09:45)", "[2030-06-03 10:00, 2030-06-03 11:00)"}'::tstzrange[]) AS d
WHERE r.tenant = 'proof' AND r.resource = 'desk';
SELECT pg_temp.problems();
SELECT bool_and(a.during && b.during AND a.booking_id <> b.booking_id) AS they_overlap FROM bookonce.check_integrity()
    AS c
JOIN bookonce.booking AS a ON a.booking_id::text = c.id JOIN bookonce.booking AS b ON b.booking_id::text = c.other_id;
ROLLBACK;
BEGIN;
DROP INDEX bookonce.booking_idempotency_key;
UPDATE bookonce.booking SET idempotency_key = 'k' WHERE tenant = 'proof' AND idempotency_key = 'l';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
DROP INDEX bookonce.request_idempotency_key;
INSERT INTO bookonce.request (tenant, request_id, positions, during, requester, idempotency_key)
SELECT 'proof', gen_random_uuid(), 1, '[2030-06-06, 2030-06-07)', 'u', 'r' FROM generate_series(1, 2);
INSERT INTO bookonce."position" (tenant, request_id, "position") SELECT tenant, request_id, 1 FROM bookonce.request
    WHERE tenant = 'proof' AND idempotency_key = 'r';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.claim DROP CONSTRAINT claim_pkey;
INSERT INTO bookonce.claim (tenant, scope, value, claimant) VALUES ('proof', 'email', 'a@example.org', 'v');
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.counter_entry DROP CONSTRAINT counter_entry_tenant_counter_idempotency_key_key;
UPDATE bookonce.counter_entry SET idempotency_key = 'k1' WHERE tenant = 'proof' AND idempotency_key = 'k2';
SELECT pg_temp.problems();
ROLLBACK;

-- Bookings and resources.
BEGIN;
UPDATE bookonce.resource SET capacity = 2 WHERE tenant = 'proof' AND resource = 'pool';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder) VALUES ('proof', -1,
    '[2030-06-07, 2030-06-08)', '[2030-06-07, 2030-06-08)', 'u');
INSERT INTO bookonce.opening_hours (tenant, resource_id, weekday, opens, closes) VALUES ('proof', -1, 1, '09:00',
    '10:00');
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.booking SET tenant = 'other' WHERE tenant = 'proof' AND idempotency_key = 'k';
SELECT pg_temp.problems();
ROLLBACK;

-- Groups and parties.
BEGIN;
DELETE FROM bookonce.booking WHERE tenant = 'proof' AND member = 2;
SELECT pg_temp.problems();
ROLLBACK;
-- change_booking() may give each unit a holder of its own.
BEGIN;
UPDATE bookonce.booking SET holder = 'v' WHERE :by_hand 'pool') AND unit = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.booking SET request_hash = NULL WHERE :by_hand 'pool') AND unit = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.booking SET idempotency_key = 'p' || unit WHERE :by_hand 'pool') AND unit < 3;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.booking SET tenant = 'other' WHERE tenant = 'proof' AND member = 3;
SELECT pg_temp.problems();
ROLLBACK;

-- Counters.
BEGIN;
UPDATE bookonce.counter SET value = 5 WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
DELETE FROM bookonce.counter_entry WHERE tenant = 'proof' AND entry = 3;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.counter_entry SET entry = 3 WHERE tenant = 'proof' AND entry = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.counter_entry SET delta = -4 WHERE tenant = 'proof' AND entry = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
DELETE FROM bookonce.counter WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;

-- Requests, positions and offers.
BEGIN;
INSERT INTO bookonce."position" (tenant, request_id, "position") VALUES ('proof', :'request_id', 3);
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
DELETE FROM bookonce."position" WHERE tenant = 'proof' AND "position" = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.role_grant DISABLE TRIGGER heed;
DROP TRIGGER wall_views ON bookonce.role_grant;
ALTER TABLE bookonce.claim FORCE ROW LEVEL SECURITY;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.request DISABLE TRIGGER keep_needed;
DELETE FROM bookonce.request WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
DELETE FROM bookonce.booking WHERE tenant = 'proof' AND booking_id = (SELECT booking_id FROM bookonce."position"
    WHERE tenant = 'proof' AND "position" = 1);
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
SELECT outcome FROM bookonce.offer_status AS o, bookonce.accept_offer(o.offer_id, o.provider, tenant => 'proof')
    WHERE o.tenant = 'proof' AND o.provider = 'ben';
UPDATE bookonce.booking SET resource_id = (SELECT resource_id FROM bookonce.resource WHERE tenant = 'proof'
    AND resource = 'ann'),
    during = '[2030-06-09, 2030-06-10)', blocks = '[2030-06-09, 2030-06-10)'
WHERE booking_id = (SELECT booking_id FROM bookonce.appointment WHERE tenant = 'proof' AND provider = 'ben');
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce."position" DROP CONSTRAINT position_booking;
UPDATE bookonce."position" AS p SET booking_id = (SELECT booking_id FROM bookonce."position" WHERE tenant = 'proof'
    AND "position" = 1) WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce."position" SET booking_id = (SELECT booking_id FROM bookonce.booking WHERE tenant = 'proof'
    AND idempotency_key = 'k')
WHERE tenant = 'proof' AND "position" = 2;
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.request SET cancelled_at = now() WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce."position" SET booking_id = NULL WHERE tenant = 'proof';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.offer AS o SET status = 'accepted', booking_id = a.booking_id FROM bookonce.offer AS a
WHERE o.tenant = 'proof' AND o.status = 'pending' AND a.tenant = 'proof' AND a.status = 'accepted';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
INSERT INTO bookonce.offer (tenant, offer_id, request_id, provider, wave) VALUES ('proof', gen_random_uuid(),
    :'request_id', 'nobody', 1),
    ('proof', gen_random_uuid(), :'request_id', 'ben', 2), ('proof', gen_random_uuid(), gen_random_uuid(), 'ben', 1);
SELECT pg_temp.problems();
ROLLBACK;

-- What the CHECKs refuse, once an owner has dropped them; no time of a row stops the search for others.
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_is_sound, DROP CONSTRAINT booking_no_overlap;
UPDATE bookonce.booking AS b SET during = v.during, blocks = v.during, unit = v.unit, status = 'held', lapses_at = v.at
FROM (SELECT booking_id, row_number() OVER (ORDER BY booking_id) AS n FROM bookonce.booking WHERE tenant = 'proof'
      LIMIT 5) AS o,
    (VALUES (1, tstzrange('2030-09-01', 'infinity'), 1, 'infinity'), (2, '(,)', 2, 'infinity'),
            (3, 'empty', 3, 'infinity'), (4, '[2030-08-01, 2030-08-02)', 0, 'infinity'),
            (5, '[2030-08-03, 2030-08-04)', 1, NULL::timestamptz)) AS v(n, during, unit, at)
WHERE b.booking_id = o.booking_id AND v.n = o.n;
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE problem LIKE '%sound' GROUP BY 1;
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.resource DROP CONSTRAINT resource_starts_check, DROP CONSTRAINT resource_ends_check,
    DROP CONSTRAINT resource_start_every_check;
UPDATE bookonce.resource SET starts = '{0,NULL}' WHERE tenant = 'proof' AND resource = 'desk';
UPDATE bookonce.resource SET ends = '{604800}' WHERE tenant = 'proof' AND resource = 'pool';
UPDATE bookonce.resource SET start_every = '1 day' WHERE tenant = 'proof' AND resource = 'ann';
SELECT pg_temp.problems();
ROLLBACK;
-- Rows that are not sound by one value each, beside one that is.
BEGIN;
ALTER TABLE bookonce.closure DROP CONSTRAINT closure_units_check, DROP CONSTRAINT closure_during_begins;
INSERT INTO bookonce.closure (closure_id, resource_id, tenant, during, units)
SELECT gen_random_uuid(), r.resource_id, 'proof', v.during, v.units
FROM (VALUES ('[2030-08-01, 2030-08-02)'::tstzrange, 0), ('(,2030-08-02)', 1), ('[2030-08-01, infinity)', NULL),
             ('[2030-08-01,)', NULL)) AS v(during, units),
    bookonce.resource AS r WHERE r.tenant = 'proof' AND r.resource = 'pool';
UPDATE bookonce.resource SET has_closures = true WHERE tenant = 'proof' AND resource = 'pool';
SELECT problem, tenant, count(*) FROM bookonce.check_integrity() GROUP BY 1, 2;
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.waiter DROP CONSTRAINT waiter_quantity_check, DROP CONSTRAINT waiter_during_is_finite,
    DROP CONSTRAINT waiter_offer_for_check;
INSERT INTO bookonce.waiter (waiter_id, resource_id, number, tenant, during, holder, quantity, offer_for)
SELECT gen_random_uuid(), r.resource_id, row_number() OVER (), 'proof', v.during, 'u', v.quantity, v.offer_for
FROM (VALUES ('[2030-08-01, 2030-08-02)'::tstzrange, 0, '1 hour'::interval), ('empty', 1, '1 hour'),
             ('[2030-08-01, 2030-08-02)', 1, '0'), ('[2030-08-01, 2030-08-02)', 1, '1 hour'))
    AS v(during, quantity, offer_for),
    bookonce.resource AS r WHERE r.tenant = 'proof' AND r.resource = 'pool';
SELECT problem, tenant, count(*) FROM bookonce.check_integrity() GROUP BY 1, 2;
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.request DROP CONSTRAINT request_positions_check, DROP CONSTRAINT request_during_is_bounded,
    DROP CONSTRAINT request_waves_check;
INSERT INTO bookonce.request (request_id, positions, waves, tenant, during, requester)
SELECT gen_random_uuid(), v.positions, v.waves, 'proof', v.during, 'u'
FROM (VALUES (1, 0, '(,)'::tstzrange), (1, -1, '[2030-08-01, 2030-08-02)'), (1, 0, '[2030-08-01, 2030-08-02)'))
    AS v(positions, waves, during);
INSERT INTO bookonce."position" (tenant, request_id, "position") SELECT tenant, request_id, 1 FROM bookonce.request
    WHERE tenant = 'proof' AND request_id <> :'request_id';
SELECT problem, tenant, count(*) FROM bookonce.check_integrity() GROUP BY 1, 2;
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.resource DROP CONSTRAINT resource_parts;
UPDATE bookonce.resource AS r SET part_ids = ARRAY[p.resource_id], part_quantities = '{0}'
FROM bookonce.resource AS p
WHERE r.tenant = 'proof' AND r.resource = 'desk' AND p.tenant = 'proof' AND p.resource = 'pool';
SELECT pg_temp.problems();
ROLLBACK;
BEGIN;
UPDATE bookonce.counter_entry SET entry = 9223372036854775807 WHERE tenant = 'proof' AND idempotency_key = 'k3';
SELECT pg_temp.problems();
ROLLBACK;

-- A role that calls it must be able to read the tables, all of each.
RESET SESSION AUTHORIZATION;
GRANT USAGE ON SCHEMA bookonce TO regress_stranger;
GRANT EXECUTE ON FUNCTION bookonce.check_integrity(), bookonce.check_slot_index() TO regress_stranger;
SET SESSION AUTHORIZATION regress_stranger;
\set VERBOSITY terse
SELECT * FROM bookonce.check_integrity();
RESET SESSION AUTHORIZATION;
GRANT pg_read_all_data TO regress_stranger;
BEGIN;
SET SESSION AUTHORIZATION regress_stranger;
SELECT * FROM bookonce.check_integrity();
RESET SESSION AUTHORIZATION;
ALTER TABLE bookonce.claim ENABLE ROW LEVEL SECURITY;
SET SESSION AUTHORIZATION regress_stranger;
SELECT * FROM bookonce.check_integrity();
ROLLBACK;
\set VERBOSITY default
REVOKE pg_read_all_data FROM regress_stranger;
REVOKE ALL ON FUNCTION bookonce.check_integrity(), bookonce.check_slot_index() FROM regress_stranger;
REVOKE ALL ON SCHEMA bookonce FROM regress_stranger;

-- All was taken back.
SET SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.check_integrity();
