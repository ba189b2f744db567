-- firm: of several bookings of a time that block nobody, one is made firm: it is under the guard, and the others are
-- taken.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('desk', tenant => 'firm'), bookonce.define_resource('hall', capacity => 2,
    buffer_after => '10 minutes', tenant => 'firm'),
       bookonce.define_resource('rare', tenant => 'firm');
SELECT bookonce.set_booking_limit('rare', 'day', 1, tenant => 'firm');
CREATE FUNCTION pg_temp.wish(resource text, holder text, at text, hold_for interval) RETURNS uuid LANGUAGE sql AS
    'SELECT booking_id FROM bookonce.book_slot(resource, tstzrange(''2030-11-01''::date + at::time, ''2030-11-01''::date + at::time + interval ''1 hour''),
         holder, hold_for => hold_for, allow_overlap => true, idempotency_key => holder, tenant => ''firm'')';
SELECT pg_temp.wish('desk', 'ann', '09:00', '1 hour') AS ann, pg_temp.wish('desk', 'ben', '09:30', '1 hour') AS ben,
    pg_temp.wish('desk', 'cleo', '10:00', NULL) AS cleo,
       pg_temp.wish('desk', 'dan', '09:00', '1 hour') AS dan \gset

-- Both are there, and block nobody. One is made firm.
SELECT holder, unit, status FROM bookonce.live_booking WHERE tenant = 'firm' ORDER BY holder;
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, units, during, status, lapses_at, busy
    FROM bookonce.confirm_booking(:'ann', exclusive => true, tenant => 'firm');
-- So already.
BEGIN;
SELECT outcome, replayed, units, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.confirm_booking(:'ann', exclusive => true, tenant => 'firm');
SELECT outcome, replayed, units FROM bookonce.confirm_booking(:'ann', tenant => 'firm');
-- The others are refused, and stay.
SELECT outcome, replayed, status, units, lapses_at IS NOT NULL AS has_end, busy,
    pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.confirm_booking(:'ben', exclusive => true, tenant => 'firm');
COMMIT;
SELECT outcome, busy FROM bookonce.confirm_booking(:'dan', exclusive => true, tenant => 'firm');
SELECT outcome, busy FROM bookonce.book_slot('desk', '[2030-11-01 09:45+00, 2030-11-01 10:30+00)', 'eve',
    tenant => 'firm');
-- Confirmed before, it can be made firm yet; its hour begins where the first ends.
SELECT outcome, replayed, units, status FROM bookonce.confirm_booking(:'cleo', exclusive => true, tenant => 'firm');
-- Not exclusive: confirmed as ever, and no obstacle.
SELECT outcome, units FROM bookonce.confirm_booking(:'dan', tenant => 'firm');
SELECT outcome, status FROM bookonce.confirm_booking(:'dan', exclusive => true, tenant => 'firm');
-- Once the first is given back there is room for one.
SELECT outcome FROM bookonce.cancel_booking(:'ann', tenant => 'firm');
SELECT outcome, replayed, units FROM bookonce.confirm_booking(:'dan', exclusive => true, tenant => 'firm');
SELECT outcome, replayed, units FROM bookonce.book_slot('desk', '[2030-11-01 09:00+00, 2030-11-01 10:00+00)', 'dan',
    hold_for => '1 hour', allow_overlap => true, idempotency_key => 'dan', tenant => 'firm');
-- What is over, and another holder's.
SELECT outcome, status FROM bookonce.confirm_booking(:'ann', exclusive => true, tenant => 'firm');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = :'ben';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, status FROM bookonce.confirm_booking(:'ben', exclusive => true, tenant => 'firm');
\set VERBOSITY sqlstate
SELECT bookonce.confirm_booking(:'cleo', exclusive => true, holder => 'ann', tenant => 'firm');
SELECT bookonce.confirm_booking(:'cleo', exclusive => NULL, tenant => 'firm');
\set VERBOSITY terse

-- Units, with buffers; bookings on other units make way. A hold with a unit is confirmed as ever.
SELECT pg_temp.wish('hall', 'fay', '09:00', '1 hour') AS fay, pg_temp.wish('hall', 'gus', '10:00', '1 hour') AS gus,
    pg_temp.wish('hall', 'hal', '09:30', '1 hour') AS hal \gset
SELECT outcome, units FROM bookonce.confirm_booking(:'fay', exclusive => true, tenant => 'firm');
SELECT outcome, units FROM bookonce.confirm_booking(:'gus', exclusive => true, tenant => 'firm');
SELECT outcome, busy FROM bookonce.confirm_booking(:'hal', exclusive => true, tenant => 'firm');
SELECT booking_id AS ida FROM bookonce.book_slot('hall', '[2030-11-02 09:00+00, 2030-11-02 10:00+00)', 'ida',
    hold_for => '1 hour', tenant => 'firm') \gset
SELECT outcome, replayed, units FROM bookonce.confirm_booking(:'ida', exclusive => true, tenant => 'firm');
-- A limit counts units, so it is judged now.
SELECT pg_temp.wish('rare', 'joe', '09:00', '1 hour') AS joe, pg_temp.wish('rare', 'kim', '12:00', '1 hour')
    AS kim \gset
SELECT outcome, units FROM bookonce.confirm_booking(:'joe', exclusive => true, tenant => 'firm');
SELECT outcome, status, units FROM bookonce.confirm_booking(:'kim', exclusive => true, tenant => 'firm');
-- Rules that came later do not hide it: one of a length, then one of hours, are not judged again, the limit is. Without
-- it she has it.
SELECT bookonce.define_resource('rare', 5, max_duration => '30 minutes', tenant => 'firm');
SELECT outcome, status, units FROM bookonce.confirm_booking(:'kim', exclusive => true, tenant => 'firm');
SELECT bookonce.set_opening_hours('rare', 1, ARRAY['20:00']::time[], ARRAY['21:00']::time[], tenant => 'firm');
SELECT outcome, status, units FROM bookonce.confirm_booking(:'kim', exclusive => true, tenant => 'firm');
SELECT bookonce.set_booking_limit('rare', 'day', NULL, tenant => 'firm');
SELECT outcome, status, units FROM bookonce.confirm_booking(:'kim', exclusive => true, tenant => 'firm');
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'firm';
