// SPDX-License-Identifier: Apache-2.0
/* Uploads: a line sends unusually much to a place it did not know (detectors.md section 9).
 * Counted are flows that send more than they receive: octets of the day for each line and
 * service against the line's own days, or hours while there are too few days.  What trickles
 * out over weeks is summed in a plain count-min sketch, which adds up when merged.  Volumes are
 * multiplied by the rate of sampling, which leaves them unbiased.
 *
 * All that is kept are sums by absolute hour and day, minima, maxima and bits: the order of
 * flows does not matter within a day. */
#include <math.h>

#include "base/attr.h"
#include "base/must.h"
#include "base/time.h"
#include "behaviour/kinds_private.h"
#include "behaviour/upload_private.h"

enum {
    FLOW_OCTETS_LEAST = 1024, /* a flow that sends less is no upload */
    RATE_MAX = 1000,
    PACKETS_LEAST = 100, /* of sampled ones: volumes are off by a tenth */
};

enum reason { REASON_POPULAR, REASON_USUAL, REASON_THIN, REASONS };

struct upload_totals {
    uint64_t left_out[REASONS];
    uint64_t pairs_evicted;
    uint64_t lines_evicted;
    uint64_t fired;
    int64_t first_ns; /* of all that was seen; 0 before anything */
};

struct upload {
    struct hash_key key;
    struct prints pair_prints;
    struct upload_pair *pairs;
    struct prints line_prints;
    struct upload_line *lines;
    struct crowd crowd;
    struct drip drip;
    struct upload_totals *totals;
};

struct prints_of_upload {
    uint64_t line, server, pair;
};

static void *upload_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 65536 };
    MUST(limits->memory_octets >= LEAST);
    struct upload *upload = ARENA_NEW(keep, struct upload, 1);
    upload->key = key;
    upload->totals = ARENA_NEW(keep, struct upload_totals, 1);
    size_t room = limits->memory_octets - sizeof *upload - sizeof *upload->totals - SLACK;
    crowd_init(&upload->crowd, room / 8, keep);
    drip_init(&upload->drip, room / 4, keep);
    prints_init(&upload->line_prints,
                room / 4 / (sizeof(uint64_t) + sizeof(struct upload_line)), keep);
    upload->lines =
        PRINTS_RECORDS(keep, struct upload_line, prints_slots(&upload->line_prints));
    prints_init(&upload->pair_prints,
                room / 8 * 3 / (sizeof(uint64_t) + sizeof(struct upload_pair)), keep);
    upload->pairs =
        PRINTS_RECORDS(keep, struct upload_pair, prints_slots(&upload->pair_prints));
    return upload;
}

/* Cheap tests first: most flows receive more than they send. */
static bool is_wanted(const struct admitted_flow *admitted, struct outward *out)
{
    const struct flow *flow = &admitted->flow;
    uint64_t forward = flow->forward.octets, reverse = flow->reverse.octets;
    if (forward < FLOW_OCTETS_LEAST && reverse < FLOW_OCTETS_LEAST)
        return false;
    if (!outward_of(admitted, out) || out->out->octets <= out->in->octets)
        return false;
    return out->out->octets >= FLOW_OCTETS_LEAST;
}

static struct prints_of_upload prints_of_flow(const struct upload *upload,
                                              const struct outward *outward,
                                              const struct flow *flow)
{
    struct prints_of_upload print;
    uint64_t service = (uint64_t)flow->protocol << 16 | outward->port;
    print.line = prints_of(hash_sixteen(&upload->key, outward->line->octets));
    print.server = prints_of(
        hash_two(&upload->key, hash_sixteen(&upload->key, outward->server->octets), service));
    print.pair = prints_of(hash_two(&upload->key, print.line, print.server));
    return print;
}

/* Who goes when a bucket is full: not what has fired, nor what sent most. */
static bool is_weaker_pair(const void *records, size_t a, size_t b)
{
    const struct upload_pair *one = (const struct upload_pair *)records + a;
    const struct upload_pair *other = (const struct upload_pair *)records + b;
    if (one->fired != other->fired)
        return !one->fired;
    if (one->octets_out != other->octets_out)
        return one->octets_out < other->octets_out;
    return one->last_ns < other->last_ns;
}

static struct upload_pair *pair_of(struct upload *upload, uint64_t print, bool *is_new)
{
    size_t slot = prints_find(&upload->pair_prints, print);
    *is_new = slot == PRINTS_NONE;
    if (*is_new)
        slot = prints_take(&upload->pair_prints, print, is_weaker_pair, upload->pairs,
                           &upload->totals->pairs_evicted);
    return &upload->pairs[slot];
}

/* The line with the shortest history goes. */
static bool is_weaker_line(const void *records, size_t a, size_t b)
{
    const struct upload_line *lines = records;
    return lines[a].flows < lines[b].flows;
}

static struct upload_line *line_of(struct upload *upload, uint64_t print)
{
    size_t slot = prints_find(&upload->line_prints, print);
    if (slot != PRINTS_NONE)
        return &upload->lines[slot];
    slot = prints_take(&upload->line_prints, print, is_weaker_line, upload->lines,
                       &upload->totals->lines_evicted);
    upload->lines[slot] = (struct upload_line){ .flows = 0 };
    return &upload->lines[slot];
}

static void begin(struct upload_pair *pair, const struct admitted_flow *admitted,
                  const struct outward *outward, struct prints_of_upload print)
{
    const struct flow *flow = &admitted->flow;
    *pair = (struct upload_pair){
        .server = *outward->server,
        .line = *outward->line,
        .line_print = print.line,
        .server_print = print.server,
        .first_ns = flow_start_ns(flow),
        .last_ns = flow_end_ns(flow),
        .day_latest = flow_end_ns(flow) / TIME_DAY_NS,
        .port = outward->port,
        .protocol = flow->protocol,
        .direction = (uint8_t)admitted->direction,
        .basis = (uint8_t)admitted->basis,
        .server_place = (uint8_t)outward->server_place,
        .line_place = (uint8_t)outward->line_place,
    };
}

static void emit(const struct upload_pair *pair, const struct upload_view *view,
                 struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_UPLOAD,
        .direction = (enum direction)pair->direction,
        .basis = (enum basis)pair->basis,
        .server = pair->server,
        .line = pair->line,
        .server_place = (enum place)pair->server_place,
        .line_place = (enum place)pair->line_place,
        .has_line = true,
        .protocol = pair->protocol,
        .port = pair->port,
        .first_ns = pair->first_ns,
        .last_ns = pair->last_ns,
        .connections = pair->connections,
        .octets_out = pair->octets_out,
        .octets_in = pair->octets_in,
    };
    upload_add_measures(&sighting, pair, view);
    sink.take(sink.context, &sighting);
}

/* The history of the line, or an empty one where it was evicted. */
static const struct upload_line *history_of(const struct upload *upload, uint64_t print)
{
    static const struct upload_line none = { .flows = 0 };
    size_t slot = prints_find(&upload->line_prints, print);
    return slot == PRINTS_NONE ? &none : &upload->lines[slot];
}

/* Why it is no finding, or REASONS when it is one.  Once told it is told again, popular or
 * known as it may have become, but not in the words of a quieter day. */
static enum reason reason_to_leave(const struct upload_pair *pair,
                                   const struct upload_view *view)
{
    if (!view->is_much || view->ratio < UPLOAD_RATIO_LEAST)
        return REASON_USUAL;
    if (pair->fired)
        return REASONS;
    return view->around.is_popular ? REASON_POPULAR : REASONS;
}

static void judge(struct upload *upload, struct upload_pair *pair, struct sighting_sink sink)
{
    if (pair->rate > 1 && pair->packets < PACKETS_LEAST)
        return;
    uint64_t conversation = hash_two(&upload->key, pair->line_print, pair->server_print);
    struct upload_view view;
    view.around = crowd_around(&upload->crowd, pair->server_print);
    view.month_octets = drip_sum(&upload->drip, conversation);
    upload_look(pair, history_of(upload, pair->line_print), upload->totals->first_ns, &view);
    enum reason reason = reason_to_leave(pair, &view);
    if (reason != REASONS) {
        upload->totals->left_out[reason]++;
        return;
    }
    upload->totals->fired += !pair->fired;
    pair->fired = true;
    emit(pair, &view, sink);
}

static void upload_expect(const void *state, const struct admitted_flow *admitted)
{
    const struct upload *upload = state;
    struct outward outward;
    if (!is_wanted(admitted, &outward))
        return;
    struct prints_of_upload print = prints_of_flow(upload, &outward, &admitted->flow);
    prints_expect(&upload->pair_prints, print.pair);
    prints_expect(&upload->line_prints, print.line);
    crowd_expect(&upload->crowd, print.server);
    drip_expect(&upload->drip, hash_two(&upload->key, print.line, print.server),
                flow_end_ns(&admitted->flow));
}

/* Sums that cannot be: no flow is taken for more than this. */
static uint64_t scaled(uint64_t octets, uint32_t rate)
{
    enum { SHIFT_MAX = 48 };
    uint64_t most = (UINT64_C(1) << SHIFT_MAX) / (rate > 1 ? rate : 1);
    return (octets < most ? octets : most) * (rate > 1 ? rate : 1);
}

static void upload_observe(void *state, const struct admitted_flow *admitted,
                           enum behaviour_end end, struct sighting_sink sink)
{
    struct upload *upload = state;
    const struct flow *flow = &admitted->flow;
    struct outward outward;
    if (!is_wanted(admitted, &outward) || end != outward_line_end(&outward))
        return;
    uint32_t rate = observation_rate(&flow->observation);
    if (rate > RATE_MAX) {
        upload->totals->left_out[REASON_THIN]++;
        return;
    }
    struct upload_amount amount = {
        .start_ns = flow_start_ns(flow),
        .end_ns = flow_end_ns(flow),
        .out = scaled(outward.out->octets, rate),
        .in = scaled(outward.in->octets, rate),
        .packets = outward.out->packets,
        .rate = rate,
        .is_connection = flow->slice == 0,
    };
    int64_t *first_ns = &upload->totals->first_ns;
    if (*first_ns == 0 || amount.start_ns < *first_ns)
        *first_ns = amount.start_ns;
    struct prints_of_upload print = prints_of_flow(upload, &outward, flow);
    crowd_add(&upload->crowd, print.server, print.line);
    drip_add(&upload->drip, hash_two(&upload->key, print.line, print.server), &amount);
    upload_add_to_line(line_of(upload, print.line), &amount);
    bool is_new;
    struct upload_pair *pair = pair_of(upload, print.pair, &is_new);
    if (is_new)
        begin(pair, admitted, &outward, print);
    upload_add_to_pair(pair, &amount);
    uint64_t today = pair->days[pair->day_latest & 1].out;
    if ((double)today < UPLOAD_FLOOR || today < pair->judge_at)
        return;
    pair->judge_at = 2 * today;
    judge(upload, pair, sink);
}

/* Is it worth a look?  What trickles is looked at here alone. */
static bool is_enough(const struct upload_pair *pair)
{
    return (double)upload_best_day(pair)->out >= UPLOAD_FLOOR ||
           upload_count_bits(pair->active) >= UPLOAD_SLOW_DAYS;
}

static void upload_finish(void *state, struct sighting_sink sink)
{
    struct upload *upload = state;
    for (size_t slot = 0; slot < prints_slots(&upload->pair_prints); slot++)
        if (upload->pair_prints.print[slot] != 0 && is_enough(&upload->pairs[slot]))
            judge(upload, &upload->pairs[slot], sink);
}

static void upload_count(const void *state, struct summary *summary)
{
    const struct upload *upload = state;
    const struct upload_totals *totals = upload->totals;
    const struct {
        const char *reason, *unit;
        uint64_t count;
    } rows[] = {
        { "upload: server popular", "pairs", totals->left_out[REASON_POPULAR] },
        { "upload: usual or known to the line", "pairs", totals->left_out[REASON_USUAL] },
        { "upload: sampled too thinly", "flows", totals->left_out[REASON_THIN] },
        { "upload: pairs held", "pairs", prints_used(&upload->pair_prints) },
        { "upload: lines held", "lines", prints_used(&upload->line_prints) },
        { "upload: pairs evicted", "pairs", totals->pairs_evicted },
        { "upload: lines evicted", "lines", totals->lines_evicted },
        { "upload: servers evicted", "servers", upload->crowd.totals->evicted },
        { "upload: pairs that fired", "pairs", totals->fired },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        summary_count(summary, "behaviour", rows[i].reason, rows[i].unit, rows[i].count);
}

static size_t upload_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct upload *upload = state;
    size_t pairs = prints_slots(&upload->pair_prints);
    size_t lines = prints_slots(&upload->line_prints);
    out[0] = (struct behaviour_part){ upload->totals, sizeof *upload->totals };
    out[1] = (struct behaviour_part){ upload->pair_prints.print, pairs * sizeof(uint64_t) };
    out[2] = (struct behaviour_part){ upload->pairs, pairs * sizeof *upload->pairs };
    out[3] = (struct behaviour_part){ upload->line_prints.print, lines * sizeof(uint64_t) };
    out[4] = (struct behaviour_part){ upload->lines, lines * sizeof *upload->lines };
    crowd_parts(&upload->crowd, out + 5);
    drip_parts(&upload->drip, out + 5 + CROWD_PARTS);
    return 5 + CROWD_PARTS + DRIP_PARTS;
}

static void merge_tables(struct upload *upload, const struct upload *other)
{
    for (size_t slot = 0; slot < prints_slots(&other->line_prints); slot++)
        if (other->line_prints.print[slot] != 0)
            upload_merge_line(line_of(upload, other->line_prints.print[slot]),
                              &other->lines[slot]);
    for (size_t slot = 0; slot < prints_slots(&other->pair_prints); slot++) {
        if (other->pair_prints.print[slot] == 0)
            continue;
        bool is_new;
        struct upload_pair *pair = pair_of(upload, other->pair_prints.print[slot], &is_new);
        if (is_new)
            *pair = other->pairs[slot];
        else
            upload_merge_pair(pair, &other->pairs[slot]);
    }
}

static void upload_merge(void *state, const void *from)
{
    struct upload *upload = state;
    const struct upload *other = from;
    crowd_merge(&upload->crowd, &other->crowd);
    drip_merge(&upload->drip, &other->drip);
    merge_tables(upload, other);
    struct upload_totals *totals = upload->totals;
    const struct upload_totals *more = other->totals;
    for (size_t i = 0; i < REASONS; i++)
        totals->left_out[i] += more->left_out[i];
    totals->pairs_evicted += more->pairs_evicted;
    totals->lines_evicted += more->lines_evicted;
    totals->fired += more->fired;
    if (totals->first_ns == 0 || (more->first_ns != 0 && more->first_ns < totals->first_ns))
        totals->first_ns = more->first_ns;
}

const struct behaviour_kind behaviour_upload = {
    .ends = END_BOTH,
    .init = upload_init,
    .expect = upload_expect,
    .observe = upload_observe,
    .finish = upload_finish,
    .count = upload_count,
    .parts = upload_parts,
    .merge = upload_merge,
};
