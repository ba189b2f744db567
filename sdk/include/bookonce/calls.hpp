// SPDX-License-Identifier: PostgreSQL
// calls.hpp: the arguments of a call: one struct for each verb, made for designated initialisers; members are named and
// ordered as the SQL arguments.
// To know first: a call object is one intent. Its idempotency key is made with it, so passing the same object again,
// for instance after OutcomeUnknown, never repeats the effect; for a second booking make a second object.
//
// Resources, holders, tenants and keys are 1 to 255 bytes of text without control characters. The server checks all
// arguments; if it refuses one, the call throws InvalidRequest with a hint.
#pragma once

#include "bookonce/calls_availability.hpp"
#include "bookonce/calls_booking.hpp"
#include "bookonce/calls_claim.hpp"
#include "bookonce/calls_dispatch.hpp"
#include "bookonce/calls_group.hpp"
#include "bookonce/calls_policy.hpp"
