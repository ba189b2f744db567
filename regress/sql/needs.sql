-- needs.sql
--   What resources are like, and bookings that ask for it.
-- SPDX-License-Identifier: PostgreSQL
SET timezone = 'UTC';

-- Attributes come with the definition, which is the whole of it; alter_resource() replaces them, or leaves them alone.
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8, "projector": true}', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
SELECT bookonce.alter_resource('attic', min_notice => '0', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
SELECT bookonce.alter_resource('attic', attributes => '{"seats": 10}', lift => '{min_notice}', tenant => 'needs');
SELECT resource, attributes FROM bookonce.list_resources(tenant => 'needs');
-- None at all is the same as an empty object; a resource with attributes is as plain as without.
SELECT plain, attributes FROM bookonce.resource WHERE tenant = 'needs';
SELECT bookonce.alter_resource('attic', attributes => '{}', tenant => 'needs');
SELECT plain, attributes FROM bookonce.resource WHERE tenant = 'needs';
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8}', tenant => 'needs');
SELECT bookonce.define_resource('attic', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
-- A definition that changes nothing writes nothing, whatever the order and the form of its attributes.
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8.0, "floor": null}', tenant => 'needs');
SELECT ctid AS was FROM bookonce.resource WHERE tenant = 'needs' AND resource = 'attic' \gset
SELECT bookonce.define_resource('attic', attributes => '{"floor": null, "seats": 8}', tenant => 'needs');
SELECT ctid = :'was' AS stays FROM bookonce.resource WHERE tenant = 'needs' AND resource = 'attic';
-- Bad input; also what an owner writes by hand.
SELECT bookonce.define_resource('bad', attributes => '[1]', tenant => 'needs');
SELECT bookonce.define_resource('bad', attributes => 'null', tenant => 'needs');
SELECT bookonce.alter_resource('attic', attributes => '"projector"', tenant => 'needs');
SELECT bookonce.define_resource('bad', attributes => jsonb_build_object('notes', repeat('x', 8192)),
    tenant => 'needs');
\set VERBOSITY terse
UPDATE bookonce.resource SET attributes = '8' WHERE tenant = 'needs';
\set VERBOSITY default

-- A clinic: doctors by name, rooms by what they are like. In the order of the needs; names are tried in theirs, and
-- whoever fits by name.
SELECT bookonce.define_resource('dr:' || d, attributes => jsonb_build_object('kind', 'doctor', 'speaks', s),
    tenant => 'needs')
FROM (VALUES ('ann', '["de", "fr"]'::jsonb), ('ben', '["de"]'), ('cleo', '["fr", "it"]')) AS x(d, s);
SELECT bookonce.define_resource('room:' || r, attributes => jsonb_build_object('seats', 2 * r, 'projector', r > 1),
    tenant => 'needs')
FROM generate_series(1, 3) AS r;
CREATE FUNCTION pg_temp.at(first integer, past integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2033-03-01 00:00+00'::timestamptz + first * interval '1 hour',
        '2033-03-01 00:00+00'::timestamptz + past * interval '1 hour')
$$;
CREATE FUNCTION pg_temp.find(needs jsonb, first integer, past integer, at_most integer DEFAULT 100)
RETURNS TABLE (starts time, resources text[]) LANGUAGE sql AS $$
    SELECT lower(f.during)::time, f.resources
    FROM bookonce.find_slots(needs, pg_temp.at(first, past), '1 hour', at_most => at_most, tenant => 'needs') AS f
$$;
CREATE FUNCTION pg_temp.book(needs jsonb, first integer, pick text DEFAULT 'first', key text DEFAULT NULL,
    holder text DEFAULT 'pat', hold_for interval DEFAULT NULL)
RETURNS TABLE (outcome bookonce.outcome, replayed boolean, resource text, together bigint) LANGUAGE sql AS $$
    SELECT b.outcome, b.replayed, b.resource,
        count(*) FILTER (WHERE b.group_id IS NOT NULL) OVER (PARTITION BY b.group_id)
    FROM bookonce.book_needs(needs, pg_temp.at(first, first + 1), holder, pick => pick, hold_for => hold_for,
        idempotency_key => key, tenant => 'needs') AS b
$$;
\set visit '[{"any_of": ["dr:ben", "dr:ann"]}, {"where": {"projector": true, "seats": {"at_least": 4}}}]'
SELECT * FROM pg_temp.find(:'visit', 8, 11);
SELECT * FROM pg_temp.find(:'visit', 8, 11, 2);
SELECT * FROM pg_temp.book(:'visit', 9);
SELECT * FROM pg_temp.book(:'visit', 9);
-- Whose need is not met says why; what the others could have had is not booked.
SELECT * FROM pg_temp.book(:'visit', 9);
SELECT * FROM pg_temp.book('[{"any_of": ["dr:ben"]}, {"where": {"seats": 2}}]', 9);
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'needs' AND during = pg_temp.at(9, 10);
SELECT * FROM pg_temp.find(:'visit', 8, 11);
-- As a whole: a doctor who is needed elsewhere is left to that need, and the first need still gets the best that it
-- can.
SELECT * FROM pg_temp.find('[{"any_of": ["dr:ann", "dr:ben"]}, {"any_of": ["dr:ann"]}]', 8, 9);
SELECT * FROM pg_temp.find('[{"where": {"kind": "doctor"}}, {"where": {"speaks": "fr"}},
    {"where": {"speaks": {"all_of": ["de", "fr"]}}}]', 8, 9);
SELECT * FROM pg_temp.book('[{"any_of": ["dr:ann", "dr:ben"]}, {"any_of": ["dr:ann"]}]', 8);
-- Two of a kind, as one object; names and conditions together; what numbers and lists may say.
SELECT * FROM pg_temp.find('{"count": 2, "any_of": ["room:3", "room:3", "room:1", "room:2"],
    "where": {"projector": true}}', 10, 11);
SELECT * FROM pg_temp.find('{"where": {"seats": {"at_least": 3, "at_most": 4.5}}}', 10, 11);
SELECT * FROM pg_temp.find('{"where": {"seats": {"one_of": [2, 6, "many"]}, "projector": false}}', 10, 11);
-- Of a pool, each call takes a place; nobody serves two needs.
SELECT bookonce.define_resource('pool', 2, tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["pool"]}', 8);
SELECT * FROM pg_temp.book('[{"any_of": ["pool"]}, {"any_of": ["pool"]}]', 8);
-- Rules are rules: hours, buffers, grids, limits and closures.
SELECT bookonce.define_resource('ruled:1', buffer_after => '30 minutes', time_zone => 'Europe/Paris',
    attributes => '{"ruled": true}', tenant => 'needs');
SELECT bookonce.define_resource('ruled:2', start_every => '30 minutes', time_zone => 'Asia/Kolkata',
    attributes => '{"ruled": true}', tenant => 'needs');
SELECT bookonce.set_opening_hours('ruled:1', 2, '{09:00}', '{12:00}', tenant => 'needs');
SELECT bookonce.set_booking_limit('ruled:2', 'day', 1, tenant => 'needs');
SELECT starts, resources FROM pg_temp.find('{"where": {"ruled": true}}', 6, 12);
SELECT outcome FROM bookonce.book_slot('ruled:2', pg_temp.at(8, 9), 'ann', tenant => 'needs');
SELECT lower(during)::time AS starts, resources
FROM bookonce.find_slots('{"where": {"ruled": true}}', pg_temp.at(6, 12), '45 minutes', tenant => 'needs');
SELECT closure_id IS NOT NULL AS closed
FROM bookonce.close_resource('{ruled:1}', pg_temp.at(8, 9), tenant => 'needs');
SELECT lower(during)::time AS starts, resources
FROM bookonce.find_slots('{"where": {"ruled": true}}', pg_temp.at(6, 12), '45 minutes', '45 minutes',
    tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["ruled:1"]}', 8);
SELECT * FROM pg_temp.book('{"any_of": ["ruled:1"]}', 12);
SELECT * FROM pg_temp.book('{"any_of": ["ruled:2"]}', 10);

-- What was checked in and is not back when its time is over is nobody's, although no closure was made for it. Once it
-- is given back, it is as free as before.
SELECT bookonce.define_resource('van:' || n, overdue_blocks => n < 3, attributes => '{"wheels": 4}',
    tenant => 'needs')
FROM generate_series(1, 3) AS n;
SELECT b.booking_id AS trip FROM bookonce.book_slot('van:1', tstzrange(now() - interval '3 hours',
    now() + interval '1 hour'), 'ann', tenant => 'needs') AS b \gset
SELECT outcome FROM bookonce.check_in(:'trip', tenant => 'needs');
SELECT resources FROM pg_temp.find('{"where": {"wheels": 4}}', 8, 9);
UPDATE bookonce.booking SET during = tstzrange(lower(during), now() - interval '1 hour'),
    blocks = tstzrange(lower(blocks), now() - interval '1 hour') WHERE booking_id = :'trip';
UPDATE bookonce.closure SET during = tstzrange(now() - interval '1 hour', NULL) WHERE booking_id = :'trip';
SELECT resources FROM pg_temp.find('{"where": {"wheels": 4}}', 8, 9);
SELECT outcome FROM bookonce.book_slot('van:1', pg_temp.at(8, 9), 'ben', tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["van:1"]}', 8);
SELECT outcome FROM bookonce.end_booking(:'trip', tenant => 'needs');
SELECT resources FROM pg_temp.find('{"where": {"wheels": 4}}', 8, 9);

-- Whom to pick: the first that is named, the least booked, or the one that leaves the smallest gap.
SELECT outcome FROM bookonce.book_slot('dr:cleo', pg_temp.at(30, 31), 'x', tenant => 'needs');
SELECT outcome FROM bookonce.book_slot('dr:ann', pg_temp.at(34, 35), 'x', tenant => 'needs');
SELECT outcome FROM bookonce.book_slot('dr:ann', pg_temp.at(37, 38), 'x', tenant => 'needs');
SELECT resource FROM pg_temp.book('{"any_of": ["dr:cleo", "dr:ann", "dr:ben"]}', 32);
SELECT resource FROM pg_temp.book('{"any_of": ["dr:cleo", "dr:ann", "dr:ben"]}', 33, 'least_booked');
SELECT resource FROM pg_temp.book('{"any_of": ["dr:cleo", "dr:ben", "dr:ann"]}', 36, 'tightest');

-- A key settles what a call did, whoever was chosen; another call under it is refused. A hold is confirmed as a group.
SELECT * FROM pg_temp.book(:'visit', 40, key => 'visit:1', hold_for => '1 hour');
SELECT * FROM pg_temp.book(:'visit', 40, key => 'visit:1', hold_for => '1 hour');
SELECT * FROM pg_temp.book(:'visit', 40, 'least_booked', key => 'visit:1', hold_for => '1 hour');
SELECT outcome, resource FROM bookonce.confirm_group((SELECT group_id FROM bookonce.booking
    WHERE tenant = 'needs' AND idempotency_key = 'visit:1'), tenant => 'needs');
SELECT outcome FROM bookonce.book_slot('dr:ann', pg_temp.at(40, 41), 'x', tenant => 'needs');
SELECT * FROM pg_temp.book(:'visit', 40, key => 'visit:2');
SELECT * FROM pg_temp.book(:'visit', 40, key => 'visit:1', hold_for => '1 hour');
SELECT outcome, replayed, resource FROM bookonce.book_needs(:'visit', pg_temp.at(41, 42), 'pat',
    valid_until => '2020-01-01', tenant => 'needs');
-- Reading cannot tell whom a rule on holders refuses, and for whom time is kept: they are tried, and left out.
SELECT bookonce.set_holder_rule('doctors', '{dr:ann,dr:ben}', max_live => 1, tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["dr:ann", "dr:cleo"]}', 50, holder => 'once');
SELECT * FROM pg_temp.book('{"any_of": ["dr:ann", "dr:ben", "dr:cleo"]}', 51, holder => 'once');
SELECT * FROM pg_temp.book('{"any_of": ["dr:ann", "dr:ben"]}', 52, holder => 'once');
SELECT bookonce.set_holder_rule('doctors', max_live => NULL, tenant => 'needs');
SELECT outcome FROM bookonce.book_slot('room:1', pg_temp.at(50, 51), 'has it', hold_for => '1 hour',
    tenant => 'needs');
SELECT outcome FROM bookonce.join_waitlist('room:1', pg_temp.at(50, 51), 'waits', tenant => 'needs');
UPDATE bookonce.booking SET lapses_at = now() - interval '1 second', created_at = now() - interval '1 hour'
WHERE tenant = 'needs' AND holder = 'has it';
SELECT * FROM pg_temp.book('{"any_of": ["room:1"]}', 50);
SELECT * FROM pg_temp.book('{"any_of": ["room:1", "room:2"]}', 50);

-- find_slots() lists what book_needs() would take: not what is kept in a strict line, nor what a lapsed hold has left
-- to the next in line.
SELECT bookonce.define_resource('desk', tenant => 'needs'), bookonce.define_resource('sofa', tenant => 'needs'),
    bookonce.set_waitlist('desk', strict => true, tenant => 'needs');
SELECT outcome FROM bookonce.book_slot('desk', pg_temp.at(54, 55), 'has it', tenant => 'needs');
SELECT outcome FROM bookonce.join_waitlist('desk', pg_temp.at(54, 56), 'waits', tenant => 'needs');
SELECT during, resources FROM bookonce.find_slots('{"any_of": ["desk"]}', pg_temp.at(54, 58), '1 hour',
    tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["desk"]}', 55);
SELECT outcome FROM bookonce.book_slot('sofa', pg_temp.at(55, 56), 'had it', hold_for => '1 hour',
    tenant => 'needs');
SELECT outcome FROM bookonce.join_waitlist('sofa', pg_temp.at(55, 56), 'waits', tenant => 'needs');
UPDATE bookonce.booking SET lapses_at = now() - interval '1 second', created_at = now() - interval '1 hour'
WHERE tenant = 'needs' AND holder = 'had it';
SELECT during, resources FROM bookonce.find_slots('{"any_of": ["sofa", "desk"]}', pg_temp.at(54, 58), '1 hour',
    tenant => 'needs');
SELECT during, resources FROM bookonce.find_slots('{"any_of": ["desk", "sofa"], "count": 2}', pg_temp.at(54, 58),
    '1 hour', tenant => 'needs');
SELECT * FROM pg_temp.book('{"any_of": ["sofa", "desk"]}', 55);
-- What is kept in line is told although another need refuses the call before it is tried.
SELECT * FROM pg_temp.book('[{"any_of": ["desk"]}, {"any_of": ["sofa"]}]', 55);

-- Bad input.
CREATE FUNCTION pg_temp.complaint(needs text, pick text DEFAULT 'first') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN (SELECT string_agg(b.outcome::text, ' ')
        FROM bookonce.book_needs(needs::jsonb, pg_temp.at(60, 61), 'pat', pick => pick, tenant => 'needs') AS b);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || ' | ' || hint;
END
$$;
SELECT pg_temp.complaint(NULL);
SELECT pg_temp.complaint(needs) FROM unnest(ARRAY['7', '"room"', '[]', '[1]', '{}', '[{"count": 1}]',
    '{"any": ["pool"]}', '{"any_of": "pool"}', '{"any_of": []}', '{"any_of": [1]}', '{"any_of": [""]}',
    '{"any_of": ["no such"]}',
    '{"any_of": ["pool"], "count": 0}', '{"any_of": ["pool"], "count": 1.5}', '{"any_of": ["pool"], "count": "1"}',
    '{"any_of": ["pool"], "count": 101}', '{"any_of": ["pool"], "count": 2}',
    '[{"count": 60, "any_of": ["pool"]}, {"count": 60, "any_of": ["pool"]}]']) AS needs;
SELECT pg_temp.complaint(format('{"where": %s}', w)) FROM unnest(ARRAY['[]', '{}', '{"": 1}', '{"seats": null}',
    '{"seats": [1]}', '{"seats": {}}', '{"seats": {"atleast": 4}}', '{"seats": {"at_least": "4"}}',
    '{"seats": {"one_of": 4}}', '{"seats": {"one_of": [{}]}}', '{"seats": 99}', '{"seats": {"at_most": 1}}',
    '{"seats": "6"}', '{"projector": true, "seats": {"at_least": 4}, "floor": 2}',
    '{"projector": true, "chairs": 4}', '{"seats": {"at_least": 4}, "projector": "yes"}']) AS w;
SELECT pg_temp.complaint('{"any_of": ["room:1"], "where": {"projector": true}}');
SELECT pg_temp.complaint('{"any_of": ["pool"], "where": {"projector": true}}');
SELECT pg_temp.complaint('{"any_of": ["pool"]}', 'cheapest');
SELECT bookonce.find_slots('{"any_of": ["pool"]}', pg_temp.at(0, 24), '0');
SELECT bookonce.find_slots('{"any_of": ["pool"]}', pg_temp.at(0, 24), '1 hour', at_most => 0);
SELECT bookonce.find_slots('{"any_of": ["pool"]}', pg_temp.at(0, 24), '1 hour', '1 second', tenant => 'needs');
-- 1,001 candidates, by name and by what they are like; 1,000 will do.
BEGIN;
SELECT count(bookonce.define_resource('seat:' || n, attributes => '{"is": "a seat"}', tenant => 'many'))
FROM generate_series(1, 1000) AS n;
SELECT cardinality(resources)
FROM bookonce.find_slots('{"count": 100, "where": {"is": "a seat"}}', pg_temp.at(0, 1), '1 hour', tenant => 'many');
SELECT bookonce.define_resource('seat:1001', attributes => '{"is": "a seat"}', tenant => 'many');
SAVEPOINT full_house;
SELECT bookonce.find_slots('{"where": {"is": "a seat"}}', pg_temp.at(0, 1), '1 hour', tenant => 'many');
ROLLBACK TO full_house;
SELECT bookonce.find_slots(jsonb_build_array(jsonb_build_object('any_of', (SELECT jsonb_agg('seat:' || n)
    FROM generate_series(1, 1000) AS n)), '{"any_of": ["seat:1001"]}'::jsonb), pg_temp.at(0, 1), '1 hour',
    tenant => 'many');
ROLLBACK;
-- What lapsed here is no business of the tests that follow.
SELECT bookonce.expire_holds() > 0 AS swept;
