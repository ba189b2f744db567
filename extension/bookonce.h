/*
 * bookonce.h
 *   What every station includes: PostgreSQL's own types, and the limits.
 *
 * A verb reads: arguments, lock, store, answer. Each station has a header of its own, in
 * one of four wings that call downwards only: verbs, guard, store, base.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_H
#define BOOKONCE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
/* The last argument of what begins a scan: flags, from PostgreSQL 19 on. */
#if PG_VERSION_NUM >= 190000
#define BO_NO_SCAN_FLAGS , 0
#else
#define BO_NO_SCAN_FLAGS
#endif

/* From PostgreSQL 19 on, a row type is to be finished when it has all of its columns. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(columns) ((void)(columns))
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#include "base/limits.h"

#endif
