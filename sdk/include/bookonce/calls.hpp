// SPDX-License-Identifier: PostgreSQL
// calls.hpp: the arguments of a call: one struct for each verb, made for designated initialisers; members are named and
// ordered as the SQL arguments.
// To know first: a call object is one intent. Its idempotency key is made with it, so passing the same object again,
// for instance after OutcomeUnknown, never repeats the effect; for a second booking make a second object.
//
// Resources, holders, tenants and keys are 1 to 255 bytes of text without control characters. The server checks all
// arguments; if it refuses one, the call throws InvalidRequest with a hint.
//
// A tenant is "default" unless it is said. To the server that means the own tenant of a role that is bound to one
// (docs/security.md), so such an application leaves it out; for another tenant the call throws Denied. A role that is
// bound to a setting sets it where the connection begins: options=-c app.tenant=acme in the connection string.
#pragma once

#include "bookonce/calls_arrival.hpp"
#include "bookonce/calls_availability.hpp"
#include "bookonce/calls_booking.hpp"
#include "bookonce/calls_claim.hpp"
#include "bookonce/calls_dispatch.hpp"
#include "bookonce/calls_group.hpp"
#include "bookonce/calls_hours.hpp"
#include "bookonce/calls_policy.hpp"
