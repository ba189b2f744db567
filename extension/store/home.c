/*
 * home.c
 *   On a cluster of citus, a tenant's calls run on its home alone: the node that has all of its rows.
 *
 * distribute() makes the table tenant_home, which citus distributes by tenant; where it is not, all of this costs two
 * looks into caches of the catalog. A call that citus did not send on, or a tenant whose shard has moved, would
 * otherwise be decided on a node that does not know the tenant's bookings. The row is written once, by the first call
 * that may write. It never changes, because its CHECK keeps its shard from moving; so a session can remember it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/home.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "funcapi.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/error_wall.h"
#include "base/limits.h"
#include "base/wall.h"
#include "store/store_home.h"

PG_FUNCTION_INFO_V1(bookonce_tenant_support);

typedef char HomeTenant[BO_MAX_TEXT_BYTES + 1];

static HTAB *at_home;  /* the tenants whose home is this node, by committed rows */
static Oid at_home_by; /* the tenant_home that said so */

static Oid home_table(void)
{
    Oid schema = get_namespace_oid("bookonce", true);

    return OidIsValid(schema) ? get_relname_relid("tenant_home", schema) : InvalidOid;
}

static void home_name(const text *tenant, HomeTenant name)
{
    Assert(VARSIZE_ANY_EXHDR(tenant) <= BO_MAX_TEXT_BYTES);
    memset(name, 0, sizeof(HomeTenant));
    text_to_cstring_buffer(tenant, name, sizeof(HomeTenant));
}

static bool home_is_known(Oid table, const text *tenant)
{
    HomeTenant name;

    if (at_home == NULL || at_home_by != table)
        return false;
    home_name(tenant, name);
    return hash_search(at_home, name, HASH_FIND, NULL) != NULL;
}

static void home_remember(Oid table, const text *tenant)
{
    HomeTenant name;

    if (at_home != NULL && (at_home_by != table || hash_get_num_entries(at_home) >= BO_MAX_BINDINGS))
    {
        hash_destroy(at_home);
        at_home = NULL;
    }
    if (at_home == NULL)
    {
        HASHCTL control = {.keysize = sizeof(HomeTenant), .entrysize = sizeof(HomeTenant), .hcxt = TopMemoryContext};

        at_home = hash_create("bookonce tenants at home", 16, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
        at_home_by = table;
    }
    home_name(tenant, name);
    (void)hash_search(at_home, name, HASH_ENTER, NULL);
}

static int32 home_this_node(BoStore *store)
{
    bo_store_run(store, &bo_sql_find_this_node);
    return bo_row_int4(bo_store_row(0), BO_FIND_THIS_NODE_NODE);
}

/*
 * Raises 0A000 if this node is not the tenant's home. A tenant without a home has no rows anywhere: reading finds none,
 * and the first call that may write makes this node its home, or raises an error if the row belongs to another node.
 */
void bo_home_require(const text *tenant, bool may_write)
{
    Oid table = home_table();
    BoStore store;
    int32 here, home;
    bool found, is_committed;

    if (!OidIsValid(table) || home_is_known(table, tenant))
        return;
    /* What this transaction has written may be taken back, so it is not remembered. */
    is_committed = !TransactionIdIsValid(GetTopTransactionIdIfAny());
    if (may_write)
        bo_store_open_for(&store, BO_TABLES_HOME);
    else
        bo_store_open_to_read(&store);
    here = home = home_this_node(&store);
    found = bo_store_run(&store, &bo_sql_find_home, bo_text(tenant)) > 0;
    if (found)
        home = bo_row_int4(bo_store_row(0), BO_FIND_HOME_NODE);
    else if (may_write)
        bo_store_run(&store, &bo_sql_put_home, bo_text(tenant), bo_int4(here));
    bo_store_close(&store);
    if (home != here)
        bo_error_not_at_home(tenant, home, here);
    if (found && is_committed)
        home_remember(table, tenant);
}

static void home_of_call(const text *tenant, Oid verb)
{
    if (OidIsValid(home_table()))
        bo_home_require(tenant, func_volatile(verb) == PROVOLATILE_VOLATILE);
}

/* From now on, each verb asks when it reads its tenant. */
void bo_home_install_wall(void)
{
    bo_wall_home = home_of_call;
}

static bool home_lacks_tenant(const FuncExpr *call)
{
    HeapTuple verb = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->funcid));
    Oid *types;
    char **names = NULL;
    char *modes;
    bool lacks = false;

    if (!HeapTupleIsValid(verb))
        return false;
    (void)get_func_arg_info(verb, &types, &names, &modes);
    for (int i = 0; names != NULL && i < list_length(call->args); i++)
    {
        const Node *said = list_nth(call->args, i);

        lacks = lacks || (strcmp(names[i], "tenant") == 0 && IsA(said, Const) && ((const Const *)said)->constisnull);
    }
    ReleaseSysCache(verb);
    return lacks;
}

/*
 * tenant_support(request): after distribute(), the planner asks here before citus does. Citus 13 takes a NULL tenant
 * for a value, and its coordinator crashes.
 */
Datum bookonce_tenant_support(PG_FUNCTION_ARGS)
{
    Node *asked = (Node *)PG_GETARG_POINTER(0);

    if (IsA(asked, SupportRequestSimplify) && home_lacks_tenant(((SupportRequestSimplify *)asked)->fcall))
        bo_error_null_argument("tenant", "'acme'");
    PG_RETURN_POINTER(NULL);
}
