# BookonceClients.pm: concurrent clients that write down when they called, when they were answered, and what.
#
# Each is a process with a psql of its own. Times are of the one monotonic clock of the machine: a call is invoked
# before its text is sent and has returned after its answer, COMMIT's included, was read. A client whose connection is
# lost notes the call as unanswered, connects again and makes the same call again, until it is answered.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceClients;

use strict;
use warnings;
use Exporter 'import';
use IPC::Open2;
use POSIX ();
use PostgreSQL::Test::Utils;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC usleep);

our @EXPORT = qw(start_clients finish_clients);
my $histories = 0;

# Returns the verdict of a call: the answer's columns, for a group those of its members separated by commas, or `ERROR
# SQLSTATE`; undef if the connection is lost. The answer counts only once all of the call's text is done, because an
# answer inside a transaction is not yet true.
sub answer_of
{
    my ($psql, $sql) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $answer;
    print { $psql->{in} } "$sql\n\\echo .\n" or return undef;
    while (defined(my $line = readline $psql->{out})) {
        return $answer if $line eq ".\n";
        if ($line =~ /^([a-z_]+(?: [tf](?: -?\d+)?)?(?:,[a-z_]+ [tf])*)$/) { $answer //= $1 }
        elsif ($line =~ /ERROR:\s+(\w{5})$/) { $answer = "ERROR $1" }
        elsif ($line !~ /NOTICE|WARNING/) { last }
    }
    return undef;
}

sub disconnect
{
    my ($psql) = @_;
    close $psql->{in};
    close $psql->{out};
    waitpid $psql->{pid}, 0;
}

# Waits until the server accepts calls.
sub connect_to
{
    my ($connection) = @_;
    my $patience = time + $PostgreSQL::Test::Utils::timeout_default;
    while (time < $patience) {
        my %psql;
        $psql{pid} =
            open2($psql{out}, $psql{in}, "exec psql -XAtq -F ' ' -v VERBOSITY=sqlstate -d '$connection' -f - 2>&1");
        $psql{in}->autoflush(1);
        return \%psql if (answer_of(\%psql, "SELECT 'ready';") // '') eq 'ready';
        disconnect(\%psql);
        usleep(200_000); # the server recovers, and shares its cores with everybody who asks
    }
    die "no server at $connection\n";
}

# Runs one client. Its calls come from `next_call`, each as { object, call, sql }, until undef. A call without an object
# is not recorded.
sub live
{
    my ($connection, $next_call, $file, $gate) = @_;
    my $psql = connect_to($connection);
    readline $gate; # returns when the parent has closed it
    open my $history, '>', $file or die "$file: $!\n";
    my $again;
    while (my $it = $again // $next_call->()) {
        my $invoked = clock_gettime(CLOCK_MONOTONIC);
        my $verdict = answer_of($psql, $it->{sql});
        my $returned = clock_gettime(CLOCK_MONOTONIC);
        printf $history "%s\t%.7f\t%s\t%s\t%s\n", $it->{object}, $invoked,
            defined $verdict ? sprintf('%.7f', $returned) : '', $verdict // '', join "\t", @{ $it->{call} }
            if $it->{object};
        $again = defined $verdict ? undef : $it;
        next if defined $verdict;
        disconnect($psql);
        $psql = connect_to($connection);
    }
    close $history or die "$file: $!\n";
    disconnect($psql);
}

# Starts a client for each of the functions that give calls; all begin together. End the sessions of this process first,
# because the clients inherit their pipes.
sub start_clients
{
    my ($connection, @next_calls) = @_;
    pipe my $gate, my $key or die "pipe: $!\n";
    my @clients;
    for my $next_call (@next_calls) {
        my $file = PostgreSQL::Test::Utils::tempdir() . '/history' . ++$histories;
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            close $key;
            eval { live($connection, $next_call, $file, $gate); 1 } or print STDERR $@;
            POSIX::_exit($@ ? 1 : 0); # without the parent's END blocks, which would stop its servers
        }
        push @clients, { pid => $pid, file => $file };
    }
    close $key;
    return \@clients;
}

# Waits for the clients, and returns their records, call by call.
sub finish_clients
{
    my ($clients) = @_;
    my @calls;
    for my $client (@$clients) {
        waitpid $client->{pid}, 0;
        die "a client failed\n" if $?;
        for my $line (split /\n/, slurp_file($client->{file})) {
            my ($object, $invoked, $returned, $verdict, @call) = split /\t/, $line;
            push @calls,
                {
                object => $object,
                invoked => $invoked,
                call => \@call,
                $returned eq '' ? () : (returned => $returned, verdict => $verdict) };
        }
    }
    return @calls;
}

1;
