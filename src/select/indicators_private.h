// SPDX-License-Identifier: Apache-2.0
/* How a set of indicators lies in memory, shared by what fills it and what asks it. */
#pragma once

#include "base/attr.h"
#include "select/indicators.h"

enum { LENGTHS = 129 };
enum { LINE_OCTETS = 64, LINE_WORDS = 8, V4_BLOCKS = 1 << 16 };

struct record {
    int64_t expires_ns;
    union {
        uint8_t octets[32]; /* an address, or a digest */
        uint32_t text_at;   /* DOMAIN, JA4 */
    };
    uint16_t list;
    uint16_t port;
    uint8_t kind;
    uint8_t len;      /* bits of a prefix, octets of a digest or text */
    uint8_t protocol; /* 0 for any */
};

struct slot {
    uint32_t tag;
    uint32_t record; /* its index and one; 0 for none */
};

/* The octets of an address as they lie in memory. */
struct words {
    uint64_t high, low;
};

struct indicators {
    struct hash_key key;
    struct record *records;
    struct slot *slots;
    uint64_t *filter; /* lines of LINE_WORDS */
    uint32_t
        *v4_lengths; /* V4_BLOCKS: of each /16 the lengths of prefixes listed, /n as bit n */
    uint8_t *text;
    size_t count;
    size_t count_max;
    size_t text_len;
    size_t text_max;
    size_t slot_mask;
    size_t line_mask;
    size_t kind_count[INDICATOR_KINDS];
    struct words masks[LENGTHS];
    uint8_t v6_lengths[LENGTHS]; /* of prefixes in use, longest first */
    size_t v6_length_count;
    size_t list_count;
    char lists[INDICATOR_LISTS_MAX][LIST_NAME_MAX];
};

/* A key to look up.  Which octets it has is told by the kind. */
struct wanted {
    enum indicator_kind kind;
    struct bytes key; /* of 16 octets, masked, for addresses */
    uint64_t base;    /* hash of the key alone: where in the filter */
    uint64_t hash;
    uint16_t port;
    uint8_t len;
    uint8_t protocol;
};

/* A name's suffixes from the right, label by label: the hash of each grows from the last. */
struct suffix_walk {
    struct bytes name;
    size_t start; /* of the suffix */
    size_t labels;
    uint64_t hash;
};

static inline struct words words_of(const struct ip_address *address)
{
    return (struct words){ hash_load64(address->octets), hash_load64(address->octets + 8) };
}

static inline uint64_t hash_key_of(const struct hash_key *key, uint64_t base,
                                   enum indicator_kind kind, unsigned detail)
{
    uint64_t what = (uint64_t)(kind + 1) << 32 | detail;
    return hash_fold(base ^ key->word[1], what ^ key->word[3]);
}

static inline uint64_t hash_words(const struct hash_key *key, struct words words)
{
    return hash_two(key, words.high, words.low);
}

static inline uint64_t hash_address(const struct hash_key *key,
                                    const struct ip_address *address)
{
    return hash_words(key, words_of(address));
}

static inline uint64_t *filter_line(const struct indicators *set, uint64_t base)
{
    return &set->filter[(base >> 16 & set->line_mask) * LINE_WORDS];
}

/* Two bits in each of two words of the line. */
struct filter_mark {
    size_t word[2];
    uint64_t bits[2];
};

static inline struct filter_mark filter_mark(uint64_t hash)
{
    return (struct filter_mark){
        { hash % LINE_WORDS, (hash >> 3) % LINE_WORDS },
        { UINT64_C(1) << (hash >> 6 & 63) | UINT64_C(1) << (hash >> 12 & 63),
          UINT64_C(1) << (hash >> 18 & 63) | UINT64_C(1) << (hash >> 24 & 63) },
    };
}

static inline bool may_be_listed(const struct indicators *set, uint64_t base, uint64_t hash)
{
    const uint64_t *line = filter_line(set, base);
    struct filter_mark mark = filter_mark(hash);
    return ((mark.bits[0] & ~line[mark.word[0]]) | (mark.bits[1] & ~line[mark.word[1]])) == 0;
}

/* Keys to look up, by what they are of. */
struct wanted wanted_address(const struct indicators *set, const struct ip_address *address);
/* address is the prefix's: bits past len are 0. */
struct wanted wanted_prefix(const struct indicators *set, const struct ip_address *address,
                            uint8_t len);
struct wanted wanted_endpoint(const struct indicators *set, const struct ip_address *address,
                              uint16_t port, uint8_t protocol);
/* JA3, JA4, CERTIFICATE. */
struct wanted wanted_bytes(const struct indicators *set, enum indicator_kind kind,
                           struct bytes bytes);
struct wanted wanted_domain(const struct indicators *set, struct bytes name);

/* From a name's top level down; false past its whole. */
struct suffix_walk walk_over(struct bytes name);
bool next_suffix(const struct hash_key *key, struct suffix_walk *walk);
struct wanted wanted_suffix(const struct indicators *set, const struct suffix_walk *walk);

/* The octets that a record of this kind is found by. */
struct bytes record_key(const struct indicators *set, const struct record *record);
/* Where the search for a hash starts; and the next record of the key from slot *at on, NULL at
 * the end of its run. */
size_t first_slot(const struct indicators *set, uint64_t hash);
struct record *next_record(const struct indicators *set, const struct wanted *wanted,
                           size_t *at);
