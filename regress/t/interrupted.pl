# interrupted.pl: a call that waits is cut off, by a timeout, a cancel or the end of its backend. It fails cleanly,
# writes nothing and leaves no lock, so the slot, the key and the booking are as before. And the other way round: the
# transaction that is waited for idles until idle_in_transaction_session_timeout ends it, and the call is answered.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('interrupted', conf => "fsync = off\n");
sub book
{
    my ($resource, $hour, $more) = @_;
    return
          "SELECT outcome, replayed FROM bookonce.book_slot('$resource', "
        . slot($hour)
        . ", 'user:1'"
        . ($more // '') . ')';
}

my $first = session($node);
my $app = session($node, 'app');
my $id =
    $app->ask("SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(20) . ", 'user:1', hold_for => '1 hour')");

# The objects of the other verbs, separate ones for each wait.
$app->ask(
    "SELECT bookonce.define_resource('bus:1', 2), bookonce.define_resource('van:' || n),
        bookonce.define_resource('ann:' || n), bookonce.define_resource('ben:' || n) FROM generate_series(1, 11) AS n"
);
$app->ask("SELECT bookonce.define_counter('stock:' || n, 5, 0, 9) FROM generate_series(1, 3) AS n");
sub group
{
    my ($more, @slots) = @_;
    return
          'SELECT outcome, replayed FROM bookonce.book_slots(ARRAY['
        . join(', ', map { my ($r, $hour) = @$_; "('$r', " . slot($hour) . ', NULL, NULL, NULL, NULL)' } @slots)
        . "]::bookonce.slot_request[], 'user:1'$more)";
}
sub id
{
    my ($resource, $hour, $more) = @_;
    return $app->ask(
        "SELECT booking_id FROM bookonce.book_slot('$resource', " . slot($hour) . ", 'user:1'" . ($more // '') . ')');
}
sub verb { my ($call) = @_; return "SELECT outcome, replayed FROM bookonce.$call" }
my $group = $app->ask(
    group(", hold_for => '1 hour'", [ 'van:1', 1 ], [ 'van:2', 1 ]) =~ s/outcome, replayed/DISTINCT group_id/r);
my ($moved, $held_back, $one, $two) = (id('van:3', 1), id('van:3', 2), id('van:4', 1), id('van:5', 2));
$app->ask("SELECT bookonce.claim('e-mail', 'own', 'user:1')");

# A request of two positions at hour N, and the offers to `ann:N` (who has accepted when $accepted) and `ben:N`.
my %request;
sub request
{
    my ($n, $accepted) = @_;
    $request{$n} = $app->ask('SELECT request_id FROM bookonce.open_request(' . slot($n) . ", 2, 'client:1')");
    my ($ann, $ben) = split /\n/,
        $app->ask("SELECT offer_id FROM bookonce.make_offers('$request{$n}', '{ann:$n,ben:$n}')");
    $app->ask(verb("accept_offer('$ann', 'ann:$n')")) if $accepted;
    return ($ann, $ben);
}
my @offers = ([], map { [ request($_, $_ >= 6) ] } 1 .. 11);
# The call by which that provider accepts.
sub acceptance { my ($n, $who) = @_; return verb("accept_offer('$offers[$n][$who eq 'ann' ? 0 : 1]', '$who:$n')") }

# The statement of another session, the call that waits for it, and the answer when the call is repeated after a
# rollback.
my %waits = (
    'for a slot' => [ book('room:1', 9), book('room:1', 9), 'booked|f' ],
    'for a key' =>
        [ book('room:1', 10, ", idempotency_key => 'k'"), book('room:1', 10, ", idempotency_key => 'k'"), 'booked|f' ],
    'for the first attempt of a late repeat' => [
        book('room:1', 11, ", idempotency_key => 'l'"),
        book('room:1', 11, ", idempotency_key => 'l', valid_until => '2001-01-01'"),
        'too_late|f'
    ],
    'for a resource to be defined' =>
        [ "SELECT bookonce.define_resource('room:2')", "SELECT bookonce.define_resource('room:2')", '' ],
    'for another change of a booking' => [
        "SELECT outcome FROM bookonce.cancel_booking('$id')",
        "SELECT outcome, replayed FROM bookonce.extend_hold('$id', '1 second')",
        'extended|t'
    ],
    'for a row locked by hand' => [
        "SELECT FROM bookonce.booking WHERE booking_id = '$id' FOR UPDATE",
        "SELECT outcome, replayed FROM bookonce.extend_hold('$id', '1 day')",
        'extended|f'
    ],
    'for a raw insert' => [
        "INSERT INTO bookonce.booking (resource_id, during, blocks, holder) SELECT resource_id, "
            . slot(12) . ', '
            . slot(12)
            . ", 'hand' FROM bookonce.resource WHERE resource = 'room:1'",
        book('room:1', 12),
        'booked|f'
    ],

    'for a place' => [ book('bus:1', 9), book('bus:1', 9, ', quantity => 2'), 'booked|f' ],
    'for one of many' =>
        [ book('bus:1', 10), verb("book_any_slot('{bus:1,room:1}', " . slot(10) . ", 'user:1')"), 'booked|f' ],
    'for a rule' =>
        [ "SELECT bookonce.set_opening_hours('van:6', 1, '{08:00}', '{18:00}')", book('van:6', 10), 'booked|f' ],
    'to set a rule' => [ book('van:6', 11), "SELECT bookonce.set_booking_limit('van:6', 'day', 5)", '' ],

    'for a slot of a group' => [ book('van:1', 9), group('', [ 'van:2', 9 ], [ 'van:1', 9 ]), "booked|f\nbooked|f" ],
    'for the key of a group' => [
        group(", idempotency_key => 'g'", [ 'van:1', 10 ], [ 'van:2', 10 ]),
        group(", idempotency_key => 'g'", [ 'van:1', 10 ], [ 'van:2', 10 ]),
        "booked|f\nbooked|f"
    ],
    'for slots of which each is for itself' => [
        book('van:1', 11),
        group(', all_or_nothing => false', [ 'van:2', 11 ], [ 'van:1', 11 ]),
        "booked|f\nbooked|f"
    ],
    'for another change of a group' =>
        [ verb("cancel_group('$group')"), verb("confirm_group('$group')"), "confirmed|f\nconfirmed|f" ],

    'to move a booking onto a slot' =>
        [ book('van:3', 9), verb("reschedule_booking('$moved', " . slot(9) . ')'), 'rescheduled|f' ],
    'to move a booking that is changed' => [
        verb("cancel_booking('$held_back')"), verb("reschedule_booking('$held_back', " . slot(12) . ", 'van:7')"),
        'rescheduled|f'
    ],
    'to swap a booking that is changed' =>
        [ verb("cancel_booking('$two')"), verb("swap_bookings('$one', '$two')"), 'swapped|f' ],

    'for the key of a request' => [
        verb('open_request(' . slot(1) . ", 1, 'client:2', idempotency_key => 'r')"),
        verb('open_request(' . slot(1) . ", 1, 'client:2', idempotency_key => 'r')"),
        'opened|f'
    ],
    'to offer' => [ acceptance(1, 'ben'), verb("make_offers('$request{1}', '{van:8}')"), 'offered|f' ],
    'to accept' => [ acceptance(2, 'ben'), acceptance(2, 'ann'), 'accepted|f' ],
    'to accept, for the provider\'s time' => [ book('ann:3', 3), acceptance(3, 'ann'), 'accepted|f' ],
    'to decline' => [ acceptance(4, 'ben'), verb("decline_offer('$offers[4][0]', 'ann:4')"), 'declined|f' ],
    'to withdraw' => [ acceptance(5, 'ben'), verb("withdraw_offer('$offers[5][0]')"), 'withdrawn|f' ],
    'to release a position' => [ acceptance(6, 'ben'), verb("release_position('$request{6}', 'ann:6')"), 'released|f' ],
    'to reassign a position' =>
        [ book('van:9', 7), verb("reassign_position('$request{7}', 'ann:7', 'van:9')"), 'reassigned|f' ],
    'to reschedule a request' =>
        [ acceptance(10, 'ben'), verb("reschedule_request('$request{10}', " . slot(21) . ")"), 'rescheduled|f' ],
    'to reschedule a request, for a provider\'s time' =>
        [ book('ann:11', 22), verb("reschedule_request('$request{11}', " . slot(22) . ")"), 'rescheduled|f' ],
    'to cancel a request' => [ acceptance(8, 'ben'), verb("cancel_request('$request{8}')"), 'cancelled|f' ],
    'to cancel a request, for a booking of it' => [
        "SELECT bookonce.cancel_booking((SELECT booking_id FROM bookonce.appointment
            WHERE request_id = '$request{9}'))",
        verb("cancel_request('$request{9}')"),
        'cancelled|f'
    ],

    'for a value' =>
        [ verb("claim('e-mail', 'new', 'user:2')"), verb("claim('e-mail', 'new', 'user:1')"), 'claimed|f' ],
    'to release a value' => [
        verb("release_claim('e-mail', 'own', 'user:1')"), verb("release_claim('e-mail', 'own', 'user:1')"),
        'released|f'
    ],
    'for a counter' => [ verb("adjust_counter('stock:1', -1)"), verb("adjust_counter('stock:1', -2)"), 'applied|f' ],
    'for a key of a counter' =>
        [ verb("adjust_counter('stock:2', -1, 'k')"), verb("adjust_counter('stock:2', -1, 'k')"), 'applied|f' ],
    'to define a counter' =>
        [ verb("adjust_counter('stock:3', 2)"), "SELECT bookonce.define_counter('stock:3', 5, 0, 8)", '' ]);

# Each with the transaction's setting, the signal or the argument, and the error. The end of its backend comes last: it
# ends the session.
my @cuts = (
    [ 'statement_timeout', '57014', setting => "SET LOCAL statement_timeout = '50ms'" ],
    [ 'lock_timeout', '55P03', setting => "SET LOCAL lock_timeout = '50ms'" ],
    [ 'max_wait', '55P03', argument => "max_wait => '50 milliseconds'" ],
    [
        'max_wait, beside a lock_timeout',
        '55P03',
        setting => "SET LOCAL lock_timeout = '1h'",
        argument => "max_wait => '50 milliseconds'"
    ],
    [ 'a max_wait of 0', '55P03', argument => "max_wait => '0'" ],
    [ 'a cancel', '57014', signal => 'pg_cancel_backend' ],
    [ 'the end of its backend', '57P01', signal => 'pg_terminate_backend' ]);

my $state = 'SELECT ' . join ' || ',
    map { "(SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM bookonce.\"$_\" AS t)" }
    qw(resource opening_hours booking request position offer claim counter counter_entry);
for my $wait (sort keys %waits) {
    my ($before, $call, $afterwards) = @{ $waits{$wait} };
    my $rows = query($node, $state);
    my $caller = session($node, 'app');
    for my $cut (@cuts) {
        my ($name, $sqlstate, %how) = @$cut;
        next if $wait eq 'for slots of which each is for itself' && ($how{argument} // '') =~ /'0'/; # contended.pl
        my $ends = ($how{signal} // '') eq 'pg_terminate_backend';
        $first->ask("BEGIN; $before");
        $caller->ask("BEGIN; $how{setting}") if $how{setting};
        if ($how{signal}) {
            $caller->tell_and_wait($call);
            query($node, "SELECT $how{signal}(" . $caller->pid . ')');
        }
        else { $caller->tell($how{argument} ? $call =~ s/\)$/, $how{argument})/r : $call) }
        # A psql whose server has gone says so on its way out.
        my $answer = $ends ? $caller->last_words : $caller->answer;
        like($answer, qr/^(ERROR|FATAL):  $sqlstate$/m, "waiting $wait, cut off by $name: $sqlstate");
        $node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = ' . $caller->pid)
            if $ends;
        is(query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = " . $caller->pid),
            '0', '.. it keeps no lock');
        $caller->ask('ROLLBACK') if $how{setting};
        $first->ask('ROLLBACK');
        is(query($node, $state), $rows, '.. and has written nothing');
    }
    my $idler = session($node);
    # The timeout comes last: on a busy machine there may be more than that between any two statements.
    $idler->ask("BEGIN; $before; SET idle_in_transaction_session_timeout = '50ms'");
    is($app->ask($call), $afterwards, "waiting $wait, for one who idles and is ended, the call is answered");
    $idler->last_words;
}
is(scalar(() = new_errors($node) =~ /FATAL:  25P03/g), scalar(keys %waits), 'each idler was ended by its timeout');
is(query($node, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), '0', 'no lock outlives its transaction');
is(overlaps($node), '0', 'no two live bookings overlap');

# The caller's transaction goes on after a savepoint: the failed call is undone, what was booked before it is kept.
$first->ask('BEGIN; ' . book('room:1', 13));
$app->ask('BEGIN; ' . book('room:1', 14) . '; SAVEPOINT s; SET LOCAL lock_timeout = \'50ms\'');
is($app->ask(book('room:1', 13)), 'ERROR:  55P03', 'a call in a transaction is cut off');
is($app->ask('ROLLBACK TO s; ' . book('room:1', 15)), 'booked|f', '.. and after ROLLBACK TO the transaction books on');
$app->ask('COMMIT');
$first->ask('ROLLBACK');
is( query(
        $node,
        "SELECT string_agg(to_char(lower(during), 'HH24'), ',' ORDER BY during) FROM bookonce.live_booking
            WHERE lower(during) >= '2030-01-07 13:00' AND lower(during) < '2030-01-07 16:00'"
    ),
    '14,15',
    '.. and keeps what it booked');

$_->quit for $first, $app;
$node->stop;
done_testing();
