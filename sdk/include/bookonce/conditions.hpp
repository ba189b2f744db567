// SPDX-License-Identifier: PostgreSQL
// conditions.hpp: conditions on the attributes of a resource.
// To know first: write {"projector", true} or {"seats", at_least(8)}. A resource without the attribute does not fit.
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

/// A number, a text, or true or false.
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

/// A condition on one attribute. An attribute that is an array fits if one of its elements does.
class BOOKONCE_EXPORT Condition
{
  public:
    /// Fits if the attribute equals this value.
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

/// The attribute is a number >= `number`, <= `number`, or from `least` to `most`, both included. All throw
/// InvalidRequest for a number that is not finite.
BOOKONCE_EXPORT Condition at_least(double number);
BOOKONCE_EXPORT Condition at_most(double number);
BOOKONCE_EXPORT Condition between(double least, double most);

/// The attribute equals one of these.
BOOKONCE_EXPORT Condition one_of(std::initializer_list<AttributeValue> values);

/// The attribute is an array that has all of these.
BOOKONCE_EXPORT Condition all_of(std::initializer_list<AttributeValue> values);

} // namespace bookonce
