/*
 * owner.h
 *   Acts as the tables' owner.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_OWNER_H
#define BOOKONCE_OWNER_H

#include "bookonce.h"

typedef struct BoOwner
{
    Oid caller;
    int caller_context;
} BoOwner;

extern void bo_owner_begin(BoOwner *state, Oid owner);
extern void bo_owner_end(const BoOwner *state);
extern int bo_owner_begin_settings(void);
extern void bo_owner_end_settings(int level);
extern void bo_owner_install_hooks(void);
extern bool bo_owner_others_check_permissions(void);

#endif
