// SPDX-License-Identifier: Apache-2.0
#include "system/steady.h"

static int64_t greater(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void steady_init(struct steady *steady, int64_t highest_ns)
{
    *steady = (struct steady){ .high_ns = highest_ns };
}

static struct steady_look look_first(struct steady *steady, int64_t wall_ns, int64_t boot_ns)
{
    struct steady_look look = { .low_ns = wall_ns };
    if (steady->high_ns > wall_ns + STEADY_STEP_NS) {
        look.has_stepped = true; /* back, while we were away */
        look.from_ns = steady->high_ns;
        look.to_ns = wall_ns;
    }
    look.high_ns = greater(steady->high_ns, wall_ns);
    *steady = (struct steady){ .high_ns = look.high_ns,
                               .low_ns = wall_ns,
                               .wall_ns = wall_ns,
                               .boot_ns = boot_ns,
                               .has_looked = true,
                               .is_uncertain = look.has_stepped };
    return look;
}

/* Each bound goes on as the machine's clock does; the wall clock widens them. */
struct steady_look steady_look(struct steady *steady, int64_t wall_ns, int64_t boot_ns)
{
    if (!steady->has_looked)
        return look_first(steady, wall_ns, boot_ns);
    int64_t passed_ns = greater(boot_ns - steady->boot_ns, 0);
    int64_t expected_ns = steady->wall_ns + passed_ns;
    int64_t apart_ns = wall_ns - expected_ns;
    struct steady_look look = { .has_stepped =
                                    apart_ns > STEADY_STEP_NS || apart_ns < -STEADY_STEP_NS,
                                .from_ns = expected_ns,
                                .to_ns = wall_ns };
    steady->is_uncertain = steady->is_uncertain || look.has_stepped;
    steady->high_ns = greater(steady->high_ns + passed_ns, wall_ns);
    /* Small corrections are the wall clock's to make, as long as nobody set it. */
    steady->low_ns =
        steady->is_uncertain ? lesser(steady->low_ns + passed_ns, wall_ns) : wall_ns;
    steady->wall_ns = wall_ns;
    steady->boot_ns = boot_ns;
    look.low_ns = steady->low_ns;
    look.high_ns = steady->high_ns;
    return look;
}
