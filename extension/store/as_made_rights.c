/*
 * as_made_rights.c
 *   Decides whether the owner, as whom the verbs act, still has the rights that their statements need.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

static bool as_made_may_call(BoCatalog *tables, const char *name, int count, const Oid *types)
{
    Oid function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
                                   PointerGetDatum(buildoidvector(types, count)), ObjectIdGetDatum(tables->schema));

    if (!OidIsValid(function))
        return false;
    bo_as_made_watch(tables, PROCOID, function);
    if (!bo_as_made_runs_plainly(function))
        return false;
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(ProcedureRelationId, function, tables->owner, ACL_EXECUTE) == ACLCHECK_OK;
#else
    return pg_proc_aclcheck(function, tables->owner, ACL_EXECUTE) == ACLCHECK_OK;
#endif
}

static bool as_made_may_use(Oid schema, Oid owner)
{
#if PG_VERSION_NUM >= 160000
    return object_aclcheck(NamespaceRelationId, schema, owner, ACL_USAGE) == ACLCHECK_OK;
#else
    return pg_namespace_aclcheck(schema, owner, ACL_USAGE) == ACLCHECK_OK;
#endif
}

bool bo_as_made_may(Oid table, Oid owner, AclMode what)
{
    return pg_class_aclmask(table, owner, what, ACLMASK_ALL) == what;
}

/* The owner, as whom the verbs act, could revoke these rights from himself; the statements need them. */
bool bo_as_made_rights(BoCatalog *tables, Oid slot_key_type)
{
    const Oid of_slot_key[] = {INT8OID, INT4OID, TSTZRANGEOID}, of_is_live[] = {TIMESTAMPTZOID};
    const Oid of_overlaps[] = {slot_key_type, slot_key_type};
    const Oid of_is_sound[] = {TSTZRANGEOID,        TSTZRANGEOID,   INT4OID,       INT4OID,
                               tables->status_type, TIMESTAMPTZOID, TIMESTAMPTZOID};

    return as_made_may_use(tables->schema, tables->owner) &&
           bo_as_made_may(tables->booking, tables->owner, ACL_INSERT | ACL_SELECT) &&
           bo_as_made_may(tables->resource, tables->owner, ACL_SELECT) &&
           bo_as_made_may(tables->opening_hours, tables->owner, ACL_SELECT) &&
           as_made_may_call(tables, "slot_key", lengthof(of_slot_key), of_slot_key) &&
           as_made_may_call(tables, "is_live", lengthof(of_is_live), of_is_live) &&
           as_made_may_call(tables, "is_sound", lengthof(of_is_sound), of_is_sound) &&
           as_made_may_call(tables, "slot_key_overlaps", lengthof(of_overlaps), of_overlaps) &&
           as_made_may_call(tables, "slot_key_overlaps_any_unit", lengthof(of_overlaps), of_overlaps);
}
