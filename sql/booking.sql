-- booking.sql
--   The verbs of resources, bookings, holds and groups.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.define_resource(
    resource text,
    capacity integer DEFAULT 1,
    buffer_before interval DEFAULT '0',
    buffer_after interval DEFAULT '0',
    time_zone text DEFAULT 'UTC',
    min_notice interval DEFAULT NULL,
    max_ahead interval DEFAULT NULL,
    max_duration interval DEFAULT NULL,
    min_duration interval DEFAULT NULL,
    start_every interval DEFAULT NULL,
    check_in_within interval DEFAULT NULL,
    overdue_blocks boolean DEFAULT false,
    attributes jsonb DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_resource';
COMMENT ON FUNCTION bookonce.define_resource(text, integer, interval, interval, text, interval, interval, interval,
    interval, interval, interval, boolean, jsonb, interval, text) IS
    'make a resource bookable, or change its rules for bookings to come, and what it is like (attributes, a JSON '
    'object); refuses a capacity below what is booked';

CREATE FUNCTION bookonce.set_opening_hours(
    resource text, weekday integer, opens time[], closes time[],
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_opening_hours';
COMMENT ON FUNCTION bookonce.set_opening_hours(text, integer, time[], time[], interval, text) IS
    'when a resource is open on a weekday (1 is Monday), in place of what was said before; a weekday never named is '
    'closed';

CREATE FUNCTION bookonce.clear_opening_hours(
    resource text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_clear_opening_hours';
COMMENT ON FUNCTION bookonce.clear_opening_hours(text, interval, text) IS
    'take away all opening hours of a resource, which is then open at any time';

CREATE FUNCTION bookonce.set_booking_limit(
    resource text, period text, max_bookings integer, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_booking_limit';
COMMENT ON FUNCTION bookonce.set_booking_limit(text, text, integer, interval, text) IS
    'how many units may be booked that start in one day, week, month or year of the resource''s time zone; null: any '
    'number';

-- EXECUTE on it is the right to waive rules: the verbs check that right where waive names some.
CREATE FUNCTION bookonce.waivable_rules() RETURNS text[]
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_waivable_rules';
COMMENT ON FUNCTION bookonce.waivable_rules() IS
    'the refusals that book_slot() and reschedule_booking() take in waive; a role that may execute this function may '
    'waive them';

CREATE FUNCTION bookonce.book_slot(
    resource text,
    during tstzrange,
    holder text,
    quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL,
    allow_overlap boolean DEFAULT false,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    waive text[] DEFAULT NULL,
    reason text DEFAULT NULL,
    kind text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_slot';
COMMENT ON FUNCTION bookonce.book_slot(text, tstzrange, text, integer, interval, boolean, jsonb, text, timestamptz,
    text[], text, text, interval, text) IS
    'take a resource for a time: booked, taken, or too_late. waive: not to be refused by these rules, for a reason '
    'that the history keeps. kind: with the buffers and lengths that define_kind() gave it';

CREATE FUNCTION bookonce.book_slots(
    slots bookonce.slot_request[],
    holder text DEFAULT NULL,
    hold_for interval DEFAULT NULL,
    all_or_nothing boolean DEFAULT true,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    kind text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_slots';
COMMENT ON FUNCTION bookonce.book_slots(bookonce.slot_request[], text, interval, boolean, jsonb, text, timestamptz,
    text, interval, text) IS
    'book_slot() for many slots at once, an answer for each in their order; all or nothing: the refused say why, the '
    'others aborted; each by itself with max_wait 0: one that would have to wait is contended';

CREATE FUNCTION bookonce.book_any_slot(
    resources text[],
    during tstzrange,
    holder text,
    pick text DEFAULT 'first',
    quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL,
    details jsonb DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    valid_until timestamptz DEFAULT NULL,
    kind text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_book_any_slot';
COMMENT ON FUNCTION bookonce.book_any_slot(text[], tstzrange, text, text, integer, interval, jsonb, text, timestamptz,
    text, interval, text) IS
    'book_slot() on one of many resources: the first that is free, or the least_booked, with the fewest units taken '
    'within 12 hours of the start';

CREATE FUNCTION bookonce.confirm_booking(
    booking_id uuid, exclusive boolean DEFAULT false, holder text DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_confirm_booking';
COMMENT ON FUNCTION bookonce.confirm_booking(uuid, boolean, text, interval, text) IS
    'make a hold permanent: confirmed, hold_expired, or not_live. Exclusive: one booked with allow_overlap takes a '
    'unit, or is taken. With a holder, only that holder''s';

CREATE FUNCTION bookonce.extend_hold(
    booking_id uuid, hold_for interval, holder text DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_extend_hold';
COMMENT ON FUNCTION bookonce.extend_hold(uuid, interval, text, interval, text) IS
    'let a hold last for hold_for from now; never shortens it: extended, hold_expired, or not_live. With a holder, '
    'only that holder''s';

CREATE FUNCTION bookonce.cancel_booking(
    booking_id uuid, reason text DEFAULT NULL, holder text DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_booking';
COMMENT ON FUNCTION bookonce.cancel_booking(uuid, text, text, interval, text) IS
    'give a booking''s time back: cancelled, or hold_expired. With a holder, only that holder''s';

CREATE FUNCTION bookonce.reschedule_booking(
    booking_id uuid, during tstzrange, resource text DEFAULT NULL, holder text DEFAULT NULL, waive text[] DEFAULT NULL,
    reason text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reschedule_booking';
COMMENT ON FUNCTION bookonce.reschedule_booking(uuid, tstzrange, text, text, text[], text, interval, text) IS
    'move a booking to another time, and resource if given: rescheduled, or a refusal of book_slot() that leaves it '
    'where it is. waive: as there. With a holder, only that holder''s';

CREATE FUNCTION bookonce.end_booking(
    booking_id uuid, holder text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_end_booking';
COMMENT ON FUNCTION bookonce.end_booking(uuid, text, interval, text) IS
    'end a confirmed booking that has begun, now: rescheduled, and the rest of its time is free, and what it has out '
    'is back; replayed, if it was so already. Else hold_expired, or not_live, also for one that is only held or has '
    'not begun. With a holder, only that holder''s';

CREATE FUNCTION bookonce.check_in(
    booking_id uuid, holder text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_check_in';
COMMENT ON FUNCTION bookonce.check_in(uuid, text, interval, text) IS
    'say that the holder of a confirmed booking is there, so that it lapses no more: checked_in; replayed, if it was '
    'not going to lapse. Else hold_expired, or not_live, also for one that is only held. With a holder, only that '
    'holder''s';

CREATE FUNCTION bookonce.no_show(
    booking_id uuid, reason text DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_no_show';
COMMENT ON FUNCTION bookonce.no_show(uuid, text, interval, text) IS
    'the holder of a confirmed booking that has begun has not come, so it lapses now: no_show; replayed, if it has '
    'lapsed already. Else checked_in, or not_live, also for one that is only held or has not begun';

CREATE FUNCTION bookonce.change_booking(
    booking_id uuid, holder text DEFAULT NULL, details jsonb DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_change_booking';
COMMENT ON FUNCTION bookonce.change_booking(uuid, text, jsonb, interval, text) IS
    'give a booking another holder, or other details; what is null stays: changed, hold_expired, or not_live';

CREATE FUNCTION bookonce.swap_bookings(
    booking_id uuid, other_booking_id uuid, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_swap_bookings';
COMMENT ON FUNCTION bookonce.swap_bookings(uuid, uuid, interval, text) IS
    'give each of two bookings the other''s resource and time: swapped, hold_expired, not_live, or provider_busy. '
    'Called again, it swaps them back';

CREATE FUNCTION bookonce.confirm_group(
    group_id uuid, since timestamptz DEFAULT NULL, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_confirm_group';
COMMENT ON FUNCTION bookonce.confirm_group(uuid, timestamptz, interval, text) IS
    'confirm_booking() for all that was booked together and is not over, an answer for each member; none when a hold '
    'of theirs has lapsed. What is over by since (now, if null) stays';

CREATE FUNCTION bookonce.cancel_group(
    group_id uuid, reason text DEFAULT NULL, since timestamptz DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_cancel_group';
COMMENT ON FUNCTION bookonce.cancel_group(uuid, text, timestamptz, interval, text) IS
    'cancel_booking() for all that was booked together and is not over, an answer for each member. What is over by '
    'since (now, if null) stays';

CREATE FUNCTION bookonce.reschedule_group(
    group_id uuid,
    by interval DEFAULT NULL,
    durings tstzrange[] DEFAULT NULL,
    since timestamptz DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.booking_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_reschedule_group';
COMMENT ON FUNCTION bookonce.reschedule_group(uuid, interval, tstzrange[], timestamptz, interval, text) IS
    'move all that was booked together and is not over, all or nothing: by a length on the wall clock (again: moved '
    'again), or each member to its own time (null: it stays). rescheduled; the refused say why, the others aborted';

CREATE FUNCTION bookonce.delete_old(before timestamptz, at_most integer DEFAULT 10000)
RETURNS bigint LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_delete_old';
COMMENT ON FUNCTION bookonce.delete_old(timestamptz, integer) IS
    'take away about at_most rows of what was wholly over before an instant, in all tenants, and return how many; 0: '
    'none is left. For the owner of the tables';

CREATE FUNCTION bookonce.expire_holds(at_most integer DEFAULT 10000)
RETURNS integer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_expire_holds';
COMMENT ON FUNCTION bookonce.expire_holds(integer) IS
    'mark up to at_most lapsed holds, and bookings that nobody checked in, as expired and return how many; tidies, '
    'nothing depends on it';
