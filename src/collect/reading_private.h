// SPDX-License-Identifier: Apache-2.0
/* Reading the records of one message: where they come from, and what they become. */
#pragma once

#include "collect/plan_private.h"
#include "collect/protocol_private.h"

struct reading {
    struct collect *collect;
    struct exporter *exporter;
    const struct export_message *message;
    const struct message_head *head;
    uint64_t *system_init_ms; /* of the exporter, as options data told it (160), or 0 */
    uint32_t records;         /* data records, options included: what IPFIX counts */
    uint32_t options;
    uint32_t samples;
    bool is_unsure; /* some records could not be counted */
};

/* One data record as its plan moved it: a flow, a sample of a packet, or neither (counted). */
void record_take(struct reading *reading, const struct plan *plan, const struct record *record);
/* One record of options data. */
void option_take(struct reading *reading, const struct plan *plan, const struct record *record);

/* Where a record was observed and how it was sampled; not its time. */
void observation_take(const struct reading *reading, const struct plan *plan,
                      const struct record *record, struct observation *out);
/* What an absolute time of this form says, not yet judged; 0 when it says nothing. */
int64_t time_of_form(const struct reading *reading, enum slot_form form, uint64_t number);

/* The head of a packet that an exporter picked out, to the sink. */
void sample_take(struct reading *reading, const struct plan *plan, const struct record *record);

/* Names a record tells, as facts of the flow that live until the flows are handed on. */
void names_take(struct collect *collect, const struct plan *plan, const struct record *record,
                struct flow *flow);

/* What follows of a flow's counters and flags.  reason is flowEndReason, 0 when not told: then
 * a FIN or RST says that it ended, and else it is taken for idle. */
void flow_conclude(struct flow *flow, uint64_t reason);
