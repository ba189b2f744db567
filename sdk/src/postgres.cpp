// SPDX-License-Identifier: PostgreSQL
// postgres.cpp: the transport to PostgreSQL, on libpqxx. The only source file that knows libpqxx.
// To know first: everything runs in a pqxx::nontransaction, BEGIN and COMMIT too, so that no libpqxx has an opinion on
// what a transaction is: their commit() may return with nothing committed, and 6.4 connects anew behind one's back.
#include "bookonce/pqxx.hpp"
#include "server_message.hpp"
#include "transport.hpp"

#include <cerrno>
#include <new>
#include <string>
#include <utility>

#include <sys/socket.h>

namespace bookonce::detail
{

namespace
{

/// libpqxx 6 keeps the code of an sql_error, save for these types, where only the type tells.
std::string sqlstate_of(const pqxx::sql_error &error)
{
    std::string code{error.sqlstate()};
    if (code.empty() && dynamic_cast<const pqxx::insufficient_privilege *>(&error) != nullptr)
    {
        return "42501";
    }
    return code;
}

#if PQXX_VERSION_MAJOR < 7
std::string sqlstate_of(const pqxx::transaction_rollback &error)
{
    if (dynamic_cast<const pqxx::serialization_failure *>(&error) != nullptr)
    {
        return "40001";
    }
    if (dynamic_cast<const pqxx::deadlock_detected *>(&error) != nullptr)
    {
        return "40P01";
    }
    return dynamic_cast<const pqxx::statement_completion_unknown *>(&error) != nullptr ? "40003" : "40000";
}
#endif

class PostgresConnection final : public Connection
{
  public:
    explicit PostgresConnection(const std::string &connection_string) : connection_{connection_string}
    {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        // A lost connection must stay lost: a new one would run the rest of a transaction outside of it.
        connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
    }

    Rows execute(std::string_view sql, const Parameters &parameters) override
    {
        try
        {
            pqxx::nontransaction autocommit{connection_};
            return detail::execute(autocommit, sql, parameters);
        }
        catch (const pqxx::sql_error &error)
        {
            throw failure(error.what(), sqlstate_of(error));
        }
#if PQXX_VERSION_MAJOR < 7
        catch (const pqxx::transaction_rollback &error)
        {
            throw failure(error.what(), sqlstate_of(error));
        }
#endif
        catch (const pqxx::broken_connection &error)
        {
            Failure lost = failure(error.what(), "08006");
            lost.lost = true; // also for a class 08 error on an open connection: what the server did is not known
            throw lost;
        }
        catch (const std::bad_alloc &)
        {
            throw;
        }
        catch (const std::exception &error)
        {
            // Nothing that libpqxx throws else is expected. Whatever it was, the state of the connection is not known.
            throw Failure{.sqlstate = "08006", .message = error.what(), .lost = true};
        }
    }

    bool usable() noexcept override
    {
        // An idle connection has nothing to say. Bytes or an end of file are the server's farewell, or a notice that is
        // not worth telling apart from it: seeing them now spares the next call a try in doubt.
        char byte = 0;
        const auto peeked = ::recv(connection_.sock(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) && connection_.is_open();
    }

  private:
    Failure failure(const char *text, std::string sqlstate) const
    {
        Failure failure = read_server_message(text, std::move(sqlstate));
        failure.lost = !connection_.is_open();
        return failure;
    }

    pqxx::connection connection_;
};

class PostgresTransport final : public Transport
{
  public:
    explicit PostgresTransport(std::string connection_string) : connection_string_{std::move(connection_string)} {}

    std::unique_ptr<Connection> connect() override
    {
        try
        {
            return std::make_unique<PostgresConnection>(connection_string_);
        }
        catch (const std::bad_alloc &)
        {
            throw;
        }
        catch (const std::exception &error)
        {
            throw read_server_message(error.what(), connect_sqlstate(error.what()));
        }
    }

  private:
    std::string connection_string_;
};

} // namespace

std::unique_ptr<Transport> postgres_transport(std::string connection_string)
{
    return std::make_unique<PostgresTransport>(std::move(connection_string));
}

} // namespace bookonce::detail
