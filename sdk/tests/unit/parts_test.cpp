// SPDX-License-Identifier: PostgreSQL
// parts_test.cpp: parts as they are sent.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;

class Parts : public FakeServerTest
{
};

TEST_F(Parts, AreSentWithTheirQuantities)
{
    server->answers(Rows{{std::nullopt}}).answers(Rows{{std::nullopt}});
    client().set_parts({.resource = "kit", .parts = {{"camera", 2}, {R"(the "big" lamp)"}}, .tenant = "acme"});
    EXPECT_EQ(server->asked.at(0).parameters,
              bounded(Parameters{"kit", R"({"camera","the \"big\" lamp"})", R"({"2","1"})", "acme"}));
    client().set_parts({.resource = "kit", .parts = {}});
    EXPECT_EQ(server->asked.at(1).parameters, bounded(Parameters{"kit", "{}", "{}", "default"}));
}

TEST_F(Parts, AreListedOnceEach)
{
    server->answers({{"camera", "2", "1"}, {"battery", "4", "2"}});
    EXPECT_EQ(client().list_parts({.resource = "kit", .tenant = "acme"}),
              (std::vector<PartRow>{{"camera", 2, 1}, {"battery", 4, 2}}));
    EXPECT_EQ(server->asked.at(0).parameters, (Parameters{"kit", "acme"}));
    server->answers({{"camera", "two", "1"}});
    EXPECT_THROW((void)client().list_parts({.resource = "kit"}), Internal);
}

TEST_F(Parts, ARefusalNamesThePart)
{
    Rows answer = refusal_answer("taken");
    answer[0][4] = "room:2";
    server->answers(answer);
    const auto outcome = client().book_slot({.resource = "hall", .during = nine_to_ten, .holder = "ann"});
    EXPECT_EQ(std::get<Taken>(outcome).resource, "room:2");
}

} // namespace bookonce
