// SPDX-License-Identifier: Apache-2.0
#include "cmd/sensor_config.h"

#include <string.h>

#include "base/time.h"
#include "system/yaml_file.h"
#include "workers/workers.h"

/* clang-format off */
static const cyaml_schema_value_t string_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, CYAML_UNLIMITED),
};

#define STRING(type, name)                                                                 \
    CYAML_FIELD_STRING_PTR(#name, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type,   \
                           name, 0, 4000)
#define NUMBER(type, name) CYAML_FIELD_UINT(#name, CYAML_FLAG_OPTIONAL, struct type, name)
#define STRINGS(owner, name, counted) \
    { .key = #name,                                                                            \
      .data_offset = offsetof(struct owner, name),                                             \
      .count_offset = offsetof(struct owner, counted), \
      .count_size = sizeof(unsigned),                                                          \
      .value = { .type = CYAML_SEQUENCE,                                                       \
                 .flags = (enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL),         \
                 .data_size = sizeof(char *),                                                  \
                 .sequence = { &string_value, 0, WATCH_LISTS_MAX } } }

static const cyaml_schema_field_t source_fields[] = {
    STRING(sensor_sources, read),
    STRING(sensor_sources, capture),
    STRINGS(sensor_sources, listen, listen_count),
    STRINGS(sensor_sources, interfaces, interface_count),
    STRING(sensor_sources, tls_certificate),
    STRING(sensor_sources, tls_key),
    STRING(sensor_sources, tls_authority),
    STRING(sensor_sources, sampling),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t border_fields[] = {
    STRING(sensor_border, networks),
    STRING(sensor_border, delegated),
    STRING(sensor_border, mmdb),
    STRING(sensor_border, country),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t hub_fields[] = {
    STRING(sensor_hub, url),
    STRING(sensor_hub, certificate),
    STRING(sensor_hub, key),
    STRING(sensor_hub, authority),
    STRING(sensor_hub, statistics),
    NUMBER(sensor_hub, batch_records),
    NUMBER(sensor_hub, records_per_second),
    NUMBER(sensor_hub, interval_seconds),
    CYAML_FIELD_END
};

static const cyaml_schema_field_t fields[] = {
    STRING(sensor_config, law),
    STRING(sensor_config, basis),
    STRING(sensor_config, equipment),
    CYAML_FIELD_MAPPING("sources", CYAML_FLAG_DEFAULT, struct sensor_config, sources,
                        source_fields),
    CYAML_FIELD_MAPPING("border", CYAML_FLAG_OPTIONAL, struct sensor_config, border,
                        border_fields),
    CYAML_FIELD_MAPPING("hub", CYAML_FLAG_OPTIONAL, struct sensor_config, hub, hub_fields),
    STRINGS(sensor_config, indicators, indicator_count),
    STRINGS(sensor_config, indicator_keys, indicator_key_count),
    STRING(sensor_config, warrants),
    STRING(sensor_config, trust),
    STRING(sensor_config, overseer),
    STRING(sensor_config, state),
    STRINGS(sensor_config, exports, export_count),
    STRING(sensor_config, pseudonyms),
    STRING(sensor_config, user),
    NUMBER(sensor_config, retain_days),
    NUMBER(sensor_config, workers),
    NUMBER(sensor_config, memory_mib),
    NUMBER(sensor_config, judge_seconds),
    NUMBER(sensor_config, idle_seconds),
    NUMBER(sensor_config, wait_seconds),
    CYAML_FIELD_BOOL("allow_weak_sandbox", CYAML_FLAG_OPTIONAL, struct sensor_config,
                     allow_weak_sandbox),
    CYAML_FIELD_END
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct sensor_config, fields),
};

static const struct {
    size_t offset;
    const char *value;
} default_strings[] = {
    { offsetof(struct sensor_config, law), "jp" },
    { offsetof(struct sensor_config, basis), "own" },
    { offsetof(struct sensor_config, equipment), "" },
    { offsetof(struct sensor_config, overseer), "" },
    { offsetof(struct sensor_config, state), "" },
    { offsetof(struct sensor_config, pseudonyms), "opaque" },
    { offsetof(struct sensor_config, user), "nobody" },
    { offsetof(struct sensor_config, sources.read), "packets" },
};

static const struct {
    const char *name;
    size_t offset;
    unsigned value, least, most;
} numbers[] = {
    { "retain_days", offsetof(struct sensor_config, retain_days), 30, 1, 36500 },
    { "workers", offsetof(struct sensor_config, workers), 1, 1, WORKERS_MAX },
    { "memory_mib", offsetof(struct sensor_config, memory_mib), 1024, 64, 1 << 20 },
    { "judge_seconds", offsetof(struct sensor_config, judge_seconds), 30, 1, 86400 },
    { "idle_seconds", offsetof(struct sensor_config, idle_seconds), 60, 1, METER_IDLE_MAX_S },
    { "wait_seconds", offsetof(struct sensor_config, wait_seconds), 120, 1, 600 },
    { "hub: batch_records", offsetof(struct sensor_config, hub.batch_records), 5000, 1, 20000 },
    { "hub: records_per_second", offsetof(struct sensor_config, hub.records_per_second), 50000,
      1, 1000000 },
    { "hub: interval_seconds", offsetof(struct sensor_config, hub.interval_seconds), 10, 1,
      3600 },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof *(table))

static void *member(struct sensor_config *config, size_t offset)
{
    return (uint8_t *)config + offset;
}

static void set_defaults(struct sensor_config *config)
{
    for (size_t i = 0; i < COUNT(default_strings); i++) {
        const char **string = member(config, default_strings[i].offset);
        if (!*string)
            *string = default_strings[i].value;
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        unsigned *number = member(config, numbers[i].offset);
        if (*number == 0)
            *number = numbers[i].value;
    }
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words;
}

static bool check_sources(const struct sensor_sources *sources, struct error *err)
{
    static const char *const reads[] = { "packets", "exports", NULL };
    int ways = (sources->capture != NULL) + (sources->listen_count > 0) +
               (sources->interface_count > 0);
    if (ways != 1)
        return error_set(err, 0, "sources: name one of listen, interfaces and capture");
    if (!is_one_of(sources->read, reads))
        return error_set(err, 0, "sources: read: \"%s\" is neither packets nor exports",
                         sources->read);
    for (unsigned i = 0; i < sources->listen_count; i++) {
        if (strncmp(sources->listen[i], "tls:", 4) == 0 &&
            (!sources->tls_certificate || !sources->tls_key || !sources->tls_authority))
            return error_set(err, 0,
                             "sources: %s needs tls_certificate, tls_key and tls_authority",
                             sources->listen[i]);
    }
    return true;
}

static enum basis basis_of(const char *id)
{
    if (strcmp(id, "own") == 0)
        return BASIS_OWN;
    return strcmp(id, "exercise") == 0 ? BASIS_EXERCISE : BASIS_STATUTORY;
}

static bool check_hub(const struct sensor_hub *hub, bool is_statutory, struct error *err)
{
    if (!hub->url)
        return true;
    if (hub->statistics && is_statutory)
        return error_set(err, 0,
                         "hub: statistics: under a statutory basis none are kept or sent");
    if (strncmp(hub->url, "https://", 8) != 0 || hub->url[8] == '\0')
        return error_set(err, 0, "hub: url: it begins with https:// and names a host");
    return (hub->certificate && hub->key && hub->authority) ||
           error_set(err, 0, "hub: url needs certificate, key and authority");
}

static bool check_numbers(struct sensor_config *config, struct error *err)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const unsigned *number = member(config, numbers[i].offset);
        if (*number < numbers[i].least || *number > numbers[i].most)
            return error_set(err, 0, "%s: %u is not from %u to %u", numbers[i].name, *number,
                             numbers[i].least, numbers[i].most);
    }
    return config->memory_mib / config->workers >= PIPELINE_MEMORY_MIN >> 20 ||
           error_set(err, 0, "memory_mib: each of %u workers needs at least 64",
                     config->workers);
}

static bool check(struct sensor_config *config, struct error *err)
{
    static const char *const kinds[] = { "opaque", "prefix", NULL };
    const struct sensor_border *border = &config->border;
    if (!check_sources(&config->sources, err) || !check_numbers(config, err) ||
        !check_hub(&config->hub, basis_of(config->basis) == BASIS_STATUTORY, err))
        return false;
    if (!config->warrants || !config->trust)
        return error_set(err, 0,
                         "warrants and trust: name the folder and the file; without a "
                         "warrant nothing is selected");
    if (!is_one_of(config->pseudonyms, kinds))
        return error_set(err, 0, "pseudonyms: \"%s\" is neither opaque nor prefix",
                         config->pseudonyms);
    if ((border->delegated || border->mmdb) &&
        (!border->country || strlen(border->country) != 2))
        return error_set(err, 0, "border: delegated and mmdb need the country, two letters");
    if (strcmp(config->basis, "own") != 0 && !border->networks && !border->country)
        return error_set(err, 0, "border: basis %s needs to know it", config->basis);
    if (config->indicator_key_count > WATCH_KEYS_MAX)
        return error_set(err, 0, "indicator_keys: at most %d", WATCH_KEYS_MAX);
    if (basis_of(config->basis) == BASIS_STATUTORY && config->overseer[0] == '\0')
        return error_set(err, 0,
                         "overseer: basis %s needs the public key that the lines' key is "
                         "sealed to",
                         config->basis);
    return config->export_count <= WATCH_RECORDS_MAX ||
           error_set(err, 0, "exports: at most %d", WATCH_RECORDS_MAX);
}

/* What its members point to stays for the life of the process. */
bool sensor_config_load(const char *path, struct sensor_config *out, struct error *err)
{
    cyaml_data_t *data = NULL;
    struct error why;
    if (!yaml_file_load(path, &schema, &data, err))
        return false;
    if (!data)
        return error_set(err, 0, "%s is empty", path);
    *out = *(struct sensor_config *)data;
    (void)cyaml_mem(NULL, data, 0); /* itself; what it points to is out's now */
    set_defaults(out);
    return check(out, &why) || error_set(err, 0, "%s: %s", path, why.text);
}

bool sensor_config_print(const struct sensor_config *config, FILE *out, struct error *err)
{
    static const cyaml_config_t quiet = { .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR };
    char *text = NULL;
    size_t len = 0;
    cyaml_err_t code = cyaml_save_data(&text, &len, &quiet, &schema, config, 0);
    bool is_written = code == CYAML_OK && fwrite(text, 1, len, out) == len && fflush(out) == 0;
    (void)cyaml_mem(NULL, text, 0);
    return is_written ||
           error_set(err, 0, "the configuration cannot be printed: %s", cyaml_strerror(code));
}

static void set_input(const struct sensor_sources *sources, struct watch_options *out)
{
    static const char *const standard_input[] = { "-" };
    if (sources->capture) {
        out->paths = standard_input;
        out->path_count = 1;
    }
    for (unsigned i = 0; i < sources->listen_count; i++)
        out->listen[out->listen_count++] = sources->listen[i];
    for (unsigned i = 0; i < sources->interface_count; i++)
        out->interfaces[out->interface_count++] = sources->interfaces[i];
    out->read = strcmp(sources->read, "exports") == 0 ? WATCH_READ_EXPORTS : WATCH_READ_PACKETS;
    out->sampling = sources->sampling;
    out->tls_certificate = sources->tls_certificate;
    out->tls_key = sources->tls_key;
    out->tls_authority = sources->tls_authority;
}

void sensor_config_watch(const struct sensor_config *config, struct watch_options *out)
{
    *out = (struct watch_options){
        .depth = PIPELINE_ALL,
        .quiet = true,
        .workers = config->workers,
        .memory_octets = (size_t)config->memory_mib << 20,
        .idle_ns = config->idle_seconds * TIME_SECOND_NS,
        .retention_ns = config->retain_days * TIME_DAY_NS,
        .basis = basis_of(config->basis),
        .pseudonyms =
            strcmp(config->pseudonyms, "prefix") == 0 ? PSEUDONYM_PREFIX : PSEUDONYM_OPAQUE,
        .networks = config->border.networks,
        .delegated = config->border.delegated,
        .mmdb = config->border.mmdb,
        .country = config->border.country,
    };
    set_input(&config->sources, out);
    for (unsigned i = 0; i < config->indicator_count; i++)
        out->indicators[out->indicator_count++] = config->indicators[i];
    for (unsigned i = 0; i < config->indicator_key_count; i++)
        out->indicator_keys[out->indicator_key_count++] = config->indicator_keys[i];
    for (unsigned i = 0; i < config->export_count; i++)
        out->exports[out->export_count++] = config->exports[i];
}
