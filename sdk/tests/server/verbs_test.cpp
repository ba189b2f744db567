// SPDX-License-Identifier: PostgreSQL
// verbs_test.cpp: each verb, outcome and failure, from a real server.
#include "instant_text.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace bookonce
{

using bookonce::testing::ServerTest;
using bookonce::testing::sql;
using namespace std::chrono_literals;

class VerbsOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    /// The failure of `call`, which must be an Expected.
    template <typename Expected, typename Call>
    static Expected failure_of(Call call)
    {
        try
        {
            call();
        }
        catch (const Expected &error)
        {
            return error;
        }
        throw std::logic_error{"the call did not fail as expected"};
    }
};

TEST_F(VerbsOnAServer, ASlotIsBookedOnce)
{
    const auto slot = new_slot();
    const auto request = request_for(slot);
    const auto booked = std::get<Booked>(client.book_slot(request));
    EXPECT_FALSE(booked.replayed);
    EXPECT_EQ(booked.resource, "room:1");
    EXPECT_EQ(booked.during, slot);
    EXPECT_EQ(booked.units, std::vector{1});
    EXPECT_EQ(booked.status, BookingStatus::confirmed);
    EXPECT_FALSE(booked.lapses_at);

    const auto again = std::get<Booked>(client.book_slot(request));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.booking_id, booked.booking_id);

    EXPECT_EQ(std::get<Taken>(client.book_slot(request_for(slot))).busy, std::vector{slot});
    EXPECT_TRUE(std::holds_alternative<Booked>(client.book_slot(request_for({slot.end(), 1h}))));
}

TEST_F(VerbsOnAServer, AHoldIsExtendedConfirmedAndCancelled)
{
    auto request = request_for(new_slot());
    request.hold_for = 10min;
    const auto held = std::get<Booked>(client.book_slot(request));
    EXPECT_EQ(held.status, BookingStatus::held);
    ASSERT_TRUE(held.lapses_at);

    const auto extended = std::get<Extended>(client.extend_hold({.booking_id = held.booking_id, .hold_for = 1h}));
    EXPECT_GT(extended.lapses_at, held.lapses_at);
    EXPECT_FALSE(std::get<Confirmed>(client.confirm_booking({.booking_id = held.booking_id})).replayed);
    EXPECT_TRUE(std::get<Confirmed>(client.confirm_booking({.booking_id = held.booking_id})).replayed);
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.extend_hold({.booking_id = held.booking_id, .hold_for = 1h})));

    EXPECT_FALSE(
        std::get<Cancelled>(client.cancel_booking({.booking_id = held.booking_id, .reason = "rain"})).replayed);
    const auto cancelled = std::get<Cancelled>(client.cancel_booking({.booking_id = held.booking_id}));
    EXPECT_TRUE(cancelled.replayed);
    EXPECT_EQ(cancelled.status, BookingStatus::cancelled);
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.confirm_booking({.booking_id = held.booking_id})));
    EXPECT_EQ(std::get<Booked>(client.book_slot(request)).status, BookingStatus::cancelled);
}

TEST_F(VerbsOnAServer, ALapsedHoldCannotBeConfirmedExtendedOrCancelled)
{
    auto request = request_for(new_slot());
    request.hold_for = 1h;
    const auto id = std::get<Booked>(client.book_slot(request)).booking_id;
    query("UPDATE bookonce.booking SET lapses_at = now() WHERE booking_id = $1", {id});
    EXPECT_TRUE(std::holds_alternative<HoldExpired>(client.confirm_booking({.booking_id = id})));
    EXPECT_TRUE(std::holds_alternative<HoldExpired>(client.extend_hold({.booking_id = id, .hold_for = 1h})));
    EXPECT_TRUE(std::holds_alternative<HoldExpired>(client.cancel_booking({.booking_id = id})));
}

TEST_F(VerbsOnAServer, ABookingIsGivenToAnotherHolder)
{
    const auto request = request_for(new_slot());
    const auto id = std::get<Booked>(client.book_slot(request)).booking_id;
    const ChangeBooking change{.booking_id = id, .holder = "ben", .details = R"({"guests": 2})"};
    const auto changed = std::get<Changed>(client.change_booking(change));
    EXPECT_FALSE(changed.replayed);
    EXPECT_EQ(changed.during, request.during);
    EXPECT_EQ(value("SELECT holder || details FROM bookonce.booking WHERE booking_id = $1", {id}),
              R"(ben{"guests": 2})");
    EXPECT_TRUE(std::get<Changed>(client.change_booking(change)).replayed);
    EXPECT_TRUE(std::get<Changed>(client.change_booking({.booking_id = id, .holder = "ben"})).replayed);
    EXPECT_TRUE(std::get<Booked>(client.book_slot(request)).replayed); // the key is still that call's
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)client.change_booking({.booking_id = id}); }).sqlstate(), "22023");

    (void)client.cancel_booking({.booking_id = id});
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.change_booking({.booking_id = id, .holder = "cleo"})));
}

TEST_F(VerbsOnAServer, ABookingThatHasBegunEndsNow)
{
    const auto began = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - 30min;
    const auto now = std::get<Booked>(client.book_slot(request_for({began, 2h})));
    const auto ended = std::get<Rescheduled>(client.end_booking({.booking_id = now.booking_id}));
    EXPECT_FALSE(ended.replayed);
    EXPECT_EQ(ended.during.begin(), began);
    EXPECT_LT(ended.during.end(), began + 2h);
    EXPECT_TRUE(std::get<Rescheduled>(client.end_booking({.booking_id = now.booking_id})).replayed);
    EXPECT_TRUE(std::holds_alternative<Booked>(client.book_slot(request_for({began + 1h, 1h}))));

    const auto later = std::get<Booked>(client.book_slot(request_for(new_slot())));
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.end_booking({.booking_id = later.booking_id})));
}

TEST_F(VerbsOnAServer, WhoComesChecksIn)
{
    const auto began = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - 30min;
    client.define_resource({.resource = "spa", .capacity = 2, .check_in_within = 15min, .overdue_blocks = true});
    EXPECT_TRUE(client.describe_resource({.resource = "spa"}).overdue_blocks);
    auto request = request_for({began, 2h});
    request.resource = "spa";
    const auto comes = std::get<Booked>(client.book_slot(request));
    EXPECT_GT(comes.lapses_at.value(), began + 44min);
    EXPECT_EQ(client.get_booking({.booking_id = comes.booking_id}).value().lapses_at, comes.lapses_at);
    const auto there = std::get<CheckedIn>(client.check_in({.booking_id = comes.booking_id, .holder = request.holder}));
    EXPECT_FALSE(there.replayed);
    EXPECT_FALSE(there.lapses_at);
    EXPECT_TRUE(std::get<CheckedIn>(client.check_in({.booking_id = comes.booking_id})).replayed);
    EXPECT_FALSE(std::get<CheckedIn>(client.no_show({.booking_id = comes.booking_id})).replayed);
    client.alter_resource({.resource = "spa", .overdue_blocks = false});

    request.idempotency_key = IdempotencyKey::random();
    const auto stays_away = std::get<Booked>(client.book_slot(request));
    const ReportNoShow report{.booking_id = stays_away.booking_id, .reason = "rain"};
    EXPECT_EQ(std::get<NoShow>(client.no_show(report)).status, BookingStatus::expired);
    EXPECT_TRUE(std::get<NoShow>(client.no_show(report)).replayed);
    EXPECT_EQ(client.get_booking({.booking_id = stays_away.booking_id}).value().reason, "rain");
    EXPECT_TRUE(std::holds_alternative<HoldExpired>(client.check_in({.booking_id = stays_away.booking_id})));

    const auto later = std::get<Booked>(client.book_slot(request_for(new_slot())));
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.no_show({.booking_id = later.booking_id})));
    EXPECT_THROW((void)client.check_in({.booking_id = later.booking_id, .holder = "eve"}), InvalidRequest);
}

TEST_F(VerbsOnAServer, AHoldersCallsDoNotFindABookingOfAnother)
{
    auto request = request_for(new_slot());
    request.hold_for = 10min;
    const auto id = std::get<Booked>(client.book_slot(request)).booking_id;
    const TimeRange elsewhere = new_slot();
    const auto calls_of = [&](const std::string &holder) -> std::vector<std::function<void()>>
    {
        return {
            [=, this] { (void)client.extend_hold({.booking_id = id, .hold_for = 1h, .holder = holder}); },
            [=, this] { (void)client.confirm_exclusively({.booking_id = id, .holder = holder}); },
            [=, this] { (void)client.confirm_booking({.booking_id = id, .holder = holder}); },
            [=, this] { (void)client.reschedule_booking({.booking_id = id, .during = elsewhere, .holder = holder}); },
            [=, this] { (void)client.end_booking({.booking_id = id, .holder = holder}); },
            [=, this] { (void)client.cancel_booking({.booking_id = id, .holder = holder}); },
        };
    };
    for (const auto &call : calls_of("eve"))
    {
        EXPECT_EQ(failure_of<InvalidRequest>(call).sqlstate(), "OB003");
    }
    EXPECT_EQ(value("SELECT status || ' ' || (during = $2)::text FROM bookonce.booking WHERE booking_id = $1",
                    {id, detail::range_text(request.during)}),
              "held true");
    for (const auto &call : calls_of("ann"))
    {
        EXPECT_NO_THROW(call());
    }
    EXPECT_EQ(value("SELECT status || ' ' || (during = $2)::text FROM bookonce.booking WHERE booking_id = $1",
                    {id, detail::range_text(elsewhere)}),
              "cancelled true");
}

TEST_F(VerbsOnAServer, OneOfSeveralPreBookingsIsMadeFirm)
{
    const auto slot = new_slot();
    std::vector<std::string> ids;
    for (const char *holder : {"ann", "ben"})
    {
        ids.push_back(
            std::get<Booked>(
                client.book_slot(
                    {.resource = "room:1", .during = slot, .holder = holder, .hold_for = 1h, .allow_overlap = true}))
                .booking_id);
    }
    const auto firm = std::get<Confirmed>(client.confirm_exclusively({.booking_id = ids[0]}));
    EXPECT_FALSE(firm.replayed);
    EXPECT_EQ(firm.units, std::vector{1});
    EXPECT_TRUE(std::get<Confirmed>(client.confirm_exclusively({.booking_id = ids[0]})).replayed);
    EXPECT_EQ(std::get<Taken>(client.confirm_exclusively({.booking_id = ids[1]})).busy, std::vector{slot});
    EXPECT_TRUE(std::get<Confirmed>(client.confirm_booking({.booking_id = ids[1]})).units.empty());

    client.define_resource({.resource = "one a day"});
    client.set_booking_limit({.resource = "one a day", .period = LimitPeriod::day, .max_bookings = 1});
    const BookSlot booked{.resource = "one a day", .during = slot, .holder = "ann"};
    const BookSlot wish{.resource = "one a day", .during = {slot.end(), 1h}, .holder = "ben", .allow_overlap = true};
    (void)client.book_slot(booked);
    const auto id = std::get<Booked>(client.book_slot(wish)).booking_id;
    EXPECT_TRUE(std::holds_alternative<LimitReached>(client.confirm_exclusively({.booking_id = id})));
    (void)client.cancel_booking({.booking_id = id});
    EXPECT_TRUE(std::holds_alternative<NotLive>(client.confirm_exclusively({.booking_id = id})));
}

TEST_F(VerbsOnAServer, ARequestThatIsNoLongerValidIsTooLate)
{
    auto request = request_for(new_slot());
    request.valid_until = Timestamp{};
    EXPECT_TRUE(std::holds_alternative<TooLate>(client.book_slot(request)));
}

TEST_F(VerbsOnAServer, ThePolicyRefusesByName)
{
    client.define_resource({.resource = "strict", .min_notice = 24h, .max_ahead = 240h, .max_duration = 2h});
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    const auto book = [&](TimeRange during)
    { return client.book_slot({.resource = "strict", .during = during, .holder = "ann"}); };
    EXPECT_TRUE(std::holds_alternative<TooSoon>(book({now + 1h, 1h})));
    EXPECT_TRUE(std::holds_alternative<TooFar>(book({now + 2400h, 1h})));
    EXPECT_TRUE(std::holds_alternative<TooLong>(book({now + 48h, 3h})));
    EXPECT_TRUE(std::holds_alternative<Booked>(book({now + 48h, 2h})));
}

TEST_F(VerbsOnAServer, TimesAreExactUnderAnySessionSettings)
{
    Client foreign{
        options("options='-c datestyle=German,DMY -c timezone=Asia/Kathmandu -c intervalstyle=sql_standard -c "
                "bytea_output=escape'")};
    const Timestamp year_10000 = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};
    for (const TimeRange &during :
         {TimeRange{Timestamp{-1us}, 1us}, TimeRange{Timestamp{1234567us}, 7us}, TimeRange{year_10000 - 3us, 2us},
          TimeRange{Timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}}, 1us},
          TimeRange{Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29}} + 1h, 1h}})
    {
        auto request = request_for(during);
        request.hold_for = 90min + 1us;
        const auto booked = std::get<Booked>(foreign.book_slot(request));
        EXPECT_EQ(booked.during, during);
        EXPECT_EQ(std::get<Booked>(client.book_slot(request)).lapses_at, booked.lapses_at);
        EXPECT_EQ(std::get<Taken>(foreign.book_slot(request_for(during))).busy, std::vector{during});
        EXPECT_EQ(
            value("SELECT (extract(epoch FROM upper(during)) * 1000000)::bigint::text FROM bookonce.booking WHERE "
                  "booking_id = $1",
                  {booked.booking_id}),
            std::to_string(during.end().time_since_epoch().count()));
    }
}

TEST_F(VerbsOnAServer, AWrongCallSaysWhatIsWrong)
{
    auto request = request_for(new_slot());
    (void)client.book_slot(request);
    request.holder = "bob";
    EXPECT_EQ(failure_of<KeyReused>([&] { (void)client.book_slot(request); }).sqlstate(), "OB001");

    request = request_for(new_slot());
    request.resource = "room:404";
    const auto unknown = failure_of<InvalidRequest>([&] { (void)client.book_slot(request); });
    EXPECT_EQ(unknown.sqlstate(), "OB002");
    EXPECT_NE(unknown.hint(), "");
    EXPECT_EQ(unknown.attempts(), 1);

    const auto no_booking = failure_of<InvalidRequest>(
        [&] { (void)client.confirm_booking({.booking_id = "00000000-0000-0000-0000-000000000000"}); });
    EXPECT_EQ(no_booking.sqlstate(), "OB003");
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)client.confirm_booking({.booking_id = "x"}); }).sqlstate(),
              "22P02");

    request = request_for(new_slot());
    request.quantity = 0;
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)client.book_slot(request); }).sqlstate(), "22023");
    request = request_for(new_slot());
    request.holder = "tab\t";
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)client.book_slot(request); }).sqlstate(), "22023");
    request = request_for(new_slot());
    request.hold_for = -1s;
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)client.book_slot(request); }).sqlstate(), "22023");
}

TEST_F(VerbsOnAServer, TenantsDoNotSeeEachOther)
{
    const auto slot = new_slot();
    client.define_resource({.resource = "room:1", .tenant = "acme"});
    auto request = request_for(slot);
    (void)client.book_slot(request);
    request.tenant = "acme";
    const auto theirs = std::get<Booked>(client.book_slot(request));
    EXPECT_FALSE(theirs.replayed);
    EXPECT_THROW((void)client.cancel_booking({.booking_id = theirs.booking_id}), InvalidRequest);
    EXPECT_TRUE(
        std::holds_alternative<Cancelled>(client.cancel_booking({.booking_id = theirs.booking_id, .tenant = "acme"})));
}

TEST_F(VerbsOnAServer, ARoleNeedsTheGrantAndNothingElse)
{
    const std::string role = "app_" + database();
    query("CREATE ROLE " + role + " LOGIN");
    Client app{options("user=" + role)};
    const auto denied = failure_of<Denied>([&] { (void)app.book_slot(request_for(new_slot())); });
    EXPECT_EQ(denied.sqlstate(), "42501");
    EXPECT_NE(denied.hint(), "");
    query("SELECT bookonce.grant_usage('" + role + "')");
    EXPECT_TRUE(std::holds_alternative<Booked>(app.book_slot(request_for(new_slot()))));
    query("DROP OWNED BY " + role);
    query("DROP ROLE " + role);
    EXPECT_THROW((void)Client{options("user=" + role)}.book_slot(request_for(new_slot())), Denied);
}

TEST_F(VerbsOnAServer, ADatabaseThatIsNotReadySaysWhatToRun)
{
    const std::string bare = database() + "_bare";
    sql("postgres", "CREATE DATABASE " + bare);
    {
        Client early{{.connection_string = "dbname=" + bare}};
        const auto call = [&] { (void)early.book_slot(request_for(new_slot())); };
        EXPECT_NE(failure_of<InvalidRequest>(call).hint().find("CREATE EXTENSION bookonce"), std::string::npos);
        sql(bare, "CREATE EXTENSION bookonce");
        const auto not_set_up = failure_of<InvalidRequest>(call);
        EXPECT_EQ(not_set_up.sqlstate(), "OB004");
        EXPECT_NE(not_set_up.hint().find("setup()"), std::string::npos);
    }
    sql("postgres", "DROP DATABASE " + bare);
    EXPECT_EQ(failure_of<InvalidRequest>(
                  [&] { Client{{.connection_string = "dbname=" + bare}}.define_resource({.resource = "r"}); })
                  .sqlstate(),
              "3D000");
}

TEST_F(VerbsOnAServer, AServerThatCannotWriteIsUnavailable)
{
    Client standby{options("options='-c default_transaction_read_only=on'")};
    const auto read_only = failure_of<Unavailable>([&] { (void)standby.book_slot(request_for(new_slot())); });
    EXPECT_EQ(read_only.sqlstate(), "25006");
    EXPECT_EQ(read_only.attempts(), 1);

    auto nowhere = options("host=/nonexistent");
    nowhere.retry.max_attempts = 3;
    nowhere.timing.sleep = [](std::chrono::nanoseconds) {};
    Client lost{nowhere};
    EXPECT_EQ(failure_of<Unavailable>([&] { (void)lost.book_slot(request_for(new_slot())); }).attempts(), 3);
    EXPECT_THROW((void)Client{options("hots=x")}.book_slot(request_for(new_slot())), InvalidRequest);
}

TEST_F(VerbsOnAServer, WaitingForALockEndsByTheServersOwnTimeouts)
{
    const auto slot = new_slot();
    client.transact(
        [&](Transaction &tx)
        {
            (void)tx.book_slot(request_for(slot));
            Client hasty{options("options='-c lock_timeout=1ms'")};
            EXPECT_EQ(failure_of<Unavailable>([&] { (void)hasty.book_slot(request_for(slot)); }).sqlstate(), "55P03");
            Client brief{options("options='-c statement_timeout=1ms'")};
            EXPECT_EQ(failure_of<Unavailable>([&] { (void)brief.book_slot(request_for(slot)); }).sqlstate(), "57014");
        });
}

} // namespace bookonce
