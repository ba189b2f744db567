/*
 * guard.c
 *   The constraint that makes double booking impossible: without it nothing is booked.
 *
 * A verb that takes time calls bo_guard_require() before anything else, once bo_store_open() has locked the table.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/guard.h"

#include "storage/lmgr.h"
#include "utils/lsyscache.h"

#include "base/error.h"
#include "store/catalog.h"

static const BoCatalog *guard_look(void)
{
    const BoCatalog *tables = bo_catalog();

    /* Otherwise the guard could be dropped between this look and the insert. */
    Assert(CheckRelationOidLockedByMe(tables->booking, RowExclusiveLock, true));
    if (tables->guard == BO_GUARD_EVADED)
    {
        bo_catalog_forget();
        tables = bo_catalog();
    }
    return tables;
}

bool bo_guard_stands(void)
{
    return guard_look()->guard == BO_GUARD_STANDS;
}

/*
 * Raises OB007 unless the guard stands. It then stands until the transaction ends, because dropping it takes an
 * exclusive lock on the table.
 */
void bo_guard_require(void)
{
    const BoCatalog *tables = guard_look();

    if (tables->guard != BO_GUARD_STANDS)
        bo_error_guard_missing(tables->guard, tables->guard == BO_GUARD_MISSING ? "booking_no_overlap"
                                                                                : get_rel_name(tables->no_overlap));
}

static bool guard_is_of(const ErrorData *error, Oid index)
{
    const char *name = OidIsValid(index) ? get_rel_name(index) : NULL;

    return name != NULL && error->table_name != NULL && strcmp(error->table_name, "booking") == 0 &&
           error->constraint_name != NULL && strcmp(error->constraint_name, name) == 0;
}

/* Returns true for the guard's own refusal, the only one that means "taken"; not for that of an owner's constraint. */
bool bo_guard_refused(const ErrorData *error)
{
    return error->sqlerrcode == ERRCODE_EXCLUSION_VIOLATION && guard_is_of(error, bo_catalog()->no_overlap);
}

/* Returns true if the error means that another booking has the slot or the key. */
bool bo_guard_met_another(const ErrorData *error)
{
    return bo_guard_refused(error) ||
           (error->sqlerrcode == ERRCODE_UNIQUE_VIOLATION && guard_is_of(error, bo_catalog()->key));
}
