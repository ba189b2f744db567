// SPDX-License-Identifier: PostgreSQL
// array_text.cpp: quotes the elements of an array parameter.
#include "array_text.hpp"

namespace bookonce::detail
{

std::string array_text(const std::vector<std::optional<std::string>> &elements)
{
    std::string text = "{";
    for (const auto &element : elements)
    {
        if (text.size() > 1)
        {
            text += ',';
        }
        if (!element)
        {
            text += "NULL";
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
    return text + '}';
}

} // namespace bookonce::detail
