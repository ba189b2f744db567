/*
 * find_double_bookings.c
 *   find_double_bookings(): which rows of the caller's own table are booked twice.
 *
 * It reads with the caller's rights, by SQL, so it never sees what row security hides from the caller. Each row is read
 * once, with its place and its slot; only rows that are reported are read again, by their place and in the same
 * snapshot, for their key.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/find_double_bookings.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "base/error.h"
#include "base/value.h"
#include "guard/adopted_key.h"
#include "store/store_adopt.h"
#include "verbs/overlap_sweep.h"

PG_FUNCTION_INFO_V1(bookonce_find_double_bookings);

#define ROWS_AT_ONCE 1000
#define ROWS_BETWEEN_NOTICES UINT64CONST(1000000)
#define ROWS_NAMED 3

/* Rows that count and cannot be compared: how many, and the first ones. */
typedef struct Odd
{
    uint64 count;
    BoRowPlace first[ROWS_NAMED];
} Odd;

typedef struct Search
{
    Relation table;
    const BoAdoptRule *rule;
    BoSweep *sweep;
    uint64 rows;
    Odd no_resource;
    Odd no_time;
    Odd unusable; /* the time is empty, or ends before it starts */
    SPIPlanPtr name_row;
} Search;

static void find_count_odd(Odd *odd, const BoRowPlace *row)
{
    if (odd->count < ROWS_NAMED)
        odd->first[odd->count] = *row;
    odd->count++;
}

static void find_read_row(Search *search, HeapTuple tuple, TupleDesc columns)
{
    bool is_null;
    BoRowPlace row;
    Datum slot;

    row.table = DatumGetObjectId(SPI_getbinval(tuple, columns, BO_ADOPT_ROW_TABLE, &is_null));
    row.place = *(ItemPointer)DatumGetPointer(SPI_getbinval(tuple, columns, BO_ADOPT_ROW_PLACE, &is_null));
    slot = SPI_getbinval(tuple, columns, BO_ADOPT_ROW_SLOT, &is_null);
    if (!is_null)
        bo_sweep_put(search->sweep, DatumGetSlotKeyP(slot), &row);
    else if (DatumGetBool(SPI_getbinval(tuple, columns, BO_ADOPT_ROW_NO_RESOURCE, &is_null)))
        find_count_odd(&search->no_resource, &row);
    else if (DatumGetBool(SPI_getbinval(tuple, columns, BO_ADOPT_ROW_NO_TIME, &is_null)))
        find_count_odd(&search->no_time, &row);
    else
        find_count_odd(&search->unusable, &row);
    if (++search->rows % ROWS_BETWEEN_NOTICES == 0)
        ereport(NOTICE,
                errmsg(UINT64_FORMAT " rows of \"%s\" read", search->rows, RelationGetRelationName(search->table)));
}

static void find_read_rows(Search *search)
{
    const BoAdoptRule *rule = search->rule;
    char *sql = bo_sql_adopt_rows(search->table, rule->slot, rule->key, rule->has_time, rule->live);
    Portal rows = SPI_cursor_open_with_args(NULL, sql, 0, NULL, NULL, NULL, true, CURSOR_OPT_NO_SCROLL);

    for (;;)
    {
        SPI_cursor_fetch(rows, true, ROWS_AT_ONCE);
        if (SPI_processed == 0)
            break;
        for (uint64 i = 0; i < SPI_processed; i++)
            find_read_row(search, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
        SPI_freetuptable(SPI_tuptable);
    }
    SPI_cursor_close(rows);
}

/* Fills in the key, and the resource unless that is NULL. Returns false if the caller cannot see the row any more. */
static bool find_name_row(Search *search, const BoRowPlace *row, Datum *resource, bool *no_resource, Datum *key)
{
    Datum place[] = {ObjectIdGetDatum(row->table), PointerGetDatum(&row->place)};
    bool is_null;

    if (search->name_row == NULL)
        search->name_row =
            SPI_prepare(bo_sql_adopt_name_row(search->table, search->rule->resource), 2, (Oid[]){OIDOID, TIDOID});
    if (SPI_execute_plan(search->name_row, place, NULL, true, 1) != SPI_OK_SELECT)
        bo_error_impossible("a row's name was not selected");
    if (SPI_processed == 0)
        return false;
    *key = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, BO_ADOPT_NAME_KEY, &is_null);
    *resource = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, BO_ADOPT_NAME_RESOURCE, no_resource);
    return true;
}

static void find_tell_odd(Search *search, const Odd *odd, const char *what)
{
    StringInfoData names;
    Datum resource, key;
    bool no_resource;

    if (odd->count == 0)
        return;
    initStringInfo(&names);
    for (uint64 i = 0; i < Min(odd->count, ROWS_NAMED); i++)
        if (find_name_row(search, &odd->first[i], &resource, &no_resource, &key))
            appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ", ",
                             DatumGetCString(DirectFunctionCall1(jsonb_out, key)));
    ereport(NOTICE, errmsg("%s, left out: " UINT64_FORMAT, what, odd->count),
            errdetail("%s%s", names.data, odd->count > ROWS_NAMED ? ", .." : ""));
}

/* Wall-clock times are read as times of the session's zone, so that they are shown as they were written. */
static RangeBound find_bound(const BoAdoptRule *rule, int64 half, bool lower)
{
    RangeBound bound = bo_adopted_bound(half, lower);

    if (rule->wall_clock && !bound.infinite)
        bound.val = DirectFunctionCall1(timestamp_timestamptz, bound.val);
    return bound;
}

static Datum find_shared_time(const BoAdoptRule *rule, const BoOverlap *pair)
{
    RangeBound lower = find_bound(rule, pair->start, true);
    RangeBound upper = find_bound(rule, pair->end, false);

    /* In the hour that a zone skips, 02:30 becomes 03:30, and 03:00 stays. */
    if (rule->wall_clock && !lower.infinite && !upper.infinite &&
        DatumGetTimestampTz(lower.val) > DatumGetTimestampTz(upper.val))
        upper.val = TimestampTzGetDatum(DatumGetTimestampTz(lower.val) + (pair->end - pair->start) / 2);
    return RangeTypePGetDatum(bo_value_range(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), &lower, &upper));
}

/* resource_value, row_key, other_row_key, shared, pairs */
static void find_return(ReturnSetInfo *result, Search *search, const BoOverlap *pair, uint64 all)
{
    Datum values[5];
    bool nulls[5] = {false};

    if (!find_name_row(search, &pair->first, &values[0], &nulls[0], &values[1]) ||
        !find_name_row(search, &pair->second, &values[0], &nulls[0], &values[2]))
        return;
    values[3] = find_shared_time(search->rule, pair);
    values[4] = Int64GetDatum((int64)all);
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Opens a table whose rows have places; partitions and children are read with it. */
Relation bo_find_open_table(Oid relation)
{
    Relation table = bo_adopt_open(relation, AccessShareLock);
    char kind = table->rd_rel->relkind;

    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_MATVIEW)
        bo_error_argument("relation", "must be a table, a partitioned table or a materialized view", "'bookings'");
    return table;
}

void bo_find_pairs(FunctionCallInfo fcinfo, Relation table, const BoAdoptRule *rule, uint64 at_most)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    Search search = {.table = table, .rule = rule};
    BoOverlap *pairs;
    uint64 count, all;

    InitMaterializedSRF(fcinfo, 0);
    if (SPI_connect() != SPI_OK_CONNECT)
        bo_error_impossible("SPI does not connect");
    search.sweep = bo_sweep_begin();
    find_read_rows(&search);
    all = bo_sweep_run(search.sweep, at_most, &pairs, &count);
    for (uint64 i = 0; i < count; i++)
        find_return(result, &search, &pairs[i], all);
    find_tell_odd(&search, &search.no_resource, "rows without a resource");
    find_tell_odd(&search, &search.no_time, "rows whose time is null");
    find_tell_odd(&search, &search.unusable, "rows whose time is empty or ends before it starts");
    SPI_finish();
}

/* find_double_bookings(relation, resource, starts, ends, during, live_when, at_most): a row for each pair. */
Datum bookonce_find_double_bookings(PG_FUNCTION_ARGS)
{
    BoAdoptCall call;
    BoAdoptRule rule;
    Relation table;

    if (PG_ARGISNULL(0))
        bo_error_null_argument("relation", "'bookings'");
    if (!PG_ARGISNULL(6) && PG_GETARG_INT64(6) < 1)
        bo_error_argument("at_most", "must be 1 or more, or null for all", "100");
    bo_adopt_arguments(fcinfo, 1, &call);
    table = bo_find_open_table(PG_GETARG_OID(0));
    bo_adopt_read_rule(table, &call, false, &rule);
    bo_find_pairs(fcinfo, table, &rule, PG_ARGISNULL(6) ? PG_UINT64_MAX : (uint64)PG_GETARG_INT64(6));
    relation_close(table, AccessShareLock);
    return (Datum)0;
}
