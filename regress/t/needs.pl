# needs.pl: find_slots() and book_needs() find a whole match whenever there is one, and it is the first.
#
# Each case makes needs at random, of resources with random rules and bookings, and a slot. Who is free then is found
# out by book_slot() itself, in a subtransaction that is rolled back, and who fits by plain comparisons; then all
# combinations are tried one after another (brute force), in the order of preference. Where none is whole, the places
# that are filled must be those that a search by hand fills first.
#
# Then 16 clients want a doctor and a room at the same hours, of 8 doctors and 5 rooms. BOOKONCE_SEED repeats a run;
# BOOKONCE_STORM=N makes it N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 25 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $rounds rounds";

my $node = PostgreSQL::Test::Cluster->new('needs');
$node->init;
$node->append_conf('postgresql.conf',
          "fsync = off\nautovacuum = off\njit = off\ntimezone = UTC\ndeadlock_timeout = 20ms\ncommit_delay = "
        . "500\ncommit_siblings = 1\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');
query(<<'SQL');
CREATE FUNCTION below(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
CREATE FUNCTION maybe(p float8) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT random() < p';

-- A tenant of ten resources for each round, on the same two days.
CREATE FUNCTION make_world(t text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text;
    start timestamptz;
BEGIN
    FOR n IN 0..9 LOOP
        name := 'r' || n;
        PERFORM bookonce.define_resource(name, CASE WHEN maybe(0.2) THEN 2 ELSE 1 END,
            CASE WHEN maybe(0.2) THEN interval '15 min' ELSE '0' END, CASE WHEN maybe(0.2) THEN interval '30 min'
                ELSE '0' END,
            (ARRAY['UTC', 'Europe/Paris', 'America/New_York'])[1 + below(3)],
            max_ahead => CASE WHEN maybe(0.05) THEN interval '1 day' END,
            max_duration => CASE WHEN maybe(0.1) THEN interval '45 min' END,
            start_every => CASE WHEN maybe(0.2) THEN interval '30 min' END,
            attributes => CASE WHEN maybe(0.9)
                THEN jsonb_strip_nulls(jsonb_build_object('seats', 1 + below(6), 'projector', maybe(0.5),
                'floor', CASE WHEN maybe(0.7) THEN below(3) END,
                'speaks', (SELECT jsonb_agg(l) FROM unnest('{de,fr,it}'::text[]) AS l WHERE maybe(0.5)))) END,
                    tenant => t);
        IF maybe(0.3) THEN
            FOR day IN 1..7 LOOP
                PERFORM bookonce.set_opening_hours(name, day, ARRAY[time '06:00' + below(4) * interval '1 hour'],
                    ARRAY[time '14:00' + below(9) * interval '1 hour'], tenant => t);
            END LOOP;
        END IF;
        IF maybe(0.2) THEN PERFORM bookonce.set_booking_limit(name, 'day', 1 + below(4), tenant => t); END IF;
        FOR i IN 1..below(7) LOOP
            start := timestamptz '2030-01-07 06:00' + below(48) * interval '15 min';
            PERFORM bookonce.book_slot(name, tstzrange(start, start + (1 + below(8)) * interval '15 min'), 'before',
                tenant => t);
        END LOOP;
        IF maybe(0.15) THEN
            start := timestamptz '2030-01-07 06:00' + below(12) * interval '1 hour';
            PERFORM bookonce.close_resource(ARRAY[name], tstzrange(start, start + interval '2 hours'), tenant => t);
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION takes(t text, name text, slot tstzrange) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    told bookonce.outcome;
BEGIN
    told := (bookonce.book_slot(name, slot, 'probe', tenant => t)).outcome;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told = 'booked';
END
$$;

-- A need at random: names, conditions, or both.
CREATE FUNCTION some_need() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    need jsonb := '{}';
    conditions jsonb := '{}';
BEGIN
    IF maybe(0.3) THEN need := need || jsonb_build_object('count', 1 + below(3)); END IF;
    IF maybe(0.6) THEN
        need := need || jsonb_build_object('any_of', (SELECT jsonb_agg('r' || below(10))
            FROM generate_series(0, 1 + below(4))));
        IF maybe(0.6) THEN RETURN need; END IF;
    END IF;
    IF maybe(0.4) THEN conditions := conditions || jsonb_build_object('seats', CASE below(4)
        WHEN 0 THEN to_jsonb(1 + below(6)) WHEN 1 THEN jsonb_build_object('at_least', 1 + below(6))
        WHEN 2 THEN jsonb_build_object('at_most', 1 + below(6)) ELSE jsonb_build_object('at_least', 2, 'at_most',
            4.5) END); END IF;
    IF maybe(0.4) THEN conditions := conditions || jsonb_build_object('projector', maybe(0.7)); END IF;
    IF maybe(0.3) THEN conditions := conditions || jsonb_build_object('floor',
        jsonb_build_object('one_of', jsonb_build_array(below(3), below(3)))); END IF;
    IF conditions = '{}' OR maybe(0.3) THEN conditions := conditions || jsonb_build_object('speaks', CASE
        WHEN maybe(0.5)
        THEN '"de"' ELSE '{"all_of": ["de", "fr"]}' END::jsonb); END IF;
    RETURN need || jsonb_build_object('where', conditions);
END
$$;

-- Does a resource fit? By plain comparisons.
CREATE FUNCTION fits(a jsonb, conditions jsonb) RETURNS boolean LANGUAGE sql AS $$
    SELECT coalesce(bool_and(CASE
        WHEN jsonb_typeof(c.value) <> 'object' THEN CASE WHEN jsonb_typeof(a->c.key) = 'array'
            THEN (a->c.key) @> c.value ELSE coalesce(a->c.key = c.value, false) END
        ELSE coalesce((a->>c.key) IS NOT NULL
            AND (NOT c.value ? 'at_least' OR (a->>c.key)::numeric >= (c.value->>'at_least')::numeric)
            AND (NOT c.value ? 'at_most' OR (a->>c.key)::numeric <= (c.value->>'at_most')::numeric)
            AND (NOT c.value ? 'one_of' OR (c.value->'one_of') @> (a->c.key))
            AND (NOT c.value ? 'all_of' OR (a->c.key) @> (c.value->'all_of')), false) END), true)
    FROM jsonb_each(conditions) AS c
$$;

-- Who fits a need, in the order of preference.
CREATE FUNCTION choices(t text, need jsonb) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(r.resource ORDER BY coalesce(x.n, 0), r.resource COLLATE "C")
    FROM bookonce.resource AS r
    LEFT JOIN (SELECT name, min(n) AS n FROM jsonb_array_elements_text(need->'any_of') WITH ORDINALITY AS e(name, n)
    GROUP BY name) AS x ON x.name = r.resource
    WHERE r.tenant = t AND (need->'any_of' IS NULL OR x.n IS NOT NULL)
        AND (need->'where' IS NULL OR fits(r.attributes, need->'where'))
$$;

-- All combinations, one after another: the first in which everybody is free, and nobody is named twice.
CREATE FUNCTION brute(lists jsonb, used text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    name text;
    found text[];
BEGIN
    IF cardinality(used) = jsonb_array_length(lists) THEN RETURN used; END IF;
    FOR name IN SELECT jsonb_array_elements_text(lists->cardinality(used)) LOOP
        CONTINUE WHEN name = ANY (used);
        found := brute(lists, used || name);
        IF found IS NOT NULL THEN RETURN found; END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- How much of a resource is booked within twelve hours of a time.
CREATE FUNCTION load(t text, name text, at timestamptz) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM bookonce.live_booking AS b
    WHERE b.tenant = t AND b.resource = name AND b.blocks && tstzrange(at - interval '12 hours',
        at + interval '12 hours')
$$;

CREATE TABLE wrong (what text, tenant text, needs jsonb, slot tstzrange, told text, expected text);
CREATE TABLE tried (places integer, is_whole boolean);

CREATE FUNCTION booked_needs(t text, needs jsonb, slot tstzrange, pick text, keep boolean) RETURNS
    bookonce.booking_answer[] LANGUAGE plpgsql AS $$
DECLARE
    told bookonce.booking_answer[];
BEGIN
    told := ARRAY(SELECT b FROM bookonce.book_needs(needs, slot, 'holder', pick => pick, tenant => t) AS b);
    IF NOT keep THEN RAISE EXCEPTION USING ERRCODE = 'ZZ999'; END IF;
    RETURN told;
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told;
END
$$;

CREATE FUNCTION try_case(t text, needs jsonb, slot tstzrange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lists jsonb := '[]'; -- of each place: who fits and is free
    filled jsonb := '[]';
    is_filled boolean[] := '{}';
    named text[] := '{}';
    free jsonb;
    fitting text[];
    expected text[];
    told bookonce.booking_answer[];
    pick text := (ARRAY['first', 'least_booked', 'tightest'])[1 + below(3)];
    listed text[];
BEGIN
    FOR i IN 0..jsonb_array_length(needs) - 1 LOOP
        fitting := choices(t, needs->i);
        named := named || fitting;
        IF fitting IS NULL OR cardinality(fitting) < coalesce((needs->i->>'count')::integer, 1) THEN
            BEGIN
                PERFORM bookonce.find_slots(needs, slot, '15 min', tenant => t);
                INSERT INTO wrong VALUES ('unfit, and no error', t, needs, slot);
            EXCEPTION WHEN invalid_parameter_value THEN
                RETURN;
            END;
        END IF;
        free := (SELECT coalesce(jsonb_agg(f.name ORDER BY f.n), '[]')
            FROM unnest(fitting) WITH ORDINALITY AS f(name, n) WHERE takes(t, f.name, slot));
        FOR k IN 1..coalesce((needs->i->>'count')::integer, 1) LOOP lists := lists || jsonb_build_array(free); END LOOP;
    END LOOP;
    expected := brute(lists, '{}');
    INSERT INTO tried VALUES (jsonb_array_length(lists), expected IS NOT NULL);
    listed := (SELECT resources FROM bookonce.find_slots(needs, slot, upper(slot) - lower(slot),
        upper(slot) - lower(slot), tenant => t));
    IF listed IS DISTINCT FROM expected THEN
        INSERT INTO wrong VALUES ('find_slots', t, needs, slot, listed::text, expected::text);
    END IF;
    IF pick = 'least_booked' THEN
        expected := brute((SELECT jsonb_agg((SELECT coalesce(jsonb_agg(n.name ORDER BY load(t, n.name, lower(slot)),
            array_position(named, n.name)), '[]') FROM jsonb_array_elements_text(l.list) AS n(name)) ORDER BY l.n)
            FROM jsonb_array_elements(lists) WITH ORDINALITY AS l(list, n)), '{}');
    END IF;
    FOR i IN 0..jsonb_array_length(lists) - 1 LOOP
        is_filled := is_filled || (brute(filled || jsonb_build_array(lists->i), '{}') IS NOT NULL);
        IF is_filled[i + 1] THEN filled := filled || jsonb_build_array(lists->i); END IF;
    END LOOP;
    told := booked_needs(t, needs, slot, pick, maybe(0.2));
    IF expected IS NOT NULL AND (EXISTS (SELECT FROM unnest(told) AS b WHERE b.outcome <> 'booked')
            OR CASE WHEN pick = 'tightest' THEN (SELECT count(DISTINCT b.resource)
            FROM unnest(told) AS b) <> cardinality(expected)
                ELSE ARRAY(SELECT b.resource FROM unnest(told) AS b) <> expected END)
        OR expected IS NULL AND ARRAY(SELECT b.outcome = 'aborted' FROM unnest(told) AS b) <> is_filled
    THEN
        INSERT INTO wrong VALUES ('book_needs ' || pick, t, needs, slot, told::text,
            coalesce(expected, is_filled::text[])::text);
    END IF;
END
$$;

-- Over a longer time, find_slots() lists what it lists of each slot by itself.
CREATE FUNCTION try_stretch(t text, needs jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO wrong
    SELECT 'a stretch', t, needs, slot, a.resources::text, b.resources::text
    FROM (SELECT tstzrange(s, s + interval '30 min') AS slot
    FROM generate_series(timestamptz '2030-01-07 04:00', '2030-01-07 20:00', '20 min') AS s) AS s
    LEFT JOIN bookonce.find_slots(needs, '[2030-01-07 04:00, 2030-01-07 20:30)', '30 min', '20 min', tenant => t) AS a
        ON a.during = slot
    LEFT JOIN LATERAL (SELECT resources FROM bookonce.find_slots(needs, slot, '30 min', '20 min', tenant => t))
        AS b ON true
    WHERE a.resources IS DISTINCT FROM b.resources;
EXCEPTION WHEN invalid_parameter_value THEN
    NULL; -- nobody fits
END
$$;

CREATE FUNCTION round(n integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t text := 'world:' || n;
    needs jsonb;
    start timestamptz;
BEGIN
    PERFORM make_world(t);
    FOR i IN 1..20 LOOP
        needs := (SELECT jsonb_agg(some_need()) FROM generate_series(0, below(3)));
        start := timestamptz '2030-01-07 06:00' + below(48) * interval '15 min';
        PERFORM try_case(t, needs, tstzrange(start, start + (1 + below(4)) * interval '15 min'));
    END LOOP;
    PERFORM try_stretch(t, needs);
END
$$;
SQL

query(join ";\n", "SELECT setseed($seed / 1e6)", map { "SELECT round($_)" } 1 .. $rounds);
my ($cases, $whole, $places) = split /\|/,
    query('SELECT count(*), count(*) FILTER (WHERE is_whole), count(*) FILTER (WHERE places > 2) FROM tried');
note "$cases cases, $whole of them with a whole match, $places of more than two places";
cmp_ok($cases, '>', 10 * $rounds, 'there was something to match');
cmp_ok($whole, '>', $cases / 5, 'there often was a whole match');
cmp_ok($whole, '<', $cases * 0.9, 'and often none');
cmp_ok($places, '>', $cases / 5, 'many had more than two places');
is(query('SELECT * FROM wrong LIMIT 5'),
    '', "what brute force finds is found, and it is the first (BOOKONCE_SEED=$seed)");

# A clinic: 16 clients, each wants a doctor and a room at every hour. Five get both, and then there is no room left.
query(
    "SELECT bookonce.define_resource(kind || ':' || n, attributes => jsonb_build_object('kind', kind))
    FROM (VALUES ('doctor', 8), ('room', 5)) AS k(kind, most), generate_series(1, most) AS n");
my $hours = 30 * ($ENV{BOOKONCE_STORM} // 1);
my $file = "$PostgreSQL::Test::Utils::tmp_check/clinic.sql";
append_to_file($file, <<'SQL');
\set n :n + 1
\set pick random(0, 2)
SELECT count(*) FROM bookonce.book_needs(CASE WHEN :client_id % 2 = 0
    THEN '[{"where": {"kind": "doctor"}}, {"where": {"kind": "room"}}]'
        ELSE '[{"any_of": ["room:5", "room:4", "room:3", "room:2", "room:1"]},
            {"any_of": ["doctor:8", "doctor:7", "doctor:6", "doctor:5", "doctor:4", "doctor:3", "doctor:2",
                "doctor:1"]}]' END::jsonb,
    tstzrange(timestamptz '2031-01-01' + :n * interval '1 hour', timestamptz '2031-01-01' + (:n + 1)
        * interval '1 hour'),
    'patient:' || :client_id, pick => (ARRAY['first', 'least_booked', 'tightest'])[1 + :pick],
    idempotency_key => CASE WHEN :client_id % 3 = 0 THEN format('visit:%s:%s', :client_id, :n) END);
SQL
$node->command_checks_all(
    [ 'pgbench', '-n', "--random-seed=$seed", '-c', 16, '-j', 2, '-t', $hours, '-D', 'n=0', '-f', $file, 'postgres' ],
    0,
    [qr/processed: \d+/],
    [qr/^((?!error|abort).)*$/is],
    '16 clients, 8 doctors, 5 rooms: no client sees an error');
is( query(
        "SELECT min(visits) || ' ' || max(visits) || ' ' || min(of_two) || ' ' || max(of_two) || ' ' || sum(odd) FROM (
        SELECT count(*) AS visits, min(members) AS of_two, max(members) AS most, count(*) FILTER (WHERE doctors <> 1
            OR rooms <> 1) AS odd
        FROM (SELECT during, group_id, count(*) AS members, count(*) FILTER (WHERE resource LIKE 'doctor%') AS doctors,
            count(*) FILTER (WHERE resource LIKE 'room%') AS rooms
              FROM bookonce.live_booking WHERE tenant = 'default' AND during >= '[2031-01-01, 2032-01-01)'
              GROUP BY during, group_id) AS g
        GROUP BY during) AS hours"
    ),
    '5 5 2 2 0',
    'at every hour, five have a doctor and a room');
is( query(
        "SELECT count(*) FROM bookonce.booking AS a JOIN bookonce.booking AS b ON a.resource_id = b.resource_id
            AND a.unit = b.unit AND a.booking_id < b.booking_id
         AND a.blocks && b.blocks AND a.released_at IS NULL AND b.released_at IS NULL"
    ),
    '0',
    'and nobody is booked twice');
unlike(slurp_file($node->logfile), qr/deadlock detected/, 'nobody met a deadlock');

done_testing();
