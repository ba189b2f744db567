# dump.pl: a database with bookings is dumped and restored, by pg_dump and psql and by pg_restore. The copy is equal, knows the
# keys, refuses overlaps, and books on.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('dump', conf => "fsync = off\n");
sub book { my ($hour, $more) = @_; return 'SELECT outcome, replayed FROM bookonce.book_slot(\'room:1\', ' . slot($hour) . ", 'ann'" . ($more // '') . ')' }
query($node, book(9, ", idempotency_key => 'k', details => '{\"a\": 1}'"));
query($node, book(10, ", hold_for => '1 day'"));
query($node, book(10, ', allow_overlap => true'));
query($node, "SELECT bookonce.cancel_booking(booking_id, 'ill') FROM bookonce.book_slot('room:1', " . slot(11) . ", 'ann')");

my $rows = "SELECT md5(string_agg(b::text, ',' ORDER BY booking_id)) || md5((SELECT string_agg(r::text, ',') FROM bookonce.resource AS r)) FROM bookonce.booking AS b";
my $before = query($node, $rows);
my $dir = PostgreSQL::Test::Utils::tempdir();

for my $format ('plain', 'custom', 'directory') {
    $node->safe_psql('postgres', "CREATE DATABASE $format");
    $node->command_ok([ 'pg_dump', '-F', $format, '-f', "$dir/$format", $node->connstr('postgres') ], "dumped, in format $format");
    $node->command_ok($format eq 'plain' ? [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/$format", $node->connstr($format) ]
            : [ 'pg_restore', '-e', '-d', $node->connstr($format), "$dir/$format" ], '.. and restored without an error');
    my $ask = sub { return $node->safe_psql($format, $_[0], extra_params => [ '-U', 'app' ]) };
    is($node->safe_psql($format, $rows), $before, '.. its rows are equal');
    is($ask->(book(9, ", idempotency_key => 'k', details => '{\"a\": 1}'")), 'booked|t', '.. it knows the keys');
    is($ask->(book(10)), 'taken|f', '.. refuses overlaps');
    is($ask->(book(11)), 'booked|f', '.. gives free slots');
    is($ask->("SELECT bookonce.define_resource('room:2'); SELECT outcome FROM bookonce.book_slot('room:2', " . slot(9) . ", 'ann')"), "\nbooked", '.. and defines resources');
    my ($code, $out, $error) = $node->psql($format, "INSERT INTO bookonce.booking (resource_id, during, blocks, holder)
        SELECT resource_id, " . slot(9) . ', ' . slot(9) . ", 'hand' FROM bookonce.resource WHERE resource = 'room:1'");
    like($error, qr/booking_no_overlap/, '.. the constraint is there for raw inserts, too');
    is($node->safe_psql($format, 'SELECT bookonce.setup()'), '', '.. and setup() finds nothing to do');
}

my ($code, $out, $error) = $node->psql('plain', 'DROP EXTENSION bookonce');
like($error, qr/cannot drop extension bookonce because other objects depend on it/, 'the tables keep the extension from being dropped');
$node->stop;
done_testing();
