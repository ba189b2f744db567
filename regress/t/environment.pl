# environment.pl: servers made by PostgreSQL::Test::Cluster have one encoding, one locale and one time zone, whatever
# the caller's environment says; `scripts/test environment` runs this with variables set against it.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('environment');
$node->init;
$node->start;
my %expected = (
    server_encoding => 'UTF8',
    client_encoding => 'UTF8',
    lc_messages => 'C',
    timezone => 'UTC',
    datestyle => 'ISO, MDY');
is($node->safe_psql('postgres', "SHOW $_"), $expected{$_}, $_) for sort keys %expected;
is($node->safe_psql('postgres', q{SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = 'postgres'}),
    'C.UTF-8 C.UTF-8', 'locale');
is($node->safe_psql('postgres', q{SELECT E'\u00fc \u20ac'}), "\xc3\xbc \xe2\x82\xac", 'a character outside of ASCII');
is(sprintf('%03o', umask), '022', 'umask');
$node->stop;
done_testing();
