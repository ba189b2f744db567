# BookonceCatalog.pm: everything that the extension and setup() have made in a database, a line for each, so that a
# database which was upgraded can be compared with one that was newly installed.
#
# What is left out on purpose: object ids, and the place of a column in its table (ALTER TABLE adds at the end).
#
# SPDX-License-Identifier: PostgreSQL
package BookonceCatalog;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(catalog difference);

my $query = <<'SQL';
SET search_path = pg_catalog;
WITH object (classid, objid) AS (
    SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type WHERE typnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_amop'::regclass, a.oid FROM pg_amop AS a JOIN pg_opfamily AS f ON f.oid = a.amopfamily
    WHERE opfnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_amproc'::regclass, a.oid FROM pg_amproc AS a JOIN pg_opfamily AS f ON f.oid = a.amprocfamily
    WHERE opfnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_cast'::regclass, c.oid FROM pg_cast AS c
    JOIN pg_type AS t ON t.oid IN (c.castsource, c.casttarget) WHERE typnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE connamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_trigger'::regclass, t.oid FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
    WHERE relnamespace = 'bookonce'::regnamespace AND NOT tgisinternal
    UNION ALL SELECT 'pg_policy'::regclass, p.oid FROM pg_policy AS p JOIN pg_class AS c ON c.oid = polrelid
    WHERE relnamespace = 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_namespace'::regclass, 'bookonce'::regnamespace
    UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension WHERE extname = 'bookonce'
    -- Whatever else the extension has as a member.
    UNION SELECT d.classid, d.objid FROM pg_depend AS d
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'bookonce' AND d.deptype = 'e'),
named AS (
    SELECT o.*, i.type || ' ' || i.identity AS name
    FROM object AS o, pg_identify_object(classid, objid, 0) AS i),
said (line) AS (
    SELECT name || ': exists' FROM named
    UNION ALL
    SELECT name || ': ' || CASE d.deptype WHEN 'e' THEN 'a member of ' || e.extname ELSE d.deptype::text END
    FROM named JOIN pg_depend AS d USING (classid, objid)
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    UNION ALL
    SELECT name || coalesce('.' || a.attname, '') || ': comment: ' || d.description
    FROM named JOIN pg_description AS d ON (d.classoid, d.objoid) = (classid, objid)
    LEFT JOIN pg_attribute AS a ON classid = 'pg_class'::regclass AND a.attrelid = objid AND a.attnum = d.objsubid
        AND d.objsubid > 0
    UNION ALL
    SELECT name || ': owner and rights: ' || x.owner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ' '
    ORDER BY a::text) FROM unnest(x.acl) AS a), 'default')
    FROM named, LATERAL (
        SELECT proowner, proacl FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid
        UNION ALL SELECT typowner, typacl FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid
        UNION ALL SELECT relowner, relacl FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid
        UNION ALL SELECT nspowner, nspacl FROM pg_namespace WHERE classid = 'pg_namespace'::regclass AND oid = objid
        UNION ALL SELECT oprowner, NULL FROM pg_operator WHERE classid = 'pg_operator'::regclass AND oid = objid) AS x
            (owner, acl)
    UNION ALL
    SELECT name || ': rights as installed: ' || (SELECT string_agg(a::text, ' ' ORDER BY a::text)
    FROM unnest(p.initprivs) AS a)
    FROM named JOIN pg_init_privs AS p ON (p.classoid, p.objoid) = (classid, objid)
    UNION ALL
    SELECT name || ': ' || CASE prokind WHEN 'a' THEN 'aggregate' ELSE pg_get_functiondef(oid) END FROM named
    JOIN pg_proc ON classid = 'pg_proc'::regclass AND oid = objid
    UNION ALL
    SELECT name || ': ' || (to_jsonb(t) - '{oid,typnamespace,typowner,typacl,typrelid,typelem,typarray}'::text[])::text
    FROM named JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid
    UNION ALL
    SELECT name || ': label ' || row_number() OVER (PARTITION BY objid ORDER BY enumsortorder) || ' ' || enumlabel
    FROM named JOIN pg_enum ON classid = 'pg_type'::regclass AND enumtypid = objid
    UNION ALL
    SELECT name || format(': procedure %s, commutator %s, negator %s, %s %s, merges %s, hashes %s', oprcode,
        oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin, oprcanmerge, oprcanhash)
    FROM named JOIN pg_operator ON classid = 'pg_operator'::regclass AND oid = objid
    UNION ALL
    SELECT name || format(': for %s, default %s, key %s', opcintype::regtype, opcdefault, opckeytype::regtype)
    FROM named JOIN pg_opclass ON classid = 'pg_opclass'::regclass AND oid = objid
    UNION ALL
    SELECT name || format(': %s, order by %s', amopopr::regoperator, amopsortfamily) FROM named
    JOIN pg_amop ON classid = 'pg_amop'::regclass AND oid = objid
    UNION ALL
    SELECT name || ': ' || amproc::regprocedure FROM named JOIN pg_amproc ON classid = 'pg_amproc'::regclass
        AND oid = objid
    UNION ALL
    SELECT name || format(': kind %s, options %s, persistence %s, row security %s %s, replica identity %s', relkind,
        reloptions, relpersistence, relrowsecurity, relforcerowsecurity, relreplident)
    FROM named JOIN pg_class ON classid = 'pg_class'::regclass AND oid = objid
    UNION ALL
    SELECT name || ': ' || CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) WHEN 'i' THEN pg_get_indexdef(oid) END
    FROM named JOIN pg_class ON classid = 'pg_class'::regclass AND oid = objid
    WHERE relkind IN ('v', 'i')
    UNION ALL
    SELECT name || '.' || attname ||
        format(': %s, not null %s, collation %s, identity %s, generated %s, default %s, storage %s, rights %s',
        format_type(atttypid, atttypmod), attnotnull, attcollation::regcollation, attidentity, attgenerated,
            pg_get_expr(adbin, adrelid), attstorage, attacl)
        -- In a type or a view the order is part of what it is.
        || CASE WHEN relkind IN ('r', 'i', 'S') THEN '' ELSE ', number ' || row_number() OVER (PARTITION BY attrelid
            ORDER BY attnum) END
    FROM named JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid
    JOIN pg_attribute ON attrelid = c.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT name || format(': %s, validated %s', pg_get_constraintdef(oid), convalidated) FROM named
    JOIN pg_constraint ON classid = 'pg_constraint'::regclass AND oid = objid
    UNION ALL
    SELECT name || ': ' || pg_get_triggerdef(oid) FROM named JOIN pg_trigger ON classid = 'pg_trigger'::regclass
        AND oid = objid
    UNION ALL
    SELECT name || ': ' || (to_jsonb(p) - '{oid,polrelid}'::text[])::text FROM named
    JOIN pg_policy AS p ON classid = 'pg_policy'::regclass AND p.oid = objid
    UNION ALL
    SELECT name || format(': version %s, owner %s, relocatable %s, configuration %s', extversion, extowner::regrole,
        extrelocatable, extconfig) FROM named
    JOIN pg_extension ON classid = 'pg_extension'::regclass AND oid = objid)
SELECT line || E'\x01' FROM said ORDER BY line COLLATE "C";
SQL

sub catalog
{
    my ($node, $database) = @_;
    return [ map { s/^\n//r } grep { /\S/ } split /\x01/, $node->safe_psql($database, $query) ];
}

# Returns the lines that only one of two catalogs has: '-' if it is the first, '+' if it is the second; '' if they are
# equal.
sub difference
{
    my ($one, $other) = @_;
    my %in_one = map { $_ => 1 } @$one;
    my %in_other = map { $_ => 1 } @$other;
    return join "\n", (map { "- $_" } grep { !$in_other{$_} } @$one), (map { "+ $_" } grep { !$in_one{$_} } @$other);
}

1;
