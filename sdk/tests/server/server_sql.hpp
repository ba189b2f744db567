// SPDX-License-Identifier: PostgreSQL
// server_sql.hpp: a test's own SQL, which bypasses the client under test.
#pragma once

#include "transport.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bookonce::testing
{

/// Runs a statement on a connection of its own, without the SDK's retries.
inline Rows sql(const std::string &database, std::string_view statement, const Parameters &parameters = {})
{
    try
    {
        return detail::postgres_transport("dbname=" + database)
            ->connect(std::chrono::minutes{1})
            ->execute(statement, parameters);
    }
    catch (const detail::Failure &failure)
    {
        throw std::runtime_error{failure.sqlstate + ": " + failure.message};
    }
}

} // namespace bookonce::testing
