/*
 * sql_check_in.h
 *   In SQL: when a booking lapses if nobody checks in.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SQL_CHECK_IN_H
#define BOOKONCE_SQL_CHECK_IN_H

#include "store/sql.h"

/*
 * The resource that requires the check-in for booking b, which is on resource_id: that of its whole, if it is a part.
 */
#define ASKS_FOR_IT(resource_id)                                                                              \
    "CASE WHEN b.member OPERATOR(pg_catalog.<) 0 "                                                            \
    "     THEN (SELECT w.resource_id FROM bookonce.booking AS w WHERE w.tenant" EQ "b.tenant "                \
    "           AND w.group_id" EQ "b.group_id AND w.member" EQ "(OPERATOR(pg_catalog.-) b.member) LIMIT 1) " \
    "     ELSE " resource_id " END"

/*
 * When booking b lapses if it is confirmed at an instant, on a resource and for a time: NULL if no check-in is
 * required. A part lapses when its whole does. policy_check_in_by() is the same for a new booking.
 */
#define CHECK_IN_BY(resource_id, during, at)                                                         \
    "(SELECT CASE WHEN n.check_in_within IS NOT NULL "                                               \
    "             THEN GREATEST(pg_catalog.lower(" during "), " at ")" PLUS "n.check_in_within END " \
    "FROM " RESOURCE_AS_NOW " WHERE r.resource_id" EQ                                                \
    ASKS_FOR_IT(resource_id) ")"

/* When booking b lapses after a move: a holder who has checked in need not do so again for the same start. */
#define LAPSES_THERE(resource_id, during, at)                                                                  \
    "CASE WHEN b.status" EQ HELD " OR (b.resource_id" EQ resource_id "      AND pg_catalog.lower(b.during)" EQ \
    "pg_catalog.lower(" during ")) THEN b.lapses_at "                                                          \
    "     ELSE " CHECK_IN_BY(resource_id, during, at) " END"

#endif
