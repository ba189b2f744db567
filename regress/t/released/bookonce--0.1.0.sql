-- bookonce.sql
--   The install script: types, then setup() with the tables and views, then verbs, then grants. (long: one script by design)
--
-- It runs as a superuser on behalf of a database owner, so it follows PostgreSQL's "Security Considerations for
-- Extensions": every name and operator is qualified, nothing is replaced, nothing that exists is taken over.
--
-- long: PostgreSQL installs an extension by one script.
-- SPDX-License-Identifier: PostgreSQL

\echo Use "CREATE EXTENSION bookonce" to load this file. \quit

-- A schema that was there first. Its owner can put functions beside the verbs, for exactly the types of a call, and tables
-- under them; and what is in it already may be meant to be called by this script. So it must be empty, and the installing
-- role's own, or of a role that it is a member of. (To a restored dump it is: there the extension comes before its tables.)
DO $prerequisites$
DECLARE
    belongs_to pg_catalog.name;
BEGIN
    SELECT n.nspowner::pg_catalog.regrole INTO belongs_to
    FROM pg_catalog.pg_namespace AS n
    JOIN pg_catalog.pg_extension AS e ON e.extnamespace OPERATOR(pg_catalog.=) n.oid
    WHERE e.extname OPERATOR(pg_catalog.=) 'bookonce' AND NOT pg_catalog.pg_has_role(e.extowner, n.nspowner, 'USAGE');
    IF belongs_to IS NOT NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = pg_catalog.format('schema bookonce belongs to %s', belongs_to),
            HINT = 'Drop it, or let a superuser give it to you: ALTER SCHEMA bookonce OWNER TO CURRENT_USER.';
    END IF;
    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_depend AS d
        WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
          AND d.refobjid OPERATOR(pg_catalog.=) 'bookonce'::pg_catalog.regnamespace
          AND d.classid OPERATOR(pg_catalog.=) ANY (ARRAY['pg_catalog.pg_class', 'pg_catalog.pg_proc', 'pg_catalog.pg_type',
              'pg_catalog.pg_operator', 'pg_catalog.pg_opclass', 'pg_catalog.pg_opfamily']::pg_catalog.regclass[]::pg_catalog.oid[]))
    THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'schema bookonce is not empty',
            HINT = 'Move what is in it to another schema, or drop it: DROP SCHEMA bookonce CASCADE.';
    END IF;
END
$prerequisites$;

-- Types

CREATE TYPE bookonce.outcome AS ENUM (
    'booked', 'taken', 'closed', 'too_soon', 'too_far', 'too_long', 'limit_reached', 'too_late', 'aborted',
    'confirmed', 'extended', 'cancelled', 'rescheduled', 'swapped', 'hold_expired', 'not_live',
    'claimed', 'claimed_by_other', 'released', 'applied', 'out_of_bounds',
    'opened', 'offered', 'accepted', 'declined', 'withdrawn', 'reassigned', 'filled', 'provider_busy',
    'offer_accepted', 'offer_declined', 'offer_withdrawn', 'offer_released', 'offer_expired', 'request_closed');
COMMENT ON TYPE bookonce.outcome IS 'the server''s decision; a refusal is an outcome, never an exception';

CREATE TYPE bookonce.booking_status AS ENUM ('held', 'confirmed', 'cancelled', 'expired');
COMMENT ON TYPE bookonce.booking_status IS 'held until hold_expires_at, confirmed for good, or released: cancelled or expired';

CREATE TYPE bookonce.booking_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    booking_id uuid,
    group_id uuid,
    resource text,
    units integer[],
    during tstzrange,
    status bookonce.booking_status,
    hold_expires_at timestamptz,
    busy tstzmultirange);
COMMENT ON TYPE bookonce.booking_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the booking as it is now; busy: when taken, the times that block it';

CREATE TYPE bookonce.slot_request AS (
    resource text,
    during tstzrange,
    quantity integer,
    holder text,
    idempotency_key text,
    details jsonb);
COMMENT ON TYPE bookonce.slot_request IS 'one member of a book_slots() call; a null quantity is 1, a null holder or details the call''s own';

-- slot_key, what the exclusion constraint booking_no_overlap compares: a fixed size, compared natively.

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
COMMENT ON FUNCTION bookonce.slot_key(bigint, integer, tstzrange) IS 'the key of a booking; null when the range is empty';

-- A function of its own keeps everybody's `released_at IS NULL` from the guard's index. A GiST scan that begins again, as on the inner side of a
-- nested loop or in a correlated subquery, may damage its index: the places of dead entries that it met on one page it marks on another one,
-- after a split, where live entries have them, and the guard no longer finds those (gistrescan() keeps numKilled; PostgreSQL 18.6 double-booked).
CREATE FUNCTION bookonce.is_live(released_at timestamptz) RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_is_live';
COMMENT ON FUNCTION bookonce.is_live(timestamptz) IS 'released_at IS NULL, as the condition of the guard; queries say IS NULL, and leave the guard''s index alone';

-- A CHECK for each of these rules would say it more plainly, and would double what a statement costs that writes the table.
CREATE FUNCTION bookonce.is_sound(
    during tstzrange, blocks tstzrange, unit integer, member integer, status bookonce.booking_status, released_at timestamptz, hold_expires_at timestamptz)
RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_is_sound';
COMMENT ON FUNCTION bookonce.is_sound(tstzrange, tstzrange, integer, integer, bookonce.booking_status, timestamptz, timestamptz) IS
    'true for a row of booking: during is bounded and within blocks, unit and member are 1 or more, released_at is there when it was cancelled or expired and only then, a hold has its end; else 23514';

CREATE FUNCTION bookonce.slot_key_selectivity(internal, oid, internal, integer) RETURNS double precision
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_selectivity';
COMMENT ON FUNCTION bookonce.slot_key_selectivity(internal, oid, internal, integer) IS 'restriction selectivity of && and &&*';
CREATE FUNCTION bookonce.slot_key_join_selectivity(internal, oid, internal, smallint, internal) RETURNS double precision
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_selectivity';
COMMENT ON FUNCTION bookonce.slot_key_join_selectivity(internal, oid, internal, smallint, internal) IS 'join selectivity of && and &&*';

CREATE FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps';
COMMENT ON FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) IS 'implementation of && operator';
CREATE OPERATOR bookonce.&& (
    LEFTARG = bookonce.slot_key, RIGHTARG = bookonce.slot_key, FUNCTION = bookonce.slot_key_overlaps, COMMUTATOR = OPERATOR(bookonce.&&),
    RESTRICT = bookonce.slot_key_selectivity, JOIN = bookonce.slot_key_join_selectivity);
COMMENT ON OPERATOR bookonce.&& (bookonce.slot_key, bookonce.slot_key) IS 'same resource, same unit, overlapping times';

CREATE FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_overlaps_any_unit';
COMMENT ON FUNCTION bookonce.slot_key_overlaps_any_unit(bookonce.slot_key, bookonce.slot_key) IS 'implementation of &&* operator';
CREATE OPERATOR bookonce.&&* (
    LEFTARG = bookonce.slot_key, RIGHTARG = bookonce.slot_key, FUNCTION = bookonce.slot_key_overlaps_any_unit, COMMUTATOR = OPERATOR(bookonce.&&*),
    RESTRICT = bookonce.slot_key_selectivity, JOIN = bookonce.slot_key_join_selectivity);
COMMENT ON OPERATOR bookonce.&&* (bookonce.slot_key, bookonce.slot_key) IS 'same resource, any unit, overlapping times';

CREATE FUNCTION bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal) RETURNS boolean
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_key_consistent';
COMMENT ON FUNCTION bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal) IS 'GiST support';
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
CREATE OPERATOR CLASS bookonce.slot_key_ops DEFAULT FOR TYPE bookonce.slot_key USING gist FAMILY bookonce.slot_key_ops AS
    OPERATOR 1 bookonce.&& (bookonce.slot_key, bookonce.slot_key),
    OPERATOR 2 bookonce.&&* (bookonce.slot_key, bookonce.slot_key),
    FUNCTION 1 bookonce.slot_key_consistent(internal, bookonce.slot_key, smallint, oid, internal),
    FUNCTION 2 bookonce.slot_key_union(internal, internal),
    FUNCTION 5 bookonce.slot_key_penalty(internal, internal, internal),
    FUNCTION 6 bookonce.slot_key_picksplit(internal, internal),
    FUNCTION 7 bookonce.slot_key_same(bookonce.slot_key, bookonce.slot_key, internal),
    FUNCTION 11 bookonce.slot_key_sortsupport(internal);
COMMENT ON OPERATOR CLASS bookonce.slot_key_ops USING gist IS 'overlap of slot keys';

-- Claims and counters

CREATE TYPE bookonce.claim_answer AS (outcome bookonce.outcome, replayed boolean, claimant text);
COMMENT ON TYPE bookonce.claim_answer IS
    'outcome; replayed: true when it was already so and nothing was written; claimant: the caller''s own, never another''s';

CREATE TYPE bookonce.counter_answer AS (outcome bookonce.outcome, replayed boolean, value bigint);
COMMENT ON TYPE bookonce.counter_answer IS
    'outcome; replayed: true when the key was applied before; value: after the delta, or as it is when out_of_bounds';

-- Dispatch

CREATE TYPE bookonce.request_state AS ENUM ('open', 'filled', 'closed', 'cancelled');
COMMENT ON TYPE bookonce.request_state IS 'open; filled while all positions are taken; closed since closes_at; cancelled for good';

CREATE TYPE bookonce.request_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    request_id uuid,
    during tstzrange,
    positions integer,
    filled integer,
    status bookonce.request_state,
    closes_at timestamptz);
COMMENT ON TYPE bookonce.request_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the request as it is now; filled: positions that are taken';

CREATE TYPE bookonce.offer_state AS ENUM ('pending', 'accepted', 'declined', 'withdrawn', 'released', 'expired');
COMMENT ON TYPE bookonce.offer_state IS
    'pending while it can be accepted; accepted while its booking is live, then released; expired: out of time, or its request takes nobody';

CREATE TYPE bookonce.offer_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    offer_id uuid,
    request_id uuid,
    provider text,
    wave integer,
    "position" integer,
    booking_id uuid,
    status bookonce.offer_state,
    expires_at timestamptz);
COMMENT ON TYPE bookonce.offer_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the offer as it is now; the position it fills and the booking that fills it';

-- Tables

CREATE FUNCTION bookonce.setup() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $setup$
DECLARE
    tables_owner oid;
BEGIN
    IF NOT has_schema_privilege('bookonce', 'CREATE') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to set up bookonce',
            HINT = format('Run SELECT bookonce.setup() as %I, the owner of schema bookonce.',
                          (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'bookonce'));
    END IF;
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING
            MESSAGE = 'cannot execute setup() in a read-only transaction',
            HINT = 'Call it on the primary server, in a transaction begun with BEGIN READ WRITE.';
    END IF;

    -- Two at once: the second finds the tables made. A stranger's, who may create in the schema too, are not ours: the
    -- verbs would act as the stranger.
    PERFORM pg_advisory_xact_lock('pg_namespace'::regclass::oid::int, 'bookonce'::regnamespace::oid::int);
    SELECT c.relowner INTO tables_owner FROM pg_class AS c WHERE c.oid = to_regclass('bookonce.booking');
    IF FOUND THEN
        IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = current_user AND r.oid = tables_owner)
            AND NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = 'bookonce' AND n.nspowner = tables_owner)
            AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'bookonce' AND e.extowner = tables_owner)
        THEN
            RAISE insufficient_privilege USING
                MESSAGE = format('the tables of bookonce belong to %s', tables_owner::regrole),
                HINT = format('Run SELECT bookonce.setup() as %s, or drop the tables if they are not yours.', tables_owner::regrole);
        END IF;
        RETURN;
    END IF;

    CREATE TABLE bookonce.resource (
        tenant text COLLATE "C" NOT NULL,
        resource text COLLATE "C" NOT NULL,
        resource_id bigint GENERATED ALWAYS AS IDENTITY,
        capacity integer NOT NULL DEFAULT 1 CHECK (capacity BETWEEN 1 AND 100000),
        buffer_before interval NOT NULL DEFAULT '0' CHECK (buffer_before >= '0'),
        buffer_after interval NOT NULL DEFAULT '0' CHECK (buffer_after >= '0'),
        time_zone text NOT NULL DEFAULT 'UTC',
        min_notice interval CHECK (min_notice >= '0'),
        max_ahead interval CHECK (max_ahead > '0'),
        max_duration interval CHECK (max_duration > '0'),
        max_per_day integer CHECK (max_per_day >= 1),
        max_per_week integer CHECK (max_per_week >= 1),
        max_per_month integer CHECK (max_per_month >= 1),
        max_per_year integer CHECK (max_per_year >= 1),
        keeps_hours boolean NOT NULL DEFAULT false,
        -- What must be counted needs the whole resource to stand still; of the rest, the constraint decides alone.
        counts boolean GENERATED ALWAYS AS
            (capacity > 1 OR coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NOT NULL) STORED,
        -- Nothing but the constraint to ask: one statement books.
        plain boolean GENERATED ALWAYS AS
            (capacity = 1 AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL
             AND NOT keeps_hours AND buffer_before = '0' AND buffer_after = '0'
             AND coalesce(min_notice, max_ahead, max_duration) IS NULL) STORED,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, resource),
        UNIQUE (resource_id));
    COMMENT ON TABLE bookonce.resource IS 'a resource: anything that can be taken for a time, named by the application';

    COMMENT ON COLUMN bookonce.resource.keeps_hours IS 'bookable only within its rows of opening_hours';
    COMMENT ON COLUMN bookonce.resource.max_per_day IS 'how many units may be booked that start on one day, in its time zone';

    CREATE TABLE bookonce.opening_hours (
        tenant text COLLATE "C" NOT NULL,
        resource_id bigint NOT NULL,
        weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
        opens time NOT NULL CHECK (opens < '24:00'),
        closes time NOT NULL CHECK (closes <> opens),
        PRIMARY KEY (tenant, resource_id, weekday, opens));
    COMMENT ON TABLE bookonce.opening_hours IS
        'when a resource is open, by its own clock; weekday 1 is Monday; closes before opens: on the next day';

    -- Compared byte by byte: a locale's order would cost time and mean nothing for keys.
    CREATE TABLE bookonce.booking (
        booking_id uuid NOT NULL DEFAULT gen_random_uuid(),
        group_id uuid,
        resource_id bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        released_at timestamptz,
        hold_expires_at timestamptz,
        request_hash bigint,
        unit integer DEFAULT 1,
        member integer NOT NULL DEFAULT 1,
        status bookonce.booking_status NOT NULL DEFAULT 'confirmed',
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        during tstzrange NOT NULL,
        blocks tstzrange NOT NULL,
        holder text COLLATE "C" NOT NULL,
        idempotency_key text COLLATE "C",
        reason text,
        details jsonb,
        PRIMARY KEY (tenant, booking_id),
        -- The guard. A released row no longer counts; a row without a unit (allow_overlap) never did.
        CONSTRAINT booking_no_overlap
            EXCLUDE USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
            WHERE (bookonce.is_live(released_at)),
        CONSTRAINT booking_is_sound CHECK (bookonce.is_sound(during, blocks, unit, member, status, released_at, hold_expires_at)));
    CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking (tenant, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
    CREATE INDEX booking_group ON bookonce.booking (tenant, group_id) WHERE group_id IS NOT NULL;
    COMMENT ON TABLE bookonce.booking IS 'one unit of one resource for one time; live while released_at is null';
    COMMENT ON COLUMN bookonce.booking.during IS 'the time taken, [start, end)';
    COMMENT ON COLUMN bookonce.booking.blocks IS 'during and the buffers around it: what no other booking of the unit may touch';
    COMMENT ON COLUMN bookonce.booking.unit IS 'which of the resource''s 1..capacity places; null stands outside the guard (allow_overlap)';
    COMMENT ON COLUMN bookonce.booking.member IS 'its place in the call that made it, from 1';
    COMMENT ON COLUMN bookonce.booking.hold_expires_at IS 'when a hold lapses by itself; kept once confirmed';
    COMMENT ON COLUMN bookonce.booking.idempotency_key IS 'the caller''s name for one intent; unique in the tenant';
    COMMENT ON COLUMN bookonce.booking.request_hash IS 'what was asked for, to tell a repeated request from another one';

    CREATE VIEW bookonce.live_booking AS
        SELECT b.tenant, b.booking_id, b.group_id, r.resource, b.unit, b.during, b.blocks, b.status, b.holder,
               CASE b.status WHEN 'held' THEN b.hold_expires_at END AS hold_expires_at, b.details, b.created_at
        FROM bookonce.booking AS b
        JOIN bookonce.resource AS r USING (resource_id)
        WHERE b.released_at IS NULL AND (b.status <> 'held' OR b.hold_expires_at > clock_timestamp());
    COMMENT ON VIEW bookonce.live_booking IS 'bookings that count now: a lapsed hold is not among them, swept or not';

    -- Claims and counters
    CREATE TABLE bookonce.claim (
        claimed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        scope text COLLATE "C" NOT NULL,
        value text COLLATE "C" NOT NULL,
        claimant text COLLATE "C" NOT NULL,
        details jsonb,
        PRIMARY KEY (tenant, scope, value));
    COMMENT ON TABLE bookonce.claim IS 'who owns a value; the primary key is the guard';
    COMMENT ON COLUMN bookonce.claim.value IS 'compared byte by byte: upper and lower case differ';

    -- No index on what changes, and room for the next version on the same page.
    CREATE TABLE bookonce.counter (
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        value bigint NOT NULL DEFAULT 0,
        minimum bigint DEFAULT 0,
        maximum bigint,
        entries bigint NOT NULL DEFAULT 0,
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        counter text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, counter),
        CONSTRAINT counter_within_bounds CHECK (minimum <= value AND value <= maximum)) WITH (fillfactor = 70);
    COMMENT ON TABLE bookonce.counter IS 'a bounded number changed by deltas';
    COMMENT ON COLUMN bookonce.counter.minimum IS 'null: none';
    COMMENT ON COLUMN bookonce.counter.maximum IS 'null: none';
    COMMENT ON COLUMN bookonce.counter.entries IS 'how many deltas were applied: the number of its last counter_entry';

    -- One index on purpose: a primary key (tenant, counter, entry) looks as good to a planner without statistics, which
    -- then reads all entries of a counter to find a key. The counter's row lock makes the numbers unique.
    CREATE TABLE bookonce.counter_entry (
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        entry bigint NOT NULL CHECK (entry >= 1),
        delta bigint NOT NULL CHECK (delta <> 0),
        value bigint NOT NULL,
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        counter text COLLATE "C" NOT NULL,
        idempotency_key text COLLATE "C",
        UNIQUE (tenant, counter, idempotency_key));
    COMMENT ON TABLE bookonce.counter_entry IS 'one applied delta; numbered from 1 without gaps, in the order in which they took effect';
    COMMENT ON COLUMN bookonce.counter_entry.value IS 'the counter''s value after this delta';
    COMMENT ON COLUMN bookonce.counter_entry.idempotency_key IS 'the caller''s name for one intent; unique in the counter';

    -- Dispatch. Whether a position is taken, and so whether a request is filled and an offer can be accepted, is
    -- said by one thing: whether its booking is live. Nothing here repeats it.

    CREATE TABLE bookonce.request (
        request_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        closes_at timestamptz,
        cancelled_at timestamptz,
        request_hash bigint,
        positions integer NOT NULL CHECK (positions >= 1),
        waves integer NOT NULL DEFAULT 0 CHECK (waves >= 0),
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        during tstzrange NOT NULL,
        requester text COLLATE "C" NOT NULL,
        idempotency_key text COLLATE "C",
        reason text,
        details jsonb,
        PRIMARY KEY (tenant, request_id),
        -- An empty or unbounded range has no such bound: null, which IS TRUE refuses.
        CONSTRAINT request_during_is_bounded CHECK (isfinite(lower(during)) IS TRUE AND isfinite(upper(during)) IS TRUE));
    CREATE UNIQUE INDEX request_idempotency_key ON bookonce.request (tenant, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
    COMMENT ON TABLE bookonce.request IS 'a need for a number of providers at a time';
    COMMENT ON COLUMN bookonce.request.waves IS 'how often offers were made; counting here makes two waves at once meet';
    COMMENT ON COLUMN bookonce.request.closes_at IS 'when it stops taking offers and acceptances; null: when cancelled';
    COMMENT ON COLUMN bookonce.request.idempotency_key IS 'the caller''s name for one intent; unique in the tenant';
    COMMENT ON COLUMN bookonce.request.request_hash IS 'what was asked for, to tell a repeated request from another one';

    -- Made with the request: two acceptances at once meet on a row that exists.
    CREATE TABLE bookonce."position" (
        request_id uuid NOT NULL,
        booking_id uuid,
        "position" integer NOT NULL CHECK ("position" >= 1),
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        PRIMARY KEY (tenant, request_id, "position"),
        CONSTRAINT position_booking UNIQUE (tenant, booking_id));
    COMMENT ON TABLE bookonce."position" IS 'one of the places of a request, created with it; taken while its booking is live';
    COMMENT ON COLUMN bookonce."position".booking_id IS 'the last booking that filled it';

    CREATE TABLE bookonce.offer (
        offer_id uuid NOT NULL,
        request_id uuid NOT NULL,
        booking_id uuid,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        decided_at timestamptz,
        wave integer NOT NULL CHECK (wave >= 1),
        status bookonce.offer_state NOT NULL DEFAULT 'pending',
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        provider text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, offer_id),
        CONSTRAINT offer_once_a_wave UNIQUE (tenant, request_id, provider, wave),
        CONSTRAINT offer_stores_what_was_said CHECK (status IN ('pending', 'accepted', 'declined', 'withdrawn')),
        CONSTRAINT offer_accepted_has_its_booking CHECK ((status = 'accepted') = (booking_id IS NOT NULL)));
    COMMENT ON TABLE bookonce.offer IS 'an invitation of one provider to a request; its effective status is in offer_status';
    COMMENT ON COLUMN bookonce.offer.status IS 'what was said to it; released and expired are derived';
    COMMENT ON COLUMN bookonce.offer.booking_id IS 'the booking made by accepting it';
    COMMENT ON COLUMN bookonce.offer.expires_at IS 'its own end; null: as long as its request';

    CREATE VIEW bookonce.request_status AS
        SELECT r.tenant, r.request_id, r.during, r.positions, p.filled,
               CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled'
                    WHEN p.filled = r.positions THEN 'filled'
                    WHEN r.closes_at <= clock_timestamp() THEN 'closed'
                    ELSE 'open' END::bookonce.request_state AS status,
               r.requester, r.details, r.closes_at, r.waves, r.created_at
        FROM bookonce.request AS r
        CROSS JOIN LATERAL (
            SELECT count(*)::integer AS filled
            FROM bookonce."position" AS p
            JOIN bookonce.booking AS b USING (tenant, booking_id)
            WHERE p.tenant = r.tenant AND p.request_id = r.request_id AND b.released_at IS NULL) AS p;
    COMMENT ON VIEW bookonce.request_status IS 'requests with how many positions are taken and what that makes them';

    CREATE VIEW bookonce.offer_status AS
        SELECT o.tenant, o.offer_id, o.request_id, o.provider, o.wave,
               CASE WHEN o.status = 'accepted' THEN CASE WHEN b.booking_id IS NOT NULL THEN 'accepted' ELSE 'released' END
                    WHEN o.status <> 'pending' THEN o.status::text
                    WHEN o.expires_at <= clock_timestamp() OR r.status <> 'open' THEN 'expired'
                    ELSE 'pending' END::bookonce.offer_state AS status,
               r.during, r.requester, r.details, p."position", b.booking_id,
               least(o.expires_at, r.closes_at) AS expires_at, o.created_at, o.decided_at
        FROM bookonce.offer AS o
        JOIN bookonce.request_status AS r USING (tenant, request_id)
        LEFT JOIN bookonce.booking AS b
            ON b.tenant = o.tenant AND b.booking_id = o.booking_id AND b.released_at IS NULL
        LEFT JOIN bookonce."position" AS p ON p.tenant = b.tenant AND p.booking_id = b.booking_id;
    COMMENT ON VIEW bookonce.offer_status IS 'offers as they stand now: a pending offer of a request that takes nobody is expired';

    CREATE VIEW bookonce.appointment AS
        SELECT p.tenant, p.request_id, p."position", r.resource AS provider, b.booking_id, b.during,
               q.requester, q.details, b.created_at AS filled_at
        FROM bookonce."position" AS p
        JOIN bookonce.booking AS b USING (tenant, booking_id)
        JOIN bookonce.resource AS r USING (resource_id)
        JOIN bookonce.request AS q ON q.tenant = p.tenant AND q.request_id = p.request_id
        WHERE b.released_at IS NULL;
    COMMENT ON VIEW bookonce.appointment IS 'positions that are taken: who comes, when, for whom';
END
$setup$;
COMMENT ON FUNCTION bookonce.setup() IS 'create the tables and views, owned by the caller; again after ALTER EXTENSION bookonce UPDATE';

-- Verbs

CREATE FUNCTION bookonce.define_resource(
    resource text,
    capacity integer DEFAULT 1,
    buffer_before interval DEFAULT '0',
    buffer_after interval DEFAULT '0',
    time_zone text DEFAULT 'UTC',
    min_notice interval DEFAULT NULL,
    max_ahead interval DEFAULT NULL,
    max_duration interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_resource';
COMMENT ON FUNCTION bookonce.define_resource(text, integer, interval, interval, text, interval, interval, interval, text) IS
    'make a resource bookable, or change its rules for bookings to come; refuses a capacity below what is booked';

CREATE FUNCTION bookonce.set_opening_hours(resource text, weekday integer, opens time[], closes time[], tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_opening_hours';
COMMENT ON FUNCTION bookonce.set_opening_hours(text, integer, time[], time[], text) IS
    'when a resource is open on a weekday (1 is Monday), in place of what was said before; a weekday never named is closed';

CREATE FUNCTION bookonce.clear_opening_hours(resource text, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_clear_opening_hours';
COMMENT ON FUNCTION bookonce.clear_opening_hours(text, text) IS 'always open again';

CREATE FUNCTION bookonce.set_booking_limit(resource text, period text, max_bookings integer, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_booking_limit';
COMMENT ON FUNCTION bookonce.set_booking_limit(text, text, integer, text) IS
    'how many units may be booked that start in one day, week, month or year of the resource''s time zone; null: any number';

CREATE FUNCTION bookonce.book_slot(
    resource text,
    during tstzrange,
    holder text,
    quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL,
    allow_overlap boolean DEFAULT false,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_slot';
COMMENT ON FUNCTION bookonce.book_slot(text, tstzrange, text, integer, interval, boolean, jsonb, text, timestamptz, text) IS
    'take a resource for a time: booked, taken, or too_late';

CREATE FUNCTION bookonce.book_slots(
    slots bookonce.slot_request[],
    holder text DEFAULT NULL,
    hold_for interval DEFAULT NULL,
    all_or_nothing boolean DEFAULT true,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_slots';
COMMENT ON FUNCTION bookonce.book_slots(bookonce.slot_request[], text, interval, boolean, jsonb, text, timestamptz, text) IS
    'book_slot() for many slots at once, an answer for each in their order; all or nothing: the refused say why, the others aborted';

CREATE FUNCTION bookonce.book_any_slot(
    resources text[],
    during tstzrange,
    holder text,
    pick text DEFAULT 'first',
    quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_any_slot';
COMMENT ON FUNCTION bookonce.book_any_slot(text[], tstzrange, text, text, integer, interval, jsonb, text, timestamptz, text) IS
    'book_slot() on one of many resources: the first, or the least_booked, that is free';

CREATE FUNCTION bookonce.confirm_booking(booking_id uuid, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_confirm_booking';
COMMENT ON FUNCTION bookonce.confirm_booking(uuid, text) IS 'make a hold permanent: confirmed, hold_expired, or not_live';

CREATE FUNCTION bookonce.extend_hold(booking_id uuid, hold_for interval, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_extend_hold';
COMMENT ON FUNCTION bookonce.extend_hold(uuid, interval, text) IS
    'let a hold last for hold_for from now; never shortens it: extended, hold_expired, or not_live';

CREATE FUNCTION bookonce.cancel_booking(booking_id uuid, reason text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_booking';
COMMENT ON FUNCTION bookonce.cancel_booking(uuid, text, text) IS 'give a booking''s time back: cancelled, or hold_expired';

CREATE FUNCTION bookonce.reschedule_booking(booking_id uuid, during tstzrange, resource text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reschedule_booking';
COMMENT ON FUNCTION bookonce.reschedule_booking(uuid, tstzrange, text, text) IS
    'move a booking to another time, and resource if given: rescheduled, or a refusal of book_slot() that leaves it where it is';

CREATE FUNCTION bookonce.swap_bookings(booking_id uuid, other_booking_id uuid, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_swap_bookings';
COMMENT ON FUNCTION bookonce.swap_bookings(uuid, uuid, text) IS
    'each takes the other''s resource and time: swapped, hold_expired, or not_live; again: swapped back';

CREATE FUNCTION bookonce.confirm_group(group_id uuid, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_confirm_group';
COMMENT ON FUNCTION bookonce.confirm_group(uuid, text) IS
    'confirm_booking() for all that was booked together, an answer for each member; none when a hold of theirs has lapsed';

CREATE FUNCTION bookonce.cancel_group(group_id uuid, reason text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_group';
COMMENT ON FUNCTION bookonce.cancel_group(uuid, text, text) IS 'cancel_booking() for all that was booked together, an answer for each member';

CREATE FUNCTION bookonce.expire_holds(at_most integer DEFAULT 10000)
RETURNS integer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_expire_holds';
COMMENT ON FUNCTION bookonce.expire_holds(integer) IS
    'mark up to at_most lapsed holds as expired and return how many; tidies, nothing depends on it';

-- Proof

CREATE FUNCTION bookonce.check_slot_index()
RETURNS TABLE (problem text, booking_id uuid, other_booking_id uuid)
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_check_slot_index';
COMMENT ON FUNCTION bookonce.check_slot_index() IS
    'compare the index that guards against double bookings with the table; no rows: they agree, and no two bookings overlap';

-- One statement's snapshot serves all of it (stable), so bookings may go on meanwhile. It reads the tables and not their
-- indexes, which may be what is damaged; and row_security = off raises where a policy would hide rows from the caller.
CREATE FUNCTION bookonce.check_integrity()
RETURNS TABLE (problem text, tenant text, id text, other_id text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET enable_indexscan = off
SET enable_indexonlyscan = off
SET enable_bitmapscan = off
AS $check$
#variable_conflict use_column
DECLARE
    checked_at CONSTANT timestamptz := clock_timestamp();
BEGIN
    -- The guards. Pairs that overlap are found below without the index.
    RETURN QUERY
        SELECT c.problem, NULL, c.booking_id::text, c.other_booking_id::text
        FROM bookonce.check_slot_index() AS c
        WHERE c.problem <> 'two bookings overlap';
    RETURN QUERY
        SELECT 'a unique index is missing or not valid', NULL, g.guard, NULL
        FROM unnest(ARRAY['resource_pkey', 'resource_resource_id_key', 'opening_hours_pkey', 'booking_pkey', 'booking_idempotency_key', 'claim_pkey',
                          'counter_pkey', 'counter_entry_tenant_counter_idempotency_key_key', 'request_pkey',
                          'request_idempotency_key', 'position_pkey', 'position_booking', 'offer_pkey', 'offer_once_a_wave']) AS g(guard)
        WHERE NOT EXISTS (SELECT FROM pg_index AS i
                          WHERE i.indexrelid = to_regclass(format('bookonce.%I', g.guard))
                            AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indisready);

    -- Bookings and their resources. If any two overlap, then two do that follow each other in the order of their start.
    RETURN QUERY
        SELECT 'two bookings overlap', b.tenant, b.before_id::text, b.booking_id::text
        FROM (SELECT b.*, lag(b.booking_id) OVER slots AS before_id, lag(b.blocks) OVER slots AS before
              FROM bookonce.booking AS b
              WHERE b.released_at IS NULL AND b.unit IS NOT NULL
              WINDOW slots AS (PARTITION BY b.resource_id, b.unit ORDER BY b.blocks, b.booking_id)) AS b
        WHERE b.before && b.blocks;
    RETURN QUERY
        SELECT CASE WHEN r.resource_id IS NULL THEN 'the booking''s resource does not exist'
                    ELSE 'the booking''s resource is another tenant''s' END, b.tenant, b.booking_id::text, b.resource_id::text
        FROM bookonce.booking AS b
        LEFT JOIN bookonce.resource AS r USING (resource_id)
        WHERE r.tenant IS DISTINCT FROM b.tenant;
    -- A capacity may be lowered below what was booked for times that are over.
    RETURN QUERY
        SELECT 'the booking''s unit is above the capacity', b.tenant, b.booking_id::text, r.resource
        FROM bookonce.booking AS b
        JOIN bookonce.resource AS r USING (resource_id)
        WHERE b.released_at IS NULL AND b.unit > r.capacity AND upper(b.blocks) > checked_at
          AND (b.status <> 'held' OR b.hold_expires_at > checked_at);
    RETURN QUERY
        SELECT 'the opening hours'' resource does not exist', h.tenant, h.resource_id::text, NULL
        FROM bookonce.opening_hours AS h
        LEFT JOIN bookonce.resource AS r USING (tenant, resource_id)
        WHERE r.resource_id IS NULL;

    -- What was made by one call. Groups are members 1, 2, ..; a party made beside others has its one number in their call.
    RETURN QUERY
        SELECT 'the group lacks a member', g.tenant, g.group_id::text, NULL
        FROM (SELECT b.tenant, b.group_id, count(DISTINCT b.member) AS members, max(b.member) AS last
              FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL GROUP BY b.tenant, b.group_id) AS g
        WHERE g.members > 1 AND g.members < g.last;
    RETURN QUERY
        SELECT 'the units of one party differ in holder, request or key', b.tenant, b.group_id::text, b.member::text
        FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL
        GROUP BY b.tenant, b.group_id, b.member
        HAVING count(DISTINCT b.holder) > 1 OR count(DISTINCT b.idempotency_key) > 1
            OR count(DISTINCT b.request_hash) + (bool_or(b.request_hash IS NULL) AND bool_or(b.request_hash IS NOT NULL))::integer > 1;
    RETURN QUERY
        SELECT 'the group is in two tenants', min(b.tenant), b.group_id::text, max(b.tenant)
        FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL
        GROUP BY b.group_id
        HAVING min(b.tenant) <> max(b.tenant);

    -- What was to happen once: seen in the rows, also where the unique index is gone.
    RETURN QUERY
        SELECT 'an idempotency key was used twice', k.tenant, k.key, k.counter
        FROM (SELECT b.tenant, b.idempotency_key AS key, NULL AS counter, 'booking' AS made FROM bookonce.booking AS b
              UNION ALL SELECT r.tenant, r.idempotency_key, NULL, 'request' FROM bookonce.request AS r
              UNION ALL SELECT e.tenant, e.idempotency_key, e.counter, 'entry' FROM bookonce.counter_entry AS e) AS k
        WHERE k.key IS NOT NULL
        GROUP BY k.tenant, k.key, k.counter, k.made
        HAVING count(*) > 1;
    RETURN QUERY
        SELECT 'the value is claimed twice', c.tenant, c.scope, c.value
        FROM bookonce.claim AS c
        GROUP BY c.tenant, c.scope, c.value
        HAVING count(*) > 1;

    -- Counters: the entries are numbered 1, 2, .. and each value is the one before it and the delta; the last is the counter's.
    RETURN QUERY
        SELECT 'the counter''s entry does not follow from the one before it', e.tenant, e.counter, e.entry::text
        FROM (SELECT e.*, row_number() OVER entries AS number, lag(e.value) OVER entries AS before
              FROM bookonce.counter_entry AS e
              WINDOW entries AS (PARTITION BY e.tenant, e.counter ORDER BY e.entry)) AS e
        WHERE e.entry <> e.number OR e.value::numeric <> e.before::numeric + e.delta;
    RETURN QUERY
        SELECT 'the counter is not where its entries lead', tenant, counter, e.entries::text
        FROM bookonce.counter AS c
        FULL JOIN (SELECT e.tenant, e.counter, count(*) AS entries, (array_agg(e.value ORDER BY e.entry DESC, e.created_at DESC))[1] AS value
                   FROM bookonce.counter_entry AS e GROUP BY e.tenant, e.counter) AS e USING (tenant, counter)
        WHERE coalesce(e.entries, 0) IS DISTINCT FROM c.entries OR e.value <> c.value;

    -- Dispatch: a request has its positions; a position or an accepted offer has its booking; and each the same one.
    RETURN QUERY
        SELECT 'the request does not have the positions that it asked for', tenant, request_id::text, p.positions::text
        FROM bookonce.request AS r
        FULL JOIN (SELECT p.tenant, p.request_id, count(*) AS positions, max(p."position") AS last
                   FROM bookonce."position" AS p GROUP BY p.tenant, p.request_id) AS p USING (tenant, request_id)
        WHERE p.positions IS DISTINCT FROM r.positions OR p.last IS DISTINCT FROM r.positions;
    RETURN QUERY
        SELECT 'the position''s booking does not exist', p.tenant, p.request_id::text, p.booking_id::text
        FROM bookonce."position" AS p
        LEFT JOIN bookonce.booking AS b USING (tenant, booking_id)
        WHERE p.booking_id IS NOT NULL AND b.booking_id IS NULL;
    RETURN QUERY
        SELECT 'two positions have one booking', p.tenant, min(p.request_id::text), p.booking_id::text
        FROM bookonce."position" AS p WHERE p.booking_id IS NOT NULL
        GROUP BY p.tenant, p.booking_id
        HAVING count(*) > 1;
    RETURN QUERY
        SELECT CASE WHEN r.cancelled_at IS NOT NULL THEN 'a cancelled request keeps a booking'
                    ELSE 'the position''s booking is no accepted offer''s' END, p.tenant, p.request_id::text, p.booking_id::text
        FROM bookonce."position" AS p
        JOIN bookonce.booking AS b USING (tenant, booking_id)
        JOIN bookonce.request AS r USING (tenant, request_id)
        LEFT JOIN bookonce.offer AS o ON o.tenant = p.tenant AND o.request_id = p.request_id AND o.booking_id = p.booking_id
        WHERE b.released_at IS NULL AND (r.cancelled_at IS NOT NULL OR o.offer_id IS NULL);
    RETURN QUERY
        SELECT CASE WHEN r.request_id IS NULL THEN 'the offer''s request does not exist'
                    WHEN s.resource IS NULL THEN 'the offer''s provider is not a resource'
                    ELSE 'the offer is of a wave that its request does not count' END, o.tenant, o.offer_id::text, o.request_id::text
        FROM bookonce.offer AS o
        LEFT JOIN bookonce.request AS r USING (tenant, request_id)
        LEFT JOIN bookonce.resource AS s ON s.tenant = o.tenant AND s.resource = o.provider
        WHERE r.request_id IS NULL OR s.resource IS NULL OR o.wave > r.waves;
    RETURN QUERY
        SELECT CASE WHEN b.booking_id IS NULL THEN 'the accepted offer''s booking does not exist'
                    ELSE 'the accepted offer''s booking fills no position of its request' END, o.tenant, o.offer_id::text, o.booking_id::text
        FROM bookonce.offer AS o
        LEFT JOIN bookonce.booking AS b USING (tenant, booking_id)
        LEFT JOIN bookonce."position" AS p
            ON p.tenant = o.tenant AND p.request_id = o.request_id AND p.booking_id = o.booking_id
        WHERE o.status = 'accepted' AND (b.booking_id IS NULL OR b.released_at IS NULL AND p.request_id IS NULL);
    RETURN QUERY
        SELECT 'two offers were accepted with one booking', o.tenant, min(o.offer_id::text), o.booking_id::text
        FROM bookonce.offer AS o WHERE o.booking_id IS NOT NULL
        GROUP BY o.tenant, o.booking_id
        HAVING count(*) > 1;
END
$check$;
COMMENT ON FUNCTION bookonce.check_integrity() IS
    'what no constraint can see, in all tables and all tenants, without trusting the indexes; no rows: all is well. For the owner of the tables';

-- Availability

CREATE FUNCTION bookonce.free_slots(
    resource text,
    within tstzrange,
    duration interval,
    step interval DEFAULT NULL,
    quantity integer DEFAULT 1,
    tenant text DEFAULT 'default')
RETURNS SETOF tstzrange LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_free_slots';
COMMENT ON FUNCTION bookonce.free_slots(text, tstzrange, interval, interval, integer, text) IS
    'the slots of that duration, one every step from the start of within, that book_slot() would take now';

CREATE FUNCTION bookonce.free_time(resource text, within tstzrange, quantity integer DEFAULT 1, tenant text DEFAULT 'default')
RETURNS tstzmultirange LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_free_time';
COMMENT ON FUNCTION bookonce.free_time(text, tstzrange, integer, text) IS
    'when, in within, the resource is open and has that many units free';

CREATE FUNCTION bookonce.repeat_slots(first tstzrange, every interval, times integer, time_zone text)
RETURNS tstzrange[] LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_repeat_slots';
COMMENT ON FUNCTION bookonce.repeat_slots(tstzrange, interval, integer, text) IS
    'first, and first moved by 1, 2, .. times every on the wall clock of the zone';

-- Claims and counters

CREATE FUNCTION bookonce.claim(
    scope text, value text, claimant text, details jsonb DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.claim_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_claim';
COMMENT ON FUNCTION bookonce.claim(text, text, text, jsonb, text) IS
    'own a value, once per scope: claimed, or claimed_by_other';

CREATE FUNCTION bookonce.release_claim(scope text, value text, claimant text, tenant text DEFAULT 'default')
RETURNS bookonce.claim_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_release_claim';
COMMENT ON FUNCTION bookonce.release_claim(text, text, text, text) IS
    'give a value up: released; replayed when the claimant did not own it, whoever does';

CREATE FUNCTION bookonce.define_counter(
    counter text, value bigint DEFAULT 0, minimum bigint DEFAULT 0, maximum bigint DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_counter';
COMMENT ON FUNCTION bookonce.define_counter(text, bigint, bigint, bigint, text) IS
    'make a counter that starts at value, or change the bounds of one; a null bound is none';

CREATE FUNCTION bookonce.adjust_counter(
    counter text, delta bigint, idempotency_key text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.counter_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_adjust_counter';
COMMENT ON FUNCTION bookonce.adjust_counter(text, bigint, text, text) IS
    'add delta to a counter, once per key and within its bounds: applied, or out_of_bounds';

-- Dispatch

CREATE FUNCTION bookonce.open_request(
    during tstzrange,
    positions integer,
    requester text,
    details jsonb DEFAULT NULL,
    closes_at timestamptz DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.request_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_open_request';
COMMENT ON FUNCTION bookonce.open_request(tstzrange, integer, text, jsonb, timestamptz, text, text) IS
    'ask for a number of providers at a time: opened';

CREATE FUNCTION bookonce.cancel_request(request_id uuid, reason text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.request_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_request';
COMMENT ON FUNCTION bookonce.cancel_request(uuid, text, text) IS 'end a request and give its providers'' time back: cancelled';

CREATE FUNCTION bookonce.make_offers(
    request_id uuid, providers text[], expires_in interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_make_offers';
COMMENT ON FUNCTION bookonce.make_offers(uuid, text[], interval, text) IS
    'invite providers, one row for each: offered, offer_accepted, filled, or request_closed';

CREATE FUNCTION bookonce.accept_offer(offer_id uuid, provider text, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_accept_offer';
COMMENT ON FUNCTION bookonce.accept_offer(uuid, text, text) IS
    'take a position and the provider''s time: accepted, filled, provider_busy, request_closed, or what became of the offer';

CREATE FUNCTION bookonce.decline_offer(offer_id uuid, provider text, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_decline_offer';
COMMENT ON FUNCTION bookonce.decline_offer(uuid, text, text) IS
    'the provider says no: declined, request_closed, or what became of the offer';

CREATE FUNCTION bookonce.withdraw_offer(offer_id uuid, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_withdraw_offer';
COMMENT ON FUNCTION bookonce.withdraw_offer(uuid, text) IS
    'take an invitation back: withdrawn, request_closed, or what became of the offer';

CREATE FUNCTION bookonce.release_position(
    request_id uuid, provider text, reason text DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_release_position';
COMMENT ON FUNCTION bookonce.release_position(uuid, text, text, text) IS
    'the provider leaves: the position is open again and the time free: released';

CREATE FUNCTION bookonce.reassign_position(
    request_id uuid, from_provider text, to_provider text, tenant text DEFAULT 'default')
RETURNS bookonce.offer_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reassign_position';
COMMENT ON FUNCTION bookonce.reassign_position(uuid, text, text, text) IS
    'another provider in one step: reassigned, provider_busy, request_closed, or not_live';

-- Grants

CREATE FUNCTION bookonce.grant_usage(role name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $grant$
DECLARE
    verbs CONSTANT name[] := ARRAY['setup', 'define_resource', 'set_opening_hours', 'clear_opening_hours', 'set_booking_limit', 'book_slot', 'book_slots', 'book_any_slot', 'confirm_booking', 'extend_hold', 'cancel_booking', 'reschedule_booking', 'swap_bookings',
        'confirm_group', 'cancel_group', 'free_slots', 'free_time',
        'claim', 'release_claim', 'define_counter', 'adjust_counter',
        'open_request', 'cancel_request', 'make_offers', 'accept_offer', 'decline_offer', 'withdraw_offer', 'release_position', 'reassign_position'];
    verb regprocedure;
BEGIN
    IF to_regclass('bookonce.booking') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = 'the tables of bookonce do not exist in this database',
            HINT = 'Create them once, as the role that shall own them: SELECT bookonce.setup().';
    END IF;
    IF role IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'role must not be null', HINT = 'Give a value, for example ''web_app''.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
        RAISE undefined_object USING
            MESSAGE = format('role "%s" does not exist', role), HINT = format('Create it first: CREATE ROLE %I LOGIN.', role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA bookonce TO %I', role);
    EXECUTE format('GRANT SELECT ON bookonce.live_booking, bookonce.request_status, bookonce.offer_status, bookonce.appointment TO %I', role);
    -- The extension's own functions only: a stranger's overload in the schema gets no grant from us.
    FOR verb IN
        SELECT p.oid
        FROM pg_proc AS p
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
        WHERE e.extname = 'bookonce' AND p.proname = ANY (verbs)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', verb, role);
    END LOOP;
END
$grant$;
COMMENT ON FUNCTION bookonce.grant_usage(name) IS 'give a role the verbs and the views, and nothing else';

-- PUBLIC has nothing; the extension's owner has the right to pass its functions on. (A trusted extension's functions
-- belong to the bootstrap superuser, so the owner could not grant them otherwise.) Immutable functions see no data.
DO $revoke$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT p.oid::pg_catalog.regprocedure AS signature, e.extowner::pg_catalog.regrole AS owner
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_depend AS d
            ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
        JOIN pg_catalog.pg_extension AS e
            ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND d.refobjid OPERATOR(pg_catalog.=) e.oid
        WHERE e.extname OPERATOR(pg_catalog.=) 'bookonce' AND p.provolatile OPERATOR(pg_catalog.<>) 'i'
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', member.signature);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s WITH GRANT OPTION', member.signature, member.owner);
    END LOOP;
END
$revoke$;
