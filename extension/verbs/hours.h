/*
 * hours.h
 *   The hours of one day, as an argument and as rows.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_HOURS_H
#define BOOKONCE_HOURS_H

#include "store/store.h"

#include "utils/date.h"

typedef struct BoHours
{
    ArrayType *opens; /* NULL: none, and those that were set are removed */
    ArrayType *closes;
    int count;
} BoHours;

extern ArrayType *bo_hours_list(FunctionCallInfo fcinfo, int n, const char *name, const char *must,
                                const char *example);
extern BoHours bo_hours_of_day_arguments(FunctionCallInfo fcinfo, int n);
extern DateADT bo_hours_day_argument(FunctionCallInfo fcinfo, int n);
extern void bo_hours_replace(BoStore *store, text *tenant, int64 id, int32 weekday, DateADT day, const BoHours *hours);

#endif
