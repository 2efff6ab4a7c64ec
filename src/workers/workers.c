// SPDX-License-Identifier: Apache-2.0
#include <signal.h>

#include "base/must.h"
#include "base/time.h"
#include "base/wipe.h"
#include "system/memory.h"
#include "workers/workers_private.h"

static void on_exported(void *context, const struct flow *flows, size_t count);

/* Behaviours bear flows that are out of order by some minutes (FLOOD_SLOTS). */
static const int64_t meeting_ns = 30 * TIME_SECOND_NS;

static bool is_alone(const struct workers *workers)
{
    return workers->settings.count == 1;
}

static void on_flow_kept(void *context, const struct minimised_flow *flow)
{
    keeper_take_flow(context, flow);
}

static void on_sighting_kept(void *context, const struct minimised_sighting *sighting)
{
    keeper_take_sighting(context, sighting);
}

/* An item of `size` octets for each of `count`, each beginning with where it belongs. */
static bool stock(struct mailbox *home, size_t size, size_t count, struct error *err)
{
    size_t capacity[MAILBOX_LANES] = { count, 1 };
    struct arena arena;
    size_t whole = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!mailbox_open(home, capacity, err) ||
        !memory_reserve(whole * count, MEMORY_SMALL_PAGES, &arena, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct mailbox **item = arena_take_zeroed(&arena, whole, alignof(max_align_t), 1);
        *item = home;
        mailbox_put(home, 0, item);
    }
    return true;
}

static bool open_mailboxes(struct worker *worker, struct error *err)
{
    size_t capacity[MAILBOX_LANES] = { WORKS_WAITING, PARCELS_WAITING };
    size_t parcels = PARCELS_OUT * worker->all->settings.count;
    return mailbox_open(&worker->inbox, capacity, err) &&
           stock(&worker->works, sizeof(struct work), WORKS_WAITING + 2, err) &&
           stock(&worker->parcels, sizeof(struct parcel),
                 parcels < MAILBOX_ITEMS_MAX ? parcels : MAILBOX_ITEMS_MAX, err) &&
           stock(&worker->kepts, sizeof(struct kept), KEPTS_OUT, err);
}

static bool open_worker(struct worker *worker, struct error *err)
{
    struct workers *all = worker->all;
    struct pipeline_settings settings = all->settings.pipeline;
    settings.select.share = (uint32_t)(worker - all->list);
    settings.select.shares = (uint32_t)all->settings.count;
    settings.behaviours_sharers =
        workers_sharers(all->settings.count, (size_t)(worker - all->list));
    if (is_alone(all)) {
        settings.records = all->settings.records;
    } else {
        settings.records = worker_record_sink(worker);
        settings.peers = worker_peers(worker);
        if (!open_mailboxes(worker, err))
            return false;
    }
    if (!memory_reserve(pipeline_size(&settings), all->settings.pages, &worker->memory, err))
        return false;
    struct arena memory = worker->memory;
    worker->pipeline = pipeline_init(&settings, &memory);
    return true;
}

static bool open_exported(struct workers *workers, struct error *err)
{
    const struct workers_settings *settings = &workers->settings;
    if (settings->pipeline.input != PIPELINE_EXPORTED)
        return true;
    struct flow_sink sink = { .take = on_exported, .context = workers };
    if (!memory_reserve(exported_size(&settings->collect), settings->pages, &workers->memory,
                        err))
        return false;
    struct arena memory = workers->memory;
    workers->exported = exported_init(&settings->collect, &settings->sampling,
                                      settings->pipeline.key, sink, &memory);
    return true;
}

/* Signals are for the reader. */
static bool start_threads(struct workers *workers, struct error *err)
{
    size_t capacity[MAILBOX_LANES] = { MAILBOX_ITEMS_MAX, 1 };
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_mutex_init(&workers->keeper_lock, NULL);
    (void)pthread_mutex_init(&workers->lock, NULL);
    if (!mailbox_open(&workers->to_keeper, capacity, err) ||
        !mailbox_open(&workers->meeting, capacity, err))
        return false;
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    int code = pthread_create(&workers->keeper_thread, NULL, worker_keeper_run, workers);
    for (size_t i = 0; code == 0 && i < workers->settings.count; i++)
        code = pthread_create(&workers->list[i].thread, NULL, worker_run, &workers->list[i]);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 || error_set(err, code, "cannot start a thread for each worker");
}

struct workers *workers_start(const struct workers_settings *settings, struct error *err)
{
    MUST(settings->count >= 1 && settings->count <= WORKERS_MAX);
    size_t size = sizeof(struct workers) + settings->count * sizeof(struct worker);
    struct arena memory;
    if (!memory_reserve(size + 2 * alignof(max_align_t), MEMORY_SMALL_PAGES, &memory, err))
        return NULL;
    struct workers *workers = ARENA_NEW(&memory, struct workers, 1);
    workers->settings = *settings;
    if (settings->keeper)
        workers->settings.records =
            (struct record_sink){ on_flow_kept, on_sighting_kept, settings->keeper };
    workers->list = ARENA_NEW(&memory, struct worker, settings->count);
    for (size_t i = 0; i < settings->count; i++) {
        workers->list[i].all = workers;
        workers->list[i].number = i;
        if (!open_worker(&workers->list[i], err))
            return NULL;
    }
    if (!open_exported(workers, err) || (!is_alone(workers) && !start_threads(workers, err)))
        return NULL;
    return workers;
}

/* An empty batch for this worker. */
static struct work *filling(struct worker *worker, enum work_kind kind)
{
    if (!worker->filling) {
        worker->filling = mailbox_take(&worker->works, NULL);
        worker->filling->octet_count = worker->filling->flow_count = 0;
        worker->filling->frames.count = 0;
    }
    worker->filling->kind = kind;
    return worker->filling;
}

/* What a slow worker's oldest batch held is not looked at. */
static void give_up(struct workers *workers, struct work *oldest)
{
    if (oldest->kind == WORK_IS_FRAMES)
        workers->frames_given_up += oldest->frames.count;
    if (oldest->kind == WORK_IS_FLOWS)
        workers->flows_given_up += oldest->flow_count;
    work_go_home(oldest);
}

static void send_work(struct worker *worker)
{
    struct work *work = worker->filling;
    worker->filling = NULL;
    bool may_drop = worker->all->settings.is_live &&
                    (work->kind == WORK_IS_FRAMES || work->kind == WORK_IS_FLOWS);
    if (!may_drop) {
        mailbox_put(&worker->inbox, LANE_WORK, work);
        return;
    }
    struct work *oldest = mailbox_push(&worker->inbox, LANE_WORK, work);
    if (oldest)
        give_up(worker->all, oldest);
}

static void send_all(struct workers *workers)
{
    for (size_t i = 0; i < workers->settings.count; i++) {
        if (workers->list[i].filling)
            send_work(&workers->list[i]);
    }
}

static void tell_all(struct workers *workers, enum work_kind kind)
{
    for (size_t i = 0; i < workers->settings.count; i++) {
        (void)filling(&workers->list[i], kind);
        send_work(&workers->list[i]);
    }
}

/* Nobody goes on before all have done what they were given. */
static void meet(struct workers *workers, int64_t time_ns)
{
    bool is_near = time_ns / 2 - workers->met_ns / 2 < meeting_ns / 2 &&
                   workers->met_ns / 2 - time_ns / 2 < meeting_ns / 2;
    if (workers->settings.is_live || is_near)
        return;
    workers->met_ns = time_ns;
    tell_all(workers, WORK_IS_MEETING);
    for (size_t i = 0; i < workers->settings.count; i++)
        (void)mailbox_take(&workers->meeting, NULL);
}

static void put_frame(struct workers *workers, const struct frame *frame)
{
    uint64_t hash = packet_pair_hash(frame, &workers->settings.pipeline.key);
    struct worker *worker = &workers->list[hash % workers->settings.count];
    struct work *work = filling(worker, WORK_IS_FRAMES);
    if (work->octet_count + frame->captured.len > WORK_OCTETS ||
        work->frames.count == FRAME_BATCH_MAX) {
        send_work(worker);
        work = filling(worker, WORK_IS_FRAMES);
    }
    struct frame *copy = &work->frames.frames[work->frames.count++];
    *copy = *frame;
    copy->captured.at = work->octets + work->octet_count;
    if (frame->captured.len > 0)
        memcpy(work->octets + work->octet_count, frame->captured.at, frame->captured.len);
    work->octet_count += frame->captured.len;
}

void workers_run_frames(struct workers *workers, const struct frame_batch *frames)
{
    if (is_alone(workers)) {
        pipeline_run_frames(workers->list[0].pipeline, frames);
        return;
    }
    for (size_t i = 0; i < frames->count; i++)
        put_frame(workers, &frames->frames[i]);
    send_all(workers);
    if (frames->count > 0)
        meet(workers, frames->frames[frames->count - 1].time_ns);
    wipe_stack();
}

static size_t room_of(const struct fact *fact)
{
    size_t size = fact_size((enum fact_kind)fact->kind);
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static size_t room_of_facts(const struct flow *flow)
{
    size_t room = 0;
    for (const struct fact *fact = flow->facts; fact; fact = fact->next)
        room += room_of(fact);
    return room;
}

/* The facts of the flow stay with whoever made it: copies go along. */
static void copy_facts(struct work *work, struct flow *flow)
{
    struct fact *last = NULL;
    const struct fact *next = flow->facts;
    flow->facts = NULL;
    for (; next; next = next->next) {
        struct fact *copy = (void *)(work->facts + work->octet_count);
        memcpy(copy, next, fact_size((enum fact_kind)next->kind));
        copy->next = NULL;
        work->octet_count += room_of(next);
        if (last)
            last->next = copy;
        else
            flow->facts = copy;
        last = copy;
    }
}

static void put_flow(struct workers *workers, const struct flow *flow)
{
    size_t room = room_of_facts(flow);
    MUST(room <= WORK_FACTS);
    uint64_t hash =
        ip_pair_hash(&workers->settings.pipeline.key, &flow->initiator, &flow->responder);
    struct worker *worker = &workers->list[hash % workers->settings.count];
    struct work *work = filling(worker, WORK_IS_FLOWS);
    if (work->flow_count == WORK_FLOWS || room > WORK_FACTS - work->octet_count) {
        send_work(worker);
        work = filling(worker, WORK_IS_FLOWS);
    }
    struct flow *copy = &work->flows[work->flow_count++];
    *copy = *flow;
    copy_facts(work, copy);
}

static void on_exported(void *context, const struct flow *flows, size_t count)
{
    struct workers *workers = context;
    if (is_alone(workers)) {
        pipeline_run_exported(workers->list[0].pipeline, flows, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        put_flow(workers, &flows[i]);
}

void workers_run_messages(struct workers *workers, const struct message_batch *messages)
{
    exported_run(workers->exported, messages);
    if (is_alone(workers)) {
        pipeline_erase(workers->list[0].pipeline);
        return;
    }
    send_all(workers);
    if (messages->count > 0)
        meet(workers, messages->messages[messages->count - 1].received_ns);
    wipe_stack();
}

void workers_run_lines(struct workers *workers, const struct line_batch *lines)
{
    MUST(is_alone(workers));
    pipeline_run_lines(workers->list[0].pipeline, lines);
}

/* Of a cap on what is copied each worker has its share, so that all keep to it. */
static void share_cap(const struct workers *workers, struct rule_set *rules)
{
    uint64_t cap = rules->octets_per_second_max;
    if (cap > 0)
        rules->octets_per_second_max =
            cap < workers->settings.count ? 1 : cap / workers->settings.count;
}

void workers_set_rules(struct workers *workers, const struct rule_set *rules)
{
    if (is_alone(workers)) {
        pipeline_set_rules(workers->list[0].pipeline, rules);
        return;
    }
    for (size_t i = 0; i < workers->settings.count; i++) {
        struct work *work = filling(&workers->list[i], WORK_IS_RULES);
        work->rules = *rules;
        share_cap(workers, &work->rules);
        send_work(&workers->list[i]);
    }
}

void workers_set_indicators(struct workers *workers, const struct indicators *indicators)
{
    if (is_alone(workers)) {
        pipeline_set_indicators(workers->list[0].pipeline, indicators);
        return;
    }
    (void)pthread_mutex_lock(&workers->lock);
    workers->unsettled += workers->settings.count;
    (void)pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->settings.count; i++) {
        filling(&workers->list[i], WORK_IS_INDICATORS)->indicators = indicators;
        send_work(&workers->list[i]);
    }
}

bool workers_are_settled(struct workers *workers)
{
    if (is_alone(workers))
        return true;
    (void)pthread_mutex_lock(&workers->lock);
    bool are_settled = workers->unsettled == 0;
    (void)pthread_mutex_unlock(&workers->lock);
    return are_settled;
}

void workers_cut(struct workers *workers)
{
    if (is_alone(workers))
        pipeline_cut(workers->list[0].pipeline);
    else
        tell_all(workers, WORK_IS_CUT);
}

void workers_set_time(struct workers *workers, int64_t now_ns, int64_t retention_latest_ns)
{
    if (is_alone(workers)) {
        pipeline_set_time(workers->list[0].pipeline, now_ns, retention_latest_ns);
        return;
    }
    for (size_t i = 0; i < workers->settings.count; i++) {
        struct work *work = filling(&workers->list[i], WORK_IS_TIME);
        work->now_ns = now_ns;
        work->retention_latest_ns = retention_latest_ns;
        send_work(&workers->list[i]);
    }
}

void workers_tick(struct workers *workers, int64_t quiet_ns)
{
    if (is_alone(workers)) {
        pipeline_tick(workers->list[0].pipeline, quiet_ns);
        return;
    }
    for (size_t i = 0; i < workers->settings.count; i++) {
        filling(&workers->list[i], WORK_IS_TICK)->quiet_ns = quiet_ns;
        send_work(&workers->list[i]);
    }
}

void workers_judge(struct workers *workers)
{
    if (is_alone(workers))
        pipeline_judge(workers->list[0].pipeline);
    else
        tell_all(workers, WORK_IS_JUDGE);
}

void workers_keep(struct workers *workers)
{
    if (is_alone(workers))
        worker_keep(&workers->list[0]);
    else
        tell_all(workers, WORK_IS_KEEP);
}

struct ensemble *workers_ensemble(struct workers *workers, size_t i)
{
    MUST(i < workers->settings.count);
    return pipeline_ensemble(workers->list[i].pipeline);
}

static void end_threads(struct workers *workers)
{
    tell_all(workers, WORK_IS_END);
    for (size_t i = 0; i < workers->settings.count; i++)
        (void)pthread_join(workers->list[i].thread, NULL);
    mailbox_end(&workers->to_keeper);
    (void)pthread_join(workers->keeper_thread, NULL);
}

void workers_finish(struct workers *workers)
{
    workers->is_finished = true;
    if (workers->exported)
        exported_finish(workers->exported);
    if (!is_alone(workers)) {
        send_all(workers);
        end_threads(workers);
        return;
    }
    pipeline_flush(workers->list[0].pipeline);
    pipeline_judge(workers->list[0].pipeline);
}

void workers_close(struct workers *workers)
{
    if (!workers || !workers->is_finished)
        return;
    memory_release(&workers->memory);
    for (size_t i = 0; i < workers->settings.count; i++)
        memory_release(&workers->list[i].memory);
}

static void hold_keeper(struct workers *workers)
{
    if (!is_alone(workers))
        (void)pthread_mutex_lock(&workers->keeper_lock);
}

const struct finding *workers_hold_findings(struct workers *workers, size_t *count)
{
    hold_keeper(workers);
    *count = 0;
    return workers->settings.keeper ? keeper_findings(workers->settings.keeper, count) : NULL;
}

void workers_release_findings(struct workers *workers)
{
    if (!is_alone(workers))
        (void)pthread_mutex_unlock(&workers->keeper_lock);
}

struct collect *workers_collect(struct workers *workers)
{
    return workers->exported ? exported_collect(workers->exported) : NULL;
}

const struct logs *workers_logs(const struct workers *workers)
{
    return pipeline_logs(workers->list[0].pipeline);
}

static void merge_accounts(struct workers *workers, struct summary *summary)
{
    (void)pthread_mutex_lock(&workers->lock);
    for (size_t i = 0; i < workers->settings.count; i++)
        summary_merge(summary, &workers->list[i].told);
    (void)pthread_mutex_unlock(&workers->lock);
}

static void count_kept(struct workers *workers, struct summary *summary)
{
    size_t findings = 0;
    if (!workers->settings.keeper)
        return;
    hold_keeper(workers);
    keeper_set_judged(workers->settings.keeper, summary);
    (void)keeper_findings(workers->settings.keeper, &findings);
    keeper_count(workers->settings.keeper, summary);
    summary->funnel.findings = findings;
    workers_release_findings(workers);
}

void workers_summarise(struct workers *workers, struct summary *summary)
{
    static struct summary alone;
    if (workers->exported)
        exported_summarise(workers->exported, summary);
    if (is_alone(workers)) {
        alone = (struct summary){ .frames = 0 };
        pipeline_summarise(workers->list[0].pipeline, &alone);
        summary_merge(summary, &alone);
    } else {
        merge_accounts(workers, summary);
    }
    count_kept(workers, summary);
    summary_count(summary, "workers", "given up", "frames", workers->frames_given_up);
    summary_count(summary, "workers", "flows given up", "flows", workers->flows_given_up);
}
