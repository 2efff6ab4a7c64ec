// SPDX-License-Identifier: Apache-2.0
/* When a host is flooded, and what is told of it. */
#include <math.h>

#include "base/must.h"
#include "behaviour/flood_private.h"

enum {
    PACKETS_COLD = 200000, /* a slot: 20,000 a second, FastNetMon's default (6.1) */
    PACKETS_LEARNED = PACKETS_COLD / 10,
    SOURCES_LEAST = 10, /* one who sends much is no flood, but a download */
    SYN_COLD = 9000,    /* a slot: 270,000 in five minutes, NEMEA's hoststats (6.1) */
    SYN_LEARNED = 1000,
    SYN_SOURCES = 100, /* or so many to each port: else it is a scan */
    SYN_A_PORT = 100,
    CALLS_LEARNED = 1000, /* finished connections a slot */
    QUIET_SLOTS = 30,     /* then an incident is over: five minutes */
    SAMPLES_LEAST = 25,
};
static const double octets_cold = 1.25e9;  /* a slot: 1,000 Mb/s, FastNetMon's default */
static const double syn_share_least = 0.8; /* NEMEA's hoststats */

static double least_of(const struct flood_watch *watch, double least)
{
    return fmax(least, (double)SAMPLES_LEAST * watch->rate);
}

static bool is_from_many(const struct flood_watch *watch)
{
    return sketch_count(&watch->others) >= SOURCES_LEAST;
}

/* What nobody asked for, at a rate no host is usually sent it; less when it is known what is
 * usual; and whatever comes, asked for or not, when it is both much and unusual. */
bool flood_judge_host(struct flood_watch *watch, const struct flood_around *around)
{
    struct flood_rise rise;
    bool is_flood = flood_rates_excess(watch, SERIES_MARKED, PACKETS_COLD, &rise);
    if (!is_flood && is_from_many(watch))
        is_flood =
            (!around->is_one_way &&
             flood_rates_rise(watch, SERIES_MARKED, least_of(watch, PACKETS_LEARNED), &rise)) ||
            flood_rates_rise(watch, SERIES_PACKETS, PACKETS_COLD, &rise) ||
            flood_rates_rise(watch, SERIES_OCTETS, octets_cold, &rise);
    if (is_flood)
        flood_incident_add(watch, SHAPE_VOLUME, &rise);
    return is_flood;
}

static double syn_share(const struct flood_watch *watch, const struct flood_rise *rise)
{
    double begun = 0, finished = 0;
    for (int64_t slot = rise->first_slot; slot <= rise->last_slot; slot++) {
        begun += flood_slot_of(watch, slot)->packets;
        finished += flood_slot_of(watch, slot)->marked;
    }
    return begun > 0 ? begun / (begun + finished) : 0;
}

/* One source that tries many ports is a scan. */
static bool is_scan(const struct flood_watch *watch)
{
    return sketch_count(&watch->others) < SYN_SOURCES &&
           (double)watch->packets < SYN_A_PORT * sketch_count(&watch->ends);
}

bool flood_judge_syn(struct flood_watch *watch, const struct flood_around *around)
{
    (void)around;
    struct flood_rise rise;
    if ((flood_rates_rise(watch, SERIES_PACKETS, least_of(watch, SYN_LEARNED), &rise) ||
         flood_rates_excess(watch, SERIES_PACKETS, least_of(watch, SYN_COLD), &rise)) &&
        syn_share(watch, &rise) >= syn_share_least && !is_scan(watch)) {
        flood_incident_add(watch, SHAPE_SYN, &rise);
        return true;
    }
    if (watch->rate != 1 || !flood_rates_rise(watch, SERIES_MARKED, CALLS_LEARNED, &rise))
        return false;
    flood_incident_add(watch, SHAPE_APPLICATION, &rise);
    return true;
}

static void begin_incident(struct flood_watch *watch, enum sighting_shape shape,
                           const struct flood_rise *rise)
{
    const struct flood_usual *usual = flood_rates_usual(watch, rise->first_slot);
    enum flood_series series = shape == SHAPE_APPLICATION ? SERIES_MARKED : SERIES_PACKETS;
    watch->incident = (struct flood_incident){
        .is_open = true,
        .shape = (uint8_t)shape,
        .first_slot = rise->first_slot,
        .last_slot = rise->last_slot,
        .usual = flood_rates_is_learned(usual) ? (double)usual->median[series] : -1,
    };
}

static void take_peak(double *peak, const struct flood_watch *watch, int64_t slot)
{
    const struct flood_slot *at = flood_slot_of(watch, slot);
    double seconds = flood_rates_seconds(watch, slot);
    peak[SERIES_OCTETS] = fmax(peak[SERIES_OCTETS], (double)at->octets / seconds);
    peak[SERIES_PACKETS] = fmax(peak[SERIES_PACKETS], at->packets / seconds);
    peak[SERIES_MARKED] = fmax(peak[SERIES_MARKED], at->marked / seconds);
}

void flood_incident_add(struct flood_watch *watch, enum sighting_shape shape,
                        const struct flood_rise *rise)
{
    struct flood_incident *incident = &watch->incident;
    bool is_over = rise->first_slot > incident->last_slot + QUIET_SLOTS;
    if (!incident->is_open || is_over || incident->shape != shape)
        begin_incident(watch, shape, rise);
    if (rise->first_slot < incident->first_slot)
        incident->first_slot = rise->first_slot;
    if (rise->last_slot > incident->last_slot)
        incident->last_slot = rise->last_slot;
    incident->deviation = fmax(incident->deviation, rise->deviation);
    memcpy(incident->peak, incident->kept, sizeof incident->peak);
    for (int64_t slot = rise->first_slot; slot <= rise->last_slot; slot++) {
        take_peak(incident->peak, watch, slot);
        if (flood_rates_is_closing(watch, slot))
            take_peak(incident->kept, watch, slot);
    }
    incident->is_untold = true;
}

static void add(struct sighting *sighting, enum measure_id id, double value, double threshold,
                double weight)
{
    evidence_add(sighting, (struct measure){ id, value, threshold, fmin(4, weight), 0 });
}

/* Each doubling past the least adds one. */
static double doublings(double value, double least)
{
    return value > least ? log2(value / least) : 0;
}

static double packet_octets(const struct flood_watch *watch)
{
    return watch->packets > 0 ? (double)watch->octets / (double)watch->packets : 0;
}

static void add_volume(struct sighting *sighting, const struct flood_watch *watch)
{
    const struct flood_incident *incident = &watch->incident;
    enum { LEARNED = PACKETS_LEARNED / 10 };
    double packets = fmax(incident->peak[SERIES_PACKETS], 1);
    add(sighting, MEASURE_RATE_PACKETS, packets, LEARNED, 2 + doublings(packets, LEARNED));
    add(sighting, MEASURE_SOURCES, round(sketch_count(&watch->others)), 0, 1);
}

static void add_syn(struct sighting *sighting, const struct flood_watch *watch)
{
    const struct flood_incident *incident = &watch->incident;
    enum { LEARNED = SYN_LEARNED / 10 };
    double packets = incident->peak[SERIES_PACKETS];
    double share = packets / fmax(1, packets + incident->peak[SERIES_MARKED]);
    double sources = sketch_count(&watch->others);
    add(sighting, MEASURE_RATE_PACKETS, packets, LEARNED, 1 + doublings(packets, LEARNED));
    add(sighting, MEASURE_SYN_SHARE, share, syn_share_least, 2);
    add(sighting, MEASURE_SOURCES, round(sources), 0, doublings(sources, SYN_SOURCES));
    add(sighting, MEASURE_SOURCE_ENTROPY, fmin(1, sources / fmax(1, (double)watch->packets)), 0,
        0);
}

static void add_answers(struct sighting *sighting, const struct flood_watch *watch)
{
    enum { REFLECTORS_LEAST = 10 };
    double reflectors = sketch_count(&watch->others);
    double least = flood_answer_least(watch->protocol, watch->port);
    add(sighting, MEASURE_REFLECTORS, round(reflectors), REFLECTORS_LEAST,
        2 + doublings(reflectors, REFLECTORS_LEAST) / 2);
    add(sighting, MEASURE_ANSWER_OCTETS, round(packet_octets(watch)), least,
        2 + (least > 0 ? doublings(packet_octets(watch), least) : 0));
    add(sighting, MEASURE_RATE_PACKETS, watch->incident.peak[SERIES_PACKETS], 0, 0);
}

static void add_carpet(struct sighting *sighting, const struct flood_watch *watch)
{
    add_volume(sighting, watch);
    add(sighting, MEASURE_ACTIVE_HOSTS, watch->incident.active, 0.6, 2);
    add(sighting, MEASURE_PORT_SHARE, watch->incident.port_share, 0.7, 0);
    add(sighting, MEASURE_PREFIX_LENGTH, watch->len - 96.0, 0, 0);
}

/* A surge of whole connections is also what success looks like: a hint. */
static void add_application(struct sighting *sighting, const struct flood_watch *watch)
{
    add(sighting, MEASURE_CONNECTIONS, round(watch->incident.peak[SERIES_MARKED] * 10),
        CALLS_LEARNED, 4);
}

static void add_reflector(struct sighting *sighting, const struct flood_watch *watch)
{
    double asked = fmax(1, watch->incident.peak[SERIES_MARKED]);
    double amplification = watch->incident.peak[SERIES_OCTETS] / asked;
    double victims = fmax((double)flood_certain_others(watch), sketch_count(&watch->others));
    add(sighting, MEASURE_AMPLIFICATION, amplification, 5, 2 + doublings(amplification, 5) / 2);
    add(sighting, MEASURE_VICTIMS, round(victims), 3, 2 + doublings(victims, 3) / 2);
    add(sighting, MEASURE_ANSWER_OCTETS, round(packet_octets(watch)),
        flood_answer_least(watch->protocol, watch->port), 0);
    add(sighting, MEASURE_RATE_PACKETS, watch->incident.peak[SERIES_PACKETS], 0, 0);
}

static void add_measures(struct sighting *sighting, const struct flood_watch *watch)
{
    const struct flood_incident *incident = &watch->incident;
    switch (incident->shape) {
    case SHAPE_SYN: add_syn(sighting, watch); break;
    case SHAPE_AMPLIFIED: add_answers(sighting, watch); break;
    case SHAPE_REFLECTOR: add_reflector(sighting, watch); break;
    case SHAPE_CARPET: add_carpet(sighting, watch); break;
    case SHAPE_APPLICATION: add_application(sighting, watch); break;
    default: add_volume(sighting, watch); break;
    }
    add(sighting, MEASURE_RATE_OCTETS, incident->peak[SERIES_OCTETS], 0, 0);
    if (incident->usual >= 0) {
        add(sighting, MEASURE_BASELINE, incident->usual / 10, 0, 0);
        add(sighting, MEASURE_DEVIATION, incident->deviation, 0,
            incident->deviation > 0 ? 2 : 0);
    }
    evidence_add_rate(sighting, watch->rate);
}

/* Of attempts, the port that most went to; the watch's own otherwise. */
static uint16_t port_of(const struct flood_watch *watch)
{
    enum { MOST_PERCENT = 70 };
    uint32_t count = 0;
    for (size_t i = 0; i < FLOOD_PORTS; i++)
        count = watch->ports.count[i] > count ? watch->ports.count[i] : count;
    if (watch->vector != VECTOR_SYN || count * UINT64_C(100) < watch->packets * MOST_PERCENT)
        return watch->port;
    return (uint16_t)flood_commonest_port(&watch->ports);
}

/* Times are those of the slots, but never outside of what was seen. */
static struct sighting begin_sighting(const struct flood_watch *watch)
{
    const struct flood_incident *incident = &watch->incident;
    int64_t begin_ns = incident->first_slot * FLOOD_SLOT_NS;
    int64_t end_ns = (incident->last_slot + 1) * FLOOD_SLOT_NS;
    bool is_reflector = incident->shape == SHAPE_REFLECTOR;
    return (struct sighting){
        .behaviour = BEHAVIOUR_FLOOD,
        .direction = (enum direction)watch->direction,
        .basis = (enum basis)watch->basis,
        .server = watch->address,
        .server_place = (enum place)watch->place,
        .protocol = watch->protocol,
        .shape = incident->shape,
        .port = port_of(watch),
        .first_ns = begin_ns > watch->first_ns ? begin_ns : watch->first_ns,
        .last_ns = end_ns < watch->last_ns ? end_ns : watch->last_ns,
        .connections = watch->flows,
        .octets_out = is_reflector ? 0 : watch->octets,
        .octets_in = is_reflector ? watch->octets : 0,
    };
}

/* Senders that are many and each seen once are made up; reflectors are real, all of them. */
static bool is_worth_a_row(const struct flood_watch *watch, const struct flood_top *top)
{
    enum { ROW_PARTS = 100 };
    bool is_real = watch->vector == VECTOR_ANSWERS || watch->vector == VECTOR_REFLECTED;
    return top->flows > 0 &&
           (is_real || (top->packets - top->error) * ROW_PARTS >= watch->packets);
}

void flood_tell(struct flood_watch *watch, struct sighting_sink sink)
{
    struct sighting sighting = begin_sighting(watch);
    bool is_reflector = sighting.shape == SHAPE_REFLECTOR;
    add_measures(&sighting, watch);
    watch->incident.is_untold = false;
    sink.take(sink.context, &sighting);
    sighting.has_line = true;
    for (size_t i = 0; i < FLOOD_TOPS; i++) {
        const struct flood_top *top = &watch->tops[i];
        if (!is_worth_a_row(watch, top))
            continue;
        sighting.line = top->address;
        sighting.line_place = (enum place)top->place;
        sighting.connections = top->flows;
        sighting.octets_out = is_reflector ? 0 : top->octets;
        sighting.octets_in = is_reflector ? top->octets : 0;
        sink.take(sink.context, &sighting);
    }
}
