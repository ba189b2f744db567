/*
 * candidate_bookings.h
 *   What is booked of many resources.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CANDIDATE_BOOKINGS_H
#define BOOKONCE_CANDIDATE_BOOKINGS_H

#include "verbs/candidate.h"

extern void bo_candidate_bookings_read(BoStore *store, const BoCandidates *all, RangeType *around, TimestampTz now,
                                       BoLayout *layouts);

#endif
