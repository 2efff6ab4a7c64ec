// SPDX-License-Identifier: Apache-2.0
/* Data in DNS names: how much information the names asked for below one registered domain can
 * have carried (after Ozery, Nadler and Shabtai, arXiv 2307.02614; detectors.md 7.2).  A name
 * that was asked before carries nothing, so different names are counted, each with the mean
 * length of what stands below the domain.  Lines that all ask the same domain are its users;
 * a tunnel has few.
 *
 * A domain is first only a sum, and gets its record of sketches once that sum says that it
 * could matter: most never do, and a flood of domains stops at the sums. */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/evidence.h"
#include "behaviour/kinds_private.h"
#include "behaviour/prints.h"
#include "behaviour/sketch.h"

#define HOUR_NS (3600 * TIME_SECOND_NS)
#define HALF_DAY_NS (12 * HOUR_NS)

enum {
    PROMOTED_OCTETS = 2000, /* below the domain, in half a day */
    JUDGED_OCTETS = 2000,   /* below the domain, since it was last judged */
    NAMES_LEAST = 20,       /* different ones: fewer are no channel, whatever their length */
    LINES_FEW = 3,
    LINES_KEPT = 4, /* one more than few, so that a fourth can be told from none */
    LINES_MAX = 20,
};

/* Base32 puts 5 bits into a character of 8 (detectors.md 7.2). */
static const double information_share = 0.625 * 0.96;
/* 10 octets a second for an hour, less two standard errors of the sketch (6.5 %). */
static const double hour_octets_least = 36000 * (1 - 2 * 0.065);
static const double day_octets_least = 64000;
/* Answers are counted whole, with what is no payload in them. */
static const double answer_factor = 4;
static const double few_lines_share = 0.9; /* of all octets, by the few */
static const double new_share_least = 0.8; /* NEMEA's tunnel detector: new names of all */

struct window {
    uint64_t below_octets;
    uint64_t answer_octets;
    uint64_t rates; /* sum over all messages */
    uint32_t questions;
    uint32_t responses;
    uint32_t no_such_name;
    uint32_t carriers; /* messages of types whose answers can carry data */
    uint32_t carrying; /* of those, answers */
    uint32_t filler;
    struct wide_sketch names;
};

/* The window of now and the one before it. */
struct spell {
    int64_t number; /* of the present window since 1970 */
    struct window now;
    struct window before;
};

struct user {
    struct ip_address address; /* sealed until the domain fires */
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_out; /* of messages, whether question or response */
    uint64_t octets_in;
    uint32_t questions;
    uint32_t responses;
    uint8_t place;
    uint8_t filler[7];
};

struct domain {
    int64_t first_ns;
    int64_t last_ns;
    uint64_t octets_others;  /* of lines no longer among the users */
    uint64_t pending_octets; /* since it was last judged */
    double told;             /* strength when it last was; 0 when never */
    uint8_t direction;
    uint8_t basis;
    bool is_rate_untold;
    struct sketch lines;
    struct user users[LINES_KEPT];
    struct spell hour;
    struct spell half_day;
    struct fact_name name; /* sealed likewise */
};

/* What a domain is before it has a record. */
struct sum {
    int32_t half_day;
    uint32_t octets;
};

struct tally {
    uint64_t numbers;
    uint64_t nameless;
    uint64_t late;
    uint64_t sums_evicted;
    uint64_t domains_evicted;
    uint64_t fired;
    uint64_t popular; /* enough information, and too many lines */
};

struct tunnel {
    struct hash_key key;
    struct prints sum_prints;
    struct sum *sums;
    struct prints domain_prints;
    struct domain *domains;
    struct tally *tally;
};

/* Two windows taken together, in numbers. */
struct volume {
    double names, length, information, answers;
    double new_share, carrier_share, nx_share, rate;
};

static void *tunnel_init(const struct behaviour_limits *limits, struct hash_key key,
                         struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 32768 };
    MUST(limits->memory_octets >= LEAST);
    struct tunnel *tunnel = ARENA_NEW(keep, struct tunnel, 1);
    tunnel->key = key;
    tunnel->tally = ARENA_NEW(keep, struct tally, 1);
    size_t room = limits->memory_octets - sizeof *tunnel - sizeof(struct tally) - SLACK;
    prints_init(&tunnel->sum_prints, room / 4 / (sizeof(uint64_t) + sizeof(struct sum)), keep);
    tunnel->sums = ARENA_NEW(keep, struct sum, prints_slots(&tunnel->sum_prints));
    prints_init(&tunnel->domain_prints,
                room / 4 * 3 / (sizeof(uint64_t) + sizeof(struct domain)), keep);
    tunnel->domains = ARENA_NEW(keep, struct domain, prints_slots(&tunnel->domain_prints));
    return tunnel;
}

/* Types whose answers hold what the server likes: names, text, anything (RFC 1035 3.2.2, SRV,
 * and the types for private use of RFC 6895). */
static bool is_carrier(uint16_t type)
{
    enum { CNAME = 5, NULL_TYPE = 10, MX = 15, TXT = 16, SRV = 33, PRIVATE = 0xff00 };
    return type == CNAME || type == NULL_TYPE || type == MX || type == TXT || type == SRV ||
           (type >= PRIVATE && type != UINT16_MAX);
}

/* Of the message less its header, its question and the heads of its records (RFC 1035 4.1). */
static uint64_t answer_octets(const struct asked_name *asked)
{
    enum { HEAD = 12 + 6, RECORD = 12 }; /* the header, type and class, two ends of names */
    uint64_t records = asked->answer_records;
    uint64_t rest = asked->name_octets + records * RECORD + HEAD;
    return asked->response_octets > rest ? asked->response_octets - rest : 0;
}

static void add_to_window(struct window *window, const struct asked_name *asked)
{
    bool carrier = is_carrier(asked->query_type);
    window->below_octets += asked->below_octets;
    window->rates += asked->rate == 0 ? 1 : asked->rate;
    window->questions += !asked->is_response;
    window->responses += asked->is_response;
    window->no_such_name += asked->is_response && asked->response_code == ASKED_NO_SUCH_NAME;
    window->carriers += carrier;
    if (carrier && asked->is_response && asked->answer_records > 0) {
        window->carrying++;
        window->answer_octets += answer_octets(asked);
    }
    wide_sketch_add(&window->names, asked->name_hash);
}

/* The window of that number; NULL when it is over. */
static struct window *window_of(struct spell *spell, int64_t number)
{
    if (number > spell->number) {
        spell->before =
            number == spell->number + 1 ? spell->now : (struct window){ .rates = 0 };
        spell->now = (struct window){ .rates = 0 };
        spell->number = number;
    }
    if (number == spell->number)
        return &spell->now;
    return number == spell->number - 1 ? &spell->before : NULL;
}

static void merge_windows(struct window *window, const struct window *other)
{
    window->below_octets += other->below_octets;
    window->answer_octets += other->answer_octets;
    window->rates += other->rates;
    window->questions += other->questions;
    window->responses += other->responses;
    window->no_such_name += other->no_such_name;
    window->carriers += other->carriers;
    window->carrying += other->carrying;
    wide_sketch_merge(&window->names, &other->names);
}

static void merge_spells(struct spell *spell, const struct spell *other)
{
    const struct window *windows[] = { &other->before, &other->now };
    for (size_t i = 0; i < 2; i++) {
        struct window *window = window_of(spell, other->number - 1 + (int64_t)i);
        if (window)
            merge_windows(window, windows[i]);
    }
}

/* Each question comes as itself, as its response, or as both: the commoner is how many there
 * were. */
static struct volume volume_of(const struct spell *spell)
{
    struct window both = spell->before;
    merge_windows(&both, &spell->now);
    double messages = (double)both.questions + both.responses;
    if (messages < 1)
        return (struct volume){ .names = 0 };
    double asked = fmax(both.questions, both.responses);
    struct volume volume = {
        .names = fmin(wide_sketch_count(&both.names), messages),
        .length = (double)both.below_octets / messages,
        .carrier_share = both.carriers / messages,
        .nx_share = both.responses == 0 ? 0 : (double)both.no_such_name / both.responses,
        .rate = (double)both.rates / messages,
    };
    volume.new_share = fmin(1, volume.names / asked);
    volume.information = volume.names * volume.length * information_share;
    if (both.carrying > 0)
        volume.answers = volume.names * (double)both.answer_octets / both.carrying;
    /* Of names that are all different each sampled one stands for as many others. */
    double scale = volume.new_share >= new_share_least ? fmax(1, volume.rate) : 1;
    volume.information *= scale;
    volume.answers *= scale;
    return volume;
}

/* How many times the threshold. */
static double strength_of(const struct volume *volume, double least)
{
    if (volume->names < NAMES_LEAST)
        return 0;
    return fmax(volume->information, volume->answers / answer_factor) / least;
}

/* Nearly all by few lines, and few others ever. */
static bool has_few_lines(const struct domain *domain)
{
    double all = (double)domain->octets_others, least = HUGE_VAL;
    for (size_t i = 0; i < LINES_KEPT; i++) {
        all += (double)domain->users[i].octets_out;
        least = fmin(least, (double)domain->users[i].octets_out);
    }
    double few = all - (double)domain->octets_others - least;
    return few >= few_lines_share * all && sketch_count(&domain->lines) <= LINES_MAX;
}

static struct user *user_of(struct domain *domain, const struct ip_address *line)
{
    struct user *least = domain->users;
    for (size_t i = 0; i < LINES_KEPT; i++) {
        struct user *user = &domain->users[i];
        if (user->questions + user->responses > 0 && ip_equal(&user->address, line))
            return user;
        if (user->octets_out < least->octets_out)
            least = user;
    }
    domain->octets_others += least->octets_out;
    *least = (struct user){ .address = *line, .first_ns = INT64_MAX, .last_ns = INT64_MIN };
    return least;
}

static void widen(int64_t *first_ns, int64_t *last_ns, int64_t from_ns, int64_t to_ns)
{
    *first_ns = from_ns < *first_ns ? from_ns : *first_ns;
    *last_ns = to_ns > *last_ns ? to_ns : *last_ns;
}

static void merge_user(struct domain *domain, const struct user *other)
{
    struct user *user = user_of(domain, &other->address);
    widen(&user->first_ns, &user->last_ns, other->first_ns, other->last_ns);
    user->octets_out += other->octets_out;
    user->octets_in += other->octets_in;
    user->questions += other->questions;
    user->responses += other->responses;
    user->place = other->place;
}

static bool add_to_domain(struct tunnel *tunnel, struct domain *domain,
                          const struct asked_name *asked)
{
    struct window *hour = window_of(&domain->hour, asked->time_ns / HOUR_NS);
    struct window *half_day = window_of(&domain->half_day, asked->time_ns / HALF_DAY_NS);
    if (hour)
        add_to_window(hour, asked);
    if (!half_day)
        return false;
    add_to_window(half_day, asked);
    struct user once = { .address = asked->line,
                         .first_ns = asked->time_ns,
                         .last_ns = asked->time_ns,
                         .octets_out = asked->below_octets,
                         .octets_in = asked->response_octets,
                         .questions = !asked->is_response,
                         .responses = asked->is_response,
                         .place = (uint8_t)asked->line_place };
    merge_user(domain, &once);
    sketch_add(&domain->lines, hash_sixteen(&tunnel->key, asked->line.octets));
    widen(&domain->first_ns, &domain->last_ns, asked->time_ns, asked->time_ns);
    domain->is_rate_untold |= asked->rate == 0;
    domain->pending_octets += asked->below_octets;
    return true;
}

static double ramp(double value, double from, double to)
{
    return fmin(1, fmax(0, (value - from) / (to - from)));
}

/* Information alone is worth as much as one family can be; what tools of the kind have in
 * common adds to it, and none of it is needed. */
static void add_measures(struct sighting *sighting, const struct domain *domain,
                         const struct volume *volume, double least)
{
    double weight = 4 * fmin(1, volume->information / least);
    double answers = 4 * fmin(1, volume->answers / (answer_factor * least));
    double channel = 1.5 * ramp(volume->carrier_share, 0.25, 0.75);
    const struct measure measures[] = {
        { MEASURE_INFORMATION, round(volume->information), round(least), weight, 0 },
        { MEASURE_ANSWER_INFORMATION, round(volume->answers), round(answer_factor * least),
          fmin(4, fmax(answers - weight, 0) + channel), 0 },
        { MEASURE_NAMES, round(volume->names), NAMES_LEAST,
          ramp(volume->new_share, 0.5, new_share_least), 0 },
        { MEASURE_NAME_LENGTH, round(volume->length * 10) / 10, 0, ramp(volume->length, 20, 60),
          0 },
        { MEASURE_NX_SHARE, volume->nx_share, 0, 0, 0 },
        { MEASURE_CLIENTS, round(sketch_count(&domain->lines)), 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        evidence_add(sighting, measures[i]);
    evidence_add_rate(sighting,
                      domain->is_rate_untold ? 0 : (uint32_t)fmax(1, round(volume->rate)));
}

/* A row for each line that uses the domain. */
static void emit(const struct domain *domain, const struct volume *volume, double least,
                 struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_TUNNEL,
        .direction = (enum direction)domain->direction,
        .basis = (enum basis)domain->basis,
        .name = domain->name,
        .first_ns = domain->first_ns,
        .last_ns = domain->last_ns,
    };
    sighting.has_line = true;
    add_measures(&sighting, domain, volume, least);
    for (size_t i = 0; i < LINES_KEPT; i++) {
        const struct user *user = &domain->users[i];
        uint64_t messages = (uint64_t)user->questions + user->responses;
        if (messages == 0)
            continue;
        sighting.connections =
            user->questions > user->responses ? user->questions : user->responses;
        sighting.octets_out = user->octets_out / messages * sighting.connections;
        sighting.octets_in = user->octets_in;
        sighting.line = user->address;
        sighting.line_place = (enum place)user->place;
        sighting.first_ns = user->first_ns;
        sighting.last_ns = user->last_ns;
        sink.take(sink.context, &sighting);
    }
}

/* Tells of it the first time, and again when there is twice as much. */
static void judge(struct tunnel *tunnel, struct domain *domain, double again,
                  struct sighting_sink sink)
{
    domain->pending_octets = 0;
    struct volume hour = volume_of(&domain->hour);
    struct volume day = volume_of(&domain->half_day);
    double in_hour = strength_of(&hour, hour_octets_least);
    double in_day = strength_of(&day, day_octets_least);
    double strength = fmax(in_hour, in_day);
    if (strength < 1 || strength < again * domain->told)
        return;
    if (!has_few_lines(domain)) {
        tunnel->tally->popular++;
        return;
    }
    tunnel->tally->fired += domain->told < 1;
    domain->told = strength;
    if (in_hour > in_day)
        emit(domain, &hour, hour_octets_least, sink);
    else
        emit(domain, &day, day_octets_least, sink);
}

/* Who goes when a bucket is full: what fired last, then what carried least lately. */
static bool is_weaker_domain(const void *records, size_t at, size_t than)
{
    const struct domain *domains = records;
    const struct domain *a = &domains[at], *b = &domains[than];
    bool a_fired = a->told >= 1, b_fired = b->told >= 1;
    if (a_fired != b_fired)
        return b_fired;
    if (a->half_day.number != b->half_day.number)
        return a->half_day.number < b->half_day.number;
    return a->half_day.now.below_octets < b->half_day.now.below_octets;
}

static void make_domain(struct tunnel *tunnel, uint64_t print, const struct domain *fresh)
{
    size_t slot = prints_take(&tunnel->domain_prints, print, is_weaker_domain, tunnel->domains,
                              &tunnel->tally->domains_evicted);
    tunnel->domains[slot] = *fresh;
}

static bool is_weaker_sum(const void *records, size_t at, size_t than)
{
    const struct sum *sums = records;
    const struct sum *a = &sums[at], *b = &sums[than];
    return a->half_day != b->half_day ? a->half_day < b->half_day : a->octets < b->octets;
}

static struct sum *sum_of(struct tunnel *tunnel, uint64_t print, int32_t half_day)
{
    size_t slot = prints_find(&tunnel->sum_prints, print);
    if (slot == PRINTS_NONE) {
        slot = prints_take(&tunnel->sum_prints, print, is_weaker_sum, tunnel->sums,
                           &tunnel->tally->sums_evicted);
        tunnel->sums[slot] = (struct sum){ .half_day = half_day };
    }
    return &tunnel->sums[slot];
}

static void add_to_sum(struct sum *sum, int32_t half_day, uint32_t octets)
{
    if (half_day > sum->half_day)
        *sum = (struct sum){ .half_day = half_day };
    sum->octets = sum->octets > UINT32_MAX - octets ? UINT32_MAX : sum->octets + octets;
}

/* Its record; NULL while its sum is small. */
static struct domain *domain_of(struct tunnel *tunnel, const struct asked_name *asked)
{
    uint64_t print = prints_of(asked->domain_hash);
    size_t slot = prints_find(&tunnel->domain_prints, print);
    if (slot != PRINTS_NONE)
        return &tunnel->domains[slot];
    int32_t half_day = (int32_t)(asked->time_ns / HALF_DAY_NS);
    struct sum *sum = sum_of(tunnel, print, half_day);
    uint32_t rate = asked->rate == 0 ? 1 : asked->rate;
    uint64_t octets = (uint64_t)asked->below_octets * rate;
    add_to_sum(sum, half_day, octets < UINT32_MAX ? (uint32_t)octets : UINT32_MAX);
    if (sum->octets < PROMOTED_OCTETS)
        return NULL;
    sum->octets = 0;
    struct domain fresh = { .first_ns = INT64_MAX,
                            .last_ns = INT64_MIN,
                            .direction = (uint8_t)asked->direction,
                            .basis = (uint8_t)asked->basis,
                            .hour.number = asked->time_ns / HOUR_NS,
                            .half_day.number = asked->time_ns / HALF_DAY_NS,
                            .name = asked->domain };
    make_domain(tunnel, print, &fresh);
    return &tunnel->domains[prints_find(&tunnel->domain_prints, print)];
}

static void tunnel_observe_name(void *state, const struct asked_name *asked,
                                struct sighting_sink sink)
{
    struct tunnel *tunnel = state;
    if (asked->below_octets == 0)
        return;
    if (asked->domain.len == 0 || asked->is_number) {
        tunnel->tally->nameless += asked->domain.len == 0;
        tunnel->tally->numbers += asked->domain.len > 0;
        return;
    }
    struct domain *domain = domain_of(tunnel, asked);
    if (!domain)
        return;
    if (!add_to_domain(tunnel, domain, asked)) {
        tunnel->tally->late++;
        return;
    }
    if (domain->pending_octets >= JUDGED_OCTETS)
        judge(tunnel, domain, 2, sink);
}

/* The last word on all: what came since they were judged, or was merged. */
static void tunnel_finish(void *state, struct sighting_sink sink)
{
    struct tunnel *tunnel = state;
    for (size_t slot = 0; slot < prints_slots(&tunnel->domain_prints); slot++)
        if (tunnel->domain_prints.print[slot] != 0)
            judge(tunnel, &tunnel->domains[slot], 1, sink);
}

static void tunnel_count(const void *state, struct summary *summary)
{
    const struct tunnel *tunnel = state;
    const struct tally *tally = tunnel->tally;
    summary_count(summary, "behaviour", "tunnel: names that spell an address", "names",
                  tally->numbers);
    summary_count(summary, "behaviour", "tunnel: names without a registered domain", "names",
                  tally->nameless);
    summary_count(summary, "behaviour", "tunnel: names more than a window late", "names",
                  tally->late);
    summary_count(summary, "behaviour", "tunnel: domains held", "domains",
                  prints_used(&tunnel->domain_prints));
    summary_count(summary, "behaviour", "tunnel: sums of domains evicted", "domains",
                  tally->sums_evicted);
    summary_count(summary, "behaviour", "tunnel: domains evicted", "domains",
                  tally->domains_evicted);
    summary_count(summary, "behaviour", "tunnel: much information and many lines", "domains",
                  tally->popular);
    summary_count(summary, "behaviour", "tunnel: domains that fired", "domains", tally->fired);
}

static size_t tunnel_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct tunnel *tunnel = state;
    size_t sums = prints_slots(&tunnel->sum_prints);
    size_t domains = prints_slots(&tunnel->domain_prints);
    const struct behaviour_part parts[] = {
        { tunnel->tally, sizeof *tunnel->tally },
        { tunnel->sum_prints.print, sums * sizeof *tunnel->sum_prints.print },
        { tunnel->sums, sums * sizeof *tunnel->sums },
        { tunnel->domain_prints.print, domains * sizeof *tunnel->domain_prints.print },
        { tunnel->domains, domains * sizeof *tunnel->domains },
    };
    memcpy(out, parts, sizeof parts);
    return sizeof parts / sizeof *parts;
}

static void merge_domain(struct domain *domain, const struct domain *other)
{
    widen(&domain->first_ns, &domain->last_ns, other->first_ns, other->last_ns);
    domain->octets_others += other->octets_others;
    domain->told = fmax(domain->told, other->told);
    domain->is_rate_untold |= other->is_rate_untold;
    sketch_merge(&domain->lines, &other->lines);
    for (size_t i = 0; i < LINES_KEPT; i++)
        if (other->users[i].questions + other->users[i].responses > 0)
            merge_user(domain, &other->users[i]);
    merge_spells(&domain->hour, &other->hour);
    merge_spells(&domain->half_day, &other->half_day);
}

static void merge_tallies(struct tally *tally, const struct tally *other)
{
    tally->numbers += other->numbers;
    tally->nameless += other->nameless;
    tally->late += other->late;
    tally->sums_evicted += other->sums_evicted;
    tally->domains_evicted += other->domains_evicted;
    tally->fired += other->fired;
    tally->popular += other->popular;
}

static void tunnel_merge(void *state, const void *from)
{
    struct tunnel *tunnel = state;
    const struct tunnel *other = from;
    merge_tallies(tunnel->tally, other->tally);
    for (size_t slot = 0; slot < prints_slots(&other->sum_prints); slot++) {
        uint64_t print = other->sum_prints.print[slot];
        const struct sum *sum = &other->sums[slot];
        if (print != 0)
            add_to_sum(sum_of(tunnel, print, sum->half_day), sum->half_day, sum->octets);
    }
    for (size_t slot = 0; slot < prints_slots(&other->domain_prints); slot++) {
        uint64_t print = other->domain_prints.print[slot];
        if (print == 0)
            continue;
        size_t own = prints_find(&tunnel->domain_prints, print);
        if (own == PRINTS_NONE)
            make_domain(tunnel, print, &other->domains[slot]);
        else
            merge_domain(&tunnel->domains[own], &other->domains[slot]);
    }
}

const struct behaviour_kind behaviour_tunnel = {
    .ends = END_NONE,
    .names = NAMES_BY_DOMAIN,
    .init = tunnel_init,
    .observe_name = tunnel_observe_name,
    .finish = tunnel_finish,
    .count = tunnel_count,
    .parts = tunnel_parts,
    .merge = tunnel_merge,
};
