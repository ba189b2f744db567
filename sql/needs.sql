-- needs.sql
--   Any doctor and any room: resources found, and booked, by what is needed.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.find_slots(
    needs jsonb,
    within tstzrange,
    duration interval,
    step interval DEFAULT NULL,
    at_most integer DEFAULT 100,
    tenant text DEFAULT 'default')
RETURNS TABLE (during tstzrange, resources text[])
LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_find_slots';
COMMENT ON FUNCTION bookonce.find_slots(jsonb, tstzrange, interval, interval, integer, text) IS
    'slots of that duration in which all needs are met at the same time, and by which resources, in the order of the '
    'needs. needs: an array of {count, any_of, where}';

CREATE FUNCTION bookonce.book_needs(
    needs jsonb,
    during tstzrange,
    holder text,
    pick text DEFAULT 'first',
    hold_for interval DEFAULT NULL,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_needs';
COMMENT ON FUNCTION bookonce.book_needs(jsonb, tstzrange, text, text, interval, jsonb, text, timestamptz, interval,
    text) IS
    'book all that is needed, or nothing: an answer for each resource that is needed, in their order; what cannot be '
    'had says why, the others aborted. pick: the first that fit, the least_booked, or the tightest, with the least '
    'free time around the slot';
