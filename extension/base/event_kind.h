/*
 * event_kind.h
 *   The kinds of events, as an enum of C; label.c has their labels.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_EVENT_KIND_H
#define BOOKONCE_EVENT_KIND_H

typedef enum BoEventKind
{
    BO_EVENT_INVALID = 0,
    BO_EVENT_BOOKED,
    BO_EVENT_HELD,
    BO_EVENT_CONFIRMED,
    BO_EVENT_EXTENDED,
    BO_EVENT_CANCELLED,
    BO_EVENT_EXPIRED,
    BO_EVENT_RESCHEDULED,
    BO_EVENT_SWAPPED,
    BO_EVENT_MOVED,
    BO_EVENT_CHANGED,
    BO_EVENT_DELETED,
    BO_EVENT_CHECKED_IN,
    BO_EVENT_NO_SHOW,
    BO_EVENT_JOINED,
    BO_EVENT_OFFERED,
    BO_EVENT_LEFT
} BoEventKind;

#endif
