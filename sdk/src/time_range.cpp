// SPDX-License-Identifier: PostgreSQL
// time_range.cpp: the checks that make every TimeRange valid.
#include "bookonce/time_range.hpp"

#include "bookonce/errors.hpp"

namespace bookonce
{

TimeRange::TimeRange(Timestamp begin, Timestamp end) : begin_{begin}, end_{end}
{
    if (begin >= end)
    {
        throw InvalidRequest{"a time range must begin before it ends",
                             {.sqlstate = "22023",
                              .hint = "A range is half-open, [begin, end): one hour is TimeRange{begin, begin + 1h}."}};
    }
}

namespace
{

Timestamp end_after(Timestamp begin, std::chrono::microseconds length)
{
    if (length.count() > 0 && begin > Timestamp::max() - length)
    {
        throw InvalidRequest{"a time range must end within the calendar",
                             {.sqlstate = "22008", .hint = "One hour is TimeRange{begin, begin + 1h}."}};
    }
    return length.count() > 0 ? begin + length : begin; // an empty range, which is refused
}

} // namespace

TimeRange::TimeRange(Timestamp begin, std::chrono::microseconds length) : TimeRange{begin, end_after(begin, length)}
{
}

} // namespace bookonce
