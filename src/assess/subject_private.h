// SPDX-License-Identifier: Apache-2.0
/* Who a finding is about, and its names: a key for the table (secret, of this run) and an
 * identity for people (the same in every run). */
#pragma once

#include "base/hash.h"
#include "model/finding.h"

struct subject {
    struct party party;
    uint16_t port; /* 0 for scanners and listed servers: all their ports are one finding */
    uint8_t protocol;
    bool is_initiator; /* of the flow it was taken from */
    struct bytes name; /* of what DNS told: the name is the subject, not the resolver that was
                          asked; else empty */
};

/* Who a hit of the flow is about: what DNS told is about the listed name, or the name that
 * stands for a listed address; other hits are about the listed end of the flow, else the
 * server. */
struct subject subject_of_hit(const struct minimised_flow *flow,
                              const struct indicator_hit *hit);
/* The end that is not the line, with its port. */
struct subject subject_of_server(const struct minimised_flow *flow);

/* The unit that fired. */
struct subject subject_of_sighting(const struct minimised_sighting *minimised);

uint64_t subject_key(const struct hash_key *key, enum finding_kind kind,
                     const struct subject *subject);

/* To count different lines by; not secret, since a finding's lines stand in it anyway. */
uint64_t subject_line_hash(const struct party *line);
uint64_t subject_name_hash(const struct fact_name *name);

/* Fills id and rule.  The id is the same for the same kind, subject, rule and first day, under
 * whatever key the run hashes its tables. */
void subject_write_id(struct finding *finding);
