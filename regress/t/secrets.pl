# secrets.pl: nothing about another tenant or holder appears in anything that a caller gets: answers, errors with their
# details, hints and contexts, debug messages at the most verbose level, and the server's log lines of the caller's own
# sessions.
#
# Victims walk through every verb (walk.sql) with a marker in each holder, key, claim, reason and detail; then a
# stranger in another tenant with the victims' ids, and another holder in the same tenant, do the same and whatever
# fails, at each level and bound to a tenant, too. The markers must not be found. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('secrets',
    conf => "fsync = off\nlog_line_prefix = '%p '\nlog_min_messages = debug5\nlog_min_error_statement = "
        . "debug5\nlog_lock_waits = on\ndeadlock_timeout = 10ms\n");

# Runs psql as app, or as $user; what it prints, errors too, and its backend's process id. Loud: whatever a session may
# ask to be told.
my $loud = join ' ', '-c client_min_messages=debug5', map { "-c $_=on" } 'debug_print_parse', 'debug_print_rewritten',
    'debug_print_plan';
my @pids;
my $user = 'app';
sub psql
{
    my ($options, $sql, @more) = @_;
    local $ENV{PGOPTIONS} = $options;
    my ($in, $out) = ("SELECT 'pid=' || pg_backend_pid();\n$sql\n", '');
    IPC::Run::run([
            'psql', '-XAtq', '-v', "VERBOSITY=$more[0]", '-d',
            $node->connstr('postgres') . " user=$user",
            @more[ 1 .. $#more ]
        ],
        '<',
        \$in,
        '>&',
        \$out);
    push @pids, $out =~ /^pid=(\d+)$/m;
    return $out;
}
sub walk
{
    my ($options, $tenant, $mark) = @_;
    return psql($options, "\\i $FindBin::Bin/../lib/walk.sql", 'verbose', '-v', "t=$tenant", '-v', "m=$mark");
}

walk('', 'vault', 'SECRET');
walk('', 'shared', 'SECRET');
cmp_ok(query($node, "SELECT count(*) FROM bookonce.booking WHERE holder LIKE 'SECRET%'"),
    '>', 40, 'the victims have booked');
# Live and held ones, for each verb to find in a state in which it would do something.
query($node, <<'SQL');
SELECT bookonce.book_slot('room', during, 'SECRET', hold_for => '1 day', details => '{"SECRET": 1}', tenant => t)
FROM unnest(ARRAY['vault', 'shared']) AS t, unnest(ARRAY['[2031-01-01, 2031-01-02)',
    '[2031-01-03, 2031-01-04)']::tstzrange[]) AS during;
SELECT bookonce.book_slots(ARRAY[ROW('hall', '[2031-01-01, 2031-01-02)', 1, NULL, NULL, NULL)]::bookonce.slot_request[],
    'SECRET', '1 day', tenant => t) FROM unnest(ARRAY['vault', 'shared']) AS t;
SELECT bookonce.make_offers(r.request_id, ARRAY['driver:1', 'driver:2'], tenant => t)
FROM unnest(ARRAY['vault', 'shared']) AS t, bookonce.open_request('[2031-01-01, 2031-01-02)', 1, 'SECRET',
    '{"SECRET": 1}', tenant => t) AS r;
SELECT bookonce.claim('e-mail', 'door', 'SECRET', '{"SECRET": 1}', tenant => t)
FROM unnest(ARRAY['vault', 'shared']) AS t;
SQL
my %id = map { /^(\w+)\|(\w+)\|(.*)/ ? ("$1 $2" => [ split / /, $3 ]) : () } split /\n/, query($node, <<'SQL');
SELECT tenant, kind, string_agg(id::text, ' ') FROM (
    SELECT tenant, 'booking_id' AS kind, booking_id AS id FROM bookonce.booking UNION SELECT tenant, 'group_id',
        group_id FROM bookonce.booking WHERE group_id IS NOT NULL UNION SELECT tenant, 'waiter_id', waiter_id
    FROM bookonce.waiter
    UNION SELECT tenant, 'request_id', request_id FROM bookonce.request UNION SELECT tenant, 'offer_id', offer_id
    FROM bookonce.offer) AS i GROUP BY 1, 2
SQL
@pids = ();
my $heard = '';

# Strangers: another tenant's walk, and every verb with every id of the vault.
$heard .= walk($loud, 'stranger', 'MINE');
my %verbs = (
    booking_id => [
        "confirm_booking(%s, tenant => '%s')",
        "extend_hold(%s, '2 days', tenant => '%s')",
        "cancel_booking(%s, 'MINE', tenant => '%s')",
        "change_booking(%s, 'MINE', tenant => '%s')",
        "end_booking(%s, tenant => '%s')",
        "check_in(%s, tenant => '%s')",
        "no_show(%s, 'MINE', tenant => '%s')",
        "reschedule_booking(%s, '[2031-02-01, 2031-02-02)', tenant => '%s')",
        "reschedule_booking(%s, '[2030-07-01 09:00+00, 2030-07-01 10:00+00)', 'room', tenant => '%s')",
        "swap_bookings(%s, '%s', tenant => '%s')"
    ],
    group_id => [
        "confirm_group(%s, tenant => '%s')",
        "cancel_group(%s, 'MINE', tenant => '%s')",
        "reschedule_group(%s, '1 hour', tenant => '%s')"
    ],
    request_id => [
        "make_offers(%s, ARRAY['driver:1'], tenant => '%s')",
        "make_offers_by_need(%s, '{\"any_of\": [\"driver:1\"]}', tenant => '%s')",
        "release_position(%s, 'driver:3', tenant => '%s')",
        "reassign_position(%s, 'driver:3', 'driver:1', tenant => '%s')",
        "cancel_request(%s, 'MINE', tenant => '%s')",
        "reschedule_request(%s, '[2031-02-01, 2031-02-02)', tenant => '%s')"
    ],
    offer_id => [
        "accept_offer(%s, 'driver:1', tenant => '%s')",
        "decline_offer(%s, 'driver:1', tenant => '%s')",
        "withdraw_offer(%s, tenant => '%s')"
    ],
    waiter_id => ["leave_waitlist(%s, tenant => '%s')"]);
# These show another holder's bookings to a role that may read the tenant.
my %reads = (
    booking_id => [ "get_booking(%s, tenant => '%s')", "booking_history(%s, tenant => '%s')" ],
    group_id => ["get_group(%s, tenant => '%s')"]);
for my $kind (sort keys %verbs) {
    my $asked = join "\n", map { @$_ } $verbs{$kind}, $reads{$kind} // [];
    my @of_kind = split /\n/,
        query($node,
              'SELECT DISTINCT p.proname FROM pg_proc AS p JOIN bookonce.usage_levels() AS u ON u.name = p.proname'
            . " WHERE p.pronamespace = 'bookonce'::regnamespace AND p.proargnames[1] = '$kind'");
    is(join(' ', grep { $asked !~ /^$_\(/m } @of_kind), '', "every verb by $kind is asked");
}
sub try_all
{
    my ($from, $tenant, $own) = @_;
    my $sql = '';
    for my $kind (sort keys %verbs) {
        my @calls = (@{ $verbs{$kind} }, $from eq 'shared' ? () : @{ $reads{$kind} // [] });
        for my $id (@{ $id{"$from $kind"} }) {
            # Undone one by one, so that each call finds what the victims left.
            $sql .=
                  'BEGIN; SELECT * FROM bookonce.'
                . sprintf($_, "'$id'", ($_ =~ tr/%//) > 2 ? ($own, $tenant) : $tenant)
                . "; ROLLBACK;\n"
                for @calls;
        }
    }
    return $sql;
}
my $mine =
    query($node, "SELECT booking_id FROM bookonce.booking WHERE holder LIKE 'MINE%' AND released_at IS NULL LIMIT 1");
for my $tenant ('stranger', 'default') {
    my $answers = psql('-c client_min_messages=debug5', try_all('vault', $tenant, $mine), 'verbose');
    my $refused = () = $answers =~ /OB003/g;
    cmp_ok($refused, '>', 250, "in tenant $tenant every id of the vault is unknown ($refused calls)");
    unlike(
        $answers,
        qr/^(booked | confirmed | extended | cancelled | changed | ended | left | rescheduled | swapped
            | accepted | offered | declined | withdrawn | released | reassigned | filled | checked_in
            | no_show | not_live | hold_expired)\|/mx,
        '.. whatever is asked');
    $heard .= $answers;
}

# Another holder of the same tenant: the same resources, slots, offers and claims; keys and ids that leaked.
$heard .= walk($loud, 'shared', 'MINE');
my $own = query(
    $node,
    "SELECT booking_id FROM bookonce.booking WHERE tenant = 'shared' AND holder LIKE 'MINE%'
        AND released_at IS NULL LIMIT 1"
);
$heard .= psql('-c client_min_messages=debug5', try_all('shared', 'shared', $own), 'verbose');
$heard .= psql($loud, <<'SQL', 'verbose');
SELECT * FROM bookonce.claim('e-mail', 'door', 'MINE', tenant => 'shared');
SELECT * FROM bookonce.release_claim('e-mail', 'door', 'MINE', tenant => 'shared');
SELECT * FROM bookonce.book_any_slot(ARRAY['room', 'hall'], '[2031-01-01, 2031-01-02)', 'MINE', tenant => 'shared');
SELECT * FROM bookonce.book_slots(ARRAY[ROW('room', '[2031-01-01, 2031-01-02)', 1, NULL, NULL, NULL),
    ROW('class', '[2031-01-01, 2031-01-02)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'MINE',
        tenant => 'shared');
SELECT * FROM bookonce.define_resource('room', 1, '1 day', tenant => 'shared');
SELECT * FROM bookonce.free_time('room', '[2031-01-01, 2031-02-01)', tenant => 'shared');
SELECT * FROM bookonce.free_slots('room', '[2031-01-01, 2031-02-01)', '1 day', tenant => 'shared');
SELECT holder FROM bookonce.booking;
SELECT claimant FROM bookonce.claim;
INSERT INTO bookonce.claim (tenant, scope, value, claimant) VALUES ('shared', 'e-mail', 'door', 'MINE');
EXPLAIN (ANALYZE, VERBOSE) SELECT bookonce.book_slot('room', '[2031-01-01, 2031-01-02)', 'MINE', tenant => 'shared');
SQL

# While a victim's transaction is open: timeouts, old snapshots, a wait that ends in `taken`.
my $victim = session($node, 'app');
$victim->ask(
    q{BEGIN; SELECT bookonce.book_slot('room', '[2031-03-01, 2031-03-02)', 'SECRET', tenant => 'shared'),
        bookonce.claim('e-mail', 'window', 'SECRET', tenant => 'shared')}
);
$heard .= psql('-c client_min_messages=debug5', <<'SQL', 'verbose');
SET lock_timeout = '100ms';
SELECT * FROM bookonce.book_slot('room', '[2031-03-01, 2031-03-02)', 'MINE', tenant => 'shared');
SELECT * FROM bookonce.claim('e-mail', 'window', 'MINE', tenant => 'shared');
SET lock_timeout = 0; SET statement_timeout = '100ms';
SELECT * FROM bookonce.book_slot('room', '[2031-03-01, 2031-03-02)', 'MINE', tenant => 'shared');
SELECT * FROM bookonce.define_resource('room', 5, tenant => 'shared');
SQL
$victim->ask('ROLLBACK');
my $old = session($node, 'app');
$old->ask('\set VERBOSITY verbose');
$old->ask("BEGIN ISOLATION LEVEL REPEATABLE READ; SET client_min_messages = debug5; SELECT 'pid=' || pg_backend_pid()");
$victim->ask(
    q{SELECT bookonce.book_slot('room', '[2031-03-03, 2031-03-04)', 'SECRET', idempotency_key => 'late',
        tenant => 'shared'), bookonce.claim('e-mail', 'roof', 'SECRET', tenant => 'shared')}
);
push @pids, $old->pid;
for my $call (
    "book_slot('room', '[2031-03-03, 2031-03-04)', 'MINE', tenant => 'shared')",
    "book_slot('room', '[2031-03-05, 2031-03-06)', 'MINE', idempotency_key => 'late', tenant => 'shared')",
    "claim('e-mail', 'roof', 'MINE', tenant => 'shared')")
{
    $heard .= $old->ask("SAVEPOINT s; SELECT * FROM bookonce.$call; ROLLBACK TO s");
}
$_->quit for $victim, $old;

# One of the owner's own constraints fails on a row of the victim that a stranger's call moves.
query(
    $node,
    "ALTER TABLE bookonce.booking ADD CONSTRAINT house_rule CHECK (NOT (holder LIKE 'SECRET%'
        AND during && '[2031-04-01, 2031-05-01)'))"
);
query(
    $node,
    "CREATE UNIQUE INDEX house_index ON bookonce.booking (holder, lower(during))
        WHERE during && '[2031-06-01, 2031-07-01)'"
);
my ($theirs, $april, $june) = map {
    query($node, "SELECT booking_id FROM bookonce.book_slot('$_->[0]', '$_->[1]', '$_->[2]', tenant => 'shared')")
    } [ 'room', '[2031-05-01, 2031-05-02)', 'SECRET' ], [ 'room', '[2031-04-01, 2031-04-02)', 'MINE' ],
    [ 'hall', '[2031-06-01, 2031-06-02)', 'MINE' ];
query($node, "SELECT bookonce.book_slot('room', '[2031-06-01, 2031-06-02)', 'SECRET', tenant => 'shared')");
my $ruled = psql('-c client_min_messages=debug5', <<SQL, 'verbose');
SELECT * FROM bookonce.swap_bookings('$april', '$theirs', tenant => 'shared');
SELECT * FROM bookonce.swap_bookings('$june', '$theirs', tenant => 'shared');
SQL
is(join(' ', $ruled =~ /ERROR: +(23...)/g), '23514 23505', 'rules of the owner\'s own fail inside a verb');
$heard .= $ruled;

# Roles that are bound to the stranger's tenant, at each level: they name the vault, and the strangers' own tenant with
# the vault's ids, and look through the views with a function that would tell of each row that it is shown.
my $peek = <<'SQL';
CREATE FUNCTION pg_temp.peek(anyelement) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE WARNING 'peeked %', $1; RETURN true; END $$;
CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq, RESTRICT = eqsel);
SQL
for my $view ('live_booking', 'request_status', 'offer_status', 'open_offer', 'appointment') {
    $peek .= "SELECT count(*) FROM bookonce.$view AS v WHERE $_;\n"
        for 'pg_temp.peek(v::text)', "tenant = 'vault' AND pg_temp.peek(v::text)",
        "pg_temp.peek(details) AND tenant <> 'x'",
        "details::text::integer = 1", "tenant OPERATOR(pg_temp.===) 'vault'";
    $peek .= "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF) SELECT * FROM bookonce.$view WHERE pg_temp.peek(details);\n";
    $peek .= "SELECT v.* FROM bookonce.$view AS v JOIN (VALUES ('vault')) AS t(x) ON t.x = v.tenant
            AND pg_temp.peek(v.details);\n";
}
for my $level ('reader', 'app', 'admin') {
    my @hows = ("tenant => 'stranger'", "tenant_setting => 'app.tenant'");
    # Both for each level in the long form.
    for my $how (($ENV{BOOKONCE_STORM} // 1) > 1 ? @hows : $hows[ $level eq 'app' ]) {
        $user = $level . ($how =~ /setting/ ? '_pool' : '_bound');
        query($node, "CREATE ROLE $user LOGIN; SELECT bookonce.grant_usage('$user', '$level', $how)");
        my ($options, $talkative) = map { $how =~ /setting/ ? "$_ -c app.tenant=stranger" : $_ } $loud,
            '-c client_min_messages=debug5';
        my $walked = walk($options, 'vault', 'MINE');
        unlike($walked, qr/^(booked|taken|claimed|opened|offered|applied)\|/m, "$user does nothing in the vault");
        cmp_ok(scalar(() = $walked =~ /ERROR: +42501/g), '>', 80, '.. and is denied');
        my $seen = psql($options, $peek, 'verbose');
        like($seen, qr/^WARNING:.*peeked/m, '.. and sees its own rows');
        $heard .= $walked . walk($options, 'stranger', 'MINE') . $seen;
        $heard .= psql($talkative, try_all('vault', $_, $mine), 'verbose') for 'vault', 'stranger', 'default';
        my $unset = psql($loud, $peek, 'verbose');
        unlike($unset, qr/^WARNING:.*peeked/m, '.. without its setting it sees no row') if $how =~ /setting/;
        $heard .= $unset;
    }
}
$user = 'app';

cmp_ok(length $heard, '>', 500_000, 'much was said: ' . length($heard) . ' bytes');
my @found = grep { /SECRET/ } split /\n/, $heard;
is(scalar @found, 0, 'and no marker in it')
    or diag join "\n", map { substr $_, 0, 400 } @found[ 0 .. ($#found > 9 ? 9 : $#found) ];

# Their lines of the server's log: a line that begins with no process id goes on with the one before.
my (%mine, $pid, @logged);
$mine{$_} = 1 for @pids;
my $lines = 0;
for (split /\n/, slurp_file($node->logfile)) {
    $pid = $1 if /^(\d+) /;
    next if !$pid || !$mine{$pid};
    $lines++;
    push @logged, $_ if /SECRET/;
}
cmp_ok($lines, '>', 10_000, "the server logged $lines lines of those sessions");
is(scalar @logged, 0, '.. and no marker in them')
    or diag join "\n", map { substr $_, 0, 400 } @logged[ 0 .. ($#logged > 9 ? 9 : $#logged) ];
$node->stop;
done_testing();
