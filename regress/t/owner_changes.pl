# owner_changes.pl: the owner of the tables may change them in many ways. After each of the changes of BookonceOwner.pm,
# in a database of its own, the same calls are made with bookonce.direct_insert on and off, in a session that made its
# plans before the change and in a new one: rows, answers and errors (SQLSTATE, constraint, table) are the same, and the
# light path is taken where the change does not concern it.
#
# Tries every twelfth one, BOOKONCE_SEED says which; all of them where BOOKONCE_STORM > 1, and where BOOKONCE_CHANGES
# ='regexp' names them. With BOOKONCE_HISTORY=on history is kept meanwhile, and the events are the same as well.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceOwner;
use BookonceTest;

my $keeps_history = ($ENV{BOOKONCE_HISTORY} // 'off') eq 'on';
my $node = owners_server('owner_changes');
$node->safe_psql('made', prepare_owner() . <<'SQL');
CREATE EXTENSION btree_gist;
SET ROLE keeper;
CREATE EXTENSION bookonce;
SELECT bookonce.setup();
SELECT bookonce.define_resource(r, c, tenant => t) FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t,
    (VALUES ('desk', 1), ('van', 1), ('pool', 3)) AS v(r, c);
SELECT bookonce.define_resource('strict', 2, '10 minutes', '20 minutes', 'Europe/Paris', max_duration => '4 hours',
    tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t;
SELECT bookonce.define_resource('ruled', buffer_after => '20 minutes', time_zone => 'Europe/Paris',
    min_notice => '1 day',
    max_duration => '4 hours', min_duration => '30 minutes', start_every => '15 minutes', tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t;
SELECT bookonce.close_resource('{ruled}', '[2036-01-01, 2036-01-02)', tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t;
SELECT bookonce.set_opening_hours('ruled', day, '{00:00}', '{24:00}', tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t, generate_series(1, 7) AS day;
SELECT bookonce.set_day_hours('ruled', '2034-01-02', '{08:00}', '{20:00}', tenant => t),
    bookonce.define_calendar('feasts', tenant => t), bookonce.follow_calendar('ruled', 'feasts', tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t;
SELECT bookonce.define_kind('cut', buffer_after => '10 minutes', durations => '{30 minutes,1 hour}', tenant => t),
    bookonce.define_kind('wash', '5 minutes', tenant => t)
FROM unnest('{onold,offold,onnew,offnew}'::text[]) AS t;
SELECT bookonce.grant_usage('app');
RESET ROLE;
-- What a call says: its answer, or SQLSTATE, constraint and table.
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    constraint_name text;
    table_name text;
BEGIN
    EXECUTE call INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS constraint_name = CONSTRAINT_NAME, table_name = TABLE_NAME;
    RETURN concat_ws(' ', SQLSTATE, constraint_name, table_name);
END
$$;
SQL

$node->safe_psql('made', 'SET ROLE keeper; SELECT bookonce.keep_history()') if $keeps_history;

# TIME(9, 10): from nine to ten on the day of the round; TENANT: its tenant; KEY: what makes a key of the round's own.
my $answer =
      "concat_ws('|', a.outcome, a.replayed, a.booking_id IS NOT NULL, a.group_id IS NOT NULL, a.resource, a.units, "
    . "a.during, a.status, a.lapses_at IS NOT NULL, a.busy)";
sub book
{
    my ($resource, $from, $to, @rest) = @_;
    return 'bookonce.book_slot(' . join(', ', "'$resource'", "TIME($from, $to)", @rest, 'tenant => TENANT') . ') AS a';
}
sub and_then
{
    my ($verb, @rest) = @_;
    return ", LATERAL bookonce.$verb(a.booking_id, " . join(', ', @rest, 'tenant => TENANT') . ') AS c';
}
my @hold = ("hold_for => '1 hour'");
my @overlap = ('allow_overlap => true');
my @cut = ("kind => 'cut'");
my @plate = ("details => '{\"plate\": \"B 1\"}'");
sub key { return "idempotency_key => '$_[0]KEY'" }
my @calls = map { "SELECT $answer FROM $_" } (
    book('desk', 9, 10, "'ann'"),
    book('desk', 9, 10, "'ben'"),
    book('desk', 8, 11, "'cleo'"),
    book('desk', 9.5, 10, "'ben'", key('refused')),
    book('desk', 10, 11, "'ann'", key('k')),
    book('desk', 10, 11, "'ann'", key('k')),
    book('desk', 10, 11, "'ann'", key('K')),
    book('desk', 10, 11, "'ben'", key('k')),
    book('desk', 11, 12, "'dora'", @hold, key('h')),
    book('desk', 11, 12, "'dora'", @hold, key('h')),
    book('desk', 11, 12, "'eve'", @hold),
    book('desk', 12, 13, "'fay'", "hold_for => '1 microsecond'"),
    book('desk', 12, 13, "'ben'"),
    book('desk', 13, 14, "'gus'", @plate, key('d')),
    book('desk', 13, 14, "'gus'", @plate, key('d')),
    book('desk', 14, 15, "'a holder whose name is long, longer than thirty'"),
    book('desk', 9, 10, "'hal'", @overlap),
    book('desk', 9, 10, "'ida'", @overlap, key('o')),
    book('desk', 9, 10, "'ida'", @overlap, key('o')),
    book('nowhere', 9, 10, "'ann'"),
    book('desk', 15, 16, "'ann'", 'quantity => 2'),
    book('desk', 15, 16, "'ann'", "valid_until => '2001-01-01'"),
    book('desk', 15, 16, "'ann'", "valid_until => '2101-01-01'"),
    book('pool', 9, 11, "'jon'", 'quantity => 2', key('p')),
    book('pool', 9, 11, "'kim'", 'quantity => 2'),
    book('pool', 10, 12, "'kim'"),
    book('strict', 9, 10, "'lea'"),
    book('strict', 9, 15, "'lea'"),
    book('ruled', 9, 10, "'ann'", key('r')),
    book('ruled', 9, 10, "'ann'", key('r')),
    book('ruled', 10, 11, "'ben'"),
    book('ruled', 10.4, 11.5, "'ben'", key('off')),
    book('ruled', 10.5, 16, "'ben'"),
    book('ruled', 11, 12, "'fay'", "hold_for => '1 microsecond'"),
    book('ruled', 11.5, 12, "'ben'", @plate),
    book('desk', 17, 17.5, "'ann'", @cut, key('c')),
    book('desk', 17, 17.5, "'ann'", @cut, key('c')),
    book('desk', 17.5, 18, "'ben'"),
    book('desk', 17.75, 18, "'ben'", @cut),
    book('desk', 17.75, 18, "'ben'", "kind => 'wash'"),
    book('desk', 22, 23, "'ben'", "kind => 'nap'"),
    book('ruled', 13, 13.5, "'ann'", @cut),
    book('ruled', 13.75, 14.75, "'ben'", @cut, @hold),
    book('pool', 13, 14, "'jon'", @cut, 'quantity => 2') . and_then('reschedule_booking', 'TIME(14, 15)'),
    book('van', 9, 10, "'max'", @hold) . and_then('confirm_booking'),
    book('van', 10, 11, "'max'") . and_then('cancel_booking'),
    book('van', 10, 11, "'ned'"),
    book('ruled', 8, 9, "'ned'", @hold) . and_then('cancel_booking', "'it rains'"),
    book('pool', 8, 9, "'ned'") . and_then('cancel_booking'),
    book('van', 11, 12, "'ola'") . and_then('reschedule_booking', 'TIME(12, 13)'),
    book('desk', 19, 20, "'ann'")
        . ', LATERAL '
        . (book('van', 20, 21, "'ben'") =~ s/a$/b/r)
        . and_then('swap_bookings', 'b.booking_id'),
    "bookonce.book_any_slot('{desk,van}', TIME(9, 10), 'ben', tenant => TENANT) AS a",
    "bookonce.book_any_slot('{desk,van}', TIME(18, 19), 'ann', tenant => TENANT) AS a");
for my $all ('true', 'false') {
    push @calls,
        "SELECT string_agg($answer, ';') FROM bookonce.book_slots(ARRAY[ROW('van', TIME(13, 14), 1, NULL, NULL, NULL),
            ROW('desk', TIME(16, 17), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'pia', all_or_nothing => $all,
                tenant => TENANT) AS a";
}
push @calls, "SELECT string_agg(concat_ws('|', c.outcome, c.position), ',')
        FROM bookonce.open_request(TIME(21, 22), 1, 'rex', tenant => TENANT) AS r,
            LATERAL bookonce.make_offers(r.request_id, '{desk,van}', tenant => TENANT) AS o,
                LATERAL bookonce.accept_offer(o.offer_id, o.provider, tenant => TENANT) AS c",
    "SELECT string_agg(concat_ws('|', c.outcome, c.position, d.outcome, d.replayed), ',')
        FROM bookonce.open_request(TIME(23, 24), 2, 'rex', tenant => TENANT) AS r,
            LATERAL bookonce.make_offers(r.request_id, '{van,pool,desk}', tenant => TENANT) AS o,
                LATERAL bookonce.accept_offer(o.offer_id, o.provider, tenant => TENANT) AS c,
                    LATERAL bookonce.accept_offer(c.offer_id, o.provider, tenant => TENANT) AS d",
    "SELECT array_agg(s) FROM bookonce.free_slots('desk', TIME(8, 24), '1 hour', tenant => TENANT) AS s",
    "SELECT string_agg(b::text, ';' ORDER BY b.starts_at, b.resource, b.holder, b.unit, b.status, b.ends_at)
        FROM bookonce.list_bookings('{desk,van,pool,ruled}', TIME(0, 24), tenant => TENANT) AS b";

# All of them, each a transaction of its own.
sub make_calls
{
    my ($session, $day, $tenant) = @_;
    return normalised(
        $session->ask(
            join ";\n",
            map {
                my $call = $_;
                $call =~ s/TIME\(([\d.]+), ([\d.]+)\)/tstzrange(DAY + $1 * HOUR, DAY + $2 * HOUR)/g;
                $call =~ s/\bDAY\b/'$day'::timestamptz/g;
                $call =~ s/\bHOUR\b/interval '1 hour'/g;
                $call =~ s/TENANT/'$tenant'/g;
                $call =~ s/KEY/ $day/g;
                "SELECT attempt(\$call\$$call\$call\$)"
            } @calls));
}

# Without what two runs need not have in common: ids, hashes, instants of now.
sub normalised
{
    my ($text) = @_;
    for ($text) {
        s/\b(on|off)(?=old|new)//g;
        s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/uuid/g;
        s/20[0-2]\d-\d\d-\d\d[T ][\d:.]+(\+[\d:]+)?/instant/g;
        s/"(request_hash|number|resource_id|id)": -?\d+/"$1": n/g;
    }
    return $text;
}

# Everything stored for a tenant, also by the owner's code.
sub rows_of
{
    my ($database, $tenant) = @_;
    my ($code, $rows, $error) = $node->psql($database, <<"SQL");
SELECT to_jsonb(b) FROM bookonce.booking AS b WHERE tenant = '$tenant' 
ORDER BY during, (to_jsonb(b) -
    '{booking_id,group_id,resource_id,tenant,created_at,lapses_at,request_hash,number}'::text[])::text;
SELECT 'audit', what, holder FROM app.audit WHERE tenant = '$tenant' ORDER BY n;
SELECT to_jsonb(e) - '{booking_id,group_id,tenant,at,number,next_xid,before_lapses_at,after_lapses_at}'::text[]
FROM bookonce.booking_event AS e WHERE tenant = '$tenant' ORDER BY number;
SELECT to_jsonb(o) - '{tenant,created_at}'::text[]
FROM bookonce.offer AS o WHERE tenant = '$tenant' ORDER BY provider, wave, status;
SELECT p.position, p.booking_id IS NOT NULL FROM bookonce.request AS r JOIN bookonce.position AS p USING (request_id)
WHERE r.tenant = '$tenant' ORDER BY during, position;
SQL
    $rows = normalised($rows);
    return join "\n", $rows, grep { /ERROR/ } split /\n/, $error;
}

# Whether a booking is made without a statement; in the other session as well, which never does.
my %booking = (
    desk => "'desk', '[2034-01-02 09:00, 2034-01-02 10:00)', 'zoe'",
    ruled => "'ruled', '[2034-01-02 09:00, 2034-01-02 10:00)', 'zoe'",
    kind => "'desk', '[2034-01-02 12:00, 2034-01-02 13:00)', 'kit', kind => 'cut'");
sub path_of
{
    my ($session, $which, $name) = @_;
    my ($outcome, $other) = map {
        query($node, 'SELECT pg_stat_statements_reset()');
        $session->{$_}->ask("SELECT outcome FROM bookonce.book_slot($booking{$which}, tenant => '${_}new')");
    } 'off', 'on';
    is($other, $outcome, "$name: the same once more, of $which");
    my $statements = query($node, 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE NOT toplevel');
    return $outcome ne 'booked' ? 'none' : $statements == 0 ? 'direct' : 'sql';
}

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
note "BOOKONCE_SEED=$seed";
my @changes = owner_changes();
if (my $filter = $ENV{BOOKONCE_CHANGES}) {
    @changes = grep { $_->[0] =~ /$filter/ } @changes;
}
elsif (($ENV{BOOKONCE_STORM} // 1) == 1) {
    @changes = @changes[ grep { ($_ + $seed) % 12 == 0 } 0 .. $#changes ];
}
cmp_ok(scalar @changes, '>=', $ENV{BOOKONCE_CHANGES} ? 1 : 19, @changes . ' changes');
# An event has columns of the same types; of others no history is kept, so nothing is booked meanwhile.
my $no_history = 'holder char\(30\)|details json|details text|reason dropped and added again|the type of kinds renamed';
my $number = 0;
for my $change (@changes) {
    my ($name, $path, $sql, $path_by_rules, $path_by_kind) = @$change;
    my $database = 'change_' . ++$number;
    query($node, "CREATE DATABASE $database TEMPLATE made");
    my (%session, %said);
    for my $way ('on', 'off') {
        $session{old}{$way} = session($node, 'app', $database);
        $session{old}{$way}->ask("SET bookonce.direct_insert = $way");
        make_calls($session{old}{$way}, '2031-01-06', "${way}old");
    }
    my ($code, $out, $error) = $node->psql($database, $sql);
    is(join("\n", grep { /ERROR/ } split /\n/, $error), '', "$name: done");
    for my $way ('on', 'off') {
        $session{new}{$way} = session($node, 'app', $database);
        $session{new}{$way}->ask("SET bookonce.direct_insert = $way");
        $said{$_}{$way} = make_calls($session{$_}{$way}, '2033-01-03', "$way$_") for 'old', 'new';
    }
    $said{$_} = path_of($session{new}, $_, $name) for sort keys %booking;
    for my $age ('old', 'new') {
        is($said{$age}{on}, $said{$age}{off}, "$name: the same answers, in the $age session");
        $session{$age}{$_}->quit for 'on', 'off';
        is(rows_of($database, "on$age"), rows_of($database, "off$age"), "$name: the same rows, of the $age session");
    }
    is($said{old}{on} =~ s/\bold\b/new/gr, $said{new}{on}, "$name: the old session has heard of it");
    # 18 runs a deferred trigger as the role that wrote, with that role's search_path: refused.
    $path = 'none' if $name eq 'a deferred trigger' && $node->pg_version >= 18;
    $path_by_rules //= $path;
    $path_by_kind //= $path;
    $path = $path_by_rules = $path_by_kind = 'none' if $keeps_history && $name =~ /^($no_history)$/;
    is($said{desk}, $path, "$name: $path");
    is($said{ruled}, $path_by_rules, "$name: by rules $path_by_rules");
    is($said{kind}, $path_by_kind, "$name: by a kind $path_by_kind");
    query($node, "DROP DATABASE $database");
}
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|XX000/, 'no crash and no internal error');
$node->stop;
done_testing();
