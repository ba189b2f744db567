-- waive: a desk passes over rules for one call, with a reason that the history keeps; never over the guard.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
CREATE ROLE regress_desk;
CREATE ROLE regress_clerk;
SELECT bookonce.grant_usage('regress_desk', 'admin'), bookonce.grant_usage('regress_clerk', 'app'),
    bookonce.keep_history(tenant => 'desk');
CREATE FUNCTION pg_temp.book(resource text, during tstzrange, waive text[], quantity integer DEFAULT 1,
    tenant text DEFAULT 'desk') RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, during, 'ann', quantity, waive => waive,
        reason => CASE WHEN waive <> '{}' THEN 'agreed' END, tenant => tenant) $$;
GRANT EXECUTE ON FUNCTION pg_temp.book TO regress_desk;

SET ROLE regress_desk;
SELECT bookonce.waivable_rules();
-- A resource for each rule, and a time that it refuses: what is not waived still refuses, and what is waived does not.
SELECT bookonce.define_resource('hours', tenant => 'desk'),
    bookonce.set_opening_hours('hours', 1, '{09:00}', '{12:00}', tenant => 'desk'),
    bookonce.define_resource('closed', tenant => 'desk'),
    bookonce.define_resource('grid', start_every => '1 hour', tenant => 'desk'),
    bookonce.define_resource('ends', tenant => 'desk'),
    bookonce.set_ends('ends', '{10:00}', tenant => 'desk'),
    bookonce.set_starts('ends', '{09:00}', tenant => 'desk'),
    bookonce.define_resource('notice', min_notice => '3650 days', tenant => 'desk'),
    bookonce.define_resource('ahead', max_ahead => '1 day', tenant => 'desk'),
    bookonce.define_resource('short', min_duration => '2 hours', tenant => 'desk'),
    bookonce.define_resource('long', max_duration => '30 minutes', tenant => 'desk'),
    bookonce.define_resource('limit', 3, tenant => 'desk'),
    bookonce.set_booking_limit('limit', 'day', 1, tenant => 'desk');
SELECT count(*) FROM bookonce.close_resource('{closed}', '[2031-01-01, 2031-02-01)', tenant => 'desk');
SELECT pg_temp.book('limit', '[2031-01-07 18:00, 2031-01-07 19:00)', '{}');
SELECT r.resource, pg_temp.book(r.resource, s.during, '{}') AS refused,
    pg_temp.book(r.resource, s.during, array_remove(bookonce.waivable_rules(), r.rule)) AS others_waived,
    pg_temp.book(r.resource, s.during, ARRAY[r.rule]) AS waived
FROM (VALUES (1, 'hours', 'closed'), (2, 'closed', 'closed'), (3, 'grid', 'off_grid'), (4, 'ends', 'off_grid'),
    (5, 'notice', 'too_soon'), (6, 'ahead', 'too_far'), (7, 'short', 'too_short'), (8, 'long', 'too_long'),
    (9, 'limit', 'limit_reached')) AS r(n, resource, rule),
    (VALUES (tstzrange('2031-01-07 09:30', '2031-01-07 10:30'))) AS s(during)
ORDER BY n;
-- What a waiver let in is booked like any other: the guard refuses the next.
SELECT pg_temp.book(resource, '[2031-01-07 10:00, 2031-01-07 11:00)', bookonce.waivable_rules()) AS taken, resource
FROM unnest('{hours,closed,grid,ends,notice,ahead,short,long}'::text[]) AS resource;
SELECT pg_temp.book('limit', '[2031-01-07 10:00, 2031-01-07 11:00)', '{limit_reached}', 2) AS two_more,
    pg_temp.book('limit', '[2031-01-07 10:00, 2031-01-07 11:00)', '{limit_reached}') AS full;

-- Closed and too soon at once: all of what refuses must be named.
SELECT bookonce.define_resource('both', min_notice => '3650 days', tenant => 'desk'),
    bookonce.set_opening_hours('both', 1, '{09:00}', '{12:00}', tenant => 'desk');
SELECT outcome FROM bookonce.explain_slot('both', '[2031-01-07 09:00, 2031-01-07 10:00)', tenant => 'desk');
SELECT waive, pg_temp.book('both', '[2031-01-07 09:00, 2031-01-07 10:00)', waive::text[])
FROM (VALUES (1, '{closed}'), (2, '{too_soon}'), (3, '{too_soon,closed,too_soon}')) AS v(n, waive) ORDER BY n;

-- A whole resource that is closed is waived. A bike that is broken, or that is not back, is not there: taken.
SELECT bookonce.define_resource('bikes', 2, tenant => 'desk');
SELECT count(*) FROM (VALUES ('[2031-01-01, 2031-02-01)', 1), ('[2031-01-05, 2031-01-10)', NULL)) AS v(during, units),
    bookonce.close_resource('{bikes}', v.during::tstzrange, v.units, tenant => 'desk');
SELECT pg_temp.book('bikes', '[2031-01-07 09:00, 2031-01-07 10:00)', '{closed}', 2) AS both,
    pg_temp.book('bikes', '[2031-01-07 09:00, 2031-01-07 10:00)', '{closed}') AS one,
    pg_temp.book('bikes', '[2031-01-07 09:00, 2031-01-07 10:00)', '{closed}') AS another;
SELECT bookonce.define_resource('car', overdue_blocks => true, tenant => 'desk');
SELECT booking_id AS out FROM bookonce.book_slot('car',
    tstzrange(now() - interval '1 hour', now() + interval '1 hour'), 'ben', tenant => 'desk') \gset
SELECT outcome FROM bookonce.check_in(:'out', tenant => 'desk');
RESET ROLE;
UPDATE bookonce.booking SET during = tstzrange(lower(during) - interval '2 hours', upper(during) - interval '2 hours'),
    blocks = tstzrange(lower(blocks) - interval '2 hours', upper(blocks) - interval '2 hours')
WHERE booking_id = :'out';
UPDATE bookonce.closure SET during = tstzrange(lower(during) - interval '2 hours', NULL) WHERE booking_id = :'out';
SET ROLE regress_desk;
SELECT pg_temp.book('car', tstzrange(now(), now() + interval '1 hour'), '{}') AS refused,
    pg_temp.book('car', tstzrange(now(), now() + interval '1 hour'), '{closed}') AS waived;

-- Who waits in line keeps the place, and a limit of the caller's own stays.
SELECT bookonce.define_resource('class', tenant => 'desk');
SELECT bookonce.set_waitlist('class', true, tenant => 'desk'),
    pg_temp.book('class', '[2031-01-07 09:00, 2031-01-07 10:00)', '{}');
SELECT outcome FROM bookonce.join_waitlist('class', '[2031-01-07 09:00, 2031-01-07 11:00)', 'zoe', tenant => 'desk');
SELECT pg_temp.book('class', '[2031-01-07 10:00, 2031-01-07 11:00)', bookonce.waivable_rules()) AS kept;
SELECT outcome FROM bookonce.book_slot('class', '[2032-01-07 09:00, 2032-01-07 10:00)', 'ann',
    valid_until => '2020-01-01', waive => bookonce.waivable_rules(), reason => 'agreed', tenant => 'desk');

-- A hold, and a key: the same call with and without it is one, and the key is the booking's whoever repeats it.
SELECT outcome, status, replayed FROM bookonce.book_slot('hours', '[2031-02-04 09:00, 2031-02-04 10:00)', 'ann',
    hold_for => '1 hour', idempotency_key => 'k', tenant => 'desk');
SELECT outcome, status, replayed, booking_id AS held FROM bookonce.book_slot('hours',
    '[2031-02-04 09:00, 2031-02-04 10:00)', 'ann', hold_for => '1 hour', idempotency_key => 'k', waive => '{closed}',
    reason => 'a friend', tenant => 'desk') \gset
SELECT :'outcome' AS outcome, :'status' AS status, :'replayed' AS replayed;
SELECT outcome, replayed FROM bookonce.book_slot('hours', '[2031-02-04 09:00, 2031-02-04 10:00)', 'ann',
    hold_for => '1 hour', idempotency_key => 'k', tenant => 'desk');
SELECT outcome, status FROM bookonce.confirm_booking(:'held', tenant => 'desk');

-- A move, too; without a waiver it is judged as ever. The reason stands where the time was taken, and nowhere else.
SELECT outcome FROM bookonce.reschedule_booking(:'held', '[2031-02-04 13:00, 2031-02-04 14:00)', tenant => 'desk');
SELECT outcome FROM bookonce.reschedule_booking(:'held', '[2031-02-04 13:00, 2031-02-04 14:00)', waive => '{closed}',
    reason => 'she is late', tenant => 'desk');
SELECT outcome, replayed FROM bookonce.reschedule_booking(:'held', '[2031-02-04 13:00, 2031-02-04 14:00)',
    waive => '{closed}', reason => 'again', tenant => 'desk');
SELECT outcome FROM bookonce.reschedule_booking(:'held', '[2031-02-03 09:00, 2031-02-03 10:00)', tenant => 'desk');
SELECT kind, after_during, reason FROM bookonce.booking_history(:'held', 'desk');
-- A reason without a waiver is kept as well: without SQL and by it; and that of a refusal goes with it.
BEGIN;
SELECT outcome FROM bookonce.book_slot('hours', '[2031-03-04 09:00, 2031-03-04 10:00)', 'ann', reason => 'lost',
    tenant => 'desk');
SELECT booking_id AS other FROM bookonce.book_slot('class', '[2031-03-04 09:00, 2031-03-04 10:00)', 'ann',
    tenant => 'desk') \gset
COMMIT;
SELECT kind, reason FROM bookonce.booking_history(:'other', 'desk');
SELECT bookonce.define_resource('plain', tenant => 'desk');
SELECT booking_id AS direct FROM bookonce.book_slot('plain', '[2031-03-04 09:00, 2031-03-04 10:00)', 'ann',
    reason => 'a regular', tenant => 'desk') \gset
SET bookonce.direct_insert = off;
SELECT booking_id AS by_sql FROM bookonce.book_slot('plain', '[2031-03-04 11:00, 2031-03-04 12:00)', 'ann',
    reason => 'a regular', tenant => 'desk') \gset
RESET bookonce.direct_insert;
SELECT h.kind, h.reason FROM unnest(ARRAY[:'direct', :'by_sql']::uuid[]) AS b(id),
    bookonce.booking_history(b.id, 'desk') AS h;

-- What waive may not say, and who may not say it. A waiver of nothing is none.
SELECT complaint($$SELECT bookonce.book_slot('hours', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann', waive => '{taken}',
    reason => 'no', tenant => 'desk')$$) AS taken,
    complaint($$SELECT bookonce.book_slot('hours', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann',
    waive => '{closed,NULL}', reason => 'no', tenant => 'desk')$$) AS null_word,
    complaint($$SELECT bookonce.book_slot('hours', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann', waive => '{closed}',
    tenant => 'desk')$$) AS no_reason,
    complaint($$SELECT bookonce.book_slot('hours', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann', waive => '{closed}',
    reason => '', tenant => 'desk')$$) AS empty_reason;
RESET ROLE;
SET ROLE regress_clerk;
SELECT complaint($$SELECT bookonce.book_slot('hours', '[2031-04-08 09:00, 2031-04-08 10:00)', 'ann',
    waive => '{closed}', reason => 'please', tenant => 'desk')$$),
    complaint(format($$SELECT bookonce.reschedule_booking(%L, '[2031-04-08 09:00, 2031-04-08 10:00)',
    waive => '{closed}', reason => 'please', tenant => 'desk')$$, :'held'));
SELECT (bookonce.book_slot('hours', '[2031-04-08 09:00, 2031-04-08 10:00)', 'ann', waive => '{}', reason => 'please',
    tenant => 'desk')).outcome;
-- The right can be given, and taken away, by itself.
RESET ROLE;
GRANT EXECUTE ON FUNCTION bookonce.waivable_rules() TO regress_clerk;
SET ROLE regress_clerk;
SELECT (bookonce.book_slot('hours', '[2031-04-08 09:00, 2031-04-08 10:00)', 'ann', waive => '{closed}',
    reason => 'please', tenant => 'desk')).outcome;
RESET ROLE;

SELECT * FROM bookonce.check_integrity();
SELECT bookonce.keep_history(NULL, tenant => 'desk'), bookonce.revoke_usage('regress_desk'),
    bookonce.revoke_usage('regress_clerk');
DROP FUNCTION pg_temp.book;
DROP ROLE regress_desk, regress_clerk;
