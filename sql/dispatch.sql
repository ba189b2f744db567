-- dispatch.sql
--   Requests, offers and positions.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.open_request(
    during tstzrange,
    positions integer,
    requester text,
    details jsonb DEFAULT NULL,
    closes_at timestamptz DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.request_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_open_request';
COMMENT ON FUNCTION bookonce.open_request(tstzrange, integer, text, jsonb, timestamptz, text, interval, text) IS
    'ask for a number of providers at a time: opened';

CREATE FUNCTION bookonce.cancel_request(
    request_id uuid, reason text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.request_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_request';
COMMENT ON FUNCTION bookonce.cancel_request(uuid, text, interval, text) IS
    'end a request and give its providers'' time back: cancelled';

CREATE FUNCTION bookonce.reschedule_request(
    request_id uuid, during tstzrange, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.reschedule_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reschedule_request';
COMMENT ON FUNCTION bookonce.reschedule_request(uuid, tstzrange, interval, text) IS
    'move a request and the bookings of its positions to another time, all or none: rescheduled, provider_busy, or '
    'request_closed';

CREATE FUNCTION bookonce.make_offers(
    request_id uuid, providers text[], expires_in interval DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_make_offers';
COMMENT ON FUNCTION bookonce.make_offers(uuid, text[], interval, interval, text) IS
    'invite providers, one row for each: offered, offer_accepted, filled, or request_closed';

CREATE FUNCTION bookonce.make_offers_by_need(
    request_id uuid, need jsonb, expires_in interval DEFAULT NULL, pick text DEFAULT 'first',
    keep_asking boolean DEFAULT false, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_make_offers_by_need';
COMMENT ON FUNCTION bookonce.make_offers_by_need(uuid, jsonb, interval, text, boolean, interval, text) IS
    'invite as many providers as a need asks for, of those who fit it, are free and were not asked yet; who has an '
    'offer or a position counts. One row for each: offered, offer_accepted, filled, or request_closed. need: {count, '
    'any_of, where}. keep_asking: top_up_offers() asks more where too few have an offer';

CREATE FUNCTION bookonce.top_up_offers(
    at_most integer DEFAULT 1000, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS integer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_top_up_offers';
COMMENT ON FUNCTION bookonce.top_up_offers(integer, interval, text) IS
    'for the open requests that keep asking, those that were opened first before the others, make offers to providers '
    'who have become free, and return how many; what others are using at this moment is left for the next time. A '
    'request of which somebody has deleted a row by hand asks nobody, with a warning';

CREATE FUNCTION bookonce.accept_offer(
    offer_id uuid, provider text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_accept_offer';
COMMENT ON FUNCTION bookonce.accept_offer(uuid, text, interval, text) IS
    'take a position and the provider''s time: accepted, filled, provider_busy, request_closed, or what became of the '
    'offer';

CREATE FUNCTION bookonce.decline_offer(
    offer_id uuid, provider text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_decline_offer';
COMMENT ON FUNCTION bookonce.decline_offer(uuid, text, interval, text) IS
    'the provider says no: declined, request_closed, or what became of the offer';

CREATE FUNCTION bookonce.withdraw_offer(offer_id uuid, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_withdraw_offer';
COMMENT ON FUNCTION bookonce.withdraw_offer(uuid, interval, text) IS
    'take an invitation back: withdrawn, request_closed, or what became of the offer';

CREATE FUNCTION bookonce.release_position(
    request_id uuid, provider text, reason text DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_release_position';
COMMENT ON FUNCTION bookonce.release_position(uuid, text, text, interval, text) IS
    'the provider leaves: the position is open again and the time free: released';

CREATE FUNCTION bookonce.reassign_position(
    request_id uuid, from_provider text, to_provider text,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reassign_position';
COMMENT ON FUNCTION bookonce.reassign_position(uuid, text, text, interval, text) IS
    'another provider in one step: reassigned, provider_busy, request_closed, or not_live';
