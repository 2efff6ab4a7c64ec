// SPDX-License-Identifier: Apache-2.0
#include "system/mailbox.h"

#include "base/must.h"

bool mailbox_open(struct mailbox *mailbox, const size_t capacity[MAILBOX_LANES],
                  struct error *err)
{
    *mailbox = (struct mailbox){ .is_closed = false };
    for (size_t lane = 0; lane < MAILBOX_LANES; lane++) {
        MUST(capacity[lane] > 0 && capacity[lane] <= MAILBOX_ITEMS_MAX);
        mailbox->lanes[lane].capacity = capacity[lane];
    }
    int code = pthread_mutex_init(&mailbox->lock, NULL);
    code = code != 0 ? code : pthread_cond_init(&mailbox->filled, NULL);
    code = code != 0 ? code : pthread_cond_init(&mailbox->emptied, NULL);
    return code == 0 || error_set(err, code, "cannot make a queue between threads");
}

void mailbox_close(struct mailbox *mailbox)
{
    (void)pthread_cond_destroy(&mailbox->emptied);
    (void)pthread_cond_destroy(&mailbox->filled);
    (void)pthread_mutex_destroy(&mailbox->lock);
}

static void append(struct mailbox *mailbox, struct mailbox_lane *lane, void *item)
{
    lane->items[(lane->first + lane->count++) % MAILBOX_ITEMS_MAX] = item;
    (void)pthread_cond_signal(&mailbox->filled);
}

static void *shift(struct mailbox *mailbox, struct mailbox_lane *lane)
{
    if (lane->count == 0)
        return NULL;
    void *item = lane->items[lane->first];
    lane->first = (lane->first + 1) % MAILBOX_ITEMS_MAX;
    lane->count--;
    (void)pthread_cond_broadcast(&mailbox->emptied);
    return item;
}

void mailbox_put(struct mailbox *mailbox, size_t lane, void *item)
{
    struct mailbox_lane *to = &mailbox->lanes[lane];
    (void)pthread_mutex_lock(&mailbox->lock);
    while (to->count == to->capacity)
        (void)pthread_cond_wait(&mailbox->emptied, &mailbox->lock);
    append(mailbox, to, item);
    (void)pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox_try_put(struct mailbox *mailbox, size_t lane, void *item)
{
    struct mailbox_lane *to = &mailbox->lanes[lane];
    (void)pthread_mutex_lock(&mailbox->lock);
    bool has_room = to->count < to->capacity;
    if (has_room)
        append(mailbox, to, item);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return has_room;
}

void *mailbox_push(struct mailbox *mailbox, size_t lane, void *item)
{
    struct mailbox_lane *to = &mailbox->lanes[lane];
    (void)pthread_mutex_lock(&mailbox->lock);
    void *oldest = to->count == to->capacity ? shift(mailbox, to) : NULL;
    append(mailbox, to, item);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return oldest;
}

static void *take_last(struct mailbox *mailbox, size_t *lane)
{
    void *item = NULL;
    for (size_t i = MAILBOX_LANES; i > 0 && !item; i--) {
        item = shift(mailbox, &mailbox->lanes[i - 1]);
        *lane = i - 1;
    }
    return item;
}

void *mailbox_take(struct mailbox *mailbox, size_t *lane)
{
    size_t unused = 0;
    lane = lane ? lane : &unused;
    (void)pthread_mutex_lock(&mailbox->lock);
    void *item = take_last(mailbox, lane);
    while (!item && !mailbox->is_closed) {
        (void)pthread_cond_wait(&mailbox->filled, &mailbox->lock);
        item = take_last(mailbox, lane);
    }
    (void)pthread_mutex_unlock(&mailbox->lock);
    return item;
}

void *mailbox_try_take(struct mailbox *mailbox, size_t lane)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    void *item = shift(mailbox, &mailbox->lanes[lane]);
    (void)pthread_mutex_unlock(&mailbox->lock);
    return item;
}

void mailbox_end(struct mailbox *mailbox)
{
    (void)pthread_mutex_lock(&mailbox->lock);
    mailbox->is_closed = true;
    (void)pthread_cond_broadcast(&mailbox->filled);
    (void)pthread_mutex_unlock(&mailbox->lock);
}
