/*
 * line.h
 *   What becomes free on a resource goes first to those who wait in line for it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LINE_H
#define BOOKONCE_LINE_H

#include "base/answer.h"
#include "base/arguments.h"
#include "base/round.h"
#include "store/store.h"
#include "verbs/policy.h"
#include "verbs/slot_resources.h"

/* The result of serving a line. */
typedef struct BoLine
{
    int64 resource_id;  /* 0: nobody waits, neither for the resource nor for a whole that takes it along */
    int32 waiting;      /* how many stood in line */
    int32 offered;      /* to how many a hold was made */
    int claim_count;    /* times that are kept free for waiters who cannot be given them yet */
    RangeType **claims; /* each with its buffers */
} BoLine;

extern BoLine bo_line_serve_own(BoStore *store, text *tenant, text *resource, int32 at_most);
extern int bo_line_find_wholes(BoStore *store, text *tenant, int64 resource_id, text ***wholes);
extern BoLine bo_line_serve(BoStore *store, text *tenant, text *resource, int32 at_most);
extern void bo_line_serve_all(BoStore *store, text *tenant, text **resources, int count);
extern void bo_line_serve_freed(BoStore *store, text *tenant, const BoResources *freed);
extern BoDecision bo_line_let_pass(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer,
                                   TimestampTz now, BoPlace *place);
extern void bo_line_refuse_claimed(const BoLine *line, BoPlace *place);
extern bool bo_line_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                          BoPlace *place);

#endif
