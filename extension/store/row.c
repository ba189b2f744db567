/*
 * row.c
 *   The errors of row.h's readers, for a column that is not what it must be.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/row.h"

#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/error.h"

/*
 * Returns the first id in the row with the name of its column, or NULL: it tells the person who repairs the row which
 * one it is.
 */
static const char *row_identify(BoRow row)
{
    for (int i = 0; i < row.type->natts; i++)
    {
        Form_pg_attribute column = TupleDescAttr(row.type, i);
        bool is_null;
        Datum value = heap_getattr(row.tuple, i + 1, row.type, &is_null);

        if (column->atttypid == UUIDOID && !is_null)
            return psprintf("%s %s", NameStr(column->attname), DatumGetCString(DirectFunctionCall1(uuid_out, value)));
    }
    return NULL;
}

/* Called for a column that is NULL although the tables as setup() makes them have a value there. */
void bo_row_refuse_null(BoRow row, int column)
{
    bo_error_null_column(NameStr(TupleDescAttr(row.type, column - 1)->attname), row_identify(row));
}

/*
 * The owner may have given a column another type. A type that is stored in the same way will do; any other is an error,
 * because the bytes of one type would be read as another's.
 */
void bo_row_check_type(BoRow row, int column, Oid type)
{
    Form_pg_attribute found = TupleDescAttr(row.type, column - 1);

    if (!IsBinaryCoercible(getBaseType(found->atttypid), type))
        bo_error_column_type(NameStr(found->attname), format_type_be(found->atttypid), format_type_be(type));
}
