// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_judge.h"

#include <stdlib.h>

#include "base/index.h"
#include "base/time.h"
#include "pipeline/keeper.h"
#include "pipeline/pipeline.h"
#include "system/clock.h"
#include "system/memory.h"

enum { UNUSED_OCTETS = 64 << 20 }; /* of behaviours that see nothing */
enum { GAP_MAX_S = 3600 };         /* longer without a flow, and nobody looked */
enum { KNOWN_MAX = 1 << 14, LINES_MAX = 1 << 20, RANKED_MAX = SCORE_TOLD_MAX };

/* A finding that was told, and when it first was. */
struct known {
    char id[FINDING_ID_MAX];
    int64_t first_ns;
};

struct judge {
    const struct evaluate_order *order;
    struct evaluate_run *run;
    struct pipeline *pipeline;
    struct keeper *keeper;
    void *baselines[BASELINES];
    bool is_for_baselines; /* a pass of their own: neither costs the other */
    struct hash_key key;
    bool has_fired;
    int64_t now_ns; /* of the input */
    int64_t judged_ns;
    int64_t looked_ns;
    struct index known_index;
    struct known *known;
    size_t known_count;
    struct index line_index;
    struct ip_address *lines;
    size_t line_count;
};

static const struct hash_key fixed_key = { { 0x9d39247e33776d41, 0x2af7398005aaa5c7,
                                             0x44db015024623547, 0x9c15f73e62a76ae2 } };

static void note_line(struct judge *judge, const struct admitted_flow *admitted)
{
    const struct ip_address *line = admitted_line_is_initiator(admitted)
                                        ? &admitted->flow.initiator
                                        : &admitted->flow.responder;
    uint32_t tag = index_tag(hash_sixteen(&judge->key, line->octets));
    const struct index *index = &judge->line_index;
    for (size_t at = index_home(index, tag); index->slots[at].tag != 0;
         at = index_next(index, at)) {
        if (index->slots[at].tag == tag &&
            ip_equal(&judge->lines[index->slots[at].entry], line))
            return;
    }
    if (judge->line_count == LINES_MAX)
        return;
    index_add(&judge->line_index, tag, (uint32_t)judge->line_count);
    judge->lines[judge->line_count++] = *line;
}

static void observe_baselines(struct judge *judge, const struct admitted_flow *admitted)
{
    for (size_t i = 0; i < BASELINES; i++)
        baseline_kinds[i]->observe(judge->baselines[i], admitted);
}

/* Every admitted flow comes by here with its facts; it goes on as if nobody had looked. */
static void tap(void *context, enum behaviour_end end, const struct admitted_flow *admitted)
{
    struct judge *judge = context;
    if (judge->is_for_baselines) {
        if (end == END_ANY)
            observe_baselines(judge, admitted);
        return;
    }
    if (end == END_ANY)
        note_line(judge, admitted);
    pipeline_observe(judge->pipeline, end, admitted);
}

static void tap_name(void *context, enum behaviour_names names, const struct asked_name *asked)
{
    struct judge *judge = context;
    if (!judge->is_for_baselines)
        pipeline_observe_name(judge->pipeline, names, asked);
}

static void take_flow(void *context, const struct minimised_flow *flow)
{
    struct judge *judge = context;
    keeper_take_flow(judge->keeper, flow);
}

static void take_sighting(void *context, const struct minimised_sighting *sighting)
{
    struct judge *judge = context;
    keeper_take_sighting(judge->keeper, sighting);
    judge->has_fired = true;
}

static void pass_record(void *context, const struct minimised_flow *flow)
{
    (void)context;
    (void)flow;
}

static struct known *find_known(struct judge *judge, const char *id, bool adds)
{
    uint32_t tag = index_tag(hash_bytes(&judge->key, bytes_of_string(id)));
    const struct index *index = &judge->known_index;
    for (size_t at = index_home(index, tag); index->slots[at].tag != 0;
         at = index_next(index, at)) {
        struct known *known = &judge->known[index->slots[at].entry];
        if (index->slots[at].tag == tag && strcmp(known->id, id) == 0)
            return known;
    }
    if (!adds || judge->known_count == KNOWN_MAX)
        return NULL;
    index_add(&judge->known_index, tag, (uint32_t)judge->known_count);
    struct known *known = &judge->known[judge->known_count++];
    memcpy(known->id, id, sizeof known->id);
    return known;
}

/* How much was judged decides what of it is chance, and so what is an alert.  Counting it takes
 * time: only when something was judged. */
static void note_judged(struct judge *judge)
{
    static struct summary summary;
    memset(&summary, 0, sizeof summary);
    pipeline_summarise(judge->pipeline, &summary);
    keeper_set_judged(judge->keeper, &summary);
}

/* What is an alert now and was none before. */
static void look(struct judge *judge, int64_t now_ns)
{
    size_t count = 0;
    const struct finding *findings = keeper_findings(judge->keeper, &count);
    judge->has_fired = false;
    judge->looked_ns = now_ns;
    for (size_t i = 0; i < count; i++) {
        bool is_alert = finding_is_alert(&findings[i]);
        struct known *known = is_alert ? find_known(judge, findings[i].id, true) : NULL;
        if (known && known->first_ns == 0)
            known->first_ns = now_ns;
    }
}

static int64_t later(int64_t time_ns, int64_t span_ns)
{
    int64_t sum;
    return __builtin_add_overflow(time_ns, span_ns, &sum) ? INT64_MAX : sum;
}

/* As on live input: judged now and then, and looked at when something fired. */
static void go_on(struct judge *judge, int64_t time_ns)
{
    if (judge->now_ns == 0)
        judge->judged_ns = time_ns;
    judge->now_ns = time_ns > judge->now_ns ? time_ns : judge->now_ns;
    int64_t due_ns = later(judge->judged_ns, judge->order->every_ns);
    if (judge->now_ns >= due_ns) {
        pipeline_judge(judge->pipeline);
        note_judged(judge);
        look(judge, due_ns);
        judge->judged_ns = judge->now_ns;
    }
    if (judge->has_fired && judge->now_ns >= later(judge->looked_ns, TIME_SECOND_NS))
        look(judge, judge->now_ns);
}

static void note_units(struct judge *judge, const struct flow *flow)
{
    const struct truth *truth = judge->order->truth;
    for (size_t i = 0; i < truth->count; i++) {
        int64_t *visible_ns = &judge->run->visible_ns[i];
        if (*visible_ns == INT64_MAX && truth_has_flow(&truth->units[i], flow))
            *visible_ns = flow_end_ns(flow);
    }
}

static void note_exposure(struct judge *judge, const struct flow *flow)
{
    struct exposure *exposure = &judge->run->exposure;
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    exposure->flows++;
    /* Captures of other days are not observed in between. */
    double gap_s = ((double)end_ns - (double)exposure->last_ns) / 1e9;
    if (exposure->flows > 1 && gap_s > 0)
        exposure->observed_s += gap_s < GAP_MAX_S ? gap_s : GAP_MAX_S;
    exposure->first_ns = start_ns < exposure->first_ns ? start_ns : exposure->first_ns;
    exposure->last_ns = end_ns > exposure->last_ns ? end_ns : exposure->last_ns;
}

static void run_flow(struct judge *judge, const struct flow *flow)
{
    if (!judge->is_for_baselines) {
        note_exposure(judge, flow);
        note_units(judge, flow);
    }
    pipeline_run_flows(judge->pipeline, flow, 1);
    if (!judge->is_for_baselines)
        go_on(judge, flow_end_ns(flow));
}

static void run_flows(struct judge *judge)
{
    enum { ERASED_EVERY = 256 };
    static struct perturb_room room;
    struct evaluate_feed *feed = judge->order->feed;
    struct flow flow, changed;
    evaluate_feed_begin(feed);
    for (uint64_t i = 0; evaluate_feed_next(feed, &flow); i++) {
        if (perturb_flow(judge->order->how, i, &flow, &room, &changed))
            run_flow(judge, &changed);
        else if (!judge->is_for_baselines)
            judge->run->lost++;
        if (i % ERASED_EVERY == 0)
            pipeline_erase(judge->pipeline);
    }
    if (judge->is_for_baselines)
        return;
    pipeline_flush(judge->pipeline);
    pipeline_judge(judge->pipeline);
    note_judged(judge);
    look(judge, judge->now_ns);
}

static void keep_finding(struct judge *judge, const struct finding *finding, struct told *told)
{
    const struct known *known = find_known(judge, finding->id, false);
    *told = (struct told){
        .ranked = { .kind = finding->kind,
                    .unit = finding->subject.address,
                    .port = finding->port,
                    .protocol = finding->protocol,
                    .score = finding->score,
                    .is_alert = finding_is_alert(finding),
                    .first_alert_ns = known ? known->first_ns : judge->now_ns },
        .name = finding->subject_name,
        .first_ns = finding->first_ns,
        .last_ns = finding->last_ns,
        .line_count = finding->line_count,
    };
    for (size_t i = 0; i < finding->line_count; i++)
        told->lines[i] = finding->lines[i].party.address;
}

static void keep_findings(struct judge *judge)
{
    size_t count = 0;
    const struct finding *findings = keeper_findings(judge->keeper, &count);
    struct evaluate_run *run = judge->run;
    /* Alerts come before the others. */
    for (size_t i = 0; i < count && i < SCORE_TOLD_MAX; i++) {
        keep_finding(judge, &findings[i], &run->told[run->listed_count++]);
        run->told_count += finding_is_alert(&findings[i]);
    }
}

static void keep_ranked(struct judge *judge)
{
    static struct ranked ranked[RANKED_MAX];
    for (size_t i = 0; i < BASELINES; i++) {
        size_t count = baseline_kinds[i]->rank(judge->baselines[i], ranked, RANKED_MAX);
        for (size_t at = 0; at < count; at++)
            judge->run->ranked[i][at] = (struct told){ .ranked = ranked[at] };
        judge->run->ranked_count[i] = count;
    }
}

static struct pipeline_settings settings_of(struct judge *judge)
{
    const struct evaluate_order *order = judge->order;
    struct pipeline_settings settings =
        pipeline_defaults(PIPELINE_EXPORTED, order->memory_octets);
    settings.mediate.flows_max = 1024; /* flows come past it */
    settings.mediate.facts_max = 1024;
    settings.gate = (struct gate_policy){ .basis = BASIS_OWN,
                                          .places = order->places,
                                          .all_is_own = order->places == NULL };
    settings.rules = order->rules;
    settings.minimise.lines_in_clear = true;
    settings.minimise.retention_latest_ns = INT64_MAX;
    settings.key = judge->key;
    if (judge->is_for_baselines)
        settings.behaviours_octets = UNUSED_OCTETS;
    settings.records = (struct record_sink){ take_flow, take_sighting, judge };
    settings.peers =
        (struct ensemble_peers){ .observe = tap, .observe_name = tap_name, .context = judge };
    return settings;
}

static size_t result_size(const struct evaluate_order *order)
{
    size_t lists = order->with_baselines ? BASELINES + 1 : 1;
    return lists * (SCORE_TOLD_MAX * sizeof(struct told) + 64) +
           (order->truth->count + 1) * sizeof(int64_t) + 64;
}

static size_t baselines_size(const struct evaluate_order *order)
{
    size_t size = 0;
    for (size_t i = 0; order->with_baselines && i < BASELINES; i++)
        size += baseline_kinds[i]->size() + 4096;
    return size;
}

static void take_result(const struct evaluate_order *order, struct evaluate_run *run,
                        struct arena *arena)
{
    run->told = ARENA_NEW(arena, struct told, SCORE_TOLD_MAX);
    for (size_t i = 0; order->with_baselines && i < BASELINES; i++)
        run->ranked[i] = ARENA_NEW(arena, struct told, SCORE_TOLD_MAX);
    run->visible_ns = ARENA_NEW(arena, int64_t, order->truth->count + 1);
    for (size_t i = 0; i < order->truth->count; i++)
        run->visible_ns[i] = INT64_MAX;
}

static void take_tables(struct judge *judge, struct arena *arena)
{
    index_init(&judge->known_index, KNOWN_MAX, arena);
    judge->known = ARENA_NEW(arena, struct known, KNOWN_MAX);
    index_init(&judge->line_index, LINES_MAX, arena);
    judge->lines = ARENA_NEW(arena, struct ip_address, LINES_MAX);
    for (size_t i = 0; judge->is_for_baselines && i < BASELINES; i++)
        judge->baselines[i] = baseline_kinds[i]->init(judge->key, arena);
}

static size_t tables_size(void)
{
    return index_size(KNOWN_MAX) + KNOWN_MAX * sizeof(struct known) + index_size(LINES_MAX) +
           LINES_MAX * sizeof(struct ip_address) + 4096;
}

static bool open_judge(struct judge *judge, struct arena *memory, struct error *err)
{
    const struct evaluate_order *order = judge->order;
    struct pipeline_settings settings = settings_of(judge);
    struct keeper_settings keeper = keeper_defaults(order->memory_octets);
    keeper.key = judge->key;
    keeper.keep = pass_record;
    size_t size = pipeline_size(&settings) + keeper_size(&keeper) + tables_size() +
                  baselines_size(order) + 8192;
    if (!memory_reserve(size, MEMORY_SMALL_PAGES, memory, err))
        return false;
    struct arena arena = *memory;
    judge->keeper = keeper_init(&keeper, &arena);
    judge->pipeline = pipeline_init(&settings, &arena);
    if (!judge->is_for_baselines)
        judge->run->state_octets = settings.behaviours_octets;
    take_tables(judge, &arena);
    return true;
}

static bool run_once(struct judge *judge, double *cpu_s, struct error *err)
{
    struct arena memory = { 0 };
    if (!open_judge(judge, &memory, err))
        return false;
    double start_s = clock_cpu_s();
    run_flows(judge);
    *cpu_s = clock_cpu_s() - start_s;
    if (judge->is_for_baselines) {
        keep_ranked(judge);
    } else {
        keep_findings(judge);
        judge->run->exposure.lines = judge->line_count;
    }
    memory_release(&memory);
    return true;
}

bool evaluate_judge(const struct evaluate_order *order, struct evaluate_run *out,
                    struct error *err)
{
    static struct arena result;
    struct judge ours = { .order = order, .run = out, .key = fixed_key };
    struct judge theirs = ours;
    theirs.is_for_baselines = true;
    if (result.at)
        memory_release(&result);
    result = (struct arena){ 0 };
    if (!memory_reserve(result_size(order), MEMORY_SMALL_PAGES, &result, err))
        return false;
    *out = (struct evaluate_run){ .exposure = { .first_ns = INT64_MAX, .last_ns = INT64_MIN } };
    struct arena arena = result;
    take_result(order, out, &arena);
    if (!run_once(&ours, &out->cpu_s, err) ||
        (order->with_baselines && !run_once(&theirs, &out->baselines_cpu_s, err)))
        return false;
    if (out->exposure.flows == 0)
        out->exposure.first_ns = out->exposure.last_ns = 0;
    return true;
}
