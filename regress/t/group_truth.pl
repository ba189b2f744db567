# group_truth.pl: after any move, cancellation, lapse or confirmation, the answers of a replay and of the verbs on a
# group agree with the tables.
#
# The rule is that of docs/outcomes.md, book_slots, worked out here from the rows: of a member whose units have parted,
# the first that stands, with the units that are at the same resource and time and in the same status. BOOKONCE_SEED
# repeats the choices, BOOKONCE_STORM=N makes N times as many.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $steps = 300 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $steps steps";
srand $seed;

my $node = new_server('group_truth');
query(
    $node, "SELECT bookonce.define_resource('hall', 6), bookonce.define_resource('club', 4),
    bookonce.define_resource('van', 3, buffer_after => '20 minutes'), bookonce.define_resource('desk')");

sub pick { return $_[ int rand @_ ] }
sub hour
{
    my ($day, $hour) = (pick(7 .. 9), pick(8 .. 17));
    return "'[2030-01-0$day $hour:00+00, 2030-01-0$day $hour:50+00)'";
}

# Calls with a key, and the group that each has made. A party of book_slot() is the group of one member.
my @calls;
my $n = 0;
sub make
{
    $n++;
    my $more = (pick(0, 0, 1) ? '' : "hold_for => '1 day', ") . "idempotency_key => 'key:$n'";
    my $member = sub {
        my $resource = pick('hall', 'hall', 'club', 'van', 'desk');
        return "('$resource', " . hour() . ', ' . ($resource eq 'desk' ? 1 : pick(1 .. 3)) . ', NULL, NULL, NULL)';
    };
    my $call = pick(
        "book_slot('hall', " . hour() . ", 'ann', 3, $more)",
        "book_any_slot(ARRAY['van', 'club'], " . hour() . ", 'ann', quantity => 2, $more)",
        'book_slots(ARRAY['
            . join(', ', map { $member->() } 1 .. pick(2 .. 4))
            . "]::bookonce.slot_request[], 'ann', $more)");
    my ($group) = split /\n/, query($node, "SELECT group_id FROM bookonce.$call WHERE outcome = 'booked'");
    push @calls, { call => $call, group => $group } if $group;
}

# The rows of a group as they stand now, by member. A hold that is over is expired, whoever has noticed.
sub members
{
    my ($group) = @_;
    my %members;
    for (
        split /\n/,
        query(
            $node, "SELECT b.member, b.unit, b.booking_id, r.resource, b.during, b.resource_id, b.lapses_at,
                CASE WHEN b.status = 'held' AND b.lapses_at <= clock_timestamp() THEN 'expired' ELSE b.status END
            FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) WHERE b.group_id = '$group'"))
    {
        my %row;
        @row{qw(member unit id resource during resource_id hold status)} = split /\|/;
        push @{ $members{ $row{member} } }, \%row;
    }
    return map { $members{$_} } sort { $a <=> $b } keys %members;
}

sub order_of { return sprintf '%06d %s %09d %s', @{ $_[0] }{qw(unit during resource_id id)} }

# The expected answer for one member: place and status.
sub told
{
    my ($rows, @order) = @_;
    my %rank = map { $order[$_] => $_ } 0 .. $#order;
    my @rows = sort { order_of($a) cmp order_of($b) } @$rows;
    my ($best) = sort { $a <=> $b } map { $rank{ $_->{status} } } @rows;
    my ($first) = grep { $rank{ $_->{status} } == $best } @rows;
    my @alike = grep {
        $_->{status} eq $first->{status} && $_->{resource} eq $first->{resource} && $_->{during} eq $first->{during}
    } @rows;
    return {
        status => $first->{status},
        says => join '|',
        $first->{resource},
        '{' . join(',', map { $_->{unit} } @alike) . '}',
        $first->{during}, $first->{status}, $first->{status} eq 'held' ? $first->{hold} : ''
    };
}
my @for_replay = qw(held confirmed expired cancelled);
my @for_cancel = qw(held confirmed cancelled expired);

sub replay_truth
{
    return join "\n", map { 'booked|t|' . told($_, @for_replay)->{says} } @_;
}

# Returns the rows with another status, at the same places.
sub changed
{
    my ($status, @rows) = @_;
    return [
        map {
            { %$_, status => $_->{status} =~ /held|confirmed/ ? $status : $_->{status} }
        } @rows
    ];
}

sub verb_truth
{
    my ($verb, @members) = @_;
    my ($done, @order) = $verb eq 'confirm_group' ? ('confirmed', @for_replay) : ('cancelled', @for_cancel);
    my %there = map { $_->{status} => 1 } map { @$_ } @members;
    my $changes = $done eq 'confirmed' ? $there{held} && !$there{expired} : $there{held} || $there{confirmed};
    my @said;
    for my $rows (@members) {
        my $was = told($rows, @order);
        my $is = $changes ? told(changed($done, @$rows), @order) : $was;
        my $outcome =
              $is->{status} eq $done ? $done
            : $is->{status} =~ /^(held|expired)$/ ? 'hold_expired'
            : 'not_live';
        push @said, "$outcome|" . ($outcome eq $done && $was->{status} eq $done ? 't' : 'f') . "|$is->{says}";
    }
    return join "\n", @said;
}

my $columns = "outcome, replayed, resource, units, during, status, CASE WHEN status = 'held' THEN lapses_at END";
my $history = '';
my %met;
sub check
{
    my ($it) = @_;
    my @members = members($it->{group});
    my %truth = (
        $it->{call} => replay_truth(@members),
        map { ("$_('$it->{group}')" => verb_truth($_, @members)) } qw(confirm_group cancel_group));
    for my $call (sort keys %truth) {
        my $said = query($node, "BEGIN; SELECT $columns FROM bookonce.$call; ROLLBACK");
        next if $said eq $truth{$call};
        is($said, $truth{$call}, $call);
        note $history;
        return 0;
    }
    $met{parted} += grep {
        my $rows = $_;
        grep { $_->{status} ne $rows->[0]{status} || $_->{during} ne $rows->[0]{during} } @$rows
    } @members;
    $met{ended} += grep {
        !grep { $_->{status} =~ /held|confirmed/ }
            @$_
    } @members;
    return 1;
}

my %act = (
    move => sub {
        my $resource = pick('NULL', "'hall'", "'van'", "'club'");
        return "SELECT outcome FROM bookonce.reschedule_booking('$_[1]{id}', " . hour() . ", resource => $resource)";
    },
    move_all => sub {
        return
            "SELECT outcome FROM bookonce.reschedule_group('$_[0]', " . pick("'1 hour'", "'-1 hour'", "'1 day'") . ')';
    },
    cancel => sub { return "SELECT outcome FROM bookonce.cancel_booking('$_[1]{id}')" },
    cancel_all => sub { return "SELECT outcome FROM bookonce.cancel_group('$_[0]')" },
    confirm => sub { return "SELECT outcome FROM bookonce.confirm_booking('$_[1]{id}')" },
    confirm_all => sub { return "SELECT outcome FROM bookonce.confirm_group('$_[0]')" },
    lapse => sub {
        return "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = '$_[1]{id}' AND status = 'held'
                RETURNING 'lapsed'";
    });
my @often = (
    ('move') x 8, ('cancel') x 4, ('lapse') x 4, ('confirm') x 4,
    'move_all', 'move_all', 'cancel_all', 'confirm_all');

make() while @calls < 4;
my $holds = 1;
for my $step (1 .. $steps) {
    make() if $step % 10 == 0;
    my $it = $calls[ -1 - int rand 4 ];
    my $kind = pick(@often);
    my $sql = $act{$kind}->($it->{group}, pick(map { @$_ } members($it->{group})));
    my $said = query($node, $sql);
    $met{"$kind: $_"}++ for split /\n/, $said;
    $history .= "step $step: $sql: $said\n";
    last if !($holds = check($it) && check(pick(@calls)));
}
ok($holds, "each replay and each answer of a group's verb is what the tables say (BOOKONCE_SEED=$seed)");
note join ', ', map { "$_ $met{$_}" } sort keys %met;
ok( !(  grep { !$met{$_} } 'parted',
        'ended',
        'move: rescheduled',
        'lapse: lapsed',
        'confirm: confirmed',
        'cancel: cancelled'),
    'members parted and ended in each way');
done_testing();
