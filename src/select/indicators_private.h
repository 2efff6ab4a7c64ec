// SPDX-License-Identifier: Apache-2.0
/* How a set of indicators lies in memory and in a generation file, shared by what fills it and
 * what asks it: docs/indicators.md.  Whether the arrays were filled here or came in a file,
 * nothing in them is believed: positions are held against the counts where they are used. */
#pragma once

#include "base/attr.h"
#include "select/generation.h"
#include "select/names_private.h"

enum { LENGTHS = 129 };
enum { LINE_OCTETS = 64, LINE_WORDS = 8, V4_BLOCKS = 1 << 16 };
enum { V4_BITS = 96 }; /* in which every IPv4 address agrees */

enum record_flag { RECORD_REVOKED = 1 }; /* of an overlay: takes away, adds nothing */

/* Times are seconds since 1970: valid in [from_s, to_s). */
struct record {
    union {
        uint8_t octets[16]; /* an address, or a digest of 16 octets */
        uint32_t text_at;   /* of the other kinds: where in the texts */
    };
    uint32_t from_s;
    uint32_t to_s; /* TO_NEVER: has no end */
    uint16_t port;
    uint16_t list;
    uint8_t kind;
    uint8_t len;      /* bits of a prefix, octets of a digest or text */
    uint8_t protocol; /* 0 for any */
    uint8_t flags;
};

#define TO_NEVER UINT32_MAX

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
    struct generation_list *lists;
    size_t count;
    size_t text_len;
    size_t list_count;
    uint64_t slot_count;
    uint64_t line_count;
    uint32_t probe_max; /* the longest way from a key's first slot to its own */
    uint8_t v6_length_count;
    uint8_t v6_lengths[LENGTHS]; /* of prefixes in use, longest first */
    size_t kind_count[INDICATOR_KINDS];
    struct words masks[LENGTHS];
    uint64_t number;                  /* of its generation, 0 for a set of lists */
    uint64_t sequence;                /* of an overlay, else 0 */
    const struct indicators *overlay; /* asked after this; NULL when none */
    /* Lists of the overlay as this set counts them: by name, else after its own. */
    uint16_t overlay_lists[INDICATOR_LISTS_MAX];
    /* While it is filled. */
    size_t count_max;
    size_t text_max;
    bool allows_wide;
};

/* A key to look up.  Which octets it has is told by the kind. */
struct wanted {
    enum indicator_kind kind;
    uint16_t port;
    uint8_t len;
    uint8_t protocol;
    struct bytes key; /* of 16 octets, masked, for addresses */
    uint64_t line;    /* where in the filter: the same for keys that are asked together */
    uint64_t hash;
};

static inline struct words words_of(const struct ip_address *address)
{
    return (struct words){ hash_load64(address->octets), hash_load64(address->octets + 8) };
}

static inline struct words words_masked(const struct indicators *set, struct words words,
                                        unsigned len)
{
    struct words mask = set->masks[len];
    return (struct words){ words.high & mask.high, words.low & mask.low };
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

/* One of count, at most 2^32, as the high half of the hash says. */
static inline uint64_t one_of(uint64_t hash, uint64_t count)
{
    return (hash >> 32) * count >> 32;
}

static inline uint64_t *filter_line(const struct indicators *set, uint64_t line)
{
    return &set->filter[one_of(line, set->line_count) * LINE_WORDS];
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

static inline bool may_be_listed(const struct indicators *set, uint64_t line_hash,
                                 uint64_t hash)
{
    const uint64_t *line = filter_line(set, line_hash);
    struct filter_mark mark = filter_mark(hash);
    return ((mark.bits[0] & ~line[mark.word[0]]) | (mark.bits[1] & ~line[mark.word[1]])) == 0;
}

static inline bool has_text(enum indicator_kind kind)
{
    return kind == INDICATOR_DOMAIN || kind == INDICATOR_JA4 || kind == INDICATOR_SIGNATURE ||
           kind == INDICATOR_CERTIFICATE;
}

static inline size_t first_slot(const struct indicators *set, uint64_t hash)
{
    return (size_t)one_of(hash, set->slot_count);
}

/* Prefixes of one neighbourhood share a line of the filter: how long is what they share. */
static inline uint8_t prefix_group(uint8_t len, bool is_v4)
{
    if (is_v4)
        return len >= V4_BITS + 16 ? V4_BITS + 16 : len >= V4_BITS + 8 ? V4_BITS + 8 : V4_BITS;
    return len >= 32 ? 32 : len >= 19 ? 19 : 0;
}

static inline uint64_t prefix_line(const struct indicators *set, struct words address,
                                   uint8_t group)
{
    uint64_t base = hash_words(&set->key, words_masked(set, address, group));
    return hash_key_of(&set->key, base, INDICATOR_PREFIX, UINT16_MAX);
}

/* address may have bits past len. */
static inline uint64_t prefix_hash(const struct indicators *set, struct words address,
                                   uint8_t len)
{
    uint64_t base = hash_words(&set->key, words_masked(set, address, len));
    return hash_key_of(&set->key, base, INDICATOR_PREFIX, len);
}

/* Where a key is looked for: enough to know that it is not there. */
struct spot {
    uint64_t line, hash;
};

static inline struct spot spot_of_address(const struct indicators *set,
                                          const struct ip_address *address)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct spot){ base, hash_key_of(&set->key, base, INDICATOR_ADDRESS, 0) };
}

/* The protocol is no part of it: a record may be of any. */
static inline struct spot spot_of_endpoint(const struct indicators *set,
                                           const struct ip_address *address, uint16_t port)
{
    uint64_t base = hash_address(&set->key, address);
    return (struct spot){ base, hash_key_of(&set->key, base, INDICATOR_ENDPOINT, port) };
}

static inline struct spot spot_of_bytes(const struct indicators *set, enum indicator_kind kind,
                                        struct bytes bytes)
{
    uint64_t base = hash_bytes(&set->key, bytes);
    return (struct spot){ base, hash_key_of(&set->key, base, kind, 0) };
}

static inline struct spot spot_of_suffix(const struct indicators *set,
                                         const struct suffix_walk *walk)
{
    return (struct spot){ walk->line, hash_key_of(&set->key, walk->hash, INDICATOR_DOMAIN, 0) };
}

/* Keys to look up, by what they are of. */
struct wanted wanted_address(const struct indicators *set, const struct ip_address *address);
/* address is the prefix's: bits past len are 0. */
struct wanted wanted_prefix(const struct indicators *set, const struct ip_address *address,
                            uint8_t len);
struct wanted wanted_endpoint(const struct indicators *set, const struct ip_address *address,
                              uint16_t port, uint8_t protocol);
/* JA3, JA4, CERTIFICATE, SIGNATURE. */
struct wanted wanted_bytes(const struct indicators *set, enum indicator_kind kind,
                           struct bytes bytes);
struct wanted wanted_domain(const struct indicators *set, struct bytes name);
struct wanted wanted_record(const struct indicators *set, const struct record *record);

struct wanted wanted_suffix(const struct indicators *set, const struct suffix_walk *walk);

/* Whether the key of an indicator is an IPv4 prefix. */
bool is_v4_prefix(const struct ip_address *address, uint8_t len);
/* Masks, and what else follows from the arrays. */
void indicators_prepare(struct indicators *set);

/* The octets that a record of this kind is found by. */
struct bytes record_key(const struct indicators *set, const struct record *record);

/* A search for all the records of one key. */
struct search {
    size_t slot;
    uint32_t steps;
};
struct search search_of(const struct indicators *set, const struct wanted *wanted);
/* NULL at the end of the run.  Only sound records are given. */
struct record *search_next(const struct indicators *set, const struct wanted *wanted,
                           struct search *search);
bool is_revoked(const struct indicators *set, const struct wanted *wanted);
/* Whether it holds at that time. */
bool record_holds(const struct record *record, int64_t time_ns);
/* All of a hit but where it stands. */
void record_tell(const struct indicators *set, const struct record *record,
                 struct indicator_hit *out);

/* The prefixes of one address that may be listed, longest first. */
struct prefix_walk {
    struct words address;
    uint64_t line, hash; /* of the prefix it stands at */
    uint32_t v4_lengths; /* still to come, /n as bit n */
    uint8_t v6_at;
    bool is_v4;
    uint8_t len;
    uint8_t group; /* whose line that is; UINT8_MAX before the first */
};
struct prefix_walk prefixes_of(const struct indicators *set, const struct ip_address *address);
bool next_prefix(const struct indicators *set, struct prefix_walk *walk);
void prefixes_prefetch(const struct indicators *set, const struct ip_address *address);
