// SPDX-License-Identifier: Apache-2.0
/* Where and how a flow was observed: by which exporter, at which interface, counting how many
 * of the packets, and how far its times can be believed.  Counters of flows are always those
 * of the packets that were looked at; what they stand for is counter times rate, and whoever
 * multiplies says so. */
#pragma once

#include <stdint.h>

enum sampling_origin {
    SAMPLING_ALL,        /* every packet was counted */
    SAMPLING_UNKNOWN,    /* nobody told: the rate is 0, never taken for 1 */
    SAMPLING_MESSAGE,    /* in the header of the message: NetFlow v5, sFlow */
    SAMPLING_RECORD,     /* in the record itself */
    SAMPLING_OPTIONS,    /* the exporter's options data */
    SAMPLING_ASSUMED,    /* configured, for want of a word from the exporter */
    SAMPLING_OVERRIDDEN, /* configured, against what the exporter says */
    SAMPLING_ORIGINS
};

enum time_quality {
    TIME_EXACT,     /* of the packets themselves, by our clock */
    TIME_EXPORTER,  /* absolute, by the exporter's clock, which agrees with ours */
    TIME_UPTIME,    /* from the exporter's uptime and its clock at export */
    TIME_CORRECTED, /* the exporter's clock is off and was corrected by its estimated error */
    TIME_RECEIVED,  /* impossible or missing: the time of receipt stands in */
    TIME_QUALITIES
};

enum observation_direction { OBSERVED_UNKNOWN, OBSERVED_INGRESS, OBSERVED_EGRESS };

struct observation {
    uint32_t exporter; /* number of the exporter and domain (collect/), 0 for our own meter */
    uint32_t ingress;  /* interface indices of the exporter, 0 when not told */
    uint32_t egress;
    uint32_t rate;     /* one packet in so many was counted; 0 when unknown, 1 for all */
    uint8_t sampling;  /* enum sampling_origin */
    uint8_t time;      /* enum time_quality */
    uint8_t direction; /* enum observation_direction, as the exporter says */
    uint8_t observers; /* points that saw the same flow and were taken together, at least 1
                          once mediate/ saw it, 255 for more */
};

/* One packet in so many: 1 for all, 0 when nobody told. */
static inline uint32_t observation_rate(const struct observation *observation)
{
    if (observation->sampling == SAMPLING_ALL)
        return 1;
    return observation->sampling == SAMPLING_UNKNOWN ? 0 : observation->rate;
}

const char *sampling_origin_name(enum sampling_origin origin);
const char *time_quality_name(enum time_quality quality);
