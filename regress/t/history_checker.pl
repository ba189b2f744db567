# history_checker.pl: tests the checker of histories with histories that a reader can judge. history_orders.pl compares
# it with all orders of random ones.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use Test::More;
use BookonceHistory;

# `0-5 book k 9 10 1 -> booked f`: invoked at 0, returned at 5; `0-` never returned.
sub history
{
    return map {
        /^(\d+)-(\d*) (.*?)(?: -> (.*))?$/ or die "no call: $_";
        { invoked => $1, returned => $2 eq '' ? undef : $2, call => [ split / /, $3 ], verdict => $4 }
    } @_;
}

sub judge
{
    my ($model, $initial, @lines) = @_;
    return defined linearizable($model, $initial, history(@lines)) ? 'no' : 'yes';
}

my $room = booking_model(1);
my $pool = booking_model(3);
my $series = series_model(1);
my $diary = series_model(1, 10); # what lies before 10 is over
my $class = line_model(1);
my $email = claim_model();
my $stock = counter_model(0, 10);
my $couple = request_model(2);

for my $case (
    # Bookings
    [ 'yes', 'one of two at once', $room, '', '0-5 book a 9 10 1 -> booked f', '1-4 book b 9 10 1 -> taken f' ],
    [ 'yes', 'the later answer wins', $room, '', '0-5 book a 9 10 1 -> taken f', '1-9 book b 9 10 1 -> booked f' ],
    [ 'no', 'both of two at once', $room, '', '0-5 book a 9 10 1 -> booked f', '1-4 book b 9 10 1 -> booked f' ],
    [
        'no', 'two that overlap, one after the other',
        $room, '',
        '0-1 book a 9 11 1 -> booked f',
        '2-3 book b 10 12 1 -> booked f'
    ],
    [ 'yes', 'two that touch', $room, '', '0-5 book a 9 10 1 -> booked f', '1-4 book b 10 11 1 -> booked f' ],
    [
        'no',
        'two that touch, with a buffer',
        booking_model(1, 1),
        '',
        '0-5 book a 9 10 1 -> booked f',
        '1-4 book b 11 12 1 -> booked f'
    ],
    [ 'no', 'none of two at once', $room, '', '0-5 book a 9 10 1 -> taken f', '1-4 book b 9 10 1 -> taken f' ],
    [ 'no', 'taken, before anybody asks', $room, '', '0-1 book a 9 10 1 -> taken f', '2-4 book b 9 10 1 -> booked f' ],
    [
        'yes', 'taken, and then cancelled under way',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-9 cancel a -> cancelled f',
        '3-8 book b 9 10 1 -> taken f'
    ],
    [
        'yes', 'cancelled, and booked again under way',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-9 cancel a -> cancelled f',
        '3-4 book b 9 10 1 -> booked f'
    ],
    [
        'no',
        'taken, though cancelled before',
        $room,
        '',
        '0-1 book a 9 10 1 -> booked f',
        '2-3 cancel a -> cancelled f',
        '4-5 book b 9 10 1 -> taken f'
    ],
    [
        'no', 'booked and taken, in the wrong order',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-9 cancel a -> cancelled f',
        '3-4 book b 9 10 1 -> booked f',
        '5-6 book c 9 10 1 -> booked f'
    ],
    [ 'yes', 'a key twice at once', $room, '', '0-5 book a 9 10 1 -> booked t', '1-4 book a 9 10 1 -> booked f' ],
    [
        'no',
        'a key that books twice',
        $room,
        '',
        '0-1 book a 9 10 1 -> booked f',
        '2-3 cancel a -> cancelled f',
        '4-5 book a 9 10 1 -> booked f'
    ],
    [ 'no', 'a replay of nothing', $room, '', '0-1 book a 9 10 1 -> booked t' ],
    [
        'yes', 'three of three',
        $pool, '',
        '0-5 book a 9 10 2 -> booked f',
        '0-5 book b 9 10 1 -> booked f',
        '0-5 book c 9 10 1 -> taken f'
    ],
    [
        'no', 'four of three',
        $pool, '',
        '0-5 book a 9 10 2 -> booked f',
        '0-5 book b 9 10 1 -> booked f',
        '0-5 book c 9 10 1 -> booked f'
    ],
    [
        'yes', 'three at each instant, four in all',
        $pool, '',
        '0-1 book a 9 10 2 -> booked f',
        '2-3 book b 10 11 2 -> booked f',
        '4-5 book c 9 11 1 -> booked f'
    ],
    [
        'yes', 'moved out of the way',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-9 reschedule a 10 11 -> rescheduled f',
        '3-4 book b 9 10 1 -> booked f'
    ],
    [
        'no', 'two move to one place',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-3 book b 10 11 1 -> booked f',
        '4-9 reschedule a 11 12 -> rescheduled f',
        '4-9 reschedule b 11 12 -> rescheduled f'
    ],
    [
        'yes', 'moves past each other, one after the other',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-3 book b 10 11 1 -> booked f',
        '4-9 reschedule a 11 12 -> rescheduled f',
        '4-9 reschedule b 9 10 -> rescheduled f'
    ],
    [
        'yes', 'no answer, and it took effect',
        $room, '',
        '0- book a 9 10 1',
        '4-5 book b 9 10 1 -> taken f',
        '6-7 book a 9 10 1 -> booked t'
    ],
    [
        'yes', 'no answer, and it did not',
        $room, '',
        '0- book a 9 10 1',
        '4-5 book b 9 10 1 -> booked f',
        '6-7 book a 9 10 1 -> taken f'
    ],
    [
        'no', 'no answer, and it both did and did not',
        $room, '',
        '0- book a 9 10 1',
        '4-5 book b 9 10 1 -> taken f',
        '6-7 book c 9 10 1 -> booked f'
    ],
    [
        'yes', 'a hold that lapses under way',
        $room, '', '0-1 book a 9 10 1 hold -> booked f',
        '5-9 lapse a',
        '5-6 confirm a -> confirmed f',
        '7-8 book b 9 10 1 -> taken f'
    ],
    [
        'no', 'a hold that is confirmed and has lapsed',
        $room, '', '0-1 book a 9 10 1 hold -> booked f',
        '5-9 lapse a',
        '5-6 book b 9 10 1 -> booked f',
        '7-8 confirm a -> confirmed f'
    ],
    [
        'no', 'a hold that lapses too early',
        $room, '',
        '0-1 book a 9 10 1 hold -> booked f',
        '2-3 book b 9 10 1 -> booked f',
        '5-9 lapse a'
    ],
    [
        'no', 'a hold that blocks too long',
        $room, '', '0-1 book a 9 10 1 hold -> booked f',
        '2-3 lapse a', '4-5 book b 9 10 1 -> taken f'
    ],
    [
        'no', 'two verdicts on one hold',
        $room, '', '0-1 book a 9 10 1 hold -> booked f',
        '2-9 lapse a',
        '3-8 confirm a -> confirmed f',
        '3-8 cancel a -> hold_expired f'
    ],
    # A line
    [
        'yes',
        'what is given back is offered to the first',
        $class,
        '',
        '0-1 book a -> booked f',
        '2-3 join k -> waiting f 1',
        '4-5 join l -> waiting f 2',
        '6-7 cancel a -> cancelled f',
        '8-9 book b -> taken f',
        '10-11 confirm k -> confirmed f',
        '12-13 join l -> waiting t 1'
    ],
    [
        'no',
        'the second is served first',
        $class,
        '',
        '0-1 book a -> booked f',
        '2-3 join k -> waiting f 1',
        '4-5 join l -> waiting f 2',
        '6-7 cancel a -> cancelled f',
        '8-9 confirm l -> confirmed f'
    ],
    [
        'no', 'somebody comes by and jumps the queue',
        $class, '',
        '0-1 book a -> booked f',
        '2-3 join k -> waiting f 1',
        '4-5 cancel a -> cancelled f',
        '6-7 book b -> booked f'
    ],
    [
        'no', 'who joins while it is given back is forgotten',
        $class, '',
        '0-1 book a -> booked f',
        '2-5 join k -> waiting f 1',
        '2-5 cancel a -> cancelled f',
        '6-7 join k -> waiting t 1'
    ],
    [
        'no', 'offered once more to one who gave it back',
        $class, '',
        '0-1 book a -> booked f',
        '2-3 join k -> waiting f 1',
        '4-5 cancel a -> cancelled f',
        '6-7 give k -> cancelled f',
        '8-9 book b -> taken f'
    ],
    [
        'yes',
        'who leaves makes way',
        $class,
        '',
        '0-1 book a -> booked f',
        '2-3 join k -> waiting f 1',
        '2-3 join l -> waiting f 2',
        '4-5 leave k -> left f',
        '6-7 join l -> waiting t 1',
        '8-9 leave k -> left t',
        '10-11 cancel a -> cancelled f',
        '12-13 leave l -> offered f'
    ],
    # Pre-bookings and their holders
    [
        'yes', 'one of two is made firm',
        $room, '',
        '0-1 book a 9 10 0 hold -> booked f',
        '0-1 book b 9 10 0 -> booked f',
        '2-5 firm a -> confirmed f',
        '2-5 firm b -> taken f',
        '6-7 firm a -> confirmed t'
    ],
    [
        'no',
        'both are made firm',
        $room,
        '',
        '0-1 book a 9 10 0 -> booked f',
        '0-1 book b 9 10 0 -> booked f',
        '2-5 firm a -> confirmed f',
        '2-5 firm b -> confirmed f'
    ],
    [
        'no',
        'taken, though nothing is firm',
        $room,
        '',
        '0-1 book a 9 10 0 -> booked f',
        '0-1 book b 9 10 0 -> booked f',
        '2-5 firm a -> taken f'
    ],
    [
        'yes', 'given away while the old holder cancels',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-5 change a w -> changed f',
        '2-5 cancel a u -> unknown'
    ],
    [
        'no', 'given away, and then cancelled by the old holder',
        $room, '',
        '0-1 book a 9 10 1 -> booked f',
        '2-3 change a w -> changed f',
        '4-5 cancel a u -> cancelled f'
    ],
    # Groups: book key first count step, then verb key since by
    [
        'yes', 'a group moves out of the way while another is booked',
        $series, '',
        '0-1 book a 9 2 1 -> booked f',
        '2-9 move a 0 2 -> rescheduled f,rescheduled f',
        '3-4 book b 9 2 1 -> booked f'
    ],
    [
        'no', 'half of a group has moved',
        $series, '',
        '0-1 book a 9 2 1 -> booked f',
        '2-9 move a 0 2 -> rescheduled f,rescheduled f',
        '3-4 book b 9 1 1 -> booked f',
        '5-6 book c 11 1 1 -> booked f'
    ],
    [
        'yes', 'a group moves into its own places',
        $series, '',
        '0-1 book a 9 3 1 -> booked f',
        '2-3 move a 0 1 -> rescheduled f,rescheduled f,rescheduled f'
    ],
    [
        'no', 'what is over stays, and is in the way of what moves',
        $series, '',
        '0-1 book a 9 2 1 -> booked f',
        '2-3 move a 10 -1 -> too_late f,rescheduled f'
    ],
    [
        'yes', 'cancelled from an hour on while one member is',
        $series, '',
        '0-1 book a 9 3 1 -> booked f',
        '2-5 cancel a 10 -> too_late f,cancelled t,cancelled f',
        '2-5 drop a 2 -> cancelled f'
    ],
    [
        'no', 'one member is cancelled twice',
        $series, '',
        '0-1 book a 9 3 1 -> booked f',
        '2-5 cancel a 10 -> too_late f,cancelled f,cancelled f',
        '2-5 drop a 2 -> cancelled f'
    ],
    [
        'no', 'confirmed, though cancelled before',
        $series, '',
        '0-1 book a 9 2 1 hold -> booked f',
        '2-3 cancel a 10 -> too_late f,cancelled f',
        '4-5 confirm a 0 -> confirmed f,confirmed f'
    ],
    # Claims
    [
        'yes', 'one claimant, and one told so',
        $email, '',
        '0-5 claim u -> claimed f', '0-5 claim v -> claimed_by_other f'
    ],
    [ 'no', 'two claimants', $email, '', '0-5 claim u -> claimed f', '0-5 claim v -> claimed f' ],
    [
        'yes', 'two claimants, one after the other',
        $email, '',
        '0-1 claim u -> claimed f',
        '2-7 release u -> released f',
        '3-4 claim v -> claimed f'
    ],
    [
        'no', 'claimed by another who had released',
        $email, '',
        '0-1 claim u -> claimed f',
        '2-3 release u -> released f',
        '4-5 claim v -> claimed_by_other f'
    ],
    # Counters
    [ 'yes', 'two add one', $stock, '0', '0-5 adjust 1 k -> applied f 2', '0-5 adjust 1 l -> applied f 1' ],
    [ 'no', 'a lost update', $stock, '0', '0-5 adjust 1 k -> applied f 1', '0-5 adjust 1 l -> applied f 1' ],
    [ 'no', 'a key that adds twice', $stock, '0', '0-5 adjust 1 k -> applied f 1', '0-5 adjust 1 k -> applied f 2' ],
    [ 'no', 'below its minimum', $stock, '1', '0-5 adjust -1 k -> applied f 0', '0-5 adjust -1 l -> applied f -1' ],
    [
        'no', 'out of bounds that are not met',
        $stock, '1',
        '0-1 adjust -1 k -> out_of_bounds f 1',
        '2-3 adjust -1 l -> applied f 0'
    ],
    # Requests
    # A hold that was extended for long does not lapse, and only its holder may extend it.
    [
        'yes', 'extended before it lapses',
        $room, '',
        '0-1 book a 9 10 1 1 -> booked f',
        '2-3 extend a u -> extended f',
        '2-9 lapse a', '10-11 confirm a -> confirmed f'
    ],
    [
        'no', 'extended, and lapsed all the same',
        $room, '',
        '0-1 book a 9 10 1 1 -> booked f',
        '2-3 extend a u -> extended f',
        '4-5 lapse a', '6-7 confirm a -> hold_expired f'
    ],
    [ 'no', "another's hold, extended", $room, '', '0-1 book a 9 10 1 1 -> booked f', '2-3 extend a w -> extended f' ],
    # Each member of a group to its own hour: all of them, or none.
    [
        'yes', 'members that change places',
        $series, '',
        '0-1 book a 0 2 1 -> booked f',
        '2-3 place a -99 1 0 -> rescheduled f,rescheduled f',
        '4-5 book b 1 1 1 -> taken f'
    ],
    [
        'yes', 'one is moved, one stays',
        $series, '',
        '0-1 book a 0 2 1 -> booked f',
        '2-3 place a -99 - 5 -> rescheduled t,rescheduled f',
        '4-5 book b 1 1 1 -> booked f'
    ],
    [
        'no',
        'taken, though one was moved',
        $series,
        '',
        '0-1 book a 0 2 1 -> booked f',
        '2-3 book b 5 1 1 -> booked f',
        '4-5 place a -99 3 5 -> taken f',
        '6-7 book c 0 1 1 -> booked f'
    ],
    # A group that is wholly over may be deleted or not; once it is deleted, its key is new.
    [
        'yes', 'a key that is deleted, and used again',
        $diary, '', '0-1 book a 0 2 1 -> booked f',
        '2-3 sweep', '4-5 book a 0 2 1 -> booked f'
    ],
    [
        'yes', 'left, for others had locked it',
        $diary, '', '0-1 book a 0 2 1 -> booked f',
        '2-3 sweep', '4-5 book a 0 2 1 -> booked t'
    ],
    [
        'no', 'a key that is used again before anything is deleted',
        $diary, '',
        '0-1 book a 0 2 1 -> booked f',
        '2-3 book a 0 2 1 -> booked f',
        '4-5 sweep'
    ],
    [
        'no', 'a key of which a row is still to come',
        $diary, '', '0-1 book a 0 2 20 -> booked f',
        '2-3 sweep', '4-5 book a 0 2 20 -> booked f'
    ],
    [
        'no', 'deleted, and then there',
        $diary, '', '0-1 book a 0 2 1 -> booked f',
        '2-3 sweep',
        '4-5 book b 0 1 1 -> booked f',
        '6-7 cancel a 0 -> cancelled f,cancelled f'
    ],
    [
        'yes', 'moved while one accepts, and again',
        $couple, '',
        '0-5 move 1 -> rescheduled f',
        '0-5 accept a -> accepted f',
        '6-7 move 1 -> rescheduled t'
    ],
    [ 'no', 'moved twice to one time', $couple, '', '0-5 move 1 -> rescheduled f', '1-4 move 1 -> rescheduled f' ],
    [ 'no', 'moved, though cancelled before', $couple, '', '0-1 cancel -> cancelled f', '2-3 move 1 -> rescheduled f' ],
    [
        'yes', 'two of two', $couple, '',
        '0-5 accept a -> accepted f',
        '0-5 accept b -> filled f',
        '0-5 accept c -> accepted f'
    ],
    [
        'no',
        'three of two',
        $couple,
        '',
        '0-5 accept a -> accepted f',
        '0-5 accept b -> accepted f',
        '0-5 accept c -> accepted f'
    ],
    [ 'no', 'filled by one', $couple, '', '0-5 accept a -> accepted f', '0-5 accept b -> filled f' ],
    [
        'yes',
        'a position that was released',
        $couple,
        '',
        '0-1 accept a -> accepted f',
        '0-1 accept b -> accepted f',
        '2-5 accept c -> accepted f',
        '2-5 release a -> released f'
    ],
    [
        'no', 'accepted, though cancelled before',
        $couple, '',
        '0-1 cancel -> cancelled f',
        '2-3 accept a -> accepted f'
    ],)
{
    my ($expected, $name, @history) = @$case;
    is(judge(@history), $expected, "$name: $expected");
}
done_testing();
