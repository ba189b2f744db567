-- integrity.sql
--     check_slot_index() and check_integrity(): the proof. (long: one function)
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.check_slot_index()
RETURNS TABLE (problem text, booking_id uuid, other_booking_id uuid)
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_check_slot_index';
COMMENT ON FUNCTION bookonce.check_slot_index() IS
    'compare the index that guards against double bookings with the table; no rows: they agree, and no two bookings '
    'overlap';

-- One statement's snapshot serves all of it (stable), so bookings may go on meanwhile. It reads the tables and not
-- their indexes, which may be damaged; and row_security = off raises an error where a policy would hide rows from the
-- caller. Joins are by hash: of IS NOT FALSE the planner expects a row or none, and would read the resources once for
-- each booking. A loop that there must be all the same looks so dear that it would be compiled (jit), for seconds.
CREATE FUNCTION bookonce.check_integrity()
RETURNS TABLE (problem text, tenant text, id text, other_id text)
LANGUAGE plpgsql STABLE ROWS 10
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET enable_indexscan = off
SET enable_indexonlyscan = off
SET enable_bitmapscan = off
SET enable_nestloop = off
SET jit = off
AS $check$
#variable_conflict use_column
DECLARE
    checked_at CONSTANT timestamptz := clock_timestamp();
    followed record;
BEGIN
    -- The guards. Pairs that overlap are found below without the index.
    RETURN QUERY
        SELECT c.problem, NULL, c.booking_id::text, c.other_booking_id::text
        FROM bookonce.check_slot_index() AS c
        WHERE c.problem <> 'two bookings overlap';
    RETURN QUERY
        SELECT 'a unique index is missing or not valid', NULL, g.guard, NULL
        FROM unnest(ARRAY['resource_pkey', 'resource_resource_id_key', 'opening_hours_pkey', 'calendar_pkey',
                          'calendar_calendar_id_key', 'closure_pkey', 'booking_pkey',
                          'booking_idempotency_key', 'claim_pkey', 'counter_pkey',
                          'counter_entry_tenant_counter_idempotency_key_key', 'request_pkey',
                          'request_idempotency_key', 'position_pkey', 'position_booking', 'offer_pkey',
                          'offer_once_a_wave']) AS g(guard)
        WHERE NOT EXISTS (SELECT FROM pg_index AS i
                          WHERE i.indexrelid = to_regclass(format('bookonce.%I', g.guard))
                            AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indisready);

    -- Enabled for what is written here; the rules for rows from a publisher are the publisher's task.
    RETURN QUERY
        SELECT 'a trigger that keeps needed rows is missing or disabled', NULL, g.relation || ' ' || g.guard, NULL
        FROM (VALUES ('resource', 'keep_needed'), ('resource', 'keep_needed_all'),
                     ('request', 'keep_needed'), ('request', 'keep_needed_all')) AS g(relation, guard)
        WHERE NOT EXISTS (SELECT FROM pg_trigger AS t
                          WHERE t.tgrelid = to_regclass('bookonce.' || g.relation)
                            AND t.tgname = g.guard AND t.tgenabled IN ('O', 'A'));

    -- The walls: by these every session hears of a new row of role_grant, and the views keep to it.
    RETURN QUERY
        SELECT 'a trigger of role_grant is missing or disabled', NULL, g.guard, NULL
        FROM unnest(ARRAY['heed', 'heed_all', 'wall_views']) AS g(guard)
        WHERE to_regclass('bookonce.role_grant') IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_trigger AS t
                          WHERE t.tgrelid = 'bookonce.role_grant'::regclass AND t.tgname = g.guard
                            AND t.tgenabled IN ('O', 'A'));
    RETURN QUERY
        SELECT 'row security is forced on a table', NULL, c.relname::text, NULL
        FROM pg_class AS c
        WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relforcerowsecurity;

    -- The application's own tables that have a guard, or what a migration left of it.
    RETURN QUERY
        SELECT g.problem, NULL, g.relation::text, g.guard::text FROM bookonce.guarded_tables AS g
            WHERE g.problem IS NOT NULL;

    -- Bookings and their resources. If any two overlap, then two neighbours in the order of their start do.
    RETURN QUERY
        SELECT 'two bookings overlap', b.tenant, b.before_id::text, b.booking_id::text
        FROM (SELECT b.*, lag(b.booking_id) OVER slots AS before_id, lag(b.blocks) OVER slots AS before
              FROM bookonce.booking AS b
              WHERE b.released_at IS NULL AND b.unit IS NOT NULL
              WINDOW slots AS (PARTITION BY b.resource_id, b.unit ORDER BY b.blocks, b.booking_id)) AS b
        WHERE b.before && b.blocks;
    RETURN QUERY
        SELECT CASE WHEN r.resource_id IS NULL THEN 'the booking''s resource does not exist'
                    ELSE 'the booking''s resource is another tenant''s' END, b.tenant, b.booking_id::text,
                        b.resource_id::text
        FROM bookonce.booking AS b
        LEFT JOIN bookonce.resource AS r USING (resource_id)
        WHERE r.tenant IS DISTINCT FROM b.tenant;
    -- A capacity may be lowered below what was booked for times that are over.
    RETURN QUERY
        SELECT 'the booking''s unit is above the capacity', b.tenant, b.booking_id::text, r.resource
        FROM bookonce.booking AS b
        JOIN bookonce.resource AS r USING (resource_id)
        WHERE b.released_at IS NULL AND b.unit > r.capacity AND upper(b.blocks) > checked_at
          AND (b.lapses_at > checked_at) IS NOT FALSE;
    -- Rules on holders: what some call was booked for when the rule was as it is, and makes more than the rule allows.
    -- What a call has counts once; rows of followed tables are left out, for they may have been taken over as they
    -- were.
    -- Periods are compared where all resources of a scope have one clock.
    RETURN QUERY
        WITH ruled AS MATERIALIZED (
            SELECT h.*, b.tenant, b.holder, coalesce(b.group_id, b.booking_id) AS call, b.during, b.created_at,
                   lower(b.during) AT TIME ZONE r.time_zone AS starts,
                   (SELECT count(DISTINCT o.time_zone) FROM bookonce.resource AS o, unnest(o.holder_rules) AS x
                    WHERE o.tenant = r.tenant AND x.scope = h.scope) = 1 AS has_one_clock
            FROM bookonce.resource AS r
            CROSS JOIN LATERAL unnest(r.holder_rules) AS h
            JOIN bookonce.booking AS b USING (resource_id)
            WHERE b.released_at IS NULL AND b.unit IS NOT NULL
              AND isfinite(lower(b.during)) AND isfinite(upper(b.during)) -- others are told below
              AND (b.lapses_at > checked_at) IS NOT FALSE
              AND bookonce.followed_table_number(b.booking_id) IS NULL
        ), calls AS (
            -- What is compared with what: each kind of limit has its groups of rows.
            SELECT 'a holder is in more places at once than a rule allows' AS problem, a.tenant, a.scope, a.holder,
                   a.since, a.max_at_once AS most, NULL::interval AS longest, lower(a.during)::text AS which,
                   b.call, b.during, b.created_at
            FROM ruled AS a
            JOIN ruled AS b ON a.tenant = b.tenant AND a.scope = b.scope AND a.holder = b.holder
                AND b.during @> lower(a.during)
            WHERE a.max_at_once IS NOT NULL
            UNION ALL
            SELECT 'a holder has more bookings than a rule allows', a.tenant, a.scope, a.holder, a.since, a.max_live,
                   NULL, NULL, a.call, a.during, a.created_at
            FROM ruled AS a WHERE a.max_live IS NOT NULL AND upper(a.during) > checked_at
            UNION ALL
            SELECT 'a holder has more bookings in a period than a rule allows', a.tenant, a.scope, a.holder, a.since,
                   a.max_per_period, NULL, date_trunc(a.period, a.starts)::text, a.call, a.during, a.created_at
            FROM ruled AS a WHERE a.max_per_period IS NOT NULL AND a.has_one_clock
            UNION ALL
            SELECT 'a holder has more time than a rule allows', a.tenant, a.scope, a.holder, a.since, NULL, a.max_time,
                   date_trunc(a.period, a.starts)::text, a.call, a.during, a.created_at
            FROM ruled AS a
            WHERE a.max_time IS NOT NULL
              AND CASE WHEN a.period IS NULL THEN upper(a.during) > checked_at ELSE a.has_one_clock END
        ), sums AS (
            SELECT c.problem, c.tenant, c.scope, c.holder, c.since, c.most, c.longest, c.which, c.call,
                   max(c.created_at) AS created_at,
                   (SELECT sum(upper(t) - lower(t)) FROM unnest(range_agg(c.during)) AS t) AS taken
            FROM calls AS c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9)
        SELECT DISTINCT s.problem, s.tenant, s.scope, s.holder
        FROM sums AS s
        GROUP BY s.problem, s.tenant, s.scope, s.holder, s.since, s.most, s.longest, s.which
        HAVING (count(*) > s.most OR sum(s.taken) > s.longest) AND max(s.created_at) >= s.since;
    -- What the tables' CHECKs refuse, unless they are gone.
    RETURN QUERY
        SELECT 'the booking''s row is not sound', b.tenant, b.booking_id::text, NULL
        FROM bookonce.booking AS b
        WHERE (isfinite(lower(b.during)) AND isfinite(upper(b.during)) AND b.blocks @> b.during
               AND coalesce(b.unit, 1) >= 1 AND b.member <> 0
               AND (b.released_at IS NOT NULL) = (b.status::text IN ('cancelled', 'expired'))
               AND (b.status::text <> 'held' OR b.lapses_at IS NOT NULL)) IS NOT TRUE;
    RETURN QUERY
        SELECT 'the resource has a rule that no verb sets', r.tenant, r.resource, NULL
        FROM bookonce.resource AS r
        WHERE (r.start_every BETWEEN '1 second' AND '24 hours' AND date_part('day', r.start_every) = 0) IS FALSE
           OR EXISTS (SELECT FROM unnest(r.starts || r.ends) AS t(second)
                      WHERE (t.second BETWEEN 0 AND 604799) IS NOT TRUE)
           OR EXISTS (SELECT FROM unnest(r.part_quantities) AS q WHERE (q >= 1) IS NOT TRUE);
    RETURN QUERY
        SELECT 'the closure''s row is not sound', c.tenant, c.closure_id::text, c.resource_id::text
        FROM bookonce.closure AS c
        WHERE (isfinite(lower(c.during)) AND (upper_inf(c.during) OR isfinite(upper(c.during)))
               AND coalesce(c.units, 1) >= 1) IS NOT TRUE;
    RETURN QUERY
        SELECT 'the waiter''s row is not sound', w.tenant, w.waiter_id::text, w.resource_id::text
        FROM bookonce.waiter AS w
        WHERE (isfinite(lower(w.during)) AND isfinite(upper(w.during)) AND w.quantity >= 1 AND w.offer_for > '0')
            IS NOT TRUE;
    RETURN QUERY
        SELECT 'the request''s row is not sound', r.tenant, r.request_id::text, NULL
        FROM bookonce.request AS r
        WHERE (isfinite(lower(r.during)) AND isfinite(upper(r.during)) AND r.positions >= 1 AND r.waves >= 0)
            IS NOT TRUE;
    -- No verb makes such parts. Those that a booking would pass over are not there, or lead back to the resource.
    RETURN QUERY
        WITH RECURSIVE part AS (
            SELECT r.tenant, r.resource_id AS whole_id, p.part_id
            FROM bookonce.resource AS r, unnest(r.part_ids) AS p(part_id)
            UNION
            SELECT p.tenant, p.whole_id, u.part_id
            FROM part AS p JOIN bookonce.resource AS r ON r.tenant = p.tenant AND r.resource_id = p.part_id,
                 unnest(r.part_ids) AS u(part_id))
        SELECT CASE WHEN r.resource_id IS NULL THEN 'the resource''s part does not exist'
                    ELSE 'the resource is a part of itself' END, p.tenant, p.whole_id::text, p.part_id::text
        FROM part AS p LEFT JOIN bookonce.resource AS r ON r.tenant = p.tenant AND r.resource_id = p.part_id
        WHERE r.resource_id IS NULL OR p.part_id = p.whole_id;
    RETURN QUERY
        SELECT 'the opening hours'' resource does not exist', h.tenant, h.resource_id::text, NULL
        FROM bookonce.opening_hours AS h
        LEFT JOIN bookonce.resource AS r USING (tenant, resource_id)
        LEFT JOIN bookonce.calendar AS c ON c.tenant = h.tenant AND c.calendar_id = h.resource_id
        WHERE coalesce(r.resource_id, c.calendar_id) IS NULL;
    RETURN QUERY
        SELECT 'the calendar that the resource follows does not exist', r.tenant, r.resource, r.calendar_id::text
        FROM bookonce.resource AS r
        LEFT JOIN bookonce.calendar AS c USING (tenant, calendar_id)
        WHERE r.calendar_id IS NOT NULL AND c.calendar_id IS NULL;
    RETURN QUERY
        SELECT 'the closure''s resource does not exist', c.tenant, c.closure_id::text, c.resource_id::text
        FROM bookonce.closure AS c
        LEFT JOIN bookonce.resource AS r USING (tenant, resource_id)
        WHERE r.resource_id IS NULL;
    RETURN QUERY
        SELECT CASE WHEN r.has_closures THEN 'the resource is marked as having closures, and has none'
                    ELSE 'the resource has closures that do not count: it is not marked' END,
               r.tenant, r.resource_id::text, r.resource
        FROM bookonce.resource AS r
        WHERE r.has_closures <> EXISTS (SELECT FROM bookonce.closure AS c
                                         WHERE c.resource_id = r.resource_id AND c.booking_id IS NULL);

    -- Bookings made by one call. Groups are members 1, 2, ..; a party made together with others has its one number in
    -- their call.
    RETURN QUERY
        SELECT 'the group lacks a member', g.tenant, g.group_id::text, NULL
        FROM (SELECT b.tenant, b.group_id, count(DISTINCT b.member) AS members, max(b.member) AS last
              FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL AND b.member > 0
              GROUP BY b.tenant, b.group_id) AS g
        WHERE g.members > 1 AND g.members < g.last;
    -- A part has the negative of its whole's member. A whole that moves to another resource cancels its old parts.
    RETURN QUERY
        SELECT 'the part does not stand as its whole does', p.tenant, p.booking_id::text, p.whole_id::text
        FROM (SELECT p.*, b.booking_id AS whole_id,
                     p.released_at IS NULL AND (p.lapses_at > checked_at) IS NOT FALSE AS stands,
                     b.booking_id IS NOT NULL AND b.released_at IS NULL AND (b.lapses_at > checked_at) IS NOT FALSE
                         AS whole_stands,
                     p.status = b.status AND p.during = b.during AND p.holder = b.holder
                         AND p.lapses_at IS NOT DISTINCT FROM b.lapses_at AS is_alike
              FROM bookonce.booking AS p
              LEFT JOIN bookonce.booking AS b
                  ON b.tenant = p.tenant AND b.group_id = p.group_id AND b.member = -p.member
              WHERE p.member < 0) AS p
        WHERE (p.stands <> p.whole_stands AND p.status <> 'cancelled') OR (p.stands AND NOT p.is_alike);
    -- Parts do not change while a booking is not over, so until then it has those that its resource has now.
    RETURN QUERY
        WITH RECURSIVE whole AS MATERIALIZED (
            SELECT b.tenant, b.booking_id, b.group_id, b.member, b.resource_id
            FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (tenant, resource_id)
            WHERE r.part_ids IS NOT NULL AND b.member > 0 AND b.unit IS NOT NULL AND b.released_at IS NULL
              AND (b.lapses_at > checked_at) IS NOT FALSE AND upper(b.during) > checked_at
        ), way AS (
            SELECT r.tenant, r.resource_id AS whole_id, p.part_id, p.quantity::numeric AS quantity, 1 AS depth
            FROM bookonce.resource AS r,
                 ROWS FROM (unnest(r.part_ids), unnest(r.part_quantities)) AS p(part_id, quantity)
            WHERE r.resource_id IN (SELECT w.resource_id FROM whole AS w)
            UNION ALL
            SELECT w.tenant, w.whole_id, p.part_id, w.quantity * p.quantity, w.depth + 1
            FROM way AS w JOIN bookonce.resource AS r ON r.tenant = w.tenant AND r.resource_id = w.part_id,
                 ROWS FROM (unnest(r.part_ids), unnest(r.part_quantities)) AS p(part_id, quantity)
            WHERE w.depth < 8
        ), wanted AS (
            SELECT w.tenant, w.booking_id, p.part_id, sum(p.quantity) AS units
            FROM whole AS w JOIN way AS p ON p.tenant = w.tenant AND p.whole_id = w.resource_id
            GROUP BY w.tenant, w.booking_id, p.part_id
        ), booked AS (
            SELECT w.tenant, w.booking_id, p.resource_id AS part_id, count(*) AS units
            FROM whole AS w JOIN bookonce.booking AS p
                ON p.tenant = w.tenant AND p.group_id = w.group_id AND p.member = -w.member AND p.released_at IS NULL
            GROUP BY w.tenant, w.booking_id, p.resource_id)
        SELECT 'the booking has other parts than its resource', tenant, booking_id::text, part_id::text
        FROM wanted FULL JOIN booked USING (tenant, booking_id, part_id)
        WHERE wanted.units IS DISTINCT FROM booked.units;
    RETURN QUERY
        SELECT 'the units of one party differ in request or key', b.tenant, b.group_id::text, b.member::text
        FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL
        GROUP BY b.tenant, b.group_id, b.member
        HAVING count(DISTINCT b.idempotency_key) > 1
            OR count(DISTINCT b.request_hash) + (bool_or(b.request_hash IS NULL)
                AND bool_or(b.request_hash IS NOT NULL))::integer > 1;
    RETURN QUERY
        SELECT 'the group is in two tenants', min(b.tenant), b.group_id::text, max(b.tenant)
        FROM bookonce.booking AS b WHERE b.group_id IS NOT NULL
        GROUP BY b.group_id
        HAVING min(b.tenant) <> max(b.tenant);

    -- What must happen only once: seen in the rows, even if the unique index is gone.
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

    -- Counters: the entries are numbered without gaps, from 1 unless delete_old() deleted the first ones. Each value is
    -- the previous one plus the delta, and the last is the counter's.
    RETURN QUERY
        SELECT 'the counter''s entry does not follow from the one before it', e.tenant, e.counter, e.entry::text
        FROM (SELECT e.*, first_value(e.entry::numeric) OVER entries + row_number() OVER entries - 1 AS number,
            lag(e.value) OVER entries AS before
              FROM bookonce.counter_entry AS e
              WINDOW entries AS (PARTITION BY e.tenant, e.counter ORDER BY e.entry)) AS e
        WHERE e.entry <> e.number OR e.value::numeric <> e.before::numeric + e.delta;
    RETURN QUERY
        SELECT 'the counter is not where its entries lead', tenant, counter, e.entries::text
        FROM bookonce.counter AS c
        FULL JOIN (SELECT e.tenant, e.counter, max(e.entry) AS entries,
            (array_agg(e.value ORDER BY e.entry DESC, e.created_at DESC))[1] AS value
                   FROM bookonce.counter_entry AS e GROUP BY e.tenant, e.counter) AS e USING (tenant, counter)
        WHERE coalesce(e.entries, 0) IS DISTINCT FROM c.entries OR e.value <> c.value;

    -- Dispatch: a request has its positions; a position or an accepted offer has its booking; and both have the same
    -- one.
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
        SELECT 'one provider fills two positions of the request', p.tenant, p.request_id::text, min(r.resource)
        FROM bookonce."position" AS p
        JOIN bookonce.booking AS b USING (tenant, booking_id)
        LEFT JOIN bookonce.resource AS r USING (resource_id)
        WHERE b.released_at IS NULL AND (b.lapses_at > checked_at) IS NOT FALSE
        GROUP BY p.tenant, p.request_id, b.resource_id
        HAVING count(DISTINCT b.booking_id) > 1;
    RETURN QUERY
        SELECT CASE WHEN r.cancelled_at IS NOT NULL THEN 'a cancelled request keeps a booking'
                    ELSE 'the position''s booking is no accepted offer''s' END, p.tenant, p.request_id::text,
                        p.booking_id::text
        FROM bookonce."position" AS p
        JOIN bookonce.booking AS b USING (tenant, booking_id)
        JOIN bookonce.request AS r USING (tenant, request_id)
        LEFT JOIN bookonce.offer AS o ON o.tenant = p.tenant AND o.request_id = p.request_id
            AND o.booking_id = p.booking_id
        WHERE b.released_at IS NULL AND (b.lapses_at > checked_at) IS NOT FALSE
          AND (r.cancelled_at IS NOT NULL OR o.offer_id IS NULL);
    RETURN QUERY
        SELECT CASE WHEN r.request_id IS NULL THEN 'the offer''s request does not exist'
                    WHEN s.resource IS NULL THEN 'the offer''s provider is not a resource'
                    ELSE 'the offer is of a wave that its request does not count' END, o.tenant, o.offer_id::text,
                        o.request_id::text
        FROM bookonce.offer AS o
        LEFT JOIN bookonce.request AS r USING (tenant, request_id)
        LEFT JOIN bookonce.resource AS s ON s.tenant = o.tenant AND s.resource = o.provider
        WHERE r.request_id IS NULL OR s.resource IS NULL OR o.wave > r.waves;
    RETURN QUERY
        SELECT CASE WHEN b.booking_id IS NULL THEN 'the accepted offer''s booking does not exist'
                    ELSE 'the accepted offer''s booking fills no position of its request' END, o.tenant,
                        o.offer_id::text, o.booking_id::text
        FROM bookonce.offer AS o
        LEFT JOIN bookonce.booking AS b USING (tenant, booking_id)
        LEFT JOIN bookonce."position" AS p
            ON p.tenant = o.tenant AND p.request_id = o.request_id AND p.booking_id = o.booking_id
        WHERE o.status = 'accepted' AND (b.booking_id IS NULL
            OR b.released_at IS NULL AND (b.lapses_at > checked_at) IS NOT FALSE AND p.request_id IS NULL);
    RETURN QUERY
        SELECT 'two offers were accepted with one booking', o.tenant, min(o.offer_id::text), o.booking_id::text
        FROM bookonce.offer AS o WHERE o.booking_id IS NOT NULL
        GROUP BY o.tenant, o.booking_id
        HAVING count(*) > 1;

    -- What grant_usage() refuses, done afterwards.
    IF to_regclass('bookonce.role_grant') IS NOT NULL THEN
        RETURN QUERY
            SELECT 'a role that is bound to a tenant is a member of one that is not', g.tenant, g.role::text,
                   o.role::text
            FROM bookonce.role_grant AS g CROSS JOIN bookonce.ways_out(g.role) AS o(role);
    END IF;

    -- Followed tables, row by row: each live row has its booking, and no other row has one.
    FOR followed IN SELECT f.* FROM bookonce.followed_tables AS f ORDER BY f.followed_id LOOP
        IF NOT followed.is_followed THEN
            RETURN QUERY SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = followed.relation)
                                     THEN 'a followed table does not exist any more'
                                     WHEN EXISTS (SELECT FROM pg_inherits AS i
                                                  WHERE followed.relation IN (i.inhparent, i.inhrelid))
                                     THEN 'a followed table has children, whose rows are not followed'
                                     WHEN (SELECT c.relpersistence <> 'p' FROM pg_class AS c
                                           WHERE c.oid = followed.relation)
                                     THEN 'a followed table is unlogged: a crash empties it and leaves its bookings'
                                     ELSE 'a trigger of a followed table is missing or disabled, or its view is' END,
                                followed.tenant, followed.relation::text, NULL::text;
        END IF;
        CONTINUE WHEN to_regclass('bookonce.followed_rows_' || followed.followed_id) IS NULL;
        RETURN QUERY EXECUTE format($rows$
            SELECT CASE WHEN b.booking_id IS NULL THEN 'a row of a followed table has no booking'
                        WHEN v.booking_id IS NULL THEN 'a booking mirrors a row that is not live, or not there'
                        ELSE 'a booking is not what the row says that it mirrors' END,
                   $1, $2, coalesce(v.row_key, b.booking_id::text)
            FROM (SELECT v.* FROM bookonce.followed_rows_%s AS v
                  WHERE v.is_live AND v.resource IS NOT NULL AND isfinite(lower(v.during))
                      AND isfinite(upper(v.during))) AS v
            FULL JOIN (SELECT coalesce(b.group_id, b.booking_id) AS booking_id, min(r.resource) AS resource,
                              (array_agg(b.during))[1] AS during, min(b.holder) AS holder, count(*) AS quantity
                       FROM bookonce.booking AS b
                       LEFT JOIN bookonce.resource AS r USING (resource_id)
                       WHERE bookonce.followed_table_number(b.booking_id) = $3
                       GROUP BY coalesce(b.group_id, b.booking_id)) AS b USING (booking_id)
            WHERE v.booking_id IS NULL OR b.booking_id IS NULL OR v.during <> b.during OR v.quantity <> b.quantity
               OR v.resource COLLATE "C" IS DISTINCT FROM b.resource OR v.holder COLLATE "C" IS DISTINCT FROM b.holder
            $rows$, followed.followed_id)
            USING followed.tenant, followed.relation::text, followed.followed_id;
    END LOOP;
END
$check$;
COMMENT ON FUNCTION bookonce.check_integrity() IS
    'what no constraint can see, in all tables and all tenants, without trusting the indexes; no rows: all is well. '
    'For the owner of the tables';
