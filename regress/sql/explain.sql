-- explain_slot: every rule that would refuse a slot now, that which book_slot() answers first, and what is in the way,
-- as times only.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
\set monday '\'[2031-01-06 09:00, 2031-01-06 10:00)\''
SELECT bookonce.define_resource('plain', tenant => 'explain'),
       bookonce.define_resource('pool', 2, '10 minutes', '20 minutes', tenant => 'explain'),
       bookonce.define_resource('strict', min_notice => '36500 days', max_ahead => '1 day',
           max_duration => '30 minutes', tenant => 'explain'),
       bookonce.define_resource('limited', tenant => 'explain'),
       bookonce.set_booking_limit('limited', 'day', 1, tenant => 'explain'),
       bookonce.set_opening_hours('strict', 1, '{09:30}', '{12:00}', tenant => 'explain');

-- Nothing is in the way.
SELECT * FROM bookonce.explain_slot('plain', :monday, tenant => 'explain');
-- What is taken: only the times, not whose, and those of the buffers.
SELECT outcome FROM bookonce.book_slot('plain', '[2031-01-06 09:30, 2031-01-06 11:00)', 'ann', tenant => 'explain');
SELECT * FROM bookonce.explain_slot('plain', :monday, tenant => 'explain');
SELECT outcome, busy FROM bookonce.book_slot('plain', :monday, 'ben', tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('pool', '[2031-01-06 10:05, 2031-01-06 11:00)', 'ann', 2, tenant => 'explain');
SELECT * FROM bookonce.explain_slot('pool', :monday, tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('pool', :monday, 'ben', tenant => 'explain');
SELECT * FROM bookonce.explain_slot('pool', '[2031-01-06 08:00, 2031-01-06 09:00)', 2, tenant => 'explain');
-- A hold that has lapsed is in nobody's way.
SELECT booking_id FROM bookonce.book_slot('plain', '[2031-01-07 09:00, 2031-01-07 10:00)', 'ann',
    hold_for => '1 microsecond', tenant => 'explain') \gset
SELECT * FROM bookonce.explain_slot('plain', '[2031-01-07 09:00, 2031-01-07 10:00)', tenant => 'explain');

-- All rules that refuse it, and what each one would want.
SELECT outcome, rule, times, since, until FROM bookonce.explain_slot('strict', :monday, tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('strict', :monday, 'ann', tenant => 'explain');
SELECT outcome, rule, times FROM bookonce.explain_slot('strict', '[2031-01-06 09:30, 2031-01-06 10:00)',
    tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('strict', '[2031-01-06 09:30, 2031-01-06 10:00)', 'ann', tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('limited', :monday, 'ann', tenant => 'explain');
SELECT * FROM bookonce.explain_slot('limited', '[2031-01-06 12:00, 2031-01-06 13:00)', tenant => 'explain');
SELECT outcome FROM bookonce.book_slot('limited', '[2031-01-06 12:00, 2031-01-06 13:00)', 'ann', tenant => 'explain');

-- It reads, and writes nothing.
BEGIN READ ONLY;
SELECT outcome FROM bookonce.explain_slot('plain', :monday, tenant => 'explain');
COMMIT;
\set VERBOSITY sqlstate
SELECT * FROM bookonce.explain_slot('nothing', :monday, tenant => 'explain');
SELECT * FROM bookonce.explain_slot('plain', :monday);
SELECT * FROM bookonce.explain_slot('plain', :monday, 2, tenant => 'explain');
SELECT * FROM bookonce.explain_slot('plain', :monday, 0, tenant => 'explain');
SELECT * FROM bookonce.explain_slot('plain', 'empty', tenant => 'explain');
SELECT * FROM bookonce.explain_slot('plain', '[2031-01-06 09:00,)', tenant => 'explain');
SELECT * FROM bookonce.explain_slot(NULL, :monday, tenant => 'explain');
\set VERBOSITY default
RESET SESSION AUTHORIZATION;
DELETE FROM bookonce.booking WHERE tenant = 'explain';
