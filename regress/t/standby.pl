# standby.pl: on a read-only standby every verb says so and where to go; the view answers; and a promoted standby books on
# where the primary stopped.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $primary = new_server('primary', init => { allows_streaming => 1 });
$primary->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy', has_streaming => 1);
$standby->start;

my $id = query($primary, "SELECT booking_id FROM bookonce.book_slot('room:1', " . slot(9) . ", 'ann', hold_for => '1 hour', idempotency_key => 'k')");
$primary->wait_for_catchup($standby);
is(query($standby, 'SELECT holder, status FROM bookonce.live_booking'), 'ann|held', 'the standby shows the booking');

for my $call ("book_slot('room:1', " . slot(10) . ", 'bob')", "define_resource('room:2')", "confirm_booking('$id')", "extend_hold('$id', '2 hours')",
    "cancel_booking('$id')", 'expire_holds()', 'setup()') {
    my ($verb) = $call =~ /^(\w+)/;
    my ($code, $out, $error) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT bookonce.$call");
    like($error, qr/ERROR:  25006: cannot execute $verb\(\) in a read-only transaction\nHINT:  Call it on the primary server/, "$verb: 25006, with a way out");
}

query($primary, 'CHECKPOINT');
$primary->stop;
$standby->promote;
my $app = session($standby, 'app');
is($app->ask("SELECT outcome, replayed FROM bookonce.book_slot('room:1', " . slot(9) . ", 'ann', hold_for => '1 hour', idempotency_key => 'k')"), 'booked|t', 'promoted, it knows the key');
is($app->ask("SELECT outcome FROM bookonce.book_slot('room:1', " . slot(9) . ", 'bob')"), 'taken', '.. and the slot');
is($app->ask("SELECT outcome FROM bookonce.confirm_booking('$id')"), 'confirmed', '.. and the hold');
is($app->ask("SELECT outcome FROM bookonce.book_slot('room:1', " . slot(10) . ", 'bob')"), 'booked', '.. and books on');
is(overlaps($standby), '0', 'no two live bookings overlap');
$app->quit;
$standby->stop;
done_testing();
