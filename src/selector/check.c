// SPDX-License-Identifier: Apache-2.0
/* What is known of a selector before it runs: what it costs, and whether its basis carries
 * it. */
#include "selector/refuse_private.h"

/* What its statistics take of 1 GiB. */
static uint64_t memory_of(enum behaviour behaviour)
{
    return ((uint64_t)1 << 30) / 16 * BEHAVIOURS_SIXTEENTHS / 64 *
           behaviour_trait(behaviour)->share;
}

void selector_measure(const struct selector *selector, struct selector_cost *out)
{
    struct alternatives ways;
    uint32_t behaviours = 0;
    selector_alternatives(selector, &ways);
    *out = (struct selector_cost){ .alternatives = (unsigned)ways.count,
                                   .items_min = ways.count > 0 ? UINT32_MAX : 0,
                                   .can_reveal_line = selector->reveals == REVEALS_LINE,
                                   .servers_per_day_max = selector->servers_per_day };
    for (size_t i = 0; i < ways.count; i++) {
        unsigned pieces = count_bits(ways.pieces[i]);
        out->items_min = pieces < out->items_min ? pieces : out->items_min;
        out->kinds |= piece_kinds(ways.pieces[i]);
    }
    for (struct walk walk = walk_begin(selector); !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &selector->nodes[walk.at];
        if (node_is_group(node))
            continue;
        out->tests_max += node->kind == NODE_FIELD ? node->range_count : 1U;
        if (node->kind == NODE_LISTED)
            out->lookups += selector_subjects[node->what].lookups;
        if (node->kind == NODE_BEHAVIOUR && !(behaviours >> node->what & 1)) {
            behaviours |= UINT32_C(1) << node->what;
            out->memory_octets += memory_of((enum behaviour)node->what);
        }
    }
}

static struct refusal_at at_condition(const struct selector *selector)
{
    const struct node *root = &selector->nodes[selector->root];
    return (struct refusal_at){ .line = root->line, .column = root->column };
}

static void name_pieces(uint32_t pieces, struct text *out)
{
    const char *between = "";
    for (size_t i = 0; i < PIECES; i++) {
        if (!(pieces >> i & 1))
            continue;
        text_format(out, "%s%s", between, selector_pieces[i].en);
        between = " + ";
    }
}

static uint32_t counted_pieces(uint32_t pieces, uint32_t kinds)
{
    uint32_t counted = 0;
    for (size_t i = 0; i < PIECES; i++) {
        if (pieces >> i & 1 && kinds >> selector_pieces[i].kind & 1)
            counted |= UINT32_C(1) << i;
    }
    return counted;
}

static bool check_way(const struct selector *selector, uint32_t pieces,
                      const struct selector_demand *demand, struct selector_error *err)
{
    struct refusal_at at = at_condition(selector);
    char names[256], number[64], number_ja[64];
    struct text found = text_over(names, sizeof names);
    struct text what = text_over(number, sizeof number);
    struct text what_ja = text_over(number_ja, sizeof number_ja);
    if (pieces == 0)
        return refuse(REFUSED_NO_PIECE, at, err);
    uint32_t counted = counted_pieces(pieces, demand->item_kinds);
    bool is_few = count_bits(counted) < demand->items;
    unsigned asked = is_few ? demand->items : demand->kinds;
    name_pieces(pieces, &found);
    text_format(&what, "%u", asked);
    text_format(&what_ja, "%u%s", asked, is_few ? "つ" : "種類");
    at.found = names;
    at.what = number;
    at.what_ja = number_ja;
    at.article = demand->article;
    if (is_few)
        return refuse(REFUSED_PIECES, at, err);
    return count_bits(piece_kinds(counted)) >= demand->kinds || refuse(REFUSED_KINDS, at, err);
}

static bool check_ways(const struct selector *selector, const struct selector_demand *demand,
                       struct selector_error *err)
{
    struct alternatives ways;
    selector_alternatives(selector, &ways);
    if (ways.is_cut)
        return refuse(REFUSED_ALTERNATIVES, at_condition(selector), err);
    for (size_t i = 0; i < ways.count; i++) {
        if (!check_way(selector, ways.pieces[i], demand, err))
            return false;
    }
    return ways.count > 0 || refuse(REFUSED_NO_PIECE, at_condition(selector), err);
}

static bool check_basis(const struct selector *selector, const struct selector_demand *demand,
                        struct selector_error *err)
{
    struct refusal_at at = { .line = 1,
                             .column = 1,
                             .found = selector->basis,
                             .what = demand->basis,
                             .what_ja = demand->basis };
    if (demand->basis && selector->basis[0] != '\0' &&
        strcmp(selector->basis, demand->basis) != 0)
        return refuse(REFUSED_BASIS, at, err);
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        bool is_asked = (selector->directions >> i & 1) != 0;
        at.found = selector->directions == OWN_NETWORK
                       ? "own-network"
                       : selector_direction_word((enum direction)i, false);
        at.what = at.what_ja = demand->basis ? demand->basis : "";
        if (is_asked && !(demand->directions >> i & 1))
            return refuse(REFUSED_DIRECTION, at, err);
    }
    return true;
}

/* Counts of a sample are the least that may have been: that they are small says nothing. */
static bool check_sampled(const struct selector *selector, const struct node *node, bool is_not,
                          struct selector_error *err)
{
    struct refusal_at at = { .line = node->line, .column = node->column };
    if (node->kind == NODE_BEHAVIOUR) {
        const struct behaviour_row *row = &selector_behaviours[node->what];
        char number[32];
        struct text text = text_over(number, sizeof number);
        text_put_u64(&text, row->sampling_max);
        at.found = number;
        at.what = row->en;
        at.what_ja = row->ja;
        return (selector->sampling_max > 0 && selector->sampling_max <= row->sampling_max) ||
               refuse(REFUSED_SAMPLED_BEHAVIOUR, at, err);
    }
    if (node->kind != NODE_FIELD || selector->sampling_max == 1 ||
        !selector_fields[node->what].is_counted)
        return true;
    const struct range *range = &selector->ranges[node->range_first];
    bool is_at_least =
        node->range_count == 1 &&
        (is_not ? range->low == 0 : range->high == selector_fields[node->what].max);
    at.what = selector_fields[node->what].tell;
    at.what_ja = selector_fields[node->what].tell_ja;
    return is_at_least || refuse(REFUSED_SAMPLED_FIELD, at, err);
}

static bool check_sampling(const struct selector *selector, struct selector_error *err)
{
    bool is_not = false;
    for (struct walk walk = walk_begin(selector); !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &selector->nodes[walk.at];
        bool is_here = is_not != node->is_negated;
        if (node_is_group(node) && walk.event != WALK_BETWEEN)
            is_not ^= node->is_negated;
        else if (!node_is_group(node) && !check_sampled(selector, node, is_here, err))
            return false;
    }
    return true;
}

static bool check_purpose(const struct selector *selector, const struct selector_demand *demand,
                          struct selector_error *err)
{
    struct refusal_at at = { .line = 1, .column = 1, .found = selector->purpose };
    bool is_known = !demand->purposes;
    for (size_t i = 0; i < demand->purpose_count && !is_known; i++)
        is_known = strcmp(demand->purposes[i], selector->purpose) == 0;
    return is_known || refuse(REFUSED_PURPOSE, at, err);
}

static bool check_line(const struct selector *selector, const struct selector_demand *demand,
                       struct selector_error *err)
{
    const char *basis = demand->basis ? demand->basis : "";
    struct refusal_at at = { .line = 1, .column = 1, .what = basis, .what_ja = basis };
    return !demand->lines_hidden || selector->reveals != REVEALS_LINE ||
           refuse(REFUSED_LINE, at, err);
}

bool selector_check(const struct selector *selector, const struct selector_demand *demand,
                    struct selector_error *err)
{
    return check_basis(selector, demand, err) && check_purpose(selector, demand, err) &&
           check_line(selector, demand, err) && check_ways(selector, demand, err) &&
           check_sampling(selector, err);
}
