# availability.pl: free_slots() lists exactly what book_slot() takes at that moment, for random rules and bookings.
#
# Each round makes a resource with random capacity, buffers, zone, hours, notice, horizon, length and limits, and books
# it at random around now or around a change of clocks; some bookings are of a kind, or overdue. Then every candidate,
# of a kind or of none, is tried in a subtransaction that is rolled back: those listed must be booked, the others
# refused, and places_left() says so, too. free_time() is held against slots of a microsecond. BOOKONCE_SEED repeats a
# run; BOOKONCE_STORM=N makes it N times as long, and has more: where a rule counts what holders have, a slot that is
# listed is booked for whom the rule lets, as counted here row by row, and refused by the rule for others; and the seed
# says which hour of which day it is, where libfaketime is installed.
#
# SPDX-License-Identifier: PostgreSQL
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use BookonceTest qw(faketime_library);

my $seed = $ENV{BOOKONCE_SEED} // time % 1_000_000;
my $is_long = ($ENV{BOOKONCE_STORM} // 1) > 1 ? 1 : 0;
my $rounds = 60 * ($ENV{BOOKONCE_STORM} // 1);
my $tries = $is_long ? 4 : 1; # per resource: the long form tries more slots, because making a resource costs more
note "BOOKONCE_SEED=$seed $rounds rounds";

my $node = PostgreSQL::Test::Cluster->new('availability');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\njit = off\ntimezone = UTC\n");

# In the long form, runs with a clock that starts at an instant chosen by the seed.
my $library = faketime_library();
my $ahead = 1_767_225_600 + $seed % 1000 * 86_400 + $seed * 3677 % 86_400 - time; # from 2026 on
sub by_clock_of_seed
{
    my ($sub) = @_;
    return $sub->() if !$is_long || !$library;
    local $ENV{LD_PRELOAD} = $library;
    local $ENV{FAKETIME} = sprintf '%+d', $ahead;
    local $ENV{FAKETIME_DONT_FAKE_MONOTONIC} = 1;
    return $sub->();
}
by_clock_of_seed(sub { $node->start });
sub query { return $node->safe_psql('postgres', $_[0]) }

query('CREATE EXTENSION bookonce; SELECT bookonce.setup()');
query(
    "SELECT bookonce.define_calendar('holidays'), bookonce.set_calendar_day('holidays', '2030-10-26', '{}', '{}'), "
        . "bookonce.set_calendar_day('holidays', '2030-03-31', '{03:30}', '{00:30}'),
            bookonce.set_calendar_day('holidays', current_date, '{22:00}', '{21:30}')"
);
query(<<'SQL');
SELECT bookonce.define_kind('cut', buffer_after => '10 min', durations => '{20 min,30 min,50 min,1 hour}'),
    bookonce.define_kind('talk', '0', '0'),
    bookonce.define_kind('stay', '1 day', durations => '{40 min,1 hour 40 min,2 hours}');
-- A kind of booking, or none.
CREATE FUNCTION some_kind() RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT CASE WHEN random() < 0.3 THEN ('{cut,talk,talk,stay}'::text[])[1 + floor(random() * 4)::integer] END $$;
CREATE FUNCTION below(n integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * n)::integer';
CREATE FUNCTION maybe(p float8) RETURNS boolean LANGUAGE sql VOLATILE AS 'SELECT random() < p';

-- Random rules. A range of a few days, in steps of 5 minutes or odd ones, around now or around a change of clocks.
CREATE FUNCTION make_resource(name text, first date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM bookonce.define_resource(name, 1 + below(4),
        CASE WHEN maybe(0.5) THEN below(4) * interval '5 min' ELSE '0' END, CASE WHEN maybe(0.5)
            THEN below(4) * interval '10 min' ELSE '0' END,
        (ARRAY['UTC', 'Europe/Paris', 'America/New_York', 'Atlantic/Azores', 'Australia/Lord_Howe', 'Asia/Kathmandu'])[1
            + below(6)],
        CASE WHEN maybe(0.3) THEN below(30) * interval '1 hour' END, CASE WHEN maybe(0.3)
            THEN (1 + below(40)) * interval '1 day' END,
        CASE WHEN maybe(0.3) THEN (1 + below(8)) * interval '15 min' END,
        CASE WHEN maybe(0.2) THEN interval '15 min' END, CASE WHEN maybe(0.3) THEN (ARRAY['5 min', '10 min', '30 min',
            '7 hours'])[1 + below(4)]::interval END);
    IF maybe(0.6) THEN
        FOR day IN 1..7 LOOP
            BEGIN
                IF maybe(0.5) THEN
                    PERFORM bookonce.set_opening_hours(name, day, ARRAY[time '00:00' + below(24) * interval '30 min',
                        '14:00'], ARRAY[time '12:00' + below(4) * interval '30 min',
                            time '23:59' - below(30) * interval '1 hour']);
                ELSE
                    PERFORM bookonce.set_opening_hours(name, day, '{00:00}', '{24:00}');
                END IF;
            EXCEPTION WHEN invalid_parameter_value THEN
                NULL; -- they overlapped
            END;
        END LOOP;
    END IF;
    -- Of the days in question: some of its own, some by the calendar, and weekdays that change on one of them.
    FOR day IN 0..3 LOOP
        IF maybe(0.15) THEN PERFORM bookonce.set_day_hours(name, first + day, '{}', '{}');
        ELSIF maybe(0.15) THEN PERFORM bookonce.set_day_hours(name, first + day, '{01:30,12:00}', ARRAY[time '10:00',
            time '00:15' + below(20) * interval '30 min']); END IF;
        IF maybe(0.15) THEN PERFORM bookonce.set_hours_from(name, first + day, extract(isodow
            FROM first + day)::integer, ARRAY[time '02:30'],
                ARRAY[time '08:00' + below(20) * interval '30 min']); END IF;
    END LOOP;
    IF maybe(0.2) THEN PERFORM bookonce.set_starts(name, ARRAY(SELECT time '00:00' + i * interval '35 min'
        FROM generate_series(below(3), 40) AS i), ARRAY[1, 3, 5, 6, 7]); END IF;
    IF maybe(0.1) THEN PERFORM bookonce.set_ends(name, ARRAY(SELECT time '00:00' + i * interval '30 min'
        FROM generate_series(below(3), 47) AS i)); END IF;
    IF maybe(0.3) THEN PERFORM bookonce.follow_calendar(name, 'holidays'); END IF;
    IF maybe(0.2) THEN PERFORM bookonce.set_booking_limit(name, 'day', 1 + below(12)); END IF;
    IF maybe(0.2) THEN PERFORM bookonce.set_booking_limit(name, 'week', 1 + below(30)); END IF;
    IF maybe(0.2) THEN PERFORM bookonce.set_booking_limit(name, 'month', 1 + below(40)); END IF;
    IF maybe(0.1) THEN PERFORM bookonce.set_booking_limit(name, 'year', 1 + below(50)); END IF;
END
$$;

CREATE FUNCTION fill(name text, within tstzrange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
    most integer := (SELECT capacity FROM bookonce.resource WHERE resource = name);
    overlap boolean;
    form text;
    booked bookonce.booking_answer;
BEGIN
    FOR n IN 1..below(60) LOOP
        overlap := maybe(0.05);
        start := lower(within) - interval '3 hours' + below(60 * 24 * 3) * interval '1 min';
        booked := bookonce.book_slot(name, tstzrange(start, start + (1 + below(24)) * interval '5 min'),
            CASE WHEN maybe(0.4) THEN 'regular' ELSE 'user:' || n END, CASE WHEN overlap THEN 1 ELSE 1 + below(most)
                END, CASE WHEN maybe(0.3) THEN interval '1 hour' END, overlap, kind => some_kind());
        CONTINUE WHEN booked.outcome <> 'booked' OR booked.booking_id IS NULL;
        -- As a row of an older version may be.
        IF maybe(0.4) AND NOT EXISTS (SELECT FROM bookonce.booking AS b WHERE b.booking_id = booked.booking_id
            AND b.holder = 'regular') THEN
            BEGIN
                form := (ARRAY['(]', '[]', '()'])[1 + below(3)];
                UPDATE bookonce.booking SET during = tstzrange(lower(during), upper(during), form),
                    blocks = tstzrange(lower(blocks), upper(blocks), form)
                WHERE booking_id = booked.booking_id;
            EXCEPTION WHEN exclusion_violation THEN
                NULL; -- its neighbour begins there
            END;
        END IF;
        IF maybe(0.2) THEN
            PERFORM bookonce.cancel_booking(booked.booking_id);
        ELSIF maybe(0.5) THEN
            UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = booked.booking_id
                AND status = 'held';
        END IF;
    END LOOP;
END
$$;

-- Some rules are tightened, or the capacity changed, over what is booked.
CREATE FUNCTION change_resource(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF maybe(0.3) THEN
        PERFORM bookonce.define_resource(name, 1 + below(4), r.buffer_before, r.buffer_after, r.time_zone, r.min_notice,
            r.max_ahead, r.max_duration, r.min_duration, r.start_every)
        FROM bookonce.resource AS r WHERE r.resource = name;
    END IF;
EXCEPTION WHEN SQLSTATE 'OB005' THEN
    NULL; -- too much is booked
END
$$;

-- Some of what was checked in is not back, for its time is put behind us: it takes a place from then on.
CREATE FUNCTION keep_out(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    late uuid;
BEGIN
    IF maybe(0.7) THEN RETURN; END IF;
    PERFORM bookonce.alter_resource(name, overdue_blocks => true);
    FOR late IN SELECT b.booking_id FROM bookonce.live_booking AS b
        WHERE b.resource = name AND b.status = 'confirmed' AND b.unit IS NOT NULL AND b.group_id IS NULL
        ORDER BY random() LIMIT 1 + below(2) LOOP
        PERFORM bookonce.check_in(late);
        UPDATE bookonce.booking
        SET during = tstzrange(lower(during) - interval '3650 days', upper(during) - interval '3650 days'),
            blocks = tstzrange(lower(blocks) - interval '3650 days', upper(blocks) - interval '3650 days')
        WHERE booking_id = late;
    END LOOP;
    INSERT INTO late_tried SELECT count(*) FROM bookonce.closure AS c JOIN bookonce.resource AS r USING (resource_id)
    WHERE r.resource = name AND c.booking_id IS NOT NULL;
END
$$;
CREATE TABLE late_tried (late integer);

-- Some places are closed over what is booked, or all of them: for a while, or for good.
CREATE FUNCTION close_some(name text, within tstzrange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
    most integer := (SELECT capacity FROM bookonce.resource WHERE resource = name);
BEGIN
    FOR n IN 1..below(4) LOOP
        start := greatest(lower(within), now()) + below(50 * 60) * interval '1 min';
        PERFORM bookonce.close_resource(ARRAY[name],
            CASE WHEN maybe(0.05) THEN tstzrange(start, NULL)
                ELSE tstzrange(start, start + (1 + below(40)) * interval '13 min') END,
            CASE WHEN maybe(0.6) THEN 1 + below(most) END);
    END LOOP;
END
$$;

-- Some wait in line, strict or not, and some holds lapse before the line is served again. Not where limits count: what
-- an offer would count is not foreseen.
CREATE FUNCTION stand_in_line(name text, within tstzrange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
    most integer := (SELECT capacity FROM bookonce.resource WHERE resource = name
        AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL);
BEGIN
    FOR n IN 1..CASE WHEN most IS NULL OR maybe(0.3) THEN 0 ELSE 60 END LOOP
        start := greatest(lower(within), now()) + below(50 * 12) * interval '5 min';
        PERFORM bookonce.join_waitlist(name, tstzrange(start, start + (1 + below(30)) * interval '5 min'),
            'waits:' || n, 1 + below(most), '1 hour', below(2));
        -- Some wait for what is held.
        PERFORM bookonce.join_waitlist(name, b.during, 'hopes:' || n, 1, '1 hour', below(2))
        FROM (SELECT b.during FROM bookonce.live_booking AS b WHERE b.resource = name AND b.status = 'held'
            AND lower_inc(b.during) AND NOT upper_inc(b.during)
              ORDER BY random() LIMIT 1) AS b WHERE n % 4 = 0;
    END LOOP;
    PERFORM bookonce.set_waitlist(name, maybe(0.6));
    UPDATE bookonce.booking AS b SET lapses_at = '2020-01-01' FROM bookonce.resource AS r
    WHERE r.resource = name AND b.resource_id = r.resource_id AND b.status = 'held' AND maybe(0.6);
    INSERT INTO lines_tried SELECT count(*) FROM bookonce.waitlist(name) AS w WHERE w.place IS NOT NULL;
END
$$;
CREATE TABLE lines_tried (waiting integer);

-- A rule on holders, for the resource and another one on which the regular guest has something, too. Not where people
-- wait in line: whom the rule keeps from an offer is not foreseen.
CREATE FUNCTION rule_holders(name text, n integer, within tstzrange) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz;
    other text := 'elsewhere:' || n;
    booked bookonce.booking_answer;
BEGIN
    IF NOT current_setting('availability.is_long')::boolean OR maybe(0.4)
        OR EXISTS (SELECT FROM bookonce.waitlist(name)) THEN
        RETURN;
    END IF;
    PERFORM bookonce.define_resource(other);
    FOR n IN 1..10 + below(20) LOOP
        start := greatest(lower(within), now()) + below(50 * 12) * interval '5 min';
        booked := bookonce.book_slot(other, tstzrange(start, start + (1 + below(24)) * interval '5 min'), 'regular',
            hold_for => CASE WHEN maybe(0.2) THEN interval '1 hour' END);
        UPDATE bookonce.booking SET lapses_at = '2020-01-01' WHERE booking_id = booked.booking_id AND status = 'held'
            AND maybe(0.5);
    END LOOP;
    INSERT INTO rules SELECT name, other, p, CASE WHEN maybe(0.8) THEN 1 + below(3) END, CASE WHEN maybe(0.2)
        THEN 5 + below(40) END, CASE WHEN p IS NOT NULL THEN 2 + below(40) END, CASE WHEN maybe(0.2)
            THEN (2 + below(40)) * interval '1 hour' END
    FROM (SELECT CASE WHEN maybe(0.5) THEN (ARRAY['day', 'week', 'month', 'year'])[1 + below(4)] END) AS x(p);
    DELETE FROM rules WHERE resource = name AND num_nonnulls(at_once, live, per_period, longest) = 0;
    PERFORM bookonce.set_holder_rule('rule:' || n, ARRAY[name, r.other], r.at_once, r.live, r.per_period, r.period,
        r.longest)
    FROM rules AS r WHERE r.resource = name;
END
$$;
CREATE TABLE rules (resource text, other text, period text, at_once integer, live integer, per_period integer,
    longest interval);

-- What the rule says of one more call of the holder's; NULL: nothing. A party is one call.
CREATE FUNCTION holder_says(name text, slot tstzrange, who text) RETURNS bookonce.outcome LANGUAGE plpgsql AS $$
DECLARE
    rule rules := (SELECT r FROM rules AS r WHERE r.resource = name);
    zone text := (SELECT time_zone FROM bookonce.resource WHERE resource = name);
    its record;
    live integer := 1;
    in_period integer := 1;
    longest interval := upper(slot) - lower(slot);
    there tstzrange[] := ARRAY[slot];
    is_over boolean;
    counts boolean;
BEGIN
    IF rule IS NULL THEN RETURN NULL; END IF;
    FOR its IN SELECT DISTINCT coalesce(b.group_id, b.booking_id) AS call, b.during FROM bookonce.live_booking AS b
        WHERE b.holder = who AND b.resource IN (rule.resource, rule.other) AND b.unit IS NOT NULL LOOP
        is_over := upper(its.during) <= clock_timestamp();
        counts := CASE WHEN rule.period IS NULL THEN NOT is_over ELSE date_trunc(rule.period,
            lower(its.during) AT TIME ZONE zone) = date_trunc(rule.period, lower(slot) AT TIME ZONE zone) END;
        live := live + CASE WHEN is_over THEN 0 ELSE 1 END;
        in_period := in_period + CASE WHEN counts THEN 1 ELSE 0 END;
        longest := longest + CASE WHEN counts THEN upper(its.during) - lower(its.during) ELSE '0' END;
        there := there || its.during;
    END LOOP;
    IF (live > rule.live AND upper(slot) > clock_timestamp()) OR in_period > rule.per_period
        OR longest > rule.longest THEN
        RETURN 'holder_limit';
    END IF;
    -- Where the most are at once, one of them begins.
    RETURN (SELECT 'holder_busy' FROM unnest(there) AS t WHERE lower(t) <@ slot
        AND (SELECT count(*) FROM unnest(there) AS u WHERE lower(t) <@ u) > rule.at_once LIMIT 1);
END
$$;
CREATE TABLE holders_tried (who text, said bookonce.outcome);

CREATE FUNCTION told(name text, slot tstzrange, quantity integer, kind text, who text) RETURNS bookonce.outcome
    LANGUAGE plpgsql AS $$
DECLARE
    told bookonce.outcome;
BEGIN
    told := (bookonce.book_slot(name, slot, who, quantity, kind => kind)).outcome;
    RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
    RETURN told;
END
$$;
CREATE FUNCTION takes(name text, slot tstzrange, quantity integer) RETURNS boolean LANGUAGE sql AS
$$ SELECT told(name, slot, quantity, NULL, 'probe') = 'booked' $$;

CREATE TABLE wrong (resource text, slot tstzrange, quantity integer, listed boolean);
CREATE TABLE tried (candidates integer, listed integer);

-- Listed before and after, for the clock goes on: what it changed meanwhile proves nothing.
CREATE FUNCTION try_all(name text, within tstzrange, duration interval, step interval, quantity integer, kind text)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before tstzrange[] := ARRAY(SELECT bookonce.free_slots(name, within, duration, step, quantity, kind));
    after tstzrange[];
    suggested tstzrange[];
    slot tstzrange;
    start timestamptz := lower(within);
    told bookonce.outcome[];
    told_regular bookonce.outcome[];
    said bookonce.outcome[];
    is_ruled boolean := EXISTS (SELECT FROM rules AS r WHERE r.resource = name);
    n integer := 0;
BEGIN
    WHILE start + duration <= upper(within) LOOP
        n := n + 1;
        slot := tstzrange(start, start + duration);
        told[n] := told(name, slot, quantity, kind, 'probe');
        IF is_ruled THEN
            told_regular[n] := told(name, slot, quantity, kind, 'regular');
            said[n] := holder_says(name, slot, 'regular');
        END IF;
        start := start + step;
    END LOOP;
    suggested := ARRAY(SELECT bookonce.suggest_slots(name, tstzrange(lower(within), lower(within) + duration), 5,
        upper(within), step, quantity, kind));
    after := ARRAY(SELECT bookonce.free_slots(name, within, duration, step, quantity, kind));
    -- The first of them that are not over.
    IF before = after AND suggested <> (ARRAY(SELECT s FROM unnest(after) AS s
        WHERE lower(s) >= clock_timestamp() - interval '1 minute' ORDER BY s))[1:5] THEN
        INSERT INTO wrong SELECT name || ' suggested', suggested[1], quantity, NULL;
    END IF;
    FOR i IN 1..n LOOP
        slot := tstzrange(lower(within) + (i - 1) * step, lower(within) + (i - 1) * step + duration);
        CONTINUE WHEN (slot = ANY (before)) <> (slot = ANY (after));
        IF (slot = ANY (after)) <> (told[i] = 'booked') AND (told[i] NOT IN ('holder_limit', 'holder_busy')
            OR told[i] IS DISTINCT FROM holder_says(name, slot, 'probe')) THEN
            INSERT INTO wrong VALUES (name, slot, quantity, slot = ANY (after));
        END IF;
        IF is_ruled AND said[i] IS NOT DISTINCT FROM holder_says(name, slot, 'regular') THEN
            IF (CASE WHEN slot = ANY (after) THEN told_regular[i] <> coalesce(said[i], 'booked')
                ELSE told_regular[i] = 'booked' END) THEN
                INSERT INTO wrong VALUES (concat_ws(' ', name, 'regular', told_regular[i], said[i]), slot, quantity,
                    slot = ANY (after));
            END IF;
            INSERT INTO holders_tried SELECT 'regular', coalesce(said[i], 'booked') WHERE slot = ANY (after);
        END IF;
        IF i % 8 = 0 AND (bookonce.places_left(name, slot, kind) >= quantity) <> (slot = ANY (after)) THEN
            INSERT INTO wrong VALUES (name || ' places_left', slot, quantity, slot = ANY (after));
        END IF;
    END LOOP;
    -- Without a step, those on the grid, or at fixed starts: of all that begin on a minute, those that are taken.
    IF (SELECT coalesce(start_every::text, starts::text) IS NOT NULL FROM bookonce.resource WHERE resource = name) THEN
        INSERT INTO wrong SELECT name || ' grid', s, quantity, NULL
        FROM (SELECT s FROM bookonce.free_slots(name, within, duration, '5 min', quantity, kind) AS s) AS every_five
        FULL JOIN (SELECT s FROM bookonce.free_slots(name, within, duration, NULL, quantity, kind) AS s) AS grid
            USING (s)
        WHERE (every_five IS NULL OR grid IS NULL) AND extract(second FROM lower(s)) = 0 AND extract(minute
        FROM lower(s))::integer % 5 = 0;
    END IF;
    INSERT INTO tried VALUES (n, cardinality(after));
END
$$;

-- Where neither buffers nor the clock nor limits have a say, free_time() holds the slots of a microsecond
-- that are free.
CREATE FUNCTION try_time(name text, within tstzrange, quantity integer) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*)
    FROM generate_series(lower(within), upper(within) - interval '7 min', '7 min') AS t,
        LATERAL (SELECT tstzrange(t, t + interval '1 microsecond')) AS s(slot)
    WHERE (bookonce.free_time(name, within, quantity) @> slot)
          <> EXISTS (SELECT FROM bookonce.free_slots(name, slot, '1 microsecond', NULL, quantity))
$$;

-- Stays of so many nights: all pairs of a time at which one may arrive and one at which one may leave, on days that far
-- apart by the clock on the wall, of which each hour is asked for.
CREATE FUNCTION try_nights(name text, first date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    zone text := (SELECT time_zone FROM bookonce.resource WHERE resource = name);
    within tstzrange := tstzrange(first::timestamp AT TIME ZONE zone, (first + 6)::timestamp AT TIME ZONE zone);
    n integer;
    listed tstzrange[];
BEGIN
    PERFORM bookonce.alter_resource(name, lift => '{min_notice,max_ahead,start_every,min_duration,max_duration}');
    PERFORM bookonce.alter_resource(name, min_duration => (1 + below(2)) * interval '1 day',
        max_duration => (2 + below(2)) * interval '1 day'),
        bookonce.clear_opening_hours(name);
    PERFORM bookonce.set_starts(name, '{}'), bookonce.set_ends(name, '{}');
    PERFORM bookonce.set_starts(name, ARRAY[time '14:00' + below(4) * interval '1 hour'], CASE WHEN maybe(0.5)
        THEN '{1,2,3,4,5,6,7}' ELSE '{5,6,7,1}' END::integer[]);
    PERFORM bookonce.set_ends(name, ARRAY[time '09:00' + below(3) * interval '1 hour', time '12:00'], CASE
        WHEN maybe(0.5) THEN '{1,2,3,4,5,6,7}' ELSE '{1,6,7,2}' END::integer[]);
    n := 1 + below(4);
    listed := ARRAY(SELECT bookonce.free_slots(name, within, n * interval '1 day'));
    INSERT INTO wrong SELECT name || ' nights', s, n, s = ANY (listed)
    FROM generate_series(first::timestamp, first + time '23:00' + interval '4 days', '1 hour') AS a(arrival),
        generate_series(date_trunc('day', arrival) + n * interval '1 day' + interval '8 hours',
            date_trunc('day', arrival) + n * interval '1 day' + interval '13 hours', '1 hour') AS d(departure),
        LATERAL (SELECT tstzrange(arrival AT TIME ZONE zone, departure AT TIME ZONE zone)) AS slot(s)
    WHERE s <@ within AND extract(hour FROM arrival) IN (10, 14, 15, 16, 17, 18)
        AND takes(name, s, 1) <> (s = ANY (listed));
    INSERT INTO nights_tried VALUES (cardinality(listed));
END
$$;
CREATE TABLE nights_tried (listed integer);

CREATE FUNCTION round(n integer, tries integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'room:' || n;
    start timestamptz := CASE below(3) WHEN 0 THEN date_trunc('hour', now()) WHEN 1
        THEN timestamptz '2030-10-25 20:00' + below(3) * interval '1 day' ELSE timestamptz '2030-03-29 20:00' + below(3)
            * interval '1 day' END;
    within tstzrange := tstzrange(start, start + interval '50 hours');
    most integer;
BEGIN
    PERFORM make_resource(name, start::date - 1), fill(name, within), change_resource(name), keep_out(name),
        close_some(name, within), stand_in_line(name, within), rule_holders(name, n, within);
    most := (SELECT capacity FROM bookonce.resource WHERE resource = name);
    FOR i IN 1..tries LOOP
        PERFORM try_all(name, within, (1 + below(12)) * interval '10 min', (ARRAY['15 min', '17 min', '1 hour'])[1
            + below(3)]::interval, 1 + below(most), some_kind());
    END LOOP;
    IF (SELECT buffer_before = '0' AND buffer_after = '0' AND coalesce(min_notice, max_ahead, max_duration,
        min_duration, start_every) IS NULL AND coalesce(starts, ends) IS NULL
               AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL FROM bookonce.resource
               WHERE resource = name) THEN
        IF try_time(name, within, 1 + below(most)) > 0 THEN
            INSERT INTO wrong VALUES (name || ' free_time', within);
        END IF;
    END IF;
    PERFORM bookonce.set_holder_rule('rule:' || n);
    IF n % 2 = 0 THEN PERFORM try_nights(name, start::date + CASE WHEN start < now() THEN 1 ELSE 0 END); END IF;
END
$$;
SQL

my $session = join ";\n", "SET availability.is_long = $is_long", "SELECT setseed($seed / 1e6)",
    map { "SELECT round($_, $tries)" } 1 .. $rounds;
query($session);
my ($candidates, $listed) = split /\|/, query('SELECT sum(candidates), sum(listed) FROM tried');
note "$candidates candidates, $listed listed";
cmp_ok($candidates, '>', 60 * $rounds, 'there was something to try');
cmp_ok(query('SELECT count(*) FROM lines_tried WHERE waiting > 0'), '>', 0, 'in some, people wait in line');
cmp_ok(query('SELECT count(*) FROM late_tried WHERE late > 0'), '>', 0, 'in some, something is not back');
if ($is_long) {
    note query(
        "SELECT string_agg(said || ' ' || n, ', ' ORDER BY said)
        FROM (SELECT said, count(*) AS n FROM holders_tried GROUP BY said) AS s");
    cmp_ok(query('SELECT count(DISTINCT said) FROM holders_tried'),
        '>=', 3, 'of what is free, the rule lets a holder have some: too many at once, or too much');
}
cmp_ok($listed, '>', $candidates / 50, 'some were free');
cmp_ok($listed, '<', $candidates, 'some were not');
cmp_ok(query('SELECT count(*) FROM nights_tried WHERE listed > 0'), '>', $rounds / 40, 'stays by night are among them');
is(query('SELECT * FROM wrong LIMIT 5'), '', "free_slots() and book_slot() agree (BOOKONCE_SEED=$seed)");

# On a standby the answers are the same, and a verb that writes reports that it cannot.
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
by_clock_of_seed(sub { $standby->start });
$node->wait_for_catchup($standby);
my $offer = "SELECT bookonce.free_time(resource, '[2030-10-26, 2030-10-28)'), (SELECT count(*)
        FROM bookonce.free_slots(resource, '[2030-10-26, 2030-10-28)', '30 min')) FROM bookonce.resource
        ORDER BY resource";
is($standby->safe_psql('postgres', $offer), query($offer), 'a standby offers the same');

done_testing();
