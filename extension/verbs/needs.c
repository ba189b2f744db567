/*
 * needs.c
 *   Finds the candidates for each need.
 *
 * A need that no resource fits is a mistake of the caller: it would be refused at all times. The error names the
 * attribute that leaves no resource, and a value of it that some resource has.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/needs.h"

#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/jsonpath.h"

#include "access/xact.h"

#include "base/error.h"
#include "base/error_needs.h"
#include "guard/direct_resources.h"
#include "store/store_needs.h"

/* The first conditions of a need, as one jsonpath; NULL if there are none. */
static BoParameter needs_path(const BoNeed *need, int count)
{
    StringInfoData path;

    if (count == 0)
        return bo_null(JSONPATHOID);
    initStringInfo(&path);
    for (int i = 0; i < count; i++)
        appendStringInfo(&path, "%s%s", i == 0 ? "" : " && ", need->conditions[i].path);
    return (BoParameter){.value = DirectFunctionCall1(jsonpath_in, CStringGetDatum(path.data)), .type = JSONPATHOID};
}

static BoParameter needs_names_or_null(const BoNeed *need)
{
    return need->name_count == 0 ? bo_null(TEXTARRAYOID) : bo_texts(need->names, need->name_count);
}

/* Called when no resource fits all of the conditions. Raises an error that names the first one that leaves none. */
static void needs_refuse_condition(BoStore *store, const BoNeeds *needs, const BoNeed *need)
{
    const BoCondition *condition = need->conditions;
    int before = 0;

    for (; before < need->condition_count - 1; before++, condition++)
        if (bo_candidates_run(store, &bo_sql_find_fitting, bo_text(needs->candidates.tenant), needs_names_or_null(need),
                              needs_path(need, before + 1), bo_int4(1)) == 0)
            break;
    if (bo_candidates_run(store, &bo_sql_find_attribute, bo_text(needs->candidates.tenant), needs_names_or_null(need),
                          needs_path(need, before), bo_text(cstring_to_text(condition->attribute)),
                          bo_bool(condition->only_less)) > 0)
        bo_error_need_unmet(need->name, condition->attribute,
                            text_to_cstring(bo_row_text(bo_store_row(0), BO_FIND_ATTRIBUTE_TEXT)));
    if (bo_candidates_run(store, &bo_sql_find_any_attribute, bo_text(needs->candidates.tenant),
                          needs_names_or_null(need)) > 0)
        bo_error_need_unknown(need->name, condition->attribute,
                              text_to_cstring(bo_row_text(bo_store_row(0), BO_FIND_ATTRIBUTE_TEXT)));
    bo_error_need_unknown(need->name, condition->attribute, NULL);
}

/* The search for candidates, with the number of each by its id. */
typedef struct Finding
{
    BoStore *store;
    BoNeeds *needs;
    HTAB *numbers;
} Finding;

typedef struct FoundNumber
{
    int64 resource_id;
    int number;
} FoundNumber;

/* Also raised for parts: they are read like candidates, and count as such. */
void bo_needs_refuse_too_many(const BoNeeds *needs)
{
    bo_error_argument(needs->name, psprintf("must not have more than %d candidates in all", BO_MAX_RESOURCES),
                      "'{\"any_of\": [\"dr:ann\", \"dr:ben\"]}'");
}

static BoSeenResource needs_seen(BoRow row)
{
    return (BoSeenResource){
        .resource_id = bo_row_int8(row, BO_FIND_NAMED_RESOURCE_ID),
        .resource = bo_row_text(row, BO_FIND_NAMED_RESOURCE),
        .capacity = bo_row_int4(row, BO_FIND_NAMED_CAPACITY),
        .zone = bo_row_is_null(row, BO_FIND_NAMED_TIME_ZONE) ? NULL : bo_row_text(row, BO_FIND_NAMED_TIME_ZONE),
        .has_line = bo_row_bool(row, BO_FIND_NAMED_HAS_LINE),
        .has_parts = bo_row_bool(row, BO_FIND_NAMED_HAS_PARTS)};
}

/* Appends the resource to the choices, once; it may have been found for an earlier need. */
static void needs_append(Finding *finding, const BoSeenResource *seen, BoNeed *need)
{
    BoCandidates *all = &finding->needs->candidates;
    bool is_known;
    FoundNumber *found = hash_search(finding->numbers, &seen->resource_id, HASH_ENTER, &is_known);
    BoCandidate *candidate;

    if (!is_known)
    {
        if (all->count == BO_MAX_RESOURCES)
            bo_needs_refuse_too_many(finding->needs);
        bo_policy_check_capacity(seen->capacity, seen->resource);
        found->number = bo_candidates_make_room(all, all->count++);
        all->list[found->number] = (BoCandidate){.resource_id = seen->resource_id,
                                                 .resource = bo_store_keep(finding->store, seen->resource),
                                                 .capacity = seen->capacity,
                                                 .quantity = 1,
                                                 .has_line = seen->has_line,
                                                 .has_parts = seen->has_parts,
                                                 .has_rules = seen->zone != NULL};
        if (seen->zone != NULL)
            bo_candidates_add_zone(all, seen->resource, seen->zone);
    }
    candidate = &all->list[found->number];
    if (candidate->last_need != need->number)
        ((int *)need->choices.candidates)[need->choices.count++] = found->number;
    candidate->last_need = need->number;
}

static void needs_find_named(Finding *finding, BoNeed *need)
{
    uint64 found = bo_candidates_run(finding->store, &bo_sql_find_named, bo_text(finding->needs->candidates.tenant),
                                     bo_texts(need->names, need->name_count), needs_path(need, need->condition_count));

    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);

        if (bo_row_is_null(row, BO_FIND_NAMED_RESOURCE_ID))
            bo_error_unknown_resource(bo_row_text(row, BO_FIND_NAMED_RESOURCE));
        if (bo_row_bool(row, BO_FIND_NAMED_FITS))
        {
            BoSeenResource seen = needs_seen(row);

            needs_append(finding, &seen, need);
        }
    }
}

/* Resources that fit one of some needs that name none: the first BO_MAX_RESOURCES + 1. */
typedef struct Fitting
{
    BoNeed *const *needs;
    int need_count;
    int count;
    BoSeenResource *list;
    uint32 *fits; /* of each, a bit for each of the needs that it fits */
} Fitting;

static bool needs_note_fitting(Fitting *fitting, const BoSeenResource *seen, uint32 fits)
{
    if (fits != 0)
    {
        fitting->list[fitting->count] = *seen;
        fitting->fits[fitting->count++] = fits;
    }
    return fitting->count <= BO_MAX_RESOURCES;
}

static bool needs_see_resource(void *context, const BoSeenResource *seen)
{
    Fitting *fitting = context;
    BoSeenResource kept = *seen;
    uint32 fits = 0;

    for (int i = 0; i < fitting->need_count; i++)
        fits |= (uint32)bo_need_fits(fitting->needs[i], seen->attributes) << i;
    if (fits == 0)
        return true;
    kept.resource = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(seen->resource));
    if (seen->zone != NULL)
        kept.zone = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(seen->zone));
    return needs_note_fitting(fitting, &kept, fits);
}

/* Without SQL. Returns false if a statement must look, because what it sees is not the latest, or the owner's. */
static bool needs_see_fitting(const Finding *finding, Fitting *fitting)
{
    BoDirect direct;
    bool is_seen;

    if (finding->store->reads_only || IsolationUsesXactSnapshot() || !bo_direct_open(&direct, true))
        return false;
    is_seen = bo_direct_each_resource(&direct, finding->needs->candidates.tenant, needs_see_resource, fitting);
    bo_direct_close(&direct);
    if (!is_seen)
        fitting->count = 0;
    return is_seen;
}

static void needs_ask_for_fitting(const Finding *finding, Fitting *fitting)
{
    BoParameter paths[BO_FITTING_AT_ONCE];
    uint64 found;

    for (int i = 0; i < BO_FITTING_AT_ONCE; i++)
        paths[i] = i < fitting->need_count ? needs_path(fitting->needs[i], fitting->needs[i]->condition_count)
                                           : bo_null(JSONPATHOID);
    found = bo_candidates_run(finding->store, &bo_sql_find_fitting_any, bo_text(finding->needs->candidates.tenant),
                              bo_int4(BO_MAX_RESOURCES + 1), paths[0], paths[1], paths[2], paths[3]);
    for (uint64 n = 0; n < found; n++)
    {
        BoSeenResource seen = needs_seen(bo_store_row(n));
        uint32 fits = 0;

        for (int i = 0; i < fitting->need_count; i++)
            fits |= (uint32)bo_row_bool(bo_store_row(n), BO_FIND_NAMED_FITS + i) << i;
        (void)needs_note_fitting(fitting, &seen, fits);
    }
}

/* For needs that name no resources: finds the resources that fit each of them, in one pass over all resources. */
static void needs_find_fitting(Finding *finding, BoNeed *const *needs, int count)
{
    Fitting fitting = {.needs = needs,
                       .need_count = count,
                       .list = palloc(sizeof(BoSeenResource) * (BO_MAX_RESOURCES + 1)),
                       .fits = palloc(sizeof(uint32) * (BO_MAX_RESOURCES + 1))};

    if (!needs_see_fitting(finding, &fitting))
        needs_ask_for_fitting(finding, &fitting);
    if (fitting.count > BO_MAX_RESOURCES && count == 1)
        bo_error_argument(psprintf("%s.where", needs[0]->name),
                          psprintf("must not fit more than %d resources", BO_MAX_RESOURCES),
                          "one with another condition, or any_of beside it");
    for (int i = 0; i < count; i++)
        for (int n = 0; n < fitting.count; n++)
            if (fitting.fits[n] & (uint32)1 << i)
                needs_append(finding, &fitting.list[n], needs[i]);
    if (fitting.count > BO_MAX_RESOURCES)
        bo_needs_refuse_too_many(finding->needs);
}

/* The needs that name no resources, from `first` on: as many in a row as one statement can look for. */
static int needs_fitting_from(BoNeeds *needs, int first, BoNeed **fitting)
{
    int count = 0;

    for (int i = first; i < needs->count && count < BO_FITTING_AT_ONCE && needs->needs[i].name_count == 0; i++)
        fitting[count++] = &needs->needs[i];
    return count;
}

/*
 * Finds the resources that fit each need; an error if there are none or too few. What it finds outlives
 * bo_store_close().
 */
void bo_needs_find_candidates(BoStore *store, BoNeeds *needs)
{
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    HASHCTL of_numbers = {.keysize = sizeof(int64), .entrysize = sizeof(FoundNumber), .hcxt = store->answer_context};
    Finding finding = {.store = store, .needs = needs};

    finding.numbers = hash_create("candidates", 256, &of_numbers, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    for (int i = 0; i < needs->count; i++)
        needs->needs[i].choices.candidates = palloc(sizeof(int) * BO_MAX_RESOURCES);
    for (int first = 0, next = 0; first < needs->count; first = next)
    {
        BoNeed *fitting[BO_FITTING_AT_ONCE];
        int count = needs_fitting_from(needs, first, fitting);

        if (count > 0)
            needs_find_fitting(&finding, fitting, count);
        else
            needs_find_named(&finding, &needs->needs[first]);
        next = first + Max(count, 1);
        for (int i = first; i < next; i++)
            if (needs->needs[i].choices.count == 0)
                needs_refuse_condition(store, needs, &needs->needs[i]);
            else if (needs->needs[i].choices.count < needs->needs[i].count)
                bo_error_need_too_many(needs->needs[i].name, needs->needs[i].choices.count);
    }
    hash_destroy(finding.numbers);
    bo_needs_find_parts(store, needs);
    MemoryContextSwitchTo(spi);
}

BoMatch bo_needs_match(const BoNeeds *needs, bool (*is_free)(void *, int), void *context)
{
    BoMatch match = {.place_count = needs->place_count,
                     .places = needs->places,
                     .candidate_count = needs->candidates.count,
                     .is_free = is_free,
                     .context = context};

    if (needs->candidates.all > needs->candidates.count)
    {
        match.clash = bo_needs_clash;
        match.of_clash = &needs->candidates;
    }

    bo_match_begin(&match);
    return match;
}
