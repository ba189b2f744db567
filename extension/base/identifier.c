/*
 * identifier.c
 *   Ids that sort by the time they were made (UUID version 7, RFC 9562 section 5.7).
 *
 * Neighbours in time are neighbours in the primary key, so an insert touches a
 * page that is in memory. 48 bits of milliseconds, 12 of their fraction, 62 random.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/identifier.h"

/*
 * Returns random bytes, which are drawn for many ids at once: one request for them costs as much as an index search. No
 * byte is used twice.
 */
static void identifier_take_random(unsigned char *bytes, int size)
{
    static unsigned char drawn[512];
    static int left = 0;

    if (left < size)
    {
        if (!pg_strong_random(drawn, sizeof(drawn)))
            ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg("bookonce: no random bytes for a booking id"));
        left = sizeof(drawn);
    }
    left -= size;
    memcpy(bytes, drawn + left, size);
}

/* now may be any instant; ids made in the same microsecond differ only in their random part. */
void bo_identifier_new(pg_uuid_t *id, TimestampTz now)
{
    int64 unix_us = now + (int64)(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    int64 ms = unix_us / 1000;
    uint32 fraction = (uint32)(unix_us % 1000) * 4096 / 1000;

    identifier_take_random(id->data + 8, UUID_LEN - 8);
    for (int i = 0; i < 6; i++)
        id->data[i] = (unsigned char)(ms >> (40 - 8 * i));
    id->data[6] = (unsigned char)(0x70 | (fraction >> 8));
    id->data[7] = (unsigned char)fraction;
    id->data[8] = (unsigned char)(0x80 | (id->data[8] & 0x3f));
}

#define JOINED 0xff

/*
 * The same for a booking with parts, for each of its parts, and for its group: the last two bytes mark them. One in
 * 65,536 of the other ids ends like this by chance.
 */
void bo_identifier_new_joined(pg_uuid_t *id, TimestampTz now)
{
    bo_identifier_new(id, now);
    id->data[UUID_LEN - 2] = id->data[UUID_LEN - 1] = JOINED;
}

/*
 * Returns false for the id of a booking that was made without parts and is none itself, and of a group of such. A
 * booking may have got parts since, by a move or a swap.
 */
bool bo_identifier_may_be_joined(const pg_uuid_t *id)
{
    return id->data[UUID_LEN - 2] == JOINED && id->data[UUID_LEN - 1] == JOINED;
}
