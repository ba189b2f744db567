/*
 * resource.h
 *   A resource whose rules are about to change.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_RESOURCE_H
#define BOOKONCE_RESOURCE_H

#include "store/store.h"

extern void bo_resource_lock_known(BoStore *store, text *tenant, text *resource);

#endif
