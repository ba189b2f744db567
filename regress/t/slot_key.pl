# slot_key.pl: the index behind booking_no_overlap survives a crash, a dump and a REINDEX, and check_slot_index() sees
# damage.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
note "BOOKONCE_SEED=$seed";

my $node = PostgreSQL::Test::Cluster->new('slot_key');
$node->init;
# The crash is to find pages that were written and pages that were not.
$node->append_conf('postgresql.conf', "autovacuum = off\nshared_buffers = 2MB\nsynchronous_commit = on\n");
$node->start;

sub query { my ($sql, $database) = @_; return $node->safe_psql($database // 'postgres', $sql) }
sub damage { return query('SELECT DISTINCT problem FROM bookonce.check_slot_index() ORDER BY problem', @_) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');
# Ten minutes in every twenty, on 100 resources.
sub book
{
    my ($first, $last) = @_;
    query(<<"SQL");
INSERT INTO bookonce.booking (holder, resource_id, during, blocks)
SELECT 'ann', n % 100, d, d FROM generate_series($first, $last) AS n,
    LATERAL (SELECT tstzrange(t, t + interval '10 min')
             FROM (SELECT '2026-01-01 00:00:00+00'::timestamptz + n / 100 * interval '20 min') AS x(t)) AS y(d);
SQL
}
book(1, 10_000);
is(damage(), '', 'a fresh index agrees with its table');

# A new index has room: bookings between those that are there split no page.
query('REINDEX INDEX bookonce.booking_no_overlap');
my $size = query("SELECT pg_relation_size('bookonce.booking_no_overlap')");
query(<<'SQL');
INSERT INTO bookonce.booking (holder, resource_id, during, blocks)
SELECT 'eve', resource_id, d, d FROM (SELECT resource_id, row_number() OVER (ORDER BY resource_id, during) AS n,
    tstzrange(upper(during), upper(during) + interval '10 min') AS d FROM bookonce.booking) AS b WHERE n % 20 = 0;
SQL
is(query("SELECT pg_relation_size('bookonce.booking_no_overlap')"),
    $size, 'a new index takes in a twentieth more without a split');

# Crash while clients write: the log lines that were flushed count, whatever pages were.
my $script = "$PostgreSQL::Test::Utils::tmp_check/write.sql";
append_to_file($script, <<'SQL');
\set resource random(1, 300)
\set start random(1, 100000)
INSERT INTO bookonce.booking (holder, resource_id, during, blocks)
SELECT 'bob', :resource, d, d FROM (SELECT tstzrange(t, t + interval '10 min')
    FROM (SELECT '2027-01-01 00:00:00+00'::timestamptz + :start * interval '1 min') AS x(t)) AS y(d)
        ON CONFLICT DO NOTHING;
UPDATE bookonce.booking SET status = 'cancelled', released_at = now()
WHERE ctid = (SELECT ctid FROM bookonce.booking TABLESAMPLE SYSTEM_ROWS(1)) AND released_at IS NULL;
SQL
query('CREATE EXTENSION tsm_system_rows; CHECKPOINT');
for my $crash (1 .. 2) {
    my $before = query("SELECT count(*) FROM bookonce.booking WHERE holder = 'bob'");
    my $writers = IPC::Run::start([
            'pgbench', '-n', '-c', 4, '-T', 600, "--random-seed=$seed", '-f', $script, '-h', $node->host, '-p',
            $node->port, 'postgres'
        ],
        '>',
        \my $out,
        '2>',
        \my $err);
    $node->poll_query_until('postgres', "SELECT count(*) >= $before + 2000 FROM bookonce.booking WHERE holder = 'bob'")
        or die 'the writers do not write';
    $node->stop('immediate');
    $writers->finish;
    $node->start;
    is(damage(), '', "crash $crash: the index agrees with its table");
    is(query(<<'SQL'), '0', "crash $crash: no two live bookings overlap");
SELECT count(*) FROM bookonce.booking AS a JOIN bookonce.booking AS b USING (resource_id, unit)
WHERE a.released_at IS NULL AND b.released_at IS NULL AND a.blocks && b.blocks AND a.booking_id < b.booking_id
SQL
}
query('VACUUM bookonce.booking; REINDEX INDEX bookonce.booking_no_overlap');
is(damage(), '', 'a rebuilt index agrees with its table');

# A dump has the keys as text; the settings of the role that restores it do not matter.
query(<<'SQL');
CREATE TABLE kept AS SELECT bookonce.slot_key(r, -r, blocks) AS key, blocks
FROM generate_series(-2, 2) AS r, unnest(ARRAY['[2026-01-01 09:00:00.000001+00,infinity]', '(,)',
    '(-infinity,2026-10-25 01:30:00+00]',
    '(0044-03-15 12:00:00+00 BC,147999-12-31 23:59:59.999999+00)']::tstzrange[]) AS blocks;
CREATE INDEX ON kept USING gist (key);
ALTER DATABASE postgres SET DateStyle = 'German, DMY';
ALTER DATABASE postgres SET TimeZone = 'Asia/Kathmandu';
SQL
my $dump = "$PostgreSQL::Test::Utils::tmp_check/dump";
for my $format ('custom', 'plain') {
    $node->command_ok([ 'pg_dump', "--format=$format", "--file=$dump.$format", 'postgres' ], "pg_dump, $format");
    query("CREATE DATABASE $format");
    $node->command_ok(
        $format eq 'plain'
        ? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dump.$format", $format ]
        : [ 'pg_restore', '--exit-on-error', "--dbname=$format", "$dump.$format" ],
        "restored");
    is( query('SELECT string_agg(key::text, chr(10) ORDER BY key::text) FROM kept', $format),
        query('SELECT string_agg(key::text, chr(10) ORDER BY key::text) FROM kept'),
        'the keys are the same');
    is(damage($format), '', 'the restored index agrees with its table');
    my ($code, $out, $error) = $node->psql(
        $format, q{INSERT INTO bookonce.booking (holder, resource_id, during, blocks)
        SELECT 'eve', resource_id, during, blocks FROM bookonce.booking WHERE released_at IS NULL LIMIT 1});
    like($error, qr/booking_no_overlap/, 'and guards');
}

# The check must fail when there is something to find. Each damage is done behind the server's back, in a session of its
# own.
sub guard
{
    my ($change) = @_;
    query("UPDATE pg_index SET $change WHERE indexrelid = 'bookonce.booking_no_overlap'::regclass");
}
my $insert = "INSERT INTO bookonce.booking (holder, resource_id, during, blocks)
        VALUES ('eve', 5000, '[2026-01-01,2026-01-02)', '[2026-01-01,2026-01-02)')";

guard('indisready = false');
is(damage(), 'the constraint booking_no_overlap is missing or not valid', 'an index that takes no rows is no guard');
query($insert);
guard('indisready = true');
is(damage(), 'the index does not find a row by its key', 'a row that was never indexed');
query("DELETE FROM bookonce.booking WHERE holder = 'eve'");

query($insert);
guard('indisexclusion = false');
is(damage(), 'the constraint booking_no_overlap is missing or not valid', 'an index that excludes nothing is no guard');
query($insert);
guard('indisexclusion = true');
is(damage(), 'two bookings overlap', 'a double booking');
query("DELETE FROM bookonce.booking WHERE holder = 'eve'");

# An index that is not "live" does not hinder a HOT update, which leaves the row under its old key. The new row must lie
# on the page of the old one: with this fillfactor the insert takes a page of which nine tenths are free, however full
# the storms left the last one. No other index may have what it changes.
query('DROP INDEX bookonce.booking_holder, bookonce.booking_without_unit');
query('ALTER TABLE bookonce.booking SET (fillfactor = 10)');
query($insert);
guard('indislive = false');
my $page = "SELECT (ctid::text::point)[0] FROM bookonce.booking WHERE holder = 'eve'";
my $page_before = query($page);
query(
    "UPDATE bookonce.booking SET during = '[2028-01-01,2028-01-02)', blocks = '[2028-01-01,2028-01-02)'
        WHERE holder = 'eve'"
);
is(query($page), $page_before, 'a row is updated where it stands');
guard('indislive = true');
is(damage(), 'the index does not find a row by its key', 'a row under a key that is not its own');
guard('indisexclusion = false');
query($insert);
guard('indisexclusion = true');
like(damage(), qr/^the index has a row under a key that is not its own$/m, 'and a row that the old key leads to');
query('REINDEX INDEX bookonce.booking_no_overlap');
is(damage(), '', 'REINDEX repairs it');

# Pages as a disk may leave them. An entry is its row's place, flags, and the key: resource, start, end, units.
my $file = $node->data_dir . '/' . query("SELECT pg_relation_filepath('bookonce.booking_no_overlap')");
sub on_page
{
    my ($block, $change) = @_;
    $node->stop;
    open my $index, '+<:raw', $file or die "$file: $!";
    seek $index, $block * 8192, 0;
    read $index, my $bytes, 8192;
    my @places = map { $_ & 0x7fff } unpack 'x24 L2', $bytes; # of the first two entries
    $change->($bytes, @places);
    seek $index, $block * 8192, 0;
    print $index $bytes;
    close $index or die "$file: $!";
    $node->start;
}
my ($child, $kept);
on_page(
    0,
    sub {
        $child = (unpack 'S2', substr $_[0], $_[1], 4)[1];
        $kept = substr $_[0], $_[1] + 24, 8;
        substr $_[0], $_[1] + 24, 8, pack 'q', (unpack 'q', $kept) - 120_000_000;
    });
is(damage(), 'the index does not find a row by its key', 'a box without the last minute of a row');
on_page(0, sub { substr $_[0], $_[1] + 24, 8, $kept });
is(damage(), '', '.. which can be put back');
on_page(
    $child,
    sub {
        $kept = substr $_[0], $_[1] + 24, 8;
        substr $_[0], $_[1] + 24, 8, pack 'q', (unpack 'q', $kept) - 120_000_000;
    });
is(damage(), 'the index does not find a row by its key', 'a key without the last minute of its row');
on_page($child, sub { substr $_[0], $_[1] + 24, 8, $kept });
on_page($child, sub { $kept = substr $_[0], $_[2], 6, substr $_[0], $_[1], 6 });
is( damage(),
    "the index does not find a row by its key\nthe index has a row under a key that is not its own",
    'an entry that leads to another row');
on_page($child, sub { substr $_[0], $_[2], 6, $kept });
is(damage(), '', '.. both put back');
on_page($child, sub { substr $_[0], $_[2], 40, substr $_[0], $_[1], 40 });
is( damage(),
    "the index does not find a row by its key\nthe index finds a row twice",
    'an entry that is there twice, in place of another');

query('ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap');
is(damage(), 'the constraint booking_no_overlap is missing or not valid', 'no constraint at all');

$node->stop;
done_testing();
