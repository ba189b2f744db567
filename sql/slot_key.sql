-- slot_key.sql
--   What the exclusion constraint booking_no_overlap compares.
-- SPDX-License-Identifier: PostgreSQL

CREATE TYPE bookonce.slot_key;

CREATE FUNCTION bookonce.slot_key_in(cstring) RETURNS bookonce.slot_key
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_in';
COMMENT ON FUNCTION bookonce.slot_key_in(cstring) IS 'text input';
CREATE FUNCTION bookonce.slot_key_out(bookonce.slot_key) RETURNS cstring
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_out';
COMMENT ON FUNCTION bookonce.slot_key_out(bookonce.slot_key) IS 'text output, in UTC whatever the settings';
CREATE FUNCTION bookonce.slot_key_recv(internal) RETURNS bookonce.slot_key
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_recv';
COMMENT ON FUNCTION bookonce.slot_key_recv(internal) IS 'binary input';
CREATE FUNCTION bookonce.slot_key_send(bookonce.slot_key) RETURNS bytea
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_send';
COMMENT ON FUNCTION bookonce.slot_key_send(bookonce.slot_key) IS 'binary output';

CREATE TYPE bookonce.slot_key (
    INPUT = bookonce.slot_key_in,
    OUTPUT = bookonce.slot_key_out,
    RECEIVE = bookonce.slot_key_recv,
    SEND = bookonce.slot_key_send,
    INTERNALLENGTH = 32,
    ALIGNMENT = double);
COMMENT ON TYPE bookonce.slot_key IS 'one unit of one resource for one time range';

CREATE FUNCTION bookonce.slot_key(resource_id bigint, unit integer, blocks tstzrange) RETURNS bookonce.slot_key
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key';
COMMENT ON FUNCTION bookonce.slot_key(bigint, integer, tstzrange) IS
    'the key of a booking; null when the range is empty';

-- A function of its own keeps other queries' `released_at IS NULL` away from the guard's index. A GiST scan that is
-- restarted, as on the inner side of a nested loop or in a correlated subquery, may damage its index: it remembers the
-- places of dead entries on one page, and after a split marks these places on another page, where live entries have
-- them, so that the guard no longer finds those (gistrescan() keeps numKilled; PostgreSQL 18.6 double-booked).
CREATE FUNCTION bookonce.is_live(released_at timestamptz) RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_is_live';
COMMENT ON FUNCTION bookonce.is_live(timestamptz) IS
    'released_at IS NULL, as the condition of the guard; queries say IS NULL, and leave the guard''s index alone';

-- A CHECK for each of these rules would be plainer, and would double the cost of a statement that writes the table.
CREATE FUNCTION bookonce.is_sound(
    during tstzrange, blocks tstzrange, unit integer, member integer, status bookonce.booking_status,
    released_at timestamptz, hold_expires_at timestamptz)
RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_is_sound';
COMMENT ON FUNCTION bookonce.is_sound(tstzrange, tstzrange, integer, integer, bookonce.booking_status, timestamptz,
    timestamptz) IS
    'true for a row of booking: during is bounded and within blocks, unit is 1 or more, member is not 0, released_at '
    'is there when it was cancelled or expired and only then, a hold has its end; else 23514';

CREATE FUNCTION bookonce.slot_key_selectivity(internal, oid, internal, integer) RETURNS double precision
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_selectivity';
COMMENT ON FUNCTION bookonce.slot_key_selectivity(internal, oid, internal, integer) IS
    'restriction selectivity of && and &&*';
CREATE FUNCTION bookonce.slot_key_join_selectivity(internal, oid, internal, smallint, internal) RETURNS double precision
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_selectivity';
COMMENT ON FUNCTION bookonce.slot_key_join_selectivity(internal, oid, internal, smallint, internal) IS
    'join selectivity of && and &&*';

CREATE FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps';
COMMENT ON FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) IS 'implementation of && operator';
CREATE OPERATOR bookonce.&& (
    LEFTARG = bookonce.slot_key, RIGHTARG = bookonce.slot_key, FUNCTION = bookonce.slot_key_overlaps,
    COMMUTATOR = OPERATOR(bookonce.&&),
    RESTRICT = bookonce.slot_key_selectivity, JOIN = bookonce.slot_key_join_selectivity);
COMMENT ON OPERATOR bookonce.&& (bookonce.slot_key, bookonce.slot_key) IS 'same resource, same unit, overlapping times';

CREATE FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps_any_unit';
COMMENT ON FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) IS
    'implementation of &&* operator';
CREATE OPERATOR bookonce.&&* (
    LEFTARG = bookonce.slot_key, RIGHTARG = bookonce.slot_key, FUNCTION = bookonce.slot_key_overlaps_any_unit,
    COMMUTATOR = OPERATOR(bookonce.&&*),
    RESTRICT = bookonce.slot_key_selectivity, JOIN = bookonce.slot_key_join_selectivity);
COMMENT ON OPERATOR bookonce.&&* (bookonce.slot_key, bookonce.slot_key) IS 'same resource, any unit, overlapping times';

CREATE FUNCTION bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_consistent';
COMMENT ON FUNCTION bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal) IS
    'GiST support';
CREATE FUNCTION bookonce.slot_key_union(internal, internal) RETURNS bookonce.slot_key
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_union';
COMMENT ON FUNCTION bookonce.slot_key_union(internal, internal) IS 'GiST support';
CREATE FUNCTION bookonce.slot_key_penalty(internal, internal, internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_penalty';
COMMENT ON FUNCTION bookonce.slot_key_penalty(internal, internal, internal) IS 'GiST support';
CREATE FUNCTION bookonce.slot_key_picksplit(internal, internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_picksplit';
COMMENT ON FUNCTION bookonce.slot_key_picksplit(internal, internal) IS 'GiST support';
CREATE FUNCTION bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, internal) RETURNS internal
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_same';
COMMENT ON FUNCTION bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, internal) IS 'GiST support';
CREATE FUNCTION bookonce.slot_key_sortsupport(internal) RETURNS void
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_sortsupport';
COMMENT ON FUNCTION bookonce.slot_key_sortsupport(internal) IS 'GiST support';

CREATE OPERATOR FAMILY bookonce.slot_key_ops USING gist;
COMMENT ON OPERATOR FAMILY bookonce.slot_key_ops USING gist IS 'overlap of slot keys';
CREATE OPERATOR CLASS bookonce.slot_key_ops DEFAULT FOR TYPE bookonce.slot_key USING gist FAMILY
    bookonce.slot_key_ops AS
    OPERATOR 1 bookonce.&& (bookonce.slot_key, bookonce.slot_key),
    OPERATOR 2 bookonce.&&* (bookonce.slot_key, bookonce.slot_key),
    FUNCTION 1 bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal),
    FUNCTION 2 bookonce.slot_key_union(internal, internal),
    FUNCTION 5 bookonce.slot_key_penalty(internal, internal, internal),
    FUNCTION 6 bookonce.slot_key_picksplit(internal, internal),
    FUNCTION 7 bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, internal),
    FUNCTION 11 bookonce.slot_key_sortsupport(internal);
COMMENT ON OPERATOR CLASS bookonce.slot_key_ops USING gist IS 'overlap of slot keys';
