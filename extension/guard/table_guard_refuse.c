/*
 * table_guard_refuse.c
 *   Refuses a row of a guarded table: with the fields of an exclusion constraint's error, so that libraries recognize
 *   it. base/error_adopt.c has the wording.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "base/error.h"
#include "base/value.h"
#include "guard/adopted_key.h"
#include "guard/table_guard_index.h"

/* The time as the table's own columns show it: without time zone if they have none. */
static const char *refuse_show_time(Relation index, const BoSlotKey *key)
{
    Oid type = bo_table_guard_is_wall_clock(index) ? TSRANGEOID : TSTZRANGEOID;
    RangeBound lower = bo_adopted_bound(key->start, true);
    RangeBound upper = bo_adopted_bound(key->end, false);

    return OidOutputFunctionCall(
        F_RANGE_OUT, RangeTypePGetDatum(bo_value_range(lookup_type_cache(type, TYPECACHE_RANGE_INFO), &lower, &upper)));
}

/*
 * Returns true if the caller may see the time of another row, by the rules by which PostgreSQL shows a conflicting key.
 */
static bool refuse_may_show(Relation table)
{
    return pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
           check_enable_rls(RelationGetRelid(table), InvalidOid, true) != RLS_ENABLED;
}

/* Raises the error. key is the new row's; guard->met is the row in its way. */
void bo_table_guard_refuse(BoTableGuard *guard, Relation table, const BoSlotKey *key)
{
    Relation index = index_open(guard->index, RowExclusiveLock);
    BoSlotKey in_the_way = *key;

    if (refuse_may_show(table))
        (void)bo_table_guard_key(guard, guard->met, &in_the_way);
    bo_error_guard_refused(table, RelationGetRelationName(index), refuse_show_time(index, &in_the_way));
}
