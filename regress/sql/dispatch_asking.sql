-- dispatch_asking: requests that keep asking. A provider who becomes free is asked for the one that was opened first.
SET datestyle = ISO;
SET timezone = UTC;
SELECT bookonce.define_resource('nurse:' || n, attributes => '{"nurse": true}', tenant => 'asking')
FROM unnest(ARRAY['ann', 'ben']) AS n;
CREATE FUNCTION pg_temp.at(first integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange('2034-04-03 00:00+00'::timestamptz + first * interval '1 hour',
        '2034-04-03 00:00+00'::timestamptz + (first + 1) * interval '1 hour')
$$;
-- Opens a request that keeps asking; returns how many were asked.
CREATE FUNCTION pg_temp.ask(requester text, first integer, need jsonb DEFAULT '{"where": {"nurse": true}}',
    keep boolean DEFAULT true, expires_in interval DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    request uuid := (bookonce.open_request(pg_temp.at(first), 1, requester, idempotency_key => requester,
        tenant => 'asking')).request_id;
BEGIN
    RETURN (SELECT count(*) FROM bookonce.make_offers_by_need(request, need, expires_in, keep_asking => keep,
        tenant => 'asking') WHERE outcome = 'offered');
END
$$;
CREATE FUNCTION pg_temp.reply(requester text, provider text, verb text) RETURNS bookonce.outcome LANGUAGE plpgsql AS $$
DECLARE
    said bookonce.outcome;
BEGIN
    EXECUTE format('SELECT outcome FROM bookonce.%I($1, $2, tenant => ''asking'')', verb) INTO said
        USING (SELECT o.offer_id FROM bookonce.offer AS o JOIN bookonce.request AS r USING (tenant, request_id)
            WHERE r.requester = reply.requester AND o.provider = reply.provider ORDER BY o.wave DESC LIMIT 1), provider;
    RETURN said;
END
$$;
CREATE FUNCTION pg_temp.free(who text, first integer) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT (bookonce.cancel_booking(b.booking_id, tenant => 'asking')).outcome FROM bookonce.live_booking AS b
    WHERE b.tenant = 'asking' AND b.resource = who AND b.during = pg_temp.at(first)
$$;
PREPARE asked AS SELECT r.requester, o.provider, o.status FROM bookonce.offer_status AS o
    JOIN bookonce.request AS r USING (tenant, request_id) WHERE tenant = 'asking' ORDER BY r.created_at, o.wave;

SELECT count(*) FROM unnest(ARRAY['nurse:ann', 'nurse:ben']) AS n, unnest(ARRAY[9, 20]) AS h,
    bookonce.book_slot(n, pg_temp.at(h), 'busy', tenant => 'asking');
SELECT pg_temp.ask('first', 9), pg_temp.ask('second', 9), pg_temp.ask('not kept', 9, keep => false);
SELECT bookonce.top_up_offers(tenant => 'asking');
-- The first in line is asked for, and as long as the offer stands, nobody else.
SELECT pg_temp.free('nurse:ann', 9);
SELECT bookonce.top_up_offers(tenant => 'other');
SELECT bookonce.top_up_offers(tenant => 'asking');
EXECUTE asked;
SELECT bookonce.top_up_offers(tenant => 'asking');
-- One who declines is asked for the next in line; the first waits for another.
SELECT pg_temp.reply('first', 'nurse:ann', 'decline_offer');
SELECT bookonce.top_up_offers(tenant => 'asking');
EXECUTE asked;
SELECT pg_temp.free('nurse:ben', 9);
SELECT bookonce.top_up_offers(tenant => 'asking');
SELECT pg_temp.reply('first', 'nurse:ben', 'accept_offer');
SELECT pg_temp.reply('second', 'nurse:ann', 'accept_offer');
EXECUTE asked;
-- Filled requests ask nobody; one that loses a provider asks again. At another time, a provider is asked as well.
SELECT pg_temp.ask('later', 11, '{"any_of": ["nurse:ann"]}');
SELECT bookonce.top_up_offers(tenant => 'asking');
SELECT bookonce.define_resource('nurse:cleo', attributes => '{"nurse": true}', tenant => 'asking');
SELECT bookonce.top_up_offers(tenant => 'asking');
SELECT outcome FROM bookonce.release_position((SELECT request_id FROM bookonce.request WHERE requester = 'second'),
    'nurse:ann', tenant => 'asking');
SELECT bookonce.top_up_offers(tenant => 'asking');
EXECUTE asked;

-- What is kept is written once, and the last call decides.
SELECT xmin AS was FROM bookonce.request WHERE requester = 'second' \gset
SELECT pg_temp.ask('second', 9);
SELECT xmin = :'was' AS untouched, need, pick, expires_in FROM bookonce.request WHERE requester = 'second';
SELECT pg_temp.ask('second', 9, expires_in => '1 hour');
SELECT xmin = :'was' AS untouched, need, pick, expires_in FROM bookonce.request WHERE requester = 'second';
SELECT pg_temp.ask('second', 9, keep => false);
SELECT need, pick, expires_in FROM bookonce.request WHERE requester = 'second';
SELECT pg_temp.reply('second', 'nurse:cleo', 'decline_offer');
SELECT bookonce.define_resource('nurse:dan', attributes => '{"nurse": true}', tenant => 'asking');
SELECT bookonce.top_up_offers(tenant => 'asking');

-- Cancelled requests, and those whose time has begun, ask nobody; a need that can no longer be met is in nobody's way.
SELECT count(*) FROM bookonce.close_resource('{nurse:ann,nurse:ben,nurse:cleo,nurse:dan}', pg_temp.at(21),
    tenant => 'asking');
SELECT pg_temp.ask('cancelled', 21), pg_temp.ask('begun', 21), pg_temp.ask('unmet', 21, '{"any_of": ["nurse:dan"]}'),
    pg_temp.ask('two', 21, '{"where": {"nurse": true}, "count": 2}', expires_in => '1 day'),
    pg_temp.ask('one', 21);
SELECT outcome FROM bookonce.cancel_request((SELECT request_id FROM bookonce.request WHERE requester = 'cancelled'),
    tenant => 'asking');
UPDATE bookonce.request SET during = tstzrange(now() - interval '1 minute', now() + interval '1 hour')
WHERE requester = 'begun';
SELECT bookonce.rename_resource('nurse:dan', 'nurse:dora', tenant => 'asking');
SELECT bookonce.reopen_resource(ARRAY(SELECT closure_id FROM bookonce.closure WHERE tenant = 'asking'),
    tenant => 'asking');
SELECT bookonce.top_up_offers(1, tenant => 'asking');
SELECT bookonce.top_up_offers(tenant => 'asking');
SELECT r.requester, o.provider, o.expires_at - o.created_at BETWEEN '23 hours' AND '1 day' AS ends
FROM bookonce.offer AS o JOIN bookonce.request AS r USING (tenant, request_id)
WHERE tenant = 'asking' AND r.during = pg_temp.at(21) ORDER BY o.created_at, o.provider;
SELECT outcome, filled FROM bookonce.reschedule_request(
    (SELECT request_id FROM bookonce.request WHERE requester = 'two'), pg_temp.at(30), tenant => 'asking');
SELECT bookonce.top_up_offers(tenant => 'asking');

-- One that has been broken by hand asks nobody, and the call says so; the others ask.
INSERT INTO bookonce.booking (tenant, booking_id, resource_id, during, blocks, holder)
VALUES ('asking', '00000000-0000-7000-8000-0000000000bb', 999999, pg_temp.at(40), pg_temp.at(40), 'nobody');
INSERT INTO bookonce.request (tenant, request_id, positions, during, requester, need, pick)
VALUES ('asking', '00000000-0000-7000-8000-0000000000aa', 2, pg_temp.at(40), 'broken', '{"where": {"nurse": true}}',
    'first');
INSERT INTO bookonce.position (tenant, request_id, position, booking_id)
VALUES ('asking', '00000000-0000-7000-8000-0000000000aa', 1, '00000000-0000-7000-8000-0000000000bb'),
    ('asking', '00000000-0000-7000-8000-0000000000aa', 2, NULL);
SELECT outcome FROM bookonce.book_slot('nurse:ann', pg_temp.at(40), 'busy', tenant => 'asking');
SELECT pg_temp.ask('whole', 40, '{"any_of": ["nurse:ann"]}'), pg_temp.free('nurse:ann', 40);
SELECT bookonce.top_up_offers(tenant => 'asking');
SELECT r.requester, o.provider FROM bookonce.offer AS o JOIN bookonce.request AS r USING (tenant, request_id)
WHERE tenant = 'asking' AND r.during = pg_temp.at(40);
SELECT problem, id FROM bookonce.check_integrity() WHERE tenant = 'asking';
DELETE FROM bookonce.position WHERE request_id = '00000000-0000-7000-8000-0000000000aa';
DELETE FROM bookonce.request WHERE request_id = '00000000-0000-7000-8000-0000000000aa';
DELETE FROM bookonce.booking WHERE booking_id = '00000000-0000-7000-8000-0000000000bb';

-- Bad input, and rows that the owner writes by hand.
SELECT bookonce.top_up_offers(0);
SELECT bookonce.top_up_offers(NULL);
SELECT bookonce.top_up_offers(tenant => NULL);
SELECT bookonce.make_offers_by_need((SELECT request_id FROM bookonce.request WHERE requester = 'two'),
    '{"any_of": ["nurse:ann"]}', keep_asking => NULL, tenant => 'asking');
\set VERBOSITY terse
UPDATE bookonce.request SET need = '[]' WHERE requester = 'one';
UPDATE bookonce.request SET pick = NULL WHERE requester = 'one';
