// SPDX-License-Identifier: Apache-2.0
/* What all behaviours together cost a flow, and each alone, over a made-up population with a
 * few attacks of every kind.  One line a measurement, `name flows seconds octets`: of CPU of
 * one thread, and of state that was written to; its memory is paged in before, and making the
 * flows is not counted.  "judge" is one round of judging all that the flows left, as on a live
 * input every half minute.  The sightings are told as a sum that no order changes: what only
 * makes things faster leaves it as it was.
 *
 * flows_all [flows, default 4000000] [lines, default 100000] [memory in MiB, default 1024]
 *           [only this: the name of one behaviour, or "all"] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "pipeline/ensemble.h"
#include "simulate/population.h"
#include "system/memory.h"

enum { BATCH = 1024, RUN = 32 }; /* the latter is AHEAD of pipeline.c */

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };

static double now_s(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct arena reserve(size_t octets)
{
    struct arena arena;
    struct error err;
    MUST(memory_reserve(octets, MEMORY_LARGE_PAGES, &arena, &err));
    return arena;
}

/* All of it in place, and all zero still. */
static struct arena reserve_touched(size_t octets)
{
    struct arena arena = reserve(octets);
    memset(arena.at, 0, octets);
    return arena;
}

/* Octets of its pages that are not all zero. */
static uint64_t written_octets(const struct arena *memory)
{
    enum { PAGE = 4096 };
    static const uint8_t zeros[PAGE];
    uint64_t written = 0;
    for (size_t at = 0; at + PAGE <= memory->left; at += PAGE)
        if (memcmp((const uint8_t *)memory->at + at, zeros, PAGE) != 0)
            written += PAGE;
    return written;
}

/* Flows with facts of their own: the population keeps those of the last only. */
struct batch {
    struct admitted_flow flows[BATCH];
    struct fact facts[BATCH];
    size_t count;
};

static void admit(struct admitted_flow *admitted)
{
    bool from_line = population_is_line(&admitted->flow.initiator);
    bool to_line = population_is_line(&admitted->flow.responder);
    admitted->basis = BASIS_EXERCISE;
    admitted->initiator_place = from_line ? PLACE_DOMESTIC : PLACE_FOREIGN;
    admitted->responder_place = to_line ? PLACE_DOMESTIC : PLACE_FOREIGN;
    admitted->direction = from_line ? to_line ? DIRECTION_DD : DIRECTION_DF
                          : to_line ? DIRECTION_FD
                                    : DIRECTION_FF;
}

static bool fill(struct population *population, struct batch *batch)
{
    for (batch->count = 0; batch->count < BATCH; batch->count++) {
        struct admitted_flow *admitted = &batch->flows[batch->count];
        if (!population_next(population, &admitted->flow, NULL))
            return false;
        if (admitted->flow.facts != NULL) {
            memcpy(&batch->facts[batch->count], admitted->flow.facts, fact_size(FACT_DNS));
            admitted->flow.facts = &batch->facts[batch->count];
        }
        admit(admitted);
    }
    return true;
}

struct told {
    uint64_t sightings;
    uint64_t sum;
};

static void forget(void *context, const struct sighting *sighting)
{
    struct told *told = context;
    uint64_t what =
        (uint64_t)sighting->behaviour << 32 | (uint64_t)sighting->shape << 16 | sighting->port;
    uint64_t ends = hash_two(&key, hash_sixteen(&key, sighting->server.octets),
                             hash_sixteen(&key, sighting->line.octets));
    uint64_t counts = sighting->connections + sighting->octets_out + sighting->octets_in;
    told->sightings++;
    told->sum += hash_two(&key, ends, hash_two(&key, what, counts));
    for (size_t i = 0; i < sighting->measure_count; i++)
        told->sum += (uint64_t)(1e6 * sighting->measures[i].value);
}

/* One row of the table alone, as ensemble_run drives it. */
struct alone {
    const struct behaviour_kind *kind;
    void *state;
    struct sighting_sink sink;
    struct asked_name asked;
};

static void observe_alone(struct alone *alone, const struct admitted_flow *admitted)
{
    const struct behaviour_kind *kind = alone->kind;
    static const enum behaviour_end ends[] = { END_INITIATOR, END_RESPONDER, END_ANY };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if ((kind->ends & ends[i]) && kind->observe != NULL)
            kind->observe(alone->state, admitted, ends[i], alone->sink);
    if (kind->observe_name == NULL)
        return;
    for (const struct fact *fact = admitted->flow.facts; fact != NULL; fact = fact->next)
        if (asked_of(admitted, fact, &key, &alone->asked))
            kind->observe_name(alone->state, &alone->asked, alone->sink);
}

static void run_alone(struct alone *alone, const struct admitted_flow *flows, size_t count)
{
    const struct behaviour_kind *kind = alone->kind;
    for (size_t i = 0; kind->expect != NULL && i < count; i++)
        kind->expect(alone->state, &flows[i]);
    for (size_t i = 0; kind->expect_more != NULL && i < count; i++)
        kind->expect_more(alone->state, &flows[i]);
    for (size_t i = 0; i < count; i++)
        observe_alone(alone, &flows[i]);
}

static void run_all(struct ensemble *ensemble, const struct admitted_flow *flows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ensemble_expect(ensemble, &flows[i]);
    for (size_t i = 0; i < count; i++)
        ensemble_expect_more(ensemble, &flows[i]);
    for (size_t i = 0; i < count; i++)
        ensemble_run(ensemble, &flows[i]);
}

static double run_batch(const struct batch *batch, struct alone *alone,
                        struct ensemble *ensemble)
{
    double begin_s = now_s();
    for (size_t at = 0; at < batch->count; at += RUN) {
        size_t count = batch->count - at < RUN ? batch->count - at : RUN;
        if (alone != NULL)
            run_alone(alone, batch->flows + at, count);
        else
            run_all(ensemble, batch->flows + at, count);
    }
    return now_s() - begin_s;
}

/* By one of the two; the tables fill with a quarter as many flows before. */
static void measure(const char *name, const struct population_plan *plan, uint64_t flows,
                    struct alone *alone, struct ensemble *ensemble)
{
    static struct batch batch;
    struct arena memory = reserve(population_size(plan));
    struct arena arena = memory;
    struct population *population = population_init(plan, &arena);
    uint64_t done = 0, counted = 0;
    double spent_s = 0;
    while (counted < flows && fill(population, &batch)) {
        double run_s = run_batch(&batch, alone, ensemble);
        if (done >= flows / 4) {
            spent_s += run_s;
            counted += batch.count;
        }
        done += batch.count;
    }
    printf("%s %llu %.3f ", name, (unsigned long long)counted, spent_s);
    memory_release(&memory);
}

static void tell_state(const struct arena *memory, const struct told *told)
{
    printf("%llu\n", (unsigned long long)written_octets(memory));
    fprintf(stderr, "flows_all: %llu sightings, %016llx\n", (unsigned long long)told->sightings,
            (unsigned long long)told->sum);
    (void)fflush(stdout);
}

static bool is_wanted(const char *only, const char *name)
{
    return only == NULL || strcmp(only, name) == 0;
}

static void measure_each(const struct population_plan *plan, uint64_t flows, size_t octets,
                         const char *only)
{
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        if (!is_wanted(only, behaviour_name((enum behaviour)i)))
            continue;
        struct told told = { 0, 0 };
        struct arena memory =
            reserve_touched(octets / 64 * behaviour_kinds[i]->share + (1 << 20));
        struct arena arena = memory;
        static struct alone alone;
        alone.kind = behaviour_kinds[i];
        struct behaviour_limits limits = behaviour_limits_of((enum behaviour)i, octets);
        alone.state = alone.kind->init(&limits, key, &arena);
        alone.sink = (struct sighting_sink){ forget, &told };
        measure(behaviour_name((enum behaviour)i), plan, flows, &alone, NULL);
        tell_state(&memory, &told);
        memory_release(&memory);
    }
}

static void measure_all(const struct population_plan *plan, uint64_t flows, size_t octets)
{
    static struct ensemble ensemble;
    struct told told = { 0, 0 };
    struct arena memory = reserve_touched(ensemble_size(octets, 1));
    struct arena arena = memory;
    ensemble_init(&ensemble, octets, 1, key, &arena);
    ensemble.sink = (struct sighting_sink){ forget, &told };
    measure("all", plan, flows, NULL, &ensemble);
    tell_state(&memory, &told);
    double begin_s = now_s();
    ensemble_judge(&ensemble);
    printf("judge 1 %.6f ", now_s() - begin_s);
    tell_state(&memory, &told);
    memory_release(&memory);
}

static uint64_t argument(int argc, char **argv, int at, uint64_t otherwise)
{
    uint64_t value = otherwise;
    if (argc > at && !text_read_u64(bytes_of_string(argv[at]), UINT32_MAX, &value))
        exit(EXIT_FAILURE);
    return value;
}

int main(int argc, char **argv)
{
    uint64_t flows = argument(argc, argv, 1, 4000000);
    struct population_plan plan = population_plan_default();
    plan.lines = (uint32_t)argument(argc, argv, 2, 100000);
    size_t octets = (size_t)argument(argc, argv, 3, 1024) << 20;
    for (size_t i = 0; i < POPULATION_ATTACKS; i++)
        plan.attacks[i] = 5;
    const char *only = argc > 4 ? argv[4] : NULL;
    measure_each(&plan, flows, octets, only);
    if (is_wanted(only, "all"))
        measure_all(&plan, flows, octets);
    return EXIT_SUCCESS;
}
