// SPDX-License-Identifier: PostgreSQL
// outcomes.hpp: the server's decisions as values, one struct for each label of bookonce.outcome.
// To know first: a verb returns a std::variant of exactly the outcomes it can have, so std::visit with `overloaded`
// does not compile while a case is missing.
#pragma once

#include "bookonce/missing_case.hpp"
#include "bookonce/outcomes_booking.hpp"
#include "bookonce/outcomes_claim.hpp"
#include "bookonce/outcomes_offer.hpp"
#include "bookonce/outcomes_request.hpp"
#include "bookonce/waitlist.hpp"

#include <type_traits>

namespace bookonce
{

/// Builds one visitor from lambdas:
///
///     std::visit(bookonce::overloaded{[](const Booked &b) {..}, [](const Taken &t) {..}, [](const TooLate &) {..}},
///     outcome);
///
/// If an outcome has no case, the compiler's first error names it: "this visit has no case for bookonce::Taken".
template <typename... Visitors>
struct overloaded : Visitors...
{
    using Visitors::operator()...;

    // The return type is deduced, so that std::visit instantiates this body before it compares the results of all
    // cases, whose error would say less.
    template <typename Outcome>
    requires(!detail::has_case<Outcome, Visitors...>) constexpr auto operator()(Outcome &&) const
    {
        using Missing = std::remove_cv_t<std::remove_reference_t<Outcome>>;
        (void)typename detail::MissingCase<Missing>::template Demand<detail::has_case<Outcome, Visitors...>>{};
    }
};
template <typename... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>; // clang 14 does not deduce it by itself

} // namespace bookonce
