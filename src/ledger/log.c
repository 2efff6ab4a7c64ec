// SPDX-License-Identifier: Apache-2.0
#include "ledger/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "ledger/files_private.h"
#include "proof/tile.h"

enum { LOCK_PAUSE_NS = 2000000 };

struct ledger {
    int folder;
    struct ledger_signer signer;
    uint64_t committed;
    unsigned full; /* so many tiles from level 0 up are full and not yet written */
    struct tile_edge edge;
    struct text bundle; /* the entries of the last tile of level 0 */
    char bundle_room[TILE_BUNDLE_OCTETS_MAX + 1];
};

static const char checkpoint_path[] = "checkpoint";

bool ledger_signer_init(struct bytes name, const uint8_t seed[32], struct ledger_signer *out)
{
    uint8_t octets[NOTE_PUBLIC_OCTETS];
    *out = (struct ledger_signer){ 0 };
    return sodium_init() >= 0 && crypto_sign_seed_keypair(octets, out->secret, seed) == 0 &&
           note_key_init(name, octets, &out->key) == FAULT_NONE;
}

uint64_t ledger_size(const struct ledger *ledger)
{
    return ledger->edge.size;
}

uint64_t ledger_committed(const struct ledger *ledger)
{
    return ledger->committed;
}

static bool write_tile(struct ledger *ledger, struct tile tile, struct error *err)
{
    char room[TILE_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    tile_write_path(&tile, &path);
    struct bytes octets = tile.is_bundle
                              ? text_bytes(&ledger->bundle)
                              : (struct bytes){ ledger->edge.hashes[tile.level][0].octets,
                                                tile.width * (size_t)TREE_HASH_OCTETS };
    return files_write(ledger->folder, room, octets, err);
}

/* A tile of hashes, and below level 0 its bundle: first, so that no hash is without entry. */
static bool write_level(struct ledger *ledger, struct tile tile, struct error *err)
{
    struct tile bundle = { true, 0, tile.index, tile.width };
    return (tile.level > 0 || write_tile(ledger, bundle, err)) && write_tile(ledger, tile, err);
}

static bool write_full(struct ledger *ledger, struct error *err)
{
    for (unsigned level = 0; level < ledger->full; level++) {
        uint64_t next = ledger->edge.size >> (TILE_HEIGHT * (level + 1));
        if (!write_level(ledger, (struct tile){ false, level, next - 1, TILE_WIDTH }, err))
            return false;
    }
    if (ledger->full > 0)
        ledger->bundle = text_over(ledger->bundle_room, sizeof ledger->bundle_room);
    ledger->full = 0;
    return true;
}

/* The last tile of a level in a log of so many entries; of width 0 when it has just begun. */
static struct tile last_tile(unsigned level, uint64_t size)
{
    uint64_t count = size >> (TILE_HEIGHT * level);
    return (struct tile){ false, level, count / TILE_WIDTH, (unsigned)(count % TILE_WIDTH) };
}

static bool write_partial(struct ledger *ledger, struct error *err)
{
    for (unsigned level = 0; level < TILE_LEVELS_MAX; level++) {
        struct tile tile = last_tile(level, ledger->edge.size);
        struct tile before = last_tile(level, ledger->committed);
        bool is_written = tile.index == before.index && tile.width == before.width;
        if (tile.width > 0 && !is_written && !write_level(ledger, tile, err))
            return false;
    }
    return true;
}

static bool sign(const struct ledger_signer *signer, struct bytes text, struct text *note,
                 struct error *err)
{
    uint8_t signature[NOTE_SIGNATURE_OCTETS];
    if (!signer->sign) {
        note_sign(text, &signer->key, signer->secret, note);
        return true;
    }
    if (!signer->sign(signer->context, text, signature, err))
        return false;
    text_put(note, text);
    text_put_char(note, '\n');
    note_put_signature(&signer->key, signature, note);
    return true;
}

static bool write_checkpoint(struct ledger *ledger, struct error *err)
{
    char text_room[NOTE_NAME_MAX + 128], note_room[sizeof text_room + NOTE_NAME_MAX + 128];
    struct text text = text_over(text_room, sizeof text_room);
    struct text note = text_over(note_room, sizeof note_room);
    struct checkpoint checkpoint = { bytes_of_string(ledger->signer.key.name),
                                     { ledger->edge.size, tile_edge_root(&ledger->edge) } };
    checkpoint_write(&checkpoint, &text);
    if (!sign(&ledger->signer, text_bytes(&text), &note, err))
        return false;
    MUST(!text.cut && !note.cut);
    return files_write(ledger->folder, checkpoint_path, text_bytes(&note), err);
}

static void remove_tile(const struct ledger *ledger, struct tile tile)
{
    char room[TILE_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    tile_write_path(&tile, &path);
    files_remove(ledger->folder, room);
    if (tile.level == 0 && !tile.is_bundle) {
        tile.is_bundle = true;
        remove_tile(ledger, tile);
    }
}

/* What a checkpoint before this one needed, and a wider tile now holds. */
static void remove_replaced(const struct ledger *ledger, uint64_t before)
{
    for (unsigned level = 0; level < TILE_LEVELS_MAX; level++) {
        struct tile tile = last_tile(level, before), now = last_tile(level, ledger->edge.size);
        if (tile.width > 0 && (tile.index != now.index || tile.width != now.width))
            remove_tile(ledger, tile);
    }
}

bool ledger_append(struct ledger *ledger, struct bytes entry, struct error *err)
{
    if (entry.len == 0 || entry.len > TILE_ENTRY_OCTETS_MAX)
        return error_set(err, 0, "an entry of %zu octets is not for the ledger", entry.len);
    if (!write_full(ledger, err))
        return false;
    struct tree_hash leaf = tree_leaf(entry);
    bundle_put(&ledger->bundle, entry);
    MUST(!ledger->bundle.cut);
    ledger->full = tile_edge_add(&ledger->edge, &leaf);
    return true;
}

bool ledger_commit(struct ledger *ledger, struct error *err)
{
    uint64_t before = ledger->committed;
    if (ledger->edge.size == before)
        return true;
    if (!write_full(ledger, err) || !write_partial(ledger, err) ||
        !write_checkpoint(ledger, err))
        return false;
    ledger->committed = ledger->edge.size;
    remove_replaced(ledger, before);
    return true;
}

/* A folder that an interrupted commit made may not be durable, and the next one would take it
 * as it is: so it goes, and is made again. */
static void prune(const struct ledger *ledger, struct tile tile)
{
    char room[TILE_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    tile_write_path(&tile, &path);
    files_prune(ledger->folder, room);
    if (tile.level == 0 && !tile.is_bundle) {
        tile.is_bundle = true;
        prune(ledger, tile);
    }
}

/* Tiles of an interrupted commit, from the last back to the first, so that an interruption here
 * leaves no hole that would hide the rest. */
static void remove_unsigned(const struct ledger *ledger, unsigned level)
{
    struct tile signed_one = last_tile(level, ledger->committed);
    struct tile tile = { true, level, signed_one.index, TILE_WIDTH };
    char room[TILE_PATH_MAX];
    for (bool is_there = true; is_there; tile.index++) {
        struct text path = text_over(room, sizeof room);
        tile.is_bundle = level == 0; /* the first of the two to be written */
        tile_write_path(&tile, &path);
        is_there = files_exist(ledger->folder, room);
    }
    uint64_t last = tile.index;
    tile.is_bundle = false;
    for (uint64_t i = last; i-- > signed_one.index;) {
        unsigned keep = i == signed_one.index ? signed_one.width : 0;
        tile.index = i;
        for (tile.width = TILE_WIDTH; tile.width > 0; tile.width--) {
            if (tile.width != keep)
                remove_tile(ledger, tile);
        }
    }
    for (uint64_t i = signed_one.index; i <= last; i++)
        prune(ledger, (struct tile){ false, level, i, 1 });
}

static bool not_whole(const char *path, const char *words, struct error *err)
{
    return error_set(err, 0, "the ledger is not whole: %s %s", path, words);
}

static bool read_tile(struct ledger *ledger, struct tile tile, struct error *err)
{
    char room[TILE_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    uint8_t *octets = tile.is_bundle ? (uint8_t *)ledger->bundle_room
                                     : ledger->edge.hashes[tile.level][0].octets;
    struct files_room read = { .at = octets,
                               .max = tile.is_bundle ? sizeof ledger->bundle_room
                                                     : TILE_OCTETS_MAX };
    tile_write_path(&tile, &path);
    switch (files_read(ledger->folder, room, &read, err)) {
    case FILES_MISSING: return not_whole(room, "is missing", err);
    case FILES_FAILED: return false;
    case FILES_READ: break;
    }
    if (tile.is_bundle) {
        ledger->bundle.len = read.len;
        return read.len < read.max || not_whole(room, "is too long", err);
    }
    return read.len == tile.width * (size_t)TREE_HASH_OCTETS ||
           not_whole(room, "is not as long as it must be", err);
}

/* The entries the next commit writes again must be those of their hashes. */
static bool check_bundle(const struct ledger *ledger, unsigned width, struct error *err)
{
    struct cursor bundle = cursor_over(text_bytes(&ledger->bundle));
    for (unsigned i = 0; i < width; i++) {
        struct bytes entry;
        if (bundle_take(&bundle, &entry) != FAULT_NONE)
            return not_whole("the last bundle", "of entries is damaged", err);
        struct tree_hash leaf = tree_leaf(entry);
        if (!tree_hash_equal(&leaf, &ledger->edge.hashes[0][i]))
            return not_whole("the last bundle", "holds another entry than was logged", err);
    }
    return bundle.left == 0 || not_whole("the last bundle", "is too long", err);
}

static bool read_edge(struct ledger *ledger, const struct tree_head *head, struct error *err)
{
    ledger->edge.size = ledger->committed = head->size;
    for (unsigned level = 0; level < TILE_LEVELS_MAX; level++) {
        struct tile tile = last_tile(level, head->size);
        if (tile.width > 0 && !read_tile(ledger, tile, err))
            return false;
    }
    struct tile bundle = last_tile(0, head->size);
    bundle.is_bundle = true;
    if (bundle.width > 0 &&
        (!read_tile(ledger, bundle, err) || !check_bundle(ledger, bundle.width, err)))
        return false;
    struct tree_hash root = tile_edge_root(&ledger->edge);
    return tree_hash_equal(&root, &head->root) ||
           not_whole("its last tiles", "do not have the root that was signed", err);
}

static bool recover(struct ledger *ledger, struct bytes octets, struct error *err)
{
    struct note note;
    struct checkpoint checkpoint;
    if (note_read(octets, &note) != FAULT_NONE ||
        checkpoint_read(note.text, &checkpoint) != FAULT_NONE)
        return not_whole(checkpoint_path, "cannot be read", err);
    if (note_check(&note, &ledger->signer.key) != FAULT_NONE ||
        !bytes_equal(checkpoint.origin, bytes_of_string(ledger->signer.key.name)))
        return error_set(err, 0, "the ledger was signed by another key");
    if (!read_edge(ledger, &checkpoint.head, err))
        return false;
    for (unsigned level = TILE_LEVELS_MAX; level-- > 0;)
        remove_unsigned(ledger, level);
    /* Who made this checkpoint may have been killed before it was durable. */
    return files_sync(ledger->folder, ".", err);
}

/* Nothing but a checkpoint begins a log: tiles without one have lost theirs. */
static bool begin(struct ledger *ledger, struct error *err)
{
    if (files_exist(ledger->folder, "tile"))
        return not_whole(checkpoint_path, "is missing", err);
    return files_sync(ledger->folder, "..", err) && write_checkpoint(ledger, err);
}

/* By asking again and again: to wait in flock would need a signal to end it. */
static bool lock(int folder, int64_t wait_ns)
{
    const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
    while (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || wait_ns <= 0)
            return false;
        wait_ns -= LOCK_PAUSE_NS;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

static bool open_folder(struct ledger *ledger, const char *path, int64_t wait_ns,
                        struct error *err)
{
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return error_set(err, errno, "cannot make %s", path);
    ledger->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ledger->folder < 0)
        return error_set(err, errno, "cannot open %s", path);
    if (!lock(ledger->folder, wait_ns))
        return error_set(err, errno, "another process writes the ledger %s", path);
    return true;
}

static bool open_log(struct ledger *ledger, struct error *err)
{
    uint8_t octets[NOTE_OCTETS_MAX + 1];
    struct files_room read = { .at = octets, .max = sizeof octets };
    switch (files_read(ledger->folder, checkpoint_path, &read, err)) {
    case FILES_MISSING: return begin(ledger, err);
    case FILES_FAILED: return false;
    case FILES_READ: break;
    }
    return recover(ledger, (struct bytes){ octets, read.len }, err);
}

struct ledger *ledger_open_waiting(const char *folder, const struct ledger_signer *signer,
                                   int64_t wait_ns, struct error *err)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) {
        (void)error_set(err, errno, "no memory for the ledger");
        return NULL;
    }
    ledger->folder = -1;
    ledger->signer = *signer;
    ledger->bundle = text_over(ledger->bundle_room, sizeof ledger->bundle_room);
    if (sodium_init() >= 0 && open_folder(ledger, folder, wait_ns, err) &&
        open_log(ledger, err))
        return ledger;
    ledger_close(ledger);
    return NULL;
}

struct ledger *ledger_open(const char *folder, const struct ledger_signer *signer,
                           struct error *err)
{
    return ledger_open_waiting(folder, signer, 0, err);
}

void ledger_close(struct ledger *ledger)
{
    if (ledger->folder >= 0)
        (void)close(ledger->folder);
    sodium_memzero(&ledger->signer, sizeof ledger->signer);
    free(ledger);
}
