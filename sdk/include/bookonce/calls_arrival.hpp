// SPDX-License-Identifier: PostgreSQL
// calls_arrival.hpp: whether the holder of a booking has come.
#pragma once

#include <optional>
#include <string>

namespace bookonce
{

/// Says that the holder of a confirmed booking has arrived. Needed if the resource has check_in_within.
struct CheckIn
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Says that a confirmed booking has begun and its holder has not come.
struct ReportNoShow
{
    std::string booking_id;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

} // namespace bookonce
