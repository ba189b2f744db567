// SPDX-License-Identifier: PostgreSQL
// randomness.cpp: getentropy(), which Linux, macOS and the BSDs have, and the bits of a UUID.
#include "randomness.hpp"

#include "hexadecimal.hpp"

#include <cerrno>
#include <system_error>

#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

namespace bookonce::detail
{

std::array<std::uint8_t, 16> random_bytes()
{
    std::array<std::uint8_t, 16> bytes{};
    if (getentropy(bytes.data(), bytes.size()) != 0)
    {
        throw std::system_error{errno, std::generic_category(), "the operating system gave no randomness"};
    }
    return bytes;
}

std::string uuid_v7(std::chrono::milliseconds since_1970, std::array<std::uint8_t, 16> random)
{
    const auto milliseconds = static_cast<std::uint64_t>(since_1970.count());
    for (std::size_t i = 0; i < 6; ++i)
    {
        random[i] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i) & 0xff);
    }
    random[6] = static_cast<std::uint8_t>((random[6] & 0x0f) | 0x70); // version 7
    random[8] = static_cast<std::uint8_t>((random[8] & 0x3f) | 0x80); // variant 10

    std::string text = hexadecimal(random);
    for (const std::size_t at : {8U, 13U, 18U, 23U})
    {
        text.insert(at, 1, '-');
    }
    return text;
}

} // namespace bookonce::detail
