-- suggest: a refusal can be followed by the next slots that would be taken, as free_slots() lists them.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('hall', buffer_after => '15 minutes', tenant => 'next'),
    bookonce.set_opening_hours('hall', 1, '{09:00}', '{17:00}', tenant => 'next'),
    bookonce.set_opening_hours('hall', 2, '{09:00}', '{12:00}', tenant => 'next');
SELECT outcome FROM bookonce.book_slot('hall', '[2031-01-06 10:30, 2031-01-06 15:00)', 'ann', tenant => 'next');
-- The same length, from the start of the slot on, over nights and closed days; in steps of its length, or others.
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 4, step => '15 minutes',
    tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 100, '2031-01-07 10:00+00',
    tenant => 'next');
-- What is free itself comes first.
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 09:00, 2031-01-06 10:15)', 1, tenant => 'next');
-- With the refusal, in one statement; what is booked asks for nothing.
SELECT b.outcome, ARRAY(SELECT s FROM bookonce.suggest_slots(b.resource, b.during, 2, tenant => 'next') AS s
                        WHERE b.outcome <> 'booked')
FROM (VALUES (1, '[2031-01-06 12:00, 2031-01-06 13:00)'), (2, '[2031-01-06 16:00, 2031-01-06 17:00)'))
        AS v(n, during),
    LATERAL bookonce.book_slot('hall', v.during::tstzrange, 'ben', tenant => 'next') AS b
ORDER BY v.n;

-- Far away, and not farther than asked.
SELECT count(*) FROM bookonce.close_resource('{hall}', '[2031-01-01, 2031-02-10)', tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 2, tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 2, '2031-03-01', tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 2, '2031-01-01', tenant => 'next');
SELECT * FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 2, '-infinity', tenant => 'next');
SELECT count(*) FROM bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 10000, 'infinity',
    tenant => 'next');
-- A grid of a second has many slots: so many are tried as may be, and no more.
SELECT bookonce.define_resource('clock', start_every => '1 second', tenant => 'next');
SELECT count(*) FROM bookonce.close_resource('{clock}', '[2031-01-01 00:00, 2031-01-01 02:00)', tenant => 'next'),
    bookonce.suggest_slots('clock', '[2031-01-01 00:00, 2031-01-01 00:01)', 1, tenant => 'next');
SELECT count(*) FROM bookonce.close_resource('{clock}', '[2031-01-01 02:00, 2031-01-03 00:00)', tenant => 'next');
SELECT count(*) FROM bookonce.suggest_slots('clock', '[2031-01-01 00:00, 2031-01-01 00:01)', 1, tenant => 'next');

-- Nothing that is over, also where the past could be booked.
SELECT bookonce.define_resource('lawn', tenant => 'next');
SELECT count(*), bool_and(lower(s) > now() - interval '2 minutes' AND date_part('second', lower(s)) = 0
    AND upper(s) - lower(s) = interval '1 minute')
FROM bookonce.suggest_slots('lawn', '[2020-01-01 00:00, 2020-01-01 00:01)', tenant => 'next') AS s;
SELECT lower(s) = now() FROM bookonce.suggest_slots('lawn', tstzrange(now(), now() + interval '1 hour'), 1,
    tenant => 'next') AS s;

-- Stays keep their nights, and days with another length are nights too. 2031-03-30 is the end of winter time in Paris.
SELECT bookonce.define_resource('house', time_zone => 'Europe/Paris', min_duration => '2 days', tenant => 'next'),
    bookonce.set_starts('house', '{15:00}', tenant => 'next'),
    bookonce.set_ends('house', '{10:00}', tenant => 'next');
SELECT outcome FROM bookonce.book_slot('house', '[2031-03-26 15:00+01, 2031-03-28 10:00+01)', 'ann', tenant => 'next');
SELECT s, upper(s) - lower(s) AS length
FROM bookonce.suggest_slots('house', '[2031-03-26 15:00+01, 2031-03-28 10:00+01)', tenant => 'next') AS s;
-- A few hours over midnight are no night, also where ends are fixed; twelve are one.
SELECT bookonce.define_resource('bar', time_zone => 'Europe/Paris', tenant => 'next'),
    bookonce.set_ends('bar', '{01:00,03:00,05:00,10:00}', tenant => 'next');
SELECT outcome FROM bookonce.book_slot('bar', '[2031-01-06 23:00+01, 2031-01-07 01:00+01)', 'ann', tenant => 'next');
SELECT s FROM bookonce.suggest_slots('bar', '[2031-01-06 23:00+01, 2031-01-07 01:00+01)', 3, tenant => 'next') AS s;
SELECT s FROM bookonce.suggest_slots('bar', '[2031-01-06 22:00+01, 2031-01-07 10:00+01)', 2, tenant => 'next') AS s;

-- Who may not book a slot is not offered it: limits and the line count, too.
SELECT bookonce.define_resource('gym', 2, tenant => 'next'),
    bookonce.set_booking_limit('gym', 'day', 1, tenant => 'next');
SELECT outcome FROM bookonce.book_slot('gym', '[2031-01-06 10:00, 2031-01-06 11:00)', 'ann', tenant => 'next');
SELECT * FROM bookonce.suggest_slots('gym', '[2031-01-06 10:00, 2031-01-06 11:00)', 1, tenant => 'next');
SELECT * FROM bookonce.suggest_slots('gym', '[2031-01-06 10:00, 2031-01-06 11:00)', 1, quantity => 2, tenant => 'next');
SELECT bookonce.define_resource('class', tenant => 'next'), bookonce.set_waitlist('class', true, tenant => 'next');
SELECT b.outcome, w.outcome
FROM bookonce.book_slot('class', '[2031-01-06 10:00, 2031-01-06 11:00)', 'ann', tenant => 'next') AS b,
    LATERAL bookonce.join_waitlist('class', '[2031-01-06 10:00, 2031-01-06 13:00)', 'zoe', tenant => 'next') AS w;
SELECT * FROM bookonce.suggest_slots('class', '[2031-01-06 10:00, 2031-01-06 11:00)', 1, tenant => 'next');

-- Wrong calls.
SELECT complaint($$SELECT bookonce.suggest_slots('nowhere', '[2031-01-06 10:00, 2031-01-06 11:00)')$$),
    complaint($$SELECT bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', 0, tenant => 'next')$$),
    complaint($$SELECT bookonce.suggest_slots('hall', 'empty', tenant => 'next')$$),
    complaint($$SELECT bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', step => '0',
        tenant => 'next')$$),
    complaint($$SELECT bookonce.suggest_slots('hall', '[2031-01-06 10:00, 2031-01-06 11:00)', quantity => 2,
        tenant => 'next')$$);
RESET SESSION AUTHORIZATION;
