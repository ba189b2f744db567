// SPDX-License-Identifier: PostgreSQL
// missing_case.hpp: makes the compiler's first error name the outcome that a visit has forgotten.
// To know first: in C++20 the message of a static_assert must be a literal, so each outcome has a static_assert of its
// own.
#pragma once

#include "bookonce/outcomes_booking.hpp"
#include "bookonce/outcomes_claim.hpp"
#include "bookonce/outcomes_offer.hpp"
#include "bookonce/outcomes_request.hpp"
#include "bookonce/waitlist.hpp"

#include <type_traits>

namespace bookonce::detail
{

/// Only the cases, to find out which outcomes they take.
template <typename... Cases>
struct OnlyCases : Cases...
{
    using Cases::operator()...;
};

template <typename Outcome, typename... Cases>
inline constexpr bool has_case = std::is_invocable_v<OnlyCases<Cases...> &, Outcome>;

/// For a type that is not an outcome of bookonce. A class, because the compiler instantiates a class at once, but a
/// function only at the end.
template <typename Alternative>
struct MissingCase
{
    static constexpr bool is_named = false;

    template <bool found>
    struct Demand
    {
        static_assert(found, "this visit has no case for one of the types of its variant");
    };
};

#define BOOKONCE_NAME_MISSING_CASE(Outcome)                                         \
    template <>                                                                     \
    struct MissingCase<Outcome>                                                     \
    {                                                                               \
        static constexpr bool is_named = true;                                      \
                                                                                    \
        template <bool found>                                                       \
        struct Demand                                                               \
        {                                                                           \
            static_assert(found, "this visit has no case for bookonce::" #Outcome); \
        };                                                                          \
    };

BOOKONCE_NAME_MISSING_CASE(Aborted)
BOOKONCE_NAME_MISSING_CASE(Accepted)
BOOKONCE_NAME_MISSING_CASE(AlreadyWaiting)
BOOKONCE_NAME_MISSING_CASE(Applied)
BOOKONCE_NAME_MISSING_CASE(Booked)
BOOKONCE_NAME_MISSING_CASE(Cancelled)
BOOKONCE_NAME_MISSING_CASE(Changed)
BOOKONCE_NAME_MISSING_CASE(CheckedIn)
BOOKONCE_NAME_MISSING_CASE(Claimed)
BOOKONCE_NAME_MISSING_CASE(ClaimedByOther)
BOOKONCE_NAME_MISSING_CASE(Closed)
BOOKONCE_NAME_MISSING_CASE(Confirmed)
BOOKONCE_NAME_MISSING_CASE(Contended)
BOOKONCE_NAME_MISSING_CASE(Declined)
BOOKONCE_NAME_MISSING_CASE(Extended)
BOOKONCE_NAME_MISSING_CASE(Filled)
BOOKONCE_NAME_MISSING_CASE(FreeNow)
BOOKONCE_NAME_MISSING_CASE(HoldExpired)
BOOKONCE_NAME_MISSING_CASE(HolderBusy)
BOOKONCE_NAME_MISSING_CASE(HolderLimit)
BOOKONCE_NAME_MISSING_CASE(Left)
BOOKONCE_NAME_MISSING_CASE(LimitReached)
BOOKONCE_NAME_MISSING_CASE(NoShow)
BOOKONCE_NAME_MISSING_CASE(NotLive)
BOOKONCE_NAME_MISSING_CASE(OffGrid)
BOOKONCE_NAME_MISSING_CASE(OfferAccepted)
BOOKONCE_NAME_MISSING_CASE(OfferDeclined)
BOOKONCE_NAME_MISSING_CASE(OfferExpired)
BOOKONCE_NAME_MISSING_CASE(OfferReleased)
BOOKONCE_NAME_MISSING_CASE(OfferWithdrawn)
BOOKONCE_NAME_MISSING_CASE(Offered)
BOOKONCE_NAME_MISSING_CASE(Opened)
BOOKONCE_NAME_MISSING_CASE(OutOfBounds)
BOOKONCE_NAME_MISSING_CASE(PlaceOffered)
BOOKONCE_NAME_MISSING_CASE(PositionReleased)
BOOKONCE_NAME_MISSING_CASE(ProviderBusy)
BOOKONCE_NAME_MISSING_CASE(ProviderCannotCome)
BOOKONCE_NAME_MISSING_CASE(Reassigned)
BOOKONCE_NAME_MISSING_CASE(Released)
BOOKONCE_NAME_MISSING_CASE(RequestCancelled)
BOOKONCE_NAME_MISSING_CASE(RequestClosed)
BOOKONCE_NAME_MISSING_CASE(RequestRescheduled)
BOOKONCE_NAME_MISSING_CASE(Rescheduled)
BOOKONCE_NAME_MISSING_CASE(Swapped)
BOOKONCE_NAME_MISSING_CASE(Taken)
BOOKONCE_NAME_MISSING_CASE(TooFar)
BOOKONCE_NAME_MISSING_CASE(TooLate)
BOOKONCE_NAME_MISSING_CASE(TooLong)
BOOKONCE_NAME_MISSING_CASE(TooShort)
BOOKONCE_NAME_MISSING_CASE(TooSoon)
BOOKONCE_NAME_MISSING_CASE(WaitedFor)
BOOKONCE_NAME_MISSING_CASE(Waiting)
BOOKONCE_NAME_MISSING_CASE(Withdrawn)

#undef BOOKONCE_NAME_MISSING_CASE

} // namespace bookonce::detail
