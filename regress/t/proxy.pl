# proxy.pl: a database without the extension, made a proxy of two shards by proxy_sql(): it has every verb with a
# tenant, each call answers as on the shard itself, a tenant is on one shard, rivals meet there, in dispatch too, and a
# shard that is lost is told in the words by which the SDK knows that the call is in doubt. What is left out,
# docs/scaling.md names.
#
# BOOKONCE_SEED repeats the choices, BOOKONCE_STORM=N makes the race N times as long.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;

chomp(my $share = `pg_config --sharedir`);
plan skip_all => 'PL/Proxy is not installed' if !-e "$share/extension/plproxy.control";
my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

my @shards = map { new_server("shard$_", conf => "fsync = off\n") } 0, 1;
my $proxy = PostgreSQL::Test::Cluster->new('proxy');
$proxy->init;
$proxy->append_conf('postgresql.conf', "fsync = off\ntimezone = UTC\nautovacuum = off\n");
$proxy->start;
my @ways = map { sprintf q(p%d 'dbname=postgres host=%s port=%s'), $_, $shards[$_]->host, $shards[$_]->port } 0, 1;
$proxy->safe_psql('postgres', <<"SQL");
CREATE EXTENSION plproxy;
CREATE SERVER shards FOREIGN DATA WRAPPER plproxy OPTIONS ($ways[0], $ways[1]);
CREATE USER MAPPING FOR PUBLIC SERVER shards;
CREATE ROLE app LOGIN;
GRANT USAGE ON FOREIGN SERVER shards TO app;
SQL
my $statements = query($shards[0], "SELECT bookonce.proxy_sql('shards')");
is(query($shards[1], "SELECT bookonce.proxy_sql('shards')"), $statements, 'any shard says how a proxy is made');
my $session = session($proxy);
$session->ask('SET client_min_messages = error'); # after each error PL/Proxy says that it connects again
is($session->ask("BEGIN; $statements COMMIT"), '', 'it is made');
like($session->ask($statements), qr/42P06/, '.. once');
like(session($shards[0])->ask("SELECT bookonce.proxy_sql('Shards;')"), qr/22023/, 'a cluster has the name of a server');
is(join(' ', map { query($_, 'SELECT bookonce.is_proxy()') } $proxy, @shards), 't f f', 'who is a proxy says so');

# The same types, and the same functions but those that the page names.
my $types = <<'SQL';
SELECT concat_ws(' ', t.typname, (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
WHERE enumtypid = t.oid),
    (SELECT string_agg(attname || ' ' || replace(format_type(atttypid, atttypmod), 'bookonce.times', 'tstzmultirange')
         || ' ' || attcollation::regcollation, ',' ORDER BY attnum)
     FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped))
FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid
WHERE t.typnamespace = 'bookonce'::regnamespace AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
    AND t.typname <> 'bound_role' ORDER BY 1
SQL
is(query($proxy, $types), query($shards[0], $types), 'it has the types');
my $known = <<'SQL';
SET search_path = pg_catalog;
SELECT concat_ws(' ', p.proname, pg_get_function_arguments(p.oid),
    replace(pg_get_function_result(p.oid), 'bookonce.times', 'tstzmultirange'))
FROM pg_proc AS p WHERE p.pronamespace = 'bookonce'::regnamespace ORDER BY 1
SQL
my %has = map { $_ => 1 } grep { !/^(is_proxy|shard_of) / } split /\n/, query($proxy, $known);
my %there = map { $_ => 1 } split /\n/, query($shards[0], $known);
is(join("\n", grep { !$there{$_} } sort keys %has), '', 'each function of the proxy is one of the shard');
cmp_ok(scalar keys %has, '>', 60, '.. ' . keys(%has) . ' of them');
my $public = <<'SQL';
SELECT DISTINCT u.name FROM bookonce.usage_levels() AS u JOIN pg_proc AS p ON p.proname = u.name
WHERE p.pronamespace = 'bookonce'::regnamespace AND obj_description(p.oid, 'pg_proc') !~ '^(part|trigger) of' ORDER BY 1
SQL
my %verb = map { /^(\w+)/ => 1 } keys %has;
my @left_out = grep { !$verb{$_} } split /\n/, query($shards[0], $public);
my ($page) = slurp_file('docs/scaling.md') =~ /^### Left out\n(.*?)^#/ms;
my %named = map { $_ => 1 } $page =~ /`(\w+)`/g;
is(join(' ', grep { !$named{$_} } @left_out), '', 'what is left out, the page names');
is(join(' ', grep { $verb{$_} } sort keys %named), '', '.. and nothing else');

# Each verb with NULL for all that it can be told: both answer alike.
my @calls = split /\n/, query($shards[0], <<'SQL');
SET search_path = pg_catalog;
SELECT format('SELECT * FROM bookonce.%I(%s)', p.proname, (
    SELECT string_agg(format('%I => %s', n.name, CASE n.name WHEN 'tenant' THEN '''default'''
               ELSE 'NULL::' || format_type(p.proargtypes[n.place - 1], NULL) END), ', ')
    FROM unnest(p.proargnames) WITH ORDINALITY AS n(name, place) WHERE n.place <= p.pronargs))
FROM pg_proc AS p
WHERE p.pronamespace = 'bookonce'::regnamespace AND 'tenant' = ANY (p.proargnames) ORDER BY 1
SQL
my ($default) = map { $shards[$_] } query($proxy, "SELECT bookonce.shard_of('default') & 1");
my $direct = session($default);
my @differ;
for my $call (grep { /bookonce\.(\w+)/ && $verb{$1} } @calls) {
    my ($there, $here) = map { $_->ask($call) } $direct, $session;
    push @differ, "$call: $there, by the proxy $here" if $there ne $here;
}
is(join("\n", @differ), '', 'NULLs are answered as by the shard');

# A story of calls, one of each kind of answer.
sub ask { my ($sql) = @_; return $session->ask("SELECT $sql") }
my $nine = slot(9);
is( ask("outcome, units, during FROM bookonce.book_slot('room:1', $nine, 'ann', idempotency_key => 'k')"),
    'booked|{1}|["2030-01-07 09:00:00+00","2030-01-07 10:00:00+00")',
    'a slot is booked');
is( ask("outcome, busy FROM bookonce.book_slot('room:1', $nine, 'ben')"),
    'taken|{["2030-01-07 09:00:00+00","2030-01-07 10:00:00+00")}',
    '.. or taken, and the times come along');
is(ask("outcome, replayed FROM bookonce.book_slot('room:1', $nine, 'ann', idempotency_key => 'k')"),
    'booked|t', '.. or was booked before');
like(ask("* FROM bookonce.book_slot('room:1', $nine, 'ben', idempotency_key => 'k')"),
    qr/OB001/, 'an error has its code');
is( ask(      'outcome FROM bookonce.book_slots(ARRAY[ROW(\'room:1\', '
            . slot(10)
            . ", 1, NULL, NULL, '{\"a\": 1}'), ROW('room:1', $nine, 1, NULL, NULL, NULL)]::bookonce.slot_request[], "
            . "'cy',"
            . ' all_or_nothing => false)'),
    "booked\ntaken",
    'rows go there and come back');
is( ask("bookonce.free_time('room:1', '[2030-01-07 08:00, 2030-01-07 12:00)')"),
    '{["2030-01-07 08:00:00+00","2030-01-07 09:00:00+00"),["2030-01-07 11:00:00+00","2030-01-07 12:00:00+00")}',
    'many times in one value');
is(ask("count(*) FROM bookonce.free_slots('room:1', '[2030-01-07 08:00, 2030-01-07 12:00)', '1 hour', '1 hour')"),
    '2', 'a set of ranges');
is(ask("outcome, rule FROM bookonce.explain_slot('room:1', $nine)"), 'taken|capacity', 'a table');
is( ask("holder, details FROM bookonce.list_bookings('{room:1}', '[2030-01-07, 2030-01-08)')"),
    "ann|\ncy|{\"a\": 1}",
    'rows of a list');
ask("bookonce.define_counter('stock', 5, 0, 9)");
is(ask("outcome, value FROM bookonce.adjust_counter('stock', -2, 'a')"), 'applied|3', 'a counter');
ask("bookonce.define_resource('eve')");
my $request = ask('request_id FROM bookonce.open_request(' . slot(20) . ", 1, 'dan')");
my $offer = ask("offer_id FROM bookonce.make_offers('$request', '{eve}')");
is(ask("outcome, position FROM bookonce.accept_offer('$offer', 'eve')"), 'accepted|1', 'dispatch');
query($default, "SELECT bookonce.keep_history()");
is(ask("outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.get_booking_by_key('k')))"),
    'cancelled', 'a call within a call');
is(ask("kind FROM bookonce.read_events('mailer')"), 'cancelled', 'events');

# A style in which a day and a month look alike.
is( session($proxy)->ask(
        "SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kathmandu'; SELECT outcome FROM bookonce.book_slot('room:1', "
            . "'[2030-02-03 00:00+00, 2030-02-03 01:00+00)', 'ivy')"),
    'booked',
    'a session of another style');
is( query($default, "SELECT during FROM bookonce.booking WHERE holder = 'ivy'"),
    '["2030-02-03 00:00:00+00","2030-02-03 01:00:00+00")',
    '.. says the same time');

# Not a transaction.
my $ten = slot(12);
is($session->ask("BEGIN; SELECT outcome FROM bookonce.book_slot('room:1', $ten, 'fay'); ROLLBACK"),
    'booked', 'a call in a transaction that is rolled back');
is(query($default, "SELECT count(*) FROM bookonce.booking WHERE holder = 'fay'"), '1', '.. has been committed');

# A tenant is on one shard.
ask("bookonce.define_resource('room', tenant => 't$_')") for 0 .. 15;
my @tenants =
    map { [ split /\n/, query($_, "SELECT tenant FROM bookonce.resource WHERE resource = 'room' ORDER BY 1") ] }
    @shards;
is(@{ $tenants[0] } + @{ $tenants[1] }, 16, 'each tenant is on a shard');
cmp_ok(scalar @{ $tenants[$_] }, '>', 2, "shard $_ has some of them") for 0, 1;
is( query(
        $proxy,
        "SELECT bool_and(bookonce.shard_of(t) & 1 = $_) FROM unnest('{@{[join ',', @{ $tenants[$_] }]}}'::text[]) AS t"
    ),
    't',
    ".. those of shard_of()") for 0, 1;

# Roles.
my $as_app = session($proxy, 'app');
like($as_app->ask("SELECT outcome FROM bookonce.claim('e', 'a', 'ann')"), qr/42501/, 'a role needs a grant');
query($proxy, 'GRANT USAGE ON SCHEMA bookonce TO app');
like($as_app->ask("SELECT outcome FROM bookonce.claim('e', 'a', 'ann')"), qr/42501/, '.. of the function too');
query($proxy, 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bookonce TO app');
is($as_app->ask("SELECT outcome FROM bookonce.claim('e', 'a', 'ann')"), 'claimed', '.. and then has it');
query($_, "SELECT bookonce.revoke_usage('app')") for @shards;
like($as_app->ask("SELECT outcome FROM bookonce.claim('e', 'a', 'ann')"),
    qr/42501/, '.. as far as it has it on the shard');

# A race for a few slots of four tenants, two on each shard.
my @four = map { @$_[ 0, 1 ] } @tenants;
my $hours = 10;
sub calls_of
{
    my ($client) = @_;
    srand $seed + $client;
    my @wishes = map {
        my $tenant = $_;
        map { [ $tenant, $_ ] } 0 .. $hours * $storm - 1
    } @four;
    @wishes = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } @wishes;
    return sub {
        my ($tenant, $hour) = @{ shift @wishes // return undef };
        my $during = "tstzrange('2031-01-01'::timestamptz + $hour * interval '1 hour', "
            . "'2031-01-01'::timestamptz + ($hour + 1) * interval '1 hour')";
        return {
            object => 'all',
            call => ['book_slot'],
            sql =>
                "SELECT outcome, replayed FROM bookonce.book_slot('room', $during, 'c$client', tenant => '$tenant');"
        };
    };
}
my %told;
$told{ $_->{verdict} }++ for finish_clients(start_clients($proxy->connstr('postgres'), map { calls_of($_) } 1 .. 8));
my $slots = 4 * $hours * $storm;
is( join(', ', map { "$_: $told{$_}" } sort keys %told),
    "booked f: $slots, taken f: " . 7 * $slots,
    'each slot has one winner');
is(join(' ', map { overlaps($_) } @shards), '0 0', '.. and no two overlap');

# Dispatch: in each tenant four requests of two positions, two at a time at one time, all offered to the same six
# providers, so that every one can be filled. All clients tap all offers, each twice.
my $unnest = "unnest('{" . join(',', @four) . "}'::text[]) AS t";
query($proxy, <<"SQL");
SELECT bookonce.define_resource('provider:' || n, tenant => t) FROM generate_series(1, 6) AS n, $unnest;
SELECT count(*) FROM $unnest, generate_series(0, 3) AS n,
    LATERAL bookonce.open_request(tstzrange('2032-01-01'::timestamptz + n / 2 * interval '1 day',
        '2032-01-01 01:00'::timestamptz + n / 2 * interval '1 day'), 2, 'dan', tenant => t) AS r,
    LATERAL bookonce.make_offers(r.request_id, ARRAY(SELECT 'provider:' || p FROM generate_series(1, 6) AS p),
        tenant => t);
SQL
my $offers = q(SELECT tenant, request_id, offer_id, provider FROM bookonce.offer WHERE tenant LIKE 't%');
my @offers = map { [ split /\|/ ] } map { split /\n/, query($_, $offers) } @shards;
is(@offers, 4 * 4 * 6, 'offers on the shards');
my $seats = q(SELECT coalesce(string_agg(status || ' ' || filled, ','), '') FROM bookonce.request_status
        WHERE tenant LIKE 't%');

sub pick { return $_[ rand @_ ] }

# What a storm of dispatch must leave on the shards.
sub is_sound
{
    my ($what) = @_;
    is(join(' ', map { overlaps($_) } @shards), '0 0', "$what: nobody is in two places");
    is(join('', map { query($_, 'SELECT * FROM bookonce.check_integrity()') } @shards),
        '', "$what: .. and all is sound");
    is(join(' ', map { query($_, 'SELECT count(*) FROM bookonce.request_status WHERE filled > positions') } @shards),
        '0 0', "$what: no request has one too many");
}

sub storm
{
    my ($calls_of) = @_;
    my %told;
    $told{ $_->{verdict} }++
        for finish_clients(start_clients($proxy->connstr('postgres'), map { $calls_of->($_) } 1 .. 8));
    return \%told;
}

sub dispatch_call
{
    my ($verb, $columns, $arguments, $tenant) = @_;
    return {
        object => 'all',
        call => [$verb],
        sql => "SELECT $columns FROM bookonce.$verb($arguments, tenant => '$tenant');"
    };
}
my $accepts = storm(
    sub {
        srand $seed + $_[0];
        my @taps = map { $_->[1] } sort { $a->[0] <=> $b->[0] } map { [ rand, $_ ] } (@offers) x (2 * $storm);
        return sub {
            my ($tenant, undef, $offer, $provider) = @{ shift @taps // return undef };
            return dispatch_call('accept_offer', 'outcome, replayed', "'$offer', '$provider'", $tenant);
        };
    });
is($accepts->{'accepted f'}, 4 * 4 * 2, 'as many are told that they have it as were asked for');
is(join(' ', grep { !/^(accepted [tf]|filled f|provider_busy f)$/ } sort keys %$accepts),
    '', '.. and the others why not');
is(join(',', map { query($_, $seats) } @shards), join(',', ('filled 2') x 16), '.. two for each request');
is_sound('accepts');
note('accepts: ' . join ', ', map { "$_ $accepts->{$_}" } sort keys %$accepts);

# All of dispatch at once. OB003 is for a provider who leaves a request without having been there.
my $all = storm(
    sub {
        srand $seed + 100 + $_[0];
        my @calls = map {
            my ($tenant, $request, $offer, $provider) = @{ $offers[ rand @offers ] };
            my $other = 'provider:' . (1 + ((substr $provider, -1) + int rand 5) % 6);
            my ($verb, $arguments) = @{
                pick(
                    ([ 'accept_offer', "'$offer', '$provider'" ]) x 40,
                    ([ 'decline_offer', "'$offer', '$provider'" ]) x 5,
                    ([ 'withdraw_offer', "'$offer'" ]) x 5,
                    ([ 'make_offers', "'$request', '{$provider}'" ]) x 15,
                    ([ 'release_position', "'$request', '$provider'" ]) x 15,
                    ([ 'reassign_position', "'$request', '$provider', '$other'" ]) x 15,
                    ([ 'cancel_request', "'$request'" ]) x 2,
                    ([ 'reschedule_request', "'$request', '[2032-02-01, 2032-02-02)'" ]) x 3) };
            dispatch_call($verb, 'outcome', $arguments, $tenant)
        } 1 .. 60 * $storm;
        return sub { shift @calls };
    });
is(join(' ', grep { /ERROR/ && !/OB003/ } sort keys %$all), '', 'all of dispatch at once: no error');
cmp_ok($all->{accepted} // 0, '>', 0, '.. offers are accepted');
cmp_ok($all->{released} // 0, '>', 0, '.. positions released');
is_sound('all of dispatch');
note('all of dispatch: ' . join ', ', map { "$_ $all->{$_}" } sort keys %$all);

# A shard that is lost, while a call waits there, and before.
my $holder = session($default);
$holder->ask("BEGIN; SELECT bookonce.book_slot('room:1', " . slot(15) . ", 'gil')");
my $call =
    "SELECT outcome, replayed FROM bookonce.book_slot('room:1', " . slot(15) . ", 'hal', idempotency_key => 'hal')";
$session->tell($call);
$default->poll_query_until('postgres', 'SELECT count(*) > 0 FROM bookonce.waiting') or die "nobody waits\n";
forget_connection($default);
$_->quit for $direct;
$default->stop('immediate');
my $lost = $session->answer;
like($lost, qr/^ERROR:  (57P0[12]|XX000)$/m, "a shard that stops leaves the call in doubt: $lost");
$holder->last_words;
# No session may outlive this: the new postmaster would inherit its pipe.
$_->quit for $session, $as_app;
forget_connection($_) for $proxy, @shards;
my (undef, undef, $words) = $proxy->psql('postgres', $call, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
like(
    $words,
    qr/^psql:.*ERROR:  XX000: (PL\/Proxy function |.*\] REMOTE \(null\): )/m,
    'one that is not there is told in words that the SDK knows');
$default->start;
is(query($proxy, $call), 'booked|f', 'the call is repeated when it is back');
is(query($proxy, $call), 'booked|t', '.. once');
forget_connection($_) for $proxy, @shards;
$_->stop for $proxy, @shards;
done_testing();
