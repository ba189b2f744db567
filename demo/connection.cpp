// SPDX-License-Identifier: PostgreSQL
// connection.cpp: libpq's handles, owned; its failures, thrown.
// To know first: a lost connection has no SQLSTATE of the server's; it is reported as 08006.
#include "connection.hpp"

namespace demo
{

Connection::Connection() : connection_{PQconnectdb(connection_string), &PQfinish}
{
    if (PQstatus(connection_.get()) != CONNECTION_OK)
    {
        throw SqlError{PQerrorMessage(connection_.get()), "08001"};
    }
    // Notices such as "already exists, skipping" are not for the reader of the demo.
    PQsetNoticeProcessor(
        connection_.get(), [](void *, const char *) {}, nullptr);
}

std::vector<std::vector<std::string>> Connection::run(const char *sql, const std::vector<std::string> &parameters)
{
    std::vector<const char *> values;
    for (const std::string &parameter : parameters)
    {
        values.push_back(parameter.c_str());
    }
    const std::unique_ptr<PGresult, decltype(&PQclear)> result{PQexecParams(connection_.get(), sql,
                                                                            static_cast<int>(values.size()), nullptr,
                                                                            values.data(), nullptr, nullptr, 0),
                                                               &PQclear};
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    {
        const char *sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
        throw SqlError{PQerrorMessage(connection_.get()), sqlstate != nullptr ? sqlstate : "08006"};
    }
    std::vector<std::vector<std::string>> rows;
    for (int row = 0; row < PQntuples(result.get()); ++row)
    {
        std::vector<std::string> &columns = rows.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column)
        {
            columns.emplace_back(PQgetvalue(result.get(), row, column));
        }
    }
    return rows;
}

long Connection::number(const char *sql, const std::vector<std::string> &parameters)
{
    return std::stol(run(sql, parameters).at(0).at(0));
}

Work::Work(Connection &connection) : connection_{connection}
{
    connection_.run("BEGIN");
}

Work::~Work()
{
    if (open_)
    {
        try
        {
            connection_.run("ROLLBACK");
        }
        catch (const SqlError &)
        {
            // The connection is gone, and the transaction with it.
        }
    }
}

void Work::commit()
{
    open_ = false;
    connection_.run("COMMIT");
}

} // namespace demo
