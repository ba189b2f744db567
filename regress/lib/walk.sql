-- walk.sql: every verb in each of its ways, for the tests that compare or search what callers hear. Run by psql with
-- two variables: `t`, the tenant, and `m`, which begins each holder, key, claim, reason and detail. It prints no id, so
-- two walks print the same. Everything outside of calls is qualified: the search_path may be full of traps.
-- SPDX-License-Identifier: PostgreSQL
\set ann :m '-ann'
\set ben :m '-ben'
\set key :m '-key'
\set details '{"' :m '": "' :m '"}'
\set nobody '''00000000-0000-0000-0000-000000000000'''
\set nine '''[2030-07-01 09:00+00, 2030-07-01 10:00+00)'''
\set ten '''[2030-07-01 10:00+00, 2030-07-01 11:00+00)'''

-- Resources and their rules.
SELECT bookonce.define_resource('room', tenant => :'t');
SELECT bookonce.define_resource('hall', tenant => :'t');
SELECT bookonce.define_resource('class', 3, tenant => :'t');
SELECT bookonce.define_resource('clinic', 2, '10 minutes', '5 minutes', 'Europe/Paris', '1 hour', '36500 days',
    '3 hours', tenant => :'t');
SELECT bookonce.set_opening_hours('clinic', 1, ARRAY['08:00', '20:00']::pg_catalog.time[],
    ARRAY['18:00', '02:00']::pg_catalog.time[], tenant => :'t');
SELECT bookonce.set_booking_limit('clinic', 'day', 2, tenant => :'t'), bookonce.set_booking_limit('clinic', 'month', 40,
    tenant => :'t');
SELECT bookonce.define_resource('driver:1', tenant => :'t'), bookonce.define_resource('driver:2', tenant => :'t'),
    bookonce.define_resource('driver:3', tenant => :'t');

-- One slot: booked, replayed, taken, late, overlapping by wish, another request under the key.
SELECT outcome, replayed, units, during, status
    FROM bookonce.book_slot('room', :nine, :'ann', details => :'details', idempotency_key => :'key', tenant => :'t');
SELECT outcome, replayed, units, during, status
    FROM bookonce.book_slot('room', :nine, :'ann', details => :'details', idempotency_key => :'key', tenant => :'t');
SELECT outcome, busy FROM bookonce.book_slot('room', :nine, :'ben', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('room', :ten, :'ben', valid_until => '2001-01-01', tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('room', :nine, :'ben', allow_overlap => true, tenant => :'t');
SELECT outcome FROM bookonce.book_slot('room', :ten, :'ann', idempotency_key => :'key', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('no such room', :nine, :'ann', tenant => :'t');

-- A hold: extended, confirmed, cancelled, and each once more. One that lapses at once: a refusal, and the slot is free.
SELECT booking_id AS hold FROM bookonce.book_slot('room', :ten, :'ann', hold_for => '1 day', tenant => :'t') \gset
SELECT outcome, replayed FROM bookonce.extend_hold(:'hold', '2 days', tenant => :'t');
SELECT outcome, replayed FROM bookonce.extend_hold(:'hold', '1 second', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'hold', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'hold', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.extend_hold(:'hold', '2 days', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'hold', :'m', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'hold', :'m', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.confirm_booking(:'hold', tenant => :'t');
SELECT booking_id AS hold FROM bookonce.book_slot('room', :ten, :'ann', hold_for => '0.000001 s', tenant => :'t') \gset
SELECT outcome, status FROM bookonce.extend_hold(:'hold', '1 day', tenant => :'t');
SELECT outcome, status FROM bookonce.confirm_booking(:'hold', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.cancel_booking(:'hold', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('room', :ten, :'ben', tenant => :'t');
SELECT bookonce.confirm_booking(:nobody, tenant => :'t');
SELECT bookonce.extend_hold(:nobody, '1 hour', tenant => :'t');
SELECT bookonce.cancel_booking(:nobody, tenant => :'t');

-- Capacity: a party, a party too large, a lapsed party, one that is put elsewhere, and a capacity that is in use.
SELECT outcome, units FROM bookonce.book_slot('class', :nine, :'ann', 2, tenant => :'t');
SELECT outcome, busy FROM bookonce.book_slot('class', :nine, :'ben', 2, tenant => :'t');
SELECT outcome FROM bookonce.book_slot('class', :nine, :'ben', 4, tenant => :'t');
SELECT outcome FROM bookonce.book_slot('class', :nine, :'ben', 1, hold_for => '0.000001 s', tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('class', :nine, :'ben', 1, tenant => :'t');
SELECT outcome FROM bookonce.book_slot('class', '[2030-07-02 09:00+00, 2030-07-02 10:00+00)', :'ann', 3,
    tenant => :'t');
SELECT booking_id AS short FROM bookonce.book_slot('class', '[2030-07-03 09:00+00, 2030-07-03 10:00+00)', :'ann', tenant => :'t') \gset
SELECT outcome, units FROM bookonce.book_slot('class', '[2030-07-03 09:00+00, 2030-07-03 11:00+00)', :'ann',
    tenant => :'t');
SELECT outcome FROM bookonce.cancel_booking(:'short', tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('class', '[2030-07-03 10:00+00, 2030-07-03 12:00+00)', :'ben',
    tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('class', '[2030-07-03 11:00+00, 2030-07-03 12:00+00)', :'ben',
    tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('class', '[2030-07-03 08:00+00, 2030-07-03 12:00+00)', :'ben',
    tenant => :'t');
SELECT bookonce.define_resource('class', 1, tenant => :'t');
SELECT bookonce.define_resource('class', 4, tenant => :'t');

-- Rules: open, closed, too long, too soon, at the limit; and what is free.
SELECT outcome FROM bookonce.book_slot('clinic', '[2030-07-01 08:00+00, 2030-07-01 09:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2030-07-01 03:00+00, 2030-07-01 04:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2030-07-01 08:00+00, 2030-07-01 12:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2020-07-06 08:00+00, 2020-07-06 09:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2140-07-01 08:00+00, 2140-07-01 09:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2030-07-01 08:30+00, 2030-07-01 09:30+00)', :'ann',
    hold_for => '0.000001 s', tenant => :'t');
SELECT outcome, units FROM bookonce.book_slot('clinic', '[2030-07-01 08:30+00, 2030-07-01 09:30+00)', :'ben',
    tenant => :'t');
SELECT outcome FROM bookonce.book_slot('clinic', '[2030-07-01 12:30+00, 2030-07-01 13:30+00)', :'ben', tenant => :'t');
SELECT bookonce.free_slots('clinic', '[2030-07-01 06:00+00, 2030-07-01 09:00+00)', '30 minutes', '15 minutes',
    tenant => :'t');
SELECT bookonce.free_slots('room', '[2030-07-01 08:00+00, 2030-07-01 12:00+00)', '1 hour', tenant => :'t');
SELECT bookonce.suggest_slots('room', :nine, 2, tenant => :'t'), bookonce.suggest_slots('clinic',
    '[2030-07-01 08:30+00, 2030-07-01 09:30+00)', 2, step => '15 minutes', quantity => 2, tenant => :'t');
SELECT bookonce.free_time('clinic', '[2030-07-08 00:00+00, 2030-07-09 00:00+00)', tenant => :'t');
SELECT bookonce.free_time('room', '[2030-07-01 08:00+00, 2030-07-01 12:00+00)', tenant => :'t');
SELECT bookonce.free_time('no such room', '[2030-07-01 08:00+00, 2030-07-01 12:00+00)', tenant => :'t');
SELECT bookonce.repeat_slots(:nine, '1 week', 3, 'Europe/Paris');
SELECT bookonce.set_opening_hours('clinic', 1, ARRAY['09:00', '10:00']::pg_catalog.time[],
    ARRAY['11:00', '12:00']::pg_catalog.time[], tenant => :'t');
SELECT bookonce.clear_opening_hours('clinic', tenant => :'t');
SELECT bookonce.set_booking_limit('clinic', 'day', NULL, tenant => :'t');
SELECT bookonce.set_booking_limit('no such clinic', 'day', 1, tenant => :'t');

-- Groups: all, none, each by itself; replayed, another request under the key; confirmed, cancelled, lapsed.
\set two 'ARRAY[ROW(''hall'', ''[2030-07-04 09:00+00, 2030-07-04 10:00+00)'', NULL, NULL, NULL, NULL), ROW(''class'', ''[2030-07-04 09:00+00, 2030-07-04 10:00+00)'', 2, NULL, NULL, NULL)]::bookonce.slot_request[]'
\set gkey :m '-group'
SELECT group_id AS party FROM bookonce.book_slots(:two, :'ann', '1 day', details => :'details', idempotency_key => :'gkey', tenant => :'t') LIMIT 1 \gset
SELECT outcome, replayed, resource, units, status
    FROM bookonce.book_slots(:two, :'ann', '1 day', details => :'details', idempotency_key => :'gkey', tenant => :'t');
SELECT outcome FROM bookonce.book_slots(:two, :'ben', '1 day', details => :'details', idempotency_key => :'gkey',
    tenant => :'t');
SELECT outcome, busy FROM bookonce.book_slots(:two, :'ben', tenant => :'t');
SELECT outcome, busy FROM bookonce.book_slots(:two, :'ben', all_or_nothing => false, tenant => :'t');
SELECT outcome, replayed, resource, status FROM bookonce.confirm_group(:'party', tenant => :'t');
SELECT outcome, replayed, resource, status FROM bookonce.confirm_group(:'party', tenant => :'t');
SELECT outcome, replayed, resource, status FROM bookonce.cancel_group(:'party', :'m', tenant => :'t');
SELECT outcome, replayed, resource, status FROM bookonce.cancel_group(:'party', tenant => :'t');
SELECT group_id AS party FROM bookonce.book_slots(:two, :'ann', '0.000001 s', tenant => :'t') LIMIT 1 \gset
SELECT outcome, resource, status FROM bookonce.confirm_group(:'party', tenant => :'t');
SELECT outcome FROM bookonce.book_slots(:two, :'ann', tenant => :'t');
SELECT bookonce.confirm_group(:nobody, tenant => :'t');
SELECT bookonce.cancel_group(:nobody, tenant => :'t');

-- One of many, moves and swaps.
\set akey :m '-any'
SELECT outcome, replayed, resource
    FROM bookonce.book_any_slot(ARRAY['room', 'hall'], :nine, :'ann', idempotency_key => :'akey', tenant => :'t');
SELECT outcome, replayed, resource
    FROM bookonce.book_any_slot(ARRAY['room', 'hall'], :nine, :'ann', idempotency_key => :'akey', tenant => :'t');
SELECT outcome FROM bookonce.book_any_slot(ARRAY['room', 'hall'], :nine, :'ann', 'least_booked',
    idempotency_key => :'akey', tenant => :'t');
SELECT outcome, busy FROM bookonce.book_any_slot(ARRAY['room', 'hall'], :nine, :'ben', 'least_booked', tenant => :'t');
SELECT outcome FROM bookonce.book_any_slot(ARRAY['room', 'no such room'], :nine, :'ben', tenant => :'t');
SELECT booking_id AS one FROM bookonce.book_slot('room', '[2030-07-05 09:00+00, 2030-07-05 10:00+00)', :'ann', tenant => :'t') \gset
SELECT booking_id AS other FROM bookonce.book_slot('hall', '[2030-07-05 10:00+00, 2030-07-05 11:00+00)', :'ben', tenant => :'t') \gset
SELECT outcome, resource, during FROM bookonce.reschedule_booking(:'one', '[2030-07-05 09:30+00, 2030-07-05 10:30+00)',
    tenant => :'t');
SELECT outcome, busy FROM bookonce.reschedule_booking(:'one', '[2030-07-05 09:30+00, 2030-07-05 10:30+00)', 'hall',
    tenant => :'t');
SELECT outcome, resource, during FROM bookonce.swap_bookings(:'one', :'other', tenant => :'t');
SELECT outcome, resource, during FROM bookonce.reschedule_booking(:'one', '[2030-07-05 12:00+00, 2030-07-05 13:00+00)',
    'clinic', tenant => :'t');
SELECT outcome FROM bookonce.cancel_booking(:'other', tenant => :'t');
SELECT outcome FROM bookonce.swap_bookings(:'one', :'other', tenant => :'t');
SELECT outcome FROM bookonce.reschedule_booking(:'other', '[2030-07-05 12:00+00, 2030-07-05 13:00+00)', tenant => :'t');
SELECT bookonce.swap_bookings(:'one', :nobody, tenant => :'t');
SELECT bookonce.reschedule_booking(:nobody, :nine, tenant => :'t');

-- Claims and counters.
SELECT outcome, replayed FROM bookonce.claim('e-mail', :'ann', :'ann', :'details', tenant => :'t');
SELECT outcome, replayed FROM bookonce.claim('e-mail', :'ann', :'ann', tenant => :'t');
SELECT outcome, replayed, claimant FROM bookonce.claim('e-mail', :'ann', :'ben', tenant => :'t');
SELECT outcome, replayed FROM bookonce.release_claim('e-mail', :'ann', :'ben', tenant => :'t');
SELECT outcome, replayed FROM bookonce.release_claim('e-mail', :'ann', :'ann', tenant => :'t');
SELECT bookonce.define_counter('stock', 5, 0, 10, tenant => :'t'),
    bookonce.define_counter('stock', 5, 0, 11, tenant => :'t');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('stock', 2, :'key', tenant => :'t');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('stock', 2, :'key', tenant => :'t');
SELECT outcome, replayed, value FROM bookonce.adjust_counter('stock', 3, :'key', tenant => :'t');
SELECT outcome, value FROM bookonce.adjust_counter('stock', 200, tenant => :'t');
SELECT outcome, value FROM bookonce.adjust_counter('stock', 9223372036854775807, tenant => :'t');
SELECT bookonce.define_counter('stock', minimum => 8, tenant => :'t');
SELECT bookonce.adjust_counter('no such stock', 1, tenant => :'t');

-- Dispatch.
\set ride_at '''[2030-07-06 09:00+00, 2030-07-06 10:00+00)'''
SELECT request_id AS ride FROM bookonce.open_request(:ride_at, 1, :'ann', :'details', idempotency_key => :'key', tenant => :'t') \gset
SELECT outcome, replayed, filled, status
    FROM bookonce.open_request(:ride_at, 1, :'ann', :'details', idempotency_key => :'key', tenant => :'t');
SELECT outcome FROM bookonce.open_request(:ride_at, 2, :'ann', :'details', idempotency_key => :'key', tenant => :'t');
SELECT outcome, provider FROM bookonce.make_offers(:'ride', ARRAY['driver:1', 'driver:2'], expires_in => '1 day',
    tenant => :'t');
SELECT offer_id AS o1 FROM bookonce.make_offers(:'ride', ARRAY['driver:1'], tenant => :'t') \gset
SELECT offer_id AS o2 FROM bookonce.make_offers(:'ride', ARRAY['driver:2'], tenant => :'t') \gset
SELECT offer_id AS o3 FROM bookonce.make_offers(:'ride', ARRAY['driver:3'], expires_in => '0.000001 s', tenant => :'t') \gset
SELECT outcome FROM bookonce.accept_offer(:'o3', 'driver:3', tenant => :'t');
\set drivers '''{"any_of": ["driver:1", "driver:2", "driver:3"], "count": 3}'''
SELECT outcome, replayed, provider FROM bookonce.make_offers_by_need(:'ride', :drivers, tenant => :'t');
SELECT outcome FROM bookonce.accept_offer(:'o1', 'driver:2', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('driver:1', :ride_at, :'ben', tenant => :'t');
SELECT outcome FROM bookonce.accept_offer(:'o1', 'driver:1', tenant => :'t');
SELECT outcome, replayed, "position", status FROM bookonce.accept_offer(:'o2', 'driver:2', tenant => :'t');
SELECT outcome, replayed, "position", status FROM bookonce.accept_offer(:'o2', 'driver:2', tenant => :'t');
SELECT outcome FROM bookonce.accept_offer(:'o1', 'driver:1', tenant => :'t');
SELECT outcome FROM bookonce.reassign_position(:'ride', 'driver:2', 'driver:1', tenant => :'t');
SELECT outcome, provider FROM bookonce.reassign_position(:'ride', 'driver:2', 'driver:3', tenant => :'t');
SELECT outcome, provider FROM bookonce.release_position(:'ride', 'driver:3', :'m', tenant => :'t');
SELECT outcome FROM bookonce.release_position(:'ride', 'driver:1', tenant => :'t');
SELECT outcome FROM bookonce.decline_offer(:'o1', 'driver:1', tenant => :'t');
SELECT outcome FROM bookonce.withdraw_offer(:'o1', tenant => :'t');
SELECT offer_id AS o4 FROM bookonce.make_offers(:'ride', ARRAY['driver:1'], tenant => :'t') \gset
SELECT outcome FROM bookonce.withdraw_offer(:'o4', tenant => :'t');
SELECT outcome, status FROM bookonce.cancel_request(:'ride', :'m', tenant => :'t');
SELECT outcome, replayed, status FROM bookonce.cancel_request(:'ride', :'m', tenant => :'t');
SELECT outcome FROM bookonce.make_offers(:'ride', ARRAY['driver:1'], tenant => :'t');
SELECT outcome FROM bookonce.accept_offer(:'o4', 'driver:1', tenant => :'t');
SELECT bookonce.make_offers(:nobody, ARRAY['driver:1'], tenant => :'t');
SELECT outcome, provider FROM bookonce.make_offers_by_need(:'ride', :drivers, tenant => :'t');
SELECT bookonce.make_offers_by_need(:nobody, :drivers, tenant => :'t');
SELECT bookonce.accept_offer(:nobody, 'driver:1', tenant => :'t');
SELECT bookonce.cancel_request(:nobody, tenant => :'t');
SELECT bookonce.reassign_position(:nobody, 'driver:1', 'driver:2', tenant => :'t');
SELECT bookonce.release_position(:nobody, 'driver:1', tenant => :'t');

-- Front desk: who has come, who changes, what ends now; a resource out of service; a calendar; rules of a holder.
\set seven '''[2030-07-07 09:00+00, 2030-07-07 10:00+00)'''
\set july '''[2030-07-01 00:00+00, 2030-08-01 00:00+00)'''
\set around_now 'pg_catalog.tstzrange(pg_catalog.now() OPERATOR(pg_catalog.-) ''1 hour''::pg_catalog.interval, pg_catalog.now() OPERATOR(pg_catalog.+) ''1 hour''::pg_catalog.interval)'
SELECT bookonce.define_resource('desk', tenant => :'t'), bookonce.define_resource('attic', tenant => :'t'),
    bookonce.define_resource('spa', check_in_within => '24 hours', tenant => :'t');
SELECT booking_id AS begun FROM bookonce.book_slot('desk', :around_now, :'ann', tenant => :'t') \gset
SELECT outcome, replayed FROM bookonce.end_booking(:'begun', tenant => :'t');
SELECT outcome, replayed FROM bookonce.end_booking(:'begun', :'ben', tenant => :'t');
SELECT booking_id AS due FROM bookonce.book_slot('spa', :around_now, :'ann', tenant => :'t') \gset
SELECT outcome, replayed FROM bookonce.check_in(:'due', tenant => :'t');
SELECT outcome, replayed FROM bookonce.check_in(:'due', tenant => :'t');
SELECT outcome FROM bookonce.no_show(:'due', :'m', tenant => :'t');
SELECT outcome FROM bookonce.no_show(:nobody, tenant => :'t');
SELECT booking_id AS ours FROM bookonce.book_slot('desk', :seven, :'ann', details => :'details', tenant => :'t') \gset
SELECT outcome, replayed FROM bookonce.change_booking(:'ours', :'ben', tenant => :'t');
SELECT outcome, replayed FROM bookonce.change_booking(:'ours', :'ben', tenant => :'t');
SELECT bookonce.change_booking(:nobody, :'ben', tenant => :'t');
\set pair_at 'ARRAY[ROW(''hall'', ''[2030-07-08 09:00+00, 2030-07-08 10:00+00)'', NULL, NULL, NULL, NULL), ROW(''class'', ''[2030-07-08 09:00+00, 2030-07-08 10:00+00)'', NULL, NULL, NULL, NULL)]::bookonce.slot_request[]'
SELECT group_id AS pair FROM bookonce.book_slots(:pair_at, :'ann', tenant => :'t') LIMIT 1 \gset
SELECT outcome, resource, during FROM bookonce.reschedule_group(:'pair', '1 hour', tenant => :'t');
SELECT bookonce.reschedule_group(:nobody, '1 hour', tenant => :'t');
SELECT outcome FROM bookonce.close_resource(ARRAY['desk', 'hall'], '[2030-07-07 08:00+00, 2030-07-07 12:00+00)',
    reason => :'m', idempotency_key => :'key', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-07-07 10:00+00, 2030-07-07 11:00+00)', :'ben', tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.list_closures(:july, tenant => :'t');
SELECT closure_id AS closure FROM bookonce.list_closures(:july, ARRAY['hall'], tenant => :'t') LIMIT 1 \gset
SELECT bookonce.reopen_resource(ARRAY[:'closure']::pg_catalog.uuid[], tenant => :'t');
SELECT bookonce.reopen_resource(ARRAY[:nobody]::pg_catalog.uuid[], tenant => :'t');
SELECT bookonce.set_day_hours('attic', '2030-07-09', ARRAY['09:00']::pg_catalog.time[],
    ARRAY['12:00']::pg_catalog.time[], tenant => :'t');
SELECT bookonce.set_hours_from('attic', '2030-07-10', 3, ARRAY['10:00']::pg_catalog.time[],
    ARRAY['13:00']::pg_catalog.time[], tenant => :'t');
SELECT bookonce.set_starts('attic', ARRAY['09:00', '10:00']::pg_catalog.time[], tenant => :'t');
SELECT bookonce.set_ends('attic', ARRAY['11:00', '12:00']::pg_catalog.time[], tenant => :'t');
SELECT outcome FROM bookonce.book_slot('attic', '[2030-07-09 09:00+00, 2030-07-09 11:00+00)', :'ann', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('attic', '[2030-07-09 09:30+00, 2030-07-09 11:00+00)', :'ann', tenant => :'t');
SELECT bookonce.define_calendar('holidays', tenant => :'t');
SELECT bookonce.set_calendar_day('holidays', '2030-07-14', '{}', '{}', tenant => :'t');
SELECT bookonce.follow_calendar('hall', 'holidays', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('hall', '[2030-07-14 09:00+00, 2030-07-14 10:00+00)', :'ann', tenant => :'t');
SELECT bookonce.follow_calendar('hall', 'no such calendar', tenant => :'t');
SELECT bookonce.follow_calendar('hall', NULL, tenant => :'t');
SELECT bookonce.delete_calendar('holidays', tenant => :'t');
SELECT bookonce.set_holder_rule('all', ARRAY['desk'], max_live => 2, tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.list_holder_rules(tenant => :'t');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-07-15 09:00+00, 2030-07-15 10:00+00)', :'ben', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('desk', '[2030-07-16 09:00+00, 2030-07-16 10:00+00)', :'ben', tenant => :'t');
SELECT bookonce.alter_resource('attic', buffer_after => '10 minutes', tenant => :'t');
SELECT bookonce.rename_resource('attic', 'loft', tenant => :'t');
SELECT bookonce.rename_resource('no such room', 'loft', tenant => :'t');
SELECT outcome FROM bookonce.retire_resource('loft', '2031-01-01', :'m', tenant => :'t');
SELECT bookonce.delete_resource('loft', tenant => :'t');
SELECT bookonce.delete_resource('no such room', tenant => :'t');

-- Kinds of booking.
\set kind_at '''[2030-07-24 09:00+00, 2030-07-24 10:00+00)'''
SELECT bookonce.define_kind('visit', buffer_after => '10 minutes', durations => '{1 hour}', tenant => :'t');
SELECT kind, buffer_after, durations FROM bookonce.list_kinds(tenant => :'t');
SELECT outcome FROM bookonce.book_slot('hall', :kind_at, :'ann', kind => 'visit', tenant => :'t');
SELECT outcome FROM bookonce.book_slot('hall', :kind_at, :'ann', kind => 'no such kind', tenant => :'t');
SELECT bookonce.delete_kind('visit', tenant => :'t');
SELECT bookonce.delete_kind('no such kind', tenant => :'t');

-- Waiting in line, and what is needed without a name.
\set hall_at '''[2030-07-18 09:00+00, 2030-07-18 10:00+00)'''
\set wkey :m '-wait'
SELECT bookonce.set_waitlist('hall', true, tenant => :'t');
SELECT outcome FROM bookonce.book_slot('hall', :hall_at, :'ann', tenant => :'t');
SELECT outcome, replayed, place FROM bookonce.join_waitlist('hall', :hall_at, :'ben', idempotency_key => :'wkey',
    tenant => :'t');
SELECT outcome, replayed, place FROM bookonce.join_waitlist('hall', :hall_at, :'ben', idempotency_key => :'wkey',
    tenant => :'t');
SELECT waiter_id AS waiter FROM bookonce.waitlist('hall', tenant => :'t') LIMIT 1 \gset
SELECT pg_catalog.count(*) FROM bookonce.waitlist('hall', :july, tenant => :'t');
SELECT outcome, replayed FROM bookonce.leave_waitlist(:'waiter', tenant => :'t');
SELECT outcome, replayed FROM bookonce.leave_waitlist(:'waiter', tenant => :'t');
SELECT bookonce.leave_waitlist(:nobody, tenant => :'t');

-- What is taken along.
SELECT bookonce.define_resource('suite', tenant => :'t');
SELECT bookonce.set_parts('suite', ARRAY['driver:3'], tenant => :'t');
SELECT part, quantity, depth FROM bookonce.list_parts('suite', tenant => :'t');
SELECT bookonce.set_parts('suite', ARRAY[]::pg_catalog.text[], tenant => :'t');
\set need '''[{"any_of": ["room", "hall"]}, {"any_of": ["class"]}]'''
\set need_at '''[2030-07-19 09:00+00, 2030-07-19 10:00+00)'''
SELECT outcome, resource FROM bookonce.book_needs(:need, :need_at, :'ann', tenant => :'t');
SELECT outcome, resource FROM bookonce.book_needs(:need, :need_at, :'ben', tenant => :'t');
SELECT outcome, busy FROM bookonce.book_needs(:need, :need_at, :'ben', tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.find_slots(:need, '[2030-07-19 06:00+00, 2030-07-19 12:00+00)', '1 hour',
    tenant => :'t');
\set shift_at '''[2030-07-20 09:00+00, 2030-07-20 10:00+00)'''
SELECT request_id AS shift FROM bookonce.open_request(:shift_at, 1, :'ann', tenant => :'t') \gset
SELECT outcome, provider FROM bookonce.make_offers_by_need(:'shift', '{"any_of": ["driver:1", "driver:2"]}',
    pick => 'tightest', keep_asking => true, tenant => :'t');
SELECT outcome FROM bookonce.decline_offer((SELECT offer_id FROM bookonce.make_offers(:'shift', ARRAY['driver:1'],
    tenant => :'t')), 'driver:1', tenant => :'t');
SELECT bookonce.top_up_offers(tenant => :'t');
SELECT bookonce.top_up_offers(0, tenant => :'t');
SELECT bookonce.make_offers_by_need(:'shift', '{"where": {"drives": "bus"}}', tenant => :'t');
SELECT outcome FROM bookonce.reschedule_request(:'shift', '[2030-07-21 09:00+00, 2030-07-21 10:00+00)', tenant => :'t');
SELECT bookonce.reschedule_request(:nobody, '[2030-07-21 09:00+00, 2030-07-21 10:00+00)', tenant => :'t');

-- Reading: columns that are of nobody in particular.
SELECT resource, unit, status FROM bookonce.get_booking(:'ours', tenant => :'t');
SELECT resource FROM bookonce.get_booking(:nobody, tenant => :'t');
SELECT resource, status FROM bookonce.get_booking_by_key(:'key', tenant => :'t');
SELECT resource, during FROM bookonce.get_group(:'pair', tenant => :'t') ORDER BY resource;
SELECT pg_catalog.count(*) FROM bookonce.list_bookings(ARRAY['room', 'class'], :july, tenant => :'t');
SELECT bookonce.list_bookings(ARRAY['room', 'no such room'], :july, tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.list_holder_bookings(:'ann', :july, true, tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.list_requests(:july, :'ann', tenant => :'t');
SELECT pg_catalog.count(*) FROM bookonce.list_provider_offers('driver:1', false, tenant => :'t');
SELECT resource, capacity FROM bookonce.list_resources(tenant => :'t');
SELECT resource, capacity, time_zone FROM bookonce.describe_resource('clinic', tenant => :'t');
SELECT bookonce.describe_resource('no such room', tenant => :'t');
SELECT scope FROM bookonce.list_claims(:'ann', tenant => :'t');
SELECT bookonce.counter_value('stock', tenant => :'t');
SELECT bookonce.counter_value('no such stock', tenant => :'t');
SELECT bookonce.places_left('class', :nine, tenant => :'t');
SELECT outcome, rule FROM bookonce.explain_slot('room', :nine, tenant => :'t');
SELECT kind FROM bookonce.booking_history(:'ours', tenant => :'t');
\set reader :m '-reader'
SELECT pg_catalog.count(*) FROM bookonce.read_events(:'reader', tenant => :'t');
SELECT bookonce.ack_events(:'reader', ROW(1, '1', 1)::bookonce.event_place, tenant => :'t');
SELECT bookonce.forget_consumer(:'reader', tenant => :'t');
SELECT bookonce.forget_consumer(:'reader', tenant => :'t');
\set json '''[{"resource": "room", "starts_at": "2030-07-22T09:00Z", "ends_at": "2030-07-22T10:00Z"}]'''
SELECT resource FROM bookonce.slots_from_json(:json);
SELECT bookonce.to_jsonb(a) OPERATOR(pg_catalog.->>) 'outcome' FROM bookonce.book_slot('room', :nine, :'ben',
    tenant => :'t') AS a;
SELECT bookonce.times_to_jsonb('{}', :nine, '{}');

-- Arguments: what is wrong with each, once.
SELECT bookonce.book_slot('room', 'empty', :'ann', tenant => :'t');
SELECT bookonce.book_slot('room', '[2030-07-01 09:00+00, infinity)', :'ann', tenant => :'t');
SELECT bookonce.book_slot(NULL, :nine, :'ann', tenant => :'t');
SELECT bookonce.book_slot('room', :nine, '', tenant => :'t');
SELECT bookonce.claim('e-mail', NULL, :'ann', tenant => :'t');
SELECT bookonce.adjust_counter('stock', NULL, tenant => :'t');
SELECT bookonce.open_request(:ride_at, 0, :'ann', tenant => :'t');
SELECT bookonce.make_offers(:'ride', '{}', tenant => :'t');
BEGIN READ ONLY;
SELECT bookonce.book_slot('room', :nine, :'ann', tenant => :'t');
ROLLBACK;
