// SPDX-License-Identifier: Apache-2.0
/* Answers nobody asked for: who is sent them, and who of ours sends them. */
#include <math.h>

#include "behaviour/flood_private.h"

enum {
    REFLECTORS_LEAST = 10, /* detectors.md 6.2 */
    VICTIMS_LEAST = 3,
    ANSWERS_LEAST = 100,      /* in the ring, of one port: ten of each reflector */
    ANSWERS_OF_VICTIM = 100,  /* in ten minutes */
    TCP_ANSWERS_LEAST = 1000, /* in a slot: swarms get stray resets, too */
    SAMPLES_LEAST = 25,       /* detectors.md 6.2: an error of a fifth */
    ONE_WAY_PACKET = 1000,    /* octets, NEMEA's amplification detector (6.1) */
    ONE_WAY_SLOT = 1000,      /* packets a second */
    AMPLIFICATION_LEAST = 5,
    TIMES_USUAL = 2,
};

/* Ports that answer more than they are asked, and how large their honest answers commonly are:
 * octets of the IP packet, from the protocols' own formats (docs/detectors/flood.md). */
static const struct {
    uint16_t port;
    uint16_t packet;
} amplifiers[] = {
    { 0, 300 },     /* fragments after the first: only large answers have any */
    { 17, 100 },    /* quote of the day */
    { 19, 102 },    /* chargen */
    { 53, 250 },    /* DNS */
    { 69, 300 },    /* TFTP */
    { 111, 60 },    /* portmapper */
    { 123, 76 },    /* NTP */
    { 137, 90 },    /* NetBIOS names */
    { 161, 90 },    /* SNMP */
    { 389, 150 },   /* CLDAP */
    { 520, 112 },   /* RIP */
    { 1194, 60 },   /* OpenVPN's first answer */
    { 1434, 150 },  /* SQL Server's browser */
    { 1900, 150 },  /* SSDP */
    { 3283, 60 },   /* Apple Remote Desktop */
    { 3702, 300 },  /* WS-Discovery */
    { 5353, 150 },  /* mDNS */
    { 5683, 60 },   /* CoAP */
    { 10001, 100 }, /* Ubiquiti discovery */
    { 11211, 100 }, /* memcached */
    { 27015, 120 }, /* Steam */
    { 37810, 150 }, /* DVR discovery */
};

double flood_answer_least(uint8_t protocol, uint16_t port)
{
    if (protocol != PROTOCOL_UDP)
        return 0;
    size_t low = 0, high = sizeof amplifiers / sizeof *amplifiers;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (amplifiers[middle].port == port)
            return TIMES_USUAL * amplifiers[middle].packet;
        if (amplifiers[middle].port < port)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

bool flood_has_named_answers(const struct flood *flood, const struct flood_watch *fragments)
{
    struct flood_subject subject = { .vector = VECTOR_ANSWERS,
                                     .address = fragments->address,
                                     .len = fragments->len,
                                     .protocol = PROTOCOL_UDP };
    for (size_t i = 1; i < sizeof amplifiers / sizeof *amplifiers; i++) {
        subject.port = amplifiers[i].port;
        const struct flood_watch *named = flood_find(flood, &subject);
        if (named && named->incident.is_open)
            return true;
    }
    return false;
}

static bool are_samples_enough(const struct flood_watch *watch, uint64_t packets)
{
    return packets >= (uint64_t)SAMPLES_LEAST * watch->rate;
}

/* Where no answer to anything is seen, answers that were asked for look the same: then they
 * must be as large, or come as fast, as hardly any resolver's. */
static bool are_unlike_asked(const struct flood_watch *watch, const struct flood_sum *sum,
                             const struct flood_rise *rise)
{
    if (sum->octets >= ONE_WAY_PACKET * sum->packets)
        return true;
    for (int64_t slot = rise->first_slot; slot <= rise->last_slot; slot++)
        if (flood_slot_of(watch, slot)->packets >=
            ONE_WAY_SLOT * flood_rates_seconds(watch, slot))
            return true;
    return false;
}

bool flood_judge_answers(struct flood_watch *watch, const struct flood_around *around)
{
    struct flood_sum sum = flood_rates_sum(watch);
    struct flood_rise rise;
    bool is_tcp = watch->protocol == PROTOCOL_TCP;
    if (sum.packets < ANSWERS_LEAST || !are_samples_enough(watch, sum.packets) ||
        sketch_count(&watch->others) < REFLECTORS_LEAST)
        return false;
    if (!flood_rates_excess(watch, SERIES_PACKETS, is_tcp ? TCP_ANSWERS_LEAST : 1, &rise))
        return false;
    if (!is_tcp) {
        double least = flood_answer_least(watch->protocol, watch->port);
        if ((double)sum.octets < least * (double)sum.packets)
            return false;
        if (around->is_one_way && !are_unlike_asked(watch, &sum, &rise))
            return false;
    }
    flood_incident_add(watch, SHAPE_AMPLIFIED, &rise);
    return true;
}

size_t flood_certain_others(const struct flood_watch *watch)
{
    size_t count = 0;
    for (size_t i = 0; i < FLOOD_TOPS; i++)
        count += watch->tops[i].packets >= watch->tops[i].error + ANSWERS_OF_VICTIM;
    return count;
}

bool flood_judge_reflected(struct flood_watch *watch, const struct flood_around *around)
{
    struct flood_sum sum = flood_rates_sum(watch);
    struct flood_rise rise;
    if (around->is_one_way || flood_certain_others(watch) < VICTIMS_LEAST ||
        !are_samples_enough(watch, sum.packets) ||
        sum.octets < AMPLIFICATION_LEAST * sum.marked ||
        !flood_rates_excess(watch, SERIES_PACKETS, 1, &rise))
        return false;
    flood_incident_add(watch, SHAPE_REFLECTOR, &rise);
    return true;
}
