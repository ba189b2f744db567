// SPDX-License-Identifier: PostgreSQL
// array_text.cpp: quotes the elements of an array parameter, and the columns of a row.
#include "array_text.hpp"

#include <string_view>

namespace bookonce::detail
{
namespace
{

std::string list_text(const std::vector<std::optional<std::string>> &elements, std::string_view null)
{
    std::string text;
    for (const auto &element : elements)
    {
        if (&element != &elements.front())
        {
            text += ',';
        }
        if (!element)
        {
            text += null;
            continue;
        }
        text += '"';
        for (const char c : *element)
        {
            if (c == '"' || c == '\\')
            {
                text += '\\';
            }
            text += c;
        }
        text += '"';
    }
    return text;
}

} // namespace

std::string array_text(const std::vector<std::optional<std::string>> &elements)
{
    return '{' + list_text(elements, "NULL") + '}';
}

std::string row_text(const std::vector<std::optional<std::string>> &columns)
{
    return '(' + list_text(columns, "") + ')';
}

} // namespace bookonce::detail
