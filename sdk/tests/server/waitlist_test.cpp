// SPDX-License-Identifier: PostgreSQL
// waitlist_test.cpp: waiting in line, on a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class WaitlistOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};

    static TimeRange at(std::chrono::microseconds since_midnight) { return {monday + since_midnight, 1h}; }

    BookSlotOutcome book(const std::string &resource, const TimeRange &during)
    {
        return client.book_slot({.resource = resource, .during = during, .holder = "ann"});
    }
};

TEST_F(WaitlistOnAServer, WhoWaitsInLineGetsWhatIsFreed)
{
    client.define_resource({.resource = "studio", .capacity = 2});
    EXPECT_TRUE(std::holds_alternative<FreeNow>(
        client.join_waitlist({.resource = "studio", .during = at(9h), .holder = "ann"})));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("studio", at(9h))));
    const auto booked = std::get<Booked>(book("studio", at(9h)));
    const JoinWaitlist pair{.resource = "studio", .during = at(9h), .holder = "pair", .quantity = 2};
    const auto waiting = std::get<Waiting>(client.join_waitlist(pair));
    EXPECT_EQ(waiting.place, 1);
    EXPECT_FALSE(waiting.replayed || waiting.booking_id || waiting.lapses_at);
    EXPECT_TRUE(std::get<Waiting>(client.join_waitlist(pair)).replayed);
    const JoinWaitlist one{.resource = "studio", .during = at(9h), .holder = "one", .offer_for = 1h, .priority = -1};
    EXPECT_EQ(std::get<Waiting>(client.join_waitlist(one)).place, 2);
    EXPECT_TRUE(std::holds_alternative<AlreadyWaiting>(
        client.join_waitlist({.resource = "studio", .during = at(9h), .holder = "one"})));

    client.set_waitlist({.resource = "studio", .strict = true});
    EXPECT_TRUE(std::holds_alternative<Cancelled>(client.cancel_booking({.booking_id = booked.booking_id})));
    EXPECT_TRUE(std::holds_alternative<WaitedFor>(book("studio", at(9h))));
    const auto line = client.waitlist({.resource = "studio", .within = at(9h)});
    ASSERT_EQ(line.size(), 2U);
    EXPECT_EQ(line[0].holder, "pair");
    EXPECT_EQ(line[0].quantity, 2);
    EXPECT_EQ(line[1].priority, -1);
    EXPECT_TRUE(client.waitlist({.resource = "studio", .within = at(12h)}).empty());

    EXPECT_FALSE(std::get<Left>(client.leave_waitlist({.waiter_id = waiting.waiter_id})).replayed);
    EXPECT_TRUE(std::get<Left>(client.leave_waitlist({.waiter_id = waiting.waiter_id})).replayed);
    const auto offered = std::get<PlaceOffered>(client.join_waitlist(one));
    ASSERT_TRUE(offered.booking_id && offered.lapses_at);
    EXPECT_TRUE(std::holds_alternative<PlaceOffered>(client.leave_waitlist({.waiter_id = offered.waiter_id})));
    EXPECT_TRUE(std::holds_alternative<Confirmed>(client.confirm_booking({.booking_id = *offered.booking_id})));
    EXPECT_THROW((void)client.leave_waitlist({.waiter_id = waiting.waiter_id, .holder = "one"}), InvalidRequest);
}

} // namespace bookonce
