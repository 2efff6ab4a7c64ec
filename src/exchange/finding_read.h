// SPDX-License-Identifier: Apache-2.0
/* Findings as JSON (report/json.c) read back, where a sensor sends them to a hub.  Strict: an
 * array of whole findings, each with all members of docs/schema/watch.schema.json and no other,
 * lists no longer than struct finding has room for, words of our own tables only. */
#pragma once

#include "base/error.h"
#include "model/finding.h"

/* What a hub asks of a finding; the rest of it stays in json. */
struct received_finding {
    char id[FINDING_ID_MAX];
    enum finding_kind kind;
    char rule[FINDING_RULE_MAX];
    char subject[SUBJECT_TEXT_MAX]; /* a name, an address, or a pseudonym ("line-...") */
    bool subject_is_name, subject_is_pseudonym;
    uint16_t port;
    uint8_t protocol;
    enum direction direction;
    bool is_alert;
    double score;
    struct mandate mandate; /* warrant and selector may be "" */
    int64_t first_ns, last_ns;
    uint64_t connections, octets_out, octets_in, line_total;
    int64_t retention_until_ns;
    const char *json; /* the whole finding, compact and sorted, until the taker returns */
};

struct received_finding_taker {
    /* False ends the reading. */
    bool (*take)(void *context, const struct received_finding *finding);
    void *context;
};

enum { FINDINGS_READ_MAX = 1000, FINDINGS_OCTETS_MAX = 32 << 20 };

/* Findings are handed on only when all of them are good.  False: what is wrong and where in the
 * array, or that the taker ended it; count may be NULL. */
MUST_CHECK bool findings_read(struct bytes json, const struct received_finding_taker *taker,
                              size_t *count, struct error *err);
