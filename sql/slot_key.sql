-- slot_key: the key of the exclusion constraint booking_no_overlap.

CREATE TYPE bookonce.slot_key;

CREATE FUNCTION bookonce.slot_key_in(pg_catalog.cstring) RETURNS bookonce.slot_key
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_in' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_out(bookonce.slot_key) RETURNS pg_catalog.cstring
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_out' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_recv(pg_catalog.internal) RETURNS bookonce.slot_key
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_recv' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_send(bookonce.slot_key) RETURNS pg_catalog.bytea
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_send' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE bookonce.slot_key (
    INPUT = bookonce.slot_key_in,
    OUTPUT = bookonce.slot_key_out,
    RECEIVE = bookonce.slot_key_recv,
    SEND = bookonce.slot_key_send,
    INTERNALLENGTH = 32,
    ALIGNMENT = double,
    STORAGE = plain
);

CREATE FUNCTION bookonce.slot_key(resource_id bigint, unit integer, blocks pg_catalog.tstzrange) RETURNS bookonce.slot_key
    AS 'MODULE_PATHNAME', 'bookonce_slot_key' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps_any_unit' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR bookonce.&& (
    LEFTARG = bookonce.slot_key,
    RIGHTARG = bookonce.slot_key,
    FUNCTION = bookonce.slot_key_overlaps,
    COMMUTATOR = OPERATOR(bookonce.&&),
    RESTRICT = pg_catalog.contsel,
    JOIN = pg_catalog.contjoinsel
);
CREATE OPERATOR bookonce.&&* (
    LEFTARG = bookonce.slot_key,
    RIGHTARG = bookonce.slot_key,
    FUNCTION = bookonce.slot_key_overlaps_any_unit,
    COMMUTATOR = OPERATOR(bookonce.&&*),
    RESTRICT = pg_catalog.contsel,
    JOIN = pg_catalog.contjoinsel
);

CREATE FUNCTION bookonce.slot_key_consistent(pg_catalog.internal, bookonce.slot_key, smallint, pg_catalog.oid, pg_catalog.internal) RETURNS boolean
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_consistent' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_union(pg_catalog.internal, pg_catalog.internal) RETURNS bookonce.slot_key
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_union' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_penalty(pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_penalty' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_picksplit(pg_catalog.internal, pg_catalog.internal) RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_picksplit' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, pg_catalog.internal) RETURNS pg_catalog.internal
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_same' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION bookonce.slot_key_sortsupport(pg_catalog.internal) RETURNS void
    AS 'MODULE_PATHNAME', 'bookonce_slot_key_sortsupport' LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE;

CREATE OPERATOR FAMILY bookonce.slot_key_ops USING gist;
CREATE OPERATOR CLASS bookonce.slot_key_ops DEFAULT FOR TYPE bookonce.slot_key USING gist FAMILY bookonce.slot_key_ops AS
    OPERATOR 1 bookonce.&& (bookonce.slot_key, bookonce.slot_key),
    OPERATOR 2 bookonce.&&* (bookonce.slot_key, bookonce.slot_key),
    FUNCTION 1 bookonce.slot_key_consistent(pg_catalog.internal, bookonce.slot_key, smallint, pg_catalog.oid, pg_catalog.internal),
    FUNCTION 2 bookonce.slot_key_union(pg_catalog.internal, pg_catalog.internal),
    FUNCTION 5 bookonce.slot_key_penalty(pg_catalog.internal, pg_catalog.internal, pg_catalog.internal),
    FUNCTION 6 bookonce.slot_key_picksplit(pg_catalog.internal, pg_catalog.internal),
    FUNCTION 7 bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, pg_catalog.internal),
    FUNCTION 11 bookonce.slot_key_sortsupport(pg_catalog.internal);

COMMENT ON TYPE bookonce.slot_key IS 'one unit of one resource for one time range, in a fixed size, for the exclusion constraint of bookonce.booking';
COMMENT ON FUNCTION bookonce.slot_key_in(pg_catalog.cstring) IS 'input of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_out(bookonce.slot_key) IS 'output of slot_key, times in UTC whatever the settings';
COMMENT ON FUNCTION bookonce.slot_key_recv(pg_catalog.internal) IS 'binary input of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_send(bookonce.slot_key) IS 'binary output of slot_key';
COMMENT ON FUNCTION bookonce.slot_key(bigint, integer, pg_catalog.tstzrange) IS 'the key of a unit of a resource for a time range; null when the range is empty';
COMMENT ON FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) IS 'implementation of && operator';
COMMENT ON FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) IS 'implementation of &&* operator';
COMMENT ON OPERATOR bookonce.&& (bookonce.slot_key, bookonce.slot_key) IS 'same resource, same unit, times overlap';
COMMENT ON OPERATOR bookonce.&&* (bookonce.slot_key, bookonce.slot_key) IS 'same resource, any unit, times overlap';
COMMENT ON FUNCTION bookonce.slot_key_consistent(pg_catalog.internal, bookonce.slot_key, smallint, pg_catalog.oid, pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_union(pg_catalog.internal, pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_penalty(pg_catalog.internal, pg_catalog.internal, pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_picksplit(pg_catalog.internal, pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON FUNCTION bookonce.slot_key_sortsupport(pg_catalog.internal) IS 'GiST support of slot_key';
COMMENT ON OPERATOR FAMILY bookonce.slot_key_ops USING gist IS 'overlap of slot keys';
COMMENT ON OPERATOR CLASS bookonce.slot_key_ops USING gist IS 'overlap of slot keys';
