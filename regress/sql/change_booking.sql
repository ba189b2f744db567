-- change_booking: another holder, or other details. A holder's own calls find no booking of another.
SET datestyle = ISO;
SET timezone = UTC;
PREPARE lapse(uuid) AS UPDATE bookonce.booking SET hold_expires_at = '2020-01-01' WHERE booking_id = $1;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('loft', capacity => 2, tenant => 'change');
SELECT booking_id AS ann FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'ann', details => '{"a": 1}', idempotency_key => 'loft:1', tenant => 'change') \gset
CREATE TEMP VIEW the_booking AS SELECT holder, details, resource, during, status FROM bookonce.live_booking WHERE booking_id = :'ann';

-- What is null stays; the rest of the booking does, too.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, group_id, resource, units, during, status, hold_expires_at, busy
FROM bookonce.change_booking(:'ann', 'ben', tenant => 'change');
TABLE the_booking;
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', details => '{"b": [2]}', tenant => 'change');
TABLE the_booking;
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', 'cleo', 'null', tenant => 'change');
TABLE the_booking;
-- So already: a replay, which writes nothing.
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written FROM bookonce.change_booking(:'ann', 'cleo', tenant => 'change');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written FROM bookonce.change_booking(:'ann', NULL, 'null', tenant => 'change');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written FROM bookonce.change_booking(:'ann', 'cleo', 'null', tenant => 'change');
COMMIT;
-- Half of it is so.
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', 'cleo', '{}', tenant => 'change');
TABLE the_booking;
-- The key belongs to the call that made the booking, in that call's words.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'ann', details => '{"a": 1}', idempotency_key => 'loft:1', tenant => 'change');
SELECT outcome FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'cleo', details => '{}', idempotency_key => 'loft:1', tenant => 'change');
-- Details where there were none.
SELECT booking_id AS bare FROM bookonce.book_slot('loft', '[2030-10-02 09:00, 2030-10-02 10:00)', 'dan', tenant => 'change') \gset
SELECT outcome, replayed FROM unnest(ARRAY[1, 2]) AS n, LATERAL bookonce.change_booking(:'bare', details => CASE WHEN n > 0 THEN '[1]' END::jsonb, tenant => 'change');
SELECT holder, details FROM bookonce.live_booking WHERE booking_id = :'bare';

-- A unit of a party is a booking of its own.
SELECT group_id AS party FROM bookonce.book_slot('loft', '[2030-10-03 09:00, 2030-10-03 10:00)', 'party', quantity => 2, tenant => 'change') \gset
SELECT outcome, units FROM bookonce.live_booking AS l, bookonce.change_booking(l.booking_id, 'guest', tenant => 'change') WHERE l.group_id = :'party' AND l.unit = 2;
SELECT unit, holder FROM bookonce.live_booking WHERE group_id = :'party' ORDER BY unit;

-- A hold is live until its end. What is over is not changed, and says why.
SELECT booking_id AS hold FROM bookonce.book_slot('loft', '[2030-10-04 09:00, 2030-10-04 10:00)', 'eve', hold_for => '1 hour', tenant => 'change') \gset
SELECT outcome, status, hold_expires_at IS NOT NULL AS has_end FROM bookonce.change_booking(:'hold', 'fay', tenant => 'change');
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'hold');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, replayed, status FROM bookonce.change_booking(:'hold', 'gus', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'hold', 'fay', tenant => 'change');
SELECT outcome FROM bookonce.cancel_booking(:'bare', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'bare', 'gus', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'bare', 'dan', tenant => 'change');
RESET SESSION AUTHORIZATION;
SELECT holder, details FROM bookonce.booking WHERE booking_id IN (:'hold', :'bare') ORDER BY holder;

-- A trigger of the owner's that keeps the row as it is.
CREATE FUNCTION keep_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep_it BEFORE UPDATE OF holder ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION keep_it();
SELECT bookonce.change_booking(:'ann', 'nobody', tenant => 'change');
DROP TRIGGER keep_it ON bookonce.booking;
DROP FUNCTION keep_it();
SET SESSION AUTHORIZATION regress_app;

-- Bad input.
SELECT bookonce.change_booking(NULL, 'ann');
\set VERBOSITY default
SELECT bookonce.change_booking(:'ann', tenant => 'change');
\set VERBOSITY terse
SELECT bookonce.change_booking(:'ann', '', tenant => 'change');
SELECT bookonce.change_booking(:'ann', repeat('x', 256), tenant => 'change');
SELECT bookonce.change_booking(:'ann', 'ann', tenant => NULL);
\set VERBOSITY sqlstate
SELECT bookonce.change_booking(:'ann', 'ann');
\set VERBOSITY terse
SELECT bookonce.change_booking('00000000-0000-0000-0000-000000000000', 'ann', tenant => 'change');
BEGIN READ ONLY;
SELECT bookonce.change_booking(:'ann', 'ann', tenant => 'change');
ROLLBACK;
TABLE the_booking;
