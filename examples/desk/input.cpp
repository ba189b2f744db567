// SPDX-License-Identifier: PostgreSQL
// input.cpp: what a browser sent, checked before anything else looks at it.
#include "input.hpp"

#include <algorithm>

namespace desk
{

namespace
{

const Json &member(const Json &input, const char *name)
{
    const auto found = input.find(name);
    if (found == input.end())
    {
        throw BadInput{std::string{"Something is missing: "} + name + '.'};
    }
    return *found;
}

bookonce::Timestamp instant_from(const std::string &text)
{
    try
    {
        return bookonce::from_iso8601(text);
    }
    catch (const bookonce::InvalidRequest &)
    {
        throw BadInput{"That is no time, such as 2031-01-06T09:00:00Z."};
    }
}

} // namespace

Json object_from(const std::string &body)
{
    Json input = Json::parse(body, nullptr, false); // also refuses what is not UTF-8
    if (!input.is_object())
    {
        throw BadInput{"The desk understands JSON objects only."};
    }
    return input;
}

std::string text_from(const Json &input, const char *name, std::size_t most)
{
    const Json &value = member(input, name);
    if (!value.is_string())
    {
        throw BadInput{std::string{"This must be a text: "} + name + '.'};
    }
    std::string text = value.get<std::string>();
    const bool has_control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
    if (has_control || text.find_first_not_of(' ') == std::string::npos)
    {
        throw BadInput{std::string{"This cannot be read as a text: "} + name + '.'};
    }
    if (text.size() > most)
    {
        throw BadInput{std::string{"This is too long: "} + name + ". At most " + std::to_string(most) + " bytes."};
    }
    return text;
}

int number_from(const Json &input, const char *name, int least, int most)
{
    const Json &value = member(input, name);
    // The difference decides, because get<int>() would cut a large number off.
    if (!value.is_number_integer() || value < least || value > most)
    {
        throw BadInput{std::string{"This must be a whole number from "} + std::to_string(least) + " to " +
                       std::to_string(most) + ": " + name + '.'};
    }
    return value.get<int>();
}

bookonce::Timestamp week_from(const std::string &date)
{
    const bookonce::Timestamp at = instant_from(date + "T00:00:00Z");
    const auto day = std::chrono::floor<std::chrono::days>(at);
    if (std::chrono::weekday{day} != std::chrono::Monday)
    {
        throw BadInput{"A week begins on a Monday."};
    }
    return at;
}

bookonce::TimeRange time_from(const Json &input)
{
    using namespace std::chrono_literals;
    const bookonce::Timestamp start = instant_from(text_from(input, "start", 40));
    const int minutes = number_from(input, "minutes", 15, 8 * 60);
    if (start.time_since_epoch() % 15min != 0us || minutes % 15 != 0)
    {
        throw BadInput{"Times are whole quarters of an hour."};
    }
    return {start, std::chrono::minutes{minutes}};
}

} // namespace desk
