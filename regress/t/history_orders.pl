# history_orders.pl: tests the checker of histories against all orders of small random histories.
#
# BOOKONCE_SEED repeats them; BOOKONCE_STORM=N makes N times as many.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(shuffle);
use Test::More;
use BookonceHistory;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";
srand($seed);

# Returns true if any order of the calls explains them, found by trying all orders; calls without an answer may be left
# out.
sub some_order_explains
{
    my ($model, $state, @left) = @_;
    return 1 if !grep { defined $_->{returned} } @left;
    for my $call (@left) {
        next if grep { defined $_->{returned} && $_->{returned} < $call->{invoked} } @left;
        my @pairs = $model->($state, @{ $call->{call} });
        while (my ($verdict, $next) = splice @pairs, 0, 2) {
            next if defined $call->{verdict} && $call->{verdict} ne $verdict;
            return 1 if some_order_explains($model, $next, grep { $_ != $call } @left);
        }
    }
    return 0;
}

sub pick { return $_[ rand @_ ] }

# A random history of up to seven calls: each takes effect at some instant between, and gets its verdict there; some
# verdicts are then replaced by that of another call, and some answers are lost.
sub random_history
{
    my ($model, $state, $random_call) = @_;
    my @calls = map {
        my $at = rand 20;
        { at => $at, invoked => int($at - rand 8), returned => int($at + 1 + rand 8), call => [ $random_call->() ] }
    } 1 .. 2 + rand 6;
    for my $call (sort { $a->{at} <=> $b->{at} } @calls) {
        my @pairs = $model->($state, @{ $call->{call} });
        ($call->{verdict}, $state) = @pairs[ map { 2 * $_, 2 * $_ + 1 } int rand @pairs / 2 ];
    }
    pick(@calls)->{verdict} = pick(@calls)->{verdict} for 1 .. rand 3;
    # A lapse has no verdict, but returns; so does a deletion.
    delete $_->{verdict} for grep { $_->{call}[0] =~ /lapse|sweep/ } @calls;
    delete @{ pick(@calls) }{qw(returned verdict)} if rand() < 0.3;
    return shuffle(@calls);
}

# Of each kind: the model and the state that it begins with, the keys, and the calls that one key makes.
my %kinds = (
    booking => [
        booking_model(1),
        '',
        [ 'a' .. 'd' ],
        sub {
            my ($key) = @_;
            my $from = ord($key) % 3;
            return (
                [ 'book', $key, $from, $from + 2, 1, ord($key) % 2 ],
                [ 'cancel', $key ],
                [ 'confirm', $key ],
                [ 'lapse', $key ],
                [ 'reschedule', $key, 3, 4 ]);
        }
    ],
    pool => [
        booking_model(2),
        '',
        [ 'a' .. 'e' ],
        sub {
            my ($key) = @_;
            my $from = ord($key) % 3;
            return ([ 'book', $key, $from, $from + 2, 1 ], [ 'cancel', $key ]);
        }
    ],
    stage => [
        booking_model(1),
        '',
        [ 'a' .. 'c' ],
        sub {
            my ($key) = @_;
            return (
                [ 'book', $key, 0, 2, $key eq 'c' ? 1 : 0, ord($key) % 2 ],
                [ 'firm', $key ],
                [ 'firm', $key ],
                map { [ $_, $key, pick('u', 'w') ] } qw(cancel extend change));
        }
    ],
    series => [
        series_model(1),
        '',
        [ 'a' .. 'c' ],
        sub {
            my ($key) = @_;
            my $book = [ 'book', $key, ord($key) % 3, 2, 1, ord($key) % 2 ];
            return (
                $book,
                $book,
                [ 'move', $key, pick(0, 2), pick(1, -2) ],
                [ 'cancel', $key, pick(0, 2) ],
                [ 'place', $key, pick(0, 2), pick('-', 0 .. 3), pick('-', 0 .. 3) ],
                [ 'confirm', $key, pick(0, 2) ],
                [ 'drop', $key, 1 ]);
        }
    ],
    diary => [
        series_model(1, 2),
        '',
        [ 'a' .. 'c' ],
        sub {
            my ($key) = @_;
            my $book = [ 'book', $key, ord($key) % 3, 2, 1, 0 ];
            return ($book, $book, ['sweep'], [ 'cancel', $key, 1 ]);
        }
    ],
    line => [
        line_model(1),
        '',
        [ 'a' .. 'c' ],
        sub {
            my ($key) = @_;
            return map { [ $_, $key ] } qw(book cancel join join leave give confirm);
        }
    ],
    claim => [
        claim_model(),
        '',
        [ 'u' .. 'w' ],
        sub {
            return map { [ $_, $_[0] ] } qw(claim claim release);
        }
    ],
    counter =>
        [ counter_model(0, 3), '1', [ 'k' .. 'p' ], sub { return [ 'adjust', ord($_[0]) % 2 ? 1 : -1, $_[0] ] } ],
    request => [
        request_model(2),
        '',
        [ 'a' .. 'd' ],
        sub {
            return map { [ $_, $_[0] ] } qw(accept accept accept release decline cancel);
        }
    ],);
my ($yes, $no, @wrong) = (0, 0);
for my $kind (sort keys %kinds) {
    my ($model, $initial, $keys, $calls) = @{ $kinds{$kind} };
    for (1 .. 300 * $storm) {
        my @history = random_history($model, $initial, sub { return pick($calls->(pick(@$keys)))->@* });
        my $expected = some_order_explains($model, $initial, @history);
        $expected ? $yes++ : $no++;
        push @wrong, join "\n", "$kind, linearizable: $expected", map { show_call($_) } @history
            if $expected != !defined linearizable($model, $initial, @history);
    }
}
is(join("\n\n", @wrong),
    '', "$yes random histories that some order explains and $no that none does: the checker tells which");
cmp_ok($_, '>', 200, 'there are many of both') for $yes, $no;
done_testing();
