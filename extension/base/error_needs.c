/*
 * error_needs.c
 *   The wording of errors: needs that no resource fits.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error_needs.h"

#include "base/error.h"

/* No resource fits because of this attribute. value: one that a resource has which fits the conditions before it. */
void bo_error_need_unmet(const char *need, const char *attribute, const char *value)
{
    bo_error_argument(psprintf("%s.where.%s", need, attribute), "fits no resource", value);
}

/* No resource has the attribute. known: an attribute that some resource has; or NULL. */
void bo_error_need_unknown(const char *need, const char *attribute, const char *known)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("%s.where.%s fits no resource: none has this attribute", need, attribute),
            known != NULL ? errhint("One that resources have is, for example, \"%s\".", known)
                          : errhint("Say what a resource is like: SELECT bookonce.alter_resource(.., attributes => "
                                    "'{\"seats\": 8}')."));
    pg_unreachable();
}

void bo_error_need_too_many(const char *need, int fitting)
{
    bo_error_argument(psprintf("%s.count", need),
                      psprintf("must not be above the number of resources that fit, %d", fitting),
                      psprintf("%d", fitting));
}
