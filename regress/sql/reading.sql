-- reading: what an application reads back. One booking, a call's bookings by its key, calendars, a holder's bookings,
-- requests, offers, resources, claims and counters: as they are, one tenant's, page by page, each by an index.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('lounge', tenant => 'read'), bookonce.define_resource('studio', 3, tenant => 'read'),
       bookonce.define_resource('lounge', tenant => 'read other');
SELECT booking_id AS first, units FROM bookonce.book_slot('lounge', '[2031-01-06 09:00, 2031-01-06 10:00)', 'ann',
    details => '{"guests": 2}', idempotency_key => 'k:1', tenant => 'read') \gset
SELECT group_id AS party FROM bookonce.book_slot('studio', '[2031-01-06 09:30, 2031-01-06 11:00)', 'ann', 2,
    idempotency_key => 'k:party', tenant => 'read') \gset
SELECT booking_id AS held FROM bookonce.book_slot('lounge', '[2031-01-06 10:00, 2031-01-06 11:00)', 'bob',
    hold_for => '1 hour', tenant => 'read') \gset
SELECT booking_id AS lapsed FROM bookonce.book_slot('lounge', '[2031-01-06 11:00, 2031-01-06 12:00)', 'ann',
    hold_for => '1 hour', tenant => 'read') \gset
SELECT booking_id AS cancelled FROM bookonce.book_slot('lounge', '[2031-01-06 12:00, 2031-01-06 13:00)', 'ann',
    tenant => 'read') \gset
SELECT outcome FROM bookonce.cancel_booking(:'cancelled', 'no longer', tenant => 'read');
SELECT booking_id AS wish FROM bookonce.book_slot('lounge', '[2031-01-06 09:15, 2031-01-06 12:30)', 'cleo',
    allow_overlap => true, tenant => 'read') \gset
SELECT booking_id AS gone FROM bookonce.book_slot('lounge', '[2031-01-06 09:15, 2031-01-06 12:30)', 'cleo',
    allow_overlap => true, tenant => 'read') \gset
SELECT outcome FROM bookonce.cancel_booking(:'gone', tenant => 'read');
SELECT outcome FROM bookonce.book_slot('lounge', '[2031-01-06 09:00, 2031-01-06 10:00)', 'ann',
    idempotency_key => 'k:1', tenant => 'read other');
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = :'lapsed';
SET SESSION AUTHORIZATION regress_app;

-- One by its id: each attribute. What has ended is read, too; of another tenant there is nothing.
SELECT booking_id = :'first' AS it, group_id, member, resource, unit, during, starts_at, ends_at, blocks, status,
    holder, lapses_at,
       idempotency_key, reason, details, created_at <= clock_timestamp() AS was_made, released_at
FROM bookonce.get_booking(:'first', tenant => 'read');
SELECT status, reason, released_at IS NOT NULL AS released FROM bookonce.get_booking(:'cancelled', tenant => 'read');
SELECT count(*) FROM bookonce.get_booking(:'first');
SELECT count(*) FROM bookonce.get_booking(gen_random_uuid(), tenant => 'read');
-- JSON has the times as plain members.
SELECT to_jsonb(b) ->> 'starts_at' AS starts_at, to_jsonb(b) ->> 'ends_at' AS ends_at
    FROM bookonce.get_booking(:'first', tenant => 'read') AS b;
-- A hold that lapsed reads the same before and after the sweep.
SELECT status, lapses_at, released_at FROM bookonce.get_booking(:'lapsed', tenant => 'read');
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.expire_holds() > 0 AS swept;
SET SESSION AUTHORIZATION regress_app;
SELECT status, lapses_at, released_at FROM bookonce.get_booking(:'lapsed', tenant => 'read');
SELECT status, lapses_at > clock_timestamp() AS stands FROM bookonce.get_booking(:'held', tenant => 'read');
-- By the key of the call: its one booking, each unit of a party. A key is the tenant's.
SELECT booking_id = :'first' AS it FROM bookonce.get_booking_by_key('k:1', tenant => 'read');
SELECT resource, unit, holder, idempotency_key, group_id = :'party' AS same
    FROM bookonce.get_booking_by_key('k:party', tenant => 'read');
SELECT booking_id <> :'first' AS another FROM bookonce.get_booking_by_key('k:1', tenant => 'read other');
SELECT count(*) FROM bookonce.get_booking_by_key('k:1');
SELECT resource, unit, member FROM bookonce.get_group(:'party', tenant => 'read');
SELECT count(*) FROM bookonce.get_group(:'party');

-- The calendar of some resources: what stands there, with a unit or without.
SELECT resource, unit, starts_at, ends_at, holder, status
FROM bookonce.list_bookings('{lounge,studio}', '[2031-01-06, 2031-01-07)', tenant => 'read') ORDER BY starts_at,
    resource, unit;
SELECT resource, holder FROM bookonce.list_bookings('{lounge,lounge}', '[2031-01-06 12:00, 2031-01-06 12:29)',
    tenant => 'read');
SELECT count(*) FROM bookonce.list_bookings('{lounge}', '[2031-01-06 12:30, 2031-01-06 18:00)', tenant => 'read');
SELECT holder FROM bookonce.list_bookings('{lounge}', '[2031-01-06, 2031-01-07)', tenant => 'read other');
-- A holder's, by start; what is over is listed on demand.
SELECT resource, unit, starts_at, status FROM bookonce.list_holder_bookings('ann', '[2031-01-06, 2031-01-07)',
    tenant => 'read') ORDER BY starts_at, unit;
SELECT resource, unit, starts_at, status FROM bookonce.list_holder_bookings('ann', '[2031-01-06, 2031-01-07)', true,
    tenant => 'read') ORDER BY starts_at, unit;
SELECT starts_at FROM bookonce.list_holder_bookings('ann', '[2031-01-06 09:00, 2031-01-06 09:30)', tenant => 'read');
SELECT count(*) FROM bookonce.list_holder_bookings('ann', '[2031-01-06 09:00:00.000001, 2031-01-06 09:30)',
    tenant => 'read');
-- Page by page: behind the last row's start and id.
SELECT booking_id AS id, starts_at AS start FROM bookonce.list_bookings('{lounge}', '[2031-01-06, 2031-01-07)',
    at_most => 2, tenant => 'read') OFFSET 1 \gset
SELECT starts_at, holder FROM bookonce.list_bookings('{lounge}', '[2031-01-06, 2031-01-07)', 2, :'start', :'id',
    tenant => 'read');
SELECT booking_id AS id, starts_at AS start FROM bookonce.list_holder_bookings('ann', '[2031-01-06, 2031-01-07)',
    at_most => 1, tenant => 'read') \gset
SELECT resource, starts_at FROM bookonce.list_holder_bookings('ann', '[2031-01-06, 2031-01-07)',
    after_start => :'start', after_id => :'id', tenant => 'read');
-- The views have the times as columns, too.
SELECT starts_at, ends_at FROM bookonce.live_booking WHERE booking_id = :'first';

-- Resources and their rules.
SELECT bookonce.define_resource('clinic', 2, '10 min', '5 min', 'Europe/Paris', '1 hour', '60 days', '4 hours',
    tenant => 'read'),
       bookonce.set_booking_limit('clinic', 'week', 30, tenant => 'read'),
       bookonce.set_opening_hours('clinic', 2, '{13:00,09:00}', '{17:00,12:00}', tenant => 'read'),
       bookonce.set_opening_hours('clinic', 1, '{22:00}', '{02:00}', tenant => 'read');
\x on
SELECT resource, capacity, buffer_before, buffer_after, time_zone, min_notice, max_ahead, max_duration, max_per_day,
    max_per_week, max_per_month, max_per_year, opening_hours, created_at IS NOT NULL AS made
FROM bookonce.describe_resource('clinic', tenant => 'read');
\x off
SELECT opening_hours IS NULL AS always_open FROM bookonce.describe_resource('lounge', tenant => 'read');
SELECT resource, capacity FROM bookonce.list_resources(tenant => 'read');
SELECT resource FROM bookonce.list_resources(at_most => 1, after_resource => 'clinic', tenant => 'read');
SELECT resource FROM bookonce.list_resources(tenant => 'read other');

-- How many units there are still: what book_slot() would take, by all rules.
SELECT bookonce.places_left('studio', '[2031-01-06 09:00, 2031-01-06 10:00)', tenant => 'read'),
    bookonce.places_left('studio', '[2031-01-06 08:00, 2031-01-06 09:30)', tenant => 'read'),
       bookonce.places_left('lounge', '[2031-01-06 09:00, 2031-01-06 10:00)', tenant => 'read'),
       bookonce.places_left('lounge', '[2031-01-06 12:30, 2031-01-06 13:00)', tenant => 'read'),
       bookonce.places_left('clinic', '[2031-01-06 09:00, 2031-01-06 10:00)', tenant => 'read');
SELECT bookonce.set_booking_limit('studio', 'day', 3, tenant => 'read');
SELECT bookonce.places_left('studio', '[2031-01-06 20:00, 2031-01-06 21:00)', tenant => 'read'),
    bookonce.places_left('studio', '[2031-01-07 20:00, 2031-01-07 21:00)', tenant => 'read');

-- Dispatch: a requester's requests, a provider's offers.
SELECT bookonce.define_resource('tess', tenant => 'read'), bookonce.define_resource('tom', tenant => 'read');
SELECT request_id AS request FROM bookonce.open_request('[2031-01-08 09:00, 2031-01-08 10:00)', 1, 'ann',
    idempotency_key => 'r:1', tenant => 'read') \gset
SELECT request_id AS other_request FROM bookonce.open_request('[2031-01-07 09:00, 2031-01-07 10:00)', 2, 'bob',
    details => '{"for": "two"}', tenant => 'read') \gset
SELECT offer_id AS offer FROM bookonce.make_offers(:'request', '{tess,tom}', tenant => 'read')
    WHERE provider = 'tess' \gset
SELECT count(*) FROM bookonce.make_offers(:'other_request', '{tess}', tenant => 'read');
SELECT status, during, starts_at, ends_at, requester, details, position, booking_id
    FROM bookonce.list_provider_offers('tess', tenant => 'read');
SELECT outcome FROM bookonce.accept_offer(:'offer', 'tess', tenant => 'read');
SELECT status, starts_at, position, booking_id IS NOT NULL AS booked
    FROM bookonce.list_provider_offers('tess', only_open => false, tenant => 'read');
SELECT status, starts_at FROM bookonce.list_provider_offers('tess', tenant => 'read');
SELECT status, starts_at FROM bookonce.list_provider_offers('tess', tenant => 'read', only_open => false,
    after_id => :'offer');
SELECT status, starts_at FROM bookonce.list_provider_offers('tom', only_open => false, tenant => 'read');
SELECT count(*) FROM bookonce.list_provider_offers('tess', only_open => false);
SELECT request_id = :'request' AS it, starts_at, ends_at, positions, filled, status, requester, details, closes_at,
    waves, idempotency_key FROM bookonce.list_requests('[2031-01-01, 2031-02-01)', tenant => 'read');
SELECT starts_at, status FROM bookonce.list_requests('[2031-01-01, 2031-02-01)', 'ann', tenant => 'read');
SELECT outcome FROM bookonce.cancel_request(:'request', 'ill', tenant => 'read');
SELECT status, reason, cancelled_at IS NOT NULL AS over FROM bookonce.list_requests('[2031-01-01, 2031-02-01)', 'ann',
    tenant => 'read');
SELECT request_id AS id, starts_at AS start FROM bookonce.list_requests('[2031-01-01, 2031-02-01)', at_most => 1,
    tenant => 'read') \gset
SELECT starts_at FROM bookonce.list_requests('[2031-01-01, 2031-02-01)', after_start => :'start', after_id => :'id',
    tenant => 'read');

-- Claims and counters.
SELECT outcome FROM bookonce.claim('e-mail', 'ann@example.org', 'ann', '{"checked": true}', tenant => 'read');
SELECT outcome FROM bookonce.claim('coupon', 'SPRING', 'ann', tenant => 'read');
SELECT outcome FROM bookonce.claim('coupon', 'AUTUMN', 'ann', tenant => 'read');
SELECT outcome FROM bookonce.claim('coupon', 'WINTER', 'bob', tenant => 'read');
SELECT scope, value, claimant, details FROM bookonce.list_claims('ann', tenant => 'read');
SELECT scope, value FROM bookonce.list_claims('ann', after_scope => 'coupon', after_value => 'AUTUMN', at_most => 1,
    tenant => 'read');
SELECT count(*) FROM bookonce.list_claims('ann');
SELECT bookonce.define_counter('tea', 12, tenant => 'read');
SELECT bookonce.counter_value('tea', tenant => 'read');

-- Wrong calls say what would be right.
SELECT call, complaint('SELECT bookonce.' || call) AS raised
FROM (VALUES
    ('get_booking(NULL)'),
    ('get_booking_by_key('''')'),
    ('get_group(NULL)'),
    ('list_bookings(''{}'', ''[2031-01-06, 2031-01-07)'')'),
    ('list_bookings(''{lounge,NULL}'', ''[2031-01-06, 2031-01-07)'')'),
    ('list_bookings(''{lounge,attic}'', ''[2031-01-06, 2031-01-07)'', tenant => ''read'')'),
    ('list_bookings(''{lounge}'', ''[2031-01-06,)'')'),
    ('list_bookings(''{lounge}'', ''(,)'')'),
    ('list_bookings(''{lounge}'', ''[2031-01-07, 2031-01-07)'')'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2051-01-07)'')'),
    ('list_bookings(''{lounge}'', ''[2031-01-07, 2031-01-06)'')'),
    ('list_bookings(''{lounge}'', NULL)'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', 0)'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', 10001)'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', NULL)'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', after_start => ''2031-01-06'')'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', after_id => gen_random_uuid())'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', after_start => ''2031-01-07'', after_id => gen_random_uuid())'),
    ('list_bookings(''{lounge}'', ''[2031-01-06, 2031-01-07)'', after_start => ''-infinity'', after_id => gen_random_uuid())'),
    ('list_holder_bookings(''ann'', ''[2031-01-06,)'')'),
    ('list_holder_bookings(''ann'', ''[2031-01-06, 2031-01-07)'', after_start => ''2031-01-05'', after_id => gen_random_uuid())'),
    ('list_holder_bookings(''ann'', ''[2031-01-06, 2031-01-07)'', NULL)'),
    ('list_requests(''[2031-01-06,)'')'),
    ('list_requests(''[2031-01-06, 2031-01-07)'', at_most => -1)'),
    ('list_requests(''[2031-01-06, 2031-01-07)'', after_start => ''2032-01-05'', after_id => gen_random_uuid())'),
    ('list_provider_offers(''tess'', at_most => 10001)'),
    ('list_provider_offers(''tess'', NULL)'),
    ('list_resources(0)'),
    ('list_resources(after_resource => '''')'),
    ('describe_resource(''attic'')'),
    ('list_claims(''ann'', after_scope => ''coupon'')'),
    ('list_claims(''ann'', after_value => ''SPRING'')'),
    ('counter_value(''coffee'')'),
    ('places_left(''attic'', ''[2031-01-06, 2031-01-07)'')'),
    ('places_left(''lounge'', ''[2031-01-06, 2031-01-07]'', tenant => ''read'')')) AS c(call);

-- What a look reads, in blocks: a few, among 20,000 bookings of 50 resources and as many requests.
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_owner;
CREATE FUNCTION pg_temp.blocks(query text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE query;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::integer
        + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::integer;
END $$;
BEGIN;
SELECT count(bookonce.define_resource('r:' || n, tenant => 'read cost')) FROM generate_series(1, 50) AS n;
INSERT INTO bookonce.booking (tenant, booking_id, resource_id, unit, during, blocks, holder, idempotency_key)
SELECT 'read cost', gen_random_uuid(), resource_id, CASE WHEN n % 10 > 0 THEN 1 END, t, t, 'h:' || n % 1000, 'k:' || n
FROM generate_series(0, 19999) AS n JOIN bookonce.resource ON tenant = 'read cost' AND resource = 'r:' || 1 + n % 50,
    LATERAL (SELECT tstzrange('2040-01-01Z'::timestamptz + n / 50 * interval '1 hour',
        '2040-01-01Z'::timestamptz + (n / 50 + 1) * interval '1 hour')) AS d(t);
INSERT INTO bookonce.request (tenant, request_id, positions, during, requester)
SELECT 'read cost', gen_random_uuid(), 1, during, holder FROM bookonce.booking WHERE tenant = 'read cost';
INSERT INTO bookonce.offer (tenant, offer_id, request_id, provider, wave, status)
SELECT 'read cost', gen_random_uuid(), request_id, 'r:' || 1 + row_number() OVER () % 50, 1, CASE WHEN random() < 0.5
    THEN 'declined' ELSE 'pending' END::bookonce.offer_state
FROM bookonce.request WHERE tenant = 'read cost';
INSERT INTO bookonce."position" (tenant, request_id, "position") SELECT 'read cost', request_id, 1 FROM bookonce.request
    WHERE tenant = 'read cost';
INSERT INTO bookonce.claim (tenant, scope, value, claimant) SELECT 'read cost', 's', n, 'c:' || n % 1000
    FROM generate_series(1, 20000) AS n;
-- A consumer that is in the middle of as many events.
INSERT INTO bookonce.booking_event (tenant, era, next_xid, number, at, kind, booking_id)
SELECT 'read cost', 0, '3', n, now(), 'booked', booking_id
FROM (SELECT row_number() OVER () AS n, booking_id FROM bookonce.booking WHERE tenant = 'read cost') AS b;
INSERT INTO bookonce.event_reader (tenant, consumer, acked_next_xid, acked_number, read_next_xid, read_number)
VALUES ('read cost', 'late', '3', 15000, '3', 15000);
ANALYZE bookonce.request, bookonce.booking, bookonce."position", bookonce.offer, bookonce.resource, bookonce.claim,
    bookonce.booking_event;
SELECT booking_id FROM bookonce.booking WHERE tenant = 'read cost' LIMIT 1 OFFSET 10000 \gset
SELECT query.name, CASE WHEN blocks <= query.at_most THEN 'ok' ELSE blocks || ' blocks' END AS ok
FROM (VALUES
    ('by id', format('SELECT * FROM bookonce.get_booking(%L, tenant => %L)', :'booking_id', 'read cost'), 10),
    ('by key', format('SELECT * FROM bookonce.get_booking_by_key(%L, tenant => %L)', 'k:777', 'read cost'), 15),
    ('a view, by id alone', format('SELECT * FROM bookonce.live_booking WHERE booking_id = %L', :'booking_id'), 10),
    ('a room''s day', 'SELECT * FROM bookonce.list_bookings(''{r:7}'', ''[2040-01-05, 2040-01-06)'', tenant => ''read cost'')', 150),
    ('one without units',
        'SELECT * FROM bookonce.list_bookings(''{r:1}'', ''[2040-01-05, 2040-01-06)'', tenant => ''read cost'')', 150),
    ('a holder''s month',
        'SELECT * FROM bookonce.list_holder_bookings(''h:9'', ''[2040-01-01, 2040-02-01)'', tenant => ''read cost'')',
        100),
    ('the first of a holder''s',
        'SELECT * FROM bookonce.list_holder_bookings(''h:9'', ''[2040-01-01, 2040-02-01)'', at_most => 1, tenant => ''read cost'')', 12),
    ('10 requests', 'SELECT * FROM bookonce.list_requests(''[2040-01-02, 2040-02-01)'', at_most => 10, tenant => ''read cost'')', 120),
    ('a requester''s requests',
        'SELECT * FROM bookonce.list_requests(''[2040-01-01, 2040-02-01)'', ''h:9'', tenant => ''read cost'')', 200),
    ('10 open offers', 'SELECT * FROM bookonce.list_provider_offers(''r:7'', at_most => 10, tenant => ''read cost'')',
        200),
    ('10 offers', 'SELECT * FROM bookonce.list_provider_offers(''r:7'', false, at_most => 10, tenant => ''read cost'')',
        250),
    ('10 resources', 'SELECT * FROM bookonce.list_resources(at_most => 10, tenant => ''read cost'')', 30),
    ('what one owns', 'SELECT * FROM bookonce.list_claims(''c:9'', tenant => ''read cost'')', 60),
    ('what happened to a booking', format('SELECT * FROM bookonce.booking_history(%L, tenant => %L)', :'booking_id', 'read cost'), 10),
    ('10 events', 'SELECT * FROM bookonce.read_events(''late'', 10, tenant => ''read cost'')', 40))
        AS query(name, text, at_most),
    LATERAL pg_temp.blocks(query.text) AS blocks;
ROLLBACK;
