// SPDX-License-Identifier: Apache-2.0
/* STIX 2.1 bundles and events of MISP, one object at a time: jansson holds no more than that.
 */
#include <jansson.h>

#include "reference/elements.h"
#include "reference/lists_private.h"
#include "reference/pattern.h"

enum { STIX_OBJECTS, MISP_ATTRIBUTES };

static const char *const array_names[] = { "objects", "Attribute", NULL };

/* One object being read. */
struct item {
    struct loader *loader;
    const json_t *json;
    uint64_t line;
    int64_t begins_ns, expires_ns;
};

static struct bytes text_member(const json_t *json, const char *name)
{
    const json_t *member = json_object_get(json, name);
    if (!json_is_string(member))
        return (struct bytes){ NULL, 0 };
    return (struct bytes){ (const uint8_t *)json_string_value(member),
                           json_string_length(member) };
}

static void refuse(const struct item *item, enum list_refusal why, struct bytes value)
{
    loader_refuse(item->loader, why, item->line, value);
}

/* False when it is there and no date.  null is as not there. */
static bool read_time(const json_t *json, const char *name, int64_t *out)
{
    const json_t *member = json_object_get(json, name);
    if (!member || json_is_null(member))
        return true;
    return json_is_string(member) && list_read_date(text_member(json, name), out);
}

static bool read_window(struct item *item, const char *begins, const char *expires)
{
    item->begins_ns = 0;
    item->expires_ns = item->loader->options->default_expires_ns;
    return read_time(item->json, begins, &item->begins_ns) &&
           read_time(item->json, expires, &item->expires_ns);
}

/* The kinds that a value of that object may be of, as bits. */
static unsigned kinds_of(enum pattern_object object)
{
    static const unsigned kinds[] = {
        [PATTERN_ADDRESS] = 1U << INDICATOR_ADDRESS | 1U << INDICATOR_PREFIX,
        [PATTERN_DOMAIN] = 1U << INDICATOR_DOMAIN,
        [PATTERN_URL] =
            1U << INDICATOR_DOMAIN | 1U << INDICATOR_ADDRESS | 1U << INDICATOR_ENDPOINT,
        [PATTERN_CERTIFICATE] = 1U << INDICATOR_CERTIFICATE,
        [PATTERN_OTHER] = 0,
    };
    return kinds[object];
}

static void take_value(const struct item *item, struct bytes value, unsigned kinds)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    enum fault fault = indicator_read(value, &scratch, &indicator);
    if (fault == FAULT_NONE && !(kinds >> indicator.kind & 1))
        fault = FAULT_VALUE;
    if (fault != FAULT_NONE) {
        refuse(item, list_refusal_of(fault), value);
        return;
    }
    indicator.begins_ns = item->begins_ns;
    indicator.expires_ns = item->expires_ns;
    loader_take(item->loader, &indicator, item->line, value);
}

/* Nothing of a pattern is taken before all of it was found simple. */
static bool is_simple(struct bytes text)
{
    struct pattern pattern = pattern_over(text);
    struct pattern_term term;
    bool is_end = false;
    enum fault fault;
    while ((fault = pattern_next(&pattern, &term, &is_end)) == FAULT_NONE && !is_end)
        continue;
    return fault == FAULT_NONE;
}

static void take_pattern(const struct item *item, struct bytes text)
{
    struct pattern pattern = pattern_over(text);
    struct pattern_term term;
    bool is_end = false;
    while (pattern_next(&pattern, &term, &is_end) == FAULT_NONE && !is_end) {
        if (term.object == PATTERN_OTHER)
            refuse(item, LIST_OTHER_KIND, term.value);
        else
            take_value(item, term.value, kinds_of(term.object));
    }
}

/* STIX 2.1 4.7.  Objects of other types say nothing a flow could match. */
static void take_stix(struct item *item)
{
    struct bytes pattern = text_member(item->json, "pattern");
    struct bytes type = text_member(item->json, "pattern_type");
    if (!bytes_equal(text_member(item->json, "type"), BYTES("indicator")))
        return;
    if (json_is_true(json_object_get(item->json, "revoked")))
        refuse(item, LIST_REVOKED, pattern);
    else if (type.len > 0 && !bytes_equal(type, BYTES("stix")))
        refuse(item, LIST_OTHER_PATTERN, type);
    else if (!read_window(item, "valid_from", "valid_until"))
        refuse(item, LIST_BAD_DATE, pattern);
    else if (!is_simple(pattern))
        refuse(item, LIST_NOT_SIMPLE, pattern);
    else
        take_pattern(item, pattern);
}

enum { ADDRESSES = 1U << INDICATOR_ADDRESS | 1U << INDICATOR_PREFIX };
enum { NAMES = 1U << INDICATOR_DOMAIN };

/* Types of MISP's attributes that a flow shows.  Of the two parts of a composite type each may
 * be a value of its own, or the second the first's port. */
static const struct attribute_type {
    const char *name;
    unsigned first, second; /* kinds; 0 for no value */
    bool has_port;
} attribute_types[] = {
    { "ip-dst", ADDRESSES, 0, false },
    { "ip-src", ADDRESSES, 0, false },
    { "ip-dst|port", 1U << INDICATOR_ENDPOINT, 0, true },
    { "ip-src|port", 1U << INDICATOR_ENDPOINT, 0, true },
    { "domain", NAMES, 0, false },
    { "hostname", NAMES, 0, false },
    { "domain|ip", NAMES, ADDRESSES, false },
    { "hostname|port", NAMES, 0, false },
    { "url", NAMES | ADDRESSES | 1U << INDICATOR_ENDPOINT, 0, false },
    { "ja3-fingerprint-md5", 1U << INDICATOR_JA3, 0, false },
    { "x509-fingerprint-sha1", 1U << INDICATOR_CERTIFICATE, 0, false },
    { "x509-fingerprint-sha256", 1U << INDICATOR_CERTIFICATE, 0, false },
};

static const struct attribute_type *type_of(struct bytes name)
{
    for (size_t i = 0; i < sizeof attribute_types / sizeof *attribute_types; i++) {
        if (bytes_equal(name, bytes_of_string(attribute_types[i].name)))
            return &attribute_types[i];
    }
    return NULL;
}

/* address|port, as lists write it. */
static void take_endpoint(const struct item *item, struct bytes address, struct bytes port)
{
    char room[INDICATOR_TEXT_MAX];
    struct text words = text_over(room, sizeof room);
    bool is_v6 = bytes_find(address, ':') < address.len;
    text_put_string(&words, is_v6 ? "[" : "");
    text_put(&words, address);
    text_put_string(&words, is_v6 ? "]:" : ":");
    text_put(&words, port);
    take_value(item, text_bytes(&words), 1U << INDICATOR_ENDPOINT);
}

static void take_typed(const struct item *item, const struct attribute_type *type,
                       struct bytes value)
{
    size_t bar = bytes_find(value, '|');
    struct bytes first = bytes_slice(value, 0, bar);
    struct bytes second = bytes_slice(value, bar + 1, value.len);
    if (type->has_port) {
        take_endpoint(item, first, second);
        return;
    }
    bool is_url = (type->first & 1U << INDICATOR_ENDPOINT) != 0;
    take_value(item, is_url ? value : first, type->first);
    if (type->second != 0)
        take_value(item, second, type->second);
}

/* MISP core format 2.4.  to_ids says that its author holds it fit for detection. */
static void take_misp(struct item *item)
{
    struct bytes value = text_member(item->json, "value");
    const struct attribute_type *type = type_of(text_member(item->json, "type"));
    const json_t *to_ids = json_object_get(item->json, "to_ids");
    bool is_for_detection = json_is_true(to_ids) ||
                            (json_is_integer(to_ids) && json_integer_value(to_ids) == 1) ||
                            bytes_equal(text_member(item->json, "to_ids"), BYTES("1"));
    if (json_is_true(json_object_get(item->json, "deleted")))
        refuse(item, LIST_REVOKED, value);
    else if (!type)
        refuse(item, LIST_OTHER_KIND, value);
    else if (!is_for_detection)
        refuse(item, LIST_NOT_TO_DETECT, value);
    else if (!read_window(item, "first_seen", "last_seen"))
        refuse(item, LIST_BAD_DATE, value);
    else
        take_typed(item, type, value);
}

static void take_element(struct loader *loader, const struct elements *elements,
                         struct bytes octets)
{
    json_error_t wrong;
    json_t *json = json_loadb((const char *)octets.at, octets.len,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &wrong);
    if (!json) {
        loader_refuse(loader, LIST_BAD_JSON, elements->element_line, octets);
        return;
    }
    struct item item = { .loader = loader, .json = json, .line = elements->element_line };
    if (elements->name == STIX_OBJECTS)
        take_stix(&item);
    else
        take_misp(&item);
    json_decref(json);
}

bool bundle_load(struct loader *loader, const char *path, struct error *err)
{
    struct elements elements;
    struct bytes octets = { NULL, 0 };
    enum elements_status status;
    if (!elements_open(&elements, path, array_names, err))
        return false;
    while ((status = elements_next(&elements, &octets, err)) <= ELEMENTS_TOO_LONG) {
        if (status == ELEMENTS_ONE)
            take_element(loader, &elements, octets);
        else
            loader_refuse(loader, LIST_TOO_LONG, elements.element_line,
                          bytes_slice(octets, 0, 64));
    }
    elements_close(&elements);
    return status == ELEMENTS_END;
}

/* A term of a pattern has two quotes at least; an attribute has two values at most. */
bool bundle_measure(const char *path, size_t *count_max, size_t *text_max, struct error *err)
{
    enum { NAME_OCTETS_MAX = 255 };
    struct elements elements;
    struct bytes octets = { NULL, 0 };
    enum elements_status status;
    if (!elements_open(&elements, path, array_names, err))
        return false;
    while ((status = elements_next(&elements, &octets, err)) <= ELEMENTS_TOO_LONG) {
        size_t quotes = 0;
        for (size_t i = 0; elements.name == STIX_OBJECTS && i < octets.len; i++)
            quotes += octets.at[i] == '\'';
        size_t values = elements.name == STIX_OBJECTS ? quotes / 2 : 2;
        size_t octets_most = values * NAME_OCTETS_MAX;
        *count_max += values;
        *text_max += octets.len < octets_most ? octets.len : octets_most;
    }
    elements_close(&elements);
    return status == ELEMENTS_END;
}
