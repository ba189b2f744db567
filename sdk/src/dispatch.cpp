// SPDX-License-Identifier: PostgreSQL
// dispatch.cpp: the verbs on requests and offers: their SQL, their parameters, their outcomes.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "dispatch_answers.hpp"
#include "parameters.hpp"
#include "times.hpp"

#define BOOKONCE_REQUEST_CALL(call) "SELECT " BOOKONCE_REQUEST_ANSWER_COLUMNS " FROM bookonce." call " AS a"
#define BOOKONCE_OFFER_CALL(call) "SELECT " BOOKONCE_OFFER_ANSWER_COLUMNS " FROM bookonce." call " AS a"

namespace bookonce
{

using detail::OfferAnswer;
using detail::optional_text;
using detail::OutcomeReader;
using detail::RequestAnswer;

Opened Verbs::open_request(const OpenRequest &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_REQUEST_CALL(
                  "open_request(during => $1, positions => $2, requester => $3, details => $4, closes_at => $5, "
                  "idempotency_key => $6, tenant => $7)"),
              .parameters = {detail::range_text(request.during), std::to_string(request.positions), request.requester,
                             request.details, optional_text(request.closes_at, detail::timestamp_text),
                             request.idempotency_key.text(), request.tenant},
              .idempotency_key = request.idempotency_key.text()});
    return std::get<Opened>(OutcomeReader<std::variant<Opened>>::read(RequestAnswer{rows}));
}

RequestCancelled Verbs::cancel_request(const CancelRequest &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_REQUEST_CALL("cancel_request(request_id => $1, reason => $2, tenant => $3)"),
              .parameters = {request.request_id, request.reason, request.tenant}});
    return std::get<RequestCancelled>(OutcomeReader<std::variant<RequestCancelled>>::read(RequestAnswer{rows}));
}

std::vector<Invited> Verbs::make_offers(const MakeOffers &request)
{
    const Rows rows = send(
        {.sql = BOOKONCE_OFFER_CALL("make_offers(request_id => $1, providers => $2, expires_in => $3, tenant => $4)"),
         .parameters = {request.request_id, detail::array_text({request.providers.begin(), request.providers.end()}),
                        optional_text(request.expires_in, detail::interval_text), request.tenant}});
    std::vector<Invited> all;
    all.reserve(rows.size());
    for (const Row &row : rows)
    {
        const OfferAnswer answer{row};
        all.push_back({.provider = answer.provider(), .outcome = OutcomeReader<MakeOffersOutcome>::read(answer)});
    }
    return all;
}

AcceptOfferOutcome Verbs::accept_offer(const AcceptOffer &request)
{
    const Rows rows = send({.sql = BOOKONCE_OFFER_CALL("accept_offer(offer_id => $1, provider => $2, tenant => $3)"),
                            .parameters = {request.offer_id, request.provider, request.tenant}});
    return OutcomeReader<AcceptOfferOutcome>::read(OfferAnswer{rows});
}

DeclineOfferOutcome Verbs::decline_offer(const DeclineOffer &request)
{
    const Rows rows = send({.sql = BOOKONCE_OFFER_CALL("decline_offer(offer_id => $1, provider => $2, tenant => $3)"),
                            .parameters = {request.offer_id, request.provider, request.tenant}});
    return OutcomeReader<DeclineOfferOutcome>::read(OfferAnswer{rows});
}

WithdrawOfferOutcome Verbs::withdraw_offer(const WithdrawOffer &request)
{
    const Rows rows = send({.sql = BOOKONCE_OFFER_CALL("withdraw_offer(offer_id => $1, tenant => $2)"),
                            .parameters = {request.offer_id, request.tenant}});
    return OutcomeReader<WithdrawOfferOutcome>::read(OfferAnswer{rows});
}

PositionReleased Verbs::release_position(const ReleasePosition &request)
{
    const Rows rows = send(
        {.sql = BOOKONCE_OFFER_CALL("release_position(request_id => $1, provider => $2, reason => $3, tenant => $4)"),
         .parameters = {request.request_id, request.provider, request.reason, request.tenant}});
    return std::get<PositionReleased>(OutcomeReader<std::variant<PositionReleased>>::read(OfferAnswer{rows}));
}

ReassignPositionOutcome Verbs::reassign_position(const ReassignPosition &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_OFFER_CALL(
                  "reassign_position(request_id => $1, from_provider => $2, to_provider => $3, tenant => $4)"),
              .parameters = {request.request_id, request.from_provider, request.to_provider, request.tenant}});
    return OutcomeReader<ReassignPositionOutcome>::read(OfferAnswer{rows});
}

} // namespace bookonce
