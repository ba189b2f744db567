-- The ORM's rows are bookings.
CREATE EXTENSION bookonce;
SELECT bookonce.setup();
SELECT * FROM bookonce.follow_table(:'table', format($$'room:' || %s$$, :'resource'), :'starts', :'ends',
    live_when => $$status = 'accepted'$$);
