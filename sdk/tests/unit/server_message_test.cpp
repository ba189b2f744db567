// SPDX-License-Identifier: PostgreSQL
// server_message_test.cpp: message and hint are found in libpq's text, and refused connections are told apart.
#include "server_message.hpp"

#include <gtest/gtest.h>

namespace bookonce::detail
{

TEST(ServerMessage, IsTakenApart)
{
    const Failure failure = read_server_message("ERROR:  unknown resource \"room:9\"\n"
                                                "HINT:  Define it first.\n"
                                                "CONTEXT:  PL/pgSQL function f() line 3\n"
                                                "at PERFORM\n",
                                                "OB002");
    EXPECT_EQ(failure.sqlstate, "OB002");
    EXPECT_EQ(failure.message, "unknown resource \"room:9\"");
    EXPECT_EQ(failure.hint, "Define it first.");
    EXPECT_FALSE(failure.lost);
}

TEST(ServerMessage, KeepsTheDetailAndDropsTheStatement)
{
    const Failure failure = read_server_message("ERROR:  deadlock detected\n"
                                                "LINE 1: SELECT secret\n"
                                                "               ^\n"
                                                "DETAIL:  Process 1 waits.\n"
                                                "Process 2 waits.\n",
                                                "40P01");
    EXPECT_EQ(failure.message, "deadlock detected: Process 1 waits. Process 2 waits.");
    EXPECT_EQ(failure.hint, "");
}

TEST(ServerMessage, NamesTheConstraintWhereLibpqIsVerbose)
{
    const Failure failure = read_server_message("ERROR:  23P01: double booking\n"
                                                "DETAIL:  It is taken.\n"
                                                "HINT:  Choose another time.\n"
                                                "CONTEXT:  SQL statement\n"
                                                "SCHEMA NAME:  shop\n"
                                                "TABLE NAME:  Booking\n"
                                                "CONSTRAINT NAME:  one at a time\n"
                                                "LOCATION:  bo_refuse, refuse.c:7\n",
                                                "23P01");
    EXPECT_EQ(failure.message, "double booking: It is taken.");
    EXPECT_EQ(failure.detail, "It is taken.");
    EXPECT_EQ(failure.hint, "Choose another time.");
    EXPECT_EQ(failure.table, "Booking");
    EXPECT_EQ(failure.constraint, "one at a time");
    EXPECT_EQ(read_server_message("ERROR:  23P01: a", "23505").message, "23P01: a");
}

TEST(ServerMessage, InAnotherLanguageIsKeptWhole)
{
    EXPECT_EQ(read_server_message("FEHLER:  Verklemmung entdeckt\nTIPP:  Nochmals.\n", "40P01").message,
              "Verklemmung entdeckt TIPP:  Nochmals.");
    EXPECT_EQ(read_server_message("", "XX000").message, "");
    EXPECT_EQ(read_server_message("no severity", "").message, "no severity");
}

TEST(RefusedConnection, IsToldApartByItsText)
{
    EXPECT_EQ(connect_sqlstate("connection to server at \"db\", port 5432 failed: Connection refused"), "08001");
    EXPECT_EQ(connect_sqlstate("FATAL:  password authentication failed for user \"ann\""), "28P01");
    EXPECT_EQ(connect_sqlstate("FATAL:  no pg_hba.conf entry for host \"::1\""), "28000");
    EXPECT_EQ(connect_sqlstate("FATAL:  role \"ann\" does not exist"), "28000");
    EXPECT_EQ(connect_sqlstate("FATAL:  database \"shop\" does not exist"), "3D000");
    EXPECT_EQ(connect_sqlstate("FATAL:  sorry, too many clients already"), "53300");
    EXPECT_EQ(connect_sqlstate("FATAL:  the database system is starting up"), "57P03");
    EXPECT_EQ(connect_sqlstate("invalid connection option \"hots\""), "22023");
    EXPECT_EQ(
        connect_sqlstate("connection to server on socket \"/tmp/.s.PGSQL.5432\" failed: No such file or directory"),
        "08001");
}

TEST(RefusedConnection, ItsCodeIsFoundWhereLibpqRendersCodesOnly)
{
    EXPECT_EQ(last_rendered_sqlstate("FEHLER:  28P01\n"), "28P01");
    EXPECT_EQ(last_rendered_sqlstate("connection to server at \"db\" (::1), port 5432 failed: FATAL:  57P03\n"
                                     "connection to server at \"db\" (127.0.0.1), port 5432 failed: FATAL:  28000\n"),
              "28000");
    EXPECT_EQ(last_rendered_sqlstate("FATAL:  57P03\nconnection to server at \"db2\" failed: Connection refused\n"),
              "57P03");
    EXPECT_EQ(last_rendered_sqlstate("FATAL:  not a code"), "");
    EXPECT_EQ(last_rendered_sqlstate("28P01\n:  \n\n"), "");
}

} // namespace bookonce::detail
