// SPDX-License-Identifier: PostgreSQL
// verbs_kinds.cpp: kinds of booking: defined, deleted, listed.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "parameters.hpp"
#include "rows.hpp"

namespace bookonce
{

void Verbs::define_kind(const DefineKind &call)
{
    std::vector<std::optional<std::string>> durations;
    durations.reserve(call.durations.size());
    for (const CalendarStep &duration : call.durations)
    {
        durations.emplace_back(detail::step_text(duration));
    }
    send(
        {.sql = "SELECT bookonce.define_kind(kind => $1, buffer_before => $2, buffer_after => $3, durations => $4, "
                "tenant => $5, max_wait => $6)",
         .parameters = {call.kind, detail::optional_text(call.buffer_before, detail::step_text),
                        detail::optional_text(call.buffer_after, detail::step_text),
                        durations.empty() ? std::nullopt : std::optional{detail::array_text(durations)}, call.tenant}});
}

void Verbs::delete_kind(const DeleteKind &call)
{
    send({.sql = "SELECT bookonce.delete_kind(kind => $1, tenant => $2, max_wait => $3)",
          .parameters = {call.kind, call.tenant},
          .repeatable = false,
          .may_be_needed = true});
}

Listing<KindRow> Verbs::list_kinds(const ListKinds &call)
{
    return {call.page_size > 0 ? static_cast<std::size_t>(call.page_size) : 1, // a page of no rows would never end
            [this, call](const KindRow *after)
            {
                return detail::read_kinds(
                    send({.sql = "SELECT " BOOKONCE_KIND_ROW_COLUMNS
                                 " FROM bookonce.list_kinds(at_most => $1, after_kind => $2, tenant => $3) AS x",
                          .parameters = {std::to_string(call.page_size),
                                         after != nullptr ? std::optional{after->kind} : std::nullopt, call.tenant},
                          .writes = false}));
            }};
}

} // namespace bookonce
