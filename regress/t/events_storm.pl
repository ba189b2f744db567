# events_storm.pl: 16 clients book, move, confirm and cancel, alone or several calls in a transaction, which may roll
# back, while 3 consumers read what happens and connections are cut. Each consumer has read every committed effect, all
# in the same order, and nothing else. In that order the effects lead every booking from each state to its next, and no
# unit is taken twice.
#
# BOOKONCE_SEED repeats the choices (not the timing). The storm lasts 5 seconds; BOOKONCE_STORM=N makes them 7.5 times
# N, so torture's 8 are a minute. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
my $seconds = $storm == 1 ? 5 : 7.5 * $storm;
note "BOOKONCE_SEED=$seed $seconds seconds";

my $node = new_server('events_storm', conf => "fsync = off\ndeadlock_timeout = 100ms\nmax_prepared_transactions = 2\n");
query($node, <<'SQL');
SELECT bookonce.keep_history(), bookonce.define_resource('pool', 3), bookonce.define_resource('van',
    buffer_after => '10 minutes');
SELECT bookonce.define_resource('room:' || n) FROM generate_series(1, 4) AS n;
CREATE TABLE seen (n bigserial, reader text, place bookonce.event_place, kind bookonce.event_kind, booking_id uuid);
GRANT SELECT, INSERT ON seen TO app;
GRANT USAGE ON SEQUENCE seen_n_seq TO app;
CREATE FUNCTION of_storm(picked double precision) RETURNS uuid LANGUAGE sql AS
    $$ SELECT coalesce((SELECT booking_id FROM bookonce.live_booking OFFSET floor(picked * (SELECT count(*)
        FROM bookonce.live_booking)) LIMIT 1), gen_random_uuid()) $$;
SQL

# A prepared transaction holds readers up until it ends, and event_lag says which it is.
$node->safe_psql('postgres', <<'SQL');
SELECT bookonce.book_slot('van', '[2029-01-07 08:00, 2029-01-07 09:00)', 'ann');
SELECT count(*) FROM bookonce.read_events('late');
BEGIN;
SELECT bookonce.book_slot('room:2', '[2029-01-07 09:00, 2029-01-07 10:00)', 'ben');
PREPARE TRANSACTION 'of ben';
SELECT bookonce.book_slot('room:1', '[2029-01-07 09:00, 2029-01-07 10:00)', 'cleo');
SQL
my $read = "SELECT string_agg(after_holder, ' ') FROM bookonce.read_events('late')";
my $held = 'SELECT waiting, held_by, held_since IS NOT NULL FROM bookonce.event_lag';
is(query($node, $read), 'ann', 'behind a prepared transaction only what came before it is read');
is(query($node, $held), "2|prepared transaction 'of ben'|t", '.. and event_lag names it');
query($node, "COMMIT PREPARED 'of ben'");
is(query($node, $held), '3||f', '.. until it ends');
is(query($node, $read), 'ann ben cleo', '.. then all is read');
query($node, "SELECT bookonce.forget_consumer('late')");

sub pick { return $_[ rand @_ ] }
my $over = PostgreSQL::Test::Utils::tempdir() . '/over';
my $client;

sub begin_client
{
    my ($number) = @_;
    srand "$seed$number" if ($client // -1) != $number;
    $client = $number;
    return !-e $over;
}

sub one_call
{
    my $time = sprintf "'[2030-01-07 %02d:00, 2030-01-07 %02d:00)'", (int rand 20) x 2;
    $time =~ s/(\d\d):00\)/sprintf '%02d:00)', $1 + 1/e;
    my $room = "'" . pick(map({ "room:$_" } 1 .. 4), 'pool', 'van') . "'";
    my $id = 'of_storm(' . rand() . ')';
    my $call = pick(
        "book_slot($room, $time, 'u')",
        "book_slot($room, $time, 'u', details => '{\"n\": 1}')",
        "book_slot($room, $time, 'u', hold_for => " . pick("'1 hour'", "'5 ms'") . ')',
        "book_slots(ARRAY[($room, $time, 1, NULL, NULL, NULL), ('room:1', $time, 1, NULL, NULL,
            NULL)]::bookonce.slot_request[], 'u')",
        "cancel_booking($id)",
        "cancel_booking($id)",
        "reschedule_booking($id, $time, $room)",
        "confirm_booking($id)",
        "change_booking($id, 'v" . int(rand 5) . "')");
    return "SELECT outcome, replayed FROM bookonce.$call;\n";
}

# Takes some time in a transaction, so that transactions end in a different order than they began.
sub idle { return "SELECT 'idle' FROM (SELECT count(*) FROM generate_series(1, " . int(rand 20_000) . ")) AS g;\n" }

sub writer
{
    my ($number) = @_;
    return sub {
        begin_client($number) or return undef;
        return { sql => one_call() } if rand() < 0.5;
        my $sql = pick('BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ') . ";\n";
        $sql .= "SELECT 'id' FROM (SELECT pg_current_xact_id()) AS x;\n" if rand() < 0.5;
        $sql .= idle() . one_call() for 1 .. 1 + int rand 3;
        return { sql => $sql . pick('COMMIT', 'COMMIT', 'ROLLBACK') . ";\n" };
    };
}

# Events are written down before they are acknowledged.
sub reader
{
    my ($number) = @_;
    return sub {
        begin_client($number) or return undef;
        return {
            sql => "INSERT INTO seen (reader, place, kind, booking_id) SELECT 'r$number', e.place, e.kind, e.booking_id"
                . " FROM bookonce.read_events('r$number', "
                . (1 + int rand 60)
                . ") AS e;\n"
                . "SELECT 'done' FROM (SELECT count(bookonce.ack_events('r$number', p.place)) FROM"
                . " (SELECT place FROM seen WHERE reader = 'r$number' ORDER BY place DESC LIMIT 1) AS p) AS a;\n" };
    };
}

forget_connection($node);
my $clients =
    start_clients($node->connstr('postgres') . ' user=app', map({ writer($_) } 1 .. 16), map({ reader($_) } 1 .. 3));
my ($happened, $cut) = (0, 0);
my $end = time + $seconds;

# A machine that is busy with something else gets longer. A connection is cut only where something has happened since
# the last: to connect takes such a machine as long as all else, and then nothing would happen.
while (time < $end || (($cut <= 10 || $happened <= 100) && time < $end + 120)) {
    my $now = query($node, 'SELECT count(*) FROM bookonce.booking_event, pg_sleep(0.03)');
    next if $now == $happened;
    $happened = $now;
    $cut += query($node, <<'SQL');
SELECT count(pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity WHERE usename = 'app' ORDER BY random() LIMIT 1) AS p
SQL
}
my $busy = query($node, "SELECT string_agg(concat_ws(' ', state, wait_event, query), E'\\n') FROM pg_stat_activity");
append_to_file($over, '');
finish_clients($clients);
query($node,
          "INSERT INTO seen (reader, place, kind, booking_id) SELECT r, e.place, e.kind, e.booking_id FROM"
        . " unnest('{r1,r2,r3}'::text[]) AS r, bookonce.read_events(r, 10000) AS e");

my $events = query($node, 'SELECT count(*) FROM bookonce.booking_event');
note "$events events, $cut connections cut, read "
    . query($node, q{SELECT string_agg(n::text, ', ') FROM (SELECT count(*) AS n FROM seen GROUP BY reader) AS s})
    . ' times; '
    . query(
    $node,
    q{SELECT string_agg(kind || ' ' || n, ', ') FROM (SELECT kind, count(*) AS n FROM bookonce.booking_event GROUP BY 1
        ORDER BY 1) AS k}
    );
cmp_ok($events, '>', 100, 'much happened') or diag $busy;
cmp_ok($cut, '>', 10, '.. while connections were cut');

is(query($node, <<'SQL'), '', 'each consumer has read each effect that was committed, and no other');
SELECT r, e.number, s.place
FROM unnest('{r1,r2,r3}'::text[]) AS r
CROSS JOIN LATERAL (
    SELECT ROW(e.era, e.next_xid, e.number)::bookonce.event_place AS place, e.number, e.kind, e.booking_id
    FROM bookonce.booking_event AS e) AS e
FULL JOIN (SELECT DISTINCT reader AS r, place, kind, booking_id FROM seen) AS s USING (r, place, kind, booking_id)
WHERE s.place IS NULL OR e.number IS NULL LIMIT 3
SQL
is(query($node, <<'SQL'), '0', '.. in the order of their places');
SELECT count(*) FROM (
    SELECT place < lag(place) OVER (PARTITION BY reader ORDER BY first) AS is_behind
    FROM (SELECT reader, place, min(n) AS first FROM seen GROUP BY 1, 2) AS s) AS s WHERE is_behind
SQL

# The state before or after an event.
my %side = map {
    my $side = $_;
    $side => 'ROW(' . join(', ', map { "${side}_$_" } qw(resource unit during status holder lapses_at details)) . ')'
} qw(before after);
is(query($node, <<"SQL"), '0', 'in that order, each booking goes from what it was to what it became');
SELECT count(*) FROM (
    SELECT $side{before} AS was, lag($side{after}) OVER (PARTITION BY booking_id ORDER BY era, next_xid, number)
        AS became, before_status, number,
           min(number) OVER (PARTITION BY booking_id ORDER BY era, next_xid, number) AS first
    FROM bookonce.booking_event) AS e
WHERE CASE WHEN number = first THEN before_status IS NOT NULL ELSE was IS DISTINCT FROM became END
SQL
is(query($node, <<"SQL"), '0', '.. and at last to what it is');
SELECT count(*)
FROM (SELECT b.booking_id, ROW(r.resource, b.unit, b.during, b.status, b.holder, b.lapses_at, b.details) AS it
      FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)) AS b
FULL JOIN (SELECT DISTINCT ON (booking_id) booking_id, $side{after} AS it
           FROM bookonce.booking_event ORDER BY booking_id, era DESC, next_xid DESC, number DESC) AS e USING
               (booking_id)
WHERE b.it IS DISTINCT FROM e.it
SQL
is(query($node, <<'SQL'), '0', 'no unit is taken before it was given back');
WITH e AS (
    SELECT row_number() OVER (ORDER BY era, next_xid, number) AS n, e.* FROM bookonce.booking_event AS e
    WHERE kind <> 'moved'
), s AS (
    SELECT n, before_resource AS resource, before_unit AS unit, before_during AS during, -1 AS taken FROM e
    WHERE before_status IN ('held', 'confirmed')
    UNION ALL SELECT n, after_resource, after_unit, after_during, 1 FROM e WHERE after_status IN ('held', 'confirmed'))
SELECT count(*) FROM (
    SELECT sum(taken) OVER (PARTITION BY resource, unit, during ORDER BY n, taken) AS taken FROM s
    WHERE resource <> 'pool') AS s
WHERE taken NOT IN (0, 1)
SQL
is(query($node, 'SELECT * FROM bookonce.check_integrity()'), '', 'and the tables are sound');
done_testing();
