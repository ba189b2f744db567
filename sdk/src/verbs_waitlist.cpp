// SPDX-License-Identifier: PostgreSQL
// verbs_waitlist.cpp: the verbs on waiting lists.
#include "bookonce/verbs.hpp"

#include "columns.hpp"
#include "instant_text.hpp"
#include "outcome_reader.hpp"
#include "parameters.hpp"
#include "send_format.hpp"

// The columns of a bookonce.waiter_answer with the alias `a`, in the order in which waiter_of() reads them.
#define BOOKONCE_WAITER_COLUMNS                                                                     \
    "a.waiter_id, a.place, a.resource, pg_catalog.range_send(a.during), a.quantity, a.booking_id, " \
    "pg_catalog.timestamptz_send(a.lapses_at)"
#define BOOKONCE_WAITER_CALL(call) \
    "SELECT a.outcome, a.replayed, " BOOKONCE_WAITER_COLUMNS " FROM bookonce." call " AS a"

namespace bookonce
{

using detail::needed;
using detail::optional_text;

namespace
{

/// Reads the columns from `first` on.
Waiter waiter_of(const Row &row, std::size_t first)
{
    return {
        .waiter_id = needed(row, first),
        .place = row.at(first + 1) ? std::optional{detail::read_integer<int>(*row[first + 1])} : std::nullopt,
        .resource = needed(row, first + 2),
        .during = detail::read_range(detail::bytea_bytes(needed(row, first + 3))),
        .quantity = detail::read_integer<int>(needed(row, first + 4)),
        .booking_id = row.at(first + 5),
        .lapses_at = detail::read_optional_timestamp(row.at(first + 6)),
    };
}

struct WaiterAnswer : detail::Answer
{
    explicit WaiterAnswer(const Rows &rows) : Answer{detail::only(rows), 9} {}

    Waiter waiter() const { return waiter_of(*row, 2); }
};

} // namespace

JoinWaitlistOutcome Verbs::join_waitlist(const JoinWaitlist &call)
{
    return detail::OutcomeReader<JoinWaitlistOutcome>::read(WaiterAnswer{
        send({.sql = BOOKONCE_WAITER_CALL("join_waitlist(resource => $1, during => $2, holder => $3, quantity => $4, "
                                          "offer_for => $5, priority => $6, expires_at => $7, idempotency_key => $8, "
                                          "tenant => $9, max_wait => $10)"),
              .parameters = {call.resource, detail::range_text(call.during), call.holder, std::to_string(call.quantity),
                             detail::interval_text(call.offer_for), std::to_string(call.priority),
                             optional_text(call.expires_at, detail::timestamp_text), call.idempotency_key.text(),
                             call.tenant},
              .idempotency_key = call.idempotency_key.text()})});
}

LeaveWaitlistOutcome Verbs::leave_waitlist(const LeaveWaitlist &call)
{
    return detail::OutcomeReader<LeaveWaitlistOutcome>::read(WaiterAnswer{send(
        {.sql = BOOKONCE_WAITER_CALL("leave_waitlist(waiter_id => $1, holder => $2, tenant => $3, max_wait => $4)"),
         .parameters = {call.waiter_id, call.holder, call.tenant}})});
}

std::vector<WaiterRow> Verbs::waitlist(const ListWaitlist &call)
{
    const Rows rows = send({.sql = "SELECT " BOOKONCE_WAITER_COLUMNS
                                   ", a.holder, a.priority, pg_catalog.timestamptz_send(a.expires_at), "
                                   "a.idempotency_key, pg_catalog.timestamptz_send(a.joined_at) "
                                   "FROM bookonce.waitlist(resource => $1, within => $2, tenant => $3) AS a",
                            .parameters = {call.resource, optional_text(call.within, detail::range_text), call.tenant},
                            .writes = false});
    std::vector<WaiterRow> waiters;
    waiters.reserve(rows.size());
    for (const Row &row : rows)
    {
        waiters.push_back({waiter_of(row, 0), needed(row, 7), detail::read_integer<int>(needed(row, 8)),
                           detail::read_optional_timestamp(row.at(9)), row.at(10),
                           detail::read_timestamp(detail::bytea_bytes(needed(row, 11)))});
    }
    return waiters;
}

void Verbs::set_waitlist(const SetWaitlist &call)
{
    send({.sql = "SELECT bookonce.set_waitlist(resource => $1, strict => $2, tenant => $3, max_wait => $4)",
          .parameters = {call.resource, detail::boolean_text(call.strict), call.tenant}});
}

} // namespace bookonce
