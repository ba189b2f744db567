// SPDX-License-Identifier: PostgreSQL
// verbs_claim.cpp: the verbs on claims and counters.
#include "bookonce/verbs.hpp"

#include "outcome_reader.hpp"
#include "parameters.hpp"
#include "together.hpp"

namespace bookonce
{

using detail::ClaimAnswer;
using detail::CounterAnswer;
using detail::integer_text;
using detail::optional_text;
using detail::OutcomeReader;

namespace
{

using enum detail::Travels;

constexpr detail::Travels claim_travels[] = {
    by_itself, // scope
    by_itself, // value
    by_itself, // claimant
    by_itself, // details
    in_common, // tenant
};

constexpr detail::Together claim_together{
    .sql = BOOKONCE_CALLS(BOOKONCE_CLAIM_ANSWER_COLUMNS,
                          "pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]), "
                          "pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.jsonb[])",
                          "scope, value, claimant, details",
                          "claim(scope => m.scope, value => m.value, claimant => m.claimant, details => m.details, "
                          "tenant => $5, max_wait => $6)"),
    .parameters = claim_travels,
    .about = 1, // the value, because many values are claimed in one scope
};

constexpr detail::Travels adjust_counter_travels[] = {
    by_itself, // counter
    by_itself, // delta
    by_itself, // idempotency_key
    in_common, // tenant
};

constexpr detail::Together adjust_counter_together{
    .sql = BOOKONCE_CALLS(BOOKONCE_COUNTER_ANSWER_COLUMNS,
                          "pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.int8[]), "
                          "pg_catalog.unnest($3::pg_catalog.text[])",
                          "counter, delta, idempotency_key",
                          "adjust_counter(counter => m.counter, delta => m.delta, "
                          "idempotency_key => m.idempotency_key, tenant => $4, max_wait => $5)"),
    .parameters = adjust_counter_travels,
    .one_lock = true, // the counter's row
};

} // namespace

ClaimOutcome Verbs::claim(const Claim &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CLAIM_CALL(
                  "claim(scope => $1, value => $2, claimant => $3, details => $4, tenant => $5, max_wait => $6)"),
              .parameters = {call.scope, call.value, call.claimant, call.details, call.tenant},
              .together = &claim_together});
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
              .idempotency_key = call.idempotency_key.text(),
              .together = &adjust_counter_together});
    return OutcomeReader<AdjustCounterOutcome>::read(CounterAnswer{rows});
}

} // namespace bookonce
