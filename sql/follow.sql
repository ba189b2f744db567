-- follow.sql
--   A table that the application has already: its rows become bookings, in the statement that writes them.
-- SPDX-License-Identifier: PostgreSQL

-- The views of followed tables are made of these functions: their answers must stay.
CREATE FUNCTION bookonce.booked_time(during tstzrange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_booked_time';
COMMENT ON FUNCTION bookonce.booked_time(tstzrange) IS
    'the same times as [start, end), to the microsecond; null when there are none';
CREATE FUNCTION bookonce.followed_booking_id(followed_id integer, VARIADIC key "any") RETURNS uuid
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_followed_booking_id';
COMMENT ON FUNCTION bookonce.followed_booking_id(integer, "any") IS
    'the id of the booking that mirrors a row, by the number of its table and its primary key: an integer as it is, '
    'all else as a hash of 90 bits';
CREATE FUNCTION bookonce.followed_table_number(booking_id uuid) RETURNS integer
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_followed_table_number';
COMMENT ON FUNCTION bookonce.followed_table_number(uuid) IS
    'the number of the followed table whose row a booking mirrors, as its id says; null for any other booking';

CREATE FUNCTION bookonce.follow_rows() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_follow_rows';
COMMENT ON FUNCTION bookonce.follow_rows() IS
    'trigger of a followed table: what a statement wrote there is booked, or the statement fails';

CREATE FUNCTION bookonce.follow_table(
    relation regclass,
    resource text,
    starts text DEFAULT NULL,
    ends text DEFAULT NULL,
    during text DEFAULT NULL,
    live_when text DEFAULT NULL,
    holder text DEFAULT NULL,
    quantity text DEFAULT NULL,
    rules boolean DEFAULT true,
    keep_overlaps boolean DEFAULT false,
    define_resources boolean DEFAULT true,
    tenant text DEFAULT 'default',
    OUT booked bigint,
    OUT overlapping bigint,
    OUT not_live bigint,
    OUT without_time bigint)
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_follow_table';
COMMENT ON FUNCTION bookonce.follow_table(regclass, text, text, text, text, text, text, text, boolean, boolean, boolean,
    text) IS
    'make the rows of a table of your own bookings, now and whenever they are written; again: mend what was disabled '
    'or dropped';

CREATE FUNCTION bookonce.unfollow_table(relation regclass, keep_bookings boolean DEFAULT false) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_unfollow_table';
COMMENT ON FUNCTION bookonce.unfollow_table(regclass, boolean) IS
    'let a table be one of its own again; its bookings go, or stay as if verbs had made them';
