# logical.pl: logical replication. Bookings, holds, claims and counters arrive at a subscriber, whose own guard holds: a
# booking made there by mistake stops the replication, and no slot is taken twice. What does not arrive: the identity of
# resource, so the switch to the subscriber begins by setting it.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceData;
use BookonceTest;

my $publisher = new_server('publisher', init => { allows_streaming => 'logical' }, conf => "fsync = off\n");
keep_history($publisher, 'postgres');
fill($publisher, 'postgres');
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf',
    "timezone = UTC\nfsync = off\nautovacuum = off\nwal_retrieve_retry_interval = 100ms\n");
$subscriber->start;
$subscriber->safe_psql('postgres',
    "CREATE EXTENSION bookonce; SELECT bookonce.setup(); CREATE ROLE app LOGIN; SELECT bookonce.grant_usage('app')");
$publisher->safe_psql('postgres', 'CREATE PUBLICATION bookings FOR TABLES IN SCHEMA bookonce');
$subscriber->safe_psql('postgres',
    "CREATE SUBSCRIPTION bookings CONNECTION '" . $publisher->connstr . " dbname=postgres' PUBLICATION bookings");
$subscriber->wait_for_subscription_sync($publisher, 'bookings');
is_deeply(contents($subscriber, 'postgres'), contents($publisher, 'postgres'), 'what was there is copied');

sub ask { my ($node, $sql) = @_; return $node->safe_psql('postgres', $sql, extra_params => [ '-U', 'app' ]) }
sub book
{
    my ($hour, $more) = @_;
    return "SELECT outcome FROM bookonce.book_slot('room:1', " . slot($hour) . ", 'u:1'" . ($more // '') . ')';
}

# Every kind of change: inserts, updates by the primary key, deletes; two bookings that swap, and one that makes way by
# moving to another unit, which the publisher's guard has met row by row as the subscriber's will.
ask($publisher,
    "SELECT bookonce.define_resource('room:9', 2, '5 minutes'), bookonce.set_opening_hours('room:2', 2, '{09:00}',
        '{17:00}'), bookonce.clear_opening_hours('desk:1')"
);
ask($publisher,
    "SELECT bookonce.cancel_booking(booking_id) FROM bookonce.live_booking WHERE resource = 'room:1'
        AND status = 'held'"
);
ask($publisher,
    "SELECT bookonce.release_claim('e-mail', 'ann\@example.org', 'user:1'), bookonce.adjust_counter('stock', -1,
        'next'), bookonce.define_counter('debt', 0, NULL, 5)"
);
ask($publisher,
    "SELECT bookonce.accept_offer(offer_id, 'ben') FROM bookonce.offer_status WHERE provider = 'ben'
        AND status = 'pending'"
);
ask($publisher,
    'SELECT bookonce.swap_bookings(a.booking_id, b.booking_id) FROM bookonce.live_booking AS a,
        bookonce.live_booking AS b WHERE a.during = '
        . slot(11)
        . ' AND b.during = '
        . slot(16)
        . " AND a.resource = 'room:1' AND b.resource = 'room:1' AND a.tenant = b.tenant");
$publisher->safe_psql('postgres', "SELECT bookonce.define_resource('bus:1', 2)");
$publisher->safe_psql('postgres',
    "SELECT bookonce.book_slot('bus:1', '[2030-01-07 $_:00, 2030-01-07 @{[ $_ + 1 ]}:00)', 'u:$_')")
    for 11, 10, 11;
$publisher->safe_psql(
    'postgres',
    "SELECT bookonce.cancel_booking(booking_id) FROM bookonce.live_booking WHERE resource = 'bus:1' AND unit = 1
        AND holder = 'u:11'"
);
my $units = "SELECT string_agg(unit::text, ',' ORDER BY during) FROM bookonce.live_booking WHERE resource = 'bus:1'";
is($publisher->safe_psql('postgres', $units), '1,2', 'two bookings are on two units');
$publisher->safe_psql('postgres', "SELECT bookonce.book_slot('bus:1', '[2030-01-07 10:00, 2030-01-07 12:00)', 'u:1')");
isnt($publisher->safe_psql('postgres', $units), '1,1,2', '.. and one of them makes way for a third');
ask($publisher, book(1, ", hold_for => '1 day', idempotency_key => 'late'"));
$publisher->wait_for_catchup('bookings');
is_deeply(contents($subscriber, 'postgres'), contents($publisher, 'postgres'), '.. and what comes after that arrives');
is_sound($subscriber, 'postgres', 'the subscriber');

# Written on both sides: the publisher's row conflicts with the subscriber's guard, and waits there until somebody
# decides.
is(ask($subscriber, book(2, ", idempotency_key => 'here'")),
    'booked', 'a booking is made on the subscriber, by mistake');
is(ask($publisher, book(2, ", idempotency_key => 'there'")), 'booked', '.. and one of that time on the publisher');
is(ask($publisher, book(3)), 'booked', '.. and another one');
$subscriber->wait_for_log(qr/conflicting key value violates exclusion constraint "booking_no_overlap"/, 0);
is(overlaps($subscriber), '0', '.. the replication stops at the guard: no slot is taken twice');
is(ask($subscriber, "SELECT count(*) FROM bookonce.live_booking WHERE during && " . slot(3)),
    '0', '.. and nothing goes past it');
$subscriber->safe_psql('postgres', "DELETE FROM bookonce.booking WHERE idempotency_key = 'here'");
$publisher->wait_for_catchup('bookings');
is_deeply(
    contents($subscriber, 'postgres'),
    contents($publisher, 'postgres'),
    '.. until the wrong one is deleted: both are equal again');

# Adopted tables: each side keeps its own writers off. The publisher has judged the rows that it sends. A constraint
# checks them all the same, and an online guard lists the overlaps that arrive.
adopt($_, 'postgres') for $publisher, $subscriber;
$publisher->safe_psql('postgres', 'ALTER PUBLICATION bookings ADD TABLE visit, stay');
$subscriber->safe_psql('postgres', 'ALTER SUBSCRIPTION bookings REFRESH PUBLICATION');
fill_adopted($publisher, 'postgres');
$subscriber->wait_for_subscription_sync($publisher, 'bookings');
$publisher->wait_for_catchup('bookings');
is_guarded($publisher, 'postgres', 'the publisher');
is_guarded($subscriber, 'postgres', 'the subscriber');
$subscriber->safe_psql('postgres', "INSERT INTO stay VALUES (10, 2, '[2030-01-07, 2030-01-09)')");
$publisher->safe_psql('postgres', "INSERT INTO stay VALUES (11, 2, '[2030-01-07, 2030-01-09)')");
$publisher->wait_for_catchup('bookings');
is( $subscriber->safe_psql('postgres', "SELECT row_key, other_row_key FROM bookonce.guarded_overlaps('stay')"),
    '{"id": 10}|{"id": 11}',
    '.. and what was written on both is listed there');
$subscriber->safe_psql('postgres', 'DELETE FROM stay WHERE id = 10');

# counter_entry has no primary key, so its rows can be added only, unless the table says which row is meant.
my ($code, $out, $error) = $publisher->psql('postgres', 'DELETE FROM bookonce.counter_entry');
like(
    $error,
    qr/cannot delete from table "counter_entry" because it does not have a replica identity/,
    'old counter entries cannot be deleted while they are published');
$publisher->safe_psql('postgres',
    'ALTER TABLE bookonce.counter_entry REPLICA IDENTITY FULL; DELETE FROM bookonce.counter_entry');
$publisher->wait_for_catchup('bookings');
is($subscriber->safe_psql('postgres', 'SELECT count(*) FROM bookonce.counter_entry'),
    '0', '.. once the replica identity is full');

# The switch, as docs/operations.md has it.
$publisher->stop;
$subscriber->safe_psql(
    'postgres',
    'ALTER SUBSCRIPTION bookings DISABLE; ALTER SUBSCRIPTION bookings
        SET (slot_name = NONE); DROP SUBSCRIPTION bookings'
);
($code, $out, $error) = $subscriber->psql('postgres', "SELECT bookonce.define_resource('room:10')");
like($error, qr/resource_resource_id_key/, 'without its sequence set, the former subscriber cannot make a resource');
is( $subscriber->safe_psql(
        'postgres',
        "SELECT setval(pg_get_serial_sequence('bookonce.resource', 'resource_id'), max(resource_id)) = max(resource_id)
            FROM bookonce.resource GROUP BY ()"
    ),
    't',
    '.. so it is set');
is( ask($subscriber,
        "SELECT bookonce.define_resource('room:10'); SELECT outcome FROM bookonce.book_slot('room:10', "
            . slot(1)
            . ", 'u:1')"),
    "\nbooked",
    '.. and it makes and books one');
is( ask($subscriber,
        "SELECT outcome, replayed FROM bookonce.book_slot('room:1', "
            . slot(2)
            . ", 'u:1', idempotency_key => 'there')"),
    'booked|t',
    '.. knows the keys');
is(ask($subscriber, book(1)), 'taken', '.. and the holds');
is(overlaps($subscriber) . $subscriber->safe_psql('postgres', 'SELECT * FROM bookonce.check_slot_index()'),
    '0', 'no two live bookings overlap, and the index agrees');
$subscriber->stop;
done_testing();
