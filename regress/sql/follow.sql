-- follow: the rows of a table that an ORM writes are bookings, from the statement on that writes them.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
CREATE SCHEMA orm;
SET search_path = orm, public;
CREATE TABLE "Booking" (
    id serial PRIMARY KEY, "userId" integer, "startTime" timestamptz, "endTime" timestamptz,
    status text NOT NULL DEFAULT 'accepted', title text);
SELECT * FROM bookonce.follow_table('"Booking"', $$'user:' || "userId"::text$$, '"startTime"', '"endTime"',
    live_when => $$status = 'accepted'$$, tenant => 'orm');
CREATE FUNCTION pg_temp.book(who integer, start timestamptz, status text DEFAULT 'accepted')
    RETURNS integer LANGUAGE sql AS $$
    INSERT INTO orm."Booking" ("userId", "startTime", "endTime", status) VALUES (who, start, start + interval '1 hour',
        status) RETURNING id
$$;
-- What is live in the table, and in the mirror; no rows: they agree.
CREATE FUNCTION pg_temp.differences(rows regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT coalesce(v.row_key, b.booking_id::text)
        FROM (SELECT * FROM %s WHERE is_live AND resource IS NOT NULL AND during IS NOT NULL) AS v
        FULL JOIN (SELECT l.*, r.resource FROM bookonce.booking AS l JOIN bookonce.resource AS r USING (resource_id)
                   WHERE bookonce.followed_table_number(l.booking_id) = %s AND l.group_id IS DISTINCT FROM l.booking_id)
                       AS b USING (booking_id)
        WHERE (v.resource, v.during, v.holder) IS DISTINCT FROM (b.resource, b.during, b.holder)
          AND coalesce(v.quantity, 1) = 1 AND b.group_id IS NULL ORDER BY 1', rows, substr(rows::text, 24));
END
$$;
SELECT pg_temp.book(1, '2030-01-07 09:00');
SELECT resource, unit, during, holder, status FROM bookonce.live_booking WHERE tenant = 'orm';

-- ORM against ORM, and against a verb, both ways.
SELECT pg_temp.book(1, '2030-01-07 09:30');
SELECT outcome, busy FROM bookonce.book_slot('user:1', '[2030-01-07 09:30+00, 2030-01-07 10:30+00)', 'ben',
    tenant => 'orm');
SELECT outcome FROM bookonce.book_slot('user:1', '[2030-01-07 11:00+00, 2030-01-07 12:00+00)', 'ben', tenant => 'orm');
SELECT pg_temp.book(1, '2030-01-07 11:00');
SELECT bookonce.free_time('user:1', '[2030-01-07 08:00+00, 2030-01-07 13:00+00)', tenant => 'orm');

-- A refused row writes nothing, not even an empty page.
SELECT pg_relation_size('bookonce.booking') AS size \gset
INSERT INTO "Booking" VALUES (0, 1, '2030-01-07 09:30', '2030-01-07 10:30');
SELECT pg_relation_size('bookonce.booking') = :size AS keeps_its_size;

-- A refused statement leaves nothing; rows of one statement exclude each other.
INSERT INTO "Booking" ("userId", "startTime", "endTime")
    VALUES (1, '2030-01-07 14:00', '2030-01-07 15:00'), (1, '2030-01-07 14:30', '2030-01-07 15:30');
INSERT INTO "Booking" ("userId", "startTime", "endTime")
    SELECT 2, start, start + interval '1 hour' FROM generate_series(timestamptz '2030-01-08 08:00', '2030-01-08 17:00',
        '1 hour') AS start;
SELECT count(*) FROM "Booking";
SELECT pg_temp.differences('bookonce.followed_rows_1');

-- A day moves by an hour, and back; two rows change places; each row by itself would be in the way of another.
UPDATE "Booking" SET "startTime" = "startTime" + interval '1 hour', "endTime" = "endTime" + interval '1 hour'
    WHERE "userId" = 2;
UPDATE "Booking" SET "startTime" = "startTime" - interval '1 hour', "endTime" = "endTime" - interval '1 hour'
    WHERE "userId" = 2;
UPDATE "Booking" AS b SET "startTime" = o."startTime", "endTime" = o."endTime"
    FROM "Booking" AS o WHERE b."userId" = 2 AND o."userId" = 2
        AND (b."startTime", o."startTime") IN (('2030-01-08 08:00', '2030-01-08 17:00'),
            ('2030-01-08 17:00', '2030-01-08 08:00'));
SELECT pg_temp.differences('bookonce.followed_rows_1');
UPDATE "Booking" SET "userId" = 1, "startTime" = '2030-01-07 09:15' WHERE "startTime" = '2030-01-08 12:00';

-- Only what takes time is judged: a title writes no booking, and neither does a row that is not live.
SELECT array_agg(b.xmin::text ORDER BY b.booking_id) AS before FROM bookonce.booking AS b WHERE b.tenant = 'orm' \gset
UPDATE "Booking" SET title = 'again';
SELECT array_agg(b.xmin::text ORDER BY b.booking_id) = :'before'::text[] AS untouched FROM bookonce.booking AS b
    WHERE b.tenant = 'orm';

-- Requires confirmation: two pendings, one accepted. Then it is given back, and the other may have it; the id stays.
SELECT pg_temp.book(3, '2030-01-07 09:00', 'pending') AS first, pg_temp.book(3, '2030-01-07 09:30', 'pending')
    AS second \gset
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:3';
UPDATE "Booking" SET status = 'accepted' WHERE id = :first;
SELECT booking_id AS was FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:3' \gset
UPDATE "Booking" SET status = 'accepted' WHERE id = :second;
UPDATE "Booking" SET status = 'cancelled' WHERE id = :first;
UPDATE "Booking" SET status = 'accepted' WHERE id = :second;
UPDATE "Booking" SET status = 'accepted' WHERE id = :first;
DELETE FROM "Booking" WHERE id = :second;
UPDATE "Booking" SET status = 'accepted' WHERE id = :first;
SELECT booking_id = :'was' AS same_id FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:3';

-- COPY, upserts, a key that changes, TRUNCATE.
COPY "Booking" ("userId", "startTime", "endTime") FROM stdin (DELIMITER ',');
4,2030-01-07 09:00+00,2030-01-07 10:00+00
4,2030-01-07 10:00+00,2030-01-07 11:00+00
\.
COPY "Booking" ("userId", "startTime", "endTime") FROM stdin (DELIMITER ',');
5,2030-01-07 09:00+00,2030-01-07 10:00+00
4,2030-01-07 10:30+00,2030-01-07 11:30+00
\.
INSERT INTO "Booking" (id, "userId", "startTime", "endTime")
    SELECT id, 4, "startTime" + interval '3 hours', "endTime" + interval '3 hours' FROM "Booking" WHERE "userId" = 4
    ON CONFLICT (id) DO UPDATE SET "startTime" = EXCLUDED."startTime", "endTime" = EXCLUDED."endTime";
UPDATE "Booking" SET id = id + 100 WHERE "userId" = 4;
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:4' ORDER BY during;
SELECT pg_temp.differences('bookonce.followed_rows_1');

-- No resource, no time, a time that ends before it starts: nothing is booked. An infinite one is refused.
INSERT INTO "Booking" ("userId", "startTime", "endTime")
    VALUES (NULL, '2030-01-07 09:00', '2030-01-07 10:00'), (6, NULL, '2030-01-07 10:00'),
        (6, '2030-01-07 10:00', '2030-01-07 09:00'), (6, '2030-01-07 10:00', '2030-01-07 10:00');
INSERT INTO "Booking" ("userId", "startTime", "endTime") VALUES (6, '2030-01-07 09:00', 'infinity');
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:6';

-- A trigger of the application's changes the statement's rows again before its end: what they are then is booked.
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.title = 'delete' THEN
        DELETE FROM "Booking" WHERE id = NEW.id;
    ELSIF NEW.title = 'cancel' THEN
        UPDATE "Booking" SET status = 'cancelled', title = '' WHERE id = NEW.id;
    ELSIF NEW.title = 'longer' THEN
        UPDATE "Booking" SET "endTime" = "endTime" + interval '1 hour', title = '' WHERE id = NEW.id;
    ELSIF NEW.title = 'note' THEN
        UPDATE "Booking" SET title = 'noted' WHERE id = NEW.id;
    ELSIF NEW.title = 'twin' THEN
        INSERT INTO "Booking" ("userId", "startTime", "endTime")
            VALUES (NEW."userId" + 1, NEW."startTime", NEW."endTime");
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER meddle AFTER INSERT OR UPDATE ON "Booking" FOR EACH ROW EXECUTE FUNCTION meddle();
INSERT INTO "Booking" ("userId", "startTime", "endTime", title)
    SELECT 50, start, start + interval '1 hour', what
    FROM unnest(ARRAY['delete', 'cancel', 'longer', 'note', 'twin', 'plain']) WITH ORDINALITY AS w(what, n),
        LATERAL (SELECT '2030-02-01 08:00'::timestamptz + n * interval '3 hours') AS at(start);
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm' AND resource LIKE 'user:5_' ORDER BY 1, 2;
UPDATE "Booking" SET "startTime" = "startTime" + interval '15 minutes', "endTime" = "endTime" + interval '15 minutes',
    title = CASE title WHEN 'plain' THEN 'delete' WHEN 'noted' THEN 'longer' WHEN 'twin' THEN 'cancel' ELSE '' END
    WHERE "userId" = 50;
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm' AND resource LIKE 'user:5_' ORDER BY 1, 2;
SELECT pg_temp.differences('bookonce.followed_rows_1');
DROP TRIGGER meddle ON "Booking";
DROP FUNCTION meddle;
DELETE FROM "Booking" WHERE "userId" IN (50, 51);

-- It books again what the statement has just un-booked, or deleted: the row is not in its own way. A start that stays
-- needs no notice, here either.
CREATE FUNCTION regret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO "Booking" SELECT (OLD).*;
    ELSIF NEW.title = 'back' THEN
        UPDATE "Booking" SET status = 'accepted', title = '' WHERE id = NEW.id;
    ELSIF NEW.title = 'longer' THEN
        UPDATE "Booking" SET "endTime" = "endTime" + interval '1 hour', title = '' WHERE id = NEW.id;
    ELSIF NEW.title = 'next' THEN
        UPDATE "Booking" SET status = 'accepted' WHERE "userId" = NEW."userId" AND status = 'pending';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER regret AFTER UPDATE OR DELETE ON "Booking" FOR EACH ROW EXECUTE FUNCTION regret();
SELECT pg_temp.book(52, '2030-02-01 08:00'), pg_temp.book(52, '2030-02-01 10:00');
UPDATE "Booking" SET status = 'cancelled', title = 'back' WHERE "userId" = 52;
DELETE FROM "Booking" WHERE "userId" = 52;
SELECT pg_temp.differences('bookonce.followed_rows_1');
SELECT bookonce.define_resource('user:52', min_notice => '100 years', tenant => 'orm');
UPDATE "Booking" SET title = 'longer', "endTime" = "endTime" - interval '10 minutes' WHERE "userId" = 52;
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:52' ORDER BY 1, 2;
-- Another row is refused what the statement frees, because it is not freed yet. A trigger that is deferred, or that
-- comes after ours by its name FOR EACH STATEMENT, may give it away.
SELECT pg_temp.book(53, '2030-02-01 08:00'), pg_temp.book(53, '2030-02-01 08:30', 'pending');
UPDATE "Booking" SET status = 'cancelled', title = 'next' WHERE "userId" = 53 AND status = 'accepted';
DROP TRIGGER regret ON "Booking";
CREATE CONSTRAINT TRIGGER regret AFTER UPDATE ON "Booking" DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.title = 'next' AND NEW.status <> 'accepted') EXECUTE FUNCTION regret();
UPDATE "Booking" SET status = 'cancelled', title = 'next' WHERE "userId" = 53 AND status = 'accepted';
DROP TRIGGER regret ON "Booking";
DROP FUNCTION regret;
CREATE FUNCTION promote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "Booking" SET status = 'accepted' WHERE "userId" = 53 AND status = 'pending';
    RETURN NULL;
END $$;
CREATE TRIGGER promote AFTER DELETE ON "Booking" FOR EACH STATEMENT EXECUTE FUNCTION promote();
UPDATE "Booking" SET status = 'pending' WHERE "userId" = 53 AND status = 'cancelled';
DELETE FROM "Booking" WHERE "userId" = 53 AND status = 'accepted';
DROP TRIGGER promote ON "Booking";
DROP FUNCTION promote;
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:53' ORDER BY 1, 2;
SELECT pg_temp.differences('bookonce.followed_rows_1');
DELETE FROM "Booking" WHERE "userId" IN (52, 53);

-- What the expressions need stays; a column may get another name.
ALTER TABLE "Booking" DROP COLUMN status;
ALTER TABLE "Booking" ALTER COLUMN "userId" TYPE bigint;
ALTER TABLE "Booking" RENAME COLUMN "userId" TO "hostId";
INSERT INTO "Booking" ("hostId", "startTime", "endTime") VALUES (4, '2030-01-07 13:00', '2030-01-07 14:00');
ALTER TABLE "Booking" RENAME COLUMN "hostId" TO "userId";
DROP TABLE "Booking";

SELECT relation, resource, starts, ends, live_when, rules, is_followed FROM bookonce.followed_tables;
TRUNCATE "Booking";
SELECT resource, during FROM bookonce.live_booking WHERE tenant = 'orm';

-- A row whose booking was left behind, while a trigger was disabled, comes again: on a resource without rules too.
SELECT pg_temp.book(8, '2030-01-07 09:00') AS again \gset
ALTER TABLE "Booking" DISABLE TRIGGER bookonce_follow_delete;
DELETE FROM "Booking" WHERE id = :again;
ALTER TABLE "Booking" ENABLE TRIGGER bookonce_follow_delete;
INSERT INTO "Booking" (id, "userId", "startTime", "endTime") VALUES (:again, 8, '2030-01-08 09:00', '2030-01-08 10:00');

-- No trace is left.
SELECT pg_temp.book(7, '2030-01-07 09:00');
-- A guard beside it would refuse what the mirror allows, as a shift of a day.
\set SHOW_CONTEXT never
SELECT bookonce.guard_table('"Booking"', '"userId"', '"startTime"', '"endTime"', how => 'online');
\set SHOW_CONTEXT errors
SELECT bookonce.unfollow_table('"Booking"');
SELECT bookonce.unfollow_table('"Booking"');
SELECT pg_temp.book(7, '2030-01-07 09:30');
SELECT count(*) AS bookings FROM bookonce.live_booking WHERE tenant = 'orm' AND resource = 'user:7';
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = '"Booking"'::regclass;
SELECT to_regclass('bookonce.followed_rows_1'), (SELECT count(*) FROM bookonce.followed_tables);
DROP TABLE "Booking";
DROP SCHEMA orm;
