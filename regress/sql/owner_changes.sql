-- owner_changes: the tables are their owner's. A booking of a plain resource is inserted without SQL, but never past
-- what the owner did to the table: triggers, columns, checks and indexes do what they do for SQL, and are missed when
-- they go.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.define_resource('desk', tenant => 'owned');
PREPARE book(integer) AS
    SELECT outcome, replayed
    FROM (SELECT '2030-06-03 00:00'::timestamptz + $1 * interval '1 hour') AS x(at),
         bookonce.book_slot('desk', tstzrange(at, at + interval '1 hour'), 'user:' || $1,
             idempotency_key => 'hour:' || $1, tenant => 'owned');
EXECUTE book(0);

-- A trigger sees the row, and may refuse it.
CREATE TABLE bookonce.seen (holder text, during tstzrange);
CREATE FUNCTION bookonce.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.holder = 'user:5' THEN
        RAISE EXCEPTION 'not at five';
    END IF;
    INSERT INTO bookonce.seen VALUES (NEW.holder, NEW.during);
    RETURN NEW;
END
$$;
CREATE TRIGGER note AFTER INSERT ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION bookonce.note();
EXECUTE book(1);
EXECUTE book(1);
ALTER TABLE bookonce.booking DISABLE TRIGGER note;
EXECUTE book(2);
ALTER TABLE bookonce.booking ENABLE TRIGGER note;
EXECUTE book(3);
DROP TRIGGER note ON bookonce.booking;
EXECUTE book(4);
CREATE TRIGGER note BEFORE INSERT ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION bookonce.note();
\set VERBOSITY terse
EXECUTE book(5);
DROP TRIGGER note ON bookonce.booking;
EXECUTE book(5);
SELECT * FROM bookonce.seen ORDER BY during;

-- A check refuses, also when it stands in for the one of setup(), under its name.
ALTER TABLE bookonce.booking ADD CONSTRAINT not_at_seven CHECK (holder <> 'user:7');
EXECUTE book(7);
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_is_sound;
ALTER TABLE bookonce.booking RENAME CONSTRAINT not_at_seven TO booking_is_sound;
EXECUTE book(7);
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_is_sound, ADD CONSTRAINT booking_is_sound
    CHECK (bookonce.is_sound(during, blocks, unit, member, status, released_at, lapses_at));

-- Units that are none, in rows from a time without that check. A booking that has one gets a real one where others
-- move, and takes no place away where none has to.
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_is_sound;
SELECT bookonce.define_resource('class', 2, tenant => 'owned');
INSERT INTO bookonce.booking (tenant, resource_id, during, blocks, holder, unit)
SELECT tenant, resource_id, at, at, holder, unit
FROM bookonce.resource, (VALUES ('2030-06-03'::timestamptz, 9, 10, 'a', 1), ('2030-06-03', 9, 11, 'b', 2),
    ('2030-06-03', 11, 13, 'c', 1), ('2030-06-03', 12, 13, 'none', -2147483648),
    ('2030-06-04', 9, 11, 'none', -2147483648), ('2030-06-04', 9, 11, 'none', -1000000),
    ('2030-06-04', 9, 11, 'none', 0)) AS v(day, since, until, holder, unit),
    tstzrange(day + since * interval '1 hour', day + until * interval '1 hour') AS at
WHERE tenant = 'owned' AND resource = 'class';
SELECT outcome, units FROM bookonce.book_slot('class', '[2030-06-03 10:00, 2030-06-03 12:00)', 'd', tenant => 'owned');
SELECT b.holder, b.unit FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
WHERE r.tenant = 'owned' AND resource = 'class' AND b.during && '[2030-06-03, 2030-06-04)' ORDER BY b.during;
ALTER TABLE bookonce.booking ADD CONSTRAINT booking_is_sound
    CHECK (bookonce.is_sound(during, blocks, unit, member, status, released_at, lapses_at)) NOT VALID;
SELECT outcome, units, busy
FROM generate_series(1, 3) AS n, bookonce.book_slot('class', '[2030-06-04 10:00, 2030-06-04 12:00)', 'e:' || n,
    tenant => 'owned');
SELECT outcome, units, busy FROM bookonce.book_slot('class', '[2030-06-04 08:00, 2030-06-04 11:00)', 'f', 2,
    tenant => 'owned');
DELETE FROM bookonce.booking AS b USING bookonce.resource AS r
WHERE r.resource_id = b.resource_id AND r.tenant = 'owned' AND resource = 'class';
ALTER TABLE bookonce.booking VALIDATE CONSTRAINT booking_is_sound;
EXECUTE book(7);

-- A rule is refused, as PostgreSQL does for ON CONFLICT.
CREATE RULE note AS ON INSERT TO bookonce.booking DO ALSO INSERT INTO bookonce.seen VALUES ('rule', NEW.during);
EXECUTE book(8);
DROP RULE note ON bookonce.booking;

-- An index of the owner's is filled, and refuses in its own name.
CREATE UNIQUE INDEX one_a_holder ON bookonce.booking (tenant, holder) WHERE tenant = 'owned';
EXECUTE book(9);
UPDATE bookonce.booking SET holder = 'user:10' WHERE tenant = 'owned' AND holder = 'user:9';
\set VERBOSITY sqlstate
EXECUTE book(10);
\set VERBOSITY terse
SET enable_seqscan = off;
SELECT count(*) FROM bookonce.booking WHERE tenant = 'owned' AND holder = 'user:10';
RESET enable_seqscan;
DROP INDEX bookonce.one_a_holder;
EXECUTE book(10);
-- One that refuses nothing is filled, too, by a session that has booked without it.
CREATE INDEX by_hash ON bookonce.booking (request_hash);
EXECUTE book(40);
SET enable_seqscan = off;
SELECT count(*) FROM bookonce.booking AS b WHERE b.request_hash =
    (SELECT o.request_hash FROM bookonce.booking AS o WHERE o.tenant = 'owned' AND o.idempotency_key = 'hour:40');
RESET enable_seqscan;
DROP INDEX bookonce.by_hash;

-- A guard under another name still guards.
ALTER TABLE bookonce.booking RENAME CONSTRAINT booking_no_overlap TO my_guard;
EXECUTE book(11);
EXECUTE book(11);
ALTER TABLE bookonce.booking RENAME CONSTRAINT my_guard TO booking_no_overlap;
EXECUTE book(12);
EXECUTE book(12);

-- Another constraint under that name is no guard, so nothing is booked: all of these resources are one room, ..
SELECT bookonce.define_resource('bench', tenant => 'owned');
PREPARE book_bench(integer) AS
    SELECT outcome
    FROM (SELECT '2030-06-03 00:00'::timestamptz + $1 * interval '1 hour') AS x(at),
         bookonce.book_slot('bench', tstzrange(at, at + interval '1 hour'), 'user:' || $1, tenant => 'owned');
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap,
    ADD CONSTRAINT booking_no_overlap
    EXCLUDE USING gist (bookonce.slot_key(CASE tenant WHEN 'owned' THEN 0 ELSE resource_id END, unit, blocks)
        WITH OPERATOR(bookonce.&&))
    WHERE (bookonce.is_live(released_at));
\set VERBOSITY sqlstate
EXECUTE book_bench(13);
ROLLBACK;
-- .. and two may share the same bench.
BEGIN;
ALTER TABLE bookonce.booking DROP CONSTRAINT booking_no_overlap,
    ADD CONSTRAINT booking_no_overlap
    EXCLUDE USING gist (bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&))
    WHERE (bookonce.is_live(released_at) AND tenant <> 'owned');
EXECUTE book_bench(12);
\set VERBOSITY terse
ROLLBACK;

-- A column has its default, and from then on SQL inserts; an index refuses in its own name there, too.
ALTER TABLE bookonce.booking ADD COLUMN branch text NOT NULL DEFAULT 'Paris';
EXECUTE book(13);
EXECUTE book(13);
SELECT branch, count(*) FROM bookonce.booking WHERE tenant = 'owned' GROUP BY branch;
CREATE UNIQUE INDEX one_a_holder ON bookonce.booking (tenant, holder) WHERE holder = 'user:14';
UPDATE bookonce.booking SET holder = 'user:14' WHERE tenant = 'owned' AND holder = 'user:13';
EXECUTE book(14);
DROP INDEX bookonce.one_a_holder;
EXECUTE book(14);
ALTER TABLE bookonce.booking DROP COLUMN branch;
EXECUTE book(15);

SELECT count(*), count(DISTINCT during) FROM bookonce.booking WHERE tenant = 'owned';
DROP TABLE bookonce.seen;
DROP FUNCTION bookonce.note;
RESET SESSION AUTHORIZATION;
