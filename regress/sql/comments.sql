-- comments: everything that \d shows says what it is for: the extension's members, its tables and its views. (From
-- version 17 on PostgreSQL counts the array types and the row types of views among the members.)
SELECT o.type, o.identity AS without_comment
FROM pg_depend AS d
JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e',
    pg_identify_object(d.classid, d.objid, d.objsubid) AS o
WHERE e.extname = 'bookonce' AND o.identity NOT LIKE '%[]'
  AND NOT EXISTS (SELECT FROM pg_class AS v WHERE d.classid = 'pg_type'::regclass AND v.reltype = d.objid AND v.relkind = 'v')
  AND NOT EXISTS (SELECT FROM pg_description AS t WHERE t.classoid = d.classid AND t.objoid = d.objid)
ORDER BY o.type, o.identity COLLATE "C";
SELECT c.oid::regclass AS without_comment
FROM pg_class AS c
WHERE c.relnamespace = 'bookonce'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
  AND obj_description(c.oid, 'pg_class') IS NULL
ORDER BY c.relname COLLATE "C";
SELECT obj_description(oid, 'pg_extension') IS NOT NULL AS has_comment FROM pg_extension WHERE extname = 'bookonce';
