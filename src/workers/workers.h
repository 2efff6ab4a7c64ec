// SPDX-License-Identifier: Apache-2.0
/* Several pipelines side by side, each with its own thread, tables and share of the pairs of
 * addresses.  The calling thread reads and spreads; a keeper thread takes what is minimised.
 * Threads meet only in bounded mailboxes of batches that change owner.
 *
 * A pair of addresses is one worker's, so flows, mediation and selection of a pair are whole.
 * What a behaviour counts by server or by source, over many pairs, is one worker's, too: the
 * admitted flow goes to it as a parcel, without facts.  What fires is told to all, so that
 * later flows are selected wherever they come.
 *
 * When workers cannot keep up, a file waits, and of a file none gets more than half a minute
 * of its time ahead of another: what one counts for all comes about in order.  Live input does
 * not wait: the oldest batch for the slow worker is given up, and its frames or flows are
 * counted as not looked at.
 *
 * One worker runs in the calling thread, without any of this. */
#pragma once

#include "pipeline/exported.h"
#include "pipeline/keeper.h"
#include "pipeline/pipeline.h"
#include "system/memory.h"

enum { WORKERS_MAX = 64 };

struct workers_settings {
    size_t count;
    struct pipeline_settings pipeline; /* of each worker; its sinks are set here */
    struct collect_limits collect;     /* of the reader, for messages */
    struct collect_policy sampling;
    struct keeper *keeper;      /* NULL: records go on to whoever takes them here */
    struct record_sink records; /* called by one thread at a time */
    enum memory_pages pages;    /* of the tables */
    bool is_live;               /* give up what is oldest rather than wait */
    /* Keeps what worker number so and so has counted: see workers_keep.  Called in its thread;
     * may be NULL. */
    void (*keep)(void *context, size_t worker, struct ensemble *ensemble);
    void *keep_context;
};

/* For how many worker i counts what is counted in one place: all of them, the first does. */
static inline size_t workers_sharers(size_t count, size_t i)
{
    return i == 0 ? count : 1;
}

struct workers;

MUST_CHECK struct workers *workers_start(const struct workers_settings *settings,
                                         struct error *err);

void workers_run_frames(struct workers *workers, const struct frame_batch *frames);
void workers_run_messages(struct workers *workers, const struct message_batch *messages);
/* Logs are read by one worker. */
void workers_run_lines(struct workers *workers, const struct line_batch *lines);
/* See pipeline_set_rules and pipeline_cut: each worker does so once it has done what was given
 * to it before. */
void workers_set_rules(struct workers *workers, const struct rule_set *rules);
void workers_cut(struct workers *workers);
/* See pipeline_set_indicators.  Those before may go once workers_are_settled says that every
 * worker has taken all it was given. */
void workers_set_indicators(struct workers *workers, const struct indicators *indicators);
bool workers_are_settled(struct workers *workers);
/* See pipeline_set_time. */
void workers_set_time(struct workers *workers, int64_t now_ns, int64_t retention_latest_ns);
/* Live input was quiet for so long: see pipeline_tick. */
void workers_tick(struct workers *workers, int64_t quiet_ns);
/* Lets the behaviours judge what they have so far, soon. */
void workers_judge(struct workers *workers);
/* Each worker has what it counted kept (settings), once it has done what was given to it. */
void workers_keep(struct workers *workers);
/* What worker i counted, before any input and after workers_finish. */
struct ensemble *workers_ensemble(struct workers *workers, size_t i);
/* The input is over: all of it goes through, and the threads end. */
void workers_finish(struct workers *workers);

/* Everything was summarised: the tables go back to the system, which clears them; with them
 * what behaviours counted and never saw fire.  Nothing before workers_finish, when threads use
 * them yet.  workers may be NULL; nothing of them may be used any more. */
void workers_close(struct workers *workers);

/* The keeper's findings, while nobody changes them: between hold and release. */
const struct finding *workers_hold_findings(struct workers *workers, size_t *count);
void workers_release_findings(struct workers *workers);

/* What the reading side knows of exporters; NULL when the input is another. */
struct collect *workers_collect(struct workers *workers);
const struct logs *workers_logs(const struct workers *workers);
/* As it stood when the behaviours last judged; after workers_finish, all of it. */
void workers_summarise(struct workers *workers, struct summary *summary);
