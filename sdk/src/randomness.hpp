// SPDX-License-Identifier: PostgreSQL
// randomness.hpp: randomness from the operating system, and version 7 UUIDs made from it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace bookonce::detail
{

/// Cryptographically random bytes. Throws std::system_error when the system has none.
std::array<std::uint8_t, 16> random_bytes();

/// RFC 9562 section 5.7: 48 bits of milliseconds since 1970, then 74 of the given random bits, in the usual text form.
/// Version and variant bits replace six bits of `random`; its first six bytes are not used.
std::string uuid_v7(std::chrono::milliseconds since_1970, std::array<std::uint8_t, 16> random);

} // namespace bookonce::detail
