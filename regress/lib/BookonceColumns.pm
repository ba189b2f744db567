# BookonceColumns.pm: what an owner may do to one column of any table of ours, or to one table: [name, SQL..], of which
# the first that goes is done.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceColumns;

use strict;
use warnings;
use BookonceTest;
use Exporter 'import';

our @EXPORT = qw(column_changes);

# Values that no verb writes, by type.
my %values = (
    'text' => [ "''", "repeat('x', 5000)", 'chr(1)' ],
    'bigint' => [ 0, -1, 9223372036854775807, "'-9223372036854775808'" ],
    'integer' => [ 0, -1, 2147483647, "'-2147483648'" ],
    'interval' => [ "'-1 day'", "'178000000 years'", "'1 month -31 days'", "'0'" ],
    'timestamp with time zone' => [ "'infinity'", "'-infinity'", "'294276-12-31'", "'4714-11-24 BC'" ],
    'tstzrange' => [
        "'empty'", "'(,)'",
        "'[infinity,infinity]'", "'[-infinity,infinity]'",
        "'(2030-01-07 09:00,2030-01-07 10:00]'", "'[2030-01-07,)'"
    ],
    'integer[]' => [ "'{}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'{-1}'", "'{2147483647}'", "'[5:6]={1,2}'" ],
    'jsonb' => [ "'null'", "'[]'" ],
    'date' => [ "'infinity'", "'-infinity'", "'5874897-12-31'" ],
    'time without time zone' => [ "'24:00'", "'00:00'" ],
    'boolean' => [ 'true', 'false' ],
    'uuid' => ["'00000000-0000-0000-0000-000000000000'"],
    'xid8' => [ "'0'", "'18446744073709551615'" ],
    'text[]' => [ "'{}'", "'{NULL}'" ],
    'bookonce.holder_rule[]' => [ "'{}'", "'{NULL}'" ],
    'bookonce.booking_status' => ["'expired'"]);
my %other_type = ('text' => 'varchar(300)', 'bigint' => 'numeric', 'integer' => 'bigint');

# Takes constraints away: c the CHECKs; p, u and x the keys and the guard, which would let only one row have a value.
sub without
{
    my ($table, $kinds) = @_;
    return <<"SQL";
DO \$do\$ DECLARE name text; BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '$table'::regclass AND contype = ANY ('{$kinds}') LOOP
        EXECUTE format('ALTER TABLE $table DROP CONSTRAINT %I CASCADE', name);
    END LOOP;
END \$do\$;
SQL
}

# Writes without triggers.
sub by_hand
{
    return "SET LOCAL session_replication_role = replica; $_[0]; SET LOCAL session_replication_role = origin";
}

sub changes_of_column
{
    my ($no_views, $table, $column, $type, $is_generated) = @_;
    my $alter = "ALTER TABLE $table";
    my $other = $other_type{$type} // 'text';
    my $of_other_type = "$alter ALTER $column DROP DEFAULT, ALTER $column TYPE $other USING $column\::$other";
    my @changes = (
        [ "$table.$column renamed", "$alter RENAME $column TO other" ],
        [ "$table.$column dropped", "$alter DROP $column CASCADE" ],
        [ "$table.$column as $other", $no_views . without($table, 'c,x') . $of_other_type ]);
    return @changes if $is_generated eq 't';
    for my $value ('NULL', @{ $values{$type} // [] }) {
        my $write = "$alter ALTER $column DROP NOT NULL; " . by_hand("UPDATE $table SET $column = $value");
        push @changes, [ "$table.$column = $value", map { without($table, $_) . $write } 'c', 'c,p,u,x' ];
    }
    return @changes;
}

sub changes_of_table
{
    my ($table) = @_;
    return (
        [ "$table gone", "DROP TABLE $table CASCADE" ],
        [ "$table renamed", "ALTER TABLE $table RENAME TO gone" ],
        [ "$table empty", by_hand("DELETE FROM $table") ],
        [ "$table twice", without($table, 'p,u,x') . by_hand("INSERT INTO $table SELECT * FROM $table") ]);
}

sub column_changes
{
    my ($node) = @_;
    my $no_views = query($node, <<'SQL');
SELECT 'DROP VIEW ' || string_agg(c.oid::regclass::text, ', ') || ' CASCADE;'
FROM pg_class AS c WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind = 'v'
SQL
    my @columns = map { [ split /\|/ ] } split /\n/, query($node, <<'SQL');
SELECT c.oid::regclass, quote_ident(a.attname), format_type(a.atttypid, NULL), a.attgenerated <> ''
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind = 'r' ORDER BY 1, a.attnum
SQL
    my %tables = map { $_->[0] => 1 } @columns;
    return ((map { changes_of_column($no_views, @$_) } @columns), map { changes_of_table($_) } sort keys %tables);
}

1;
