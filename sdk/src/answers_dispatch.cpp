// SPDX-License-Identifier: PostgreSQL
// answers_dispatch.cpp: reads the columns of request_answer, reschedule_answer and offer_answer.
#include "answers_dispatch.hpp"
#include "outcome_reader.hpp"

#include "columns.hpp"
#include "send_format.hpp"

namespace bookonce::detail
{

namespace
{

// The positions in BOOKONCE_REQUEST_ANSWER_COLUMNS after the first two, outcome and replayed.
// BOOKONCE_RESCHEDULE_ANSWER_COLUMNS begins with the same columns.
namespace request_columns
{
enum Column : std::size_t
{
    request_id = 2,
    during,
    positions,
    filled,
    status,
    closes_at,
    count,
};
} // namespace request_columns

namespace reschedule_columns
{
enum Column : std::size_t
{
    provider = request_columns::count,
    refusal,
    busy,
    count,
};
} // namespace reschedule_columns

// The positions in BOOKONCE_OFFER_ANSWER_COLUMNS, likewise.
namespace offer_columns
{
enum Column : std::size_t
{
    offer_id = 2,
    request_id,
    provider,
    wave,
    position,
    booking_id,
    status,
    expires_at,
    count,
};
} // namespace offer_columns

Request read_request(const Row &row)
{
    using enum RequestState;
    return {
        .request_id = needed(row, request_columns::request_id),
        .during = read_range(bytea_bytes(needed(row, request_columns::during))),
        .positions = read_integer<int>(needed(row, request_columns::positions)),
        .filled = read_integer<int>(needed(row, request_columns::filled)),
        .status = read_label(needed(row, request_columns::status), {open, RequestState::filled, closed, cancelled},
                             "request state"),
        .closes_at = read_optional_timestamp(row[request_columns::closes_at]),
    };
}

// A refusal within an answer, read as an answer of its own.
struct RefusalAnswer
{
    std::string outcome;
    std::vector<TimeRange> times;
    std::string provider;

    const std::vector<TimeRange> &busy() const { return times; }
    const std::string &resource() const { return provider; }
};

} // namespace

RequestAnswer::RequestAnswer(const Rows &rows) : Answer{only(rows), request_columns::count}
{
}

Request RequestAnswer::request() const
{
    return read_request(*row);
}

RescheduleAnswer::RescheduleAnswer(const Rows &rows) : Answer{only(rows), reschedule_columns::count}
{
}

Request RescheduleAnswer::request() const
{
    return read_request(*row);
}

std::string RescheduleAnswer::provider() const
{
    return needed(*row, reschedule_columns::provider);
}

ProviderRefusal RescheduleAnswer::why() const
{
    const auto &busy = (*row)[reschedule_columns::busy];
    return OutcomeReader<ProviderRefusal>::read(
        RefusalAnswer{needed(*row, reschedule_columns::refusal),
                      busy ? read_multirange(bytea_bytes(*busy)) : std::vector<TimeRange>{}, provider()});
}

OfferAnswer::OfferAnswer(const Rows &rows) : OfferAnswer{only(rows)}
{
}

OfferAnswer::OfferAnswer(const Row &answer_row) : Answer{answer_row, offer_columns::count}
{
}

Offer OfferAnswer::offer() const
{
    return {
        .offer_id = needed(*row, offer_columns::offer_id),
        .request_id = needed(*row, offer_columns::request_id),
        .provider = provider(),
        .wave = read_integer<int>(needed(*row, offer_columns::wave)),
        .expires_at = read_optional_timestamp((*row)[offer_columns::expires_at]),
    };
}

std::string OfferAnswer::provider() const
{
    return needed(*row, offer_columns::provider);
}

int OfferAnswer::position() const
{
    return read_integer<int>(needed(*row, offer_columns::position));
}

std::string OfferAnswer::booking_id() const
{
    return needed(*row, offer_columns::booking_id);
}

} // namespace bookonce::detail
