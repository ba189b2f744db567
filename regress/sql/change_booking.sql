-- change_booking: another holder, or other details. A holder's own calls find no booking of another.
SET datestyle = ISO;
SET timezone = UTC;
PREPARE lapse(uuid) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = $1;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('loft', capacity => 2, tenant => 'change');
SELECT booking_id AS ann FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'ann',
    details => '{"a": 1}', idempotency_key => 'loft:1', tenant => 'change') \gset
CREATE TEMP VIEW the_booking AS SELECT holder, details, resource, during, status FROM bookonce.live_booking
    WHERE booking_id = :'ann';

-- What is null stays; the rest of the booking does, too.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, group_id, resource, units, during, status,
    lapses_at, busy
FROM bookonce.change_booking(:'ann', 'ben', tenant => 'change');
TABLE the_booking;
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', details => '{"b": [2]}', tenant => 'change');
TABLE the_booking;
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', 'cleo', 'null', tenant => 'change');
TABLE the_booking;
-- So already: a replay, which writes nothing.
BEGIN;
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.change_booking(:'ann', 'cleo', tenant => 'change');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.change_booking(:'ann', NULL, 'null', tenant => 'change');
SELECT outcome, replayed, pg_current_xact_id_if_assigned() IS NULL AS nothing_written
    FROM bookonce.change_booking(:'ann', 'cleo', 'null', tenant => 'change');
COMMIT;
-- Half of it is so.
SELECT outcome, replayed FROM bookonce.change_booking(:'ann', 'cleo', '{}', tenant => 'change');
TABLE the_booking;
-- The key belongs to the call that made the booking, in that call's words.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking
    FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'ann', details => '{"a": 1}',
    idempotency_key => 'loft:1', tenant => 'change');
SELECT outcome FROM bookonce.book_slot('loft', '[2030-10-01 09:00, 2030-10-01 10:00)', 'cleo', details => '{}',
    idempotency_key => 'loft:1', tenant => 'change');
-- Details where there were none.
SELECT booking_id AS bare FROM bookonce.book_slot('loft', '[2030-10-02 09:00, 2030-10-02 10:00)', 'dan',
    tenant => 'change') \gset
SELECT outcome, replayed FROM unnest(ARRAY[1, 2]) AS n, LATERAL bookonce.change_booking(:'bare',
    details => CASE WHEN n > 0 THEN '[1]' END::jsonb, tenant => 'change');
SELECT holder, details FROM bookonce.live_booking WHERE booking_id = :'bare';

-- A unit of a party is a booking of its own.
SELECT group_id AS party FROM bookonce.book_slot('loft', '[2030-10-03 09:00, 2030-10-03 10:00)', 'party', quantity => 2,
    tenant => 'change') \gset
SELECT outcome, units FROM bookonce.live_booking AS l, bookonce.change_booking(l.booking_id, 'guest',
    tenant => 'change') WHERE l.group_id = :'party' AND l.unit = 2;
SELECT unit, holder FROM bookonce.live_booking WHERE group_id = :'party' ORDER BY unit;

-- A hold is live until its end. What is over is not changed, and says why.
SELECT booking_id AS hold FROM bookonce.book_slot('loft', '[2030-10-04 09:00, 2030-10-04 10:00)', 'eve',
    hold_for => '1 hour', tenant => 'change') \gset
SELECT outcome, status, lapses_at IS NOT NULL AS has_end
    FROM bookonce.change_booking(:'hold', 'fay', tenant => 'change');
RESET SESSION AUTHORIZATION;
EXECUTE lapse(:'hold');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, replayed, status FROM bookonce.change_booking(:'hold', 'gus', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'hold', 'fay', tenant => 'change');
SELECT outcome FROM bookonce.cancel_booking(:'bare', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'bare', 'gus', tenant => 'change');
SELECT outcome, replayed, status FROM bookonce.change_booking(:'bare', 'dan', tenant => 'change');
RESET SESSION AUTHORIZATION;
SELECT holder, details FROM bookonce.booking WHERE booking_id IN (:'hold', :'bare') ORDER BY holder;

-- A trigger of the owner's that keeps the row as it is.
CREATE FUNCTION keep_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep_it BEFORE UPDATE OF holder ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION keep_it();
SELECT bookonce.change_booking(:'ann', 'nobody', tenant => 'change');
DROP TRIGGER keep_it ON bookonce.booking;
DROP FUNCTION keep_it();
SET SESSION AUTHORIZATION regress_app;

-- Bad input.
SELECT bookonce.change_booking(NULL, 'ann');
\set VERBOSITY default
SELECT bookonce.change_booking(:'ann', tenant => 'change');
\set VERBOSITY terse
SELECT bookonce.change_booking(:'ann', '', tenant => 'change');
SELECT bookonce.change_booking(:'ann', repeat('x', 256), tenant => 'change');
SELECT bookonce.change_booking(:'ann', 'ann', tenant => NULL);
\set VERBOSITY sqlstate
SELECT bookonce.change_booking(:'ann', 'ann');
\set VERBOSITY terse
SELECT bookonce.change_booking('00000000-0000-0000-0000-000000000000', 'ann', tenant => 'change');
BEGIN READ ONLY;
SELECT bookonce.change_booking(:'ann', 'ann', tenant => 'change');
ROLLBACK;
TABLE the_booking;

-- A holder's own calls: another's booking is as unknown as one that never existed, in the same words, and stays as it
-- is.
SELECT booking_id AS own FROM bookonce.book_slot('loft', '[2030-10-05 09:00, 2030-10-05 10:00)', 'hal',
    hold_for => '1 hour', tenant => 'change') \gset
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.said(call text, id text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE 'SELECT outcome || CASE WHEN replayed THEN '' again'' ELSE '''' END FROM bookonce.' || replace(call, 'ID',
        id) INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || replace(SQLERRM, id, 'ID');
END
$$;
SELECT c.call, pg_temp.said(c.call, :'own') AS anothers,
       pg_temp.said(c.call, :'own') = pg_temp.said(c.call, '01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d') AS as_if_it_never_was
FROM unnest(ARRAY['confirm_booking(''ID'', false, ''eve'', tenant => ''change'')',
    'extend_hold(''ID'', ''2 hours'', ''eve'', tenant => ''change'')',
                  'cancel_booking(''ID'', NULL, ''eve'', tenant => ''change'')',
                  'reschedule_booking(''ID'', ''[2030-10-06 09:00, 2030-10-06 10:00)'', NULL, ''eve'', tenant => ''change'')',
                  'reschedule_booking(''ID'', ''[2030-10-06 09:00, 2030-10-06 10:00)'', ''no such'', ''eve'', tenant => ''change'')',
                  'cancel_booking(''ID'', holder => ''HAL'', tenant => ''change'')',
                  'cancel_booking(''ID'', holder => '''', tenant => ''change'')']) WITH ORDINALITY AS c(call, n)
                      ORDER BY n;
SELECT holder, status, lower(during) AS starts FROM bookonce.live_booking WHERE booking_id = :'own';
-- One's own, and without a holder anybody's.
SELECT c.call, pg_temp.said(c.call, :'own')
FROM unnest(ARRAY['extend_hold(''ID'', ''2 hours'', ''hal'', tenant => ''change'')',
    'extend_hold(''ID'', ''1 hour'', ''hal'', tenant => ''change'')',
                  'confirm_booking(''ID'', false, ''hal'', tenant => ''change'')',
                  'confirm_booking(''ID'', false, ''hal'', tenant => ''change'')',
                  'reschedule_booking(''ID'', ''[2030-10-06 09:00, 2030-10-06 10:00)'', NULL, ''hal'', tenant => ''change'')',
                  'change_booking(''ID'', ''ida'', tenant => ''change'')',
                  'cancel_booking(''ID'', ''ill'', ''hal'', tenant => ''change'')',
                  'cancel_booking(''ID'', ''ill'', ''ida'', tenant => ''change'')',
                  'cancel_booking(''ID'', ''ill'', ''hal'', tenant => ''change'')',
                  'cancel_booking(''ID'', NULL, ''ida'', tenant => ''change'')',
                  'cancel_booking(''ID'', tenant => ''change'')',
                  'confirm_booking(''ID'', false, ''ida'', tenant => ''change'')']) WITH ORDINALITY AS c(call, n) ORDER BY n;
