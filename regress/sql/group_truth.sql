-- A replay and every group verb say of each member what it is now: of a party whose units have parted, what stands.
SET timezone = 'UTC';
SET datestyle = 'iso, ymd';
SELECT bookonce.define_resource('boats', capacity => 3, tenant => 'truth'),
    bookonce.define_resource('other boats', capacity => 3, tenant => 'truth');
CREATE FUNCTION pg_temp.party() RETURNS TABLE (outcome bookonce.outcome, replayed boolean, resource text,
    units integer[], hours text, status bookonce.booking_status, is_one boolean)
LANGUAGE sql AS $$
    SELECT outcome, replayed, resource, units, to_char(lower(during), 'HH24:MI') || '-' || to_char(upper(during),
        'HH24:MI'), status, booking_id IS NOT NULL
    FROM bookonce.book_slot('boats', '[2030-01-07 09:00+00, 2030-01-07 10:00+00)', 'ann', quantity => 3,
        idempotency_key => 'party', tenant => 'truth')
$$;
CREATE FUNCTION pg_temp.unit(wanted integer) RETURNS uuid LANGUAGE sql AS $$
    SELECT booking_id FROM bookonce.booking WHERE tenant = 'truth' AND group_id IS NOT NULL AND unit = wanted
        AND released_at IS NULL
$$;
SELECT * FROM pg_temp.party();
-- The first unit, whose row has the key, is cancelled; then one is moved, and one more cancelled; then the rest.
SELECT outcome FROM bookonce.cancel_booking(pg_temp.unit(1), tenant => 'truth');
SELECT * FROM pg_temp.party();
SELECT outcome FROM bookonce.reschedule_booking(pg_temp.unit(3), '[2030-01-07 12:00+00, 2030-01-07 13:00+00)',
    tenant => 'truth');
SELECT * FROM pg_temp.party();
SELECT group_id FROM bookonce.booking WHERE tenant = 'truth' AND idempotency_key = 'party' \gset
SELECT outcome, replayed, units, during, status FROM bookonce.confirm_group(:'group_id', tenant => 'truth');
SELECT outcome FROM bookonce.reschedule_booking(
    (SELECT booking_id FROM bookonce.booking WHERE group_id = :'group_id' AND released_at IS NULL
        AND during = '[2030-01-07 09:00+00, 2030-01-07 10:00+00)'),
    '[2030-01-07 12:00+00, 2030-01-07 13:00+00)', 'other boats', tenant => 'truth');
SELECT * FROM pg_temp.party();
SELECT outcome, replayed, units, during, status FROM bookonce.cancel_group(:'group_id', tenant => 'truth');
SELECT * FROM pg_temp.party();

-- A series: what is over stays when the rest is cancelled or confirmed. Its call answers what each member is.
SELECT bookonce.define_resource('room', tenant => 'truth');
CREATE FUNCTION pg_temp.series(key text, hold interval) RETURNS SETOF bookonce.booking_answer LANGUAGE sql AS $$
    SELECT * FROM bookonce.book_slots(
        ARRAY(SELECT ('room', tstzrange(day, day + interval '1 hour'), 1, NULL, NULL, NULL)::bookonce.slot_request
              FROM unnest('{2020-01-06 09:00+00, 2020-01-07 09:00+00, 2040-01-06 09:00+00, 2040-01-07 09:00+00}'::timestamptz[]) AS day),
        holder => 'eve', hold_for => hold, idempotency_key => key, tenant => 'truth')
$$;
SELECT outcome, replayed, status FROM pg_temp.series('series', NULL);
SELECT group_id FROM bookonce.booking WHERE tenant = 'truth' AND idempotency_key = 'series' \gset
SELECT outcome, replayed, during, status FROM bookonce.cancel_group(:'group_id', 'moved away',
    since => '2040-01-06 12:00+00', tenant => 'truth');
SELECT outcome, replayed, during, status FROM bookonce.cancel_group(:'group_id', 'moved away', tenant => 'truth');
SELECT outcome, replayed, during, status FROM bookonce.cancel_group(:'group_id', tenant => 'truth');
SELECT outcome, replayed, during, status FROM pg_temp.series('series', NULL);
-- Whatever since says, what is over is over; and so late that nothing is left.
SELECT outcome, replayed, during, status FROM bookonce.cancel_group(:'group_id', since => '2000-01-01',
    tenant => 'truth');
SELECT outcome, replayed FROM bookonce.cancel_group(:'group_id', since => 'infinity', tenant => 'truth');

SELECT count(*) FROM bookonce.live_booking AS b, bookonce.cancel_booking(b.booking_id, tenant => 'truth')
    WHERE b.tenant = 'truth' AND b.resource = 'room';
SELECT outcome, replayed, status FROM pg_temp.series('held series', '1 hour');
SELECT group_id FROM bookonce.booking WHERE tenant = 'truth' AND idempotency_key = 'held series' \gset
SELECT outcome, replayed, during, status FROM bookonce.confirm_group(:'group_id', since => '2040-01-06 12:00+00',
    tenant => 'truth');
SELECT outcome, replayed, during, status FROM bookonce.confirm_group(:'group_id', tenant => 'truth');
SELECT * FROM bookonce.check_integrity() WHERE tenant = 'truth';
RESET timezone;
RESET datestyle;
