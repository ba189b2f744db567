/*
 * catalog.h
 *   What catalog.c knows of the tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CATALOG_H
#define BOOKONCE_CATALOG_H

#include "base/error.h"
#include "base/label.h"
#include "base/rules.h"
#include "store/dispatch_column.h"
#include "store/rule_column.h"

#include "access/attnum.h"

/* The columns of bookonce.booking, in the order in which setup() makes them. */
typedef enum BoBookingColumn
{
    BO_BOOKING_ID,
    BO_BOOKING_GROUP_ID,
    BO_BOOKING_RESOURCE_ID,
    BO_BOOKING_CREATED_AT,
    BO_BOOKING_RELEASED_AT,
    BO_BOOKING_LAPSES_AT,
    BO_BOOKING_REQUEST_HASH,
    BO_BOOKING_UNIT,
    BO_BOOKING_MEMBER,
    BO_BOOKING_STATUS,
    BO_BOOKING_TENANT,
    BO_BOOKING_DURING,
    BO_BOOKING_BLOCKS,
    BO_BOOKING_HOLDER,
    BO_BOOKING_IDEMPOTENCY_KEY,
    BO_BOOKING_REASON,
    BO_BOOKING_DETAILS,
    BO_BOOKING_KIND,
    BO_BOOKING_COLUMN_COUNT
} BoBookingColumn;

/* A function, type or schema that the knowledge rests upon. Its hash identifies it in an invalidation. */
typedef struct BoWatched
{
    int cache; /* of syscache.h */
    uint32 hash;
} BoWatched;

typedef struct BoCatalog
{
    uint64 learned; /* how often it was learnt; if the number differs, something may have changed */
    Oid schema;
    Oid booking;
    Oid resource;
    Oid opening_hours;
    Oid kind;    /* the table of kinds of booking, if there is one */
    Oid closure; /* and that of closures */
    Oid owner;
    bool is_older;          /* booking names its columns as 0.1.0 did, until setup() is run again */
    Oid event;              /* the table of events, if history is kept */
    Oid event_function;     /* the function of the trigger by which it is kept */
    bool event_is_bare;     /* nothing of the owner's runs when a row is written to it */
    BoGuard guard;          /* the state of the constraint */
    Oid no_overlap;         /* the index behind it, if there is one */
    Oid overlaps;           /* the function of its && operator */
    bool owner_constrains;  /* a unique index, a constraint or a trigger of the owner's may keep a row out */
    bool inserts_as_made;   /* an INSERT of a booking does what setup() made it do; otherwise the rest is unknown */
    Oid key;                /* the index of idempotency keys */
    Oid by_holder;          /* the index of list_holder_bookings(), */
    Oid without_unit;       /* and that of bookings outside the guard; each if it exists and is valid */
    Oid resource_name;      /* the primary key of resource, */
    AttrNumber resource_id; /* and some of its columns */
    AttrNumber resource_plain;
    AttrNumber resource_tenant;
    AttrNumber resource_name_column;
    AttrNumber rule[BO_RULE_COLUMN_COUNT];
    BoOtherRule other_rules[32]; /* all other columns by which a resource may not be plain */
    int other_rule_count;
    bool rules_as_made; /* those columns can be read as they are stored */
    Oid hours_index;    /* the index of opening_hours by resource, weekday and day, if its rows can be read as they are
                         * stored, too */
    AttrNumber hours_columns[BO_HOURS_COLUMN_COUNT];
    bool knows_kinds; /* the next two are learnt only for a caller that has locked that table */
    Oid kind_name;    /* its primary key, if its rows can be read as they are stored */
    AttrNumber kind_rules[BO_KIND_RULE_COUNT];
    bool knows_closures; /* likewise the next two */
    Oid closure_ends;    /* the index on resource_id and the end */
    AttrNumber closure_during;
    Oid status_type;
    Oid status[BO_STATUS_EXPIRED + 1]; /* the labels */
    BoWatched watched[16];
    int watched_count;
    bool watches_all;    /* there are too many to list: any change may be of one of them */
    bool knows_dispatch; /* the rest is learnt only for a caller that has locked the tables of dispatch */
    bool dispatch_as_made;
    Oid dispatch[BO_DISPATCH_TABLE_COUNT];
    Oid dispatch_key[BO_DISPATCH_TABLE_COUNT]; /* their primary keys, */
    Oid booking_key;                           /* and that of booking */
    Oid resource_key;                          /* the index of resource_id, */
    Oid position_of_booking;                   /* and that of position.booking_id; each if there is one */
    Oid offer_type;                            /* the enum of offer.status */
    bool updates_as_made; /* an UPDATE of a booking that keeps its time does what setup() made it do; known from the
                           * first, and only where inserts_as_made */
} BoCatalog;

extern const BoCatalog *bo_catalog(void);
extern const BoCatalog *bo_catalog_with_kinds(void);
extern const BoCatalog *bo_catalog_with_dispatch(void);
extern const BoCatalog *bo_catalog_as_known(void);
extern bool bo_catalog_learn_closures(void);
extern void bo_catalog_forget(void);

#endif
