// SPDX-License-Identifier: PostgreSQL
// verbs_reading.cpp: the verbs that read bookings, requests, offers, claims, counters and resources.
// To know first: they write nothing, so a lost connection leaves nothing in doubt; a list asks for a page at a time.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"
#include "rows.hpp"

namespace bookonce
{

using detail::boolean_text;
using detail::range_text;
using detail::timestamp_text;

namespace
{

using Text = std::optional<std::string>;

template <typename RowType>
Text start_of(const RowType *after)
{
    return after != nullptr ? Text{timestamp_text(after->during.begin())} : std::nullopt;
}

/// With pages of no rows a list would never end.
std::size_t rows_of(int page_size)
{
    return page_size > 0 ? static_cast<std::size_t>(page_size) : 1;
}

} // namespace

std::optional<BookingRow> Verbs::get_booking(const GetBooking &call)
{
    auto rows = detail::read_bookings(send({.sql = "SELECT " BOOKONCE_BOOKING_ROW_COLUMNS
                                                   " FROM bookonce.get_booking(booking_id => $1, tenant => $2) AS x",
                                            .parameters = {call.booking_id, call.tenant},
                                            .writes = false}));
    return rows.empty() ? std::nullopt : std::optional{std::move(rows.front())};
}

std::vector<BookingRow> Verbs::get_booking_by_key(const GetBookingByKey &call)
{
    return detail::read_bookings(
        send({.sql = "SELECT " BOOKONCE_BOOKING_ROW_COLUMNS
                     " FROM bookonce.get_booking_by_key(idempotency_key => $1, tenant => $2) AS x",
              .parameters = {call.idempotency_key, call.tenant},
              .writes = false}));
}

std::vector<BookingRow> Verbs::get_group(const GetGroup &call)
{
    return detail::read_bookings(send(
        {.sql = "SELECT " BOOKONCE_BOOKING_ROW_COLUMNS " FROM bookonce.get_group(group_id => $1, tenant => $2) AS x",
         .parameters = {call.group_id, call.tenant},
         .writes = false}));
}

Listing<BookingRow> Verbs::list_bookings(const ListBookings &call)
{
    return {rows_of(call.page_size), [this, call](const BookingRow *after)
            {
                return detail::read_bookings(
                    send({.sql = "SELECT " BOOKONCE_BOOKING_ROW_COLUMNS
                                 " FROM bookonce.list_bookings(resources => $1, within => $2, at_most => $3, "
                                 "after_start => $4, after_id => $5, tenant => $6) AS x",
                          .parameters = {detail::array_text({call.resources.begin(), call.resources.end()}),
                                         range_text(call.within), std::to_string(call.page_size), start_of(after),
                                         after != nullptr ? Text{after->booking_id} : std::nullopt, call.tenant},
                          .writes = false}));
            }};
}

Listing<BookingRow> Verbs::list_holder_bookings(const ListHolderBookings &call)
{
    return {rows_of(call.page_size), [this, call](const BookingRow *after)
            {
                return detail::read_bookings(send(
                    {.sql = "SELECT " BOOKONCE_BOOKING_ROW_COLUMNS
                            " FROM bookonce.list_holder_bookings(holder => $1, within => $2, include_released => $3, "
                            "at_most => $4, after_start => $5, after_id => $6, tenant => $7) AS x",
                     .parameters = {call.holder, range_text(call.within), boolean_text(call.include_released),
                                    std::to_string(call.page_size), start_of(after),
                                    after != nullptr ? Text{after->booking_id} : std::nullopt, call.tenant},
                     .writes = false}));
            }};
}

Listing<RequestRow> Verbs::list_requests(const ListRequests &call)
{
    return {rows_of(call.page_size), [this, call](const RequestRow *after)
            {
                return detail::read_requests(
                    send({.sql = "SELECT " BOOKONCE_REQUEST_ROW_COLUMNS
                                 " FROM bookonce.list_requests(within => $1, requester => $2, at_most => $3, "
                                 "after_start => $4, after_id => $5, tenant => $6) AS x",
                          .parameters = {range_text(call.within), call.requester, std::to_string(call.page_size),
                                         start_of(after), after != nullptr ? Text{after->request_id} : std::nullopt,
                                         call.tenant},
                          .writes = false}));
            }};
}

Listing<OfferRow> Verbs::list_provider_offers(const ListProviderOffers &call)
{
    return {rows_of(call.page_size), [this, call](const OfferRow *after)
            {
                return detail::read_offers(
                    send({.sql = "SELECT " BOOKONCE_OFFER_ROW_COLUMNS
                                 " FROM bookonce.list_provider_offers(provider => $1, only_open => $2, at_most => $3, "
                                 "after_id => $4, tenant => $5) AS x",
                          .parameters = {call.provider, boolean_text(call.only_open), std::to_string(call.page_size),
                                         after != nullptr ? Text{after->offer_id} : std::nullopt, call.tenant},
                          .writes = false}));
            }};
}

Listing<ResourceRow> Verbs::list_resources(const ListResources &call)
{
    return {rows_of(call.page_size), [this, call](const ResourceRow *after)
            {
                return detail::read_resources(send(
                    {.sql = "SELECT " BOOKONCE_RESOURCE_ROW_COLUMNS
                            " FROM bookonce.list_resources(at_most => $1, after_resource => $2, tenant => $3) AS x",
                     .parameters = {std::to_string(call.page_size),
                                    after != nullptr ? Text{after->resource} : std::nullopt, call.tenant},
                     .writes = false}));
            }};
}

ResourceRow Verbs::describe_resource(const DescribeResource &call)
{
    const Rows rows = send({.sql = "SELECT " BOOKONCE_RESOURCE_ROW_COLUMNS
                                   " FROM bookonce.describe_resource(resource => $1, tenant => $2) AS x",
                            .parameters = {call.resource, call.tenant},
                            .writes = false});
    (void)detail::only(rows);
    return std::move(detail::read_resources(rows).front());
}

Listing<ClaimRow> Verbs::list_claims(const ListClaims &call)
{
    return {rows_of(call.page_size), [this, call](const ClaimRow *after)
            {
                return detail::read_claims(
                    send({.sql = "SELECT " BOOKONCE_CLAIM_ROW_COLUMNS
                                 " FROM bookonce.list_claims(claimant => $1, at_most => $2, after_scope => $3, "
                                 "after_value => $4, tenant => $5) AS x",
                          .parameters = {call.claimant, std::to_string(call.page_size),
                                         after != nullptr ? Text{after->scope} : std::nullopt,
                                         after != nullptr ? Text{after->value} : std::nullopt, call.tenant},
                          .writes = false}));
            }};
}

std::int64_t Verbs::counter_value(const CounterValue &call)
{
    const Rows rows = send({.sql = "SELECT bookonce.counter_value(counter => $1, tenant => $2)",
                            .parameters = {call.counter, call.tenant},
                            .writes = false});
    return detail::read_integer<std::int64_t>(detail::needed(detail::only(rows), 0));
}

int Verbs::places_left(const PlacesLeft &call)
{
    const Rows rows = send({.sql = "SELECT bookonce.places_left(resource => $1, during => $2, kind => $3, "
                                   "tenant => $4)",
                            .parameters = {call.resource, range_text(call.during), call.kind, call.tenant},
                            .writes = false});
    return detail::read_integer<int>(detail::needed(detail::only(rows), 0));
}

} // namespace bookonce
