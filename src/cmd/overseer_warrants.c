// SPDX-License-Identifier: Apache-2.0
#include "cmd/overseer_warrants.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "warrant/envelope.h"
#include "warrant/warrant.h"

enum { GIVEN_MAX = 1024, CHAIN_MAX = 16, PATH_OCTETS_MAX = 4096, NAME_OCTETS_MAX = 256 };

struct given {
    char name[NAME_OCTETS_MAX];
    uint8_t digest[32];
    char serial[WARRANT_SERIAL_MAX], extends[WARRANT_SERIAL_MAX];
};

static struct given given[GIVEN_MAX];
static size_t given_count;
static const char *given_folder;
static const struct law *given_law;
static struct trust given_trust;
static struct warrant warrant;            /* the one last read */
static struct granted_warrant granted[2]; /* the one in question, and what it extends */
static uint8_t octets[ENVELOPE_OCTETS_MAX + 1];

static bool read_warrant(const char *name, struct bytes *out, struct error *err)
{
    char path[PATH_OCTETS_MAX];
    struct text text = text_over(path, sizeof path);
    text_format(&text, "%s/%s", given_folder, name);
    FILE *file = text.cut ? NULL : fopen(path, "rbe");
    if (!file)
        return error_set(err, errno, "cannot open %s", path);
    *out = (struct bytes){ octets, fread(octets, 1, sizeof octets, file) };
    bool is_read = !ferror(file);
    (void)fclose(file);
    return is_read && warrant_read(*out, &warrant, err);
}

static bool add(const char *name, struct error *err)
{
    struct given *one = &given[given_count];
    struct bytes envelope;
    struct error other = { 0 };
    if (name[0] == '.' || strlen(name) >= sizeof one->name ||
        !read_warrant(name, &envelope, &other))
        return true;
    if (given_count == GIVEN_MAX)
        return error_set(err, 0, "there are more than %d warrants in %s", GIVEN_MAX,
                         given_folder);
    memcpy(one->name, name, strlen(name) + 1);
    memcpy(one->digest, warrant.digest, sizeof one->digest);
    memcpy(one->serial, warrant.serial, sizeof one->serial);
    memcpy(one->extends, warrant.extends, sizeof one->extends);
    given_count++;
    return true;
}

bool given_open(const char *folder, const char *trust, const struct law *law, struct error *err)
{
    given_folder = folder;
    given_law = law;
    if (!trust_load(trust, &given_trust, err))
        return false;
    DIR *open = opendir(folder);
    if (!open)
        return error_set(err, errno, "cannot open the folder %s", folder);
    bool is_read = true;
    for (const struct dirent *one; is_read && (one = readdir(open));)
        is_read = add(one->d_name, err);
    (void)closedir(open);
    return is_read;
}

static const struct given *find_digest(struct bytes hex)
{
    uint8_t digest[32];
    if (!text_read_hex(hex, digest, sizeof digest))
        return NULL;
    for (size_t i = 0; i < given_count; i++) {
        if (memcmp(given[i].digest, digest, sizeof digest) == 0)
            return &given[i];
    }
    return NULL;
}

/* NULL where it is not there, or extends nothing. */
static const struct given *find_earlier(const struct given *one)
{
    for (size_t i = 0; *one->extends && i < given_count; i++) {
        if (strcmp(given[i].serial, one->extends) == 0)
            return &given[i];
    }
    return NULL;
}

static bool is_text(const struct entry *entry, enum entry_field field, const char *value)
{
    return !entry_has(entry, field) ||
           bytes_equal(entry->values[field].text, bytes_of_string(value));
}

static bool is_number(const struct entry *entry, enum entry_field field, uint64_t value)
{
    return !entry_has(entry, field) || entry->values[field].count == value;
}

/* What the entry tells and the warrant does not say; NULL where there is nothing. */
static const char *find_difference(const struct entry *entry)
{
    const struct {
        const char *name;
        bool is_same;
    } parts[] = {
        { "serial", is_text(entry, ENTRY_WARRANT, warrant.serial) },
        { "basis", is_text(entry, ENTRY_BASIS, warrant.basis) },
        { "start", entry->values[ENTRY_FROM].time_ns == warrant.from_ns },
        { "end", entry->values[ENTRY_TO].time_ns == warrant.to_ns },
        { "equipment", is_text(entry, ENTRY_EQUIPMENT, warrant.equipment) },
        { "extends", is_text(entry, ENTRY_EXTENDS, warrant.extends) },
        { "capacity", is_number(entry, ENTRY_CAPACITY, warrant.capacity_bits_per_second) },
        { "share", is_number(entry, ENTRY_SHARE, warrant.share_permille) },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].is_same)
            return parts[i].name;
    }
    return NULL;
}

/* Those before it, the oldest first, each as of its beginning; then itself. */
static bool rule_chain(const struct given *const *chain, size_t count, int64_t at_ns,
                       struct law_ruling *ruling)
{
    struct warrant_place place = { .law = given_law, .trust = &given_trust };
    for (size_t i = count; i-- > 0;) {
        struct error err = { 0 };
        struct bytes envelope = { 0 };
        if (!read_warrant(chain[i]->name, &envelope, &err))
            return false;
        place.now_ns = i == 0 ? at_ns : warrant.from_ns;
        if (!warrant_rule(envelope, &place, &granted[i % 2], ruling))
            return false;
        place.earlier = &granted[i % 2];
    }
    return true;
}

enum given_verdict given_check(const struct entry *entry, struct law_ruling *ruling)
{
    const struct given *chain[CHAIN_MAX] = { find_digest(entry->values[ENTRY_DIGEST].text) };
    struct text words = text_over(ruling->words, sizeof ruling->words);
    struct bytes envelope;
    struct error err = { 0 };
    size_t count = 1;
    if (!chain[0] || !read_warrant(chain[0]->name, &envelope, &err))
        return GIVEN_MISSING;
    const char *difference = find_difference(entry);
    if (difference) {
        text_put_string(&words, difference);
        return GIVEN_DIFFERS;
    }
    for (const struct given *next;
         count < CHAIN_MAX && (next = find_earlier(chain[count - 1]));)
        chain[count++] = next;
    return rule_chain(chain, count, entry->values[ENTRY_AT].time_ns, ruling) ? GIVEN_GOOD
                                                                             : GIVEN_REFUSED;
}
