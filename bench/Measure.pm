# Measure.pm: measures one cell: runs a peer's script under pgbench, and takes its rate, latencies, CPU, bookings and
# errors.
#
# To know first: pgbench repeats a call that ended with 40001 or 40P01 at once, as often as it takes, and the latency of
# a call includes all its tries. The CPU is that of the server processes that served the clients, from the postmaster's
# account of its ended children.
# SPDX-License-Identifier: PostgreSQL
package Measure;

use strict;
use warnings;
use Exporter 'import';
use File::Temp;
use POSIX ();
use Time::HiRes qw(time usleep);
use Matrix qw(%peers $hours $special_resources $places $count_on);

our @EXPORT_OK = qw(psql value set_up load_table measure server_cpu script_of pgbench logged output_of read_log);

my $bindir = do { my $pg_config = $ENV{PG_CONFIG} // 'pg_config'; my $dir = `$pg_config --bindir`; chomp $dir; $dir };
my $scratch = File::Temp->newdir;
my $clients_of_offers = 8; # offers a request
my $first_request_hour = 300_000;
my %next_number = (spread => 0, batch => 0, accept => 0, rules => 0, places => 0);
my ($next_resource, $last_resource);

sub psql
{
    my ($sql, $options) = @_;
    local $ENV{PGOPTIONS} = $options // '';
    open my $psql, '|-', "$bindir/psql", '-qX', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null' or die "psql: $!\n";
    print $psql $sql;
    close $psql or die "psql failed\n";
}

sub value
{
    my ($sql) = @_;
    open my $psql, '-|', "$bindir/psql", '-AtqX', '-c', $sql or die "psql: $!\n";
    chomp(my $value = join '', <$psql>);
    close $psql or die "psql failed: $sql\n";
    return $value;
}

# Makes the tables of all peers, and the resources: r1, r2, .. have the numbers 1, 2, ..; the ones above the form's
# number are the hot ones, each used once; after them come those with rules, and those with places.
sub set_up
{
    my ($form, $peers_sql, $hot_resources) = @_;
    $last_resource = $form->{resources} + $hot_resources;
    my ($ruled, $defined) = map { $last_resource + $_ * $special_resources } 1, 2;
    psql("CREATE EXTENSION bookonce;\nSELECT bookonce.setup();\nCREATE EXTENSION pg_prewarm;\n\\i $peers_sql\n");
    for (my $from = 1; $from <= $defined; $from += 1000) {
        my $to = $from + 999 < $defined ? $from + 999 : $defined;
        psql("SELECT bookonce.define_resource('r' || n) FROM generate_series($from, $to) AS n;");
    }
    die "the resources are not numbered as the peers number them\n"
        if value(
        "SELECT count(*) FROM bookonce.resource WHERE resource <> 'r' || resource_id OR resource_id > $defined");
    psql(<<"SQL");
SELECT bookonce.define_resource(name, buffer_before => '10 minutes', buffer_after => '10 minutes',
        time_zone => 'Europe/Berlin', min_notice => '1 hour'),
    bookonce.set_opening_hours(name, day, '{00:00}', '{24:00}')
FROM generate_series($last_resource + 1, $ruled) AS n, generate_series(1, 7) AS day, concat('r', n) AS name;
INSERT INTO rules SELECT n, '10 minutes', '10 minutes', 'Europe/Berlin', '1 hour'
FROM generate_series($last_resource + 1, $ruled) AS n;
INSERT INTO opening SELECT n, day, '00:00', '24:00'
FROM generate_series($last_resource + 1, $ruled) AS n, generate_series(1, 7) AS day;
SELECT bookonce.define_resource('r' || n, $places) FROM generate_series($ruled + 1, $defined) AS n;
INSERT INTO places SELECT n, $places FROM generate_series($ruled + 1, $defined) AS n;
SQL
    $next_resource = $form->{resources} + 1;
}

# Loads so many bookings, spread over all resources and the whole calendar, into an empty table. Its indexes are built
# afterwards.
sub load_table
{
    my ($table, $rows, $resources) = @_;
    my $each = POSIX::ceil($rows / $resources);
    my $slot = "slot(2 * (n / $resources * ($hours / $each)))";
    psql(<<"SQL", '-c maintenance_work_mem=512MB -c synchronous_commit=off');
TRUNCATE $table;
CALL take_indexes_off('$table');
INSERT INTO $table (resource_id, during, blocks, holder, idempotency_key)
    SELECT 1 + n % $resources, $slot, $slot, 'h', 'load:' || n FROM generate_series(0::bigint, $rows - 1) AS n;
CALL put_indexes_back('$table');
VACUUM ANALYZE $table;
SQL
}

# Requests of two positions, each offered to eight providers who are free, for the calls from $base on.
sub make_offers
{
    my ($peer, $base, $calls, $resources) = @_;
    my ($from, $to) = map { $_ / $clients_of_offers } $base, $base + $calls;
    my $requests = "generate_series(${from}::bigint, $to - 1) AS q";
    my $offers = "generate_series(${base}::bigint, $base + $calls - 1) AS n";
    psql($peer eq 'bookonce' ? <<"OURS" : <<"THEIRS", '-c synchronous_commit=off');
INSERT INTO bookonce.request (tenant, request_id, created_at, positions, waves, during, requester)
    SELECT 'default', id_of(q), now(), 2, 1, slot($first_request_hour + q), 'h' FROM $requests;
INSERT INTO bookonce."position" (tenant, request_id, "position") SELECT 'default', id_of(q), p
    FROM $requests, generate_series(1, 2) AS p;
INSERT INTO bookonce.offer (tenant, offer_id, request_id, created_at, wave, provider)
    SELECT 'default', id_of(n), id_of(n / $clients_of_offers), now(), 1, 'r' || 1 + n % $resources FROM $offers;
VACUUM ANALYZE bookonce.request, bookonce."position", bookonce.offer;
OURS
INSERT INTO request (request_id, during, positions) SELECT id_of(q), slot($first_request_hour + q), 2 FROM $requests;
INSERT INTO offer (offer_id, request_id, provider) SELECT id_of(n), id_of(n / $clients_of_offers), 1 + n % $resources
    FROM $offers;
VACUUM ANALYZE request, offer;
THEIRS
}

sub script_of
{
    my ($name, $text) = @_;
    open my $file, '>', "$scratch/$name" or die "$scratch/$name: $!\n";
    print $file $text;
    close $file;
    return "$scratch/$name";
}

sub pgbench
{
    my ($options, $variables, $script) = @_;
    return ("$bindir/pgbench", '-n', '-M', 'prepared', @$options,
        (map { ('-D', "$_=$variables->{$_}") } sort keys %$variables),
        '-f', $script);
}

# The options by which pgbench writes what read_log() reads.
sub logged { return ('-l', '--log-prefix', "$scratch/log") }

sub output_of
{
    my (@command) = @_;
    my $pid = open my $out, '-|';
    die "fork: $!\n" if !defined $pid;
    if (!$pid) { open STDERR, '>&', \*STDOUT; exec @command or die "$command[0]: $!\n"; }
    my $output = join '', <$out>;
    close $out or die "pgbench failed:\n$output";
    return $output;
}

# The command for a single call, at an hour of the resource that no measured call uses. It may run another statement
# before its transaction ends.
sub call_once
{
    my ($workload, $peer, $variables, $and_then) = @_;
    my $text = $workload->{scripts}{$peer};
    if ($and_then) {
        $text = "BEGIN;\n${text}COMMIT;\n" if $text !~ /^COMMIT;$/m;
        $text =~ s/^COMMIT;$/$and_then\nCOMMIT;/m;
    }
    return pgbench([ '-c', 1, '-t', 1 ], { %$variables, h => $and_then ? 1_000_000 : 1 }, script_of('once', $text));
}

# Starts the command, and returns once it has booked and keeps its transaction open.
sub hold
{
    my (@command) = @_;
    my $pid = fork // die "fork: $!\n";
    if (!$pid) { open STDOUT, '>', '/dev/null'; exec @command or die "$command[0]: $!\n"; }
    until (value("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT keep_open%'")) {
        die "the open transaction did not come about\n" if waitpid $pid, POSIX::WNOHANG();
        usleep 5_000;
    }
    return $pid;
}

my $postmaster = do {
    my $path = ($ENV{BOOKONCE_SANDBOX} // '') . '/data/postmaster.pid';
    my $pid = -r $path ? do { open my $file, '<', $path or die "$path: $!\n"; <$file> } : 0;
    $pid + 0;
};

# Waits until no process serves a client any more. Returns the seconds of CPU used by the postmaster's ended children.
sub server_cpu
{
    my $serving = sub {
        for my $child (glob '/proc/[0-9]*/stat') {
            open my $stat, '<', $child or next;
            my $line = <$stat> // next;
            next if $line !~ /\) \S (\d+) / || $1 != $postmaster;
            open my $title, '<', $child =~ s/stat$/cmdline/r or next;
            # A process without a title is about to end, and is not yet in that account.
            return 1 if (<$title> // '') =~ /^$|\[local\]/;
        }
        return 0;
    };
    usleep 2_000 while $serving->();
    open my $stat, '<', "/proc/$postmaster/stat" or die "the server's process $postmaster: $!\n";
    my @fields = split ' ', <$stat> =~ s/^.*\) //r;
    return ($fields[13] + $fields[14]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

# Latencies in ms, and when the first call began.
sub read_log
{
    my (@latencies, $began);
    for my $path (glob "$scratch/log.*") {
        open my $log, '<', $path or die "$path: $!\n";
        while (<$log>) {
            my (undef, undef, $latency, undef, $second, $micros) = split ' ';
            next if $latency !~ /^\d+$/;
            push @latencies, $latency / 1000;
            my $call_began = $second + ($micros - $latency) / 1e6;
            $began = $call_began if !defined $began || $call_began < $began;
        }
        close $log;
        unlink $path;
    }
    die "no call ended\n" if !@latencies;
    @latencies = sort { $a <=> $b } @latencies;
    my $percentile = sub { my ($part) = @_; return $latencies[ POSIX::ceil($part * @latencies) - 1 ] };
    return ({
            p50 => $percentile->(0.5),
            p99 => $percentile->(0.99),
            p999 => $percentile->(0.999),
            worst => $latencies[-1]
        },
        $began);
}

# Reads the table and its indexes into the server's memory, as far as there is room, so that reading them is not
# measured.
sub warm
{
    my ($table) = @_;
    psql(
        "SELECT pg_prewarm(index) FROM (SELECT '$table'::regclass UNION ALL SELECT indexrelid FROM pg_index
            WHERE indrelid = '$table'::regclass) AS t (index);"
    );
}

# Prepares everything that the clients need; returns pgbench's variables.
sub prepare
{
    my ($form, $workload, $peer, $calls) = @_;
    my %variables = (
        i => 0,
        clients => $workload->{clients},
        resources => $form->{resources},
        opened => int(time * 10),
        ruled => $last_resource,
        roomy => $last_resource + $special_resources,
        base => 0);
    my $kind = $workload->{calls} // '';
    if (exists $next_number{$kind}) {
        $variables{base} = $next_number{$kind};
        $next_number{$kind} += $calls;
    }
    $variables{r} = $next_resource++ if $workload->{own_resource};
    $variables{r} = $last_resource + 1 if $workload->{ruled_resource};
    load_table($peers{$peer}{table}, $workload->{rows}, $form->{resources}) if $workload->{fresh};
    make_offers($peer, $variables{base}, $calls, $form->{resources}) if $workload->{offers_made};
    output_of(call_once($workload, $peer, \%variables)) if $workload->{taken};
    return \%variables;
}

# Returns the bookings in the peer's table, or of the cell's own resource; the bookings of that resource that overlap an
# earlier one; and the deadlocks since the server started.
sub observe
{
    my ($workload, $peer, $variables) = @_;
    my $table = $peers{$peer}{table};
    my ($where, $double) =
        $workload->{own_resource}
        ? ("WHERE resource_id = $variables->{r}", "double_bookings('$table', $variables->{r})")
        : ('', 'NULL');
    my %seen;
    @seen{qw(booked double deadlocks)} = split /\|/,
        value("SELECT count(*), $double, (SELECT deadlocks FROM pg_stat_database "
            . "WHERE datname = current_database()) FROM $table $where");
    return \%seen;
}

# Returns how many slots were on offer for their full time, between the first call and the end of the round's seconds,
# and how many of them were booked.
sub judge_sale
{
    my ($workload, $peer, $variables, $began, $seconds) = @_;
    my ($first, $last) =
        (int($began * 10) + 1 - $variables->{opened}, int(($began + $seconds) * 10) - 1 - $variables->{opened});
    return (
        offered => $last - $first + 1,
        sold => value(
                  "SELECT count(DISTINCT blocks) FROM $peers{$peer}{table} WHERE resource_id = $variables->{r} "
                . "AND lower(blocks) BETWEEN lower(slot($first)) AND lower(slot($last))"));
}

# Measures a cell of the matrix once.
sub measure
{
    my ($form, $workload, $peer) = @_;
    my $fixed = $form->{calls}{ $workload->{calls} // 'timed' };
    my $seconds = $form->{seconds};
    my $variables = prepare($form, $workload, $peer, $fixed);
    warm($peers{$peer}{table});
    my $before = observe($workload, $peer, $variables);
    my $cpu = server_cpu();
    my $holder = $workload->{holder}
        && hold(
        call_once(
            $workload, $peer, $variables, $fixed
            ? 'SELECT keep_open(0, 0.3);'
            : "SELECT keep_open($workload->{clients}, $seconds + 0.5);"));
    my $options = [
        '-c', $workload->{clients}, '-j', 2, $fixed ? ('-t', $fixed / $workload->{clients}) : ('-T', $seconds),
        '--max-tries', $fixed ? 1_000_000 : 0, logged() ];
    my $output = do {
        local $ENV{PGOPTIONS} = ($workload->{durable} ? '' : '-c synchronous_commit=off ') . $form->{options};
        output_of(
            pgbench(
                $options, $variables, script_of('cell', $workload->{set} . $workload->{scripts}{$peer} . $count_on)));
    };
    waitpid $holder, 0 if $holder;
    $cpu = server_cpu() - $cpu;

    my ($rate) = $output =~ /^tps = ([0-9.]+)/m or die "no figure:\n$output";
    my ($calls) = $output =~ /^number of transactions actually processed: (\d+)/m;
    # A call that fails after the time is over is not repeated.
    my $failures = 0;
    $failures += $_ for $output =~ /^(?:total number of retries|number of failed transactions): (\d+)/mg;
    my ($latency, $began) = read_log();
    my $after = observe($workload, $peer, $variables);
    my $booked = $after->{booked} - $before->{booked} - ($holder ? 1 : 0);
    my $deadlocks = $after->{deadlocks} - $before->{deadlocks};
    my $each = $workload->{each} // 1;
    return {
        rate => $rate * $each,
        cpu => 1e6 * $cpu / ($calls * $each),
        %$latency,
        calls => $calls,
        booked => $booked,
        $workload->{offers} ? judge_sale($workload, $peer, $variables, $began, $seconds) : (),
        double => $after->{double},
        deadlocks => $deadlocks,
        serialization => $failures > $deadlocks ? $failures - $deadlocks : 0,
        wrong => defined $workload->{booked}
            && $booked != $workload->{booked} * $calls ? "$booked bookings by $calls calls" : undef
    };
}

1;
