// SPDX-License-Identifier: PostgreSQL
// verbs_claim.cpp: the verbs on claims and counters.
#include "bookonce/verbs.hpp"

#include "outcome_reader.hpp"
#include "parameters.hpp"

namespace bookonce
{

using detail::ClaimAnswer;
using detail::CounterAnswer;
using detail::integer_text;
using detail::optional_text;
using detail::OutcomeReader;

ClaimOutcome Verbs::claim(const Claim &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CLAIM_CALL(
                  "claim(scope => $1, value => $2, claimant => $3, details => $4, tenant => $5, max_wait => $6)"),
              .parameters = {call.scope, call.value, call.claimant, call.details, call.tenant}});
    return OutcomeReader<ClaimOutcome>::read(ClaimAnswer{rows});
}

Released Verbs::release_claim(const ReleaseClaim &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CLAIM_CALL(
                  "release_claim(scope => $1, value => $2, claimant => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.scope, call.value, call.claimant, call.tenant}});
    return std::get<Released>(OutcomeReader<std::variant<Released>>::read(ClaimAnswer{rows}));
}

void Verbs::define_counter(const DefineCounter &call)
{
    send({.sql = "SELECT bookonce.define_counter(counter => $1, value => $2, minimum => $3, maximum => $4, "
                 "tenant => $5, max_wait => $6)",
          .parameters = {call.counter, std::to_string(call.value), optional_text(call.minimum, integer_text),
                         optional_text(call.maximum, integer_text), call.tenant}});
}

AdjustCounterOutcome Verbs::adjust_counter(const AdjustCounter &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_COUNTER_CALL(
                  "adjust_counter(counter => $1, delta => $2, idempotency_key => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.counter, std::to_string(call.delta), call.idempotency_key.text(), call.tenant},
              .idempotency_key = call.idempotency_key.text()});
    return OutcomeReader<AdjustCounterOutcome>::read(CounterAnswer{rows});
}

} // namespace bookonce
