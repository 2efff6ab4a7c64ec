// SPDX-License-Identifier: Apache-2.0
/* Labels that stand in logs of flows (the last columns of Zeek logs by netflowlabeler and
 * IoT-23, the last of binetflow): which addresses are malicious, benign or unlabelled, and the
 * units of truth that a label tells.  Only the columns of the label and of the two ends are
 * read.
 *
 * Bounded: past their cap new addresses are not remembered, and counted. */
#pragma once

#include "base/arena.h"
#include "evaluate/perturb.h"
#include "model/line.h"

enum label { LABEL_NONE, LABEL_BACKGROUND, LABEL_BENIGN, LABEL_MALICIOUS, LABELS };

struct labels;

struct labels_limits {
    size_t addresses_max;
};

size_t labels_size(const struct labels_limits *limits);
struct labels *labels_init(const struct labels_limits *limits, struct hash_key key,
                           struct arena *keep);
void labels_take(struct labels *labels, const struct line_batch *lines);

/* The labels of addresses that were permuted, into labels that are new. */
void labels_permute(const struct labels *labels, const struct perturbation *how,
                    struct labels *out);

/* What is said of an address: malicious when any flow of it is, else benign when more than half
 * of its flows are. */
enum label labels_of(const struct labels *labels, const struct ip_address *address);
uint64_t labels_count(const struct labels *labels, enum label label); /* flows */
uint64_t labels_lost(const struct labels *labels);                    /* addresses */
/* The units that the labels tell, as many as there is room for. */
size_t labels_units(const struct labels *labels, struct truth_unit *out, size_t max);
/* The word as the log has it. */
enum label label_of_word(struct bytes word);
