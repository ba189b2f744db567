-- end_booking: what has begun ends now, and the rest of its time is free.
SET datestyle = ISO;
SET timezone = UTC;
PREPARE lapse(uuid) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = $1;
-- From so many hours before this transaction to so many after it.
CREATE FUNCTION pg_temp.hours(before integer, after integer) RETURNS tstzrange LANGUAGE sql STABLE AS
    'SELECT tstzrange(now() - make_interval(hours => before), now() + make_interval(hours => after))';
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('court', tenant => 'end');
SELECT booking_id AS ann FROM bookonce.book_slot('court', pg_temp.hours(1, 2), 'ann', idempotency_key => 'court:1',
    tenant => 'end') \gset
CREATE TEMP TABLE before AS SELECT clock_timestamp() AS at;
SELECT outcome FROM bookonce.book_slot('court', pg_temp.hours(-1, 2), 'ben', tenant => 'end');

-- It ends now: its start, its unit and its status stay.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, resource, units, status, lapses_at,
    lower(during) < at AS began_before, upper(during) BETWEEN at AND clock_timestamp() AS ends_now,
    NOT upper_inc(during) AS half_open
FROM before, bookonce.end_booking(:'ann', tenant => 'end');
-- So already: a replay, which writes nothing.
BEGIN;
SELECT outcome, replayed, upper(during) <= now() AS ended_before,
    pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.end_booking(:'ann', tenant => 'end');
COMMIT;
-- The rest is free, and what was stays booked. The key is still that call's.
SELECT outcome FROM bookonce.book_slot('court', pg_temp.hours(-1, 2), 'ben', tenant => 'end');
SELECT outcome FROM bookonce.book_slot('court', (SELECT tstzrange(lower(during), lower(during) + interval '1 second')
    FROM bookonce.live_booking WHERE booking_id = :'ann'), 'ben', tenant => 'end');
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, upper(during) <= clock_timestamp() AS ended
FROM bookonce.book_slot('court', (SELECT tstzrange(lower(during), lower(during) + interval '3 hours')
    FROM bookonce.live_booking WHERE booking_id = :'ann'), 'ann', idempotency_key => 'court:1', tenant => 'end');

-- What has not begun is not live yet: it is cancelled instead. Nor is what is only held, or cancelled. A hold lapses.
SELECT booking_id AS ben FROM bookonce.live_booking WHERE tenant = 'end' AND holder = 'ben' \gset
SELECT outcome, replayed, status FROM bookonce.end_booking(:'ben', tenant => 'end');
SELECT booking_id AS held FROM bookonce.book_slot('court', pg_temp.hours(4, -3), 'cid', hold_for => '1 hour',
    tenant => 'end') \gset
SELECT outcome, replayed, status FROM bookonce.end_booking(:'held', tenant => 'end');
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'held');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, replayed, status FROM bookonce.end_booking(:'held', tenant => 'end');
SELECT outcome FROM bookonce.cancel_booking(:'ben', tenant => 'end');
SELECT outcome, replayed, status FROM bookonce.end_booking(:'ben', tenant => 'end');
-- Over before anybody ended it.
SELECT booking_id AS over FROM bookonce.book_slot('court', pg_temp.hours(9, -8), 'dan', tenant => 'end') \gset
SELECT outcome, replayed, status, upper(during) < now() - interval '7 hours' AS as_it_was
FROM bookonce.end_booking(:'over', tenant => 'end');

-- The buffer behind it stays as long as it was: cleaning begins at the end. No rule is asked: too short would be this.
SELECT bookonce.define_resource('van', 2, buffer_before => '10 minutes', buffer_after => '30 minutes',
    min_duration => '2 hours', min_notice => '0', tenant => 'end');
SELECT b.booking_id AS first FROM bookonce.book_slot('van', (SELECT tstzrange(now() + interval '1 second',
    now() + interval '3 hours')), 'eve', tenant => 'end') AS b \gset
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET during = tstzrange(lower(during) - interval '1 minute', upper(during)),
    blocks = tstzrange(lower(blocks) - interval '1 minute', upper(blocks)) WHERE booking_id = :'first';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, units FROM bookonce.book_slot('van', pg_temp.hours(-1, 4), 'fay', tenant => 'end');
SELECT outcome FROM bookonce.book_slot('van', pg_temp.hours(-1, 4), 'gus', tenant => 'end');
SELECT outcome, replayed, units FROM bookonce.end_booking(:'first', tenant => 'end');
SELECT unit, lower(during) - lower(blocks) AS before, upper(blocks) - upper(during) AS behind
    FROM bookonce.live_booking WHERE booking_id = :'first';
SELECT outcome, units FROM bookonce.book_slot('van', pg_temp.hours(-1, 4), 'gus', tenant => 'end');

-- One that stands outside the guard; one's own only, with a holder; and what there is not.
SELECT booking_id AS beside FROM bookonce.book_slot('court', pg_temp.hours(1, 2), 'hal', allow_overlap => true,
    tenant => 'end') \gset
\set VERBOSITY sqlstate
SELECT bookonce.end_booking(:'beside', 'eve', tenant => 'end');
SELECT outcome, replayed, units FROM bookonce.end_booking(:'beside', 'hal', tenant => 'end');
SELECT bookonce.end_booking(:'beside');
SELECT bookonce.end_booking(gen_random_uuid(), tenant => 'end');
SELECT bookonce.end_booking(NULL, tenant => 'end');
SELECT bookonce.end_booking(:'beside', tenant => NULL);
BEGIN READ ONLY;
SELECT bookonce.end_booking(:'beside', tenant => 'end');
ROLLBACK;
\set VERBOSITY default
-- The history of it.
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT bookonce.keep_history(tenant => 'end');
SELECT booking_id AS told FROM bookonce.book_slot('court', pg_temp.hours(20, 1), 'ida', allow_overlap => true,
    tenant => 'end') \gset
SELECT outcome FROM bookonce.end_booking(:'told', tenant => 'end');
SELECT kind, upper(after_during) < upper(before_during) AS earlier FROM bookonce.booking_history(:'told', 'end');
ROLLBACK;
SELECT * FROM bookonce.check_integrity();
