/*
 * adopt_expression.h
 *   What the caller says about its own table: which of its columns are the resource, the time and the status.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ADOPT_EXPRESSION_H
#define BOOKONCE_ADOPT_EXPRESSION_H

#include "bookonce.h"

#include "nodes/pg_list.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"

/* The parameters as written; NULL for those that are left out. */
typedef struct BoAdoptCall
{
    const char *resource; /* one expression or several: 'room_id', 'tenant_id, room_id' */
    const char *starts;   /* and ends, or during */
    const char *ends;
    const char *during;
    const char *live_when; /* NULL: each row counts */
} BoAdoptCall;

/*
 * The same as expressions over the table's columns, checked and spelled by PostgreSQL. Each name is qualified, so they
 * can be put into any statement on the table, under any search_path.
 */
typedef struct BoAdoptRule
{
    char *resource;  /* a value of its own type; ROW(..) if there are several expressions */
    char *key;       /* bigint: the resource as the guard compares it */
    char *has_time;  /* boolean: neither start nor end is NULL */
    char *during;    /* tstzrange, NULL where a row has no time; times without time zone are read as UTC */
    char *slot;      /* bookonce.slot_key, NULL for a row without resource or time */
    char *live;      /* boolean: the row counts */
    char *condition; /* the same, as the condition of the guard's index */
    bool wall_clock; /* the columns have no time zone */
} BoAdoptRule;

/* Opens the relation that a regclass names; a regclass may be any number, so 42P01 if there is no such relation. */
extern Relation bo_adopt_open(Oid relation, LOCKMODE mode);
/* Parses one or several expressions into a list of nodes; errors name `parameter`. */
extern List *bo_adopt_read(Relation table, const char *written, const char *parameter, const char *example);
extern char *bo_adopt_spell(Relation table, Node *expression);
extern void bo_adopt_arguments(FunctionCallInfo fcinfo, int n, BoAdoptCall *call);
extern void bo_adopt_read_rule(Relation table, const BoAdoptCall *call, bool for_index, BoAdoptRule *rule);

#endif
