// SPDX-License-Identifier: PostgreSQL
// json_text.hpp: texts and numbers as JSON.
#pragma once

#include <string>
#include <string_view>

namespace bookonce::detail
{

/// "a \"b\"", with its quotes. A NUL byte stays a NUL byte, so that refuse_nul_bytes() refuses the parameter as any
/// other.
std::string json_text(std::string_view text);

/// In the fewest digits that read back as the same number. Throws InvalidRequest if it is not finite.
std::string json_number(double number);

} // namespace bookonce::detail
