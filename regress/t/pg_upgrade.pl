# pg_upgrade.pl: pg_upgrade takes a database with rows of every kind along, from the server of BOOKONCE_OLD_BINDIR
# (scripts/matrix names PostgreSQL 15's), else from this version to itself, which takes the same path. By link, and in
# torture by copy, too. SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceData;
use BookonceTest;

# From version 18 on a server may find an extension outside its own folders, but its pg_upgrade does not.
my ($libdir) = run_command([ 'pg_config', '--pkglibdir' ]);
plan skip_all => "pg_upgrade looks for bookonce in $libdir: make install first"
    if slurp_file($ENV{TEMP_CONFIG}) =~ /extension_control_path/ && !-e "$libdir/bookonce.so";

my $old_bindir = $ENV{BOOKONCE_OLD_BINDIR};
my ($new_bindir) = run_command([ 'pg_config', '--bindir' ]);
my @install = $old_bindir ? (install_path => $old_bindir =~ s{/bin$}{}r) : ();

# Page checksums are on from version 18 on unless told otherwise; the two servers must agree.
my ($help) = run_command([ 'initdb', '--help' ]);
my @no_checksums = $help =~ /--no-data-checksums/ ? ('--no-data-checksums') : ();

# The settings of the sandbox are for the newest server. The older one has the extension in its own folders.
sub cluster
{
    my ($name, $old) = @_;
    local $ENV{TEMP_CONFIG} = $old && $old_bindir ? undef : $ENV{TEMP_CONFIG};
    delete local $ENV{TEMP_CONFIG} if !defined $ENV{TEMP_CONFIG};
    my $node = PostgreSQL::Test::Cluster->new($name, $old ? @install : ());
    local $ENV{BOOKONCE_OWN_CLUSTER} = 1; # with a system identifier of its own
    $node->init(extra => [ '--locale=C', '--encoding=UTF8', $old && $old_bindir ? () : @no_checksums ]);
    $node->append_conf('postgresql.conf', "timezone = UTC\nfsync = off\nautovacuum = off\n");
    return $node;
}

my $old = cluster('old', 1);
$old->start;
$old->safe_psql(
    'postgres',
    "CREATE EXTENSION bookonce; SELECT bookonce.setup(); CREATE ROLE app LOGIN;
        SELECT bookonce.grant_usage('app'); CREATE DATABASE unused"
);
$old->safe_psql('unused', 'CREATE EXTENSION bookonce');
keep_history($old, 'postgres');
fill($old, 'postgres');
adopt($old, 'postgres');
fill_adopted($old, 'postgres');
follow($old, 'postgres');
# The consumer is done with five of the events.
$old->safe_psql(
    'postgres',
    "SELECT bookonce.ack_events('mailer', (SELECT place FROM bookonce.read_events('mailer', 5)
        ORDER BY place DESC LIMIT 1))"
);
my $before = contents($old, 'postgres');
note $old->safe_psql('postgres', 'SELECT version()');
$old->stop;

for my $mode (($ENV{BOOKONCE_STORM} // 1) > 1 ? ('copy', 'link') : 'link') {
    my $new = cluster("new_$mode");
    my $folder = PostgreSQL::Test::Utils::tempdir();
    chdir $folder or die "$folder: $!";
    my ($out, $error) = run_command([
        'pg_upgrade', '--no-sync', ($mode eq 'link' ? '--link' : ()), '-b',
        $old_bindir // $new_bindir, '-B', $new_bindir, '-d',
        $old->data_dir, '-D', $new->data_dir, '-p',
        $old->port, '-P', $new->port, '-s',
        $new->host
    ]);
    like($out, qr/^Upgrade Complete$/m, "pg_upgrade by $mode runs through")
        or
        diag("$out\n$error", `cat pg_upgrade_output.d/*.txt '@{[ $new->data_dir ]}'/pg_upgrade_output.d/*/*.txt 2>&1`);
    $new->start;
    note $new->safe_psql('postgres', 'SELECT version()');
    is_deeply(contents($new, 'postgres'), $before, '.. every table is equal');
    is_sound($new, 'postgres', $mode);
    is_guarded($new, 'postgres', $mode);
    is_followed($new, 'postgres', $mode);
    works_on($new, 'postgres', $mode);
    is($new->safe_psql('postgres', <<'SQL'), 't|{1,2}|t', '.. a consumer goes on where it was, and on into a new era');
SELECT count(*) = (SELECT count(*) - 5 FROM bookonce.booking_event WHERE tenant = 'default'),
    array_agg(DISTINCT (place).era), bool_and(place > before)
FROM (SELECT place, lag(place) OVER () AS before FROM bookonce.read_events('mailer', 10000)) AS e
SQL
    is( $new->safe_psql(
            'postgres',
            "SELECT bookonce.ack_events('mailer', (SELECT place FROM bookonce.read_events('mailer', 10000)
                ORDER BY place DESC LIMIT 1)); SELECT count(*) FROM bookonce.read_events('mailer')"
        ),
        "\n0",
        '.. until it has read all');
    is( $new->safe_psql(
            'unused',
            "SELECT bookonce.setup(), bookonce.define_resource('room:1');
                SELECT outcome FROM bookonce.book_slot('room:1', "
                . slot(9)
                . ", 'u:1')"),
        "|\nbooked",
        '.. and a database that had the extension only is set up');
    $new->stop;
}
done_testing();
