// SPDX-License-Identifier: Apache-2.0
/* What was told, held against what is true (numbers-to-beat.md 5.2).  Every unit is detected or
 * not; every alert is true, beside it, false, or about what nobody knows.  One function for our
 * detectors and for baselines. */
#pragma once

#include "evaluate/interval.h"
#include "evaluate/labels.h"
#include "evaluate/survival.h"
#include "evaluate/truth.h"

enum { SCORE_TOLD_MAX = 4096, SCORE_FAMILIES_MAX = 64, SCORE_CUTS = 3 };

/* Ranks at which precision is told. */
extern const size_t score_cuts[SCORE_CUTS];

/* What the input was, whatever was told of it. */
struct exposure {
    uint64_t flows;
    uint64_t lines; /* different addresses inside that spoke */
    int64_t first_ns;
    int64_t last_ns;
    double observed_s; /* without the gaps between captures */
};

enum told_class {
    TOLD_TRUE,
    TOLD_NEAR,    /* names a true unit as another kind of thing */
    TOLD_FALSE,   /* names what is known to be harmless */
    TOLD_UNKNOWN, /* nobody knows */
    TOLD_CLASSES
};

struct unit_score {
    enum truth_match match; /* the best of all alerts */
    bool is_visible;        /* it had a flow in the input */
    uint32_t rank;          /* among all alerts, from 1; 0 when not listed */
    uint32_t rank_in_kind;
    int64_t visible_ns; /* the end of its first flow */
    int64_t alert_ns;   /* the first alert; only with MATCH_RIGHT */
};

struct share_score {
    uint64_t units;
    uint64_t detected;
};

struct precision {
    uint64_t listed; /* of the first k, how many there were */
    uint64_t right;
    uint64_t known; /* of the listed, how many are true or false */
};

struct family_score {
    const char *name; /* of the truth */
    struct share_score share;
};

struct score {
    struct share_score all;
    struct share_score kinds[TRUTH_KINDS];
    uint64_t near; /* not detected, but named as another kind of thing */
    uint64_t invisible;
    size_t family_count;
    struct family_score families[SCORE_FAMILIES_MAX];
    double macro_recall; /* the mean over families */
    uint64_t alerts[TOLD_CLASSES];
    uint64_t told; /* all of the above */
    struct precision precision[SCORE_CUTS];
    struct interval false_per_million; /* flows */
    struct interval false_per_day;     /* and 100,000 lines */
    struct survival time;
    uint64_t lines_revealed; /* different lines named by all alerts */
    struct unit_score units[TRUTH_UNITS_MAX];
};

struct score_order {
    const struct truth *truth;
    const struct labels *labels; /* NULL: the rest is as the truth says */
    const struct told *told;     /* best first; only alerts */
    size_t told_count;
    const int64_t *visible_ns; /* of each unit, INT64_MAX when it had no flow */
    struct exposure exposure;
};

void score_run(const struct score_order *order, struct score *out);
enum told_class score_class(const struct score_order *order, const struct told *told);
const char *score_class_name(enum told_class class);
