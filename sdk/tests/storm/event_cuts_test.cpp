// SPDX-License-Identifier: PostgreSQL
// event_cuts_test.cpp: Client::events() on a real server, also interrupted at each of its messages by each kind of
// fault.
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace bookonce
{

using bookonce::testing::Fault;
using bookonce::testing::FaultProxy;
using bookonce::testing::Message;
using bookonce::testing::ServerTest;

class EventsOnAServer : public ServerTest
{
  protected:
    static void SetUpTestSuite()
    {
        ServerTest::SetUpTestSuite();
        query("SELECT bookonce.keep_history()");
    }

    /// Makes that many events in a new tenant; returns the tenant.
    std::string tenant_with(int bookings)
    {
        static int tenants = 0;
        const std::string tenant = "tenant:" + std::to_string(++tenants);
        client.define_resource({.resource = "room:1", .tenant = tenant});
        for (int i = 0; i < bookings; ++i)
        {
            auto call = request_for(new_slot());
            call.holder = "holder:" + std::to_string(i);
            call.tenant = tenant;
            (void)client.book_slot(call);
        }
        return tenant;
    }

    /// Waits until no transaction on the server still holds up readers.
    void read_all(std::size_t expected, const ReadEvents &call)
    {
        while (client.read_events(call).size() < expected)
        {
        }
    }

    static std::string holder_of(const Event &event) { return event.after.value().holder; }

    Client client{options()};
};

TEST_F(EventsOnAServer, TellWhatHappened)
{
    const std::string tenant = tenant_with(0);
    const auto slot = new_slot();
    const auto later = new_slot();
    auto call = request_for(slot);
    call.tenant = tenant;
    const auto booked = std::get<Booked>(client.book_slot(call));
    client.transact(
        [&](Transaction &tx)
        {
            tx.execute("SET LOCAL bookonce.actor = 'desk'");
            (void)tx.reschedule_booking({.booking_id = booked.booking_id, .during = later, .tenant = tenant});
        });
    (void)client.cancel_booking({.booking_id = booked.booking_id, .reason = "ill", .tenant = tenant});

    read_all(3, {.consumer = "mailer", .tenant = tenant});
    std::vector<Event> events;
    EXPECT_EQ(client.events({.consumer = "mailer", .page_size = 2, .tenant = tenant},
                            [&](const Event &event) { events.push_back(event); }),
              3U);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_TRUE(
        std::is_sorted(events.begin(), events.end(), [](const Event &a, const Event &b) { return a.place < b.place; }));
    EXPECT_EQ(events[0].kind, EventKind::booked);
    EXPECT_FALSE(events[0].before || events[0].actor);
    EXPECT_EQ(events[1].kind, EventKind::rescheduled);
    EXPECT_EQ(events[1].before.value().during, slot);
    EXPECT_EQ(events[1].after.value().during, later);
    EXPECT_EQ(events[1].after.value().unit, 1);
    EXPECT_EQ(events[1].actor, "desk");
    EXPECT_EQ(events[2].kind, EventKind::cancelled);
    EXPECT_EQ(events[2].after.value().status, BookingStatus::cancelled);
    EXPECT_EQ(events[2].reason, "ill");
    EXPECT_EQ(events[2].booking_id, booked.booking_id);
    EXPECT_EQ(client.booking_history({.booking_id = booked.booking_id, .tenant = tenant}).size(), 3U);
    EXPECT_TRUE(client.read_events({.consumer = "mailer", .tenant = tenant}).empty());
}

TEST_F(EventsOnAServer, ComeAgainFromTheOneOnThatWasNotDone)
{
    const std::string tenant = tenant_with(5);
    const ReadEvents call{.consumer = "mailer", .page_size = 2, .tenant = tenant};
    read_all(5, {.consumer = "mailer", .tenant = tenant});
    EXPECT_EQ(client.events(call, [](const Event &event) { return holder_of(event) != "holder:3"; }), 3U);
    std::vector<std::string> seen;
    const auto work = [&](const Event &event)
    {
        seen.push_back(holder_of(event));
        if (seen.back() == "holder:4")
        {
            throw std::domain_error{"no paper"};
        }
    };
    EXPECT_THROW(client.events(call, work), std::domain_error);
    EXPECT_EQ(seen, (std::vector<std::string>{"holder:3", "holder:4"}));
    seen.clear();
    EXPECT_EQ(client.events(call, [&](const Event &event) { seen.push_back(holder_of(event)); }), 1U);
    EXPECT_EQ(seen, std::vector<std::string>{"holder:4"});
}

TEST_F(EventsOnAServer, AreRefusedWhereTheServerSaysSo)
{
    const std::string tenant = tenant_with(1);
    const auto place = EventPlace{1, 1, 1};
    const auto ignore = [](const Event &) {};
    EXPECT_THROW(client.ack_events({.consumer = "nobody", .up_to = place, .tenant = tenant}), InvalidRequest);
    EXPECT_THROW(client.events({.consumer = "mailer", .page_size = 0, .tenant = tenant}, ignore), InvalidRequest);
    read_all(1, {.consumer = "mailer", .tenant = tenant});
    EXPECT_THROW(client.ack_events({.consumer = "mailer", .up_to = {9, 1, 1}, .tenant = tenant}), InvalidRequest);
    client.forget_consumer({.consumer = "mailer", .tenant = tenant});
    EXPECT_THROW(client.forget_consumer({.consumer = "mailer", .tenant = tenant}), InvalidRequest);
}

TEST_F(EventsOnAServer, AreDoneOnceInTheTransactionThatAcknowledgesThem)
{
    const std::string tenant = tenant_with(3);
    query("CREATE TABLE sent (holder text PRIMARY KEY)");
    read_all(3, {.consumer = "mailer", .tenant = tenant});
    client.transact(
        [&](Transaction &tx)
        {
            const auto events = tx.read_events({.consumer = "mailer", .tenant = tenant});
            for (const Event &event : events)
            {
                tx.execute("INSERT INTO sent VALUES ($1)", {holder_of(event)});
            }
            tx.ack_events({.consumer = "mailer", .up_to = events.back().place, .tenant = tenant});
        });
    EXPECT_EQ(value("SELECT count(*) FROM sent"), "3");
    EXPECT_TRUE(client.read_events({.consumer = "mailer", .tenant = tenant}).empty());
}

class EventsThroughFaults : public EventsOnAServer
{
  protected:
    static constexpr int pages_of = 2;
    const std::vector<std::string> expected{"holder:0", "holder:1", "holder:2", "holder:3", "holder:4"};
    FaultProxy proxy;
    Client through{options(proxy.connection_string())};

    /// Reads two and a half pages with the connection broken at message `at`; returns whether that message was reached.
    bool break_at(int at, Fault fault, const std::string &tenant)
    {
        const std::string consumer = std::string{name(fault)} + ":" + std::to_string(at);
        const ReadEvents call{.consumer = consumer, .page_size = pages_of, .tenant = tenant};
        (void)through.places_left({.resource = "room:1", .during = new_slot(), .tenant = tenant}); // connected
        bool broken = false;
        proxy.use(
            [&broken, at, fault, message = 0](const Message &) mutable
            {
                if (broken || message++ != at)
                {
                    return Fault::none;
                }
                broken = true;
                return fault;
            });
        std::vector<std::string> seen;
        while (std::set(seen.begin(), seen.end()).size() < expected.size())
        {
            (void)through.events(call, [&](const Event &event) { seen.push_back(holder_of(event)); });
        }
        proxy.use(nullptr);
        proxy.wait_until_gone();

        // The callback never fails here, and no call is given up, so it sees each event once.
        EXPECT_EQ(seen, expected) << consumer;
        EXPECT_TRUE(client.read_events(call).empty()) << consumer;
        return broken;
    }
};

TEST_F(EventsThroughFaults, AreSeenInOrderAndNoneIsLost)
{
    const std::string tenant = tenant_with(static_cast<int>(expected.size()));
    read_all(expected.size(), {.consumer = "first", .tenant = tenant});
    int broken = 0;
    for (const Fault fault : {Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open})
    {
        for (int at = 0; break_at(at, fault, tenant); ++at)
        {
            ++broken;
        }
    }
    std::cout << broken << " faults\n";
    EXPECT_GT(broken, 4 * 12); // at least a request and a reply for each of three reads and three acknowledgements
}

/// Without retries each fault reaches the caller, who calls again.
TEST_F(EventsThroughFaults, AreSeenAtLeastOnceInOrderByACallerWhoRepeats)
{
    const std::string tenant = tenant_with(static_cast<int>(expected.size()));
    read_all(expected.size(), {.consumer = "first", .tenant = tenant});
    auto once = options(proxy.connection_string());
    once.retry.max_attempts = 1;
    int again = 0;
    bool broken = true;
    for (int at = 0; broken; ++at)
    {
        Client impatient{once};
        const ReadEvents call{.consumer = "at:" + std::to_string(at), .page_size = pages_of, .tenant = tenant};
        (void)impatient.places_left({.resource = "room:1", .during = new_slot(), .tenant = tenant}); // connected
        broken = false;
        proxy.use(
            [&broken, at, message = 0](const Message &) mutable
            {
                if (broken || message++ != at)
                {
                    return Fault::none;
                }
                broken = true;
                return Fault::cut;
            });
        std::vector<std::string> firsts; // each event when it is first seen
        while (firsts.size() < expected.size())
        {
            try
            {
                (void)impatient.events(call,
                                       [&](const Event &event)
                                       {
                                           if (std::find(firsts.begin(), firsts.end(), holder_of(event)) !=
                                               firsts.end())
                                           {
                                               ++again;
                                               return;
                                           }
                                           firsts.push_back(holder_of(event));
                                       });
            }
            catch (const Unavailable &)
            {
            }
            catch (const OutcomeUnknown &)
            {
            }
        }
        proxy.use(nullptr);
        proxy.wait_until_gone();
        EXPECT_EQ(firsts, expected) << call.consumer;
    }
    EXPECT_GT(again, 0); // events come again if their acknowledgement was lost
}

} // namespace bookonce
