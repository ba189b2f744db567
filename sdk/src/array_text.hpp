// SPDX-License-Identifier: PostgreSQL
// array_text.hpp: a parameter that is an array or a row, in PostgreSQL's text form.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bookonce::detail
{

/// {"a","b \\"c\\"",NULL}: every element is quoted, so that none can be mistaken for syntax.
std::string array_text(const std::vector<std::optional<std::string>> &elements);

/// ("a",,"b"): the same for the columns of a row, where NULL is nothing at all.
std::string row_text(const std::vector<std::optional<std::string>> &columns);

} // namespace bookonce::detail
