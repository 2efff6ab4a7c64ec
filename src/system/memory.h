// SPDX-License-Identifier: Apache-2.0
/* Memory from the system, taken once at the start of a process. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

/* Small pages are cleared one by one as they are touched; large ones make look-ups in big
 * tables cheaper, but clear 2 MiB for the first octet: worth it only when most will be used. */
enum memory_pages { MEMORY_SMALL_PAGES, MEMORY_LARGE_PAGES };

/* size bytes of cleared address space, paged in as it is first touched, given back only when
 * the process ends.  Excluded from core dumps. */
MUST_CHECK bool memory_reserve(size_t size, enum memory_pages pages, struct arena *out,
                               struct error *err);

/* Most resident memory of this process so far. */
uint64_t memory_peak_octets(void);
