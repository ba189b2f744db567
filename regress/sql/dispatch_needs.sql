-- dispatch_needs: offers to those who fit a need and are free.
SET datestyle = ISO;
SET timezone = UTC;
SELECT bookonce.define_resource('driver:' || d, attributes => jsonb_build_object('drives', v), tenant => 'fleet')
FROM (VALUES ('ann', '["van", "truck"]'::jsonb), ('ben', '["truck"]'), ('cleo', '["van", "truck"]'), ('dan', '["van"]'),
             ('eve', '["truck"]')) AS x(d, v);
CREATE FUNCTION pg_temp.at(first integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2034-03-01 00:00+00'::timestamptz + first * interval '1 hour',
        '2034-03-01 00:00+00'::timestamptz + (first + 1) * interval '1 hour')
$$;
CREATE FUNCTION pg_temp.open(first integer, positions integer DEFAULT 1) RETURNS uuid LANGUAGE sql AS $$
    SELECT request_id FROM bookonce.open_request(pg_temp.at(first), positions, 'user:1', tenant => 'fleet')
$$;
CREATE FUNCTION pg_temp.offer(request uuid, need jsonb, pick text DEFAULT 'first')
RETURNS TABLE (outcome bookonce.outcome, replayed boolean, provider text, wave integer, status bookonce.offer_state)
LANGUAGE sql AS $$
    SELECT o.outcome, o.replayed, o.provider, o.wave, o.status
    FROM bookonce.make_offers_by_need(request, need, pick => pick, tenant => 'fleet') AS o
$$;
CREATE FUNCTION pg_temp.reply(request uuid, provider text, verb text) RETURNS bookonce.outcome LANGUAGE plpgsql AS $$
DECLARE
    offer uuid := (SELECT o.offer_id FROM bookonce.offer_status AS o WHERE o.request_id = reply.request
        AND o.provider = reply.provider ORDER BY o.wave DESC LIMIT 1);
    said bookonce.outcome;
BEGIN
    EXECUTE format('SELECT outcome FROM bookonce.%I($1, tenant => ''fleet''%s)', verb,
        CASE WHEN verb = 'withdraw_offer' THEN '' ELSE ', provider => $2' END) INTO said USING offer, provider;
    RETURN said;
END
$$;
\set two '{"where": {"drives": "truck"}, "count": 2}'

-- Two who drive a truck are asked, and once they are, nobody else is, however often.
SELECT outcome FROM bookonce.book_slot('driver:ann', pg_temp.at(9), 'user:9', tenant => 'fleet');
SELECT pg_temp.open(9, 2) AS load \gset
SELECT * FROM pg_temp.offer(:'load', :'two');
SELECT * FROM pg_temp.offer(:'load', :'two');
SELECT waves FROM bookonce.request_status WHERE request_id = :'load';
-- One declines: the next is asked, and never again the one who declined. Nobody is left: there is a row less.
SELECT pg_temp.reply(:'load', 'driver:ben', 'decline_offer');
SELECT * FROM pg_temp.offer(:'load', :'two');
SELECT pg_temp.reply(:'load', 'driver:eve', 'withdraw_offer');
SELECT * FROM pg_temp.offer(:'load', :'two');
-- Who becomes free is asked by the next call.
SELECT outcome FROM bookonce.cancel_booking((SELECT booking_id FROM bookonce.booking WHERE tenant = 'fleet'),
    tenant => 'fleet');
SELECT * FROM pg_temp.offer(:'load', :'two');
-- A position counts as an offer does. Who has left it is not asked again, and nobody else fits.
SELECT pg_temp.reply(:'load', 'driver:ann', 'accept_offer');
SELECT * FROM pg_temp.offer(:'load', :'two');
SELECT outcome FROM bookonce.release_position(:'load', 'driver:ann', tenant => 'fleet');
SELECT * FROM pg_temp.offer(:'load', :'two');
SELECT * FROM pg_temp.offer(:'load', '{"any_of": ["driver:ann", "driver:ben"]}');
-- Whom an offer was made to by name counts, too, and more may be asked by a larger need.
SELECT outcome FROM bookonce.make_offers(:'load', '{driver:dan}', tenant => 'fleet');
SELECT * FROM pg_temp.offer(:'load', '{"where": {"drives": "van"}, "count": 2}');
-- An offer that has lapsed is over.
SELECT pg_temp.open(10) AS short \gset
SELECT outcome FROM bookonce.make_offers_by_need(:'short', '{"any_of": ["driver:dan", "driver:ann"]}',
    expires_in => '1 microsecond', tenant => 'fleet');
SELECT * FROM pg_temp.offer(:'short', '{"any_of": ["driver:dan", "driver:ann"]}');

-- A filled or a closed request is offered to nobody, free or not.
SELECT pg_temp.reply(:'short', 'driver:ann', 'accept_offer');
SELECT * FROM pg_temp.offer(:'short', '{"any_of": ["driver:dan", "driver:cleo", "driver:ann"], "count": 2}');
SELECT outcome FROM bookonce.cancel_request(:'short', tenant => 'fleet');
SELECT * FROM pg_temp.offer(:'short', '{"any_of": ["driver:dan", "driver:cleo"]}');
SELECT * FROM pg_temp.offer(:'short', '{"any_of": ["driver:dan", "driver:ben"], "count": 2}');

-- Whom the need prefers; the one with the most idle time is not the one with the least bookings.
SELECT outcome FROM bookonce.book_slot('driver:ann', pg_temp.at(28), 'user:9', tenant => 'fleet');
SELECT b.outcome FROM unnest(ARRAY[34, 35]) AS h, bookonce.book_slot('driver:ben', pg_temp.at(h), 'user:9',
    tenant => 'fleet') AS b;
SELECT pg_temp.open(30) AS p \gset
SELECT provider FROM pg_temp.offer(:'p', '{"any_of": ["driver:ben", "driver:ann", "driver:cleo"]}', 'least_booked');
SELECT provider FROM pg_temp.offer(:'p', '{"any_of": ["driver:ben", "driver:ann", "driver:cleo"], "count": 2}',
    'tightest');
SELECT provider FROM pg_temp.offer(:'p', '{"any_of": ["driver:ben", "driver:ann", "driver:cleo"], "count": 3}');

-- By all rules: hours, closures, parts, and time that is kept for the next in line, or left to it.
SELECT bookonce.define_resource('ruled', tenant => 'fleet'), bookonce.define_resource('crew', tenant => 'fleet'),
    bookonce.define_resource('strict', tenant => 'fleet'), bookonce.define_resource('lapsed', tenant => 'fleet'),
    bookonce.define_resource('closed', tenant => 'fleet');
SELECT bookonce.set_opening_hours('ruled', 5, '{09:00}', '{12:00}', tenant => 'fleet');
SELECT bookonce.set_parts('crew', '{driver:dan}', tenant => 'fleet');
SELECT bookonce.set_waitlist('strict', strict => true, tenant => 'fleet');
SELECT outcome FROM bookonce.book_slot('driver:dan', pg_temp.at(55), 'user:9', tenant => 'fleet');
SELECT outcome FROM bookonce.book_slot('strict', pg_temp.at(54), 'has it', tenant => 'fleet');
SELECT outcome FROM bookonce.join_waitlist('strict', pg_temp.at(54) + pg_temp.at(55), 'waits', tenant => 'fleet');
SELECT outcome FROM bookonce.book_slot('lapsed', pg_temp.at(55), 'had it', hold_for => '1 hour', tenant => 'fleet');
SELECT outcome FROM bookonce.join_waitlist('lapsed', pg_temp.at(55), 'waits', tenant => 'fleet');
UPDATE bookonce.booking SET lapses_at = now() - interval '1 second', created_at = now() - interval '1 hour'
WHERE tenant = 'fleet' AND holder = 'had it';
SELECT closure_id IS NOT NULL AS closed FROM bookonce.close_resource('{closed}', pg_temp.at(55), tenant => 'fleet');
\set any '{"any_of": ["ruled", "crew", "strict", "lapsed", "closed"], "count": 5}'
SELECT pg_temp.open(55) AS none, pg_temp.open(57) AS some \gset
SELECT * FROM pg_temp.offer(:'none', :'any');
SELECT waves FROM bookonce.request_status WHERE request_id = :'none';
SELECT provider FROM pg_temp.offer(:'some', :'any');
-- An offer takes no time: accept_offer() decides.
SELECT outcome FROM bookonce.book_slot('lapsed', pg_temp.at(57), 'user:9', tenant => 'fleet');
SELECT pg_temp.reply(:'some', 'lapsed', 'accept_offer');

-- Bad input.
CREATE FUNCTION pg_temp.complaint(need text, pick text DEFAULT 'first', tenant text DEFAULT 'fleet',
    expires_in interval DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN (SELECT string_agg(o.outcome::text, ' ') FROM bookonce.make_offers_by_need(
        (SELECT request_id FROM bookonce.request AS r WHERE r.tenant = 'fleet' ORDER BY r.during LIMIT 1), need::jsonb,
        expires_in, pick => pick, tenant => tenant) AS o);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || regexp_replace(SQLERRM, '[0-9a-f-]{36}', 'ID') || ' | ' || hint;
END
$$;
SELECT pg_temp.complaint(need) FROM unnest(ARRAY[NULL, '7', '[]', '[{"any_of": ["driver:ann"]}]', '{}', '{"count": 1}',
    '{"any": ["driver:ann"]}', '{"any_of": ["no such"]}', '{"any_of": ["driver:ann"], "count": 2}',
    '{"where": {"drives": "bus"}}', '{"any_of": ["driver:ann"], "count": 101}']) AS need;
SELECT pg_temp.complaint('{"any_of": ["driver:ann"]}', pick => 'cheapest');
SELECT pg_temp.complaint('{"any_of": ["driver:ann"]}', pick => NULL);
SELECT pg_temp.complaint('{"any_of": ["driver:ann"]}', tenant => 'other');
SELECT pg_temp.complaint('{"any_of": ["driver:ann"]}', expires_in => '0');
SELECT bookonce.make_offers_by_need(NULL, '{"any_of": ["driver:ann"]}', tenant => 'fleet');
