-- waitlist_parts.sql
--   Who waits in line for a resource with parts: it is free once all of them are, whichever is freed last.
-- SPDX-License-Identifier: PostgreSQL
SET timezone = 'UTC';

CREATE FUNCTION pg_temp.slot(hour integer, hours integer DEFAULT 1) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2033-03-07 00:00+00'::timestamptz + hour * interval '1 hour',
        '2033-03-07 00:00+00'::timestamptz + (hour + hours) * interval '1 hour')
$$;
CREATE FUNCTION pg_temp.book(resource text, hour integer, holder text, quantity integer DEFAULT 1) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', q.outcome, CASE WHEN q.outcome <> 'booked' THEN q.resource END)
    FROM bookonce.book_slot(resource, pg_temp.slot(hour), holder, quantity, tenant => 'venue') AS q
$$;
CREATE FUNCTION pg_temp.join_line(resource text, hour integer, holder text, quantity integer DEFAULT 1,
    priority integer DEFAULT 0) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', q.outcome, 'place ' || q.place)
    FROM bookonce.join_waitlist(resource, pg_temp.slot(hour), holder, quantity, priority => priority,
        tenant => 'venue') AS q
$$;
CREATE FUNCTION pg_temp.cancel(resource text, hour integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(q.outcome::text, ' ') FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
        bookonce.cancel_booking(b.booking_id, tenant => 'venue') AS q
    WHERE r.tenant = 'venue' AND r.resource = cancel.resource AND b.during && pg_temp.slot(hour)
        AND b.released_at IS NULL AND coalesce(b.member, 1) > 0
$$;
CREATE FUNCTION pg_temp.id(resource text, hour integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT b.booking_id FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE r.tenant = 'venue' AND r.resource = id.resource AND b.during && pg_temp.slot(hour) AND b.released_at IS NULL
$$;
-- Who has a time of what, parts in brackets.
CREATE FUNCTION pg_temp.has(hour integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN b.member < 0 THEN '(' || r.resource || ')' ELSE
        concat_ws(' ', r.resource, b.holder, b.status) END, ', ' ORDER BY b.holder, b.member < 0, r.resource, b.unit)
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE r.tenant = 'venue' AND b.during && pg_temp.slot(hour) AND b.released_at IS NULL
$$;
-- Holds that stand in a time lapse: an hour goes by for them.
CREATE FUNCTION pg_temp.lapse(hour integer) RETURNS bigint LANGUAGE sql AS $$
    WITH lapsed AS (UPDATE bookonce.booking AS b SET lapses_at = now() - interval '1 second',
            created_at = now() - interval '1 hour'
        WHERE b.tenant = 'venue' AND b.during && pg_temp.slot(hour) AND b.status = 'held' RETURNING 1)
    SELECT count(*) FROM lapsed
$$;
CREATE FUNCTION pg_temp.hold(resource text, hour integer, holder text) RETURNS text LANGUAGE sql AS $$
    SELECT q.outcome::text FROM bookonce.book_slot(resource, pg_temp.slot(hour), holder, hold_for => '1 hour',
        tenant => 'venue') AS q
$$;
CREATE FUNCTION pg_temp.marked() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(r.resource, ' ' ORDER BY r.resource) FROM bookonce.resource AS r
    WHERE r.tenant = 'venue' AND r.has_waiters
$$;
CREATE FUNCTION pg_temp.line(resource text) RETURNS TABLE (place integer, holder text, quantity integer,
    is_offered boolean)
LANGUAGE sql AS $$
    SELECT w.place, w.holder, w.quantity, w.booking_id IS NOT NULL
    FROM bookonce.waitlist(resource, tenant => 'venue') AS w
$$;
-- For those who wait since other tests.
SELECT bookonce.promote_waiters() IS NOT NULL AS from_before;

SELECT count(bookonce.define_resource(name, tenant => 'venue'))
FROM unnest('{A1,A2,hall,garden,house}'::text[]) AS name;
SELECT bookonce.set_parts('hall', '{A1,A2}', tenant => 'venue'),
    bookonce.set_parts('house', '{hall,garden}', tenant => 'venue');

-- What is free with all its parts need not be waited for; while one of them is taken, one can wait.
SELECT pg_temp.join_line('hall', 9, 'zoe');
SELECT pg_temp.book('A1', 9, 'ann'), pg_temp.book('A2', 9, 'bob');
SELECT pg_temp.join_line('hall', 9, 'zoe'), pg_temp.join_line('hall', 9, 'yan'), pg_temp.join_line('hall', 9, 'zoe');
SELECT bookonce.promote_waiters(), pg_temp.marked();
SELECT * FROM pg_temp.line('hall');

-- Whichever part is freed last, the first in line has the whole in the same transaction. Rolled back: nobody has it.
SELECT pg_temp.cancel('A1', 9), pg_temp.has(9);
BEGIN;
SELECT pg_temp.cancel('A2', 9), pg_temp.has(9);
ROLLBACK;
SELECT pg_temp.has(9);
SELECT pg_temp.cancel('A2', 9), pg_temp.has(9);
SELECT pg_temp.book('A1', 9, 'a stranger'), pg_temp.book('hall', 9, 'a stranger');
SELECT * FROM pg_temp.line('hall');

-- Confirmed with its parts. Given back: it goes to the next, and not to the same again.
SELECT outcome, resource, status FROM bookonce.confirm_booking(pg_temp.id('hall', 9), tenant => 'venue');
SELECT pg_temp.has(9);
SELECT pg_temp.cancel('hall', 9), pg_temp.has(9);
SELECT pg_temp.cancel('hall', 9), pg_temp.has(9);
SELECT bookonce.promote_waiters(), bookonce.promote_waiters(), pg_temp.marked();

-- A part that is moved away, booked shorter, ended or opened again.
SELECT pg_temp.book('A2', 10, 'ann'), pg_temp.join_line('hall', 10, 'zoe');
SELECT outcome FROM bookonce.reschedule_booking(pg_temp.id('A2', 10), pg_temp.slot(11), tenant => 'venue');
SELECT pg_temp.has(10);
SELECT outcome FROM bookonce.book_slot('A2', pg_temp.slot(12, 2), 'ann', tenant => 'venue');
SELECT pg_temp.join_line('hall', 13, 'zoe');
SELECT outcome FROM bookonce.reschedule_booking(pg_temp.id('A2', 12), pg_temp.slot(12), tenant => 'venue');
SELECT pg_temp.has(12), pg_temp.has(13);
SELECT pg_temp.book('A1', 14, 'ann'), pg_temp.join_line('hall', 14, 'zoe');
SELECT closure_id AS closed FROM bookonce.close_resource('{A2}', pg_temp.slot(14), tenant => 'venue') \gset
SELECT pg_temp.cancel('A1', 14), pg_temp.has(14), pg_temp.join_line('hall', 14, 'yan');
SELECT bookonce.reopen_resource(ARRAY[:'closed'::uuid], tenant => 'venue');
SELECT pg_temp.has(14);

-- A whole of wholes; the other line of those who want a part of it.
SELECT pg_temp.book('A1', 15, 'ann'), pg_temp.join_line('house', 15, 'wim'), pg_temp.join_line('hall', 15, 'zoe');
SELECT pg_temp.marked();
SELECT pg_temp.cancel('A1', 15), pg_temp.has(15);
SELECT pg_temp.cancel('house', 15), pg_temp.has(15);
-- Who waits for a part comes before those who wait for a whole.
SELECT pg_temp.book('A1', 16, 'ann'), pg_temp.join_line('house', 16, 'wim'), pg_temp.join_line('A1', 16, 'kim');
SELECT pg_temp.cancel('A1', 16), pg_temp.has(16);
SELECT pg_temp.cancel('A1', 16), pg_temp.has(16);
SELECT pg_temp.book('house', 17, 'ann'), pg_temp.join_line('house', 17, 'wim'), pg_temp.join_line('A2', 17, 'kim');
SELECT pg_temp.cancel('house', 17), pg_temp.has(17);

-- A hold that lapses: the time belongs to the line, and who comes by for the whole or for a part does not get it.
SELECT pg_temp.hold('A1', 18, 'ann'), pg_temp.join_line('hall', 18, 'zoe'), pg_temp.lapse(18);
SELECT pg_temp.book('A1', 18, 'a stranger'), pg_temp.has(18);
SELECT pg_temp.hold('A1', 19, 'ann'), pg_temp.join_line('hall', 19, 'zoe'), pg_temp.lapse(19);
SELECT pg_temp.book('A2', 19, 'a stranger'), pg_temp.has(19);
SELECT pg_temp.hold('A1', 20, 'ann'), pg_temp.join_line('hall', 20, 'zoe'), pg_temp.lapse(20);
SELECT pg_temp.book('hall', 20, 'a stranger'), pg_temp.book('house', 20, 'a stranger');
SELECT bookonce.promote_waiters(), pg_temp.has(20), pg_temp.lapse(20);
SELECT pg_temp.join_line('hall', 20, 'yan'), pg_temp.join_line('hall', 20, 'xia');

-- What is read knows it, as book_slot() decides.
SELECT pg_temp.hold('A1', 21, 'ann'), pg_temp.join_line('hall', 21, 'zoe');
SELECT pg_temp.book('A2', 22, 'bob'), pg_temp.lapse(21);
SELECT f FROM bookonce.free_slots('hall', pg_temp.slot(21, 3), '1 hour', tenant => 'venue') AS f;
SELECT outcome, rule FROM bookonce.explain_slot('hall', pg_temp.slot(21), tenant => 'venue');
SELECT pg_temp.book('hall', 21, 'a stranger'), pg_temp.book('hall', 23, 'ida'), bookonce.promote_waiters();
-- A waiter whom a part refuses takes nothing.
SELECT outcome FROM bookonce.join_waitlist('hall', pg_temp.slot(25, 2), 'zoe', tenant => 'venue');
SELECT pg_temp.hold('A1', 25, 'ann'), pg_temp.book('A2', 26, 'bob');
SELECT outcome FROM bookonce.join_waitlist('hall', pg_temp.slot(25, 2), 'zoe', tenant => 'venue');
SELECT pg_temp.lapse(25);
SELECT f FROM bookonce.free_slots('hall', pg_temp.slot(25, 3), '1 hour', tenant => 'venue') AS f;
SELECT pg_temp.book('hall', 25, 'ida');

-- Kits: units of parts; a party is passed, or keeps the whole where the line is strict.
SELECT bookonce.define_resource('camera', 4, tenant => 'venue'), bookonce.define_resource('kit', 2, tenant => 'venue'),
    bookonce.set_parts('kit', '{camera}', '{2}', tenant => 'venue');
SELECT pg_temp.book('camera', 9, 'ann', 2), pg_temp.join_line('kit', 9, 'two', 2), pg_temp.join_line('kit', 9, 'one');
SELECT pg_temp.book('kit', 9, 'one');
SELECT pg_temp.join_line('kit', 9, 'six', 3);
SELECT pg_temp.join_line('kit', 9, 'one');
SELECT pg_temp.cancel('kit', 9), pg_temp.has(9);
SELECT pg_temp.lapse(9), pg_temp.cancel('camera', 9), pg_temp.has(9);
SELECT bookonce.set_waitlist('kit', true, tenant => 'venue');
SELECT pg_temp.book('camera', 10, 'ann', 2), pg_temp.join_line('kit', 10, 'two', 2);
SELECT pg_temp.join_line('kit', 10, 'one'), pg_temp.book('kit', 10, 'a stranger'), pg_temp.book('camera', 10, 'eve');
SELECT pg_temp.cancel('camera', 10), pg_temp.has(10);
-- More units of a part; and a part that has too few for the whole is in nobody's way.
SELECT pg_temp.book('camera', 11, 'ann', 4), pg_temp.join_line('kit', 11, 'one');
SELECT bookonce.alter_resource('camera', 6, tenant => 'venue');
SELECT pg_temp.has(11);
SELECT pg_temp.cancel('camera', 11), pg_temp.has(11);
SELECT pg_temp.book('camera', 12, 'ann'), pg_temp.book('kit', 12, 'ann', 2), pg_temp.join_line('kit', 12, 'one');
UPDATE bookonce.resource SET capacity = 1 WHERE tenant = 'venue' AND resource = 'camera';
SELECT pg_temp.cancel('camera', 12), pg_temp.has(12);
UPDATE bookonce.resource SET capacity = 6 WHERE tenant = 'venue' AND resource = 'camera';

-- What a holder may have of a part.
SELECT pg_temp.book('A1', 33, 'hob'), pg_temp.book('A2', 34, 'bob');
SELECT pg_temp.join_line('hall', 34, 'hob'), pg_temp.join_line('hall', 34, 'yan');
SELECT bookonce.set_holder_rule('desks', '{A1}', max_live => 1, tenant => 'venue');
SELECT pg_temp.join_line('hall', 33, 'hob'), pg_temp.cancel('A2', 34), pg_temp.has(34);
SELECT * FROM pg_temp.line('hall') WHERE holder = 'hob';
SELECT bookonce.set_holder_rule('desks', tenant => 'venue');

-- Leaving; parts do not change while somebody waits; marks go when nobody does.
SELECT pg_temp.book('A1', 35, 'ann'), pg_temp.join_line('house', 35, 'wim');
\set VERBOSITY sqlstate
SELECT bookonce.set_parts('hall', '{A1}', tenant => 'venue');
\set VERBOSITY default
SELECT q.outcome FROM bookonce.waitlist('house', pg_temp.slot(35), tenant => 'venue') AS w,
    bookonce.leave_waitlist(w.waiter_id, tenant => 'venue') AS q;
SELECT pg_temp.cancel('A1', 35), pg_temp.has(35);

-- One event tells the waiter; the rows of parts are holds.
SELECT bookonce.keep_history(tenant => 'venue');
SELECT pg_temp.book('A1', 36, 'ann'), pg_temp.join_line('hall', 36, 'zoe'), pg_temp.cancel('A1', 36);
SELECT kind, coalesce(after_resource, before_resource) AS resource, waiter_id IS NOT NULL AS is_waiters
FROM bookonce.booking_event WHERE tenant = 'venue' ORDER BY number;
SELECT bookonce.keep_history('{}', tenant => 'venue');

-- promote_waiters() counts each hold, also one that it made for a part while it served the line of a whole.
SELECT count(bookonce.define_resource(name, tenant => 'venue')) FROM unnest('{castle,tower,stair}'::text[]) AS name;
SELECT bookonce.set_parts('tower', '{stair}', tenant => 'venue');
SELECT pg_temp.hold('tower', 40, 'ann'), pg_temp.join_line('tower', 40, 'zoe');
SELECT pg_temp.hold('stair', 41, 'ann'), pg_temp.join_line('stair', 41, 'kim'), pg_temp.lapse(40), pg_temp.lapse(41);
SELECT bookonce.promote_waiters(1), pg_temp.has(40), pg_temp.has(41);
SELECT bookonce.promote_waiters(1), pg_temp.has(40), pg_temp.has(41), bookonce.promote_waiters();
SELECT bookonce.set_parts('castle', '{tower}', tenant => 'venue');
SELECT pg_temp.hold('stair', 42, 'ann'), pg_temp.join_line('castle', 42, 'zoe');
SELECT pg_temp.hold('stair', 43, 'ann'), pg_temp.join_line('tower', 43, 'kim'), pg_temp.lapse(42), pg_temp.lapse(43);
SELECT bookonce.promote_waiters(), pg_temp.has(42), pg_temp.has(43), bookonce.promote_waiters();

-- The light path and SQL decide alike.
SET bookonce.direct_insert = off;
SELECT pg_temp.book('A1', 37, 'ann'), pg_temp.join_line('hall', 37, 'zoe'), pg_temp.cancel('A1', 37), pg_temp.has(37);
SELECT pg_temp.hold('A1', 38, 'ann'), pg_temp.join_line('hall', 38, 'zoe'), pg_temp.lapse(38);
SELECT pg_temp.book('A2', 38, 'a stranger'), pg_temp.has(38);
RESET bookonce.direct_insert;

SELECT * FROM bookonce.check_integrity() WHERE tenant = 'venue';
