-- statistics.sql
--   How often each verb gave which answer. The counters are in shared memory; the view over them is made by setup().
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.count_answers(OUT verb oid, OUT outcome text, OUT replayed boolean, OUT answers bigint)
RETURNS SETOF record
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_count_answers';
COMMENT ON FUNCTION bookonce.count_answers() IS
    'part of the view statistics: the counters of this database; none for a role that is bound to a tenant';

CREATE FUNCTION bookonce.counted_since() RETURNS timestamptz
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'bookonce_counted_since';
COMMENT ON FUNCTION bookonce.counted_since() IS
    'when the counters of bookonce.statistics began: the first call after the server was started, or the last '
    'reset_statistics(); null where there is no room to count';

CREATE FUNCTION bookonce.reset_statistics() RETURNS void
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'bookonce_reset_statistics';
COMMENT ON FUNCTION bookonce.reset_statistics() IS
    'set the counters of bookonce.statistics in this database to zero';
