-- dispatch_arguments: what a wrong program hears from the dispatch verbs, in full, and that nothing was written.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('driver:1', tenant => 'taxi');
SELECT request_id AS ride FROM bookonce.open_request(tstzrange('2030-05-01 10:00+00', '2030-05-01 11:00+00'), 1,
    'user:1', tenant => 'taxi') \gset
SELECT count(*) AS requests FROM bookonce.request_status \gset

-- open_request
SELECT bookonce.open_request(NULL, 1, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('empty', 1, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,)', 1, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,infinity)', 1, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 0, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', -1, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1001, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', NULL, 'user:1', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, NULL, tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, '', tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, 'user:1', closes_at => '2020-01-01',
    tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, 'user:1', closes_at => '-infinity',
    tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, 'user:1',
    idempotency_key => repeat('k', 256), tenant => 'taxi');
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, 'user:1', tenant => NULL);

-- make_offers
SELECT bookonce.make_offers(NULL, ARRAY['driver:1'], tenant => 'taxi');
SELECT bookonce.make_offers('00000000-0000-7000-8000-000000000000', ARRAY['driver:1'], tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', NULL, tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', '{}', tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1', NULL], tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1', ''], tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1', 'driver:none'], tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', array_fill('driver:1'::text, ARRAY[10001]), tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1'], expires_in => '0', tenant => 'taxi');
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1'], expires_in => '-1 minute', tenant => 'taxi');
SELECT count(*) AS offers FROM bookonce.offer_status WHERE tenant = 'taxi';

-- the verbs on an offer and on a position
SELECT offer_id AS offer FROM bookonce.make_offers(:'ride', ARRAY['driver:1'], tenant => 'taxi') \gset
SELECT bookonce.accept_offer(NULL, 'driver:1', tenant => 'taxi');
SELECT bookonce.accept_offer(:'offer', NULL, tenant => 'taxi');
SELECT bookonce.accept_offer(:'offer', E'driver\n1', tenant => 'taxi');
SELECT bookonce.accept_offer('00000000-0000-7000-8000-000000000000', 'driver:1', tenant => 'taxi');
SELECT bookonce.decline_offer(:'offer', NULL, tenant => 'taxi');
SELECT bookonce.withdraw_offer(NULL, tenant => 'taxi');
SELECT bookonce.release_position('00000000-0000-7000-8000-000000000000', 'driver:1', tenant => 'taxi');
\set VERBOSITY sqlstate
SELECT bookonce.reassign_position(:'ride', 'driver:1', 'driver:2', tenant => 'taxi');
\set VERBOSITY default
DO $$
DECLARE
    ride text := (SELECT request_id FROM bookonce.request_status WHERE tenant = 'taxi');
    words text;
BEGIN
    PERFORM bookonce.release_position(ride::uuid, 'driver:1', tenant => 'taxi');
EXCEPTION WHEN SQLSTATE 'OB003' THEN
    GET STACKED DIAGNOSTICS words = PG_EXCEPTION_HINT;
    RAISE WARNING '%', replace(SQLERRM || E'\n' || words, ride, '(ID)');
END
$$;
SELECT bookonce.reassign_position(:'ride', 'driver:1', 'driver:1', tenant => 'taxi');
SELECT outcome FROM bookonce.accept_offer(:'offer', 'driver:1', tenant => 'taxi');
SELECT bookonce.reassign_position(:'ride', 'driver:1', 'driver:none', tenant => 'taxi');
SELECT bookonce.cancel_request(NULL, tenant => 'taxi');
SELECT bookonce.cancel_request('00000000-0000-7000-8000-000000000000', tenant => 'taxi');

-- Each verb in a read-only transaction.
BEGIN READ ONLY;
SAVEPOINT s;
SELECT bookonce.open_request('[2030-05-01 10:00+00,2030-05-01 11:00+00)', 1, 'user:1', tenant => 'taxi');
ROLLBACK TO s;
\set VERBOSITY sqlstate
SELECT bookonce.make_offers(:'ride', ARRAY['driver:1'], tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.accept_offer(:'offer', 'driver:1', tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.decline_offer(:'offer', 'driver:1', tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.withdraw_offer(:'offer', tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.release_position(:'ride', 'driver:1', tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.reassign_position(:'ride', 'driver:1', 'driver:2', tenant => 'taxi');
ROLLBACK TO s;
SELECT bookonce.cancel_request(:'ride', tenant => 'taxi');
ROLLBACK;
\set VERBOSITY default

SELECT count(*) = :requests AS nothing_was_written FROM bookonce.request_status;
SELECT outcome, filled FROM bookonce.cancel_request(:'ride', tenant => 'taxi');
