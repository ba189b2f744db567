// SPDX-License-Identifier: PostgreSQL
// calls_arrival.hpp: who has come, and who has not.
#pragma once

#include <optional>
#include <string>

namespace bookonce
{

/// Says that the holder of a confirmed booking is there, where the resource's check_in_within asks for it.
struct CheckIn
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Says that the holder of a confirmed booking that has begun has not come.
struct ReportNoShow
{
    std::string booking_id;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

} // namespace bookonce
