-- closures.sql
--   Resources that are out of service for a time, or some of their places.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.close_resource(
    resources text[],
    during tstzrange,
    units integer DEFAULT NULL,
    reason text DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.closure_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_close_resource';
COMMENT ON FUNCTION bookonce.close_resource(text[], tstzrange, integer, text, text, interval, text) IS
    'take resources, or so many places of each, out of service for a time, or for good where during has no end: what '
    'is booked there stays and is named, nothing new gets in; an answer for each';

CREATE FUNCTION bookonce.reopen_resource(
    closure_ids uuid[], max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS integer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reopen_resource';
COMMENT ON FUNCTION bookonce.reopen_resource(uuid[], interval, text) IS
    'take closures away, and return how many there were; 0: none stands any more';

CREATE FUNCTION bookonce.list_closures(
    within tstzrange,
    resources text[] DEFAULT NULL,
    at_most integer DEFAULT 1000,
    after_start timestamptz DEFAULT NULL,
    after_id uuid DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.closure_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_list_closures';
COMMENT ON FUNCTION bookonce.list_closures(tstzrange, text[], integer, timestamptz, uuid, text) IS
    'the closures of all resources, or of those named, that overlap within, by starts_at and closure_id, from behind '
    'after_start and after_id';
