# follow.pl: a followed table beside the verbs. After each step of a random walk, and after storms of real connections,
# rows and bookings agree (check_integrity() compares them), no two live rows take the same place, and each INSERT
# succeeds or fails as the tables say it must. Then the same for a database restored from a dump.
#
# BOOKONCE_SEED repeats the choices (not a storm's timing); BOOKONCE_STORM=N makes all of it N times as long.
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
srand $seed;

my $node = new_server('follow', conf => "fsync = off\nmax_connections = 100\ndeadlock_timeout = 10ms\n");
# An ORM's table, and how it is written: try() tells an integrity error from success, and lets every other error
# through.
query($node, <<'SQL');
CREATE TABLE appointment (id serial PRIMARY KEY, room integer, starts timestamptz, ends timestamptz, status text,
    guest text, seats integer);
CREATE SEQUENCE hot;
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'written';
EXCEPTION WHEN exclusion_violation OR check_violation THEN
    RETURN SQLSTATE;
END $$;
SELECT bookonce.define_resource('room:2'), bookonce.define_resource('room:3', 3), bookonce.define_resource('room:4',
    buffer_after => '15 minutes'),
       bookonce.define_resource('room:5', max_duration => '2 hours');
SELECT bookonce.follow_table('appointment', $$'room:' || room::text$$, 'starts', 'ends',
    live_when => $$status = 'accepted'$$,
                             holder => 'guest', quantity => 'seats');
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment TO app;
GRANT USAGE ON SEQUENCE appointment_id_seq, hot TO app;
SQL

sub pick { return $_[ int rand @_ ] }
sub minute { return "'2030-01-07'::timestamptz + interval '" . 30 * pick(0 .. 40) . " minutes'" }
sub length_of { return "interval '" . pick(30, 30, 60, 60, 90, 150) . " minutes'" }
sub row
{
    my ($room, $start, $length) = (pick(1 .. 5), minute(), length_of());
    my $status = pick('accepted', 'accepted', 'pending');
    my $seats = $room == 3 ? pick(1, 1, 2) : 1;
    return "($room, $start, $start + $length, '$status', 'guest:" . pick(1 .. 9) . "', $seats)";
}
my $columns = '(room, starts, ends, status, guest, seats)';
sub some_row { return '(SELECT id FROM appointment ORDER BY md5(id::text || ' . int(rand 1000) . ') LIMIT 1)' }

# What an ORM may write.
sub statement
{
    my $kind =
        pick(qw(insert insert insert many many accept accept cancel move move shift swap guest delete upsert seats));
    my $id = some_row();
    return "INSERT INTO appointment $columns VALUES " . row() if $kind eq 'insert';
    return "INSERT INTO appointment $columns VALUES " . join ', ', map { row() } 1 .. pick(2 .. 4) if $kind eq 'many';
    return "UPDATE appointment SET status = 'accepted' WHERE id = $id" if $kind eq 'accept';
    return "UPDATE appointment SET status = 'cancelled' WHERE id = $id" if $kind eq 'cancel';
    return "UPDATE appointment SET guest = 'guest:" . pick(1 .. 9) . "' WHERE id = $id" if $kind eq 'guest';
    return "UPDATE appointment SET seats = " . pick(1 .. 3) . " WHERE id = $id AND room = 3" if $kind eq 'seats';
    return "DELETE FROM appointment WHERE id = $id" if $kind eq 'delete';
    return
          'UPDATE appointment SET (room, starts, ends) = (SELECT '
        . pick(1 .. 5)
        . ', t, t + '
        . length_of()
        . ' FROM (SELECT '
        . minute()
        . " AS t) AS t) WHERE id = $id AND seats = 1"
        if $kind eq 'move';
    if ($kind eq 'shift') {
        my $by = pick('30 minutes', '-30 minutes', '1 hour');
        return "UPDATE appointment SET starts = starts + interval '$by', ends = ends + interval '$by' WHERE room = "
            . pick(1 .. 5);
    }
    return 'UPDATE appointment SET room = 3 - room WHERE room IN (1, 2) AND starts >= ' . minute() if $kind eq 'swap';
    return
          "INSERT INTO appointment (id, room, starts, ends, status, guest, seats) SELECT id, room, "
        . minute()
        . ", '2030-01-08', status, guest, seats "
        . "FROM appointment WHERE id = $id ON CONFLICT (id) DO UPDATE SET starts = EXCLUDED.starts - interval '1 hour',
            ends = EXCLUDED.starts";
}

# What may be booked beside it.
sub verb
{
    my ($start, $length) = (minute(), length_of());
    my $room = pick(1 .. 5);
    my $own = "(SELECT booking_id FROM bookonce.live_booking WHERE holder = 'verb' AND group_id IS NULL
            ORDER BY md5(booking_id::text || "
        . int(rand 1000) . ') LIMIT 1)';
    return pick(
        "book_slot('room:$room', tstzrange($start, $start + $length), 'verb')",
        "book_slot('room:$room', tstzrange($start, $start + $length), 'verb', hold_for => '1 hour')",
        "cancel_booking(coalesce($own, '00000000-0000-7000-8000-000000000000'))",
        "reschedule_booking(coalesce($own, '00000000-0000-7000-8000-000000000000'), tstzrange($start, $start + "
            . "$length))");
}

# Finds live rows that take the same place, by brute force: rows at whose start more seats are taken than there are.
my $overfull = <<'SQL';
SELECT count(*) FROM appointment AS a
WHERE a.status = 'accepted' AND a.starts < a.ends AND a.seats IS NOT NULL
  AND (SELECT sum(b.seats) FROM appointment AS b WHERE b.room = a.room AND b.status = 'accepted'
      AND b.starts <= a.starts AND a.starts < b.ends)
      > CASE a.room WHEN 3 THEN 3 ELSE 1 END
SQL

sub agree
{
    my ($name) = @_;
    my $problems = query($node, 'SELECT * FROM bookonce.check_integrity() LIMIT 3');
    my $crowd = query($node, $overfull);
    return '' if $problems eq '' && $crowd eq '0' && overlaps($node) eq '0';
    return "$name: $problems, $crowd overfull";
}

# The expected result of one new row in a room of one place: refused if it is live, takes time, and something blocks it.
sub foretell
{
    my ($row) = @_;
    return query($node, <<"SQL");
SELECT EXISTS (SELECT FROM (VALUES $row) AS v $columns JOIN bookonce.live_booking AS b
    ON b.resource = 'room:' || v.room AND b.unit IS NOT NULL
    AND tstzrange(v.starts, CASE v.room WHEN 4 THEN v.ends + interval '15 minutes' ELSE v.ends END) && b.blocks
        AND v.status = 'accepted')
    OR EXISTS (SELECT FROM (VALUES $row) AS v $columns WHERE v.room = 5 AND v.status = 'accepted'
        AND v.ends > v.starts + interval '2 hours')
SQL
}

my %told;
my $wrong = '';
for my $step (1 .. 250 * $storm) {
    my $call;
    if (rand() < 0.2) {
        my $row = row();
        $row = row() while $row =~ /^\(3/;
        my $refused = foretell($row);
        $call = "INSERT INTO appointment $columns VALUES $row";
        my $answer = query($node, 'SELECT try($try$' . $call . '$try$)');
        $told{$answer}++;
        $wrong = "step $step: $answer of $call" if ($answer ne 'written') ne ($refused eq 't');
    }
    elsif (rand() < 0.25) {
        $call = 'SELECT outcome FROM bookonce.' . verb();
        eval { query($node, $call) };
        $wrong = "step $step: $@" if $@ && $@ !~ /OB003/;
    }
    else {
        $call = statement();
        $told{ query($node, 'SELECT try($try$' . $call . '$try$)') }++;
    }
    $wrong ||= agree("step $step, after $call");
    last if $wrong;
}
is($wrong, '', 'each step of a walk leaves rows and bookings that agree');
cmp_ok($told{written} // 0, '>', 50, 'writes went through');
cmp_ok($told{'23P01'} // 0, '>', 20, 'and others were refused');
note join ', ', map { "$told{$_} $_" } sort keys %told;

# The checker fails when the trigger is weakened.
query($node, 'ALTER TABLE appointment DISABLE TRIGGER bookonce_follow_update');
query($node,
    "UPDATE appointment SET starts = '2030-02-01', ends = '2030-02-02' WHERE id = (SELECT max(id) FROM appointment)");
query($node, "UPDATE appointment SET status = 'accepted', room = 1 WHERE id = (SELECT max(id) FROM appointment)");
isnt(agree('weakened'), '', 'what is written while a trigger is disabled is found');
query(
    $node,
    'ALTER TABLE appointment ENABLE TRIGGER bookonce_follow_update; DELETE FROM appointment;
        DELETE FROM bookonce.booking'
);
new_errors($node);

# pgbench runs scripts of these at once; an error other than a refusal ends it.
sub clients
{
    my ($name, $clients, $transactions, @scripts) = @_;
    my $dir = PostgreSQL::Test::Utils::tempdir();
    my $n = 0;
    my @files = map {
        my $file = "$dir/script" . $n++;
        append_to_file($file, $_);
        ('-f', $file)
    } @scripts;
    command_ok([
            'pgbench', '-n', '-U', 'app', '-c', $clients, '-j', 2, '-t', $transactions, "--random-seed=$seed", @files,
            '-h', $node->host, '-p', $node->port, 'postgres'
        ],
        "$name: every client gets its answers");
    is(new_errors($node), '', "$name: no error in the server's log");
    is(agree($name), '', "$name: rows and bookings agree");
}
sub tried { return 'SELECT try($try$' . $_[0] . "\$try\$);\n" }

# 16 clients, a slot each few tries: single rows, several rooms in one statement, and the verb.
query($node, 'GRANT EXECUTE ON FUNCTION try TO app');
my $slot = "'2030-03-01'::timestamptz + (nextval('hot') / 40) * interval '1 hour'";
my $hot = "INSERT INTO appointment $columns SELECT r, t, t + interval '1 hour', 'accepted', 'hot', 1
        FROM (SELECT $slot AS t) AS t, "
    . 'generate_series(ROOMS) AS r';
clients(
    'hot slots',
    16,
    30 * $storm,
    tried($hot =~ s/ROOMS/1, 1/r),
    tried($hot =~ s/ROOMS/1, 2/r),
    tried($hot =~ s/ROOMS/2, 1, -1/r),
    "SELECT outcome FROM bookonce.book_slot('room:1', (SELECT tstzrange(t, t + interval '1 hour')
        FROM (SELECT $slot AS t) AS t), 'verb');\n"
);
is( query(
        $node, "SELECT count(*) FROM generate_series(0, (SELECT last_value FROM hot) / 40 - 1) AS s
         WHERE NOT EXISTS (SELECT FROM bookonce.live_booking WHERE resource = 'room:1'
             AND lower(during) = '2030-03-01'::timestamptz + s * interval '1 hour')"
    ),
    '0',
    'hot slots: each is sold');

# Anything at once: many scripts, each with statements that the seed chose.
query($node, 'DELETE FROM appointment; DELETE FROM bookonce.booking');
query($node, "INSERT INTO appointment $columns VALUES " . join ', ', map { row() =~ s/accepted/pending/r } 1 .. 60);
clients(
    'storm', 8,
    25 * $storm,
    map {
        my $text =
            rand() < 0.7
            ? tried(statement())
            : "DO \$do\$ BEGIN PERFORM bookonce."
            . verb()
            . "; EXCEPTION WHEN SQLSTATE 'OB003' THEN NULL; END \$do\$;\n";
        $text
    } 1 .. 60);

# Restored from a dump, everything is as it was, and goes on working.
query($node, 'CREATE DATABASE copy');
command_ok([
        'bash', '-c',
        "pg_dump -Fc -d '" . $node->connstr('postgres') . "' | pg_restore -e -d '" . $node->connstr('copy') . "'"
    ],
    'a dump is restored');
is($node->safe_psql('copy', 'SELECT * FROM bookonce.check_integrity()'), '', 'rows and bookings agree there');
is($node->safe_psql('copy', 'SELECT relation, is_followed FROM bookonce.followed_tables'),
    'appointment|t', 'it is followed there');
$node->safe_psql('copy',
    "INSERT INTO appointment VALUES (1000000, 1, '2031-01-07 09:00', '2031-01-07 10:00', 'accepted', 'x', 1)");
is( $node->safe_psql(
        'copy', "SELECT outcome FROM bookonce.book_slot('room:1', '[2031-01-07 09:30, 2031-01-07 10:30)', 'verb')"),
    'taken',
    'and what is written there is booked');

done_testing();
