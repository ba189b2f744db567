// SPDX-License-Identifier: PostgreSQL
// hexadecimal.hpp: bytes as hexadecimal digits.
#pragma once

#include <cstdint>
#include <string>

namespace bookonce::detail
{

/// Lower-case hexadecimal digits.
template <typename Bytes>
std::string hexadecimal(const Bytes &bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes)
    {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

} // namespace bookonce::detail
