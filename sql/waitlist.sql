-- waitlist.sql
--   Who waits for a time that is taken.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.join_waitlist(
    resource text,
    during tstzrange,
    holder text,
    quantity integer DEFAULT 1,
    offer_for interval DEFAULT '15 minutes',
    priority integer DEFAULT 0,
    expires_at timestamptz DEFAULT NULL,
    idempotency_key text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.waiter_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_join_waitlist';
COMMENT ON FUNCTION bookonce.join_waitlist(text, tstzrange, text, integer, interval, integer, timestamptz, text,
    interval, text) IS
    'wait in line for a time that is taken: what is freed becomes a hold of offer_for for the first whom it fits; '
    'higher priority comes first; free_now: it need not be waited for';

CREATE FUNCTION bookonce.leave_waitlist(
    waiter_id uuid,
    holder text DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS bookonce.waiter_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_leave_waitlist';
COMMENT ON FUNCTION bookonce.leave_waitlist(uuid, text, interval, text) IS
    'wait no longer; offered: it was offered a place already, which cancel_booking() gives back';

CREATE FUNCTION bookonce.waitlist(resource text, within tstzrange DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS SETOF bookonce.waiter_row LANGUAGE C STABLE ROWS 100 AS 'MODULE_PATHNAME', 'bookonce_waitlist';
COMMENT ON FUNCTION bookonce.waitlist(text, tstzrange, text) IS
    'who waits for a time of the resource that overlaps within, or for any: first those whose offer stands, then the '
    'line in its order';

CREATE FUNCTION bookonce.set_waitlist(
    resource text, strict boolean, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_waitlist';
COMMENT ON FUNCTION bookonce.set_waitlist(text, boolean, interval, text) IS
    'who gets free places that are too few for the first in line: nobody, they are kept until there are enough '
    '(strict), or the next whom they fit';

CREATE FUNCTION bookonce.promote_waiters(at_most integer DEFAULT 1000) RETURNS integer
LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_promote_waiters';
COMMENT ON FUNCTION bookonce.promote_waiters(integer) IS
    'make holds of what has lapsed for those who wait, of all tenants, and return how many; what others are using at '
    'this moment is left to them';
