# BookonceDispatch.pm: requests, offers and holds of a tenant, and changes that an owner may make to them and to their
# tables: [name, how offers are accepted, how holds are confirmed, SQL]. That is `direct` (by the light path), `sql`, or
# `none` (an error). (long: a list of changes)
#
# SPDX-License-Identifier: PostgreSQL
package BookonceDispatch;

use strict;
use warnings;
use BookonceOwner;
use Exporter 'import';

our @EXPORT = qw(dispatch_targets dispatch_changes);

# target is the table of what the calls name.
my $targets = <<'SQL';
CREATE FUNCTION hours(first integer, last integer) RETURNS tstzrange LANGUAGE sql AS
    $$ SELECT tstzrange('2040-01-02Z'::timestamptz + first * interval '1 hour',
                        '2040-01-02Z'::timestamptz + last * interval '1 hour') $$;
CREATE FUNCTION asks(of_tenant text, first integer, positions integer, providers text[], expires_in interval)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := (bookonce.open_request(hours(first, first + 1), positions, 'rex', tenant => of_tenant)).request_id;
BEGIN
    PERFORM bookonce.make_offers(id, providers, expires_in, tenant => of_tenant);
    RETURN id;
END $$;
CREATE FUNCTION aims(of_tenant text, what text, request uuid, who text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO target SELECT of_tenant, aims.what, o.offer_id, o.provider FROM bookonce.offer AS o
    WHERE o.request_id = aims.request AND o.provider = aims.who $$;
CREATE FUNCTION accepts(of_tenant text, request uuid, who text) RETURNS uuid LANGUAGE sql AS $$
    SELECT a.booking_id FROM bookonce.offer AS o, bookonce.accept_offer(o.offer_id, who, tenant => of_tenant) AS a
    WHERE o.request_id = request AND o.provider = who $$;
CREATE FUNCTION holds(of_tenant text, what text, resource text, first integer, kind text, allow_overlap boolean,
    hold_for interval) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid := (bookonce.book_slot(resource, hours(first, first + 1), 'zoe', hold_for => hold_for, kind => kind,
        allow_overlap => allow_overlap, tenant => of_tenant)).booking_id;
BEGIN
    INSERT INTO target VALUES (of_tenant, what, id);
    RETURN id;
END $$;
CREATE FUNCTION makes(t text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    request uuid;
    id uuid;
BEGIN
    PERFORM bookonce.define_resource(r, c, tenant => t)
    FROM (VALUES ('ann', 1), ('bob', 1), ('cleo', 1), ('dan', 2), ('eve', 1), ('fay', 1), ('room', 1), ('hall', 1),
        ('stage', 1), ('villa', 1), ('pool', 1), ('lift', 3)) AS v(r, c);
    PERFORM bookonce.define_resource('inn', check_in_within => '1 hour', tenant => t);
    PERFORM bookonce.define_resource('room', attributes => '{"big": true}', tenant => t);
    PERFORM bookonce.define_resource('villa', check_in_within => '2 hours', tenant => t);
    PERFORM bookonce.define_kind('cut', buffer_after => '10 minutes', tenant => t);
    PERFORM bookonce.set_parts('hall', '{stage}', tenant => t), bookonce.set_parts('villa', '{pool}', tenant => t);

    request := asks(t, 9, 2, '{ann,bob,cleo}', NULL);
    PERFORM accepts(t, request, 'ann'), aims(t, 'last', request, 'bob'), aims(t, 'filled', request, 'cleo'),
        aims(t, 'before', request, 'ann');
    INSERT INTO target VALUES (t, 'request', request, 'fay');
    request := asks(t, 11, 2, '{eve,fay}', NULL);
    PERFORM bookonce.reschedule_booking(accepts(t, request, 'eve'), hours(11, 12), 'fay', tenant => t),
        aims(t, 'fills', request, 'fay'), aims(t, 'left', request, 'eve');
    request := asks(t, 13, 1, '{ann,bob}', NULL);
    PERFORM bookonce.cancel_booking(accepts(t, request, 'ann'), tenant => t), aims(t, 'released', request, 'ann'),
        aims(t, 'again', request, 'bob');
    request := asks(t, 15, 1, '{dan}', NULL);
    PERFORM aims(t, 'open', request, 'dan');
    request := asks(t, 17, 1, '{ann,bob}', NULL);
    PERFORM bookonce.decline_offer(o.offer_id, 'ann', tenant => t) FROM bookonce.offer AS o
    WHERE o.request_id = request AND o.provider = 'ann';
    PERFORM aims(t, 'declined', request, 'ann'), aims(t, 'busy', request, 'bob'),
        bookonce.book_slot('bob', hours(17, 18), 'zoe', tenant => t);
    request := asks(t, 19, 1, '{ann}', '1 microsecond');
    PERFORM aims(t, 'expired', request, 'ann');
    request := asks(t, 21, 1, '{ann}', NULL);
    PERFORM aims(t, 'cancelled', request, 'ann'), bookonce.cancel_request(request, tenant => t);

    PERFORM holds(t, 'held', 'room', 9, NULL, false, '1 day'), holds(t, 'checked', 'inn', 9, NULL, false, '1 day'),
        holds(t, 'lapsed', 'room', 11, NULL, false, '1 microsecond'),
        holds(t, 'confirmed', 'room', 13, NULL, false, NULL), holds(t, 'unguarded', 'room', 13, NULL, true, '1 day'),
        holds(t, 'kind', 'room', 15, 'cut', false, '1 day');
    id := holds(t, 'whole', 'hall', 9, NULL, false, '1 day');
    INSERT INTO target SELECT t, 'part', b.booking_id FROM bookonce.booking AS b, bookonce.booking AS w
    WHERE w.booking_id = id AND b.group_id = w.group_id AND b.booking_id <> id;
    id := holds(t, 'whole checked', 'villa', 9, NULL, false, '1 day');
    INSERT INTO target SELECT t, 'part checked', b.booking_id FROM bookonce.booking AS b, bookonce.booking AS w
    WHERE w.booking_id = id AND b.group_id = w.group_id AND b.booking_id <> id;
    INSERT INTO target SELECT t, 'member', a.booking_id
    FROM bookonce.book_slots(ARRAY[ROW('lift', hours(9, 10), 2, NULL, NULL, NULL),
        ROW('room', hours(17, 18), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'zoe', '1 day', tenant => t) AS a
    WHERE a.resource = 'room';
END $$;
SELECT makes('one'), makes('two');
SQL
sub dispatch_targets { return $targets }

my $booking = 'ALTER TABLE bookonce.booking';
my $resource = 'ALTER TABLE bookonce.resource';
my $offer = 'ALTER TABLE bookonce.offer';
my $position = 'ALTER TABLE bookonce."position"';
my $request = 'ALTER TABLE bookonce.request';
my $no_views = 'DROP VIEW bookonce.open_offer, bookonce.offer_status, bookonce.request_status, bookonce.appointment';
my $note = 'EXECUTE FUNCTION app.note_offer()';
my $long = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 200) AS n)";

sub index_state
{
    my ($state) = @_;
    return "UPDATE pg_index SET $state WHERE indexrelid = 'bookonce.i'::regclass; UPDATE pg_class SET relhasindex = true
        WHERE oid = (SELECT indrelid FROM pg_index WHERE indexrelid = 'bookonce.i'::regclass)";
}

# The trigger of keep_history(), with another word of its definition.
sub history
{
    my ($word, $other) = @_;
    return "SELECT bookonce.keep_history()" if !defined $word;
    return "SELECT bookonce.keep_history(); DO \$do\$ DECLARE d text := (SELECT pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgname = 'keep_history'); BEGIN ASSERT d ~ '$word'; DROP TRIGGER keep_history ON bookonce.booking;
            EXECUTE regexp_replace(d, '$word', '$other'); END \$do\$";
}

my @nulls = ([
        'a resource without a name', 'direct', 'none',
        "$resource DROP CONSTRAINT resource_pkey; CREATE UNIQUE INDEX ON bookonce.resource (tenant, resource);
            $resource ALTER resource DROP NOT NULL;
            SET LOCAL session_replication_role = replica; UPDATE bookonce.resource SET resource = NULL
            WHERE resource = 'room'; SET LOCAL session_replication_role = origin"
    ],
    [
        'a provider without a number', 'direct', 'direct',
        "$resource ALTER resource_id DROP IDENTITY IF EXISTS; $resource ALTER resource_id DROP NOT NULL;
            UPDATE bookonce.booking AS b SET resource_id = CASE b.tenant WHEN 'one' THEN 0 ELSE -1 END
            FROM bookonce.resource AS r
            WHERE r.resource_id = b.resource_id AND r.resource = 'fay';
            SET LOCAL session_replication_role = replica; UPDATE bookonce.resource SET resource_id = NULL
            WHERE resource = 'fay'; SET LOCAL session_replication_role = origin"
    ],
    (   map {
            my ($table, $column, $first) = (@$_, '');
            [
                "$table.$column NULL before it is NOT NULL", undef, undef,
                "$first ALTER TABLE bookonce.\"$table\" ALTER $column DROP NOT NULL; UPDATE bookonce.\"$table\" SET
                    $column = NULL; ALTER TABLE bookonce.\"$table\" ADD CONSTRAINT it NOT NULL $column NOT VALID"
            ]
        } [ offer => 'provider' ],
        [ offer => 'wave' ],
        [ request => 'requester' ],
        [ request => 'positions' ],
        [ request => 'during', "$request DROP CONSTRAINT request_during_is_bounded;" ],
        [ booking => 'holder' ],
        [ booking => 'during' ],
        [ booking => 'created_at' ]));

my @columns = ([
        'a column of bookings, dropped with its values',
        'direct', 'direct',
        "$booking ADD branch text; UPDATE bookonce.booking SET branch = repeat('x', 100); $booking DROP branch"
    ],
    [
        'a column of bookings with values from before its default went',
        'direct', 'direct', "$booking ADD branch text DEFAULT 'Paris'; $booking ALTER branch DROP DEFAULT"
    ],
    [
        'a column of bookings with values', 'direct',
        'direct', "$booking ADD n integer; UPDATE bookonce.booking SET n = 7"
    ],
    [ 'a column of offers, dropped', 'sql', 'sql', "$offer ADD branch text DEFAULT 'Paris'; $offer DROP branch" ],
    [ 'a column of positions, dropped', 'sql', 'sql', "$position ADD n integer DEFAULT 7; $position DROP n" ],
    [ 'a column of requests, dropped', 'direct', 'direct', "$request ADD n integer DEFAULT 7; $request DROP n" ],
    [ 'reason of requests, dropped', 'direct', 'direct', "$request DROP reason" ],
    [
        'values out of line', 'direct', 'direct',
        "$booking ALTER holder SET STORAGE EXTERNAL, SET (toast_tuple_target = 128); UPDATE bookonce.booking SET
            holder = repeat(holder, 80), details = to_jsonb($long); $request ALTER requester SET STORAGE EXTERNAL, SET
            (toast_tuple_target = 128); UPDATE bookonce.request SET requester = repeat(requester, 80),
            details = to_jsonb($long)"
    ],
    [
        'other defaults of offers', 'direct',
        'direct', "$offer ALTER status DROP DEFAULT, ALTER decided_at SET DEFAULT now()"
    ],
    [ 'decided_at in whole seconds', 'sql', 'sql', "$no_views CASCADE; $offer ALTER decided_at TYPE timestamptz(0)" ],
    [
        'providers by another collation',
        'sql', 'sql', "$no_views CASCADE; $offer ALTER provider TYPE text COLLATE \"default\""
    ],
    [ 'providers varchar', 'sql', 'sql', "$no_views CASCADE; $offer ALTER provider TYPE varchar COLLATE \"C\"" ],
    [
        'decided_at computed', 'none', 'sql',
        "$no_views CASCADE; $offer DROP decided_at; $offer ADD decided_at timestamptz GENERATED ALWAYS AS (created_at)
            STORED"
    ],
    [
        'decided_at NOT NULL',
        'sql', 'sql', "UPDATE bookonce.offer SET decided_at = created_at; $offer ALTER decided_at SET NOT NULL"
    ],
    [ 'requesters no longer NOT NULL', 'sql', 'sql', "$request ALTER requester DROP NOT NULL" ],
    [ 'closes_at renamed', 'none', 'sql', "$request RENAME closes_at TO ends_at" ],
    [ 'booking_id of positions renamed', 'none', 'none', "$position RENAME booking_id TO taken_by" ],
    [
        'another label of offers', 'direct',
        'direct', "ALTER TYPE bookonce.offer_state ADD VALUE 'lost' BEFORE 'accepted'"
    ],
    [ 'the type of offers renamed', 'sql', 'sql', 'ALTER TYPE bookonce.offer_state RENAME TO state_of_offer' ],
    [
        'a flag of a resource with rules NULL', 'direct', 'direct', "$resource ALTER has_waiters DROP NOT NULL;
            UPDATE bookonce.resource SET has_waiters = NULL, buffer_after = '5 minutes' WHERE resource = 'room'"
    ],
    [
        'a flag that the light path knows NULL', 'direct', 'direct', "$resource ALTER keeps_hours DROP NOT NULL;
            UPDATE bookonce.resource SET keeps_hours = NULL WHERE resource = 'room'"
    ],
    [
        'a booking that is a part by hand', 'direct', 'none',
        "UPDATE bookonce.booking AS b SET member = -1, group_id = w.group_id FROM bookonce.booking AS w,
            bookonce.resource AS r WHERE r.resource = 'villa' AND w.resource_id = r.resource_id AND b.tenant = w.tenant
            AND b.booking_id IN (SELECT id FROM target WHERE what = 'held')"
    ]);

my @indexes = ([
        'an index with other columns',
        'direct', 'direct', 'CREATE UNIQUE INDEX i ON bookonce.offer (offer_id) INCLUDE (status, provider)'
    ],
    [
        'an index of offers in which NULLs are equal',
        'direct', 'direct',
        'CREATE UNIQUE INDEX i ON bookonce.offer (request_id, provider, decided_at) NULLS NOT DISTINCT'
    ],
    [
        'one accepted offer a request', 'none', 'direct',
        "DELETE FROM bookonce.offer WHERE provider = 'cleo';
            CREATE UNIQUE INDEX i ON bookonce.offer (request_id, tenant, status)"
    ],
    [ 'a unique index of positions', 'direct', 'direct', 'CREATE UNIQUE INDEX i ON bookonce."position" (booking_id)' ],
    [
        'an index of offers that is not ready',
        'sql',
        'sql',
        'CREATE UNIQUE INDEX i ON bookonce.offer (provider, offer_id); '
            . index_state('indisvalid = false, indisready = false')
    ],
    [
        'an index of positions that is not valid',
        'direct', 'direct', 'CREATE INDEX i ON bookonce."position" (booking_id); ' . index_state('indisvalid = false')
    ],
    [
        'an index of bookings that is not ready',
        'direct', 'direct',
        'CREATE INDEX i ON bookonce.booking (status); ' . index_state('indisvalid = false, indisready = false')
    ],
    [
        'an index of bookings that is not valid',
        'direct', 'direct',
        'CREATE INDEX i ON bookonce.booking (status, lapses_at); ' . index_state('indisvalid = false')
    ],
    [ 'a hash index of offers', 'sql', 'sql', 'CREATE INDEX i ON bookonce.offer USING hash (provider)' ],
    [ 'a hash index of bookings', 'direct', 'direct', 'CREATE INDEX i ON bookonce.booking USING hash (status)' ],
    [ 'a brin index of bookings', 'direct', 'direct', 'CREATE INDEX i ON bookonce.booking USING brin (lapses_at)' ],
    [
        'an index of some positions',
        'sql', 'sql', 'CREATE INDEX i ON bookonce."position" (request_id) WHERE booking_id IS NULL'
    ],
    [
        'an index of some bookings', 'direct',
        'direct', 'CREATE INDEX i ON bookonce.booking (lapses_at) WHERE lapses_at IS NULL'
    ],
    [ 'a deferrable constraint of offers', 'sql', 'sql', "$offer ADD CONSTRAINT u UNIQUE (offer_id) DEFERRABLE" ],
    [
        'an exclusion constraint of positions',
        'sql', 'sql', "$position ADD CONSTRAINT u EXCLUDE USING btree (booking_id WITH =)"
    ],
    [
        'bookings of a number by half of their key', 'direct', 'sql',
        "$position DROP CONSTRAINT position_booking; CREATE UNIQUE INDEX ON
        bookonce.\"position\" (booking_id)"
    ],
    [
        'positions in the other direction', 'sql', 'sql',
        "$position DROP CONSTRAINT position_pkey; CREATE UNIQUE INDEX ON bookonce.\"position\" (request_id, tenant,
            \"position\" DESC)"
    ],
    [
        'a key of some offers', 'sql', 'sql',
        "$offer DROP CONSTRAINT offer_pkey; CREATE UNIQUE INDEX ON bookonce.offer (offer_id, tenant)
            WHERE provider <> 'bob'"
    ]);

my @reactions = (
    [ 'history', 'direct', 'direct', history() ],
    [ 'history without what is new', 'sql', 'sql', history('INSERT OR ', '') ],
    [ 'history without what changes', 'sql', 'sql', history(' OR UPDATE', '') ],
    [ 'history without what goes', 'sql', 'sql', history('DELETE OR ', '') ],
    [ 'history of one column', 'sql', 'sql', history('OR UPDATE ON', 'OR UPDATE OF holder ON') ],
    [ 'history of some', 'sql', 'sql', history('FOR EACH ROW', 'FOR EACH ROW WHEN (pg_trigger_depth() < 0)') ],
    [ 'history by a trigger that is off', 'sql', 'sql', history() . "; $booking DISABLE TRIGGER keep_history" ],
    [ 'history on a replica', 'sql', 'sql', history() . "; $booking ENABLE REPLICA TRIGGER keep_history" ],
    [ 'history in any case', 'sql', 'sql', history() . "; $booking ENABLE ALWAYS TRIGGER keep_history" ],
    [
        'history twice',
        'direct',
        'direct',
        history() . "; " . history('TRIGGER keep_history', 'TRIGGER keep_history_too') =~ s/.*?; //r =~
            s/DROP TRIGGER keep_history ON bookonce.booking;//r
    ],
    [
        'a trigger of positions',
        'sql', 'sql', "CREATE TRIGGER t AFTER UPDATE ON bookonce.\"position\" EXECUTE FUNCTION app.note_statement()"
    ],
    [
        'a trigger of offers that is off',
        'sql', 'sql', "CREATE TRIGGER t AFTER UPDATE ON bookonce.offer FOR EACH ROW $note; $offer DISABLE TRIGGER t"
    ],
    [
        'a trigger of some offers',
        'sql', 'sql',
        "CREATE TRIGGER t AFTER UPDATE ON bookonce.offer FOR EACH ROW WHEN (NEW.status = 'accepted') $note"
    ],
    [
        'a trigger of one column of bookings',
        'direct', 'sql',
        "CREATE TRIGGER t AFTER UPDATE OF lapses_at ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION app.note()"
    ],
    [
        'a deferred constraint of offers', 'sql', 'sql',
        "$offer ADD FOREIGN KEY (request_id, tenant) REFERENCES bookonce.request (request_id, tenant) DEFERRABLE
            INITIALLY DEFERRED"
    ],
    [
        'a foreign key to bookings',
        'direct',
        'sql',
        'CREATE TABLE app.invoice (id uuid, tenant text, FOREIGN KEY (id, tenant) REFERENCES
            bookonce.booking (booking_id, tenant))'
    ],
    [
        'a rule of positions',
        'sql', 'sql',
        "CREATE RULE r AS ON UPDATE TO bookonce.\"position\" DO ALSO INSERT INTO app.audit (what) VALUES ('rule')"
    ],
    [
        'a CHECK of positions',
        'sql', 'sql', "$position ADD CONSTRAINT c CHECK (booking_id IS NULL OR position < 9) NOT VALID"
    ],
    [
        'a CHECK of bookings that old rows break', 'direct', 'sql',
        "$booking DROP CONSTRAINT booking_is_sound; $booking ADD CONSTRAINT
        booking_is_sound CHECK (bookonce.is_sound(during, blocks, unit, member, status, released_at,
                lapses_at)) NOT VALID"
    ]);

my @tables = ([
        'row security of offers', 'direct',
        'direct', "$offer ENABLE ROW LEVEL SECURITY; $position ENABLE ROW LEVEL SECURITY"
    ],
    [ 'row security of offers, forced', 'none', 'none', "$offer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY" ],
    [ 'a table that inherits from position', 'sql', 'sql', 'CREATE TABLE app.more () INHERITS (bookonce."position")' ],
    [ 'a table that inherits from request', 'sql', 'sql', 'CREATE TABLE app.more () INHERITS (bookonce.request)' ],
    [
        'a partition of offers', 'sql', 'sql',
        "CREATE TABLE app.all (LIKE bookonce.offer) PARTITION BY LIST (tenant);
            ALTER TABLE app.all ATTACH PARTITION bookonce.offer FOR VALUES IN ('one', 'two')"
    ],
    [
        'little room for rows',
        'direct', 'direct',
        "$offer SET (fillfactor = 10); $position SET (fillfactor = 10); $booking SET (fillfactor = 10)"
    ],
    [ 'unlogged offers', 'direct', 'direct', "$offer SET UNLOGGED" ],
    [ 'offers of another owner', 'sql', 'sql', "$offer OWNER TO other_keeper; GRANT ALL ON bookonce.offer TO keeper" ],
    [
        'published offers',
        'direct', 'direct', 'CREATE PUBLICATION p FOR TABLE bookonce.offer, bookonce."position", bookonce.booking'
    ],
    [ 'some offers published', 'none', 'direct', "CREATE PUBLICATION p FOR TABLE bookonce.offer WHERE (wave > 1)" ],
    [
        'some columns of bookings published',
        'direct', 'none', 'CREATE PUBLICATION p FOR TABLE bookonce.booking (holder)'
    ],
    [
        'some bookings published whole',
        'direct', 'direct',
        "$booking REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE bookonce.booking WHERE (holder <> 'zoe')"
    ],
    [
        'bookings identified by an index',
        'sql', 'sql',
        "CREATE UNIQUE INDEX i ON bookonce.booking (booking_id, tenant); $booking REPLICA IDENTITY USING INDEX i"
    ]);

sub dispatch_changes
{
    return ([ 'nothing', 'direct', 'direct', 'SELECT 1' ], @nulls, @columns, @indexes, @reactions, @tables);
}

1;
