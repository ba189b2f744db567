-- slot_key: a key means what its resource, unit and range mean, in the operators, as text, in binary and in an index.
-- Stands alone: it may run with or without the tests before it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS bookonce;
CREATE SCHEMA slot_key_test;
SET search_path = slot_key_test, pg_catalog;

SELECT bookonce.slot_key(42, 1, '[2026-01-01 09:00:00+00,2026-01-01 10:00:00+00)');
SELECT amvalidate(oid) FROM pg_opclass WHERE opcname = 'slot_key_ops';

-- Every bound form between neighbours of one microsecond, around the epoch, at the ends of time and without a bound.
CREATE TABLE instant AS
SELECT t::timestamptz FROM unnest(ARRAY[
    NULL, '-infinity', '4714-11-24 00:00:00+00 BC', '1999-12-31 23:59:59.999999+00', '2000-01-01 00:00:00+00',
    '2026-01-01 09:00:00+00', '2026-01-01 09:00:00.000001+00', '2026-01-01 09:00:00.000002+00',
    '147999-12-31 23:59:59.999998+00', '147999-12-31 23:59:59.999999+00', 'infinity']) AS t;
CREATE TABLE bounds AS
SELECT DISTINCT tstzrange(a.t, b.t, form) AS blocks
FROM instant AS a, instant AS b, unnest(ARRAY['[)', '()', '[]', '(]']) AS form
WHERE a.t IS NULL OR b.t IS NULL OR a.t <= b.t;
SELECT count(*) AS ranges, count(*) FILTER (WHERE isempty(blocks)) AS empty FROM bounds;

SELECT count(*) FILTER (WHERE a.blocks && b.blocks) AS overlapping, count(*) FILTER (WHERE NOT a.blocks && b.blocks)
    AS apart,
       count(*) FILTER (WHERE (bookonce.slot_key(1, 1, a.blocks) OPERATOR(bookonce.&&) bookonce.slot_key(1, 1,
           b.blocks))
                              IS DISTINCT FROM (a.blocks && b.blocks)) AS wrong
FROM bounds AS a, bounds AS b
WHERE NOT isempty(a.blocks) AND NOT isempty(b.blocks);

-- && wants resource and unit equal, &&* the resource only.
CREATE TABLE place AS
SELECT r AS resource_id, u AS unit
FROM unnest(ARRAY[-9223372036854775808, -1, 0, 1, 4611686018427387904, 9223372036854775807]) AS r,
     unnest(ARRAY[-2147483648, -1, 0, 1, 2147483647]) AS u;
SELECT count(*) AS pairs,
       count(*) FILTER (WHERE (x.k OPERATOR(bookonce.&&) y.k) <> (a.resource_id = b.resource_id AND a.unit = b.unit))
           AS wrong,
       count(*) FILTER (WHERE (x.k OPERATOR(bookonce.&&*) y.k) <> (a.resource_id = b.resource_id)) AS wrong_any_unit,
       count(*) FILTER (WHERE (x.k OPERATOR(bookonce.&&*) z.k)) AS wrong_apart
FROM place AS a, place AS b,
     LATERAL (SELECT bookonce.slot_key(a.resource_id, a.unit, '[2026-01-01 09:00:00+00,2026-01-01 10:00:00+00)'))
         AS x(k),
     LATERAL (SELECT bookonce.slot_key(b.resource_id, b.unit, '[2026-01-01 09:59:59.999999+00,2026-01-01 11:00:00+00)'))
         AS y(k),
     LATERAL (SELECT bookonce.slot_key(b.resource_id, b.unit, '[2026-01-01 10:00:00+00,2026-01-01 11:00:00+00)'))
         AS z(k);

-- No key, no overlap.
SELECT bookonce.slot_key(1, 1, 'empty') IS NULL AS empty, bookonce.slot_key(NULL, 1, '[,]') IS NULL AS resource,
       bookonce.slot_key(1, NULL, '[,]') IS NULL AS unit, bookonce.slot_key(1, 1, NULL) IS NULL AS blocks,
       (bookonce.slot_key(1, 1, '[,]') OPERATOR(bookonce.&&) NULL) IS NULL AS overlaps;

-- Twice a time of these years would overflow.
SELECT bookonce.slot_key(1, 1, '[2026-01-01 00:00:00+00,148000-01-01 00:00:00+00)');
\set VERBOSITY sqlstate
SELECT bookonce.slot_key(1, 1, '[148000-01-01 00:00:00+00,)');
SELECT bookonce.slot_key(1, 1, '(,294276-12-31 23:59:59.999999+00]');
\set VERBOSITY default

-- Text reads back under any settings.
CREATE TABLE key AS
SELECT bookonce.slot_key(resource_id, unit, blocks) AS key FROM bounds, place WHERE NOT isempty(blocks);
CREATE TABLE written AS SELECT key, key::text AS text FROM key;
SET TimeZone = 'America/New_York';
SET DateStyle = 'German, DMY';
SELECT count(*) AS keys, count(DISTINCT text) AS texts,
    count(*) FILTER (WHERE text::bookonce.slot_key::text <> key::text) AS wrong,
       count(*) FILTER (WHERE bookonce.slot_key_send(text::bookonce.slot_key) <> bookonce.slot_key_send(key))
           AS wrong_binary
FROM written;
RESET TimeZone;
RESET DateStyle;
SELECT text FROM written WHERE text LIKE '(1,1,%' ORDER BY text COLLATE "C" LIMIT 12;

-- One spelling of each value, nothing else.
SELECT '(1,1,[2026-01-01 10:00:00+00,2026-01-01 09:00:00+00))'::bookonce.slot_key;
CREATE FUNCTION sqlstate_of(input text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN input::bookonce.slot_key;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SELECT sqlstate_of(input), input FROM unnest(ARRAY[
    '(1,1,(,))', '(1,1,[-infinity,infinity])', '(-1,-2,[2026-02-28 23:59:59.999999+00,2026-03-01 00:00:00+00])',
    '', ' ', '(', '()', '(1)', '(1,1)', '(1,1,)', '(1,1,[', '(1,1,[,', '(1,1,[,)', '(1,1,[,))', '(1,1,(,]))',
    '(1,1,(,)) ', ' (1,1,(,))', '(1,1,empty)',
    '(01,1,(,))', '(+1,1,(,))', '(1, 1,(,))', '(1,1.0,(,))', '(x,1,(,))', '(,1,(,))', '(1..2,*,(,))', '(1,1..2,(,))',
    '(9223372036854775808,1,(,))', '(-9223372036854775809,1,(,))', '(1,2147483648,(,))', '(1,-2147483649,(,))',
    '(1,1,[2026-01-01 09:00:00+00,2026-01-01 09:00:00+00))', '(1,1,(2026-01-01 09:00:00+00,2026-01-01 09:00:00+00])',
    '(1,1,[2026-02-29 09:00:00+00,))', '(1,1,[2026-13-01 09:00:00+00,))', '(1,1,[2026-01-01 24:00:00+00,))',
    '(1,1,[2026-01-01 09:00:60+00,))', '(1,1,[2026-01-01 09:00+00,))', '(1,1,[2026-01-01 09:00:00,))',
    '(1,1,[2026-01-01 09:00:00+01,))',
    '(1,1,[2026-01-01T09:00:00+00,))', '(1,1,[2026-01-01 09:00:00.5+00,))', '(1,1,[2026-01-01 09:00:00.0000001+00,))',
    '(1,1,[2026-01-01 09:00:00.+00,))', '(1,1,[0000-01-01 09:00:00+00,))', '(1,1,[4714-11-23 23:59:59+00 BC,))',
    '(1,1,[148000-01-01 00:00:00+00,))',
    '(1,1,[999999-01-01 00:00:00+00,))', '(1,1,[now,))', '(1,1,[infinity,-infinity])', '(1,1,[Infinity,))',
    '(1,1,[-2026-01-01 09:00:00+00,))',
    repeat('(', 100000) || '1']) AS input
WHERE length(input) < 100 OR sqlstate_of(input) <> '22P02';

-- Binary reads back, and reads nothing that has no meaning. A bytea in a binary COPY looks like any other value.
\getenv folder PG_ABS_BUILDDIR
\cd :folder
CREATE TABLE reread (key bookonce.slot_key);
\copy key TO 'slot_key.binary' (FORMAT binary)
\copy reread FROM 'slot_key.binary' (FORMAT binary)
SELECT count(*) AS keys, count(*) FILTER (WHERE b.key IS NULL) AS lost
FROM key AS a LEFT JOIN reread AS b ON bookonce.slot_key_send(a.key) = bookonce.slot_key_send(b.key);
CREATE TABLE message AS SELECT row_number() OVER () AS n, resource || unit || start || ending AS message FROM (VALUES
    ('\x0000000000000001'::bytea, '\x00000001'::bytea, '\x0000000000000002'::bytea, '\x0000000000000002'::bytea), -- no time
    ('\x0000000000000001', '\x00000001', '\x0000000000000002', '\x0000000000000001'),     -- less than no time
    ('\x0000000000000001', '\x00000001', '\x8000000000000001', '\x0000000000000001'),     -- between "no start" and -infinity
    ('\x0000000000000001', '\x00000001', '\x8000000000000004', '\x0000000000000001'),     -- after -infinity, before any time
    ('\x0000000000000001', '\x00000001', '\x0000000000000001', '\x7ffffffffffffffb'),     -- after any time, before infinity
    ('\x0000000000000001', '\x00000001', '\x0000000000000001', '\x7ffffffffffffffe'),     -- between infinity and "no end"
    ('\x0000000000000001', '\x00000001', '\x7fffffffffffffff', '\x7fffffffffffffff'),
    ('\x0000000000000001', '\x00000001', '\x0000000000000001', '\x00000002')) AS m(resource, unit, start, ending); -- too short
\set VERBOSITY sqlstate
COPY (SELECT message FROM message WHERE n = 1) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 2) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 3) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 4) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 5) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 6) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 7) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
COPY (SELECT message FROM message WHERE n = 8) TO STDOUT (FORMAT binary) \g slot_key.binary
\copy reread FROM 'slot_key.binary' (FORMAT binary)
\set VERBOSITY default

-- An index answers like a scan, whether it grew row by row or was built at once: all keys above, and 1,000 ordinary
-- ones.
INSERT INTO key SELECT bookonce.slot_key(r, u, tstzrange(t, t + interval '90 min'))
FROM generate_series(0, 4) AS r, generate_series(1, 2) AS u,
     generate_series('2026-01-01 00:00:00+00'::timestamptz, '2026-01-05 03:00:00+00', '1 hour') AS t;
CREATE TABLE grown (LIKE key);
CREATE INDEX ON grown USING gist (key);
INSERT INTO grown SELECT key FROM key;
CREATE TABLE built AS TABLE key;
CREATE INDEX ON built USING gist (key);
ANALYZE grown, built;
CREATE TABLE probe AS SELECT key FROM key WHERE hashtext(key::text) % 150 = 0;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT key FROM grown WHERE key OPERATOR(bookonce.&&) '(1,1,(,))';
EXPLAIN (COSTS OFF) SELECT key FROM grown WHERE key OPERATOR(bookonce.&&*) '(1,1,(,))';
-- (Version 18 says so of a node that is disabled, as the outer one must be, so it is not.)
RESET enable_seqscan;
EXPLAIN (COSTS OFF) SELECT FROM probe AS p JOIN built AS b ON p.key OPERATOR(bookonce.&&) b.key;
SET enable_seqscan = off;
CREATE TABLE found AS
SELECT 'grown &&' AS way, p.key::text AS probe, g.key::text AS key FROM probe AS p JOIN grown AS g
    ON g.key OPERATOR(bookonce.&&) p.key
UNION ALL SELECT 'grown &&*', p.key::text, g.key::text FROM probe AS p JOIN grown AS g
    ON g.key OPERATOR(bookonce.&&*) p.key
UNION ALL SELECT 'built &&', p.key::text, b.key::text FROM probe AS p JOIN built AS b
    ON b.key OPERATOR(bookonce.&&) p.key
UNION ALL SELECT 'built &&*', p.key::text, b.key::text FROM probe AS p JOIN built AS b
    ON b.key OPERATOR(bookonce.&&*) p.key;
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
CREATE TABLE expected AS
SELECT a || ' &&' AS way, p.key::text AS probe, k.key::text AS key
FROM unnest(ARRAY['grown', 'built']) AS a, probe AS p JOIN key AS k ON k.key OPERATOR(bookonce.&&) p.key
UNION ALL SELECT a || ' &&*', p.key::text, k.key::text
FROM unnest(ARRAY['grown', 'built']) AS a, probe AS p JOIN key AS k ON k.key OPERATOR(bookonce.&&*) p.key;
SELECT count(*) > 1000 AS enough FROM expected;
(TABLE found EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE found);

-- A planner that has never seen the table uses the index too.
RESET enable_bitmapscan;
RESET enable_indexscan;
RESET enable_indexonlyscan;
CREATE TABLE fresh (resource_id bigint, unit integer, blocks tstzrange);
CREATE INDEX fresh_key ON fresh USING gist (bookonce.slot_key(resource_id, unit, blocks));
EXPLAIN (COSTS OFF) SELECT FROM fresh AS f
WHERE bookonce.slot_key(f.resource_id, f.unit, f.blocks) OPERATOR(bookonce.&&) bookonce.slot_key(1, 1, '[,]');

DROP SCHEMA slot_key_test CASCADE;
