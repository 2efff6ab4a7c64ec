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

/* All of what was reserved, as memory_reserve gave it: the system clears it before anybody is
 * given it again. */
void memory_release(struct arena *memory);

/* From now on what malloc gives out is overwritten when it is freed, except pieces of up to 1
 * KiB that the C library keeps at hand: for the buffers of libraries, which no code of ours can
 * wipe.  It is touched whole when it is given out, too: what is to be paged in as it is used is
 * to be reserved. */
void memory_wipe_when_freed(void);

/* Most resident memory of this process so far. */
uint64_t memory_peak_octets(void);
