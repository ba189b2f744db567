-- grants.sql
--     Who may call what.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.grant_usage(role name) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $grant$
DECLARE
    verbs CONSTANT name[] := ARRAY['setup', 'define_resource', 'set_opening_hours', 'clear_opening_hours',
        'set_booking_limit', 'book_slot', 'book_slots', 'book_any_slot', 'confirm_booking', 'extend_hold',
        'cancel_booking', 'reschedule_booking', 'change_booking', 'swap_bookings',
        'confirm_group', 'cancel_group', 'reschedule_group', 'free_slots', 'free_time', 'places_left',
        'get_booking', 'get_booking_by_key', 'get_group', 'list_bookings', 'list_holder_bookings', 'list_requests',
        'list_provider_offers', 'list_resources', 'describe_resource', 'list_claims', 'counter_value',
        'to_jsonb', 'slots_from_json',
        'claim', 'release_claim', 'define_counter', 'adjust_counter',
        'open_request', 'cancel_request', 'reschedule_request', 'make_offers', 'accept_offer', 'decline_offer',
        'withdraw_offer', 'release_position', 'reassign_position',
        'find_double_bookings', 'guard_table', 'unguard_table', 'guarded_overlaps',
        'adopted_rule', 'require_own_table', 'lock_to_alter', 'make_guard', 'make_guard_triggers'];
    verb regprocedure;
BEGIN
    IF to_regclass('bookonce.booking') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = 'the tables of bookonce do not exist in this database',
            HINT = 'Create them once, as the role that is to own them: SELECT bookonce.setup().';
    END IF;
    IF role IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'role must not be null', HINT = 'Give a value, for example ''web_app''.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = role) THEN
        RAISE undefined_object USING
            MESSAGE = format('role "%s" does not exist', role),
            HINT = format('Create it first: CREATE ROLE %I LOGIN.', role);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA bookonce TO %I', role);
    EXECUTE format('GRANT SELECT ON bookonce.live_booking, bookonce.request_status, bookonce.offer_status, '
        'bookonce.open_offer, bookonce.appointment TO %I', role);
    -- The extension's own functions only: another role's overload in the schema gets no grant from us.
    FOR verb IN
        SELECT p.oid
        FROM pg_proc AS p
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
        WHERE e.extname = 'bookonce' AND p.proname = ANY (verbs)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', verb, role);
    END LOOP;
END
$grant$;
COMMENT ON FUNCTION bookonce.grant_usage(name) IS 'give a role the verbs and the views, and nothing else';

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

-- The owner of a guarded table may restore it from a dump, and every statement that writes it evaluates the condition.
-- The view shows what PostgreSQL's catalog tells everybody.
GRANT EXECUTE ON FUNCTION bookonce.guard_row(), bookonce.row_entered(oid) TO PUBLIC;
GRANT SELECT ON bookonce.guarded_tables TO PUBLIC;
