// SPDX-License-Identifier: PostgreSQL
// sha256.hpp: SHA-256 (FIPS 180-4), for derived idempotency keys. It names intents; no secret depends on it.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bookonce::detail
{

std::array<std::uint8_t, 32> sha256(std::string_view bytes);

} // namespace bookonce::detail
