// SPDX-License-Identifier: PostgreSQL
// desk.cpp: the actions of the desk: each button of the page is a call of the library.
#include "desk.hpp"

#include "words.hpp"

#include <vector>

namespace desk
{

using namespace std::chrono_literals;
using bookonce::to_iso8601;

namespace
{

constexpr std::size_t name_most = 60;

Json json_of(const Answer &answer)
{
    return {{"won", answer.won}, {"outcome", answer.outcome}, {"words", answer.words}};
}

Json json_of(const bookonce::ResourceRow &resource)
{
    return {{"id", resource.resource},
            {"name", name_of(resource.resource)},
            {"capacity", resource.capacity},
            {"hours", resource.opening_hours ? Json::parse(*resource.opening_hours) : Json(nullptr)}};
}

Json json_of(const bookonce::BookingRow &booking)
{
    return {{"id", booking.booking_id},
            {"resource", booking.resource},
            {"start", to_iso8601(booking.during.begin())},
            {"end", to_iso8601(booking.during.end())},
            {"holder", booking.holder},
            {"status", label(booking.status)},
            {"expires", booking.lapses_at ? Json(to_iso8601(*booking.lapses_at)) : Json(nullptr)}};
}

Json json_of(const bookonce::RequestRow &job)
{
    return {{"id", job.request_id},
            {"start", to_iso8601(job.during.begin())},
            {"end", to_iso8601(job.during.end())},
            {"positions", job.positions},
            {"filled", job.filled},
            {"status", label(job.status)},
            {"requester", job.requester}};
}

Json json_of(const bookonce::OfferRow &offer)
{
    return {{"id", offer.offer_id},
            {"job", offer.request_id},
            {"provider", offer.provider},
            {"status", label(offer.status)},
            {"position", offer.position ? Json(*offer.position) : Json(nullptr)}};
}

Json json_of(const bookonce::WaiterRow &waiter)
{
    return {{"id", waiter.waiter_id},
            {"resource", waiter.resource},
            {"start", to_iso8601(waiter.during.begin())},
            {"end", to_iso8601(waiter.during.end())},
            {"holder", waiter.holder},
            {"places", waiter.quantity},
            {"place", waiter.place ? Json(*waiter.place) : Json(nullptr)}};
}

bookonce::IdempotencyKey key_from(const Json &input)
{
    // The key comes from the browser: the same click has the same key, however often a bad network makes the browser
    // send it.
    return bookonce::IdempotencyKey{"desk:" + text_from(input, "key", 100)};
}

/// The resources that a click may book; couriers are asked instead.
std::string bookable_from(const Json &input)
{
    std::string resource = text_from(input, "resource", name_most);
    if (!resource.starts_with("room:") && !resource.starts_with("class:"))
    {
        throw BadInput{"Only rooms and classes are booked here."};
    }
    return resource;
}

} // namespace

Json Desk::week(const std::string &monday)
{
    const bookonce::TimeRange within{week_from(monday), std::chrono::days{7}};
    const auto read = [&within](bookonce::Transaction &tx)
    {
        Json all{{"now", ""},
                 {"resources", Json::array()},
                 {"bookings", Json::array()},
                 {"waiters", Json::array()},
                 {"jobs", Json::array()},
                 {"offers", Json::array()}};
        bookonce::ListBookings calendar{.resources = {}, .within = within};
        for (const bookonce::ResourceRow &resource : tx.list_resources())
        {
            all["resources"].push_back(json_of(resource));
            calendar.resources.push_back(resource.resource);
        }
        for (const bookonce::BookingRow &booking : tx.list_bookings(calendar))
        {
            all["bookings"].push_back(json_of(booking));
        }
        for (const bookonce::RequestRow &job : tx.list_requests({.within = within}))
        {
            all["jobs"].push_back(json_of(job));
        }
        for (const std::string &resource : calendar.resources)
        {
            if (resource.starts_with("class:"))
            {
                for (const bookonce::WaiterRow &waiter : tx.waitlist({.resource = resource, .within = within}))
                {
                    all["waiters"].push_back(json_of(waiter));
                }
            }
            if (resource.starts_with("courier:"))
            {
                for (const bookonce::OfferRow &offer :
                     tx.list_provider_offers({.provider = resource, .only_open = false}))
                {
                    if (offer.during.begin() >= within.begin() && offer.during.begin() < within.end())
                    {
                        all["offers"].push_back(json_of(offer));
                    }
                }
            }
        }
        // The server's clock decides about holds; the browser's may be wrong.
        all["now"] =
            tx.execute("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
                .at(0)
                .at(0)
                .value();
        return all;
    };
    return client_.transact(bookonce::Isolation::repeatable_read, read);
}

Json Desk::book(const Json &input)
{
    const int hold_seconds = number_from(input, "hold", 0, 15 * 60);
    bookonce::BookSlot call{.resource = bookable_from(input),
                            .during = time_from(input),
                            .holder = text_from(input, "me", name_most),
                            .quantity = number_from(input, "places", 1, 8),
                            .idempotency_key = key_from(input)};
    if (hold_seconds > 0)
    {
        call.hold_for = std::chrono::seconds{hold_seconds};
    }
    const Answer answer = answer_to(client_.book_slot(call), call);
    feed_.look();
    return json_of(answer);
}

Json Desk::confirm(const Json &input)
{
    const Answer answer = answer_to(client_.confirm_booking(
        {.booking_id = text_from(input, "booking", 36), .holder = text_from(input, "me", name_most)}));
    feed_.look();
    return json_of(answer);
}

Json Desk::extend(const Json &input)
{
    const Answer answer = answer_to(client_.extend_hold({.booking_id = text_from(input, "booking", 36),
                                                         .hold_for = 2min,
                                                         .holder = text_from(input, "me", name_most)}));
    feed_.look();
    return json_of(answer);
}

Json Desk::cancel(const Json &input)
{
    const Answer answer = answer_to(client_.cancel_booking({.booking_id = text_from(input, "booking", 36),
                                                            .reason = "given back at the desk",
                                                            .holder = text_from(input, "me", name_most)}));
    feed_.look();
    return json_of(answer);
}

Json Desk::join(const Json &input)
{
    const bookonce::JoinWaitlist call{.resource = bookable_from(input),
                                      .during = time_from(input),
                                      .holder = text_from(input, "me", name_most),
                                      .quantity = number_from(input, "places", 1, 8),
                                      .offer_for = 2min,
                                      .idempotency_key = key_from(input)};
    const Answer answer = answer_to(client_.join_waitlist(call), call);
    feed_.look();
    return json_of(answer);
}

Json Desk::leave(const Json &input)
{
    const Answer answer = answer_to(client_.leave_waitlist(
        {.waiter_id = text_from(input, "waiter", 36), .holder = text_from(input, "me", name_most)}));
    feed_.look();
    return json_of(answer);
}

Json Desk::open_job(const Json &input)
{
    const bookonce::OpenRequest call{.during = time_from(input),
                                     .positions = number_from(input, "places", 1, 3),
                                     .requester = text_from(input, "me", name_most),
                                     .idempotency_key = key_from(input)};
    // The job and its offers are made in one commit, so no courier sees one without the other.
    const bookonce::Opened job = client_.transact(
        [&call](bookonce::Transaction &tx)
        {
            std::vector<std::string> couriers;
            for (const bookonce::ResourceRow &resource : tx.list_resources())
            {
                if (resource.resource.starts_with("courier:"))
                {
                    couriers.push_back(resource.resource);
                }
            }
            const bookonce::Opened opened = tx.open_request(call);
            (void)tx.make_offers({.request_id = opened.request_id, .providers = couriers});
            return opened;
        });
    feed_.say_changed();
    return json_of(answer_to(job));
}

Json Desk::accept(const Json &input)
{
    const std::string provider = text_from(input, "provider", name_most);
    const Answer answer =
        answer_to(client_.accept_offer({.offer_id = text_from(input, "offer", 36), .provider = provider}), provider);
    feed_.say_changed();
    return json_of(answer);
}

Json Desk::decline(const Json &input)
{
    const std::string provider = text_from(input, "provider", name_most);
    const Answer answer =
        answer_to(client_.decline_offer({.offer_id = text_from(input, "offer", 36), .provider = provider}), provider);
    feed_.say_changed();
    return json_of(answer);
}

} // namespace desk
