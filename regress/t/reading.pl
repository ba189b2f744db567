# reading.pl: what reading verbs list is what a plain look at the tables finds, whole and page by page.
#
# Random bookings are made, held, moved, made firm, cancelled and left to lapse. Then each list is asked for random
# resources, holders and times, and compared with a query that reads the whole table, without an index. Pages of random
# length, put together, are the whole. A calendar is read with a statement and without one, to the same rows. A walk
# between whose pages others write has each row that stays exactly once, in order. BOOKONCE_SEED repeats a run;
# BOOKONCE_STORM=N makes it N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 6 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $rounds rounds";

my $node = PostgreSQL::Test::Cluster->new('reading');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off\ntimezone = UTC\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');
query(<<'SQL');
CREATE FUNCTION below(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
SELECT bookonce.define_resource('r:' || n, 1 + n % 3, CASE n % 4 WHEN 0 THEN interval '20 min' ELSE '0' END,
    tenant => t)
FROM generate_series(0, 9) AS n, unnest(ARRAY['default', 'other']) AS t;

CREATE FUNCTION some_time(hours integer) RETURNS tstzrange LANGUAGE sql VOLATILE AS $$
    SELECT tstzrange(s, s + (1 + below(4 * hours)) * interval '15 min')
    FROM (SELECT timestamptz '2031-01-06' + below(24 * 4) * interval '30 min') AS x(s)
$$;

-- One call of an application's.
CREATE FUNCTION write() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    of_tenant text := CASE below(4) WHEN 0 THEN 'other' ELSE 'default' END;
    id uuid := (SELECT b.booking_id FROM bookonce.booking AS b WHERE b.tenant = of_tenant ORDER BY random() LIMIT 1);
BEGIN
    CASE below(10)
        WHEN 0 THEN PERFORM bookonce.cancel_booking(id, tenant => of_tenant);
        WHEN 1 THEN PERFORM bookonce.reschedule_booking(id, some_time(3), 'r:' || below(10), tenant => of_tenant);
        WHEN 2 THEN PERFORM bookonce.confirm_booking(id, exclusive => below(2) = 0, tenant => of_tenant);
        WHEN 3 THEN UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = id AND status = 'held'
            AND below(2) = 0;
        WHEN 4 THEN PERFORM bookonce.change_booking(id, 'h:' || below(5), tenant => of_tenant);
        WHEN 5 THEN PERFORM bookonce.expire_holds(below(2) + 1);
        WHEN 6 THEN PERFORM bookonce.book_slot('r:' || below(10), some_time(8), 'h:' || below(5), allow_overlap => true,
            hold_for => CASE below(2) WHEN 0 THEN interval '1 day' END, tenant => of_tenant);
        WHEN 7 THEN PERFORM bookonce.book_slots(ARRAY(SELECT ROW('r:' || below(10), some_time(2), 1 + below(2), NULL,
            NULL, NULL)::bookonce.slot_request FROM generate_series(1, 3)),
                                                'h:' || below(5), idempotency_key => gen_random_uuid()::text,
                                                    tenant => of_tenant);
        ELSE PERFORM bookonce.book_slot('r:' || below(10), some_time(2), 'h:' || below(5), hold_for => CASE below(3)
            WHEN 0 THEN interval '1 day' END, idempotency_key => gen_random_uuid()::text, tenant => of_tenant);
    END CASE;
EXCEPTION WHEN SQLSTATE '22004' OR SQLSTATE '22023' THEN
    NULL; -- nobody had booked yet, or what was asked for is above the capacity
END
$$;

-- The same by a look at everything. (No index: nothing that a damaged or misread one would hide.)
CREATE FUNCTION plain(of_tenant text, resources text[], of_holder text, within tstzrange, released boolean) RETURNS
    uuid[] LANGUAGE sql VOLATILE
SET enable_indexscan = off SET enable_bitmapscan = off SET enable_indexonlyscan = off AS $$
    SELECT coalesce(array_agg(b.booking_id ORDER BY lower(b.during), b.booking_id), '{}')
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = of_tenant AND CASE WHEN of_holder IS NULL THEN r.resource = ANY (resources) AND b.during && within
                                        ELSE b.holder = of_holder AND within @> lower(b.during) END
      AND (released OR (b.released_at IS NULL AND (b.lapses_at > clock_timestamp()) IS NOT FALSE))
$$;

-- A list, walked by pages of that length; writes: how many calls come between two pages.
CREATE FUNCTION walk(of_tenant text, resources text[], of_holder text, within tstzrange, released boolean,
    at_most integer, writes integer) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    walked uuid[] := '{}';
    page bookonce.booking_row[];
    last bookonce.booking_row;
BEGIN
    LOOP
        IF of_holder IS NULL THEN
            page := ARRAY(SELECT b FROM bookonce.list_bookings(resources, within, at_most, last.starts_at,
                last.booking_id, tenant => of_tenant) AS b);
        ELSE
            page := ARRAY(SELECT b FROM bookonce.list_holder_bookings(of_holder, within, released, at_most,
                last.starts_at, last.booking_id, tenant => of_tenant) AS b);
        END IF;
        walked := walked || ARRAY(SELECT p.booking_id FROM unnest(page) AS p);
        EXIT WHEN cardinality(page) < at_most;
        last := page[cardinality(page)];
        PERFORM write() FROM generate_series(1, writes);
    END LOOP;
    RETURN walked;
END
$$;

-- The whole rows of a calendar's first page, and of the one behind the middle of within.
CREATE FUNCTION page_of(of_tenant text, resources text[], of_holder text, within tstzrange, at_most integer, way text)
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    was text := current_setting('bookonce.direct_insert');
    rows text;
BEGIN
    PERFORM set_config('bookonce.direct_insert', way, false);
    SELECT string_agg(b::text, chr(10)) INTO rows FROM (
        SELECT * FROM bookonce.list_bookings(resources, within, at_most, tenant => of_tenant)
        UNION ALL
        SELECT * FROM bookonce.list_bookings(resources, within, at_most,
            lower(within) + (upper(within) - lower(within)) / 2,
            '80000000-0000-0000-0000-000000000000', tenant => of_tenant)) AS b
    WHERE of_holder IS NULL;
    PERFORM set_config('bookonce.direct_insert', was, false);
    RETURN rows;
END
$$;

CREATE TABLE wrong (what text, tenant text, resources text[], holder text, within tstzrange, released boolean,
    at_most integer, got uuid[], wanted uuid[]);
CREATE TABLE tried (listed integer);

CREATE FUNCTION try() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    of_tenant text := CASE below(4) WHEN 0 THEN 'other' ELSE 'default' END;
    resources text[] := ARRAY(SELECT 'r:' || below(10) FROM generate_series(0, below(6)));
    of_holder text := CASE below(2) WHEN 0 THEN 'h:' || below(5) END;
    within tstzrange := some_time(60);
    released boolean := of_holder IS NOT NULL AND below(2) = 0;
    at_most integer := 1 + below(12);
    before uuid[] := plain(of_tenant, resources, of_holder, within, released);
    after uuid[];
    walked uuid[];
    by_sql text;
BEGIN
    PERFORM set_config('bookonce.direct_insert', CASE below(2) WHEN 0 THEN 'on' ELSE 'off' END, false);
    by_sql := page_of(of_tenant, resources, of_holder, within, at_most, 'off');
    IF by_sql IS DISTINCT FROM page_of(of_tenant, resources, of_holder, within, at_most, 'on') THEN
        INSERT INTO wrong VALUES ('without a statement', of_tenant, resources, of_holder, within, released, at_most,
            before, before);
    END IF;
    walked := walk(of_tenant, resources, of_holder, within, released, at_most, 0);
    IF walked <> before OR walk(of_tenant, resources, of_holder, within, released, 10000, 0) <> before THEN
        INSERT INTO wrong VALUES ('list', of_tenant, resources, of_holder, within, released, at_most, walked, before);
    END IF;
    INSERT INTO tried VALUES (cardinality(walked));
    -- Others write: what was there before and is there afterwards, unmoved, was walked past once.
    -- (A hold may have lapsed and a booking come back.)
    CREATE TEMP TABLE was ON COMMIT DROP AS SELECT booking_id, during, resource_id, holder FROM bookonce.booking;
    walked := walk(of_tenant, resources, of_holder, within, released, at_most, 3);
    after := plain(of_tenant, resources, of_holder, within, released);
    IF EXISTS (SELECT FROM unnest(walked) AS w GROUP BY w HAVING count(*) > 1 AND EXISTS (SELECT FROM was
        JOIN bookonce.booking AS b USING (booking_id, during) WHERE booking_id = w))
        OR EXISTS (SELECT FROM was JOIN bookonce.booking AS b USING (booking_id, during, resource_id, holder)
                   WHERE booking_id = ANY (before) AND booking_id = ANY (after) AND NOT booking_id = ANY (walked)) THEN
        INSERT INTO wrong VALUES ('walk', of_tenant, resources, of_holder, within, released, at_most, walked, before);
    END IF;
    DROP TABLE was;
END
$$;

-- One booking, one key, one group: each row as the table has it.
CREATE FUNCTION try_each() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT count(*) FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
        LATERAL (SELECT CASE WHEN b.status = 'held' AND b.lapses_at <= clock_timestamp() THEN 'expired'
            ELSE b.status END) AS s(status)
    WHERE ARRAY(SELECT (g.booking_id, g.resource, g.unit, g.during, lower(g.during), upper(g.during), g.blocks,
        g.status, g.holder, g.member, g.idempotency_key)::text
                FROM bookonce.get_booking(b.booking_id, tenant => b.tenant) AS g)
          <> ARRAY[(b.booking_id, r.resource, b.unit, b.during, lower(b.during), upper(b.during), b.blocks,
              s.status::bookonce.booking_status, b.holder, b.member, b.idempotency_key)::text]
       OR (b.idempotency_key IS NOT NULL AND
           (SELECT array_agg(k.booking_id ORDER BY k.booking_id)
               FROM bookonce.get_booking_by_key(b.idempotency_key, tenant => b.tenant) AS k)
           <> (SELECT array_agg(o.booking_id ORDER BY o.booking_id) FROM bookonce.booking AS o WHERE o.tenant = b.tenant
               AND (o.booking_id = b.booking_id OR o.group_id = b.group_id)))
       OR (b.group_id IS NOT NULL AND (SELECT count(*) FROM bookonce.get_group(b.group_id, tenant => b.tenant))
           <> (SELECT count(*) FROM bookonce.booking AS o WHERE o.tenant = b.tenant AND o.group_id = b.group_id))
$$;
SQL

for my $round (1 .. $rounds) {
    my $state = ($seed * 31 + $round) % 1_000_000;
    query("SELECT setseed($state / 1e6); " . 'SELECT write() FROM generate_series(1, 60); ' . 'SELECT try(); ' x 24);
    is(query('SELECT try_each()'), '0', "each booking reads as it is (BOOKONCE_SEED=$seed, round $round)");
}
note query(
    "SELECT count(*) || ' lists of ' || sum(listed) || ' rows, ' || (SELECT count(*) FROM bookonce.booking)
        || ' bookings' FROM tried"
);
cmp_ok(query('SELECT sum(listed) FROM tried'), '>', 50 * $rounds, 'there was something to list');
is(query('SELECT * FROM wrong LIMIT 3'), '', "lists and walks are what the table has (BOOKONCE_SEED=$seed)");
is(query('SELECT * FROM bookonce.check_integrity()'), '', 'and all is sound');

$node->stop;
done_testing();
