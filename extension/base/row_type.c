/*
 * row_type.c
 *   Rows of the composite types are made and read only while those types are what this library knows.
 *
 * A session keeps the library it began with, while SQL's types may change under it, by ALTER EXTENSION .. UPDATE or by
 * hand. A row formed for a type with one more attribute would read beyond its values; a server process has crashed that
 * way. So a type is compared once, and again after each change: its attributes must be the library's, in order, by name
 * and type. The type may lack the last ones: then it is older than the library, as it is between the installation of a
 * package and ALTER EXTENSION .. UPDATE, and its callers do not ask for them. It must not have more, because the
 * library could only fill them with NULL, which would be a wrong answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/row_type.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "base/error.h"

static bool row_type_same_name(const BoAttribute *known, const char *name)
{
    return strcmp(name, known->name) == 0 || (known->older_name != NULL && strcmp(name, known->older_name) == 0);
}

static bool row_type_same_type(const BoAttribute *known, Oid type)
{
    return OidIsValid(known->type) ? known->type == type : get_typtype(type) == TYPTYPE_ENUM;
}

/* Raises an error unless the type is as the library knows it. Dropped attributes are skipped: they hold nothing. */
void bo_row_type_check(BoRowType *known, TupleDesc type)
{
    int found = 0;

    Assert(known->count <= BO_ROW_TYPE_ROOM);
    known->identifier = 0;
    for (int column = 0; column < type->natts; column++)
    {
        Form_pg_attribute attribute = TupleDescAttr(type, column);

        if (attribute->attisdropped)
            continue;
        if (found == known->count)
            bo_error_other_version(known->name, psprintf("Attribute \"%s\" is not known to this session's library.",
                                                         NameStr(attribute->attname)));
        if (!row_type_same_name(&known->attributes[found], NameStr(attribute->attname)))
            bo_error_other_version(known->name, psprintf("Attribute \"%s\" stands where \"%s\" should.",
                                                         NameStr(attribute->attname), known->attributes[found].name));
        if (!row_type_same_type(&known->attributes[found], attribute->atttypid))
            bo_error_other_version(known->name, psprintf("Attribute \"%s\" is of type %s.", NameStr(attribute->attname),
                                                         format_type_be(attribute->atttypid)));
        known->places[found] = column;
        known->types[found++] = attribute->atttypid;
    }
    if (found == 0)
        bo_error_other_version(known->name, "It has no attributes.");
    while (found < known->count)
        known->places[found++] = -1;
    known->columns = type->natts;
}

/*
 * The same for a type's id; the type is compared only once until it changes. The caller releases it with
 * ReleaseTupleDesc().
 */
TupleDesc bo_row_type_open(BoRowType *known, Oid type)
{
    TypeCacheEntry *entry = OidIsValid(type) ? lookup_type_cache(type, TYPECACHE_TUPDESC) : NULL;

    if (entry == NULL || entry->tupDesc == NULL)
        bo_error_other_version(known->name, "Another type stands in its place.");
    PinTupleDesc(entry->tupDesc);
    if (known->identifier != entry->tupDesc_identifier)
    {
        TupleDesc checked = entry->tupDesc;
        uint64 identifier = entry->tupDesc_identifier;

        bo_row_type_check(known, checked);
        known->identifier = identifier;
        return checked;
    }
    return entry->tupDesc;
}

HeapTuple bo_row_type_form(const BoRowType *known, TupleDesc type, const Datum *values, const bool *nulls)
{
    Datum *columns = palloc0(sizeof(Datum) * known->columns);
    bool *is_null = palloc(sizeof(bool) * known->columns);

    Assert(type->natts == known->columns);
    memset(is_null, true, sizeof(bool) * known->columns);
    for (int i = 0; i < known->count && known->places[i] >= 0; i++)
    {
        columns[known->places[i]] = values[i];
        is_null[known->places[i]] = nulls[i];
    }
    return heap_form_tuple(type, columns, is_null);
}

/* Returns the result of a verb that answers with one row. */
Datum bo_row_type_answer(FunctionCallInfo fcinfo, BoRowType *known, BoRowMaker make, const void *answer)
{
    TupleDesc type = bo_row_type_open(known, get_func_rettype(fcinfo->flinfo->fn_oid));
    HeapTuple row = make(type, answer);

    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(row);
}

/* Returns the result of a verb that RETURNS SETOF: a row for each of count answers, each of size bytes, in order. */
void bo_row_type_answers(FunctionCallInfo fcinfo, BoRowType *known, BoRowMaker make, const void *answers, size_t size,
                         int count)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    bo_row_type_check(known, result->setDesc);
    for (int i = 0; i < count; i++)
    {
        HeapTuple row = make(result->setDesc, (const char *)answers + size * i);

        tuplestore_puttuple(result->setResult, row);
        heap_freetuple(row);
    }
}

/* Reads the attributes of a row of a checked type; an attribute that the type does not have is NULL. */
void bo_row_type_deform(const BoRowType *known, TupleDesc type, HeapTupleHeader row, Datum *values, bool *nulls)
{
    HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
    Datum *columns = palloc(sizeof(Datum) * known->columns);
    bool *is_null = palloc(sizeof(bool) * known->columns);

    Assert(type->natts == known->columns);
    ItemPointerSetInvalid(&tuple.t_self);
    heap_deform_tuple(&tuple, type, columns, is_null);
    for (int i = 0; i < known->count; i++)
    {
        nulls[i] = known->places[i] < 0 || is_null[known->places[i]];
        values[i] = nulls[i] ? (Datum)0 : columns[known->places[i]];
    }
}
