// SPDX-License-Identifier: Apache-2.0
/* What others see and keep of the templates. */
#include "collect/protocol_private.h"
#include "collect/templates_table_private.h"

enum { TEMPLATE_ID_MIN = 256, FLAG_OPTIONS = 1, FLAG_NETFLOW9 = 2, FLAGS_ALL = 3 };

void templates_view(const struct templates *templates, uint32_t exporter,
                    struct exporter_view *out)
{
    const struct template_owner *owner = owner_of(templates, exporter);
    out->templates_held = owner->templates;
    out->unknown_elements = owner->unknown_elements;
    out->without_template = owner->without_template;
    out->replayed = owner->replayed;
    out->pending_lost_octets = owner->pending_lost_octets;
}

static const struct template *nth(const struct templates *templates, size_t exporter, size_t i)
{
    if (exporter >= templates->limits.exporters_max)
        return NULL;
    uint32_t at = owner_of(templates, (uint32_t)exporter + 1)->list.first;
    for (; at != 0 && i > 0; i--)
        at = templates->items[at].links[LINK_OWN].next;
    return at != 0 ? &templates->items[at] : NULL;
}

bool collect_template(const struct collect *collect, size_t exporter, size_t i,
                      struct template_view *out)
{
    const struct template *template = nth(collect->templates, exporter, i);
    if (!template)
        return false;
    *out = (struct template_view){
        .id = template->id,
        .is_options = template->is_options,
        .field_count = template->field_count,
        .scope_count = template->scope_count,
        .record_octets = template->plan.octets,
        .is_variable = template->plan.is_variable,
        .records = template->records,
        .refreshed = template->refreshed,
        .changed = template->changed,
        .first_ns = template->first_ns,
        .received_ns = template->received_ns,
    };
    return true;
}

bool collect_template_field(const struct collect *collect, size_t exporter, size_t i,
                            size_t field, struct template_field_view *out)
{
    const struct templates *templates = collect->templates;
    const struct template *template = nth(templates, exporter, i);
    if (!template || field >= template->field_count)
        return false;
    const struct template_field *found = &templates->fields[template->at + field];
    struct element_key key = { found->enterprise, found->id };
    *out = (struct template_field_view){
        .key = key,
        .octets = found->octets,
        .is_scope = field < template->scope_count,
        .is_used = meaning_find(key) != NULL || plan_is_list(found),
        .element = element_find(key),
    };
    return true;
}

/* Writes as far as there is room, and counts on. */
struct writer {
    uint8_t *at;
    size_t len, max;
};

static void put(struct writer *out, uint64_t number, size_t octets)
{
    for (size_t i = octets; i > 0; i--, out->len++)
        if (out->len < out->max)
            out->at[out->len] = (uint8_t)(number >> 8 * (i - 1));
}

static void save(const struct templates *templates, const struct template *template,
                 struct writer *out)
{
    put(out, template->id, 2);
    put(out,
        (template->is_options ? FLAG_OPTIONS : 0) | (template->is_netflow9 ? FLAG_NETFLOW9 : 0),
        1);
    put(out, template->scope_count, 2);
    put(out, template->field_count, 2);
    for (size_t i = 0; i < template->field_count; i++) {
        const struct template_field *field = &templates->fields[template->at + i];
        put(out, field->enterprise, 4);
        put(out, field->id, 2);
        put(out, field->octets, 2);
    }
}

/* Oldest first, so that those restored are in the same order. */
size_t templates_save(const struct templates *templates, uint32_t exporter, uint8_t *out,
                      size_t max)
{
    struct writer writer = { out, 0, max };
    const struct template_owner *owner = owner_of(templates, exporter);
    uint32_t count = 0;
    for (uint32_t at = owner->list.last; at; at = templates->items[at].links[LINK_OWN].previous)
        count += templates->items[at].is_datagram;
    put(&writer, count, 4);
    for (uint32_t at = owner->list.last; at; at = templates->items[at].links[LINK_OWN].previous)
        if (templates->items[at].is_datagram)
            save(templates, &templates->items[at], &writer);
    return writer.len;
}

static enum fault read_saved(struct cursor *saved, struct template_news *news,
                             struct template_field *fields)
{
    news->id = cursor_be16(saved);
    uint8_t flags = cursor_u8(saved);
    news->scope_count = cursor_be16(saved);
    news->field_count = cursor_be16(saved);
    news->is_options = flags & FLAG_OPTIONS;
    news->is_netflow9 = flags & FLAG_NETFLOW9;
    if (saved->broken)
        return FAULT_TRUNCATED;
    if (news->id < TEMPLATE_ID_MIN || flags > FLAGS_ALL || news->field_count == 0 ||
        news->field_count > TEMPLATE_FIELDS_MAX || news->scope_count > news->field_count)
        return FAULT_VALUE;
    for (size_t i = 0; i < news->field_count; i++) {
        uint32_t enterprise = cursor_be32(saved);
        uint16_t id = cursor_be16(saved);
        uint16_t octets = cursor_be16(saved);
        fields[i] = (struct template_field){ enterprise, id, octets };
    }
    return saved->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

enum fault templates_check(struct cursor *saved)
{
    struct template_field fields[TEMPLATE_FIELDS_MAX];
    uint32_t count = cursor_be32(saved);
    for (uint32_t i = 0; i < count; i++) {
        struct template_news news;
        enum fault fault = read_saved(saved, &news, fields);
        if (fault)
            return fault;
    }
    return saved->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

enum fault templates_restore(struct templates *templates, uint32_t exporter,
                             struct cursor *saved, int64_t now_ns)
{
    uint32_t count = cursor_be32(saved);
    for (uint32_t i = 0; i < count; i++) {
        struct template_news news = { .is_datagram = true, .now_ns = now_ns };
        enum fault fault = read_saved(saved, &news, templates->scratch);
        if (fault)
            return fault;
        bool is_new;
        if (templates_put(templates, exporter, &news, &is_new) != FAULT_NONE)
            templates->refused++;
    }
    return saved->broken ? FAULT_TRUNCATED : FAULT_NONE;
}
