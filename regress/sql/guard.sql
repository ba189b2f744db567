-- guard: without the constraint that makes double booking impossible nothing is booked: OB007, with the statement that
-- puts it back. What frees time, and what reads, goes on.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.define_resource(r, c, tenant => 'guarded') FROM (VALUES ('desk', 1), ('van', 1), ('pool', 2))
    AS v(r, c);
SELECT booking_id AS held FROM bookonce.book_slot('desk', '[2030-06-03 09:00, 2030-06-03 10:00)', 'ann',
    hold_for => '1 day', tenant => 'guarded') \gset
SELECT booking_id AS booked FROM bookonce.book_slot('van', '[2030-06-03 09:00, 2030-06-03 10:00)', 'ann',
    idempotency_key => 'k', tenant => 'guarded') \gset
SELECT request_id AS request FROM bookonce.open_request('[2030-06-03 12:00, 2030-06-03 13:00)', 2, 'ben',
    tenant => 'guarded') \gset
SELECT offer_id AS desk_offer FROM bookonce.make_offers(:'request', '{desk}', tenant => 'guarded') \gset
SELECT offer_id AS van_offer FROM bookonce.make_offers(:'request', '{van}', tenant => 'guarded') \gset
SELECT outcome FROM bookonce.accept_offer(:'desk_offer', 'desk', tenant => 'guarded');

-- Each verb that takes time, as the application calls it.
CREATE TABLE bookonce.takes_time (n integer GENERATED ALWAYS AS IDENTITY, call text);
INSERT INTO bookonce.takes_time (call) VALUES
    ($$book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded')$$),
    ($$book_slot('desk', '[2030-06-03 09:00, 2030-06-03 10:00)', 'cleo', tenant => 'guarded')$$),
    ($$book_slot('van', '[2030-06-03 09:00, 2030-06-03 10:00)', 'ann', idempotency_key => 'k', tenant => 'guarded')$$),
    ($$book_slot('pool', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', 2, tenant => 'guarded')$$),
    ($$book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', allow_overlap => true, tenant => 'guarded')$$),
    ($$book_slots(ARRAY[ROW('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 1, NULL, NULL,
        NULL)]::bookonce.slot_request[], 'cleo', tenant => 'guarded')$$),
    ($$book_slots(ARRAY[ROW('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 1, NULL, NULL,
        NULL)]::bookonce.slot_request[], 'cleo', all_or_nothing => false, tenant => 'guarded')$$),
    ($$book_any_slot('{desk,van}', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded')$$),
    (format($$reschedule_booking(%L, '[2030-06-03 10:00, 2030-06-03 11:00)', tenant => 'guarded')$$, :'booked')),
    (format($$swap_bookings(%L, %L, tenant => 'guarded')$$, :'booked', :'held')),
    (format($$accept_offer(%L, 'van', tenant => 'guarded')$$, :'van_offer')),
    (format($$reassign_position(%L, 'desk', 'van', tenant => 'guarded')$$, :'request'));
CREATE FUNCTION bookonce.refusals(OUT calls bigint, OUT said text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    call text;
    said text[] := '{}';
    answer text;
BEGIN
    FOR call IN SELECT t.call FROM bookonce.takes_time AS t ORDER BY n LOOP
        BEGIN
            EXECUTE 'SELECT string_agg(a.outcome::text, '','') FROM bookonce.' || call || ' AS a' INTO answer;
            RAISE SQLSTATE 'ZZ999';
        EXCEPTION
            WHEN SQLSTATE 'ZZ999' THEN said := said || answer;
            WHEN OTHERS THEN said := said || SQLSTATE::text;
        END;
    END LOOP;
    RETURN QUERY SELECT count(*), s FROM unnest(said) AS s GROUP BY s ORDER BY s;
END
$$;
SELECT * FROM bookonce.refusals();

-- Gone: in every verb, in a session that has booked before, and a savepoint brings it back.
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap;
SELECT * FROM bookonce.refusals();
SELECT outcome FROM bookonce.confirm_booking(:'held', tenant => 'guarded');
SELECT outcome FROM bookonce.cancel_booking(:'held', tenant => 'guarded');
SELECT outcome FROM bookonce.release_position(:'request', 'desk', tenant => 'guarded');
SELECT count(*) FROM bookonce.free_slots('desk', '[2030-06-03 10:00, 2030-06-03 12:00)', '1 hour', tenant => 'guarded');
SELECT bookonce.define_resource('shelf', tenant => 'guarded');
SAVEPOINT before;
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded');
ROLLBACK TO before;
-- What the hint says puts it back.
ALTER TABLE bookonce.booking ADD CONSTRAINT booking_no_overlap EXCLUDE
    USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
    WHERE (bookonce.is_live(released_at));
SELECT * FROM bookonce.refusals();
ROLLBACK;

-- In another state, or another one: the message says which, the hint how to get rid of it.
BEGIN;
ALTER TABLE bookonce.booking RENAME CONSTRAINT booking_no_overlap TO "My Guard";
SELECT * FROM bookonce.refusals();
ALTER TABLE bookonce.booking DROP CONSTRAINT "My Guard", ADD CONSTRAINT "My Guard"
    EXCLUDE USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
        WHERE (bookonce.is_live(released_at)) DEFERRABLE;
SELECT * FROM bookonce.refusals();
SAVEPOINT before;
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded');
ROLLBACK TO before;
ALTER TABLE bookonce.booking DROP CONSTRAINT "My Guard", ADD CONSTRAINT booking_no_overlap EXCLUDE
    USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
    WHERE (bookonce.is_live(released_at));
SELECT * FROM bookonce.refusals();
ROLLBACK;
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap, ADD CONSTRAINT booking_no_overlap
    EXCLUDE USING gist (bookonce.slot_key(resource_id, unit, during) WITH OPERATOR(bookonce.&&))
        WHERE (bookonce.is_live(released_at));
SELECT * FROM bookonce.refusals();
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded');
ROLLBACK;
-- A table that inherits from booking has no guard, and its rows are read like any.
BEGIN;
CREATE TABLE bookonce.old_booking () INHERITS (bookonce.booking);
SELECT * FROM bookonce.refusals();
ALTER TABLE bookonce.old_booking NO INHERIT bookonce.booking;
SELECT * FROM bookonce.refusals();
ROLLBACK;
-- A table that inherits from another of ours is not part of it: a resource is found once, a claim of the old ones is no
-- claim.
BEGIN;
CREATE TABLE bookonce.old_resource () INHERITS (bookonce.resource);
INSERT INTO bookonce.old_resource (tenant, resource_id, resource, capacity, time_zone)
    SELECT r.tenant, r.resource_id, r.resource, r.capacity, r.time_zone FROM ONLY bookonce.resource AS r;
CREATE TABLE bookonce.old_claim () INHERITS (bookonce.claim);
INSERT INTO bookonce.old_claim (tenant, scope, value, claimant) VALUES ('guarded', 'email', 'a@example.com', 'bob');
SELECT bookonce.define_resource('van', capacity => 2, buffer_after => '10 minutes', tenant => 'guarded');
INSERT INTO bookonce.old_resource (tenant, resource_id, resource, capacity, time_zone)
    SELECT r.tenant, r.resource_id, r.resource, r.capacity, r.time_zone FROM ONLY bookonce.resource AS r
        WHERE r.resource = 'van';
SELECT outcome, units FROM bookonce.book_slot('van', '[2030-06-04 10:00, 2030-06-04 11:00)', 'cleo',
    tenant => 'guarded');
SET LOCAL bookonce.direct_insert = off;
SELECT outcome, units FROM bookonce.book_slot('desk', '[2030-06-04 10:00, 2030-06-04 11:00)', 'cleo',
    tenant => 'guarded');
SELECT outcome, units FROM bookonce.book_slots(ARRAY[ROW('desk', '[2030-06-04 12:00, 2030-06-04 13:00)', NULL, NULL,
    NULL, NULL)::bookonce.slot_request], 'cleo', tenant => 'guarded');
SELECT outcome, claimant FROM bookonce.claim('email', 'a@example.com', 'ann', tenant => 'guarded');
SELECT count(*) FROM ONLY bookonce.booking AS b WHERE b.tenant = 'guarded'
    AND b.during @> '2030-06-04 10:30+00'::timestamptz;
ROLLBACK;
RESET SESSION AUTHORIZATION;
BEGIN;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'bookonce.booking_no_overlap'::regclass;
SELECT * FROM bookonce.refusals();
SELECT outcome FROM bookonce.book_slot('desk', '[2030-06-03 10:00, 2030-06-03 11:00)', 'cleo', tenant => 'guarded');
ROLLBACK;
SET SESSION AUTHORIZATION regress_owner;
SELECT * FROM bookonce.refusals();

DROP FUNCTION bookonce.refusals;
DROP TABLE bookonce.takes_time;
RESET SESSION AUTHORIZATION;
