// SPDX-License-Identifier: PostgreSQL
// verbs_policy.cpp: the verbs that set a resource's rules, and those that return what is free.
// To know first: the latter answer with ranges, sent as in a booking's answer (send_format.hpp), and write nothing, so
// a lost connection leaves nothing in doubt.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"
#include "send_format.hpp"

namespace bookonce
{

using detail::integer_text;
using detail::optional_text;

namespace
{

const char *label(LimitPeriod period)
{
    switch (period)
    {
        case LimitPeriod::day: return "day";
        case LimitPeriod::week: return "week";
        case LimitPeriod::month: return "month";
        case LimitPeriod::year: return "year";
    }
    return ""; // unknown: the server's error says what is valid
}

const char *label(LiftableRule rule)
{
    switch (rule)
    {
        case LiftableRule::min_notice: return "min_notice";
        case LiftableRule::max_ahead: return "max_ahead";
        case LiftableRule::max_duration: return "max_duration";
        case LiftableRule::min_duration: return "min_duration";
        case LiftableRule::start_every: return "start_every";
        case LiftableRule::check_in_within: return "check_in_within";
    }
    return ""; // unknown: the server's error says what is valid
}

/// NULL if nothing is lifted: the server does not accept an empty array.
std::optional<std::string> lift_text(const std::vector<LiftableRule> &rules)
{
    std::vector<std::optional<std::string>> names;
    names.reserve(rules.size());
    for (const LiftableRule rule : rules)
    {
        names.emplace_back(label(rule));
    }
    return names.empty() ? std::nullopt : std::optional{detail::array_text(names)};
}

/// Reads one range per row, from its first column. A tenant's call selects a constant as well: Citus does not send on a
/// call whose only column is another function's.
std::vector<TimeRange> ranges_of(const Rows &rows)
{
    std::vector<TimeRange> ranges;
    ranges.reserve(rows.size());
    for (const Row &row : rows)
    {
        ranges.push_back(detail::read_range(detail::bytea_bytes(detail::needed(row, 0))));
    }
    return ranges;
}

} // namespace

void Verbs::define_resource(const DefineResource &call)
{
    send(
        {.sql =
             "SELECT bookonce.define_resource(resource => $1, capacity => $2, buffer_before => $3, buffer_after => $4, "
             "time_zone => $5, min_notice => $6, max_ahead => $7, max_duration => $8, min_duration => $9, "
             "start_every => $10, check_in_within => $11, overdue_blocks => $12, attributes => $13, tenant => $14, "
             "max_wait => $15)",
         .parameters = {call.resource, std::to_string(call.capacity), detail::interval_text(call.buffer_before),
                        detail::interval_text(call.buffer_after), call.time_zone,
                        optional_text(call.min_notice, detail::interval_text),
                        optional_text(call.max_ahead, detail::interval_text),
                        optional_text(call.max_duration, detail::interval_text),
                        optional_text(call.min_duration, detail::interval_text),
                        optional_text(call.start_every, detail::interval_text),
                        optional_text(call.check_in_within, detail::interval_text),
                        detail::boolean_text(call.overdue_blocks), call.attributes, call.tenant}});
}

void Verbs::alter_resource(const AlterResource &call)
{
    send({.sql =
              "SELECT bookonce.alter_resource(resource => $1, capacity => $2, buffer_before => $3, buffer_after => $4, "
              "time_zone => $5, min_notice => $6, max_ahead => $7, max_duration => $8, min_duration => $9, "
              "start_every => $10, check_in_within => $11, overdue_blocks => $12, lift => $13, attributes => $14, "
              "tenant => $15, max_wait => $16)",
          .parameters = {call.resource, optional_text(call.capacity, integer_text),
                         optional_text(call.buffer_before, detail::interval_text),
                         optional_text(call.buffer_after, detail::interval_text), call.time_zone,
                         optional_text(call.min_notice, detail::interval_text),
                         optional_text(call.max_ahead, detail::interval_text),
                         optional_text(call.max_duration, detail::interval_text),
                         optional_text(call.min_duration, detail::interval_text),
                         optional_text(call.start_every, detail::interval_text),
                         optional_text(call.check_in_within, detail::interval_text),
                         optional_text(call.overdue_blocks, detail::boolean_text), lift_text(call.lift),
                         call.attributes, call.tenant}});
}

void Verbs::rename_resource(const RenameResource &call)
{
    send({.sql = "SELECT bookonce.rename_resource(resource => $1, new_name => $2, tenant => $3, max_wait => $4)",
          .parameters = {call.resource, call.new_name, call.tenant},
          .repeatable = false,
          .may_be_needed = true});
}

bool Verbs::delete_resource(const DeleteResource &call)
{
    // ClientOptions::on_call reports the first column.
    const Rows rows = send({.sql = "SELECT CASE WHEN d THEN 'deleted' ELSE 'not_found' END "
                                   "FROM bookonce.delete_resource(resource => $1, tenant => $2, max_wait => $3) AS d",
                            .parameters = {call.resource, call.tenant},
                            .repeatable = false,
                            .may_be_needed = true});
    return detail::needed(detail::only(rows), 0) == "deleted";
}

void Verbs::set_booking_limit(const SetBookingLimit &call)
{
    send({.sql = "SELECT bookonce.set_booking_limit(resource => $1, period => $2, max_bookings => $3, tenant => $4, "
                 "max_wait => $5)",
          .parameters = {call.resource, label(call.period), optional_text(call.max_bookings, integer_text),
                         call.tenant}});
}

void Verbs::set_holder_rule(const SetHolderRule &call)
{
    std::optional<std::string> resources;
    if (call.resources)
    {
        resources = detail::array_text({call.resources->begin(), call.resources->end()});
    }
    send({.sql = "SELECT bookonce.set_holder_rule(scope => $1, resources => $2, max_at_once => $3, max_live => $4, "
                 "max_per_period => $5, period => $6, max_time => $7, tenant => $8, max_wait => $9)",
          .parameters = {call.scope, resources, optional_text(call.max_at_once, integer_text),
                         optional_text(call.max_live, integer_text), optional_text(call.max_per_period, integer_text),
                         optional_text(call.period, [](LimitPeriod period) { return label(period); }),
                         optional_text(call.max_time, detail::interval_text), call.tenant}});
}

std::vector<TimeRange> Verbs::free_slots(const FreeSlots &call)
{
    return ranges_of(
        send({.sql = "SELECT pg_catalog.range_send(s), 1 FROM bookonce.free_slots(resource => $1, within => $2, "
                     "duration => $3, step => $4, quantity => $5, kind => $6, tenant => $7) AS s",
              .parameters = {call.resource, detail::range_text(call.within), detail::interval_text(call.duration),
                             optional_text(call.step, detail::interval_text), std::to_string(call.quantity), call.kind,
                             call.tenant},
              .writes = false}));
}

std::vector<TimeRange> Verbs::suggest_slots(const SuggestSlots &call)
{
    return ranges_of(
        send({.sql = "SELECT pg_catalog.range_send(s), 1 FROM bookonce.suggest_slots(resource => $1, during => $2, "
                     "at_most => $3, until => $4, step => $5, quantity => $6, kind => $7, tenant => $8) AS s",
              .parameters = {call.resource, detail::range_text(call.during), std::to_string(call.at_most),
                             optional_text(call.until, detail::timestamp_text),
                             optional_text(call.step, detail::interval_text), std::to_string(call.quantity), call.kind,
                             call.tenant},
              .writes = false}));
}

std::vector<TimeRange> Verbs::free_time(const FreeTime &call)
{
    const Rows rows = send(
        {.sql = "SELECT pg_catalog.multirange_send(t), 1 FROM bookonce.free_time(resource => $1, within => $2, "
                "quantity => $3, tenant => $4) AS t",
         .parameters = {call.resource, detail::range_text(call.within), std::to_string(call.quantity), call.tenant},
         .writes = false});
    return detail::read_multirange(detail::bytea_bytes(detail::needed(detail::only(rows), 0)));
}

std::vector<TimeRange> Verbs::repeat_slots(const RepeatSlots &call)
{
    return ranges_of(
        send({.sql = "SELECT pg_catalog.range_send(r.s) FROM pg_catalog.unnest(bookonce.repeat_slots(first => $1, "
                     "every => $2, times => $3, time_zone => $4)) WITH ORDINALITY AS r(s, n) ORDER BY r.n",
              .parameters = {detail::range_text(call.first), detail::step_text(call.every), std::to_string(call.times),
                             call.time_zone},
              .writes = false}));
}

} // namespace bookonce
