# direct_rules.pl: resources with rules, judged without SQL and by SQL. A random walk makes each call twice, with
# bookonce.direct_insert on and off, in a tenant of its own: answers, errors and stored rows are the same.
#
# BOOKONCE_SEED repeats a walk; BOOKONCE_STORM=N makes it N times as long. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest qw(new_server session query);

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $steps = 2000 * ($ENV{BOOKONCE_STORM} // 1);
note "BOOKONCE_SEED=$seed $steps steps";
srand $seed;
sub pick { return $_[ int rand @_ ] }
sub chance { return rand() < $_[0] }

my $node = new_server('direct_rules', conf => <<'END');
fsync = off
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
END
query($node, <<'SQL');
CREATE EXTENSION pg_stat_statements;
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE call INTO answer;
    RETURN coalesce(answer, 'nothing');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SQL
my %session = map { $_ => session($node) } 'on', 'off';
$session{$_}->ask("SET bookonce.direct_insert = $_; SET timezone = 'UTC'") for keys %session;

# Makes the call both ways; returns both answers.
my @log;
sub both
{
    my ($call) = @_;
    push @log, $call;
    my %said =
        map { $_ => $session{$_}->ask(sprintf('SELECT attempt($call$%s$call$)', $call =~ s/TENANT/'$_'/gr)) } 'on',
        'off';
    die "$call\n on: $said{on}\noff: $said{off}\n" if $said{on} ne $said{off};
    return $said{on};
}

# Slots begin some minutes off the quarters of an hour from now, because the two calls are not made at the same instant.
my $first = query($node, "SELECT date_trunc('hour', now() AT TIME ZONE 'UTC') + interval '7 minutes'");
my @resources = map { "r$_" } 1 .. 8;
my @zones =
    ('UTC', 'UTC', 'Europe/Paris', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe', 'GMT');
my @lengths = ("'15 minutes'", "'30 minutes'", "'1 hour'", "'2 hours'", "'1 day'", "'1 week'", "'1 month'");
sub maybe { return chance(0.4) ? pick(@lengths[ $_[0] .. $_[1] ]) : 'NULL' }

my $near = 0;
sub slot
{
    $near = int rand 60 if chance(0.2);
    my $day = chance(0.7) ? $near : chance(0.4) ? int rand 2 : int rand 400;
    my $minutes = $day * 1440 + 15 * int rand 96;
    my $length = 15 * pick(1, 2, 4, 4, 8, 40, 100, 300);
    return
        sprintf "tstzrange('%s'::timestamp AT TIME ZONE 'UTC' + %d * interval '1 minute', "
        . "'%s'::timestamp AT TIME ZONE 'UTC' + %d * interval '1 minute')", "$first", $minutes, "$first",
        $minutes + $length;
}

# Around changes of the clocks in Paris, and the day that Samoa skipped.
my %around = (paris => [ '2031-03-29 12:00', '2031-10-25 12:00', '2031-07-04 12:00' ], samoa => ['2011-12-28 12:00']);
sub slot_around
{
    my ($resource) = @_;
    my ($from, $minutes) = (pick(@{ $around{$resource} }), 15 * int rand 250);
    my $start = "'$from'::timestamp AT TIME ZONE 'UTC' + $minutes * interval '1 minute'";
    return sprintf "tstzrange($start, $start + %d * interval '15 minutes')", pick(1, 2, 4, 8, 8, 40, 100, 1000);
}

my $answer = q{concat_ws('|', outcome, replayed, booking_id IS NULL, group_id IS NULL, resource, units, during, status,
    lapses_at IS NULL, busy)};
my (@intents, @manys);
my @kinds = ('cut', 'cut', 'wash', 'wash', 'talk', 'none such');
sub book
{
    my $resource = pick(@resources, 'g', 's', 's', 'paris', 'paris', 'samoa', ('class', 'pool') x 2);
    my $rest =
          chance(0.15) && @intents
        ? pick(@intents)
        : sprintf(
        "'%s', %s, 'h%d'%s%s%s%s%s%s%s",
        $resource,
        $around{$resource} ? slot_around($resource) : slot(),
        int rand 3,
        chance(0.25) ? ", hold_for => " . pick("'1 microsecond'", "'1 hour'") : '',
        chance(0.05) ? ', allow_overlap => true' : '',
        chance(0.03) ? ", valid_until => '2001-01-01'" : '',
        chance(0.05) ? ', quantity => 2' : '',
        chance(0.2) ? sprintf(", kind => '%s'", pick(@kinds)) : '',
        chance(0.05) ? ", waive => '{closed,too_soon,off_grid}', reason => 'agreed'" : '',
        chance(0.3) ? sprintf(", idempotency_key => 'k%d'", int rand 200) : '');
    push @intents, $rest if $rest =~ /_key/;
    return both("SELECT $answer FROM bookonce.book_slot($rest, tenant => TENANT)");
}

# Several slots in one call, on plain resources and on those with rules.
sub book_many
{
    my $whole = chance(0.5);
    my @members = map {
        my $resource = pick(@resources, 'g', 's', 'paris', 'samoa', 'class', 'pool', 'plain', 'plain', 'plain');
        my $during = $around{$resource} ? slot_around($resource) : slot();
        my $key = !$whole && chance(0.3) ? sprintf("'k%d'", int rand 200) : 'NULL';
        "ROW('$resource', $during, " . pick(1, 1, 1, 1, 2) . ", 'h" . int(rand 3) . "', $key, NULL)";
    } 1 .. pick(1 .. 5);
    my $rest =
          'ARRAY['
        . join(', ', @members)
        . ']::bookonce.slot_request[], all_or_nothing => '
        . ($whole ? 'true' : 'false')
        . (chance(0.25) ? ', hold_for => ' . pick("'1 microsecond'", "'1 hour'") : '')
        . (chance(0.2) ? sprintf(", kind => '%s'", pick(@kinds)) : '')
        . ($whole && chance(0.3) ? sprintf(", idempotency_key => 'g%d'", int rand 50) : '');
    push @manys, $rest if $rest =~ /'[kg]\d/;
    $rest = pick(@manys) if @manys && chance(0.15);
    return both("SELECT string_agg($answer, E'\\n') FROM bookonce.book_slots($rest, tenant => TENANT)");
}

# What was booked with a key is confirmed or cancelled.
sub change
{
    my $verb = pick('confirm_booking(b.id', 'cancel_booking(b.id', "cancel_booking(b.id, 'it rains'");
    my $key = pick('k' . int rand 200, 'k' . int rand 200, 'g' . int rand 50);
    return both(
        "SELECT $answer FROM (SELECT booking_id AS id FROM bookonce.booking WHERE tenant = TENANT
        AND idempotency_key = '$key') AS b, bookonce.$verb, tenant => TENANT)");
}

# None of the lengths that the resource allows, others, or other buffers.
sub define_kind
{
    my ($kind) = @_;
    return both(
        sprintf "SELECT bookonce.define_kind('%s', buffer_before => %s, buffer_after => %s, durations => %s, "
            . 'tenant => TENANT)',
        $kind,
        (map { pick('NULL', "'0'", @lengths[ 0 .. 4 ]) } 1 .. 2),
        pick('NULL', "'{15 minutes,1 hour}'", "'{30 minutes,1 hour,2 hours,10 hours}'", "'{1 day 01:00,1 hour}'"));
}

sub define
{
    my ($resource) = @_;
    return both(
        sprintf "SELECT bookonce.define_resource('%s', capacity => %s, buffer_before => %s, buffer_after => %s, "
            . "time_zone => '%s', min_notice => %s, max_ahead => %s, max_duration => %s, min_duration => %s, "
            . "start_every => %s, check_in_within => %s, tenant => TENANT)",
        $resource,
        pick(1, 1, 1, 1, 2, 3),
        (map { chance(0.5) ? "'0'" : pick(@lengths[ 0 .. 4 ]) } 1 .. 2),
        pick(@zones),
        maybe(0, 5),
        maybe(4, 6),
        maybe(2, 4),
        maybe(0, 1),
        chance(0.2) ? pick("'1 minute'", "'15 minutes'") : 'NULL',
        chance(0.2) ? pick("'15 minutes'", "'2 days'") : 'NULL');
}

# Changes in between, also to rules that only SQL judges.
my @changes = (
    sub { define(pick(@resources)) },
    sub { define(pick(@resources)) },
    sub { define_kind(pick('cut', 'wash', 'talk')) },
    sub { both("SELECT bookonce.delete_kind('talk', tenant => TENANT)") },
    sub {
        both(
            sprintf "SELECT bookonce.set_opening_hours('%s', %d, %s, tenant => TENANT)",
            pick(@resources, ('paris', 'samoa') x 4),
            1 + int rand 7,
            pick(
                "'{09:00}', '{17:00}'",
                "'{00:00}', '{24:00}'",
                "'{00:00}', '{24:00}'",
                "'{22:00,02:30}', '{02:00,12:00}'",
                "'{08:00,12:00}', '{12:00,20:00}'",
                "'{08:00,13:00}', '{12:00,20:00}'",
                "'{20:00}', '{02:00}'",
                "'{}', '{}'"));
    },
    sub { both(sprintf "SELECT bookonce.clear_opening_hours('%s', tenant => TENANT)", pick(@resources)) },
    sub {
        both(
            sprintf "SELECT bookonce.set_hours_from('%s', %s + %d, %d, '{10:00}', '{22:00}', tenant => TENANT)",
            pick([ pick(@resources), 'current_date' ], [ 'paris', "'2031-03-28'::date" ])->@*,
            int rand 60,
            1 + int rand 7);
    },
    sub {
        both(
            sprintf "SELECT bookonce.set_day_hours('%s', current_date + %d, %s, tenant => TENANT)",
            pick(@resources),
            int rand 60,
            pick("'{10:00}', '{12:00}'", "'{21:00,06:00}', '{03:00,20:00}'", "'{}', '{}'", 'NULL, NULL'));
    },
    sub {
        both(
            sprintf "SELECT bookonce.set_calendar_day('%s', %s + %d, %s, tenant => TENANT)",
            pick('holidays', 'fair'),
            pick("'2031-03-28'::date", "'2011-12-27'::date", ('current_date') x 4),
            int rand 30,
            pick("'{11:00}', '{15:00}'", "'{19:00}', '{01:00}'", "'{}', '{}'", 'NULL, NULL'));
    },
    sub {
        both(
            sprintf "SELECT bookonce.follow_calendar('%s', %s, tenant => TENANT)",
            pick(@resources, 'paris', 'samoa'),
            pick("'holidays'", "'fair'", 'NULL'));
    },
    sub {
        both(sprintf "SELECT bookonce.set_booking_limit('%s', 'day', %s, tenant => TENANT)",
            pick(@resources), pick(2, 'NULL', 'NULL'));
    },
    sub {
        both(
            sprintf "SELECT bookonce.%s('%s', %s, %s, tenant => TENANT)",
            pick('set_starts', 'set_ends'),
            pick(@resources),
            pick(
                "'{}', '{1,2,3,4,5,6,7}'",
                "'{}', '{1,2,3,4,5,6,7}'",
                "'{10:07,12:22,18:37}', '{1,2,3}'",
                "'{09:07,11:07}', '{4,5,6,7}'"));
    },
    sub {
        both("SELECT count(*) FROM bookonce.close_resource("
                . sprintf("'{%s}', %s, tenant => TENANT)", pick(@resources), slot()));
    });
define($_) for @resources;
define_kind($_) for 'cut', 'wash', 'talk';
both("SELECT bookonce.define_calendar('$_', tenant => TENANT)") for 'holidays', 'fair';
both("SELECT bookonce.define_resource('$_->[0]', time_zone => '$_->[1]', tenant => TENANT)")
    for [ 'paris', 'Europe/Paris' ], [ 'samoa', 'Pacific/Apia' ];
for my $resource ('paris', 'samoa') {
    both("SELECT bookonce.set_opening_hours('$resource', $_, '{00:00}', '{24:00}', tenant => TENANT)") for 1 .. 7;
}
# Two that no change touches, so that each of their rules refuses something.
both("SELECT bookonce.define_resource('plain', tenant => TENANT)");
both("SELECT bookonce.define_resource('g', start_every => '15 minutes', tenant => TENANT)");
both(
    "SELECT bookonce.define_resource('s', buffer_after => '20 minutes', min_notice => '3 days',
        max_ahead => '1 month', "
        . "max_duration => '1 day', min_duration => '30 minutes', tenant => TENANT)");
# Two with several places, which are full at times.
both("SELECT bookonce.define_resource('class', 2, tenant => TENANT)");
both(
    "SELECT bookonce.define_resource('pool', 3, buffer_after => '30 minutes', check_in_within => '1 hour',
    tenant => TENANT)");
my (%outcomes, $error);
for my $step (1 .. $steps) {
    eval {
        my $said =
              chance(0.06) ? (pick(@changes)->(), '')[1]
            : chance(0.15) ? book_many()
            : chance(0.15) ? change()
            : book();
        $outcomes{$1}++ if $said =~ /^(\w+)\|/;
        both('SELECT bookonce.expire_holds(tenant => TENANT)') if chance(0.002);
        1;
    } or $error = $@;
    last if $error;
}
is($error, undef, 'the same both ways, call by call') or diag(join "\n", @log[ -5 .. -1 ]);
note join ' ', map { "$_: $outcomes{$_}" } sort keys %outcomes;
ok($outcomes{$_}, "some are $_") for qw(booked taken too_soon too_far too_short too_long off_grid closed too_late
    confirmed cancelled hold_expired);
my $rows = "SELECT r.resource, b.unit, b.during, b.blocks, b.status, b.holder, b.idempotency_key, b.member,
    b.group_id IS NULL AS is_alone, b.kind, b.reason, b.released_at IS NULL AS is_live,
    CASE WHEN b.status = 'confirmed' THEN b.lapses_at - greatest(lower(b.during), b.created_at) END AS to_check_in
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) WHERE b.tenant = 'TENANT'
    ORDER BY 1, 3, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13";
is(query($node, $rows =~ s/TENANT/on/r), query($node, $rows =~ s/TENANT/off/r), 'what is stored is the same');
is(query($node, 'SELECT count(*) FROM bookonce.check_integrity()'), '0', 'and whole');

# Calls on a resource whose rules are judged without SQL run no statement.
sub statements_in
{
    my ($call) = @_;
    query($node, 'SELECT pg_stat_statements_reset()');
    my $outcome = $session{on}->ask("SELECT outcome FROM bookonce.$call");
    return "$outcome " . query($node, 'SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE NOT toplevel');
}
sub statements_of { return statements_in("book_slot($_[0])") }
sub statements_to_cancel
{
    my ($resource) = @_;
    my $id = query($node, "SELECT booking_id FROM bookonce.live_booking WHERE resource = '$resource' LIMIT 1");
    return statements_in("cancel_booking('$id')");
}
query($node, <<'SQL');
SELECT bookonce.define_resource('ruled', buffer_before => '10 minutes', buffer_after => '1 hour',
    time_zone => 'Europe/Paris',
    min_notice => '1 day', max_ahead => '100 years', max_duration => '8 hours', min_duration => '15 minutes',
        start_every => '15 minutes');
SQL
is(statements_of("'ruled', '[2040-01-09 09:00+00, 2040-01-09 10:00+00)', 'ann'"),
    'booked 0', 'a booking by rules runs no statement');
is(statements_of("'ruled', '[2040-01-09 09:15+00, 2040-01-09 10:00+00)', 'ann'"), 'taken 0', '.. nor does taken');
is(statements_of("'ruled', '[2040-01-09 09:05+00, 2040-01-09 10:00+00)', 'ann'"),
    'off_grid 0', '.. nor a rule that refuses');
is(statements_of("'ruled', '[2040-01-09 09:05+00, 2040-01-09 10:00+00)', 'ann', idempotency_key => 'n'"),
    'off_grid 0', '.. nor with a key');
is(statements_to_cancel('ruled'), 'cancelled 0', '.. nor a cancel');
query($node, "SELECT bookonce.define_kind('cut', buffer_before => '0', durations => '{2 hours}')");
is(statements_of("'ruled', '[2040-01-09 17:00+00, 2040-01-09 19:00+00)', 'ann', kind => 'cut'"),
    'booked 0', '.. nor one of a kind');
query($node, "SELECT bookonce.set_opening_hours('ruled', 1, '{09:00,14:00}', '{12:00,17:00}')");
is(statements_of("'ruled', '[2040-01-09 13:00+00, 2040-01-09 14:00+00)', 'ann'"), 'booked 0', '.. nor do hours');
is(statements_of("'ruled', '[2040-01-09 16:00+00, 2040-01-09 16:30+00)', 'ann'"), 'closed 0', '.. when it is closed');
query($node, <<'SQL');
SELECT bookonce.define_resource('night');
SELECT bookonce.set_opening_hours('night', day, '{20:00,23:00}', '{23:00,02:00}') FROM generate_series(1, 7) AS day;
SQL
is(statements_of("'night', '[2040-01-09 21:00+00, 2040-01-10 01:30+00)', 'ann'"),
    'booked 0', '.. of two kinds in a row');
is(statements_of("'night', '[2040-01-11 00:30+00, 2040-01-11 01:00+00)', 'ann'"), 'booked 0', '.. of the day before');
is(statements_of("'night', '[2040-01-11 01:30+00, 2040-01-11 02:15+00)', 'ann'"), 'closed 0', '.. until they end');
query($node, <<'SQL');
SELECT bookonce.define_resource('shop'), bookonce.set_day_hours('shop', '2040-01-09', '{10:00}', '{12:00}'),
    bookonce.define_calendar('feasts'), bookonce.follow_calendar('shop', 'feasts'),
    bookonce.set_calendar_day('feasts', '2040-01-09', '{}', '{}'),
    bookonce.set_calendar_day('feasts', '2040-01-10', '{22:00}', '{02:00}');
SQL
my %shop = (
    '[2040-01-09 10:00+00, 2040-01-09 12:00+00)' => 'booked 0: by its own day',
    '[2040-01-09 09:00+00, 2040-01-09 10:00+00)' => 'closed 0: by its own day',
    '[2040-01-10 23:00+00, 2040-01-11 05:00+00)' => 'booked 0: from the calendar\'s night into a day without hours',
    '[2040-01-10 12:00+00, 2040-01-10 13:00+00)' => 'closed 0: by the calendar',
    '[2040-01-12 00:00+00, 2040-01-13 00:00+00)' => 'booked 0: a day that nothing names');
for my $slot (sort keys %shop) {
    my ($said, $what) = split /: /, $shop{$slot};
    is(statements_of("'shop', '$slot', 'ann'"), $said, ".. nor single days: $what");
}
query($node, "SELECT bookonce.set_opening_hours('shop', 3, '{08:00}', '{09:00}')");
is(statements_of("'shop', '[2040-01-18 08:00+00, 2040-01-18 09:00+00)', 'ann'"), 'booked 0', '.. nor weekdays beside');
is(statements_of("'shop', '[2040-01-19 08:00+00, 2040-01-19 09:00+00)', 'ann'"), 'closed 0', '.. where no other opens');
query($node, <<'SQL');
SELECT bookonce.define_resource('inn', check_in_within => '3 hours', time_zone => 'Europe/Paris'),
    bookonce.set_starts('inn', '{15:00,17:00}'), bookonce.set_ends('inn', '{11:00}');
SQL
is(statements_of("'inn', '[2040-01-09 14:00+00, 2040-01-10 10:00+00)', 'ann'"),
    'booked 0', '.. nor do fixed starts and ends, and a check-in');
is(query($node, "SELECT lapses_at - lower(during) FROM bookonce.live_booking WHERE resource = 'inn'"),
    '03:00:00', '.. by which it lapses');
is(statements_of("'inn', '[2040-01-10 15:00+00, 2040-01-11 10:00+00)', 'ann'"), 'off_grid 0', '.. nor another start');
is(statements_of("'inn', '[2040-01-10 14:00+00, 2040-01-11 11:00+00)', 'ann'"), 'off_grid 0', '.. nor another end');
query($node, <<'SQL');
SELECT bookonce.define_resource('bike', overdue_blocks => true);
SELECT bookonce.close_resource('{bike}', during)
FROM unnest(ARRAY['[2040-01-09, 2040-01-10)', '[2041-01-09,)']::tstzrange[]) AS during;
SQL
is(statements_of("'bike', '[2040-01-10 00:00+00, 2040-01-10 10:00+00)', 'ann'"),
    'booked 0', 'nor do closures at other times, and what can be overdue');
like(
    statements_of("'bike', '[2040-01-09 23:00+00, 2040-01-10 01:00+00)', 'ann'"),
    qr/^closed [1-9]/,
    '.. one that is met is SQL\'s');
like(
    statements_of("'bike', '[2042-01-09 23:00+00, 2042-01-10 01:00+00)', 'ann'"),
    qr/^closed [1-9]/,
    '.. also for good');
query($node, "SELECT bookonce.set_booking_limit('bike', 'day', 2)");
like(statements_to_cancel('bike'), qr/^cancelled [1-9]/, 'a cancel where a limit counts is SQL\'s');
query($node, "SELECT bookonce.define_resource('yoga', 2, buffer_after => '10 minutes')");
my ($nine, $ten) = ('[2040-01-09 09:00+00, 2040-01-09 10:00+00)', '[2040-01-09 10:10+00, 2040-01-09 11:00+00)');
is(statements_of("'yoga', '$nine', 'ann'"), 'booked 0', 'one of several places runs no statement');
is(statements_of("'yoga', '$nine', 'ben', hold_for => '1 hour', idempotency_key => 'seat'"),
    'booked 0', '.. nor the last one, held');
is(statements_of("'yoga', '$nine', 'ben', hold_for => '1 hour', idempotency_key => 'seat'"),
    'booked 0', '.. nor a replay');
is(statements_of("'yoga', '$nine', 'cleo'"), 'taken 0', '.. nor a refusal, when it is full');
is(statements_to_cancel('yoga'), 'cancelled 0', '.. nor a cancel');
is(statements_of("'yoga', '$nine', 'cleo', allow_overlap => true"), 'booked 0', '.. nor one without a place');
is(statements_of("'yoga', '$nine', 'cleo'"), 'booked 0', '.. nor one in the place that is free again');
is(statements_of("'yoga', '$ten', 'dora'"), 'booked 0', '.. nor the next one');
query($node, "SELECT bookonce.define_resource('lanes', 2)");
is(statements_of("'lanes', '[2040-01-09 0$_:00+00, 2040-01-09 0$_:30+00)', 'ann'"), 'booked 0', ".. from $_") for 1, 3;
is(statements_of("'lanes', '[2040-01-09 01:00+00, 2040-01-09 02:00+00)', 'ann'"), 'booked 0', '.. beside it');
like(
    statements_of("'lanes', '[2040-01-09 01:45+00, 2040-01-09 03:15+00)', 'ann'"),
    qr/^booked [1-9]/,
    'a booking for which another one changes its place is SQL\'s');
query($node, "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'cleo' AND unit IS NOT NULL");
like(statements_of("'yoga', '$nine', 'eve'"), qr/^booked [1-9]/, 'a lapsed hold is released by SQL');
my $five = '[2040-01-09 05:00+00, 2040-01-09 06:00+00)';
is(statements_of("'lanes', '$five', 'late', hold_for => '1 hour'"), 'booked 0', 'a place is held');
query($node, "UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'late'");
is(statements_of("'lanes', '$five', 'eve'"), 'booked 0', '.. and when that has lapsed, another is free without SQL');
query($node,
          "ALTER TABLE bookonce.resource DROP CONSTRAINT resource_starts_check; "
        . "UPDATE bookonce.resource SET starts = '{-1}' WHERE resource = 'inn'");
unlike(
    $session{on}
        ->ask("SELECT outcome FROM bookonce.book_slot('inn', '[2040-02-10 14:00+00, 2040-02-11 10:00+00)', 'ann')"),
    qr/booked|off_grid/, 'a start that is in no week is SQL\'s');
query($node,
    'ALTER TABLE bookonce.opening_hours ALTER closes DROP NOT NULL; UPDATE bookonce.opening_hours SET closes = NULL '
        . "FROM bookonce.resource AS r WHERE opening_hours.resource_id = r.resource_id AND r.resource = 'night' "
        . 'AND weekday = 2');
unlike(statements_of("'night', '[2040-01-18 00:30+00, 2040-01-18 01:00+00)', 'ann'"),
    qr/ 0/, 'hours of the day before that the owner has let be NULL are SQL\'s');
query($node, "UPDATE bookonce.resource SET time_zone = 'CET' WHERE resource = 'ruled'");
unlike(statements_of("'ruled', '[2040-01-09 15:15+00, 2040-01-09 15:45+00)', 'ann'"),
    qr/ 0/, 'a zone that may be an abbreviation is SQL\'s');
$_->quit for values %session;
unlike(slurp_file($node->logfile), qr/PANIC|terminated by signal|XX000/, 'no crash and no internal error');
$node->stop;
done_testing();
