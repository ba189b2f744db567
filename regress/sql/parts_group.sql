-- parts_group: what has parts in a call for many. Several units of it, and a group that goes to another time.
SET timezone = UTC;
SET datestyle = ISO;
SELECT bookonce.define_resource(name, capacity, tenant => 'many')
FROM (VALUES ('A1', 1), ('A2', 1), ('hall', 1), ('kit', 4), ('camera', 6), ('lamp', 5), ('plain', 1), ('pool', 3))
    AS r(name, capacity);
SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'many'),
    bookonce.set_parts('kit', '{camera,lamp}', '{2,1}', tenant => 'many');
CREATE FUNCTION pg_temp.at(hour integer, hours integer DEFAULT 1) RETURNS tstzrange IMMUTABLE LANGUAGE sql
RETURN tstzrange('2031-06-02 00:00+00'::timestamptz + hour * interval '1 hour',
                 '2031-06-02 00:00+00'::timestamptz + (hour + hours) * interval '1 hour');
CREATE FUNCTION pg_temp.taken(first integer, past integer) RETURNS TABLE (at interval, resource text, units integer[],
    member integer, holder text, due interval) LANGUAGE sql AS $$
    SELECT lower(b.during) - '2031-06-02 00:00+00', r.resource, array_agg(b.unit ORDER BY b.unit), b.member, b.holder,
        max(b.lapses_at) - lower(b.during)
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'many' AND b.released_at IS NULL AND b.during && pg_temp.at(first, past - first)
    GROUP BY b.during, r.resource, b.member, b.holder ORDER BY 1, abs(b.member), b.member DESC, r.resource $$;
CREATE FUNCTION pg_temp.book(hour integer, sizes integer, key text DEFAULT NULL, who text DEFAULT 'ann')
RETURNS TABLE (outcome bookonce.outcome, replayed boolean, resource text, units integer[], busy tstzmultirange)
LANGUAGE sql AS $$
    SELECT b.outcome, b.replayed, b.resource, b.units, b.busy
    FROM bookonce.book_slots(ARRAY[('pool', pg_temp.at(hour), 2, NULL, NULL, NULL),
        ('kit', pg_temp.at(hour), sizes, NULL, NULL, NULL), ('plain', pg_temp.at(hour), 1, NULL, NULL, NULL)]
        ::bookonce.slot_request[], who, idempotency_key => key, tenant => 'many') AS b $$;

-- Each unit is a member, with parts of its own; the answer is for all of them.
SELECT * FROM pg_temp.book(9, 2, 'two kits');
SELECT * FROM pg_temp.taken(9, 10);
SELECT * FROM pg_temp.book(9, 2, 'two kits');
\set VERBOSITY sqlstate
SELECT * FROM pg_temp.book(9, 1, 'two kits');
SELECT * FROM pg_temp.book(12, 5);
\set VERBOSITY default
SELECT group_id AS ann FROM bookonce.booking WHERE tenant = 'many' AND idempotency_key = 'two kits' \gset
SELECT outcome, resource, units FROM bookonce.confirm_group(:'ann', tenant => 'many');
-- All or nothing: the part that is missing is named, and nothing is left of the others.
SELECT * FROM pg_temp.book(9, 2, who => 'bob');
SELECT outcome FROM bookonce.book_slot('camera', pg_temp.at(10), 'eve', 3, tenant => 'many');
SELECT * FROM pg_temp.book(10, 2, 'no two', 'bob');
SELECT * FROM pg_temp.taken(10, 11);
SELECT * FROM pg_temp.book(10, 1, 'but one', 'bob');
-- One of the units is given back with its parts. A repeated call says what still stands.
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking WHERE group_id = :'ann'
    AND member = 2), tenant => 'many');
SELECT * FROM pg_temp.taken(9, 10);
SELECT * FROM pg_temp.book(9, 2, 'two kits');
-- Whatever would be booked along by now.
BEGIN;
UPDATE bookonce.resource SET capacity = 1 WHERE tenant = 'many' AND resource IN ('kit', 'camera');
SELECT * FROM pg_temp.book(9, 2, 'two kits');
UPDATE bookonce.resource SET part_ids = NULL, part_quantities = NULL WHERE tenant = 'many' AND resource = 'kit';
SELECT * FROM pg_temp.book(9, 2, 'two kits');
ROLLBACK;
BEGIN;
SELECT outcome, units FROM bookonce.cancel_group(:'ann', tenant => 'many');
UPDATE bookonce.resource SET part_ids = NULL, part_quantities = NULL WHERE tenant = 'many' AND resource = 'kit';
SELECT * FROM pg_temp.book(9, 3, 'alone', 'bob');
SELECT * FROM pg_temp.taken(9, 10);
UPDATE bookonce.resource SET part_ids = ARRAY[(SELECT resource_id FROM bookonce.resource WHERE tenant = 'many'
    AND resource = 'lamp')], part_quantities = '{1}' WHERE tenant = 'many' AND resource = 'kit';
SELECT * FROM pg_temp.book(9, 3, 'alone', 'bob');
ROLLBACK;
-- With a hold, the first in the call, and more than there may be in a call.
BEGIN;
SELECT outcome, units, group_id AS held FROM bookonce.book_slots(ARRAY[('kit', pg_temp.at(20), 2, NULL, NULL, NULL),
    ('hall', pg_temp.at(20), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'fay', hold_for => '1 hour',
    idempotency_key => 'held', tenant => 'many') OFFSET 1 \gset
SELECT count(DISTINCT abs(member)), count(DISTINCT (abs(member), lapses_at)), count(*) FROM bookonce.booking
WHERE group_id = :'held';
SELECT outcome, resource, units FROM bookonce.confirm_group(:'held', tenant => 'many');
SELECT * FROM pg_temp.taken(20, 21);
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'many';
UPDATE bookonce.resource SET capacity = 100000 WHERE tenant = 'many' AND resource IN ('kit', 'camera', 'lamp');
SELECT bookonce.book_slots(ARRAY[('kit', pg_temp.at(22), 100000, NULL, NULL, NULL)]::bookonce.slot_request[], 'fay',
    tenant => 'many');
ROLLBACK;

-- The whole group goes to another time, with all parts, or none of it; of what is refused, the part is named.
SELECT outcome, resource, units, lower(during)::time AS at FROM bookonce.reschedule_group(:'ann', '30 minutes',
    tenant => 'many');
SELECT outcome, replayed, resource, lower(during)::time AS at, busy FROM bookonce.reschedule_group(:'ann',
    durings => ARRAY[pg_temp.at(9), NULL, pg_temp.at(10), NULL], tenant => 'many');
SELECT * FROM pg_temp.taken(9, 12);
SELECT outcome, resource, busy FROM bookonce.reschedule_group(:'ann',
    durings => ARRAY[NULL, NULL, pg_temp.at(10), NULL], tenant => 'many');
SELECT outcome, replayed, resource, lower(during)::time AS at FROM bookonce.reschedule_group(:'ann',
    durings => ARRAY[NULL, NULL, pg_temp.at(13), NULL], tenant => 'many');
SELECT outcome, replayed, resource, lower(during)::time AS at FROM bookonce.reschedule_group(:'ann',
    durings => ARRAY[NULL, NULL, pg_temp.at(13), NULL], tenant => 'many');
SELECT * FROM pg_temp.taken(9, 14);

-- Who has checked in need not do so again for the same start; what comes later is due, with its parts.
SELECT bookonce.alter_resource('hall', check_in_within => '15 minutes', tenant => 'many'),
    bookonce.alter_resource('A1', time_zone => 'Europe/Berlin', buffer_after => '30 minutes', tenant => 'many');
SELECT group_id AS series FROM bookonce.book_slots(ARRAY[
    ('hall', '[2031-03-29 09:00+00, 2031-03-29 10:00+00)', 1, NULL, NULL, NULL),
    ('hall', '[2031-03-29 11:00+00, 2031-03-29 12:00+00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'gus',
    tenant => 'many') LIMIT 1 \gset
PREPARE series(uuid) AS SELECT r.resource, b.member, lower(b.during) AS at, upper(b.during) - lower(b.during) AS length,
    b.lapses_at - lower(b.during) AS due, upper(b.blocks) - upper(b.during) AS buffer
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.group_id = $1 ORDER BY abs(b.member), b.member DESC, r.resource;
-- By the clock of the hall, not by that of a room, where the hour is another on the next day.
SELECT outcome, resource, during FROM bookonce.reschedule_group(:'series', '1 day', tenant => 'many');
EXECUTE series(:'series');
-- Onto each other's places.
SELECT outcome, resource, during FROM bookonce.reschedule_group(:'series', '2 hours', tenant => 'many');
EXECUTE series(:'series');
-- The room's buffer, and its line.
SELECT outcome, resource FROM bookonce.reschedule_group(:'series', durings => ARRAY[NULL,
    '[2031-03-30 12:00+00, 2031-03-30 13:00+00)']::tstzrange[], tenant => 'many');
BEGIN;
SELECT outcome FROM bookonce.join_waitlist('A2', '[2031-03-30 11:00+00, 2031-03-30 12:00+00)', 'lea', tenant => 'many');
SELECT outcome FROM bookonce.reschedule_group(:'series', '1 day', tenant => 'many');
SELECT b.holder, r.resource, b.status FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
WHERE b.tenant = 'many' AND b.holder = 'lea';
ROLLBACK;
-- A rule on holders that counts the rooms.
SELECT bookonce.set_holder_rule('rooms', '{A1,A2}', max_time => '1 hour', period => 'day', tenant => 'many');
SELECT outcome, resource FROM bookonce.reschedule_group(:'series', '1 day', tenant => 'many');
SELECT outcome, resource FROM bookonce.reschedule_group(:'series', durings => ARRAY[NULL,
    '[2031-04-30 12:00+00, 2031-04-30 13:00+00)']::tstzrange[], tenant => 'many');
EXECUTE series(:'series');
-- Where the whole is taken, it is named, and not a room that is taken with it.
SELECT outcome FROM bookonce.book_slot('hall', '[2031-05-01 12:00+00, 2031-05-01 13:00+00)', 'eve', tenant => 'many');
SELECT outcome, resource FROM bookonce.reschedule_group(:'series', durings => ARRAY[NULL,
    '[2031-05-01 12:00+00, 2031-05-01 13:00+00)']::tstzrange[], tenant => 'many');
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'many';
DELETE FROM bookonce.booking WHERE tenant = 'many';
DELETE FROM bookonce.waiter WHERE tenant = 'many';
UPDATE bookonce.resource SET has_waiters = false WHERE tenant IN ('many', 'team');
