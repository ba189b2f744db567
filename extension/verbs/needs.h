/*
 * needs.h
 *   Needs, and the resources that fit them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_NEEDS_H
#define BOOKONCE_NEEDS_H

#include "bookonce.h"

#include "utils/jsonb.h"

#include "verbs/candidate.h"
#include "verbs/match.h"

typedef enum BoTestKind
{
    BO_TEST_INVALID = 0,
    BO_TEST_ONE_OF,
    BO_TEST_ALL_OF,
    BO_TEST_AT_LEAST,
    BO_TEST_AT_MOST
} BoTestKind;

typedef struct BoTest
{
    BoTestKind kind;
    int count;
    JsonbValue *values;
} BoTest;

/* All that is asked of one attribute, such as "seats": {"at_least": 8}: as one jsonpath, and as tests to be passed. */
typedef struct BoCondition
{
    char *attribute;
    char *path;
    int test_count;
    BoTest *tests;
    bool only_less; /* only at_most is given; then the smallest value that some resource has is nearest */
} BoCondition;

typedef struct BoNeed
{
    int number;       /* from 1 */
    const char *name; /* for errors, such as needs[2] */
    int32 count;
    int name_count; /* 0: all that fit the conditions */
    text **names;
    int condition_count;
    BoCondition *conditions;
    BoChoices choices; /* in the order of `names`, or else in that of the resources' names */
} BoNeed;

typedef enum BoNeedsPick
{
    BO_NEEDS_PICK_INVALID = 0,
    BO_NEEDS_PICK_FIRST,
    BO_NEEDS_PICK_LEAST_BOOKED,
    BO_NEEDS_PICK_TIGHTEST
} BoNeedsPick;

typedef struct BoNeeds
{
    const char *name; /* of the argument, for errors */
    int count;
    BoNeed *needs;
    int place_count; /* of all needs; a need with a count of 2 has two places */
    const BoChoices **places;
    const BoNeed **need_of; /* of each place */
    BoCandidates candidates;
} BoNeeds;

extern Jsonb *bo_needs_argument(FunctionCallInfo fcinfo, int n, BoNeeds *needs);
extern void bo_needs_read_one(Jsonb *given, BoNeeds *needs);
extern BoNeedsPick bo_needs_pick_argument(const text *pick);
extern void bo_needs_pick_order(BoStore *store, const BoNeeds *needs, BoNeedsPick pick, RangeType *during,
                                TimestampTz start, TimestampTz end);
extern _Noreturn void bo_needs_refuse_too_many(const BoNeeds *needs);
extern void bo_needs_find_parts(BoStore *store, BoNeeds *needs);
extern bool bo_need_fits(const BoNeed *need, Jsonb *attributes);
extern bool bo_needs_clash(const void *candidates, int a, int b);
extern void bo_needs_find_candidates(BoStore *store, BoNeeds *needs);
extern BoMatch bo_needs_match(const BoNeeds *needs, bool (*is_free)(void *, int), void *context);

#endif
