// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_take.h"

#include "base/must.h"
#include "base/time.h"
#include "cmd/sensor_ledger.h"

enum { OWN_COUNTERS = 32, BATCHES_MAX = 64 };

static bool same(const char *a, const char *b)
{
    return bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static void count_selected(struct sensor_take *take, const char *warrant)
{
    size_t i = 0;
    while (i < take->tally_count && !same(take->tallies[i].warrant, warrant))
        i++;
    if (i == RULES_MAX)
        return; /* of more warrants than rules there cannot be records */
    if (i == take->tally_count) {
        take->tallies[take->tally_count++] = (struct take_tally){ .selected = 0 };
        struct text name = text_over(take->tallies[i].warrant, WARRANT_SERIAL_MAX);
        text_put_string(&name, warrant);
    }
    take->tallies[i].selected++;
}

/* By the rules in force at the collector, or those it is about to take. */
static struct crossing_terms terms_of(const struct sensor_take *take, bool before)
{
    struct crossing_terms terms = take->terms;
    terms.rules = before ? &take->rules_before : &take->rules;
    return terms;
}

static bool may_be_of_before(const struct sensor_take *take)
{
    return take->generation != take->rules.generation;
}

static enum crossing_refusal judge_flow(const struct sensor_take *take,
                                        const struct minimised_flow *flow)
{
    struct crossing_terms terms = terms_of(take, false);
    enum crossing_refusal refusal = crossing_judge_flow(&terms, flow);
    if (refusal != CROSSING_NO_RULE || !may_be_of_before(take))
        return refusal;
    terms = terms_of(take, true);
    return crossing_judge_flow(&terms, flow);
}

static enum crossing_refusal judge_sighting(const struct sensor_take *take,
                                            const struct minimised_sighting *sighting)
{
    struct crossing_terms terms = terms_of(take, false);
    enum crossing_refusal refusal = crossing_judge_sighting(&terms, sighting);
    if (refusal != CROSSING_NO_RULE || !may_be_of_before(take))
        return refusal;
    terms = terms_of(take, true);
    return crossing_judge_sighting(&terms, sighting);
}

static bool take_flow(struct sensor_take *take, const struct minimised_flow *flow)
{
    enum crossing_refusal refusal = judge_flow(take, flow);
    if (refusal != CROSSING_TAKEN) {
        take->refused[refusal]++;
        return true;
    }
    count_selected(take, flow->why.mandate.warrant);
    keeper_take_flow(take->keeper, flow);
    watch_exports_put(take->exports, flow);
    take->records++;
    take->failed = !store_put_flow(take->store, flow, &take->error);
    return !take->failed;
}

static bool take_sighting(struct sensor_take *take, const struct minimised_sighting *sighting)
{
    enum crossing_refusal refusal = judge_sighting(take, sighting);
    if (refusal != CROSSING_TAKEN) {
        take->refused[refusal]++;
        return true;
    }
    keeper_take_sighting(take->keeper, sighting);
    take->sightings++;
    return true;
}

/* Batches */

/* A warrant that ends between two batches ends the first. */
static int64_t within(const struct rule *rule, int64_t time_ns)
{
    if (time_ns < rule->from_ns)
        return rule->from_ns;
    return time_ns < rule->to_ns ? time_ns : rule->to_ns;
}

static bool tell_batch(struct sensor_take *take, const struct crossing_batch *batch,
                       const struct rule *rule, uint64_t selected, int64_t now_ns)
{
    int64_t from_ns = within(rule, take->batch_ns), to_ns = within(rule, now_ns);
    if (from_ns == to_ns && selected == 0)
        return true; /* not begun, or over */
    struct entry entry = entry_begin(ENTRY_SELECTION_BATCH, now_ns);
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(rule->mandate.basis_name));
    entry_set_text(&entry, ENTRY_WARRANT, bytes_of_string(rule->mandate.warrant));
    if (*take->equipment)
        entry_set_text(&entry, ENTRY_EQUIPMENT, bytes_of_string(take->equipment));
    entry_set_time(&entry, ENTRY_FROM, from_ns);
    entry_set_time(&entry, ENTRY_TO, to_ns);
    entry_set_count(&entry, ENTRY_GENERATION, batch->generation);
    entry_set_count(&entry, ENTRY_EXAMINED, selected + batch->erased);
    entry_set_count(&entry, ENTRY_SELECTED, selected);
    entry_set_count(&entry, ENTRY_ERASED, batch->erased);
    entry_set_count(&entry, ENTRY_DROPPED_PERIOD, batch->without_warrant);
    entry_set_count(&entry, ENTRY_DROPPED_DIRECTION, batch->other_direction);
    entry_set_count(&entry, ENTRY_DROPPED_DOMESTIC, batch->domestic);
    entry_set_count(&entry, ENTRY_DROPPED_UNKNOWN, batch->unknown_side);
    entry_set_count(&entry, ENTRY_DROPPED_UNMATCHED, batch->unmatched);
    entry_set_count(&entry, ENTRY_OCTETS, batch->octets_copied);
    take->failed = !sensor_ledger_put(&entry, &take->error);
    return !take->failed;
}

static uint64_t selected_by(const struct sensor_take *take, const char *warrant)
{
    for (size_t i = 0; i < take->tally_count; i++) {
        if (same(take->tallies[i].warrant, warrant))
            return take->tallies[i].selected;
    }
    return 0;
}

/* The first rule of each warrant speaks for it. */
static bool is_first(const struct rule_set *rules, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (same(rules->rules[i].mandate.warrant, rules->rules[at].mandate.warrant))
            return false;
    }
    return true;
}

/* What was selected we count ourselves; what was examined and erased only the collector can
 * say.  Of several warrants each has what it selected, beside all that was erased. */
static bool take_batch(struct sensor_take *take, const struct crossing_batch *batch,
                       int64_t now_ns)
{
    bool is_of_sent = batch->generation == take->rules.generation;
    const struct rule_set *rules = is_of_sent ? &take->rules : &take->rules_before;
    if ((batch->generation != rules->generation && batch->generation != 0) ||
        ++take->batches > BATCHES_MAX)
        return false;
    for (size_t i = 0; i < rules->rule_count && batch->examined > 0; i++) {
        const struct rule *rule = &rules->rules[i];
        if (is_first(rules, i) &&
            !tell_batch(take, batch, rule, selected_by(take, rule->mandate.warrant), now_ns))
            return false;
    }
    if (batch->examined > 0 || take->generation != batch->generation)
        take->batch_ns = now_ns;
    take->tally_count = 0;
    take->generation = batch->generation;
    return true;
}

void take_rules_sent(struct sensor_take *take, const struct rule_set *rules)
{
    if (!may_be_of_before(take))
        take->rules_before = take->rules;
    take->rules = *rules;
}

/* The account */

/* Names of counters live as long as the process, and there are not many. */
static const char *intern(const char *word)
{
    static char words[TAKE_INTERNED_MAX][CROSSING_WORD_MAX];
    static size_t count;
    size_t i = 0;
    while (i < count && !same(words[i], word))
        i++;
    if (i == TAKE_INTERNED_MAX)
        return "other";
    if (i == count) {
        struct text text = text_over(words[count++], CROSSING_WORD_MAX);
        text_put_string(&text, word);
    }
    return words[i];
}

static void add_counts(const struct crossing_counts *counts, struct summary *out)
{
    static struct summary one;
    one = (struct summary){ .frames = counts->frames,
                            .packets = counts->packets,
                            .octets = counts->octets,
                            .messages = counts->messages,
                            .records = counts->records,
                            .lines = counts->lines,
                            .first_ns = counts->first_ns,
                            .last_ns = counts->last_ns,
                            .basis = out->basis,
                            .funnel = counts->funnel };
    for (size_t i = 0; i < counts->counter_count; i++) {
        const struct crossing_counter *counter = &counts->counters[i];
        one.counters[one.counter_count++] =
            (struct counter){ intern(counter->stage), intern(counter->reason),
                              intern(counter->unit), counter->count };
    }
    if (out->counter_count + one.counter_count > SUMMARY_COUNTERS_MAX - OWN_COUNTERS)
        one.counter_count = 0; /* names that none of ours has */
    summary_merge(out, &one);
}

void take_end_of_collector(struct sensor_take *take)
{
    if (take->has_counts)
        add_counts(&take->counts, &take->all);
    take->has_counts = take->has_ready = false;
    take->generation = 0;
}

void take_summarise(const struct sensor_take *take, struct summary *out)
{
    summary_merge(out, &take->all);
    if (take->has_counts)
        add_counts(&take->counts, out);
    keeper_set_judged(take->keeper, out);
    keeper_count(take->keeper, out);
}

bool take_tell_refused(struct sensor_take *take, int64_t now_ns, struct error *err)
{
    take->batches = 0;
    for (size_t i = 0; i <= CROSSING_REFUSALS; i++) {
        uint64_t *count = i < CROSSING_REFUSALS ? &take->refused[i] : &take->malformed;
        const char *why = i < CROSSING_REFUSALS
                              ? crossing_refusal_name((enum crossing_refusal)i)
                              : "malformed message";
        if (*count == 0)
            continue;
        struct entry entry = entry_begin(ENTRY_COLLECTOR_REFUSED, now_ns);
        entry_set_text(&entry, ENTRY_REASON, bytes_of_string(why));
        entry_set_count(&entry, ENTRY_RECORDS, *count);
        if (!sensor_ledger_put(&entry, err))
            return false;
        *count = 0;
    }
    return true;
}

/* Messages */

static bool take_read(struct sensor_take *take, const struct crossing_message *message,
                      int64_t now_ns)
{
    switch (message->kind) {
    case CROSSING_READY:
        take->ready = message->ready;
        take->has_ready = true;
        take->batch_ns = now_ns;
        return true;
    case CROSSING_FLOW: return take_flow(take, &message->flow);
    case CROSSING_SIGHTING: return take_sighting(take, &message->sighting);
    case CROSSING_BATCH: return take_batch(take, &message->batch, now_ns);
    case CROSSING_COUNTS:
        take->counts = message->counts;
        take->has_counts = true;
        return true;
    case CROSSING_END: take->has_ended = true; return true;
    case CROSSING_CLOSED:
    case CROSSING_CLOCK: return true; /* we have a clock of our own */
    case CROSSING_RULES:
    case CROSSING_TIME:
    case CROSSING_INDICATORS:
    case CROSSING_JUDGE:
    case CROSSING_STOP:
    case CROSSING_KINDS: break;
    }
    return false;
}

bool take_message(struct sensor_take *take, struct bytes octets, int64_t now_ns)
{
    static struct crossing_message message;
    bool is_taken = crossing_read(octets, CROSSING_TO_KEEPER, &message) == FAULT_NONE &&
                    take_read(take, &message, now_ns);
    take->malformed += !is_taken && !take->failed;
    return is_taken;
}
