// SPDX-License-Identifier: PostgreSQL
// calls.hpp: the arguments of a call: one struct for each verb, made for designated initialisers. Members have the
// names and the order of the SQL arguments.
// To know first: a call object is one intent. Its idempotency key is created with it, so passing the same object again,
// for instance after OutcomeUnknown, never repeats the effect. For a second booking, make a second object.
//
// Resources, holders, tenants and keys are 1 to 255 bytes of text without control characters. The server checks all
// arguments; if it refuses one, the call throws InvalidRequest with a hint.
//
// The tenant is "default" unless the call names one. For a role that is bound to one tenant (docs/security.md), the
// server takes "default" to mean that tenant, so such an application leaves it out; naming another tenant throws
// Denied. For a role that is bound to a setting, the connection string gives the setting: options=-c app.tenant=acme.
#pragma once

#include "bookonce/calls_arrival.hpp"
#include "bookonce/calls_availability.hpp"
#include "bookonce/calls_booking.hpp"
#include "bookonce/calls_claim.hpp"
#include "bookonce/calls_dispatch.hpp"
#include "bookonce/calls_group.hpp"
#include "bookonce/calls_hours.hpp"
#include "bookonce/calls_policy.hpp"
