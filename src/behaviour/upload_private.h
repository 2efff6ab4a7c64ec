// SPDX-License-Identifier: Apache-2.0
/* What is kept of an uploading line, of a line and service, and of everything together over a
 * month; and what they tell. */
#pragma once

#include "behaviour/crowd.h"
#include "behaviour/outward.h"

enum {
    UPLOAD_HOURS = 24,
    UPLOAD_DAYS = 32,
    UPLOAD_SLOW_DAYS = 5,
    DRIP_ROWS = 4,
    DRIP_PARTS = 3
};
#define UPLOAD_RATIO_LEAST 4.0
#define UPLOAD_FLOOR 25e6      /* a day, of a line with a history */
#define UPLOAD_FLOOR_BLIND 1e8 /* of one without, or over a month */

/* One flow, its octets multiplied by its rate of sampling. */
struct upload_amount {
    int64_t start_ns;
    int64_t end_ns;
    uint64_t out;
    uint64_t in;
    uint64_t packets; /* from the line, as counted */
    uint32_t rate;
    bool is_connection; /* and no later slice of one */
};

/* All that a line uploaded, in KiB: rings by hour and day since 1970. */
struct upload_line {
    int64_t hour_latest;
    int64_t day_latest;
    uint64_t flows;
    uint32_t hours[UPLOAD_HOURS];
    uint32_t days[UPLOAD_DAYS];
};

struct upload_day {
    uint64_t out;
    uint64_t in;
    uint32_t hours; /* of UTC, in which something went there */
};

struct upload_pair {
    struct ip_address server; /* sealed until it fires */
    struct ip_address line;
    uint64_t line_print;
    uint64_t server_print;
    int64_t first_ns;
    int64_t last_ns;
    int64_t day_latest;
    struct upload_day days[2]; /* the latest and the one before, by parity */
    uint64_t octets_out;
    uint64_t octets_in;
    uint64_t packets;
    uint64_t judge_at; /* octets of the latest day */
    uint32_t active;   /* a ring of 32 days, a bit for each with an upload */
    uint32_t connections;
    uint32_t rate; /* the highest */
    uint16_t port;
    uint8_t protocol;
    uint8_t direction;
    uint8_t basis;
    uint8_t server_place;
    uint8_t line_place;
    bool fired;
};

/* Plain count-min (Cormode, Muthukrishnan 2005): two generations of 15 days, which add up when
 * merged.  A sum is never too small; too large by e/width of all octets, but for one in 55. */
struct drip_age {
    int64_t latest; /* generations since 1970 */
};

struct drip {
    uint32_t *cells[2]; /* rows of width, in units of 256 octets; by parity */
    size_t width;
    struct drip_age *age;
};

struct upload_view {
    double day_octets;
    double month_octets;
    double ratio;
    double usual;     /* octets of a day or hour; 0 without a history */
    double deviation; /* robust z of log2; negative without a history */
    double floor;
    double age_s;
    struct surroundings around;
    bool is_much;
    bool is_slow;  /* much over the month alone */
    bool is_known; /* to the line, for longer than a week */
    bool is_new;   /* there were flows a day before its first */
};

void upload_add_to_line(struct upload_line *line, const struct upload_amount *amount);
void upload_add_to_pair(struct upload_pair *pair, const struct upload_amount *amount);
void upload_merge_line(struct upload_line *line, const struct upload_line *other);
void upload_merge_pair(struct upload_pair *pair, const struct upload_pair *other);
int upload_count_bits(uint32_t bits);
/* The day with the most octets of the two. */
const struct upload_day *upload_best_day(const struct upload_pair *pair);
/* view->around and month_octets come filled. */
void upload_look(const struct upload_pair *pair, const struct upload_line *line,
                 int64_t first_of_all_ns, struct upload_view *view);
void upload_add_measures(struct sighting *sighting, const struct upload_pair *pair,
                         const struct upload_view *view);

void drip_init(struct drip *drip, size_t octets, struct arena *keep);
void drip_expect(const struct drip *drip, uint64_t hash, int64_t time_ns);
void drip_add(struct drip *drip, uint64_t hash, const struct upload_amount *amount);
double drip_sum(const struct drip *drip, uint64_t hash);
void drip_merge(struct drip *drip, const struct drip *other);
/* DRIP_PARTS of them. */
void drip_parts(const struct drip *drip, struct behaviour_part *out);
