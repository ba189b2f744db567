/*
 * direct_resources.c
 *   Reads the resources of a tenant one after another, in the order of their names, without SQL.
 *
 * book_needs() looks at all of them to find those that fit its needs. A statement spent more on passing them on than on
 * reading them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_resources.h"

#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "guard/direct.h"
#include "guard/index_scan.h"

/* The columns that are read, beside those that the catalog knows. */
typedef struct ResourceColumns
{
    AttrNumber attributes;
    AttrNumber has_line;
    AttrNumber part_ids;
} ResourceColumns;

static bool resources_have_column(Relation table, const char *name, Oid type, AttrNumber *number)
{
    Form_pg_attribute column;

    *number = get_attnum(RelationGetRelid(table), name);
    if (*number == InvalidAttrNumber)
        return false;
    column = TupleDescAttr(RelationGetDescr(table), *number - 1);
    return column->atttypid == type && column->attgenerated == '\0';
}

/* Returns true if the row can be read as it is stored, and the index has the names in ascending order. */
static bool resources_are_as_made(const BoDirect *direct, Relation index, ResourceColumns *columns)
{
    return direct->tables->rules_as_made && index->rd_indoption[0] == 0 && index->rd_indoption[1] == 0 &&
           resources_have_column(direct->resource, "attributes", JSONBOID, &columns->attributes) &&
           resources_have_column(direct->resource, "has_waiters", BOOLOID, &columns->has_line) &&
           resources_have_column(direct->resource, "part_ids", INT8ARRAYOID, &columns->part_ids);
}

static void *resources_value(TupleTableSlot *row, AttrNumber column)
{
    bool is_null;
    Datum value = slot_getattr(row, column, &is_null);

    return is_null ? NULL : PG_DETOAST_DATUM(value);
}

/* Returns false if the row has a NULL where there should be none, as the owner may allow: SQL says which. */
static bool resources_read(const BoDirect *direct, const ResourceColumns *columns, TupleTableSlot *row,
                           BoSeenResource *seen)
{
    const BoCatalog *tables = direct->tables;
    bool has_no_id, has_no_capacity, has_no_plain, has_no_line;
    bool is_plain = DatumGetBool(slot_getattr(row, tables->resource_plain, &has_no_plain));

    seen->resource_id = DatumGetInt64(slot_getattr(row, tables->resource_id, &has_no_id));
    seen->capacity = DatumGetInt32(slot_getattr(row, tables->rule[BO_RULE_CAPACITY], &has_no_capacity));
    seen->has_line = DatumGetBool(slot_getattr(row, columns->has_line, &has_no_line));
    if (has_no_id || has_no_capacity || has_no_plain || has_no_line ||
        slot_attisnull(row, tables->resource_name_column))
        return false;
    seen->resource = resources_value(row, tables->resource_name_column);
    seen->zone = is_plain ? NULL : resources_value(row, tables->rule[BO_RULE_TIME_ZONE]);
    seen->has_parts = !slot_attisnull(row, columns->part_ids);
    seen->attributes = resources_value(row, columns->attributes);
    return true;
}

/*
 * Calls visit() for each resource of the tenant, until it returns false. What it is given lasts only for that call. The
 * answer is false if only SQL may read the resources.
 */
bool bo_direct_each_resource(BoDirect *direct, const text *tenant,
                             bool (*visit)(void *context, const BoSeenResource *seen), void *context)
{
    MemoryContext caller = CurrentMemoryContext, of_row;
    Relation index = index_open(direct->tables->resource_name, AccessShareLock);
    TupleTableSlot *row = table_slot_create(direct->resource, NULL);
    ResourceColumns columns;
    IndexScanDesc scan;
    ScanKeyData key;
    bool is_read = resources_are_as_made(direct, index, &columns), goes_on = is_read;

    of_row = AllocSetContextCreate(caller, "bookonce resource", ALLOCSET_SMALL_SIZES);
    ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, TEXTOID, C_COLLATION_OID, F_TEXTEQ,
                           PointerGetDatum(tenant));
    bo_direct_begin_statement();
    scan = bo_index_scan_begin(direct->resource, index, &key, 1);
    while (goes_on && index_getnext_slot(scan, ForwardScanDirection, row))
    {
        BoSeenResource seen;

        CHECK_FOR_INTERRUPTS();
        MemoryContextSwitchTo(of_row);
        is_read = resources_read(direct, &columns, row, &seen);
        MemoryContextSwitchTo(caller);
        goes_on = is_read && visit(context, &seen);
        MemoryContextReset(of_row);
    }
    index_endscan(scan);
    bo_direct_end_statement();
    MemoryContextDelete(of_row);
    ExecDropSingleTupleTableSlot(row);
    index_close(index, NoLock);
    return is_read;
}
