// SPDX-License-Identifier: Apache-2.0
/* Selectors made of a condition and the rest of a good one. */
#pragma once

#include "check.h"
#include "selector/selector.h"

#define HEAD                     \
    "selector \"x\" version 1\n" \
    "purpose \"own-defence\"\n"  \
    "owner \"Desk\"\n"           \
    "valid 2027-04-01 to 2027-09-27\n"
#define TAIL                     \
    "then record keep 30 days\n" \
    "limit 50 servers per day\n"
#define SCOPE "scope foreign-to-domestic\nreveals server\n"
#define GOOD "server in list \"a\""

static struct selector_error fault;
static struct arena example_arena;
static _Alignas(16) uint8_t example_memory[1 << 17];

static inline const struct selector *read_text(const char *text)
{
    example_arena = arena_over(example_memory, sizeof example_memory);
    check(selector_size() <= sizeof example_memory);
    fault = (struct selector_error){ .line = 0 };
    return selector_read(bytes_of_string(text), &example_arena, &fault);
}

static inline const struct selector *read_condition(const char *condition)
{
    static char room[SELECTOR_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    text_format(&text, "%s%swhen %s\n%s", HEAD, SCOPE, condition, TAIL);
    return read_text(room);
}

/* The condition as the canonical text has it. */
static inline const char *canonical(const char *condition)
{
    static char room[SELECTOR_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    const struct selector *selector = read_condition(condition);
    if (!selector)
        return "";
    selector_write(selector, &text);
    char *from = strstr(room, "\nwhen ");
    char *to = strstr(room, "\nthen ");
    check(from && to);
    *to = '\0';
    return from + sizeof "\nwhen " - 1;
}
