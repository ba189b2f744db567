-- parts_dispatch: a provider that is several. Its parts are booked with its position, and go and come with it.
SET timezone = UTC;
SET datestyle = ISO;
SELECT bookonce.define_resource(name, capacity, tenant => 'team')
FROM (VALUES ('ann', 1), ('bob', 1), ('cid', 1), ('duo', 1), ('trio', 1), ('van', 2), ('crew', 1), ('gang', 1))
    AS r(name, capacity);
SELECT bookonce.set_parts('duo', '{ann,bob}', tenant => 'team'),
    bookonce.set_parts('trio', '{duo,cid}', tenant => 'team'),
    bookonce.set_parts('crew', '{van}', tenant => 'team'), bookonce.set_parts('gang', '{van}', tenant => 'team');
CREATE FUNCTION pg_temp.at(hour numeric, hours numeric DEFAULT 1) RETURNS tstzrange IMMUTABLE LANGUAGE sql
RETURN tstzrange('2031-05-05 00:00+00'::timestamptz + hour * interval '1 hour',
                 '2031-05-05 00:00+00'::timestamptz + (hour + hours) * interval '1 hour');
CREATE FUNCTION pg_temp.taken(first numeric DEFAULT 0, past numeric DEFAULT 24) RETURNS TABLE (at interval,
    resource text, unit integer, member integer, holder text, status bookonce.booking_status) LANGUAGE sql AS $$
    SELECT lower(b.during) - '2031-05-05 00:00+00', r.resource, b.unit, b.member, b.holder, b.status
    FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
    WHERE b.tenant = 'team' AND b.released_at IS NULL AND b.during && pg_temp.at(first, past - first)
    ORDER BY 1, b.member DESC, r.resource, b.unit $$;
CREATE FUNCTION pg_temp.accept(visit uuid, who text) RETURNS TABLE (outcome bookonce.outcome, replayed boolean,
    place integer, status bookonce.offer_state) LANGUAGE sql AS $$
    SELECT a.outcome, a.replayed, a."position", a.status
    FROM bookonce.accept_offer((SELECT o.offer_id FROM bookonce.offer_status AS o
        WHERE o.tenant = 'team' AND o.request_id = visit AND o.provider = who ORDER BY wave DESC LIMIT 1), who,
        tenant => 'team') AS a $$;
PREPARE who(uuid) AS SELECT position, provider, lower(during)::time AS at FROM bookonce.appointment
    WHERE request_id = $1 ORDER BY position;
PREPARE nothing_wrong AS SELECT * FROM bookonce.check_integrity() WHERE tenant = 'team';

-- Accepted with all of it; nobody of it can be had by others.
SELECT request_id AS visit FROM bookonce.open_request(pg_temp.at(9), 2, 'pat', tenant => 'team') \gset
SELECT outcome, provider FROM bookonce.make_offers(:'visit', '{duo,cid,trio,ann}', tenant => 'team');
SELECT * FROM pg_temp.accept(:'visit', 'duo');
SELECT * FROM pg_temp.accept(:'visit', 'duo');
SELECT * FROM pg_temp.taken();
EXECUTE who(:'visit');
SELECT * FROM pg_temp.accept(:'visit', 'ann');
SELECT * FROM pg_temp.accept(:'visit', 'trio');
SELECT outcome, resource FROM bookonce.book_slot('bob', pg_temp.at(9), 'eve', tenant => 'team');
-- It is released with all of it, by whatever call.
SELECT outcome, replayed, provider FROM bookonce.release_position(:'visit', 'duo', 'ill', tenant => 'team');
SELECT outcome, replayed, provider FROM bookonce.release_position(:'visit', 'duo', tenant => 'team');
SELECT * FROM pg_temp.taken();
SELECT r.resource, b.status, b.reason FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
WHERE b.tenant = 'team' ORDER BY 1;
-- Busy because one of it is; nothing of it stays.
SELECT booking_id AS eve FROM bookonce.book_slot('bob', pg_temp.at(9), 'eve', tenant => 'team') \gset
SELECT count(*) FROM bookonce.make_offers(:'visit', '{duo}', tenant => 'team');
SELECT * FROM pg_temp.accept(:'visit', 'duo');
SELECT * FROM pg_temp.taken();
SELECT outcome FROM bookonce.cancel_booking(:'eve', tenant => 'team');
SELECT * FROM pg_temp.accept(:'visit', 'duo');
SELECT booking_id AS duo, group_id AS of_duo FROM bookonce.booking JOIN bookonce.position USING (tenant, booking_id)
WHERE tenant = 'team' AND released_at IS NULL \gset
BEGIN;
SELECT outcome FROM bookonce.cancel_booking(:'duo', tenant => 'team');
SELECT * FROM pg_temp.taken();
SELECT status FROM bookonce.request_status WHERE request_id = :'visit';
SELECT count(*) FROM bookonce.make_offers(:'visit', '{duo}', tenant => 'team');
SELECT * FROM pg_temp.accept(:'visit', 'duo');
SELECT count(*) FROM pg_temp.taken();
ROLLBACK;
BEGIN;
SELECT outcome FROM bookonce.cancel_group(:'of_duo', tenant => 'team');
SELECT * FROM pg_temp.taken();
SELECT filled FROM bookonce.request_status WHERE request_id = :'visit';
ROLLBACK;
-- One of it is not given away.
\set VERBOSITY sqlstate
SELECT bookonce.cancel_booking(booking_id, tenant => 'team') FROM bookonce.booking
WHERE tenant = 'team' AND member < 0 AND released_at IS NULL LIMIT 1;
\set VERBOSITY default

-- Who waits in line for one of it has that one at once.
BEGIN;
SELECT outcome FROM bookonce.join_waitlist('ann', pg_temp.at(9), 'lea', tenant => 'team');
SELECT outcome FROM bookonce.release_position(:'visit', 'duo', tenant => 'team');
SELECT * FROM pg_temp.taken();
ROLLBACK;
BEGIN;
SELECT outcome FROM bookonce.join_waitlist('bob', pg_temp.at(9), 'lea', tenant => 'team');
SELECT outcome, filled FROM bookonce.cancel_request(:'visit', 'rain', tenant => 'team');
SELECT * FROM pg_temp.taken();
EXECUTE nothing_wrong;
ROLLBACK;

-- Another provider instead, from and to one that is several.
SELECT outcome, provider FROM bookonce.reassign_position(:'visit', 'duo', 'cid', tenant => 'team');
SELECT * FROM pg_temp.taken();
EXECUTE who(:'visit');
SELECT outcome, provider FROM bookonce.reassign_position(:'visit', 'cid', 'duo', tenant => 'team');
SELECT * FROM pg_temp.taken();
-- The new one is booked before the old one leaves, so they must not share anybody.
SELECT outcome, provider FROM bookonce.reassign_position(:'visit', 'duo', 'trio', tenant => 'team');
SELECT outcome, provider FROM bookonce.reassign_position(:'visit', 'duo', 'ann', tenant => 'team');
BEGIN;
SELECT outcome FROM bookonce.join_waitlist('bob', pg_temp.at(9), 'lea', tenant => 'team');
SELECT outcome, provider FROM bookonce.reassign_position(:'visit', 'duo', 'cid', tenant => 'team');
SELECT * FROM pg_temp.taken();
EXECUTE nothing_wrong;
ROLLBACK;

-- All of them at another time, or none; the provider is named, not who of it cannot come.
SELECT * FROM pg_temp.accept(:'visit', 'cid');
SELECT outcome FROM bookonce.book_slot('ann', pg_temp.at(12), 'eve', tenant => 'team');
SELECT outcome, provider, refusal, busy FROM bookonce.reschedule_request(:'visit', pg_temp.at(11.5), tenant => 'team');
SELECT outcome, filled FROM bookonce.reschedule_request(:'visit', pg_temp.at(9.5), tenant => 'team');
SELECT outcome, replayed FROM bookonce.reschedule_request(:'visit', pg_temp.at(9.5), tenant => 'team');
SELECT * FROM pg_temp.taken();
SELECT outcome FROM bookonce.reschedule_booking(:'duo', pg_temp.at(15), tenant => 'team');
SELECT outcome FROM bookonce.reschedule_booking((SELECT p.booking_id FROM bookonce.position AS p JOIN bookonce.booking
    USING (tenant, booking_id) WHERE tenant = 'team' AND member > 0 AND released_at IS NULL), pg_temp.at(15),
    tenant => 'team');
EXECUTE who(:'visit');
EXECUTE nothing_wrong;
SELECT outcome, filled FROM bookonce.cancel_request(:'visit', tenant => 'team');
SELECT * FROM pg_temp.taken();

-- Two that take the same part along: each alone could come, both cannot.
SELECT request_id AS tour FROM bookonce.open_request(pg_temp.at(9), 2, 'quin', tenant => 'team') \gset
SELECT count(*) FROM bookonce.make_offers(:'tour', '{crew,gang}', tenant => 'team');
SELECT * FROM pg_temp.accept(:'tour', 'crew');
SELECT * FROM pg_temp.accept(:'tour', 'gang');
SELECT outcome FROM bookonce.book_slot('van', pg_temp.at(14), 'eve', tenant => 'team');
SELECT outcome, provider, refusal, busy FROM bookonce.reschedule_request(:'tour', pg_temp.at(14), tenant => 'team');
SELECT * FROM pg_temp.taken();
SELECT outcome FROM bookonce.reschedule_request(:'tour', pg_temp.at(9.5, 2), tenant => 'team');
SELECT * FROM pg_temp.taken();
-- Also by the rules of that part.
SELECT bookonce.set_booking_limit('van', 'day', 3, tenant => 'team');
SELECT outcome FROM bookonce.book_slot('van', pg_temp.at(34, 1), 'eve', 2, tenant => 'team');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'tour', pg_temp.at(40), tenant => 'team');
SELECT * FROM pg_temp.taken(0, 48);
SELECT bookonce.set_booking_limit('van', 'day', NULL, tenant => 'team');
-- And by rules on the requester, who has it all.
SELECT bookonce.set_holder_rule('vans', '{van}', max_time => '2 hours', period => 'day', tenant => 'team');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'tour', pg_temp.at(40, 1.5), tenant => 'team');
SELECT outcome, provider, refusal FROM bookonce.reschedule_request(:'tour', pg_temp.at(40, 1), tenant => 'team');
EXECUTE nothing_wrong;

-- What is over is deleted with all of it.
UPDATE bookonce.booking SET
    during = tstzrange(lower(during) - '11 years'::interval, upper(during) - '11 years'::interval),
    blocks = tstzrange(lower(blocks) - '11 years'::interval, upper(blocks) - '11 years'::interval),
    created_at = '2020-01-01',
    released_at = CASE WHEN released_at IS NOT NULL THEN timestamptz '2020-01-01' END WHERE tenant = 'team';
UPDATE bookonce.request SET during = tstzrange('2020-01-01', '2020-01-02'), created_at = '2020-01-01',
    cancelled_at = CASE WHEN cancelled_at IS NOT NULL THEN timestamptz '2020-01-01' END WHERE tenant = 'team';
BEGIN;
UPDATE bookonce.booking SET blocks = tstzrange(lower(blocks), '2022-01-01')
WHERE tenant = 'team' AND member < 0 AND holder = 'quin' AND unit = 1;
SELECT bookonce.delete_old('2021-01-01', 1000) > 0 AS some;
SELECT r.requester, (SELECT count(*) FROM bookonce.booking WHERE tenant = 'team' AND holder = r.requester)
FROM bookonce.request AS r WHERE tenant = 'team';
ROLLBACK;
SELECT bookonce.delete_old('2021-01-01', 1000) > 0 AS some;
SELECT count(*) FROM bookonce.booking WHERE tenant = 'team';
SELECT count(*) FROM bookonce.request WHERE tenant = 'team';
DELETE FROM bookonce.waiter WHERE tenant = 'team';
