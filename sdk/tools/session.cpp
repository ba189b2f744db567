// SPDX-License-Identifier: PostgreSQL
// session.cpp: sends a statement, waits for its result, and reads it.
#include "session.hpp"

#include <libpq-fe.h>

#include <poll.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <utility>

namespace bookonce::tool
{

namespace
{

volatile std::sig_atomic_t interrupts = 0;

extern "C" void remember_interrupt(int)
{
    interrupts = interrupts + 1;
}

std::string field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);
    return text != nullptr ? text : "";
}

/// libpq ends its messages with a line feed.
std::string trimmed(std::string text)
{
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

// The server's notices, such as its progress, are for the person who waits, so they go to standard error.
void print_notice(void *, const PGresult *notice)
{
    std::cerr << "bookonce: " << field(notice, PG_DIAG_MESSAGE_PRIMARY) << '\n';
}

} // namespace

Refused::Refused(const std::string &message, std::string code, std::string details, std::string advice)
    : std::runtime_error{message}, sqlstate{std::move(code)}, detail{std::move(details)}, hint{std::move(advice)}
{
}

void Session::Close::operator()(PGconn *connection) const
{
    PQfinish(connection);
}

void Session::Close::operator()(PGresult *result) const
{
    PQclear(result);
}

Session::Session(std::string dbname) : dbname_{std::move(dbname)}
{
    const std::array<const char *, 4> keywords{"fallback_application_name", "client_encoding",
                                               dbname_.empty() ? nullptr : "dbname", nullptr};
    const std::array<const char *, 4> values{"bookonce", "UTF8", dbname_.c_str(), nullptr};
    connection_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
    if (connection_ == nullptr)
    {
        throw std::bad_alloc{};
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK)
    {
        throw Refused{trimmed(PQerrorMessage(connection_.get())), "", "",
                      "Name the server by PGHOST and the database by --dbname, as for psql."};
    }
    PQsetNoticeReceiver(connection_.get(), print_notice, nullptr);
}

std::string Session::pid() const
{
    return std::to_string(PQbackendPID(connection_.get()));
}

Table Session::query(const std::string &sql, const Parameters &parameters, const std::function<void()> &pulse)
{
    std::vector<const char *> values;
    values.reserve(parameters.size());
    for (const auto &parameter : parameters)
    {
        values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    if (PQsendQueryParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                          nullptr, nullptr, 0) == 0)
    {
        throw Refused{trimmed(PQerrorMessage(connection_.get())), "08006"};
    }
    wait(pulse);
    const Result result{PQgetResult(connection_.get())};
    while (Result{PQgetResult(connection_.get())} != nullptr)
    {
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    {
        const std::string code = field(result.get(), PG_DIAG_SQLSTATE);
        if (interrupts > 0 && code == "57014")
        {
            throw Interrupted{};
        }
        const std::string message = field(result.get(), PG_DIAG_MESSAGE_PRIMARY);
        throw Refused{message.empty() ? trimmed(PQerrorMessage(connection_.get())) : message, code,
                      field(result.get(), PG_DIAG_MESSAGE_DETAIL), field(result.get(), PG_DIAG_MESSAGE_HINT)};
    }

    Table table;
    const int columns = PQnfields(result.get());
    for (int column = 0; column < columns; column++)
    {
        table.columns.emplace_back(PQfname(result.get(), column));
    }
    for (int i = 0; i < PQntuples(result.get()); i++)
    {
        Row &row = table.rows.emplace_back();
        for (int column = 0; column < columns; column++)
        {
            row.push_back(PQgetisnull(result.get(), i, column) != 0
                              ? std::nullopt
                              : std::optional<std::string>{PQgetvalue(result.get(), i, column)});
        }
    }
    return table;
}

std::string Session::value(const std::string &sql, const Parameters &parameters)
{
    return query(sql, parameters).rows.at(0).at(0).value_or("");
}

void Session::wait(const std::function<void()> &pulse)
{
    constexpr int one_second = 1000;
    bool cancelled = false;
    while (PQisBusy(connection_.get()) != 0)
    {
        if (interrupts > 0 && !cancelled)
        {
            cancel();
            cancelled = true;
        }
        PQflush(connection_.get());
        pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
        const int ready = ::poll(&socket, 1, one_second);
        if (ready == 0 && pulse && !cancelled)
        {
            pulse();
        }
        if (ready < 0 && errno != EINTR)
        {
            throw Refused{"waiting for the server failed", "08006"};
        }
        if (ready > 0 && PQconsumeInput(connection_.get()) == 0)
        {
            throw Refused{trimmed(PQerrorMessage(connection_.get())), "08006"};
        }
    }
}

void Session::cancel()
{
    std::array<char, 256> error{};
    PGcancel *const order = PQgetCancel(connection_.get());
    if (order != nullptr)
    {
        PQcancel(order, error.data(), static_cast<int>(error.size()));
        PQfreeCancel(order);
    }
}

void catch_interrupts()
{
    struct sigaction action = {};
    action.sa_handler = remember_interrupt;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESETHAND); // the second Ctrl-C ends the program
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

void forget_interrupt()
{
    interrupts = 0;
}

} // namespace bookonce::tool
