// SPDX-License-Identifier: Apache-2.0
/* The truth that sekisho simulate writes (cmd/truth.c), as units. */
#include <jansson.h>

#include "base/time.h"
#include "cmd/evaluate_sets.h"

static void put(struct truth *truth, const struct truth_unit *unit)
{
    if (truth->count < TRUTH_UNITS_MAX)
        truth->units[truth->count++] = *unit;
}

static bool read_address(const json_t *from, struct ip_address *out)
{
    const char *words = json_string_value(from);
    return words && ip_read(bytes_of_string(words), out);
}

static void read_when(const json_t *from, int64_t *out)
{
    const char *words = json_string_value(from);
    int64_t time_ns = 0;
    if (words && time_read(bytes_of_string(words), &time_ns))
        *out = time_ns;
}

/* What every unit of one actor has. */
static struct truth_unit unit_of(const json_t *actor, enum truth_kind kind)
{
    struct truth_unit unit = { .kind = kind, .from_ns = INT64_MIN, .to_ns = INT64_MAX };
    struct text family = text_over(unit.family, sizeof unit.family);
    struct text origin = text_over(unit.origin, sizeof unit.origin);
    const char *name = json_string_value(json_object_get(actor, "name"));
    text_put_string(&family, name ? name : "simulated");
    text_put_string(&origin, "simulated");
    read_when(json_object_get(actor, "from"), &unit.from_ns);
    read_when(json_object_get(actor, "until"), &unit.to_ns);
    return unit;
}

static void put_lines(const json_t *actor, enum truth_kind kind, struct truth *truth)
{
    size_t i;
    json_t *line;
    json_array_foreach(json_object_get(actor, "lines"), i, line)
    {
        struct truth_unit unit = unit_of(actor, kind);
        unit.unit.len = 128;
        unit.has_unit = read_address(line, &unit.unit.address);
        if (unit.has_unit)
            put(truth, &unit);
    }
}

static void put_sites(const json_t *actor, const char *list, enum truth_kind kind,
                      struct truth *truth)
{
    size_t i;
    json_t *site;
    json_array_foreach(json_object_get(actor, list), i, site)
    {
        struct truth_unit unit = unit_of(actor, kind);
        unit.unit.len = 128;
        unit.has_unit = read_address(json_object_get(site, "address"), &unit.unit.address);
        if (kind == TRUTH_COMMAND_SERVER)
            unit.port = (uint16_t)json_integer_value(json_object_get(site, "port"));
        if (unit.has_unit)
            put(truth, &unit);
    }
}

static void put_names(const json_t *actor, struct truth *truth)
{
    size_t i;
    json_t *site;
    json_array_foreach(json_object_get(actor, "servers"), i, site)
    {
        struct truth_unit unit = unit_of(actor, TRUTH_TUNNEL);
        const char *name = json_string_value(json_object_get(site, "name"));
        size_t len = name ? strlen(name) : 0;
        if (len == 0 || len > FACT_NAME_MAX)
            continue;
        unit.name.len = (uint8_t)len;
        memcpy(unit.name.at, name, len);
        put(truth, &unit);
    }
}

static void put_actor(const char *list, const json_t *actor, struct truth *truth)
{
    const char *direction = json_string_value(json_object_get(actor, "direction"));
    bool is_inbound = direction && strcmp(direction, "inbound") == 0;
    if (strcmp(list, "botnets") == 0) {
        put_sites(actor, "servers", TRUTH_COMMAND_SERVER, truth);
        put_lines(actor, TRUTH_INFECTED_LINE, truth);
    } else if (strcmp(list, "relays") == 0) {
        put_lines(actor, TRUTH_RELAY, truth);
        put_sites(actor, "controllers", TRUTH_COMMAND_SERVER, truth);
    } else if (strcmp(list, "scans") == 0 && is_inbound) {
        put_sites(actor, "scanners", TRUTH_SCAN, truth);
    } else if (strcmp(list, "scans") == 0) {
        put_lines(actor, TRUTH_SCAN, truth);
    } else if (strcmp(list, "floods") == 0) {
        put_lines(actor, TRUTH_FLOOD, truth);
        put_sites(actor, "reflectors", TRUTH_REFLECTOR, truth);
    } else if (strcmp(list, "tunnels") == 0) {
        put_names(actor, truth);
        put_lines(actor, TRUTH_INFECTED_LINE, truth);
    }
}

bool evaluate_truth_read(const char *path, struct truth *out, struct error *err)
{
    static const char *const lists[] = { "botnets", "relays", "scans", "floods", "tunnels" };
    json_error_t why;
    json_t *root = json_load_file(path, 0, &why);
    const char *format = root ? json_string_value(json_object_get(root, "format")) : NULL;
    bool is_truth = format && strcmp(format, "sekisho simulation truth") == 0;
    for (size_t i = 0; is_truth && i < sizeof lists / sizeof *lists; i++) {
        size_t at;
        json_t *actor;
        json_array_foreach(json_object_get(root, lists[i]), at, actor)
            put_actor(lists[i], actor, out);
    }
    /* All that a simulation does is known. */
    out->rest = TRUTH_REST_BENIGN;
    if (root && !is_truth)
        (void)error_set(err, 0, "%s: no truth of sekisho simulate", path);
    else if (!root)
        (void)error_set(err, 0, "%s: line %d: %s", path, why.line, why.text);
    json_decref(root);
    return is_truth;
}
