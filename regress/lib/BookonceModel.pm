# BookonceModel.pm: a naive model of bookings: a list of rows, searched from end to end for every question.
#
# Time is counted in quarters of an hour, so a slot is a handful of integers and "too many at some instant" is a loop. A
# row is one unit; a party has several. Nothing here knows of locks, indexes, units' numbers or repacking.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModel;
use strict;
use warnings;
use BookonceModelArrival;
use BookonceModelHolders;
use BookonceModelKinds;
use BookonceModelWaiver;
use POSIX ();

sub new { return bless { resource => {}, rows => [], keys => {}, closures => [] }, shift }

# capacity, before, after, most (the longest duration), limit (per day)
sub define
{
    my ($self, $name, %rules) = @_;
    my $old = $self->{resource}{$name};
    if ($old && $rules{capacity} < $old->{capacity}) {
        for my $row (grep { $_->{resource} eq $name && counts($_) } @{ $self->{rows} }) {
            return 'OB005' if !is_over($row) && $self->taken_at($name, $row->{from}) > $rules{capacity};
        }
    }
    BookonceModelArrival::give_all_back($self, $name) if !$rules{blocks};
    $self->{resource}{$name} = { (map { $_ => $old && $old->{$_} } qw(limit days weeks follows starts ends)), %rules };
    return '';
}

# The opening hours of a day, in quarters from its midnight: the day's own, the calendar's, the weekday's that hold from
# the latest day on, or the whole day. Day 0 is a Tuesday, 2030-01-01. Weekly hours map a weekday to a list of [first
# day, hours].
sub hours_of
{
    my ($self, $resource, $day) = @_;
    return $resource->{days}{$day} if $resource->{days}{$day};
    my $calendar = $self->{calendar}{ $resource->{follows} // '' };
    return $calendar->{$day} if $calendar->{$day};
    return [ [ 0, 96 ] ] if !$resource->{weeks};
    my @since =
        sort { $b->[0] <=> $a->[0] } grep { $_->[0] <= $day } @{ $resource->{weeks}{ ($day + 1) % 7 + 1 } // [] };
    return @since ? $since[0][1] : [];
}

# Hours that go on after midnight belong to the day on which they began.
sub is_open
{
    my ($self, $resource, $quarter) = @_;
    my $day = POSIX::floor($quarter / 96);
    for my $began ($day - 1, $day) {
        my $at = $quarter - 96 * $began;
        return 1 if grep { $_->[0] <= $at && $at < $_->[1] } @{ $self->hours_of($resource, $began) };
    }
    return 0;
}

sub status
{
    my ($row) = @_;
    return ($row->{status} eq 'held' || is_due($row)) && $row->{lapsed} ? 'expired' : $row->{status};
}

sub is_live { return status($_[0]) =~ /held|confirmed/ }
sub counts { return is_live($_[0]) && !$_[0]{overlap} }

sub taken_at
{
    my ($self, $name, $quarter, $except) = @_;
    return scalar grep {
               $_->{resource} eq $name
            && counts($_)
            && $_->{from} <= $quarter
            && $quarter < $_->{to}
            && !($except && $_ == $except)
    } @{ $self->{rows} };
}

# Closures add up, at most to the capacity, and so do overdue bookings; but a booking that moves ignores its own. A
# closure without units is of all units. within: only time within the given slot counts.
sub closed_at
{
    my ($self, $slot, $quarter, $except) = @_;
    my $capacity = $self->{resource}{ $slot->{resource} }{capacity};
    my $closed = 0;
    $closed += $_->{units} // $capacity
        for grep { $_->{resource} eq $slot->{resource} && $_->{start} <= $quarter && $quarter < $_->{end} }
        $slot->{within} ? () : grep { defined $_->{units} || !waives($slot, 'closed') } @{ $self->{closures} };
    $closed += grep { $_->{resource} eq $slot->{resource} && closes_at($_, $quarter) && !($except && $_ == $except) }
        $slot->{within} ? () : @{ $self->{rows} };
    return $closed < $capacity ? $closed : $capacity;
}

# The bookings in the way of a new closure of a resource: the quarters in which more is booked than is left, and the
# rows.
sub close
{
    my ($self, $closure) = @_;
    my $capacity = $self->{resource}{ $closure->{resource} }{capacity};
    push @{ $self->{closures} }, $closure;
    my (%busy, %whole);
    for my $quarter ($closure->{start} .. $closure->{end} - 1) {
        my $closed = $self->closed_at($closure, $quarter);
        $whole{$quarter} = 1 if $closed == $capacity;
        $busy{$quarter} = 1 if $self->taken_at($closure->{resource}, $quarter) + $closed > $capacity;
    }
    my @rows = grep {
        my $row = $_;
        my $when = $row->{overlap} ? \%whole : \%busy;
        is_live($row) && $row->{resource} eq $closure->{resource} && grep { $when->{$_} }
            $row->{from} .. $row->{to} - 1
    } @{ $self->{rows} };
    return ([ sort { $a <=> $b } keys %busy ], [ sort map { $_->{id} } @rows ]);
}

sub blocks
{
    my ($self, $slot) = @_;
    my ($before, $after) = buffers_of($self, $slot);
    return ($slot->{start} - $before, $slot->{end} + $after);
}

# A call counts as one, even if it is a party or a group; a slot may name its call. Not by its address, which another
# slot may have later.
my $calls = 0;
sub new_call { return 'call ' . ++$calls }
sub call_of { my ($row) = @_; return $row->{group} || ($row->{call} //= new_call()) }

# Times of the week, by weekday and then by quarter of the day. Day 0 is a Tuesday.
sub is_at
{
    my ($times, $quarter) = @_;
    my $day = POSIX::floor($quarter / 96);
    return !$times || !%$times || $times->{ ($day + 1) % 7 + 1 }{ $quarter - 96 * $day };
}

# Returns the verdict, and with 'taken' the quarters that are too full. A slot has resource, start, end, quantity,
# overlap.
sub judge
{
    my ($self, $slot, $except) = @_;
    my $resource = $self->{resource}{ $slot->{resource} };
    my $judges = sub { return !$slot->{firm} && !waives($slot, $_[0]) };
    my $has =
        sub { return $except && $except->{resource} eq $slot->{resource} && $except->{ $_[0] } == $slot->{ $_[0] } };
    my @quarters = ($slot->{start} .. $slot->{end} - 1);
    my $is_closed = sub { return $self->closed_at($slot, $_[0], $except) == $resource->{capacity} };
    return 'closed' if $judges->('closed') && grep { $is_closed->($_) || !$self->is_open($resource, $_) } @quarters;
    if ($judges->('off_grid') && !$has->('start')) {
        return 'off_grid' if !is_at($resource->{starts}, $slot->{start});
        return 'off_grid' if $resource->{every} && $slot->{start} % 96 % $resource->{every};
    }
    return 'off_grid' if $judges->('off_grid') && !$has->('end') && !is_at($resource->{ends}, $slot->{end});
    my $wrong_length = judge_length($self, $slot);
    return $wrong_length if $wrong_length && $judges->($wrong_length);
    my $day = POSIX::floor($slot->{start} / 96);
    my $that_day = grep {
               $_->{resource} eq $slot->{resource}
            && counts($_)
            && POSIX::floor($_->{start} / 96) == $day
            && !($except && $_ == $except)
    } @{ $self->{rows} };
    return 'limit_reached'
        if defined $resource->{limit}
        && !$slot->{overlap}
        && !waives($slot, 'limit_reached')
        && $that_day + $slot->{quantity} > $resource->{limit};
    return 'booked' if $slot->{overlap};
    my $refused = judge_holder($self, $slot, $except);
    return $refused if $refused;
    my ($from, $to) = $self->blocks($slot);
    my @full = grep {
        $self->taken_at($slot->{resource}, $_, $except) + $self->closed_at($slot, $_, $except) + $slot->{quantity} >
            $resource->{capacity}
    } $from .. $to - 1;
    return @full ? ('taken', \@full) : 'booked';
}

# Books the slot; returns its rows.
sub add
{
    my ($self, $slot, %more) = @_;
    my ($from, $to) = $self->blocks($slot);
    my @rows = map {
        {
            resource => $slot->{resource},
            start => $slot->{start},
            end => $slot->{end},
            from => $from,
            to => $to,
            overlap => $slot->{overlap},
            kind => $slot->{kind},
            call => call_of($slot),
            holder => 'u',
            details => '',
            %more
        }
    } 1 .. $slot->{quantity};
    fall_due($self, $_) for @rows;
    push @{ $self->{rows} }, @rows;
    return @rows;
}

sub remove
{
    my ($self, @rows) = @_;
    my %gone = map { $_ => 1 } @rows;
    $self->{rows} = [ grep { !$gone{$_} } @{ $self->{rows} } ];
}

# Checks the answers to many slots, each with its own verdict: booked slots must not be in each other's way, and no slot
# may be refused without a reason. Returns what was wrong, or ''.
sub explains
{
    my ($self, $slots, $verdicts) = @_;
    my (@added, $problem);
    my @alone = map { ($self->judge($_))[0] } @$slots;
    my @beside; # those before it, because slots on resources with rules are decided in order
    for my $i (0 .. $#$slots) {
        my ($verdict) = $self->judge($slots->[$i]);
        $beside[$i] = $verdict;
        next if $verdicts->[$i] ne 'booked';
        $problem //= "slot $i: booked, but $verdict" if $verdict ne 'booked';
        push @added, $self->add($slots->[$i], status => 'confirmed');
    }
    for my $i (grep { $verdicts->[$_] ne 'booked' } 0 .. $#$slots) {
        my ($verdict) = $self->judge($slots->[$i]);
        $problem //= "slot $i: $verdicts->[$i], but $alone[$i], and beside the others $verdict"
            if !grep { $_ eq $verdicts->[$i] } $verdict, $alone[$i], $beside[$i];
    }
    $self->remove(@added);
    return $problem // '';
}

# All or nothing: could all be booked? If not, each refusal must be true of the slot alone, or together with some of the
# others. Not with all of them: a slot that is refused itself, as too long, takes no place, and does not count towards a
# limit.
sub explains_all
{
    my ($self, $slots, $verdicts) = @_;
    my $all = $self->explains($slots, [ ('booked') x @$slots ]);
    return $all if !grep { $_ ne 'booked' } @$verdicts;
    return 'refused, but all could be booked' if !$all;
    return 'no member is refused' if !grep { !/booked|aborted/ } @$verdicts;
    return 'booked beside a refusal' if grep { $_ eq 'booked' } @$verdicts;
    for my $i (grep { $verdicts->[$_] ne 'aborted' } 0 .. $#$slots) {
        my %true = map { $_ => 1 } $self->verdicts_beside($slots, $i);
        return "slot $i: $verdicts->[$i], but beside some of the others " . join ' or ', sort keys %true
            if !$true{ $verdicts->[$i] };
    }
    return '';
}

# The verdicts that are possible for one slot of many, together with each subset of the others.
sub verdicts_beside
{
    my ($self, $slots, $i) = @_;
    my @others = grep { $_ != $i } 0 .. $#$slots;
    my @said;
    for my $choice (0 .. 2**@others - 1) {
        my @there = @others[ grep { $choice >> $_ & 1 } 0 .. $#others ];
        my @rows = map { $self->add($slots->[$_], status => 'confirmed') } @there;
        push @said, ($self->judge($slots->[$i]))[0];
        $self->remove(@rows);
    }
    return @said;
}

# Returns the resource that book_any_slot() books, or its refusal. The least booked is the one with the fewest units
# within twelve hours of the start.
sub choose
{
    my ($self, $names, $slot, $pick) = @_;
    my @order = grep { $slot->{quantity} <= $self->{resource}{ $names->[$_] }{capacity} } 0 .. $#$names;
    my %load = map {
        my $name = $_;
        $name => scalar grep {
                   $_->{resource} eq $name
                && counts($_)
                && $_->{from} < $slot->{start} + 48
                && $_->{to} > $slot->{start} - 48
        } @{ $self->{rows} }
    } @$names;
    @order = sort { $load{ $names->[$a] } <=> $load{ $names->[$b] } || $a <=> $b } @order if $pick eq 'least_booked';
    my $refusal;
    for my $name (map { $names->[$_] } @order) {
        my ($verdict) = $self->judge({ %$slot, resource => $name });
        return ('booked', $name) if $verdict eq 'booked';
        $refusal = $verdict if !$refusal || $verdict eq 'taken';
    }
    return ($refusal, '');
}

sub find
{
    my ($self, $id) = @_;
    return (grep { $_->{id} eq $id } @{ $self->{rows} })[0];
}

# The verbs on one booking return outcome and replayed. If the call names a holder who does not have the booking, the
# answer is that there is no such booking.
sub confirm
{
    my ($self, $row) = @_;
    my $was = status($row);
    ($row->{status} = 'confirmed', fall_due($self, $row)) if $was eq 'held';
    return
          $was eq 'held' ? ('confirmed', 'f')
        : $was eq 'confirmed' ? ('confirmed', 't')
        : ($was eq 'expired' ? 'hold_expired' : 'not_live', 'f');
}

sub cancel
{
    my ($self, $row) = @_;
    my $was = status($row);
    $row->{status} = 'cancelled' if is_live($row);
    return $was eq 'expired' ? ('hold_expired', 'f') : ('cancelled', $was eq 'cancelled' ? 't' : 'f');
}

sub stays_within
{
    my ($row, $slot) = @_;
    return $row->{resource} eq $slot->{resource} && $row->{start} <= $slot->{start} && $slot->{end} <= $row->{end};
}

sub move
{
    my ($self, $row, $slot) = @_;
    my $was = status($row);
    return ($was eq 'expired' ? 'hold_expired' : 'not_live', 'f') if !is_live($row);
    return ('rescheduled', 't')
        if $row->{resource} eq $slot->{resource} && $row->{start} == $slot->{start} && $row->{end} == $slot->{end};
    my %its = map { $_ => $row->{$_} } qw(overlap holder group call kind);
    my ($verdict, $full) = $self->judge({ %$slot, %its, quantity => 1, within => stays_within($row, $slot) }, $row);
    return ($verdict, 'f', $full) if $verdict ne 'booked';
    my %was = %$row;
    @$row{qw(resource start end)} = @$slot{qw(resource start end)};
    ($row->{from}, $row->{to}) = $self->blocks($row);
    fall_due($self, $row, \%was);
    return ('rescheduled', 'f');
}

sub change
{
    my ($self, $row, %to) = @_;
    return (status($row) eq 'expired' ? 'hold_expired' : 'not_live', 'f') if !is_live($row);
    my @new = grep { defined $to{$_} && $to{$_} ne $row->{$_} } sort keys %to;
    my $refused =
        !$row->{overlap} && grep({ $_ eq 'holder' } @new)
        ? judge_holder($self, { %$row, holder => $to{holder} }, $row)
        : '';
    return ($refused, 'f') if $refused;
    $row->{$_} = $to{$_} for @new;
    return ('changed', @new ? 'f' : 't');
}

# A pre-booking takes a place at its time. Its rules were judged when it was made; from now on only limits count it,
# too.
sub firm
{
    my ($self, $row) = @_;
    return $self->confirm($row) if !$row->{overlap};
    return (status($row) eq 'expired' ? 'hold_expired' : 'not_live', 'f') if !is_live($row);
    my ($verdict, $full) = $self->judge({ %$row, quantity => 1, overlap => 0, firm => 1 }, $row);
    return ($verdict, 'f', $full) if $verdict ne 'booked';
    ($row->{from}, $row->{to}) = $self->blocks($row);
    fall_due($self, $row) if $row->{status} eq 'held';
    @$row{qw(overlap status)} = (0, 'confirmed');
    return ('confirmed', 'f');
}

sub swap
{
    my ($self, $one, $other) = @_;
    for my $row ($one, $other) {
        return status($row) eq 'expired' ? 'hold_expired' : 'not_live' if !is_live($row);
    }
    return 'ERROR' if ($one->{kind} // '') ne ($other->{kind} // '');
    my @place = qw(resource start end from to overlap);
    for my $pair ([ $one, $other ], [ $other, $one ]) {
        my ($row, $there) = @$pair;
        next if $there->{overlap} || $one->{holder} eq $other->{holder};
        my $refused = judge_holder($self, { %$row, map { $_ => $there->{$_} } @place }, $row);
        return $refused if $refused;
    }
    my ($one_was, $other_was) = ({%$one}, {%$other});
    (@$one{@place}, @$other{@place}) = (@$other{@place}, @$one{@place});
    fall_due($self, $one, $one_was);
    fall_due($self, $other, $other_was);
    return 'swapped';
}

# The verbs on a group return "outcome replayed" for each member. Of a party the rows that can still be changed decide,
# else those that are live, else those that the verb is about. since: rows that end by then are over, and stay.
sub members
{
    my ($self, $group, $verb, $since) = @_;
    my %ended = (expired => 5, cancelled => $verb eq 'cancel' ? 4 : 6);
    my $over = sub { return defined $since && $_[0]{end} <= $since };
    my $rank = sub {
        my ($row) = @_;
        return $ended{ status($row) } // ($over->($row) ? 2 : 0) + (status($row) eq 'held' ? 0 : 1);
    };
    my %members;
    push @{ $members{ $_->{member} } }, $_ for grep { ($_->{group} // '') eq $group } @{ $self->{rows} };
    return map {
        my @rows = sort { $rank->($a) <=> $rank->($b) } @{ $members{$_} };
        my @live = grep { is_live($_) } @rows;
        {
            row => $rows[0],
            status => status($rows[0]),
            rows => \@rows,
            changeable => [ grep { !$over->($_) } @live ],
            lapsed => scalar(grep { status($_) eq 'expired' && !$over->($_) } @rows),
            is_over => @live && !grep { !$over->($_) } @live
        }
    } sort { $a <=> $b } keys %members;
}

sub ended { my ($member) = @_; return $member->{status} eq 'expired' ? 'hold_expired' : 'not_live' }

sub change_group
{
    my ($self, $group, $verb, $since) = @_;
    my $done = $verb eq 'confirm' ? 'confirmed' : 'cancelled';
    my @before = $self->members($group, $verb, $since);
    my @rows = grep { $verb eq 'cancel' || $_->{status} eq 'held' } map { @{ $_->{changeable} } } @before;
    @rows = () if $verb eq 'confirm' && grep { $_->{lapsed} } @before;
    $self->$verb($_) for @rows;
    my @after = $self->members($group, $verb, $since);
    return map {
        my ($was, $is) = ($before[$_], $after[$_]);
              $is->{status} eq $done ? "$done " . ($was->{status} eq $done ? 't' : 'f')
            : $is->{is_over} ? 'too_late f'
            : is_live($is->{row}) ? 'hold_expired f'
            : ended($is) . ' f'
    } 0 .. $#after;
}

# Returns the members' answers, or a function that says what is wrong with a refusal. to: maps a row and the number of
# its member to its new start and end, or to nothing. named: the members that must be able to move.
sub move_group
{
    my ($self, $group, $since, $to, @named) = @_;
    my @members = $self->members($group, 'move', $since);
    my @refused = map {
        !$named[$_] ? '' : $members[$_]{is_over} ? 'too_late' : is_live($members[$_]{row}) ? '' : ended($members[$_])
    } 0 .. $#members;
    return map { ($_ || 'aborted') . ' f' } @refused if grep { $_ } @refused;
    my @moves;
    for my $i (0 .. $#members) {
        for my $row (@{ $members[$i]{changeable} }) {
            my ($start, $end) = $to->($row, $i);
            next if !defined $start || ($start == $row->{start} && $end == $row->{end});
            my %slot = (%$row, start => $start, end => $end, quantity => 1);
            push @moves, { row => $row, member => $i, slot => { %slot, within => stays_within($row, \%slot) } };
        }
    }
    $self->remove(map { $_->{row} } @moves);
    my @slots = map { $_->{slot} } @moves;
    my $problem = $self->explains(\@slots, [ ('booked') x @slots ]);
    if ($problem) {
        my %true;
        for my $i (0 .. $#moves) { $true{ $moves[$i]{member} }{$_} = 1 for $self->verdicts_beside(\@slots, $i) }
        push @{ $self->{rows} }, map { $_->{row} } @moves;
        return sub {
            my @said = @_;
            return "no refusal, but $problem" if !grep { $_ ne 'aborted f' } @said;
            for my $i (grep { $said[$_] ne 'aborted f' } 0 .. $#said) {
                return "member $i: $said[$i], but " . join ' or ', sort keys %{ $true{$i} }
                    if !grep { "$_ f" eq $said[$i] && $_ ne 'booked' } keys %{ $true{$i} };
            }
            return '';
        };
    }
    for my $move (@moves) {
        my %was = %{ $move->{row} };
        @{ $move->{row} }{qw(start end)} = @{ $move->{slot} }{qw(start end)};
        fall_due($self, $move->{row}, \%was);
        @{ $move->{row} }{qw(from to)} = $self->blocks($move->{slot});
    }
    push @{ $self->{rows} }, map { $_->{row} } @moves;
    my %moved = map { $_->{member} => 1 } @moves;
    @members = $self->members($group, 'move', $since);
    return map {
        my $member = $members[$_];
        !is_live($member->{row}) ? ended($member) . ' f'
            : $moved{$_} ? 'rescheduled f'
            : $member->{is_over} ? 'too_late f'
            : 'rescheduled t'
    } 0 .. $#members;
}

1;
