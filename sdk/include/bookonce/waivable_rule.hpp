// SPDX-License-Identifier: PostgreSQL
// waivable_rule.hpp: the rules that a desk may waive for one call.
#pragma once

namespace bookonce
{

/// A refusal that a desk may waive. Taken is not among them: the guard cannot be waived.
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
