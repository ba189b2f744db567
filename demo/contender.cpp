// SPDX-License-Identifier: PostgreSQL
// contender.cpp: makes the contenders of all races.
#include "contender.hpp"

#include <cstddef>
#include <utility>

namespace demo
{

Contender sql_contender(const std::string &name, const std::string &title,
                        std::function<Answer(Connection &connection, int client, int item)> attempt,
                        std::function<Count()> count, bool guarded)
{
    const auto connect = [attempt = std::move(attempt)](int client) -> Attempt
    {
        return [attempt, client, connection = std::make_shared<Connection>()](int item)
        { return attempt(*connection, client, item); };
    };
    return {.name = name, .title = title, .connect = connect, .count = std::move(count), .guarded = guarded};
}

Answer refused_by(std::string_view sqlstate, const std::function<Answer()> &attempt)
{
    try
    {
        return attempt();
    }
    catch (const SqlError &error)
    {
        if (error.sqlstate == sqlstate)
        {
            return Answer::refused;
        }
        throw;
    }
}

SharedClient::SharedClient(int clients)
    : tenant{bookonce::IdempotencyKey::random().text()}, client{
                                                             std::make_shared<bookonce::Client>(bookonce::ClientOptions{
                                                                 .connection_string = connection_string,
                                                                 .pool_size = static_cast<std::size_t>(clients)})}
{
}

Contender bookonce_contender(const std::function<void()> &prepare, std::function<Answer(int client, int item)> attempt,
                             std::function<Count()> count)
{
    prepare();
    const auto connect = [prepare, attempt = std::move(attempt)](int client) -> Attempt
    {
        prepare();
        return [attempt, client](int item) { return attempt(client, item); };
    };
    return {.name = "bookonce",
            .title = "bookonce",
            .connect = connect,
            .count = std::move(count),
            .guarded = true,
            .ours = true};
}

long overlapping_bookings(Connection &connection, const std::string &tenant)
{
    return connection.number("SELECT count(*) FROM bookonce.live_booking AS a JOIN bookonce.live_booking AS b "
                             "ON a.booking_id < b.booking_id AND a.resource = b.resource AND a.during && b.during "
                             "WHERE a.tenant = $1 AND b.tenant = $1",
                             {tenant});
}

} // namespace demo
