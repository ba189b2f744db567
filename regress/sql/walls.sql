-- walls: a role reads, books or defines, as its level says, and knows no tenant but its own.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
DROP ROLE IF EXISTS regress_acme, regress_beta, regress_desk, regress_both, regress_worker, regress_gone, regress_new;
CREATE ROLE regress_acme;
CREATE ROLE regress_beta;
CREATE ROLE regress_desk;
CREATE ROLE regress_both IN ROLE regress_acme, regress_beta;
CREATE ROLE regress_worker IN ROLE regress_acme;
SET SESSION AUTHORIZATION regress_owner;

-- As long as no role is bound, the views are as fast as they were.
SELECT count(*) AS barriers FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace
    AND reloptions @> '{security_barrier=true}';
BEGIN;
SELECT bookonce.define_resource('r', tenant => t), bookonce.define_counter('c', 7, tenant => t)
FROM unnest('{acme,beta,default}'::text[]) AS t;
SELECT t, outcome FROM unnest('{acme,beta,default}'::text[]) AS t,
    bookonce.book_slot('r', '[2031-01-06 09:00, 2031-01-06 10:00)', 'of ' || t, idempotency_key => 'w', tenant => t);
SELECT booking_id AS acme FROM bookonce.live_booking WHERE holder = 'of acme' \gset
SELECT booking_id AS beta FROM bookonce.live_booking WHERE holder = 'of beta' \gset
SELECT bookonce.grant_usage('regress_acme', 'app', tenant => 'acme');
SELECT bookonce.grant_usage('regress_beta', 'reader', tenant => 'beta');
SELECT bookonce.grant_usage('regress_desk', 'admin', tenant_setting => 'app.tenant');
SELECT count(*) AS barriers FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace
    AND reloptions @> '{security_barrier=true}';
SELECT role, tenant, tenant_setting FROM bookonce.role_grant ORDER BY role;

-- Its own tenant: named, left out, or 'default'. Another one: the same words whether it is there or not.
\set ON_ERROR_ROLLBACK on
SET LOCAL SESSION AUTHORIZATION regress_acme;
SELECT holder FROM bookonce.get_booking_by_key('w');
SELECT holder FROM bookonce.get_booking_by_key('w', tenant => 'default');
SELECT holder FROM bookonce.get_booking_by_key('w', tenant => 'acme');
SELECT holder FROM bookonce.get_booking_by_key('w', tenant => 'beta');
SELECT holder FROM bookonce.get_booking_by_key('w', tenant => 'no such');
SELECT outcome, replayed FROM bookonce.book_slot('r', '[2031-01-06 09:00, 2031-01-06 10:00)', 'of acme',
    idempotency_key => 'w');
SELECT outcome FROM bookonce.book_slot('r', '[2031-01-06 10:00, 2031-01-06 11:00)', 'me', tenant => 'beta');
\set VERBOSITY sqlstate
SELECT outcome FROM bookonce.cancel_booking(:'beta');
\set VERBOSITY default
SELECT outcome FROM bookonce.cancel_booking(:'beta', tenant => 'beta');
SELECT tenant, holder FROM bookonce.live_booking;
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'beta';
SELECT bookonce.define_resource('mine');

-- A function of the caller's is shown no row that the view does not show.
CREATE FUNCTION pg_temp.peek(holder text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE WARNING 'seen %', holder; RETURN true; END $$;
SELECT tenant, holder FROM bookonce.live_booking WHERE pg_temp.peek(holder);
PREPARE look AS SELECT tenant, holder FROM bookonce.live_booking WHERE holder LIKE 'of %' ORDER BY holder;
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_beta;
EXECUTE look;
SELECT counter_value FROM bookonce.counter_value('c');
SELECT outcome FROM bookonce.book_slot('r', '[2031-01-06 10:00, 2031-01-06 11:00)', 'me');

-- A member is bound as the role whose rights it has; to one of several, it says to which.
SET LOCAL SESSION AUTHORIZATION regress_worker;
SELECT holder FROM bookonce.get_booking_by_key('w');
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_both;
SELECT holder FROM bookonce.get_booking_by_key('w');
SELECT holder FROM bookonce.get_booking_by_key('w', 'beta');
SELECT holder FROM bookonce.get_booking_by_key('w', 'other');
EXECUTE look;
SET LOCAL ROLE regress_acme;
EXECUTE look;
RESET ROLE;

-- The setting's value is the tenant. Without one, the role has none, whether there are rows or not.
SET LOCAL SESSION AUTHORIZATION regress_desk;
SELECT holder FROM bookonce.get_booking_by_key('w');
EXECUTE look;
SELECT FROM bookonce.live_booking WHERE booking_id = '00000000-0000-0000-0000-000000000000';
SET LOCAL app.tenant = '';
SELECT holder FROM bookonce.get_booking_by_key('w');
EXECUTE look;
SET LOCAL app.tenant = 'beta';
SELECT holder FROM bookonce.get_booking_by_key('w');
SELECT holder FROM bookonce.get_booking_by_key('w', 'acme');
EXECUTE look;
SELECT bookonce.define_resource('of the desk');
SET LOCAL app.tenant = E'be\nta';
SELECT holder FROM bookonce.get_booking_by_key('w');
EXECUTE look;
SELECT set_config('app.tenant', repeat('x', 256), true) IS NOT NULL AS too_long;
SELECT holder FROM bookonce.get_booking_by_key('w');
SET LOCAL app.tenant = 'default';
SELECT holder FROM bookonce.get_booking_by_key('w');

-- A function of the application's acts as its owner, whoever calls it.
SET LOCAL SESSION AUTHORIZATION regress_owner;
CREATE SCHEMA walls_app;
GRANT USAGE ON SCHEMA walls_app TO PUBLIC;
CREATE FUNCTION walls_app.all_tenants() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER
    AS $$ SELECT tenant FROM bookonce.live_booking WHERE holder LIKE 'of %' ORDER BY 1 $$;
SET LOCAL SESSION AUTHORIZATION regress_acme;
SELECT * FROM walls_app.all_tenants();

-- A superuser and the tables' owner are bound to nothing, unless by their own names.
SET LOCAL SESSION AUTHORIZATION regress_owner;
EXECUTE look;
INSERT INTO bookonce.role_grant (role, tenant) VALUES ('regress_owner', 'beta');
EXECUTE look;
SELECT holder FROM bookonce.get_booking_by_key('w', 'acme');
DELETE FROM bookonce.role_grant WHERE role = 'regress_owner';
EXECUTE look;

-- Granted again: nothing that was narrowed is widened.
SELECT bookonce.grant_usage('regress_acme');
SELECT bookonce.grant_usage('regress_acme', 'app');
SELECT bookonce.grant_usage('regress_acme', tenant => 'acme');
SELECT bookonce.grant_usage('regress_acme', tenant => 'beta');
SELECT bookonce.grant_usage('regress_acme', tenant_setting => 'app.tenant');
SET LOCAL SESSION AUTHORIZATION regress_acme;
SELECT bookonce.define_resource('mine');
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_owner;
DO $$ BEGIN
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM regress_acme', (
        SELECT oid::regprocedure FROM pg_proc WHERE proname = 'cancel_group'));
END $$;
SELECT bookonce.grant_usage('regress_acme');
SELECT has_function_privilege('regress_acme', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'cancel_group';
SELECT bookonce.grant_usage('regress_acme', 'app');
SELECT has_function_privilege('regress_acme', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'cancel_group';
SELECT bookonce.grant_usage('regress_acme', 'reader');
SELECT has_function_privilege('regress_acme', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'cancel_group';
SELECT bookonce.revoke_usage('regress_acme');
SELECT count(*) AS left_over
FROM pg_proc AS p, aclexplode(p.proacl) AS a
WHERE p.pronamespace = 'bookonce'::regnamespace AND a.grantee = 'regress_acme'::regrole;
SET LOCAL SESSION AUTHORIZATION regress_acme;
SELECT FROM bookonce.live_booking;
SELECT holder FROM bookonce.get_booking_by_key('w');
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.grant_usage('regress_acme', tenant => 'beta');
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
SELECT bookonce.define_resource('mine');

-- Refused.
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.grant_usage('regress_new');
SELECT bookonce.grant_usage('regress_desk', 'boss');
SELECT bookonce.grant_usage('regress_desk', tenant => 'a', tenant_setting => 'app.tenant');
SELECT bookonce.grant_usage('regress_desk', tenant => '');
SELECT bookonce.grant_usage('regress_desk', tenant => E'a\tb');
SELECT bookonce.grant_usage('regress_desk', tenant_setting => 'search_path');
SELECT bookonce.grant_usage('regress_desk', tenant_setting => 'app.tenant; DROP TABLE x');
SELECT bookonce.grant_usage('regress_worker', 'reader');
SELECT bookonce.revoke_usage(NULL);
SELECT bookonce.revoke_usage('regress_new');
SELECT bookonce.revoke_usage('regress_owner');
RESET SESSION AUTHORIZATION;
GRANT regress_app TO regress_beta;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.grant_usage('regress_beta', tenant => 'beta');
-- Made a member later, it can step out, and check_integrity() says so. A bound one is not a way out.
SELECT * FROM bookonce.check_integrity() AS c WHERE c.problem LIKE '%bound%';
RESET SESSION AUTHORIZATION;
REVOKE regress_app FROM regress_beta;
GRANT regress_app TO regress_acme;
GRANT regress_desk TO regress_acme;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.check_integrity() AS c WHERE c.problem LIKE '%bound%';
RESET SESSION AUTHORIZATION;
REVOKE regress_app, regress_desk FROM regress_acme;

-- Renamed, it is refused until it is bound under the new name. Dropped and made again, it is bound as before.
ALTER ROLE regress_beta RENAME TO regress_new;
SET LOCAL SESSION AUTHORIZATION regress_new;
SELECT holder FROM bookonce.get_booking_by_key('w');
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.grant_usage('regress_new', tenant => 'beta');
SET LOCAL SESSION AUTHORIZATION regress_new;
EXECUTE look;
RESET SESSION AUTHORIZATION;
CREATE ROLE regress_beta;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SET LOCAL client_min_messages = error;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookonce FROM regress_new;
SET LOCAL client_min_messages = warning;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_new;
DROP ROLE regress_new;
CREATE ROLE regress_new;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.grant_usage(r, 'app') FROM unnest('{regress_beta,regress_new}'::name[]) AS r;
SET LOCAL SESSION AUTHORIZATION regress_beta;
EXECUTE look;
SELECT holder FROM bookonce.get_booking_by_key('w', 'acme');
SET LOCAL SESSION AUTHORIZATION regress_new;
EXECUTE look;
-- A grant is taken away by the role that made it. A role that is gone may still have a row.
RESET SESSION AUTHORIZATION;
\set VERBOSITY sqlstate
SELECT bookonce.revoke_usage('regress_beta');
\set VERBOSITY default
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.revoke_usage('regress_beta');
SET LOCAL client_min_messages = error;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookonce FROM regress_new;
SET LOCAL client_min_messages = warning;
RESET SESSION AUTHORIZATION;
DROP OWNED BY regress_new;
DROP ROLE regress_beta, regress_new;
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT role FROM bookonce.role_grant ORDER BY role;
SELECT bookonce.revoke_usage('regress_new');
SELECT bookonce.revoke_usage('regress_new');

-- By hand: what is written to role_grant is heeded at once, and a row that names no tenant gives none.
UPDATE bookonce.role_grant SET tenant = 'beta' WHERE role = 'regress_acme';
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_owner;
ALTER TABLE bookonce.role_grant DROP CONSTRAINT role_grant_binds;
UPDATE bookonce.role_grant SET tenant = NULL WHERE role = 'regress_acme';
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_owner;
TRUNCATE bookonce.role_grant;
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
SET LOCAL SESSION AUTHORIZATION regress_owner;
REVOKE USAGE ON TYPE bookonce.bound_role FROM regress_acme;
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
-- A view that is no barrier is refused, and setup() mends it.
SET LOCAL SESSION AUTHORIZATION regress_owner;
INSERT INTO bookonce.role_grant (role, tenant) VALUES ('regress_acme', 'acme');
ALTER VIEW bookonce.live_booking RESET (security_barrier);
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
SELECT holder FROM bookonce.get_booking_by_key('w');
SET LOCAL SESSION AUTHORIZATION regress_owner;
SELECT bookonce.setup();
SET LOCAL SESSION AUTHORIZATION regress_acme;
EXECUTE look;
ROLLBACK;
RESET SESSION AUTHORIZATION;
SELECT count(*) AS barriers FROM pg_class WHERE relnamespace = 'bookonce'::regnamespace
    AND reloptions @> '{security_barrier=true}';
DROP ROLE regress_acme, regress_beta, regress_desk, regress_both, regress_worker;
