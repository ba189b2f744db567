-- What is wholly over goes, a batch at a time; a key is good while any row of its call stands.
CREATE ROLE sweeping_app;
SELECT bookonce.grant_usage('sweeping_app');
SELECT bookonce.define_resource('old:' || r, capacity => 3, tenant => 'old') FROM generate_series(1, 3) AS r;
\set during '\'[2020-01-06 09:00+00, 2020-01-06 10:00+00)\''
\set later '\'[2040-01-06 09:00+00, 2040-01-06 10:00+00)\''
CREATE FUNCTION pg_temp.rows_left() RETURNS TABLE (what text, rows bigint) LANGUAGE sql AS $$
    SELECT 'booking', count(*) FROM bookonce.booking WHERE tenant = 'old'
    UNION ALL SELECT 'request', count(*) FROM bookonce.request WHERE tenant = 'old'
    UNION ALL SELECT 'position', count(*) FROM bookonce."position" WHERE tenant = 'old'
    UNION ALL SELECT 'offer', count(*) FROM bookonce.offer WHERE tenant = 'old'
    UNION ALL SELECT 'counter_entry', count(*) FROM bookonce.counter_entry WHERE tenant = 'old'
$$;

-- Alone: over; over and cancelled; cancelled, but its time is still to come; a hold that lapses later; still to come.
SELECT outcome FROM bookonce.book_slot('old:1', :during, 'ann', idempotency_key => 'over', tenant => 'old');
SELECT (SELECT outcome FROM bookonce.cancel_booking(booking_id, tenant => 'old'))
FROM bookonce.book_slot('old:1', :during, 'ann', tenant => 'old');
SELECT (SELECT outcome FROM bookonce.cancel_booking(booking_id, tenant => 'old'))
FROM bookonce.book_slot('old:1', :later, 'ann', idempotency_key => 'cancelled', tenant => 'old');
SELECT outcome FROM bookonce.book_slot('old:1', :during, 'ann', hold_for => '1 hour', tenant => 'old');
SELECT outcome FROM bookonce.book_slot('old:1', :later, 'ann', tenant => 'old');

-- Together: a party that is over, and a series that still runs.
SELECT outcome FROM bookonce.book_slot('old:2', :during, 'ben', quantity => 3, idempotency_key => 'party',
    tenant => 'old');
CREATE FUNCTION pg_temp.book_series() RETURNS SETOF bookonce.booking_answer LANGUAGE sql AS $$
    SELECT * FROM bookonce.book_slots(
        ARRAY(SELECT ('old:3', t, 1, NULL, NULL, NULL)::bookonce.slot_request
              FROM unnest(bookonce.repeat_slots('[2020-01-06 09:00+00, 2020-01-06 10:00+00)', '10 years', 3, 'UTC'))
                  AS t),
        holder => 'eve', idempotency_key => 'series', tenant => 'old')
$$;
SELECT outcome, replayed, during FROM pg_temp.book_series();

-- Dispatch: a request that is over, with what was accepted and released; one whose booking was moved to a day to come.
CREATE FUNCTION pg_temp.dispatch(requester text) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    request uuid;
BEGIN
    SELECT request_id INTO request
    FROM bookonce.open_request('[2020-01-07 09:00+00, 2020-01-07 10:00+00)', 2, requester, tenant => 'old');
    RETURN QUERY
        SELECT a.booking_id
        FROM bookonce.make_offers(request, ARRAY['old:1', 'old:2'], tenant => 'old') AS o,
             bookonce.accept_offer(o.offer_id, o.provider, tenant => 'old') AS a;
    PERFORM bookonce.release_position(request, 'old:2', tenant => 'old');
END
$$;
SELECT count(*) FROM pg_temp.dispatch('over');
SELECT outcome FROM pg_temp.dispatch('moved') WITH ORDINALITY AS d(booking_id, n),
    bookonce.reschedule_booking(d.booking_id, '[2040-01-07 09:00+00, 2040-01-07 10:00+00)', tenant => 'old')
WHERE d.n = 1;

-- Counters: all entries but the last.
SELECT bookonce.define_counter('balance', tenant => 'old');
SELECT value FROM generate_series(1, 4) AS k, bookonce.adjust_counter('balance', 1, 'k' || k, tenant => 'old');
SELECT * FROM pg_temp.rows_left();

-- Nothing was over a year ago, for all of it was made today.
SELECT bookonce.delete_old(now() - interval '1 year');
BEGIN;
SELECT bookonce.delete_old(clock_timestamp(), at_most => 1) > 0 AS some;
SELECT * FROM pg_temp.rows_left();
ROLLBACK;
SELECT bookonce.delete_old(clock_timestamp()) > 0 AS some;
SELECT * FROM pg_temp.rows_left();
SELECT bookonce.delete_old(clock_timestamp()) AS none_is_left;

-- The keys of what stands are good, and the rest is sound.
SELECT outcome, replayed, during FROM pg_temp.book_series();
SELECT outcome, replayed FROM bookonce.book_slot('old:1', :later, 'ann', idempotency_key => 'cancelled',
    tenant => 'old');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('balance', 1, 'k4', tenant => 'old');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('balance', 1, 'k5', tenant => 'old');
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'old';

-- Bad input, and who may.
\set VERBOSITY sqlstate
SELECT bookonce.delete_old(NULL);
SELECT bookonce.delete_old(now() + interval '1 day');
SELECT bookonce.delete_old('infinity');
SELECT bookonce.delete_old('-infinity') AS before_all_time;
SELECT bookonce.delete_old(now(), 0);
SELECT bookonce.delete_old(now(), NULL);
BEGIN READ ONLY;
SELECT bookonce.delete_old(now());
ROLLBACK;
SET ROLE sweeping_app;
SELECT bookonce.delete_old(now());
RESET ROLE;
DROP OWNED BY sweeping_app;
DROP ROLE sweeping_app;
