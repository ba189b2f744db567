/*
 * error.h
 *   The errors of the extension; error.c, error_tables.c and, of guarded tables, error_adopt.c word them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ERROR_H
#define BOOKONCE_ERROR_H

#include "bookonce.h"

#include "utils/relcache.h"

#define ERRCODE_UNKNOWN_RESOURCE MAKE_SQLSTATE('O', 'B', '0', '0', '2')
/* Existing bookings contradict what is asked for. */
#define ERRCODE_CAPACITY_IN_USE MAKE_SQLSTATE('O', 'B', '0', '0', '5')

/*
 * The state of the constraint that makes double booking impossible, in ascending order of how close it is to guarding.
 */
typedef enum BoGuard
{
    BO_GUARD_MISSING = 0,
    BO_GUARD_FOREIGN,    /* another object has its name */
    BO_GUARD_INVALID,    /* its index is not valid */
    BO_GUARD_DEFERRABLE, /* it would complain only after the answer */
    BO_GUARD_EVADED,     /* tables that inherit from booking have rows, which the constraint does not see */
    BO_GUARD_STANDS
} BoGuard;

extern _Noreturn void bo_error_null_argument(const char *name, const char *example);
extern _Noreturn void bo_error_argument(const char *name, const char *problem, const char *example);
extern _Noreturn void bo_error_may_not_waive(const char *role);
extern _Noreturn void bo_error_key_reused(const text *key);
extern _Noreturn void bo_error_unknown_resource(const text *resource);
extern _Noreturn void bo_error_unknown_booking(const pg_uuid_t *booking_id);
extern _Noreturn void bo_error_unknown_waiter(const pg_uuid_t *waiter_id);
extern _Noreturn void bo_error_unknown_group(const pg_uuid_t *group_id);
extern _Noreturn void bo_error_unknown_counter(const text *counter);
extern void bo_warning_unmet_grid(const text *resource);
extern _Noreturn void bo_error_unknown_calendar(const text *calendar);
extern _Noreturn void bo_error_calendar_in_use(const text *calendar, const text *resource);
extern _Noreturn void bo_error_unknown_kind(const text *kind, const text *known);
extern _Noreturn void bo_error_kind_in_use(const text *kind, int64 bookings);
extern _Noreturn void bo_error_impossible_kind(const text *kind);
extern _Noreturn void bo_error_other_kind(void);
extern _Noreturn void bo_error_unknown_consumer(const text *consumer);
extern _Noreturn void bo_error_bounds_exclude_value(const text *counter, int64 value);
extern _Noreturn void bo_error_unknown_request(const pg_uuid_t *request_id);
extern _Noreturn void bo_error_unknown_offer(const pg_uuid_t *offer_id);
extern _Noreturn void bo_error_no_position(const text *provider, const pg_uuid_t *request_id);
extern _Noreturn void bo_error_unknown_zone(const text *resource, const text *zone);
extern _Noreturn void bo_error_not_set_up(void);
extern _Noreturn void bo_error_older_tables(void);
extern _Noreturn void bo_error_guard_missing(BoGuard guard, const char *constraint);
extern char *bo_error_first_times(const MultirangeType *times);
extern _Noreturn void bo_error_capacity_in_use(const text *resource, int32 capacity, const MultirangeType *times);
extern _Noreturn void bo_error_above_capacity(int32 capacity);
extern _Noreturn void bo_error_units_above_capacity(const text *resource, int32 capacity);
extern _Noreturn void bo_error_read_only(const char *verb);
extern _Noreturn void bo_error_max_wait(void);
extern _Noreturn void bo_error_owners_constraint(void);
extern _Noreturn void bo_error_old_snapshot(void);
extern _Noreturn void bo_error_other_version(const char *type, const char *difference);
extern _Noreturn void bo_error_unknown_status(const char *of);
extern _Noreturn void bo_error_unknown_label(Oid type, const char *label);
extern void bo_log_slow_wait(const char *what, double waited_ms);
extern _Noreturn void bo_error_statement(const char *what, int code);
extern _Noreturn void bo_error_missing_row(void);
extern _Noreturn void bo_error_impossible_row(const char *what);
extern _Noreturn void bo_error_impossible_rule(const text *resource, const char *rule);
extern _Noreturn void bo_error_null_column(const char *column, const char *row);
extern _Noreturn void bo_error_lacks_positions(const pg_uuid_t *request_id);
extern void bo_warning_broken_request(const pg_uuid_t *request_id, const char *what);
extern _Noreturn void bo_error_column_type(const char *column, const char *found, const char *wanted);
extern _Noreturn void bo_error_lacks_column(const char *column);
extern _Noreturn void bo_error_event_table(void);
extern _Noreturn void bo_error_event_column(const char *column);
extern _Noreturn void bo_error_not_our_trigger(void);
extern _Noreturn void bo_error_needed_resource(const text *resource, const char *what);
extern _Noreturn void bo_error_needed_request(const pg_uuid_t *request_id, const char *what);
extern _Noreturn void bo_error_needed_table(const char *table);
extern _Noreturn void bo_error_callers_relation(const char *name);
extern _Noreturn void bo_error_temporary_domain(void);
extern _Noreturn void bo_error_impossible(const char *what);
extern _Noreturn void bo_error_deferrable_trigger(const char *trigger, const char *function);
extern void bo_error_hide_rows(void *unused);
extern _Noreturn void bo_error_unsound(const char *rule, const char *example);
extern _Noreturn void bo_error_adopt_mutable(const char *parameter);
extern _Noreturn void bo_error_adopt_unknown(Oid relation);
extern _Noreturn void bo_error_guard_index_missing(Relation table);
extern _Noreturn void bo_error_guard_row_misplaced(void);
extern _Noreturn void bo_error_not_guarded(Relation table);
extern _Noreturn void bo_error_guard_refused(Relation table, const char *guard, const char *time);
extern _Noreturn void bo_error_slot_key_time(void);
extern _Noreturn void bo_error_slot_key_text(const char *input);
extern _Noreturn void bo_error_slot_key_binary(void);

#endif
