// SPDX-License-Identifier: PostgreSQL
// bookonce.hpp: the whole SDK in one include, except pqxx.hpp, which needs libpqxx's headers.
// To know first: a refusal (the slot is taken) is a returned value. Only a failure is thrown, and its type says what to
// do next.
#pragma once

#include "bookonce/adopt.hpp"
#include "bookonce/calls.hpp"
#include "bookonce/client.hpp"
#include "bookonce/client_options.hpp"
#include "bookonce/closing.hpp"
#include "bookonce/conditions.hpp"
#include "bookonce/dispatch.hpp"
#include "bookonce/dispatch_rows.hpp"
#include "bookonce/errors.hpp"
#include "bookonce/events.hpp"
#include "bookonce/idempotency_key.hpp"
#include "bookonce/listing.hpp"
#include "bookonce/needs.hpp"
#include "bookonce/outcomes.hpp"
#include "bookonce/parts.hpp"
#include "bookonce/reading.hpp"
#include "bookonce/reading_rows.hpp"
#include "bookonce/retry.hpp"
#include "bookonce/statement.hpp"
#include "bookonce/time_range.hpp"
#include "bookonce/transaction.hpp"
#include "bookonce/verbs.hpp"
#include "bookonce/version.hpp"
#include "bookonce/waitlist.hpp"
