// SPDX-License-Identifier: PostgreSQL
// verb_statements.hpp: making a verb's statement and reading its rows, as two steps: for calls that are answered later.
#pragma once

#include "bookonce/calls_booking.hpp"
#include "bookonce/outcomes_booking.hpp"
#include "bookonce/statement.hpp"

namespace bookonce::detail
{

Statement book_slot_statement(const BookSlot &call);
BookSlotOutcome read_book_slot(const Rows &rows);

/// Makes the statement ready to be sent. Throws InvalidRequest if a parameter cannot be sent.
void complete(Statement &statement);

} // namespace bookonce::detail
