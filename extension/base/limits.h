/*
 * limits.h
 *   Every limit of the extension, in one place. docs/limits.md documents them for the caller.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LIMITS_H
#define BOOKONCE_LIMITS_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* Longest name, holder or key, in bytes. Longer ones would not fit into one index entry together. */
#define BO_MAX_TEXT_BYTES 255

/*
 * Longest duration an argument may have, in days: a century. Anything longer is a mistake, and could leave PostgreSQL's
 * calendar.
 */
#define BO_MAX_LENGTH_DAYS 36500

/* Most resources that one find_slots() or book_needs() asks for. Each may take its place from another, and so on. */
#define BO_MAX_NEEDED 100

/*
 * Most rounds in which one book_needs() reads what is free and then finds that somebody else was faster; then it ends
 * with 40001.
 */
#define BO_MAX_MATCHES 8

/* Most matches of one slot that are tried where candidates take the same parts. */
#define BO_MAX_CLASHES 100

/* Most units of one resource. */
#define BO_MAX_CAPACITY 100000

/* Most members of one book_slots(). With more, the locks and the undo of one transaction would burden everybody. */
#define BO_MAX_MEMBERS 10000

/*
 * Most resources of one book_any_slot(), one close_resource() or one list, most candidates for the needs of one call,
 * and most closures of one reopen_resource().
 */
#define BO_MAX_RESOURCES 1000

/* Most resources of one scope of a holder rule: its verb locks them all. */
#define BO_MAX_SCOPE 10000

/* Most pages of a visibility map, each of 32,672 blocks of the table, whose rows a session remembers: 4 MB in all. */
#define BO_SETTLED_ROWS_PAGES 16

/* Most times of one repeat_slots(), and most slots that one free_slots() or find_slots() may have to try. */
#define BO_MAX_TIMES 10000
#define BO_MAX_CANDIDATES 10000

/* Longest `within` of free_slots(), free_time() and lists, and longest `during` of places_left(), in days. */
#define BO_MAX_WITHIN_DAYS 3660

/* Longest offer_for of join_waitlist(), in days. */
#define BO_MAX_OFFER_DAYS 30

/* Deepest level of parts, and most ways to all parts of a resource together: booking it books this many at once. */
#define BO_MAX_PART_DEPTH 8
#define BO_MAX_PARTS 1000

/* Longest attributes of a resource, as jsonb; limited because each call that books the resource reads its row. */
#define BO_MAX_ATTRIBUTES_BYTES 8192

/* Most rows of one page of a list. */
#define BO_MAX_PAGE 10000

/* Most pairs of hours of one weekday. */
#define BO_MAX_HOURS 48
#define BO_MAX_DAYS_OF_HOURS 8 /* for a slot that touches more days, SQL reads the hours of all days at once */

/* Most lengths of a kind of booking: each is compared with the slot. */
#define BO_MAX_KIND_LENGTHS 48

/* Most positions of one request, and most providers of one make_offers(), so that a call ends in reasonable time. */
#define BO_MAX_POSITIONS 1000
#define BO_MAX_PROVIDERS 10000

/* Most parameters of a statement. */
#define BO_MAX_PARAMETERS 16

/* Most counters of answers, of all databases of a server together: with their frame they are 32 KB. */
#define BO_MAX_COUNTERS 1364

/* Most rounds of one decision, see bo_round_next(). */
#define BO_MAX_ROUNDS 1000

/*
 * Most attempts to learn what the tables are. If others change tables all the time, what was learnt last is valid only
 * for the call that learnt it.
 */
#define BO_MAX_CATALOG_ROUNDS 10

/* Most roles whose tenants a session remembers; a session of a pool may act for many. */
#define BO_MAX_BINDINGS 1000

/* 148000-01-01 00:00:00+00, 365 times 400 years of 146097 days: times must lie before it (guard/slot_key.h says why).
 */
#define BO_TIME_LIMIT (INT64CONST(365) * 146097 * USECS_PER_DAY)

#endif
