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

/// The number of characters in a UTF-8 text, where each has one to four bytes.
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

std::size_t Output::rows(Session &session, const std::string &sql, const Parameters &parameters)
{
    return json_ ? print_json(session.query("SELECT pg_catalog.row_to_json(q) FROM (" + sql + ") AS q", parameters))
                 : print_columns(session.query(sql, parameters));
}

std::size_t Output::print_columns(Table table) const
{
    std::size_t all = table.rows.size();
    if (all > 0 && table.columns.back() == "pairs")
    {
        all = std::stoul(table.rows.front().back().value_or("0"));
        table.columns.pop_back();
        std::for_each(table.rows.begin(), table.rows.end(), [](Row &row) { row.pop_back(); });
    }
    std::cout << (all > 0 ? aligned(table) : "");
    return all;
}

std::size_t Output::print_json(const Table &table) const
{
    Json document{{"command", command_}, {"rows", Json::array()}};
    std::size_t all = table.rows.size();
    for (const Row &text : table.rows)
    {
        Json row = Json::parse(text.at(0).value_or("null"));
        if (row.contains("pairs"))
        {
            all = row["pairs"].get<std::size_t>();
            document["pairs"] = all;
            row.erase("pairs");
        }
        document["rows"].push_back(std::move(row));
    }
    std::cout << document.dump(2) << '\n';
    return all;
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
