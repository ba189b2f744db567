# crash.pl: a backend is killed, or the whole server stops at once. Afterwards everything that was acknowledged is
# there; whatever was not committed is gone, its slot and key are free, and no lock stays.
#
# BOOKONCE_SEED repeats what the clients under load ask for; BOOKONCE_STORM=N crashes N times as often.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;
use BookonceWorkload;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

my $node = new_server('crash', conf => "fsync = on\nsynchronous_commit = on\nrestart_after_crash = on\n");
sub book
{
    my ($hour, $holder, $key) = @_;
    return
          'SELECT outcome, replayed FROM bookonce.book_slot(\'room:1\', '
        . slot($hour)
        . ", '$holder', idempotency_key => '$key')";
}
sub ask { my ($sql) = @_; return $node->safe_psql('postgres', $sql, extra_params => [ '-U', 'app' ]) }
sub count { my ($sql) = @_; return $node->safe_psql('postgres', "SELECT count(*) FROM $sql") }

for my $way ('a backend is killed', 'the server stops at once') {
    $node->safe_psql('postgres', 'TRUNCATE bookonce.booking');
    is(ask(book(9, 'ann', 'committed')), 'booked|f', "$way: before that, a booking is committed");
    my $id = ask("SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(10) . ", 'ann', hold_for => '1 day')");

    my $ann = session($node, 'app');
    my $bob = session($node, 'app');
    $ann->ask('BEGIN; ' . book(11, 'ann', 'uncommitted') . "; SELECT bookonce.confirm_booking('$id')");
    $bob->tell_and_wait(book(11, 'bob', 'waiting'));
    if ($way eq 'a backend is killed') {
        kill 'KILL', $ann->pid;
        $_->last_words for $ann, $bob;
        forget_connection($node);
        $node->poll_query_until('postgres', undef, '') or die 'the server does not come back';
    }
    else {
        $node->stop('immediate');
        $_->last_words for $ann, $bob;
        forget_connection($node);
        $node->start;
    }
    is(count('pg_locks WHERE locktype = \'advisory\''), '0', '.. no lock stays');
    is(count('bookonce.booking'), '2', '.. what was under way is gone');
    is(ask(book(9, 'ann', 'committed')), 'booked|t', '.. what was committed is there: a replay');
    is(ask("SELECT outcome, replayed FROM bookonce.confirm_booking('$id')"),
        'confirmed|f', '.. and so is the hold, unconfirmed');
    is(ask(book(11, 'eve', 'uncommitted')), 'booked|f', '.. the slot and the key are free');
}

# Clients use all kinds of verbs, while the server stops at once, and while backends are killed that hold a lock or wait
# for one. The clients repeat each call that was cut off, with its key, until they get an answer. Their answers must be
# linearizable, whether a cut call took effect or not, and everything acknowledged must be there.
$node->safe_psql('postgres', "$BookonceWorkload::sql" . <<'SQL');
CREATE FUNCTION waits_for(OUT waiter integer, OUT holder integer) LANGUAGE plpgsql AS $$
BEGIN
    WHILE holder IS NULL OR holder = 0 LOOP
        SELECT pid, (pg_blocking_pids(pid))[1] INTO waiter, holder FROM pg_locks WHERE NOT granted LIMIT 1;
        IF clock_timestamp() > statement_timestamp() + interval '2 minutes' THEN
            RAISE EXCEPTION 'nobody waits for anybody';
        END IF;
    END LOOP;
END $$;
SQL
sub kill_one
{
    my ($who) = @_;
    my $witness = session($node)->tell('SELECT pg_sleep(1000)'); # is in a call until the crash ends it
    my ($waiter, $holder) = split /\|/, $node->safe_psql('postgres', 'SELECT * FROM waits_for()');
    kill 'KILL', $who eq 'waits' ? $waiter : $holder;
    $witness->last_words;
    $node->poll_query_until('postgres', undef, '')
        or die 'the server does not come back'; # no query, or it may be sent to a psql that has given up
}

my ($crashes, $calls, $cut, $histories) = (0, 0, 0, 0);
for my $round (1 .. $storm) {
    $node->safe_psql('postgres', 'CALL new_objects(200)');
    my $over = PostgreSQL::Test::Utils::tempdir() . '/over';
    my $clients = start_clients(
        $node->connstr('postgres'),
        workload(
            clients => 6,
            epochs => 200,
            seed => "$seed$round",
            kinds => [ grep { !/hold|diary/ } sort keys %kinds ],
            is_over => sub { -e $over }));
    for my $way (
        'the server stops at once',
        'a backend is killed that holds a lock',
        $storm > 1 ? ('the server stops at once again', 'a backend is killed that waits for one') : ())
    {
        let_them_work($node);
        if ($way =~ /(holds|waits)/) {
            kill_one($1);
        }
        else {
            $node->stop('immediate');
            $node->start;
        }
        $crashes++;
        is($node->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'),
            '', "under load, round $round, $way: check_integrity() finds nothing");
    }
    let_them_work($node);
    append_to_file($over, '');
    my @told = finish_clients($clients);
    my ($count, @wrong) = unexplained(@told);
    is(join("\n\n", @wrong), '', '.. the history of every object is linearizable');
    is(lost_and_doubled($node, @told), 'lost 0, doubled 0', '.. all is there of which a client was told, and once');
    is(count('pg_locks WHERE locktype = \'advisory\''), '0', '.. no lock stays');
    $calls += @told;
    $cut += grep { !defined $_->{returned} } @told;
    $histories += $count;
}
cmp_ok($cut, '>', 0, 'calls were cut off');
is($node->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'),
    '', 'and in the end check_integrity() finds nothing');
note "$crashes crashes, $calls calls, $cut cut off, $histories histories, $BookonceHistory::states states searched";
$node->stop;
done_testing();
