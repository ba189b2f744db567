# parts.pl: resources with parts are booked, moved, checked in, ended and cancelled exactly as a count by hand says.
#
# Each round makes resources at random, each a part of others before it (random trees, in which ways meet), and random
# calls on them. Brute force tells the answer to each: a resource and all that it takes along must have the units, at
# each hour. They go to other resources, and change places, with other parts or none. Availability is asked in between,
# and at the end the rows are counted. Every other round is about today, in
# which half of the hours are over: there bookings end early, and holders do not come.
#
# Then 12 clients book wholes that share parts, or have them as providers of requests, each call in a transaction of its
# own: no deadlock, and no part is taken twice. BOOKONCE_SEED repeats a run; BOOKONCE_STORM=N makes it N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(max min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 16 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $rounds rounds";
srand $seed;

my $node = PostgreSQL::Test::Cluster->new('parts');
$node->init;
$node->append_conf('postgresql.conf',
    "fsync = off\nautovacuum = off\njit = off\ntimezone = UTC\ndeadlock_timeout = 20ms\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

query(<<'SQL');
CREATE EXTENSION bookonce;
SELECT bookonce.setup();
CREATE FUNCTION hours(first integer, count integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange('2099-01-05'::timestamptz + make_interval(hours => first),
                        '2099-01-05'::timestamptz + make_interval(hours => first + count)) $$;
DO $do$
BEGIN
    -- The sixth hour of this day is half over.
    EXECUTE format('CREATE FUNCTION today(first integer, count integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
        $$ SELECT tstzrange(%1$L::timestamptz + make_interval(hours => first),
                            %1$L::timestamptz + make_interval(hours => first + count)) $$',
        now() - interval '5 hours 30 minutes');
END
$do$;
CREATE FUNCTION hour_of(slot tstzrange, first tstzrange) RETURNS integer IMMUTABLE LANGUAGE sql AS
    $$ SELECT (extract(epoch FROM lower(slot) - lower(first)) / 3600)::integer $$;
CREATE FUNCTION id_of(t text, key text) RETURNS uuid LANGUAGE sql AS
    $$ SELECT booking_id FROM bookonce.booking WHERE tenant = t AND holder = split_part(key, '.', 1) AND member > 0
       ORDER BY booking_id OFFSET split_part(key, '.', 2)::integer LIMIT 1 $$;
SQL

my $hours = 12;
my $running = 5; # the hour that is half over, where a round is about today
my (@capacity, @asks, @own, @all, %live, %used);

# What a resource takes along, itself too: resource => units.
sub all_of
{
    my ($whole) = @_;
    my %units = ($whole => 1);
    for my $part (keys %{ $own[$whole] }) {
        my $below = all_of($part);
        $units{$_} += $own[$whole]{$part} * $below->{$_} for keys %$below;
    }
    return \%units;
}

# The resources that lack units for so many of the whole, at any of these hours.
sub lacking
{
    my ($whole, $first, $count, $times) = @_;
    my $units = $all[$whole];
    my %lacking;
    for my $name (keys %$units) {
        for my $hour ($first .. $first + $count - 1) {
            $lacking{$name} = 1 if ($used{$name}{$hour} // 0) + $times * $units->{$name} > $capacity[$name];
        }
    }
    return \%lacking;
}

sub take
{
    my ($booking, $sign) = @_;
    my ($whole, $first, $count) = @$booking{qw(whole first count)};
    for my $name (keys %{ $all[$whole] }) {
        $used{$name}{$_} += $sign * $all[$whole]{$name} for $first .. $first + $count - 1;
    }
}

# The answers of check_in() and no_show() for the booking's present state, and its state afterwards.
sub arrive
{
    my ($verb, $key, $is_today) = @_;
    my $it = $live{$key};
    my $has_begun = $is_today && $it->{first} <= $running;
    return 'not_live false' if $it->{is_held};
    if ($verb eq 'check_in') {
        my $told = $it->{is_due} ? 'checked_in false' : 'checked_in true';
        $it->{is_due} = 0;
        return $told;
    }
    return 'not_live false' unless $has_begun;
    if ($verb eq 'no_show') {
        return 'checked_in false' if $asks[ $it->{whole} ] && !$it->{is_due};
        take(delete $live{$key}, -1);
        return 'no_show false';
    }
    return 'rescheduled true' if $it->{has_ended} || $it->{first} + $it->{count} <= $running;
    take($it, -1);
    @$it{qw(is_due has_ended count)} = (0, 1, $running + 1 - $it->{first});
    take($it, 1);
    return 'rescheduled false';
}

# Returns the calls of a round, and what is expected of each.
sub make_round
{
    my ($t, $is_today) = @_;
    my $hours_of = $is_today ? 'today' : 'hours';
    my $count = 4 + int rand 7;
    my (@calls, @expected);
    my $call = sub { my ($sql, $expected) = @_; push @calls, $sql; push @expected, $expected };

    %live = %used = @own = @all = ();
    @capacity = map { 1 + int rand 5 } 1 .. $count;
    @asks = map { rand() < 0.4 ? 1 : 0 } 1 .. $count;
    $call->(
        "SELECT count(bookonce.define_resource('r' || n, (ARRAY["
            . join(',', @capacity)
            . "])[n + 1], check_in_within => CASE WHEN (ARRAY["
            . join(',', @asks)
            . "])[n + 1] = 1 THEN interval '20 hours' END, tenant => '$t'))"
            . " FROM generate_series(0, $count - 1) AS n",
        $count);
    for my $whole (reverse 0 .. $count - 1) {
        my %parts = map { rand() < 0.35 ? ($_ => 1 + int rand 2) : () } $whole + 1 .. $count - 1;
        $own[$whole] = \%parts;
        my $units = all_of($whole);
        my $fits = !grep { $units->{$_} > $capacity[$_] } keys %$units;
        my @names = sort { $a <=> $b } keys %parts;
        if (@names) {
            my $list = join ',', map { "r$_" } @names;
            my $quantities = join ',', map { $parts{$_} } @names;
            push @calls,
                  "DO \$do\$ BEGIN PERFORM bookonce.set_parts('r$whole', '{$list}', '{$quantities}', tenant => '$t');"
                . ($fits ? '' : " RAISE 'set'; EXCEPTION WHEN invalid_parameter_value THEN NULL;")
                . " END \$do\$";
        }
        $own[$whole] = {} unless $fits;
        $all[$whole] = all_of($whole);
    }
    for my $n (1 .. 80) {
        my $whole = int rand $count;
        my $first = int rand $hours;
        my $length = 1 + int rand min(3, $hours - $first);
        my $slot = "$hours_of($first, $length)";
        my $kind = rand;
        my @keys = sort keys %live;
        my $key = @keys ? $keys[ rand @keys ] : undef;
        if ($kind < 0.1) {
            my @any = map { int rand $count } 1 .. 3;
            my ($free) = grep { !%{ lacking($_, $first, $length, 1) } } @any;
            $call->(
                "SELECT outcome || ' ' || coalesce(resource, '') FROM bookonce.book_any_slot('{"
                    . join(',', map { "r$_" } @any)
                    . "}', $slot, 'h$n', idempotency_key => '$n', tenant => '$t')",
                defined $free ? "booked r$free" : 'taken ');
            next unless defined $free;
            $live{"h$n.0"} =
                { whole => $free, first => $first, count => $length, is_held => 0, is_due => $asks[$free] };
            take($live{"h$n.0"}, 1);
        }
        elsif ($kind < 0.45) {
            my $times = $capacity[$whole] > 1 && rand() < 0.3 ? 2 : 1;
            my $lacking = lacking($whole, $first, $length, $times);
            my $hold = rand() < 0.3 ? "interval '1 day'" : 'NULL';
            my $as_slots = rand() < 0.4;
            $call->(
                $as_slots
                ? "SELECT outcome || ' ' || CASE WHEN outcome = 'taken' THEN resource ELSE '' END "
                    . "FROM bookonce.book_slots(ARRAY[('r$whole', $slot, $times, NULL, NULL, NULL)]"
                    . "::bookonce.slot_request[], 'h$n', hold_for => $hold, idempotency_key => '$n', tenant => '$t')"
                : "SELECT outcome || ' ' || CASE WHEN outcome = 'taken' THEN resource ELSE '' END "
                    . "FROM bookonce.book_slot('r$whole', $slot, 'h$n', $times, hold_for => $hold, "
                    . "idempotency_key => '$n', tenant => '$t')",
                %$lacking ? qr/^taken r(?:@{[join '|', keys %$lacking]})$/ : qr/^booked $/);
            next if %$lacking;
            my $is_held = $hold eq 'NULL' ? 0 : 1;
            my $is_due = $asks[$whole] && !$is_held;
            for my $unit (0 .. $times - 1) {
                $live{"h$n.$unit"} =
                    { whole => $whole, first => $first, count => $length, is_held => $is_held, is_due => $is_due };
                $live{"h$n.$unit"}{is_party} = 1 if $times > 1 && !%{ $own[$whole] };
                $live{"h$n.$unit"}{group} = $n if $times == 1 && ($as_slots || %{ $own[$whole] });
                take($live{"h$n.$unit"}, 1);
            }
        }
        elsif ($kind < 0.52 && $key) {
            $call->("SELECT outcome FROM bookonce.cancel_booking(id_of('$t', '$key'), tenant => '$t')", 'cancelled');
            take(delete $live{$key}, -1);
        }
        elsif ($kind < 0.57 && $key) {
            $call->("SELECT outcome FROM bookonce.confirm_booking(id_of('$t', '$key'), tenant => '$t')", 'confirmed');
            @{ $live{$key} }{qw(is_held is_due)} = (0, $asks[ $live{$key}{whole} ]) if $live{$key}{is_held};
        }
        elsif ($kind < 0.61 && $key) {
            $call->(
                "SELECT outcome FROM bookonce.extend_hold(id_of('$t', '$key'), '2 days', tenant => '$t')",
                $live{$key}{is_held} ? 'extended' : 'not_live');
        }
        elsif ($kind < 0.73 && $key) {
            my $verb = (qw(check_in no_show end_booking))[ rand 3 ];
            $call->(
                "SELECT outcome || ' ' || replayed FROM bookonce.$verb(id_of('$t', '$key'), tenant => '$t')",
                arrive($verb, $key, $is_today));
        }
        elsif ($kind < 0.77 && $key) {
            my $other = $keys[ rand @keys ];
            next if $other eq $key;
            my $fits = !grep { $live{ $_->[0] }{is_party} && %{ $own[ $live{ $_->[1] }{whole} ] } } [ $key, $other ],
                [ $other, $key ];
            next if !$fits; # refused: a unit of a party gets no parts
            $call->(
                "SELECT outcome || ' ' || resource FROM bookonce.swap_bookings(id_of('$t', '$key'), "
                    . "id_of('$t', '$other'), tenant => '$t')",
                "swapped r$live{$other}{whole}");
            my ($one, $two) = @live{ $key, $other };
            for my $pair ([ $one, {%$two} ], [ $two, {%$one} ]) {
                my ($it, $there) = @$pair;
                my $stays = $it->{whole} == $there->{whole} && $it->{first} == $there->{first};
                $it->{is_due} = $asks[ $there->{whole} ] unless $it->{is_held} || $stays;
                @$it{qw(whole first count has_ended)} = @$there{qw(whole first count has_ended)};
            }
        }
        elsif ($kind < 0.80 && $key && $whole != $live{$key}{whole} && !($live{$key}{is_party} && %{ $own[$whole] })) {
            my $it = $live{$key};
            take($it, -1);
            my $lacking = lacking($whole, $first, $length, 1);
            $call->(
                "SELECT outcome || ' ' || CASE WHEN outcome = 'taken' AND resource <> 'r$it->{whole}' "
                    . "THEN resource ELSE '' END FROM "
                    . "bookonce.reschedule_booking(id_of('$t', '$key'), $slot, 'r$whole', tenant => '$t')",
                %$lacking ? qr/^taken / : qr/^rescheduled $/);
            if (!%$lacking) {
                $it->{is_due} = $asks[$whole] unless $it->{is_held};
                @$it{qw(whole first count has_ended)} = ($whole, $first, $length, 0);
            }
            take($it, 1);
        }
        elsif ($kind < 0.85 && $key) {
            take($live{$key}, -1);
            my $lacking = lacking($live{$key}{whole}, $first, $length, 1);
            my $group = $is_today || rand() < 0.5 ? undef : $live{$key}{group}; # what is over stays in its group
            my $move =
                defined $group
                ? "reschedule_group((SELECT group_id FROM bookonce.booking WHERE tenant = '$t' "
                . "AND idempotency_key = '$group'), durings => ARRAY[$slot], tenant => '$t')"
                : "reschedule_booking(id_of('$t', '$key'), $slot, tenant => '$t')";
            $call->(
                "SELECT outcome || ' ' || CASE WHEN outcome = 'taken' THEN resource ELSE '' END FROM bookonce.$move",
                %$lacking ? qr/^taken r(?:@{[join '|', keys %$lacking]})$/ : qr/^rescheduled $/);
            if (!%$lacking) {
                my $it = $live{$key};
                $it->{is_due} = $asks[ $it->{whole} ] unless $it->{is_held} || $it->{first} == $first;
                @$it{qw(first count has_ended)} = ($first, $length, 0);
            }
            take($live{$key}, 1);
        }
        elsif ($kind < 0.92) {
            my $left = 0;
            $left++ while $left < $capacity[$whole] && !%{ lacking($whole, $first, $length, $left + 1) };
            $call->("SELECT bookonce.places_left('r$whole', $slot, tenant => '$t')", $left);
            $call->(
                "SELECT count(*) FROM bookonce.explain_slot('r$whole', $slot, tenant => '$t')",
                scalar keys %{ lacking($whole, $first, $length, 1) });
        }
        else {
            my @free = grep { !%{ lacking($whole, $_, 1, 1) } } 0 .. $hours - 1;
            $call->(
                "SELECT string_agg(hour_of(f, $hours_of(0, 1))::text, ' ' ORDER BY f) "
                    . "FROM bookonce.free_slots('r$whole', $hours_of(0, $hours), '1 hour', tenant => '$t') AS f",
                "@free");
            $call->(
                "SELECT string_agg(n::text, ' ' ORDER BY n) FROM generate_series(0, $hours - 1) AS n "
                    . "WHERE $hours_of(n, 1) <@ bookonce.free_time('r$whole', $hours_of(0, $hours), tenant => '$t')",
                "@free");
        }
    }
    for my $name (0 .. $count - 1) {
        my @rows;
        for my $hour (0 .. $hours - 1) { push @rows, "$hour:$used{$name}{$hour}" if $used{$name}{$hour} }
        $call->(
            "SELECT string_agg(n || ':' || c, ' ' ORDER BY n) "
                . "FROM (SELECT n, count(*) AS c FROM generate_series(0, $hours - 1) AS n "
                . "JOIN bookonce.booking AS b ON b.tenant = '$t' AND b.released_at IS NULL "
                . "AND b.during && $hours_of(n, 1) "
                . "JOIN bookonce.resource AS r USING (resource_id) WHERE r.resource = 'r$name' GROUP BY n) AS c",
            "@rows");
    }
    return (\@calls, \@expected);
}

my ($wrong, $asked) = (0, 0);
for my $round (1 .. $rounds) {
    my ($calls, $expected) = make_round("t$round", $round % 2 == 0);
    my @told = split /\n/, query("SELECT setseed(0.5);" . join('', map { "$_;\n" } @$calls)), -1;
    shift @told; # of setseed
    @told = map { $_ // '' } @told;
    my @asked = grep { !/^DO / } @$calls;
    for my $i (0 .. $#$expected) {
        $asked++;
        my $told = $told[$i] // 'nothing';
        next if ref $expected->[$i] ? $told =~ $expected->[$i] : $told eq $expected->[$i];
        diag "round $round: $asked[$i]\n told $told, expected $expected->[$i]" if $wrong++ < 5;
    }
}
is($wrong, 0, "all $asked answers are those of a count by hand");
is(query('SELECT DISTINCT problem FROM bookonce.check_integrity()'), '', 'check_integrity() finds nothing');

# Wholes that share their parts, in all orders.
query(<<'SQL');
SELECT bookonce.define_resource('p' || n, 2) FROM generate_series(1, 6) AS n;
SELECT bookonce.define_resource('w' || n, check_in_within => CASE WHEN n % 2 = 0 THEN interval '20 hours' END)
FROM generate_series(1, 12) AS n;
SELECT bookonce.set_parts('w' || n,
    ARRAY(SELECT 'p' || 1 + (n * 5 + k * (1 + n % 2)) % 6 FROM generate_series(0, 2) AS k))
FROM generate_series(1, 12) AS n;
SQL
my $script = $node->basedir . '/wholes.sql';
append_to_file($script, <<'SQL');
\set one random(1, 12)
\set other random(1, 12)
\set hour random(0, 12)
\set verb random(1, 8)
SELECT count(*) FROM bookonce.book_slots(ARRAY[('w' || :one, today(:hour, 2), 1, NULL, NULL, NULL),
    ('w' || :other, today(:hour + 2, 1), 1, NULL, NULL, NULL),
    ('p' || 1 + :one % 6, today(:hour + 3, 1), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'storm ' || :client_id,
    all_or_nothing => :verb::integer % 2 = 0);
SELECT outcome FROM bookonce.book_any_slot(ARRAY['p' || 1 + :other % 6, 'w' || :one, 'w' || :other],
    today(:hour + 1, 2), 'storm ' || :client_id);
SELECT count(CASE :verb::integer WHEN 1 THEN (bookonce.check_in(b.booking_id)).outcome
    WHEN 2 THEN (bookonce.no_show(b.booking_id)).outcome WHEN 3 THEN (bookonce.end_booking(b.booking_id)).outcome
    WHEN 4 THEN (bookonce.change_booking(b.booking_id, 'storm ' || (:client_id + 1) % 12)).outcome
    WHEN 7 THEN (bookonce.reschedule_booking(b.booking_id, today(:hour + 1, 1),
        (ARRAY['w' || :other, 'p' || 1 + :one % 6])[1 + :one % 2])).outcome
    WHEN 8 THEN (SELECT (bookonce.swap_bookings(b.booking_id, o.booking_id)).outcome FROM bookonce.booking AS o
        WHERE o.tenant = 'default' AND o.member > 0 AND o.released_at IS NULL AND o.booking_id <> b.booking_id
        ORDER BY random() LIMIT 1)
    ELSE (bookonce.cancel_booking(b.booking_id)).outcome END)
FROM (SELECT booking_id FROM bookonce.booking
    WHERE tenant = 'default' AND holder = 'storm ' || :client_id AND member > 0 AND released_at IS NULL
    ORDER BY random() LIMIT 1) AS b;
SQL
my $visits = $node->basedir . '/visits.sql';
append_to_file($visits, <<'SQL');
\set one random(1, 12)
\set other random(1, 12)
\set third random(1, 12)
\set hour random(6, 12)
\set verb random(1, 7)
SELECT request_id FROM bookonce.open_request(today(:hour, 1), 2, 'storm ' || :client_id) \gset
SELECT count(*) FROM bookonce.make_offers(:request_id::text::uuid, ARRAY['w' || :one, 'w' || :other]);
SELECT (bookonce.accept_offer(o.offer_id, o.provider)).outcome FROM bookonce.offer_status AS o
WHERE o.request_id = :request_id::text::uuid AND o.provider = 'w' || :one;
SELECT (bookonce.accept_offer(o.offer_id, o.provider)).outcome FROM bookonce.offer_status AS o
WHERE o.request_id = :request_id::text::uuid AND o.provider = 'w' || :other;
SELECT (bookonce.reassign_position(a.request_id, a.provider, 'w' || :third)).outcome FROM bookonce.appointment AS a
WHERE a.request_id = :request_id::text::uuid AND a.provider <> 'w' || :third LIMIT 1;
SELECT count(CASE :verb::integer
    WHEN 1 THEN (bookonce.release_position(a.request_id, a.provider)).outcome
    WHEN 2 THEN (bookonce.cancel_request(a.request_id)).outcome
    WHEN 3 THEN (bookonce.reschedule_request(a.request_id, today(:hour + 1, 2))).outcome
    WHEN 4 THEN (bookonce.cancel_booking(a.booking_id)).outcome
    WHEN 5 THEN (SELECT min(g.outcome) FROM bookonce.reschedule_group(b.group_id, '1 hour') AS g)
    WHEN 6 THEN (SELECT min(g.outcome) FROM bookonce.cancel_group(b.group_id) AS g) END)
FROM (SELECT * FROM bookonce.appointment ORDER BY random() LIMIT 1) AS a
JOIN bookonce.booking AS b USING (tenant, booking_id) WHERE b.group_id IS NOT NULL;
SQL
my $transactions = 60 * ($ENV{BOOKONCE_STORM} // 1);
$node->command_ok([
        'pgbench', '-n', '-c', 12, '-j', 2, '-t', $transactions, '-f', $script, '-f', $visits, '-M', 'prepared',
        '--random-seed', $seed, 'postgres'
    ],
    'wholes that share parts are booked, checked in, handed on, ended, dispatched and cancelled by 12 clients');
is(query("SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"), '0', 'no deadlock');
is( query(
              "SELECT count(*) FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) "
            . "WHERE b.tenant = 'default' AND r.resource LIKE 'w%' AND b.released_at IS NULL AND 3 <> (SELECT count(*) "
            . "FROM bookonce.booking AS p WHERE p.group_id = b.group_id AND p.member = -b.member "
            . "AND p.released_at IS NULL AND p.during = b.during AND p.holder = b.holder)"),
    '0',
    'each whole has its parts');
is( query(
              "SELECT count(*) FROM bookonce.booking AS p WHERE p.member < 0 AND p.released_at IS NULL AND NOT EXISTS ("
            . "SELECT FROM bookonce.booking AS b WHERE b.group_id = p.group_id AND b.member = -p.member "
            . "AND b.released_at IS NULL)"),
    '0',
    'and no part is left behind');
cmp_ok(
    query(
              'SELECT count(*) FROM bookonce.position AS p JOIN bookonce.booking AS b USING (tenant, booking_id) '
            . 'WHERE b.group_id IS NOT NULL'),
    '>', 0,
    'providers with parts had positions');
cmp_ok(
    query(
              "SELECT count(*) FROM bookonce.booking AS p JOIN bookonce.booking AS b ON b.group_id = p.group_id "
            . "AND b.member = -p.member WHERE p.status = 'cancelled' AND b.released_at IS NULL"),
    '>', 0,
    'wholes went to other resources');
cmp_ok(query("SELECT count(*) FROM bookonce.booking WHERE holder LIKE 'storm%' AND member < 0"),
    '>', 0, 'parts were booked');
cmp_ok(query("SELECT count(*) FROM bookonce.booking WHERE holder LIKE 'storm%' AND member < 0 AND status = 'expired'"),
    '>', 0, 'and left by those who did not come');
is(query('SELECT DISTINCT problem FROM bookonce.check_integrity()'), '', 'check_integrity() finds nothing');
$node->stop;
done_testing();
