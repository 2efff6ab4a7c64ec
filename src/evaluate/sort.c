// SPDX-License-Identifier: Apache-2.0
#include "evaluate/sort.h"

#include <stdint.h>
#include <string.h>

#include "base/must.h"

struct sorting {
    uint8_t *at;
    size_t size;
    int (*compare)(const void *, const void *);
};

static uint8_t *thing(const struct sorting *sorting, size_t i)
{
    return sorting->at + i * sorting->size;
}

static void swap(const struct sorting *sorting, size_t a, size_t b)
{
    uint8_t room[SORT_OCTETS_MAX];
    memcpy(room, thing(sorting, a), sorting->size);
    memcpy(thing(sorting, a), thing(sorting, b), sorting->size);
    memcpy(thing(sorting, b), room, sorting->size);
}

/* Lets what is at root sink to where nothing below it is larger. */
static void sink(const struct sorting *sorting, size_t root, size_t count)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        if (child + 1 < count &&
            sorting->compare(thing(sorting, child), thing(sorting, child + 1)) < 0)
            child++;
        if (sorting->compare(thing(sorting, root), thing(sorting, child)) >= 0)
            return;
        swap(sorting, root, child);
        root = child;
    }
}

void sort_run(void *things, size_t count, size_t size,
              int (*compare)(const void *, const void *))
{
    const struct sorting sorting = { things, size, compare };
    MUST(size <= SORT_OCTETS_MAX);
    for (size_t root = count / 2; root-- > 0;)
        sink(&sorting, root, count);
    for (size_t end = count; end > 1; end--) {
        swap(&sorting, 0, end - 1);
        sink(&sorting, 0, end - 1);
    }
}
