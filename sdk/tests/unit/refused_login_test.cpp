// SPDX-License-Identifier: PostgreSQL
// refused_login_test.cpp: a refused login is the same failure in every language.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "refused_login.hpp"
#include "protocol_messages.hpp"
#include "refusing_server.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;
using detail::refused_login_sqlstate;

class RefusedLogin : public ::testing::Test
{
  protected:
    /// The failure of a call to a server that refuses all logins with this message.
    template <typename Expected>
    Expected failure_of_booking(const RefusingServer &server)
    {
        Client client{
            {.connection_string = server.connection_string(), .retry = {.max_attempts = 3}, .timing = clock.timing()}};
        try
        {
            (void)client.book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
        }
        catch (const Expected &error)
        {
            EXPECT_EQ(server.startups() % error.attempts(), 0);
            return error;
        }
        throw std::logic_error{"the call did not fail as expected"};
    }

    FakeTiming clock;
};

TEST_F(RefusedLogin, InGermanIsDeniedAtOnce)
{
    const RefusingServer server{refusal("28P01", "FATAL",
                                        "Passwort-Authentifizierung f\xc3\xbcr Benutzer \xc2\xbb"
                                        "ann\xc2\xab fehlgeschlagen")};
    const auto denied = failure_of_booking<Denied>(server);
    EXPECT_EQ(denied.sqlstate(), "28P01");
    EXPECT_EQ(denied.attempts(), 1);
    EXPECT_NE(std::string{denied.what()}.find("fehlgeschlagen"), std::string::npos);
    EXPECT_EQ(server.startups(), 2); // the second one is to get the code
}

TEST_F(RefusedLogin, InEnglishIsDeniedWithoutASecondLogin)
{
    const RefusingServer server{refusal("28P01", "FATAL", "password authentication failed for user \"ann\"")};
    EXPECT_EQ(failure_of_booking<Denied>(server).attempts(), 1);
    EXPECT_EQ(server.startups(), 1);
}

TEST_F(RefusedLogin, ForAWordInTheConnectionStringIsTheApplicationsToFix)
{
    const RefusingServer no_database{refusal("3D000", "FATAL",
                                             "base de donn\xc3\xa9"
                                             "es \xc2\xab shop \xc2\xbb inexistante")};
    EXPECT_EQ(failure_of_booking<InvalidRequest>(no_database).sqlstate(), "3D000");
    const RefusingServer no_parameter{refusal("42704", "PANNE", "unbekannter Konfigurationsparameter")};
    EXPECT_EQ(failure_of_booking<InvalidRequest>(no_parameter).attempts(), 1);
}

TEST_F(RefusedLogin, ByAServerThatIsStartingIsTriedAgain)
{
    const RefusingServer server{refusal("57P03", "FATAL", "das Datenbanksystem startet")};
    const auto unavailable = failure_of_booking<Unavailable>(server);
    EXPECT_EQ(unavailable.sqlstate(), "57P03");
    EXPECT_EQ(unavailable.attempts(), 3);
}

TEST_F(RefusedLogin, WithACodeThatSaysNothingIsTriedAgain)
{
    const RefusingServer server{refusal("08P01", "FATAL", "ein Pooler, der immer dasselbe sagt")};
    EXPECT_EQ(failure_of_booking<Unavailable>(server).attempts(), 3);
}

TEST_F(RefusedLogin, ForWantOfAPasswordNeedsNoServersWord)
{
    const RefusingServer server{password_request()};
    EXPECT_EQ(refused_login_sqlstate(server.connection_string(), "kein Passwort angegeben", 10s), "28P01");
}

TEST_F(RefusedLogin, ByAConnectionStringThatIsNoneNeedsNoServer)
{
    EXPECT_EQ(refused_login_sqlstate("hots=nowhere", "ung\xc3\xbcltige Verbindungsoption", 10s), "22023");
}

TEST_F(RefusedLogin, ThatNobodyExplainsIsNoConnection)
{
    EXPECT_EQ(refused_login_sqlstate("host=/nowhere", "keine solche Datei", 10s), "08001");
    const RefusingServer silent{""};
    EXPECT_EQ(refused_login_sqlstate(silent.connection_string(), "die Zeit ist um", 0s), "08001");
}

} // namespace bookonce
