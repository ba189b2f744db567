/*
 * store_line.h
 *   The statements on waiting lists, and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_LINE_H
#define BOOKONCE_STORE_LINE_H

#include "store/store.h"

typedef enum BoFindLine
{
    BO_FIND_LINE_WAITER_ID = 1,
    BO_FIND_LINE_DURING,
    BO_FIND_LINE_HOLDER,
    BO_FIND_LINE_QUANTITY,
    BO_FIND_LINE_OFFER_FOR,
    BO_FIND_LINE_COLUMNS = BO_FIND_LINE_OFFER_FOR
} BoFindLine;

/* A waiter as the answers describe it. */
typedef enum BoWaiterRow
{
    BO_WAITER_ROW_WAITER_ID = 1,
    BO_WAITER_ROW_RESOURCE,
    BO_WAITER_ROW_DURING,
    BO_WAITER_ROW_QUANTITY,
    BO_WAITER_ROW_REQUEST_HASH, /* or NULL */
    BO_WAITER_ROW_HAS_LEFT,
    BO_WAITER_ROW_BOOKING_ID, /* NULL: it was offered nothing */
    BO_WAITER_ROW_LAPSES_AT,  /* NULL: no hold of it stands */
    BO_WAITER_ROW_PLACE,      /* NULL: it is not in line */
    BO_WAITER_ROW_COLUMNS = BO_WAITER_ROW_PLACE
} BoWaiterRow;

typedef enum BoFindLineKind
{
    BO_FIND_LINE_KIND_RESOURCE_ID = 1,
    BO_FIND_LINE_KIND_HAS_WAITERS,
    BO_FIND_LINE_KIND_IS_STRICT,
    BO_FIND_LINE_KIND_BY_HOLDER,
    BO_FIND_LINE_KIND_CAPACITY,
    BO_FIND_LINE_KIND_HAS_PARTS,
    BO_FIND_LINE_KIND_COLUMNS = BO_FIND_LINE_KIND_HAS_PARTS
} BoFindLineKind;

typedef enum BoFindBookedOn
{
    BO_FIND_BOOKED_ON_RESOURCE = 1, /* its name */
    BO_FIND_BOOKED_ON_PLAIN,
    BO_FIND_BOOKED_ON_COUNTS,
    BO_FIND_BOOKED_ON_HAS_WAITERS,
    BO_FIND_BOOKED_ON_BY_HOLDER,
    BO_FIND_BOOKED_ON_COLUMNS = BO_FIND_BOOKED_ON_BY_HOLDER
} BoFindBookedOn;

typedef enum BoLeaveLine
{
    BO_LEAVE_LINE_HOLDER = 1,
    BO_LEAVE_LINE_COLUMNS = BO_LEAVE_LINE_HOLDER
} BoLeaveLine;

typedef enum BoFindLines
{
    BO_FIND_LINES_TENANT = 1,
    BO_FIND_LINES_RESOURCE,
    BO_FIND_LINES_COLUMNS = BO_FIND_LINES_RESOURCE
} BoFindLines;

typedef enum BoFindWaitedWholes
{
    BO_FIND_WAITED_WHOLES_RESOURCE = 1,
    BO_FIND_WAITED_WHOLES_COLUMNS = BO_FIND_WAITED_WHOLES_RESOURCE
} BoFindWaitedWholes;

/* How many attributes waiter_row has. */
#define BO_READ_WAITER_COLUMNS 15

extern BoStatement bo_sql_find_line, bo_sql_find_line_kind, bo_sql_find_waiter, bo_sql_find_waiter_key,
    bo_sql_find_same_waiter, bo_sql_insert_waiter, bo_sql_mark_waited_for, bo_sql_unmark_waited_for, bo_sql_offer_place,
    bo_sql_leave_line, bo_sql_find_booked_on, bo_sql_find_lines, bo_sql_set_strict, bo_sql_read_waiters,
    bo_sql_delete_its_waiters, bo_sql_delete_old_waiters, bo_sql_find_waited_wholes;

#endif
