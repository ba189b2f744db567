// SPDX-License-Identifier: PostgreSQL
// verbs.hpp: the verbs, one member function each, the same on a Client, in a Transaction and on a pqxx transaction.
// To know first: a verb turns its call into SQL and the rows into a value; run() decides how the SQL is sent, repeated
// and committed.
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
/// own exceptions instead. "Repeatable" below says why the SDK may send the call again after a lost connection, when
/// nobody knows whether it was done.
class BOOKONCE_EXPORT Verbs
{
  public:
    virtual ~Verbs();

    /// Takes the slot: Booked, or the first refusal that applies (Taken, TooLate, a rule of the resource, of the holder
    /// or of the line). Repeatable because of its key. An attempt whose connection was lost may still be waiting on the
    /// server while a repeated one is refused; set valid_until if it must not succeed late.
    [[nodiscard]] BookSlotOutcome book_slot(const BookSlot &call);

    /// Makes a hold permanent: Confirmed (also if it already was), HoldExpired or NotLive (cancelled). Repeatable: the
    /// second call finds the booking confirmed, and answers the same, replayed.
    [[nodiscard]] ConfirmBookingOutcome confirm_booking(const ConfirmBooking &call);

    /// Gives a booking made with allow_overlap a unit of its own, so that others are refused with Taken, and confirms
    /// it: Confirmed (also if it already was). With HoldExpired, NotLive, LimitReached, Taken, HolderLimit, HolderBusy
    /// or WaitedFor, the booking stays as it is. Repeatable, like confirm_booking().
    [[nodiscard]] ConfirmExclusivelyOutcome confirm_exclusively(const ConfirmExclusively &call);

    /// Extends a live hold: Extended, HoldExpired or NotLive (cancelled, or confirmed already). Repeatable: each call
    /// counts hold_for from the server's present time, so a second call ends the hold later by the time between the
    /// two, never by another hold_for.
    [[nodiscard]] ExtendHoldOutcome extend_hold(const ExtendHold &call);

    /// Frees the time: Cancelled (also if it already was) or HoldExpired (the hold had lapsed, so its time was free
    /// already). Repeatable: the second call finds the booking cancelled, replayed.
    [[nodiscard]] CancelBookingOutcome cancel_booking(const CancelBooking &call);

    /// Takes many slots; returns an outcome for each, in their order. If it is all or nothing, either all are Booked,
    /// or those that were refused say why and the others are Aborted. Repeatable because of the call's key, or, if the
    /// members are independent, because of theirs.
    [[nodiscard]] std::vector<BookSlotsOutcome> book_slots(const BookSlots &call);

    /// Takes the slot on one of several resources, and is never refused while one is free. Repeatable because of its
    /// key.
    [[nodiscard]] BookSlotOutcome book_any_slot(const BookAnySlot &call);

    /// Moves a booking: Rescheduled, or the reason why it stays where it is. On another resource it has the parts of
    /// that one. InvalidRequest (22023) for a unit of a party that would get parts. Repeatable: the second call finds
    /// it moved, replayed.
    [[nodiscard]] RescheduleBookingOutcome reschedule_booking(const RescheduleBooking &call);

    /// Ends a booking that has begun, and frees the rest of its time: Rescheduled, HoldExpired or NotLive (cancelled,
    /// only held, or not begun yet). Repeatable: the second call finds it over, replayed.
    [[nodiscard]] EndBookingOutcome end_booking(const EndBooking &call);

    /// Says that the holder has arrived: CheckedIn, also if the resource asks nobody to check in; HoldExpired (nobody
    /// did in time), or NotLive (cancelled, or only held). Repeatable: the second call finds it done, replayed.
    [[nodiscard]] CheckInOutcome check_in(const CheckIn &call);

    /// Says that the holder has not come, and frees the time: NoShow; CheckedIn (the holder has, so nothing changes),
    /// or NotLive (cancelled, only held, or not begun yet). Repeatable: the second call finds it done, replayed.
    [[nodiscard]] NoShowOutcome no_show(const ReportNoShow &call);

    /// Changes a booking's holder, its details, or both: Changed, HoldExpired, NotLive, HolderLimit or HolderBusy. The
    /// booking's idempotency key still belongs to the call that made the booking. Repeatable: the second call finds it
    /// changed, replayed; if another caller's change came in between, the second call undoes it, as any later change
    /// would.
    [[nodiscard]] ChangeBookingOutcome change_booking(const ChangeBooking &call);

    /// Exchanges two bookings, with their parts: Swapped, or the reason why both stay as they are. InvalidRequest
    /// (22023) for a part alone, and for a unit of a party that would get parts. Doing it twice would undo it, so a
    /// Client runs it as transact() does: if the answer to COMMIT is lost, the transaction's id tells whether it
    /// committed, and the call is not repeated unless it is known to have failed.
    [[nodiscard]] SwapBookingsOutcome swap_bookings(const SwapBookings &call);

    /// Confirms the bookings of a group; returns an outcome for each member. Either all holds are confirmed, or none if
    /// one has lapsed. A member that is over is TooLate. Repeatable, like confirm_booking().
    [[nodiscard]] std::vector<ConfirmGroupOutcome> confirm_group(const ConfirmGroup &call);

    /// Cancels the bookings of a group; returns an outcome for each member. A member that is over is TooLate.
    /// Repeatable, like cancel_booking().
    [[nodiscard]] std::vector<CancelGroupOutcome> cancel_group(const CancelGroup &call);

    /// Moves the bookings of a group; returns an outcome for each member. Either all are Rescheduled, or those that are
    /// refused say why and the others are Aborted. Repeatable: the second call finds them moved, replayed.
    [[nodiscard]] std::vector<RescheduleGroupOutcome> reschedule_group(const RescheduleGroup &call);

    /// Moves the bookings of a group by the same step, with the outcomes of reschedule_group(). Doing it twice would
    /// move them twice, so, like swap_bookings(), it is not repeated unless it is known to have failed.
    [[nodiscard]] std::vector<RescheduleGroupOutcome> shift_group(const ShiftGroup &call);

    /// Creates or changes a resource. Repeatable: it sets all rules, so doing it twice has the same effect. Of two
    /// definitions at the same time, either may win; and a repeated definition may undo another caller's that came in
    /// between, as any later definition would.
    void define_resource(const DefineResource &call);

    /// Changes only the rules that are given. Repeatable, like define_resource(). InvalidRequest for an unknown
    /// resource (OB002) and for a capacity below what is booked (OB005).
    void alter_resource(const AlterResource &call);

    /// Renames a resource. A repeated booking call that still has the old name is answered by its key. InvalidRequest
    /// for an unknown resource (OB002), for a name that another resource has (22023), and for a provider that is named
    /// in offers (23503). Doing it twice could rename a resource that got the old name in between, so, like
    /// swap_bookings(), it is not repeated unless it is known to have failed.
    void rename_resource(const RenameResource &call);

    /// Deletes a resource; returns false if there is none of that name. If bookings or offers need it, nothing is
    /// deleted and this is InvalidRequest (23503): use retire_resource() instead. Like rename_resource(), it is not
    /// repeated unless it is known to have failed.
    bool delete_resource(const DeleteResource &call);

    /// These set, or clear, when a resource is open, when bookings may start and end, and the limits per period and per
    /// holder. Repeatable, like define_resource(). InvalidRequest for an unknown resource (OB002).
    void set_opening_hours(const SetOpeningHours &call);
    void clear_opening_hours(const ClearOpeningHours &call);
    void set_day_hours(const SetDayHours &call);
    void set_hours_from(const SetHoursFrom &call);
    void set_starts(const SetStarts &call);
    void set_ends(const SetEnds &call);
    void set_booking_limit(const SetBookingLimit &call);
    void set_holder_rule(const SetHolderRule &call);

    /// Sets the parts that are booked along with a resource: book_slot() then takes the resource with its parts, or
    /// nothing, and a refusal names the part. InvalidRequest for parts that lead back to the resource (22023), and for
    /// a change while the resource is booked or waited for (OB005). Repeatable, like define_resource().
    void set_parts(const SetParts &call);

    /// Returns the parts of a resource, with the parts of its parts, by depth and name. InvalidRequest for an unknown
    /// resource (OB002). Reads only; works on a standby, too.
    [[nodiscard]] std::vector<PartRow> list_parts(const ListParts &call);

    /// Calendars hold hours of single days that many resources follow. InvalidRequest for an unknown calendar (OB003).
    /// Repeatable, except delete_calendar(): the second call would not find the calendar, so, like delete_resource(),
    /// it is not repeated unless it is known to have failed.
    void define_calendar(const DefineCalendar &call);
    void set_calendar_day(const SetCalendarDay &call);
    void follow_calendar(const FollowCalendar &call);
    void delete_calendar(const DeleteCalendar &call);

    /// Kinds of booking have buffers and lengths of their own. InvalidRequest for an unknown kind (22023), here and in
    /// any call that names one, and for deleting a kind of which there are bookings to come (23503). Repeatable, except
    /// delete_kind(), like delete_calendar().
    void define_kind(const DefineKind &call);
    void delete_kind(const DeleteKind &call);
    [[nodiscard]] Listing<KindRow> list_kinds(const ListKinds &call = {});

    /// Takes resources, or some of their places, out of service; returns a Closure for each resource, which names the
    /// bookings that stay. New bookings are refused with Closed, or, if some places are left, with Taken. Repeatable
    /// because of its key; a closure that was reopened in between is not among the answers.
    [[nodiscard]] std::vector<Closure> close_resource(const CloseResource &call);

    /// Takes a resource out of service for good, and answers as close_resource() does. InvalidRequest for an unknown
    /// resource (OB002). Repeatable: a resource that is already retired by `since` stays as it is, replayed.
    [[nodiscard]] Closure retire_resource(const RetireResource &call);

    /// Removes closures. Repeatable: the second call finds none to remove.
    void reopen_resource(const ReopenResource &call);

    /// Returns the closures that overlap a time, by start and id. InvalidRequest for an unknown resource (OB002). Reads
    /// only.
    [[nodiscard]] Listing<ClosureRow> list_closures(const ListClosures &call);

    /// Joins the line for a time that is taken: Waiting, FreeNow, AlreadyWaiting, or why the time could not be booked
    /// even if it were free. A place that becomes free turns into a hold for the first in line whose party it fits.
    /// Repeatable because of its key: the second call answers with the waiter's state now (Waiting, PlaceOffered,
    /// Left). InvalidRequest for an unknown resource (OB002) and for more places than there are (22023).
    [[nodiscard]] JoinWaitlistOutcome join_waitlist(const JoinWaitlist &call);

    /// Leaves the line: Left, or PlaceOffered (the hold stays; cancel_booking() gives it back). Repeatable.
    /// InvalidRequest (OB003) for an unknown waiter or another holder's.
    LeaveWaitlistOutcome leave_waitlist(const LeaveWaitlist &call);

    /// Returns those who wait for a resource: first those who have an offer, then the line in its order. Reads only;
    /// works on a standby, too.
    [[nodiscard]] std::vector<WaiterRow> waitlist(const ListWaitlist &call);

    /// Returns the slots in which everything that is needed is free together, in order, and the resources that would be
    /// booked. As with free_slots(), nothing is promised. InvalidRequest for a need that no resource fits (22023, with
    /// the attribute). Reads only; works on a standby, too.
    [[nodiscard]] std::vector<FoundSlot> find_slots(const FindSlots &call);

    /// Books everything that is needed, of the free resources those that `pick` prefers, or nothing; returns an outcome
    /// for each resource that is needed, in the order of the needs. The bookings are a group. Repeatable because of its
    /// key: the second call answers with what the first one booked.
    [[nodiscard]] std::vector<BookNeedsOutcome> book_needs(const BookNeeds &call);

    /// Sets whether a larger party in line may be passed. Repeatable, like define_resource().
    void set_waitlist(const SetWaitlist &call);

    /// Returns the slots that book_slot() would take at this moment, by all rules, in order. Nothing is promised:
    /// whoever books a slot first has it. Reads only; works on a standby, too.
    [[nodiscard]] std::vector<TimeRange> free_slots(const FreeSlots &call);

    /// Returns the first slots that book_slot() would take at this moment, as long as the one that was refused and not
    /// before its start. Reads only; works on a standby, too.
    [[nodiscard]] std::vector<TimeRange> suggest_slots(const SuggestSlots &call);

    /// Returns the times at which the resource is open and has this many units free, in order. Notice, durations and
    /// limits are not considered. Reads only; works on a standby, too.
    [[nodiscard]] std::vector<TimeRange> free_time(const FreeTime &call);

    /// Returns how many units of the resource book_slot() would take at this moment, by all rules; 0: none. Nothing is
    /// promised. Reads only; works on a standby, too.
    [[nodiscard]] int places_left(const PlacesLeft &call);

    /// Returns one booking as it is now, even one that has ended; none if there is no booking with that id. This verb
    /// and those that follow, up to booking_history(), read only.
    [[nodiscard]] std::optional<BookingRow> get_booking(const GetBooking &call);

    /// Returns the bookings made by the call with this key, a row for each unit; empty if no call with this key has
    /// booked.
    [[nodiscard]] std::vector<BookingRow> get_booking_by_key(const GetBookingByKey &call);

    /// Returns the bookings of a group, a row for each unit, in the order of members, then the parts; empty if there is
    /// no such group.
    [[nodiscard]] std::vector<BookingRow> get_group(const GetGroup &call);

    /// Returns the live bookings of resources that overlap a time, by start and id. InvalidRequest for an unknown
    /// resource (OB002). A list is read while the caller iterates over it (listing.hpp), and must not outlive the
    /// object whose verb returned it.
    [[nodiscard]] Listing<BookingRow> list_bookings(const ListBookings &call);

    /// Returns a holder's bookings that begin within a time, by start and id; without the parts of bookings, which
    /// get_group() returns.
    [[nodiscard]] Listing<BookingRow> list_holder_bookings(const ListHolderBookings &call);

    /// Returns the requests that begin within a time, by start and id.
    [[nodiscard]] Listing<RequestRow> list_requests(const ListRequests &call);

    /// Returns a provider's offers, in the order in which they were made.
    [[nodiscard]] Listing<OfferRow> list_provider_offers(const ListProviderOffers &call);

    /// Returns the tenant's resources and their rules, ordered by the bytes of their names.
    [[nodiscard]] Listing<ResourceRow> list_resources(const ListResources &call = {});

    /// Returns a resource and its rules. InvalidRequest for an unknown resource (OB002).
    [[nodiscard]] ResourceRow describe_resource(const DescribeResource &call);

    /// Returns the values that a claimant owns, by scope and value.
    [[nodiscard]] Listing<ClaimRow> list_claims(const ListClaims &call);

    /// Returns a counter's value. InvalidRequest for an unknown counter (OB003).
    [[nodiscard]] std::int64_t counter_value(const CounterValue &call);

    /// Returns the events of a booking, in order, as far back as history was kept.
    [[nodiscard]] std::vector<Event> booking_history(const BookingHistory &call);

    /// Returns the first events that the consumer has not acknowledged, in order; empty if there are no more for now. A
    /// second reader of the same consumer waits for the first one's transaction. Needs the primary server. Repeatable:
    /// events that are not acknowledged are read again. Client::events() reads page by page.
    [[nodiscard]] std::vector<Event> read_events(const ReadEvents &call);

    /// Records that the consumer is done with all events up to, and including, one. InvalidRequest for a place that the
    /// consumer has not read, and for an unknown consumer. Repeatable: an earlier place changes nothing.
    void ack_events(const AckEvents &call);

    /// Removes a consumer that will read no more, so that no events are kept for it. InvalidRequest for an unknown
    /// consumer (OB003). A call repeated after a lost connection may get that, too, if the first attempt removed the
    /// consumer.
    void forget_consumer(const ForgetConsumer &call);

    /// Returns the times of a series, for book_slots(), correct across clock changes. Asks the server, which knows the
    /// time zones; reads no table.
    [[nodiscard]] std::vector<TimeRange> repeat_slots(const RepeatSlots &call);

    /// Returns a day in a time zone, from midnight to midnight, which has 23 or 25 hours when the clocks change.
    /// `time_zone` is an IANA name here and below. Asks the server; reads no table.
    [[nodiscard]] TimeRange day_in_zone(std::chrono::year_month_day day, const std::string &time_zone);

    /// The same for `count` days (1 to 70,000) or weeks (1 to 10,000) from the beginning of `first`.
    [[nodiscard]] TimeRange days_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone);
    [[nodiscard]] TimeRange weeks_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone);

    /// Makes the claimant the owner of a value, which has one owner per scope: Claimed (also if the claimant already
    /// owned it) or ClaimedByOther. Repeatable: the second call finds it claimed, replayed.
    [[nodiscard]] ClaimOutcome claim(const Claim &call);

    /// Gives a value up: Released, which says only that the claimant does not own the value now. Repeatable: the second
    /// call finds nothing to release, replayed, and never takes the value from a new owner.
    Released release_claim(const ReleaseClaim &call);

    /// Creates a counter or changes its bounds. Repeatable, like define_resource().
    void define_counter(const DefineCounter &call);

    /// Adds a delta within the counter's bounds, exactly once: Applied or OutOfBounds. InvalidRequest (OB003) for
    /// an unknown counter. Repeatable because of its key.
    [[nodiscard]] AdjustCounterOutcome adjust_counter(const AdjustCounter &call);

    /// Asks for a number of providers at a time: Opened. Repeatable because of its key.
    Opened open_request(const OpenRequest &call);

    /// Ends a request and frees its providers' time, in one commit. Repeatable: the second call finds the request
    /// cancelled, replayed.
    RequestCancelled cancel_request(const CancelRequest &call);

    /// Moves a request and the bookings of its positions to another time, all or none: RequestRescheduled (also if it
    /// already had that time); ProviderCannotCome, and then nothing has moved; or RequestClosed. Repeatable.
    [[nodiscard]] RescheduleRequestOutcome reschedule_request(const RescheduleRequest &call);

    /// Invites providers, which are resources; returns an answer for each, in the order given. Repeatable: a provider
    /// that has a pending offer keeps it, replayed. Only a provider that declined in between is invited again.
    [[nodiscard]] std::vector<Invited> make_offers(const MakeOffers &call);

    /// Invites providers of those who fit a need and are free at the request's time, until `count` have an offer or a
    /// position; returns an answer for each of these. Fewer than `count`: nobody else is free. Each is Offered,
    /// OfferAccepted, or, if nobody can be asked any more, Filled or RequestClosed. Who has been asked is not asked
    /// again. InvalidRequest: 22023 for a need that too few resources fit, OB002 for an unknown name in `any_of`, OB003
    /// for an unknown request. Repeatable: who has an offer keeps it, replayed, and counts; only for one who declined
    /// in between is another one invited.
    [[nodiscard]] std::vector<Invited> make_offers_by_need(const MakeOffersByNeed &call);

    /// Makes offers for the open requests that keep asking, where too few have one and somebody who fits has become
    /// free; for the request that was opened first before the others. Returns how many. Waits for nobody.
    /// InvalidRequest (22023) for `at_most` below 1. Repeatable: nobody is asked twice. After a lost answer, the number
    /// is that of the last try alone.
    int top_up_offers(const TopUpOffers &call = {});

    /// Takes a position of the request and books the provider's time, in one commit: Accepted (also if it already was),
    /// Filled (by others), ProviderBusy, or why the offer is no longer valid. InvalidRequest (OB003) for another
    /// provider's offer, as for an offer that never existed. Repeatable: the second call finds it accepted, replayed.
    [[nodiscard]] AcceptOfferOutcome accept_offer(const AcceptOffer &call);

    /// Declines an offer: Declined (also if it already was), or why the offer is no longer valid. Repeatable.
    [[nodiscard]] DeclineOfferOutcome decline_offer(const DeclineOffer &call);

    /// Withdraws an offer: Withdrawn (also if it already was), or why the offer is no longer valid. Repeatable.
    [[nodiscard]] WithdrawOfferOutcome withdraw_offer(const WithdrawOffer &call);

    /// Takes a provider out of its position: the position is open again, pending offers can be accepted, and the time
    /// is free. Repeatable, unless the same provider accepts a new offer in between.
    PositionReleased release_position(const ReleasePosition &call);

    /// Gives a position to another provider, in one step: Reassigned (also if that provider already had it);
    /// ProviderBusy, and then nothing has changed; NotLive (from_provider has left the position); or RequestClosed.
    /// Repeatable.
    [[nodiscard]] ReassignPositionOutcome reassign_position(const ReassignPosition &call);

    /// Returns the rows of a table of your own that are booked twice today, which a guard or follow_table() would
    /// refuse; docs/adopting.md has the next steps. The table is read once and sorted. Reads only; works on a standby,
    /// too.
    [[nodiscard]] DoubleBookings find_double_bookings(const FindDoubleBookings &call);

  protected:
    Verbs() = default;
    Verbs(const Verbs &) = default;
    Verbs &operator=(const Verbs &) = default;

    /// Sends the statement, as often as necessary, in the transaction that the subclass stands for; returns its rows.
    virtual Rows run(detail::Statement &statement) = 0;

  private:
    Rows send(detail::Statement statement);
};

} // namespace bookonce
