/*
 * wait.c
 *   max_wait: one deadline for all that a call waits for.
 *
 * A timer of our own, and not PostgreSQL's LOCK_TIMEOUT: where the caller has set lock_timeout, PostgreSQL starts that
 * one at each wait and stops it behind it. When ours rings, the statement is cancelled (57014), which no WHEN OTHERS of
 * an owner's trigger catches, and at the edge of the call that becomes 55P03 with a hint. It may ring while the call
 * computes, too.
 *
 * A call that may not wait at all has no timer, which would ring in a call that need not wait. Locks of ours it takes
 * at once or not at all, and a wait of PostgreSQL's own ends by lock_timeout after the shortest time that there is.
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

/* Runs within the signal handler of PostgreSQL's timers, which has set the latch. */
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

/* After an error, a cancellation that is no longer of use must not meet what the caller does next. */
static void wait_stop_timer(void)
{
    disable_timeout(timer, false);
    if (has_rung)
        QueryCancelPending = false;
}

/* Back to the bounds of the call around this one, which has the timer again. */
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

/* Returns true if the error that was caught says that the call has waited for too long. */
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
            CHECK_FOR_INTERRUPTS(); /* if it has rung, nothing has looked yet: the call came too late */
        }
    }
    PG_CATCH();
    {
        bool ended = wait_has_ended_call(outer_deadline);

        wait_end(outer_deadline, outer_never); /* the settings end with the abort */
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
 * Runs a verb, which ends with 55P03 once it has waited for max_wait; and counts its answers. NULL: PostgreSQL's own
 * timeouts end its waits.
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
