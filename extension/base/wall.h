/*
 * wall.h
 *   No tenant but the acting role's own.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_WALL_H
#define BOOKONCE_WALL_H

#include "bookonce.h"

extern text *bo_wall_tenant(text *said);

/* Raises an error if this server does not have the tenant's rows. The store, which knows, installs it. */
extern void (*bo_wall_home)(const text *tenant, Oid verb);

#endif
