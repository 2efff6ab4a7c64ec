// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "selector/selector.h"
#include "warrant/warrant.h"

enum { BITS_AN_OCTET = 8, PERMILLE = 1000 };

static void put(char *room, size_t max, const char *words)
{
    struct text text = text_over(room, max);
    text_put_string(&text, words);
}

static bool compile_one(const struct granted_warrant *granted, size_t i, struct arena scratch,
                        struct rule_set *set)
{
    const struct warrant_selector *told = &granted->warrant.selectors[i];
    struct rule head = { .from_ns = granted->from_ns, .to_ns = granted->to_ns };
    struct selector_error wrong = { 0 };
    head.mandate.basis = granted->basis;
    put(head.mandate.basis_name, sizeof head.mandate.basis_name, granted->warrant.basis);
    put(head.mandate.warrant, sizeof head.mandate.warrant, granted->warrant.serial);
    put(head.mandate.selector, sizeof head.mandate.selector, told->name);
    const struct selector *selector =
        selector_read(bytes_of_string(told->text), &scratch, &wrong);
    /* Its scope lies within the warrant's directions, or it was not granted. */
    return selector && selector_compile(selector, &head, set);
}

/* The cap is of the equipment, whatever the number of its warrants: the lowest counts. */
static void cap(const struct warrant *warrant, struct rule_set *set)
{
    uint64_t octets =
        warrant->capacity_bits_per_second / BITS_AN_OCTET / PERMILLE * warrant->share_permille;
    if (warrant->share_permille == 0)
        return;
    if (octets == 0)
        octets = 1; /* 0 is no cap */
    if (set->octets_per_second_max == 0 || octets < set->octets_per_second_max)
        set->octets_per_second_max = octets;
}

bool warrant_compile(const struct granted_warrant *granted, struct rule_set *set,
                     struct error *err)
{
    size_t size = selector_size();
    void *memory = malloc(size);
    struct rule_set *kept = malloc(sizeof *kept);
    bool is_good = memory && kept;
    if (kept)
        *kept = *set;
    for (size_t i = 0; is_good && i < granted->warrant.selector_count; i++)
        is_good = compile_one(granted, i, arena_over(memory, size), set);
    if (is_good)
        cap(&granted->warrant, set);
    else if (kept)
        *set = *kept; /* all of its rules or none */
    free(kept);
    free(memory);
    return is_good ||
           error_set(err, 0, "warrant %s: no room for its rules", granted->warrant.serial);
}
