// SPDX-License-Identifier: PostgreSQL
// idempotency_key.hpp: a key by which the caller names one intent.
// To know first: repeating a call with the same key never repeats its effect, for as long as the row that the call made
// exists.
#pragma once

#include "bookonce/export.hpp"
#include "bookonce/time_range.hpp"

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace bookonce
{

/// A key: 1 to 255 bytes of text without control characters, unique per tenant. Immutable and copyable.
class BOOKONCE_EXPORT IdempotencyKey
{
  public:
    /// A key given by the application, an order number for example. Throws InvalidRequest if it is empty, longer than
    /// 255 bytes or contains a control character.
    explicit IdempotencyKey(std::string text);

    /// A key that nobody has used: a version 7 UUID with randomness from the operating system. Keys made one after
    /// another are neighbours in the index.
    static IdempotencyKey random();

    /// A key that the application can derive again after a crash: the same parts give the same key, in every process
    /// and every release.
    ///
    ///     IdempotencyKey::derive("order", order_id, line_number)
    ///
    /// A part is a text, an integer (its decimal digits) or a Timestamp (microseconds since 1970 as digits). Parts
    /// cannot run together: derive("n", "ab", "c") and derive("n", "a", "bc") differ. The key is `name_space:` followed
    /// by a SHA-256 in hexadecimal. Its input is the name space and then each part as text, each preceded by its length
    /// in 8 bytes, big-endian. Throws InvalidRequest if the name space is empty, longer than 190 bytes or contains a
    /// control character.
    template <typename... Parts>
    static IdempotencyKey derive(std::string_view name_space, const Parts &...parts)
    {
        return derive_from(name_space, {part_text(parts)...});
    }

    const std::string &text() const noexcept { return text_; }

    friend bool operator==(const IdempotencyKey &, const IdempotencyKey &) = default;

  private:
    static IdempotencyKey derive_from(std::string_view name_space, std::initializer_list<std::string> parts);

    static std::string part_text(std::string_view part) { return std::string{part}; }
    static std::string part_text(Timestamp part) { return std::to_string(part.time_since_epoch().count()); }

    // Not bool or char: the caller must say whether they mean a number or a text.
    template <std::integral Integer>
    requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) static std::string part_text(Integer part)
    {
        return std::to_string(part);
    }

    std::string text_;
};

} // namespace bookonce
