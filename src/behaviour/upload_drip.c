// SPDX-License-Identifier: Apache-2.0
#include "base/attr.h"
#include "base/time.h"
#include "behaviour/upload_private.h"

#define GENERATION_NS (15 * TIME_DAY_NS)
enum { UNIT = 256, CELL_LINE = 64 };

void drip_init(struct drip *drip, size_t octets, struct arena *keep)
{
    size_t width = octets / (2 * DRIP_ROWS * sizeof(uint32_t));
    drip->width = width > 0 ? width : 1;
    drip->age = ARENA_NEW(keep, struct drip_age, 1);
    for (size_t i = 0; i < 2; i++)
        drip->cells[i] =
            arena_take_zeroed(keep, sizeof(uint32_t), CELL_LINE, drip->width * DRIP_ROWS);
}

/* Two halves of one hash give all rows (Kirsch, Mitzenmacher 2008). */
static size_t cell_of(const struct drip *drip, uint64_t hash, size_t row)
{
    uint64_t mixed = (uint64_t)(uint32_t)hash + row * (hash >> 32 | 1);
    return row * drip->width + (size_t)((mixed & UINT32_MAX) * drip->width >> 32);
}

static void forget(struct drip *drip, int64_t generation)
{
    memset(drip->cells[generation & 1], 0, drip->width * DRIP_ROWS * sizeof(uint32_t));
}

static void advance(struct drip *drip, int64_t generation)
{
    if (generation <= drip->age->latest)
        return;
    if (drip->age->latest != 0)
        forget(drip, generation);
    if (drip->age->latest != 0 && generation - drip->age->latest > 1)
        forget(drip, generation - 1);
    drip->age->latest = generation;
}

void drip_expect(const struct drip *drip, uint64_t hash, int64_t time_ns)
{
    int64_t generation = time_ns / GENERATION_NS;
    for (size_t row = 0; row < DRIP_ROWS; row++)
        PREFETCH(&drip->cells[generation & 1][cell_of(drip, hash, row)]);
}

static void add_to_cell(uint32_t *cell, uint64_t units)
{
    *cell = units > UINT32_MAX - *cell ? UINT32_MAX : *cell + (uint32_t)units;
}

void drip_add(struct drip *drip, uint64_t hash, const struct upload_amount *amount)
{
    int64_t generation = amount->end_ns / GENERATION_NS;
    advance(drip, generation);
    if (generation < drip->age->latest - 1)
        return; /* of a month that is over */
    for (size_t row = 0; row < DRIP_ROWS; row++)
        add_to_cell(&drip->cells[generation & 1][cell_of(drip, hash, row)], amount->out / UNIT);
}

double drip_sum(const struct drip *drip, uint64_t hash)
{
    uint64_t least = UINT64_MAX;
    for (size_t row = 0; row < DRIP_ROWS; row++) {
        size_t cell = cell_of(drip, hash, row);
        uint64_t sum = (uint64_t)drip->cells[0][cell] + drip->cells[1][cell];
        if (sum < least)
            least = sum;
    }
    return (double)least * UNIT;
}

void drip_merge(struct drip *drip, const struct drip *other)
{
    advance(drip, other->age->latest);
    for (int64_t generation = other->age->latest - 1; generation <= other->age->latest;
         generation++) {
        if (generation < 0 || generation < drip->age->latest - 1)
            continue;
        uint32_t *cells = drip->cells[generation & 1];
        for (size_t i = 0; i < drip->width * DRIP_ROWS; i++)
            add_to_cell(&cells[i], other->cells[generation & 1][i]);
    }
}

void drip_parts(const struct drip *drip, struct behaviour_part *out)
{
    size_t octets = drip->width * DRIP_ROWS * sizeof(uint32_t);
    out[0] = (struct behaviour_part){ drip->age, sizeof *drip->age };
    out[1] = (struct behaviour_part){ drip->cells[0], octets };
    out[2] = (struct behaviour_part){ drip->cells[1], octets };
}
