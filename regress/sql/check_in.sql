-- check_in: who has not come so long after the start gives the time back, by the clock.
SET datestyle = ISO;
SET timezone = UTC;
PREPARE lapse(uuid) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = $1;
-- From so many hours before this transaction to so many after it.
CREATE FUNCTION pg_temp.hours(before integer, after integer) RETURNS tstzrange LANGUAGE sql STABLE AS
    'SELECT tstzrange(now() - make_interval(hours => before), now() + make_interval(hours => after))';
-- What lapses_at counts from: the start, or the decision.
CREATE FUNCTION pg_temp.due(id uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN b.lapses_at IS NULL THEN 'never'
                WHEN b.lapses_at - lower(b.during) IN ('15 minutes', '2 hours')
                THEN (b.lapses_at - lower(b.during))::text
                WHEN b.lapses_at - interval '15 minutes' BETWEEN now() AND clock_timestamp() THEN '15 minutes from now'
                ELSE b.lapses_at::text END
    FROM bookonce.booking AS b WHERE b.booking_id = id $$;
GRANT EXECUTE ON FUNCTION pg_temp.hours, pg_temp.due TO regress_app;
GRANT SELECT ON bookonce.booking TO regress_app;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('spa', check_in_within => '15 minutes', tenant => 'come'),
    bookonce.define_resource('sauna', check_in_within => '2 hours', tenant => 'come'),
    bookonce.define_resource('lawn', tenant => 'come');
SELECT resource, check_in_within FROM bookonce.list_resources(tenant => 'come');

-- From the start on; and for one that has begun, from its booking on. A repeated call says the same.
SELECT outcome, status, lapses_at FROM bookonce.book_slot('spa', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann',
    idempotency_key => 'spa:9', tenant => 'come');
SELECT outcome, replayed, status, lapses_at, booking_id AS ann FROM bookonce.book_slot('spa',
    '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann', idempotency_key => 'spa:9', tenant => 'come') \gset
SELECT :'outcome' AS outcome, :'replayed' AS replayed, :'status' AS status, :'lapses_at' AS lapses_at;
BEGIN;
SELECT booking_id AS begun FROM bookonce.book_slot('spa', pg_temp.hours(1, 1), 'ben', tenant => 'come') \gset
SELECT pg_temp.due(:'begun');
COMMIT;
-- A plain resource asks nobody.
SELECT outcome, status, lapses_at FROM bookonce.book_slot('lawn', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann',
    tenant => 'come');
SELECT status, lapses_at, released_at FROM bookonce.get_booking(:'ann', 'come');
SELECT lapses_at FROM bookonce.live_booking WHERE booking_id = :'ann';

-- Who is there no longer lapses. Again: a replay, which writes nothing; so where nobody has to check in.
SELECT outcome, replayed, status, lapses_at FROM bookonce.check_in(:'ann', tenant => 'come');
BEGIN;
SELECT outcome, replayed, status, lapses_at, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.check_in(:'ann', 'ann', tenant => 'come');
COMMIT;
SELECT q.outcome, q.replayed FROM bookonce.live_booking AS b, bookonce.check_in(b.booking_id, tenant => 'come') AS q
WHERE b.tenant = 'come' AND b.resource = 'lawn';

-- Who is not there in time has no booking any more, though nobody swept: the time is free, to be seen and to be had.
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'begun');
SET SESSION AUTHORIZATION regress_app;
SELECT status, lapses_at, released_at FROM bookonce.get_booking(:'begun', 'come');
SELECT count(*) FROM bookonce.list_bookings('{spa}', pg_temp.hours(1, 1), tenant => 'come');
SELECT count(*) FROM bookonce.live_booking WHERE booking_id = :'begun';
SELECT count(*) FROM bookonce.explain_slot('spa', pg_temp.hours(1, 1), tenant => 'come');
SELECT count(*) FROM bookonce.free_slots('spa', pg_temp.hours(0, 1), '1 hour', tenant => 'come');
SELECT outcome, status FROM bookonce.check_in(:'begun', tenant => 'come');
SELECT outcome, status FROM bookonce.confirm_booking(:'begun', tenant => 'come');
SELECT outcome, status FROM bookonce.cancel_booking(:'begun', tenant => 'come');
SELECT outcome FROM bookonce.reschedule_booking(:'begun', '[2031-02-07 09:00, 2031-02-07 10:00)', tenant => 'come');
SELECT outcome FROM bookonce.change_booking(:'begun', 'eve', tenant => 'come');
SELECT outcome FROM bookonce.end_booking(:'begun', tenant => 'come');
SELECT outcome FROM bookonce.book_slot('spa', pg_temp.hours(0, 1), 'cid', tenant => 'come');
SELECT outcome, status FROM bookonce.check_in(:'begun', tenant => 'come');
SELECT status, released_at FROM bookonce.get_booking(:'begun', 'come');

-- A hold lapses as a hold, and only once it is confirmed as this does.
SELECT booking_id AS held FROM bookonce.book_slot('spa', '[2031-01-08 09:00, 2031-01-08 10:00)', 'dan',
    hold_for => '3 hours', tenant => 'come') \gset
SELECT outcome, replayed, status FROM bookonce.check_in(:'held', tenant => 'come');
SELECT outcome, status, lapses_at FROM bookonce.confirm_booking(:'held', tenant => 'come');
SELECT outcome, replayed, lapses_at FROM bookonce.confirm_booking(:'held', tenant => 'come');
BEGIN;
SELECT booking_id AS late FROM bookonce.book_slot('spa', pg_temp.hours(9, -8), 'dan', hold_for => '3 hours',
    tenant => 'come') \gset
SELECT outcome FROM bookonce.confirm_booking(:'late', tenant => 'come');
SELECT pg_temp.due(:'late');
COMMIT;
SELECT group_id AS both FROM bookonce.book_slots(ARRAY[ROW('spa', '[2031-01-09 09:00, 2031-01-09 10:00)', 1, NULL, NULL,
    NULL), ROW('lawn', '[2031-01-09 09:00, 2031-01-09 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'dan',
    hold_for => '1 hour', tenant => 'come') LIMIT 1 \gset
SELECT outcome, resource, lapses_at FROM bookonce.confirm_group(:'both', tenant => 'come');
SELECT outcome, resource, lapses_at FROM bookonce.book_slots(ARRAY[ROW('spa', '[2031-01-10 09:00, 2031-01-10 10:00)', 1,
    NULL, NULL, NULL), ROW('lawn', '[2031-01-10 09:00, 2031-01-10 10:00)', 1, NULL, NULL, NULL)]
    ::bookonce.slot_request[], 'dan', tenant => 'come');
-- What is booked outside the guard too, and once it is made firm.
SELECT booking_id AS wish, lapses_at FROM bookonce.book_slot('spa', '[2031-01-11 09:00, 2031-01-11 10:00)', 'dan',
    allow_overlap => true, tenant => 'come') \gset
SELECT :'lapses_at' AS lapses_at;
SELECT outcome, units, lapses_at FROM bookonce.confirm_booking(:'wish', exclusive => true, tenant => 'come');

-- A move: for another start, or on another resource, one checks in again. Else it stays as it is; and so does a hold.
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 09:00, 2031-01-07 11:00)',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 09:30, 2031-01-07 11:00)',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 09:30, 2031-01-07 10:00)',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 09:30, 2031-01-07 10:00)', 'sauna',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.check_in(:'ann', tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 10:30, 2031-01-07 11:00)', 'lawn',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'ann', '[2031-01-07 10:30, 2031-01-07 11:00)', 'spa',
    tenant => 'come');
BEGIN;
SELECT booking_id AS kept, lapses_at AS until FROM bookonce.book_slot('spa', '[2031-01-12 09:00, 2031-01-12 10:00)',
    'fay',
    hold_for => '1 hour', tenant => 'come') \gset
SELECT outcome, status, lapses_at = :'until' AS as_before FROM bookonce.reschedule_booking(:'kept',
    '[2031-01-12 11:00, 2031-01-12 12:00)', 'sauna', tenant => 'come');
ROLLBACK;
SELECT outcome, resource, lapses_at FROM bookonce.reschedule_group(:'both', '1 hour', tenant => 'come');
-- Two change places: each checks in where it is now.
SELECT booking_id AS gus FROM bookonce.book_slot('sauna', '[2031-01-14 09:00, 2031-01-14 10:00)', 'gus',
    tenant => 'come') \gset
SELECT outcome FROM bookonce.check_in(:'ann', tenant => 'come');
SELECT outcome, resource, lapses_at FROM bookonce.swap_bookings(:'ann', :'gus', tenant => 'come');
SELECT resource, lapses_at FROM bookonce.get_booking(:'gus', 'come');
-- Who gives it back was there.
SELECT booking_id AS back FROM bookonce.book_slot('sauna', pg_temp.hours(1, 1), 'hal', tenant => 'come') \gset
SELECT q.outcome, q.status, q.lapses_at FROM bookonce.end_booking(:'back', tenant => 'come') AS q;

-- no_show: what the clock would do, now. Not of what has not begun, is held, cancelled, or checked in.
SELECT outcome, status FROM bookonce.no_show(:'ann', tenant => 'come');
SELECT booking_id AS away FROM bookonce.book_slot('sauna', pg_temp.hours(4, -3), 'ida', tenant => 'come') \gset
SELECT outcome, replayed, status, lapses_at FROM bookonce.no_show(:'away', 'never came', tenant => 'come');
BEGIN;
SELECT outcome, replayed, status, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.no_show(:'away', tenant => 'come');
COMMIT;
SELECT status, reason, lapses_at, released_at <= clock_timestamp() AS released FROM bookonce.get_booking(:'away',
    'come');
SELECT outcome, booking_id AS there FROM bookonce.book_slot('sauna', pg_temp.hours(4, -3), 'ida',
    tenant => 'come') \gset
SELECT :'outcome' AS outcome;
SELECT outcome FROM bookonce.check_in(:'there', tenant => 'come');
SELECT outcome, replayed, status FROM bookonce.no_show(:'there', tenant => 'come');
SELECT q.outcome FROM bookonce.book_slot('sauna', pg_temp.hours(7, -6), 'jan', hold_for => '1 hour',
    tenant => 'come') AS b,
    bookonce.no_show(b.booking_id, tenant => 'come') AS q;
SELECT outcome FROM bookonce.cancel_booking(:'there', tenant => 'come');
SELECT outcome, replayed FROM bookonce.no_show(:'there', tenant => 'come');
-- Also where nobody has to check in; the next in line has it at once.
SELECT booking_id AS away FROM bookonce.book_slot('lawn', pg_temp.hours(1, 3), 'kim', tenant => 'come') \gset
SELECT outcome, place FROM bookonce.join_waitlist('lawn', pg_temp.hours(-1, 2), 'lea', tenant => 'come');
SELECT outcome FROM bookonce.no_show(:'away', tenant => 'come');
SELECT holder, status FROM bookonce.list_bookings('{lawn}', pg_temp.hours(-1, 2), tenant => 'come');

-- A rule that changes is one for bookings to come.
SELECT bookonce.alter_resource('spa', check_in_within => '2 hours', tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.book_slot('spa', '[2031-03-07 09:00, 2031-03-07 10:00)', 'ann',
    tenant => 'come');
SELECT bookonce.alter_resource('spa', capacity => 2, lift => '{check_in_within}', tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.book_slot('spa', '[2031-03-07 09:00, 2031-03-07 10:00)', 'ann',
    tenant => 'come');
SELECT outcome, lapses_at FROM bookonce.get_booking(:'wish', 'come') AS g, LATERAL (SELECT 'stands' AS outcome) AS o;
-- Its limit counts who may still come, and not who has not.
SELECT bookonce.define_resource('gym', 9, check_in_within => '2 hours', tenant => 'come'),
    bookonce.set_booking_limit('gym', 'day', 1, tenant => 'come');
SELECT booking_id AS trained FROM bookonce.book_slot('gym', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann',
    tenant => 'come') \gset
SELECT outcome FROM bookonce.book_slot('gym', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ben', tenant => 'come');
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'trained');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, booking_id AS trained FROM bookonce.book_slot('gym', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ben',
    tenant => 'come') \gset
SELECT :'outcome' AS outcome;
-- A party is checked in place by place.
SELECT bookonce.set_booking_limit('gym', 'day', NULL, tenant => 'come');
SELECT group_id AS party, units, lapses_at FROM bookonce.book_slot('gym', '[2031-01-08 09:00, 2031-01-08 10:00)',
    'ann', 3,
    tenant => 'come') \gset
SELECT :'units' AS units, :'lapses_at' AS lapses_at;
SELECT q.outcome, q.units, q.lapses_at FROM bookonce.get_group(:'party', 'come') AS g,
    bookonce.check_in(g.booking_id, tenant => 'come') AS q WHERE g.unit <= 2 ORDER BY g.unit;

-- Dispatch: who has not come leaves the position.
SELECT request_id AS request FROM bookonce.open_request('[2031-05-07 09:00, 2031-05-07 10:00)', 1, 'zoe',
    tenant => 'come') \gset
SELECT count(*) FROM bookonce.make_offers(:'request', '{sauna,lawn}', tenant => 'come');
SELECT q.outcome, q.booking_id AS sent FROM bookonce.open_offer AS o,
    bookonce.accept_offer(o.offer_id, o.provider, tenant => 'come') AS q WHERE o.tenant = 'come'
    AND o.provider = 'sauna' \gset
SELECT :'outcome' AS outcome, pg_temp.due(:'sent');
SELECT status, filled FROM bookonce.request_status WHERE request_id = :'request';
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'sent');
SET SESSION AUTHORIZATION regress_app;
SELECT status, filled FROM bookonce.request_status WHERE request_id = :'request';
SELECT q.outcome FROM bookonce.open_offer AS o, bookonce.accept_offer(o.offer_id, o.provider, tenant => 'come') AS q
WHERE o.tenant = 'come' AND o.provider = 'lawn';

-- What is wrong with a call.
SELECT bookonce.define_resource('spa', check_in_within => '1 day', tenant => 'come');
SELECT bookonce.define_resource('spa', check_in_within => '0', tenant => 'come');
SELECT bookonce.alter_resource('spa', check_in_within => '1 hour', lift => '{check_in_within}', tenant => 'come');
\set VERBOSITY sqlstate
SELECT bookonce.check_in(:'ann', 'eve', tenant => 'come');
SELECT bookonce.check_in(:'ann');
SELECT bookonce.check_in(NULL, tenant => 'come');
SELECT bookonce.no_show(:'ann');
SELECT bookonce.no_show(NULL, tenant => 'come');
SELECT bookonce.no_show(:'ann', '', tenant => 'come');
BEGIN READ ONLY;
SELECT bookonce.check_in(:'ann', tenant => 'come');
ROLLBACK;
\set VERBOSITY default
RESET SESSION AUTHORIZATION;

-- The sweeper tidies, and the history tells one from the other.
BEGIN;
SELECT bookonce.keep_history(tenant => 'come');
SELECT booking_id AS came FROM bookonce.book_slot('sauna', pg_temp.hours(20, -19), 'ann',
    tenant => 'come') \gset
SELECT booking_id AS away FROM bookonce.book_slot('sauna', pg_temp.hours(22, -21), 'ann', tenant => 'come') \gset
SELECT booking_id AS unseen FROM bookonce.book_slot('sauna', pg_temp.hours(24, -23), 'ann', tenant => 'come') \gset
SELECT outcome FROM bookonce.check_in(:'came', tenant => 'come');
SELECT outcome FROM bookonce.no_show(:'away', 'rain', tenant => 'come');
EXECUTE lapse(:'unseen');
SELECT bookonce.expire_holds() > 0 AS swept;
SELECT kind, before_lapses_at IS NOT NULL AS was_due, after_lapses_at IS NOT NULL AS is_due, after_status, reason
FROM unnest(ARRAY[:'came', :'away', :'unseen']::uuid[]) WITH ORDINALITY AS i(id, n), bookonce.booking_history(i.id,
    'come')
    WITH ORDINALITY AS h WHERE h.kind <> 'booked' ORDER BY i.n, h.ordinality;
ROLLBACK;
REVOKE SELECT ON bookonce.booking FROM regress_app;
SELECT * FROM bookonce.check_integrity();
