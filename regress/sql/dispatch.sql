-- dispatch: a request for two providers, offered, accepted, left and handed on, as a role that has the verbs only.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;

SELECT bookonce.define_resource('therapist:' || n, tenant => 'spa') FROM generate_series(1, 5) AS n;

-- What a verb says, without the ids that differ from run to run.
PREPARE offers(uuid) AS
    SELECT provider, wave, status, position, booking_id IS NOT NULL AS booked FROM bookonce.offer_status
    WHERE request_id = $1 ORDER BY wave, provider;
PREPARE offer(uuid, text) AS
    SELECT offer_id FROM bookonce.offer_status WHERE request_id = $1 AND provider = $2 ORDER BY wave DESC LIMIT 1;

-- A couple needs two.
SELECT outcome, replayed, during, positions, filled, status, closes_at FROM bookonce.open_request(
    tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 2, 'user:1',
    details => '{"massage": "deep tissue"}', idempotency_key => 'order:1', tenant => 'spa');
SELECT request_id AS couple FROM bookonce.request_status WHERE tenant = 'spa' \gset

-- The same key again is the same request; for another one it is an error.
SELECT outcome, replayed, request_id = :'couple' AS same, status FROM bookonce.open_request(
    tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 2, 'user:1',
    details => '{"massage": "deep tissue"}', idempotency_key => 'order:1', tenant => 'spa');
SELECT bookonce.open_request(
    tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 3, 'user:1',
    details => '{"massage": "deep tissue"}', idempotency_key => 'order:1', tenant => 'spa');

-- Offered to three, one of them named twice.
SELECT outcome, replayed, provider, wave, position, booking_id, status, expires_at FROM bookonce.make_offers(
    :'couple', ARRAY['therapist:3', 'therapist:1', 'therapist:3', 'therapist:2'], tenant => 'spa');
SELECT outcome, replayed, provider, wave, status FROM bookonce.make_offers(:'couple', ARRAY['therapist:1'],
    tenant => 'spa');
EXECUTE offer(:'couple', 'therapist:1') \gset one_
EXECUTE offer(:'couple', 'therapist:2') \gset two_
EXECUTE offer(:'couple', 'therapist:3') \gset three_

-- The first accepts, taps twice, and is busy for everybody else at that time.
SELECT outcome, replayed, provider, wave, position, booking_id IS NOT NULL AS booked, status
FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT outcome, replayed, provider, wave, position, booking_id IS NOT NULL AS booked, status
FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT outcome FROM bookonce.book_slot('therapist:1', tstzrange('2030-05-01 10:30+00', '2030-05-01 12:00+00'), 'user:9',
    tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.decline_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.withdraw_offer(:'one_offer_id', tenant => 'spa');
SELECT outcome, replayed, provider, status FROM bookonce.make_offers(:'couple', ARRAY['therapist:1'], tenant => 'spa');

-- An offer is its provider's alone: anyone else, and any other tenant, hears what is heard of an id that never existed.
\set VERBOSITY sqlstate
SELECT bookonce.accept_offer(:'two_offer_id', 'therapist:3', tenant => 'spa');
SELECT bookonce.decline_offer(:'two_offer_id', 'therapist:3', tenant => 'spa');
SELECT bookonce.accept_offer(:'two_offer_id', 'therapist:2');
SELECT bookonce.withdraw_offer(:'two_offer_id', tenant => 'other');
SELECT bookonce.make_offers(:'couple', ARRAY['therapist:2']);
SELECT bookonce.cancel_request(:'couple');
SELECT bookonce.release_position(:'couple', 'therapist:1');
SELECT bookonce.reassign_position(:'couple', 'therapist:1', 'therapist:2');
SELECT bookonce.accept_offer('00000000-0000-7000-8000-000000000000', 'therapist:2', tenant => 'spa');
\set VERBOSITY default

-- The last position fills the request: what is still pending reads expired, and nothing was written to it.
SELECT outcome, position, status FROM bookonce.accept_offer(:'three_offer_id', 'therapist:3', tenant => 'spa');
SELECT filled, status, waves FROM bookonce.request_status WHERE request_id = :'couple';
EXECUTE offers(:'couple');
SELECT outcome, replayed, status, position FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');
SELECT outcome, provider, status FROM bookonce.make_offers(:'couple',
    ARRAY['therapist:4', 'therapist:2', 'therapist:1'], tenant => 'spa');
SELECT tenant, position, provider, during, requester, details FROM bookonce.appointment WHERE request_id = :'couple'
    ORDER BY position;

-- A position left is open again: its offer acceptable, its provider's time free.
SELECT outcome, replayed, provider, position, status FROM bookonce.release_position(:'couple', 'therapist:1', 'ill',
    tenant => 'spa');
SELECT outcome, replayed, provider, position, status FROM bookonce.release_position(:'couple', 'therapist:1', 'ill',
    tenant => 'spa');
EXECUTE offers(:'couple');
SELECT outcome, status FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT outcome FROM bookonce.book_slot('therapist:1', tstzrange('2030-05-01 10:30+00', '2030-05-01 12:00+00'), 'user:9',
    tenant => 'spa');
SELECT outcome, position FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');

-- Handed on in one step, to one who is free; to a busy one nothing changes.
SELECT outcome, replayed, provider, position, status FROM bookonce.reassign_position(:'couple', 'therapist:2',
    'therapist:1', tenant => 'spa');
SELECT outcome, replayed, provider, position, status FROM bookonce.reassign_position(:'couple', 'therapist:2',
    'therapist:3', tenant => 'spa');
SELECT position, provider FROM bookonce.appointment WHERE request_id = :'couple' ORDER BY position;
SELECT outcome, replayed, provider, wave, position, status FROM bookonce.reassign_position(:'couple', 'therapist:2',
    'therapist:4', tenant => 'spa');
SELECT outcome, replayed, provider, wave, position, status FROM bookonce.reassign_position(:'couple', 'therapist:2',
    'therapist:4', tenant => 'spa');
SELECT position, provider FROM bookonce.appointment WHERE request_id = :'couple' ORDER BY position;
SELECT outcome FROM bookonce.book_slot('therapist:2', tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 'user:9',
    tenant => 'spa');
-- Whom nobody holds the position of any more: it was left.
SELECT outcome FROM bookonce.release_position(:'couple', 'therapist:4', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.reassign_position(:'couple', 'therapist:4', 'therapist:5',
    tenant => 'spa');

-- Cancelling the booking itself is leaving too: the booking is the one thing that says a position is taken.
SELECT booking_id AS theirs FROM bookonce.appointment WHERE request_id = :'couple' AND provider = 'therapist:3' \gset
SELECT outcome FROM bookonce.cancel_booking(:'theirs', tenant => 'spa');
SELECT filled, status FROM bookonce.request_status WHERE request_id = :'couple';
SELECT outcome, replayed FROM bookonce.release_position(:'couple', 'therapist:3', tenant => 'spa');

-- A second wave: one whose offer is over is invited again, one who has not answered is not.
SELECT outcome, replayed, provider, wave, status FROM bookonce.make_offers(:'couple',
    ARRAY['therapist:3', 'therapist:5'], tenant => 'spa');
SELECT outcome, replayed, provider, wave, status FROM bookonce.make_offers(:'couple',
    ARRAY['therapist:5', 'therapist:4'], tenant => 'spa');
EXECUTE offer(:'couple', 'therapist:5') \gset five_
EXECUTE offer(:'couple', 'therapist:4') \gset four_
SELECT outcome, replayed, status FROM bookonce.decline_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.decline_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome, status FROM bookonce.accept_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome, status FROM bookonce.withdraw_offer(:'five_offer_id', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.withdraw_offer(:'four_offer_id', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.withdraw_offer(:'four_offer_id', tenant => 'spa');
SELECT outcome, status FROM bookonce.accept_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, status FROM bookonce.decline_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, wave, provider FROM bookonce.make_offers(:'couple', ARRAY['therapist:4', 'therapist:5'],
    tenant => 'spa');

-- An offer's own lifetime, and the request's end. The tables' owner moves both into the past, so that nobody waits.
EXECUTE offer(:'couple', 'therapist:4') \gset four_
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.offer SET expires_at = clock_timestamp() - interval '1 second' WHERE offer_id = :'four_offer_id';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, status FROM bookonce.accept_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, status FROM bookonce.decline_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, status FROM bookonce.withdraw_offer(:'four_offer_id', tenant => 'spa');
SELECT outcome, replayed, wave, expires_at > clock_timestamp() AS ahead
FROM bookonce.make_offers(:'couple', ARRAY['therapist:4'], expires_in => '1 hour', tenant => 'spa');
EXECUTE offer(:'couple', 'therapist:4') \gset four_
SELECT outcome, expires_at > clock_timestamp() AS ahead FROM bookonce.accept_offer(:'four_offer_id', 'therapist:4',
    tenant => 'spa');
EXECUTE offer(:'couple', 'therapist:5') \gset five_
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.request SET closes_at = clock_timestamp() - interval '1 second' WHERE request_id = :'couple';
SET SESSION AUTHORIZATION regress_app;
SELECT filled, status FROM bookonce.request_status WHERE request_id = :'couple';
SELECT outcome, status FROM bookonce.accept_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome, status FROM bookonce.decline_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome, provider, status FROM bookonce.make_offers(:'couple',
    ARRAY['therapist:5', 'therapist:1', 'therapist:4'], tenant => 'spa');
-- Handing on is still possible: nobody is added.
SELECT outcome, position FROM bookonce.reassign_position(:'couple', 'therapist:4', 'therapist:5', tenant => 'spa');
EXECUTE offers(:'couple');

-- Cancelled: the bookings go with it, in one commit.
SELECT outcome, replayed, filled, status FROM bookonce.cancel_request(:'couple', 'no longer needed', tenant => 'spa');
SELECT outcome, replayed, filled, status FROM bookonce.cancel_request(:'couple', tenant => 'spa');
SELECT count(*) AS appointments FROM bookonce.appointment WHERE request_id = :'couple';
SELECT resource, holder FROM bookonce.live_booking WHERE tenant = 'spa' ORDER BY resource;
SELECT outcome, status FROM bookonce.accept_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, status FROM bookonce.make_offers(:'couple', ARRAY['therapist:2'], tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.release_position(:'couple', 'therapist:5', tenant => 'spa');
SELECT outcome, replayed, status FROM bookonce.reassign_position(:'couple', 'therapist:5', 'therapist:2',
    tenant => 'spa');
SELECT status, count(*) FROM bookonce.offer_status WHERE request_id = :'couple' GROUP BY status ORDER BY status;

-- A provider busy by a booking is busy for an offer, and the position stays open.
SELECT request_id AS single FROM bookonce.open_request(
    tstzrange('2030-05-01 11:00+00', '2030-05-01 13:00+00'), 1, 'user:2', tenant => 'spa') \gset
SELECT outcome FROM bookonce.make_offers(:'single', ARRAY['therapist:1', 'therapist:2'], tenant => 'spa');
EXECUTE offer(:'single', 'therapist:1') \gset one_
EXECUTE offer(:'single', 'therapist:2') \gset two_
SELECT outcome, position, booking_id, status FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1',
    tenant => 'spa');
SELECT outcome, position, status FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');

-- What is rolled back leaves nothing: the offer can be accepted again.
SELECT outcome FROM bookonce.release_position(:'single', 'therapist:2', tenant => 'spa');
SELECT outcome, wave FROM bookonce.make_offers(:'single', ARRAY['therapist:2'], tenant => 'spa');
EXECUTE offer(:'single', 'therapist:2') \gset two_
BEGIN;
SELECT outcome FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');
ROLLBACK;
SELECT outcome, replayed FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');

-- Refusals and replays take no transaction id, and so write nothing.
BEGIN;
SELECT outcome FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT outcome FROM bookonce.accept_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');
SELECT outcome FROM bookonce.decline_offer(:'two_offer_id', 'therapist:2', tenant => 'spa');
SELECT outcome FROM bookonce.decline_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome FROM bookonce.withdraw_offer(:'five_offer_id', tenant => 'spa');
SELECT outcome FROM bookonce.make_offers(:'single', ARRAY['therapist:1', 'therapist:2'], tenant => 'spa');
SELECT outcome FROM bookonce.release_position(:'couple', 'therapist:5', tenant => 'spa');
SELECT outcome FROM bookonce.reassign_position(:'single', 'therapist:2', 'therapist:1', tenant => 'spa');
SELECT outcome FROM bookonce.cancel_request(:'couple', tenant => 'spa');
SELECT outcome, replayed FROM bookonce.open_request(
    tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 2, 'user:1',
    details => '{"massage": "deep tissue"}', idempotency_key => 'order:1', tenant => 'spa');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
SELECT outcome, filled FROM bookonce.cancel_request(:'single', tenant => 'spa');
-- Busy, while the position is open.
SELECT request_id AS busy FROM bookonce.open_request(
    tstzrange('2030-05-01 11:30+00', '2030-05-01 13:00+00'), 1, 'user:2', tenant => 'spa') \gset
SELECT outcome FROM bookonce.make_offers(:'busy', ARRAY['therapist:1'], tenant => 'spa');
EXECUTE offer(:'busy', 'therapist:1') \gset one_
BEGIN;
SELECT outcome, status FROM bookonce.accept_offer(:'one_offer_id', 'therapist:1', tenant => 'spa');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;

-- Busy is also whose own rules forbid the time, at the acceptance as at a reassignment; and whoever has a position of
-- the request already, though there would be room: a team of two cars is one provider.
SELECT bookonce.define_resource('team', capacity => 2, tenant => 'spa');
SELECT bookonce.set_opening_hours('therapist:4', 3, ARRAY['20:00']::time[], ARRAY['22:00']::time[], tenant => 'spa');
SELECT request_id AS rules FROM bookonce.open_request(
    tstzrange('2030-05-01 15:00+00', '2030-05-01 16:00+00'), 2, 'user:2', tenant => 'spa') \gset
SELECT outcome FROM bookonce.make_offers(:'rules', ARRAY['therapist:4', 'team', 'therapist:5'], tenant => 'spa');
EXECUTE offer(:'rules', 'therapist:4') \gset four_
EXECUTE offer(:'rules', 'therapist:5') \gset five_
EXECUTE offer(:'rules', 'team') \gset team_
SELECT outcome, status FROM bookonce.accept_offer(:'four_offer_id', 'therapist:4', tenant => 'spa');
SELECT outcome, position FROM bookonce.accept_offer(:'team_offer_id', 'team', tenant => 'spa');
SELECT outcome, position FROM bookonce.accept_offer(:'five_offer_id', 'therapist:5', tenant => 'spa');
SELECT outcome FROM bookonce.reassign_position(:'rules', 'therapist:5', 'therapist:4', tenant => 'spa');
SELECT outcome FROM bookonce.reassign_position(:'rules', 'therapist:5', 'team', tenant => 'spa');
SELECT position, provider FROM bookonce.appointment WHERE request_id = :'rules' ORDER BY position;
-- A booking that was moved still fills its position, wherever and whoever's it is now.
SELECT booking_id AS moved FROM bookonce.appointment WHERE request_id = :'rules' AND provider = 'therapist:5' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'moved', tstzrange('2030-05-01 17:00+00', '2030-05-01 18:00+00'),
    'therapist:3', tenant => 'spa');
SELECT position, provider, lower(during) FROM bookonce.appointment WHERE request_id = :'rules' ORDER BY position;
SELECT outcome, replayed, status FROM bookonce.release_position(:'rules', 'therapist:3', tenant => 'spa');
SELECT outcome, filled FROM bookonce.cancel_request(:'rules', tenant => 'spa');

-- A role with the verbs cannot touch the tables.
\set VERBOSITY sqlstate
SELECT count(*) FROM bookonce.offer;
UPDATE bookonce.position SET booking_id = NULL;
DELETE FROM bookonce.request;
\set VERBOSITY default

