/*
 * label.c
 *   Labels of SQL's enums, looked up by name in the present type, so that an ALTER TYPE by an upgrade cannot mislead a
 *   running backend.
 *
 * A label that was looked up is kept until PostgreSQL reports that some enum changed. A label that was dropped or
 * renamed, or does not exist yet, is an error of the call that needs it, and of no other.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/label.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "base/error.h"

static const char *const outcome_labels[BO_OUTCOME_COUNT] = {
    [BO_BOOKED] = "booked",
    [BO_TAKEN] = "taken",
    [BO_CLOSED] = "closed",
    [BO_TOO_SOON] = "too_soon",
    [BO_TOO_FAR] = "too_far",
    [BO_TOO_LONG] = "too_long",
    [BO_LIMIT_REACHED] = "limit_reached",
    [BO_TOO_LATE] = "too_late",
    [BO_ABORTED] = "aborted",
    [BO_CONFIRMED] = "confirmed",
    [BO_EXTENDED] = "extended",
    [BO_CANCELLED] = "cancelled",
    [BO_RESCHEDULED] = "rescheduled",
    [BO_SWAPPED] = "swapped",
    [BO_HOLD_EXPIRED] = "hold_expired",
    [BO_NOT_LIVE] = "not_live",
    [BO_CLAIMED] = "claimed",
    [BO_CLAIMED_BY_OTHER] = "claimed_by_other",
    [BO_RELEASED] = "released",
    [BO_APPLIED] = "applied",
    [BO_OUT_OF_BOUNDS] = "out_of_bounds",
    [BO_OPENED] = "opened",
    [BO_OFFERED] = "offered",
    [BO_ACCEPTED] = "accepted",
    [BO_DECLINED] = "declined",
    [BO_WITHDRAWN] = "withdrawn",
    [BO_REASSIGNED] = "reassigned",
    [BO_FILLED] = "filled",
    [BO_PROVIDER_BUSY] = "provider_busy",
    [BO_OFFER_ACCEPTED] = "offer_accepted",
    [BO_OFFER_DECLINED] = "offer_declined",
    [BO_OFFER_WITHDRAWN] = "offer_withdrawn",
    [BO_OFFER_RELEASED] = "offer_released",
    [BO_OFFER_EXPIRED] = "offer_expired",
    [BO_REQUEST_CLOSED] = "request_closed",
    [BO_CHANGED] = "changed",
    [BO_CONTENDED] = "contended",
    [BO_HOLDER_LIMIT] = "holder_limit",
    [BO_HOLDER_BUSY] = "holder_busy",
    [BO_TOO_SHORT] = "too_short",
    [BO_OFF_GRID] = "off_grid",
    [BO_WAITING] = "waiting",
    [BO_FREE_NOW] = "free_now",
    [BO_LEFT] = "left",
    [BO_ALREADY_WAITING] = "already_waiting",
    [BO_WAITED_FOR] = "waited_for",
    [BO_CHECKED_IN] = "checked_in",
    [BO_NO_SHOW] = "no_show",
};

static const char *const status_labels[] = {
    [BO_STATUS_HELD] = "held",
    [BO_STATUS_CONFIRMED] = "confirmed",
    [BO_STATUS_CANCELLED] = "cancelled",
    [BO_STATUS_EXPIRED] = "expired",
};

static const char *const request_labels[] = {
    [BO_REQUEST_STATE_OPEN] = "open",
    [BO_REQUEST_STATE_FILLED] = "filled",
    [BO_REQUEST_STATE_CLOSED] = "closed",
    [BO_REQUEST_STATE_CANCELLED] = "cancelled",
};

static const char *const offer_labels[] = {
    [BO_OFFER_STATE_PENDING] = "pending",   [BO_OFFER_STATE_ACCEPTED] = "accepted",
    [BO_OFFER_STATE_DECLINED] = "declined", [BO_OFFER_STATE_WITHDRAWN] = "withdrawn",
    [BO_OFFER_STATE_RELEASED] = "released", [BO_OFFER_STATE_EXPIRED] = "expired",
};

static const char *const event_labels[] = {
    [BO_EVENT_BOOKED] = "booked",
    [BO_EVENT_HELD] = "held",
    [BO_EVENT_CONFIRMED] = "confirmed",
    [BO_EVENT_EXTENDED] = "extended",
    [BO_EVENT_CANCELLED] = "cancelled",
    [BO_EVENT_EXPIRED] = "expired",
    [BO_EVENT_RESCHEDULED] = "rescheduled",
    [BO_EVENT_SWAPPED] = "swapped",
    [BO_EVENT_MOVED] = "moved",
    [BO_EVENT_CHANGED] = "changed",
    [BO_EVENT_DELETED] = "deleted",
    [BO_EVENT_CHECKED_IN] = "checked_in",
    [BO_EVENT_NO_SHOW] = "no_show",
    [BO_EVENT_JOINED] = "joined",
    [BO_EVENT_OFFERED] = "offered",
    [BO_EVENT_LEFT] = "left",
};

/* An SQL enum, and the C enum whose values are the positions of its labels. */
typedef struct LabelSet
{
    const char *const *labels; /* from 1: 0 is invalid */
    int count;
    Oid type;                    /* the SQL enum that the ids below belong to */
    Oid known[BO_OUTCOME_COUNT]; /* InvalidOid: not looked up yet */
} LabelSet;

static LabelSet outcomes = {outcome_labels, lengthof(outcome_labels)};
static LabelSet statuses = {status_labels, lengthof(status_labels)};
static LabelSet request_states = {request_labels, lengthof(request_labels)};
static LabelSet offer_states = {offer_labels, lengthof(offer_labels)};
static LabelSet event_kinds = {event_labels, lengthof(event_labels)};

static void label_forget(LabelSet *set, Oid type)
{
    set->type = type;
    memset(set->known, 0, sizeof(set->known));
}

static void label_enum_changed(Datum unused, int cache, uint32 hash)
{
    label_forget(&outcomes, InvalidOid);
    label_forget(&statuses, InvalidOid);
    label_forget(&request_states, InvalidOid);
    label_forget(&offer_states, InvalidOid);
    label_forget(&event_kinds, InvalidOid);
}

/* Makes the set that of this SQL enum, and keeps it up to date. */
static void label_use(LabelSet *set, Oid type)
{
    static bool listens = false;

    if (!listens)
    {
        CacheRegisterSyscacheCallback(ENUMOID, label_enum_changed, (Datum)0);
        listens = true;
    }
    if (set->type != type)
        label_forget(set, type);
}

static Datum label_id(LabelSet *set, Oid type, int value)
{
    Assert(value > 0 && value < set->count);
    label_use(set, type);
    if (!OidIsValid(set->known[value]))
    {
        Oid found = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type),
                                    CStringGetDatum(set->labels[value]));

        if (!OidIsValid(found))
            bo_error_unknown_label(type, set->labels[value]);
        label_use(set, type); /* an invalidation may have emptied the set during the lookup */
        set->known[value] = found;
    }
    return ObjectIdGetDatum(set->known[value]);
}

/* Returns 0 for a label that somebody added. */
static int label_read(LabelSet *set, Oid id)
{
    HeapTuple label;
    Oid type;
    int value;

    if (!OidIsValid(id))
        return 0;
    for (value = 1; value < set->count; value++)
        if (set->known[value] == id)
            return value;
    label = SearchSysCache1(ENUMOID, ObjectIdGetDatum(id));
    if (!HeapTupleIsValid(label))
        return 0;
    type = ((Form_pg_enum)GETSTRUCT(label))->enumtypid;
    for (value = set->count - 1; value > 0; value--)
        if (strcmp(set->labels[value], NameStr(((Form_pg_enum)GETSTRUCT(label))->enumlabel)) == 0)
            break;
    ReleaseSysCache(label);
    label_use(set, type);
    if (value > 0)
        set->known[value] = id;
    return value;
}

Datum bo_label_outcome(Oid type, BoOutcome outcome)
{
    return label_id(&outcomes, type, outcome);
}

/* For the text of an error. */
const char *bo_label_outcome_name(BoOutcome outcome)
{
    Assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT);
    return outcomes.labels[outcome];
}

Datum bo_label_status(Oid type, BoStatus status)
{
    return label_id(&statuses, type, status);
}

Datum bo_label_request_state(Oid type, BoRequestState state)
{
    return label_id(&request_states, type, state);
}

Datum bo_label_offer_state(Oid type, BoOfferState state)
{
    return label_id(&offer_states, type, state);
}

Datum bo_label_event_kind(Oid type, BoEventKind kind)
{
    return label_id(&event_kinds, type, kind);
}

const char *bo_label_event_kind_name(BoEventKind kind)
{
    return event_kinds.labels[kind];
}

/* Returns BO_STATUS_INVALID for a label that somebody added. */
BoStatus bo_label_read_status(Oid value)
{
    return (BoStatus)label_read(&statuses, value);
}

/* The same for offers. */
BoOfferState bo_label_read_offer_state(Oid value)
{
    return (BoOfferState)label_read(&offer_states, value);
}
