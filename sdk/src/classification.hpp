// SPDX-License-Identifier: PostgreSQL
// classification.hpp: what a failure means for the caller, and whether the SDK may try again. The one table is in the
// .cpp.
#pragma once

#include "transport.hpp"

#include "bookonce/retry.hpp"

namespace bookonce::detail
{

enum class Kind
{
    invalid_request,
    key_reused,
    denied,
    unavailable,
    internal,
};

enum class Repeat
{
    never,
    always,
    lock_timeout,      // if RetryPolicy::repeat_lock_timeout
    statement_timeout, // if RetryPolicy::repeat_statement_timeout
};

struct Verdict
{
    Kind kind;
    Repeat repeat;
};

Verdict classify(const Failure &failure);

bool may_repeat(Repeat repeat, const RetryPolicy &policy);

/// Whether the next try, or the next call, wants another connection.
bool spoils_connection(const Failure &failure);

/// Whether a writing statement that failed so may have been done after all.
bool leaves_doubt(const Failure &failure);

/// Throws the Error that the failure's kind stands for.
[[noreturn]] void raise(const Failure &failure, int attempts);

} // namespace bookonce::detail
