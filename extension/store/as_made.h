/*
 * as_made.h
 *   Decides whether everything is as setup() made it. catalog.c asks when it learns what the tables are.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_AS_MADE_H
#define BOOKONCE_AS_MADE_H

#include "bookonce.h"

#include "nodes/nodes.h"
#include "utils/rel.h"

#include "store/catalog.h"

extern void bo_as_made_watch(BoCatalog *tables, int cache, Oid object);
extern bool bo_as_made_function(BoCatalog *tables, Oid function, const char *symbol);
extern bool bo_as_made_runs_plainly(Oid function);
extern bool bo_as_made_call(BoCatalog *tables, const Node *node, const char *symbol, const AttrNumber *columns,
                            int count);
extern bool bo_as_made_may(Oid table, Oid owner, AclMode what);
extern bool bo_as_made_rights(BoCatalog *tables, Oid slot_key_type);
extern void bo_as_made_learn_history(BoCatalog *tables, Relation booking);
extern bool bo_as_made_is_unseen(BoCatalog *tables, Relation booking, int16 event);
extern bool bo_as_made_ordinary(const BoCatalog *tables, Relation table);
extern Node *bo_as_made_expression(Relation table, const char *text, Oid type);
extern bool bo_as_made_tables(BoCatalog *tables, Relation booking, Relation resource);
extern bool bo_as_made_updates(BoCatalog *tables, Relation booking);

extern void bo_as_made_learn_rules(BoCatalog *tables, Relation resource, Node *plain);
extern void bo_as_made_learn_hours(BoCatalog *tables, Relation hours);
extern void bo_as_made_learn_kinds(BoCatalog *tables);
extern void bo_as_made_learn_closures(BoCatalog *tables);
extern void bo_as_made_find_kinds(BoCatalog *tables, Relation kinds);
extern void bo_as_made_find_closures(BoCatalog *tables, Relation closures);
extern bool bo_as_made_index_is_whole(Relation index);
extern void bo_as_made_learn_dispatch(BoCatalog *tables);
extern void bo_as_made_learn_guard(BoCatalog *tables, Relation booking);
extern Oid bo_as_made_find_index(Relation table, bool (*is_it)(Relation index, const void *what), const void *what);
extern bool bo_as_made_index_is_unique_on(Relation index, AttrNumber first, AttrNumber second);
extern bool bo_as_made_index_runs_nothing(Relation index);
extern bool bo_as_made_indexes(BoCatalog *tables, Relation booking, Relation resource);

#endif
