# upgrade.pl: ALTER EXTENSION UPDATE and setup() make of an older version's database what a new CREATE EXTENSION and
# setup() make, and keep the rows. By a database owner who is no superuser, with an application's role that has its
# grants already.
#
# A release that changes the schema keeps the older install script as regress/t/released/bookonce--A.sql and ships
# sql/bookonce--A--B.sql; both are found here by their names. The first upgrade below is made up: it shows that the
# comparison works while there is only one version, by an upgrade that lacks one statement at a time.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceCatalog;
use BookonceData;

# A copy of the staged extension, which may get more scripts.
my $folder = PostgreSQL::Test::Utils::tempdir();
my ($stage) = slurp_file($ENV{TEMP_CONFIG}) =~ m{'(/[^':]*?/stage)['/]} or die "no stage in $ENV{TEMP_CONFIG}";
system_or_bail('cp', '-r', $stage, "$folder/stage");
my ($control) = split /\n/, `find '$folder/stage' -name bookonce.control`;
my $scripts = dirname($control);
my ($current) = slurp_file($control) =~ /^default_version = '(.*)'/m;
my $text = slurp_file("$scripts/bookonce--$current.sql");

sub write_script
{
    my ($name, $content) = @_;
    my $file = "$scripts/bookonce--$name.sql";
    unlink $file;
    append_to_file($file, $content);
}

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf',
    "timezone = UTC\nfsync = off\nautovacuum = off\n" . slurp_file($ENV{TEMP_CONFIG}) =~
        s/\Q$stage\E/$folder\/stage/gr);
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE owner LOGIN; CREATE ROLE app LOGIN');

sub as_owner { my ($database, $sql) = @_; return $node->safe_psql($database, $sql, extra_params => [ '-U', 'owner' ]) }

# A database of that version, set up.
sub install
{
    my ($database, $version) = @_;
    $node->safe_psql('postgres', "CREATE DATABASE $database OWNER owner");
    as_owner($database,
        "CREATE EXTENSION bookonce VERSION '$version'; SELECT bookonce.setup(), bookonce.grant_usage('app')");
}

sub upgrade
{
    my ($database, $version) = @_;
    as_owner(
        $database,
        "BEGIN; ALTER EXTENSION bookonce UPDATE TO '$version';
            SELECT bookonce.setup(), bookonce.grant_usage('app'); COMMIT"
    );
}

# The part of the current script that the pattern finds, which is then taken out of the text given.
sub take_out
{
    my ($from, $pattern) = @_;
    $$from =~ s/($pattern)// or die "the script does not have $pattern";
    return $1;
}

# The made-up version 0.0.2 is the current one, with a setup() that knows the older tables; 0.0.1 lacks a bit of
# everything.
$text =~ s/extend_hold,(?=cancel_booking)// or die 'extend_hold is at no level';
$text =~ s/(?=\('admin', 1,)/('app', 3, '{extend_hold}'),\n        / or die 'there is no level admin';
my $older = $text;
take_out(\$older, qr/\('app', 3, '\{extend_hold\}'\),\n +/);
my ($levels) = $text =~ /(CREATE FUNCTION bookonce\.usage_levels\(.*?\n\$levels\$;\n)/s;
my $extend = take_out(\$older, qr/CREATE FUNCTION bookonce\.extend_hold\(.*?;\n/s);
my $extend_comment = take_out(\$older, qr/COMMENT ON FUNCTION bookonce\.extend_hold\(.*?;\n/s);
my $repeat = take_out(\$older, qr/CREATE FUNCTION bookonce\.repeat_slots\(.*?;\n/s);
my $repeat_comment = take_out(\$older, qr/COMMENT ON FUNCTION bookonce\.repeat_slots\(.*?;\n/s);
take_out(\$older, qr/COMMENT ON TYPE bookonce\.slot_request IS\s+'.*?';\n/);
my ($type_comment) = $text =~ /(COMMENT ON TYPE bookonce\.slot_request IS\s+'.*?';\n)/;
my $column = take_out(\$older,
    qr/created_at timestamptz NOT NULL DEFAULT clock_timestamp\(\),\n(?=\s+value bigint NOT NULL DEFAULT 0)/);
my $index = take_out(\$older, qr/CREATE INDEX booking_group ON .*?;\n/s);
my $view_comment = take_out(\$older, qr/COMMENT ON VIEW bookonce\.live_booking IS\s.*?;\n/s);
my $constraint = take_out(\$older, qr/CONSTRAINT offer_stores_what_was_said CHECK \(.*?\),\n/);

my @steps = (
    'ALTER TABLE bookonce.counter ADD COLUMN IF NOT EXISTS ' . $column =~ s/,\n/;\n/r,
    $index =~ s/CREATE INDEX/CREATE INDEX IF NOT EXISTS/r,
    'ALTER TABLE bookonce.offer DROP CONSTRAINT IF EXISTS offer_stores_what_was_said, ADD ' . $constraint =~
        s/,\n/;\n/r,
    $view_comment);
my $old_signature = 'bookonce.extend_hold(uuid, interval, text, interval, text)';

sub newer
{
    my (@brought) = @_;
    my $newer = $text;
    # Added where setup() has found the tables, and they do not belong to a stranger.
    $newer =~ s/(?=        EXIT tables;\n    END IF;\n\n    CREATE TABLE bookonce\.resource)/@brought/
        or die 'setup() has no place for its steps';
    return $newer;
}

my ($setup) = newer(@steps) =~ /(CREATE FUNCTION bookonce\.setup\(\).*?\n\$setup\$;\n)/s;
my @statements = (
    $repeat,
    $repeat_comment,
    $type_comment,
    $extend,
    $extend_comment,
    $levels =~ s/CREATE FUNCTION/CREATE OR REPLACE FUNCTION/r,
    "REVOKE ALL ON FUNCTION $old_signature FROM PUBLIC;\n",
    "GRANT EXECUTE ON FUNCTION $old_signature TO \@extowner\@ WITH GRANT OPTION;\n",
    $setup =~ s/CREATE FUNCTION/CREATE OR REPLACE FUNCTION/r);

write_script('0.0.1', $older);
write_script('0.0.2', newer(@steps));
write_script('0.0.1--0.0.2', join '', @statements);

my @upgrades = ([ '0.0.1', '0.0.2' ]);
for my $released (sort glob dirname(__FILE__) . '/released/bookonce--*.sql') {
    my ($version) = $released =~ /bookonce--(.*)\.sql$/;
    next if $version eq $current;
    write_script($version, slurp_file($released));
    push @upgrades, [ $version, $current ];
}

# Sessions load the new library as soon as it is installed, and have the functions of before until ALTER EXTENSION
# UPDATE: those that have more parameters now. All taken back, and each by its position: what is missing must not be
# read.
my $old_answers =
    join "\n",
    qw(extended|not_live confirmed|not_live rescheduled|not_live cancelled|not_live),
    'confirmed,confirmed', 'cancelled,cancelled';
sub old_calls
{
    my ($database) = @_;
    return as_owner($database, <<'SQL');
BEGIN;
CREATE FUNCTION pg_temp.o() RETURNS uuid LANGUAGE sql AS $$ SELECT booking_id FROM bookonce.booking WHERE tenant = 'old'
    AND holder = 'o' $$;
CREATE FUNCTION pg_temp.c() RETURNS uuid LANGUAGE sql AS $$ SELECT booking_id FROM bookonce.booking WHERE tenant = 'old'
    AND holder = 'c' $$;
CREATE FUNCTION pg_temp.g() RETURNS uuid LANGUAGE sql AS $$ SELECT DISTINCT group_id FROM bookonce.booking
    WHERE tenant = 'old' AND holder = 'g' $$;
DO $$ BEGIN
    PERFORM bookonce.define_resource('old:1', tenant => 'old');
    PERFORM bookonce.book_slot('old:1', '[2040-01-01 09:00Z, 2040-01-01 10:00Z)', h, hold_for => '1 hour',
        allow_overlap => true, tenant => 'old') FROM unnest('{o,c}'::text[]) AS h;
    PERFORM bookonce.cancel_booking(pg_temp.c(), 'why', 'old');
    PERFORM bookonce.book_slots(ARRAY[('old:1', '[2040-01-02 09:00Z, 2040-01-02 10:00Z)', 1, NULL, NULL, NULL),
        ('old:1', '[2040-01-03 09:00Z, 2040-01-03 10:00Z)', 1, NULL, NULL, NULL)]::bookonce.slot_request[],
        'g', hold_for => '1 hour', tenant => 'old');
END $$;
SELECT a.outcome, b.outcome FROM bookonce.extend_hold(pg_temp.o(), '2 hours', 'old') AS a,
    bookonce.extend_hold(pg_temp.c(), '2 hours', 'old') AS b;
SELECT a.outcome, b.outcome FROM bookonce.confirm_booking(pg_temp.o(), 'old') AS a,
    bookonce.confirm_booking(pg_temp.c(), 'old') AS b;
SELECT a.outcome, b.outcome FROM bookonce.reschedule_booking(pg_temp.o(), '[2040-01-01 11:00Z, 2040-01-01 12:00Z)',
    NULL, 'old') AS a,
    bookonce.reschedule_booking(pg_temp.c(), '[2040-01-01 11:00Z, 2040-01-01 12:00Z)', NULL, 'old') AS b;
SELECT a.outcome, b.outcome FROM bookonce.cancel_booking(pg_temp.o(), 'why', 'old') AS a,
    bookonce.extend_hold(pg_temp.o(), '2 hours', 'old') AS b;
SELECT string_agg(outcome::text, ',') FROM bookonce.confirm_group(pg_temp.g(), 'old');
SELECT string_agg(outcome::text, ',') FROM bookonce.cancel_group(pg_temp.g(), 'why', 'old');
ROLLBACK;
SQL
}

# Between ALTER EXTENSION UPDATE and setup(), the new functions work, or say that setup() is needed. Everything is
# rolled back; returns the functions that say anything else.
sub new_calls
{
    my ($database) = @_;
    my ($code, $out, $error) = $node->psql($database, <<'SQL', extra_params => [ '-U', 'owner' ], on_error_stop => 1);
\set VERBOSITY verbose
BEGIN;
ALTER EXTENSION bookonce UPDATE;
DO $$
DECLARE
    call text;
    needs_setup integer := 0;
BEGIN
    PERFORM bookonce.define_resource('old:1', tenant => 'old');
    FOREACH call IN ARRAY string_to_array(trim($calls$
set_starts('old:1', '{10:00}')
set_day_hours('old:1', '2040-01-01', '{}', '{}')
set_hours_from('old:1', '2040-01-01', 1, '{10:00}', '{12:00}')
define_calendar('holidays')
follow_calendar('old:1', NULL)
close_resource('{old:1}', '[2040-01-01, 2040-01-02)')
retire_resource('old:1', '2040-01-01')
list_closures('[2040-01-01, 2040-01-02)')
alter_resource('old:1', min_duration => '1 hour')
alter_resource('old:1', overdue_blocks => true)
set_holder_rule('old', '{old:1}', max_live => 1)
join_waitlist('old:1', '[2040-01-01, 2040-01-02)', 'ann')
set_waitlist('old:1', true)
waitlist('old:1')
set_parts('old:1', '{}')
list_parts('old:1')
suggest_slots('old:1', '[2040-01-01, 2040-01-02)')
explain_slot('old:1', '[2040-01-01, 2040-01-02)')
places_left('old:1', '[2040-01-01, 2040-01-02)')
describe_resource('old:1')
book_slot('old:1', '[2040-01-01, 2040-01-02)', 'ann', waive => '{closed}', reason => 'why')
define_kind('cut', buffer_after => '10 minutes')
list_kinds(10)
book_slot('old:1', '[2040-01-01, 2040-01-02)', 'ann', kind => 'cut')
free_slots('old:1', '[2040-01-01, 2040-01-02)', '1 hour', kind => 'cut')
get_booking('01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d')
list_bookings('{old:1}', '[2040-01-01, 2040-01-02)')
find_slots('{"any_of": ["old:1"]}', '[2040-01-01, 2040-01-02)', '1 hour')
rename_resource('old:1', 'old:2')
$calls$, E'\n'), E'\n')
    LOOP
        BEGIN
            EXECUTE format('SELECT bookonce.%s, tenant => %L)', left(call, -1), 'old');
        EXCEPTION WHEN OTHERS THEN
            needs_setup := needs_setup + 1;
            IF SQLSTATE <> 'OB004' THEN
                RAISE WARNING '%: % %', call, SQLSTATE, SQLERRM;
            END IF;
        END;
    END LOOP;
    IF needs_setup < 10 THEN
        RAISE WARNING 'only % of them need setup()', needs_setup;
    END IF;
END $$;
ROLLBACK;
SQL
    return $error;
}

my $number = 0;
for my $way (@upgrades) {
    my ($old, $new) = @$way;
    my ($upgraded, $fresh) = ("upgraded_$number", 'fresh_' . $number++);
    install($upgraded, $old);
    install($fresh, $new);
    my $expected = catalog($node, $fresh);
    isnt(difference(catalog($node, $upgraded), $expected), '', "$old is not $new");
    fill($node, $upgraded);
    my $count = sub {
        return $node->safe_psql(
            $upgraded,
            'SELECT count(*), count(*) FILTER (WHERE released_at IS NULL), (SELECT count(*) FROM bookonce.offer)
                FROM bookonce.booking'
        );
    };
    my $before = $count->();
    is(old_calls($upgraded), $old_answers, ".. the functions of $old run with the library of $new") if $old ne '0.0.1';
    is(new_calls($upgraded), '', '.. and new ones say that setup() is needed') if $old ne '0.0.1';
    upgrade($upgraded, $new);
    is(difference(catalog($node, $upgraded), $expected), '', "$old upgraded to $new is $new newly installed");
    is($count->(), $before, '.. its rows are there');
    is_sound($node, $upgraded, $upgraded);
    works_on($node, $upgraded, $upgraded);
    as_owner($upgraded, 'SELECT bookonce.setup()');
    is(difference(catalog($node, $upgraded), $expected), '', '.. and a second setup() changes nothing');
}

# What was granted on functions that the upgrade drops for newer ones is given again by setup(); what was taken from a
# role stays away, also after grant_usage().
install('kept', '0.1.0');
$node->safe_psql('postgres', 'CREATE ROLE clerk');
as_owner('kept', <<'SQL');
SELECT bookonce.grant_usage('clerk');
REVOKE EXECUTE ON FUNCTION bookonce.claim(text, text, text, jsonb, text),
    bookonce.define_resource(text, integer, interval, interval, text, interval, interval, interval, text) FROM clerk;
ALTER EXTENSION bookonce UPDATE;
SELECT bookonce.setup();
SQL
my $rights =
      "SELECT string_agg(DISTINCT proname, ' ') FROM pg_proc WHERE pronamespace = 'bookonce'::regnamespace"
    . " AND has_function_privilege('clerk', oid, 'EXECUTE')"
    . " AND proname IN ('book_slot', 'claim', 'define_resource', 'set_booking_limit', 'get_booking', 'change_booking')";
is($node->safe_psql('kept', $rights), 'book_slot set_booking_limit',
    'setup() gives again what a role had, and no more');
as_owner('kept', "SELECT bookonce.grant_usage('clerk')");
is( $node->safe_psql('kept', $rights),
    'book_slot get_booking set_booking_limit',
    'grant_usage() adds the new verbs of levels of which it had all');
is($node->safe_psql('kept', "SELECT to_regclass('bookonce.granted_before') IS NULL"), 't', '.. and no note is left');

# The comparison, compared: an upgrade that lacks any one statement, in the script or in setup(), is found out. (A
# setup() that lacks one has another text already, which must not be what gives it away.)
sub without_setup
{
    my ($catalog) = @_;
    return [ grep { !/^function bookonce\.setup\(\): CREATE/ } @$catalog ];
}
my $fresh = catalog($node, 'fresh_0');
sub found_out
{
    my ($what, $script, $filter) = @_;
    my $database = 'wrong_' . $number++;
    write_script('0.0.1--0.0.2', $script);
    install($database, '0.0.1');
    my ($code, $out, $error) = $node->psql(
        $database, "ALTER EXTENSION bookonce UPDATE TO '0.0.2'; SELECT bookonce.setup(), bookonce.grant_usage('app')",
        extra_params => [ '-U', 'owner' ],
        on_error_stop => 1);
    isnt($code == 0 ? difference($filter->(catalog($node, $database)), $filter->($fresh)) : $error,
        '', "an upgrade $what is found out");
}

for my $lacking (0 .. $#statements) {
    my @script = @statements;
    my ($what) = splice(@script, $lacking, 1) =~ /^(.{1,60})/;
    found_out("without '$what'", join('', @script), sub { $_[0] });
}
for my $lacking (0 .. $#steps) {
    my @brought = @steps;
    my ($what) = splice(@brought, $lacking, 1) =~ /^(.{1,60})/;
    my ($setup_lacking) = newer(@brought) =~ /(CREATE FUNCTION bookonce\.setup\(\).*?\n\$setup\$;\n)/s;
    found_out(
        "whose setup() lacks '$what'",
        join(
            '', @statements[ 0 .. $#statements - 1 ], $setup_lacking =~ s/CREATE FUNCTION/CREATE OR REPLACE FUNCTION/r),
        \&without_setup);
}
# PostgreSQL would take the application's grants for the extension's own, and leave them out of dumps.
found_out(
    'that grants an older function again',
    join(
        '',
        @statements,
        "GRANT EXECUTE ON FUNCTION bookonce.confirm_booking(uuid, boolean, text, interval, text) TO \@extowner\@ WITH
            GRANT OPTION;\n"
    ),
    sub { $_[0] });
found_out(
    'that leaves an older signature beside the new one',
    join('',
        @statements,
        "CREATE FUNCTION bookonce.confirm_booking(booking_id uuid, tenant text DEFAULT 'default') "
            . "RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_confirm_booking';\n"),
    sub { $_[0] });

$node->stop;
done_testing();
