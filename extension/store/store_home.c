/*
 * store_home.c
 *   The statements on the homes of tenants, where distribute() has been run; as in store_booking.c, every name and
 *   operator is qualified.
 *
 * Citus sends the statements on tenant_home to the node that has the tenant's row.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_home.h"

#include "store/sql.h"

/* clang-format off */

/* This node, by the number that citus gave it. */
BoStatement bo_sql_find_this_node = {.sql = "SELECT g.groupid FROM pg_catalog.pg_dist_local_group AS g",
    .columns = BO_FIND_THIS_NODE_COLUMNS};

BoStatement bo_sql_find_home = {.sql = "SELECT h.node FROM bookonce.tenant_home AS h WHERE h.tenant" EQ "$1",
    .columns = BO_FIND_HOME_COLUMNS};

/* The decision: the CHECK of the row's own node raises an error if that is not node $2. */
BoStatement bo_sql_put_home = {.sql =
    "INSERT INTO bookonce.tenant_home (tenant, node) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
