# cost.pl: what a call costs the server. A booking is made without a statement, another success by one; a refusal or a
# replay writes nothing: no WAL, no transaction id, no dead row.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('cost', conf => <<'END');
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
pg_stat_statements.track_utility = off
checkpoint_timeout = 1h
END
query($node, 'CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pgstattuple');

my $app = session($node, 'app');
my $day = 0;

# Counts the statements that a statement runs besides itself; makes a call and tests its answer.
sub statements_within
{
    my ($statement) = @_;
    query($node, 'SELECT pg_stat_statements_reset()');
    my $said = $app->ask($statement);
    return $said . ' ' . query($node, 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE NOT toplevel');
}
sub statements_of { return statements_within("SELECT outcome FROM bookonce.$_[0]") }

sub slot_of_day { return sprintf "'[2030-01-%02d 09:00, 2030-01-%02d 10:00)'", ++$day, $day }

is(statements_of("book_slot('room:1', " . slot_of_day() . ", 'ann')"), 'booked 0', 'book_slot runs no statement');
is( statements_of(
              "book_slot('room:1', "
            . slot_of_day()
            . ", 'ann', hold_for => '1 hour', details => '{}', idempotency_key => 'k', valid_until => 'infinity')"),
    'booked 0',
    '.. with a hold, details, a key and a limit, too');
is(statements_of("book_slot('room:1', " . slot_of_day() . ", 'ann', allow_overlap => true)"),
    'booked 0', '.. nor when it may overlap');
query($node, "SELECT bookonce.define_kind('cut', buffer_after => '10 minutes', durations => '{30 minutes,1 hour}')");
is(statements_of("book_slot('room:1', '[2036-01-01 09:00, 2036-01-01 10:00)', 'ann', kind => 'cut')"),
    'booked 0', '.. nor of a kind');
# Many slots in one call: if one refusal refuses all, a statement reads first what is in the way.
sub many
{
    my ($year, $all_or_nothing) = @_;
    my @slots = map { "('room:1', '[$year-01-0$_ 09:00, $year-01-0$_ 10:00)', 1, NULL, NULL, NULL)" } 1 .. 3;
    return
          'book_slots(ARRAY['
        . join(', ', @slots)
        . "]::bookonce.slot_request[], 'ann', all_or_nothing => $all_or_nothing)";
}
is(statements_of(many(2034, 'false')), "booked\nbooked\nbooked 0", 'book_slots runs no statement');
is(statements_of(many(2035, 'true')), "booked\nbooked\nbooked 1", '.. and one, all or nothing, which looks first');
my $id =
    $app->ask("SELECT booking_id FROM bookonce.book_slot('room:1', "
        . slot_of_day()
        . ", 'ann', hold_for => '1 hour', idempotency_key => 'replayed')");
is(statements_of("extend_hold('$id', '2 hours')"), 'extended 1', 'extend_hold is one statement');
is(statements_of("confirm_booking('$id')"), 'confirmed 0', 'confirm_booking runs no statement');
my $cancelled = $app->ask("SELECT booking_id FROM bookonce.book_slot('room:1', " . slot_of_day() . ", 'ann')");
is(statements_of("cancel_booking('$cancelled')"), 'cancelled 0', '.. nor does cancel_booking');
query($node, "SELECT bookonce.define_resource('two', 2)");
$cancelled = $app->ask("SELECT booking_id FROM bookonce.book_slot('two', " . slot_of_day() . ", 'ann')");
is(statements_of("cancel_booking('$cancelled')"), 'cancelled 0', '.. nor where places are counted');
# Three offers for the two positions of a request.
query($node, "SELECT bookonce.define_resource('nurse:' || n) FROM generate_series(1, 3) AS n");
my @offers = split /\n/, query($node, <<'SQL');
SELECT o.offer_id FROM bookonce.open_request('[2037-01-01 09:00, 2037-01-01 10:00)', 2, 'ann') AS r,
    LATERAL bookonce.make_offers(r.request_id, '{nurse:1,nurse:2,nurse:3}') AS o
SQL
for my $outcome ('accepted', 'accepted', 'filled') {
    my $n = 4 - @offers;
    is(statements_of("accept_offer('" . shift(@offers) . "', 'nurse:$n')"),
        "$outcome 0", "accept_offer runs no statement: $outcome");
}
# Writes to a followed table, of one row or several.
query($node, <<'SQL');
CREATE TABLE visit (id serial PRIMARY KEY, room text, starts timestamptz, ends timestamptz);
SELECT bookonce.follow_table('visit', 'room', 'starts', 'ends');
GRANT INSERT ON visit TO app;
GRANT USAGE ON SEQUENCE visit_id_seq TO app;
SQL
sub visits
{
    my ($year, $count) = @_;
    return
          'WITH written AS (INSERT INTO visit (room, starts, ends) '
        . "SELECT 'room:1', t, t + interval '1 hour' FROM generate_series(1, $count) AS n, "
        . "LATERAL (SELECT '$year-01-01 09:00'::timestamptz + n * interval '1 day') AS s(t)) SELECT 'written'";
}
$app->ask(visits(2031, 2)); # plans the statement
is(statements_within(visits(2032, 1)), 'written 0', 'a row of a followed table becomes a booking without a statement');
is(statements_within(visits(2033, 9)), 'written 0', '.. and so do several rows');
query($node, "SELECT bookonce.unfollow_table('visit')");
my $held = $app->ask(
    "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot_of_day() . ", 'ann', hold_for => '1 hour')");
my $lapsed = $app->ask(
    "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot_of_day() . ", 'ann', hold_for => '1 hour')");
query($node, "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = '$lapsed'");

# 4,000 calls that change nothing, each in its own transaction, as clients send them. VACUUM comes first, so that any
# row dead afterwards died here.
query($node, 'VACUUM bookonce.booking, bookonce.resource; CHECKPOINT');
my $dead_rows = "SELECT dead_tuple_count FROM pgstattuple('bookonce.booking')";
my $next_xid = 'SELECT pg_snapshot_xmax(pg_current_snapshot())';
my $xid = query($node, $next_xid);
my @calls = (
    "book_slot('room:1', '[2030-01-01 09:30, 2030-01-01 10:30)', 'bob')",
    "book_slot('room:1', '[2030-01-01 09:00, 2030-01-01 10:00)', 'bob', idempotency_key => 'never')",
    "book_slot('room:1', '[2030-01-04 09:00, 2030-01-04 10:00)', 'ann', hold_for => '1 hour', idempotency_key => "
        . "'replayed')",
    "book_slot('room:1', '[2030-02-01 09:00, 2030-02-01 10:00)', 'bob', valid_until => '2001-01-01')",
    "confirm_booking('$id')",
    "confirm_booking('$lapsed')",
    "confirm_booking('$cancelled')",
    "extend_hold('$held', '1 second')",
    "extend_hold('$lapsed', '1 hour')",
    "cancel_booking('$cancelled')");
my $expected = join "\n",
    qw(taken|f taken|f booked|t too_late|f confirmed|t hold_expired|f not_live|f extended|t hold_expired|f cancelled|t);
is(join("\n", map { $app->ask("SELECT outcome, replayed FROM bookonce.$_") } @calls),
    $expected, 'refusals and replays of every kind');
# The first look at a row may write its page once, where pages have checksums, as from version 18 on they have.
my $lsn = query($node, 'SELECT pg_current_wal_insert_lsn()');
$node->pgbench(
    '-n -U app -c 4 -t 100 -M prepared',
    0, [qr{actually processed: 400/400}],
    [qr/^$/],
    '4,000 of them by four clients',
    { 'refusals' => join '', map { "SELECT outcome FROM bookonce.$_;\n" } @calls });
my $wal = query($node, "SELECT pg_current_wal_insert_lsn() - '$lsn'::pg_lsn");
cmp_ok($wal, '<', 8192, ".. write less than 8 KB of WAL ($wal bytes)");
is(query($node, $next_xid), $xid, '.. take no transaction id');
is(query($node, $dead_rows), '0', '.. and leave no dead row');

# The same instruments do see what a success writes.
$app->ask("SELECT outcome FROM bookonce.cancel_booking('$held')");
isnt(query($node, $next_xid), $xid, 'a success takes a transaction id');
is(query($node, $dead_rows), '1', '.. and its old row is dead');

# What the light path has updated is found by all indexes, on pages with room for the new row and without.
$app->ask(
    "SELECT bookonce.confirm_booking(b.booking_id) FROM generate_series(1, 200) AS n, LATERAL bookonce.book_slot(
    'room:1', tstzrange('2038-01-01'::timestamptz + n * interval '1 hour', '2038-01-01'::timestamptz + (n + 1)
        * interval '1 hour'), 'ann', hold_for => '1 hour', idempotency_key => 'c' || n) AS b");
query($node, 'CREATE EXTENSION amcheck');
is(query($node, <<'SQL'), '9', 'the B-trees have all rows of bookings, offers and positions');
SELECT count(bt_index_check(i.indexrelid, true))
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'btree' AND i.indrelid IN ('bookonce.booking'::regclass, 'bookonce.offer'::regclass,
    'bookonce."position"'::regclass)
SQL

# A scan of the guard's index is never restarted, which could damage the index (index_scanned_again.spec). A statement
# that needs several scans makes bitmaps.
my $watched = session($node);
my @looks = map { "SELECT count(*) FROM bookonce.$_" } (
    "set_booking_limit('room:2', 'day', 2)",
    "set_booking_limit('room:2', 'month', 2)",
    "book_slot('room:2', '[2030-01-01 09:00, 2030-01-01 10:00)', 'ann', hold_for => '1 microsecond')",
    "book_slot('room:2', '[2030-01-02 09:00, 2030-01-02 10:00)', 'ann')",
    "book_slot('room:2', '[2030-01-03 09:00, 2030-01-03 10:00)', 'ann')",
    "free_slots('room:2', '[2030-01-01, 2030-03-01)', '1 hour')",
    "book_any_slot('{room:1,room:2}', '[2030-02-01 09:00, 2030-02-01 10:00)', 'ann', pick => 'least_booked')",
    "book_slots(ARRAY[('room:1', '[2030-01-01 09:00, 2030-01-01 10:00)', 1, 'bob', NULL, NULL),
        ('room:1', '[2030-01-02 09:00, 2030-01-02 10:00)', 1, 'bob', NULL, NULL)]::bookonce.slot_request[],
            all_or_nothing => false)"
);
$watched->ask("SELECT bookonce.define_resource('room:2')");
$watched->ask(
    "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on; SET "
        . "auto_explain.log_analyze = on");
is( join(' ', map { $watched->ask($_) } @looks),
    '1 1 1 1 1 672 1 2',
    'calls that look into the guard\'s index in each of their ways');
# .. also if the caller's settings make PostgreSQL plan again in the middle of the call.
$watched->ask($_)
    for 'SET enable_seqscan = off', 'SET search_path = pg_catalog', @looks, 'SET plan_cache_mode = force_custom_plan',
    @looks, 'SET enable_bitmapscan = off', @looks;
# A calendar finds its rooms by their names, without reading all rooms of the tenant.
$watched->ask("SELECT bookonce.define_resource('desk:' || n) FROM generate_series(1, 300) AS n");
is( $watched->ask("SELECT count(*) FROM bookonce.list_bookings('{room:1,desk:7,room:1}', '[2030-02-01, 2030-02-02)')"),
    '1', 'a calendar');
# .. also with a plan that was made for a table of one row, and kept when there are more.
query($node, "DELETE FROM bookonce.booking WHERE booking_id <> '$lapsed'; VACUUM ANALYZE bookonce.booking");
my @sweeps = ($watched->ask('SELECT bookonce.expire_holds()'));
$watched->ask(
    "SELECT bookonce.book_slot('room:1', '[2030-01-0$_ 09:00, 2030-01-0$_ 10:00)', 'ann', hold_for => '1 microsecond')")
    for 1 .. 3;
push @sweeps, $watched->ask('SELECT bookonce.expire_holds()');
is("@sweeps", '1 3', 'holds are swept, one and then three');
my ($log, %scans) = slurp_file($node->logfile);
unlike($log, qr/Filter: .*resource = ANY/, 'no resource is looked for among all');
push @{ $scans{$1} }, $2 while $log =~ /(Index Scan using|Bitmap Index Scan on) booking_no_overlap .*loops=(\d+)/g;
is(join(' ', grep { $_ > 1 } @{ $scans{'Index Scan using'} }), '', 'none scans it more than once');
cmp_ok(scalar(@{ $scans{'Index Scan using'} }), '>', 0, '.. some scan it once');
cmp_ok(scalar(grep { $_ > 1 } @{ $scans{'Bitmap Index Scan on'} }),
    '>=', 5, '.. and those that look several times make bitmaps');
$watched->quit;

# Without its index a statement is planned as if it were very expensive, but it is not compiled for that.
query($node, 'ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap; SELECT pg_stat_statements_reset()');
my $other = session($node, 'app');
is($other->ask("SELECT count(*) FROM bookonce.free_slots('room:1', '[2030-03-01, 2030-03-02)', '1 hour')"),
    '24', 'free slots, looked for without the index');
is(query($node, 'SELECT sum(jit_functions) FROM pg_stat_statements WHERE NOT toplevel'), '0', '.. compiles nothing');
$other->quit;

is(new_errors($node), '', 'no error in the server\'s log');
$app->quit;
$node->stop;
done_testing();
