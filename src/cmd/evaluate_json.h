// SPDX-License-Identifier: Apache-2.0
/* Results as JSON (docs/schema/evaluate.schema.json); the tables for people are made of it. */
#pragma once

#include <jansson.h>

#include "cmd/evaluate_judge.h"

/* Each is NULL when there is no memory, which the functions of jansson pass on. */
json_t *evaluate_json_score(const struct score_order *order, const struct score *score);
/* Without units and times. */
json_t *evaluate_json_brief(const struct score_order *order);
/* One baseline: by its own threshold, and by as many of its first as we have alerts. */
json_t *evaluate_json_baseline(const struct score_order *order, const struct told *ranked,
                               size_t count, const struct baseline_kind *kind);
json_t *evaluate_json_set(const struct evaluate_set *set);
json_t *evaluate_json_exposure(const struct exposure *exposure);
json_t *evaluate_json_interval(const struct interval *interval);
json_t *evaluate_json_share(const struct share_score *share);
