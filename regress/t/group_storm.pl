# group_storm.pl: many clients book, move, swap, confirm and cancel overlapping groups at once.
#
# No call fails, the server meets no deadlock, each group is complete or absent, and at no instant is more taken than
# there is. Some holds last milliseconds, so they lapse while others wait for them. BOOKONCE_SEED repeats the choices
# (not their interleaving), BOOKONCE_STORM=N makes it N times as long.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 5 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $rounds rounds";

my $node = PostgreSQL::Test::Cluster->new('group_storm');
$node->init;
# Commits are slowed down here, or the clients would never meet; a short deadlock_timeout reports deadlocks soon.
$node->append_conf('postgresql.conf',
    "fsync = off\ncommit_delay = 500\ncommit_siblings = 1\ndeadlock_timeout = 20ms\njit = off\n");
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

# a, b and c are plain; class:* have three places; van has buffers and course a limit. All are wanted on the same few
# days.
query(<<'SQL');
CREATE EXTENSION bookonce;
SELECT bookonce.setup();
SELECT bookonce.define_resource(r) FROM unnest(ARRAY['a', 'b', 'c', 'course']) AS r;
SELECT bookonce.define_resource('class:' || r, 3) FROM unnest(ARRAY['a', 'b']) AS r;
SELECT bookonce.define_resource('van', buffer_after => '20 minutes');
SELECT bookonce.set_booking_limit('course', 'day', 4);

-- One to four resources in random order, at times that overlap each other's by quarters of an hour.
CREATE FUNCTION some_slots() RETURNS bookonce.slot_request[] LANGUAGE sql AS $$
    SELECT array_agg(ROW(r, tstzrange(s, s + (1 + n % 3) * interval '15 minutes'), CASE WHEN r LIKE 'class%'
        AND random() < 0.3 THEN 2 ELSE 1 END, NULL, NULL, NULL)::bookonce.slot_request)
    FROM (SELECT r, row_number() OVER () AS n, timestamptz '2030-01-01' + floor(random() * 200)
        * interval '15 minutes' AS s
          FROM (SELECT r FROM unnest(ARRAY['a', 'b', 'c', 'class:a', 'class:b', 'van', 'course', 'a', 'b']) AS r
          ORDER BY random() LIMIT 1 + floor(random() * 4)) AS o) AS p
$$;
CREATE FUNCTION units(slots bookonce.slot_request[]) RETURNS bigint
    LANGUAGE sql AS 'SELECT sum(quantity) FROM unnest(slots)';
CREATE VIEW anyone AS SELECT booking_id, group_id FROM bookonce.live_booking ORDER BY random();
CREATE FUNCTION some_time() RETURNS tstzrange LANGUAGE sql AS $$
    SELECT tstzrange(s, s + interval '30 minutes')
    FROM (SELECT timestamptz '2030-01-01' + floor(random() * 200) * interval '15 minutes') AS t(s)
$$;

-- What must never be. Brute force: at the start of each live booking, how many are taken?
CREATE VIEW wrong AS
    SELECT 'overbooked' AS what, b.resource, b.during FROM bookonce.live_booking AS b
    JOIN bookonce.resource AS r USING (tenant, resource)
    WHERE b.unit IS NOT NULL
      AND (SELECT count(*) FROM bookonce.booking AS o WHERE o.resource_id = r.resource_id AND o.unit IS NOT NULL
          AND o.released_at IS NULL AND o.blocks @> lower(b.blocks)) > r.capacity
    UNION ALL
    SELECT 'above capacity', resource, during FROM bookonce.live_booking JOIN bookonce.resource USING (tenant, resource)
    WHERE unit > capacity
    UNION ALL
    SELECT 'over the limit', 'course', NULL FROM bookonce.live_booking WHERE resource = 'course'
    GROUP BY date_trunc('day', lower(during)) HAVING count(*) > 4
    UNION ALL
    SELECT 'half a group', group_id::text, NULL FROM bookonce.booking WHERE details ? 'size' GROUP BY group_id, details
        HAVING count(*) <> (details->>'size')::integer
    UNION ALL
    SELECT problem, id, NULL FROM bookonce.check_integrity();
SQL

my %script = (
    group => [
        30,
        "SELECT outcome FROM (SELECT some_slots() AS s OFFSET 0) AS x,
            bookonce.book_slots(s, 'u', details => jsonb_build_object('size', units(s)));"
    ],
    hold => [
        20,
        "SELECT outcome FROM (SELECT some_slots() AS s OFFSET 0) AS x,
            bookonce.book_slots(s, 'u', hold_for => '30 milliseconds', details => jsonb_build_object('size',
                units(s)));"
    ],
    slow_group => [
        10,
        "BEGIN; SELECT outcome FROM (SELECT some_slots() AS s OFFSET 0) AS x,
            bookonce.book_slots(s, 'u', details => jsonb_build_object('size', units(s))); SELECT 1; COMMIT;"
    ],
    each => [
        20,
        "SELECT outcome FROM (SELECT some_slots() AS s OFFSET 0) AS x,
            bookonce.book_slots(s, 'u', hold_for => '50 milliseconds', all_or_nothing => false);"
    ],
    single => [ 15, "SELECT outcome FROM bookonce.book_slot('a', some_time(), 'u');" ],
    single_hold =>
        [ 15, "SELECT outcome FROM bookonce.book_slot('class:a', some_time(), 'u', hold_for => '10 milliseconds');" ],
    any => [
        15,
        "SELECT outcome FROM bookonce.book_any_slot(ARRAY['b', 'class:b', 'a', 'van'], some_time(), 'u',
            pick => 'least_booked', hold_for => '20 milliseconds');"
    ],
    move => [
        20,
        "SELECT outcome FROM (SELECT booking_id FROM anyone LIMIT 1) AS x, bookonce.reschedule_booking(booking_id,
            some_time(), (ARRAY['a', 'b', 'c', 'class:a', 'class:b', 'van', 'course'])[1 + floor(random() * 7)]);"
    ],
    swap => [
        15,
        "SELECT outcome FROM (SELECT array_agg(booking_id) AS two FROM (SELECT booking_id FROM anyone LIMIT 2) AS y)
            AS x, bookonce.swap_bookings(two[1], two[2]) WHERE cardinality(two) = 2;"
    ],
    cancel => [
        10, "SELECT outcome FROM (SELECT booking_id FROM anyone LIMIT 1) AS x, bookonce.cancel_booking(booking_id);"
    ],
    confirm_group => [
        15,
        "SELECT outcome FROM (SELECT group_id FROM anyone WHERE group_id IS NOT NULL LIMIT 1) AS x,
            bookonce.confirm_group(group_id);"
    ],
    cancel_group => [
        20,
        "SELECT outcome FROM (SELECT group_id FROM anyone WHERE group_id IS NOT NULL LIMIT 1) AS x,
            bookonce.cancel_group(group_id);"
    ],
    sweep => [ 2, "SELECT bookonce.expire_holds(5);" ],);
sub script_file
{
    my ($name, $text) = @_;
    my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
    append_to_file($file, "\\set seed random(0, 1000000000)\nSELECT setseed(:seed / 1000000000.0);\n$text\n");
    return $file;
}
my @files = map { ('-f', script_file("storm_$_", $script{$_}[1]) . "\@$script{$_}[0]") } sort keys %script;
sub storm
{
    my ($what, @arguments) = @_;
    $node->command_checks_all([ 'pgbench', '-n', "--random-seed=$seed", @arguments, 'postgres' ],
        0, [qr/processed: \d+/], [qr/^((?!error|abort).)*$/is], $what);
}

storm('no client sees an error', '-c', 16, '-j', 2, '-t', 100 * $rounds, @files);
is(query('SELECT * FROM wrong LIMIT 10'), '', 'each group is complete, and nothing is overbooked');
cmp_ok(query("SELECT count(DISTINCT group_id) FROM bookonce.booking WHERE details ? 'size'"),
    '>', 100, 'there are groups to speak of');
cmp_ok(query('SELECT count(*) FROM bookonce.live_booking'), '>', 50, 'and live bookings');

# The same two or three plain resources in random order, all clients at about the same hour: all or nothing, and the
# first who can have them does.
my $opposite = script_file('opposite', <<'SQL');
\set n :n + 1
SELECT outcome FROM bookonce.book_slots((SELECT array_agg(ROW(r,
    tstzrange(timestamptz '2032-01-01' + :n * interval '1 hour', timestamptz '2032-01-01' + (:n + 1)
        * interval '1 hour'),
        1, NULL, NULL, NULL)::bookonce.slot_request ORDER BY random())
            FROM unnest(CASE WHEN random() < 0.5 THEN ARRAY['a', 'b'] ELSE ARRAY['a', 'b', 'c'] END) AS r), 'u');
SQL
storm('the same resources in opposite orders', '-c', 16, '-j', 2, '-t', 60 * $rounds, '-D', 'n=0', '-f', $opposite);
is( query(
        "SELECT min(n) || ' ' || max(n) FROM (SELECT count(*) FILTER (WHERE resource IN ('a', 'b')) AS n
            FROM bookonce.live_booking WHERE during >= '[2032-01-01, 2033-01-01)' GROUP BY during) AS x"
    ),
    '2 2',
    'every hour was booked, by a whole group');

# A group that is over is booked by its key again and again, and deleted meanwhile: a caller finds all of it or nothing,
# and never hears that the key was used for something else.
my $again = script_file('again', <<'SQL');
SELECT outcome FROM bookonce.book_slots(ARRAY[ROW('a', '[2020-01-06 09:00, 2020-01-06 10:00)', 1, NULL, NULL, NULL),
        ROW('b', '[2020-01-06 09:00, 2020-01-06 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'u',
            idempotency_key => 'over');
SQL
my $swept = script_file('swept', 'SELECT bookonce.delete_old(clock_timestamp());');
storm('a key whose group is deleted meanwhile', '-c', 4, '-j', 2, '-t', 500 * $rounds, '-f', "$again\@2", '-f', $swept);

# Either of two hosts, two clients, every hour again: both are booked each time, and so with different hosts.
query("SELECT bookonce.define_resource(r) FROM unnest(ARRAY['host:a', 'host:b']) AS r");
my $any = script_file('any_of_two', <<'SQL');
\set n :n + 1
SELECT outcome FROM bookonce.book_any_slot(CASE :client_id WHEN 0 THEN ARRAY['host:a', 'host:b'] ELSE ARRAY['host:b',
    'host:a'] END,
    tstzrange(timestamptz '2031-01-01' + :n * interval '1 hour', timestamptz '2031-01-01' + (:n + 1)
        * interval '1 hour'), 'any:' || :client_id);
SQL
storm('two clients, either of two hosts', '-c', 2, '-j', 2, '-t', 300, '-D', 'n=0', '-f', $any);
is(query("SELECT count(*) FROM bookonce.live_booking WHERE holder LIKE 'any:%'"),
    600, 'nobody was refused while one was free');

my $log = slurp_file($node->logfile);
unlike($log, qr/deadlock/, 'the server met no deadlock');
unlike($log, qr/ERROR|PANIC|FATAL:(?!  the database system is)/, 'nor any error');

$node->stop;
done_testing();
