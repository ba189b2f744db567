// SPDX-License-Identifier: PostgreSQL
// refused_login.hpp: finds out why a server refused a login, whatever language it speaks.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace bookonce::detail
{

/// Returns the SQLSTATE of a connection that could not be opened; 08001 if nothing better is known. `text` is libpq's
/// message. If it is not in English, the server is asked again, which takes at most `patience` and a DNS lookup.
std::string refused_login_sqlstate(const std::string &connection_string, std::string_view text,
                                   std::chrono::milliseconds patience);

} // namespace bookonce::detail
