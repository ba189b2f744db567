-- counters: a number changed by deltas, within its bounds, once per idempotency key.
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_counter('stock:1', 3);
SELECT * FROM bookonce.adjust_counter('stock:1', -2);
SELECT * FROM bookonce.adjust_counter('stock:1', -2);
SELECT * FROM bookonce.adjust_counter('stock:1', -1);
SELECT * FROM bookonce.adjust_counter('stock:1', -1);
SELECT * FROM bookonce.adjust_counter('stock:1', 10);

-- A key is applied once; its repeat hears what the first one did, whatever the value is by now, also where it would be
-- refused.
SELECT * FROM bookonce.adjust_counter('stock:1', -4, 'order:1');
SELECT * FROM bookonce.adjust_counter('stock:1', -6, 'order:2');
SELECT * FROM bookonce.adjust_counter('stock:1', -4, 'order:1');
-- A refusal is not remembered: the same key may win later.
SELECT * FROM bookonce.adjust_counter('stock:1', -5, 'order:3');
SELECT * FROM bookonce.adjust_counter('stock:1', 5);
SELECT * FROM bookonce.adjust_counter('stock:1', -5, 'order:3');
-- The same key for another delta is a mistake; for another counter it is another key, so that one order may change
-- several.
SELECT bookonce.adjust_counter('stock:1', -3, 'order:1');
SELECT bookonce.define_counter('revenue'), bookonce.define_counter('stock:1', 100, tenant => 'zoo');
SELECT * FROM bookonce.adjust_counter('revenue', 40, 'order:1');
SELECT * FROM bookonce.adjust_counter('stock:1', -1, 'order:1', tenant => 'zoo');

-- Bounds: 0 and none unless said; both edges are inside; null is none.
SELECT bookonce.define_counter('seats', 5, 5, 7), bookonce.define_counter('debt', -5, NULL, -1);
SELECT d AS delta, outcome, value FROM unnest(ARRAY[-1, 1, 1, 1, -3, -2]) AS d, bookonce.adjust_counter('seats', d);
SELECT d AS delta, outcome, value FROM unnest(ARRAY[5, 4, 1, -1000000]) AS d, bookonce.adjust_counter('debt', d);

-- No delta overflows: what does not fit a bigint is out of bounds, also in a counter without bounds.
SELECT bookonce.define_counter('wide', 0, NULL, NULL);
SELECT d AS delta, outcome, value
FROM unnest(ARRAY[9223372036854775807, 1, -9223372036854775808, 1, -9223372036854775808, -1, 9223372036854775807,
    9223372036854775807]) AS d,
    bookonce.adjust_counter('wide', d);
SELECT bookonce.define_counter('top', 9223372036854775807, 9223372036854775807),
    bookonce.define_counter('bottom', -9223372036854775808, NULL, -9223372036854775808);
SELECT outcome FROM unnest(ARRAY['top', 'bottom']) AS c, unnest(ARRAY[1, -1, 9223372036854775807, -9223372036854775808])
    AS d, bookonce.adjust_counter(c, d);

-- Defining again what is so changes nothing, and the value is the initial one only.
SELECT bookonce.define_counter('stock:1', 500), bookonce.define_counter('stock:1', -500);
SELECT * FROM bookonce.adjust_counter('stock:1', -1000);
-- Bounds may change around the value, and not past it.
SELECT bookonce.define_counter('seats', minimum => 6, maximum => 7);
SELECT bookonce.define_counter('seats', minimum => 5, maximum => 5),
    bookonce.define_counter('seats', minimum => 0, maximum => 10);
SELECT * FROM bookonce.adjust_counter('seats', 5);
SELECT bookonce.define_counter('seats', minimum => 0, maximum => 9);
SELECT bookonce.define_counter('seats', minimum => 0, maximum => NULL);
SELECT * FROM bookonce.adjust_counter('seats', 90);

-- Rolled back with the caller's transaction or savepoint, key and all.
BEGIN;
SELECT * FROM bookonce.adjust_counter('seats', -50, 'party');
SAVEPOINT s;
SELECT * FROM bookonce.adjust_counter('seats', -50, 'party:2');
ROLLBACK TO s;
SELECT * FROM bookonce.adjust_counter('seats', -50, 'party:2');
SELECT * FROM bookonce.adjust_counter('seats', -50, 'party');
ROLLBACK;
SELECT * FROM bookonce.adjust_counter('seats', -1, 'party');

-- A refusal, a replay and a definition that is so write nothing: the transaction has no id.
BEGIN;
SELECT * FROM bookonce.adjust_counter('seats', -100);
SELECT * FROM bookonce.adjust_counter('seats', -100, 'party:3');
SELECT * FROM bookonce.adjust_counter('seats', -1, 'party');
SELECT bookonce.define_counter('seats', minimum => 0, maximum => NULL);
SELECT pg_current_xact_id_if_assigned() AS wrote;
COMMIT;

-- Errors: the wording once, then every bad text of every argument by its SQLSTATE.
SELECT bookonce.adjust_counter('seats', NULL);
SELECT bookonce.adjust_counter('seats', 0);
SELECT bookonce.adjust_counter('no "such" counter''s', 1);
SELECT bookonce.adjust_counter('revenue', 1, tenant => 'zoo');
SELECT bookonce.define_counter('new', NULL);
SELECT bookonce.define_counter('new', -1);
SELECT bookonce.define_counter('new', 11, 0, 10);
SELECT bookonce.define_counter('new', 5, 6, 4);
BEGIN READ ONLY;
SELECT bookonce.adjust_counter('seats', 1);
ROLLBACK;
SELECT format(call, 'x') AS call,
       raised(format(call, 'NULL')) AS "null",
       raised(format(call, '''''')) AS empty,
       raised(format(call, 'repeat(''x'', 256)')) AS long,
       raised(format(call, 'repeat(''x'', 1024 * 1024)')) AS "1 MB",
       raised(format(call, 'chr(10)')) AS newline,
       raised(format(call, 'repeat(''x'', 255)')) AS longest
FROM unnest(ARRAY[
    'SELECT bookonce.define_counter(%s)',
    'SELECT bookonce.define_counter(''bad'', tenant => %s)',
    'SELECT bookonce.adjust_counter(%s, 1)',
    'SELECT bookonce.adjust_counter(''bad'', 1, %s)', -- null: no key
    'SELECT bookonce.adjust_counter(''bad'', 1, tenant => %s)']) AS call;

-- The tables are out of reach.
\set VERBOSITY sqlstate
SELECT FROM bookonce.counter;
SELECT FROM bookonce.counter_entry;
UPDATE bookonce.counter SET value = 1000;

-- The entries are the audit trail: numbered without a gap, each value the one before it and the delta, the last one the
-- counter's.
RESET SESSION AUTHORIZATION;
SELECT entry, delta, value, idempotency_key FROM bookonce.counter_entry WHERE tenant = 'default' AND counter = 'stock:1'
    ORDER BY entry;
SELECT e.tenant, e.counter, e.entry AS wrong
FROM (SELECT *, row_number() OVER w AS number, lag(value) OVER w + delta AS sum, lead(entry) OVER w IS NULL AS is_last
      FROM bookonce.counter_entry WINDOW w AS (PARTITION BY tenant, counter ORDER BY entry)) AS e
JOIN bookonce.counter AS c USING (tenant, counter)
WHERE e.entry <> e.number OR e.value <> e.sum OR e.is_last AND (e.entry, e.value) <> (c.entries, c.value);
-- Nor can the owner overdraw it by hand.
UPDATE bookonce.counter SET value = -1 WHERE counter = 'stock:1';
INSERT INTO bookonce.counter_entry (counter, entry, delta, value, idempotency_key) VALUES ('stock:1', 99, 1, 1,
    'order:1');
