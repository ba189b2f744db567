// SPDX-License-Identifier: PostgreSQL
// rows.hpp: reads the rows of the reading verbs.
// To know first: each list of columns and its reader must have the same columns in the same order.
#pragma once

#include "bookonce/events.hpp"
#include "bookonce/kinds.hpp"
#include "bookonce/reading.hpp"
#include "bookonce/statement.hpp"

#include <vector>

// Instants and ranges come as bytes (send_format.hpp); the row has the alias x.
#define BOOKONCE_BOOKING_ROW_COLUMNS                                                                  \
    "x.booking_id, x.group_id, x.member, x.resource, x.unit, pg_catalog.range_send(x.during), "       \
    "pg_catalog.range_send(x.blocks), x.status, x.holder, pg_catalog.timestamptz_send(x.lapses_at), " \
    "x.idempotency_key, x.reason, x.details, pg_catalog.timestamptz_send(x.created_at), "             \
    "pg_catalog.timestamptz_send(x.released_at), x.kind"
#define BOOKONCE_REQUEST_ROW_COLUMNS                                                                           \
    "x.request_id, pg_catalog.range_send(x.during), x.positions, x.filled, x.status, x.requester, x.details, " \
    "pg_catalog.timestamptz_send(x.closes_at), x.waves, x.idempotency_key, x.reason, "                         \
    "pg_catalog.timestamptz_send(x.created_at), pg_catalog.timestamptz_send(x.cancelled_at)"
#define BOOKONCE_OFFER_ROW_COLUMNS                                                                           \
    "x.offer_id, x.request_id, x.provider, x.wave, x.status, pg_catalog.range_send(x.during), x.requester, " \
    "x.details, x.position, x.booking_id, pg_catalog.timestamptz_send(x.expires_at), "                       \
    "pg_catalog.timestamptz_send(x.created_at), pg_catalog.timestamptz_send(x.decided_at)"
#define BOOKONCE_RESOURCE_ROW_COLUMNS                                                                               \
    "x.resource, x.capacity, pg_catalog.interval_send(x.buffer_before), pg_catalog.interval_send(x.buffer_after), " \
    "x.time_zone, pg_catalog.interval_send(x.min_notice), pg_catalog.interval_send(x.max_ahead), "                  \
    "pg_catalog.interval_send(x.max_duration), pg_catalog.interval_send(x.min_duration), "                          \
    "pg_catalog.interval_send(x.start_every), pg_catalog.interval_send(x.check_in_within), x.max_per_day, "         \
    "x.max_per_week, x.max_per_month, x.max_per_year, "                                                             \
    "x.opening_hours, x.day_hours, x.calendar, x.starts, x.ends, x.attributes, "                                    \
    "pg_catalog.timestamptz_send(x.created_at), "                                                                   \
    "x.has_closures, x.overdue_blocks"
#define BOOKONCE_KIND_ROW_COLUMNS                                                                   \
    "x.kind, pg_catalog.interval_send(x.buffer_before), pg_catalog.interval_send(x.buffer_after), " \
    "(SELECT pg_catalog.string_agg(pg_catalog.interval_send(u.duration), '' ORDER BY u.n) "         \
    "FROM pg_catalog.unnest(x.durations) WITH ORDINALITY AS u(duration, n)), "                      \
    "pg_catalog.timestamptz_send(x.created_at)"
#define BOOKONCE_CLAIM_ROW_COLUMNS "x.scope, x.value, x.claimant, x.details, pg_catalog.timestamptz_send(x.claimed_at)"
#define BOOKONCE_EVENT_COLUMNS                                                                                     \
    "(x.place).era, (x.place).next_xid, (x.place).number, x.kind, x.booking_id, x.group_id, "                      \
    "pg_catalog.timestamptz_send(x.at), "                                                                          \
    "x.before_resource, x.before_unit, pg_catalog.range_send(x.before_during), x.before_status, x.before_holder, " \
    "pg_catalog.timestamptz_send(x.before_lapses_at), x.before_details, "                                          \
    "x.after_resource, x.after_unit, pg_catalog.range_send(x.after_during), x.after_status, x.after_holder, "      \
    "pg_catalog.timestamptz_send(x.after_lapses_at), x.after_details, "                                            \
    "x.reason, x.session_role, x.actor, x.waiter_id"

namespace bookonce::detail
{

std::vector<BookingRow> read_bookings(const Rows &rows);
std::vector<RequestRow> read_requests(const Rows &rows);
std::vector<OfferRow> read_offers(const Rows &rows);
std::vector<ResourceRow> read_resources(const Rows &rows);
std::vector<KindRow> read_kinds(const Rows &rows);
std::vector<ClaimRow> read_claims(const Rows &rows);
std::vector<Event> read_event_rows(const Rows &rows);

} // namespace bookonce::detail
