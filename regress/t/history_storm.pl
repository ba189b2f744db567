# history_storm.pl: clients use all kinds of verbs on a few hot objects, at once; the history of each object must be
# linearizable. And on servers whose guard was broken on purpose, the same storm and checker must find a history that is
# not.
#
# Only a history shows these faults, not the tables at the end: `taken` for a slot that was free, `filled` before it was
# filled, an answer from the past. BOOKONCE_SEED repeats the choices (not the timing); BOOKONCE_STORM=N makes the storm
# N times as long. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(uniq);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;
use BookonceWorkload;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

# No JIT: where an index is dropped below, the server would compile each query for longer than it runs.
my $node = new_server('history_storm', conf => "fsync = off\n");
query($node, $BookonceWorkload::sql);

# One storm of six clients. Returns the histories that nothing explains.
my ($operations, $histories, $runs) = (0, 0, 0);
my %told;
sub storm
{
    my ($database, $epochs, @kinds) = @_;
    $runs++;
    $node->safe_psql($database, "CALL new_objects($epochs)");
    my @calls = finish_clients(
        start_clients(
            $node->connstr($database),
            workload(clients => 6, epochs => $epochs, seed => "$seed$runs", kinds => \@kinds)));
    my ($count, @wrong) = unexplained(@calls);
    $operations += @calls;
    $histories += $count;
    for my $call (@calls) {
        my @verdicts = uniq(split /,/, $call->{verdict} =~ s/ -?\d+$//r); # of a group, each once
        $told{ "$call->{call}[0]: " . join ',', @verdicts }++;
    }
    return @wrong;
}

# The answers that the storms must have given, so that the histories contain them.
my @verdicts = (
    'book: booked f',
    'book: booked t',
    'book: taken f',
    'cancel: cancelled f',
    'cancel: hold_expired f',
    'confirm: confirmed f',
    'confirm: hold_expired f',
    'reschedule: rescheduled f',
    'reschedule: taken f',
    'change: changed f',
    'firm: confirmed f',
    'firm: taken f',
    'extend: extended f',
    'extend: unknown',
    'place: rescheduled f',
    'place: taken f',
    'sweep: swept',
    'move: rescheduled f',
    'move: too_late f,rescheduled f',
    'move: taken f',
    'cancel: too_late f,cancelled f',
    'join: waiting f',
    'join: waiting t',
    'join: free_now f',
    'join: offered t',
    'leave: left f',
    'leave: offered f',
    'give: cancelled f',
    'claim: claimed f',
    'claim: claimed_by_other f',
    'release: released f',
    'adjust: applied f',
    'adjust: out_of_bounds f',
    'accept: accepted f',
    'accept: filled f');

# With the guards intact. Deleting for the diaries also deletes the keys of counters, so diaries have a storm without
# counters. Some verdicts are rare: the storms go on until each was told.
my $run = 0;
while ($run++ < $storm || ($run <= $storm + 40 && grep { !$told{$_} } @verdicts)) {
    is(join("\n\n", storm('postgres', 10, ('series') x 5, ('line') x 4, grep { $_ ne 'diary' } sort keys %kinds)),
        '', "storm $run: the history of every object is linearizable");
    is(join("\n\n", storm('postgres', 5, ('diary') x 4, 'series', 'pool', 'room', 'request')),
        '', '.. and where old rows are deleted meanwhile');
    is(query($node, 'SELECT * FROM bookonce.check_integrity()'), '', '.. and check_integrity() finds nothing');
}
is(new_errors($node), '', "no error in the server's log");
note "$operations operations, $histories histories, $BookonceHistory::states states searched";
note join ', ', map { "$_ x $told{$_}" } sort keys %told;
for my $verdict (@verdicts) {
    cmp_ok($told{$verdict} // 0, '>', 0, "some were told: $verdict");
}

# The guards are broken: how, in which objects that shows, and as what.
my $book_slot = 'bookonce.book_slot(resource text, during tstzrange, holder text, quantity integer DEFAULT 1,
        hold_for interval DEFAULT NULL, allow_overlap boolean DEFAULT false,
    details jsonb DEFAULT NULL, idempotency_key text DEFAULT NULL, valid_until timestamptz DEFAULT NULL,
        max_wait interval DEFAULT NULL, tenant text DEFAULT \'default\') RETURNS bookonce.booking_answer';
my @broken = ([
        'the exclusion constraint is dropped', 'room',
        'ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap'
    ],
    [ 'the index of keys is dropped', 'pool', 'DROP INDEX bookonce.booking_idempotency_key' ],
    [
        'a capacity is raised behind the back of the verbs', 'pool',
        'CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.capacity := 4; RETURN NEW; END $$;
         CREATE TRIGGER raise_it BEFORE INSERT ON bookonce.resource FOR EACH ROW
             WHEN (NEW.capacity = 3) EXECUTE FUNCTION raise_it()'
    ],
    [ 'the primary key of claims is dropped', 'email', 'ALTER TABLE bookonce.claim DROP CONSTRAINT claim_pkey' ],
    [
        'a request has a position more than it asked for', 'request',
        'CREATE FUNCTION add_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO bookonce."position"
            (request_id, "position") VALUES (NEW.request_id, 4); UPDATE bookonce.request SET positions = 4
                WHERE request_id = NEW.request_id; RETURN NULL; END $$;
         CREATE TRIGGER add_one AFTER INSERT ON need FOR EACH ROW EXECUTE FUNCTION add_one()'
    ],
    [
        'who comes last is served first', 'line',
        'CREATE SEQUENCE came; CREATE FUNCTION first() RETURNS trigger
            LANGUAGE plpgsql AS $$ BEGIN NEW.priority := nextval(\'public.came\'); RETURN NEW; END $$;
         CREATE TRIGGER first BEFORE INSERT ON bookonce.waiter FOR EACH ROW EXECUTE FUNCTION first()'
    ],
    [
        'it is forgotten that somebody waits', 'line',
        'CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.has_waiters := false;
            RETURN NEW; END $$;
         CREATE TRIGGER forget BEFORE UPDATE ON bookonce.resource FOR EACH ROW EXECUTE FUNCTION forget()'
    ],
    # These are right one call at a time.
    [
        'look first, then book', 'room', "CREATE OR REPLACE FUNCTION $book_slot LANGUAGE plpgsql AS \$\$
         DECLARE
             wanted bigint := (SELECT resource_id FROM bookonce.resource AS r WHERE r.resource = \$1);
             answer bookonce.booking_answer;
         BEGIN
             answer.replayed := EXISTS (SELECT FROM bookonce.booking AS b WHERE b.idempotency_key = \$8);
             answer.outcome := CASE WHEN NOT answer.replayed AND EXISTS (SELECT FROM bookonce.booking AS b
                 WHERE b.resource_id = wanted AND b.during && \$2 AND b.released_at IS NULL)
                                    THEN 'taken' ELSE 'booked' END;
             IF answer.outcome = 'booked' AND NOT answer.replayed THEN
                 INSERT INTO bookonce.booking (resource_id, unit, during, blocks, holder, idempotency_key)
                     VALUES (wanted, NULL, \$2, \$2, \$3, \$8);
             END IF;
             RETURN answer;
         END \$\$"
    ],
    [
        'a lost update', 'stock',
        'CREATE OR REPLACE FUNCTION bookonce.adjust_counter(counter text, delta bigint,
            idempotency_key text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT \'default\')
         RETURNS bookonce.counter_answer LANGUAGE plpgsql AS $$
         DECLARE
             was bigint := (SELECT e.value FROM bookonce.counter_entry AS e WHERE e.counter = $1
                 AND e.idempotency_key = $3);
             now_at bigint := (SELECT c.value FROM bookonce.counter AS c WHERE c.counter = $1);
         BEGIN
             IF was IS NOT NULL THEN RETURN ROW(\'applied\', true, was)::bookonce.counter_answer; END IF;
             IF now_at + $2 NOT BETWEEN 0 AND 10 THEN RETURN ROW(\'out_of_bounds\', false,
                 now_at)::bookonce.counter_answer; END IF;
             UPDATE bookonce.counter AS c SET value = now_at + $2 WHERE c.counter = $1;
             INSERT INTO bookonce.counter_entry (counter, entry, delta, value, idempotency_key)
                 VALUES ($1, 1, $2, now_at + $2, $3) ON CONFLICT DO NOTHING;
             RETURN ROW(\'applied\', false, now_at + $2)::bookonce.counter_answer;
         END $$'
    ],
    [
        'a group says of its members what it saw before it waited', 'series',
        'ALTER FUNCTION bookonce.cancel_group RENAME TO cancel_group_really;
         CREATE FUNCTION bookonce.cancel_group(group_id uuid, reason text DEFAULT NULL, since timestamptz DEFAULT NULL,
             max_wait interval DEFAULT NULL, tenant text DEFAULT \'default\')
         RETURNS SETOF bookonce.booking_answer LANGUAGE plpgsql AS $$
         DECLARE
             was bookonce.booking_status[] := ARRAY(SELECT b.status FROM bookonce.booking AS b WHERE b.group_id = $1
                 ORDER BY b.member);
             answer bookonce.booking_answer;
             number integer := 0;
         BEGIN
             FOR answer IN SELECT * FROM bookonce.cancel_group_really($1, $2, $3) LOOP
                 number := number + 1;
                 answer.replayed := was[number] = \'cancelled\';
                 RETURN NEXT answer;
             END LOOP;
         END $$'
    ],
    [
        'old rows are deleted one by one', 'diary',
        'CREATE OR REPLACE FUNCTION bookonce.delete_old(before timestamptz, at_most integer DEFAULT 10000) RETURNS
            bigint LANGUAGE sql AS $$
             WITH d AS (DELETE FROM bookonce.booking WHERE upper(during) < before RETURNING 1)
                 SELECT count(*) FROM d $$'
    ],
    [
        'a group is moved member by member', 'series',
        'CREATE OR REPLACE FUNCTION bookonce.reschedule_group(group_id uuid, by interval DEFAULT NULL,
            durings tstzrange[] DEFAULT NULL, since timestamptz DEFAULT NULL, max_wait interval DEFAULT NULL,
                tenant text DEFAULT \'default\')
         RETURNS SETOF bookonce.booking_answer LANGUAGE sql AS $$
             SELECT m.* FROM (SELECT b.*, coalesce($3[b.member], tstzrange(lower(b.during) + coalesce($2, \'0\'),
                 upper(b.during) + coalesce($2, \'0\'))) AS place
                              FROM bookonce.booking AS b WHERE b.group_id = $1 ORDER BY b.member) AS b,
                  LATERAL bookonce.reschedule_booking(b.booking_id, CASE WHEN upper(b.during) <= coalesce($4, now())
                      THEN b.during ELSE b.place END) AS m $$'
    ],
    [
        "another's hold is extended", 'hold',
        'ALTER FUNCTION bookonce.extend_hold RENAME TO extend_hold_really;
         CREATE FUNCTION bookonce.extend_hold(booking_id uuid, hold_for interval, holder text DEFAULT NULL,
             max_wait interval DEFAULT NULL, tenant text DEFAULT \'default\')
         RETURNS bookonce.booking_answer LANGUAGE sql AS $$ SELECT * FROM bookonce.extend_hold_really($1, $2) $$'
    ],
    [
        'a hold that is extended lapses all the same', 'hold',
        'ALTER FUNCTION bookonce.extend_hold RENAME TO extend_hold_really;
         CREATE FUNCTION bookonce.extend_hold(booking_id uuid, hold_for interval, holder text DEFAULT NULL,
             max_wait interval DEFAULT NULL, tenant text DEFAULT \'default\')
         RETURNS bookonce.booking_answer LANGUAGE sql AS $$
             SELECT * FROM bookonce.extend_hold_really($1, \'50 milliseconds\', $3) $$'
    ],
    # Nothing is ever wrong in the tables.
    [
        'a cache of what is taken, which hears of a cancellation when five more have come', 'room',
        "ALTER FUNCTION bookonce.book_slot RENAME TO book_slot_really;
         CREATE FUNCTION $book_slot LANGUAGE plpgsql AS \$\$
         BEGIN
             IF EXISTS (SELECT FROM (SELECT * FROM bookonce.booking WHERE released_at IS NOT NULL
                 ORDER BY released_at DESC LIMIT 5) AS b
                        JOIN bookonce.resource AS r USING (resource_id) WHERE r.resource = \$1 AND b.during && \$2)
                AND NOT EXISTS (SELECT FROM bookonce.booking AS b WHERE b.idempotency_key = \$8) THEN
                 RETURN ROW('taken', false, NULL, NULL, \$1, NULL, \$2, NULL, NULL, NULL)::bookonce.booking_answer;
             END IF;
             RETURN bookonce.book_slot_really(\$1, \$2, \$3, \$4, \$5, \$6, \$7, \$8);
         END \$\$"
    ],);
forget_connection($node);
# The long form tries all of them; the short form a third, chosen by the seed.
for my $number (grep { $storm > 1 || ($_ + $seed) % 3 == 0 } 1 .. @broken) {
    my ($how, $kind, $sql) = @{ $broken[ $number - 1 ] };
    $node->safe_psql('template1', "CREATE DATABASE broken$number TEMPLATE postgres");
    $node->safe_psql("broken$number", $sql);
    my ($storms, @wrong) = 0;
    while (!@wrong && $storms++ < 40) { @wrong = storm("broken$number", 3, $kind) }
    cmp_ok(scalar @wrong, '>', 0, "broken: $how: the history is not linearizable");
    note "storm $storms: $wrong[0]" if @wrong;
}
$node->stop;
done_testing();
