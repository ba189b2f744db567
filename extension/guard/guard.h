/*
 * guard.h
 *   The constraint that makes double booking impossible: without it nothing is booked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_GUARD_H
#define BOOKONCE_GUARD_H

#include "bookonce.h"

extern bool bo_guard_stands(void);
extern void bo_guard_require(void);
extern bool bo_guard_refused(const ErrorData *error);
extern bool bo_guard_met_another(const ErrorData *error);

#endif
