# dispatch_storm: real connections accept, leave, hand on and cancel at random. Each request ends with the providers it
# asked for, nobody is in two places, and no client sees an error. BOOKONCE_SEED repeats a run. Each of its three storms
# is run three times where BOOKONCE_STORM > 1, else once. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $clients = 16;
my $accepts = 400;
my $seed = $ENV{BOOKONCE_SEED} // int(rand(1_000_000));

my $node = PostgreSQL::Test::Cluster->new('storm');
$node->init;
$node->append_conf('postgresql.conf',
    "log_line_prefix = '%e '\nautovacuum = off\ndeadlock_timeout = 100ms\nmax_connections = 40\n");
$node->start;
$node->safe_psql(
    'postgres', q{
    CREATE EXTENSION bookonce CASCADE;
    SELECT bookonce.setup();
    CREATE ROLE app LOGIN;
    SELECT bookonce.grant_usage('app');
    SELECT bookonce.define_resource('provider:' || n) FROM generate_series(1, 24) AS n;
});

# 40 requests of 2 positions, offered to all 24 providers. 20 stand alone in time; the others come in groups of 4 that
# overlap one another, and so compete for providers: 8 of the 24 at a time, so that every request can be filled.
sub open_requests
{
    $node->safe_psql(
        'postgres', q{
        TRUNCATE bookonce.booking, bookonce.request, bookonce."position", bookonce.offer;
        SELECT count(*) FROM generate_series(0, 39) AS n,
            LATERAL (SELECT request_id FROM bookonce.open_request(
                CASE WHEN n < 20 THEN tstzrange('2030-01-01 09:00Z'::timestamptz + n * interval '1 day',
                    '2030-01-01 10:00Z'::timestamptz + n * interval '1 day')
                     ELSE tstzrange('2030-03-01 09:00Z'::timestamptz + n / 4 * interval '1 day' + n % 4
                         * interval '15 minutes',
                                    '2030-03-01 10:00Z'::timestamptz + n / 4 * interval '1 day' + n % 4
                                        * interval '15 minutes') END,
                2, 'user:' || n)) AS r,
            bookonce.make_offers(r.request_id, (SELECT array_agg('provider:' || p) FROM generate_series(1, 24) AS p));
    });
}

sub pick { return $_[ rand @_ ] }
sub rounds
{
    return grep { $_ % 3 == 1 || ($ENV{BOOKONCE_STORM} // 1) > 1 } @_;
}

# Runs one list of statements per client, all at once; returns their output and their errors.
sub storm
{
    my ($scripts) = @_;
    my (@runs, @out, @err);
    for my $i (0 .. $#$scripts) {
        my $file = PostgreSQL::Test::Utils::tempdir() . "/client_$i.sql";
        PostgreSQL::Test::Utils::append_to_file($file, join "\n", @{ $scripts->[$i] }, '');
        push @runs,
            IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') . ' user=app', '-f', $file ],
            '>', \$out[$i], '2>', \$err[$i]);
    }
    $_->finish for @runs;
    return (join('', map { $_ // '' } @out), join('', map { $_ // '' } @err));
}

# Starts a process that keeps a gate shut in front of each step until all clients have reached it; returns the process.
sub open_gates
{
    my ($steps) = @_;
    my ($out, $err);
    my $gate = IPC::Run::start([
            'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', qq{
        SELECT 'shut ' || count(pg_advisory_lock(step)) FROM generate_series(0, $steps - 1) AS step},
            '-c', qq{DO \$\$
        BEGIN
            FOR step IN 0 .. $steps - 1 LOOP
                WHILE (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND objid = step
                    AND NOT granted) < $clients LOOP
                END LOOP;
                PERFORM pg_advisory_unlock(step);
            END LOOP;
        END \$\$}
        ],
        '>',
        \$out,
        '2>',
        \$err);
    IPC::Run::pump($gate) until $out =~ /shut/;
    return $gate;
}

# What must hold however the storm went.
sub check_rules
{
    my ($name) = @_;
    is($node->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'),
        '', "$name: check_integrity() finds nothing");
    is( $node->safe_psql(
            'postgres', q{
        SELECT count(*) FROM bookonce.live_booking AS a JOIN bookonce.live_booking AS b
            ON a.resource = b.resource AND a.booking_id < b.booking_id AND a.during && b.during}),
        0,
        "$name: no provider is double-booked");
    is($node->safe_psql('postgres', q{SELECT count(*) FROM bookonce.request_status WHERE filled > positions}),
        0, "$name: never one too many");
    is( $node->safe_psql(
            'postgres', q{
        SELECT count(*) FROM bookonce.offer_status JOIN bookonce.request_status AS r USING (request_id)
        WHERE offer_status.status = 'pending' AND r.status <> 'open'}),
        0,
        "$name: no pending offer on a request that takes nobody");
}

# This holds only if no booking is moved.
sub check_invariants
{
    my ($name) = @_;
    check_rules($name);
    is( $node->safe_psql(
            'postgres', q{
        SELECT count(*) FROM (SELECT request_id, provider, booking_id FROM bookonce.offer_status
        WHERE status = 'accepted') AS o
        FULL JOIN (SELECT request_id, provider, booking_id FROM bookonce.appointment) AS a USING (request_id,
            provider, booking_id)
        FULL JOIN (SELECT resource AS provider, booking_id FROM bookonce.live_booking) AS b USING (provider, booking_id)
        WHERE o.provider IS NULL OR a.provider IS NULL OR b.provider IS NULL}),
        0,
        "$name: accepted offers, appointments and bookings are the same");
}

for my $round (rounds(1 .. 3)) {
    my $name = 'accepts, seed ' . ($seed + $round);
    srand($seed + $round);
    open_requests();
    my @offers = split /\n/,
        $node->safe_psql('postgres',
        'SELECT offer_id || chr(39) || chr(44) || chr(39) || provider FROM bookonce.offer ORDER BY request_id, offer_id'
        );
    is(@offers, 960, "$name: 960 offers");
    # Each offer six or seven times: taps, double taps, and a second try for providers that were busy. Two rounds go in
    # any order; in the third all go from request to request together, and meet on each.
    my @steps = $round < 3 ? [@offers] : map { [ @offers[ $_ * 24 .. $_ * 24 + 23 ] ] } 0 .. 39;
    my $taps = $accepts / @steps;
    my @scripts = map { [] } 1 .. $clients;
    for my $step (0 .. $#steps) {
        my @mine = @{ $steps[$step] };
        my @more = (shuffle((@mine) x 6))[ 0 .. $clients * $taps - @mine - 1 ];
        my @tapped = shuffle(@mine, @more);
        for my $client (0 .. $clients - 1) {
            push @{ $scripts[$client] }, "SELECT pg_advisory_lock_shared($step) \\g /dev/null" if $round == 3;
            push @{ $scripts[$client] },
                map { "SELECT outcome, replayed FROM bookonce.accept_offer('$_');" } splice @tapped, 0, $taps;
        }
    }
    my $gate = $round == 3 ? open_gates(scalar @steps) : undef;
    my ($out, $err) = storm(\@scripts);
    $gate->finish if $gate;
    is($err, '', "$name: no client sees an error");
    is(scalar(() = $out =~ /^/mg), $clients * $accepts, "$name: every call is answered");
    is(scalar(() = $out =~ /^accepted\|f$/mg), 80, "$name: 80 are told that they have it");
    is( $node->safe_psql(
            'postgres', q{SELECT count(*) FROM bookonce.request_status WHERE filled = 2 AND status = 'filled'}),
        40,
        "$name: each request has exactly two");
    check_invariants($name);
    my %seen;
    $seen{$_}++ for $out =~ /^(\w+)/mg;
    note("$name: @{[map { qq{$_ $seen{$_}} } sort keys %seen]}");
}

# Everything at once. Some clients' transactions have old snapshots: these may get 40001, and there is no other error.
for my $round (rounds(4 .. 6)) {
    my $name = 'all verbs, seed ' . ($seed + $round);
    srand($seed + $round);
    open_requests();
    my @requests = split /\n/,
        $node->safe_psql('postgres', 'SELECT request_id FROM bookonce.request ORDER BY requester');
    my $offer_of = q{(SELECT offer_id FROM bookonce.offer_status WHERE request_id = '%s' AND provider = 'provider:%d'
            ORDER BY wave DESC LIMIT 1)};
    my $later = "tstzrange(lower(a.during) + interval '15 minutes', upper(a.during) + interval '15 minutes')";
    my @scripts;
    for my $client (0 .. $clients - 1) {
        my @calls;
        for (1 .. 100) {
            my ($request, $one, $two) = ($requests[ rand @requests ], 1 + int(rand(24)), 1 + int(rand(24)));
            $two = $one % 24 + 1 if $one == $two;
            my $offer = sprintf $offer_of, $request, $one;
            my $dice = rand;
            my $call =
                  $dice < 0.50 ? "accept_offer($offer, 'provider:$one')"
                : $dice < 0.55 ? "decline_offer($offer, 'provider:$one')"
                : $dice < 0.60 ? "withdraw_offer($offer)"
                : $dice < 0.70
                ? "make_offers('$request', ARRAY['provider:$one', 'provider:$two'], expires_in => '1 hour')"
                : $dice < 0.80 ? "release_position('$request', provider, 'storm')"
                : $dice < 0.90 ? "reassign_position('$request', provider, 'provider:$two')"
                : $dice < 0.96 ? "cancel_booking(booking_id)"
                : $dice < 0.97 ? "reschedule_booking(booking_id, $later)"
                : $dice < 0.995 ? "reschedule_request('$request', $later)"
                : "cancel_request('$request')";
            # These need someone who is there.
            my $from = $call =~ /\b(?:provider|booking_id)[,)]|\ba\./
                ? " FROM (SELECT * FROM bookonce.appointment WHERE request_id = '$request'
                    AND provider <> 'provider:$two' LIMIT 1) AS a, LATERAL bookonce.$call AS answer"
                : " FROM bookonce.$call AS answer";
            push @calls, "SELECT answer.outcome$from;";
        }
        unshift @calls,
            'SET default_transaction_isolation = ' . ($client % 4 == 3 ? "'serializable';" : "'repeatable read';")
            if $client % 2;
        push @scripts, \@calls;
    }
    my ($out, $err) = storm(\@scripts);
    my @errors = grep { /ERROR/ && !/could not serialize access/ } split /\n/, $err;
    is("@errors", '', "$name: no error but 40001");
    ok($err !~ m{client_(?:0|2|4|6|8|10|12|14)\.sql.*ERROR}, "$name: and none in READ COMMITTED");
    check_invariants($name);
    my %seen;
    $seen{$_}++ for $out =~ /^(\w+)/mg;
    note("$name: @{[map { qq{$_ $seen{$_}} } sort keys %seen]}, 40001 " . scalar(() = $err =~ /ERROR/g));
}

# The same, while the bookings behind the positions are moved to other providers and times, swapped, cancelled and
# confirmed, and others book the providers. Who has a position is whoever has its booking, so an appointment may be of a
# provider who accepted nothing.
for my $round (rounds(7 .. 9)) {
    my $name = 'moves beside all verbs, seed ' . ($seed + $round);
    srand($seed + $round);
    open_requests();
    my @requests = split /\n/,
        $node->safe_psql('postgres', 'SELECT request_id FROM bookonce.request ORDER BY requester');
    my @scripts;
    for my $client (0 .. $clients - 1) {
        my @calls;
        for (1 .. 100) {
            my ($request, $other) = @requests[ shuffle(0 .. $#requests) ];
            my $provider = 'provider:' . (1 + int rand 24);
            my $offer = "(SELECT * FROM bookonce.offer_status WHERE request_id = '$request'
                    AND status IN ('pending', 'accepted')"
                . ' ORDER BY random() LIMIT 1) AS o';
            my $taken = "(SELECT * FROM bookonce.appointment WHERE request_id = '$request' AND provider <> '$provider'"
                . ' ORDER BY random() LIMIT 1) AS a';
            my $two = "$taken, (SELECT booking_id AS other FROM bookonce.appointment
                    WHERE request_id = '$other' LIMIT 1) AS b";
            my $shift = "interval '@{[ 15 * int rand 5 ]} minutes'";
            my $later = "tstzrange(lower(a.during) + $shift, upper(a.during) + $shift)";
            push @calls,
                'SELECT answer.outcome FROM '
                . pick(
                ("$offer, bookonce.accept_offer(offer_id, provider)") x 7,
                ("$offer, bookonce.decline_offer(offer_id, provider)") x 1,
                ("$taken, bookonce.release_position('$request', provider, 'storm')") x 3,
                ("$taken, bookonce.reassign_position('$request', provider, '$provider')") x 3,
                ("$taken, bookonce.reschedule_booking(booking_id, a.during, '$provider')") x 4,
                ("$taken, bookonce.reschedule_booking(booking_id, $later)") x 3,
                ("$two, bookonce.swap_bookings(booking_id, other)") x 3,
                ("$taken, bookonce.reschedule_request('$request', $later)") x 2,
                ("$taken, bookonce.cancel_booking(booking_id)") x 2,
                ("$taken, bookonce.book_slot('$provider', a.during, 'user:$client')") x 2,
                ("bookonce.make_offers('$request', ARRAY['$provider'])") x 2) . ' AS answer;';
        }
        unshift @calls,
            'SET default_transaction_isolation = ' . ($client % 4 == 3 ? "'serializable';" : "'repeatable read';")
            if $client % 2;
        push @scripts, \@calls;
    }
    my ($out, $err) = storm(\@scripts);
    # A position that went to a second provider by a move, and meanwhile from that one to a third, was never accepted by
    # the second.
    my @errors = grep { /ERROR/ && !/could not serialize access|never had a position/ } split /\n/, $err;
    is("@errors", '', "$name: no error but 40001");
    is(join(' ', grep { /could not serialize/ && /client_(?:0|2|4|6|8|10|12|14)\.sql/ } split /\n/, $err),
        '', "$name: and none in READ COMMITTED");
    check_rules($name);
    is( $node->safe_psql(
            'postgres', q{
            SELECT count(*) FROM (SELECT request_id, provider, booking_id FROM bookonce.offer_status
            WHERE status = 'accepted') AS o
            LEFT JOIN bookonce.appointment AS a USING (request_id, provider, booking_id) WHERE a.request_id IS NULL}),
        0,
        "$name: whoever's offer is accepted has an appointment");
    is( $node->safe_psql(
            'postgres', q{
            SELECT count(*) FROM bookonce.appointment AS a
            LEFT JOIN bookonce.live_booking AS b ON b.booking_id = a.booking_id AND b.resource = a.provider
                AND b.during = a.during
            WHERE b.booking_id IS NULL}),
        0,
        "$name: every appointment is the provider's booking, at its time");
    is( $node->safe_psql(
            'postgres',
            'SELECT count(*) FROM (SELECT FROM bookonce.appointment GROUP BY request_id, provider
                HAVING count(*) > 1) AS a'
        ),
        0,
        "$name: nobody has two positions of a request");
    my %seen;
    $seen{$_}++ for $out =~ /^(\w+)/mg;
    note("$name: @{[map { qq{$_ $seen{$_}} } sort keys %seen]}, 40001 " . scalar(() = $err =~ /could not serialize/g));
}

unlike(
    slurp_file($node->logfile),
    qr/^(?:40P01|23P01|23505|XX\d\d\d|P0001) /m,
    'nor did the server meet a deadlock or a violated constraint');

# An acceptance among 2,000 siblings reads and writes the same rows as one among 2.
sub rows_touched
{
    my ($siblings) = @_;
    my $request = $node->safe_psql('postgres',
        "SELECT request_id FROM bookonce.open_request('[2031-01-01 09:00Z,2031-01-01 10:00Z)', 2, 'cost:$siblings')");
    $node->safe_psql(
        'postgres',
        "SELECT count(*) FROM bookonce.make_offers('$request', (SELECT array_agg(resource)
            FROM (SELECT resource FROM bookonce.resource WHERE resource LIKE 'sibling:%' LIMIT $siblings) AS s))"
    );
    my $offer =
        $node->safe_psql('postgres', "SELECT offer_id FROM bookonce.offer WHERE request_id = '$request' LIMIT 1");
    $node->safe_psql('postgres', 'VACUUM ANALYZE');
    my $result = $node->safe_psql(
        'postgres', qq{
        BEGIN;
        SELECT outcome FROM bookonce.accept_offer('$offer', (SELECT provider FROM bookonce.offer
        WHERE tenant = 'default' AND offer_id = '$offer'));
        SELECT relname, seq_scan, idx_tup_fetch, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
        WHERE schemaname = 'bookonce' AND (relname <> 'resource') ORDER BY relname;
        ROLLBACK;
    });
    note("$siblings offers: " . join ' ', split /\n/, $result);
    return $result;
}
$node->safe_psql('postgres',
    q{SELECT count(bookonce.define_resource('sibling:' || n)) FROM generate_series(1, 2000) AS n});
rows_touched(2000);
is(rows_touched(2000), rows_touched(2), 'accepting among 2,000 offers touches the rows that it does among 2');

$node->stop;
done_testing();
