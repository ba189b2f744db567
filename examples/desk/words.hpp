// SPDX-License-Identifier: PostgreSQL
// words.hpp: what the library answered, as a sentence for the person who clicked.
// To know first: a refusal is an answer, too. None of these sentences says whose a time is; the library does not tell.
#pragma once

#include <bookonce/bookonce.hpp>

#include <string>

namespace desk
{

/// What a click came to.
struct Answer
{
    bool won;            ///< the person has what was asked for
    std::string outcome; ///< the library's label: "booked", "taken"
    std::string words;
};

/// "room:Atlas" is Atlas.
std::string name_of(const std::string &resource);

/// "Mon 6 Jan, 09:00 to 10:00", in UTC.
std::string told(const bookonce::TimeRange &during);

Answer answer_to(const bookonce::BookSlotOutcome &outcome, const bookonce::BookSlot &call);
Answer answer_to(const bookonce::ConfirmBookingOutcome &outcome);
Answer answer_to(const bookonce::ExtendHoldOutcome &outcome);
Answer answer_to(const bookonce::CancelBookingOutcome &outcome);
Answer answer_to(const bookonce::JoinWaitlistOutcome &outcome, const bookonce::JoinWaitlist &call);
Answer answer_to(const bookonce::LeaveWaitlistOutcome &outcome);
Answer answer_to(const bookonce::AcceptOfferOutcome &outcome, const std::string &provider);
Answer answer_to(const bookonce::DeclineOfferOutcome &outcome, const std::string &provider);
Answer answer_to(const bookonce::Opened &job);

} // namespace desk
