-- resource: what can be booked. A verb of its own makes it known; nothing is booked on an unknown one.
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('room:1');
SELECT bookonce.define_resource(resource => 'room:2', capacity => 1, tenant => 'default');

-- Defining again what is already so is harmless, and writes nothing.
BEGIN;
SELECT bookonce.define_resource('room:1');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT tenant, resource, capacity FROM bookonce.resource ORDER BY resource_id;

-- A name is the application's own text, up to 255 bytes: spaces, quotes and other scripts are part of it.
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource(n) FROM unnest(ARRAY[' ', 'O''Hara''s "room"', repeat('x', 255),
    U&'\0441\0430\043b\043e\043d']) AS n;
SELECT outcome, length(resource) FROM unnest(ARRAY[' ', 'O''Hara''s "room"', repeat('x', 255),
    U&'\0441\0430\043b\043e\043d']) AS n,
    bookonce.book_slot(n, '[2030-01-07 09:00+00, 2030-01-07 10:00+00)', 'user:1');

-- A definition that is rolled back never was.
BEGIN;
SELECT bookonce.define_resource('room:gone');
ROLLBACK;
\set VERBOSITY sqlstate
SELECT outcome FROM bookonce.book_slot('room:gone', '[2030-01-07 09:00+00, 2030-01-07 10:00+00)', 'user:1');
