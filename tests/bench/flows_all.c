// SPDX-License-Identifier: Apache-2.0
/* What all behaviours together cost a flow, and each alone, over a made-up population with a
 * few attacks of every kind.  One line a measurement, `name flows seconds octets`: of CPU of
 * one thread, and of state that was touched.  "generate" is what making the flows costs and is
 * in all the others.
 *
 * flows_all [flows, default 4000000] [lines, default 100000] [memory in MiB, default 1024] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "pipeline/ensemble.h"
#include "simulate/population.h"
#include "system/memory.h"

enum { RUN = 64, MORE = 16 };

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
    MUST(memory_reserve(octets, MEMORY_SMALL_PAGES, &arena, &err));
    return arena;
}

/* Pages of these that were written to; 0 where the system does not tell. */
static uint64_t resident_octets(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    char line[128];
    uint64_t pages = 0;
    if (file == NULL)
        return 0;
    if (fgets(line, sizeof line, file) != NULL) {
        const char *at = strchr(line, ' ');
        size_t len = at != NULL ? strcspn(at + 1, " ") : 0;
        if (len == 0 ||
            !text_read_u64((struct bytes){ (const uint8_t *)at + 1, len }, UINT32_MAX, &pages))
            pages = 0;
    }
    MUST(fclose(file) == 0);
    return pages * 4096;
}

/* A run of flows with facts of their own: the population keeps those of the last only. */
struct batch {
    struct admitted_flow flows[RUN];
    struct fact facts[RUN];
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
    for (batch->count = 0; batch->count < RUN; batch->count++) {
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

static void forget(void *context, const struct sighting *sighting)
{
    (void)sighting;
    ++*(uint64_t *)context;
}

/* One row of the table alone, as ensemble_run drives it. */
struct alone {
    const struct behaviour_kind *kind;
    void *state;
    struct sighting_sink sink;
    struct asked asked;
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

static void run_alone(struct alone *alone, const struct batch *batch)
{
    const struct behaviour_kind *kind = alone->kind;
    for (size_t i = 0; kind->expect != NULL && i < batch->count; i++)
        kind->expect(alone->state, &batch->flows[i]);
    for (size_t i = 0; i < batch->count; i++) {
        if (kind->expect_more != NULL && i + MORE < batch->count)
            kind->expect_more(alone->state, &batch->flows[i + MORE]);
        observe_alone(alone, &batch->flows[i]);
    }
}

static void run_all(struct ensemble *ensemble, const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        ensemble_expect(ensemble, &batch->flows[i]);
    for (size_t i = 0; i < batch->count; i++) {
        if (i + MORE < batch->count)
            ensemble_expect_more(ensemble, &batch->flows[i + MORE]);
        ensemble_run(ensemble, &batch->flows[i]);
    }
}

/* Both NULL: only the flows are made. */
static void measure(const char *name, const struct population_plan *plan, uint64_t flows,
                    struct alone *alone, struct ensemble *ensemble)
{
    static struct batch batch;
    struct arena memory = reserve(population_size(plan));
    struct arena arena = memory;
    struct population *population = population_init(plan, &arena);
    uint64_t before = resident_octets();
    uint64_t done = 0;
    uint64_t warm = flows / 4;
    double begin_s = 0;
    while (done < warm + flows && fill(population, &batch)) {
        if (done < warm || begin_s <= 0) /* tables fill, memory is paged in */
            begin_s = now_s();
        if (alone != NULL)
            run_alone(alone, &batch);
        if (ensemble != NULL)
            run_all(ensemble, &batch);
        done += batch.count;
    }
    double spent_s = now_s() - begin_s;
    uint64_t after = resident_octets();
    printf("%s %llu %.3f %llu\n", name, (unsigned long long)(done > warm ? done - warm : 0),
           spent_s, (unsigned long long)(after > before ? after - before : 0));
    (void)fflush(stdout);
    memory_release(&memory);
}

static void measure_each(const struct population_plan *plan, uint64_t flows, size_t octets)
{
    uint64_t fired = 0;
    for (size_t i = 0; i < BEHAVIOURS; i++) {
        struct arena memory = reserve(octets + (1 << 20));
        struct arena arena = memory;
        static struct alone alone;
        alone.kind = behaviour_kinds[i];
        struct behaviour_limits limits = behaviour_limits_of(alone.kind, octets);
        alone.state = alone.kind->init(&limits, key, &arena);
        alone.sink = (struct sighting_sink){ forget, &fired };
        measure(alone.kind->name, plan, flows, &alone, NULL);
        memory_release(&memory);
    }
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
    measure("generate", &plan, flows, NULL, NULL);
    measure_each(&plan, flows, octets);
    static struct ensemble ensemble;
    uint64_t fired = 0;
    struct arena memory = reserve(ensemble_size(octets));
    struct arena arena = memory;
    ensemble_init(&ensemble, octets, key, &arena);
    ensemble.sink = (struct sighting_sink){ forget, &fired };
    measure("all", &plan, flows, NULL, &ensemble);
    fprintf(stderr, "flows_all: %llu sightings\n", (unsigned long long)fired);
    memory_release(&memory);
    return EXIT_SUCCESS;
}
