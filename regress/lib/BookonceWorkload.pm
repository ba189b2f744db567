# BookonceWorkload.pm: clients that use all kinds of verbs on a few hot objects at once, and the judging of their
# answers.
#
# An epoch is a set of objects: two rooms (one with buffers), a pool of 3, a room that is only held, a stage with
# pre-bookings, a pool of 2 with groups, a diary (another one, whose groups lie in the past, or began there and go on),
# a room with a line, an e-mail, a stock, and a request of 3 providers. The clients go from epoch to epoch, each
# at its own pace. Now and then one of them deletes what is over of all diaries.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceWorkload;

use strict;
use warnings;
use Exporter 'import';
use BookonceClients;
use BookonceHistory;

our @EXPORT = qw(%kinds workload let_them_work unexplained lost_and_doubled);

my $lapses_after = 0.04; # seconds
my @providers = map { "p$_" } 1 .. 8;
my $calls_an_epoch = 80; # of each client

# Makes the objects that the calls use, and a procedure that makes the objects of that many epochs and deletes all
# others.
our $sql = <<'SQL';
CREATE FUNCTION hours(first integer, past integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange(d + first * interval '1 hour', d + past * interval '1 hour')
        FROM (SELECT timestamptz '2030-01-07 00:00Z') AS x(d) $$;
CREATE FUNCTION says(outcome bookonce.outcome, replayed boolean) RETURNS text LANGUAGE sql AS
    $$ SELECT concat_ws(' ', outcome, left(replayed::text, 1)) $$;
CREATE FUNCTION change(verb text, key text, first integer DEFAULT NULL, past integer DEFAULT NULL,
    who text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid := (SELECT booking_id FROM bookonce.booking WHERE tenant = 'default' AND idempotency_key = key LIMIT 1);
BEGIN
    IF id IS NOT NULL AND (verb = 'extend' OR verb = 'cancel' AND who IS NOT NULL) THEN
        BEGIN
            RETURN CASE verb WHEN 'cancel' THEN (SELECT says(outcome, replayed)
                FROM bookonce.cancel_booking(id, holder => who))
                             ELSE (SELECT says(outcome, replayed)
                                 FROM bookonce.extend_hold(id, '1 day', holder => who)) END;
        EXCEPTION WHEN SQLSTATE 'OB003' THEN
            RETURN 'unknown';
        END;
    END IF;
    RETURN CASE WHEN id IS NULL THEN 'unknown'
                WHEN verb = 'confirm' THEN (SELECT says(outcome, replayed) FROM bookonce.confirm_booking(id))
                WHEN verb = 'firm' THEN (SELECT says(outcome, replayed)
                    FROM bookonce.confirm_booking(id, exclusive => true))
                WHEN verb = 'change' THEN (SELECT says(outcome, replayed) FROM bookonce.change_booking(id, who))
                WHEN verb = 'cancel' THEN (SELECT says(outcome, replayed) FROM bookonce.cancel_booking(id))
                ELSE (SELECT says(outcome, replayed) FROM bookonce.reschedule_booking(id, hours(first, past))) END;
END $$;
CREATE FUNCTION book_series(series text, key text, first integer, count integer, step integer, hold_for interval)
    RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(DISTINCT says(outcome, replayed), ',') FILTER (WHERE outcome <> 'aborted')
    FROM bookonce.book_slots(ARRAY(SELECT ROW(series, hours(first + n * step, first + n * step + 1), 1, NULL, NULL,
        NULL)::bookonce.slot_request
                                   FROM generate_series(0, count - 1) AS n), 'u', hold_for, idempotency_key => key) $$;
CREATE FUNCTION change_series(verb text, key text, since timestamptz, number integer, durings tstzrange[] DEFAULT NULL)
    RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    id uuid := (SELECT group_id FROM bookonce.booking WHERE tenant = 'default' AND idempotency_key = key);
BEGIN
    RETURN CASE WHEN id IS NULL THEN 'unknown'
                WHEN verb = 'confirm' THEN (SELECT string_agg(says(outcome, replayed), ',')
                    FROM bookonce.confirm_group(id, since))
                WHEN verb = 'cancel' THEN (SELECT string_agg(says(outcome, replayed), ',')
                    FROM bookonce.cancel_group(id, since => since))
                WHEN verb = 'drop' THEN (SELECT says(outcome, replayed)
                    FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking
                    WHERE group_id = id AND member = number)))
                ELSE (SELECT CASE WHEN bool_or(outcome IN ('taken', 'aborted'))
                    THEN string_agg(DISTINCT says(outcome, replayed), ',') FILTER (WHERE outcome <> 'aborted')
                                  ELSE string_agg(says(outcome, replayed), ',') END
                      FROM bookonce.reschedule_group(id, CASE WHEN durings IS NULL THEN number * interval '1 hour' END,
                          durings, since)) END;
EXCEPTION WHEN SQLSTATE 'OB003' OR null_value_not_allowed THEN -- deleted since it was looked up
    RETURN 'unknown';
END $$;
CREATE FUNCTION wait_in_line(verb text, class text, key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    waiter bookonce.waiter;
BEGIN
    IF verb = 'join' THEN
        RETURN (SELECT concat_ws(' ', says(outcome, replayed), place)
                FROM bookonce.join_waitlist(class, hours(0, 1), 'of ' || key, offer_for => '1 day',
                    idempotency_key => key));
    END IF;
    SELECT w.* INTO waiter FROM bookonce.waiter AS w WHERE w.tenant = 'default' AND w.idempotency_key = key;
    RETURN CASE WHEN waiter.waiter_id IS NULL THEN 'unknown'
                WHEN verb = 'leave' THEN (SELECT says(outcome, replayed) FROM bookonce.leave_waitlist(waiter.waiter_id))
                WHEN waiter.booking_id IS NULL THEN 'unknown'
                WHEN verb = 'give' THEN (SELECT says(outcome, replayed) FROM bookonce.cancel_booking(waiter.booking_id))
                ELSE (SELECT says(outcome, replayed) FROM bookonce.confirm_booking(waiter.booking_id)) END;
END $$;
CREATE TABLE need (epoch integer PRIMARY KEY, request_id uuid);
CREATE FUNCTION dispatch(verb text, wanted integer, who text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    need uuid := (SELECT request_id FROM need WHERE epoch = wanted);
    id uuid := (SELECT offer_id FROM bookonce.offer WHERE tenant = 'default' AND request_id = need AND provider = who);
BEGIN
    RETURN CASE verb WHEN 'accept' THEN (SELECT says(outcome, replayed) FROM bookonce.accept_offer(id, who))
                     WHEN 'decline' THEN (SELECT says(outcome, replayed) FROM bookonce.decline_offer(id, who))
                     WHEN 'move' THEN (SELECT says(outcome, replayed)
                         FROM bookonce.reschedule_request(need, hours(wanted + 1000 * who::integer,
                             wanted + 1000 * who::integer + 1)))
                     WHEN 'release' THEN (SELECT says(outcome, replayed) FROM bookonce.release_position(need, who))
                     ELSE (SELECT says(outcome, replayed) FROM bookonce.cancel_request(need)) END;
EXCEPTION WHEN SQLSTATE 'OB003' THEN
    RETURN 'unknown';
END $$;
CREATE PROCEDURE new_objects(epochs integer) LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE bookonce.booking, bookonce.waiter, bookonce.resource, bookonce.claim, bookonce.counter,
        bookonce.counter_entry, bookonce.request, bookonce."position", bookonce.offer, need;
    PERFORM bookonce.define_resource('room' || n), bookonce.define_resource('pool' || n, 3),
        bookonce.define_resource('hold' || n), bookonce.define_resource('stage' || n),
            bookonce.define_resource('series' || n, 2),
            bookonce.define_resource('diary' || n, 2), bookonce.define_resource('line' || n),
            bookonce.define_resource('studio' || n, 1, '1 hour', '1 hour'),
                bookonce.define_counter('stock' || n, 5, 0, 10)
    FROM generate_series(1, epochs) AS n;
    PERFORM bookonce.define_resource('p' || n) FROM generate_series(1, 8) AS n;
    INSERT INTO need SELECT n, (bookonce.open_request(hours(n, n + 1), 3, 'u')).request_id
        FROM generate_series(1, epochs) AS n;
    PERFORM bookonce.make_offers(request_id, ARRAY['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8']) FROM need;
END $$;
SQL

sub pick { return $_[ rand @_ ] }

# A key always stands for the same call: every client that uses the key asks for the same. Every other hold is for an
# hour and never lapses, because on a busy machine a short hold is not confirmed in time.
sub booking_of
{
    my ($kind, $key) = @_;
    my $number = unpack '%32C*', $key;
    my $from = $number % 8;
    return (
        $from,
        $from + 1 + $number % 2,
        $kind eq 'pool' && $key !~ /s/ ? 1 + $number % 2 : $kind eq 'stage' && $number % 3 ? 0 : 1,
        $kind eq 'hold' ? $number % 2 ? 3600 : $lapses_after : $kind eq 'stage' && $number % 2 ? 3600 : 0);
}

# One call on a booking: [verb, arguments ..] and its SQL. Keys with an s are shared by the clients; others are the
# client's own, and it changes the last few of these bookings. A party is only booked, never changed.
my $made = 0;
my %own;
sub booking_call
{
    my ($kind, $object, $client) = @_;
    my $verb = pick(
        ('book') x 5,
        ('cancel') x 3,
        ('confirm') x 2,
        ('reschedule') x 2,
        'change', 'extend', ('firm') x ($kind eq 'stage' ? 5 : 0));
    my $mine = $own{$object} //= [];
    my $key = "$object:s" . int rand 5;
    if ($verb eq 'book' && rand() < 0.5) {
        $key = "$object:$client." . $made++;
        unshift @$mine, $key if $kind ne 'pool';
    }
    elsif (@$mine && rand() < 0.6) {
        $key = $mine->[ rand(@$mine < 3 ? @$mine : 3) ];
    }
    if ($verb eq 'book') {
        my ($from, $to, $quantity, $hold_for) = booking_of($kind, $key);
        my $hold_sql = ($hold_for ? ", hold_for => '$hold_for s'" : '') . ($quantity ? '' : ', allow_overlap => true');
        my $units = $quantity || 1;
        return (
            [ 'book', $key, $from, $to, $quantity, $hold_for ],
            "SELECT outcome, replayed FROM bookonce.book_slot('$object', hours($from, $to), 'u', $units,
                idempotency_key => '$key'$hold_sql)"
        );
    }
    my $who = $verb =~ /change|extend/ || $verb eq 'cancel' && rand() < 0.2 ? pick('u', 'w') : '';
    return ([ $verb, $key, $who ], "SELECT change('$verb', '$key', who => '$who')") if $who;
    my $from = int rand 8;
    my @place = $verb eq 'reschedule' ? ($from, $from + 1 + int rand 2) : ();
    return ([ $verb, $key, @place ], 'SELECT change(' . join(', ', "'$verb'", "'$key'", @place) . ')');
}

sub size_of { my ($key) = @_; return 2 + unpack('%32C*', $key) % 2 }

# The years to an hour of 2020, and the same number of hours after one of 2030: hours before `$now` are over.
my ($past, $now) = (-90_000, -50_000);

# Groups of two or three, an hour or two from one to the next. The client changes one of its own, or a shared one. In a
# diary they begin in the past, and half of them go on in every tenth year.
sub series_call
{
    my ($object, $client) = @_;
    my $is_diary = $object =~ /^diary/;
    my $verb =
        $is_diary
        ? pick('book', 'book', 'book', 'sweep', 'sweep', 'drop', 'cancel')
        : pick('book', 'book', 'book', 'move', 'move', 'place', 'cancel', 'confirm', 'drop');
    return ([ 'sweep', '' ], "SELECT 'swept' FROM bookonce.delete_old(clock_timestamp())") if $verb eq 'sweep';
    my $mine = $own{$object} //= [];
    my $key = "$object:s" . int rand 4;
    if ($verb eq 'book' && rand() < 0.6) { unshift @$mine, $key = "$object:$client." . $made++ }
    elsif (@$mine && rand() < 0.5) { $key = $mine->[0] }
    if ($verb eq 'book') {
        my $number = unpack '%32C*', $key;
        my @group = ($number % 11, size_of($key), 1 + int($number / 2) % 2);
        @group = ($past + $number % 4, size_of($key), $number % 3 ? -$past : 1) if $is_diary;
        my $hold_for = $number % 3 ? 3600 : 0;
        my $hold_sql = $hold_for ? "'$hold_for s'" : 'NULL';
        return ([ 'book', $key, @group, $hold_for ],
            "SELECT book_series('$object', '$key', " . join(', ', @group) . ", $hold_sql)");
    }
    if ($verb eq 'drop') {
        my $member = 1 + int rand 2;
        return ([ 'drop', $key, $member ], "SELECT change_series('drop', '$key', NULL, $member)");
    }
    my ($since, $by) = (rand() < 0.3 ? -99 : 1 + int rand 11, $verb eq 'move' ? pick(-2, -1, 1, 2) : 0);
    $since = $now if $is_diary;
    my $instant = $since < 0 ? 'NULL' : "lower(hours($since, $since + 1))";
    if ($verb eq 'place') {
        my @to = map { rand() < 0.4 ? '-' : int rand 13 } 1 .. size_of($key);
        my $durings = join ', ', map { $_ eq '-' ? 'NULL' : "hours($_, $_ + 1)" } @to;
        return ([ 'place', $key, $since, @to ],
            "SELECT change_series('place', '$key', $instant, NULL, ARRAY[$durings]::tstzrange[])");
    }
    return ([ $verb, $key, $since, $by ], "SELECT change_series('$verb', '$key', $instant, $by)");
}

# A passer-by books, or gives the booking back; a waiter joins, leaves, confirms its offer, or gives it back.
sub line_call
{
    my ($object, $client) = @_;
    my $verb = pick(('book') x 4, ('cancel') x 3, ('join') x 6, 'leave', ('give') x 3, 'confirm');
    my $of = $verb =~ /book|cancel/ ? 'b' : 'w';
    my $mine = $own{"$object $of"} //= [];
    my $key = "$object:${of}s" . int rand 3;
    if ($verb =~ /book|join/ && rand() < 0.5) { unshift @$mine, $key = "$object:$of$client." . $made++ }
    elsif (@$mine && rand() < 0.8) { $key = $mine->[ rand @$mine ] }
    return ([ $verb, $key ], "SELECT wait_in_line('$verb', '$object', '$key')") if $of eq 'w';
    return ([ $verb, $key ], "SELECT change('cancel', '$key')") if $verb eq 'cancel';
    return ([ $verb, $key ],
        "SELECT outcome, replayed FROM bookonce.book_slot('$object', hours(0, 1), 'u', idempotency_key => '$key')");
}

sub claim_call
{
    my ($object) = @_;
    my ($verb, $claimant) = (pick('claim', 'release'), 'u' . int rand 4);
    return (
        [ $verb, $claimant ],
        'SELECT outcome, replayed FROM bookonce.'
            . ($verb eq 'claim' ? 'claim' : 'release_claim')
            . "('email', '$object', '$claimant')");
}

sub counter_call
{
    my ($object, $client) = @_;
    my $key = rand() < 0.2 ? 's' . int rand 6 : "$client." . $made++;
    my $delta = pick(-1, 1) * (1 + int rand 3);
    $delta = $key =~ /[135]$/ ? 2 : -2 if $key =~ /^s/;
    return ([ 'adjust', $delta, $key ],
        "SELECT outcome, replayed, value FROM bookonce.adjust_counter('$object', $delta, '$key')");
}

sub dispatch_call
{
    my ($object, $client, $epoch) = @_;
    my ($verb, $provider) =
        (rand() < 0.01 ? 'cancel' : pick(qw(accept accept accept accept release decline move)), pick(@providers));
    $provider = int rand 3 if $verb eq 'move';
    return ([ $verb, $verb eq 'cancel' ? () : $provider ], "SELECT dispatch('$verb', $epoch, '$provider')");
}

# kind => [the model, its first state, a function of object, client and epoch that makes a call]
our %kinds = (
    room => [ booking_model(1), '', sub { return booking_call('room', @_) } ],
    studio => [ booking_model(1, 1), '', sub { return booking_call('studio', @_) } ],
    pool => [ booking_model(3), '', sub { return booking_call('pool', @_) } ],
    hold => [ booking_model(1), '', sub { return booking_call('hold', @_) } ],
    stage => [ booking_model(1), '', sub { return booking_call('stage', @_) } ],
    series => [ series_model(2), '', \&series_call ],
    diary => [ series_model(2, $now), '', \&series_call ],
    line => [ line_model(1), '', \&line_call ],
    email => [ claim_model(), '', \&claim_call ],
    stock => [ counter_model(0, 10), 5, \&counter_call ],
    request => [ request_model(3), '', \&dispatch_call ],);

# Runs the calls of that many clients until the last epoch is over, or `is_over` returns true. Some calls are made in a
# transaction that lasts longer; some of these roll back, and prove only that others are not disturbed.
sub workload
{
    my (%option) = @_; # clients, epochs, seed, kinds, is_over
    return map {
        my $client = $_;
        my ($n, $seeded) = (0, 0);
        sub {
            srand("$option{seed}$client") if !$seeded++;
            my $epoch = 1 + int($n++ / $calls_an_epoch);
            return undef if $epoch > $option{epochs} || $option{is_over} && $option{is_over}->();
            my $kind = pick(@{ $option{kinds} });
            my $object = "$kind$epoch";
            my ($call, $sql) = $kinds{$kind}[2]->($object, $client, $epoch);
            my $fate = rand;
            my $more = 'SELECT count(*) FROM generate_series(1, 3000) \g /dev/null' . "\n";
            return { object => $object, call => $call, sql => "$sql;" } if $fate > 0.3;
            return { object => $object, call => $call, sql => "BEGIN; $sql; ${more}COMMIT;" } if $fate > 0.05;
            return {
                object => '',
                call => [],
                sql => "BEGIN; $sql \\g /dev/null\n${more}ROLLBACK; SELECT 'rolled_back';"
            };
        }
    } 1 .. $option{clients};
}

# Returns when the clients have booked some more slots.
sub let_them_work
{
    my ($node) = @_;
    my $count = 'SELECT count(*) FROM bookonce.booking';
    my $before = $node->safe_psql('postgres', $count);
    $node->poll_query_until('postgres', "SELECT ($count) > $before + 50") or die "nothing is booked\n";
}

# A short hold that was booked lapses by itself, at some instant that is its length after an instant of its call. The
# slack is for the server's clock, which may be slewed against the monotonic one.
sub lapses
{
    my @calls = @_;
    my $slack = 0.005;
    my @lapses;
    for my $number (0 .. $#calls) {
        my $book = $calls[$number];
        my ($verb, $key, $from, $to, $quantity, $hold_for) = @{ $book->{call} };
        next if $verb ne 'book' || ($hold_for // 0) != $lapses_after || $book->{verdict} ne 'booked f';
        my $earliest = $book->{invoked} + $hold_for - $slack;
        my $latest = $book->{returned} + $hold_for + $slack;
        push @lapses,
            {
            object => $book->{object},
            call => [ 'lapse', $key ],
            after => $number,
            invoked => $earliest,
            returned => $latest
            };
    }
    return @lapses;
}

# Deleting for one diary deletes for all of them. The answer does not tell what was deleted, so it is a call without a
# verdict.
sub sweeps
{
    my ($object, $history) = @_;
    return if $object !~ /^diary/;
    my @sweeps = grep { $_->{call}[0] eq 'sweep' } map { @{ $history->{$_} } } grep { /^diary/ } sort keys %$history;
    return map {
        my %sweep = (%$_, object => $object);
        delete $sweep{verdict} if ($sweep{verdict} // '') eq 'swept';
        \%sweep
    } @sweeps;
}

# Judges each object's history. Returns how many there are, and, for each history that no order explains, the calls
# around the one where that shows.
sub unexplained
{
    my %history;
    push @{ $history{ $_->{object} } }, $_ for @_;
    my @wrong;
    for my $object (sort keys %history) {
        my ($kind) = $object =~ /^([a-z]+)/;
        my @calls = ((grep { $_->{call}[0] ne 'sweep' } @{ $history{$object} }), sweeps($object, \%history));
        my $culprit = linearizable($kinds{$kind}[0], $kinds{$kind}[1], @calls, lapses(@calls)) or next;
        my @around = grep {
            $_->{invoked} <= $culprit->{returned}
                && (!defined $_->{returned} || $_->{returned} > $culprit->{returned} - 0.05)
        } sort { $a->{invoked} <=> $b->{invoked} } @calls;
        push @wrong, join "\n", 'nothing explains ' . show_call($culprit), map { show_call($_) } @around;
    }
    return (scalar keys %history, @wrong);
}

# Returns how many bookings and counter entries are missing although a client was told of them, and how many are there
# twice.
sub lost_and_doubled
{
    my ($node, @calls) = @_;
    my $told = join ',',
        map { "('" . ($_->{call}[0] eq 'book' ? '' : $_->{object}) . "', '$_->{call}[-1]', '$_->{call}[1]')" }
        grep { ($_->{verdict} // '') =~ /^(booked|applied)/ } @calls;
    return $node->safe_psql('postgres', <<"SQL");
CREATE TEMP VIEW made AS SELECT '' AS counter, idempotency_key AS key FROM bookonce.booking
    WHERE idempotency_key IS NOT NULL
    UNION ALL SELECT counter, idempotency_key FROM bookonce.counter_entry;
SELECT 'lost ' || (SELECT count(*) FROM (SELECT counter, CASE counter WHEN '' THEN first ELSE last END
FROM (VALUES $told) AS t(counter, last, first) EXCEPT SELECT counter, key FROM made) AS l)
    || ', doubled ' || (SELECT count(*) FROM (SELECT FROM made GROUP BY counter, key HAVING count(*) > 1) AS d);
SQL
}

1;
