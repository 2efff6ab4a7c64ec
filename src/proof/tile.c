// SPDX-License-Identifier: Apache-2.0
#include "proof/tile.h"

#include "base/must.h"

unsigned tile_width(unsigned level, uint64_t index, uint64_t size)
{
    uint64_t count = level < TILE_LEVELS_MAX ? size >> (level * TILE_HEIGHT) : 0;
    if (index > count / TILE_WIDTH)
        return 0;
    uint64_t left = count - index * TILE_WIDTH;
    return left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH;
}

/* Three digits a folder, all but the last with an x before them. */
static void write_index(uint64_t index, struct text *out)
{
    uint64_t unit = 1;
    while (index / unit >= 1000)
        unit *= 1000;
    for (; unit > 1; unit /= 1000)
        text_format(out, "x%03u/", (unsigned)(index / unit % 1000));
    text_format(out, "%03u", (unsigned)(index % 1000));
}

void tile_write_path(const struct tile *tile, struct text *out)
{
    if (tile->is_bundle)
        text_put_string(out, "tile/entries/");
    else
        text_format(out, "tile/%u/", tile->level);
    write_index(tile->index, out);
    if (tile->width < TILE_WIDTH)
        text_format(out, ".p/%u", tile->width);
}

struct tree_hash tile_node(const struct tree_hash *hashes, unsigned level, unsigned index)
{
    struct tree_hash row[TILE_WIDTH];
    size_t count = (size_t)1 << level;
    MUST(level <= TILE_HEIGHT && (index + 1) * count <= TILE_WIDTH);
    memcpy(row, hashes + index * count, count * sizeof *row);
    for (; count > 1; count /= 2) {
        for (size_t i = 0; i < count / 2; i++)
            row[i] = tree_parent(&row[2 * i], &row[2 * i + 1]);
    }
    return row[0];
}

void bundle_put(struct text *bundle, struct bytes entry)
{
    MUST(entry.len <= TILE_ENTRY_OCTETS_MAX);
    text_put_char(bundle, (char)(entry.len >> 8));
    text_put_char(bundle, (char)(entry.len & 0xff));
    text_put(bundle, entry);
}

enum fault bundle_take(struct cursor *bundle, struct bytes *out)
{
    size_t len = cursor_be16(bundle);
    if (!bundle->broken && len > TILE_ENTRY_OCTETS_MAX)
        return FAULT_LIMIT;
    struct bytes entry = cursor_bytes(bundle, len);
    if (bundle->broken)
        return FAULT_TRUNCATED;
    *out = entry;
    return FAULT_NONE;
}

unsigned tile_edge_add(struct tile_edge *edge, const struct tree_hash *leaf)
{
    MUST(edge->size < TREE_SIZE_MAX);
    struct tree_hash hash = *leaf;
    uint64_t count = edge->size;
    unsigned level = 0;
    while (count % TILE_WIDTH == TILE_WIDTH - 1) {
        edge->hashes[level][TILE_WIDTH - 1] = hash;
        hash = tile_node(edge->hashes[level], TILE_HEIGHT, 0);
        level++;
        count /= TILE_WIDTH;
    }
    edge->hashes[level][count % TILE_WIDTH] = hash;
    edge->size++;
    return level;
}

/* Every subtree the root is made of is the last whole one of its level of the tree, and lies in
 * the last tile of its level of tiles. */
struct tree_hash tile_edge_root(const struct tile_edge *edge)
{
    const struct tree_range empty = { 0 };
    struct tree_hash root = tree_range_root(&empty);
    bool is_first = true;
    for (unsigned level = 0; edge->size >> level > 0; level++) {
        uint64_t count = edge->size >> level;
        unsigned inside = level % TILE_HEIGHT;
        if (count % 2 == 0)
            continue;
        uint64_t index = (count - 1) & ((UINT64_C(1) << (TILE_HEIGHT - inside)) - 1);
        struct tree_hash node =
            tile_node(edge->hashes[level / TILE_HEIGHT], inside, (unsigned)index);
        root = is_first ? node : tree_parent(&node, &root);
        is_first = false;
    }
    return root;
}
