# reading_snapshots.pl: a calendar shows what the query's snapshot shows: on a standby, although the primary, which asks
# nobody, has marked that as dead in the guard's index; and where the index is newer than the snapshot.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $primary = new_server('primary', init => { allows_streaming => 1 }, conf => "fsync = off\n");
# The root of the index has pages below it: PostgreSQL marks no entries in the root.
query($primary, <<'SQL');
SELECT bookonce.book_slot('room:1', tstzrange(t, t + interval '1 hour'), 'eve')
FROM generate_series('2031-01-01 00:00Z', '2031-01-20 00:00Z', interval '1 hour') AS t;
SQL
my $id = query($primary, 'SELECT booking_id FROM bookonce.book_slot(\'room:1\', ' . slot(9) . ", 'ann')");
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = -1\nhot_standby_feedback = off\n");
$standby->start;

my $calendar = 'SELECT holder FROM bookonce.list_bookings(\'{room:1}\', ' . slot(9) . ')';
my $reader = session($standby);
$reader->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
is($reader->ask($calendar), 'ann', 'a transaction on the standby reads the calendar');

query($primary, "SELECT bookonce.cancel_booking('$id')");
# PostgreSQL's own scan marks the entry, and the next change of the page takes the mark along.
query($primary, <<'SQL');
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM bookonce.booking WHERE bookonce.is_live(released_at)
    AND bookonce.slot_key(resource_id, unit, blocks) OPERATOR(bookonce.&&*)
        bookonce.slot_key(1, 1, '[2030-01-07 09:00Z, 2030-01-07 10:00Z)');
CHECKPOINT;
SQL
query($primary, 'SELECT outcome FROM bookonce.book_slot(\'room:1\', ' . slot(11) . ", 'ben')");
query($primary, 'CREATE EXTENSION pageinspect');
my $marked = query($primary, <<'SQL');
SELECT count(*) FROM generate_series(0, pg_relation_size('bookonce.booking_no_overlap') / 8192 - 1) AS n,
    gist_page_items_bytea(get_raw_page('bookonce.booking_no_overlap', n)) AS i WHERE i.dead
SQL
is($marked, '1', 'the primary has marked what was cancelled');
$primary->wait_for_catchup($standby);
is($reader->ask($calendar), 'ann', '.. and the transaction still sees it');
is(query($standby, $calendar), '', '.. a new one does not');
is($reader->ask('SET LOCAL bookonce.direct_insert = off'), '', 'by SQL');
is($reader->ask($calendar), 'ann', '.. it sees the same');
$reader->quit;

# Both indexes are made again, of rows as they are by then: what was cancelled meanwhile is in neither.
my $was = query($primary, 'SELECT booking_id FROM bookonce.book_slot(\'room:1\', ' . slot(9) . ", 'dan')");
$reader = session($primary);
$reader->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
query($primary, <<"SQL");
SELECT pg_get_constraintdef(oid) AS guard FROM pg_constraint WHERE conname = 'booking_no_overlap' \\gset
SELECT indexdef AS other FROM pg_indexes WHERE indexname = 'booking_without_unit' \\gset
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap;
DROP INDEX bookonce.booking_without_unit;
UPDATE bookonce.booking SET status = 'cancelled', released_at = now() WHERE booking_id = '$was';
ALTER TABLE bookonce.booking ADD CONSTRAINT booking_no_overlap :guard;
:other;
SQL
is(query($primary, "SELECT indcheckxmin FROM pg_index WHERE indexrelid = 'bookonce.booking_no_overlap'::regclass"),
    't', 'an index that a row of old snapshots is missing from');
is($reader->ask($calendar), 'dan', '.. is not asked by them');
is(query($primary, $calendar), '', '.. but by new ones');
$reader->quit;
done_testing();
