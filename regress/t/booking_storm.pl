# booking_storm.pl: many real connections at once. After each storm no two live bookings overlap (found by brute force),
# the journal of the clients' answers and the table tell the same story, and no client saw an error.
#
# BOOKONCE_SEED repeats a storm's choices (not its timing); BOOKONCE_STORM=N makes all of it N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

my $node = new_server('booking_storm', conf => "fsync = off\nmax_connections = 100\ndeadlock_timeout = 10ms\n");
# The answers that the clients got. They write them down in the same statement, so a call that is rolled back leaves no
# line.
query($node, <<'SQL');
CREATE TABLE journal (call text, outcome text, replayed boolean, booking_id uuid);
GRANT INSERT ON journal TO app;
CREATE FUNCTION hour(n integer, length interval DEFAULT '1 hour', later interval DEFAULT '0') RETURNS tstzrange
    IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange(t, t + length)
        FROM (SELECT '2030-01-07 00:00+00'::timestamptz + n * interval '1 hour' + later) AS x(t) $$;
SQL

# A call whose answer goes into the journal.
sub call
{
    my ($call) = @_;
    my ($verb) = $call =~ /^(\w+)/;
    return "INSERT INTO journal SELECT '$verb', outcome, replayed, booking_id FROM bookonce.$call;\n";
}

# Starts pgbench; finish_clients() waits for its end and expects no failure.
my $started = 0;
sub start_clients
{
    my ($user, $clients, $transactions, $script) = @_;
    my $file = PostgreSQL::Test::Utils::tempdir() . '/script';
    append_to_file($file, $script);
    my %run = (err => '', seed => $seed + $started++, clients => $clients * $transactions);
    $run{handle} = IPC::Run::start([
            'pgbench', '-n', '-U', $user, '-c', $clients, '-j', 2, '-t', $transactions, "--random-seed=$run{seed}",
            '-f', $file, '-h', $node->host, '-p', $node->port, 'postgres'
        ],
        '>',
        \$run{out},
        '2>',
        \$run{err});
    return \%run;
}

sub finish_clients
{
    my ($name, @runs) = @_;
    my $failed = '';
    for my $run (@runs) {
        $run->{handle}->finish;
        my ($done) = $run->{out} =~ m{actually processed: (\d+)/};
        $failed .= "seed $run->{seed}: $run->{err}" if $run->{handle}->result || ($done // 0) != $run->{clients};
    }
    is($failed, '', "$name: every client gets its answers");
    is(new_errors($node), '', "$name: no error in the server's log");
    is(overlaps($node), '0', "$name: no two live bookings overlap");
}

# Two kinds of clients begin together: each transaction first passes a gate, which opens when all clients have reached
# it. Without the gate, on a busy machine one kind may be done before the other has connected.
my $pass = "SELECT pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1);\n";
sub shut_gate { query($node, 'SELECT pg_advisory_lock(1)') }
sub open_gate_for
{
    my ($clients, @runs) = @_;
    my $waiting = "locktype = 'advisory' AND (classid, objid, objsubid) = (0, 1, 1) AND NOT granted";
    $node->poll_query_until('postgres', "SELECT count(*) = $clients FROM pg_locks WHERE $waiting")
        or die 'the clients do not come';
    query($node, 'SELECT pg_advisory_unlock(1)');
    return @runs;
}

sub new_storm { query($node, 'TRUNCATE bookonce.booking, journal') }
sub journal { return query($node, "SELECT outcome, replayed, count(*) FROM journal GROUP BY 1, 2 ORDER BY 1, 2") }

# One slot.
for my $customers (2, 16, 64) {
    new_storm();
    finish_clients("$customers customers, one slot",
        start_clients('app', $customers, 1, call("book_slot('room:1', hour(9), 'user-:client_id')")));
    is(journal(), "booked|f|1\ntaken|f|" . ($customers - 1), '.. one is booked, the others hear that it is taken');
}

# One key, repeated at once.
new_storm();
finish_clients('one request sent ten times',
    start_clients('app', 10, 1, call("book_slot('room:1', hour(9), 'user:1', idempotency_key => 'order:1')")));
is(journal(), "booked|f|1\nbooked|t|9", '.. is one booking, and nine replays of it');
is(query($node, 'SELECT count(DISTINCT booking_id), (SELECT count(*) FROM bookonce.booking) FROM journal'),
    '1|1', '.. under one id, in one row');

for my $round (1 .. $storm) {
    # Slots.
    new_storm();
    finish_clients('16 clients, 200 requests each over 50 slots',
        start_clients('app', 16, 200, <<'PGBENCH' . call("book_slot('room:1', hour(:n), 'user-:client_id')")));
\set n random(1, 50)
PGBENCH
    is(journal(), "booked|f|50\ntaken|f|3150", '.. each slot is booked once, and every other request is answered');

    # Keys: the same 40 requests again and again.
    new_storm();
    finish_clients(
        '16 clients repeat 40 requests',
        start_clients(
            'app', 16, 100,
            <<'PGBENCH' . call("book_slot('room:1', hour(:n), 'user-:n', idempotency_key => 'order-:n')")));
\set n random(1, 40)
PGBENCH
    is(journal(), "booked|f|40\nbooked|t|1560", '.. 40 are booked, the others are replays');
    is( query(
            $node,
            'SELECT count(*), count(DISTINCT booking_id) FROM journal WHERE booking_id IN (SELECT booking_id
                FROM bookonce.booking)'
        ),
        '1600|40',
        '.. of the same bookings');

    # Overlaps that no exact start or end shares; some transactions roll back.
    new_storm();
    finish_clients(
        '16 clients, random times',
        start_clients(
            'app', 16, 150, <<'PGBENCH'
\set start random(1, 3000)
\set length random(1, 90)
\set fate random(1, 5)
BEGIN;
PGBENCH
                . call(
                      "book_slot('room:1', hour(0, :length * interval '1 minute', :start * interval '1 minute'), "
                    . "'user-:client_id')")
                . "\\if :fate = 1\nROLLBACK;\n\\else\nCOMMIT;\n\\endif\n"));
    is( query(
            $node,
            "SELECT count(*) FROM journal AS j FULL JOIN bookonce.booking AS b USING (booking_id)
                WHERE (j.booking_id IS NULL) <> (b.booking_id IS NULL)
              AND j.outcome IS DISTINCT FROM 'taken'"),
        '0',
        '.. a row for every answer `booked` that was committed, and for no other');

    # Holds that lapse at any time, because the owner moves their ends; a sweeper; and each client does one more thing
    # with the booking that it got.
    my $hold = $pass . <<'PGBENCH';
\set n random(1, 12)
\set next random(1, 4)
SELECT booking_id AS id, (outcome = 'booked')::int AS won FROM bookonce.book_slot('room:1', hour(:n), 'user-:client_id',
    hold_for => '1 hour') \gset
\if :won = 1 and :next = 1
PGBENCH
    $hold .= call("confirm_booking(':id')") . "\\elif :won = 1 and :next = 2\n" . call("cancel_booking(':id')");
    $hold .= "\\elif :won = 1 and :next = 3\n" . call("extend_hold(':id', '2 hours')") . "\\endif\n";
    my $lapse = $pass . <<'PGBENCH';
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id =
    (SELECT booking_id FROM bookonce.booking WHERE status = 'held' AND lapses_at > now()
        ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED);
DELETE FROM bookonce.booking WHERE booking_id =
    (SELECT booking_id FROM bookonce.booking WHERE status = 'confirmed'
        AND random() < 0.2 LIMIT 1 FOR UPDATE SKIP LOCKED);
\set sweep random(1, 10)
\if :sweep = 1
SELECT bookonce.expire_holds(3);
\endif
PGBENCH
    new_storm();
    shut_gate();
    my @holders = (start_clients('app', 14, 120, $hold), start_clients('postgres', 2, 600, $lapse));
    finish_clients('holds, confirmed, extended, cancelled and lapsing', open_gate_for(16, @holders));
    is(query($node, <<'SQL'), '0', '.. each answer is what became of the booking');
SELECT count(*) FROM journal AS j JOIN bookonce.booking AS b USING (booking_id)
WHERE NOT CASE j.outcome WHEN 'confirmed' THEN b.status = 'confirmed' WHEN 'cancelled' THEN b.status = 'cancelled'
                         WHEN 'hold_expired' THEN b.status IN ('held', 'expired') AND b.lapses_at < now()
                         WHEN 'extended' THEN b.status IN ('held', 'expired') ELSE false END
SQL
    note 'answers: ' . join ', ', split /\n/, journal();

    # Raw INSERTs beside the verb. Among themselves they may collide and deadlock; the verb's callers see nothing of it.
    # A few hours are wanted only by the raw INSERTs, so that they get some however fast the others are.
    my $verb = call("book_slot('room:1', hour(:n, '90 minutes'), 'verb', idempotency_key => 'v-:client_id-:n')");
    my $hand = <<'PGBENCH';
DO $$
BEGIN
    INSERT INTO bookonce.booking (resource_id, during, blocks, holder)
    SELECT resource_id, hour(:n, '90 minutes'), hour(:n, '90 minutes'), 'hand' FROM bookonce.resource
    WHERE resource = 'room:1';
EXCEPTION WHEN exclusion_violation OR deadlock_detected THEN NULL;
END $$;
PGBENCH
    new_storm();
    shut_gate();
    my @writers = (
        start_clients('app', 12, 120, "$pass\\set n random(1, 200)\n$verb"),
        start_clients('postgres', 4, 120, "$pass\\set n random(1, 210)\n$hand"));
    finish_clients('raw inserts beside book_slot()', open_gate_for(16, @writers));
    is( query($node, "SELECT count(*) FROM bookonce.booking WHERE holder = 'verb'"),
        query($node, "SELECT count(*) FROM journal WHERE outcome = 'booked' AND NOT replayed"),
        '.. every `booked` has its row');
    ok(query($node, "SELECT count(*) FROM bookonce.booking WHERE holder = 'hand'") > 0, '.. and both sides got slots');
}

$node->stop;
done_testing();
