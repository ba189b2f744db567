/*
 * store_adopt.c
 *   Statements on tables that are not ours.
 *
 * They run with the caller's rights and search_path, so here too every name and operator is qualified. The expressions
 * that are put into them come from bo_adopt_spell() or from an index of the table, never from what a caller wrote.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_adopt.h"

#include "access/sysattr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "store/sql.h"

char *bo_sql_adopt_table(Relation table)
{
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));
}

/* Reads every row that counts, and its place. */
char *bo_sql_adopt_rows(Relation table, const char *slot, const char *key, const char *has_time, const char *live)
{
    return psprintf("SELECT %s, (%s) IS NULL, NOT %s, tableoid, ctid FROM %s WHERE (%s)", slot, key, has_time,
                    bo_sql_adopt_table(table), live);
}

/* The columns of the primary key as an object; if there is none, the row's place. */
static char *adopt_row_key(Relation table)
{
    Bitmapset *columns = RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_PRIMARY_KEY);
    StringInfoData key;
    int column = -1;

    if (bms_is_empty(columns))
        return "pg_catalog.jsonb_build_object('ctid', ctid)";
    initStringInfo(&key);
    while ((column = bms_next_member(columns, column)) >= 0)
    {
        const char *name = get_attname(RelationGetRelid(table), column + FirstLowInvalidHeapAttributeNumber, false);

        appendStringInfo(&key, "%s%s, %s", key.len == 0 ? "" : ", ", quote_literal_cstr(name), quote_identifier(name));
    }
    return psprintf("pg_catalog.jsonb_build_object(%s)", key.data);
}

/* What identifies the row at a place to a reader; $1 is the table or the partition, $2 the place in it. */
char *bo_sql_adopt_name_row(Relation table, const char *resource)
{
    return psprintf("SELECT (%s)::pg_catalog.text, %s FROM %s WHERE tableoid" EQ "$1 AND ctid" EQ "$2", resource,
                    adopt_row_key(table), bo_sql_adopt_table(table));
}
