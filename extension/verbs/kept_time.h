/*
 * kept_time.h
 *   What the line for a resource takes of its free time, for those who only read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_KEPT_TIME_H
#define BOOKONCE_KEPT_TIME_H

#include "verbs/availability.h"

extern void bo_kept_time_read(BoWindow *window, text *tenant, text *resource);

#endif
