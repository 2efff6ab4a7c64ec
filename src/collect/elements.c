// SPDX-License-Identifier: Apache-2.0
#include "collect/elements.h"

#include "collect/elements_private.h"

static uint64_t order_of(struct element_key key)
{
    return (uint64_t)key.enterprise << 16 | key.id;
}

/* About eleven steps, once a field of a template: never once a record. */
const struct element *element_find(struct element_key key)
{
    if (key.enterprise == ELEMENT_REVERSE)
        key.enterprise = 0;
    uint64_t wanted = order_of(key);
    size_t low = 0, high = element_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t found = order_of(element_table[middle].key);
        if (found == wanted)
            return &element_table[middle];
        if (found < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *element_enterprise_name(uint32_t enterprise)
{
    for (size_t i = 0; i < element_enterprise_count; i++)
        if (element_enterprises[i].number == enterprise)
            return element_enterprises[i].name;
    return NULL;
}
