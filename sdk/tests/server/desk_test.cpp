// SPDX-License-Identifier: PostgreSQL
// desk_test.cpp: the verbs of a front desk, on a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class DeskOnAServer : public ServerTest
{
  protected:
    Client client{options()};
};

TEST_F(DeskOnAServer, ADeskWaivesRulesByName)
{
    client.define_resource({.resource = "late", .min_notice = 24h, .start_every = 1h});
    const auto day = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()) + 24h * 2;
    BookSlot request{.resource = "late", .during = {day + 30min, 30min}, .holder = "ann"};
    EXPECT_TRUE(std::holds_alternative<OffGrid>(client.book_slot(request)));
    request.waive = {WaivableRule::off_grid};
    EXPECT_THROW((void)client.book_slot(request), InvalidRequest); // no reason is given
    request.reason = "agreed by phone";
    const auto booked = std::get<Booked>(client.book_slot(request));
    EXPECT_TRUE(std::get<Booked>(client.book_slot(request)).replayed);
    EXPECT_TRUE(std::holds_alternative<Taken>(
        client.book_slot({.resource = "late",
                          .during = request.during,
                          .holder = "ben",
                          .waive = {WaivableRule::off_grid, WaivableRule::too_soon, WaivableRule::too_far,
                                    WaivableRule::too_short, WaivableRule::too_long, WaivableRule::limit_reached},
                          .reason = "asks again"})));
    RescheduleBooking move{.booking_id = booked.booking_id, .during = {day + 90min, 30min}};
    EXPECT_TRUE(std::holds_alternative<OffGrid>(client.reschedule_booking(move)));
    move.waive = {WaivableRule::closed, WaivableRule::off_grid};
    move.reason = "comes later";
    EXPECT_EQ(std::get<Rescheduled>(client.reschedule_booking(move)).during, move.during);
    move.waive = {static_cast<WaivableRule>(99)};
    EXPECT_THROW((void)client.reschedule_booking(move), InvalidRequest);
}

TEST_F(DeskOnAServer, ARefusalIsFollowedByWhatIsFree)
{
    client.define_resource({.resource = "court", .buffer_after = 15min});
    const Timestamp nine = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    const BookSlot wish{.resource = "court", .during = {nine, 1h}, .holder = "ann"};
    (void)client.book_slot(wish);
    ASSERT_TRUE(
        std::holds_alternative<Taken>(client.book_slot({.resource = "court", .during = wish.during, .holder = "ben"})));
    EXPECT_EQ(client.suggest_slots({.resource = "court", .during = wish.during, .at_most = 2}),
              (std::vector{TimeRange{nine + 2h, 1h}, TimeRange{nine + 3h, 1h}}));
    EXPECT_EQ(client.suggest_slots({.resource = "court", .during = wish.during, .until = nine + 150min, .step = 15min}),
              (std::vector{TimeRange{nine + 75min, 1h}, TimeRange{nine + 90min, 1h}}));
    EXPECT_THROW((void)client.suggest_slots({.resource = "court", .during = wish.during, .quantity = 2}),
                 InvalidRequest);
}

TEST_F(DeskOnAServer, AKindOfBookingHasBuffersAndLengthsOfItsOwn)
{
    client.define_resource({.resource = "salon"});
    client.define_kind(
        {.kind = "haircut", .buffer_after = CalendarStep{.time = 10min}, .durations = {{.time = 30min}, {.time = 1h}}});
    client.define_kind({.kind = "stay", .durations = {{.days = 2}, {.months = 1}}});
    const Timestamp nine = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    BookSlot request{.resource = "salon", .during = {nine, 45min}, .holder = "ann", .kind = "haircut"};
    EXPECT_TRUE(std::holds_alternative<TooShort>(client.book_slot(request)));
    request.during = {nine, 30min};
    const auto booked = std::get<Booked>(client.book_slot(request));
    EXPECT_TRUE(std::get<Booked>(client.book_slot(request)).replayed);
    const auto row = client.get_booking({.booking_id = booked.booking_id});
    EXPECT_EQ(row->kind, "haircut");
    EXPECT_EQ(row->blocks, (TimeRange{nine, 40min}));

    EXPECT_EQ(client.places_left({.resource = "salon", .during = {nine + 30min, 30min}}), 0);
    EXPECT_EQ(client.places_left({.resource = "salon", .during = {nine + 40min, 45min}, .kind = "haircut"}), 0);
    EXPECT_EQ(client.places_left({.resource = "salon", .during = {nine + 40min, 1h}, .kind = "haircut"}), 1);
    EXPECT_EQ(client.free_slots(
                  {.resource = "salon", .within = {nine, 2h}, .duration = 1h, .step = 20min, .kind = "haircut"}),
              (std::vector{TimeRange{nine + 40min, 1h}, TimeRange{nine + 60min, 1h}}));
    EXPECT_EQ(client.suggest_slots({.resource = "salon", .during = request.during, .at_most = 1, .kind = "haircut"}),
              (std::vector{TimeRange{nine + 60min, 30min}}));
    const auto any = std::get<Booked>(client.book_any_slot(
        {.resources = {"salon"}, .during = {nine + 2h, 30min}, .holder = "ben", .kind = "haircut"}));
    EXPECT_EQ(client.get_booking({.booking_id = any.booking_id})->kind, "haircut");
    const auto series = client.book_slots({.slots = {{.resource = "salon", .during = {nine + 24h, 1h}},
                                                     {.resource = "salon", .during = {nine + 25h, 1h}}},
                                           .holder = "cid",
                                           .kind = "haircut"});
    EXPECT_TRUE(std::holds_alternative<Taken>(series.at(1)) || std::holds_alternative<Taken>(series.at(0)));

    std::vector<std::string> names;
    for (const KindRow &kind : client.list_kinds({.page_size = 1}))
    {
        names.push_back(kind.kind);
        if (kind.kind == "haircut")
        {
            EXPECT_EQ(kind.buffer_after->time, 10min);
            EXPECT_FALSE(kind.buffer_before);
            ASSERT_EQ(kind.durations.size(), 2U);
            EXPECT_EQ(kind.durations[1].time, 1h);
        }
        else
        {
            EXPECT_EQ(kind.durations.at(0).days, 2);
            EXPECT_EQ(kind.durations.at(1).months, 1);
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"haircut", "stay"}));
    EXPECT_THROW(client.delete_kind({.kind = "haircut"}), InvalidRequest); // ann has one to come
    client.delete_kind({.kind = "stay"});
    request = {.resource = "salon", .during = {nine + 4h, 30min}, .holder = "ann", .kind = "stay"};
    EXPECT_THROW((void)client.book_slot(request), InvalidRequest);
}

TEST_F(DeskOnAServer, ACalendarIsDeletedWhenNobodyFollowsIt)
{
    client.define_resource({.resource = "spa"});
    client.define_calendar({.calendar = "season"});
    client.follow_calendar({.resource = "spa", .calendar = "season"});
    EXPECT_THROW(client.delete_calendar({.calendar = "season"}), InvalidRequest);
    client.follow_calendar({.resource = "spa", .calendar = {}});
    client.delete_calendar({.calendar = "season"});
    EXPECT_THROW(client.follow_calendar({.resource = "spa", .calendar = "season"}), InvalidRequest);
}

} // namespace bookonce
