// SPDX-License-Identifier: Apache-2.0
#include "collect/templates_table_private.h"

enum { SHARE = 16, SHARE_TEMPLATES_MIN = 64 }; /* one exporter's part of the whole */

static size_t power_above(size_t count)
{
    size_t power = 1;
    while (power < count)
        power <<= 1;
    return power;
}

size_t templates_size(const struct collect_limits *limits)
{
    size_t fields = (limits->fields_max + ROOM_LARGEST) / ROOM_LARGEST * ROOM_LARGEST;
    return sizeof(struct templates) + (limits->templates_max + 1) * sizeof(struct template) +
           power_above(limits->templates_max) * sizeof(uint32_t) +
           (limits->exporters_max + 1) * sizeof(struct template_owner) +
           room_size(limits->fields_max) + fields * sizeof(struct template_field) +
           fields * PLAN_STEPS_A_FIELD * sizeof(struct step) +
           pending_size(limits->pending_octets) + 8 * alignof(max_align_t);
}

static uint32_t share_of(size_t whole, size_t least)
{
    size_t share = whole / SHARE > least ? whole / SHARE : least;
    return (uint32_t)(share < whole ? share : whole);
}

struct templates *templates_init(const struct collect_limits *limits, struct hash_key key,
                                 struct arena *keep)
{
    struct templates *templates = ARENA_NEW(keep, struct templates, 1);
    templates->limits = *limits;
    templates->key = key;
    templates->items = ARENA_NEW(keep, struct template, limits->templates_max + 1);
    for (uint32_t i = (uint32_t)limits->templates_max; i > 0; i--) {
        templates->items[i].next_in_bucket = templates->free;
        templates->free = i;
    }
    size_t buckets = power_above(limits->templates_max);
    templates->buckets = ARENA_NEW(keep, uint32_t, buckets);
    templates->bucket_mask = buckets - 1;
    templates->owners = ARENA_NEW(keep, struct template_owner, limits->exporters_max + 1);
    room_init(&templates->room, limits->fields_max, keep);
    size_t fields = room_fields(&templates->room);
    templates->fields = ARENA_NEW(keep, struct template_field, fields);
    templates->steps = ARENA_NEW(keep, struct step, fields * PLAN_STEPS_A_FIELD);
    templates->own_max = share_of(limits->templates_max, SHARE_TEMPLATES_MIN);
    templates->own_fields_max = share_of(fields, ROOM_LARGEST);
    pending_init(&templates->pending, limits->pending_octets, keep);
    return templates;
}

static void list_add(struct templates *templates, struct template_list *list, unsigned which,
                     uint32_t at)
{
    struct template_link *link = &templates->items[at].links[which];
    *link = (struct template_link){ list->first, 0 };
    if (list->first != 0)
        templates->items[list->first].links[which].previous = at;
    else
        list->last = at;
    list->first = at;
}

static void list_remove(struct templates *templates, struct template_list *list, unsigned which,
                        uint32_t at)
{
    struct template_link link = templates->items[at].links[which];
    if (link.next != 0)
        templates->items[link.next].links[which].previous = link.previous;
    else
        list->last = link.previous;
    if (link.previous != 0)
        templates->items[link.previous].links[which].next = link.next;
    else
        list->first = link.next;
}

static struct template_list *age_list(struct templates *templates,
                                      const struct template *template)
{
    return template->is_proven ? &templates->proven : &templates->fresh;
}

static uint32_t *bucket_of(struct templates *templates, uint32_t exporter, uint16_t id)
{
    return &templates->buckets[template_hash(templates, exporter, id) & templates->bucket_mask];
}

static void give_back(struct templates *templates, uint32_t at)
{
    struct template *template = &templates->items[at];
    struct template_owner *owner = owner_of(templates, template->exporter);
    uint32_t *link = bucket_of(templates, template->exporter, template->id);
    while (*link != at)
        link = &templates->items[*link].next_in_bucket;
    *link = template->next_in_bucket;
    list_remove(templates, &owner->list, LINK_OWN, at);
    list_remove(templates, age_list(templates, template), LINK_AGE, at);
    owner->templates--;
    owner->fields -= (uint32_t)ROOM_UNIT << template->order;
    room_give(&templates->room, template->at, template->order);
    template->exporter = 0;
    template->next_in_bucket = templates->free;
    templates->free = at;
}

static uint32_t find(struct templates *templates, uint32_t exporter, uint16_t id)
{
    uint32_t at = *bucket_of(templates, exporter, id);
    while (at != 0 &&
           (templates->items[at].exporter != exporter || templates->items[at].id != id))
        at = templates->items[at].next_in_bucket;
    return at;
}

static bool is_expired(const struct templates *templates, const struct template *template,
                       int64_t now_ns)
{
    int64_t good_ns = templates->limits.template_ns;
    return good_ns > 0 && template->is_datagram && now_ns - template->received_ns > good_ns;
}

struct template *templates_look_up(struct templates *templates, uint32_t exporter, uint16_t id,
                                   int64_t now_ns)
{
    uint32_t at = find(templates, exporter, id);
    struct template *template = &templates->items[at];
    return at == 0 || is_expired(templates, template, now_ns) ? NULL : template;
}

struct template *templates_find(struct templates *templates, uint32_t exporter, uint16_t id,
                                int64_t now_ns)
{
    uint32_t at = find(templates, exporter, id);
    if (at == 0)
        return NULL;
    struct template *template = &templates->items[at];
    if (is_expired(templates, template, now_ns)) {
        give_back(templates, at);
        templates->expired++;
        return NULL;
    }
    return template;
}

static void move_to_front(struct templates *templates, struct template_list *list,
                          unsigned which, uint32_t at)
{
    if (list->first == at)
        return;
    list_remove(templates, list, which, at);
    list_add(templates, list, which, at);
}

void templates_use(struct templates *templates, struct template *template)
{
    uint32_t at = (uint32_t)(template - templates->items);
    if (template->is_proven) {
        move_to_front(templates, &templates->proven, LINK_AGE, at);
        return;
    }
    list_remove(templates, &templates->fresh, LINK_AGE, at);
    template->is_proven = true;
    list_add(templates, &templates->proven, LINK_AGE, at);
}

/* One template of all goes; false when there is none. */
static bool evict_any(struct templates *templates)
{
    uint32_t at = templates->fresh.last ? templates->fresh.last : templates->proven.last;
    if (at == 0)
        return false;
    give_back(templates, at);
    templates->evicted++;
    return true;
}

static void keep_to_share(struct templates *templates, uint32_t exporter, unsigned order)
{
    struct template_owner *owner = owner_of(templates, exporter);
    uint32_t fields = (uint32_t)ROOM_UNIT << order;
    while (owner->templates > 0 && (owner->templates >= templates->own_max ||
                                    owner->fields + fields > templates->own_fields_max)) {
        give_back(templates, owner->list.last);
        templates->evicted++;
    }
}

/* A place for a template and its fields, not yet in any list; 0 when there can be none. */
static uint32_t make_place(struct templates *templates, uint32_t exporter, unsigned order)
{
    keep_to_share(templates, exporter, order);
    while (templates->free == 0)
        if (!evict_any(templates))
            return 0;
    uint32_t at;
    while ((at = room_take(&templates->room, order)) == ROOM_NONE)
        if (!evict_any(templates))
            return 0;
    uint32_t place = templates->free;
    templates->free = templates->items[place].next_in_bucket;
    templates->items[place] = (struct template){ .at = at, .order = (uint8_t)order };
    return place;
}

static bool is_same(const struct templates *templates, const struct template *template,
                    const struct template_news *news)
{
    return template->is_options == news->is_options &&
           template->is_netflow9 == news->is_netflow9 &&
           template->scope_count == news->scope_count &&
           template->field_count == news->field_count &&
           memcmp(&templates->fields[template->at], templates->scratch,
                  news->field_count * sizeof *templates->scratch) == 0;
}

static uint64_t unknown_of(const struct template_field *fields, size_t count)
{
    uint64_t unknown = 0;
    for (size_t i = 0; i < count; i++)
        unknown += !element_find((struct element_key){ fields[i].enterprise, fields[i].id });
    return unknown;
}

static void refresh(struct templates *templates, uint32_t at, const struct template_news *news)
{
    struct template *template = &templates->items[at];
    struct template_owner *owner = owner_of(templates, template->exporter);
    template->refreshed++;
    template->received_ns = news->now_ns;
    template->is_datagram = news->is_datagram;
    move_to_front(templates, &owner->list, LINK_OWN, at);
    if (!template->is_proven)
        move_to_front(templates, &templates->fresh, LINK_AGE, at);
}

static void enlist(struct templates *templates, uint32_t exporter, uint32_t at,
                   const struct template_news *news)
{
    struct template *template = &templates->items[at];
    struct template_owner *owner = owner_of(templates, exporter);
    template->exporter = exporter;
    template->id = news->id;
    template->field_count = news->field_count;
    template->scope_count = news->scope_count;
    template->is_options = news->is_options;
    template->is_netflow9 = news->is_netflow9;
    template->is_datagram = news->is_datagram;
    template->first_ns = news->now_ns;
    template->received_ns = news->now_ns;
    memcpy(&templates->fields[template->at], templates->scratch,
           news->field_count * sizeof *templates->scratch);
    uint32_t *bucket = bucket_of(templates, exporter, news->id);
    template->next_in_bucket = *bucket;
    *bucket = at;
    list_add(templates, &owner->list, LINK_OWN, at);
    list_add(templates, &templates->fresh, LINK_AGE, at);
    owner->templates++;
    owner->fields += (uint32_t)ROOM_UNIT << template->order;
    owner->unknown_elements += unknown_of(templates->scratch, news->field_count);
}

enum fault templates_put(struct templates *templates, uint32_t exporter,
                         const struct template_news *news, bool *is_new)
{
    *is_new = false;
    uint32_t old = find(templates, exporter, news->id);
    if (old != 0 && is_same(templates, &templates->items[old], news)) {
        refresh(templates, old, news);
        return FAULT_NONE;
    }
    struct step steps[TEMPLATE_FIELDS_MAX * PLAN_STEPS_A_FIELD];
    struct plan plan;
    enum fault fault = plan_compile(templates->scratch, news->field_count, steps, &plan);
    if (fault)
        return fault;

    uint32_t changed = old != 0 ? templates->items[old].changed + 1 : 0;
    if (old != 0) {
        templates->changed++;
        give_back(templates, old);
    }
    uint32_t at = make_place(templates, exporter, room_order(news->field_count));
    if (at == 0)
        return FAULT_LIMIT;
    struct template *template = &templates->items[at];
    template->plan = plan;
    template->changed = changed;
    memcpy(&templates->steps[(size_t) template->at * PLAN_STEPS_A_FIELD], steps,
           plan.steps * sizeof *steps);
    enlist(templates, exporter, at, news);
    *is_new = old == 0;
    return FAULT_NONE;
}

void templates_withdraw(struct templates *templates, uint32_t exporter, uint16_t id)
{
    uint32_t at = find(templates, exporter, id);
    if (at == 0)
        return;
    give_back(templates, at);
    templates->withdrawn++;
}

void templates_withdraw_all(struct templates *templates, uint32_t exporter, bool is_options)
{
    struct template_owner *owner = owner_of(templates, exporter);
    for (uint32_t at = owner->list.first, next; at != 0; at = next) {
        next = templates->items[at].links[LINK_OWN].next;
        if (templates->items[at].is_options != is_options)
            continue;
        give_back(templates, at);
        templates->withdrawn++;
    }
}

void templates_end(struct templates *templates, uint32_t exporter)
{
    struct template_owner *owner = owner_of(templates, exporter);
    while (owner->list.first != 0)
        give_back(templates, owner->list.first);
    owner->pending_lost_octets += owner->pending_octets;
    templates->pending_lost_octets += owner->pending_octets;
    owner->pending_octets = 0;
    owner->pending_room = 0;
    owner->system_init_ms = 0;
    owner->serial++;
}

void templates_drop(struct templates *templates, uint32_t exporter)
{
    templates_end(templates, exporter);
    struct template_owner *owner = owner_of(templates, exporter);
    *owner = (struct template_owner){ .serial = owner->serial };
}
