// SPDX-License-Identifier: Apache-2.0
#include "evaluate/leak.h"

#include <math.h>

#include "base/index.h"
#include "evaluate/perturb.h"
#include "evaluate/sort.h"

enum { DRAWS = 200, FEATURES = 6 };

/* What one exporter's record says of a candidate, without any thought. */
static const char *const feature_names[FEATURES] = {
    "flows",
    "octets sent to it",
    "octets sent by it",
    "mean octets of a flow",
    "mean duration of a flow",
    "port",
};

struct candidate {
    struct ip_address address;
    uint16_t port;
    bool is_true;
    double flows;
    double octets_in, octets_out;
    double seconds;
};

struct table {
    struct index index;
    struct candidate *at;
    size_t count;
};

struct ranked_value {
    double value;
    bool is_true;
};

struct leaks {
    struct table tables[LEAK_TABLES];
    struct ranked_value *room;
    uint64_t lost;
};

static const struct hash_key leak_key = { { 11, 12, 13, 14 } };

size_t leaks_size(void)
{
    return sizeof(struct leaks) + 4096 +
           LEAK_TABLES * (index_size(LEAK_CANDIDATES_MAX) +
                          LEAK_CANDIDATES_MAX * sizeof(struct candidate)) +
           LEAK_CANDIDATES_MAX * sizeof(struct ranked_value);
}

static struct candidate *take(struct leaks *leaks, enum leak_table id,
                              const struct ip_address *address, uint16_t port)
{
    struct table *table = &leaks->tables[id];
    uint32_t tag =
        index_tag(hash_two(&leak_key, hash_sixteen(&leak_key, address->octets), port));
    for (size_t at = index_home(&table->index, tag); table->index.slots[at].tag != 0;
         at = index_next(&table->index, at)) {
        struct candidate *found = &table->at[table->index.slots[at].entry];
        if (table->index.slots[at].tag == tag && found->port == port &&
            ip_equal(&found->address, address))
            return found;
    }
    if (table->count == LEAK_CANDIDATES_MAX) {
        leaks->lost++;
        return NULL;
    }
    index_add(&table->index, tag, (uint32_t)table->count);
    struct candidate *made = &table->at[table->count++];
    *made = (struct candidate){ .address = *address, .port = port };
    return made;
}

static void add(struct candidate *candidate, const struct flow_half *to,
                const struct flow_half *from, double seconds)
{
    if (!candidate)
        return;
    candidate->flows++;
    candidate->octets_in += (double)to->octets;
    candidate->octets_out += (double)from->octets;
    candidate->seconds += seconds;
}

static bool is_of_services(enum truth_kind kind)
{
    return kind == TRUTH_COMMAND_SERVER || kind == TRUTH_BEACON || kind == TRUTH_UPLOAD ||
           kind == TRUTH_LASTING || kind == TRUTH_REFLECTOR;
}

static bool is_unit(const struct truth_unit *unit, enum leak_table table,
                    const struct candidate *candidate)
{
    bool is_port = table == LEAK_HOSTS || unit->port == 0 || unit->port == candidate->port;
    return is_of_services(unit->kind) == (table == LEAK_SERVICES) && is_port &&
           unit->has_unit && ip_prefix_holds(&unit->unit, &candidate->address);
}

void leaks_mark(struct leaks *leaks, const struct truth *truth)
{
    for (size_t id = 0; id < LEAK_TABLES; id++) {
        struct table *table = &leaks->tables[id];
        for (size_t i = 0; i < table->count; i++) {
            for (size_t unit = 0; unit < truth->count && !table->at[i].is_true; unit++)
                table->at[i].is_true =
                    is_unit(&truth->units[unit], (enum leak_table)id, &table->at[i]);
        }
    }
}

struct leaks *leaks_init(struct arena *keep)
{
    struct leaks *leaks = ARENA_NEW(keep, struct leaks, 1);
    leaks->room = ARENA_NEW(keep, struct ranked_value, LEAK_CANDIDATES_MAX);
    for (size_t id = 0; id < LEAK_TABLES; id++) {
        index_init(&leaks->tables[id].index, LEAK_CANDIDATES_MAX, keep);
        leaks->tables[id].at = ARENA_NEW(keep, struct candidate, LEAK_CANDIDATES_MAX);
    }
    return leaks;
}

void leaks_observe(struct leaks *leaks, const struct flow *flow)
{
    double seconds = ((double)flow_end_ns(flow) - (double)flow_start_ns(flow)) / 1e9;
    add(take(leaks, LEAK_SERVICES, &flow->responder, flow->responder_port), &flow->forward,
        &flow->reverse, seconds);
    add(take(leaks, LEAK_HOSTS, &flow->initiator, 0), &flow->reverse, &flow->forward, seconds);
    add(take(leaks, LEAK_HOSTS, &flow->responder, 0), &flow->forward, &flow->reverse, seconds);
}

static double feature_of(const struct candidate *candidate, size_t feature)
{
    switch (feature) {
    case 0: return candidate->flows;
    case 1: return candidate->octets_in;
    case 2: return candidate->octets_out;
    case 3: return (candidate->octets_in + candidate->octets_out) / candidate->flows;
    case 4: return candidate->seconds / candidate->flows;
    default: return candidate->port;
    }
}

static int compare_values(const void *left, const void *right)
{
    const struct ranked_value *a = left, *b = right;
    if (a->value < b->value || a->value > b->value)
        return a->value < b->value ? -1 : 1;
    return (int)a->is_true - (int)b->is_true;
}

/* Every cut between two different values, with the true ones on either side. */
static void try_cuts(const struct ranked_value *values, size_t feature, struct leak_rule *best)
{
    double all = (double)best->right, total = (double)best->candidates, below = 0;
    for (size_t i = 0; i < best->candidates; i++) {
        below += values[i].is_true;
        bool is_last = i + 1 == best->candidates;
        if (!is_last && !(values[i + 1].value > values[i].value))
            continue;
        double count = (double)i + 1;
        double f1_below = 2 * below / (count + all);
        double f1_above = 2 * (all - below) / (total - count + all);
        bool is_above = f1_above > f1_below;
        double f1 = is_above ? f1_above : f1_below;
        if (f1 > best->f1) {
            best->f1 = f1;
            best->feature = feature_names[feature];
            best->is_above = is_above;
            best->cut = values[i].value;
        }
    }
}

struct leak_rule leaks_one_rule(struct leaks *leaks, enum leak_table id)
{
    const struct table *table = &leaks->tables[id];
    struct leak_rule best = { .candidates = table->count };
    for (size_t i = 0; i < table->count; i++)
        best.right += table->at[i].is_true;
    if (best.right == 0)
        return best;
    for (size_t feature = 0; feature < FEATURES; feature++) {
        for (size_t i = 0; i < table->count; i++)
            leaks->room[i] = (struct ranked_value){ feature_of(&table->at[i], feature),
                                                    table->at[i].is_true };
        sort_run(leaks->room, table->count, sizeof *leaks->room, compare_values);
        try_cuts(leaks->room, feature, &best);
    }
    return best;
}

static bool is_about_services(const struct told *told)
{
    return told->name.len == 0 && finding_trait(told->ranked.kind)->unit == UNIT_SERVICE;
}

double leaks_our_f1(const struct score_order *order, const struct score *score,
                    enum leak_table table)
{
    double detected = 0, missed = 0, wrong = 0;
    for (size_t i = 0; i < order->truth->count; i++) {
        if (is_of_services(order->truth->units[i].kind) != (table == LEAK_SERVICES))
            continue;
        bool is_detected = score->units[i].match == MATCH_RIGHT;
        detected += is_detected;
        missed += !is_detected;
    }
    for (size_t i = 0; i < order->told_count; i++)
        wrong += is_about_services(&order->told[i]) == (table == LEAK_SERVICES) &&
                 score_class(order, &order->told[i]) == TOLD_FALSE;
    double all = 2 * detected + missed + wrong;
    return all > 0 ? 2 * detected / all : 0;
}

/* The unit somewhere else. */
static struct truth_unit deal(const struct leaks *leaks, const struct truth_unit *unit,
                              double drawn)
{
    enum leak_table id = is_of_services(unit->kind) ? LEAK_SERVICES : LEAK_HOSTS;
    const struct table *table = &leaks->tables[id];
    struct truth_unit out = *unit;
    const struct candidate *candidate = &table->at[(size_t)(drawn * (double)table->count)];
    out.unit = (struct ip_prefix){ candidate->address, 128 };
    out.port = id == LEAK_SERVICES ? candidate->port : 0;
    out.has_line = false;
    out.name.len = 0;
    return out;
}

static bool is_told(const struct score_order *order, const struct truth_unit *unit)
{
    for (size_t i = 0; i < order->told_count; i++) {
        enum truth_match match = truth_match(unit, &order->told[i]);
        if (match == MATCH_RIGHT || (match == MATCH_LINE && unit->kind == TRUTH_INFECTED_LINE))
            return true;
    }
    return false;
}

/* Over all candidates, each as a unit of the same kind: what chance would detect. */
static double rate_of(const struct leaks *leaks, const struct score_order *order,
                      const struct truth_unit *unit)
{
    enum { ASKED_MAX = 2000 };
    enum leak_table id = is_of_services(unit->kind) ? LEAK_SERVICES : LEAK_HOSTS;
    size_t count = leaks->tables[id].count;
    size_t asked = count < ASKED_MAX ? count : ASKED_MAX;
    double told = 0;
    for (size_t i = 0; i < asked; i++) {
        double where = ((double)i + 0.5) / (double)asked;
        struct truth_unit dealt = deal(leaks, unit, where);
        told += is_told(order, &dealt);
    }
    return asked > 0 ? told / (double)asked : 0;
}

struct leak_shuffle leaks_shuffle(const struct leaks *leaks, const struct score_order *order,
                                  uint64_t seed)
{
    enum { UNITS_ASKED = 32 };
    struct leak_shuffle out = { 0 };
    double told = 0, expected = 0, variance = 0;
    size_t units = order->truth->count < UNITS_ASKED ? order->truth->count : UNITS_ASKED;
    if (leaks->tables[LEAK_SERVICES].count == 0 || units == 0)
        return out;
    for (size_t i = 0; i < units; i++) {
        const struct truth_unit *unit = &order->truth->units[i];
        double rate = rate_of(leaks, order, unit);
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            struct truth_unit dealt = deal(leaks, unit, perturb_uniform(seed, draw, 1000 + i));
            told += is_told(order, &dealt);
            out.draws++;
        }
        expected += rate * DRAWS;
        variance += rate * (1 - rate) * DRAWS;
    }
    out.recall = told / (double)out.draws;
    out.alert_rate = expected / (double)out.draws;
    out.is_failed = told > expected + 3 * sqrt(variance) + 1;
    return out;
}

uint64_t leaks_lost(const struct leaks *leaks)
{
    return leaks->lost;
}
