-- raw_sql: the guard is in the tables. What their owner writes by hand meets the same constraints as the verbs.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_owner;
INSERT INTO bookonce.resource (tenant, resource) VALUES ('raw', 'desk') RETURNING resource_id AS desk \gset
PREPARE book(tstzrange) AS INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder) VALUES ('raw',
    :desk, $1, $1, 'by hand');

-- By hand, then by verb; by verb, then by hand; and by hand against itself.
EXECUTE book('[2030-05-06 09:00, 2030-05-06 10:00)');
SELECT outcome, busy FROM bookonce.book_slot('desk', '[2030-05-06 09:30, 2030-05-06 10:30)', 'user:1', tenant => 'raw');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 10:00, 2030-05-06 11:00)', 'user:1', tenant => 'raw');
\set VERBOSITY sqlstate
EXECUTE book('[2030-05-06 10:30, 2030-05-06 11:30)');
EXECUTE book('[2030-05-06 09:30, 2030-05-06 09:45)');
\set VERBOSITY terse
UPDATE bookonce.booking SET during = '[2030-05-06 09:00, 2030-05-06 10:01)',
    blocks = '[2030-05-06 09:00, 2030-05-06 10:01)' WHERE tenant = 'raw' AND holder = 'by hand';

-- Releasing makes room, reviving does not.
UPDATE bookonce.booking SET status = 'cancelled', released_at = now() WHERE tenant = 'raw' AND holder = 'by hand';
SELECT outcome FROM bookonce.book_slot('desk', '[2030-05-06 09:00, 2030-05-06 10:00)', 'user:2', tenant => 'raw');
UPDATE bookonce.booking SET status = 'confirmed', released_at = NULL WHERE tenant = 'raw' AND holder = 'by hand';

-- A row that would stand outside the guard, or say two things, is refused, and the message tells why.
PREPARE row(tstzrange, tstzrange, int, bookonce.booking_status, timestamptz, timestamptz) AS
    INSERT INTO bookonce.booking (tenant, resource_id, holder, during, blocks, unit, status, lapses_at,
        released_at)
    VALUES ('raw', :desk, 'row', $1, $2, $3, $4, $5, $6);
EXECUTE row('empty', '[2030-05-07, 2030-05-08)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07,)', '[2030-05-07,)', 1, 'confirmed', NULL, NULL);
EXECUTE row('(,2030-05-07)', '(,2030-05-07)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, infinity)', '[2030-05-07, infinity)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[-infinity, 2030-05-07)', '[-infinity, 2030-05-07)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-09)', '[2030-05-07, 2030-05-08)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', 'empty', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 0, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, 'confirmed', NULL, '2030-01-01');
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, 'cancelled', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, 'expired', '2020-01-01', NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, 'held', NULL, NULL);
RESET SESSION AUTHORIZATION;
ALTER TYPE bookonce.booking_status ADD VALUE 'pencilled';
SET SESSION AUTHORIZATION regress_owner;
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, 'pencilled', NULL, NULL);
EXECUTE row(NULL, '[2030-05-07, 2030-05-08)', 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', NULL, 1, 'confirmed', NULL, NULL);
EXECUTE row('[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 1, NULL, NULL, NULL);
INSERT INTO bookonce.booking (tenant, during, blocks, holder) VALUES ('raw', '[2030-05-07, 2030-05-08)',
    '[2030-05-07, 2030-05-08)', 'row');
INSERT INTO bookonce.booking (resource_id, during, blocks) VALUES (:desk, '[2030-05-07, 2030-05-08)',
    '[2030-05-07, 2030-05-08)');
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder) VALUES (NULL, :desk,
    '[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 'row');
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder, member) VALUES ('raw', :desk,
    '[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 'row', 0);

-- A key is taken once in a tenant, also by hand; a resource's name and number are its own.
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder, idempotency_key)
VALUES ('raw', :desk, '[2030-05-07, 2030-05-08)', '[2030-05-07, 2030-05-08)', 'key', 'k');
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder, idempotency_key)
VALUES ('raw', :desk, '[2030-05-08, 2030-05-09)', '[2030-05-08, 2030-05-09)', 'key', 'k');
INSERT INTO bookonce.resource (tenant, resource) VALUES ('raw', 'desk');
INSERT INTO bookonce.resource (tenant, resource, resource_id) OVERRIDING SYSTEM VALUE VALUES ('raw', 'desk 2', :desk);
-- The row by hand has no request to compare with: its key belongs to something else.
\set VERBOSITY sqlstate
SELECT bookonce.book_slot('desk', '[2030-05-07, 2030-05-08)', 'key', idempotency_key => 'k', tenant => 'raw');

-- A booking made by hand is a booking: the verbs go on with it.
\set VERBOSITY default
SELECT b.booking_id AS id FROM bookonce.booking AS b WHERE b.tenant = 'raw' AND b.holder = 'key' \gset
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'id', tenant => 'raw');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'id', tenant => 'raw');
