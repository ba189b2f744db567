/*
 * followed_id.c
 *   The id of the booking that mirrors a row of a followed table.
 *
 * A UUID of version 8 (RFC 9562 section 5.8): 32 bits are the number of the followed table, 90 bits the row's key. An
 * integer key is stored as it is, in its order, so that rows inserted one after the other are neighbours in the index.
 * Other keys are hashed: among a billion rows, the odds that two get the same id are one in a billion, and then the
 * primary key of booking refuses the second row. Ids of other bookings are of version 7, or of version 4 if they were
 * written by hand.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/followed_id.h"

#include "common/hashfn.h"

#define FOLLOWED_VERSION 0x80
#define FOLLOWED_VARIANT 0x80

/* The key's 90 bits are the lower 26 bits of high, then low. */
static void followed_id_make(pg_uuid_t *id, int32 followed, uint32 high, uint64 low)
{
    unsigned char *data = id->data;

    for (int i = 0; i < 4; i++)
        data[i] = (unsigned char)((uint32)followed >> (24 - 8 * i));
    data[4] = (unsigned char)(high >> 18);
    data[5] = (unsigned char)(high >> 10);
    data[6] = (unsigned char)(FOLLOWED_VERSION | ((high >> 6) & 0x0f));
    data[7] = (unsigned char)(((high << 2) & 0xfc) | (low >> 62));
    data[8] = (unsigned char)(FOLLOWED_VARIANT | ((low >> 56) & 0x3f));
    for (int i = 9; i < UUID_LEN; i++)
        data[i] = (unsigned char)(low >> (8 * (UUID_LEN - 1 - i)));
}

/* Negative keys sort first. */
void bo_followed_id_of_integer(pg_uuid_t *id, int32 followed, int64 key)
{
    followed_id_make(id, followed, 0, (uint64)key ^ (UINT64CONST(1) << 63));
}

void bo_followed_id_of_hash(pg_uuid_t *id, int32 followed, uint64 high, uint64 low)
{
    followed_id_make(id, followed, (uint32)high & 0x03ffffff, low);
}

/* A row that takes several units has a booking for each; the first of them has the row's own id. */
void bo_followed_id_of_unit(pg_uuid_t *id, const pg_uuid_t *row_id, int32 unit)
{
    if (unit == 1)
    {
        *id = *row_id;
        return;
    }
    bo_followed_id_of_hash(id, bo_followed_id_table(row_id), hash_bytes_extended(row_id->data, UUID_LEN, (uint64)unit),
                           hash_bytes_extended(row_id->data, UUID_LEN, ~(uint64)unit));
}

/* Every id of a followed table lies between these two. */
void bo_followed_id_range(int32 followed, pg_uuid_t *first, pg_uuid_t *last)
{
    memset(first, 0, UUID_LEN);
    memset(last, 0xff, UUID_LEN);
    for (int i = 0; i < 4; i++)
        first->data[i] = last->data[i] = (unsigned char)((uint32)followed >> (24 - 8 * i));
}

/* Returns the followed table's number, or 0 if the id is not that of a followed row. */
int32 bo_followed_id_table(const pg_uuid_t *id)
{
    const unsigned char *data = id->data;

    if ((data[6] & 0xf0) != FOLLOWED_VERSION || (data[8] & 0xc0) != FOLLOWED_VARIANT)
        return 0;
    return (int32)((uint32)data[0] << 24 | (uint32)data[1] << 16 | (uint32)data[2] << 8 | data[3]);
}
