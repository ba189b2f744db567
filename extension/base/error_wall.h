/*
 * error_wall.h
 *   The errors about tenants that a role may not name; error_wall.c words them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ERROR_WALL_H
#define BOOKONCE_ERROR_WALL_H

#include "bookonce.h"

extern _Noreturn void bo_error_other_tenant(const text *said, const text *own);
extern _Noreturn void bo_error_many_tenants(const text *own);
extern _Noreturn void bo_error_no_tenant(const char *role, const char *setting);
extern _Noreturn void bo_error_binding_lost(const char *role);
extern _Noreturn void bo_error_views_leak(void);
extern _Noreturn void bo_error_not_at_home(const text *tenant, int32 home, int32 here);
extern _Noreturn void bo_error_forced_row_security(const char *table);

#endif
