// SPDX-License-Identifier: PostgreSQL
// json_text.hpp: texts and numbers as JSON writes them.
#pragma once

#include <string>
#include <string_view>

namespace bookonce::detail
{

/// "a \"b\"", in quotes. A NUL byte stays one, so that the parameter is refused as every other.
std::string json_text(std::string_view text);

/// In the fewest digits that read back as the same number. Throws InvalidRequest if it is not finite.
std::string json_number(double number);

} // namespace bookonce::detail
