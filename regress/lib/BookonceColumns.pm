# BookonceColumns.pm: changes that an owner may make to one column of any of our tables, to one table, or to any other
# object of ours: [name, SQL..]. The first statement that succeeds is the change.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceColumns;

use strict;
use warnings;
use BookonceTest;
use Exporter 'import';

our @EXPORT = qw(column_changes object_changes empty_tables);

# Values that no verb writes, by type.
my %values = (
    'text' => [ "''", "repeat('x', 5000)", 'chr(1)' ],
    'bigint' => [ 0, -1, 9223372036854775807, "'-9223372036854775808'" ],
    'integer' => [ 0, -1, 2147483647, "'-2147483648'" ],
    'interval' => [ "'-1 day'", "'178000000 years'", "'1 month -31 days'", "'0'" ],
    'interval[]' => [ "'{}'", "'{NULL}'", "'{-1 hour}'", "'{178000000 years}'", "'{{1 hour},{2 hours}}'" ],
    'timestamp with time zone' => [ "'infinity'", "'-infinity'", "'294276-12-31'", "'4714-11-24 BC'" ],
    'tstzrange' => [
        "'empty'", "'(,)'",
        "'[infinity,infinity]'", "'[-infinity,infinity]'",
        "'(2030-01-07 09:00,2030-01-07 10:00]'", "'[2030-01-07,)'"
    ],
    'integer[]' => [
        "'{}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'{-1}'",
        "'{2147483647}'", "'{-2147483648,-2147483648}'", "'[5:6]={1,2}'"
    ],
    'jsonb' => [ "'null'", "'[]'" ],
    'date' => [ "'infinity'", "'-infinity'", "'5874897-12-31'" ],
    'time without time zone' => [ "'24:00'", "'00:00'" ],
    'boolean' => [ 'true', 'false' ],
    'uuid' => ["'00000000-0000-0000-0000-000000000000'"],
    'xid8' => [ "'0'", "'18446744073709551615'" ],
    'text[]' => [ "'{}'", "'{NULL}'" ],
    'bookonce.holder_rule[]' => [
        "'{}'",
        "'{NULL}'",
        "ARRAY[ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL)]::bookonce.holder_rule[]",
        (   map { "ARRAY[ROW('few', $_, $_, $_, 'day', '178000000 years', '-infinity')]::bookonce.holder_rule[]" }
                2147483647,
            -2147483648),
        "ARRAY[ROW('few', NULL, NULL, 1, 'millennium', '1 month -31 days', 'infinity')]::bookonce.holder_rule[]"
    ],
    'bigint[]' => [ "'{}'", "'{NULL}'", "'{{1,2},{3,4}}'", "'{-1,9223372036854775807}'", "'{1,2,3,4,5,6,7,8}'" ],
    'bookonce.booking_status' => ["'expired'"]);
my %other_type = ('text' => 'varchar(300)', 'bigint' => 'numeric', 'integer' => 'bigint');

# Drops constraints: c the CHECKs; p, u and x the keys and the guard, which would let only one row have a value.
sub without
{
    my ($table, $kinds) = @_;
    return <<"SQL";
DO \$do\$ DECLARE name text; BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = '$table'::regclass
        AND contype = ANY ('{$kinds}') LOOP
        EXECUTE format('ALTER TABLE $table DROP CONSTRAINT %I CASCADE', name);
    END LOOP;
END \$do\$;
SQL
}

# Writes with triggers disabled.
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
SELECT string_agg(format('ALTER EXTENSION bookonce DROP VIEW %s;', c.oid::regclass), ' ')
        FILTER (WHERE EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e'))
    || ' DROP VIEW ' || string_agg(c.oid::regclass::text, ', ') || ' CASCADE;'
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

# The names of our empty tables, in which changing a value changes nothing.
sub empty_tables
{
    my ($node) = @_;
    return query($node, <<'SQL');
SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class AS c
WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind = 'r'
    AND (xpath('/row/is_empty/text()', query_to_xml(format('SELECT NOT EXISTS (SELECT FROM %s) AS is_empty',
        c.oid::regclass), false, true, '')))[1]::text = 'true'
SQL
}

# Functions, types, operator classes, views, sequences, keys, indexes and triggers: gone, renamed, or not as they were
# made. Not operators: without the constraint's, PostgreSQL ends any write to the table with XX000.
sub object_changes
{
    my ($node) = @_;
    return map { [ split /\|/, $_, 2 ] } split /\n/, query($node, <<'SQL');
WITH own AS (
    SELECT i.type, i.identity, m.objid IS NOT NULL AS is_member
    FROM (SELECT 'pg_proc'::regclass AS classid, oid FROM pg_proc WHERE pronamespace = 'bookonce'::regnamespace
          UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_type AS t
                    WHERE typnamespace = 'bookonce'::regnamespace AND typelem = 0
                    AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND relkind <> 'c')
          UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace = 'bookonce'::regnamespace
          UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class
                    WHERE relnamespace = 'bookonce'::regnamespace AND relkind IN ('v', 'S')) AS o
    CROSS JOIN LATERAL pg_identify_object(o.classid, o.oid, 0) AS i
    LEFT JOIN pg_depend AS m ON m.classid = o.classid AND m.objid = o.oid AND m.deptype = 'e'
), tables AS (
    SELECT oid, oid::regclass AS name FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace AND relkind = 'r'
)
SELECT concat(type, ' ', identity, ' gone'),
       concat(CASE WHEN is_member THEN concat('ALTER EXTENSION bookonce DROP ', type, ' ', identity, '; ') END,
              'DROP ', type, ' ', identity, ' CASCADE')
FROM own
UNION ALL
SELECT concat(type, ' ', identity, ' renamed'), concat('ALTER ', type, ' ', identity, ' RENAME TO other')
FROM own
UNION ALL
SELECT concat('sequence ', identity, ' at its end'), concat('SELECT setval(', quote_literal(identity),
    ', 9223372036854775807)')
FROM own WHERE type = 'sequence'
UNION ALL
SELECT concat('label ', enumlabel, ' of ', enumtypid::regtype, ' renamed'),
       format('ALTER TYPE %s RENAME VALUE %L TO ''other''', enumtypid::regtype, enumlabel)
FROM pg_enum JOIN pg_type AS t ON t.oid = enumtypid WHERE typnamespace = 'bookonce'::regnamespace
UNION ALL
SELECT concat('attribute ', attname, ' of ', name, c.change), concat('ALTER TYPE ', name, format(c.sql, attname))
FROM pg_class AS r JOIN pg_attribute AS a ON attrelid = r.oid AND attnum > 0
CROSS JOIN LATERAL format('%I.%I', 'bookonce', relname) AS name,
    (VALUES (' gone', ' DROP ATTRIBUTE %I CASCADE'), (' renamed', ' RENAME ATTRIBUTE %I TO other CASCADE'),
            (' as xml', ' ALTER ATTRIBUTE %I TYPE xml CASCADE')) AS c(change, sql)
WHERE relnamespace = 'bookonce'::regnamespace AND relkind = 'c'
UNION ALL
SELECT concat(conname, ' of ', name, ' gone'), format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', name, conname)
FROM pg_constraint JOIN tables ON conrelid = tables.oid WHERE contype IN ('p', 'u', 'x', 'f')
UNION ALL
SELECT concat(i.indexrelid::regclass, ' gone'), format('DROP INDEX %s', i.indexrelid::regclass)
FROM pg_index AS i JOIN tables ON indrelid = tables.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
UNION ALL
SELECT concat(tgname, ' of ', name, c.change), format(c.sql, name, tgname)
FROM pg_trigger JOIN tables ON tgrelid = tables.oid,
    (VALUES (' disabled', 'ALTER TABLE %s DISABLE TRIGGER %I'), (' gone', 'DROP TRIGGER %2$I ON %1$s'))
        AS c(change, sql)
WHERE NOT tgisinternal
SQL
}

1;
