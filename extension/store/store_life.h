/*
 * store_life.h
 *   The statements by which a resource is changed, renamed and deleted.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_LIFE_H
#define BOOKONCE_STORE_LIFE_H

#include "store/store.h"

typedef enum BoAlteredShape
{
    BO_ALTERED_SHAPE_MAX_DURATION = 1,
    BO_ALTERED_SHAPE_MIN_DURATION,
    BO_ALTERED_SHAPE_START_EVERY,
    BO_ALTERED_SHAPE_CHECK_IN_WITHIN,
    BO_ALTERED_SHAPE_ATTRIBUTES,
    BO_ALTERED_SHAPE_OVERDUE_BLOCKS,
    BO_ALTERED_SHAPE_COLUMNS = BO_ALTERED_SHAPE_OVERDUE_BLOCKS
} BoAlteredShape;

extern BoStatement bo_sql_alter_resource, bo_sql_rename_resource, bo_sql_delete_its_hours, bo_sql_delete_its_closures,
    bo_sql_delete_resource, bo_sql_find_altered_shape;

#endif
