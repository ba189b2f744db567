/*
 * holder_rule.c
 *   set_holder_rule() and list_holder_rules(): what each holder may have in a scope, which is a set of resources.
 *
 * A rule is kept with each resource of its scope, so it changes as the resource's other rules do: under the exclusive
 * lock of every resource that it leaves, keeps or enters.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/wait.h"
#include "store/store_holder.h"
#include "verbs/line.h"
#include "verbs/read.h"

BO_VERB_THAT_WAITS(set_holder_rule, 9);
PG_FUNCTION_INFO_V1(bookonce_list_holder_rules);

typedef struct HolderRule
{
    text *tenant;
    text *scope;
    bool keeps_resources; /* no resources are named: the scope keeps those that it has */
    int count;
    text **resources;
    bool is_taken_back; /* it limits nothing, so the rule is removed */
    BoParameter max_at_once, max_live, max_per_period, period, max_time;
} HolderRule;

static BoParameter holder_rule_number(FunctionCallInfo fcinfo, int n, const char *name)
{
    return PG_ARGISNULL(n) ? bo_null(INT4OID) : bo_int4(bo_arguments_positive(fcinfo, n, name));
}

static text *holder_rule_period(FunctionCallInfo fcinfo, int n)
{
    static const char *const periods[] = {"day", "week", "month", "year"};
    text *period = bo_arguments_optional_text(fcinfo, n, "period", "'week'");

    for (int i = 0; i < (int)lengthof(periods); i++)
        if (period == NULL || strcmp(text_to_cstring(period), periods[i]) == 0)
            return period;
    bo_error_argument("period", "must be day, week, month or year", "'week'");
}

/* set_holder_rule(scope, resources, max_at_once, max_live, max_per_period, period, max_time, max_wait, tenant) */
static void holder_rule_arguments(FunctionCallInfo fcinfo, HolderRule *rule)
{
    static const char *const example = "ARRAY['room:1', 'room:2']";
    text *period;

    bo_arguments_writable("set_holder_rule");
    rule->scope = bo_arguments_text(fcinfo, 0, "scope", "'rooms'");
    rule->keeps_resources = PG_ARGISNULL(1);
    if (!rule->keeps_resources)
    {
        ArrayType *names = bo_arguments_texts(fcinfo, 1, "resources", example, BO_MAX_SCOPE);
        Datum *elements;

        deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &rule->count);
        rule->resources = palloc(sizeof(text *) * (rule->count + 1));
        for (int i = 0; i < rule->count; i++)
            rule->resources[i] = DatumGetTextPP(elements[i]);
    }
    rule->max_at_once = holder_rule_number(fcinfo, 2, "max_at_once");
    rule->max_live = holder_rule_number(fcinfo, 3, "max_live");
    rule->max_per_period = holder_rule_number(fcinfo, 4, "max_per_period");
    period = holder_rule_period(fcinfo, 5);
    rule->period = bo_text_or_null(period);
    if (!PG_ARGISNULL(6))
        (void)bo_arguments_exact_length(fcinfo, 6, "max_time", 1);
    rule->max_time = bo_interval_or_null(PG_ARGISNULL(6) ? NULL : PG_GETARG_INTERVAL_P(6));
    if (period == NULL && !rule->max_per_period.is_null)
        bo_error_argument("period", "must not be null where max_per_period is given", "'week'");
    if (period != NULL && rule->max_per_period.is_null && rule->max_time.is_null)
        bo_error_argument("period", "must be null where neither max_per_period nor max_time is given",
                          "max_time => '3 hours'");
    rule->is_taken_back =
        rule->max_at_once.is_null && rule->max_live.is_null && rule->max_per_period.is_null && rule->max_time.is_null;
    rule->tenant = bo_arguments_tenant(fcinfo);
}

/*
 * Reads the resources of the scope, which become those of the rule if the caller has named none. `all` is set to the
 * names of both together; returns how many these are.
 */
static int holder_rule_resources(BoStore *store, HolderRule *rule, text ***all)
{
    int found = (int)bo_store_run_latest(store, &bo_sql_find_scope, bo_text(rule->tenant), bo_text(rule->scope));
    text **names = palloc(sizeof(text *) * (found + rule->count + 1));

    for (int i = 0; i < found; i++)
        names[i] = bo_store_keep(store, bo_row_text(bo_store_row(i), BO_FIND_NAME_RESOURCE));
    if (rule->keeps_resources)
    {
        rule->resources = names;
        rule->count = found;
    }
    else
        for (int i = 0; i < rule->count; i++)
            names[found + i] = rule->resources[i];
    *all = names;
    return rule->keeps_resources ? found : found + rule->count;
}

static void holder_rule_lock(BoStore *store, const HolderRule *rule, text *const *all, int count)
{
    BoSlotLock *locks = palloc(sizeof(BoSlotLock) * (count + 1));

    bo_store_run_latest(store, &bo_sql_lock_resource_rows, bo_text(rule->tenant), bo_texts(all, count));
    for (int i = 0; i < count; i++)
    {
        locks[i] = bo_lock_slot_of(rule->tenant, all[i]);
        locks[i].exclusive = true;
    }
    bo_lock_slots(locks, count);
    if (bo_store_run_latest(store, &bo_sql_find_unknown_resource, bo_text(rule->tenant),
                            bo_texts(rule->resources, rule->count)) > 0)
        bo_error_unknown_resource(bo_row_text(bo_store_row(0), BO_FIND_NAME_RESOURCE));
}

static Datum set_holder_rule_call(FunctionCallInfo fcinfo)
{
    HolderRule rule = {0};
    text **all;
    int count;
    BoStore store;

    holder_rule_arguments(fcinfo, &rule);

    bo_store_open(&store);
    bo_lock_scope(rule.tenant, rule.scope);
    count = holder_rule_resources(&store, &rule, &all);
    if (!rule.is_taken_back && rule.count == 0)
        bo_error_argument("resources", "must not be empty: the scope has none yet", "ARRAY['room:1', 'room:2']");
    holder_rule_lock(&store, &rule, all, count);
    bo_store_run_latest(&store, &bo_sql_set_holder_rule, bo_text(rule.tenant), bo_text(rule.scope),
                        bo_texts(all, count), bo_texts(rule.resources, rule.is_taken_back ? 0 : rule.count),
                        rule.max_at_once, rule.max_live, rule.max_per_period, rule.period, rule.max_time,
                        bo_instant(GetCurrentTimestamp()));
    bo_line_serve_all(&store, rule.tenant, all, count); /* more may be allowed now */
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* list_holder_rules(tenant) */
Datum bookonce_list_holder_rules(PG_FUNCTION_ARGS)
{
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "holder_rule", bo_sql_read_holder_rules, bo_text(tenant));
    return (Datum)0;
}
