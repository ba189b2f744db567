// SPDX-License-Identifier: PostgreSQL
// errors.cpp: the text of failures. Their destructors are here so that each type has one home in a shared library.
#include "bookonce/adopt.hpp"

#include <utility>

namespace bookonce
{

Error::Error(const std::string &message, Details details)
    : std::runtime_error{details.hint.empty() ? message : message + "; " + details.hint},
      details_{std::make_shared<const Details>(std::move(details))}
{
}

Error::~Error() = default;
InvalidRequest::~InvalidRequest() = default;
SlotTaken::~SlotTaken() = default;
KeyReused::~KeyReused() = default;
Denied::~Denied() = default;
Unavailable::~Unavailable() = default;
OutcomeUnknown::~OutcomeUnknown() = default;
Internal::~Internal() = default;

} // namespace bookonce
