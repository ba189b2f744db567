// SPDX-License-Identifier: PostgreSQL
// verbs_dispatch.cpp: the verbs on requests and offers.
#include "bookonce/verbs.hpp"

#include "answers_dispatch.hpp"
#include "outcome_reader.hpp"
#include "array_text.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"

namespace bookonce
{

using detail::OfferAnswer;
using detail::optional_text;
using detail::OutcomeReader;
using detail::RequestAnswer;
using detail::RescheduleAnswer;

std::vector<Invited> detail::read_invited(const Rows &rows)
{
    std::vector<Invited> all;
    all.reserve(rows.size());
    for (const Row &row : rows)
    {
        const OfferAnswer answer{row};
        all.push_back({.provider = answer.provider(), .outcome = OutcomeReader<MakeOffersOutcome>::read(answer)});
    }
    return all;
}

Opened Verbs::open_request(const OpenRequest &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_REQUEST_CALL(
                  "open_request(during => $1, positions => $2, requester => $3, details => $4, closes_at => $5, "
                  "idempotency_key => $6, tenant => $7, max_wait => $8)"),
              .parameters = {detail::range_text(call.during), std::to_string(call.positions), call.requester,
                             call.details, optional_text(call.closes_at, detail::timestamp_text),
                             call.idempotency_key.text(), call.tenant},
              .idempotency_key = call.idempotency_key.text()});
    return std::get<Opened>(OutcomeReader<std::variant<Opened>>::read(RequestAnswer{rows}));
}

RequestCancelled Verbs::cancel_request(const CancelRequest &call)
{
    const Rows rows = send(
        {.sql = BOOKONCE_REQUEST_CALL("cancel_request(request_id => $1, reason => $2, tenant => $3, max_wait => $4)"),
         .parameters = {call.request_id, call.reason, call.tenant}});
    return std::get<RequestCancelled>(OutcomeReader<std::variant<RequestCancelled>>::read(RequestAnswer{rows}));
}

RescheduleRequestOutcome Verbs::reschedule_request(const RescheduleRequest &call)
{
    const Rows rows = send({.sql = BOOKONCE_RESCHEDULE_CALL(
                                "reschedule_request(request_id => $1, during => $2, tenant => $3, max_wait => $4)"),
                            .parameters = {call.request_id, detail::range_text(call.during), call.tenant}});
    return OutcomeReader<RescheduleRequestOutcome>::read(RescheduleAnswer{rows});
}

std::vector<Invited> Verbs::make_offers(const MakeOffers &call)
{
    return detail::read_invited(
        send({.sql = BOOKONCE_OFFER_CALL(
                  "make_offers(request_id => $1, providers => $2, expires_in => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.request_id, detail::array_text({call.providers.begin(), call.providers.end()}),
                             optional_text(call.expires_in, detail::interval_text), call.tenant}}));
}

AcceptOfferOutcome Verbs::accept_offer(const AcceptOffer &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_OFFER_CALL("accept_offer(offer_id => $1, provider => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.offer_id, call.provider, call.tenant}});
    return OutcomeReader<AcceptOfferOutcome>::read(OfferAnswer{rows});
}

DeclineOfferOutcome Verbs::decline_offer(const DeclineOffer &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_OFFER_CALL("decline_offer(offer_id => $1, provider => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.offer_id, call.provider, call.tenant}});
    return OutcomeReader<DeclineOfferOutcome>::read(OfferAnswer{rows});
}

WithdrawOfferOutcome Verbs::withdraw_offer(const WithdrawOffer &call)
{
    const Rows rows = send({.sql = BOOKONCE_OFFER_CALL("withdraw_offer(offer_id => $1, tenant => $2, max_wait => $3)"),
                            .parameters = {call.offer_id, call.tenant}});
    return OutcomeReader<WithdrawOfferOutcome>::read(OfferAnswer{rows});
}

PositionReleased Verbs::release_position(const ReleasePosition &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_OFFER_CALL(
                  "release_position(request_id => $1, provider => $2, reason => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.request_id, call.provider, call.reason, call.tenant}});
    return std::get<PositionReleased>(OutcomeReader<std::variant<PositionReleased>>::read(OfferAnswer{rows}));
}

ReassignPositionOutcome Verbs::reassign_position(const ReassignPosition &call)
{
    const Rows rows = send({.sql = BOOKONCE_OFFER_CALL("reassign_position(request_id => $1, from_provider => $2, "
                                                       "to_provider => $3, tenant => $4, max_wait => $5)"),
                            .parameters = {call.request_id, call.from_provider, call.to_provider, call.tenant}});
    return OutcomeReader<ReassignPositionOutcome>::read(OfferAnswer{rows});
}

} // namespace bookonce
