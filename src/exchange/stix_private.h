// SPDX-License-Identifier: Apache-2.0
/* A STIX 2.1 bundle being made: what findings and infrastructure share. */
#pragma once

#include <jansson.h>

#include "exchange/stix.h"

enum { STIX_ID_MAX = 80 };

struct stix_id {
    char at[STIX_ID_MAX];
};

/* `broken` is sticky: out of memory, or text jansson refuses. */
struct stix_bundle {
    json_t *objects;
    json_t *known; /* identifiers of the observables in it, each is written once */
    struct stix_id identity;
    int64_t made_ns;
    bool broken;
};

void stix_begin(struct stix_bundle *bundle, int64_t made_ns);
/* name: what the bundle's identifier is made of. */
bool stix_end(struct stix_bundle *bundle, const char *name, FILE *out);

/* Identifiers of our own objects: the same thing of the same run has the same one. */
struct stix_id stix_own_id(const struct stix_bundle *bundle, const char *type,
                           const char *what);
/* Adds more's members to a new object of ours and puts it; takes more over. */
void stix_put_own(struct stix_bundle *bundle, const char *type, const struct stix_id *id,
                  json_t *more);
json_t *stix_time(int64_t time_ns);
void stix_add_ref(struct stix_bundle *bundle, json_t *refs, const struct stix_id *id);
struct stix_id stix_put_subject(struct stix_bundle *bundle, const struct finding *finding);
/* All of a finding; gives its indicator's identifier, empty when it has none. */
struct stix_id stix_put_finding(struct stix_bundle *bundle, const struct finding *finding);
