/*
 * durable.h
 *   What is said to be so already is as safe as what is said for the first time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DURABLE_H
#define BOOKONCE_DURABLE_H

#include "bookonce.h"

extern void bo_durable_rest_on(TransactionId writer);

#endif
