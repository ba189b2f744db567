# slow_wait.pl: where bookonce.log_slow_waits asks for it, each wait for a lock of bookonce is in the server's log, and
# no call that found the lock free; also for a caller that limits its waits, and for one that may not wait.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('slow_wait', conf => "fsync = off\n");
query($node, "SELECT bookonce.define_resource('pool', 2)");
my ($first, $second) = (session($node, 'app'), session($node, 'app'));

# The lines since the last call, without the times.
my $read = 0;
sub logged
{
    my $log = slurp_file($node->logfile, $read);
    $read += length $log;
    my $lines = join "\n", $log =~ /LOG:.*(the call waited [\d.]+ ms for .*)/g;
    return $lines =~ s/[\d.]+ ms/(time)/gr;
}

# The second session books, while the first has the lock that a counted resource needs.
sub book_both
{
    my (%option) = @_;
    $first->ask("BEGIN; SELECT bookonce.book_slot('pool', " . slot(9) . ", 'ann')");
    my $call = "SELECT outcome FROM bookonce.book_slot('pool', " . slot(9) . ", 'ben', max_wait => $option{max_wait})";
    $first->ask('ROLLBACK') if $option{free};
    $option{waits} ? $second->tell_and_wait($call) : $second->tell($call);
    $first->ask('ROLLBACK') if $option{waits};
    my $answer = $second->answer;
    $first->ask('ROLLBACK') if !$option{free} && !$option{waits};
    query($node, 'SELECT bookonce.cancel_booking(booking_id) FROM bookonce.live_booking');
    return $answer;
}
sub limit
{
    my ($value) = @_;
    query($node, "ALTER SYSTEM SET bookonce.log_slow_waits = '$value'");
    $node->reload;
    return;
}

# The sessions read the setting when they are asked next.
sub set
{
    my ($value) = @_;
    limit($value);
    for my $session ($first, $second) {
        1 until $session->ask('SHOW bookonce.log_slow_waits') eq $value;
    }
    return;
}

is(book_both(waits => 1, max_wait => 'NULL'), 'booked', 'a call waits');
is(logged(), '', '.. and nothing is logged unless asked for');
set('0');
my $line = 'the call waited (time) for the lock of a resource';
is(book_both(waits => 1, max_wait => 'NULL'), 'booked', 'with a limit of zero');
is(logged(), $line, '.. a wait is logged');
is(book_both(waits => 1, max_wait => "'1 hour'"), 'booked', '.. of a call whose waits are limited');
is(logged(), $line, '.. too');
is(book_both(free => 1, max_wait => 'NULL'), 'booked', 'a lock that is free');
is(logged(), '', '.. is no wait');
like(book_both(max_wait => "'0'"), qr/55P03/, 'a call that may not wait');
is(logged(), '', '.. does not');
set('1h');
is(book_both(waits => 1, max_wait => 'NULL'), 'booked', 'a wait that is shorter than the limit');
is(logged(), '', '.. is not logged');
like($first->ask('SET bookonce.log_slow_waits = 0'), qr/42501/, 'an application does not set it');

# Who waits for something else hears what it was.
set('0');
my $booking =
    query($node, "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(12) . ", 'ann', hold_for => '1 day')");
$first->ask("BEGIN; SELECT bookonce.extend_hold('$booking', '2 days')");
$second->tell_and_wait("SELECT outcome FROM bookonce.confirm_booking('$booking')");
$first->ask('COMMIT');
is($second->answer, 'confirmed', 'a booking is confirmed when another call has ended');
is(logged(), 'the call waited (time) for the lock of a booking', '.. and the log names the booking\'s lock');

$_->quit for $first, $second;
$node->stop;
done_testing();
