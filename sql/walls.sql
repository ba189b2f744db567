-- walls.sql
--   Which tenants a role may name. The verbs ask in C; these are for the views and for role_grant.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.has_tenant() RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_has_tenant';
COMMENT ON FUNCTION bookonce.has_tenant() IS
    'part of the views: true, or 42501 for a role that is bound to a tenant and has none now';

-- Otherwise PostgreSQL would expect it to leave out two rows of three, and join the views in another order.
CREATE FUNCTION bookonce.sees_tenant_support(internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_sees_tenant_support';
COMMENT ON FUNCTION bookonce.sees_tenant_support(internal) IS 'tells the planner that sees_tenant() keeps all rows';

CREATE FUNCTION bookonce.sees_tenant(tenant text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 0.1 SUPPORT bookonce.sees_tenant_support
AS 'MODULE_PATHNAME', 'bookonce_sees_tenant';
COMMENT ON FUNCTION bookonce.sees_tenant(text) IS 'part of the views: whether current_user may see a tenant''s rows';

CREATE FUNCTION bookonce.heed_role_grant() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_heed_role_grant';
COMMENT ON FUNCTION bookonce.heed_role_grant() IS
    'trigger of role_grant: all sessions read it again, by whatever role it was written';

-- While a role is bound, a view must not show a row to any function of a caller's before sees_tenant() was asked, and
-- must not tell by an error whether there is a row. Only then: a barrier is slow where views are joined, and a
-- condition on no table makes the planner try other orders.
CREATE FUNCTION bookonce.make_views_walls() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $walls$
DECLARE
    it record;
BEGIN
    FOR it IN
        SELECT c.oid::regclass AS view, rtrim(pg_get_viewdef(c.oid), ';') AS shows
        FROM pg_class AS c
        WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind = 'v'
          AND c.relname = ANY ('{live_booking,request_status,offer_status,open_offer,appointment,followed_tables,'
              'followed_overlaps,event_lag}'::name[])
          AND NOT coalesce(c.reloptions, '{}') @> '{security_barrier=true}'
          AND EXISTS (SELECT FROM bookonce.role_grant)
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_barrier = true) AS '
            'SELECT * FROM (%s) AS shown WHERE bookonce.has_tenant()', it.view, it.shows);
    END LOOP;
END
$walls$;
COMMENT ON FUNCTION bookonce.make_views_walls() IS
    'part of setup(): if any role is bound to a tenant, make the views barriers, which no function of a caller sees '
    'through';

CREATE FUNCTION bookonce.wall_views() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $trigger$
BEGIN
    PERFORM bookonce.make_views_walls();
    RETURN NULL;
END
$trigger$;
COMMENT ON FUNCTION bookonce.wall_views() IS
    'trigger of role_grant: make_views_walls(), by whatever role it was written';
