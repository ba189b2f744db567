// SPDX-License-Identifier: PostgreSQL
// calls_claim.hpp: values that only one claimant can own, and counters within bounds.
#pragma once

#include "bookonce/idempotency_key.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bookonce
{

/// Makes the claimant the owner of a value, which has one owner per scope. Values are compared byte by byte: fold case
/// and normalise spelling first.
struct Claim
{
    std::string scope;                       ///< what kind of value: "email", "coupon:SPRING"
    std::string value;                       ///< "ann@example.org", "account:42"
    std::string claimant;                    ///< who asks; asking again is a replay, so give each intent its own
    std::optional<std::string> details = {}; ///< JSON for the application's own use; a repeated claim does not change
                                             ///< them
    std::string tenant = "default";
};

/// Gives a value up.
struct ReleaseClaim
{
    std::string scope;
    std::string value;
    std::string claimant;
    std::string tenant = "default";
};

/// Creates a counter, or changes the bounds of one.
struct DefineCounter
{
    std::string counter;
    std::int64_t value = 0;                  ///< where the counter starts; ignored if it already exists
    std::optional<std::int64_t> minimum = 0; ///< none: no bound. A bound that excludes the counter's value is
                                             ///< InvalidRequest (OB006)
    std::optional<std::int64_t> maximum = {};
    std::string tenant = "default";
};

/// Adds a delta to a counter.
struct AdjustCounter
{
    std::string counter;
    std::int64_t delta;                                        ///< not 0
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< unique per counter: the same key may adjust several
                                                               ///< counters
    std::string tenant = "default";
};

} // namespace bookonce
