/*
 * store_life.c
 *   The statements by which a resource is changed, renamed and deleted.
 *
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_life.h"

#include "store/sql.h"

/* clang-format off */

/* A rule that $10 names is lifted. */
#define RULE(name, parameter) \
    name " = CASE WHEN '" name "'" EQ "ANY ($10) THEN NULL ELSE COALESCE(" parameter ", r." name ") END"

/* What is NULL stays. */
BoStatement bo_sql_alter_resource = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET capacity = COALESCE($3, r.capacity), "
    "    buffer_before = COALESCE($4, r.buffer_before), buffer_after = COALESCE($5, r.buffer_after), "
    "    time_zone = COALESCE($6, r.time_zone), "
    RULE("min_notice", "$7") ", " RULE("max_ahead", "$8") ", " RULE("max_duration", "$9") " "
    "WHERE " THIS_RESOURCE};

BoStatement bo_sql_rename_resource = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET resource = $3 WHERE " THIS_RESOURCE};

/* Those of weekdays, and those of single days. */
BoStatement bo_sql_delete_its_hours = {.sql =
    "DELETE FROM ONLY bookonce.opening_hours AS h USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND h.resource_id" EQ "r.resource_id"};

BoStatement bo_sql_delete_its_closures = {.sql =
    "DELETE FROM ONLY bookonce.closure AS c USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND c.resource_id" EQ "r.resource_id"};

BoStatement bo_sql_delete_resource = {.sql =
    "DELETE FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE};
