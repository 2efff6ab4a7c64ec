// SPDX-License-Identifier: Apache-2.0
/* Names that a program makes up: lines that ask for many registered domains nobody registered.
 * Lines that ask for the same ones within a day run the same program (detectors.md 8: that
 * needs no model of language); a line alone is told by how many it asks for in an hour and how
 * few of its questions have an answer.  What the names look like only ranks.
 *
 * A search list of a resolver tries one name under a few domains, which are counted as those
 * few. */
#include <math.h>

#include "base/must.h"
#include "base/time.h"
#include "behaviour/evidence.h"
#include "behaviour/generated_private.h"
#include "behaviour/kinds_private.h"
#include "behaviour/letters_private.h"
#include "behaviour/prints.h"

#define HOUR_NS (3600 * TIME_SECOND_NS)

static const double share_least = 0.5;   /* of a line's questions in an hour */
static const double overlap_least = 0.1; /* Jaccard */
/* Bits a letter: words and pairs of words of a word list, and two standard deviations;
 * letters at random, less one (tools/letter-pairs, docs/detectors/generated.md). */
static const double bits_of_words = 4.4;
static const double bits_of_chance = 6.2;

enum { ALONE_LEAST = 20, TOGETHER_LEAST = 10, SHARED_LEAST = 3, MEMBERS_LEAST = 3 };

struct generated {
    struct hash_key key;
    struct prints prints;
    struct asker *askers;
    struct generated_tally *tally;
    struct generated_groups groups;
};

static void *generated_init(const struct behaviour_limits *limits, struct hash_key key,
                            struct arena *keep)
{
    enum { SLACK = 1024, LEAST = 16384 };
    MUST(limits->memory_octets >= LEAST);
    struct generated *generated = ARENA_NEW(keep, struct generated, 1);
    generated->key = key;
    generated->tally = ARENA_NEW(keep, struct generated_tally, 1);
    size_t room = limits->memory_octets - sizeof *generated - sizeof *generated->tally - SLACK;
    prints_init(&generated->prints, room / 4 * 3 / (sizeof(uint64_t) + sizeof(struct asker)),
                keep);
    generated->askers = ARENA_NEW(keep, struct asker, prints_slots(&generated->prints));
    generated_groups_init(&generated->groups, room / 4, keep);
    return generated;
}

/* Who goes when a bucket is full: of the oldest day, then who asked for least. */
static bool is_weaker(const void *records, size_t at, size_t than)
{
    const struct asker *a = (const struct asker *)records + at;
    const struct asker *b = (const struct asker *)records + than;
    return a->day != b->day ? a->day < b->day : a->missed < b->missed;
}

/* FNV-1a (RFC 9923): which name stands for the others must not depend on the key of the run. */
static uint64_t rank_of(struct bytes name)
{
    uint64_t state = 0xcbf29ce484222325;
    for (size_t i = 0; i < name.len; i++)
        state = (state ^ name.at[i]) * 0x100000001b3;
    return state ^ state >> 32;
}

static void remember(struct short_name *out, const struct fact_name *name)
{
    if (name->len > sizeof out->at)
        return;
    out->rank = rank_of(fact_name_bytes(name));
    out->len = name->len;
    memcpy(out->at, name->at, name->len);
}

static void start_day(struct asker *asker, int64_t day)
{
    struct ip_address address = asker->address;
    uint8_t direction = asker->direction, basis = asker->basis, place = asker->place;
    *asker = (struct asker){ .address = address,
                             .day = day,
                             .first_ns = INT64_MAX,
                             .last_ns = INT64_MIN,
                             .direction = direction,
                             .basis = basis,
                             .place = place };
}

/* The fullest hour of the day is what a line alone is judged by. */
static void end_hour(struct asker *asker)
{
    if (asker->hour_asked > 0) {
        double domains = sketch_count(&asker->hour_missing);
        double share = (double)asker->hour_missed / asker->hour_asked;
        if (share >= share_least && domains > asker->best_domains) {
            asker->best_domains = domains;
            asker->best_share = share;
        }
    }
    asker->hour_asked = asker->hour_missed = 0;
    asker->hour_missing = (struct sketch){ { 0 } };
}

static void add_missing(struct asker *asker, const struct asked_name *asked)
{
    struct bytes domain = fact_name_bytes(&asked->domain);
    struct bytes label = bytes_slice(domain, 0, bytes_find(domain, '.'));
    asker->missed++;
    asker->hour_missed++;
    sketch_add(&asker->hour_missing, asked->domain_hash);
    sketch_add(&asker->missing, asked->domain_hash);
    asker->cost += letters_cost(label, &asker->cost_places);
    bottom_add(&asker->bottom, asked->domain_hash);
    if (asker->first_name.len == 0 || rank_of(domain) < asker->first_name.rank)
        remember(&asker->first_name, &asked->domain);
}

/* Of the domains that do exist, asked for among many that do not, the one least like words:
 * it may be the one the program was looking for. */
static void note_existing(struct asker *asker, const struct asked_name *asked)
{
    struct bytes domain = fact_name_bytes(&asked->domain);
    uint32_t places = 0;
    uint32_t cost = letters_cost(bytes_slice(domain, 0, bytes_find(domain, '.')), &places);
    double bits = (double)cost / places / LETTERS_SCALE;
    if (asker->missed < TOGETHER_LEAST || bits < bits_of_words || bits <= asker->found_bits)
        return;
    asker->found_bits = bits;
    remember(&asker->found_name, &asked->domain);
}

static struct asker *asker_of(struct generated *generated, const struct asked_name *asked,
                              int64_t day)
{
    uint64_t print = prints_of(hash_sixteen(&generated->key, asked->line.octets));
    size_t slot = prints_find(&generated->prints, print);
    bool is_missing = asked->response_code == ASKED_NO_SUCH_NAME;
    if (slot == PRINTS_NONE && !is_missing)
        return NULL;
    if (slot == PRINTS_NONE) {
        slot = prints_take(&generated->prints, print, is_weaker, generated->askers,
                           &generated->tally->evicted);
        generated->askers[slot] = (struct asker){ .address = asked->line,
                                                  .day = INT64_MIN,
                                                  .direction = (uint8_t)asked->direction,
                                                  .basis = (uint8_t)asked->basis,
                                                  .place = (uint8_t)asked->line_place };
    }
    struct asker *asker = &generated->askers[slot];
    if (asker->day != day)
        start_day(asker, day);
    return asker;
}

static double bits_of(const struct asker *asker)
{
    if (asker->cost_places == 0)
        return 0;
    return (double)asker->cost / (double)asker->cost_places / LETTERS_SCALE;
}

static double likelihood_weight(double bits)
{
    double part = (bits - bits_of_words) / (bits_of_chance - bits_of_words);
    return 2 * fmin(1, fmax(0, part));
}

static struct fact_name name_of(const struct short_name *name)
{
    struct fact_name out = { .len = name->len };
    memcpy(out.at, name->at, name->len);
    return out;
}

static void emit(struct generated *generated, const struct asker *asker,
                 const struct short_name *name, const struct measure *measures, size_t count,
                 struct sighting_sink sink)
{
    struct sighting sighting = {
        .behaviour = BEHAVIOUR_GENERATED,
        .direction = (enum direction)asker->direction,
        .basis = (enum basis)asker->basis,
        .line = asker->address,
        .line_place = (enum place)asker->place,
        .has_line = true,
        .name = name_of(name),
        .first_ns = asker->first_ns,
        .last_ns = asker->last_ns,
        .connections = asker->missed,
    };
    for (size_t i = 0; i < count; i++)
        evidence_add(&sighting, measures[i]);
    evidence_add_rate(&sighting, asker->rate);
    generated->tally->fired++;
    sink.take(sink.context, &sighting);
}

static const struct short_name *subject_of(const struct asker *asker)
{
    return asker->found_name.len > 0 ? &asker->found_name : &asker->first_name;
}

static void judge_alone(struct generated *generated, struct asker *asker,
                        struct sighting_sink sink)
{
    const struct short_name *name = subject_of(asker);
    if (round(asker->best_domains) < ALONE_LEAST || name->len == 0)
        return;
    double bits = bits_of(asker);
    const struct measure measures[] = {
        { MEASURE_NX_DOMAINS, round(asker->best_domains), ALONE_LEAST,
          fmin(4, 2 + log2(fmax(1, asker->best_domains / ALONE_LEAST))), 0 },
        { MEASURE_NX_SHARE, asker->best_share, share_least, 0, 0 },
        { MEASURE_NAME_LIKELIHOOD, bits, bits_of_words, likelihood_weight(bits), 0 },
    };
    emit(generated, asker, name, measures, sizeof measures / sizeof *measures, sink);
}

/* What the members have in common, in numbers: the domain that exists when one was asked for,
 * else the first of those that do not. */
struct group {
    const struct short_name *name;
    bool is_found;
    double members, domains, bits, overlap;
};

static void add_member(struct group *group, const struct asker *asker, double overlap)
{
    const struct short_name *name = subject_of(asker);
    bool is_found = asker->found_name.len > 0;
    if (name->len > 0 && (!group->name || (is_found && !group->is_found) ||
                          (is_found == group->is_found && name->rank < group->name->rank))) {
        group->name = name;
        group->is_found = is_found;
    }
    group->members++;
    group->domains = fmax(group->domains, sketch_count(&asker->missing));
    group->bits += bits_of(asker);
    group->overlap = fmax(group->overlap, overlap);
}

static void judge_group(struct generated *generated, const struct group *group, uint32_t root,
                        struct sighting_sink sink)
{
    double bits = group->bits / group->members;
    const struct measure measures[] = {
        { MEASURE_OVERLAP, group->overlap, overlap_least, 3, 0 },
        { MEASURE_MEMBERS, group->members, MEMBERS_LEAST, 0, 0 },
        { MEASURE_NX_DOMAINS, round(group->domains), TOGETHER_LEAST,
          fmin(2, fmax(0, log2(group->domains / TOGETHER_LEAST) / 2)), 0 },
        { MEASURE_NAME_LIKELIHOOD, bits, bits_of_words, likelihood_weight(bits), 0 },
    };
    for (uint32_t i = 0; i < generated->groups.count; i++)
        if (generated_groups_root(&generated->groups, i) == root)
            emit(generated, &generated->askers[generated->groups.members[i].slot], group->name,
                 measures, sizeof measures / sizeof *measures, sink);
}

static void collect(struct generated *generated)
{
    generated->groups.count = 0;
    for (size_t slot = 0; slot < prints_slots(&generated->prints); slot++) {
        struct asker *asker = &generated->askers[slot];
        if (generated->prints.print[slot] == 0 || asker->day != generated->tally->day)
            continue;
        end_hour(asker);
        if (asker->bottom.count < TOGETHER_LEAST)
            continue;
        if (!generated_groups_add(&generated->groups, (uint32_t)slot))
            generated->tally->left_out++;
    }
    generated_groups_join(&generated->groups, generated->askers, overlap_least, SHARED_LEAST);
}

/* The day as far as it went. */
static void judge_day(struct generated *generated, struct sighting_sink sink)
{
    struct generated_groups *groups = &generated->groups;
    collect(generated);
    for (uint32_t root = 0; root < groups->count; root++) {
        if (generated_groups_root(groups, root) != root)
            continue;
        struct group group = { .members = 0 };
        for (uint32_t i = root; i < groups->count; i++)
            if (generated_groups_root(groups, i) == root)
                add_member(&group, &generated->askers[groups->members[i].slot],
                           groups->members[i].overlap);
        struct asker *alone = &generated->askers[groups->members[root].slot];
        if (group.members >= MEMBERS_LEAST && group.name)
            judge_group(generated, &group, root, sink);
        else if (group.members < 2)
            judge_alone(generated, alone, sink);
        else
            for (uint32_t i = root; i < groups->count; i++)
                if (generated_groups_root(groups, i) == root)
                    judge_alone(generated, &generated->askers[groups->members[i].slot], sink);
    }
}

static void generated_observe_name(void *state, const struct asked_name *asked,
                                   struct sighting_sink sink)
{
    struct generated *generated = state;
    if (!asked->is_response || asked->domain.len == 0 || asked->is_number)
        return;
    int64_t day = asked->time_ns / TIME_DAY_NS;
    if (!generated->tally->has_day || day > generated->tally->day) {
        if (generated->tally->has_day)
            judge_day(generated, sink);
        generated->tally->day = day;
        generated->tally->has_day = true;
    }
    struct asker *asker = asker_of(generated, asked, generated->tally->day);
    if (!asker)
        return;
    int64_t hour = asked->time_ns / HOUR_NS;
    if (hour > asker->hour) {
        end_hour(asker);
        asker->hour = hour;
    }
    asker->first_ns = asked->time_ns < asker->first_ns ? asked->time_ns : asker->first_ns;
    asker->last_ns = asked->time_ns > asker->last_ns ? asked->time_ns : asker->last_ns;
    asker->rate = asked->rate;
    asker->hour_asked++;
    if (asked->response_code == ASKED_NO_SUCH_NAME)
        add_missing(asker, asked);
    else if (asked->response_code == 0 && asked->answer_count > 0)
        note_existing(asker, asked);
}

static void generated_finish(void *state, struct sighting_sink sink)
{
    judge_day(state, sink);
}

static void generated_count(const void *state, struct summary *summary)
{
    const struct generated *generated = state;
    summary_count(summary, "behaviour", "generated: lines held", "lines",
                  prints_used(&generated->prints));
    summary_count(summary, "behaviour", "generated: lines evicted", "lines",
                  generated->tally->evicted);
    summary_count(summary, "behaviour", "generated: lines not compared", "lines",
                  generated->tally->left_out);
}

static size_t generated_parts(void *state, struct behaviour_part out[BEHAVIOUR_PARTS_MAX])
{
    struct generated *generated = state;
    size_t slots = prints_slots(&generated->prints);
    out[0] = (struct behaviour_part){ generated->tally, sizeof *generated->tally };
    out[1] = (struct behaviour_part){ generated->prints.print,
                                      slots * sizeof *generated->prints.print };
    out[2] = (struct behaviour_part){ generated->askers, slots * sizeof *generated->askers };
    return 3;
}

static void merge_asker(struct asker *asker, const struct asker *other)
{
    if (other->day != asker->day) {
        if (other->day > asker->day)
            *asker = *other;
        return;
    }
    if (other->hour > asker->hour) {
        end_hour(asker);
        asker->hour = other->hour;
    }
    if (other->hour == asker->hour) {
        asker->hour_asked += other->hour_asked;
        asker->hour_missed += other->hour_missed;
        sketch_merge(&asker->hour_missing, &other->hour_missing);
    }
    if (other->best_domains > asker->best_domains) {
        asker->best_domains = other->best_domains;
        asker->best_share = other->best_share;
    }
    asker->missed += other->missed;
    asker->cost += other->cost;
    asker->cost_places += other->cost_places;
    sketch_merge(&asker->missing, &other->missing);
    for (size_t i = 0; i < other->bottom.count; i++)
        bottom_add(&asker->bottom, other->bottom.at[i]);
    if (other->first_name.len > 0 &&
        (asker->first_name.len == 0 || other->first_name.rank < asker->first_name.rank))
        asker->first_name = other->first_name;
    if (other->found_bits > asker->found_bits) {
        asker->found_bits = other->found_bits;
        asker->found_name = other->found_name;
    }
    asker->first_ns = other->first_ns < asker->first_ns ? other->first_ns : asker->first_ns;
    asker->last_ns = other->last_ns > asker->last_ns ? other->last_ns : asker->last_ns;
}

static void generated_merge(void *state, const void *from)
{
    struct generated *generated = state;
    const struct generated *other = from;
    generated->tally->evicted += other->tally->evicted;
    generated->tally->left_out += other->tally->left_out;
    if (other->tally->has_day &&
        (!generated->tally->has_day || other->tally->day > generated->tally->day)) {
        generated->tally->day = other->tally->day;
        generated->tally->has_day = true;
    }
    for (size_t slot = 0; slot < prints_slots(&other->prints); slot++) {
        uint64_t print = other->prints.print[slot];
        if (print == 0)
            continue;
        size_t own = prints_find(&generated->prints, print);
        if (own != PRINTS_NONE) {
            merge_asker(&generated->askers[own], &other->askers[slot]);
            continue;
        }
        own = prints_take(&generated->prints, print, is_weaker, generated->askers,
                          &generated->tally->evicted);
        generated->askers[own] = other->askers[slot];
    }
}

const struct behaviour_kind behaviour_generated = {
    .ends = END_NONE,
    .names = NAMES_ANY,
    .init = generated_init,
    .observe_name = generated_observe_name,
    .finish = generated_finish,
    .count = generated_count,
    .parts = generated_parts,
    .merge = generated_merge,
};
