// SPDX-License-Identifier: PostgreSQL
// dispatch.hpp: requests for providers, offers to them, and what may become of both.
// To know first: a position of a request is taken while its booking is live, and nothing else says so. Cancelling that
// booking by cancel_booking() releases the position too.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/outcomes.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bookonce
{

/// Asks for `positions` providers at a time.
struct OpenRequest
{
    TimeRange during;
    int positions = 1;                       ///< 1 to 1,000
    std::string requester;                   ///< for whom; the holder of the bookings to come
    std::optional<std::string> details = {}; ///< JSON of the application's own
    std::optional<Timestamp> closes_at = {}; ///< no offers and no acceptances after it, by the server's clock
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::string tenant = "default";
};

/// Ends a request.
struct CancelRequest
{
    std::string request_id;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

/// Moves a request, and the bookings of its positions, to another time.
struct RescheduleRequest
{
    std::string request_id;
    TimeRange during;
    std::string tenant = "default";
};

/// Invites providers: one wave.
struct MakeOffers
{
    std::string request_id;
    std::vector<std::string> providers;                       ///< resources; 1 to 10,000
    std::optional<std::chrono::microseconds> expires_in = {}; ///< > 0: the offers lapse by themselves
    std::string tenant = "default";
};

/// Takes a position, as the provider that the offer was made to.
struct AcceptOffer
{
    std::string offer_id;
    std::string provider;
    std::string tenant = "default";
};

/// Says no, as that provider.
struct DeclineOffer
{
    std::string offer_id;
    std::string provider;
    std::string tenant = "default";
};

/// Takes an offer back.
struct WithdrawOffer
{
    std::string offer_id;
    std::string tenant = "default";
};

/// Takes a provider out of the position it has.
struct ReleasePosition
{
    std::string request_id;
    std::string provider;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

/// Puts another provider into the position that one has.
struct ReassignPosition
{
    std::string request_id;
    std::string from_provider;
    std::string to_provider; ///< a resource; needs no offer
    std::string tenant = "default";
};

enum class RequestState
{
    open,      ///< takes offers and acceptances
    filled,    ///< all positions are taken; open again when one is released
    closed,    ///< closes_at has passed
    cancelled, ///< by cancel_request()
};

/// The label of the SQL enum bookonce.request_state.
constexpr std::string_view label(RequestState state) noexcept
{
    switch (state)
    {
        case RequestState::open: return "open";
        case RequestState::filled: return "filled";
        case RequestState::closed: return "closed";
        case RequestState::cancelled: return "cancelled";
    }
    return "";
}

/// A request as it was when the server answered.
struct Request
{
    std::string request_id;
    TimeRange during;
    int positions = 1;
    int filled = 0; ///< how many of them are taken
    RequestState status = RequestState::open;
    std::optional<Timestamp> closes_at;
};

/// The request is there. With `replayed` its key had opened it before.
struct Opened : Request
{
    static constexpr std::string_view label = "opened";
    bool replayed = false;
};

/// The request is over and its bookings are cancelled; `replayed` if they were before.
struct RequestCancelled : Request
{
    static constexpr std::string_view label = "cancelled";
    bool replayed = false;
};

/// The request and the bookings of its positions are at the new time; `replayed` if they were before.
struct RequestRescheduled : Request
{
    static constexpr std::string_view label = "rescheduled";
    bool replayed = false;
};

/// Why a provider's booking cannot be where it was to go; what reschedule_booking() would say.
using ProviderRefusal = std::variant<Taken, Closed, TooSoon, TooFar, TooLong, LimitReached>;

/// Refused: a provider who fills a position cannot come then. Nothing has moved.
struct ProviderCannotCome
{
    static constexpr std::string_view label = "provider_busy";
    std::string provider; ///< the first that is in the way
    ProviderRefusal why;
};

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

/// The provider has said no; `replayed` if it had before.
struct Declined : Offer
{
    static constexpr std::string_view label = "declined";
    bool replayed = false;
};

/// The offer is taken back; `replayed` if it was before.
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

/// Refused: others have all the positions. The offer can be accepted again when one of them leaves.
struct Filled
{
    static constexpr std::string_view label = "filled";
};

/// Refused: the provider has accepted the offer and has a position. To leave it is release_position()'s.
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

/// Refused: the offer was accepted, and the position left since, or its booking moved to another provider.
struct OfferReleased
{
    static constexpr std::string_view label = "offer_released";
};

/// Refused: the offer's own time was over when the server decided.
struct OfferExpired
{
    static constexpr std::string_view label = "offer_expired";
};

/// Refused: the request is cancelled, or its closes_at has passed.
struct RequestClosed
{
    static constexpr std::string_view label = "request_closed";
};

using MakeOffersOutcome = std::variant<Offered, OfferAccepted, RequestClosed, Filled>;
using AcceptOfferOutcome = std::variant<Accepted, Filled, ProviderBusy, OfferDeclined, OfferWithdrawn, OfferReleased,
                                        OfferExpired, RequestClosed>;
using DeclineOfferOutcome =
    std::variant<Declined, OfferAccepted, OfferWithdrawn, OfferReleased, OfferExpired, RequestClosed>;
using WithdrawOfferOutcome =
    std::variant<Withdrawn, OfferAccepted, OfferDeclined, OfferReleased, OfferExpired, RequestClosed>;
using RescheduleRequestOutcome = std::variant<RequestRescheduled, ProviderCannotCome, RequestClosed>;
using ReassignPositionOutcome = std::variant<Reassigned, ProviderBusy, NotLive, RequestClosed>;

/// What make_offers() says of one provider.
struct Invited
{
    std::string provider;
    MakeOffersOutcome outcome;
};

} // namespace bookonce
