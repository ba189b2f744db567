// SPDX-License-Identifier: PostgreSQL
// classification.hpp: what a failure means, for the caller, the retry loop and the pool.
// To know first: a failure is judged once, when it leaves the pool. From then on it carries its verdict.
#pragma once

#include "transport.hpp"

#include "bookonce/retry.hpp"

#include <string_view>
#include <utility>

namespace bookonce::detail
{

enum class Kind
{
    invalid_request,
    slot_taken,
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
    Kind kind = Kind::internal;
    Repeat repeat = Repeat::never;
    bool spoils = false;        // the next attempt, and the next call, need another connection
    bool doubt = false;         // a writing statement that failed this way may have been done after all
    std::string_view hint = {}; // for errors to which the server gives no hint
};

/// Judges by a table from SQLSTATE to verdict, and by what is known about the statement.
Verdict judge(const Failure &failure);

/// A failure with its verdict. The pool throws these.
struct Judged : Failure
{
    explicit Judged(Failure failure) : Failure{std::move(failure)}, verdict{judge(*this)} {}

    Verdict verdict;
};

bool may_repeat(Repeat repeat, const RetryPolicy &policy);

/// Throws the Error that the failure's kind stands for.
[[noreturn]] void raise(const Judged &failure, int attempts);

} // namespace bookonce::detail
