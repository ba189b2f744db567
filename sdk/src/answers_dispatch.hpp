// SPDX-License-Identifier: PostgreSQL
// answers_dispatch.hpp: from a row of request_answer, reschedule_answer or offer_answer to the variant of a verb's
// outcomes. To know first: OutcomeReader of outcome_reader.hpp finds make_outcome() here by the type of the answer.
#pragma once

#include "answers.hpp"
#include "bookonce/dispatch.hpp"

#include <concepts>
#include <vector>

namespace bookonce::detail
{

// The columns of an answer with the alias `a`, in the order in which they are read.
#define BOOKONCE_REQUEST_ANSWER_COLUMNS                                                                       \
    "a.outcome, a.replayed, a.request_id, pg_catalog.range_send(a.during), a.positions, a.filled, a.status, " \
    "pg_catalog.timestamptz_send(a.closes_at)"
#define BOOKONCE_RESCHEDULE_ANSWER_COLUMNS \
    BOOKONCE_REQUEST_ANSWER_COLUMNS ", a.provider, a.refusal, pg_catalog.multirange_send(a.busy)"
#define BOOKONCE_OFFER_ANSWER_COLUMNS                                                                           \
    "a.outcome, a.replayed, a.offer_id, a.request_id, a.provider, a.wave, a.position, a.booking_id, a.status, " \
    "pg_catalog.timestamptz_send(a.expires_at)"

#define BOOKONCE_REQUEST_CALL(call) "SELECT " BOOKONCE_REQUEST_ANSWER_COLUMNS " FROM bookonce." call " AS a"
#define BOOKONCE_RESCHEDULE_CALL(call) "SELECT " BOOKONCE_RESCHEDULE_ANSWER_COLUMNS " FROM bookonce." call " AS a"
#define BOOKONCE_OFFER_CALL(call) "SELECT " BOOKONCE_OFFER_ANSWER_COLUMNS " FROM bookonce." call " AS a"

struct RequestAnswer : Answer
{
    explicit RequestAnswer(const Rows &rows);

    Request request() const; // Throws Internal if a column that it needs is NULL.
};

struct RescheduleAnswer : Answer
{
    explicit RescheduleAnswer(const Rows &rows);

    // Each throws Internal if a column that it needs is NULL.
    Request request() const;
    std::string provider() const;
    ProviderRefusal why() const;
};

struct OfferAnswer : Answer
{
    explicit OfferAnswer(const Rows &rows);
    explicit OfferAnswer(const Row &answer_row);

    // Each throws Internal if a column that it needs is NULL.
    Offer offer() const;
    std::string provider() const;
    int position() const;
    std::string booking_id() const;
};

template <typename Outcome>
Outcome make_outcome(const RequestAnswer &answer)
{
    return Outcome{answer.request(), answer.replayed};
}

template <typename Outcome>
Outcome make_outcome(const RescheduleAnswer &answer)
{
    if constexpr (std::same_as<Outcome, RequestRescheduled>)
    {
        return Outcome{answer.request(), answer.replayed};
    }
    else if constexpr (std::same_as<Outcome, ProviderCannotCome>)
    {
        return Outcome{answer.provider(), answer.why()};
    }
    else
    {
        static_assert(std::is_empty_v<Outcome>, "the outcome has members that nothing fills in");
        return Outcome{};
    }
}

template <typename Outcome>
Outcome make_outcome(const OfferAnswer &answer)
{
    if constexpr (std::same_as<Outcome, Accepted>)
    {
        return Accepted{answer.offer(), answer.replayed, answer.position(), answer.booking_id()};
    }
    else if constexpr (std::derived_from<Outcome, Offer>)
    {
        return Outcome{answer.offer(), answer.replayed};
    }
    else if constexpr (requires(Outcome outcome) { outcome.replayed; })
    {
        return Outcome{answer.replayed};
    }
    else
    {
        static_assert(std::is_empty_v<Outcome>, "the outcome has members that nothing fills in");
        return Outcome{};
    }
}

/// An answer for each provider.
std::vector<Invited> read_invited(const Rows &rows);

} // namespace bookonce::detail
