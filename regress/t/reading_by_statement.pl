# reading_by_statement.pl: list_bookings() leaves to its statement what only a statement does, so that the setting
# bookonce.direct_insert changes no answer: what a SERIALIZABLE transaction has read is remembered; a snapshot that is
# too old is an error; another library may refuse; a row type of another version is recognized.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use BookonceTest;

sub calendar
{
    my ($what, @hour) = @_;
    return "SELECT $what FROM bookonce.list_bookings('{room:1}', " . slot($hour[0] // 9) . ')';
}
my @ways = ('on', 'off');
my $node = new_server('by_statement', conf => "fsync = off\n");
query($node, 'CREATE TABLE note (text text); GRANT ALL ON note TO app');

# One reads that the room is free and notes it; the other reads that nothing is noted and books. Whichever came first,
# the other one has read what is no longer true.
for my $way (@ways) {
    my $hour = $way eq 'on' ? 9 : 10;
    my ($reader, $writer) = map { session($node, 'app') } 1, 2;
    $reader->ask("SET bookonce.direct_insert = $way");
    $_->ask('BEGIN ISOLATION LEVEL SERIALIZABLE') for $reader, $writer;
    is($reader->ask(calendar('count(*)', $hour)), '0', "the room is free at $hour");
    is($writer->ask("SELECT count(*) FROM note WHERE text = 'free at $hour'"), '0', '.. and that is not noted');
    $reader->ask("INSERT INTO note VALUES ('free at $hour')");
    my @said = ($writer->ask("SELECT outcome FROM bookonce.book_slot('room:1', " . slot($hour) . ", 'ann')"));
    push @said, map { $_->ask('COMMIT') } $writer, $reader;
    like("@said", qr/40001/, ".. so one of both, SERIALIZABLE, fails (direct_insert $way)");
    $_->quit for $reader, $writer;
}
query($node, "DELETE FROM note; DELETE FROM bookonce.booking");
is(query($node, "SELECT outcome FROM bookonce.book_slot('room:1', " . slot(9) . ", 'ann')"), 'booked', 'ann books');

# The row's type is of another version.
for my $change (
    [ 'a known one', 'SELECT 1', 'ann' ],
    [ 'an attribute more', 'ALTER TYPE bookonce.booking_row ADD ATTRIBUTE note text', 'ERROR:  OB008' ],
    [
        'one that came and went',
        'ALTER TYPE bookonce.booking_row ADD ATTRIBUTE note text; ALTER TYPE bookonce.booking_row DROP ATTRIBUTE note',
        'ann'
    ],
    [ 'one less', 'ALTER TYPE bookonce.booking_row DROP ATTRIBUTE kind', 'ann' ],
    [ 'another name', 'ALTER TYPE bookonce.booking_row RENAME ATTRIBUTE reason TO cause', 'ERROR:  OB008' ],
    [ 'another type', 'ALTER TYPE bookonce.booking_row ALTER ATTRIBUTE unit TYPE bigint', 'ERROR:  OB008' ])
{
    my ($name, $sql, $expected) = @$change;
    my $session = session($node);
    $session->ask(calendar('holder')); # the library and the plan are there already
    $session->ask("BEGIN; $sql");
    for my $way (@ways) {
        $session->ask("SAVEPOINT s; SET LOCAL bookonce.direct_insert = $way");
        is($session->ask(calendar('holder')), $expected, "the row's type: $name (direct_insert $way)");
        $session->ask('ROLLBACK TO s');
    }
    $session->quit;
}

# A library that has a say in what may be read hears of a statement only; it may be loaded before bookonce or after it.
SKIP: {
    my ($compiler, $headers) = map { (run_command([ $ENV{PG_CONFIG} // 'pg_config', $_ ]))[0] } '--cc',
        '--includedir-server';
    my $folder = PostgreSQL::Test::Utils::tempdir();
    append_to_file("$folder/guard.c", <<'C');
#include "postgres.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
PG_MODULE_MAGIC;
static ExecutorCheckPerms_hook_type next;
static void look(List *range_table)
{
    ListCell *cell;
    foreach (cell, range_table)
    {
        Oid table = ((RangeTblEntry *)lfirst(cell))->relid;
        char *name = OidIsValid(table) ? get_rel_name(table) : NULL;
        if (name != NULL && strcmp(name, "booking") == 0)
            ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("the guard says no"));
    }
}
#if PG_VERSION_NUM >= 160000
static bool check(List *range_table, List *permissions, bool raise)
{
    look(range_table);
    return next == NULL || next(range_table, permissions, raise);
}
#else
static bool check(List *range_table, bool raise)
{
    look(range_table);
    return next == NULL || next(range_table, raise);
}
#endif
void _PG_init(void);
void _PG_init(void)
{
    next = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = check;
}
C
    my @build =
        (split(' ', $compiler), '-fPIC', '-shared', '-I', $headers, '-o', "$folder/guard.so", "$folder/guard.c");
    skip 'no compiler for a library of our own', 6 if system(@build) != 0;
    my $load = "LOAD '$folder/guard.so'";
    for my $way (@ways) {
        my ($before, $after) = map { session($node) } 1, 2;
        $_->ask("SET bookonce.direct_insert = $way") for $before, $after;
        is($after->ask(calendar('holder')), 'ann', "nobody objects (direct_insert $way)");
        $_->ask($load) for $before, $after;
        is($_->ask(calendar('holder')), 'ERROR:  42501', '.. until a library does') for $before, $after;
        $_->quit for $before, $after;
    }
}
$node->stop;

# A snapshot may be too old to be answered by, from five seconds on where the setting is 0.
SKIP: {
    skip 'PostgreSQL 17 and later let snapshots grow as old as they like', 4 if $node->pg_version >= 17;
    my $old = new_server('old_snapshots', conf => "fsync = off\nold_snapshot_threshold = 0\n");
    my $id = query($old, "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(9) . ", 'ann')");
    my %reader = map { $_ => session($old) } @ways;
    for my $way (@ways) {
        $reader{$way}->ask("SET bookonce.direct_insert = $way");
        $reader{$way}->ask('BEGIN ISOLATION LEVEL REPEATABLE READ');
        is($reader{$way}->ask(calendar('holder')), 'ann', "a snapshot that shows a booking (direct_insert $way)");
    }
    query($old, "SELECT bookonce.cancel_booking('$id')");
    my ($said, $round) = ('ann', 0);
    my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
    while ($said eq 'ann' && time < $deadline) {
        usleep(100_000);
        query($old,
                  "SELECT bookonce.book_slot('room:1', tstzrange(s, s + interval '1 hour'), 'ben') FROM (SELECT "
                . "timestamptz '2031-01-01' + "
                . ++$round
                . " * interval '1 hour') AS x(s)");
        query($old, 'VACUUM bookonce.booking');
        $reader{off}->ask('SAVEPOINT s');
        $said = $reader{off}->ask(calendar('holder'));
        $reader{off}->ask('ROLLBACK TO s');
    }
    is($said, 'ERROR:  72000', 'when its row is taken away, it is an error (direct_insert off)');
    is($reader{on}->ask(calendar('holder')), 'ERROR:  72000', '.. and not an empty calendar (direct_insert on)');
    $_->quit for values %reader;
    $old->stop;
}
done_testing();
