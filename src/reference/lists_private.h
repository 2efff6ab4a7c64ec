// SPDX-License-Identifier: Apache-2.0
/* What the readers of the forms of lists share: where values go, and what was refused. */
#pragma once

#include "reference/feed.h"
#include "reference/lists.h"

struct loader {
    struct indicators *set;
    const struct list_options *options;
    struct list_report *report;
    uint16_t list;
};

void loader_refuse(struct loader *loader, enum list_refusal why, uint64_t line,
                   struct bytes value);
/* Screens and adds it, and counts what became of it.  words is the value as it stands. */
void loader_take(struct loader *loader, struct indicator *indicator, uint64_t line,
                 struct bytes words);
enum list_refusal list_refusal_of(enum fault fault);
/* A date, or a time; without a zone it is UTC. */
bool list_read_date(struct bytes words, int64_t *out);

/* JSON documents: STIX 2.1 bundles, events of MISP. */
MUST_CHECK bool bundle_load(struct loader *loader, const char *path, struct error *err);
MUST_CHECK bool bundle_measure(const char *path, size_t *count_max, size_t *text_max,
                               struct error *err);
