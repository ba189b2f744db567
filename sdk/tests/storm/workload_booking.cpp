// SPDX-License-Identifier: PostgreSQL
// workload_booking.cpp: the storm client's calls on bookings. Each function is one call, and the facts that it leaves.
#include "settling.hpp"

#include <utility>

namespace bookonce::testing
{

using namespace std::chrono_literals;

namespace
{

/// Longer than any storm, so that no hold lapses.
constexpr std::chrono::hours hold{48};

ClientOptions counting_sleeps(ClientOptions options, int &sleeps)
{
    options.timing.sleep = [&sleeps](std::chrono::nanoseconds length)
    {
        ++sleeps;
        std::this_thread::sleep_for(length);
    };
    return options;
}

} // namespace

StormClient::StormClient(FaultProxy &proxy, std::string name, ClientOptions options, unsigned seed, int hours,
                         Rows shared_offers)
    : proxy_{proxy}, name_{std::move(name)}, options_{std::move(options)}, hours_{hours},
      client_{counting_sleeps(options_, sleeps_)}, random_{seed}, shared_offers_{std::move(shared_offers)}
{
    journal_.max_attempts = options_.retry.max_attempts;
}

void StormClient::run(int calls)
{
    using Do = void (StormClient::*)();
    static constexpr Do all[] = {
        &StormClient::book_slot,      &StormClient::book_slot,      &StormClient::book_slot,
        &StormClient::book_party,     &StormClient::book_any_slot,  &StormClient::book_slots,
        &StormClient::change_booking, &StormClient::change_booking, &StormClient::change_booking,
        &StormClient::change_booking, &StormClient::swap,           &StormClient::claim,
        &StormClient::claim,          &StormClient::release_claim,  &StormClient::adjust_counter,
        &StormClient::adjust_counter, &StormClient::define,         &StormClient::transact,
        &StormClient::transact,       &StormClient::dispatch,       &StormClient::accept_shared};
    while (totals_.calls < calls)
    {
        (this->*all[any(static_cast<int>(std::size(all)))])();
    }
}

void StormClient::write_facts(const Own &own)
{
    std::vector<std::string> states;
    for (const Place &place : own.places)
    {
        states.push_back(place.resource + " @" + std::to_string(place.hour) + ' ' + own.status + ' ' + place.key +
                         own.note);
    }
    write_fact("booking " + own.holder, std::move(states));
}

void StormClient::book_slot()
{
    const std::string name = new_name();
    const int hour = any(hours_);
    const bool held = any(2) == 0;
    BookSlot request{.resource = any_room(),
                     .during = storm_slot(hour),
                     .holder = name,
                     .allow_overlap = any(5) == 0,
                     .idempotency_key = IdempotencyKey{name}};
    if (held)
    {
        request.hold_for = hold;
    }
    const auto outcome = settle("book_slot", [&] { return client_.book_slot(request); });
    if (const auto *booked = std::get_if<Booked>(&outcome))
    {
        add_booked({{.holder = name,
                     .booking_id = booked->booking_id,
                     .group_id = {},
                     .places = {{request.resource, hour, name}},
                     .status = held ? "held" : "confirmed",
                     .overlaps = request.allow_overlap}});
    }
}

void StormClient::book_party()
{
    const std::string name = new_name();
    const int hour = any(hours_);
    const BookSlot request{.resource = "class:" + std::to_string(any(storm_classes)),
                           .during = storm_slot(hour),
                           .holder = name,
                           .quantity = 2,
                           .hold_for = hold,
                           .idempotency_key = IdempotencyKey{name}};
    const auto outcome = settle("book_slot of a party", [&] { return client_.book_slot(request); });
    if (const auto *booked = std::get_if<Booked>(&outcome))
    {
        add_booked({{.holder = name,
                     .booking_id = {},
                     .group_id = booked->group_id.value(),
                     .places = {{request.resource, hour, name}, {request.resource, hour, "-"}},
                     .status = "held"}});
    }
}

void StormClient::book_any_slot()
{
    const std::string name = new_name();
    const int hour = any(hours_);
    const BookAnySlot request{.resources = {any_room(), any_room(), "class:0"},
                              .during = storm_slot(hour),
                              .holder = name,
                              .pick = any(2) == 0 ? Pick::first : Pick::least_booked,
                              .idempotency_key = IdempotencyKey{name}};
    const auto outcome = settle("book_any_slot", [&] { return client_.book_any_slot(request); });
    if (const auto *booked = std::get_if<Booked>(&outcome))
    {
        add_booked({{.holder = name,
                     .booking_id = booked->booking_id,
                     .group_id = {},
                     .places = {{booked->resource, hour, name}},
                     .status = "confirmed"}});
    }
}

void StormClient::book_slots()
{
    const std::string name = new_name();
    const bool together = any(2) == 0;
    std::vector<Place> places{{any_room(), any(hours_), name + "/1"}, {any_room(), any(hours_), name + "/2"}};
    BookSlots request{.slots = {},
                      .holder = name,
                      .hold_for = hold,
                      .all_or_nothing = together,
                      .idempotency_key = IdempotencyKey{name}};
    for (const Place &place : places)
    {
        request.slots.push_back({.resource = place.resource,
                                 .during = storm_slot(place.hour),
                                 .holder = together ? name : place.key,
                                 .idempotency_key = IdempotencyKey{place.key}});
    }
    const auto outcomes =
        settle(together ? "book_slots" : "book_slots, each by itself", [&] { return client_.book_slots(request); });
    if (together && is_yes(outcomes))
    {
        places[0].key = name;
        places[1].key = "-";
        add_booked({{.holder = name,
                     .booking_id = {},
                     .group_id = std::get<Booked>(outcomes[0]).group_id.value(),
                     .places = places,
                     .status = "held",
                     .members = 2}});
    }
    std::vector<Own> made;
    for (std::size_t i = 0; !together && i < places.size(); ++i)
    {
        if (const auto *booked = std::get_if<Booked>(&outcomes.at(i)))
        {
            made.push_back({.holder = places[i].key,
                            .booking_id = booked->booking_id,
                            .group_id = {},
                            .places = {places[i]},
                            .status = "held"});
        }
    }
    add_booked(made);
}

void StormClient::add_booked(const std::vector<Own> &made)
{
    for (const Own &own : made)
    {
        write_facts(own);
        own_.push_back(own);
    }
}

/// One of the client's own bookings that fits the predicate, or nullptr.
StormClient::Own *StormClient::any_own(Kind kind, std::string_view status)
{
    std::vector<Own *> fit;
    for (Own &own : own_)
    {
        if ((kind == Kind::any || (kind == Kind::single) == own.group_id.empty()) &&
            (status.empty() || own.status == status))
        {
            fit.push_back(&own);
        }
    }
    return fit.empty() ? nullptr : fit[static_cast<std::size_t>(any(static_cast<int>(fit.size())))];
}

void StormClient::change_booking()
{
    switch (any(6))
    {
        case 0:
            if (Own *own = any_own(Kind::any, "held"))
            {
                own->overlaps ? confirm_exclusively(*own) : confirm(*own);
            }
            break;
        case 1:
            if (Own *own = any_own(Kind::single, "held"))
            {
                extend(*own);
            }
            break;
        case 2:
            if (Own *own = any_own(Kind::single, ""))
            {
                reschedule(*own);
            }
            break;
        case 3:
            if (Own *own = any_own(Kind::group, ""))
            {
                reschedule_group(*own);
            }
            break;
        case 4:
            if (Own *own = any_own(Kind::single, ""))
            {
                change(*own);
            }
            break;
        default:
            if (Own *own = any_own(Kind::any, ""))
            {
                cancel(*own);
            }
            break;
    }
}

void StormClient::confirm(Own &own)
{
    const bool confirmed =
        own.group_id.empty()
            ? is_yes(settle("confirm_booking", [&]
                            { return client_.confirm_booking({.booking_id = own.booking_id, .holder = own.holder}); }))
            : is_yes(settle("confirm_group", [&] { return client_.confirm_group({.group_id = own.group_id}); }));
    own.status = confirmed ? "confirmed" : "refused to be confirmed";
    write_facts(own);
}

/// If it is refused, it stays a hold without a unit.
void StormClient::confirm_exclusively(Own &own)
{
    const auto outcome =
        settle("confirm_exclusively",
               [&] { return client_.confirm_exclusively({.booking_id = own.booking_id, .holder = own.holder}); });
    if (is_yes(outcome))
    {
        own.status = "confirmed";
        own.overlaps = false;
    }
    else if (!std::holds_alternative<Taken>(outcome))
    {
        own.status = "refused to be made firm";
    }
    write_facts(own);
}

void StormClient::extend(Own &own)
{
    const auto outcome = settle(
        "extend_hold", [&]
        { return client_.extend_hold({.booking_id = own.booking_id, .hold_for = hold * 2, .holder = own.holder}); });
    own.status = is_yes(outcome) ? own.status : "refused to be extended";
    write_facts(own);
}

void StormClient::cancel(Own &own)
{
    const bool cancelled =
        own.group_id.empty()
            ? is_yes(settle("cancel_booking", [&]
                            { return client_.cancel_booking({.booking_id = own.booking_id, .holder = own.holder}); }))
            : is_yes(settle("cancel_group", [&] { return client_.cancel_group({.group_id = own.group_id}); }));
    own.status = cancelled ? "cancelled" : "refused to be cancelled";
    write_facts(own);
    std::swap(own, own_.back());
    own_.pop_back();
}

void StormClient::reschedule(Own &own)
{
    Place &place = own.places[0];
    const Place to{any_room(), any(hours_), place.key};
    const auto outcome = settle("reschedule_booking",
                                [&]
                                {
                                    return client_.reschedule_booking({.booking_id = own.booking_id,
                                                                       .during = storm_slot(to.hour),
                                                                       .resource = to.resource,
                                                                       .holder = own.holder});
                                });
    if (is_yes(outcome))
    {
        place = to;
        write_facts(own);
    }
}

/// Each member moves to an hour of its own; the units of a party stay together.
void StormClient::reschedule_group(Own &own)
{
    std::vector<Place> to = own.places;
    RescheduleGroup call{.group_id = own.group_id, .durings = {}};
    for (int member = 0; member < own.members; ++member)
    {
        const int hour = any(hours_);
        call.durings.emplace_back(storm_slot(hour));
        for (auto place = static_cast<std::size_t>(member); place < to.size(); place += own.members == 1 ? 1U : 2U)
        {
            to[place].hour = hour;
        }
    }
    if (is_yes(settle("reschedule_group", [&] { return client_.reschedule_group(call); })))
    {
        own.places = to;
    }
    write_facts(own);
}

/// Another of the client's own names becomes the holder, and a note in the details names the last change.
void StormClient::change(Own &own)
{
    const std::string name = new_name();
    const ChangeBooking call{.booking_id = own.booking_id, .holder = name, .details = R"({"note": ")" + name + R"("})"};
    if (is_yes(settle("change_booking", [&] { return client_.change_booking(call); })))
    {
        write_fact("booking " + own.holder, {});
        own.holder = name;
        own.note = ' ' + name;
    }
    else
    {
        own.status = "refused to be changed";
    }
    write_facts(own);
}

/// Swaps two of the client's own bookings, so that reading them tells whether it was done.
void StormClient::swap()
{
    Own *one = any_own(Kind::single, "confirmed");
    Own *other = any_own(Kind::single, "confirmed");
    if (one == nullptr || one == other || one->places[0].hour == other->places[0].hour)
    {
        return;
    }
    bool in_doubt = false;
    const auto outcome = settle(
        "swap_bookings",
        [&]() -> SwapBookingsOutcome
        {
            if (in_doubt)
            {
                // Waits for a swap under way, which has locked the booking.
                const auto now = std::get<Confirmed>(client_.confirm_booking({.booking_id = one->booking_id}));
                if (now.during == storm_slot(other->places[0].hour))
                {
                    return Swapped{now};
                }
                in_doubt = false;
            }
            try
            {
                return client_.swap_bookings({.booking_id = one->booking_id, .other_booking_id = other->booking_id});
            }
            catch (const OutcomeUnknown &)
            {
                in_doubt = true;
                throw;
            }
        },
        Settling::by_looking);
    if (is_yes(outcome))
    {
        std::swap(one->places[0].resource, other->places[0].resource);
        std::swap(one->places[0].hour, other->places[0].hour);
        write_facts(*one);
        write_facts(*other);
    }
}

} // namespace bookonce::testing
