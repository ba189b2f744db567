// SPDX-License-Identifier: PostgreSQL
// postgres.cpp: the transport to PostgreSQL, on libpqxx. The only source file that knows libpqxx.
// To know first: everything runs in a pqxx::nontransaction, even BEGIN and COMMIT, because libpqxx must not manage the
// transactions: its commit() may return with nothing committed, and 6.4 reconnects silently.
#include "bookonce/pqxx.hpp"
#include "connect_timeout.hpp"
#include "refused_login.hpp"
#include "server_message.hpp"
#include "transport.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bookonce::detail
{

namespace
{

/// libpqxx 6 keeps the SQLSTATE of an sql_error, except for these types, whose SQLSTATE follows only from the type.
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

#if PQXX_VERSION_MAJOR < 7
constexpr auto verbose = pqxx::connection_base::verbose;
#else
constexpr auto verbose = pqxx::error_verbosity::verbose;
#endif

class PostgresConnection final : public Connection
{
  public:
    /// `may_prepare` belongs to the client: true as long as nothing has shown that prepared statements do not last.
    PostgresConnection(const std::string &connection_string, std::atomic<bool> &may_prepare)
        : connection_{connection_string}, autocommit_{connection_},
          may_prepare_{may_prepare}, socket_{::fcntl(connection_.sock(), F_DUPFD_CLOEXEC, 0)}
    {
        if (socket_ < 0)
        {
            throw std::runtime_error{"the program has no file descriptor left"};
        }
        // So that the text of an error names its table and constraint, which libpqxx passes on in no other way.
        connection_.set_verbosity(verbose);
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        // A lost connection must stay lost: a new one would run the rest of a transaction outside the transaction.
        connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
    }

    PostgresConnection(const PostgresConnection &) = delete;
    PostgresConnection &operator=(const PostgresConnection &) = delete;
    ~PostgresConnection() override
    {
        ::close(socket_);
    }

    Rows execute(std::string_view sql, const Parameters &parameters) override
    {
        return with_failures([&] { return detail::execute(autocommit_, sql, parameters); });
    }

    Rows call(const Statement &statement) override
    {
        if (!may_prepare_.load(std::memory_order_relaxed))
        {
            return execute(statement.sql, statement.parameters);
        }
        const auto [known, is_new] = names_.try_emplace(statement.sql);
        if (is_new || !is_straight()) // the first time, preparing would cost more than it saves
        {
            return execute(statement.sql, statement.parameters);
        }
        try
        {
            return with_failures([&, &name = known->second] { return execute_prepared(statement, name); });
        }
        catch (Failure &failure)
        {
            failure.prepared = true;
            if (failure.sqlstate == "26000" || failure.sqlstate == "42P05") // missing, or another session's
            {
                may_prepare_ = false;
            }
            throw;
        }
    }

    void give_up() noexcept override
    {
        ::shutdown(socket_, SHUT_RDWR);
    }

    void refuse_proxy() override
    {
        if (!proxied_)
        {
            proxied_ = asks_whether_proxy();
        }
        if (*proxied_)
        {
            throw Failure{.sqlstate = "0A000",
                          .message = "this database is a proxy, which commits each call at once, on its shard",
                          .hint =
                              "Leave transact(), query(), swap_bookings(), shift_group(), rename_resource() and what "
                              "deletes to a client of the shard. See docs/scaling.md.",
                          .application = true};
        }
    }

    bool usable() noexcept override
    {
        // On an idle connection the server sends nothing. Bytes or an end of file mean that it is closing the
        // connection, or are a notice, which is not worth telling apart. Seeing them now spares the next call an
        // attempt in doubt.
        char byte = 0;
        const auto peeked = ::recv(connection_.sock(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) && connection_.is_open();
    }

  private:
    /// Whether this connection keeps the same server process until its end. A pooler may put another process behind it
    /// at any time; at connect it reports a pid of its own, for cancelling.
    bool is_straight()
    {
        if (!straight_)
        {
            const Rows rows = execute("SELECT pg_catalog.pg_backend_pid()", {});
            straight_ = rows.at(0).at(0) == std::to_string(connection_.backendpid());
            if (!straight_)
            {
                may_prepare_ = false;
            }
        }
        return straight_;
    }

    bool asks_whether_proxy()
    {
        try
        {
            return execute("SELECT bookonce.is_proxy()", {}).at(0).at(0) == "t";
        }
        catch (const Failure &failure)
        {
            // The function or schema does not exist, or we may not use it: an application's own SQL needs no bookonce.
            if (failure.lost ||
                (failure.sqlstate != "42883" && failure.sqlstate != "3F000" && failure.sqlstate != "42501"))
            {
                throw;
            }
            return false;
        }
    }

    /// Prepares the statement if it has no name yet.
    Rows execute_prepared(const Statement &statement, std::string &name)
    {
        if (name.empty())
        {
            // The name is derived from the text, so the same name is the same statement in any server process, and none
            // can run in place of another.
            std::string new_name = "bookonce_" + std::to_string(std::hash<std::string_view>{}(statement.sql));
            connection_.prepare(new_name, std::string{statement.sql});
            name = std::move(new_name);
        }
        const auto parameters = pqxx_parameters(statement.parameters);
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
        return read_rows(autocommit_.exec(pqxx::prepped{name}, parameters));
#elif PQXX_VERSION_MAJOR == 7
        return read_rows(autocommit_.exec_prepared(name, parameters));
#else
        return read_rows(autocommit_.exec_prepared(name, pqxx::prepare::make_dynamic_params(parameters)));
#endif
    }

    /// Runs it; whatever libpqxx throws becomes a Failure.
    template <typename Run>
    Rows with_failures(Run run)
    {
        try
        {
            return run();
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
            lost.lost = true; // also after a class 08 error on an open connection: what the server did is unknown
            throw lost;
        }
        catch (const std::bad_alloc &)
        {
            throw;
        }
        catch (const std::exception &error)
        {
            // No other exception of libpqxx is expected. After any other, the state of the connection is unknown.
            throw Failure{.sqlstate = "08006", .message = error.what(), .lost = true};
        }
    }

    Failure failure(const char *text, std::string sqlstate) const
    {
        Failure failure = read_server_message(text, std::move(sqlstate));
        failure.lost = !connection_.is_open();
        return failure;
    }

    pqxx::connection connection_;
    pqxx::nontransaction autocommit_; // kept open, because opening one costs libpqxx a system call
    std::atomic<bool> &may_prepare_;
    // A duplicate, so that the descriptor still means this socket after libpq has closed its own in the middle of a
    // statement.
    const int socket_;
    bool straight_ = false;                                   // set once it was found to be straight
    std::optional<bool> proxied_;                             // set once the server was asked
    std::unordered_map<std::string_view, std::string> names_; // of the statements sent so far; empty: not prepared
};

class PostgresTransport final : public Transport
{
  public:
    PostgresTransport(std::string connection_string, bool prepared_statements)
        : connection_string_{std::move(connection_string)}, may_prepare_{prepared_statements}
    {
    }

    std::unique_ptr<Connection> connect(std::chrono::nanoseconds longest) override
    {
        const auto begin = std::chrono::steady_clock::now();
        try
        {
            return std::make_unique<PostgresConnection>(with_connect_timeout(connection_string_, longest),
                                                        may_prepare_);
        }
        catch (const std::bad_alloc &)
        {
            throw;
        }
        catch (const std::exception &error)
        {
            // A server that answered once answers again in about the same time. One that did not answer is not asked
            // again.
            using std::chrono::milliseconds;
            const auto took = std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begin);
            const auto left = std::max(std::chrono::floor<milliseconds>(longest) - took, milliseconds{0});
            const auto patience =
                std::min({took + std::chrono::seconds{1}, milliseconds{std::chrono::seconds{10}}, left});
            Failure refused =
                read_server_message(error.what(), refused_login_sqlstate(connection_string_, error.what(), patience));
            refused.application = true; // the application wrote the connection string
            throw refused;
        }
    }

  private:
    std::string connection_string_;
    std::atomic<bool> may_prepare_;
};

} // namespace

std::unique_ptr<Transport> postgres_transport(std::string connection_string, bool prepared_statements)
{
    return std::make_unique<PostgresTransport>(std::move(connection_string), prepared_statements);
}

} // namespace bookonce::detail
