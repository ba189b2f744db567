/*
 * table_lock.h
 *   Locks the tables that a call may touch, before anything else.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_TABLE_LOCK_H
#define BOOKONCE_TABLE_LOCK_H

#include "bookonce.h"

/* What a verb works on. */
typedef enum BoTables
{
    BO_TABLES_INVALID = 0,
    BO_TABLES_BOOKING,
    BO_TABLES_DISPATCH, /* with bookings; also for a change of a booking that may fill a position */
    BO_TABLES_CLAIM,
    BO_TABLES_COUNTER,
    BO_TABLES_CALENDAR,   /* with hours and resources */
    BO_TABLES_KIND,       /* kinds with bookings */
    BO_TABLES_KIND_NAMED, /* the kinds alone, for a call of another verb that names one */
    BO_TABLES_HOME,       /* none of these: only the homes of tenants are read */
    BO_TABLES_EVENT,      /* to read events; what writes them locks booking_event itself, if history is kept */
    BO_TABLES_ALL
} BoTables;

extern void bo_table_lock(BoTables which);
extern void bo_table_lock_to_read(BoTables which);
extern void bo_table_check_triggers(BoTables which);

#endif
