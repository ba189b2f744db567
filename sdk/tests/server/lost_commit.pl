# lost_commit.pl: a COMMIT whose answer was lost, through the SDK, with a synchronous standby: what the SDK says after
# its retries is on the standby, and there after the promotion. The first try is cut off while its COMMIT waits for the
# standby, so it is committed on the primary and nowhere else; a retry that found it there, and said so at once, would
# say more than is safe. Then the primary is lost in the middle of such retries, and they end on a promoted standby:
# one that has what the first try wrote, or one that lacks it.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);
use BookonceTest;

my $primary = new_server(
    'primary',
    init => { allows_streaming => 1 },
    conf => "fsync = on\nsynchronous_commit = on\nmax_connections = 40\nshared_buffers = 64MB\n");
$primary->backup('standby');
forget_connection($primary);

# They hear nothing of the primary yet; the second one never will.
my ($has, $lacks) = map {
    my $standby = PostgreSQL::Test::Cluster->new($_);
    $standby->init_from_backup($primary, 'standby', has_streaming => 1);
    $standby->append_conf('postgresql.conf',
        "synchronous_standby_names = ''\nprimary_conninfo = ''\nlog_connections = on");
    $standby->start;
    $standby;
} 'has', 'lacks';

# Who waits for the standby, of the program's connections or in `where`.
sub waiting
{
    my ($where) = @_;
    return split /\n/, query($primary, "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND $where");
}
sub until_true
{
    my ($what, $is_true) = @_;
    my $deadline = time + $PostgreSQL::Test::Utils::timeout_default;
    while (!$is_true->()) {
        die "gave up waiting: $what" if time > $deadline;
        usleep(5_000);
    }
}

# From here on every commit waits; a session of ours is exempt, and books what one of the calls finds there already.
$primary->append_conf('postgresql.conf', "synchronous_standby_names = 'standby'");
$primary->reload;
my $probe = session($primary);
until_true(
    'the setting is in force',
    sub {
        $probe->tell("INSERT INTO bookonce.claim(scope, value, claimant) VALUES ('probe', gen_random_uuid(), 'ann')");
        until_true('it waits or answers', sub { $probe->has_answered || waiting('pid = ' . $probe->pid) });
        return waiting('pid = ' . $probe->pid);
    });
query($primary, 'SELECT pg_terminate_backend(' . $probe->pid . ')');
$probe->last_words;

sub call_with_key
{
    my ($key) = @_;
    return "SELECT outcome, replayed FROM bookonce.book_slot('room:1',
            '[2031-01-01 00:00+00, 2031-01-01 01:00+00)', 'ann', "
        . "allow_overlap => true, idempotency_key => '$key')";
}
my $careless = session($primary, 'app');
$careless->ask('SET synchronous_commit = local');

# Lets `has` hear of the primary, under this name.
sub connect_standby
{
    my ($name) = @_;
    $has->append_conf('postgresql.conf', sprintf "primary_conninfo = 'host=%s port=%d application_name=%s'",
        $primary->host, $primary->port, $name);
    $has->reload;
    until_true("connected as $name",
        sub { query($primary, 'SELECT string_agg(application_name, \' \') FROM pg_stat_replication') eq $name });
}

# A run of the program. When this returns, its first COMMIT was cut off while it waited for the standby, and its retry
# waits, too.
$ENV{PGHOST} = $primary->host;
$ENV{PGPORT} = $primary->port;
sub start_program
{
    my ($what, $key, $other) = @_;
    my $run = { key => $key, out => '' };
    my @other = $other ? ($other->host, $other->port) : ();
    $run->{program} = IPC::Run::start([ 'sdk_lost_commit', $what, $key, @other ],
        '>&', \$run->{out}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    my $of_it = "application_name = '$key'";
    # Over, it cannot be pumped: what it said then is what it should not have said yet.
    my $has_spoken = $run->{has_spoken} = sub {
        eval { $run->{program}->pump_nb };
        return length $run->{out};
    };
    my $first;
    until_true("$key: its COMMIT waits",
        sub { ($first) = waiting("$of_it ORDER BY backend_start"); $first || $has_spoken->() });
    ok($first, "$key: its COMMIT waits for the standby") or return $run;
    query($primary, "SELECT pg_terminate_backend($first, 60000)"); # the server has found out that its client is gone
    until_true("$key: it is tried again", sub { waiting("$of_it AND pid <> $first") || $has_spoken->() });
    $has_spoken->();
    is($run->{out}, '', "$key: found on the primary, it waits for the standby and says nothing yet");
    return $run;
}
sub says
{
    my ($run, $answer, $why) = @_;
    ok($run->{program}->finish, "$run->{key}: the program ends");
    is($run->{out}, "$answer\n", ".. and says: $why");
}

# --- the standby comes back.
is($careless->ask(call_with_key('found')), 'booked|f', 'a booking is on the primary only');
my $book = start_program('book', 'book');
my $transact = start_program('transact', 'transact');
my $found = start_program('transact', 'found');
is(query($primary, "SELECT count(*) FROM bookonce.booking WHERE idempotency_key IN ('book', 'transact')"),
    2, 'both bookings are there, once');
connect_standby('standby');
says($book, 'replayed', 'the standby has it');
says($transact, 'booked, run once', 'settled by its id, never run twice');
says($found, 'replayed, run again', 'it wrote nothing, so it may be');

# --- the primary is lost. One standby has all that was written, and nobody was told so; the other has nothing of it.
connect_standby('not_waited_for');
my %run;
for my $other ($has, $lacks) {
    my $name = $other->name;
    is($careless->ask(call_with_key("found.$name")), 'booked|f', 'a booking is on the primary, and not safe');
    $run{$name} = {
        book => start_program('book', "book.$name", $other),
        transact => start_program('transact', "transact.$name", $other),
        found => start_program('transact', "found.$name", $other) };
}
my $end = query($primary, 'SELECT pg_current_wal_flush_lsn()');
until_true('it has all', sub { query($has, "SELECT pg_last_wal_replay_lsn() >= '$end'") eq 't' });
$primary->stop('immediate');
$careless->last_words;
forget_connection($primary);
for my $other ($has, $lacks) {
    my $name = $other->name;
    my $so_far = length slurp_file($other->logfile);
    for my $run (map { $run{$name}{$_} } 'book', 'transact', 'found') {
        until_true(
            "$run->{key}: it looks for a server",
            sub {
                return $run->{has_spoken}->()
                    || slurp_file($other->logfile, $so_far) =~
                    /connection authorized: .*application_name=\Q$run->{key}\E\b/;
            });
        ok(!$run->{has_spoken}->(), "$run->{key}: a standby takes no writes; it looks on");
    }
    $other->promote;
}
says($run{has}{book}, 'replayed', 'the promoted server has it');
says($run{has}{transact}, 'outcome unknown', 'the id of a transaction means nothing on another server');
says($run{has}{found}, 'replayed, run again', 'the promoted server has it');
says($run{lacks}{book}, 'booked', 'the promoted server lacked it');
says($run{lacks}{transact}, 'outcome unknown', 'the id of a transaction means nothing on another server');
says($run{lacks}{found}, 'booked, run again', 'the promoted server lacked it');

my %there = (has => [qw(book transact found book.has transact.has found.has)], lacks => [qw(book.lacks found.lacks)]);
for my $other ($has, $lacks) {
    my $name = $other->name;
    my $later = session($other, 'app');
    is($later->ask(call_with_key($_)), 'booked|t', "$name: $_ is there") for @{ $there{$name} };
    is( query($other, 'SELECT count(*), count(DISTINCT idempotency_key) FROM bookonce.booking'),
        join('|', (scalar @{ $there{$name} } + ($name eq 'has' ? 3 : 0)) x 2),
        '.. each once');
    is(query($other, 'SELECT * FROM bookonce.check_integrity()'), '', '.. and check_integrity() finds nothing');
    $later->quit;
    forget_connection($other);
    $other->stop;
}
done_testing();
