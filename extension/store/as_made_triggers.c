/*
 * as_made_triggers.c
 *   The part of as_made.c on triggers: none may be there but the one that keep_history() makes on booking, whose work
 * the light path does itself.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/lsyscache.h"

static bool as_made_is_history(BoCatalog *tables, const Trigger *trigger)
{
    return trigger->tgenabled != TRIGGER_DISABLED &&
           bo_as_made_function(tables, trigger->tgfoid, "bookonce_keep_history_row");
}

static bool as_made_index_runs_something(Relation index, const void *unused)
{
    return !bo_as_made_index_runs_nothing(index);
}

/*
 * Returns true if no code of the owner's runs when an event is written: there is no trigger, CHECK or default, and no
 * index that may call the owner's functions.
 */
static bool as_made_event_is_bare(Oid oid)
{
    Relation event = table_open(oid, AccessShareLock);
    const TupleConstr *constraints = RelationGetDescr(event)->constr;
    bool is_bare = event->trigdesc == NULL &&
                   (constraints == NULL || (constraints->num_check == 0 && constraints->num_defval == 0)) &&
                   !OidIsValid(bo_as_made_find_index(event, as_made_index_runs_something, NULL));

    table_close(event, AccessShareLock);
    return is_bare;
}

/* Finds the table that events are written to; there is none if no history is kept. */
void bo_as_made_learn_history(BoCatalog *tables, Relation booking)
{
    const TriggerDesc *triggers = CopyTriggerDesc(booking->trigdesc); /* a look into the catalog may free them */

    for (int i = 0; triggers != NULL && i < triggers->numtriggers && !OidIsValid(tables->event); i++)
        if (as_made_is_history(tables, &triggers->triggers[i]))
        {
            tables->event = get_relname_relid("booking_event", tables->schema);
            tables->event_function = triggers->triggers[i].tgfoid;
        }
    tables->event_is_bare = OidIsValid(tables->event) && as_made_event_is_bare(tables->event);
}

/* Returns true if the trigger is as keep_history() makes it. The owner may have made it conditional, for example. */
static bool as_made_history_trigger(BoCatalog *tables, const Trigger *trigger)
{
    return as_made_is_history(tables, trigger) && OidIsValid(tables->event) &&
           trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN && TRIGGER_FOR_ROW(trigger->tgtype) &&
           TRIGGER_FOR_AFTER(trigger->tgtype) && TRIGGER_FOR_UPDATE(trigger->tgtype) &&
           TRIGGER_FOR_DELETE(trigger->tgtype) && trigger->tgqual == NULL && trigger->tgnattr == 0 &&
           !trigger->tgdeferrable;
}

/*
 * Returns true if no trigger on an event, TRIGGER_TYPE_INSERT or _UPDATE, is there, other than that of keep_history(),
 * and if that one writes such an event where history is kept.
 */
bool bo_as_made_is_unseen(BoCatalog *tables, Relation booking, int16 event)
{
    const TriggerDesc *triggers = CopyTriggerDesc(booking->trigdesc); /* a look into the catalog may free them */
    bool is_written = false;

    for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
    {
        if ((triggers->triggers[i].tgtype & event) == 0)
            continue;
        if (!as_made_history_trigger(tables, &triggers->triggers[i]))
            return false;
        is_written = true;
    }
    return is_written || !OidIsValid(tables->event);
}
