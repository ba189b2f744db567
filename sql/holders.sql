-- holders.sql
--   What each holder may have.
-- SPDX-License-Identifier: PostgreSQL

CREATE FUNCTION bookonce.set_holder_rule(
    scope text,
    resources text[] DEFAULT NULL,
    max_at_once integer DEFAULT NULL,
    max_live integer DEFAULT NULL,
    max_per_period integer DEFAULT NULL,
    period text DEFAULT NULL,
    max_time interval DEFAULT NULL,
    max_wait interval DEFAULT NULL,
    tenant text DEFAULT 'default')
RETURNS void LANGUAGE C AS 'MODULE_PATHNAME', 'bookonce_set_holder_rule';
COMMENT ON FUNCTION bookonce.set_holder_rule(text, text[], integer, integer, integer, text, interval, interval, text) IS
    'what each holder may have on the resources of a scope, in place of what was said before: calls at one instant, '
    'calls that are not over, calls that begin in one day, week, month or year, and how much time of these; resources '
    'null: those that it has; no limit: the rule is taken back';

CREATE FUNCTION bookonce.list_holder_rules(tenant text DEFAULT 'default')
RETURNS TABLE (scope text, resources text[], max_at_once integer, max_live integer, max_per_period integer,
    period text, max_time interval, since timestamptz)
LANGUAGE C STABLE ROWS 10 AS 'MODULE_PATHNAME', 'bookonce_list_holder_rules';
COMMENT ON FUNCTION bookonce.list_holder_rules(text) IS
    'the rules on holders, by scope, and since when each is as it is';
