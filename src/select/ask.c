// SPDX-License-Identifier: Apache-2.0
/* Questions in runs of 32: first all lines of the filter are sent for, then the slots of those
 * that may be listed, then their records; only then is anything waited for. */
#include "base/must.h"
#include "select/indicators_private.h"

enum { RUN = 32, SUFFIXES_MAX = 8 };

/* What is asked of one name, the nearest last. */
struct suffixes {
    size_t count;
    struct spot spots[SUFFIXES_MAX];
};

static struct wanted wanted_of(const struct indicators *set,
                               const struct indicator_question *question)
{
    switch (question->kind) {
    case INDICATOR_ENDPOINT:
        return wanted_endpoint(set, &question->address, question->port, question->protocol);
    case INDICATOR_JA3:
    case INDICATOR_JA4:
    case INDICATOR_CERTIFICATE:
    case INDICATOR_SIGNATURE: return wanted_bytes(set, question->kind, question->bytes);
    case INDICATOR_ADDRESS:
    case INDICATOR_PREFIX:
    case INDICATOR_DOMAIN:
    case INDICATOR_KINDS: break;
    }
    return wanted_address(set, &question->address);
}

/* Sends for the record the first slot with that tag leads to. */
static void record_prefetch(const struct indicators *set, uint64_t hash)
{
    enum { STEPS = 8 };
    for (size_t at = first_slot(set, hash), end = at + STEPS;
         at < end && at < set->slot_count && set->slots[at].record != 0; at++) {
        const struct slot *slot = &set->slots[at];
        if (slot->tag == (uint32_t)hash && slot->record <= set->count) {
            PREFETCH(&set->records[slot->record - 1]);
            return;
        }
    }
}

static inline struct spot spot_of_question(const struct indicators *set,
                                           const struct indicator_question *question)
{
    if (question->kind == INDICATOR_ADDRESS)
        return spot_of_address(set, &question->address);
    if (question->kind == INDICATOR_ENDPOINT)
        return spot_of_endpoint(set, &question->address, question->port);
    return spot_of_bytes(set, question->kind, question->bytes);
}

static struct indicator_answer answer_of(const struct indicators *set,
                                         const struct wanted *wanted, int64_t time_ns)
{
    struct search search = search_of(set, wanted);
    for (const struct record *record; (record = search_next(set, wanted, &search));) {
        bool is_for = record->protocol == 0 || record->protocol == wanted->protocol;
        if ((record->flags & RECORD_REVOKED) || !is_for || !record_holds(record, time_ns))
            continue;
        if (is_revoked(set, wanted))
            break;
        return (struct indicator_answer){ set, (uint32_t)(record - set->records) };
    }
    return (struct indicator_answer){ NULL, 0 };
}

static void ask_exact(const struct indicators *set, const struct indicator_question *questions,
                      size_t count, struct indicator_answer *out)
{
    struct spot spots[RUN];
    uint8_t near[RUN];
    size_t near_count = 0;
    for (size_t i = 0; i < count; i++) {
        spots[i] = spot_of_question(set, &questions[i]);
        PREFETCH(filter_line(set, spots[i].line));
    }
    for (size_t i = 0; i < count; i++) {
        near[near_count] = (uint8_t)i;
        near_count += may_be_listed(set, spots[i].line, spots[i].hash);
        out[i].set = NULL;
    }
    for (size_t i = 0; i < near_count; i++)
        PREFETCH(&set->slots[first_slot(set, spots[near[i]].hash)]);
    for (size_t i = 0; i < near_count; i++)
        record_prefetch(set, spots[near[i]].hash);
    for (size_t i = 0; i < near_count; i++) {
        const struct indicator_question *question = &questions[near[i]];
        struct wanted wanted = wanted_of(set, question);
        out[near[i]] = answer_of(set, &wanted, question->time_ns);
    }
}

static void find_suffixes(const struct indicators *set, struct bytes name, struct suffixes *out)
{
    struct suffix_walk walk = walk_over(name);
    size_t count = 0;
    (void)next_suffix(&set->key, &walk); /* a top level is never an indicator */
    while (count < SUFFIXES_MAX && next_suffix(&set->key, &walk)) {
        out->spots[count].line = walk.line;
        out->spots[count++].hash = hash_key_of(&set->key, walk.hash, INDICATOR_DOMAIN, 0);
        if (walk.labels <= 3)
            PREFETCH(filter_line(set, walk.line));
    }
    out->count = count;
}

/* The few that have more labels, or are listed. */
static struct indicator_answer ask_name(const struct indicators *set,
                                        const struct indicator_question *question)
{
    struct indicator_answer nearest = { NULL, 0 };
    struct suffix_walk walk = walk_over(question->bytes);
    while (next_suffix(&set->key, &walk)) {
        if (walk.labels < 2)
            continue;
        struct wanted wanted = wanted_suffix(set, &walk);
        struct indicator_answer answer = { NULL, 0 };
        if (may_be_listed(set, wanted.line, wanted.hash))
            answer = answer_of(set, &wanted, question->time_ns);
        nearest = answer.set ? answer : nearest;
    }
    return nearest;
}

static void ask_names(const struct indicators *set, const struct indicator_question *questions,
                      size_t count, struct indicator_answer *out)
{
    struct suffixes suffixes[RUN];
    uint8_t near[RUN];
    size_t near_count = 0;
    for (size_t i = 0; i < count; i++)
        find_suffixes(set, questions[i].bytes, &suffixes[i]);
    for (size_t i = 0; i < count; i++) {
        bool is_near = suffixes[i].count == SUFFIXES_MAX;
        for (size_t j = 0; j < suffixes[i].count; j++) {
            struct spot spot = suffixes[i].spots[j];
            if (LIKELY(!may_be_listed(set, spot.line, spot.hash)))
                continue;
            PREFETCH(&set->slots[first_slot(set, spot.hash)]);
            is_near = true;
        }
        near[near_count] = (uint8_t)i;
        near_count += is_near;
        out[i].set = NULL;
    }
    for (size_t i = 0; i < near_count; i++)
        out[near[i]] = ask_name(set, &questions[near[i]]);
}

static struct indicator_answer ask_prefix(const struct indicators *set,
                                          const struct indicator_question *question)
{
    struct prefix_walk walk = prefixes_of(set, &question->address);
    while (next_prefix(set, &walk)) {
        if (!may_be_listed(set, walk.line, walk.hash))
            continue;
        struct ip_address masked = question->address;
        ip_mask(&masked, walk.len);
        struct wanted wanted = wanted_prefix(set, &masked, walk.len);
        struct indicator_answer answer = answer_of(set, &wanted, question->time_ns);
        if (answer.set)
            return answer;
    }
    return (struct indicator_answer){ NULL, 0 };
}

static void ask_prefixes(const struct indicators *set,
                         const struct indicator_question *questions, size_t count,
                         struct indicator_answer *out)
{
    for (size_t i = 0; i < count; i++)
        prefixes_prefetch(set, &questions[i].address);
    for (size_t i = 0; i < count; i++)
        out[i] = ask_prefix(set, &questions[i]);
}

typedef void ask_fn(const struct indicators *set, const struct indicator_question *questions,
                    size_t count, struct indicator_answer *out);

static ask_fn *const askers[INDICATOR_KINDS] = {
    [INDICATOR_ADDRESS] = ask_exact,     [INDICATOR_PREFIX] = ask_prefixes,
    [INDICATOR_ENDPOINT] = ask_exact,    [INDICATOR_DOMAIN] = ask_names,
    [INDICATOR_JA3] = ask_exact,         [INDICATOR_JA4] = ask_exact,
    [INDICATOR_CERTIFICATE] = ask_exact, [INDICATOR_SIGNATURE] = ask_exact,
};

static void ask_set(const struct indicators *set, const struct indicator_question *questions,
                    size_t count, struct indicator_answer *out)
{
    for (size_t done = 0; done < count;) {
        ask_fn *asker = askers[questions[done].kind];
        size_t run = 1;
        while (run < RUN && done + run < count && askers[questions[done + run].kind] == asker)
            run++;
        asker(set, questions + done, run, out + done);
        done += run;
    }
}

void indicators_ask(const struct indicators *set, const struct indicator_question *questions,
                    size_t count, struct indicator_answer *out)
{
    ask_set(set, questions, count, out);
    for (size_t done = 0; set->overlay && done < count; done += RUN) {
        struct indicator_answer added[RUN];
        size_t run = count - done < RUN ? count - done : RUN;
        ask_set(set->overlay, questions + done, run, added);
        for (size_t i = 0; i < run; i++) {
            if (!out[done + i].set)
                out[done + i] = added[i];
        }
    }
}

void indicator_answer_tell(const struct indicator_answer *answer, struct indicator_hit *out)
{
    MUST(answer->set && answer->record < answer->set->count);
    record_tell(answer->set, &answer->set->records[answer->record], out);
}
