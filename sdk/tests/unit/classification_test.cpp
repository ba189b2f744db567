// SPDX-License-Identifier: PostgreSQL
// classification_test.cpp: every SQLSTATE leads to the next step that docs/errors.md promises.
#include "classification.hpp"

#include "bookonce/errors.hpp"

#include <gtest/gtest.h>

namespace bookonce::detail
{

struct Case
{
    const char *sqlstate;
    Kind kind;
    Repeat repeat;
};

void expect_verdict(const Case &expected, bool application)
{
    const Verdict verdict = judge({.sqlstate = expected.sqlstate, .message = "", .application = application});
    EXPECT_EQ(verdict.kind, expected.kind) << expected.sqlstate;
    EXPECT_EQ(verdict.repeat, expected.repeat) << expected.sqlstate;
}

/// PL/Proxy's messages, in errors without a SQLSTATE of their own.
TEST(Classification, OfAProxyThatHasLostItsShard)
{
    for (const bool prepared : {false, true})
    {
        for (const char *message :
             {"PL/Proxy function bookonce.book_slot(11): [shop] PQconnectPoll: connection refused",
              "bookonce.book_slot(11): [shop] REMOTE (null): server closed the connection unexpectedly"})
        {
            const Verdict verdict = judge({.sqlstate = "XX000", .message = message, .prepared = prepared});
            EXPECT_EQ(verdict.kind, Kind::unavailable) << message;
            EXPECT_EQ(verdict.repeat, Repeat::always) << message;
            EXPECT_TRUE(verdict.doubt) << message;
        }
        const Verdict verdict =
            judge({.sqlstate = "XX000", .message = "bookonce.claim(6): [shop] REMOTE ERROR: PL/Proxy function x"});
        EXPECT_EQ(verdict.kind, Kind::internal);
        EXPECT_FALSE(verdict.doubt);
    }
}

TEST(Classification, OfAVerb)
{
    using enum Kind;
    for (const Case &expected : std::initializer_list<Case>{{"OB001", key_reused, Repeat::never},
                                                            {"OB002", invalid_request, Repeat::never},
                                                            {"OB003", invalid_request, Repeat::never},
                                                            {"OB004", invalid_request, Repeat::never},
                                                            {"OB005", invalid_request, Repeat::never},
                                                            {"OB007", unavailable, Repeat::never},
                                                            {"OB008", invalid_request, Repeat::always},
                                                            {"0A000", invalid_request, Repeat::never},
                                                            {"22004", invalid_request, Repeat::never},
                                                            {"22023", invalid_request, Repeat::never},
                                                            {"22P02", invalid_request, Repeat::never},
                                                            {"3F000", invalid_request, Repeat::never},
                                                            {"42883", invalid_request, Repeat::never},
                                                            {"3D000", invalid_request, Repeat::never},
                                                            {"25P02", invalid_request, Repeat::never},
                                                            {"42501", denied, Repeat::never},
                                                            {"28P01", denied, Repeat::never},
                                                            {"28000", denied, Repeat::never},
                                                            {"40001", unavailable, Repeat::always},
                                                            {"40P01", unavailable, Repeat::always},
                                                            {"40003", unavailable, Repeat::always},
                                                            {"08001", unavailable, Repeat::always},
                                                            {"08006", unavailable, Repeat::always},
                                                            {"08P01", unavailable, Repeat::always},
                                                            {"57P01", unavailable, Repeat::always},
                                                            {"57P02", unavailable, Repeat::always},
                                                            {"57P03", unavailable, Repeat::always},
                                                            {"57P05", unavailable, Repeat::always},
                                                            {"53300", unavailable, Repeat::always},
                                                            {"53100", unavailable, Repeat::always},
                                                            {"55P03", unavailable, Repeat::lock_timeout},
                                                            {"57014", unavailable, Repeat::statement_timeout},
                                                            {"25006", unavailable, Repeat::never},
                                                            {"23P01", internal, Repeat::never},
                                                            {"23505", internal, Repeat::never},
                                                            {"42P01", internal, Repeat::never},
                                                            {"XX000", internal, Repeat::never},
                                                            {"58030", internal, Repeat::never},
                                                            {"", internal, Repeat::never}})
    {
        expect_verdict(expected, false);
    }
}

TEST(Classification, OfTheApplicationsOwnSql)
{
    using enum Kind;
    for (const Case &expected : std::initializer_list<Case>{{"23505", invalid_request, Repeat::never},
                                                            {"23P01", slot_taken, Repeat::never},
                                                            {"42P01", invalid_request, Repeat::never},
                                                            {"42601", invalid_request, Repeat::never},
                                                            {"P0001", invalid_request, Repeat::never},
                                                            {"40001", unavailable, Repeat::always},
                                                            {"42501", denied, Repeat::never},
                                                            {"XX000", internal, Repeat::never}})
    {
        expect_verdict(expected, true);
    }
}

TEST(Classification, WhatIsStillNeededIsTheCallersToSeeTo)
{
    for (const bool prepared : {false, true})
    {
        const Verdict verdict = judge({.sqlstate = "23503", .message = "", .needed = true, .prepared = prepared});
        EXPECT_EQ(verdict.kind, Kind::invalid_request);
        EXPECT_EQ(verdict.repeat, Repeat::never);
        EXPECT_FALSE(verdict.spoils);
    }
    EXPECT_EQ(judge({.sqlstate = "23503", .message = ""}).kind, Kind::internal);
}

TEST(Classification, ALostConnectionIsUnavailableWhateverItsCode)
{
    for (const char *sqlstate : {"", "08006", "XX000", "57P01"})
    {
        const Verdict verdict = judge({.sqlstate = sqlstate, .message = "", .lost = true});
        EXPECT_EQ(verdict.kind, Kind::unavailable);
        EXPECT_EQ(verdict.repeat, Repeat::always);
    }
}

TEST(Classification, TimeoutsAreRepeatedByPolicyOnly)
{
    EXPECT_FALSE(may_repeat(Repeat::lock_timeout, {}));
    EXPECT_FALSE(may_repeat(Repeat::statement_timeout, {}));
    EXPECT_TRUE(may_repeat(Repeat::lock_timeout, {.repeat_lock_timeout = true}));
    EXPECT_TRUE(may_repeat(Repeat::statement_timeout, {.repeat_statement_timeout = true}));
}

TEST(Classification, OnlyWhatMayHaveBeenDoneLeavesDoubt)
{
    for (const char *sqlstate : {"08006", "57P01", "57P02", "40003"})
    {
        EXPECT_TRUE(judge({.sqlstate = sqlstate, .message = ""}).doubt) << sqlstate;
    }
    for (const char *sqlstate : {"40001", "40P01", "57014", "55P03", "53200", "25006", "XX000"})
    {
        EXPECT_FALSE(judge({.sqlstate = sqlstate, .message = ""}).doubt) << sqlstate;
    }
    EXPECT_TRUE(judge({.sqlstate = "XX000", .message = "", .lost = true}).doubt);
}

TEST(Classification, AFailureSaysHowToSetItRight)
{
    try
    {
        raise(Judged{{.sqlstate = "42883", .message = "function bookonce.book_slot does not exist"}}, 1);
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_NE(error.hint().find("CREATE EXTENSION bookonce"), std::string::npos);
        EXPECT_NE(std::string{error.what()}.find(error.hint()), std::string::npos);
    }
    try
    {
        raise(Judged{{.sqlstate = "OB004", .message = "not set up", .hint = "The server's own."}}, 3);
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_EQ(error.hint(), "The server's own.");
        EXPECT_EQ(error.sqlstate(), "OB004");
        EXPECT_EQ(error.attempts(), 3);
    }
}

} // namespace bookonce::detail
