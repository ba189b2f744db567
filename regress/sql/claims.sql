-- claims: a value is owned once per scope. The claimant may repeat; anybody else hears that it is taken, and never by
-- whom.
SET SESSION AUTHORIZATION regress_app;
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'user:1', details => '{"plan": "free"}');
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'user:1', details => '{"plan": "paid"}');
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'user:2');

-- Another scope, another tenant, another spelling: another value. The application decides what counts as the same.
SELECT outcome, replayed FROM bookonce.claim('username', 'ann@example.org', 'user:2');
SELECT outcome, replayed FROM bookonce.claim('email', 'ann@example.org', 'user:2', tenant => 'zoo');
SELECT outcome, replayed FROM bookonce.claim('email', 'Ann@example.org', 'user:2');
SELECT outcome, replayed FROM bookonce.claim('email', U&'ann@ex\00e4mple.org', 'user:2');
SELECT outcome, replayed FROM bookonce.claim('email', U&'ann@exa\0308mple.org', 'user:3');
SELECT outcome, replayed FROM bookonce.claim('email', 'ann@example.org ', 'user:3');

-- Releasing says one thing only: the claimant does not own the value now. Never claimed, released before, another's,
-- another tenant's: the answers are the same, and the owner keeps it.
SELECT * FROM bookonce.release_claim('email', 'nobody@example.org', 'user:2');
SELECT * FROM bookonce.release_claim('email', 'ann@example.org', 'user:2');
SELECT * FROM bookonce.release_claim('email', 'ann@example.org', 'user:1', tenant => 'zoo');
SELECT outcome, replayed FROM bookonce.claim('email', 'ann@example.org', 'user:1');
SELECT * FROM bookonce.release_claim('email', 'ann@example.org', 'user:1');
SELECT * FROM bookonce.release_claim('email', 'ann@example.org', 'user:1');
-- Free again, for anybody; a late repeat of the release does not take it from the new owner.
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'user:2');
SELECT * FROM bookonce.release_claim('email', 'ann@example.org', 'user:1');
SELECT outcome, replayed FROM bookonce.claim('email', 'ann@example.org', 'user:2');

-- A claim rolls back with the caller's transaction or savepoint.
BEGIN;
SAVEPOINT s;
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:3');
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:4');
ROLLBACK TO s;
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:4');
ROLLBACK;
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:3');

-- A refusal and a replay write nothing: the transaction has no id.
BEGIN;
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:3');
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:4');
SELECT outcome, replayed FROM bookonce.release_claim('email', 'bob@example.org', 'user:4');
SELECT pg_current_xact_id_if_assigned() AS wrote;
COMMIT;

-- In the transaction that released it, it is free; a rollback gives it back.
BEGIN;
SELECT outcome, replayed FROM bookonce.release_claim('email', 'bob@example.org', 'user:3');
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:4');
ROLLBACK;
SELECT outcome, replayed FROM bookonce.claim('email', 'bob@example.org', 'user:3');

-- Errors: the wording once, then every bad text of every argument by its SQLSTATE.
SELECT bookonce.claim(NULL, 'ann@example.org', 'user:1');
SELECT bookonce.claim('email', '', 'user:1');
SELECT bookonce.claim('email', 'ann@example.org', repeat('x', 256));
SELECT bookonce.release_claim('email', E'ann\n', 'user:1');
BEGIN READ ONLY;
SELECT bookonce.claim('email', 'ann@example.org', 'user:1');
ROLLBACK;
SELECT format(call, 'x') AS call,
       raised(format(call, 'NULL')) AS "null",
       raised(format(call, '''''')) AS empty,
       raised(format(call, 'repeat(''x'', 256)')) AS long,
       raised(format(call, 'repeat(''x'', 1024 * 1024)')) AS "1 MB",
       raised(format(call, 'chr(10)')) AS newline,
       raised(format(call, 'repeat(''x'', 255)')) AS longest
FROM unnest(ARRAY[
    'SELECT bookonce.claim(%s, ''v'', ''u'')',
    'SELECT bookonce.claim(''s'', %s, ''u'')',
    'SELECT bookonce.claim(''s'', ''v'', %s)',
    'SELECT bookonce.claim(''s'', ''v'', ''u'', tenant => %s)',
    'SELECT bookonce.release_claim(%s, ''v'', ''u'')',
    'SELECT bookonce.release_claim(''s'', %s, ''u'')',
    'SELECT bookonce.release_claim(''s'', ''v'', %s)',
    'SELECT bookonce.release_claim(''s'', ''v'', ''u'', tenant => %s)']) AS call;
-- All three at their longest fit the primary key, also when they do not compress.
SELECT outcome FROM (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 8) AS i) AS t (long),
    bookonce.claim(left(long, 255), left(long, 255), 'user:1', tenant => left(long, 255));

-- The tables are out of reach.
\set VERBOSITY sqlstate
SELECT FROM bookonce.claim;
INSERT INTO bookonce.claim (scope, value, claimant) VALUES ('email', 'ann@example.org', 'user:9');
DELETE FROM bookonce.claim;

-- What is kept: the first details, and nothing of the refused.
RESET SESSION AUTHORIZATION;
SELECT tenant, scope, value, claimant, details FROM bookonce.claim WHERE value LIKE '___@%'
    AND length(value) = octet_length(value) ORDER BY tenant, scope, value;
