# Statement.pm: the server's CPU time for a statement, for measurements of a few long statements.
#
# To know first: the figure is the server's own account of its process (log_statement_stats), so it leaves out other
# work of the machine.
# SPDX-License-Identifier: PostgreSQL
package Statement;

use strict;
use warnings;
use Exporter 'import';
use FindBin;

our @EXPORT_OK = qw(beside_a_server psql cpu_ms median);

# Unless a server runs already, starts one, and in it this script again.
sub beside_a_server
{
    my (@words) = @_;
    return if $ENV{BOOKONCE_SANDBOX};
    my @settings = map { ('-c', $_) } 'shared_buffers=512MB', 'max_wal_size=4GB', 'synchronous_commit=off',
        'autovacuum=off', 'jit=off', 'max_locks_per_transaction=256';
    exec "$FindBin::Bin/../scripts/sandbox", 'run', @settings, '--', $0, @words or die "scripts/sandbox: $!\n";
}

# Runs the SQL, and returns its output and the server's messages.
sub psql
{
    my ($sql) = @_;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        open my $to, '|-', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1' or die "psql: $!\n";
        print $to "SET client_min_messages = warning;\n$sql";
        close $to;
        exit($? >> 8);
    }
    my $said = join '', <$out>;
    close $out or die "psql failed: $said\n$sql\n";
    return $said;
}

# Runs the named statements in one session, and returns the milliseconds of CPU that each name used.
sub cpu_ms
{
    my (@statements) = @_;
    my $said = psql(
        join '',
        "SET log_statement_stats = on;\n",
        map {
                  "\\echo statement $_->[0]\n\\o /dev/null\nSET client_min_messages = log;\n$_->[1];\n"
                . "SET client_min_messages = warning;\n\\o\n"
        } @statements);
    my %ms;
    for my $part (split /^statement /m, $said) {
        my ($name, @lines) = split /\n/, $part;
        # The first account is that of the SET before the statement, the last that of the SET after it.
        my @accounts = grep { /s user, .* s system, / && !/total/ } @lines;
        my ($user, $system) = ($accounts[1] // '') =~ /([\d.]+) s user, ([\d.]+) s system/ or next;
        $ms{$name} += 1000 * ($user + $system);
    }
    return %ms;
}

sub median
{
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[ @sorted / 2 ];
}

1;
