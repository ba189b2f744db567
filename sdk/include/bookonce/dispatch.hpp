// SPDX-License-Identifier: PostgreSQL
// dispatch.hpp: requests for providers, the offers made to them, and the verbs that change both.
// To know first: a position of a request is taken for as long as its booking is live; nothing else records that it is
// taken. So cancelling the booking with cancel_booking() releases the position too.
#pragma once

#include "bookonce/calls_dispatch.hpp"
#include "bookonce/outcomes_offer.hpp"
#include "bookonce/outcomes_request.hpp"
