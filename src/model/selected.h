// SPDX-License-Identifier: Apache-2.0
/* What a selector selected.  Only select/ makes these (tools/check-state refuses it
 * elsewhere); everything else is forgotten and only counted. */
#pragma once

#include "model/admitted.h"
#include "model/mandate.h"
#include "model/sighting.h"

enum indicator_kind {
    INDICATOR_ADDRESS,
    INDICATOR_PREFIX,
    INDICATOR_ENDPOINT, /* address:port */
    INDICATOR_DOMAIN,   /* the name and all below it */
    INDICATOR_JA3,
    INDICATOR_JA4,
    INDICATOR_CERTIFICATE, /* SHA-256 or SHA-1 of the end-entity certificate */
    INDICATOR_SIGNATURE,   /* of an alert that another sensor raised: generator and signature */
    INDICATOR_KINDS
};

/* The kinds of information a condition rests on (art. 22(2)): the law counts them. */
enum information_kind {
    INFORMATION_EQUIPMENT = 1,
    INFORMATION_COMMAND = 2,
    INFORMATION_OTHER = 3
};

const char *indicator_kind_name(enum indicator_kind kind);

enum { SELECTION_HITS_MAX = 4, INDICATOR_TEXT_MAX = 96, LIST_NAME_MAX = 48 };

/* One indicator that matched; the words are those of the list. */
struct indicator_hit {
    enum indicator_kind kind;
    bool on_initiator;   /* of addresses: which end */
    bool in_dns;         /* DNS told of it: no end of the flow is what is listed */
    int64_t begins_ns;   /* 0 when always */
    int64_t expires_ns;  /* INT64_MAX when never */
    uint64_t generation; /* number of the generation it stands in; 0: read from a list */
    uint64_t overlay;    /* sequence of the overlay that added it, else 0 */
    char value[INDICATOR_TEXT_MAX];
    char list[LIST_NAME_MAX];
};

struct selection {
    size_t hit_count; /* kept below; at most SELECTION_HITS_MAX */
    struct indicator_hit hits[SELECTION_HITS_MAX];
    bool by_behaviour[BEHAVIOURS]; /* the flow is of a pair or source that fired */
    struct mandate mandate;        /* under which it was selected */
};

struct selected_flow {
    struct admitted_flow admitted;
    struct selection why;
    int64_t retention_span_ns; /* kept no longer than so, by its selector; 0: not said */
};

struct selected_sighting {
    struct sighting sighting;
    struct mandate mandate;
    int64_t retention_span_ns;
};
