// SPDX-License-Identifier: Apache-2.0
#include "behaviour/relay_line.h"

#include <math.h>

enum { SLOTS_LEAST = 6, SERIES_LEAST = 24, OUTWARD_LEAST = 10, RATE_TIMED_MAX = 10 };
static const double octets_least = 1e6;
static const int64_t adjacent_ns = 2 * TIME_SECOND_NS;

static struct relay_slot *slot_at(struct relay_line *line, int64_t slot)
{
    return &line->slots[(uint64_t)slot % RELAY_SLOTS];
}

/* Slots that were never reached, or have left the ring, are empty. */
static void advance(struct relay_line *line, int64_t slot)
{
    if (line->connections == 0)
        line->slot_latest = slot;
    if (slot - line->slot_latest >= RELAY_SLOTS)
        memset(line->slots, 0, sizeof line->slots);
    else
        for (int64_t i = line->slot_latest + 1; i <= slot; i++)
            *slot_at(line, i) = (struct relay_slot){ .received = 0 };
    if (slot > line->slot_latest)
        line->slot_latest = slot;
}

struct span {
    int64_t first, last; /* slots, those within the ring */
    double count;        /* all of the flow's */
};

static struct span span_of(struct relay_line *line, const struct flow *flow)
{
    int64_t first = flow_start_ns(flow) / RELAY_SLOT_NS;
    int64_t last = flow_end_ns(flow) / RELAY_SLOT_NS;
    advance(line, last);
    struct span span = { first, last, (double)(last - first + 1) };
    if (span.first <= line->slot_latest - RELAY_SLOTS)
        span.first = line->slot_latest - RELAY_SLOTS + 1;
    return span;
}

/* Evenly over the slots the flow lies in. */
static void add_octets(struct relay_line *line, const struct span *span, double received,
                       double sent)
{
    line->received += received;
    line->sent += sent;
    for (int64_t slot = span->first; slot <= span->last; slot++) {
        slot_at(line, slot)->received += (float)(received / span->count);
        slot_at(line, slot)->sent += (float)(sent / span->count);
    }
}

static void add_times(struct relay_line *line, const struct flow *flow)
{
    if (line->connections == 0 || flow_start_ns(flow) < line->first_ns)
        line->first_ns = flow_start_ns(flow);
    if (line->connections == 0 || flow_end_ns(flow) > line->last_ns)
        line->last_ns = flow_end_ns(flow);
    line->connections++;
}

static void add_controller(struct relay_line *line, const struct ip_address *address,
                           uint64_t octets)
{
    size_t least = 0;
    for (size_t i = 0; i < RELAY_CONTROLLERS; i++) {
        struct relay_controller *controller = &line->controllers[i];
        if (ip_equal(&controller->address, address)) {
            controller->octets += octets;
            return;
        }
        if (controller->octets < line->controllers[least].octets)
            least = i;
    }
    /* Space-Saving (Metwally 2005): the newcomer takes over the count of the least. */
    octets += line->controllers[least].octets;
    line->controllers[least] = (struct relay_controller){ *address, octets };
}

static bool is_right_after(int64_t outward_ns, int64_t inward_ns)
{
    return inward_ns != 0 && outward_ns >= inward_ns && outward_ns - inward_ns <= adjacent_ns;
}

/* Flows come when they end, so either of the two may be first. */
void relay_add_inward(struct relay_line *line, const struct flow *flow)
{
    struct span span = span_of(line, flow);
    add_octets(line, &span, (double)flow->forward.octets, (double)flow->reverse.octets);
    for (int64_t slot = span.first; slot <= span.last; slot++)
        slot_at(line, slot)->is_called = true;
    add_times(line, flow);
    add_controller(line, &flow->initiator, flow->forward.octets + flow->reverse.octets);
    line->inward_octets += (double)(flow->forward.octets + flow->reverse.octets);
    line->called_s += (double)(flow_end_ns(flow) - flow_start_ns(flow)) / 1e9;
    if (flow->slice > 0)
        return;
    line->inward++;
    line->inward_ns[line->inward_next++ % RELAY_STARTS] = flow_start_ns(flow);
    for (size_t i = 0; i < RELAY_STARTS; i++)
        if (is_right_after(line->outward_ns[i], flow_start_ns(flow))) {
            line->adjacent++;
            line->outward_ns[i] = 0;
        }
}

void relay_add_outward(struct relay_line *line, const struct flow *flow, uint64_t network)
{
    struct span span = span_of(line, flow);
    add_octets(line, &span, (double)flow->reverse.octets, (double)flow->forward.octets);
    uint16_t mark = (uint16_t)(network >> 48 | 1);
    for (int64_t slot = span.first; slot <= span.last; slot++) {
        struct relay_slot *at = slot_at(line, slot);
        at->has_several |= at->network != 0 && at->network != mark;
        at->network = at->network == 0 ? mark : at->network;
    }
    add_times(line, flow);
    sketch_add(&line->networks, network);
    if (flow->slice > 0)
        return;
    int64_t start_ns = flow_start_ns(flow);
    bool is_adjacent = false;
    for (size_t i = 0; i < RELAY_STARTS; i++)
        is_adjacent |= is_right_after(start_ns, line->inward_ns[i]);
    line->outward++;
    line->adjacent += is_adjacent;
    line->outward_ns[line->outward_next++ % RELAY_STARTS] = is_adjacent ? 0 : start_ns;
}

/* Series that agree say more than lone slots. */
static bool says_more(const struct relay_view *a, const struct relay_view *b)
{
    return a->correlation > b->correlation ||
           (a->correlation >= b->correlation && a->duality > b->duality);
}

static void merge_slot(struct relay_slot *into, const struct relay_slot *other)
{
    into->received += other->received;
    into->sent += other->sent;
    into->is_called |= other->is_called;
    into->has_several |= other->has_several || (into->network != 0 && other->network != 0 &&
                                                into->network != other->network);
    into->network = into->network == 0 ? other->network : into->network;
}

/* Ring starts of the other are not taken: what was adjacent was counted where it was seen. */
void relay_merge(struct relay_line *into, const struct relay_line *other)
{
    advance(into, other->slot_latest);
    for (int64_t slot = other->slot_latest; slot > other->slot_latest - RELAY_SLOTS; slot--)
        if (slot >= 0 && slot > into->slot_latest - RELAY_SLOTS)
            merge_slot(slot_at(into, slot), &other->slots[(uint64_t)slot % RELAY_SLOTS]);
    if (other->first_ns < into->first_ns)
        into->first_ns = other->first_ns;
    if (other->last_ns > into->last_ns)
        into->last_ns = other->last_ns;
    into->received += other->received;
    into->sent += other->sent;
    into->inward_octets += other->inward_octets;
    into->called_s += other->called_s;
    into->connections += other->connections;
    into->outward += other->outward;
    into->inward += other->inward;
    into->adjacent += other->adjacent;
    into->is_exposed |= other->is_exposed;
    if (into->best.slots <= 0 || says_more(&other->best, &into->best))
        into->best = other->best;
    sketch_merge(&into->networks, &other->networks);
    for (size_t i = 0; i < RELAY_CONTROLLERS; i++)
        if (other->controllers[i].octets > 0)
            add_controller(into, &other->controllers[i].address, other->controllers[i].octets);
}

/* Ranks of values, ties sharing theirs, times two so that halves are whole. */
static void rank(const double *values, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++) {
        double below = 0, same = 0;
        for (size_t j = 0; j < count; j++) {
            below += values[j] < values[i];
            same += values[j] <= values[i] && values[j] >= values[i];
        }
        out[i] = 2 * below + same;
    }
}

/* Spearman's; 0 when one of them does not vary. */
static double rank_correlation(const double *a, const double *b, size_t count)
{
    double x[RELAY_SLOTS], y[RELAY_SLOTS];
    double mean = (double)count, xx = 0, yy = 0, xy = 0; /* the mean of doubled ranks, about */
    rank(a, count, x);
    rank(b, count, y);
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
        xy += (x[i] - mean) * (y[i] - mean);
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* Outward starts that chance would put behind a start from outside. */
static double adjacency_of(const struct relay_line *line)
{
    double span_s = (double)(line->last_ns - line->first_ns) / 1e9;
    if (line->rate > RATE_TIMED_MAX || line->outward < OUTWARD_LEAST || span_s < 60)
        return -1;
    double share = 1 - exp(-(double)line->inward * 2 / span_s);
    double expected = line->outward * share;
    return (line->adjacent - expected) / sqrt(expected * (1 - share) + 1);
}

static void look_now(const struct relay_line *line, struct relay_view *out)
{
    double received[RELAY_SLOTS], sent[RELAY_SLOTS];
    size_t count = 0;
    double called = 0, both = 0;
    for (size_t i = 0; i < RELAY_SLOTS; i++) {
        const struct relay_slot *slot = &line->slots[i];
        called += slot->is_called;
        both += slot->is_called && slot->has_several;
        if (slot->received <= 0 && slot->sent <= 0)
            continue;
        received[count] = (double)slot->received;
        sent[count++] = (double)slot->sent;
    }
    bool is_enough = line->received + line->sent >= octets_least && line->received > 0;
    *out = (struct relay_view){
        .slots = (double)count,
        .duality = called >= SLOTS_LEAST ? both / called : -1,
        .conservation = is_enough ? line->sent / line->received : -1,
        .correlation = count >= SERIES_LEAST ? rank_correlation(received, sent, count) : 0,
        .adjacency = adjacency_of(line),
        .networks = sketch_count(&line->networks),
    };
}

void relay_remember(struct relay_line *line)
{
    struct relay_view now;
    look_now(line, &now);
    if (line->best.slots <= 0 || says_more(&now, &line->best))
        line->best = now;
}

/* What is counted over all time is always the latest. */
void relay_look(const struct relay_line *line, struct relay_view *out)
{
    struct relay_view now;
    look_now(line, &now);
    *out = line->best.slots > 0 && says_more(&line->best, &now) ? line->best : now;
    out->conservation = now.conservation;
    out->adjacency = now.adjacency;
    out->networks = now.networks;
}
