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

#endif
