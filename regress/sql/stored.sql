-- stored: a BEFORE trigger of the owner's may change the row that a verb writes. The answer says what is stored. A
-- trigger that keeps the row out, or from what it was to become, ends the call with an error: nothing is said that is
-- not so.
SET datestyle = ISO;
SET timezone = UTC;
SET client_min_messages = warning;
\set VERBOSITY sqlstate
SET SESSION AUTHORIZATION regress_owner;
SELECT bookonce.define_resource('one', tenant => 'stored'), bookonce.define_resource('two', tenant => 'stored'),
    bookonce.define_resource('many', 9, tenant => 'stored');

-- What it does to each row, stored.rule says.
CREATE FUNCTION bookonce.rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rule text := current_setting('stored.rule', true);
BEGIN
    IF rule ~ '\mid\M' THEN NEW.booking_id := pg_catalog.gen_random_uuid(); END IF;
    IF rule ~ '\mend\M' AND NEW.status = 'held' THEN NEW.lapses_at := '2190-01-01 00:00+00'; END IF;
    IF rule ~ '\mnoend\M' AND NEW.status = 'confirmed' THEN NEW.lapses_at := NULL; END IF;
    IF rule ~ '\mhold\M' THEN NEW.status := 'held'; NEW.lapses_at := '2191-01-01 00:00+00'; END IF;
    IF rule ~ '\munit\M' THEN NEW.unit := NEW.unit + 3; END IF;
    IF rule ~ '\mtime\M' THEN
        NEW.during := tstzrange(lower(NEW.during) + interval '30 minutes', upper(NEW.during) + interval '30 minutes');
        NEW.blocks := NEW.during;
    END IF;
    IF rule ~ '\mresource\M' THEN
        NEW.resource_id := (SELECT r.resource_id FROM bookonce.resource AS r WHERE r.tenant = NEW.tenant
            AND r.resource = 'two');
    END IF;
    IF rule ~ '\mnogroup\M' THEN NEW.group_id := NULL; END IF;
    IF rule ~ '\mgroup\M' THEN NEW.group_id := '01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d'; END IF;
    IF rule ~ '\mmember\M' THEN NEW.member := 99; END IF;
    IF rule ~ '\mtenant\M' AND NEW.unit = 2 THEN NEW.tenant := 'elsewhere'; END IF;
    IF rule ~ '\msome\M' AND NEW.unit = 2 OR rule ~ '\mnone\M' THEN RETURN NULL; END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rewrite BEFORE INSERT OR UPDATE ON bookonce.booking FOR EACH ROW EXECUTE FUNCTION bookonce.rewrite();

-- A call under a rule: each answer, and what in it is not in the rows that it names. All of it is rolled back.
CREATE FUNCTION pg_temp.say(rule text, call text, before text DEFAULT NULL)
RETURNS TABLE (outcome text, status text, untrue text) LANGUAGE plpgsql AS $$
DECLARE
    answer bookonce.booking_answer;
    id uuid;
    n integer := 0;
BEGIN
    BEGIN
        PERFORM set_config('stored.rule', '', true);
        IF before IS NOT NULL THEN
            EXECUTE 'SELECT coalesce(group_id, booking_id) FROM bookonce.' || before || ' LIMIT 1' INTO id;
        END IF;
        PERFORM set_config('stored.rule', rule, true);
        FOR answer IN EXECUTE 'SELECT * FROM bookonce.' || replace(call, 'ID', coalesce(id::text, '')) LOOP
            n := n + 1;
            outcome := answer.outcome;
            status := answer.status;
            SELECT concat_ws(' ',
                CASE WHEN count(*) <> greatest(cardinality(answer.units), 1) THEN format('%s rows', count(*)) END,
                CASE WHEN bool_or(b.status <> answer.status) THEN 'status' END,
                CASE WHEN bool_or(b.during <> answer.during) THEN 'during' END,
                CASE WHEN bool_or(b.group_id IS DISTINCT FROM answer.group_id) THEN 'group_id' END,
                CASE WHEN bool_or(CASE WHEN b.status = 'held' THEN b.lapses_at END IS DISTINCT
                    FROM answer.lapses_at)
                    THEN 'lapses_at' END,
                CASE WHEN array_agg(b.unit ORDER BY b.unit) <> answer.units THEN 'units' END,
                CASE WHEN bool_or(r.resource <> answer.resource) THEN 'resource' END)
            INTO untrue
            FROM bookonce.booking AS b JOIN bookonce.resource AS r USING (resource_id)
            WHERE b.booking_id = answer.booking_id
                OR answer.booking_id IS NULL AND b.group_id = answer.group_id AND b.member = n;
            RETURN NEXT;
        END LOOP;
        RAISE SQLSTATE 'ZZZZZ';
    EXCEPTION
        WHEN SQLSTATE 'ZZZZZ' THEN NULL;
        WHEN others THEN
            outcome := SQLSTATE;
            status := NULL;
            untrue := NULL;
            RETURN NEXT;
    END;
END
$$;
CREATE FUNCTION pg_temp.hour(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT quote_literal(tstzrange(t, t + '1 hour')) || '::tstzrange'
        FROM (SELECT timestamptz '2030-09-09 00:00+00' + n * interval '1 hour' AS t) AS x
$$;

-- Booking.
SELECT rule, say.*
FROM unnest(ARRAY['', 'id', 'end', 'hold', 'unit', 'time', 'resource', 'group', 'id end unit time resource group',
    'none']) WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, format($$book_slot('one', %s, 'ann', hold_for => '1 hour', tenant => 'stored')$$,
        pg_temp.hour(1))) AS say
ORDER BY n;
SELECT rule, say.*
FROM unnest(ARRAY['', 'id', 'end', 'hold', 'unit', 'time', 'resource', 'group', 'id end unit time resource group',
    'none', 'some', 'id some', 'tenant', 'tenant some'])
    WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, format($$book_slot('many', %s, 'ann', 3, tenant => 'stored')$$, pg_temp.hour(1))) AS say
ORDER BY n;
SELECT rule, say.*
FROM unnest(ARRAY['', 'id end unit', 'time', 'resource', 'nogroup', 'group', 'member', 'none']) WITH ORDINALITY
    AS r(rule, n),
    pg_temp.say(rule, format($$book_slots(ARRAY[('one', %s, 1, NULL, NULL, NULL), ('one', %s, 1, NULL, NULL, NULL),
        ('many', %s, 2, NULL, NULL, NULL)]::bookonce.slot_request[],
        'ann', hold_for => '1 hour', tenant => 'stored')$$, pg_temp.hour(1), pg_temp.hour(3), pg_temp.hour(5))) AS say
ORDER BY n;
SELECT rule, say.*
FROM unnest(ARRAY['id end unit time', 'resource', 'none']) WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, format($$book_slots(ARRAY[('one', %s, 1, NULL, NULL, NULL),
        ('one', %s, 1, NULL, NULL, NULL)]::bookonce.slot_request[],
        'ann', all_or_nothing => false, tenant => 'stored')$$, pg_temp.hour(1), pg_temp.hour(3))) AS say
ORDER BY n;
SELECT rule, say.*
FROM unnest(ARRAY['', 'id end unit time resource group', 'none']) WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, format($$book_any_slot(ARRAY['one', 'many'], %s, 'ann', tenant => 'stored')$$, pg_temp.hour(1)))
        AS say
ORDER BY n;

-- What becomes of one.
SELECT substring(call FROM '\w+') AS call, rule, say.*
FROM unnest(ARRAY['confirm_booking(''ID'', tenant => ''stored'')',
    'extend_hold(''ID'', ''2 hours'', tenant => ''stored'')', 'cancel_booking(''ID'', tenant => ''stored'')',
        format('reschedule_booking(''ID'', %s, tenant => ''stored'')', pg_temp.hour(5)),
        'confirm_group(''ID'', tenant => ''stored'')', 'cancel_group(''ID'', tenant => ''stored'')'])
        WITH ORDINALITY AS c(call, m),
    unnest(ARRAY['', 'end', 'noend', 'unit time', 'resource', 'hold', 'none']) WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, call, CASE WHEN call ~ 'group'
        THEN format($$book_slots(ARRAY[('one', %s, 1, NULL, NULL, NULL),
            ('one', %s, 1, NULL, NULL, NULL)]::bookonce.slot_request[],
            'ann', hold_for => '1 hour', tenant => 'stored')$$, pg_temp.hour(1), pg_temp.hour(3))
        ELSE format($$book_slot('one', %s, 'ann', hold_for => '1 hour', tenant => 'stored')$$, pg_temp.hour(1)) END)
            AS say
WHERE NOT (call ~ 'cancel' AND rule = 'hold')
ORDER BY m, n;

-- Two at once.
SELECT rule, say.*
FROM unnest(ARRAY['', 'unit time', 'resource', 'none']) WITH ORDINALITY AS r(rule, n),
    pg_temp.say(rule, format($$swap_bookings('ID', (SELECT booking_id FROM bookonce.book_slot('many', %s, 'ben',
        tenant => 'stored')), tenant => 'stored')$$, pg_temp.hour(7)),
        format($$book_slot('one', %s, 'ann', hold_for => '1 hour', tenant => 'stored')$$, pg_temp.hour(1))) AS say
ORDER BY n;

-- The provider's booking, by whatever id it has; and a claim.
SET stored.rule = 'id time';
SELECT request_id FROM bookonce.open_request(tstzrange('2030-09-10 09:00+00', '2030-09-10 10:00+00'), 1, 'bob',
    tenant => 'stored') \gset
SELECT offer_id FROM bookonce.make_offers(:'request_id', ARRAY['one'], tenant => 'stored') \gset
SELECT outcome, booking_id FROM bookonce.accept_offer(:'offer_id', 'one', tenant => 'stored') \gset
SELECT :'outcome', during FROM bookonce.booking WHERE booking_id = :'booking_id';
SELECT outcome, replayed, booking_id = :'booking_id' FROM bookonce.accept_offer(:'offer_id', 'one', tenant => 'stored');
RESET stored.rule;
CREATE FUNCTION bookonce.rewrite_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.request_id := pg_catalog.gen_random_uuid();
    NEW.positions := NEW.positions + 1;
    NEW.closes_at := '2030-09-11 08:00+00';
    RETURN NEW;
END
$$;
CREATE FUNCTION bookonce.rewrite_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.offer_id := pg_catalog.gen_random_uuid();
    NEW.expires_at := '2030-09-11 07:00+00';
    RETURN CASE WHEN NEW.provider <> 'many' THEN NEW END;
END
$$;
CREATE TRIGGER rewrite_request BEFORE INSERT ON bookonce.request FOR EACH ROW
    EXECUTE FUNCTION bookonce.rewrite_request();
CREATE TRIGGER rewrite_offer BEFORE INSERT ON bookonce.offer FOR EACH ROW EXECUTE FUNCTION bookonce.rewrite_offer();
SELECT request_id, positions, closes_at
FROM bookonce.open_request(tstzrange('2030-09-11 09:00+00', '2030-09-11 10:00+00'), 1, 'bob', tenant => 'stored') \gset
SELECT :positions AS positions, :'closes_at' AS closes_at, count(*)
FROM bookonce.position WHERE request_id = :'request_id';
SELECT offer_id, expires_at FROM bookonce.make_offers(:'request_id', ARRAY['two'], tenant => 'stored') \gset
SELECT provider, expires_at, :'expires_at' AS said FROM bookonce.offer WHERE offer_id = :'offer_id';
SELECT * FROM bookonce.make_offers(:'request_id', ARRAY['one', 'many'], tenant => 'stored');
DROP TRIGGER rewrite_request ON bookonce.request;
DROP TRIGGER rewrite_offer ON bookonce.offer;
DROP FUNCTION bookonce.rewrite_request, bookonce.rewrite_offer;
CREATE FUNCTION bookonce.lower_claimant() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.claimant := lower(NEW.claimant); RETURN NEW; END $$;
CREATE TRIGGER lower_claimant BEFORE INSERT ON bookonce.claim FOR EACH ROW EXECUTE FUNCTION bookonce.lower_claimant();
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'ANN', tenant => 'stored');
SELECT claimant FROM bookonce.claim WHERE tenant = 'stored';
SELECT * FROM bookonce.claim('email', 'ann@example.org', 'ann', tenant => 'stored');
DROP TRIGGER lower_claimant ON bookonce.claim;
DROP FUNCTION bookonce.lower_claimant;
DROP TRIGGER rewrite ON bookonce.booking;
DROP FUNCTION bookonce.rewrite;
RESET SESSION AUTHORIZATION;
