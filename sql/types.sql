-- types.sql
--   The types of calls and answers.
-- SPDX-License-Identifier: PostgreSQL

CREATE TYPE bookonce.outcome AS ENUM (
    'booked', 'taken', 'closed', 'too_soon', 'too_far', 'too_long', 'limit_reached', 'too_late', 'aborted',
    'confirmed', 'extended', 'cancelled', 'rescheduled', 'swapped', 'hold_expired', 'not_live',
    'claimed', 'claimed_by_other', 'released', 'applied', 'out_of_bounds',
    'opened', 'offered', 'accepted', 'declined', 'withdrawn', 'reassigned', 'filled', 'provider_busy',
    'offer_accepted', 'offer_declined', 'offer_withdrawn', 'offer_released', 'offer_expired', 'request_closed',
    'changed', 'contended', 'holder_limit', 'holder_busy', 'too_short',
    'off_grid', 'waiting', 'free_now', 'left', 'already_waiting', 'waited_for', 'checked_in', 'no_show');
COMMENT ON TYPE bookonce.outcome IS 'the server''s decision; a refusal is an outcome, never an exception';

CREATE TYPE bookonce.booking_status AS ENUM ('held', 'confirmed', 'cancelled', 'expired');
COMMENT ON TYPE bookonce.booking_status IS
    'held until lapses_at; confirmed, until lapses_at if it must be checked in; or released: cancelled, or expired '
    'when it lapsed';

CREATE TYPE bookonce.booking_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    booking_id uuid,
    group_id uuid,
    resource text,
    units integer[],
    during tstzrange,
    status bookonce.booking_status,
    lapses_at timestamptz,
    busy tstzmultirange);
COMMENT ON TYPE bookonce.booking_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the booking as it is now; busy: when '
    'taken, the times that block it';

CREATE TYPE bookonce.slot_request AS (
    resource text,
    during tstzrange,
    quantity integer,
    holder text,
    idempotency_key text,
    details jsonb);
COMMENT ON TYPE bookonce.slot_request IS
    'one member of a book_slots() call; a null quantity is 1, a null holder or details the call''s own';

-- Compared byte by byte, like all names.
CREATE TYPE bookonce.holder_rule AS (
    scope text COLLATE "C",
    max_at_once integer,
    max_live integer,
    max_per_period integer,
    period text,
    max_time interval,
    since timestamptz);
COMMENT ON TYPE bookonce.holder_rule IS
    'what each holder may have on the resources of a scope; what is null limits nothing; since: bookings made before '
    'may be more';

-- Claims and counters

CREATE TYPE bookonce.claim_answer AS (outcome bookonce.outcome, replayed boolean, claimant text);
COMMENT ON TYPE bookonce.claim_answer IS
    'outcome; replayed: true when it was already so and nothing was written; claimant: the caller''s own, never '
    'another''s';

CREATE TYPE bookonce.counter_answer AS (outcome bookonce.outcome, replayed boolean, value bigint);
COMMENT ON TYPE bookonce.counter_answer IS
    'outcome; replayed: true when the key was applied before; value: after the delta, or as it is when out_of_bounds';

-- Dispatch

CREATE TYPE bookonce.request_state AS ENUM ('open', 'filled', 'closed', 'cancelled');
COMMENT ON TYPE bookonce.request_state IS
    'open; filled while all positions are taken; closed since closes_at; cancelled for good';

CREATE TYPE bookonce.request_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    request_id uuid,
    during tstzrange,
    positions integer,
    filled integer,
    status bookonce.request_state,
    closes_at timestamptz);
COMMENT ON TYPE bookonce.request_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the request as it is now; filled: '
    'positions that are taken';

CREATE TYPE bookonce.reschedule_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    request_id uuid,
    during tstzrange,
    positions integer,
    filled integer,
    status bookonce.request_state,
    closes_at timestamptz,
    provider text,
    refusal bookonce.outcome,
    busy tstzmultirange);
COMMENT ON TYPE bookonce.reschedule_answer IS
    'request_answer, and when provider_busy: which provider, what its booking would be refused with, and when it is '
    'taken';

CREATE TYPE bookonce.offer_state AS ENUM ('pending', 'accepted', 'declined', 'withdrawn', 'released', 'expired');
COMMENT ON TYPE bookonce.offer_state IS
    'pending while it can be accepted; accepted while its booking is live, then released; expired: out of time, or '
    'its request takes nobody';

CREATE TYPE bookonce.offer_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    offer_id uuid,
    request_id uuid,
    provider text,
    wave integer,
    "position" integer,
    booking_id uuid,
    status bookonce.offer_state,
    expires_at timestamptz);
COMMENT ON TYPE bookonce.offer_answer IS
    'outcome; replayed: true when it was already so and nothing was written; the offer as it is now; the position it '
    'fills and the booking that fills it';

-- What is read

CREATE TYPE bookonce.booking_row AS (
    booking_id uuid,
    group_id uuid,
    member integer,
    resource text,
    unit integer,
    during tstzrange,
    starts_at timestamptz,
    ends_at timestamptz,
    blocks tstzrange,
    status bookonce.booking_status,
    holder text,
    lapses_at timestamptz,
    idempotency_key text,
    reason text,
    details jsonb,
    created_at timestamptz,
    released_at timestamptz,
    kind text);
COMMENT ON TYPE bookonce.booking_row IS
    'one unit of one resource for one time, as it is by the clock: a hold that lapsed is expired, swept or not; '
    'starts_at and ends_at are during''s; kind: see define_kind(), null: none; a member below 0 is a part of that '
    'member''s booking';

CREATE TYPE bookonce.kind_row AS (
    kind text,
    buffer_before interval,
    buffer_after interval,
    durations interval[],
    created_at timestamptz);
COMMENT ON TYPE bookonce.kind_row IS
    'a kind of booking: its buffers, and the lengths that it may have; what is null is as the resource has it';

CREATE TYPE bookonce.request_row AS (
    request_id uuid,
    during tstzrange,
    starts_at timestamptz,
    ends_at timestamptz,
    positions integer,
    filled integer,
    status bookonce.request_state,
    requester text,
    details jsonb,
    closes_at timestamptz,
    waves integer,
    idempotency_key text,
    reason text,
    created_at timestamptz,
    cancelled_at timestamptz);
COMMENT ON TYPE bookonce.request_row IS 'a request as it stands now; filled: positions that are taken';

CREATE TYPE bookonce.offer_row AS (
    offer_id uuid,
    request_id uuid,
    provider text,
    wave integer,
    status bookonce.offer_state,
    during tstzrange,
    starts_at timestamptz,
    ends_at timestamptz,
    requester text,
    details jsonb,
    "position" integer,
    booking_id uuid,
    expires_at timestamptz,
    created_at timestamptz,
    decided_at timestamptz);
COMMENT ON TYPE bookonce.offer_row IS
    'an offer as it stands now, with the request''s time and details; the position it fills and the booking that '
    'fills it';

CREATE TYPE bookonce.resource_row AS (
    resource text,
    capacity integer,
    buffer_before interval,
    buffer_after interval,
    time_zone text,
    min_notice interval,
    max_ahead interval,
    max_duration interval,
    max_per_day integer,
    max_per_week integer,
    max_per_month integer,
    max_per_year integer,
    opening_hours jsonb,
    created_at timestamptz,
    has_closures boolean,
    day_hours jsonb,
    calendar text,
    min_duration interval,
    start_every interval,
    starts jsonb,
    ends jsonb,
    attributes jsonb,
    check_in_within interval,
    overdue_blocks boolean);
COMMENT ON TYPE bookonce.resource_row IS
    'a resource and all of its rules; what is null restricts nothing. opening_hours: an array of {weekday, opens, '
    'closes, from}, weekday 1 is Monday, from which day on if not always; null: always open. has_closures: see '
    'list_closures(). day_hours: the hours of single days, {day, opens, closes, of_calendar}, its own before those of '
    'the calendar that it follows; opens null: closed. starts, ends: an array of {weekday, time}. '
    'attributes: an object, what it is like';

CREATE TYPE bookonce.closure_answer AS (
    closure_id uuid,
    replayed boolean,
    resource text,
    during tstzrange,
    units integer,
    busy tstzmultirange,
    booking_ids uuid[]);
COMMENT ON TYPE bookonce.closure_answer IS
    'a closure; replayed: true when its key had closed it already and nothing was written; units: null is all; what '
    'is in its way and stays: busy, the times at which more is booked than is left, and the bookings of those times';

CREATE TYPE bookonce.closure_row AS (
    closure_id uuid,
    resource text,
    during tstzrange,
    starts_at timestamptz,
    ends_at timestamptz,
    units integer,
    reason text,
    idempotency_key text,
    created_at timestamptz,
    booking_id uuid);
COMMENT ON TYPE bookonce.closure_row IS
    'a time at which a resource is out of service, or so many of its places: units, null is all; ends_at null: for '
    'good; booking_id: until what that booking has out is given back';

-- Waiting lists

CREATE TYPE bookonce.waiter_answer AS (
    outcome bookonce.outcome,
    replayed boolean,
    waiter_id uuid,
    place integer,
    resource text,
    during tstzrange,
    quantity integer,
    booking_id uuid,
    lapses_at timestamptz);
COMMENT ON TYPE bookonce.waiter_answer IS
    'outcome; replayed: true when it was already so and nothing was written; place: among those who wait for its '
    'time, from 1; booking_id: the hold that it was offered, until when it stands';

CREATE TYPE bookonce.waiter_row AS (
    waiter_id uuid,
    place integer,
    resource text,
    during tstzrange,
    starts_at timestamptz,
    ends_at timestamptz,
    holder text,
    quantity integer,
    offer_for interval,
    priority integer,
    expires_at timestamptz,
    idempotency_key text,
    joined_at timestamptz,
    booking_id uuid,
    lapses_at timestamptz);
COMMENT ON TYPE bookonce.waiter_row IS
    'who waits; place: among those who wait for its time, from 1; null: it was offered a place, booking_id, whose hold '
    'stands until lapses_at';

CREATE TYPE bookonce.claim_row AS (scope text, value text, claimant text, details jsonb, claimed_at timestamptz);
COMMENT ON TYPE bookonce.claim_row IS 'a value that is owned, and by whom';

-- History and events

CREATE TYPE bookonce.event_kind AS ENUM (
    'booked', 'held', 'confirmed', 'extended', 'cancelled', 'expired', 'rescheduled', 'swapped', 'moved', 'changed',
    'deleted', 'checked_in', 'no_show', 'joined', 'offered', 'left');
COMMENT ON TYPE bookonce.event_kind IS
    'what happened to a booking; moved: to another unit, to make room; changed: its holder or details; deleted: its '
    'row is gone; joined, left: who waits in line; offered: a hold was made for one who waits';

CREATE TYPE bookonce.event_place AS (era integer, next_xid xid8, number bigint);
COMMENT ON TYPE bookonce.event_place IS
    'where an event stands in the order of events: no event comes before its cause';

CREATE TYPE bookonce.event_row AS (
    place bookonce.event_place,
    kind bookonce.event_kind,
    booking_id uuid,
    group_id uuid,
    at timestamptz,
    before_resource text,
    before_unit integer,
    before_during tstzrange,
    before_status bookonce.booking_status,
    before_holder text,
    before_lapses_at timestamptz,
    before_details jsonb,
    after_resource text,
    after_unit integer,
    after_during tstzrange,
    after_status bookonce.booking_status,
    after_holder text,
    after_lapses_at timestamptz,
    after_details jsonb,
    reason text,
    session_role text,
    actor text,
    waiter_id uuid);
COMMENT ON TYPE bookonce.event_row IS
    'one effect on a booking: before and after it (null: there was no row), why, and by whom: the role of the session, '
    'and what it had set as bookonce.actor; waiter_id: who joined a line, left it or was offered the booking';
