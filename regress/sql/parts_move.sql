-- parts_move: what has parts goes to another resource, or changes places with another booking. The parts follow.
SET timezone = UTC;
SET datestyle = ISO;
CREATE FUNCTION pg_temp.slot(hour integer, hours integer DEFAULT 1) RETURNS tstzrange IMMUTABLE LANGUAGE sql
RETURN tstzrange('2099-01-05 00:00+00'::timestamptz + make_interval(hours => hour),
                 '2099-01-05 00:00+00'::timestamptz + make_interval(hours => hour + hours));
-- What a holder has: the parts behind the whole. due: how long after the start it lapses.
CREATE FUNCTION pg_temp.has(name text) RETURNS TABLE (resource text, unit integer, at integer, length interval,
    status bookonce.booking_status, member integer, due interval, buffer interval, kind text) LANGUAGE sql STABLE AS $$
    SELECT r.resource, b.unit, extract(hour FROM lower(b.during)), upper(b.during) - lower(b.during), b.status,
        b.member, date_trunc('minute', b.lapses_at - lower(b.during)), upper(b.blocks) - upper(b.during), b.kind
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'ranch' AND b.holder = name AND b.released_at IS NULL
    ORDER BY lower(b.during), b.member DESC, r.resource, b.unit $$;
CREATE FUNCTION pg_temp.go(id uuid, slot tstzrange, resource text DEFAULT NULL) RETURNS TABLE (
    outcome bookonce.outcome, replayed boolean, resource text, units integer[], busy boolean) LANGUAGE sql AS $$
    SELECT a.outcome, a.replayed, a.resource, a.units, a.busy IS NOT NULL
    FROM bookonce.reschedule_booking(id, slot, go.resource, tenant => 'ranch') AS a $$;
CREATE FUNCTION pg_temp.swap(one uuid, two uuid) RETURNS TABLE (outcome bookonce.outcome, resource text)
LANGUAGE sql AS $$ SELECT a.outcome, a.resource FROM bookonce.swap_bookings(one, two, tenant => 'ranch') AS a $$;
SELECT bookonce.define_resource('hall', tenant => 'ranch'),
    bookonce.define_resource('barn', tenant => 'ranch', check_in_within => '2 hours'),
    bookonce.define_resource('A', tenant => 'ranch'),
    bookonce.define_resource('B', tenant => 'ranch', buffer_after => '30 minutes'),
    bookonce.define_resource('C', tenant => 'ranch'), bookonce.define_resource('plain', 2, tenant => 'ranch'),
    bookonce.define_resource('kit', 2, tenant => 'ranch'), bookonce.define_resource('camera', 3, tenant => 'ranch');
SELECT bookonce.set_parts('hall', '{A,B}', tenant => 'ranch'), bookonce.set_parts('barn', '{A,C}', tenant => 'ranch'),
    bookonce.set_parts('kit', '{camera}', '{2}', tenant => 'ranch');
SELECT bookonce.keep_history(tenant => 'ranch');

-- To another whole: id, key, group and holder stay, the parts are those of the other, and it lapses as bookings there.
SELECT booking_id AS ann, group_id AS of_ann FROM bookonce.book_slot('hall', pg_temp.slot(9), 'ann',
    idempotency_key => 'ann', tenant => 'ranch') \gset
SELECT * FROM pg_temp.has('ann');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(9, 2), 'barn');
SELECT * FROM pg_temp.has('ann');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(9, 2), 'barn');
SELECT outcome, replayed, resource, group_id = :'of_ann' AS same_group
FROM bookonce.book_slot('hall', pg_temp.slot(9), 'ann', idempotency_key => 'ann', tenant => 'ranch');
SELECT b.member, r.resource, b.status, b.released_at IS NOT NULL AS given_back
FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id) WHERE b.group_id = :'of_ann'
ORDER BY b.member DESC, b.released_at IS NOT NULL, r.resource;
SELECT r.resource, h.kind, h.before_resource, h.after_resource, h.after_status
FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
    bookonce.booking_history(b.booking_id, 'ranch') WITH ORDINALITY AS h
WHERE b.group_id = :'of_ann' ORDER BY b.member DESC, b.created_at, r.resource, h.ordinality;
-- To a whole in the same hour, where its own part is no obstacle; to one of its parts alone; and back.
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(10), 'hall');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(10), 'A');
SELECT * FROM pg_temp.has('ann');
SELECT outcome FROM bookonce.book_slot('B', pg_temp.slot(10), 'ben', tenant => 'ranch');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(10), 'hall');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(10), 'nowhere');
SELECT * FROM pg_temp.has('ann');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(12), 'hall');
SELECT * FROM pg_temp.has('ann');
SELECT * FROM pg_temp.go(:'ann', pg_temp.slot(8), 'plain');
SELECT * FROM pg_temp.has('ann');
SELECT outcome, status FROM bookonce.cancel_booking(:'ann', tenant => 'ranch');
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'ranch';

-- Booked alone, it gets parts; then they follow whatever the booking does, by its id or by its group.
SELECT booking_id AS cid FROM bookonce.book_slot('plain', pg_temp.slot(9), 'cid', hold_for => '1 hour',
    idempotency_key => 'cid', tenant => 'ranch') \gset
SELECT * FROM pg_temp.go(:'cid', pg_temp.slot(13), 'hall');
SELECT DISTINCT group_id AS of_cid, count(*) OVER () FROM bookonce.booking WHERE tenant = 'ranch' AND holder = 'cid'
    AND released_at IS NULL \gset
SELECT outcome, replayed, resource, group_id = :'of_cid' AS same_group
FROM bookonce.book_slot('plain', pg_temp.slot(9), 'cid', hold_for => '1 hour', idempotency_key => 'cid',
    tenant => 'ranch');
SELECT count(DISTINCT lapses_at), count(*) FROM bookonce.booking WHERE group_id = :'of_cid';
SELECT outcome FROM bookonce.extend_hold(:'cid', '3 hours', tenant => 'ranch');
SELECT count(DISTINCT lapses_at), count(*) FROM bookonce.booking WHERE group_id = :'of_cid';
SELECT outcome, status FROM bookonce.confirm_booking(:'cid', tenant => 'ranch');
SELECT outcome FROM bookonce.change_booking(:'cid', 'dan', tenant => 'ranch');
SELECT * FROM pg_temp.has('dan');
SELECT * FROM pg_temp.go(:'cid', pg_temp.slot(14));
SELECT outcome FROM bookonce.reschedule_group(:'of_cid', '1 hour', tenant => 'ranch');
SELECT * FROM pg_temp.go(:'cid', pg_temp.slot(15), 'barn');
SELECT outcome FROM bookonce.reschedule_group(:'of_cid', '1 hour', tenant => 'ranch');
SELECT * FROM pg_temp.has('dan');
SELECT outcome FROM bookonce.check_in(:'cid', tenant => 'ranch');
SELECT count(lapses_at) FROM bookonce.booking WHERE group_id = :'of_cid' AND released_at IS NULL;
BEGIN;
SELECT outcome FROM bookonce.cancel_group(:'of_cid', tenant => 'ranch');
SELECT * FROM pg_temp.has('dan');
ROLLBACK;
SELECT outcome, status FROM bookonce.cancel_booking(:'cid', tenant => 'ranch');
SELECT * FROM pg_temp.has('dan');

-- One of a group goes alone, by its own number. A unit of a party has none.
SELECT outcome FROM bookonce.book_slots(ARRAY[('C', pg_temp.slot(20), 1, NULL, NULL, NULL),
    ('plain', pg_temp.slot(20), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve', idempotency_key => 'eve',
    tenant => 'ranch');
SELECT booking_id AS eve, group_id AS of_eve FROM bookonce.booking WHERE tenant = 'ranch' AND holder = 'eve'
    AND member = 2 \gset
SELECT * FROM pg_temp.go(:'eve', pg_temp.slot(20), 'hall');
SELECT * FROM pg_temp.has('eve');
SELECT outcome, replayed, resource FROM bookonce.book_slots(ARRAY[('C', pg_temp.slot(20), 1, NULL, NULL, NULL),
    ('plain', pg_temp.slot(20), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve', idempotency_key => 'eve',
    tenant => 'ranch');
SELECT outcome, resource FROM bookonce.cancel_booking(:'eve', tenant => 'ranch');
SELECT * FROM pg_temp.has('eve');
SELECT outcome, units FROM bookonce.book_slot('plain', pg_temp.slot(12), 'fay', 2, tenant => 'ranch');
SELECT booking_id AS fay FROM bookonce.booking WHERE tenant = 'ranch' AND holder = 'fay' LIMIT 1 \gset
\set VERBOSITY sqlstate
SELECT bookonce.reschedule_booking(:'fay', pg_temp.slot(12), 'kit', tenant => 'ranch');
\set VERBOSITY default

-- The time that it leaves, and that of its parts, is for those in line. Those who wait for a part of the other come
-- first.
SELECT booking_id AS gus FROM bookonce.book_slot('hall', pg_temp.slot(17), 'gus', tenant => 'ranch') \gset
SELECT outcome FROM bookonce.join_waitlist('A', pg_temp.slot(17), 'hal', tenant => 'ranch');
SELECT outcome FROM bookonce.join_waitlist('B', pg_temp.slot(17), 'ida', tenant => 'ranch');
BEGIN;
SELECT * FROM pg_temp.go(:'gus', pg_temp.slot(17), 'barn');
SELECT * FROM pg_temp.has('gus');
SELECT resource FROM pg_temp.has('ida');
SELECT count(*) FROM pg_temp.has('hal');
ROLLBACK;
SELECT outcome FROM bookonce.book_slot('C', pg_temp.slot(18), 'joe', tenant => 'ranch');
SELECT outcome FROM bookonce.join_waitlist('C', pg_temp.slot(18), 'kim', tenant => 'ranch');
UPDATE bookonce.booking SET status = 'cancelled', released_at = now() WHERE tenant = 'ranch' AND holder = 'joe';
SELECT * FROM pg_temp.go(:'gus', pg_temp.slot(18), 'barn');
SELECT * FROM pg_temp.has('gus');
SELECT outcome FROM bookonce.cancel_booking(:'gus', tenant => 'ranch');
DELETE FROM bookonce.waiter WHERE tenant = 'ranch';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant = 'ranch';
DELETE FROM bookonce.booking WHERE tenant = 'ranch';

-- Rules: a part that it has already is not judged again where it stays; a new one is. What a holder may have counts.
SELECT booking_id AS lou FROM bookonce.book_slot('hall', pg_temp.slot(9), 'lou', tenant => 'ranch') \gset
SELECT count(*) FROM bookonce.close_resource('{A,C}', pg_temp.slot(9), tenant => 'ranch');
SELECT * FROM pg_temp.go(:'lou', pg_temp.slot(9), 'barn');
SELECT count(bookonce.reopen_resource(ARRAY[c.closure_id], tenant => 'ranch'))
FROM bookonce.closure AS c JOIN bookonce.resource AS r USING (resource_id)
WHERE r.tenant = 'ranch' AND r.resource = 'C';
BEGIN;
SELECT * FROM pg_temp.go(:'lou', pg_temp.slot(9), 'barn');
ROLLBACK;
SELECT bookonce.set_holder_rule('c', '{C}', max_live => 1, tenant => 'ranch');
SELECT booking_id AS own FROM bookonce.book_slot('C', pg_temp.slot(20), 'lou', tenant => 'ranch') \gset
SELECT * FROM pg_temp.go(:'lou', pg_temp.slot(9), 'barn');
SELECT outcome FROM bookonce.cancel_booking(:'own', tenant => 'ranch');
SELECT * FROM pg_temp.go(:'lou', pg_temp.slot(9), 'barn');
SELECT resource FROM pg_temp.has('lou');

-- Two wholes change places: each has the other's parts, as they were booked, with its own holder and state.
SELECT booking_id AS max FROM bookonce.book_slot('kit', pg_temp.slot(10), 'max', hold_for => '1 hour',
    tenant => 'ranch') \gset
SELECT * FROM pg_temp.swap(:'lou', :'max');
SELECT * FROM pg_temp.has('lou');
SELECT resource, unit, at, status, member FROM pg_temp.has('max');
SELECT count(DISTINCT (group_id, lapses_at)) FROM bookonce.booking WHERE tenant = 'ranch' AND holder = 'max';
SELECT outcome FROM bookonce.confirm_booking(:'max', tenant => 'ranch');
SELECT count(*) FROM pg_temp.has('max') WHERE status = 'confirmed';
SELECT r.resource, h.kind, h.before_resource, h.before_holder, h.after_holder
FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
    bookonce.booking_history(b.booking_id, 'ranch') AS h
WHERE b.tenant = 'ranch' AND h.kind = 'swapped' ORDER BY r.resource, b.unit;
-- With one that has no parts: it gets a group and the parts, and the other has none.
SELECT booking_id AS ned, group_id AS of_ned FROM bookonce.book_slot('plain', pg_temp.slot(11), 'ned',
    tenant => 'ranch') \gset
SELECT * FROM pg_temp.swap(:'ned', :'lou');
SELECT * FROM pg_temp.has('ned');
SELECT * FROM pg_temp.has('lou');
SELECT outcome FROM bookonce.cancel_booking(:'ned', tenant => 'ranch');
SELECT count(*) FROM pg_temp.has('ned');
SELECT outcome, units FROM bookonce.book_slot('plain', pg_temp.slot(12), 'fay', 2, tenant => 'ranch');
SELECT booking_id AS fay FROM bookonce.booking WHERE tenant = 'ranch' AND holder = 'fay' LIMIT 1 \gset
\set VERBOSITY sqlstate
SELECT bookonce.swap_bookings(:'max', :'fay', tenant => 'ranch');
SELECT bookonce.swap_bookings(:'fay', :'max', tenant => 'ranch');
SELECT bookonce.swap_bookings(:'fay', (SELECT booking_id FROM bookonce.booking WHERE tenant = 'ranch'
    AND holder = 'max' AND member < 0 LIMIT 1), tenant => 'ranch');
\set VERBOSITY default
SELECT * FROM pg_temp.swap(:'fay', :'lou');

-- What a holder may have is asked of each part, for the holder who has it then.
SELECT bookonce.set_holder_rule('c', '{A}', max_live => 1, tenant => 'ranch');
SELECT booking_id AS own FROM bookonce.book_slot('A', pg_temp.slot(21), 'lou', tenant => 'ranch') \gset
SELECT * FROM pg_temp.swap(:'lou', :'max');
SELECT resource FROM pg_temp.has('lou');
SELECT outcome FROM bookonce.cancel_booking(:'own', tenant => 'ranch');
SELECT * FROM pg_temp.swap(:'lou', :'max');
SELECT resource FROM pg_temp.has('lou');
SELECT resource FROM pg_temp.has('max');
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'ranch';

-- A provider with parts goes to another, with or without parts; the position stays filled.
SELECT request_id AS request FROM bookonce.open_request(pg_temp.slot(15), 1, 'ola', tenant => 'ranch') \gset
SELECT offer_id AS offer FROM bookonce.make_offers(:'request', '{plain}', tenant => 'ranch') \gset
SELECT outcome, booking_id AS visit FROM bookonce.accept_offer(:'offer', 'plain', tenant => 'ranch') \gset
SELECT * FROM pg_temp.go(:'visit', pg_temp.slot(15), 'hall');
SELECT provider, starts_at = lower(pg_temp.slot(15)) AS then FROM bookonce.appointment WHERE tenant = 'ranch';
SELECT resource FROM pg_temp.has('ola');
SELECT outcome FROM bookonce.reschedule_request(:'request', pg_temp.slot(16), tenant => 'ranch');
SELECT resource, at FROM pg_temp.has('ola');
SELECT outcome FROM bookonce.release_position(:'request', 'hall', tenant => 'ranch');
SELECT count(*) FROM pg_temp.has('ola');
SELECT problem FROM bookonce.check_integrity() WHERE tenant = 'ranch';
SELECT bookonce.keep_history('{}', tenant => 'ranch');
DELETE FROM bookonce.offer WHERE tenant = 'ranch';
DELETE FROM bookonce.position WHERE tenant = 'ranch';
DELETE FROM bookonce.request WHERE tenant = 'ranch';
DELETE FROM bookonce.booking WHERE tenant = 'ranch';
