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

/* The new value of a rule: NULL if it is lifted, and the old one if no value is given. */
#define RULE_THEN(table, name, parameter, lift) \
    "CASE WHEN '" name "'" EQ "ANY (" lift ") THEN NULL ELSE COALESCE(" parameter ", " table "." name ") END"
#define RULE(name, parameter) name " = " RULE_THEN("r", name, parameter, "$10")

/* A NULL parameter leaves the column as it is. */
BoStatement bo_sql_alter_resource = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET capacity = COALESCE($3, r.capacity), "
    "    buffer_before = COALESCE($4, r.buffer_before), buffer_after = COALESCE($5, r.buffer_after), "
    "    time_zone = COALESCE($6, r.time_zone), "
    RULE("min_notice", "$7") ", " RULE("max_ahead", "$8") ", " RULE("max_duration", "$9") " "
    "WHERE " THIS_RESOURCE};

/*
 * The rules on the shape of a slot, and the attributes, are written by bo_sql_set_shape, because tables of an older
 * version lack them.
 */
BoStatement bo_sql_find_altered_shape = {.sql =
    "SELECT r.max_duration, " RULE_THEN("n", "min_duration", "$3", "$6") ", "
    RULE_THEN("n", "start_every", "$4", "$6") ", " RULE_THEN("n", "check_in_within", "$5", "$6") ", "
    "       COALESCE($7, n.attributes), COALESCE($8, n.overdue_blocks) "
    "FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE,
    .columns = BO_ALTERED_SHAPE_COLUMNS};

BoStatement bo_sql_rename_resource = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET resource = $3 WHERE " THIS_RESOURCE};

/* Deletes the hours of weekdays and those of single days. */
BoStatement bo_sql_delete_its_hours = {.sql =
    "DELETE FROM ONLY bookonce.opening_hours AS h USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND h.resource_id" EQ "r.resource_id"};

BoStatement bo_sql_delete_its_closures = {.sql =
    "DELETE FROM ONLY bookonce.closure AS c USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND c.resource_id" EQ "r.resource_id"};

BoStatement bo_sql_delete_resource = {.sql =
    "DELETE FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE};
