# clock.pl: the server's clock moves while a call waits for a lock. What is too late then must be refused, and undone.
#
# The server runs under libfaketime; a file says by how many seconds it is ahead. Skipped where libfaketime is missing.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest qw(:DEFAULT faketime_library);

my $library = faketime_library();
plan skip_all => 'libfaketime is not installed' if !$library;

my $clock_file = PostgreSQL::Test::Utils::tempdir() . '/clock';
my $ahead = 0;

sub minutes_pass
{
    my ($minutes) = @_;
    $ahead += 60 * $minutes;
    open my $out, '>', "$clock_file.new" or die $!;
    print $out "+$ahead\n";
    close $out;
    rename "$clock_file.new", $clock_file or die $!;
}

minutes_pass(0);
my $node;
{
    local $ENV{LD_PRELOAD} = $library;
    local $ENV{FAKETIME_TIMESTAMP_FILE} = $clock_file;
    local $ENV{FAKETIME_NO_CACHE} = 1;
    local $ENV{FAKETIME_DONT_FAKE_MONOTONIC} = 1;
    $node = new_server('clock');
}

my $ann = session($node, 'app');
my $bob = session($node, 'app');
my $owner = session($node);

sub book
{
    my ($hour, $holder, $more) = @_;
    return
          'SELECT outcome, replayed, status FROM bookonce.book_slot(\'room:1\', '
        . slot($hour)
        . ", '$holder'"
        . ($more ? ", $more" : '') . ')';
}
sub hold
{
    my ($hour, $holder) = @_;
    return $ann->ask("SELECT booking_id FROM bookonce.book_slot('room:1', "
            . slot($hour)
            . ", '$holder', hold_for => '10 minutes')");
}
sub verb
{
    my ($verb, $id, $more) = @_;
    return "SELECT outcome, replayed, status FROM bookonce.$verb('$id'" . ($more ? ", $more" : '') . ')';
}
sub row
{
    my ($id) = @_;
    return query($node, "SELECT status, released_at IS NULL FROM bookonce.booking WHERE booking_id = '$id'");
}
my $hour = 0;

my $before = query($node, 'SELECT clock_timestamp()');
minutes_pass(1);
is(query($node, "SELECT clock_timestamp() >= '$before'::timestamptz + interval '1 minute'"),
    't', 'the clock can be moved');

# valid_until
for my $key ('', ", idempotency_key => 'late'") {
    my $call = book(++$hour, 'bob', "valid_until => clock_timestamp() + interval '1 minute'$key");
    $ann->ask('BEGIN; ' . book($hour, 'ann'));
    $bob->tell_and_wait($call);
    minutes_pass(2);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'too_late|f|',
        'valid_until passed while the slot was waited for: too_late' . ($key && ', with a key too'));
    is(query($node, "SELECT count(*) FROM bookonce.booking WHERE holder = 'bob'"), '0', '.. and nothing was written');
    is($bob->ask(book($hour, 'bob')), 'booked|f|confirmed', '.. and the slot is free');
    query($node, "DELETE FROM bookonce.booking WHERE holder = 'bob'");
}
{
    my $limit = query($node, "SELECT clock_timestamp() + interval '1 minute'");
    my $call = book(++$hour, 'ann', "idempotency_key => 'first', valid_until => '$limit'");
    is($ann->ask("BEGIN; $call"), 'booked|f|confirmed', 'a keyed booking in time');
    minutes_pass(2);
    $bob->tell_and_wait($call);
    $ann->ask('COMMIT');
    is($bob->answer, 'booked|t|confirmed', 'its repeat, too late by then, waits and hears that it was booked');

    $limit = query($node, "SELECT clock_timestamp() + interval '1 minute'");
    $call = book(++$hour, 'ann', "idempotency_key => 'second', valid_until => '$limit'");
    $ann->ask("BEGIN; $call");
    minutes_pass(2);
    $bob->tell_and_wait($call);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'too_late|f|', 'the same after a rollback: too_late');
}
{
    $ann->ask('BEGIN; SELECT now()');
    minutes_pass(2);
    is($ann->ask(book(++$hour, 'ann', "valid_until => now() + interval '1 minute'")),
        'too_late|f|', 'the clock decides, not the now() of an old transaction');
    $ann->ask('ROLLBACK');
}

{
    my $limit = query($node, "SELECT clock_timestamp() + interval '1 minute'");
    my $dan = session($node, 'app');
    $dan->ask('BEGIN; ' . book(22, 'dan'));
    $ann->ask('BEGIN; ' . book(++$hour, 'ann'));
    $bob->tell_and_wait(book($hour, 'bob', "idempotency_key => 'third', valid_until => '$limit'"));
    minutes_pass(2);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'too_late|f|',
        'a keyed call whose own booking came too late answers at once: who waits for that row may hold the resource');
    $dan->ask('ROLLBACK');
    $dan->quit;
}

# Notice is judged when the slot is decided, for a call without a key and for one with a key.
query($node, "SELECT bookonce.define_resource('doctor', min_notice => '60 minutes')");
for my $more ('', ", idempotency_key => 'patient'") {
    my $start = query($node, "SELECT clock_timestamp() + interval '61 minutes'");
    my $call = "SELECT outcome FROM bookonce.book_slot('doctor',
            tstzrange('$start', '$start'::timestamptz + interval '10 minutes'), 'NAME'$more)";
    is($ann->ask('BEGIN; ' . $call =~ s/NAME/ann/r =~ s/patient/other/r),
        'booked', 'in time by a minute' . ($more && ', with a key'));
    $bob->tell_and_wait($call =~ s/NAME/bob/r);
    minutes_pass(2);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'too_soon', '.. and no longer when the slot came free');
    is(query($node, "SELECT count(*) FROM bookonce.live_booking WHERE resource = 'doctor'"),
        '0', '.. nothing was written');
    is( query(
            $node,
            "SELECT count(*) FROM bookonce.free_slots('doctor',
                tstzrange('$start', '$start'::timestamptz + interval '10 minutes'), '10 minutes')"
        ),
        '0',
        '.. nor is it offered');
}

# Holds
{
    $ann->ask('BEGIN; ' . book(++$hour, 'ann'));
    $bob->tell_and_wait(book($hour, 'bob', "hold_for => '1 minute'"));
    minutes_pass(2);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'booked|f|held',
        'a hold that would have lapsed while its slot was waited for begins when it gets it');
    is(query($node, "SELECT lapses_at > clock_timestamp() FROM bookonce.live_booking WHERE holder = 'bob'"),
        't', '.. and is live');
}
{
    my $id = hold(++$hour, 'ann');
    is($bob->ask(book($hour, 'bob')), 'taken|f|', 'a hold blocks');
    minutes_pass(11);
    is(query($node, "SELECT count(*) FROM bookonce.live_booking WHERE booking_id = '$id'"),
        '0', 'a hold lapses by itself');
    is($ann->ask(verb('confirm_booking', $id)),
        'hold_expired|f|expired', '.. cannot be confirmed, though its slot is free');
    is($bob->ask(book($hour, 'bob')), 'booked|f|confirmed', '.. and blocks nobody');
    is($ann->ask(verb('confirm_booking', $id)),
        'hold_expired|f|expired', 'payment after the slot was sold again: refused');
    is(overlaps($node), '0', '.. no second booking');
}
{
    my $id = hold(++$hour, 'ann');
    $ann->ask('BEGIN; SELECT now()');
    minutes_pass(11);
    is($ann->ask(verb('confirm_booking', $id)),
        'hold_expired|f|expired', 'a hold lapses within an old transaction, too');
    $ann->ask('ROLLBACK');
}

# A verb waits for another change of the same booking, which is rolled back.
for my $call (['confirm_booking'], [ 'extend_hold', "'1 hour'" ], ['cancel_booking']) {
    my ($verb, @more) = @$call;
    my $id = hold(++$hour, 'ann');
    $ann->ask('BEGIN; ' . verb('confirm_booking', $id));
    $bob->tell_and_wait(verb($verb, $id, @more));
    minutes_pass(11);
    $ann->ask('ROLLBACK');
    is($bob->answer, 'hold_expired|f|expired', "$verb: the hold lapsed while the verb waited: hold_expired");
    is(row($id), 'held|t', '.. and the row is as it was');
    is($bob->ask(book($hour, 'bob')), 'booked|f|confirmed', '.. and the slot is free');
}
# The same with a lock taken by hand, for which the verb waits after it has read the clock.
for my $call (['confirm_booking'], [ 'extend_hold', "'1 hour'" ], [ 'change_booking', "'eve'" ]) {
    my ($verb, @more) = @$call;
    my $id = hold(++$hour, 'ann');
    my $end = query($node, "SELECT lapses_at FROM bookonce.booking WHERE booking_id = '$id'");
    $owner->ask("BEGIN; SELECT FROM bookonce.booking WHERE booking_id = '$id' FOR UPDATE");
    $bob->tell_and_wait(verb($verb, $id, @more));
    minutes_pass(11);
    $owner->ask('COMMIT');
    is($bob->answer, 'hold_expired|f|expired', "$verb: the hold lapsed while the row was locked by hand: hold_expired");
    is(query($node, "SELECT status, lapses_at, holder FROM bookonce.booking WHERE booking_id = '$id'"),
        "held|$end|ann", '.. and the row is as it was');
    is($bob->ask(book($hour, 'bob')), 'booked|f|confirmed', '.. and the slot is free');
}

# A confirmation made in time, but not committed when the hold's time is over: everybody waits for its outcome.
for my $end ('COMMIT', 'ROLLBACK') {
    my $id = hold(++$hour, 'ann');
    my $eve = session($node, 'app');
    is($ann->ask('BEGIN; ' . verb('confirm_booking', $id)),
        'confirmed|f|confirmed', "confirmed in time, to be followed by $end");
    minutes_pass(11);
    $bob->tell_and_wait(verb('confirm_booking', $id));
    $eve->tell_and_wait(book($hour, 'eve'));
    $owner->ask('SELECT bookonce.expire_holds()');
    is(row($id), 'held|t', '.. the sweeper does not judge it, nor wait for it');
    $ann->ask($end);
    is( $bob->answer,
        $end eq 'COMMIT' ? 'confirmed|t|confirmed' : 'hold_expired|f|expired',
        '.. a second confirmation hears the verdict');
    is($eve->answer, $end eq 'COMMIT' ? 'taken|f|' : 'booked|f|confirmed', '.. and so does who wants the slot');
    $eve->quit;
}

# Days of notice are calendar days: at noon before a night in which the clocks go forward, tomorrow noon is one day
# away, although that is 23 hours.
my $noon = "'2030-03-30 12:00 Europe/Paris'::timestamptz";
minutes_pass(query($node, "SELECT ceil(extract(epoch FROM $noon - clock_timestamp()) / 60) - 1"));
for my $notice ([ '1 day', 'booked' ], [ '24 hours', 'too_soon' ], [ '23 hours', 'booked' ]) {
    query(
        $node,
        "SELECT bookonce.define_resource('asks for $notice->[0]', time_zone => 'Europe/Paris',
            min_notice => '$notice->[0]')"
    );
    is( query(
            $node,
            "SELECT outcome FROM bookonce.book_slot('asks for $notice->[0]',
                tstzrange($noon + '23 hours', $noon + '24 hours'), 'ann')"
        ),
        $notice->[1],
        "notice of $notice->[0] over a night of 23 hours: $notice->[1]");
}

is(overlaps($node), '0', 'no two live bookings overlap');
is(new_errors($node), '', 'no error in the server\'s log');
$_->quit for $ann, $bob, $owner;
$node->stop;
done_testing();
