// SPDX-License-Identifier: PostgreSQL
// policy_test.cpp: a resource's rules and what is free, from a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class PolicyOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};

    static TimeRange at(std::chrono::microseconds since_midnight, std::chrono::microseconds length = 1h)
    {
        return {monday + since_midnight, length};
    }

    BookSlotOutcome book(const std::string &resource, const TimeRange &during, int quantity = 1)
    {
        return client.book_slot({.resource = resource, .during = during, .holder = "ann", .quantity = quantity});
    }
};

TEST_F(PolicyOnAServer, OpeningHoursCloseAndClear)
{
    client.define_resource({.resource = "shop", .time_zone = "Europe/Paris"});
    client.set_opening_hours(
        {.resource = "shop", .weekday = std::chrono::Monday, .hours = {{9h, 12h}, {14h, 24h + 0min}}});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("shop", at(7h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(8h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(22h))));
    client.set_opening_hours({.resource = "shop", .weekday = std::chrono::Monday, .hours = {}});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("shop", at(9h))));
    client.clear_opening_hours({.resource = "shop"});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(6h + 30min + 1us, 1h))));

    EXPECT_THROW(client.set_opening_hours({.resource = "shop", .weekday = std::chrono::Monday, .hours = {{9h, 25h}}}),
                 InvalidRequest);
    EXPECT_THROW(client.set_opening_hours(
                     {.resource = "shop", .weekday = std::chrono::Monday, .hours = {{9h, 12h}, {11h, 13h}}}),
                 InvalidRequest);
    EXPECT_THROW(client.clear_opening_hours({.resource = "no such"}), InvalidRequest);
}

TEST_F(PolicyOnAServer, SingleDaysAndCalendars)
{
    const std::chrono::year_month_day day{monday};
    client.define_resource({.resource = "shop"});
    client.set_day_hours({.resource = "shop", .day = day, .hours = {{{9h, 12h}}}});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("shop", at(12h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(11h))));
    client.set_day_hours({.resource = "shop", .day = day, .hours = std::vector<Hours>{}});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("shop", at(9h))));
    client.set_day_hours({.resource = "shop", .day = day, .hours = {}});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(12h))));
    client.set_hours_from({.resource = "shop", .day = day, .weekday = std::chrono::Monday, .hours = {{{14h, 18h}}}});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("shop", at(9h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("shop", at(-10h))));

    client.define_resource({.resource = "desk"});
    client.define_calendar({.calendar = "holidays"});
    client.set_calendar_day({.calendar = "holidays", .day = day, .hours = std::vector<Hours>{}});
    client.follow_calendar({.resource = "desk", .calendar = "holidays"});
    EXPECT_TRUE(std::holds_alternative<Closed>(book("desk", at(9h))));
    const auto desk = client.describe_resource({.resource = "desk"});
    EXPECT_EQ(desk.calendar, "holidays");
    EXPECT_EQ(desk.day_hours, R"([{"day": "2030-01-07", "opens": null, "closes": null, "of_calendar": true}])");
    client.follow_calendar({.resource = "desk", .calendar = {}});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("desk", at(9h))));

    EXPECT_THROW(client.follow_calendar({.resource = "desk", .calendar = "no such"}), InvalidRequest);
    EXPECT_THROW(client.set_day_hours({.resource = "desk", .day = std::chrono::year{2030} / 2 / 30, .hours = {}}),
                 InvalidRequest);
}

TEST_F(PolicyOnAServer, TheShapeOfASlotIsAnOutcome)
{
    client.define_resource({.resource = "pitch", .max_duration = 2h, .min_duration = 30min, .start_every = 15min});
    EXPECT_TRUE(std::holds_alternative<TooShort>(book("pitch", at(9h, 29min))));
    EXPECT_TRUE(std::holds_alternative<OffGrid>(book("pitch", at(9h + 1min))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("pitch", at(9h + 15min))));
    EXPECT_EQ(client.free_slots({.resource = "pitch", .within = at(7h + 50min, 70min), .duration = 1h}).size(), 1U);
    const auto pitch = client.describe_resource({.resource = "pitch"});
    ASSERT_TRUE(pitch.min_duration && pitch.start_every);
    EXPECT_EQ(pitch.start_every->time, 15min);
    EXPECT_THROW(client.define_resource({.resource = "pitch", .max_duration = 1h, .min_duration = 2h}), InvalidRequest);
}

TEST_F(PolicyOnAServer, FixedStartsAndEndsAndNights)
{
    client.define_resource({.resource = "yoga"});
    client.set_starts({.resource = "yoga", .times = {10h, 18h + 30min}, .weekdays = {std::chrono::Monday}});
    EXPECT_TRUE(std::holds_alternative<OffGrid>(book("yoga", at(9h))));
    EXPECT_TRUE(std::holds_alternative<OffGrid>(book("yoga", at(24h + 10h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("yoga", at(10h))));
    EXPECT_EQ(client.free_slots({.resource = "yoga", .within = at(0h, 48h), .duration = 1h}),
              std::vector<TimeRange>{at(18h + 30min)});
    EXPECT_EQ(client.describe_resource({.resource = "yoga"}).starts,
              R"([{"time": "10:00:00", "weekday": 1}, {"time": "18:30:00", "weekday": 1}])");
    client.set_starts({.resource = "yoga", .times = {}});
    EXPECT_EQ(client.describe_resource({.resource = "yoga"}).starts, std::nullopt);

    client.define_resource({.resource = "cottage"});
    query("SELECT bookonce.alter_resource('cottage', min_duration => '2 days')");
    client.set_ends({.resource = "cottage", .times = {10h}});
    EXPECT_TRUE(std::holds_alternative<OffGrid>(book("cottage", at(15h, 43h + 1us))));
    EXPECT_TRUE(std::holds_alternative<TooShort>(book("cottage", at(15h, 19h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("cottage", at(15h, 43h))));
    EXPECT_TRUE(client.describe_resource({.resource = "cottage"}).ends.has_value());
    client.alter_resource({.resource = "cottage", .min_duration = 48h}); // hours stay hours
    EXPECT_TRUE(std::holds_alternative<TooShort>(book("cottage", at(7 * 24h + 15h, 43h))));

    EXPECT_THROW(client.set_starts({.resource = "yoga", .times = {24h}}), InvalidRequest);
    EXPECT_THROW(client.set_starts({.resource = "yoga", .times = {-1h}}), InvalidRequest);
    EXPECT_THROW(client.set_ends({.resource = "yoga", .times = {10h}, .weekdays = {}}), InvalidRequest);
    EXPECT_THROW(client.set_ends({.resource = "no such", .times = {10h}}), InvalidRequest);
}

TEST_F(PolicyOnAServer, AttributesSayWhatAResourceIsLike)
{
    const auto attributes = [this] { return client.describe_resource({.resource = "attic"}).attributes; };
    client.define_resource({.resource = "attic", .attributes = R"({"seats": 8, "projector": true})"});
    EXPECT_EQ(attributes(), R"({"seats": 8, "projector": true})");
    client.alter_resource({.resource = "attic", .max_duration = 2h});
    EXPECT_EQ(attributes(), R"({"seats": 8, "projector": true})");
    client.alter_resource({.resource = "attic", .attributes = R"({"seats": 10})"});
    EXPECT_EQ(attributes(), R"({"seats": 10})");
    client.define_resource({.resource = "attic"});
    EXPECT_EQ(attributes(), std::nullopt);
    EXPECT_THROW(client.define_resource({.resource = "attic", .attributes = "[8]"}), InvalidRequest);
    EXPECT_THROW(client.alter_resource({.resource = "attic", .attributes = "{"}), InvalidRequest);
}

TEST_F(PolicyOnAServer, NoticeHorizonAndLengthAreOutcomes)
{
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    client.define_resource({.resource = "doctor", .min_notice = 48h, .max_ahead = 24h * 30, .max_duration = 90min});
    EXPECT_TRUE(std::holds_alternative<TooSoon>(book("doctor", {now + 24h, 1h})));
    EXPECT_TRUE(std::holds_alternative<TooFar>(book("doctor", {now + 24h * 31, 1h})));
    EXPECT_TRUE(std::holds_alternative<TooLong>(book("doctor", {now + 24h * 3, 91min})));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("doctor", {now + 24h * 3, 90min})));
}

TEST_F(PolicyOnAServer, ALimitIsReachedAndLifted)
{
    client.define_resource({.resource = "coach", .capacity = 9});
    for (const auto period : {LimitPeriod::day, LimitPeriod::week, LimitPeriod::month, LimitPeriod::year})
    {
        client.set_booking_limit({.resource = "coach", .period = period, .max_bookings = 2});
        EXPECT_TRUE(std::holds_alternative<LimitReached>(book("coach", at(9h), 3)));
        client.set_booking_limit({.resource = "coach", .period = period, .max_bookings = std::nullopt});
        EXPECT_TRUE(std::holds_alternative<Booked>(book("coach", at(9h))));
    }
    EXPECT_THROW(client.set_booking_limit({.resource = "coach", .period = LimitPeriod{}, .max_bookings = 1}),
                 InvalidRequest);
    EXPECT_THROW(client.set_booking_limit({.resource = "coach", .period = LimitPeriod::day, .max_bookings = 0}),
                 InvalidRequest);
}

TEST_F(PolicyOnAServer, AHolderHasOnePlaceAtATimeAndSoManyHours)
{
    client.define_resource({.resource = "desk:1"});
    client.define_resource({.resource = "desk:2"});
    client.set_holder_rule({.scope = "desks",
                            .resources = {{"desk:1", "desk:2"}},
                            .max_at_once = 1,
                            .period = LimitPeriod::week,
                            .max_time = 2h});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("desk:1", at(9h))));
    EXPECT_TRUE(std::holds_alternative<HolderBusy>(book("desk:2", at(9h))));
    const auto later = book("desk:2", at(10h));
    EXPECT_TRUE(std::holds_alternative<Booked>(later));
    EXPECT_TRUE(std::holds_alternative<HolderLimit>(book("desk:2", at(11h))));
    EXPECT_TRUE(std::holds_alternative<HolderBusy>(
        client.reschedule_booking({.booking_id = std::get<Booked>(later).booking_id, .during = at(9h)})));
    client.set_holder_rule({.scope = "desks"});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("desk:2", at(9h))));
    EXPECT_THROW(client.set_holder_rule({.scope = "desks", .resources = {{"desk:3"}}, .max_live = 1}), InvalidRequest);
}

TEST_F(PolicyOnAServer, WhatIsListedAsFreeIsBooked)
{
    client.define_resource({.resource = "studio", .capacity = 2, .buffer_after = 15min});
    ASSERT_TRUE(std::holds_alternative<Booked>(book("studio", at(10h), 2)));
    const TimeRange day = at(9h, 4h);
    EXPECT_EQ(client.free_time({.resource = "studio", .within = day}),
              (std::vector<TimeRange>{at(9h), at(11h + 15min, 105min)}));

    const auto slots = client.free_slots({.resource = "studio", .within = day, .duration = 45min, .step = 15min});
    EXPECT_EQ(slots.front(), at(9h, 45min));
    EXPECT_EQ(slots.back(), at(12h + 15min, 45min));
    EXPECT_EQ(slots.size(), 6U);
    for (const TimeRange &slot : {slots.front(), slots.back()})
    {
        EXPECT_TRUE(std::holds_alternative<Booked>(book("studio", slot, 2)));
    }
    EXPECT_EQ(client.free_slots({.resource = "studio", .within = day, .duration = 1h}).size(), 0U);
    EXPECT_THROW((void)client.free_slots({.resource = "studio", .within = day, .duration = 0us}), InvalidRequest);
    EXPECT_THROW((void)client.free_time({.resource = "no such", .within = day}), InvalidRequest);
}

TEST_F(PolicyOnAServer, ASeriesKeepsItsTimeOfDay)
{
    using std::chrono::sys_days;
    using std::chrono::year;
    const TimeRange first{sys_days{year{2030} / 1 / 31} + 8h, 1h};
    EXPECT_EQ(client.repeat_slots({.first = first, .every = {.months = 1}, .times = 3, .time_zone = "Europe/Paris"}),
              (std::vector<TimeRange>{
                  first, {sys_days{year{2030} / 2 / 28} + 8h, 1h}, {sys_days{year{2030} / 3 / 31} + 7h, 1h}}));
    EXPECT_EQ(
        client.repeat_slots({.first = first, .every = {.days = 7}, .times = 10, .time_zone = "Europe/Paris"}).at(9),
        (TimeRange{sys_days{year{2030} / 4 / 4} + 7h, 1h}));
    EXPECT_EQ(client.repeat_slots({.first = first, .every = {.time = 90min}, .times = 2, .time_zone = "UTC"}).at(1),
              (TimeRange{first.begin() + 90min, 1h}));
    EXPECT_THROW((void)client.repeat_slots({.first = first, .every = {}, .times = 2, .time_zone = "UTC"}),
                 InvalidRequest);
    EXPECT_THROW(
        (void)client.repeat_slots({.first = first, .every = {.days = 1}, .times = 2, .time_zone = "Mars/Olympus"}),
        InvalidRequest);
}

TEST_F(PolicyOnAServer, AClosedResourceKeepsItsBookingsAndTakesNoMore)
{
    client.define_resource({.resource = "court", .capacity = 2});
    client.define_resource({.resource = "pool"});
    const auto booked = std::get<Booked>(book("court", at(10h)));
    const CloseResource call{
        .resources = {"court", "pool"}, .begin = at(9h).begin(), .end = at(12h).begin(), .reason = "repair"};
    const auto closed = client.close_resource(call);
    ASSERT_EQ(closed.size(), 2U);
    EXPECT_EQ(closed[0].resource, "court");
    EXPECT_FALSE(closed[0].replayed);
    EXPECT_EQ(closed[0].busy, std::vector<TimeRange>{at(10h)});
    EXPECT_EQ(closed[0].booking_ids, std::vector<std::string>{booked.booking_id});
    EXPECT_TRUE(closed[1].busy.empty() && closed[1].booking_ids.empty());
    EXPECT_TRUE(std::holds_alternative<Closed>(book("court", at(11h))));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("court", at(12h))));
    EXPECT_TRUE(client.describe_resource({.resource = "court"}).has_closures);

    const auto again = client.close_resource(call);
    ASSERT_EQ(again.size(), 2U);
    EXPECT_TRUE(again[0].replayed);
    EXPECT_EQ(again[0].closure_id, closed[0].closure_id);

    const auto for_good = client.close_resource({.resources = {"court"}, .begin = at(14h).begin(), .units = 1});
    EXPECT_TRUE(std::holds_alternative<Taken>(book("court", at(15h), 2)));
    EXPECT_TRUE(std::holds_alternative<Booked>(book("court", at(15h), 1)));
    std::vector<std::string> found;
    for (const ClosureRow &row :
         client.list_closures({.within = at(0h, 24h), .resources = {{"court"}}, .page_size = 1}))
    {
        EXPECT_EQ(row.resource, "court");
        EXPECT_EQ(row.end.has_value(), row.reason.has_value());
        EXPECT_EQ(row.units.value_or(2), row.end ? 2 : 1);
        found.push_back(row.closure_id);
    }
    EXPECT_EQ(found, (std::vector{closed[0].closure_id, for_good[0].closure_id}));
    client.reopen_resource({.closure_ids = found});
    client.reopen_resource({.closure_ids = found});
    EXPECT_FALSE(client.describe_resource({.resource = "court"}).has_closures);
    EXPECT_TRUE(std::holds_alternative<Booked>(book("court", at(11h))));

    EXPECT_THROW((void)client.close_resource({.resources = {"no such"}, .begin = at(9h).begin()}), InvalidRequest);
    EXPECT_THROW((void)client.close_resource({.resources = {"pool"}, .begin = at(9h).begin(), .units = 2}),
                 InvalidRequest);
}

TEST_F(PolicyOnAServer, OnlyTheRulesThatAreNamedChange)
{
    client.define_resource({.resource = "foyer", .capacity = 3, .buffer_after = 15min, .max_duration = 2h});
    client.alter_resource({.resource = "foyer", .capacity = 2, .time_zone = "Europe/Paris", .min_notice = 1h});
    auto foyer = client.describe_resource({.resource = "foyer"});
    EXPECT_EQ(foyer.capacity, 2);
    EXPECT_EQ(foyer.time_zone, "Europe/Paris");
    EXPECT_TRUE(foyer.min_notice && foyer.max_duration && !foyer.max_ahead);
    EXPECT_TRUE(std::holds_alternative<TooLong>(book("foyer", at(9h, 3h))));
    client.alter_resource({.resource = "foyer", .lift = {LiftableRule::min_notice, LiftableRule::max_duration}});
    foyer = client.describe_resource({.resource = "foyer"});
    EXPECT_TRUE(!foyer.min_notice && !foyer.max_duration);
    EXPECT_EQ(foyer.capacity, 2);
    EXPECT_TRUE(std::holds_alternative<Booked>(book("foyer", at(9h, 3h), 2)));
    EXPECT_TRUE(std::holds_alternative<Taken>(book("foyer", at(12h), 2))) << "the buffer stands";

    client.alter_resource({.resource = "foyer", .min_duration = 2h, .start_every = 30min});
    EXPECT_TRUE(std::holds_alternative<TooShort>(book("foyer", at(16h))));
    EXPECT_TRUE(std::holds_alternative<OffGrid>(book("foyer", at(16h + 15min, 2h))));
    client.alter_resource({.resource = "foyer", .lift = {LiftableRule::min_duration, LiftableRule::start_every}});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("foyer", at(16h + 15min))));

    EXPECT_THROW(client.alter_resource({.resource = "foyer", .capacity = 1}), InvalidRequest);
    EXPECT_THROW(client.alter_resource({.resource = "no such", .capacity = 1}), InvalidRequest);
    EXPECT_THROW(client.alter_resource({.resource = "foyer", .max_ahead = 24h, .lift = {LiftableRule::max_ahead}}),
                 InvalidRequest);
    EXPECT_THROW(client.alter_resource({.resource = "foyer", .lift = {static_cast<LiftableRule>(99)}}), InvalidRequest);
}

TEST_F(PolicyOnAServer, ARenamedResourceKeepsItsBookingsAndTheirKeys)
{
    client.define_resource({.resource = "room"});
    client.define_resource({.resource = "lab"});
    const BookSlot call{.resource = "room", .during = at(9h), .holder = "ann"};
    ASSERT_TRUE(std::holds_alternative<Booked>(client.book_slot(call)));
    EXPECT_THROW(client.rename_resource({.resource = "room", .new_name = "lab"}), InvalidRequest);
    client.rename_resource({.resource = "room", .new_name = "room:blue"});
    const auto again = std::get<Booked>(client.book_slot(call));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.resource, "room:blue");
    EXPECT_TRUE(std::holds_alternative<Taken>(book("room:blue", at(9h))));
    EXPECT_THROW(client.rename_resource({.resource = "room", .new_name = "room:red"}), InvalidRequest);
}

TEST_F(PolicyOnAServer, ARetiredResourceKeepsItsBookingsAndTakesNoMore)
{
    client.define_resource({.resource = "van"});
    const auto booked = std::get<Booked>(book("van", at(10h)));
    const RetireResource call{.resource = "van", .since = at(9h).begin(), .reason = "sold"};
    const Closure retired = client.retire_resource(call);
    EXPECT_FALSE(retired.replayed);
    EXPECT_EQ(retired.resource, "van");
    EXPECT_EQ(retired.busy, std::vector<TimeRange>{at(10h)});
    EXPECT_EQ(retired.booking_ids, std::vector<std::string>{booked.booking_id});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("van", at(8h))));
    EXPECT_TRUE(std::holds_alternative<Closed>(book("van", at(20h))));
    const Closure again = client.retire_resource(call);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.closure_id, retired.closure_id);
    EXPECT_EQ(again.booking_ids, retired.booking_ids);
    client.reopen_resource({.closure_ids = {retired.closure_id}});
    EXPECT_TRUE(std::holds_alternative<Booked>(book("van", at(20h))));
    EXPECT_FALSE(client.retire_resource({.resource = "van"}).replayed);
    EXPECT_THROW((void)client.retire_resource({.resource = "no such"}), InvalidRequest);
}

TEST_F(PolicyOnAServer, AResourceIsDeletedWhenNothingNeedsIt)
{
    client.define_resource({.resource = "shed"});
    client.set_opening_hours({.resource = "shed", .weekday = std::chrono::Monday, .hours = {{9h, 12h}}});
    (void)client.retire_resource({.resource = "shed"});
    EXPECT_TRUE(client.delete_resource({.resource = "shed"}));
    EXPECT_FALSE(client.delete_resource({.resource = "shed"}));
    EXPECT_THROW((void)client.describe_resource({.resource = "shed"}), InvalidRequest);

    client.define_resource({.resource = "barn"});
    (void)client.cancel_booking({.booking_id = std::get<Booked>(book("barn", at(9h))).booking_id});
    for (int prepared = 0; prepared < 3; ++prepared)
    {
        try
        {
            client.delete_resource({.resource = "barn"});
            FAIL() << "a cancelled booking needs it";
        }
        catch (const InvalidRequest &error)
        {
            EXPECT_EQ(error.sqlstate(), "23503");
            EXPECT_EQ(error.attempts(), 1);
        }
    }
    EXPECT_EQ(client.describe_resource({.resource = "barn"}).resource, "barn");
}

TEST_F(PolicyOnAServer, ATransactionHasTheVerbsToo)
{
    client.define_resource({.resource = "hall"});
    const auto slots = client.transact(
        [&](Transaction &tx)
        {
            tx.set_booking_limit({.resource = "hall", .period = LimitPeriod::day, .max_bookings = 1});
            return tx.free_slots({.resource = "hall", .within = at(9h, 2h), .duration = 1h});
        });
    EXPECT_EQ(slots.size(), 2U);
}

TEST_F(PolicyOnAServer, DaysAndWeeksFollowTheCalendarOfTheZone)
{
    using namespace std::chrono;
    EXPECT_EQ(client.day_in_zone(2026y / 3 / 29, "Europe/Paris"),
              (TimeRange{sys_days{2026y / 3 / 28} + 23h, 23h})); // the clocks go forward
    EXPECT_EQ(client.day_in_zone(2026y / 10 / 25, "Europe/Paris"), (TimeRange{sys_days{2026y / 10 / 24} + 22h, 25h}));
    EXPECT_EQ(client.days_in_zone(2026y / 1 / 31, 2, "UTC"), (TimeRange{sys_days{2026y / 1 / 31}, 48h}));
    EXPECT_EQ(client.weeks_in_zone(2026y / 3 / 23, 1, "Europe/Paris"),
              (TimeRange{sys_days{2026y / 3 / 22} + 23h, hours{7 * 24 - 1}}));
    EXPECT_THROW((void)client.day_in_zone(2026y / 2 / 29, "UTC"), InvalidRequest);
    EXPECT_THROW((void)client.day_in_zone(2026y / 3 / 29, "Middle/Earth"), InvalidRequest);
    EXPECT_THROW((void)client.days_in_zone(2026y / 3 / 29, 0, "UTC"), InvalidRequest);
}

} // namespace bookonce
