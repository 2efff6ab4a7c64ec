// SPDX-License-Identifier: Apache-2.0
/* Nested prefixes are flattened into disjoint ranges, each known by its first address and its
 * kind, which is place and class in one octet; the range of an address is found by binary
 * search.  For IPv4, where nearly all look-ups are, a table of two steps answers instead: the
 * kind of a whole /16, or a group with the kind of each of its /24s.  Only a /24 of several
 * kinds is searched. */
#include "gate/places.h"

#include "base/attr.h"
#include "base/must.h"

enum { V4_BLOCKS = 1 << 16, GROUP = 256, DEPTH_MAX = 129 };
enum { KINDS = PLACES * LINE_CLASSES, MIXED = KINDS };
_Static_assert(MIXED <= UINT8_MAX, "a kind is an octet");

/* An address as two words in host order, so that it compares fast. */
struct key {
    uint64_t high;
    uint64_t low;
};

struct entry {
    struct ip_address address;
    uint8_t len;
    uint8_t kind;
};

struct places {
    struct entry *entries;
    struct key *starts; /* of the ranges, ascending; the first is 0 */
    uint8_t *kinds;     /* of each range */
    uint32_t *blocks;   /* V4_BLOCKS: the kind of an IPv4 /16, or KINDS and its group */
    uint8_t *groups;    /* GROUP each: the kind of a /24, or MIXED */
    size_t v4_first;    /* the ranges in which the IPv4 addresses begin and end */
    size_t v4_last;
    size_t entry_count;
    size_t entry_max;
    size_t range_count;
    bool tell_border;
    bool is_built;
};

static uint8_t kind_of(struct place_label label)
{
    return (uint8_t)(label.place + PLACES * label.line_class);
}

static struct place_label label_of(uint32_t kind)
{
    return (struct place_label){ (enum place)(kind % PLACES),
                                 (enum line_class)(kind / PLACES) };
}

/* What it does not say itself it has from the other. */
static uint8_t complete(uint8_t kind, uint8_t other)
{
    struct place_label label = label_of(kind), wider = label_of(other);
    if (label.place == PLACE_UNKNOWN)
        label.place = wider.place;
    if (label.line_class == CLASS_UNKNOWN)
        label.line_class = wider.line_class;
    return kind_of(label);
}

static size_t range_max(size_t prefix_max)
{
    return 2 * prefix_max + 1;
}

/* A /16 has a group when a range starts inside it. */
static size_t group_max(size_t prefix_max)
{
    return range_max(prefix_max) < V4_BLOCKS ? range_max(prefix_max) : V4_BLOCKS;
}

size_t places_size(size_t prefix_max)
{
    size_t per_range = sizeof(struct key) + sizeof(uint8_t);
    return sizeof(struct places) + prefix_max * sizeof(struct entry) +
           range_max(prefix_max) * per_range + V4_BLOCKS * sizeof(uint32_t) +
           group_max(prefix_max) * GROUP + 6 * alignof(max_align_t);
}

struct places *places_init(size_t prefix_max, struct arena *keep)
{
    MUST(prefix_max < UINT32_MAX / 2);
    size_t ranges = range_max(prefix_max);
    struct places *places = ARENA_NEW(keep, struct places, 1);
    places->entries = arena_take(keep, sizeof(struct entry), alignof(struct entry), prefix_max);
    /* Not cleared: what is not filled is not paged in. */
    places->starts = arena_take(keep, sizeof(struct key), alignof(struct key), ranges);
    places->kinds = arena_take(keep, sizeof(uint8_t), 1, ranges);
    places->blocks = ARENA_NEW(keep, uint32_t, V4_BLOCKS);
    places->groups = arena_take(keep, GROUP, 1, group_max(prefix_max));
    places->entry_max = prefix_max;
    return places;
}

bool places_add(struct places *places, const struct ip_prefix *prefix, struct place_label label)
{
    MUST(!places->is_built && prefix->len <= 128);
    MUST(label.place < PLACES && label.line_class < LINE_CLASSES);
    if (places->entry_count == places->entry_max)
        return false;
    places->entries[places->entry_count++] =
        (struct entry){ prefix->address, prefix->len, kind_of(label) };
    places->tell_border |= label.place == PLACE_DOMESTIC || label.place == PLACE_FOREIGN;
    return true;
}

size_t places_count(const struct places *places)
{
    return places->entry_count;
}

bool places_tell_border(const struct places *places)
{
    return places->tell_border;
}

static uint64_t load_be64(const uint8_t *octets)
{
    uint64_t word = 0;
    for (size_t i = 0; i < 8; i++)
        word = word << 8 | octets[i];
    return word;
}

static struct key key_of(const struct ip_address *address)
{
    return (struct key){ load_be64(address->octets), load_be64(address->octets + 8) };
}

static bool key_less(struct key a, struct key b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

static bool key_equal(struct key a, struct key b)
{
    return a.high == b.high && a.low == b.low;
}

/* The last address of a prefix. */
static struct key key_last(const struct entry *entry)
{
    struct key key = key_of(&entry->address);
    if (entry->len < 64)
        key.high |= UINT64_MAX >> entry->len;
    if (entry->len <= 64)
        key.low = UINT64_MAX;
    else if (entry->len < 128)
        key.low |= UINT64_MAX >> (entry->len - 64);
    return key;
}

/* Outer prefixes before those inside them; of equal ones, the kind that wins first, which is
 * the order of enum place, then of enum line_class. */
static int compare_entries(const struct entry *a, const struct entry *b)
{
    int order = memcmp(a->address.octets, b->address.octets, sizeof a->address.octets);
    if (order == 0)
        order = (int)a->len - (int)b->len;
    if (order == 0)
        order = a->kind % PLACES - b->kind % PLACES;
    return order != 0 ? order : a->kind - b->kind;
}

static void sift_down(struct entry *entries, size_t root, size_t count)
{
    struct entry moved = entries[root];
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && compare_entries(&entries[child], &entries[child + 1]) < 0)
            child++;
        if (compare_entries(&moved, &entries[child]) >= 0)
            break;
        entries[root] = entries[child];
    }
    entries[root] = moved;
}

/* Heap sort: the C library's qsort may allocate. */
static void sort_entries(struct entry *entries, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        sift_down(entries, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        struct entry largest = entries[0];
        entries[0] = entries[end - 1];
        entries[end - 1] = largest;
        sift_down(entries, 0, end - 1);
    }
}

/* From start on, addresses are of this kind. */
static void mark(struct places *places, struct key start, uint8_t kind)
{
    size_t last = places->range_count - 1;
    if (!key_equal(places->starts[last], start)) {
        places->starts[++last] = start;
        places->range_count++;
    }
    places->kinds[last] = kind;
    if (last > 0 && places->kinds[last - 1] == kind)
        places->range_count--;
}

struct open_prefix {
    struct key last;
    uint8_t kind;
};

/* The prefixes that hold the point of the sweep, outermost first. */
struct sweep {
    size_t depth;
    struct open_prefix open[DEPTH_MAX];
};

static uint8_t kind_around(const struct sweep *sweep)
{
    return sweep->depth > 0 ? sweep->open[sweep->depth - 1].kind : 0;
}

static bool is_same_prefix(const struct entry *a, const struct entry *b)
{
    return a->len == b->len && ip_equal(&a->address, &b->address);
}

static void close_innermost(struct places *places, struct sweep *sweep)
{
    struct key next = sweep->open[--sweep->depth].last;
    next.low++;
    next.high += next.low == 0;
    if (next.high == 0 && next.low == 0)
        return; /* it ends where all addresses end */
    mark(places, next, kind_around(sweep));
}

static void flatten(struct places *places)
{
    struct sweep sweep = { .depth = 0 };
    for (size_t i = 0; i < places->entry_count;) {
        const struct entry *entry = &places->entries[i];
        struct key start = key_of(&entry->address);
        while (sweep.depth > 0 && key_less(sweep.open[sweep.depth - 1].last, start))
            close_innermost(places, &sweep);
        uint8_t kind = 0;
        for (; i < places->entry_count && is_same_prefix(entry, &places->entries[i]); i++)
            kind = complete(kind, places->entries[i].kind); /* the one that wins comes first */
        kind = complete(kind, kind_around(&sweep));
        sweep.open[sweep.depth++] = (struct open_prefix){ key_last(entry), kind };
        mark(places, start, kind);
    }
    while (sweep.depth > 0)
        close_innermost(places, &sweep);
}

/* The last range of from..to that starts at or before key; from does. */
static size_t search(const struct places *places, struct key key, size_t from, size_t to)
{
    while (from < to) {
        size_t middle = from + (to - from + 1) / 2;
        if (key_less(key, places->starts[middle]))
            to = middle - 1;
        else
            from = middle;
    }
    return from;
}

static size_t range_of_v4(const struct places *places, uint32_t v4, size_t from)
{
    struct ip_address address = ip_from_v4(v4);
    return search(places, key_of(&address), from, places->range_count - 1);
}

/* Of a /16 that starts in the range from and ends in the range to. */
static void fill_group(const struct places *places, uint8_t *group, size_t from, size_t to)
{
    memset(group, places->kinds[from], GROUP);
    for (size_t range = from + 1; range <= to; range++) {
        uint32_t start = (uint32_t)places->starts[range].low;
        size_t at = start >> 8 & 0xff;
        memset(group + at, places->kinds[range], GROUP - at);
        if ((start & 0xff) != 0)
            group[at] = MIXED;
    }
}

static void fill_blocks(struct places *places)
{
    uint32_t groups = 0;
    size_t from = range_of_v4(places, 0, 0);
    places->v4_first = from;
    for (uint32_t block = 0; block < V4_BLOCKS; block++) {
        from = range_of_v4(places, block << 16, from);
        size_t to = range_of_v4(places, block << 16 | 0xffff, from);
        places->blocks[block] = places->kinds[from];
        if (to != from) {
            fill_group(places, places->groups + (size_t)groups * GROUP, from, to);
            places->blocks[block] = KINDS + groups++;
        }
        from = to;
    }
    places->v4_last = from;
}

void places_build(struct places *places)
{
    MUST(!places->is_built);
    places->range_count = 1;
    places->starts[0] = (struct key){ 0, 0 };
    places->kinds[0] = 0;
    sort_entries(places->entries, places->entry_count);
    flatten(places);
    fill_blocks(places);
    places->is_built = true;
}

static const uint8_t *group_of(const struct places *places, uint32_t block)
{
    return places->groups + (size_t)(block - KINDS) * GROUP;
}

void places_prefetch(const struct places *places, const struct ip_address *address)
{
    if (!ip_is_v4(address))
        return;
    uint32_t v4 = ip_to_v4(address);
    uint32_t block = places->blocks[v4 >> 16];
    if (block >= KINDS)
        PREFETCH(group_of(places, block) + (v4 >> 8 & 0xff));
}

static uint32_t find_v4(const struct places *places, uint32_t v4)
{
    uint32_t block = places->blocks[v4 >> 16];
    if (block < KINDS)
        return block;
    uint8_t kind = group_of(places, block)[v4 >> 8 & 0xff];
    if (LIKELY(kind != MIXED))
        return kind;
    struct ip_address address = ip_from_v4(v4);
    size_t range = search(places, key_of(&address), places->v4_first, places->v4_last);
    return places->kinds[range];
}

struct place_label places_find(const struct places *places, const struct ip_address *address)
{
    MUST(places->is_built);
    if (ip_is_v4(address))
        return label_of(find_v4(places, ip_to_v4(address)));
    size_t range = search(places, key_of(address), 0, places->range_count - 1);
    return label_of(places->kinds[range]);
}
