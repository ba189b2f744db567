/*
 * error.c
 *   The wording of errors: what is wrong with a call.
 *
 * Messages are lower case without a period; a hint shows a valid value. No message shows what belongs to another holder
 * or tenant, not even whether an id exists there. Class OB is ours: SQL reserves classes 0-4 and A-H. error_tables.c
 * words what is wrong with the tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/value.h"

#define ERRCODE_KEY_REUSED MAKE_SQLSTATE('O', 'B', '0', '0', '1')
#define ERRCODE_UNKNOWN_ID MAKE_SQLSTATE('O', 'B', '0', '0', '3')
#define ERRCODE_BOUNDS_EXCLUDE_VALUE MAKE_SQLSTATE('O', 'B', '0', '0', '6')

void bo_error_null_argument(const char *name, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name),
            errhint("Give a value, for example %s.", example));
    pg_unreachable();
}

void bo_error_argument(const char *name, const char *problem, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s", name, problem),
            errhint("A valid value is, for example, %s.", example));
    pg_unreachable();
}

void bo_error_may_not_waive(const char *role)
{
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to waive rules"),
            errhint("Leave waive out, or have the owner of the tables let the role: SELECT bookonce.grant_usage(%s, "
                    "'admin').",
                    quote_literal_cstr(role)));
    pg_unreachable();
}

void bo_error_key_reused(const text *key)
{
    ereport(ERROR, errcode(ERRCODE_KEY_REUSED),
            errmsg("idempotency key \"%s\" was used for another request", text_to_cstring(key)),
            errhint("Repeat the first request unchanged, or use a new key, for example gen_random_uuid()::text."));
    pg_unreachable();
}

void bo_error_unknown_resource(const text *resource)
{
    char *name = text_to_cstring(resource);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_RESOURCE), errmsg("resource \"%s\" is not defined", name),
            errhint("Define it first: SELECT bookonce.define_resource(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

/* Time zones come with the server. A server of another build may lack one, and an owner's UPDATE may misspell one. */
void bo_error_unknown_zone(const text *resource, const text *zone)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("PostgreSQL does not know time zone \"%s\" of resource \"%s\"", text_to_cstring(zone),
                   text_to_cstring(resource)),
            errhint("Define the resource again with a name from pg_timezone_names, for example time_zone => "
                    "'Europe/Paris'."));
    pg_unreachable();
}

void bo_error_unknown_booking(const pg_uuid_t *booking_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("booking %s does not exist in this tenant", bo_value_uuid_text(booking_id)),
            errhint("Pass a booking_id that book_slot() returned, and the tenant it was booked in."));
    pg_unreachable();
}

void bo_error_unknown_group(const pg_uuid_t *group_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("group %s does not exist in this tenant", bo_value_uuid_text(group_id)),
            errhint("Pass a group_id that book_slots() returned, and the tenant it was booked in."));
    pg_unreachable();
}

/* Also raised if the waiter belongs to another holder. */
void bo_error_unknown_waiter(const pg_uuid_t *waiter_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("waiter %s does not exist in this tenant", bo_value_uuid_text(waiter_id)),
            errhint("Pass a waiter_id that join_waitlist() returned, and the tenant and the holder that joined."));
    pg_unreachable();
}

void bo_error_unknown_counter(const text *counter)
{
    char *name = text_to_cstring(counter);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID), errmsg("counter \"%s\" is not defined in this tenant", name),
            errhint("Define it first: SELECT bookonce.define_counter(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

void bo_error_unknown_calendar(const text *calendar)
{
    char *name = text_to_cstring(calendar);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID), errmsg("calendar \"%s\" is not defined in this tenant", name),
            errhint("Define it first: SELECT bookonce.define_calendar(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

void bo_warning_unmet_grid(const text *resource)
{
    ereport(WARNING,
            errmsg("no booking of resource \"%s\" can start within its opening hours", text_to_cstring(resource)),
            errhint("It starts at the times of set_starts(), or of start_every, counted from midnight: let one of them "
                    "be in the hours."));
}

void bo_error_calendar_in_use(const text *calendar, const text *resource)
{
    char *follower = text_to_cstring(resource);

    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("resource \"%s\" follows calendar \"%s\"", follower, text_to_cstring(calendar)),
            errhint("End that for all that follow it: SELECT bookonce.follow_calendar(%s, NULL).",
                    quote_literal_cstr(follower)));
    pg_unreachable();
}

void bo_error_unknown_consumer(const text *consumer)
{
    char *name = text_to_cstring(consumer);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID), errmsg("consumer \"%s\" has not read any events of this tenant", name),
            errhint("Its first call makes it: SELECT * FROM bookonce.read_events(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

void bo_error_bounds_exclude_value(const text *counter, int64 value)
{
    ereport(ERROR, errcode(ERRCODE_BOUNDS_EXCLUDE_VALUE),
            errmsg("the bounds exclude the value of counter \"%s\"", text_to_cstring(counter)),
            errdetail("Its value is " INT64_FORMAT ".", value),
            errhint("Adjust the counter first, or choose a minimum not above and a maximum not below its value."));
    pg_unreachable();
}

void bo_error_unknown_request(const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("request %s does not exist in this tenant", bo_value_uuid_text(request_id)),
            errhint("Pass a request_id that open_request() returned, and the tenant it was opened in."));
    pg_unreachable();
}

/* Raised also when the offer is another provider's. */
void bo_error_unknown_offer(const pg_uuid_t *offer_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("offer %s does not exist for this provider in this tenant", bo_value_uuid_text(offer_id)),
            errhint("Pass an offer_id that make_offers() returned, the provider it was made to, and the tenant."));
    pg_unreachable();
}

void bo_error_no_position(const text *provider, const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("provider \"%s\" never had a position of request %s", text_to_cstring(provider),
                   bo_value_uuid_text(request_id)),
            errhint("Name a provider who accepted: SELECT provider FROM bookonce.appointment WHERE request_id = '%s'.",
                    bo_value_uuid_text(request_id)));
    pg_unreachable();
}

/* The first times of a multirange, written as the session writes times, so that a detail stays short. */
char *bo_error_first_times(const MultirangeType *times)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    StringInfoData list;
    RangeType **ranges;
    int32 count;
    Oid output;
    bool is_varlena;

    getTypeOutputInfo(TSTZRANGEOID, &output, &is_varlena);
    initStringInfo(&list);
    multirange_deserialize(type, times, &count, &ranges);
    for (int i = 0; i < Min(count, 3); i++)
        appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ",
                         OidOutputFunctionCall(output, RangeTypePGetDatum(ranges[i])));
    if (count > 3)
        appendStringInfo(&list, " and %d more", count - 3);
    return list.data;
}

void bo_error_capacity_in_use(const text *resource, int32 capacity, const MultirangeType *times)
{
    ereport(ERROR, errcode(ERRCODE_CAPACITY_IN_USE),
            errmsg("resource \"%s\" has more than %d units booked at some time to come", text_to_cstring(resource),
                   capacity),
            times == NULL ? 0 : errdetail("More is booked in %s.", bo_error_first_times(times)),
            errhint("Cancel or move bookings first, or keep a higher capacity."));
    pg_unreachable();
}

void bo_error_above_capacity(int32 capacity)
{
    bo_error_argument("quantity", psprintf("must not be above the capacity of the resource, %d", capacity),
                      psprintf("%d", capacity));
}

void bo_error_units_above_capacity(const text *resource, int32 capacity)
{
    bo_error_argument(
        "units", psprintf("must not be above the capacity of resource \"%s\", %d", text_to_cstring(resource), capacity),
        psprintf("%d, or null for all of them", capacity));
}

void bo_error_read_only(const char *verb)
{
    ereport(ERROR, errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
            errmsg("cannot execute %s() in a read-only transaction", verb),
            errhint("Call it on the primary server, in a transaction begun with BEGIN READ WRITE."));
    pg_unreachable();
}

/* PostgreSQL's own wording, so that one retry rule fits both. */
void bo_error_old_snapshot(void)
{
    ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
            errmsg("could not serialize access due to concurrent update"),
            errhint("The transaction might succeed if retried."));
    pg_unreachable();
}

void bo_error_max_wait(void)
{
    ereport(
        ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
        errmsg("the call would have to wait for other transactions longer than max_wait allows"),
        errhint("Nothing was written. Repeat the call, or let it wait longer, for example max_wait => '10 seconds'."));
    pg_unreachable();
}

/* Not an error: the call goes on. The statement is added by the server. */
void bo_log_slow_wait(const char *what, double waited_ms)
{
    ereport(LOG, errmsg("the call waited %.3f ms for the lock of a %s", waited_ms, what),
            errhint("The view bookonce.waiting shows, while a call waits, who keeps it waiting."));
}

void bo_error_statement(const char *what, int code)
{
    ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR),
            errmsg("bookonce: %s failed: %s", what, SPI_result_code_string(code)));
    pg_unreachable();
}

/* For a branch that no call can reach. If one does, that is a bug of ours, and it is reported rather than ignored. */
void bo_error_impossible(const char *what)
{
    elog(ERROR, "bookonce: %s", what);
    pg_unreachable();
}

/* Like PostgreSQL's error for a row that a CHECK refuses, but it names the rule. */
void bo_error_unsound(const char *rule, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION), errmsg("a booking's %s", rule),
            errhint("A valid value is, for example, %s.", example), err_generic_string(PG_DIAG_SCHEMA_NAME, "bookonce"),
            err_generic_string(PG_DIAG_TABLE_NAME, "booking"),
            err_generic_string(PG_DIAG_CONSTRAINT_NAME, "booking_is_sound"));
    pg_unreachable();
}

void bo_error_slot_key_time(void)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a booking must end before the year 148000"),
            errhint("A valid time is, for example, 2026-01-01 09:00:00+00."));
    pg_unreachable();
}

void bo_error_slot_key_text(const char *input)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
            errmsg("invalid input syntax for type slot_key: \"%s\"", input),
            errhint("Write it as slot_key shows it, with times in UTC, for example "
                    "(42,1,[2026-01-01 09:00:00+00,2026-01-01 10:00:00+00))."));
    pg_unreachable();
}

void bo_error_slot_key_binary(void)
{
    ereport(
        ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid times in external binary slot_key"),
        errhint(
            "Send a start before an end, in half-microseconds since 2000-01-01 UTC, for example 0 and 7200000000."));
    pg_unreachable();
}
