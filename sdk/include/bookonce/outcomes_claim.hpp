// SPDX-License-Identifier: PostgreSQL
// outcomes_claim.hpp: the outcomes of the verbs on claims and counters.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace bookonce
{

/// The claimant owns the value; `replayed` if it already did.
struct Claimed
{
    static constexpr std::string_view label = "claimed";
    bool replayed = false;
};

/// Refused: somebody else owns the value; the answer does not say who.
struct ClaimedByOther
{
    static constexpr std::string_view label = "claimed_by_other";
};

/// The claimant does not own the value now. With `replayed` it did not own it before either: the value was released
/// already, was never claimed, or belongs to another claimant, who keeps it.
struct Released
{
    static constexpr std::string_view label = "released";
    bool replayed = false;
};

/// The delta was applied. With `replayed` the key's first call applied it, and `value` is the result of that call.
struct Applied
{
    static constexpr std::string_view label = "applied";
    std::int64_t value = 0; ///< the counter's value after the delta
    bool replayed = false;
};

/// Refused: the counter would go beyond its bounds, or beyond the range of a bigint. Nothing was written, and the same
/// key may succeed later.
struct OutOfBounds
{
    static constexpr std::string_view label = "out_of_bounds";
    std::int64_t value = 0; ///< the counter's value, without the delta
};

using ClaimOutcome = std::variant<Claimed, ClaimedByOther>;
using AdjustCounterOutcome = std::variant<Applied, OutOfBounds>;

} // namespace bookonce
