/*
 * binding.c
 *   Which tenants the acting role is bound to: the rows of role_grant, until they change.
 *
 * A row names its role, so that a dump carries it along, and so that a role which is dropped and made again is bound as
 * before. A role that is renamed keeps its grants, because PostgreSQL stores these by the role's OID, but its row would
 * no longer be found: it would see all tenants. So a bound role also has USAGE on the type bound_role, which it keeps
 * like its other grants. A role with that grant and without a row has been renamed, and is refused.
 *
 * A role has the rights of the roles that it inherits from, so it is bound by their rows too. A superuser has
 * everybody's rights, and the tables' owner can read the tables: these are bound only by a row of their own name.
 *
 * Which invalidation reports which change:
 *
 *   rows of role_grant                                relcache, of role_grant, by the trigger heed_role_grant
 *   role_grant, booking: made, dropped, owner         relcache, of the table
 *   the views' security_barrier                       relcache, of the view
 *   roles: made, dropped, renamed, superuser          AUTHOID
 *   who is a member of whom                           AUTHMEMROLEMEM, DATABASEOID (pg_database_owner)
 *   USAGE on bound_role; the schema's name            TYPEOID; NAMESPACEOID
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/binding.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/error.h"
#include "base/error_wall.h"
#include "base/listen.h"
#include "base/round.h"

/* The views that show rows of tenants, as sql/tables.sql makes them. */
static const char *const views[] = {"live_booking", "request_status",  "offer_status",      "open_offer",
                                    "appointment",  "followed_tables", "followed_overlaps", "event_lag"};

/* What the bindings rest upon. */
typedef struct BindingSources
{
    Oid schema;
    Oid role_grant; /* InvalidOid: setup() has not been run since the version that introduced it, and nobody is bound */
    Oid booking;
    Oid owner; /* of booking */
    Oid mark;  /* the type bound_role */
    uint32 mark_hash;
    Oid views[lengthof(views)];
    bool views_keep;
} BindingSources;

static BindingSources sources;
static HTAB *bindings; /* by role; NULL: nothing is known */
static MemoryContext binding_context;
static const BoBinding *latest; /* the last one that was asked for, if it is still known */
static uint64 changes;          /* counts the changes that were reported and that the bindings may rest upon */

static void binding_changed(void)
{
    changes++;
    latest = NULL;
}

static void binding_relation_changed(Datum unused, Oid relation)
{
    bool concerns_us = !OidIsValid(relation) || !OidIsValid(sources.role_grant) || relation == sources.role_grant ||
                       relation == sources.booking;

    for (int i = 0; i < lengthof(views) && !concerns_us; i++)
        concerns_us = relation == sources.views[i];
    if (concerns_us)
        binding_changed();
}

/* Temporary tables make types, too, so only the type of the mark counts. */
static void binding_type_changed(Datum unused, int cache, uint32 hash)
{
    if (hash == 0 || hash == sources.mark_hash || !OidIsValid(sources.mark))
        binding_changed();
}

static void binding_object_changed(Datum unused, int cache, uint32 hash)
{
    binding_changed();
}

static void binding_listen(void)
{
    static bool listens = false;

    if (listens)
        return;
    bo_listen_to_relations(binding_relation_changed);
    CacheRegisterSyscacheCallback(TYPEOID, binding_type_changed, (Datum)0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, binding_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHOID, binding_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, binding_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(DATABASEOID, binding_object_changed, (Datum)0);
    listens = true;
}

/*
 * Returns true if the view is a security barrier. Its options are read from the catalog's row, because opening a view
 * would parse its whole query.
 */
static bool binding_is_barrier(Oid view)
{
    HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(view));
    bool is_null = true, is = true; /* nothing can be read through a view that is not there */

    if (!HeapTupleIsValid(row))
        return is;
    if (((Form_pg_class)GETSTRUCT(row))->relkind == RELKIND_VIEW)
    {
        Datum options = SysCacheGetAttr(RELOID, row, Anum_pg_class_reloptions, &is_null);
        const ViewOptions *read = is_null ? NULL : (ViewOptions *)view_reloptions(options, false);

        is = read != NULL && read->security_barrier;
    }
    ReleaseSysCache(row);
    return is;
}

static void binding_find_sources(BindingSources *found)
{
    HeapTuple row;

    memset(found, 0, sizeof(*found));
    found->schema = get_namespace_oid("bookonce", true);
    if (!OidIsValid(found->schema))
        return;
    found->role_grant = get_relname_relid("role_grant", found->schema);
    found->booking = get_relname_relid("booking", found->schema);
    row = SearchSysCache1(RELOID, ObjectIdGetDatum(found->booking));
    if (HeapTupleIsValid(row))
    {
        found->owner = ((Form_pg_class)GETSTRUCT(row))->relowner;
        ReleaseSysCache(row);
    }
    found->mark =
        GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("bound_role"), ObjectIdGetDatum(found->schema));
    found->mark_hash = GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(found->mark));
    found->views_keep = true;
    for (int i = 0; i < lengthof(views); i++)
    {
        found->views[i] = get_relname_relid(views[i], found->schema);
        found->views_keep = binding_is_barrier(found->views[i]) && found->views_keep;
    }
}

/* A column of the row, or 0 if it is NULL. Checked, because the table's owner may have changed it. */
static Datum binding_column(Relation table, HeapTuple row, const char *name, Oid type)
{
    AttrNumber column = get_attnum(RelationGetRelid(table), name);
    bool is_null;
    Datum value;

    if (column <= 0)
        bo_error_lacks_column(name);
    if (TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid != type)
        bo_error_column_type(name, format_type_be(TupleDescAttr(RelationGetDescr(table), column - 1)->atttypid),
                             format_type_be(type));
    value = heap_getattr(row, column, RelationGetDescr(table), &is_null);
    return is_null ? (Datum)0 : value;
}

static void binding_add(BoBinding *binding, Relation table, HeapTuple row)
{
    MemoryContext caller = MemoryContextSwitchTo(binding_context);
    Datum tenant = binding_column(table, row, "tenant", TEXTOID);
    Datum setting = binding_column(table, row, "tenant_setting", TEXTOID);

    binding->is_bound = true;
    if (tenant != (Datum)0)
        binding->tenants = lappend(binding->tenants, PG_DETOAST_DATUM_COPY(tenant));
    if (setting != (Datum)0)
        binding->settings = lappend(binding->settings, TextDatumGetCString(setting));
    MemoryContextSwitchTo(caller);
}

static bool binding_has_all_rights(Oid role)
{
    return superuser_arg(role) || (OidIsValid(sources.owner) && has_privs_of_role(role, sources.owner));
}

/*
 * Returns the names that have a row. What has just been committed counts, even in a transaction that began before, so
 * the rows are read as PostgreSQL reads its catalogs; a parallel query may take no other snapshot.
 */
static List *binding_read_rows(BoBinding *binding)
{
    Relation table = table_open(sources.role_grant, AccessShareLock);
    bool has_all_rights = binding_has_all_rights(binding->role);
    List *names = NIL;
    SysScanDesc scan;
    HeapTuple row;

    scan = systable_beginscan(table, InvalidOid, false, NULL, 0, NULL);
    while (HeapTupleIsValid(row = systable_getnext(scan)))
    {
        Name name = DatumGetName(binding_column(table, row, "role", NAMEOID));
        Oid role = name == NULL ? InvalidOid : get_role_oid(NameStr(*name), true);

        if (!OidIsValid(role))
            continue;
        names = lappend_oid(names, role);
        if (has_all_rights ? role == binding->role : has_privs_of_role(binding->role, role))
            binding_add(binding, table, row);
    }
    systable_endscan(scan);
    table_close(table, AccessShareLock);
    return names;
}

/* Returns true if the role has the rights of a role that is marked as bound but has no row under its name. */
static bool binding_is_lost(Oid role, const List *named)
{
    HeapTuple row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(sources.mark));
    Oid owner;
    bool is_null, is_lost = false;
    Datum rights;

    if (!HeapTupleIsValid(row))
        return false;
    owner = ((Form_pg_type)GETSTRUCT(row))->typowner;
    rights = SysCacheGetAttr(TYPEOID, row, Anum_pg_type_typacl, &is_null);
    if (!is_null)
    {
        Acl *acl = DatumGetAclPCopy(rights);

        for (int i = 0; i < ACL_NUM(acl) && !is_lost; i++)
        {
            Oid marked = ACL_DAT(acl)[i].ai_grantee;

            is_lost = marked != ACL_ID_PUBLIC && marked != owner && !list_member_oid(named, marked) &&
                      has_privs_of_role(role, marked);
        }
    }
    ReleaseSysCache(row);
    return is_lost;
}

/* Forgets all bindings when anything has changed. That is rare, and they are learnt again role by role. */
static void binding_begin(void)
{
    HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(BoBinding)};

    bindings = NULL;
    latest = NULL;
    if (binding_context == NULL)
        binding_context = AllocSetContextCreate(CacheMemoryContext, "bookonce bindings", ALLOCSET_SMALL_SIZES);
    MemoryContextReset(binding_context);
    control.hcxt = binding_context;
    binding_find_sources(&sources);
    bindings = hash_create("bookonce bindings", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static const BoBinding *binding_learn(Oid role)
{
    BoBinding learned = {.role = role};
    BoBinding *kept;

    if (OidIsValid(sources.role_grant))
    {
        List *named = binding_read_rows(&learned);

        learned.is_lost = !binding_has_all_rights(role) && binding_is_lost(role, named);
        learned.is_bound = learned.is_bound || learned.is_lost;
        list_free(named);
    }
    kept = hash_search(bindings, &role, HASH_ENTER, NULL);
    *kept = learned;
    return kept;
}

/* The binding of current_user. It may be forgotten at the next call into PostgreSQL, so a caller reads it at once. */
const BoBinding *bo_binding(void)
{
    static uint64 known_of; /* the changes up to which the bindings are known */
    Oid role = GetUserId();

    /* Otherwise this transaction would notice a grant that was committed since it began only at its next table lock. */
    AcceptInvalidationMessages();
    if (latest != NULL && latest->role == role)
        return latest;
    binding_listen();
    for (int round = 0; latest == NULL || latest->role != role; bo_round_next(&round))
    {
        uint64 heard = changes;
        const BoBinding *found = NULL;

        if (bindings == NULL || known_of != heard || hash_get_num_entries(bindings) >= BO_MAX_BINDINGS)
            binding_begin();
        known_of = heard;
        found = hash_search(bindings, &role, HASH_FIND, NULL);
        if (found == NULL)
            found = binding_learn(role);
        if (heard == changes)
            latest = found;
    }
    return latest;
}

/* Returns true if the views never evaluate a caller's function on rows that they do not show to that caller. */
bool bo_binding_views_keep(void)
{
    (void)bo_binding();
    return sources.views_keep;
}
