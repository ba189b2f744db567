// SPDX-License-Identifier: PostgreSQL
// contender.hpp: what the contenders of all races have in common: their connections, and how they are refused.
#pragma once

#include "connection.hpp"
#include "race.hpp"

#include <bookonce/client.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace demo
{

/// A method in the application's own SQL. Each client has a connection of its own.
Contender sql_contender(const std::string &name, const std::string &title,
                        std::function<Answer(Connection &connection, int client, int item)> attempt,
                        std::function<Count()> count, bool guarded = false);

/// Runs an attempt in which an error with this SQLSTATE means that the thing on offer is taken.
Answer refused_by(std::string_view sqlstate, const std::function<Answer()> &attempt);

/// One client object for all threads, as in a web server, and a tenant that is new, so each race starts with nothing.
struct SharedClient
{
    explicit SharedClient(int clients);

    std::string tenant;
    std::shared_ptr<bookonce::Client> client;
};

/// bookonce itself. `prepare` is called once here, and again by each client before the start, only to open its
/// connection: by then it has nothing to write.
Contender bookonce_contender(const std::function<void()> &prepare, std::function<Answer(int client, int item)> attempt,
                             std::function<Count()> count);

/// How many pairs of the tenant's live bookings overlap.
long overlapping_bookings(Connection &connection, const std::string &tenant);

} // namespace demo
