/*
 * store_home.h
 *   The statements on the homes of tenants, and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_HOME_H
#define BOOKONCE_STORE_HOME_H

#include "store/store.h"

typedef enum BoFindThisNode
{
    BO_FIND_THIS_NODE_NODE = 1,
    BO_FIND_THIS_NODE_COLUMNS = BO_FIND_THIS_NODE_NODE
} BoFindThisNode;

typedef enum BoFindHome
{
    BO_FIND_HOME_NODE = 1,
    BO_FIND_HOME_COLUMNS = BO_FIND_HOME_NODE
} BoFindHome;

extern BoStatement bo_sql_find_this_node, bo_sql_find_home, bo_sql_put_home;

#endif
