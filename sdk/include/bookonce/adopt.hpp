// SPDX-License-Identifier: PostgreSQL
// adopt.hpp: a table of bookings that the application already has: which rows are booked twice, and the error for a row
// that the table refuses. To know first: SQL expressions over the table's columns say what counts as a booking.
// PostgreSQL reads them as it reads the expressions of an index, so names are quoted as in any SQL: "\"userId\"".
#pragma once

#include "bookonce/errors.hpp"
#include "bookonce/export.hpp"
#include "bookonce/time_range.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Asks which rows of a table are booked for the same time of the same resource. The table is read with the caller's
/// rights. Give either starts and ends, or during.
struct FindDoubleBookings
{
    std::string relation;                      ///< the table, as in SQL: "bookings", "\"Booking\""
    std::string resource;                      ///< "room_id"; several columns: "house, room"
    std::optional<std::string> starts = {};    ///< "starts_at": a timestamp, with or without time zone, or a date
    std::optional<std::string> ends = {};      ///< "ends_at", the first instant that is free again
    std::optional<std::string> during = {};    ///< "during": a range of timestamps or dates
    std::optional<std::string> live_when = {}; ///< "status = 'accepted'": which rows count; none: all
    std::optional<std::int64_t> at_most = 100; ///< >= 1: how many pairs to return; none: all
};

/// Two rows that share a time.
struct DoubleBooking
{
    std::string resource;      ///< as PostgreSQL writes it
    std::string row_key;       ///< the primary key's columns as a JSON object; without a primary key, the row's "ctid"
    std::string other_row_key; ///< the same for the other row
    TimeRange shared;          ///< a time without time zone is read in the session's time zone
};

struct DoubleBookings
{
    std::int64_t pairs = 0; ///< how many pairs there are in all, also when at_most returns fewer
    std::vector<DoubleBooking> found;
};

/// Choose another time. Your own SQL in a transact() wrote a row to a table that has a guard, is followed, or has an
/// exclusion constraint of yours, and the row's time is taken (23P01). Nothing was written.
class BOOKONCE_EXPORT SlotTaken : public InvalidRequest
{
  public:
    using InvalidRequest::InvalidRequest;
    ~SlotTaken() override;

    /// The times that are in the way, if the error names them and the session's DateStyle is ISO; never whose they are.
    /// A time without time zone is read as UTC.
    const std::vector<TimeRange> &busy() const noexcept { return details_->busy; }
};

} // namespace bookonce
