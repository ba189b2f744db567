// SPDX-License-Identifier: PostgreSQL
// feed.cpp: the events of bookings, as a stream that every open page reads.
#include "feed.hpp"

#include "words.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace desk
{

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

namespace
{

constexpr std::size_t kept = 500;    // messages; a page that is further behind loads everything again
constexpr std::size_t for_a_new = 8; // how many of the latest messages a new page begins with

std::string happened(const bookonce::Event &event)
{
    const bookonce::BookingState &booking = event.after ? *event.after : *event.before;
    // People typed the names and reasons: whatever bytes these contain, the page gets valid JSON.
    return Json{
        {"kind", label(event.kind)},    {"booking", event.booking_id},       {"at", bookonce::to_iso8601(event.at)},
        {"resource", booking.resource}, {"name", name_of(booking.resource)}, {"when", told(booking.during)},
        {"holder", booking.holder}}
        .dump(-1, ' ', true, Json::error_handler_t::replace);
}

} // namespace

Feed::Feed(bookonce::Client &client)
    : client_{client}, consumer_{"desk:" + bookonce::IdempotencyKey::random().text()}, reader_{[this]
                                                                                               { read_events(); }}
{
}

Feed::~Feed()
{
    close();
    reader_.join();
    try
    {
        client_.forget_consumer({.consumer = consumer_});
    }
    catch (const bookonce::Error &gone) // for instance, its server is gone
    {
        std::cerr << "desk: the consumer " << consumer_ << " stays: " << gone.what() << '\n';
    }
}

void Feed::read_events()
{
    bool in_trouble = false;
    for (;;)
    {
        try
        {
            client_.events({.consumer = consumer_},
                           [this](const bookonce::Event &event) { publish("happened", happened(event)); });
            in_trouble = false;
        }
        catch (const bookonce::Error &trouble)
        {
            // Reported once. When the server is back, reading continues where it stopped.
            std::cerr << (in_trouble ? "" : std::string{"desk: no events for now: "} + trouble.what() + '\n');
            in_trouble = true;
        }
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, 250ms, [this] { return look_ || closed_; });
        look_ = false;
        if (closed_)
        {
            return;
        }
    }
}

void Feed::publish(const std::string &kind, const std::string &data)
{
    const std::lock_guard lock{mutex_};
    messages_.push_back("event: " + kind + "\ndata: " + data + "\n\n");
    if (messages_.size() > kept)
    {
        messages_.pop_front();
        first_++;
    }
    changed_.notify_all();
}

void Feed::look()
{
    const std::lock_guard lock{mutex_};
    look_ = true;
    changed_.notify_all();
}

void Feed::say_changed()
{
    publish("changed", "{}");
    look();
}

void Feed::close()
{
    const std::lock_guard lock{mutex_};
    closed_ = true;
    changed_.notify_all();
}

std::uint64_t Feed::place_of_a_new_page() const
{
    const std::lock_guard lock{mutex_};
    return first_ + (messages_.size() > for_a_new ? messages_.size() - for_a_new : 0);
}

std::optional<std::string> Feed::next(std::uint64_t &place)
{
    std::unique_lock lock{mutex_};
    const auto has_more = [this, &place] { return place < first_ + messages_.size(); };
    changed_.wait_for(lock, 15s, [&] { return closed_ || has_more(); });
    if (closed_)
    {
        return std::nullopt;
    }
    if (!has_more())
    {
        return ": still here\n\n";
    }
    if (place < first_)
    {
        place = first_ + messages_.size();
        return "event: changed\ndata: {}\n\n";
    }
    std::string text;
    for (; has_more(); place++)
    {
        text += messages_[place - first_];
    }
    return text;
}

} // namespace desk
