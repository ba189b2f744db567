// SPDX-License-Identifier: PostgreSQL
// dispatch.hpp: requests for providers, offers to them, and the changes of both.
// To know first: a position of a request is taken while its booking is live, and nothing else records that. Cancelling
// the booking by cancel_booking() releases the position too.
#pragma once

#include "bookonce/calls_dispatch.hpp"
#include "bookonce/outcomes_offer.hpp"
#include "bookonce/outcomes_request.hpp"
