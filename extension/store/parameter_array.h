/*
 * parameter_array.h
 *   Arrays as parameters of a statement.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_PARAMETER_ARRAY_H
#define BOOKONCE_PARAMETER_ARRAY_H

#include "base/value.h"
#include "store/parameter.h"

/* type: the array's own, such as TEXTARRAYOID. */
static inline BoParameter bo_array(Oid type, const ArrayType *value)
{
    return bo_parameter_there(type, value);
}

static inline BoParameter bo_uuids(const pg_uuid_t *values, int count)
{
    return (BoParameter){.value = bo_value_uuids(values, count), .type = UUIDARRAYOID};
}

static inline BoParameter bo_int4s(const int32 *values, int count)
{
    return (BoParameter){.value = bo_value_units(values, count), .type = INT4ARRAYOID};
}

/* An array under construction: its elements are parameters of one type. */
typedef struct BoArrayMaker
{
    Oid element_type;
    Datum *elements;
    bool *nulls;
    int count;
} BoArrayMaker;

extern BoArrayMaker bo_array_maker(Oid element_type, int most);
extern void bo_array_append(BoArrayMaker *maker, BoParameter element);
extern BoParameter bo_array_made(const BoArrayMaker *maker);
extern BoParameter bo_texts(text *const *values, int count);

#endif
