# BookonceModelWaiver.pm: the model's desk, which now and then waives some rules.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceModelWaiver;

use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(waive waives);

# Chooses what a call waives, for the slot and as its arguments. It does not change what the call asks for, nor the
# key's request.
sub waive
{
    my ($slot) = @_;
    my @rules = rand() < 0.8 ? () : grep { rand() < 0.6 } qw(closed off_grid too_short too_long limit_reached);
    $slot->{waive} = { map { $_ => 1 } @rules };
    return @rules ? sprintf(", waive => '{%s}', reason => 'agreed'", join ',', @rules) : '';
}

# Returns true if a rule is waived for the slot; of closures, only those of all places can be.
sub waives { my ($slot, $rule) = @_; return $slot->{waive} && $slot->{waive}{$rule} }

1;
