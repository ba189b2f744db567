# exhausted.pl: the server runs out of something. Of shared memory for locks, at each point of each verb: 53200, nothing
# is half done, and the same call works when there is room again. Of disk space, with four clients: 53100, and the rows
# are exactly those that clients were told of. BOOKONCE_STORM=N fills the disk N times.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $storm = $ENV{BOOKONCE_STORM} // 1;
my $node = new_server('exhausted', conf => "fsync = off\nmax_connections = 20\nmax_locks_per_transaction = 10\n");
sub verb { my ($call) = @_; return "SELECT outcome, replayed FROM bookonce.$call" }
sub book
{
    my ($resource, $hour, $more) = @_;
    return verb("book_slot('$resource', " . slot($hour) . ", 'user:1'" . ($more // '') . ')');
}

my $app = session($node, 'app');
my $hog = session($node);
$app->ask(
    "SELECT bookonce.define_resource('van:' || n), bookonce.define_resource('ann:' || n)
        FROM generate_series(1, 9) AS n"
);
$app->ask(
    "SELECT bookonce.define_resource('bus:1', 2), bookonce.define_counter('stock', 5, 0, 9),
        bookonce.claim('e-mail', 'own', 'user:1')"
);
sub id
{
    my ($resource, $hour, $more) = @_;
    return $app->ask(
        "SELECT booking_id FROM bookonce.book_slot('$resource', " . slot($hour) . ", 'user:1'" . ($more // '') . ')');
}
sub group
{
    my ($more, $hour, @resources) = @_;
    return verb('book_slots(ARRAY['
            . join(', ', map { "('$_', " . slot($hour) . ', NULL, NULL, NULL, NULL)' } @resources)
            . "]::bookonce.slot_request[], 'user:1'$more)");
}
my $group =
    $app->ask(group(", hold_for => '1 hour'", 1, 'van:1', 'van:2', 'van:3') =~ s/outcome, replayed/DISTINCT group_id/r);
my ($one, $two, $held) = (id('van:4', 1), id('van:5', 2), id('van:6', 1, ", hold_for => '1 hour'"));
my $request = $app->ask('SELECT request_id FROM bookonce.open_request(' . slot(9) . ", 2, 'client:1')");
my @offers = split /\n/,
    $app->ask("SELECT offer_id FROM bookonce.make_offers('$request', '{ann:1,ann:2,ann:3,ann:4}')");

# In this order, because some calls undo others.
my @calls = (
    [ book('room:1', 9), 'booked|f' ],
    [ book('room:1', 10, ", hold_for => '1 hour', idempotency_key => 'k'"), 'booked|f' ],
    [ book('bus:1', 9), 'booked|f' ],
    [ book('bus:1', 9, ', quantity => 2'), 'taken|f' ],
    [ group('', 9, map { "van:$_" } 1 .. 6), join "\n", ('booked|f') x 6 ],
    [ group(', all_or_nothing => false', 10, 'van:1', 'van:2'), "booked|f\nbooked|f" ],
    [ verb("book_any_slot('{room:1,van:7}', " . slot(9) . ", 'user:1')"), 'booked|f' ],
    [ verb("confirm_booking('$held')"), 'confirmed|f' ],
    [ verb("cancel_booking('$held')"), 'cancelled|f' ],
    [ verb("reschedule_booking('$one', " . slot(3) . ", 'van:8')"), 'rescheduled|f' ],
    [ verb("swap_bookings('$one', '$two')"), 'swapped|f' ],
    [ verb("confirm_group('$group')"), join "\n", ('confirmed|f') x 3 ],
    [ verb("cancel_group('$group')"), join "\n", ('cancelled|f') x 3 ],
    [ verb('open_request(' . slot(1) . ", 3, 'client:1', idempotency_key => 'r')"), 'opened|f' ],
    [ verb("make_offers('$request', '{van:9}')"), 'offered|f' ],
    [ verb("accept_offer('$offers[0]', 'ann:1')"), 'accepted|f' ],
    [ verb("accept_offer('$offers[1]', 'ann:2')"), 'accepted|f' ],
    [ verb("reassign_position('$request', 'ann:1', 'ann:3')"), 'reassigned|f' ],
    [ verb("release_position('$request', 'ann:2')"), 'released|f' ],
    [ verb("withdraw_offer('$offers[3]')"), 'withdrawn|f' ],
    [ verb("reschedule_request('$request', " . slot(4) . ")"), 'rescheduled|f' ],
    [ verb("cancel_request('$request')"), 'cancelled|f' ],
    [ verb("claim('e-mail', 'new', 'user:1')"), 'claimed|f' ],
    [ verb("release_claim('e-mail', 'own', 'user:1')"), 'released|f' ],
    [ verb("adjust_counter('stock', -1, 'k')"), 'applied|f' ],
    [ "SELECT bookonce.define_resource('room:2', 5)", '' ],
    [ "SELECT bookonce.set_opening_hours('room:2', 1, '{08:00}', '{18:00}')", '' ]);

my $state = 'SELECT ' . join ' || ',
    map { "(SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM bookonce.\"$_\" AS t)" }
    qw(resource opening_hours booking request position offer claim counter counter_entry);

# Session locks stay although the statement that takes them fails: only the few that are given back are left for others.
sub leave_room
{
    my ($room) = @_;
    my $full = $hog->ask('SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 1000000) AS n');
    $full eq 'ERROR:  53200' or die "the memory for locks is not full: $full";
    $hog->ask("SELECT count(pg_advisory_unlock(n)) FROM generate_series(1, $room) AS n");
}
sub give_back { $hog->ask('SELECT pg_advisory_unlock_all()') }

for my $call (@calls) {
    my ($sql, $expected) = @$call;
    my ($verb) = $sql =~ /bookonce\.(\w+)/;
    my $rows = query($node, $state);
    my ($answer, $wrong, $room) = (undef, '', -1);
    do {
        leave_room(++$room);
        $answer = $app->ask($sql);
        give_back();
        if ($answer eq 'ERROR:  53200') {
            $wrong .= " with room for $room: rows changed" if query($node, $state) ne $rows;
            $wrong .= " with room for $room: a lock stays"
                if query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") ne '0';
        }
    } while ($answer eq 'ERROR:  53200' && $room < 40);
    is("$answer$wrong", $expected, "$verb with room for so many locks: 53200 and nothing else, up to $room");
    cmp_ok($room, '>', 0, '.. it needs some');
}

# One transaction that takes a lock for each call: what was booked before a savepoint stays.
leave_room(8);
is($app->ask('BEGIN; ' . book('room:1', 13)), 'booked|f', 'a transaction books');
is( $app->ask('SAVEPOINT s; ' . group('', 14, map { "van:$_" } 1 .. 9)),
    'ERROR:  53200',
    '.. then asks for more than there is room for');
$app->ask('ROLLBACK TO s; COMMIT');
give_back();
is( query(
        $node,
        'SELECT count(*) FROM bookonce.live_booking WHERE lower(during) >= ' . slot(13) =~
            s/'\[(.*),.*/'$1'/r . "::timestamptz AND holder = 'user:1'"),
    '1',
    '.. and keeps what it had before');
is(overlaps($node) . query($node, 'SELECT * FROM bookonce.check_slot_index()'),
    '0', 'no two live bookings overlap, and the index agrees');

# The disk.
SKIP: {
    my $disk = $ENV{BOOKONCE_SMALL_DISK}
        or skip 'no disk that can be filled: scripts/tap mounts one when root runs it', 1;
    mkdir "$disk/space" or die "$disk/space: $!";
    my $full = new_server('full', conf => "fsync = off\n");
    $full->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$disk/space'");
    for my $round (1 .. $storm) {
        $full->safe_psql('postgres', "CREATE DATABASE d$round");
        $full->safe_psql("d$round", <<'SQL');
CREATE EXTENSION bookonce;
SET default_tablespace = small;
SELECT bookonce.setup(), bookonce.grant_usage('app'), bookonce.define_counter('stock'),
    bookonce.define_resource('room:' || n) FROM generate_series(1, 4) AS n;
SQL
        fill_up($full, "d$round", $disk);
        $full->safe_psql('postgres', "DROP DATABASE d$round");
    }
    $full->stop;
}

# Four clients book and count while the last free pages go.
sub fill_up
{
    my ($full, $database, $disk) = @_;
    my $free = sub { my ($n) = `df --output=avail -k '$disk'` =~ /(\d+)/; return $n };
    system_or_bail('dd', 'if=/dev/zero', "of=$disk/ballast", 'bs=1k', 'count=' . ($free->() - 400), 'status=none');
    my @clients;
    for my $client (1 .. 4) {
        my $file = PostgreSQL::Test::Utils::tempdir() . '/calls';
        append_to_file(
            $file,
            join '',
            map {
                my $during =
                      "tstzrange('2030-01-07 00:00+00'::timestamptz + $_ * interval '1 hour', '2030-01-07 "
                    . "01:00+00'::timestamptz + $_ * interval '1 hour')";
                "SELECT outcome, booking_id FROM bookonce.book_slot('room:$client', $during, 'user:$client',
                    idempotency_key => 'k-$client-$_');\n"
                    . "SELECT outcome, value FROM bookonce.adjust_counter('stock', 1, 'k-$client-$_');\n"
            } 1 .. 1500);
        my %run = (out => '');
        $run{psql} = IPC::Run::start(
            [ 'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-U', 'app', '-f', $file, $full->connstr($database) ],
            '>&', \$run{out});
        push @clients, \%run;
    }
    $_->{psql}->finish for @clients;
    my $out = join '', map { $_->{out} } @clients;
    my %errors = map { $_ => 1 } $out =~ /(?:ERROR|FATAL|PANIC):  (\w{5})/g;
    is(join(' ', sort keys %errors), '53100', 'the disk is full: clients are told 53100 and nothing else');
    my ($booked, $applied) = (scalar(() = $out =~ /^booked\|/mg), scalar(() = $out =~ /^applied\|/mg));
    note "booked $booked, applied $applied, refused " . scalar(() = $out =~ /53100/g);
    is( $full->safe_psql(
            $database,
            'SELECT (SELECT count(*) FROM bookonce.booking), value, entries, (SELECT count(*)
                FROM bookonce.counter_entry) FROM bookonce.counter'
        ),
        "$booked|$applied|$applied|$applied",
        '.. the rows are those of which a client was told');
    cmp_ok($booked, '>', 100, '.. which are some');
    is($full->safe_psql($database, 'SELECT * FROM bookonce.check_slot_index()'),
        '', '.. the index agrees with the table');
    is($full->safe_psql($database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
        '0', '.. no lock stays');

    unlink "$disk/ballast" or die "$disk/ballast: $!";
    my $again = "SELECT string_agg(DISTINCT outcome::text, ',') FROM generate_series(1, 1500) AS n,
            LATERAL bookonce.book_slot('room:1', tstzrange('2030-01-07 00:00+00'::timestamptz + n * interval '1 hour',
                '2030-01-07 01:00+00'::timestamptz + n * interval '1 hour'), 'user:1', idempotency_key => 'k-1-' || n)";
    is($full->safe_psql($database, $again, extra_params => [ '-U', 'app' ]),
        'booked', 'with room again, the refused calls are repeated and book, the others are replayed');
    is( $full->safe_psql(
            $database,
            "SELECT count(*) FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
                WHERE r.resource = 'room:1'"
        ),
        '1500',
        '.. each of them once');
    is($full->safe_psql($database, 'SELECT * FROM bookonce.check_slot_index()'), '', '.. and the index agrees');
}

$_->quit for $app, $hog;
$node->stop;
done_testing();
