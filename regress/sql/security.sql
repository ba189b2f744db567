-- security: the application's role can book and can do nothing else, and nothing that a caller puts in its way is
-- called.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
\set VERBOSITY sqlstate

-- A role without a grant cannot even look; one with it sees the view and no table, and cannot act behind the verbs'
-- back.
SET SESSION AUTHORIZATION regress_stranger;
SELECT bookonce.book_slot('room:1', '[2030-06-03 09:00, 2030-06-03 10:00)', 'user:1');
SET SESSION AUTHORIZATION regress_app;
SELECT FROM bookonce.booking;
SELECT FROM bookonce.resource;
INSERT INTO bookonce.booking DEFAULT VALUES;
UPDATE bookonce.booking SET holder = 'me';
DELETE FROM bookonce.booking;
TRUNCATE bookonce.booking;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap;
BEGIN;
LOCK TABLE bookonce.booking;
ROLLBACK;
DELETE FROM bookonce.live_booking;
CREATE TABLE bookonce.mine ();
SELECT bookonce.expire_holds();
SELECT bookonce.grant_usage('regress_stranger');
SELECT bookonce.setup();
SELECT count(*) > 0 AS sees_the_view FROM bookonce.live_booking;
-- No function that reads data is PUBLIC's.
-- (Two are a guarded table's trigger and its condition, which act on that table's row alone; two say to the views which
-- tenants the caller itself may see.)
SELECT p.oid::regprocedure AS open_to_public
FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
WHERE p.pronamespace = 'bookonce'::regnamespace AND a.grantee = 0 AND p.provolatile <> 'i'
ORDER BY p.proname;

-- The verbs act as the tables' owner for as long as they run, and not longer, also when they fail.
SELECT outcome, current_user, session_user FROM bookonce.book_slot('room:1', '[2030-06-03 09:00, 2030-06-03 10:00)',
    'user:1');
BEGIN;
SAVEPOINT s;
SELECT bookonce.book_slot('no such room', '[2030-06-03 09:00, 2030-06-03 10:00)', 'user:1');
ROLLBACK TO s;
SELECT current_user;
SELECT FROM bookonce.booking;
ROLLBACK;

-- Traps: a schema of the caller's with every operator and function that the extension could mean, for exactly its
-- types. PostgreSQL prefers an exact match wherever in search_path it is, so an unqualified "=" would call one as the
-- tables' owner. A new session, in which no statement has been parsed yet.
\c -
SET client_min_messages = warning;
SET datestyle = ISO;
SET timezone = UTC;
CREATE SCHEMA trap;
GRANT ALL ON SCHEMA trap TO regress_app, regress_owner;
SET SESSION AUTHORIZATION regress_app;
DO $$
DECLARE
    types CONSTANT text[] := ARRAY['text', 'uuid', 'bigint', 'integer', 'boolean', 'jsonb', 'timestamptz', 'interval',
        'tstzrange', 'tstzmultirange',
                                   'name', 'oid', 'tid', 'bookonce.booking_status', 'bookonce.outcome',
                                   'bookonce.offer_state', 'bookonce.request_state'];
    mixed CONSTANT text[] := ARRAY['timestamptz:interval', 'bigint:integer', 'integer:bigint', 'tstzrange:timestamptz',
        'tstzmultirange:tstzrange', 'text:name'];
    pair text;
    operator text;
    fn record;
BEGIN
    FOREACH pair IN ARRAY ARRAY(SELECT t || ':' || t FROM unnest(types) AS t) || mixed LOOP
        EXECUTE format($f$CREATE FUNCTION trap.sprung(%s, %s) RETURNS boolean LANGUAGE plpgsql AS
                          'BEGIN RAISE EXCEPTION ''trap for %1$s, called as %%'', current_user; END'$f$,
                          split_part(pair, ':', 1), split_part(pair, ':', 2));
        FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '<=', '>', '>=', '&&', '@>', '<@', '||', '+', '-', '*', '-|-']
            LOOP
            EXECUTE format('CREATE OPERATOR trap.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = trap.sprung)', operator,
                split_part(pair, ':', 1), split_part(pair, ':', 2));
        END LOOP;
    END LOOP;
    FOR fn IN
        SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_function_result(p.oid)
            AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND NOT p.proargtypes::oid[] && ARRAY['internal', 'cstring',
            '"any"']::regtype[]::oid[]
          AND p.proname IN ('now', 'clock_timestamp', 'transaction_timestamp', 'statement_timestamp', 'date_trunc',
              'timezone', 'generate_series', 'gen_random_uuid',
                            'lower', 'upper', 'isempty', 'isfinite', 'range_agg', 'range_merge', 'tstzrange',
                            'tstzmultirange', 'unnest', 'array_agg', 'bool_or', 'bool_and',
                            'count', 'sum', 'min', 'max', 'format', 'hashtext', 'to_regclass', 'has_schema_privilege',
                            'current_setting', 'pg_advisory_xact_lock')
    LOOP
        EXECUTE format($f$CREATE FUNCTION trap.%I(%s) RETURNS %s LANGUAGE plpgsql AS
                          $b$BEGIN RAISE EXCEPTION 'trap %1$s, called as %%', current_user; END$b$ $f$, fn.proname,
                              fn.arguments, fn.result);
    END LOOP;
END
$$;
-- Tables, types and domains with our names and with PostgreSQL's, before the real ones.
CREATE TEMP TABLE booking (tenant text, booking_id uuid, released_at timestamptz);
CREATE TEMP TABLE resource (tenant text, resource text, resource_id bigint, capacity int);
CREATE TEMP TABLE claim (tenant text, scope text, value text, claimant text);
CREATE TEMP TABLE counter (tenant text, counter text, value int);
CREATE TEMP TABLE counter_entry (tenant text, counter text, idempotency_key text);
CREATE TEMP VIEW live_booking AS SELECT 1 AS trap;
CREATE TEMP TABLE request (tenant text, request_id uuid, positions int, waves int);
CREATE TEMP TABLE "position" (tenant text, request_id uuid, "position" int, booking_id uuid);
CREATE TEMP TABLE offer (tenant text, offer_id uuid, request_id uuid, provider text, wave int);
CREATE TYPE pg_temp.offer_state AS ENUM ('trap');
CREATE TYPE pg_temp.booking_status AS ENUM ('trap');
CREATE TYPE pg_temp.outcome AS ENUM ('trap');
CREATE TYPE pg_temp.booking_answer AS (trap int);
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN trap.int4 AS pg_catalog.int4 CHECK (false);
CREATE DOMAIN trap.int8 AS pg_catalog.int8 CHECK (false);
CREATE DOMAIN trap.uuid AS pg_catalog.uuid CHECK (false);
CREATE DOMAIN trap.tstzrange AS pg_catalog.tstzrange CHECK (false);
CREATE DOMAIN trap.timestamptz AS pg_catalog.timestamptz CHECK (false);

-- The traps are armed.
\set VERBOSITY terse
SET search_path = pg_temp, trap, pg_catalog, bookonce;
SELECT 'a'::pg_catalog.text = 'b';
SELECT clock_timestamp();

-- Each verb goes each of its ways, and none is called.
SELECT bookonce.define_resource('room:trap');
SELECT outcome, replayed, during FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:1',
    hold_for => '1 hour', idempotency_key => 'trap');
SELECT outcome, replayed, status FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:1',
    hold_for => '1 hour', idempotency_key => 'trap');
SELECT outcome, busy FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:2');
SELECT outcome FROM bookonce.book_slot('room:trap', '[2030-06-04 09:00, 2030-06-04 10:00)', 'trap:2',
    valid_until => '2001-01-01');
SELECT booking_id AS id FROM bookonce.live_booking WHERE holder OPERATOR(pg_catalog.=) 'trap:1' \gset
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'id', '2 hours');
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'id', '1 second');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'id');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'id');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'id', 'trap');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'id', 'trap');
SELECT outcome, replayed FROM bookonce.claim('trap', 'value', 'trap:1', '{}');
SELECT outcome, replayed FROM bookonce.claim('trap', 'value', 'trap:1');
SELECT outcome, replayed FROM bookonce.claim('trap', 'value', 'trap:2');
SELECT outcome, replayed FROM bookonce.release_claim('trap', 'value', 'trap:1');
SELECT bookonce.define_counter('trap', 1, maximum => 5), bookonce.define_counter('trap', maximum => 6);
SELECT outcome, replayed, value FROM bookonce.adjust_counter('trap', 5, 'trap');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('trap', 5, 'trap');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('trap', 1);
SELECT bookonce.define_counter('trap', minimum => 7);
SELECT outcome FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:3',
    hold_for => '1 hour');
SELECT bookonce.define_resource('driver:trap'), bookonce.define_resource('driver:2');
SELECT request_id AS ride FROM bookonce.open_request('[2030-06-05 09:00, 2030-06-05 10:00)', 1, 'trap:5',
    idempotency_key => 'trap') \gset
SELECT outcome, replayed FROM bookonce.open_request('[2030-06-05 09:00, 2030-06-05 10:00)', 1, 'trap:5',
    idempotency_key => 'trap');
SELECT outcome, provider FROM bookonce.make_offers(:'ride', ARRAY['driver:2', 'driver:trap'], expires_in => '1 hour');
SELECT offer_id AS offer FROM bookonce.make_offers(:'ride', ARRAY['driver:trap']) \gset
SELECT offer_id AS other_offer FROM bookonce.make_offers(:'ride', ARRAY['driver:2']) \gset
SELECT outcome, replayed FROM bookonce.accept_offer(:'offer', 'driver:trap');
SELECT outcome, replayed FROM bookonce.accept_offer(:'offer', 'driver:trap');
SELECT outcome FROM bookonce.accept_offer(:'other_offer', 'driver:2');
SELECT outcome, provider FROM bookonce.reassign_position(:'ride', 'driver:trap', 'driver:2');
SELECT outcome, provider FROM bookonce.reassign_position(:'ride', 'driver:2', 'driver:trap');
SELECT outcome FROM bookonce.release_position(:'ride', 'driver:trap', 'trap');
SELECT offer_id AS offer FROM bookonce.make_offers(:'ride', ARRAY['driver:trap']) \gset
SELECT outcome FROM bookonce.decline_offer(:'offer', 'driver:trap');
SELECT outcome FROM bookonce.withdraw_offer(:'offer');
SELECT outcome FROM bookonce.cancel_request(:'ride', 'trap');
SELECT status FROM bookonce.request_status WHERE requester OPERATOR(pg_catalog.=) 'trap:5';
SELECT provider, status FROM bookonce.offer_status WHERE requester OPERATOR(pg_catalog.=) 'trap:5' ORDER BY wave
    USING OPERATOR(pg_catalog.<), provider USING OPERATOR(pg_catalog.<);
-- Lapsed holds, released by a call that needs the slot, and by the sweeper.
RESET SESSION AUTHORIZATION;
SET search_path = pg_catalog;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'trap:3';
SET search_path = pg_temp, trap, pg_catalog, bookonce;
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:4',
    hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
SET search_path = pg_catalog;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'trap:4';
SET search_path = pg_temp, trap, pg_catalog, bookonce;
SELECT bookonce.expire_holds();
-- The real tables have it all, the caller's own have nothing.
SET search_path = pg_catalog;
SELECT holder, status FROM bookonce.booking WHERE holder LIKE 'trap:%' ORDER BY holder;
SELECT count(*) AS in_temp_tables FROM pg_temp.booking;

-- Nor when an owner installs it all with such a search_path.
SET SESSION AUTHORIZATION regress_owner;
BEGIN;
DROP SCHEMA bookonce CASCADE;
SET search_path = pg_temp, trap, pg_catalog;
CREATE EXTENSION bookonce CASCADE;
SELECT bookonce.setup(), bookonce.grant_usage('regress_app'), bookonce.define_resource('room:trap');
SELECT outcome FROM bookonce.book_slot('room:trap', '[2030-06-03 09:00, 2030-06-03 10:00)', 'trap:5');
ROLLBACK;
RESET SESSION AUTHORIZATION;
RESET search_path;
DROP SCHEMA trap CASCADE;

-- Row security of the owner's does not bind the verbs, for they act as the owner. Forced on the owner, it would be
-- expected to, and it would hide rows from the guard: that is refused, and nothing is booked.
SET SESSION AUTHORIZATION regress_owner;
BEGIN;
ALTER TABLE bookonce.booking ENABLE ROW LEVEL SECURITY;
ALTER TABLE bookonce.resource ENABLE ROW LEVEL SECURITY;
SET LOCAL SESSION AUTHORIZATION regress_app;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-06-03 09:00, 2030-06-03 10:00)', 'user:2');
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-06-03 10:00, 2030-06-03 11:00)', 'user:2',
    idempotency_key => 'rls');
SELECT outcome, replayed FROM bookonce.book_slot('room:1', '[2030-06-03 10:00, 2030-06-03 11:00)', 'user:2',
    idempotency_key => 'rls');
SET LOCAL SESSION AUTHORIZATION regress_owner;
\set VERBOSITY default
\set ON_ERROR_ROLLBACK on
ALTER TABLE bookonce.booking FORCE ROW LEVEL SECURITY;
SELECT count(*) AS owner_sees FROM bookonce.booking;
SET LOCAL SESSION AUTHORIZATION regress_app;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-06-03 12:00, 2030-06-03 13:00)', 'user:2');
SELECT holder FROM bookonce.get_booking_by_key('rls');
\set VERBOSITY sqlstate
SET LOCAL bookonce.direct_insert = off;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-06-03 12:00, 2030-06-03 13:00)', 'user:2');
-- The tables of another verb are not concerned.
SELECT outcome FROM bookonce.claim('rls', 'value', 'user:2');
SET LOCAL SESSION AUTHORIZATION regress_owner;
ALTER TABLE bookonce.booking NO FORCE ROW LEVEL SECURITY;
ALTER TABLE bookonce.claim FORCE ROW LEVEL SECURITY;
SET LOCAL SESSION AUTHORIZATION regress_app;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-06-03 12:00, 2030-06-03 13:00)', 'user:2');
SELECT outcome FROM bookonce.claim('rls', 'value', 'user:2');
ROLLBACK;
