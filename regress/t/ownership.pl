# ownership.pl: what the owner of a database does with the tables as a whole: gives them to another role and leaves,
# renames the schema, makes them a part of a larger table, publishes some of their rows. Open sessions go on where that
# can be, and where it cannot, the call fails as the statement by hand would, and writes nothing.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('ownership', init => { allows_streaming => 'logical' }, conf => "fsync = off\n");
sub as { my ($role, $sql) = @_; return $node->safe_psql('shop', $sql, extra_params => [ '-U', $role ]) }
sub try_as
{
    my ($role, $sql) = @_;
    my ($code, $out, $error) = $node->psql('shop', "\\set VERBOSITY verbose\n$sql", extra_params => [ '-U', $role ]);
    return $code || $error ? $error : $out;
}
my $hour = 0;
sub hour_of
{
    my ($n) = @_;
    return "tstzrange(timestamptz '2030-01-07 00:00+00' + interval '$n hours', timestamptz '2030-01-07 01:00+00' + "
        . "interval '$n hours')";
}

# A call for the next hour.
sub book
{
    my ($more) = @_;
    return "SELECT outcome FROM bookonce.book_slot('room:1', " . hour_of(++$hour) . ", 'u'" . ($more // '') . ')';
}

$node->safe_psql('postgres',
    'CREATE ROLE owner LOGIN; CREATE ROLE heir LOGIN; CREATE ROLE web LOGIN; CREATE DATABASE shop OWNER owner');
as('owner', <<'SQL');
CREATE EXTENSION bookonce;
SELECT bookonce.setup(), bookonce.grant_usage('app'), bookonce.define_resource('room:1');
SELECT bookonce.define_resource('room:1', tenant => 'other');
SQL
my $app = session($node, 'app', 'shop');
is($app->ask(book()), 'booked', 'an application books');

# The owner leaves, as docs/operations.md has it. The functions stay the superuser's who installed a trusted extension
# for the owner, so the new owner is granted them; the application is granted them by the new one, before the old one's
# grants go.
as('postgres', 'REASSIGN OWNED BY owner TO heir');
is($app->ask(book()), 'booked', 'the tables are given to another: an open session books on');
like(try_as('heir', "SELECT bookonce.grant_usage('web')"),
    qr/42501/, '.. who has the tables, but not yet the functions');
as('postgres', 'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bookonce TO heir WITH GRANT OPTION');
as('heir', "SELECT bookonce.setup(), bookonce.grant_usage('app'), bookonce.grant_usage('web')");
as('postgres', 'DROP OWNED BY owner; DROP ROLE owner');
is($app->ask(book(", hold_for => '1 hour', idempotency_key => 'k'")),
    'booked', '.. and then: the old owner is gone, an open session books on');
is(as('web', book()), 'booked', '.. and so does a new role');
is($app->ask("SELECT (bookonce.claim('e-mail', 'v', 'u')).outcome, count(*) FROM bookonce.live_booking"),
    'claimed|4', '.. with all verbs and views');
is(as('heir', "SELECT bookonce.setup(); SELECT * FROM bookonce.check_integrity()"),
    '', '.. and the new owner runs setup()');

# An application's role leaves. DROP OWNED alone takes back what the functions' own owner has granted, and that is not
# the tables' owner.
as('heir', 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookonce FROM web');
as('postgres', 'DROP OWNED BY web; DROP ROLE web');
is($app->ask(book()), 'booked', 'a role with grants is dropped, others are not touched');

# The schema has its name in every statement of ours.
as('postgres', 'ALTER SCHEMA bookonce RENAME TO elsewhere');
for my $call (
    book(),
    book(", hold_for => '1 hour'"),
    "SELECT elsewhere.free_time('room:1', " . hour_of(9) . ')',
    "SELECT elsewhere.claim('e-mail', 'w', 'u')",
    'SELECT elsewhere.define_resource(\'room:2\')')
{
    is( $app->ask($call =~ s/bookonce\./elsewhere./gr),
        'ERROR:  3F000',
        'the schema has another name: ' . ($call =~ /\.(\w+)\(/)[0] . ' finds nothing');
}
as('postgres', 'ALTER SCHEMA elsewhere RENAME TO bookonce');
is($app->ask(book()), 'booked', '.. until it has its own again, in the same session');

# The owner makes a table of ours a part of a larger one: a call is told what an INSERT by hand is told, and the guard
# holds.
as('heir', <<'SQL');
CREATE TABLE all_bookings (LIKE bookonce.booking INCLUDING DEFAULTS) PARTITION BY LIST (tenant);
ALTER TABLE all_bookings ATTACH PARTITION bookonce.booking FOR VALUES IN ('default');
SQL
is($app->ask(book()), 'booked', 'the bookings are a part of a larger table: a call books');
$hour--;
is($app->ask(book()), 'taken', '.. once');
for my $more ('', ", idempotency_key => 'p'", ', allow_overlap => true', ", hold_for => '1 hour'") {
    is($app->ask(book("$more, tenant => 'other'")), 'ERROR:  23514', ".. and not what does not belong there$more");
}
is(as('heir', "SELECT count(*) FROM bookonce.booking WHERE tenant = 'other'"), '0', '.. of which nothing is written');
as('heir', 'ALTER TABLE all_bookings DETACH PARTITION bookonce.booking; DROP TABLE all_bookings');
is($app->ask(book(", tenant => 'other'")), 'booked', '.. until it stands alone again');
# From 17 on, PostgreSQL makes no table with an identity column a partition.
as('heir', 'CREATE TABLE all_resources (LIKE bookonce.resource INCLUDING DEFAULTS) PARTITION BY LIST (tenant)');
my $attach = "ALTER TABLE all_resources ATTACH PARTITION bookonce.resource FOR VALUES IN ('default', 'other')";
if ($node->pg_version < 17) {
    as('heir', $attach);
    is($app->ask(book()), 'booked', 'the resources are a part of a larger table: a call books');
    is( $app->ask("SELECT bookonce.define_resource('room:2', tenant => 'third')"),
        'ERROR:  23514',
        '.. and none is made that does not belong there');
    as('heir', 'ALTER TABLE all_resources DETACH PARTITION bookonce.resource');
}
as('heir', 'DROP TABLE all_resources');

# The owner publishes some rows. An UPDATE of a row that cannot be told from others is refused; a booking can be made.
as('postgres', "CREATE PUBLICATION part FOR TABLE bookonce.booking WHERE (tenant = 'default')");
my $id = $app->ask(book() =~ s/outcome/booking_id/r);
is( $app->ask(
        "SELECT outcome FROM bookonce.confirm_booking('$id'); SELECT outcome FROM bookonce.cancel_booking('$id')"),
    "confirmed\ncancelled",
    'the bookings of a tenant are published: they change');
as('postgres', "DROP PUBLICATION part; CREATE PUBLICATION part FOR TABLE bookonce.booking WHERE (holder <> 'u')");
$id = $app->ask(book(", hold_for => '1 hour'") =~ s/outcome/booking_id/r);
for my $call (
    "confirm_booking('$id')", "extend_hold('$id', '2 hours')",
    "cancel_booking('$id')", "reschedule_booking('$id', " . hour_of(99) . ')')
{
    my ($verb) = $call =~ /^(\w+)/;
    is( $app->ask("SELECT outcome FROM bookonce.$call"),
        'ERROR:  42P10',
        "bookings by their holder are, who is no part of a row's identity: $verb ends as an UPDATE does");
}
as('postgres', 'DROP PUBLICATION part; CREATE PUBLICATION part FOR TABLE bookonce.booking');
as('heir', 'ALTER TABLE bookonce.booking REPLICA IDENTITY NOTHING');
is($app->ask(book()), 'booked', 'without a replica identity a booking is made');
is($app->ask("SELECT outcome FROM bookonce.cancel_booking('$id')"), 'ERROR:  55000', '.. and not changed');
for my $identity ('FULL', 'USING INDEX booking_pkey', 'DEFAULT') {
    as('heir', "ALTER TABLE bookonce.booking REPLICA IDENTITY $identity");
    is($app->ask("SELECT outcome FROM bookonce.extend_hold('$id', '" . (3 + length $identity) . " hours')"),
        'extended', "by replica identity $identity it is");
}

is(as('heir', 'SELECT * FROM bookonce.check_integrity()'), '', 'and in the end check_integrity() finds nothing');
$app->quit;
$node->stop;
done_testing();
