// SPDX-License-Identifier: PostgreSQL
// server_message.cpp: reads libpq's rendering of an error, in which each section begins a line.
#include "server_message.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bookonce::detail
{

namespace
{

/// Turns "ERROR:  text" and "ERROR:  23P01: text" into "text", and leaves anything else as it is.
std::string_view without_severity(std::string_view line, std::string_view sqlstate)
{
    constexpr std::size_t longest_severity = 16;
    const std::size_t colon = line.find(":  ");
    if (colon == std::string_view::npos || colon > longest_severity)
    {
        return line;
    }
    line.remove_prefix(colon + 3);
    const bool has_code = !sqlstate.empty() && line.starts_with(sqlstate) && line.substr(sqlstate.size(), 2) == ": ";
    return has_code ? line.substr(sqlstate.size() + 2) : line;
}

/// A line that begins with a label begins a section.
struct Section
{
    std::string_view label;
    std::string Failure::*text; // null: of no use to the caller, and may quote more than the caller should see
};

constexpr Section sections[] = {
    {"DETAIL:  ", &Failure::detail},
    {"HINT:  ", &Failure::hint},
    {"TABLE NAME:  ", &Failure::table},
    {"CONSTRAINT NAME:  ", &Failure::constraint},
    {"QUERY:  ", nullptr},
    {"CONTEXT:  ", nullptr},
    {"LINE ", nullptr},
    {"SCHEMA NAME:  ", nullptr},
    {"COLUMN NAME:  ", nullptr},
    {"DATATYPE NAME:  ", nullptr},
    {"LOCATION:  ", nullptr},
};

} // namespace

Failure read_server_message(std::string_view text, std::string sqlstate)
{
    Failure failure{.sqlstate = std::move(sqlstate), .message = {}};
    std::string dropped;
    std::string *section = &failure.message;
    while (!text.empty())
    {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);

        const auto begins = std::find_if(std::begin(sections), std::end(sections),
                                         [line](const Section &each) { return line.starts_with(each.label); });
        if (failure.message.empty())
        {
            line = without_severity(line, failure.sqlstate);
        }
        else if (begins != std::end(sections))
        {
            section = begins->text != nullptr ? &(failure.*(begins->text)) : &dropped;
            line.remove_prefix(begins->label.size());
        }
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        *section += section->empty() ? "" : " ";
        *section += line;
    }
    failure.message += failure.detail.empty() ? "" : ": " + failure.detail;
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
    constexpr std::string_view label_end = ":  "; // follows a severity, which may be in any language
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
