// SPDX-License-Identifier: PostgreSQL
// outcomes_offer.hpp: an offer as it was when the server answered, and the outcomes of the verbs on offers and
// positions.
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
    int wave = 1;                        ///< the number of the make_offers() call of this request that made it, from 1
    std::optional<Timestamp> expires_at; ///< its own end or its request's, whichever comes first
};

/// The provider has a pending offer; `replayed` if it already had one.
struct Offered : Offer
{
    static constexpr std::string_view label = "offered";
    bool replayed = false;
};

/// The provider has the position and the time is booked; `replayed` if this was so before.
struct Accepted : Offer
{
    static constexpr std::string_view label = "accepted";
    bool replayed = false;
    int position = 0;       ///< which position of the request, from 1
    std::string booking_id; ///< an ordinary booking of the provider's time
};

/// The provider has declined; `replayed` if it already had.
struct Declined : Offer
{
    static constexpr std::string_view label = "declined";
    bool replayed = false;
};

/// The offer is withdrawn; `replayed` if it already was.
struct Withdrawn : Offer
{
    static constexpr std::string_view label = "withdrawn";
    bool replayed = false;
};

/// The provider has no position of the request now; `replayed` if it had already left.
struct PositionReleased
{
    static constexpr std::string_view label = "released";
    bool replayed = false;
};

/// to_provider has the position; `replayed` if it already had.
struct Reassigned
{
    static constexpr std::string_view label = "reassigned";
    bool replayed = false;
};

/// Refused: the provider has accepted the offer and has a position. To leave it, call release_position().
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

/// Refused: the offer was accepted, but since then the provider has left the position, or its booking was moved to
/// another provider.
struct OfferReleased
{
    static constexpr std::string_view label = "offer_released";
};

/// Refused: the offer's own time (expires_in) had passed when the server decided.
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

/// The answer of make_offers() for one provider.
struct Invited
{
    std::string provider;
    MakeOffersOutcome outcome;
};

} // namespace bookonce
