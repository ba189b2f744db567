-- adopt.sql
--   A table that the application has already: what is booked twice in it, and a guard on it.
-- SPDX-License-Identifier: PostgreSQL

-- The columns of such a table as the guard compares them. Indexes are made of these functions: their answers must stay.
CREATE FUNCTION bookonce.resource_key(resource anyelement) RETURNS bigint
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_resource_key';
COMMENT ON FUNCTION bookonce.resource_key(anyelement) IS
    'a resource as a number: an integer is itself, all else, also ROW(..) of several columns, a hash of 64 bits; null '
    'where a column is null';
CREATE FUNCTION bookonce.slot_time(starts timestamptz, ends timestamptz) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time';
COMMENT ON FUNCTION bookonce.slot_time(timestamptz, timestamptz) IS
    'the time from one instant to another; null, not an error, when it ends before it starts or is empty';
CREATE FUNCTION bookonce.slot_time(starts timestamp, ends timestamp) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time';
COMMENT ON FUNCTION bookonce.slot_time(timestamp, timestamp) IS
    'the same of wall-clock times, as if they were UTC, whatever the settings';
CREATE FUNCTION bookonce.slot_time(starts date, ends date) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_dates';
COMMENT ON FUNCTION bookonce.slot_time(date, date) IS 'the nights from one date to another, the last date excluded';
CREATE FUNCTION bookonce.slot_time(during tstzrange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(tstzrange) IS 'the range; null when it is empty';
CREATE FUNCTION bookonce.slot_time(during tsrange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(tsrange) IS
    'a range of wall-clock times, as if they were UTC, whatever the settings; null when it is empty';
CREATE FUNCTION bookonce.slot_time(during daterange) RETURNS tstzrange
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_slot_time_of_range';
COMMENT ON FUNCTION bookonce.slot_time(daterange) IS
    'a range of dates, from midnight to midnight; null when it is empty';

-- A function of its own keeps the application's queries from the guard's index, as is_live() does from ours
-- (sql/slot_key.sql says why). It is always about a column, by more than IS NOT NULL: PostgreSQL would compute
-- counts(true) once, and let count(*) scan the index.
CREATE FUNCTION bookonce.counts(condition boolean) RETURNS boolean
    LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'bookonce_counts';
COMMENT ON FUNCTION bookonce.counts(boolean) IS
    'condition IS TRUE, as the condition of a guard''s index; queries say the condition itself, and leave the index '
    'alone';

-- What guard_table() and its kin make of their parameters.
CREATE FUNCTION bookonce.adopted_rule(
    relation regclass, resource text, starts text, ends text, during text, live_when text,
    OUT resource_value text, OUT slot_time text, OUT slot text, OUT live text, OUT condition text,
    OUT wall_clock boolean)
    LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_adopted_rule';
COMMENT ON FUNCTION bookonce.adopted_rule(regclass, text, text, text, text, text) IS
    'part of guard_table(): read the expressions that say what is booked in a table, and spell them so that they may '
    'stand in any statement on it: the resource, the time as a tstzrange, both as a slot_key, and the condition, plain '
    'and as the guard''s index has it';

-- With the caller's rights, by one sort. It is stable: all of it is read in the snapshot of the statement that calls
-- it.
CREATE FUNCTION bookonce.find_double_bookings(
    relation regclass, resource text, starts text DEFAULT NULL, ends text DEFAULT NULL, during text DEFAULT NULL,
    live_when text DEFAULT NULL, at_most bigint DEFAULT 100)
RETURNS TABLE (resource_value text, row_key jsonb, other_row_key jsonb, shared tstzrange, pairs bigint)
    LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_find_double_bookings';
COMMENT ON FUNCTION bookonce.find_double_bookings(regclass, text, text, text, text, text, bigint) IS
    'the pairs of rows of any table that the caller may read which are booked twice: the resource, the rows'' primary '
    'keys, the time that they share, and how many pairs there are in all; the first at_most are returned';

-- The guard on such a table: an index of slot keys, and these triggers. Anybody may put them on a table of his own.
CREATE FUNCTION bookonce.guard_row() RETURNS trigger
    LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_guard_row';
COMMENT ON FUNCTION bookonce.guard_row() IS
    'the trigger of a guarded table: look, wait with nothing locked for a transaction in progress, refuse what '
    'overlaps (23P01)';
CREATE FUNCTION bookonce.row_entered(table_id oid) RETURNS boolean
    LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'bookonce_row_entered';
COMMENT ON FUNCTION bookonce.row_entered(oid) IS
    'part of guard_row(), the condition of its second trigger: the row is in the index, so the lock of its resource '
    'is given back; true if the row must be judged once more';

-- Nothing is noted anywhere else: what a migration tool drops or disables is missing here at once.
CREATE VIEW bookonce.guarded_tables AS
WITH guard AS (
    SELECT i.indrelid, i.indexrelid, i.indisexclusion AS is_constraint, i.indisvalid AND i.indisready AS is_valid,
           pg_catalog.pg_get_indexdef(i.indexrelid, 1, false) AS slot, pg_catalog.pg_get_expr(i.indpred, i.indrelid)
               AS condition
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_opclass AS o ON o.oid OPERATOR(pg_catalog.=) i.indclass[0]
    WHERE o.opcintype OPERATOR(pg_catalog.=) 'bookonce.slot_key'::pg_catalog.regtype::pg_catalog.oid
      AND i.indkey[0] OPERATOR(pg_catalog.=) 0
      AND EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
                    AND d.objid OPERATOR(pg_catalog.=) i.indexrelid
                    AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid
                    AND d.refobjid
                        OPERATOR(pg_catalog.=) 'bookonce.counts(boolean)'::pg_catalog.regprocedure::pg_catalog.oid)
), trigger AS (
    -- 23: BEFORE INSERT OR UPDATE FOR EACH ROW, of all columns. 21: AFTER.
    SELECT t.tgrelid,
           pg_catalog.bool_or(t.tgtype OPERATOR(pg_catalog.=) 23
               AND t.tgattr::pg_catalog.text OPERATOR(pg_catalog.=) '') AS has_before,
           pg_catalog.bool_or(t.tgtype OPERATOR(pg_catalog.=) 21
               AND t.tgattr::pg_catalog.text OPERATOR(pg_catalog.=) '') AS has_after,
           pg_catalog.bool_and(t.tgenabled::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['O', 'A'])) AS is_enabled
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgfoid OPERATOR(pg_catalog.=) 'bookonce.guard_row()'::pg_catalog.regprocedure::pg_catalog.oid
    GROUP BY t.tgrelid
)
SELECT coalesce(g.indrelid, t.tgrelid)::pg_catalog.regclass AS relation,
       CASE WHEN g.is_constraint THEN 'constraint' ELSE 'online' END AS how,
       c.relname AS guard, g.slot, g.condition,
       CASE WHEN g.indexrelid IS NULL THEN 'the index of a guard is missing: its table refuses every row'
            WHEN NOT g.is_valid THEN 'the index of a guard is not valid'
            WHEN t.has_before IS NOT TRUE OR t.has_after IS NOT TRUE THEN 'a trigger of a guard is missing'
            WHEN NOT t.is_enabled THEN 'a trigger of a guard is disabled'
            WHEN EXISTS (SELECT FROM pg_catalog.pg_inherits AS i
                         WHERE g.indrelid OPERATOR(pg_catalog.=) i.inhparent
                            OR g.indrelid OPERATOR(pg_catalog.=) i.inhrelid)
                THEN 'a guarded table has a parent or children: it is kept free of double bookings, not all of them'
            END AS problem
FROM guard AS g
FULL JOIN trigger AS t ON t.tgrelid OPERATOR(pg_catalog.=) g.indrelid
LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) g.indexrelid;
COMMENT ON VIEW bookonce.guarded_tables IS
    'the tables with a guard: how it guards, the name of its constraint or index, its rule, and what a migration has '
    'taken from it, if anything';

-- Waits for writers a little at a time: a writer that comes while we wait has to queue behind us.
CREATE FUNCTION bookonce.lock_to_alter(relation regclass, mode text, wait_at_most interval) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $lock$
DECLARE
    tries CONSTANT integer := 10;
    before CONSTANT text := current_setting('lock_timeout');
BEGIN
    IF wait_at_most IS NULL OR wait_at_most < '1 millisecond' OR wait_at_most > '1 day' THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'wait_at_most must be between a millisecond and a day',
            HINT = 'A valid value is, for example, ''1 second''.';
    END IF;
    PERFORM set_config('lock_timeout', (extract(epoch FROM wait_at_most) * 1000)::integer::text, true);
    FOR try IN 1..tries LOOP
        BEGIN
            EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', relation, mode);
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            IF try = tries THEN
                RAISE lock_not_available USING
                    MESSAGE = format('table %s is in use by others, in %s tries of %s', relation, tries, wait_at_most),
                    HINT = 'Repeat the call when less is going on, or wait longer, for example '
                        'wait_at_most => ''10 seconds''. pg_locks tells who has it.';
            END IF;
            PERFORM pg_sleep(0.1 * try);
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', before, true);
END
$lock$;
COMMENT ON FUNCTION bookonce.lock_to_alter(regclass, text, interval) IS
    'part of guard_table(): lock a table in ten tries, none of which keeps others waiting longer than wait_at_most';

CREATE FUNCTION bookonce.require_own_table(relation regclass, verb text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $own$
DECLARE
    it record;
    problem text;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING
            MESSAGE = format('cannot execute %s() in a read-only transaction', verb),
            HINT = 'Call it on the primary server, in a transaction begun with BEGIN READ WRITE.';
    END IF;
    IF relation IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'relation must not be null',
            HINT = 'Give a value, for example ''bookings''.';
    END IF;
    SELECT c.relkind, c.relispartition, c.relowner, c.relnamespace = 'bookonce'::regnamespace AS is_ours,
           EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid OR i.inhrelid = c.oid) AS inherits
    INTO it FROM pg_class AS c WHERE c.oid = relation;
    problem := CASE WHEN it.relkind IS NULL THEN 'does not exist'
                    WHEN it.is_ours THEN 'is one of bookonce''s own'
                    WHEN it.relkind = 'p' THEN 'is partitioned, and the index of one partition does not see the others'
                    WHEN it.relispartition THEN 'is a partition, and its index does not see the others'
                    WHEN it.relkind = 'f' THEN 'is a foreign table, whose rows others may write elsewhere'
                    WHEN it.relkind <> 'r' THEN 'is no table'
                    WHEN it.inherits
                        THEN 'inherits or is inherited from, and the index of one table does not see the others'
               END;
    IF problem IS NOT NULL THEN
        RAISE wrong_object_type USING
            MESSAGE = format('%s %s', relation, problem),
            HINT = 'Guard an ordinary table that holds all of the bookings, or book through the verbs.';
    END IF;
    IF NOT pg_has_role(it.relowner, 'USAGE') THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('must be owner of table %s', relation),
            HINT = format('Call it as %s, who owns the table.', it.relowner::regrole);
    END IF;
END
$own$;
COMMENT ON FUNCTION bookonce.require_own_table(regclass, text) IS
    'part of guard_table(): an error unless the caller owns the table and a guard of it would see all of its rows';

CREATE FUNCTION bookonce.make_guard_triggers(relation regclass, wait_at_most interval) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $triggers$
DECLARE
    it record;
BEGIN
    PERFORM bookonce.lock_to_alter(relation, 'SHARE ROW EXCLUSIVE', wait_at_most);
    -- Made again, whatever was done to them. By its name the first one fires after the application's own triggers.
    FOR it IN SELECT t.tgname FROM pg_trigger AS t WHERE t.tgrelid = relation
        AND t.tgfoid = 'bookonce.guard_row()'::regprocedure LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', it.tgname, relation);
    END LOOP;
    EXECUTE format('CREATE TRIGGER zz_bookonce_guard BEFORE INSERT OR UPDATE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION bookonce.guard_row()', relation);
    EXECUTE format('CREATE TRIGGER zz_bookonce_guard_after AFTER INSERT OR UPDATE ON %s FOR EACH ROW '
                   'WHEN (bookonce.row_entered(NEW.tableoid)) EXECUTE FUNCTION bookonce.guard_row()', relation);
END
$triggers$;
COMMENT ON FUNCTION bookonce.make_guard_triggers(regclass, interval) IS
    'part of guard_table(): put the triggers on a table that has the index';

CREATE FUNCTION bookonce.make_guard(relation regclass, slot text, condition text, how text, wait_at_most interval,
    pairs bigint, shown text[]) RETURNS name
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $guard$
#variable_conflict use_variable
DECLARE
    here name;
    short name;
    guard name;
    old name;
    it record;
BEGIN
    SELECT n.nspname, c.relname INTO here, short FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = relation;
    FOR it IN SELECT g.* FROM bookonce.guarded_tables AS g WHERE g.relation = make_guard.relation
        AND g.guard IS NOT NULL LOOP
        IF it.slot <> slot OR it.condition <> condition THEN
            RAISE duplicate_object USING
                MESSAGE = format('table %s has another guard, %I', relation, it.guard),
                DETAIL = format('It is %s where %s.', it.slot, it.condition),
                HINT = format('A table has one guard. Take that one away first: SELECT bookonce.unguard_table(%L).',
                    relation);
        ELSIF it.problem = 'the index of a guard is not valid' THEN
            RAISE object_not_in_prerequisite_state USING
                MESSAGE = format('index %I is not valid', it.guard),
                HINT = format('It may be under way still. If it failed, drop it and build it again: '
                    'DROP INDEX CONCURRENTLY %I.%I;', here, it.guard);
        ELSIF it.how = 'constraint' THEN
            guard := it.guard;
        ELSE
            old := it.guard;
        END IF;
    END LOOP;
    IF guard IS NULL AND old IS NULL AND EXISTS (
        SELECT FROM pg_trigger AS t WHERE t.tgrelid = relation AND t.tgfoid = 'bookonce.follow_rows()'::regprocedure)
    THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('table %s is followed', relation),
            DETAIL = 'Its rows are bookings, which the guard of bookonce.booking keeps apart already.',
            HINT = format('To guard it in place of that, end it first: SELECT bookonce.unfollow_table(%L).', relation);
    END IF;
    -- What is there already is put right: a trigger may have been dropped or disabled.
    IF guard IS NOT NULL OR how = 'online' AND old IS NOT NULL THEN
        PERFORM bookonce.make_guard_triggers(relation, wait_at_most);
        RETURN coalesce(guard, old);
    END IF;

    -- A name that fits in 63 bytes and is free.
    guard := short;
    WHILE octet_length(guard) > 55 LOOP
        guard := left(guard, -1);
    END LOOP;
    SELECT n.name INTO guard
    FROM (SELECT guard || '_guard' || coalesce(nullif(i, 0)::text, '') AS name, i FROM generate_series(0, 99) AS i) AS n
    WHERE to_regclass(format('%I.%I', here, n.name)) IS NULL
    ORDER BY n.i LIMIT 1;
    IF how = 'online' THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format('table %s has no index for an online guard', relation),
            DETAIL = 'It is built without keeping writers waiting, which only a statement of its own can do.',
            HINT = format('Run this, then repeat the call: '
                'CREATE INDEX CONCURRENTLY %I ON %s USING gist ((%s)) WHERE %s;', guard, relation, slot, condition);
    ELSIF pairs > 0 THEN
        RAISE exclusion_violation USING
            MESSAGE = format('table %s has double bookings already: %s', relation, pairs),
            DETAIL = array_to_string(shown, '; ') || CASE WHEN pairs > cardinality(shown) THEN '; ..' ELSE '.' END,
            HINT = 'find_double_bookings() lists them. Settle them first; or guard what comes from now on: '
                'how => ''online''.',
            SCHEMA = here, TABLE = short, CONSTRAINT = guard;
    END IF;
    PERFORM bookonce.lock_to_alter(relation, 'ACCESS EXCLUSIVE', wait_at_most);
    EXECUTE format('ALTER TABLE ONLY %s ADD CONSTRAINT %I '
        'EXCLUDE USING gist ((%s) WITH OPERATOR(bookonce.&&)) WHERE (%s)', relation, guard, slot, condition);
    IF old IS NOT NULL THEN
        EXECUTE format('DROP INDEX %I.%I', here, old);
        EXECUTE format('ALTER TABLE ONLY %s RENAME CONSTRAINT %I TO %I', relation, guard, old);
        guard := old;
    END IF;
    PERFORM bookonce.make_guard_triggers(relation, wait_at_most);
    RETURN guard;
END
$guard$;
COMMENT ON FUNCTION bookonce.make_guard(regclass, text, text, text, interval, bigint, text[]) IS
    'part of guard_table(): make the guard of a rule that adopted_rule() has spelled';

-- It has no search_path of its own, because the expressions are the caller's. So it calls everything by its full name.
CREATE FUNCTION bookonce.guard_table(
    relation regclass, resource text, starts text DEFAULT NULL, ends text DEFAULT NULL, during text DEFAULT NULL,
    live_when text DEFAULT NULL, how text DEFAULT 'constraint', wait_at_most interval DEFAULT '1 second')
RETURNS name
LANGUAGE plpgsql AS $guard$
DECLARE
    rule record;
    pairs bigint;
    shown text[];
BEGIN
    PERFORM bookonce.require_own_table(relation, 'guard_table');
    SELECT * INTO STRICT rule FROM bookonce.adopted_rule(relation, resource, starts, ends, during, live_when);
    IF pg_catalog.texteq(how, 'constraint') THEN
        SELECT pg_catalog.max(f.pairs), pg_catalog.array_agg(pg_catalog.format('%s and %s share %s', f.row_key,
            f.other_row_key, f.shared))
        INTO pairs, shown FROM bookonce.find_double_bookings(relation, resource, starts, ends, during, live_when, 3)
            AS f;
    ELSIF pg_catalog.textne(how, 'online') IS NOT FALSE THEN
        RAISE invalid_parameter_value USING
            MESSAGE = 'how must be ''constraint'' or ''online''', HINT = 'A valid value is, for example, ''online''.';
    END IF;
    RETURN bookonce.make_guard(relation, rule.slot, rule.condition, how, wait_at_most, pairs, shown);
END
$guard$;
COMMENT ON FUNCTION bookonce.guard_table(regclass, text, text, text, text, text, text, interval) IS
    'let no two rows of a table of the caller''s that count have the same resource at overlapping times: by an '
    'exclusion constraint, or online, by an index that was built beside the running application; returns the guard''s '
    'name';

CREATE FUNCTION bookonce.unguard_table(relation regclass, wait_at_most interval DEFAULT '1 second') RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $unguard$
#variable_conflict use_variable
DECLARE
    it record;
    here name;
    is_guarded boolean := false;
BEGIN
    PERFORM bookonce.require_own_table(relation, 'unguard_table');
    PERFORM bookonce.lock_to_alter(relation, 'ACCESS EXCLUSIVE', wait_at_most);
    SELECT n.nspname INTO here FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = relation;
    FOR it IN SELECT t.tgname FROM pg_trigger AS t WHERE t.tgrelid = relation
        AND t.tgfoid = 'bookonce.guard_row()'::regprocedure LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', it.tgname, relation);
        is_guarded := true;
    END LOOP;
    FOR it IN SELECT g.guard, g.how FROM bookonce.guarded_tables AS g WHERE g.relation = unguard_table.relation
        AND g.guard IS NOT NULL LOOP
        EXECUTE CASE WHEN it.how = 'constraint' THEN format('ALTER TABLE ONLY %s DROP CONSTRAINT %I', relation,
            it.guard)
                     ELSE format('DROP INDEX %I.%I', here, it.guard) END;
        is_guarded := true;
    END LOOP;
    IF NOT is_guarded THEN
        RAISE undefined_object USING
            MESSAGE = format('table %s has no guard', relation),
            HINT = 'The view bookonce.guarded_tables lists those that have.';
    END IF;
END
$unguard$;
COMMENT ON FUNCTION bookonce.unguard_table(regclass, interval) IS
    'take the guard of a table of the caller''s away, without a trace';

CREATE FUNCTION bookonce.guarded_overlaps(relation regclass, at_most bigint DEFAULT 100)
RETURNS TABLE (resource_value text, row_key jsonb, other_row_key jsonb, shared tstzrange, pairs bigint)
    LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_guarded_overlaps';
COMMENT ON FUNCTION bookonce.guarded_overlaps(regclass, bigint) IS
    'the pairs of rows of a guarded table that overlap since before the guard, as find_double_bookings() lists them; '
    'none: guard_table(.., how => ''constraint'') can complete the guard';
