// SPDX-License-Identifier: PostgreSQL
// output.cpp: columns for people, JSON for programs.
#include "output.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>

namespace bookonce::tool
{

using Json = nlohmann::ordered_json;

namespace
{

/// Characters, where UTF-8 has one to four bytes for each.
std::size_t width(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(const std::string &text, std::size_t to)
{
    return text + std::string(to - width(text), ' ');
}

} // namespace

std::string aligned(const Table &table)
{
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < table.columns.size(); column++)
    {
        std::size_t widest = width(table.columns[column]);
        for (const Row &row : table.rows)
        {
            widest = std::max(widest, width(row[column].value_or("")));
        }
        widths.push_back(widest);
    }
    const auto line = [&](const auto &cell)
    {
        std::string text;
        for (std::size_t column = 0; column < widths.size(); column++)
        {
            text += column == 0 ? "" : "  ";
            text += padded(cell(column), widths[column]);
        }
        text.erase(text.find_last_not_of(' ') + 1);
        return text + '\n';
    };
    std::string text = line([&](std::size_t column) { return table.columns[column]; });
    for (const Row &row : table.rows)
    {
        text += line([&](std::size_t column) { return row[column].value_or(""); });
    }
    return text;
}

std::size_t Output::rows(Session &session, const std::string &sql, const Parameters &parameters,
                         const std::function<void()> &pulse)
{
    if (!json_)
    {
        const Table table = session.query(sql, parameters, pulse);
        if (!table.rows.empty())
        {
            std::cout << aligned(table);
        }
        return table.rows.size();
    }
    const Table table = session.query("SELECT pg_catalog.row_to_json(q) FROM (" + sql + ") AS q", parameters, pulse);
    Json rows = Json::array();
    for (const Row &row : table.rows)
    {
        rows.push_back(Json::parse(row.at(0).value_or("null")));
    }
    std::cout << Json{{"command", command_}, {"rows", std::move(rows)}}.dump(2) << '\n';
    return table.rows.size();
}

void Output::say(const std::string &sentence) const
{
    if (!json_)
    {
        std::cout << sentence << '\n';
    }
}

void Output::failed(const Refused &why) const
{
    std::cerr << "bookonce: " << why.what() << '\n';
    if (!why.detail.empty())
    {
        std::cerr << "  " << why.detail << '\n';
    }
    if (!why.hint.empty())
    {
        std::cerr << "  " << why.hint << '\n';
    }
    if (json_)
    {
        const Json error{
            {"sqlstate", why.sqlstate}, {"message", why.what()}, {"detail", why.detail}, {"hint", why.hint}};
        std::cout << Json{{"command", command_}, {"error", error}}.dump(2) << '\n';
    }
}

} // namespace bookonce::tool
