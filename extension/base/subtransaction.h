/*
 * subtransaction.h
 *   Writes that are kept or undone as a whole.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SUBTRANSACTION_H
#define BOOKONCE_SUBTRANSACTION_H

#include "bookonce.h"

extern bool bo_subtransaction_run(bool (*attempt)(void *), void *argument, bool (*is_expected)(const ErrorData *));

#endif
