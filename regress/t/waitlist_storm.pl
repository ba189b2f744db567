# waitlist_storm.pl: 200 wait in line for a class of 10, a strict one, a court and a sauna, while clients join, leave,
# walk in, cancel, give back, confirm, shorten, let holds lapse and look, alone or in transactions that may roll back,
# and connections are cut. Nobody sleeps: a hold lapses because its end is moved.
#
# The tables and the history must show that no place is given twice; each offered hold belongs to one waiter; a
# cancelled place is offered in the same transaction; nobody, not even a passer-by, gets a place that somebody earlier
# in line could have had; and when promote_waiters() has nothing more to do, nothing is free that fits somebody in line.
# BOOKONCE_SEED repeats the choices (not the timing). The storms last some 5 seconds; BOOKONCE_STORM=N makes more of
# them, with 32 clients. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
my ($rounds, $clients, $calls) = $storm == 1 ? (3, 16, 60) : (3 * $storm, 32, 60);
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm: $rounds storms of $clients clients";

my $node = new_server('waitlist_storm', conf => "fsync = off\ndeadlock_timeout = 100ms\nmax_connections = 80\n");
query($node, <<'SQL');
SELECT bookonce.keep_history();
SELECT bookonce.define_resource('class', 10), bookonce.define_resource('strict', 10), bookonce.define_resource('court');
SELECT bookonce.define_resource('sauna', 2), bookonce.set_waitlist('strict', true);
-- A rule that refuses nobody, so that an offer needs the holder's lock; without it the place is kept for the next call.
SELECT bookonce.set_holder_rule('all', '{sauna}', max_live => 100000);
CREATE FUNCTION at(which integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT ('{"[2032-01-05 09:00Z,2032-01-05 10:00Z)","[2032-01-05 10:00Z,2032-01-05 11:00Z)",
        "[2032-01-05 09:00Z,2032-01-05 11:00Z)"}'::tstzrange[])[which] $$;
CREATE VIEW lined AS
    SELECT w.*, r.resource, r.strict_line FROM bookonce.waiter AS w JOIN bookonce.resource AS r USING (resource_id);
CREATE FUNCTION some_booking(name text, those text) RETURNS TABLE (booking_id uuid, group_id uuid, during tstzrange)
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE
        'SELECT b.booking_id, b.group_id, b.during FROM bookonce.live_booking AS b WHERE b.resource = $1 AND '
        || those || ' ORDER BY random() LIMIT 1' USING name;
END $$;
-- Under the resource's lock, as if the clock ticked before a call or after it.
CREATE FUNCTION lapse(name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookonce.set_waitlist(name, name = 'strict');
    UPDATE bookonce.booking SET lapses_at = clock_timestamp() - interval '1 ms',
        created_at = clock_timestamp() - interval '1 hour'
    WHERE status = 'held' AND released_at IS NULL AND booking_id = (SELECT booking_id
    FROM some_booking(name, 'b.status = ''held'''));
    RETURN CASE WHEN FOUND THEN 'lapsed' ELSE 'nobody' END;
END $$;
-- All places are taken, and 200 wait.
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
    TRUNCATE bookonce.booking, bookonce.waiter, bookonce.booking_event;
    PERFORM bookonce.book_slot(r, at(1 + (n + h) % 2), 'first' || n) FROM unnest('{class,strict}'::text[]) AS r,
        generate_series(1, 10) AS n, generate_series(0, 1) AS h;
    PERFORM bookonce.book_slot('court', at(n), 'first'), bookonce.book_slot('sauna', at(n), 'first', 2)
        FROM generate_series(1, 2) AS n;
    PERFORM bookonce.join_waitlist(CASE WHEN n % 10 < 5 THEN 'class' WHEN n % 10 < 8 THEN 'strict' WHEN n % 10 < 9
        THEN 'court' ELSE 'sauna' END,
        at(1 + n / 10 % 3), 'w' || n, CASE WHEN n % 10 IN (3, 7) THEN 2 ELSE 1 END, '1 hour')
            FROM generate_series(1, 200) AS n;
END $$;
SQL

sub pick { return $_[ rand @_ ] }

# One call: its name, and SQL that returns one word.
sub call
{
    my ($name) = @_;
    my $resource = pick(('class') x 4, ('strict') x 3, ('court') x 2, ('sauna') x 2);
    my $which = 1 + int rand 3;
    my $party = $resource eq 'court' || rand() < 0.8 ? 1 : 2;
    my $of = sub {
        my ($verb, $those, $then) = @_;
        return (
            $verb,
            "coalesce((SELECT q.outcome::text FROM some_booking('$resource', '$those') AS b,
                bookonce.$then AS q LIMIT 1), 'nobody')"
        );
    };
    my $waiter = sub {
        my ($those) = @_;
        return "(SELECT waiter_id, booking_id FROM lined WHERE resource = '$resource' AND $those
                ORDER BY random() LIMIT 1) AS w";
    };
    my $verb = pick(
        ('join') x 8,
        ('leave') x 2,
        ('walk_in') x 6,
        ('cancel') x 6,
        ('give_back') x 2,
        ('confirm') x 6,
        ('lapse') x 4,
        ('shorten') x 3,
        ('look') x 2,
        ('promote') x 2,
        ('expire') x 1,
        ('kill') x 1);
    return (
        $verb,
        "(SELECT outcome FROM bookonce.join_waitlist('$resource', at($which), 'w@{[1 + int rand 200]}', $party,
            '1 hour', @{[pick(0, 0, 0, 1)]}, idempotency_key => '$name'))"
    ) if $verb eq 'join';
    return (
        $verb,
        "coalesce((SELECT q.outcome::text FROM @{[$waiter->(pick('offered_at IS NULL', 'true'))]},
            bookonce.leave_waitlist(w.waiter_id) AS q), 'nobody')"
    ) if $verb eq 'leave';
    return ($verb, "(SELECT outcome FROM bookonce.book_slot('$resource', at($which), 'walk', $party))")
        if $verb eq 'walk_in';
    return $of->($verb, 'true', 'cancel_booking(b.booking_id)') if $verb eq 'cancel';
    return $of->($verb, 'b.group_id IS NOT NULL', 'cancel_group(b.group_id)') if $verb eq 'give_back';
    return $of->($verb, "b.status = ''held''", 'confirm_booking(b.booking_id)') if $verb eq 'confirm';
    return $of->($verb, 'b.during = at(3)', "reschedule_booking(b.booking_id, at(@{[pick(1, 2)]}))")
        if $verb eq 'shorten';
    return ($verb, "bookonce.places_left('$resource', at($which))") if $verb eq 'look';
    return ($verb, 'bookonce.promote_waiters(3)') if $verb eq 'promote';
    return ($verb, 'bookonce.expire_holds(3)') if $verb eq 'expire';
    return (
        $verb,
        "coalesce((SELECT 'killed' FROM (SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'
            AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS a WHERE random() < 0.7
                AND pg_terminate_backend(pid)), 'nobody')"
    ) if $verb eq 'kill';
    return ($verb, "lapse('$resource')");
}
# Most calls stand alone; some are in a transaction that lasts longer than they do, of another isolation level, or that
# rolls back.
sub client
{
    my ($round, $number) = @_;
    my ($n, $seeded) = (0, 0);
    return sub {
        srand("$seed$round$number") if !$seeded++;
        return undef if $n++ == $calls;
        my ($verb, $sql) = call("$number.$n");
        my $word = "SELECT regexp_replace(($sql)::text, '\\d+', 'some')";
        my $fate = rand;
        my $level = pick('REPEATABLE READ', 'SERIALIZABLE');
        my $more = 'SELECT count(*) FROM generate_series(1, 3000) \g /dev/null' . "\n";
        $sql =
              $fate < 0.7 ? "$word;"
            : $fate < 0.8 ? "BEGIN; $word; ${more}COMMIT;"
            : $fate < 0.9 ? "BEGIN ISOLATION LEVEL $level; $word; COMMIT;"
            : "BEGIN; $word \\g /dev/null\n${more}ROLLBACK; SELECT 'rolled_back';";
        return { object => $fate < 0.8 || $fate >= 0.9 ? 'latest' : 'older snapshot', call => [$verb], sql => $sql };
    };
}

# Of two waiters, o stands before w in line at an instant, or would if w stood there.
my $waits =
      "(o.joined_at <= %1\$s AND (o.offered_at IS NULL OR o.offered_at > %1\$s) AND (o.left_at IS NULL OR o.left_at > "
    . "%1\$s))";
my $comes_first = '(o.priority > w.priority OR (o.priority = w.priority AND o.number < w.number))';
sub waits { return sprintf $waits, @_ }

# Each must find nothing.
my @rules = ([
        'no place is given twice', <<'SQL'
SELECT b.resource, b.during FROM bookonce.live_booking AS b JOIN bookonce.resource AS r USING (tenant, resource)
WHERE (SELECT count(*) FROM bookonce.live_booking AS o WHERE o.resource = b.resource AND o.during @> lower(b.during))
    > r.capacity
SQL
    ],
    [ 'check_integrity() finds nothing', 'SELECT * FROM bookonce.check_integrity()' ],
    [
        "each hold is one waiter's, and each who was offered something got what it waited for", <<'SQL'
SELECT h.holder, w.waiter_id FROM (
    SELECT coalesce(e.group_id, e.booking_id) AS id, e.after_resource AS resource, e.after_holder AS holder,
        e.after_during AS during, count(*) AS quantity
    FROM bookonce.booking_event AS e WHERE e.kind = 'offered' GROUP BY 1, 2, 3, 4) AS h
FULL JOIN (
    SELECT coalesce(b.group_id, w.booking_id) AS id, w.resource, w.holder, w.during, w.quantity, w.waiter_id
    FROM lined AS w LEFT JOIN bookonce.booking AS b USING (booking_id) WHERE w.offered_at IS NOT NULL) AS w
ON (h.id, h.resource, h.holder, h.during, h.quantity) = (w.id, w.resource, w.holder, w.during, w.quantity)
WHERE h.id IS NULL OR w.id IS NULL
UNION ALL
SELECT holder, NULL FROM lined WHERE offered_at IS NOT NULL AND left_at IS NOT NULL
SQL
    ],
    [
        'what is cancelled is offered in the same transaction', <<"SQL"
SELECT e.at, e.before_resource, o.holder FROM bookonce.booking_event AS e
JOIN lined AS o ON o.resource = e.before_resource AND o.during = e.before_during
WHERE e.kind = 'cancelled' AND e.before_unit IS NOT NULL AND o.quantity = 1 AND @{[waits('e.at')]}
    AND o.resource <> 'sauna' AND NOT EXISTS (SELECT FROM bookonce.booking_event AS h WHERE h.kind = 'offered'
        AND h.xmin::text = e.xmin::text)
    AND NOT (o.strict_line AND EXISTS (SELECT FROM lined AS w, lined AS o2 WHERE w.waiter_id = o.waiter_id
        AND o2.resource = w.resource AND o2.during && w.during
        AND (o2.priority > w.priority OR (o2.priority = w.priority AND o2.number < w.number))
        AND @{[waits('e.at') =~ s/\bo\./o2./gr]}))
SQL
    ],
    [
        'nobody gets what somebody before him in line could have had', <<"SQL"
SELECT w.offered_at, w.resource, w.holder, w.quantity, w.during, o.holder, o.quantity, o.during, o.joined_at
FROM lined AS w JOIN lined AS o USING (resource_id)
WHERE w.offered_at IS NOT NULL AND $comes_first AND @{[waits('w.offered_at')]}
    AND CASE WHEN w.strict_line THEN o.during && w.during ELSE o.during <@ w.during AND o.quantity <= w.quantity END
SQL
    ],
    [
        'nor does who comes by', <<"SQL"
SELECT e.at, e.after_resource, o.holder FROM bookonce.booking_event AS e
JOIN lined AS o ON o.resource = e.after_resource
WHERE e.kind = 'booked' AND e.after_holder = 'walk' AND @{[waits('e.at')]}
    AND CASE WHEN o.strict_line THEN o.during && e.after_during ELSE o.during <@ e.after_during AND o.quantity = 1 END
SQL
    ],
    [
        'nobody stands in line twice', <<'SQL'
SELECT o.resource, o.holder FROM lined AS o JOIN lined AS w USING (resource_id, holder)
WHERE o.waiter_id < w.waiter_id AND o.during && w.during AND coalesce(o.offered_at, o.left_at, w.offered_at,
    w.left_at) IS NULL
SQL
    ],
    [
        'nothing stands free while somebody waits whom it fits', <<"SQL"
SELECT o.resource, o.holder, o.quantity, o.during FROM lined AS o JOIN bookonce.resource AS r USING (resource_id)
WHERE @{[waits('clock_timestamp()')]}
    AND (SELECT count(*) FROM bookonce.live_booking AS b WHERE b.resource = o.resource AND b.during \@> lower(o.during))
        + o.quantity <= r.capacity
    AND (SELECT count(*) FROM bookonce.live_booking AS b WHERE b.resource = o.resource
        AND b.during \@> upper(o.during) - interval '1 s') + o.quantity <= r.capacity
    AND NOT (o.strict_line AND EXISTS (SELECT FROM lined AS p WHERE p.resource = o.resource AND p.during && o.during
        AND p.offered_at IS NULL AND p.left_at IS NULL
        AND (p.priority > o.priority OR (p.priority = o.priority AND p.number < o.number))))
SQL
    ]);

my (%told, $kills);
for my $round (1 .. $rounds) {
    query($node, 'CALL fill()');
    forget_connection($node);
    my @calls = finish_clients(start_clients($node->connstr('postgres'), map { client($round, $_) } 1 .. $clients));
    $told{ "$_->{call}[0]: " . ($_->{verdict} // '?') }++ for @calls;
    my @errors = map { "$_->{call}[0]: $_->{verdict}" }
        grep {
        ($_->{verdict} // '') =~ /ERROR/ && !($_->{object} eq 'older snapshot' && $_->{verdict} eq 'ERROR 40001')
        } @calls;
    is("@errors", '', "storm $round: no call fails");
    my $offered = 0;
    while (my $more = query($node, 'SELECT bookonce.promote_waiters(1000)')) { $offered += $more }
    for my $rule (@rules) {
        my ($name, $sql) = @$rule;
        is(query($node, "SELECT x::text FROM ($sql) AS x LIMIT 5"), '', ".. $name");
    }
    note "storm $round: " . query(
        $node,
        "SELECT count(*) || ' joined, ' || count(offered_at) || ' were offered a place, $offered of them at the end, '
            || count(left_at) || ' left' FROM bookonce.waiter"
    );
}
note join ', ', map { "$_ x $told{$_}" } sort keys %told;
for my $verdict (
    'join: waiting',
    'join: already_waiting',
    'leave: left',
    'leave: offered',
    'walk_in: taken',
    'walk_in: waited_for',
    'cancel: cancelled',
    'confirm: confirmed',
    'shorten: rescheduled',
    'lapse: lapsed',
    'promote: some')
{
    cmp_ok($told{$verdict} // 0, '>', 0, "some were told: $verdict");
}
is(join("\n", grep { !/FATAL: +57P01|ERROR: +40001/ } split /\n/, new_errors($node)),
    '', "no other error in the server's log");
$node->stop;
done_testing();
