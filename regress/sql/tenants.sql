-- tenants: two tenants use the same names and the same keys, and neither can see, block or change what is the other's.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_resource('court:1', tenant => t) FROM unnest(ARRAY['ace', 'zoo']) AS t;
SELECT t, outcome, replayed, resource
FROM unnest(ARRAY['ace', 'zoo']) AS t,
    bookonce.book_slot('court:1', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:' || t, idempotency_key => 'k',
        tenant => t);
SELECT outcome, busy FROM bookonce.book_slot('court:1', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:2',
    tenant => 'zoo');
SELECT tenant, resource, holder FROM bookonce.live_booking WHERE during && '[2030-03-04, 2030-03-05)' ORDER BY tenant;

-- A resource of one tenant is unknown in another, also to the default tenant.
\set VERBOSITY sqlstate
SELECT bookonce.define_resource('court:2', tenant => 'ace');
SELECT bookonce.book_slot('court:2', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:1', tenant => 'zoo');
SELECT bookonce.book_slot('court:2', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:1');

-- So is a booking's id: the answer is the same as for an id that never existed, and the booking stays as it is.
SELECT booking_id AS ace FROM bookonce.book_slot('court:2', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:1',
    hold_for => '1 hour', tenant => 'ace') \gset
SELECT bookonce.confirm_booking(:'ace', tenant => 'zoo');
SELECT bookonce.confirm_booking(:'ace');
SELECT bookonce.extend_hold(:'ace', '2 hours', tenant => 'zoo');
SELECT bookonce.cancel_booking(:'ace', tenant => 'zoo');
SELECT bookonce.cancel_booking('00000000-0000-0000-0000-000000000000', tenant => 'zoo');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'ace', tenant => 'ace');

-- A tenant's end: names that run together are still two ('a' + 'bc' is not 'ab' + 'c').
SELECT bookonce.define_resource('bc', tenant => 'a'), bookonce.define_resource('c', tenant => 'ab');
SELECT outcome FROM bookonce.book_slot('bc', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:1', tenant => 'a');
SELECT outcome FROM bookonce.book_slot('c', '[2030-03-04 09:00, 2030-03-04 10:00)', 'user:1', tenant => 'ab');
