-- needs_parts.sql
--   Needs of which a candidate takes parts along.
-- SPDX-License-Identifier: PostgreSQL
SET timezone = 'UTC';

SELECT bookonce.define_resource(name, capacity, attributes => jsonb_build_object('seats', seats), tenant => 'halls')
FROM (VALUES ('hall', 1, 60), ('A1', 1, 20), ('A2', 1, 30), ('attic', 1, 25), ('barn', 1, 60), ('kit', 5, NULL),
    ('camera', 5, NULL), ('dr:ann', 1, NULL)) AS r(name, capacity, seats);
SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'halls'),
    bookonce.set_parts('barn', '{A2,attic}', tenant => 'halls'),
    bookonce.set_parts('kit', '{camera}', '{3}', tenant => 'halls');
CREATE FUNCTION pg_temp.at(first integer, past integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2033-03-01 00:00+00'::timestamptz + first * interval '1 hour',
        '2033-03-01 00:00+00'::timestamptz + past * interval '1 hour')
$$;
CREATE FUNCTION pg_temp.find(needs jsonb, first integer, past integer)
RETURNS TABLE (starts time, resources text[]) LANGUAGE sql AS $$
    SELECT lower(f.during)::time, f.resources
    FROM bookonce.find_slots(needs, pg_temp.at(first, past), '1 hour', tenant => 'halls') AS f
$$;
CREATE FUNCTION pg_temp.book(needs jsonb, first integer, pick text DEFAULT 'first', key text DEFAULT NULL,
    who text DEFAULT 'pat')
RETURNS TABLE (outcome bookonce.outcome, replayed boolean, resource text, together bigint) LANGUAGE sql AS $$
    SELECT b.outcome, b.replayed, b.resource,
        count(*) FILTER (WHERE b.group_id IS NOT NULL) OVER (PARTITION BY b.group_id)
    FROM bookonce.book_needs(needs, pg_temp.at(first, first + 1), who, pick => pick, idempotency_key => key,
        tenant => 'halls') AS b
$$;
CREATE FUNCTION pg_temp.taken(hour integer) RETURNS TABLE (resource text, unit integer, member integer)
LANGUAGE sql AS $$
    SELECT r.resource, b.unit, b.member FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'halls' AND b.released_at IS NULL AND b.during && pg_temp.at(hour, hour + 1)
    ORDER BY r.resource, b.unit
$$;

-- It is free while all its parts are, and booked with them.
SELECT outcome FROM bookonce.book_slot('A1', pg_temp.at(9, 10), 'ann', tenant => 'halls');
SELECT count(*) FROM bookonce.close_resource('{attic}', pg_temp.at(10, 11), tenant => 'halls');
SELECT * FROM pg_temp.find('{"any_of": ["hall"]}', 8, 12);
SELECT * FROM pg_temp.find('[{"any_of": ["dr:ann"]}, {"where": {"seats": {"at_least": 60}}}]', 8, 12);
SELECT * FROM pg_temp.book('{"any_of": ["hall"]}', 9);
SELECT * FROM pg_temp.book('{"any_of": ["barn"]}', 10);
SELECT * FROM pg_temp.book('[{"any_of": ["dr:ann"]}, {"any_of": ["hall", "barn"]}]', 9, key => 'visit');
SELECT * FROM pg_temp.book('[{"any_of": ["dr:ann"]}, {"any_of": ["hall", "barn"]}]', 9, key => 'visit');
SELECT * FROM pg_temp.taken(9);
SELECT outcome, resource FROM bookonce.cancel_group((SELECT group_id FROM bookonce.booking
    WHERE tenant = 'halls' AND idempotency_key = 'visit'), tenant => 'halls');
SELECT * FROM pg_temp.taken(9);
SELECT * FROM pg_temp.book('{"any_of": ["hall"]}', 8, 'least_booked');
-- The barn is free for the shorter time: one of its parts is.
SELECT * FROM pg_temp.book('{"any_of": ["hall", "barn"]}', 11, 'tightest');

-- A hall is not had with its room, nor two halls with the room that both take; what can be had without is found.
SELECT resources FROM pg_temp.find('[{"any_of": ["hall", "A2"]}, {"any_of": ["A1"]}]', 12, 13);
SELECT resources FROM pg_temp.find('[{"any_of": ["A1", "A2"]}, {"any_of": ["hall", "attic"]}]', 12, 13);
SELECT resources FROM pg_temp.find('{"where": {"seats": {"at_least": 1}}, "count": 3}', 12, 13);
SELECT resources FROM pg_temp.find('[{"any_of": ["hall"]}, {"any_of": ["barn"]}]', 12, 13);
SELECT * FROM pg_temp.book('[{"any_of": ["dr:ann"]}, {"any_of": ["hall"]}, {"any_of": ["barn", "A2"]}]', 12);
SELECT * FROM pg_temp.book('[{"any_of": ["hall", "attic"]}, {"any_of": ["barn", "A2"]}, {"any_of": ["A1"]}]', 12);
SELECT * FROM pg_temp.taken(12);

-- As many units of a part as it takes.
SELECT outcome FROM bookonce.book_slot('camera', pg_temp.at(14, 15), 'ann', 2, tenant => 'halls');
SELECT outcome FROM bookonce.book_slot('camera', pg_temp.at(15, 16), 'ann', 3, tenant => 'halls');
SELECT * FROM pg_temp.find('{"any_of": ["kit"]}', 14, 17);
SELECT * FROM pg_temp.find('[{"any_of": ["kit"]}, {"any_of": ["camera"]}]', 16, 17);
SELECT * FROM pg_temp.book('[{"any_of": ["kit"]}, {"any_of": ["camera"]}]', 14);
SELECT * FROM pg_temp.book('[{"any_of": ["kit"]}, {"any_of": ["camera"]}]', 16);
SELECT * FROM pg_temp.taken(16);
-- One that takes more than there are is never free.
SELECT bookonce.set_parts('stand', '{camera}', '{3}', tenant => 'halls')
FROM bookonce.define_resource('stand', tenant => 'halls');
UPDATE bookonce.resource SET capacity = 2 WHERE tenant = 'halls' AND resource = 'camera';
SELECT * FROM pg_temp.find('{"any_of": ["stand"]}', 20, 21);
UPDATE bookonce.resource SET capacity = 5 WHERE tenant = 'halls' AND resource = 'camera';

-- What the line for a part is given, or keeps, is not free for the whole.
SELECT bookonce.set_waitlist('A1', strict => true, tenant => 'halls');
SELECT booking_id AS own FROM bookonce.book_slot('A1', pg_temp.at(18, 19), 'ann', hold_for => '1 hour',
    tenant => 'halls') \gset
SELECT outcome FROM bookonce.join_waitlist('A1', pg_temp.at(18, 19), 'ben', tenant => 'halls');
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = :'own';
SELECT resources FROM pg_temp.find('{"any_of": ["hall"]}', 18, 19);
SELECT * FROM pg_temp.book('{"any_of": ["hall", "barn"]}', 18);
SELECT * FROM pg_temp.taken(18);

SELECT * FROM bookonce.check_integrity() WHERE tenant = 'halls';
DELETE FROM bookonce.booking WHERE tenant = 'halls';
DELETE FROM bookonce.waiter WHERE tenant = 'halls';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant = 'halls';
