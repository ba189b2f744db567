/*
 * event_kind.c
 *   Which kind of event a change of a booking's row is, and whether events of that kind are kept.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/event.h"

#include "access/htup_details.h"
#include "utils/datum.h"

#include "store/catalog.h"

static Datum event_value(TupleDesc type, HeapTuple row, BoBookingColumn column, bool *is_null)
{
    return heap_getattr(row, column + 1, type, is_null);
}

static BoStatus event_status(TupleDesc type, HeapTuple row)
{
    const BoCatalog *tables = bo_catalog();
    bool is_null;
    Oid label = DatumGetObjectId(event_value(type, row, BO_BOOKING_STATUS, &is_null));

    for (BoStatus status = BO_STATUS_HELD; status <= BO_STATUS_EXPIRED; status++)
        if (tables->status[status] == label)
            return status;
    return bo_label_read_status(label); /* one of the owner's: an error */
}

static bool event_is_null(TupleDesc type, HeapTuple row, BoBookingColumn column)
{
    bool is_null;

    (void)event_value(type, row, column, &is_null);
    return is_null;
}

static bool event_differs(TupleDesc type, const BoChange *change, BoBookingColumn column)
{
    Form_pg_attribute attribute = TupleDescAttr(type, column);
    bool was_null, is_null;
    Datum was = event_value(type, change->before, column, &was_null);
    Datum is = event_value(type, change->after, column, &is_null);

    return was_null != is_null || (!is_null && !datum_image_eq(was, is, attribute->attbyval, attribute->attlen));
}

static bool event_is_part(TupleDesc type, HeapTuple row)
{
    bool is_null;
    Datum member = event_value(type, row, BO_BOOKING_MEMBER, &is_null);

    return !is_null && DatumGetInt32(member) < 0;
}

/* Returns true if it was released as of the instant at which it lapsed, and not before. */
static bool event_has_lapsed_by_itself(TupleDesc type, HeapTuple row)
{
    bool is_null;
    Datum released_at = event_value(type, row, BO_BOOKING_RELEASED_AT, &is_null);
    Datum lapses_at = event_value(type, row, BO_BOOKING_LAPSES_AT, &is_null);

    return !is_null && DatumGetTimestampTz(released_at) == DatumGetTimestampTz(lapses_at);
}

/* Returns the first kind that applies: a booking that is made firm, for example, may also have got a unit. */
static BoEventKind event_kind_of_update(TupleDesc type, const BoChange *change)
{
    BoStatus before = event_status(type, change->before), after = event_status(type, change->after);

    if (event_is_null(type, change->before, BO_BOOKING_RELEASED_AT) &&
        !event_is_null(type, change->after, BO_BOOKING_RELEASED_AT))
        return after != BO_STATUS_EXPIRED                        ? BO_EVENT_CANCELLED
               : event_has_lapsed_by_itself(type, change->after) ? BO_EVENT_EXPIRED
                                                                 : BO_EVENT_NO_SHOW;
    if (before == BO_STATUS_HELD && after == BO_STATUS_CONFIRMED)
        return BO_EVENT_CONFIRMED;
    if (event_differs(type, change, BO_BOOKING_RESOURCE_ID) || event_differs(type, change, BO_BOOKING_DURING))
        return BO_EVENT_RESCHEDULED;
    if (event_differs(type, change, BO_BOOKING_LAPSES_AT))
        return event_is_null(type, change->after, BO_BOOKING_LAPSES_AT) ? BO_EVENT_CHECKED_IN : BO_EVENT_EXTENDED;
    if (event_differs(type, change, BO_BOOKING_UNIT))
        return BO_EVENT_MOVED;
    if (before != after || event_differs(type, change, BO_BOOKING_HOLDER) ||
        event_differs(type, change, BO_BOOKING_DETAILS) || event_differs(type, change, BO_BOOKING_GROUP_ID) ||
        event_differs(type, change, BO_BOOKING_RELEASED_AT))
        return BO_EVENT_CHANGED;
    return BO_EVENT_INVALID;
}

/* verb: what the verb has set by bo_event_say(), or BO_EVENT_INVALID. Returns BO_EVENT_INVALID if all is as it was. */
BoEventKind bo_event_kind_of(TupleDesc type, const BoChange *change, BoEventKind verb)
{
    BoEventKind kind;

    if (change->waiter != NULL)
        return change->waiter->kind;
    if (change->before == NULL && change->after == NULL)
        return BO_EVENT_INVALID;
    if (change->before == NULL && event_status(type, change->after) == BO_STATUS_HELD)
        return change->is_offer && !event_is_part(type, change->after) ? BO_EVENT_OFFERED : BO_EVENT_HELD;
    if (change->before == NULL)
        return BO_EVENT_BOOKED;
    if (change->after == NULL)
        return BO_EVENT_DELETED;
    kind = event_kind_of_update(type, change);
    if (verb == BO_EVENT_SWAPPED && (kind == BO_EVENT_RESCHEDULED || kind == BO_EVENT_MOVED ||
                                     event_differs(type, change, BO_BOOKING_GROUP_ID))) /* a part of the other now */
        return BO_EVENT_SWAPPED;
    return kind;
}

/*
 * The trigger's arguments are three for each tenant: its name, ",kind,kind,", and "ring" or nothing. The empty name
 * stands for all tenants that are not named.
 */
static char *const *event_setting(const Trigger *trigger, const text *tenant)
{
    int length = (int)VARSIZE_ANY_EXHDR(tenant);
    char *const *general = NULL;

    for (int i = 0; i + 2 < trigger->tgnargs; i += 3)
    {
        char *const *setting = &trigger->tgargs[i];

        if (setting[0][0] == '\0')
            general = setting;
        else if (strlen(setting[0]) == length && memcmp(setting[0], VARDATA_ANY(tenant), length) == 0)
            return setting;
    }
    return general;
}

bool bo_event_is_kept(const Trigger *trigger, const text *tenant, BoEventKind kind)
{
    char *const *setting = event_setting(trigger, tenant);
    char wanted[NAMEDATALEN + 2];

    if (setting == NULL || strstr(setting[1], ",all,") != NULL)
        return setting != NULL;
    snprintf(wanted, sizeof(wanted), ",%s,", bo_label_event_kind_name(kind));
    return strstr(setting[1], wanted) != NULL;
}

bool bo_event_rings(const Trigger *trigger, const text *tenant)
{
    char *const *setting = event_setting(trigger, tenant);

    return setting != NULL && strcmp(setting[2], "ring") == 0;
}
