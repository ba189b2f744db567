/*
 * kind.h
 *   Kinds of booking: buffers and lengths of their own.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_KIND_H
#define BOOKONCE_KIND_H

#include "base/answer.h"
#include "base/arguments.h"
#include "store/store.h"

extern void bo_kind_lock_table(void);
extern const BoBookingKind *bo_kind_of(BoStore *store, const text *tenant, const text *kind);
extern const BoBookingKind *bo_kind_look(BoStore *store, const text *tenant, const text *kind);
extern bool bo_kind_enter(BoStore *store, BoSlotCall *call, BoBookingAnswer *answer);
extern _Noreturn void bo_kind_refuse_unknown(BoStore *store, const text *tenant, const text *kind);
extern void bo_kind_require_same(const text *kind, const text *other);

#endif
