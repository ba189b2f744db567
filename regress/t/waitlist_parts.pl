# waitlist_parts.pl: 12 clients wait in line for wholes that share parts, and for parts, book, cancel, leave, confirm.
# Then half of the holds lapse. When promote_waiters() has nothing more to do, no whole stands free while
# somebody waits whom it fits, and no unit is given twice. Who has what is counted by hand, by the list of what each
# whole takes along.
#
# BOOKONCE_SEED repeats the choices (not the timing); BOOKONCE_STORM=N makes the storms N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $transactions = 10 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed, three storms of 12 clients with $transactions transactions";

my $node = new_server('waitlist_parts', conf => "fsync = off\njit = off\ndeadlock_timeout = 20ms\n");
query($node, <<'SQL');
SELECT bookonce.define_resource('p' || n, 2) FROM generate_series(1, 6) AS n;
SELECT bookonce.define_resource('w' || n) FROM generate_series(1, 8) AS n;
-- Three of the parts each; w7 and w8 take a whole and a part.
SELECT bookonce.set_parts('w' || n,
    ARRAY(SELECT 'p' || 1 + (n * 5 + k * (1 + n % 2)) % 6 FROM generate_series(0, 2) AS k))
FROM generate_series(1, 6) AS n;
SELECT bookonce.set_parts('w7', '{w1,p2}'), bookonce.set_parts('w8', '{w2,p1}', '{1,1}');
CREATE FUNCTION hours(first integer, count integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange('2099-01-05'::timestamptz + make_interval(hours => first),
                        '2099-01-05'::timestamptz + make_interval(hours => first + count)) $$;
-- What a resource takes of which, itself too.
CREATE VIEW takes AS
    WITH RECURSIVE t(whole_id, part_id, quantity) AS (
        SELECT resource_id, resource_id, 1 FROM bookonce.resource
        UNION ALL
        SELECT t.whole_id, u.part_id, t.quantity * u.quantity FROM t JOIN bookonce.resource AS r
            ON r.resource_id = t.part_id, unnest(r.part_ids, r.part_quantities) AS u(part_id, quantity))
    SELECT whole_id, part_id, sum(quantity) AS quantity FROM t GROUP BY 1, 2;
-- Each hour of each resource: how many units are taken.
CREATE VIEW taken AS
    SELECT r.resource_id, r.resource, r.capacity, h, hours(h, 1) AS hour, count(b.booking_id) AS units
    FROM bookonce.resource AS r CROSS JOIN generate_series(0, 7) AS h LEFT JOIN bookonce.booking AS b
        ON b.resource_id = r.resource_id AND b.during && hours(h, 1) AND b.released_at IS NULL
            AND (b.lapses_at IS NULL OR b.lapses_at > clock_timestamp())
    WHERE r.resource <> 'room:1' GROUP BY 1, 2, 3, 4;
CREATE VIEW waits AS
    SELECT w.*, r.resource FROM bookonce.waiter AS w JOIN bookonce.resource AS r USING (resource_id)
    WHERE w.offered_at IS NULL AND w.left_at IS NULL;
SQL

my $script = $node->basedir . '/line.sql';
append_to_file($script, <<'SQL');
\set whole random(1, 8)
\set part random(1, 6)
\set hour random(0, 4)
\set who random(1, 40)
\set verb random(1, 10)
SELECT outcome FROM bookonce.book_slot('p' || :part, hours(:hour, 1), 'storm ' || :who,
    hold_for => CASE WHEN :verb::integer < 5 THEN interval '1 hour' END);
SELECT outcome FROM bookonce.join_waitlist('w' || :whole, hours(:hour, 1 + :verb::integer % 2), 'h' || :who,
    offer_for => '1 hour', priority => :verb::integer / 10) WHERE :verb::integer < 8;
SELECT outcome FROM bookonce.join_waitlist('p' || :part, hours(:hour, 1), 'h' || :who, offer_for => '1 hour')
WHERE :verb::integer < 4;
SELECT outcome FROM bookonce.book_slot('w' || :whole, hours(:hour, 1), 'storm ' || :who) WHERE :verb::integer < 3;
SELECT count(CASE WHEN :verb::integer < 8 THEN (bookonce.cancel_booking(b.booking_id)).outcome
    WHEN b.status = 'held' THEN (bookonce.confirm_booking(b.booking_id)).outcome
    ELSE (bookonce.reschedule_booking(b.booking_id, hours(:hour, 1))).outcome END)
FROM (SELECT booking_id, status FROM bookonce.booking WHERE member > 0 AND released_at IS NULL
    ORDER BY random() LIMIT 1) AS b;
SELECT (bookonce.leave_waitlist(w.waiter_id)).outcome
FROM (SELECT waiter_id FROM waits ORDER BY random() LIMIT 1) AS w WHERE :verb::integer = 5;
SELECT bookonce.promote_waiters(2) WHERE :verb::integer = 6;
SQL

my %rules = (
    'no unit is given twice' => 'SELECT resource, h, units FROM taken WHERE units > capacity',
    'check_integrity() finds nothing' => 'SELECT problem FROM bookonce.check_integrity()',
    'nothing stands free while somebody waits whom it fits' => <<'SQL',
SELECT w.resource, w.holder, w.during FROM waits AS w WHERE NOT EXISTS (
    SELECT FROM takes AS t JOIN taken AS u ON u.resource_id = t.part_id
    WHERE t.whole_id = w.resource_id AND u.hour && w.during AND u.units + t.quantity * w.quantity > u.capacity)
SQL
    'each offer has its whole with all that it takes' => <<'SQL');
SELECT w.holder, b.booking_id FROM bookonce.waiter AS w JOIN bookonce.booking AS b USING (tenant, booking_id)
WHERE b.released_at IS NULL AND (b.lapses_at IS NULL OR b.lapses_at > clock_timestamp())
    AND (SELECT sum(t.quantity) FROM takes AS t WHERE t.whole_id = b.resource_id) <>
    1 + (SELECT count(*) FROM bookonce.booking AS p WHERE p.group_id = b.group_id AND p.member = -b.member
        AND p.released_at IS NULL AND p.during = b.during AND p.holder = b.holder)
SQL

my ($offered, $left) = (0, 0);
for my $storm (1 .. 3) {
    query($node, 'TRUNCATE bookonce.booking, bookonce.waiter');
    $node->command_ok([
            'pgbench', '-n', '-c', 12, '-j', 2, '-t', $transactions, '-f', $script, '-M', 'prepared',
            '--random-seed', $seed + $storm, 'postgres'
        ],
        "storm $storm");
    # Half of the holds lapse, with their parts, and nobody has noticed yet.
    query($node, <<'SQL');
UPDATE bookonce.booking SET lapses_at = clock_timestamp() - interval '1 ms',
    created_at = clock_timestamp() - interval '1 day'
WHERE status = 'held' AND released_at IS NULL AND hashtext(coalesce(group_id, booking_id)::text) % 2 = 0
SQL
    while (my $more = query($node, 'SELECT bookonce.promote_waiters(3)')) { $offered += $more }
    is(query($node, "SELECT x::text FROM ($rules{$_}) AS x LIMIT 5"), '', ".. $_") for sort keys %rules;
    $left += query($node, "SELECT count(*) FROM waits WHERE resource LIKE 'w%'");
}
note "$offered holds were made at the end, and $left wait on for wholes";
cmp_ok($offered, '>', 0, 'holds were made at the end');
cmp_ok($left, '>', 0, 'and some wait on for wholes');
is(query($node, "SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'"), '0', 'no deadlock');
is(new_errors($node), '', "no error in the server's log");
$node->stop;
done_testing();
