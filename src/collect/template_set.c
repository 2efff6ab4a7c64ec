// SPDX-License-Identifier: Apache-2.0
#include "collect/sets_private.h"

enum { TEMPLATE_ID_MIN = 256, RECORD_HEAD = 4, ENTERPRISE = 0x8000 };
enum { WITHDRAW_TEMPLATES = 2, WITHDRAW_OPTIONS = 3 }; /* RFC 7011 8.1: all of them */

struct template_reading {
    struct reading *reading;
    struct cursor *set;
    struct template_news news;
};

/* RFC 3954 6.1: the scopes of v9 by the elements of IPFIX that say the same. */
static uint16_t scope_element(uint16_t type)
{
    switch (type) {
    case 1: return 144; /* System: exportingProcessId */
    case 2: return 10;  /* Interface: ingressInterface */
    case 3: return 141; /* Line card: lineCardId */
    case 4: return 143; /* Cache: meteringProcessId */
    case 5: return 145; /* Template: templateId */
    default: return 0;
    }
}

static struct template_field read_field(struct cursor *c, bool is_netflow9, bool is_scope)
{
    uint16_t id = cursor_be16(c);
    uint16_t octets = cursor_be16(c);
    if (is_netflow9 && is_scope)
        return (struct template_field){ 0, scope_element(id), octets };
    if (is_netflow9)
        return (struct template_field){ id & ENTERPRISE ? ELEMENT_NETFLOW9 : 0, id, octets };
    uint32_t enterprise = id & ENTERPRISE ? cursor_be32(c) : 0;
    return (struct template_field){ enterprise, id & (ENTERPRISE - 1), octets };
}

/* What is over the limit is still walked over, so that the next template is found. */
static void read_fields(struct template_reading *t)
{
    struct template_field *scratch = t->reading->collect->templates->scratch;
    for (size_t i = 0; i < t->news.field_count && !t->set->broken; i++) {
        struct template_field field =
            read_field(t->set, t->news.is_netflow9, i < t->news.scope_count);
        if (i < TEMPLATE_FIELDS_MAX)
            scratch[i] = field;
    }
}

/* RFC 7011 8.1.  A datagram's withdrawal may overtake data or its own template: it is ignored,
 * as the RFC wants it. */
static void withdraw(struct template_reading *t, uint16_t id)
{
    if (t->reading->message->transport == MESSAGE_UDP)
        return;
    struct templates *templates = t->reading->collect->templates;
    uint32_t exporter = exporter_number(t->reading->exporter);
    if (id == WITHDRAW_TEMPLATES || id == WITHDRAW_OPTIONS)
        templates_withdraw_all(templates, exporter, id == WITHDRAW_OPTIONS);
    else
        templates_withdraw(templates, exporter, id);
}

static bool is_withdrawal(const struct template_reading *t, uint16_t id)
{
    if (t->news.is_netflow9 || t->news.field_count != 0)
        return false;
    uint16_t all = t->news.is_options ? WITHDRAW_OPTIONS : WITHDRAW_TEMPLATES;
    return id >= TEMPLATE_ID_MIN || id == all;
}

/* RFC 3954 6.1: lengths in octets of the scopes and of the other fields. */
static enum fault read_counts9(struct template_reading *t)
{
    size_t scope_octets = cursor_be16(t->set);
    size_t option_octets = cursor_be16(t->set);
    if (t->set->broken)
        return FAULT_TRUNCATED;
    if (scope_octets % RECORD_HEAD != 0 || option_octets % RECORD_HEAD != 0)
        return FAULT_LENGTH;
    t->news.scope_count = (uint16_t)(scope_octets / RECORD_HEAD);
    t->news.field_count = (uint16_t)((scope_octets + option_octets) / RECORD_HEAD);
    return FAULT_NONE;
}

/* RFC 7011 3.4.2.2: scopes are counted among the fields, and there is at least one. */
static enum fault read_counts(struct template_reading *t)
{
    if (t->news.is_options && t->news.is_netflow9)
        return read_counts9(t);
    t->news.field_count = cursor_be16(t->set);
    if (t->news.is_options && t->news.field_count > 0)
        t->news.scope_count = cursor_be16(t->set);
    return t->set->broken ? FAULT_TRUNCATED : FAULT_NONE;
}

static enum fault check_counts(const struct template_reading *t)
{
    const struct template_news *news = &t->news;
    if (news->id < TEMPLATE_ID_MIN || news->field_count == 0)
        return FAULT_VALUE;
    if (news->scope_count > news->field_count ||
        (news->is_options && !news->is_netflow9 && news->scope_count == 0))
        return FAULT_VALUE;
    return news->field_count > TEMPLATE_FIELDS_MAX ? FAULT_LIMIT : FAULT_NONE;
}

static enum fault read_template(struct template_reading *t)
{
    t->news.scope_count = 0;
    t->news.id = cursor_be16(t->set);
    enum fault fault = read_counts(t);
    if (fault)
        return fault;
    if (is_withdrawal(t, t->news.id)) {
        withdraw(t, t->news.id);
        return FAULT_NONE;
    }
    read_fields(t);
    if (t->set->broken)
        return FAULT_TRUNCATED;
    fault = check_counts(t);
    if (fault)
        return fault;
    bool is_new;
    fault = templates_put(t->reading->collect->templates, exporter_number(t->reading->exporter),
                          &t->news, &is_new);
    if (is_new)
        data_sets_replay(t->reading, t->news.id);
    return fault;
}

/* Zeros at the end; a template's own number is never 0. */
static bool is_padding(const struct cursor *set)
{
    return set->at[0] == 0 && set->at[1] == 0;
}

enum fault template_set_read(struct reading *reading, bool is_options, struct cursor set)
{
    struct template_reading t = {
        .reading = reading,
        .set = &set,
        .news = { .is_options = is_options,
                  .is_netflow9 = reading->head->protocol == EXPORT_NETFLOW9,
                  .is_datagram = reading->message->transport == MESSAGE_UDP,
                  .now_ns = reading_now_ns(reading) },
    };
    enum fault first = FAULT_NONE;
    while (set.left >= RECORD_HEAD && !is_padding(&set)) {
        enum fault fault = read_template(&t);
        reading->collect->templates->refused += fault != FAULT_NONE;
        if (first == FAULT_NONE)
            first = fault;
        if (fault == FAULT_TRUNCATED || fault == FAULT_LENGTH)
            break; /* where the next one begins is not known */
    }
    return first;
}
