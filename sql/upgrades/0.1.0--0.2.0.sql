-- 0.1.0--0.2.0.sql
--   The extension's members from 0.1.0 to 0.2.0. The tables are no members: setup() brings them, when it is run again.
--
-- `scripts/upgrade_script` puts the text of a function after each line that says to add or to replace it. What was
-- granted on older functions is left alone; where one is dropped for another with more parameters, setup() gives its
-- grants again. SPDX-License-Identifier: PostgreSQL

\echo Use "ALTER EXTENSION bookonce UPDATE TO '0.2.0'" to load this file. \quit

DO $note$
DECLARE
    tables_owner pg_catalog.regrole;
BEGIN
    SELECT c.relowner INTO tables_owner FROM pg_catalog.pg_class AS c
    WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass('bookonce.booking');
    IF FOUND THEN
        CREATE TABLE bookonce.granted_before AS
            SELECT p.proname AS name, a.grantee
            FROM pg_catalog.pg_proc AS p
            JOIN pg_catalog.pg_depend AS d
                ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
            JOIN pg_catalog.pg_extension AS e
                ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
                AND d.refobjid OPERATOR(pg_catalog.=) e.oid
            CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS a
            WHERE e.extname OPERATOR(pg_catalog.=) 'bookonce'
              AND a.grantee OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
              AND a.grantee OPERATOR(pg_catalog.<>) p.proowner
              AND a.grantee OPERATOR(pg_catalog.<>) e.extowner;
        ALTER EXTENSION bookonce DROP TABLE bookonce.granted_before;
        EXECUTE pg_catalog.format('ALTER TABLE bookonce.granted_before OWNER TO %s', tables_owner);
    END IF;
END
$note$;

-- add function has_tenant
-- add function sees_tenant_support
-- add function sees_tenant
GRANT EXECUTE ON FUNCTION bookonce.has_tenant(), bookonce.sees_tenant(text) TO PUBLIC;
-- add function heed_role_grant
-- add function make_views_walls
-- add function wall_views
-- add function usage_levels
-- add function usage_functions
-- add function require_no_more
-- add function ways_out
GRANT EXECUTE ON FUNCTION bookonce.usage_functions(name), bookonce.ways_out(name) TO PUBLIC;
-- add function revoke_usage
-- add function grant_again
DROP FUNCTION bookonce.grant_usage(name);
-- add function grant_usage

-- add function keep_needed_resource
-- add function keep_needed_request
-- replace function setup
-- replace function check_integrity
-- add function delete_old

-- They have a parameter more.
DROP FUNCTION bookonce.confirm_group(uuid, text);
-- add function confirm_group
DROP FUNCTION bookonce.cancel_group(uuid, text, text);
-- add function cancel_group
-- The same.
DROP FUNCTION bookonce.confirm_booking(uuid, text);
-- add function confirm_booking
DROP FUNCTION bookonce.extend_hold(uuid, interval, text);
-- add function extend_hold
DROP FUNCTION bookonce.cancel_booking(uuid, text, text);
-- add function cancel_booking
DROP FUNCTION bookonce.reschedule_booking(uuid, tstzrange, text, text);
-- add function reschedule_booking
DROP FUNCTION bookonce.define_resource(text, integer, interval, interval, text, interval, interval, interval, text);
-- add function define_resource
DROP FUNCTION bookonce.set_opening_hours(text, integer, time[], time[], text);
-- add function set_opening_hours
DROP FUNCTION bookonce.clear_opening_hours(text, text);
-- add function clear_opening_hours
DROP FUNCTION bookonce.set_booking_limit(text, text, integer, text);
-- add function set_booking_limit
-- add function set_day_hours
-- add function set_hours_from
-- add function set_starts
-- add function set_ends
-- add function define_calendar
-- add function set_calendar_day
-- add function follow_calendar
-- add function delete_calendar
DROP FUNCTION bookonce.book_slot(text, tstzrange, text, integer, interval, boolean, jsonb, text, timestamptz, text);
-- add function waivable_rules
-- add function book_slot
DROP FUNCTION bookonce.book_slots(bookonce.slot_request[], text, interval, boolean, jsonb, text, timestamptz, text);
-- add function book_slots
DROP FUNCTION bookonce.book_any_slot(text[], tstzrange, text, text, integer, interval, jsonb, text, timestamptz, text);
-- add function book_any_slot
DROP FUNCTION bookonce.swap_bookings(uuid, uuid, text);
-- add function swap_bookings
DROP FUNCTION bookonce.claim(text, text, text, jsonb, text);
-- add function claim
DROP FUNCTION bookonce.release_claim(text, text, text, text);
-- add function release_claim
DROP FUNCTION bookonce.define_counter(text, bigint, bigint, bigint, text);
-- add function define_counter
DROP FUNCTION bookonce.adjust_counter(text, bigint, text, text);
-- add function adjust_counter
DROP FUNCTION bookonce.open_request(tstzrange, integer, text, jsonb, timestamptz, text, text);
-- add function open_request
DROP FUNCTION bookonce.cancel_request(uuid, text, text);
-- add function cancel_request
DROP FUNCTION bookonce.make_offers(uuid, text[], interval, text);
-- add function make_offers
-- add function make_offers_by_need
-- add function top_up_offers
DROP FUNCTION bookonce.accept_offer(uuid, text, text);
-- add function accept_offer
DROP FUNCTION bookonce.decline_offer(uuid, text, text);
-- add function decline_offer
DROP FUNCTION bookonce.withdraw_offer(uuid, text);
-- add function withdraw_offer
DROP FUNCTION bookonce.release_position(uuid, text, text, text);
-- add function release_position
DROP FUNCTION bookonce.reassign_position(uuid, text, text, text);
-- add function reassign_position
-- add type reschedule_answer
-- add function reschedule_request
-- add function reschedule_group

ALTER TYPE bookonce.booking_answer RENAME ATTRIBUTE hold_expires_at TO lapses_at;
COMMENT ON TYPE bookonce.booking_status IS
    'held until lapses_at; confirmed, until lapses_at if it must be checked in; or released: cancelled, or expired '
    'when it lapsed';
ALTER TYPE bookonce.outcome ADD VALUE 'changed';
ALTER TYPE bookonce.outcome ADD VALUE 'contended';
ALTER TYPE bookonce.outcome ADD VALUE 'holder_limit';
ALTER TYPE bookonce.outcome ADD VALUE 'holder_busy';
ALTER TYPE bookonce.outcome ADD VALUE 'too_short';
ALTER TYPE bookonce.outcome ADD VALUE 'off_grid';
ALTER TYPE bookonce.outcome ADD VALUE 'waiting';
ALTER TYPE bookonce.outcome ADD VALUE 'free_now';
ALTER TYPE bookonce.outcome ADD VALUE 'left';
ALTER TYPE bookonce.outcome ADD VALUE 'already_waiting';
ALTER TYPE bookonce.outcome ADD VALUE 'waited_for';
ALTER TYPE bookonce.outcome ADD VALUE 'checked_in';
ALTER TYPE bookonce.outcome ADD VALUE 'no_show';
-- add type holder_rule
-- add function set_holder_rule
-- add function list_holder_rules
-- add function change_booking
-- add function end_booking
COMMENT ON FUNCTION bookonce.is_sound(tstzrange, tstzrange, integer, integer, bookonce.booking_status, timestamptz,
    timestamptz) IS
    'true for a row of booking: during is bounded and within blocks, unit is 1 or more, member is not 0, released_at '
    'is there when it was cancelled or expired and only then, a hold has its end; else 23514';
COMMENT ON FUNCTION bookonce.expire_holds(integer) IS
    'mark up to at_most lapsed holds, and bookings that nobody checked in, as expired and return how many; tidies, '
    'nothing depends on it';
-- add function check_in
-- add function no_show

-- Tables that the application has already.
-- add function resource_key
-- add function slot_time
-- add function counts
-- add function adopted_rule
-- add function find_double_bookings
-- add function guard_row
-- add function row_entered
GRANT EXECUTE ON FUNCTION bookonce.guard_row(), bookonce.row_entered(oid) TO PUBLIC;
-- add view guarded_tables
GRANT SELECT ON bookonce.guarded_tables TO PUBLIC;
-- add function lock_to_alter
-- add function require_own_table
-- add function make_guard_triggers
-- add function make_guard
-- add function guard_table
-- add function unguard_table
-- add function guarded_overlaps

-- add function booked_time
-- add function followed_booking_id
-- add function followed_table_number
-- add function follow_rows
-- add function follow_table
-- add function unfollow_table

-- Reading.
-- add type booking_row
-- add type request_row
-- add type offer_row
-- add type resource_row
-- add type claim_row
-- add type closure_answer
-- add type closure_row
-- add function get_booking
-- add function get_booking_by_key
-- add function get_group
-- add function list_bookings
-- add function list_holder_bookings
-- add function list_requests
-- add function list_provider_offers
-- add function list_resources
-- add function describe_resource
-- add function list_claims
-- add function counter_value
-- add function places_left

-- History and events.
CREATE TYPE bookonce.event_kind AS ENUM (
    'booked', 'held', 'confirmed', 'extended', 'cancelled', 'expired', 'rescheduled', 'swapped', 'moved', 'changed',
    'deleted', 'checked_in', 'no_show', 'joined', 'offered', 'left');
COMMENT ON TYPE bookonce.event_kind IS
    'what happened to a booking; moved: to another unit, to make room; changed: its holder or details; deleted: its '
    'row is gone; joined, left: who waits in line; offered: a hold was made for one who waits';
-- add type event_place
-- add type event_row
-- add function explain_slot
-- add function keep_history_row
-- add function keep_history
-- add function booking_history
-- add function read_events
-- add function ack_events
-- add function forget_consumer

-- Kinds of booking.
-- add type kind_row
-- add function define_kind
-- add function delete_kind
-- add function list_kinds
DROP FUNCTION bookonce.free_slots(text, tstzrange, interval, interval, integer, text);
-- add function free_slots

-- Closures.
-- add function close_resource
-- add function reopen_resource
-- add function list_closures

-- Waiting lists.
-- add type waiter_answer
-- add type waiter_row
-- add function times_to_jsonb
-- add function to_jsonb
-- add function slots_from_json
-- add function join_waitlist
-- add function leave_waitlist
-- add function waitlist
-- add function set_waitlist
-- add function set_parts
-- add function list_parts
-- add function promote_waiters

-- What is needed.
-- add function find_slots
-- add function suggest_slots
-- add function book_needs

-- add function alter_resource
-- add function rename_resource
-- add function retire_resource
-- add function delete_resource

-- Statistics.
-- add function count_answers
-- add function counted_since
GRANT EXECUTE ON FUNCTION bookonce.count_answers(), bookonce.counted_since() TO PUBLIC;
-- add function reset_statistics

-- A proxy of many shards.
-- add function is_proxy
CREATE DOMAIN bookonce.times AS pg_catalog.tstzmultirange;
COMMENT ON DOMAIN bookonce.times IS 'part of proxy_sql(): a tstzmultirange, under a name by which PL/Proxy takes it';
-- add function proxy_sql

-- Tenants on the nodes of a citus cluster.
-- add function is_home
GRANT EXECUTE ON FUNCTION bookonce.is_home(text, integer) TO PUBLIC;
-- add function do_on_workers
-- add function grant_on_workers
-- add function tenant_support
-- add function distribute
