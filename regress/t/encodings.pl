# encodings.pl: what a control character is depends on the database's encoding. The byte 0x85 is one (a new line) in ISO
# 8859, three dots in a Windows code page; in UTF-8 it is a part of other characters, and only after 0xc2 the new line.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('encodings');
$node->init;
$node->append_conf('postgresql.conf', slurp_file($ENV{TEMP_CONFIG}));
$node->start;

# Returns the outcome of a claim to the text, or its SQLSTATE.
sub claimed
{
    my ($database, $text) = @_;
    my ($code, $out, $err) = $node->psql(
        $database,
        "SELECT outcome FROM bookonce.claim('text', $text, 'ann')",
        extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
    return $err =~ /ERROR:\s+(\w+)/ ? $1 : $out;
}

for my $encoding (qw(UTF8 LATIN1 LATIN9 ISO_8859_5 WIN1252 KOI8R EUC_JP)) {
    my $database = lc $encoding;
    $node->safe_psql('postgres', "CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
    $node->safe_psql($database, 'CREATE EXTENSION bookonce; SELECT bookonce.setup()');
    is(claimed($database, q{'a' || chr(10)}), '22023', "$encoding: a line feed");
    is(claimed($database, q{chr(127)}), '22023', '.. and 0x7f are control characters');
}
is(claimed($_, q{'a' || chr(133) || 'b'}), '22023', "$_: so is the new line above ASCII")
    for qw(utf8 latin1 latin9 iso_8859_5);
is(claimed($_, q{'a' || chr(133) || 'b'}), 'claimed', "$_: 0x85 is a letter or a sign") for qw(win1252 koi8r);
is(claimed('utf8', q{U&'\00c5\0405'}), 'claimed', 'utf8: as a part of other characters, it is none');
is(claimed('euc_jp', q{convert_from('\xb0a1', 'EUC_JP')}), 'claimed', 'euc_jp: a character of two bytes');
is(claimed('latin1', q{chr(233) || chr(160)}), 'claimed', 'latin1: a letter, and a space that does not break');

$node->stop;
done_testing();
