// SPDX-License-Identifier: Apache-2.0
/* Selectors: whatever is read writes a text that reads back as the same, can be told in both
 * languages without being cut, and compiles to rules that are sound. */
#include "selector/selector.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) uint8_t rooms[2][1 << 17];
static char text_rooms[2][SELECTOR_TEXT_MAX];
static char told[8 * SELECTOR_TEXT_MAX];

static const struct selector *read_into(size_t room, struct bytes text)
{
    struct selector_error err = { .line = 0 };
    MUST(selector_size() <= sizeof rooms[room]);
    struct arena keep = arena_over(rooms[room], sizeof rooms[room]);
    const struct selector *selector = selector_read(text, &keep, &err);
    MUST(selector || (err.line > 0 && err.column > 0 && err.words[0] && err.words_ja[0]));
    return selector;
}

static struct bytes write_into(size_t room, const struct selector *selector)
{
    struct text text = text_over(text_rooms[room], sizeof text_rooms[room]);
    selector_write(selector, &text);
    MUST(!text.cut);
    return text_bytes(&text);
}

static void run(const struct selector *selector)
{
    static struct rule_set set;
    const struct selector_demand demand = {
        .items = 2, .item_kinds = UINT32_MAX, .kinds = 2, .directions = UINT32_MAX
    };
    struct selector_error err;
    struct selector_cost cost;
    const struct rule head = { .to_ns = INT64_MAX };
    selector_measure(selector, &cost);
    if (selector_check(selector, &demand, &err))
        MUST(cost.items_min >= 2);
    memset(&set, 0, sizeof set);
    if (selector_compile(selector, &head, &set))
        MUST(set.rule_count == 1);
    MUST(rule_set_is_sound(&set));
    for (int language = 0; language < 2; language++) {
        struct text text = text_over(told, sizeof told);
        selector_tell(selector, language == 1, &text);
        MUST(!text.cut);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct selector *first = read_into(0, (struct bytes){ data, size });
    if (!first)
        return 0;
    struct bytes written = write_into(0, first);
    const struct selector *second = read_into(1, written);
    MUST(second);
    MUST(bytes_equal(written, write_into(1, second)));
    run(second);
    return 0;
}
