-- needs.sql
--   What resources are like, and bookings that ask for it.
-- SPDX-License-Identifier: PostgreSQL
SET timezone = 'UTC';

-- Attributes come with the definition, which is the whole of it; alter_resource() replaces them, or leaves them alone.
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8, "projector": true}', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
SELECT bookonce.alter_resource('attic', min_notice => '0', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
SELECT bookonce.alter_resource('attic', attributes => '{"seats": 10}', lift => '{min_notice}', tenant => 'needs');
SELECT resource, attributes FROM bookonce.list_resources(tenant => 'needs');
-- None at all is the same as an empty object; a resource with attributes is as plain as without.
SELECT plain, attributes FROM bookonce.resource WHERE tenant = 'needs';
SELECT bookonce.alter_resource('attic', attributes => '{}', tenant => 'needs');
SELECT plain, attributes FROM bookonce.resource WHERE tenant = 'needs';
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8}', tenant => 'needs');
SELECT bookonce.define_resource('attic', tenant => 'needs');
SELECT attributes FROM bookonce.describe_resource('attic', tenant => 'needs');
-- A definition that changes nothing writes nothing, whatever the order and the form of its attributes.
SELECT bookonce.define_resource('attic', attributes => '{"seats": 8.0, "floor": null}', tenant => 'needs');
SELECT ctid AS was FROM bookonce.resource WHERE tenant = 'needs' AND resource = 'attic' \gset
SELECT bookonce.define_resource('attic', attributes => '{"floor": null, "seats": 8}', tenant => 'needs');
SELECT ctid = :'was' AS stays FROM bookonce.resource WHERE tenant = 'needs' AND resource = 'attic';
-- Bad input; also what an owner writes by hand.
SELECT bookonce.define_resource('bad', attributes => '[1]', tenant => 'needs');
SELECT bookonce.define_resource('bad', attributes => 'null', tenant => 'needs');
SELECT bookonce.alter_resource('attic', attributes => '"projector"', tenant => 'needs');
SELECT bookonce.define_resource('bad', attributes => jsonb_build_object('notes', repeat('x', 8192)),
    tenant => 'needs');
\set VERBOSITY terse
UPDATE bookonce.resource SET attributes = '8' WHERE tenant = 'needs';
\set VERBOSITY default
