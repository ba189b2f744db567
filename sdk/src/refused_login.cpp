// SPDX-License-Identifier: PostgreSQL
// refused_login.cpp: the SQLSTATE of a refused login. The only source file that calls libpq directly.
// To know first: for a connection that failed, libpq gives no SQLSTATE but only a text, in the language of the server's
// lc_messages. A connection that is set to PQERRORS_SQLSTATE before the answer arrives shows the code in place of the
// text ("FATAL:  28P01"). So if we cannot read the text, we log in a second time, to be refused with a code.
#include "refused_login.hpp"

#include "server_message.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <new>

#include <poll.h>

namespace bookonce::detail
{

namespace
{

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct FinishConnection
{
    void operator()(PGconn *connection) const { PQfinish(connection); }
};
using ConnectionPointer = std::unique_ptr<PGconn, FinishConnection>;

bool is_well_formed(const std::string &connection_string)
{
    char *message = nullptr;
    PQconninfoOption *const options = PQconninfoParse(connection_string.c_str(), &message);
    PQconninfoFree(options);
    PQfreemem(message);
    return options != nullptr;
}

/// Returns true if, before the deadline, the socket became ready for reading or writing, whichever libpq waits for.
/// Errors count as ready, and libpq reports them.
bool wait_for(int socket, PostgresPollingStatusType next, steady_clock::time_point deadline)
{
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    pollfd waiting{
        .fd = socket, .events = next == PGRES_POLLING_READING ? short{POLLIN} : short{POLLOUT}, .revents = 0};
    return left > left.zero() && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0;
}

/// Logs in once more and returns the connection: open, refused, or, if the deadline came first, neither.
ConnectionPointer log_in_for_a_code(const std::string &connection_string, steady_clock::time_point deadline)
{
    ConnectionPointer connection{PQconnectStart(connection_string.c_str())};
    if (connection == nullptr)
    {
        throw std::bad_alloc{};
    }
    PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);
    auto next = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while ((next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) &&
           wait_for(PQsocket(connection.get()), next, deadline))
    {
        next = PQconnectPoll(connection.get());
    }
    return connection;
}

/// Returns true for a code about this login that another attempt would get again, and for the codes of a busy server.
/// Any other code stays 08001, which is tried again, because some poolers have one code (08P01) for all refusals.
bool is_telling(std::string_view sqlstate)
{
    static constexpr std::string_view classes[] = {"22", "28", "3D", "42", "53", "57"};
    return std::any_of(std::begin(classes), std::end(classes),
                       [sqlstate](std::string_view begin) { return sqlstate.starts_with(begin); });
}

} // namespace

std::string refused_login_sqlstate(const std::string &connection_string, std::string_view text, milliseconds patience)
{
    std::string sqlstate = connect_sqlstate(text);
    if (sqlstate != "08001")
    {
        return sqlstate; // a second refused login would only count towards a lock-out
    }
    if (!is_well_formed(connection_string))
    {
        return "22023";
    }
    const ConnectionPointer connection = log_in_for_a_code(connection_string, steady_clock::now() + patience);
    if (PQstatus(connection.get()) != CONNECTION_BAD)
    {
        return "08001"; // now it opens, or the time is up: the next attempt will tell
    }
    if (PQconnectionNeedsPassword(connection.get()) != 0)
    {
        return "28P01"; // libpq's own refusal, which has no code
    }
    sqlstate = last_rendered_sqlstate(PQerrorMessage(connection.get()));
    return is_telling(sqlstate) ? sqlstate : "08001";
}

} // namespace bookonce::detail
