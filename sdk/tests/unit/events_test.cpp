// SPDX-License-Identifier: PostgreSQL
// events_test.cpp: events are read column by column, handed out and acknowledged, on a scripted server.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;

namespace
{

constexpr const char *ten = "\\x0002f12590de6800"; // timestamptz_send() of nine_to_ten.end()

Row event_row(const char *number, const char *kind = "booked")
{
    const auto null = std::nullopt;
    return {"1",  "745", number, kind, booking_id,       null,   ten,   null, null, null,      null,  null,
            null, null,  "a",    "1",  nine_to_ten_sent, "held", "ann", ten,  "{}", "was ill", "app", "desk",
            null};
}

detail::Failure unknown_consumer()
{
    return {.sqlstate = "OB003", .message = "unknown consumer"};
}

} // namespace

class Events : public FakeServerTest
{
  protected:
    /// The statements after the first `from`, in short: "read" or "ack (1,745,2)".
    std::vector<std::string> asked(std::size_t from = 0) const
    {
        std::vector<std::string> all;
        for (const Asked &one : server->asked)
        {
            const bool reads = one.sql.find("read_events") != std::string::npos;
            all.push_back(reads ? "read" : "ack " + one.parameters.at(1).value());
        }
        return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
    }

    using List = std::vector<std::string>;
};

TEST_F(Events, AreReadColumnByColumn)
{
    Row gone = event_row("8", "deleted");
    std::swap_ranges(gone.begin() + 7, gone.begin() + 14, gone.begin() + 14);
    gone[5] = booking_id;
    for (std::size_t column = 21; column <= 23; ++column)
        gone[column].reset();
    server->answers({event_row("7", "held"), gone});
    const auto events = client().read_events({.consumer = "mailer", .page_size = 5, .tenant = "acme"});
    EXPECT_EQ(server->asked.at(0).parameters, (Parameters{"mailer", "5", "acme"}));
    ASSERT_EQ(events.size(), 2U);

    const Event &held = events[0];
    EXPECT_EQ(held.place, (EventPlace{1, 745, 7}));
    EXPECT_LT(held.place, events[1].place);
    EXPECT_EQ(held.kind, EventKind::held);
    EXPECT_EQ(held.booking_id, booking_id);
    EXPECT_FALSE(held.group_id || held.before);
    EXPECT_EQ(held.at, nine_to_ten.end());
    ASSERT_TRUE(held.after);
    EXPECT_EQ(held.after->resource, "a");
    EXPECT_EQ(held.after->unit, 1);
    EXPECT_EQ(held.after->during, nine_to_ten);
    EXPECT_EQ(held.after->status, BookingStatus::held);
    EXPECT_EQ(held.after->holder, "ann");
    EXPECT_EQ(held.after->lapses_at, nine_to_ten.end());
    EXPECT_EQ(held.after->details, "{}");
    EXPECT_EQ(held.reason, "was ill");
    EXPECT_EQ(held.session_role, "app");
    EXPECT_EQ(held.actor, "desk");

    const Event &deleted = events[1];
    EXPECT_EQ(deleted.kind, EventKind::deleted);
    EXPECT_EQ(deleted.group_id, booking_id);
    ASSERT_TRUE(deleted.before);
    EXPECT_EQ(deleted.before->holder, "ann");
    EXPECT_FALSE(deleted.after || deleted.reason || deleted.session_role || deleted.actor);
}

TEST_F(Events, OfALineHaveNoBookingUntilOneIsOffered)
{
    Row joined = event_row("7", "joined"), offered = event_row("8", "offered");
    joined[4].reset();
    joined[15].reset();
    joined[17].reset();
    joined[24] = offered[24] = booking_id;
    server->answers({joined, offered});
    const auto events = client().read_events({.consumer = "mailer"});
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].kind, EventKind::joined);
    EXPECT_EQ(events[0].booking_id, "");
    EXPECT_EQ(events[0].waiter_id, booking_id);
    ASSERT_TRUE(events[0].after);
    EXPECT_FALSE(events[0].after->status || events[0].after->unit);
    EXPECT_EQ(events[0].after->holder, "ann");
    EXPECT_EQ(events[1].kind, EventKind::offered);
    EXPECT_EQ(events[1].waiter_id, booking_id);
    EXPECT_EQ(events[1].after->status, BookingStatus::held);
}

TEST_F(Events, OfAKindThatIsNotKnownAreInternal)
{
    server->answers({event_row("7", "painted")});
    EXPECT_THROW((void)client().read_events({.consumer = "mailer"}), Internal);
}

TEST_F(Events, AreAcknowledgedAfterEachPageUntilOneIsNotFull)
{
    server->answers({event_row("1"), event_row("2")}).answers(Rows{{""}}).answers({event_row("3")});
    List seen;
    Client c = client();
    const auto done = c.events({.consumer = "mailer", .page_size = 2},
                               [&](const Event &event) { seen.push_back(std::to_string(event.place.number)); });
    EXPECT_EQ(done, 3U);
    EXPECT_EQ(seen, (List{"1", "2", "3"}));
    EXPECT_EQ(asked(), (List{"read", "ack (1,745,2)", "read", "ack (1,745,3)"}));
}

TEST_F(Events, ThatAreNoneAreNotAcknowledged)
{
    server->answers(Rows{});
    EXPECT_EQ(client().events({.consumer = "mailer"}, [](const Event &) {}), 0U);
    EXPECT_EQ(asked(), (List{"read"}));
}

TEST_F(Events, FromTheOneOnThatIsNotWantedAreNotAcknowledged)
{
    server->answers({event_row("1"), event_row("2"), event_row("3")}).answers(Rows{{""}}).answers({event_row("2")});
    Client c = client();
    EXPECT_EQ(c.events({.consumer = "mailer"}, [](const Event &event) { return event.place.number < 2; }), 1U);
    EXPECT_EQ(asked(), (List{"read", "ack (1,745,1)"}));
    EXPECT_EQ(c.events({.consumer = "mailer"}, [](const Event &) { return false; }), 0U);
    EXPECT_EQ(asked(2), (List{"read"}));
}

TEST_F(Events, BeforeTheOneThatThrewAreAcknowledged)
{
    server->answers({event_row("1"), event_row("2")}).fails(unknown_consumer());
    const auto work = [](const Event &event)
    {
        if (event.place.number == 2)
        {
            throw std::domain_error{"no paper"};
        }
    };
    EXPECT_THROW(client().events({.consumer = "mailer"}, work), std::domain_error); // not the acknowledgement's
    EXPECT_EQ(asked(), (List{"read", "ack (1,745,1)"}));
}

TEST_F(Events, AreReadAndAcknowledgedAgainAfterALostConnection)
{
    server->loses_connection().answers({event_row("1")}).loses_connection().answers(Rows{{""}});
    int calls = 0;
    EXPECT_EQ(client().events({.consumer = "mailer"}, [&](const Event &) { ++calls; }), 1U);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(asked(), (List{"read", "read", "ack (1,745,1)", "ack (1,745,1)"}));
}

TEST_F(Events, ThatCannotBeReadAreUnavailableAndAnAcknowledgementMayBeUnknown)
{
    options.retry.max_attempts = 1;
    server->loses_connection().answers({event_row("1")}).loses_connection();
    Client c = client();
    const auto ignore = [](const Event &) {};
    EXPECT_THROW(c.events({.consumer = "mailer"}, ignore), Unavailable);
    EXPECT_THROW(c.events({.consumer = "mailer"}, ignore), OutcomeUnknown);
}

TEST_F(Events, OfAConsumerWhoseNameHoldsANulByteAreRefused)
{
    const std::string name{"a\0b", 3};
    EXPECT_THROW((void)client().read_events({.consumer = name}), InvalidRequest);
    EXPECT_THROW(client().ack_events({.consumer = name, .up_to = {1, 1, 1}}), InvalidRequest);
    EXPECT_THROW(client().forget_consumer({.consumer = name}), InvalidRequest);
    EXPECT_TRUE(server->asked.empty());
}

} // namespace bookonce
