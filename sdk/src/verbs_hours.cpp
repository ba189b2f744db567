// SPDX-License-Identifier: PostgreSQL
// verbs_hours.cpp: when a resource is open: on each weekday, on single days, and by a calendar that it follows.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "bookonce/errors.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"

namespace bookonce
{

namespace
{

/// '09:00:00.000000', '24:00:00.000000'. Throws InvalidRequest for anything that is not a time of day.
std::string time_of_day_text(std::chrono::microseconds since_midnight)
{
    if (since_midnight < std::chrono::microseconds{0} || since_midnight > std::chrono::hours{24})
    {
        throw InvalidRequest{"a time of day must be from 0 to 24 hours since midnight",
                             {.sqlstate = "22008", .hint = "A valid value is, for example, 9h."}};
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_midnight);
    std::string fraction = std::to_string((since_midnight - seconds).count());
    fraction.insert(0, 6 - fraction.size(), '0');
    const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return two(seconds.count() / 3600) + ':' + two(seconds.count() / 60 % 60) + ':' + two(seconds.count() % 60) + '.' +
           fraction;
}

/// '2030-12-25'. Throws InvalidRequest for a date that does not exist.
std::string date_text(std::chrono::year_month_day day)
{
    if (!day.ok())
    {
        throw InvalidRequest{"a date must exist", {.sqlstate = "22008", .hint = "Use year{2026} / 12 / 25."}};
    }
    return detail::timestamp_text(std::chrono::sys_days{day}).substr(0, 10);
}

/// The parameters opens and closes; NULL where no hours are set.
struct TimesText
{
    std::optional<std::string> opens;
    std::optional<std::string> closes;
};

TimesText times_text(const std::optional<std::vector<Hours>> &hours)
{
    if (!hours)
    {
        return {};
    }
    std::vector<std::optional<std::string>> opens;
    std::vector<std::optional<std::string>> closes;
    for (const Hours &each : *hours)
    {
        opens.emplace_back(time_of_day_text(each.opens));
        closes.emplace_back(time_of_day_text(each.closes));
    }
    return {detail::array_text(opens), detail::array_text(closes)};
}

/// The parameters resource, times, weekdays and tenant.
template <class Call>
std::vector<std::optional<std::string>> week_times(const Call &call)
{
    std::vector<std::optional<std::string>> times;
    std::vector<std::optional<std::string>> weekdays;
    for (const std::chrono::microseconds each : call.times)
    {
        times.emplace_back(time_of_day_text(each));
    }
    for (const std::chrono::weekday each : call.weekdays)
    {
        weekdays.emplace_back(std::to_string(each.iso_encoding()));
    }
    return {call.resource, detail::array_text(times), detail::array_text(weekdays), call.tenant};
}

} // namespace

void Verbs::set_opening_hours(const SetOpeningHours &call)
{
    const TimesText times = times_text(call.hours);
    send({.sql = "SELECT bookonce.set_opening_hours(resource => $1, weekday => $2, opens => $3, closes => $4, "
                 "tenant => $5, max_wait => $6)",
          .parameters = {call.resource, std::to_string(call.weekday.iso_encoding()), times.opens, times.closes,
                         call.tenant}});
}

void Verbs::clear_opening_hours(const ClearOpeningHours &call)
{
    send({.sql = "SELECT bookonce.clear_opening_hours(resource => $1, tenant => $2, max_wait => $3)",
          .parameters = {call.resource, call.tenant}});
}

void Verbs::set_day_hours(const SetDayHours &call)
{
    const TimesText times = times_text(call.hours);
    send({.sql = "SELECT bookonce.set_day_hours(resource => $1, day => $2, opens => $3, closes => $4, tenant => $5, "
                 "max_wait => $6)",
          .parameters = {call.resource, date_text(call.day), times.opens, times.closes, call.tenant}});
}

void Verbs::set_hours_from(const SetHoursFrom &call)
{
    const TimesText times = times_text(call.hours);
    send({.sql = "SELECT bookonce.set_hours_from(resource => $1, day => $2, weekday => $3, opens => $4, closes => $5, "
                 "tenant => $6, max_wait => $7)",
          .parameters = {call.resource, date_text(call.day), std::to_string(call.weekday.iso_encoding()), times.opens,
                         times.closes, call.tenant}});
}

void Verbs::set_starts(const SetStarts &call)
{
    send(
        {.sql = "SELECT bookonce.set_starts(resource => $1, times => $2, weekdays => $3, tenant => $4, max_wait => $5)",
         .parameters = week_times(call)});
}

void Verbs::set_ends(const SetEnds &call)
{
    send({.sql = "SELECT bookonce.set_ends(resource => $1, times => $2, weekdays => $3, tenant => $4, max_wait => $5)",
          .parameters = week_times(call)});
}

void Verbs::define_calendar(const DefineCalendar &call)
{
    send({.sql = "SELECT bookonce.define_calendar(calendar => $1, tenant => $2, max_wait => $3)",
          .parameters = {call.calendar, call.tenant}});
}

void Verbs::set_calendar_day(const SetCalendarDay &call)
{
    const TimesText times = times_text(call.hours);
    send({.sql = "SELECT bookonce.set_calendar_day(calendar => $1, day => $2, opens => $3, closes => $4, tenant => $5, "
                 "max_wait => $6)",
          .parameters = {call.calendar, date_text(call.day), times.opens, times.closes, call.tenant}});
}

void Verbs::follow_calendar(const FollowCalendar &call)
{
    send({.sql = "SELECT bookonce.follow_calendar(resource => $1, calendar => $2, tenant => $3, max_wait => $4)",
          .parameters = {call.resource, call.calendar, call.tenant}});
}

void Verbs::delete_calendar(const DeleteCalendar &call)
{
    send({.sql = "SELECT bookonce.delete_calendar(calendar => $1, tenant => $2, max_wait => $3)",
          .parameters = {call.calendar, call.tenant},
          .repeatable = false,
          .may_be_needed = true});
}

} // namespace bookonce
