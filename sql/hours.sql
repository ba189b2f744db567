-- hours.sql
--   Hours of single days, hours from a day on, and calendars that many resources follow.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.set_day_hours(
    resource text, day date, opens time[], closes time[],
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_day_hours';
COMMENT ON FUNCTION bookonce.set_day_hours(text, date, time[], time[], interval, text) IS
    'when a resource is open on one day, whatever the weekday''s hours and its calendar say; empty arrays: closed; '
    'null: as if it had not been said';

CREATE FUNCTION bookonce.set_hours_from(
    resource text, day date, weekday integer, opens time[], closes time[],
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_hours_from';
COMMENT ON FUNCTION bookonce.set_hours_from(text, date, integer, time[], time[], interval, text) IS
    'from a day on, when a resource is open on a weekday; before it, the older hours hold; null: as if it had not been '
    'said';

CREATE FUNCTION bookonce.set_starts(
    resource text, times time[], weekdays integer[] DEFAULT '{1,2,3,4,5,6,7}',
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_starts';
COMMENT ON FUNCTION bookonce.set_starts(text, time[], integer[], interval, text) IS
    'the only times at which bookings of a resource begin on these weekdays (1 is Monday); as soon as one weekday has '
    'such times, none begins at others; no times on any weekday: at any time';

CREATE FUNCTION bookonce.set_ends(
    resource text, times time[], weekdays integer[] DEFAULT '{1,2,3,4,5,6,7}',
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_ends';
COMMENT ON FUNCTION bookonce.set_ends(text, time[], integer[], interval, text) IS
    'the only times at which bookings of a resource end, as set_starts() says of their begin; whole days in '
    'min_duration, max_duration and the duration of free_slots() are then nights';

CREATE FUNCTION bookonce.define_calendar(
    calendar text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_calendar';
COMMENT ON FUNCTION bookonce.define_calendar(text, interval, text) IS
    'make a calendar: hours of single days for all resources that follow it';

CREATE FUNCTION bookonce.set_calendar_day(
    calendar text, day date, opens time[], closes time[],
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_calendar_day';
COMMENT ON FUNCTION bookonce.set_calendar_day(text, date, time[], time[], interval, text) IS
    'set_day_hours() for all resources that follow a calendar and have no hours of their own for that day';

CREATE FUNCTION bookonce.follow_calendar(
    resource text, calendar text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_follow_calendar';
COMMENT ON FUNCTION bookonce.follow_calendar(text, text, interval, text) IS
    'which calendar a resource follows; null: none';

CREATE FUNCTION bookonce.delete_calendar(
    calendar text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_delete_calendar';
COMMENT ON FUNCTION bookonce.delete_calendar(text, interval, text) IS
    'delete a calendar that no resource follows';
