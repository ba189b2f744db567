// SPDX-License-Identifier: PostgreSQL
// verbs_adopt.cpp: the verb that looks at one of the application's own tables.
#include "bookonce/verbs.hpp"

#include "columns.hpp"
#include "parameters.hpp"
#include "send_format.hpp"

namespace bookonce
{

DoubleBookings Verbs::find_double_bookings(const FindDoubleBookings &call)
{
    const Rows rows =
        send({.sql = "SELECT f.pairs, f.resource_value, f.row_key, f.other_row_key, pg_catalog.range_send(f.shared) "
                     "FROM bookonce.find_double_bookings(relation => $1, resource => $2, starts => $3, ends => $4, "
                     "during => $5, live_when => $6, at_most => $7) AS f",
              .parameters = {call.relation, call.resource, call.starts, call.ends, call.during, call.live_when,
                             detail::optional_text(call.at_most, detail::integer_text)},
              .has_sql = true,
              .writes = false});
    DoubleBookings answer;
    for (const Row &row : rows)
    {
        answer.pairs = detail::read_integer<std::int64_t>(detail::needed(row, 0));
        answer.found.push_back({.resource = detail::needed(row, 1),
                                .row_key = detail::needed(row, 2),
                                .other_row_key = detail::needed(row, 3),
                                .shared = detail::read_range(detail::bytea_bytes(detail::needed(row, 4)))});
    }
    return answer;
}

} // namespace bookonce
