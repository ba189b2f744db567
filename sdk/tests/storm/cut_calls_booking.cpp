// SPDX-License-Identifier: PostgreSQL
// cut_calls_booking.cpp: the calls on bookings and groups.
#include "cut_call_parts.hpp"

namespace bookonce::testing
{

namespace
{

std::string booked_before(int number, const std::string &more = "")
{
    return "SELECT booking_id FROM bookonce.book_slot('a', " + hour_text(number) +
           ", 'ann', idempotency_key => 'before:" + std::to_string(number) + "', tenant => $1" + more + ")";
}

/// A booking that began long ago and goes on, or is over.
std::string begun_before(int until)
{
    return "SELECT booking_id FROM bookonce.book_slot('a', '[2020-01-01 00:00+00, " + std::to_string(until) +
           "-01-01 00:00+00)', 'ann', idempotency_key => 'begun', tenant => $1)";
}

const std::string held_before = booked_before(1, ", hold_for => '1 hour'");
const std::string overlapping_before = booked_before(1, ", hold_for => '1 hour', allow_overlap => true");

const std::string group_before =
    "SELECT group_id FROM bookonce.book_slots(ARRAY[ROW('a', " + hour_text(1) +
    ", 1, NULL, NULL, NULL), ROW('class', " + hour_text(1) +
    ", 2, NULL, NULL, NULL)]::bookonce.slot_request[], 'ann', hold_for => '1 hour', idempotency_key => "
    "'before', tenant => $1)";

} // namespace

void add_bookings(std::vector<CutCall> &calls)
{
    const auto book = [&calls](const char *name, BookSlot request)
    {
        request.idempotency_key = IdempotencyKey{"call"};
        calls.push_back({name,
                         {},
                         [request](Client &client, const std::string &tenant, const Row &)
                         {
                             auto one = request;
                             one.tenant = tenant;
                             return labels(client.book_slot(one));
                         },
                         "call"});
    };
    book("book_slot", {.resource = "a", .during = hour(1), .holder = "ann", .details = R"({"n": 1})"});
    book("book_slot_hold", {.resource = "a", .during = hour(1), .holder = "ann", .hold_for = 1h});
    book("book_slot_party", {.resource = "class", .during = hour(1), .holder = "ann", .quantity = 2});
    book("book_slot_overlapping", {.resource = "a", .during = hour(1), .holder = "ann", .allow_overlap = true});

    for (const bool together : {true, false})
    {
        calls.push_back(
            {together ? "book_slots" : "book_slots_each",
             {},
             [together](Client &client, const std::string &tenant, const Row &)
             {
                 return labels(client.book_slots(
                     {.slots = {{.resource = "a", .during = hour(1), .idempotency_key = IdempotencyKey{"1"}},
                                {.resource = "b", .during = hour(2), .idempotency_key = IdempotencyKey{"2"}}},
                      .holder = "ann",
                      .all_or_nothing = together,
                      .idempotency_key = IdempotencyKey{"call"},
                      .tenant = tenant}));
             },
             together ? "call" : ""});
    }
    calls.push_back({"book_any_slot",
                     {booked_before(1)},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         return labels(client.book_any_slot({.resources = {"a", "b", "class"},
                                                             .during = hour(1),
                                                             .holder = "ben",
                                                             .pick = Pick::least_booked,
                                                             .idempotency_key = IdempotencyKey{"call"},
                                                             .tenant = tenant}));
                     },
                     "call"});
}

void add_needs(std::vector<CutCall> &calls)
{
    calls.push_back({"book_needs",
                     {booked_before(1)},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         return labels(client.book_needs({.needs = {{.any_of = {"a", "b"}}, {.any_of = {"class"}}},
                                                          .during = hour(1),
                                                          .holder = "ben",
                                                          .pick = Preference::tightest,
                                                          .idempotency_key = IdempotencyKey{"call"},
                                                          .tenant = tenant}));
                     },
                     "call"});
}

void add_changes_of_bookings(std::vector<CutCall> &calls)
{
    calls.push_back({"confirm_booking", {held_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(client.confirm_booking({.booking_id = ids[0].value(), .tenant = tenant}));
                     }});
    calls.push_back(
        {"confirm_exclusively", {overlapping_before}, [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(
                 client.confirm_exclusively({.booking_id = ids[0].value(), .holder = "ann", .tenant = tenant}));
         }});
    calls.push_back({"extend_hold", {held_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.extend_hold({.booking_id = ids[0].value(), .hold_for = 10h, .tenant = tenant}));
                     }});
    calls.push_back(
        {"cancel_booking", {booked_before(1)}, [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(client.cancel_booking({.booking_id = ids[0].value(), .reason = "rain", .tenant = tenant}));
         }});
    calls.push_back({"reschedule_booking",
                     {booked_before(1)},
                     [](Client &client, const std::string &tenant, const Row &ids)
                     {
                         return labels(client.reschedule_booking(
                             {.booking_id = ids[0].value(), .during = hour(3), .resource = "b", .tenant = tenant}));
                     }});
    calls.push_back(
        {"change_booking",
         {booked_before(1)},
         [](Client &client, const std::string &tenant, const Row &ids)
         {
             return labels(client.change_booking(
                 {.booking_id = ids[0].value(), .holder = "ben", .details = R"({"guests": 2})", .tenant = tenant}));
         }});
    calls.push_back(
        {"end_booking", {begun_before(2050)}, [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(client.end_booking({.booking_id = ids[0].value(), .tenant = tenant}));
         }});
    calls.push_back(
        {"check_in",
         {"SELECT bookonce.alter_resource('a', check_in_within => '1 hour', tenant => $1)", booked_before(1)},
         [](Client &client, const std::string &tenant, const Row &ids)
         { return labels(client.check_in({.booking_id = ids[0].value(), .tenant = tenant})); }});
    calls.push_back({"no_show", {begun_before(2021)}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.no_show({.booking_id = ids[0].value(), .reason = "rain", .tenant = tenant}));
                     }});
    calls.push_back({"swap_bookings",
                     {booked_before(1), booked_before(2),
                      "SELECT b.booking_id, o.booking_id FROM bookonce.booking AS b, bookonce.booking AS o WHERE "
                      "b.tenant = $1 AND b.idempotency_key = 'before:1' AND o.tenant = $1 AND o.idempotency_key = "
                      "'before:2'"},
                     [](Client &client, const std::string &tenant, const Row &ids)
                     {
                         return labels(client.swap_bookings(
                             {.booking_id = ids[0].value(), .other_booking_id = ids[1].value(), .tenant = tenant}));
                     },
                     "",
                     false});
}

void add_changes_of_groups(std::vector<CutCall> &calls)
{
    calls.push_back({"confirm_group", {group_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(client.confirm_group({.group_id = ids[0].value(), .tenant = tenant}));
                     }});
    calls.push_back({"cancel_group", {group_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.cancel_group({.group_id = ids[0].value(), .reason = "rain", .tenant = tenant}));
                     }});
    calls.push_back({"reschedule_group",
                     {group_before},
                     [](Client &client, const std::string &tenant, const Row &ids)
                     {
                         return labels(client.reschedule_group(
                             {.group_id = ids[0].value(), .durings = {hour(4), std::nullopt}, .tenant = tenant}));
                     }});
    calls.push_back(
        {"shift_group",
         {group_before},
         [](Client &client, const std::string &tenant, const Row &ids)
         { return labels(client.shift_group({.group_id = ids[0].value(), .by = {.days = 1}, .tenant = tenant})); },
         "",
         false});
}

/// Waiting for a time that is taken: somebody joins, leaves, or is offered a place that was given back.
void add_waiting(std::vector<CutCall> &calls)
{
    const std::string waits =
        "SELECT waiter_id FROM bookonce.join_waitlist('a', " + hour_text(1) + ", 'ben', tenant => $1)";

    calls.push_back({"join_waitlist",
                     {booked_before(1)},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         return labels(client.join_waitlist({.resource = "a",
                                                             .during = hour(1),
                                                             .holder = "ben",
                                                             .idempotency_key = IdempotencyKey{"call"},
                                                             .tenant = tenant}));
                     },
                     "call"});
    calls.push_back(
        {"leave_waitlist", {booked_before(1), waits}, [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(client.leave_waitlist({.waiter_id = ids[0].value(), .holder = "ben", .tenant = tenant}));
         }});
    calls.push_back({"cancel_booking_waited_for",
                     {booked_before(1), waits,
                      "SELECT booking_id FROM bookonce.booking WHERE tenant = $1 AND idempotency_key = 'before:1'"},
                     [](Client &client, const std::string &tenant, const Row &ids)
                     { return labels(client.cancel_booking({.booking_id = ids[0].value(), .tenant = tenant})); }});
    calls.push_back({"set_waitlist",
                     {},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         client.set_waitlist({.resource = "a", .strict = true, .tenant = tenant});
                         return std::string{"done"};
                     }});
}

} // namespace bookonce::testing
