// SPDX-License-Identifier: PostgreSQL
// needs_test.cpp: needs as they are sent, and the resources in the answers.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace bookonce
{

using namespace bookonce::testing;

class Needs : public FakeServerTest
{
  protected:
    std::string sent(const std::vector<Need> &needs)
    {
        server->answers(Rows{});
        (void)client().find_slots({.needs = needs, .within = nine_to_ten, .duration = 1h});
        return server->asked.back().parameters.at(0).value();
    }

    std::string sent(const Condition &condition) { return sent({{.where = {{"a", condition}}}}); }
};

TEST_F(Needs, AreSentAsTheShortestJson)
{
    EXPECT_EQ(sent({{.any_of = {"dr:ann", "dr:ben"}}, {.where = {{"projector", true}}, .count = 2}}),
              R"([{"any_of": ["dr:ann", "dr:ben"]}, {"where": {"projector": true}, "count": 2}])");
    EXPECT_EQ(sent({{.any_of = {"a"}, .where = {{"seats", at_least(8)}, {"floor", -1}}}}),
              R"([{"any_of": ["a"], "where": {"floor": -1, "seats": {"at_least": 8}}}])");
    EXPECT_EQ(sent({Need{}}), "[{}]");
    EXPECT_EQ(sent(std::vector<Need>{}), "[]");
}

TEST_F(Needs, ConditionsAreValuesOrSayMore)
{
    EXPECT_EQ(sent(Condition{"oak"}), R"([{"where": {"a": "oak"}}])");
    EXPECT_EQ(sent(Condition{std::string{"oak"}}), R"([{"where": {"a": "oak"}}])");
    EXPECT_EQ(sent(Condition{false}), R"([{"where": {"a": false}}])");
    EXPECT_EQ(sent(Condition{7U}), R"([{"where": {"a": 7}}])");
    EXPECT_EQ(sent(Condition{std::numeric_limits<std::int64_t>::min()}), R"([{"where": {"a": -9223372036854775808}}])");
    EXPECT_EQ(sent(Condition{0.1}), R"([{"where": {"a": 0.1}}])");
    EXPECT_EQ(sent(at_most(1e300)), R"([{"where": {"a": {"at_most": 1e+300}}}])");
    EXPECT_EQ(sent(between(2, 4.5)), R"([{"where": {"a": {"at_least": 2, "at_most": 4.5}}}])");
    EXPECT_EQ(sent(one_of({"oak", 3, true})), R"([{"where": {"a": {"one_of": ["oak", 3, true]}}}])");
    EXPECT_EQ(sent(all_of({"de", "fr"})), R"([{"where": {"a": {"all_of": ["de", "fr"]}}}])");
    EXPECT_THROW(at_least(std::numeric_limits<double>::infinity()), InvalidRequest);
    EXPECT_THROW(Condition{std::numeric_limits<double>::quiet_NaN()}, InvalidRequest);
}

TEST_F(Needs, NoTextIsTakenForJson)
{
    EXPECT_EQ(sent({{.any_of = {R"(a"b\c)"}, .where = {{"x\ny\x1fz", "caf\xc3\xa9"}}}}),
              "[{\"any_of\": [\"a\\\"b\\\\c\"], \"where\": {\"x\\u000ay\\u001fz\": \"caf\xc3\xa9\"}}]");
    EXPECT_THROW(sent({{.any_of = {std::string{"a\0b", 3}}}}), InvalidRequest);
}

TEST_F(Needs, AFoundSlotSaysWhoItWouldBe)
{
    server->answers({{nine_to_ten_sent, "dr:ann, MD\nroom:1"}, {nine_to_ten_sent, "dr:ben"}});
    const auto found = client().find_slots({.needs = {{.any_of = {"dr:ann, MD"}}, {.where = {{"xray", true}}}},
                                            .within = nine_to_ten,
                                            .duration = 1h,
                                            .step = 15min,
                                            .at_most = 2,
                                            .tenant = "acme"});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].during, nine_to_ten);
    EXPECT_EQ(found[0].resources, (std::vector<std::string>{"dr:ann, MD", "room:1"}));
    EXPECT_EQ(found[1].resources, std::vector<std::string>{"dr:ben"});
    EXPECT_EQ(server->asked.at(0).parameters,
              (Parameters{R"([{"any_of": ["dr:ann, MD"]}, {"where": {"xray": true}}])",
                          "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)", "3600.000000 seconds",
                          "900.000000 seconds", "2", "acme"}));
    server->answers({{nine_to_ten_sent, std::nullopt}});
    EXPECT_THROW((void)client().find_slots({.needs = {{.any_of = {"a"}}}, .within = nine_to_ten, .duration = 1h}),
                 Internal);
}

TEST_F(Needs, EachResourceThatIsNeededHasAnOutcome)
{
    Rows answer = booked_answer();
    answer.push_back(refusal_answer("aborted")[0]);
    answer.push_back(refusal_answer("waited_for")[0]);
    server->answers(answer).answers(refusal_answer("contended"));
    const BookNeeds call{.needs = {{.any_of = {"a"}}},
                         .during = nine_to_ten,
                         .holder = "ann",
                         .pick = Preference::least_booked,
                         .hold_for = 10min,
                         .details = R"({"party": 2})",
                         .idempotency_key = IdempotencyKey{"visit 7"},
                         .valid_until = nine_to_ten.begin(),
                         .tenant = "acme"};
    const auto outcomes = client().book_needs(call);
    ASSERT_EQ(outcomes.size(), 3U);
    EXPECT_EQ(std::get<Booked>(outcomes[0]).resource, "room:1");
    EXPECT_TRUE(std::holds_alternative<Aborted>(outcomes[1]));
    EXPECT_TRUE(std::holds_alternative<WaitedFor>(outcomes[2]));
    EXPECT_EQ(
        server->asked.at(0).parameters,
        bounded(Parameters{R"([{"any_of": ["a"]}])", "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)",
                           "ann", "least_booked", "600.000000 seconds", R"({"party": 2})", "visit 7",
                           "2026-03-29 09:00:00.000000+00", "acme"}));
    EXPECT_THROW((void)client().book_needs(call), Internal); // a group that would have to wait is Unavailable
}

TEST_F(Needs, EachProviderThatFitsHasItsAnswer)
{
    const char *id = "0198a2c4-7c1e-7000-8000-0000000000aa";
    server->answers({{"offered", "t", id, id, "ann", "3", std::nullopt, std::nullopt, "pending", std::nullopt},
                     {"filled", "f", std::nullopt, id, "bob", std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                      std::nullopt}});
    const auto invited = client().make_offers_by_need({.request_id = id,
                                                       .need = {.where = {{"drives", "truck"}}, .count = 2},
                                                       .expires_in = 10min,
                                                       .pick = Preference::tightest,
                                                       .keep_asking = true,
                                                       .tenant = "acme"});
    ASSERT_EQ(invited.size(), 2U);
    EXPECT_TRUE(std::get<Offered>(invited[0].outcome).replayed);
    EXPECT_TRUE(std::holds_alternative<Filled>(invited[1].outcome));
    EXPECT_EQ(invited[1].provider, "bob");
    EXPECT_EQ(server->asked.at(0).parameters, bounded(Parameters{id, R"({"where": {"drives": "truck"}, "count": 2})",
                                                                 "600.000000 seconds", "tightest", "t", "acme"}));
}

TEST_F(Needs, ToppingUpSaysHowManyWereAsked)
{
    server->answers({{"7"}});
    EXPECT_EQ(client().top_up_offers({.at_most = 9, .tenant = "acme"}), 7);
    EXPECT_EQ(server->asked.at(0).parameters, bounded(Parameters{"9", "acme"}));
}

} // namespace bookonce
