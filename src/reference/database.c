// SPDX-License-Identifier: Apache-2.0
/* Walks the search tree of a MaxMind database (MaxMind DB File Format Specification 2.0). */
#include <maxminddb.h>

#include "reference/prefixes.h"

enum { STACK_MAX = 2 * 128 + 2, V4_BITS_BEFORE = 96 };

/* A record still to be looked at: what it is and the prefix that leads to it. */
struct branch {
    uint64_t node;
    uint8_t type;
    MMDB_entry_s entry;
    struct ip_prefix prefix; /* by the tree's own bits */
};

struct walk {
    MMDB_s *database;
    const char *path;
    const char *country;
    struct prefix_sink sink;
    uint64_t visits_left;
    size_t depth;
    struct branch stack[STACK_MAX];
};

static bool read_code(MMDB_entry_s *entry, const char *const *keys, char out[2])
{
    MMDB_entry_data_s data;
    if (MMDB_aget_value(entry, &data, keys) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
        return false;
    memcpy(out, data.utf8_string, 2);
    return true;
}

/* Where the databases in use keep the code: MaxMind and DB-IP, then IPinfo. */
static bool read_country(MMDB_entry_s *entry, char out[2])
{
    static const char *const places[][3] = {
        { "country", "iso_code", NULL },
        { "country_code", NULL },
        { "country", NULL },
        { "registered_country", "iso_code", NULL },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (read_code(entry, places[i], out))
            return true;
    }
    return false;
}

/* The tree's IPv4 part lies under ::/96; we hold IPv4 under ::ffff:0:0/96. */
static struct ip_prefix as_we_hold_it(const struct walk *walk, struct ip_prefix prefix)
{
    static const uint8_t zeros[12];
    bool is_v4_tree = walk->database->metadata.ip_version == 4;
    if (is_v4_tree) {
        memmove(prefix.address.octets + 12, prefix.address.octets, 4);
        memset(prefix.address.octets, 0, 12);
        prefix.len = (uint8_t)(prefix.len + V4_BITS_BEFORE);
    }
    bool is_v4 =
        prefix.len >= V4_BITS_BEFORE && memcmp(prefix.address.octets, zeros, sizeof zeros) == 0;
    if (is_v4)
        memset(prefix.address.octets + 10, 0xff, 2);
    return prefix;
}

static bool give_entry(const struct walk *walk, struct branch *branch, struct error *err)
{
    char code[2];
    if (!read_country(&branch->entry, code))
        return true;
    struct ip_prefix prefix = as_we_hold_it(walk, branch->prefix);
    enum place place = memcmp(code, walk->country, 2) == 0 ? PLACE_DOMESTIC : PLACE_FOREIGN;
    if (!walk->sink.take(walk->sink.context, &prefix,
                         (struct place_label){ place, CLASS_UNKNOWN }))
        return error_set(err, 0, "%s: changed while it was read", walk->path);
    return true;
}

/* 6to4 and the like lead back to the IPv4 part from elsewhere in the tree. */
static bool is_alias(const struct walk *walk, const struct branch *branch)
{
    static const struct ip_address zero;
    const MMDB_ipv4_start_node_s *start = &walk->database->ipv4_start_node;
    return walk->database->metadata.ip_version == 6 && start->node_value > 0 &&
           branch->type == MMDB_RECORD_TYPE_SEARCH_NODE && branch->node == start->node_value &&
           !ip_equal(&branch->prefix.address, &zero);
}

static void push(struct walk *walk, const struct branch *from, bool is_right,
                 const MMDB_search_node_s *node)
{
    struct branch branch = {
        .node = is_right ? node->right_record : node->left_record,
        .type = is_right ? node->right_record_type : node->left_record_type,
        .entry = is_right ? node->right_record_entry : node->left_record_entry,
        .prefix = from->prefix,
    };
    if (is_right)
        branch.prefix.address.octets[from->prefix.len / 8] |=
            (uint8_t)(0x80u >> from->prefix.len % 8);
    branch.prefix.len++;
    if (branch.type != MMDB_RECORD_TYPE_EMPTY && !is_alias(walk, &branch))
        walk->stack[walk->depth++] = branch;
}

/* A good tree has each node once, so more visits than nodes are a knot in it. */
static bool enter_node(struct walk *walk, const struct branch *branch, struct error *err)
{
    MMDB_search_node_s node;
    if (branch->prefix.len >= walk->database->depth || walk->visits_left-- == 0 ||
        MMDB_read_node(walk->database, (uint32_t)branch->node, &node) != MMDB_SUCCESS)
        return error_set(err, 0, "%s: its search tree is damaged", walk->path);
    push(walk, branch, true, &node);
    push(walk, branch, false, &node);
    return true;
}

static bool walk_tree(struct walk *walk, struct error *err)
{
    walk->stack[walk->depth++] = (struct branch){ .type = MMDB_RECORD_TYPE_SEARCH_NODE };
    while (walk->depth > 0) {
        struct branch branch = walk->stack[--walk->depth];
        bool is_good = true;
        if (branch.type == MMDB_RECORD_TYPE_SEARCH_NODE)
            is_good = enter_node(walk, &branch, err);
        else if (branch.type == MMDB_RECORD_TYPE_DATA)
            is_good = give_entry(walk, &branch, err);
        else
            is_good = error_set(err, 0, "%s: its search tree is damaged", walk->path);
        if (!is_good)
            return false;
    }
    return true;
}

bool prefixes_of_database(const char *path, const char country[2], struct prefix_sink sink,
                          struct error *err)
{
    MMDB_s database;
    int code = MMDB_open(path, MMDB_MODE_MMAP, &database);
    if (code != MMDB_SUCCESS)
        return error_set(err, 0, "%s: %s", path, MMDB_strerror(code));
    struct walk walk = { .database = &database,
                         .path = path,
                         .country = country,
                         .sink = sink,
                         .visits_left = database.metadata.node_count };
    bool is_good = database.depth <= 128
                       ? walk_tree(&walk, err)
                       : error_set(err, 0, "%s: its search tree is damaged", path);
    MMDB_close(&database);
    return is_good;
}
