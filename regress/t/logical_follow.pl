# logical_follow.pl: logical replication of a followed table. Its rows and their bookings arrive, and the subscriber's
# triggers, which fire for neither, are not needed; after the switch, follow_table() makes them. Where the rows alone
# arrive, at a table that is followed there, check_integrity() tells.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $table = 'CREATE TABLE visit (id integer PRIMARY KEY, room text, starts timestamptz, ends timestamptz)';
my $follow = q{SELECT bookonce.follow_table('visit', 'room', 'starts', 'ends')};
my $publisher = new_server('publisher', init => { allows_streaming => 'logical' }, conf => "fsync = off\n");
query($publisher, "$table; $follow; INSERT INTO visit VALUES (1, 'hall', '2030-01-07 09:00', '2030-01-07 10:00')");

sub subscriber
{
    my ($name, $published, $sql) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name);
    $node->init;
    $node->append_conf('postgresql.conf', "timezone = UTC\nfsync = off\nwal_retrieve_retry_interval = 100ms\n");
    $node->start;
    $node->safe_psql('postgres', "CREATE EXTENSION bookonce; SELECT bookonce.setup(); $table; $sql");
    query($publisher, "CREATE PUBLICATION $name FOR $published");
    $node->safe_psql('postgres',
        "CREATE SUBSCRIPTION $name CONNECTION '" . $publisher->connstr . " dbname=postgres' PUBLICATION $name");
    $node->wait_for_subscription_sync($publisher, $name);
    return $node;
}
my $bookings =
    'SELECT r.resource, b.during FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) ORDER BY 2';

# Both: the table, and the schema of the bookings.
my $both = subscriber('whole', 'TABLES IN SCHEMA bookonce, public', '');
query(
    $publisher,
    "INSERT INTO visit VALUES (2, 'hall', '2030-01-07 10:00', '2030-01-07 11:00'), (3, 'hall', '2030-01-07 12:00',
        '2030-01-07 13:00');"
        . "UPDATE visit SET starts = '2030-01-07 14:00', ends = '2030-01-07 15:00' WHERE id = 1; DELETE FROM visit
            WHERE id = 3"
);
$publisher->wait_for_catchup('whole');
is($both->safe_psql('postgres', $bookings), query($publisher, $bookings), 'the rows\' bookings arrive with them');
is($both->safe_psql('postgres', 'SELECT relation, is_followed FROM bookonce.followed_tables'),
    'visit|f', 'there the table is not followed yet');

# The switch: follow_table() once more finds the bookings as they are.
$both->safe_psql('postgres', 'DROP SUBSCRIPTION whole');
$both->safe_psql(
    'postgres',
    q{SELECT setval(pg_get_serial_sequence('bookonce.resource', 'resource_id'), max(resource_id))
        FROM bookonce.resource}
);
is($both->safe_psql('postgres', "SELECT booked FROM bookonce.follow_table('visit', 'room', 'starts', 'ends')"),
    '2', 'after the switch it is followed');
is($both->safe_psql('postgres', $bookings), query($publisher, $bookings), 'with the bookings that it had');
is($both->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'), '', 'and nothing is wrong');
my ($code, $out, $err) =
    $both->psql('postgres', "INSERT INTO visit VALUES (4, 'hall', '2030-01-07 14:30', '2030-01-07 15:30')");
like($err, qr/overlaps a booking of resource "hall"/, 'a double booking is refused there');

# The rows alone, at a table that is followed there: the triggers do not fire for what a publisher sends.
my $rows = subscriber('rows', 'TABLE visit', $follow);
query($publisher, "INSERT INTO visit VALUES (5, 'hall', '2030-01-08 10:00', '2030-01-08 11:00')");
$publisher->wait_for_catchup('rows');
like(
    $rows->safe_psql('postgres', 'SELECT problem FROM bookonce.check_integrity()'),
    qr/^a row of a followed table has no booking$/m,
    'rows that arrive alone are told');
done_testing();
