// SPDX-License-Identifier: PostgreSQL
// connect_timeout.cpp: reads a connection string with libpq and appends to it. In both forms (keywords, URI) the last
// value of an option counts.
#include "connect_timeout.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

namespace bookonce::detail
{

namespace
{

using std::chrono::seconds;

struct FreeOptions
{
    void operator()(PQconninfoOption *options) const { PQconninfoFree(options); }
};

/// The limit that libpq reads from the text; none for 0, and for a text that libpq will refuse.
std::optional<seconds> limit_of(const char *text)
{
    const std::string_view digits = text != nullptr ? text : "";
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() && value > 0 ? std::optional{seconds{value}}
                                                                                     : std::nullopt;
}

} // namespace

std::string with_connect_timeout(const std::string &connection_string, std::chrono::nanoseconds longest)
{
    const std::unique_ptr<PQconninfoOption, FreeOptions> options{PQconninfoParse(connection_string.c_str(), nullptr)};
    if (options == nullptr)
    {
        return connection_string; // malformed: connecting will report it
    }
    const char *given = std::getenv("PGCONNECT_TIMEOUT"); // NOLINT(concurrency-mt-unsafe): libpq reads it there too
    for (const PQconninfoOption *option = options.get(); option->keyword != nullptr; ++option)
    {
        if (std::string_view{option->keyword} == "connect_timeout" && option->val != nullptr)
        {
            given = option->val;
        }
    }
    const auto most = std::clamp(std::chrono::ceil<seconds>(longest), seconds{2}, seconds{1'000'000});
    const auto limit = limit_of(given);
    if (limit && *limit <= most)
    {
        return connection_string;
    }
    const bool is_uri = connection_string.starts_with("postgresql://") || connection_string.starts_with("postgres://");
    const char *const separator = !is_uri ? " " : connection_string.find('?') == std::string::npos ? "?" : "&";
    return connection_string + separator + "connect_timeout=" + std::to_string(most.count());
}

} // namespace bookonce::detail
