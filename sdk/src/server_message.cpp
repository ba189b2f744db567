// SPDX-License-Identifier: PostgreSQL
// server_message.cpp: reads libpq's rendering of an error, a section to a line.
#include "server_message.hpp"

#include <algorithm>
#include <utility>

namespace bookonce::detail
{

namespace
{

/// "ERROR:  text" becomes "text"; anything else stays as it is.
std::string_view without_severity(std::string_view line)
{
    constexpr std::size_t longest_severity = 16;
    const std::size_t colon = line.find(":  ");
    return colon == std::string_view::npos || colon > longest_severity ? line : line.substr(colon + 3);
}

/// These lines are of no use to the caller, and may quote more than the caller should see.
bool is_dropped(std::string_view line)
{
    return line.starts_with("CONTEXT:  ") || line.starts_with("LINE ") || line.starts_with("LOCATION:  ");
}

} // namespace

Failure read_server_message(std::string_view text, std::string sqlstate)
{
    constexpr std::string_view hint_label = "HINT:  ";
    constexpr std::string_view detail_label = "DETAIL:  ";

    Failure failure{.sqlstate = std::move(sqlstate), .message = {}};
    std::string *section = &failure.message;
    std::string dropped;
    while (!text.empty())
    {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);

        std::string_view joint = " ";
        if (failure.message.empty())
        {
            line = without_severity(line);
        }
        else if (line.starts_with(hint_label))
        {
            section = &failure.hint;
            line.remove_prefix(hint_label.size());
        }
        else if (line.starts_with(detail_label))
        {
            section = &failure.message;
            joint = ": ";
            line.remove_prefix(detail_label.size());
        }
        else if (is_dropped(line))
        {
            section = &dropped;
        }
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        *section += section->empty() ? "" : joint;
        *section += line;
    }
    return failure;
}

std::string connect_sqlstate(std::string_view text)
{
    struct Known
    {
        std::string_view fragment;
        std::string_view sqlstate;
    };
    static constexpr Known known[] = {
        {"authentication failed", "28P01"},
        {"no password supplied", "28P01"},
        {"no pg_hba.conf entry", "28000"},
        {"pg_hba.conf rejects", "28000"},
        {"is not permitted to log in", "28000"},
        {"permission denied for database", "42501"},
        {"too many clients", "53300"},
        {"remaining connection slots", "53300"},
        {"too many connections", "53300"},
        {"the database system is", "57P03"}, // starting up, shutting down, in recovery mode
        {"invalid connection option", "22023"},
        {"missing \"=\" after", "22023"},
        {"invalid URI", "22023"},
    };
    for (const auto &[fragment, sqlstate] : known)
    {
        if (text.find(fragment) != std::string_view::npos)
        {
            return std::string{sqlstate};
        }
    }
    if (text.find("does not exist") != std::string_view::npos)
    {
        if (text.find("role \"") != std::string_view::npos)
        {
            return "28000";
        }
        if (text.find("database \"") != std::string_view::npos)
        {
            return "3D000";
        }
    }
    return "08001";
}

std::string last_rendered_sqlstate(std::string_view text)
{
    constexpr std::size_t code_length = 5;
    constexpr std::string_view label_end = ":  "; // after a severity, which may be in any language
    std::string_view last;
    while (!text.empty())
    {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);

        const std::string_view code = line.substr(line.size() - std::min(line.size(), code_length));
        const bool is_code = std::all_of(code.begin(), code.end(),
                                         [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
        if (is_code && line.substr(0, line.size() - code.size()).ends_with(label_end))
        {
            last = code;
        }
    }
    return std::string{last};
}

} // namespace bookonce::detail
