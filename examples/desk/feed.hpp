// SPDX-License-Identifier: PostgreSQL
// feed.hpp: the events of bookings, as a stream that every open page reads.
// To know first: one thread reads the events of the database, in their order, and each page has a place of its own in
// what was read. The consumer is forgotten at the end, so the database keeps nothing for it.
#pragma once

#include <bookonce/bookonce.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace desk
{

class Feed
{
  public:
    explicit Feed(bookonce::Client &client);
    Feed(const Feed &) = delete;
    Feed &operator=(const Feed &) = delete;
    ~Feed(); ///< close(), and waits for the reading thread

    /// Something was done here: look for its events now, and not at the next interval.
    void look();

    /// Something changed of which the database has no event, such as an offer.
    void say_changed();

    /// All pages are told that it is over.
    void close();

    /// The place in front of the latest messages, for a page that has just been opened.
    std::uint64_t place_of_a_new_page() const;

    /// What comes after `place`, which moves on, as server-sent events; a comment that keeps the connection alive when
    /// there is nothing for a while; none when the desk has closed.
    std::optional<std::string> next(std::uint64_t &place);

  private:
    void read_events();
    void publish(const std::string &kind, const std::string &data);

    bookonce::Client &client_;
    const std::string consumer_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::string> messages_; // the latest
    std::uint64_t first_ = 0;          // the place of messages_.front()
    bool look_ = false;
    bool closed_ = false;
    std::jthread reader_; // the last member: it uses all others
};

} // namespace desk
