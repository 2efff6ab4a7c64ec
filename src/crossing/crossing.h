// SPDX-License-Identifier: Apache-2.0
/* What crosses between the collector, which sees traffic, and the keeper, which never does: one
 * format of bounded messages, both ways.  From the collector: minimised records and sightings,
 * counts, and states; there is no message that could carry anything else.  Nothing that is read
 * is believed before it was checked field by field: the collector may be in other hands.
 * A message is written octet by octet from one table (layout.c), and read back by the same.
 * Pure; fuzzed in both directions. */
#pragma once

#include "base/fault.h"
#include "base/text.h"
#include "model/record.h"
#include "model/rule.h"
#include "model/summary.h"

enum {
    CROSSING_FORMAT = 1,
    CROSSING_OCTETS_MAX = 64 * 1024,
    CROSSING_WORD_MAX = 64,
    CROSSING_DIGEST_OCTETS = 32,
    CROSSING_GENERATIONS_MAX = 2 /* one of indicators, and its overlay */
};

enum crossing_kind {
    CROSSING_READY,    /* the sandbox is closed: what of it the kernel gave */
    CROSSING_FLOW,     /* struct minimised_flow */
    CROSSING_SIGHTING, /* struct minimised_sighting */
    CROSSING_BATCH,    /* selection under one rule set: examined, selected, erased, from, to */
    CROSSING_COUNTS,   /* counters by reason */
    CROSSING_CLOSED,   /* no warrant is live: the feed is closed */
    CROSSING_CLOCK,    /* the wall clock stepped */
    CROSSING_END,      /* the input is over, all was sent */
    CROSSING_RULES,    /* keeper to collector: the rule set from now on, empty to close */
    CROSSING_TIME,     /* keeper to collector: now, and how long what is selected is kept */
    CROSSING_INDICATORS, /* keeper to collector: a generation, its file passed beside */
    CROSSING_JUDGE,      /* keeper to collector */
    CROSSING_STOP,       /* keeper to collector */
    CROSSING_KINDS
};

enum crossing_way { CROSSING_TO_KEEPER, CROSSING_TO_COLLECTOR };

/* What the collector gave up, in its own words; the kernel is the one to be asked. */
struct crossing_ready {
    bool has_seccomp;
    bool has_dropped;      /* user, group and capabilities */
    bool is_locked;        /* in memory: nothing of it is swapped */
    uint32_t landlock_abi; /* 0: none */
    /* What it looks things up in, read before: files, what they hold, and SHA-256 over all. */
    uint32_t lists;
    uint64_t indicators;
    uint8_t digest[CROSSING_DIGEST_OCTETS];
};

/* Flows under the rules of one generation, since the batch before (pipeline/account.h). */
struct crossing_batch {
    uint64_t generation; /* of struct rule_set */
    int64_t from_ns, to_ns;
    uint64_t examined; /* selected and erased together */
    uint64_t selected; /* and sent, each as a message */
    uint64_t erased;
    uint64_t without_warrant, other_direction, domestic, unknown_side, unmatched;
    uint64_t octets_copied;
};

struct crossing_counter {
    char stage[CROSSING_WORD_MAX];
    char reason[CROSSING_WORD_MAX];
    char unit[CROSSING_WORD_MAX];
    uint64_t count;
};

/* The account since the collector began, without exporters; see struct summary. */
struct crossing_counts {
    uint64_t frames, packets, octets, messages, records, lines;
    int64_t first_ns, last_ns;
    struct funnel funnel;
    size_t counter_count;
    struct crossing_counter counters[SUMMARY_COUNTERS_MAX];
};

struct crossing_clock {
    int64_t from_ns, to_ns;
};

struct crossing_time {
    int64_t now_ns, retention_latest_ns; /* see pipeline_set_time */
};

struct crossing_indicators {
    uint64_t place, of; /* 0: a generation, 1: its overlay; how many of the two come */
    uint64_t octets;    /* of the file passed beside */
};

struct crossing_message {
    enum crossing_kind kind;
    union {
        struct crossing_ready ready;
        struct minimised_flow flow;
        struct minimised_sighting sighting;
        struct crossing_batch batch;
        struct crossing_counts counts;
        struct crossing_clock clock;
        struct rule_set rules;
        struct crossing_time time;
        struct crossing_indicators indicators;
    };
};

const char *crossing_kind_name(enum crossing_kind kind);

/* A whole message, or nothing: every field in its range, texts in UTF-8 without controls,
 * numbers finite, nothing left over, and of a kind that goes this way. */
enum fault crossing_read(struct bytes octets, enum crossing_way way,
                         struct crossing_message *out);
/* Into room of CROSSING_OCTETS_MAX; how long it is.  0: it holds what would be refused. */
MUST_CHECK size_t crossing_write(const struct crossing_message *message, uint8_t *room);

/* Why the keeper does not take a record, though the message was whole. */
enum crossing_refusal {
    CROSSING_TAKEN,
    CROSSING_UNSELECTED, /* no indicator and no behaviour is named */
    CROSSING_NO_RULE,    /* of no warrant and selector that is in the rules sent */
    CROSSING_OTHER_BASIS,
    CROSSING_IN_CLEAR,     /* a line's address where the basis wants pseudonyms */
    CROSSING_NO_RETENTION, /* no date of erasure, or one past the latest */
    CROSSING_REFUSALS
};

/* What the keeper holds records against: the rules it sent, and what they ask of records. */
struct crossing_terms {
    const struct rule_set *rules;
    bool lines_in_clear;
    int64_t retention_latest_ns;
};

const char *crossing_refusal_name(enum crossing_refusal refusal);
enum crossing_refusal crossing_judge_flow(const struct crossing_terms *terms,
                                          const struct minimised_flow *flow);
enum crossing_refusal crossing_judge_sighting(const struct crossing_terms *terms,
                                              const struct minimised_sighting *sighting);
