// SPDX-License-Identifier: Apache-2.0
#include "behaviour/prints.h"

void prints_init(struct prints *prints, size_t slots, struct arena *keep)
{
    prints->buckets = slots < PRINTS_WAYS ? 1 : slots / PRINTS_WAYS;
    prints->print = arena_take_zeroed(keep, sizeof *prints->print * PRINTS_WAYS,
                                      sizeof *prints->print * PRINTS_WAYS, prints->buckets);
}
