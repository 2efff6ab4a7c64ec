// SPDX-License-Identifier: Apache-2.0
#include "ledger/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/files_private.h"
#include "proof/entry.h"

struct audit {
    int folder;
    const struct note_key *key; /* NULL: no signature is checked */
    audit_visit_fn *visit;      /* or NULL */
    void *context;              /* for visit */
    struct checkpoint checkpoint;
    struct tile_edge edge; /* computed from the entries */
    struct audit_wrong wrong;
    size_t len; /* of what octets hold */
    uint8_t octets[TILE_BUNDLE_OCTETS_MAX + 1];
    struct tree_hash tile[TILE_WIDTH + 1];
    size_t note_len;
    uint8_t note[NOTE_OCTETS_MAX + 1];
};

static void write_path(struct tile tile, char room[TILE_PATH_MAX])
{
    struct text path = text_over(room, TILE_PATH_MAX);
    tile_write_path(&tile, &path);
}

/* Always false. */
PRINTF(3, 4)
static bool say(struct audit_wrong *wrong, const char *file, const char *format, ...)
{
    struct text path = text_over(wrong->file, sizeof wrong->file);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(wrong->words, sizeof wrong->words, format, arguments);
    va_end(arguments);
    text_put_string(&path, file);
    wrong->is_wrong = true;
    return false;
}

static void place(struct audit_wrong *wrong, uint64_t first, uint64_t last)
{
    wrong->has_entry = true;
    wrong->first = first;
    wrong->last = last;
}

static bool read_checkpoint(const struct note_key *key, struct bytes octets, const char *file,
                            struct audit_wrong *wrong, struct checkpoint *out)
{
    struct note note;
    enum fault fault = note_read(octets, &note);
    if (fault == FAULT_NONE)
        fault = checkpoint_read(note.text, out);
    if (fault != FAULT_NONE)
        return say(wrong, file, "it is no checkpoint: %s", fault_name(fault));
    if (!key)
        return true;
    if (!bytes_equal(out->origin, bytes_of_string(key->name)))
        return say(wrong, file, "it is of another log than the key");
    if (note_check(&note, key) != FAULT_NONE)
        return say(wrong, file, "it is not signed by the key, or was changed");
    return true;
}

static bool open_checkpoint(struct audit *audit, const char *folder, struct audit_wrong *wrong,
                            struct error *err)
{
    struct files_room read = { .at = audit->note, .max = sizeof audit->note };
    audit->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (audit->folder < 0)
        return error_set(err, errno, "cannot open the folder %s", folder);
    switch (files_read(audit->folder, "checkpoint", &read, err)) {
    case FILES_MISSING: return say(wrong, "checkpoint", "it is missing");
    case FILES_FAILED: return false;
    case FILES_READ: break;
    }
    audit->note_len = read.len;
    return read_checkpoint(audit->key, audit_note(audit), "checkpoint", wrong,
                           &audit->checkpoint);
}

struct audit *audit_open(const char *folder, const struct note_key *key,
                         struct audit_wrong *wrong, struct error *err)
{
    struct audit *audit = calloc(1, sizeof *audit);
    if (!audit) {
        (void)error_set(err, errno, "no memory for the check");
        return NULL;
    }
    audit->key = key;
    audit->folder = -1;
    if (sodium_init() >= 0 && open_checkpoint(audit, folder, wrong, err))
        return audit;
    audit_close(audit);
    return NULL;
}

void audit_close(struct audit *audit)
{
    if (audit->folder >= 0)
        (void)close(audit->folder);
    free(audit);
}

const struct checkpoint *audit_checkpoint(const struct audit *audit)
{
    return &audit->checkpoint;
}

struct bytes audit_note(const struct audit *audit)
{
    return (struct bytes){ audit->note, audit->note_len };
}

void audit_visit(struct audit *audit, audit_visit_fn *visit, void *context)
{
    audit->visit = visit;
    audit->context = context;
}

/* The same tile as a longer log has it.  Only a checkpoint put back leaves a wider tile alone:
 * the writer keeps what its last checkpoint needs. */
static bool is_wider(const struct audit *audit, struct tile tile)
{
    char room[TILE_PATH_MAX];
    while (tile.width++ < TILE_WIDTH) {
        write_path(tile, room);
        if (files_exist(audit->folder, room))
            return true;
    }
    return false;
}

bool audit_has_more(const struct audit *audit)
{
    uint64_t size = audit->checkpoint.head.size;
    struct tile tile = { true, 0, size / TILE_WIDTH, (unsigned)(size % TILE_WIDTH) };
    return is_wider(audit, tile);
}

static bool missing(struct audit *audit, struct tile tile, const char *path)
{
    unsigned shift = tile.level * TILE_HEIGHT;
    uint64_t size = audit->checkpoint.head.size, last = (tile.index + 1) << 8 << shift;
    if (is_wider(audit, tile)) {
        place(&audit->wrong, size, size);
        return say(&audit->wrong, path,
                   "the log went on after this checkpoint, which was put back");
    }
    place(&audit->wrong, tile.index << 8 << shift, (last < size ? last : size) - 1);
    return say(&audit->wrong, path, "it is missing");
}

/* Into octets (a bundle) or tile.  False: wrong, or failed with a text in err. */
static bool read_tile(struct audit *audit, struct tile tile, struct error *err)
{
    char path[TILE_PATH_MAX];
    struct files_room read = {
        .at = tile.is_bundle ? audit->octets : audit->tile[0].octets,
        .max = tile.is_bundle ? sizeof audit->octets : sizeof audit->tile,
    };
    write_path(tile, path);
    switch (files_read(audit->folder, path, &read, err)) {
    case FILES_MISSING: return missing(audit, tile, path);
    case FILES_FAILED: return false;
    case FILES_READ: break;
    }
    audit->len = read.len;
    if (tile.is_bundle || audit->len == tile.width * (size_t)TREE_HASH_OCTETS)
        return true;
    size_t count = audit->len / TREE_HASH_OCTETS;
    uint64_t hash = tile.index * TILE_WIDTH + (count < tile.width ? count : tile.width - 1U);
    unsigned shift = tile.level * TILE_HEIGHT;
    place(&audit->wrong, hash << shift, ((hash + 1) << shift) - 1);
    return say(&audit->wrong, path, "it has %zu octets and not %u", audit->len,
               tile.width * TREE_HASH_OCTETS);
}

/* A hash that is not that of the entries below it.  The first found stands, but for one that
 * lies wholly before it. */
static void note_hash(struct audit *audit, struct tile tile, unsigned at)
{
    unsigned shift = tile.level * TILE_HEIGHT;
    uint64_t first = (tile.index * TILE_WIDTH + at) << shift;
    uint64_t last = first + (UINT64_C(1) << shift) - 1;
    char path[TILE_PATH_MAX];
    if (audit->wrong.is_wrong && last >= audit->wrong.first)
        return;
    write_path(tile, path);
    place(&audit->wrong, first, last);
    (void)say(&audit->wrong, path, "its hash is not that of what was logged there");
}

static bool check_tile(struct audit *audit, struct tile tile, struct error *err)
{
    if (!read_tile(audit, tile, err))
        return false;
    for (unsigned i = 0; i < tile.width; i++) {
        if (tree_hash_equal(&audit->tile[i], &audit->edge.hashes[tile.level][i]))
            continue;
        note_hash(audit, tile, i);
        return true;
    }
    return true;
}

/* The tiles that became full with the last entry, or all last ones at the end of the log. */
static bool check_full(struct audit *audit, unsigned full, struct error *err)
{
    for (unsigned level = 0; level < full; level++) {
        uint64_t next = audit->edge.size >> (TILE_HEIGHT * (level + 1));
        if (!check_tile(audit, (struct tile){ false, level, next - 1, TILE_WIDTH }, err))
            return false;
    }
    return true;
}

static bool check_last(struct audit *audit, struct error *err)
{
    for (unsigned level = 0; level < TILE_LEVELS_MAX; level++) {
        uint64_t count = audit->edge.size >> (TILE_HEIGHT * level);
        struct tile tile = { false, level, count / TILE_WIDTH, (unsigned)(count % TILE_WIDTH) };
        if (tile.width > 0 && !check_tile(audit, tile, err))
            return false;
    }
    return true;
}

static bool damaged(struct audit *audit, struct tile tile, uint64_t entry, const char *words)
{
    char path[TILE_PATH_MAX];
    if (audit->wrong.is_wrong)
        return false;
    write_path(tile, path);
    place(&audit->wrong, entry, entry);
    return say(&audit->wrong, path, "%s", words);
}

/* The entries of one bundle.  One that cannot be read ends the check, after the tile beside it
 * was asked whether one before it is another already. */
static bool check_bundle(struct audit *audit, struct tile tile, struct error *err)
{
    char room[ENTRY_OCTETS_MAX + 1];
    struct tile hashes = tile;
    hashes.is_bundle = false;
    if (!read_tile(audit, tile, err))
        return false;
    size_t len = audit->len;
    if (!read_tile(audit, hashes, err))
        return false;
    struct cursor bundle = cursor_over((struct bytes){ audit->octets, len });
    unsigned full = 0;
    for (unsigned i = 0; i < tile.width; i++) {
        struct bytes json;
        struct entry entry;
        struct text escapes = text_over(room, sizeof room);
        uint64_t number = tile.index * TILE_WIDTH + i;
        if (bundle_take(&bundle, &json) != FAULT_NONE)
            return damaged(audit, tile, number, "it ends before this entry does");
        struct tree_hash leaf = tree_leaf(json);
        full = tile_edge_add(&audit->edge, &leaf);
        if (!tree_hash_equal(&leaf, &audit->tile[i]))
            note_hash(audit, hashes, i);
        else if (entry_read(json, &escapes, &entry) != FAULT_NONE)
            return damaged(audit, tile, number, "it is no entry, though logged as one");
        else if (audit->visit)
            audit->visit(audit->context, number, &entry);
    }
    if (bundle.left > 0)
        return damaged(audit, tile, tile.index * TILE_WIDTH + tile.width,
                       "more stands after its last entry");
    return check_full(audit, full, err);
}

/* Which of the two is wrong, where an entry and its hash differ, the root tells: it is computed
 * from the entries. */
static void conclude(struct audit *audit)
{
    struct tree_hash root = tile_edge_root(&audit->edge);
    const struct tree_head *head = &audit->checkpoint.head;
    if (tree_hash_equal(&root, &head->root)) {
        if (audit->wrong.is_wrong) {
            struct text words = text_over(audit->wrong.words, sizeof audit->wrong.words);
            text_put_string(&words,
                            "this tile was changed; the entries are as they were signed");
        }
        return;
    }
    if (audit->wrong.is_wrong)
        return;
    if (head->size > 0)
        place(&audit->wrong, 0, head->size - 1);
    (void)say(&audit->wrong, "checkpoint",
              "the entries, which agree with all tiles, are not those it was signed for");
}

bool audit_run(struct audit *audit, struct audit_wrong *out, struct error *err)
{
    uint64_t size = audit->checkpoint.head.size;
    bool is_read = true;
    memset(&audit->edge, 0, sizeof audit->edge);
    memset(&audit->wrong, 0, sizeof audit->wrong);
    err->text[0] = '\0';
    for (uint64_t index = 0; is_read && tile_width(0, index, size) > 0; index++) {
        struct tile tile = { true, 0, index, tile_width(0, index, size) };
        is_read = check_bundle(audit, tile, err);
    }
    if (is_read && check_last(audit, err))
        conclude(audit);
    *out = audit->wrong;
    return err->text[0] == '\0';
}

struct reading {
    struct audit *audit;
    struct error *err;
};

static bool read_node(void *context, unsigned level, uint64_t index, struct tree_hash *out)
{
    struct reading *reading = context;
    unsigned inside = level % TILE_HEIGHT, width = 1U << (TILE_HEIGHT - inside);
    struct tile tile = { false, level / TILE_HEIGHT, index / width, 0 };
    tile.width = tile_width(tile.level, tile.index, reading->audit->checkpoint.head.size);
    if (!read_tile(reading->audit, tile, reading->err))
        return false;
    *out = tile_node(reading->audit->tile, inside, (unsigned)(index % width));
    return true;
}

static bool find_entry(struct audit *audit, uint64_t index, struct bytes *out,
                       struct error *err)
{
    struct tile tile = { true, 0, index / TILE_WIDTH, 0 };
    tile.width = tile_width(0, tile.index, audit->checkpoint.head.size);
    if (!read_tile(audit, tile, err))
        return false;
    struct cursor bundle = cursor_over((struct bytes){ audit->octets, audit->len });
    for (unsigned i = 0; i <= index % TILE_WIDTH; i++) {
        if (bundle_take(&bundle, out) != FAULT_NONE)
            return error_set(err, 0, "entry %" PRIu64 " cannot be read", index);
    }
    return true;
}

bool audit_prove_inclusion(struct audit *audit, uint64_t index, struct bytes *entry,
                           struct tree_proof *out, struct error *err)
{
    struct reading reading = { audit, err };
    struct tree_source source = { read_node, &reading };
    const struct tree_head *head = &audit->checkpoint.head;
    if (index >= head->size)
        return error_set(err, 0, "there is no entry %" PRIu64 ": the log has %" PRIu64, index,
                         head->size);
    if (!find_entry(audit, index, entry, err) ||
        !tree_prove_inclusion(&source, index, head->size, out))
        return error_set(err, 0, "no proof of entry %" PRIu64, index);
    struct tree_hash leaf = tree_leaf(*entry);
    return tree_check_inclusion(out, index, &leaf, head) ||
           error_set(err, 0, "the proof of entry %" PRIu64 " does not hold", index);
}

bool audit_prove_consistency(struct audit *audit, struct bytes old_note,
                             struct audit_wrong *wrong, struct tree_head *old,
                             struct tree_proof *out)
{
    static const char file[] = "the checkpoint given";
    struct error err;
    struct reading reading = { audit, &err };
    struct tree_source source = { read_node, &reading };
    const struct tree_head *head = &audit->checkpoint.head;
    struct checkpoint checkpoint;
    struct tree_hash root;
    memset(&checkpoint, 0, sizeof checkpoint);
    if (!read_checkpoint(audit->key, old_note, file, wrong, &checkpoint))
        return false;
    *old = checkpoint.head;
    if (!bytes_equal(checkpoint.origin, audit->checkpoint.origin))
        return say(wrong, file, "it is of another log");
    if (old->size > head->size) {
        place(wrong, head->size, old->size - 1);
        return say(wrong, file, "it was signed for more entries than the log has");
    }
    if (!tree_root(&source, old->size, &root) ||
        !tree_prove_consistency(&source, old->size, head->size, out))
        return say(wrong, file, "the tiles cannot be read");
    if (tree_hash_equal(&root, &old->root) && tree_check_consistency(out, old, head))
        return true;
    if (old->size > 0)
        place(wrong, 0, old->size - 1);
    return say(wrong, file, "it was signed for other entries: the log was forked or rewritten");
}
