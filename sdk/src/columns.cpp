// SPDX-License-Identifier: PostgreSQL
// columns.cpp: the readers of columns that are not templates.
#include "columns.hpp"

#include "bookonce/errors.hpp"
#include "send_format.hpp"

namespace bookonce::detail
{

void unreadable(const std::string &message)
{
    throw Internal{message, {.hint = "Report it, with the versions of SDK and extension."}};
}

void malformed(std::string_view what)
{
    unreadable("the server's answer holds a malformed " + std::string{what});
}

const Row &only(const Rows &rows)
{
    if (rows.size() != 1)
    {
        unreadable("the server's answer is not one row");
    }
    return rows.front();
}

const std::string &needed(const Row &row, std::size_t column)
{
    if (column >= row.size() || !row[column])
    {
        unreadable("column " + std::to_string(column + 1) + " of the server's answer is NULL where it must not be");
    }
    return *row[column];
}

std::vector<int> read_integers(std::string_view array)
{
    if (array.size() < 2 || array.front() != '{' || array.back() != '}')
    {
        malformed("array");
    }
    std::vector<int> integers;
    const char *at = array.data() + 1;
    const char *const end = array.data() + array.size() - 1;
    while (at != end)
    {
        const auto [after, error] = std::from_chars(at, end, integers.emplace_back());
        if (error != std::errc{} || (after != end && (*after != ',' || after + 1 == end)))
        {
            malformed("array");
        }
        at = after == end ? end : after + 1;
    }
    return integers;
}

std::optional<Timestamp> read_optional_timestamp(const std::optional<std::string> &column)
{
    return column ? std::optional{read_timestamp(bytea_bytes(*column))} : std::nullopt;
}

} // namespace bookonce::detail
