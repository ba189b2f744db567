# pgbouncer.pl: the verbs behind PgBouncer in transaction mode, where a session's next transaction may run in another
# backend. Twenty clients share four; answers and tables agree, and no lock outlives its transaction. BOOKONCE_SEED
# repeats the choices, BOOKONCE_STORM=N makes the storm N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my ($pgbouncer) = grep { -x } map { "$_/pgbouncer" } split(/:/, $ENV{PATH}), '/usr/sbin';
plan skip_all => 'PgBouncer is not installed: scripts/setup installs it' if !$pgbouncer;
my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

my $node = new_server('pgbouncer',
    conf =>
        "fsync = off\ndeadlock_timeout = 10ms\n# Who waits for a lock that was left behind hears of it.\nlock_timeout "
        . "= ${PostgreSQL::Test::Utils::timeout_default}s\n");
my ($socket, $port) = (PostgreSQL::Test::Utils::tempdir_short(), $node->port);

# In front of the server, for as long as this program lives; on a socket of its own, which has the server's port in its
# name.
append_to_file("$socket/ini", <<"INI");
[databases]
* = host=@{[ $node->host ]} port=$port
[pgbouncer]
listen_addr =
listen_port = $port
unix_socket_dir = $socket
auth_type = trust
auth_file = $socket/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 100
INI
append_to_file("$socket/users", qq("app" ""\n"postgres" ""\n));
my $pooler = IPC::Run::start([ $pgbouncer, "$socket/ini" ], '>', "$socket/log", '2>&1');
# Ends it also when a test dies.
END { local $?; $pooler->kill_kill if $pooler }
my $pooled = "host=$socket port=$port user=app dbname=postgres";
my $patience = $PostgreSQL::Test::Utils::timeout_default;

# It listens when it answers.
my $deadline = time + $patience;
until ((run_command([ 'psql', '-XAtqc', 'SELECT 1', $pooled ]))[0] eq '1') {
    die slurp_file("$socket/log") if time > $deadline;
}

query($node, <<'SQL');
CREATE TABLE journal (call text, outcome text, replayed boolean, id uuid, value bigint);
GRANT INSERT, SELECT ON journal TO app;
CREATE FUNCTION hour(n integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange(t, t + interval '1 hour')
        FROM (SELECT '2030-01-07 00:00+00'::timestamptz + n * interval '1 hour') AS x(t) $$;
SELECT bookonce.define_resource('room:2'), bookonce.define_resource('pool:1', 3),
    bookonce.define_counter('stock', 100, 0);
SELECT bookonce.define_resource('ann:' || n) FROM generate_series(1, 6) AS n;
SQL

# The pooler does its work: two sessions use one backend, one after the other, and one session uses two backends.
{
    my @clients = map {
        my %c = (in => '', out => '');
        $c{psql} = IPC::Run::start([ 'psql', '-XAtq', '-d', $pooled, '-f', '-' ],
            '<', \$c{in}, '>&', \$c{out}, IPC::Run::timeout($patience));
        \%c
    } 1 .. 2;
    my $tell = sub {
        my ($n, $sql) = @_;
        my $c = $clients[$n];
        $c->{in} .= "$sql;\n\\echo done\n";
        $c->{psql}->pump until $c->{out} =~ s/^(.*?)\n?done\n//s;
        return $1;
    };
    my $pid = $tell->(0, 'SELECT pg_backend_pid()');
    is($tell->(1, 'SELECT pg_backend_pid()'), $pid, 'two sessions share a backend');
    is($tell->(0, "BEGIN; SELECT pg_backend_pid(), outcome FROM bookonce.book_slot('room:1', hour(1), 'u:1')"),
        "$pid|booked", 'one of them books in a transaction');
    isnt($tell->(1, 'SELECT pg_backend_pid()'), $pid, '.. the other goes on in another backend');
    is($tell->(1, "SELECT outcome FROM bookonce.book_slot('room:1', hour(2), 'u:2')"),
        'booked', '.. and books another hour');
    is(query($node, "SELECT count(*), count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory'"),
        '1|1', 'only the open transaction holds a lock');
    # If a client disappears in the middle of its transaction, its lock and its booking disappear, too.
    $clients[0]{psql}->kill_kill;
    $node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'")
        or die 'a lock stays';
    is($tell->(1, "SELECT outcome FROM bookonce.book_slot('room:1', hour(1), 'u:2')"),
        'booked', 'a client that went away in its transaction has left no lock and no booking');
    $clients[1]{in} .= "\\q\n";
    $clients[1]{psql}->finish;
}

sub call
{
    my ($call, $id, $value) = @_;
    my ($verb) = $call =~ /^(\w+)/;
    return
          "INSERT INTO journal SELECT '$verb', outcome, replayed, "
        . ($id // 'NULL') . ', '
        . ($value // 'NULL')
        . " FROM bookonce.$call;\n";
}

my $user = "'user-' || :client_id";
my $script = "\\set n random(1, 60)\n\\set what random(1, 8)\n\\if :what = 1\n"
    . call("book_slot('room:1', hour(100 + :n), $user, idempotency_key => 'order-' || :n || '-' || :client_id)",
    'booking_id')
    . "\\elif :what = 2\nBEGIN;\n"
    . call("book_slot('pool:1', hour(100 + :n % 12), $user)", 'booking_id')
    . call("adjust_counter('stock', -1)", undef, 'value')
    . "COMMIT;\n"
    . "\\elif :what = 3\nBEGIN;\n"
    . call("book_slot('room:2', hour(100 + :n), $user)", 'NULL')
    . "ROLLBACK;\n"
    . "\\elif :what = 4\n"
    . call(
    "book_slots(ARRAY[('room:1', hour(200 + :n), NULL, NULL, NULL, NULL), ('pool:1', hour(200 + :n % 20), 2, NULL, NULL,
        NULL)]::bookonce.slot_request[], $user)",
    'booking_id')
    . "\\elif :what = 5\n"
    . call("claim('coupon', 'c-' || :n, $user)")
    . "\\elif :what = 6\n"
    . call("adjust_counter('stock', 1 + :n % 5, 'delta-' || :n)", undef, 'value')
    . "\\elif :what = 7\nBEGIN;\nSELECT outcome FROM bookonce.book_slot('room:2', hour(300 + :n), $user,
        hold_for => '1 day');\nCOMMIT;\n"
    . "INSERT INTO journal SELECT 'confirm_booking', a.outcome, a.replayed, a.booking_id
        FROM bookonce.live_booking AS l, LATERAL bookonce.confirm_booking(l.booking_id) AS a WHERE l.holder = $user
            AND l.status = 'held';\n"
    . "\\else\n" . call(
    "accept_offer((SELECT offer_id FROM bookonce.offer_status WHERE provider = 'ann:' || (1 + :n % 6) LIMIT 1),
        'ann:' || (1 + :n % 6))",
    'booking_id') . "\\endif\n";
append_to_file("$socket/script", $script);
query(
    $node,
    "SELECT bookonce.make_offers(request_id, ARRAY['ann:1', 'ann:2', 'ann:3', 'ann:4', 'ann:5', 'ann:6'])
        FROM bookonce.open_request(hour(400), 3, 'client:1')"
);

# `simple` sends text, `extended` parameters with an unnamed statement. Named statements need PgBouncer 1.21.
for my $protocol ('simple', 'extended') {
    my $times = 40 * $storm;
    my ($out, $err) = run_command([
        'pgbench', '-n', '-M', $protocol, '-c', 20, '-j', 2, '-t', $times, "--random-seed=$seed", '-f',
        "$socket/script", '-h', $socket, '-p', $port, '-U', 'app', 'postgres'
    ]);
    my $all = 20 * $times;
    like(
        $out,
        qr{actually processed: $all/$all\b},
        "$protocol protocol: 20 clients over 4 connections, $times calls each, are answered") or diag("$out\n$err");
    is(new_errors($node), '', ".. no error in the server's log");
}
cmp_ok(query($node, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"),
    '<=', 4, 'there were four connections');
is(query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no lock outlives its transaction');
is(overlaps($node), '0', 'no two live bookings overlap');
is(query($node, 'SELECT * FROM bookonce.check_slot_index()'), '', '.. and the index agrees');
is(query($node, <<'SQL'), '0|0', 'a booking for each `booked`, and no other but those that rolled back or were held');
SELECT (SELECT count(DISTINCT id) FROM journal WHERE outcome IN ('booked', 'accepted') AND id NOT IN (SELECT booking_id
FROM bookonce.booking)),
       (SELECT count(*) FROM bookonce.booking WHERE lapses_at IS NULL AND holder LIKE 'user-%' AND group_id IS NULL
           AND booking_id NOT IN (SELECT id FROM journal WHERE id IS NOT NULL))
SQL
is( query($node, "SELECT count(*) FROM journal WHERE call = 'claim' AND outcome = 'claimed' AND NOT replayed"),
    query($node, 'SELECT count(*) FROM bookonce.claim'),
    'one owner for each value');
is( query(
        $node,
        "SELECT (SELECT count(*) FROM journal WHERE call = 'adjust_counter' AND outcome = 'applied' AND NOT replayed)
            = entries, value = 100 + (SELECT sum(delta) FROM bookonce.counter_entry) FROM bookonce.counter"
    ),
    't|t',
    'the counter is the sum of what was applied');
is(query($node, "SELECT filled FROM bookonce.request_status"), '3', 'the request has its three providers');
note query(
    $node,
    "SELECT string_agg(line, ', ') FROM (SELECT call || ' ' || outcome || ' ' || replayed || ' ' || count(*) AS line
        FROM journal GROUP BY call, outcome, replayed ORDER BY 1) AS l"
);

$pooler->kill_kill;
undef $pooler;
$node->stop;
done_testing();
