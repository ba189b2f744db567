/*
 * resource.h
 *   What the verbs on a resource's rules share.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_RESOURCE_H
#define BOOKONCE_RESOURCE_H

#include "bookonce.h"

#include "store/store.h"

extern Interval *bo_resource_length_argument(FunctionCallInfo fcinfo, int n, const char *name, bool may_be_zero);
extern void bo_resource_fit_into_capacity(BoStore *store, text *tenant, text *resource, int32 capacity);
extern void bo_resource_lock_known(BoStore *store, text *tenant, text *resource);

#endif
