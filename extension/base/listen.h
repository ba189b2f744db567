/*
 * listen.h
 *   Hears of changes of tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LISTEN_H
#define BOOKONCE_LISTEN_H

#include "bookonce.h"

#include "utils/inval.h"

extern void bo_listen_to_relations(RelcacheCallbackFunction listener);

#endif
