/*
 * direct_resources.h
 *   What the light path offers to those who look for resources.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_RESOURCES_H
#define BOOKONCE_DIRECT_RESOURCES_H

#include "guard/direct_insert.h"

#include "utils/jsonb.h"

typedef struct BoSeenResource
{
    int64 resource_id;
    text *resource;
    int32 capacity;
    text *zone; /* NULL: it has no rules */
    bool has_line;
    bool has_parts;
    Jsonb *attributes; /* NULL: nothing was said */
} BoSeenResource;

extern bool bo_direct_each_resource(BoDirect *direct, const text *tenant,
                                    bool (*visit)(void *context, const BoSeenResource *seen), void *context);

#endif
