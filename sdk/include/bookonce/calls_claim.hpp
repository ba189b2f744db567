// SPDX-License-Identifier: PostgreSQL
// calls_claim.hpp: values that one claimant owns, and counters within bounds.
#pragma once

#include "bookonce/idempotency_key.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bookonce
{

/// Makes a value the claimant's own, once per scope. Compared byte by byte: fold case and spelling first.
struct Claim
{
    std::string scope;                       ///< what kind of value: "email", "coupon:SPRING"
    std::string value;                       ///< "ann@example.org", "account:42"
    std::string claimant;                    ///< who asks; asking again is a replay, so give each intent its own
    std::optional<std::string> details = {}; ///< JSON for the application's own use; the first claim's stay
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
    std::int64_t value = 0;                  ///< where it starts; ignored if it exists
    std::optional<std::int64_t> minimum = 0; ///< none: no bound. One that excludes the value is InvalidRequest (OB006)
    std::optional<std::int64_t> maximum = {};
    std::string tenant = "default";
};

/// Adds a delta to a counter.
struct AdjustCounter
{
    std::string counter;
    std::int64_t delta;                                        ///< not 0
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< unique in the counter: one key may adjust several
    std::string tenant = "default";
};

} // namespace bookonce
