# least_booked.pl: a session no longer trusts what it remembers of bookings once they have changed. One session makes,
# holds, confirms, cancels, lapses and vacuums rows at random, so that their places in the table are reused. Another
# session asks for the least booked desk again and again, and must choose as the statement does, which remembers
# nothing.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time ^ $$;
srand $seed;
note("BOOKONCE_SEED=$seed");
my $steps = 1000 * ($ENV{BOOKONCE_STORM} // 1);

my $node = new_server('main');
my @desks = map { "desk:$_" } 1 .. 4;
query($node, "SELECT bookonce.define_resource(r) FROM unnest('{@{[ join ',', @desks ]}}'::text[]) AS r");

# Other days' bookings fill some blocks, so that a rolled back call writes to others than those of the day in question.
query($node, <<'SQL');
SELECT count(*) FROM generate_series(1, 300) AS n,
    LATERAL bookonce.book_slot('room:1', tstzrange('2031-01-01'::timestamptz + n * interval '1 hour',
        '2031-01-01'::timestamptz + (n + 1) * interval '1 hour'), 'ann') AS b WHERE b.outcome = 'booked'
SQL

my $does = session($node);
my %asks = map { $_ => session($node) } 'on', 'off';
$asks{$_}->ask("SET bookonce.direct_insert = $_") for keys %asks;

sub one_of { return $_[ rand @_ ] }
sub any_booking
{
    my ($where) = @_;
    return "(SELECT booking_id FROM bookonce.booking WHERE $where AND released_at IS NULL
            AND upper(during) < '2031-01-01' "
        . "ORDER BY md5(booking_id::text || " . int(rand 1000) . ') LIMIT 1)';
}
my %actions = (
    book => sub {
        my $hour = int rand 23;
        my $hold = rand() < 0.5 ? ", hold_for => '1 day'" : '';
        return sprintf "SELECT outcome FROM bookonce.book_slot('%s', %s, 'ann'%s)", one_of(@desks), slot($hour), $hold;
    },
    # It lapses by itself, some steps later.
    hold_briefly => sub {
        return sprintf "SELECT outcome FROM bookonce.book_slot('%s', %s, 'ann', hold_for => '300 milliseconds')",
            one_of(@desks), slot(int rand 23);
    },
    confirm => sub { 'SELECT outcome FROM bookonce.confirm_booking(' . any_booking("status = 'held'") . ')' },
    cancel => sub { 'SELECT outcome FROM bookonce.cancel_booking(' . any_booking('true') . ')' },
    move => sub {
        return sprintf "SELECT outcome FROM bookonce.reschedule_booking(%s, %s, '%s')", any_booking('true'),
            slot(int rand 23), one_of(@desks);
    },
    lapse => sub {
        "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = " . any_booking("status = 'held'");
    },
    expire => sub { 'SELECT bookonce.expire_holds(1)' },
    vacuum => sub { 'VACUUM bookonce.booking' });
# Room is made in old blocks as fast as it is used.
my @often = (
    ('book') x 4, ('hold_briefly') x 3, 'confirm', 'cancel', 'cancel', 'move',
    'lapse', 'lapse', 'expire', ('vacuum') x 4);

my (@wrong, @done, %seen);
for my $step (1 .. $steps) {
    my $action = $actions{ one_of(@often) }->();
    push @done, $action;
    $does->ask($action);
    my $call = sprintf "BEGIN; SELECT resource FROM bookonce.book_any_slot('{%s}', %s, 'ben', pick => 'least_booked'); "
        . 'ROLLBACK', join(',', shuffle @desks), slot(23);
    my %chosen;
    # A hold may have lapsed between the two; they cannot differ three times for that.
    for (1 .. 3) {
        %chosen = map { $_ => $asks{$_}->ask($call) } 'on', 'off';
        last if $chosen{on} eq $chosen{off};
    }
    $seen{ $chosen{off} }++;
    push @wrong, "step $step, $chosen{on} and $chosen{off} by the statement, after $action"
        if $chosen{on} ne $chosen{off};
}
is(join("\n", @wrong), '', "$steps times the same desk is chosen (BOOKONCE_SEED=$seed)");
is(join(' ', sort keys %seen), "@desks", 'and each of them at times');
my $blocks = query($node, 'SELECT pg_relation_size(\'bookonce.booking\') / 8192');
cmp_ok($blocks, '<', 30, "the places of rows were used again ($blocks blocks)");
$_->quit for $does, values %asks;
done_testing();
