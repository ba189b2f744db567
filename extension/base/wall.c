/*
 * wall.c
 *   No tenant but the acting role's own, in verbs and in views.
 *
 * Every verb reads its tenant by bo_arguments_tenant(), which checks it here, so no verb can forget to. A view calls
 * sees_tenant() for each row. As soon as any role is bound, the views are security barriers: otherwise a cheap function
 * of the caller's would be called with rows that sees_tenant() would leave out. They also call has_tenant() before any
 * row is read, so that a role without a tenant gets the same error whether there are rows or not (sql/walls.sql).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/wall.h"

#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"

#include "base/arguments.h"
#include "base/binding.h"
#include "base/error.h"
#include "base/error_wall.h"

PG_FUNCTION_INFO_V1(bookonce_has_tenant);
PG_FUNCTION_INFO_V1(bookonce_sees_tenant);
PG_FUNCTION_INFO_V1(bookonce_sees_tenant_support);
PG_FUNCTION_INFO_V1(bookonce_heed_role_grant);

void (*bo_wall_home)(const text *tenant, Oid verb);

static List *wall_add(List *own, text *tenant)
{
    ListCell *cell;

    foreach (cell, own)
        if (bo_arguments_same_text(lfirst(cell), tenant))
            return own;
    return lappend(own, tenant);
}

/* The tenants of a bound role, copied: there is at least one, or an error is raised. */
static List *wall_own(const BoBinding *binding)
{
    List *own = NIL;
    ListCell *cell;
    char *unset = NULL;

    if (binding->is_lost)
        bo_error_binding_lost(GetUserNameFromId(binding->role, false));
    foreach (cell, binding->tenants)
        own = wall_add(own, (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(lfirst(cell))));
    foreach (cell, binding->settings)
    {
        const char *setting = lfirst(cell);
        const char *value = GetConfigOption(setting, true, false);

        if (value == NULL || value[0] == '\0')
            unset = pstrdup(setting);
        else
            own = wall_add(own, bo_arguments_checked_text(PointerGetDatum(cstring_to_text(value)), false,
                                                          psprintf("setting %s", setting), "'acme'"));
    }
    if (own == NIL)
        bo_error_no_tenant(GetUserNameFromId(binding->role, false), unset);
    if (!bo_binding_views_keep())
        bo_error_views_leak();
    return own;
}

/*
 * Returns the tenant of a call: the one that was named, or a bound role's own if 'default', which is the parameter's
 * default, was passed.
 */
text *bo_wall_tenant(text *said)
{
    const BoBinding *binding = bo_binding();
    List *own;
    ListCell *cell;

    if (!binding->is_bound)
        return said;
    own = wall_own(binding);
    foreach (cell, own)
        if (bo_arguments_same_text(lfirst(cell), said))
            return said;
    if (!bo_arguments_same_text(said, cstring_to_text("default")))
        bo_error_other_tenant(said, linitial(own));
    if (list_length(own) > 1)
        bo_error_many_tenants(linitial(own));
    return linitial(own);
}

/* has_tenant(): true, or 42501. */
Datum bookonce_has_tenant(PG_FUNCTION_ARGS)
{
    const BoBinding *binding = bo_binding();

    if (binding->is_bound)
        list_free(wall_own(binding));
    PG_RETURN_BOOL(true);
}

/* sees_tenant(tenant) */
Datum bookonce_sees_tenant(PG_FUNCTION_ARGS)
{
    const BoBinding *binding = bo_binding();
    ListCell *cell;
    text *tenant;
    bool sees = false;

    if (!binding->is_bound)
        PG_RETURN_BOOL(true);
    tenant = PG_GETARG_TEXT_PP(0);
    foreach (cell, binding->is_lost ? NIL : binding->tenants)
        sees = sees || bo_arguments_same_text(lfirst(cell), tenant);
    foreach (cell, binding->is_lost ? NIL : binding->settings)
    {
        const char *value = GetConfigOption(lfirst(cell), true, false);

        sees = sees || (value != NULL && strlen(value) == VARSIZE_ANY_EXHDR(tenant) &&
                        memcmp(value, VARDATA_ANY(tenant), VARSIZE_ANY_EXHDR(tenant)) == 0);
    }
    PG_RETURN_BOOL(sees);
}

/* sees_tenant_support(request): tells the planner to expect that all rows are seen. */
Datum bookonce_sees_tenant_support(PG_FUNCTION_ARGS)
{
    Node *asked = (Node *)PG_GETARG_POINTER(0);

    if (!IsA(asked, SupportRequestSelectivity))
        PG_RETURN_POINTER(NULL);
    ((SupportRequestSelectivity *)asked)->selectivity = 1.0;
    PG_RETURN_POINTER(asked);
}

/* heed_role_grant(): the trigger of role_grant, for each row and for TRUNCATE. All sessions forget what they know. */
Datum bookonce_heed_role_grant(PG_FUNCTION_ARGS)
{
    if (!CALLED_AS_TRIGGER(fcinfo))
        bo_error_not_our_trigger();
    CacheInvalidateRelcache(((TriggerData *)fcinfo->context)->tg_relation);
    PG_RETURN_POINTER(NULL);
}
