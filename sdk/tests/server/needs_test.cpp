// SPDX-License-Identifier: PostgreSQL
// needs_test.cpp: any doctor and any room, on a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class NeedsOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};

    static TimeRange at(std::chrono::microseconds since_midnight, std::chrono::microseconds length = 1h)
    {
        return {monday + since_midnight, length};
    }

    void SetUp() override
    {
        client.define_resource({.resource = "dr:ann", .attributes = R"({"speaks": ["de", "fr"]})"});
        client.define_resource({.resource = "dr:ben", .attributes = R"({"speaks": ["de"]})"});
        client.define_resource({.resource = R"(the "big", hall)", .attributes = R"({"seats": 60, "projector": true})"});
        client.define_resource({.resource = "attic", .attributes = R"({"seats": 4.5, "projector": true})"});
    }
};

TEST_F(NeedsOnAServer, AnyDoctorAndAnyRoomAreFreeTogetherAndBookedTogether)
{
    const std::vector<Need> visit{{.any_of = {"dr:ben", "dr:ann"}, .where = {{"speaks", "de"}}},
                                  {.where = {{"projector", true}, {"seats", at_least(8)}}}};
    const auto found = client.find_slots({.needs = visit, .within = at(9h, 2h), .duration = 1h});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].during, at(10h));
    EXPECT_EQ(found[1].resources, (std::vector<std::string>{"dr:ben", R"(the "big", hall)"}));

    const BookNeeds call{.needs = visit, .during = at(9h), .holder = "pat", .hold_for = 1h};
    auto outcomes = client.book_needs(call);
    ASSERT_EQ(outcomes.size(), 2U);
    const auto booked = std::get<Booked>(outcomes[0]);
    EXPECT_EQ(booked.resource, "dr:ben");
    EXPECT_FALSE(booked.replayed);
    outcomes = client.book_needs(call);
    EXPECT_TRUE(std::get<Booked>(outcomes[1]).replayed);
    EXPECT_EQ(std::get<Booked>(outcomes[1]).group_id, booked.group_id);

    outcomes = client.book_needs({.needs = visit, .during = at(9h), .holder = "sam"});
    EXPECT_TRUE(std::holds_alternative<Aborted>(outcomes.at(0)));
    EXPECT_TRUE(std::holds_alternative<Taken>(outcomes.at(1)));
    EXPECT_EQ(client.find_slots({.needs = visit, .within = at(9h, 2h), .duration = 1h}).size(), 1U);
    EXPECT_EQ(client.confirm_group({.group_id = booked.group_id.value()}).size(), 2U);
}

TEST_F(NeedsOnAServer, AreMatchedAsAWholeAndByPreference)
{
    const std::vector<Need> both{{.where = {{"speaks", "de"}}}, {.where = {{"speaks", all_of({"de", "fr"})}}}};
    EXPECT_EQ(client.find_slots({.needs = both, .within = at(36h), .duration = 1h}).at(0).resources,
              (std::vector<std::string>{"dr:ben", "dr:ann"}));
    ASSERT_TRUE(
        std::holds_alternative<Booked>(client.book_slot({.resource = "dr:ann", .during = at(37h), .holder = "pat"})));
    const std::vector<Need> any{{.any_of = {"dr:ann", "dr:ben"}}};
    auto outcomes =
        client.book_needs({.needs = any, .during = at(38h), .holder = "sam", .pick = Preference::least_booked});
    EXPECT_EQ(std::get<Booked>(outcomes.at(0)).resource, "dr:ben");
    outcomes = client.book_needs({.needs = any, .during = at(36h), .holder = "sam", .pick = Preference::tightest});
    EXPECT_EQ(std::get<Booked>(outcomes.at(0)).resource, "dr:ann");
}

TEST_F(NeedsOnAServer, ConditionsMeanWhatTheySay)
{
    const auto fits = [this](const Condition &seats)
    {
        return client.find_slots({.needs = {{.where = {{"seats", seats}}}}, .within = at(20h), .duration = 1h})
            .at(0)
            .resources.at(0);
    };
    EXPECT_EQ(fits(4.5), "attic");
    EXPECT_EQ(fits(between(5, 1e3)), R"(the "big", hall)");
    EXPECT_EQ(fits(one_of({60, "many"})), R"(the "big", hall)");
    EXPECT_EQ(fits(at_most(59.5)), "attic");
    try
    {
        (void)fits(at_least(61));
        FAIL() << "nobody fits";
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_EQ(error.sqlstate(), "22023");
        EXPECT_NE(std::string{error.what()}.find("seats"), std::string::npos) << error.what();
    }
    EXPECT_THROW((void)client.find_slots({.needs = {Need{}}, .within = at(20h), .duration = 1h}), InvalidRequest);
    EXPECT_THROW((void)client.find_slots({.needs = {{.any_of = {"nobody"}}}, .within = at(20h), .duration = 1h}),
                 InvalidRequest);
}

TEST_F(NeedsOnAServer, WhoFitsIsInvitedUntilEnoughAre)
{
    const Opened request = client.open_request({.during = at(50h), .requester = "pat"});
    const Need german{.where = {{"speaks", "de"}}};
    const auto asked = [&](const Need &need)
    {
        std::vector<std::string> providers;
        for (const Invited &one : client.make_offers_by_need({.request_id = request.request_id, .need = need}))
        {
            providers.push_back(one.provider + (std::get<Offered>(one.outcome).replayed ? " still" : ""));
        }
        return providers;
    };
    const auto names = [](auto... each) { return std::vector<std::string>{each...}; };
    EXPECT_EQ(asked(german), names("dr:ann"));
    EXPECT_EQ(asked(german), names("dr:ann still"));
    const auto offers = client.make_offers_by_need({.request_id = request.request_id, .need = german});
    ASSERT_EQ(offers.size(), 1U);
    ASSERT_TRUE(std::holds_alternative<Declined>(
        client.decline_offer({.offer_id = std::get<Offered>(offers[0].outcome).offer_id, .provider = "dr:ann"})));
    EXPECT_EQ(asked(german), names("dr:ben"));
    EXPECT_EQ(asked({.where = {{"speaks", "de"}}, .count = 2}), names("dr:ben still"));
    EXPECT_THROW((void)asked({.where = {{"speaks", "de"}}, .count = 3}), InvalidRequest);
}

TEST_F(NeedsOnAServer, ARequestThatKeepsAskingAsksWhoBecomesFree)
{
    const auto booked =
        std::get<Booked>(client.book_slot({.resource = "attic", .during = at(60h), .holder = "somebody"}));
    const Opened request = client.open_request({.during = at(60h), .requester = "pat"});
    EXPECT_TRUE(client
                    .make_offers_by_need(
                        {.request_id = request.request_id, .need = {.where = {{"seats", 4.5}}}, .keep_asking = true})
                    .empty());
    EXPECT_EQ(client.top_up_offers(), 0);
    ASSERT_TRUE(std::holds_alternative<Cancelled>(client.cancel_booking({.booking_id = booked.booking_id})));
    EXPECT_EQ(client.top_up_offers(), 1);
    EXPECT_EQ(client.top_up_offers(), 0);
}

} // namespace bookonce
