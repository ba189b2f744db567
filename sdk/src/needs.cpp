// SPDX-License-Identifier: PostgreSQL
// needs.cpp: conditions as JSON.
#include "bookonce/needs.hpp"

#include "bookonce/errors.hpp"
#include "json_text.hpp"

#include <charconv>
#include <cmath>

namespace bookonce
{

namespace
{

std::string json_list(std::initializer_list<AttributeValue> values)
{
    std::string list;
    for (const AttributeValue &value : values)
    {
        list += (list.empty() ? "" : ", ") + value.json();
    }
    return '[' + list + ']';
}

} // namespace

std::string detail::json_text(std::string_view text)
{
    std::string json = "\"";
    for (const char c : text)
    {
        if (c == '"' || c == '\\')
        {
            json += '\\';
        }
        if (c > '\0' && c < ' ')
        {
            json += c < '\x10' ? "\\u000" : "\\u001";
            json += "0123456789abcdef"[c % 16];
        }
        else
        {
            json += c;
        }
    }
    return json + '"';
}

std::string detail::json_number(double number)
{
    if (!std::isfinite(number))
    {
        throw InvalidRequest{"an attribute is compared with a number that is not finite",
                             {.sqlstate = "22023", .hint = "Leave the condition out."}};
    }
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

AttributeValue::AttributeValue(double value) : json_{detail::json_number(value)}
{
}

AttributeValue::AttributeValue(std::string_view text) : json_{detail::json_text(text)}
{
}

Condition at_least(double number)
{
    return Condition{Condition::Json{"{\"at_least\": " + detail::json_number(number) + '}'}};
}

Condition at_most(double number)
{
    return Condition{Condition::Json{"{\"at_most\": " + detail::json_number(number) + '}'}};
}

Condition between(double least, double most)
{
    return Condition{Condition::Json{"{\"at_least\": " + detail::json_number(least) +
                                     ", \"at_most\": " + detail::json_number(most) + '}'}};
}

Condition one_of(std::initializer_list<AttributeValue> values)
{
    return Condition{Condition::Json{"{\"one_of\": " + json_list(values) + '}'}};
}

Condition all_of(std::initializer_list<AttributeValue> values)
{
    return Condition{Condition::Json{"{\"all_of\": " + json_list(values) + '}'}};
}

} // namespace bookonce
