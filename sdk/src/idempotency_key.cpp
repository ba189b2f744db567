// SPDX-License-Identifier: PostgreSQL
// idempotency_key.cpp: makes keys: given by the application, random, or derived.
#include "bookonce/idempotency_key.hpp"

#include "bookonce/errors.hpp"
#include "hexadecimal.hpp"
#include "randomness.hpp"
#include "sha256.hpp"

#include <algorithm>
#include <utility>

namespace bookonce
{

namespace
{

constexpr std::size_t longest_key_bytes = 255; // the server's limit
constexpr std::size_t longest_name_space_bytes =
    190; // leaves room for ':' and 64 hexadecimal digits: 190 + 1 + 64 = 255

bool is_name(std::string_view text, std::size_t longest_bytes)
{
    return !text.empty() && text.size() <= longest_bytes &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

void append_counted(std::string &bytes, std::string_view text)
{
    const auto size = static_cast<std::uint64_t>(text.size());
    for (int shift = 56; shift >= 0; shift -= 8)
    {
        bytes.push_back(static_cast<char>(size >> shift & 0xff));
    }
    bytes += text;
}

} // namespace

IdempotencyKey::IdempotencyKey(std::string text) : text_{std::move(text)}
{
    if (!is_name(text_, longest_key_bytes))
    {
        throw InvalidRequest{"an idempotency key must be 1 to 255 bytes of text without control characters",
                             {.sqlstate = "22023",
                              .hint = "Derive one from longer names: IdempotencyKey::derive(\"order\", order_id)."}};
    }
}

IdempotencyKey IdempotencyKey::random()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return IdempotencyKey{
        detail::uuid_v7(std::chrono::duration_cast<std::chrono::milliseconds>(now), detail::random_bytes())};
}

IdempotencyKey IdempotencyKey::derive_from(std::string_view name_space, std::initializer_list<std::string> parts)
{
    if (!is_name(name_space, longest_name_space_bytes))
    {
        throw InvalidRequest{
            "the name space of a derived key must be 1 to 190 bytes of text without control characters",
            {.sqlstate = "22023", .hint = "A valid name space is \"order\"."}};
    }
    // A text is preceded by its length, so no two lists of parts have the same bytes.
    std::string bytes;
    append_counted(bytes, name_space);
    for (const std::string &part : parts)
    {
        append_counted(bytes, part);
    }
    return IdempotencyKey{std::string{name_space} + ':' + detail::hexadecimal(detail::sha256(bytes))};
}

} // namespace bookonce
