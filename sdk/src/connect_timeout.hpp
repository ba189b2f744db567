// SPDX-License-Identifier: PostgreSQL
// connect_timeout.hpp: bounds how long libpq tries to connect.
#pragma once

#include <chrono>
#include <string>

namespace bookonce::detail
{

/// The connection string with a connect_timeout of at most `longest`, rounded up to whole seconds, and to 2, which is
/// the least that libpq knows. A shorter one that was given, there or in PGCONNECT_TIMEOUT, stays. It holds for each
/// host.
std::string with_connect_timeout(const std::string &connection_string, std::chrono::nanoseconds longest);

} // namespace bookonce::detail
