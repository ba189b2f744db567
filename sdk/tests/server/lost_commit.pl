# lost_commit.pl: a COMMIT whose answer was lost, through the SDK, with a synchronous standby: what the SDK says after
# its retries is on the standby, and there after the promotion. The first try is cut off while its COMMIT waits for the
# standby, so it is committed on the primary and nowhere else; a retry that found it there, and said so at once, would
# say more than is safe.
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

my %says = (
    book => 'replayed',
    transact => 'booked, run once', # settled by its id, never run twice
    transact_replay => 'replayed, run again'); # it wrote nothing, so it may be
my @whats = sort keys %says;

my $primary = new_server(
    'primary',
    init => { allows_streaming => 1 },
    conf => "fsync = on\nsynchronous_commit = on\nmax_connections = 40\nshared_buffers = 64MB\n");
$primary->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'standby', has_streaming => 1);
$standby->append_conf('postgresql.conf', "synchronous_standby_names = ''\nprimary_conninfo = ''");
forget_connection($primary);
$standby->start; # it hears nothing of the primary yet

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
    return
        "SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2031-01-01 00:00+00, 2031-01-01 01:00+00)', 'ann', "
        . "allow_overlap => true, idempotency_key => '$key')";
}
my $careless = session($primary, 'app');
$careless->ask('SET synchronous_commit = local');
is($careless->ask(call_with_key('there already')), 'booked|f', 'a booking is on the primary only');

# --- the program, three times. What it is left with is seen while the standby is still away.
my (%program, %out);
$ENV{PGHOST} = $primary->host;
$ENV{PGPORT} = $primary->port;
for my $what (@whats) {
    $out{$what} = '';
    $program{$what} = IPC::Run::start([ 'sdk_lost_commit', $what ],
        '>&', \$out{$what}, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
    my $of_it = "application_name = '$what'";
    # Over, it cannot be pumped: what it said then is what it should not have said yet.
    my $has_spoken = sub {
        eval { $program{$what}->pump_nb };
        return length $out{$what};
    };
    my $first;
    until_true("$what: its COMMIT waits",
        sub { ($first) = waiting("$of_it ORDER BY backend_start"); $first || $has_spoken->() });
    ok($first, "$what: its COMMIT waits for the standby") or next;
    query($primary, "SELECT pg_terminate_backend($first, 60000)"); # the server has found out that its client is gone
    until_true("$what: it is tried again", sub { waiting("$of_it AND pid <> $first") || $has_spoken->() });
    $has_spoken->();
    is($out{$what}, '', "$what: found on the primary, it waits for the standby and says nothing yet");
}
is(query($primary, "SELECT count(*) FROM bookonce.booking WHERE idempotency_key IN ('book', 'transact')"),
    2, 'both bookings are there, once');

$standby->append_conf('postgresql.conf', sprintf "primary_conninfo = 'host=%s port=%d application_name=standby'",
    $primary->host, $primary->port);
$standby->reload;
for my $what (@whats) {
    ok($program{$what}->finish, "$what: the standby has it, and the program ends");
    is($out{$what}, "$says{$what}\n", ".. and has said so");
}

$primary->stop('immediate');
$careless->last_words;
forget_connection($primary);
$standby->promote;
my $later = session($standby, 'app');
is($later->ask(call_with_key($_)), 'booked|t', "after the promotion, $_ is there")
    for 'book', 'transact', 'there already';
$standby->stop;
done_testing();
