# contended.pl: a call of independent members that may not wait (max_wait 0). Each member that need not wait is decided.
# A member that would have to wait is contended, and nothing is written for it. This is not a spec, because a spec would
# show whether PostgreSQL waited for a millisecond or not.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest;

my $node = new_server('contended', conf => "fsync = off\n");
query($node, <<'SQL');
SELECT bookonce.define_resource(r, c) FROM (VALUES ('room', 1), ('hall', 1), ('class', 3), ('gym', 3)) AS v(r, c);
CREATE FUNCTION slot(words text) RETURNS bookonce.slot_request LANGUAGE sql AS
$$ SELECT ROW(split_part(words, ' ', 1), tstzrange(t, t + '1 hour'), 1, NULL, nullif(split_part(words, ' ', 3), ''),
    NULL)::bookonce.slot_request
   FROM (SELECT '2030-01-07'::timestamptz + split_part(words, ' ', 2)::integer * '1 hour'::interval) AS v(t) $$;
GRANT USAGE ON SCHEMA public TO app;
SQL
my $one = session($node, 'app');
my $two = session($node, 'app');

sub list
{
    return join ', ', map { "public.slot('$_')" } @_;
}
# 'room 9' or 'room 9 key', one after the other.
sub attempt
{
    my ($more, @slots) = @_;
    my $answer =
        $two->ask("SELECT outcome || CASE WHEN replayed THEN ' again' ELSE '' END FROM bookonce.book_slots(ARRAY["
            . list(@slots)
            . "], 'ann', max_wait => '0'$more) WITH ORDINALITY ORDER BY ordinality");
    return $answer =~ s/\n/, /gr;
}
sub each_alone { return attempt(', all_or_nothing => false', @_) }
sub book
{
    my ($words, $more) = @_;
    return "SELECT outcome FROM (SELECT (public.slot('$words')).*) AS s, bookonce.book_slot(s.resource, s.during, 'ann',
            idempotency_key => s.idempotency_key$more)";
}
sub rows { return query($node, "SELECT count(*) FROM bookonce.booking WHERE lower(during)::time = '$_[0]:00'") }

for my $end ([ 'COMMIT', 'taken, booked again' ], [ 'ROLLBACK', 'booked, taken' ]) {
    my ($how, $afterwards) = @$end;
    my $hour = $how eq 'COMMIT' ? 9 : 14;
    my @slots = ('room ' . ($hour - 1), "hall $hour", "room $hour", "room $hour k$hour", 'room ' . ($hour + 1));
    $one->ask('BEGIN; ' . book("room $hour k$hour"));
    is(each_alone(@slots), 'booked, booked, contended, contended, booked', 'a slot and a key in flight are contended');
    is(rows($hour), 1, '.. and nothing is written for them');
    is(attempt('', 'hall 20', "room $hour"), 'ERROR:  55P03', '.. all or nothing, the call ends');
    is(rows(20), 0, '.. and has written nothing');
    $one->ask($how);
    is(each_alone(@slots[ 2, 3 ]), $afterwards, "after the $how they are decided");
}

$one->ask('BEGIN; ' . book('class 1') . "; SELECT bookonce.define_resource('hall', time_zone => 'Europe/Paris')");
is( each_alone('class 2', 'gym 2', 'hall 21', 'room 21'),
    'contended, booked, contended, booked',
    'a resource that counts, and one whose rules change, are contended');
$one->ask('COMMIT');
is(each_alone('class 2', 'hall 21'), 'booked, booked', '.. and then decided');

$one->ask(book('room 5', ", hold_for => '1 microsecond'"));
$one->ask('BEGIN; ' . book('room 22'));
is( each_alone('room 5', 'room 6', 'gym 5'),
    'contended, booked, booked',
    'one with a lapsed hold in the way, which waits for all bookings of its resource');
$one->ask('COMMIT');
is(each_alone('room 5'), 'booked', '.. and then decided');

$one->ask('BEGIN; ' . book('room 23'));
my @many = map {
    my $n = $_;
    map { "$_ $n" } qw(room gym hall)
} 23 .. 222;
my $answer = each_alone(@many);
is(scalar(() = $answer =~ /contended/g), 1, 'of many, the one is found');
is(scalar(() = $answer =~ /booked/g), @many - 1, '.. and the others are booked');
$one->ask('ROLLBACK');
is(overlaps($node), '0', 'no two live bookings overlap');

$_->quit for $one, $two;
$node->stop;
done_testing();
