// SPDX-License-Identifier: PostgreSQL
// answers_test.cpp: an answer row becomes exactly one outcome, or Internal; never a wrong one.
#include "outcome_reader.hpp"

#include "columns.hpp"
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;
using detail::read_integers;

class Answers : public FakeServerTest
{
  protected:
    BookSlotOutcome book(Rows answer)
    {
        server->answers(std::move(answer));
        return client().book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
    }
};

TEST_F(Answers, BookedCarriesTheBooking)
{
    const auto booked =
        std::get<Booked>(book({{"booked", "t", booking_id, "0198a2c4-7c1e-7000-8000-000000000001", "room:1", "{1,3}",
                                nine_to_ten_sent, "held", "\\x0002f12590de6800", std::nullopt}}));
    EXPECT_TRUE(booked.replayed);
    EXPECT_EQ(booked.booking_id, booking_id);
    EXPECT_EQ(booked.group_id, "0198a2c4-7c1e-7000-8000-000000000001");
    EXPECT_EQ(booked.resource, "room:1");
    EXPECT_EQ(booked.units, (std::vector{1, 3}));
    EXPECT_EQ(booked.during, nine_to_ten);
    EXPECT_EQ(booked.status, BookingStatus::held);
    EXPECT_EQ(booked.lapses_at, nine_to_ten.end());
}

TEST_F(Answers, BookedWithoutUnitGroupOrHold)
{
    Rows answer = booked_answer();
    answer[0][5] = std::nullopt; // allow_overlap takes no unit
    const auto booked = std::get<Booked>(book(answer));
    EXPECT_FALSE(booked.replayed);
    EXPECT_TRUE(booked.units.empty());
    EXPECT_FALSE(booked.group_id);
    EXPECT_FALSE(booked.lapses_at);
}

TEST_F(Answers, TakenCarriesTheBusyTimes)
{
    Rows answer = refusal_answer("taken");
    answer[0][9] = "\\x000000010000001902000000080002f124ba4ac400000000080002f12590de6800";
    EXPECT_EQ(std::get<Taken>(book(answer)).busy, std::vector{nine_to_ten});
    EXPECT_TRUE(std::get<Taken>(book(refusal_answer("taken"))).busy.empty());
}

TEST_F(Answers, EachVerbHasItsOwnOutcomes)
{
    EXPECT_TRUE(std::holds_alternative<TooLate>(book(refusal_answer("too_late"))));
    EXPECT_TRUE(std::holds_alternative<Closed>(book(refusal_answer("closed"))));
    EXPECT_TRUE(std::holds_alternative<LimitReached>(book(refusal_answer("limit_reached"))));
    EXPECT_TRUE(std::holds_alternative<HolderLimit>(book(refusal_answer("holder_limit"))));
    EXPECT_TRUE(std::holds_alternative<HolderBusy>(book(refusal_answer("holder_busy"))));
    EXPECT_TRUE(std::holds_alternative<WaitedFor>(book(refusal_answer("waited_for"))));
    EXPECT_THROW(book(booked_answer("confirmed")), Internal);

    server->answers(booked_answer("confirmed", "t"))
        .answers(refusal_answer("hold_expired"))
        .answers(refusal_answer("not_live"));
    Client c = client();
    EXPECT_TRUE(std::get<Confirmed>(c.confirm_booking({.booking_id = booking_id})).replayed);
    EXPECT_TRUE(std::holds_alternative<HoldExpired>(c.confirm_booking({.booking_id = booking_id})));
    EXPECT_TRUE(std::holds_alternative<NotLive>(c.confirm_booking({.booking_id = booking_id})));

    server->answers(booked_answer("extended")).answers(booked_answer("cancelled"));
    EXPECT_FALSE(std::get<Extended>(c.extend_hold({.booking_id = booking_id, .hold_for = 1min})).replayed);
    EXPECT_EQ(std::get<Cancelled>(c.cancel_booking({.booking_id = booking_id})).booking_id, booking_id);

    server->answers(refusal_answer("taken")).answers(refusal_answer("limit_reached")).answers(refusal_answer("taken"));
    EXPECT_TRUE(std::holds_alternative<Taken>(c.confirm_exclusively({.booking_id = booking_id})));
    EXPECT_TRUE(std::holds_alternative<LimitReached>(c.confirm_exclusively({.booking_id = booking_id})));
    EXPECT_THROW((void)c.confirm_booking({.booking_id = booking_id}), Internal); // only what is exclusive can be taken

    server->answers(booked_answer("changed", "t")).answers(refusal_answer("not_live"));
    EXPECT_TRUE(std::get<Changed>(c.change_booking({.booking_id = booking_id, .holder = "ben"})).replayed);
    EXPECT_TRUE(std::holds_alternative<NotLive>(c.change_booking({.booking_id = booking_id, .details = "{}"})));
}

TEST_F(Answers, ClaimsAndCountersHaveTheirOwn)
{
    server->answers({{"claimed", "t"}})
        .answers({{"claimed_by_other", "f"}})
        .answers({{"released", "t"}})
        .answers({{"applied", "t", "9223372036854775807"}})
        .answers({{"out_of_bounds", "f", "-5"}});
    Client c = client();
    const Claim sign_up{.scope = "email", .value = "ann@example.org", .claimant = "user:1"};
    EXPECT_TRUE(std::get<Claimed>(c.claim(sign_up)).replayed);
    EXPECT_TRUE(std::holds_alternative<ClaimedByOther>(c.claim(sign_up)));
    EXPECT_TRUE(c.release_claim({.scope = "email", .value = "ann@example.org", .claimant = "user:1"}).replayed);
    const auto applied = std::get<Applied>(c.adjust_counter({.counter = "stock", .delta = 1}));
    EXPECT_EQ(applied.value, INT64_MAX);
    EXPECT_TRUE(applied.replayed);
    EXPECT_EQ(std::get<OutOfBounds>(c.adjust_counter({.counter = "stock", .delta = 1})).value, -5);

    server->answers({{"released", "f"}})
        .answers({{"applied", "f"}})
        .answers({{"applied", "f", "1.5"}})
        .answers({{"applied", "f", std::nullopt}});
    EXPECT_THROW((void)c.claim(sign_up), Internal);
    for (int malformed = 0; malformed < 3; malformed++)
    {
        EXPECT_THROW((void)c.adjust_counter({.counter = "stock", .delta = 1}), Internal);
    }
}

TEST_F(Answers, ThatCannotBeUnderstoodAreInternalAndNotABooking)
{
    EXPECT_THROW(book({}), Internal);
    EXPECT_THROW(book({{"booked"}}), Internal);
    EXPECT_THROW(book({booked_answer()[0], booked_answer()[0]}), Internal);
    EXPECT_THROW(book(booked_answer("sold")), Internal);
    EXPECT_THROW(book(refusal_answer("booked")), Internal); // an answer without a booking
    Rows answer = booked_answer();
    answer[0][7] = "lost";
    EXPECT_THROW(book(answer), Internal);
}

TEST_F(Answers, RequestsAreSentWhole)
{
    server->answers(booked_answer());
    (void)client().book_slot({.resource = "room:1",
                              .during = nine_to_ten,
                              .holder = "ann",
                              .quantity = 2,
                              .hold_for = 10min,
                              .allow_overlap = true,
                              .details = R"({"party": 2})",
                              .idempotency_key = IdempotencyKey{"order 7"},
                              .valid_until = nine_to_ten.begin(),
                              .waive = {WaivableRule::closed, WaivableRule::too_soon},
                              .reason = "agreed",
                              .kind = "haircut",
                              .tenant = "acme"});
    EXPECT_EQ(
        server->asked.at(0).parameters,
        bounded(Parameters{"room:1", "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)", "ann", "2",
                           "600.000000 seconds", "t", R"({"party": 2})", "order 7", "2026-03-29 09:00:00.000000+00",
                           R"({"closed","too_soon"})", "agreed", "haircut", "acme"}));
}

TEST_F(Answers, ChangesOfABookingAreSentWhole)
{
    server->answers(booked_answer("confirmed"))
        .answers(booked_answer("confirmed"))
        .answers(booked_answer("extended"))
        .answers(booked_answer("cancelled"))
        .answers(booked_answer("rescheduled"))
        .answers(booked_answer("changed"))
        .answers(booked_answer("rescheduled"))
        .answers(booked_answer("checked_in"))
        .answers(booked_answer("no_show"));
    Client c = client();
    (void)c.confirm_booking({.booking_id = "1", .holder = "ann", .tenant = "acme"});
    (void)c.confirm_exclusively({.booking_id = "2", .holder = "ann", .tenant = "acme"});
    (void)c.extend_hold({.booking_id = "3", .hold_for = 1min, .holder = "ann", .tenant = "acme"});
    (void)c.cancel_booking({.booking_id = "4", .reason = "rain", .holder = "ann", .tenant = "acme"});
    (void)c.reschedule_booking({.booking_id = "5",
                                .during = nine_to_ten,
                                .resource = "room:2",
                                .waive = {WaivableRule::limit_reached},
                                .reason = "agreed",
                                .holder = "ann",
                                .tenant = "acme"});
    (void)c.change_booking({.booking_id = "6", .holder = "ben", .details = "{}", .tenant = "acme"});
    (void)c.end_booking({.booking_id = "7", .holder = "ann", .tenant = "acme"});
    (void)c.check_in({.booking_id = "8", .holder = "ann", .tenant = "acme"});
    (void)c.no_show({.booking_id = "9", .reason = "rain", .tenant = "acme"});
    ASSERT_EQ(server->asked.size(), 9U);
    EXPECT_EQ(server->asked[7].parameters, bounded(Parameters{"8", "ann", "acme"}));
    EXPECT_EQ(server->asked[8].parameters, bounded(Parameters{"9", "rain", "acme"}));
    EXPECT_EQ(server->asked[6].parameters, bounded(Parameters{"7", "ann", "acme"}));
    EXPECT_EQ(server->asked[0].parameters, bounded(Parameters{"1", "ann", "acme"}));
    EXPECT_EQ(server->asked[1].parameters, bounded(Parameters{"2", "ann", "acme"}));
    EXPECT_EQ(server->asked[2].parameters, bounded(Parameters{"3", "60.000000 seconds", "ann", "acme"}));
    EXPECT_EQ(server->asked[3].parameters, bounded(Parameters{"4", "rain", "ann", "acme"}));
    EXPECT_EQ(server->asked[4].parameters,
              bounded(Parameters{"5", "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)", "room:2",
                                 R"({"limit_reached"})", "agreed", "ann", "acme"}));
    EXPECT_EQ(server->asked[5].parameters, bounded(Parameters{"6", "ben", "{}", "acme"}));
}

TEST_F(Answers, ClaimsAndCountersAreSentWhole)
{
    server->answers({{"claimed", "f"}})
        .answers({{"released", "f"}})
        .answers(Rows{{""}})
        .answers({{"applied", "f", "1"}});
    Client c = client();
    (void)c.claim({.scope = "email", .value = "v", .claimant = "user:1", .details = "{}", .tenant = "acme"});
    c.release_claim({.scope = "email", .value = "v", .claimant = "user:1", .tenant = "acme"});
    c.define_counter({.counter = "debt", .value = -5, .minimum = {}, .maximum = -1, .tenant = "acme"});
    (void)c.adjust_counter(
        {.counter = "debt", .delta = INT64_MIN, .idempotency_key = IdempotencyKey{"order 7"}, .tenant = "acme"});
    ASSERT_EQ(server->asked.size(), 4U);
    EXPECT_EQ(server->asked[0].parameters, bounded(Parameters{"email", "v", "user:1", "{}", "acme"}));
    EXPECT_EQ(server->asked[1].parameters, bounded(Parameters{"email", "v", "user:1", "acme"}));
    EXPECT_EQ(server->asked[2].parameters, bounded(Parameters{"debt", "-5", std::nullopt, "-1", "acme"}));
    EXPECT_EQ(server->asked[3].parameters, bounded(Parameters{"debt", "-9223372036854775808", "order 7", "acme"}));
}

TEST_F(Answers, TheTenantIsNeverNull)
{
    server->answers(booked_answer())
        .answers(booked_answer("confirmed"))
        .answers(booked_answer("extended"))
        .answers(booked_answer("cancelled"));
    Client c = client();
    (void)c.book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
    (void)c.confirm_booking({.booking_id = booking_id});
    (void)c.extend_hold({.booking_id = booking_id, .hold_for = 1min});
    (void)c.cancel_booking({.booking_id = booking_id});
    c.define_resource({.resource = "room:1"});
    ASSERT_EQ(server->asked.size(), 5U);
    for (const Asked &asked : server->asked)
    {
        EXPECT_EQ(asked.parameters.at(asked.parameters.size() - 2), "default") << asked.sql;
    }
}

TEST_F(Answers, ANulByteIsRefusedBeforeItCutsAKeyShort)
{
    EXPECT_THROW(client().define_resource({.resource = std::string("room\0:1", 7)}), InvalidRequest);
    EXPECT_TRUE(server->asked.empty());
}

TEST(IntegerArrays, AreReadOrRefused)
{
    EXPECT_EQ(read_integers("{}"), std::vector<int>{});
    EXPECT_EQ(read_integers("{1}"), std::vector{1});
    EXPECT_EQ(read_integers("{1,22,-3}"), (std::vector{1, 22, -3}));
    for (const char *malformed : {"", "{", "1", "{1", "{1,}", "{,1}", "{NULL}", "{1;2}", "{99999999999}"})
    {
        EXPECT_THROW(read_integers(malformed), Internal) << malformed;
    }
}

} // namespace bookonce
