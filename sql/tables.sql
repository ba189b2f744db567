-- tables.sql
--   setup(): the tables and views, owned by the caller. (long: one function)
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.keep_needed_resource() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_keep_needed_resource';
COMMENT ON FUNCTION bookonce.keep_needed_resource() IS
    'trigger of resource: a row does not go while bookings, opening hours or offers need it';

CREATE FUNCTION bookonce.keep_needed_request() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_keep_needed_request';
COMMENT ON FUNCTION bookonce.keep_needed_request() IS
    'trigger of request: a row does not go while positions or offers need it';

-- On a node of citus, too, the tables are the node's own. Where citus is not, nobody reads the second setting.
CREATE FUNCTION bookonce.setup() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET citus.enable_ddl_propagation = off
AS $setup$
DECLARE
    tables_owner oid;
    guard record;
    views_are_older boolean := false;
    its_booking CONSTANT text := $booking$(
        SELECT b.booking_id
        FROM bookonce.booking AS b
        WHERE b.tenant = o.tenant AND b.booking_id = o.booking_id
          AND b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE
          AND b.resource_id = (SELECT s.resource_id FROM bookonce.resource AS s
                               WHERE s.tenant = o.tenant AND s.resource = o.provider) OFFSET 0)$booking$;
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

    -- If two run at once, the second finds the tables made. Tables of another role that may create in the schema are
    -- not ours: the verbs would act as that role.
    PERFORM pg_advisory_xact_lock('pg_namespace'::regclass::oid::int, 'bookonce'::regnamespace::oid::int);
    <<tables>>
    BEGIN
    SELECT c.relowner INTO tables_owner FROM pg_class AS c WHERE c.oid = to_regclass('bookonce.booking');
    IF FOUND THEN
        IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = current_user AND r.oid = tables_owner)
            AND NOT EXISTS (SELECT FROM pg_namespace AS n WHERE n.nspname = 'bookonce' AND n.nspowner = tables_owner)
            AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'bookonce' AND e.extowner = tables_owner)
        THEN
            RAISE insufficient_privilege USING
                MESSAGE = format('the tables of bookonce belong to %s', tables_owner::regrole),
                HINT = format('Run SELECT bookonce.setup() as %s, or drop the tables if they are not yours.',
                    tables_owner::regrole);
        END IF;
        -- A superuser who runs setup() for the owner makes the owner's tables: they are given to whom this names.
        tables_owner := nullif(tables_owner, to_regrole(quote_ident(current_user))::oid);
        -- Tables of an older version are brought to this one by statements that may run again. All are locked before
        -- any of them is changed, in the order in which a call locks what it touches (table_lock.c): otherwise a call
        -- could hold one of the tables and wait for another, while this does the opposite.
        -- Whatever lapses says when; before, only a hold did, and kept that once it was confirmed. Tables that old have
        -- no history, so this writes no events.
        IF EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.booking'::regclass
            AND a.attname = 'hold_expires_at') THEN
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource, bookonce.offer, bookonce."position",
                bookonce.request IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.booking RENAME hold_expires_at TO lapses_at;
            COMMENT ON COLUMN bookonce.booking.lapses_at IS
                'when it stops counting by itself, as a hold does; null: never';
            UPDATE bookonce.booking SET lapses_at = NULL WHERE status = 'confirmed' AND lapses_at IS NOT NULL;
            ALTER VIEW bookonce.live_booking RENAME hold_expires_at TO lapses_at;
            views_are_older := true;
        END IF;
        -- These keys now begin with the id, as the callers' queries do, which need not name the tenant.
        FOR guard IN
            SELECT g.relation, g.name, g.definition
            FROM (VALUES ('booking', 'booking_pkey', 'PRIMARY KEY (booking_id, tenant)'),
                         ('request', 'request_pkey', 'PRIMARY KEY (request_id, tenant)'),
                         ('position', 'position_pkey', 'PRIMARY KEY (request_id, tenant, "position")'),
                         ('position', 'position_booking', 'UNIQUE (booking_id, tenant)'),
                         ('offer', 'offer_pkey', 'PRIMARY KEY (offer_id, tenant)'),
                         ('offer', 'offer_once_a_wave', 'UNIQUE (request_id, tenant, provider, wave)'))
                             AS g(relation, name, definition)
            JOIN pg_constraint AS c ON c.conrelid = to_regclass(format('bookonce.%I', g.relation))
                AND c.conname = g.name
            WHERE pg_get_constraintdef(c.oid) <> g.definition
              -- If a foreign key of the owner's depends on it, it stays as it is, and a search by the id alone cannot
              -- use it.
              AND NOT EXISTS (SELECT FROM pg_constraint AS f WHERE f.contype = 'f' AND f.conindid = c.conindid)
        LOOP
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource, bookonce.offer, bookonce."position",
                bookonce.request IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('ALTER TABLE bookonce.%1$I DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I %3$s',
                           guard.relation, guard.name, guard.definition);
        END LOOP;
        -- A new column of booking.
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.booking'::regclass
            AND a.attname = 'kind') THEN
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.booking ADD COLUMN kind text COLLATE "C";
        END IF;
        -- New columns of resource. A resource with such rules is not plain. Before PostgreSQL 17 the expression of a
        -- column cannot be changed.
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.resource'::regclass
            AND a.attname = 'holder_rules') THEN
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.resource ADD COLUMN holder_rules bookonce.holder_rule[];
            ALTER TABLE bookonce.resource DROP COLUMN IF EXISTS plain;
            COMMENT ON COLUMN bookonce.resource.holder_rules IS
                'what each holder may have here and elsewhere, one for each scope that the resource is in; null: none';
        END IF;
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.resource'::regclass
            AND a.attname = 'has_closures') THEN
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.resource ADD COLUMN has_closures boolean NOT NULL DEFAULT false;
            ALTER TABLE bookonce.resource DROP COLUMN IF EXISTS plain;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.resource'::regclass
            AND a.attname = 'keeps_days') THEN
            LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.resource ADD COLUMN keeps_days boolean NOT NULL DEFAULT false,
                ADD COLUMN calendar_id bigint,
                ADD COLUMN min_duration interval CHECK (min_duration > '0'),
                ADD COLUMN start_every interval CHECK (start_every > '0'),
                ADD COLUMN starts integer[] CHECK (array_position(starts, NULL) IS NULL
                    AND 0 <= ALL (starts) AND 604800 > ALL (starts)),
                ADD COLUMN ends integer[] CHECK (array_position(ends, NULL) IS NULL
                    AND 0 <= ALL (ends) AND 604800 > ALL (ends)),
                ADD COLUMN has_waiters boolean NOT NULL DEFAULT false,
                ADD COLUMN strict_line boolean NOT NULL DEFAULT false,
                ADD COLUMN check_in_within interval CHECK (check_in_within > '0'),
                ADD COLUMN overdue_blocks boolean NOT NULL DEFAULT false,
                ADD COLUMN attributes jsonb CHECK (jsonb_typeof(attributes) = 'object'),
                ADD COLUMN part_ids bigint[],
                ADD COLUMN part_quantities integer[],
                ADD CONSTRAINT resource_parts CHECK ((part_ids IS NULL) = (part_quantities IS NULL)
                    AND cardinality(part_ids) = cardinality(part_quantities)
                    AND array_position(part_ids, NULL) IS NULL AND array_position(part_quantities, NULL) IS NULL
                    AND 1 <= ALL (part_quantities));
            ALTER TABLE bookonce.resource DROP COLUMN IF EXISTS plain;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.resource'::regclass
            AND a.attname = 'plain') THEN
            ALTER TABLE bookonce.resource ADD COLUMN plain boolean GENERATED ALWAYS AS
                (capacity = 1 AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL
                 AND NOT keeps_hours AND NOT has_closures AND buffer_before = '0' AND buffer_after = '0'
                 AND coalesce(min_notice, max_ahead, max_duration, min_duration, start_every, check_in_within) IS NULL
                 AND coalesce(starts, ends) IS NULL
                 AND holder_rules IS NULL AND NOT keeps_days AND calendar_id IS NULL
                 AND NOT has_waiters AND NOT overdue_blocks AND part_ids IS NULL) STORED;
        END IF;
        -- New columns of request.
        IF NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = 'bookonce.request'::regclass
            AND a.attname = 'need') THEN
            LOCK TABLE bookonce.offer, bookonce."position", bookonce.request IN ACCESS EXCLUSIVE MODE;
            ALTER TABLE bookonce.request ADD COLUMN need jsonb CHECK (jsonb_typeof(need) = 'object'),
                ADD COLUMN pick text,
                ADD COLUMN expires_in interval CHECK (expires_in > '0'),
                ADD CONSTRAINT request_keeps_a_whole_need CHECK ((need IS NULL) = (pick IS NULL)
                    AND (need IS NOT NULL OR expires_in IS NULL));
        END IF;
        EXIT tables;
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
        holder_rules bookonce.holder_rule[],
        has_closures boolean NOT NULL DEFAULT false,
        keeps_days boolean NOT NULL DEFAULT false,
        calendar_id bigint,
        min_duration interval CHECK (min_duration > '0'),
        start_every interval CHECK (start_every > '0'),
        starts integer[] CHECK (array_position(starts, NULL) IS NULL
            AND 0 <= ALL (starts) AND 604800 > ALL (starts)),
        ends integer[] CHECK (array_position(ends, NULL) IS NULL
            AND 0 <= ALL (ends) AND 604800 > ALL (ends)),
        has_waiters boolean NOT NULL DEFAULT false,
        strict_line boolean NOT NULL DEFAULT false,
        check_in_within interval CHECK (check_in_within > '0'),
        overdue_blocks boolean NOT NULL DEFAULT false,
        attributes jsonb CHECK (jsonb_typeof(attributes) = 'object'),
        part_ids bigint[],
        part_quantities integer[],
        -- To count, the whole resource must be locked exclusively; everything else the constraint decides alone.
        counts boolean GENERATED ALWAYS AS
            (capacity > 1 OR coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NOT NULL) STORED,
        -- Only the constraint decides: one statement books.
        plain boolean GENERATED ALWAYS AS
            (capacity = 1 AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL
             AND NOT keeps_hours AND NOT has_closures AND buffer_before = '0' AND buffer_after = '0'
             AND coalesce(min_notice, max_ahead, max_duration, min_duration, start_every, check_in_within) IS NULL
             AND coalesce(starts, ends) IS NULL
             AND holder_rules IS NULL AND NOT keeps_days AND calendar_id IS NULL AND NOT has_waiters
             AND NOT overdue_blocks AND part_ids IS NULL) STORED,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant, resource),
        UNIQUE (resource_id),
        CONSTRAINT resource_parts CHECK ((part_ids IS NULL) = (part_quantities IS NULL)
            AND cardinality(part_ids) = cardinality(part_quantities)
            AND array_position(part_ids, NULL) IS NULL AND array_position(part_quantities, NULL) IS NULL
            AND 1 <= ALL (part_quantities)));
    COMMENT ON TABLE bookonce.resource IS 'a resource: anything that can be taken for a time, named by the application';

    COMMENT ON COLUMN bookonce.resource.keeps_hours IS 'bookable only within its rows of opening_hours';
    COMMENT ON COLUMN bookonce.resource.holder_rules IS
        'what each holder may have here and elsewhere, one for each scope that the resource is in; null: none';
    COMMENT ON COLUMN bookonce.resource.max_per_day IS
        'how many units may be booked that start on one day, in its time zone';

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
        lapses_at timestamptz,
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
        kind text COLLATE "C",
        PRIMARY KEY (booking_id, tenant),
        -- The guard. A released row no longer counts; a row without a unit (allow_overlap) never did.
        CONSTRAINT booking_no_overlap
            EXCLUDE USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
            WHERE (bookonce.is_live(released_at)),
        CONSTRAINT booking_is_sound CHECK (bookonce.is_sound(during, blocks, unit, member, status, released_at,
            lapses_at)));
    CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking (idempotency_key, tenant)
        WHERE idempotency_key IS NOT NULL;
    CREATE INDEX booking_group ON bookonce.booking (tenant, group_id) WHERE group_id IS NOT NULL;
    COMMENT ON TABLE bookonce.booking IS 'one unit of one resource for one time; live while released_at is null';
    COMMENT ON COLUMN bookonce.booking.during IS 'the time taken, [start, end)';
    COMMENT ON COLUMN bookonce.booking.blocks IS
        'during and the buffers around it: what no other booking of the unit may touch';
    COMMENT ON COLUMN bookonce.booking.unit IS
        'which of the resource''s 1..capacity places; null stands outside the guard (allow_overlap)';
    COMMENT ON COLUMN bookonce.booking.lapses_at IS
        'when it stops counting by itself, as a hold does; null: never';
    COMMENT ON COLUMN bookonce.booking.idempotency_key IS 'the caller''s name for one intent; unique in the tenant';
    COMMENT ON COLUMN bookonce.booking.request_hash IS
        'what was asked for, to tell a repeated request from another one';

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

    -- No index on a column that changes, and room for the next version on the same page.
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

    -- Only one index, on purpose: to a planner without statistics a primary key (tenant, counter, entry) looks just as
    -- good, and it would then read all entries of a counter to find a key. The counter's row lock makes the numbers
    -- unique.
    CREATE TABLE bookonce.counter_entry (
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        entry bigint NOT NULL CHECK (entry >= 1),
        delta bigint NOT NULL CHECK (delta <> 0),
        value bigint NOT NULL,
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        counter text COLLATE "C" NOT NULL,
        idempotency_key text COLLATE "C",
        UNIQUE (tenant, counter, idempotency_key));
    COMMENT ON TABLE bookonce.counter_entry IS
        'one applied delta; numbered from 1 without gaps, in the order in which they took effect';
    COMMENT ON COLUMN bookonce.counter_entry.value IS 'the counter''s value after this delta';
    COMMENT ON COLUMN bookonce.counter_entry.idempotency_key IS
        'the caller''s name for one intent; unique in the counter';

    -- Dispatch. One thing alone tells whether a position is taken, and so whether a request is filled and an offer can
    -- be accepted: whether its booking is live. Nothing here repeats that. The keys begin with the id, for queries by
    -- the id alone.

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
        need jsonb CHECK (jsonb_typeof(need) = 'object'),
        pick text,
        expires_in interval CHECK (expires_in > '0'),
        PRIMARY KEY (request_id, tenant),
        CONSTRAINT request_keeps_a_whole_need CHECK ((need IS NULL) = (pick IS NULL)
            AND (need IS NOT NULL OR expires_in IS NULL)),
        -- An empty or unbounded range has no such bound: the result is null, which IS TRUE refuses.
        CONSTRAINT request_during_is_bounded CHECK (isfinite(lower(during)) IS TRUE
            AND isfinite(upper(during)) IS TRUE));
    CREATE UNIQUE INDEX request_idempotency_key ON bookonce.request (tenant, idempotency_key)
        WHERE idempotency_key IS NOT NULL;
    COMMENT ON TABLE bookonce.request IS 'a need for a number of providers at a time';
    COMMENT ON COLUMN bookonce.request.waves IS
        'how often offers were made; counting here makes two waves at once meet';
    COMMENT ON COLUMN bookonce.request.closes_at IS 'when it stops taking offers and acceptances; null: when cancelled';
    COMMENT ON COLUMN bookonce.request.idempotency_key IS 'the caller''s name for one intent; unique in the tenant';
    COMMENT ON COLUMN bookonce.request.request_hash IS
        'what was asked for, to tell a repeated request from another one';

    -- Created with the request: two acceptances at once meet at a row that exists.
    CREATE TABLE bookonce."position" (
        request_id uuid NOT NULL,
        booking_id uuid,
        "position" integer NOT NULL CHECK ("position" >= 1),
        tenant text COLLATE "C" NOT NULL DEFAULT 'default',
        PRIMARY KEY (request_id, tenant, "position"),
        CONSTRAINT position_booking UNIQUE (booking_id, tenant));
    COMMENT ON TABLE bookonce."position" IS
        'one of the places of a request, created with it; taken while its booking is live';
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
        PRIMARY KEY (offer_id, tenant),
        CONSTRAINT offer_once_a_wave UNIQUE (request_id, tenant, provider, wave),
        CONSTRAINT offer_stores_what_was_said CHECK (status IN ('pending', 'accepted', 'declined', 'withdrawn')),
        CONSTRAINT offer_accepted_has_its_booking CHECK ((status = 'accepted') = (booking_id IS NOT NULL)));
    COMMENT ON TABLE bookonce.offer IS
        'an invitation of one provider to a request; its effective status is in offer_status';
    COMMENT ON COLUMN bookonce.offer.status IS 'what was said to it; released and expired are derived';
    COMMENT ON COLUMN bookonce.offer.booking_id IS 'the booking made by accepting it';
    COMMENT ON COLUMN bookonce.offer.expires_at IS 'its own end; null: as long as its request';
    END tables;

    -- Requests that keep asking. Those whose time has begun are behind the part of the index that is read.
    IF to_regclass('bookonce.request_that_asks') IS NULL THEN
        CREATE INDEX request_that_asks ON bookonce.request (tenant, lower(during))
            WHERE need IS NOT NULL AND cancelled_at IS NULL;
        COMMENT ON COLUMN bookonce.request.need IS
            'by which top_up_offers() goes on asking, with pick and expires_in; null: it does not';
    END IF;

    -- New tables, and those of 0.1.0: indexes for reading. Bookings of a holder, by a B-tree that begins with the
    -- column that tells most rows apart; bookings outside the guard, by an index of their own, with the guard's
    -- condition and for its reason (is_live). In the order in which calls lock the tables.
    IF to_regclass('bookonce.booking_holder') IS NULL THEN
        -- The old key began with the tenant.
        IF pg_get_indexdef(to_regclass('bookonce.booking_idempotency_key')) LIKE '%(tenant, idempotency_key)%' THEN
            DROP INDEX bookonce.booking_idempotency_key;
            CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking (idempotency_key, tenant)
                WHERE idempotency_key IS NOT NULL;
        END IF;
        CREATE INDEX booking_holder ON bookonce.booking (holder, tenant, lower(during), booking_id);
        CREATE INDEX booking_without_unit ON bookonce.booking USING gist (bookonce.slot_key(resource_id, 1, blocks))
            WHERE unit IS NULL AND bookonce.is_live(released_at);
        views_are_older := true;
    END IF;
    IF views_are_older THEN
        CREATE OR REPLACE VIEW bookonce.live_booking AS
            SELECT b.tenant, b.booking_id, b.group_id, r.resource, b.unit, b.during, b.blocks, b.status, b.holder,
                   b.lapses_at, b.details, b.created_at,
                   lower(b.during) AS starts_at, upper(b.during) AS ends_at, b.kind, b.member
            FROM bookonce.booking AS b
            JOIN bookonce.resource AS r USING (resource_id)
            WHERE bookonce.sees_tenant(b.tenant)
              AND b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE;
        COMMENT ON VIEW bookonce.live_booking IS
            'bookings that count now: a lapsed hold is not among them, swept or not; one of a member below 0 is a part';
    END IF;

    -- New tables, and those of 0.1.0: hours of single days, hours from a day on, and calendars. A calendar's hours
    -- stand among those of resources, so that a call which books reads one table.
    IF to_regclass('bookonce.calendar') IS NULL THEN
        ALTER TABLE bookonce.opening_hours
            ADD from_day date NOT NULL DEFAULT '-infinity',
            DROP CONSTRAINT opening_hours_pkey,
            ADD PRIMARY KEY (tenant, resource_id, weekday, from_day, opens),
            DROP CONSTRAINT opening_hours_weekday_check,
            ADD CONSTRAINT opening_hours_weekday_check CHECK (weekday BETWEEN 0 AND 7),
            DROP CONSTRAINT opening_hours_check,
            ADD CONSTRAINT opening_hours_check CHECK (closes <> opens OR opens = '00:00');
        COMMENT ON TABLE bookonce.opening_hours IS
            'when a resource is open, by its own clock; weekday 1 is Monday, 0 the one day from_day; closes before '
            'opens: on the next day; both 00:00: closed';
        COMMENT ON COLUMN bookonce.opening_hours.resource_id IS 'a resource, or, below zero, a calendar';
        COMMENT ON COLUMN bookonce.opening_hours.from_day IS
            'since when the hours of the weekday hold, until later ones do';
        CREATE INDEX resource_calendar ON bookonce.resource (calendar_id) WHERE calendar_id IS NOT NULL;
        COMMENT ON COLUMN bookonce.resource.keeps_hours IS
            'bookable only within its rows of opening_hours; false: days that none of them names are open';
        COMMENT ON COLUMN bookonce.resource.start_every IS
            'bookings start so long, or a multiple of it, after midnight by the resource''s own clock';
        COMMENT ON COLUMN bookonce.resource.check_in_within IS
            'what is confirmed lapses so long after its start, or after it was confirmed, unless it is checked in';
        COMMENT ON COLUMN bookonce.resource.overdue_blocks IS
            'what was checked in blocks, once its time is over, until it is given back';
        COMMENT ON COLUMN bookonce.resource.starts IS
            'the only times of the week at which bookings start, in seconds from Monday''s midnight by its own clock';
        COMMENT ON COLUMN bookonce.resource.ends IS 'the same of their ends';
        COMMENT ON COLUMN bookonce.resource.attributes IS 'what it is like, for find_slots(); null: nothing was said';
        COMMENT ON COLUMN bookonce.resource.keeps_days IS 'opening_hours has rows for single days of it';
        COMMENT ON COLUMN bookonce.resource.calendar_id IS 'the calendar that it follows';

        CREATE TABLE bookonce.calendar (
            tenant text COLLATE "C" NOT NULL,
            calendar text COLLATE "C" NOT NULL,
            calendar_id bigint GENERATED ALWAYS AS IDENTITY (START WITH -1 INCREMENT BY -1),
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (tenant, calendar),
            UNIQUE (calendar_id));
        COMMENT ON TABLE bookonce.calendar IS
            'hours of single days for many resources; the hours stand in opening_hours';
        COMMENT ON COLUMN bookonce.calendar.calendar_id IS 'below zero, where no resource has its id';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER TABLE bookonce.calendar OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: an index finds the offers of a provider, and the views on dispatch show the
    -- present state. Whatever became of the booking of a position, they read the booking. They look rows up one by one
    -- (lateral, kept separate by OFFSET 0): one offer, or those of one provider, cost the same among millions.
    IF to_regclass('bookonce.offer_provider') IS NULL OR views_are_older THEN
        CREATE INDEX IF NOT EXISTS offer_provider ON bookonce.offer (provider, tenant, status, offer_id);

        CREATE OR REPLACE VIEW bookonce.request_status AS
            SELECT r.tenant, r.request_id, r.during, r.positions, p.filled,
                   CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled'
                        WHEN p.filled = r.positions THEN 'filled'
                        WHEN r.closes_at <= clock_timestamp() THEN 'closed'
                        ELSE 'open' END::bookonce.request_state AS status,
                   r.requester, r.details, r.closes_at, r.waves, r.created_at,
                   lower(r.during) AS starts_at, upper(r.during) AS ends_at
            FROM bookonce.request AS r
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE (
                    SELECT b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE
                    FROM bookonce.booking AS b
                    WHERE b.tenant = p.tenant AND b.booking_id = p.booking_id))::integer AS filled
                FROM bookonce."position" AS p
                WHERE p.tenant = r.tenant AND p.request_id = r.request_id) AS p
            WHERE bookonce.sees_tenant(r.tenant);
        COMMENT ON VIEW bookonce.request_status IS
            'requests with how many positions are taken and what that makes them';

        -- In parts, by what is stored: a query for one status drops the other parts when it is planned, and finds a
        -- provider's open offers among those that nobody has answered. The parts differ in what is filled in. The
        -- booking of an accepted offer counts only while it is its provider's: one that was moved to another provider
        -- belongs to that one.
        EXECUTE 'CREATE OR REPLACE VIEW bookonce.offer_status AS ' || (
            SELECT string_agg(format($part$
                SELECT o.tenant, o.offer_id, o.request_id, o.provider, o.wave, %s::bookonce.offer_state AS status,
                       r.during, r.requester, r.details, %s AS "position", %s AS booking_id,
                       least(o.expires_at, r.closes_at) AS expires_at, o.created_at, o.decided_at,
                       lower(r.during) AS starts_at, upper(r.during) AS ends_at
                FROM bookonce.offer AS o
                CROSS JOIN LATERAL (
                    SELECT r.during, r.requester, r.details, r.closes_at, r.cancelled_at
                    FROM bookonce.request AS r
                    WHERE r.tenant = o.tenant AND r.request_id = o.request_id OFFSET 0) AS r
                WHERE bookonce.sees_tenant(o.tenant) AND %s$part$,
                p.status, p."position", p.booking_id, p.stored), ' UNION ALL ' ORDER BY p.n)
            FROM (VALUES
                (1, $pending$CASE WHEN o.expires_at <= clock_timestamp() OR r.closes_at <= clock_timestamp()
                        OR r.cancelled_at IS NOT NULL OR NOT EXISTS (
                            SELECT FROM bookonce."position" AS p
                            WHERE p.tenant = o.tenant AND p.request_id = o.request_id AND (
                                SELECT b.released_at IS NULL
                                    AND (b.lapses_at > clock_timestamp()) IS NOT FALSE
                                FROM bookonce.booking AS b
                                WHERE b.tenant = p.tenant AND b.booking_id = p.booking_id) IS NOT TRUE)
                        THEN 'expired' ELSE 'pending' END$pending$,
                    'NULL::integer', 'NULL::uuid', $$o.status = 'pending'$$),
                (2, $$'accepted'$$,
                    '(SELECT p."position" FROM bookonce."position" AS p
                      WHERE p.tenant = o.tenant AND p.booking_id = o.booking_id)',
                    'o.booking_id', $$o.status = 'accepted' AND EXISTS $$ || its_booking),
                (3, $$'released'$$,
                    'NULL::integer', 'NULL::uuid', $$o.status = 'accepted' AND NOT EXISTS $$ || its_booking),
                (4, 'o.status', 'NULL::integer', 'NULL::uuid', $$o.status IN ('declined', 'withdrawn')$$))
                AS p(n, status, "position", booking_id, stored));
        COMMENT ON VIEW bookonce.offer_status IS
            'offers as they stand now: a pending offer of a request that takes nobody is expired, an accepted one '
            'whose booking is not its provider''s any more is released';

        CREATE OR REPLACE VIEW bookonce.open_offer AS
            SELECT o.tenant, o.offer_id, o.request_id, o.provider, o.wave, r.during, r.requester, r.details,
                   least(o.expires_at, r.closes_at) AS expires_at, o.created_at,
                   lower(r.during) AS starts_at, upper(r.during) AS ends_at
            FROM bookonce.offer AS o
            CROSS JOIN LATERAL (
                SELECT r.during, r.requester, r.details, r.closes_at
                FROM bookonce.request AS r
                WHERE r.tenant = o.tenant AND r.request_id = o.request_id AND r.cancelled_at IS NULL
                  AND (r.closes_at IS NULL OR r.closes_at > clock_timestamp()) OFFSET 0) AS r
            WHERE bookonce.sees_tenant(o.tenant) AND o.status = 'pending'
              AND (o.expires_at IS NULL OR o.expires_at > clock_timestamp()) AND (
                SELECT true
                FROM bookonce."position" AS p
                WHERE p.tenant = o.tenant AND p.request_id = o.request_id AND (
                    SELECT b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE
                    FROM bookonce.booking AS b
                    WHERE b.tenant = p.tenant AND b.booking_id = p.booking_id) IS NOT TRUE
                LIMIT 1);
        COMMENT ON VIEW bookonce.open_offer IS
            'offers that can be accepted now: those that offer_status calls pending, found by provider without a look '
            'at the others';

        CREATE OR REPLACE VIEW bookonce.appointment AS
            SELECT p.tenant, p.request_id, p."position", r.resource AS provider, b.booking_id, b.during,
                   q.requester, q.details, b.created_at AS filled_at,
                   lower(b.during) AS starts_at, upper(b.during) AS ends_at
            FROM bookonce."position" AS p
            JOIN bookonce.booking AS b USING (tenant, booking_id)
            JOIN bookonce.resource AS r USING (resource_id)
            JOIN bookonce.request AS q ON q.tenant = p.tenant AND q.request_id = p.request_id
            WHERE bookonce.sees_tenant(p.tenant)
              AND b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE;
        COMMENT ON VIEW bookonce.appointment IS 'positions that are taken: who comes, when, for whom';
    END IF;

    -- New tables, and those of 0.1.0: kinds of booking. The table is small, and read by calls that name a kind; no
    -- index of booking has the kind, because bookings of no kind would pay for it.
    IF to_regclass('bookonce.booking_kind') IS NULL THEN
        CREATE TABLE bookonce.booking_kind (
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            tenant text COLLATE "C" NOT NULL,
            kind text COLLATE "C" NOT NULL,
            buffer_before interval CHECK (buffer_before >= '0'),
            buffer_after interval CHECK (buffer_after >= '0'),
            durations interval[] CHECK (array_position(durations, NULL) IS NULL AND cardinality(durations) > 0
                AND '0' < ALL (durations)),
            PRIMARY KEY (tenant, kind));
        COMMENT ON TABLE bookonce.booking_kind IS
            'a kind of booking: what it says stands in place of the resource''s own rule; null: nothing';
        COMMENT ON COLUMN bookonce.booking_kind.durations IS 'the only lengths that a booking of it may have';
        COMMENT ON COLUMN bookonce.booking.kind IS
            'whose buffers and lengths it has, see define_kind(); null: its resource''s own';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER TABLE bookonce.booking_kind OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: closures. In no constraint: the verbs count them, and bookings below them stand.
    IF to_regclass('bookonce.closure') IS NULL THEN
        CREATE TABLE bookonce.closure (
            closure_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            resource_id bigint NOT NULL,
            booking_id uuid,
            request_hash bigint,
            units integer CHECK (units >= 1),
            tenant text COLLATE "C" NOT NULL DEFAULT 'default',
            during tstzrange NOT NULL,
            idempotency_key text COLLATE "C",
            reason text,
            PRIMARY KEY (closure_id, tenant),
            CONSTRAINT closure_during_begins CHECK (isfinite(lower(during)) IS TRUE
                AND (upper_inf(during) OR isfinite(upper(during)))));
        -- What of a resource is not over yet; what of a tenant there is to read; what a key has closed.
        CREATE INDEX closure_resource ON bookonce.closure (resource_id,
            (coalesce(upper(during), 'infinity'::timestamptz)));
        CREATE INDEX closure_during ON bookonce.closure (tenant, lower(during), closure_id);
        CREATE UNIQUE INDEX closure_idempotency_key ON bookonce.closure (idempotency_key, tenant, resource_id)
            WHERE idempotency_key IS NOT NULL;
        CREATE UNIQUE INDEX closure_booking ON bookonce.closure (booking_id, tenant) WHERE booking_id IS NOT NULL;
        COMMENT ON TABLE bookonce.closure IS
            'a time at which a resource, or so many of its places, is out of service; what is booked there stands';
        COMMENT ON COLUMN bookonce.closure.units IS 'so many places, none in particular; null: all';
        COMMENT ON COLUMN bookonce.closure.during IS '[start, end), or [start,): for good';
        COMMENT ON COLUMN bookonce.closure.idempotency_key IS
            'the caller''s name for one intent; on each resource of its call';
        COMMENT ON COLUMN bookonce.closure.booking_id IS
            'which booking has a place out, and closes it once its time is over; null: it is closed by '
            'close_resource()';
        COMMENT ON COLUMN bookonce.closure.request_hash IS
            'what was asked for, to tell a repeated request from another one';
        COMMENT ON COLUMN bookonce.resource.has_closures IS
            'has rows of closure that name no booking, be they over or to come';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER TABLE bookonce.closure OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: waiting lists. In no constraint: a line is read and written under the exclusive
    -- lock of its resource, by verbs only.
    IF to_regclass('bookonce.waiter') IS NULL THEN
        CREATE TABLE bookonce.waiter (
            waiter_id uuid NOT NULL,
            booking_id uuid,
            resource_id bigint NOT NULL,
            number bigint NOT NULL,
            request_hash bigint,
            joined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            expires_at timestamptz,
            offered_at timestamptz,
            left_at timestamptz,
            priority integer NOT NULL DEFAULT 0,
            quantity integer NOT NULL DEFAULT 1 CHECK (quantity >= 1),
            tenant text COLLATE "C" NOT NULL DEFAULT 'default',
            during tstzrange NOT NULL,
            holder text COLLATE "C" NOT NULL,
            idempotency_key text COLLATE "C",
            offer_for interval NOT NULL CHECK (offer_for > '0'),
            PRIMARY KEY (waiter_id, tenant),
            CONSTRAINT waiter_during_is_finite CHECK (isfinite(lower(during)) IS TRUE
                AND isfinite(upper(during)) IS TRUE));
        -- The line; who was offered what; what a key asked for.
        CREATE INDEX waiter_line ON bookonce.waiter (resource_id, priority DESC, number)
            WHERE offered_at IS NULL AND left_at IS NULL;
        CREATE INDEX waiter_offered ON bookonce.waiter (resource_id, offered_at) WHERE booking_id IS NOT NULL;
        CREATE UNIQUE INDEX waiter_idempotency_key ON bookonce.waiter (idempotency_key, tenant)
            WHERE idempotency_key IS NOT NULL;
        -- The wholes whose lines may want a part.
        CREATE INDEX resource_waited_whole ON bookonce.resource (tenant) WHERE has_waiters AND part_ids IS NOT NULL;
        COMMENT ON TABLE bookonce.waiter IS
            'who stands in line for a time of a resource, until offered_at or left_at says that this is over';
        COMMENT ON COLUMN bookonce.waiter.number IS
            'its place among those of its priority who stand in line; a larger one came later';
        COMMENT ON COLUMN bookonce.waiter.booking_id IS
            'the hold that it was offered; of a party, the first of its rows';
        COMMENT ON COLUMN bookonce.waiter.expires_at IS 'from when on it waits no longer; null: until its time is over';
        COMMENT ON COLUMN bookonce.waiter.offer_for IS 'how long the hold stands that it is offered';
        COMMENT ON COLUMN bookonce.waiter.idempotency_key IS 'the caller''s name for one intent; unique in the tenant';
        COMMENT ON COLUMN bookonce.waiter.request_hash IS
            'what was asked for, to tell a repeated request from another one';
        COMMENT ON COLUMN bookonce.resource.has_waiters IS
            'somebody waits in line for it or for a whole that takes it along, or did until lately: what is booked is '
            'counted, and the line comes first';
        COMMENT ON COLUMN bookonce.booking.member IS
            'its place in the call that made it, from 1; of a part, the negative of its whole''s';
        COMMENT ON COLUMN bookonce.resource.part_ids IS 'the resources that are booked with it; null: none';
        COMMENT ON COLUMN bookonce.resource.part_quantities IS 'how many units of each of part_ids';
        COMMENT ON COLUMN bookonce.resource.strict_line IS
            'nobody passes a larger party that waits for more places than are free';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER TABLE bookonce.waiter OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: indexes for reading requests and claims.
    IF to_regclass('bookonce.request_during') IS NULL THEN
        CREATE INDEX request_during ON bookonce.request (tenant, lower(during), request_id);
        CREATE INDEX request_requester ON bookonce.request (requester, tenant, lower(during), request_id);
        CREATE INDEX claim_claimant ON bookonce.claim (claimant, tenant, scope, value);
    END IF;

    -- New tables, and those of 0.1.0: the tables of applications that are followed. The expressions are stored as they
    -- were given; the view bookonce.followed_rows_N has them as they are used.
    IF to_regclass('bookonce.followed_table') IS NULL THEN
        CREATE TABLE bookonce.followed_table (
            followed_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            relation regclass NOT NULL UNIQUE,
            followed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            rules boolean NOT NULL,
            define_resources boolean NOT NULL,
            tenant text COLLATE "C" NOT NULL,
            resource text NOT NULL,
            starts text,
            ends text,
            during text,
            live_when text,
            holder text,
            quantity text);
        COMMENT ON TABLE bookonce.followed_table IS
            'a table of an application whose rows are bookings too, and by which expressions';
        COMMENT ON COLUMN bookonce.followed_table.followed_id IS 'the number that the ids of its bookings begin with';

        CREATE VIEW bookonce.followed_tables AS
            SELECT f.relation, f.tenant, f.resource, f.starts, f.ends, f.during, f.live_when, f.holder, f.quantity,
                f.rules,
                   f.define_resources, f.followed_id, f.followed_at,
                   (SELECT count(*) FROM pg_trigger AS t
                    WHERE t.tgrelid = f.relation
                      AND t.tgname ~ '^bookonce_follow_(insert|update|delete|truncate|alone)$'
                      AND t.tgenabled IN ('O', 'A')) = 5
                   AND to_regclass('bookonce.followed_rows_' || f.followed_id) IS NOT NULL
                   AND EXISTS (SELECT FROM pg_class AS c WHERE c.oid = f.relation AND c.relpersistence = 'p')
                   AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE f.relation IN (i.inhparent, i.inhrelid))
                       AS is_followed
            FROM bookonce.followed_table AS f
            WHERE bookonce.sees_tenant(f.tenant);
        COMMENT ON VIEW bookonce.followed_tables IS
            'the followed tables, and whether each still is: not when a trigger was disabled or dropped, which '
            'follow_table() again mends; nor when the table has children, or is no longer logged';

        CREATE VIEW bookonce.followed_overlaps AS
            SELECT f.relation, b.tenant, b.booking_id, r.resource, b.during, b.holder
            FROM bookonce.followed_table AS f
            JOIN bookonce.booking AS b ON b.tenant = f.tenant AND b.unit IS NULL AND b.released_at IS NULL
                AND bookonce.followed_table_number(b.booking_id) = f.followed_id
            JOIN bookonce.resource AS r USING (resource_id)
            WHERE bookonce.sees_tenant(b.tenant);
        COMMENT ON VIEW bookonce.followed_overlaps IS
            'rows of followed tables that overlap from before and were kept: nothing is kept away from their times';
    END IF;

    -- New tables, and those of 0.1.0: history and events, see keep_history().
    IF to_regclass('bookonce.booking_event') IS NULL THEN
        -- One value at a time (CACHE 1): of two events, the later one has the higher number.
        CREATE SEQUENCE bookonce.booking_event_number CACHE 1;
        CREATE TABLE bookonce.booking_event (
            next_xid xid8 NOT NULL,
            number bigint NOT NULL,
            at timestamptz NOT NULL,
            before_lapses_at timestamptz,
            after_lapses_at timestamptz,
            booking_id uuid,
            group_id uuid,
            era integer NOT NULL,
            kind bookonce.event_kind NOT NULL,
            before_unit integer,
            after_unit integer,
            before_status bookonce.booking_status,
            after_status bookonce.booking_status,
            tenant text COLLATE "C" NOT NULL,
            before_resource text COLLATE "C",
            after_resource text COLLATE "C",
            before_during tstzrange,
            after_during tstzrange,
            before_holder text COLLATE "C",
            after_holder text COLLATE "C",
            reason text,
            session_role text,
            actor text,
            before_details jsonb,
            after_details jsonb,
            waiter_id uuid,
            PRIMARY KEY (tenant, era, next_xid, number));
        CREATE INDEX booking_event_booking ON bookonce.booking_event (booking_id);
        COMMENT ON TABLE bookonce.booking_event IS 'one effect on a booking, written in its transaction';
        COMMENT ON COLUMN bookonce.booking_event.waiter_id IS
            'who joined a line or left it, which is of no booking, or to whom the booking was offered';
        COMMENT ON COLUMN bookonce.booking_event.era IS 'rises when the data comes to another cluster';
        COMMENT ON COLUMN bookonce.booking_event.next_xid IS
            'the server''s next transaction id when it was written: above its own, and above those of all transactions '
            'that it may rest upon';

        CREATE TABLE bookonce.event_era (
            era integer NOT NULL,
            system_identifier bigint NOT NULL,
            since timestamptz NOT NULL);
        COMMENT ON TABLE bookonce.event_era IS
            'the clusters in which events were written; the last one is the present. Transactions that write the first '
            'events of one at the same time each add its row';

        CREATE TABLE bookonce.event_reader (
            acked_next_xid xid8 NOT NULL DEFAULT '0',
            acked_number bigint NOT NULL DEFAULT 0,
            read_next_xid xid8 NOT NULL DEFAULT '0',
            read_number bigint NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            acked_era integer NOT NULL DEFAULT 0,
            read_era integer NOT NULL DEFAULT 0,
            tenant text COLLATE "C" NOT NULL,
            consumer text COLLATE "C" NOT NULL,
            PRIMARY KEY (tenant, consumer)) WITH (fillfactor = 50);
        COMMENT ON TABLE bookonce.event_reader IS 'how far each consumer of events has read, and acknowledged';

        CREATE TABLE bookonce.kept_history (
            tenant text COLLATE "C" PRIMARY KEY,
            kinds text[] NOT NULL,
            ring boolean NOT NULL);
        COMMENT ON TABLE bookonce.kept_history IS
            'what history is kept of which tenants, as keep_history() said; the empty name stands for all others';

        CREATE VIEW bookonce.event_lag AS
            SELECT r.tenant, r.consumer,
                   ROW(r.acked_era, r.acked_next_xid, r.acked_number)::bookonce.event_place AS acked,
                   ROW(r.read_era, r.read_next_xid, r.read_number)::bookonce.event_place AS read,
                   w.waiting, w.waiting_since, h.held_by, h.held_since
            FROM bookonce.event_reader AS r
            CROSS JOIN LATERAL (
                SELECT count(*)::integer AS waiting, min(e.at) AS waiting_since
                FROM (SELECT e.at
                      FROM bookonce.booking_event AS e
                      WHERE e.tenant = r.tenant
                        AND (e.era, e.next_xid, e.number) > (r.acked_era, r.acked_next_xid, r.acked_number)
                      ORDER BY e.era, e.next_xid, e.number LIMIT 10000) AS e) AS w
            CROSS JOIN (
                SELECT (SELECT max(n.era) FROM bookonce.event_era AS n) AS era,
                       pg_snapshot_xmin(pg_current_snapshot()) AS xmin OFFSET 0) AS s
            LEFT JOIN LATERAL (
                SELECT format('process %s', a.pid) AS held_by, a.xact_start AS held_since
                FROM pg_stat_activity AS a WHERE a.backend_xid = s.xmin::xid
                UNION ALL
                SELECT format('prepared transaction %L', p.gid), p.prepared
                FROM pg_prepared_xacts AS p WHERE p.transaction = s.xmin::xid
                LIMIT 1) AS h
                ON EXISTS (SELECT FROM bookonce.booking_event AS e
                           WHERE e.tenant = r.tenant AND (e.era, e.next_xid) > (s.era, s.xmin))
            WHERE bookonce.sees_tenant(r.tenant);
        COMMENT ON VIEW bookonce.event_lag IS
            'the consumers of events: how many events each has not acknowledged (10000: or more), since when; and '
            'which transaction, of any database, keeps the last ones from being read';
        IF tables_owner IS NOT NULL THEN
            FOR guard IN
                SELECT c.oid::regclass AS relation, c.relkind
                FROM pg_class AS c
                WHERE c.relnamespace = 'bookonce'::regnamespace
                  AND c.relname IN ('booking_event', 'booking_event_number', 'event_era', 'event_reader',
                                    'kept_history', 'event_lag')
            LOOP
                EXECUTE format('ALTER TABLE %s OWNER TO %s', guard.relation, tables_owner::regrole);
            END LOOP;
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: what there is to watch. A lock's place is a hash, made as base/lock.c makes it,
    -- so a resource is found by its hash. Whose statements a role may read, PostgreSQL decides (pg_read_all_stats).
    IF to_regclass('bookonce.waiting') IS NULL THEN
        CREATE VIEW bookonce.waiting AS
            SELECT w.pid, w.usename AS role, w.application_name AS application,
                   CASE WHEN l.locktype <> 'advisory' THEN l.locktype
                        ELSE CASE l.objsubid WHEN -20479 THEN 'request' WHEN -20478 THEN 'booking'
                             WHEN -20477 THEN 'resource' WHEN -20476 THEN 'guarded row' WHEN -20475 THEN 'consumer'
                             WHEN -20473 THEN 'kind'
                             ELSE 'holder' END
                        END AS waits_for,
                   r.tenant, r.resource,
                   coalesce(l.waitstart, clock_timestamp()) AS since, -- null while the wait begins
                   w.query AS call,
                   b.pid AS held_by, h.usename AS holder_role, h.application_name AS holder_application,
                   h.state AS holder_state, h.xact_start AS holder_since, h.query AS holder_call
            FROM pg_locks AS l
            JOIN pg_stat_activity AS w ON w.pid = l.pid AND w.datname = current_database()
            CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS b(pid)
            LEFT JOIN pg_stat_activity AS h ON h.pid = b.pid
            LEFT JOIN bookonce.resource AS r ON l.locktype = 'advisory' AND l.objsubid = -20477
                AND hashtextextended(r.resource, hashtextextended(r.tenant, 0))
                    = ((l.classid::bigint << 32) | l.objid::bigint)
                AND bookonce.sees_tenant(r.tenant)
            WHERE NOT l.granted
              AND (l.locktype = 'advisory' AND l.objsubid BETWEEN -20479 AND -20473
                OR l.locktype <> 'advisory' AND EXISTS (
                    SELECT FROM pg_locks AS o
                    WHERE o.pid = l.pid AND o.locktype = 'relation' AND o.relation = 'bookonce.booking'::regclass));
        COMMENT ON VIEW bookonce.waiting IS
            'which sessions wait in a call, for what (a transaction, or one of the locks of docs/locking.md), since '
            'when; and who holds it: a row for each holder. held_by is 0 for a prepared transaction';

        CREATE VIEW bookonce.sizes AS
            SELECT c.oid::regclass AS relation, coalesce(i.indrelid, c.oid)::regclass AS "table",
                   pg_table_size(c.oid) AS size_bytes, greatest(c.reltuples, 0)::bigint AS rows,
                   s.n_dead_tup AS dead_rows, s.last_autovacuum
            FROM pg_class AS c
            LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
            LEFT JOIN pg_stat_user_tables AS s ON s.relid = c.oid
            WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind IN ('r', 'p', 'i');
        COMMENT ON VIEW bookonce.sizes IS
            'the tables and indexes of bookonce: how large each is, about how many rows it has, and how many dead ones';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER VIEW bookonce.waiting OWNER TO %s', tables_owner::regrole);
            EXECUTE format('ALTER VIEW bookonce.sizes OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0.
    IF to_regclass('bookonce.statistics') IS NULL THEN
        CREATE VIEW bookonce.statistics AS
            SELECT p.proname::text AS verb, c.outcome, c.replayed, c.answers
            FROM bookonce.count_answers() AS c
            LEFT JOIN pg_proc AS p ON p.oid = c.verb
            WHERE c.verb IS NULL OR p.oid IS NOT NULL; -- not those of an extension that was dropped
        COMMENT ON VIEW bookonce.statistics IS
            'how often each verb gave which answer since counted_since(), of all tenants; outcome is error where the '
            'call failed, and done where the verb has no outcomes. A row without a verb, not_counted, says that '
            'answers had no counter: how many, or null where there is no room for any';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER VIEW bookonce.statistics OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;

    -- New tables, and those of 0.1.0: which roles are bound to which tenants. A role without a row is bound to none, so
    -- an older database keeps what it had. The type marks a bound role: PostgreSQL keeps its grants with the role
    -- also when that gets another name.
    IF to_regclass('bookonce.role_grant') IS NULL THEN
        CREATE TABLE bookonce.role_grant (
            role name PRIMARY KEY,
            tenant text COLLATE "C",
            tenant_setting text,
            bound_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            CONSTRAINT role_grant_binds CHECK (num_nonnulls(tenant, tenant_setting) = 1));
        COMMENT ON TABLE bookonce.role_grant IS
            'the roles that may name one tenant only, by their names; made by grant_usage(), taken away by '
            'revoke_usage()';
        COMMENT ON COLUMN bookonce.role_grant.tenant IS 'its tenant; null: that of tenant_setting';
        COMMENT ON COLUMN bookonce.role_grant.tenant_setting IS
            'the setting whose value is its tenant, for example app.tenant; null: its tenant is fixed';
        CREATE TRIGGER heed AFTER INSERT OR UPDATE OR DELETE ON bookonce.role_grant
            FOR EACH ROW EXECUTE FUNCTION bookonce.heed_role_grant();
        CREATE TRIGGER heed_all AFTER TRUNCATE ON bookonce.role_grant
            FOR EACH STATEMENT EXECUTE FUNCTION bookonce.heed_role_grant();
        CREATE TRIGGER wall_views AFTER INSERT OR UPDATE ON bookonce.role_grant
            FOR EACH STATEMENT EXECUTE FUNCTION bookonce.wall_views();
        ALTER TABLE bookonce.role_grant ENABLE ALWAYS TRIGGER heed, ENABLE ALWAYS TRIGGER heed_all,
            ENABLE ALWAYS TRIGGER wall_views;
        CREATE TYPE bookonce.bound_role AS ENUM ();
        COMMENT ON TYPE bookonce.bound_role IS
            'USAGE on it marks a role as bound, also when it is renamed; it has no values';
        IF tables_owner IS NOT NULL THEN
            EXECUTE format('ALTER TABLE bookonce.role_grant OWNER TO %s', tables_owner::regrole);
            EXECUTE format('ALTER TYPE bookonce.bound_role OWNER TO %s', tables_owner::regrole);
        END IF;
    END IF;
    PERFORM bookonce.make_views_walls();
    PERFORM bookonce.grant_again();

    -- New tables, and those of 0.1.0: what a foreign key would check on its rare side. On booking, it would cost a
    -- query for each booking.
    IF NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = 'bookonce.resource'::regclass
        AND t.tgname = 'keep_needed') THEN
        CREATE TRIGGER keep_needed BEFORE DELETE OR UPDATE OF tenant, resource, resource_id ON bookonce.resource
            FOR EACH ROW EXECUTE FUNCTION bookonce.keep_needed_resource();
        CREATE TRIGGER keep_needed_all AFTER TRUNCATE ON bookonce.resource
            FOR EACH STATEMENT EXECUTE FUNCTION bookonce.keep_needed_resource();
        CREATE TRIGGER keep_needed BEFORE DELETE OR UPDATE OF tenant, request_id ON bookonce.request
            FOR EACH ROW EXECUTE FUNCTION bookonce.keep_needed_request();
        CREATE TRIGGER keep_needed_all AFTER TRUNCATE ON bookonce.request
            FOR EACH STATEMENT EXECUTE FUNCTION bookonce.keep_needed_request();
    END IF;
END
$setup$;
COMMENT ON FUNCTION bookonce.setup() IS
    'create the tables and views, owned by the caller; again after ALTER EXTENSION bookonce UPDATE';
