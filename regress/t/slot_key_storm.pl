# slot_key_storm.pl: the index finds what a search without it finds, after hundreds of thousands of random changes.
#
# Two storms. In the first, overlaps are allowed and the index is compared with range operators on plain columns. In the
# second, several clients write to bookonce.booking by hand and the exclusion constraint must hold.
# BOOKONCE_SEED repeats the first storm; BOOKONCE_STORM=N makes it N times as long (of 4 rounds of 20,000 rows).
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $rounds = 4 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $rounds rounds";

my $node = PostgreSQL::Test::Cluster->new('storm');
$node->init;
# Small buffers make pages travel; no fsync, since nothing crashes here. Raw writers do deadlock: let them hear of it
# soon.
$node->append_conf('postgresql.conf', <<'END');
shared_buffers = 16MB
fsync = off
autovacuum = off
max_wal_size = 4GB
jit = off
deadlock_timeout = 10ms
END
$node->start;
sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');
query(<<'SQL');
CREATE TABLE slot (id serial PRIMARY KEY, resource_id bigint, unit integer, blocks tstzrange, released_at timestamptz);
CREATE INDEX slot_key ON slot USING gist (bookonce.slot_key(resource_id, unit, blocks)) WHERE released_at IS NULL;
CREATE TABLE probe (n integer, resource_id bigint, unit integer, blocks tstzrange);

CREATE FUNCTION random_range(style integer, n integer) RETURNS tstzrange LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := '2026-01-01 00:00:00+00';
    length interval;
    form text := (ARRAY['[)', '[)', '()', '[]', '(]'])[1 + floor(random() * 5)];
BEGIN
    CASE style
        WHEN 0 THEN -- neighbours of a microsecond, in every bound form
            start := start + floor(random() * 2000) * interval '1 microsecond';
            length := floor(random() * 4) * interval '1 microsecond';
        WHEN 1, 4 THEN -- appointments anywhere in a year
            start := start + floor(random() * 35040) * interval '15 min';
            length := floor(1 + random() * 6) * interval '15 min';
        WHEN 2 THEN -- appended in the order of time
            start := start + n * interval '1 min';
            length := floor(random() * 90) * interval '1 min';
        WHEN 3 THEN -- the ends of time
            RETURN tstzrange(
                (ARRAY[NULL, '-infinity', '4714-11-24 00:00:00+00 BC', start])[1 + floor(random() * 4)],
                (ARRAY[NULL, 'infinity', '147999-12-31 00:00:00+00', start + interval '1 microsecond'])[1
                    + floor(random() * 4)], form);
        WHEN 5 THEN -- long beside short
            start := start + random() * interval '1000 days';
            length := CASE WHEN random() < 0.01 THEN random() * interval '30 years'
                ELSE random() * interval '3 hours' END;
    END CASE;
    RETURN tstzrange(start, start + length, form);
END $$;
CREATE FUNCTION random_resource(style integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT CASE style
        WHEN 0 THEN floor(random() * 50)::bigint
        WHEN 3 THEN (ARRAY[-9223372036854775808, -4611686018427387905, -1, 0, 1, 4611686018427387904,
            9223372036854775807])[1 + floor(random() * 7)]::bigint
        WHEN 4 THEN 1000000
        ELSE floor(random() * 1000)::bigint END $$;
CREATE FUNCTION random_unit(style integer) RETURNS integer LANGUAGE sql AS $$
    SELECT CASE style WHEN 4 THEN 1 + floor(random() * 500) WHEN 3 THEN (ARRAY[-2147483648, 0, 1, 2147483647])[1
        + floor(random() * 4)]
        ELSE 1 + floor(random() * random() * 4) END::integer $$;

-- What the index finds: nothing but an index scan, or else a bitmap of one, is left to the planner.
CREATE FUNCTION by_index() RETURNS TABLE (way text, n integer, id integer) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off AS $$
BEGIN
    RETURN QUERY SELECT 'same unit', p.n, s.id FROM probe AS p JOIN slot AS s ON s.released_at IS NULL AND
        bookonce.slot_key(s.resource_id, s.unit, s.blocks) OPERATOR(bookonce.&&) bookonce.slot_key(p.resource_id,
            p.unit, p.blocks);
    RETURN QUERY SELECT 'any unit', p.n, s.id FROM probe AS p JOIN slot AS s ON s.released_at IS NULL AND
        bookonce.slot_key(s.resource_id, s.unit, s.blocks) OPERATOR(bookonce.&&*) bookonce.slot_key(p.resource_id,
            p.unit, p.blocks);
END $$;
CREATE FUNCTION by_force() RETURNS TABLE (way text, n integer, id integer) LANGUAGE sql AS $$
    SELECT 'same unit', p.n, s.id FROM probe AS p JOIN slot AS s USING (resource_id, unit) WHERE s.released_at IS NULL
        AND s.blocks && p.blocks
    UNION ALL
    SELECT 'any unit', p.n, s.id FROM probe AS p JOIN slot AS s USING (resource_id) WHERE s.released_at IS NULL
        AND s.blocks && p.blocks $$;
SQL

# Random numbers of the server follow from the seed, those of this script too.
srand($seed);
my $changes = 0;

sub changed
{
    my ($sql) = @_;
    my ($count) =
        query('SELECT setseed(' . rand() . ") \\g /dev/null\nWITH done AS ($sql RETURNING 1) SELECT count(*) FROM done")
        =~ /(\d+)$/;
    $changes += $count;
    return $count;
}

sub disagreements
{
    my $bitmap = rand() < 0.3;
    query('SELECT setseed(' . rand() . <<'SQL');
);
TRUNCATE probe;
INSERT INTO probe SELECT n, random_resource(style), random_unit(style),
    random_range(style, (random() * n * 1000)::integer)
FROM generate_series(1, 48) AS n, LATERAL (SELECT n % 6) AS s(style);
INSERT INTO probe SELECT 1000 + id, resource_id, unit, blocks FROM slot ORDER BY random() LIMIT 48;
ANALYZE probe, slot;
SQL
    return query(
        "SET enable_indexscan = @{[$bitmap ? 'off' : 'on']}; SET enable_bitmapscan = @{[$bitmap ? 'on' : 'off']};"
            . <<'SQL');
CREATE TEMP TABLE found AS SELECT * FROM by_index();
CREATE TEMP TABLE expected AS SELECT * FROM by_force();
SELECT 'lost', e.* FROM (TABLE expected EXCEPT ALL TABLE found) AS e UNION ALL
SELECT 'invented', f.* FROM (TABLE found EXCEPT ALL TABLE expected) AS f LIMIT 10;
SQL
}

my $wrong = '';
for my $round (1 .. $rounds) {
    my $style = int rand 6;
    changed(
        "INSERT INTO slot (resource_id, unit, blocks) SELECT random_resource($style), random_unit($style),
            random_range($style, n + $round * 20000)
             FROM generate_series(1, 20000) AS n");
    changed('UPDATE slot SET released_at = now() WHERE released_at IS NULL AND random() < 0.15');
    changed('UPDATE slot SET released_at = NULL WHERE released_at IS NOT NULL AND random() < 0.3');
    changed('UPDATE slot SET blocks = random_range(5, 0), unit = random_unit(1) WHERE random() < 0.02');
    changed('DELETE FROM slot WHERE random() < 0.05');
    query('VACUUM slot') if rand() < 0.5;
    query('REINDEX INDEX slot_key') if rand() < 0.15;
    $wrong = disagreements();
    last if !is($wrong, '', "round $round, style $style: the index finds what is there");
}
note "$changes rows inserted, updated and deleted";

my $plan = query(<<'SQL');
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off;
EXPLAIN SELECT FROM probe AS p JOIN slot AS s ON s.released_at IS NULL AND
    bookonce.slot_key(s.resource_id, s.unit, s.blocks) OPERATOR(bookonce.&&) bookonce.slot_key(p.resource_id,
        p.unit, p.blocks);
SQL
like($plan, qr/Index Scan using slot_key/, 'and it was the index that was asked');

# The second storm: raw writes by several clients. Each fails, or leaves no overlap.
query(<<'SQL');
CREATE FUNCTION try(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
EXCEPTION WHEN exclusion_violation OR deadlock_detected THEN
    NULL;
END $$;
SQL
my $values =
    "(holder, resource_id, unit, during, blocks, idempotency_key) SELECT ''storm'', :resource, :unit, d, d, :key
    FROM tstzrange(''2026-01-01'', ''2026-01-01 00:07'') AS r,
        LATERAL (SELECT tstzrange(lower(r) + :start * interval ''1 min'',
            upper(r) + :start * interval ''1 min'')) AS x(d)";
my $pick =
    "\\set resource random(1, 40)\n\\set unit random(1, 3)\n\\set start random(1, 3000)\n\\set key random(1, 20000)\n";
my %script = (
    insert => "INSERT INTO bookonce.booking " . ($values =~ s/''/'/gr) . " ON CONFLICT DO NOTHING;\n",
    raw_insert => "SELECT try('INSERT INTO bookonce.booking " . ($values =~ s/:key/NULL/r) . "');\n",
    release => "UPDATE bookonce.booking SET status = 'cancelled', released_at = now() WHERE tenant = 'default'
            AND idempotency_key = :'key'::text;\n",
    reactivate => "SELECT try('UPDATE bookonce.booking SET status = ''confirmed'', released_at = NULL
            WHERE tenant = ''default'' AND idempotency_key = ''' || :key || '''');\n",
    vacuum => "VACUUM bookonce.booking;\n",);
my %weight = (insert => 500, raw_insert => 300, release => 400, reactivate => 300, vacuum => 1);
my @files;
for my $name (sort keys %script) {
    my $file = "$PostgreSQL::Test::Utils::tmp_check/$name.sql";
    append_to_file($file, ($name eq 'vacuum' ? '' : $pick) . $script{$name} =~ s/:'key'/:key/gr);
    push @files, '-f', "$file\@$weight{$name}";
}
$node->command_ok(
    [ 'pgbench', '-n', '-c', 6, '-j', 2, '-t', 1000 + 100 * $rounds, "--random-seed=$seed", @files, 'postgres' ],
    'clients write beside each other');

is(query(<<'SQL'), '0', 'no two live bookings overlap');
SELECT count(*) FROM bookonce.booking AS a JOIN bookonce.booking AS b USING (resource_id, unit)
WHERE a.released_at IS NULL AND b.released_at IS NULL AND a.blocks && b.blocks AND a.booking_id < b.booking_id
SQL
cmp_ok(query('SELECT count(*) FROM bookonce.booking WHERE released_at IS NULL'),
    '>', 1000, 'there are live bookings to speak of');
cmp_ok(query('SELECT count(*) FROM bookonce.booking WHERE released_at IS NOT NULL'), '>', 100, 'and released ones');
is(query('SELECT * FROM bookonce.check_slot_index()'), '', 'the index agrees with the table');
query('REINDEX INDEX bookonce.booking_no_overlap');
is(query('SELECT * FROM bookonce.check_slot_index()'), '', 'also when it is rebuilt');

$node->stop;
done_testing();
