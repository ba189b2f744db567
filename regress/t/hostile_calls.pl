# hostile_calls.pl: every function of the extension, as pg_proc lists them, called with what no caller should send:
# NULLs, extremes, infinities, arrays of many shapes, texts at and over the limit, other tenants' ids, deep JSON. Each
# call is answered or refused by an SQLSTATE that docs/errors.md knows; ours has a hint. Never an internal error, never
# a crash.
#
# First each value in each argument alone, then several at random. Then some on tables that their owner has changed, in
# five groups of BookonceOwner.pm's changes; last, what makes sense where the owner has changed one column, or
# another object of ours, in any way, thirty such changes by chance: there too never an internal error, and no call that
# does not end.
# BOOKONCE_SEED repeats what is chosen, BOOKONCE_STORM=N makes N times as many random calls, and tries each of the
# owner's changes by itself as well.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use FindBin;
use List::Util qw(sum);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceColumns;
use BookonceHostile;
use BookonceOwner;
use BookonceTest;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";
srand $seed;

my $node = new_server('hostile_calls', conf => "fsync = off\nmax_stack_depth = '2MB'\n");

query($node, prepare_targets());
is(empty_tables($node), '', 'each of our tables has a row that a call can meet, and a change of the owner spoil');
my @ids = split /\n/, query($node, <<'SQL');
SELECT booking_id FROM bookonce.booking UNION SELECT group_id FROM bookonce.booking WHERE group_id IS NOT NULL
UNION SELECT request_id FROM bookonce.request UNION SELECT offer_id FROM bookonce.offer
SQL

my @slots = (@ranges[ 15 .. 21 ], "'[2030-05-06 09:00,2030-05-06 10:00)'", $ranges[0], $ranges[4], $ranges[9]);
sub request { return 'ROW(' . join(', ', @_) . ')' }
my @requests = (
    request(('NULL') x 6),
    request("'room:1'", $slots[7], 1, "'ann'", "'k'", "'{}'"),
    request("'class'", $slots[7], 3, 'NULL', 'NULL', 'NULL'),
    request("'strict'", $slots[3], -1, 'NULL', 'NULL', 'NULL'),
    request("'room:1'", $slots[7], 2147483647, 'NULL', 'NULL', 'NULL'),
    'NULL',
    map { request("'room:1'", $_, 1, 'NULL', 'NULL', 'NULL') } @slots);
my @request_lists = (
    "'{}'",
    "'{NULL}'",
    (map { "ARRAY[$_]" } @requests),
    "ARRAY[ARRAY[$requests[1]], ARRAY[$requests[2]]]",
    "ARRAY[$requests[1], $requests[1]]",
    "ARRAY[$requests[2], $requests[1], $requests[3]]",
    "array_fill(($requests[1])::bookonce.slot_request, ARRAY[10001])",
    "array_fill(NULL::bookonce.slot_request, ARRAY[2, 2])",
    "array_fill(($requests[2])::bookonce.slot_request, ARRAY[2], ARRAY[-5])");
my %hostile = (
    'text' => \@texts,
    'name' => [ "''", "'clerk'", "'no such role'", "repeat('x', 100)", "'postgres'", "'public'", "'\"'" ],
    'uuid' => [ map { "'$_'" } '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', @ids ],
    'integer' => [ 0, 1, 2, 3, 7, 8, -1, 10000, 10001, 100000, 100001, 2147483647, -2147483648 ],
    'bigint' => [ 0, 1, -1, 5, 9223372036854775807, "'-9223372036854775808'" ],
    'boolean' => [ 'true', 'false' ],
    'interval' => \@intervals,
    'interval[]' => [
        "'{}'",
        "'{NULL}'",
        "'{1 hour,NULL}'",
        "'{{1 hour},{2 hours}}'",
        "'[5:6]={1 hour,1 day}'",
        "'{-1 hour}'",
        "'{0}'",
        "'{178000000 years}'",
        (map { "array_fill('1 hour'::interval, ARRAY[$_])" } 49, 100000),
        "'{1 hour,1 mon -31 days}'"
    ],
    'timestamp with time zone' => \@instants,
    'tstzrange' => \@ranges,
    'tstzrange[]' => [
        "'{}'",
        "'{NULL}'",
        "'{NULL,NULL,NULL}'",
        "ARRAY['[2030-01-07 09:00+00,2030-01-07 10:00+00)', NULL]",
        "ARRAY['[2030-01-07 09:00+00,2030-01-07 10:00+00)', '[2030-01-07 09:00+00,2030-01-07 10:00+00)']",
        "ARRAY['empty']",
        "ARRAY['(,)', '[147999-12-31,148000-01-01)']",
        "ARRAY[ARRAY['[2030-01-07 09:00+00,2030-01-07 10:00+00)'], ARRAY['[2030-01-08 09:00+00,2030-01-08 10:00+00)']]",
        "array_fill('[2030-01-07,2030-01-08)'::tstzrange, ARRAY[20000])",
        "array_fill(NULL::tstzrange, ARRAY[2], ARRAY[-5])"
    ],
    'time without time zone[]' => \@times,
    'integer[]' => [ "'{}'", "'{0,8}'", "'{1,NULL}'", "'{{1},{2}}'", "'[5:6]={1,7}'" ],
    'text[]' => [
        "'{}'",
        "'{NULL}'",
        "'{room:1}'",
        "'{closed,too_soon}'",
        "'{room:1,class,strict}'",
        "'{room:1,room:1}'",
        "'{driver:1,driver:2}'",
        "'{{driver:1},{driver:2}}'",
        "'[-3:-2]={class,room:1}'",
        "'{room:1,NULL}'",
        "'{\"\"}'",
        "'{nobody}'",
        "ARRAY[repeat('x', 256)]",
        "ARRAY[chr(10)]",
        "array_fill('room:1'::text, ARRAY[100000])",
        "ARRAY(SELECT 'driver:' || n FROM generate_series(1, 1000) AS n)",
        "'{{{{{{room:1}}}}}}'"
    ],
    'uuid[]' => [ "'{}'", "'{NULL}'", map { "array_fill('$ids[0]'::uuid, ARRAY[$_])" } 1, '2, 2', 2000 ],
    'bookonce.slot_request[]' => \@request_lists,
    'regclass' => [
        map { "'$_'" } qw(shop shop_view bookonce.booking pg_catalog.pg_class shop_pkey),
        '"a; DROP TABLE shop"',
        0, 4294967295
    ],
    'oid' => [ 0, 1, "'shop'::regclass", "'4294967295'" ],
    'date' => [ map { "'$_'" } '-infinity', 'infinity', '4714-11-24 BC', '2030-01-07', '5874897-12-31' ],
    'timestamp without time zone' =>
        [ map { "'$_'" } '-infinity', 'infinity', '2030-01-07 09:00', '294276-12-31 23:59:59.999999' ],
    'daterange' => [ "'empty'", "'(,)'", "'[2030-01-07,2030-01-09)'", "'[-infinity,infinity]'", "'[,5874897-12-31)'" ],
    'tsrange' => [ "'empty'", "'(,)'", "'[2030-01-07 09:00,2030-01-07 10:00)'", "'[-infinity,infinity]'" ],
    'anyelement' => [
        'NULL::text', '1::smallint', '9223372036854775807', "'room'::text",
        "'{1,2}'::integer[]", "ROW(1, NULL)", "ROW('a', 'b')", "'{}'::json",
        "ARRAY[ROW('{}'::json)]"
    ],
    'bookonce.event_place' => [ "'(0,0,0)'", "'(1,,1)'", "'(2147483647,18446744073709551615,9223372036854775807)'" ],
    'bookonce.booking_status' => [ "'held'", "'confirmed'", "'cancelled'", "'expired'" ],
    'jsonb' => [
        "'null'", "'{}'", "'[]'", "'\"\\u0001\"'",
        "(repeat('[', 3000) || repeat(']', 3000))::jsonb",
        "('{\"a\":' || repeat('9', 10000) || '}')::jsonb",
        "to_jsonb(repeat('x', 1048576))", "'1e1000'"
    ],
    'bookonce.slot_key' => [
        "bookonce.slot_key(1, 1, '[2030-01-07 09:00,2030-01-07 10:00)')", "'(-9223372036854775808,-2147483648,(,))'",
        "'(9223372036854775807,2147483647,[infinity,infinity])'"
    ],
    'cstring' => [
        "''", "'('", "'(1,1,[2030-01-07 09:00:00+00,2030-01-07 10:00:00+00))'",
        "'(1,1,(,))'",
        "repeat('9', 100000)::cstring",
        "'(1,1,[999999-99-99 99:99:99+00,))'",
        "'(9999999999999999999999,1,(,))'"
    ]);
$hostile{'"any"'} = $hostile{anyelement};
$_->[0] eq 'NULL' or unshift @$_, 'NULL' for values %hostile;

# A sensible value, so that the hostile value next to it gets as far as it can.
my $one_of = sub { return "'" . query($node, "$_[0] LIMIT 1") . "'" };
my %sane = (
    booking_id => $one_of->("SELECT booking_id FROM bookonce.booking WHERE status = 'held' AND tenant = 'default'"),
    (resource => "'room:1'", new_name => "'room:blue'"),
    (resources => "'{room:1,class}'", closure_ids => "ARRAY['$ids[0]']::uuid[]"),
    (waiter_id => "'$ids[0]'", offer_for => "'1 hour'", providers => "'{driver:1,driver:2}'", strict => 'false'),
    (provider => "'driver:1'", from_provider => "'driver:1'", to_provider => "'driver:2'"),
    group_id => $one_of->('SELECT group_id FROM bookonce.booking WHERE group_id IS NOT NULL'),
    request_id => $one_of->("SELECT request_id FROM bookonce.request_status WHERE status = 'open'"),
    offer_id =>
        $one_of->("SELECT offer_id FROM bookonce.offer_status WHERE provider = 'driver:2' AND status = 'pending'"),
    other_booking_id => "'$ids[1]'",
    during => $slots[7],
    within => "'[2030-01-07,2030-01-08)'",
    blocks => $slots[7],
    status => "'confirmed'",
    released_at => 'NULL',
    first => $slots[7],
    pick => "'first'",
    needs => q('[{"any_of": ["room:1", "class"], "count": 2}]'),
    period => "'day'",
    (weekday => 1, weekdays => "'{1,2}'", day => "'2030-12-25'", calendar => "'holidays'", kind => "'visit'"),
    (opens => "'{09:00}'", closes => "'{17:00}'"),
    time_zone => "'Europe/Paris'",
    tenant => "'default'",
    (consumer => "'mailer'", up_to => "'(0,0,0)'", kinds => "'{all}'", ring => 'false'),
    counter => "'stock'",
    scope => "'e-mail'",
    value => "'ann\@example.com'",
    role => "'clerk'", # not the caller's, which would be bound to a tenant
    every => "'1 week'",
    duration => "'1 hour'");
my %sane_of_type = (
    'text' => "'ann'",
    'integer' => 1,
    'bigint' => 1,
    'boolean' => 'true',
    'interval' => "'1 hour'",
    'timestamp with time zone' => "'2040-01-01'",
    'tstzrange[]' => 'NULL',
    'jsonb' => "'{}'",
    ('date' => "'2030-01-07'", 'time without time zone[]' => "'{09:00}'"),
    'uuid' => "'$ids[-1]'",
    'bookonce.slot_key' => $hostile{'bookonce.slot_key'}[1],
    'bookonce.slot_request[]' => "ARRAY[$requests[1]]",
    'cstring' => $hostile{cstring}[3]);

# Of the functions that take a table: expressions over its columns.
my %sane_of_table = (
    relation => "'shop'",
    resource => "'room'",
    starts => "'starts'",
    ends => "'ends'",
    during => 'NULL',
    live_when => q('status = $$accepted$$'),
    holder => "'holder'",
    quantity => "'1'",
    mode => "'constraint'",
    time_zone => "'UTC'");

# oid, name, what app may call, argument types and names. None that take `internal`, which SQL cannot make.
my @functions = map { [ split /\|/, $_, -1 ] } split /\n/, query($node, <<'SQL');
SELECT p.proname, has_function_privilege('app', p.oid, 'EXECUTE'),
       (SELECT string_agg(format_type(t, NULL), ';' ORDER BY n)
           FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(t, n)),
               array_to_string(p.proargnames[1:p.pronargs], ';')
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'bookonce')
    AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
  AND obj_description(p.oid, 'pg_proc') NOT LIKE 'part of %'
ORDER BY 1, 3
SQL
cmp_ok(scalar @functions, '>=', 35, 'pg_proc lists the functions');

my %calls = (app => [], postgres => []);
sub call_of
{
    my ($function, @values) = @_;
    my ($name, undef, $types) = @$function;
    my @types = split /;/, $types;
    my $arguments = join ', ', map {
              $types[$_] =~ /^(cstring|anyelement|"any")$/ || $values[$_] =~ /::cstring$/
            ? $values[$_]
            : "($values[$_])::$types[$_]"
    } 0 .. $#types;
    return "SELECT string_agg(f::text, ',') FROM bookonce.$name($arguments) AS f";
}
sub add
{
    my ($function, $keep, @values) = @_;
    push @{ $calls{ $function->[1] eq 't' ? 'app' : 'postgres' } }, [ call_of($function, @values), $keep ];
}
sub sane_values
{
    my ($function) = @_;
    my @types = split /;/, $function->[2];
    my @names = split /;/, $function->[3];
    return map {
               $types[0] eq 'regclass' && $sane_of_table{ $names[$_] // '' }
            || $types[$_] ne 'bigint' && $sane{ $names[$_] // '' }
            || $sane_of_type{ $types[$_] } // $hostile{ $types[$_] }[1]
    } 0 .. $#types;
}
for my $function (@functions) {
    my @types = split /;/, $function->[2];
    my @sane = sane_values($function);
    for my $i (0 .. $#types) {
        my $values = $hostile{ $types[$i] } or die "no hostile values for type $types[$i]";
        for my $value (@$values) {
            my @values = @sane;
            $values[$i] = $value;
            add($function, 0, @values);
        }
    }
    add($function, 0, @sane);
}
my $alone = @{ $calls{app} } + @{ $calls{postgres} };
for (1 .. 4000 * $storm) {
    my $function = $functions[ int rand @functions ];
    my @values = sane_values($function);
    my $much = rand;
    for my $i (0 .. $#values) {
        my $list = $hostile{ (split /;/, $function->[2])[$i] };
        $values[$i] = $list->[ int rand @$list ] if rand() < $much;
    }
    add($function, rand() < 0.2 ? 1 : 0, @values);
}
$calls{$_} = [ sort { $a->[1] <=> $b->[1] } @{ $calls{$_} } ] for keys %calls;

my $doc = slurp_file("$FindBin::Bin/../docs/errors.md");
my %documented = map { $_ => 1 } map { split /, / } $doc =~ /^### (\w{5}(?:, \w{5})*)$/mg;
cmp_ok(scalar keys %documented, '>=', 15, 'docs/errors.md lists the codes');

my (%count, @bad);
for my $role (sort keys %calls) {
    my @list = @{ $calls{$role} };
    my $batch = 100;
    for (my $from = 0; $from < @list; $from += $batch) {
        my $n = 0;
        my $rows = join ', ', map { "($_->[0], " . ($_->[1] ? 'true' : 'false') . ')' }
            map { [ '$call$' . $_->[0] . '$call$', $_->[1] ] } grep { defined } @list[ $from .. $from + $batch - 1 ];
        my $answers = query(
            $node,
            "SET statement_timeout = '5min'; SET client_min_messages = error; SET ROLE $role;
                SELECT attempt(sql, keep) FROM (VALUES $rows) AS c(sql, keep); RESET ROLE"
        );
        for my $answer (split /\n/, $answers) {
            my ($state, $hint, $message) = split /\|/, $answer, 3;
            $count{$state}++;
            my $call = $list[ $from + $n++ ][0];
            push @bad, "$answer: $call"
                if $state ne 'answered'
                && (!$documented{$state} || ($state =~ /^(22004|22023|23514|OB...)$/ && $hint ne 't'));
        }
    }
}
note "$alone calls with one hostile value, " . 4000 * $storm . ' with several: ' . join ', ',
    map { "$_ $count{$_}" } sort keys %count;
is(scalar @bad, 0, 'every call is answered, or refused by a documented code, with a hint where it is ours')
    or diag join "\n", @bad > 400 ? (@bad[ 0 .. 399 ], '..') : @bad;
is(sum(values %count), $alone + 4000 * $storm, 'each call was made');
is(overlaps($node), '0', 'no two live bookings overlap');
is(query($node, 'SELECT count(*) FROM bookonce.check_slot_index()'), '0', 'the index and the table agree');

# Makes some of the calls on tables with these changes, which are then undone. A change that is incompatible with the
# earlier ones is left out.
sub call_after
{
    my (@changes) = @_;
    my $owner = session($node);
    $owner->ask("\\set ON_ERROR_ROLLBACK on\nBEGIN");
    $owner->ask($_->[2]) for @changes;
    my (%states, @wrong);
    my $is_unsound = grep { $_->[1] eq 'none' || ($_->[4] // '') eq 'none' } @changes; # XX001 may be the right answer
    my @list = map { $calls{app}[ int rand @{ $calls{app} } ] } 1 .. 200;
    my $rows = join ', ', map { "(\$call\$$_->[0]\$call\$, " . ($_->[1] ? 'true' : 'false') . ')' } @list;
    my $n = 0;
    for my $said (split /\n/,
        $owner->ask("SET ROLE app;\nSELECT attempt(sql, keep) FROM (VALUES $rows) AS c(sql, keep)"))
    {
        my ($state) = split /\|/, $said;
        $states{$state}++;
        push @wrong, "$said: $list[$n][0]"
            if $state =~ /^XX/ && !($is_unsound && $said =~ /^XX001\|t/) || $said =~ /^ERROR/;
        $n++;
    }
    $owner->ask('ROLLBACK');
    $owner->quit;
    return (join(', ', map { "$_ $states{$_}" } sort keys %states), join "\n", @wrong);
}
query($node, 'CREATE ROLE keeper; CREATE ROLE other_keeper');
$node->safe_psql('postgres', prepare_owner());
my @bearable = grep { $_->[1] ne 'none' && $_->[2] !~ /VACUUM|ADD VALUE/ } owner_changes();
my @groups = map {
    my $group = $_;
    [ map { $bearable[$_] } grep { $_ % 5 == $group } 0 .. $#bearable ]
} 0 .. 4;
push @groups, map { [$_] } owner_changes() if $storm > 1;
for my $group (@groups) {
    my ($said, $wrong) = call_after(@$group);
    note "$said, after: " . join ', ', map { $_->[0] } @$group;
    is($wrong, '', 'no internal error on tables with ' . @$group . ' changes of the owner\'s');
}
# For each function, the sensible call on each kind of resource.
my @sensible;
for my $function (@functions) {
    my @names = split /;/, $function->[3];
    my @values = sane_values($function);
    push @sensible, call_of($function, @values);
    for my $resource ($values[0] eq "'shop'" ? () : qw(class strict nights floor)) {
        my @here = map {
                  $names[$_] eq 'resource' ? "'$resource'"
                : $names[$_] eq 'resources' ? "'{$resource}'"
                : $names[$_] eq 'during' ? "'[2030-01-08 15:00+00,2030-01-09 11:00+00)'"
                : $names[$_] eq 'within' ? "'[2030-01-01,2030-03-01)'"
                : $values[$_]
        } 0 .. $#names;
        push @sensible, call_of($function, @here) if grep { /^resources?$/ } @names;
    }
}
my @columns = (column_changes($node), object_changes($node));
cmp_ok(scalar @columns, '>', 1500, 'there are changes of every column, and of all else');
@columns = map { splice @columns, int rand @columns, 1 } 1 .. 30 if $storm == 1;
my (%said, @wrong);
for my $change (@columns) {
    my ($name, @ways) = @$change;
    my $owner = session($node);
    $owner->ask('BEGIN');
    my $done = 0;
    while (my $way = shift @ways) {
        $done = $owner->ask("SAVEPOINT way;\nSET client_min_messages = error;\n$way") !~ /ERROR/;
        last if $done;
        $owner->ask('ROLLBACK TO way');
    }
    my $rows = join ', ', map { "(\$call\$$_\$call\$)" } @sensible;
    my @answers = !$done ? () : split /\n/,
        $owner->ask("SET statement_timeout = '60s';\nSELECT attempt(sql, false) FROM (VALUES $rows) AS c(sql)");
    for my $n (0 .. $#answers) {
        my ($state, $hint) = split /\|/, $answers[$n];
        $said{$state}++;
        push @wrong, "$name: $answers[$n]: " . ($sensible[$n] // '')
            if $state =~ /^XX/ && $state ne 'XX001'
            || $state =~ /^57014|^22012|ERROR/
            || $state eq 'XX001' && $hint ne 't';
    }
    push @wrong, "$name: " . @answers . ' answers' if $done && @answers != @sensible;
    note "$name cannot be done" if !$done;
    $owner->ask('ROLLBACK');
    $owner->quit;
}
note @sensible . ' calls after each of ' . @columns . ' changes: ' . join ', ', map { "$_ $said{$_}" } sort keys %said;
is(join("\n", @wrong), '', 'no internal error after a change of one column or object');
unlike(
    slurp_file($node->logfile),
    qr/PANIC|terminated by signal|XX000/,
    'no crash and no internal error in the server\'s log');
$node->stop;
done_testing();
