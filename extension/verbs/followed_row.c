/*
 * followed_row.c
 *   Reads rows of a followed table by the expressions that follow_table() was given.
 *
 * The expressions are those of the view bookonce.followed_rows_N. They run as the role that writes the row, like those
 * of a CHECK, and before any store is opened: no code of the table's owner or of the writer runs as the owner of
 * bookonce.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/followed_row.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/arguments.h"
#include "base/error_follow.h"
#include "base/listen.h"
#include "store/home.h"

/* The view's columns. */
typedef enum RowColumn
{
    ROW_BOOKING_ID = 0,
    ROW_RESOURCE,
    ROW_DURING,
    ROW_IS_LIVE,
    ROW_HOLDER,
    ROW_QUANTITY,
    ROW_KEY,
    ROW_COLUMNS
} RowColumn;

/*
 * What this backend has read of a view, until something changes that it may depend on. A reader that no statement uses
 * is kept, because making one costs as much as reading ten rows; a statement within a statement makes its own.
 */
typedef struct KnownView
{
    int32 number; /* the key */
    bool is_known;
    Oid view;
    Oid relation;
    List *targets; /* of TargetEntry, in the order of the view's columns */
    MemoryContext context;
    bool has_idle;
    BoFollowedReader idle;
} KnownView;

static HTAB *known_views;
static uint64 changes; /* counts those that a reader may depend on */

static void followed_relation_changed(Datum unused, Oid relation)
{
    HASH_SEQ_STATUS all;
    KnownView *view;

    hash_seq_init(&all, known_views);
    while ((view = hash_seq_search(&all)) != NULL)
        if (!OidIsValid(relation) || relation == view->view || relation == view->relation)
        {
            view->is_known = false;
            changes++;
        }
}

/*
 * A function changed: planning may have put its body, or what it returned, into an expression. Or a domain changed,
 * whose constraints are in the expression. Or a role, and with it the functions that it may execute.
 */
static void followed_object_changed(Datum unused, int cache, uint32 hash)
{
    followed_relation_changed(unused, InvalidOid);
}

static void followed_listen(void)
{
    HASHCTL how = {.keysize = sizeof(int32), .entrysize = sizeof(KnownView)};

    known_views = hash_create("bookonce followed tables", 8, &how, HASH_ELEM | HASH_BLOBS);
    bo_listen_to_relations(followed_relation_changed);
    CacheRegisterSyscacheCallback(PROCOID, followed_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(TYPEOID, followed_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(CONSTROID, followed_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHOID, followed_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, followed_object_changed, (Datum)0);
}

/* Returns the table's view, or InvalidOid if there is none. */
Oid bo_followed_view(int32 number)
{
    return get_relname_relid(psprintf("followed_rows_%d", number), get_namespace_oid("bookonce", false));
}

/* The range table index of the table in the view's query, or 0. */
static Index followed_place_of(const Query *query, Oid relation)
{
    Index place = 0;
    ListCell *cell;

    foreach (cell, query->rtable)
    {
        place++;
        if (lfirst_node(RangeTblEntry, cell)->rtekind == RTE_RELATION &&
            lfirst_node(RangeTblEntry, cell)->relid == relation)
            return place;
    }
    return 0;
}

static List *followed_plan_targets(Query *query, Relation relation)
{
    Index place = followed_place_of(query, RelationGetRelid(relation));
    List *targets = NIL;
    ListCell *cell;

    if (place == 0 || list_length(query->targetList) != ROW_COLUMNS)
        return NIL;
    foreach (cell, copyObject(query->targetList))
    {
        TargetEntry *target = lfirst_node(TargetEntry, cell);
        Node *expression = (Node *)target->expr;

#if PG_VERSION_NUM >= 180000
        expression = expand_generated_columns_in_expr(expression, relation, place);
#endif
        target->expr = expression_planner((Expr *)expression);
        targets = lappend(targets, target);
    }
    return targets;
}

static void followed_learn(KnownView *known, Relation relation)
{
    MemoryContext context = AllocSetContextCreate(CacheMemoryContext, "bookonce followed table", ALLOCSET_SMALL_SIZES);
    Relation view;
    List *targets = NIL;

    known->relation = RelationGetRelid(relation);
    known->view = bo_followed_view(known->number);
    known->is_known = true; /* unless something changes while we look */
    changes++;
    if (OidIsValid(known->view))
    {
        view = table_open(known->view, AccessShareLock);
        if (view->rd_rel->relkind == RELKIND_VIEW)
            targets = followed_plan_targets(get_view_query(view), relation);
        table_close(view, AccessShareLock);
    }
    if (targets == NIL)
    {
        MemoryContextDelete(context);
        known->is_known = false;
        bo_error_followed_drift(relation);
    }
    if (known->context != NULL)
        MemoryContextDelete(known->context);
    known->context = context;
    MemoryContextSwitchTo(context);
    known->targets = copyObject(targets);
}

static KnownView *followed_know(int32 number, Relation relation)
{
    MemoryContext caller = CurrentMemoryContext;
    KnownView *known;
    bool found;

    if (known_views == NULL)
        followed_listen();
    known = hash_search(known_views, &number, HASH_ENTER, &found);
    if (!found)
        *known = (KnownView){.number = number};
    if (!known->is_known || known->relation != RelationGetRelid(relation))
        followed_learn(known, relation);
    MemoryContextSwitchTo(caller);
    return known;
}

/* The trigger's arguments: number, tenant, whether rules apply, whether resources are defined. */
BoFollowed bo_followed_load(Relation relation, const Trigger *trigger)
{
    BoFollowed followed = {0};

    if (trigger->tgnargs != 4)
        bo_error_followed_drift(relation);
    followed.number = pg_strtoint32(trigger->tgargs[0]);
    followed.tenant = cstring_to_text(trigger->tgargs[1]);
    bo_home_require(followed.tenant, true);
    followed.rules = strcmp(trigger->tgargs[2], "true") == 0;
    followed.defines = strcmp(trigger->tgargs[3], "true") == 0;
    (void)followed_know(followed.number, relation); /* or raise an error: the view is gone */
    return followed;
}

/* Makes a reader with expressions of its own: what the backend knows may change while a row is read. */
static BoFollowedReader followed_reader_make(KnownView *known, Relation relation, int columns)
{
    BoFollowedReader reader = {.role = GetUserId(), .made_after = changes};
    MemoryContext caller;
    List *targets;

    reader.memory = AllocSetContextCreate(CurrentMemoryContext, "bookonce followed row", ALLOCSET_SMALL_SIZES);
    caller = MemoryContextSwitchTo(reader.memory);
    targets = list_truncate(copyObject(known->targets), columns);
    reader.context = CreateStandaloneExprContext();
    reader.projection = ExecBuildProjectionInfo(targets, reader.context,
                                                MakeSingleTupleTableSlot(ExecTypeFromTL(targets), &TTSOpsVirtual), NULL,
                                                RelationGetDescr(relation));
    MemoryContextSwitchTo(caller);
    return reader;
}

/* Reads rows of the table in the caller's memory, which an error frees. */
BoFollowedReader bo_followed_reader(int32 number, Relation relation)
{
    KnownView *known = followed_know(number, relation);

    if (!known->has_idle || known->idle.role != GetUserId() || known->idle.made_after != changes)
        return followed_reader_make(known, relation, ROW_KEY);
    known->has_idle = false;
    MemoryContextSetParent(known->idle.memory, CurrentMemoryContext);
    return known->idle;
}

/* The same, but it also reads the key, which names the row to people. */
BoFollowedReader bo_followed_reader_with_key(int32 number, Relation relation)
{
    return followed_reader_make(followed_know(number, relation), relation, ROW_COLUMNS);
}

void bo_followed_reader_end(BoFollowedReader *reader)
{
    FreeExprContext(reader->context, true);
    MemoryContextDelete(reader->memory);
}

/* Ends one that bo_followed_reader() has made, or keeps it for the next statement. */
void bo_followed_reader_keep(int32 number, BoFollowedReader *reader)
{
    KnownView *known = hash_search(known_views, &number, HASH_FIND, NULL);

    if (known->has_idle && known->idle.made_after != changes)
    {
        bo_followed_reader_end(&known->idle);
        known->has_idle = false;
    }
    if (known->has_idle || reader->made_after != changes)
    {
        bo_followed_reader_end(reader);
        return;
    }
    ReScanExprContext(reader->context);
    ExecClearTuple(reader->projection->pi_state.resultslot);
    MemoryContextSetParent(reader->memory, CacheMemoryContext);
    known->idle = *reader;
    known->has_idle = true;
}

static void *followed_copy(const TupleTableSlot *columns, RowColumn which)
{
    return columns->tts_isnull[which] ? NULL : PG_DETOAST_DATUM_COPY(columns->tts_values[which]);
}

/* Returns the columns of the view, which are valid until the next row is read. */
TupleTableSlot *bo_followed_project(BoFollowedReader *reader, TupleTableSlot *row)
{
    ResetExprContext(reader->context);
    reader->context->ecxt_scantuple = row;
    return ExecProject(reader->projection);
}

/* Reads a row from the columns of the view. What it points to is in the caller's memory. */
void bo_followed_read_columns(TupleTableSlot *columns, BoFollowedRow *read)
{
    slot_getallattrs(columns);
    memset(read, 0, sizeof(*read));
    if (columns->tts_isnull[ROW_BOOKING_ID])
        return; /* a primary key is not NULL; without one, such a row has no booking */
    read->id = *DatumGetUUIDP(columns->tts_values[ROW_BOOKING_ID]);
    read->is_live = !columns->tts_isnull[ROW_IS_LIVE] && DatumGetBool(columns->tts_values[ROW_IS_LIVE]);
    read->resource = followed_copy(columns, ROW_RESOURCE);
    read->during = followed_copy(columns, ROW_DURING);
    read->holder = followed_copy(columns, ROW_HOLDER);
    read->quantity = columns->tts_isnull[ROW_QUANTITY] ? 1 : DatumGetInt32(columns->tts_values[ROW_QUANTITY]);
    read->is_booked = read->is_live && read->resource != NULL && read->during != NULL;
    if (columns->tts_tupleDescriptor->natts > ROW_KEY)
        read->key = followed_copy(columns, ROW_KEY);
}

void bo_followed_read(BoFollowedReader *reader, TupleTableSlot *row, BoFollowedRow *read)
{
    bo_followed_read_columns(bo_followed_project(reader, row), read);
}

/*
 * Begins a sort of a table's rows by resource and time. columns: as bo_followed_project() returns them, with the key.
 */
Tuplesortstate *bo_followed_sort(TupleDesc columns)
{
    AttrNumber numbers[] = {ROW_RESOURCE + 1, ROW_DURING + 1};
    Oid operators[] = {lookup_type_cache(TEXTOID, TYPECACHE_LT_OPR)->lt_opr,
                       lookup_type_cache(TSTZRANGEOID, TYPECACHE_LT_OPR)->lt_opr};
    Oid collations[] = {C_COLLATION_OID, InvalidOid};
    bool nulls_first[] = {false, false};

    return tuplesort_begin_heap(columns, lengthof(numbers), numbers, operators, collations, nulls_first,
                                maintenance_work_mem, NULL, TUPLESORT_NONE);
}

/* Checks a row that is to be booked, as a verb checks its arguments. */
void bo_followed_check(const BoFollowedRow *row)
{
    (void)bo_arguments_checked_text(PointerGetDatum(row->resource), false, "the resource of a row", "'room:1'");
    (void)bo_arguments_checked_during(RangeTypePGetDatum(row->during), false, "the time of a row");
    (void)bo_arguments_checked_text(PointerGetDatum(row->holder), row->holder == NULL, "the holder of a row",
                                    "'user:42'");
    (void)bo_arguments_quantity(Int32GetDatum(row->quantity), false, "the quantity of a row");
}

static bool followed_same_bytes(const void *a, const void *b)
{
    return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
           memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Returns true if there is nothing to judge: the two take the same units at the same time, or both take none. */
bool bo_followed_same_place(const BoFollowedRow *a, const BoFollowedRow *b)
{
    if (!a->is_booked || !b->is_booked)
        return a->is_booked == b->is_booked;
    return memcmp(&a->id, &b->id, UUID_LEN) == 0 && a->quantity == b->quantity &&
           followed_same_bytes(a->resource, b->resource) && followed_same_bytes(a->during, b->during);
}
