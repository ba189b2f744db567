-- any: one of many resources, the first or the least booked that is free.
SET SESSION AUTHORIZATION regress_app;
SET datestyle = ISO;
SET timezone = UTC;
SELECT bookonce.define_resource(r) FROM unnest(ARRAY['desk:1', 'desk:2', 'desk:3']) AS r;
SELECT bookonce.define_resource('hall', 5);
SELECT bookonce.define_resource('short', max_duration => '30 minutes');
SELECT bookonce.define_resource('van', buffer_after => '30 minutes');

-- The first that is free, in the order given; taken only when none is. Nobody hears which of them is busy when.
SELECT n, outcome, booking_id IS NOT NULL AS has_id, resource, units, status, busy
FROM generate_series(1, 4) AS n, bookonce.book_any_slot(ARRAY['desk:2', 'desk:1', 'desk:3'],
    '[2030-08-01 09:00, 2030-08-01 10:00)', 'user:' || n);
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-01 10:00, 2030-08-01 11:00)', 'ann');
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['desk:1', 'desk:1'], '[2030-08-01 10:00, 2030-08-01 11:00)',
    'ann');

-- The least booked: by what is taken around the slot; a tie goes to the one named first (desk:1 has one more).
SELECT n, outcome, resource
FROM generate_series(1, 4) AS n,
    bookonce.book_any_slot(ARRAY['desk:1', 'desk:2', 'desk:3'], tstzrange('2030-08-01 15:00', '2030-08-01 16:00'),
        'user:' || n, pick => 'least_booked');
SELECT n, outcome, resource
FROM generate_series(1, 4) AS n,
    bookonce.book_any_slot(ARRAY['desk:1', 'desk:2', 'desk:3'], tstzrange('2030-08-01 20:00', '2030-08-01 21:00') ,
        'user:' || n, pick => 'least_booked', hold_for => '1 hour');

-- What counts is what lies around the slot, to the microsecond: not the many that desk:1 has at other times of the
-- year.
SELECT count(*) AS far_away
FROM unnest(ARRAY['2030-09-09 23:00', '2030-09-11 00:00', '2030-10-01 09:00', '2030-10-02 09:00']::timestamp[]) AS t,
    bookonce.book_slot('desk:1', tstzrange(t AT TIME ZONE 'UTC', t AT TIME ZONE 'UTC' + interval '1 hour'), 'ann') AS b
        WHERE b.outcome = 'booked';
SELECT outcome FROM bookonce.book_slot('desk:2', '[2030-09-10 23:59:59.999999, 2030-09-11 00:30)', 'ann');
SELECT outcome FROM bookonce.book_slot('desk:3', '[2030-09-10 00:00, 2030-09-10 00:00:00.000001)', 'ann');
SELECT outcome, resource
FROM bookonce.book_any_slot(ARRAY['desk:3', 'desk:2', 'desk:1'], '[2030-09-10 12:00, 2030-09-10 13:00)', 'ben',
    pick => 'least_booked');
-- What is live counts: not what was cancelled, nor a hold that has lapsed, nor what stands outside the guard. desk:1
-- has none of what counts, desk:2 one and desk:3 three, of which one was moved there and one was a hold. The statement
-- says the same.
SELECT c.outcome FROM bookonce.book_slot('desk:1', '[2030-10-10 09:00, 2030-10-10 10:00)', 'ann') AS b,
    bookonce.cancel_booking(b.booking_id) AS c;
SELECT outcome FROM bookonce.book_slot('desk:1', '[2030-10-10 10:00, 2030-10-10 11:00)', 'lapsed',
    hold_for => '1 hour');
SELECT outcome FROM bookonce.book_slot('desk:1', '[2030-10-10 11:00, 2030-10-10 12:00)', 'ann', allow_overlap => true);
SELECT outcome FROM bookonce.book_slot('desk:2', '[2030-10-10 09:00, 2030-10-10 10:00)', 'ann');
SELECT m.outcome, m.resource FROM bookonce.book_slot('desk:2', '[2030-10-10 11:00, 2030-10-10 12:00)', 'ann') AS b,
    bookonce.reschedule_booking(b.booking_id, '[2030-10-10 11:30, 2030-10-10 12:30)', 'desk:3') AS m;
SELECT c.outcome FROM bookonce.book_slot('desk:3', '[2030-10-10 09:00, 2030-10-10 10:00)', 'ann', hold_for => '1 hour')
    AS b,
    bookonce.confirm_booking(b.booking_id) AS c;
SELECT outcome FROM bookonce.book_slot('desk:3', '[2030-10-10 10:00, 2030-10-10 11:00)', 'ann', hold_for => '1 hour');
SELECT outcome FROM bookonce.book_slot('hall', '[2030-10-10 09:00, 2030-10-10 10:00)', 'ann', quantity => 2);
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'lapsed' AND status = 'held';
CREATE FUNCTION asked_in_order(resources text[], during tstzrange) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    chosen text[] := '{}';
    resource text;
BEGIN
    BEGIN
        LOOP
            SELECT b.resource INTO resource
            FROM bookonce.book_any_slot(resources, during, 'ben', pick => 'least_booked') AS b
                WHERE b.outcome = 'booked';
            EXIT WHEN resource IS NULL;
            chosen := chosen || resource;
        END LOOP;
        RAISE EXCEPTION USING errcode = 'P0001';
    EXCEPTION WHEN raise_exception THEN
        RETURN chosen;
    END;
END
$$;
SET bookonce.direct_insert = on;
SELECT direct, asked_in_order('{desk:3,desk:2,hall,desk:1,desk:2}', '[2030-10-10 20:00, 2030-10-10 21:00)'),
    set_config('bookonce.direct_insert', 'off', false) AS next
FROM generate_series(1, 2) AS n, LATERAL (SELECT current_setting('bookonce.direct_insert') AS direct OFFSET n - n) AS d;
SET bookonce.direct_insert = on;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT asked_in_order('{desk:3,desk:2,hall,desk:1,desk:2}', '[2030-10-10 20:00, 2030-10-10 21:00)');
ROLLBACK;
DROP FUNCTION asked_in_order(text[], tstzrange);
RESET bookonce.direct_insert;
SET SESSION AUTHORIZATION regress_app;
-- At both ends of time.
SELECT during.n, outcome, resource
FROM (VALUES (1, tstzrange('4500-01-01 BC', '4500-01-02 BC')),
    (2, tstzrange('147999-12-31 22:00', '147999-12-31 23:00'))) AS during(n, during),
    bookonce.book_any_slot(ARRAY['desk:1', 'desk:2'], during.during, 'ann', pick => 'least_booked');

-- Rules are asked of each: one that cannot have it is passed over. When none books, taken is said before a rule's
-- refusal.
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['short', 'van'], '[2030-08-04 09:00, 2030-08-04 10:00)',
    'ann');
SELECT outcome, resource, busy FROM bookonce.book_any_slot(ARRAY['short', 'van'],
    '[2030-08-04 10:00, 2030-08-04 11:00)', 'ann');
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['short'], '[2030-08-04 10:00, 2030-08-04 11:00)', 'ann');
-- A party goes where it fits.
SELECT outcome, resource, units, booking_id IS NULL AS named_by_its_group
    FROM bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-04 09:00, 2030-08-04 10:00)', 'ann', quantity => 3);
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-04 09:00, 2030-08-04 10:00)',
    'ann', quantity => 3);

-- A lapsed hold is passed on, not passed over.
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['desk:1', 'desk:2'], '[2030-08-05 09:00, 2030-08-05 10:00)',
    'fred', hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = 'fred' AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, resource FROM bookonce.book_any_slot(ARRAY['desk:1', 'desk:2'], '[2030-08-05 09:00, 2030-08-05 10:00)',
    'gina');

-- The same key again is the first answer, whichever is free now; it writes nothing.
SELECT outcome, replayed, resource, units FROM bookonce.book_any_slot(ARRAY['desk:1', 'hall'],
    '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann', idempotency_key => 'any:1');
BEGIN;
SELECT outcome, replayed, resource, units, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann',
    idempotency_key => 'any:1', valid_until => '2001-01-01');
SELECT outcome, replayed, resource, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann',
    valid_until => '2001-01-01');
SELECT outcome, replayed, resource, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_any_slot(ARRAY['desk:1', 'van'], '[2030-08-04 09:00, 2030-08-05 10:00)', 'ann',
    idempotency_key => 'any:2');
COMMIT;
\set VERBOSITY sqlstate
SELECT bookonce.book_any_slot(ARRAY['hall', 'desk:1'], '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann',
    idempotency_key => 'any:1');
SELECT bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann',
    pick => 'least_booked', idempotency_key => 'any:1');
SELECT bookonce.book_slot('hall', '[2030-08-05 09:00, 2030-08-05 10:00)', 'ann', idempotency_key => 'any:1');
\set VERBOSITY default

-- Bad input.
SELECT bookonce.book_any_slot(NULL, '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot('{}', '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot(ARRAY['desk:1', NULL], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot(ARRAY['desk:1', ''], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot((SELECT array_agg('desk:' || n) FROM generate_series(1, 1001) AS n),
    '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot(ARRAY['desk:1', 'desk:9'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann');
SELECT bookonce.book_any_slot(ARRAY['desk:1'], 'empty', 'ann');
SELECT bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-06 09:00, 2030-08-06 10:00)', NULL);
SELECT bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann', pick => 'best');
SELECT bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann', pick => NULL);
SELECT bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann', quantity => 0);
SELECT bookonce.book_any_slot(ARRAY['desk:1', 'hall'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann', quantity => 6);
SELECT bookonce.book_any_slot(ARRAY['desk:1'], '[2030-08-06 09:00, 2030-08-06 10:00)', 'ann', tenant => 'other');
SELECT count(*) AS written FROM bookonce.live_booking WHERE during && '[2030-08-06, 2030-08-07)';
-- One whose zone the server does not know cannot be judged. It is tried last: the call fails only if no other is free.
RESET SESSION AUTHORIZATION;
SELECT bookonce.define_resource(r, buffer_after => '5 minutes', tenant => 'lost')
FROM unnest('{lost,known}'::text[]) AS r;
UPDATE bookonce.resource SET time_zone = 'Atlantis/Capital' WHERE tenant = 'lost' AND resource = 'lost';
SELECT pick, outcome, resource FROM (VALUES ('first', '[2030-08-07 09:00, 2030-08-07 10:00)'),
        ('least_booked', '[2030-08-07 11:00, 2030-08-07 12:00)')) AS v(pick, during),
    LATERAL bookonce.book_any_slot('{lost,known,lost}', during::tstzrange, 'ann', pick, tenant => 'lost');
SELECT bookonce.book_any_slot('{lost,known}', '[2030-08-07 09:00, 2030-08-07 10:00)', 'ben', tenant => 'lost');
DELETE FROM bookonce.booking WHERE tenant = 'lost';
DELETE FROM bookonce.resource WHERE tenant = 'lost';
