# BookonceOwner.pm: changes that an owner may make to the tables, each [name, path, SQL, path by rules, path by a kind].
# path says how book_slot() afterwards books a resource without rules: `direct` (no statement), `sql`, or `none` (an
# error, or no row). If they differ from path, path by rules is that of a resource whose rules only compare times, and
# path by a kind that of a booking of a kind on a resource without rules. (long: a list of changes)
#
# SPDX-License-Identifier: PostgreSQL
package BookonceOwner;

use strict;
use warnings;
use BookonceTest;
use Exporter 'import';

our @EXPORT = qw(owner_changes owners_server prepare_owner);

# A server that counts statements, with a database of its owner's.
sub owners_server
{
    my ($name) = @_;
    my $node = new_server($name, conf => <<'END');
fsync = off
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
END
    query($node, 'CREATE EXTENSION pg_stat_statements');
    query($node, 'CREATE ROLE keeper; CREATE ROLE other_keeper; GRANT keeper, other_keeper TO postgres');
    query($node, 'CREATE DATABASE made OWNER keeper');
    return $node;
}

# The owner's own code, and the objects that it writes to, are made before any change.
my $prepare = <<'SQL';
CREATE SCHEMA app AUTHORIZATION keeper;
SET ROLE keeper;
CREATE TABLE app.audit (n bigint GENERATED ALWAYS AS IDENTITY, tenant text, what text, holder text);
CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (tenant, what, holder) VALUES (NEW.tenant, TG_OP || ' ' || TG_WHEN, NEW.holder);
    RETURN NEW;
END $$;
CREATE FUNCTION app.note_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (what) VALUES (TG_OP || ' ' || TG_WHEN);
    RETURN NULL;
END $$;
CREATE FUNCTION app.note_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (tenant, what, holder) SELECT r.tenant, 'rows', r.holder FROM added AS r;
    RETURN NULL;
END $$;
CREATE FUNCTION app.to_upper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.holder := upper(NEW.holder);
    RETURN NEW;
END $$;
CREATE FUNCTION app.note_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.audit (tenant, what, holder) VALUES (NEW.tenant, TG_OP, to_jsonb(NEW)->>'provider');
    RETURN NEW;
END $$;
CREATE FUNCTION app.swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION app.refuse_ben() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.holder = 'ben' THEN RAISE EXCEPTION 'not ben' USING ERRCODE = 'ZZ001'; END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION app.initial(name text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF name = 'ben' THEN RAISE EXCEPTION 'not ben' USING ERRCODE = 'ZZ002'; END IF;
    RETURN left(name, 1);
END $$;
RESET ROLE;
SQL
sub prepare_owner { return $prepare }

my $booking = 'ALTER TABLE bookonce.booking';
my $resource = 'ALTER TABLE bookonce.resource';
my $hours = 'ALTER TABLE bookonce.opening_hours';
my $kinds = 'ALTER TABLE bookonce.booking_kind';
my $no_ends = 'DROP INDEX bookonce.closure_resource';
my $ends = "CREATE INDEX ON bookonce.closure (resource_id, (coalesce(upper(during), 'infinity'::timestamptz)))";
my $index = 'CREATE INDEX ON bookonce.opening_hours (tenant, resource_id, weekday, from_day DESC)';
sub ruled { return "UPDATE bookonce.resource SET $_[0] WHERE resource = 'ruled'" }
my $drop_guard = "$booking DROP CONSTRAINT booking_no_overlap";
my $slot_key = 'bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&)';
my $is_live = 'bookonce.is_live(released_at)';
my $no_views = 'DROP VIEW bookonce.live_booking, bookonce.appointment, bookonce.offer_status, bookonce.request_status,'
    . ' bookonce.followed_overlaps CASCADE';
my $is_sound = "$booking DROP CONSTRAINT booking_is_sound";

sub guard
{
    my ($columns, $condition, $after) = @_;
    return "$drop_guard, ADD CONSTRAINT booking_no_overlap EXCLUDE USING gist ($columns) WHERE ($condition)"
        . ($after // '');
}

sub trigger
{
    my ($when, $function) = @_;
    return "CREATE TRIGGER t $when EXECUTE FUNCTION app.$function()";
}
my $each_insert = 'INSERT ON bookonce.booking FOR EACH ROW';

# NOT NULL needs rows that have a value.
sub not_null
{
    my ($column, $value) = @_;
    return "UPDATE bookonce.booking SET $column = $value WHERE $column IS NULL; $booking ALTER $column SET NOT NULL";
}

sub rename_status
{
    return join '; ', map { "ALTER TYPE bookonce.booking_status RENAME VALUE '$_->[0]' TO '$_->[1]'" } @_;
}

# The table's row is updated so that sessions forget plans with the index, as whatever sets its state tells them to.
sub index_state
{
    my ($index, $state) = @_;
    return "UPDATE pg_index SET $state WHERE indexrelid = 'bookonce.$index'::regclass;
        UPDATE pg_class SET relhasindex = true WHERE oid = (SELECT indrelid FROM pg_index
            WHERE indexrelid = 'bookonce.$index'::regclass)";
}

my @columns = (
    [ 'a key NOT NULL', 'none', not_null('idempotency_key', "'given:' || booking_id") ],
    [ 'details NOT NULL', 'none', not_null('details', "'{}'") ],
    [ 'lapses_at NOT NULL', 'none', not_null('lapses_at', 'created_at') ],
    [ 'group_id NOT NULL', 'none', not_null('group_id', 'booking_id') ],
    [
        'unit NOT NULL',
        'sql',
        "UPDATE bookonce.booking SET unit = 77, released_at = created_at, status = 'cancelled'
            WHERE unit IS NULL; $booking ALTER unit SET NOT NULL"
    ],
    [ 'request_hash NOT NULL', 'sql', not_null('request_hash', '0') ],
    [ 'holder no longer NOT NULL', 'sql', "$booking ALTER holder DROP NOT NULL" ],
    [
        'holder varchar(20)',
        'sql', "$no_views; $booking ALTER holder TYPE varchar(20) COLLATE \"C\" USING left(holder, 20)"
    ],
    [ 'holder char(30)', 'sql', "$no_views; $booking ALTER holder TYPE char(30) COLLATE \"C\" USING left(holder, 30)" ],
    [
        'holder a domain',
        'sql',
        "$no_views; CREATE DOMAIN app.short AS text COLLATE \"C\" CHECK (length(VALUE) < 20);
            $booking ALTER holder TYPE app.short USING left(holder, 19)"
    ],
    [
        'holder a domain without a check',
        'sql', "$no_views; CREATE DOMAIN app.name AS text COLLATE \"C\"; $booking ALTER holder TYPE app.name"
    ],
    [ 'holder with another collation', 'sql', "$no_views; $booking ALTER holder TYPE text COLLATE \"default\"" ],
    [
        'a key with another collation',
        'sql',
        "CREATE COLLATION app.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            DELETE FROM bookonce.booking WHERE idempotency_key ~ '^K'; $booking ALTER idempotency_key TYPE text COLLATE
                app.any_case"
    ],
    [ 'reason with a default', 'sql', "$booking ALTER reason SET DEFAULT 'none given'" ],
    [ 'released_at with a default', 'none', "$booking ALTER released_at SET DEFAULT now()" ],
    [ 'details json', 'sql', "$no_views; $booking ALTER details TYPE json" ],
    [ 'details text', 'sql', "$no_views; $booking ALTER details TYPE text" ],
    [ 'request_hash numeric', 'sql', "$booking ALTER request_hash TYPE numeric" ],
    [
        'request_hash integer',
        'none', "UPDATE bookonce.booking SET request_hash = 1; $booking ALTER request_hash TYPE integer"
    ],
    [ 'member bigint', 'sql', "$no_views; $is_sound; $booking ALTER member TYPE bigint" ],
    [ 'created_at without a zone', 'sql', "$no_views; $booking ALTER created_at TYPE timestamp" ],
    [ 'created_at of whole seconds', 'sql', "$no_views; $booking ALTER created_at TYPE timestamptz(0)" ],
    [ 'reason renamed', 'sql', "$booking RENAME reason TO note" ],
    [ 'holder renamed', 'none', "$booking RENAME holder TO who" ],
    [ 'details renamed', 'none', "$booking RENAME details TO more" ],
    [ 'unit renamed', 'none', "$booking RENAME unit TO place" ],
    [
        'defaults that no verb asks for',
        'direct', "$booking ALTER member SET DEFAULT 7, ALTER unit DROP DEFAULT, ALTER tenant DROP DEFAULT"
    ],
    [ 'storage of details', 'direct', "$booking ALTER details SET STORAGE EXTERNAL" ],
    [ 'a column', 'direct', "$booking ADD branch text" ],
    [
        'a column that came and went',
        'direct', "$booking ADD branch text NOT NULL DEFAULT 'Paris'; $booking DROP branch"
    ],
    [ 'a column with a default', 'sql', "$booking ADD branch text DEFAULT 'Paris'" ],
    [ 'a column NOT NULL with a default', 'sql', "$booking ADD branch text NOT NULL DEFAULT 'Paris'" ],
    [ 'a numbered column', 'sql', "$booking ADD number bigint GENERATED ALWAYS AS IDENTITY" ],
    [ 'a serial column', 'sql', "$booking ADD number serial" ],
    [
        'a generated column',
        'sql', "$booking ADD day date GENERATED ALWAYS AS ((lower(during) AT TIME ZONE 'UTC')::date) STORED"
    ],
    [
        'a column of a domain that is NOT NULL',
        'none',
        "CREATE DOMAIN app.known AS text; $booking ADD branch app.known;
            ALTER DOMAIN app.known ADD CHECK (VALUE IS NOT NULL) NOT VALID"
    ],
    [ 'a column of ours dropped', 'none', "$booking DROP details CASCADE" ],
    [ 'reason dropped and added again', 'sql', "$booking DROP reason; $booking ADD reason text" ]);

my @reactions = (
    [ 'a CHECK', 'sql', "$booking ADD CONSTRAINT not_ben CHECK (holder <> 'ben') NOT VALID" ],
    [ 'is_sound() no longer checked', 'sql', $is_sound ],
    [
        'another CHECK under that name',
        'sql', "$is_sound, ADD CONSTRAINT booking_is_sound CHECK (holder <> 'ben') NOT VALID"
    ],
    [
        'is_sound() of other columns',
        'sql',
        "$is_sound, ADD CONSTRAINT booking_is_sound CHECK (bookonce.is_sound(blocks, during, unit, member, status,
            released_at, lapses_at)) NOT VALID",
        'none', # with a buffer it blocks more than its time
        'none'
    ],
    [ 'a BEFORE trigger that changes the row', 'sql', trigger("BEFORE $each_insert", 'to_upper') ],
    [ 'a BEFORE trigger that swallows the row', 'none', trigger("BEFORE $each_insert", 'swallow') ],
    [ 'a BEFORE trigger that refuses', 'sql', trigger("BEFORE $each_insert", 'refuse_ben') ],
    [ 'an AFTER trigger', 'sql', trigger("AFTER $each_insert", 'note') ],
    [ 'an AFTER trigger for some', 'sql', trigger("AFTER $each_insert WHEN (NEW.holder = 'ann')", 'note') ],
    [
        'a deferred trigger',
        'sql',
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON bookonce.booking DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE
            FUNCTION app.refuse_ben()"
    ],
    [ 'a BEFORE STATEMENT trigger', 'sql', trigger('BEFORE INSERT ON bookonce.booking', 'note_statement') ],
    [
        'a trigger with a transition table',
        'sql', trigger('AFTER INSERT ON bookonce.booking REFERENCING NEW TABLE AS added', 'note_rows')
    ],
    [ 'a disabled trigger', 'sql', trigger("AFTER $each_insert", 'note') . "; $booking DISABLE TRIGGER t" ],
    [ 'an UPDATE trigger', 'direct', trigger('AFTER UPDATE ON bookonce.booking FOR EACH ROW', 'note') ],
    [
        'a trigger that came and went',
        'direct', trigger("AFTER $each_insert", 'note') . '; DROP TRIGGER t ON bookonce.booking'
    ],
    [
        'an INSERT rule',
        'none', "CREATE RULE r AS ON INSERT TO bookonce.booking DO ALSO INSERT INTO app.audit (what) VALUES ('rule')"
    ],
    [
        'an UPDATE rule',
        'none', "CREATE RULE r AS ON UPDATE TO bookonce.booking DO ALSO INSERT INTO app.audit (what) VALUES ('rule')"
    ],
    [ 'a foreign key', 'sql', "$booking ADD FOREIGN KEY (resource_id) REFERENCES bookonce.resource (resource_id)" ],
    [
        'a foreign key from elsewhere',
        'direct',
        'CREATE TABLE app.invoice (tenant text, booking_id uuid, FOREIGN KEY (tenant, booking_id) REFERENCES
            bookonce.booking (tenant, booking_id))'
    ]);

my @rights = (
    [ 'row security', 'direct', "$booking ENABLE ROW LEVEL SECURITY; $resource ENABLE ROW LEVEL SECURITY" ],
    [
        'row security, forced',
        'none',
        "$booking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; $resource ENABLE ROW LEVEL SECURITY, FORCE ROW "
            . "LEVEL SECURITY"
    ],
    [
        'a policy',
        'none',
        "$booking ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON bookonce.booking USING
            (holder <> 'ben') WITH CHECK (holder <> 'ben')"
    ],
    [ 'no right to INSERT', 'none', 'REVOKE INSERT ON bookonce.booking FROM keeper' ],
    [ 'no right to SELECT from booking', 'none', 'REVOKE SELECT ON bookonce.booking FROM keeper' ],
    [ 'no right to SELECT from resource', 'none', 'REVOKE SELECT ON bookonce.resource FROM keeper' ],
    [ 'no right to SELECT from opening_hours', 'none', 'REVOKE SELECT ON bookonce.opening_hours FROM keeper' ],
    [
        'a right to INSERT some columns',
        'none',
        'REVOKE INSERT ON bookonce.booking FROM keeper; GRANT INSERT (tenant, booking_id) ON bookonce.booking TO keeper'
    ],
    [
        'no right to use the schema',
        'none', 'ALTER SCHEMA bookonce OWNER TO postgres; REVOKE USAGE ON SCHEMA bookonce FROM keeper, PUBLIC'
    ],
    [
        'no right to call slot_key()',
        'none', 'REVOKE EXECUTE ON FUNCTION bookonce.slot_key FROM keeper, PUBLIC CASCADE'
    ],
    [
        'no right to call is_sound()',
        'none', 'REVOKE EXECUTE ON FUNCTION bookonce.is_sound FROM keeper, PUBLIC CASCADE'
    ],
    [ 'no right to call is_live()', 'none', 'REVOKE EXECUTE ON FUNCTION bookonce.is_live FROM keeper, PUBLIC CASCADE' ],
    [
        'no right to compare slots',
        'none', 'REVOKE EXECUTE ON FUNCTION bookonce.slot_key_overlaps_any_unit FROM keeper, PUBLIC CASCADE'
    ],
    [ 'another owner of resource', 'none', "$resource OWNER TO other_keeper" ],
    [ 'another owner of all', 'direct', 'REASSIGN OWNED BY keeper TO other_keeper' ]);

my @objects = ([
        'is_sound() in SQL',
        'none',
        "CREATE OR REPLACE FUNCTION bookonce.is_sound(during tstzrange, blocks tstzrange, unit integer, member integer,
            status bookonce.booking_status, released_at timestamptz, hold_expires_at timestamptz) RETURNS boolean
                IMMUTABLE LANGUAGE sql AS 'SELECT false'"
    ],
    [ 'is_sound() with a setting', 'sql', "ALTER FUNCTION bookonce.is_sound SET work_mem = '1MB'" ],
    [ 'slot_key() with a setting', 'sql', "ALTER FUNCTION bookonce.slot_key SET work_mem = '1MB'" ],
    [
        'slot_key_overlaps() in SQL',
        'none',
        "CREATE OR REPLACE FUNCTION bookonce.slot_key_overlaps(bookonce.slot_key, bookonce.slot_key) RETURNS boolean
            IMMUTABLE STRICT LANGUAGE sql AS 'SELECT false'"
    ],
    [ 'a status more', 'direct', "ALTER TYPE bookonce.booking_status ADD VALUE 'noshow'" ],
    [ 'a status renamed', 'none', rename_status([ 'held', 'pending' ]) ],
    [ 'the type of the status renamed', 'none', 'ALTER TYPE bookonce.booking_status RENAME TO condition' ],
    [ 'the schema renamed', 'none', 'ALTER SCHEMA bookonce RENAME TO once' ],
    [
        'the schema renamed and back',
        'direct', 'ALTER SCHEMA bookonce RENAME TO once; ALTER SCHEMA once RENAME TO bookonce'
    ]);

my @resources = (
    [ 'plain renamed', 'none', "$resource RENAME plain TO simple" ],
    [ 'resource_id renamed', 'none', "$resource RENAME resource_id TO id" ],
    [ 'max_per_day renamed', 'none', "$resource RENAME max_per_day TO a_day" ],
    [
        'capacity and max_per_day exchanged',
        'none',
        "$resource RENAME capacity TO x; $resource RENAME max_per_day TO capacity; $resource RENAME x TO max_per_day"
    ],
    [ 'plain for all', 'sql', "$resource ALTER plain DROP EXPRESSION; UPDATE bookonce.resource SET plain = true" ],
    [ 'plain for none', 'sql', "$resource ALTER plain DROP EXPRESSION; UPDATE bookonce.resource SET plain = false" ],
    [
        'plain for other reasons',
        'sql', "$resource DROP plain; $resource ADD plain boolean GENERATED ALWAYS AS (capacity < 5) STORED"
    ],
    [
        'plain for the same reasons, added again',
        'direct',
        "$resource DROP plain; $resource ADD plain boolean GENERATED ALWAYS AS (capacity = 1 AND coalesce(max_per_day, "
            . "max_per_week, max_per_month, max_per_year) IS NULL AND NOT keeps_hours AND NOT has_closures AND "
            . "buffer_before = '0' AND buffer_after = '0' AND coalesce(min_notice, max_ahead, max_duration, "
            . "min_duration, start_every, check_in_within) IS NULL AND coalesce(starts, ends) IS NULL AND "
            . "holder_rules IS NULL AND NOT keeps_days AND calendar_id IS NULL AND NOT has_waiters AND NOT "
            . "overdue_blocks AND part_ids IS NULL) STORED"
    ],
    [ 'time_zone varchar', 'sql', "$resource ALTER time_zone TYPE varchar" ],
    [
        'no buffer at all', 'direct',
        "$resource ALTER buffer_before DROP NOT NULL; " . ruled("buffer_before = NULL"), 'none'
    ],
    [
        'no word on single days', 'direct',
        "$resource ALTER keeps_days DROP NOT NULL; " . ruled('keeps_days = NULL'), 'sql'
    ],
    [ 'a calendar that is none', 'direct', ruled('calendar_id = -999') ],
    [ 'a zone that is none', 'direct', ruled("time_zone = 'Nowhere'"), 'none' ],
    [
        'a buffer below zero', 'direct',
        "$resource DROP CONSTRAINT resource_buffer_before_check; " . ruled("buffer_before = '-30 minutes'"), 'none'
    ],
    [ 'counts by hand', 'direct', "$resource ALTER counts DROP EXPRESSION; " . ruled('counts = true'), 'sql' ],
    [ 'start_every renamed', 'sql', "$resource RENAME start_every TO grid" ],
    [ 'a column of resource', 'direct', "$resource ADD branch text NOT NULL DEFAULT 'Paris'" ],
    [ 'a resource without its primary key', 'sql', "$resource DROP CONSTRAINT resource_pkey" ],
    [
        'a resource with another primary key',
        'sql', "$resource DROP CONSTRAINT resource_pkey, ADD PRIMARY KEY (resource, tenant)"
    ],
    [ 'a trigger of resource', 'direct', trigger('AFTER INSERT ON bookonce.resource', 'note_statement') ],
    [ 'hours without their key', 'direct', "$hours DROP CONSTRAINT opening_hours_pkey", 'sql' ],
    [ 'hours in another order', 'direct', "$hours DROP CONSTRAINT opening_hours_pkey; $index", 'sql' ],
    [ 'opens renamed', 'none', "$hours RENAME opens TO since" ],
    [
        'another owner of opening_hours, who shows no row',
        'sql',
        "$hours OWNER TO other_keeper; $hours ENABLE ROW LEVEL SECURITY; GRANT SELECT ON bookonce.opening_hours TO "
            . 'keeper',
        'none'
    ],
    [ 'hours in a table that inherits', 'sql', 'CREATE TABLE app.late () INHERITS (bookonce.opening_hours)' ],
    [ 'opening_hours gone', 'none', 'DROP TABLE bookonce.opening_hours' ],
    [ 'closures without their index', 'direct', $no_ends, 'sql' ],
    [
        'closures by their starts', 'direct',
        "$no_ends; CREATE INDEX ON bookonce.closure (resource_id, (coalesce(lower(during), 'infinity')))", 'sql'
    ],
    [
        'closures without an end ended', 'direct',
        "$no_ends; CREATE INDEX ON bookonce.closure (resource_id, (coalesce(upper(during), '-infinity')))", 'sql'
    ],
    [ 'some closures', 'direct', "$no_ends; $ends WHERE units IS NULL", 'sql' ],
    [ 'closures by their ends once more', 'direct', "$no_ends; $ends" ],
    [ 'during of closures renamed', 'direct', 'ALTER TABLE bookonce.closure RENAME during TO at', 'none' ],
    [ 'no right to SELECT from closure', 'direct', 'REVOKE SELECT ON bookonce.closure FROM keeper', 'none' ],
    [ 'another owner of closure', 'direct', 'ALTER TABLE bookonce.closure OWNER TO other_keeper', 'none' ],
    [ 'closures in a table that inherits', 'direct', 'CREATE TABLE app.late () INHERITS (bookonce.closure)', 'sql' ],
    [ 'closure gone', 'direct', 'DROP TABLE bookonce.closure', 'none' ]);

# Kinds of booking: code that does not know of them books as before.
sub by_kind { my ($name, $path, $sql) = @_; return [ $name, 'direct', $sql, 'direct', $path ] }
my $no_pkey = "$kinds DROP CONSTRAINT booking_kind_pkey";
my $no_checks = "$kinds DROP CONSTRAINT booking_kind_buffer_after_check";
my @kinds = (
    [ 'kind renamed', 'none', "$booking RENAME kind TO sort" ],
    [ 'kind varchar', 'sql', "$no_views; $booking ALTER kind TYPE varchar COLLATE \"C\"" ],
    [ 'kind with another collation', 'sql', "$no_views; $booking ALTER kind TYPE text COLLATE \"default\"" ],
    [ 'kind with a default', 'sql', "$booking ALTER kind SET DEFAULT 'wash'" ],
    [ 'kind NOT NULL', 'none', not_null('kind', "'wash'"), 'none', 'sql' ],
    [ 'kind dropped', 'none', "$booking DROP kind CASCADE" ],
    by_kind('no right to SELECT from booking_kind', 'none', 'REVOKE SELECT ON bookonce.booking_kind FROM keeper'),
    by_kind('another owner of booking_kind', 'none', "$kinds OWNER TO other_keeper"),
    by_kind(
        'another owner of booking_kind, who shows no row',
        'none',
        "$kinds OWNER TO other_keeper; $kinds ENABLE ROW LEVEL SECURITY; GRANT SELECT ON bookonce.booking_kind TO "
            . 'keeper'),
    by_kind('row security of kinds', 'direct', "$kinds ENABLE ROW LEVEL SECURITY"),
    by_kind('row security of kinds, forced', 'none', "$kinds ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    by_kind('buffer_after of kinds renamed', 'none', "$kinds RENAME buffer_after TO after"),
    by_kind(
        'buffers of kinds exchanged',
        'direct',
        "$kinds RENAME buffer_before TO x; $kinds RENAME buffer_after TO buffer_before; $kinds RENAME x TO "
            . 'buffer_after'),
    by_kind('buffers of kinds as text', 'none', "$no_checks; $kinds ALTER buffer_after TYPE text"),
    by_kind('buffers of kinds in whole seconds', 'sql', "$kinds ALTER buffer_after TYPE interval(0)"),
    by_kind(
        'kinds by a domain',
        'sql', 'CREATE DOMAIN app.name AS text COLLATE "C"; ' . "$kinds ALTER kind TYPE app.name"),
    by_kind(
        'a buffer of kinds that is computed',
        'direct',
        "$kinds DROP buffer_after; $kinds ADD buffer_after interval GENERATED ALWAYS AS (interval '40 minutes') STORED"
    ),
    by_kind('kinds without their key', 'sql', $no_pkey),
    by_kind('kinds with their key the other way round', 'sql', "$no_pkey, ADD PRIMARY KEY (kind, tenant)"),
    by_kind(
        'kinds with their key of some',
        'sql', "$no_pkey; CREATE UNIQUE INDEX k ON bookonce.booking_kind (tenant, kind) WHERE kind <> 'cut'"),
    by_kind('kinds that need not be one', 'sql', "$no_pkey; CREATE INDEX k ON bookonce.booking_kind (tenant, kind)"),
    by_kind('kinds with a key that is not valid', 'sql', index_state('booking_kind_pkey', 'indisvalid = false')),
    by_kind('children of kinds', 'sql', 'CREATE TABLE app.more_kinds () INHERITS (bookonce.booking_kind)'),
    by_kind(
        'a view in place of kinds',
        'sql',
        "$kinds RENAME TO one_kind; CREATE VIEW bookonce.booking_kind AS SELECT * FROM bookonce.one_kind; ALTER VIEW "
            . 'bookonce.booking_kind OWNER TO keeper'),
    by_kind(
        'another table of kinds',
        'direct',
        "$kinds RENAME TO one_kind; CREATE TABLE bookonce.booking_kind (LIKE bookonce.one_kind INCLUDING ALL); "
            . "$kinds OWNER TO keeper; INSERT INTO bookonce.booking_kind (tenant, kind, buffer_after) SELECT tenant, "
            . "kind, '50 minutes' FROM bookonce.one_kind"),
    by_kind(
        'kinds rewritten',
        'direct',
        "VACUUM FULL bookonce.booking_kind;\nREINDEX TABLE bookonce.booking_kind;\nREINDEX INDEX CONCURRENTLY "
            . 'bookonce.booking_kind_pkey'),
    by_kind(
        'a kind that is impossible',
        'none', "UPDATE bookonce.booking_kind SET buffer_after = '1000 years' WHERE kind = 'cut'"),
    by_kind(
        'a buffer of kinds below zero',
        'none', "$no_checks; UPDATE bookonce.booking_kind SET buffer_after = '-30 minutes'"),
    by_kind('kinds gone', 'none', 'DROP TABLE bookonce.booking_kind'));

my @tables = (
    [ 'children', 'none', 'CREATE TABLE app.more_bookings () INHERITS (bookonce.booking)' ],
    [ 'children of resource', 'sql', 'CREATE TABLE app.more_resources () INHERITS (bookonce.resource)' ],
    [
        'a partition of another table',
        'sql',
        "CREATE TABLE app.all_bookings (LIKE bookonce.booking) PARTITION BY LIST (tenant);
            ALTER TABLE app.all_bookings ATTACH PARTITION bookonce.booking FOR
                VALUES IN ('onold', 'offold', 'onnew', 'offnew')"
    ],
    [
        'partitioned by the owner',
        'none',
        "ALTER TABLE bookonce.booking RENAME TO one_booking;
            CREATE TABLE bookonce.booking (LIKE bookonce.one_booking INCLUDING DEFAULTS,
                PRIMARY KEY (booking_id, tenant)) PARTITION BY LIST (tenant); ALTER TABLE bookonce.booking ATTACH
                    PARTITION bookonce.one_booking DEFAULT; $booking OWNER TO keeper"
    ],
    [
        'a view in its place',
        'none',
        'ALTER TABLE bookonce.booking RENAME TO one_booking; CREATE VIEW bookonce.booking AS SELECT *
            FROM bookonce.one_booking; ALTER VIEW bookonce.booking OWNER TO keeper'
    ],
    [ 'unlogged', 'direct', "$booking SET UNLOGGED" ],
    [ 'fillfactor', 'direct', "$booking SET (fillfactor = 50)" ],
    [
        'replica identity full, and published in part',
        'direct',
        "$booking REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE bookonce.booking WHERE (holder <> 'ben')"
    ],
    [
        'rewritten',
        'direct',
        "CLUSTER bookonce.booking USING booking_pkey;\nVACUUM FULL bookonce.resource;\nREINDEX TABLE "
            . "bookonce.booking;\nREINDEX INDEX CONCURRENTLY bookonce.booking_idempotency_key;\nANALYZE "
            . "bookonce.booking"
    ]);

my @indexes = (
    [ 'an index', 'direct', 'CREATE INDEX i ON bookonce.booking (tenant, holder)' ],
    [
        'an index of live rows',
        'direct', 'CREATE INDEX i ON bookonce.booking (tenant, holder) WHERE released_at IS NULL'
    ],
    [ 'a gin index', 'direct', 'CREATE INDEX i ON bookonce.booking USING gin (details)' ],
    [
        'an index on the owner\'s code',
        'sql',
        "DELETE FROM bookonce.booking WHERE holder = 'ben'; CREATE INDEX i ON bookonce.booking (app.initial(holder))"
    ],
    [
        'an index by the owner\'s code',
        'sql',
        "DELETE FROM bookonce.booking WHERE holder = 'ben'; CREATE INDEX i ON bookonce.booking (holder)
            WHERE app.initial(holder) = 'a'"
    ],
    [ 'an index by a condition', 'sql', "CREATE INDEX i ON bookonce.booking (holder) WHERE tenant = 'other'" ],
    [ 'an index of btree_gist', 'sql', "CREATE INDEX i ON bookonce.booking USING gist (holder)" ],
    [
        'a unique index',
        'sql',
        "CREATE UNIQUE INDEX i ON bookonce.booking (tenant, holder) WHERE lower(during) > '2032-01-01'
            AND released_at IS NULL",
        'none' # the holder has the other resource already
    ],
    [
        'a unique index of a column',
        'none', "DELETE FROM bookonce.booking; CREATE UNIQUE INDEX i ON bookonce.booking (tenant, status)"
    ],
    [
        'an exclusion constraint',
        'sql',
        "$booking ADD CONSTRAINT one_a_holder EXCLUDE USING btree (tenant WITH =, holder WITH =)
            WHERE (lower(during) > '2032-01-01' AND released_at IS NULL)",
        'none'
    ],
    [ 'a deferrable unique constraint', 'none', "$booking ADD CONSTRAINT u UNIQUE (booking_id) DEFERRABLE" ],
    [
        'a unique index that is not valid',
        'sql', 'CREATE UNIQUE INDEX i ON bookonce.booking (booking_id); ' . index_state('i', 'indisvalid = false')
    ],
    [
        'an index that is not ready',
        'direct',
        'CREATE INDEX i ON bookonce.booking (holder); ' . index_state('i', 'indisvalid = false, indisready = false')
    ],
    [ 'the index of keys not valid', 'sql', index_state('booking_idempotency_key', 'indisvalid = false') ],
    [ 'the index of keys renamed', 'direct', 'ALTER INDEX bookonce.booking_idempotency_key RENAME TO my_keys' ],
    [
        'the index of keys without a condition',
        'sql',
        'DROP INDEX bookonce.booking_idempotency_key; CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking
            (idempotency_key, tenant)'
    ],
    [
        'the index of keys of some',
        'sql',
        'DROP INDEX bookonce.booking_idempotency_key; CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking
            (idempotency_key, tenant) WHERE idempotency_key IS NULL AND false'
    ],
    [
        'the index of keys the other way round',
        'sql',
        'DROP INDEX bookonce.booking_idempotency_key; CREATE UNIQUE INDEX booking_idempotency_key ON bookonce.booking
            (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL'
    ],
    [ 'the index by holder gone', 'direct', 'DROP INDEX bookonce.booking_holder' ],
    [
        'the index by holder not ready',
        'direct', index_state('booking_holder', 'indisvalid = false, indisready = false')
    ],
    [ 'the index by holder not valid', 'direct', index_state('booking_holder', 'indisvalid = false') ],
    [
        'the index by holder twice',
        'direct', 'CREATE INDEX i ON bookonce.booking (holder, tenant, lower(during), booking_id)'
    ],
    [
        'the index by holder, by the end',
        'sql',
        'DROP INDEX bookonce.booking_holder; CREATE INDEX booking_holder ON bookonce.booking (holder, tenant,
            upper(during), booking_id)'
    ],
    [
        'the index by holder of some',
        'sql',
        "DROP INDEX bookonce.booking_holder; CREATE INDEX booking_holder ON bookonce.booking (holder, tenant,
            lower(during), booking_id) WHERE holder <> 'ben'"
    ],
    [ 'the index of what has no unit gone', 'direct', 'DROP INDEX bookonce.booking_without_unit' ],
    [
        'the index of what has no unit not ready',
        'direct', index_state('booking_without_unit', 'indisvalid = false, indisready = false')
    ],
    [
        'the index of what has no unit, of what has one',
        'sql',
        'DROP INDEX bookonce.booking_without_unit; CREATE INDEX booking_without_unit ON bookonce.booking USING gist
            (bookonce.slot_key(resource_id, 1, blocks)) WHERE unit IS NOT NULL AND bookonce.is_live(released_at)'
    ],
    [
        'the index of what has no unit, by other times',
        'sql',
        'DROP INDEX bookonce.booking_without_unit; CREATE INDEX booking_without_unit ON bookonce.booking USING gist
            (bookonce.slot_key(resource_id, 1, during)) WHERE unit IS NULL AND bookonce.is_live(released_at)'
    ],
    [
        'the primary key the other way round',
        'direct', "$booking DROP CONSTRAINT booking_pkey, ADD PRIMARY KEY (tenant, booking_id)"
    ],
    [ 'another primary key', 'sql', "$booking DROP CONSTRAINT booking_pkey, ADD PRIMARY KEY (booking_id)" ],
    [ 'no primary key', 'direct', "$booking DROP CONSTRAINT booking_pkey" ]);

my @guards = (
    [ 'the guard gone', 'none', $drop_guard ],
    [ 'the guard renamed', 'direct', "$booking RENAME CONSTRAINT booking_no_overlap TO my_guard" ],
    [ 'the guard deferrable', 'none', guard($slot_key, $is_live, ' DEFERRABLE') ],
    [ 'the guard deferred', 'none', guard($slot_key, $is_live, ' DEFERRABLE INITIALLY DEFERRED') ],
    [ 'the guard not valid', 'none', index_state('booking_no_overlap', 'indisvalid = false') ],
    [ 'the guard not ready', 'none', index_state('booking_no_overlap', 'indisvalid = false, indisready = false') ],
    [ 'a guard of some', 'none', guard($slot_key, "$is_live AND tenant <> 'onold'") ],
    [ 'a guard that asks for the holder', 'none', guard("$slot_key, holder WITH =", $is_live) ],
    [ 'a guard that asks for the tenant', 'sql', guard("tenant WITH =, $slot_key", $is_live) ],
    [
        'a guard by an expression',
        'none',
        'DELETE FROM bookonce.booking; ' . guard(
            "bookonce.slot_key(CASE holder WHEN 'ben' THEN 0 ELSE resource_id END, unit, blocks) WITH
                OPERATOR(bookonce.&&)",
            $is_live)
    ],
    [
        'a guard of other times',
        'none',
        guard('bookonce.slot_key(resource_id, unit, during) WITH OPERATOR(bookonce.&&)', $is_live)
    ],
    [
        'an index in the place of the guard',
        'none',
        "$drop_guard; CREATE INDEX booking_no_overlap ON bookonce.booking USING gist (bookonce.slot_key(resource_id,
            unit, blocks)) WHERE ($is_live)"
    ],
    [ 'the guard gone and back', 'direct', guard($slot_key, $is_live) ],
    [ 'two guards', 'sql', "$booking ADD CONSTRAINT second EXCLUDE USING gist ($slot_key) WHERE ($is_live)" ],
    [ 'all gone', 'none', 'DROP OWNED BY keeper CASCADE' ]);

# The table of events. If no history is kept, nothing notices these changes.
my $events = 'ALTER TABLE bookonce.booking_event';
my @events = (
    [ 'a column of events', 'direct', "$events ADD branch text" ],
    [ 'a CHECK of events', 'direct', "$events ADD CONSTRAINT no_ben CHECK (after_holder <> 'ben') NOT VALID" ],
    [ 'an index of events', 'direct', 'CREATE INDEX i ON bookonce.booking_event (tenant, after_holder)' ],
    [
        'an index of events on the owner\'s code',
        'direct',
        "DELETE FROM bookonce.booking_event WHERE after_holder = 'ben'; DROP INDEX bookonce.booking_event_booking;
            CREATE INDEX i ON bookonce.booking_event (app.initial(after_holder))"
    ],
    [
        'indexes of events made again',
        'direct',
        "REINDEX TABLE bookonce.booking_event;\nREINDEX INDEX CONCURRENTLY bookonce.booking_event_booking;\n"
            . 'VACUUM FULL bookonce.booking_event'
    ],
    [
        'other numbers of events',
        'direct',
        'ALTER SEQUENCE bookonce.booking_event_number RENAME TO old_number; CREATE SEQUENCE
            bookonce.booking_event_number START 1000000'
    ],
    [ 'the type of kinds renamed', 'direct', 'ALTER TYPE bookonce.event_kind RENAME TO kind_of_event' ]);

# The tables of dispatch, and what an UPDATE of a booking meets. An INSERT of a booking notices none of these changes.
my $offers = 'ALTER TABLE bookonce.offer';
my $positions = 'ALTER TABLE bookonce."position"';
my $offer_trigger = 'UPDATE ON bookonce.offer FOR EACH ROW EXECUTE FUNCTION app';
my @dispatch = (
    [ 'a trigger of offers', 'direct', "CREATE TRIGGER t AFTER $offer_trigger.note_offer()" ],
    [ 'a trigger of offers that swallows', 'direct', "CREATE TRIGGER t BEFORE $offer_trigger.swallow()" ],
    [
        'a trigger of positions',
        'direct', 'CREATE TRIGGER t AFTER UPDATE ON bookonce."position" FOR EACH ROW EXECUTE FUNCTION app.note_offer()'
    ],
    [
        'a rule of offers',
        'direct',
        "CREATE RULE r AS ON UPDATE TO bookonce.offer DO ALSO INSERT INTO app.audit (tenant, what, holder)
            VALUES (NEW.tenant, 'rule', NEW.provider)"
    ],
    [
        'a CHECK of offers',
        'direct', "$offers ADD CONSTRAINT no_desk CHECK (provider <> 'desk' OR status = 'pending') NOT VALID"
    ],
    [
        'another CHECK of offers',
        'direct',
        "$offers DROP CONSTRAINT offer_stores_what_was_said, ADD CONSTRAINT offer_stores_what_was_said
            CHECK (provider <> 'desk' OR status = 'pending') NOT VALID"
    ],
    [
        'a CHECK of offers that old rows break',
        'direct',
        "$offers DROP CONSTRAINT offer_wave_check; UPDATE bookonce.offer SET wave = wave - 10 WHERE tenant ~ 'old';
            $offers ADD CONSTRAINT offer_wave_check CHECK (wave >= 1) NOT VALID"
    ],
    [ 'no CHECK of positions', 'direct', "$positions DROP CONSTRAINT position_position_check" ],
    [
        'a unique index of accepted offers',
        'direct',
        "DELETE FROM bookonce.offer;
            CREATE UNIQUE INDEX i ON bookonce.offer (tenant, provider) WHERE status = 'accepted'"
    ],
    [
        'an index of offers on the owner\'s code',
        'direct',
        "DELETE FROM bookonce.offer;
            CREATE UNIQUE INDEX i ON bookonce.offer (tenant, app.initial(provider)) WHERE status = 'accepted'"
    ],
    [ 'an index of positions', 'direct', 'CREATE INDEX i ON bookonce."position" (tenant, booking_id)' ],
    [ 'a column of offers', 'direct', "$offers ADD branch text NOT NULL DEFAULT 'Paris'" ],
    [
        'a generated column of offers',
        'direct', "$offers ADD accepted boolean GENERATED ALWAYS AS (status = 'accepted') STORED"
    ],
    [ 'a column of positions', 'direct', "$positions ADD branch text" ],
    [ 'a column of requests', 'direct', 'ALTER TABLE bookonce.request ADD branch text' ],
    [ 'wave bigint', 'direct', "DROP VIEW bookonce.open_offer, bookonce.offer_status; $offers ALTER wave TYPE bigint" ],
    [
        'offers published without an identity',
        'direct', "$offers REPLICA IDENTITY NOTHING; CREATE PUBLICATION p FOR TABLE bookonce.offer"
    ],
    [ 'no right to change positions', 'direct', 'REVOKE UPDATE ON bookonce."position" FROM keeper' ],
    [ 'no right to read requests', 'direct', 'REVOKE SELECT ON bookonce.request FROM keeper' ],
    [ 'no right to change bookings', 'direct', 'REVOKE UPDATE ON bookonce.booking FROM keeper' ],
    [ 'a table that inherits from offer', 'direct', 'CREATE TABLE app.more () INHERITS (bookonce.offer)' ],
    [ 'no primary key of offers', 'direct', "$offers DROP CONSTRAINT offer_pkey" ],
    [
        'the primary key of positions the other way round',
        'direct', "$positions DROP CONSTRAINT position_pkey, ADD PRIMARY KEY (tenant, request_id, \"position\")"
    ],
    [ 'positions not found by their booking', 'direct', "$positions DROP CONSTRAINT position_booking" ],
    [ 'resources not found by their number', 'direct', "$resource DROP CONSTRAINT resource_resource_id_key" ],
    [ 'an index of the status', 'direct', 'CREATE INDEX i ON bookonce.booking (status, lapses_at)' ],
    [ 'another label of offers', 'direct', "ALTER TYPE bookonce.offer_state RENAME VALUE 'declined' TO 'refused'" ],
    [ 'offers gone', 'direct', 'DROP TABLE bookonce.offer CASCADE' ]);

sub owner_changes
{
    return ([ 'nothing', 'direct', 'SELECT 1' ],
        @columns, @reactions, @rights, @objects, @resources, @kinds, @tables, @indexes, @guards, @events, @dispatch);
}

1;
