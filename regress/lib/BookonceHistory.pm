# BookonceHistory.pm: checks whether the answers to concurrent clients are linearizable: whether some order of their
# calls, one at a time, explains every verdict, and puts no call before one that had returned before it was made.
#
# A call is { object, call => [verb, arguments ..], invoked, returned, verdict }. Without `returned` no answer came: it
# may have taken effect at any time after it was invoked, or never. Without `verdict` any verdict will do. Objects are
# independent of each other, so each has its own history (linearizability is local), and its own model: a function from
# a state, which is a string, and a call to the verdict and the next state, or to several such pairs where the server
# may choose.
#
# The search follows time (Wing and Gong; Lowe's just-in-time form): it carries every configuration that the answers so
# far leave possible, a state and the calls under way that have taken effect in it. When a call returns, it must have
# taken effect. Equal configurations are searched once. A call that gets its verdict and changes nothing takes effect at
# once. That excludes no order: the call must fit somewhere, and here it does. (This does not hold for a call without a
# verdict, which might change something later.)
#
# SPDX-License-Identifier: PostgreSQL
package BookonceHistory;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(linearizable show_call booking_model series_model line_model claim_model counter_model request_model);
our $states = 0; # the number of states examined, in all histories

sub show_call
{
    my ($call) = @_;
    my $times = sprintf '%.6f .. %s', $call->{invoked},
        defined $call->{returned} ? sprintf('%.6f', $call->{returned}) : '?';
    return sprintf '%s  %s: %s -> %s', $times, $call->{object} // '', join(' ', map { $_ // '-' } @{ $call->{call} }),
        $call->{verdict} // '?';
}

# The states that may follow the call; none if its verdict would be a different one.
sub step
{
    my ($model, $state, $call) = @_;
    $states++;
    my @pairs = $model->($state, @{ $call->{call} });
    my @next;
    while (my ($verdict, $next) = splice @pairs, 0, 2) {
        push @next, $next if !defined $call->{verdict} || $call->{verdict} eq $verdict;
    }
    return \@next;
}

# Returns true if the call of that number, which is under way, may be the next to take effect. A call that only follows
# from another, as a lapse from its hold, comes `after` that one.
sub may_happen
{
    my ($calls, $pending, $done, $number) = @_;
    return 0 if $done->{$number};
    my $cause = $calls->[$number]{after};
    return !defined $cause || !$pending->{$cause} || $done->{$cause};
}

# All configurations that follow when calls under way take effect one after another, until the call `wanted` has taken
# effect. A configuration is [state, { number of a call => 1 }].
sub let_happen
{
    my ($model, $calls, $pending, $wanted, @configurations) = @_;
    my (%seen, %reached);
    while (my $configuration = pop @configurations) {
        my ($state, $done) = @$configuration;
        my @open = grep { may_happen($calls, $pending, $done, $_) } sort { $a <=> $b } keys %$pending;
        my %next = map { $_ => step($model, $state, $calls->[$_]) } @open;
        my @idle = grep { defined $calls->[$_]{verdict} && @{ $next{$_} } == 1 && $next{$_}[0] eq $state } @open;
        $done = { %$done, map { $_ => 1 } @idle };
        my $key = join ' ', $state, sort { $a <=> $b } keys %$done;
        next if $seen{$key}++;
        if ($done->{$wanted}) {
            delete $done->{$wanted};
            $reached{$key} = [ $state, $done ];
            next;
        }
        for my $number (grep { !$done->{$_} } @open) {
            push @configurations, map { [ $_, { %$done, $number => 1 } ] } @{ $next{$number} };
        }
    }
    return values %reached;
}

# Returns undef if the history is linearizable; otherwise the first call whose return no configuration explains.
sub linearizable
{
    my ($model, $initial, @calls) = @_;
    my @events = sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] || $a->[2] <=> $b->[2] }
        map { ([ $calls[$_]{invoked}, 0, $_ ], defined $calls[$_]{returned} ? [ $calls[$_]{returned}, 1, $_ ] : ()) }
        0 .. $#calls;
    my @configurations = ([ $initial, {} ]);
    my %pending;
    for my $event (@events) {
        my ($time, $returns, $number) = @$event;
        if (!$returns) {
            $pending{$number} = 1;
            next;
        }
        @configurations = let_happen($model, \@calls, \%pending, $number, @configurations);
        return $calls[$number] if !@configurations;
        delete $pending{$number};
    }
    return undef;
}

# A resource whose units are interchangeable. Times are whole numbers; `buffer` widens what a booking blocks on both
# sides. Bookings are known by their idempotency keys. A quantity of 0 is a pre-booking, which takes no unit until it is
# made firm. Only the holder may cancel or extend where one is named. State: `key from to quantity status holder;` for
# each, in order of the keys; c(onfirmed), h(eld), l (held, and extended for so long that it does not lapse), x
# (cancelled), e(xpired).
sub booking_model
{
    my ($capacity, $buffer) = @_;
    $buffer //= 0;
    my $fits = sub {
        my ($all, $key, $from, $to, $quantity) = @_;
        my @live = grep { $_->{status} =~ /[chl]/ && $_->{key} ne $key } values %$all;
        for my $instant ($from - $buffer .. $to + $buffer - 1) {
            my $taken = $quantity;
            $taken += $_->{quantity}
                for grep { $_->{from} - $buffer <= $instant && $instant < $_->{to} + $buffer } @live;
            return 0 if $taken > $capacity;
        }
        return 1;
    };
    my @fields = qw(key from to quantity status holder);
    my %said = (
        x => { cancel => 'cancelled t', map { $_ => 'not_live f' } qw(confirm firm reschedule change extend) },
        e => { map { $_ => 'hold_expired f' } qw(cancel confirm firm reschedule change extend) });
    return sub {
        my ($state, $verb, $key, @arguments) = @_;
        my %all = map { my %booking; @booking{@fields} = split / /; $booking{key} => \%booking } split /;/, $state;
        my $it = $all{$key};
        my $with = sub {
            $all{$key} = { $it ? %$it : (key => $key), @_ };
            return join '', map { join(' ', @{ $all{$_} }{@fields}) . ';' } sort keys %all;
        };
        if ($verb eq 'book') {
            my %new = (holder => 'u', status => $arguments[3] ? 'h' : 'c');
            @new{qw(from to quantity)} = @arguments;
            return ('booked t', $state) if $it;
            return ('taken f', $state) if !$fits->(\%all, $key, @new{qw(from to quantity)});
            return ('booked f', $with->(%new));
        }
        return ('unknown', $state) if !$it;
        my $status = $it->{status};
        return ('', $status eq 'h' ? $with->(status => 'e') : $state) if $verb eq 'lapse';
        return ('unknown', $state) if $verb =~ /cancel|extend/ && ($arguments[0] // $it->{holder}) ne $it->{holder};
        return ($said{$status}{$verb}, $state) if $said{$status};
        return $status eq 'c' ? ('not_live f', $state) : ('extended f', $with->(status => 'l')) if $verb eq 'extend';
        return ('cancelled f', $with->(status => 'x')) if $verb eq 'cancel';
        return $arguments[0] eq $it->{holder} ? ('changed t', $state) : ('changed f', $with->(holder => $arguments[0]))
            if $verb eq 'change';
        return $fits->(\%all, $key, @$it{qw(from to)}, 1)
            ? ('confirmed f', $with->(status => 'c', quantity => 1))
            : ('taken f', $state)
            if $verb eq 'firm' && !$it->{quantity};
        return $status eq 'c' ? ('confirmed t', $state) : ('confirmed f', $with->(status => 'c'))
            if $verb =~ /confirm|firm/;
        my ($from, $to) = @arguments;
        return ('rescheduled t', $state) if $from == $it->{from} && $to == $it->{to};
        return ('taken f', $state) if !$fits->(\%all, $key, $from, $to, $it->{quantity});
        return ('rescheduled f', $with->(from => $from, to => $to));
    };
}

# Groups on a resource whose units are interchangeable, known by their keys. Each member lasts from one whole hour to
# the next. What is over by `since` stays. A verdict has an outcome for each member, except that members booked or moved
# together are all taken if one is. `place` moves each member to its own hour, or leaves it ('-'). `sweep` may delete
# any groups that lie wholly before `now`. It skips groups that others have locked, so its verdict tells nothing. State:
# `key from:status from:status ..;` for each group.
sub series_model
{
    my ($capacity, $now) = @_;
    my %said = (cancel => 'cancelled t', map { $_ => 'not_live f' } 'confirm', 'move', 'place'); # of what is cancelled
    return sub {
        my ($state, $verb, $key, @arguments) = @_;
        my %all = map {
            my ($name, @members) = split / /;
            $name => [ map { [ split /:/ ] } @members ]
        } split /;/, $state;
        my $as_is = sub {
            return join '', map {
                join(' ', $_, map { join ':', @$_ } @{ $all{$_} }) . ';'
            } sort keys %all;
        };
        my $is_too_full = sub {
            my %taken;
            $taken{ $_->[0] }++ for grep { $_->[1] ne 'x' } map { @$_ } values %all;
            return grep { $_ > $capacity } values %taken;
        };
        if ($verb eq 'book') {
            my ($from, $count, $step, $hold) = @arguments;
            return ('booked t', $state) if $all{$key};
            $all{$key} = [ map { [ $from + $_ * $step, $hold ? 'h' : 'c' ] } 0 .. $count - 1 ];
            return $is_too_full->() ? ('taken f', $state) : ('booked f', $as_is->());
        }
        if ($verb eq 'sweep') {
            my @pairs = ('swept', '');
            for my $name (reverse sort keys %all) {
                my $is_over = !grep { $_->[0] >= $now } @{ $all{$name} };
                my $group = join(' ', $name, map { join ':', @$_ } @{ $all{$name} }) . ';';
                @pairs = map {
                    my $left = $_;
                    map { ('swept', $_ . $left) } $group, $is_over ? '' : ()
                } grep { $_ ne 'swept' } @pairs;
            }
            return @pairs;
        }
        my @members = @{ $all{$key} // return ('unknown', $state) };
        if ($verb eq 'drop') {
            my $member = $members[ $arguments[0] - 1 ];
            return ('cancelled t', $state) if $member->[1] eq 'x';
            $member->[1] = 'x';
            return ('cancelled f', $as_is->());
        }
        my ($since, @to) = @arguments;
        my $change = sub {
            my ($member) = @_;
            return $said{$verb} if $member->[1] eq 'x';
            return 'confirmed t' if $verb eq 'confirm' && $member->[1] eq 'c';
            return 'too_late f' if $member->[0] + 1 <= $since;
            if ($verb eq 'move') { $member->[0] += $to[0]; return 'rescheduled f' }
            $member->[1] = $verb eq 'cancel' ? 'x' : 'c';
            return $verb eq 'cancel' ? 'cancelled f' : 'confirmed f';
        };
        if ($verb eq 'place') {
            my @refused = map {
                      $to[$_] eq '-' ? ''
                    : $members[$_][1] eq 'x' ? 'not_live f'
                    : $members[$_][0] + 1 <= $since ? 'too_late f'
                    : ''
            } 0 .. $#members;
            my %refused = map { $_ => 1 } grep { $_ } @refused;
            return (join(',', @refused), $state) if !grep { !$_ } @refused;
            return (join(',', sort keys %refused), $state) if %refused;
        }
        my $place = sub {
            my ($number) = @_;
            my ($member, $hour) = ($members[$number], $to[$number]);
            return 'not_live f' if $member->[1] eq 'x';
            return $member->[0] + 1 <= $since ? 'too_late f' : 'rescheduled t' if $hour eq '-' || $hour == $member->[0];
            $member->[0] = $hour;
            return 'rescheduled f';
        };
        my $verdict = join ',', map { $verb eq 'place' ? $place->($_) : $change->($members[$_]) } 0 .. $#members;
        return $is_too_full->() ? ('taken f', $state) : ($verdict, $as_is->());
    };
}

# One time of a resource with that many places, and the line for it. Bookings and waiters are known by their keys; each
# holder has only one. `give` and `confirm` are about the hold that a waiter was offered. State: `b key status;` of each
# booking and `w key status;` of each waiter, in the order in which they came: c(onfirmed), x (cancelled); w(aits),
# o(ffered), c (and confirmed), x (and given back), l(eft).
sub line_model
{
    my ($capacity) = @_;
    return sub {
        my ($state, $verb, $key) = @_;
        my @all = map { [ split / / ] } split /;/, $state;
        my $as_is = sub {
            return join '', map { join(' ', @$_) . ';' } @all;
        };
        my $is_full = sub {
            return $capacity <= grep { $_->[2] =~ /[co]/ } @all;
        };
        my $in_line = sub {
            return grep { $_->[2] eq 'w' } @all;
        };
        my $of = $verb =~ /book|cancel/ ? 'b' : 'w';
        my ($it) = grep { $_->[0] eq $of && $_->[1] eq $key } @all;
        my $becomes = sub {
            my ($verdict, $status) = @_;
            $it->[2] = $status;
            my ($first) = $in_line->();
            $first->[2] = 'o' if $first && !$is_full->();
            return ("$verdict f", $as_is->());
        };
        if ($verb eq 'book') {
            return ('booked t', $state) if $it;
            return ('taken f', $state) if $is_full->();
            push @all, [ 'b', $key, 'c' ];
            return ('booked f', $as_is->());
        }
        if ($verb eq 'join') {
            my $place = 1;
            for ($in_line->()) {
                last if $it && $_ == $it;
                $place++;
            }
            return ($it->[2] eq 'w' ? "waiting t $place" : $it->[2] eq 'l' ? 'left t' : 'offered t', $state) if $it;
            return ('free_now f', $state) if !$is_full->();
            push @all, [ 'w', $key, 'w' ];
            return ("waiting f $place", $as_is->());
        }
        return ('unknown', $state) if !$it;
        my $was = $it->[2];
        return $was eq 'w' ? $becomes->('left', 'l') : ($was eq 'l' ? 'left t' : 'offered f', $state)
            if $verb eq 'leave';
        return ('unknown', $state) if $was =~ /[wl]/;
        return $was eq 'x' ? ('cancelled t', $state) : $becomes->('cancelled', 'x') if $verb ne 'confirm';
        return $was eq 'o' ? $becomes->('confirmed', 'c') : ($was eq 'c' ? 'confirmed t' : 'not_live f', $state);
    };
}

# A value that one claimant may own. State: the owner.
sub claim_model
{
    return sub {
        my ($owner, $verb, $claimant) = @_;
        return $owner eq $claimant ? ('released f', '') : ('released t', $owner) if $verb eq 'release';
        return
              $owner eq '' ? ('claimed f', $claimant)
            : $owner eq $claimant ? ('claimed t', $owner)
            : ('claimed_by_other f', $owner);
    };
}

# A bounded counter. State: its value, and its value after each key: `value;key value;..`.
sub counter_model
{
    my ($minimum, $maximum) = @_;
    return sub {
        my ($state, $verb, $delta, $key) = @_;
        my ($value, @entries) = split /;/, $state;
        my %entries = map { split / / } @entries;
        return ("applied t $entries{$key}", $state) if exists $entries{$key};
        my $next = $value + $delta;
        return ("out_of_bounds f $value", $state) if $next < $minimum || $next > $maximum;
        $entries{$key} = $next;
        return ("applied f $next", join ';', $next, map { "$_ $entries{$_}" } sort keys %entries);
    };
}

# A request offered to providers whose time is free. State: `provider what;..`: a(ccepted), r(eleased), d(eclined), `!
# !` once cancelled, and `@ N` where it was moved to time N, which is everybody's to spare.
sub request_model
{
    my ($positions) = @_;
    return sub {
        my ($state, $verb, $provider) = @_;
        my %said = map { split / / } split /;/, $state;
        my $now = sub {
            return join '', map { "$_ $said{$_};" } sort keys %said;
        };
        if ($verb eq 'cancel') {
            return ('cancelled t', $state) if $said{'!'};
            %said = (map({ $_ => $said{$_} eq 'a' ? 'r' : $said{$_} } keys %said), '!' => '!');
            return ('cancelled f', $now->());
        }
        if ($verb eq 'move') {
            return ('request_closed f', $state) if $said{'!'};
            return ('rescheduled t', $state) if ($said{'@'} // 0) == $provider;
            $said{'@'} = $provider;
            return ('rescheduled f', $now->());
        }
        my $was = $said{$provider} // '';
        if ($verb eq 'release') {
            return ($was eq 'r' ? 'released t' : 'unknown', $state) if $was ne 'a';
            $said{$provider} = 'r';
            return ('released f', $now->());
        }
        return $verb eq 'accept' ? ('accepted t', $state) : ('offer_accepted f', $state) if $was eq 'a';
        return $verb eq 'accept' ? ('offer_declined f', $state) : ('declined t', $state) if $was eq 'd';
        return ('request_closed f', $state) if $said{'!'};
        return ('offer_released f', $state) if $was eq 'r';
        return ('filled f', $state) if $verb eq 'accept' && $positions <= grep { $_ eq 'a' } values %said;
        $said{$provider} = $verb eq 'accept' ? 'a' : 'd';
        return ($verb eq 'accept' ? 'accepted f' : 'declined f', $now->());
    };
}

1;
