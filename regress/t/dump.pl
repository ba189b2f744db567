# dump.pl: a database with rows of every kind is dumped and restored, by pg_dump and psql or pg_restore, whole or in
# pieces. The copy is equal, knows the keys, refuses overlaps, keeps bound roles to their tenants, and books on.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceData;
use BookonceTest;

my $node = new_server('dump', conf => "fsync = off\n");
keep_history($node, 'postgres');
fill($node, 'postgres');
adopt($node, 'postgres');
fill_adopted($node, 'postgres');
follow($node, 'postgres');
query($node, <<'SQL');
SELECT bookonce.define_resource('hall'), bookonce.define_calendar('holidays'),
    bookonce.follow_calendar('hall', 'holidays'), bookonce.set_calendar_day('holidays', '2050-12-25', '{}', '{}'),
    bookonce.set_day_hours('hall', '2050-12-31', '{10:00}', '{14:00}'),
    bookonce.define_kind('visit', buffer_after => '1 month 2 days 00:10', durations => '{1 hour,1 day}');
SELECT bookonce.book_slot('hall', '[2050-06-01 11:00+00, 2050-06-01 12:00+00)', 'cid', kind => 'visit');
SELECT bookonce.book_slot('hall', '[2050-03-01 11:00+00, 2050-03-01 12:00+00)', 'ann'),
    bookonce.join_waitlist('hall', '[2050-03-01 11:00+00, 2050-03-01 12:00+00)', 'ben');
SELECT count(*) FROM bookonce.close_resource('{hall}', '[2050-02-01, 2050-02-15)', reason => 'repairs');
SQL
query($node, "CREATE ROLE acme LOGIN; SELECT bookonce.grant_usage('acme', 'app', tenant => 'other')");
my $before = contents($node, 'postgres');
isnt($before->{$_}, '', "there are rows in $_") for sort keys %$before;
my $dir = PostgreSQL::Test::Utils::tempdir();

# How it is dumped: the options of each pg_dump, all restored one after the other into one database.
my %ways = (
    plain => [ ['-Fp'] ],
    custom => [ ['-Fc'] ],
    directory => [ [ '-Fd', '-j', 2 ] ],
    in_pieces => [ [ '-Fp', '-s' ], [ '-Fp', '-a', '--disable-triggers' ] ],
    in_sections => [ [ '-Fc', '--section=pre-data' ], [ '-Fc', '--section=data' ], [ '-Fc', '--section=post-data' ] ],
    as_inserts => [ [ '-Fp', '--inserts', '--rows-per-insert=3' ] ]);

# Three ways of them, unless BOOKONCE_STORM is above 1: text, the archive in sections, and data without triggers.
my @ways = ($ENV{BOOKONCE_STORM} // 1) > 1 ? sort keys %ways : ('plain', 'in_pieces', 'in_sections');
for my $way (@ways) {
    $node->safe_psql('postgres', "CREATE DATABASE $way");
    my $piece = 0;
    for my $options (@{ $ways{$way} }) {
        my $file = "$dir/$way" . ++$piece;
        $node->command_ok([ 'pg_dump', @$options, '-f', $file, $node->connstr('postgres') ],
            "dumped by pg_dump @$options");
        my $restore =
            "@$options" =~ /-Fp/
            ? [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($way) ]
            : [ 'pg_restore', '-e', ("@$options" =~ /-Fd/ ? ('-j', 2) : ()), '-d', $node->connstr($way), $file ];
        $node->command_ok($restore, '.. and restored without an error');
        next if $way ne 'in_sections' || $piece != 2;
        my $early = session($node, undef, $way);
        is( $early->ask(
                "SELECT outcome FROM bookonce.book_slot('room:1', '[2050-01-01 09:00, 2050-01-01 10:00)', 'early')"),
            'ERROR:  OB007',
            'nothing is booked between the data and the constraints');
        $early->quit;
    }
    is_deeply(contents($node, $way), $before, "$way: every table is equal");
    is_sound($node, $way, $way);
    is_guarded($node, $way, $way);
    is_followed($node, $way, $way);
    my $bound = session($node, 'acme', $way);
    is($bound->ask('SELECT DISTINCT tenant FROM bookonce.live_booking'), 'other', '.. a bound role is bound there');
    is( $bound->ask("SELECT FROM bookonce.get_booking_by_key('kept', tenant => 'third')"),
        'ERROR:  42501',
        '.. and denied another tenant');
    query($node, 'ALTER ROLE acme RENAME TO other_name');
    is( $bound->ask('SELECT DISTINCT tenant FROM bookonce.live_booking'),
        'ERROR:  42501',
        '.. and all of them under another name');
    query($node, 'ALTER ROLE other_name RENAME TO acme');
    $bound->quit;
    works_on($node, $way, $way);
}

my ($code, $out, $error) = $node->psql('plain', 'DROP EXTENSION bookonce');
like(
    $error,
    qr/cannot drop extension bookonce because other objects depend on it/,
    'the tables keep the extension from being dropped');
$node->stop;
done_testing();
