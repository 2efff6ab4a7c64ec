// SPDX-License-Identifier: Apache-2.0
/* What the parts of flood.c share: a watch, which counts what comes to (or, of a reflector,
 * from) one address or prefix in slots of ten seconds, and how it is judged. */
#pragma once

#include "behaviour/behaviour.h"
#include "behaviour/evidence.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

#include "base/time.h"

enum {
    FLOOD_SLOTS = 48,    /* in the ring: flows may come late by 40 of them, 400 s */
    FLOOD_PAGE = 8,      /* slots that are learned from together, once they are the oldest */
    FLOOD_WINDOW = 64,   /* slots for which sources are counted together: 640 s */
    FLOOD_DAY_PARTS = 4, /* six hours each, with a baseline of its own */
    FLOOD_TOPS = 8,
    FLOOD_PORTS = 4,
    FLOOD_NET_V4 = 120, /* prefixes watched, as bits of 128 */
    FLOOD_BLOCK_V4 = 116,
    FLOOD_HOST_V6 = 64,
    FLOOD_NET_V6 = 48,
    FLOOD_BLOCK_V6 = 40,
    FLOOD_RATE_MAX = 1000, /* sampled further, 25 samples a slot are more than 2500 packets/s */
};
#define FLOOD_SLOT_NS (10 * TIME_SECOND_NS)

/* What a watch counts; `marked` of a slot means something else for each. */
enum flood_vector {
    VECTOR_ALL,       /* all that comes; marked: packets nobody asked for */
    VECTOR_SYN,       /* attempts that were not finished; marked: those that were */
    VECTOR_ANSWERS,   /* of one port, or of TCP (port 0), unasked; marked: octets asked */
    VECTOR_REFLECTED, /* answers that leave; marked: octets asked */
    FLOOD_VECTORS
};

enum flood_series { SERIES_OCTETS, SERIES_PACKETS, SERIES_MARKED, FLOOD_SERIES };

struct flood_slot {
    uint64_t octets;
    uint32_t packets;
    uint32_t marked;
};

/* What is usual at this time of day; spread is the median distance from the median. */
struct flood_usual {
    float median[FLOOD_SERIES];
    float spread[FLOOD_SERIES];
    uint32_t pages;
};

/* Of Space-Saving (Metwally et al. 2005): packets less error are certain. */
struct flood_top {
    struct ip_address address;
    uint64_t packets;
    uint64_t octets;
    uint64_t error;
    uint32_t flows;
    uint8_t place; /* enum place */
};

/* The commonest ports, by Misra and Gries 1982. */
struct flood_ports {
    uint32_t key[FLOOD_PORTS]; /* protocol and port */
    uint32_t count[FLOOD_PORTS];
};

struct flood_incident {
    bool is_open;
    bool is_untold; /* since it was told, more came */
    uint8_t shape;
    int64_t first_slot;
    int64_t last_slot;
    int64_t told_slot;         /* the one after it; 0 when never */
    double peak[FLOOD_SERIES]; /* a second, of one slot */
    double kept[FLOOD_SERIES]; /* that of slots that are not in the ring any more */
    double deviation;          /* most, in spreads; 0 without a baseline */
    double usual;              /* packets a slot, without it */
    double active;             /* carpet: share of the hosts of the prefix */
    double port_share;
};

struct flood_watch {
    int64_t head; /* number of the newest slot; the ring ends with its page */
    int64_t born; /* the first slot it was sent anything in: before, nothing is known */
    struct flood_slot slots[FLOOD_SLOTS];
    float sums[FLOOD_SERIES]; /* CUSUM up to the oldest slot of the ring */
    bool has_head;
    uint8_t vector; /* enum flood_vector */
    uint8_t len;    /* of the prefix */
    uint8_t direction;
    uint8_t basis;
    uint8_t place;
    uint8_t protocol;
    uint16_t port;
    uint32_t rate;  /* highest sampling rate; 0 once one was not told */
    int64_t window; /* what follows is of this one */
    uint64_t packets;
    uint64_t octets;
    uint64_t flows;
    int64_t first_ns;
    int64_t last_ns;
    uint64_t look_at;     /* packets: then judge within a slot, too */
    struct sketch others; /* sources; of a reflector, victims */
    struct sketch ends;   /* ports they were sent to */
    struct flood_ports ports;
    struct flood_top tops[FLOOD_TOPS];
    struct flood_usual usual[FLOOD_DAY_PARTS];
    struct flood_incident incident;
    struct ip_address address; /* sealed until it fires */
};

/* One half of a flow, as what comes to an address. */
struct flood_arrival {
    const struct flow_half *half;
    uint64_t packets; /* times the sampling rate */
    uint64_t octets;
    uint64_t marked;
    int64_t first_ns;
    int64_t last_ns;
};

/* What the whole input is like, as far as it matters. */
struct flood_around {
    bool is_one_way; /* no answer over UDP was seen: one-sidedness says nothing */
};

/* flood_rates.c */
/* False when all of it is older than the ring; late is how many packets were. */
bool flood_rates_add(struct flood_watch *watch, const struct flood_arrival *arrival,
                     uint64_t *late);
struct flood_sum {
    uint64_t octets, packets, marked;
};
struct flood_sum flood_rates_sum(const struct flood_watch *watch);
const struct flood_usual *flood_rates_usual(const struct flood_watch *watch, int64_t slot);
bool flood_rates_is_learned(const struct flood_usual *usual);
/* Slots of the ring in which the series is past the least and its CUSUM past 12: how many;
 * those of the first and last, and the highest deviation. */
struct flood_rise {
    int64_t first_slot, last_slot;
    double deviation;
    double sum;
    size_t slots;
};
bool flood_rates_rise(const struct flood_watch *watch, enum flood_series series, double least,
                      struct flood_rise *out);
/* The same of slots past the least alone. */
bool flood_rates_excess(const struct flood_watch *watch, enum flood_series series, double least,
                        struct flood_rise *out);
/* Seconds of the slot in which something was seen, at least one: a rate told is a lower
 * bound. */
double flood_rates_seconds(const struct flood_watch *watch, int64_t slot);
/* Is the slot of the oldest page, the next to go? */
bool flood_rates_is_closing(const struct flood_watch *watch, int64_t slot);
void flood_rates_merge(struct flood_watch *watch, const struct flood_watch *other);

static inline const struct flood_slot *flood_slot_of(const struct flood_watch *watch,
                                                     int64_t slot)
{
    return &watch->slots[slot % FLOOD_SLOTS];
}

/* So long as nothing was sent, nothing was usual: from the first slot of the input. */
void flood_rates_begin(struct flood_watch *watch, int64_t first_slot, int64_t slot);
int64_t flood_slot_number(int64_t time_ns);

/* flood_reflect.c */
/* Octets of a packet from which answers of this port are larger than honest ones; 0 for ports
 * that amplify nothing. */
double flood_answer_least(uint8_t protocol, uint16_t port);
bool flood_judge_answers(struct flood_watch *watch, const struct flood_around *around);
bool flood_judge_reflected(struct flood_watch *watch, const struct flood_around *around);
/* Others that certainly had a hundred packets or more. */
size_t flood_certain_others(const struct flood_watch *watch);

/* flood_judge.c */
bool flood_judge_host(struct flood_watch *watch, const struct flood_around *around);
bool flood_judge_syn(struct flood_watch *watch, const struct flood_around *around);
/* The incident grows by these slots. */
void flood_incident_add(struct flood_watch *watch, enum sighting_shape shape,
                        const struct flood_rise *rise);
/* One sighting of the victim, or reflector, and one for each of those at the other end. */
void flood_tell(struct flood_watch *watch, struct sighting_sink sink);

/* flood_table.c: all watches, in one table. */
enum flood_reason {
    FLOOD_REASON_EMPTY,
    FLOOD_REASON_SAMPLED,
    FLOOD_REASON_TIME,
    FLOOD_REASON_MULTICAST,
    FLOOD_REASONS
};

struct flood_totals {
    int64_t first_slot; /* of all */
    uint64_t answered;  /* over UDP */
    uint64_t left_out[FLOOD_REASONS];
    uint64_t late;
    uint64_t evicted;
    uint64_t evicted_fired;
    uint64_t incidents;
    bool has_slot;
};

struct flood {
    struct hash_key key;
    struct prints prints;
    struct flood_watch *watches;
    uint8_t *was_full; /* of each bucket: what is not in it may have been */
    struct flood_totals *totals;
};

struct flood_subject {
    enum flood_vector vector;
    struct ip_address address;
    uint8_t len;
    uint8_t protocol;
    uint16_t port;
};

/* The address as the first of its prefix, which is that of the host where len is 128. */
struct flood_subject flood_subject_at(enum flood_vector vector,
                                      const struct ip_address *address, unsigned len);
uint64_t flood_print(const struct flood *flood, const struct flood_subject *subject);
const struct flood_watch *flood_find(const struct flood *flood,
                                     const struct flood_subject *subject);
struct flood_watch *flood_make(struct flood *flood, uint64_t print,
                               const struct flood_subject *subject,
                               const struct flood_arrival *arrival);
void flood_add_port(struct flood_ports *ports, uint32_t key, uint64_t packets);
uint32_t flood_commonest_port(const struct flood_ports *ports);
/* Sources and ports are counted from here on. */
void flood_turn_window(struct flood_watch *watch, int64_t window);
void flood_merge(void *state, const void *from);

/* flood_reflect.c: is the host flooded from a port whose answers these are fragments of? */
bool flood_has_named_answers(const struct flood *flood, const struct flood_watch *fragments);

/* flood_carpet.c */
bool flood_judge_prefix(const struct flood *flood, struct flood_watch *watch,
                        const struct flood_around *around);
