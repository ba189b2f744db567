# security_walk.pl: the table of docs/security.md, walked through: each function, view and table of the schema, as each
# level, for the role's own tenant and for another one. An object that only the catalog or only the page has is
# reported, so nothing new can be left out.
#
# A role is bound to a tenant, or to a setting, or to nothing. Whatever is asked, the marker in the other tenant's rows
# is not heard, and what is answered is the same whether the other tenant has such a row or not.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

# The page: name => { level => cell }.
my @levels = qw(reader app admin);
my %page;
for (split /\n/, slurp_file("$FindBin::Bin/../docs/security.md")) {
    my ($what, @cells) = /^\| (.*`\w+`.*?) \| (own|yes|no) \| (own|yes|no) \| (own|yes|no) \|$/ or next;
    my $kind = $what =~ /^the tables:/ ? 'table ' : '';
    for my $name (map { "$kind$_" } $what =~ /`(\w+)`/g) {
        ok(!$page{$name}, "the page has $name once");
        @{ $page{$name} }{@levels} = @cells;
    }
}

my $node = new_server('security_walk', conf => "fsync = off\n");
query($node, <<'SQL');
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE call INTO answer;
    RAISE EXCEPTION SQLSTATE 'ZZ999' USING MESSAGE = coalesce(answer, 'null');
EXCEPTION WHEN OTHERS THEN
    RETURN CASE SQLSTATE WHEN 'ZZ999' THEN 'answered' ELSE SQLSTATE END || '|' || SQLERRM;
END
$$;
SELECT bookonce.define_resource(r, c, tenant => t), bookonce.define_counter('stock', 5, tenant => t)
FROM unnest('{acme,beta,default}'::text[]) AS t, (VALUES ('room:1', 1), ('room:2', 1), ('driver:1', 1),
    ('driver:2', 1)) AS v(r, c);
SELECT bookonce.define_calendar('holidays', tenant => t), bookonce.define_kind('visit', tenant => t)
FROM unnest('{acme,beta,default}'::text[]) AS t;
SELECT bookonce.keep_history();
SELECT bookonce.define_resource('SECRET room', tenant => 'beta'),
    bookonce.define_kind('SECRET kind', tenant => 'beta'), bookonce.define_counter('SECRET', tenant => 'beta');
CREATE TABLE mark (tenant text, mark text);
INSERT INTO mark VALUES ('acme', 'acme'), ('default', 'default'), ('beta', 'SECRET');
SELECT bookonce.claim('e-mail', 'ann@example.com', mark, tenant => tenant) FROM mark;
SELECT bookonce.book_slots(ARRAY[ROW('room:2', '[2030-01-08 09:00, 2030-01-08 10:00)', 1, NULL, NULL,
    NULL)]::bookonce.slot_request[], mark, '1 day',
    idempotency_key => 'group', tenant => tenant) FROM mark;
SELECT bookonce.book_slot('room:1', slot, mark, hold_for => '1 day', idempotency_key => 'order ' || extract(hour
FROM lower(slot)), details => jsonb_build_object('is', mark), tenant => tenant)
FROM mark, unnest('{"[2030-01-07 09:00, 2030-01-07 10:00)", "[2030-01-07 11:00, 2030-01-07 12:00)"}'::tstzrange[])
    AS slot;
SELECT bookonce.join_waitlist('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', mark || ' waits',
    tenant => tenant) FROM mark;
SELECT bookonce.make_offers(r.request_id, '{driver:1,driver:2}', tenant => tenant)
FROM mark, bookonce.open_request('[2030-02-01 09:00, 2030-02-01 10:00)', 2, mark, tenant => tenant) AS r;
SELECT bookonce.accept_offer(offer_id, provider, tenant => tenant) FROM bookonce.offer_status
WHERE provider = 'driver:1';
SELECT count(*) FROM mark, LATERAL bookonce.read_events('reader', tenant => mark.tenant);
CREATE TABLE shop (id integer PRIMARY KEY, room integer, starts timestamptz, ends timestamptz);
GRANT SELECT ON shop TO PUBLIC;
SQL
for my $level (@levels) {
    query($node, <<SQL);
CREATE ROLE ${level}_bound LOGIN;
CREATE ROLE ${level}_pool LOGIN;
CREATE ROLE ${level}_free LOGIN;
SELECT bookonce.grant_usage('${level}_bound', '$level', tenant => 'acme');
SELECT bookonce.grant_usage('${level}_pool', '$level', tenant_setting => 'app.tenant');
SELECT bookonce.grant_usage('${level}_free', '$level');
SQL
}

# The catalog's functions: oid, name, the parameters that have no default, whether there is a tenant among them, how
# many have no default, and whether it is a trigger.
my @functions = map { [ split /\|/, $_, -1 ] } split /\n/, query($node, <<'SQL');
SELECT p.oid, p.proname, array_to_string(p.proargnames[:p.pronargs - p.pronargdefaults], ','),
    p.proname <> 'sees_tenant' AND coalesce('tenant' = ANY (p.proargnames[:p.pronargs]), false),
        p.pronargs - p.pronargdefaults,
    p.prorettype = 'trigger'::regtype
FROM pg_proc AS p WHERE p.pronamespace = 'bookonce'::regnamespace ORDER BY p.proname, p.oid
SQL
my @relations = map { [ split /\|/ ] } split /\n/, query($node, <<'SQL');
SELECT CASE relkind WHEN 'r' THEN 'table ' ELSE '' END || relname, quote_ident(relname) FROM pg_class
WHERE relnamespace = 'bookonce'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1
SQL
my %there = map { $_ => 1 } (map { $_->[1] } @functions), map { $_->[0] } @relations;
is(join(' ', grep { !$page{$_} } sort keys %there), '', 'the page lists every function, view and table');
is(join(' ', grep { !$there{$_} } sort keys %page), '', '.. and nothing else');

# Nobody is granted sequences, or any other kind of object.
is(query($node, <<'SQL'), '', 'no level has a right on any other relation');
SELECT c.relname, r.rolname FROM pg_class AS c
JOIN pg_roles AS r ON r.rolname ~ '^(reader|app|admin)_(bound|pool|free)$' OR r.rolname = 'app'
WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind NOT IN ('r', 'v', 'i', 'I', 'c', 't')
    AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(r.oid, c.oid, 'USAGE, SELECT, UPDATE')
        ELSE has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE') END
SQL

# Values that make sense for parameters without a default, and some more. Those of a tenant's rows are asked for.
sub one { return "'" . query($node, "$_[0] LIMIT 1") . "'" }
my %sane = (
    (resource => "'room:1'", new_name => "'room:blue'"),
    resources => "'{room:1,room:2}'",
    closure_ids => "ARRAY['01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d']::uuid[]",
    strict => 'false',
    during => "'[2030-03-01 09:00, 2030-03-01 10:00)'",
    within => "'[2030-01-01, 2030-03-01)'",
    holder => "'me'",
    slots =>
        "ARRAY[ROW('room:1', '[2030-03-01 09:00, 2030-03-01 10:00)', 1, 'me', NULL, NULL)]::bookonce.slot_request[]",
    hold_for => "'2 days'",
    duration => "'1 hour'",
    (needs => q('[{"any_of": ["room:1"]}]'), need => q('{"any_of": ["driver:2"]}')),
    idempotency_key => "'order 9'",
    scope => "'e-mail'",
    value => "'new'",
    claimant => "'me'",
    counter => "'stock'",
    consumer => "'reader'",
    up_to => '(SELECT read FROM bookonce.event_lag WHERE consumer = $$reader$$ ORDER BY tenant LIMIT 1)',
    delta => 1,
    positions => 1,
    requester => "'me'",
    providers => "'{driver:2}'",
    provider => "'driver:2'",
    from_provider => "'driver:1'",
    to_provider => "'driver:2'",
    weekday => 1,
    day => "'2030-12-25'",
    calendar => "'holidays'",
    parts => "'{}'",
    kind => "'visit'",
    opens => "'{09:00}'",
    closes => "'{17:00}'",
    period => "'day'",
    max_bookings => 5,
    first => "'[2030-03-01 09:00, 2030-03-01 10:00)'",
    every => "'1 day'",
    times => 2,
    time_zone => "'UTC'",
    relation => "'shop'",
    starts => "'starts'",
    ends => "'ends'",
    tenant => "'beta'");
my %more = (
    list_claims => [ claimant => "'SECRET'" ],
    slots_from_json => [ slots => "'[]'::jsonb" ],
    reschedule_group => [ by => "'1 hour'" ],
    change_booking => [ holder => "'you'" ],
    find_double_bookings => [ starts => "'starts'", ends => "'ends'" ],
    (set_starts => [ times => "'{09:00}'" ], set_ends => [ times => "'{09:00}'" ]),
    release_position => [ provider => "'driver:1'" ],
    define_resource => [ resource => "'room:3'" ],
    define_counter => [ counter => "'new'" ],
    retire_resource => [ since => "'2031-01-01'" ],
    delete_resource => [ resource => "'room:9'" ],
    reschedule_booking => [ during => "'[2030-03-01 12:00, 2030-03-01 13:00)'" ]);

# The ids of that tenant's rows.
sub ids
{
    my ($t) = @_;
    my @bookings = map { "'$_'" } split /\n/,
        query($node, "SELECT booking_id FROM bookonce.booking WHERE tenant = '$t' AND idempotency_key LIKE 'order%'");
    return (
        booking_id => $bookings[0],
        other_booking_id => $bookings[1],
        group_id => one("SELECT group_id FROM bookonce.booking WHERE tenant = '$t' AND idempotency_key = 'group'"),
        waiter_id => one("SELECT waiter_id FROM bookonce.waiter WHERE tenant = '$t'"),
        request_id => one("SELECT request_id FROM bookonce.request WHERE tenant = '$t'"),
        offer_id => one("SELECT offer_id FROM bookonce.offer WHERE tenant = '$t' AND provider = 'driver:2'"));
}
my %acme = ids('acme');
my %beta = ids('beta');
my %nobody = map { $_ => "'00000000-0000-0000-0000-000000000000'" } keys %acme;
$nobody{other_booking_id} =~ s/0'$/1'/;

# A call by names, or undef where its parameters cannot be given so.
sub call
{
    my ($function, $ids, $tenant) = @_;
    my ($oid, $name, $needed, $has_tenant, $count, $is_trigger) = @$function;
    my @names = split /,/, $needed;
    return undef if @names < $count || $is_trigger eq 't';
    my %value = (%sane, %$ids, @{ $more{$name} // [] });
    my %given = (@{ $more{$name} // [] }, map { $_ => $value{$_} // 'NULL' } @names);
    $given{tenant} = "'$tenant'" if $has_tenant && defined $tenant;
    return
          "SELECT string_agg(x::text, ' ') FROM bookonce.$name("
        . join(', ', map { "$_ => $given{$_}" } sort keys %given)
        . ') AS x';
}

my ($asked, $heard) = (0, '');
sub attempt
{
    my ($session, $call, $may_hear) = @_;
    $asked++;
    my $answer = $session->ask("SELECT attempt(\$call\$$call\$call\$)");
    $heard .= "$call: $answer\n" if !$may_hear && $answer =~ /SECRET/;
    return $answer;
}
sub plain { return $_[0] =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/(id)/gr }

for my $level (@levels) {
    my %session = map { $_ => session($node, "${level}_$_") } 'bound', 'pool', 'free';
    my $unset = session($node, "${level}_pool");
    $session{pool}->ask("SET app.tenant = 'acme'");
    for my $function (@functions) {
        my ($oid, $name, $needed, $has_tenant) = @$function;
        my $cell = ($page{$name} // {})->{$level} // 'no';
        my @wrong;
        my $may = query($node, "SELECT has_function_privilege('${level}_bound', $oid, 'EXECUTE')");
        push @wrong, "may be called: $may" if $may ne ($cell eq 'no' ? 'f' : 't');
        push @wrong, 'has a tenant and is not "own"' if $has_tenant eq 't' && $cell eq 'yes';
        push @wrong, 'has no tenant and is "own"' if $has_tenant eq 'f' && $cell eq 'own';
        my $own = call($function, \%acme, undef);
        if ($cell eq 'no') {
            if (defined $own) {
                $_ =~ /^42501\|permission denied for function/
                    or push @wrong, $_
                    for map { attempt($session{$_}, $own) } sort keys %session;
            }
        }
        elsif ($cell eq 'own') {
            for my $who ('bound', 'pool') {
                my $s = $session{$who};
                my %said = map { $_ => attempt($s, call($function, \%acme, $_)) } 'default', 'acme', 'beta', 'nobody';
                $said{out} = attempt($s, $own);
                $said{$_} =~ /^answered/ or push @wrong, "$who, $_: $said{$_}" for 'default', 'acme', 'out';
                $said{$_} eq "42501|permission denied for tenant \"$_\""
                    or push @wrong, "$who, $_: $said{$_}"
                    for 'beta', 'nobody';
                my ($theirs, $none) = map { plain(attempt($s, call($function, $_, undef))) } \%beta, \%nobody;
                push @wrong, "$who: '$theirs' is told from '$none'" if $theirs ne $none;
            }
            my $said = attempt($unset, $own);
            $said =~ /^42501\|role "${level}_pool" has no tenant/ or push @wrong, "without a setting: $said";
        }
        elsif (defined $own) {
            my $said = attempt($session{bound}, $own);
            push @wrong, $said if $said =~ /^42501\|permission denied for function/;
        }
        is(join("\n", @wrong), '', "$level: $name is '$cell'");
    }
    is($heard, '', "$level: nothing is heard of the other tenant");
    # Without a binding, the other tenant is one like any other: what was denied above was there.
    my @denied = grep {
        my $call = ($page{ $_->[1] } // {})->{$level} eq 'own' ? call($_, \%beta, 'beta') : undef;
        defined $call && attempt($session{free}, $call, 1) !~ /^answered/
    } @functions;
    is(join(' ', map { $_->[1] } @denied), '', "$level: a role that is not bound has all of this in both tenants");

    for (@relations) {
        my ($known, $name) = @$_;
        my $cell = ($page{$known} // {})->{$level} // 'no';
        my @wrong;
        my $rows = "SELECT coalesce(string_agg(x::text, ' '), 'none') FROM bookonce.$name AS x";
        for my $who (sort keys %session) {
            my $said = attempt($session{$who}, $rows, $who eq 'free');
            push @wrong, "$who: $said" if ($said =~ /^42501\|permission denied for (table|view)/) != ($cell eq 'no');
            my $tenants =
                $cell eq 'own'
                ? attempt($session{$who}, "SELECT string_agg(DISTINCT tenant, ' ') FROM bookonce.$name")
                : '';
            push @wrong, "$who: $tenants"
                if $cell eq 'own' && $tenants ne ($who eq 'free' ? 'answered|acme beta default' : 'answered|acme');
        }
        for my $condition ($cell eq 'own' ? ('true', "tenant = 'beta'", "tenant = 'nobody'") : ()) {
            my $said = attempt($unset, "$rows WHERE $condition");
            push @wrong, "without a setting: $said" if $said !~ /^42501\|role "${level}_pool" has no tenant/;
        }
        for my $change (
            "INSERT INTO bookonce.$name DEFAULT VALUES",
            "DELETE FROM bookonce.$name",
            "TRUNCATE bookonce.$name",
            "LOCK TABLE bookonce.$name IN ROW EXCLUSIVE MODE")
        {
            my $said = attempt($session{free}, $change);
            push @wrong, "$change: $said" if $said !~ /^(42501|42809|55000)/;
        }
        is(join("\n", @wrong), '', "$level: $known is '$cell'");
    }
    is($heard, '', "$level: no view shows the other tenant");
    $_->quit for values %session, $unset;
}
cmp_ok($asked, '>', 2000, "$asked calls");

$node->stop;
done_testing();
