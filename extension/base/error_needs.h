/*
 * error_needs.h
 *   The errors of needs that no resource fits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ERROR_NEEDS_H
#define BOOKONCE_ERROR_NEEDS_H

#include "bookonce.h"

extern _Noreturn void bo_error_need_unmet(const char *need, const char *attribute, const char *value);
extern _Noreturn void bo_error_need_unknown(const char *need, const char *attribute, const char *known);
extern _Noreturn void bo_error_need_too_many(const char *need, int fitting);

#endif
