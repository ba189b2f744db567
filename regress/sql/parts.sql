-- parts: a resource that takes others along. The hall is two rooms; a kit takes cameras and lamps of pools.
SET timezone = UTC;
SET datestyle = ISO;
SELECT bookonce.define_resource(name, capacity, tenant => 'parts')
FROM (VALUES ('hall', 1), ('A1', 1), ('A2', 1), ('house', 1), ('garden', 1), ('kit', 5), ('camera', 5), ('lamp', 3),
             ('plain', 1)) AS r(name, capacity);

SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'parts');
SELECT bookonce.set_parts('house', '{hall,garden}', tenant => 'parts');
SELECT bookonce.set_parts('kit', '{camera,lamp}', '{2,1}', tenant => 'parts');
SELECT * FROM bookonce.list_parts('house', 'parts');
SELECT * FROM bookonce.list_parts('kit', 'parts');
SELECT * FROM bookonce.list_parts('A1', 'parts');

-- What is no set of parts.
\set VERBOSITY terse
SELECT bookonce.set_parts('hall', '{hall}', tenant => 'parts');
SELECT bookonce.set_parts('A1', '{house}', tenant => 'parts');
SELECT bookonce.set_parts('A1', '{hall}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A1}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,nowhere}', tenant => 'parts');
SELECT bookonce.set_parts('nowhere', '{A1}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A2}', '{1}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A2}', '{1,0}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A2}', '{1,NULL}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A2}', '{1,2}', tenant => 'parts');
SELECT bookonce.set_parts('hall', NULL, tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,NULL}', tenant => 'parts');
SELECT * FROM bookonce.list_parts('nowhere', 'parts');
SELECT * FROM bookonce.list_parts('hall', 'parts');

-- Eight levels, not nine; also from above.
SELECT bookonce.define_resource('level:' || i, tenant => 'parts') FROM generate_series(0, 9) AS i;
SELECT bookonce.set_parts('level:' || i - 1, ARRAY['level:' || i], tenant => 'parts') FROM generate_series(1, 8) AS i;
SELECT bookonce.set_parts('level:8', '{level:9}', tenant => 'parts');
SELECT max(depth) FROM bookonce.list_parts('level:0', 'parts');

-- The hall takes its rooms, and so does the house. A refusal names the part, and nothing of it stays.
CREATE FUNCTION slot(hour integer, hours integer DEFAULT 1) RETURNS tstzrange IMMUTABLE LANGUAGE sql
RETURN tstzrange('2099-01-05 00:00+00'::timestamptz + make_interval(hours => hour),
                 '2099-01-05 00:00+00'::timestamptz + make_interval(hours => hour + hours));
CREATE VIEW taken AS
    SELECT r.resource, b.unit, extract(hour FROM lower(b.during) AT TIME ZONE 'UTC') AS at,
           upper(b.during) - lower(b.during) AS length, b.status, b.member, b.holder
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'parts' AND b.released_at IS NULL
    ORDER BY at, r.resource, b.unit;
SELECT outcome, resource, units FROM bookonce.book_slot('A2', slot(8), 'ann', tenant => 'parts');
SELECT outcome, resource, busy = tstzmultirange(slot(8)) AS busy
FROM bookonce.book_slot('house', slot(8), 'bob', tenant => 'parts');
SELECT outcome, resource, units, group_id IS NOT NULL AS has_group
FROM bookonce.book_slot('hall', slot(9), 'bob', idempotency_key => 'hall', tenant => 'parts');
SELECT outcome, replayed, resource, units FROM bookonce.book_slot('hall', slot(9), 'bob', idempotency_key => 'hall',
    tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('A1', slot(9), 'ann', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('house', slot(9), 'ann', tenant => 'parts');
SELECT * FROM taken;

-- A hold, its extension and its confirmation; a cancellation frees all.
SELECT booking_id AS hold, group_id AS of_hold
FROM bookonce.book_slot('house', slot(10), 'cy', hold_for => '1 hour', tenant => 'parts') \gset
SELECT count(DISTINCT lapses_at), count(*) FROM bookonce.booking WHERE group_id = :'of_hold';
SELECT outcome, status FROM bookonce.extend_hold(:'hold', '2 hours', tenant => 'parts');
SELECT count(DISTINCT lapses_at), count(*) FROM bookonce.booking WHERE group_id = :'of_hold';
SELECT outcome, status, resource FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome, replayed FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT * FROM taken WHERE at = 10;
SELECT outcome FROM bookonce.reschedule_booking(:'hold', slot(11, 2), tenant => 'parts');
SELECT outcome, replayed FROM bookonce.reschedule_booking(:'hold', slot(11, 2), tenant => 'parts');
SELECT outcome, resource, busy IS NOT NULL AS busy
FROM bookonce.reschedule_booking(:'hold', slot(8), tenant => 'parts');
SELECT * FROM taken WHERE at >= 10;
SELECT outcome, status, resource FROM bookonce.cancel_booking(:'hold', 'rain', tenant => 'parts');
SELECT outcome, replayed FROM bookonce.cancel_booking(:'hold', tenant => 'parts');
SELECT count(*), min(reason) FROM bookonce.booking WHERE group_id = :'of_hold' AND status = 'cancelled';
SELECT * FROM taken WHERE at >= 10;

-- What lapses, lapses with its parts.
SELECT booking_id AS hold, group_id AS of_hold
FROM bookonce.book_slot('hall', slot(13), 'cy', hold_for => '1 microsecond', tenant => 'parts') \gset
SELECT outcome FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome FROM bookonce.book_slot('A1', slot(13), 'dan', tenant => 'parts');
SELECT outcome FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(13), 'cy', tenant => 'parts');

-- Groups: a whole with others, confirmed and cancelled together. The parts are not told.
SELECT outcome, resource
FROM bookonce.book_slots(ARRAY[('plain', slot(14), 1, NULL, NULL, NULL), ('hall', slot(14), 1, NULL, NULL, NULL),
    ('kit', slot(14), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve', hold_for => '1 hour',
    idempotency_key => 'meeting', tenant => 'parts');
SELECT DISTINCT group_id AS meeting FROM bookonce.booking WHERE tenant = 'parts' AND holder = 'eve' \gset
SELECT outcome, replayed, resource
FROM bookonce.book_slots(ARRAY[('plain', slot(14), 1, NULL, NULL, NULL), ('hall', slot(14), 1, NULL, NULL, NULL),
    ('kit', slot(14), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'eve', hold_for => '1 hour',
    idempotency_key => 'meeting', tenant => 'parts');
SELECT outcome, resource, status FROM bookonce.confirm_group(:'meeting', tenant => 'parts');
SELECT * FROM taken WHERE at = 14;
SELECT outcome, resource, busy IS NOT NULL AS busy
FROM bookonce.book_slots(ARRAY[('plain', slot(15), 1, NULL, NULL, NULL), ('house', slot(14), 1, NULL, NULL, NULL)]
    ::bookonce.slot_request[], 'fay', tenant => 'parts');
SELECT outcome, resource FROM bookonce.cancel_group(:'meeting', tenant => 'parts');
SELECT * FROM taken WHERE at >= 14;

-- Two kits of a pool of five cameras; the third lacks one. Units are moved to make room.
SELECT outcome, resource FROM bookonce.book_slot('camera', slot(16), 'gus', tenant => 'parts');
SELECT outcome, resource, units FROM bookonce.book_slot('kit', slot(16, 2), 'gus', tenant => 'parts');
SELECT outcome, resource, units FROM bookonce.book_slot('kit', slot(16, 2), 'hal', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('kit', slot(17, 2), 'ida', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('camera', slot(17), 'ida', tenant => 'parts');
SELECT bookonce.places_left('kit', slot(17), tenant => 'parts'),
       bookonce.places_left('kit', slot(18), tenant => 'parts'),
       bookonce.places_left('camera', slot(16), tenant => 'parts'),
       bookonce.places_left('hall', slot(9), tenant => 'parts');
SELECT * FROM taken WHERE at >= 16;
SELECT booking_id AS kit FROM bookonce.booking JOIN bookonce.resource USING (tenant, resource_id)
WHERE tenant = 'parts' AND resource = 'kit' AND holder = 'hal' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'kit', slot(17, 2), tenant => 'parts');
SELECT * FROM taken WHERE at >= 16 AND holder = 'hal';

-- A party of two kits: each unit with its own parts, and each can be cancelled alone. All or none; a repeated call says
-- what still stands, whatever is said of parts since.
SELECT outcome, units, booking_id, group_id AS of_kits
FROM bookonce.book_slot('kit', slot(20), 'jim', 2, idempotency_key => 'kits', tenant => 'parts') \gset
SELECT :'outcome' AS outcome, :'units' AS units;
SELECT booking_id AS one_kit FROM bookonce.booking WHERE group_id = :'of_kits' AND member = 1 \gset
SELECT resource, unit, member FROM bookonce.get_group(:'of_kits', 'parts');
SELECT outcome, replayed, units, group_id = :'of_kits' AS same_group
FROM bookonce.book_slot('kit', slot(20), 'jim', 2, idempotency_key => 'kits', tenant => 'parts');
SELECT outcome, resource, units, group_id FROM bookonce.book_slot('kit', slot(20), 'kay', tenant => 'parts');
SELECT outcome, resource, units FROM bookonce.book_slot('kit', slot(19, 2), 'kay', 2, tenant => 'parts');
SELECT outcome FROM bookonce.cancel_booking(:'one_kit', tenant => 'parts');
SELECT * FROM taken WHERE at >= 19;
SELECT outcome, replayed, units FROM bookonce.book_slot('kit', slot(20), 'jim', 2, idempotency_key => 'kits',
    tenant => 'parts');
BEGIN;
UPDATE bookonce.resource SET part_ids = NULL, part_quantities = NULL WHERE tenant = 'parts' AND resource = 'kit';
SELECT outcome, replayed, units FROM bookonce.book_slot('kit', slot(20), 'jim', 2, idempotency_key => 'kits',
    tenant => 'parts');
ROLLBACK;
SELECT outcome, resource, units FROM bookonce.cancel_group(:'of_kits', tenant => 'parts');
SELECT outcome, replayed, units, status FROM bookonce.book_slot('kit', slot(20), 'jim', 2, idempotency_key => 'kits',
    tenant => 'parts');
\set VERBOSITY sqlstate
SELECT bookonce.book_slot('kit', slot(20), 'jim', 6, tenant => 'parts');
\set VERBOSITY default
SELECT * FROM taken WHERE at >= 19;

-- Each by itself: a whole that is refused leaves nothing of it, and the others are booked.
CREATE FUNCTION pg_temp.each(max_wait interval DEFAULT NULL) RETURNS TABLE (outcome bookonce.outcome, replayed boolean,
    resource text, units integer[], has_group boolean) LANGUAGE sql AS $$
    SELECT q.outcome, q.replayed, q.resource, q.units, q.group_id IS NOT NULL
    FROM bookonce.book_slots(ARRAY[('plain', slot(19), 1, NULL, NULL, NULL), ('A2', slot(19), 1, NULL, NULL, NULL),
        ('house', slot(19), 1, NULL, NULL, NULL), ('garden', slot(19), 1, NULL, NULL, NULL),
        ('kit', slot(19), 2, 'lou', 'each kits', NULL), ('kit', slot(19), 1, 'max', 'each kit', NULL),
        ('hall', slot(20), 1, 'lou', 'each hall', NULL)]::bookonce.slot_request[], 'kay', all_or_nothing => false,
        max_wait => each.max_wait, tenant => 'parts') AS q $$;
SELECT * FROM pg_temp.each();
SELECT * FROM taken WHERE at >= 19;
SELECT * FROM pg_temp.each('0');
SELECT outcome, replayed, units FROM bookonce.book_slot('kit', slot(19), 'lou', 2, idempotency_key => 'each kits',
    tenant => 'parts');
SELECT count(q.outcome) FROM bookonce.booking AS b, bookonce.cancel_booking(b.booking_id, tenant => 'parts') AS q
WHERE b.tenant = 'parts' AND b.member > 0 AND b.released_at IS NULL AND lower(b.during) >= lower(slot(19));

-- What is free is free in all parts, by the rules of each.
SELECT bookonce.set_opening_hours('A2', 1, '{08:00}', '{18:00}', tenant => 'parts');
SELECT resource, busy, booking_ids FROM bookonce.close_resource('{garden}', slot(11), tenant => 'parts');
SELECT f FROM bookonce.free_slots('hall', slot(7, 4), '1 hour', tenant => 'parts') AS f;
SELECT f FROM bookonce.free_slots('house', slot(7, 6), '1 hour', tenant => 'parts') AS f;
SELECT bookonce.free_time('house', slot(7, 6), tenant => 'parts');
SELECT bookonce.free_time('house', slot(8, 1), tenant => 'parts');
SELECT outcome, rule, times FROM bookonce.explain_slot('house', slot(7, 2), tenant => 'parts');
SELECT outcome, rule FROM bookonce.explain_slot('house', slot(12), tenant => 'parts');
SELECT s FROM bookonce.suggest_slots('house', slot(8), 2, tenant => 'parts') AS s;
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(7), 'jo', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('house', slot(11), 'jo', tenant => 'parts');

-- Who waits for a room gets it when the hall is given back.
SELECT outcome FROM bookonce.join_waitlist('A1', slot(9), 'kim', tenant => 'parts');
SELECT booking_id AS hall FROM bookonce.booking JOIN bookonce.resource USING (tenant, resource_id)
WHERE tenant = 'parts' AND resource = 'hall' AND released_at IS NULL AND holder = 'bob' \gset
SELECT outcome FROM bookonce.cancel_booking(:'hall', tenant => 'parts');
SELECT * FROM taken WHERE at = 9;
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(9), 'lea', tenant => 'parts');

-- A part is changed with its whole. What knows nothing of parts says so.
SELECT booking_id AS part FROM bookonce.booking WHERE tenant = 'parts' AND member < 0 AND status = 'confirmed'
ORDER BY lower(during), booking_id LIMIT 1 \gset
\set VERBOSITY sqlstate
SELECT bookonce.cancel_booking(:'part', tenant => 'parts');
SELECT bookonce.confirm_booking(:'part', tenant => 'parts');
SELECT bookonce.reschedule_booking(:'part', slot(20), tenant => 'parts');
SELECT bookonce.swap_bookings(:'part', :'kit', tenant => 'parts');
SELECT bookonce.swap_bookings(:'kit', :'part', tenant => 'parts');
SELECT bookonce.end_booking(:'part', tenant => 'parts');
SELECT bookonce.check_in(:'part', tenant => 'parts');
SELECT bookonce.no_show(:'part', tenant => 'parts');
SELECT bookonce.book_slot('hall', slot(20), 'mia', allow_overlap => true, tenant => 'parts');
SELECT outcome FROM bookonce.book_slot('plain', slot(20), 'mia', tenant => 'parts');
SELECT booking_id AS plain FROM bookonce.booking WHERE tenant = 'parts' AND holder = 'mia' \gset
SELECT outcome, resource FROM bookonce.reschedule_booking(:'plain', slot(21), 'hall', tenant => 'parts');
SELECT bookonce.delete_resource('A1', tenant => 'parts');

-- Parts do not change under bookings, nor where somebody takes the resource along.
SELECT bookonce.set_parts('kit', '{camera}', tenant => 'parts');
SELECT bookonce.set_parts('camera', '{plain}', tenant => 'parts');
SELECT bookonce.set_parts('plain', '{A1}', tenant => 'parts');
\set VERBOSITY default
SELECT bookonce.set_parts('kit', '{camera,lamp}', '{2,1}', tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1}', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(20), 'nan', tenant => 'parts');
SELECT * FROM taken WHERE at = 20;
SELECT bookonce.set_parts('level:0', '{}', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('level:0', slot(20), 'nan', tenant => 'parts');
SELECT count(*) FROM taken WHERE resource LIKE 'level%';

-- A part of another name is the same part; one that is retired closes the whole; one with too few units ends it.
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.live_booking
    WHERE tenant = 'parts' AND resource = 'hall' AND holder = 'nan'), tenant => 'parts');
SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'parts');
SELECT bookonce.rename_resource('A1', 'room one', tenant => 'parts');
SELECT part, depth FROM bookonce.list_parts('hall', 'parts');
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(12), 'ola', tenant => 'parts');
SELECT bookonce.rename_resource('room one', 'A1', tenant => 'parts');
SELECT count(*) FROM bookonce.retire_resource('A2', lower(slot(21)), tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(21), 'ola', tenant => 'parts');
SELECT outcome FROM bookonce.book_slot('A1', slot(21), 'ola', tenant => 'parts');
SELECT bookonce.alter_resource('camera', capacity => 3, tenant => 'parts');
SELECT bookonce.define_resource('tripod', 2, tenant => 'parts'), bookonce.define_resource('stand', tenant => 'parts');
SELECT bookonce.set_parts('stand', '{tripod}', '{2}', tenant => 'parts');
SELECT bookonce.alter_resource('tripod', capacity => 1, tenant => 'parts');
SELECT bookonce.book_slot('stand', slot(9), 'ola', tenant => 'parts');
SELECT bookonce.places_left('stand', slot(9), tenant => 'parts'),
       bookonce.free_time('stand', slot(9), tenant => 'parts');
SELECT outcome, rule FROM bookonce.explain_slot('stand', slot(9), tenant => 'parts');
-- Without parts it is a resource as any other, and a repeated call is answered whatever is said of parts since.
SELECT bookonce.set_parts('stand', '{}', tenant => 'parts');
SELECT plain FROM bookonce.resource WHERE tenant = 'parts' AND resource = 'stand';
SELECT outcome, group_id FROM bookonce.book_slot('stand', slot(9), 'ola', idempotency_key => 'alone',
    tenant => 'parts');
SELECT bookonce.set_parts('stand', '{tripod}', tenant => 'parts');
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking WHERE idempotency_key = 'alone'
    AND tenant = 'parts'), tenant => 'parts');
SELECT bookonce.set_parts('stand', '{tripod}', tenant => 'parts');
SELECT outcome, replayed, status FROM bookonce.book_slot('stand', slot(9), 'ola', idempotency_key => 'alone',
    tenant => 'parts');
SELECT outcome, group_id IS NOT NULL AS has_group
FROM bookonce.book_slot('stand', slot(9), 'ola', idempotency_key => 'with', tenant => 'parts');
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking WHERE idempotency_key = 'with'
    AND tenant = 'parts'), tenant => 'parts');
SELECT bookonce.set_parts('stand', '{}', tenant => 'parts');
SELECT outcome, replayed, status FROM bookonce.book_slot('stand', slot(9), 'ola', idempotency_key => 'with',
    tenant => 'parts');

-- Who does not come to a whole loses it and its parts; who does not come to a part alone, loses that.
SELECT bookonce.alter_resource(r, check_in_within => '1 hour', tenant => 'parts') FROM unnest('{hall,A1}'::text[]) AS r;
SELECT booking_id AS hall, group_id AS of_hall
FROM bookonce.book_slot('hall', slot(15), 'pat', tenant => 'parts') \gset
SELECT count(lapses_at) FROM bookonce.booking WHERE group_id = :'of_hall';
SELECT outcome FROM bookonce.reschedule_booking(:'hall', slot(16), tenant => 'parts');
SELECT count(lapses_at) FROM bookonce.booking WHERE group_id = :'of_hall';
SELECT outcome, lapses_at FROM bookonce.book_slot('A1', slot(17), 'pat', tenant => 'parts');
SELECT booking_id AS hold, group_id AS of_hold
FROM bookonce.book_slot('hall', slot(10), 'pat', hold_for => '1 hour', tenant => 'parts') \gset
SELECT outcome, lapses_at FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome FROM bookonce.cancel_booking(:'hold', tenant => 'parts');

-- How it is read: a part says so. Its details are the whole's own matter.
SELECT resource, member FROM bookonce.get_group(:'of_hall', tenant => 'parts');
SELECT resource, member FROM bookonce.list_bookings('{hall,A1,A2}', slot(16), tenant => 'parts')
ORDER BY member DESC, resource;
SELECT resource FROM bookonce.list_holder_bookings('pat', slot(10, 8), tenant => 'parts');
SELECT resource, member FROM bookonce.live_booking WHERE group_id = :'of_hall' ORDER BY resource;
SELECT outcome FROM bookonce.change_booking(:'hall', details => '{"for": "choir"}', tenant => 'parts');
SELECT count(details) FROM bookonce.booking WHERE group_id = :'of_hall';
SELECT booking_id AS room FROM bookonce.booking WHERE group_id = :'of_hall' AND member < 0 ORDER BY 1 LIMIT 1 \gset
\set VERBOSITY sqlstate
SELECT bookonce.change_booking(:'room', details => '{"for": "choir"}', tenant => 'parts');

-- What was booked keeps its parts. So what is over goes nowhere with parts that the resource has no more.
UPDATE bookonce.booking
SET during = tstzrange('2020-01-01', '2020-01-02'), blocks = tstzrange('2020-01-01', '2020-01-02')
WHERE tenant = 'parts' AND group_id = :'of_hall';
UPDATE bookonce.resource SET part_ids = part_ids[1:1], part_quantities = part_quantities[1:1]
WHERE tenant = 'parts' AND resource = 'hall';
SELECT bookonce.reschedule_booking(:'hall', slot(15), tenant => 'parts');
UPDATE bookonce.resource AS r SET part_ids = array_append(r.part_ids, a.resource_id), part_quantities = '{1,1}'
FROM bookonce.resource AS a
WHERE r.tenant = 'parts' AND r.resource = 'hall' AND a.tenant = 'parts' AND a.resource = 'A2';
SELECT outcome FROM bookonce.reschedule_booking(:'hall', slot(15), tenant => 'parts');

-- What is over is deleted with its parts, or not at all.
UPDATE bookonce.booking SET during = tstzrange('2020-01-01', '2020-01-02'),
    blocks = tstzrange('2020-01-01', '2020-01-02'), created_at = '2020-01-01'
WHERE tenant = 'parts' AND booking_id = :'room';
UPDATE bookonce.booking SET lapses_at = NULL WHERE tenant = 'parts' AND group_id = :'of_hall';
SELECT bookonce.delete_old('2020-01-03', 1000), count(*) FROM bookonce.booking WHERE group_id = :'of_hall';
UPDATE bookonce.booking SET during = tstzrange('2020-01-01', '2020-01-02'),
    blocks = tstzrange('2020-01-01', '2020-01-02'), created_at = '2020-01-01'
WHERE tenant = 'parts' AND group_id = :'of_hall';
SELECT bookonce.delete_old('2020-01-03', 1000);
SELECT count(*) FROM bookonce.booking WHERE group_id = :'of_hall';

-- A kind of booking is that of the parts, too: its buffers, also where it moves.
SELECT bookonce.define_kind('banquet', buffer_after => '2 hours', tenant => 'parts');
SELECT booking_id AS banquet, group_id AS of_banquet
FROM bookonce.book_slot('hall', slot(14), 'quin', kind => 'banquet', tenant => 'parts') \gset
SELECT count(*), upper(blocks) - lower(blocks) AS blocked, kind FROM bookonce.booking WHERE group_id = :'of_banquet'
GROUP BY 2, 3;
SELECT outcome, resource FROM bookonce.reschedule_booking(:'banquet', slot(15), tenant => 'parts');
SELECT outcome FROM bookonce.reschedule_booking(:'banquet', tstzrange(lower(slot(14)), lower(slot(14)) + '30 minutes'),
    tenant => 'parts');
SELECT count(*), upper(blocks) - lower(blocks) AS blocked FROM bookonce.booking
WHERE group_id = :'of_banquet' GROUP BY 2;
SELECT f FROM bookonce.free_slots('hall', slot(13, 4), '1 hour', tenant => 'parts') AS f;
SELECT outcome, rule FROM bookonce.explain_slot('hall', slot(10), kind => 'banquet', tenant => 'parts');

-- What somebody has changed by hand is found.
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem;
BEGIN;
UPDATE bookonce.booking SET holder = 'nobody' WHERE booking_id = :'part';
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem;
ROLLBACK;
BEGIN;
DELETE FROM bookonce.booking WHERE booking_id = :'part';
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem;
ROLLBACK;
BEGIN;
UPDATE bookonce.resource SET part_ids = ARRAY[resource_id, -1], part_quantities = '{1,1}'
WHERE tenant = 'parts' AND resource = 'stand';
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem ORDER BY problem;
ROLLBACK;
\set VERBOSITY terse
UPDATE bookonce.resource SET part_quantities = '{1}' WHERE tenant = 'parts' AND resource = 'hall';
UPDATE bookonce.resource SET part_quantities = NULL WHERE tenant = 'parts' AND resource = 'hall';
UPDATE bookonce.resource SET part_quantities = '{1,0}' WHERE tenant = 'parts' AND resource = 'hall';
DELETE FROM bookonce.booking WHERE tenant = 'parts';
DELETE FROM bookonce.waiter WHERE tenant = 'parts';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant = 'parts';
DROP VIEW taken;
DROP FUNCTION slot(integer, integer);
