-- The rule on the ORM's own table, by an exclusion constraint and the trigger that asks first.
CREATE EXTENSION bookonce;
SELECT bookonce.guard_table(:'table', :'resource', :'starts', :'ends', live_when => $$status = 'accepted'$$);
