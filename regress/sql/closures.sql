-- closures: a resource, or some of its places, out of service for a time. What is booked there stands and is named;
-- nothing new gets in. What is free says the same as what is booked.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.hours(starts text, ends text) RETURNS tstzrange LANGUAGE sql AS $$
    SELECT tstzrange(('2031-03-' || starts)::timestamptz, ('2031-03-' || ends)::timestamptz)
$$;
CREATE FUNCTION pg_temp.book(resource text, starts text, ends text, holder text, quantity integer DEFAULT 1,
    hold_for interval DEFAULT NULL, allow_overlap boolean DEFAULT false) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', outcome, busy)
    FROM bookonce.book_slot(resource, pg_temp.hours(starts, ends), holder, quantity, hold_for, allow_overlap,
        tenant => 'closures')
$$;
-- The same, undone: only to ask.
CREATE FUNCTION pg_temp.would(resource text, starts text, ends text, quantity integer DEFAULT 1) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    told := pg_temp.book(resource, starts, ends, 'asks', quantity);
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told;
END
$$;
CREATE FUNCTION pg_temp.close(resources text[], during tstzrange, units integer DEFAULT NULL,
    key text DEFAULT NULL, OUT resource text, OUT replayed boolean, OUT busy tstzmultirange, OUT holders text)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT c.resource, c.replayed, c.busy,
           (SELECT string_agg(b.holder, ' ' ORDER BY n.n)
            FROM unnest(c.booking_ids) WITH ORDINALITY AS n(id, n)
            CROSS JOIN LATERAL bookonce.get_booking(n.id, 'closures') AS b)
    FROM bookonce.close_resource(close.resources, close.during, close.units, 'repair', close.key,
        tenant => 'closures') AS c
$$;
CREATE FUNCTION pg_temp.closures(resource text) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT array_agg(c.closure_id)
    FROM bookonce.list_closures('[2026-01-01 00:00+00, 2035-01-01 00:00+00)', ARRAY[resource],
        tenant => 'closures') AS c
$$;
CREATE FUNCTION pg_temp.id(called text) RETURNS uuid LANGUAGE sql AS $$
    SELECT b.booking_id
    FROM bookonce.list_holder_bookings(called, '[2031-01-01 00:00+00, 2032-01-01 00:00+00)',
        tenant => 'closures') AS b
    LIMIT 1
$$;

-- Out of service over a fortnight with bookings in it: they are named, in the order of their starts, and stay.
SELECT bookonce.define_resource('room', tenant => 'closures');
SELECT pg_temp.book('room', '10 10:00', '10 11:00', 'ann'), pg_temp.book('room', '12 10:00', '12 11:00', 'ben', 1,
    '100 years'), pg_temp.book('room', '02 10:00', '02 11:00', 'before'),
    pg_temp.book('room', '11 09:00', '11 10:00', 'gone', 1, '1 microsecond');
SELECT * FROM pg_temp.close('{room}', pg_temp.hours('05 00:00', '19 00:00'));
SELECT n, pg_temp.would('room', starts, ends)
FROM (VALUES (1, '04 23:00', '05 00:00'), (2, '04 23:00', '05 00:01'), (3, '10 10:00', '10 11:00'),
             (4, '15 10:00', '15 11:00'), (5, '18 23:59', '19 01:00'), (6, '19 00:00', '19 01:00'),
             (7, '04 00:00', '20 00:00')) AS v(n, starts, ends) ORDER BY n;
-- A pre-booking gets in as little as any other.
SELECT pg_temp.book('room', '15 10:00', '15 11:00', 'pre', 1, NULL, true);
-- A hold that stands may be confirmed, extended before that, and changed; a booking may give time back, or go.
SELECT outcome FROM bookonce.extend_hold(pg_temp.id('ben'), '100 years', tenant => 'closures');
SELECT outcome FROM bookonce.confirm_booking(pg_temp.id('ben'), tenant => 'closures');
SELECT outcome FROM bookonce.change_booking(pg_temp.id('ben'), 'bea', tenant => 'closures');
SELECT outcome, busy FROM bookonce.reschedule_booking(pg_temp.id('bea'), pg_temp.hours('12 10:00', '12 10:45'),
    tenant => 'closures');
SELECT outcome, busy FROM bookonce.reschedule_booking(pg_temp.id('bea'), pg_temp.hours('12 10:15', '12 11:00'),
    tenant => 'closures');
SELECT outcome, busy FROM bookonce.reschedule_booking(pg_temp.id('before'), pg_temp.hours('06 10:00', '06 10:15'),
    tenant => 'closures');
SELECT outcome, busy FROM bookonce.reschedule_booking(pg_temp.id('bea'), pg_temp.hours('20 10:00', '20 11:00'),
    tenant => 'closures');
SELECT outcome FROM bookonce.cancel_booking(pg_temp.id('ann'), tenant => 'closures');
SELECT pg_temp.would('room', '10 10:00', '10 11:00') AS its_time_is_closed;
-- What is free says so.
SELECT bookonce.free_time('room', pg_temp.hours('04 00:00', '20 00:00'), tenant => 'closures');
SELECT bookonce.free_slots('room', pg_temp.hours('04 12:00', '05 12:00'), '6 hours', tenant => 'closures');
SELECT bookonce.places_left('room', pg_temp.hours('10 10:00', '10 11:00'), tenant => 'closures');
SELECT outcome, rule, times FROM bookonce.explain_slot('room', pg_temp.hours('04 12:00', '05 12:00'),
    tenant => 'closures');
SELECT has_closures FROM bookonce.describe_resource('room', 'closures');
-- In a transaction that began before.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT pg_temp.book('room', '10 10:00', '10 11:00', 'x'), pg_temp.book('room', '21 10:00', '21 11:00', 'x');
ROLLBACK;

-- Reopened: as before. Again: there is nothing left to reopen.
SELECT pg_temp.closures('room') AS closures \gset
SELECT bookonce.reopen_resource(:'closures', tenant => 'closures'),
       bookonce.reopen_resource(:'closures', tenant => 'closures');
SELECT pg_temp.would('room', '10 10:00', '10 11:00');
SET SESSION AUTHORIZATION regress_owner;
SELECT plain, has_closures FROM bookonce.resource WHERE tenant = 'closures' AND resource = 'room';
SET SESSION AUTHORIZATION regress_app;

-- A bike breaks, though one hour is full: one place fewer wherever that is possible, and the hours in the way.
SELECT bookonce.define_resource('bikes', 3, tenant => 'closures');
SELECT pg_temp.book('bikes', '10 10:00', '10 11:00', 'tour', 3),
       pg_temp.book('bikes', '10 10:30', '10 11:00', 'late'),
       pg_temp.book('bikes', '10 12:00', '10 13:00', 'one'),
       pg_temp.book('bikes', '10 12:30', '10 14:00', 'two');
SELECT * FROM pg_temp.close('{bikes}', tstzrange('2031-03-01 00:00+00', NULL), 1);
SELECT n, pg_temp.would('bikes', starts, ends, quantity),
       bookonce.places_left('bikes', pg_temp.hours(starts, ends), tenant => 'closures')
FROM (VALUES (1, '10 09:00', '10 10:00', 2), (2, '10 09:00', '10 10:00', 3), (3, '10 12:00', '10 13:00', 1),
             (4, '10 11:00', '10 12:30', 1), (5, '10 13:00', '10 14:00', 1), (6, '10 10:00', '10 11:00', 1))
                 AS v(n, starts, ends, quantity) ORDER BY n;
SELECT outcome, rule, times
FROM bookonce.explain_slot('bikes', pg_temp.hours('10 09:00', '10 13:00'), tenant => 'closures');
-- Closures add up, to all that there is at most. Then the pool is closed.
SELECT * FROM pg_temp.close('{bikes}', pg_temp.hours('10 12:00', '10 12:45'), 1);
SELECT * FROM pg_temp.close('{bikes}', pg_temp.hours('10 12:15', '10 12:45'), 3);
SELECT n, pg_temp.would('bikes', starts, ends)
FROM (VALUES (1, '10 11:30', '10 12:00'), (2, '10 11:30', '10 12:15'), (3, '10 11:30', '10 12:30'),
             (4, '10 12:45', '10 13:00'), (5, '10 13:00', '10 13:30'),
             (6, '10 12:15', '10 12:45')) AS v(n, starts, ends)
ORDER BY n;
SELECT outcome, rule, times
FROM bookonce.explain_slot('bikes', pg_temp.hours('10 12:00', '10 13:00'), tenant => 'closures');
SELECT bookonce.free_time('bikes', pg_temp.hours('10 09:00', '10 15:00'), quantity, 'closures')
FROM generate_series(1, 3) AS quantity ORDER BY quantity;
-- Units change as ever: what is closed is none of them in particular.
SELECT bookonce.define_resource('desks', 3, tenant => 'closures');
SELECT pg_temp.book('desks', '10 10:00', '10 11:00', 'a'), pg_temp.book('desks', '10 10:30', '10 12:00', 'b'),
       pg_temp.book('desks', '10 11:00', '10 12:00', 'c');
SELECT * FROM pg_temp.close('{desks}', pg_temp.hours('10 09:00', '10 10:30'), 2);
SELECT pg_temp.book('desks', '10 10:00', '10 12:00', 'd'), pg_temp.book('desks', '10 10:30', '10 12:00', 'd');

-- Buffers need places, too, as beside a booking: it is the time that is taken, for what is asked for is open.
SELECT bookonce.define_resource('studio', buffer_after => '15 min', tenant => 'closures');
SELECT pg_temp.book('studio', '10 09:00', '10 10:00', 'shoot');
SELECT * FROM pg_temp.close('{studio}', pg_temp.hours('10 10:00', '10 12:00'));
SELECT pg_temp.would('studio', '10 08:00', '10 08:45'), pg_temp.would('studio', '10 12:00', '10 13:00'),
       pg_temp.would('studio', '10 11:59', '10 13:00');
SELECT outcome FROM bookonce.cancel_booking(pg_temp.id('shoot'), tenant => 'closures');
SELECT pg_temp.would('studio', '10 09:00', '10 09:45'), pg_temp.would('studio', '10 09:00', '10 09:46');
SELECT outcome, rule, times
FROM bookonce.explain_slot('studio', pg_temp.hours('10 09:00', '10 09:46'), tenant => 'closures');

-- No limit counts it, it needs no opening hours, and what a rule refuses besides is told after it.
SELECT bookonce.define_resource('clinic', 2, max_duration => '2 hours', tenant => 'closures');
SELECT bookonce.set_opening_hours('clinic', 1, '{09:00}', '{17:00}', tenant => 'closures'),
       bookonce.set_booking_limit('clinic', 'day', 1, tenant => 'closures');
SELECT count(*) FROM pg_temp.close('{clinic}', pg_temp.hours('10 00:00', '10 10:00'), 1);
SELECT pg_temp.would('clinic', '10 09:00', '10 10:00'), pg_temp.would('clinic', '10 09:00', '10 12:00');
SELECT count(*) FROM pg_temp.close('{clinic}', pg_temp.hours('10 09:00', '10 10:00'));
SELECT pg_temp.would('clinic', '10 09:00', '10 12:00'), pg_temp.would('clinic', '10 10:00', '10 11:00');
SELECT outcome, rule, times
FROM bookonce.explain_slot('clinic', pg_temp.hours('10 08:00', '10 12:00'), tenant => 'closures');

-- A pre-booking that stood there before: it takes a place only now, and there is none.
SELECT bookonce.define_resource('hall', tenant => 'closures');
SELECT pg_temp.book('hall', '10 09:00', '10 10:00', 'wedding', 1, '100 years', true);
SELECT * FROM pg_temp.close('{hall}', pg_temp.hours('10 00:00', '11 00:00'));
SELECT outcome, busy FROM bookonce.confirm_booking(pg_temp.id('wedding'), true, tenant => 'closures');
SELECT outcome FROM bookonce.confirm_booking(pg_temp.id('wedding'), tenant => 'closures');

-- Several at once, with a key: a repeated call closes nothing twice; another one with the key is an error. What was
-- reopened meanwhile is not told.
SELECT bookonce.define_resource(name, tenant => 'closures') FROM unnest('{g1,g2,g3}'::text[]) AS name;
SELECT * FROM pg_temp.close('{g2,g1}', pg_temp.hours('10 00:00', '11 00:00'), NULL, 'day off');
SELECT pg_temp.book('g3', '10 10:00', '10 11:00', 'gil');
SELECT * FROM pg_temp.close('{g2,g1}', pg_temp.hours('10 00:00', '11 00:00'), NULL, 'day off');
SELECT cardinality(pg_temp.closures('g1')) AS g1, cardinality(pg_temp.closures('g2')) AS g2;
SELECT complaint($$SELECT pg_temp.close('{g1,g2}', pg_temp.hours('10 00:00', '11 00:00'), NULL, 'day off')$$),
       complaint($$SELECT pg_temp.close('{g2,g1}', pg_temp.hours('10 00:00', '11 00:00'), 1, 'day off')$$),
       complaint($$SELECT pg_temp.close('{g2,g1}', pg_temp.hours('10 00:00', '12 00:00'), NULL, 'day off')$$);
SELECT bookonce.reopen_resource(pg_temp.closures('g2'), tenant => 'closures');
SELECT * FROM pg_temp.close('{g2,g1}', pg_temp.hours('10 00:00', '11 00:00'), NULL, 'day off');

-- Every verb that takes time.
SELECT outcome, resource
FROM bookonce.book_any_slot('{g1,g2}', pg_temp.hours('10 09:00', '10 10:00'), 'u', tenant => 'closures');
SELECT outcome, resource
FROM bookonce.book_any_slot('{g1,g1}', pg_temp.hours('10 09:00', '10 10:00'), 'u', 'least_booked',
    tenant => 'closures');
SELECT v.all_or_nothing, b.outcome, b.resource
FROM (VALUES (true), (false)) AS v(all_or_nothing)
CROSS JOIN LATERAL bookonce.book_slots(ARRAY[('g1', pg_temp.hours('10 09:00', '10 10:00'), 1, NULL, NULL, NULL),
    ('g3', pg_temp.hours('10 09:00', '10 10:00'), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'u', NULL,
    v.all_or_nothing, tenant => 'closures') AS b;
SELECT group_id FROM bookonce.book_slots(ARRAY[('g1', pg_temp.hours('09 09:00', '09 10:00'), 1, NULL, NULL, NULL),
    ('g1', pg_temp.hours('09 11:00', '09 12:00'), 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'u',
    tenant => 'closures') LIMIT 1 \gset
SELECT outcome FROM bookonce.reschedule_group(:'group_id', '1 day', tenant => 'closures');
SELECT outcome FROM bookonce.reschedule_group(:'group_id', '2 days', tenant => 'closures');
SELECT request_id FROM bookonce.open_request(pg_temp.hours('10 14:00', '10 15:00'), 1, 'client',
    tenant => 'closures') \gset
SELECT a.outcome FROM bookonce.make_offers(:'request_id', '{g1,g2}', tenant => 'closures') AS o
CROSS JOIN LATERAL bookonce.accept_offer(o.offer_id, o.provider, tenant => 'closures') AS a ORDER BY o.provider;
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'request_id',
    pg_temp.hours('10 15:00', '10 16:00'), tenant => 'closures');
SELECT count(*) FROM pg_temp.close('{g2}', pg_temp.hours('10 16:00', '10 18:00'));
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'request_id',
    pg_temp.hours('10 16:30', '10 17:00'), tenant => 'closures');

-- A page at a time; of all resources, or of some.
SELECT resource, during, ends_at IS NULL AS for_good, units, reason, idempotency_key
FROM bookonce.list_closures('[2031-03-10 00:00+00, 2031-03-11 00:00+00)', tenant => 'closures')
ORDER BY starts_at, resource, units;
WITH RECURSIVE page AS (
    SELECT 1 AS n, c.* FROM (SELECT * FROM bookonce.list_closures('[2031-03-10 00:00+00, 2031-03-11 00:00+00)',
        '{bikes,g1}', 1, tenant => 'closures')) AS c
    UNION ALL
    SELECT p.n + 1, c.* FROM page AS p CROSS JOIN LATERAL bookonce.list_closures(
        '[2031-03-10 00:00+00, 2031-03-11 00:00+00)', '{bikes,g1}', 1, p.starts_at, p.closure_id,
        tenant => 'closures') AS c)
SELECT n, resource, units FROM page ORDER BY n;
-- Another tenant sees none, and reopens none.
SELECT count(*) FROM bookonce.list_closures('[2031-03-10 00:00+00, 2031-03-11 00:00+00)');
SELECT bookonce.reopen_resource(pg_temp.closures('bikes'));

-- Bad input.
SELECT complaint(call)
FROM (VALUES
    (1, $$SELECT * FROM bookonce.close_resource('{nowhere,room}', '[2031-03-10,)', tenant => 'closures')$$),
    (2, $$SELECT * FROM bookonce.close_resource('{room,room}', '[2031-03-10,)', tenant => 'closures')$$),
    (3, $$SELECT * FROM bookonce.close_resource('{}', '[2031-03-10,)')$$),
    (4, $$SELECT * FROM bookonce.close_resource(NULL, '[2031-03-10,)')$$),
    (5, $$SELECT * FROM bookonce.close_resource('{room,NULL}', '[2031-03-10,)')$$),
    (6, $$SELECT * FROM bookonce.close_resource('{room}', NULL)$$),
    (7, $$SELECT * FROM bookonce.close_resource('{room}', 'empty')$$),
    (8, $$SELECT * FROM bookonce.close_resource('{room}', '(,)')$$),
    (9, $$SELECT * FROM bookonce.close_resource('{room}', '[-infinity,)')$$),
    (10, $$SELECT * FROM bookonce.close_resource('{room}', '[2031-03-10,infinity)')$$),
    (11, $$SELECT * FROM bookonce.close_resource('{room}', '(2031-03-10,)')$$),
    (12, $$SELECT * FROM bookonce.close_resource('{room}', '[2031-03-10,2031-03-11]')$$),
    (13, $$SELECT * FROM bookonce.close_resource('{room}', '[2001-03-10,2001-03-11)')$$),
    (14, $$SELECT * FROM bookonce.close_resource('{room}', '[200000-03-10,)')$$),
    (15, $$SELECT * FROM bookonce.close_resource('{room}', '[2031-03-10,2031-03-11)', 0, tenant => 'closures')$$),
    (16, $$SELECT * FROM bookonce.close_resource('{room}', '[2031-03-10,2031-03-11)', 2, tenant => 'closures')$$),
    (17, $$SELECT * FROM bookonce.close_resource('{room}', '[2031-03-10,2031-03-11)', 100001, tenant => 'closures')$$),
    (18, $$SELECT bookonce.reopen_resource(NULL)$$),
    (19, $$SELECT bookonce.reopen_resource('{}')$$),
    (20, $$SELECT bookonce.reopen_resource('{NULL}')$$),
    (21, $$SELECT bookonce.list_closures('[2031-03-10,)')$$),
    (22, $$SELECT bookonce.list_closures('[2031-03-10,2031-03-11)', '{nowhere}')$$),
    (23, $$SELECT bookonce.list_closures('[2031-03-10,2031-03-11)', NULL, 0)$$),
    (24, $$SELECT bookonce.list_closures('[2031-03-10,2031-03-11)', NULL, 1, '2031-03-10')$$)) AS v(n, call)
ORDER BY n;
SELECT pg_temp.would('room', '10 12:00', '10 13:00') AS not_closed_by_any_of_them;
BEGIN READ ONLY;
SELECT bookonce.close_resource('{room}', '[2031-03-10,)', tenant => 'closures');
ROLLBACK;

-- A capacity below what is closed: all of it is.
SELECT bookonce.define_resource('kits', 3, tenant => 'closures');
SELECT count(*) FROM pg_temp.close('{kits}', pg_temp.hours('10 00:00', '11 00:00'), 2);
SELECT pg_temp.would('kits', '10 09:00', '10 10:00');
SELECT bookonce.define_resource('kits', 1, tenant => 'closures');
SELECT pg_temp.would('kits', '10 09:00', '10 10:00');
SELECT * FROM pg_temp.close('{kits}', pg_temp.hours('10 00:00', '11 00:00'));

-- The owner: delete_old() takes away what is over, and the resource is plain again; a resource stays while closures
-- need it; check_integrity() finds what somebody wrote by hand.
SET SESSION AUTHORIZATION regress_owner;
DELETE FROM bookonce.resource WHERE tenant = 'closures' AND resource = 'kits';
BEGIN;
UPDATE bookonce.resource SET has_closures = false WHERE tenant = 'closures' AND resource = 'hall';
UPDATE bookonce.resource SET has_closures = true WHERE tenant = 'closures' AND resource = 'room';
SELECT problem, tenant, other_id FROM bookonce.check_integrity() ORDER BY other_id;
ROLLBACK;
BEGIN;
UPDATE bookonce.closure SET tenant = 'another' WHERE tenant = 'closures' AND units = 3;
SELECT problem, tenant FROM bookonce.check_integrity();
ROLLBACK;
UPDATE bookonce.closure AS c SET during = '[2020-01-01 00:00+00, 2020-02-01 00:00+00)'
FROM bookonce.resource AS r
WHERE r.resource_id = c.resource_id AND r.tenant = 'closures'
  AND (r.resource IN ('hall', 'g2') OR (r.resource = 'bikes' AND c.units = 3));
SELECT bookonce.delete_old('2020-01-31 00:00+00') AS none, bookonce.delete_old('2020-02-01 00:00+00') AS some,
       bookonce.delete_old('2020-02-01 00:00+00') AS none_left;
SELECT resource, plain, has_closures FROM bookonce.resource
WHERE tenant = 'closures' AND resource IN ('hall', 'g1', 'g2', 'bikes') ORDER BY resource;
SELECT problem FROM bookonce.check_integrity();
