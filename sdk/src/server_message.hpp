// SPDX-License-Identifier: PostgreSQL
// server_message.hpp: takes apart the text of a PostgreSQL error, which is all that libpqxx hands on.
#pragma once

#include "transport.hpp"

#include <string>
#include <string_view>

namespace bookonce::detail
{

/// The message without its severity and code, the hint, the table and the constraint of "ERROR:  23P01:
/// message\nDETAIL:
/// ..\nHINT:  ..\nTABLE NAME:  ..". DETAIL is kept with the message; CONTEXT and the statement's text are dropped.
/// Labels that libpq has translated stay in the message.
Failure read_server_message(std::string_view text, std::string sqlstate);

/// The SQLSTATE of a refused connection, by its English text; 08001 for any other (refused_login.hpp).
std::string connect_sqlstate(std::string_view text);

/// The last code in what libpq renders as codes only (PQERRORS_SQLSTATE), "FATAL:  28P01"; empty if there is none.
std::string last_rendered_sqlstate(std::string_view text);

} // namespace bookonce::detail
