# needs.pl: find_slots() and book_needs() find a whole match whenever there is one, and it is the first.
#
# Each case makes needs at random, of resources with random rules, parts, bookings and lines, and a slot. Who is free
# then is found out by book_slot() itself, in a subtransaction that is rolled back, and who fits by plain comparisons;
# then all combinations are tried one after another (brute force), in the order of preference. Where none is whole, the
# places that are filled must be those that a search by hand fills first.
#
# The server does the calls, many to a transaction, and the search is done here. Worlds whose cases have been tried are
# taken away: the plans are those of the first calls, for tables with hardly a row, and read all of them each time.
# In every third world, statements find who fits and who is free; in the others the light path, which must find the
# same.
#
# Then 16 clients want a doctor and a room at the same hours, of 8 doctors and 5 rooms. BOOKONCE_SEED repeats a run;
# BOOKONCE_STORM=N makes it N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use JSON::PP;
use List::Util qw(uniq);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 110 * ($ENV{BOOKONCE_STORM} // 1);
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
    is_limited boolean;
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
        -- Two halls of two rooms, which may have one in common.
        IF n > 7 THEN
            PERFORM bookonce.set_parts(name, ARRAY(SELECT r.resource FROM bookonce.resource AS r
                WHERE r.tenant = t AND r.resource < 'r8' AND r.capacity = 1 ORDER BY random() LIMIT below(3)),
                tenant => t);
        END IF;
        IF maybe(0.3) THEN
            FOR day IN 1..7 LOOP
                PERFORM bookonce.set_opening_hours(name, day, ARRAY[time '06:00' + below(4) * interval '1 hour'],
                    ARRAY[time '14:00' + below(9) * interval '1 hour'], tenant => t);
            END LOOP;
        END IF;
        -- A line does not foresee that what it is offered counts towards a limit: so none where one is.
        is_limited := maybe(0.2);
        IF is_limited THEN PERFORM bookonce.set_booking_limit(name, 'day', 1 + below(4), tenant => t); END IF;
        FOR i IN 1..below(7) LOOP
            start := timestamptz '2030-01-07 06:00' + below(48) * interval '15 min';
            PERFORM bookonce.book_slot(name, tstzrange(start, start + (1 + below(8)) * interval '15 min'), 'before',
                tenant => t);
        END LOOP;
        IF maybe(0.15) THEN
            start := timestamptz '2030-01-07 06:00' + below(12) * interval '1 hour';
            PERFORM bookonce.close_resource(ARRAY[name], tstzrange(start, start + interval '2 hours'), tenant => t);
        END IF;
        CONTINUE WHEN is_limited OR maybe(0.6) OR n > 7;
        -- Some wait for more than is taken, and some for a hold that has lapsed since, of which the line does not know.
        IF maybe(0.5) THEN PERFORM bookonce.set_waitlist(name, strict => true, tenant => t); END IF;
        start := timestamptz '2030-01-07 06:00' + below(48) * interval '15 min';
        PERFORM bookonce.book_slot(name, tstzrange(start, start + interval '1 hour'), 'gone', hold_for => '1 day',
            tenant => t);
        FOR i IN 1..1 + below(3) LOOP
            start := timestamptz '2030-01-07 06:00' + below(48) * interval '15 min';
            PERFORM bookonce.join_waitlist(name, tstzrange(start, start + (1 + below(8)) * interval '15 min'),
                'waits ' || i, tenant => t);
        END LOOP;
        UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE tenant = t AND holder = 'gone';
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

-- How much of a resource is booked within twelve hours of a time.
CREATE FUNCTION load(t text, name text, at timestamptz) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM bookonce.live_booking AS b
    WHERE b.tenant = t AND b.resource = name AND b.blocks && tstzrange(at - interval '12 hours',
        at + interval '12 hours')
$$;

CREATE TABLE wrong (what text, tenant text, needs jsonb, slot tstzrange, told text, expected text);
-- names: who fits, each once, in the order of the needs; parts: what each takes along; has_line: somebody waits for one
-- of them or of these; places: of each, who
-- fits and is free; listed: by find_slots().
CREATE TABLE tried (tenant text, needs jsonb, slot tstzrange, names text[], parts jsonb, has_line boolean, places jsonb,
    pick text, loads bigint[], listed text[], told jsonb);

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
    places jsonb := '[]';
    named text[] := '{}';
    free text[];
    fitting text[];
    listed text[];
    loads bigint[];
    pick text := (ARRAY['first', 'least_booked', 'tightest'])[1 + below(3)];
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
        FOR k IN 1..coalesce((needs->i->>'count')::integer, 1) LOOP
            places := places || jsonb_build_array(fitting);
        END LOOP;
    END LOOP;
    named := ARRAY(SELECT n.name FROM unnest(named) WITH ORDINALITY AS n(name, at) GROUP BY n.name ORDER BY min(n.at));
    free := ARRAY(SELECT name FROM unnest(named) AS name WHERE takes(t, name, slot));
    places := (SELECT jsonb_agg((SELECT coalesce(jsonb_agg(f.name ORDER BY f.n), '[]')
        FROM jsonb_array_elements_text(p.list) WITH ORDINALITY AS f(name, n) WHERE f.name = ANY (free)) ORDER BY p.n)
        FROM jsonb_array_elements(places) WITH ORDINALITY AS p(list, n));
    listed := (SELECT resources FROM bookonce.find_slots(needs, slot, upper(slot) - lower(slot),
        upper(slot) - lower(slot), tenant => t));
    IF pick = 'least_booked' THEN
        loads := ARRAY(SELECT load(t, n.name, lower(slot)) FROM unnest(named) WITH ORDINALITY AS n(name, at)
            ORDER BY n.at);
    END IF;
    INSERT INTO tried SELECT t, needs, slot, named, (SELECT jsonb_object_agg(name, ARRAY(SELECT p.part
            FROM bookonce.list_parts(name, t) AS p)) FROM unnest(named) AS name),
        EXISTS (SELECT FROM bookonce.resource AS r WHERE r.tenant = t AND r.has_waiters AND (r.resource = ANY (named)
            OR EXISTS (SELECT FROM unnest(named) AS name, bookonce.list_parts(name, t) AS p
                       WHERE p.part = r.resource))),
        places, pick, loads, listed,
        jsonb_agg(jsonb_build_array(b.outcome, b.resource) ORDER BY b.n)
        FROM unnest(booked_needs(t, needs, slot, pick, maybe(0.2))) WITH ORDINALITY
            AS b(outcome, replayed, booking_id, group_id, resource, units, during, status, lapses_at, busy, n);
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

# All combinations, one after another: the first in which nobody is named twice, or is a part of two, or is named and a
# part. What is left for a place follows from who has been named before it, in whatever order: what has led nowhere is
# not searched again.
sub brute
{
    my ($places, $parts, $i, $used, $failed) = (@_, 0, 0, {});
    return [] if $i == @$places;
    return undef if $failed->{"$i $used"};
    for my $name (@{ $places->[$i] }) {
        my $bits = 0;
        $bits |= 1 << substr $_, 1 for $name, @{ $parts->{$name} };
        next if $used & $bits;
        my $rest = brute($places, $parts, $i + 1, $used | $bits, $failed);
        return [ $name, @$rest ] if $rest;
    }
    $failed->{"$i $used"} = 1;
    return undef;
}

# Whether each place is filled where not all can be: those that come first are filled first.
sub filled
{
    my ($places, $parts) = @_;
    my (@taken, @filled);
    for my $place (@$places) {
        push @filled, brute([ @taken, $place ], $parts) ? 1 : 0;
        push @taken, $place if $filled[-1];
    }
    return @filled;
}

# Returns what is wrong with the answers to a case.
sub complaints
{
    my ($case) = @_;
    my @places = @{ $case->{places} };
    my $first = brute(\@places, $case->{parts});
    my $text = sub { ref $_[0] ? "@{$_[0]}" : 'nobody' };
    my @wrong;

    push @wrong, "find_slots() lists @{[$text->($case->{listed})]}, expected @{[$text->($first)]}"
        if $text->($case->{listed}) ne $text->($first);
    if ($case->{pick} eq 'least_booked') {
        my %load = map { $case->{names}[$_] => $case->{loads}[$_] } 0 .. $#{ $case->{names} };
        my %at = map { $case->{names}[$_] => $_ } 0 .. $#{ $case->{names} };
        @places = map {
            [ sort { $load{$a} <=> $load{$b} || $at{$a} <=> $at{$b} } @$_ ]
        } @places;
        $first = brute(\@places, $case->{parts});
    }
    my $outcomes = join ' ', map { $_->[0] } @{ $case->{told} };
    my @booked = map { $_->[1] // '' } @{ $case->{told} };
    my $told = "book_needs() by $case->{pick} says $outcomes of @booked";
    if (!$first) {
        my $filled = join '', filled(\@places, $case->{parts});
        my $aborted = join '', map { $_->[0] eq 'aborted' ? 1 : 0 } @{ $case->{told} };
        push @wrong, $told if $outcomes =~ /booked/ || $outcomes !~ /\b(?!aborted)\w/;
        # Whom a line keeps turns out when he is tried: not where others are missing. Of those that clash, it is one.
        push @wrong, "$told, expected aborted where $filled"
            if $filled ne $aborted && !$case->{has_line} && !grep { @$_ } values %{ $case->{parts} };
    }
    elsif ($outcomes ne join ' ', ('booked') x @$first) { push @wrong, "$told, expected @$first" }
    elsif ($case->{pick} eq 'tightest') { push @wrong, $told if uniq(@booked) != @$first }
    elsif ("@booked" ne "@$first") { push @wrong, "$told, expected @$first" }
    return @wrong;
}

my $clear = "DELETE FROM bookonce.booking WHERE tenant LIKE 'world:%'; DELETE FROM bookonce.waiter;\n"
    . 'VACUUM ANALYZE bookonce.booking, bookonce.waiter, bookonce.resource, bookonce.opening_hours, bookonce.closure';
my @worlds = map {
    my $way = $_ % 3 == 0 ? 'off' : 'on';
    ("SET bookonce.direct_insert = $way", "SELECT round($_)", $_ % 4 == 0 ? $clear : ())
} 1 .. $rounds;
query(join ";\n", "SELECT setseed($seed / 1e6)", @worlds);
my ($cases, $whole, $many, $wrong) = (0, 0, 0, 0);
for my $line (split /\n/, query('SELECT to_jsonb(t) FROM tried AS t')) {
    my $case = decode_json($line);
    $cases++;
    $whole++ if brute($case->{places}, $case->{parts});
    $many++ if @{ $case->{places} } > 2;
    for my $what (complaints($case)) { diag "$what: $line" if $wrong++ < 5 }
}
note "$cases cases, $whole of them with a whole match, $many of more than two places";
cmp_ok($cases, '>', 10 * $rounds, 'there was something to match');
cmp_ok($whole, '>', $cases / 5, 'there often was a whole match');
cmp_ok($whole, '<', $cases * 0.9, 'and often none');
cmp_ok($many, '>', $cases / 5, 'many had more than two places');
is($wrong, 0, "what brute force finds is found, and it is the first (BOOKONCE_SEED=$seed)");
is(query('SELECT * FROM wrong LIMIT 5'),
    '', 'a need that nobody fits is an error, and a long time lists what each of its slots does');

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
