// SPDX-License-Identifier: PostgreSQL
// waivable_rule.hpp: the rules that a desk may pass over for one call.
#pragma once

namespace bookonce
{

/// A refusal that a desk may pass over. The guard is not among them: what is taken stays taken.
enum class WaivableRule
{
    closed,
    off_grid,
    too_soon,
    too_far,
    too_short,
    too_long,
    limit_reached
};

} // namespace bookonce
