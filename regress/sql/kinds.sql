-- kinds: a kind of booking has buffers and lengths of its own, in place of the resource's; what it leaves out is as the
-- resource has it.
SET datestyle = ISO;
SET timezone = UTC;
SET intervalstyle = postgres;
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.book(resource text, during tstzrange, kind text, key text DEFAULT NULL) RETURNS text
LANGUAGE sql AS $$
    SELECT concat_ws(' ', outcome, CASE WHEN replayed THEN 'replayed' END)
    FROM bookonce.book_slot(resource, during, 'ann', idempotency_key => key, kind => kind, tenant => 'salon') $$;
SELECT * FROM bookonce.list_kinds(tenant => 'salon');
-- A haircut takes 30 minutes, or an hour, and 10 minutes to clean up; a colouring has 15 before it; a talk needs none.
SELECT bookonce.define_kind('haircut', buffer_after => '10 minutes',
        durations => '{30 minutes,1 hour}', tenant => 'salon'),
    bookonce.define_kind('colour', '15 minutes', tenant => 'salon'),
    bookonce.define_kind('talk', '0', '0', tenant => 'salon'),
    bookonce.define_kind('haircut', tenant => 'other salon');
SELECT kind, buffer_before, buffer_after, durations FROM bookonce.list_kinds(tenant => 'salon');
SELECT kind FROM bookonce.list_kinds(1, 'colour', tenant => 'salon');

-- On a resource without rules.
SELECT bookonce.define_resource('chair', tenant => 'salon');
SELECT pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:45)', 'haircut') AS three_quarters,
    pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:20)', 'haircut') AS twenty,
    pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 11:00)', 'haircut') AS two_hours,
    pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:30)', 'haircut', 'cut') AS half_hour,
    pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:30)', 'haircut', 'cut') AS again;
SELECT during, blocks, kind FROM bookonce.get_booking_by_key('cut', 'salon');
SELECT kind, blocks FROM bookonce.live_booking WHERE tenant = 'salon';
-- The time to clean up is the booking's own, whoever comes next.
SELECT pg_temp.book('chair', '[2031-01-06 09:30, 2031-01-06 10:00)', NULL) AS at_once,
    pg_temp.book('chair', '[2031-01-06 09:30, 2031-01-06 10:00)', 'talk') AS a_talk,
    pg_temp.book('chair', '[2031-01-06 09:50, 2031-01-06 10:30)', 'colour') AS too_near,
    pg_temp.book('chair', '[2031-01-06 09:55, 2031-01-06 10:30)', 'colour') AS just_so,
    pg_temp.book('chair', '[2031-01-06 10:30, 2031-01-06 10:40)', NULL) AS behind_it,
    pg_temp.book('chair', '[2031-01-06 10:40, 2031-01-06 10:50)', 'talk') AS and_a_talk;
-- Another kind is another request. An other tenant's kind is its own.
SELECT pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:30)', 'talk', 'cut');
SELECT pg_temp.book('chair', '[2031-01-06 09:00, 2031-01-06 09:30)', NULL, 'cut');
SELECT bookonce.define_resource('chair', tenant => 'other salon');
SELECT outcome FROM bookonce.book_slot('chair', '[2031-01-06 09:00, 2031-01-06 09:45)', 'ann', kind => 'haircut',
    tenant => 'other salon');

-- In place of what the resource says: its break of 15 minutes, and its shortest and longest; the last talk may end as
-- the salon closes, and what is only a break may be after that.
SELECT bookonce.define_resource('mirror', buffer_after => '15 minutes', min_duration => '45 minutes',
        max_duration => '50 minutes', tenant => 'salon'),
    bookonce.set_opening_hours('mirror', 1, '{09:00}', '{12:00}', tenant => 'salon');
SELECT pg_temp.book('mirror', '[2031-01-06 11:30, 2031-01-06 12:00)', 'talk') AS shortest,
    pg_temp.book('mirror', '[2031-01-06 11:15, 2031-01-06 12:00)', 'talk') AS talk,
    pg_temp.book('mirror', '[2031-01-06 10:30, 2031-01-06 11:15)', NULL) AS its_break,
    pg_temp.book('mirror', '[2031-01-06 10:30, 2031-01-06 11:15)', 'talk') AS no_break,
    pg_temp.book('mirror', '[2031-01-06 09:00, 2031-01-06 10:00)', 'haircut') AS hour;
SELECT during, blocks, kind FROM bookonce.list_bookings('{mirror}', '[2031-01-06, 2031-01-07)', tenant => 'salon');

-- What is free for a kind is what would be booked; why not, and when else.
SELECT bookonce.define_resource('stool', buffer_after => '1 hour', tenant => 'salon'),
    bookonce.set_opening_hours('stool', 1, '{09:00}', '{11:00}', tenant => 'salon');
SELECT pg_temp.book('stool', '[2031-01-06 10:00, 2031-01-06 10:10)', NULL);
SELECT * FROM bookonce.free_slots('stool', '[2031-01-06, 2031-01-07)', '30 minutes', '10 minutes', kind => 'haircut',
    tenant => 'salon');
SELECT * FROM bookonce.free_slots('stool', '[2031-01-06, 2031-01-07)', '40 minutes', kind => 'haircut',
    tenant => 'salon');
SELECT * FROM bookonce.free_slots('stool', '[2031-01-06, 2031-01-07)', '30 minutes', '10 minutes', tenant => 'salon');
SELECT bookonce.places_left('stool', '[2031-01-06 09:20, 2031-01-06 09:50)', tenant => 'salon') AS with_an_hour,
    bookonce.places_left('stool', '[2031-01-06 09:20, 2031-01-06 09:50)', 'haircut', 'salon') AS haircut,
    bookonce.places_left('stool', '[2031-01-06 09:20, 2031-01-06 09:45)', 'haircut', 'salon') AS wrong_length;
SELECT outcome, rule, times FROM (VALUES (1, '[2031-01-06 09:30, 2031-01-06 10:00)'),
    (2, '[2031-01-06 09:00, 2031-01-06 09:40)'), (3, '[2031-01-06 09:00, 2031-01-06 11:00)')) AS v(n, during),
    bookonce.explain_slot('stool', during::tstzrange, kind => 'haircut', tenant => 'salon') ORDER BY n;
SELECT * FROM bookonce.suggest_slots('stool', '[2031-01-06 09:30, 2031-01-06 10:00)', 2, kind => 'talk',
    tenant => 'salon');
SELECT * FROM bookonce.free_slots('stool', '[2031-01-06, 2031-01-07)', '30 minutes', kind => 'hair cut',
    tenant => 'salon');

-- A booking keeps its kind when it moves, and when a hold of it is confirmed; it is judged by what the kind says then.
SELECT bookonce.define_resource('sink', tenant => 'salon'), bookonce.define_resource('basin', tenant => 'salon');
SELECT booking_id AS cut FROM bookonce.book_slot('sink', '[2031-01-06 09:00, 2031-01-06 09:30)', 'ann',
    hold_for => '1 hour', kind => 'haircut', tenant => 'salon') \gset
SELECT outcome FROM bookonce.confirm_booking(:'cut', tenant => 'salon');
SELECT pg_temp.book('sink', '[2031-01-06 10:00, 2031-01-06 11:00)', NULL);
SELECT during, (bookonce.reschedule_booking(:'cut', during::tstzrange, tenant => 'salon')).outcome
FROM (VALUES (1, '[2031-01-06 09:30, 2031-01-06 10:00)'), (2, '[2031-01-06 09:20, 2031-01-06 09:50)'),
    (3, '[2031-01-06 09:00, 2031-01-06 09:50)')) AS v(n, during) ORDER BY n;
SELECT (bookonce.reschedule_booking(:'cut', '[2031-01-06 08:00, 2031-01-06 09:00)', 'basin',
    tenant => 'salon')).outcome;
SELECT resource, blocks, kind FROM bookonce.get_booking(:'cut', 'salon');
SELECT bookonce.define_kind('haircut', buffer_after => '20 minutes', durations => '{90 minutes}', tenant => 'salon');
SELECT (bookonce.reschedule_booking(:'cut', '[2031-01-06 08:10, 2031-01-06 09:10)', tenant => 'salon')).outcome AS old,
    (bookonce.reschedule_booking(:'cut', '[2031-01-06 08:00, 2031-01-06 09:30)', tenant => 'salon')).outcome AS new;
SELECT during, blocks FROM bookonce.get_booking(:'cut', 'salon');
-- Two of different kinds do not take each other's places, for those have their buffers.
SELECT booking_id AS talk FROM bookonce.book_slot('sink', '[2031-01-06 15:00, 2031-01-06 16:00)', 'ben',
    kind => 'talk', tenant => 'salon') \gset
SELECT outcome FROM bookonce.swap_bookings(:'cut', :'talk', tenant => 'salon');
SELECT outcome FROM bookonce.end_booking(:'cut', tenant => 'salon');

-- A party, one of several chairs, a series; moved as a whole.
SELECT bookonce.define_resource('bench', 3, tenant => 'salon'),
    bookonce.define_kind('lesson', buffer_after => '30 minutes', tenant => 'salon');
SELECT outcome, units FROM bookonce.book_slot('bench', '[2031-01-06 09:00, 2031-01-06 10:00)', 'ann', 2,
    kind => 'lesson', idempotency_key => 'party', tenant => 'salon');
SELECT unit, blocks, kind FROM bookonce.get_booking_by_key('party', 'salon');
SELECT outcome, units FROM bookonce.book_slot('bench', '[2031-01-06 10:00, 2031-01-06 11:00)', 'ben', 2,
    tenant => 'salon');
SELECT outcome, resource FROM bookonce.book_any_slot('{sink,basin}', '[2031-01-06 16:00, 2031-01-06 17:00)', 'cid',
    kind => 'lesson', tenant => 'salon');
SELECT outcome, resource FROM bookonce.book_any_slot('{sink,basin}', '[2031-01-06 17:00, 2031-01-06 18:00)', 'cid',
    kind => 'lesson', idempotency_key => 'any', tenant => 'salon');
SELECT resource, during, blocks, kind FROM bookonce.list_bookings('{sink,basin}', '[2031-01-06 16:00, 2031-01-07)',
    tenant => 'salon');
SELECT outcome FROM bookonce.book_slots(ARRAY[
    ('chair', '[2031-02-03 09:00, 2031-02-03 10:00)', NULL, NULL, NULL, NULL),
    ('chair', '[2031-02-03 10:00, 2031-02-03 11:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'dan',
    kind => 'lesson', tenant => 'salon');
SELECT outcome, group_id AS series FROM bookonce.book_slots(ARRAY[
    ('chair', '[2031-02-03 09:00, 2031-02-03 10:00)', NULL, NULL, NULL, NULL),
    ('chair', '[2031-02-10 09:00, 2031-02-10 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'dan',
    kind => 'lesson', idempotency_key => 'series', tenant => 'salon') LIMIT 1 \gset
SELECT pg_temp.book('chair', '[2031-02-10 11:00, 2031-02-10 12:00)', NULL);
SELECT outcome FROM bookonce.reschedule_group(:'series', '1 hour', tenant => 'salon');
SELECT outcome FROM bookonce.reschedule_group(:'series', '30 minutes', tenant => 'salon');
SELECT during, blocks, kind FROM bookonce.get_group(:'series', 'salon');
SELECT outcome FROM bookonce.book_slots(ARRAY[
    ('basin', '[2031-02-03 09:00, 2031-02-03 10:00)', NULL, NULL, 'one', NULL),
    ('basin', '[2031-02-03 10:00, 2031-02-03 11:00)', NULL, NULL, 'two', NULL)]::bookonce.slot_request[], 'dan',
    all_or_nothing => false, kind => 'lesson', tenant => 'salon');
-- A pre-booking of a kind that is made firm takes its buffers along.
SELECT booking_id AS maybe FROM bookonce.book_slot('basin', '[2031-02-04 09:00, 2031-02-04 10:00)', 'eve',
    allow_overlap => true, kind => 'lesson', tenant => 'salon') \gset
SELECT outcome FROM bookonce.confirm_booking(:'maybe', exclusive => true, tenant => 'salon');
SELECT pg_temp.book('basin', '[2031-02-04 10:00, 2031-02-04 11:00)', NULL);
-- Days are those of the calendar, and nights where the resource has fixed ends.
SELECT bookonce.define_resource('hut', time_zone => 'Europe/Paris', tenant => 'salon'),
    bookonce.set_starts('hut', '{15:00}', tenant => 'salon'), bookonce.set_ends('hut', '{10:00}', tenant => 'salon'),
    bookonce.define_kind('stay', buffer_after => '1 day', durations => '{2 days,7 days}', tenant => 'salon');
SELECT nights, pg_temp.book('hut', tstzrange('2031-03-29 15:00 Europe/Paris',
    ('2031-03-29 10:00'::timestamp + make_interval(days => nights)) AT TIME ZONE 'Europe/Paris'), 'stay')
FROM generate_series(1, 8) AS nights WHERE nights IN (1, 8) OR nights BETWEEN 2 AND 3;
SELECT during, blocks FROM bookonce.list_bookings('{hut}', '[2031-03-01, 2031-05-01)', tenant => 'salon');
-- A desk may waive the length; the buffers stay, for the next one's sake.
RESET SESSION AUTHORIZATION;
SELECT outcome FROM bookonce.book_slot('basin', '[2031-02-05 09:00, 2031-02-05 10:00)', 'ann', kind => 'haircut',
    waive => '{too_long}', reason => 'hurry', tenant => 'salon');
SELECT outcome FROM bookonce.book_slot('basin', '[2031-02-05 09:00, 2031-02-05 10:00)', 'ann', kind => 'haircut',
    waive => '{too_short}', reason => 'hurry', idempotency_key => 'hurry', tenant => 'salon');
SELECT blocks, kind FROM bookonce.get_booking_by_key('hurry', 'salon');
-- At each level of isolation.
SET SESSION AUTHORIZATION regress_app;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.book('basin', '[2031-02-06 09:00, 2031-02-06 10:30)', 'haircut');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT pg_temp.book('basin', '[2031-02-06 11:00, 2031-02-06 12:30)', 'haircut');
COMMIT;

-- One in use stays. What is over, cancelled or lapsed does not use it.
SELECT bookonce.delete_kind('lesson', tenant => 'salon');
SELECT bookonce.define_kind('brief', tenant => 'salon');
SELECT outcome, booking_id AS brief FROM bookonce.book_slot('basin', '[2031-02-07 09:00, 2031-02-07 10:00)', 'ann',
    kind => 'brief', idempotency_key => 'brief', tenant => 'salon') \gset
SELECT outcome FROM bookonce.cancel_booking(:'brief', tenant => 'salon');
SELECT outcome FROM bookonce.book_slot('basin', tstzrange(now() - interval '2 hours', now() - interval '1 hour'), 'ann',
    kind => 'brief', tenant => 'salon');
SELECT outcome, booking_id AS held FROM bookonce.book_slot('basin', '[2031-02-07 12:00, 2031-02-07 13:00)', 'ann',
    kind => 'brief', hold_for => '1 microsecond', tenant => 'salon') \gset
CREATE FUNCTION pg_temp.pair() RETURNS SETOF bookonce.booking_answer LANGUAGE sql AS $$
    SELECT * FROM bookonce.book_slots(ARRAY[('basin', '[2031-02-08 09:00, 2031-02-08 10:00)', NULL, NULL, NULL, NULL),
        ('basin', '[2031-02-08 11:00, 2031-02-08 12:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[],
        'dan', kind => 'brief', idempotency_key => 'brief pair', tenant => 'salon') $$;
SELECT group_id AS pair FROM pg_temp.pair() LIMIT 1 \gset
SELECT outcome FROM bookonce.cancel_group(:'pair', tenant => 'salon');
SELECT bookonce.delete_kind('brief', tenant => 'salon');
-- The call is answered from its row; a new one is an error, which names a kind that there is.
SELECT outcome, replayed, status FROM pg_temp.pair();
SELECT outcome, replayed, status FROM bookonce.book_slot('basin', '[2031-02-07 09:00, 2031-02-07 10:00)', 'ann',
    kind => 'brief', idempotency_key => 'brief', tenant => 'salon');
SELECT outcome FROM bookonce.book_slot('basin', '[2031-02-07 09:00, 2031-02-07 10:00)', 'ann', kind => 'brief',
    tenant => 'salon');
SELECT outcome FROM bookonce.book_any_slot('{basin}', '[2031-02-07 09:00, 2031-02-07 10:00)', 'ann', kind => 'brief',
    tenant => 'salon');
SELECT outcome FROM bookonce.book_slots(ARRAY[('basin', '[2031-02-07 09:00, 2031-02-07 10:00)', NULL, NULL, NULL, NULL)
    ]::bookonce.slot_request[], 'dan', kind => 'brief', tenant => 'salon');
SELECT bookonce.delete_kind('brief', tenant => 'salon');
SELECT bookonce.delete_kind('brief', tenant => 'no kinds');

-- What is not valid, with a hint.
SELECT bookonce.define_kind('');
SELECT bookonce.define_kind(NULL);
SELECT bookonce.define_kind('x', '-1 minute');
SELECT bookonce.define_kind('x', NULL, '200 years');
SELECT bookonce.define_kind('x', durations => '{}');
SELECT bookonce.define_kind('x', durations => '{1 hour,NULL}');
SELECT bookonce.define_kind('x', durations => '{1 hour,0}');
SELECT bookonce.define_kind('x', durations => '{1 hour,-1 hour}');
SELECT bookonce.define_kind('x', durations => array_fill(interval '1 hour', '{49}'));
SELECT bookonce.define_kind('x', durations => '{{1 hour,2 hours},{3 hours,4 hours}}', tenant => 'bad');
SELECT pg_temp.book('chair', '[2031-01-08 09:00, 2031-01-08 09:45)', '');
-- Somebody who writes by hand meets the table's checks; what they cannot see is an error that names the kind.
RESET SESSION AUTHORIZATION;
\set VERBOSITY terse
INSERT INTO bookonce.booking_kind (tenant, kind, durations) VALUES ('salon', 'odd', '{}');
INSERT INTO bookonce.booking_kind (tenant, kind, durations) VALUES ('salon', 'odd', '{NULL}');
INSERT INTO bookonce.booking_kind (tenant, kind, durations) VALUES ('salon', 'odd', '{0}');
INSERT INTO bookonce.booking_kind (tenant, kind, buffer_after) VALUES ('salon', 'odd', '-1 hour');
INSERT INTO bookonce.booking_kind (tenant, kind, buffer_after) VALUES ('salon', 'odd', '1000 years');
SELECT pg_temp.book('chair', '[2031-01-08 09:00, 2031-01-08 09:45)', 'odd');
DELETE FROM bookonce.booking_kind WHERE kind = 'odd';
SELECT problem FROM bookonce.check_integrity();
-- Kinds are defined by an admin.
SELECT name, level FROM bookonce.usage_levels() WHERE name LIKE '%kind%' ORDER BY 1;
SELECT count(*) FROM bookonce.booking WHERE tenant LIKE '%salon';
DELETE FROM bookonce.booking WHERE tenant LIKE '%salon';
