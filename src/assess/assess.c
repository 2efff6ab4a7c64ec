// SPDX-License-Identifier: Apache-2.0
#include "assess/assess.h"

#include <math.h>

#include "assess/alerts_private.h"
#include "assess/listed_private.h"
#include "assess/sort_private.h"
#include "assess/subject_private.h"
#include "assess/weighed_private.h"
#include "base/must.h"
#include "base/time.h"

/* What a finding is worth.  Behaviours bring their own score; a listed server is worth more
 * the more of its conversation took place, and more again when it is also called by rule. */
enum {
    SCORE_LEAST = 50, /* weaker findings are kept and counted, not told */
    SCORE_LISTED = 70,
    SCORE_LISTED_CALLED = 75, /* a line called it */
    SCORE_LISTED_ANSWERED = 80,
    SCORE_LISTED_AND_REGULAR = 85, /* at least, for a listed server that is called by rule */
    SCORE_SECOND_LINE = 5,
};

enum { LINE_WORDS = 16, LINE_BITS = LINE_WORDS * 64 };

#define NONE UINT32_MAX

/* What stands beside a finding and is not told. */
struct entry {
    uint64_t key;
    uint32_t next; /* in its chain */
    bool absorbed; /* told by another finding of the same server */
    bool several_ports;
    double strength;        /* the strongest thing said of it so far */
    double strongest_score; /* of the sighting the measures are from */
    struct party strongest_line;
    size_t measure_count; /* of the sighting */
    uint64_t indicator_flows;
    struct totals {
        uint64_t connections, out, in;
    } others,  /* of lines that are no longer kept, where flows are added up */
        whole; /* as a sighting of the server as a whole says */
    uint64_t line_bits[LINE_WORDS]; /* a bit for a line: to estimate how many there are */
};

struct assess {
    struct hash_key key;
    size_t max;
    size_t count;
    size_t head_count; /* a power of two */
    uint32_t *heads;
    uint32_t *order;
    struct entry *entries;
    struct finding *findings;
    double weakest; /* no entry of a full table is weaker than this */
    uint64_t dropped;
    uint64_t untold;
    uint64_t absorbed;
    struct weighed pollers;
    struct alerts alerts;
};

static size_t head_count_of(size_t max)
{
    size_t count = 16;
    while (count < max)
        count *= 2;
    return count;
}

size_t assess_size(const struct assess_limits *limits)
{
    size_t each = sizeof(struct finding) + sizeof(struct entry) + sizeof(uint32_t) +
                  sizeof(struct budget_item);
    size_t heads = head_count_of(limits->finding_max) * sizeof(uint32_t);
    return sizeof(struct assess) + limits->finding_max * each + heads +
           6 * alignof(max_align_t);
}

static void clear_heads(struct assess *assess)
{
    for (size_t i = 0; i < assess->head_count; i++)
        assess->heads[i] = NONE;
}

struct assess *assess_init(const struct assess_limits *limits, struct hash_key key,
                           struct arena *keep)
{
    MUST(limits->finding_max > 0 && limits->finding_max < NONE);
    struct assess *assess = ARENA_NEW(keep, struct assess, 1);
    assess->key = key;
    assess->max = limits->finding_max;
    assess->head_count = head_count_of(assess->max);
    assess->heads = ARENA_NEW(keep, uint32_t, assess->head_count);
    assess->order = ARENA_NEW(keep, uint32_t, assess->max);
    assess->entries = ARENA_NEW(keep, struct entry, assess->max);
    assess->findings = ARENA_NEW(keep, struct finding, assess->max);
    assess->pollers.known = limits->pollers;
    assess->alerts.alerts_per_day = limits->alerts_per_day;
    assess->alerts.verdicts = limits->verdicts;
    assess->alerts.verdict_count = limits->verdict_count;
    assess->alerts.items = ARENA_NEW(keep, struct budget_item, assess->max);
    clear_heads(assess);
    return assess;
}

static uint32_t *head_of(struct assess *assess, uint64_t key)
{
    return &assess->heads[key & (assess->head_count - 1)];
}

static uint32_t find(struct assess *assess, uint64_t key)
{
    uint32_t at = *head_of(assess, key);
    while (at != NONE && assess->entries[at].key != key)
        at = assess->entries[at].next;
    return at;
}

static void link_entry(struct assess *assess, uint32_t at)
{
    uint32_t *head = head_of(assess, assess->entries[at].key);
    assess->entries[at].next = *head;
    *head = at;
}

static void unlink_entry(struct assess *assess, uint32_t at)
{
    uint32_t *link = head_of(assess, assess->entries[at].key);
    while (*link != at)
        link = &assess->entries[*link].next;
    *link = assess->entries[at].next;
}

/* The place of the weakest when it is weaker than strength, else NONE. */
static uint32_t make_room(struct assess *assess, double strength)
{
    assess->dropped++; /* the weakest or the newcomer: one of them goes */
    if (strength <= assess->weakest)
        return NONE;
    uint32_t weakest = 0;
    for (uint32_t i = 1; i < assess->count; i++)
        if (assess->entries[i].strength < assess->entries[weakest].strength)
            weakest = i;
    assess->weakest = assess->entries[weakest].strength;
    if (strength <= assess->weakest)
        return NONE;
    unlink_entry(assess, weakest);
    return weakest;
}

/* The finding of a subject, made when there is none; NONE when it is too weak to be kept. */
static uint32_t find_or_make(struct assess *assess, enum finding_kind kind,
                             const struct subject *subject, double strength)
{
    uint64_t key = subject_key(&assess->key, kind, subject);
    uint32_t at = find(assess, key);
    if (at != NONE)
        return at;
    at = assess->count < assess->max ? (uint32_t)assess->count++ : make_room(assess, strength);
    if (at == NONE)
        return NONE;
    assess->entries[at] = (struct entry){ .key = key, .strongest_score = -1 };
    link_entry(assess, at);
    struct finding *finding = &assess->findings[at];
    memset(finding, 0, sizeof *finding);
    finding->kind = kind;
    finding->subject = subject->party;
    struct bytes name = bytes_slice(subject->name, 0, FACT_NAME_MAX);
    finding->subject_name.len = (uint8_t)name.len;
    if (name.len > 0)
        memcpy(finding->subject_name.at, name.at, name.len);
    finding->port = subject->port;
    finding->protocol = subject->protocol;
    finding->first_ns = INT64_MAX;
    finding->last_ns = INT64_MIN;
    return at;
}

static void widen(int64_t *first_ns, int64_t *last_ns, int64_t from_ns, int64_t to_ns)
{
    if (from_ns < *first_ns)
        *first_ns = from_ns;
    if (to_ns > *last_ns)
        *last_ns = to_ns;
}

/* Lines are counted exactly while all have a row, then by linear counting: good to a few per
 * cent for some thousands (Whang, Vander-Zanden, Taylor 1990). */
static void count_line(struct finding *finding, struct entry *entry, uint64_t line)
{
    entry->line_bits[line / 64 % LINE_WORDS] |= UINT64_C(1) << line % 64;
    if (finding->line_count < FINDING_LINES_MAX) {
        finding->line_total = finding->line_count + 1;
        return;
    }
    double empty = 0;
    for (size_t i = 0; i < LINE_BITS; i++)
        empty += (entry->line_bits[i / 64] >> i % 64 & 1) == 0;
    double lines = LINE_BITS * log(LINE_BITS / fmax(1, empty));
    if (lines > (double)finding->line_total)
        finding->line_total = (uint64_t)lines;
}

static void add_totals(struct totals *totals, const struct finding_line *line)
{
    totals->connections += line->connections;
    totals->out += line->octets_out;
    totals->in += line->octets_in;
}

/* The line's row: its own, a new one, or that of the least active line when this one has been
 * as active; NULL when it has not. */
static struct finding_line *line_of(struct finding *finding, struct entry *entry,
                                    const struct party *party, uint64_t connections)
{
    size_t least = 0;
    for (size_t i = 0; i < finding->line_count; i++) {
        if (party_equal(&finding->lines[i].party, party))
            return &finding->lines[i];
        if (finding->lines[i].connections < finding->lines[least].connections)
            least = i;
    }
    count_line(finding, entry, subject_line_hash(party));
    struct finding_line *line = &finding->lines[least];
    if (finding->line_count < FINDING_LINES_MAX)
        line = &finding->lines[finding->line_count++];
    else if (connections < line->connections)
        return NULL;
    else if (finding->kind == FINDING_INDICATOR)
        add_totals(&entry->others, line);
    *line =
        (struct finding_line){ .party = *party, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
    return line;
}

static double listed_strength(const struct minimised_flow *flow, const struct subject *subject)
{
    if (subject->is_initiator)
        return SCORE_LISTED;
    bool answered = flow->packets_reverse > 0 && subject->name.len == 0;
    return answered ? SCORE_LISTED_ANSWERED : SCORE_LISTED_CALLED;
}

static void add_flow_to_line(struct finding_line *line, const struct minimised_flow *flow,
                             bool line_is_initiator)
{
    widen(&line->first_ns, &line->last_ns, flow->start_ns, flow->end_ns);
    line->connections += flow->slice == 0;
    line->octets_out += line_is_initiator ? flow->octets_forward : flow->octets_reverse;
    line->octets_in += line_is_initiator ? flow->octets_reverse : flow->octets_forward;
}

/* Of a name neither the resolver nor its port says anything. */
static void add_end(struct finding *finding, struct entry *entry, const struct subject *subject,
                    const struct minimised_flow *flow)
{
    if (finding_is_of_name(finding))
        return;
    uint16_t port = subject->is_initiator ? 0 : flow->responder_port;
    entry->several_ports |= entry->indicator_flows > 0 && port != finding->port;
    finding->port = entry->several_ports ? 0 : port;
    finding->protocol = flow->protocol;
}

static void add_listed_flow(struct assess *assess, const struct minimised_flow *flow,
                            const struct subject *subject)
{
    double strength = listed_strength(flow, subject);
    uint32_t at = find_or_make(assess, FINDING_INDICATOR, subject, strength);
    if (at == NONE)
        return;
    struct finding *finding = &assess->findings[at];
    struct entry *entry = &assess->entries[at];
    entry->strength = fmax(entry->strength, strength);
    add_end(finding, entry, subject, flow);
    finding->direction = flow->direction;
    finding->basis = flow->basis;
    finding->mandate = flow->why.mandate;
    entry->indicator_flows++;
    widen(&finding->first_ns, &finding->last_ns, flow->start_ns, flow->end_ns);
    if (flow->retention_until_ns > finding->retention_until_ns)
        finding->retention_until_ns = flow->retention_until_ns;
    listed_add_words(finding, flow);
    const struct party *line = subject->is_initiator ? &flow->responder : &flow->initiator;
    struct finding_line one = { .first_ns = INT64_MAX, .last_ns = INT64_MIN };
    struct finding_line *row = line_of(finding, entry, line, 1);
    add_flow_to_line(row ? row : &one, flow, !subject->is_initiator);
    if (!row)
        add_totals(&entry->others, &one);
}

/* One finding for each subject of the flow's hits. */
static void add_hits_of_flow(struct assess *assess, const struct minimised_flow *flow)
{
    uint64_t counted[SELECTION_HITS_MAX];
    for (size_t i = 0; i < flow->why.hit_count; i++) {
        const struct indicator_hit *hit = &flow->why.hits[i];
        struct subject subject = subject_of_hit(flow, hit);
        counted[i] = subject_key(&assess->key, FINDING_INDICATOR, &subject);
        bool again = false;
        for (size_t j = 0; j < i; j++)
            again |= counted[j] == counted[i];
        if (!again)
            add_listed_flow(assess, flow, &subject);
        uint32_t at = find(assess, counted[i]);
        if (at != NONE)
            listed_add_hit(&assess->findings[at], hit);
    }
}

void assess_flow(struct assess *assess, const struct minimised_flow *flow)
{
    if (flow->why.hit_count > 0)
        add_hits_of_flow(assess, flow);
    if (!flow->why.by_behaviour[BEHAVIOUR_BEACON] || !flow->facts.has_server_name)
        return;
    /* The sighting has the numbers; a flow adds the name the server was called by. */
    struct subject subject = subject_of_server(flow);
    uint32_t at = find(assess, subject_key(&assess->key, FINDING_COMMAND_SERVER, &subject));
    if (at != NONE)
        listed_add_name(&assess->findings[at], &flow->facts.server_name);
}

static double measure_value(const struct sighting *sighting, enum measure_id id)
{
    const struct measure *found = measure_find(sighting->measures, sighting->measure_count, id);
    return found ? found->value : 0;
}

/* A pair tells the whole of itself each time: its row is set, not added to. */
static void set_line(struct finding *finding, struct entry *entry,
                     const struct minimised_sighting *minimised)
{
    const struct sighting *sighting = &minimised->sighting;
    struct finding_line *line =
        line_of(finding, entry, &minimised->line, sighting->connections);
    if (!line)
        return;
    line->first_ns = sighting->first_ns;
    line->last_ns = sighting->last_ns;
    line->connections = sighting->connections;
    line->octets_out = sighting->octets_out;
    line->octets_in = sighting->octets_in;
    line->interval_median_s = measure_value(sighting, MEASURE_INTERVAL_MEDIAN);
    line->interval_spread = measure_value(sighting, MEASURE_INTERVAL_SPREAD);
    line->score = sighting->score;
}

/* The measures told are those of the strongest sighting, in its latest words. */
static void take_measures(struct finding *finding, struct entry *entry,
                          const struct minimised_sighting *minimised)
{
    const struct sighting *sighting = &minimised->sighting;
    bool same =
        entry->strongest_score >= 0 && party_equal(&entry->strongest_line, &minimised->line);
    if (!same && sighting->score <= entry->strongest_score)
        return;
    entry->strongest_score = sighting->score;
    entry->strongest_line = minimised->line;
    entry->measure_count = sighting->measure_count;
    MUST(sighting->measure_count <= SIGHTING_MEASURES_MAX);
    memcpy(finding->measures, sighting->measures,
           sighting->measure_count * sizeof *sighting->measures);
}

void assess_sighting(struct assess *assess, const struct minimised_sighting *minimised)
{
    const struct sighting *sighting = &minimised->sighting;
    enum finding_kind kind = finding_kind_of(sighting);
    struct subject subject = subject_of_sighting(minimised);
    uint32_t at = find_or_make(assess, kind, &subject, sighting->score);
    if (at == NONE)
        return;
    struct finding *finding = &assess->findings[at];
    struct entry *entry = &assess->entries[at];
    entry->strength = fmax(entry->strength, sighting->score);
    finding->port = sighting->port;
    finding->protocol = sighting->protocol;
    finding->shape = sighting->shape;
    finding->direction = sighting->direction;
    finding->basis = sighting->basis;
    finding->mandate = minimised->mandate;
    widen(&finding->first_ns, &finding->last_ns, sighting->first_ns, sighting->last_ns);
    if (minimised->retention_until_ns > finding->retention_until_ns)
        finding->retention_until_ns = minimised->retention_until_ns;
    if (finding_trait(kind)->is_source || !sighting->has_line)
        entry->whole =
            (struct totals){ sighting->connections, sighting->octets_out, sighting->octets_in };
    if (sighting->has_line)
        set_line(finding, entry, minimised);
    double clients = measure_value(sighting, MEASURE_CLIENTS);
    if (!sighting->has_line && clients > (double)finding->line_total)
        finding->line_total = (uint64_t)clients;
    take_measures(finding, entry, minimised);
}

/* What all lines with a row did and the others where it is known; at least what a sighting of
 * the server as a whole says. */
static void sum_up(struct finding *finding, const struct entry *entry)
{
    struct totals sum = entry->others;
    for (size_t i = 0; i < finding->line_count; i++)
        add_totals(&sum, &finding->lines[i]);
    if (entry->whole.connections > sum.connections)
        sum = entry->whole;
    finding->connections = sum.connections;
    finding->octets_out = sum.out;
    finding->octets_in = sum.in;
}

static void add_measure(struct finding *finding, enum measure_id id, double value)
{
    MUST(finding->measure_count < FINDING_MEASURES_MAX);
    finding->measures[finding->measure_count++] = (struct measure){ .id = id, .value = value };
}

static void judge_listed(struct finding *finding, const struct entry *entry)
{
    finding->score = entry->strength;
    finding->measure_count = 0;
    add_measure(finding, MEASURE_INDICATOR_HITS, (double)entry->indicator_flows);
    add_measure(finding, MEASURE_CONNECTIONS, (double)finding->connections);
    add_measure(finding, MEASURE_OCTETS_OUT, (double)finding->octets_out);
    add_measure(finding, MEASURE_OCTETS_IN, (double)finding->octets_in);
}

/* A second line that calls the same server by rule bears the first out.  More do not say more:
 * what a vendor's devices all call is as regular, and commoner. */
static double regular_score(const struct finding *finding, const struct entry *entry)
{
    size_t regular = 0;
    double score = entry->strongest_score;
    for (size_t i = 0; i < finding->line_count; i++) {
        score = fmax(score, finding->lines[i].score);
        regular += finding->lines[i].score >= SCORE_LEAST;
    }
    return fmin(100, score + (regular > 1 ? SCORE_SECOND_LINE : 0));
}

static void add_listed_score(struct finding *finding, uint64_t flows)
{
    add_measure(finding, MEASURE_INDICATOR_HITS, (double)flows);
    finding->score = fmin(100, SCORE_LISTED_AND_REGULAR +
                                   finding->score * (100 - SCORE_LISTED_AND_REGULAR) / 100);
}

/* A server both listed and called by rule is one finding, not two. */
static void absorb_listed(struct assess *assess, struct finding *finding)
{
    struct subject subject = { .party = finding->subject };
    uint32_t at = find(assess, subject_key(&assess->key, FINDING_INDICATOR, &subject));
    if (at == NONE)
        return;
    assess->entries[at].absorbed = true;
    listed_take(finding, &assess->findings[at]);
    add_listed_score(finding, assess->entries[at].indicator_flows);
}

static bool is_listed(const struct finding *finding)
{
    return measure_find(finding->measures, finding->measure_count, MEASURE_INDICATOR_HITS);
}

static bool is_told(const struct assess *assess, uint32_t at)
{
    return assess->findings[at].score >= SCORE_LEAST && !assess->entries[at].absorbed;
}

/* The server a listed name stands for carries the indicator; the name stays a finding of its
 * own when others only asked for it. */
static void absorb_name(struct assess *assess, uint32_t name_at)
{
    const struct finding *name = &assess->findings[name_at];
    for (uint32_t i = 0; i < assess->count; i++) {
        struct finding *server = &assess->findings[i];
        if (finding_trait(server->kind)->is_source || finding_is_of_name(server) ||
            !is_told(assess, i) || !listed_stands_for(server, name))
            continue;
        if (server->kind == FINDING_COMMAND_SERVER && !is_listed(server))
            add_listed_score(server, assess->entries[name_at].indicator_flows);
        listed_take(server, name);
        assess->entries[name_at].absorbed |= listed_covers_lines(server, name);
    }
}

static void judge(struct assess *assess, uint32_t at)
{
    struct finding *finding = &assess->findings[at];
    const struct entry *entry = &assess->entries[at];
    sum_up(finding, entry);
    if (finding->kind == FINDING_INDICATOR) {
        judge_listed(finding, entry);
        return;
    }
    finding->measure_count = entry->measure_count;
    finding->score = finding->kind == FINDING_COMMAND_SERVER ? regular_score(finding, entry)
                                                             : entry->strongest_score;
    if (finding->score < SCORE_LEAST)
        return;
    if (finding->kind == FINDING_COMMAND_SERVER)
        weighed_poller(&assess->pollers, finding, SCORE_LEAST);
    absorb_listed(assess, finding);
}

/* Does a stand before b: told before untold, alerts before others, stronger before weaker, then
 * by name. */
static bool stands_before(const void *context, uint32_t a, uint32_t b)
{
    const struct assess *assess = context;
    bool a_told = is_told(assess, a);
    if (a_told != is_told(assess, b))
        return a_told;
    const struct finding *left = &assess->findings[a];
    const struct finding *right = &assess->findings[b];
    bool is_alert = finding_is_alert(left);
    if (is_alert != finding_is_alert(right))
        return is_alert;
    if (left->score < right->score || left->score > right->score)
        return left->score > right->score;
    if (left->connections != right->connections) /* as strange, and seen more often */
        return left->connections > right->connections;
    return memcmp(left->id, right->id, sizeof left->id) < 0;
}

/* Moves findings and entries to where they stand, cycle by cycle. */
static void apply_order(struct assess *assess)
{
    uint32_t *order = assess->order;
    sort_order(order, assess->count, stands_before, assess);
    for (uint32_t start = 0; start < assess->count; start++) {
        if (order[start] == start)
            continue;
        struct finding finding = assess->findings[start];
        struct entry entry = assess->entries[start];
        uint32_t to = start;
        for (uint32_t from; (from = order[to]) != start; to = from) {
            assess->findings[to] = assess->findings[from];
            assess->entries[to] = assess->entries[from];
            order[to] = to;
        }
        assess->findings[to] = finding;
        assess->entries[to] = entry;
        order[to] = to;
    }
    clear_heads(assess);
    for (uint32_t i = 0; i < assess->count; i++)
        link_entry(assess, i);
}

const struct finding *assess_findings(struct assess *assess, size_t *count)
{
    for (uint32_t i = 0; i < assess->count; i++)
        assess->entries[i].absorbed = false;
    assess->pollers.considered = assess->pollers.accepted = 0;
    for (uint32_t i = 0; i < assess->count; i++)
        judge(assess, i);
    for (uint32_t i = 0; i < assess->count; i++)
        if (finding_is_of_name(&assess->findings[i]))
            absorb_name(assess, i);
    for (uint32_t i = 0; i < assess->count; i++)
        subject_write_id(&assess->findings[i]);
    apply_order(assess);
    *count = 0;
    assess->absorbed = 0;
    for (uint32_t i = 0; i < assess->count; i++) {
        *count += is_told(assess, i);
        assess->absorbed += assess->entries[i].absorbed;
    }
    assess->untold = assess->count - *count - assess->absorbed;
    alerts_mark(&assess->alerts, assess->findings, *count);
    apply_order(assess); /* alerts first */
    return assess->findings;
}

void assess_count(const struct assess *assess, struct summary *summary)
{
    summary_count(summary, "assess", "findings dropped: table full", "findings",
                  assess->dropped);
    summary_count(summary, "assess", "findings below the least score", "findings",
                  assess->untold);
    summary_count(summary, "assess", "findings told by another of the same server", "findings",
                  assess->absorbed);
    summary_count(summary, "assess", "pollers considered", "findings",
                  assess->pollers.considered);
    summary_count(summary, "assess", "pollers accepted", "findings", assess->pollers.accepted);
    summary_count(summary, "assess", "not alerted: over the day's budget", "findings",
                  assess->alerts.over_budget);
    summary_count(summary, "assess", "not alerted: harmless by verdict", "findings",
                  assess->alerts.by_verdict);
    summary_count(summary, "assess", "not alerted: too likely chance", "findings",
                  assess->alerts.by_chance);
}

void assess_set_judged(struct assess *assess, const struct summary *summary)
{
    alerts_set_judged(&assess->alerts, summary);
}
