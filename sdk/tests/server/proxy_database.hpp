// SPDX-License-Identifier: PostgreSQL
// proxy_database.hpp: a database without the extension, which sends calls to a shard by PL/Proxy (docs/scaling.md).
// To know first: all are databases of one server. The tenant 'default' is on the shard that the test looks into; others
// may be on a second one.
#pragma once

#include "server_sql.hpp"

#include <cstdlib>
#include <string>

namespace bookonce::testing
{

inline bool proxied()
{
    return std::getenv("BOOKONCE_PROXIED") != nullptr;
}

inline std::string proxy_of(const std::string &shard)
{
    return shard + "_proxy";
}

/// The connection string from the proxy to a shard.
inline std::string way_to(const std::string &shard, const std::string &host, const std::string &port)
{
    return "dbname=" + shard + " host=" + host + " port=" + port + " sslmode=disable gssencmode=disable";
}

inline void make_proxy(const std::string &shard)
{
    const std::string other = shard + "_other";
    const std::string proxy = proxy_of(shard);
    sql("postgres", "CREATE DATABASE " + other);
    sql(other, "CREATE EXTENSION bookonce");
    sql(other, "SELECT bookonce.setup()");
    sql("postgres", "CREATE DATABASE " + proxy);
    sql(proxy, "CREATE EXTENSION plproxy");
    const bool is_first = sql(proxy, "SELECT hashtext('default') & 1").at(0).at(0) == "0";
    const std::string host = std::getenv("PGHOST");
    const std::string port = std::getenv("PGPORT");
    sql(proxy, "CREATE SERVER shards FOREIGN DATA WRAPPER plproxy OPTIONS (p0 '" +
                   way_to(is_first ? shard : other, host, port) + "', p1 '" +
                   way_to(is_first ? other : shard, host, port) + "')");
    sql(proxy, "CREATE USER MAPPING FOR PUBLIC SERVER shards");
    for (const Row &row : sql(shard, "SELECT bookonce.proxy_sql('shards')"))
    {
        sql(proxy, row.at(0).value());
    }
}

inline void drop_proxy(const std::string &shard)
{
    sql("postgres", "DROP DATABASE " + proxy_of(shard) + " WITH (FORCE)");
    sql("postgres", "DROP DATABASE " + shard + "_other WITH (FORCE)");
}

} // namespace bookonce::testing
