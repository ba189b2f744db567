-- adopt.sql
--   A table that the application has already: what is booked twice in it, and a guard on it.
-- SPDX-License-Identifier: PostgreSQL

-- The columns of such a table as the guard compares them. Indexes are made of these functions: their answers must stay.
CREATE FUNCTION bookonce.resource_key(resource anyelement) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_resource_key';
COMMENT ON FUNCTION bookonce.resource_key(anyelement) IS
    'a resource as a number: an integer is itself, all else, also ROW(..) of several columns, a hash of 64 bits; null where a column is null';
CREATE FUNCTION bookonce.slot_time(starts timestamptz, ends timestamptz) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time';
COMMENT ON FUNCTION bookonce.slot_time(timestamptz, timestamptz) IS 'the time from one instant to another; null, not an error, when it ends before it starts or is empty';
CREATE FUNCTION bookonce.slot_time(starts timestamp, ends timestamp) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time';
COMMENT ON FUNCTION bookonce.slot_time(timestamp, timestamp) IS 'the same of wall-clock times, as if they were UTC, whatever the settings';
CREATE FUNCTION bookonce.slot_time(starts date, ends date) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_dates';
COMMENT ON FUNCTION bookonce.slot_time(date, date) IS 'the nights from one date to another, the last date excluded';
CREATE FUNCTION bookonce.slot_time(during tstzrange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(tstzrange) IS 'the range; null when it is empty';
CREATE FUNCTION bookonce.slot_time(during tsrange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(tsrange) IS 'a range of wall-clock times, as if they were UTC, whatever the settings; null when it is empty';
CREATE FUNCTION bookonce.slot_time(during daterange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(daterange) IS 'a range of dates, from midnight to midnight; null when it is empty';

-- A function of its own keeps the application's queries from the guard's index, as is_live() does from ours (sql/slot_key.sql says
-- why). It is always about a column: PostgreSQL would compute counts(true) once, and let count(*) scan the index.
CREATE FUNCTION bookonce.counts(condition boolean) RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_counts';
COMMENT ON FUNCTION bookonce.counts(boolean) IS 'condition IS TRUE, as the condition of a guard''s index; queries say the condition itself, and leave the index alone';

-- What guard_table() and its kin make of their parameters.
CREATE FUNCTION bookonce.adopted_rule(
    relation regclass, resource text, starts text, ends text, during text, live_when text,
    OUT resource_value text, OUT slot_time text, OUT slot text, OUT live text, OUT condition text, OUT wall_clock boolean)
    LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_adopted_rule';
COMMENT ON FUNCTION bookonce.adopted_rule(regclass, text, text, text, text, text) IS
    'read the expressions that say what is booked in a table, and spell them so that they may stand in any statement on it: the resource, the time as a tstzrange, both as a slot_key, and the condition, plain and as the guard''s index has it';

-- With the caller's rights, by one sort. It is stable: all of it is read in the snapshot of the statement that calls it.
CREATE FUNCTION bookonce.find_double_bookings(
    relation regclass, resource text, starts text DEFAULT NULL, ends text DEFAULT NULL, during text DEFAULT NULL,
    live_when text DEFAULT NULL, at_most bigint DEFAULT 100)
RETURNS TABLE (resource_value text, row_key jsonb, other_row_key jsonb, shared tstzrange, pairs bigint)
    LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_find_double_bookings';
COMMENT ON FUNCTION bookonce.find_double_bookings(regclass, text, text, text, text, text, bigint) IS
    'the pairs of rows of any table that the caller may read which are booked twice: the resource, the rows'' primary keys, the time that they share, and how many pairs there are in all; the first at_most are returned';
