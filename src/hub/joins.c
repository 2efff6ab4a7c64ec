// SPDX-License-Identifier: Apache-2.0
#include "hub/joins_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

enum { PATH_ROOM = 4096 + 64, SETTLE_S = 1, MEMBERS_MAX = 256 };

struct hub_joins {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_running, is_asked_to_end, is_new;
};

/* Files */

bool joins_is_part(const char *part)
{
    struct bytes words = bytes_of_string(part ? part : "");
    size_t dash = bytes_find(words, '-');
    uint64_t number = 0, count = 0;
    return words.len < JOINS_PART_MAX &&
           text_read_u64(bytes_slice(words, 0, dash), JOINS_WORKERS_MAX, &number) &&
           bytes_start_with(bytes_slice(words, dash, words.len), BYTES("-of-")) &&
           text_read_u64(bytes_slice(words, dash + 4, words.len), JOINS_WORKERS_MAX, &count) &&
           number >= 1 && number <= count;
}

/* A sensor that is run with another number of workers begins anew. */
static void remove_others(int folder, const char *part)
{
    const char *count = strstr(part, "-of-");
    char end[JOINS_PART_MAX + 8];
    snprintf(end, sizeof end, "%s.state", count);
    int copy = dup(folder);
    DIR *open = copy < 0 ? NULL : fdopendir(copy);
    for (const struct dirent *one; open && (one = readdir(open)) != NULL;) {
        const char *of = strstr(one->d_name, "-of-");
        if (of && strcmp(of, end) != 0)
            (void)unlinkat(folder, one->d_name, 0);
    }
    if (open)
        (void)closedir(open);
}

static bool write_file(int folder, const char *name, struct bytes octets)
{
    char beside[JOINS_PART_MAX + 16];
    snprintf(beside, sizeof beside, ".%s", name);
    int fd =
        openat(folder, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd >= 0;
    while (good && octets.len > 0) {
        ssize_t done = write(fd, octets.at, octets.len);
        good = done > 0 || errno == EINTR;
        octets = bytes_slice(octets, done > 0 ? (size_t)done : 0, octets.len);
    }
    good = good && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return good && renameat(folder, beside, folder, name) == 0 && fsync(folder) == 0;
}

static int open_folder(struct hub *hub, int64_t sensor)
{
    char path[PATH_ROOM];
    snprintf(path, sizeof path, "%s/statistics", hub->settings.folder);
    (void)mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/statistics/%lld", hub->settings.folder, (long long)sensor);
    (void)mkdir(path, 0700);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool joins_keep(struct hub *hub, int64_t sensor, const char *part, struct bytes octets,
                struct error *err)
{
    char name[JOINS_PART_MAX + 8];
    int folder = open_folder(hub, sensor);
    snprintf(name, sizeof name, "%s.state", part);
    bool good = folder >= 0 && write_file(folder, name, octets);
    int code = errno;
    if (good)
        remove_others(folder, part);
    if (folder >= 0)
        (void)close(folder);
    return good || error_set(err, code, "statistics of sensor %lld", (long long)sensor);
}

/* Those that may be joined */

struct member {
    struct intake_from from;
    char name[HUB_NAME_MAX];
};

struct group {
    size_t count;
    struct member members[JOINS_SENSORS_MAX];
};

struct room {
    struct member members[MEMBERS_MAX];
    struct group group;
};

static bool is_together(const struct member *a, const struct member *b)
{
    return a->from.basis == b->from.basis &&
           (a->from.basis->kind != BASIS_OWN || a->from.organisation == b->from.organisation);
}

static bool take_member(struct hub *hub, const struct database_rows *rows, struct member *out)
{
    struct text name = text_over(out->name, sizeof out->name);
    text_put(&name, database_get_text(rows, 3));
    out->from = (struct intake_from){
        .sensor = database_get_number(rows, 0),
        .organisation = database_get_number(rows, 1),
        .sector = (unsigned)database_get_number(rows, 2),
        .batch = "joined",
        .basis = law_find_basis(hub->settings.law, database_get_text(rows, 4)),
        .now_ns = hub_now(hub),
    };
    if (!out->from.basis || out->from.basis->kind == BASIS_STATUTORY)
        return false;
    out->from.is_exercise =
        hub->settings.is_exercise || out->from.basis->kind == BASIS_EXERCISE;
    return true;
}

/* All that sent statistics, those that go together after one another. */
static json_t *judge_without(struct hub *hub, const struct group *group, size_t left_out,
                             struct error *err)
{
    int64_t sensors[JOINS_SENSORS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < group->count; i++) {
        if (i != left_out)
            sensors[count++] = group->members[i].from.sensor;
    }
    return joins_judge(hub, sensors, count, err);
}

static const json_t *find(const json_t *findings, const char *id)
{
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *one = json_array_get(findings, i);
        const char *other = json_string_value(json_object_get(one, "id"));
        if (other && strcmp(other, id) == 0)
            return one;
    }
    return NULL;
}

/* A sensor saw something of it where it would be another finding, or none, without him. */
static bool has_part(const json_t *without, const struct received_finding *finding)
{
    const json_t *other = find(without, finding->id);
    return !other ||
           (uint64_t)json_integer_value(json_object_get(other, "connections")) !=
               finding->connections ||
           (uint64_t)json_integer_value(json_object_get(other, "line_total")) !=
               finding->line_total;
}

struct joining {
    struct change *change;
    const struct group *group;
    json_t *without[JOINS_SENSORS_MAX];
    uint64_t written;
    struct error *err;
};

/* Only what several saw: what one finds alone, it tells itself. */
static bool write_joined(void *context, const struct received_finding *finding)
{
    struct joining *joining = context;
    bool has[JOINS_SENSORS_MAX] = { false };
    size_t count = 0;
    for (size_t i = 0; i < joining->group->count; i++) {
        has[i] = has_part(joining->without[i], finding);
        count += has[i];
    }
    for (size_t i = 0; i < joining->group->count && count > 1; i++) {
        const struct intake_from *from = &joining->group->members[i].from;
        bool is_kept = !has[i] || finding->retention_until_ns <= from->now_ns;
        if (!is_kept && !intake_write_findings(joining->change, from, finding, 1, joining->err))
            return false;
    }
    joining->written += count > 1;
    return true;
}

static bool log_joined(struct change *change, const struct joining *joining,
                       const json_t *findings, struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    char hex[2 * HUB_DIGEST_OCTETS + 1], names[256];
    struct text words = text_over(hex, sizeof hex), subject = text_over(names, sizeof names);
    struct entry entry = entry_begin(ENTRY_BATCH_RECEIVED, change->now_ns);
    json_digest(findings, digest);
    text_put_hex(&words, (struct bytes){ digest, sizeof digest });
    for (size_t i = 0; i < joining->group->count; i++)
        text_format(&subject, "%s%s", i > 0 ? ", " : "", joining->group->members[i].name);
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&words));
    entry_set_text(&entry, ENTRY_PRODUCT, BYTES("joined statistics"));
    entry_set_text(&entry, ENTRY_SUBJECT, text_bytes(&subject));
    entry_set_text(&entry, ENTRY_BASIS,
                   bytes_of_string(joining->group->members[0].from.basis->id));
    entry_set_count(&entry, ENTRY_RECORDS, joining->written);
    return change_log(change, &entry, NULL, err);
}

static bool write_all(struct hub *hub, struct joining *joining, const json_t *findings,
                      struct error *err)
{
    struct change change;
    struct received_finding_taker taker = { write_joined, joining };
    struct error why = { .code = 0 };
    char *words = json_dumps(findings, JSON_COMPACT);
    if (!words || !change_begin(hub, &change, err)) {
        free(words);
        return words || error_set(err, ENOMEM, "joined findings");
    }
    joining->change = &change;
    err->text[0] = '\0';
    bool good = findings_read(bytes_of_string(words), &taker, NULL, &why) &&
                log_joined(&change, joining, findings, err);
    free(words);
    if (!good && err->text[0] == '\0')
        *err = why;
    return good ? change_commit(&change, err) : change_give_up(&change);
}

static bool join_group(struct hub *hub, const struct group *group, struct error *err)
{
    struct joining joining = { .group = group, .err = err };
    json_t *findings = judge_without(hub, group, group->count, err);
    bool good = findings != NULL;
    for (size_t i = 0; good && i < group->count && json_array_size(findings) > 0; i++) {
        joining.without[i] = judge_without(hub, group, i, err);
        good = joining.without[i] != NULL;
    }
    if (good && json_array_size(findings) > 0)
        good = write_all(hub, &joining, findings, err);
    for (size_t i = 0; i < group->count; i++)
        json_decref(joining.without[i]);
    json_decref(findings);
    return good;
}

/* One of these at a time, so that a large group is held once. */
static bool end_group(struct hub *hub, struct group *group, struct error *err)
{
    bool good = group->count < 2 || join_group(hub, group, err);
    group->count = 0;
    return good;
}

static bool read_members(struct hub *hub, struct member *members, size_t *count,
                         struct error *err)
{
    struct database *db = pool_take(hub);
    struct database_rows *rows = database_ask(
        db,
        SQL("SELECT id, organisation, sector, name, basis FROM sensor WHERE is_active = 1"
            " AND id IN (SELECT sensor FROM batch WHERE kind = 'statistics')"
            " ORDER BY basis, organisation, id LIMIT $1",
            database_number(MEMBERS_MAX)),
        err);
    enum database_step step = rows ? DATABASE_ROW : DATABASE_FAILED;
    *count = 0;
    while (step == DATABASE_ROW && (step = database_step(rows, err)) == DATABASE_ROW)
        *count += take_member(hub, rows, &members[*count]);
    if (rows)
        database_end(rows);
    pool_give(hub, db);
    return step == DATABASE_END;
}

static bool join_all(struct hub *hub, struct room *room, struct error *err)
{
    size_t count;
    struct group *group = &room->group;
    bool good = read_members(hub, room->members, &count, err);
    group->count = 0;
    for (size_t i = 0; good && i < count; i++) {
        if (group->count > 0 && !is_together(&group->members[0], &room->members[i]))
            good = end_group(hub, group, err);
        if (group->count < JOINS_SENSORS_MAX)
            group->members[group->count++] = room->members[i];
    }
    return good && end_group(hub, group, err);
}

/* The thread */

static bool wait_for_more(struct hub_joins *joins)
{
    pthread_mutex_lock(&joins->lock);
    while (!joins->is_new && !joins->is_asked_to_end)
        pthread_cond_wait(&joins->changed, &joins->lock);
    struct timespec until; /* what belongs together comes one after another */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += SETTLE_S;
    if (!joins->is_asked_to_end)
        pthread_cond_timedwait(&joins->changed, &joins->lock, &until);
    joins->is_new = false;
    bool goes_on = !joins->is_asked_to_end;
    pthread_mutex_unlock(&joins->lock);
    return goes_on;
}

static void *run(void *context)
{
    struct hub *hub = context;
    struct room *room = calloc(1, sizeof *room);
    while (room && wait_for_more(hub->joins)) {
        struct error err = { .code = 0 };
        if (!join_all(hub, room, &err))
            hub_tell(hub, "error", "statistics", json_pack("{s:s}", "why", err.text));
    }
    free(room);
    return NULL;
}

void joins_wake(struct hub *hub)
{
    pthread_mutex_lock(&hub->joins->lock);
    hub->joins->is_new = true;
    pthread_cond_signal(&hub->joins->changed);
    pthread_mutex_unlock(&hub->joins->lock);
}

bool joins_start(struct hub *hub, struct error *err)
{
    hub->joins = calloc(1, sizeof *hub->joins);
    if (!hub->joins)
        return error_set(err, ENOMEM, "statistics");
    pthread_mutex_init(&hub->joins->lock, NULL);
    pthread_cond_init(&hub->joins->changed, NULL);
    int code = pthread_create(&hub->joins->thread, NULL, run, hub);
    hub->joins->is_running = code == 0;
    return code == 0 || error_set(err, code, "thread of statistics");
}

void joins_stop(struct hub *hub)
{
    struct hub_joins *joins = hub->joins;
    if (joins && joins->is_running) {
        pthread_mutex_lock(&joins->lock);
        joins->is_asked_to_end = true;
        pthread_cond_signal(&joins->changed);
        pthread_mutex_unlock(&joins->lock);
        pthread_join(joins->thread, NULL);
    }
    free(joins);
    hub->joins = NULL;
}
