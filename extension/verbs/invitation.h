/*
 * invitation.h
 *   The invitation of providers to a request, in one call.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_INVITATION_H
#define BOOKONCE_INVITATION_H

#include "verbs/dispatch_answer.h"

typedef struct BoInvitation
{
    text *tenant;
    pg_uuid_t *request_id;
    Interval *expires_in; /* NULL: the offers stand as long as the request */

    TimestampTz now;        /* when the request was locked; what follows is read under that lock */
    TimestampTz expires_at; /* DT_NOEND: as long as the request */
    BoRequest request;
    int count;              /* of providers */
    BoOfferAnswer *answers; /* to each; without an outcome: an offer can be made */
} BoInvitation;

extern void bo_invitation_begin(BoStore *store, BoInvitation *invitation);
extern void bo_invitation_judge(BoStore *store, BoInvitation *invitation, BoParameter providers);
extern void bo_invitation_make(BoStore *store, BoInvitation *invitation);

#endif
