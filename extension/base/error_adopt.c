/*
 * error_adopt.c
 *   The wording of errors: what is wrong with a guard on a table that is not ours, and its refusals.
 *
 * As in error.c: lower case without a period, a hint that shows what to do, and never another row's data but its time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "utils/builtins.h"

void bo_error_adopt_mutable(const char *parameter)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("%s must depend on the row alone, not on settings or on what time it is", parameter),
            errhint("A timestamp with time zone plus an interval depends on the zone. Say which: "
                    "'(starts_at AT TIME ZONE ''UTC'' + length) AT TIME ZONE ''UTC'''."));
    pg_unreachable();
}
