// SPDX-License-Identifier: Apache-2.0
#include "warrant/payload.h"

#include <nettle/sha2.h>
#include <stdlib.h>

#include "base/time.h"
#include "warrant/json_private.h"

enum { PAYLOAD_FORMAT = 1, PERMILLE = 1000 };

static const uint64_t capacity_max = UINT64_C(1) << 53; /* whole numbers of JSON */

/* Serials and ids go into names of files, ledgers and tables. */
static void check_word(struct json_reader *reader, const char *name, const char *word)
{
    for (; *word && !reader->failed; word++) {
        bool is_good = (*word >= 'a' && *word <= 'z') || (*word >= 'A' && *word <= 'Z') ||
                       (*word >= '0' && *word <= '9') || *word == '-' || *word == '.' ||
                       *word == '_';
        if (!is_good)
            json_fail(reader, name, "only letters, digits, - . and _ of ASCII");
    }
}

static void take_word(struct json_reader *reader, json_t *json, const char *name, char *room,
                      size_t max)
{
    json_take_string(reader, json, name, room, max);
    check_word(reader, name, room);
}

static void take_directions(struct json_reader *reader, json_t *json, uint32_t *out)
{
    json_t *list = json_take_array(reader, json, "directions", DIRECTIONS);
    for (size_t i = 0; i < json_array_size(list) && !reader->failed; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        unsigned direction = 0;
        while (direction < DIRECTIONS &&
               (!name || strcmp(name, direction_name((enum direction)direction)) != 0))
            direction++;
        uint32_t bit = UINT32_C(1) << direction;
        /* Rising, so that one set of directions has one form. */
        if (direction == DIRECTIONS || *out >= bit)
            json_fail(reader, "directions", "not directions in their order, each once");
        *out |= bit;
    }
    if (!reader->failed && *out == 0)
        json_fail(reader, "directions", "none");
}

static void take_conditions(struct json_reader *reader, json_t *json, struct warrant *out)
{
    json_t *list = json_take_array(reader, json, "conditions", WARRANT_CONDITIONS_MAX);
    for (size_t i = 0; i < json_array_size(list) && !reader->failed; i++) {
        struct text room = text_over(out->conditions[i], WARRANT_CONDITION_MAX);
        json_take_value(reader, json_array_get(list, i), "conditions", &room, false);
    }
    out->condition_count = json_array_size(list);
}

static void take_selector(struct json_reader *reader, json_t *json,
                          struct warrant_selector *out)
{
    static const char *const names[] = { "name", "text", NULL };
    json_expect(reader, json, names);
    json_take_string(reader, json, "name", out->name, sizeof out->name);
    struct text text = text_over(out->text, sizeof out->text);
    json_take_value(reader, json_object_get(json, "text"), "text", &text, true);
}

static void take_selectors(struct json_reader *reader, json_t *json, struct warrant *out)
{
    json_t *list = json_take_array(reader, json, "selectors", WARRANT_SELECTORS_MAX);
    for (size_t i = 0; i < json_array_size(list) && !reader->failed; i++)
        take_selector(reader, json_array_get(list, i), &out->selectors[i]);
    out->selector_count = json_array_size(list);
    if (!reader->failed && out->selector_count == 0)
        json_fail(reader, "selectors", "none");
}

static void take_format(struct json_reader *reader, json_t *json)
{
    uint64_t format = 0;
    json_take_number(reader, json, "format", UINT32_MAX, &format);
    if (!reader->failed && format != PAYLOAD_FORMAT)
        json_fail(reader, "format", "of a version that is not known");
}

static void take_warrant(struct json_reader *reader, json_t *json, struct warrant *out)
{
    uint64_t share = 0;
    take_format(reader, json);
    take_word(reader, json, "serial", out->serial, sizeof out->serial);
    take_word(reader, json, "law", out->law, sizeof out->law);
    take_word(reader, json, "basis", out->basis, sizeof out->basis);
    json_take_string(reader, json, "issuer", out->issuer, sizeof out->issuer);
    take_word(reader, json, "extends", out->extends, sizeof out->extends);
    take_directions(reader, json, &out->directions);
    json_take_string(reader, json, "equipment", out->equipment, sizeof out->equipment);
    json_take_number(reader, json, "capacity_bits_per_second", capacity_max,
                     &out->capacity_bits_per_second);
    json_take_number(reader, json, "share_permille", PERMILLE, &share);
    out->share_permille = (unsigned)share;
    json_take_time(reader, json, "issued", &out->issued_ns);
    json_take_time(reader, json, "from", &out->from_ns);
    json_take_time(reader, json, "to", &out->to_ns);
    take_conditions(reader, json, out);
    take_selectors(reader, json, out);
}

/* What the payload says, written again, must be the same octets: one form only. */
static void check_form(struct json_reader *reader, json_t *json)
{
    char *again = reader->failed ? NULL : json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    if (!reader->failed && (!again || !bytes_equal(bytes_of_string(again), reader->text)))
        json_fail(reader, "", "not in the canonical form: sorted names, no blanks");
    free(again);
}

bool warrant_read_payload(struct bytes payload, struct warrant *out, struct error *err)
{
    static const char *const names[] = { "format",
                                         "serial",
                                         "law",
                                         "basis",
                                         "issuer",
                                         "?extends",
                                         "directions",
                                         "?equipment",
                                         "?capacity_bits_per_second",
                                         "?share_permille",
                                         "issued",
                                         "from",
                                         "to",
                                         "conditions",
                                         "selectors",
                                         NULL };
    struct json_reader reader = { payload, "warrant", err, false };
    struct sha256_ctx sha256;
    memset(out, 0, sizeof *out);
    json_t *json = json_read_object(&reader);
    if (!json)
        return false;
    json_expect(&reader, json, names);
    check_form(&reader, json);
    take_warrant(&reader, json, out);
    json_decref(json);
    sha256_init(&sha256);
    sha256_update(&sha256, payload.len, payload.at);
    sha256_digest(&sha256, sizeof out->digest, out->digest);
    return !reader.failed;
}

bool revocation_read_payload(struct bytes payload, struct revocation *out, struct error *err)
{
    static const char *const names[] = { "format", "serial", "issued", "at", "reason", NULL };
    struct json_reader reader = { payload, "revocation", err, false };
    struct revocation read = { .at_ns = 0 };
    json_t *json = json_read_object(&reader);
    if (!json)
        return false;
    json_expect(&reader, json, names);
    check_form(&reader, json);
    take_format(&reader, json);
    take_word(&reader, json, "serial", read.serial, sizeof read.serial);
    json_take_time(&reader, json, "issued", &read.issued_ns);
    json_take_time(&reader, json, "at", &read.at_ns);
    json_take_string(&reader, json, "reason", read.reason, sizeof read.reason);
    json_decref(json);
    if (!reader.failed)
        *out = read;
    return !reader.failed;
}

static void set(json_t *json, const char *name, json_t *value)
{
    (void)json_object_set_new(json, name, value);
}

/* What is not told has no member. */
static void set_string(json_t *json, const char *name, const char *value)
{
    if (*value)
        set(json, name, json_string(value));
}

static void set_number(json_t *json, const char *name, uint64_t value)
{
    if (value > 0)
        set(json, name, json_integer((json_int_t)value));
}

static void set_time(json_t *json, const char *name, int64_t time_ns)
{
    char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    time_write(time_ns, 0, &text);
    set(json, name, json_string(room));
}

static json_t *directions_json(uint32_t directions)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < DIRECTIONS; i++) {
        if (directions & UINT32_C(1) << i)
            (void)json_array_append_new(list, json_string(direction_name((enum direction)i)));
    }
    return list;
}

static void set_lists(json_t *json, const struct warrant *warrant)
{
    json_t *conditions = json_array(), *selectors = json_array();
    for (size_t i = 0; i < warrant->condition_count; i++)
        (void)json_array_append_new(conditions, json_string(warrant->conditions[i]));
    for (size_t i = 0; i < warrant->selector_count; i++)
        (void)json_array_append_new(selectors,
                                    json_pack("{s:s, s:s}", "name", warrant->selectors[i].name,
                                              "text", warrant->selectors[i].text));
    set(json, "directions", directions_json(warrant->directions));
    set(json, "conditions", conditions);
    set(json, "selectors", selectors);
}

bool warrant_write(const struct warrant *warrant, struct text *out, struct error *err)
{
    json_t *json = json_object();
    set_number(json, "format", PAYLOAD_FORMAT);
    set_string(json, "serial", warrant->serial);
    set_string(json, "law", warrant->law);
    set_string(json, "basis", warrant->basis);
    set_string(json, "issuer", warrant->issuer);
    set_string(json, "extends", warrant->extends);
    set_string(json, "equipment", warrant->equipment);
    set_number(json, "capacity_bits_per_second", warrant->capacity_bits_per_second);
    set_number(json, "share_permille", warrant->share_permille);
    set_time(json, "issued", warrant->issued_ns);
    set_time(json, "from", warrant->from_ns);
    set_time(json, "to", warrant->to_ns);
    set_lists(json, warrant);
    bool is_written = json_put(json, out, err);
    json_decref(json);
    return is_written;
}

bool revocation_write(const struct revocation *revocation, struct text *out, struct error *err)
{
    json_t *json = json_object();
    set_number(json, "format", PAYLOAD_FORMAT);
    set_string(json, "serial", revocation->serial);
    set_string(json, "reason", revocation->reason);
    set_time(json, "issued", revocation->issued_ns);
    set_time(json, "at", revocation->at_ns);
    bool is_written = json_put(json, out, err);
    json_decref(json);
    return is_written;
}
