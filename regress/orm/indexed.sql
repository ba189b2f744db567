CREATE UNIQUE INDEX ON coupons (account_id, code);
