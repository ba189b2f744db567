# BookonceModelArrival.pm: the model's rule on who must check in, and the steps of the walk that move time.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelArrival;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(is_due fall_due judge_check_in report_no_show report_end lapse be_late);

sub chance { return rand() < $_[0] }
sub pick { return $_[ int rand @_ ] }

# It lapses unless it is checked in.
sub is_due { my ($row) = @_; return $row->{status} eq 'confirmed' && $row->{due} }

# A row is confirmed, or comes to another place: to which start of which resource it was checked in stays.
sub fall_due
{
    my ($self, $row, $was) = @_;
    return if $was && $was->{resource} eq $row->{resource} && $was->{start} == $row->{start};
    $row->{due} = $self->{resource}{ $row->{resource} }{asks};
}

sub judge_check_in
{
    my ($row) = @_;
    my $was = BookonceModel::status($row);
    return ($was eq 'expired' ? 'hold_expired' : 'not_live', 'f') if $was ne 'confirmed';
    my $replayed = $row->{due} ? 'f' : 't';
    $row->{due} = 0;
    return ('checked_in', $replayed);
}

# What is answered and what should be. Nothing has begun here, but now and then, for the time of the call: as the
# tables' owner, time is moved.
sub report_no_show
{
    my ($self, $ask, $row) = @_;
    my $was = BookonceModel::status($row);
    my $begun = $was eq 'confirmed' && !$row->{overlap} && chance(0.7);
    my $shift = sub {
        my ($sign) = @_;
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
    return ("@$answer", 'checked_in f') if !$row->{due} && $self->{resource}{ $row->{resource} }{asks};
    $row->{status} = 'expired';
    return ("@$answer", 'no_show f');
}

# The same of a booking that has begun, and is back early: from then on it is as long as a quarter of an hour.
sub report_end
{
    my ($self, $ask, $row) = @_;
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
    $row->{end} = $row->{start} + 1;
    $row->{to} = $row->{end} + $after;
    $put->("at($row->{start}, $row->{end})", "at($row->{from}, $row->{to})");
    return ("@$answer @$ended", 'rescheduled f t');
}

# On a resource where what is overdue blocks, what was checked in is not back: as the tables' owner, its time is put
# behind us. For the steps that follow it takes a place, for as long as that lasts; then it is back. What is answered
# and what should be.
sub be_late
{
    my ($self, $ask, @steps) = @_;
    my @there =
        grep { $_->{status} eq 'confirmed' && !$_->{overlap} && !$_->{group} && !$_->{lapsed} } @{ $self->{rows} };
    my $row = pick(@there) or return ('', '');
    my $blocks = sub { $ask->("SELECT bookonce.alter_resource('$row->{resource}', overdue_blocks => $_[0])") };
    $blocks->('true');
    my ($came) = $ask->("SELECT outcome FROM bookonce.check_in('$row->{id}')");
    judge_check_in($row);
    my $shifted = join ', ',
        map { "$_ = tstzrange(lower($_) - interval '3650 days', upper($_) - interval '3650 days')" } 'during', 'blocks';
    $ask->("UPDATE bookonce.booking SET $shifted WHERE booking_id = '$row->{id}'");
    $self->remove($row);
    my $out = { id => '', resource => $row->{resource}, start => $row->{end}, end => 1e6, units => 1 };
    push @{ $self->{closures} }, $out;
    pick(@steps)->() for 1 .. 6;
    $self->{closures} = [ grep { $_ != $out } @{ $self->{closures} } ];
    my ($back) = $ask->("SELECT outcome, replayed FROM bookonce.end_booking('$row->{id}')");
    my ($again) = $ask->("SELECT outcome, replayed FROM bookonce.end_booking('$row->{id}')");
    $ask->("DELETE FROM bookonce.booking WHERE booking_id = '$row->{id}'");
    delete $self->{keys}{ $row->{key} } if $row->{key};
    $blocks->('false');
    return ("@$came @$back @$again", 'checked_in rescheduled f rescheduled t');
}

# As the tables' owner: a hold's end has come, or nobody has checked in, for a whole call.
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

1;
