/*
 * bookonce.c
 *   The module. The verbs are in booking.c, resource.c, claim.c and counter.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "store/owner.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void _PG_init(void)
{
    bo_owner_install_hooks();
}
