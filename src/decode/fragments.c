// SPDX-License-Identifier: Apache-2.0
#include "decode/fragments.h"

#include "base/must.h"
#include "base/time.h"
#include "base/wipe.h"
#include "decode/assembly.h"

enum { WAYS = 4 };

static const int64_t lifetime_ns = 30 * TIME_SECOND_NS; /* RFC 791 suggests 15, Linux uses 30 */

struct datagram {
    struct ip_address source, destination;
    int64_t first_ns;
    uint32_t identification;
    uint16_t source_port, destination_port;
    uint16_t total; /* octets, once the last fragment is here; 0 before */
    uint8_t protocol;
    uint8_t version;
    bool in_use;
    bool has_ports;
    bool hopeless; /* too large, cut short or too many pieces: ports only */
    struct assembly assembly;
    uint8_t payload[FRAGMENTS_PAYLOAD_MAX];
};

struct fragments {
    struct hash_key key;
    size_t sets;  /* a power of two, WAYS datagrams each */
    size_t count; /* in use */
    struct datagram *datagrams;
    struct datagram *given; /* whole, its payload in the caller's hands until the next call */
    struct fragments_counts counts;
};

static size_t sets_for(size_t datagrams_max)
{
    size_t sets = 1;
    while (sets * WAYS < datagrams_max)
        sets *= 2;
    return sets;
}

size_t fragments_size(size_t datagrams_max)
{
    return sizeof(struct fragments) + 128 +
           sets_for(datagrams_max) * WAYS * sizeof(struct datagram);
}

struct fragments *fragments_init(size_t datagrams_max, struct hash_key key, struct arena *keep)
{
    struct fragments *fragments = ARENA_NEW(keep, struct fragments, 1);
    fragments->key = key;
    fragments->sets = sets_for(datagrams_max);
    fragments->datagrams = arena_take(keep, sizeof(struct datagram), alignof(struct datagram),
                                      fragments->sets * WAYS);
    for (size_t i = 0; i < fragments->sets * WAYS; i++)
        fragments->datagrams[i].in_use = false;
    return fragments;
}

static bool is_same(const struct datagram *datagram, const struct packet *packet, uint32_t id)
{
    return datagram->in_use && datagram->identification == id &&
           datagram->protocol == packet->protocol && datagram->version == packet->version &&
           ip_equal(&datagram->source, &packet->source) &&
           ip_equal(&datagram->destination, &packet->destination);
}

static size_t set_of(const struct fragments *fragments, const struct packet *packet,
                     uint32_t id)
{
    uint64_t a = hash_load64(packet->source.octets + 8) ^ hash_load64(packet->source.octets);
    uint64_t b =
        hash_load64(packet->destination.octets + 8) ^ hash_load64(packet->destination.octets);
    return hash_two(&fragments->key, a, b ^ (uint64_t)id << 32 ^ id) & (fragments->sets - 1);
}

/* What was held is overwritten, not only forgotten. */
static void forget(struct fragments *fragments, struct datagram *datagram)
{
    const struct assembly *assembly = &datagram->assembly;
    if (assembly->count > 0)
        wipe(datagram->payload, assembly->ranges[assembly->count - 1].to);
    wipe(datagram, offsetof(struct datagram, payload));
    fragments->count--;
}

/* The datagram's place, a free one, or the oldest of its set. */
static struct datagram *find(struct fragments *fragments, const struct packet *packet,
                             uint32_t id)
{
    struct datagram *set = &fragments->datagrams[set_of(fragments, packet, id) * WAYS];
    struct datagram *room = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (is_same(&set[i], packet, id)) {
            if (packet->time_ns / 2 - set[i].first_ns / 2 <= lifetime_ns / 2)
                return &set[i];
            fragments->counts.expired++;
            forget(fragments, &set[i]);
        }
        if (!set[i].in_use || (room->in_use && set[i].first_ns < room->first_ns))
            room = &set[i];
    }
    if (room->in_use) {
        fragments->counts.evicted++;
        forget(fragments, room);
    }
    memset(room, 0, offsetof(struct datagram, payload));
    fragments->count++;
    room->in_use = true;
    room->source = packet->source;
    room->destination = packet->destination;
    room->first_ns = packet->time_ns;
    room->identification = id;
    room->protocol = packet->protocol;
    room->version = packet->version;
    return room;
}

static void keep_octets(struct fragments *fragments, struct datagram *datagram,
                        const struct fragment *fragment)
{
    size_t end = fragment->offset + fragment->octets.len;
    if (datagram->hopeless)
        return;
    if (end > FRAGMENTS_PAYLOAD_MAX || !fragment->is_whole) {
        fragments->counts.too_large += end > FRAGMENTS_PAYLOAD_MAX;
        datagram->hopeless = true;
        return;
    }
    if (fragment->octets.len > 0) {
        bool overlaps = false;
        struct room room = { datagram->payload, FRAGMENTS_PAYLOAD_MAX };
        datagram->hopeless = !assembly_add(&datagram->assembly, fragment->octets,
                                           fragment->offset, room, &overlaps);
        fragments->counts.overlaps += overlaps;
    }
    if (fragment->is_last && datagram->total == 0)
        datagram->total = (uint16_t)end;
}

void fragments_release(struct fragments *fragments)
{
    if (fragments->given)
        forget(fragments, fragments->given);
    fragments->given = NULL;
}

void fragments_expire(struct fragments *fragments, int64_t now_ns)
{
    for (size_t i = 0; fragments->count > 0 && i < fragments->sets * WAYS; i++) {
        struct datagram *datagram = &fragments->datagrams[i];
        if (!datagram->in_use || now_ns / 2 - datagram->first_ns / 2 <= lifetime_ns / 2)
            continue;
        fragments->counts.expired++;
        forget(fragments, datagram);
    }
}

void fragments_finish(struct fragments *fragments)
{
    fragments_release(fragments);
    for (size_t i = 0; fragments->count > 0 && i < fragments->sets * WAYS; i++) {
        if (fragments->datagrams[i].in_use)
            forget(fragments, &fragments->datagrams[i]);
    }
}

struct bytes fragments_take(struct fragments *fragments, const struct fragment *fragment,
                            struct packet *packet)
{
    fragments_release(fragments);
    struct datagram *datagram = find(fragments, packet, fragment->identification);
    if (fragment->offset == 0 && packet->has_transport) {
        datagram->source_port = packet->source_port;
        datagram->destination_port = packet->destination_port;
        datagram->has_ports = true;
    } else if (datagram->has_ports) {
        packet->source_port = datagram->source_port;
        packet->destination_port = datagram->destination_port;
        packet->has_transport = true;
    }
    keep_octets(fragments, datagram, fragment);
    bool is_complete = !datagram->hopeless && datagram->total > 0 &&
                       assembly_front(&datagram->assembly) >= datagram->total;
    if (!is_complete)
        return (struct bytes){ NULL, 0 };
    fragments->counts.completed++;
    fragments->given = datagram;
    return (struct bytes){ datagram->payload, datagram->total };
}

struct fragments_counts fragments_counts(const struct fragments *fragments)
{
    return fragments->counts;
}
