# BookonceModelKinds.pm: the model's kinds of booking, which have buffers and lengths of their own, and the step of the
# walk that changes them, on the server and in the model.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelKinds;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(of_kind kind_argument is_unknown_kind buffers_of judge_length change_kinds);

sub chance { return rand() < $_[0] }
sub pick { return $_[ int rand @_ ] }

# Now and then gives a slot, or all slots of a call, a kind, which may be undefined.
sub of_kind
{
    my (@slots) = @_;
    my $kind = chance(0.7) ? undef : pick(qw(cut wash cut wash talk));
    $_->{kind} = $kind for @slots;
    return @slots;
}

sub kind_argument { my ($slot) = @_; return defined $slot->{kind} ? ", kind => '$slot->{kind}'" : '' }
sub is_unknown_kind { my ($self, $slot) = @_; return defined $slot->{kind} && !$self->{kind}{ $slot->{kind} } }

# A rule of the kind replaces the resource's own rule.
sub rule_of
{
    my ($self, $slot) = @_;
    return defined $slot->{kind} ? $self->{kind}{ $slot->{kind} } // {} : {};
}

sub buffers_of
{
    my ($self, $slot) = @_;
    my ($kind, $resource) = (rule_of($self, $slot), $self->{resource}{ $slot->{resource} });
    return ($kind->{before} // $resource->{before}, $kind->{after} // $resource->{after});
}

# Returns too_short, too_long, or ''. A slot must have one of the kind's lengths, or, without any, be within the
# resource's limits.
sub judge_length
{
    my ($self, $slot) = @_;
    my ($resource, $length) = ($self->{resource}{ $slot->{resource} }, $slot->{end} - $slot->{start});
    if (my $lengths = rule_of($self, $slot)->{lengths}) {
        return '' if grep { $_ == $length } @$lengths;
        return (grep { $_ > $length } @$lengths) ? 'too_short' : 'too_long';
    }
    return 'too_short' if $resource->{least} && $length < $resource->{least};
    return 'too_long' if defined $resource->{most} && $length > $resource->{most};
    return '';
}

# Defines, changes or deletes a kind; it is not deleted while bookings of it are to come. Returns the answer and the
# expected answer.
sub change_kinds
{
    my ($self, $ask) = @_;
    my $name = pick(qw(cut wash talk));
    if (chance(0.3)) {
        my ($answer) = $ask->("SELECT bookonce.delete_kind('$name')");
        my $is_used =
            grep { ($_->{kind} // '') eq $name && BookonceModel::is_live($_) && !BookonceModelArrival::is_over($_) }
            @{ $self->{rows} };
        my $is_there = $self->{kind}{$name};
        delete $self->{kind}{$name} if !$is_used;
        return ("@$answer", $is_used ? 'ERROR 23503' : $is_there ? '' : 'ERROR 22023');
    }
    my %kind = (before => pick(undef, undef, 0, 1), after => pick(undef, 0, 1, 2));
    my @lengths = grep { chance(0.5) } 1 .. 8;
    $kind{lengths} = \@lengths if @lengths && chance(0.5);
    my ($answer) = $ask->(
        sprintf "SELECT bookonce.define_kind('$name', %s, %s, %s)",
        (map { defined $_ ? "'" . 15 * $_ . " minutes'" : 'NULL' } @kind{qw(before after)}),
        $kind{lengths} ? "'{" . join(',', map { 15 * $_ . ' minutes' } @lengths) . "}'" : 'NULL');
    $self->{kind}{$name} = \%kind;
    return ("@$answer", '');
}

1;
