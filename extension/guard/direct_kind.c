/*
 * direct_kind.c
 *   Reads the rules of a kind of booking without SQL.
 *
 * verbs/kind.c reads the same row by a statement where this declines. That statement, and the settings under which it
 * must run (store/owner.c), cost a third of the booking. The caller has locked the table, and then the kind, so the row
 * stays as it is until the end of the transaction.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"

#include "base/rules.h"
#include "store/owner.h"

/* Reads the rules from the row, into a memory context of the caller's. */
static const BoBookingKind *direct_kind_rules(const BoCatalog *tables, TupleTableSlot *row, const text *kind,
                                              MemoryContext context)
{
    NullableDatum says[BO_KIND_RULE_COUNT];
    MemoryContext caller = MemoryContextSwitchTo(context);
    const BoBookingKind *it;

    for (int i = 0; i < BO_KIND_RULE_COUNT; i++)
        says[i].value = slot_getattr(row, tables->kind_rules[i], &says[i].isnull);
    it = bo_rules_read_kind(says, kind);
    MemoryContextSwitchTo(caller);
    return it;
}

/*
 * Returns false if only SQL can read the kind, as with an old snapshot, where only SQL reads what was committed since.
 * Sets *it to the rules, in that context, or to NULL if there is no such kind.
 */
bool bo_direct_read_kind(const text *tenant, const text *kind, MemoryContext context, const BoBookingKind **it)
{
    const BoCatalog *tables;
    Relation kinds, index;
    IndexScanDesc scan;
    TupleTableSlot *row;

    if (!bo_direct_is_on || IsolationUsesXactSnapshot() || bo_owner_others_check_permissions())
        return false;
    tables = bo_catalog_with_kinds();
    if (!tables->inserts_as_made || !OidIsValid(tables->kind_name))
        return false;
    bo_direct_begin_statement();
    kinds = table_open(tables->kind, NoLock);
    index = index_open(tables->kind_name, AccessShareLock);
    row = table_slot_create(kinds, NULL);
    scan = bo_direct_begin_text_scan(kinds, index, tenant, kind);
    *it = index_getnext_slot(scan, ForwardScanDirection, row) ? direct_kind_rules(tables, row, kind, context) : NULL;
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    index_close(index, NoLock);
    table_close(kinds, NoLock);
    bo_direct_end_statement();
    return true;
}
