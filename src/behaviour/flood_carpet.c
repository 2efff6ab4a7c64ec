// SPDX-License-Identifier: Apache-2.0
/* Carpet bombing: a whole prefix is sent what none of its hosts would notice (detectors.md
 * 6.2).  Only IPv4: no one can send to every host of a prefix of IPv6. */
#include <math.h>

#include "behaviour/flood_private.h"

enum {
    PACKETS_COLD = 200000,   /* nobody asked for, a slot: 20,000 a second (FastNetMon) */
    PACKETS_LEARNED = 20000, /* and far above what is usual */
};
static const double active_least = 0.6;
static const double entropy_least = 0.9;
static const double port_share_least = 0.7;

struct spread {
    double hosts, active, entropy_sum, packets;
    bool has_victim;
};

/* Of one host: what it was sent unasked while the prefix was. */
static void add_host(struct spread *spread, const struct flood_watch *host,
                     const struct flood_rise *rise)
{
    spread->hosts++;
    if (!host)
        return;
    double packets = 0;
    for (int64_t slot = rise->first_slot; slot <= rise->last_slot; slot++)
        if (slot <= host->head && slot > host->head - FLOOD_SLOTS)
            packets += flood_slot_of(host, slot)->marked;
    spread->has_victim |= host->incident.is_open;
    if (packets <= 0)
        return;
    spread->active++;
    spread->packets += packets;
    spread->entropy_sum += packets * log2(packets);
}

static double port_share(const struct flood_watch *watch)
{
    uint32_t most = 0;
    for (size_t i = 0; i < FLOOD_PORTS; i++)
        most = watch->ports.count[i] > most ? watch->ports.count[i] : most;
    return watch->packets > 0 ? (double)most / (double)watch->packets : 0;
}

static bool is_even(const struct spread *spread)
{
    if (spread->has_victim || spread->active <= active_least * spread->hosts)
        return false;
    double entropy = log2(spread->packets) - spread->entropy_sum / spread->packets;
    return entropy > entropy_least * log2(spread->hosts);
}

bool flood_judge_prefix(const struct flood *flood, struct flood_watch *watch,
                        const struct flood_around *around)
{
    struct flood_rise rise;
    if (around->is_one_way || !ip_is_v4(&watch->address) ||
        (!flood_rates_rise(watch, SERIES_MARKED, PACKETS_LEARNED, &rise) &&
         !flood_rates_excess(watch, SERIES_MARKED, PACKETS_COLD, &rise)))
        return false;
    double share = port_share(watch);
    if (share <= port_share_least)
        return false;
    struct spread spread = { .hosts = 0 };
    uint32_t base = ip_to_v4(&watch->address);
    for (uint32_t i = 0; i < UINT32_C(1) << (128 - watch->len); i++) {
        struct ip_address address = ip_from_v4(base + i);
        struct flood_subject host = flood_subject_at(VECTOR_ALL, &address, 128);
        add_host(&spread, flood_find(flood, &host), &rise);
    }
    if (!is_even(&spread))
        return false;
    flood_incident_add(watch, SHAPE_CARPET, &rise);
    watch->incident.active = spread.active / spread.hosts;
    watch->incident.port_share = share;
    return true;
}
