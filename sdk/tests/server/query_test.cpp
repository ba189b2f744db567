// SPDX-License-Identifier: PostgreSQL
// query_test.cpp: plain queries, whose values read the same in every session.
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;

class QueryOnAServer : public ServerTest
{
};

TEST_F(QueryOnAServer, ReadsTheSameWhateverTheSessionIsSetTo)
{
    const Row expected{"2030-01-07 09:00:00.5+00", "2030-01-07", "P1Y2M3DT4H5M6S",        "\\x00ff",
                       "0.30000000000000004",      std::nullopt, "2030-01-07 00:00:00+00"};
    const std::string_view sql =
        "SELECT $1::timestamptz, '2030-01-07'::date, '1 year 2 mons 3 days 04:05:06'::interval, "
        "'\\x00ff'::bytea, 0.1::float8 + 0.2::float8, $2::text, date_trunc('day', $1::timestamptz)";
    const Parameters parameters{"2030-01-07 10:00:00.5+01", std::nullopt};
    for (const std::string session :
         {"", "options='-c DateStyle=German,DMY -c IntervalStyle=sql_standard -c TimeZone=Asia/Tokyo "
              "-c bytea_output=escape -c extra_float_digits=-3'"})
    {
        Client client{options(session)};
        const Rows rows = client.query(sql, parameters);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.front(), expected) << session;
    }
}

TEST_F(QueryOnAServer, LeavesTheSessionAsItWas)
{
    auto one = options("options='-c TimeZone=Asia/Tokyo'");
    one.pool_size = 1;
    Client client{one};
    EXPECT_EQ(client.query("SHOW TimeZone").at(0).at(0), "UTC");
    const Rows rows = client.transact([](Transaction &tx) { return tx.execute("SHOW TimeZone"); });
    EXPECT_EQ(rows.at(0).at(0), "Asia/Tokyo");
}

TEST_F(QueryOnAServer, WritesAndIsRefusedAsATransactIs)
{
    Client client{options()};
    EXPECT_TRUE(client.query("CREATE TABLE cart (id text PRIMARY KEY)").empty());
    EXPECT_EQ(client.query("INSERT INTO cart VALUES ($1) RETURNING id", {"c1"}), (Rows{{"c1"}}));
    EXPECT_THROW((void)client.query("INSERT INTO cart VALUES ($1)", {"c1"}), InvalidRequest);
    EXPECT_THROW((void)client.query("SELECT $1", {std::string{"a\0b", 3}}), InvalidRequest);
    EXPECT_EQ(client.query("SELECT id FROM cart"), (Rows{{"c1"}}));
}

} // namespace bookonce
