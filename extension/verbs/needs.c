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

#include "base/error.h"
#include "base/error_needs.h"
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

/* Appends a row's resource to the choices, once; it may have been found for an earlier need. */
static void needs_append(Finding *finding, BoRow row, BoNeed *need)
{
    BoCandidates *all = &finding->needs->candidates;
    int64 resource_id = bo_row_int8(row, BO_FIND_NAMED_RESOURCE_ID);
    bool is_known;
    FoundNumber *found = hash_search(finding->numbers, &resource_id, HASH_ENTER, &is_known);
    BoCandidate *candidate;

    if (!is_known)
    {
        if (all->count == BO_MAX_RESOURCES)
            bo_needs_refuse_too_many(finding->needs);
        found->number = all->count++;
        candidate = &all->list[found->number];
        candidate->resource_id = resource_id;
        candidate->resource = bo_store_keep(finding->store, bo_row_text(row, BO_FIND_NAMED_RESOURCE));
        candidate->capacity = bo_policy_read_capacity(row, BO_FIND_NAMED_CAPACITY, candidate->resource);
        candidate->quantity = 1;
        candidate->has_line = bo_row_bool(row, BO_FIND_NAMED_HAS_LINE);
        candidate->has_parts = bo_row_bool(row, BO_FIND_NAMED_HAS_PARTS);
        candidate->has_rules = !bo_row_is_null(row, BO_FIND_NAMED_TIME_ZONE);
        if (candidate->has_rules)
            bo_candidates_add_zone(all, candidate->resource, bo_row_text(row, BO_FIND_NAMED_TIME_ZONE));
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
            needs_append(finding, row, need);
    }
}

/* For needs that name no resources: finds the resources that fit each of them, in one pass over all resources. */
static void needs_find_fitting(Finding *finding, BoNeed *const *needs, int count)
{
    BoParameter paths[BO_FITTING_AT_ONCE];
    uint64 found;

    for (int i = 0; i < BO_FITTING_AT_ONCE; i++)
        paths[i] = i < count ? needs_path(needs[i], needs[i]->condition_count) : bo_null(JSONPATHOID);
    found = bo_candidates_run(finding->store, &bo_sql_find_fitting_any, bo_text(finding->needs->candidates.tenant),
                              bo_int4(BO_MAX_RESOURCES + 1), paths[0], paths[1], paths[2], paths[3]);
    if (found > BO_MAX_RESOURCES && count == 1)
        bo_error_argument(psprintf("%s.where", needs[0]->name),
                          psprintf("must not fit more than %d resources", BO_MAX_RESOURCES),
                          "one with another condition, or any_of beside it");
    for (int i = 0; i < count; i++)
        for (uint64 n = 0; n < found; n++)
            if (bo_row_bool(bo_store_row(n), BO_FIND_NAMED_FITS + i))
                needs_append(finding, bo_store_row(n), needs[i]);
    if (found > BO_MAX_RESOURCES)
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
    needs->candidates.list = palloc0(sizeof(BoCandidate) * BO_MAX_RESOURCES);
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
