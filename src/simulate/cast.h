// SPDX-License-Identifier: Apache-2.0
/* Who there is: addresses and names for lines and servers, dealt out of the networks of the
 * scenario so that no two servers share one. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "simulate/random.h"
#include "simulate/scenario.h"
#include "simulate/talk.h"

struct cast {
    const struct scenario *scenario;
    uint64_t seed;
    uint32_t dealt[PLACES]; /* servers so far */
};

enum { CAST_NAME_MAX = 80 };

/* Line i, or with i = CAST_RESOLVER the resolver they all ask. */
enum { CAST_RESOLVER = INT32_MAX };
/* IPv4 and IPv6; false when the line has no IPv6 (out[1] is zeroed). */
bool cast_line(const struct cast *cast, uint32_t line, struct ip_address out[2]);
/* Some address of a place that belongs to nobody in particular. */
struct ip_address cast_stranger(const struct cast *cast, enum place place,
                                struct random *random);
/* The next server of this place, with a name after its actor. */
struct site cast_site(struct cast *cast, const struct scenario_actor *actor, enum place place,
                      struct arena *keep);
/* count distinct lines, the same for every actor of a group. */
void cast_pick_lines(const struct cast *cast, struct bytes group, uint32_t *out,
                     uint32_t count);
/* Whether every place that is needed has room for what will be dealt from it. */
MUST_CHECK bool cast_check(const struct cast *cast, struct error *err);
