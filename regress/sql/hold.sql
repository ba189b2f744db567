-- hold: a booking that lapses by itself unless it is confirmed in time. Time passes here by moving a hold's end, as the
-- tables' owner; the clock itself moves in t/clock.pl.
SET datestyle = ISO;
SET timezone = UTC;
-- What the owner does to let a holder's hold lapse.
PREPARE lapse(text) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE holder = $1 AND status = 'held';
PREPARE row_of(text) AS
    SELECT status, lapses_at = '2020-01-01' AS lapsed, released_at = lapses_at AS released_when_it_lapsed,
        reason
    FROM bookonce.booking WHERE holder = $1 ORDER BY during;

-- A hold takes the slot like any booking, and says until when.
SET SESSION AUTHORIZATION regress_app;
SELECT booking_id AS ann FROM bookonce.book_slot('room:1', '[2030-02-04 09:00, 2030-02-04 10:00)', 'ann',
    hold_for => '10 minutes', idempotency_key => 'ann') \gset
SELECT outcome, replayed, status, lapses_at BETWEEN now() + '9 minutes' AND clock_timestamp() + '10 minutes'
    AS lapses_in_time
FROM bookonce.book_slot('room:1', '[2030-02-04 09:00, 2030-02-04 10:00)', 'ann', hold_for => '10 minutes',
    idempotency_key => 'ann');
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-02-04 09:00, 2030-02-04 10:00)', 'bob',
    hold_for => '10 minutes');
SELECT holder, status, lapses_at > now() AS lapses_later FROM bookonce.live_booking
    WHERE during && '[2030-02-04, 2030-02-05)';

-- Extending sets a new end, from now, and never shortens: asking for less is answered, and changes nothing.
SELECT outcome, replayed, status, lapses_at > now() + '50 minutes' AS longer
    FROM bookonce.extend_hold(:'ann', '1 hour');
SELECT outcome, replayed, status, lapses_at > now() + '50 minutes' AS longer
    FROM bookonce.extend_hold(:'ann', '1 minute');

-- Confirming makes it permanent; again is a replay. After that there is no hold to extend.
SELECT outcome, replayed, booking_id = :'ann' AS same_booking, resource, units, during, status, lapses_at
    FROM bookonce.confirm_booking(:'ann');
SELECT outcome, replayed, status, lapses_at FROM bookonce.confirm_booking(:'ann');
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'ann', '1 hour');
RESET SESSION AUTHORIZATION;
SELECT status, lapses_at FROM bookonce.booking WHERE holder = 'ann'; -- confirmed: never
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'ann');
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-02-04 09:00, 2030-02-04 10:00)', 'bob');

-- A booking made without hold_for needs no confirmation: confirming it is a replay.
SELECT booking_id AS cid FROM bookonce.book_slot('room:1', '[2030-02-05 09:00, 2030-02-05 10:00)', 'cid') \gset
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'cid');

-- Cancelling gives the time back, with a reason to keep; again is a replay and keeps the first reason. Nothing revives
-- it.
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'cid', 'ill');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'cid', 'another reason');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'cid');
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'cid', '1 hour');
SELECT count(*) AS live FROM bookonce.live_booking WHERE holder = 'cid';
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-02-05 09:00, 2030-02-05 10:00)', 'dan');
RESET SESSION AUTHORIZATION;
EXECUTE row_of('cid');

-- A hold can be cancelled before it lapses.
SET SESSION AUTHORIZATION regress_app;
SELECT booking_id AS eve FROM bookonce.book_slot('room:1', '[2030-02-06 09:00, 2030-02-06 10:00)', 'eve',
    hold_for => '1 hour') \gset
SELECT outcome, replayed, status, lapses_at FROM bookonce.cancel_booking(:'eve');

-- A lapsed hold is over at once, though no sweeper has run: not live, not to be confirmed, extended or cancelled.
SELECT booking_id AS fay FROM bookonce.book_slot('room:1', '[2030-02-07 09:00, 2030-02-07 10:00)', 'fay',
    hold_for => '1 hour', idempotency_key => 'fay') \gset
RESET SESSION AUTHORIZATION;
EXECUTE lapse('fay');
SET SESSION AUTHORIZATION regress_app;
SELECT count(*) AS live FROM bookonce.live_booking WHERE holder = 'fay';
SELECT outcome, replayed, status, lapses_at FROM bookonce.confirm_booking(:'fay');
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'fay', '1 hour');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'fay');
-- Its own key tells what became of it: it was booked, and it lapsed. The caller books again, with a new key.
SELECT outcome, replayed, status
FROM bookonce.book_slot('room:1', '[2030-02-07 09:00, 2030-02-07 10:00)', 'fay', hold_for => '1 hour',
    idempotency_key => 'fay');
RESET SESSION AUTHORIZATION;
EXECUTE row_of('fay');

-- A call that needs the slot releases it, as of the instant it lapsed. Payment that arrives now is refused: no second
-- booking.
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-02-07 09:30, 2030-02-07 10:30)', 'gus');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'fay');
RESET SESSION AUTHORIZATION;
EXECUTE row_of('fay');

-- A booking that needs several lapsed holds releases them all; beside a live one it is refused, and only that one is
-- told.
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM generate_series(9, 12) AS h,
    bookonce.book_slot('room:1', tstzrange(timestamptz '2030-02-08' + make_interval(hours => h),
        timestamptz '2030-02-08' + make_interval(hours => h + 1)),
                       CASE h WHEN 11 THEN 'ida' ELSE 'hal' END, hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
EXECUTE lapse('hal');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-02-08 09:00, 2030-02-08 13:00)', 'joe');
RESET SESSION AUTHORIZATION;
EXECUTE row_of('hal');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome, busy FROM bookonce.book_slot('room:1', '[2030-02-08 09:00, 2030-02-08 11:00)', 'joe');
RESET SESSION AUTHORIZATION;
EXECUTE row_of('hal');

-- The sweeper marks what lapsed, at most this many in one call, and leaves live bookings alone.
SELECT bookonce.expire_holds() AS left_from_above;
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM generate_series(9, 11) AS h,
    bookonce.book_slot('room:2', tstzrange(timestamptz '2030-02-09' + make_interval(hours => h),
        timestamptz '2030-02-09' + make_interval(hours => h + 1)), 'kim', hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
EXECUTE lapse('kim');
SET SESSION AUTHORIZATION regress_app;
SELECT outcome FROM bookonce.book_slot('room:2', '[2030-02-09 12:00, 2030-02-09 13:00)', 'kim', hold_for => '1 hour');
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds(2), bookonce.expire_holds(2), bookonce.expire_holds(2);
EXECUTE row_of('kim');

-- A hold that is shorter than its own insert lapses at once: the call ends, and the slot is free.
SET SESSION AUTHORIZATION regress_app;
SET statement_timeout = '60s';
SELECT outcome FROM bookonce.book_slot('room:2', '[2030-02-10 09:00, 2030-02-10 10:00)', 'lea',
    hold_for => '1 microsecond');
SELECT outcome FROM bookonce.book_slots(ARRAY[
    ROW('room:1', '[2030-02-10 09:00, 2030-02-10 10:00)', NULL, NULL, NULL, NULL),
    ROW('room:2', '[2030-02-10 10:00, 2030-02-10 11:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'lea',
        hold_for => '1 microsecond');
SELECT outcome FROM bookonce.book_slot('room:2', '[2030-02-10 09:00, 2030-02-10 11:00)', 'mia');
RESET statement_timeout;
RESET SESSION AUTHORIZATION;
SELECT bookonce.expire_holds();
