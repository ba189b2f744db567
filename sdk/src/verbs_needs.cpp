// SPDX-License-Identifier: PostgreSQL
// verbs_needs.cpp: the verbs that find, book and invite by need.
// To know first: needs are sent as JSON in its shortest form. The key is tied to that text, so the same needs must
// always give the same text.
#include "bookonce/verbs.hpp"

#include "answers_dispatch.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "json_text.hpp"
#include "outcome_reader.hpp"
#include "parameters.hpp"
#include "send_format.hpp"

#include <algorithm>

namespace bookonce
{

using detail::needed;
using detail::optional_text;

namespace
{

std::string need_json(const Need &need)
{
    std::string names, conditions;
    for (const std::string &name : need.any_of)
    {
        names += (names.empty() ? "" : ", ") + detail::json_text(name);
    }
    for (const auto &[attribute, condition] : need.where)
    {
        conditions += (conditions.empty() ? "" : ", ") + detail::json_text(attribute) + ": " + condition.json();
    }
    std::string json = names.empty() ? "" : "\"any_of\": [" + names + ']';
    if (!conditions.empty())
    {
        json += (json.empty() ? "" : ", ") + ("\"where\": {" + conditions + '}');
    }
    if (need.count != 1)
    {
        json += (json.empty() ? "" : ", ") + ("\"count\": " + std::to_string(need.count));
    }
    return '{' + json + '}';
}

std::string needs_json(const std::vector<Need> &needs)
{
    std::string json;
    for (const Need &need : needs)
    {
        json += (json.empty() ? "" : ", ") + need_json(need);
    }
    return '[' + json + ']';
}

const char *label(Preference pick)
{
    switch (pick)
    {
        case Preference::first: return "first";
        case Preference::least_booked: return "least_booked";
        case Preference::tightest: return "tightest";
    }
    return "";
}

/// One name per line; no name contains a control character.
std::vector<std::string> names_of(const std::string &text)
{
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin < text.size();)
    {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        names.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

} // namespace

std::vector<FoundSlot> Verbs::find_slots(const FindSlots &call)
{
    const Rows rows = send(
        {.sql = "SELECT pg_catalog.range_send(x.during), "
                "pg_catalog.array_to_string(x.resources, pg_catalog.chr(10)) "
                "FROM bookonce.find_slots(needs => $1, within => $2, duration => $3, step => $4, at_most => $5, "
                "tenant => $6) AS x",
         .parameters = {needs_json(call.needs), detail::range_text(call.within), detail::interval_text(call.duration),
                        optional_text(call.step, detail::interval_text), std::to_string(call.at_most), call.tenant},
         .writes = false});
    std::vector<FoundSlot> slots;
    slots.reserve(rows.size());
    for (const Row &row : rows)
    {
        slots.push_back({detail::read_range(detail::bytea_bytes(needed(row, 0))), names_of(needed(row, 1))});
    }
    return slots;
}

std::vector<BookNeedsOutcome> Verbs::book_needs(const BookNeeds &call)
{
    return detail::read_each<BookNeedsOutcome>(send(
        {.sql = BOOKONCE_CALL("book_needs(needs => $1, during => $2, holder => $3, pick => $4, hold_for => $5, "
                              "details => $6, idempotency_key => $7, valid_until => $8, tenant => $9, "
                              "max_wait => $10)"),
         .parameters = {needs_json(call.needs), detail::range_text(call.during), call.holder, label(call.pick),
                        optional_text(call.hold_for, detail::interval_text), call.details, call.idempotency_key.text(),
                        optional_text(call.valid_until, detail::timestamp_text), call.tenant},
         .idempotency_key = call.idempotency_key.text()}));
}

std::vector<Invited> Verbs::make_offers_by_need(const MakeOffersByNeed &call)
{
    return detail::read_invited(send(
        {.sql = BOOKONCE_OFFER_CALL("make_offers_by_need(request_id => $1, need => $2, expires_in => $3, "
                                    "pick => $4, keep_asking => $5, tenant => $6, max_wait => $7)"),
         .parameters = {call.request_id, need_json(call.need), optional_text(call.expires_in, detail::interval_text),
                        label(call.pick), detail::boolean_text(call.keep_asking), call.tenant}}));
}

int Verbs::top_up_offers(const TopUpOffers &call)
{
    const Rows rows = send({.sql = "SELECT bookonce.top_up_offers(at_most => $1, tenant => $2, max_wait => $3)",
                            .parameters = {std::to_string(call.at_most), call.tenant}});
    return detail::read_integer<int>(needed(detail::only(rows), 0));
}

} // namespace bookonce
