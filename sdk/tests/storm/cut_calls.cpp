// SPDX-License-Identifier: PostgreSQL
// cut_calls.cpp: the calls, what they need beforehand, and what a tenant looks like.
#include "cut_calls.hpp"

#include <chrono>

namespace bookonce::testing
{

using namespace std::chrono_literals;

namespace
{

TimeRange hour(int number)
{
    return {std::chrono::sys_days{std::chrono::year{2032} / 1 / 1} + std::chrono::hours{number}, 1h};
}

std::string hour_text(int number)
{
    return "'[2032-01-01 0" + std::to_string(number) + ":00+00, 2032-01-01 0" + std::to_string(number + 1) + ":00+00)'";
}

template <typename Outcome>
std::string labels(const Outcome &)
{
    return std::string{Outcome::label};
}

template <typename... Outcomes>
std::string labels(const std::variant<Outcomes...> &outcome)
{
    return std::visit([](const auto &one) { return labels(one); }, outcome);
}

std::string labels(const Invited &invited)
{
    return labels(invited.outcome);
}

template <typename Outcome>
std::string labels(const std::vector<Outcome> &outcomes)
{
    std::string all;
    for (const auto &outcome : outcomes)
    {
        all += (all.empty() ? "" : " ") + labels(outcome);
    }
    return all;
}

std::string booked_before(int number, const std::string &more = "")
{
    return "SELECT booking_id FROM bookonce.book_slot('a', " + hour_text(number) +
           ", 'ann', idempotency_key => 'before:" + std::to_string(number) + "', tenant => $1" + more + ")";
}

const std::string held_before = booked_before(1, ", hold_for => '1 hour'");

const std::string group_before =
    "SELECT group_id FROM bookonce.book_slots(ARRAY[ROW('a', " + hour_text(1) +
    ", 1, NULL, NULL, NULL), ROW('class', " + hour_text(1) +
    ", 2, NULL, NULL, NULL)]::bookonce.slot_request[], 'ann', hold_for => '1 hour', idempotency_key => "
    "'before', tenant => $1)";

const std::vector<std::string> request_before{"SELECT request_id FROM bookonce.open_request(" + hour_text(1) +
                                              ", 2, 'user', idempotency_key => 'before', tenant => $1)"};

const std::string the_request = "SELECT request_id FROM bookonce.request WHERE tenant = $1";

std::vector<std::string> offers_before()
{
    auto steps = request_before;
    steps.push_back("SELECT outcome FROM bookonce.make_offers((" + the_request + "), ARRAY['a', 'b'], tenant => $1)");
    steps.push_back("SELECT offer_id FROM bookonce.offer WHERE tenant = $1 AND provider = 'a'");
    return steps;
}

std::vector<std::string> accepted_before()
{
    auto steps = offers_before();
    steps.push_back(
        "SELECT a.outcome FROM bookonce.offer AS o, bookonce.accept_offer(o.offer_id, 'a', tenant => $1) AS a "
        "WHERE o.tenant = $1 AND o.provider = 'a'");
    steps.push_back(the_request);
    return steps;
}

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

void add_changes_of_bookings(std::vector<CutCall> &calls)
{
    calls.push_back({"confirm_booking", {held_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(client.confirm_booking({.booking_id = ids[0].value(), .tenant = tenant}));
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
    calls.push_back({"confirm_group", {group_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(client.confirm_group({.group_id = ids[0].value(), .tenant = tenant}));
                     }});
    calls.push_back({"cancel_group", {group_before}, [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.cancel_group({.group_id = ids[0].value(), .reason = "rain", .tenant = tenant}));
                     }});
}

/// Verbs that return nothing.
template <typename Do>
CutCall silent(const char *name, std::vector<std::string> prepare, Do call)
{
    return {name, std::move(prepare),
            [call](Client &client, const std::string &tenant, const Row &)
            {
                call(client, tenant);
                return std::string{"done"};
            }};
}

void add_rules(std::vector<CutCall> &calls)
{
    calls.push_back(silent(
        "define_resource", {},
        [](Client &client, const std::string &tenant)
        { client.define_resource({.resource = "new", .capacity = 4, .buffer_after = 5min, .tenant = tenant}); }));
    calls.push_back(silent("define_resource_again", {},
                           [](Client &client, const std::string &tenant)
                           { client.define_resource({.resource = "class", .capacity = 9, .tenant = tenant}); }));
    calls.push_back(silent(
        "set_opening_hours", {},
        [](Client &client, const std::string &tenant)
        {
            client.set_opening_hours(
                {.resource = "a", .weekday = std::chrono::Monday, .hours = {{9h, 12h}, {13h, 17h}}, .tenant = tenant});
        }));
    calls.push_back(silent("clear_opening_hours",
                           {"SELECT bookonce.set_opening_hours('a', 1, '{09:00}', '{17:00}', tenant => $1)"},
                           [](Client &client, const std::string &tenant)
                           { client.clear_opening_hours({.resource = "a", .tenant = tenant}); }));
    calls.push_back(silent("set_booking_limit", {},
                           [](Client &client, const std::string &tenant) {
                               client.set_booking_limit(
                                   {.resource = "a", .period = LimitPeriod::week, .max_bookings = 3, .tenant = tenant});
                           }));
    calls.push_back(silent("define_counter", {},
                           [](Client &client, const std::string &tenant)
                           { client.define_counter({.counter = "new", .value = 3, .maximum = 9, .tenant = tenant}); }));
}

void add_claims(std::vector<CutCall> &calls)
{
    calls.push_back({"claim", {}, [](Client &client, const std::string &tenant, const Row &) {
                         return labels(
                             client.claim({.scope = "email", .value = "ann", .claimant = "user:1", .tenant = tenant}));
                     }});
    calls.push_back({"release_claim",
                     {"SELECT bookonce.claim('email', 'ann', 'user:1', tenant => $1)"},
                     [](Client &client, const std::string &tenant, const Row &) {
                         return labels(client.release_claim(
                             {.scope = "email", .value = "ann", .claimant = "user:1", .tenant = tenant}));
                     }});
    calls.push_back(
        {"adjust_counter",
         {},
         [](Client &client, const std::string &tenant, const Row &)
         {
             return labels(client.adjust_counter(
                 {.counter = "stock", .delta = -2, .idempotency_key = IdempotencyKey{"call"}, .tenant = tenant}));
         },
         "call"});
}

void add_dispatch(std::vector<CutCall> &calls)
{
    calls.push_back({"open_request",
                     {},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         return labels(client.open_request({.during = hour(1),
                                                            .positions = 2,
                                                            .requester = "user",
                                                            .idempotency_key = IdempotencyKey{"call"},
                                                            .tenant = tenant}));
                     },
                     "call"});
    calls.push_back(
        {"make_offers", request_before,
         [](Client &client, const std::string &tenant, const Row &ids)
         {
             return labels(client.make_offers(
                 {.request_id = ids[0].value(), .providers = {"a", "b"}, .expires_in = 1h, .tenant = tenant}));
         }});
    calls.push_back({"accept_offer", offers_before(), [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.accept_offer({.offer_id = ids[0].value(), .provider = "a", .tenant = tenant}));
                     }});
    calls.push_back({"decline_offer", offers_before(), [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(
                             client.decline_offer({.offer_id = ids[0].value(), .provider = "a", .tenant = tenant}));
                     }});
    calls.push_back({"withdraw_offer", offers_before(), [](Client &client, const std::string &tenant, const Row &ids) {
                         return labels(client.withdraw_offer({.offer_id = ids[0].value(), .tenant = tenant}));
                     }});
    calls.push_back(
        {"release_position", accepted_before(), [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(client.release_position({.request_id = ids[0].value(), .provider = "a", .tenant = tenant}));
         }});
    calls.push_back(
        {"reassign_position", accepted_before(),
         [](Client &client, const std::string &tenant, const Row &ids)
         {
             return labels(client.reassign_position(
                 {.request_id = ids[0].value(), .from_provider = "a", .to_provider = "b", .tenant = tenant}));
         }});
    calls.push_back(
        {"reschedule_request", accepted_before(), [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(
                 client.reschedule_request({.request_id = ids[0].value(), .during = hour(20), .tenant = tenant}));
         }});
    calls.push_back(
        {"cancel_request", accepted_before(), [](Client &client, const std::string &tenant, const Row &ids) {
             return labels(client.cancel_request({.request_id = ids[0].value(), .reason = "rain", .tenant = tenant}));
         }});
}

/// Keyed verbs and a statement that has no key, together.
void add_transaction(std::vector<CutCall> &calls)
{
    calls.push_back({"transact",
                     {},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         return client.transact(
                             [&](Transaction &tx)
                             {
                                 std::string said = labels(tx.book_slot({.resource = "a",
                                                                         .during = hour(1),
                                                                         .holder = "ann",
                                                                         .idempotency_key = IdempotencyKey{"call"},
                                                                         .tenant = tenant}));
                                 said += ' ' + labels(tx.adjust_counter({.counter = "stock",
                                                                         .delta = -1,
                                                                         .idempotency_key = IdempotencyKey{"call"},
                                                                         .tenant = tenant}));
                                 tx.execute("INSERT INTO note VALUES ($1, 'ann')", {tenant});
                                 return said;
                             });
                     },
                     "",
                     false});
}

/// A callback that hides every failure from transact(), which must not take its word for it.
void add_swallowing_transaction(std::vector<CutCall> &calls)
{
    calls.push_back(
        {"transact_swallowing",
         {},
         [](Client &client, const std::string &tenant, const Row &)
         {
             const auto swallow = [](const auto &statement)
             {
                 try
                 {
                     statement();
                 }
                 catch (const Error &)
                 {
                 }
             };
             return client.transact(
                 [&](Transaction &tx)
                 {
                     swallow(
                         [&] {
                             (void)tx.claim({.scope = "email", .value = "ann", .claimant = "user:1", .tenant = tenant});
                         });
                     swallow([&] { tx.execute("INSERT INTO note VALUES ($1, 'ann')", {tenant}); });
                     return std::string{"done"};
                 });
         },
         "",
         false});
}

} // namespace

const std::vector<CutCall> &cut_calls()
{
    static const std::vector<CutCall> calls = []
    {
        std::vector<CutCall> all;
        add_bookings(all);
        add_changes_of_bookings(all);
        add_rules(all);
        add_claims(all);
        add_dispatch(all);
        add_transaction(all);
        add_swallowing_transaction(all);
        return all;
    }();
    return calls;
}

const char *const tenant_state = R"(
SELECT coalesce(string_agg(fact, E'\n' ORDER BY fact), '') FROM (
    SELECT concat_ws(' ', 'resource', resource, capacity, buffer_before, buffer_after, time_zone, keeps_hours,
                     max_per_day, max_per_week, max_per_month, max_per_year)
    FROM bookonce.resource WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'hours', r.resource, h.weekday, h.opens, h.closes)
    FROM bookonce.opening_hours AS h JOIN bookonce.resource AS r USING (resource_id) WHERE h.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'booking', r.resource, b.unit, b.during, b.status, b.member, b.holder, b.idempotency_key,
                     b.reason, b.details, dense_rank() OVER (ORDER BY b.group_id NULLS FIRST), 'until',
                     round(extract(epoch FROM b.hold_expires_at - b.created_at) / 3600))
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) WHERE b.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'claim', scope, value, claimant, details) FROM bookonce.claim WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'counter', counter, value, minimum, maximum, entries)
    FROM bookonce.counter WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'entry', counter, entry, delta, value, idempotency_key)
    FROM bookonce.counter_entry WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'request', during, positions, waves, requester, idempotency_key, reason,
                     cancelled_at IS NOT NULL)
    FROM bookonce.request WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'position', p."position", r.resource, b.status)
    FROM bookonce."position" AS p LEFT JOIN bookonce.booking AS b USING (tenant, booking_id)
    LEFT JOIN bookonce.resource AS r USING (resource_id) WHERE p.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'offer', provider, wave, status, "position", expires_at IS NOT NULL)
    FROM bookonce.offer_status WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'note', text) FROM note WHERE tenant = $1) AS facts(fact))";

} // namespace bookonce::testing
