// SPDX-License-Identifier: PostgreSQL
// client_access.hpp: makes a Client on another transport, for tests.
#pragma once

#include "bookonce/client.hpp"
#include "transport.hpp"

#include <utility>

namespace bookonce::detail
{

struct ClientAccess
{
    static Client make(ClientOptions options, std::unique_ptr<Transport> transport)
    {
        return Client{std::move(options), std::move(transport)};
    }
};

} // namespace bookonce::detail
