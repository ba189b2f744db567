# guard_storm.pl: 16 raw clients write to a guarded table, each with a psql of its own, and all want the same slots in
# the same order. Each slot is sold once; the other clients get 23P01, and nobody 40P01: with a deadlock_timeout this
# short, no two of them waited for each other.
#
# BOOKONCE_STORM=N makes all of it N times as long. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
my $slots = $storm == 1 ? 15 : 30 * $storm;
my $clients = 16;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";
srand $seed;

my $node = new_server('guard_storm', conf => "fsync = off\nmax_connections = 100\ndeadlock_timeout = 10ms\n");

# The application's table, guarded in one of the two ways. It is written as its application would, with no call of ours.
sub new_table
{
    my ($how) = @_;
    my $rule = "'booking', 'room', 'starts', 'ends', live_when => 'status = ''accepted''', how => '$how'";
    query($node, <<'SQL');
DROP TABLE IF EXISTS booking;
CREATE TABLE booking (id bigserial PRIMARY KEY, room integer, starts timestamptz, ends timestamptz, status text,
    client integer);
SQL
    query($node, <<'SQL') if $how eq 'online';
CREATE INDEX CONCURRENTLY booking_guard ON booking USING gist
    ((bookonce.slot_key(bookonce.resource_key(room), 1, bookonce.slot_time(starts, ends))))
        WHERE bookonce.counts((status = 'accepted'::text))
SQL
    query($node, "SELECT bookonce.guard_table($rule)");
}

my $day = "'2030-01-07 00:00+00'::timestamptz";
sub row
{
    my ($room, $slot, $client, $status) = @_;
    return "($room, $day + $slot * interval '1 hour', $day + ($slot + 1) * interval '1 hour', '$status', $client)";
}

sub insert_of
{
    my ($slot, $client, @rooms) = @_;
    my $rows = join ', ', map { row($_, $slot, $client, 'accepted') } @rooms;
    return "INSERT INTO booking (room, starts, ends, status, client) VALUES $rows RETURNING 'booked';";
}

# The statement that a client sends for a slot, and how many rows mean that the slot is sold.
my %ways = (
    'single rows' => [ 1, sub { insert_of(@_, 1) } ],
    'transactions that hold their row' => [
        1,
        sub {
            return 'BEGIN; ' . insert_of(@_, 1) =~ s/;$/ || pg_sleep(0.002);/r . "\nCOMMIT;";
        }
    ],
    'several rows, their rooms in one order' => [ 3, sub { insert_of(@_, 1, 2, 3) } ],
    'transactions, half of which are rolled back' => [
        1,
        sub {
            my ($slot, $client) = @_;
            return
                rand() < 0.5
                ? 'BEGIN; ' . insert_of($slot, $client, 1) . "\nROLLBACK;\n" . insert_of($slot, $client, 1)
                : insert_of($slot, $client, 1);
        }
    ],
    'pending, then accepted' => [
        1,
        sub {
            my ($slot, $client) = @_;
            return "UPDATE booking SET status = 'accepted' WHERE client = $client
                    AND starts = $day + $slot * interval '1 hour' RETURNING 'booked';";
        }
    ],
    'upserts' => [
        1,
        sub {
            my ($slot, $client) = @_;
            my $start = insert_of($slot, $client, 1) =~ s/\(room/(id, room/r =~ s/VALUES \(/VALUES ($slot + 1000000, /r;
            return $start =~ s/RETURNING/ON CONFLICT (id) DO UPDATE SET client = excluded.client RETURNING/r;
        }
    ]);

for my $how ('constraint', 'online') {
    for my $way (sort keys %ways) {
        my ($rows, $sql) = @{ $ways{$way} };
        new_table($how);
        query(
            $node,
            "INSERT INTO booking (room, starts, ends, status, client) SELECT 1, $day + s * interval '1 hour',
                $day + (s + 1) * interval '1 hour', 'pending', c"
                . " FROM generate_series(1, $slots) AS s, generate_series(1, $clients) AS c"
        ) if $way eq 'pending, then accepted';
        new_errors($node);
        forget_connection($node);
        my $log = -s $node->logfile;
        my @calls = finish_clients(
            start_clients(
                $node->connstr('postgres'),
                map {
                    my ($client, $slot) = ($_, 0);
                    sub {
                        srand($seed + $client) if !$slot;
                        return $slot++ < $slots
                            ? { object => "slot $slot", call => ['book'], sql => $sql->($slot, $client) }
                            : undef;
                    }
                } 1 .. $clients));
        my %heard;
        $heard{ $_->{verdict} // 'lost' }++ for @calls;
        my $told = join ', ', map { "$_: $heard{$_}" } sort keys %heard;
        is(join(' ', grep { !/^(booked|ERROR 23P01)$/ } keys %heard), '', "$how, $way: booked or refused ($told)");
        my $said = slurp_file($node->logfile, $log);
        unlike($said, qr/40P01|deadlock/, "$how, $way: no deadlock");
        is( query(
                $node,
                'SELECT count(*) FROM (SELECT starts FROM booking WHERE status = $$accepted$$ GROUP BY starts
                    HAVING count(*) = '
                    . $rows
                    . ') AS sold'),
            $slots,
            "$how, $way: every slot is sold, once");
        is(query($node, 'SELECT count(*) FROM bookonce.guarded_overlaps($$booking$$)'),
            '0', "$how, $way: nothing overlaps");
        is(query($node, q(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')),
            '0', "$how, $way: no lock is left");
    }
}

$node->stop;
done_testing();
