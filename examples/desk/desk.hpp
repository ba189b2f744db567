// SPDX-License-Identifier: PostgreSQL
// desk.hpp: what the desk can do: each button of the page is a call of the library.
// To know first: nothing is checked before it is booked. The call decides, and its answer is what the page says.
#pragma once

#include "feed.hpp"
#include "input.hpp"

namespace desk
{

/// Any number of threads may use it.
class Desk
{
  public:
    Desk(bookonce::Client &client, Feed &feed) : client_{client}, feed_{feed} {}

    /// All that the page shows of a week, as it was at one instant.
    Json week(const std::string &monday);

    /// Each reads what it needs, or throws BadInput; and answers `won`, `outcome` and `words`.
    Json book(const Json &input);
    Json confirm(const Json &input);
    Json extend(const Json &input);
    Json cancel(const Json &input);
    Json join(const Json &input);
    Json leave(const Json &input);
    Json open_job(const Json &input);
    Json accept(const Json &input);
    Json decline(const Json &input);

  private:
    bookonce::Client &client_;
    Feed &feed_;
};

} // namespace desk
