// SPDX-License-Identifier: PostgreSQL
// verbs_closing.cpp: the verbs on resources that are out of service.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"
#include "send_format.hpp"

#include <algorithm>

// ClientOptions::on_call reports the first column, so it must not be an id.
#define BOOKONCE_CLOSURE_COLUMNS                                                                \
    "SELECT 'done', x.closure_id, x.replayed, x.resource, pg_catalog.multirange_send(x.busy), " \
    "pg_catalog.array_to_string(x.booking_ids, ',') "

namespace bookonce
{

using detail::needed;

namespace
{

using Text = std::optional<std::string>;

std::string list_text(const std::vector<std::string> &elements)
{
    return detail::array_text({elements.begin(), elements.end()});
}

/// [begin, end), or a range without an end.
std::string range_text(Timestamp begin, const std::optional<Timestamp> &end)
{
    return end ? detail::range_text(TimeRange{begin, *end}) : '[' + detail::timestamp_text(begin) + ",)";
}

/// Ids separated by commas, which a UUID does not contain.
std::vector<std::string> ids_of(const std::string &text)
{
    std::vector<std::string> ids;
    for (std::size_t begin = 0; begin < text.size();)
    {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        ids.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return ids;
}

Closure closure_of(const Row &row)
{
    return {
        .closure_id = needed(row, 1),
        .replayed = needed(row, 2) == "t",
        .resource = needed(row, 3),
        .busy = row.at(4) ? detail::read_multirange(detail::bytea_bytes(*row[4])) : std::vector<TimeRange>{},
        .booking_ids = ids_of(needed(row, 5)),
    };
}

ClosureRow row_of(const Row &row)
{
    return {
        .closure_id = needed(row, 0),
        .resource = needed(row, 1),
        .begin = detail::read_timestamp(detail::bytea_bytes(needed(row, 2))),
        .end = detail::read_optional_timestamp(row.at(3)),
        .units = row.at(4) ? std::optional{detail::read_integer<int>(*row[4])} : std::nullopt,
        .reason = row.at(5),
        .idempotency_key = row.at(6),
        .created_at = detail::read_timestamp(detail::bytea_bytes(needed(row, 7))),
        .booking_id = row.at(8),
    };
}

} // namespace

std::vector<Closure> Verbs::close_resource(const CloseResource &call)
{
    const Rows rows = send({.sql = BOOKONCE_CLOSURE_COLUMNS
                            "FROM bookonce.close_resource(resources => $1, during => $2, units => $3, reason => $4, "
                            "idempotency_key => $5, tenant => $6, max_wait => $7) AS x",
                            .parameters = {list_text(call.resources), range_text(call.begin, call.end),
                                           detail::optional_text(call.units, detail::integer_text), call.reason,
                                           call.idempotency_key.text(), call.tenant},
                            .idempotency_key = call.idempotency_key.text()});
    std::vector<Closure> closures;
    closures.reserve(rows.size());
    for (const Row &row : rows)
    {
        closures.push_back(closure_of(row));
    }
    return closures;
}

Closure Verbs::retire_resource(const RetireResource &call)
{
    return closure_of(detail::only(
        send({.sql = BOOKONCE_CLOSURE_COLUMNS
              "FROM bookonce.retire_resource(resource => $1, since => $2, reason => $3, tenant => $4, max_wait => $5) "
              "AS x",
              .parameters = {call.resource, detail::optional_text(call.since, detail::timestamp_text), call.reason,
                             call.tenant}})));
}

void Verbs::reopen_resource(const ReopenResource &call)
{
    send({.sql = "SELECT bookonce.reopen_resource(closure_ids => $1, tenant => $2, max_wait => $3)",
          .parameters = {list_text(call.closure_ids), call.tenant}});
}

Listing<ClosureRow> Verbs::list_closures(const ListClosures &call)
{
    return {call.page_size > 0 ? static_cast<std::size_t>(call.page_size) : 1, [this, call](const ClosureRow *after)
            {
                const Rows rows =
                    send({.sql = "SELECT x.closure_id, x.resource, pg_catalog.timestamptz_send(x.starts_at), "
                                 "pg_catalog.timestamptz_send(x.ends_at), x.units, x.reason, x.idempotency_key, "
                                 "pg_catalog.timestamptz_send(x.created_at), x.booking_id "
                                 "FROM bookonce.list_closures(within => $1, resources => $2, at_most => $3, "
                                 "after_start => $4, after_id => $5, tenant => $6) AS x",
                          .parameters = {detail::range_text(call.within),
                                         call.resources ? Text{list_text(*call.resources)} : std::nullopt,
                                         std::to_string(call.page_size),
                                         after != nullptr ? Text{detail::timestamp_text(after->begin)} : std::nullopt,
                                         after != nullptr ? Text{after->closure_id} : std::nullopt, call.tenant},
                          .writes = false});
                std::vector<ClosureRow> closures;
                closures.reserve(rows.size());
                for (const Row &row : rows)
                {
                    closures.push_back(row_of(row));
                }
                return closures;
            }};
}

} // namespace bookonce
