// SPDX-License-Identifier: PostgreSQL
// workload_dispatch.cpp: the storm client's calls on claims, counters, rules, transactions and requests.
#include "settling.hpp"

#include <utility>

namespace bookonce::testing
{

using namespace std::chrono_literals;

void StormClient::write_fact(const std::string &identity, std::vector<std::string> states)
{
    journal_.entries.back().facts[identity] = std::move(states);
}

void StormClient::claim()
{
    const std::string name = new_name();
    const Claim request{.scope = "email", .value = "v" + std::to_string(any(40)), .claimant = name};
    if (is_yes(settle("claim", [&] { return client_.claim(request); })))
    {
        claims_.emplace_back(request.value, name);
        write_fact("claim email " + request.value + ' ' + name, {"owned"});
    }
}

void StormClient::release_claim()
{
    if (claims_.empty())
    {
        return;
    }
    std::swap(claims_[static_cast<std::size_t>(any(static_cast<int>(claims_.size())))], claims_.back());
    const auto [value, claimant] = claims_.back();
    claims_.pop_back();
    settle("release_claim", [&, v = value, c = claimant]
           { return client_.release_claim({.scope = "email", .value = v, .claimant = c}); });
    write_fact("claim email " + value + ' ' + claimant, {});
}

void StormClient::adjust_counter()
{
    const std::string name = new_name();
    const int delta = any(2) == 0 ? 1 + any(5) : -1 - any(5);
    const AdjustCounter request{.counter = "stock:" + std::to_string(any(storm_counters)),
                                .delta = delta,
                                .idempotency_key = IdempotencyKey{name}};
    const auto outcome = settle("adjust_counter", [&] { return client_.adjust_counter(request); });
    if (const auto *applied = std::get_if<Applied>(&outcome))
    {
        write_fact("entry " + request.counter + ' ' + name,
                   {std::to_string(delta) + ' ' + std::to_string(applied->value)});
    }
}

/// The rules of the client's own resource, and the bounds of its own counter: the last definition counts.
void StormClient::define()
{
    const std::string own = "own:" + name_;
    const int number = 1 + any(9);
    if (capacity_ == 1)
    {
        settle("define_resource", [&] { return client_.define_resource({.resource = own, .capacity = 10}), true; });
        capacity_ = 10;
    }
    switch (any(4))
    {
        case 0:
            capacity_ = 1 + number;
            settle("define_resource",
                   [&] { return client_.define_resource({.resource = own, .capacity = capacity_}), true; });
            break;
        case 1:
            settle("set_booking_limit",
                   [&]
                   {
                       client_.set_booking_limit(
                           {.resource = own, .period = LimitPeriod::week, .max_bookings = number});
                       client_.set_booking_limit({.resource = own, .period = LimitPeriod::week, .max_bookings = {}});
                       return true;
                   });
            break;
        case 2:
            settle("set_opening_hours",
                   [&]
                   {
                       client_.set_opening_hours({.resource = own,
                                                  .weekday = std::chrono::Monday,
                                                  .hours = {{std::chrono::hours{number}, 17h}}});
                       return true;
                   });
            rules_ = " 0" + std::to_string(number) + ":00:00-17:00:00";
            break;
        default:
            settle("clear_opening_hours", [&] { return client_.clear_opening_hours({.resource = own}), true; });
            rules_.clear();
            break;
    }
    write_fact("resource " + own, {std::to_string(capacity_) + rules_});
    settle("define_counter",
           [&] { return client_.define_counter({.counter = own, .value = 3, .maximum = 10 + number}), true; });
    write_fact("counter " + own, {"0 " + std::to_string(10 + number) + " adds up"});
}

/// A transaction that writes a booking, a delta and a row of the application, or none of them.
void StormClient::transact()
{
    struct Refused
    {
    };
    const std::string name = new_name();
    const std::string counter = "stock:" + std::to_string(any(storm_counters));
    const int hour = any(hours_);
    const BookSlot booking{
        .resource = any_room(), .during = storm_slot(hour), .holder = name, .idempotency_key = IdempotencyKey{name}};
    std::int64_t value = 0; // of the run that was committed: later runs find its claim and stop
    const bool done = settle(
        "transact",
        [&]
        {
            try
            {
                client_.transact(
                    [&](Transaction &tx)
                    {
                        if (std::get<Claimed>(tx.claim({.scope = "intent", .value = name, .claimant = name})).replayed)
                        {
                            return;
                        }
                        if (!is_yes(tx.book_slot(booking)))
                        {
                            throw Refused{};
                        }
                        const auto left = tx.adjust_counter(
                            {.counter = counter, .delta = -1, .idempotency_key = IdempotencyKey{name}});
                        if (!is_yes(left))
                        {
                            throw Refused{};
                        }
                        value = std::get<Applied>(left).value;
                        tx.execute("INSERT INTO note VALUES ($1, 'transact')", {name});
                    });
                return true;
            }
            catch (const Refused &)
            {
                return false;
            }
        },
        Settling::by_its_claim);
    if (done)
    {
        write_fact("booking " + name, {booking.resource + " @" + std::to_string(hour) + " confirmed " + name});
        write_fact("entry " + counter + ' ' + name, {"-1 " + std::to_string(value)});
        write_fact("claim intent " + name + ' ' + name, {"owned"});
        write_fact("note " + name, {"transact"});
    }
}

/// One of the client's own requests, from its opening to the end of its positions.
void StormClient::dispatch()
{
    const std::string name = new_name();
    const OpenRequest request{
        .during = storm_slot(any(hours_)), .positions = 2, .requester = name, .idempotency_key = IdempotencyKey{name}};
    const Opened opened = settle("open_request", [&] { return client_.open_request(request); });
    write_fact("request " + name, {"2 " + name});

    std::vector<std::string> providers;
    for (int i = any(storm_providers), last = i + 4; i < last; ++i)
    {
        providers.push_back("prov:" + std::to_string(i % storm_providers));
    }
    const auto invited = settle(
        "make_offers", [&] { return client_.make_offers({.request_id = opened.request_id, .providers = providers}); });
    for (const std::string &provider : providers)
    {
        write_fact("offer " + name + ' ' + provider, {"pending"});
    }
    accepted_.clear();
    for (std::size_t i = 0; i < invited.size(); ++i)
    {
        const Offered offer = std::get<Offered>(invited[i].outcome);
        const std::string identity = name + ' ' + offer.provider;
        if (i == 2)
        {
            const bool yes = is_yes(
                settle("decline_offer", [&]
                       { return client_.decline_offer({.offer_id = offer.offer_id, .provider = offer.provider}); }));
            write_fact("offer " + identity, {yes ? "declined" : "refused to be declined"});
        }
        else if (i == 3)
        {
            const bool yes =
                is_yes(settle("withdraw_offer", [&] { return client_.withdraw_offer({.offer_id = offer.offer_id}); }));
            write_fact("offer " + identity, {yes ? "withdrawn" : "refused to be withdrawn"});
        }
        else
        {
            const auto outcome =
                settle("accept_offer",
                       [&] { return client_.accept_offer({.offer_id = offer.offer_id, .provider = offer.provider}); });
            if (const auto *accepted = std::get_if<Accepted>(&outcome))
            {
                write_fact("offer " + identity, {"accepted"});
                accepted_.emplace_back(offer.provider, "position " + std::to_string(accepted->position));
                write_fact("appointment " + identity, {accepted_.back().second});
            }
        }
    }
    leave_positions(name, opened.request_id);
}

void StormClient::leave_positions(const std::string &requester, const std::string &request_id)
{
    const auto left = [this, &requester](const std::string &provider)
    {
        write_fact("offer " + requester + ' ' + provider, {"released"});
        write_fact("appointment " + requester + ' ' + provider, {});
    };
    const int what = accepted_.empty() ? 3 : any(4);
    if (what == 0)
    {
        const std::string &provider = accepted_[0].first;
        settle("release_position",
               [&] { return client_.release_position({.request_id = request_id, .provider = provider}); });
        left(provider);
    }
    else if (what == 1)
    {
        // The client's own provider has no offer of this request, so the reassignment makes one, with that position.
        const auto &[provider, position] = accepted_[0];
        const ReassignPosition request{.request_id = request_id, .from_provider = provider, .to_provider = name_};
        if (is_yes(settle("reassign_position", [&] { return client_.reassign_position(request); })))
        {
            left(provider);
            write_fact("offer " + requester + ' ' + name_, {"accepted"});
            write_fact("appointment " + requester + ' ' + name_, {position});
        }
    }
    else if (what == 2)
    {
        settle("cancel_request", [&] { return client_.cancel_request({.request_id = request_id}); });
        write_fact("request " + requester, {"2 " + requester + " cancelled"});
        for (const auto &one : accepted_)
        {
            left(one.first);
        }
    }
}

/// An offer of the shared request for two positions, in which every client has an offer.
void StormClient::accept_shared()
{
    if (shared_offers_.empty())
    {
        return;
    }
    const Row &offer = shared_offers_[static_cast<std::size_t>(any(static_cast<int>(shared_offers_.size())))];
    const std::string identity = offer.at(2).value() + ' ' + name_;
    const auto outcome = settle("accept_offer", [&]
                                { return client_.accept_offer({.offer_id = offer.at(0).value(), .provider = name_}); });
    if (const auto *accepted = std::get_if<Accepted>(&outcome))
    {
        write_fact("offer " + identity, {"accepted"});
        write_fact("appointment " + identity, {"position " + std::to_string(accepted->position)});
        if (any(2) == 0)
        {
            settle("release_position",
                   [&] { return client_.release_position({.request_id = offer.at(1).value(), .provider = name_}); });
            write_fact("offer " + identity, {"released"});
            write_fact("appointment " + identity, {});
        }
    }
}

} // namespace bookonce::testing
