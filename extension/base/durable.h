/*
 * durable.h
 *   What a replay reports is as safe as what a first answer reports.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DURABLE_H
#define BOOKONCE_DURABLE_H

#include "bookonce.h"

extern void bo_durable_rest_on(TransactionId writer);

#endif
