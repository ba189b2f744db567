# trespass.pl: obstacles that others put in the way of the verbs and of the install script. Traps for every function,
# operator and type of pg_catalog in the caller's search_path; row security on every table; a schema, tables and objects
# that were there first; triggers of the tables' owner; roles with odd names. Callers get the same answers, and nobody
# gets another role's rights.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('trespass', conf => "fsync = off\n");
my @tables = split /\n/, query(
    $node,
    "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace
        AND relkind = 'r' ORDER BY 1"
);
is(scalar @tables, 19,
    'setup() makes thirteen tables, those of followed tables and of bound roles, and four of events');

# A new verb is to be walked through, too. What is left out is setup(), which is below, parts of other functions, and
# what guards a table of the caller's own with the caller's rights.
my $walked = slurp_file("$FindBin::Bin/../lib/walk.sql");
is( join(' ',
        grep { $walked !~ /\bbookonce\.$_\(/ } split /\n/,
        query($node, 'SELECT DISTINCT name FROM bookonce.usage_levels() ORDER BY 1')),
    'adopted_rule find_double_bookings guard_table guarded_overlaps lock_to_alter make_guard make_guard_triggers '
        . 'require_own_table setup unguard_table waivable_rules',
    'the walk calls whatever a level has');

# All output that a caller gets on a walk through every verb, in a session of its own, without ids, which differ.
sub walk
{
    my ($tenant, $options, @first) = @_;
    my $user = $options =~ s/^(\w+): // ? $1 : 'app';
    local $ENV{PGOPTIONS} = $options;
    my ($out, $err) = ('', '');
    IPC::Run::run([
            'psql', '-XAtq', '-v', 'VERBOSITY=terse', '-v', "t=$tenant", '-v', 'm=walk', (map { ('-c', $_) } @first),
            '-f', "$FindBin::Bin/../lib/walk.sql",
            '-d', $node->connstr('postgres') . " user=$user"
        ],
        '>&',
        \$out);
    return $out =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/(id)/gr =~ s/^psql:\S+: //mgr;
}
my $plain = walk('plain', '');
cmp_ok(scalar(split /\n/, $plain), '>', 130, 'a walk says much');
unlike($plain, qr/permission|internal|XX000|server closed/,
    '.. and nothing that a caller of the verbs should not hear');

# Row security, by policies that hide every row and forbid every new one: the verbs act as the owner, whom it does not
# bind. Forced on the owner, it would be expected to bind them, so no verb answers.
query($node, "ALTER TABLE bookonce.$_ ENABLE ROW LEVEL SECURITY") for @tables;
query($node, "CREATE ROLE owner LOGIN; ALTER SCHEMA bookonce OWNER TO owner");
query($node, "ALTER TABLE bookonce.$_ OWNER TO owner") for @tables;
is(walk('enabled', ''), $plain, 'row security hides nothing from the verbs');
is(walk('off', '-c row_security=off'), $plain, '.. nor under row_security = off');
query($node, "ALTER TABLE bookonce.$_ FORCE ROW LEVEL SECURITY") for @tables;
is($node->safe_psql('postgres', 'SELECT count(*) FROM bookonce.booking', extra_params => [ '-U', 'owner' ]),
    '0', 'forced, it hides all from the owner');
for my $options ('', '-c row_security=off', '-c bookonce.direct_insert=off') {
    my $forced = walk('forced', $options);
    cmp_ok(scalar(() = $forced =~ /row security is forced on bookonce\.\w+/g),
        '>', 40, ".. and the verbs say so ($options)");
    unlike($forced, qr/booked|taken|claimed|applied|opened|offered|accepted/, '.. and answer nothing');
}
query($node, "ALTER TABLE bookonce.$_ NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY") for @tables;

# Traps. Each raises; an exact match is taken wherever in search_path it is, so a name that is not qualified finds it.
my $traps = $node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA trap;
GRANT USAGE ON SCHEMA trap TO PUBLIC;
CREATE TABLE public.sprung (n integer);
DO $$
DECLARE
    object record;
    made integer := 0;
BEGIN
    FOR object IN
        SELECT p.oid, p.proname, pg_get_function_identity_arguments(p.oid) AS arguments,
            pg_get_function_result(p.oid) AS result
        FROM pg_proc AS p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind <> 'p'
    LOOP
        BEGIN
            EXECUTE format($f$CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS
                              $b$BEGIN RAISE EXCEPTION 'trap %s'; END$b$ $f$, object.proname, object.arguments,
                                  object.result, object.oid);
            made := made + 1;
        EXCEPTION WHEN OTHERS THEN NULL; -- Of internal and other types that SQL cannot name.
        END;
    END LOOP;
    FOR object IN SELECT oid, oprname, oprleft, oprright, oprresult FROM pg_operator
        WHERE oprnamespace = 'pg_catalog'::regnamespace LOOP
        BEGIN
            EXECUTE format($f$CREATE FUNCTION trap.operator_%s(%s) RETURNS %s
                LANGUAGE plpgsql AS $b$BEGIN RAISE EXCEPTION 'trap operator %1$s'; END$b$ $f$, object.oid,
                           concat_ws(', ', nullif(object.oprleft, 0)::regtype, object.oprright::regtype),
                               object.oprresult::regtype);
            EXECUTE format('CREATE OPERATOR trap.%s (FUNCTION = trap.operator_%s%s, RIGHTARG = %s)',
                object.oprname, object.oid,
                           ', LEFTARG = ' || nullif(object.oprleft, 0)::regtype, object.oprright::regtype);
            made := made + 1;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    FOR object IN SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
        AND typtype IN ('b', 'r', 'm') AND typname !~ '^_|^pg_' LOOP
        BEGIN
            EXECUTE format('CREATE DOMAIN trap.%I AS pg_catalog.%1$I CHECK (false)', object.typname);
            made := made + 1;
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
    END LOOP;
    INSERT INTO public.sprung VALUES (made);
END
$$;
SELECT n FROM public.sprung;
SQL
cmp_ok($traps, '>', 3000, "there are $traps traps");
my $path = '-c search_path=pg_temp,trap,pg_catalog,bookonce';
my @decoys =
    map { "CREATE TEMP TABLE $_ (tenant pg_catalog.text, resource pg_catalog.text, booking_id pg_catalog.uuid)" }
    @tables;
push @decoys,
    (
    map { "CREATE TEMP VIEW $_ AS SELECT 1 AS trap" } 'live_booking',
    'request_status', 'offer_status', 'appointment', 'pg_class', 'pg_proc', 'pg_extension', 'pg_namespace', 'pg_roles',
    'pg_depend'),
    (map { "CREATE TYPE pg_temp.$_ AS ENUM ('trap')" } 'outcome', 'booking_status', 'offer_state', 'request_state'),
    (map { "CREATE TYPE pg_temp.$_ AS (trap pg_catalog.int4)" } 'slot_request', 'booking_answer', 'slot_key');
{
    local $ENV{PGOPTIONS} = $path;
    for my $bait (
        "SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text",
        'SELECT clock_timestamp()',
        'SELECT 1 + 1', "SELECT 'x'::text")
    {
        my ($code, $out, $error) = $node->psql('postgres', $bait);
        like($error, qr/trap|violates check constraint/, "armed: $bait");
    }
    my ($code, $out, $error) = $node->psql(
        'postgres', join ";\n", @decoys,
        'SELECT bookonce.setup()',
        "SELECT bookonce.grant_usage('app')",
        'SELECT bookonce.expire_holds()',
        'SELECT bookonce.check_slot_index()');
    is($error, '', 'what an owner calls steps into none');
}
is(walk('traps', $path, @decoys), $plain, 'the walk steps into none');

# The same at each level, by roles whose tenant is that of a setting.
for my $level ('reader', 'app', 'admin') {
    query(
        $node,
        "CREATE ROLE ${level}_pool LOGIN;
            SELECT bookonce.grant_usage('${level}_pool', '$level', tenant_setting => 'app.tenant')"
    );
    for my $tenant ("plain_$level", "traps_$level") {
        query(
            $node,
            "SELECT bookonce.define_resource(r, c, tenant => '$tenant')
                FROM (VALUES ('room', 1), ('hall', 1), ('class', 3), ('driver:1', 1), ('driver:2', 1),
                    ('driver:3', 1)) AS v(r, c)"
        );
    }
    my $said = walk("plain_$level", "${level}_pool: -c app.tenant=plain_$level");
    cmp_ok(scalar(split /\n/, $said), '>', 100, "level $level: a walk says much");
    unlike($said, qr/internal|XX000|server closed/, '.. and nothing that a caller should not hear');
    is(walk("traps_$level", "${level}_pool: $path -c app.tenant=traps_$level", @decoys),
        $said, '.. and steps into no trap');
}

# The install script, by a database owner who is no superuser, in a database where all of that is in the search_path.
query($node, q{CREATE ROLE mallory LOGIN; CREATE ROLE "it's 100%s ""odd""" LOGIN CREATEROLE});
sub fresh
{
    my ($name, $owner, @sql) = @_;
    query($node, "CREATE DATABASE $name" . ($name eq 'trapped' ? ' TEMPLATE postgres' : ''));
    query($node, qq{ALTER DATABASE $name OWNER TO "$owner"});
    $node->safe_psql($name, $_) for "GRANT CREATE ON DATABASE $name TO mallory", @sql;
}
sub try
{
    my ($database, $user, $sql, $options) = @_;
    local $ENV{PGOPTIONS} = $options // '';
    my ($code, $out, $error) = $node->psql($database, $sql, extra_params => [ '-U', $user, '-v', 'VERBOSITY=verbose' ]);
    return $error || $out;
}
my $install = 'CREATE EXTENSION bookonce; SELECT bookonce.setup()';
my $book =
      "SELECT bookonce.define_resource('room:1'); SELECT outcome FROM bookonce.book_slot('room:1', "
    . slot(9)
    . ", 'ann')";

forget_connection($node);
fresh('trapped', 'owner', 'DROP SCHEMA bookonce CASCADE', 'GRANT USAGE, CREATE ON SCHEMA trap TO owner');
is( try('trapped',
        'owner',
        join(";\n", grep { !/slot_key|_answer|slot_request/ } @decoys)
            . ";\n$install; SELECT bookonce.grant_usage('app')",
        $path),
    "\n",
    'installed among traps');
is(try('trapped', 'app', $book), "\nbooked", '.. and it books');

# Names.
my $odd = q{it's 100%s "odd"};
fresh('odd', $odd =~ s/"/""/gr);
is( try('odd',
        $odd,
        "$install; SELECT bookonce.setup();
            CREATE ROLE \"100%s \"\"web\"\" app's\" LOGIN; SELECT bookonce.grant_usage('100%s \"web\" app''s')"
    ),
    "\n\n",
    'an owner with quotes and a percent sign in its name installs it, and grants to another');
is(try('odd', q{100%s "web" app's}, $book), "\nbooked", '.. who books');

# A schema that is somebody else's, or that has something in it, could put functions beside the verbs and tables under
# them.
fresh('captured', 'owner');
is(try('captured', 'mallory', 'CREATE SCHEMA bookonce; GRANT ALL ON SCHEMA bookonce TO PUBLIC'),
    '', 'mallory was there first');
like(
    try('captured', 'owner', $install),
    qr/42501.*schema bookonce belongs to mallory.*HINT/s,
    '.. so a database owner does not install');
is(try('captured', 'postgres', 'ALTER SCHEMA bookonce OWNER TO owner'), '', '.. before the schema is the owner\'s');
for my $object (
    'TABLE bookonce.booking ()',
    'FUNCTION bookonce.book_slot(text, tstzrange, text) RETURNS text LANGUAGE sql AS $$ SELECT current_user::text $$',
    'OPERATOR bookonce.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = pg_catalog.oideq)',
    'DOMAIN bookonce.slot_key AS text',
    'DOMAIN bookonce.regprocedure AS text',
    'VIEW bookonce.pg_proc AS SELECT 1')
{
    is(try('captured', 'mallory', "CREATE $object"), '', "mallory makes $object");
    for my $who ('owner', 'postgres') {
        like(
            try('captured', $who, $install),
            qr/55000.*schema bookonce is not empty.*HINT/s,
            ".. and $who does not install");
    }
    my $drop = $object =~ /^OPERATOR/ ? 'OPERATOR bookonce.= (oid, oid)' : $object =~ /^(\w+ bookonce\.\w+)/ ? $1 : die;
    is(try('captured', 'postgres', "DROP $drop"), '', '.. until it is gone');
}
is(try('captured', 'owner', 'CREATE EXTENSION bookonce'), '', 'an empty schema of one\'s own is fine');
is(try('captured', 'mallory', 'CREATE TABLE bookonce.booking (holder text)'),
    '', 'a table that mallory makes before setup()');
for my $who ('owner', 'postgres') {
    like(
        try('captured', $who, 'SELECT bookonce.setup()'),
        qr/42501.*tables of bookonce belong to mallory.*HINT/s,
        ".. is not taken for ours by $who");
}
is(try('captured', 'mallory', 'DROP TABLE bookonce.booking; CREATE VIEW bookonce.claim AS SELECT 1 AS trap'),
    '', 'a view with the name of a table of ours');
like(try('captured', 'owner', 'SELECT bookonce.setup()'), qr/42P07/, '.. ends setup()');
is( try('captured', 'postgres',
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace AND relkind = 'r'"),
    '0',
    '.. which leaves nothing');
is(try('captured', 'mallory', 'DROP VIEW bookonce.claim'), '', 'without it');
is(try('captured', 'owner', "SELECT bookonce.setup(); SELECT bookonce.setup(); SELECT bookonce.grant_usage('app')"),
    "\n\n", '.. setup() works, also twice');
is(try('captured', 'postgres', 'SELECT bookonce.setup()'), '', '.. also for a superuser');
is(try('captured', 'app', $book), "\nbooked", '.. and the verbs do');

# The owner's own triggers run as the owner, and do not become the caller.
my $seen = query_owner(<<'SQL');
CREATE TABLE bookonce.seen (who text, answer text);
CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text := 'became the caller';
BEGIN
    BEGIN
        EXECUTE TG_ARGV[0];
    EXCEPTION WHEN OTHERS THEN
        answer := SQLSTATE;
    END;
    INSERT INTO bookonce.seen VALUES (current_user, answer);
    RETURN NULL;
END
$$;
SQL
is($seen, '', 'the owner prepares a trigger');
my @ways = (
    'SET ROLE postgres',
    'RESET ROLE',
    'SET ROLE NONE',
    'SET SESSION AUTHORIZATION postgres',
    'RESET SESSION AUTHORIZATION',
    'ALTER ROLE owner SUPERUSER');
is( query_owner(
        "CREATE TRIGGER look_$_ AFTER INSERT OR UPDATE ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION
            public.look('$ways[$_]')"
    ),
    '',
    "one that tries $ways[$_]") for 0 .. $#ways;
for my $who ('app', 'postgres') {
    is( try('captured',
            $who,
            "SELECT (bookonce.cancel_booking(booking_id)).outcome, current_user FROM bookonce.book_slot('room:1', "
                . slot(10)
                . ", 'ann')"),
        "cancelled|$who",
        "$who books and cancels, and is $who");
}
is( try('captured', 'postgres', 'SELECT who, answer, count(*) FROM bookonce.seen GROUP BY 1, 2'),
    'owner|42501|' . 4 * @ways,
    '.. the triggers ran as the owner and became nobody else');
sub query_owner { return try('captured', 'owner', $_[0]) }

# What the owner adds to a table may keep a row out forever, though bookonce sees no reason: the call says so and ends.
is( query_owner(
        <<'SQL'), "||||", 'the owner lets a holder be booked once at a time, and some rows be skipped without a word');
DO $$ BEGIN EXECUTE (SELECT string_agg('DROP TRIGGER ' || tgname || ' ON bookonce.booking', '; ') FROM pg_trigger
    WHERE tgname LIKE 'look%'); END $$;
SELECT bookonce.define_resource('room:2'), bookonce.define_resource('class', 3), bookonce.define_resource('clinic',
    max_duration => '4 hours'), bookonce.define_resource('spa', check_in_within => '24 hours'),
        bookonce.define_counter('stock');
CREATE UNIQUE INDEX one_at_a_time ON bookonce.booking (tenant, holder, lower(during)) WHERE released_at IS NULL;
CREATE FUNCTION public.skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON bookonce.claim FOR EACH ROW EXECUTE FUNCTION public.skip();
CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON bookonce.request FOR EACH ROW EXECUTE FUNCTION public.skip();
CREATE TRIGGER skip BEFORE INSERT OR UPDATE ON bookonce.counter FOR EACH ROW EXECUTE FUNCTION public.skip();
CREATE TRIGGER skip BEFORE UPDATE ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION public.skip();
SELECT;
SQL
my $hold = try('captured', 'app',
    "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(12) . ", 'cat', hold_for => '1 day')");
my $begun = try(
    'captured', 'app',
    "SELECT booking_id FROM bookonce.book_slot('room:1', tstzrange(now() - interval '1 hour',
        now() + interval '1 hour'), 'cat')"
);
my $ask = sub { return try('captured', 'app', "SET statement_timeout = '3min'; SELECT outcome FROM bookonce.$_[0]") };
my $due = try(
    'captured', 'app',
    "SELECT booking_id FROM bookonce.book_slot('spa', tstzrange(now() - interval '2 hours',
        now() + interval '1 hour'), 'cat')"
);
for my $call (
    (map { "book_slot('$_', " . slot(12) . ", 'cat')" } 'room:2', 'class', 'clinic'),
    "book_slot('class', " . slot(12) . ", 'cat', 2)",
    "book_slots(ARRAY[ROW('room:2', " . slot(12) . ", 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'cat')",
    "book_any_slot(ARRAY['room:2', 'class'], " . slot(12) . ", 'cat')",
    "book_needs('{\"any_of\": [\"room:2\", \"class\"]}', " . slot(12) . ", 'cat')",
    "confirm_booking('$hold')",
    "extend_hold('$hold', '2 days')",
    "cancel_booking('$hold')",
    "end_booking('$begun')",
    "check_in('$due')",
    "no_show('$due')",
    "reschedule_booking('$hold', " . slot(13) . ')',
    "claim('e-mail', 'cat\@example.com', 'cat')",
    "adjust_counter('stock', 1)",
    'open_request(' . slot(13) . ", 1, 'cat')")
{
    like($ask->($call), qr/23000: .*not bookonce's own.*HINT|23505: .*one_at_a_time/s, "$call ends");
}

$node->stop;
done_testing();
