# Report.pm: reports the measurements as Markdown tables, as a table of all rounds, and as plots.
#
# To know first: a figure is the median of the rounds, and a ratio is the median of the rounds' own ratios to the
# reference. A worst latency is the worst of all rounds; double bookings and errors are summed over all rounds.
# SPDX-License-Identifier: PostgreSQL
package Report;

use strict;
use warnings;
use Exporter 'import';
use File::Copy qw(copy);
use List::Util qw(max sum0);
use Matrix qw(%peers @workloads $reference at_rows);
use Measure qw(value);

our @EXPORT_OK = qw(@plots machine write_results write_report put_into_page);

our @plots = qw(ratios spread hot-slot);
my @measured = qw(round rate cpu p50 p99 p999 worst calls booked offered sold double deadlocks serialization);

sub median
{
    my @sorted = sort { $a <=> $b } @_;
    return @sorted ? ($sorted[ $#sorted / 2 ] + $sorted[ @sorted / 2 ]) / 2 : undef;
}
sub column
{
    my ($cells, $name) = @_;
    return grep { defined } map { $_->{$name} } @$cells;
}
sub peers_of
{
    my ($result) = @_;
    return
        sort { $peers{$a}{order} <=> $peers{$b}{order} } grep { @{ $result->{cells}{$_} } } keys %{ $result->{cells} };
}

# Three significant digits, with the thousands separated.
sub figure
{
    my ($value) = @_;
    return '' if !defined $value;
    my $text =
          $value == 0 ? '0'
        : $value < 10 ? sprintf('%.2f', $value)
        : $value < 100 ? sprintf('%.1f', $value)
        : sprintf('%.0f', $value);
    1 while $text =~ s/^(\d+)(\d{3})(?!\d)/$1,$2/;
    return $text;
}

# The figures that are summed over all rounds.
sub total { my ($cells, $name) = @_; return sum0(column($cells, $name)) =~ s/(?<=\d)(?=(\d{3})+$)/,/gr; }

sub reference_of { my ($result) = @_; return $result->{workload}{against} // $reference; }

# Median, lowest and highest of the rounds' ratios to the reference.
sub ratios
{
    my ($result, $peer) = @_;
    my %reference_rate = map { $_->{round} => $_->{rate} } @{ $result->{cells}{ reference_of($result) } // [] };
    my @ratios =
        sort { $a <=> $b }
        map { $_->{rate} / $reference_rate{ $_->{round} } }
        grep { $reference_rate{ $_->{round} } } @{ $result->{cells}{$peer} // [] };
    return (median(@ratios), $ratios[0], $ratios[-1]);
}

sub ratio_in_words
{
    my @ratios = ratios(@_);
    return defined $ratios[0] ? sprintf('%.2f (%.2f .. %.2f)', @ratios) : '';
}

# What the tables show: heading, the workloads that show it, and the figure of a peer's rounds.
my @columns = (
    [ 'calls/s', sub { !$_[0]{each} }, sub { figure(median(column($_[0], 'rate'))) } ],
    [ 'bookings/s', sub { $_[0]{each} }, sub { figure(median(column($_[0], 'rate'))) } ],
    [ 'ratio (lowest .. highest)', sub { 1 }, undef ],
    [ 'CPU us', sub { !$_[0]{offers} }, sub { figure(median(column($_[0], 'cpu'))) } ],
    [ 'booked, of offered', sub { $_[0]{offers} }, sub { total($_[0], 'sold') . ' of ' . total($_[0], 'offered') } ],
    [ 'p50 ms', sub { $_[0]{latency} }, sub { figure(median(column($_[0], 'p50'))) } ],
    [ 'p99', sub { $_[0]{latency} }, sub { figure(median(column($_[0], 'p99'))) } ],
    [ 'p99.9', sub { $_[0]{latency} }, sub { figure(median(column($_[0], 'p999'))) } ],
    [ 'worst', sub { $_[0]{latency} }, sub { figure(max(column($_[0], 'worst'))) } ],
    [ 'worst ms', sub { !$_[0]{latency} }, sub { figure(max(column($_[0], 'worst'))) } ],
    [ 'double bookings', sub { $_[0]{own_resource} }, sub { total($_[0], 'double') } ],
    [ '40P01', sub { 1 }, sub { total($_[0], 'deadlocks') } ],
    [ '40001', sub { 1 }, sub { total($_[0], 'serialization') } ],);

sub table_of
{
    my ($result) = @_;
    my $workload = $result->{workload};
    my @shown = grep { $_->[1]($workload) } @columns;
    my $text =
          "### $workload->{title}\n\n"
        . ucfirst($workload->{what})
        . ". $workload->{clients} clients, commit "
        . ($workload->{durable} ? "durable" : "not durable") . ".\n\n";
    $text .= '| | ' . join(' | ', map { $_->[0] } @shown) . " |\n|---|" . '---|' x @shown . "\n";
    for my $peer (peers_of($result)) {
        my @row = map { $_->[2] ? $_->[2]($result->{cells}{$peer}) : ratio_in_words($result, $peer) } @shown;
        $text .= "| $peers{$peer}{title} | " . join(' | ', @row) . " |\n";
    }
    return "$text\n";
}

sub summary_of
{
    my (@results) = @_;
    my $text = "| | by hand | | bookonce | ratio (lowest .. highest) |\n|---|---|---|---|---|\n";
    for my $result (@results) {
        my $by_hand = reference_of($result);
        my @rates = map { figure(median(column($result->{cells}{$_}, 'rate'))) } $by_hand, 'bookonce';
        my $unit = $result->{workload}{each} ? 'bookings/s' : 'calls/s';
        $text .= '| '
            . $result->{workload}{title}
            . " | $peers{$by_hand}{title} | $rates[0] $unit | $rates[1] $unit | "
            . ratio_in_words($result, 'bookonce') . " |\n";
    }
    return "$text\n" . growth_of(@results) . sale_of(@results);
}

# Says whether the figures are good enough for a sale in which many want the same slots.
sub sale_of
{
    my ($sale) = grep { $_->{workload}{name} eq 'hot_slot' } @_;
    my ($ours, $bare) = map { $sale->{cells}{$_} // [] } 'bookonce', 'bare';
    return '' if !@$ours || !@$bare;
    my ($p999, $worst) = (median(column($ours, 'p999')), max(column($bare, 'worst')));
    return
        sprintf
        "One hot slot: bookonce booked %s of %s on offer; its p99.9 is %s ms, 1/%.0f of the bare constraint's worst, "
        . "which booked %s of %s.\n\n",
        (map { total($ours, $_) } qw(sold offered)), figure($p999), $worst / $p999,
        map { total($bare, $_) } qw(sold offered);
}

# How the cost of a spread booking grows with the table.
sub growth_of
{
    my @spread = grep { $_->{workload}{name} eq 'spread' } @_;
    return '' if @spread < 2;
    my ($few, $many) = @spread[ 0, -1 ];
    my $text = "CPU of a spread booking with $many->{workload}{rows} rows against $few->{workload}{rows}: ";
    my @growth = map {
        my $peer = $_;
        my ($from, $to) = map { median(column($_->{cells}{$peer}, 'cpu')) } $few, $many;
        $from && $to ? sprintf('%s %.2f', $peers{$peer}{title}, $to / $from) : ();
    } peers_of($few);
    return $text . join(', ', @growth) . ".\n\n";
}

# The machine and the server, as they describe themselves.
sub machine
{
    open my $info, '<', '/proc/cpuinfo' or die "/proc/cpuinfo: $!\n";
    my @models = map { /^model name\s*: (.*)/ ? $1 : () } <$info>;
    open my $memory, '<', '/proc/meminfo' or die "/proc/meminfo: $!\n";
    my ($kb) = join('', <$memory>) =~ /^MemTotal: *(\d+)/m;
    return sprintf '%s, %d cores, %.0f GB, PostgreSQL %s, shared_buffers %s, fsync %s', $models[0] // 'unknown CPU',
        scalar @models, $kb / 1024 / 1024,
        (split ' ', value('SHOW server_version'))[0], map { value("SHOW $_") } qw(shared_buffers fsync);
}

# Writes a line for each measurement; the first line names the machine and the form. Called after each workload, so that
# a run that is stopped keeps its results.
sub write_results
{
    my ($folder, $about, $results) = @_;
    open my $file, '>', "$folder/results.tsv" or die "$folder/results.tsv: $!\n";
    print $file "# $about\n", join("\t", qw(workload rows peer), @measured), "\n";
    for my $result (@$results) {
        for my $peer (peers_of($result)) {
            print $file join("\t",
                $result->{workload}{name},
                $result->{workload}{rows},
                $peer, map { !defined ? "" : /\./ ? sprintf("%.6g", $_) : $_ } @{$_}{@measured}),
                "\n"
                for @{ $result->{cells}{$peer} };
        }
    }
    close $file;
}

sub read_results
{
    my ($folder) = @_;
    open my $file, '<', "$folder/results.tsv" or die "$folder/results.tsv: $!\n";
    chomp(my ($about, undef, @lines) = <$file>);
    my (@results, %at);
    for my $line (@lines) {
        my ($name, $rows, $peer, @values) = map { $_ eq '' ? undef : $_ } split /\t/, $line, -1;
        my ($workload) = grep { $_->{name} eq $name } @workloads or next;
        if (!$at{"$name $rows"}) {
            push @results, $at{"$name $rows"} = { workload => at_rows($workload, $rows), cells => {} };
        }
        my %cell;
        @cell{@measured} = @values;
        push @{ $at{"$name $rows"}{cells}{$peer} }, \%cell;
    }
    return ($about =~ s/^# //r, @results);
}

# results.md and the plots, from results.tsv.
sub write_report
{
    my ($folder, $with_plots) = @_;
    my ($about, @results) = read_results($folder);
    open my $report, '>', "$folder/results.md" or die "$folder/results.md: $!\n";
    print $report "$about\n\n", summary_of(@results), map { table_of($_) } @results;
    close $report;
    return if !$with_plots;
    plot_ratios("$folder/ratios.svg", @results);
    plot_growth("$folder/spread.svg", @results);
    plot_sale("$folder/hot-slot.svg", @results);
}

sub gnuplot
{
    my ($script) = @_;
    open my $gnuplot, '|-', 'gnuplot' or die "gnuplot: $!\n";
    print $gnuplot $script;
    close $gnuplot or die "gnuplot failed\n";
}

my $style =
      "set terminal svg size 800,420 font 'sans-serif,12' background rgb 'white'\nset grid y\nset border 3\nset tics "
    . "nomirror\n";

sub data_of
{
    my (@rows) = @_;
    return "\$data << EOD\n" . join('', map { join("\t", @$_) . "\n" } @rows) . "EOD\nset datafile separator '\\t'\n";
}

sub plot_ratios
{
    my ($file, @results) = @_;
    my @rows = map { [ '"' . $_->{workload}{title} . '"', ratios($_, 'bookonce') ] }
        grep { $_->{cells}{bookonce} && $_->{cells}{ reference_of($_) } } @results;
    gnuplot($style . data_of(@rows) . <<"GNUPLOT") if @rows;
set output '$file'
set title 'bookonce against the best by hand: calls a second, median and range of the rounds'
set logscale y 2
set xtics rotate by -30
set style fill solid 0.7
set boxwidth 0.6
plot \$data using 0:2:xtic(1) with boxes lc rgb '#4477aa' notitle, '' using 0:2:3:4 with yerrorbars \\
    lc rgb 'black' pt 0 notitle, 1 lc rgb '#cc3311' title 'by hand'
GNUPLOT
}

sub plot_growth
{
    my ($file, @results) = @_;
    my @spread = grep { $_->{workload}{name} eq 'spread' } @results or return;
    my @names = peers_of($spread[0]);
    my @rows = map {
        my $result = $_;
        [ $result->{workload}{rows}, map { median(column($result->{cells}{$_}, 'cpu')) // 'NaN' } @names ]
    } @spread;
    my $lines = join ', ',
        map { "\$data using 1:" . ($_ + 2) . " with linespoints lw 2 pt 7 title '$peers{$names[$_]}{title}'" }
        0 .. $#names;
    gnuplot($style . data_of(@rows) . <<"GNUPLOT");
set output '$file'
set title 'CPU of a spread booking, by the bookings there before'
set logscale x
set format x '%.0s%c'
set ylabel 'us'
set yrange [0:*]
set key outside
plot $lines
GNUPLOT
}

sub plot_sale
{
    my ($file, @results) = @_;
    my ($sale) = grep { $_->{workload}{name} eq 'hot_slot' } @results or return;
    my @percentiles = ([ p50 => 'p50' ], [ p99 => 'p99' ], [ p999 => 'p99.9' ], [ worst => 'worst' ]);
    my @rows = map {
        my $cells = $sale->{cells}{$_};
        [
            "\"$peers{$_}{title}\"",
            (map { median(column($cells, $_->[0])) } @percentiles[ 0 .. 2 ]),
            max(column($cells, 'worst')) ]
    } peers_of($sale);
    my $bars = join ', ',
        map { "\$data using " . ($_ + 2) . ":xtic(1) title '$percentiles[$_][1]'" } 0 .. $#percentiles;
    gnuplot($style . data_of(@rows) . <<"GNUPLOT");
set output '$file'
set title 'One hot slot, 16 clients: how long a call takes'
set logscale y
set ylabel 'ms'
set style data histograms
set style fill solid 0.8
set key outside
plot $bars
GNUPLOT
}

# Puts text between the two marks of a page.
sub fill_page
{
    my ($file, $text) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    my $page = do { local $/; <$in> };
    $page =~ s/(<!-- figures -->\n\n).*?(?=<!-- end of figures -->)/$1$text/s
        or die "$file has no place for figures\n";
    open my $out, '>', $file or die "$file: $!\n";
    print $out $page;
    close $out or die "$file: $!\n";
}

# The summary goes into one page, the table of each workload into another, and the plots beside them.
sub put_into_page
{
    my ($folder, $docs) = @_;
    open my $results, '<', "$folder/results.md" or die "$folder/results.md: $!\n";
    my ($summary, $tables) = split /(?=^### )/m, do { local $/; <$results> }, 2;
    fill_page("$docs/performance.md", $summary);
    fill_page("$docs/performance-data.md", $tables =~ s/^###/##/gmr);
    -e "$folder/$_.svg" && copy("$folder/$_.svg", "$docs/performance-$_.svg") || die "$folder/$_.svg: $!\n" for @plots;
}

1;
