/*
 * followed_booking.c
 *   Refuses a verb that would change a booking which mirrors a row of a followed table.
 *
 * We have no rights on the row and do not know the rules of the application that keeps it, and a booking that was
 * changed alone would differ from its row. Nearly all bookings mirror nothing; their id alone shows that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/followed_booking.h"

#include "base/error_follow.h"
#include "base/followed_id.h"
#include "store/store_follow.h"

/*
 * 55000 if one of them mirrors a row. ids: of bookings, or of groups; the id of a group that mirrors a row is that of
 * its first booking.
 */
void bo_followed_booking_refuse(BoStore *store, const text *tenant, const pg_uuid_t *ids, int count)
{
    for (int i = 0; i < count; i++)
    {
        int32 number = bo_followed_id_table(&ids[i]);

        if (number != 0 &&
            bo_store_run_latest(store, &bo_sql_find_rows_table, bo_text(tenant), bo_uuid(&ids[i]), bo_int4(number)) > 0)
            bo_error_followed_booking(&ids[i], bo_row_text(bo_store_row(0), BO_FIND_ROWS_TABLE_NAME));
    }
}
