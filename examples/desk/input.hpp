// SPDX-License-Identifier: PostgreSQL
// input.hpp: what a browser sent, checked before anything else looks at it.
// To know first: nothing is made fit. What is not as it must be is refused with a sentence, and nothing is done.
#pragma once

#include <bookonce/bookonce.hpp>
#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>

namespace desk
{

using Json = nlohmann::ordered_json;

/// The browser's fault; what() is a sentence for the person in front of it.
class BadInput : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// A JSON object, or BadInput.
Json object_from(const std::string &body);

/// A text of 1 to `most` bytes without control characters.
std::string text_from(const Json &input, const char *name, std::size_t most);

/// A whole number.
int number_from(const Json &input, const char *name, int least, int most);

/// A Monday: "2031-01-06".
bookonce::Timestamp week_from(const std::string &date);

/// The members `start` and `minutes`.
bookonce::TimeRange time_from(const Json &input);

} // namespace desk
