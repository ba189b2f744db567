-- dispatch_moves: a position's booking is moved, handed over, swapped or ended behind the request's back. Every
-- dispatch verb and every view then says what is so now, and nobody comes to fill two positions of one request.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;

SELECT bookonce.define_resource('nurse:' || n, tenant => 'ward') FROM generate_series(1, 5) AS n;
SELECT bookonce.define_resource('team:' || n, capacity => 2, tenant => 'ward') FROM generate_series(1, 3) AS n;

PREPARE offer(uuid, text) AS
    SELECT offer_id FROM bookonce.offer_status WHERE request_id = $1 AND provider = $2 ORDER BY wave DESC LIMIT 1;
PREPARE offers(uuid) AS
    SELECT provider, wave, status, position, booking_id IS NOT NULL AS booked FROM bookonce.offer_status
    WHERE request_id = $1 ORDER BY wave, provider;
PREPARE who(uuid) AS
    SELECT position, provider, lower(during) AS at FROM bookonce.appointment WHERE request_id = $1 ORDER BY position;

-- An accepted booking is handed to somebody else: the offer is not accepted any more, and its provider is told so.
SELECT request_id AS shift FROM bookonce.open_request('[2030-06-01 09:00+00, 2030-06-01 10:00+00)', 1, 'ward:1',
    tenant => 'ward') \gset
SELECT outcome FROM bookonce.make_offers(:'shift', ARRAY['nurse:1', 'nurse:3'], tenant => 'ward');
EXECUTE offer(:'shift', 'nurse:1') \gset one_
EXECUTE offer(:'shift', 'nurse:3') \gset three_
SELECT outcome, booking_id FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1', tenant => 'ward') \gset one_
SELECT outcome FROM bookonce.reschedule_booking(:'one_booking_id', '[2030-06-01 09:00+00, 2030-06-01 10:00+00)',
    'nurse:2', tenant => 'ward');
SELECT outcome, replayed, status, position, booking_id FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1',
    tenant => 'ward');
SELECT outcome, replayed, status, position, booking_id FROM bookonce.decline_offer(:'one_offer_id', 'nurse:1',
    tenant => 'ward');
SELECT outcome, replayed, status, position, booking_id FROM bookonce.withdraw_offer(:'one_offer_id', tenant => 'ward');
EXECUTE offers(:'shift');
EXECUTE who(:'shift');
SELECT filled, status FROM bookonce.request_status WHERE request_id = :'shift';
-- The provider that has the position now has it without an offer: it needs none, and may leave it as often as it takes.
SELECT outcome, provider, offer_id IS NOT NULL AS by_offer, position, booking_id = :'one_booking_id' AS same, status
FROM bookonce.make_offers(:'shift', ARRAY['nurse:2', 'nurse:1', 'nurse:3'], tenant => 'ward');
SELECT outcome, replayed, offer_id IS NOT NULL AS by_offer, position, booking_id
    FROM bookonce.release_position(:'shift', 'nurse:1', tenant => 'ward');
EXECUTE who(:'shift');
BEGIN;
SELECT outcome, replayed, offer_id IS NOT NULL AS by_offer, position, booking_id = :'one_booking_id' AS same, status
    FROM bookonce.release_position(:'shift', 'nurse:2', tenant => 'ward');
SELECT outcome, replayed, offer_id IS NOT NULL AS by_offer, position, booking_id, status
    FROM bookonce.release_position(:'shift', 'nurse:2', tenant => 'ward');
EXECUTE offers(:'shift');
SELECT outcome, status FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1', tenant => 'ward');
SELECT outcome, position, status FROM bookonce.accept_offer(:'three_offer_id', 'nurse:3', tenant => 'ward');
ROLLBACK;
-- Moved back, it is accepted again.
BEGIN;
SELECT outcome FROM bookonce.reschedule_booking(:'one_booking_id', '[2030-06-01 09:00+00, 2030-06-01 10:00+00)',
    'nurse:1', tenant => 'ward');
SELECT outcome, replayed, status, position FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1', tenant => 'ward');
ROLLBACK;
-- From whom it is reassigned is whoever has it; who had it by an offer has left it.
SELECT outcome, replayed FROM bookonce.reassign_position(:'shift', 'nurse:1', 'nurse:4', tenant => 'ward');
SELECT outcome, replayed FROM bookonce.reassign_position(:'shift', 'nurse:1', 'nurse:2', tenant => 'ward');
SELECT outcome, replayed, provider, position, status FROM bookonce.reassign_position(:'shift', 'nurse:2', 'nurse:4',
    tenant => 'ward');
EXECUTE who(:'shift');
EXECUTE offers(:'shift');

-- The customer moves; the position is then handed on. The new provider comes when the booking is, not when the request
-- was.
SELECT booking_id AS moved FROM bookonce.appointment WHERE request_id = :'shift' \gset
SELECT outcome FROM bookonce.reschedule_booking(:'moved', '[2030-06-01 15:00+00, 2030-06-01 16:00+00)',
    tenant => 'ward');
SELECT outcome FROM bookonce.book_slot('nurse:5', '[2030-06-01 09:00+00, 2030-06-01 10:00+00)', 'other',
    tenant => 'ward');
SELECT outcome, provider FROM bookonce.reassign_position(:'shift', 'nurse:4', 'nurse:5', tenant => 'ward');
EXECUTE who(:'shift');
SELECT resource, lower(during) FROM bookonce.live_booking WHERE tenant = 'ward' ORDER BY resource, during;
-- .. or is refused, where that is the time when the new one is busy.
SELECT outcome FROM bookonce.book_slot('nurse:1', '[2030-06-01 15:30+00, 2030-06-01 16:00+00)', 'other',
    tenant => 'ward');
SELECT outcome, provider FROM bookonce.reassign_position(:'shift', 'nurse:5', 'nurse:1', tenant => 'ward');
EXECUTE who(:'shift');

-- A hold that lapses (only the tables' owner can make one of it) fills nothing from then on, swept or not.
SET SESSION AUTHORIZATION regress_owner;
UPDATE bookonce.booking SET status = 'held', lapses_at = clock_timestamp() - interval '1 second'
WHERE booking_id = (SELECT booking_id FROM bookonce.appointment WHERE request_id = :'shift');
SET SESSION AUTHORIZATION regress_app;
SELECT filled, status FROM bookonce.request_status WHERE request_id = :'shift';
EXECUTE who(:'shift');
EXECUTE offers(:'shift');
EXECUTE offer(:'shift', 'nurse:5') \gset five_
SELECT outcome, status FROM bookonce.accept_offer(:'five_offer_id', 'nurse:5', tenant => 'ward');
SELECT outcome, replayed, status FROM bookonce.release_position(:'shift', 'nurse:5', tenant => 'ward');
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.expire_holds() > 0 AS swept;
SET SESSION AUTHORIZATION regress_app;
EXECUTE offers(:'shift');
SELECT outcome, filled FROM bookonce.cancel_request(:'shift', tenant => 'ward');

-- A team has room for two bookings at a time, and yet fills one position of a request: by an offer when it has been
-- handed one ..
SELECT request_id AS night FROM bookonce.open_request('[2030-06-02 09:00+00, 2030-06-02 10:00+00)', 3, 'ward:1',
    tenant => 'ward') \gset
SELECT outcome FROM bookonce.make_offers(:'night', ARRAY['team:1', 'team:2', 'nurse:1'], tenant => 'ward');
EXECUTE offer(:'night', 'team:1') \gset one_
EXECUTE offer(:'night', 'team:2') \gset two_
SELECT outcome, position, booking_id FROM bookonce.accept_offer(:'one_offer_id', 'team:1', tenant => 'ward') \gset one_
SELECT outcome FROM bookonce.reschedule_booking(:'one_booking_id', '[2030-06-02 09:00+00, 2030-06-02 10:00+00)',
    'team:2', tenant => 'ward');
SELECT outcome, position, status FROM bookonce.accept_offer(:'two_offer_id', 'team:2', tenant => 'ward');
SELECT outcome, replayed, provider, offer_id IS NOT NULL AS by_offer, position
    FROM bookonce.make_offers(:'night', ARRAY['team:2', 'nurse:1'], tenant => 'ward');
-- .. or by handing on.
EXECUTE offer(:'night', 'nurse:1') \gset nurse_
SELECT outcome, position FROM bookonce.accept_offer(:'nurse_offer_id', 'nurse:1', tenant => 'ward');
SELECT outcome FROM bookonce.reassign_position(:'night', 'nurse:1', 'team:2', tenant => 'ward');
EXECUTE who(:'night');
-- .. or by a move of another's booking, or a swap.
SELECT booking_id AS nurse FROM bookonce.appointment WHERE request_id = :'night' AND provider = 'nurse:1' \gset
SELECT outcome, resource, lower(during) AS at FROM bookonce.reschedule_booking(:'nurse',
    '[2030-06-02 09:00+00, 2030-06-02 10:00+00)', 'team:2', tenant => 'ward');
SELECT outcome FROM bookonce.reschedule_booking(:'nurse', '[2030-06-02 19:00+00, 2030-06-02 20:00+00)', 'team:2',
    tenant => 'ward');
SELECT outcome, booking_id FROM bookonce.book_slot('team:2', '[2030-06-02 13:00+00, 2030-06-02 14:00+00)', 'other',
    tenant => 'ward') \gset other_
SELECT outcome, resource FROM bookonce.swap_bookings(:'nurse', :'other_booking_id', tenant => 'ward');
SELECT outcome, resource FROM bookonce.swap_bookings(:'other_booking_id', :'nurse', tenant => 'ward');
EXECUTE who(:'night');
-- A team that has none is no matter, nor is another time with the same provider.
SELECT outcome, resource FROM bookonce.reschedule_booking(:'nurse', '[2030-06-02 09:00+00, 2030-06-02 10:00+00)',
    'team:3', tenant => 'ward');
SELECT outcome FROM bookonce.reschedule_booking(:'nurse', '[2030-06-02 10:00+00, 2030-06-02 11:00+00)', 'team:3',
    tenant => 'ward');
SELECT outcome FROM bookonce.reschedule_booking(:'nurse', '[2030-06-02 09:00+00, 2030-06-02 10:00+00)', 'nurse:9',
    tenant => 'ward');
SELECT outcome, resource, lower(during) AS at FROM bookonce.swap_bookings(:'nurse', :'other_booking_id',
    tenant => 'ward');
EXECUTE who(:'night');
-- Cancelled, it leaves its position.
SELECT outcome, replayed FROM bookonce.cancel_booking(:'nurse', tenant => 'ward');
SELECT outcome, replayed FROM bookonce.cancel_booking(:'nurse', tenant => 'ward');
SELECT outcome, replayed FROM bookonce.confirm_booking(:'one_booking_id', tenant => 'ward');
SELECT outcome FROM bookonce.extend_hold(:'one_booking_id', '1 hour', tenant => 'ward');
EXECUTE who(:'night');

-- Two positions of one request change their providers: each is accepted as before, by the other booking.
SELECT request_id AS pair FROM bookonce.open_request('[2030-06-03 09:00+00, 2030-06-03 10:00+00)', 2, 'ward:1',
    tenant => 'ward') \gset
SELECT outcome FROM bookonce.make_offers(:'pair', ARRAY['nurse:1', 'nurse:2'], tenant => 'ward');
EXECUTE offer(:'pair', 'nurse:1') \gset one_
EXECUTE offer(:'pair', 'nurse:2') \gset two_
SELECT outcome, booking_id FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1', tenant => 'ward') \gset one_
SELECT outcome, booking_id FROM bookonce.accept_offer(:'two_offer_id', 'nurse:2', tenant => 'ward') \gset two_
SELECT outcome, resource FROM bookonce.swap_bookings(:'one_booking_id', :'two_booking_id', tenant => 'ward');
EXECUTE who(:'pair');
EXECUTE offers(:'pair');
SELECT outcome, replayed, position, booking_id = :'two_booking_id' AS the_other
    FROM bookonce.accept_offer(:'one_offer_id', 'nurse:1', tenant => 'ward');
SELECT outcome, replayed, position, booking_id = :'one_booking_id' AS the_other
    FROM bookonce.accept_offer(:'two_offer_id', 'nurse:2', tenant => 'ward');
SELECT outcome, position, status FROM bookonce.release_position(:'pair', 'nurse:1', tenant => 'ward');
EXECUTE who(:'pair');
-- Of two requests, each offer stays with its booking, which is another provider's now.
SELECT request_id AS late FROM bookonce.open_request('[2030-06-03 11:00+00, 2030-06-03 12:00+00)', 1, 'ward:2',
    tenant => 'ward') \gset
SELECT outcome FROM bookonce.make_offers(:'late', ARRAY['nurse:3'], tenant => 'ward');
EXECUTE offer(:'late', 'nurse:3') \gset three_
SELECT outcome, booking_id FROM bookonce.accept_offer(:'three_offer_id', 'nurse:3', tenant => 'ward') \gset three_
SELECT outcome, resource FROM bookonce.swap_bookings(:'one_booking_id', :'three_booking_id', tenant => 'ward');
EXECUTE who(:'pair');
EXECUTE who(:'late');
EXECUTE offers(:'pair');
EXECUTE offers(:'late');
SELECT outcome, replayed FROM bookonce.accept_offer(:'three_offer_id', 'nurse:3', tenant => 'ward');
SELECT outcome, replayed FROM bookonce.accept_offer(:'two_offer_id', 'nurse:2', tenant => 'ward');
SELECT outcome, filled FROM bookonce.cancel_request(:'pair', tenant => 'ward');
SELECT outcome, filled FROM bookonce.cancel_request(:'late', tenant => 'ward');
SELECT outcome, filled FROM bookonce.cancel_request(:'night', tenant => 'ward');
