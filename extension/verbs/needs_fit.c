/*
 * needs_fit.c
 *   Whether a resource fits a need, by its attributes.
 *
 * This is what the conditions' jsonpath says (needs_arguments.c), whose evaluation takes eight times as long. The
 * statements use the jsonpath, and who reads resources without SQL uses this: both must say the same.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/needs.h"

#include "utils/fmgrprotos.h"

static bool fit_same_text(const JsonbValue *a, const JsonbValue *b)
{
    return a->val.string.len == b->val.string.len &&
           memcmp(a->val.string.val, b->val.string.val, a->val.string.len) == 0;
}

/* Values of different types never fit each other. */
static bool fit_compare(const JsonbValue *found, const JsonbValue *wanted, BoTestKind kind)
{
    int order;

    if (found->type != wanted->type)
        return false;
    switch (wanted->type)
    {
        case jbvString: return fit_same_text(found, wanted);
        case jbvBool: return found->val.boolean == wanted->val.boolean;
        case jbvNumeric: break;
        default: return false;
    }
    order = DatumGetInt32(
        DirectFunctionCall2(numeric_cmp, NumericGetDatum(found->val.numeric), NumericGetDatum(wanted->val.numeric)));
    return kind == BO_TEST_AT_LEAST ? order >= 0 : kind == BO_TEST_AT_MOST ? order <= 0 : order == 0;
}

/* Returns true if the attribute, or if it is an array, one of its elements, compares as wanted. */
static bool fit_any_compares(const JsonbValue *attribute, const JsonbValue *wanted, BoTestKind kind)
{
    JsonbContainer *array = attribute->type == jbvBinary ? attribute->val.binary.data : NULL;

    if (array == NULL || !JsonContainerIsArray(array))
        return fit_compare(attribute, wanted, kind);
    for (uint32 i = 0; i < JsonContainerSize(array); i++)
        if (fit_compare(getIthJsonbValueFromContainer(array, i), wanted, kind))
            return true;
    return false;
}

static bool fit_passes(const JsonbValue *attribute, const BoTest *test)
{
    bool wants_all = test->kind != BO_TEST_ONE_OF; /* the other kinds have one value */

    for (int i = 0; i < test->count; i++)
        if (fit_any_compares(attribute, &test->values[i], test->kind) != wants_all)
            return !wants_all;
    return wants_all;
}

/* attributes: NULL: it has none. */
bool bo_need_fits(const BoNeed *need, Jsonb *attributes)
{
    if (attributes == NULL || !JB_ROOT_IS_OBJECT(attributes))
        return false;
    for (int i = 0; i < need->condition_count; i++)
    {
        const BoCondition *condition = &need->conditions[i];
        JsonbValue space;
        const JsonbValue *found =
            getKeyJsonValueFromContainer(&attributes->root, condition->attribute, strlen(condition->attribute), &space);

        if (found == NULL)
            return false;
        for (int n = 0; n < condition->test_count; n++)
            if (!fit_passes(found, &condition->tests[n]))
                return false;
    }
    return true;
}
