// SPDX-License-Identifier: Apache-2.0
/* The store: what was kept goes in, is read by grant alone, and goes when its time has come. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store.h"
#include "traffic.h"

struct storage {
    char path[64];
    size_t stored; /* of the records kept */
    uint64_t erased;
};

static struct storage *storage_of(struct run *run)
{
    if (!run->storage) {
        run->storage = calloc(1, sizeof *run->storage);
        if (!run->storage)
            abort();
        (void)snprintf(run->storage->path, sizeof run->storage->path,
                       "/tmp/sekisho-scenario-%ld.sqlite", (long)getpid());
    }
    return run->storage;
}

void storage_done(struct run *run)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    char path[80];
    for (size_t i = 0; run->storage && i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", run->storage->path, ends[i]);
        (void)unlink(path);
    }
    free(run->storage);
    run->storage = NULL;
}

/* The records kept since the last time, as one run. */
static bool put_run(struct run *run, struct store *store, struct error *err)
{
    const struct minimised_flow *flows;
    struct storage *storage = storage_of(run);
    static struct summary summary = { .version = "0" };
    size_t count = traffic_kept(run, &flows);
    if (!store_begin_run(store, run->now_ns, run->path, err))
        return false;
    for (; storage->stored < count; storage->stored++) {
        summary.basis = flows[storage->stored].basis;
        if (!store_put_flow(store, &flows[storage->stored], err))
            return false;
    }
    return store_end_run(store, NULL, 0, &summary, err);
}

static bool take_store(struct run *run, const struct words *words)
{
    struct error err = { 0 };
    (void)words;
    struct store *store = store_open(storage_of(run)->path, &err);
    bool is_good = store && put_run(run, store, &err);
    if (store)
        store_close(store);
    return is_good || fail(run, "%s", err.text);
}

static bool take_sweep(struct run *run, const struct words *words)
{
    struct error err = { 0 };
    struct store_erasure erasure;
    struct storage *storage = storage_of(run);
    struct store *store = store_open(storage->path, &err);
    bool is_good = store && store_sweep(store, words->at[1], run->now_ns, &erasure, &err);
    if (store)
        store_close(store);
    for (size_t i = 0; is_good && i < erasure.count; i++)
        storage->erased += erasure.groups[i].records;
    return is_good || fail(run, "%s", err.text);
}

const struct verb storage_verbs[] = {
    { "store", 1, 1, take_store, "store" },
    { "sweep", 2, 2, take_sweep, "sweep BASIS|*" },
    { NULL, 0, 0, NULL, NULL },
};

/* stored COUNT for ACTOR ROLE PURPOSE BASIS: what they are shown */
static bool expect_stored(struct run *run, const struct words *words)
{
    const struct access_request request = { .actor = words->at[3],
                                            .role = words->at[4],
                                            .action = "read",
                                            .purpose = words->at[5],
                                            .basis = words->at[6],
                                            .now_ns = run->now_ns };
    struct access_grant grant;
    struct law_ruling ruling;
    struct error err = { 0 };
    struct store_counts counts = { 0 };
    uint64_t wanted;
    if (!read_count(run, words->at[1], &wanted))
        return false;
    if (!access_decide(&run->law, &request, &grant, &ruling))
        return fail(run, "refused: article %s, %s", ruling.article, ruling.words);
    struct store *store = store_open_reading(storage_of(run)->path, &grant, &err);
    const struct store_filter filter = store_filter_all(1);
    bool is_good = store && store_count(store, &filter, &counts, &err);
    if (store)
        store_close(store);
    if (!is_good)
        return fail(run, "%s", err.text);
    return counts.records == wanted ||
           fail(run, "%llu are shown", (unsigned long long)counts.records);
}

static bool expect_erased(struct run *run, const struct words *words)
{
    uint64_t wanted;
    if (!read_count(run, words->at[1], &wanted))
        return false;
    return storage_of(run)->erased == wanted ||
           fail(run, "%llu were", (unsigned long long)storage_of(run)->erased);
}

const struct verb storage_expectations[] = {
    { "stored", 7, 7, expect_stored, "stored COUNT for ACTOR ROLE PURPOSE BASIS" },
    { "erased", 2, 2, expect_erased, "erased COUNT" },
    { NULL, 0, 0, NULL, NULL },
};
