// SPDX-License-Identifier: Apache-2.0
/* The whole way of a packet: the one place that knows the order of the stages.  Another order
 * does not compile, since each stage takes the type that only the one before it makes.
 *
 * Frames, messages of flow exporters or lines of logs go in; what comes out are minimised
 * records, handed to the keeper as they are made, and at the end the findings and the account
 * of everything that went no further. */
#pragma once

#include "assess/assess.h"
#include "behaviour/behaviour.h"
#include "collect/collect.h"
#include "decode/handshake.h"
#include "gate/gate.h"
#include "logs/logs.h"
#include "mediate/mediate.h"
#include "meter/meter.h"
#include "minimise/minimise.h"
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
enum pipeline_input { PIPELINE_FRAMES, PIPELINE_MESSAGES, PIPELINE_LINES };

struct pipeline_settings {
    enum pipeline_depth depth;
    enum pipeline_input input;
    struct meter_limits meter;
    struct handshake_limits handshakes;
    size_t fragments_max;
    struct collect_limits collect;
    struct collect_policy sampling;
    struct mediate_limits mediate;
    struct logs_limits logs;
    struct gate_policy gate;
    const struct indicators *indicators; /* may be NULL */
    struct select_limits select;
    struct behaviour_limits behaviours; /* each */
    struct minimise_policy minimise;
    struct assess_limits assess;
    struct hash_key key;
    /* Takes each record; it must be kept, or its loss remembered, before it returns. */
    void (*keep)(void *context, const struct minimised_flow *flow);
    void *keep_context;
};

struct pipeline;

#define PIPELINE_MEMORY_MIN ((size_t)64 << 20)

/* Defaults for everything but policies, key and keeper; from PIPELINE_MEMORY_MIN on, what they
 * take is within memory_octets in all. */
struct pipeline_settings pipeline_defaults(enum pipeline_input input, size_t memory_octets);
size_t pipeline_size(const struct pipeline_settings *settings);
struct pipeline *pipeline_init(const struct pipeline_settings *settings, struct arena *keep);

/* Each takes one kind of input, the one of the settings. */
void pipeline_run_frames(struct pipeline *pipeline, const struct frame_batch *frames);
void pipeline_run_messages(struct pipeline *pipeline, const struct message_batch *messages);
void pipeline_run_lines(struct pipeline *pipeline, const struct line_batch *lines);
/* Flows that are flows already, past collector and mediator: what both end in. */
void pipeline_run_flows(struct pipeline *pipeline, const struct flow *flows, size_t count);
/* Lets the behaviours judge what they have so far: now and then on live input. */
void pipeline_judge(struct pipeline *pipeline);
/* The input is over. */
void pipeline_finish(struct pipeline *pipeline);

/* For what can be asked of them; NULL when the input is another. */
struct collect *pipeline_collect(struct pipeline *pipeline);
const struct logs *pipeline_logs(const struct pipeline *pipeline);

/* Strongest first; good until the next call of the pipeline. */
const struct finding *pipeline_findings(struct pipeline *pipeline, size_t *count);
/* Adds what was seen, kept and refused, by stage and reason. */
void pipeline_summarise(const struct pipeline *pipeline, struct summary *summary);
