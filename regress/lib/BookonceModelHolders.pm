# BookonceModelHolders.pm: the model's rule on holders, on two resources, which limits the calls at one instant and the
# calls and hours of a day; and the step of the walk that changes the rule, on the server and in the model.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelHolders;
use strict;
use warnings;
use POSIX ();
use Exporter 'import';
our @EXPORT = qw(judge_holder rule_holders);

sub chance { return rand() < $_[0] }
sub pick { return $_[ int rand @_ ] }

# Returns the rule's refusal of one more slot, or of a booking that moves there, gets another holder or takes a unit.
sub judge_holder
{
    my ($self, $slot, $except) = @_;
    my $rule = $self->{rule};
    return '' if !$rule || !$rule->{resources}{ $slot->{resource} };
    my $holder = $slot->{holder} // 'u';
    my @mine = grep {
               $rule->{resources}{ $_->{resource} }
            && BookonceModel::counts($_)
            && $_->{holder} eq $holder
            && !($except && $_ == $except)
    } @{ $self->{rows} };
    push @mine, $slot;
    my (%calls, %quarters);
    for my $row (grep { POSIX::floor($_->{start} / 96) == POSIX::floor($slot->{start} / 96) } @mine) {
        my $call = BookonceModel::call_of($row);
        $calls{$call} = 1;
        $quarters{"$call $_"} = 1 for $row->{start} .. $row->{end} - 1;
    }
    return 'holder_limit'
        if keys %calls > ($rule->{calls} // 1e9) || keys %quarters > 4 * ($rule->{hours} // 1e9);
    for my $quarter ($slot->{start} .. $slot->{end} - 1) {
        my %there =
            map { BookonceModel::call_of($_) => 1 } grep { $_->{start} <= $quarter && $quarter < $_->{end} } @mine;
        return 'holder_busy' if keys %there > ($rule->{at_once} // 1e9);
    }
    return '';
}

# Now and then the rule is removed.
sub rule_holders
{
    my ($model, $ask) = @_;
    my %rule =
        chance(0.3) ? () : (at_once => pick(undef, 1, 2), calls => pick(undef, 1 .. 4), hours => pick(undef, 1 .. 4));
    $ask->(
        sprintf "SELECT bookonce.set_holder_rule('both', '{class,van}', %s, NULL, %s, %s, %s)",
        $rule{at_once} // 'NULL',
        $rule{calls} // 'NULL',
        defined $rule{calls} || defined $rule{hours} ? "'day'" : 'NULL',
        defined $rule{hours} ? "'$rule{hours} hours'" : 'NULL');
    $model->{rule} = { resources => { class => 1, van => 1 }, %rule };
}

1;
