// SPDX-License-Identifier: Apache-2.0
#include <sched.h>

#include "base/must.h"
#include "base/wipe.h"
#include "behaviour/behaviour.h"
#include "workers/workers_private.h"

static size_t owner_of_address(const struct worker *worker, const struct ip_address *address)
{
    const struct hash_key *key = &worker->all->settings.pipeline.key;
    return ip_pair_hash(key, address, address) % worker->all->settings.count;
}

static size_t owner_of(const struct worker *worker, enum behaviour_end end,
                       const struct flow *flow)
{
    if (end == END_ANY)
        return 0;
    return owner_of_address(worker, end == END_INITIATOR ? &flow->initiator : &flow->responder);
}

static size_t owner_of_name(const struct worker *worker, enum behaviour_names names,
                            const struct asked_name *asked)
{
    if (names == NAMES_ANY)
        return 0;
    return names == NAMES_BY_LINE ? owner_of_address(worker, &asked->line)
                                  : asked->domain_hash % worker->all->settings.count;
}

static void open_parcel(struct worker *worker, struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->count; i++)
        pipeline_observe(worker->pipeline, (enum behaviour_end)parcel->ends[i],
                         &parcel->flows[i]);
    for (size_t i = 0; i < parcel->asked_count; i++)
        pipeline_observe_name(worker->pipeline, (enum behaviour_names)parcel->names[i],
                              &parcel->asked[i]);
    if (parcel->has_sighting)
        pipeline_concern(worker->pipeline, &parcel->sighting);
    wipe(parcel->flows, parcel->count * sizeof *parcel->flows);
    wipe(parcel->logins, parcel->count * sizeof *parcel->logins);
    wipe(parcel->asked, parcel->asked_count * sizeof *parcel->asked);
    wipe(&parcel->sighting, sizeof parcel->sighting);
    parcel->count = parcel->asked_count = 0;
    parcel->has_sighting = false;
    mailbox_put(parcel->home, 0, parcel);
}

/* While others are busy, what they sent is done: so nobody ever waits in a ring. */
static void do_something_else(struct worker *worker)
{
    struct parcel *parcel = mailbox_try_take(&worker->inbox, LANE_PARCELS);
    if (parcel)
        open_parcel(worker, parcel);
    else
        (void)sched_yield();
}

static void send_parcel(struct worker *worker, size_t to)
{
    struct parcel *parcel = worker->outgoing[to];
    worker->outgoing[to] = NULL;
    while (!mailbox_try_put(&worker->all->list[to].inbox, LANE_PARCELS, parcel))
        do_something_else(worker);
}

static struct parcel *parcel_for(struct worker *worker, size_t to)
{
    while (!worker->outgoing[to]) {
        worker->outgoing[to] = mailbox_try_take(&worker->parcels, 0);
        if (!worker->outgoing[to])
            do_something_else(worker);
    }
    return worker->outgoing[to];
}

/* Who counts may be another, and wants to know who logged in: nothing else of the facts. */
static const struct fact *copy_login(const struct fact *fact, struct parcel_login *room)
{
    while (fact && fact->kind != FACT_LOGIN)
        fact = fact->next;
    if (!fact)
        return NULL;
    MUST(fact_size(FACT_LOGIN) <= sizeof room->at);
    struct fact *copy = (void *)room->at;
    memcpy(copy, fact, fact_size(FACT_LOGIN));
    copy->next = NULL;
    return copy;
}

static void put_flow_parcel(struct worker *worker, size_t to, enum behaviour_end end,
                            const struct admitted_flow *admitted)
{
    struct parcel *parcel = parcel_for(worker, to);
    parcel->ends[parcel->count] = (uint8_t)end;
    parcel->flows[parcel->count] = *admitted;
    parcel->flows[parcel->count].flow.facts =
        copy_login(admitted->flow.facts, &parcel->logins[parcel->count]);
    if (++parcel->count == PARCEL_FLOWS)
        send_parcel(worker, to);
}

/* How many lines there are is of all workers: whoever sees one that changes the estimate tells
 * all. */
static void share_line(struct worker *worker, const struct admitted_flow *admitted)
{
    const struct hash_key *key = &worker->all->settings.pipeline.key;
    if (!ensemble_wants(END_LINE, admitted) ||
        !active_lines_add(&worker->lines_told,
                          active_lines_hash(key, &admitted->flow.initiator)))
        return;
    pipeline_observe(worker->pipeline, END_LINE, admitted);
    for (size_t to = 0; to < worker->all->settings.count; to++)
        if (to != worker->number)
            put_flow_parcel(worker, to, END_LINE, admitted);
}

static void on_observe(void *context, enum behaviour_end end,
                       const struct admitted_flow *admitted)
{
    struct worker *worker = context;
    if (end == END_LINE) {
        share_line(worker, admitted);
        return;
    }
    size_t to = owner_of(worker, end, &admitted->flow);
    if (to == worker->number) {
        pipeline_observe(worker->pipeline, end, admitted);
        return;
    }
    if (end != END_ANY || ensemble_wants(end, admitted))
        put_flow_parcel(worker, to, end, admitted);
}

/* All others are told which lines were in contact with what is listed; one pair of them not
 * again and again.  Here it is known already. */
static void on_listed(void *context, const struct admitted_flow *admitted)
{
    struct worker *worker = context;
    const struct flow *flow = &admitted->flow;
    uint64_t pair =
        ip_pair_hash(&worker->all->settings.pipeline.key, &flow->initiator, &flow->responder);
    uint64_t *told = &worker->listed_told[pair % LISTED_TOLD];
    if (*told == pair)
        return;
    *told = pair;
    for (size_t to = 0; to < worker->all->settings.count; to++)
        if (to != worker->number)
            put_flow_parcel(worker, to, END_LISTED, admitted);
}

static void on_observe_name(void *context, enum behaviour_names names,
                            const struct asked_name *asked)
{
    struct worker *worker = context;
    size_t to = owner_of_name(worker, names, asked);
    if (to == worker->number) {
        pipeline_observe_name(worker->pipeline, names, asked);
        return;
    }
    struct parcel *parcel = parcel_for(worker, to);
    parcel->names[parcel->asked_count] = (uint8_t)names;
    parcel->asked[parcel->asked_count] = *asked;
    if (++parcel->asked_count == PARCEL_NAMES)
        send_parcel(worker, to);
}

/* Called while a behaviour is at work, so nothing is sent from here.  What comes after all
 * flows are out concerns nobody. */
static void on_sighted(void *context, const struct sighting *sighting)
{
    struct worker *worker = context;
    if (worker->is_over)
        return;
    if (worker->untold_count == UNTOLD_MAX)
        worker->untold_lost++;
    else
        worker->untold[worker->untold_count++] = *sighting;
}

static void tell_others(struct worker *worker)
{
    while (worker->untold_count > 0) {
        struct sighting sighting = worker->untold[--worker->untold_count];
        wipe(&worker->untold[worker->untold_count], sizeof sighting);
        for (size_t to = 0; to < worker->all->settings.count; to++) {
            if (to == worker->number)
                continue;
            struct parcel *parcel = parcel_for(worker, to);
            parcel->has_sighting = true;
            parcel->sighting = sighting;
            send_parcel(worker, to);
        }
    }
}

struct ensemble_peers worker_peers(struct worker *worker)
{
    return (struct ensemble_peers){ .observe = on_observe,
                                    .observe_name = on_observe_name,
                                    .sighted = on_sighted,
                                    .listed = on_listed,
                                    .context = worker };
}

static void send_kept(struct worker *worker)
{
    if (worker->keeping)
        mailbox_put(&worker->all->to_keeper, 0, worker->keeping);
    worker->keeping = NULL;
}

/* Room for one more of each. */
static struct kept *keeping(struct worker *worker)
{
    struct kept *kept = worker->keeping;
    if (kept && (kept->flow_count == KEPT_FLOWS || kept->sighting_count == KEPT_SIGHTINGS))
        send_kept(worker);
    if (!worker->keeping)
        worker->keeping = mailbox_take(&worker->kepts, NULL);
    return worker->keeping;
}

static void on_kept_flow(void *context, const struct minimised_flow *flow)
{
    struct kept *kept = keeping(context);
    kept->flows[kept->flow_count++] = *flow;
}

static void on_kept_sighting(void *context, const struct minimised_sighting *sighting)
{
    struct kept *kept = keeping(context);
    kept->sightings[kept->sighting_count++] = *sighting;
}

struct record_sink worker_record_sink(struct worker *worker)
{
    return (struct record_sink){ .take_flow = on_kept_flow,
                                 .take_sighting = on_kept_sighting,
                                 .context = worker };
}

static void send_all(struct worker *worker)
{
    tell_others(worker);
    for (size_t to = 0; to < worker->all->settings.count; to++) {
        const struct parcel *parcel = worker->outgoing[to];
        if (parcel && parcel->count + parcel->asked_count > 0)
            send_parcel(worker, to);
    }
    send_kept(worker);
}

static void tell_account(struct worker *worker)
{
    (void)pthread_mutex_lock(&worker->all->lock);
    worker->told = (struct summary){ .frames = 0 };
    pipeline_summarise(worker->pipeline, &worker->told);
    summary_count(&worker->told, "workers", "sightings not told", "sightings",
                  worker->untold_lost);
    (void)pthread_mutex_unlock(&worker->all->lock);
}

static void take_indicators(struct worker *worker, const struct indicators *indicators)
{
    pipeline_set_indicators(worker->pipeline, indicators);
    (void)pthread_mutex_lock(&worker->all->lock);
    worker->all->unsettled--;
    (void)pthread_mutex_unlock(&worker->all->lock);
}

void work_go_home(struct work *work)
{
    if (work->kind == WORK_IS_FRAMES) {
        wipe(work->octets, work->octet_count);
    } else if (work->kind == WORK_IS_FLOWS) {
        wipe(work->flows, work->flow_count * sizeof *work->flows);
        wipe(work->facts, work->octet_count);
    }
    mailbox_put(work->home, 0, work);
}

void worker_keep(struct worker *worker)
{
    const struct workers_settings *settings = &worker->all->settings;
    if (settings->keep)
        settings->keep(settings->keep_context, worker->number,
                       pipeline_ensemble(worker->pipeline));
}

static void do_work(struct worker *worker, struct work *work)
{
    switch (work->kind) {
    case WORK_IS_FRAMES: pipeline_run_frames(worker->pipeline, &work->frames); break;
    case WORK_IS_FLOWS:
        pipeline_run_exported(worker->pipeline, work->flows, work->flow_count);
        pipeline_erase(worker->pipeline);
        break;
    case WORK_IS_RULES: pipeline_set_rules(worker->pipeline, &work->rules); break;
    case WORK_IS_CUT: pipeline_cut(worker->pipeline); break;
    case WORK_IS_INDICATORS: take_indicators(worker, work->indicators); break;
    case WORK_IS_TIME:
        pipeline_set_time(worker->pipeline, work->now_ns, work->retention_latest_ns);
        break;
    case WORK_IS_TICK: pipeline_tick(worker->pipeline, work->quiet_ns); break;
    case WORK_IS_JUDGE:
        pipeline_judge(worker->pipeline);
        tell_account(worker);
        break;
    case WORK_IS_KEEP: worker_keep(worker); break;
    case WORK_IS_MEETING: mailbox_put(&worker->all->meeting, 0, worker); break;
    case WORK_IS_END: break;
    }
    send_all(worker);
}

/* All flows are out and with whoever counts them before anybody judges. */
static void wait_for_all(struct worker *worker)
{
    struct workers *all = worker->all;
    (void)pthread_mutex_lock(&all->lock);
    bool is_last = ++all->flushed == all->settings.count;
    (void)pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; is_last && i < all->settings.count; i++)
        mailbox_end(&all->list[i].inbox);
    for (struct parcel *parcel; (parcel = mailbox_take(&worker->inbox, NULL)) != NULL;)
        open_parcel(worker, parcel);
}

/* True when that was the last. */
static bool do_next(struct worker *worker)
{
    size_t lane = LANE_WORK;
    void *item = mailbox_take(&worker->inbox, &lane);
    if (lane == LANE_PARCELS) {
        open_parcel(worker, item);
        return false;
    }
    struct work *work = item;
    do_work(worker, work);
    bool is_last = work->kind == WORK_IS_END;
    work_go_home(work);
    return is_last;
}

void *worker_run(void *context)
{
    struct worker *worker = context;
    while (!do_next(worker))
        ;
    pipeline_flush(worker->pipeline);
    send_all(worker);
    worker->is_over = true;
    wait_for_all(worker);
    pipeline_judge(worker->pipeline);
    send_kept(worker);
    tell_account(worker);
    return NULL;
}

void *worker_keeper_run(void *context)
{
    struct workers *all = context;
    const struct record_sink *records = &all->settings.records;
    for (struct kept *kept; (kept = mailbox_take(&all->to_keeper, NULL)) != NULL;) {
        (void)pthread_mutex_lock(&all->keeper_lock);
        for (size_t i = 0; i < kept->sighting_count; i++)
            records->take_sighting(records->context, &kept->sightings[i]);
        for (size_t i = 0; i < kept->flow_count; i++)
            records->take_flow(records->context, &kept->flows[i]);
        (void)pthread_mutex_unlock(&all->keeper_lock);
        wipe(kept->flows, kept->flow_count * sizeof *kept->flows);
        wipe(kept->sightings, kept->sighting_count * sizeof *kept->sightings);
        kept->flow_count = kept->sighting_count = 0;
        mailbox_put(kept->home, 0, kept);
    }
    return NULL;
}
