// SPDX-License-Identifier: PostgreSQL
// desk.hpp: the actions of the desk: each button of the page is a call of the library.
// To know first: nothing is checked before it is booked. The call decides, and its answer is what the page says.
#pragma once

#include "feed.hpp"
#include "input.hpp"

namespace desk
{

/// Thread-safe.
class Desk
{
  public:
    Desk(bookonce::Client &client, Feed &feed) : client_{client}, feed_{feed} {}

    /// Everything that the page shows of a week, from one snapshot.
    Json week(const std::string &monday);

    /// Each reads its input, or throws BadInput, and answers with `won`, `outcome` and `words`.
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
