# memory.pl: one backend walks through every verb in each of its ways (walk.sql), errors too, again and again, each time
# in a tenant of its own, on tables of the same size. From the second measurement on its memory does not grow.
#
# BOOKONCE_STORM=N makes it N times as long: 20 is a million calls. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $storm = $ENV{BOOKONCE_STORM} // 1;
my $rounds = $storm == 1 ? 140 : 340 * $storm;
my $every = $rounds / 10;
my $node = new_server('memory', conf => "fsync = off\nlog_min_messages = fatal\nmax_wal_size = '8GB'\n");

query($node, <<'SQL');
CREATE TABLE memory (round integer, name text, used bigint, total bigint);
CREATE TABLE process (round integer, anonymous bigint);
-- No regular expression: from PostgreSQL 17 on, that it was compiled would be measured too.
CREATE FUNCTION measure(round integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO memory SELECT round, name, sum(used_bytes), sum(total_bytes) FROM pg_backend_memory_contexts
        GROUP BY name;
    INSERT INTO process SELECT round, split_part(split_part(pg_read_file('/proc/self/status'), 'RssAnon:', 2), 'kB',
        1)::bigint * 1024;
$$;
SQL
my $tables = query(
    $node,
    "SELECT string_agg(format('DELETE FROM bookonce.%I', relname), '; ') FROM pg_class
        WHERE relnamespace = 'bookonce'::regnamespace AND relkind = 'r'"
);
my $file = PostgreSQL::Test::Utils::tempdir() . '/rounds.sql';
open my $script, '>', $file or die $!;
print $script "\\o /dev/null\n\\set m walk\n";
for my $round (1 .. $rounds) {
    print $script "\\set t tenant-$round\n\\i $FindBin::Bin/../lib/walk.sql\n$tables;\n";
    # Plans are made again after this, as they are in a backend that lives for long.
    print $script "VACUUM ANALYZE bookonce.booking, bookonce.resource, bookonce.counter, bookonce.offer;\n"
        if $round % 20 == 0;
    # Without the flush, what PostgreSQL counts of each table touched would be measured: it is sent once a second.
    print $script "SELECT pg_stat_force_next_flush();\nSELECT measure($round);\n" if $round % $every == 0;
}
close $script;
my ($out, $errors) = ('', '');
IPC::Run::run([ 'psql', '-XAtq', '-v', 'VERBOSITY=sqlstate', '-d', $node->connstr('postgres'), '-f', $file ],
    '>', \$out, '2>', \$errors);
my $refused = () = $errors =~ /ERROR: +\w{5}/g;
unlike($errors, qr/FATAL|server closed|XX000|53200/, 'the backend lives');
is($refused % $rounds, 0, "each round fails in the same ways ($refused errors)");

# Of the first half, what is most: plans that are made again differ by some kB each time.
my ($first, $half, $last) = map { $every * $_ } 2, 5, 10;
my $calls = 150 * ($last - $half);
note "memory in bytes, used and reserved, by round:\n" . query(
    $node,
    'SELECT round, sum(used), sum(total), (SELECT anonymous FROM process AS p WHERE p.round = m.round) FROM memory AS m
        GROUP BY 1 ORDER BY 1'
);
my $grown = query($node, <<"SQL");
SELECT string_agg(format('%s: %s bytes more', name, b.used - coalesce(a.used, 0)), ', ' ORDER BY name)
FROM (SELECT * FROM memory WHERE round = $last) AS b LEFT JOIN (SELECT name, max(used) AS used FROM memory
WHERE round BETWEEN $first AND $half GROUP BY name) AS a USING (name)
WHERE b.used - coalesce(a.used, 0) > 8192
SQL
is($grown, '', "after $calls more calls no context uses 8 kB more than before them");
cmp_ok(
    query(
        $node,
        "SELECT (SELECT anonymous FROM process WHERE round = $last) - (SELECT anonymous FROM process
            WHERE round = $first)"
    ),
    '<',
    2 * 1024 * 1024,
    '.. nor does the process hold 2 MB more');
# The same within one transaction, and by one statement that makes many calls: refusals, replays, queries,
# subtransactions.
my $times = 2000 * $storm;
query($node, <<'SQL');
TRUNCATE memory;
SELECT bookonce.define_resource(r, c) FROM (VALUES ('room', 1), ('hall', 1), ('class', 3)) AS v(r, c);
SELECT bookonce.book_slot(r, '[2030-07-01 09:00, 2030-07-01 10:00)', 'ann', c, idempotency_key => r)
FROM (VALUES ('room', 1), ('class', 3)) AS v(r, c);
SELECT bookonce.claim('e-mail', 'ann', 'ann'), bookonce.define_counter('stock', 5, 0, 5);
CREATE FUNCTION calls(times integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. times LOOP
        PERFORM (bookonce.book_slot(r, '[2030-07-01 09:00, 2030-07-01 10:00)', 'ben')).outcome,
            (bookonce.book_slot('room', '[2030-07-01 09:00, 2030-07-01 10:00)', 'ann',
                idempotency_key => 'room')).outcome,
                bookonce.free_time(r, '[2030-07-01, 2030-07-02)'), (bookonce.claim('e-mail', 'ann', 'ben')).outcome,
                    (bookonce.adjust_counter('stock', 1)).outcome
        FROM unnest(ARRAY['room', 'class']) AS r;
        PERFORM FROM bookonce.book_slots(ARRAY[ROW('hall', '[2030-07-01 09:00, 2030-07-01 10:00)', 1, NULL, NULL, NULL),
            ROW('room', '[2030-07-01 09:00, 2030-07-01 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'ben');
        PERFORM FROM bookonce.book_any_slot(ARRAY['room', 'class'], '[2030-07-01 09:00, 2030-07-01 10:00)', 'ben');
        PERFORM FROM bookonce.free_slots('class', '[2030-07-01, 2030-07-02)', '1 hour');
        BEGIN
            PERFORM bookonce.book_slot('room', 'empty', 'ben');
        EXCEPTION WHEN invalid_parameter_value THEN NULL;
        END;
    END LOOP;
END
$$;
SQL
my $grew = query($node, <<"SQL");
BEGIN;
SELECT calls(200), measure(1);
SELECT calls($times), measure(2);
SELECT string_agg(format('%s: %s bytes more', name, b.used - coalesce(a.used, 0)), ', ' ORDER BY name)
FROM (SELECT * FROM memory WHERE round = 2) AS b LEFT JOIN (SELECT * FROM memory WHERE round = 1) AS a USING (name)
WHERE b.used - coalesce(a.used, 0) > 8192;
ROLLBACK;
SQL
is($grew =~ s/^\|?\n//mgr,
    '', 'nor do ' . 15 * $times . ' calls of one transaction use 8 kB more than the first ones did');
$node->stop;
done_testing();
