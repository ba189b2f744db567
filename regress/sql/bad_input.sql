-- bad_input: each malformed argument of each verb, by SQLSTATE, and that nothing was written. The wording is in errors.
SET datestyle = ISO;
SET timezone = UTC;
SELECT count(*) AS bookings FROM bookonce.booking \gset before_
SELECT count(*) AS resources FROM bookonce.resource \gset before_

SET SESSION AUTHORIZATION regress_app;
-- What a call raises; 'none' when it succeeds.
-- Every text argument of every verb, with each kind of bad text; '%s' is where it goes.
CREATE TEMP TABLE text_argument (n serial, argument text, call text);
INSERT INTO text_argument (argument, call) VALUES
    ('define_resource resource', 'SELECT bookonce.define_resource(%s)'),
    ('define_resource tenant', 'SELECT bookonce.define_resource(''room:1'', tenant => %s)'),
    ('book_slot resource', 'SELECT bookonce.book_slot(%s, ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'')'),
    ('book_slot holder', 'SELECT bookonce.book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', %s)'),
    ('book_slot tenant', 'SELECT bookonce.book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', tenant => %s)'),
    ('confirm_booking tenant', 'SELECT bookonce.confirm_booking(gen_random_uuid(), tenant => %s)'),
    ('extend_hold tenant', 'SELECT bookonce.extend_hold(gen_random_uuid(), ''1 hour'', tenant => %s)'),
    ('cancel_booking tenant', 'SELECT bookonce.cancel_booking(gen_random_uuid(), tenant => %s)'),
    -- NULL stands for none in these two.
    ('book_slot idempotency_key',
        'SELECT bookonce.book_slot(''no such room'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', idempotency_key => %s)'),
    ('cancel_booking reason', 'SELECT bookonce.cancel_booking(gen_random_uuid(), reason => %s)');
SELECT argument,
       raised(format(call, 'NULL')) AS "null",
       raised(format(call, '''''')) AS empty,
       raised(format(call, 'repeat(''x'', 256)')) AS long,
       raised(format(call, 'repeat(''x'', 1024 * 1024)')) AS "1 MB",
       raised(format(call, 'repeat(U&''\00e9'', 128)')) AS "256 bytes",
       raised(format(call, 'chr(9)')) AS tab,
       raised(format(call, '''a'' || chr(10)')) AS newline,
       raised(format(call, 'chr(1) || ''a''')) AS "0x01",
       raised(format(call, 'chr(31)')) AS "0x1f",
       raised(format(call, '''a'' || chr(127)')) AS del,
       raised(format(call, '''a'' || chr(128)')) AS "0x80",
       raised(format(call, '''a'' || chr(133) || ''b''')) AS next_line,
       raised(format(call, 'chr(159)')) AS "0x9f"
FROM text_argument ORDER BY n;

-- Ranges that are no time, or could never be compared.
SELECT during, raised(format('SELECT bookonce.book_slot(''room:1'', %L, ''user:1'')', during)) AS raised
FROM unnest(ARRAY[NULL, 'empty', '[2030-04-02 09:00, 2030-04-02 09:00)', '(2030-04-02 09:00, 2030-04-02 09:00]',
    '[2030-04-02 10:00, 2030-04-02 09:00)',
                  '(,)', '[2030-04-02 09:00,)', '(,2030-04-02 09:00)', '[-infinity, infinity]',
                  '[2030-04-02 09:00, infinity)',
                  '[-infinity, 2030-04-02 09:00)', '[infinity, infinity]', '2030-04-02', '']) WITH ORDINALITY
                      AS r(during, n)
ORDER BY n;

-- What Unicode does not call a control character stays: a space that does not break, letters, an ideograph, a smile.
SELECT outcome, replayed FROM bookonce.claim('unicode', U&'\00a0\00e9\0142\4e16\+01f600', 'user:1',
    tenant => U&'\00a0');

-- Other brackets than [start, end), wherever a time is given. The hint shows the caller's own times.
SELECT call, raised('SELECT bookonce.' || replace(call, '%', quote_literal(during))) AS raised, during
FROM unnest(ARRAY['book_slot(''room:1'', %, ''user:1'')', 'book_any_slot(''{room:1}'', %, ''user:1'')',
                  'book_slots(ARRAY[(''room:1'', %::tstzrange, 1, NULL, NULL, NULL)]::bookonce.slot_request[], ''user:1'')',
                  'reschedule_booking(gen_random_uuid(), %)', 'open_request(%, 1, ''user:1'')',
                  'free_time(''room:1'', %)',
                  'free_slots(''room:1'', %, ''1 hour'')', 'repeat_slots(%, ''1 day'', 3, ''UTC'')']) WITH ORDINALITY
                      AS c(call, n),
     unnest(ARRAY['[2030-04-02 09:00, 2030-04-02 10:00]', '(2030-04-02 09:00, 2030-04-02 10:00)',
         '(2030-04-02 09:00, 2030-04-02 10:00]']) AS d(during)
ORDER BY n, during;
\set VERBOSITY default
SELECT bookonce.book_slot('room:1', '[2030-04-02 09:00, 2030-04-02 10:00]', 'user:1');
SET timezone = 'Asia/Tokyo';
SELECT bookonce.free_time('room:1', '(2030-04-02 09:00+00, 2030-04-02 10:00+00)');
SELECT bookonce.book_slots(ARRAY[('room:1', '[2030-04-02 09:00, 2030-04-02 09:00]', 1, NULL, NULL,
    NULL)]::bookonce.slot_request[], 'user:1');
SET timezone = UTC;
\set VERBOSITY terse

-- Holds that would not last, or would last forever. '1 month -31 days' has no sign of its own: the server's clock
-- tells.
SELECT hold_for, raised(format('SELECT bookonce.book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', hold_for => %L)', hold_for)) AS book_slot,
       raised(format('SELECT bookonce.extend_hold(gen_random_uuid(), %L)', hold_for)) AS extend_hold
FROM unnest(ARRAY['0', '-1 second', '-1 month', '1 month -31 days', '-1 microsecond', '300000 years', 'soon'])
    WITH ORDINALITY AS h(hold_for, n)
ORDER BY n;

-- The other arguments.
SELECT call, raised('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY[
    'define_resource(''room:1'', NULL)', 'define_resource(''room:1'', 0)', 'define_resource(''room:1'', -1)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', quantity => NULL)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', quantity => 0)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', quantity => -1)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', quantity => 2)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', allow_overlap => NULL)',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', details => ''no json'')',
    'confirm_booking(NULL)', 'extend_hold(NULL, ''1 hour'')', 'extend_hold(gen_random_uuid(), NULL)',
    'cancel_booking(NULL)',
    'confirm_booking(''no uuid'')']) WITH ORDINALITY AS c(call, n)
ORDER BY n;

-- What is well formed and unknown. A refusal by the clock does not hide that the resource is unknown.
SELECT call, raised('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY[
    'book_slot(''no such room'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'')',
    'book_slot(''no such room'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', allow_overlap => true)',
    'book_slot(''no such room'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', idempotency_key => ''bad'')',
    'book_slot(''no such room'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', valid_until => ''2001-01-01'')',
    'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'', tenant => ''no such tenant'')',
    'confirm_booking(gen_random_uuid())', 'extend_hold(gen_random_uuid(), ''1 hour'')',
    'cancel_booking(gen_random_uuid())']) WITH ORDINALITY AS c(call, n)
ORDER BY n;

-- A read-only transaction: each verb says so itself, before any work.
BEGIN READ ONLY;
SELECT call, raised('SELECT bookonce.' || call) AS raised
FROM unnest(ARRAY[
    'define_resource(''room:1'')', 'book_slot(''room:1'', ''[2030-04-02 09:00, 2030-04-02 10:00)'', ''user:1'')',
    'confirm_booking(gen_random_uuid())', 'extend_hold(gen_random_uuid(), ''1 hour'')',
    'cancel_booking(gen_random_uuid())']) WITH ORDINALITY AS c(call, n)
ORDER BY n;
ROLLBACK;

-- The sweeper, as its owner.
RESET SESSION AUTHORIZATION;
\set VERBOSITY sqlstate
BEGIN READ ONLY;
SELECT bookonce.expire_holds();
ROLLBACK;
SELECT bookonce.expire_holds(NULL);
SELECT bookonce.expire_holds(0);

-- Nothing was written.
SELECT count(*) - :before_bookings AS new_bookings FROM bookonce.booking;
SELECT count(*) - :before_resources AS new_resources FROM bookonce.resource;
