// SPDX-License-Identifier: PostgreSQL
// rows.cpp: reads the rows of the reading verbs, column by column, in the order of rows.hpp.
#include "rows.hpp"

#include "columns.hpp"
#include "send_format.hpp"

namespace bookonce::detail
{

namespace
{

/// Reads the columns of a row one after another.
class Columns
{
  public:
    explicit Columns(const Row &row) : row_{&row} {}

    const std::string &text() { return needed(*row_, next_++); }

    std::optional<std::string> optional_text()
    {
        const std::size_t column = next_++;
        return column < row_->size() ? (*row_)[column] : std::optional{needed(*row_, column)};
    }

    int integer() { return read_integer<int>(text()); }

    std::optional<int> optional_integer()
    {
        const auto column = optional_text();
        return column ? std::optional{read_integer<int>(*column)} : std::nullopt;
    }

    TimeRange range() { return read_range(bytea_bytes(text())); }
    Timestamp instant() { return read_timestamp(bytea_bytes(text())); }
    std::optional<Timestamp> optional_instant() { return read_optional_timestamp(optional_text()); }
    CalendarStep step() { return read_step(bytea_bytes(text())); }

    std::optional<CalendarStep> optional_step()
    {
        const auto column = optional_text();
        return column ? std::optional{read_step(bytea_bytes(*column))} : std::nullopt;
    }

    /// Whether the next column is NULL, or missing.
    bool is_null() const { return next_ >= row_->size() || !(*row_)[next_]; }

    void skip(std::size_t columns) { next_ += columns; }

  private:
    const Row *row_;
    std::size_t next_ = 0;
};

// A braced list is evaluated from left to right, so each list below reads the columns in order.

BookingRow read_booking(Columns row)
{
    using enum BookingStatus;
    return {
        .booking_id = row.text(),
        .group_id = row.optional_text(),
        .member = row.integer(),
        .resource = row.text(),
        .unit = row.optional_integer(),
        .during = row.range(),
        .blocks = row.range(),
        .status = read_label(row.text(), {held, confirmed, cancelled, expired}, "booking status"),
        .holder = row.text(),
        .lapses_at = row.optional_instant(),
        .idempotency_key = row.optional_text(),
        .reason = row.optional_text(),
        .details = row.optional_text(),
        .created_at = row.instant(),
        .released_at = row.optional_instant(),
        .kind = row.optional_text(),
    };
}

/// The durations are concatenated, each as interval_send() writes it.
std::vector<CalendarStep> read_durations(const std::optional<std::string> &column)
{
    constexpr std::size_t size = 16;
    const std::string bytes = column ? bytea_bytes(*column) : std::string{};
    std::vector<CalendarStep> durations;
    for (std::size_t at = 0; at < bytes.size(); at += size)
    {
        durations.push_back(read_step(std::string_view{bytes}.substr(at, size)));
    }
    return durations;
}

KindRow read_kind(Columns row)
{
    return {
        .kind = row.text(),
        .buffer_before = row.optional_step(),
        .buffer_after = row.optional_step(),
        .durations = read_durations(row.optional_text()),
        .created_at = row.instant(),
    };
}

RequestRow read_request(Columns row)
{
    using enum RequestState;
    return {
        .request_id = row.text(),
        .during = row.range(),
        .positions = row.integer(),
        .filled = row.integer(),
        .status = read_label(row.text(), {open, RequestState::filled, closed, cancelled}, "request state"),
        .requester = row.text(),
        .details = row.optional_text(),
        .closes_at = row.optional_instant(),
        .waves = row.integer(),
        .idempotency_key = row.optional_text(),
        .reason = row.optional_text(),
        .created_at = row.instant(),
        .cancelled_at = row.optional_instant(),
    };
}

OfferRow read_offer(Columns row)
{
    using enum OfferState;
    return {
        .offer_id = row.text(),
        .request_id = row.text(),
        .provider = row.text(),
        .wave = row.integer(),
        .status = read_label(row.text(), {pending, accepted, declined, withdrawn, released, expired}, "offer state"),
        .during = row.range(),
        .requester = row.text(),
        .details = row.optional_text(),
        .position = row.optional_integer(),
        .booking_id = row.optional_text(),
        .expires_at = row.optional_instant(),
        .created_at = row.instant(),
        .decided_at = row.optional_instant(),
    };
}

ResourceRow read_resource(Columns row)
{
    return {
        .resource = row.text(),
        .capacity = row.integer(),
        .buffer_before = row.step(),
        .buffer_after = row.step(),
        .time_zone = row.text(),
        .min_notice = row.optional_step(),
        .max_ahead = row.optional_step(),
        .max_duration = row.optional_step(),
        .min_duration = row.optional_step(),
        .start_every = row.optional_step(),
        .check_in_within = row.optional_step(),
        .max_per_day = row.optional_integer(),
        .max_per_week = row.optional_integer(),
        .max_per_month = row.optional_integer(),
        .max_per_year = row.optional_integer(),
        .opening_hours = row.optional_text(),
        .day_hours = row.optional_text(),
        .calendar = row.optional_text(),
        .starts = row.optional_text(),
        .ends = row.optional_text(),
        .attributes = row.optional_text(),
        .created_at = row.instant(),
        .has_closures = row.text() == "t",
        .overdue_blocks = row.text() == "t",
    };
}

ClaimRow read_claim(Columns row)
{
    return {
        .scope = row.text(),
        .value = row.text(),
        .claimant = row.text(),
        .details = row.optional_text(),
        .claimed_at = row.instant(),
    };
}

std::optional<BookingState> read_state(Columns &row)
{
    constexpr std::size_t columns = 7;
    if (row.is_null()) // a real row always has a resource
    {
        row.skip(columns);
        return std::nullopt;
    }
    using enum BookingStatus;
    const auto status = [&row]() -> std::optional<BookingStatus>
    {
        const auto label = row.optional_text();
        return label ? std::optional{read_label(*label, {held, confirmed, cancelled, expired}, "booking status")}
                     : std::nullopt;
    };
    return BookingState{
        .resource = row.text(),
        .unit = row.optional_integer(),
        .during = row.range(),
        .status = status(),
        .holder = row.text(),
        .lapses_at = row.optional_instant(),
        .details = row.optional_text(),
    };
}

EventPlace read_place(Columns &row)
{
    return {
        .era = row.integer(),
        .next_xid = read_integer<std::uint64_t>(row.text()),
        .number = read_integer<std::int64_t>(row.text()),
    };
}

Event read_event(Columns row)
{
    using enum EventKind;
    return {
        .place = read_place(row),
        .kind = read_label(row.text(),
                           {booked, held, confirmed, extended, cancelled, expired, rescheduled, swapped, moved, changed,
                            deleted, checked_in, no_show, joined, offered, left},
                           "kind of event"),
        .booking_id = row.optional_text().value_or(""),
        .group_id = row.optional_text(),
        .at = row.instant(),
        .before = read_state(row),
        .after = read_state(row),
        .reason = row.optional_text(),
        .session_role = row.optional_text(),
        .actor = row.optional_text(),
        .waiter_id = row.optional_text(),
    };
}

template <typename RowType>
std::vector<RowType> read_each(const Rows &rows, RowType (*read)(Columns))
{
    std::vector<RowType> all;
    all.reserve(rows.size());
    for (const Row &row : rows)
    {
        all.push_back(read(Columns{row}));
    }
    return all;
}

} // namespace

std::vector<BookingRow> read_bookings(const Rows &rows)
{
    return read_each(rows, read_booking);
}

std::vector<RequestRow> read_requests(const Rows &rows)
{
    return read_each(rows, read_request);
}

std::vector<OfferRow> read_offers(const Rows &rows)
{
    return read_each(rows, read_offer);
}

std::vector<ResourceRow> read_resources(const Rows &rows)
{
    return read_each(rows, read_resource);
}

std::vector<KindRow> read_kinds(const Rows &rows)
{
    return read_each(rows, read_kind);
}

std::vector<ClaimRow> read_claims(const Rows &rows)
{
    return read_each(rows, read_claim);
}

std::vector<Event> read_event_rows(const Rows &rows)
{
    return read_each(rows, read_event);
}

} // namespace bookonce::detail
