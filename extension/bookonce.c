/*
 * bookonce.c
 *   The module. The verbs are in booking.c and resource.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

PG_MODULE_MAGIC;
