// SPDX-License-Identifier: Apache-2.0
#include "proof/tile.h"

#include "check.h"

static void check_path(struct tile tile, const char *expected)
{
    char room[TILE_PATH_MAX];
    struct text path = text_over(room, sizeof room);
    tile_write_path(&tile, &path);
    check(!path.cut);
    check_text(text_bytes(&path), expected);
}

static void paths_are_those_of_the_specification(void **state)
{
    (void)state;
    check_path((struct tile){ false, 0, 0, 256 }, "tile/0/000");
    check_path((struct tile){ false, 1, 999, 8 }, "tile/1/999.p/8");
    check_path((struct tile){ false, 0, 1000, 256 }, "tile/0/x001/000");
    check_path((struct tile){ true, 0, 1234067, 255 }, "tile/entries/x001/x234/067.p/255");
    check_path((struct tile){ true, 0, TREE_SIZE_MAX, 255 },
               "tile/entries/x004/x611/x686/x018/x427/x387/904.p/255");
}

static void the_width_of_a_tile_follows_from_the_size(void **state)
{
    (void)state;
    check_equal(tile_width(0, 0, 0), 0);
    check_equal(tile_width(0, 0, 255), 255);
    check_equal(tile_width(0, 0, 256), 256);
    check_equal(tile_width(0, 1, 256), 0);
    check_equal(tile_width(0, 1, 300), 44);
    check_equal(tile_width(1, 0, 300), 1);
    check_equal(tile_width(1, 0, 65536), 256);
    check_equal(tile_width(2, 0, 65536), 1);
    check_equal(tile_width(9, 0, UINT64_MAX), 0);
}

static void the_edge_has_the_root_of_all_entries(void **state)
{
    (void)state;
    static struct tile_edge edge;
    static struct tree_range range;
    for (uint32_t i = 0; i < 66000; i++) {
        struct tree_hash leaf = tree_leaf((struct bytes){ (const uint8_t *)&i, sizeof i });
        unsigned full = tile_edge_add(&edge, &leaf);
        tree_range_add(&range, &leaf);
        check_equal(full, (i + 1) % 65536 == 0 ? 2 : (i + 1) % 256 == 0 ? 1 : 0);
        if (i % 251 != 0 && i % 256 < 254 && i > 600)
            continue;
        struct tree_hash root = tile_edge_root(&edge), expected = tree_range_root(&range);
        check(tree_hash_equal(&root, &expected));
    }
}

static void a_bundle_gives_back_its_entries_and_refuses_every_shorter_one(void **state)
{
    (void)state;
    char room[64];
    struct text bundle = text_over(room, sizeof room);
    struct bytes entry;
    bundle_put(&bundle, BYTES("one"));
    bundle_put(&bundle, BYTES("three"));
    struct bytes whole = text_bytes(&bundle);
    struct cursor cursor = cursor_over(whole);
    check_equal(bundle_take(&cursor, &entry), FAULT_NONE);
    check_text(entry, "one");
    check_equal(bundle_take(&cursor, &entry), FAULT_NONE);
    check_text(entry, "three");
    check_equal(cursor.left, 0);
    for (size_t len = 0; len < whole.len; len++) {
        cursor = cursor_over(bytes_slice(whole, 0, len));
        check(bundle_take(&cursor, &entry) != FAULT_NONE ||
              bundle_take(&cursor, &entry) == FAULT_TRUNCATED);
    }
    cursor = cursor_over(BYTES("\x10\x01"));
    check_equal(bundle_take(&cursor, &entry), FAULT_LIMIT);
}

TESTS(TEST(paths_are_those_of_the_specification),
      TEST(the_width_of_a_tile_follows_from_the_size),
      TEST(the_edge_has_the_root_of_all_entries),
      TEST(a_bundle_gives_back_its_entries_and_refuses_every_shorter_one))
