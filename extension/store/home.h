/*
 * home.h
 *   A tenant's calls run on its home alone.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_HOME_H
#define BOOKONCE_HOME_H

#include "bookonce.h"

extern void bo_home_require(const text *tenant, bool may_write);
extern void bo_home_install_wall(void);

#endif
