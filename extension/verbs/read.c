/*
 * read.c
 *   What reading verbs have in common: they read the page that is asked for, and return the rows of a statement.
 *
 * They run as the tables' owner, on the snapshot of the caller's query and under no lock, and see one tenant.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/read.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/value.h"

/* Room for the attributes of a row type. */
#define ATTRIBUTE_ROOM 24

int32 bo_read_at_most(FunctionCallInfo fcinfo, int n)
{
    if (bo_arguments_positive(fcinfo, n, "at_most") > BO_MAX_PAGE)
        bo_error_argument("at_most", psprintf("must not be above %d", BO_MAX_PAGE), "1000");
    return PG_GETARG_INT32(n);
}

static char *read_quoted(TimestampTz instant)
{
    return psprintf("'%s'", DatumGetCString(DirectFunctionCall1(timestamptz_out, TimestampTzGetDatum(instant))));
}

/*
 * Reads after_start and after_id. A cursor of another list would skip rows of this list, or begin it again, so it is
 * refused.
 */
static void read_cursor(FunctionCallInfo fcinfo, int start, bool begins_in, BoPage *page)
{
    if (PG_ARGISNULL(start) != PG_ARGISNULL(start + 1))
        bo_error_argument(PG_ARGISNULL(start) ? "after_start" : "after_id",
                          "must be given too: both are of the last row of the page before",
                          PG_ARGISNULL(start) ? read_quoted(page->from) : "'01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d'");
    if (PG_ARGISNULL(start))
    {
        /* Right before `from`, behind all ids there. A list of what overlaps within has rows that begin at any time. */
        page->after_start = begins_in ? page->from - 1 : DT_NOBEGIN;
        memset(&page->after_id, 0xff, sizeof(page->after_id));
        return;
    }
    page->after_start = PG_GETARG_TIMESTAMPTZ(start);
    page->after_id = *PG_GETARG_UUID_P(start + 1);
    if (TIMESTAMP_NOT_FINITE(page->after_start))
        bo_error_argument("after_start", "must not be infinite", read_quoted(page->from));
    if (page->after_start >= page->until || (begins_in && page->after_start < page->from))
        bo_error_argument("after_start", "must be of a row of this list: it lies outside of within",
                          read_quoted(page->from));
}

/*
 * Reads the parameter within, and at_most with after_start and after_id behind it. begins_in: the list has what begins
 * in within, and not all that overlaps it.
 */
void bo_read_page(FunctionCallInfo fcinfo, int within, int at_most, bool begins_in, BoPage *page)
{
    RangeType *range = bo_arguments_checked_during(PG_GETARG_DATUM(within), PG_ARGISNULL(within), "within");
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), range, &lower, &upper, &is_empty);
    page->from = DatumGetTimestampTz(lower.val);
    page->until = DatumGetTimestampTz(upper.val);
    if (!begins_in && page->until - page->from > BO_MAX_WITHIN_DAYS * USECS_PER_DAY)
        bo_error_argument("within", psprintf("must not be longer than %d days", BO_MAX_WITHIN_DAYS), BO_DURING_EXAMPLE);
    page->at_most = bo_read_at_most(fcinfo, at_most);
    read_cursor(fcinfo, at_most + 1, begins_in, page);
}

RangeType *bo_read_range(TimestampTz from, TimestampTz until)
{
    RangeBound lower = {.val = TimestampTzGetDatum(from), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(until)};

    return bo_value_range(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), &lower, &upper);
}

void bo_read_begin(FunctionCallInfo fcinfo, BoStore *store)
{
    InitMaterializedSRF(fcinfo, 0);
    bo_store_open_to_read(store);
}

/*
 * Finds the place of each of the statement's columns in the type, which must have them in order, by name and type. It
 * may lack the last ones, as it does between the installation of a package and ALTER EXTENSION .. UPDATE, but not have
 * more (base/row_type.c).
 */
static int read_places(const char *name, TupleDesc type, TupleDesc found, int *places)
{
    int count = 0;

    Assert(found->natts <= ATTRIBUTE_ROOM);
    for (int column = 0; column < type->natts; column++)
    {
        Form_pg_attribute attribute = TupleDescAttr(type, column);

        if (attribute->attisdropped)
            continue;
        if (count == found->natts)
            bo_error_other_version(name, psprintf("Attribute \"%s\" is not known to this session's library.",
                                                  NameStr(attribute->attname)));
        if (strcmp(NameStr(attribute->attname), NameStr(TupleDescAttr(found, count)->attname)) != 0 ||
            attribute->atttypid != TupleDescAttr(found, count)->atttypid)
            bo_error_other_version(name,
                                   psprintf("Attribute \"%s\" stands where \"%s\" should.", NameStr(attribute->attname),
                                            NameStr(TupleDescAttr(found, count)->attname)));
        places[count++] = column;
    }
    return count;
}

/* Returns the rows of the last statement as those of the answer, and closes the store. */
void bo_read_end(FunctionCallInfo fcinfo, BoStore *store, const char *type, uint64 rows)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    TupleDesc target = result->setDesc;
    int places[ATTRIBUTE_ROOM], count = 0;
    Datum *values = palloc0(sizeof(Datum) * target->natts), found[ATTRIBUTE_ROOM];
    bool *nulls = palloc(sizeof(bool) * target->natts), is_null[ATTRIBUTE_ROOM];

    memset(nulls, true, sizeof(bool) * target->natts);
    for (uint64 i = 0; i < rows; i++)
    {
        BoRow row = bo_store_row(i);

        CHECK_FOR_INTERRUPTS();
        if (i == 0)
            count = read_places(type, target, row.type, places);
        if (count == row.type->natts && count == target->natts)
        {
            tuplestore_puttuple(result->setResult, row.tuple); /* column for column the same */
            continue;
        }
        heap_deform_tuple(row.tuple, row.type, found, is_null);
        for (int k = 0; k < count; k++)
        {
            values[places[k]] = found[k];
            nulls[places[k]] = is_null[k];
        }
        tuplestore_putvalues(result->setResult, target, values, nulls);
    }
    bo_store_close(store);
}
