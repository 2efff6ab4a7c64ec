// SPDX-License-Identifier: Apache-2.0
#include "hub/kept_tasks_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "hub/core_private.h"

enum { KEPT_S = 30, KEPT_OCTETS_MAX = 64 << 10 };

static struct hub_tasks *slot_of(const struct asking *asking)
{
    return &asking->hub->tasks[(uint64_t)asking->actor.person % HUB_TASKS_MAX];
}

static struct hub_tasks key_of(const struct asking *asking, uint64_t worked)
{
    struct hub_tasks key = { .person = asking->actor.person,
                             .view = asking->view,
                             .worked = worked,
                             .policy = atomic_load(&asking->hub->policy),
                             .scopes = asking->actor.scopes,
                             .has_passkey = asking->actor.has_passkey };
    struct text purpose = text_over(key.purpose, sizeof key.purpose);
    text_put_string(&purpose, asking->purpose ? asking->purpose : "");
    return key;
}

static bool is_same(const struct hub_tasks *a, const struct hub_tasks *b)
{
    return a->person == b->person && a->view == b->view && a->worked == b->worked &&
           a->policy == b->policy && a->scopes == b->scopes &&
           a->has_passkey == b->has_passkey && strcmp(a->purpose, b->purpose) == 0;
}

bool kept_tasks_give(struct asking *asking)
{
    struct hub *hub = asking->hub;
    struct hub_tasks key = key_of(asking, atomic_load(&hub->worked));
    pthread_mutex_lock(&hub->viewing);
    const struct hub_tasks *slot = slot_of(asking);
    bool is_good = slot->text && asking->now_ns < slot->until_ns && is_same(slot, &key);
    if (is_good)
        http_body(asking->reply, "application/json", bytes_of_string(slot->text));
    pthread_mutex_unlock(&hub->viewing);
    if (!is_good)
        return false;
    asking->status = 200;
    http_set_header(asking->reply, "Cache-Control", "no-store");
    return true;
}

void kept_tasks_keep(const struct asking *asking, const json_t *tasks, uint64_t worked)
{
    char *text = json_dumps(tasks, JSON_COMPACT);
    if (!text || strlen(text) > KEPT_OCTETS_MAX) {
        free(text);
        return;
    }
    struct hub_tasks kept = key_of(asking, worked);
    kept.until_ns = asking->now_ns + KEPT_S * TIME_SECOND_NS;
    kept.text = text;
    pthread_mutex_lock(&asking->hub->viewing);
    struct hub_tasks *slot = slot_of(asking);
    free(slot->text);
    *slot = kept;
    pthread_mutex_unlock(&asking->hub->viewing);
}

static struct hub_first *first_of(struct hub *hub, int64_t work)
{
    return &hub->first[(uint64_t)work % HUB_FIRST_MAX];
}

uint64_t kept_stamp(const struct hub *hub)
{
    return atomic_load(&hub->worked) + atomic_load(&hub->policy);
}

json_t *kept_first_give(struct asking *asking, int64_t work)
{
    struct hub *hub = asking->hub;
    json_t *rows = NULL;
    pthread_mutex_lock(&hub->viewing);
    const struct hub_first *slot = first_of(hub, work);
    if (slot->text && slot->work == work && asking->now_ns < slot->until_ns &&
        slot->stamp == kept_stamp(hub))
        rows = json_loads(slot->text, 0, NULL);
    pthread_mutex_unlock(&hub->viewing);
    return rows;
}

void kept_first_keep(const struct asking *asking, int64_t work, const json_t *rows,
                     uint64_t stamp)
{
    struct hub *hub = asking->hub;
    const struct hub_first kept = { .work = work,
                                    .until_ns = asking->now_ns + KEPT_S * TIME_SECOND_NS,
                                    .stamp = stamp,
                                    .text = json_dumps(rows, JSON_COMPACT) };
    pthread_mutex_lock(&hub->viewing);
    struct hub_first *slot = first_of(hub, work);
    free(slot->text);
    *slot = kept;
    pthread_mutex_unlock(&hub->viewing);
}

void kept_tasks_free(struct hub *hub)
{
    for (size_t i = 0; i < HUB_FIRST_MAX; i++)
        free(hub->first[i].text);
    for (size_t i = 0; i < HUB_TASKS_MAX; i++)
        free(hub->tasks[i].text);
}
