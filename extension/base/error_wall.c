/*
 * error_wall.c
 *   The wording of errors: tenants that a role may not name.
 *
 * As in error.c. The wording is the same whether the tenant exists or not, and shows nothing about it but its name as
 * the caller gave it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error_wall.h"

#include "utils/builtins.h"

void bo_error_other_tenant(const text *said, const text *own)
{
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
            errmsg("permission denied for tenant \"%s\"", text_to_cstring(said)),
            errdetail("This role is bound to its own tenant."),
            errhint("Leave tenant out, or pass %s.", quote_literal_cstr(text_to_cstring(own))));
    pg_unreachable();
}

void bo_error_many_tenants(const text *own)
{
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for tenant \"default\""),
            errdetail("This role is bound to more than one tenant."),
            errhint("Say which, for example tenant => %s.", quote_literal_cstr(text_to_cstring(own))));
    pg_unreachable();
}

/* setting: one that has no value, or NULL where the role's row names no tenant and no setting. */
void bo_error_no_tenant(const char *role, const char *setting)
{
    if (setting == NULL)
        ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("role \"%s\" has no tenant", role),
                errdetail("Its row in bookonce.role_grant names none."),
                errhint("Have the owner of the tables bind it: SELECT bookonce.grant_usage(%s, tenant => 'acme').",
                        quote_literal_cstr(role)));
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("role \"%s\" has no tenant", role),
            errdetail("It is bound to the setting %s, which has no value.", setting),
            errhint("Set it, for example SET LOCAL %s = 'acme'.", setting));
    pg_unreachable();
}

void bo_error_binding_lost(const char *role)
{
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
            errmsg("role \"%s\" is bound to a tenant, but not under this name", role),
            errdetail("It, or a role whose rights it has, was renamed, or its row in bookonce.role_grant was deleted."),
            errhint("Have the owner of the tables bind it again: SELECT bookonce.grant_usage(%s, tenant => 'acme').",
                    quote_literal_cstr(role)));
    pg_unreachable();
}

void bo_error_views_leak(void)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("the views of bookonce do not keep tenants apart"),
            errdetail("A view is not a security barrier, though a role is bound to a tenant."),
            errhint("Have the owner of the tables run SELECT bookonce.setup()."));
    pg_unreachable();
}

void bo_error_not_at_home(const text *tenant, int32 home, int32 here)
{
    ereport(
        ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
        errmsg("the call of tenant \"%s\" is not on its home", text_to_cstring(tenant)),
        errdetail("The home is node %d, this is node %d.", home, here),
        errhint("Call a verb as the only one in its statement, with constants and the tenant by name, so that citus "
                "can send it on: SELECT outcome FROM bookonce.cancel_booking($1, tenant => $2)."));
    pg_unreachable();
}

void bo_error_forced_row_security(const char *table)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("row security is forced on bookonce.%s", table),
            errdetail("Verbs act as the owner of the tables and must see every row, so they could not keep to its "
                      "policies."),
            errhint("Take it back: ALTER TABLE bookonce.%s NO FORCE ROW LEVEL SECURITY; grant_usage() binds roles to "
                    "tenants.",
                    table));
    pg_unreachable();
}
