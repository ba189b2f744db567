-- reading.sql
--   What is booked, asked, offered, claimed and defined. Each is found by an index, and lists are read page by page:
--   the last row's key, given as after_.., begins the next page.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.get_booking(booking_id uuid, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_row LANGUAGE C STABLE ROWS 1 AS 'MODULE_PATHNAME', 'bookonce_get_booking';
COMMENT ON FUNCTION bookonce.get_booking(uuid, text) IS
    'the booking as it is, also when it has ended; no row: there is none of that id';

CREATE FUNCTION bookonce.get_booking_by_key(idempotency_key text, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_row LANGUAGE C STABLE ROWS 1 AS 'MODULE_PATHNAME', 'bookonce_get_booking_by_key';
COMMENT ON FUNCTION bookonce.get_booking_by_key(text, text) IS
    'all that the call with this key made, a row for each unit, as it is; no row: no call with this key has booked';

CREATE FUNCTION bookonce.get_group(group_id uuid, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_row LANGUAGE C STABLE ROWS 10 AS 'MODULE_PATHNAME', 'bookonce_get_group';
COMMENT ON FUNCTION bookonce.get_group(uuid, text) IS
    'what was booked together, a row for each unit, in the order of members; no row: there is no such group';

CREATE FUNCTION bookonce.list_bookings(
    resources text[],
    within tstzrange,
    at_most integer DEFAULT 1000,
    after_start timestamptz DEFAULT NULL,
    after_id uuid DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_bookings';
COMMENT ON FUNCTION bookonce.list_bookings(text[], tstzrange, integer, timestamptz, uuid, text) IS
    'the live bookings of resources that overlap within, by starts_at and booking_id, from behind after_start and '
    'after_id';

CREATE FUNCTION bookonce.list_holder_bookings(
    holder text,
    within tstzrange,
    include_released boolean DEFAULT false,
    at_most integer DEFAULT 1000,
    after_start timestamptz DEFAULT NULL,
    after_id uuid DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_holder_bookings';
COMMENT ON FUNCTION bookonce.list_holder_bookings(text, tstzrange, boolean, integer, timestamptz, uuid, text) IS
    'a holder''s bookings that begin in within, by starts_at and booking_id, from behind after_start and after_id; '
    'with include_released the cancelled and expired, too; no parts of bookings, which get_group() lists';

CREATE FUNCTION bookonce.list_requests(
    within tstzrange,
    requester text DEFAULT NULL,
    at_most integer DEFAULT 1000,
    after_start timestamptz DEFAULT NULL,
    after_id uuid DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.request_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_requests';
COMMENT ON FUNCTION bookonce.list_requests(tstzrange, text, integer, timestamptz, uuid, text) IS
    'the requests, or those of one requester, that begin in within, by starts_at and request_id, from behind '
    'after_start and after_id';

CREATE FUNCTION bookonce.list_provider_offers(
    provider text,
    only_open boolean DEFAULT true,
    at_most integer DEFAULT 1000,
    after_id uuid DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.offer_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_provider_offers';
COMMENT ON FUNCTION bookonce.list_provider_offers(text, boolean, integer, uuid, text) IS
    'the offers that a provider can accept now, or all that it has had, by offer_id, which is the order in which they '
    'were made, from behind after_id';

CREATE FUNCTION bookonce.list_resources(at_most integer DEFAULT 1000, after_resource text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.resource_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_resources';
COMMENT ON FUNCTION bookonce.list_resources(integer, text, text) IS
    'the resources and their rules, by name, byte by byte, from behind after_resource';

CREATE FUNCTION bookonce.describe_resource(resource text, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.resource_row LANGUAGE C STABLE ROWS 1 AS 'MODULE_PATHNAME', 'bookonce_describe_resource';
COMMENT ON FUNCTION bookonce.describe_resource(text, text) IS 'a resource and all of its rules, as one row';

CREATE FUNCTION bookonce.list_claims(
    claimant text,
    at_most integer DEFAULT 1000,
    after_scope text DEFAULT NULL,
    after_value text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.claim_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_claims';
COMMENT ON FUNCTION bookonce.list_claims(text, integer, text, text, text) IS
    'what a claimant owns, by scope and value, from behind after_scope and after_value';

CREATE FUNCTION bookonce.counter_value(counter text, tenant text DEFAULT 'default')
RETURNS bigint LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_counter_value';
COMMENT ON FUNCTION bookonce.counter_value(text, text) IS 'a counter''s value';
