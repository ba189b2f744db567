/*
 * binding.h
 *   Which tenants the acting role is bound to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BINDING_H
#define BOOKONCE_BINDING_H

#include "bookonce.h"

#include "nodes/pg_list.h"

typedef struct BoBinding
{
    Oid role;       /* the role that is bound */
    bool is_bound;  /* it may name only the tenants below; false: any tenant */
    bool is_lost;   /* it was bound under a name that it no longer has: it may name none */
    List *tenants;  /* text *: of bindings to a tenant */
    List *settings; /* char *: of bindings to a setting, whose present value is the tenant */
} BoBinding;

extern const BoBinding *bo_binding(void);
extern bool bo_binding_views_keep(void);

#endif
