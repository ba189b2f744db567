-- parts_life: who comes to what has parts, who does not, and who ends it early. The parts follow, in the same commit.
SET timezone = UTC;
SET datestyle = ISO;
-- From so many hours before this transaction to so many after it.
CREATE FUNCTION pg_temp.hours(before integer, after integer) RETURNS tstzrange LANGUAGE sql STABLE AS
    'SELECT tstzrange(now() - make_interval(hours => before), now() + make_interval(hours => after))';
-- What a holder has booked, the parts behind the whole. due: how long after the start it lapses.
CREATE FUNCTION pg_temp.has(name text) RETURNS TABLE (resource text, unit integer, status bookonce.booking_status,
    due interval, hours interval, is_over boolean, buffer interval, reason text) LANGUAGE sql STABLE AS $$
    SELECT r.resource, b.unit, b.status, date_trunc('minute', b.lapses_at - lower(b.during)),
        date_trunc('hour', upper(b.during) - lower(b.during)), upper(b.during) <= clock_timestamp(),
        upper(b.blocks) - upper(b.during), b.reason
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'play' AND b.holder = name ORDER BY lower(b.during), b.member DESC, r.resource, b.unit $$;
-- What a clock that goes on would do.
PREPARE lapse(uuid) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE group_id = $1;
SELECT bookonce.define_resource('hall', tenant => 'play'),
    bookonce.define_resource('A1', check_in_within => '2 hours', tenant => 'play'),
    bookonce.define_resource('A2', buffer_after => '30 minutes', tenant => 'play'),
    bookonce.define_resource('barn', tenant => 'play'), bookonce.define_resource('B1', tenant => 'play'),
    bookonce.define_resource('kit', 2, tenant => 'play'),
    bookonce.define_resource('camera', 3, overdue_blocks => true, tenant => 'play'),
    bookonce.define_resource('lamp', 2, tenant => 'play');
SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'play'), bookonce.set_parts('barn', '{B1}', tenant => 'play'),
    bookonce.set_parts('kit', '{camera,lamp}', '{2,1}', tenant => 'play');

-- All of it ends now, each part with its own buffer behind. Who waits in line for a part has it at once.
SELECT booking_id AS ann FROM bookonce.book_slot('hall', pg_temp.hours(2, 3), 'ann', tenant => 'play') \gset
SELECT outcome FROM bookonce.join_waitlist('A1', pg_temp.hours(-1, 2), 'lea', tenant => 'play');
SELECT * FROM pg_temp.has('ann');
BEGIN;
SELECT outcome FROM bookonce.end_booking(:'ann', tenant => 'play');
ROLLBACK;
SELECT * FROM pg_temp.has('ann');
SELECT outcome, replayed, resource, units, status, upper(during) <= clock_timestamp() AS is_over
FROM bookonce.end_booking(:'ann', tenant => 'play');
SELECT * FROM pg_temp.has('ann');
SELECT resource, status FROM pg_temp.has('lea');
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.end_booking(:'ann', tenant => 'play');
COMMIT;
SELECT outcome FROM bookonce.book_slot('A2', pg_temp.hours(-1, 2), 'ben', tenant => 'play');
SELECT outcome FROM bookonce.book_slot('A2', tstzrange(now() + interval '10 minutes', now() + interval '20 minutes'),
    'ben', tenant => 'play');
SELECT outcome, resource FROM bookonce.book_slot('hall', tstzrange(now() + interval '10 minutes',
    now() + interval '20 minutes'), 'ben', tenant => 'play');

-- What has not begun, or is only held, is cancelled instead.
SELECT booking_id AS cid FROM bookonce.book_slot('hall', pg_temp.hours(-5, 6), 'cid', tenant => 'play') \gset
SELECT booking_id AS dan FROM bookonce.book_slot('hall', pg_temp.hours(9, -8), 'dan', hold_for => '1 hour',
    tenant => 'play') \gset
SELECT outcome, status FROM bookonce.end_booking(:'cid', tenant => 'play');
SELECT outcome, status FROM bookonce.no_show(:'cid', tenant => 'play');
SELECT outcome, status FROM bookonce.end_booking(:'dan', tenant => 'play');
SELECT outcome, status FROM bookonce.check_in(:'dan', tenant => 'play');
SELECT outcome, status FROM bookonce.no_show(:'dan', tenant => 'play');
SELECT * FROM pg_temp.has('cid');
-- Nobody has to check in here.
SELECT outcome, replayed FROM bookonce.check_in(:'cid', tenant => 'play');
SELECT booking_id AS part FROM bookonce.booking WHERE tenant = 'play' AND holder = 'cid' AND member < 0 LIMIT 1 \gset
\set VERBOSITY sqlstate
SELECT bookonce.end_booking(:'part', tenant => 'play');
SELECT bookonce.check_in(:'part', tenant => 'play');
SELECT bookonce.no_show(:'part', tenant => 'play');
SELECT bookonce.end_booking(:'cid', 'eve', tenant => 'play');
SELECT bookonce.check_in(:'cid', 'eve', tenant => 'play');
\set VERBOSITY default

-- One checks in to the hall, and by its rule: that of a part is for those who book it alone.
SELECT bookonce.alter_resource('hall', check_in_within => '15 minutes', tenant => 'play');
SELECT booking_id AS eve FROM bookonce.book_slot('hall', '[2031-01-07 09:00, 2031-01-07 10:00)', 'eve',
    tenant => 'play') \gset
SELECT * FROM pg_temp.has('eve');
SELECT booking_id AS fay FROM bookonce.book_slot('hall', '[2031-01-08 09:00, 2031-01-08 10:00)', 'fay',
    hold_for => '3 hours', tenant => 'play') \gset
SELECT outcome, lapses_at FROM bookonce.confirm_booking(:'fay', tenant => 'play');
SELECT * FROM pg_temp.has('fay');
SELECT group_id AS gus FROM bookonce.book_slots(ARRAY[
    ('hall', '[2031-01-09 09:00, 2031-01-09 10:00)', 1, NULL, NULL, NULL),
    ('kit', '[2031-01-09 09:00, 2031-01-09 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'gus',
    hold_for => '1 hour', tenant => 'play') LIMIT 1 \gset
SELECT outcome, resource, lapses_at FROM bookonce.confirm_group(:'gus', tenant => 'play');
SELECT * FROM pg_temp.has('gus');
SELECT outcome, resource FROM bookonce.book_slot('hall', '[2031-01-09 09:00, 2031-01-09 10:00)', 'hal',
    tenant => 'play');
-- It is for a start: what moves to another is to be checked in again.
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'eve', '[2031-01-07 09:00, 2031-01-07 11:00)',
    tenant => 'play');
SELECT * FROM pg_temp.has('eve');
BEGIN;
SELECT outcome, replayed, status, lapses_at FROM bookonce.check_in(:'eve', tenant => 'play');
SELECT * FROM pg_temp.has('eve');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'eve', '[2031-01-07 09:00, 2031-01-07 12:00)',
    tenant => 'play');
SELECT * FROM pg_temp.has('eve');
SELECT outcome, lapses_at FROM bookonce.reschedule_booking(:'eve', '[2031-01-07 10:00, 2031-01-07 12:00)',
    tenant => 'play');
SELECT * FROM pg_temp.has('eve');
ROLLBACK;
SELECT outcome, replayed FROM bookonce.check_in(:'eve', 'eve', tenant => 'play');
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.check_in(:'eve', tenant => 'play');
COMMIT;
SELECT * FROM pg_temp.has('eve');

-- Who is not there in time has no booking any more, and all that it took is free.
SELECT booking_id AS ida, group_id AS of_ida FROM bookonce.book_slot('hall', '[2031-02-07 09:00, 2031-02-07 10:00)',
    'ida', tenant => 'play') \gset
EXECUTE lapse(:'of_ida');
SELECT outcome FROM bookonce.book_slot('A1', '[2031-02-07 09:00, 2031-02-07 10:00)', 'jan', tenant => 'play');
SELECT outcome, resource FROM bookonce.book_slot('hall', '[2031-02-07 09:00, 2031-02-07 10:00)', 'jan',
    tenant => 'play');
SELECT outcome, status FROM bookonce.check_in(:'ida', tenant => 'play');
SELECT outcome, status FROM bookonce.end_booking(:'ida', tenant => 'play');
SELECT outcome, replayed, status FROM bookonce.no_show(:'ida', tenant => 'play');

-- no_show: what the clock would do, now. Who waits for a part has it.
SELECT booking_id AS kai FROM bookonce.book_slot('barn', pg_temp.hours(1, 3), 'kai', tenant => 'play') \gset
SELECT outcome FROM bookonce.join_waitlist('B1', pg_temp.hours(-1, 2), 'lea', tenant => 'play');
SELECT outcome, replayed, status FROM bookonce.no_show(:'kai', 'never came', tenant => 'play');
SELECT * FROM pg_temp.has('kai');
SELECT resource, status FROM pg_temp.has('lea');
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.no_show(:'kai', tenant => 'play');
COMMIT;
SELECT bookonce.alter_resource('barn', check_in_within => '3 hours', tenant => 'play');
SELECT booking_id AS mia FROM bookonce.book_slot('barn', pg_temp.hours(9, -8), 'mia', tenant => 'play') \gset
SELECT outcome FROM bookonce.check_in(:'mia', tenant => 'play');
SELECT outcome, status FROM bookonce.no_show(:'mia', tenant => 'play');

-- What of the kit blocks until it is given back is out with it.
SELECT booking_id AS noa, group_id AS of_noa FROM bookonce.book_slot('kit', pg_temp.hours(2, 1), 'noa',
    tenant => 'play') \gset
SELECT outcome, replayed FROM bookonce.check_in(:'noa', tenant => 'play');
SELECT outcome, replayed FROM bookonce.check_in(:'noa', tenant => 'play');
SELECT outcome, replayed FROM bookonce.no_show(:'noa', tenant => 'play');
UPDATE bookonce.booking SET during = tstzrange(lower(during), now() - interval '1 hour'),
    blocks = tstzrange(lower(during), now() - interval '1 hour') WHERE group_id = :'of_noa';
SELECT resource, units, booking_id IS NOT NULL AS has_booking
FROM bookonce.list_closures(pg_temp.hours(0, 9), tenant => 'play');
SELECT name, bookonce.places_left(name, pg_temp.hours(-2, 3), tenant => 'play')
FROM unnest('{camera,lamp,kit}'::text[]) AS name;
SELECT outcome, replayed FROM bookonce.end_booking(:'noa', tenant => 'play');
SELECT name, bookonce.places_left(name, pg_temp.hours(-2, 3), tenant => 'play')
FROM unnest('{camera,lamp,kit}'::text[]) AS name;
SELECT outcome, replayed FROM bookonce.end_booking(:'noa', tenant => 'play');
-- The same while it goes on.
SELECT booking_id AS oda FROM bookonce.book_slot('kit', pg_temp.hours(0, 1), 'oda', tenant => 'play') \gset
SELECT outcome FROM bookonce.check_in(:'oda', tenant => 'play');
SELECT outcome, replayed FROM bookonce.end_booking(:'oda', tenant => 'play');
SELECT count(*) FROM bookonce.closure WHERE tenant = 'play';
SELECT * FROM pg_temp.has('oda');
-- Who gets the kit in a swap has not fetched it yet.
SELECT booking_id AS pam FROM bookonce.book_slot('kit', pg_temp.hours(0, 1), 'pam', tenant => 'play') \gset
SELECT booking_id AS quin FROM bookonce.book_slot('kit', pg_temp.hours(-20, 21), 'quin', tenant => 'play') \gset
SELECT outcome FROM bookonce.check_in(:'pam', tenant => 'play');
SELECT count(*) FROM bookonce.closure WHERE tenant = 'play';
SELECT outcome FROM bookonce.swap_bookings(:'pam', :'quin', tenant => 'play');
SELECT count(*) FROM bookonce.closure WHERE tenant = 'play';

-- Any of many: the first that is free with all its parts, of a party with those of each unit. One that is refused
-- leaves nothing, and what is told is not of a part. A repeated call is answered with what it booked.
CREATE FUNCTION pg_temp.one_of(names text[], hour integer, who text, size integer DEFAULT 1, key text DEFAULT NULL,
    pick text DEFAULT 'first') RETURNS TABLE (outcome bookonce.outcome, replayed boolean, resource text,
    units integer[], has_group boolean) LANGUAGE sql AS $$
    SELECT a.outcome, a.replayed, a.resource, a.units, a.group_id IS NOT NULL FROM bookonce.book_any_slot(names,
        tstzrange('2031-03-07 00:00+00'::timestamptz + make_interval(hours => hour),
        '2031-03-07 00:00+00'::timestamptz + make_interval(hours => hour + 1)), who, pick, size,
        idempotency_key => key, tenant => 'play') AS a $$;
SELECT * FROM pg_temp.one_of('{hall,barn}', 9, 'rex', key => 'any');
SELECT * FROM pg_temp.one_of('{hall,barn}', 9, 'rex', key => 'any');
SELECT * FROM pg_temp.has('rex');
SELECT * FROM pg_temp.one_of('{A1,hall,barn}', 9, 'sue');
SELECT * FROM pg_temp.has('sue');
BEGIN;
SELECT * FROM pg_temp.one_of('{barn,A2,hall,B1}', 9, 'sue');
SELECT * FROM pg_temp.one_of('{hall,B1}', 9, 'sue', key => 'none');
ROLLBACK;
SELECT * FROM pg_temp.one_of('{B1}', 10, 'sue');
SELECT * FROM pg_temp.one_of('{barn,hall}', 10, 'sue', pick => 'least_booked');
SELECT * FROM pg_temp.one_of('{barn,hall}', 14, 'sue', pick => 'least_booked');
SELECT * FROM pg_temp.one_of('{barn,hall}', 16, 'sue', pick => 'least_booked');
SELECT bookonce.set_parts('duo', '{lamp}', tenant => 'play')
FROM bookonce.define_resource('duo', 2, tenant => 'play');
SELECT * FROM pg_temp.one_of('{barn,duo}', 11, 'tim', 2, 'duo');
SELECT * FROM pg_temp.one_of('{lamp,kit,camera}', 11, 'tim');
SELECT resource, unit FROM pg_temp.has('tim');
SELECT * FROM pg_temp.one_of('{barn,duo}', 11, 'tim', 2, 'duo');
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking
    WHERE tenant = 'play' AND idempotency_key = 'duo'), tenant => 'play');
SELECT * FROM pg_temp.one_of('{barn,duo}', 11, 'tim', 2, 'duo');
SELECT bookonce.set_parts('yard', '{B1}', tenant => 'play')
FROM bookonce.define_resource('yard', max_duration => '1 minute', tenant => 'play');
SELECT * FROM pg_temp.one_of('{yard}', 12, 'tim');
SELECT * FROM pg_temp.one_of('{yard,kit}', 11, 'tim', 2);

-- Another holder has it with all its parts, if the rules of each allow it, or none of it. A whole counts once.
CREATE FUNCTION pg_temp.give(id uuid, who text, said jsonb DEFAULT NULL) RETURNS TABLE (outcome bookonce.outcome,
    replayed boolean, resource text) LANGUAGE sql AS $$
    SELECT c.outcome, c.replayed, c.resource FROM bookonce.change_booking(id, who, said, tenant => 'play') AS c $$;
SELECT booking_id AS rex, group_id AS of_rex FROM bookonce.booking WHERE tenant = 'play' AND holder = 'rex'
    AND member > 0 \gset
SELECT * FROM pg_temp.give(:'rex', 'uma');
SELECT * FROM pg_temp.give(:'rex', 'uma');
SELECT * FROM pg_temp.give(:'rex', 'uma', '{"for": "choir"}');
SELECT holder, count(*), count(details) FROM bookonce.booking WHERE group_id = :'of_rex' GROUP BY holder;
BEGIN;
SELECT bookonce.set_holder_rule('A2', '{A2}', max_live => 1, tenant => 'play');
SELECT booking_id AS vic FROM bookonce.book_slot('A2', '[2031-04-07 09:00, 2031-04-07 10:00)', 'vic',
    tenant => 'play') \gset
SELECT * FROM pg_temp.give(:'rex', 'vic');
SELECT holder, count(*) FROM bookonce.booking WHERE group_id = :'of_rex' GROUP BY holder;
SELECT outcome FROM bookonce.cancel_booking(:'vic', tenant => 'play');
SELECT bookonce.set_holder_rule('both', '{A2,hall}', max_time => '1 hour', tenant => 'play');
SELECT * FROM pg_temp.give(:'rex', 'vic');
SELECT holder, count(*) FROM bookonce.booking WHERE group_id = :'of_rex' GROUP BY holder;
ROLLBACK;
SELECT outcome FROM bookonce.cancel_booking(:'rex', tenant => 'play');
SELECT * FROM pg_temp.give(:'rex', 'vic');

-- The history of each row.
BEGIN;
SELECT bookonce.keep_history(tenant => 'play');
SELECT booking_id AS pat FROM bookonce.book_slot('barn', pg_temp.hours(20, -19), 'pat', tenant => 'play') \gset
SELECT booking_id AS qua FROM bookonce.book_slot('barn', pg_temp.hours(22, -21), 'qua', tenant => 'play') \gset
SELECT outcome FROM bookonce.check_in(:'pat', tenant => 'play');
SELECT outcome FROM bookonce.no_show(:'qua', 'rain', tenant => 'play');
SELECT b.holder, r.resource, h.kind, h.before_lapses_at IS NOT NULL AS was_due, h.after_lapses_at IS NOT NULL AS is_due,
    h.after_status, h.reason
FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
    bookonce.booking_history(b.booking_id, 'play') WITH ORDINALITY AS h
WHERE b.tenant = 'play' AND b.holder IN ('pat', 'qua') ORDER BY b.holder, r.resource, h.ordinality;
ROLLBACK;
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'play';
DELETE FROM bookonce.booking WHERE tenant = 'play';
DELETE FROM bookonce.waiter WHERE tenant = 'play';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant = 'play';
