// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_warrants.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/sensor_ledger.h"
#include "law/law.h"
#include "system/memory.h"
#include "warrant/warrant.h"

enum { FILES_MAX = 256, NAME_ROOM = 256, PATH_ROOM = 4096 };

/* Before its beginning a warrant is already with the collector, which knows the moment. */
#define AHEAD_NS (INT64_C(5) * TIME_SECOND_NS)

struct file {
    char name[NAME_ROOM];
    struct timespec changed;
    off_t size;
    ino_t number;
    bool is_there;
    bool is_asked; /* what is no warrant, whether it revokes one of those that are here */
    bool is_other; /* no warrant: a revocation, or nothing of ours */
    struct granted_warrant *granted; /* NULL: refused, or no warrant */
    int64_t to_ns;                   /* when it ends: its period, or a revocation */
    bool is_revoked;
    bool is_live; /* in the rules given last */
};

struct sensor_warrants {
    const struct sensor_config *config;
    struct law law;
    struct trust trust;
    size_t count;
    struct file files[FILES_MAX];
    struct rule_set rules;
    uint8_t octets[WARRANT_OCTETS_MAX + 1];
};

static bool load(const struct sensor_config *config, struct law *law, struct trust *trust,
                 struct error *err)
{
    char folder[PATH_ROOM];
    struct arena keep;
    return law_find_folder(config->law, folder, sizeof folder, err) &&
           memory_reserve(LAW_MEMORY, MEMORY_SMALL_PAGES, &keep, err) &&
           law_load(folder, &keep, law, err) && trust_load(config->trust, trust, err);
}

struct sensor_warrants *sensor_warrants_open(const struct sensor_config *config,
                                             struct error *err)
{
    struct sensor_warrants *warrants = calloc(1, sizeof *warrants);
    if (!warrants) {
        (void)error_set(err, ENOMEM, "warrants");
        return NULL;
    }
    warrants->config = config;
    if (load(config, &warrants->law, &warrants->trust, err))
        return warrants;
    free(warrants);
    return NULL;
}

bool sensor_warrants_reload(struct sensor_warrants *warrants, struct error *err)
{
    struct law law;
    struct trust trust;
    if (!load(warrants->config, &law, &trust, err))
        return false;
    warrants->law = law;
    warrants->trust = trust;
    for (size_t i = 0; i < warrants->count; i++)
        free(warrants->files[i].granted);
    warrants->count = 0;
    return true;
}

const struct law *sensor_warrants_law(const struct sensor_warrants *warrants)
{
    return &warrants->law;
}

/* Entries */

static struct bytes hex(const uint8_t digest[32], char room[65])
{
    struct text text = text_over(room, 65);
    text_put_hex(&text, (struct bytes){ digest, 32 });
    return text_bytes(&text);
}

static void set_words(struct entry *entry, enum entry_field field, const char *words)
{
    if (words[0] != '\0')
        entry_set_text(entry, field, bytes_of_string(words));
}

static bool tell_accepted(const struct granted_warrant *granted, int64_t now_ns,
                          struct error *err)
{
    char room[65];
    struct entry entry = entry_begin(ENTRY_WARRANT_ACCEPTED, now_ns);
    entry_set_text(&entry, ENTRY_DIGEST, hex(granted->warrant.digest, room));
    set_words(&entry, ENTRY_BASIS, granted->warrant.basis);
    set_words(&entry, ENTRY_WARRANT, granted->warrant.serial);
    set_words(&entry, ENTRY_EQUIPMENT, granted->warrant.equipment);
    set_words(&entry, ENTRY_ACTOR, granted->warrant.issuer);
    entry_set_time(&entry, ENTRY_FROM, granted->from_ns);
    entry_set_time(&entry, ENTRY_TO, granted->to_ns);
    entry_set_count(&entry, ENTRY_SIGNERS, granted->signer_count);
    return sensor_ledger_put(&entry, err);
}

static bool tell_refused(struct bytes octets, const struct law_ruling *ruling, int64_t now_ns,
                         struct error *err)
{
    char room[65];
    uint8_t digest[crypto_hash_sha256_BYTES];
    struct entry entry = entry_begin(ENTRY_WARRANT_REFUSED, now_ns);
    (void)crypto_hash_sha256(digest, octets.at, octets.len);
    entry_set_text(&entry, ENTRY_DIGEST, hex(digest, room));
    set_words(&entry, ENTRY_REASON, ruling->words[0] ? ruling->words : "refused");
    set_words(&entry, ENTRY_ARTICLE, ruling->article);
    return sensor_ledger_put(&entry, err);
}

static bool tell_revoked(const struct file *file, const struct revocation *revocation,
                         int64_t now_ns, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_WARRANT_REVOKED, now_ns);
    set_words(&entry, ENTRY_WARRANT, file->granted->warrant.serial);
    set_words(&entry, ENTRY_BASIS, file->granted->warrant.basis);
    set_words(&entry, ENTRY_REASON, revocation->reason);
    entry_set_time(&entry, ENTRY_TO, file->to_ns);
    return sensor_ledger_put(&entry, err);
}

static bool tell_ended(const struct file *file, int64_t now_ns, struct error *err)
{
    struct entry entry = entry_begin(ENTRY_WARRANT_ENDED, now_ns);
    set_words(&entry, ENTRY_WARRANT, file->granted->warrant.serial);
    set_words(&entry, ENTRY_BASIS, file->granted->warrant.basis);
    set_words(&entry, ENTRY_EVENT,
              !file->is_there ? "stopped" : (file->is_revoked ? "revoked" : "expired"));
    entry_set_time(&entry, ENTRY_TO, file->is_there ? file->to_ns : now_ns);
    return sensor_ledger_put(&entry, err);
}

/* Files */

static bool read_file(struct sensor_warrants *warrants, int folder, const char *name,
                      struct bytes *out)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t len = 0;
    ssize_t got = fd < 0 ? -1 : 1;
    while (got > 0 && len < sizeof warrants->octets) {
        got = read(fd, warrants->octets + len, sizeof warrants->octets - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        (void)close(fd);
    *out = (struct bytes){ warrants->octets, len };
    return got >= 0 && len <= WARRANT_OCTETS_MAX;
}

static struct warrant_place place_at(const struct sensor_warrants *warrants, int64_t now_ns)
{
    const char *equipment = warrants->config->equipment;
    return (struct warrant_place){ .law = &warrants->law,
                                   .trust = &warrants->trust,
                                   .basis = warrants->config->basis,
                                   .equipment = equipment[0] ? equipment : NULL,
                                   .now_ns = now_ns };
}

/* Of one warrant: an earlier end only, whatever else is said. */
static bool end_early(struct file *file, struct bytes octets, const struct warrant_place *place,
                      bool *was_one, struct error *err)
{
    static struct revocation revocation;
    struct law_ruling ruling;
    if (!file->granted ||
        !revocation_rule(octets, place, &file->granted->warrant, &revocation, &ruling))
        return true;
    *was_one = true;
    if (file->is_revoked && revocation.at_ns >= file->to_ns)
        return true;
    if (revocation.at_ns < file->to_ns)
        file->to_ns = revocation.at_ns;
    file->is_revoked = true;
    return tell_revoked(file, &revocation, place->now_ns, err);
}

static bool revoke_some(struct sensor_warrants *warrants, struct bytes octets,
                        const struct warrant_place *place, bool *was_one, struct error *err)
{
    for (size_t i = 0; i < warrants->count; i++) {
        if (!end_early(&warrants->files[i], octets, place, was_one, err))
            return false;
    }
    return true;
}

static bool rule_on(struct file *file, struct bytes octets, const struct warrant_place *place,
                    struct error *err)
{
    struct law_ruling ruling = { .is_allowed = false };
    struct granted_warrant *granted = calloc(1, sizeof *granted);
    if (!granted)
        return error_set(err, ENOMEM, "%s", file->name);
    if (!warrant_rule(octets, place, granted, &ruling)) {
        free(granted);
        return tell_refused(octets, &ruling, place->now_ns, err);
    }
    file->granted = granted;
    file->to_ns = granted->to_ns;
    return tell_accepted(granted, place->now_ns, err);
}

static bool rule_on_other(struct sensor_warrants *warrants, struct bytes octets,
                          const struct warrant_place *place, struct error *err)
{
    static const struct law_ruling neither = {
        .words = "neither a warrant nor the revocation of one that is here"
    };
    bool was_one = false;
    if (!revoke_some(warrants, octets, place, &was_one, err))
        return false;
    return was_one || tell_refused(octets, &neither, place->now_ns, err);
}

static struct file *find(struct sensor_warrants *warrants, const char *name)
{
    for (size_t i = 0; i < warrants->count; i++) {
        if (strcmp(warrants->files[i].name, name) == 0)
            return &warrants->files[i];
    }
    if (warrants->count == FILES_MAX || strlen(name) >= NAME_ROOM)
        return NULL;
    struct file *file = &warrants->files[warrants->count++];
    *file = (struct file){ .size = -1 };
    struct text text = text_over(file->name, sizeof file->name);
    text_put_string(&text, name);
    return file;
}

static bool is_same(const struct file *file, const struct stat *status)
{
    return file->size == status->st_size && file->number == status->st_ino &&
           file->changed.tv_sec == status->st_mtim.tv_sec &&
           file->changed.tv_nsec == status->st_mtim.tv_nsec;
}

/* What was here before, and is now another or the same. */
static bool is_new(struct sensor_warrants *warrants, int folder, const char *name,
                   struct file **out)
{
    struct stat status;
    if (name[0] == '.' || fstatat(folder, name, &status, 0) != 0 || !S_ISREG(status.st_mode))
        return false;
    struct file *file = find(warrants, name);
    *out = file;
    if (!file)
        return false;
    file->is_there = true;
    if (is_same(file, &status))
        return false;
    free(file->granted);
    file->granted = NULL;
    file->is_revoked = file->is_other = false;
    file->size = status.st_size;
    file->number = status.st_ino;
    file->changed = status.st_mtim;
    return true;
}

/* A new warrant may be one that a file is the revocation of. */
static void ask_others_again(struct sensor_warrants *warrants)
{
    for (size_t i = 0; i < warrants->count; i++)
        warrants->files[i].is_asked = false;
}

static bool look_for_warrant(struct sensor_warrants *warrants, int folder, const char *name,
                             const struct warrant_place *place, struct error *err)
{
    static struct warrant read;
    struct file *file = NULL;
    struct bytes octets;
    struct error why = { 0 };
    if (!is_new(warrants, folder, name, &file) || !read_file(warrants, folder, name, &octets))
        return true;
    file->is_other = !warrant_read(octets, &read, &why);
    file->is_asked = false;
    if (file->is_other)
        return true;
    ask_others_again(warrants);
    return rule_on(file, octets, place, err);
}

static bool look_at_others(struct sensor_warrants *warrants, int folder,
                           const struct warrant_place *place, struct error *err)
{
    for (size_t i = 0; i < warrants->count; i++) {
        struct file *file = &warrants->files[i];
        struct bytes octets;
        if (!file->is_there || !file->is_other || file->is_asked)
            continue;
        file->is_asked = true;
        if (read_file(warrants, folder, file->name, &octets) &&
            !rule_on_other(warrants, octets, place, err))
            return false;
    }
    return true;
}

/* What is gone does not come back by itself; its place is free for another. */
static bool forget_gone(struct sensor_warrants *warrants, int64_t now_ns, struct error *err)
{
    for (size_t i = 0; i < warrants->count; i++) {
        struct file *file = &warrants->files[i];
        if (file->is_there)
            continue;
        if (file->granted && file->is_live && !tell_ended(file, now_ns, err))
            return false;
        free(file->granted);
        *file = warrants->files[--warrants->count];
        i--;
    }
    return true;
}

bool sensor_warrants_look(struct sensor_warrants *warrants, const struct sensor_time *now,
                          struct error *err)
{
    struct warrant_place place = place_at(warrants, now->high_ns);
    DIR *folder = opendir(warrants->config->warrants);
    if (!folder)
        return error_set(err, errno, "cannot look into %s", warrants->config->warrants);
    for (size_t i = 0; i < warrants->count; i++)
        warrants->files[i].is_there = false;
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;)
        good = look_for_warrant(warrants, dirfd(folder), entry->d_name, &place, err);
    good = good && look_at_others(warrants, dirfd(folder), &place, err);
    (void)closedir(folder);
    return good && forget_gone(warrants, now->high_ns, err);
}

/* Rules */

/* Flows of exporters come minutes after they ended (mediate/): where another warrant goes on,
 * what ended under the one before is selected under it, by its own time. */
#define LINGER_NS (INT64_C(30) * TIME_SECOND_NS)

static bool lingers(const struct sensor_warrants *warrants, const struct file *file,
                    const struct sensor_time *now, bool goes_on)
{
    int64_t span_ns = warrants->config->wait_seconds * TIME_SECOND_NS + LINGER_NS;
    return goes_on && !now->is_uncertain && file->granted && !file->is_revoked &&
           file->to_ns <= now->high_ns && now->high_ns - file->to_ns < span_ns;
}

/* Certainly not over, and begun or about to; where the time is uncertain, certainly begun. */
static bool is_live(const struct file *file, const struct sensor_time *now)
{
    int64_t ahead_ns = now->is_uncertain ? 0 : AHEAD_NS;
    return file->granted && file->granted->from_ns <= now->low_ns + ahead_ns &&
           now->high_ns < file->to_ns;
}

/* Live input is held against its own time, too; a capture is of another day. */
static bool add(const struct sensor_warrants *warrants, const struct file *file,
                struct rule_set *set, struct error *err)
{
    size_t first = set->rule_count;
    if (!warrant_compile(file->granted, set, err))
        return false;
    for (size_t i = first; i < set->rule_count; i++) {
        struct rule *rule = &set->rules[i];
        if (file->to_ns < rule->to_ns)
            rule->to_ns = file->to_ns;
        rule->by_event_time = !warrants->config->sources.capture;
    }
    return true;
}

static bool is_any_live(const struct sensor_warrants *warrants, const struct sensor_time *now)
{
    bool any = false;
    for (size_t i = 0; i < warrants->count; i++)
        any = any || is_live(&warrants->files[i], now);
    return any;
}

static bool mark(struct file *file, const struct sensor_time *now, struct error *err)
{
    bool was_live = file->is_live;
    file->is_live = is_live(file, now);
    return !was_live || file->is_live || !file->granted || tell_ended(file, now->high_ns, err);
}

bool sensor_warrants_rules(struct sensor_warrants *warrants, const struct sensor_time *now,
                           struct rule_set *rules, bool *changed, struct error *err)
{
    static struct rule_set set;
    bool goes_on = is_any_live(warrants, now);
    memset(&set, 0, sizeof set);
    for (size_t i = 0; i < warrants->count; i++) {
        struct file *file = &warrants->files[i];
        struct error full;
        if (!mark(file, now, err))
            return false;
        bool is_in = file->is_live || lingers(warrants, file, now, goes_on);
        if (is_in && !add(warrants, file, &set, &full))
            file->is_live = false; /* what does not fit is not run */
    }
    set.generation = rules->generation;
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): at worst the same rules are new
    *changed = memcmp(&set, rules, sizeof set) != 0;
    if (*changed) {
        set.generation++;
        *rules = set;
    }
    return true;
}

size_t sensor_warrants_live(const struct sensor_warrants *warrants)
{
    size_t count = 0;
    for (size_t i = 0; i < warrants->count; i++)
        count += warrants->files[i].is_live;
    return count;
}
