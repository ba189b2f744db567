-- waitlist.sql
--   Who waits in line for a time that is taken. (long: each story uses the words of the first)
-- SPDX-License-Identifier: PostgreSQL
SET timezone = 'UTC';

-- What the caller hears, without ids.
CREATE FUNCTION pg_temp.told(q bookonce.waiter_answer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', q.outcome, CASE WHEN q.replayed THEN 'replayed' END, 'place ' || q.place,
        CASE WHEN q.waiter_id IS NULL THEN 'not in line' END,
        CASE WHEN q.booking_id IS NOT NULL THEN 'with a booking' END,
        CASE WHEN q.lapses_at IS NOT NULL THEN 'held' END)
$$;
CREATE FUNCTION pg_temp.day(day integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2033-01-01 10:00+00'::timestamptz + day * interval '1 day',
        '2033-01-01 11:00+00'::timestamptz + day * interval '1 day')
$$;
CREATE FUNCTION pg_temp.book(resource text, day integer, holder text, quantity integer DEFAULT 1) RETURNS text
LANGUAGE sql AS $$
    SELECT q.outcome::text FROM bookonce.book_slot(resource, pg_temp.day(day), holder, quantity, tenant => 'line') AS q
$$;
CREATE FUNCTION pg_temp.join_line(resource text, day integer, holder text, quantity integer DEFAULT 1,
    priority integer DEFAULT 0) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.told(bookonce.join_waitlist(resource, pg_temp.day(day), holder, quantity, priority => priority,
        tenant => 'line'))
$$;
-- Who has a time, and who waits for it.
CREATE FUNCTION pg_temp.booked(resource text, day integer) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(b.holder || ' ' || b.status, ', ' ORDER BY b.holder)
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE r.tenant = 'line' AND r.resource = booked.resource AND b.during = pg_temp.day(day) AND b.released_at IS NULL
$$;
CREATE FUNCTION pg_temp.line(resource text) RETURNS TABLE (place integer, day integer, holder text, quantity integer,
    is_offered boolean, is_held boolean)
LANGUAGE sql AS $$
    SELECT w.place, extract(doy FROM w.starts_at)::integer - 1, w.holder, w.quantity, w.booking_id IS NOT NULL,
        w.lapses_at > now()
    FROM bookonce.waitlist(resource, tenant => 'line') AS w
$$;
CREATE FUNCTION pg_temp.cancel(resource text, day integer, holder text) RETURNS text LANGUAGE sql AS $$
    SELECT q.outcome::text FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
        bookonce.cancel_booking(b.booking_id, tenant => 'line') AS q
    WHERE r.tenant = 'line' AND r.resource = cancel.resource AND b.during = pg_temp.day(day)
        AND b.holder = cancel.holder AND b.released_at IS NULL
$$;
-- The holds of a resource lapse: an hour goes by for them.
CREATE FUNCTION pg_temp.lapse(resource text) RETURNS bigint LANGUAGE sql AS $$
    WITH lapsed AS (UPDATE bookonce.booking AS b SET lapses_at = now() - interval '1 second',
            created_at = now() - interval '1 hour'
        FROM bookonce.resource AS r WHERE r.resource_id = b.resource_id AND r.tenant = 'line'
            AND r.resource = lapse.resource AND b.status = 'held' RETURNING 1)
    SELECT count(*) FROM lapsed
$$;

CREATE FUNCTION pg_temp.refusals(calls text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    call text;
    hint text;
BEGIN
    FOREACH call IN ARRAY calls LOOP
        BEGIN
            EXECUTE call;
            RETURN NEXT 'no error: ' || call;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
            RETURN NEXT concat_ws(' | ', SQLSTATE, regexp_replace(SQLERRM, '[-0-9a-f]{36}', 'ID'), hint);
        END;
    END LOOP;
END
$$;

SELECT bookonce.define_resource('court', tenant => 'line');
SELECT bookonce.define_resource('class', 3, tenant => 'line');

-- What is free need not be waited for, and nothing is written.
SELECT pg_temp.join_line('court', 1, 'ann');
SELECT count(*) FROM pg_temp.line('court');

-- One place: who joins first gets it when it is given back, in the same transaction, and keeps it from others.
SELECT pg_temp.book('court', 1, 'ann');
SELECT pg_temp.join_line('court', 1, 'ben'), pg_temp.join_line('court', 1, 'cas');
SELECT pg_temp.join_line('court', 1, 'ben') AS again;
SELECT * FROM pg_temp.line('court');
BEGIN;
SELECT pg_temp.cancel('court', 1, 'ann');
SELECT pg_temp.booked('court', 1);
ROLLBACK;
SELECT pg_temp.booked('court', 1) AS nobody_is_promoted;
SELECT pg_temp.cancel('court', 1, 'ann'), pg_temp.booked('court', 1);
SELECT pg_temp.book('court', 1, 'a stranger');
SELECT * FROM pg_temp.line('court');
SELECT pg_temp.join_line('court', 1, 'ben') AS has_an_offer;

-- A hold that lapses goes to the next, whatever call comes by first, and that call does not get it.
SELECT pg_temp.lapse('court');
SELECT pg_temp.book('court', 1, 'a stranger'), pg_temp.booked('court', 1);
SELECT * FROM pg_temp.line('court');

-- Given back: not offered once more to the one who gave it back; nobody is left, so anybody may have it.
SELECT pg_temp.cancel('court', 1, 'cas'), pg_temp.booked('court', 1);
SELECT pg_temp.book('court', 1, 'a stranger');

-- A sweeper tells them sooner, and takes the mark away when nobody waits.
SELECT pg_temp.cancel('court', 1, 'a stranger');
SELECT q.outcome FROM bookonce.book_slot('court', pg_temp.day(1), 'dan', hold_for => '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line('court', 1, 'eve');
SELECT bookonce.promote_waiters() AS nothing_yet;
SELECT pg_temp.lapse('court');
SELECT bookonce.promote_waiters(), pg_temp.booked('court', 1);
SELECT has_waiters, plain FROM bookonce.resource WHERE tenant = 'line' AND resource = 'court';
SELECT bookonce.promote_waiters();
SELECT has_waiters, plain FROM bookonce.resource WHERE tenant = 'line' AND resource = 'court';

-- Several places. Whom they fit gets them: a party of two waits for two, and one behind it passes.
SELECT pg_temp.book('class', 1, 'a', 1), pg_temp.book('class', 1, 'b', 1), pg_temp.book('class', 1, 'c', 1);
SELECT pg_temp.join_line('class', 1, 'two', 2), pg_temp.join_line('class', 1, 'one'),
    pg_temp.join_line('class', 2, 'another day');
SELECT pg_temp.cancel('class', 1, 'a'), pg_temp.booked('class', 1);
SELECT * FROM pg_temp.line('class');
SELECT pg_temp.cancel('class', 1, 'b'), pg_temp.cancel('class', 1, 'c'), pg_temp.booked('class', 1);

-- A strict line: nobody passes, neither in line nor past it, except where it waits for nothing.
SELECT bookonce.set_waitlist('class', true, tenant => 'line');
SELECT pg_temp.book('class', 3, 'a', 1), pg_temp.book('class', 3, 'b', 1), pg_temp.book('class', 3, 'c', 1);
SELECT pg_temp.join_line('class', 3, 'two', 2), pg_temp.join_line('class', 3, 'one');
SELECT pg_temp.cancel('class', 3, 'a'), pg_temp.booked('class', 3);
SELECT pg_temp.book('class', 3, 'a stranger'), pg_temp.book('class', 4, 'a stranger');
-- Who only looks is told the same.
SELECT outcome, rule, times = tstzmultirange(pg_temp.day(3)) AS its_time
FROM bookonce.explain_slot('class', pg_temp.day(3), tenant => 'line');
SELECT bookonce.places_left('class', pg_temp.day(3), tenant => 'line'),
    bookonce.places_left('class', pg_temp.day(4), tenant => 'line'),
    (SELECT count(*) FROM bookonce.free_slots('class', pg_temp.day(3), '1 hour', tenant => 'line')),
    isempty(bookonce.free_time('class', pg_temp.day(3), tenant => 'line'));
SELECT pg_temp.join_line('class', 3, 'last');
SELECT pg_temp.cancel('class', 3, 'b'), pg_temp.booked('class', 3);
-- Who leaves makes way.
SELECT pg_temp.join_line('class', 3, 'three', 3, 5), pg_temp.cancel('class', 3, 'c'), pg_temp.booked('class', 3);
SELECT pg_temp.told(bookonce.leave_waitlist(w.waiter_id, 'three', tenant => 'line')),
    pg_temp.told(bookonce.leave_waitlist(w.waiter_id, tenant => 'line')) AS again
FROM bookonce.waitlist('class', pg_temp.day(3), tenant => 'line') AS w WHERE w.holder = 'three';
SELECT pg_temp.booked('class', 3);
SELECT bookonce.set_waitlist('class', false, tenant => 'line');
SELECT pg_temp.booked('class', 3);

-- Higher priority first.
SELECT bookonce.define_resource('boat', tenant => 'line');
SELECT pg_temp.book('boat', 1, 'a');
SELECT pg_temp.join_line('boat', 1, 'guest'), pg_temp.join_line('boat', 1, 'member', 1, 1);
SELECT * FROM pg_temp.line('boat');
SELECT pg_temp.cancel('boat', 1, 'a'), pg_temp.booked('boat', 1);

-- Whatever frees time: a move, a booking that is shortened, a group, a reopening, a raised capacity, a limit.
SELECT bookonce.define_resource('van', tenant => 'line');
SELECT pg_temp.book('van', 1, 'a');
SELECT pg_temp.join_line('van', 1, 'b');
SELECT q.outcome, pg_temp.booked('van', 1) FROM bookonce.booking AS b, bookonce.reschedule_booking(b.booking_id,
    pg_temp.day(2), tenant => 'line') AS q WHERE b.tenant = 'line' AND b.holder = 'a' AND b.during = pg_temp.day(1)
    AND b.resource_id = (SELECT resource_id FROM bookonce.resource WHERE tenant = 'line' AND resource = 'van');
SELECT q.outcome FROM bookonce.book_slot('van', tstzrange(lower(pg_temp.day(3)), upper(pg_temp.day(3)) + '1 hour'),
    'long', tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('van', tstzrange(upper(pg_temp.day(3)), upper(pg_temp.day(3)) + '1 hour'),
    'after', tenant => 'line'));
SELECT q.outcome FROM bookonce.booking AS b, bookonce.reschedule_booking(b.booking_id, pg_temp.day(3), tenant => 'line')
    AS q WHERE b.tenant = 'line' AND b.holder = 'long';
SELECT holder, status FROM bookonce.booking WHERE tenant = 'line' AND holder = 'after';
SELECT q.outcome FROM bookonce.book_slots(ARRAY[('van', pg_temp.day(4), 1, NULL, NULL, NULL),
    ('boat', pg_temp.day(4), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'crew', tenant => 'line') AS q;
SELECT pg_temp.join_line('van', 4, 'x'), pg_temp.join_line('boat', 4, 'y');
SELECT q.outcome FROM bookonce.cancel_group((SELECT group_id FROM bookonce.booking WHERE tenant = 'line'
    AND holder = 'crew' LIMIT 1), tenant => 'line') AS q;
SELECT pg_temp.booked('van', 4), pg_temp.booked('boat', 4);
SELECT pg_temp.book('van', 5, 'a'), pg_temp.join_line('van', 5, 'z');
SELECT count(*) FROM bookonce.close_resource('{van}', pg_temp.day(5), tenant => 'line');
SELECT pg_temp.cancel('van', 5, 'a'), pg_temp.booked('van', 5) AS closed;
SELECT bookonce.reopen_resource(array_agg(c.closure_id), tenant => 'line'), pg_temp.booked('van', 5)
FROM bookonce.list_closures(pg_temp.day(5), tenant => 'line') AS c;
SELECT pg_temp.booked('van', 5);
SELECT pg_temp.book('van', 6, 'a'), pg_temp.join_line('van', 6, 'z');
SELECT bookonce.define_resource('van', 2, tenant => 'line');
SELECT pg_temp.booked('van', 6);
SELECT bookonce.set_booking_limit('boat', 'day', 1, tenant => 'line');
SELECT pg_temp.book('boat', 7, 'a');
SELECT pg_temp.told(bookonce.join_waitlist('boat', tstzrange(upper(pg_temp.day(7)), upper(pg_temp.day(7)) + '1 hour'),
    'limited', tenant => 'line'));
SELECT bookonce.set_booking_limit('boat', 'day', NULL, tenant => 'line');
SELECT holder, status FROM bookonce.booking WHERE tenant = 'line' AND holder = 'limited';

SELECT bookonce.define_resource('car', tenant => 'line');
SELECT q.outcome FROM bookonce.book_slot('car', tstzrange(now() - interval '1 hour', now() + interval '3 hours'),
    'early', tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('car', tstzrange(now() + interval '1 hour', now() + interval '2 hours'),
    'later', tenant => 'line'));
SELECT q.outcome FROM bookonce.booking AS b, bookonce.end_booking(b.booking_id, tenant => 'line') AS q
WHERE b.tenant = 'line' AND b.holder = 'early';
SELECT holder, status FROM bookonce.booking WHERE tenant = 'line' AND holder = 'later';

-- A group that moves: what it leaves is for the line, what it takes is not what the line was given.
SELECT q.outcome FROM bookonce.book_slots(ARRAY[('boat', pg_temp.day(8), 1, NULL, NULL, NULL),
    ('boat', pg_temp.day(9), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'tour', tenant => 'line') AS q;
SELECT pg_temp.join_line('boat', 8, 'first day'), pg_temp.join_line('boat', 9, 'second day');
SELECT q.outcome FROM bookonce.reschedule_group((SELECT group_id FROM bookonce.booking WHERE tenant = 'line'
    AND holder = 'tour' LIMIT 1), '1 day', tenant => 'line') AS q;
SELECT pg_temp.booked('boat', 8), pg_temp.booked('boat', 9), pg_temp.booked('boat', 10);
-- A move into a strict line.
SELECT bookonce.define_resource('tent', 2, tenant => 'line'), bookonce.set_waitlist('tent', true, tenant => 'line');
SELECT pg_temp.book('tent', 1, 'a'), pg_temp.book('tent', 1, 'b'), pg_temp.book('tent', 2, 'mover'),
    pg_temp.join_line('tent', 1, 'two', 2), pg_temp.cancel('tent', 1, 'a');
SELECT q.outcome FROM bookonce.booking AS b, bookonce.reschedule_booking(b.booking_id, pg_temp.day(1), tenant => 'line')
    AS q WHERE b.tenant = 'line' AND b.holder = 'mover';
SELECT q.outcome FROM bookonce.booking AS b, bookonce.reschedule_booking(b.booking_id, pg_temp.day(3), tenant => 'line')
    AS q WHERE b.tenant = 'line' AND b.holder = 'mover';
SELECT resource, outcome FROM bookonce.book_any_slot('{tent,boat}', pg_temp.day(1), 'any', quantity => 1,
    tenant => 'line');

-- A pre-booking takes no time, and may be made beside a line; made firm, it would pass the line.
SELECT q.outcome FROM bookonce.book_slot('tent', pg_temp.day(1), 'pencilled', allow_overlap => true, tenant => 'line')
    AS q;
SELECT q.outcome FROM bookonce.booking AS b, bookonce.confirm_booking(b.booking_id, exclusive => true, tenant => 'line')
    AS q WHERE b.tenant = 'line' AND b.holder = 'pencilled';

-- A rule on what a holder has holds for what is offered: who has as much as may be is passed.
SELECT bookonce.define_resource('gym', tenant => 'line'), bookonce.define_resource('sauna', tenant => 'line');
SELECT bookonce.set_holder_rule('health', '{gym,sauna}', max_live => 1, tenant => 'line');
SELECT pg_temp.book('gym', 1, 'a'), pg_temp.join_line('gym', 1, 'greedy'), pg_temp.join_line('gym', 1, 'modest'),
    pg_temp.book('sauna', 1, 'greedy'), pg_temp.join_line('gym', 1, 'greedy');
SELECT pg_temp.cancel('gym', 1, 'a'), pg_temp.booked('gym', 1);
SELECT pg_temp.join_line('gym', 1, 'greedy') AS still_in_line, pg_temp.book('sauna', 2, 'other');
SELECT pg_temp.join_line('gym', 1, 'other') AS has_too_much;

-- What new hours, times and rules allow is for the line first: each change serves it in its own transaction.
SELECT bookonce.define_resource('desk', tenant => 'line'), bookonce.define_calendar('days off', tenant => 'line');
CREATE FUNCTION pg_temp.waits_for_desk(day integer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(', ', pg_temp.book('desk', day, 'a'), pg_temp.join_line('desk', day, 'waits'))
$$;
-- The change that forbids the time is made while the place is taken; then it is given back, and nobody is offered it.
CREATE FUNCTION pg_temp.forbidden(day integer) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', pg_temp.cancel('desk', day, 'a'), pg_temp.booked('desk', day))
$$;
SELECT pg_temp.waits_for_desk(1);
SELECT count(bookonce.set_opening_hours('desk', n, '{12:00}', '{13:00}', tenant => 'line')::text)
FROM generate_series(1, 7) AS n;
SELECT pg_temp.forbidden(1);
SELECT bookonce.clear_opening_hours('desk', tenant => 'line');
SELECT pg_temp.booked('desk', 1) AS hours_cleared;
SELECT pg_temp.waits_for_desk(8);
SELECT count(bookonce.set_opening_hours('desk', n, '{12:00}', '{13:00}', tenant => 'line')::text)
FROM generate_series(1, 7) AS n;
SELECT pg_temp.forbidden(8);
SELECT bookonce.set_opening_hours('desk', extract(isodow FROM date '2033-01-09')::integer, '{10:00}', '{11:00}',
    tenant => 'line');
SELECT pg_temp.booked('desk', 8) AS weekday_has_other_hours;
SELECT bookonce.clear_opening_hours('desk', tenant => 'line');
SELECT pg_temp.waits_for_desk(2);
SELECT bookonce.set_day_hours('desk', '2033-01-03', '{}', '{}', tenant => 'line');
SELECT pg_temp.forbidden(2);
SELECT bookonce.set_day_hours('desk', '2033-01-03', NULL, NULL, tenant => 'line');
SELECT pg_temp.booked('desk', 2) AS day_has_its_hours_again;
SELECT pg_temp.waits_for_desk(3);
SELECT count(bookonce.set_opening_hours('desk', n, '{12:00}', '{13:00}', tenant => 'line')::text)
FROM generate_series(1, 7) AS n;
SELECT pg_temp.forbidden(3);
SELECT bookonce.set_hours_from('desk', '2033-01-04', extract(isodow FROM date '2033-01-04')::integer, '{10:00}',
    '{11:00}', tenant => 'line');
SELECT pg_temp.booked('desk', 3) AS hours_from;
SELECT bookonce.clear_opening_hours('desk', tenant => 'line');
SELECT pg_temp.waits_for_desk(4);
SELECT bookonce.set_calendar_day('days off', '2033-01-05', '{}', '{}', tenant => 'line'),
    bookonce.follow_calendar('desk', 'days off', tenant => 'line');
SELECT pg_temp.forbidden(4);
SELECT bookonce.set_calendar_day('days off', '2033-01-05', NULL, NULL, tenant => 'line');
SELECT pg_temp.booked('desk', 4) AS no_day_off;
SELECT pg_temp.waits_for_desk(5);
SELECT bookonce.set_calendar_day('days off', '2033-01-06', '{}', '{}', tenant => 'line');
SELECT pg_temp.forbidden(5);
SELECT bookonce.follow_calendar('desk', NULL, tenant => 'line');
SELECT pg_temp.booked('desk', 5) AS no_calendar;
SELECT pg_temp.waits_for_desk(6);
SELECT bookonce.set_starts('desk', '{09:00}', tenant => 'line');
SELECT pg_temp.forbidden(6);
SELECT bookonce.set_starts('desk', '{}', tenant => 'line');
SELECT pg_temp.booked('desk', 6) AS starts_any_time;
SELECT pg_temp.waits_for_desk(7);
SELECT bookonce.set_holder_rule('desks', '{desk}', max_live => 1, tenant => 'line');
SELECT pg_temp.forbidden(7);
SELECT bookonce.set_holder_rule('desks', tenant => 'line');
SELECT pg_temp.booked('desk', 7) AS no_holder_rule;

-- A provider whose position is released, reassigned or cancelled is free for its line.
SELECT bookonce.define_resource('nurse', tenant => 'line'), bookonce.define_resource('other nurse', tenant => 'line');
CREATE FUNCTION pg_temp.accepts(day integer) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    id uuid;
BEGIN
    SELECT r.request_id INTO id FROM bookonce.open_request(pg_temp.day(day), 1, 'patient', tenant => 'line') AS r;
    PERFORM bookonce.accept_offer(o.offer_id, 'nurse', tenant => 'line')
    FROM bookonce.make_offers(id, '{nurse}', tenant => 'line') AS o;
    PERFORM pg_temp.join_line('nurse', day, 'waits');
    RETURN id;
END $$;
SELECT pg_temp.accepts(1) AS request_id \gset
SELECT outcome, replayed, pg_temp.booked('nurse', 1)
FROM bookonce.release_position(:'request_id', 'nurse', tenant => 'line');
SELECT pg_temp.booked('nurse', 1) AS released;
SELECT outcome, replayed FROM bookonce.release_position(:'request_id', 'nurse', tenant => 'line');
SELECT pg_temp.accepts(2) AS request_id \gset
SELECT outcome FROM bookonce.reassign_position(:'request_id', 'nurse', 'other nurse', tenant => 'line');
SELECT pg_temp.booked('nurse', 2) AS reassigned, pg_temp.booked('other nurse', 2);
SELECT pg_temp.accepts(3) AS request_id \gset
SELECT outcome FROM bookonce.cancel_request(:'request_id', tenant => 'line');
SELECT pg_temp.booked('nurse', 3) AS cancelled;

-- Who has been offered something under a lock keeps that lock: where the holder's must come first, the call fails, to
-- be repeated. Here a trigger of the owner's makes the rule in between.
SELECT bookonce.define_resource('pier', tenant => 'line');
SELECT q.outcome FROM bookonce.book_slot('pier', pg_temp.day(1), 'a', hold_for => '1 hour', tenant => 'line') AS q;
SELECT pg_temp.book('pier', 2, 'mover'), pg_temp.join_line('pier', 1, 'overtaken'), pg_temp.lapse('pier');
SELECT q.outcome FROM bookonce.book_slot('pier', pg_temp.day(1), 'pencilled', allow_overlap => true, tenant => 'line')
    AS q;
CREATE FUNCTION rule_in_between() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookonce.set_holder_rule('pier', '{pier}', max_live => 9, tenant => 'line');
    RETURN NULL;
END $$;
CREATE TRIGGER rule_in_between AFTER INSERT ON bookonce.booking FOR EACH ROW WHEN (NEW.holder = 'overtaken')
    EXECUTE FUNCTION rule_in_between();
SELECT * FROM pg_temp.refusals(ARRAY[
    $$SELECT bookonce.book_slot('pier', pg_temp.day(3), 'walks in', tenant => 'line')$$,
    $$SELECT bookonce.reschedule_booking(b.booking_id, pg_temp.day(3), tenant => 'line')
        FROM bookonce.booking AS b WHERE b.tenant = 'line' AND b.holder = 'mover' AND b.released_at IS NULL
        AND b.during = pg_temp.day(2) AND b.resource_id = (SELECT resource_id FROM bookonce.resource
            WHERE tenant = 'line' AND resource = 'pier')$$,
    $$SELECT bookonce.confirm_booking(b.booking_id, exclusive => true, tenant => 'line')
        FROM bookonce.booking AS b WHERE b.tenant = 'line' AND b.holder = 'pencilled' AND b.resource_id =
            (SELECT resource_id FROM bookonce.resource WHERE tenant = 'line' AND resource = 'pier')$$]);
DROP TRIGGER rule_in_between ON bookonce.booking;
DROP FUNCTION rule_in_between();
SELECT pg_temp.book('pier', 3, 'walks in'), pg_temp.booked('pier', 1);

-- All who stand in line are judged at one instant: what lapses while the line is served is not for those who happen
-- not to have been asked yet. Here the owner's trigger is the clock: a hold ends while the second in line is served.
SELECT bookonce.define_resource('lake', tenant => 'line');
SELECT q.outcome FROM bookonce.book_slot('lake', pg_temp.day(1), 'lapses', hold_for => '1 hour', tenant => 'line') AS q;
SELECT pg_temp.book('lake', 2, 'gives'), pg_temp.join_line('lake', 1, 'first'), pg_temp.join_line('lake', 2, 'ticks'),
    pg_temp.told(bookonce.join_waitlist('lake', tstzrange(lower(pg_temp.day(1)), upper(pg_temp.day(1)) + '1 hour'),
        'longer', tenant => 'line'));
CREATE FUNCTION tick() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bookonce.booking SET lapses_at = clock_timestamp() WHERE tenant = 'line' AND holder = 'lapses';
    RETURN NULL;
END $$;
CREATE TRIGGER tick AFTER INSERT ON bookonce.booking FOR EACH ROW WHEN (NEW.holder = 'ticks') EXECUTE FUNCTION tick();
SELECT pg_temp.cancel('lake', 2, 'gives'), pg_temp.booked('lake', 2);
DROP TRIGGER tick ON bookonce.booking;
DROP FUNCTION tick();
SELECT bookonce.promote_waiters() AS then_the_first;
SELECT * FROM pg_temp.line('lake');

-- What has lapsed is the line's from that instant on, a hold as well as a booking that nobody checked in: no reader
-- lists it as free, and nobody gets it who comes by. The next call that touches the resource makes the offer, and that
-- is not listed either, until it lapses and nobody is left in line.
SELECT bookonce.define_resource('cove', check_in_within => '2 hours', tenant => 'line');
CREATE FUNCTION pg_temp.soon() RETURNS tstzrange LANGUAGE sql STABLE AS
    'SELECT tstzrange(now() + interval ''1 hour'', now() + interval ''2 hours'')';
CREATE FUNCTION pg_temp.seen() RETURNS TABLE (slots bigint, is_free boolean, places integer, why text)
LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM bookonce.free_slots('cove', pg_temp.soon(), '1 hour', tenant => 'line')),
        NOT isempty(bookonce.free_time('cove', pg_temp.soon(), tenant => 'line')),
        bookonce.places_left('cove', pg_temp.soon(), tenant => 'line'),
        (SELECT e.outcome::text FROM bookonce.explain_slot('cove', pg_temp.soon(), tenant => 'line') AS e)
$$;
BEGIN;
SELECT q.outcome, q.status FROM bookonce.book_slot('cove', tstzrange(now() - interval '1 hour',
    now() + interval '3 hours'), 'stays away', tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('cove', pg_temp.soon(), 'waits', tenant => 'line'));
SELECT * FROM pg_temp.seen();
UPDATE bookonce.booking SET lapses_at = now() - interval '1 second', created_at = now() - interval '1 hour'
WHERE tenant = 'line' AND holder = 'stays away';
SELECT * FROM pg_temp.seen();
SELECT q.outcome FROM bookonce.book_slot('cove', pg_temp.soon(), 'walks in', tenant => 'line') AS q;
SELECT w.holder, w.place, w.lapses_at > now() AS is_held FROM bookonce.waitlist('cove', tenant => 'line') AS w;
SELECT * FROM pg_temp.seen();
SELECT pg_temp.lapse('cove');
SELECT * FROM pg_temp.seen();
SELECT q.outcome FROM bookonce.book_slot('cove', pg_temp.soon(), 'walks in', tenant => 'line') AS q;
ROLLBACK;
-- What would be offered to the line may fill no time at all: two of three places are left.
BEGIN;
SELECT bookonce.define_resource('bay', 3, tenant => 'line');
SELECT q.outcome FROM bookonce.book_slot('bay', pg_temp.soon(), 'lapses', 3, hold_for => '1 hour',
    tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('bay', pg_temp.soon(), 'waits', tenant => 'line')), pg_temp.lapse('bay');
SELECT n, bookonce.free_time('bay', pg_temp.soon(), n, 'line') = tstzmultirange(pg_temp.soon()) AS is_free,
    (SELECT count(*) FROM bookonce.free_slots('bay', pg_temp.soon(), '1 hour', quantity => n, tenant => 'line')),
    (SELECT count(*) FROM bookonce.explain_slot('bay', pg_temp.soon(), n, tenant => 'line')) AS reasons
FROM generate_series(1, 3) AS n;
SELECT bookonce.places_left('bay', pg_temp.soon(), tenant => 'line');
ROLLBACK;

-- A repeated call is answered with how it stands; the key stands for one wish.
SELECT pg_temp.book('van', 9, 'a'), pg_temp.book('van', 9, 'a');
SELECT pg_temp.told(bookonce.join_waitlist('van', pg_temp.day(9), 'k', idempotency_key => 'wish', tenant => 'line'))
FROM generate_series(1, 2);
SELECT pg_temp.cancel('van', 9, 'a') IS NOT NULL;
SELECT pg_temp.told(bookonce.join_waitlist('van', pg_temp.day(9), 'k', idempotency_key => 'wish', tenant => 'line'));
SELECT bookonce.join_waitlist('van', pg_temp.day(9), 'k', 2, idempotency_key => 'wish', tenant => 'line');
SELECT bookonce.join_waitlist('boat', pg_temp.day(9), 'k', idempotency_key => 'wish', tenant => 'line');
-- A repeated booking is answered and serves nobody.
SELECT q.outcome, q.replayed FROM bookonce.book_slot('boat', pg_temp.day(11), 'r', hold_for => '1 hour',
    idempotency_key => 'slot', tenant => 'line') AS q;
SELECT pg_temp.join_line('boat', 11, 'behind'), pg_temp.lapse('boat') > 0;
SELECT q.status, q.replayed FROM bookonce.book_slot('boat', pg_temp.day(11), 'r', hold_for => '1 hour',
    idempotency_key => 'slot', tenant => 'line') AS q;
SELECT * FROM pg_temp.line('boat') WHERE day = 11;

-- Not waited for: what is over, what is closed for other reasons, and what others may not see.
SELECT pg_temp.told(bookonce.join_waitlist('van', '[2001-01-01 10:00+00,2001-01-01 11:00+00)', 'late',
    tenant => 'line'));
SELECT pg_temp.told(bookonce.join_waitlist('van', pg_temp.day(9), 'late', expires_at => '2001-01-01',
    tenant => 'line'));
SELECT count(*) FROM bookonce.retire_resource('sauna', tenant => 'line');
SELECT pg_temp.join_line('sauna', 3, 'modest');
SELECT bookonce.alter_resource('van', max_duration => '30 minutes', tenant => 'line');
SELECT pg_temp.join_line('van', 12, 'too long');
SELECT * FROM pg_temp.refusals(ARRAY[
    $$SELECT * FROM bookonce.waitlist('van', tenant => 'another')$$,
    $$SELECT bookonce.leave_waitlist(w.waiter_id, tenant => 'another')
        FROM bookonce.waitlist('tent', tenant => 'line') AS w$$,
    $$SELECT bookonce.leave_waitlist(w.waiter_id, 'another', tenant => 'line')
        FROM bookonce.waitlist('tent', tenant => 'line') AS w$$]);

-- Bad input
SELECT * FROM pg_temp.refusals(ARRAY[
    $$SELECT bookonce.join_waitlist(NULL, pg_temp.day(1), 'x')$$,
    $$SELECT bookonce.join_waitlist('nowhere', pg_temp.day(1), 'x', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', NULL, 'x', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', '[2033-01-01,)', 'x', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), '', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', 0, tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', 3, tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', offer_for => NULL, tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', offer_for => '0', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', offer_for => '1 year', tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', priority => NULL, tenant => 'line')$$,
    $$SELECT bookonce.join_waitlist('tent', pg_temp.day(1), 'x', expires_at => 'infinity', tenant => 'line')$$,
    $$SELECT bookonce.leave_waitlist(NULL)$$,
    $$SELECT bookonce.leave_waitlist('01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d')$$,
    $$SELECT * FROM bookonce.waitlist(NULL)$$,
    $$SELECT * FROM bookonce.waitlist('nowhere')$$,
    $$SELECT bookonce.set_waitlist('nowhere', true)$$,
    $$SELECT bookonce.set_waitlist('tent', NULL, tenant => 'line')$$,
    $$SELECT bookonce.promote_waiters(0)$$]);

-- Whom the free time does not fit is passed, also by one who waits for a part of that time.
CREATE FUNCTION pg_temp.longer(day integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange(lower(pg_temp.day(day)), upper(pg_temp.day(day)) + '1 hour')
$$;
CREATE FUNCTION pg_temp.move(resource text, holder text, day integer) RETURNS text LANGUAGE sql AS $$
    SELECT q.outcome::text FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
        bookonce.reschedule_booking(b.booking_id, pg_temp.day(day), tenant => 'line') AS q
    WHERE r.tenant = 'line' AND r.resource = move.resource AND b.holder = move.holder AND b.released_at IS NULL
$$;
SELECT bookonce.define_resource('slope', tenant => 'line');
SELECT q.outcome FROM bookonce.book_slot('slope', pg_temp.longer(1) - pg_temp.day(1), 'after', tenant => 'line') AS q;
SELECT pg_temp.book('slope', 1, 'a'),
    pg_temp.told(bookonce.join_waitlist('slope', pg_temp.longer(1), 'longer', tenant => 'line')),
    pg_temp.join_line('slope', 1, 'shorter');
SELECT pg_temp.cancel('slope', 1, 'a'), pg_temp.booked('slope', 1);
-- Who was offered a place is out of line, and cannot leave it.
SELECT pg_temp.told(bookonce.leave_waitlist(w.waiter_id, tenant => 'line'))
FROM bookonce.waitlist('slope', tenant => 'line') AS w WHERE w.holder = 'shorter';
-- Who waits until an instant is passed after it, as is who waits for what is over.
BEGIN;
UPDATE bookonce.waiter SET expires_at = now() WHERE tenant = 'line' AND holder = 'longer';
SELECT pg_temp.cancel('slope', 1, 'shorter'), pg_temp.move('slope', 'after', 2);
SELECT count(*) AS not_offered FROM bookonce.booking WHERE tenant = 'line' AND holder = 'longer';
ROLLBACK;
BEGIN;
UPDATE bookonce.waiter SET during = '[2001-01-01 10:00+00,2001-01-01 11:00+00)'
WHERE tenant = 'line' AND holder = 'longer';
SELECT pg_temp.cancel('slope', 1, 'shorter');
SELECT count(*) AS not_offered FROM bookonce.booking WHERE tenant = 'line' AND holder = 'longer';
ROLLBACK;
-- A transaction with an old snapshot serves the line, too.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.book('slope', 3, 'a'), pg_temp.join_line('slope', 3, 'waits');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.cancel('slope', 3, 'a'), pg_temp.booked('slope', 3);
COMMIT;

-- In a strict line, too, who is refused by a rule is passed; the answer names the rule before the line; and a
-- pre-booking may move beside it.
SELECT bookonce.define_resource('hut', 2, tenant => 'line'), bookonce.define_resource('barn', 2, tenant => 'line'),
    bookonce.set_waitlist('hut', true, tenant => 'line'),
    bookonce.set_holder_rule('huts', '{hut,barn}', max_live => 1, tenant => 'line');
SELECT pg_temp.book('hut', 1, 'a'), pg_temp.book('hut', 1, 'b'), pg_temp.join_line('hut', 1, 'greedy'),
    pg_temp.join_line('hut', 1, 'two', 2), pg_temp.join_line('hut', 1, 'one'), pg_temp.book('barn', 1, 'greedy');
SELECT pg_temp.cancel('hut', 1, 'a'), pg_temp.booked('hut', 1);
SELECT pg_temp.book('hut', 1, 'greedy'), pg_temp.book('hut', 1, 'a stranger');
SELECT q.outcome FROM bookonce.book_slot('hut', pg_temp.day(2), 'pencilled', allow_overlap => true, tenant => 'line')
    AS q;
SELECT pg_temp.move('hut', 'pencilled', 1);
-- A party for which there is no room any more keeps nothing.
SELECT bookonce.alter_resource('hut', capacity => 1, tenant => 'line');
SELECT pg_temp.cancel('hut', 1, 'b'), pg_temp.booked('hut', 1);
-- A move on a resource with such a rule locks the holder before it serves the line.
SELECT pg_temp.book('hut', 2, 'mover'), q.outcome
FROM bookonce.book_slot('hut', pg_temp.day(4), 'lapses', 1, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line('hut', 4, 'waits'), pg_temp.lapse('hut');
SELECT pg_temp.move('hut', 'mover', 3), pg_temp.booked('hut', 4);

-- A holder's holds elsewhere count until they lapse, in a line as in a booking.
SELECT q.outcome FROM bookonce.book_slot('barn', pg_temp.day(2), 'returns', 1, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.book('hut', 5, 'a'), pg_temp.join_line('hut', 5, 'returns'), pg_temp.lapse('barn'),
    pg_temp.join_line('hut', 5, 'returns');
-- The owner's own rows of a table that is followed without rules pass a strict line.
BEGIN;
CREATE TABLE ward (id uuid PRIMARY KEY, bed text, during tstzrange, patient text);
SELECT FROM bookonce.follow_table('ward', 'bed', during => 'during', holder => 'patient', rules => false,
    tenant => 'line');
SELECT bookonce.define_resource('bed', 2, tenant => 'line'), bookonce.set_waitlist('bed', true, tenant => 'line');
SELECT pg_temp.book('bed', 1, 'a'), pg_temp.book('bed', 1, 'b'), pg_temp.join_line('bed', 1, 'two', 2),
    pg_temp.cancel('bed', 1, 'a'), pg_temp.book('bed', 1, 'a stranger');
INSERT INTO ward VALUES ('00000000-0000-4000-8000-000000000001', 'bed', pg_temp.day(1), 'emergency');
SELECT pg_temp.booked('bed', 1);
ROLLBACK;
-- Later tests know what is made for a followed table by its number.
SELECT setval(pg_get_serial_sequence('bookonce.followed_table', 'followed_id'), 1, false);
-- Where the constraint is missing, time can be given back, and nothing is offered.
BEGIN;
SELECT bookonce.define_resource('pond', tenant => 'line');
SELECT pg_temp.book('pond', 1, 'a'), pg_temp.join_line('pond', 1, 'waits');
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap;
SELECT pg_temp.cancel('pond', 1, 'a'), pg_temp.booked('pond', 1);
SELECT left(r, 60) FROM pg_temp.refusals('{"SELECT bookonce.promote_waiters()",
    "SELECT bookonce.join_waitlist(''pond'', pg_temp.day(1), ''b'', tenant => ''line'')"}') AS r;
ROLLBACK;
-- What a strict line keeps is free for the next as soon as it is strict no more.
BEGIN;
SELECT bookonce.define_resource('quay', 2, tenant => 'line'), bookonce.set_waitlist('quay', true, tenant => 'line');
SELECT pg_temp.book('quay', 1, 'a'), pg_temp.book('quay', 1, 'b'), pg_temp.join_line('quay', 1, 'two', 2),
    pg_temp.join_line('quay', 1, 'one'), pg_temp.cancel('quay', 1, 'a'), pg_temp.booked('quay', 1);
SELECT bookonce.set_waitlist('quay', false, tenant => 'line');
SELECT pg_temp.booked('quay', 1);
ROLLBACK;

-- Who waits for a part gets what the whole gives back, and the whole does not move past that line.
SELECT bookonce.define_resource(r, tenant => 'line') FROM unnest('{manor,wing}'::text[]) AS r;
SELECT bookonce.set_parts('manor', '{wing}', tenant => 'line');
SELECT pg_temp.book('manor', 1, 'party'), pg_temp.join_line('wing', 1, 'waits');
SELECT q.outcome FROM bookonce.book_slot('wing', pg_temp.day(2), 'lapses', 1, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line('wing', 2, 'overtaken'), pg_temp.lapse('wing');
SELECT pg_temp.move('manor', 'party', 2), pg_temp.booked('wing', 2);
SELECT pg_temp.move('manor', 'party', 3), pg_temp.booked('wing', 1);
SELECT q.outcome FROM bookonce.book_slot('manor', tstzrange(now() - interval '1 hour', now() + interval '3 hours'),
    'early', tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('wing', tstzrange(now() + interval '1 hour', now() + interval '2 hours'),
    'soon', tenant => 'line'));
SELECT q.outcome FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id),
    bookonce.end_booking(b.booking_id, tenant => 'line') AS q
WHERE b.tenant = 'line' AND b.holder = 'early' AND r.resource = 'manor';
SELECT holder, status FROM bookonce.booking WHERE tenant = 'line' AND holder = 'soon';
-- Nor does a group, or the providers of a request.
SELECT bookonce.define_resource('coach', 2, tenant => 'line');
SELECT q.outcome FROM bookonce.book_slots(
    ARRAY[('coach', pg_temp.day(1), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'trip', tenant => 'line') AS q;
SELECT q.outcome FROM bookonce.book_slot('coach', pg_temp.day(2), 'lapses', 2, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line('coach', 2, 'overtaken', 2), pg_temp.lapse('coach');
CREATE FUNCTION pg_temp.trip_moves(days interval) RETURNS SETOF bookonce.outcome LANGUAGE sql AS $$
    SELECT q.outcome FROM bookonce.reschedule_group((SELECT group_id FROM bookonce.booking WHERE tenant = 'line'
        AND holder = 'trip' LIMIT 1), days, tenant => 'line') AS q
$$;
SELECT pg_temp.trip_moves('1 day');
SELECT pg_temp.booked('coach', 1), pg_temp.booked('coach', 2);
SELECT bookonce.set_waitlist('coach', true, tenant => 'line');
SELECT pg_temp.book('coach', 3, 'a'), pg_temp.book('coach', 3, 'b'), pg_temp.join_line('coach', 3, 'two', 2),
    pg_temp.cancel('coach', 3, 'a');
SELECT pg_temp.trip_moves('2 days');
SELECT pg_temp.accepts(4) AS request_id \gset
SELECT q.outcome FROM bookonce.book_slot('nurse', pg_temp.day(5), 'lapses', 1, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line('nurse', 5, 'overtaken'), pg_temp.lapse('nurse');
SELECT outcome, provider FROM bookonce.reschedule_request(:'request_id', pg_temp.day(5), tenant => 'line');
SELECT outcome FROM bookonce.reschedule_request(:'request_id', pg_temp.day(6), tenant => 'line');
SELECT pg_temp.booked('nurse', 4), pg_temp.booked('nurse', 5);

-- promote_waiters() makes as many holds as it was told, over all lines.
SELECT bookonce.promote_waiters() AS from_before;
SELECT bookonce.define_resource('row', 2, tenant => 'line'), bookonce.define_resource('pew', 2, tenant => 'line');
SELECT q.outcome FROM unnest('{row,pew}'::text[]) AS r,
    bookonce.book_slot(r, pg_temp.day(1), 'a', 2, '1 hour', tenant => 'line') AS q;
SELECT pg_temp.join_line(r, 1, w) FROM unnest('{row,pew}'::text[]) AS r, unnest('{x,y}'::text[]) AS w;
SELECT pg_temp.lapse('row'), pg_temp.lapse('pew');
SELECT bookonce.promote_waiters(1), bookonce.promote_waiters(2), bookonce.promote_waiters(2);

-- The key of a wish is not that of a booking; and a repeated call is answered though the wish would be refused by now.
SELECT q.outcome
FROM bookonce.book_slot('slope', pg_temp.day(4), 'k', idempotency_key => 'both', tenant => 'line') AS q;
SELECT pg_temp.told(bookonce.join_waitlist('slope', pg_temp.day(4), 'k', idempotency_key => 'both', tenant => 'line'));
SELECT pg_temp.told(bookonce.join_waitlist('row', pg_temp.day(1), 'z', 2, idempotency_key => 'pair',
    tenant => 'line'));
BEGIN;
UPDATE bookonce.booking AS b SET released_at = now(), status = 'expired' FROM bookonce.resource AS r
WHERE r.resource_id = b.resource_id AND r.tenant = 'line' AND r.resource = 'row' AND b.released_at IS NULL;
SELECT bookonce.alter_resource('row', capacity => 1, tenant => 'line');
SELECT pg_temp.told(bookonce.join_waitlist('row', pg_temp.day(1), 'z', 2, idempotency_key => 'pair',
    tenant => 'line'));
ROLLBACK;
-- Who joins comes after those whom the same call has served.
SELECT pg_temp.lapse('row') > 0, pg_temp.join_line('row', 1, 'last');
SELECT n.joined_at > z.offered_at AS is_later FROM bookonce.waiter AS z, bookonce.waiter AS n
WHERE z.tenant = 'line' AND z.holder = 'z' AND n.tenant = 'line' AND n.holder = 'last' AND n.offered_at IS NULL
    AND n.left_at IS NULL AND n.resource_id = z.resource_id;

-- A deleted resource takes its line along; what is wholly over is deleted with all else.
SELECT bookonce.define_resource('shed', tenant => 'line'), pg_temp.book('shed', 1, 'a'),
    pg_temp.join_line('shed', 1, 'b');
DELETE FROM bookonce.booking WHERE tenant = 'line' AND holder = 'a'
    AND resource_id = (SELECT resource_id FROM bookonce.resource WHERE tenant = 'line' AND resource = 'shed');
SELECT bookonce.delete_resource('shed', tenant => 'line');
SELECT count(*) FROM bookonce.waiter AS w WHERE NOT EXISTS (SELECT FROM bookonce.resource AS r
    WHERE r.resource_id = w.resource_id);
BEGIN;
UPDATE bookonce.waiter SET during = '[2001-01-01 10:00+00,2001-01-01 11:00+00)', joined_at = '2001-01-01',
    left_at = NULL, offered_at = NULL WHERE tenant = 'line' AND holder = 'behind';
SELECT bookonce.delete_old('2002-01-01');
ROLLBACK;
SELECT * FROM bookonce.check_integrity();
