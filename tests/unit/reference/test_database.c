// SPDX-License-Identifier: Apache-2.0
/* Writes small databases by the MaxMind DB File Format Specification 2.0 and reads them. */
#include "reference/prefixes.h"
#include "temporary.h"

enum { NODES_MAX = 512, EMPTY = -1, DATA = 1000000 };

/* records: a node's number, EMPTY, or DATA + offset into the data section. */
struct tree {
    int records[NODES_MAX][2];
    size_t count;
};

static void add(struct tree *tree, const char *words, int data_offset)
{
    struct ip_prefix prefix;
    check(ip_prefix_read(bytes_of_string(words), &prefix));
    if (ip_is_v4(&prefix.address))
        memset(prefix.address.octets, 0, 12); /* the tree has IPv4 under ::/96 */
    size_t node = 0;
    for (size_t bit = 0; bit < prefix.len; bit++) {
        int *record = &tree->records[node][prefix.address.octets[bit / 8] >> (7 - bit % 8) & 1];
        if (bit + 1 == prefix.len) {
            *record = DATA + data_offset;
        } else {
            if (*record == EMPTY) {
                *record = (int)tree->count;
                tree->records[tree->count][0] = EMPTY;
                tree->records[tree->count++][1] = EMPTY;
            }
            node = (size_t)*record;
        }
    }
}

/* Leads to the root of the IPv4 part from elsewhere, as 6to4 does. */
static void alias(struct tree *tree, const char *words)
{
    size_t v4 = 0;
    for (size_t bit = 0; bit < 96; bit++)
        v4 = (size_t)tree->records[v4][0];
    add(tree, words, 0);
    for (size_t node = tree->count; node-- > 0;) {
        for (size_t side = 0; side < 2; side++) {
            if (tree->records[node][side] == DATA)
                tree->records[node][side] = (int)v4;
        }
    }
}

struct blob {
    uint8_t at[16384];
    size_t len;
};

static void put(struct blob *blob, const void *at, size_t len)
{
    check(blob->len + len <= sizeof blob->at);
    memcpy(blob->at + blob->len, at, len);
    blob->len += len;
}

static void put_string(struct blob *blob, const char *string)
{
    uint8_t control = (uint8_t)(2 << 5 | strlen(string));
    check(strlen(string) < 29);
    put(blob, &control, 1);
    put(blob, string, strlen(string));
}

static void put_map(struct blob *blob, size_t pairs)
{
    uint8_t control = (uint8_t)(7 << 5 | pairs);
    put(blob, &control, 1);
}

/* type 5 is uint16, 6 is uint32; 9 (uint64) and 11 (array) have a second octet. */
static void put_number(struct blob *blob, unsigned type, uint32_t number)
{
    size_t len = type == 5 ? 2 : 4;
    uint8_t control = (uint8_t)(type << 5 | len);
    put(blob, &control, 1);
    for (size_t i = len; i-- > 0;) {
        uint8_t octet = (uint8_t)(number >> 8 * i);
        put(blob, &octet, 1);
    }
}

static void put_country(struct blob *blob, const char *code)
{
    put_map(blob, 1);
    put_string(blob, "country");
    put_map(blob, 1);
    put_string(blob, "iso_code");
    put_string(blob, code);
}

static void put_metadata(struct blob *blob, size_t node_count)
{
    put(blob, "\xab\xcd\xefMaxMind.com", 14);
    put_map(blob, 9);
    put_string(blob, "binary_format_major_version");
    put_number(blob, 5, 2);
    put_string(blob, "binary_format_minor_version");
    put_number(blob, 5, 0);
    put_string(blob, "build_epoch");
    put(blob, "\x01\x02\x01", 3); /* uint64 of one octet */
    put_string(blob, "database_type");
    put_string(blob, "Test-Country");
    put_string(blob, "description");
    put_map(blob, 0);
    put_string(blob, "ip_version");
    put_number(blob, 5, 6);
    put_string(blob, "languages");
    put(blob, "\x00\x04", 2); /* an empty array */
    put_string(blob, "node_count");
    put_number(blob, 6, (uint32_t)node_count);
    put_string(blob, "record_size");
    put_number(blob, 5, 24);
}

static void put_tree(struct blob *blob, const struct tree *tree)
{
    for (size_t node = 0; node < tree->count; node++) {
        for (size_t side = 0; side < 2; side++) {
            int record = tree->records[node][side];
            size_t value = record == EMPTY  ? tree->count
                           : record >= DATA ? tree->count + 16 + (size_t)(record - DATA)
                                            : (size_t)record;
            uint8_t octets[3] = { (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                                  (uint8_t)value };
            put(blob, octets, sizeof octets);
        }
    }
}

static struct temporary write_database(const struct tree *tree)
{
    static const uint8_t separator[16];
    struct blob blob = { .len = 0 };
    put_tree(&blob, tree);
    put(&blob, separator, sizeof separator);
    put(&blob, "\xe0", 1); /* data: an empty map, then the two countries */
    put_country(&blob, "JP");
    put_country(&blob, "US");
    put_metadata(&blob, tree->count);
    return temporary_file("country.mmdb", (struct bytes){ blob.at, blob.len });
}

enum { NOTHING = 0, JAPAN = 1, AMERICA = 1 + 22 };

static struct error err;

static bool load(const struct tree *tree, const struct places **out)
{
    struct temporary file = write_database(tree);
    const char *path = file.path;
    struct prefix_files files = { .databases = &path,
                                  .database_count = 1,
                                  .country = { 'J', 'P' } };
    bool is_loaded = prefixes_load(&files, out, &err);
    temporary_remove(&file);
    return is_loaded;
}

static enum place find(const struct places *places, const char *words)
{
    struct ip_address address;
    check(ip_read(bytes_of_string(words), &address));
    return places_find(places, &address).place;
}

static struct tree new_tree(void)
{
    return (struct tree){ .records = { { EMPTY, EMPTY } }, .count = 1 };
}

static void a_database_tells_places_by_country(void **state)
{
    (void)state;
    struct tree tree = new_tree();
    add(&tree, "198.51.100.0/24", JAPAN);
    add(&tree, "203.0.113.0/25", AMERICA);
    add(&tree, "192.0.2.0/24", NOTHING);
    add(&tree, "2001:db8::/32", JAPAN);
    const struct places *places = NULL;
    check(load(&tree, &places));
    check_equal(places_count(places), 3);
    check_equal(find(places, "198.51.100.255"), PLACE_DOMESTIC);
    check_equal(find(places, "203.0.113.127"), PLACE_FOREIGN);
    check_equal(find(places, "203.0.113.128"), PLACE_UNKNOWN);
    check_equal(find(places, "192.0.2.1"), PLACE_UNKNOWN);
    check_equal(find(places, "2001:db8::1"), PLACE_DOMESTIC);
}

static void ways_back_into_the_ipv4_part_are_not_followed(void **state)
{
    (void)state;
    struct tree tree = new_tree();
    add(&tree, "198.51.100.0/24", JAPAN);
    alias(&tree, "2002::/16");
    alias(&tree, "2001:0:8000::/33");
    const struct places *places = NULL;
    check(load(&tree, &places));
    check_equal(places_count(places), 1);
    check_equal(find(places, "198.51.100.1"), PLACE_DOMESTIC);
    check_equal(find(places, "2002:c633:6401::1"), PLACE_UNKNOWN);
}

static void a_tree_with_a_knot_is_refused(void **state)
{
    (void)state;
    struct tree tree = new_tree();
    add(&tree, "8000::/3", JAPAN);
    tree.records[0][1] = 0; /* back to the root */
    const struct places *places = NULL;
    check(!load(&tree, &places));
    check(strstr(err.text, "damaged") != NULL);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    (void)state;
    struct temporary file = temporary_file("country.mmdb", BYTES("no database"));
    const char *path = file.path;
    struct prefix_files files = { .databases = &path, .database_count = 1 };
    const struct places *places = NULL;
    check(!prefixes_load(&files, &places, &err));
    check(strstr(err.text, "country.mmdb: ") != NULL);
    temporary_remove(&file);
}

TESTS(TEST(a_database_tells_places_by_country),
      TEST(ways_back_into_the_ipv4_part_are_not_followed), TEST(a_tree_with_a_knot_is_refused),
      TEST(a_file_that_is_no_database_is_refused))
