/*
 * store.c
 *   Runs the statements of store_*.c: cached plans, and the switch to the tables' owner.
 *
 * Statements run as the owner of bookonce.booking, so a caller needs EXECUTE on a verb and nothing else. The statements
 * of a verb that writes run with read_only = false: each sees what was committed before it began, even if that happened
 * during a lock wait.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store.h"

#include "access/xact.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"

#include "base/error.h"
#include "store/catalog.h"
#include "store/event.h"

/* The table of events is locked with the others, before anything that a call may wait for. */
static void store_begin_history(void)
{
    LockRelationOid(bo_catalog()->event, RowExclusiveLock);
    bo_event_begin();
}

/* If code of the owner's runs when an event is written, it runs with the owner's settings. */
static void store_end_history(BoStore *store)
{
    int settings;

    if (!bo_event_end())
        return;
    settings = store->settings == 0 && !bo_catalog()->event_is_bare ? bo_owner_begin_settings() : 0;
    bo_event_write();
    if (settings != 0)
        bo_owner_end_settings(settings);
}

/*
 * The tables are locked, so their owner cannot change. From here to bo_store_close() the transaction acts as that
 * owner, and row security that the owner forced on himself does not hide rows from the guard. An error in between is
 * undone by the abort, which restores the caller's role. The store must not move in memory while it is open.
 */
static void store_open_locked(BoStore *store, bool reads_only)
{
    Oid owner = bo_catalog()->owner;

    store->answer_context = CurrentMemoryContext;
    store->reads_only = reads_only;
    store->errors = (ErrorContextCallback){.previous = error_context_stack, .callback = bo_error_hide_rows};
    error_context_stack = &store->errors;
    SPI_connect();
    store->transaction_nest = GetCurrentTransactionNestLevel();
    store->settings = 0;
    store->keeps_history = !reads_only && OidIsValid(bo_catalog()->event);
    if (store->keeps_history)
        store_begin_history();
    bo_owner_begin(&store->owner, owner);
}

void bo_store_open_for(BoStore *store, BoTables tables)
{
    bo_table_lock(tables);
    store_open_locked(store, false);
    store->tables = tables;
}

/* For a verb on bookings or resources. */
void bo_store_open(BoStore *store)
{
    bo_store_open_for(store, BO_TABLES_BOOKING);
}

/* The same for a verb that only reads. Its statements see what the caller's query sees, as a STABLE function must. */
void bo_store_open_to_read(BoStore *store)
{
    bo_table_lock_to_read(BO_TABLES_BOOKING);
    store_open_locked(store, true);
}

void bo_store_close(BoStore *store)
{
    if (store->keeps_history)
        store_end_history(store);
    if (store->settings != 0)
        bo_owner_end_settings(store->settings);
    bo_owner_end(&store->owner);
    SPI_finish();
    error_context_stack = store->errors.previous;
}

/*
 * Each result stays until bo_store_close(), and takes 8 kB or more. A call that works in many parts can free what a
 * part has read, except for what was copied to answer_context.
 */
void bo_store_begin_part(BoStore *store)
{
    store->whole_context = MemoryContextSwitchTo(store->answer_context);
    SPI_connect();
}

void bo_store_end_part(BoStore *store)
{
    SPI_finish();
    MemoryContextSwitchTo(store->whole_context);
}

/* No booking in the tables of 0.1.0 has a kind. */
static const char *store_without_kind(const char *sql)
{
    static const char name[] = "b.kind";
    StringInfoData text;

    initStringInfo(&text);
    for (const char *at; (at = strstr(sql, name)) != NULL; sql = at + strlen(name))
    {
        appendBinaryStringInfo(&text, sql, (int)(at - sql));
        appendStringInfoString(&text, "NULL::pg_catalog.text");
    }
    appendStringInfoString(&text, sql);
    return text.data;
}

/*
 * The statement with the columns' names in the tables of 0.1.0, which the new library uses until setup() is run again.
 * There a hold keeps its end when it is confirmed, and only a hold lapses.
 */
static const char *store_as_named(const char *sql)
{
    static const char name[] = "lapses_at";
    StringInfoData text;

    initStringInfo(&text);
    sql = store_without_kind(sql);
    for (const char *at; (at = strstr(sql, name)) != NULL; sql = at + strlen(name))
    {
        bool is_of_booking = strncmp(at - 2, "b.", 2) == 0;

        appendBinaryStringInfo(&text, sql, (int)(at - sql) - (is_of_booking ? 2 : 0));
        if (is_of_booking)
            appendStringInfoString(&text, "(CASE WHEN b.status OPERATOR(pg_catalog.=) "
                                          "'held'::bookonce.booking_status THEN b.hold_expires_at END)");
        else /* a name that a subquery gives it, or the column that is written */
            appendStringInfoString(&text, at[-1] == '.' || strncmp(at - 3, "AS ", 3) == 0 ? name : "hold_expires_at");
    }
    appendStringInfoString(&text, sql);
    return text.data;
}

/*
 * Prepares a statement. One that belongs to a newer feature names columns or tables that an older version does not
 * have.
 */
static SPIPlanPtr store_prepare(const char *sql, int count, Oid *types)
{
    MemoryContext context = CurrentMemoryContext;
    SPIPlanPtr plan = NULL;

    if (!bo_catalog()->is_older)
        return SPI_prepare_cursor(sql, count, types, CURSOR_OPT_GENERIC_PLAN);
    PG_TRY();
    {
        plan = SPI_prepare_cursor(store_as_named(sql), count, types, CURSOR_OPT_GENERIC_PLAN);
    }
    PG_CATCH();
    {
        if (geterrcode() != ERRCODE_UNDEFINED_COLUMN && geterrcode() != ERRCODE_UNDEFINED_TABLE)
            PG_RE_THROW();
        MemoryContextSwitchTo(context);
        FlushErrorState();
        bo_error_older_tables();
    }
    PG_END_TRY();
    return plan;
}

/* Returns true if the next run will plan the statement, for the first time or because a table or the path changed. */
static bool store_needs_plan(BoStatement *statement, const BoParameter *parameters, int count)
{
    SPIPlanPtr plan;
    const Query *query;
    Oid types[BO_MAX_PARAMETERS];

    if (statement->plan != NULL && statement->for_older == bo_catalog()->is_older)
        return !SPI_plan_is_valid(statement->plan);
    if (statement->plan != NULL)
        SPI_freeplan(statement->plan);
    statement->plan = NULL;
    statement->for_older = bo_catalog()->is_older;
    for (int i = 0; i < count; i++)
        types[i] = parameters[i].type;
    plan = store_prepare(statement->sql, count, types);
    if (plan == NULL || SPI_keepplan(plan) != 0)
        bo_error_statement("preparing a statement", SPI_result);
    query = linitial(((CachedPlanSource *)linitial(SPI_plan_get_plan_sources(plan)))->query_list);
    statement->only_reads = query->commandType == CMD_SELECT && !query->hasModifyingCTE;
    statement->plan = plan;
    return true;
}

/*
 * A backend keeps its generic plans for long, and its first booking may come when the tables are empty: then a
 * sequential scan looks cheap, and the plan is still kept when there are a million rows. So statements are always
 * planned to use the indexes. If an index is missing, a plan with sequential scans disabled looks so expensive that it
 * would be compiled (jit) at each run, for a second, under the resource's lock.
 *
 * A statement that loops over the guard's index uses bitmaps, because a bitmap scan marks no entries as dead:
 * sql/slot_key.sql has the reason, at is_live().
 */
static int store_begin_planning(const BoStatement *statement, bool has_plan)
{
    const char *const settings[][2] = {{"enable_indexscan", statement->loops ? "off" : "on"},
                                       {"enable_bitmapscan", statement->loops ? "on" : "off"},
                                       {"enable_seqscan", "off"},
                                       {"enable_hashjoin", "off"},
                                       {"enable_mergejoin", "off"},
                                       {"enable_material", "off"},
                                       {"jit", "off"}};
    int count = has_plan ? 2 : (int)lengthof(settings); /* the first two are for safety, the others for speed */
    int level = NewGUCNestLevel();

    for (int i = 0; i < count; i++)
        (void)set_config_option(settings[i][0], settings[i][1], PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                false);
    return level;
}

/* Checks that a statement has the same parameter types wherever it is run. */
static void store_check_types(const BoStatement *statement, const BoParameter *parameters, int count)
{
#ifdef USE_ASSERT_CHECKING
    Assert(SPI_getargcount(statement->plan) == count);
    for (int i = 0; i < count; i++)
        Assert(SPI_getargtypeid(statement->plan, i) == parameters[i].type);
#endif
}

static uint64 store_execute(BoStore *store, BoStatement *statement, const BoParameter *parameters, int count,
                            bool latest)
{
    /*
     * PostgreSQL may replan without our noticing: after a lock wait, or for a custom plan. So a statement that loops
     * gets its settings at every run.
     */
    bool has_plan = !store_needs_plan(statement, parameters, count);
    int level = !has_plan || statement->loops ? store_begin_planning(statement, has_plan) : -1;
    Datum values[BO_MAX_PARAMETERS];
    char nulls[BO_MAX_PARAMETERS];
    int code;

    Assert(count <= BO_MAX_PARAMETERS);
    store_check_types(statement, parameters, count);
    for (int i = 0; i < count; i++)
    {
        values[i] = parameters[i].value;
        nulls[i] = parameters[i].is_null ? 'n' : ' ';
    }
    if (latest)
        code = SPI_execute_snapshot(statement->plan, values, nulls, GetLatestSnapshot(), GetTransactionSnapshot(),
                                    false, true, 0);
    else
        code = SPI_execute_plan(statement->plan, values, nulls, store->reads_only, 0);
    if (code < 0)
        bo_error_statement("running a statement", code);
    if (level >= 0)
        AtEOXact_GUC(true, level);
    Assert(statement->columns == 0 || SPI_tuptable->tupdesc->natts == statement->columns);
    return SPI_processed;
}

/*
 * The first statement applies the owner's settings, which stay until bo_store_close(). The light path, which runs none
 * of the owner's code, does without them. In a subtransaction that began after the store was opened, the settings would
 * end with it: there they are applied for the one statement only.
 */
static uint64 store_run(BoStore *store, BoStatement *statement, const BoParameter *parameters, int count, bool latest)
{
    int settings = store->settings == 0 ? bo_owner_begin_settings() : 0;
    uint64 rows;

    if (settings != 0 && !store->reads_only)
        bo_table_check_triggers(store->tables);
    if (settings != 0 && GetCurrentTransactionNestLevel() == store->transaction_nest)
    {
        store->settings = settings;
        settings = 0;
    }
    rows = store_execute(store, statement, parameters, count, latest);
    if (settings != 0)
        bo_owner_end_settings(settings);
    return rows;
}

/* Returns how many rows were returned or written; bo_store_row() reads the returned ones. */
uint64 bo_store_run_list(BoStore *store, BoStatement *statement, const BoParameter *parameters, int count)
{
    return store_run(store, statement, parameters, count, false);
}

static bool store_returned(const SPITupleTable *rows)
{
    TupleDesc type = rows->tupdesc;

    if (rows->numvals != SPI_tuptable->numvals)
        return false;
    for (uint64 i = 0; i < rows->numvals; i++)
        for (int column = 1; column <= type->natts; column++)
        {
            FormData_pg_attribute *attribute = TupleDescAttr(type, column - 1);
            bool is_null, was_null;
            Datum is = SPI_getbinval(SPI_tuptable->vals[i], type, column, &is_null);
            Datum was = SPI_getbinval(rows->vals[i], type, column, &was_null);

            if (is_null != was_null || (!is_null && !datum_image_eq(is, was, attribute->attbyval, attribute->attlen)))
                return false;
        }
    return true;
}

/*
 * The same on the latest snapshot at any isolation level, as PostgreSQL's own foreign keys do (ri_triggers.c): under a
 * lock, what was committed while we waited for it must count, although a REPEATABLE READ transaction cannot see it. An
 * update of a row that the transaction cannot see raises 40001.
 *
 * SERIALIZABLE promises more: a transaction that is refused because of a booking comes after it, and must not come
 * before it by anything else that it reads. So what is read must be what the transaction's own snapshot shows, which
 * PostgreSQL then watches; otherwise 40001 is raised.
 */
uint64 bo_store_run_list_latest(BoStore *store, BoStatement *statement, const BoParameter *parameters, int count)
{
    SPITupleTable *latest;

    if (store->reads_only || !IsolationUsesXactSnapshot())
        return store_run(store, statement, parameters, count, false);
    store_run(store, statement, parameters, count, true);
    if (!IsolationIsSerializable() || !statement->only_reads)
        return SPI_processed;
    latest = SPI_tuptable;
    store_run(store, statement, parameters, count, false);
    if (!store_returned(latest))
        bo_error_old_snapshot();
    SPI_freetuptable(latest);
    return SPI_processed;
}

/*
 * A row of the last statement's result, counted from 0. The row exists as long as nobody has damaged the tables.
 * Without the check, a booking whose resource somebody had deleted by hand crashed the server.
 */
BoRow bo_store_row(uint64 n)
{
    if (SPI_tuptable == NULL || n >= SPI_tuptable->numvals)
        bo_error_missing_row();
    return (BoRow){.tuple = SPI_tuptable->vals[n], .type = SPI_tuptable->tupdesc};
}

/* A copy that outlives bo_store_close(). */
void *bo_store_copy(BoStore *store, Datum long_value)
{
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    void *copy = PG_DETOAST_DATUM_COPY(long_value);

    MemoryContextSwitchTo(spi);
    return copy;
}
