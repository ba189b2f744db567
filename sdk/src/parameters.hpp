// SPDX-License-Identifier: PostgreSQL
// parameters.hpp: refuses what the wire would silently cut short.
#pragma once

#include "bookonce/statement.hpp"

namespace bookonce::detail
{

/// Throws InvalidRequest if a text holds a NUL byte: libpq would send only what stands before it, and two different
/// keys could become one.
void refuse_nul_bytes(const Parameters &parameters);

} // namespace bookonce::detail
