// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_state.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "snapshot/snapshot.h"
#include "system/memory.h"

enum { PATH_ROOM = 4096 };

/* A snapshot of one worker, with the room for what it is told of. */
struct view {
    char path[PATH_ROOM];
    char head[SNAPSHOT_HEAD_MAX];
    struct snapshot_part parts[ENSEMBLE_PARTS_MAX];
};

static struct snapshot snapshot_of(const struct watch_state *state, const char *folder,
                                   size_t worker, struct ensemble *ensemble, struct view *view)
{
    struct behaviour_part parts[ENSEMBLE_PARTS_MAX];
    size_t count = ensemble_parts(ensemble, parts);
    for (size_t i = 0; i < count; i++)
        view->parts[i] = (struct snapshot_part){ parts[i].at, parts[i].octets };
    struct text path = text_over(view->path, sizeof view->path);
    text_format(&path, "%s/%zu-of-%zu.state", folder, worker + 1, state->worker_count);
    struct text head = text_over(view->head, sizeof view->head);
    text_format(&head, "worker %zu of %zu\n", worker + 1, state->worker_count);
    ensemble_describe(ensemble, &head);
    return (struct snapshot){ view->path, state->key, text_bytes(&head), view->parts, count };
}

static bool save_one(const struct watch_state *state, size_t worker, struct ensemble *ensemble,
                     struct error *err)
{
    struct view view;
    struct snapshot snapshot = snapshot_of(state, state->folder, worker, ensemble, &view);
    return snapshot_write(&snapshot, err);
}

static enum snapshot_outcome load_one(const struct watch_state *state, const char *folder,
                                      size_t worker, struct ensemble *into, struct error *err)
{
    struct view view;
    struct snapshot snapshot = snapshot_of(state, folder, worker, into, &view);
    return snapshot_read(&snapshot, err);
}

/* Through memory of the same form, which goes back cleared. */
static bool join_one(const struct watch_state *state, const char *folder, size_t worker,
                     struct ensemble *into, struct error *err)
{
    struct arena whole;
    size_t octets = state->behaviours_octets;
    size_t sharers = workers_sharers(state->worker_count, worker);
    if (!memory_reserve(ensemble_size(octets, sharers), MEMORY_SMALL_PAGES, &whole, err))
        return false;
    struct ensemble other = { .key = state->hash_key };
    struct arena arena = whole;
    ensemble_init(&other, octets, sharers, state->hash_key, &arena);
    enum snapshot_outcome outcome = load_one(state, folder, worker, &other, err);
    if (outcome == SNAPSHOT_READ)
        ensemble_merge(into, &other);
    memory_release(&whole);
    if (outcome == SNAPSHOT_ABSENT)
        return error_set(err, 0, "%s: no state of %zu worker%s is kept there", folder,
                         state->worker_count, state->worker_count == 1 ? "" : "s");
    return outcome == SNAPSHOT_READ;
}

static bool load_worker(const struct watch_state *state, size_t worker,
                        struct ensemble *ensemble, struct error *err)
{
    if (state->folder &&
        load_one(state, state->folder, worker, ensemble, err) == SNAPSHOT_FAILED)
        return false;
    for (size_t i = 0; i < state->join_count; i++)
        if (!join_one(state, state->joins[i], worker, ensemble, err))
            return false;
    return true;
}

static bool is_there(const char *folder, size_t count)
{
    char room[PATH_ROOM];
    struct text path = text_over(room, sizeof room);
    text_format(&path, "%s/1-of-%zu.state", folder, count);
    return access(room, F_OK) == 0;
}

/* What others kept there would be neither gone on from nor replaced. */
static bool check_count(const struct watch_state *state, struct error *err)
{
    for (size_t count = 1; count <= WORKERS_MAX; count++)
        if (count != state->worker_count && is_there(state->folder, count))
            return error_set(err, 0,
                             "%s: kept with --workers %zu: begin again with as many, or "
                             "delete it",
                             state->folder, count);
    return true;
}

bool watch_state_load(struct watch_state *state, struct workers *workers, struct error *err)
{
    if (state->folder && mkdir(state->folder, 0700) != 0 && errno != EEXIST)
        return error_set(err, errno, "%s", state->folder);
    if (state->folder && !check_count(state, err))
        return false;
    for (size_t i = 0; i < state->worker_count; i++)
        if (!load_worker(state, i, workers_ensemble(workers, i), err))
            return false;
    return true;
}

void watch_state_keep(void *context, size_t worker, struct ensemble *ensemble)
{
    struct watch_state *state = context;
    struct error err;
    if (state->folder && !save_one(state, worker, ensemble, &err))
        fprintf(stderr, "sekisho watch: what was counted is not kept: %s\n", err.text);
}

bool watch_state_save(struct watch_state *state, struct workers *workers, struct error *err)
{
    for (size_t i = 0; state->folder && i < state->worker_count; i++)
        if (!save_one(state, i, workers_ensemble(workers, i), err))
            return false;
    return true;
}
