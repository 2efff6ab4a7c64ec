// SPDX-License-Identifier: Apache-2.0
/* A log in files (C2SP tlog-tiles): 256 hashes a tile, and bundles of the entries below the
 * tiles of level 0, each behind its length in two octets.  Here is only what stands where. */
#pragma once

#include "base/cursor.h"
#include "base/fault.h"
#include "base/text.h"
#include "proof/tree.h"

enum {
    TILE_HEIGHT = 8, /* levels of the tree in one tile */
    TILE_WIDTH = 256,
    TILE_LEVELS_MAX = 8,
    TILE_PATH_MAX = 96,
    TILE_OCTETS_MAX = TILE_WIDTH * TREE_HASH_OCTETS,
    TILE_ENTRY_OCTETS_MAX = 4096, /* our own limit; the format's is 65535 */
    TILE_BUNDLE_OCTETS_MAX = TILE_WIDTH * (2 + TILE_ENTRY_OCTETS_MAX),
};

struct tile {
    bool is_bundle; /* of entries, beside the tile of level 0 with the same index */
    unsigned level;
    uint64_t index;
    unsigned width; /* hashes or entries in it: 1 to TILE_WIDTH, which is a full one */
};

/* How much of a tile there is in a log of so many entries; 0 when there is none of it. */
unsigned tile_width(unsigned level, uint64_t index, uint64_t size);
/* "tile/0/x001/x234/067", or "tile/entries/000.p/8" for what is not full. */
void tile_write_path(const struct tile *tile, struct text *out);
/* The root over hashes [index << level, (index + 1) << level) of one tile. */
struct tree_hash tile_node(const struct tree_hash *hashes, unsigned level, unsigned index);

void bundle_put(struct text *bundle, struct bytes entry);
/* FAULT_LIMIT: longer than TILE_ENTRY_OCTETS_MAX. */
enum fault bundle_take(struct cursor *bundle, struct bytes *out);

/* The last tile of each level of a growing log; how many of its hashes count follows from the
 * size.  All zero is the empty log. */
struct tile_edge {
    uint64_t size;
    struct tree_hash hashes[TILE_LEVELS_MAX][TILE_WIDTH];
};

/* Returns how many tiles, from level 0 up, became full.  They stay as they are until the next
 * is added, each with the index before the one its level goes on with. */
unsigned tile_edge_add(struct tile_edge *edge, const struct tree_hash *leaf);
struct tree_hash tile_edge_root(const struct tile_edge *edge);
