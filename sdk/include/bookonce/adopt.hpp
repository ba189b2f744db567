// SPDX-License-Identifier: PostgreSQL
// adopt.hpp: a table of bookings that the application has already: what is booked twice in it, and how it refuses a
// row. To know first: what counts as a booking is said by SQL expressions over the table's columns, which PostgreSQL
// reads as those of an index; names in them are quoted as in any SQL: "\"userId\"".
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

/// Asks which rows of a table are booked for the same time of the same resource. It is read with the caller's rights.
/// Either starts and ends are given, or during.
struct FindDoubleBookings
{
    std::string relation;                      ///< the table, as in SQL: "bookings", "\"Booking\""
    std::string resource;                      ///< "room_id"; of several columns: "house, room"
    std::optional<std::string> starts = {};    ///< "starts_at": a timestamp, with or without time zone, or a date
    std::optional<std::string> ends = {};      ///< "ends_at", the first instant that is free again
    std::optional<std::string> during = {};    ///< "during": a range of them
    std::optional<std::string> live_when = {}; ///< "status = 'accepted'": which rows count; none: all
    std::optional<std::int64_t> at_most = 100; ///< >= 1: how many pairs to return; none: all
};

/// Two rows that share a time.
struct DoubleBooking
{
    std::string resource;      ///< as PostgreSQL writes it
    std::string row_key;       ///< the primary key's columns as a JSON object; without one the row's place, "ctid"
    std::string other_row_key; ///< the same of the other
    TimeRange shared;          ///< what is without time zone in the table is taken for the session's
};

struct DoubleBookings
{
    std::int64_t pairs = 0; ///< how many there are in all
    std::vector<DoubleBooking> found;
};

/// Choose another time: your own SQL in a transact() wrote a row of a table that is guarded or followed, or has an
/// exclusion constraint of yours, and its time is taken (23P01). Nothing was written.
class BOOKONCE_EXPORT SlotTaken : public InvalidRequest
{
  public:
    using InvalidRequest::InvalidRequest;
    ~SlotTaken() override;

    /// What is in the way, as far as the error tells it and the session's DateStyle is ISO; never whose it is. What has
    /// no time zone in the table is taken for UTC.
    const std::vector<TimeRange> &busy() const noexcept { return details_->busy; }
};

} // namespace bookonce
