/*
 * need_offers.h
 *   Offers of a request to those who fit a need.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_NEED_OFFERS_H
#define BOOKONCE_NEED_OFFERS_H

#include "verbs/asked_times.h"
#include "verbs/invitation.h"
#include "verbs/needs.h"

typedef struct BoNeedOffers
{
    BoInvitation invitation;
    BoNeeds needs; /* one */
    BoNeedsPick pick;
    Jsonb *need;         /* the same, as it is stored */
    const text *label;   /* the same of pick */
    int32 at_most;       /* how many are asked; 0: as many as the need says */
    BoAskedTimes *asked; /* nobody is asked who is asked already for an overlapping time; NULL: anybody */
    BoWindow window;     /* the request's time */
    TimestampTz start, end;
    int fresh_count;
    int64 *fresh; /* the resource_ids of those that are asked now */
} BoNeedOffers;

extern void bo_need_offers_choose(BoStore *store, BoNeedOffers *offers);
extern void bo_need_offers_keep(BoStore *store, const BoNeedOffers *offers, bool keep);
extern bool bo_need_offers_find(BoStore *store, BoNeedOffers *offers);

#endif
