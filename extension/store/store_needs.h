/*
 * store_needs.h
 *   The statements that find the candidates for a need, and what is booked on them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_NEEDS_H
#define BOOKONCE_STORE_NEEDS_H

#include "store/store_policy.h"

typedef enum BoFindNamed
{
    BO_FIND_NAMED_RESOURCE = 1, /* the name as it was given */
    BO_FIND_NAMED_RESOURCE_ID,  /* NULL: there is no resource of that name */
    BO_FIND_NAMED_CAPACITY,
    BO_FIND_NAMED_TIME_ZONE, /* NULL: it has no rules */
    BO_FIND_NAMED_HAS_LINE,  /* somebody may wait in line for it */
    BO_FIND_NAMED_HAS_PARTS,
    BO_FIND_NAMED_FITS,
    BO_FIND_NAMED_COLUMNS = BO_FIND_NAMED_FITS
} BoFindNamed;

/*
 * The columns of BoFindNamed up to FITS, which is for the first of BO_FITTING_AT_ONCE needs; then FITS for each of the
 * others.
 */
#define BO_FITTING_AT_ONCE 4
#define BO_FIND_FITTING_ANY_COLUMNS (BO_FIND_NAMED_FITS + BO_FITTING_AT_ONCE - 1)

/* The columns of BoFindNamed up to the zone. */
#define BO_FIND_FITTING_COLUMNS BO_FIND_NAMED_TIME_ZONE

typedef enum BoFindAttribute
{
    BO_FIND_ATTRIBUTE_TEXT = 1,
    BO_FIND_ATTRIBUTE_COLUMNS = BO_FIND_ATTRIBUTE_TEXT
} BoFindAttribute;

/* N: the place in the list of ids. */
typedef enum BoFindWindows
{
    BO_FIND_WINDOWS_N = 1,
    BO_FIND_WINDOWS_CAPACITY,
    BO_FIND_WINDOWS_RULES, /* the first of BoRulesRow */
    BO_FIND_WINDOWS_OVER_LIMITS = BO_FIND_WINDOWS_RULES + BO_RULES_COLUMNS,
    BO_FIND_WINDOWS_FULL,
    BO_FIND_WINDOWS_HAS_CLOSURES,
    BO_FIND_WINDOWS_HOURS, /* what its hours follow from, as a text; NULL: it is always open */
    BO_FIND_WINDOWS_COLUMNS = BO_FIND_WINDOWS_HOURS
} BoFindWindows;

typedef enum BoFindOpen
{
    BO_FIND_OPEN_N = 1,
    BO_FIND_OPEN_TIMES, /* a tstzmultirange */
    BO_FIND_OPEN_COLUMNS = BO_FIND_OPEN_TIMES
} BoFindOpen;

typedef enum BoFindClosuresOf
{
    BO_FIND_CLOSURES_OF_N = 1,
    BO_FIND_CLOSURES_OF_DURING,
    BO_FIND_CLOSURES_OF_UNITS, /* NULL: all */
    BO_FIND_CLOSURES_OF_COLUMNS = BO_FIND_CLOSURES_OF_UNITS
} BoFindClosuresOf;

typedef enum BoFindBookingsOf
{
    BO_FIND_BOOKINGS_OF_N = 1,
    BO_FIND_BOOKINGS_OF_KEY,
    BO_FIND_BOOKINGS_OF_COLUMNS = BO_FIND_BOOKINGS_OF_KEY
} BoFindBookingsOf;

extern BoStatement bo_sql_find_named, bo_sql_find_fitting, bo_sql_find_fitting_any, bo_sql_find_attribute,
    bo_sql_find_any_attribute, bo_sql_find_windows, bo_sql_find_open, bo_sql_find_closures_of, bo_sql_find_bookings_of;

#endif
