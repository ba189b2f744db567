# interrupted.pl: a call that waits is cut off, by a timeout, a cancel or the end of its backend. It fails cleanly, writes
# nothing and leaves no lock, so the slot, the key and the booking are as before.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('interrupted', conf => "fsync = off\n");
sub book { my ($resource, $hour, $more) = @_; return "SELECT outcome, replayed FROM bookonce.book_slot('$resource', " . slot($hour) . ", 'user:1'" . ($more // '') . ')' }

my $first = session($node);
my $app = session($node, 'app');
my $id = $app->ask("SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(20) . ", 'user:1', hold_for => '1 hour')");

# What somebody is about to do, the call that waits for it, and what the call says when it is repeated after a rollback.
my %waits = (
    'for a slot' => [ book('room:1', 9), book('room:1', 9), 'booked|f' ],
    'for a key' => [ book('room:1', 10, ", idempotency_key => 'k'"), book('room:1', 10, ", idempotency_key => 'k'"), 'booked|f' ],
    'for the first attempt of a late repeat' => [ book('room:1', 11, ", idempotency_key => 'l'"), book('room:1', 11, ", idempotency_key => 'l', valid_until => '2001-01-01'"), 'too_late|f' ],
    'for a resource to be defined' => [ "SELECT bookonce.define_resource('room:2')", "SELECT bookonce.define_resource('room:2')", '' ],
    'for another change of a booking' => [ "SELECT outcome FROM bookonce.cancel_booking('$id')", "SELECT outcome, replayed FROM bookonce.extend_hold('$id', '1 second')", 'extended|t' ],
    'for a row locked by hand' => [ "SELECT FROM bookonce.booking WHERE booking_id = '$id' FOR UPDATE", "SELECT outcome, replayed FROM bookonce.extend_hold('$id', '1 day')", 'extended|f' ],
    'for a raw insert' => [ "INSERT INTO bookonce.booking (resource_id, during, blocks, holder) SELECT resource_id, " . slot(12) . ', ' . slot(12) . ", 'hand' FROM bookonce.resource WHERE resource = 'room:1'",
        book('room:1', 12), 'booked|f' ]);

my %cuts = (
    'statement_timeout' => [ "SET statement_timeout = '50ms'", '57014' ],
    'lock_timeout' => [ "SET lock_timeout = '50ms'", '55P03' ],
    'a cancel' => [ '', '57014', 'pg_cancel_backend' ],
    'the end of its backend' => [ '', '57P01', 'pg_terminate_backend' ]);

my $state = "SELECT md5(string_agg(b::text, ',' ORDER BY booking_id)) FROM bookonce.booking AS b";
for my $wait (sort keys %waits) {
    my ($before, $call, $afterwards) = @{ $waits{$wait} };
    my $rows = query($node, $state);
    for my $cut (sort keys %cuts) {
        my ($setting, $sqlstate, $signal) = @{ $cuts{$cut} };
        my $caller = session($node, 'app');
        $first->ask("BEGIN; $before");
        $caller->ask($setting) if $setting;
        if ($signal) {
            $caller->tell_and_wait($call);
            query($node, "SELECT $signal(" . $caller->pid . ')');
        }
        else { $caller->tell($call) }
        # A psql whose server has gone says so on its way out.
        my $answer = $signal && $signal eq 'pg_terminate_backend' ? $caller->last_words : $caller->answer;
        like($answer, qr/^(ERROR|FATAL):  $sqlstate$/m, "waiting $wait, cut off by $cut: $sqlstate");
        $node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ' . $caller->pid) if $signal && $signal eq 'pg_terminate_backend';
        is(query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = " . $caller->pid), '0', '.. it keeps no lock');
        $first->ask('ROLLBACK');
        is(query($node, $state), $rows, '.. and has written nothing');
        $caller->quit if $cut ne 'the end of its backend';
    }
    is($app->ask($call), $afterwards, "repeated after that, the call waiting $wait is answered");
}
is(query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no lock outlives its transaction');
is(overlaps($node), '0', 'no two live bookings overlap');

# The caller's transaction goes on after a savepoint: the failed call is undone, what was booked before it is kept.
$first->ask('BEGIN; ' . book('room:1', 13));
$app->ask('BEGIN; ' . book('room:1', 14) . '; SAVEPOINT s; SET LOCAL lock_timeout = \'50ms\'');
is($app->ask(book('room:1', 13)), 'ERROR:  55P03', 'a call in a transaction is cut off');
is($app->ask('ROLLBACK TO s; ' . book('room:1', 15)), 'booked|f', '.. and after ROLLBACK TO the transaction books on');
$app->ask('COMMIT');
$first->ask('ROLLBACK');
is(query($node, "SELECT string_agg(to_char(lower(during), 'HH24'), ',' ORDER BY during) FROM bookonce.live_booking WHERE lower(during) >= '2030-01-07 13:00' AND lower(during) < '2030-01-07 16:00'"),
    '14,15', '.. and keeps what it booked');

$_->quit for $first, $app;
$node->stop;
done_testing();
