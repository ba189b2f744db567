-- claims.sql
--   Claims and counters.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.claim(
    scope text, value text, claimant text, details jsonb DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.claim_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_claim';
COMMENT ON FUNCTION bookonce.claim(text, text, text, jsonb, interval, text) IS
    'own a value, once per scope: claimed, or claimed_by_other';

CREATE FUNCTION bookonce.release_claim(
    scope text, value text, claimant text, max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.claim_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_release_claim';
COMMENT ON FUNCTION bookonce.release_claim(text, text, text, interval, text) IS
    'give a value up: released; replayed when the claimant did not own it, whoever does';

CREATE FUNCTION bookonce.define_counter(
    counter text, value bigint DEFAULT 0, minimum bigint DEFAULT 0, maximum bigint DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_define_counter';
COMMENT ON FUNCTION bookonce.define_counter(text, bigint, bigint, bigint, interval, text) IS
    'make a counter that starts at value, or change the bounds of one; a null bound is none';

CREATE FUNCTION bookonce.adjust_counter(
    counter text, delta bigint, idempotency_key text DEFAULT NULL,
    max_wait interval DEFAULT NULL, tenant text DEFAULT 'default')
RETURNS bookonce.counter_answer LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_adjust_counter';
COMMENT ON FUNCTION bookonce.adjust_counter(text, bigint, text, interval, text) IS
    'add delta to a counter, once per key and within its bounds: applied, or out_of_bounds';
