// SPDX-License-Identifier: PostgreSQL
// forgotten_case.cpp: visits and calls. Those under FORGOTTEN must not compile; the others must.
#include <bookonce/client.hpp>

#include <string>
#include <variant>

using namespace bookonce;

namespace
{

struct Own
{
};

template <typename... Outcomes>
constexpr bool all_are_named(const std::variant<Outcomes...> *)
{
    return (detail::MissingCase<Outcomes>::is_named && ...);
}

template <typename... Variants>
constexpr bool all_are_named()
{
    return (all_are_named(static_cast<const Variants *>(nullptr)) && ...);
}

static_assert(all_are_named<BookSlotOutcome, BookSlotsOutcome, RescheduleBookingOutcome, SwapBookingsOutcome,
                            ConfirmBookingOutcome, ConfirmExclusivelyOutcome, ConfirmGroupOutcome, CancelGroupOutcome,
                            RescheduleGroupOutcome, ExtendHoldOutcome, CancelBookingOutcome, ChangeBookingOutcome,
                            EndBookingOutcome, CheckInOutcome, NoShowOutcome, ClaimOutcome, AdjustCounterOutcome,
                            MakeOffersOutcome, AcceptOfferOutcome, DeclineOfferOutcome, WithdrawOfferOutcome,
                            ReassignPositionOutcome, ProviderRefusal, RescheduleRequestOutcome>(),
              "missing_case.hpp does not name an outcome");

// A general case is compiled only for outcomes that have no case of their own.
std::string complete(const ClaimOutcome &outcome)
{
    return std::visit(overloaded{[](const auto &other) { return std::string{other.label}; },
                                 [](const Claimed &) { return std::string{"yours"}; }},
                      outcome);
}

void by_reference(ConfirmBookingOutcome &outcome)
{
    int calls = 0;
    std::visit(overloaded{[calls](Confirmed &) mutable { ++calls; }, [](HoldExpired &) {}, [](NotLive) {}}, outcome);
}

#if FORGOTTEN == 1 // the first
std::string forgotten(const ClaimOutcome &outcome)
{
    return std::visit(overloaded{[](const ClaimedByOther &) { return std::string{"another's"}; }}, outcome);
}
#elif FORGOTTEN == 2 // one in the middle, of an answer that is not kept
void forgotten(BookSlotOutcome (*book)())
{
    std::visit(overloaded{[](const Booked &) {}, [](const Closed &) {}, [](const TooSoon &) {}, [](const TooFar &) {},
                          [](const TooShort &) {}, [](const TooLong &) {}, [](const OffGrid &) {},
                          [](const LimitReached &) {}, [](const TooLate &) {}, [](const HolderLimit &) {},
                          [](const HolderBusy &) {}, [](const WaitedFor &) {}},
               book());
}
#elif FORGOTTEN == 3 // the last
int forgotten(const CancelBookingOutcome &outcome)
{
    return std::visit(overloaded{[](const Cancelled &) { return 1; }}, outcome);
}
#elif FORGOTTEN == 4 // of a variant of the application's own
void forgotten(const std::variant<int, Own> &value)
{
    std::visit(overloaded{[](int) {}}, value);
}
#elif FORGOTTEN == 5 // all of them: the answer itself
void forgotten(Client &client)
{
    client.confirm_booking({});
}
#elif FORGOTTEN == 6 // in a transaction of the application's own
void forgotten(Transaction &tx)
{
    tx.claim({});
}
#endif

} // namespace

int main()
{
    ConfirmBookingOutcome confirmed{NotLive{}};
    by_reference(confirmed);
    return complete(ClaimedByOther{}).empty() ? 0 : 1;
}
