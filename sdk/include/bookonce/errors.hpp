// SPDX-License-Identifier: PostgreSQL
// errors.hpp: the six ways a call can fail. Each type names the caller's next
// step. To know first: a refusal (taken, hold expired) is not an error; it is a returned outcome. One table, in
// sdk/src/classification.cpp, decides which SQLSTATE becomes which type.
#pragma once

#include "bookonce/export.hpp"
#include "bookonce/time_range.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bookonce
{

/// The base of all failures. Copying one never throws.
class BOOKONCE_EXPORT Error : public std::runtime_error
{
  public:
    /// Everything known besides the message.
    struct Details
    {
        std::string sqlstate = {};
        std::string hint = {};
        int attempts = 0;
        std::string idempotency_key = {};
        std::string table = {};
        std::string constraint = {};
        std::vector<TimeRange> busy = {};
    };

    Error(const std::string &message, Details details);
    Error(const Error &) noexcept = default;
    Error &operator=(const Error &) noexcept = default;
    ~Error() override;

    /// The server's five-character code. If the SDK itself found the fault: 08001, 08006, 53300, or 57014 (the deadline
    /// had passed). Empty if the call was refused before anything was sent.
    const std::string &sqlstate() const noexcept { return details_->sqlstate; }

    /// How often the call was sent or tried, including the last time; 0 if it was refused before the first.
    int attempts() const noexcept { return details_->attempts; }

    /// What to do about it, as a full sentence; may be empty. what() ends with this sentence.
    const std::string &hint() const noexcept { return details_->hint; }

    /// The table (without its schema) and the constraint that refused your own SQL in a transact(). If a rule of a
    /// followed table refused, constraint() is the rule: "closed", "limit_reached". Both are empty if the server names
    /// none, or if setlocale() makes libpq speak a language other than English.
    const std::string &table() const noexcept { return details_->table; }
    const std::string &constraint() const noexcept { return details_->constraint; }

  protected:
    std::shared_ptr<const Details> details_;
};

/// Fix the call: a malformed argument, an unknown resource or id, a capacity below what is booked, a database without
/// the extension or without setup() (the hint says which), a call that Citus did not send to its tenant's home, or one
/// that a proxy cannot do (both 0A000). Nothing was written.
class BOOKONCE_EXPORT InvalidRequest : public Error
{
  public:
    using Error::Error;
    ~InvalidRequest() override;
};

/// A bug in the caller: the idempotency key already stands for a different request. Nothing was written.
class BOOKONCE_EXPORT KeyReused : public Error
{
  public:
    using Error::Error;
    ~KeyReused() override;
};

/// Ask for a grant (bookonce.grant_usage) or correct the login. Nothing was written.
class BOOKONCE_EXPORT Denied : public Error
{
  public:
    using Error::Error;
    ~Denied() override;
};

/// Try later: no connection, contention, a timeout or a read-only server, and the retry budget is used up. Nothing was
/// written.
class BOOKONCE_EXPORT Unavailable : public Error
{
  public:
    using Error::Error;
    ~Unavailable() override;
};

/// Find out: the call may have been written. The connection was lost while the server had the request, and the retry
/// budget was used up before the answer was known. Repeat the same call with the same idempotency key: that gives the
/// answer without a second effect.
class BOOKONCE_EXPORT OutcomeUnknown : public Error
{
  public:
    using Error::Error;
    ~OutcomeUnknown() override;

    /// The key to repeat with. Empty for calls that need none (confirming, cancelling, defining) and for transact().
    const std::string &idempotency_key() const noexcept { return details_->idempotency_key; }
};

/// Report it: the server raised an error that no rule covers, or answered in a form that this SDK does not understand.
/// Unless the answer could not be read, nothing was written.
class BOOKONCE_EXPORT Internal : public Error
{
  public:
    using Error::Error;
    ~Internal() override;
};

} // namespace bookonce
