-- distribute.sql
--   Tenants on the nodes of a citus cluster: each call is sent to the node that has all of its tenant's rows.
-- To know first: the tables stay ordinary ones, on each node its own, with all guards. What citus distributes is
-- tenant_home, by tenant, and the verbs along with it. So a call is decided on its home by the same code as on a single
-- server (extension/store/home.c). SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.is_home(home_of text, node integer) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $home$
DECLARE
    here CONSTANT integer := (SELECT g.groupid FROM pg_dist_local_group AS g);
BEGIN
    IF here = node THEN
        RETURN true;
    END IF;
    RAISE feature_not_supported USING
        MESSAGE = format('tenant "%s" has its home on node %s, not on node %s', home_of, node, here),
        DETAIL = 'Where the home of a tenant is, there are all of its rows, and they do not move.',
        HINT = 'A shard of bookonce.tenant_home must stay on its node. A call has to be the only one in its '
            'statement, with constants and the tenant by name, so that citus can send it on: '
            'SELECT outcome FROM bookonce.cancel_booking($1, tenant => $2).';
END
$home$;
COMMENT ON FUNCTION bookonce.is_home(text, integer) IS
    'part of distribute(): the CHECK of tenant_home: true on that node of citus, an error on any other';

-- Each node has tables and grants of its own, which are not for citus to propagate. What is done here is done even if
-- the caller's transaction is rolled back.
CREATE FUNCTION bookonce.do_on_workers(statements text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $workers$
DECLARE
    it record;
BEGIN
    -- Without citus there are no workers; on a worker, the coordinator has sent this.
    IF to_regproc('pg_catalog.citus_is_coordinator') IS NULL OR NOT citus_is_coordinator() THEN
        RETURN;
    END IF;
    SELECT w.nodename, w.nodeport, w.result INTO it
    FROM run_command_on_workers(format('DO %L', 'BEGIN SET LOCAL citus.enable_ddl_propagation = off; '
        || statements || ' END')) AS w
    WHERE NOT w.success
    LIMIT 1;
    IF FOUND THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('%s:%s did not do what the coordinator is to do', it.nodename, it.nodeport),
            DETAIL = it.result,
            HINT = 'Remove the cause that the detail names, and repeat the call.';
    END IF;
END
$workers$;
COMMENT ON FUNCTION bookonce.do_on_workers(text) IS
    'part of distribute(), grant_usage() and revoke_usage(): runs statements on each worker, if this is the '
    'coordinator';

CREATE FUNCTION bookonce.grant_on_workers(role name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $same$
DECLARE
    bound record;
BEGIN
    SELECT g.tenant, g.tenant_setting INTO bound FROM bookonce.role_grant AS g WHERE g.role = grant_on_workers.role;
    PERFORM bookonce.do_on_workers(
        format('PERFORM bookonce.grant_usage(%L, ''reader'', %L, %L); ', role, bound.tenant, bound.tenant_setting)
        || coalesce((SELECT string_agg(CASE WHEN f.is_granted
                       THEN format('GRANT EXECUTE ON FUNCTION %s TO %I;', f.signature, grant_on_workers.role)
                       ELSE format('REVOKE EXECUTE ON FUNCTION %s FROM %I;', f.signature, grant_on_workers.role) END,
                       ' ' ORDER BY f.signature)
                     FROM bookonce.usage_functions(grant_on_workers.role) AS f
                     WHERE f.rank IS NOT NULL AND f.is_granted <> (f.rank = 1)), ''));
END
$same$;
COMMENT ON FUNCTION bookonce.grant_on_workers(name) IS
    'part of distribute(): on each worker of citus a role may call what it may call here, and no more';

CREATE FUNCTION bookonce.tenant_support(internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_tenant_support';
COMMENT ON FUNCTION bookonce.tenant_support(internal) IS
    'part of distribute(): refuses a tenant that is null before citus, which does not, sends the call on';

CREATE FUNCTION bookonce.distribute(colocate_with text DEFAULT 'none') RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $distribute$
DECLARE
    tables_owner regrole;
    checks text := '';
    it record;
BEGIN
    IF to_regproc('pg_catalog.create_distributed_function') IS NULL THEN
        RAISE feature_not_supported USING
            MESSAGE = 'distribute() needs the extension citus',
            HINT = 'Where citus is installed and preloaded: CREATE EXTENSION citus. On a single server, nothing needs '
                'to be distributed.';
    END IF;
    IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to distribute bookonce',
            HINT = 'Run SELECT bookonce.distribute() as a superuser: citus distributes the functions of an extension '
                'for nobody else.';
    END IF;
    IF NOT citus_is_coordinator() THEN
        RAISE feature_not_supported USING
            MESSAGE = 'distribute() runs on the coordinator only',
            HINT = 'Connect to the coordinator, and run SELECT bookonce.distribute() there.';
    END IF;
    IF to_regclass('bookonce.booking') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = 'the tables of bookonce do not exist in this database',
            HINT = 'Create them once, as the role that is to own them: SELECT bookonce.setup().';
    END IF;
    SELECT c.relowner::regrole INTO tables_owner FROM pg_class AS c WHERE c.oid = 'bookonce.booking'::regclass;
    -- The role that runs setup() on the workers owns the tables there, and the verbs act as the owner.
    IF tables_owner <> to_regrole(quote_ident(current_user)) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('the tables of bookonce belong to %s', tables_owner),
            HINT = format('Run SELECT bookonce.distribute() as %s, who must be a superuser for as long.', tables_owner);
    END IF;
    -- A node that came later has nothing yet.
    PERFORM bookonce.do_on_workers('CREATE EXTENSION IF NOT EXISTS bookonce; PERFORM bookonce.setup();');
    PERFORM bookonce.grant_on_workers(r.rolname)
    FROM pg_roles AS r
    WHERE NOT r.rolsuper AND (EXISTS (SELECT FROM bookonce.role_grant AS g WHERE g.role = r.rolname)
        OR EXISTS (SELECT FROM bookonce.usage_functions(r.rolname) AS f WHERE f.is_granted AND f.rank IS NOT NULL));

    IF to_regclass('bookonce.tenant_home') IS NULL THEN
        FOR it IN SELECT n.nodename, n.nodeport FROM pg_dist_node AS n
                  JOIN run_command_on_all_nodes('SELECT EXISTS (SELECT FROM bookonce.resource) '
                      'OR EXISTS (SELECT FROM bookonce.claim) OR EXISTS (SELECT FROM bookonce.counter) '
                      'OR EXISTS (SELECT FROM bookonce.request) OR EXISTS (SELECT FROM bookonce.calendar) '
                      'OR EXISTS (SELECT FROM bookonce.booking_kind)') AS a USING (nodeid)
                  WHERE NOT a.success OR a.result <> 'f'
        LOOP
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('the tables of bookonce on %s:%s are not empty', it.nodename, it.nodeport),
                HINT = 'distribute() moves no rows: run it before the first tenant has any.';
        END LOOP;
        CREATE TABLE bookonce.tenant_home (
            tenant text PRIMARY KEY,
            node integer NOT NULL,
            CONSTRAINT tenant_home_stays CHECK (bookonce.is_home(tenant, node)));
        COMMENT ON TABLE bookonce.tenant_home IS
            'the node of citus on which all of the tenant''s rows are; written by its first call';
        PERFORM create_distributed_table('bookonce.tenant_home', 'tenant', colocate_with => distribute.colocate_with);
    END IF;
    FOR it IN
        SELECT p.oid::regprocedure AS verb
        FROM pg_proc AS p
        WHERE p.pronamespace = 'bookonce'::regnamespace
          AND p.proname IN (SELECT u.name FROM bookonce.usage_levels() AS u)
          AND 'tenant' = ANY (p.proargnames) AND 'regclass'::regtype <> ALL (p.proargtypes)
        ORDER BY 1
    LOOP
        PERFORM create_distributed_function(it.verb, 'tenant', 'bookonce.tenant_home', force_delegation => true);
        checks := checks || format('ALTER FUNCTION %s SUPPORT bookonce.tenant_support; ', it.verb);
    END LOOP;
    -- Each node plans calls. citus would want to do it everywhere at once, and does not know the clause.
    PERFORM bookonce.do_on_workers(checks);
    PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
    EXECUTE checks;
    PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
END
$distribute$;
COMMENT ON FUNCTION bookonce.distribute(text) IS
    'on the coordinator of citus: each call of a verb with a tenant goes to the tenant''s home, the node that has all '
    'of its rows; run again for nodes and verbs that came later';
