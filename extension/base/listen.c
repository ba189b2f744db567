/*
 * listen.c
 *   Hears of changes of tables, for all who remember something about one.
 *
 * PostgreSQL has places for ten listeners in a session, of its own and of all extensions, and ends a session that wants
 * one more (citus takes five). So bookonce takes a single one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/listen.h"

#include "base/error.h"

static RelcacheCallbackFunction listeners[8];
static int count;

static void listen_relation_changed(Datum unused, Oid relation)
{
    for (int i = 0; i < count; i++)
        listeners[i](unused, relation);
}

/* From now on, the listener hears of each change of a table, and with InvalidOid of a change of any. */
void bo_listen_to_relations(RelcacheCallbackFunction listener)
{
    if (count == lengthof(listeners))
        bo_error_impossible("there are more listeners than places for them");
    if (count == 0)
        CacheRegisterRelcacheCallback(listen_relation_changed, (Datum)0);
    listeners[count++] = listener;
}
