// SPDX-License-Identifier: PostgreSQL
// outcomes_offer.hpp: an offer as it was when the server answered, and what the verbs of offers and positions can
// answer.
#pragma once

#include "bookonce/outcomes_request.hpp"
#include "bookonce/refusals.hpp"
#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bookonce
{

/// An offer as it was when the server answered.
struct Offer
{
    std::string offer_id;
    std::string request_id;
    std::string provider;
    int wave = 1;                        ///< which make_offers() of the request made it
    std::optional<Timestamp> expires_at; ///< its own end or its request's, whichever comes first
};

/// The provider has a pending offer; `replayed` if it had before.
struct Offered : Offer
{
    static constexpr std::string_view label = "offered";
    bool replayed = false;
};

/// The position is the provider's and the time is booked; `replayed` if it was before.
struct Accepted : Offer
{
    static constexpr std::string_view label = "accepted";
    bool replayed = false;
    int position = 0;       ///< which of the request's, from 1
    std::string booking_id; ///< an ordinary booking of the provider's time
};

/// The provider has declined; `replayed` if it had before.
struct Declined : Offer
{
    static constexpr std::string_view label = "declined";
    bool replayed = false;
};

/// The offer is withdrawn; `replayed` if it was before.
struct Withdrawn : Offer
{
    static constexpr std::string_view label = "withdrawn";
    bool replayed = false;
};

/// The provider has no position of the request now; `replayed` if it had left before.
struct PositionReleased
{
    static constexpr std::string_view label = "released";
    bool replayed = false;
};

/// to_provider has the position; `replayed` if it had before.
struct Reassigned
{
    static constexpr std::string_view label = "reassigned";
    bool replayed = false;
};

/// Refused: the provider has accepted the offer and has a position. release_position() leaves it.
struct OfferAccepted
{
    static constexpr std::string_view label = "offer_accepted";
};

/// Refused: the provider has declined the offer.
struct OfferDeclined
{
    static constexpr std::string_view label = "offer_declined";
};

/// Refused: the offer was withdrawn.
struct OfferWithdrawn
{
    static constexpr std::string_view label = "offer_withdrawn";
};

/// Refused: the offer was accepted, but the position has been left since, or its booking was moved to another provider.
struct OfferReleased
{
    static constexpr std::string_view label = "offer_released";
};

/// Refused: the offer's own time was over when the server decided.
struct OfferExpired
{
    static constexpr std::string_view label = "offer_expired";
};

using MakeOffersOutcome = std::variant<Offered, OfferAccepted, RequestClosed, Filled>;
using AcceptOfferOutcome = std::variant<Accepted, Filled, ProviderBusy, OfferDeclined, OfferWithdrawn, OfferReleased,
                                        OfferExpired, RequestClosed>;
using DeclineOfferOutcome =
    std::variant<Declined, OfferAccepted, OfferWithdrawn, OfferReleased, OfferExpired, RequestClosed>;
using WithdrawOfferOutcome =
    std::variant<Withdrawn, OfferAccepted, OfferDeclined, OfferReleased, OfferExpired, RequestClosed>;
using ReassignPositionOutcome = std::variant<Reassigned, ProviderBusy, NotLive, RequestClosed>;

/// What make_offers() answers for one provider.
struct Invited
{
    std::string provider;
    MakeOffersOutcome outcome;
};

} // namespace bookonce
