// SPDX-License-Identifier: PostgreSQL
// parts_test.cpp: a hall that is two rooms, on a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <future>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class PartsOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};

    static TimeRange at(std::chrono::microseconds since_midnight) { return {monday + since_midnight, 1h}; }

    BookSlotOutcome book(const std::string &resource, const TimeRange &during)
    {
        return client.book_slot({.resource = resource, .during = during, .holder = "ann"});
    }

    void SetUp() override
    {
        client.define_resource({.resource = "room:1"});
        client.define_resource({.resource = "room:2", .capacity = 2});
        client.define_resource({.resource = "hall"});
        client.set_parts({.resource = "hall", .parts = {{"room:1"}, {"room:2", 2}}});
    }
};

TEST_F(PartsOnAServer, AreTakenAlong)
{
    EXPECT_EQ(client.list_parts({.resource = "hall"}), (std::vector<PartRow>{{"room:1", 1, 1}, {"room:2", 2, 1}}));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("room:2", at(9h))));
    EXPECT_EQ(std::get<Taken>(book("hall", at(9h))).resource, "room:2");
    const auto hall = std::get<Booked>(book("hall", at(10h)));
    EXPECT_EQ(std::get<Taken>(book("room:1", at(10h))).resource, "room:1");
    EXPECT_EQ(client.places_left({.resource = "hall", .during = at(10h)}), 0);

    const auto group = client.get_group({.group_id = hall.group_id.value()});
    ASSERT_EQ(group.size(), 4U);
    EXPECT_EQ(group[0].booking_id, hall.booking_id);
    EXPECT_EQ(group[1].member, -1);
    EXPECT_THROW((void)client.cancel_booking({.booking_id = group[1].booking_id}), InvalidRequest);
    std::vector<std::string> listed;
    for (const BookingRow &row : client.list_holder_bookings({.holder = "ann", .within = at(10h)}))
    {
        listed.push_back(row.resource);
    }
    EXPECT_EQ(listed, std::vector<std::string>{"hall"});

    EXPECT_THROW(client.set_parts({.resource = "hall", .parts = {}}), InvalidRequest);
    EXPECT_TRUE(std::holds_alternative<Cancelled>(client.cancel_booking({.booking_id = hall.booking_id})));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("room:1", at(10h))));
    const auto each = client.book_slots(
        {.slots = {{.resource = "hall", .during = at(12h)}}, .holder = "ann", .all_or_nothing = false});
    EXPECT_TRUE(std::holds_alternative<Booked>(each.at(0)));
    EXPECT_TRUE(std::holds_alternative<Taken>(book("room:2", at(12h))));
    EXPECT_THROW(client.set_parts({.resource = "room:1", .parts = {{"hall"}}}), InvalidRequest);
}

/// Calls made at the same time are gathered, and each is decided by itself.
TEST_F(PartsOnAServer, AreTakenAlongByCallsAtOnce)
{
    ClientOptions gathering = options();
    gathering.gather = {.most = 256};
    Client together{gathering};
    std::vector<std::future<BookSlotOutcome>> outcomes;
    for (int i = 0; i < 24; ++i)
    {
        outcomes.push_back(std::async(std::launch::async,
                                      [&together, i]
                                      {
                                          return together.book_slot({.resource = i % 3 == 0 ? "hall" : "room:1",
                                                                     .during = at(24h + 1h * (i % 12)),
                                                                     .holder = "ann"});
                                      }));
    }
    int booked = 0;
    for (auto &outcome : outcomes)
    {
        booked += std::holds_alternative<Booked>(outcome.get());
    }
    EXPECT_EQ(booked, 12);
}

} // namespace bookonce
