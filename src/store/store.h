// SPDX-License-Identifier: Apache-2.0
/* The embedded store: SQLite in WAL mode, records and findings of watch runs.  Takes nothing
 * but minimised data.  A run is one row; its records and findings name it, carry their
 * retention date and go when it has come (store_expire). */
#pragma once

#include "base/error.h"
#include "model/finding.h"
#include "model/summary.h"

struct store;

/* Opens or makes the file and brings its schema up to date; refuses a newer one. */
MUST_CHECK struct store *store_open(const char *path, struct error *err);
/* The same without writing; for explain and exports. */
MUST_CHECK struct store *store_open_reading(const char *path, struct error *err);
void store_close(struct store *store);

MUST_CHECK bool store_begin_run(struct store *store, int64_t now_ns, const char *title,
                                struct error *err);
MUST_CHECK bool store_put_flow(struct store *store, const struct minimised_flow *flow,
                               struct error *err);
/* The run's findings and account; ends and commits the run. */
MUST_CHECK bool store_end_run(struct store *store, const struct finding *findings, size_t count,
                              const struct summary *summary, struct error *err);
MUST_CHECK bool store_expire(struct store *store, int64_t now_ns, uint64_t *erased,
                             struct error *err);

/* The finding of the newest run whose identifier starts with prefix: 1 found, 0 none, 2 more
 * than one, -1 failed. */
MUST_CHECK int store_find_finding(struct store *store, struct bytes prefix, struct finding *out,
                                  struct error *err);
/* Calls take for each finding of the newest run, strongest first. */
MUST_CHECK bool store_each_finding(struct store *store,
                                   void (*take)(void *context, const struct finding *finding),
                                   void *context, struct error *err);
/* Calls take for each kept record of a finding's subject, oldest first. */
MUST_CHECK bool store_each_flow(struct store *store, const struct finding *about,
                                void (*take)(void *context, const struct minimised_flow *flow),
                                void *context, struct error *err);
