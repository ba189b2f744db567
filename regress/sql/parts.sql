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
SELECT outcome, status FROM bookonce.extend_hold(:'hold', '2 hours', tenant => 'parts');
SELECT count(DISTINCT lapses_at), count(*) FROM bookonce.booking WHERE group_id = :'of_hold';
SELECT outcome, status, resource FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome, replayed FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT * FROM taken WHERE at = 10;
SELECT outcome FROM bookonce.reschedule_booking(:'hold', slot(11, 2), tenant => 'parts');
SELECT outcome, replayed FROM bookonce.reschedule_booking(:'hold', slot(11, 2), tenant => 'parts');
SELECT outcome, resource, busy IS NOT NULL AS busy FROM bookonce.reschedule_booking(:'hold', slot(8), tenant => 'parts');
SELECT * FROM taken WHERE at >= 10;
SELECT outcome, status, resource FROM bookonce.cancel_booking(:'hold', 'rain', tenant => 'parts');
SELECT outcome, replayed FROM bookonce.cancel_booking(:'hold', tenant => 'parts');
SELECT count(*), min(reason) FROM bookonce.booking WHERE group_id = :'of_hold' AND status = 'cancelled';
SELECT * FROM taken WHERE at >= 10;

-- What lapses, lapses with its parts.
SELECT booking_id AS hold, group_id AS of_hold
FROM bookonce.book_slot('hall', slot(13), 'cy', hold_for => '1 second', tenant => 'parts') \gset
SELECT pg_sleep(1.1);
SELECT outcome FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome FROM bookonce.book_slot('A1', slot(13), 'dan', tenant => 'parts');
SELECT outcome FROM bookonce.confirm_booking(:'hold', tenant => 'parts');
SELECT outcome, resource FROM bookonce.book_slot('hall', slot(13), 'cy', tenant => 'parts');

-- Groups: a whole with others, confirmed and cancelled together. The parts are not told.
SELECT outcome, resource FROM bookonce.book_slots(ARRAY[('plain', slot(14), 1, NULL, NULL, NULL), ('hall', slot(14), 1, NULL, NULL, NULL),
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
SELECT bookonce.places_left('kit', slot(17), 'parts'), bookonce.places_left('kit', slot(18), 'parts'),
       bookonce.places_left('camera', slot(16), 'parts'), bookonce.places_left('hall', slot(9), 'parts');
SELECT * FROM taken WHERE at >= 16;
SELECT booking_id AS kit FROM bookonce.booking JOIN bookonce.resource USING (tenant, resource_id)
WHERE tenant = 'parts' AND resource = 'kit' AND holder = 'hal' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'kit', slot(17, 2), tenant => 'parts');
SELECT * FROM taken WHERE at >= 16 AND holder = 'hal';

-- What is free is free in all parts, by the rules of each.
SELECT bookonce.set_opening_hours('A2', 1, '{08:00}', '{18:00}', tenant => 'parts');
SELECT bookonce.close_resource('{garden}', slot(11), tenant => 'parts');
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
SELECT bookonce.reschedule_booking(:'kit', slot(20), 'hall', tenant => 'parts');
SELECT bookonce.swap_bookings(:'part', :'kit', tenant => 'parts');
SELECT bookonce.swap_bookings(:'kit', :'part', tenant => 'parts');
SELECT bookonce.end_booking(:'kit', tenant => 'parts');
SELECT bookonce.check_in(:'kit', tenant => 'parts');
SELECT bookonce.no_show(:'kit', tenant => 'parts');
SELECT bookonce.change_booking(:'kit', holder => 'mia', tenant => 'parts');
SELECT group_id AS of_kit FROM bookonce.booking WHERE booking_id = :'kit' \gset
SELECT bookonce.reschedule_group(:'of_kit', '1 hour', tenant => 'parts');
SELECT bookonce.book_slot('hall', slot(20), 'mia', allow_overlap => true, tenant => 'parts');
SELECT bookonce.book_slot('kit', slot(20), 'mia', 2, tenant => 'parts');
SELECT bookonce.book_slots(ARRAY[('hall', slot(20), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'mia',
    all_or_nothing => false, tenant => 'parts');
SELECT bookonce.book_any_slot('{hall}', slot(20), 'mia', tenant => 'parts');
SELECT bookonce.join_waitlist('hall', slot(20), 'mia', tenant => 'parts');
SELECT bookonce.find_slots('[{"any_of": ["hall"]}]', slot(20), '1 hour', tenant => 'parts');
SELECT outcome FROM bookonce.book_slot('plain', slot(20), 'mia', tenant => 'parts');
SELECT booking_id AS plain FROM bookonce.booking WHERE tenant = 'parts' AND holder = 'mia' \gset
SELECT bookonce.reschedule_booking(:'plain', slot(21), 'hall', tenant => 'parts');
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
-- A part that somebody has changed by hand is found.
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem;
UPDATE bookonce.booking SET holder = 'nobody' WHERE booking_id = :'part';
SELECT problem, count(*) FROM bookonce.check_integrity() WHERE tenant = 'parts' GROUP BY problem;
DELETE FROM bookonce.booking WHERE tenant = 'parts';
DELETE FROM bookonce.waiter WHERE tenant = 'parts';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant = 'parts';
DROP VIEW taken;
DROP FUNCTION slot(integer, integer);
