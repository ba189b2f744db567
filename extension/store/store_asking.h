/*
 * store_asking.h
 *   The statements on requests that keep asking, and the columns that they return. store_dispatch.c has them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_ASKING_H
#define BOOKONCE_STORE_ASKING_H

#include "store/store.h"

typedef enum BoFindKeptNeed
{
    BO_FIND_KEPT_NEED_NEED = 1, /* NULL: it does not go on asking */
    BO_FIND_KEPT_NEED_PICK,
    BO_FIND_KEPT_NEED_EXPIRES_IN, /* NULL: with the request */
    BO_FIND_KEPT_NEED_COLUMNS = BO_FIND_KEPT_NEED_EXPIRES_IN
} BoFindKeptNeed;

typedef enum BoFindAsking
{
    BO_FIND_ASKING_REQUEST_ID = 1,
    BO_FIND_ASKING_COLUMNS = BO_FIND_ASKING_REQUEST_ID
} BoFindAsking;

typedef enum BoFindAsked
{
    BO_FIND_ASKED_RESOURCE_ID = 1, /* the provider's */
    BO_FIND_ASKED_DURING,
    BO_FIND_ASKED_COLUMNS = BO_FIND_ASKED_DURING
} BoFindAsked;

extern BoStatement bo_sql_find_kept_need, bo_sql_keep_need, bo_sql_find_asking, bo_sql_find_asked;

#endif
