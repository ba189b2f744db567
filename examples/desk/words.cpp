// SPDX-License-Identifier: PostgreSQL
// words.cpp: a sentence for each outcome. An outcome that the library gets one day does not compile until it has one.
#include "words.hpp"

#include <array>
#include <cstdio>

namespace desk
{

using namespace bookonce;

namespace
{

using Days = std::chrono::sys_days;

std::string clock_of(Timestamp at)
{
    const auto minutes =
        std::chrono::duration_cast<std::chrono::minutes>(at - std::chrono::floor<std::chrono::days>(at));
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(minutes.count() / 60),
                  static_cast<int>(minutes.count() % 60));
    return text.data();
}

template <typename Outcome>
Answer won(const Outcome &, std::string words)
{
    return {.won = true, .outcome = std::string{Outcome::label}, .words = std::move(words)};
}

template <typename Outcome>
Answer lost(const Outcome &, std::string words)
{
    return {.won = false, .outcome = std::string{Outcome::label}, .words = std::move(words)};
}

/// Why a time was not booked.
struct WhyNot
{
    std::string name;
    std::string when;
    int places;

    Answer operator()(const Taken &taken) const
    {
        if (name_is_class)
        {
            return lost(taken, "Too late: " + name + " on " + when + " has not " + std::to_string(places) +
                                   (places == 1 ? " place" : " places") + " left. Somebody else was faster.");
        }
        return lost(taken, "Too late: somebody else has just taken " + name + ", " + when + ". Nothing was booked.");
    }
    Answer operator()(const Closed &closed) const { return lost(closed, name + " is closed on " + when + "."); }
    Answer operator()(const TooSoon &soon) const { return lost(soon, "That time has begun already: " + when + "."); }
    Answer operator()(const TooFar &far) const { return lost(far, name + " cannot be booked so far ahead."); }
    Answer operator()(const TooShort &length) const { return lost(length, name + " cannot be booked for so short."); }
    Answer operator()(const OffGrid &grid) const { return lost(grid, name + " is not booked from such a time on."); }
    Answer operator()(const TooLong &length) const { return lost(length, name + " cannot be booked for so long."); }
    Answer operator()(const LimitReached &limit) const
    {
        return lost(limit, name + " has no more bookings to give in that period.");
    }
    Answer operator()(const HolderLimit &limit) const
    {
        return lost(limit, "You have as many bookings as you may have. Nothing was booked.");
    }
    Answer operator()(const HolderBusy &busy) const
    {
        return lost(busy, "You have something else on " + when + ". Nothing was booked.");
    }
    Answer operator()(const WaitedFor &place) const
    {
        return lost(place, name + " is kept for those who wait in line on " + when + ".");
    }
    Answer operator()(const TooLate &late) const { return lost(late, "That took too long. Nothing was booked."); }

    bool name_is_class;
};

/// Why a line was not joined, where that is not why a booking is refused.
struct InLine
{
    std::string name;
    std::string when;

    Answer operator()(const Waiting &waits) const { return standing(waits); }
    Answer operator()(const AlreadyWaiting &waits) const { return standing(waits); }
    Answer operator()(const PlaceOffered &offered) const
    {
        return won(offered, "A place is held for you: " + name + ", " + when + ". Confirm it in time.");
    }
    Answer operator()(const Left &left) const { return lost(left, "You have left that line."); }
    Answer operator()(const FreeNow &now) const { return lost(now, "There is a place now: take it."); }

    template <typename Waits>
    Answer standing(const Waits &waits) const
    {
        const std::string place = waits.place ? "number " + std::to_string(*waits.place) : "no longer";
        return won(waits, "You are " + place + " in line for " + name + ", " + when +
                              ". A place that is given back is held for you for two minutes.");
    }
};

} // namespace

std::string name_of(const std::string &resource)
{
    return resource.substr(resource.find(':') + 1);
}

std::string told(const TimeRange &during)
{
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Days day = std::chrono::floor<std::chrono::days>(during.begin());
    const std::chrono::year_month_day date{day};
    return std::string{days.at(std::chrono::weekday{day}.c_encoding())} + ' ' +
           std::to_string(static_cast<unsigned>(date.day())) + ' ' +
           months.at(static_cast<unsigned>(date.month()) - 1) + ", " + clock_of(during.begin()) + " to " +
           clock_of(during.end());
}

Answer answer_to(const BookSlotOutcome &outcome, const BookSlot &call)
{
    const WhyNot why_not{.name = name_of(call.resource),
                         .when = told(call.during),
                         .places = call.quantity,
                         .name_is_class = call.resource.starts_with("class:")};
    return std::visit(overloaded{why_not,
                                 [&](const Booked &booked)
                                 {
                                     const std::string what = why_not.name + ", " + why_not.when;
                                     if (booked.status == BookingStatus::held)
                                     {
                                         return won(booked, "Held for you: " + what + ". Confirm it in time.");
                                     }
                                     return won(booked, "Booked: " + what + " is yours.");
                                 }},
                      outcome);
}

Answer answer_to(const ConfirmBookingOutcome &outcome)
{
    return std::visit(
        overloaded{
            [](const Confirmed &yes)
            { return won(yes, "Confirmed: " + name_of(yes.resource) + ", " + told(yes.during) + " is yours."); },
            [](const HoldExpired &no)
            { return lost(no, "Too late: the hold has lapsed, and others may have taken the time. Book it again."); },
            [](const NotLive &no) { return lost(no, "It was cancelled meanwhile."); },
        },
        outcome);
}

Answer answer_to(const ExtendHoldOutcome &outcome)
{
    return std::visit(
        overloaded{
            [](const Extended &yes) { return won(yes, "You have more time for " + name_of(yes.resource) + "."); },
            [](const HoldExpired &no)
            { return lost(no, "Too late: the hold has lapsed, and others may have taken the time. Book it again."); },
            [](const NotLive &no) { return lost(no, "It is no hold any more."); },
        },
        outcome);
}

Answer answer_to(const CancelBookingOutcome &outcome)
{
    return std::visit(
        overloaded{
            [](const Cancelled &yes)
            { return won(yes, "Given back: " + name_of(yes.resource) + ", " + told(yes.during) + " is free again."); },
            [](const HoldExpired &no) { return lost(no, "The hold had lapsed already; its time was free."); },
        },
        outcome);
}

Answer answer_to(const JoinWaitlistOutcome &outcome, const JoinWaitlist &call)
{
    const std::string name = name_of(call.resource);
    const std::string when = told(call.during);
    const WhyNot why_not{.name = name, .when = when, .places = call.quantity, .name_is_class = true};
    return std::visit(overloaded{InLine{.name = name, .when = when}, why_not}, outcome);
}

Answer answer_to(const LeaveWaitlistOutcome &outcome)
{
    return std::visit(
        overloaded{
            [](const Left &left) {
                return won(left,
                           "You are out of the line for " + name_of(left.resource) + ", " + told(left.during) + ".");
            },
            [](const PlaceOffered &offered)
            { return lost(offered, "You were offered a place meanwhile: confirm it, or let it go."); },
        },
        outcome);
}

Answer answer_to(const Opened &job)
{
    return won(job, "All couriers were asked for " + told(job.during) + ". The first to accept have the job.");
}

Answer answer_to(const AcceptOfferOutcome &outcome, const std::string &provider)
{
    const std::string who = name_of(provider);
    return std::visit(
        overloaded{
            [&](const Accepted &yes) { return won(yes, who + " has the job."); },
            [&](const Filled &no) { return lost(no, "Too late for " + who + ": others were faster."); },
            [&](const ProviderBusy &no) { return lost(no, who + " has another job at that time."); },
            [&](const OfferDeclined &no) { return lost(no, who + " has declined already."); },
            [&](const OfferWithdrawn &no) { return lost(no, "The offer was taken back."); },
            [&](const OfferReleased &no) { return lost(no, who + " had the job, and has left it."); },
            [&](const OfferExpired &no) { return lost(no, "The offer is out of time."); },
            [&](const RequestClosed &no) { return lost(no, "The job is closed."); },
        },
        outcome);
}

Answer answer_to(const DeclineOfferOutcome &outcome, const std::string &provider)
{
    const std::string who = name_of(provider);
    return std::visit(
        overloaded{
            [&](const Declined &yes) { return won(yes, who + " has declined."); },
            [&](const OfferAccepted &no) { return lost(no, who + " has the job already."); },
            [&](const OfferWithdrawn &no) { return lost(no, "The offer was taken back."); },
            [&](const OfferReleased &no) { return lost(no, who + " had the job, and has left it."); },
            [&](const OfferExpired &no) { return lost(no, "The offer is out of time."); },
            [&](const RequestClosed &no) { return lost(no, "The job is closed."); },
        },
        outcome);
}

} // namespace desk
