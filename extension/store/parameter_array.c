/*
 * parameter_array.c
 *   Arrays as parameters of a statement.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/parameter_array.h"

#include "utils/lsyscache.h"

BoArrayMaker bo_array_maker(Oid element_type, int most)
{
    return (BoArrayMaker){.element_type = element_type,
                          .elements = palloc(sizeof(Datum) * Max(most, 1)),
                          .nulls = palloc(sizeof(bool) * Max(most, 1))};
}

void bo_array_append(BoArrayMaker *maker, BoParameter element)
{
    Assert(element.type == maker->element_type);
    maker->elements[maker->count] = element.value;
    maker->nulls[maker->count++] = element.is_null;
}

BoParameter bo_array_made(const BoArrayMaker *maker)
{
    int count = maker->count, lower = 1;
    int16 size;
    bool by_value;
    char alignment;

    get_typlenbyvalalign(maker->element_type, &size, &by_value, &alignment);
    return bo_array(get_array_type(maker->element_type),
                    construct_md_array(maker->elements, maker->nulls, 1, &count, &lower, maker->element_type, size,
                                       by_value, alignment));
}

BoParameter bo_texts(text *const *values, int count)
{
    BoArrayMaker maker = bo_array_maker(TEXTOID, count);

    for (int i = 0; i < count; i++)
        bo_array_append(&maker, bo_text(values[i]));
    return bo_array_made(&maker);
}
