-- uninstall: the bookings outlive a careless DROP EXTENSION; they go only with a CASCADE or table by table.
SET SESSION AUTHORIZATION regress_owner;
SET client_min_messages = warning;
\set VERBOSITY sqlstate
DROP EXTENSION bookonce;
SELECT count(*) > 0 AS bookings_are_there FROM bookonce.booking;
\set VERBOSITY default
BEGIN;
DROP SCHEMA bookonce CASCADE;
SELECT count(*) AS left_over FROM pg_extension WHERE extname = 'bookonce';
CREATE EXTENSION bookonce CASCADE;
SELECT bookonce.setup(), bookonce.grant_usage('regress_app'), bookonce.define_resource('room:1');
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-01-07 09:00+00, 2030-01-07 10:00+00)', 'user:1');
ROLLBACK;
