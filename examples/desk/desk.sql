-- desk.sql: what is booked at the desk, and the role that the desk logs in with.
-- To know first: run it as the owner of the tables. The desk may book, and define nothing.
-- SPDX-License-Identifier: PostgreSQL
\set ON_ERROR_STOP on
CREATE EXTENSION IF NOT EXISTS bookonce;
SELECT bookonce.setup();
SELECT bookonce.keep_history();
CREATE ROLE desk LOGIN;
SELECT bookonce.grant_usage('desk', 'app');

-- A few bookings of this week, so that the first look is not at an empty page. They come before the rules, which would
-- refuse what has begun.
SELECT bookonce.define_resource('room:' || name) FROM unnest('{Atlas,Birch,Cedar,Dune}'::text[]) AS name;
SELECT bookonce.define_resource('class:Yoga', capacity => 12);
SELECT bookonce.define_resource('courier:' || name) FROM unnest('{Mira,Noor,Olga,Pia}'::text[]) AS name;
SELECT bookonce.book_slot('room:' || room, tstzrange(starts, ends), holder)
FROM (VALUES
    ('Atlas', 0, '09:00', '2 hours', 'Design review'), ('Atlas', 0, '14:00', '1 hour', 'Kim'),
    ('Atlas', 1, '10:00', '1 hour', 'Ben'), ('Atlas', 1, '13:00', '2 hours', 'Board'),
    ('Atlas', 2, '09:00', '1 hour', 'Priya'), ('Atlas', 2, '11:00', '1 hour', 'Lucas'),
    ('Atlas', 3, '15:00', '2 hours', 'Sales'), ('Atlas', 4, '10:00', '1 hour', 'Noor'),
    ('Birch', 0, '10:00', '1 hour', 'Ben'), ('Birch', 2, '13:00', '3 hours', 'Training'),
    ('Cedar', 1, '09:00', '1 hour', 'Priya'), ('Dune', 4, '11:00', '2 hours', 'Interviews'))
    AS b(room, day, clock, length, holder),
    LATERAL (SELECT date_trunc('week', now(), 'UTC') + make_interval(days => day) + clock::interval) AS t(starts),
    LATERAL (SELECT starts + length::interval) AS u(ends);
SELECT bookonce.book_slot('class:Yoga', tstzrange(starts, starts + '1 hour'), holder, quantity)
FROM (VALUES
    (0, 'Ben', 1), (0, 'Kim', 2), (0, 'Priya', 1), (2, 'Lucas', 1), (2, 'Team Birch', 6), (2, 'Noor', 1),
    (2, 'Kim', 2), (4, 'Priya', 1), (4, 'Ben', 2)) AS b(day, holder, quantity),
    LATERAL (SELECT date_trunc('week', now(), 'UTC') + make_interval(days => day, hours => 18)) AS t(starts);

-- Rooms are open from eight to six, and on Saturday until one; nothing begins in the past.
SELECT bookonce.define_resource('room:' || name, min_notice => '0', max_duration => '8 hours')
FROM unnest('{Atlas,Birch,Cedar,Dune}'::text[]) AS name;
SELECT bookonce.set_opening_hours('room:' || name, day, '{08:00}',
    ARRAY[CASE day WHEN 6 THEN '13:00' ELSE '18:00' END]::time[])
FROM unnest('{Atlas,Birch,Cedar,Dune}'::text[]) AS name, generate_series(1, 6) AS day;
SELECT bookonce.define_resource('class:Yoga', capacity => 12, min_notice => '0');
SELECT bookonce.set_opening_hours('class:Yoga', day, '{18:00}', '{19:00}') FROM unnest('{1,3,5}'::integer[]) AS day;
