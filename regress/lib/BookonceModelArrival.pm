# BookonceModelArrival.pm: the model's rule on checking in, and the steps of the walk that move time.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelArrival;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(is_due fall_due is_over is_out closes_at judge_check_in report_no_show report_end lapse be_late
    block_overdue forget_what_is_back delete_old);

my $ten_years = 3650 * 96;

sub chance { return rand() < $_[0] }
sub pick { return $_[ int rand @_ ] }

# Returns true if the row lapses unless it is checked in.
sub is_due { my ($row) = @_; return $row->{status} eq 'confirmed' && $row->{due} }

# A row is confirmed, or moves to another place. The start and resource for which it was checked in stay recorded.
sub fall_due
{
    my ($self, $row, $was) = @_;
    return if $was && $was->{resource} eq $row->{resource} && $was->{start} == $row->{start};
    $row->{due} = $self->{resource}{ $row->{resource} }{asks};
}

# Where overdue bookings block, check_in() closes a place from the end of the booking on, for good. The booking's
# present state decides whether that counts: the place is out for as long as the booking stays there, and once its time
# is over, a place is closed. No walk lasts ten years, so only bookings that the owner has moved into the past are over.
sub take_out { my ($row) = @_; $row->{out} = { resource => $row->{resource}, from => $row->{end} } }
sub blocks { my ($self, $row) = @_; return $self->{resource}{ $row->{resource} }{blocks} && !$row->{overlap} }
sub is_over { return $_[0]{end} < 0 }
sub is_out
{
    my ($row, $start) = @_;
    my $out = $row->{out} or return 0;
    return
           $out->{resource} eq $row->{resource}
        && $row->{status} eq 'confirmed'
        && !$row->{due}
        && ($start // $row->{start}) < $out->{from};
}
sub closes_at { my ($row, $quarter) = @_; return is_out($row) && is_over($row) && $row->{out}{from} <= $quarter }

sub judge_check_in
{
    my ($self, $row) = @_;
    my $was = BookonceModel::status($row);
    return ($was eq 'expired' ? 'hold_expired' : 'not_live', 'f') if $was ne 'confirmed';
    my ($due, $takes) = ($row->{due}, blocks($self, $row) && !is_out($row));
    take_out($row) if blocks($self, $row) && ($due || $takes);
    $row->{due} = 0;
    return ('checked_in', $due || $takes ? 'f' : 't');
}

# Returns the answer and the expected answer. Nothing has begun in this walk, except that now and then the tables' owner
# moves time for the duration of the call.
sub report_no_show
{
    my ($self, $ask, $row) = @_;
    my $was = BookonceModel::status($row);
    my $begun = $was eq 'confirmed' && !$row->{overlap} && (is_over($row) || chance(0.7));
    my $shift = sub {
        my ($sign) = @_;
        return if is_over($row);
        $ask->(
            "UPDATE bookonce.booking SET during = tstzrange(lower(during) $sign interval '3650 days',
                upper(during) $sign interval '3650 days'), "
                . "blocks = tstzrange(lower(blocks) $sign interval '3650 days',
                    upper(blocks) $sign interval '3650 days') WHERE booking_id = '$row->{id}'"
        );
    };
    $shift->('-') if $begun;
    my ($answer) = $ask->("SELECT outcome, replayed FROM bookonce.no_show('$row->{id}')");
    $shift->('+') if $begun;
    return ("@$answer", 'no_show t') if $was eq 'expired';
    return ("@$answer", 'not_live f') if !$begun;
    my $is_out = is_out($row, $row->{start} - $ten_years);
    return ("@$answer", 'checked_in f') if !$row->{due} && ($is_out || $self->{resource}{ $row->{resource} }{asks});
    $row->{status} = 'expired';
    return ("@$answer", 'no_show f');
}

# The same for a booking that has begun and is given back early: from then on it lasts a quarter of an hour.
sub report_end
{
    my ($self, $ask, $row) = @_;
    return report_back($ask, $row) if is_over($row);
    my $was = BookonceModel::status($row);
    my $begun = $was eq 'confirmed' && !$row->{overlap} && !$row->{due} && $row->{end} - $row->{start} > 1;
    my $after = $row->{to} - $row->{end};
    my $put = sub {
        my ($during, $blocks) = @_;
        $ask->("UPDATE bookonce.booking SET during = $during, blocks = $blocks WHERE booking_id = '$row->{id}'");
    };
    $put->(
        "tstzrange(now() - interval '1 hour', now() + interval '1 hour')",
        "tstzrange(now() - interval '1 hour', now() + interval '1 hour' + $after * interval '15 minutes')") if $begun;
    my ($answer) = $ask->("SELECT outcome, replayed FROM bookonce.end_booking('$row->{id}')");
    my ($ended) = $ask->(
        "SELECT upper(during) <= clock_timestamp() AND upper(blocks) - upper(during) = $after * interval '15 minutes' "
            . "FROM bookonce.booking WHERE booking_id = '$row->{id}'");
    return ("@$answer", $was eq 'expired' ? 'hold_expired f' : 'not_live f') if !$begun;
    delete $row->{out} if blocks($self, $row);
    $row->{end} = $row->{start} + 1;
    $row->{to} = $row->{end} + $after;
    $put->("at($row->{start}, $row->{end})", "at($row->{from}, $row->{to})");
    return ("@$answer @$ended", 'rescheduled f t');
}

# Gives an overdue booking back; the second call finds that done.
sub report_back
{
    my ($ask, $row) = @_;
    my ($back, $again) = map { $ask->("SELECT outcome, replayed FROM bookonce.end_booking('$row->{id}')") } 1 .. 2;
    delete $row->{out};
    return ("@$back @$again", 'rescheduled f rescheduled t');
}

# A booking that was checked in is not given back, although its time is over: the tables' owner moves it into the past.
# From then on it takes a place. At most two at once, or nothing would be free. Returns the answer and the expected
# answer.
sub be_late
{
    my ($self, $ask) = @_;
    my @rows = grep { BookonceModel::counts($_) && blocks($self, $_) } @{ $self->{rows} };
    my @there = grep { !is_over($_) && !$_->{group} && $_->{status} eq 'confirmed' } @rows;
    return ('', '') if !@there || 2 <= grep { is_over($_) } @rows;
    my $row = pick(@there);
    my ($came) = $ask->("SELECT outcome, replayed FROM bookonce.check_in('$row->{id}')");
    my $should = join ' ', judge_check_in($self, $row);
    # Each moves to a time of its own, at which nothing else is.
    my $days = 7300 + 20 * ($self->{late}++ % 100);
    my $shifted = join ', ',
        map { "$_ = tstzrange(lower($_) - interval '$days days', upper($_) - interval '$days days')" } 'during',
        'blocks';
    $ask->("UPDATE bookonce.booking SET $shifted WHERE booking_id = '$row->{id}'");
    $row->{$_} -= 96 * $days for qw(start end from to);
    return ("@$came", $should);
}

# Now and then switches whether overdue bookings block.
sub block_overdue
{
    my ($self, $ask, $name) = @_;
    my $blocks = chance(0.6);
    $ask->("SELECT bookonce.alter_resource('$name', overdue_blocks => @{[$blocks ? 'true' : 'false']})");
    give_all_back($self, $name) if !$blocks;
    $self->{resource}{$name}{blocks} = $blocks;
}

sub give_all_back
{
    my ($self, $name) = @_;
    for my $row (grep { $_->{out} && $_->{out}{resource} eq $name } @{ $self->{rows} }) {
        delete $row->{out};
    }
}

# Forgets bookings that are over and keep no place, which no longer matter. The walk has no other rows that are over.
sub forget_what_is_back
{
    my ($self, $ask) = @_;
    my @back = grep { is_over($_) && !is_out($_) } @{ $self->{rows} };
    $ask->("DELETE FROM bookonce.booking WHERE booking_id = '$_->{id}'") for @back;
    $self->remove(@back);
    delete $self->{keys}{$_} for grep { $_ } map { $_->{key} } @back;
}

# As the tables' owner, lets a hold's end come, or the time to check in pass, for a whole call.
sub lapse
{
    my ($self, $ask) = @_;
    my $lapses = sub {
        my ($row) = @_;
        return BookonceModel::is_live($row) && ($row->{status} eq 'held' || is_due($row));
    };
    my @held = grep { $lapses->($_) } @{ $self->{rows} } or return;
    my $row = pick(@held);
    my ($column, $value) = $row->{group} ? (group_id => $row->{group}) : (booking_id => $row->{id});
    $ask->(
        "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE $column = '$value' AND released_at IS NULL
            AND lapses_at IS NOT NULL"
    );
    $_->{lapsed} = 1
        for grep { $lapses->($_) && ($row->{group} ? ($_->{group} // '') eq $row->{group} : $_ == $row) }
        @{ $self->{rows} };
}

# delete_old(), after some rows have become old, which deletes all rows of a call or none. Returns how many rows were
# deleted.
sub delete_old
{
    my ($self, @old) = @_;
    my %shifted = map { $_ => $_->{start} - 3650 * 96 } @old;
    my %old = map { $_ => 1 }
        grep { $_->{lapsed} || !($_->{status} eq 'held' || is_due($_) || is_out($_, $shifted{$_})) } @old;
    for my $row (@{ $self->{rows} }) { delete $row->{out} if !is_out($row, $shifted{$row}) }
    my ($group, $key) = @{ $old[0] }{qw(group key)};
    my @call = $group ? grep { ($_->{group} // '') eq $group } @{ $self->{rows} } : @old;
    return 0 if grep { !$old{$_} } @call;
    $self->remove(@call);
    delete $self->{keys}{$key} if $key;
    return scalar @call;
}

1;
