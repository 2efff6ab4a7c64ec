// SPDX-License-Identifier: Apache-2.0
/* The table behind template_private.h.  A template is found by its exporter and number; all of
 * one exporter are chained, newest first.  When there is no room, an exporter above its share
 * loses its own oldest, else that template goes of which no record was ever read, least
 * recently received first, and only then the one least recently used: what a flood of
 * templates from invented exporters brings pushes itself out first. */
#pragma once

#include "base/hash.h"
#include "collect/plan_private.h"
#include "collect/room_private.h"
#include "collect/template_private.h"

enum template_links { LINK_OWN, LINK_AGE, LINKS };

struct template_link {
    uint32_t next, previous;
};

struct template_list {
    uint32_t first, last; /* 0: none */
};

struct template
{
    struct template_link links[LINKS];
    uint32_t next_in_bucket;
    uint32_t exporter; /* 0: free */
    uint16_t id;
    uint16_t field_count;
    uint16_t scope_count;
    bool is_options;
    bool is_netflow9;
    bool is_datagram; /* its session has no end: may expire, is saved */
    bool is_proven;   /* a record was read with it */
    uint8_t order;    /* of its run of fields */
    uint32_t at;      /* where that begins */
    uint32_t refreshed, changed;
    uint64_t records;
    int64_t first_ns, received_ns; /* of these fields */
    struct plan plan;
};

/* What is held for one exporter. */
struct template_owner {
    struct template_list list;
    uint32_t templates, fields;
    uint32_t serial;         /* data that waits under another is of the place's former owner */
    uint32_t pending_octets; /* of its sets that wait */
    size_t pending_room;     /* which they take of the ring */
    uint64_t system_init_ms; /* told in options data (systemInitTimeMilliseconds), or 0 */
    uint64_t unknown_elements, without_template, replayed, pending_lost_octets;
};

/* Data that waits, oldest first, in a ring of octets. */
struct pending {
    uint8_t *ring;
    size_t size;
    size_t first, end; /* offsets; equal when empty */
    size_t wrap;       /* where the last entry before the ring's end stops, when end < first */
    size_t *bucket_first, *bucket_last; /* offset + 1 */
    size_t bucket_mask;
};

struct templates {
    struct collect_limits limits;
    struct hash_key key;
    uint32_t own_max, own_fields_max;
    struct template *items; /* from 1 */
    uint32_t free;          /* chained by next_in_bucket */
    uint32_t *buckets;
    size_t bucket_mask;
    struct template_list fresh, proven;
    struct template_owner *owners; /* by exporter number */
    struct room room;
    struct template_field *fields;
    struct step *steps;
    struct pending pending;
    uint64_t evicted, expired, withdrawn, changed, refused;
    uint64_t pending_lost_octets;
    struct template_field scratch[TEMPLATE_FIELDS_MAX]; /* the template being read */
};

/* A template as it comes off the wire; its fields are templates->scratch. */
struct template_news {
    uint16_t id;
    uint16_t field_count;
    uint16_t scope_count;
    bool is_options;
    bool is_netflow9;
    bool is_datagram;
    int64_t now_ns;
};

/* is_new: data may have waited for it. */
MUST_CHECK enum fault templates_put(struct templates *templates, uint32_t exporter,
                                    const struct template_news *news, bool *is_new);
/* NULL: none, or no longer good. */
struct template *templates_find(struct templates *templates, uint32_t exporter, uint16_t id,
                                int64_t now_ns);
/* The same, and none goes: for use while another is held. */
struct template *templates_look_up(struct templates *templates, uint32_t exporter, uint16_t id,
                                   int64_t now_ns);
/* Records are read with it. */
void templates_use(struct templates *templates, struct template *template);
void templates_withdraw(struct templates *templates, uint32_t exporter, uint16_t id);
void templates_withdraw_all(struct templates *templates, uint32_t exporter, bool is_options);

static inline const struct step *template_steps(const struct templates *templates,
                                                const struct template *template)
{
    return &templates->steps[(size_t) template->at * PLAN_STEPS_A_FIELD];
}

static inline struct template_owner *owner_of(const struct templates *templates,
                                              uint32_t exporter)
{
    return &templates->owners[exporter];
}

static inline uint64_t template_hash(const struct templates *templates, uint32_t exporter,
                                     uint16_t id)
{
    return hash_two(&templates->key, exporter, id);
}

/* A set and the context it came in. */
struct waiting {
    size_t size; /* of the entry, in the ring */
    size_t next; /* in its bucket: offset + 1 */
    uint32_t exporter;
    uint32_t serial;
    uint32_t octets; /* of the set, behind this */
    uint16_t id;
    bool is_taken;
    int64_t now_ns;
    struct export_message message; /* but for its octets */
    struct message_head head;
};

size_t pending_size(size_t octets);
void pending_init(struct pending *pending, size_t octets, struct arena *keep);
/* False: there is no room for it now, or it is more than the exporter's share. */
bool pending_put(struct templates *templates, const struct waiting *of, struct bytes set);
/* The next set that waits for this template, in order; what waited too long is lost on the
 * way.  Good until the next pending_put; NULL when there is none. */
const struct waiting *pending_take(struct templates *templates, uint32_t exporter, uint16_t id,
                                   int64_t now_ns);
struct bytes pending_octets(const struct waiting *waiting);
/* What was taken is used no more: its octets are overwritten. */
void pending_release(struct templates *templates, const struct waiting *waiting);
/* All that waits is lost, and counted. */
void pending_lose_all(struct templates *templates);
