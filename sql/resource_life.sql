-- resource_life.sql
--   A resource is changed, renamed, retired and deleted.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.alter_resource(
    resource text,
    capacity integer DEFAULT NULL,
    buffer_before interval DEFAULT NULL,
    buffer_after interval DEFAULT NULL,
    time_zone text DEFAULT NULL,
    min_notice interval DEFAULT NULL,
    max_ahead interval DEFAULT NULL,
    max_duration interval DEFAULT NULL,
    min_duration interval DEFAULT NULL,
    start_every interval DEFAULT NULL,
    check_in_within interval DEFAULT NULL,
    overdue_blocks boolean DEFAULT NULL,
    lift text[] DEFAULT NULL,
    attributes jsonb DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_alter_resource';
COMMENT ON FUNCTION bookonce.alter_resource(text, integer, interval, interval, text, interval, interval, interval,
    interval, interval, interval, boolean, text[], jsonb, interval, text) IS
    'change those rules of a resource that are named, for bookings to come; lift: the rules among min_notice, '
    'max_ahead, max_duration, min_duration, start_every and check_in_within that no longer hold; attributes: all of '
    'them, in place of those before';

CREATE FUNCTION bookonce.rename_resource(
    resource text, new_name text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_rename_resource';
COMMENT ON FUNCTION bookonce.rename_resource(text, text, interval, text) IS
    'give a resource another name, which no other has; all that is booked there goes along';

CREATE FUNCTION bookonce.retire_resource(
    resource text,
    since timestamptz DEFAULT NULL,
    reason text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.closure_answer LANGUAGE C ROWS 1 AS 'MODULE_PATHNAME', 'bookonce_retire_resource';
COMMENT ON FUNCTION bookonce.retire_resource(text, timestamptz, text, interval, text) IS
    'take a resource out of service for good, from now or a later time on: what is booked there stays and is named, '
    'nothing new gets in. reopen_resource() takes it back';

CREATE FUNCTION bookonce.delete_resource(
    resource text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS boolean LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_delete_resource';
COMMENT ON FUNCTION bookonce.delete_resource(text, interval, text) IS
    'delete a resource that no booking and no offer needs, with its hours and closures; false: there is none of that '
    'name';

CREATE FUNCTION bookonce.set_parts(
    resource text,
    parts text[],
    quantities integer[] DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_parts';
COMMENT ON FUNCTION bookonce.set_parts(text, text[], integer[], interval, text) IS
    'what is booked along with a resource, and how many units of each, 1 unless quantities says otherwise; an empty '
    'list: nothing';

CREATE FUNCTION bookonce.list_parts(resource text, tenant text DEFAULT 'default')
RETURNS TABLE (part text, quantity integer, depth integer)
LANGUAGE C STABLE ROWS 10 AS 'MODULE_PATHNAME', 'bookonce_list_parts';
COMMENT ON FUNCTION bookonce.list_parts(text, text) IS
    'what is booked along with a resource, with the parts of its parts: each once, how many units of it in all, and '
    'how deep it lies';
