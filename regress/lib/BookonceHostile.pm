# BookonceHostile.pm: values that no caller should send, and tables with something of each kind for them to hit.
#
# SPDX-License-Identifier: PostgreSQL
package BookonceHostile;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(prepare_targets @texts @instants @ranges @intervals @times);

# Makes two tenants with a resource of each kind, a hold, a group, a filled and an open request.
my $targets = <<'SQL';
SELECT bookonce.define_resource(r, c, tenant => t) FROM unnest(ARRAY['default', 'other']) AS t,
    (VALUES ('room:1', 1), ('class', 3), ('driver:1', 1), ('driver:2', 1)) AS v(r, c);
SELECT bookonce.define_resource('strict', 2, '10 minutes', '20 minutes', 'Europe/Paris', '1 hour',
    '36500 days', '4 hours');
SELECT bookonce.set_opening_hours('strict', d, ARRAY['08:00', '20:00']::time[], ARRAY['18:00', '02:00']::time[])
FROM generate_series(1, 7) AS d;
SELECT bookonce.set_booking_limit('strict', p, 5) FROM unnest(ARRAY['day', 'week', 'month', 'year']) AS p;
SELECT bookonce.define_counter('stock', 5, 0, 10), bookonce.define_counter('deep', 0, NULL, NULL),
    bookonce.keep_history(), bookonce.define_calendar('holidays'),
    bookonce.define_kind('visit', '5 minutes', '5 minutes', '{1 hour}');
SELECT bookonce.close_resource('{strict}', '[2030-03-01, 2030-03-02)'), bookonce.follow_calendar('class', 'holidays'),
    bookonce.set_calendar_day('holidays', '2030-12-25', '{}', '{}');
SELECT bookonce.define_resource('nights'), bookonce.set_starts('nights', '{15:00}'),
    bookonce.set_ends('nights', '{11:00}'), bookonce.set_holder_rule('few', '{class}', max_live => 30);
SELECT bookonce.define_resource('floor'), bookonce.set_parts('floor', '{nights,class}', '{1,2}');
SELECT bookonce.close_resource('{class}', during, 1)
FROM unnest(ARRAY['[2030-01-08 15:00Z, 2030-01-09 11:00Z)', '[2030-05-06 09:00Z, 2030-05-06 10:00Z)']::tstzrange[])
    AS during;
SELECT bookonce.adjust_counter('stock', 1, 'parcel:1');
SELECT bookonce.claim('e-mail', 'ann@example.com', 'ann');
SELECT bookonce.book_slot('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', 'ann', hold_for => '1 day',
    idempotency_key => 'order:1', tenant => t)
FROM unnest(ARRAY['default', 'other']) AS t;
SELECT bookonce.join_waitlist('room:1', '[2030-01-07 09:00, 2030-01-07 10:00)', 'zoe', offer_for => '1 hour');
SELECT bookonce.book_slots(ARRAY[ROW('class', '[2030-01-07 09:00, 2030-01-07 10:00)', 2, NULL, NULL, NULL),
    ROW('room:1', '[2030-01-08 09:00, 2030-01-08 10:00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[],
        'ann', '1 day');
SELECT bookonce.make_offers(r.request_id, ARRAY['driver:1', 'driver:2'])
FROM bookonce.open_request('[2030-02-01 09:00, 2030-02-01 10:00)', 1, 'ben') AS r;
SELECT bookonce.accept_offer(offer_id, provider) FROM bookonce.offer_status WHERE provider = 'driver:1';
SELECT bookonce.make_offers(r.request_id, ARRAY['driver:2'])
FROM bookonce.open_request('[2030-02-02 09:00, 2030-02-02 10:00)', 2, 'ben') AS r;
SELECT bookonce.read_events('auditor', 10);
CREATE ROLE bound;
SELECT bookonce.grant_usage('bound', 'app', 'other');

-- What a call says: answered, or the SQLSTATE, the hint and the message. Unless kept, what it did is undone.
CREATE FUNCTION attempt(call text, keep boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    hint text;
    message text;
BEGIN
    EXECUTE call INTO message;
    IF NOT keep THEN
        RAISE EXCEPTION SQLSTATE 'ZZ999';
    END IF;
    RETURN 'answered';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, hint = PG_EXCEPTION_HINT, message = MESSAGE_TEXT;
    RETURN CASE state WHEN 'ZZ999' THEN 'answered' ELSE format('%s|%s|%s', state, hint <> '', left(message, 200)) END;
END
$$;
-- A table of an application's, and one whose name holds SQL.
CREATE ROLE clerk; GRANT CREATE ON SCHEMA public TO app;
SET ROLE app;
CREATE TABLE shop (id integer PRIMARY KEY, room integer, starts timestamptz, ends timestamptz, during tstzrange,
    status text, holder text);
CREATE TABLE "a; DROP TABLE shop" (LIKE shop INCLUDING ALL);
CREATE VIEW shop_view AS SELECT * FROM shop;
INSERT INTO shop SELECT n, n % 3, at, at + '1 hour', tstzrange(at, at + '1 hour'), 'accepted', 'ann'
FROM generate_series(1, 9) AS n, LATERAL (SELECT '2030-01-07 09:00'::timestamptz + n * '2 hours'::interval) AS t(at);
RESET ROLE;
CREATE TABLE stay (id integer PRIMARY KEY, room text NOT NULL, during tstzrange NOT NULL, status text, holder text);
SELECT bookonce.follow_table('stay', 'room', during => 'during', live_when => 'status = ''accepted''',
    holder => 'holder');
INSERT INTO stay VALUES (1, 'room:1', '[2030-01-09 09:00, 2030-01-09 10:00)', 'accepted', 'ann');
CREATE TABLE call (n integer PRIMARY KEY, sql text NOT NULL, keep boolean NOT NULL);
GRANT SELECT ON call TO app;
SQL
sub prepare_targets { return $targets }

our @texts = split /\n/, <<'SQL';
''
' '
repeat('x', 255)
repeat('x', 256)
repeat(U&'\00e9', 127) || 'x'
repeat(U&'\00e9', 128)
repeat('x', 1048576)
chr(1)
chr(9)
'a' || chr(10)
chr(127)
chr(133)
chr(65535)
chr(1114111)
U&'\202E\0301'
'%s%n%d'
$t$'"\; --$t$
'{}'
'infinity'
'null'
'room:1'
'class'
'strict'
'driver:1'
'driver:2'
'visit'
'other'
'default'
'order:1'
'stock'
'deep'
'UTC'
'Europe/Paris'
'+99'
'CET'
'posixrules'
'../../../etc/passwd'
'EST5EDT,M3.2.0,M11.1.0'
'UTC+167:59:59'
'<x>-24:59:59'
'day'
'week'
'month'
'year'
'millennium'
'first'
'least_booked'
SQL
our @instants = map { "'$_'" } split /\n/, <<'SQL';
-infinity
infinity
4714-11-24 00:00:00+00 BC
0001-01-01 00:00:00+00
1999-12-31 23:59:59.999999+00
2030-01-07 09:30+00
9999-12-31+00
147999-12-31 23:59:59.999999+00
148000-01-01+00
294276-12-31 23:59:59.999999+00
SQL
our @ranges = map { "'$_'" } split /\n/, <<'SQL';
empty
(,)
[2030-01-07 09:00,)
(,2030-01-07 09:00)
[-infinity,infinity]
[infinity,infinity]
[-infinity,-infinity]
(-infinity,2030-01-01)
[2030-01-07 09:00,infinity)
[4714-11-24 00:00:00+00 BC,294276-12-31 23:59:59.999999+00]
[294276-12-31 23:59:59.999999+00,294276-12-31 23:59:59.999999+00]
[4714-11-24 00:00:00+00 BC,4714-11-24 00:00:00+00 BC]
[147999-12-31 23:59+00,147999-12-31 23:59:59.999999+00]
[147999-12-31 23:59+00,148000-01-01 00:00+00)
[1900-01-01,2100-01-01)
[2030-01-07 09:30,2030-01-07 09:30]
(2030-01-07 09:00,2030-01-07 09:00:00.000001)
(2030-01-07 09:00,2030-01-07 10:00]
[2030-03-31 01:30+00,2030-03-31 02:30+00)
[2030-06-03 09:00+00,2030-06-03 11:00+00)
[2030-01-01,2030-12-31)
[2020-01-01,2020-01-02)
SQL
our @intervals = map { "'$_'" } split /\n/, <<'SQL';
0
1 microsecond
-1 microsecond
1 second
1 hour
1 day
-1 month
1 month -31 days
1 mon
-178000000 years
178000000 years
2147483647 months 2147483647 days
-2147483648 days
2147483647 days
36500 days
36501 days
1216 months
1217 months
2562047788 hours
-2562047788 hours
100 years -36500 days
SQL
our @times = split /\n/, <<'SQL';
'{}'
'{NULL}'
'{09:00}'
'{17:00}'
'{24:00}'
'{00:00,24:00}'
'{09:00,NULL}'
'{{09:00},{17:00}}'
'[5:6]={09:00,17:00}'
'{{{{{{09:00}}}}}}'
array_fill('09:00'::time, ARRAY[100000])
array_fill(NULL::time, ARRAY[3, 3, 3])
'{23:59:59.999999}'
'{08:00,10:00}'
'{10:00,08:00}'
SQL

1;
