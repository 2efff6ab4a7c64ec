// SPDX-License-Identifier: Apache-2.0
/* A generation: a whole set of indicators as one file, that is asked where it lies.  Here is
 * only what stands where in it (docs/indicators.md); digests and signatures are
 * generation/file.h's.  Its header is in network order, its arrays as the processors that map
 * them have them, least octet first. */
#pragma once

#include "select/indicators.h"

enum {
    GENERATION_FORMAT = 1,
    GENERATION_HEADER_OCTETS = 1024,
    GENERATION_ALIGN = 4096,
    GENERATION_DIGEST_OCTETS = 32,
    GENERATION_PROBE_MAX = 4096, /* slots from where a key's search starts */
    GENERATION_OVERLAY_MAX = 65536,
};

enum generation_role {
    GENERATION_WHOLE,
    GENERATION_OVERLAY, /* urgent additions and revocations over one generation */
    GENERATION_ROLES
};

/* What a second person has signed for. */
enum generation_exception {
    GENERATION_SHRUNK = 1,  /* to less than half of the one before */
    GENERATION_WIDE = 2,    /* prefixes wider than /8 (IPv4) or /19 (IPv6) */
    GENERATION_POPULAR = 4, /* names that many use, or above one */
    GENERATION_OWN = 8,     /* own addresses and names */
    GENERATION_EXCEPTIONS = 15
};

enum generation_section {
    GENERATION_LISTS,
    GENERATION_V4_LENGTHS,
    GENERATION_FILTER,
    GENERATION_SLOTS,
    GENERATION_RECORDS,
    GENERATION_TEXT,
    GENERATION_SECTIONS
};

/* One list as it lies in the file. */
struct generation_list {
    char name[LIST_NAME_MAX];
    uint64_t count;                           /* of its indicators */
    uint8_t digest[GENERATION_DIGEST_OCTETS]; /* SHA-256 of the file it came from */
};

struct generation {
    enum generation_role role;
    uint32_t exceptions; /* enum generation_exception */
    uint64_t number;     /* of an overlay: of the generation it lies over */
    uint64_t sequence;   /* of an overlay: grows with each; else 0 */
    int64_t built_ns;
    uint8_t inputs[GENERATION_DIGEST_OCTETS]; /* SHA-256 over the digests of the lists */
    struct hash_key key;
    uint64_t count;
    uint64_t text_len;
    uint64_t slot_count;
    uint64_t line_count;
    uint32_t list_count;
    uint32_t probe_max;
    uint8_t v6_lengths[17]; /* a bit for each length of IPv6 prefixes in use */
    uint64_t kind_count[INDICATOR_KINDS];
    uint8_t digests[GENERATION_SECTIONS][GENERATION_DIGEST_OCTETS];
};

/* Where a section lies: follows from the counts alone. */
struct generation_span {
    uint64_t at, len;
};
struct generation_span generation_span(const struct generation *generation,
                                       enum generation_section section);
/* Where the last section ends, and the signatures begin. */
uint64_t generation_end(const struct generation *generation);

void generation_write(const struct generation *generation,
                      uint8_t out[GENERATION_HEADER_OCTETS]);
/* Takes exactly what generation_write writes, and no counts that whole, the file or as much as
 * there is of it, has no room for. */
enum fault generation_read(struct bytes whole, struct generation *out);

/* Brings the set, when all is in it, into its final form: tables as large as the count wants,
 * the same for the same indicators and key.  Fills counts and key, not digests.  False: too
 * many values stand in each other's way (GENERATION_PROBE_MAX). */
MUST_CHECK bool indicators_seal(struct indicators *set, struct generation *out);
/* The digest of the file a list was read from; false when there is one already. */
MUST_CHECK bool indicators_set_digest(struct indicators *set, const char *list,
                                      const uint8_t digest[GENERATION_DIGEST_OCTETS]);
struct bytes indicators_section(const struct indicators *set, enum generation_section section);

/* A set over the octets of a file, read by generation_read; they stay the caller's. */
size_t indicators_view_size(void);
struct indicators *indicators_over(uint8_t *whole, const struct generation *generation,
                                   struct arena *keep);
/* The same set, with another overlay over it, or none.  NULL: with the overlay's lists there
 * are more than INDICATOR_LISTS_MAX. */
MUST_CHECK struct indicators *indicators_with(const struct indicators *set,
                                              const struct indicators *overlay,
                                              struct arena *keep);
