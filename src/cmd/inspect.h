// SPDX-License-Identifier: Apache-2.0
/* What `sekisho inspect` knows of one exporter and domain, what it finds wrong with it, and how
 * it tells it. */
#pragma once

#include "collect/view.h"
#include "report/describe.h"

/* What its flows showed. */
struct inspect_seen {
    uint64_t flows, samples;
    uint64_t implausible; /* flows of impossibly large or small packets */
    int64_t longest_ns;
};

/* What its templates have, any of them. */
struct inspect_fields {
    size_t data_templates, options_templates;
    bool has_addresses, has_interfaces, has_direction, has_flags, has_times, has_sampler;
    bool has_short_octets; /* counters of 32 bits */
    uint64_t unknown;
    uint16_t rarest_id; /* the template that comes most rarely */
    int64_t rarest_ns;  /* and how often; 0 when nothing can be told */
    bool came_once;     /* it, in all that time */
    uint16_t changed_id;
    uint64_t changed;
};

enum inspect_weight { INSPECT_NOTE, INSPECT_LIMIT, INSPECT_WRONG };

enum inspect_kind {
    INSPECT_RATE_UNKNOWN,
    INSPECT_SAMPLERS_UNNAMED,
    INSPECT_LOST,
    INSPECT_REPEATED,
    INSPECT_RESETS,
    INSPECT_UNREADABLE,
    INSPECT_NO_TEMPLATE,
    INSPECT_NO_ADDRESSES,
    INSPECT_CLOCK_AHEAD,
    INSPECT_CLOCK_BEHIND,
    INSPECT_IMPOSSIBLE_TIMES,
    INSPECT_END_BEFORE_START,
    INSPECT_IMPLAUSIBLE,
    INSPECT_TEMPLATE_RARE,
    INSPECT_TEMPLATE_ONCE,
    INSPECT_TEMPLATE_CHANGED,
    INSPECT_CLOCK_DRIFT,
    INSPECT_CLOCK_SET,
    INSPECT_NO_TIMES,
    INSPECT_NO_INTERFACES,
    INSPECT_NO_FLAGS,
    INSPECT_SHORT_COUNTERS,
    INSPECT_LONG_FLOWS,
    INSPECT_NETFLOW5,
    INSPECT_NO_DIRECTION,
    INSPECT_RATE_CHANGED,
    INSPECT_COUNTS_OTHERWISE,
    INSPECT_BOOTED,
    INSPECT_UPTIME_WRAPPED,
    INSPECT_PORT_CHANGED,
    INSPECT_UNKNOWN_ELEMENTS,
    INSPECT_KINDS
};

enum { INSPECT_SLOTS = 3 };

struct inspect_problem {
    enum inspect_kind kind;
    struct slot slots[INSPECT_SLOTS];
};

struct inspect_exporter {
    const struct collect *collect;
    size_t index;
    struct exporter_view view;
    struct inspect_seen seen;
    struct inspect_fields fields;
    size_t problem_count;
    struct inspect_problem problems[INSPECT_KINDS]; /* the worst first */
};

/* Fills all but collect, index and seen; false when there is no exporter of this index. */
MUST_CHECK bool inspect_judge(struct inspect_exporter *exporter, enum report_language language);

/* What is wrong, what it leads to, what to ask or to set: with slots to be filled. */
enum inspect_part { INSPECT_IS, INSPECT_LEADS_TO, INSPECT_ASK, INSPECT_PARTS };
const char *inspect_words(enum inspect_kind kind, enum inspect_part part,
                          enum report_language language);
const char *inspect_name(enum inspect_kind kind); /* "sampling_unknown" */
enum inspect_weight inspect_weight(enum inspect_kind kind);

struct inspect_style {
    enum report_language language;
    unsigned width;
    bool all_fields; /* of templates */
};

void inspect_write_text(const struct inspect_exporter *exporter,
                        const struct inspect_style *style, FILE *out);
/* One object to a document that ends up on out with inspect_json_end. */
struct inspect_json;
struct inspect_json *inspect_json_begin(void);
void inspect_json_add(struct inspect_json *json, const struct inspect_exporter *exporter,
                      const struct inspect_style *style);
MUST_CHECK bool inspect_json_end(struct inspect_json *json, const struct summary *summary,
                                 FILE *out);
