// SPDX-License-Identifier: PostgreSQL
// array_text.hpp: an array parameter in PostgreSQL's text form.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace bookonce::detail
{

/// {"a","b \\"c\\"",NULL}: every element is quoted, so that none can be mistaken for syntax.
std::string array_text(const std::vector<std::optional<std::string>> &elements);

} // namespace bookonce::detail
