# replay.pl: a replayed answer is as durable as the first one. A replay waits, as the first answer's commit does, for
# the disk and for the synchronous standby, of every verb that knows replays; a refusal does not. Then the server stops
# at once, and the standby is promoted: everything that a replay acknowledged is there.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use BookonceTest;

my $primary = new_server(
    'primary',
    init => { allows_streaming => 1 },
    conf => "fsync = on\nsynchronous_commit = on\nmax_connections = 60\nshared_buffers = 64MB\nwal_writer_delay = "
        . "10s\ncheckpoint_timeout = 1h\n");
query(
    $primary, "SELECT bookonce.define_resource('pro:1'), bookonce.define_resource('pro:2'),
    bookonce.define_counter('stock', maximum => 1000)");

# Each is called twice; the second call is a replay. `before` gives an id that takes the place of ID. Each has resources
# of its own: a call that waits for the standby keeps its locks, as any commit does.
my $n = 0;
sub resource
{
    my ($capacity) = @_;
    $n++;
    query($primary, "SELECT bookonce.define_resource('res:$n', $capacity)");
    return "res:$n";
}
sub room { return "'" . resource(1) . "'" }
sub next_slot { return slot(0) =~ s/2030-01-07/$n++; sprintf '%d-01-07', 2031 + $n/ger }
sub hold
{
    my ($more) = @_;
    return
          'SELECT booking_id FROM bookonce.book_slot('
        . room() . ', '
        . next_slot()
        . ", 'ann', hold_for => '1 day'"
        . ($more // '') . ')';
}
sub member
{
    my ($key) = @_;
    return '(' . room() . ', ' . next_slot() . ", 1, 'ann', " . ($key ? "'$key'" : 'NULL') . ', NULL)';
}
sub begun
{
    return
          'SELECT booking_id FROM bookonce.book_slot('
        . room()
        . ", tstzrange(now() - interval '1 hour', now() + interval '1 day'), 'ann', allow_overlap => true)";
}
sub due
{
    my $room = room();
    query($primary, "SELECT bookonce.alter_resource($room, check_in_within => '1 hour')");
    return "SELECT booking_id FROM bookonce.book_slot($room, " . next_slot() . ", 'ann')";
}
sub request { return "SELECT request_id FROM bookonce.open_request(" . next_slot() . ", 1, 'bob')" }
sub offer { return "SELECT offer_id FROM bookonce.make_offers((" . request() . "), ARRAY['pro:1'])" }

sub calls
{
    my ($key) = @_;
    return (
        { call => "book_slot(" . room() . ', ' . next_slot() . ", 'ann', idempotency_key => '$key')" },
        { call => "book_slot('" . resource(2) . "', " . next_slot() . ", 'ann', 2, idempotency_key => '$key party')" },
        {
                  call => 'book_any_slot(ARRAY['
                . room() . ', '
                . room() . '], '
                . next_slot()
                . ", 'ann', idempotency_key => '$key any')"
        },
        {
                  call => 'book_slots(ARRAY['
                . member() . ', '
                . member()
                . "]::bookonce.slot_request[], idempotency_key => '$key all')"
        },
        {
                  call => 'book_slots(ARRAY['
                . member("$key 1") . ', '
                . member("$key 2")
                . ']::bookonce.slot_request[], all_or_nothing => false)'
        },
        { before => hold(), call => "confirm_booking('ID')" },
        { before => hold(', allow_overlap => true'), call => "confirm_booking('ID', exclusive => true)" },
        { before => hold(), call => "extend_hold('ID', '2 days')", again => "extend_hold('ID', '1 day')" },
        { before => hold(), call => "cancel_booking('ID')" },
        { before => hold(), call => "reschedule_booking('ID', " . next_slot() . ')' },
        { before => hold(), call => "change_booking('ID', 'ben', '{}')" },
        { before => begun(), call => "end_booking('ID')" },
        { before => due(), call => "check_in('ID')" },
        { before => begun(), call => "no_show('ID')" },
        { before => group('1 day'), call => "confirm_group('ID')" },
        {
            before => group('1 day'),
            call => "reschedule_group('ID', durings => ARRAY[" . next_slot() . ", NULL]::tstzrange[])"
        },
        { before => group('1 day'), call => "cancel_group('ID')" },
        { call => "claim('email', '$key', 'ann')" },
        {
            before => "SELECT outcome FROM bookonce.claim('email', '$key given', 'ann')",
            call => "release_claim('email', '$key given', 'ann')"
        },
        { call => "adjust_counter('stock', 1, '$key')" },
        { call => 'open_request(' . next_slot() . ", 1, 'bob', idempotency_key => '$key')" },
        { before => request(), call => "make_offers('ID', ARRAY['pro:1', 'pro:2'])" },
        { before => offer(), call => "accept_offer('ID', 'pro:1')" },
        { before => offer(), call => "decline_offer('ID', 'pro:1')" },
        { before => offer(), call => "withdraw_offer('ID')" },
        { before => accepted(), call => "release_position('ID', 'pro:1')" },
        { before => accepted(), call => "reassign_position('ID', 'pro:1', 'pro:2')" },
        { before => accepted(), call => "reschedule_request('ID', " . next_slot() . ')' },
        { before => request(), call => "cancel_request('ID')" });
}
sub group
{
    my ($hold_for) = @_;
    return
          'SELECT DISTINCT group_id FROM bookonce.book_slots(ARRAY['
        . member() . ', '
        . member()
        . "]::bookonce.slot_request[], hold_for => '$hold_for')";
}
sub accepted { return "SELECT request_id FROM bookonce.accept_offer((" . offer() . "), 'pro:1')" }
sub ask { my ($call) = @_; return "SELECT bool_and(replayed) FROM bookonce.$call" }

# The two calls of each, with the id in place.
sub prepared
{
    my ($key) = @_;
    return map {
        my $id = $_->{before} ? query($primary, $_->{before}) : '';
        my ($first, $again) = map { s/\bID\b/$id/r } $_->{call}, $_->{again} // $_->{call};
        { verb => $first =~ s/\(.*//sr, first => ask($first), again => ask($again) }
    } calls($key);
}

# --- the disk. With the WAL writer stopped, nothing but a commit that waits puts an asynchronous one there.
my $careless = session($primary, 'app');
$careless->ask('SET synchronous_commit = off');
my $careful = session($primary, 'app');
my @calls = prepared('disk');
my $wal_writer = query($primary, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
kill 'STOP', $wal_writer;
for my $it (@calls) {
    is($careless->ask($it->{first}), 'f', "$it->{verb}: committed and not on disk");
    my $end = query($primary, 'SELECT pg_current_wal_insert_lsn()');
    my $is_on_disk = "SELECT pg_current_wal_flush_lsn() >= '$end'";
    is(query($primary, $is_on_disk), 'f', '.. so far');
    is($careless->ask($it->{again}), 't', '.. told again to one who does not wait for the disk');
    is(query($primary, $is_on_disk), 'f', '.. it still is not');
    is($careful->ask($it->{again}), 't', '.. told again to one who does');
    is(query($primary, $is_on_disk), 't', '.. and by then it is on disk');
}
my $lost = 'book_slot(\'room:1\', ' . next_slot() . ", 'ann', idempotency_key => 'lost')";
is($careless->ask(ask($lost)), 'f', 'a last booking, of which nobody hears again ..');
like($careful->ask("SELECT outcome FROM bookonce." . $lost =~ s/'lost'/'other'/r),
    qr/^taken$/, '.. but who is refused for it');
$primary->stop('immediate');
$_->last_words for $careless, $careful;
forget_connection($primary);
$primary->start;
$careful = session($primary, 'app');
is($careful->ask($_->{again}), 't', "after the crash, $_->{verb} is still a replay") for @calls;
is($careful->ask(ask($lost)), 'f', '.. and what nobody was told for sure was lost');

# --- the standby. Nothing reaches it; who commits waits.
sub waits_for_standby
{
    my ($session) = @_;
    my $pid = $session->pid;
    my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
    while (time < $deadline) {
        return 1 if query($primary, "SELECT wait_event FROM pg_stat_activity WHERE pid = $pid") eq 'SyncRep';
        return 0 if $session->has_answered;
        usleep(5_000);
    }
    die 'it neither waits nor answers';
}
@calls = prepared('standby');
$primary->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'standby', has_streaming => 1);
$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''\nprimary_conninfo = ''");
$careful->quit;
forget_connection($primary);
$standby->start; # before there are sessions whose pipes it would inherit; it hears nothing of the primary yet
$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'standby'");
$primary->reload;
my $probe = session($primary); # the setting is in force once the checkpointer has read it, too
do { $probe->tell('INSERT INTO bookonce.claim(scope, value, claimant) VALUES (\'probe\', gen_random_uuid(), \'ann\')') }
    until waits_for_standby($probe);
query($primary, 'SELECT pg_terminate_backend(' . $probe->pid . ')');
$probe->last_words;
$careless = session($primary, 'app');
$careless->ask('SET synchronous_commit = local');
$careful = session($primary, 'app');

# The first caller's connection is cut while it waits: committed here, and nowhere else.
my $cut = 'book_slot(\'room:1\', ' . next_slot() . ", 'ann', idempotency_key => 'cut')";
my $ann = session($primary, 'app');
$ann->tell(ask($cut));
ok(waits_for_standby($ann), 'a booking waits for the standby');
query($primary, 'SELECT pg_terminate_backend(' . $ann->pid . ')');
$ann->last_words;
is($careless->ask($_->{first}), 'f', "$_->{verb}: committed here only") for @calls;
is($careless->ask($_->{again}), 't', ".. and told again to one who does not wait for the standby") for @calls;
is($careful->ask("SELECT outcome FROM bookonce." . $cut =~ s/'cut'/'other'/r),
    'taken', 'a refusal acknowledges nothing, and waits for nothing');

my @waiting = map {
    { %$_, session => session($primary, 'app') }
} { verb => 'the cut call', again => ask($cut) }, @calls;
for my $it (@waiting) {
    $it->{session}->tell($it->{again});
    ok(waits_for_standby($it->{session}), "$it->{verb}: its replay waits for the standby");
}
# In a transaction of the caller's own, it is the COMMIT that waits; with an id of its own that wrote nothing, too.
for my $begin ('BEGIN', 'BEGIN; SELECT FROM pg_current_xact_id()', 'BEGIN ISOLATION LEVEL SERIALIZABLE') {
    my $session = session($primary, 'app');
    is($session->ask("$begin; " . ask($cut)), 't', "$begin: the replay is told, in the transaction");
    $session->tell('COMMIT');
    ok(waits_for_standby($session), '.. and the COMMIT waits');
    push @waiting, { verb => $begin, session => $session, answer => '' };
}
my $session = session($primary, 'app');
is($session->ask('BEGIN; SAVEPOINT a; ' . ask($cut) . '; ROLLBACK TO a'),
    't', 'rolled back to a savepoint, it was told');
$session->tell('COMMIT');
ok(waits_for_standby($session), '.. and the COMMIT waits');
push @waiting, { verb => 'rolled back', session => $session, answer => '' };
is($careful->ask('BEGIN; ' . ask($cut) . '; ROLLBACK'), 't', 'a ROLLBACK acknowledges nothing');
is($careful->ask('SELECT 1'), '1', '.. nor does what comes after it');

# A wait that is cancelled warns, as that of any commit.
$session = session($primary, 'app');
$session->tell(ask($cut));
ok(waits_for_standby($session), 'a replay waits ..');
query($primary, 'SELECT pg_cancel_backend(' . $session->pid . ')');
is($session->answer, "WARNING:  01000\nt", '.. and is cancelled: a warning, and the answer');
$session->tell(ask($cut));
ok(waits_for_standby($session), 'one that waits ..');
query($primary, 'SELECT pg_terminate_backend(' . $session->pid . ')');
unlike($session->last_words, qr/^t$/m, '.. and whose backend ends says nothing');

$standby->append_conf('postgresql.conf', sprintf "primary_conninfo = 'host=%s port=%d application_name=standby'",
    $primary->host, $primary->port);
$standby->reload;
is($_->{session}->answer, $_->{answer} // 't', "$_->{verb}: once the standby has it, it is told") for @waiting;
$primary->stop('immediate');
$_->last_words for $careless, $careful, map { $_->{session} } @waiting;
forget_connection($primary);
$standby->promote;
$careful = session($standby, 'app');
is($careful->ask($_->{again}), 't', "after the promotion, $_->{verb} is still a replay")
    for { verb => 'the cut call', again => ask($cut) }
, @calls;
is(query($standby, 'SELECT * FROM bookonce.check_integrity()'), '', 'and check_integrity() finds nothing');
$standby->stop;
done_testing();
