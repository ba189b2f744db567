// SPDX-License-Identifier: PostgreSQL
// judge.cpp: the comparison, and how rows become facts.
#include "judge.hpp"

#include <algorithm>

namespace bookonce::testing
{

namespace
{

std::string joined(std::vector<std::string> states)
{
    std::sort(states.begin(), states.end());
    std::string text;
    for (const std::string &state : states)
    {
        text += (text.empty() ? "" : "; ") + state;
    }
    return text;
}

void judge_identity(const std::string &identity, const std::vector<std::string> &told,
                    const std::vector<std::string> &found, Disagreements &result)
{
    const std::string told_text = joined(told);
    const std::string found_text = joined(found);
    if (told_text == found_text)
    {
        return;
    }
    const std::string what = identity + ": told [" + told_text + "], found [" + found_text + "]";
    if (found.size() < told.size())
    {
        result.lost.push_back(what);
    }
    else if (found.size() == told.size())
    {
        result.wrong.push_back(what);
    }
    else
    {
        (told.empty() ? result.unexplained : result.doubled).push_back(what);
    }
}

/// Whether the client may have said OutcomeUnknown.
bool had_to_give_up(const Unknown &unknown, int max_attempts, bool server_crashed)
{
    return unknown.transaction ? server_crashed : unknown.attempts == max_attempts || unknown.out_of_time;
}

void judge_entry(const Entry &entry, int max_attempts, bool server_crashed, Disagreements &result)
{
    const std::string what = entry.call + ": " + joined(entry.answers);
    if (std::any_of(entry.unknown.begin(), entry.unknown.end(),
                    [&](const Unknown &unknown) { return !had_to_give_up(unknown, max_attempts, server_crashed); }))
    {
        result.unsettled.push_back("budget left: " + what);
    }
    if (entry.answers.empty() || entry.answers.back() == "OutcomeUnknown" || entry.answers.back() == "Unavailable")
    {
        result.unsettled.push_back("no answer: " + what);
    }
    if (entry.took_back)
    {
        result.unsettled.push_back("a yes taken back: " + what);
    }
}

} // namespace

bool Disagreements::none() const
{
    return lost.empty() && doubled.empty() && unexplained.empty() && wrong.empty() && double_booked.empty() &&
           unsettled.empty();
}

std::string Disagreements::text() const
{
    std::string all;
    const auto add = [&all](const char *what, const std::vector<std::string> &list)
    {
        all += std::string{what} + ' ' + std::to_string(list.size()) + '\n';
        for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 20); ++i)
        {
            all += "    " + list[i] + '\n';
        }
    };
    add("lost", lost);
    add("doubled", doubled);
    add("unexplained", unexplained);
    add("wrong", wrong);
    add("double booked", double_booked);
    add("unsettled", unsettled);
    return all;
}

Disagreements compare(const std::vector<Journal> &journals, const std::vector<Fact> &facts, bool server_crashed)
{
    Disagreements result;
    std::map<std::string, std::vector<std::string>> told;
    for (const Journal &journal : journals)
    {
        for (const Entry &entry : journal.entries)
        {
            judge_entry(entry, journal.max_attempts, server_crashed, result);
            for (const auto &[identity, states] : entry.facts)
            {
                told[identity] = states; // an identity belongs to one client, so that client's journal has the order
            }
        }
    }
    std::map<std::string, std::vector<std::string>> found;
    std::map<std::string, std::string> taken;
    for (const Fact &fact : facts)
    {
        found[fact.identity].push_back(fact.state);
        told.try_emplace(fact.identity);
        if (!fact.takes.empty() && !taken.try_emplace(fact.takes, fact.identity).second)
        {
            result.double_booked.push_back(fact.takes + ": " + taken[fact.takes] + " and " + fact.identity);
        }
    }
    for (const auto &[identity, states] : told)
    {
        judge_identity(identity, states, found[identity], result);
    }
    return result;
}

// Bookings last one hour and begin on the hour, so the hour says which of them overlap. A counter's bounds and value
// follow from its entries, except for a client's own counter, whose definition is a fact.
const char *const facts_statement = R"(
WITH booking AS (
    SELECT b.*, r.resource, '@' || round(extract(epoch FROM lower(b.during) - '2031-01-01 00:00+00') / 3600) AS at,
           b.released_at IS NULL AS live
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id))
SELECT 'booking ' || holder, concat_ws(' ', resource, at, status, coalesce(idempotency_key, '-'), details->>'note'),
       CASE WHEN live AND unit IS NOT NULL THEN resource || '#' || unit || at END
FROM booking WHERE NOT EXISTS (SELECT FROM bookonce.offer AS o WHERE o.booking_id = booking.booking_id)
UNION ALL
SELECT 'appointment ' || q.requester || ' ' || b.resource, 'position ' || p."position",
       b.resource || '#' || b.unit || b.at
FROM bookonce."position" AS p JOIN booking AS b USING (tenant, booking_id)
JOIN bookonce.request AS q ON q.request_id = p.request_id WHERE b.live
UNION ALL
SELECT 'offer ' || q.requester || ' ' || o.provider,
       CASE WHEN o.status <> 'accepted' THEN o.status::text WHEN b.live THEN 'accepted' ELSE 'released' END, NULL
FROM bookonce.offer AS o JOIN bookonce.request AS q USING (tenant, request_id)
LEFT JOIN booking AS b ON b.booking_id = o.booking_id
UNION ALL
SELECT 'request ' || requester, concat_ws(' ', positions, idempotency_key,
                                          CASE WHEN cancelled_at IS NOT NULL THEN 'cancelled' END), NULL
FROM bookonce.request
UNION ALL
SELECT 'claim ' || scope || ' ' || value || ' ' || claimant, 'owned', scope || ' ' || value FROM bookonce.claim
UNION ALL
SELECT 'entry ' || counter || ' ' || idempotency_key, delta || ' ' || value, counter || ' entry ' || entry
FROM bookonce.counter_entry
UNION ALL
SELECT 'counter ' || c.counter, concat_ws(' ', c.minimum, c.maximum,
           CASE WHEN c.value = c.entries_start + coalesce(e.total, 0) AND c.entries = coalesce(e.many, 0)
                THEN 'adds up' END), NULL
FROM (SELECT *, CASE WHEN counter LIKE 'stock%' THEN 25 ELSE 3 END AS entries_start FROM bookonce.counter) AS c
LEFT JOIN (SELECT counter, sum(delta) AS total, count(*) AS many FROM bookonce.counter_entry GROUP BY 1) AS e
    USING (counter)
UNION ALL
SELECT 'resource ' || r.resource, concat_ws(' ', r.capacity, r.max_per_week, (
           SELECT string_agg(h.opens || '-' || h.closes, ',' ORDER BY h.opens)
           FROM bookonce.opening_hours AS h WHERE h.resource_id = r.resource_id)), NULL
FROM bookonce.resource AS r WHERE r.resource LIKE 'own:%'
UNION ALL
SELECT 'note ' || holder, text, NULL FROM note)";

} // namespace bookonce::testing
