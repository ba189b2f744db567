-- overdue: what was checked in and is not given back blocks its place, once its time is over.
SET datestyle = ISO;
SET timezone = UTC;
-- From so many hours before this transaction to so many after it.
CREATE FUNCTION pg_temp.hours(before integer, after integer) RETURNS tstzrange LANGUAGE sql STABLE AS
    'SELECT tstzrange(now() - make_interval(hours => before), now() + make_interval(hours => after))';
-- So many hours pass, for a booking and what it has out.
CREATE PROCEDURE pg_temp.pass(id uuid, hours interval) LANGUAGE sql AS $$
    UPDATE bookonce.booking SET during = tstzrange(lower(during) - hours, upper(during) - hours),
        blocks = tstzrange(lower(blocks) - hours, upper(blocks) - hours) WHERE booking_id = id;
    UPDATE bookonce.closure SET during = tstzrange(lower(during) - hours, NULL) WHERE booking_id = id $$;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('car', overdue_blocks => true, tenant => 'out'),
    bookonce.define_resource('bikes', 2, check_in_within => '2 hours', overdue_blocks => true, tenant => 'out');
SELECT resource, check_in_within, overdue_blocks, has_closures FROM bookonce.list_resources(tenant => 'out');

-- Out, and not overdue: others may book what comes later.
SELECT booking_id AS trip FROM bookonce.book_slot('car', pg_temp.hours(3, 1), 'ann', tenant => 'out') \gset
SELECT outcome, replayed FROM bookonce.check_in(:'trip', tenant => 'out');
SELECT outcome, replayed FROM bookonce.check_in(:'trip', tenant => 'out');
SELECT outcome, booking_id AS next FROM bookonce.book_slot('car', pg_temp.hours(-20, 21), 'ben', tenant => 'out') \gset
SELECT :'outcome' AS outcome;
SELECT count(*) FROM bookonce.list_closures(pg_temp.hours(3, 24), tenant => 'out');

-- Its time is over, and it is not back: all that comes is closed. What is booked stands.
RESET SESSION AUTHORIZATION;
CALL pg_temp.pass(:'trip', '2 hours');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
SELECT outcome, rule FROM bookonce.explain_slot('car', pg_temp.hours(-1, 2), tenant => 'out');
SELECT count(*) FROM bookonce.free_slots('car', pg_temp.hours(-1, 9), '1 hour', tenant => 'out');
SELECT bookonce.places_left('car', pg_temp.hours(-1, 2), tenant => 'out');
SELECT resource, units, ends_at, booking_id = :'trip' AS its FROM bookonce.list_closures(pg_temp.hours(3, 24),
    tenant => 'out');
SELECT outcome FROM bookonce.change_booking(:'next', details => '{}', tenant => 'out');
SELECT outcome FROM bookonce.check_in(:'next', tenant => 'out');
SELECT outcome, replayed FROM bookonce.no_show(:'trip', tenant => 'out');
SELECT outcome, replayed FROM bookonce.check_in(:'trip', tenant => 'out');
-- It may last longer, by the customer's call; then it is not overdue.
BEGIN;
SELECT outcome FROM bookonce.reschedule_booking(:'trip', pg_temp.hours(5, 1), tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
-- Nothing is out of what was cancelled, or goes elsewhere.
BEGIN;
SELECT outcome FROM bookonce.cancel_booking(:'trip', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
BEGIN;
SELECT outcome FROM bookonce.reschedule_booking(:'trip', pg_temp.hours(-3, 4), 'bikes', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
BEGIN;
SELECT bookonce.alter_resource('car', overdue_blocks => false, tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
-- Given back for good, so that it is not out when the rule returns; and what was closed by hand stays closed.
BEGIN;
SELECT count(*) FROM bookonce.close_resource('{car}', pg_temp.hours(-30, 31), tenant => 'out');
SELECT bookonce.alter_resource('car', overdue_blocks => false, tenant => 'out'),
    bookonce.alter_resource('car', overdue_blocks => true, tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-30, 31), 'cid', tenant => 'out');
ROLLBACK;
-- Elsewhere, or behind its former end, it is over without having been taken out.
BEGIN;
SELECT bookonce.define_resource('van', tenant => 'out');
SELECT outcome FROM bookonce.reschedule_booking(:'trip', pg_temp.hours(4, -2), 'van', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
BEGIN;
SELECT outcome FROM bookonce.reschedule_booking(:'trip', tstzrange(now() - interval '40 minutes',
    now() - interval '20 minutes'), tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
-- Moved to another start, it is to be checked in again: until then it is not out.
BEGIN;
SELECT booking_id AS early FROM bookonce.book_slot('bikes', pg_temp.hours(-3, 5), 'eve', tenant => 'out') \gset
SELECT outcome FROM bookonce.check_in(:'early', tenant => 'out');
SELECT outcome, lapses_at > now() AS awaited FROM bookonce.reschedule_booking(:'early',
    tstzrange(now() - interval '1 hour', now() - interval '30 minutes'), tenant => 'out');
SELECT outcome FROM bookonce.book_slot('bikes', pg_temp.hours(-6, 7), 'fay', 2, tenant => 'out');
ROLLBACK;
-- Nor does a row of another tenant with its id, written by hand, take it out.
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE bookonce.booking SET status = 'cancelled', released_at = now() WHERE booking_id = :'trip';
INSERT INTO bookonce.booking (tenant, booking_id, resource_id, during, blocks, holder)
SELECT 'elsewhere', booking_id, resource_id, during, blocks, holder FROM bookonce.booking WHERE booking_id = :'trip';
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');
ROLLBACK;
-- Nobody forgets it.
BEGIN;
SELECT bookonce.delete_old(clock_timestamp()) >= 0 AS done;
SELECT count(*) FROM bookonce.booking WHERE booking_id = :'trip';
SELECT count(*) FROM bookonce.closure WHERE booking_id = :'trip';
UPDATE bookonce.booking SET status = 'cancelled', released_at = now() - interval '1 minute' WHERE booking_id = :'trip';
SELECT bookonce.delete_old(clock_timestamp()) >= 0 AS done;
SELECT count(*) FROM bookonce.closure WHERE booking_id = :'trip';
ROLLBACK;
SET SESSION AUTHORIZATION regress_app;

-- It is back. Again: it was. It cannot be taken out once more.
SELECT outcome, replayed, upper(during) < now() - interval '30 minutes' AS as_it_was
FROM bookonce.end_booking(:'trip', tenant => 'out');
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.end_booking(:'trip', tenant => 'out');
COMMIT;
SELECT outcome, replayed FROM bookonce.check_in(:'trip', tenant => 'out');
SELECT count(*) FROM bookonce.list_closures(pg_temp.hours(3, 24), tenant => 'out');
SELECT outcome FROM bookonce.book_slot('car', pg_temp.hours(-1, 2), 'cid', tenant => 'out');

-- Of two places, one is out. Back early, it frees the rest of its time, too.
SELECT booking_id AS ride FROM bookonce.book_slot('bikes', pg_temp.hours(3, 1), 'dan', tenant => 'out') \gset
SELECT outcome, lapses_at FROM bookonce.check_in(:'ride', tenant => 'out');
RESET SESSION AUTHORIZATION;
CALL pg_temp.pass(:'ride', '2 hours');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.book_slot('bikes', pg_temp.hours(-1, 2), 'eve', 2, tenant => 'out');
SELECT outcome FROM bookonce.book_slot('bikes', pg_temp.hours(-1, 2), 'eve', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('bikes', pg_temp.hours(-1, 2), 'fay', tenant => 'out');
SELECT outcome FROM bookonce.end_booking(:'ride', tenant => 'out');
SELECT outcome FROM bookonce.book_slot('bikes', pg_temp.hours(-1, 2), 'fay', tenant => 'out');
SELECT booking_id AS ride FROM bookonce.book_slot('bikes', tstzrange(now() - interval '30 minutes',
    now() + interval '30 minutes'), 'gus', tenant => 'out') \gset
SELECT outcome FROM bookonce.check_in(:'ride', tenant => 'out');
SELECT outcome, replayed FROM bookonce.end_booking(:'ride', tenant => 'out');
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM bookonce.closure WHERE tenant = 'out';
SET SESSION AUTHORIZATION regress_app;
\set VERBOSITY sqlstate
SELECT bookonce.define_resource('car', overdue_blocks => NULL, tenant => 'out');
\set VERBOSITY default
RESET SESSION AUTHORIZATION;
SELECT * FROM bookonce.check_integrity();
