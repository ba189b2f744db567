/*
 * label.c
 *   Labels of SQL's enums, looked up by name in the type as it is now: an ALTER TYPE by an upgrade cannot mislead a
 *   running backend.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/label.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "utils/syscache.h"

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
};

static const char *const status_labels[] = {
    [BO_STATUS_HELD] = "held",
    [BO_STATUS_CONFIRMED] = "confirmed",
    [BO_STATUS_CANCELLED] = "cancelled",
    [BO_STATUS_EXPIRED] = "expired",
};

Datum bo_label_of(Oid type, const char *label)
{
    Oid value = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type), CStringGetDatum(label));

    Assert(OidIsValid(value));
    return ObjectIdGetDatum(value);
}

Datum bo_label_outcome(Oid type, BoOutcome outcome)
{
    Assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT);
    return bo_label_of(type, outcome_labels[outcome]);
}

Datum bo_label_status(Oid type, BoStatus status)
{
    Assert(status > BO_STATUS_INVALID && status <= BO_STATUS_EXPIRED);
    return bo_label_of(type, status_labels[status]);
}

/* BO_STATUS_INVALID: a label that somebody added. */
BoStatus bo_label_read_status(Oid value)
{
    HeapTuple label = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
    BoStatus status = BO_STATUS_EXPIRED;

    if (!HeapTupleIsValid(label))
        return BO_STATUS_INVALID;
    while (status != BO_STATUS_INVALID &&
           strcmp(status_labels[status], NameStr(((Form_pg_enum)GETSTRUCT(label))->enumlabel)) != 0)
        status--;
    ReleaseSysCache(label);
    return status;
}
