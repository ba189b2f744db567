-- dispatch_cost: what a look at the dispatch views reads. One offer, one request, the offers that a provider can
-- accept: a few blocks each, among thousands of requests and bookings. Blocks are counted, not time.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_owner;

-- Blocks that a query reads, found by running it.
CREATE FUNCTION pg_temp.blocks(query text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer
        + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
END $$;

-- 4,000 requests filled by 40 providers, each by its one offer; 10 more that are open, offered to the first four
-- providers. Many more providers, for a table of few blocks is read as a whole. All taken back at the end.
BEGIN;
SELECT count(bookonce.define_resource('p:' || n, tenant => 'cost')) FROM generate_series(1, 1000) AS n;
CREATE TEMP TABLE made AS
SELECT n, gen_random_uuid() AS request_id, gen_random_uuid() AS booking_id,
       tstzrange('2040-01-01Z'::timestamptz + n * interval '1 hour',
           '2040-01-01Z'::timestamptz + (n + 1) * interval '1 hour') AS during
FROM generate_series(1, 4010) AS n;
INSERT INTO bookonce.request (tenant, request_id, positions, waves, during, requester)
SELECT 'cost', request_id, 1, 1, during, 'u' FROM made;
INSERT INTO bookonce.booking (tenant, booking_id, resource_id, during, blocks, holder)
SELECT 'cost', booking_id, resource_id, during, during, 'u'
FROM made JOIN bookonce.resource ON tenant = 'cost' AND resource = 'p:' || 1 + n % 40 WHERE n <= 4000;
INSERT INTO bookonce."position" (tenant, request_id, "position", booking_id)
SELECT 'cost', request_id, 1, CASE WHEN n <= 4000 THEN booking_id END FROM made;
INSERT INTO bookonce.offer (tenant, offer_id, request_id, provider, wave, status, booking_id)
SELECT 'cost', gen_random_uuid(), request_id, 'p:' || 1 + n % 40, 1, 'accepted'::bookonce.offer_state, booking_id
    FROM made WHERE n <= 4000
UNION ALL SELECT 'cost', gen_random_uuid(), request_id, 'p:' || p, 1, 'pending', NULL::uuid FROM made,
    generate_series(1, 4) AS p WHERE n > 4000;
ANALYZE bookonce.request, bookonce.booking, bookonce."position", bookonce.offer, bookonce.resource;

SELECT offer_id, request_id, booking_id FROM bookonce.offer WHERE tenant = 'cost' AND provider = 'p:3'
    AND status = 'accepted' LIMIT 1 \gset
SELECT offer_id AS pending FROM bookonce.offer WHERE tenant = 'cost' AND provider = 'p:3'
    AND status = 'pending' LIMIT 1 \gset
-- What a session learns once, of its role and the views, is no part of a query's cost.
SELECT bookonce.has_tenant();
SELECT query.name, pg_temp.blocks(query.text) <= query.at_most AS ok
FROM (VALUES
    ('an accepted offer', format('SELECT * FROM bookonce.offer_status WHERE tenant = %L AND offer_id = %L', 'cost',
        :'offer_id'), 40), -- ten rows by their keys, of three blocks each, and what is read once
    ('a pending offer', format('SELECT * FROM bookonce.offer_status WHERE tenant = %L AND offer_id = %L', 'cost',
        :'pending'), 30),
    ('an offer by its id alone', format('SELECT * FROM bookonce.offer_status WHERE offer_id = %L', :'offer_id'), 30),
    ('an open offer by its id alone', format('SELECT * FROM bookonce.open_offer WHERE offer_id = %L', :'pending'), 30),
    ('the offers of a request', format('SELECT * FROM bookonce.offer_status WHERE request_id = %L', :'request_id'), 30),
    ('a request', format('SELECT * FROM bookonce.request_status WHERE request_id = %L', :'request_id'), 30),
    ('the appointments of a request', format('SELECT * FROM bookonce.appointment WHERE request_id = %L', :'request_id'),
        30),
    ('an appointment by its booking', format('SELECT * FROM bookonce.appointment WHERE booking_id = %L', :'booking_id'),
        30),
    ('10 open offers of a provider', format('SELECT * FROM bookonce.open_offer WHERE tenant = %L AND provider = %L',
        'cost', 'p:3'), 200),
    ('10 open ones by offer_status',
        format('SELECT * FROM bookonce.offer_status WHERE tenant = %L AND provider = %L AND status = %L', 'cost', 'p:3',
        'pending'), 200),
    ('10 open ones of any tenant', format('SELECT * FROM bookonce.offer_status WHERE provider = %L AND status = %L',
        'p:3', 'pending'), 200),
    ('110 offers of a provider', format('SELECT * FROM bookonce.offer_status WHERE tenant = %L AND provider = %L',
        'cost', 'p:3'), 2200))
    AS query(name, text, at_most);

-- The two views agree on what is open.
SELECT count(*), count(*) FILTER (WHERE s.status = 'pending'), count(*) FILTER (WHERE o.offer_id IS NOT NULL),
       count(*) FILTER (WHERE (s.status = 'pending') <> (o.offer_id IS NOT NULL)) AS differ
FROM bookonce.offer_status AS s LEFT JOIN bookonce.open_offer AS o USING (tenant, offer_id) WHERE s.tenant = 'cost';
ROLLBACK;
SELECT count(*) FILTER (WHERE (s.status = 'pending') <> (o.offer_id IS NOT NULL)) AS differ
FROM bookonce.offer_status AS s LEFT JOIN bookonce.open_offer AS o USING (tenant, offer_id);
