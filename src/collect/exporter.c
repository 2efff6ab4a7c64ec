// SPDX-License-Identifier: Apache-2.0
#include "collect/exporter_private.h"

#include "base/must.h"
#include "base/time.h"
#include "collect/exporter_entry_private.h"

/* An exporter whose port changed is a new one, unless its sequence goes on or the old port has
 * been silent for this long: it booted. */
#define PORT_SILENT_NS (300 * TIME_SECOND_NS)

/* Of a chain that one sender can make long no more is looked at; and one address has this part
 * of a table that is full. */
enum { LOOKS_MAX = 64, SHARE = 16 };

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
           EXPORTER_LINKS * sizeof(struct exporter_chain) * buckets_for(limits->exporters_max) +
           samplers_size(limits) + 8 * alignof(max_align_t);
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
    for (int link = 0; link < EXPORTER_LINKS; link++)
        exporters->chains[link] =
            ARENA_NEW(keep, struct exporter_chain, (size_t)exporters->mask + 1);
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

static bool has_port(const struct exporter_identity *of)
{
    return of->session == 0 && of->protocol != EXPORT_SFLOW5;
}

/* What the entries of a chain have in common.  Addresses of IPv6 by their first half: who has
 * one of them has all of a network (RFC 4291 2.5.4). */
static uint64_t hash_of(const struct exporters *exporters, const struct exporter_identity *of,
                        uint16_t port, int link)
{
    const struct hash_key *key = &exporters->key;
    uint64_t upper = hash_load64(of->address.octets);
    uint64_t lower = hash_load64(of->address.octets + 8);
    if (link == LINK_SESSION)
        return hash_two(key, of->session, 0);
    if (link == LINK_ADDRESS)
        return hash_two(key, upper, ip_is_v4(&of->address) ? lower : 0);
    uint64_t rest = (uint64_t)of->domain << 8 | of->protocol;
    if (link == LINK_EXACT && has_port(of))
        rest |= (uint64_t)port << 40;
    return hash_two(key, hash_two(key, upper, lower) ^ of->session, rest);
}

static struct exporter_chain *chain_of(const struct exporters *exporters,
                                       const struct exporter_identity *of, uint16_t port,
                                       int link)
{
    return &exporters->chains[link][hash_of(exporters, of, port, link) & exporters->mask];
}

static bool is_of(const struct exporter *exporter, const struct exporter_identity *of)
{
    return exporter->session == of->session && exporter->domain == of->domain &&
           exporter->protocol == of->protocol && ip_equal(&exporter->address, &of->address);
}

static struct exporter_identity identity_again(const struct exporter *exporter)
{
    return (struct exporter_identity){ exporter->address, exporter->session, exporter->domain,
                                       exporter->protocol };
}

uint32_t exporters_find_entry(const struct exporters *exporters,
                              const struct exporter_identity *of)
{
    uint32_t at = chain_of(exporters, of, 0, LINK_IDENTITY)->first;
    while (at != 0 && !is_of(&exporters->entries[at], of))
        at = exporters->entries[at].links[LINK_IDENTITY].next;
    return at;
}

bool exporters_find_siblings(const struct exporters *exporters, const struct exporter *of,
                             uint32_t out[SIBLINGS_MAX], uint32_t *count)
{
    struct exporter_identity identity = identity_again(of);
    uint32_t at = chain_of(exporters, &identity, 0, LINK_ADDRESS)->first;
    *count = 0;
    for (int looks = 0; looks < LOOKS_MAX && at != 0; looks++) {
        const struct exporter *entry = &exporters->entries[at];
        identity.domain = entry->domain;
        if (is_of(entry, &identity) && samplers_of(exporters->samplers, at)->count > 0) {
            if (*count == SIBLINGS_MAX)
                return false;
            out[(*count)++] = at;
        }
        at = entry->links[LINK_ADDRESS].next;
    }
    return at == 0;
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

static void chain_put(struct exporter *entries, struct exporter_chain *chain, uint32_t at,
                      int link)
{
    entries[at].links[link] = (struct exporter_link){ chain->first, 0 };
    *(chain->first != 0 ? &entries[chain->first].links[link].before : &chain->last) = at;
    chain->first = at;
    chain->count++;
}

static void chain_take(struct exporter *entries, struct exporter_chain *chain, uint32_t at,
                       int link)
{
    struct exporter_link links = entries[at].links[link];
    *(links.before != 0 ? &entries[links.before].links[link].next : &chain->first) = links.next;
    *(links.next != 0 ? &entries[links.next].links[link].before : &chain->last) = links.before;
    chain->count--;
}

/* With `move` chain_put or chain_take: all chains the entry belongs in. */
static void for_chains(struct exporters *exporters, uint32_t at,
                       void (*move)(struct exporter *, struct exporter_chain *, uint32_t, int))
{
    const struct exporter *entry = &exporters->entries[at];
    struct exporter_identity of = identity_again(entry);
    for (int link = 0; link < EXPORTER_LINKS; link++) {
        if (link != LINK_SESSION || of.session != 0)
            move(exporters->entries, chain_of(exporters, &of, entry->port, link), at, link);
    }
}

static void evict(struct exporters *exporters, uint32_t at)
{
    struct exporter_view view;
    exporter_view(&exporters->entries[at], &view);
    exporters->gone.rate_unknown += view.rate_unknown;
    exporters->gone.lost_flows += view.lost_flows;
    templates_drop(exporters->templates, at);
    samplers_drop(exporters->samplers, at);
    for_chains(exporters, at, chain_take);
    ring_take(exporters->entries, at);
    exporters->evicted++;
}

/* When all are taken an address above its share gives up its own, least recently heard. */
static uint32_t take_entry(struct exporters *exporters, const struct exporter_identity *of)
{
    if (exporters->count < exporters->max)
        return ++exporters->count;
    const struct exporter_chain *own = chain_of(exporters, of, 0, LINK_ADDRESS);
    bool is_greedy = own->count > exporters->max / SHARE;
    uint32_t at = is_greedy ? own->last : exporters->entries[0].newer;
    evict(exporters, at);
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
    uint32_t at = take_entry(exporters, of);
    struct exporter *entry = &exporters->entries[at];
    *entry = (struct exporter){ .table = exporters,
                                .address = of->address,
                                .session = of->session,
                                .domain = of->domain,
                                .port = message->port,
                                .transport = message->transport,
                                .protocol = of->protocol };
    for_chains(exporters, at, chain_put);
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

/* The entry that sent from another port before, of those that came first in the chain. */
static uint32_t find_moved(const struct exporters *exporters,
                           const struct exporter_identity *of,
                           const struct export_message *message,
                           const struct message_head *head)
{
    uint32_t at = chain_of(exporters, of, 0, LINK_IDENTITY)->first;
    for (int looks = 0; looks < LOOKS_MAX && at != 0; looks++) {
        const struct exporter *entry = &exporters->entries[at];
        if (is_of(entry, of) && may_have_moved(entry, message, head))
            return at;
        at = entry->links[LINK_IDENTITY].next;
    }
    return 0;
}

static void move_to_port(struct exporters *exporters, uint32_t at, uint16_t port)
{
    struct exporter *entries = exporters->entries;
    struct exporter_identity of = identity_again(&entries[at]);
    chain_take(entries, chain_of(exporters, &of, entries[at].port, LINK_EXACT), at, LINK_EXACT);
    entries[at].port = port;
    entries[at].port_changes++;
    chain_put(entries, chain_of(exporters, &of, port, LINK_EXACT), at, LINK_EXACT);
}

struct exporter *exporters_find(struct exporters *exporters,
                                const struct export_message *message,
                                const struct message_head *head)
{
    struct exporter_identity of = identity_of(message, head);
    struct exporter *entries = exporters->entries;
    uint32_t at = chain_of(exporters, &of, message->port, LINK_EXACT)->first;
    for (; at != 0; at = entries[at].links[LINK_EXACT].next) {
        if (is_of(&entries[at], &of) && (!has_port(&of) || entries[at].port == message->port))
            return &entries[at];
    }
    uint32_t moved = has_port(&of) ? find_moved(exporters, &of, message, head) : 0;
    if (moved == 0)
        return &entries[exporters_add(exporters, &of, message)];
    move_to_port(exporters, moved, message->port);
    return &entries[moved];
}

void exporters_end(struct exporters *exporters, const struct export_message *message)
{
    uint64_t session = message->session;
    struct exporter *entries = exporters->entries;
    struct exporter_identity of = { .session = session };
    uint32_t at = session != 0 ? chain_of(exporters, &of, 0, LINK_SESSION)->first : 0;
    for (; at != 0; at = entries[at].links[LINK_SESSION].next) {
        if (entries[at].session != session)
            continue;
        templates_end(exporters->templates, at);
        samplers_drop(exporters->samplers, at);
        ring_take(entries, at);
        ring_put_oldest(entries, at);
    }
}

/* Of its address it was heard last. */
static void lead_chain(struct exporters *exporters, uint32_t at)
{
    struct exporter_identity of = identity_again(&exporters->entries[at]);
    struct exporter_chain *chain = chain_of(exporters, &of, 0, LINK_ADDRESS);
    if (chain->first == at)
        return;
    chain_take(exporters->entries, chain, at, LINK_ADDRESS);
    chain_put(exporters->entries, chain, at, LINK_ADDRESS);
}

void exporter_begin(struct exporter *exporter, const struct export_message *message,
                    const struct message_head *head)
{
    struct exporter *entries = exporter->table->entries;
    uint32_t at = exporter_number(exporter);
    if (entries[0].older != at) {
        ring_take(entries, at);
        ring_put(entries, at);
        lead_chain(exporter->table, at);
    }
    exporter->is_boot = clock_begin(&exporter->clock, message, head);
    exporter->messages++;
    exporter->octets += message->octets.len;
    exporter->last_ns = exporter->clock.stand_in_ns;
    if (exporter->first_ns == 0)
        exporter->first_ns = exporter->last_ns;
}

/* RFC 3954 5.1 and sFlow count messages, RFC 7011 3.1 records, NetFlow v5 flows. */
enum sequence_way exporter_sequence_way(const struct exporter *exporter)
{
    switch ((enum export_protocol)exporter->protocol) {
    case EXPORT_NETFLOW9:
    case EXPORT_SFLOW5: return SEQUENCE_MESSAGES;
    case EXPORT_IPFIX: return SEQUENCE_RECORDS;
    case EXPORT_NETFLOW5:
    case EXPORT_PROTOCOLS: break;
    }
    return SEQUENCE_FLOWS;
}

void exporter_end(struct exporter *exporter, const struct message_head *head,
                  struct message_units units)
{
    const struct sequence_step step = {
        .number = head->sequence,
        .records = units.records,
        .flows = units.flows,
        .are_units_known = units.are_known,
        .is_boot = exporter->is_boot,
        .way = (uint8_t)exporter_sequence_way(exporter),
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
