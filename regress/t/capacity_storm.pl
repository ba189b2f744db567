# capacity_storm.pl: many clients at once where places must be counted: capacities, limits, and a capacity that goes up
# and down.
#
# Every client is a real connection (pgbench) and must see no error. What was booked is checked by brute force, also
# while the storm goes on: no instant with more live units than the capacity, no unit that does not exist. BOOKONCE_SEED
# repeats the choices of each client; BOOKONCE_STORM=N makes the last storm N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$rounds";

my $node = PostgreSQL::Test::Cluster->new('capacity_storm');
$node->init;
$node->append_conf('postgresql.conf',
    "fsync = off\njit = off\nmax_connections = 150\ntimezone = UTC\nlog_statement = none\ndeadlock_timeout = 100ms\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');

# Clients that each run their script, or a weighted choice of scripts, so many times.
my $scripts = 0;
sub start_clients
{
    my ($clients, $times, $isolation, @weighted) = @_;
    my @files;
    while (my ($script, $weight) = splice @weighted, 0, 2) {
        my $file = "$PostgreSQL::Test::Utils::tmp_check/storm" . $scripts++ . '.sql';
        append_to_file($file, $script);
        push @files, '-f', "$file\@$weight";
    }
    local $ENV{PGOPTIONS} = "-c default_transaction_isolation=$isolation";
    my $run = { out => '', err => '' };
    $run->{handle} = IPC::Run::start([
            'pgbench', '-n', '-c', $clients, '-j', 2, '-t', $times, '--max-tries=10000', "--random-seed=$seed", @files,
            '-h', $node->host, '-p', $node->port, 'postgres'
        ],
        '>',
        \$run->{out},
        '2>',
        \$run->{err});
    return $run;
}

# All calls succeeded, and at READ COMMITTED nobody even had to try again.
sub clients_succeed
{
    my ($run, $times, $isolation, $what) = @_;
    my $code = $run->{handle}->finish ? 0 : $run->{handle}->full_result;
    my ($done) = $run->{out} =~ /actually processed: (\d+)/;
    my ($failed) = $run->{out} =~ /failed transactions: (\d+)/;
    my ($retried) = $run->{out} =~ /transactions retried: (\d+)/;
    is("$code $done $failed", "0 $times 0", "$what: no client saw an error") or diag $run->{err};
    is($retried, 0, "$what: no client had to try again") if $isolation eq 'read\ committed';
}

sub most_at_once
{
    return query(<<"SQL");
SELECT coalesce(max((SELECT count(*) FROM bookonce.live_booking AS o WHERE o.resource = b.resource
    AND o.unit IS NOT NULL AND o.blocks \@> lower(b.blocks))), 0)
FROM bookonce.live_booking AS b WHERE b.resource = '$_[0]'
SQL
}

# Live units above the capacity, by instant or by number. One snapshot, so it holds in the midst of a storm too.
my $too_many = <<'SQL';
SELECT count(*) FROM bookonce.live_booking AS b JOIN bookonce.resource AS r USING (tenant, resource)
WHERE b.unit > r.capacity
   OR (SELECT count(*) FROM bookonce.live_booking AS o WHERE o.resource = b.resource AND o.unit IS NOT NULL
       AND o.blocks @> lower(b.blocks)) > r.capacity
SQL

for my $isolation ('read\ committed', 'repeatable\ read', 'serializable') {
    my $name = $isolation =~ tr/\\//dr;

    # A class with ten places and 200 customers, who come for times that all have nine o'clock in common.
    query("SELECT bookonce.define_resource('class: $name', 10)");
    my $run = start_clients(100, 2, $isolation, <<"SQL", 1);
\\set before random(0, 3)
SELECT bookonce.book_slot('class: $name', tstzrange('2030-01-07 09:00'::timestamptz - :before * interval '10 min',
    '2030-01-07 10:00'), 'user:' || :client_id);
SQL
    clients_succeed($run, 200, $isolation, "200 customers for 10 places, $name");
    is(query("SELECT count(*), count(DISTINCT unit) FROM bookonce.live_booking WHERE resource = 'class: $name'"),
        '10|10', "10 of 200 are booked, $name");

    # A limit of two a month, by the clock of Paris, with room for fifty at once.
    query(
        "SELECT bookonce.define_resource('coach: $name', 50, time_zone => 'Europe/Paris'),
            bookonce.set_booking_limit('coach: $name', 'month', 2)"
    );
    $run = start_clients(50, 8, $isolation, <<"SQL", 1);
\\set minute random(0, 43199)
SELECT bookonce.book_slot('coach: $name', tstzrange(s, s + interval '1 hour'), 'user:' || :client_id,
    idempotency_key => gen_random_uuid()::text)
FROM (SELECT '2030-05-31 22:00'::timestamptz + :minute * interval '1 min') AS x(s);
SQL
    clients_succeed($run, 400, $isolation, "400 requests against a limit of 2 a month, $name");
    is(query("SELECT count(*) FROM bookonce.live_booking WHERE resource = 'coach: $name'"),
        '2', "2 of 400 are booked, $name");
}

# Bookings, parties, holds that lapse within milliseconds (or not at all: on a busy machine no other is confirmed in
# time), confirmations and cancellations, while the capacity changes.
query(<<'SQL');
SELECT bookonce.define_resource('pool', 4, buffer_after => '5 min');
CREATE FUNCTION change_capacity(n integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookonce.define_resource('pool', n, buffer_after => '5 min');
EXCEPTION WHEN SQLSTATE 'OB005' THEN
    NULL; -- more than that is booked
END
$$;
CREATE FUNCTION some_booking(of_status bookonce.booking_status) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT booking_id FROM bookonce.booking WHERE released_at IS NULL AND status = of_status
        AND resource_id = (SELECT resource_id FROM bookonce.resource WHERE resource = 'pool')
    ORDER BY random() LIMIT 1
$$;
SQL
my $times = $rounds == 1 ? 60 : 200 * $rounds;
my $run = start_clients(16, $times, 'read\ committed', <<'SQL', 8, <<'SQL', 5, <<'SQL', 4, <<'SQL', 4, <<'SQL', 2);
\set start random(0, 300)
\set length random(1, 20)
\set quantity random(1, 2)
SELECT bookonce.book_slot('pool', tstzrange(s, s + :length * interval '10 min'), 'user', :quantity)
FROM (SELECT '2030-01-07'::timestamptz + :start * interval '10 min') AS x(s);
SQL
\set start random(0, 300)
\set length random(1, 20)
\set hold_for random(1, 40)
SELECT bookonce.book_slot('pool', tstzrange(s, s + :length * interval '10 min'), 'holder',
    idempotency_key => gen_random_uuid()::text,
    hold_for => CASE WHEN :hold_for > 30 THEN interval '1 hour' ELSE :hold_for * interval '1 ms' END)
FROM (SELECT '2030-01-07'::timestamptz + :start * interval '10 min') AS x(s);
SQL
SELECT bookonce.confirm_booking(id) FROM some_booking('held') AS id WHERE id IS NOT NULL;
SQL
SELECT bookonce.cancel_booking(id) FROM some_booking('confirmed') AS id WHERE id IS NOT NULL;
SQL
\set capacity random(2, 6)
SELECT change_capacity(:capacity);
SQL
my ($looks, $seen) = (0, 0);
while ($run->{handle}->pumpable) {
    $seen += query($too_many);
    $looks++;
    $run->{handle}->pump_nb;
}
clients_succeed($run, 16 * $times, 'read\ committed', 'a capacity that changes under load');
is($seen, 0, "never above the capacity, in $looks looks");
is(query($too_many), 0, 'nor at the end');
cmp_ok(most_at_once('pool'), '>=', 2, 'and it was full at times');
cmp_ok(query("SELECT count(*) FROM bookonce.booking WHERE status = 'expired'"),
    '>', 0, 'holds lapsed and were released');
cmp_ok(query("SELECT count(*) FROM bookonce.booking WHERE holder = 'holder' AND status = 'confirmed'"),
    '>', 0, 'and some were confirmed in time');
is(query('SELECT * FROM bookonce.check_integrity()'), '', 'and check_integrity() finds nothing');

done_testing();
