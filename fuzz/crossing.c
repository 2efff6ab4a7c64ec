// SPDX-License-Identifier: Apache-2.0
/* A message either way: what is read is written again as the same octets, and read as the same.
 */
#include "crossing/crossing.h"
#include "base/must.h"

static struct crossing_message first, second;

static void read_one(struct bytes octets, enum crossing_way way)
{
    static uint8_t room[CROSSING_OCTETS_MAX];
    if (crossing_read(octets, way, &first) != FAULT_NONE)
        return;
    size_t len = crossing_write(&first, room);
    MUST(bytes_equal((struct bytes){ room, len }, octets));
    MUST(crossing_read((struct bytes){ room, len }, way, &second) == FAULT_NONE);
    MUST(first.kind == second.kind);
    MUST(crossing_write(&second, room) == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes octets = { data, size };
    read_one(octets, CROSSING_TO_KEEPER);
    read_one(octets, CROSSING_TO_COLLECTOR);
    return 0;
}
