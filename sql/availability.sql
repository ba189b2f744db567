-- availability.sql
--   What is free.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.free_slots(
    resource text,
    within tstzrange,
    duration interval,
    step interval DEFAULT NULL,
    quantity integer DEFAULT 1,
    kind text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF tstzrange LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_free_slots';
COMMENT ON FUNCTION bookonce.free_slots(text, tstzrange, interval, interval, integer, text, text) IS
    'the slots of that duration, one every step from the start of within, that book_slot() would take now';

CREATE FUNCTION bookonce.suggest_slots(
    resource text,
    during tstzrange,
    at_most integer DEFAULT 3,
    until timestamptz DEFAULT NULL,
    step interval DEFAULT NULL,
    quantity integer DEFAULT 1,
    kind text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF tstzrange LANGUAGE C STABLE ROWS 3 AS 'MODULE_PATHNAME', 'bookonce_suggest_slots';
COMMENT ON FUNCTION bookonce.suggest_slots(text, tstzrange, integer, timestamptz, interval, integer, text,
    text) IS
    'the first slots, as long as this one and not before it, that book_slot() would take now: until then, or within 31 '
    'days; step: as of free_slots()';

CREATE FUNCTION bookonce.free_time(resource text, within tstzrange, quantity integer DEFAULT 1,
    tenant text DEFAULT 'default')
RETURNS tstzmultirange LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_free_time';
COMMENT ON FUNCTION bookonce.free_time(text, tstzrange, integer, text) IS
    'when, in within, the resource is open and has that many units free';

CREATE FUNCTION bookonce.places_left(resource text, during tstzrange, kind text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS integer LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_places_left';
COMMENT ON FUNCTION bookonce.places_left(text, tstzrange, text, text) IS
    'the largest quantity of which book_slot() would book that slot now, by all rules; 0: it would refuse';

CREATE FUNCTION bookonce.repeat_slots(first tstzrange, every interval, times integer, time_zone text)
RETURNS tstzrange[] LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_repeat_slots';
COMMENT ON FUNCTION bookonce.repeat_slots(tstzrange, interval, integer, text) IS
    'first, and first moved by 1, 2, .. times every on the wall clock of the zone';

CREATE FUNCTION bookonce.explain_slot(resource text, during tstzrange, quantity integer DEFAULT 1,
    kind text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS TABLE (outcome bookonce.outcome, rule text, times tstzmultirange, since timestamptz, until timestamptz)
LANGUAGE C STABLE ROWS 2 AS 'MODULE_PATHNAME', 'bookonce_explain_slot';
COMMENT ON FUNCTION bookonce.explain_slot(text, tstzrange, integer, text, text) IS
    'why book_slot() would refuse a slot now: a row for each rule that refuses it, in the order in which it asks them, '
    'with the times that are in the way, or since when it is too late, or until when too early. No rows: it would be '
    'booked';
