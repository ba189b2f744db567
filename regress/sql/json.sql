-- json: calls and answers as JSON, for drivers that know neither ranges nor composite types.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('room', tenant => 'json'), bookonce.define_resource('hall', tenant => 'json');

-- Many slots at once, in their order.
SELECT bookonce.slots_from_json('[{"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T11:00:00+01:00"},
    {"resource": "hall", "starts_at": "2031-01-06 10:00+00", "ends_at": "2031-01-06 12:00+0100", "quantity": 2,
        "holder": "ann", "idempotency_key": "k", "details": {"a": [1]}}]');
SELECT bookonce.slots_from_json('[]');
SELECT resource, outcome, during FROM bookonce.book_slots(bookonce.slots_from_json('[
    {"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z"},
    {"resource": "hall", "starts_at": "2031-01-06T09:00:00Z",
        "ends_at": "2031-01-06T10:00:00Z"}]'), 'ann', tenant => 'json');

-- An answer: times as members, and what is busy.
SELECT bookonce.to_jsonb(a) - 'booking_id' AS booked FROM bookonce.book_slot('room',
    '[2031-01-06 11:00, 2031-01-06 12:00)', 'ann', tenant => 'json') AS a;
SELECT bookonce.to_jsonb(a) AS taken FROM bookonce.book_slot('room', '[2031-01-06 09:30, 2031-01-06 11:30)', 'bob',
    tenant => 'json') AS a;
SELECT bookonce.to_jsonb(a) - 'request_id' AS opened FROM bookonce.open_request('[2031-01-06 09:00, 2031-01-06 10:00)',
    1, 'ann', tenant => 'json') AS a;
SELECT bookonce.to_jsonb(r) - 'request_id' AS rescheduled
FROM bookonce.list_requests('[2031-01-06, 2031-01-07)', tenant => 'json') AS q,
    bookonce.reschedule_request(q.request_id, '[2031-01-07 09:00, 2031-01-07 10:00)', tenant => 'json') AS r;
SELECT bookonce.to_jsonb(NULL::bookonce.booking_answer);
SELECT bookonce.to_jsonb(a) - 'waiter_id' AS waiting FROM bookonce.join_waitlist('room',
    '[2031-01-06 09:00, 2031-01-06 10:00)', 'eve', tenant => 'json') AS a;
SELECT bookonce.to_jsonb(a) - 'closure_id' - 'booking_ids' AS closed, jsonb_array_length(bookonce.to_jsonb(a)
    -> 'booking_ids') AS bookings
FROM bookonce.close_resource('{room}', '[2031-01-06 08:00,)', tenant => 'json') AS a;

-- What is not understood is refused.
SELECT slots, complaint(format('SELECT bookonce.slots_from_json(%L)', slots))
FROM unnest(ARRAY[NULL, '{}', '"room"', '[1]', '[null]', '[{}]',
    '[{"resource": "room", "starts_at": "2031-01-06T09:00:00", "ends_at": "2031-01-06T10:00:00Z"}]',
    '[{"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06"}]',
    '[{"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": null}]',
    '[{"resource": "room", "starts_at": 1, "ends_at": "2031-01-06T10:00:00Z"}]',
    '[{"resource": 1, "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z"}]',
    '[{"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z", "quantity": "2"}]',
    '[{"resource": "room", "startsAt": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z"}]',
    '[{"resource": "room", "starts_at": "soon Z", "ends_at": "2031-01-06T10:00:00Z"}]',
    '[{"resource": "room", "starts_at": "2031-01-06T10:00:00Z", "ends_at": "2031-01-06T09:00:00Z"}]',
    '[{"resource": "room", "starts_at": "2031-01-06T09:00:00Z", "ends_at": "2031-01-06T10:00:00Z", "quantity": 1.5e99}]']::jsonb[]) AS slots;
