-- kinds.sql
--   Kinds of booking: buffers and lengths of their own.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.define_kind(
    kind text,
    buffer_before interval DEFAULT NULL,
    buffer_after interval DEFAULT NULL,
    durations interval[] DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_kind';
COMMENT ON FUNCTION bookonce.define_kind(text, interval, interval, interval[], interval, text) IS
    'make a kind of booking, or change it for bookings to come: its buffers, and the only lengths that it may have, in '
    'place of the resource''s own buffers, min_duration and max_duration; null: as the resource has it';

CREATE FUNCTION bookonce.delete_kind(kind text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_delete_kind';
COMMENT ON FUNCTION bookonce.delete_kind(text, interval, text) IS
    'delete a kind of booking; an error while a booking of it stands that is not over';

CREATE FUNCTION bookonce.list_kinds(at_most integer DEFAULT 1000, after_kind text DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS SETOF bookonce.kind_row LANGUAGE C STABLE ROWS 10 AS 'MODULE_PATHNAME', 'bookonce_list_kinds';
COMMENT ON FUNCTION bookonce.list_kinds(integer, text, text) IS
    'the kinds of booking, by name, byte by byte, from behind after_kind';
