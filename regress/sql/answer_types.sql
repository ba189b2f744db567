-- answer_types: SQL's types may change under a session that has the library, by an update or by hand. A call then says
-- so, and does not answer a row that is not what it seems. What is as before again works again.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
SELECT bookonce.define_resource('typed', tenant => 'types'), bookonce.define_counter('typed', tenant => 'types');
CREATE FUNCTION pg_temp.hour(n integer) RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT tstzrange(t, t + '1 hour') FROM (SELECT timestamptz '2030-09-02 00:00+00' + n * interval '1 hour' AS t) AS x
$$;

-- A call that answers each of the types, and one that reads slot_request.
CREATE FUNCTION pg_temp.answers() RETURNS TABLE (verb text, said text) LANGUAGE plpgsql AS $$
DECLARE
    call text;
    detail text;
BEGIN
    FOREACH call IN ARRAY ARRAY[
        $q$ book_slot('typed', pg_temp.hour(1), 'ann', idempotency_key => 'k', tenant => 'types') $q$,
        $q$ book_slots(ARRAY[jsonb_populate_record(NULL::bookonce.slot_request, jsonb_build_object(
            'resource', 'typed', 'during', pg_temp.hour(2), 'holder', 'ann', 'idempotency_key', 'k2'))],
            all_or_nothing => false, tenant => 'types') $q$,
        $q$ claim('email', 'ann', 'ann', tenant => 'types') $q$,
        $q$ adjust_counter('typed', 1, 'k', tenant => 'types') $q$,
        $q$ open_request(pg_temp.hour(3), 1, 'bob', idempotency_key => 'k', tenant => 'types') $q$,
        $q$ make_offers((SELECT request_id FROM bookonce.request WHERE tenant = 'types'), ARRAY['typed'],
            tenant => 'types') $q$,
        $q$ withdraw_offer((SELECT offer_id FROM bookonce.offer WHERE tenant = 'types' LIMIT 1), tenant => 'types') $q$]
    LOOP
        verb := substring(call FROM '\w+');
        BEGIN
            EXECUTE 'SELECT a.outcome FROM bookonce.' || call || ' AS a' INTO said;
        EXCEPTION WHEN others THEN
            GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
            said := concat_ws(' ', SQLSTATE, CASE WHEN SQLSTATE = 'OB008' THEN coalesce(nullif(detail, ''), SQLERRM)
                END);
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.answers();

-- An attribute more: a newer bookonce. Dropped again, its column stays behind, empty.
ALTER TYPE bookonce.booking_answer ADD ATTRIBUTE note text;
ALTER TYPE bookonce.claim_answer ADD ATTRIBUTE note text;
ALTER TYPE bookonce.counter_answer ADD ATTRIBUTE note text;
ALTER TYPE bookonce.request_answer ADD ATTRIBUTE note text;
ALTER TYPE bookonce.offer_answer ADD ATTRIBUTE note text;
ALTER TYPE bookonce.slot_request ADD ATTRIBUTE note text;
SELECT * FROM pg_temp.answers();
\set VERBOSITY default
SELECT outcome FROM bookonce.claim('email', 'ann', 'ann', tenant => 'types');
\set VERBOSITY terse
ALTER TYPE bookonce.booking_answer DROP ATTRIBUTE note;
ALTER TYPE bookonce.claim_answer DROP ATTRIBUTE note;
ALTER TYPE bookonce.counter_answer DROP ATTRIBUTE note;
ALTER TYPE bookonce.request_answer DROP ATTRIBUTE note;
ALTER TYPE bookonce.offer_answer DROP ATTRIBUTE note;
ALTER TYPE bookonce.slot_request DROP ATTRIBUTE note;
SELECT * FROM pg_temp.answers();
SELECT outcome, replayed, resource, units, status, busy
FROM bookonce.book_slot('typed', pg_temp.hour(1), 'ben', tenant => 'types');
SELECT * FROM bookonce.claim('email', 'ann', 'ann', tenant => 'types');

-- An attribute less, at the end: an older bookonce, whose callers do not ask for it.
BEGIN;
ALTER TYPE bookonce.booking_answer DROP ATTRIBUTE busy;
ALTER TYPE bookonce.slot_request DROP ATTRIBUTE details;
SELECT * FROM bookonce.book_slot('typed', pg_temp.hour(1), 'ben', tenant => 'types');
SELECT outcome, resource, units
FROM bookonce.book_slots(ARRAY[('typed', pg_temp.hour(4), 1, 'eve', 'k4')]::bookonce.slot_request[],
    all_or_nothing => false, tenant => 'types');
SELECT holder, details FROM bookonce.booking WHERE tenant = 'types' AND idempotency_key = 'k4';
ROLLBACK;

-- In between, another name, another type: not ours.
BEGIN;
ALTER TYPE bookonce.booking_answer DROP ATTRIBUTE units;
ALTER TYPE bookonce.claim_answer RENAME ATTRIBUTE claimant TO owner;
ALTER TYPE bookonce.counter_answer ALTER ATTRIBUTE value TYPE numeric;
ALTER TYPE bookonce.request_answer ALTER ATTRIBUTE status TYPE text;
ALTER TYPE bookonce.offer_answer RENAME ATTRIBUTE wave TO round;
ALTER TYPE bookonce.slot_request ALTER ATTRIBUTE quantity TYPE bigint;
SELECT * FROM pg_temp.answers();
ROLLBACK;
SELECT * FROM pg_temp.answers();

-- A label under another name: an error of the calls that need it.
BEGIN;
ALTER TYPE bookonce.outcome RENAME VALUE 'taken' TO 'busy';
SELECT outcome
FROM bookonce.book_slot('typed', pg_temp.hour(1), 'ann', idempotency_key => 'k', tenant => 'types');
SAVEPOINT before;
SELECT outcome FROM bookonce.book_slot('typed', pg_temp.hour(1), 'ben', tenant => 'types');
ROLLBACK TO before;
ALTER TYPE bookonce.outcome RENAME VALUE 'busy' TO 'taken';
SELECT outcome FROM bookonce.book_slot('typed', pg_temp.hour(1), 'ben', tenant => 'types');
\set VERBOSITY sqlstate
ROLLBACK;
BEGIN;
ALTER TYPE bookonce.request_state RENAME VALUE 'open' TO 'opened';
ALTER TYPE bookonce.offer_state RENAME VALUE 'withdrawn' TO 'gone';
SELECT * FROM pg_temp.answers() WHERE verb ~ 'request|offer';
ROLLBACK;

-- A verb of the owner's own making that returns something else.
SELECT format('CREATE FUNCTION pg_temp.own_claim_%s(text, text, text, jsonb, text) RETURNS %s LANGUAGE C AS %L, %L',
              n, type, probin, prosrc)
FROM pg_proc, unnest(ARRAY['integer', 'record', 'bookonce.counter_answer', 'bookonce.booking'])
    WITH ORDINALITY AS t(type, n)
WHERE oid = 'bookonce.claim(text,text,text,jsonb,interval,text)'::regprocedure \gexec
SELECT pg_temp.own_claim_1('email', 'ann', 'ann', NULL, 'types');
SELECT pg_temp.own_claim_2('email', 'ann', 'ann', NULL, 'types');
SELECT pg_temp.own_claim_3('email', 'ann', 'ann', NULL, 'types');
SELECT pg_temp.own_claim_4('email', 'ann', 'ann', NULL, 'types');
\set VERBOSITY default
SELECT * FROM pg_temp.answers();
