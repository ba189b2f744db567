# BookonceModelHours.pm: steps of the model's walk that change when a resource is open, and how much
# may begin on a day, on the server and in the model.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelHours;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(set_hours set_times set_limit);

sub chance { return rand() < $_[0] }
sub pick { return $_[ int rand @_ ] }

# Hours, in quarters from midnight and in SQL; now and then over midnight, closed (no hours), or as if never set
# (undef).
sub hours
{
    return undef if chance(0.3);
    return [] if chance(0.2);
    my @hours = chance(0.6) ? ([ 4 * int rand 6, 48 + 4 * int rand 12 ]) : ([ 0, 36 ], [ 60, 96 + 4 * int rand 8 ]);
    return \@hours;
}
sub times_of
{
    my ($hours) = @_;
    return 'NULL, NULL' if !$hours;
    my $clock = sub { my ($q) = @_; return sprintf '%02d:00', ($q > 96 ? $q - 96 : $q) / 4 };
    return join ', ', map {
        my $n = $_;
        "'{" . join(',', map { $clock->($_->[$n]) } @$hours) . "}'"
    } 0, 1;
}
sub set_hours
{
    my ($model, $ask, $name) = @_;
    my $resource = $model->{resource}{$name};
    my ($day, $weekday, $hours) = (int rand 4, 1 + int rand 7, hours());
    my $date = sprintf '2030-01-%02d', $day + 1;
    my $how = pick(qw(day day from from calendar calendar follow week clear clear));
    if ($how eq 'day') {
        $ask->("SELECT bookonce.set_day_hours('$name', '$date', @{[times_of($hours)]})");
        $resource->{days}{$day} = $hours;
    }
    elsif ($how eq 'from') {
        $ask->("SELECT bookonce.set_hours_from('$name', '$date', $weekday, @{[times_of($hours)]})");
        return if !$hours && !$resource->{weeks}; # to look deeper would make it one whose hours are known
        $resource->{weeks} //= { map { $_ => [ [ -1000, [ [ 0, 96 ] ] ] ] } 1 .. 7 };
        my @others = grep { $_->[0] != $day } @{ $resource->{weeks}{$weekday} // [] };
        $resource->{weeks}{$weekday} = [ @others, $hours ? [ $day, $hours ] : () ];
    }
    elsif ($how eq 'calendar') {
        $ask->("SELECT bookonce.set_calendar_day('holidays', '$date', @{[times_of($hours)]})");
        $model->{calendar}{holidays}{$day} = $hours;
    }
    elsif ($how eq 'follow') {
        $resource->{follows} = pick('holidays', undef);
        $ask->("SELECT bookonce.follow_calendar('$name', @{[$resource->{follows} ? q('holidays') : 'NULL']})");
    }
    elsif ($how eq 'week') {
        $hours = [ [ 4 * int rand 6, 48 + 4 * int rand 12 ] ];
        my ($answer) = $ask->("SELECT bookonce.set_opening_hours('$name', $weekday, @{[times_of($hours)]})");
        return if $answer->[0] eq 'ERROR'; # it meets the hours of a neighbour
        $resource->{weeks}{$weekday} = [ [ -1000, $hours ] ];
    }
    else {
        $ask->("SELECT bookonce.clear_opening_hours('$name')");
        delete $resource->{weeks};
        for my $day (0 .. 3) {
            $ask->(sprintf "SELECT bookonce.set_day_hours('$name', '2030-01-%02d', NULL, NULL)", $day + 1);
            delete $resource->{days}{$day};
        }
    }
}

# Sets fixed starts or ends on some weekdays, enough of them that walks go on; now and then on none.
sub set_times
{
    my ($model, $ask, $name) = @_;
    my $what = pick(qw(starts ends));
    my %there = %{ $model->{resource}{$name}{$what} // {} };
    my @times = chance(0.4) ? () : grep { chance(0.5) } 0 .. 95;
    @times = @times[ 0 .. 47 ] if @times > 48;
    my @weekdays = @times ? grep { chance(0.6) } 1 .. 7 : (1 .. 7);
    @weekdays = (2, 3) if !@weekdays;
    my $clock = sub { my ($q) = @_; return sprintf '%02d:%02d', $q / 4, 15 * ($q % 4) };
    $ask->(
        sprintf "SELECT bookonce.set_%s('%s', '{%s}', '{%s}')",
        $what, $name,
        join(',', map { $clock->($_) } @times),
        join(',', @weekdays));
    for my $weekday (@weekdays) {
        delete $there{$weekday};
        $there{$weekday} = { map { $_ => 1 } @times } if @times;
    }
    $model->{resource}{$name}{$what} = \%there;
}

# Sets how many units may begin on one day, or removes that limit.
sub set_limit
{
    my ($model, $ask, $name) = @_;
    my $limit = chance(0.5) ? 2 + int rand 5 : undef;
    $ask->("SELECT bookonce.set_booking_limit('$name', 'day', " . ($limit // 'NULL') . ')');
    $model->{resource}{$name}{limit} = $limit;
}

1;
