-- dispatch_reschedule: a request and the bookings of its positions go to another time, all of them or none.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;

SELECT bookonce.define_resource(p, tenant => 'move') FROM unnest(ARRAY['ann', 'bob', 'cleo']) AS p;
PREPARE who(uuid) AS
    SELECT position, provider, during FROM bookonce.appointment WHERE request_id = $1 ORDER BY position;
PREPARE offers(uuid) AS
    SELECT provider, status, during FROM bookonce.offer_status WHERE request_id = $1 ORDER BY wave, provider;

-- Nobody has accepted yet: the offers are for the new time.
SELECT request_id AS visit FROM bookonce.open_request(
    '[2030-07-01 09:00+00, 2030-07-01 10:00+00)', 2, 'u:1', idempotency_key => 'visit', tenant => 'move') \gset
SELECT count(*) FROM bookonce.make_offers(:'visit', ARRAY['ann', 'bob', 'cleo'], tenant => 'move');
SELECT outcome, replayed, request_id = :'visit' AS same, during, positions, filled, status, closes_at, provider,
    refusal, busy
FROM bookonce.reschedule_request(:'visit', '[2030-07-01 12:00+00, 2030-07-01 13:00+00)', tenant => 'move');
SELECT outcome, replayed, during FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 12:00+00, 2030-07-01 13:00+00)', tenant => 'move');
EXECUTE offers(:'visit');
SELECT outcome, replayed, during, status FROM bookonce.open_request(
    '[2030-07-01 09:00+00, 2030-07-01 10:00+00)', 2, 'u:1', idempotency_key => 'visit', tenant => 'move');

-- Accepted, and moved onto a part of where they are; pending offers stay pending.
SELECT outcome, o.provider FROM bookonce.offer_status AS o, bookonce.accept_offer(o.offer_id, o.provider,
    tenant => 'move')
WHERE o.request_id = :'visit' AND o.provider = 'ann';
SELECT outcome, filled, status FROM bookonce.reschedule_request(:'visit', '[2030-07-01 12:30+00, 2030-07-01 14:00+00)',
    tenant => 'move');
EXECUTE who(:'visit');
EXECUTE offers(:'visit');
SELECT outcome, o.provider FROM bookonce.offer_status AS o, bookonce.accept_offer(o.offer_id, o.provider,
    tenant => 'move')
WHERE o.request_id = :'visit' AND o.provider = 'bob';
SELECT outcome, replayed, filled, status FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 13:00+00, 2030-07-01 14:00+00)', tenant => 'move');
EXECUTE who(:'visit');

-- One of them cannot come: nothing moves, nothing is written, and it is said who and why.
SELECT outcome FROM bookonce.book_slot('bob', '[2030-07-01 16:30+00, 2030-07-01 18:00+00)', 'other', tenant => 'move');
BEGIN;
SELECT outcome, replayed, during, filled, status, provider, refusal, busy
FROM bookonce.reschedule_request(:'visit', '[2030-07-01 16:00+00, 2030-07-01 17:00+00)', tenant => 'move');
SELECT outcome, replayed FROM bookonce.reschedule_request(:'visit', '[2030-07-01 13:00+00, 2030-07-01 14:00+00)',
    tenant => 'move');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
EXECUTE who(:'visit');
-- By a provider's own rules, too; each of them is judged by the rules of a booking.
SELECT bookonce.set_opening_hours('bob', 1, ARRAY['09:00']::time[], ARRAY['15:00']::time[], tenant => 'move');
SELECT outcome, provider, refusal, busy FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 14:30+00, 2030-07-01 15:30+00)', tenant => 'move');
SELECT bookonce.clear_opening_hours('bob', tenant => 'move');
SELECT bookonce.define_resource('ann', max_duration => '1 hour', tenant => 'move');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 09:00+00, 2030-07-01 11:00+00)', tenant => 'move');
SELECT bookonce.define_resource('ann', max_ahead => '1 day', tenant => 'move');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 09:00+00, 2030-07-01 11:00+00)', tenant => 'move');
SELECT bookonce.define_resource('ann', min_notice => '20000 days', tenant => 'move');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'visit',
    '[2030-07-01 09:00+00, 2030-07-01 11:00+00)', tenant => 'move');
SELECT bookonce.define_resource('ann', tenant => 'move');
SELECT bookonce.set_booking_limit('ann', 'day', 1, tenant => 'move');
SELECT outcome FROM bookonce.book_slot('ann', '[2030-07-02 09:00+00, 2030-07-02 10:00+00)', 'other', tenant => 'move');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'visit',
    '[2030-07-02 12:00+00, 2030-07-02 13:00+00)', tenant => 'move');
-- Within the day it counts once, as a move of one booking does.
SELECT outcome FROM bookonce.reschedule_request(:'visit', '[2030-07-01 10:00+00, 2030-07-01 11:00+00)',
    tenant => 'move');
-- A hold of somebody else's that has lapsed counts against nobody's limit, and takes nobody's time.
SELECT outcome FROM bookonce.book_slot('ann', '[2030-07-03 09:00+00, 2030-07-03 10:00+00)', 'lapsed',
    hold_for => '1 hour', tenant => 'move');
SELECT outcome FROM bookonce.book_slot('bob', '[2030-07-03 12:00+00, 2030-07-03 13:00+00)', 'lapsed',
    hold_for => '1 hour', tenant => 'move');
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.booking SET lapses_at = clock_timestamp() WHERE tenant = 'move' AND holder = 'lapsed';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.reschedule_request(:'visit', '[2030-07-03 12:00+00, 2030-07-03 13:00+00)',
    tenant => 'move');
EXECUTE who(:'visit');
SELECT bookonce.set_booking_limit('ann', 'day', NULL, tenant => 'move');

-- One that was moved by itself comes with the others, and one that has been handed on.
SELECT booking_id FROM bookonce.appointment WHERE request_id = :'visit' AND provider = 'ann' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'booking_id', '[2030-07-04 09:00+00, 2030-07-04 10:00+00)', 'cleo',
    tenant => 'move');
SELECT outcome, replayed FROM bookonce.reschedule_request(:'visit', '[2030-07-03 12:00+00, 2030-07-03 13:00+00)',
    tenant => 'move');
EXECUTE who(:'visit');
SELECT outcome, replayed FROM bookonce.reschedule_request(:'visit', '[2030-07-05 12:00+00, 2030-07-05 13:00+00)',
    tenant => 'move');
EXECUTE who(:'visit');
-- Who has left is not moved; a place to come is offered for the new time.
SELECT outcome FROM bookonce.release_position(:'visit', 'cleo', tenant => 'move');
SELECT outcome, filled FROM bookonce.reschedule_request(:'visit', '[2030-07-06 12:00+00, 2030-07-06 13:00+00)',
    tenant => 'move');
EXECUTE who(:'visit');

-- A team of two has its bookings laid out again to make room.
SELECT bookonce.define_resource('team', capacity => 2, tenant => 'move');
SELECT request_id AS ride FROM bookonce.open_request('[2030-07-08 08:00+00, 2030-07-08 09:00+00)', 1, 'u:2',
    tenant => 'move') \gset
SELECT offer_id FROM bookonce.make_offers(:'ride', ARRAY['team'], tenant => 'move') \gset
SELECT outcome FROM bookonce.book_slot('team', '[2030-07-08 10:00+00, 2030-07-08 12:00+00)', 'a', tenant => 'move');
SELECT booking_id AS gone FROM bookonce.book_slot('team', '[2030-07-08 12:00+00, 2030-07-08 14:00+00)', 'b',
    tenant => 'move') \gset
SELECT outcome FROM bookonce.book_slot('team', '[2030-07-08 12:00+00, 2030-07-08 14:00+00)', 'c', tenant => 'move');
SELECT outcome FROM bookonce.cancel_booking(:'gone', tenant => 'move');
SELECT outcome FROM bookonce.accept_offer(:'offer_id', 'team', tenant => 'move');
SELECT holder, unit FROM bookonce.live_booking WHERE tenant = 'move' AND resource = 'team' ORDER BY during;
SELECT outcome FROM bookonce.reschedule_request(:'ride', '[2030-07-08 11:00+00, 2030-07-08 13:00+00)',
    tenant => 'move');
SELECT holder, unit FROM bookonce.live_booking WHERE tenant = 'move' AND resource = 'team' ORDER BY during;
SELECT outcome FROM bookonce.book_slot('team', '[2030-07-08 08:30+00, 2030-07-08 11:30+00)', 'd', tenant => 'move');
SELECT outcome FROM bookonce.book_slot('team', '[2030-07-08 08:30+00, 2030-07-08 11:00+00)', 'd', tenant => 'move');
SELECT outcome, refusal, busy FROM bookonce.reschedule_request(:'ride', '[2030-07-08 09:00+00, 2030-07-08 12:00+00)',
    tenant => 'move');

-- Closed, it takes nobody and goes nowhere, but where it is already; filled, it still moves, for nobody is added.
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.request SET closes_at = clock_timestamp() - interval '1 second' WHERE request_id IN (:'visit', :'ride');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, filled, status, during FROM bookonce.reschedule_request(:'visit',
    '[2030-07-07 12:00+00, 2030-07-07 13:00+00)', tenant => 'move');
SELECT outcome, replayed, status FROM bookonce.reschedule_request(:'visit',
    '[2030-07-06 12:00+00, 2030-07-06 13:00+00)', tenant => 'move');
SELECT outcome, filled, status FROM bookonce.reschedule_request(:'ride', '[2030-07-08 15:00+00, 2030-07-08 16:00+00)',
    tenant => 'move');
SELECT outcome FROM bookonce.cancel_request(:'ride', tenant => 'move');
SELECT outcome, replayed, status, during FROM bookonce.reschedule_request(:'ride',
    '[2030-07-08 15:00+00, 2030-07-08 16:00+00)', tenant => 'move');

-- What is rolled back leaves nothing.
SELECT request_id AS again FROM bookonce.open_request('[2030-07-09 08:00+00, 2030-07-09 09:00+00)', 1, 'u:2',
    tenant => 'move') \gset
SELECT offer_id FROM bookonce.make_offers(:'again', ARRAY['ann'], tenant => 'move') \gset
SELECT outcome FROM bookonce.accept_offer(:'offer_id', 'ann', tenant => 'move');
BEGIN;
SELECT outcome FROM bookonce.reschedule_request(:'again', '[2030-07-09 10:00+00, 2030-07-09 11:00+00)',
    tenant => 'move');
ROLLBACK;
SELECT during FROM bookonce.request_status WHERE request_id = :'again';
EXECUTE who(:'again');

-- What is no request, and no time.
\set VERBOSITY sqlstate
SELECT bookonce.reschedule_request(:'again', '[2030-07-09 10:00+00, 2030-07-09 11:00+00)');
SELECT bookonce.reschedule_request('00000000-0000-7000-8000-000000000000', '[2030-07-09 10:00+00, 2030-07-09 11:00+00)',
    tenant => 'move');
SELECT bookonce.reschedule_request(NULL, '[2030-07-09 10:00+00, 2030-07-09 11:00+00)', tenant => 'move');
SELECT bookonce.reschedule_request(:'again', NULL, tenant => 'move');
SELECT bookonce.reschedule_request(:'again', 'empty', tenant => 'move');
SELECT bookonce.reschedule_request(:'again', '[2030-07-09 10:00+00,)', tenant => 'move');
SELECT bookonce.reschedule_request(:'again', '[2030-07-09 10:00+00, 2030-07-09 11:00+00)', tenant => NULL);
BEGIN READ ONLY;
SELECT bookonce.reschedule_request(:'again', '[2030-07-09 10:00+00, 2030-07-09 11:00+00)', tenant => 'move');
ROLLBACK;
\set VERBOSITY default
SELECT outcome FROM bookonce.cancel_request(:'again', tenant => 'move');
SELECT outcome FROM bookonce.cancel_request(:'visit', tenant => 'move');
