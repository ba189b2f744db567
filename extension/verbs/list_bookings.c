/*
 * list_bookings.c
 *   list_bookings(): the calendar of up to 1,000 resources.
 *
 * It reads the guard's index and the table itself (guard/direct_list.c). If the tables are not as setup() made them, or
 * something else requires SQL, a statement does the same.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/value.h"
#include "guard/direct_list.h"
#include "store/catalog.h"
#include "store/parameter_array.h"
#include "store/store_read.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_list_bookings);

/* A resource of the list. */
typedef struct ListedResource
{
    int64 resource_id;
    text *name;
} ListedResource;

typedef struct ListedResources
{
    ListedResource *each; /* in order of resource_id, each once */
    int count;
} ListedResources;

static int list_compare_numbers(const void *a, const void *b)
{
    int64 left = ((const ListedResource *)a)->resource_id, right = ((const ListedResource *)b)->resource_id;

    return left < right ? -1 : left > right;
}

static ListedResources list_find_resources(BoStore *store, const text *tenant, ArrayType *names)
{
    int count = (int)bo_store_run(store, &bo_sql_read_numbers, bo_text(tenant), bo_array(TEXTARRAYOID, names));
    ListedResources found = {.each = palloc(sizeof(ListedResource) * count), .count = count};

    for (int i = 0; i < count; i++)
    {
        BoRow row = bo_store_row(i);
        text *name = bo_row_text(row, BO_READ_NUMBERS_RESOURCE);

        if (bo_row_is_null(row, BO_READ_NUMBERS_RESOURCE_ID))
            bo_error_unknown_resource(name);
        found.each[i] = (ListedResource){bo_row_int8(row, BO_READ_NUMBERS_RESOURCE_ID), name};
    }
    qsort(found.each, count, sizeof(ListedResource), list_compare_numbers);
    return found;
}

/* What begins after after_start also ends after it, so the earlier part of within need not be searched again. */
static RangeType *list_touched(const BoPage *page)
{
    return bo_read_range(Max(page->from, page->after_start), page->until);
}

static void list_by_statement(FunctionCallInfo fcinfo, BoStore *store, const ListedResources *resources,
                              const BoPage *page, TimestampTz now)
{
    BoArrayMaker names = bo_array_maker(TEXTOID, resources->count);
    BoArrayMaker numbers = bo_array_maker(INT8OID, resources->count);

    for (int i = 0; i < resources->count; i++)
    {
        bo_array_append(&names, bo_text(resources->each[i].name));
        bo_array_append(&numbers, bo_int8(resources->each[i].resource_id));
    }
    bo_read_answer(fcinfo, store, "booking_row", bo_sql_read_calendar, bo_array_made(&names), bo_array_made(&numbers),
                   bo_range(list_touched(page)), bo_range(bo_read_range(page->from, page->until)),
                   bo_instant(page->after_start), bo_uuid(&page->after_id), bo_int4(page->at_most), bo_instant(now));
}

/* Where an attribute of booking_row comes from: a column of booking, or one of these. */
enum
{
    LIST_RESOURCE = BO_BOOKING_COLUMN_COUNT,
    LIST_STARTS_AT,
    LIST_ENDS_AT,
    LIST_COLUMN_COUNT
};

static const struct
{
    const char *name;
    int from;
    Oid type; /* InvalidOid: the column's */
} list_attributes[BO_READ_BOOKING_COLUMNS] = {
    {"booking_id", BO_BOOKING_ID, InvalidOid},
    {"group_id", BO_BOOKING_GROUP_ID, InvalidOid},
    {"member", BO_BOOKING_MEMBER, InvalidOid},
    {"resource", LIST_RESOURCE, TEXTOID},
    {"unit", BO_BOOKING_UNIT, InvalidOid},
    {"during", BO_BOOKING_DURING, InvalidOid},
    {"starts_at", LIST_STARTS_AT, TIMESTAMPTZOID},
    {"ends_at", LIST_ENDS_AT, TIMESTAMPTZOID},
    {"blocks", BO_BOOKING_BLOCKS, InvalidOid},
    {"status", BO_BOOKING_STATUS, InvalidOid},
    {"holder", BO_BOOKING_HOLDER, InvalidOid},
    {"lapses_at", BO_BOOKING_LAPSES_AT, InvalidOid},
    {"idempotency_key", BO_BOOKING_IDEMPOTENCY_KEY, InvalidOid},
    {"reason", BO_BOOKING_REASON, InvalidOid},
    {"details", BO_BOOKING_DETAILS, InvalidOid},
    {"created_at", BO_BOOKING_CREATED_AT, InvalidOid},
    {"released_at", BO_BOOKING_RELEASED_AT, InvalidOid},
    {"kind", BO_BOOKING_KIND, InvalidOid},
};

/*
 * Returns true if the answer's type is the one that this library knows. If not, a statement is run, and its rows are
 * compared with the type attribute by attribute (read.c).
 */
static bool list_knows(TupleDesc type, TupleDesc booking)
{
    if (type->natts != lengthof(list_attributes))
        return false;
    for (int i = 0; i < type->natts; i++)
    {
        Form_pg_attribute attribute = TupleDescAttr(type, i);
        Oid known = OidIsValid(list_attributes[i].type) ? list_attributes[i].type
                                                        : TupleDescAttr(booking, list_attributes[i].from)->atttypid;

        if (attribute->attisdropped || strcmp(NameStr(attribute->attname), list_attributes[i].name) != 0 ||
            attribute->atttypid != known)
            return false;
    }
    return true;
}

static void list_answer(ReturnSetInfo *result, const BoList *list, const ListedResources *resources)
{
    TupleDesc type = RelationGetDescr(list->booking);
    Datum *columns = palloc(sizeof(Datum) * (type->natts + LIST_COLUMN_COUNT));
    bool *is_null = palloc0(sizeof(bool) * (type->natts + LIST_COLUMN_COUNT));
    Datum values[lengthof(list_attributes)];
    bool nulls[lengthof(list_attributes)];

    for (int i = 0; i < list->count; i++)
    {
        const BoListedRow *listed = &list->rows[i];

        CHECK_FOR_INTERRUPTS();
        heap_deform_tuple(listed->row, type, columns, is_null);
        for (int k = 0; k < lengthof(list_attributes); k++)
            if (list_attributes[k].from < BO_BOOKING_COLUMN_COUNT)
            {
                values[k] = columns[list_attributes[k].from];
                nulls[k] = is_null[list_attributes[k].from];
            }
            else
            {
                nulls[k] = false;
                values[k] =
                    list_attributes[k].from == LIST_RESOURCE
                        ? PointerGetDatum(resources->each[listed->which].name)
                        : TimestampTzGetDatum(list_attributes[k].from == LIST_STARTS_AT ? listed->start : listed->end);
            }
        tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
    }
}

static bool list_directly(FunctionCallInfo fcinfo, const ListedResources *resources, const BoPage *page,
                          TimestampTz now)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    int64 *numbers = palloc(sizeof(int64) * resources->count);
    BoListCall call = {.resource_ids = numbers,
                       .resource_count = resources->count,
                       .within = bo_read_range(page->from, page->until),
                       .touched = list_touched(page),
                       .after_start = page->after_start,
                       .after_id = page->after_id,
                       .at_most = page->at_most,
                       .now = now};
    BoList list;
    bool knows;

    for (int i = 0; i < resources->count; i++)
        numbers[i] = resources->each[i].resource_id;
    if (!bo_direct_list(&call, &list))
        return false;
    knows = list_knows(result->setDesc, RelationGetDescr(list.booking));
    if (knows)
        list_answer(result, &list, resources);
    bo_direct_list_close(&list);
    return knows;
}

/* list_bookings(resources, within, at_most, after_start, after_id, tenant) */
Datum bookonce_list_bookings(PG_FUNCTION_ARGS)
{
    ArrayType *names = bo_arguments_texts(fcinfo, 0, "resources", "ARRAY['room:1', 'room:2']", BO_MAX_RESOURCES);
    text *tenant = bo_arguments_tenant(fcinfo);
    TimestampTz now = GetCurrentTimestamp();
    ListedResources resources;
    BoPage page;
    BoStore store;

    bo_read_page(fcinfo, 1, 2, false, &page);
    bo_read_begin(fcinfo, &store);
    resources = list_find_resources(&store, tenant, names);
    if (list_directly(fcinfo, &resources, &page, now))
        bo_store_close(&store);
    else
        list_by_statement(fcinfo, &store, &resources, &page, now);
    return (Datum)0;
}
