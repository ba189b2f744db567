/*
 * store_needed.c
 *   The statements that look for rows which need a resource or a request.
 *
 * They run for a DELETE or TRUNCATE by the owner, not for a verb, so they may read a whole table where no index helps.
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_needed.h"

#include "store/sql.h"

/* clang-format off */

/* $1 and $2 are its tenant and name, $3 its id. */
BoStatement bo_sql_find_needs_of_resource = {.sql =
    "SELECT EXISTS (SELECT FROM bookonce.booking AS b WHERE b.resource_id" EQ "$3), "
    "       EXISTS (SELECT FROM ONLY bookonce.opening_hours AS h WHERE h.resource_id" EQ "$3), "
    "       EXISTS (SELECT FROM ONLY bookonce.closure AS c WHERE c.resource_id" EQ "$3), "
    "       EXISTS (SELECT FROM ONLY bookonce.offer AS o WHERE o.tenant" EQ "$1 AND o.provider" EQ "$2), "
    "       EXISTS (SELECT FROM " RESOURCE_AS_NOW " WHERE r.tenant" EQ "$1 AND $3" EQ "ANY (n.part_ids))",
    .columns = BO_NEEDS_OF_RESOURCE_COLUMNS};

BoStatement bo_sql_find_needs_of_resources = {.sql =
    "SELECT EXISTS (SELECT FROM bookonce.booking) "
    "    OR EXISTS (SELECT FROM ONLY bookonce.opening_hours AS h WHERE h.resource_id" MORE_THAN "0) "
    "    OR EXISTS (SELECT FROM ONLY bookonce.closure) "
    "    OR EXISTS (SELECT FROM ONLY bookonce.offer)",
    .columns = BO_NEEDS_OF_ALL_COLUMNS};

BoStatement bo_sql_find_needs_of_request = {.sql =
    "SELECT EXISTS (SELECT FROM ONLY bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.request_id" EQ "$2), "
    "       EXISTS (SELECT FROM ONLY bookonce.offer AS o WHERE o.tenant" EQ "$1 AND o.request_id" EQ "$2)",
    .columns = BO_NEEDS_OF_REQUEST_COLUMNS};

BoStatement bo_sql_find_needs_of_requests = {.sql =
    "SELECT EXISTS (SELECT FROM ONLY bookonce.position) OR EXISTS (SELECT FROM ONLY bookonce.offer)",
    .columns = BO_NEEDS_OF_ALL_COLUMNS};
