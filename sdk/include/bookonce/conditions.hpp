// SPDX-License-Identifier: PostgreSQL
// conditions.hpp: what an attribute of a resource must be.
// To know first: {"projector", true} and {"seats", at_least(8)}; a resource without the attribute does not fit.
#pragma once

#include "bookonce/export.hpp"

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace bookonce
{

namespace detail
{

template <typename Value>
concept WholeNumber = std::integral<Value> && !std::same_as<Value, bool> && !std::same_as<Value, char>;

} // namespace detail

/// A number, a text, true or false.
class BOOKONCE_EXPORT AttributeValue
{
  public:
    AttributeValue(std::same_as<bool> auto value) : json_{value ? "true" : "false"} {}
    AttributeValue(detail::WholeNumber auto value) : json_{std::to_string(value)} {}
    AttributeValue(double value); ///< throws InvalidRequest if it is not finite
    AttributeValue(std::string_view text);
    AttributeValue(const char *text) : AttributeValue{std::string_view{text}} {}
    AttributeValue(const std::string &text) : AttributeValue{std::string_view{text}} {}

    const std::string &json() const noexcept { return json_; }

  private:
    std::string json_;
};

/// What an attribute must be. An attribute that is an array fits if one of its elements does.
class BOOKONCE_EXPORT Condition
{
  public:
    /// This value, and no other.
    template <typename Value>
    requires std::constructible_from<AttributeValue, const Value &> Condition(const Value &value)
        : json_{AttributeValue{value}.json()}
    {
    }

    const std::string &json() const noexcept { return json_; }

  private:
    friend Condition at_least(double number);
    friend Condition at_most(double number);
    friend Condition between(double least, double most);
    friend Condition one_of(std::initializer_list<AttributeValue> values);
    friend Condition all_of(std::initializer_list<AttributeValue> values);
    /// @cond
    struct Json
    {
        std::string text;
    };
    /// @endcond
    explicit Condition(Json json) : json_{std::move(json.text)} {}

    std::string json_;
};

/// A number not below, not above, or neither. All throw InvalidRequest for what is not finite.
BOOKONCE_EXPORT Condition at_least(double number);
BOOKONCE_EXPORT Condition at_most(double number);
BOOKONCE_EXPORT Condition between(double least, double most);

/// One of these.
BOOKONCE_EXPORT Condition one_of(std::initializer_list<AttributeValue> values);

/// An array that has all of these.
BOOKONCE_EXPORT Condition all_of(std::initializer_list<AttributeValue> values);

} // namespace bookonce
