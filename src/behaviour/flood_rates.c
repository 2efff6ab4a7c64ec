// SPDX-License-Identifier: Apache-2.0
/* Slots of ten seconds, what is usual in them, and how far above it they are.
 *
 * A flow is spread over the slots it lasted.  A slot may grow until it is the oldest of the
 * ring; only then is it learned from, and only if nothing was wrong with it.  What it says
 * grows with it, so it can be judged at any time: more never takes an alarm back, and the
 * order in which flows come does not matter. */
#include <math.h>

#include "behaviour/flood_private.h"

enum {
    PAGES_LEARNED = 9,  /* 12 minutes of this time of day, until a baseline is one */
    PAGES_WEIGHT = 256, /* a baseline follows with a time constant of so many pages, 5.7 h */
    PAGES_RING = FLOOD_SLOTS / FLOOD_PAGE,
    SLOTS_A_PART = 6 * 360, /* of the day */
};
/* detectors.md 6.2 */
static const double cusum_slack = 2;
static const double cusum_alarm = 12;
static const double spread_of_median = 0.1; /* the least spread, of what is usual */
static const double spread_packets = 50;    /* and of nothing at all, a slot */
static const double spread_octets = 50 * 500;

/* Times before 1970 were refused. */
int64_t flood_slot_number(int64_t time_ns)
{
    return time_ns / FLOOD_SLOT_NS;
}

static double value_of(const struct flood_slot *slot, enum flood_series series)
{
    const double values[FLOOD_SERIES] = { (double)slot->octets, slot->packets, slot->marked };
    return values[series];
}

static size_t day_part(int64_t slot)
{
    return (size_t)(slot / SLOTS_A_PART % FLOOD_DAY_PARTS);
}

const struct flood_usual *flood_rates_usual(const struct flood_watch *watch, int64_t slot)
{
    return &watch->usual[day_part(slot)];
}

bool flood_rates_is_learned(const struct flood_usual *usual)
{
    return usual->pages >= PAGES_LEARNED;
}

static double spread_of(const struct flood_usual *usual, enum flood_series series)
{
    double least = series == SERIES_OCTETS ? spread_octets : spread_packets;
    /* 1.4826 makes a MAD of a normal distribution its standard deviation; here MADs are told
     * as they are. */
    return fmax((double)usual->spread[series],
                fmax(least, spread_of_median * (double)usual->median[series]));
}

static double deviation_of(const struct flood_watch *watch, int64_t slot,
                           enum flood_series series)
{
    const struct flood_usual *usual = flood_rates_usual(watch, slot);
    double value = value_of(flood_slot_of(watch, slot), series);
    return (value - (double)usual->median[series]) / spread_of(usual, series);
}

static double median_of(float *values)
{
    for (size_t i = 1; i < FLOOD_PAGE; i++)
        for (size_t j = i; j > 0 && values[j] < values[j - 1]; j--) {
            float higher = values[j - 1];
            values[j - 1] = values[j];
            values[j] = higher;
        }
    return ((double)values[FLOOD_PAGE / 2 - 1] + (double)values[FLOOD_PAGE / 2]) / 2;
}

/* The page's median moves what is usual; its distances from what was usual before, the
 * spread.  A mean of medians: one wild slot in eight moves neither. */
static void learn_series(struct flood_usual *usual, const struct flood_slot *page,
                         enum flood_series series)
{
    float values[FLOOD_PAGE], distances[FLOOD_PAGE];
    for (size_t i = 0; i < FLOOD_PAGE; i++)
        values[i] = (float)value_of(&page[i], series);
    double before = (double)usual->median[series];
    for (size_t i = 0; i < FLOOD_PAGE; i++)
        distances[i] = fabsf(values[i] - (float)before);
    double part = 1.0 / fmin(usual->pages + 1.0, PAGES_WEIGHT);
    double median = median_of(values);
    if (usual->pages == 0)
        for (size_t i = 0; i < FLOOD_PAGE; i++)
            distances[i] = fabsf(values[i] - (float)median);
    usual->median[series] = (float)(before + part * (median - before));
    double spread = (double)usual->spread[series];
    usual->spread[series] = (float)(spread + part * (median_of(distances) - spread));
}

static bool is_alarmed(const struct flood_watch *watch, int64_t slot)
{
    const struct flood_incident *incident = &watch->incident;
    return incident->is_open && slot + FLOOD_PAGE >= incident->first_slot &&
           slot <= incident->last_slot + FLOOD_PAGE;
}

/* The page that begins at the slot is final: its sums go on, and it is learned. */
static void close_page(struct flood_watch *watch, int64_t first_slot)
{
    struct flood_slot *page = &watch->slots[first_slot % FLOOD_SLOTS];
    struct flood_usual *usual = &watch->usual[day_part(first_slot)];
    for (size_t series = 0; series < FLOOD_SERIES; series++) {
        double sum = (double)watch->sums[series];
        for (int64_t slot = first_slot; slot < first_slot + FLOOD_PAGE; slot++)
            if (flood_rates_is_learned(usual))
                sum = fmax(0, sum + deviation_of(watch, slot, (enum flood_series)series) -
                                  cusum_slack);
        watch->sums[series] = (float)fmin(sum, cusum_alarm);
    }
    if (!is_alarmed(watch, first_slot)) {
        for (size_t series = 0; series < FLOOD_SERIES; series++)
            learn_series(usual, page, (enum flood_series)series);
        usual->pages += usual->pages < UINT32_MAX;
    }
    memset(page, 0, sizeof *page * FLOOD_PAGE);
}

/* Pages of nothing, without going through them. */
static void learn_silence(struct flood_usual *usual, double pages)
{
    double kept = pow(1 - 1.0 / fmin(usual->pages + pages, PAGES_WEIGHT), pages);
    for (size_t i = 0; i < FLOOD_SERIES; i++) {
        double median = (double)usual->median[i];
        double spread = (double)usual->spread[i];
        usual->median[i] = (float)(median * kept);
        usual->spread[i] = (float)(spread * kept + median * kept * (1 - kept));
    }
    usual->pages = (uint32_t)fmin(UINT32_MAX, usual->pages + pages);
}

/* From one page to before another, of which the first day tells all. */
static void pass_silence(struct flood_watch *watch, int64_t slot, int64_t until)
{
    memset(watch->sums, 0, sizeof watch->sums);
    for (size_t i = 0; i <= FLOOD_DAY_PARTS && slot < until; i++) {
        int64_t next = slot - slot % SLOTS_A_PART + SLOTS_A_PART;
        int64_t end = next < until ? next : until;
        double pages = (double)(end - slot) / FLOOD_PAGE;
        if (pages >= 1)
            learn_silence(&watch->usual[day_part(slot)], pages);
        slot = end;
    }
}

static int64_t page_of(int64_t slot)
{
    return slot - slot % FLOOD_PAGE;
}

void flood_rates_begin(struct flood_watch *watch, int64_t first_slot, int64_t slot)
{
    pass_silence(watch, page_of(first_slot), page_of(slot));
}

/* The ring holds whole pages: its newest is that of the head. */
static void advance(struct flood_watch *watch, int64_t slot)
{
    int64_t page = page_of(watch->head), end = page_of(slot);
    bool is_first = !watch->has_head;
    watch->has_head = true;
    watch->head = slot;
    if (is_first || page == end)
        return;
    int64_t oldest_page = page - FLOOD_SLOTS + FLOOD_PAGE;
    int64_t close_end = end - FLOOD_SLOTS + FLOOD_PAGE;
    for (int i = 0; i < PAGES_RING && oldest_page < close_end; i++, oldest_page += FLOOD_PAGE)
        if (oldest_page >= page_of(watch->born))
            close_page(watch, oldest_page);
    if (oldest_page < close_end)
        pass_silence(watch, oldest_page, close_end);
}

static uint32_t add_capped(uint32_t to, uint64_t count)
{
    return count > UINT32_MAX - to ? UINT32_MAX : to + (uint32_t)count;
}

static int64_t oldest(const struct flood_watch *watch)
{
    int64_t slot = page_of(watch->head) - (FLOOD_SLOTS - FLOOD_PAGE);
    return slot < 0 ? 0 : slot;
}

/* How much of the whole had come by that part of the time. */
static uint64_t share(uint64_t whole, double part)
{
    return part >= 1 ? whole : (uint64_t)((double)whole * part);
}

static double part_until(const struct flood_arrival *arrival, int64_t slot)
{
    double end_ns = (double)(slot + 1) * (double)FLOOD_SLOT_NS;
    if (end_ns > (double)arrival->last_ns)
        return 1;
    return (end_ns - (double)arrival->first_ns) /
           ((double)arrival->last_ns - (double)arrival->first_ns);
}

bool flood_rates_add(struct flood_watch *watch, const struct flood_arrival *arrival,
                     uint64_t *late)
{
    int64_t first = flood_slot_number(arrival->first_ns),
            last = flood_slot_number(arrival->last_ns);
    if (!watch->has_head || last > watch->head)
        advance(watch, last);
    struct flood_sum done = { 0, 0, 0 };
    int64_t from = oldest(watch);
    if (first < from) {
        double before = last < from ? 1 : part_until(arrival, from - 1);
        done =
            (struct flood_sum){ share(arrival->octets, before), share(arrival->packets, before),
                                share(arrival->marked, before) };
        first = from;
    }
    *late += done.packets;
    for (int64_t slot = first; slot <= last; slot++) {
        double part = slot == last ? 1 : part_until(arrival, slot);
        struct flood_sum until = { share(arrival->octets, part), share(arrival->packets, part),
                                   share(arrival->marked, part) };
        struct flood_slot *at = &watch->slots[slot % FLOOD_SLOTS];
        at->octets += until.octets - done.octets;
        at->packets = add_capped(at->packets, until.packets - done.packets);
        at->marked = add_capped(at->marked, until.marked - done.marked);
        done = until;
    }
    return last >= from;
}

struct flood_sum flood_rates_sum(const struct flood_watch *watch)
{
    struct flood_sum sum = { 0, 0, 0 };
    for (size_t i = 0; i < FLOOD_SLOTS; i++) {
        sum.octets += watch->slots[i].octets;
        sum.packets += watch->slots[i].packets;
        sum.marked += watch->slots[i].marked;
    }
    return sum;
}

static void take_slot(struct flood_rise *rise, int64_t slot)
{
    if (rise->slots == 0)
        rise->first_slot = slot;
    rise->last_slot = slot;
    rise->slots++;
}

/* Most that are looked at are far from any flood, and need no deviations. */
static bool reaches(const struct flood_watch *watch, enum flood_series series, double least)
{
    for (size_t i = 0; i < FLOOD_SLOTS; i++)
        if (value_of(&watch->slots[i], series) >= least)
            return true;
    return false;
}

bool flood_rates_rise(const struct flood_watch *watch, enum flood_series series, double least,
                      struct flood_rise *out)
{
    *out = (struct flood_rise){ .slots = 0 };
    if (!reaches(watch, series, least))
        return false;
    double sum = (double)watch->sums[series];
    for (int64_t slot = oldest(watch); slot <= watch->head; slot++) {
        if (!flood_rates_is_learned(flood_rates_usual(watch, slot)))
            continue;
        double deviation = deviation_of(watch, slot, series);
        sum = fmax(0, sum + deviation - cusum_slack);
        if (sum < cusum_alarm || value_of(flood_slot_of(watch, slot), series) < least)
            continue;
        take_slot(out, slot);
        out->deviation = fmax(out->deviation, deviation);
        out->sum = fmax(out->sum, sum);
        sum = cusum_alarm + fmin(sum - cusum_alarm, cusum_alarm); /* so that it can end */
    }
    return out->slots > 0;
}

bool flood_rates_excess(const struct flood_watch *watch, enum flood_series series, double least,
                        struct flood_rise *out)
{
    *out = (struct flood_rise){ .slots = 0 };
    for (int64_t slot = oldest(watch); slot <= watch->head; slot++) {
        if (value_of(flood_slot_of(watch, slot), series) < least)
            continue;
        take_slot(out, slot);
        if (flood_rates_is_learned(flood_rates_usual(watch, slot)))
            out->deviation = fmax(out->deviation, deviation_of(watch, slot, series));
    }
    return out->slots > 0;
}

bool flood_rates_is_closing(const struct flood_watch *watch, int64_t slot)
{
    return slot < oldest(watch) + FLOOD_PAGE;
}

double flood_rates_seconds(const struct flood_watch *watch, int64_t slot)
{
    double from = fmax((double)watch->first_ns, (double)slot * (double)FLOOD_SLOT_NS);
    double until = fmin((double)watch->last_ns, (double)(slot + 1) * (double)FLOOD_SLOT_NS);
    return fmax(1, (until - from) / (double)TIME_SECOND_NS);
}

/* Baselines of parts add up; their spreads as those of independent things do. */
static void merge_usual(struct flood_usual *usual, const struct flood_usual *other)
{
    for (size_t i = 0; i < FLOOD_SERIES; i++) {
        usual->median[i] += other->median[i];
        usual->spread[i] = hypotf(usual->spread[i], other->spread[i]);
    }
    if (other->pages > usual->pages)
        usual->pages = other->pages;
}

void flood_rates_merge(struct flood_watch *watch, const struct flood_watch *other)
{
    if (!other->has_head)
        return;
    if (!watch->has_head || other->head > watch->head)
        advance(watch, other->head);
    for (int64_t slot = oldest(other); slot <= other->head; slot++) {
        if (slot < oldest(watch))
            continue;
        const struct flood_slot *from = flood_slot_of(other, slot);
        struct flood_slot *to = &watch->slots[slot % FLOOD_SLOTS];
        to->octets += from->octets;
        to->packets = add_capped(to->packets, from->packets);
        to->marked = add_capped(to->marked, from->marked);
    }
    for (size_t i = 0; i < FLOOD_DAY_PARTS; i++)
        merge_usual(&watch->usual[i], &other->usual[i]);
}
