/*
 * direct.h
 *   What the two parts of the light path share.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_H
#define BOOKONCE_DIRECT_H

#include "guard/direct_insert.h"

#include "pgtime.h"

#include "access/genam.h"
#include "executor/tuptable.h"

/* Where the hours of a resource are set. If in none of these, it is always open. */
typedef struct BoHoursRule
{
    bool keeps_hours; /* it has hours of weekdays */
    bool keeps_days;  /* it has hours of single days */
    bool has_calendar;
    int64 calendar_id;
} BoHoursRule;

extern void bo_direct_begin_statement(void);
extern void bo_direct_end_statement(void);
extern void bo_direct_open_all_indexes(BoDirect *direct);
extern int bo_direct_index_number(const BoDirect *direct, Oid index);
extern Relation bo_direct_open_index(const BoDirect *direct, Oid index);
extern IndexScanDesc bo_direct_begin_text_scan(Relation table, Relation index, const text *first, const text *second);
extern BoDirectInsert bo_direct_find_resource(BoDirect *direct, const BoSlotCall *call, TimestampTz now);
extern BoDirectInsert bo_direct_judge(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row, TimestampTz now);
extern bool bo_direct_has_other_rules(const BoCatalog *tables, TupleTableSlot *row);
extern bool bo_direct_is_open(const BoDirect *direct, const BoSlotCall *call, const BoHoursRule *rule,
                              TimestampTz start, TimestampTz end, pg_tz *zone, bool *is_open);
extern bool bo_direct_meets_no_closure(const BoDirect *direct);
extern bool bo_direct_find_unit(BoDirect *direct, TimestampTz now);
extern Datum bo_direct_slot_of(const BoDirect *direct);

extern Datum bo_direct_column(TupleTableSlot *row, BoBookingColumn which, bool *is_null);
extern BoStatus bo_direct_status_of(const BoDirect *direct, TupleTableSlot *row);
extern bool bo_direct_has_lapsed(TupleTableSlot *row, TimestampTz now);
extern bool bo_direct_is_live(TupleTableSlot *row, TimestampTz now);
extern bool bo_direct_blocks_all(BoDirect *direct, TupleTableSlot *row, TimestampTz now);

#endif
