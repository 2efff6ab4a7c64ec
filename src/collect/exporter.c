// SPDX-License-Identifier: Apache-2.0
#include "collect/exporter_private.h"

#include "base/must.h"
#include "base/time.h"
#include "collect/exporter_entry_private.h"

/* An exporter whose port changed is a new one, unless its sequence goes on or the old port has
 * been silent for this long: it booted. */
#define PORT_SILENT_NS (300 * TIME_SECOND_NS)

static uint32_t buckets_for(size_t max)
{
    uint32_t buckets = 64;
    while (buckets < max)
        buckets *= 2;
    return buckets;
}

size_t exporters_size(const struct collect_limits *limits)
{
    MUST(limits->exporters_max > 0 && limits->exporters_max <= 1U << 24);
    return sizeof(struct exporters) + sizeof(struct exporter) * (limits->exporters_max + 1) +
           3 * sizeof(uint32_t) * buckets_for(limits->exporters_max) + samplers_size(limits) +
           6 * alignof(max_align_t);
}

struct exporters *exporters_init(const struct collect_limits *limits,
                                 const struct collect_policy *policy, struct hash_key key,
                                 struct templates *templates, struct arena *keep)
{
    struct exporters *exporters = ARENA_NEW(keep, struct exporters, 1);
    exporters->key = key;
    exporters->templates = templates;
    exporters->rules = policy->rules;
    exporters->rule_count = policy->rules ? policy->rule_count : 0;
    exporters->max = (uint32_t)limits->exporters_max;
    exporters->mask = buckets_for(limits->exporters_max) - 1;
    exporters->entries = ARENA_NEW(keep, struct exporter, limits->exporters_max + 1);
    exporters->buckets = ARENA_NEW(keep, uint32_t, (size_t)exporters->mask + 1);
    exporters->sessions = ARENA_NEW(keep, uint32_t, (size_t)exporters->mask + 1);
    exporters->addresses = ARENA_NEW(keep, uint32_t, (size_t)exporters->mask + 1);
    exporters->samplers = samplers_init(limits, key, keep);
    return exporters;
}

uint64_t exporters_evicted(const struct exporters *exporters)
{
    return exporters->evicted;
}

struct exporter *exporters_at(const struct exporters *exporters, size_t i)
{
    return i < exporters->count ? &exporters->entries[i + 1] : NULL;
}

uint32_t exporter_number(const struct exporter *exporter)
{
    return (uint32_t)(exporter - exporter->table->entries);
}

/* An sFlow agent says who it is, whichever way its datagrams came (sFlow 5, 5: "the agent's
 * address and sub-agent together identify"). */
static struct exporter_identity identity_of(const struct export_message *message,
                                            const struct message_head *head)
{
    bool is_agent = head->protocol == EXPORT_SFLOW5 && !ip_is_zero(&head->agent);
    return (struct exporter_identity){ is_agent ? head->agent : message->exporter,
                                       message->session, head->domain,
                                       (uint8_t)head->protocol };
}

static uint32_t *bucket_of(const struct exporters *exporters,
                           const struct exporter_identity *of)
{
    uint64_t address = hash_two(&exporters->key, hash_load64(of->address.octets),
                                hash_load64(of->address.octets + 8));
    uint64_t hash = hash_two(&exporters->key, address ^ of->session,
                             (uint64_t)of->domain << 8 | of->protocol);
    return &exporters->buckets[hash & exporters->mask];
}

static uint32_t *address_of(const struct exporters *exporters, const struct ip_address *address,
                            uint64_t session)
{
    uint64_t hash = hash_two(&exporters->key, hash_load64(address->octets) ^ session,
                             hash_load64(address->octets + 8));
    return &exporters->addresses[hash & exporters->mask];
}

static uint32_t *session_of(const struct exporters *exporters, uint64_t session)
{
    return &exporters->sessions[hash_two(&exporters->key, session, 0) & exporters->mask];
}

static bool is_of(const struct exporter *exporter, const struct exporter_identity *of)
{
    return exporter->session == of->session && exporter->domain == of->domain &&
           exporter->protocol == of->protocol && ip_equal(&exporter->address, &of->address);
}

uint32_t exporters_find_entry(const struct exporters *exporters,
                              const struct exporter_identity *of)
{
    uint32_t at = *bucket_of(exporters, of);
    while (at != 0 && !is_of(&exporters->entries[at], of))
        at = exporters->entries[at].next_of_bucket;
    return at;
}

uint32_t exporters_next_sibling(const struct exporters *exporters, const struct exporter *of,
                                uint32_t at)
{
    const struct exporter *entries = exporters->entries;
    at = at == 0 ? *address_of(exporters, &of->address, of->session)
                 : entries[at].links[LINK_ADDRESS].next;
    while (at != 0 &&
           (entries[at].session != of->session || entries[at].protocol != of->protocol ||
            !ip_equal(&entries[at].address, &of->address)))
        at = entries[at].links[LINK_ADDRESS].next;
    return at;
}

/* The ring: entry 0's newer is the one least recently heard, its older the most. */
static void ring_take(struct exporter *entries, uint32_t at)
{
    entries[entries[at].older].newer = entries[at].newer;
    entries[entries[at].newer].older = entries[at].older;
}

static void ring_put(struct exporter *entries, uint32_t at)
{
    entries[at].older = entries[0].older;
    entries[at].newer = 0;
    entries[entries[0].older].newer = at;
    entries[0].older = at;
}

/* As the one to go first. */
static void ring_put_oldest(struct exporter *entries, uint32_t at)
{
    entries[at].newer = entries[0].newer;
    entries[at].older = 0;
    entries[entries[0].newer].older = at;
    entries[0].newer = at;
}

static void chain_put(struct exporter *entries, uint32_t *head, uint32_t at, int link)
{
    entries[at].links[link] = (struct exporter_link){ *head, 0 };
    if (*head != 0)
        entries[*head].links[link].before = at;
    *head = at;
}

static void chain_take(struct exporter *entries, uint32_t *head, uint32_t at, int link)
{
    struct exporter_link links = entries[at].links[link];
    *(links.before != 0 ? &entries[links.before].links[link].next : head) = links.next;
    if (links.next != 0)
        entries[links.next].links[link].before = links.before;
}

static void leave_buckets(struct exporters *exporters, uint32_t at)
{
    struct exporter *entries = exporters->entries;
    struct exporter_identity of = { entries[at].address, entries[at].session,
                                    entries[at].domain, entries[at].protocol };
    uint32_t *link = bucket_of(exporters, &of);
    while (*link != at)
        link = &entries[*link].next_of_bucket;
    *link = entries[at].next_of_bucket;
    chain_take(entries, address_of(exporters, &of.address, of.session), at, LINK_ADDRESS);
    if (of.session != 0)
        chain_take(entries, session_of(exporters, of.session), at, LINK_SESSION);
}

static uint32_t take_entry(struct exporters *exporters)
{
    if (exporters->count < exporters->max)
        return ++exporters->count;
    uint32_t at = exporters->entries[0].newer;
    templates_drop(exporters->templates, at);
    samplers_drop(exporters->samplers, at);
    leave_buckets(exporters, at);
    ring_take(exporters->entries, at);
    exporters->evicted++;
    return at;
}

static bool has_interface_rules(const struct exporters *exporters,
                                const struct ip_address *address)
{
    for (size_t i = 0; i < exporters->rule_count; i++) {
        const struct sampling_rule *rule = &exporters->rules[i];
        if (rule->interface != 0 && ip_prefix_holds(&rule->exporter, address))
            return true;
    }
    return false;
}

uint32_t exporters_add(struct exporters *exporters, const struct exporter_identity *of,
                       const struct export_message *message)
{
    uint32_t at = take_entry(exporters);
    uint32_t *bucket = bucket_of(exporters, of);
    struct exporter *entry = &exporters->entries[at];
    *entry = (struct exporter){ .table = exporters,
                                .address = of->address,
                                .session = of->session,
                                .domain = of->domain,
                                .port = message->port,
                                .transport = message->transport,
                                .protocol = of->protocol,
                                .next_of_bucket = *bucket };
    *bucket = at;
    struct exporter *entries = exporters->entries;
    chain_put(entries, address_of(exporters, &of->address, of->session), at, LINK_ADDRESS);
    if (of->session != 0)
        chain_put(entries, session_of(exporters, of->session), at, LINK_SESSION);
    entry->has_interface_rules = has_interface_rules(exporters, &of->address);
    ring_put(exporters->entries, at);
    return at;
}

/* May a message from another port be of this one? */
static bool may_have_moved(const struct exporter *exporter,
                           const struct export_message *message,
                           const struct message_head *head)
{
    if (sequence_continues(&exporter->sequence, head->sequence))
        return true;
    return message->received_ns > 0 && exporter->last_ns > 0 &&
           message->received_ns / 2 - exporter->last_ns / 2 >= PORT_SILENT_NS / 2;
}

struct exporter *exporters_find(struct exporters *exporters,
                                const struct export_message *message,
                                const struct message_head *head)
{
    struct exporter_identity of = identity_of(message, head);
    struct exporter *entries = exporters->entries;
    uint32_t moved = 0;
    for (uint32_t at = *bucket_of(exporters, &of); at != 0; at = entries[at].next_of_bucket) {
        if (!is_of(&entries[at], &of))
            continue;
        bool is_port_free = of.session != 0 || of.protocol == EXPORT_SFLOW5;
        if (is_port_free || entries[at].port == message->port)
            return &entries[at];
        if (moved == 0 && may_have_moved(&entries[at], message, head))
            moved = at;
    }
    if (moved == 0)
        return &entries[exporters_add(exporters, &of, message)];
    entries[moved].port = message->port;
    entries[moved].port_changes++;
    return &entries[moved];
}

void exporters_end(struct exporters *exporters, const struct export_message *message)
{
    uint64_t session = message->session;
    struct exporter *entries = exporters->entries;
    uint32_t at = session != 0 ? *session_of(exporters, session) : 0;
    for (; at != 0; at = entries[at].links[LINK_SESSION].next) {
        if (entries[at].session != session)
            continue;
        templates_end(exporters->templates, at);
        samplers_drop(exporters->samplers, at);
        ring_take(entries, at);
        ring_put_oldest(entries, at);
    }
}

static uint64_t records_of(const struct exporter *exporter)
{
    return exporter->records + exporter->options_records + exporter->samples;
}

void exporter_begin(struct exporter *exporter, const struct export_message *message,
                    const struct message_head *head)
{
    struct exporter *entries = exporter->table->entries;
    uint32_t at = exporter_number(exporter);
    if (entries[0].older != at) {
        ring_take(entries, at);
        ring_put(entries, at);
    }
    exporter->is_boot = clock_begin(&exporter->clock, message, head);
    exporter->records_before = records_of(exporter);
    exporter->messages++;
    exporter->octets += message->octets.len;
    exporter->last_ns = exporter->clock.stand_in_ns;
    if (exporter->first_ns == 0)
        exporter->first_ns = exporter->last_ns;
}

void exporter_end(struct exporter *exporter, const struct message_head *head, uint32_t units)
{
    uint64_t records = records_of(exporter) - exporter->records_before;
    bool in_messages = exporter_counts_messages(exporter);
    const struct sequence_step step = {
        .number = head->sequence,
        .units = units,
        .units_otherwise = in_messages ? (uint32_t)records : 1,
        .are_units_known = units != EXPORTER_UNITS_UNKNOWN,
        .counts_messages = in_messages,
        .is_boot = exporter->is_boot,
        .time_ns = head->export_ns != 0 ? exporter->clock.export_ns
                                        : (int64_t)head->uptime_ms * TIME_MILLISECOND_NS,
    };
    sequence_take(&exporter->sequence, &step);
}

void exporter_replay(struct exporter *exporter, const struct export_message *message,
                     const struct message_head *head)
{
    clock_replay(&exporter->clock, message, head);
}

void exporter_count(struct exporter *exporter, uint32_t records, uint32_t options_records,
                    uint32_t samples)
{
    exporter->records += records;
    exporter->options_records += options_records;
    exporter->samples += samples;
}

void exporter_fault(struct exporter *exporter, enum fault fault)
{
    exporter->faults[fault]++;
}

int64_t exporter_uptime_ns(struct exporter *exporter, uint32_t uptime_ms,
                           enum time_quality *out)
{
    return clock_uptime_ns(&exporter->clock, uptime_ms, out);
}

int64_t exporter_time_ns(struct exporter *exporter, int64_t absolute_ns, enum time_quality *out)
{
    return clock_time_ns(&exporter->clock, absolute_ns, out);
}

void exporter_order_times(struct exporter *exporter, int64_t *first_ns, int64_t *last_ns,
                          enum time_quality *quality)
{
    if (LIKELY(*first_ns <= *last_ns))
        return;
    /* Which of the two is wrong nobody knows; the flow ended before it was told. */
    *first_ns = *last_ns = exporter->clock.stand_in_ns;
    *quality = TIME_RECEIVED;
    exporter->clock.impossible++;
    exporter->clock.reversed++;
}
