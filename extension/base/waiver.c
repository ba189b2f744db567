/*
 * waiver.c
 *   waive: the rules that a desk may pass over for one call.
 *
 * These are the rules on times and limits, which the verb itself judges. The guard is not among them, and so neither
 * are occupied places, whether by other bookings or by closures (taken). Nor can be waived what is promised to those
 * who wait in line (waited_for), or what check_integrity() later verifies for each holder (holder_limit, holder_busy).
 *
 * A role that may execute waivable_rules() may waive these rules, so that right is given by grant_usage() and GRANT,
 * like the right to call a verb.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/waiver.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/error.h"

PG_FUNCTION_INFO_V1(bookonce_waivable_rules);

static const BoOutcome waivable[] = {BO_CLOSED,    BO_OFF_GRID, BO_TOO_SOON,     BO_TOO_FAR,
                                     BO_TOO_SHORT, BO_TOO_LONG, BO_LIMIT_REACHED};

/* waivable_rules(): the words that waive may have. */
Datum bookonce_waivable_rules(PG_FUNCTION_ARGS)
{
    Datum words[lengthof(waivable)];

    for (int i = 0; i < (int)lengthof(waivable); i++)
        words[i] = CStringGetTextDatum(bo_label_outcome_name(waivable[i]));
    PG_RETURN_ARRAYTYPE_P(construct_array(words, lengthof(waivable), TEXTOID, -1, false, TYPALIGN_INT));
}

/* All of these words, as a hint shows them. */
static const char *waiver_words(void)
{
    StringInfoData words;

    initStringInfo(&words);
    for (int i = 0; i < (int)lengthof(waivable); i++)
        appendStringInfo(&words, "%s%s", i == 0 ? "'{" : ",", bo_label_outcome_name(waivable[i]));
    appendStringInfoString(&words, "}'");
    return words.data;
}

/* Checks the right to call waivable_rules(), the one in the schema of the verb. */
static void waiver_check_role(Oid verb)
{
    Oid function =
        GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("waivable_rules"),
                        PointerGetDatum(buildoidvector(NULL, 0)), ObjectIdGetDatum(get_func_namespace(verb)));
    AclResult allowed = ACLCHECK_NO_PRIV;

    if (OidIsValid(function))
#if PG_VERSION_NUM >= 160000
        allowed = object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE);
#else
        allowed = pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE);
#endif
    if (allowed != ACLCHECK_OK)
        bo_error_may_not_waive(GetUserNameFromId(GetUserId(), false));
}

static uint64 waiver_of(Datum word, bool is_null)
{
    char *name;

    if (is_null)
        bo_error_null_argument("an element of waive", waiver_words());
    name = TextDatumGetCString(word);
    for (int i = 0; i < (int)lengthof(waivable); i++)
        if (strcmp(name, bo_label_outcome_name(waivable[i])) == 0)
            return UINT64CONST(1) << waivable[i];
    bo_error_argument("an element of waive", "is no rule that can be waived", waiver_words());
}

/*
 * Reads waive and reason: parameters n and n + 1, which verbs of 0.1.0 lack. Returns a bit for each outcome with which
 * the call must not be refused. A reason is required if anything is waived, because the history must say why.
 */
uint64 bo_waiver_arguments(FunctionCallInfo fcinfo, int n, text **reason)
{
    uint64 waives = 0;
    Datum *words;
    bool *nulls;
    int count;

    if (PG_NARGS() < n + 4)
        return 0;
    *reason = bo_arguments_reason(fcinfo, n + 1);
    if (PG_ARGISNULL(n))
        return 0;
    deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &words, &nulls, &count);
    for (int i = 0; i < count; i++)
        waives |= waiver_of(words[i], nulls[i]);
    if (waives == 0)
        return 0;
    if (*reason == NULL)
        bo_error_null_argument("reason", "'agreed by phone', where rules are waived");
    waiver_check_role(fcinfo->flinfo->fn_oid);
    return waives;
}
