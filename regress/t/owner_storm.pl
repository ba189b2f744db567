# owner_storm.pl: clients use all verbs while the tables' owner, who is no superuser, does what owners do: rebuilds
# indexes, also concurrently, rewrites tables, adds and drops columns, constraints, triggers and indexes. No client sees
# an error that is not its own, no backend crashes, no two live bookings overlap, and everything that a client was told
# is there.
#
# BOOKONCE_SEED repeats the choices (not the timing). The storm lasts until the owner has done everything once, to two
# tables and one that the seed chooses, and 5 seconds; BOOKONCE_STORM=N makes them 7.5 times N, so torture's 8 are a
# minute, and has all tables. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
my $seconds = $storm == 1 ? 5 : 7.5 * $storm;
note "BOOKONCE_SEED=$seed $seconds seconds";

my $node = new_server('owner_storm', conf => "fsync = off\ndeadlock_timeout = 100ms\n");
sub as { my ($role, $sql) = @_; return $node->safe_psql('shop', $sql, extra_params => [ '-U', $role ]) }
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN; CREATE DATABASE shop OWNER owner');
as('owner', <<'SQL');
CREATE EXTENSION bookonce;
SELECT bookonce.setup(), bookonce.grant_usage('app');
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE TG_OP WHEN 'DELETE' THEN OLD
    ELSE NEW END; END $$;
SELECT bookonce.define_resource('room:' || n), bookonce.define_resource('driver:' || n) FROM generate_series(1, 6) AS n;
SELECT bookonce.define_resource('pool', 3), bookonce.define_resource('van', buffer_after => '20 minutes'),
    bookonce.define_resource('course', 2);
SELECT bookonce.set_booking_limit('course', 'day', 6), bookonce.set_opening_hours('course', 1, '{06:00}', '{22:00}');
SELECT bookonce.define_counter('stock', 100, 0, 200), bookonce.define_calendar('holidays'),
    bookonce.define_kind('visit'), bookonce.keep_history();
SELECT bookonce.make_offers(request_id, '{driver:1,driver:2,driver:3,driver:4}')
FROM generate_series(1, 9) AS n, bookonce.open_request(tstzrange(timestamptz '2030-02-01 00:00Z' + n * interval '1 day',
    timestamptz '2030-02-01 09:00Z' + n * interval '1 day'), 2, 'c');
CREATE FUNCTION hours(first integer, past integer) RETURNS tstzrange IMMUTABLE LANGUAGE sql AS
    $$ SELECT tstzrange(d + first * interval '1 hour', d + past * interval '1 hour')
        FROM (SELECT timestamptz '2030-01-07 00:00Z') AS x(d) $$;
SQL

# How often, what is looked up first, and the call, which an indented line continues. Words in capitals stand for
# something at random.
my @calls = map { [ split / *\| */ ] } split /\n(?! )/, <<'SQL';
10 |             | book_slot(ROOM, HOURS, 'u', idempotency_key => KEY)
3  |             | book_slot('room:1', hours(SAME, 20), 'u', idempotency_key => 'shared:SAME')
6  |             | book_slot(ROOM, HOURS, 'u', hold_for => HOLD)
1  |             | book_slot(ROOM, HOURS, 'u', allow_overlap => true)
2  |             | book_slot(ROOM, HOURS, 'u', waive => '{closed,too_soon,limit_reached}', reason => 'agreed')
2  |             | book_slots(ARRAY[SLOT, SLOT, SLOT]::bookonce.slot_request[], 'u', hold_for => HOLD)
2  |             | book_slots(ARRAY[SLOT, SLOT]::bookonce.slot_request[], 'u', all_or_nothing => false)
4  |             | book_any_slot('{room:1,room:2,pool}', HOURS, 'u', pick => PICK)
4  |             | book_needs('[{"any_of": ["room:1", "room:2", "pool"]}, {"any_of": ["room:2", "course", "van"]}]',
    HOURS, 'u', pick => PICK, idempotency_key => KEY)
5  | booking     | confirm_booking(:'id')
3  | booking     | extend_hold(:'id', '2 hours')
9  | booking     | cancel_booking(:'id')
8  | booking     | reschedule_booking(:'id', HOURS, ROOM)
4  | two         | swap_bookings(:'id', :'other')
2  | group       | confirm_group(:'id')
2  | group       | cancel_group(:'id')
2  | group       | reschedule_group(:'id', HOLD)
1  | booking     | change_booking(:'id', 'v')
1  | booking     | end_booking(:'id')
1  | booking     | check_in(:'id')
1  | booking     | no_show(:'id')
3  |             | open_request(HOURS, 2, 'c')
4  | request     | make_offers(:'id', '{driver:1,driver:2,driver:3,driver:4}')
2  | request     | make_offers_by_need(:'id', '{"any_of": ["driver:1", "driver:2", "driver:5"], "count": 2}')
2  | request     | make_offers_by_need(:'id', '{"any_of": ["driver:1", "driver:6"]}', keep_asking => true)
2  |             | top_up_offers()
9  | offer       | accept_offer(:'id', :'provider')
1  | offer       | decline_offer(:'id', :'provider')
1  | offer       | withdraw_offer(:'id')
4  | appointment | release_position(:'id', :'provider')
4  | appointment | reassign_position(:'id', :'provider', :'substitute')
1  | request     | cancel_request(:'id')
2  | request     | reschedule_request(:'id', HOURS)
4  |             | claim('e-mail', VALUE, CLAIMANT)
3  |             | release_claim('e-mail', VALUE, CLAIMANT)
5  |             | adjust_counter('stock', DELTA, KEY)
1  |             | define_counter('stock', minimum => 0, maximum => 200 + NUMBER)
1  |             | define_resource('pool', NUMBER)
1  |             | set_opening_hours('course', 1, '{0NUMBER:00}', '{22:00}')
1  |             | clear_opening_hours('course')
1  |             | set_day_hours('course', '2030-01-0NUMBER', '{06:00}', '{22:00}')
1  |             | set_hours_from('course', '2030-01-0NUMBER', NUMBER, '{06:00}', '{22:00}')
1  |             | set_starts('course', '{0NUMBER:00}', '{1}')
1  |             | set_ends('course', '{}', '{NUMBER}')
1  |             | define_calendar('holidays')
1  |             | set_calendar_day('holidays', '2030-02-0NUMBER', '{}', '{}')
1  |             | follow_calendar('course', 'holidays')
1  |             | delete_calendar('none such')
1  |             | define_kind('visit', buffer_after => HOLD)
2  |             | book_slot('course', HOURS, 'k', kind => 'visit')
1  |             | delete_kind('none such')
1  |             | set_booking_limit('course', 'day', NUMBER)
1  |             | set_holder_rule('all', '{course,pool}', max_live => 30 + NUMBER)
2  |             | close_resource('{room:1,course,pool}', HOURS, 1)
2  | closure     | reopen_resource(ARRAY[:'id']::uuid[])
3  |             | join_waitlist(ROOM, HOURS, CLAIMANT)
1  | waiter      | leave_waitlist(:'id')
1  |             | set_waitlist('pool', NUMBER > 1)
1  |             | set_parts('van', '{}')
1  |             | list_parts(ROOM)
1  |             | alter_resource('pool', buffer_after => HOLD, check_in_within => '1 hour')
1  |             | rename_resource('room:5', KEY)
1  |             | retire_resource('driver:6', '2040-01-01')
1  |             | delete_resource('room:6')
1  |             | list_closures('[2030-01-01, 2030-02-01)')
3  |             | read_events(CLAIMANT, 10)
2  |             | free_slots(ROOM, hours(0, 48), '1 hour')
2  |             | free_time(ROOM, hours(0, 48))
1  |             | suggest_slots(ROOM, HOURS)
2  |             | find_slots('{"any_of": ["room:1", "van", "course"]}', hours(0, 48), '1 hour')
SQL
my %called = map { $_->[2] =~ /^(\w+)/ ? ($1 => 1) : () } @calls;
my $uncalled = join ' ', map { "'$_'," } sort keys %called;
# The verbs on an application's own tables are in guard_storm.pl.
my $of_own_tables =
    "'guard_row', 'guard_table', 'unguard_table', 'make_guard', 'make_guard_triggers', 'lock_to_alter', 'row_entered'";
# Acknowledging is in events_storm.pl; keeping history is for the owner.
my $of_history = "'keep_history', 'keep_history_row', 'ack_events', 'forget_consumer'";
is( as( 'postgres',
        "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'bookonce'::regnamespace
            AND provolatile = 'v'"
            . " AND has_function_privilege('app', oid, 'EXECUTE') AND proname NOT IN ($uncalled $of_own_tables, "
            . "$of_history, 'setup')"),
    '',
    'every verb takes part; setup() is the owner\'s');
my @bag = map { ($_) x $_->[0] } @calls;

# A statement of its own: one that also makes the call would hold a lock on the tables while the call waits for another,
# and be to blame for the deadlock. Where nothing is there, an id that nobody knows.
my %look_up = (
    booking => 'SELECT coalesce((SELECT booking_id FROM bookonce.live_booking ORDER BY random() LIMIT 1),
            gen_random_uuid()) AS id',
    two => 'SELECT coalesce(min(booking_id::text), gen_random_uuid()::text) AS id,
            coalesce(nullif(max(booking_id::text), min(booking_id::text)), gen_random_uuid()::text) AS other'
        . ' FROM (SELECT booking_id FROM bookonce.live_booking ORDER BY random() LIMIT 2) AS b',
    group => 'SELECT coalesce((SELECT group_id FROM bookonce.live_booking WHERE group_id IS NOT NULL
            ORDER BY random() LIMIT 1), gen_random_uuid()) AS id',
    closure => "SELECT coalesce((SELECT closure_id FROM bookonce.list_closures('[2030-01-01, 2030-02-01)')
            ORDER BY random() LIMIT 1), gen_random_uuid()) AS id",
    waiter => "SELECT coalesce((SELECT waiter_id FROM bookonce.waitlist('pool') ORDER BY random() LIMIT 1),
            gen_random_uuid()) AS id",
    request => "SELECT request_id AS id FROM bookonce.request_status ORDER BY status <> 'open', random() LIMIT 1",
    offer =>
        "SELECT offer_id AS id, provider FROM bookonce.offer_status ORDER BY status <> 'pending', random() LIMIT 1",
    appointment => "SELECT coalesce(request_id, gen_random_uuid()) AS id, coalesce(provider, 'driver:1') AS provider,"
        . " CASE provider WHEN 'driver:5' THEN 'driver:6' ELSE 'driver:5' END AS substitute"
        . ' FROM (SELECT) AS one LEFT JOIN (SELECT * FROM bookonce.appointment ORDER BY random() LIMIT 1) AS a ON true'
);

sub pick { return $_[ rand @_ ] }
my ($made, $client) = 0;
sub hours { my $from = int rand 40; return "hours($from, " . ($from + 1 + int rand 3) . ')' }
sub room
{
    return "'" . pick(map({ "room:$_" } 1 .. 4), 'pool', 'van', 'course') . "'";
}
my %random = (
    ROOM => \&room,
    HOURS => \&hours,
    SLOT => sub { return '(' . room() . ', ' . hours() . ', NULL, NULL, NULL, NULL)' },
    HOLD => sub { return pick("'1 hour'", "'30 ms'") },
    PICK => sub { return pick("'first'", "'least_booked'") },
    KEY => sub { return "'$client:" . $made++ . "'" },
    VALUE => sub { return "'v" . int(rand 9) . "'" },
    CLAIMANT => sub { return "'u" . int(rand 3) . "'" },
    DELTA => sub { return pick(-2, -1, 1, 2) },
    NUMBER => sub { return 2 + int rand 4 });
my $words = join '|', keys %random;

# The calls of one client, alone or each in a transaction of that isolation level, until the file is there.
sub calls_of
{
    my ($number, $isolation, $over) = @_;
    return sub {
        srand("$seed$number") if !$client;
        $client = $number;
        return undef if -e $over;
        my ($often, $look, $call) = @{ pick(@bag) };
        my $same = int rand 20;
        $call =~ s/SAME/$same/g;
        $call =~ s/\b($words)\b/$random{$1}->()/ge;
        $call =~ s/0($words)/'0' . $random{$1}->()/ge;
        my ($verb) = $call =~ /^(\w+)/;
        my $sql =
            $verb =~ /^(define|set|clear|free|find|suggest|read|close|reopen|list|alter|rename|retire|delete|follow)_/
            || $verb =~ /^(make_offers_by|top_up)_/ # whose answer may have no row, or be a number
            ? "SELECT 'done' FROM (SELECT count(*) FROM bookonce.$call) AS c;\n"
            : "SELECT outcome, replayed FROM bookonce.$call;\n";
        $sql = "BEGIN ISOLATION LEVEL $isolation;\n${sql}COMMIT;\n" if $isolation;
        $sql = "$look_up{$look} \\gset\n$sql" if $look;
        my ($key) = $call =~ /'((?:shared|\d+):\d+)'/;
        return { object => $verb, call => [ $key // '', $isolation || 'single' ], sql => $sql };
    };
}

# The owner's statements, in turn and shuffled. Each object that one makes is dropped by its counterpart.
srand $seed;
my @tables = (qw(booking resource), shuffle qw(booking_kind claim counter counter_entry request position offer));
splice @tables, 3 if $storm == 1;
my @deeds = map {
    my $t = "bookonce.\"$_\"";
    (   ["REINDEX TABLE $t"],
        ["REINDEX TABLE CONCURRENTLY $t"],
        ["VACUUM FULL $t"],
        ["VACUUM $t"],
        ["ANALYZE $t"],
        [ "ALTER TABLE $t ADD COLUMN note text", "ALTER TABLE $t DROP COLUMN IF EXISTS note" ],
        [ "ALTER TABLE $t ADD COLUMN level integer NOT NULL DEFAULT 1", "ALTER TABLE $t DROP COLUMN IF EXISTS level" ],
        [
            "ALTER TABLE $t ADD CONSTRAINT house_rule CHECK (tenant <> 'nobody') NOT VALID",
            "ALTER TABLE $t VALIDATE CONSTRAINT house_rule",
            "ALTER TABLE $t DROP CONSTRAINT IF EXISTS house_rule"
        ],
        [
            "CREATE TRIGGER look BEFORE INSERT OR UPDATE OR DELETE ON $t FOR EACH ROW EXECUTE FUNCTION public.look()",
            "DROP TRIGGER IF EXISTS look ON $t"
        ],
        [ "CREATE INDEX house_$_ ON $t (tenant)", "DROP INDEX IF EXISTS bookonce.house_$_" ],
        [ "CREATE INDEX CONCURRENTLY quiet_$_ ON $t (tenant)", "DROP INDEX CONCURRENTLY IF EXISTS bookonce.quiet_$_" ])
} @tables;
push @deeds, map { [$_] } 'REINDEX INDEX bookonce.booking_no_overlap',
    'REINDEX INDEX CONCURRENTLY bookonce.booking_pkey',
    'REINDEX INDEX CONCURRENTLY bookonce.booking_idempotency_key', 'CLUSTER bookonce.booking USING booking_pkey',
    'CLUSTER bookonce.resource USING resource_pkey', 'REINDEX SCHEMA bookonce',
    'ALTER TABLE bookonce.booking SET (fillfactor = 80)', 'SELECT bookonce.expire_holds()', 'SELECT bookonce.setup()',
    "SELECT bookonce.delete_old('2020-01-01')";
push @deeds,
    [
    'CREATE UNIQUE INDEX CONCURRENTLY once ON bookonce.booking (tenant, booking_id)',
    'DROP INDEX CONCURRENTLY IF EXISTS bookonce.once'
    ],
    [
    'ALTER TABLE bookonce.booking ALTER COLUMN holder SET STATISTICS 200',
    'ALTER TABLE bookonce.booking ALTER COLUMN holder SET STATISTICS -1'
    ];

my (%done, %refused, @wrong);
sub do_as_owner
{
    my ($sql) = @_;
    my ($code, $out, $error) = $node->psql('shop', "\\set VERBOSITY sqlstate\n$sql", extra_params => [ '-U', 'owner' ]);
    $done{ $sql =~ /^(\w+(?: \w+)?(?: CONCURRENTLY)?)/ ? $1 : $sql }++;
    my ($state) = $error =~ /(?:ERROR|FATAL):  (\w+)/ or return;
    $refused{$state}++;
    push @wrong, "$state: $sql" if $state !~ /^(40P01|55P03)$/;
}

my $over = PostgreSQL::Test::Utils::tempdir() . '/over';
# Few, unless there is time: the owner's first round is long where all of them want a core.
my @isolation = ('', 'REPEATABLE READ', 'SERIALIZABLE', 'READ COMMITTED');
push @isolation, ('') x 4 if $storm > 1;
my $clients = start_clients($node->connstr('shop') . ' user=app',
    map { calls_of($_, $isolation[ $_ - 1 ], $over) } 1 .. @isolation);
my $ends = time + $seconds;
my $rounds = 0;
until ($rounds++ && time > $ends) {
    for my $deed (shuffle(@deeds)) {
        do_as_owner($_) for @$deed;
        last if $rounds > 1 && time > $ends;
    }
}
append_to_file($over, '');
my @told = finish_clients($clients);

# What a caller must be ready for: 40001 where it asked for an old snapshot; of what was looked up and is gone; a
# capacity in use.
sub is_fair
{
    my ($verb, $isolation, $state) = @_;
    return $isolation =~ /REPEATABLE|SERIALIZABLE/ if $state eq '40001';
    return $verb !~ /^(book|open|claim|release_claim|adjust|define|set|clear|free)/ if $state eq 'OB003';
    return $verb eq 'rename_resource' if $state eq 'OB002';
    return $verb eq 'define_counter' if $state eq 'OB006'; # the maximum was higher meanwhile, and so is the value
    return $verb =~ /^(delete_kind|swap_bookings)$/ if $state eq '22023'; # none such; two of different kinds
    return $state eq 'OB005' && $verb eq 'define_resource';
}

my (%verdict, %error);
for my $call (@told) {
    my ($verb, $verdict) = ($call->{object}, $call->{verdict} // 'no answer');
    my ($key, $isolation) = @{ $call->{call} };
    $verdict{"$verb: $verdict"}++;
    my ($state) = $verdict =~ /^(?:ERROR )?(\w{5})$/;
    $error{"$verb ($isolation): $verdict"}++
        if $verdict =~ /^ERROR|^no answer/ && !is_fair($verb, $isolation, $state // '');
}
note scalar(@told) . ' calls: ' . join ', ', map { "$_ x $verdict{$_}" } sort keys %verdict;
note "the owner, $rounds rounds: " . join(', ', map { "$_ x $done{$_}" } sort keys %done) . '; refused: ' . join ', ',
    %refused;
is(join("\n", map { "$_ x $error{$_}" } sort keys %error), '', 'no client sees an error that is not its own');
my $log = slurp_file($node->logfile);
diag $1 while %error && $log =~ /^.*?(ERROR:  (?:40P01|23|XX).*\n(?:.*DETAIL.*\n(?:\t.*\n)*)?)/mg;
is(join("\n", @wrong), '', 'nor does the owner, but for deadlocks and lock timeouts');
unlike($log, qr/PANIC|terminated by signal|XX00\d|TRAP/, 'no crash and no internal error');
is(as('owner', <<'SQL'), '0', 'no two live bookings overlap: found by sorting, without an index');
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT count(*)
FROM (SELECT lower(blocks) < max(upper(blocks)) OVER (PARTITION BY resource_id, unit
ORDER BY lower(blocks), upper(blocks)
                                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS meets_another
      FROM bookonce.booking WHERE released_at IS NULL AND unit IS NOT NULL) AS b
WHERE meets_another
SQL
is(as('owner', 'SELECT * FROM bookonce.check_integrity()'), '', 'check_integrity() finds nothing');
is(as('owner', 'SELECT * FROM bookonce.check_slot_index()'), '', 'the index agrees with the table');

# Rows are never deleted here, so what was booked or applied is there.
my $keys = join ',', "('')",
    map { "('$_->{call}[0]')" } grep { $_->{object} eq 'book_slot' && ($_->{verdict} // '') =~ /^booked/ } @told;
is( as( 'owner',
        "SELECT string_agg(key, ' ') FROM (VALUES $keys) AS k(key)
            WHERE key <> '' AND key NOT IN (SELECT idempotency_key FROM bookonce.booking
            WHERE idempotency_key IS NOT NULL)"
    ),
    '',
    'every `booked` has its row');
$keys = join ',', "('')",
    map { "('$_->{call}[0]')" } grep { $_->{object} eq 'adjust_counter' && ($_->{verdict} // '') =~ /^applied/ } @told;
is( as( 'owner',
        "SELECT string_agg(key, ' ') FROM (VALUES $keys) AS k(key)
            WHERE key <> '' AND key NOT IN (SELECT idempotency_key FROM bookonce.counter_entry
            WHERE idempotency_key IS NOT NULL)"
    ),
    '',
    'every `applied`, too');
$node->stop;
done_testing();
