-- coupon: once per account and a limit over all of them, by a claim and a counter in one transaction. (docs/claims.md)
SET SESSION AUTHORIZATION regress_app;
SELECT bookonce.define_counter('coupon:SPRING', 2);

-- The application's call. The order is the claimant: its own retry is a replay, another order of the account hears that
-- it is taken.
CREATE FUNCTION pg_temp.redeem(code text, account text, purchase text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    coupon text := 'coupon:' || code;
    total bookonce.counter_answer;
BEGIN
    IF (bookonce.claim(coupon, account, purchase)).outcome = 'claimed_by_other' THEN
        RETURN 'used before';
    END IF;
    total := bookonce.adjust_counter(coupon, -1, purchase);
    IF total.outcome = 'out_of_bounds' THEN
        PERFORM bookonce.release_claim(coupon, account, purchase);
        RETURN 'all gone';
    END IF;
    RETURN format('redeemed, %s left%s', total.value, CASE WHEN total.replayed THEN ' (replayed)' END);
END
$$;
SELECT account, purchase, pg_temp.redeem('SPRING', 'account:' || account, 'order:' || purchase)
FROM unnest(ARRAY[1, 1, 1, 2, 3, 3, 2], ARRAY[1, 1, 2, 3, 4, 4, 3]) AS u (account, purchase);

-- One transaction: when the order fails, the coupon is as it was.
SELECT bookonce.define_counter('coupon:SUMMER', 1);
BEGIN;
SELECT pg_temp.redeem('SUMMER', 'account:1', 'order:5');
ROLLBACK;
SELECT pg_temp.redeem('SUMMER', 'account:2', 'order:6');
SELECT pg_temp.redeem('SUMMER', 'account:1', 'order:5');
-- More are printed, and it may try again.
SELECT outcome, value FROM bookonce.adjust_counter('coupon:SUMMER', 1);
SELECT pg_temp.redeem('SUMMER', 'account:1', 'order:5');

RESET SESSION AUTHORIZATION;
SELECT scope, count(*) AS claims, c.entries, c.value
FROM bookonce.claim AS m JOIN bookonce.counter AS c ON c.counter = m.scope
WHERE m.scope LIKE 'coupon:%' GROUP BY scope, c.entries, c.value ORDER BY scope;
