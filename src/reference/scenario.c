// SPDX-License-Identifier: Apache-2.0
#include "reference/scenario.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>

#include "base/time.h"

/* The file as it is written, before anything is checked. */
struct file_network {
    char *prefix;
    char *name;
};

struct file_networks {
    struct file_network *lists[PLACES];
    unsigned counts[PLACES];
};

struct file_actor {
    char *name, *group, *interval, *start, *duration;
    int kind, protocol, place;
    unsigned lines, servers, jitter, targets, answered, octets_out, octets_in, port, per_second;
    bool inbound, vertical, direct;
};

struct file_disorder {
    unsigned repeated, duplicated, swapped;
};

struct file_scenario {
    char *title, *start, *duration;
    uint64_t seed;
    unsigned lines, ipv6_percent, post_quantum_percent;
    int utc_offset_hours;
    struct file_disorder disorder;
    struct file_networks networks;
    struct file_actor *actors;
    unsigned actor_count;
};

enum { TEXT_MAX = 100 };

#define TEXT(key, type, field, flags) \
    CYAML_FIELD_STRING_PTR(key, (flags) | CYAML_FLAG_POINTER, type, field, 0, TEXT_MAX)
#define NUMBER(key, type, field) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, field)
#define CHOICE(key, type, field, flags, names) \
    CYAML_FIELD_ENUM(key, flags, type, field, names, sizeof(names) / sizeof *(names))

static const cyaml_strval_t kind_names[] = {
    { "web", ACTOR_WEB },       { "dns", ACTOR_DNS },       { "poller", ACTOR_POLLER },
    { "update", ACTOR_UPDATE }, { "ntp", ACTOR_NTP },       { "ping", ACTOR_PING },
    { "video", ACTOR_VIDEO },   { "ssh", ACTOR_SSH },       { "mail", ACTOR_MAIL },
    { "botnet", ACTOR_BOTNET }, { "relay", ACTOR_RELAY },   { "scan", ACTOR_SCAN },
    { "flood", ACTOR_FLOOD },   { "tunnel", ACTOR_TUNNEL },
};

static const cyaml_strval_t protocol_names[] = {
    { "tls", ACTOR_TLS },   { "http", ACTOR_HTTP }, { "quic", ACTOR_QUIC },
    { "dns", ACTOR_NAMES }, { "tcp", ACTOR_RAW },
};

static const cyaml_strval_t place_names[] = {
    { "foreign", PLACE_FOREIGN },
    { "domestic", PLACE_DOMESTIC },
};

static const cyaml_schema_field_t network_fields[] = {
    TEXT("prefix", struct file_network, prefix, 0),
    TEXT("name", struct file_network, name, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t network_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_network, network_fields) };

#define NETWORKS(key, place)                                                      \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,     \
                               struct file_networks, lists[place], counts[place], \
                               &network_schema, 0, SCENARIO_NETWORKS_MAX / 4)

static const cyaml_schema_field_t networks_fields[] = {
    NETWORKS("own", PLACE_OWN),
    NETWORKS("domestic", PLACE_DOMESTIC),
    NETWORKS("foreign", PLACE_FOREIGN),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t disorder_fields[] = {
    NUMBER("repeated_permille", struct file_disorder, repeated),
    NUMBER("duplicated_permille", struct file_disorder, duplicated),
    NUMBER("swapped_permille", struct file_disorder, swapped),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t actor_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct file_actor, name, 1, TEXT_MAX),
    CHOICE("kind", struct file_actor, kind, CYAML_FLAG_STRICT, kind_names),
    TEXT("group", struct file_actor, group, CYAML_FLAG_OPTIONAL),
    CHOICE("protocol", struct file_actor, protocol, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL,
           protocol_names),
    CHOICE("place", struct file_actor, place, CYAML_FLAG_STRICT | CYAML_FLAG_OPTIONAL,
           place_names),
    NUMBER("lines", struct file_actor, lines),
    NUMBER("servers", struct file_actor, servers),
    TEXT("interval", struct file_actor, interval, CYAML_FLAG_OPTIONAL),
    NUMBER("jitter_percent", struct file_actor, jitter),
    NUMBER("targets", struct file_actor, targets),
    NUMBER("answered_percent", struct file_actor, answered),
    NUMBER("octets_out", struct file_actor, octets_out),
    NUMBER("octets_in", struct file_actor, octets_in),
    NUMBER("port", struct file_actor, port),
    NUMBER("per_second", struct file_actor, per_second),
    CYAML_FIELD_BOOL("inbound", CYAML_FLAG_OPTIONAL, struct file_actor, inbound),
    CYAML_FIELD_BOOL("vertical", CYAML_FLAG_OPTIONAL, struct file_actor, vertical),
    CYAML_FIELD_BOOL("direct", CYAML_FLAG_OPTIONAL, struct file_actor, direct),
    TEXT("start", struct file_actor, start, CYAML_FLAG_OPTIONAL),
    TEXT("duration", struct file_actor, duration, CYAML_FLAG_OPTIONAL),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t actor_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_DEFAULT, struct file_actor, actor_fields) };

static const cyaml_schema_field_t scenario_fields[] = {
    TEXT("title", struct file_scenario, title, 0),
    TEXT("start", struct file_scenario, start, 0),
    TEXT("duration", struct file_scenario, duration, 0),
    NUMBER("seed", struct file_scenario, seed),
    NUMBER("lines", struct file_scenario, lines),
    NUMBER("ipv6_percent", struct file_scenario, ipv6_percent),
    NUMBER("post_quantum_percent", struct file_scenario, post_quantum_percent),
    CYAML_FIELD_INT("utc_offset_hours", CYAML_FLAG_OPTIONAL, struct file_scenario,
                    utc_offset_hours),
    CYAML_FIELD_MAPPING("disorder", CYAML_FLAG_OPTIONAL, struct file_scenario, disorder,
                        disorder_fields),
    CYAML_FIELD_MAPPING("networks", CYAML_FLAG_DEFAULT, struct file_scenario, networks,
                        networks_fields),
    CYAML_FIELD_SEQUENCE_COUNT("actors", CYAML_FLAG_POINTER, struct file_scenario, actors,
                               actor_count, &actor_schema, 1, SCENARIO_ACTORS_MAX),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t scenario_schema = { CYAML_VALUE_MAPPING(
    CYAML_FLAG_POINTER, struct file_scenario, scenario_fields) };

/* The library explains itself in several lines, from the fault outwards; they become one. */
PRINTF(3, 0)
static void take_words(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    char room[256];
    if (vsnprintf(room, sizeof room, format, arguments) < 0)
        return;
    struct text *words = context;
    struct bytes line = text_trim(bytes_of_string(room));
    if (bytes_start_with(line, BYTES("Load: ")))
        line = bytes_slice(line, 6, line.len);
    if (bytes_equal(line, BYTES("Backtrace:")))
        return;
    if (words->len > 0)
        text_put_string(words, ", ");
    text_put(words, line);
}

struct reading { /* where we are, for errors */
    const char *path;
    struct arena *keep;
    struct error *err;
};

static struct bytes keep_text(struct arena *keep, const char *string)
{
    if (!string)
        return (struct bytes){ NULL, 0 };
    struct bytes text = bytes_of_string(string);
    uint8_t *copy = arena_take(keep, 1, 1, text.len);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    return (struct bytes){ copy, text.len };
}

static bool read_span(const struct reading *reading, const char *where, const char *string,
                      int64_t *out)
{
    if (string && !time_read_span(bytes_of_string(string), out))
        return error_set(reading->err, 0,
                         "%s: %s: \"%s\" is not a length of time such as 90s or 2h",
                         reading->path, where, string);
    if (string && *out > SCENARIO_SPAN_MAX_NS)
        return error_set(reading->err, 0, "%s: %s: \"%s\" is longer than a year", reading->path,
                         where, string);
    return true;
}

static bool check_most(const struct reading *reading, const char *where, uint64_t value,
                       uint64_t most)
{
    if (value <= most)
        return true;
    return error_set(reading->err, 0, "%s: %s: %llu is more than %llu", reading->path, where,
                     (unsigned long long)value, (unsigned long long)most);
}

/* RFC 1918, 2544, 5737, 6598, 3849, 9637, 4193. */
static bool is_set_aside(const struct ip_prefix *prefix)
{
    static const char *const allowed[] = {
        "10.0.0.0/8",    "172.16.0.0/12",   "192.168.0.0/16", "100.64.0.0/10",
        "192.0.2.0/24",  "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",
        "2001:db8::/32", "3fff::/20",       "fc00::/7",
    };
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        struct ip_prefix whole;
        if (ip_prefix_read(bytes_of_string(allowed[i]), &whole) && prefix->len >= whole.len &&
            ip_prefix_holds(&whole, &prefix->address))
            return true;
    }
    return false;
}

static bool read_network(const struct reading *reading, const struct file_network *file,
                         enum place place, struct scenario_network *out)
{
    *out = (struct scenario_network){ .name = keep_text(reading->keep, file->name),
                                      .place = place };
    if (!ip_prefix_read(bytes_of_string(file->prefix), &out->prefix))
        return error_set(reading->err, 0, "%s: networks.%s: \"%s\" is not a prefix",
                         reading->path, place_name(place), file->prefix);
    if (!is_set_aside(&out->prefix))
        return error_set(reading->err, 0,
                         "%s: networks.%s: %s is not set aside for documentation, benchmarks "
                         "or private use",
                         reading->path, place_name(place), file->prefix);
    return true;
}

static bool read_networks(const struct reading *reading, const struct file_networks *file,
                          struct scenario *out)
{
    struct scenario_network *networks =
        ARENA_NEW(reading->keep, struct scenario_network, SCENARIO_NETWORKS_MAX);
    out->networks = networks;
    for (enum place place = PLACE_OWN; place <= PLACE_FOREIGN; place++) {
        for (unsigned i = 0; i < file->counts[place]; i++) {
            if (!read_network(reading, &file->lists[place][i], place,
                              &networks[out->network_count]))
                return false;
            out->network_count++;
        }
    }
    return true;
}

static bool check_actor(const struct reading *reading, const char *where,
                        const struct file_actor *file)
{
    char room[160];
    const struct {
        const char *field;
        uint64_t value, most;
    } rules[] = {
        { "lines", file->lines, SCENARIO_LINES_MAX },
        { "servers", file->servers, 65536 },
        { "jitter_percent", file->jitter, 100 },
        { "targets", file->targets, file->vertical ? 65535 : 1 << 30 },
        { "answered_percent", file->answered, 100 },
        { "octets_out", file->octets_out, 1 << 30 },
        { "octets_in", file->octets_in, 1 << 26 },
        { "port", file->port, 65535 },
        { "per_second", file->per_second, 10000000 },
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        struct text at = text_over(room, sizeof room);
        text_format(&at, "%s.%s", where, rules[i].field);
        if (!check_most(reading, room, rules[i].value, rules[i].most))
            return false;
    }
    return true;
}

static bool read_actor(const struct reading *reading, const struct file_actor *file,
                       struct scenario_actor *out)
{
    char where[TEXT_MAX + 32];
    struct text at = text_over(where, sizeof where);
    text_format(&at, "actor \"%s\"", file->name);
    *out = (struct scenario_actor){
        .name = keep_text(reading->keep, file->name),
        .group = keep_text(reading->keep, file->group),
        .kind = (enum actor_kind)file->kind,
        .protocol = (enum actor_protocol)file->protocol,
        .place = file->place == PLACE_DOMESTIC ? PLACE_DOMESTIC : PLACE_FOREIGN,
        .lines = file->lines,
        .servers = file->servers,
        .jitter_percent = file->jitter,
        .targets = file->targets,
        .answered_percent = file->answered,
        .octets_out = file->octets_out,
        .octets_in = file->octets_in,
        .port = (uint16_t)file->port,
        .is_inbound = file->inbound,
        .is_vertical = file->vertical,
        .is_direct = file->direct,
    };
    if (!check_actor(reading, where, file) ||
        !read_span(reading, where, file->interval, &out->interval_ns) ||
        !read_span(reading, where, file->start, &out->start_ns) ||
        !read_span(reading, where, file->duration, &out->duration_ns))
        return false;
    if (file->per_second > 0) /* a span is of whole seconds */
        out->interval_ns = TIME_SECOND_NS / file->per_second;
    scenario_complete(out);
    return true;
}

static bool read_actors(const struct reading *reading, const struct file_scenario *file,
                        struct scenario *out)
{
    out->actors = ARENA_NEW(reading->keep, struct scenario_actor, file->actor_count);
    for (unsigned i = 0; i < file->actor_count; i++) {
        if (!read_actor(reading, &file->actors[i], &out->actors[i]))
            return false;
        out->actor_count++;
    }
    return true;
}

static bool read_scenario(const struct reading *reading, const struct file_scenario *file,
                          struct scenario *out)
{
    const struct file_disorder *disorder = &file->disorder;
    if (!time_read(bytes_of_string(file->start), &out->start_ns) || out->start_ns < 0 ||
        out->start_ns > SCENARIO_START_MAX_NS)
        return error_set(reading->err, 0, "%s: start: \"%s\" is not a time from 1970 to 2200",
                         reading->path, file->start);
    if (!read_span(reading, "duration", file->duration, &out->duration_ns) ||
        !check_most(reading, "lines", file->lines, SCENARIO_LINES_MAX) ||
        !check_most(reading, "ipv6_percent", file->ipv6_percent, 100) ||
        !check_most(reading, "post_quantum_percent", file->post_quantum_percent, 100) ||
        !check_most(reading, "disorder.repeated_permille", disorder->repeated, 300) ||
        !check_most(reading, "disorder.duplicated_permille", disorder->duplicated, 300) ||
        !check_most(reading, "disorder.swapped_permille", disorder->swapped, 300))
        return false;
    if (file->utc_offset_hours < -12 || file->utc_offset_hours > 14)
        return error_set(reading->err, 0, "%s: utc_offset_hours: %d is not from -12 to 14",
                         reading->path, file->utc_offset_hours);
    out->title = keep_text(reading->keep, file->title);
    out->seed = file->seed;
    out->lines = file->lines > 0 ? file->lines : 1;
    out->ipv6_percent = file->ipv6_percent;
    out->post_quantum_percent = file->post_quantum_percent;
    out->utc_offset_hours = file->utc_offset_hours;
    out->repeated_permille = disorder->repeated;
    out->duplicated_permille = disorder->duplicated;
    out->swapped_permille = disorder->swapped;
    return read_networks(reading, &file->networks, out) && read_actors(reading, file, out);
}

/* Opened and sized first: the library would read a file of any size into memory. */
static bool read_file(const char *path, struct arena *keep, struct bytes *out,
                      struct error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_set(err, errno, "%s", path);
    uint8_t *room = arena_take(keep, 1, 1, SCENARIO_FILE_MAX);
    size_t len = fread(room, 1, SCENARIO_FILE_MAX, file);
    bool failed = ferror(file) != 0;
    int code = errno;
    (void)fclose(file);
    if (failed)
        return error_set(err, code, "%s", path);
    if (len == SCENARIO_FILE_MAX)
        return error_set(err, 0, "%s: larger than a scenario can be", path);
    *out = (struct bytes){ room, len };
    return true;
}

bool scenario_load(const char *path, struct arena *keep, struct scenario *out,
                   struct error *err)
{
    struct bytes content = { 0 };
    struct arena scratch = *keep; /* the file's own bytes need not stay: they lie behind */
    (void)arena_take(&scratch, 1, 1, SCENARIO_MEMORY / 2);
    if (!read_file(path, &scratch, &content, err))
        return false;

    char room[ERROR_TEXT_MAX / 2];
    struct text words = text_over(room, sizeof room);
    cyaml_config_t config = { .log_fn = take_words,
                              .log_ctx = &words,
                              .mem_fn = cyaml_mem,
                              .log_level = CYAML_LOG_ERROR,
                              .flags = CYAML_CFG_NO_ALIAS };
    struct file_scenario *file = NULL;
    cyaml_err_t result = cyaml_load_data(content.at, content.len, &config, &scenario_schema,
                                         (cyaml_data_t **)&file, NULL);
    if (result != CYAML_OK)
        return error_set(err, 0, "%s: %s", path, words.len > 0 ? room : cyaml_strerror(result));

    if (!file) /* an empty document is none of the library's errors */
        return error_set(err, 0, "%s: empty", path);
    struct reading reading = { path, keep, err };
    struct scenario scenario = { 0 };
    bool is_good = read_scenario(&reading, file, &scenario);
    (void)cyaml_free(&config, &scenario_schema, file, 0);
    if (is_good)
        *out = scenario;
    return is_good;
}
