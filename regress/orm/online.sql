-- The same, built beside the running application.
CREATE EXTENSION bookonce;
SELECT slot, condition FROM bookonce.adopted_rule(:'table', :'resource', :'starts', :'ends', NULL, $$status = 'accepted'$$) \gset
CREATE INDEX CONCURRENTLY booked ON :table USING gist ((:slot)) WHERE :condition;
SELECT bookonce.guard_table(:'table', :'resource', :'starts', :'ends', live_when => $$status = 'accepted'$$,
    how => 'online');
