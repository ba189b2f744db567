// SPDX-License-Identifier: PostgreSQL
// server_message.hpp: takes apart the text of a PostgreSQL error, which is all that libpqxx passes on.
#pragma once

#include "transport.hpp"

#include <string>
#include <string_view>

namespace bookonce::detail
{

/// Reads "ERROR:  23P01: message", followed by lines such as "DETAIL:  ..", "HINT:  .." and "TABLE NAME:  ..". Returns
/// the message without its severity and code, the hint, the table and the constraint. DETAIL is kept with the message,
/// too; CONTEXT and the text of the statement are dropped. Labels that libpq has translated stay in the message.
Failure read_server_message(std::string_view text, std::string sqlstate);

/// The SQLSTATE of a refused connection, from its English text; 08001 for any other text (refused_login.hpp).
std::string connect_sqlstate(std::string_view text);

/// The last code in a message that libpq rendered as codes only (PQERRORS_SQLSTATE), "FATAL:  28P01"; empty if there is
/// none.
std::string last_rendered_sqlstate(std::string_view text);

} // namespace bookonce::detail
