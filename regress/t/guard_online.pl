# guard_online.pl: a table of 100,000 rows is guarded online while clients write to it. Old overlaps stay and are
# listed; once the guard is there, no row comes that overlaps another, old or new. Then the last overlaps are settled,
# and a constraint completes it.
#
# BOOKONCE_SEED repeats the clients' choices (not their timing); BOOKONCE_STORM=N makes the storm N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

my $node = new_server('guard_online', conf => "fsync = off\nmax_connections = 100\ndeadlock_timeout = 10ms\n");
my $rule = "'booking', 'room', 'starts', 'ends'";
query($node, <<'SQL');
CREATE TABLE booking (id bigserial PRIMARY KEY, room integer, starts timestamptz, ends timestamptz);
INSERT INTO booking (room, starts, ends)
SELECT i % 1000, t, t + '1 hour' FROM (SELECT i, '2030-01-01 00:00+00'::timestamptz + i / 1000 * interval '1 hour'
FROM generate_series(0, 99999) AS i) AS x(i, t);
INSERT INTO booking (room, starts, ends) SELECT room, starts + interval '10 minutes', starts + interval '20 minutes'
    FROM booking WHERE room = 7;
SQL
is(query($node, "SELECT DISTINCT pairs FROM bookonce.find_double_bookings($rule)"), '100',
    'the table has old overlaps');

# Ten rooms, an hour's minutes: much of what the clients want is taken, or wanted by another one at that moment. Once
# the guard is there, all of them want the same few minutes of two rooms, step by step, and some must wait for each
# other.
my ($seen, $over) = map { PostgreSQL::Test::Utils::tempdir() . "/$_" } 'seen', 'over';
my $day = "'2031-01-01 00:00+00'::timestamptz";
sub next_call
{
    my ($client) = @_;
    my ($calls, $left) = (0, 150 * $storm);
    return sub {
        srand($seed + $client) if !$calls++;
        my $is_guarded = -e $over;
        return undef if $is_guarded && !$left--;
        append_to_file("$seen.$client", '') if $calls == 20;
        my ($room, $minute) =
            $is_guarded
            ? (int rand 2, int(rand 4) + 2 * (150 * $storm - $left) + 1_000_000)
            : (int rand 10, int(rand 60) + 60 * ($calls >> 4));
        return {
            object => "room $room",
            call => ['book'],
            sql => 'BEGIN; INSERT INTO booking (room, starts, ends) '
                . "VALUES ($room, $day + $minute * interval '1 minute', $day + $minute * interval '1 minute'
                    + interval '5 minutes') "
                . "RETURNING 'booked' || pg_sleep(0.001);\nCOMMIT;"
        };
    };
}
forget_connection($node);
my $log = -s $node->logfile;
my $clients = start_clients($node->connstr('postgres'), map { next_call($_) } 1 .. 8);
my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
usleep(10_000) while time < $patience && grep { !-e "$seen.$_" } 1 .. 8;

my ($code, $out, $error) = $node->psql('postgres', "SELECT bookonce.guard_table($rule, how => 'online')");
my ($build) = $error =~ /(CREATE INDEX CONCURRENTLY .*;)/ or die $error;
$node->safe_psql('postgres', $build);
is($node->safe_psql('postgres', "SELECT bookonce.guard_table($rule, how => 'online')"),
    'booking_guard', 'the index is built and the guard is there while clients write');
my $before = $node->safe_psql('postgres', "SELECT nextval('booking_id_seq')");
append_to_file($over, '');
my %heard;
$heard{ $_->{verdict} // 'lost' }++ for finish_clients($clients);
note join ', ', map { "$_: $heard{$_}" } sort keys %heard;
is(join(' ', grep { !/^(booked|ERROR 23P01)$/ } keys %heard), '', 'clients were booked or refused');
cmp_ok($heard{'ERROR 23P01'} // 0, '>', 100, '.. many of them refused');
unlike(slurp_file($node->logfile, $log), qr/deadlock/, '.. and none met a deadlock');

my $overlaps = q{SELECT count(*) FROM bookonce.guarded_overlaps('booking', NULL)};
is(query($node, "$overlaps WHERE greatest((row_key ->> 'id')::bigint, (other_row_key ->> 'id')::bigint) > $before"),
    '0', 'nothing that came after the guard overlaps');
is(query($node, "$overlaps WHERE resource_value = '7' AND shared < tstzrange('2030-12-01', NULL)"),
    '100', '.. and the old overlaps are listed');

# Settled: of each pair the later row goes.
query(
    $node,
    q{DELETE FROM booking WHERE id IN (SELECT (other_row_key ->> 'id')::bigint
        FROM bookonce.guarded_overlaps('booking', NULL))}
);
is(query($node, "SELECT bookonce.guard_table($rule)"), 'booking_guard', 'without overlaps, a constraint completes it');
is(query($node, 'SELECT how, problem FROM bookonce.guarded_tables'), 'constraint|', '.. under the same name');

$node->stop;
done_testing();
