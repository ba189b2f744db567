# Picture.pm: draws a dashboard's panels where they stand on its page, from what Prometheus answers. To know first: the
# drawing is gnuplot's and not Grafana's; the queries, the numbers, the units and the layout are the dashboard's.
# SPDX-License-Identifier: PostgreSQL
package Picture;
use strict;
use warnings;
use Exporter qw(import);
use IPC::Open3;
use List::Util qw(max);

our @EXPORT_OK = qw(draw);

my ($cell_width, $cell_height) = (50, 38); # pixels of a cell of Grafana's grid, which is 24 cells wide
my %unit = (
    cps => '%.1s%c/s',
    bytes => '%.0s%cB',
    s => '%.1s%cs',
    short => '%.0s%c',
    percentunit => '%.2f',);

sub quoted
{
    my ($text) = @_;
    return "'" . $text =~ s/'/''/gr . "'";
}

# One number, large.
sub stat_of
{
    my ($panel) = @_;
    my ($last) = map { $_->{points}[-1][1] } @{ $panel->{series} };
    my $format = quoted($unit{ $panel->{unit} });
    return
          "unset border; unset tics; unset key\nset xrange [0:1]; set yrange [0:1]\n"
        . "set label 1 gprintf($format, $last) at 0.5, 0.5 center font ',24' tc rgb '#117733'\n"
        . "plot NaN notitle\nunset label 1\n";
}

# Series that stay at 0 have no place in the legend, where there is little.
sub lines_of
{
    my ($panel, $number) = @_;
    my (@blocks, @lines);
    my $highest = 1;
    for my $series (@{ $panel->{series} }) {
        my $block = "\$p${number}_" . scalar @blocks;
        my $moves = grep { $_->[1] != 0 } @{ $series->{points} };
        $highest = '*' if $moves;
        push @blocks, "$block << EOD\n" . join('', map { "@$_\n" } @{ $series->{points} }) . "EOD\n";
        push @lines, "$block using 1:2 with lines lw 2 " . ($moves ? 'title ' . quoted($series->{name}) : 'notitle');
    }
    return
          join('', @blocks)
        . "set border 3; set tics nomirror; set key outside right font ',7' samplen 1 spacing 0.8\n"
        . "set autoscale; set yrange [0:$highest]\n"
        . 'set format y '
        . quoted($unit{ $panel->{unit} })
        . "\nset xdata time; set timefmt '%s'; set format x '%H:%M'; set xtics 180\n" . 'plot '
        . join(', ', @lines)
        . "\nset xdata\n";
}

# A panel is {title, type, unit, at => {x, y, w, h}, series => [{name, points => [[time, value], ..]}, ..]}. Returns
# what gnuplot complained of: nothing, if each panel shows what it was given.
sub draw
{
    my ($file, @panels) = @_;
    my $rows = max map { $_->{at}{y} + $_->{at}{h} } @panels;
    my ($width, $height) = (24 * $cell_width, $rows * $cell_height);
    my $script =
          "set terminal pngcairo size $width,$height font 'sans-serif,9' noenhanced\n"
        . 'set output '
        . quoted($file)
        . "\nset multiplot\n";
    for my $n (0 .. $#panels) {
        my ($panel, $at) = ($panels[$n], $panels[$n]{at});
        $script .= sprintf "set origin %f,%f; set size %f,%f\nset title %s\n", $at->{x} / 24,
            1 - ($at->{y} + $at->{h}) / $rows, $at->{w} / 24, $at->{h} / $rows, quoted($panel->{title});
        $script .= $panel->{type} eq 'stat' ? stat_of($panel) : lines_of($panel, $n);
    }
    my $pid = open3(my $in, my $out, undef, 'gnuplot');
    print $in "${script}unset multiplot\n";
    close $in;
    my @said = <$out>;
    waitpid $pid, 0;
    push @said, "gnuplot ended with $?\n" if $?;
    return @said;
}

1;
