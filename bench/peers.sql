-- peers.sql: the solutions that bookonce is measured against, as one would write them by hand: the tables, and the
-- peers that are functions.
--
-- To know first: all peers store the columns of bookonce.booking and the caller's key. They have none of its CHECKs;
-- they are given the resource's number, while bookonce looks it up by name; and they do not tell a refused caller
-- whether its own key was used before, or which booking is in the way. SPDX-License-Identifier: PostgreSQL

CREATE EXTENSION btree_gist;

-- The h'th hour of the bench's calendar. Inlined by the planner, so it costs everybody the same expression.
CREATE FUNCTION slot(h bigint) RETURNS tstzrange LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    'SELECT tstzrange(to_timestamp(1893456000 + 3600 * h), to_timestamp(1893459600 + 3600 * h))';

-- The floor: nothing guards.
CREATE TABLE unguarded (
    booking_id uuid NOT NULL DEFAULT gen_random_uuid(),
    group_id uuid,
    resource_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    lapses_at timestamptz,
    request_hash bigint,
    unit integer DEFAULT 1,
    member integer NOT NULL DEFAULT 1,
    status text COLLATE "C" NOT NULL DEFAULT 'confirmed',
    tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    during tstzrange NOT NULL,
    blocks tstzrange NOT NULL,
    holder text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C",
    reason text,
    details jsonb,
    PRIMARY KEY (booking_id, tenant));

-- The constraint decides.
CREATE TABLE guarded (LIKE unguarded INCLUDING DEFAULTS,
    PRIMARY KEY (booking_id, tenant),
    UNIQUE (idempotency_key, tenant),
    EXCLUDE USING gist (resource_id WITH =, unit WITH =, blocks WITH &&) WHERE (released_at IS NULL));

-- The application decides; it has the same index for its query.
CREATE TABLE indexed (LIKE unguarded INCLUDING DEFAULTS,
    PRIMARY KEY (booking_id, tenant),
    UNIQUE (idempotency_key, tenant));
CREATE INDEX ON indexed USING gist (resource_id, unit, blocks) WHERE (released_at IS NULL);

-- The column order is bookonce's. An application that sells bookings lists those of a holder. "No guard" has only its
-- primary key.
CREATE INDEX ON guarded (holder, tenant, lower(during), booking_id);
CREATE INDEX ON indexed (holder, tenant, lower(during), booking_id);

-- pgbench gives up a client at 23P01 and 23505, so the bare constraint's callers catch them here in the workloads that
-- expect them.
CREATE FUNCTION insert_or_catch(resource bigint, slot tstzrange, key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key) VALUES (resource, slot, slot, 'h', key);
    RETURN 'booked';
EXCEPTION WHEN exclusion_violation OR unique_violation THEN
    RETURN 'taken';
END $$;

-- One at a time per resource: right, in READ COMMITTED only.
CREATE FUNCTION lock_check_insert(resource bigint, slot tstzrange, key text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(resource);
    IF EXISTS (SELECT FROM indexed AS i WHERE i.resource_id = resource AND i.unit = 1 AND i.blocks && slot
        AND i.released_at IS NULL) THEN
        RETURN 'taken';
    END IF;
    INSERT INTO indexed (resource_id, during, blocks, holder, idempotency_key) VALUES (resource, slot, slot, 'h', key);
    RETURN 'booked';
END $$;

-- The same for a resource with rules: the slot must be open on its weekday, and begin after the notice; the buffers
-- around it are taken, too.
CREATE TABLE rules (
    resource_id bigint PRIMARY KEY,
    buffer_before interval NOT NULL,
    buffer_after interval NOT NULL,
    time_zone text NOT NULL,
    min_notice interval NOT NULL);
CREATE TABLE opening (
    resource_id bigint,
    weekday integer,
    opens time NOT NULL,
    closes time NOT NULL,
    PRIMARY KEY (resource_id, weekday, opens));

CREATE FUNCTION book_by_rules(resource bigint, slot tstzrange, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    asked rules;
    begins timestamp;
    ends timestamp;
    blocked tstzrange;
BEGIN
    SELECT * INTO STRICT asked FROM rules AS a WHERE a.resource_id = resource;
    IF lower(slot) < clock_timestamp() + asked.min_notice THEN
        RETURN 'too_soon';
    END IF;
    begins := lower(slot) AT TIME ZONE asked.time_zone;
    ends := upper(slot) AT TIME ZONE asked.time_zone;
    IF NOT EXISTS (SELECT FROM opening AS o WHERE o.resource_id = resource AND o.weekday = extract(isodow FROM begins)
        AND begins::date + o.opens <= begins AND begins::date + o.closes::interval >= ends) THEN
        RETURN 'closed';
    END IF;
    blocked := tstzrange(lower(slot) - asked.buffer_before, upper(slot) + asked.buffer_after);
    PERFORM pg_advisory_xact_lock(resource);
    IF EXISTS (SELECT FROM indexed AS i WHERE i.resource_id = resource AND i.unit = 1 AND i.blocks && blocked
        AND i.released_at IS NULL) THEN
        RETURN 'taken';
    END IF;
    INSERT INTO indexed (resource_id, during, blocks, holder, idempotency_key)
        VALUES (resource, slot, blocked, 'h', key);
    RETURN 'booked';
END $$;

-- The same for a resource with places: the lowest one that is free.
CREATE TABLE places (resource_id bigint PRIMARY KEY, capacity integer NOT NULL);

CREATE FUNCTION book_place(resource bigint, slot tstzrange, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    place integer;
BEGIN
    PERFORM pg_advisory_xact_lock(resource);
    SELECT min(n) INTO place
    FROM places AS p, generate_series(1, p.capacity) AS n
    WHERE p.resource_id = resource AND n <> ALL (ARRAY(SELECT i.unit FROM indexed AS i
        WHERE i.resource_id = resource AND i.blocks && slot AND i.released_at IS NULL));
    IF place IS NULL THEN
        RETURN 'taken';
    END IF;
    INSERT INTO indexed (resource_id, unit, during, blocks, holder, idempotency_key)
        VALUES (resource, place, slot, slot, 'h', key);
    RETURN 'booked';
END $$;

-- Dispatch by hand: the request's row is the lock and counts its filled positions; the provider's time is booked under
-- the constraint.
CREATE TABLE request (
    tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    request_id uuid NOT NULL,
    during tstzrange NOT NULL,
    positions integer NOT NULL,
    filled integer NOT NULL DEFAULT 0 CHECK (filled <= positions),
    PRIMARY KEY (tenant, request_id));

CREATE TABLE offer (
    tenant text COLLATE "C" NOT NULL DEFAULT 'default',
    offer_id uuid NOT NULL,
    request_id uuid NOT NULL,
    provider bigint NOT NULL,
    status text COLLATE "C" NOT NULL DEFAULT 'pending',
    expires_at timestamptz,
    booking_id uuid,
    PRIMARY KEY (tenant, offer_id),
    UNIQUE (tenant, request_id, provider));

CREATE FUNCTION accept_by_hand(the_offer uuid, by_provider bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    o offer;
    r request;
    booking uuid;
BEGIN
    SELECT * INTO STRICT o FROM offer WHERE tenant = 'default' AND offer_id = the_offer AND provider = by_provider;
    SELECT * INTO STRICT r FROM request WHERE tenant = 'default' AND request_id = o.request_id FOR UPDATE;
    IF r.filled = r.positions THEN
        RETURN 'filled';
    END IF;
    INSERT INTO guarded (resource_id, during, blocks, holder) VALUES (by_provider, r.during, r.during, 'h')
        ON CONFLICT DO NOTHING RETURNING booking_id INTO booking;
    IF booking IS NULL THEN
        RETURN 'provider_busy';
    END IF;
    UPDATE offer SET status = 'accepted', booking_id = booking
        WHERE tenant = 'default' AND offer_id = the_offer AND status = 'pending'
            AND (expires_at IS NULL OR expires_at > clock_timestamp());
    IF NOT FOUND THEN
        RAISE 'the offer is no longer pending';
    END IF;
    UPDATE request SET filled = filled + 1 WHERE tenant = 'default' AND request_id = r.request_id;
    RETURN 'accepted';
END $$;

-- The n'th request or offer.
CREATE FUNCTION id_of(n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$SELECT lpad(to_hex(n), 32, '0')::uuid$$;

-- Bulk loading: take a table's indexes and constraints off, and put them back as they were.
CREATE TABLE put_aside (relation regclass, ordinal serial, command text);

CREATE PROCEDURE take_indexes_off(relation regclass) LANGUAGE plpgsql AS $$
DECLARE
    guard record;
BEGIN
    FOR guard IN
        SELECT i.indexrelid::regclass::text AS name, c.conname,
            CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', relation, c.conname, pg_get_constraintdef(c.oid))
                     END AS command
        FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
            AND c.contype IN ('p', 'u', 'x')
        WHERE i.indrelid = relation
        ORDER BY i.indexrelid
    LOOP
        INSERT INTO put_aside (relation, command) VALUES (relation, guard.command);
        EXECUTE CASE WHEN guard.conname IS NULL THEN format('DROP INDEX %s', guard.name)
                     ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', relation, guard.conname) END;
    END LOOP;
END $$;

CREATE PROCEDURE put_indexes_back(relation regclass) LANGUAGE plpgsql AS $$
DECLARE
    guard put_aside;
BEGIN
    FOR guard IN DELETE FROM put_aside AS p WHERE p.relation = put_indexes_back.relation RETURNING * LOOP
        EXECUTE guard.command;
    END LOOP;
END $$;

-- Counts the bookings that overlap an earlier one of their resource; null looks at all resources. Uses no index.
CREATE FUNCTION double_bookings(relation regclass, the_resource bigint) RETURNS bigint LANGUAGE plpgsql
SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_bitmapscan = off AS $$
DECLARE
    answer bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (SELECT lower(blocks) AS begins, max(upper(blocks)) OVER '
        '(PARTITION BY resource_id, unit ORDER BY lower(blocks) ROWS BETWEEN UNBOUNDED PRECEDING '
        'AND 1 PRECEDING) AS until '
        'FROM %s WHERE released_at IS NULL AND (resource_id = $1 OR $1 IS NULL)) AS b WHERE begins < until', relation)
        INTO answer USING the_resource;
    RETURN answer;
END $$;

-- Keeps the caller's transaction open, from the moment when this many other clients are at work, for that long.
CREATE FUNCTION keep_open(clients integer, seconds float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR try IN 1 .. 10000 LOOP
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN clients <= (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbench' AND query <> ''
            AND pid <> pg_backend_pid());
        PERFORM pg_sleep(0.005);
    END LOOP;
    PERFORM pg_sleep(seconds);
END $$;
