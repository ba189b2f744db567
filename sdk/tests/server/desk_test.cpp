// SPDX-License-Identifier: PostgreSQL
// desk_test.cpp: what a front desk asks for, on a real server.
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
    EXPECT_THROW((void)client.book_slot(request), InvalidRequest); // why?
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

} // namespace bookonce
