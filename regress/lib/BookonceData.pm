# BookonceData.pm: makes a database in which every table has rows of every state, lists its contents, and tests what it
# must still be able to do after a dump, an upgrade, or on a replica.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceData;

use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(keep_history fill adopt fill_adopted is_guarded follow is_followed contents is_sound works_on);

# From now on the rows that are filled in have a history, and a consumer that reads it. Not for a database of an older
# version.
sub keep_history
{
    my ($node, $database) = @_;
    return $node->safe_psql($database, "SELECT bookonce.keep_history(), count(*) FROM bookonce.read_events('mailer')");
}

# Fills a database in which setup() has been run. The day is 7 January 2030, a Monday.
sub fill
{
    my ($node, $database) = @_;
    return $node->safe_psql($database, <<'SQL', on_error_stop => 1);
\set QUIET on
\pset tuples_only on
\o /dev/null
CREATE FUNCTION pg_temp.at(hours integer) RETURNS tstzrange LANGUAGE sql AS
    $$ SELECT tstzrange(t, t + '1 hour')
        FROM (SELECT '2030-01-07 00:00+00'::timestamptz + hours * interval '1 hour') AS x(t) $$;
SELECT bookonce.define_resource('room:1'), bookonce.define_resource('room:2'), bookonce.define_resource('pool:1', 3),
    bookonce.define_resource('desk:1', 2, '10 minutes', '5 minutes', 'Europe/Berlin', NULL, NULL, '8 hours'),
    bookonce.define_resource('room:1', tenant => 'other');
SELECT bookonce.set_opening_hours('desk:1', 1, '{08:00,13:00}', '{12:00,18:00}'),
    bookonce.set_booking_limit('desk:1', 'day', 5);
SELECT bookonce.define_resource('ann'), bookonce.define_resource('ben'), bookonce.define_resource('cleo');

-- Bookings: confirmed, with and without a key; held, confirmed from a hold, lapsed, swept; cancelled; overlapping;
-- moved; swapped.
SELECT bookonce.book_slot('room:1', pg_temp.at(9), 'u:1', idempotency_key => 'kept', details => '{"a": [1, null]}');
SELECT bookonce.book_slot('room:1', pg_temp.at(9), 'u:2', allow_overlap => true);
SELECT bookonce.book_slot('room:1', pg_temp.at(9), 'u:1', idempotency_key => 'kept', tenant => 'other');
SELECT booking_id AS held FROM bookonce.book_slot('room:1', pg_temp.at(10), 'u:1', hold_for => '30 days',
    idempotency_key => 'hold') \gset
SELECT bookonce.confirm_booking(booking_id) FROM bookonce.book_slot('room:1', pg_temp.at(11), 'u:1',
    hold_for => '1 day');
SELECT bookonce.book_slot('room:1', pg_temp.at(12), 'u:1', hold_for => '1 microsecond');
SELECT bookonce.expire_holds();
SELECT bookonce.book_slot('room:1', pg_temp.at(13), 'u:1', hold_for => '1 microsecond');
SELECT bookonce.cancel_booking(booking_id, 'she is ill') FROM bookonce.book_slot('room:1', pg_temp.at(14), 'u:1',
    idempotency_key => 'gone');
SELECT bookonce.reschedule_booking(booking_id, pg_temp.at(16)) FROM bookonce.book_slot('room:1', pg_temp.at(15), 'u:1');
SELECT booking_id AS one FROM bookonce.book_slot('room:1', pg_temp.at(17), 'u:1') \gset
SELECT booking_id AS two FROM bookonce.book_slot('room:2', pg_temp.at(18), 'u:1') \gset
SELECT bookonce.swap_bookings(:'one', :'two');
SELECT bookonce.book_slot('pool:1', pg_temp.at(9), 'u:1', quantity => 2, idempotency_key => 'two places');
SELECT bookonce.book_slot('desk:1', pg_temp.at(9), 'u:1');
SELECT bookonce.book_slots(ARRAY[('room:1', pg_temp.at(20), NULL, NULL, NULL, NULL), ('pool:1', pg_temp.at(20), 3, NULL,
    NULL, NULL)]::bookonce.slot_request[],
    'u:3', hold_for => '30 days', idempotency_key => 'party');
SELECT bookonce.book_any_slot('{room:1,room:2}', pg_temp.at(9), 'u:4', idempotency_key => 'any');

-- Claims and counters.
SELECT bookonce.claim('e-mail', 'ann@example.org', 'user:1', '{"from": "form"}'),
    bookonce.claim('e-mail', 'ann@example.org', 'user:9', tenant => 'other'),
    bookonce.claim('e-mail', 'ben@example.org', 'user:2'), bookonce.release_claim('e-mail',
        'ben@example.org', 'user:2');
SELECT bookonce.define_counter('stock', 5, 0, 10), bookonce.define_counter('debt', -5, NULL, 0),
    bookonce.define_counter('idle');
SELECT bookonce.adjust_counter('stock', -2, 'sold'), bookonce.adjust_counter('stock', 1),
    bookonce.adjust_counter('debt', -7, 'bought');

-- Requests: open, filled, closed, cancelled. Offers: pending, accepted, declined, withdrawn, released, expired.
SELECT request_id AS open FROM bookonce.open_request(pg_temp.at(30), 2, 'client:1', '{"b": 2}',
    idempotency_key => 'need') \gset
SELECT bookonce.make_offers(:'open', '{ann,ben}');
SELECT bookonce.accept_offer(offer_id, 'ann') FROM bookonce.offer WHERE request_id = :'open' AND provider = 'ann';
SELECT request_id AS filled FROM bookonce.open_request(pg_temp.at(31), 1, 'client:1') \gset
SELECT bookonce.make_offers(:'filled', '{ann,ben,cleo}');
SELECT bookonce.decline_offer(offer_id, 'ann') FROM bookonce.offer WHERE request_id = :'filled' AND provider = 'ann';
SELECT bookonce.accept_offer(offer_id, 'ben') FROM bookonce.offer WHERE request_id = :'filled' AND provider = 'ben';
SELECT bookonce.release_position(:'filled', 'ben', 'a flat tyre');
SELECT bookonce.withdraw_offer(offer_id) FROM bookonce.make_offers(:'filled', '{ann}');
SELECT bookonce.accept_offer(offer_id, 'cleo') FROM bookonce.offer WHERE request_id = :'filled' AND provider = 'cleo';
SELECT request_id AS cancelled FROM bookonce.open_request(pg_temp.at(32), 1, 'client:1') \gset
SELECT bookonce.make_offers(:'cancelled', '{ann}');
SELECT bookonce.cancel_request(:'cancelled', 'not needed');
SELECT bookonce.open_request(pg_temp.at(33), 1, 'client:1', closes_at => clock_timestamp() + '1 day');
UPDATE bookonce.request SET closes_at = created_at + '1 microsecond' WHERE closes_at IS NOT NULL;
SQL
}

# Two tables of the application's own, with a guard each: by a constraint, and online.
sub adopt
{
    my ($node, $database) = @_;
    $node->safe_psql($database, <<'SQL');
CREATE TABLE visit (id integer PRIMARY KEY, tenant text, room uuid, starts timestamp, ends timestamp,
    status text DEFAULT 'accepted');
SELECT bookonce.guard_table('visit', 'tenant, room', 'starts', 'ends', live_when => 'status = ''accepted''');
CREATE TABLE stay (id integer PRIMARY KEY, room integer, nights daterange);
CREATE INDEX stay_guard ON stay USING gist
    ((bookonce.slot_key(bookonce.resource_key(room), 1, bookonce.slot_time(nights))))
        WHERE bookonce.counts((num_nulls(room) = 0));
SELECT bookonce.guard_table('stay', 'room', during => 'nights', how => 'online');
SQL
    return $node;
}

# The row that each of them has.
sub fill_adopted
{
    my ($node, $database) = @_;
    return $node->safe_psql($database, <<'SQL');
INSERT INTO visit VALUES (1, 'a', '6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 09:00', '2030-01-07 10:00');
INSERT INTO stay VALUES (1, 1, '[2030-01-07, 2030-01-09)');
SQL
}

# Tests that both tables have one row, and refuse another one at its time.
sub is_guarded
{
    my ($node, $database, $where) = @_;
    is( $node->safe_psql(
            $database, 'SELECT relation, how, problem FROM bookonce.guarded_tables ORDER BY relation::text'),
        "stay|online|\nvisit|constraint|",
        "$where: the guards of the adopted tables are whole");
    for my $row ("stay VALUES (2, 1, '[2030-01-08, 2030-01-10)')",
        "visit VALUES (2, 'a', '6e1b0b0e-0000-4000-8000-000000000001', '2030-01-07 09:30', '2030-01-07 11:00')")
    {
        my ($code, $out, $error) = $node->psql($database, "\\set VERBOSITY verbose\nINSERT INTO $row");
        like($error, qr/23P01.*_guard/, ".. and refuse an overlap: $row");
    }
}

# A table that is followed, with one row.
sub follow
{
    my ($node, $database) = @_;
    $node->safe_psql($database, <<'SQL');
CREATE TABLE lesson (teacher text, number integer, starts timestamptz, ends timestamptz, PRIMARY KEY (teacher, number));
SELECT bookonce.follow_table('lesson', 'teacher', 'starts', 'ends', tenant => 'school');
INSERT INTO lesson VALUES ('kim', 1, '2030-01-07 09:00+00', '2030-01-07 10:00+00');
SQL
    return $node;
}

# Tests that it is still followed: rows and bookings agree, and both a verb and a new row conflict with the old row.
sub is_followed
{
    my ($node, $database, $where) = @_;
    is($node->safe_psql($database, 'SELECT relation, is_followed FROM bookonce.followed_tables'),
        'lesson|t', "$where: a followed table still is");
    is($node->safe_psql($database, "SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'school'"),
        '', '.. and its rows and bookings agree');
    is( $node->safe_psql(
            $database,
            "SELECT outcome FROM bookonce.book_slot('kim', '[2030-01-07 09:30+00, 2030-01-07 10:30+00)', 'verb',
                tenant => 'school')"
        ),
        'taken',
        '.. a verb meets its row');
    my ($code, $out, $error) = $node->psql($database,
        "\\set VERBOSITY sqlstate\nINSERT INTO lesson VALUES ('kim', 2, '2030-01-07 09:30+00', '2030-01-07 10:30+00')");
    like($error, qr/23P01/, '.. and so does a row');
}

# The rows of each table and view of the schema, except of the views that read the clock.
sub contents
{
    my ($node, $database) = @_;
    my %rows;
    for my $table (
        split /\n/,
        $node->safe_psql(
            $database,
            "SELECT relname FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace AND relkind = 'r' ORDER BY 1"))
    {
        $rows{$table} = $node->safe_psql($database,
            "SET timezone = UTC; SELECT t::text FROM bookonce.\"$table\" AS t ORDER BY t::text COLLATE \"C\"");
    }
    for my $view ('live_booking', 'request_status', 'offer_status', 'appointment') {
        $rows{$view} = $node->safe_psql($database,
            "SET timezone = UTC; SELECT t::text FROM bookonce.$view AS t ORDER BY t::text COLLATE \"C\"");
    }
    return \%rows;
}

# Tests that the guard is there and agrees with the rows.
sub is_sound
{
    my ($node, $database, $where) = @_;
    is( $node->safe_psql($database,
            <<'SQL'), "x|t|t|t\nbookonce.slot_key_ops", "$where: the constraint is valid and ours");
SELECT c.contype, c.convalidated, i.indisvalid AND i.indisready, i.indisexclusion
FROM pg_constraint AS c JOIN pg_index AS i ON i.indexrelid = c.conindid
WHERE c.conrelid = 'bookonce.booking'::regclass AND c.conname = 'booking_no_overlap';
SELECT n.nspname || '.' || o.opcname
FROM pg_index AS i JOIN pg_constraint AS c ON i.indexrelid = c.conindid JOIN pg_opclass AS o ON o.oid = i.indclass[0]
JOIN pg_namespace AS n ON n.oid = o.opcnamespace WHERE c.conname = 'booking_no_overlap';
SQL
    is($node->safe_psql($database, 'SELECT * FROM bookonce.check_slot_index()'),
        '', ".. the index agrees with the table");
    is($node->safe_psql($database, <<'SQL'), '0', '.. no two live bookings overlap');
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT count(*) FROM bookonce.booking AS a JOIN bookonce.booking AS b ON a.resource_id = b.resource_id
    AND a.unit = b.unit
WHERE a.booking_id < b.booking_id AND a.blocks && b.blocks AND a.released_at IS NULL AND b.released_at IS NULL
SQL
    my ($code, $out, $error) = $node->psql($database, <<'SQL');
\set VERBOSITY verbose
INSERT INTO bookonce.booking (resource_id, during, blocks, holder)
SELECT resource_id, during, blocks, 'hand' FROM bookonce.booking WHERE idempotency_key = 'kept' AND tenant = 'default'
SQL
    like($error, qr/23P01.*booking_no_overlap/, '.. and it refuses a raw insert');
}

# Tests each verb's answer in a database that fill() has filled, as the role `app`, which must still have its grants.
my @next = ([
        'a repeated key' =>
            "book_slot('room:1', AT(9), 'u:1', idempotency_key => 'kept', details => '{\"a\": [1, null]}')",
        'booked|t'
    ],
    [
        'the key of another tenant' =>
            "book_slot('room:1', AT(9), 'u:1', idempotency_key => 'kept', tenant => 'other')",
        'booked|t'
    ],
    [ 'the key of a cancelled booking' => "book_slot('room:1', AT(14), 'u:1', idempotency_key => 'gone')", 'booked|t' ],
    [ 'a taken slot' => "book_slot('room:1', AT(9), 'u:5')", 'taken|f' ],
    [ 'a held slot' => "book_slot('room:1', AT(10), 'u:5')", 'taken|f' ],
    [ 'a slot whose hold has lapsed' => "book_slot('room:1', AT(13), 'u:5')", 'booked|f' ],
    [ 'a cancelled slot' => "book_slot('room:1', AT(14), 'u:5')", 'booked|f' ],
    [ 'the last place' => "book_slot('pool:1', AT(9), 'u:5')", 'booked|f' ],
    [ 'one place more' => "book_slot('pool:1', AT(9), 'u:6')", 'taken|f' ],
    [ 'a closed hour' => "book_slot('desk:1', AT(20), 'u:5')", 'closed|f' ],
    [
        'a hold to confirm' =>
            "confirm_booking((SELECT booking_id FROM live_booking WHERE resource = 'room:1' AND during = AT(10)))",
        'confirmed|f'
    ],
    [
        'a group to confirm' =>
            "confirm_group((SELECT min(group_id::text)::uuid FROM live_booking WHERE holder = 'u:3'))",
        join "\n", ('confirmed|f') x 2
    ],
    [
        'a booking to move' => "reschedule_booking((SELECT booking_id FROM live_booking WHERE resource = 'room:1'
                AND during = AT(16)), AT(22))",
        'rescheduled|f'
    ],
    [ 'an own claim' => "claim('e-mail', 'ann\@example.org', 'user:1')", 'claimed|t' ],
    [ 'a claim of another' => "claim('e-mail', 'ann\@example.org', 'user:3')", 'claimed_by_other|f' ],
    [ 'a value given back' => "claim('e-mail', 'ben\@example.org', 'user:3')", 'claimed|f' ],
    [ 'an applied delta' => "adjust_counter('stock', -2, 'sold')", 'applied|t' ],
    [ 'a delta beyond the bound' => "adjust_counter('stock', -5)", 'out_of_bounds|f' ],
    [ 'the next delta' => "adjust_counter('stock', -4)", 'applied|f' ],
    [
        'a request made before' => "open_request(AT(30), 2, 'client:1', '{\"b\": 2}', idempotency_key => 'need')",
        'opened|t'
    ],
    [
        'the offer that is pending' =>
            "accept_offer((SELECT offer_id FROM offer_status WHERE provider = 'ben' AND status = 'pending'), 'ben')",
        'accepted|f'
    ],
    [
        'the offer of a request that was cancelled' =>
            "accept_offer((SELECT offer_id FROM offer_status WHERE provider = 'ann' AND during = AT(32)), 'ann')",
        'request_closed|f'
    ],
    [ 'the next request' => "open_request(AT(40), 1, 'client:2')", 'opened|f' ]);

sub works_on
{
    my ($node, $database, $where) = @_;
    my ($asked, @told, @expected) = ('');
    for my $call (@next) {
        my ($what, $verb, $answer) = @$call;
        $verb =~ s{AT\((\d+)\)}{tstzrange(MONDAY + '$1 hours', MONDAY + '1 hour' + '$1 hours')}g;
        $verb =~ s{MONDAY}{'2030-01-07 00:00+00'::timestamptz}g;
        $asked .= "\\echo $what\nSELECT outcome, replayed FROM bookonce."
            . ($verb =~ s/FROM (\w+)/FROM bookonce.$1/gr) . ";\n";
        push @expected, $what, $answer;
    }
    is( $node->safe_psql($database, $asked, extra_params => [ '-U', 'app' ]),
        join("\n", @expected),
        "$where: each verb goes on from there");
    is( $node->safe_psql(
            $database,
            "SELECT bookonce.define_resource('new');
                SELECT outcome FROM bookonce.book_slot('new', '[2030-01-07, 2030-01-08)', 'u:1')",
            extra_params => [ '-U', 'app' ]),
        "\nbooked",
        '.. a resource is made and booked');
    is( $node->safe_psql(
            $database,
            "SELECT count(*) = 1 FROM bookonce.resource WHERE resource_id >= (SELECT resource_id FROM bookonce.resource
                WHERE resource = 'new')"
        ),
        't',
        '.. by the next number');
    is($node->safe_psql($database, 'SELECT bookonce.setup(); SELECT problem FROM bookonce.check_slot_index()'),
        '', '.. setup() finds nothing to do, and the index still agrees');
}

1;
