-- errors: the wording of each error, once. Everywhere else only the SQLSTATE counts.
SET datestyle = ISO;
SET timezone = UTC;
SET SESSION AUTHORIZATION regress_app;

-- Arguments: what is wrong, and a valid value.
SELECT bookonce.book_slot(NULL, '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1');
SELECT bookonce.book_slot('room:1', NULL, 'user:1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', NULL);
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', quantity => NULL);
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', allow_overlap => NULL);
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', tenant => NULL);
SELECT bookonce.book_slot('room:1', 'empty', 'user:1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 10:00, 2030-04-01 09:00)', 'user:1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00,)', 'user:1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, infinity)', 'user:1');
SELECT bookonce.book_slot('', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', repeat('x', 256));
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', idempotency_key => E'order\n1');
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', quantity => 0);
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1', hold_for => '0');
SELECT bookonce.confirm_booking(NULL);
SELECT bookonce.extend_hold(gen_random_uuid(), NULL);
SELECT bookonce.define_resource('room:1', 0);

-- OB001 key_reused: the message names the caller's own key, and nothing of the first request.
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1',
    idempotency_key => 'order:errors');
SELECT outcome FROM bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:2',
    idempotency_key => 'order:errors');

-- OB002 unknown_resource, OB003 unknown_id. (OB004 not_set_up: see install.)
SELECT bookonce.book_slot('room 9''s', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1');
SELECT bookonce.confirm_booking('01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d');

-- 25006: every verb names itself and the way out.
BEGIN READ ONLY;
SELECT bookonce.book_slot('room:1', '[2030-04-01 09:00, 2030-04-01 10:00)', 'user:1');
ROLLBACK;

-- 42501: PostgreSQL's own words.
SELECT bookonce.expire_holds();
