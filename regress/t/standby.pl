# standby.pl: on a read-only standby every verb that writes says so and where to go; views and verbs that only read
# answer. A synchronous standby that is promoted under load has everything that clients were told of, and goes on
# booking.
#
# BOOKONCE_SEED repeats what the clients under load ask for; BOOKONCE_STORM=N promotes N times.
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceClients;
use BookonceTest;
use BookonceWorkload;

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $storm = $ENV{BOOKONCE_STORM} // 1;
note "BOOKONCE_SEED=$seed BOOKONCE_STORM=$storm";

# A standby of a running server, for which that server's commits wait from now on.
my $standbys = 0;
sub new_standby
{
    my ($primary) = @_;
    my $name = 'standby' . ++$standbys;
    $primary->backup($name);
    my $standby = PostgreSQL::Test::Cluster->new($name);
    $standby->init_from_backup($primary, $name, has_streaming => 1);
    # A check that takes long on a busy machine is not cancelled for a row version that the primary has pruned.
    $standby->append_conf('postgresql.conf', "synchronous_standby_names = ''\nmax_standby_streaming_delay = -1");
    $standby->start;
    $primary->append_conf('postgresql.conf', "synchronous_standby_names = '$name'");
    $primary->reload;
    $primary->poll_query_until('postgres',
        "SELECT sync_state FROM pg_stat_replication WHERE application_name = '$name'", 'sync')
        or die 'no synchronous standby';
    return $standby;
}

my $primary = new_server('primary', init => { allows_streaming => 1 }, conf => "fsync = on\nsynchronous_commit = on\n");
my $standby = new_standby($primary);

my $book =
      'SELECT outcome, replayed FROM bookonce.book_slot(\'room:1\', '
    . slot(9)
    . ", 'ann', hold_for => '1 hour', idempotency_key => 'k')";
is(query($primary, $book), 'booked|f', 'a booking on the primary');
query($primary,
    "SELECT bookonce.make_offers(request_id, ARRAY['room:1']) FROM bookonce.open_request(" . slot(10) . ", 1, 'bob')");
$primary->wait_for_catchup($standby);
my $id = query($primary, 'SELECT booking_id FROM bookonce.booking');
my $offer = query($primary, 'SELECT offer_id FROM bookonce.offer');

is(query($standby, 'SELECT holder, status FROM bookonce.live_booking'), 'ann|held', 'the standby shows the booking');
is(query($standby, 'SELECT status, filled FROM bookonce.request_status'), 'open|0', '.. the request');
is(query($standby, 'SELECT provider, status FROM bookonce.offer_status'), 'room:1|pending', '.. the offer');
is(query($standby, 'SELECT count(*) FROM bookonce.appointment'), '0', '.. and that nobody comes');
is(query($standby, 'SELECT count(*) FROM bookonce.free_slots(\'room:1\', ' . slot(9) . ", '30 minutes')"),
    '0', '.. knows what is not free');
is(query($standby, 'SELECT bookonce.free_time(\'room:1\', ' . slot(10) . ') @> ' . slot(10) . '::tstzrange'),
    't', '.. and what is');
is(query($standby, 'SELECT count(*) FROM bookonce.suggest_slots(\'room:1\', ' . slot(9) . ', 2)'), '2', '.. when else');
is(query($standby, "SELECT count(*) FROM bookonce.waitlist('room:1')"), '0', '.. and who waits');
is(query($standby, 'SELECT * FROM bookonce.check_integrity()'), '', '.. and can be checked');

my $slot = slot(11);
my @calls = (
    'setup()',
    'expire_holds()',
    "define_resource('room:2')",
    "set_opening_hours('room:1', 1, ARRAY['09:00']::time[], ARRAY['10:00']::time[])",
    "clear_opening_hours('room:1')",
    "set_booking_limit('room:1', 'day', 1)",
    "set_holder_rule('rooms', '{room:1}', max_at_once => 1)",
    "close_resource('{room:1}', $slot)",
    "reopen_resource(ARRAY['$id']::uuid[])",
    "join_waitlist('room:1', $slot, 'bob')",
    "leave_waitlist('$id')",
    "set_waitlist('room:1', true)",
    "set_parts('room:1', '{}')",
    'promote_waiters()',
    "set_day_hours('room:1', '2030-12-25', '{}', '{}')",
    "set_hours_from('room:1', '2030-07-01', 1, '{09:00}', '{10:00}')",
    "set_starts('room:1', '{10:00}')",
    "set_ends('room:1', '{11:00}')",
    "define_calendar('holidays')",
    "set_calendar_day('holidays', '2030-12-25', '{}', '{}')",
    "follow_calendar('room:1', NULL)",
    "delete_calendar('holidays')",
    "define_kind('haircut')",
    "delete_kind('haircut')",
    "alter_resource('room:1', 2)",
    "rename_resource('room:1', 'room:2')",
    "retire_resource('room:1')",
    "delete_resource('room:1')",
    "book_slot('room:1', $slot, 'bob')",
    "book_slots(ARRAY[('room:1', $slot, 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'bob')",
    "book_any_slot(ARRAY['room:1'], $slot, 'bob')",
    "book_needs('{\"any_of\": [\"room:1\"]}', $slot, 'bob')",
    "confirm_booking('$id')",
    "extend_hold('$id', '2 hours')",
    "cancel_booking('$id')",
    "reschedule_booking('$id', $slot)",
    "swap_bookings('$id', '$offer')",
    "confirm_group('$id')",
    "cancel_group('$id')",
    "reschedule_group('$id', '1 hour')",
    "change_booking('$id', 'ann')",
    "end_booking('$id')",
    "check_in('$id')",
    "no_show('$id')",
    "claim('email', 'a\@example.org', 'bob')",
    "release_claim('email', 'a\@example.org', 'bob')",
    "define_counter('stock')",
    "adjust_counter('stock', 1)",
    "open_request($slot, 1, 'bob')",
    "cancel_request('$id')",
    "reschedule_request('$id', $slot)",
    "make_offers('$id', ARRAY['room:1'])",
    "make_offers_by_need('$id', '{\"any_of\": [\"room:1\"]}')",
    'top_up_offers()',
    "accept_offer('$offer', 'room:1')",
    "decline_offer('$offer', 'room:1')",
    "withdraw_offer('$offer')",
    "release_position('$id', 'room:1')",
    "reassign_position('$id', 'room:1', 'room:2')",
    'keep_history()',
    "read_events('mailer')",
    "ack_events('mailer', '(1,1,1)')",
    "forget_consumer('mailer')",
    "guard_table('pg_class', 'relname')",
    "unguard_table('pg_class')");
for my $call (@calls) {
    my ($verb) = $call =~ /^(\w+)/;
    my ($code, $out, $error) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT bookonce.$call");
    like(
        $error,
        qr/ERROR:  25006: cannot execute $verb\(\) in a read-only transaction\nHINT:  Call it on the primary server/,
        "$verb: 25006, with a way out");
}
is( join(' ', sort map { /^(\w+)/ } grep { !/^(expire|promote|keep)/ } @calls),
    query(
        $primary, q{SELECT string_agg(proname, ' ' ORDER BY proname COLLATE "C") FROM pg_proc
    WHERE pronamespace = 'bookonce'::regnamespace AND provolatile = 'v'
        AND has_function_privilege('app', oid, 'EXECUTE')
      AND obj_description(oid, 'pg_proc') NOT LIKE 'part of %' AND prorettype <> 'trigger'::regtype}
    ),
    'that was every verb that writes');

# Clients use all kinds of verbs, the primary stops at once, its standby takes over. They find the new primary by
# themselves, and repeat what was cut off. The next round begins with a standby of that one.
query($primary, $BookonceWorkload::sql);
forget_connection($_) for $primary, $standby; # or the clients would inherit its pipes and keep them open
my ($calls, $cut, $histories) = (0, 0, 0);
for my $round (1 .. $storm) {
    $standby //= new_standby($primary);
    $primary->safe_psql('postgres', 'CALL new_objects(200)');
    my $over = PostgreSQL::Test::Utils::tempdir() . '/over';
    my $clients = start_clients(
        sprintf(
            'host=%s,%s port=%d,%d dbname=postgres target_session_attrs=read-write',
            map({ $_->host } $primary, $standby),
            map { $_->port } $primary, $standby),
        workload(
            clients => 6,
            epochs => 200,
            seed => "$seed$round",
            kinds => [ grep { !/hold|diary/ } sort keys %kinds ],
            is_over => sub { -e $over }));
    let_them_work($primary);
    is($standby->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'),
        '', "promotion $round: on the standby, under load, check_integrity() finds nothing");
    let_them_work($primary);
    $primary->stop('immediate');
    $standby->promote;
    let_them_work($standby);
    is($standby->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'), '', '.. nor once it is promoted');
    append_to_file($over, '');
    my @told = finish_clients($clients);
    my ($count, @wrong) = unexplained(@told);
    is(join("\n\n", @wrong), '', '.. the history of every object, across both servers, is linearizable');
    is(lost_and_doubled($standby, @told), 'lost 0, doubled 0', '.. all is there of which a client was told, and once');
    is($standby->safe_psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
        '0', '.. no lock stays');
    $calls += @told;
    $cut += grep { !defined $_->{returned} } @told;
    $histories += $count;
    ($primary, $standby) = ($standby, undef);
}
cmp_ok($cut, '>', 0, 'calls were cut off');
is($primary->safe_psql('postgres', 'SELECT * FROM bookonce.check_integrity()'),
    '', 'and in the end check_integrity() finds nothing');
note "$storm promotions, $calls calls, $cut cut off, $histories histories, $BookonceHistory::states states searched";
$primary->stop;
done_testing();
