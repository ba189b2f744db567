/*
 * bookonce.c
 *   The module. The verbs are in booking.c, resource.c, claim.c and counter.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

PG_MODULE_MAGIC;
