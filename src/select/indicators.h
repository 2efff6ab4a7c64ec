// SPDX-License-Identifier: Apache-2.0
/* A set of indicators: addresses, prefixes, address:port, domains with all below them, JA3,
 * JA4 and certificate digests, each with the time it is valid in and the list that names it.
 * Built once, then only read.  A match in the hash table is always confirmed against the full
 * key, and the validity is checked against the time of the event
 * (../shared/science/selection.md sections 1 to 3). */
#pragma once

#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/text.h"
#include "model/selected.h"

enum { INDICATOR_LISTS_MAX = 256 };

/* One indicator as a list names it. */
struct indicator {
    enum indicator_kind kind;
    struct ip_prefix prefix; /* ADDRESS, PREFIX, ENDPOINT */
    uint16_t port;           /* ENDPOINT */
    uint8_t protocol;        /* ENDPOINT: 0 for any */
    uint8_t digest[32];      /* JA3 (16), CERTIFICATE (32 or 20) */
    uint8_t digest_len;
    struct bytes text;  /* DOMAIN normalised, JA4 as is; else the words of the list */
    int64_t begins_ns;  /* 0 for always; whole seconds count, and the window is never widened */
    int64_t expires_ns; /* INT64_MAX for never */
    uint16_t list;      /* index of its list's name */
    bool is_revoked;    /* of an overlay: what it lies over no longer matches by this */
};

struct indicators;

size_t indicators_size(size_t count_max, size_t text_max);
struct indicators *indicators_init(size_t count_max, size_t text_max, struct hash_key key,
                                   struct arena *keep);
/* Names a list; at most INDICATOR_LISTS_MAX.  The same name is the same list. */
MUST_CHECK bool indicators_add_list(struct indicators *set, const char *name, uint16_t *out);

enum indicators_verdict {
    INDICATORS_ADDED,
    INDICATORS_DUPLICATE, /* the list has it already; windows that meet become one */
    /* A prefix wider than /8 (IPv4) or /19 (IPv6), a bare top level, or a name that many share
     * ("co.jp", "docs.google.com"): it would select what nobody asked for. */
    INDICATORS_TOO_WIDE,
    INDICATORS_FULL,
    INDICATORS_CROWDED, /* the same value under too many dates */
};
enum indicators_verdict indicators_add(struct indicators *set,
                                       const struct indicator *indicator);
size_t indicators_count(const struct indicators *set);
/* Takes what is too wide, too: a second person answers for it. */
void indicators_allow_wide(struct indicators *set);
/* Would indicators_add find it too wide? */
bool indicator_is_wide(const struct indicator *indicator);
/* Is exactly this value in the set, whatever its dates? */
bool indicators_has(const struct indicators *set, const struct indicator *indicator);
/* The name of list number i, NULL past the last. */
const char *indicators_list_name(const struct indicators *set, size_t i);

/* Reads one value of a text list, telling its kind from its form: "192.0.2.1",
 * "192.0.2.0/24", "192.0.2.1:443", "[2001:db8::1]:443", "example.com", "*.example.com",
 * 32 hex digits (JA3), JA4's form, 64 or 40 hex digits (certificate).  Defanged forms
 * ("hxxp://", "[.]") and URLs are taken for their host.  text of the result points into
 * scratch, room for INDICATOR_TEXT_MAX + 256. */
MUST_CHECK enum fault indicator_read(struct bytes value, struct text *scratch,
                                     struct indicator *out);

/* The list of that name, of the set or its overlay; false when there is none. */
bool indicators_find_list(const struct indicators *set, const char *name, uint16_t *out);

/* Where a match stands: at an end of the flow, or in what DNS told. */
enum indicator_stand { STAND_INITIATOR, STAND_RESPONDER, STAND_DNS, INDICATOR_STANDS };

/* Of one flow, which lists matched it by which kinds, also past the few hits that are kept: in
 * kinds, by stand and list, a bit 1 << kind.  Told only of flows that something matched. */
struct indicator_marks {
    uint64_t expired; /* counts on: questions that only indicators outside their dates answer */
    uint8_t kinds[INDICATOR_STANDS][INDICATOR_LISTS_MAX];
};

/* Fills why->hits and marks; true when one valid at time_ns matched.  Of nested prefixes and
 * names the longest is told. */
bool indicators_match(const struct indicators *set, const struct flow *flow, int64_t time_ns,
                      struct selection *why, struct indicator_marks *marks);
/* Tells the processor that indicators_match of this flow comes soon. */
void indicators_prefetch(const struct indicators *set, const struct flow *flow);

/* The same questions without a flow, many at once: while memory answers for some, the others
 * are prepared. */
struct indicator_question {
    enum indicator_kind kind;  /* PREFIX: the longest that holds the address */
    struct ip_address address; /* ADDRESS, PREFIX, ENDPOINT */
    uint16_t port;
    uint8_t protocol;
    struct bytes bytes; /* of the other kinds; DOMAIN: the nearest at or above the name */
    int64_t time_ns;
};
/* What answers is in set, NULL when nothing does; valid as long as the set. */
struct indicator_answer {
    const struct indicators *set;
    uint32_t record;
};
void indicators_ask(const struct indicators *set, const struct indicator_question *questions,
                    size_t count, struct indicator_answer *out);
void indicator_answer_tell(const struct indicator_answer *answer, struct indicator_hit *out);
