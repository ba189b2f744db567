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

/*
 * Rules and attributes that tables of an older version cannot hold: what a slot must be like, how soon its holder must
 * check in, and what the resource is like.
 */
typedef struct BoShape
{
    Interval *shortest;  /* or NULL */
    Interval *every;     /* the step of the grid of starts; or NULL */
    Interval *check_in;  /* or NULL */
    bool overdue_blocks; /* what is not given back blocks the resource */
    Jsonb *attributes;   /* what the resource is like; or NULL */
} BoShape;

extern Interval *bo_resource_length_argument(FunctionCallInfo fcinfo, int n, const char *name, bool may_be_zero);
extern Interval *bo_resource_grid_argument(FunctionCallInfo fcinfo, int n);
extern Jsonb *bo_resource_attributes_argument(FunctionCallInfo fcinfo, int n);
extern Interval *bo_resource_check_in_argument(FunctionCallInfo fcinfo, int n);
extern void bo_resource_check_lengths(const Interval *shortest, const Interval *longest);
extern void bo_resource_fit_into_capacity(BoStore *store, text *tenant, text *resource, int32 capacity);
extern void bo_resource_lock_known(BoStore *store, text *tenant, text *resource);
extern void bo_resource_set_shape(BoStore *store, text *tenant, text *resource, const BoShape *shape);
extern bool bo_resource_warn_of_grid(BoStore *store, text *tenant, text *resource);
extern void bo_resource_has_changed(BoStore *store, text *tenant, text *resource);

#endif
