// SPDX-License-Identifier: PostgreSQL
// export.hpp: marks what a shared build of the SDK exports. Everything else is hidden.
#pragma once

#if defined(__GNUC__)
#define BOOKONCE_EXPORT __attribute__((visibility("default")))
#else
#define BOOKONCE_EXPORT
#endif
