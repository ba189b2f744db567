-- holder_rules: what each holder may have in a scope. One place a holder in a class, nobody in two places at once,
-- three hours a week; a call is one place, and a lapsed hold gives back what it took.
SET datestyle = ISO;
SET timezone = UTC;
SET intervalstyle = postgres;
PREPARE lapse(text) AS UPDATE bookonce.booking SET lapses_at = '2020-01-01'
    WHERE tenant = 'rules' AND holder = $1 AND status = 'held';
SET SESSION AUTHORIZATION regress_app;
CREATE FUNCTION pg_temp.book(resource text, starts text, holder text, length interval DEFAULT '1 hour',
    quantity integer DEFAULT 1, hold_for interval DEFAULT NULL) RETURNS bookonce.outcome LANGUAGE sql AS $$
    SELECT outcome FROM bookonce.book_slot(resource, tstzrange(starts::timestamptz, starts::timestamptz + length),
        holder, quantity, hold_for, tenant => 'rules')
$$;
SELECT count(bookonce.define_resource(r, c, tenant => 'rules'))
FROM (VALUES ('class', 3), ('desk:1', 1), ('desk:2', 1), ('desk:3', 1), ('gym', 4), ('car', 1), ('free', 1)) AS v(r, c);

-- One place a holder in a class; a party is one place. At another time, or for somebody else, it is free.
SELECT bookonce.set_holder_rule('class', '{class}', max_at_once => 1, tenant => 'rules');
SELECT pg_temp.book('class', '2030-01-07 09:00', 'ann', quantity => 2) AS ann,
    pg_temp.book('class', '2030-01-07 09:30', 'ann') AS ann_again,
    pg_temp.book('class', '2030-01-07 10:00', 'ann') AS ann_later,
    pg_temp.book('class', '2030-01-07 09:00', 'ben') AS ben;
-- The refusal tells nothing of what is booked, not even when, and has written nothing.
BEGIN;
SELECT outcome, replayed, booking_id, resource, units, status, busy,
    pg_current_xact_id_if_assigned() IS NULL AS nothing_written
FROM bookonce.book_slot('class', '[2030-01-07 09:00, 2030-01-07 10:00)', 'ben', tenant => 'rules');
COMMIT;
-- Where no unit is left, it is still the holder's rule that is named.
SELECT pg_temp.book('class', '2030-01-07 09:00', 'ann') AS ann,
    pg_temp.book('class', '2030-01-07 09:00', 'cleo') AS cleo;

-- Nobody in two places at once. Each of many, and of them all that one call takes is one place.
SELECT bookonce.set_holder_rule('anywhere', '{desk:1,desk:2,desk:3}', max_at_once => 1, tenant => 'rules');
SELECT pg_temp.book('desk:1', '2030-01-07 09:00', 'ann') AS ann,
    pg_temp.book('desk:2', '2030-01-07 09:30', 'ann') AS in_two_places,
    pg_temp.book('desk:2', '2030-01-07 10:00', 'ann') AS then_there,
    pg_temp.book('desk:2', '2030-01-07 09:00', 'ben') AS ben, pg_temp.book('free', '2030-01-07 09:00', 'ann') AS free;
SELECT outcome, resource FROM bookonce.book_slots(ARRAY[
    ROW('desk:1', '[2030-01-08 09:00, 2030-01-08 10:00)', NULL, NULL, NULL, NULL),
    ROW('desk:2', '[2030-01-08 09:00, 2030-01-08 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'ann',
    tenant => 'rules');
SELECT outcome, resource FROM bookonce.book_slots(ARRAY[
    ROW('desk:3', '[2030-01-08 09:30, 2030-01-08 10:30)', NULL, NULL, NULL, NULL),
    ROW('free', '[2030-01-08 09:00, 2030-01-08 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'ann',
    tenant => 'rules');
-- Each by itself: each is a place.
SELECT outcome, resource FROM bookonce.book_slots(ARRAY[
    ROW('desk:1', '[2030-01-09 09:00, 2030-01-09 10:00)', NULL, NULL, NULL, NULL),
    ROW('desk:2', '[2030-01-09 09:30, 2030-01-09 10:30)', NULL, NULL, NULL, NULL),
    ROW('desk:3', '[2030-01-09 09:00, 2030-01-09 10:00)', NULL, 'ben', NULL, NULL)]::bookonce.slot_request[], 'ann',
    all_or_nothing => false, tenant => 'rules');
SELECT outcome, resource, busy FROM bookonce.book_any_slot('{desk:1,desk:2,desk:3}',
    '[2030-01-09 09:00, 2030-01-09 10:00)', 'ben', tenant => 'rules');
SELECT outcome, resource FROM bookonce.book_any_slot('{desk:1,desk:2,free}',
    '[2030-01-09 09:00, 2030-01-09 10:00)', 'ben', tenant => 'rules');

-- A key is answered with what it made, whatever the holder has by now.
SELECT outcome, replayed FROM bookonce.book_slot('desk:1', '[2030-01-10 09:00, 2030-01-10 10:00)', 'ann',
    idempotency_key => 'k', tenant => 'rules');
SELECT outcome, replayed FROM bookonce.book_slot('desk:1', '[2030-01-10 09:00, 2030-01-10 10:00)', 'ann',
    idempotency_key => 'k', tenant => 'rules');
SELECT outcome, replayed FROM bookonce.book_slot('desk:1', '[2030-01-10 09:00, 2030-01-10 10:00)', 'ann',
    idempotency_key => 'l', tenant => 'rules');

-- Three hours a week. A hold counts while it stands; one that has lapsed gives its hours back.
SELECT bookonce.set_holder_rule('gym', '{gym}', period => 'week', max_time => '3 hours', tenant => 'rules');
SELECT pg_temp.book('gym', '2030-01-07 09:00', 'ann', '2 hours') AS two,
    pg_temp.book('gym', '2030-01-13 23:00', 'ann', '1 hour', hold_for => '1 hour') AS three,
    pg_temp.book('gym', '2030-01-09 09:00', 'ann', '1 minute') AS more,
    pg_temp.book('gym', '2030-01-14 00:00', 'ann', '3 hours') AS next_week,
    pg_temp.book('gym', '2030-01-09 09:00', 'ben', '181 minutes') AS ben;
RESET SESSION AUTHORIZATION;
EXECUTE lapse('ann');
SET SESSION AUTHORIZATION regress_app;
SELECT pg_temp.book('gym', '2030-01-09 09:00', 'ann', '61 minutes') AS more,
    pg_temp.book('gym', '2030-01-09 09:00', 'ann', '1 hour') AS an_hour;
RESET SESSION AUTHORIZATION;
SELECT status, count(*) FROM bookonce.booking WHERE tenant = 'rules' AND holder = 'ann' AND resource_id =
    (SELECT resource_id FROM bookonce.resource WHERE tenant = 'rules' AND resource = 'gym') GROUP BY status
    ORDER BY status;
SET SESSION AUTHORIZATION regress_app;
-- What a call has at one instant is one time: a hall with its parts. What is cancelled does not count.
SELECT outcome FROM bookonce.book_slots(ARRAY[
    ROW('gym', '[2030-01-21 09:00, 2030-01-21 11:00)', 2, NULL, NULL, NULL),
    ROW('gym', '[2030-01-21 10:00, 2030-01-21 12:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[], 'ben',
    tenant => 'rules');
SELECT pg_temp.book('gym', '2030-01-23 09:00', 'ben', '1 minute') AS ben;
SELECT DISTINCT c.outcome FROM bookonce.live_booking AS l, bookonce.cancel_group(l.group_id, tenant => 'rules') AS c
    WHERE l.tenant = 'rules' AND l.holder = 'ben' AND l.resource = 'gym';
SELECT pg_temp.book('gym', '2030-01-23 09:00', 'ben', '3 hours') AS ben;

-- So many that are not over, and so many a month by the clock of the resource.
SELECT bookonce.define_resource('car', time_zone => 'Asia/Tokyo', tenant => 'rules');
SELECT bookonce.set_holder_rule('car', '{car}', max_live => 2, max_per_period => 2, period => 'month',
    tenant => 'rules');
SELECT pg_temp.book('car', '2020-01-05 09:00', 'ann') AS over, pg_temp.book('car', '2020-01-06 09:00', 'ann') AS over,
    pg_temp.book('car', '2020-01-07 09:00', 'ann') AS third_in_january,
    pg_temp.book('car', '2020-01-31 15:00', 'ann') AS february_in_tokyo;
SELECT pg_temp.book('car', '2030-01-05 09:00', 'ann') AS one, pg_temp.book('car', '2030-02-05 09:00', 'ann') AS two,
    pg_temp.book('car', '2030-03-05 09:00', 'ann') AS three,
    pg_temp.book('car', '2019-03-05 09:00', 'ann') AS is_over;

-- Another holder, another time or resource, and two that swap: all are judged for the holder who then has it.
SELECT booking_id AS bens FROM bookonce.live_booking WHERE tenant = 'rules' AND resource = 'desk:2'
    AND holder = 'ben' \gset
SELECT outcome, status FROM bookonce.change_booking(:'bens', 'ann', tenant => 'rules');
SELECT outcome FROM bookonce.change_booking(:'bens', 'cleo', tenant => 'rules');
SELECT outcome FROM bookonce.change_booking(:'bens', details => '{}', tenant => 'rules');
SELECT pg_temp.book('desk:3', '2030-02-01 09:00', 'cleo') AS cleo,
    pg_temp.book('desk:1', '2030-02-01 09:00', 'ben') AS ben,
    pg_temp.book('desk:1', '2030-02-02 09:00', 'cleo') AS cleo,
    pg_temp.book('free', '2030-02-01 09:00', 'cleo') AS cleo;
SELECT booking_id AS cleos FROM bookonce.live_booking WHERE tenant = 'rules' AND resource = 'desk:1'
    AND holder = 'cleo' \gset
SELECT outcome, resource FROM bookonce.reschedule_booking(:'cleos', '[2030-02-01 09:30, 2030-02-01 10:30)', 'desk:2',
    tenant => 'rules');
SELECT outcome FROM bookonce.reschedule_booking(:'cleos', '[2030-02-02 09:30, 2030-02-02 10:30)', 'desk:2',
    tenant => 'rules');
SELECT booking_id AS free FROM bookonce.live_booking WHERE tenant = 'rules' AND resource = 'free'
    AND holder = 'cleo' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'free', '[2030-02-01 09:00, 2030-02-01 10:00)', 'desk:2',
    tenant => 'rules');
SELECT booking_id AS ben FROM bookonce.live_booking WHERE tenant = 'rules' AND resource = 'desk:1' AND holder = 'ben'
    AND lower(during) = '2030-02-01 09:00' \gset
SELECT outcome FROM bookonce.swap_bookings(:'cleos', :'ben', tenant => 'rules');
SELECT booking_id AS also_cleos FROM bookonce.live_booking WHERE tenant = 'rules' AND resource = 'desk:3'
    AND holder = 'cleo' \gset
SELECT outcome FROM bookonce.swap_bookings(:'cleos', :'also_cleos', tenant => 'rules');
SELECT outcome FROM bookonce.swap_bookings(:'cleos', :'free', tenant => 'rules');

-- A group moves as one place.
SELECT group_id AS pair FROM bookonce.book_slots(ARRAY[
    ROW('desk:1', '[2030-03-01 09:00, 2030-03-01 10:00)', NULL, NULL, NULL, NULL),
    ROW('desk:2', '[2030-03-01 09:00, 2030-03-01 10:00)', NULL, NULL, NULL, NULL)]::bookonce.slot_request[], 'dan',
    tenant => 'rules') LIMIT 1 \gset
SELECT pg_temp.book('desk:3', '2030-03-01 11:00', 'dan') AS dan;
SELECT outcome FROM bookonce.reschedule_group(:'pair', '30 minutes', tenant => 'rules');
SELECT outcome FROM bookonce.reschedule_group(:'pair', '1 hour', tenant => 'rules');

-- A pre-booking takes no place until it is made firm.
SELECT pg_temp.book('desk:1', '2030-04-01 09:00', 'eve') AS eve;
SELECT booking_id AS pre, outcome FROM bookonce.book_slot('desk:2', '[2030-04-01 09:00, 2030-04-01 10:00)', 'eve',
    allow_overlap => true, hold_for => '1 hour', tenant => 'rules') \gset
SELECT outcome, status FROM bookonce.confirm_booking(:'pre', exclusive => true, tenant => 'rules');

-- Dispatch: what a requester has with providers counts, and the provider cannot come.
SELECT bookonce.set_holder_rule('providers', '{desk:1,desk:2}', max_live => 1, tenant => 'rules');
SELECT request_id AS job FROM bookonce.open_request('[2030-05-01 09:00, 2030-05-01 10:00)', 2, 'fay',
    tenant => 'rules') \gset
SELECT array_agg(offer_id ORDER BY provider) AS offers FROM bookonce.make_offers(:'job', '{desk:1,desk:2}',
    tenant => 'rules') \gset
SELECT a.outcome FROM unnest(:'offers'::uuid[]) WITH ORDINALITY AS o(id, n),
    bookonce.accept_offer(id, 'desk:' || n, tenant => 'rules') AS a;

-- Rules below what stands refuse only the new. A rule that is taken back is gone, and its resources are plain again.
SELECT pg_temp.book('desk:3', '2030-06-01 09:00', 'gus') AS gus,
    pg_temp.book('desk:3', '2030-06-02 09:00', 'gus') AS gus;
SELECT bookonce.set_holder_rule('third', '{desk:3}', max_live => 1, tenant => 'rules');
SELECT pg_temp.book('desk:3', '2030-06-03 09:00', 'gus') AS gus;
SELECT outcome FROM bookonce.live_booking AS l, bookonce.reschedule_booking(l.booking_id,
    '[2030-06-02 10:00, 2030-06-02 11:00)', tenant => 'rules')
    WHERE l.tenant = 'rules' AND l.holder = 'gus' AND lower(l.during) = '2030-06-02 09:00';
SELECT scope, resources, max_at_once, max_live, max_per_period, period, max_time, since < clock_timestamp() AS since
    FROM bookonce.list_holder_rules('rules');
SELECT bookonce.set_holder_rule('third', max_live => 3, tenant => 'rules');
SELECT bookonce.set_holder_rule('providers', tenant => 'rules'),
    bookonce.set_holder_rule('providers', tenant => 'rules'),
    bookonce.set_holder_rule('gym', NULL, tenant => 'rules'),
    bookonce.set_holder_rule('car', '{car}', tenant => 'rules');
SELECT scope, resources, max_live FROM bookonce.list_holder_rules('rules');
RESET SESSION AUTHORIZATION;
SELECT resource, plain FROM bookonce.resource WHERE tenant = 'rules' ORDER BY resource;
SELECT count(*) FROM bookonce.list_holder_rules();
SET SESSION AUTHORIZATION regress_app;
SELECT pg_temp.book('desk:3', '2030-06-03 09:00', 'gus') AS gus;

-- Bad input.
SELECT n, complaint('SELECT bookonce.set_holder_rule(' || c || ', tenant => ''rules'')')
FROM (VALUES (1, 'NULL, ''{car}'', 1'), (2, '''s'', ''{car,bus}'', 1'), (3, '''s'', ''{car,NULL}'', 1'),
    (4, '''s'', ''{}'', 1'), (5, '''s'', NULL, 1'), (6, '''s'', ''{car}'', 0'), (7, '''s'', ''{car}'', max_live => -1'),
    (8, '''s'', ''{car}'', max_per_period => 1'), (9, '''s'', ''{car}'', max_at_once => 1, period => ''week'''),
    (10, '''s'', ''{car}'', max_per_period => 1, period => ''fortnight'''),
    (11, '''s'', ''{car}'', max_time => ''0'''),
    (12, '''s'', ''{car}'', max_time => ''1 month''')) AS v(n, c) ORDER BY n;

-- Raw SQL that breaks a rule is found, and what stood before the rule is not. What one call has does not count twice.
SELECT bookonce.set_holder_rule('class', '{class}', max_at_once => 1, max_live => 3, max_per_period => 3,
    period => 'week', max_time => '5 hours', tenant => 'rules');
RESET SESSION AUTHORIZATION;
CREATE FUNCTION pg_temp.found() RETURNS TABLE (problem text, tenant text, id text, other_id text) LANGUAGE sql AS $$
    SELECT problem, tenant, id, other_id FROM bookonce.check_integrity() WHERE problem LIKE 'a holder%' ORDER BY 1, 4
$$;
SELECT count(*) FROM pg_temp.found();
PREPARE raw(text, text) AS INSERT INTO bookonce.booking (tenant, resource_id, unit, during, blocks, holder)
    SELECT tenant, resource_id, 4, $2::tstzrange, $2::tstzrange, $1 FROM bookonce.resource
    WHERE tenant = 'rules' AND resource = 'class';
BEGIN;
EXECUTE raw('ben', '[2030-01-07 09:30, 2030-01-07 10:30)');
SELECT * FROM pg_temp.found();
ROLLBACK;
BEGIN;
EXECUTE raw('zoe', '[2030-07-01 09:30, 2030-07-01 15:00)');
SELECT * FROM pg_temp.found();
EXECUTE raw('yves', '[2030-07-01 15:00, 2030-07-01 15:10)');
EXECUTE raw('yves', '[2030-07-01 16:00, 2030-07-01 16:10)');
EXECUTE raw('yves', '[2030-07-01 17:00, 2030-07-01 17:10)');
SELECT count(*) FROM pg_temp.found();
EXECUTE raw('yves', '[2030-07-08 18:00, 2030-07-08 18:10)');
SELECT * FROM pg_temp.found();
EXECUTE raw('yves', '[2030-07-01 18:00, 2030-07-01 18:10)');
SELECT * FROM pg_temp.found();
ROLLBACK;
