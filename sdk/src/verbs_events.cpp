// SPDX-License-Identifier: PostgreSQL
// verbs_events.cpp: the verbs that read events and acknowledge them, and the client's loop over them.
// To know first: they have no max_wait, so they are not sent by send(), which would add one.
#include "bookonce/client.hpp"

#include "parameters.hpp"
#include "rows.hpp"

namespace bookonce
{

namespace
{

/// '(1,7423,15)', the text of the composite type.
std::string place_text(const EventPlace &place)
{
    return '(' + std::to_string(place.era) + ',' + std::to_string(place.next_xid) + ',' + std::to_string(place.number) +
           ')';
}

} // namespace

std::vector<Event> Verbs::booking_history(const BookingHistory &call)
{
    return detail::read_event_rows(
        send({.sql = "SELECT " BOOKONCE_EVENT_COLUMNS " FROM bookonce.booking_history(booking_id => $1, tenant => $2) "
                     "AS x",
              .parameters = {call.booking_id, call.tenant},
              .writes = false}));
}

std::vector<Event> Verbs::read_events(const ReadEvents &call)
{
    // It records how far the consumer has read, but a lost call leaves nothing in doubt: whether or not that is
    // recorded, the same events are read again.
    return detail::read_event_rows(
        send({.sql = "SELECT " BOOKONCE_EVENT_COLUMNS
                     " FROM bookonce.read_events(consumer => $1, at_most => $2, tenant => $3) AS x",
              .parameters = {call.consumer, std::to_string(call.page_size), call.tenant},
              .writes = false}));
}

void Verbs::ack_events(const AckEvents &call)
{
    detail::Statement statement{
        .sql = "SELECT bookonce.ack_events(consumer => $1, up_to => $2, tenant => $3)",
        .parameters = {call.consumer, place_text(call.up_to), call.tenant},
        .may_wait = false,
    };
    detail::refuse_nul_bytes(statement.parameters);
    (void)run(statement);
}

void Verbs::forget_consumer(const ForgetConsumer &call)
{
    detail::Statement statement{
        .sql = "SELECT bookonce.forget_consumer(consumer => $1, tenant => $2)",
        .parameters = {call.consumer, call.tenant},
        .may_wait = false,
    };
    detail::refuse_nul_bytes(statement.parameters);
    (void)run(statement);
}

std::size_t Client::hand_out(const ReadEvents &call, const std::function<bool(const Event &)> &callback)
{
    std::size_t done = 0;
    for (;;)
    {
        const std::vector<Event> page = read_events(call);
        std::size_t done_here = 0;
        const auto acknowledge = [&]
        {
            if (done_here > 0)
            {
                ack_events({.consumer = call.consumer, .up_to = page[done_here - 1].place, .tenant = call.tenant});
            }
        };
        try
        {
            while (done_here < page.size() && callback(page[done_here]))
            {
                ++done_here;
            }
        }
        catch (...)
        {
            try
            {
                acknowledge();
            }
            catch (const std::exception &) // the events come again, and the callback's exception says more
            {
            }
            throw;
        }
        acknowledge();
        done += done_here;
        // A page that is not full is the last page.
        if (done_here < page.size() || page.size() < static_cast<std::size_t>(call.page_size))
        {
            return done;
        }
    }
}

} // namespace bookonce
