/*
 * firm.h
 *   A booking made with allow_overlap takes a unit.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FIRM_H
#define BOOKONCE_FIRM_H

#include "base/answer.h"

extern bool bo_firm_booking(const text *tenant, const pg_uuid_t *booking_id, const text *holder,
                            BoBookingAnswer *answer);

#endif
