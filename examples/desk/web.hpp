// SPDX-License-Identifier: PostgreSQL
// web.hpp: the desk on 127.0.0.1: the page, its calls, and the stream of what happened.
// To know first: whatever fails is said in words; what the server's log says of it goes nowhere near the browser.
#pragma once

#include "desk.hpp"

#include <httplib.h>

#include <string>

namespace desk
{

class Web
{
  public:
    /// `page` is the folder of the page's files. Port 0: any that is free. Throws std::runtime_error if that port is
    /// taken.
    Web(Desk &desk, Feed &feed, const std::string &page, int port);

    std::string address() const;

    void listen(); ///< until stop()
    void stop();

  private:
    void guard_against_strangers();
    void answer_calls();
    void stream_what_happened();

    Desk &desk_;
    Feed &feed_;
    httplib::Server server_;
    int port_;
};

} // namespace desk
