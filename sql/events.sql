-- events.sql
--   History and events: what happened to bookings, kept if asked for, and read in an order in which no effect comes
--   before its cause.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.keep_history_row() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_keep_history_row';
COMMENT ON FUNCTION bookonce.keep_history_row() IS
    'trigger of booking, which keep_history() makes: a row of booking_event for each effect';

-- The trigger exists only while history is kept: otherwise a booking costs nothing more. Its arguments are what
-- kept_history says, three for each row, so a session learns of a change there as of any other change of the table.
CREATE FUNCTION bookonce.keep_history(kinds text[] DEFAULT '{all}', ring boolean DEFAULT false,
    tenant text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $history$
#variable_conflict use_variable
DECLARE
    every_tenant CONSTANT text := '';
    labels CONSTANT text[] := ARRAY(SELECT k::text FROM unnest(enum_range(NULL::bookonce.event_kind)) AS k);
    most_settings CONSTANT integer := 100;
    arguments text;
BEGIN
    IF to_regclass('bookonce.kept_history') IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'OB004',
            MESSAGE = 'the tables of bookonce that keep history do not exist in this database',
            HINT = 'Create them, as the owner of the tables: SELECT bookonce.setup().';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = 'bookonce.booking'::regclass
                   AND pg_has_role(current_user, c.relowner, 'USAGE')) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to keep history',
            HINT = format('Run SELECT bookonce.keep_history() as %I, the owner of the tables.',
                (SELECT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.oid = 'bookonce.booking'::regclass));
    END IF;
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING
            MESSAGE = 'cannot execute keep_history() in a read-only transaction',
            HINT = 'Call it on the primary server, in a transaction begun with BEGIN READ WRITE.';
    END IF;
    IF ring IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'ring must not be null', HINT = 'Give a value, for example false.';
    END IF;
    IF kinds IS NULL AND tenant IS NULL THEN
        RAISE null_value_not_allowed USING
            MESSAGE = 'kinds must not be null',
            HINT = 'Give a value, for example ''{all}'', or ''{}'' for no history. With a tenant, null: as for others.';
    END IF;
    IF NOT kinds <@ ('{all}'::text[] || labels) THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'kinds has one that is no kind of event',
            HINT = format('Give some of these, or ''{all}'': %s.', array_to_string(labels, ', '));
    END IF;
    IF octet_length(tenant) NOT BETWEEN 1 AND 255 THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'tenant must have 1 to 255 bytes', HINT = 'Give a valid value, for example ''default''.';
    END IF;

    LOCK TABLE bookonce.booking IN ACCESS EXCLUSIVE MODE;
    DELETE FROM bookonce.kept_history AS h WHERE h.tenant = coalesce(tenant, every_tenant);
    INSERT INTO bookonce.kept_history (tenant, kinds, ring)
    SELECT coalesce(tenant, every_tenant), kinds, ring
    WHERE kinds IS NOT NULL AND (tenant IS NOT NULL OR kinds <> '{}');
    IF (SELECT count(*) FROM bookonce.kept_history) > most_settings THEN
        RAISE program_limit_exceeded USING
            MESSAGE = format('history is kept in a way of their own for more than %s tenants', most_settings),
            HINT = 'Keep it for all of them: SELECT bookonce.keep_history().';
    END IF;

    DROP TRIGGER IF EXISTS keep_history ON bookonce.booking;
    IF EXISTS (SELECT FROM bookonce.kept_history AS h WHERE h.kinds <> '{}') THEN
        SELECT string_agg(format('%L, %L, %L', h.tenant, ',' || array_to_string(h.kinds, ',') || ',',
                                 CASE WHEN h.ring THEN 'ring' ELSE '' END), ', ' ORDER BY h.tenant)
        INTO arguments
        FROM bookonce.kept_history AS h;
        EXECUTE format('CREATE TRIGGER keep_history AFTER INSERT OR UPDATE OR DELETE ON bookonce.booking '
            'FOR EACH ROW EXECUTE FUNCTION bookonce.keep_history_row(%s)', arguments);
    END IF;
END
$history$;
COMMENT ON FUNCTION bookonce.keep_history(text[], boolean, text) IS
    'keep a row of booking_event for each effect on a booking, of all kinds or of some, {} for none; for one tenant or '
    'for all others (null); ring: NOTIFY bookonce_events, once a transaction';

CREATE FUNCTION bookonce.booking_history(booking_id uuid, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.event_row LANGUAGE C STABLE ROWS 10 AS 'MODULE_PATHNAME', 'bookonce_booking_history';
COMMENT ON FUNCTION bookonce.booking_history(uuid, text) IS
    'what happened to a booking while its history was kept, in order';

CREATE FUNCTION bookonce.read_events(consumer text, at_most integer DEFAULT 1000, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.event_row LANGUAGE C ROWS 1000 AS 'MODULE_PATHNAME', 'bookonce_read_events';
COMMENT ON FUNCTION bookonce.read_events(text, integer, text) IS
    'the first events that the consumer has not acknowledged, in order; the first call makes the consumer';

CREATE FUNCTION bookonce.ack_events(consumer text, up_to bookonce.event_place, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_ack_events';
COMMENT ON FUNCTION bookonce.ack_events(text, bookonce.event_place, text) IS
    'the consumer is done with all events up to this place, which it has read';

CREATE FUNCTION bookonce.forget_consumer(consumer text, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_forget_consumer';
COMMENT ON FUNCTION bookonce.forget_consumer(text, text) IS
    'the consumer reads no more: events that only it has not acknowledged may be deleted';
