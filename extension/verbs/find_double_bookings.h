/*
 * find_double_bookings.h
 *   The pairs of rows of a table that overlap, by a rule over its columns.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FIND_DOUBLE_BOOKINGS_H
#define BOOKONCE_FIND_DOUBLE_BOOKINGS_H

#include "bookonce.h"

#include "utils/relcache.h"

#include "verbs/adopt_expression.h"

extern Relation bo_find_open_table(Oid relation);
extern void bo_find_pairs(FunctionCallInfo fcinfo, Relation table, const BoAdoptRule *rule, uint64 at_most);

#endif
