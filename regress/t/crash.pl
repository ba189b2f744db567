# crash.pl: a backend is killed, or the whole server stops at once. What was acknowledged is there afterwards; what was not
# committed is gone, its slot and key free, and no lock stays.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('crash', conf => "fsync = on\nsynchronous_commit = on\nrestart_after_crash = on\n");
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION hour(n integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange(t, t + interval '1 hour') FROM (SELECT '2030-01-01 00:00+00'::timestamptz + n * interval '1 hour') AS x(t) $$;
SQL
sub book { my ($hour, $holder, $key) = @_; return 'SELECT outcome, replayed FROM bookonce.book_slot(\'room:1\', ' . slot($hour) . ", '$holder', idempotency_key => '$key')" }
sub ask { my ($sql) = @_; return $node->safe_psql('postgres', $sql, extra_params => [ '-U', 'app' ]) }
sub count { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT count(*) FROM $sql") }

for my $way ('a backend is killed', 'the server stops at once') {
    $node->safe_psql('postgres', 'TRUNCATE bookonce.booking');
    is(ask(book(9, 'ann', 'committed')), 'booked|f', "$way: before that, a booking is committed");
    my $id = ask("SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(10) . ", 'ann', hold_for => '1 day')");

    my $ann = session($node, 'app');
    my $bob = session($node, 'app');
    $ann->ask('BEGIN; ' . book(11, 'ann', 'uncommitted') . "; SELECT bookonce.confirm_booking('$id')");
    $bob->tell_and_wait(book(11, 'bob', 'waiting'));
    if ($way eq 'a backend is killed') {
        kill 'KILL', $ann->pid;
        $_->last_words for $ann, $bob;
        forget_connection($node);
        $node->poll_query_until('postgres', "SELECT 'up again'", 'up again') or die 'the server does not come back';
    }
    else {
        $node->stop('immediate');
        $_->last_words for $ann, $bob;
        forget_connection($node);
        $node->start;
    }
    is(count('pg_locks WHERE locktype = \'advisory\''), '0', '.. no lock stays');
    is(count('bookonce.booking'), '2', '.. what was under way is gone');
    is(ask(book(9, 'ann', 'committed')), 'booked|t', '.. what was committed is there: a replay');
    is(ask("SELECT outcome, replayed FROM bookonce.confirm_booking('$id')"), 'confirmed|f', '.. and so is the hold, unconfirmed');
    is(ask(book(11, 'eve', 'uncommitted')), 'booked|f', '.. the slot and the key are free');
}

# Clients book one slot after the other, and the server stops under them. Whatever they have read is true afterwards.
for my $round (1 .. 2) {
    $node->safe_psql('postgres', 'TRUNCATE bookonce.booking');
    my @clients;
    for my $client (1 .. 4) {
        my $file = PostgreSQL::Test::Utils::tempdir() . '/calls';
        append_to_file($file, join '', map {
            "SELECT outcome, booking_id FROM bookonce.book_slot('room:1', hour($_), 'user:$client');\n"
        } 1 .. 3000);
        my %run = (out => '', err => '');
        $run{psql} = IPC::Run::start([ 'psql', '-XAtq', '-U', 'app', '-f', $file, $node->connstr('postgres') ], '>', \$run{out}, '2>', \$run{err});
        push @clients, \%run;
    }
    $node->poll_query_until('postgres', 'SELECT count(*) > 300 FROM bookonce.booking') or die 'nothing is booked';
    $node->stop('immediate');
    $_->{psql}->finish for @clients;
    my @booked = map { $_->{out} =~ /^booked\|(\S{36})$/mg } @clients;
    $node->start;
    my $there = $node->safe_psql('postgres', "SELECT count(*) FROM bookonce.booking WHERE booking_id::text IN ('" . join("','", @booked) . "')");
    cmp_ok(scalar @booked, '>', 200, 'the server stops at once under four clients that were told `booked` ' . @booked . ' times');
    is($there, scalar @booked, '.. and every booking of which a client was told is there');
    is(overlaps($node), '0', '.. no two live bookings overlap');
}
$node->stop;
done_testing();
