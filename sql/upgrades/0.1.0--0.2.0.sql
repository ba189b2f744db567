-- 0.1.0--0.2.0.sql
--   The extension's members from 0.1.0 to 0.2.0. The tables are no members: setup() brings them, when it is run again.
--
-- `scripts/upgrade_script` puts the text of a function after each line that says to add or to replace it. What was
-- granted on older functions is left alone. SPDX-License-Identifier: PostgreSQL

\echo Use "ALTER EXTENSION bookonce UPDATE TO '0.2.0'" to load this file. \quit

-- add function keep_needed_resource
-- add function keep_needed_request
-- replace function setup
-- replace function check_integrity
-- replace function grant_usage
-- replace function book_any_slot
-- add function delete_old

-- They have a parameter more. grant_usage() has to be run again for the roles that had them.
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
-- add type reschedule_answer
-- add function reschedule_request
-- add function reschedule_group

ALTER TYPE bookonce.outcome ADD VALUE 'changed';
-- add function change_booking

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
-- add function to_jsonb
-- add function slots_from_json
