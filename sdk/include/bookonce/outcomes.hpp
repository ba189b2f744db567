// SPDX-License-Identifier: PostgreSQL
// outcomes.hpp: the server's decisions as values, one struct for each label of bookonce.outcome.
// To know first: a verb returns a std::variant of exactly the outcomes it can have, so std::visit with `overloaded`
// does not compile while a case is missing.
#pragma once

#include "bookonce/outcomes_booking.hpp"
#include "bookonce/outcomes_claim.hpp"
#include "bookonce/outcomes_offer.hpp"
#include "bookonce/outcomes_request.hpp"

namespace bookonce
{

/// Builds one visitor from lambdas:
///
///     std::visit(bookonce::overloaded{[](const Booked &b) {..}, [](const Taken &t) {..}, [](const TooLate &) {..}},
///     outcome);
template <typename... Visitors>
struct overloaded : Visitors...
{
    using Visitors::operator()...;
};
template <typename... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>; // clang 14 does not deduce it alone

} // namespace bookonce
