-- proxy.sql
--   The same verbs in a database without the extension, whose PL/Proxy sends each call to the shard of its tenant.
-- To know first: a call commits on its shard at once, whatever transaction it stands in (docs/scaling.md).
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.is_proxy() RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS 'SELECT false';
COMMENT ON FUNCTION bookonce.is_proxy() IS
    'false; true in a database that proxy_sql() has made a proxy, where each call commits at once, on its shard';

-- PL/Proxy knows no multiranges, but it knows domains.
CREATE DOMAIN bookonce.times AS tstzmultirange;
COMMENT ON DOMAIN bookonce.times IS 'part of proxy_sql(): a tstzmultirange, under a name by which PL/Proxy takes it';

-- A shard keeps all of a tenant, so a verb can be sent on if it names one, and no table of this database.
CREATE FUNCTION bookonce.proxy_sql(cluster text) RETURNS SETOF text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $proxy$
DECLARE
    -- Types that are written alike whatever the session's styles are.
    plain CONSTANT oid[] := '{text,text[],integer,integer[],bigint,boolean,uuid,uuid[],jsonb}'::regtype[];
    it record;
BEGIN
    IF cluster IS NULL OR cluster !~ '^[a-z_][a-z0-9_]*$' OR length(cluster) > 63 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN cluster IS NULL THEN '22004' ELSE '22023' END,
            MESSAGE = 'cluster must be the name of a server, in lower case',
            HINT = 'A valid value is, for example, ''shards'', after CREATE SERVER shards FOREIGN DATA WRAPPER '
                'plproxy.';
    END IF;
    -- Where a schema of that name is, this is the wrong database, or it is made already: then nothing is done.
    RETURN NEXT 'CREATE SCHEMA bookonce;';
    RETURN NEXT format('COMMENT ON SCHEMA bookonce IS %L;', 'calls of bookonce, sent to the shards of ' || cluster);
    RETURN NEXT 'CREATE FUNCTION bookonce.is_proxy() RETURNS boolean LANGUAGE sql immutable parallel safe '
        'AS ''SELECT true'';';
    RETURN NEXT 'CREATE FUNCTION bookonce.shard_of(tenant text) RETURNS integer LANGUAGE sql immutable parallel safe '
        'AS ''SELECT pg_catalog.hashtext(coalesce(tenant, ''''''''))'';';
    RETURN NEXT 'CREATE DOMAIN bookonce.times AS tstzmultirange;';
    FOR it IN
        SELECT t.typname,
               (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder)
                FROM pg_enum AS l WHERE l.enumtypid = t.oid) AS labels
        FROM pg_type AS t
        JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
        JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            AND e.extname = 'bookonce'
        WHERE t.typtype = 'e'
        ORDER BY t.typname
    LOOP
        RETURN NEXT format('CREATE TYPE bookonce.%I AS ENUM (%s);', it.typname, it.labels);
    END LOOP;
    FOR it IN
        WITH RECURSIVE composite AS (
            SELECT t.oid, t.typname, t.typrelid, t.typarray
            FROM pg_type AS t
            JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
            JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
            JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND e.extname = 'bookonce'),
        has AS (
            SELECT c.oid, o.oid AS part
            FROM composite AS c
            JOIN pg_attribute AS a ON a.attrelid = c.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN composite AS o ON a.atttypid IN (o.oid, o.typarray)),
        level AS (
            SELECT c.oid, 0 AS depth FROM composite AS c
            UNION
            SELECT h.oid, l.depth + 1 FROM level AS l JOIN has AS h ON h.part = l.oid)
        SELECT c.typname,
               (SELECT string_agg(format('%I %s', a.attname,
                           CASE a.atttypid WHEN 'tstzmultirange'::regtype THEN 'bookonce.times'
                           ELSE format_type(a.atttypid, a.atttypmod) END)
                       || CASE WHEN a.attcollation <> p.typcollation THEN format(' COLLATE pg_catalog.%I', o.collname)
                               ELSE '' END, ', ' ORDER BY a.attnum)
                FROM pg_attribute AS a
                JOIN pg_type AS p ON p.oid = a.atttypid
                LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
                WHERE a.attrelid = c.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
        FROM composite AS c
        ORDER BY (SELECT max(l.depth) FROM level AS l WHERE l.oid = c.oid), c.typname
    LOOP
        RETURN NEXT format('CREATE TYPE bookonce.%I AS (%s);', it.typname, it.columns);
    END LOOP;
    FOR it IN
        SELECT p.proname, pg_get_function_arguments(p.oid) AS arguments,
               regexp_replace(pg_get_function_result(p.oid), '\ytstzmultirange\y', 'bookonce.times', 'g') AS result,
               CASE p.proname WHEN 'repeat_slots' THEN 'ANY' ELSE 'bookonce.shard_of(tenant)' END AS shard,
               CASE WHEN r.typtype = 'c' OR r.oid = 'record'::regtype THEN '* FROM ' ELSE '' END AS what,
               (SELECT string_agg('$' || n, ', ' ORDER BY n) FROM generate_series(1, p.pronargs) AS n) AS given,
               -- Times and lengths travel as text. In a session's own style 2 March could arrive as 3 February.
               CASE WHEN p.proargtypes::oid[] <@ (plain || 'interval'::regtype::oid) THEN ''
                    ELSE ' SET datestyle = ''ISO, YMD''' END
               || CASE WHEN p.proargtypes::oid[] <@ (plain || '{timestamptz,tstzrange}'::regtype[]::oid[]) THEN ''
                       ELSE ' SET intervalstyle = ''postgres''' END AS styles
        FROM pg_proc AS p
        JOIN pg_type AS r ON r.oid = p.prorettype
        WHERE p.pronamespace = 'bookonce'::regnamespace
          AND (p.proname = 'repeat_slots' -- it reads no table
            OR p.proname IN (SELECT u.name FROM bookonce.usage_levels() AS u)
               AND 'tenant' = ANY (p.proargnames) AND 'regclass'::regtype <> ALL (p.proargtypes))
        ORDER BY p.proname
    LOOP
        -- The statement that PL/Proxy makes by itself casts each column, which the shard would parse at each call.
        RETURN NEXT format('CREATE FUNCTION bookonce.%I(%s) RETURNS %s LANGUAGE plproxy%s AS %L;', it.proname,
            it.arguments, it.result, it.styles, format('CLUSTER %L; RUN ON %s; SELECT %sbookonce.%I(%s);', cluster,
                it.shard, it.what, it.proname, it.given));
    END LOOP;
    RETURN NEXT 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bookonce FROM PUBLIC;';
    RETURN NEXT 'GRANT EXECUTE ON FUNCTION bookonce.is_proxy(), bookonce.shard_of(text) TO PUBLIC;';
END
$proxy$;
COMMENT ON FUNCTION bookonce.proxy_sql(text) IS
    'the statements that make a database without the extension a proxy: types, and for each verb with a tenant a '
    'PL/Proxy function that sends the call to the tenant''s shard of a cluster';
