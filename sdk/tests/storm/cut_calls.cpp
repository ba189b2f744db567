// SPDX-License-Identifier: PostgreSQL
// cut_calls.cpp: the calls, the data that they need, and the contents of a tenant as text.
#include "cut_call_parts.hpp"

namespace bookonce::testing
{

namespace
{

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

std::vector<std::string> asking_before()
{
    auto steps = request_before;
    steps.push_back("SELECT outcome FROM bookonce.make_offers_by_need((" + the_request +
                    "), '{\"any_of\": [\"a\", \"b\"]}', keep_asking => true, tenant => $1)");
    steps.push_back("SELECT d.outcome FROM bookonce.offer AS o, bookonce.decline_offer(o.offer_id, 'a', tenant => $1) "
                    "AS d WHERE o.tenant = $1");
    return steps;
}

/// Verbs that return nothing, or what a repeated call says differently.
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
    calls.push_back(silent("set_day_hours", {},
                           [](Client &client, const std::string &tenant)
                           {
                               client.set_day_hours({.resource = "a",
                                                     .day = std::chrono::year{2030} / 12 / 25,
                                                     .hours = std::vector<Hours>{},
                                                     .tenant = tenant});
                           }));
    calls.push_back(silent("set_starts", {},
                           [](Client &client, const std::string &tenant) {
                               client.set_starts({.resource = "a", .times = {9h, 10h + 30min}, .tenant = tenant});
                           }));
    calls.push_back(silent("set_ends", {"SELECT bookonce.set_ends('a', '{12:00}', tenant => $1)"},
                           [](Client &client, const std::string &tenant)
                           { client.set_ends({.resource = "a", .times = {}, .tenant = tenant}); }));
    calls.push_back(silent("follow_calendar", {"SELECT bookonce.define_calendar('holidays', tenant => $1)"},
                           [](Client &client, const std::string &tenant)
                           { client.follow_calendar({.resource = "a", .calendar = "holidays", .tenant = tenant}); }));
    calls.push_back(silent("set_booking_limit", {},
                           [](Client &client, const std::string &tenant) {
                               client.set_booking_limit(
                                   {.resource = "a", .period = LimitPeriod::week, .max_bookings = 3, .tenant = tenant});
                           }));
    calls.push_back(silent(
        "set_holder_rule", {},
        [](Client &client, const std::string &tenant)
        { client.set_holder_rule({.scope = "all", .resources = {{"a"}}, .max_at_once = 1, .tenant = tenant}); }));
    calls.push_back(silent("set_parts", {},
                           [](Client &client, const std::string &tenant) {
                               client.set_parts({.resource = "a", .parts = {{"class", 2}}, .tenant = tenant});
                           }));
    calls.push_back(silent("define_counter", {},
                           [](Client &client, const std::string &tenant)
                           { client.define_counter({.counter = "new", .value = 3, .maximum = 9, .tenant = tenant}); }));
}

/// Closures, and the kinds and calendars that may be deleted.
void add_closing(std::vector<CutCall> &calls)
{
    calls.push_back({"close_resource",
                     {},
                     [](Client &client, const std::string &tenant, const Row &)
                     {
                         const auto closed = client.close_resource({.resources = {"a", "class"},
                                                                    .begin = hour(1).begin(),
                                                                    .end = hour(1).end(),
                                                                    .reason = "broken",
                                                                    .idempotency_key = IdempotencyKey{"call"},
                                                                    .tenant = tenant});
                         return "closed " + closed.at(0).resource + ' ' + closed.at(1).resource;
                     },
                     "call"});
    calls.push_back({"reopen_resource",
                     {"SELECT closure_id FROM bookonce.close_resource('{a}', " + hour_text(1) + ", tenant => $1)"},
                     [](Client &client, const std::string &tenant, const Row &ids)
                     {
                         client.reopen_resource({.closure_ids = {ids[0].value()}, .tenant = tenant});
                         return std::string{"done"};
                     }});
    calls.push_back(silent("define_kind", {},
                           [](Client &client, const std::string &tenant)
                           { client.define_kind({.kind = "visit", .durations = {{.time = 1h}}, .tenant = tenant}); }));
    calls.push_back(silent("delete_kind", {"SELECT bookonce.define_kind('visit', tenant => $1)"},
                           [](Client &client, const std::string &tenant)
                           { client.delete_kind({.kind = "visit", .tenant = tenant}); }));
    calls.back().repeatable = false;
    calls.push_back(silent("delete_calendar", {"SELECT bookonce.define_calendar('holidays', tenant => $1)"},
                           [](Client &client, const std::string &tenant)
                           { client.delete_calendar({.calendar = "holidays", .tenant = tenant}); }));
    calls.back().repeatable = false;
}

void add_lives_of_resources(std::vector<CutCall> &calls)
{
    calls.push_back(silent("alter_resource", {},
                           [](Client &client, const std::string &tenant)
                           { client.alter_resource({.resource = "class", .capacity = 9, .tenant = tenant}); }));
    calls.push_back(silent("rename_resource", {},
                           [](Client &client, const std::string &tenant)
                           { client.rename_resource({.resource = "a", .new_name = "new", .tenant = tenant}); }));
    calls.back().repeatable = false;
    calls.push_back(silent("retire_resource", {},
                           [](Client &client, const std::string &tenant) {
                               (void)client.retire_resource(
                                   {.resource = "a", .since = hour(1).begin(), .reason = "sold", .tenant = tenant});
                           }));
    calls.push_back(
        {"delete_resource",
         {},
         [](Client &client, const std::string &tenant, const Row &)
         { return std::string{client.delete_resource({.resource = "a", .tenant = tenant}) ? "deleted" : "none"}; },
         "",
         false});
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

void add_asking(std::vector<CutCall> &calls)
{
    calls.push_back({"make_offers_by_need", request_before,
                     [](Client &client, const std::string &tenant, const Row &ids)
                     {
                         return labels(client.make_offers_by_need(
                             {.request_id = ids[0].value(), .need = {.any_of = {"a"}}, .tenant = tenant}));
                     }});
    calls.push_back(silent("top_up_offers", asking_before(),
                           [](Client &client, const std::string &tenant)
                           { client.top_up_offers({.tenant = tenant}); }));
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

/// A transaction of keyed verbs and a statement that has no key.
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

/// A callback that hides every failure from transact(), which must notice the failure all the same.
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
        add_needs(all);
        add_changes_of_bookings(all);
        add_changes_of_groups(all);
        add_waiting(all);
        add_rules(all);
        add_closing(all);
        add_lives_of_resources(all);
        add_claims(all);
        add_dispatch(all);
        add_asking(all);
        add_transaction(all);
        add_swallowing_transaction(all);
        return all;
    }();
    return calls;
}

const char *const tenant_state = R"(
SELECT coalesce(string_agg(fact, E'\n' ORDER BY fact), '') FROM (
    SELECT concat_ws(' ', 'resource', resource, capacity, buffer_before, buffer_after, time_zone, keeps_hours,
                     keeps_days, calendar_id IS NOT NULL, starts, ends, check_in_within,
                     max_per_day, max_per_week, max_per_month, max_per_year, has_waiters, strict_line, part_quantities)
    FROM bookonce.resource WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'hours', r.resource, h.weekday, h.from_day, h.opens, h.closes)
    FROM bookonce.opening_hours AS h JOIN bookonce.resource AS r USING (resource_id) WHERE h.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'holder rule', r.resource, h.scope, h.max_at_once, h.max_live, h.max_per_period, h.period,
                     h.max_time)
    FROM bookonce.resource AS r, unnest(r.holder_rules) AS h WHERE r.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'closure', r.resource, c.during, c.units, c.reason)
    FROM bookonce.closure AS c JOIN bookonce.resource AS r USING (resource_id) WHERE r.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'kind', kind, buffer_before, buffer_after, durations)
    FROM bookonce.booking_kind WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'calendar', calendar) FROM bookonce.calendar WHERE tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'booking', r.resource, b.unit,
                     CASE WHEN upper(b.during) BETWEEN b.created_at AND clock_timestamp() THEN 'ended'
                          ELSE b.during::text END, b.status, b.member, b.holder, b.idempotency_key,
                     b.reason, b.details, dense_rank() OVER (ORDER BY b.group_id NULLS FIRST), 'until',
                     round(extract(epoch FROM b.lapses_at - b.created_at) / 3600))
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) WHERE b.tenant = $1
  UNION ALL
    SELECT concat_ws(' ', 'waiter', r.resource, w.during, w.holder, w.quantity, w.offer_for, w.priority, w.number,
                     w.idempotency_key, w.offered_at IS NOT NULL, w.left_at IS NOT NULL, b.status)
    FROM bookonce.waiter AS w JOIN bookonce.resource AS r USING (resource_id)
    LEFT JOIN bookonce.booking AS b ON b.tenant = w.tenant AND b.booking_id = w.booking_id WHERE w.tenant = $1
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
