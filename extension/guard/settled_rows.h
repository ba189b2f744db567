/*
 * settled_rows.h
 *   What this session knows about rows of a table whose blocks have not changed since it read them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SETTLED_ROWS_H
#define BOOKONCE_SETTLED_ROWS_H

#include "bookonce.h"

#include "access/xlogdefs.h"
#include "storage/buf.h"
#include "storage/off.h"
#include "utils/rel.h"

/* One use of the knowledge, over blocks in ascending order. */
typedef struct BoSettledRows
{
    Relation table;
    Buffer map;    /* the page of the visibility map that was used last */
    int page;      /* its number; -1 if none is in use */
    bool is_valid; /* so far, no page of the map has changed while it was in use */
} BoSettledRows;

extern void bo_settled_rows_begin(BoSettledRows *rows, Relation table);
extern uint64 *bo_settled_rows_of_block(BoSettledRows *rows, BlockNumber block);
extern bool bo_settled_rows_end(BoSettledRows *rows);

/* The bit of a row among those of its block; 0 if it has none. */
static inline uint64 bo_settled_rows_bit(OffsetNumber offset)
{
    return offset <= 64 ? UINT64CONST(1) << (offset - 1) : 0;
}

#endif
