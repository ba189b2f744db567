-- json.sql
--   Calls and answers as JSON, for drivers that know neither ranges nor composite types. None of these sees any data.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.times_to_jsonb(answer jsonb, during tstzrange, busy tstzmultirange) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT (answer - 'during') || jsonb_build_object('starts_at', lower(during), 'ends_at', upper(during))
        || CASE WHEN answer ? 'busy' THEN jsonb_build_object('busy', (
            SELECT jsonb_agg(jsonb_build_object('starts_at', lower(b.busy), 'ends_at', upper(b.busy)) ORDER BY b.busy)
            FROM unnest(busy) AS b(busy))) ELSE '{}' END
$json$;
COMMENT ON FUNCTION bookonce.times_to_jsonb(jsonb, tstzrange, tstzmultirange) IS
    'part of to_jsonb(): an answer with starts_at and ends_at in place of ranges';

CREATE FUNCTION bookonce.to_jsonb(answer bookonce.booking_answer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT bookonce.times_to_jsonb(pg_catalog.to_jsonb(answer), answer.during, answer.busy)
$json$;
COMMENT ON FUNCTION bookonce.to_jsonb(bookonce.booking_answer) IS
    'the answer as plain JSON: starts_at and ends_at for during, and for busy an array of them';

CREATE FUNCTION bookonce.to_jsonb(answer bookonce.request_answer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT bookonce.times_to_jsonb(pg_catalog.to_jsonb(answer), answer.during, NULL)
$json$;
COMMENT ON FUNCTION bookonce.to_jsonb(bookonce.request_answer) IS
    'the answer as plain JSON: starts_at and ends_at for during';

CREATE FUNCTION bookonce.to_jsonb(answer bookonce.reschedule_answer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT bookonce.times_to_jsonb(pg_catalog.to_jsonb(answer), answer.during, answer.busy)
$json$;
COMMENT ON FUNCTION bookonce.to_jsonb(bookonce.reschedule_answer) IS
    'the answer as plain JSON: starts_at and ends_at for during, and for busy an array of them';

CREATE FUNCTION bookonce.to_jsonb(answer bookonce.closure_answer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT bookonce.times_to_jsonb(pg_catalog.to_jsonb(answer), answer.during, answer.busy)
$json$;
COMMENT ON FUNCTION bookonce.to_jsonb(bookonce.closure_answer) IS
    'the answer as plain JSON: starts_at and ends_at for during (null: for good), and for busy an array of them';

CREATE FUNCTION bookonce.to_jsonb(answer bookonce.waiter_answer) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
    SELECT bookonce.times_to_jsonb(pg_catalog.to_jsonb(answer), answer.during, NULL)
$json$;
COMMENT ON FUNCTION bookonce.to_jsonb(bookonce.waiter_answer) IS
    'the answer as plain JSON: starts_at and ends_at for during';

-- What is not understood is refused: a name that was misspelt, or a time that each session would read by its own zone.
CREATE FUNCTION bookonce.slots_from_json(slots jsonb) RETURNS bookonce.slot_request[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $json$
DECLARE
    example CONSTANT text := 'A valid value is, for example, '
        '[{"resource": "room:1", "starts_at": "2026-01-31T09:00:00Z", "ends_at": "2026-01-31T10:00:00Z"}].';
    times CONSTANT text[] := '{starts_at,ends_at}';
    texts CONSTANT text[] := '{resource,starts_at,ends_at,holder,idempotency_key}';
    made bookonce.slot_request[] := '{}';
    slot jsonb;
    wrong text;
BEGIN
    IF slots IS NULL THEN
        RAISE null_value_not_allowed USING MESSAGE = 'slots must not be null', HINT = example;
    END IF;
    IF jsonb_typeof(slots) <> 'array' THEN
        RAISE invalid_parameter_value USING MESSAGE = 'slots must be a JSON array', HINT = example;
    END IF;
    FOR slot IN SELECT e.value FROM jsonb_array_elements(slots) WITH ORDINALITY AS e(value, n) ORDER BY e.n
    LOOP
        IF jsonb_typeof(slot) <> 'object' THEN
            RAISE invalid_parameter_value USING MESSAGE = 'an element of slots must be a JSON object', HINT = example;
        END IF;
        SELECT m.key INTO wrong FROM jsonb_each(slot) AS m
        WHERE m.key <> ALL (texts || '{quantity,details}'::text[])
           OR (m.key = ANY (texts) AND jsonb_typeof(m.value) NOT IN ('string', 'null'))
           OR (m.key = 'quantity' AND jsonb_typeof(m.value) NOT IN ('number', 'null'))
           OR (m.key = ANY (times) AND slot ->> m.key !~* ':\d\d(\.\d+)? ?(z|[+-]\d\d(:?\d\d)?)$')
        LIMIT 1;
        IF FOUND THEN
            RAISE invalid_parameter_value USING
                MESSAGE = CASE WHEN wrong = ANY (times)
                    THEN format('%s of an element of slots must be an instant with its zone', wrong)
                               WHEN wrong = ANY (texts || '{quantity}'::text[])
                                   THEN format('%s of an element of slots is of another type', wrong)
                               ELSE format('an element of slots has a member "%s", which is not known', wrong) END,
                HINT = example;
        END IF;
        IF slot ->> 'starts_at' IS NULL OR slot ->> 'ends_at' IS NULL THEN
            RAISE null_value_not_allowed USING
                MESSAGE = 'starts_at and ends_at of an element of slots must not be null', HINT = example;
        END IF;
        made := made || ROW(slot ->> 'resource', tstzrange((slot ->> 'starts_at')::timestamptz,
            (slot ->> 'ends_at')::timestamptz),
                            (slot ->> 'quantity')::integer, slot ->> 'holder', slot ->> 'idempotency_key',
                            nullif(slot -> 'details', 'null'))::bookonce.slot_request;
    END LOOP;
    RETURN made;
END
$json$;
COMMENT ON FUNCTION bookonce.slots_from_json(jsonb) IS
    'the slots of book_slots(), of an array of {resource, starts_at, ends_at, quantity, holder, idempotency_key, '
    'details}';
