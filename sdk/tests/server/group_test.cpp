// SPDX-License-Identifier: PostgreSQL
// group_test.cpp: many slots in one call, one of many, and bookings that move, from a real server.
#include "array_text.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class Groups : public ServerTest
{
  protected:
    static void SetUpTestSuite()
    {
        ServerTest::SetUpTestSuite();
        query("SELECT bookonce.define_resource(r) FROM unnest(ARRAY['room:2', 'room:3', 'room:4', 'room:5']) AS r");
        query("SELECT bookonce.define_resource('class', capacity => 3)");
    }

    Booked book(const std::string &resource, const TimeRange &during)
    {
        return std::get<Booked>(client.book_slot({.resource = resource, .during = during, .holder = "ann"}));
    }

    Client client{options()};
};

TEST_F(Groups, AllOrNothingBooksAllOrSaysWhichStoodInTheWay)
{
    const TimeRange during = new_slot();
    const BookSlots request{.slots = {{.resource = "room:1", .during = during},
                                      {.resource = "room:2", .during = during, .holder = "ben \"\\ {,}"},
                                      {.resource = "class", .during = during, .quantity = 2}},
                            .holder = "ann"};
    const auto booked = client.book_slots(request);
    ASSERT_EQ(booked.size(), 3U);
    const auto &party = std::get<Booked>(booked[2]);
    EXPECT_TRUE(party.booking_id.empty());
    EXPECT_EQ(party.units, (std::vector{1, 2}));
    EXPECT_EQ(party.group_id, std::get<Booked>(booked[0]).group_id);
    EXPECT_EQ(
        value("SELECT holder FROM bookonce.booking WHERE booking_id = $1", {std::get<Booked>(booked[1]).booking_id}),
        "ben \"\\ {,}");
    EXPECT_TRUE(std::get<Booked>(client.book_slots(request)[2]).replayed);

    const auto refused = client.book_slots(
        {.slots = {{.resource = "room:3", .during = during}, {.resource = "room:1", .during = during}},
         .holder = "cat"});
    EXPECT_TRUE(std::holds_alternative<Aborted>(refused.at(0)));
    EXPECT_EQ(std::get<Taken>(refused.at(1)).busy, std::vector{during});
}

TEST_F(Groups, IndependentMembersHaveTheirOwnVerdictsAndKeys)
{
    const TimeRange during = new_slot();
    book("room:1", during);
    const BookSlots request{
        .slots = {{.resource = "room:1", .during = during}, {.resource = "room:2", .during = during}},
        .holder = "ann",
        .all_or_nothing = false};
    for (const bool replayed : {false, true})
    {
        const auto outcomes = client.book_slots(request);
        EXPECT_TRUE(std::holds_alternative<Taken>(outcomes.at(0)));
        EXPECT_EQ(std::get<Booked>(outcomes.at(1)).replayed, replayed);
    }
}

TEST_F(Groups, AHeldGroupIsConfirmedAndCancelledTogether)
{
    const TimeRange during = new_slot();
    const auto held = client.book_slots(
        {.slots = {{.resource = "room:1", .during = during}, {.resource = "room:2", .during = during}},
         .holder = "ann",
         .hold_for = 10min});
    const std::string group = std::get<Booked>(held.at(0)).group_id.value();
    EXPECT_FALSE(std::get<Confirmed>(client.confirm_group({.group_id = group}).at(1)).replayed);
    EXPECT_TRUE(std::get<Confirmed>(client.confirm_group({.group_id = group}).at(1)).replayed);
    EXPECT_FALSE(std::get<Cancelled>(client.cancel_group({.group_id = group, .reason = "rain"}).at(0)).replayed);
    EXPECT_TRUE(std::get<Cancelled>(client.cancel_group({.group_id = group}).at(0)).replayed);
}

TEST_F(Groups, AnyOfManyBooksAnotherWhenTheFirstIsTaken)
{
    const TimeRange during = new_slot();
    const auto any = [&] {
        return client.book_any_slot({.resources = {"room:1", "room:2"}, .during = during, .holder = "ann"});
    };
    EXPECT_EQ(std::get<Booked>(any()).resource, "room:1");
    EXPECT_EQ(std::get<Booked>(any()).resource, "room:2");
    EXPECT_TRUE(std::holds_alternative<Taken>(any()));
}

TEST_F(Groups, ABookingMovesUnlessItsNewTimeIsTaken)
{
    const Booked first = book("room:1", new_slot());
    const Booked second = book("room:1", new_slot());
    const auto move = [&](const TimeRange &during)
    { return client.reschedule_booking({.booking_id = first.booking_id, .during = during}); };
    EXPECT_TRUE(std::holds_alternative<Taken>(move(second.during)));
    const TimeRange later{first.during.begin() + 30min, 1h};
    EXPECT_FALSE(std::get<Rescheduled>(move(later)).replayed);
    EXPECT_TRUE(std::get<Rescheduled>(move(later)).replayed);
}

TEST_F(Groups, AGroupMovesAsAWhole)
{
    const TimeRange first = new_slot();
    const TimeRange second{first.end(), 1h};
    const auto booked =
        client.book_slots({.slots = {{.resource = "room:4", .during = first}, {.resource = "room:4", .during = second}},
                           .holder = "ann"});
    const std::string group = std::get<Booked>(booked.at(0)).group_id.value();

    const auto shifted = client.shift_group({.group_id = group, .by = {.days = 1}});
    EXPECT_EQ(std::get<Rescheduled>(shifted.at(1)).during, TimeRange(second.begin() + 24h, 1h));
    const RescheduleGroup back{.group_id = group, .durings = {std::nullopt, first}};
    EXPECT_TRUE(std::get<Rescheduled>(client.reschedule_group(back).at(0)).replayed);
    EXPECT_TRUE(std::get<Rescheduled>(client.reschedule_group(back).at(1)).replayed);

    book("room:4", second);
    const auto refused = client.reschedule_group({.group_id = group, .durings = {second, std::nullopt}});
    EXPECT_TRUE(std::holds_alternative<Taken>(refused.at(0)));
    EXPECT_TRUE(std::holds_alternative<Aborted>(refused.at(1)));
}

TEST_F(Groups, WhatIsOverStaysWhenTheRestIsCancelled)
{
    const TimeRange to_come = new_slot();
    const TimeRange over{
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) - 48h, 1h};
    const auto booked =
        client.book_slots({.slots = {{.resource = "room:5", .during = over}, {.resource = "room:5", .during = to_come}},
                           .holder = "ann"});
    const auto cancelled = client.cancel_group({.group_id = std::get<Booked>(booked.at(0)).group_id.value()});
    EXPECT_TRUE(std::holds_alternative<TooLate>(cancelled.at(0)));
    EXPECT_TRUE(std::holds_alternative<Cancelled>(cancelled.at(1)));
}

TEST_F(Groups, TwoBookingsSwapExactlyOnce)
{
    const Booked first = book("room:1", new_slot());
    const Booked second = book("room:2", new_slot());
    const auto swapped = std::get<Swapped>(
        client.swap_bookings({.booking_id = first.booking_id, .other_booking_id = second.booking_id}));
    EXPECT_EQ(swapped.resource, "room:2");
    EXPECT_EQ(swapped.during, second.during);
}

TEST(ArrayText, QuotesEveryElement)
{
    EXPECT_EQ(detail::array_text({}), "{}");
    EXPECT_EQ(detail::array_text({"a", std::nullopt, "", "NULL", "q\"b\\c,{}"}),
              R"({"a",NULL,"","NULL","q\"b\\c,{}"})");
}

TEST(ArrayText, QuotesEveryColumnOfARow)
{
    EXPECT_EQ(detail::row_text({std::nullopt, "a", "", std::nullopt, "q\"b\\c,()"}), R"x((,"a","",,"q\"b\\c,()"))x");
}

} // namespace bookonce
