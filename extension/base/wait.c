/*
 * wait.c
 *   max_wait: one deadline for all that a call waits for.
 *
 * It uses a timer of its own, and not PostgreSQL's LOCK_TIMEOUT: if the caller has set lock_timeout, PostgreSQL starts
 * that one before each wait and stops it afterwards. When our timer fires, the statement is cancelled (57014), which no
 * WHEN OTHERS of an owner's trigger catches, and when the error leaves the call it becomes 55P03 with a hint. It may
 * also fire while the call computes.
 *
 * A call that may not wait at all has no timer, because that would also fire in a call that need not wait. Our own
 * locks are taken at once or not at all, and PostgreSQL's waits are ended by lock_timeout after the shortest possible
 * time.
 *
 * A verb may be called within another, by a trigger of the owner's: then the earlier deadline counts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/wait.h"

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/timeout.h"

#include "base/arguments.h"
#include "base/error.h"

bool bo_wait_never = false;

static TimestampTz deadline = DT_NOEND; /* of the call under way; DT_NOEND: none */
static TimeoutId timer = MAX_TIMEOUTS;  /* MAX_TIMEOUTS: not registered yet */
static volatile sig_atomic_t has_rung;

/* Runs in the signal handler of PostgreSQL's timers, which has set the latch. */
static void wait_ring(void)
{
    has_rung = true;
    InterruptPending = true;
    QueryCancelPending = true;
}

static void wait_start_timer(void)
{
    has_rung = false;
    if (deadline == DT_NOEND)
        return;
    enable_timeout_at(timer, deadline);
}

/* After an error, a pending cancellation must not hit what the caller does next. */
static void wait_stop_timer(void)
{
    disable_timeout(timer, false);
    if (has_rung)
        QueryCancelPending = false;
}

/* Restores the deadline of the call around this one, which gets the timer back. */
static void wait_end(TimestampTz outer_deadline, bool outer_never)
{
    bool had_timer = deadline < outer_deadline;

    if (had_timer)
        wait_stop_timer();
    deadline = outer_deadline;
    bo_wait_never = outer_never;
    if (had_timer)
        wait_start_timer();
}

/* Returns true if the error that was caught means that the call has waited too long. */
static bool wait_has_ended_call(TimestampTz outer_deadline)
{
    if (bo_wait_never)
        return geterrcode() == ERRCODE_LOCK_NOT_AVAILABLE;
    return deadline < outer_deadline && has_rung && geterrcode() == ERRCODE_QUERY_CANCELED;
}

static Datum wait_call(FunctionCallInfo fcinfo, PGFunction verb, int64 longest)
{
    const TimestampTz outer_deadline = deadline;
    const bool outer_never = bo_wait_never;
    volatile Datum answer = (Datum)0;
    int settings = NewGUCNestLevel();

    if (timer == MAX_TIMEOUTS)
        timer = RegisterTimeout(USER_TIMEOUT, wait_ring);
    bo_wait_never |= longest == 0;
    if (longest > 0)
        deadline = Min(outer_deadline, GetCurrentTimestamp() + longest);
    PG_TRY();
    {
        if (bo_wait_never)
            (void)set_config_option("lock_timeout", "1", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
        if (deadline < outer_deadline)
            wait_start_timer();
        answer = verb(fcinfo);
        if (deadline < outer_deadline)
        {
            disable_timeout(timer, false);
            CHECK_FOR_INTERRUPTS(); /* if the timer has fired, nothing has noticed yet: the call was too late */
        }
    }
    PG_CATCH();
    {
        bool ended = wait_has_ended_call(outer_deadline);

        wait_end(outer_deadline, outer_never); /* the abort ends the settings */
        if (!ended)
            PG_RE_THROW();
        FlushErrorState();
        bo_error_max_wait();
    }
    PG_END_TRY();
    wait_end(outer_deadline, outer_never);
    AtEOXact_GUC(true, settings);
    return answer;
}

/*
 * Runs a verb, which ends with 55P03 once it has waited for max_wait, and counts its answers. If max_wait is NULL, only
 * PostgreSQL's own timeouts end its waits.
 */
Datum bo_wait_bounded(FunctionCallInfo fcinfo, int parameters, PGFunction verb, BoCounted *counted)
{
    int outer = bo_statistics_enter(fcinfo, counted);
    Datum answer;

    if (PG_NARGS() < parameters || PG_ARGISNULL(parameters - 2))
        answer = verb(fcinfo);
    else
        answer = wait_call(fcinfo, verb, bo_arguments_max_wait(fcinfo, parameters - 2));
    bo_statistics_leave(outer);
    return answer;
}
