# statistics.pl: bookonce.statistics has exactly what clients of a storm were told, counts calls that fail, whoever
# catches the error, and calls within calls; it is a database's own, ends with the server, and is nothing that a bound
# role sees. Where there is no room to count, calls are answered as ever, and the view says so.
#
# BOOKONCE_SEED repeats the choices, BOOKONCE_STORM=N makes the storm N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

# Its room for locks is used up below.
my $conf = "fsync = off\nmax_connections = 40\nmax_locks_per_transaction = 64\ndeadlock_timeout = 10ms\n"
    . "dynamic_shared_memory_type = mmap\n";
my $node = new_server('statistics', conf => $conf);
my $major = int query($node, 'SHOW server_version_num') / 10_000;

# What was counted, a line `verb outcome replayed answers` each.
my $read = "SELECT concat_ws(' ', verb, outcome, replayed, answers) FROM bookonce.statistics ORDER BY 1";
sub counted { my ($on) = @_; return query($on // $node, $read) }

# Forgets all that was counted, and asks for nothing that is counted itself.
sub reset_all { query($_[0] // $node, 'SELECT bookonce.reset_statistics()'); return }

query($node, <<'SQL');
SELECT bookonce.define_resource('room:' || n) FROM generate_series(1, 3) AS n;
SELECT bookonce.define_counter('stock', 50, 0, 100), bookonce.define_resource('pool', 2);
SQL
like(counted(), qr/^define_counter done f 1\ndefine_resource done f 5$/, 'verbs without outcomes are counted as done');
my $since = query($node, 'SELECT bookonce.counted_since()');
reset_all();
is(counted(), '', 'reset_statistics() forgets them');
is(query($node, "SELECT bookonce.counted_since() > '$since' AND bookonce.counted_since() <= clock_timestamp()"),
    't', '.. and counts from then on');

# A storm. Each client records its answers.
sub calls_of
{
    my ($client) = @_;
    my $left = 60 * $storm;
    my $last = {
        object => 'all',
        call => ['book_slot'],
        sql => "SELECT outcome, replayed FROM bookonce.book_slot('pool', '[2030-02-0$client, 2030-02-0$client 12:00)', "
            . "'c$client', idempotency_key => 'first:$client');"
    };
    srand $seed + $client;
    return sub {
        return undef if $left-- <= 0;
        return $last if $left > 60 * $storm - 3 || !int rand 4;
        my ($n, $hour, $key) = (1 + int rand 3, int rand 20, "'$client:" . int(rand 6) . "'");
        my @calls = (
            [ 'book_slot', "('room:$n', " . slot($hour) . ", 'c$client', idempotency_key => $key)" ],
            [ 'book_slot', "('room:$n', " . slot($hour) . ", '')" ],
            [
                'book_slots',
                "(ARRAY[ROW('room:$n', "
                    . slot($hour)
                    . ", 1, NULL, NULL, NULL), ROW('pool', "
                    . slot($hour)
                    . ", 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'c$client', all_or_nothing => false)"
            ],
            [ 'claim', "('seat', '$hour', 'c$client')" ],
            [ 'release_claim', "('seat', '$hour', 'c$client')" ],
            [ 'adjust_counter', "('stock', @{[ -20 + int rand 41 ]}, idempotency_key => $key)" ],
            [ 'cancel_booking', '(gen_random_uuid())' ],
            [ 'open_request', '(' . slot($hour) . ", 1, 'c$client')" ]);
        my ($verb, $arguments) = @{ $calls[ int rand @calls ] };
        my $select = "SELECT string_agg(outcome || CASE WHEN replayed THEN ' t' ELSE ' f' END, ',')
                FROM bookonce.$verb$arguments;";
        # A call that is rolled back was answered all the same.
        my $sql = int rand 5 ? $select : "BEGIN; $select ROLLBACK;";
        return $last = { object => 'all', call => [$verb], sql => $sql };
    };
}
my $connection = $node->connstr('postgres') . ' user=app';
my (%told, $answers);
for my $call (finish_clients(start_clients($connection, map { calls_of($_) } 1 .. 8))) {
    my @said = $call->{verdict} =~ /^ERROR/ ? ('error f') : split /,/, $call->{verdict};
    $told{"$call->{call}[0] $_"}++ for @said;
    $answers += @said;
}
is(counted(), join("\n", sort map { "$_ $told{$_}" } keys %told), "a storm of $answers answers is counted exactly");
cmp_ok(scalar keys %told, '>', 12, '.. of many kinds');
cmp_ok($told{'book_slot error f'}, '>', 0, '.. errors too');
cmp_ok($told{'book_slot booked t'} // 0, '>', 0, '.. and replays');

# Errors that somebody catches; those that nobody does; and one that comes after an answer.
reset_all();
my $nine = slot(9);
query($node, <<"SQL");
CREATE FUNCTION attempt(call text) RETURNS void LANGUAGE plpgsql AS \$\$
BEGIN
    EXECUTE 'SELECT ' || call;
EXCEPTION WHEN OTHERS THEN
    NULL;
END \$\$;
SELECT attempt(\$c\$bookonce.claim('e-mail', 'a', '')\$c\$), attempt(\$c\$bookonce.claim('e-mail', 'a', 'ann')\$c\$),
    attempt(\$c\$1 / (SELECT count(*) - 1 FROM bookonce.claim('e-mail', 'a', 'ben'))\$c\$), attempt('1 / 0');
SQL
is( counted(),
    "claim claimed f 1\nclaim claimed_by_other f 1\nclaim error f 1",
    'an error that is caught is one, and an error of the caller\'s own is none');
my $session = session($node);
$session->ask($_)
    for 'BEGIN', "SELECT bookonce.claim('e-mail', 'b', 'ann')", 'SAVEPOINT s',
    "SELECT bookonce.claim('e-mail', 'c', '')", 'ROLLBACK TO s', "SELECT bookonce.claim('e-mail', 'c', 'ann')",
    'ROLLBACK';
is( counted(),
    "claim claimed f 3\nclaim claimed_by_other f 1\nclaim error f 2",
    'nor is a transaction that is rolled back');

# A session that is ended while it waits.
reset_all();
$session->ask("BEGIN; SELECT bookonce.book_slot('room:1', '[2030-02-01, 2030-02-02)', 'ann')");
my $other = session($node);
$other->tell_and_wait("SELECT bookonce.book_slot('room:1', '[2030-02-01, 2030-02-02)', 'ben')");
query($node, "SELECT pg_terminate_backend(@{[ $other->pid ]}, 60000)");
$other->last_words;
$session->ask('ROLLBACK');
is(counted(), "book_slot booked f 1\nbook_slot error f 1", 'a call whose session is ended is an error');

# A verb within a verb, by a trigger of the owner's; and one that fails there, caught or not.
reset_all();
query($node, <<'SQL');
CREATE FUNCTION inner_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.holder = 'caught' THEN
        BEGIN
            PERFORM bookonce.claim('inner', 'x', '');
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    ELSIF new.holder = 'lost' THEN
        PERFORM bookonce.claim('inner', 'x', '');
    ELSE
        PERFORM bookonce.claim('inner', 'x', new.holder);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER inner_call AFTER INSERT ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION inner_call();
SQL
my $book =
    sub { return "SELECT outcome FROM bookonce.book_slot('room:1', '[2030-03-0$_[0], 2030-03-0$_[1])', '$_[2]')" };
is( join(' ', map { $session->ask($_) } $book->(1, 2, 'ann'), $book->(2, 3, 'ben'), $book->(3, 4, 'caught')),
    'booked booked booked',
    'a trigger calls a verb');
is( counted(),
    "book_slot booked f 3\nclaim claimed f 1\nclaim claimed_by_other f 1\nclaim error f 1",
    '.. and both are counted, each with its own answer');
like($session->ask($book->(4, 5, 'lost')), qr/22023/, 'it fails, and the booking with it');
is( counted(),
    "book_slot booked f 3\nbook_slot error f 1\nclaim claimed f 1\nclaim claimed_by_other f 1\nclaim error f 2",
    '.. two errors');
query($node, 'DROP TRIGGER inner_call ON bookonce.booking');

# Two databases.
$node->safe_psql('postgres', 'CREATE DATABASE second');
$node->safe_psql('second', "CREATE EXTENSION bookonce; SELECT bookonce.setup(), bookonce.define_resource('room:1')");
my $before = counted();
is($node->safe_psql('second', $read), 'define_resource done f 1', 'another database has its own');
is(counted(), $before, '.. which the first does not show');
$node->safe_psql('second', 'SELECT bookonce.reset_statistics()');
is(counted(), $before, '.. and does not forget');

# A copy of a database has functions with the same ids.
forget_connection($node);
$session->quit;
$node->safe_psql('template1', 'CREATE DATABASE copy TEMPLATE postgres');
is($node->safe_psql('copy', $read), '', 'nor does a copy of the first show anything of it');

# Counts of an extension that was dropped belong to nobody.
$node->safe_psql('second', "SELECT bookonce.claim('e-mail', 'a', 'ann'); DROP SCHEMA bookonce CASCADE");
$node->safe_psql('second', 'CREATE EXTENSION bookonce; SELECT bookonce.setup()');
is($node->safe_psql('second', $read), '', 'a new extension begins at zero');
my $kept = session($node, undef, 'second');
$kept->ask("SELECT bookonce.claim('e-mail', 'b', 'ann')");
$kept->ask($_)
    for 'DROP EXTENSION bookonce CASCADE', 'DROP SCHEMA IF EXISTS bookonce CASCADE', 'CREATE EXTENSION bookonce',
    'SELECT bookonce.setup()', "SELECT bookonce.claim('e-mail', 'c', 'ann')";
is($kept->ask($read), 'claim claimed f 1', '.. also in a session that has counted for the old one');
$kept->quit;

# Who sees it.
query($node, <<'SQL');
CREATE ROLE watcher LOGIN; GRANT USAGE ON SCHEMA bookonce TO watcher; GRANT SELECT ON bookonce.statistics TO watcher;
CREATE ROLE tied LOGIN; SELECT bookonce.grant_usage('tied', 'admin', tenant => 'acme'); GRANT
    SELECT ON bookonce.statistics TO tied;
SQL
my %sees = map { $_ => [ $node->psql('postgres', $read, extra_params => [ '-U', $_ ]) ] } 'app', 'watcher', 'tied';
is($sees{watcher}[1], $before, 'a role that was granted the view sees what the owner does');
is($sees{tied}[1], '', '.. a bound role nothing, even if it was granted');
like($sees{app}[2], qr/permission denied for view statistics/, '.. others are denied');
is($node->safe_psql('postgres', 'SELECT count(*) FROM bookonce.count_answers()', extra_params => [ '-U', 'tied' ]),
    '0', 'nor does the function behind it show a bound role anything');
my ($code, undef, $denied) =
    $node->psql('postgres', 'SELECT bookonce.reset_statistics()', extra_params => [ '-U', 'tied' ]);
like($denied, qr/permission denied for function reset_statistics/, 'nobody forgets it but the owner');

# A restart.
my $ended = query($node, 'SELECT clock_timestamp()');
sub restart { forget_connection($node); $node->restart; return }
restart();
is(counted(), '', 'a server that was restarted begins at zero');
is(query($node, "SELECT bookonce.counted_since() > '$ended'"), 't', '.. and says since when');

# More kinds than there are counters: each of these functions is one more verb.
query($node, <<'SQL');
DO $$
BEGIN
    FOR n IN 1 .. 1400 LOOP
        EXECUTE format($f$CREATE FUNCTION public.verb_%s(scope text, value text, claimant text, details jsonb,
            max_wait interval, tenant text)
            RETURNS bookonce.claim_answer LANGUAGE C AS '$libdir/bookonce', 'bookonce_claim'$f$, n);
        EXECUTE format('SELECT attempt(%L)', format($c$public.verb_%s(NULL, NULL, NULL, NULL, NULL, NULL)$c$, n));
    END LOOP;
END $$;
SQL
my %counts = map { /^(\S+) (\S+).* (\d+)$/ ? ("$1 $2" => $3) : () } split /\n/, counted();
my $crowd = grep { /^verb_\d+ error/ } keys %counts;
my ($left_out) = counted() =~ /^not_counted (\d+)$/m;
cmp_ok($crowd, '>', 1300, "$crowd kinds have a counter");
is($left_out, 1400 - $crowd, '.. and the others are said to be left out');
query($node, "SELECT bookonce.claim('e-mail', 'd', 'ann')");
is((counted() =~ /^not_counted (\d+)$/m)[0], $left_out + 1, '.. as is whatever comes after');

# No room. On PostgreSQL 15 and 16 the table of locks has grown into the spare memory; from 17 on there is no place for
# a segment.
sub use_up
{
    my ($on) = @_;
    if ($major >= 17) {
        chmod 0500, $on->data_dir . '/pg_dynshmem' or die "chmod: $!\n";
    }
    else {
        my ($code, undef, $error) =
            $on->psql('postgres', 'SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 1000000) AS n');
        like($error, qr/out of shared memory/, 'the spare memory is used up');
    }
    return;
}
restart();
use_up($node);
is(counted(), 'not_counted', 'without room the view says so');
is(query($node, 'SELECT bookonce.counted_since() IS NULL'), 't', '.. and since when is unknown');
is(query($node, $book->(7, 8, 'ann')), 'booked', '.. calls are answered as ever');
is(query($node, $book->(7, 8, 'ben')), 'taken', '.. refused too');
like(session($node)->ask("SELECT bookonce.claim('e-mail', 'e', '')"), qr/22023/, '.. and errors are told');
reset_all();
is(counted(), 'not_counted', '.. nothing is counted, and to forget it is no error');
chmod 0700, $node->data_dir . '/pg_dynshmem';

# Preloaded, the server has room for it whatever others take. (From 17 on it makes no difference.)
SKIP: {
    skip 'from version 17 on the memory is not taken from the server\'s spare', 3 if $major >= 17;
    $node->append_conf('postgresql.conf', "shared_preload_libraries = '\$libdir/bookonce'");
    restart();
    use_up($node);
    is(query($node, $book->(7, 8, 'cleo')), 'taken', 'preloaded');
    is(counted(), 'book_slot taken f 1', '.. it counts');
}

forget_connection($node);
$node->stop;
done_testing();
