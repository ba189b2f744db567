/*
 * store_life.h
 *   The statements by which a resource is changed, renamed and deleted.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_LIFE_H
#define BOOKONCE_STORE_LIFE_H

#include "store/store.h"

extern BoStatement bo_sql_alter_resource, bo_sql_rename_resource, bo_sql_delete_its_hours, bo_sql_delete_its_closures,
    bo_sql_delete_resource;

#endif
