// SPDX-License-Identifier: PostgreSQL
// connect_timeout.hpp: bounds how long libpq tries to connect.
#pragma once

#include <chrono>
#include <string>

namespace bookonce::detail
{

/// Returns the connection string with a connect_timeout of at most `longest`, rounded up to whole seconds and to 2,
/// libpq's minimum. A shorter one that is given there or in PGCONNECT_TIMEOUT stays. The timeout applies to each host.
std::string with_connect_timeout(const std::string &connection_string, std::chrono::nanoseconds longest);

} // namespace bookonce::detail
