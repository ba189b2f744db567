// SPDX-License-Identifier: PostgreSQL
// dispatch_test.cpp: requests are sent whole and each answer becomes exactly one outcome, on a scripted server.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;

namespace
{

constexpr const char *request_id = "0198a2c4-7c1e-7000-8000-0000000000aa";
constexpr const char *offer_id = "0198a2c4-7c1e-7000-8000-0000000000bb";

Row request_row(const char *outcome, const char *replayed = "f", const char *status = "open")
{
    return {outcome, replayed, request_id, nine_to_ten_sent, "2", "1", status, "\\x0002f12590de6800"};
}

Row offer_row(const char *outcome, const char *replayed = "f", const char *provider = "ann")
{
    return {outcome, replayed, offer_id, request_id, provider, "3", "2", booking_id, "pending", std::nullopt};
}

Row refusal_row(const char *outcome)
{
    return {outcome,      "f",          std::nullopt, request_id,   "ann",
            std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt};
}

} // namespace

class Dispatch : public FakeServerTest
{
};

TEST_F(Dispatch, OpenedCarriesTheRequest)
{
    server->answers({request_row("opened", "t")});
    const Opened opened = client().open_request({.during = nine_to_ten, .positions = 2, .requester = "user:1"});
    EXPECT_TRUE(opened.replayed);
    EXPECT_EQ(opened.request_id, request_id);
    EXPECT_EQ(opened.during, nine_to_ten);
    EXPECT_EQ(opened.positions, 2);
    EXPECT_EQ(opened.filled, 1);
    EXPECT_EQ(opened.status, RequestState::open);
    EXPECT_EQ(opened.closes_at, nine_to_ten.end());
}

TEST_F(Dispatch, RequestsAreSentWhole)
{
    server->answers({request_row("opened")}).answers(Rows{}).answers({request_row("cancelled", "f", "cancelled")});
    Client c = client();
    c.open_request({.during = nine_to_ten,
                    .positions = 2,
                    .requester = "user:1",
                    .details = "{}",
                    .closes_at = nine_to_ten.begin(),
                    .idempotency_key = IdempotencyKey{"order 7"},
                    .tenant = "spa"});
    (void)c.make_offers(
        {.request_id = request_id, .providers = {"ann", R"(b"o\b)"}, .expires_in = 10min, .tenant = "spa"});
    EXPECT_EQ(c.cancel_request({.request_id = request_id, .reason = "ill", .tenant = "spa"}).status,
              RequestState::cancelled);
    ASSERT_EQ(server->asked.size(), 3U);
    EXPECT_EQ(server->asked[0].parameters,
              bounded(Parameters{"[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)", "2", "user:1", "{}",
                                 "2026-03-29 09:00:00.000000+00", "order 7", "spa"}));
    EXPECT_EQ(server->asked[1].parameters,
              bounded(Parameters{request_id, R"({"ann","b\"o\\b"})", "600.000000 seconds", "spa"}));
    EXPECT_EQ(server->asked[2].parameters, bounded(Parameters{request_id, "ill", "spa"}));
}

TEST_F(Dispatch, EachProviderHasItsOwnAnswer)
{
    server->answers({offer_row("offered", "t"), refusal_row("filled"), offer_row("offer_accepted", "f", "bob")});
    const auto invited = client().make_offers({.request_id = request_id, .providers = {"ann", "ann", "bob"}});
    ASSERT_EQ(invited.size(), 3U);
    const auto &offered = std::get<Offered>(invited[0].outcome);
    EXPECT_TRUE(offered.replayed);
    EXPECT_EQ(offered.offer_id, offer_id);
    EXPECT_EQ(offered.request_id, request_id);
    EXPECT_EQ(offered.provider, "ann");
    EXPECT_EQ(offered.wave, 3);
    EXPECT_FALSE(offered.expires_at);
    EXPECT_TRUE(std::holds_alternative<Filled>(invited[1].outcome));
    EXPECT_TRUE(std::holds_alternative<OfferAccepted>(invited[2].outcome));
    EXPECT_EQ(invited[2].provider, "bob");
}

TEST_F(Dispatch, AcceptedCarriesThePositionAndTheBooking)
{
    server->answers({offer_row("accepted")});
    const auto accepted =
        std::get<Accepted>(client().accept_offer({.offer_id = offer_id, .provider = "ann", .tenant = "spa"}));
    EXPECT_FALSE(accepted.replayed);
    EXPECT_EQ(accepted.position, 2);
    EXPECT_EQ(accepted.booking_id, booking_id);
    EXPECT_EQ(server->asked.at(0).parameters, bounded(Parameters{offer_id, "ann", "spa"}));
}

TEST_F(Dispatch, ARefusalIsAnAnswer)
{
    Client c = client();
    const auto accept = [&](const char *outcome)
    {
        server->answers({refusal_row(outcome)});
        return c.accept_offer({.offer_id = offer_id, .provider = "ann"});
    };
    EXPECT_TRUE(std::holds_alternative<Filled>(accept("filled")));
    EXPECT_TRUE(std::holds_alternative<ProviderBusy>(accept("provider_busy")));
    EXPECT_TRUE(std::holds_alternative<OfferDeclined>(accept("offer_declined")));
    EXPECT_TRUE(std::holds_alternative<OfferWithdrawn>(accept("offer_withdrawn")));
    EXPECT_TRUE(std::holds_alternative<OfferReleased>(accept("offer_released")));
    EXPECT_TRUE(std::holds_alternative<OfferExpired>(accept("offer_expired")));
    EXPECT_TRUE(std::holds_alternative<RequestClosed>(accept("request_closed")));
    EXPECT_THROW(accept("offer_accepted"), Internal); // only decline_offer() can answer that
    EXPECT_THROW(accept("accepted"), Internal);       // an answer without an offer
}

TEST_F(Dispatch, TheOtherVerbsHaveTheirs)
{
    Client c = client();
    server->answers({offer_row("declined", "t")})
        .answers({offer_row("withdrawn")})
        .answers({refusal_row("offer_accepted")});
    EXPECT_TRUE(std::get<Declined>(c.decline_offer({.offer_id = offer_id, .provider = "ann"})).replayed);
    EXPECT_FALSE(std::get<Withdrawn>(c.withdraw_offer({.offer_id = offer_id})).replayed);
    EXPECT_TRUE(std::holds_alternative<OfferAccepted>(c.withdraw_offer({.offer_id = offer_id})));

    server->answers({refusal_row("released")})
        .answers({offer_row("reassigned", "t")})
        .answers({refusal_row("not_live")});
    EXPECT_FALSE(c.release_position({.request_id = request_id, .provider = "ann", .reason = "ill"}).replayed);
    const ReassignPosition move{.request_id = request_id, .from_provider = "ann", .to_provider = "bob"};
    EXPECT_TRUE(std::get<Reassigned>(c.reassign_position(move)).replayed);
    EXPECT_TRUE(std::holds_alternative<NotLive>(c.reassign_position(move)));
    EXPECT_EQ(server->asked.at(3).parameters, bounded(Parameters{request_id, "ann", "ill", "default"}));
    EXPECT_EQ(server->asked.at(4).parameters, bounded(Parameters{request_id, "ann", "bob", "default"}));
}

TEST_F(Dispatch, ARequestIsMovedOrOneIsInTheWay)
{
    Client c = client();
    const RescheduleRequest move{.request_id = request_id, .during = nine_to_ten, .tenant = "spa"};
    const auto answer = [&](Row row, std::optional<std::string> refusal = {}, std::optional<std::string> busy = {})
    {
        row.insert(row.end(), {refusal ? std::optional<std::string>{"bob"} : std::nullopt, refusal, busy});
        server->answers({row});
        return c.reschedule_request(move);
    };
    const auto moved = std::get<RequestRescheduled>(answer(request_row("rescheduled", "t")));
    EXPECT_TRUE(moved.replayed);
    EXPECT_EQ(moved.during, nine_to_ten);
    EXPECT_EQ(moved.filled, 1);
    EXPECT_EQ(server->asked.at(0).parameters,
              bounded(Parameters{request_id, "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)", "spa"}));
    const auto taken = std::get<ProviderCannotCome>(
        answer(request_row("provider_busy"), "taken", "\\x0000000100000019" + std::string{nine_to_ten_sent}.substr(2)));
    EXPECT_EQ(taken.provider, "bob");
    EXPECT_EQ(std::get<Taken>(taken.why).busy, (std::vector{nine_to_ten}));
    EXPECT_TRUE(std::holds_alternative<LimitReached>(
        std::get<ProviderCannotCome>(answer(request_row("provider_busy"), "limit_reached")).why));
    EXPECT_TRUE(std::holds_alternative<RequestClosed>(answer(request_row("request_closed", "f", "cancelled"))));
    EXPECT_THROW(answer(request_row("provider_busy")), Internal);           // the provider is missing
    EXPECT_THROW(answer(request_row("provider_busy"), "booked"), Internal); // not a refusal
}

TEST_F(Dispatch, ALostAnswerIsAskedForAgain)
{
    server->loses_connection().answers({offer_row("accepted", "t")});
    EXPECT_TRUE(std::get<Accepted>(client().accept_offer({.offer_id = offer_id, .provider = "ann"})).replayed);
    EXPECT_EQ(server->asked.size(), 2U);

    server->loses_connection().answers({request_row("opened", "t")});
    client().open_request({.during = nine_to_ten, .requester = "user:1"});
    EXPECT_EQ(server->asked.at(2).parameters.at(5), server->asked.at(3).parameters.at(5)); // the key
}

TEST_F(Dispatch, AnswersThatCannotBeUnderstoodAreInternal)
{
    Client c = client();
    Row row = request_row("opened", "f", "lost");
    server->answers({row});
    EXPECT_THROW(c.open_request({.during = nine_to_ten, .requester = "user:1"}), Internal);
    row = offer_row("accepted");
    row[6] = "1.5";
    server->answers({row}).answers(Rows{});
    EXPECT_THROW((void)c.accept_offer({.offer_id = offer_id, .provider = "ann"}), Internal);
    EXPECT_THROW((void)c.accept_offer({.offer_id = offer_id, .provider = "ann"}), Internal);
}

} // namespace bookonce
