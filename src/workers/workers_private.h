// SPDX-License-Identifier: Apache-2.0
/* What workers hand each other.  A batch belongs to whoever took it from a mailbox, until it is
 * put into another; emptied ones go home. */
#pragma once

#include <stdalign.h>

#include "behaviour/active_lines.h"
#include "system/mailbox.h"
#include "workers/workers.h"

enum {
    WORK_FLOWS = 256,
    WORK_OCTETS = 512 * 1024, /* of frames; one frame always fits */
    WORK_FACTS = 64 * 1024,   /* octets of facts of flows; those of one flow always fit */
    WORKS_WAITING = 32,       /* for one worker */
    PARCEL_FLOWS = 64,
    PARCEL_NAMES = 16,
    PARCEL_LOGIN = 64, /* octets of a fact that is a login */
    PARCELS_OUT = 8,   /* of each worker, for each of the others */
    PARCELS_WAITING = 64,
    KEPT_FLOWS = 32,
    KEPT_SIGHTINGS = 4,
    KEPTS_OUT = 4,
    UNTOLD_MAX = 64,
    LISTED_TOLD = 1024, /* pairs, the latest */
};

enum { LANE_WORK, LANE_PARCELS };

enum work_kind {
    WORK_IS_FRAMES,
    WORK_IS_FLOWS,
    WORK_IS_RULES,
    WORK_IS_INDICATORS,
    WORK_IS_CUT,
    WORK_IS_TIME,
    WORK_IS_TICK,
    WORK_IS_JUDGE,
    WORK_IS_KEEP,
    WORK_IS_MEETING,
    WORK_IS_END
};

/* From the reader to a worker. */
struct work {
    struct mailbox *home; /* first in each of the three */
    enum work_kind kind;
    int64_t quiet_ns; /* of a tick */
    int64_t now_ns, retention_latest_ns;
    const struct indicators *indicators;
    size_t octet_count;
    size_t flow_count;
    struct frame_batch frames;
    union {
        uint8_t octets[WORK_OCTETS];
        struct rule_set rules;
        struct {
            struct flow flows[WORK_FLOWS];
            alignas(max_align_t) uint8_t facts[WORK_FACTS]; /* octet_count of them */
        };
    };
};

/* From a worker to another. */
struct parcel {
    struct mailbox *home;
    size_t count;
    bool has_sighting;
    struct sighting sighting;
    uint8_t ends[PARCEL_FLOWS]; /* enum behaviour_end: of the flow beside it */
    struct admitted_flow flows[PARCEL_FLOWS];
    struct parcel_login {
        alignas(struct fact) uint8_t at[PARCEL_LOGIN];
    } logins[PARCEL_FLOWS]; /* the first login of each: all that goes along of its facts */
    size_t asked_count;
    uint8_t names[PARCEL_NAMES]; /* enum behaviour_names */
    struct asked_name asked[PARCEL_NAMES];
};

/* From a worker to the keeper. */
struct kept {
    struct mailbox *home;
    size_t flow_count;
    size_t sighting_count;
    struct minimised_flow flows[KEPT_FLOWS];
    struct minimised_sighting sightings[KEPT_SIGHTINGS];
};

struct worker {
    struct workers *all;
    size_t number;
    pthread_t thread;
    struct arena memory; /* of its pipeline, all of it */
    struct pipeline *pipeline;
    struct mailbox inbox;
    struct mailbox works;   /* home of the works that come to this worker */
    struct mailbox parcels; /* home of its own parcels */
    struct mailbox kepts;   /* and of what it keeps */
    struct work *filling;   /* the reader's, for this worker */
    struct parcel *outgoing[WORKERS_MAX];
    struct kept *keeping;
    size_t untold_count; /* sightings the others have not been told of */
    uint64_t untold_lost;
    struct sighting untold[UNTOLD_MAX];
    uint64_t listed_told[LISTED_TOLD];
    struct active_lines lines_told;
    bool is_over;        /* no flow will come */
    struct summary told; /* when it last judged, and at its end; under the lock */
};

struct workers {
    struct workers_settings settings;
    struct exported *exported; /* the reader's, for messages and several workers */
    struct arena memory;       /* of it, all of it */
    struct worker *list;
    struct mailbox to_keeper;
    struct mailbox meeting; /* who has come */
    int64_t met_ns;         /* the reader's: input time */
    pthread_t keeper_thread;
    pthread_mutex_t keeper_lock;
    pthread_mutex_t lock;
    size_t flushed;           /* workers that have flushed all they had; under the lock */
    size_t unsettled;         /* sets of indicators that a worker has yet to take; likewise */
    uint64_t frames_given_up; /* the reader's */
    uint64_t flows_given_up;
    bool is_finished;
};

/* Its octets or flows are used no more: they are overwritten. */
void work_go_home(struct work *work);
void worker_keep(struct worker *worker);
/* One worker's life, and the keeper's. */
void *worker_run(void *context);
void *worker_keeper_run(void *context);
/* The sinks of a worker's pipeline. */
struct record_sink worker_record_sink(struct worker *worker);
struct ensemble_peers worker_peers(struct worker *worker);
