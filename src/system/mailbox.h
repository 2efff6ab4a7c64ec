// SPDX-License-Identifier: Apache-2.0
/* Where threads meet: a bounded queue of items that change owner, in lanes, of which the last
 * is emptied first.  Nothing else is shared between workers. */
#pragma once

#include <pthread.h>

#include "base/error.h"

enum { MAILBOX_LANES = 2, MAILBOX_ITEMS_MAX = 256 };

struct mailbox_lane {
    void *items[MAILBOX_ITEMS_MAX];
    size_t first, count, capacity;
};

struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    struct mailbox_lane lanes[MAILBOX_LANES];
    bool is_closed;
};

/* Capacities of the lanes, each from 1 to MAILBOX_ITEMS_MAX. */
MUST_CHECK bool mailbox_open(struct mailbox *mailbox, const size_t capacity[MAILBOX_LANES],
                             struct error *err);
void mailbox_close(struct mailbox *mailbox); /* when no thread uses it any more */

/* Waits while the lane is full. */
void mailbox_put(struct mailbox *mailbox, size_t lane, void *item);
/* Does not wait; false when the lane is full. */
MUST_CHECK bool mailbox_try_put(struct mailbox *mailbox, size_t lane, void *item);
/* Does not wait: where the lane is full, the oldest item makes room and is returned. */
MUST_CHECK void *mailbox_push(struct mailbox *mailbox, size_t lane, void *item);

/* The oldest item of the last lane that has one, and which that is (lane may be NULL); waits
 * for one.  NULL: nothing is there, and mailbox_end was called. */
void *mailbox_take(struct mailbox *mailbox, size_t *lane);
/* Does not wait; NULL when the lane is empty. */
void *mailbox_try_take(struct mailbox *mailbox, size_t lane);
/* Nothing more will be put. */
void mailbox_end(struct mailbox *mailbox);
