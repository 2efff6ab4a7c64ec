// SPDX-License-Identifier: Apache-2.0
/* The whole way of a packet: the one place that knows the order of the stages.  Another order
 * does not compile, since each stage takes the type that only the one before it makes.
 *
 * Frames, flows of exporters (exported.h) or lines of logs go in; minimised records and
 * sightings come out, to a keeper (keeper.h), and at the end the account of everything that
 * went no further. */
#pragma once

#include "decode/handshake.h"
#include "gate/gate.h"
#include "logs/logs.h"
#include "mediate/mediate.h"
#include "meter/meter.h"
#include "minimise/minimise.h"
#include "pipeline/ensemble.h"
#include "pipeline/feed.h"
#include "select/select.h"

/* How far frames and flows go: less than all is for measuring.  To selection: all but the
 * behaviours. */
enum pipeline_depth {
    PIPELINE_DECODE,
    PIPELINE_FLOWS,
    PIPELINE_FACTS,
    PIPELINE_SELECTION,
    PIPELINE_ALL
};

/* What the input is: only the stages that read it take memory. */
enum pipeline_input { PIPELINE_FRAMES, PIPELINE_EXPORTED, PIPELINE_LINES };

/* Where records go: to a keeper.  What is given is to be taken before the call returns. */
struct record_sink {
    void (*take_flow)(void *context, const struct minimised_flow *flow);
    void (*take_sighting)(void *context, const struct minimised_sighting *sighting);
    void *context;
};

struct pipeline_settings {
    enum pipeline_depth depth;
    enum pipeline_input input;
    struct meter_limits meter;
    struct handshake_limits handshakes;
    size_t fragments_max;
    struct mediate_limits mediate;
    struct logs_limits logs;
    struct gate_policy gate;
    const struct indicators *indicators; /* may be NULL */
    const struct rule_set *rules;        /* NULL: nothing is selected */
    struct select_limits select;
    size_t behaviours_octets;        /* all of them together */
    size_t behaviours_sharers;       /* that have what they see counted here, with us */
    struct minimise_policy minimise; /* its cipher is made here, of its key */
    struct hash_key key;
    struct record_sink records;
    struct ensemble_peers peers;
};

struct pipeline;

#define PIPELINE_MEMORY_MIN ((size_t)64 << 20)

/* Defaults for everything but policies, key and sinks; from PIPELINE_MEMORY_MIN on, what they
 * take is within memory_octets in all. */
struct pipeline_settings pipeline_defaults(enum pipeline_input input, size_t memory_octets);
size_t pipeline_size(const struct pipeline_settings *settings);
struct pipeline *pipeline_init(const struct pipeline_settings *settings, struct arena *keep);

/* From here on these rules select, and no other; the set is copied.  What is in the stages is
 * ended first, and judged by the new rules: what was under a warrant that is gone is forgotten.
 * A set without rules closes the feed, and all statistics are erased. */
void pipeline_set_rules(struct pipeline *pipeline, const struct rule_set *rules);
/* From here on these indicators are asked, or none (NULL); they stay the caller's. */
void pipeline_set_indicators(struct pipeline *pipeline, const struct indicators *indicators);
/* What time it is, and until when what is selected now is kept at the latest: on live input now
 * and then, in the settings at the start. */
void pipeline_set_time(struct pipeline *pipeline, int64_t now_ns, int64_t retention_latest_ns);
/* Ends what is in the stages as at the end of the input, which goes on. */
void pipeline_cut(struct pipeline *pipeline);

/* Each takes one kind of input, the one of the settings.  Of a batch of frames or lines nothing
 * is left in scratch and on the stack on return; after the flows of a batch of messages
 * pipeline_erase is to be called. */
void pipeline_run_frames(struct pipeline *pipeline, const struct frame_batch *frames);
void pipeline_run_exported(struct pipeline *pipeline, const struct flow *flows, size_t count);
void pipeline_run_lines(struct pipeline *pipeline, const struct line_batch *lines);
void pipeline_erase(struct pipeline *pipeline);
/* Flows past the mediator. */
void pipeline_run_flows(struct pipeline *pipeline, const struct flow *flows, size_t count);
/* Live input was quiet for so long, by a clock that only goes forward: flows end and are handed
 * on as if time had passed in the input, too. */
void pipeline_tick(struct pipeline *pipeline, int64_t quiet_ns);
/* Lets the behaviours judge what they have so far: now and then on live input. */
void pipeline_judge(struct pipeline *pipeline);
/* The input is over: what is in the stages comes out, and its room is overwritten.  To be
 * judged after that. */
void pipeline_flush(struct pipeline *pipeline);

/* For peers: a flow another pipeline admitted, without facts, and what fired there. */
void pipeline_observe(struct pipeline *pipeline, enum behaviour_end end,
                      const struct admitted_flow *admitted);
void pipeline_observe_name(struct pipeline *pipeline, enum behaviour_names names,
                           const struct asked_name *asked);
void pipeline_concern(struct pipeline *pipeline, const struct sighting *sighting);

/* What the behaviours counted, to be kept or merged: while no input is run. */
struct ensemble *pipeline_ensemble(struct pipeline *pipeline);

/* NULL when the input is another. */
const struct logs *pipeline_logs(const struct pipeline *pipeline);
/* Adds what was seen, kept and refused, by stage and reason. */
void pipeline_summarise(const struct pipeline *pipeline, struct summary *summary);
