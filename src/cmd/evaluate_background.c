// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_feed.h"
#include "evaluate/sort.h"
#include "system/memory.h"

static bool open_population(const struct evaluate_options *options,
                            struct evaluate_background *out, struct error *err)
{
    out->plan = population_plan_default();
    if (!population_read(bytes_of_string(options->population), &out->plan))
        return error_set(err, 0, "\"%s\" is no population such as lines=1000,hours=24,beacon=2",
                         options->population);
    if (!memory_reserve(population_size(&out->plan), MEMORY_SMALL_PAGES,
                        &out->population_memory, err))
        return false;
    struct arena arena = out->population_memory;
    out->population = population_init(&out->plan, &arena);
    out->first_ns = out->plan.start_ns;
    out->last_ns = out->plan.start_ns + out->plan.span_ns;
    out->is_population = true;
    return true;
}

static int compare(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct ip_address));
}

/* The internal addresses that speak. */
static bool find_lines(struct evaluate_background *out, struct error *err)
{
    const struct tape *tape = &out->input.tape;
    size_t count = 0;
    if (!memory_reserve(tape->count * sizeof *out->lines + 64, MEMORY_SMALL_PAGES,
                        &out->lines_memory, err))
        return false;
    struct arena arena = out->lines_memory;
    out->lines = ARENA_NEW(&arena, struct ip_address, tape->count);
    for (size_t i = 0; i < tape->count; i++) {
        const struct flow *flow = &tape->flows[i];
        if (ip_is_internal(&flow->initiator) && !ip_is_zero(&flow->initiator))
            out->lines[count++] = flow->initiator;
        int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
        out->first_ns = start_ns < out->first_ns ? start_ns : out->first_ns;
        out->last_ns = end_ns > out->last_ns ? end_ns : out->last_ns;
    }
    sort_run(out->lines, count, sizeof *out->lines, compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !ip_equal(&out->lines[i], &out->lines[out->line_count - 1]))
            out->lines[out->line_count++] = out->lines[i];
    }
    return out->line_count > 0 || error_set(err, 0, "the background has no line inside");
}

static bool open_captures(const struct evaluate_options *options, const struct rule_set *rules,
                          struct evaluate_background *out, struct error *err)
{
    static const char *paths[EVALUATE_NAMES_MAX];
    const struct evaluate_reading whole = { .seed = options->seed,
                                            .rules = rules,
                                            .flows_max = options->flows_max };
    memcpy(paths, options->background, sizeof paths);
    struct evaluate_set set = { .name = "background",
                                .captures = paths,
                                .capture_count = options->background_count };
    if (!evaluate_input_read(&set, &whole, &out->input, err))
        return false;
    tape_sort(&out->input.tape);
    out->first_ns = INT64_MAX;
    out->last_ns = INT64_MIN;
    return find_lines(out, err);
}

bool evaluate_background_open(const struct evaluate_options *options,
                              const struct rule_set *rules, struct evaluate_background *out,
                              struct error *err)
{
    memset(out, 0, sizeof *out);
    out->seed = options->seed;
    out->is_there = options->population || options->background_count > 0;
    if (options->population && options->background_count > 0)
        return error_set(err, 0, "a background is captures or a population, not both");
    if (options->population)
        return open_population(options, out, err);
    return !out->is_there || open_captures(options, rules, out, err);
}

struct ip_prefix evaluate_background_own(void)
{
    return (struct ip_prefix){ ip_from_v4(0xf0000000), 96 + 7 };
}

/* Each kind of finding has its kind of unit. */
static enum truth_kind kind_of(enum finding_kind kind)
{
    switch (kind) {
    case FINDING_COMMAND_SERVER:
    case FINDING_INDICATOR:
    case FINDING_SHARED_SERVER: return TRUTH_COMMAND_SERVER;
    case FINDING_SCANNER: return TRUTH_SCAN;
    case FINDING_GUESSING: return TRUTH_GUESSING;
    case FINDING_FLOOD: return TRUTH_FLOOD;
    case FINDING_REFLECTOR: return TRUTH_REFLECTOR;
    case FINDING_TUNNEL: return TRUTH_TUNNEL;
    case FINDING_GENERATED_NAMES: return TRUTH_GENERATED;
    case FINDING_FLUX: return TRUTH_FLUX;
    case FINDING_LASTING: return TRUTH_LASTING;
    case FINDING_UPLOAD: return TRUTH_UPLOAD;
    case FINDING_RELAY: return TRUTH_RELAY;
    case FINDING_PEER_GROUP: return TRUTH_PEER_GROUP;
    case FINDING_DARK_SOURCE: return TRUTH_DARK;
    case FINDING_BACKSCATTER: return TRUTH_BACKSCATTER;
    case FINDING_LATERAL: return TRUTH_LATERAL;
    case FINDING_KINDS: break;
    }
    return TRUTH_INFECTED_LINE;
}

/* The shortest prefix that holds both. */
static struct ip_prefix prefix_over(const struct ip_address *a, const struct ip_address *b)
{
    struct ip_prefix out = { *a, 128 };
    while (out.len > 0 && !ip_prefix_holds(&out, b)) {
        out.len--;
        ip_mask(&out.address, out.len);
    }
    return out;
}

static struct truth_unit unit_of(const struct population_truth *planted)
{
    struct truth_unit unit = { .kind = kind_of(planted->kind),
                               .protocol = planted->protocol,
                               .port = planted->port,
                               .name = planted->name,
                               .from_ns = planted->first_ns,
                               .to_ns = INT64_MAX };
    struct text family = text_over(unit.family, sizeof unit.family);
    struct text origin = text_over(unit.origin, sizeof unit.origin);
    text_put_string(&family, population_attack_name(planted->attack));
    text_put_string(&origin, "population");
    unit.has_unit = !ip_is_zero(&planted->unit);
    unit.unit = (struct ip_prefix){ planted->unit, 128 };
    return unit;
}

static void put(struct truth *out, const struct truth_unit *unit)
{
    if (out->count < TRUTH_UNITS_MAX)
        out->units[out->count++] = *unit;
}

/* A flood over a prefix and a scan from many sources are one unit each; of lines that do the
 * same each is one. */
static void put_units(const struct population_truth *planted, struct truth *out)
{
    enum { LINES_MAX = 256 };
    struct truth_unit unit = unit_of(planted);
    bool has_last = unit.has_unit && !ip_is_zero(&planted->unit_last);
    uint32_t first = ip_to_v4(&planted->unit), last = ip_to_v4(&planted->unit_last);
    if (has_last && (unit.kind == TRUTH_FLOOD || unit.kind == TRUTH_SCAN))
        unit.unit = prefix_over(&planted->unit, &planted->unit_last);
    else if (has_last && last > first && last - first < LINES_MAX) {
        for (uint32_t at = first; at <= last; at++) {
            unit.unit.address = ip_from_v4(at);
            put(out, &unit);
        }
        return;
    }
    put(out, &unit);
}

void evaluate_background_truth(const struct evaluate_background *background, struct truth *out)
{
    const struct population_truth *planted = NULL;
    if (!background->is_population)
        return;
    size_t count = population_truth(background->population, &planted);
    for (size_t i = 0; i < count; i++)
        put_units(&planted[i], out);
    out->rest = TRUTH_REST_BENIGN;
}
