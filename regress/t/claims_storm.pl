# claims_storm.pl: many clients at once claim the same values and adjust the same counters; the tables are counted
# afterwards.
#
# Every call is one statement that also writes down its answer, so answers and tables can be compared. No client may see
# an error. BOOKONCE_SEED repeats the random ones.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
note "BOOKONCE_SEED=$seed";

my $node = PostgreSQL::Test::Cluster->new('claims_storm');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nfsync = off\nmax_connections = 100\nlog_statement = none\n");
$node->start;
sub query { my ($sql) = @_; return $node->safe_psql('postgres', $sql) }

query(<<'SQL');
CREATE ROLE app LOGIN;
CREATE EXTENSION bookonce;
SELECT bookonce.setup(), bookonce.grant_usage('app');
CREATE TABLE told (storm text, what text, client integer, outcome text, replayed boolean, value bigint);
GRANT INSERT ON told TO app;
SQL

# Runs the script with this many clients, this many times each, as the application's role. :n counts a client's calls
# from 1.
sub storm
{
    my ($name, $clients, $times, $script, %options) = @_;
    my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
    append_to_file($file, "\\set n :n + 1\n$script");
    local $ENV{PGOPTIONS} = $options{isolation} ? "-c default_transaction_isolation=$options{isolation}" : '';
    my ($out, $err) = run_command([
        'pgbench', '-n', '-c', $clients, '-j', 2, '-t', $times, '-D', 'n=0', '--max-tries=10000',
        "--random-seed=$seed", '-f', $file, '-h', $node->host, '-p', $node->port, '-U', 'app', 'postgres'
    ]);
    my $all = $clients * $times;
    ok($out =~ m{transactions actually processed: $all/$all\b}, "$name: $clients clients, $times calls each, no error")
        or diag("$out\n$err");
}

# Compares the answers about a counter with its entries.
sub told_otherwise
{
    my ($storm) = @_;
    return query(<<"SQL");
SELECT count(*)
FROM (SELECT value FROM told WHERE storm = '$storm' AND outcome = 'applied' AND NOT replayed) AS t
FULL JOIN (SELECT value FROM bookonce.counter_entry WHERE counter = '$storm') AS e USING (value)
WHERE t.value IS NULL OR e.value IS NULL
SQL
}

# Sign-up: 64 requests for each of 20 e-mails.
storm('email', 64, 20, <<'SQL');
INSERT INTO told SELECT 'email', 'user' || :n || '@example.org', :client_id, a.outcome, a.replayed
FROM bookonce.claim('email', 'user' || :n || '@example.org', 'user:' || :client_id) AS a;
SQL
is( query(
        q{SELECT DISTINCT count(*) FILTER (WHERE outcome = 'claimed' AND NOT replayed),
            count(*) FILTER (WHERE outcome = 'claimed_by_other')
           FROM told WHERE storm = 'email' GROUP BY what}),
    '1|63',
    'email: one sign-up of 64 succeeds');
is( query(
        q{SELECT count(*) FROM told JOIN bookonce.claim AS c ON c.value = what AND claimant = 'user:' || client
            WHERE outcome = 'claimed'}
    ),
    '20',
    'email: it is the one that was told so');

# One claimant everywhere, released and claimed again in between: each claim that was told as new was free before.
storm('name', 16, 50, <<'SQL');
\set r random(1, 2)
INSERT INTO told SELECT 'name', '', :client_id, a.outcome, a.replayed
    FROM bookonce.claim('name', 'ann', 'user:' || :r) AS a;
INSERT INTO told SELECT 'name', '', :client_id, a.outcome, a.replayed
    FROM bookonce.release_claim('name', 'ann', 'user:' || :r) AS a;
SQL
is( query(
        q{SELECT count(*) FILTER (WHERE outcome = 'claimed') - count(*) FILTER (WHERE outcome = 'released')
           - (SELECT count(*) FROM bookonce.claim WHERE scope = 'name') FROM told WHERE storm = 'name' AND NOT replayed}
    ),
    '0',
    'name: as many releases as claims, but for the one that is left');

# Lost updates: 16 clients add one a hundred times.
query(q{SELECT bookonce.define_counter('plus')});
storm('plus', 16, 100, <<'SQL');
INSERT INTO told SELECT 'plus', '', :client_id, a.* FROM bookonce.adjust_counter('plus', 1) AS a;
SQL
is(query(q{SELECT value, entries FROM bookonce.counter WHERE counter = 'plus'}), '1600|1600', 'plus: exactly 1,600');
is(told_otherwise('plus'), '0', 'plus: each value was told once');
query(q{SELECT bookonce.define_counter('plus_rr'), bookonce.define_counter('plus_ssi')});
storm(
    "plus_$_->[0]", 8, 25,
    "SELECT bookonce.adjust_counter('plus_$_->[0]', 1, :client_id || ':' || :n);\n",
    isolation => $_->[1]) for [ 'rr', 'repeatable\ read' ], [ 'ssi', 'serializable' ];
is(query(q{SELECT value FROM bookonce.counter WHERE counter LIKE 'plus\_%'}),
    "200\n200", 'plus: the same under REPEATABLE READ and SERIALIZABLE');

# Bounds: any delta, a narrow counter.
query(q{SELECT bookonce.define_counter('stock', 10, 0, 20)});
storm('stock', 16, 100, <<'SQL');
\set delta random(1, 12) * (2 * random(0, 1) - 1)
INSERT INTO told SELECT 'stock', '', :client_id, a.* FROM bookonce.adjust_counter('stock', :delta,
    :client_id || ':' || :n) AS a;
SQL
is( query(
        q{SELECT count(*) FILTER (WHERE outcome = 'applied') - (SELECT entries FROM bookonce.counter
            WHERE counter = 'stock') FROM told WHERE storm = 'stock'}
    ),
    '0',
    'stock: as many entries as were told');
cmp_ok(query(q{SELECT count(*) FROM told WHERE storm = 'stock' AND outcome = 'out_of_bounds'}),
    '>', 100, 'stock: the bounds were met');

# Keys: all clients use the same 40, at once.
query(q{SELECT bookonce.define_counter('keys')});
storm('keys', 16, 40, <<'SQL');
INSERT INTO told SELECT 'keys', :n::text, :client_id, a.* FROM bookonce.adjust_counter('keys', 1, 'key:' || :n) AS a;
SQL
is(query(q{SELECT value, entries FROM bookonce.counter WHERE counter = 'keys'}), '40|40', 'keys: each is applied once');
is( query(
        q{SELECT DISTINCT count(*) FILTER (WHERE NOT replayed), count(DISTINCT value) FROM told WHERE storm = 'keys'
            GROUP BY what}
    ),
    '1|1',
    'keys: all that use one hear the same value, and one of them that it is new');
is(told_otherwise('keys'), '0', 'keys: each value was told once as new');

# Coupons: 50 for 100 accounts, two orders each, and every order may be repeated.
query(<<'SQL');
SELECT bookonce.define_counter('coupon', 50);
CREATE FUNCTION redeem(account integer, purchase integer, OUT outcome text, OUT replayed boolean, OUT value bigint)
    LANGUAGE plpgsql AS $$
DECLARE
    claimant text := format('%s:%s', account, purchase);
BEGIN
    SELECT a.outcome, a.replayed INTO outcome, replayed FROM bookonce.claim('coupon', account::text, claimant) AS a;
    IF outcome = 'claimed' THEN
        SELECT a.outcome, a.replayed, a.value INTO outcome, replayed, value
        FROM bookonce.adjust_counter('coupon', -1, claimant) AS a;
        IF outcome = 'out_of_bounds' THEN
            PERFORM bookonce.release_claim('coupon', account::text, claimant);
        END IF;
    END IF;
END
$$;
SQL
storm('coupon', 16, 60, <<'SQL');
\set account random(1, 100)
\set purchase random(1, 2)
INSERT INTO told SELECT 'coupon', :account::text, :client_id, r.* FROM redeem(:account, :purchase) AS r;
SQL
is( query(
        q{SELECT value, entries, (SELECT count(*) FROM bookonce.claim WHERE scope = 'coupon') FROM bookonce.counter
            WHERE counter = 'coupon'}
    ),
    '0|50|50',
    'coupon: all are redeemed, each by one account');
is( query(
        q{SELECT count(DISTINCT what), count(*) FROM told WHERE storm = 'coupon' AND outcome = 'applied'
            AND NOT replayed}
    ),
    '50|50',
    'coupon: no account redeems twice');

is(query('SELECT * FROM bookonce.check_integrity()'),
    '', 'the entries of every counter add up, and check_integrity() finds nothing else');

# 4,000 refusals and replays write nothing.
query(
    q{SELECT bookonce.claim('email', 'taken@example.org', 'ann'), bookonce.define_counter('full', 0, 0, 1),
        bookonce.adjust_counter('full', 1, 'once');
        CREATE EXTENSION pgstattuple; VACUUM bookonce.claim, bookonce.counter, bookonce.counter_entry; CHECKPOINT}
);
my $before = query(q{SELECT pg_snapshot_xmax(pg_current_snapshot()), pg_current_wal_insert_lsn()});
storm('nothing', 4, 200, <<'SQL');
SELECT bookonce.claim('email', 'taken@example.org', 'ben');
SELECT bookonce.claim('email', 'taken@example.org', 'ann');
SELECT bookonce.release_claim('email', 'taken@example.org', 'ben');
SELECT bookonce.adjust_counter('full', 1, 'twice');
SELECT bookonce.adjust_counter('full', 1, 'once');
SQL
my ($xid, $lsn) = split /\|/, $before;
is(query(q{SELECT pg_snapshot_xmax(pg_current_snapshot())}), $xid, 'nothing: no transaction id');
cmp_ok(query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$lsn')"),
    '<', 8192, 'nothing: hardly any write-ahead log');
# Counted in the tables, because a backend of an earlier storm that is about to end may still send its statistics.
is( query(
        q{SELECT sum(dead_tuple_count) FROM unnest(ARRAY['claim', 'counter', 'counter_entry']) AS t,
            pgstattuple('bookonce.' || t)}
    ),
    '0',
    'nothing: no dead row');

$node->stop;
done_testing();
