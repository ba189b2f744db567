/*
 * needs_arguments.c
 *   What the caller needs, as JSON: an array of needs, or one need.
 *
 * A need is {"count": 2, "any_of": ["room:1", ..], "where": {"projector": true, "seats": {"at_least": 8}}}. An unknown
 * key is an error: if a misspelt condition were ignored, the call would book any resource. The conditions become a
 * jsonpath for the statements; in its lax mode, an attribute that is an array fits if one of its elements does.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/needs.h"

#include "utils/builtins.h"
#include "utils/json.h"

#include "base/arguments.h"
#include "base/error.h"

#define NEEDS_EXAMPLE "'[{\"any_of\": [\"dr:ann\", \"dr:ben\"]}, {\"where\": {\"projector\": true}}]'"
#define NEED_EXAMPLE "{\"count\": 2, \"any_of\": [\"room:1\", \"room:2\", \"room:3\"]}"
#define WHERE_EXAMPLE "{\"projector\": true, \"seats\": {\"at_least\": 8}}"

static char *needs_string(const JsonbValue *value)
{
    return pnstrdup(value->val.string.val, value->val.string.len);
}

static text *needs_text(const JsonbValue *value, const char *name, const char *example)
{
    if (value->type != jbvString)
        bo_error_argument(name, "must be a string", example);
    return bo_arguments_checked_text(
        PointerGetDatum(cstring_to_text_with_len(value->val.string.val, value->val.string.len)), false, name, example);
}

/* The elements of an array that is not empty. */
static JsonbValue *needs_elements(const JsonbValue *array, const char *name, const char *example, int *count)
{
    JsonbContainer *container = array->type == jbvBinary ? array->val.binary.data : NULL;
    JsonbValue *elements;

    if (container == NULL || !JsonContainerIsArray(container))
        bo_error_argument(name, "must be an array", example);
    *count = (int)JsonContainerSize(container);
    if (*count == 0)
        bo_error_argument(name, "must not be empty", example);
    if (*count > BO_MAX_RESOURCES)
        bo_error_argument(name, psprintf("must not have more than %d elements", BO_MAX_RESOURCES), example);
    elements = palloc(sizeof(JsonbValue) * *count);
    for (int i = 0; i < *count; i++)
        elements[i] = *getIthJsonbValueFromContainer(container, i);
    return elements;
}

/* The keys of an object that is not empty, each before its value: 2 * count. */
static JsonbValue *needs_fields(const JsonbValue *object, const char *name, const char *example, int *count)
{
    JsonbContainer *container = object->type == jbvBinary ? object->val.binary.data : NULL;
    JsonbIterator *iterator;
    JsonbValue *fields;

    if (container == NULL || !JsonContainerIsObject(container))
        bo_error_argument(name, "must be an object", example);
    *count = (int)JsonContainerSize(container);
    if (*count == 0)
        bo_error_argument(name, "must not be empty", example);
    fields = palloc(sizeof(JsonbValue) * 2 * *count);
    iterator = JsonbIteratorInit(container);
    (void)JsonbIteratorNext(&iterator, &fields[0], true); /* its beginning */
    for (int i = 0; i < 2 * *count; i++)
        (void)JsonbIteratorNext(&iterator, &fields[i], true);
    return fields;
}

static bool needs_is(const JsonbValue *key, const char *name)
{
    return key->val.string.len == strlen(name) && memcmp(key->val.string.val, name, key->val.string.len) == 0;
}

/* Appends $."seats" >= 8, as a jsonpath. */
static void needs_append_comparison(StringInfo path, const char *attribute, const char *operator,
                                    const JsonbValue * value)
{
    appendStringInfoString(path, "$.");
    escape_json(path, attribute);
    appendStringInfo(path, " %s ", operator);
    switch (value->type)
    {
        case jbvString: escape_json(path, needs_string(value)); break;
        case jbvBool: appendStringInfoString(path, value->val.boolean ? "true" : "false"); break;
        default:
            appendStringInfoString(
                path, DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric))));
    }
}

static void needs_check_scalar(const JsonbValue *value, const char *name)
{
    if (value->type != jbvString && value->type != jbvBool && value->type != jbvNumeric)
        bo_error_argument(name, "must be a string, a number, true or false", "8");
}

/* Adds a test to the condition, for bo_need_fits(), which does without the jsonpath. */
static void needs_add_test(BoCondition *condition, BoTestKind kind, JsonbValue *values, int count)
{
    condition->tests[condition->test_count++] = (BoTest){.kind = kind, .values = values, .count = count};
}

/* {"one_of": [1, 2]} or {"all_of": ..} */
static void needs_append_list(StringInfo path, BoCondition *condition, const JsonbValue *list, const char *name,
                              BoTestKind kind)
{
    int count;
    JsonbValue *elements = needs_elements(list, name, "[1, 2]", &count);

    appendStringInfoChar(path, '(');
    for (int i = 0; i < count; i++)
    {
        needs_check_scalar(&elements[i], psprintf("%s[%d]", name, i + 1));
        appendStringInfoString(path, i == 0 ? "" : kind == BO_TEST_ONE_OF ? " || " : " && ");
        needs_append_comparison(path, condition->attribute, "==", &elements[i]);
    }
    appendStringInfoChar(path, ')');
    needs_add_test(condition, kind, elements, count);
}

/* {"at_least": 8, "at_most": 12} */
static void needs_append_operators(StringInfo path, const JsonbValue *operators, const char *name,
                                   BoCondition *condition)
{
    int count;
    JsonbValue *fields = needs_fields(operators, name, "{\"at_least\": 8}", &count);

    condition->tests = palloc(sizeof(BoTest) * count);
    for (int i = 0; i < 2 * count; i += 2)
    {
        const JsonbValue *operator= & fields[i];
        JsonbValue *value = &fields[i + 1];
        const char *own_name = psprintf("%s.%s", name, needs_string(operator));

        appendStringInfoString(path, i == 0 ? "" : " && ");
        if (needs_is(operator, "one_of"))
            needs_append_list(path, condition, value, own_name, BO_TEST_ONE_OF);
        else if (needs_is(operator, "all_of"))
            needs_append_list(path, condition, value, own_name, BO_TEST_ALL_OF);
        else if (needs_is(operator, "at_least") || needs_is(operator, "at_most"))
        {
            if (value->type != jbvNumeric)
                bo_error_argument(own_name, "must be a number", "8");
            needs_append_comparison(path, condition->attribute, needs_is(operator, "at_least") ? ">=" : "<=", value);
            needs_add_test(condition, needs_is(operator, "at_least") ? BO_TEST_AT_LEAST : BO_TEST_AT_MOST, value, 1);
        }
        else
            bo_error_argument(name, "must have only at_least, at_most, one_of and all_of", "{\"at_least\": 8}");
    }
    condition->only_less = count == 1 && needs_is(&fields[0], "at_most");
}

static void needs_where(BoNeed *need, const JsonbValue *where, const char *name)
{
    JsonbValue *fields = needs_fields(where, name, WHERE_EXAMPLE, &need->condition_count);

    need->conditions = palloc0(sizeof(BoCondition) * need->condition_count);
    for (int i = 0; i < need->condition_count; i++)
    {
        BoCondition *condition = &need->conditions[i];
        JsonbValue *value = &fields[2 * i + 1];
        const char *own_name;
        StringInfoData path;

        (void)needs_text(&fields[2 * i], psprintf("an attribute of %s", name), WHERE_EXAMPLE);
        condition->attribute = needs_string(&fields[2 * i]);
        own_name = psprintf("%s.%s", name, condition->attribute);
        initStringInfo(&path);
        if (value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data))
            needs_append_operators(&path, value, own_name, condition);
        else
        {
            needs_check_scalar(value, own_name);
            needs_append_comparison(&path, condition->attribute, "==", value);
            condition->tests = palloc(sizeof(BoTest));
            needs_add_test(condition, BO_TEST_ONE_OF, value, 1);
        }
        condition->path = path.data;
    }
}

static int32 needs_count(const JsonbValue *value, const char *name)
{
    char *digits = value->type == jbvNumeric
                       ? DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)))
                       : "";

    if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits))
        bo_error_argument(name, "must be a whole number, at least 1", "2");
    if (strlen(digits) > 3 || atoi(digits) > BO_MAX_NEEDED)
        bo_error_argument(name, psprintf("must not be above %d", BO_MAX_NEEDED), "2");
    if (atoi(digits) == 0)
        bo_error_argument(name, "must be a whole number, at least 1", "2");
    return atoi(digits);
}

static void needs_names(BoNeed *need, const JsonbValue *any_of, const char *name)
{
    JsonbValue *elements = needs_elements(any_of, name, "[\"dr:ann\", \"dr:ben\"]", &need->name_count);

    need->names = palloc(sizeof(text *) * need->name_count);
    for (int i = 0; i < need->name_count; i++)
        need->names[i] = needs_text(&elements[i], psprintf("%s[%d]", name, i + 1), "\"dr:ann\"");
}

static void needs_need(BoNeed *need, const JsonbValue *value, const char *name)
{
    int count;
    JsonbValue *fields = needs_fields(value, name, NEED_EXAMPLE, &count);

    need->count = 1;
    for (int i = 0; i < 2 * count; i += 2)
    {
        if (needs_is(&fields[i], "count"))
            need->count = needs_count(&fields[i + 1], psprintf("%s.count", name));
        else if (needs_is(&fields[i], "any_of"))
            needs_names(need, &fields[i + 1], psprintf("%s.any_of", name));
        else if (needs_is(&fields[i], "where"))
            needs_where(need, &fields[i + 1], psprintf("%s.where", name));
        else
            bo_error_argument(name, "must have only count, any_of and where", NEED_EXAMPLE);
    }
    if (need->name_count == 0 && need->condition_count == 0)
        bo_error_argument(name, "must have any_of or where", NEED_EXAMPLE);
}

static void needs_make_places(BoNeeds *needs)
{
    int place = 0;

    for (int i = 0; i < needs->count; i++)
        needs->place_count += needs->needs[i].count;
    if (needs->place_count > BO_MAX_NEEDED)
        bo_error_argument(needs->name, psprintf("must not ask for more than %d resources", BO_MAX_NEEDED),
                          NEEDS_EXAMPLE);
    needs->places = palloc(sizeof(BoChoices *) * needs->place_count);
    needs->need_of = palloc(sizeof(BoNeed *) * needs->place_count);
    for (int i = 0; i < needs->count; i++)
        for (int n = 0; n < needs->needs[i].count; n++)
        {
            needs->need_of[place] = &needs->needs[i];
            needs->places[place++] = &needs->needs[i].choices;
        }
}

/* Reads the needs. Returns the JSON, which goes into the hash of the call. */
Jsonb *bo_needs_argument(FunctionCallInfo fcinfo, int n, BoNeeds *needs)
{
    Jsonb *given;
    JsonbValue whole = {.type = jbvBinary};
    JsonbValue *elements = &whole;

    if (PG_ARGISNULL(n))
        bo_error_null_argument("needs", NEEDS_EXAMPLE);
    given = PG_GETARG_JSONB_P(n);
    whole.val.binary.data = &given->root;
    whole.val.binary.len = VARSIZE(given) - VARHDRSZ;
    needs->name = "needs";
    needs->count = 1;
    if (!JB_ROOT_IS_OBJECT(given))
    {
        if (JB_ROOT_IS_SCALAR(given))
            bo_error_argument("needs", "must be an array or an object", NEEDS_EXAMPLE);
        elements = needs_elements(&whole, "needs", NEEDS_EXAMPLE, &needs->count);
    }
    if (needs->count > BO_MAX_NEEDED)
        bo_error_argument("needs", psprintf("must not ask for more than %d resources", BO_MAX_NEEDED), NEEDS_EXAMPLE);
    needs->needs = palloc0(sizeof(BoNeed) * needs->count);
    for (int i = 0; i < needs->count; i++)
    {
        needs->needs[i].number = i + 1;
        needs->needs[i].name = elements == &whole ? "needs" : psprintf("needs[%d]", i + 1);
        needs_need(&needs->needs[i], &elements[i], needs->needs[i].name);
    }
    needs_make_places(needs);
    return given;
}

/* Reads a single need, which must be an object; NULL is an error. */
void bo_needs_read_one(Jsonb *given, BoNeeds *needs)
{
    JsonbValue whole = {.type = jbvBinary};

    if (given == NULL)
        bo_error_null_argument("need", "'" NEED_EXAMPLE "'");
    whole.val.binary.data = &given->root;
    whole.val.binary.len = VARSIZE(given) - VARHDRSZ;
    needs->name = "need";
    needs->count = 1;
    needs->needs = palloc0(sizeof(BoNeed));
    needs->needs[0].number = 1;
    needs->needs[0].name = needs->name;
    needs_need(&needs->needs[0], &whole, needs->name);
    needs_make_places(needs);
}
