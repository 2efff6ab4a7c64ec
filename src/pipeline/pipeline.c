// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include "base/time.h"
#include "base/wipe.h"

/* Packets are decoded some ahead of their flows' look-up, and flows let in some ahead of what
 * they are counted in, so that memory is there in time. */
enum { AHEAD = 32 };

/* How often fragments that wait for the rest of their datagram are looked through. */
static const int64_t expiry_ns = 8 * TIME_SECOND_NS;

struct pipeline {
    struct pipeline_settings settings;
    struct rule_set rules;
    struct feed feed;
    struct packet_decoder decoder;
    struct meter *meter;
    struct handshakes *handshakes;
    struct mediate *mediate;
    struct logs *logs;
    struct ensemble behaviours;
    struct select *select;
    struct arena sealed;   /* the memory of these two */
    bool has_counted;      /* since it was clear they may have */
    struct summary erased; /* what they had counted when it was erased */
    struct summary counted;
    struct funnel funnel;
    uint64_t records; /* of logs */
    uint64_t lines;
    uint64_t packets; /* of flows that came as flows, as they were counted */
    uint64_t octets;
    uint64_t refused[GATE_VERDICTS];
    uint64_t forgotten; /* admitted, selected by nothing */
    int64_t first_ns, last_ns;
    int64_t seen_ns;       /* of the last packet, and the silence since */
    int64_t expired_ns;    /* when fragments were last looked through */
    size_t admitted_count; /* of admitted below, used since the last erasure */
    struct decoded decoded[AHEAD];
    uint64_t hashes[AHEAD];
    struct admitted_flow admitted[AHEAD];
    struct selected_flow selected;
};

static void on_flow(void *context, const struct flow *flow);
static void on_flow_ending(void *context, uint32_t flow);
static void on_fact(void *context, uint32_t flow, const struct fact *fact);
static void on_sighting(void *context, const struct sighting *sighting);
static void on_mediated(void *context, const struct flow *flows, size_t count);
static void on_logged(void *context, const struct flow *flow);

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* About a third of the memory is for flows and facts, nearly half for the behaviours, an
 * eighth for handshakes; tables that need no more than they have at 1 GiB stay at that. */
struct pipeline_settings pipeline_defaults(enum pipeline_input input, size_t memory_octets)
{
    enum { FLOW = 1280, FACT = 20480, CONNECTION = 262144, FRAGMENTED = 262144 };
    struct pipeline_settings settings = {
        .depth = PIPELINE_ALL,
        .input = input,
        .meter = meter_defaults,
        .handshakes = { .connections_max = lesser(4096, memory_octets / CONNECTION) },
        .fragments_max = lesser(4096, memory_octets / FRAGMENTED),
        .mediate = mediate_defaults,
        .logs = logs_defaults,
        .select = { .concern_max = lesser(1 << 16, memory_octets / 8192),
                    .quota_max = 1 << 16 },
        .behaviours_octets = memory_octets / 16 * BEHAVIOURS_SIXTEENTHS,
        .behaviours_sharers = 1,
        .minimise = { .retention_latest_ns = INT64_MAX },
    };
    settings.meter.flows_max = lesser(settings.meter.flows_max, memory_octets / FLOW);
    settings.meter.facts_max = lesser(settings.meter.facts_max, memory_octets / FACT);
    settings.mediate.facts_max = lesser(settings.mediate.facts_max, memory_octets / FACT);
    settings.mediate.flows_max = lesser(settings.mediate.flows_max, memory_octets / FLOW);
    return settings;
}

/* What the stages take that read this kind of input. */
static size_t input_size(const struct pipeline_settings *settings)
{
    switch (settings->input) {
    case PIPELINE_FRAMES:
        return meter_size(&settings->meter) + handshakes_size(&settings->handshakes) +
               fragments_size(settings->fragments_max);
    case PIPELINE_EXPORTED: return mediate_size(&settings->mediate);
    case PIPELINE_LINES: return logs_size(&settings->logs);
    }
    return 0;
}

size_t pipeline_size(const struct pipeline_settings *settings)
{
    bool has_cipher = settings->minimise.pseudonyms == PSEUDONYM_PREFIX;
    return sizeof(struct pipeline) + 4096 + (has_cipher ? prefix_cipher_size() : 0) +
           input_size(settings) +
           ensemble_size(settings->behaviours_octets, settings->behaviours_sharers) +
           select_size(&settings->select);
}

static void init_frames(struct pipeline *pipeline, struct arena *keep)
{
    const struct pipeline_settings *settings = &pipeline->settings;
    pipeline->decoder.fragments = fragments_init(settings->fragments_max, settings->key, keep);
    struct meter_hooks hooks = { .ending = on_flow_ending,
                                 .take = on_flow,
                                 .context = pipeline };
    pipeline->meter = meter_init(&settings->meter, settings->key, hooks, keep);
    struct fact_sink sink = { .take = on_fact, .context = pipeline };
    pipeline->handshakes = handshakes_init(&settings->handshakes, sink, keep);
}

static void init_exported(struct pipeline *pipeline, struct arena *keep)
{
    struct mediate_sink sink = { .take = on_mediated, .context = pipeline };
    pipeline->mediate =
        mediate_init(&pipeline->settings.mediate, pipeline->settings.key, sink, keep);
}

static void init_lines(struct pipeline *pipeline, struct arena *keep)
{
    struct logs_sink sink = { .take = on_logged, .context = pipeline };
    pipeline->logs = logs_init(&pipeline->settings.logs, pipeline->settings.key, sink, keep);
}

/* What is sealed until something fires. */
static void init_sealed(struct pipeline *pipeline, struct arena *keep)
{
    const struct pipeline_settings *settings = &pipeline->settings;
    pipeline->select = select_init(&settings->select, settings->indicators, &pipeline->rules,
                                   settings->key, keep);
    ensemble_init(&pipeline->behaviours, settings->behaviours_octets,
                  settings->behaviours_sharers, settings->key, keep);
    pipeline->behaviours.sink = (struct sighting_sink){ on_sighting, pipeline };
    pipeline->behaviours.peers = settings->peers;
}

struct pipeline *pipeline_init(const struct pipeline_settings *settings, struct arena *keep)
{
    static void (*const init_input[])(struct pipeline *, struct arena *) = {
        [PIPELINE_FRAMES] = init_frames,
        [PIPELINE_EXPORTED] = init_exported,
        [PIPELINE_LINES] = init_lines,
    };
    struct pipeline *pipeline = ARENA_NEW(keep, struct pipeline, 1);
    pipeline->settings = *settings;
    pipeline->first_ns = INT64_MAX;
    pipeline->last_ns = INT64_MIN;
    init_input[settings->input](pipeline, keep);
    if (settings->minimise.pseudonyms == PSEUDONYM_PREFIX)
        pipeline->settings.minimise.prefixes = prefix_cipher_init(settings->minimise.key, keep);
    if (settings->rules)
        pipeline->rules = *settings->rules;
    pipeline->has_counted = pipeline->rules.rule_count > 0;
    feed_set_rules(&pipeline->feed, &pipeline->rules);
    uint8_t *sealed = keep->at;
    init_sealed(pipeline, keep);
    pipeline->sealed = arena_over(sealed, (size_t)(keep->at - sealed));
    return pipeline;
}

/* What one batch left in our scratch, and in that of the stages. */
void pipeline_erase(struct pipeline *pipeline)
{
    wipe(pipeline->admitted, pipeline->admitted_count * sizeof *pipeline->admitted);
    wipe(&pipeline->selected, sizeof pipeline->selected);
    ensemble_erase(&pipeline->behaviours);
    pipeline->admitted_count = 0;
    if (pipeline->settings.input == PIPELINE_FRAMES) {
        wipe(pipeline->decoded, sizeof pipeline->decoded);
        wipe(pipeline->hashes, sizeof pipeline->hashes);
        handshakes_release(pipeline->handshakes);
        fragments_release(pipeline->decoder.fragments);
    }
    wipe_stack();
}

static bool admit(struct pipeline *pipeline, const struct flow *flow, struct admitted_flow *out)
{
    pipeline->funnel.flows_seen += flow->slice == 0;
    if (pipeline->settings.depth < PIPELINE_SELECTION)
        return false;
    enum gate_verdict verdict = gate_admit(&pipeline->settings.gate, flow, out);
    if (verdict != GATE_ADMITTED) {
        pipeline->refused[verdict]++;
        return false;
    }
    pipeline->funnel.flows_admitted += flow->slice == 0;
    return true;
}

static COLD void keep_selected(struct pipeline *pipeline, const struct selected_flow *selected)
{
    pipeline->funnel.flows_selected += selected->admitted.flow.slice == 0;
    pipeline->funnel.slices_selected++;
    struct minimised_flow minimised;
    minimise_flow(&pipeline->settings.minimise, selected, &minimised);
    pipeline->settings.records.take_flow(pipeline->settings.records.context, &minimised);
}

void pipeline_observe(struct pipeline *pipeline, enum behaviour_end end,
                      const struct admitted_flow *admitted)
{
    ensemble_observe(&pipeline->behaviours, end, admitted);
}

void pipeline_observe_name(struct pipeline *pipeline, enum behaviour_names names,
                           const struct asked_name *asked)
{
    ensemble_observe_name(&pipeline->behaviours, names, asked);
}

static void expect(const struct pipeline *pipeline, const struct admitted_flow *admitted)
{
    select_prefetch(pipeline->select, admitted);
    if (pipeline->settings.depth == PIPELINE_ALL)
        ensemble_expect(&pipeline->behaviours, admitted);
}

static void expect_more(const struct pipeline *pipeline, const struct admitted_flow *admitted)
{
    if (pipeline->settings.depth == PIPELINE_ALL)
        ensemble_expect_more(&pipeline->behaviours, admitted);
}

static void run_admitted(struct pipeline *pipeline, const struct admitted_flow *admitted)
{
    bool is_counted = pipeline->settings.depth == PIPELINE_ALL;
    if (is_counted)
        ensemble_run(&pipeline->behaviours, admitted);
    if (!select_flow(pipeline->select, admitted, &pipeline->selected)) {
        pipeline->forgotten++;
        return;
    }
    if (is_counted && pipeline->selected.why.hit_count > 0)
        ensemble_run_listed(&pipeline->behaviours, admitted);
    keep_selected(pipeline, &pipeline->selected);
}

/* A flow that ended: admitted or refused, selected or forgotten, minimised and kept. */
static void on_flow(void *context, const struct flow *flow)
{
    struct pipeline *pipeline = context;
    struct admitted_flow *admitted = &pipeline->admitted[0];
    if (!admit(pipeline, flow, admitted))
        return;
    if (pipeline->admitted_count == 0)
        pipeline->admitted_count = 1;
    expect(pipeline, admitted);
    run_admitted(pipeline, admitted);
}

static void on_sighting(void *context, const struct sighting *sighting)
{
    struct pipeline *pipeline = context;
    ensemble_heed(&pipeline->behaviours, sighting);
    struct selected_sighting selected;
    if (select_sighting(pipeline->select, sighting, &selected)) {
        struct minimised_sighting minimised;
        minimise_sighting(&pipeline->settings.minimise, &selected, &minimised);
        const struct record_sink *records = &pipeline->settings.records;
        records->take_sighting(records->context, &minimised);
    }
    const struct ensemble_peers *peers = &pipeline->settings.peers;
    if (peers->sighted)
        peers->sighted(peers->context, sighting);
}

void pipeline_concern(struct pipeline *pipeline, const struct sighting *sighting)
{
    ensemble_heed(&pipeline->behaviours, sighting);
    select_concern(pipeline->select, sighting);
}

static void on_flow_ending(void *context, uint32_t flow)
{
    struct pipeline *pipeline = context;
    handshakes_finish(pipeline->handshakes, flow, meter_stream(pipeline->meter, flow));
}

static void on_fact(void *context, uint32_t flow, const struct fact *fact)
{
    struct pipeline *pipeline = context;
    meter_attach(pipeline->meter, flow, fact);
}

/* Apart, so that other packets pay nothing for the room of a fact. */
static COLD void attach_tunnel(struct pipeline *pipeline, const struct meter_place *metered,
                               const struct decoded *decoded)
{
    struct fact fact = { .kind = FACT_TUNNEL,
                         .time_ns = decoded->packet.time_ns,
                         .from_initiator = metered->from_initiator,
                         .tunnel = decoded->outer };
    meter_attach(pipeline->meter, metered->flow, &fact);
}

static void meter_packet(struct pipeline *pipeline, const struct decoded *decoded,
                         uint64_t hash)
{
    const struct packet *packet = &decoded->packet;
    struct meter_place metered = meter_observe(pipeline->meter, packet, hash);
    if (pipeline->settings.depth < PIPELINE_FACTS)
        return;
    if (UNLIKELY(metered.is_new && decoded->outer.encapsulation != 0))
        attach_tunnel(pipeline, &metered, decoded);
    if (decoded->sealed.len == 0 || handshake_is_over(*metered.stream))
        return;
    struct handshake_place place = { .flow = metered.flow,
                                     .stream = metered.stream,
                                     .from_initiator = metered.from_initiator,
                                     .after_gap = metered.after_gap,
                                     .expected_sequence = metered.expected_sequence };
    handshakes_observe(pipeline->handshakes, &place, decoded);
}

/* Up to count frames: decode all, ask for their flows' memory, then meter all.  A datagram
 * joined of fragments is the last, since its payload does not outlive the next frame.  Returns
 * how many frames were run. */
static size_t run_some(struct pipeline *pipeline, const struct frame *frames, size_t count)
{
    size_t packets = 0, run = 0;
    bool is_joined = false;
    while (run < count && !is_joined) {
        struct decoded *decoded = &pipeline->decoded[packets];
        if (!packet_decode(&pipeline->decoder, &frames[run++], decoded))
            continue;
        is_joined = decoded->is_joined;
        if (pipeline->settings.depth >= PIPELINE_FLOWS) {
            pipeline->hashes[packets] = meter_hash(pipeline->meter, &decoded->packet);
            meter_prefetch(pipeline->meter, pipeline->hashes[packets]);
        }
        int64_t time_ns = decoded->packet.time_ns;
        pipeline->first_ns = time_ns < pipeline->first_ns ? time_ns : pipeline->first_ns;
        pipeline->last_ns = time_ns > pipeline->last_ns ? time_ns : pipeline->last_ns;
        pipeline->seen_ns = time_ns;
        packets++;
    }
    if (pipeline->settings.depth < PIPELINE_FLOWS)
        return run;
    for (size_t i = 0; i < packets; i++)
        meter_prefetch_entry(pipeline->meter, pipeline->hashes[i]);
    for (size_t i = 0; i < packets; i++)
        meter_packet(pipeline, &pipeline->decoded[i], pipeline->hashes[i]);
    return run;
}

/* Times may be any: far enough apart is what does not fit. */
static void expire_fragments(struct pipeline *pipeline, int64_t now_ns)
{
    if (now_ns / 2 - pipeline->expired_ns / 2 < expiry_ns / 2 &&
        now_ns / 2 - pipeline->expired_ns / 2 > -expiry_ns / 2)
        return;
    pipeline->expired_ns = now_ns;
    fragments_expire(pipeline->decoder.fragments, now_ns);
}

void pipeline_run_frames(struct pipeline *pipeline, const struct frame_batch *frames)
{
    for (size_t at = 0, run = 0; at < frames->count; at += run) {
        const struct frame *next = &frames->frames[at];
        enum feed_verdict verdict =
            feed_judge(&pipeline->feed, next, lesser(frames->count - at, AHEAD), &run);
        if (UNLIKELY(verdict == FEED_CUT))
            pipeline_cut(pipeline);
        for (size_t done = 0; verdict == FEED_OPEN && done < run;)
            done += run_some(pipeline, next + done, run - done);
    }
    expire_fragments(pipeline, pipeline->seen_ns);
    pipeline_erase(pipeline);
}

/* Flows that come as flows: their times and counts are the input's. */
static void note_flow(struct pipeline *pipeline, const struct flow *flow)
{
    int64_t start_ns = flow_start_ns(flow), end_ns = flow_end_ns(flow);
    pipeline->packets += flow->forward.packets + flow->reverse.packets;
    pipeline->octets += flow->forward.octets + flow->reverse.octets;
    pipeline->first_ns = start_ns < pipeline->first_ns ? start_ns : pipeline->first_ns;
    pipeline->last_ns = end_ns > pipeline->last_ns ? end_ns : pipeline->last_ns;
}

void pipeline_run_exported(struct pipeline *pipeline, const struct flow *flows, size_t count)
{
    if (pipeline->settings.depth < PIPELINE_FLOWS)
        return;
    for (size_t at = 0, run = 0; at < count; at += run + 1) {
        for (run = 0; at + run < count; run++) {
            if (feed_judge_flow(&pipeline->feed, &flows[at + run]) != FEED_OPEN)
                break;
        }
        mediate_flows(pipeline->mediate, flows + at, run);
    }
}

static void on_mediated(void *context, const struct flow *flows, size_t count)
{
    pipeline_run_flows(context, flows, count);
}

/* Up to AHEAD flows: the gate's memory is asked for, then that of all that follows. */
static void run_some_flows(struct pipeline *pipeline, const struct flow *flows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        note_flow(pipeline, &flows[i]);
        gate_prefetch(&pipeline->settings.gate, &flows[i]);
    }
    size_t admitted = 0;
    for (size_t i = 0; i < count; i++) {
        if (!admit(pipeline, &flows[i], &pipeline->admitted[admitted]))
            continue;
        expect(pipeline, &pipeline->admitted[admitted]);
        admitted++;
    }
    if (admitted > pipeline->admitted_count)
        pipeline->admitted_count = admitted;
    for (size_t i = 0; i < admitted; i++)
        expect_more(pipeline, &pipeline->admitted[i]);
    for (size_t i = 0; i < admitted; i++)
        run_admitted(pipeline, &pipeline->admitted[i]);
}

void pipeline_run_flows(struct pipeline *pipeline, const struct flow *flows, size_t count)
{
    for (size_t at = 0; at < count; at += AHEAD)
        run_some_flows(pipeline, flows + at, lesser(count - at, AHEAD));
}

static void on_logged(void *context, const struct flow *flow)
{
    struct pipeline *pipeline = context;
    pipeline->records++;
    note_flow(pipeline, flow);
    if (feed_judge_flow(&pipeline->feed, flow) == FEED_OPEN)
        on_flow(pipeline, flow);
}

void pipeline_run_lines(struct pipeline *pipeline, const struct line_batch *lines)
{
    pipeline->lines += lines->count;
    logs_run(pipeline->logs, lines);
    pipeline_erase(pipeline);
}

struct ensemble *pipeline_ensemble(struct pipeline *pipeline)
{
    return &pipeline->behaviours;
}

const struct logs *pipeline_logs(const struct pipeline *pipeline)
{
    return pipeline->logs;
}

void pipeline_tick(struct pipeline *pipeline, int64_t quiet_ns)
{
    int64_t now_ns = 0;
    if (pipeline->settings.depth < PIPELINE_FLOWS)
        return;
    switch (pipeline->settings.input) {
    case PIPELINE_FRAMES:
        meter_tick(pipeline->meter, quiet_ns);
        if (!__builtin_add_overflow(pipeline->seen_ns, quiet_ns, &now_ns))
            pipeline->seen_ns = now_ns;
        expire_fragments(pipeline, pipeline->seen_ns);
        break;
    case PIPELINE_EXPORTED: mediate_tick(pipeline->mediate, quiet_ns); break;
    case PIPELINE_LINES: break; /* a line tells a flow that is over */
    }
    pipeline_erase(pipeline);
}

void pipeline_judge(struct pipeline *pipeline)
{
    if (pipeline->settings.depth < PIPELINE_ALL)
        return;
    ensemble_judge(&pipeline->behaviours);
    pipeline_erase(pipeline);
}

void pipeline_cut(struct pipeline *pipeline)
{
    switch (pipeline->settings.input) {
    case PIPELINE_FRAMES:
        meter_finish(pipeline->meter);
        fragments_finish(pipeline->decoder.fragments);
        break;
    case PIPELINE_EXPORTED: mediate_finish(pipeline->mediate); break;
    case PIPELINE_LINES: logs_finish(pipeline->logs); break;
    }
    pipeline_erase(pipeline);
}

void pipeline_flush(struct pipeline *pipeline)
{
    pipeline_cut(pipeline);
}

static void count_sealed(const struct pipeline *pipeline, struct summary *summary)
{
    struct select_counts selected = select_counts(pipeline->select);
    summary_count(summary, "select", "indicator_expired", "flows", selected.expired_matches);
    summary_count(summary, "select", "concern_evicted", "entries", selected.concern_evicted);
    summary_count(summary, "select", "host_flows_left", "flows", selected.host_flows_left);
    summary_count(summary, "select", "unasked", "flows", selected.unasked);
    summary_count(summary, "select", "sightings_unasked", "sightings",
                  selected.sightings_unasked);
    summary_count(summary, "select", "daily_limit", "flows", selected.stopped);
    ensemble_count(&pipeline->behaviours, summary);
}

/* Statistics that nobody may use any more.  What they had counted of themselves stays. */
static void erase_sealed(struct pipeline *pipeline)
{
    struct arena sealed = pipeline->sealed;
    pipeline->counted.counter_count = 0;
    count_sealed(pipeline, &pipeline->counted);
    summary_merge_counters(&pipeline->erased, &pipeline->counted);
    memset(sealed.at, 0, sealed.left);
    sealed.is_clear = true;
    init_sealed(pipeline, &sealed);
}

void pipeline_set_rules(struct pipeline *pipeline, const struct rule_set *rules)
{
    pipeline->rules = *rules;
    feed_set_rules(&pipeline->feed, &pipeline->rules);
    select_set_rules(pipeline->select, &pipeline->rules);
    pipeline_cut(pipeline);
    if (rules->rule_count == 0 && pipeline->has_counted)
        erase_sealed(pipeline);
    pipeline->has_counted = rules->rule_count > 0;
}

void pipeline_set_indicators(struct pipeline *pipeline, const struct indicators *indicators)
{
    pipeline->settings.indicators = indicators;
    select_set_indicators(pipeline->select, indicators);
}

void pipeline_set_time(struct pipeline *pipeline, int64_t now_ns, int64_t retention_latest_ns)
{
    pipeline->settings.minimise.now_ns = now_ns;
    pipeline->settings.minimise.retention_latest_ns = retention_latest_ns;
}

static void count_feed(const struct pipeline *pipeline, struct summary *summary)
{
    bool is_frames = pipeline->settings.input == PIPELINE_FRAMES;
    for (size_t verdict = FEED_NO_WARRANT; verdict < FEED_VERDICTS; verdict++) {
        uint64_t refused = pipeline->feed.refused[verdict];
        summary_count(summary, "feed", feed_verdict_name((enum feed_verdict)verdict),
                      is_frames ? "frames" : "flows", refused);
        summary->frames += is_frames ? refused : 0;
    }
}

static void count_input(const struct pipeline *pipeline, struct summary *summary)
{
    switch (pipeline->settings.input) {
    case PIPELINE_FRAMES:
        summary->frames = pipeline->decoder.frames;
        summary->packets = pipeline->decoder.packets;
        summary->octets = pipeline->decoder.octets;
        packet_count(&pipeline->decoder, summary);
        handshakes_count(pipeline->handshakes, summary);
        meter_count(pipeline->meter, summary);
        return;
    case PIPELINE_EXPORTED: mediate_count(pipeline->mediate, summary); break;
    case PIPELINE_LINES: logs_count(pipeline->logs, summary); break;
    }
    summary->records = pipeline->records;
    summary->lines = pipeline->lines;
    summary->packets = pipeline->packets;
    summary->octets = pipeline->octets;
}

void pipeline_summarise(const struct pipeline *pipeline, struct summary *summary)
{
    bool is_empty = pipeline->first_ns > pipeline->last_ns;
    summary->first_ns = is_empty ? 0 : pipeline->first_ns;
    summary->last_ns = is_empty ? 0 : pipeline->last_ns;
    summary->basis = pipeline->settings.gate.basis;
    summary->funnel = pipeline->funnel;
    summary->funnel.octets_copied = pipeline->feed.octets_copied;
    count_input(pipeline, summary);
    for (size_t verdict = 0; verdict < GATE_VERDICTS; verdict++)
        summary_count(summary, "gate", gate_verdict_name((enum gate_verdict)verdict), "flows",
                      pipeline->refused[verdict]);
    summary_count(summary, "select", "forgotten", "flows", pipeline->forgotten);
    count_feed(pipeline, summary);
    count_sealed(pipeline, summary);
    summary_merge_counters(summary, &pipeline->erased);
}
