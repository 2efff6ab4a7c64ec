// SPDX-License-Identifier: Apache-2.0
/* The canonical text: English, one statement a line, always in this order. */
#include "base/time.h"
#include "selector/words_private.h"

#include <nettle/sha2.h>

static void put_quoted(struct text *out, const char *before, const char *text)
{
    text_format(out, "%s\"%s\"", before, text);
}

static void put_day(int64_t time_ns, struct text *out)
{
    struct time_date date = time_date_of(time_ns);
    text_format(out, "%04d-%02u-%02u", (int)date.year, date.month, date.day);
}

static void put_period(const struct selector *selector, struct text *out)
{
    int64_t ahead_ns = selector->ahead_minutes * 60 * TIME_SECOND_NS;
    unsigned minutes = (unsigned)(selector->ahead_minutes < 0 ? -selector->ahead_minutes
                                                              : selector->ahead_minutes);
    text_put_string(out, "valid ");
    put_day(selector->from_ns + ahead_ns, out);
    text_put_string(out, " to ");
    put_day(selector->to_ns - TIME_DAY_NS + ahead_ns, out);
    if (minutes > 0)
        text_format(out, " %c%02u:%02u", selector->ahead_minutes < 0 ? '-' : '+', minutes / 60,
                    minutes % 60);
    text_put_char(out, '\n');
}

static void put_scope(uint32_t directions, struct text *out)
{
    const char *between = "";
    text_put_string(out, "scope ");
    for (unsigned i = DIRECTION_FF; directions != OWN_NETWORK && i < DIRECTIONS; i++) {
        if (!(directions >> i & 1))
            continue;
        text_format(out, "%s%s", between, selector_direction_word((enum direction)i, false));
        between = ", ";
    }
    text_put_string(out, directions == OWN_NETWORK ? "own-network\n" : "\n");
}

void selector_put_value(enum rule_field field, uint64_t value, bool in_japanese,
                        struct text *out)
{
    static const struct {
        uint64_t milliseconds;
        const char *en, *ja;
    } units[] = { { 86400000, " days", "日" },
                  { 3600000, " hours", "時間" },
                  { 60000, " minutes", "分" },
                  { 1000, " seconds", "秒" },
                  { 1, " milliseconds", "ミリ秒" } };
    for (const struct name_row *name = selector_fields[field].names; name && name->en; name++) {
        if (name->value == value) {
            text_put_string(out, in_japanese ? name->ja : name->en);
            return;
        }
    }
    size_t unit = 0;
    while (field == RULE_DURATION_MS && value > 0 && value % units[unit].milliseconds != 0)
        unit++;
    bool has_unit = field == RULE_DURATION_MS;
    text_put_u64(out, has_unit ? value / units[unit].milliseconds : value);
    if (has_unit)
        text_put_string(out, in_japanese ? units[unit].ja : units[unit].en);
}

static void put_value(enum rule_field field, uint64_t value, struct text *out)
{
    selector_put_value(field, value, false, out);
}

static void put_ranges(const struct selector *selector, const struct node *node,
                       struct text *out)
{
    enum rule_field field = (enum rule_field)node->what;
    const struct range *ranges = selector->ranges + node->range_first;
    text_put_string(out, node->is_negated ? " not in (" : " in (");
    for (size_t i = 0; i < node->range_count; i++) {
        text_put_string(out, i > 0 ? ", " : "");
        put_value(field, ranges[i].low, out);
    }
    text_put_char(out, ')');
}

static void put_range(const struct selector *selector, const struct node *node,
                      struct text *out)
{
    enum rule_field field = (enum rule_field)node->what;
    const struct range *range = &selector->ranges[node->range_first];
    if (range->low == range->high) {
        text_put_string(out, node->is_negated ? " is not " : " is ");
        put_value(field, range->low, out);
    } else if (range->low == 0 || range->high == selector_fields[field].max) {
        text_put_string(out, range->low == 0 ? " <= " : " >= ");
        put_value(field, range->low == 0 ? range->high : range->low, out);
    } else {
        text_put_string(out, " between ");
        put_value(field, range->low, out);
        text_put_string(out, " and ");
        put_value(field, range->high, out);
    }
}

static void put_field(const struct selector *selector, const struct node *node,
                      struct text *out)
{
    const struct range *range = &selector->ranges[node->range_first];
    bool is_span = node->range_count == 1 && range->low != range->high;
    text_put_string(out, is_span && node->is_negated ? "not " : "");
    text_put_string(out, selector_fields[node->what].en);
    if (node->range_count == 1)
        put_range(selector, node, out);
    else
        put_ranges(selector, node, out);
}

static void put_behaviour(const struct node *node, struct text *out)
{
    text_format(out, "%s%s", node->is_negated ? "not " : "",
                selector_behaviours[node->what].en);
    if (node->score > 0)
        text_format(out, "(score >= %u)", node->score);
}

static void put_test(const struct selector *selector, const struct node *node, struct text *out)
{
    if (node->kind == NODE_LISTED)
        text_format(out, "%s %s list \"%s\"", selector_subjects[node->what].en,
                    node->is_negated ? "not in" : "in", selector->lists[node->list]);
    else if (node->kind == NODE_BEHAVIOUR)
        put_behaviour(node, out);
    else
        put_field(selector, node, out);
}

/* The outermost group needs no parentheses unless a `not` is before it. */
static void put_group(const struct node *node, enum walk_event event, struct text *out)
{
    bool is_bare = node->parent == NO_NODE && !node->is_negated;
    if (event == WALK_BETWEEN)
        text_put_string(out, node->kind == NODE_AND ? " and " : " or ");
    else if (event == WALK_ENTER)
        text_put_string(out, is_bare ? "" : node->is_negated ? "not (" : "(");
    else
        text_put_string(out, is_bare ? "" : ")");
}

static void put_condition(const struct selector *selector, struct text *out)
{
    for (struct walk walk = walk_begin(selector); !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &selector->nodes[walk.at];
        if (node_is_group(node))
            put_group(node, walk.event, out);
        else
            put_test(selector, node, out);
    }
}

void selector_write(const struct selector *selector, struct text *out)
{
    put_quoted(out, "selector ", selector->name);
    text_format(out, " version %u\n", selector->version);
    put_quoted(out, "purpose ", selector->purpose);
    if (selector->basis[0] != '\0')
        put_quoted(out, "\nbasis ", selector->basis);
    put_quoted(out, "\nowner ", selector->owner);
    text_put_char(out, '\n');
    put_period(selector, out);
    put_scope(selector->directions, out);
    text_format(out, "reveals %s\n", selector->reveals == REVEALS_LINE ? "line" : "server");
    if (selector->sampling_max == 0)
        text_put_string(out, "sampling any-rate\n");
    else
        text_format(out, "sampling up to 1:%u\n", selector->sampling_max);
    if (selector->note[0] != '\0')
        put_quoted(out, "note ", selector->note);
    text_put_string(out, selector->note[0] != '\0' ? "\nwhen " : "when ");
    put_condition(selector, out);
    text_format(out, "\nthen record keep %u days\nlimit %u servers per day\n",
                selector->keep_days, selector->servers_per_day);
}

void selector_digest(const struct selector *selector, uint8_t out[32])
{
    char room[SELECTOR_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    struct sha256_ctx hash;
    selector_write(selector, &text);
    sha256_init(&hash);
    sha256_update(&hash, text.len, (const uint8_t *)text.at);
    sha256_digest(&hash, 32, out);
}
