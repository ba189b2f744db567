-- max_wait.sql
--   How long a call may wait. That it ends while another transaction still keeps it waiting is in t/interrupted.pl.
-- SPDX-License-Identifier: PostgreSQL
\set VERBOSITY default

-- What is no length of time to wait.
SELECT bookonce.define_resource('wait', tenant => 'wait');
SELECT bookonce.book_slot('wait', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', max_wait => '-1 second',
    tenant => 'wait');
SELECT bookonce.cancel_request(gen_random_uuid(), max_wait => '1 month', tenant => 'wait');
SELECT bookonce.claim('email', 'ann@example.org', 'ann', max_wait => '36501 days', tenant => 'wait');

-- A call that need not wait is answered, also when it may not.
SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann', max_wait => '0',
    tenant => 'wait');
SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ben', max_wait => '0',
    tenant => 'wait');
SELECT outcome FROM bookonce.claim('email', 'ann@example.org', 'ann', max_wait => '1 minute', tenant => 'wait');
SHOW lock_timeout;

-- It is one deadline for all of the call, whose end is no later when the call has much to do. What was caught is over:
-- nothing of it meets what the caller does next, long after the deadline.
CREATE FUNCTION pg_temp.attempt(call text, outlive interval DEFAULT '0') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    over timestamptz := clock_timestamp() + outlive;
    said text;
    state text;
    hint text;
BEGIN
    BEGIN
        EXECUTE call INTO said;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT;
        said := state || ' ' || hint;
    END;
    WHILE clock_timestamp() <= over LOOP
    END LOOP;
    PERFORM count(*) FROM pg_class;
    RETURN said;
END
$$;
SELECT pg_temp.attempt($$SELECT count(*) FROM bookonce.book_slots(ARRAY(
    SELECT ROW('wait', tstzrange(at, at + '1 minute'), NULL, NULL, NULL, NULL)::bookonce.slot_request
    FROM generate_series('2030-06-01', '2030-06-02', '1 minute'::interval) AS at), 'ann',
    max_wait => '1 microsecond', tenant => 'wait')$$);
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'wait';
SELECT pg_temp.attempt($$SELECT bookonce.book_slot('nowhere', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann',
    max_wait => '1 second', tenant => 'wait')$$, '1.1 seconds');
SELECT pg_temp.attempt($$SELECT bookonce.book_slot('nowhere', '[2030-05-06 09:00, 2030-05-06 10:00)', 'ann',
    max_wait => '0', tenant => 'wait')$$);
SHOW lock_timeout;
-- The same behind a call that was answered.
SELECT pg_temp.attempt($$SELECT outcome FROM bookonce.release_claim('email', 'ann@example.org', 'ann',
    max_wait => '1 second', tenant => 'wait')$$, '1.1 seconds');

-- Deadlines that pass at any instant of a call, its end and an error of its own included: it is answered or ends with
-- 55P03 or that error, and neither the rest of the statement nor the next one is cancelled.
DO $$
DECLARE
    deadline interval;
BEGIN
    FOR n IN 1 .. 2000 LOOP
        deadline := make_interval(secs => n / 4000000.0);
        BEGIN
            PERFORM bookonce.release_claim('email', 'nobody', 'ann', max_wait => deadline, tenant => 'wait');
        EXCEPTION WHEN lock_not_available THEN
        END;
        BEGIN
            PERFORM bookonce.confirm_booking(gen_random_uuid(), max_wait => deadline, tenant => 'wait');
        EXCEPTION WHEN lock_not_available OR SQLSTATE 'OB003' THEN
        END;
    END LOOP;
END
$$;

-- A trigger of the owner's calls another verb: the earlier deadline counts, and the outer one counts again behind it.
CREATE FUNCTION pg_temp.trigger_that_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookonce.adjust_counter('made', 1, max_wait => CASE NEW.holder WHEN 'short' THEN '1 microsecond'::interval
        ELSE '1 hour' END, tenant => 'wait')
    FROM generate_series(1, CASE WHEN NEW.holder = 'short' THEN 1000 ELSE 1 END);
    RETURN NEW;
EXCEPTION WHEN lock_not_available THEN
    RAISE NOTICE 'the counter was given up';
    RETURN NEW;
END
$$;
SELECT bookonce.define_counter('made', tenant => 'wait');
CREATE TRIGGER counts BEFORE INSERT ON bookonce.booking FOR EACH ROW
    WHEN (NEW.tenant = 'wait') EXECUTE FUNCTION pg_temp.trigger_that_counts();
SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-07 09:00, 2030-05-07 10:00)', 'short', max_wait => '1 hour',
    tenant => 'wait');
SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-08 09:00, 2030-05-08 10:00)', 'long', max_wait => '0',
    tenant => 'wait');
SELECT pg_temp.attempt($$SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-09 09:00, 2030-05-09 10:00)', 'long',
    max_wait => '1 microsecond', tenant => 'wait')$$);
SELECT pg_temp.attempt($$SELECT outcome FROM bookonce.book_slot('wait', '[2030-05-10 09:00, 2030-05-10 10:00)', 'long',
    max_wait => '1 second', tenant => 'wait')$$, '1.1 seconds');
DROP TRIGGER counts ON bookonce.booking;
SELECT count(*) FROM bookonce.live_booking WHERE tenant = 'wait';
