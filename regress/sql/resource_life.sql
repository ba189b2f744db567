-- resource_life: a resource is changed rule by rule, renamed while its callers retry, retired with bookings ahead, and
-- deleted when nothing needs it.
SET datestyle = ISO;
SET timezone = UTC;
\set SHOW_CONTEXT never
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.book(resource text, starts text, key text DEFAULT NULL, OUT outcome bookonce.outcome,
    OUT replayed boolean, OUT name text) LANGUAGE sql AS $$
    SELECT b.outcome, b.replayed, b.resource
    FROM bookonce.book_slot(resource, tstzrange(starts::timestamptz, starts::timestamptz + '1 hour'), 'ann',
        idempotency_key => key, tenant => 'life') AS b
$$;
CREATE FUNCTION pg_temp.rules(resource text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', capacity, buffer_before, buffer_after, time_zone, min_notice, max_ahead, max_duration,
        max_per_day, opening_hours -> 0 ->> 'opens')
    FROM bookonce.describe_resource(resource, 'life')
$$;

-- Only what is named changes. define_resource() sets all of it.
SELECT bookonce.define_resource('hall', 2, '10 min', '5 min', 'Europe/Paris', '2 hours', '90 days', '4 hours',
    tenant => 'life');
SELECT bookonce.set_opening_hours('hall', 1, '{09:00}', '{17:00}', tenant => 'life'),
       bookonce.set_booking_limit('hall', 'day', 5, tenant => 'life');
SELECT bookonce.alter_resource('hall', capacity => 3, tenant => 'life');
SELECT pg_temp.rules('hall');
SELECT bookonce.alter_resource('hall', buffer_after => '0', max_ahead => '1 day', tenant => 'life');
SELECT pg_temp.rules('hall');
SELECT bookonce.alter_resource('hall', time_zone => 'UTC', min_notice => '0', lift => '{max_ahead,max_duration}',
    tenant => 'life');
SELECT pg_temp.rules('hall');
SELECT bookonce.alter_resource('hall', tenant => 'life');
SELECT pg_temp.rules('hall');
-- A capacity that falls below what is booked: the times are named. A closure of so many places lets it fall where it
-- can.
SELECT bookonce.define_resource('bikes', 3, tenant => 'life');
SELECT outcome FROM bookonce.book_slot('bikes', '[2031-03-10 10:00+00, 2031-03-10 11:00+00)', 'ann', 3,
    tenant => 'life');
SELECT bookonce.alter_resource('bikes', 2, tenant => 'life');
SELECT busy FROM bookonce.close_resource('{bikes}', '[2031-03-01 00:00+00,)', 1, tenant => 'life');
SELECT bookonce.places_left('bikes', '[2031-03-10 10:00+00, 2031-03-10 11:00+00)', tenant => 'life') AS then,
       bookonce.places_left('bikes', '[2031-03-10 11:00+00, 2031-03-10 12:00+00)', tenant => 'life') AS later;
SELECT complaint(call)
FROM (VALUES
    (1, $$SELECT bookonce.alter_resource('no such', 2, tenant => 'life')$$),
    (2, $$SELECT bookonce.alter_resource('hall', 0, tenant => 'life')$$),
    (3, $$SELECT bookonce.alter_resource('hall', 100001, tenant => 'life')$$),
    (4, $$SELECT bookonce.alter_resource('hall', buffer_before => '-1 min', tenant => 'life')$$),
    (5, $$SELECT bookonce.alter_resource('hall', time_zone => 'Mars', tenant => 'life')$$),
    (6, $$SELECT bookonce.alter_resource('hall', max_ahead => '0', tenant => 'life')$$),
    (7, $$SELECT bookonce.alter_resource('hall', lift => '{capacity}', tenant => 'life')$$),
    (8, $$SELECT bookonce.alter_resource('hall', lift => '{NULL}', tenant => 'life')$$),
    (9, $$SELECT bookonce.alter_resource('hall', lift => '{}', tenant => 'life')$$),
    (10, $$SELECT bookonce.alter_resource('hall', max_ahead => '1 day', lift => '{max_ahead}', tenant => 'life')$$))
    AS v(n, call) ORDER BY n;

-- Renamed while callers retry: history, rules and closures go along.
SELECT bookonce.define_resource('room', max_duration => '2 hours', tenant => 'life'),
       bookonce.define_resource('lab', tenant => 'life'), bookonce.define_resource('other', tenant => 'life');
SELECT pg_temp.book('room', '2031-03-10 09:00', 'k1'), pg_temp.book('lab', '2031-03-10 09:00', 'k2');
CREATE FUNCTION pg_temp.group_of(key text, all_or_nothing boolean, VARIADIC names text[]) RETURNS SETOF text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', b.outcome, b.replayed, b.resource)
    FROM bookonce.book_slots(ARRAY(
        SELECT ROW(n, '[2031-03-11 09:00+00, 2031-03-11 10:00+00)', 1, NULL,
            CASE WHEN NOT all_or_nothing THEN key || n END, NULL)::bookonce.slot_request
        FROM unnest(names) AS n), 'ann', NULL, all_or_nothing,
        idempotency_key => CASE WHEN all_or_nothing THEN key END, tenant => 'life') AS b
$$;
SELECT pg_temp.group_of('k3', true, 'room', 'other');
SELECT outcome, replayed, resource FROM bookonce.book_any_slot('{room,lab}',
    '[2031-03-12 09:00+00, 2031-03-12 10:00+00)', 'ann', idempotency_key => 'k4', tenant => 'life');
SELECT count(*) FROM bookonce.close_resource('{room}', '[2031-04-01 00:00+00,)', tenant => 'life');
SELECT bookonce.rename_resource('room', 'suite', tenant => 'life'),
       bookonce.rename_resource('lab', repeat('x', 255), tenant => 'life');
-- A retry that says the old name is answered from its row. A new call with the old name does not know it.
SELECT pg_temp.book('room', '2031-03-10 09:00', 'k1');
SELECT outcome, replayed, left(name, 9) FROM pg_temp.book('lab', '2031-03-10 09:00', 'k2');
SELECT pg_temp.group_of('k3', true, 'room', 'other');
SELECT outcome, replayed, resource FROM bookonce.book_any_slot('{room,lab}',
    '[2031-03-12 09:00+00, 2031-03-12 10:00+00)', 'ann', idempotency_key => 'k4', tenant => 'life');
SELECT complaint(call)
FROM (VALUES (1, $$SELECT pg_temp.book('room', '2031-03-10 09:00')$$),
    (2, $$SELECT pg_temp.book('room', '2031-03-10 09:00', 'new')$$),
    (3, $$SELECT pg_temp.book('room', '2031-03-10 11:00', 'k1')$$),
    (4, $$SELECT pg_temp.book('suite', '2031-03-10 09:00', 'k1')$$),
    (5, $$SELECT pg_temp.group_of('new', true, 'room', 'other')$$),
    (6, $$SELECT pg_temp.group_of('k3', true, 'suite', 'other')$$),
    (7, $$SELECT pg_temp.group_of('new', false, 'room', 'other')$$),
    (8, $$SELECT bookonce.book_any_slot('{room,other}', '[2031-03-12 09:00+00, 2031-03-12 10:00+00)', 'ann',
        idempotency_key => 'new', tenant => 'life')$$)) AS v(n, call) ORDER BY n;
SELECT pg_temp.book('suite', '2031-03-10 09:00') AS taken, pg_temp.book('suite', '2031-04-10 09:00') AS closed,
       pg_temp.rules('suite');
-- The same where each member stands alone: what was booked is told, the new one is decided.
SELECT bookonce.define_resource(name, tenant => 'life') FROM unnest('{nook,cove,den}'::text[]) AS name;
SELECT pg_temp.group_of('k5', false, 'nook', 'cove');
SELECT bookonce.rename_resource('nook', 'bay', tenant => 'life'),
       bookonce.rename_resource('suite', 'attic', tenant => 'life');
SELECT pg_temp.group_of('k5', false, 'nook', 'cove', 'den');
-- The old name is free for another resource, which is not the old one.
SELECT bookonce.define_resource('room', tenant => 'life');
SELECT pg_temp.book('room', '2031-03-10 09:00', 'k1') AS still_its_row;
SELECT pg_temp.book('room', '2031-03-10 09:00') AS its_own;
SELECT complaint(call)
FROM (VALUES (1, $$SELECT bookonce.rename_resource('room', 'attic', tenant => 'life')$$),
    (2, $$SELECT bookonce.rename_resource('room', repeat('x', 255), tenant => 'life')$$),
    (3, $$SELECT bookonce.rename_resource('room', repeat('x', 256), tenant => 'life')$$),
    (4, $$SELECT bookonce.rename_resource('room', 'room', tenant => 'life')$$),
    (5, $$SELECT bookonce.rename_resource('no such', 'x', tenant => 'life')$$),
    (6, $$SELECT bookonce.rename_resource('room', NULL, tenant => 'life')$$)) AS v(n, call) ORDER BY n;
-- A provider keeps its name while offers use it.
SELECT count(*) FROM bookonce.open_request('[2031-03-20 09:00+00, 2031-03-20 10:00+00)', 1, 'client',
    tenant => 'life') AS r CROSS JOIN LATERAL bookonce.make_offers(r.request_id, '{other}', tenant => 'life');
SELECT bookonce.rename_resource('other', 'another', tenant => 'life');

-- Retired with bookings ahead: what stands stays and is named, nothing new. Again: it is so already.
SELECT bookonce.define_resource('van', tenant => 'life');
SELECT pg_temp.book('van', '2031-03-10 09:00'), pg_temp.book('van', '2031-05-10 09:00');
SELECT replayed, during, busy FROM bookonce.retire_resource('van', '2031-04-01 00:00+00', 'sold', tenant => 'life');
SELECT pg_temp.book('van', '2031-03-31 22:00'), pg_temp.book('van', '2031-03-31 23:30'),
       pg_temp.book('van', '2041-01-01 00:00');
SELECT replayed, cardinality(booking_ids) FROM bookonce.retire_resource('van', '2031-04-01 00:00+00', 'sold',
    tenant => 'life');
SELECT replayed FROM bookonce.retire_resource('van', '2031-06-01 00:00+00', tenant => 'life');
SELECT replayed FROM bookonce.retire_resource('van', tenant => 'life');
SELECT pg_temp.book('van', '2031-03-20 09:00');
SELECT bookonce.reopen_resource(array_agg(closure_id), tenant => 'life')
FROM bookonce.list_closures('[2031-01-01 00:00+00, 2032-01-01 00:00+00)', '{van}', tenant => 'life');
SELECT pg_temp.book('van', '2031-03-20 09:00');
SELECT complaint(call)
FROM (VALUES (1, $$SELECT bookonce.retire_resource('no such', tenant => 'life')$$),
    (2, $$SELECT bookonce.retire_resource('van', 'infinity', tenant => 'life')$$),
    (3, $$SELECT bookonce.retire_resource('van', '200000-01-01', tenant => 'life')$$)) AS v(n, call) ORDER BY n;

-- Deleted only when nothing needs it; its hours and closures go along.
SELECT bookonce.set_day_hours('hall', '2031-12-25', '{}', '{}', tenant => 'life');
SELECT complaint($$SELECT bookonce.delete_resource('van', tenant => 'life')$$) AS bookings,
       complaint($$SELECT bookonce.delete_resource('other', tenant => 'life')$$) AS bookings_or_offers;
SELECT count(*) FROM bookonce.retire_resource('hall', tenant => 'life');
SELECT complaint($$SELECT bookonce.delete_resource('hall', tenant => 'life')$$) AS it_is_free;
SELECT bookonce.delete_resource('hall', tenant => 'life'), complaint($$SELECT pg_temp.rules('hall')$$);
SET SESSION AUTHORIZATION regress_owner;
SELECT problem FROM bookonce.check_integrity();
