// SPDX-License-Identifier: PostgreSQL
// verbs.hpp: the verbs, one member function each, the same on a Client, in a Transaction and on a pqxx transaction.
// To know first: here a call becomes SQL and an answer becomes a value; run() decides how the SQL is sent, repeated and
// committed.
// long: one class, with the promise of each verb above it.
#pragma once

#include "bookonce/adopt.hpp"
#include "bookonce/calls.hpp"
#include "bookonce/closing.hpp"
#include "bookonce/parts.hpp"
#include "bookonce/waitlist.hpp"
#include "bookonce/events.hpp"
#include "bookonce/kinds.hpp"
#include "bookonce/needs.hpp"
#include "bookonce/export.hpp"
#include "bookonce/outcomes.hpp"
#include "bookonce/reading.hpp"
#include "bookonce/statement.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace bookonce
{

/// Each verb is one SQL statement. All may throw the failures of errors.hpp; on a pqxx transaction they throw libpqxx's
/// own instead. "Repeatable" below says why the SDK may send the call again after a lost connection, when nobody knows
/// whether it was done.
class BOOKONCE_EXPORT Verbs
{
  public:
    virtual ~Verbs();

    /// Takes the slot: Booked, Taken or TooLate. Repeatable because of its key. An attempt whose connection was lost
    /// may still be waiting on the server while a repeated one is refused; a caller who must not win late sets
    /// valid_until.
    [[nodiscard]] BookSlotOutcome book_slot(const BookSlot &call);

    /// Makes a hold permanent: Confirmed (also if it was already), HoldExpired or NotLive (cancelled). Repeatable: the
    /// second call finds the work of the first done and answers the same, replayed.
    [[nodiscard]] ConfirmBookingOutcome confirm_booking(const ConfirmBooking &call);

    /// Makes a booking with allow_overlap one that others find Taken: Confirmed (also if it was so already), or
    /// HoldExpired, NotLive, LimitReached or Taken, and then it is left as it is. Repeatable, like confirm_booking().
    [[nodiscard]] ConfirmExclusivelyOutcome confirm_exclusively(const ConfirmExclusively &call);

    /// Extends a live hold: Extended, HoldExpired or NotLive (cancelled, or confirmed already). Repeatable: each call
    /// counts from the server's present, so a second one ends the hold later by the time between them, never by another
    /// hold_for.
    [[nodiscard]] ExtendHoldOutcome extend_hold(const ExtendHold &call);

    /// Frees the time: Cancelled (also if it was already) or HoldExpired (a hold that lapsed; its time was free).
    /// Repeatable: the second call finds the booking cancelled, replayed.
    [[nodiscard]] CancelBookingOutcome cancel_booking(const CancelBooking &call);

    /// Takes many slots, with an outcome for each in their order. All or nothing: either all are Booked, or those that
    /// were refused say why and the others are Aborted. Repeatable because of its key, or each member because of its
    /// own.
    [[nodiscard]] std::vector<BookSlotsOutcome> book_slots(const BookSlots &call);

    /// Takes the slot on one of several resources, and is never refused while one is free. Repeatable because of its
    /// key.
    [[nodiscard]] BookSlotOutcome book_any_slot(const BookAnySlot &call);

    /// Moves a booking, or says why it stays where it is. Repeatable: the second call finds it there, replayed.
    [[nodiscard]] RescheduleBookingOutcome reschedule_booking(const RescheduleBooking &call);

    /// Ends a booking that has begun, and frees the rest of its time: Rescheduled, HoldExpired or NotLive (cancelled,
    /// only held, or not begun yet). Repeatable: the second call finds it over, replayed.
    [[nodiscard]] EndBookingOutcome end_booking(const EndBooking &call);

    /// Says that the holder is there: CheckedIn, also if nobody has to check in; HoldExpired (nobody did in time), or
    /// NotLive (cancelled, or only held). Repeatable: the second call finds it done, replayed.
    [[nodiscard]] CheckInOutcome check_in(const CheckIn &call);

    /// Says that the holder has not come, and frees the time: NoShow, CheckedIn, or NotLive (cancelled, only held, or
    /// not begun yet). Repeatable: the second call finds it done, replayed.
    [[nodiscard]] NoShowOutcome no_show(const ReportNoShow &call);

    /// Changes who has a booking, or what the application stores with it: Changed, HoldExpired or NotLive. The key of
    /// the call that made the booking still belongs to that call. Repeatable: the second call finds it changed,
    /// replayed; it undoes another caller's change that came between, as any later change would.
    [[nodiscard]] ChangeBookingOutcome change_booking(const ChangeBooking &call);

    /// Exchanges two bookings. Doing it twice would undo it, so a Client runs it as transact() does: a COMMIT whose
    /// answer was lost is settled by the transaction's id, and never repeated unless it is known to have failed.
    [[nodiscard]] SwapBookingsOutcome swap_bookings(const SwapBookings &call);

    /// Confirms what was booked together, with an outcome for each member: all of its holds, or none if one has lapsed.
    /// A member that is over is TooLate. Repeatable, like confirm_booking().
    [[nodiscard]] std::vector<ConfirmGroupOutcome> confirm_group(const ConfirmGroup &call);

    /// Cancels what was booked together, with an outcome for each member; one that is over is TooLate. Repeatable, like
    /// cancel_booking().
    [[nodiscard]] std::vector<CancelGroupOutcome> cancel_group(const CancelGroup &call);

    /// Moves what was booked together, with an outcome for each member: either all are Rescheduled, or those that are
    /// refused say why and the others are Aborted. Repeatable: the second call finds them there, replayed.
    [[nodiscard]] std::vector<RescheduleGroupOutcome> reschedule_group(const RescheduleGroup &call);

    /// The same by a length. Doing it twice would move them twice: like swap_bookings(), it is never repeated unless it
    /// is known to have failed.
    [[nodiscard]] std::vector<RescheduleGroupOutcome> shift_group(const ShiftGroup &call);

    /// Creates or changes a resource. Repeatable: it sets what the resource is, so doing it twice has the same effect.
    /// Two definitions at the same time end as either of them, and a repeated one may undo another caller's that came
    /// between, as any later definition would.
    void define_resource(const DefineResource &call);

    /// Changes the rules that are named and no others. Repeatable, like define_resource(); an unknown resource is
    /// InvalidRequest (OB002), and so is a capacity below what is booked (OB005).
    void alter_resource(const AlterResource &call);

    /// Renames a resource; a retry of a booking that says the old name is answered by its key. An unknown resource
    /// (OB002), a name that another has (22023), and a provider whose name offers use (23503) are InvalidRequest. Done
    /// twice, it could rename a resource that got the old name in between: like swap_bookings(), it is never repeated
    /// unless it is known to have failed.
    void rename_resource(const RenameResource &call);

    /// Deletes a resource; returns false if there is none of that name. While bookings or offers need it, that is
    /// InvalidRequest (23503), and nothing is deleted: retire it. Like rename_resource(), it is never repeated unless
    /// it is known to have failed.
    bool delete_resource(const DeleteResource &call);

    /// Sets, or clears, when a resource is open, and how many units may be booked in a period. Repeatable, like
    /// define_resource(); an unknown resource is InvalidRequest (OB002).
    void set_opening_hours(const SetOpeningHours &call);
    void clear_opening_hours(const ClearOpeningHours &call);
    void set_day_hours(const SetDayHours &call);
    void set_hours_from(const SetHoursFrom &call);
    void set_starts(const SetStarts &call);
    void set_ends(const SetEnds &call);
    void set_booking_limit(const SetBookingLimit &call);
    void set_holder_rule(const SetHolderRule &call);

    /// Says what is booked along with a resource: book_slot() then takes its parts, too, or nothing, and a refusal
    /// names the part. Parts that lead back to the resource are InvalidRequest (22023), and so is a change while the
    /// resource is booked or waited for (OB005). Repeatable, like define_resource().
    void set_parts(const SetParts &call);

    /// All that a resource takes along, with the parts of its parts, by depth and name. An unknown resource is
    /// InvalidRequest (OB002). Only reads; also on a standby.
    [[nodiscard]] std::vector<PartRow> list_parts(const ListParts &call);

    /// Calendars: hours of single days that many resources follow. An unknown one is InvalidRequest (OB003).
    /// Repeatable, but for delete_calendar(), which like delete_resource() is never repeated unless it is known to have
    /// failed: the second call would find none.
    void define_calendar(const DefineCalendar &call);
    void set_calendar_day(const SetCalendarDay &call);
    void follow_calendar(const FollowCalendar &call);
    void delete_calendar(const DeleteCalendar &call);

    /// Kinds of booking, which have buffers and lengths of their own. An unknown one is InvalidRequest (22023), here
    /// and where a call names it; so is one that is deleted (23503) while bookings of it are to come. Repeatable, but
    /// for delete_kind(): as delete_calendar().
    void define_kind(const DefineKind &call);
    void delete_kind(const DeleteKind &call);
    [[nodiscard]] Listing<KindRow> list_kinds(const ListKinds &call = {});

    /// Takes resources out of service, or some of their places; what is booked there stays and is named, an answer for
    /// each. Nothing new gets in: Closed, or Taken where some places are left. Repeatable because of its key; a closure
    /// that was reopened in between is not among the answers.
    [[nodiscard]] std::vector<Closure> close_resource(const CloseResource &call);

    /// Takes a resource out of service for good, and answers as close_resource() does. An unknown one is InvalidRequest
    /// (OB002). Repeatable: what is retired by that time stays as it is, replayed.
    [[nodiscard]] Closure retire_resource(const RetireResource &call);

    /// Takes closures away. Repeatable: the second call finds none.
    void reopen_resource(const ReopenResource &call);

    /// The closures that overlap a time, by start and id. An unknown resource is InvalidRequest (OB002). Reads only.
    [[nodiscard]] Listing<ClosureRow> list_closures(const ListClosures &call);

    /// Waits in line for a time that is taken: what is freed becomes a hold for the first whom it fits. Repeatable
    /// because of its key, and answered with how it stands now. An unknown resource (OB002) and more places than there
    /// are (22023) are InvalidRequest.
    [[nodiscard]] JoinWaitlistOutcome join_waitlist(const JoinWaitlist &call);

    /// Waits no longer. Repeatable; an unknown waiter, or another holder's, is InvalidRequest (OB003).
    LeaveWaitlistOutcome leave_waitlist(const LeaveWaitlist &call);

    /// First those whose offer stands, then the line in its order. Only reads; also on a standby.
    [[nodiscard]] std::vector<WaiterRow> waitlist(const ListWaitlist &call);

    /// The slots in which all that is needed is free together, and who it would be, in order. Nothing is promised, as
    /// by free_slots(). A need that nobody fits is InvalidRequest (22023), which names the attribute. Only reads; also
    /// on a standby.
    [[nodiscard]] std::vector<FoundSlot> find_slots(const FindSlots &call);

    /// Books all that is needed, the best that is free, or nothing; an outcome for each resource that is needed, in the
    /// order of the needs. What it books is a group. Repeatable because of its key, and answered with whom the first
    /// call has booked.
    [[nodiscard]] std::vector<BookNeedsOutcome> book_needs(const BookNeeds &call);

    /// Says whether somebody may pass a larger party in line. Repeatable, like define_resource().
    void set_waitlist(const SetWaitlist &call);

    /// The slots that book_slot() would take at this moment, by all rules, in order. Nothing is promised: the first to
    /// book a slot has it. Only reads; also on a standby.
    [[nodiscard]] std::vector<TimeRange> free_slots(const FreeSlots &call);

    /// The first slots as long as one that was refused, from its start on, that book_slot() would take at this moment.
    /// Only reads; also on a standby.
    [[nodiscard]] std::vector<TimeRange> suggest_slots(const SuggestSlots &call);

    /// When the resource is open and has this many units free, in order; it does not consider notice, durations and
    /// limits. Only reads; also on a standby.
    [[nodiscard]] std::vector<TimeRange> free_time(const FreeTime &call);

    /// How many units of the resource book_slot() would take at this moment, by all rules; 0: none. Nothing is
    /// promised. Reads only; on a standby too.
    [[nodiscard]] int places_left(const PlacesLeft &call);

    /// One booking as it is, also when it has ended; none: there is none of that id. Reads only, as all that follow.
    [[nodiscard]] std::optional<BookingRow> get_booking(const GetBooking &call);

    /// All that the call with this key has made, a row for each unit; empty: no call with this key has booked.
    [[nodiscard]] std::vector<BookingRow> get_booking_by_key(const GetBookingByKey &call);

    /// What was booked together, a row for each unit, in the order of members, then the parts; empty: there is no such
    /// group.
    [[nodiscard]] std::vector<BookingRow> get_group(const GetGroup &call);

    /// The live bookings of resources that overlap a time, by start and id. An unknown resource is InvalidRequest
    /// (OB002). A list is read while it is walked (listing.hpp) and must not outlive what it was asked of.
    [[nodiscard]] Listing<BookingRow> list_bookings(const ListBookings &call);

    /// A holder's bookings that begin in a time, by start and id; without the parts of bookings, which get_group() has.
    [[nodiscard]] Listing<BookingRow> list_holder_bookings(const ListHolderBookings &call);

    /// Requests that begin in a time, by start and id.
    [[nodiscard]] Listing<RequestRow> list_requests(const ListRequests &call);

    /// A provider's offers, in the order in which they were made.
    [[nodiscard]] Listing<OfferRow> list_provider_offers(const ListProviderOffers &call);

    /// The tenant's resources and their rules, by name, byte by byte.
    [[nodiscard]] Listing<ResourceRow> list_resources(const ListResources &call = {});

    /// A resource and its rules; an unknown one is InvalidRequest (OB002).
    [[nodiscard]] ResourceRow describe_resource(const DescribeResource &call);

    /// What a claimant owns, by scope and value.
    [[nodiscard]] Listing<ClaimRow> list_claims(const ListClaims &call);

    /// A counter's value; an unknown one is InvalidRequest (OB003).
    [[nodiscard]] std::int64_t counter_value(const CounterValue &call);

    /// What happened to a booking, in order, since history is kept.
    [[nodiscard]] std::vector<Event> booking_history(const BookingHistory &call);

    /// The first events that the consumer has not acknowledged, in order; empty: there are no more for now. A second
    /// reader of the same consumer waits for the first one's transaction. Needs the primary server. Repeatable: what is
    /// not acknowledged is read again. Client::events() reads page by page.
    [[nodiscard]] std::vector<Event> read_events(const ReadEvents &call);

    /// The consumer is done with all events up to that one. A place that it has not read, and an unknown consumer, are
    /// InvalidRequest. Repeatable: an earlier place changes nothing.
    void ack_events(const AckEvents &call);

    /// The consumer reads no more, so that nothing is kept for it. An unknown one is InvalidRequest (OB003). A lost
    /// call that is repeated may come to that, having forgotten the consumer the first time.
    void forget_consumer(const ForgetConsumer &call);

    /// The times of a series, for book_slots(): correct across changes of the clocks. Asks the server, which knows the
    /// zones; reads no table.
    [[nodiscard]] std::vector<TimeRange> repeat_slots(const RepeatSlots &call);

    /// A day of a zone's calendar, from midnight to midnight: 23 or 25 hours where the clocks change. An IANA name, as
    /// of all of these. Asks the server; reads no table.
    [[nodiscard]] TimeRange day_in_zone(std::chrono::year_month_day day, const std::string &time_zone);

    /// So many days, or weeks, from the beginning of that one.
    [[nodiscard]] TimeRange days_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone);
    [[nodiscard]] TimeRange weeks_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone);

    /// Owns a value, once per scope: Claimed (also if the claimant owned it already) or ClaimedByOther. Repeatable: the
    /// same claimant again is a replay.
    [[nodiscard]] ClaimOutcome claim(const Claim &call);

    /// Gives a value up: Released, which says only that the claimant does not own it now. Repeatable: the second call
    /// finds nothing to release, replayed; it never takes the value from a new owner.
    Released release_claim(const ReleaseClaim &call);

    /// Creates a counter or changes its bounds. Repeatable, like define_resource().
    void define_counter(const DefineCounter &call);

    /// Adds a delta within the counter's bounds, exactly once: Applied or OutOfBounds. Repeatable because of its key.
    [[nodiscard]] AdjustCounterOutcome adjust_counter(const AdjustCounter &call);

    /// Asks for a number of providers at a time: Opened. Repeatable because of its key.
    Opened open_request(const OpenRequest &call);

    /// Ends a request and frees its providers' time, in one commit. Repeatable: the second call finds it cancelled,
    /// replayed.
    RequestCancelled cancel_request(const CancelRequest &call);

    /// Moves a request and the bookings of its positions to another time, all or none: RequestRescheduled (also if it
    /// was there already); ProviderCannotCome, and then nothing has moved; or RequestClosed. Repeatable.
    [[nodiscard]] RescheduleRequestOutcome reschedule_request(const RescheduleRequest &call);

    /// Invites providers, who are resources; returns an answer for each of them, in the order given. Repeatable: a
    /// provider that has a pending offer keeps it, replayed. Only a provider that has declined in between is invited
    /// again.
    [[nodiscard]] std::vector<Invited> make_offers(const MakeOffers &call);

    /// Takes a position of the request and the provider's time, in one commit: Accepted (also if it was already),
    /// Filled by others, ProviderBusy, or why the offer no longer stands. Another provider's offer is InvalidRequest
    /// (OB003), like one that never existed. Repeatable: the second call finds it accepted, replayed.
    [[nodiscard]] AcceptOfferOutcome accept_offer(const AcceptOffer &call);

    /// The provider declines: Declined (also if it had before), or why the offer no longer stands. Repeatable.
    [[nodiscard]] DeclineOfferOutcome decline_offer(const DeclineOffer &call);

    /// Withdraws the invitation: Withdrawn (also if it was before), or why the offer no longer stands. Repeatable.
    [[nodiscard]] WithdrawOfferOutcome withdraw_offer(const WithdrawOffer &call);

    /// The provider leaves: the position is open again, pending offers can be accepted, and the time is free.
    /// Repeatable, unless the same provider accepts a new offer in between.
    PositionReleased release_position(const ReleasePosition &call);

    /// Another provider takes over, in one step: Reassigned (also if it had before); ProviderBusy, and then nothing has
    /// changed; NotLive (from_provider has left the position); or RequestClosed. Repeatable.
    [[nodiscard]] ReassignPositionOutcome reassign_position(const ReassignPosition &call);

    /// The rows of a table of your own that are booked twice today; the table is read once, and sorted. Reads only; on
    /// a standby too. What a guard or follow_table() of it would refuse; docs/adopting.md goes on from here.
    [[nodiscard]] DoubleBookings find_double_bookings(const FindDoubleBookings &call);

  protected:
    Verbs() = default;
    Verbs(const Verbs &) = default;
    Verbs &operator=(const Verbs &) = default;

    /// Sends the statement and returns its rows, as often as necessary, in the transaction that the subclass stands
    /// for.
    virtual Rows run(detail::Statement &statement) = 0;

  private:
    Rows send(detail::Statement statement);
};

} // namespace bookonce
