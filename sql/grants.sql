-- grants.sql
--     Who may call what, and for which tenant.
-- SPDX-License-Identifier: PostgreSQL

-- A level has its own names and those of the levels below it; since says in which version a name came. A function that
-- is not named here is the owner's, or PUBLIC's if it is immutable.
CREATE FUNCTION bookonce.usage_levels(OUT level text, OUT rank integer, OUT since integer, OUT name name)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $levels$
    SELECT l.level, array_position('{reader,app,admin}', l.level), l.since, n.name
    FROM (VALUES
        ('reader', 1, '{free_slots,free_time}'::name[]),
        ('reader', 2, '{get_booking,get_booking_by_key,get_group,list_bookings,list_holder_bookings,list_requests,
            list_provider_offers,list_resources,describe_resource,list_claims,counter_value,places_left,to_jsonb,
            times_to_jsonb,booking_history,read_events,ack_events,explain_slot,list_holder_rules,
            list_closures,waitlist,find_slots,suggest_slots,list_kinds,list_parts}'),
        ('app', 1, '{book_slot,book_slots,book_any_slot,confirm_booking,extend_hold,cancel_booking,reschedule_booking,
            swap_bookings,confirm_group,cancel_group,claim,release_claim,adjust_counter,open_request,cancel_request,
            make_offers,accept_offer,decline_offer,withdraw_offer,release_position,reassign_position}'),
        ('app', 2, '{change_booking,end_booking,check_in,no_show,reschedule_group,reschedule_request,slots_from_json,
            forget_consumer,join_waitlist,leave_waitlist,book_needs,make_offers_by_need,
            top_up_offers}'),
        ('admin', 1, '{setup,define_resource,set_opening_hours,clear_opening_hours,set_booking_limit,define_counter}'),
        ('admin', 2, '{set_holder_rule,find_double_bookings,guard_table,unguard_table,guarded_overlaps,adopted_rule,
            require_own_table,lock_to_alter,make_guard,make_guard_triggers,close_resource,reopen_resource,set_day_hours,
            set_hours_from,define_calendar,set_calendar_day,follow_calendar,delete_calendar,alter_resource,
            rename_resource,retire_resource,delete_resource,set_starts,set_ends,
            set_waitlist,set_parts,waivable_rules,define_kind,delete_kind}')) AS l(level, since, names),
        unnest(l.names) AS n(name)
$levels$;
COMMENT ON FUNCTION bookonce.usage_levels() IS
    'part of grant_usage(): which functions each level adds to the one below';

-- The extension's own functions only: another role's overload in the schema gets no grant from us. What a role has
-- through PUBLIC or another role is not counted.
CREATE FUNCTION bookonce.usage_functions(role name, OUT signature regprocedure, OUT name name, OUT level text,
    OUT rank integer, OUT since integer, OUT is_granted boolean) RETURNS SETOF record
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $functions$
    SELECT p.oid, p.proname, u.level, u.rank, u.since,
           EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = r.oid AND a.privilege_type = 'EXECUTE')
    FROM pg_proc AS p
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'bookonce'
    JOIN pg_roles AS r ON r.rolname = usage_functions.role
    LEFT JOIN bookonce.usage_levels() AS u ON u.name = p.proname
$functions$;
COMMENT ON FUNCTION bookonce.usage_functions(name) IS
    'part of grant_usage(): the functions of the extension, their levels, and whether a role itself has each';

-- The roles that a role can become by SET ROLE and that see all tenants. (A superuser could become any.)
CREATE FUNCTION bookonce.ways_out(role name) RETURNS SETOF name
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $ways$
BEGIN
    RETURN QUERY
        SELECT r.rolname
        FROM pg_roles AS s
        JOIN pg_roles AS r ON r.oid <> s.oid
        WHERE s.rolname = ways_out.role AND NOT s.rolsuper
          AND pg_has_role(s.oid, r.oid,
              CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END)
          AND NOT EXISTS (SELECT FROM bookonce.role_grant AS g WHERE g.role = r.rolname)
          AND (EXISTS (SELECT FROM bookonce.usage_functions(r.rolname) AS f WHERE f.is_granted)
               OR r.oid = (SELECT c.relowner FROM pg_class AS c WHERE c.oid = 'bookonce.booking'::regclass));
END
$ways$;
COMMENT ON FUNCTION bookonce.ways_out(name) IS
    'part of grant_usage() and check_integrity(): the roles bound to no tenant that a role can become';

CREATE FUNCTION bookonce.grant_usage(role name, level text DEFAULT NULL, tenant text DEFAULT NULL,
    tenant_setting text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $grant$
#variable_conflict use_column
DECLARE
    its_rank CONSTANT integer := (SELECT max(l.rank) FROM bookonce.usage_levels() AS l
        WHERE l.level = grant_usage.level);
    bound record;
    has integer; -- the newest version of which the role has something
    it record;
BEGIN
    IF to_regclass('bookonce.booking') IS NULL OR to_regclass('bookonce.role_grant') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = CASE WHEN to_regclass('bookonce.booking') IS NULL
                THEN 'the tables of bookonce do not exist in this database'
                           ELSE 'the tables of bookonce are of an older version' END,
            HINT = 'Create them, or bring them to this version, as the role that is to own them: '
                'SELECT bookonce.setup().';
    END IF;
    IF role IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'role must not be null', HINT = 'Give a value, for example ''web_app''.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = grant_usage.role) THEN
        RAISE undefined_object USING
            MESSAGE = format('role "%s" does not exist', role),
            HINT = format('Create it first: CREATE ROLE %I LOGIN.', role);
    END IF;
    IF level IS NOT NULL AND its_rank IS NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'level is not known',
            HINT = 'A level is ''reader'', ''app'' or ''admin''.';
    END IF;
    IF tenant IS NOT NULL AND tenant_setting IS NOT NULL THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'tenant and tenant_setting exclude each other',
            HINT = 'Give one of them: tenant => ''acme'' is fixed, tenant_setting => ''app.tenant'' is what the '
                'session sets.';
    END IF;
    IF tenant = '' OR octet_length(tenant) > 255 OR tenant ~ '[\u0001-\u001f\u007f-\u009f]' THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'tenant must have 1 to 255 bytes and no control characters',
            HINT = 'A valid value is, for example, ''acme''.';
    END IF;
    -- A setting of PostgreSQL's own would mean something else, and may not be set by the session.
    IF tenant_setting !~ '^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$'
        OR octet_length(tenant_setting) > 63
    THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'tenant_setting must be the name of a setting of the application',
            HINT = 'A valid value is, for example, ''app.tenant''.';
    END IF;

    -- On a cluster of citus the tenant's node judges the call: it must know the role's tenant before the role can call.
    -- What the role has there is what it has here (grant_on_workers()). citus sends the GRANTs below to the workers by
    -- other connections, so this comes first: after them, the two would wait for each other.
    IF to_regclass('bookonce.tenant_home') IS NOT NULL THEN
        PERFORM bookonce.do_on_workers(format('PERFORM bookonce.grant_usage(%L, %L, %L, %L);', role, level, tenant,
            tenant_setting));
    END IF;

    -- One at a time: two grants of one function at once would fail (tuple concurrently updated).
    LOCK TABLE bookonce.role_grant IN SHARE ROW EXCLUSIVE MODE;
    SELECT g.tenant, g.tenant_setting INTO bound FROM bookonce.role_grant AS g WHERE g.role = grant_usage.role;
    IF FOUND AND (coalesce(tenant, tenant_setting) IS NOT NULL)
        AND (bound.tenant IS DISTINCT FROM tenant OR bound.tenant_setting IS DISTINCT FROM tenant_setting)
    THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('role "%s" is bound already, to %s', role,
                coalesce(format('tenant "%s"', bound.tenant), format('setting %s', bound.tenant_setting))),
            HINT = format('A binding stands until it is taken away: SELECT bookonce.revoke_usage(%L).', role);
    END IF;
    IF coalesce(tenant, tenant_setting) IS NOT NULL THEN
        SELECT o.role INTO it FROM bookonce.ways_out(grant_usage.role) AS o(role) LIMIT 1;
        IF FOUND THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('role "%s" is a member of "%s", which is bound to no tenant', role, it.role),
                DETAIL = 'By SET ROLE it would reach every tenant.',
                HINT = format('Take the membership away, REVOKE %I FROM %I, or bind that role.', it.role, role);
        END IF;
        INSERT INTO bookonce.role_grant (role, tenant, tenant_setting)
            VALUES (grant_usage.role, grant_usage.tenant, grant_usage.tenant_setting) ON CONFLICT DO NOTHING;
    END IF;
    IF EXISTS (SELECT FROM bookonce.role_grant AS g WHERE g.role = grant_usage.role) THEN
        EXECUTE format('GRANT USAGE ON TYPE bookonce.bound_role TO %I', role);
    END IF;

    -- With a level, the role gets exactly that. Without one, a role that has nothing gets all, as in 0.1.0; any other
    -- keeps what it has, and of what came with a newer version gets those levels of which it has everything else.
    SELECT max(f.since) INTO has FROM bookonce.usage_functions(role) AS f WHERE f.is_granted;
    EXECUTE format('GRANT USAGE ON SCHEMA bookonce TO %I', role);
    EXECUTE format('GRANT SELECT ON bookonce.live_booking, bookonce.request_status, bookonce.offer_status, '
        'bookonce.open_offer, bookonce.appointment, bookonce.event_lag TO %I', role);
    FOR it IN
        SELECT f.signature, f.is_granted,
               CASE WHEN grant_usage.level IS NOT NULL THEN f.rank <= its_rank
                    WHEN has IS NULL THEN true
                    -- What it has is granted again: another owner's grant of it may go.
                    ELSE f.is_granted OR f.since > has AND NOT EXISTS (
                        SELECT FROM bookonce.usage_functions(grant_usage.role) AS o
                        WHERE o.level = f.level AND o.since <= has AND NOT o.is_granted) END AS is_due
        FROM bookonce.usage_functions(role) AS f
        WHERE f.rank IS NOT NULL
    LOOP
        IF it.is_due THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', it.signature, role);
        ELSIF it.is_granted AND level IS NOT NULL THEN
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM %I', it.signature, role);
        END IF;
    END LOOP;
    IF level IS NOT NULL THEN
        PERFORM bookonce.require_no_more(role, its_rank);
    END IF;
END
$grant$;
COMMENT ON FUNCTION bookonce.grant_usage(name, text, text, text) IS
    'give a role the views and the verbs of a level: reader, app (books, defines nothing) or admin; and bind it to a '
    'tenant, or to the setting that has its tenant. Called again, it widens nothing that was narrowed, unless a level '
    'is given';

CREATE FUNCTION bookonce.require_no_more(role name, rank integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $require$
#variable_conflict use_column
DECLARE
    left_over record;
BEGIN
    SELECT f.signature, a.grantor::regrole AS grantor INTO left_over
    FROM bookonce.usage_functions(require_no_more.role) AS f
    JOIN pg_proc AS p ON p.oid = f.signature
    JOIN pg_roles AS r ON r.rolname = require_no_more.role
    JOIN LATERAL aclexplode(p.proacl) AS a ON a.grantee = r.oid
    WHERE coalesce(f.rank > require_no_more.rank, true)
    ORDER BY 1
    LIMIT 1;
    IF FOUND THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('role "%s" still has %s', role, left_over.signature),
            DETAIL = format('%s granted it, and only that role takes it away.', left_over.grantor),
            HINT = format('Repeat the call as that role, for example after SET ROLE %s.', left_over.grantor);
    END IF;
END
$require$;
COMMENT ON FUNCTION bookonce.require_no_more(name, integer) IS
    'part of grant_usage() and revoke_usage(): an error if a role has more than the levels up to a rank';

CREATE FUNCTION bookonce.revoke_usage(role name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $revoke$
#variable_conflict use_column
DECLARE
    was_bound boolean;
    it record;
BEGIN
    IF to_regclass('bookonce.role_grant') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = 'the tables of bookonce do not exist in this database, or are of an older version',
            HINT = 'Create them, or bring them to this version, as the role that is to own them: '
                'SELECT bookonce.setup().';
    END IF;
    IF role IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'role must not be null', HINT = 'Give a value, for example ''web_app''.';
    END IF;
    IF to_regclass('bookonce.tenant_home') IS NOT NULL THEN
        PERFORM bookonce.do_on_workers(format('PERFORM bookonce.revoke_usage(%L);', role));
    END IF;
    LOCK TABLE bookonce.role_grant IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM bookonce.role_grant AS g WHERE g.role = revoke_usage.role;
    was_bound := FOUND;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = revoke_usage.role) THEN
        -- A role that was dropped: its binding waited for one of its name.
        IF NOT was_bound THEN
            RAISE undefined_object USING
                MESSAGE = format('role "%s" does not exist', role),
                HINT = 'Name a role that has grants, for example ''web_app''.';
        END IF;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
               WHERE c.oid = 'bookonce.booking'::regclass AND r.rolname = revoke_usage.role)
        OR EXISTS (SELECT FROM pg_extension AS e JOIN pg_roles AS r ON r.oid = e.extowner
                   WHERE e.extname = 'bookonce' AND r.rolname = revoke_usage.role)
    THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('role "%s" owns bookonce', role),
            HINT = 'Name a role that grant_usage() was called for, for example ''web_app''.';
    END IF;
    FOR it IN SELECT f.signature FROM bookonce.usage_functions(role) AS f WHERE f.is_granted LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %I', it.signature, role);
    END LOOP;
    EXECUTE format('REVOKE ALL ON bookonce.live_booking, bookonce.request_status, bookonce.offer_status, '
        'bookonce.open_offer, bookonce.appointment, bookonce.event_lag FROM %I', role);
    EXECUTE format('REVOKE ALL ON TYPE bookonce.bound_role FROM %I', role);
    EXECUTE format('REVOKE ALL ON SCHEMA bookonce FROM %I', role);
    PERFORM bookonce.require_no_more(role, 0);
END
$revoke$;
COMMENT ON FUNCTION bookonce.revoke_usage(name) IS
    'take from a role all that grant_usage() gave it, and its binding to a tenant';

-- An update that changes the parameters of a function drops it, and its grants with it. The update's script notes them,
-- and here the extension's owner gives them again: grants that the script made would be missing from dumps.
CREATE FUNCTION bookonce.grant_again() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $again$
DECLARE
    it record;
BEGIN
    IF to_regclass('bookonce.granted_before') IS NULL THEN
        RETURN;
    END IF;
    FOR it IN
        SELECT f.signature, r.rolname
        FROM bookonce.granted_before AS b
        JOIN pg_roles AS r ON r.oid = b.grantee
        CROSS JOIN LATERAL bookonce.usage_functions(r.rolname) AS f
        WHERE f.name = b.name AND NOT f.is_granted
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', it.signature, it.rolname);
    END LOOP;
    DROP TABLE bookonce.granted_before;
END
$again$;
COMMENT ON FUNCTION bookonce.grant_again() IS
    'part of setup(): after an update, give again what was granted on functions that were dropped for newer ones';

-- PUBLIC has nothing. The extension's owner may pass its functions on. (A trusted extension's functions belong to the
-- bootstrap superuser, so its owner could not grant them otherwise.) Immutable functions see no data.
DO $revoke$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT p.oid::pg_catalog.regprocedure AS signature, e.extowner::pg_catalog.regrole AS owner
        FROM pg_catalog.pg_proc AS p
        JOIN pg_catalog.pg_depend AS d
            ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e'
        JOIN pg_catalog.pg_extension AS e
            ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND d.refobjid OPERATOR(pg_catalog.=) e.oid
        WHERE e.extname OPERATOR(pg_catalog.=) 'bookonce' AND p.provolatile OPERATOR(pg_catalog.<>) 'i'
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', member.signature);
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s WITH GRANT OPTION', member.signature,
            member.owner);
    END LOOP;
END
$revoke$;

-- These say nothing but what the caller's own role may see. A role that reads a view needs the first four; a role that
-- reads the tables by check_integrity() needs the others.
GRANT EXECUTE ON FUNCTION bookonce.has_tenant(), bookonce.sees_tenant(text), bookonce.count_answers(),
    bookonce.counted_since(), bookonce.usage_functions(name), bookonce.ways_out(name) TO PUBLIC;

-- The owner of a guarded table may restore it from a dump, and every statement that writes it evaluates the condition.
-- The view shows what PostgreSQL's catalog tells everybody.
GRANT EXECUTE ON FUNCTION bookonce.guard_row(), bookonce.row_entered(oid), bookonce.is_home(text, integer) TO PUBLIC;
GRANT SELECT ON bookonce.guarded_tables TO PUBLIC;
