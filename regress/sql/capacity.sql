-- capacity: a resource of N interchangeable units. What is refused is only what would at some instant need more than N.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
-- A booking on a day in March, from one time to another. The holder's name tells it in the tables below.
CREATE FUNCTION pg_temp.book(resource text, starts time, ends time, holder text, quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL, key text DEFAULT NULL,
    OUT outcome bookonce.outcome, OUT replayed boolean, OUT units integer[], OUT busy tstzmultirange)
LANGUAGE sql AS $$
    SELECT outcome, replayed, units, busy
    FROM bookonce.book_slot(resource, tstzrange('2030-03-04'::timestamptz + starts, '2030-03-04'::timestamptz + ends),
        holder, quantity, hold_for, idempotency_key => key)
$$;
-- Who is on which unit.
CREATE FUNCTION pg_temp.layout(of text) RETURNS TABLE (unit integer, bookings text) LANGUAGE sql AS $$
    SELECT unit, string_agg(format('%s %s-%s', holder, to_char(lower(during), 'HH24'), to_char(upper(during), 'HH24')),
        ', ' ORDER BY during)
    FROM bookonce.live_booking WHERE resource = of GROUP BY unit ORDER BY unit
$$;

-- The last of three places, and one too many. The answer tells when it is full, not by whom.
SELECT bookonce.define_resource('class', 3);
SELECT n, b.* FROM generate_series(1, 4) AS n, pg_temp.book('class', '09:00', '10:00', 'user:' || n) AS b;
-- Places count per instant: this one touches all three and meets none of them.
SELECT * FROM pg_temp.book('class', '10:00', '11:00', 'next');
SELECT outcome, busy FROM pg_temp.book('class', '08:30', '09:30', 'early');
-- A cancelled place is free again.
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'class'
    AND l.holder = 'user:2';
SELECT * FROM pg_temp.book('class', '09:00', '10:00', 'user:4');

-- A party is taken whole or not at all. One call, one group, a row for each unit.
SELECT bookonce.define_resource('table', 5);
SELECT * FROM pg_temp.book('table', '18:00', '20:00', 'ann', 3);
SELECT outcome, busy FROM pg_temp.book('table', '17:00', '19:00', 'bob', 3);
SELECT * FROM pg_temp.book('table', '17:00', '19:00', 'cid', 2);
SELECT outcome, booking_id IS NULL AS has_no_id_of_its_own, group_id IS NOT NULL AS has_group, status,
    lapses_at IS NOT NULL AS held
FROM bookonce.book_slot('table', '[2030-03-05 18:00, 2030-03-05 20:00)', 'ann', 5, '1 hour');
SELECT count(*), count(DISTINCT group_id) AS groups, array_agg(unit ORDER BY unit) AS units FROM bookonce.live_booking
    WHERE during && '[2030-03-05, 2030-03-06)';
-- More than there are is a wrong call, not a refusal: no waiting would help.
SELECT pg_temp.book('table', '18:00', '20:00', 'ann', 6);

-- Repacking. No unit is free from 10 to 12, yet never are both taken: c moves over. As few move as can be.
SELECT bookonce.define_resource('pair', 2);
SELECT b.outcome, b.units FROM (VALUES (1, time '09:00', time '10:00', 'a'), (2, '09:00', '11:00', 'b'),
    (3, '11:00', '13:00', 'c')) AS v(n, starts, ends, who),
    pg_temp.book('pair', starts, ends, who) AS b ORDER BY n;
SELECT outcome, units FROM pg_temp.book('pair', '10:00', '12:00', 'd');
SELECT * FROM pg_temp.layout('pair');
-- From 10 to 13 it is full now: what would not fit is refused, and nothing has moved.
SELECT outcome, busy FROM pg_temp.book('pair', '09:30', '14:00', 'e');
SELECT * FROM pg_temp.layout('pair');

-- A chain: making room for one booking pushes the next on, up to the end, beyond the slot that was asked for.
SELECT bookonce.define_resource('chain', 2);
SELECT b.outcome, b.units
FROM (VALUES (1, time '08:00', time '10:00', 'a'), (2, '10:00', '11:00', 'x'), (3, '10:00', '12:00', 'b'),
    (4, '11:00', '13:00', 'c'), (5, '12:00', '14:00', 'd'), (6, '13:00', '15:00', 'e'), (7, '15:00', '16:00', 'f'))
    AS v(n, starts, ends, who),
    pg_temp.book('chain', starts, ends, who) AS b ORDER BY n;
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'chain'
    AND l.holder = 'x';
SELECT * FROM pg_temp.layout('chain');
SELECT outcome FROM pg_temp.book('chain', '09:00', '11:00', 'new');
SELECT * FROM pg_temp.layout('chain');

-- A hold that has lapsed beyond the slot is no obstacle to what must move there.
SELECT bookonce.define_resource('lapse', 2);
SELECT b.outcome, b.units FROM (VALUES (1, time '09:00', time '10:00', 'a', NULL), (2, '09:00', '11:00', 'b', NULL),
    (3, '11:00', '13:00', 'c', NULL), (4, '12:30', '14:00', 'lapsed', interval '1 hour'))
    AS v(n, starts, ends, who, hold_for),
    pg_temp.book('lapse', starts, ends, who, hold_for => v.hold_for) AS b ORDER BY n;
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsed';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM pg_temp.book('lapse', '10:00', '12:00', 'd');
SELECT * FROM pg_temp.layout('lapse');

-- What is refused or replayed writes nothing, though lapsed holds lie there, a party has rows without the key, and a
-- booking made again would need a repack.
SELECT outcome, units FROM pg_temp.book('pair', '16:00', '17:00', 'lapsed', hold_for => '1 hour');
SELECT b.outcome, b.units FROM (VALUES (1, 'f'), (2, 'g')) AS v(n, who),
    pg_temp.book('pair', '17:00', '18:00', who, key => 'key of ' || who) AS b ORDER BY n;
SELECT outcome, units FROM pg_temp.book('table', '21:00', '22:00', 'party', 3, key => 'party');
SELECT outcome, units FROM pg_temp.book('pair', '10:00', '12:00', 'd'); -- full
SELECT outcome FROM pg_temp.book('chain', '18:00', '19:00', 'keyed', key => 'keyed');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsed';
SET SESSION AUTHORIZATION regress_app;
BEGIN;
SELECT outcome, busy FROM pg_temp.book('pair', '16:00', '18:00', 'h');
SELECT outcome, replayed, units FROM pg_temp.book('pair', '17:00', '18:00', 'f', key => 'key of f');
SELECT outcome, replayed, units FROM pg_temp.book('table', '21:00', '22:00', 'party', 3, key => 'party');
SELECT outcome, replayed FROM pg_temp.book('chain', '18:00', '19:00', 'keyed', key => 'keyed');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;

-- The capacity is raised and lowered. Below what is booked at some time to come: OB005, and all is as before.
SELECT bookonce.define_resource('class', 4);
SELECT outcome, units FROM pg_temp.book('class', '09:00', '10:00', 'user:5');
SELECT bookonce.define_resource('class', 3);
RESET SESSION AUTHORIZATION;
SELECT capacity FROM bookonce.resource WHERE resource = 'class';
SET SESSION AUTHORIZATION regress_app;
-- Down to what is used at once, though bookings are on units that go: they move.
SELECT bookonce.define_resource('spread', 4);
SELECT b.outcome, b.units FROM (VALUES (1, time '09:00', time '12:00', 'a'), (2, '09:00', '10:00', 'b'),
    (3, '09:00', '10:00', 'c'), (4, '09:00', '13:00', 'd'), (5, '12:00', '14:00', 'e')) AS v(n, starts, ends, who),
    pg_temp.book('spread', starts, ends, who) AS b ORDER BY n;
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'spread'
    AND l.holder IN ('b', 'c');
SELECT bookonce.define_resource('spread', 2);
SELECT * FROM pg_temp.layout('spread');
SELECT bookonce.define_resource('spread', 1);
-- Lapsed holds do not count there either, whichever unit they are on.
SELECT bookonce.define_resource('few', 2);
SELECT outcome, units FROM pg_temp.book('few', '09:00', '10:00', 'lapsed', hold_for => '1 hour');
SELECT outcome, units FROM pg_temp.book('few', '09:00', '10:00', 'stays');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsed' AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('few', 1);
SELECT * FROM pg_temp.layout('few');
-- What is over may have used more, and stays where it was. It does not count for what is booked there now.
SELECT bookonce.define_resource('history', 3);
SELECT outcome, units FROM bookonce.book_slot('history', '[2020-03-04 09:00, 2020-03-04 10:00)', 'a', 3);
SELECT bookonce.define_resource('history', 2);
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'history'
    AND l.unit = 1;
SELECT outcome, units FROM bookonce.book_slot('history', '[2020-03-04 09:30, 2020-03-04 10:30)', 'b');
SELECT outcome, units, busy FROM bookonce.book_slot('history', '[2020-03-04 09:30, 2020-03-04 10:30)', 'c');
-- A repeated key still gets its answer, be the party too large by now.
SELECT outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) WHERE l.resource = 'table';
SELECT bookonce.define_resource('table', 2);
SELECT outcome, replayed, units FROM pg_temp.book('table', '21:00', '22:00', 'party', 3, key => 'party');

-- Each unit is guarded by the constraint: nobody puts two bookings on one by hand.
RESET SESSION AUTHORIZATION;
\set VERBOSITY sqlstate
INSERT INTO bookonce.booking (resource_id, unit, during, blocks, holder)
SELECT resource_id, 2, d, d, 'by hand' FROM bookonce.resource,
    (VALUES (tstzrange('2030-03-04 09:30', '2030-03-04 09:45'))) AS v(d) WHERE resource = 'class';

-- Nothing that was booked above is on a unit twice, or on one that does not exist; at no instant is more taken than
-- there is.
SELECT count(*) AS too_many FROM bookonce.live_booking AS b JOIN bookonce.resource AS r USING (tenant, resource)
WHERE b.unit IS NOT NULL AND lower(b.during) > '2030-01-01' AND r.capacity < (
    SELECT count(*) FROM bookonce.live_booking AS o WHERE o.tenant = b.tenant AND o.resource = b.resource
        AND o.unit IS NOT NULL AND o.blocks @> lower(b.blocks));
-- The lapsed holds of this test are swept, for the tests that count such.
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds() > 0 AS swept;

-- A place that was given back is booked by one row: what the index still has of it is seen before anything is written.
SELECT bookonce.define_resource('bench', 2);
SELECT b.outcome, b.units FROM pg_temp.book('bench', '09:00', '10:00', 'a') AS b;
SELECT c.outcome FROM bookonce.live_booking AS l, bookonce.cancel_booking(l.booking_id) AS c WHERE l.resource = 'bench';
BEGIN;
SELECT pg_stat_get_xact_tuples_inserted('bookonce.booking'::regclass) AS before \gset
SELECT outcome, units FROM pg_temp.book('bench', '09:00', '10:00', 'b');
SELECT pg_stat_get_xact_tuples_inserted('bookonce.booking'::regclass) - :before AS rows_written;
COMMIT;
