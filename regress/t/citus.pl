# citus.pl: a coordinator and two workers after distribute(): each call is answered on the home of its tenant, alone and
# in a transaction with other rows; rivals meet there; a call that citus does not send on is refused, and so is moving
# a tenant's row. What does not hold, docs/scaling.md says.
#
# BOOKONCE_SEED repeats the choices, BOOKONCE_STORM=N makes the race N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;

# Without citus.
my $alone = new_server('alone', conf => "fsync = off\n");
like(session($alone)->ask('SELECT bookonce.distribute()'), qr/0A000/, 'without citus nothing is distributed');
forget_connection($alone);
$alone->stop;
chomp(my $share = `pg_config --sharedir`);
if (!-e "$share/extension/citus.control") {
    note 'citus is not installed: the rest is skipped';
    done_testing();
    exit;
}
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

# Three nodes, with all that citus wants of them.
my @nodes = map {
    my $node = PostgreSQL::Test::Cluster->new($_);
    my $host = $node->host;
    $node->init;
    $node->append_conf('postgresql.conf', <<"CONF");
shared_preload_libraries = 'citus'
wal_level = logical
max_prepared_transactions = 50
max_connections = 100
fsync = off
timezone = UTC
autovacuum = off
citus.node_conninfo = 'sslmode=prefer'
citus.local_hostname = '$host'
citus.shard_count = 8
CONF
    $node->start;
    $node->safe_psql('postgres', 'CREATE EXTENSION citus');
    $node
} qw(coordinator worker1 worker2);
my ($coordinator, @workers) = @nodes;
sub where { my ($node) = @_; return sprintf "'%s', %d", $node->host, $node->port }
my $session = session($coordinator);
$session->ask('SET client_min_messages = error');
sub ask { my ($sql) = @_; return $session->ask($sql) }
ask('SELECT citus_set_coordinator_host(' . where($coordinator) . ')');
ask('SELECT citus_add_node(' . where($_) . ')') for @workers;
is(ask('SELECT count(*) FROM citus_get_active_worker_nodes()'), '2', 'two workers');

# distribute() itself.
ask('CREATE EXTENSION bookonce');
like(ask('SELECT bookonce.distribute()'), qr/OB004/, 'before setup() there is nothing to distribute');
ask('SELECT bookonce.setup()');
query($workers[0], 'SELECT bookonce.setup()');
query($workers[0], "SELECT bookonce.define_resource('old')");
like(ask('SELECT bookonce.distribute()'), qr/55000/, 'rows that are there are not left behind');
query($workers[0], "SELECT bookonce.delete_resource('old')");
ask('CREATE ROLE app LOGIN; CREATE ROLE bound LOGIN');
like(session($coordinator, 'app')->ask('SELECT bookonce.distribute()'), qr/42501/, 'not everybody distributes');
like(session($workers[0])->ask('SELECT bookonce.distribute()'), qr/0A000/, '.. and a worker never');
is(ask("SELECT bookonce.grant_usage('bound', tenant => 't0')"), '', 'a role is bound before');
ask('CREATE ROLE report LOGIN');
is(ask("SELECT bookonce.grant_usage('report', 'reader')"), '', '.. and another only reads');
my $own = "'own', 'room', 'starts', 'ends', holder => 'holder'";
ask('CREATE TABLE own (id integer PRIMARY KEY, room text, starts timestamptz, ends timestamptz, holder text)');
like(ask("SELECT bookonce.follow_table($own)"), qr/^\(0,/, '.. and a table is followed');
is(ask('SELECT bookonce.distribute()'), '', 'distributed');
is(ask('SELECT bookonce.distribute()'), '', '.. and again, for nodes that came later');
my $delegated = 'SELECT count(*) FROM pg_dist_object WHERE distribution_argument_index IS NOT NULL';
cmp_ok(ask($delegated), '>', 60, '.. ' . ask($delegated) . ' verbs');

# Each tenant has one home, and all of its rows are there.
is(ask("SELECT bookonce.define_resource('room', tenant => 't$_')"), '', "tenant t$_") for 0 .. 15;
my @homes = map { [ split /\n/, query($_, 'SELECT tenant FROM bookonce.resource ORDER BY 1') ] } @workers;
is(@{ $homes[0] } + @{ $homes[1] }, 16, 'each tenant is on one worker');
cmp_ok(scalar @{ $homes[$_] }, '>', 2, "worker $_ has some") for 0, 1;
is(query($coordinator, 'SELECT count(*) FROM bookonce.resource'), '0', '.. and the coordinator none');
is(ask('SELECT count(*) FROM bookonce.tenant_home'), '16', '.. by the rows of their homes');
my ($one, $other) = map { $_->[0] } @homes;

# A story of calls.
sub call { my ($verb, $arguments, $tenant) = @_; return "FROM bookonce.$verb($arguments, tenant => '$tenant')" }
my $nine = slot(9);
my $key = "'ann', idempotency_key => 'k'";
is(ask('SELECT outcome, units ' . call('book_slot', "'room', $nine, $key", $one)), 'booked|{1}', 'booked');
is(ask('SELECT outcome, busy IS NULL ' . call('book_slot', "'room', $nine, 'ben'", $one)), 'taken|f', '.. or taken');
is(ask('SELECT outcome, replayed ' . call('book_slot', "'room', $nine, $key", $one)), 'booked|t', '.. or replayed');
is(ask('SELECT outcome ' . call('book_slot', "'room', $nine, $key", $other)), 'booked', 'another tenant');
like(ask('SELECT * ' . call('book_slot', "'room', $nine, 'ben', idempotency_key => 'k'", $one)),
    qr/OB001/, 'an error has its code');
is(ask('SELECT holder ' . call('list_bookings', "'{room}', '[2030-01-07, 2030-01-08)'", $one)), 'ann', 'a list');
my $booking = ask('SELECT booking_id ' . call('get_booking_by_key', "'k'", $other));
is(ask('SELECT outcome ' . call('cancel_booking', "'$booking'", $other)), 'cancelled', 'cancelled');
is(ask('SELECT outcome ' . call('book_slot', "'room', $nine, 'cy'", $other)), 'booked', '.. and free again');
is(ask('SELECT outcome ' . call('claim', "'mail', 'ann\@example.com', 'ann'", $one)), 'claimed', 'a claim');
# A constant beside another function's column, as the SDK asks: that column alone would keep the call from being sent.
my $day = "'[2030-01-07, 2030-01-08)'";
is(ask('SELECT range_send(s) IS NULL, 1 ' . call('free_slots', "'room', $day, '12 hours'", $_) . ' AS s LIMIT 1'),
    'f|1', 'free slots')
    for $one, $other;
is(ask('SELECT multirange_send(t) IS NULL, 1 ' . call('free_time', "'room', $day", $_) . ' AS t'), 'f|1', 'free time')
    for $one, $other;
is(ask("PREPARE p(text) AS SELECT outcome " . call('book_slot', "'room', @{[slot(11)]}, 'eve'", 'X') =~ s/'X'/\$1/r),
    '', 'a prepared call');
is(ask("EXECUTE p('$_')"), 'booked', ".. of $_") for @{ $homes[0] }, @{ $homes[1] };
is(ask("EXECUTE p('$one')"), 'taken', '.. finds what it booked');
# A group. The SDK sends its members as one parameter, for which the server has to run nothing.
my $members = '{"(\\"room\\",\\"[2030-01-07 15:00+00,2030-01-07 16:00+00)\\",\\"1\\",,,)",'
    . '"(\\"room\\",\\"[2030-01-07 16:00+00,2030-01-07 17:00+00)\\",\\"1\\",\\"ben\\",,)"}';
my $place = "ROW('room', @{[slot(18)]}, NULL, NULL, NULL, NULL)";
is(ask('SELECT outcome ' . call('book_slots', "ARRAY[$place]::bookonce.slot_request[], 'ann'", $_)),
    'booked', 'a group')
    for $one, $other;
like(ask('SELECT outcome ' . call('book_slots', "ARRAY(SELECT $place\::bookonce.slot_request), 'ann'", $one)),
    qr/0A000/, '.. and none by a subquery');
ask(      'PREPARE g(bookonce.slot_request[], text) AS SELECT outcome FROM bookonce.book_slots(slots => $1, '
        . q{holder => 'ann', tenant => $2)});
is(ask("EXECUTE g('$members', '$_')"), "booked\nbooked", "a group of $_") for $one, $other;

# One transaction with the application's rows, on both workers, and with a third tenant's call.
ask("CREATE TABLE orders (tenant text, id integer); SELECT create_distributed_table('orders', 'tenant')");
my @both = map { 'SELECT outcome ' . call('book_slot', "'room', @{[slot(12)]}, 'dan'", $_) } $one, $other;
my $order = "INSERT INTO orders VALUES ('$one', 1)";
is(ask("BEGIN; $order; $both[0]; $both[1]; ROLLBACK"), "booked\nbooked", 'a transaction that is rolled back');
is(ask("BEGIN; $both[0]; $order; $both[1]; COMMIT"), "booked\nbooked", '.. leaves nothing; and one that is committed');
is(ask("$both[0]; $both[1]; SELECT count(*) FROM orders"), "taken\ntaken\n1", '.. leaves all');
is( ask(      'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT outcome '
            . call('book_slot', "'room', @{[slot(13)]}, 'dan'", $one)
            . '; COMMIT'),
    'booked',
    'another isolation level');
is(session($workers[1])->ask($both[0]), 'taken', 'a worker sends the call on, too');

# A tenant that is null would crash the coordinator, constant or bound.
like(ask('SELECT outcome ' . call('book_slot', "'room', $nine, 'gus'", 'X') =~ s/'X'/NULL/r), qr/22004/, 'no tenant');
like(ask('EXECUTE p(NULL)'), qr/22004/, '.. nor one that is bound');
like(ask("SELECT bookonce.places_left('room', $nine, tenant => NULL)"), qr/22004/, '.. nor to read');
is(ask($both[0]), 'taken', '.. and the coordinator goes on');

# What is not sent on is refused, and leaves nothing.
my $fourteen = slot(14);
for my $sql (
    'WITH x AS (SELECT outcome ' . call('book_slot', "'room', $fourteen, 'fay'", $one) . ') SELECT * FROM x',
    'SELECT b.outcome ' . call('book_slot', "'room', $fourteen, 'fay'", $one) . ' AS b, generate_series(1, 2)',
    "SELECT bookonce.define_resource('room', tenant => t) FROM unnest('{new}'::text[]) AS t",
    'SELECT p.* ' . call('places_left', "'room', $fourteen", $one) . ' AS p, generate_series(1, 2)')
{
    like(ask($sql), qr/0A000/, "refused: $sql");
    my $moved = $sql =~ s/'\Q$one\E'/'$other'/r;
    like(session($workers[0])->ask($moved), qr/0A000/, '.. on another worker, too') if $moved ne $sql;
}
is(query($_, "SELECT count(*) FROM bookonce.booking WHERE holder = 'fay'"), '0', '.. leaving nothing') for @nodes;
is(ask("SELECT count(*) FROM bookonce.tenant_home WHERE tenant = 'new'"), '0', '.. not even a home');

# Rows that stay where they are.
my $shard = ask("SELECT get_shard_id_for_distribution_column('bookonce.tenant_home', '$one')");
my %refusal = (block_writes => qr/has its home on node/, force_logical => qr/ERROR/);
for my $mode (sort keys %refusal) {
    my $move = "citus_move_shard_placement($shard, @{[where($workers[0])]}, @{[where($workers[1])]}, '$mode')";
    $coordinator->psql('postgres', "SELECT $move", stderr => \my $said); # its message, which ask() does not tell
    like($said, $refusal{$mode}, "a home does not move, by $mode");
}
like(ask("SELECT undistribute_table('bookonce.tenant_home')"), qr/0A000/, '.. nor back to one table');
like(ask("UPDATE bookonce.tenant_home SET node = 0 WHERE tenant = '$one'"), qr/0A000/, '.. nor by hand');
like(ask("SELECT create_distributed_table('bookonce.booking', 'tenant')"), qr/0A000/, 'bookings are not distributed');
is(ask($both[0]), 'taken', 'all is as it was');

# What a role may call is the same on each node.
my $may = "SELECT count(*), md5(string_agg(f.signature::text, ' ' ORDER BY f.signature::text COLLATE \"C\"))
    FROM bookonce.usage_functions('report') AS f WHERE f.is_granted";
is(query($_, $may), ask($may), 'a reader reads, and no more, on a worker') for @workers;

# A table of the coordinator that was followed before: its rows would be booked there.
my $row = "INSERT INTO own VALUES (1, 'room', '2030-01-01 10:00', '2030-01-01 11:00', 'x')";
like(ask($row), qr/0A000/, 'a row is not booked where its tenant is not at home');
like(ask("SELECT bookonce.follow_table($own, tenant => 'fresh')"), qr/0A000/, '.. nor is another table followed there');

# Roles: the wall stands on the worker.
is(ask("SELECT bookonce.grant_usage('app')"), '', 'a grant');
is(session($coordinator, 'app')->ask('SELECT outcome ' . call('claim', "'mail', 'a', 'x'", $other)),
    'claimed', '.. holds on the workers');
my $bound = session($coordinator, 'bound');
is($bound->ask('SELECT outcome ' . call('claim', "'mail', 'b', 'x'", 't0')), 'claimed', 'a bound role has its tenant');
like($bound->ask('SELECT outcome ' . call('claim', "'mail', 'b', 'x'", $_)), qr/42501/, '.. and not another')
    for grep { $_ ne 't0' } $one, $other;
is(ask("SELECT bookonce.revoke_usage('bound')"), '', 'a grant that is taken back');
is(query($_, 'SELECT count(*) FROM bookonce.role_grant'), '0', '.. on each node') for @nodes;

# A race: sixteen clients want every hour of two tenants, on both workers.
my $hours = 20 * $storm;
sub calls_of
{
    my ($client) = @_;
    srand $seed + $client;
    my @wishes = map {
        my $tenant = $_;
        map { [ rand, $tenant, $_ ] } 0 .. $hours - 1
    } $one, $other;
    @wishes = sort { $a->[0] <=> $b->[0] } @wishes;
    return sub {
        my (undef, $tenant, $hour) = @{ shift @wishes // return undef };
        my $from = "'2031-01-01'::timestamptz + interval '$hour hours'";
        return {
            object => 'all',
            call => ['book_slot'],
            sql => 'SELECT outcome, replayed '
                . call('book_slot', "'room', tstzrange($from, $from + interval '1 hour'), 'c$client'", $tenant) . ';'
        };
    };
}
my %told;
$told{ $_->{verdict} }++
    for finish_clients(start_clients($coordinator->connstr('postgres'), map { calls_of($_) } 1 .. 16));
is( join(', ', map { "$_: $told{$_}" } sort keys %told),
    'booked f: ' . 2 * $hours . ', taken f: ' . 30 * $hours,
    'each slot has one winner');
is(join(' ', map { overlaps($_) } @workers), '0 0', '.. and no two overlap');
is(join('', map { query($_, 'SELECT * FROM bookonce.check_integrity()') } @workers), '', '.. and all is sound');
$_->quit for $session, $bound;
forget_connection($_) for @nodes;
$_->stop for @nodes;
done_testing();
