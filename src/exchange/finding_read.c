// SPDX-License-Identifier: Apache-2.0
#include "exchange/finding_read.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"

enum { WORDS_MAX = 512, PARTY_MEMBERS = 2 };

/* One member of an object, and what it may hold. */
struct member {
    const char *name;
    bool (*is_good)(const json_t *value);
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* All of them, and none beside. */
static const char *find_wrong(const json_t *object, const struct member *members, size_t count)
{
    if (!json_is_object(object))
        return "object";
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, members[i].name);
        if (!value || !members[i].is_good(value))
            return members[i].name;
    }
    return json_object_size(object) == count ? NULL : "a member that is not ours";
}

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_count16(const json_t *value)
{
    return is_count(value) && json_integer_value(value) <= UINT16_MAX;
}

static bool is_count8(const json_t *value)
{
    return is_count(value) && json_integer_value(value) <= UINT8_MAX;
}

static bool is_number(const json_t *value)
{
    return json_is_number(value) || json_is_null(value);
}

static bool is_flag(const json_t *value)
{
    return json_is_boolean(value);
}

static bool is_words(const json_t *value)
{
    return json_is_string(value) && json_string_length(value) < WORDS_MAX;
}

static bool is_words_or_null(const json_t *value)
{
    return json_is_null(value) || is_words(value);
}

static struct bytes words_of(const json_t *value)
{
    return (struct bytes){ (const uint8_t *)json_string_value(value),
                           json_string_length(value) };
}

static bool is_time(const json_t *value)
{
    int64_t time_ns;
    return json_is_string(value) && time_read(words_of(value), &time_ns) && time_ns >= 0;
}

static bool is_time_or_null(const json_t *value)
{
    return json_is_null(value) || is_time(value);
}

/* One of the words of an enumeration. */
static bool find_word(const json_t *value, const char *(*name_of)(unsigned), unsigned count,
                      unsigned *out)
{
    for (unsigned i = 0; json_is_string(value) && i < count; i++) {
        if (bytes_equal(words_of(value), bytes_of_string(name_of(i)))) {
            *out = i;
            return true;
        }
    }
    return false;
}

// NOLINTBEGIN(bugprone-macro-parentheses): the name of an enumeration takes none
#define WORDS(noun, type, name, count)                        \
    static const char *noun##_word(unsigned number)           \
    {                                                         \
        return name((enum type)number);                       \
    }                                                         \
    static bool is_##noun(const json_t *value)                \
    {                                                         \
        unsigned number;                                      \
        return find_word(value, noun##_word, count, &number); \
    }
// NOLINTEND(bugprone-macro-parentheses): end of it

WORDS(place, place, place_name, PLACES)
WORDS(direction, direction, direction_name, DIRECTIONS)
WORDS(basis, basis, basis_name, BASES)
WORDS(kind, finding_kind, finding_kind_name, FINDING_KINDS)
WORDS(shape, sighting_shape, shape_name, SHAPES)
WORDS(indicator, indicator_kind, indicator_kind_name, INDICATOR_KINDS)

static bool is_address(const json_t *value)
{
    struct ip_address address;
    return json_is_string(value) && ip_read(words_of(value), &address);
}

static bool is_pseudonym(const json_t *value)
{
    struct bytes head = BYTES("line-"), words = words_of(value);
    return json_is_string(value) && words.len > head.len && words.len < PARTY_TEXT_MAX &&
           bytes_start_with(words, head);
}

/* {"address" or "pseudonym", "place"}; of a subject also "name". */
static bool is_party(const json_t *value)
{
    return json_is_object(value) && json_object_size(value) == PARTY_MEMBERS &&
           is_place(json_object_get(value, "place")) &&
           (is_address(json_object_get(value, "address")) ||
            is_pseudonym(json_object_get(value, "pseudonym")));
}

static bool is_subject(const json_t *value)
{
    const json_t *name = json_object_get(value, "name");
    return is_party(value) ||
           (json_object_size(value) == PARTY_MEMBERS && json_string_length(name) > 0 &&
            json_string_length(name) < SUBJECT_TEXT_MAX &&
            is_place(json_object_get(value, "place")));
}

static const struct member mandate_members[] = {
    { "basis", is_words },
    { "warrant", is_words_or_null },
    { "selector", is_words_or_null },
};

static bool is_mandate(const json_t *value)
{
    return !find_wrong(value, mandate_members, COUNT(mandate_members));
}

static const struct member line_members[] = {
    { "party", is_party },
    { "first_at", is_time },
    { "last_at", is_time },
    { "connections", is_count },
    { "octets_out", is_count },
    { "octets_in", is_count },
    { "interval_median_s", is_number },
    { "interval_spread", is_number },
    { "score", is_number },
};

static bool is_line(const json_t *value)
{
    return !find_wrong(value, line_members, COUNT(line_members));
}

static const char *measure_word(unsigned number)
{
    return measure_kind((enum measure_id)number)->name;
}

static bool is_measure_name(const json_t *value)
{
    unsigned number;
    return find_word(value, measure_word, MEASURES, &number);
}

static const struct member measure_members[] = {
    { "name", is_measure_name }, { "value", is_number },  { "unit", is_words },
    { "threshold", is_number },  { "weight", is_number },
};

static bool is_measure(const json_t *value)
{
    return !find_wrong(value, measure_members, COUNT(measure_members));
}

static const struct member hit_members[] = {
    { "kind", is_indicator },
    { "in_dns", is_flag },
    { "value", is_words },
    { "list", is_words },
    { "expires_at", is_time_or_null },
};

static bool is_hit(const json_t *value)
{
    return !find_wrong(value, hit_members, COUNT(hit_members));
}

static bool is_list(const json_t *value, size_t max, bool (*is_good)(const json_t *one))
{
    size_t count = json_array_size(value);
    bool good = json_is_array(value) && count <= max;
    for (size_t i = 0; good && i < count; i++)
        good = is_good(json_array_get(value, i));
    return good;
}

static bool is_lines(const json_t *value)
{
    return is_list(value, FINDING_LINES_MAX, is_line);
}

static bool is_measures(const json_t *value)
{
    return is_list(value, FINDING_MEASURES_MAX, is_measure);
}

static bool is_hits(const json_t *value)
{
    return is_list(value, FINDING_HITS_MAX, is_hit);
}

static bool is_names(const json_t *value)
{
    return is_list(value, FINDING_NAMES_MAX, is_words);
}

static bool is_addresses(const json_t *value)
{
    return is_list(value, FINDING_ADDRESSES_MAX, is_address);
}

static bool is_score(const json_t *value)
{
    double score = json_number_value(value);
    return json_is_number(value) && score >= 0 && score <= 100;
}

/* "c2-1f9a3c77d2b0": in file names and addresses, so nothing else. */
static bool is_id(const json_t *value)
{
    struct bytes words = words_of(value);
    bool good = json_is_string(value) && words.len > 0 && words.len < FINDING_ID_MAX;
    for (size_t i = 0; good && i < words.len; i++) {
        uint8_t c = words.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    }
    return good;
}

static const struct member finding_members[] = {
    { "id", is_id },
    { "kind", is_kind },
    { "rule", is_words },
    { "alert", is_flag },
    { "rank_of_day", is_number },
    { "p_value", is_number },
    { "false_discovery", is_number },
    { "verdict", is_number },
    { "score", is_score },
    { "subject", is_subject },
    { "port", is_count16 },
    { "protocol", is_count8 },
    { "shape", is_shape },
    { "direction", is_direction },
    { "basis", is_basis },
    { "mandate", is_mandate },
    { "first_at", is_time },
    { "last_at", is_time },
    { "connections", is_count },
    { "octets_out", is_count },
    { "octets_in", is_count },
    { "line_total", is_count },
    { "lines", is_lines },
    { "measures", is_measures },
    { "indicators", is_hits },
    { "names", is_names },
    { "addresses", is_addresses },
    { "retention_until", is_time },
};

/* What was checked above. */

static bool take_words(const json_t *value, char *room, size_t max)
{
    struct text text = text_over(room, max);
    if (json_is_string(value))
        text_put(&text, words_of(value));
    return !text.cut;
}

static int64_t take_time(const json_t *object, const char *name)
{
    int64_t time_ns = 0;
    return time_read(words_of(json_object_get(object, name)), &time_ns) ? time_ns : 0;
}

static uint64_t take_count(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static bool take_subject(const json_t *subject, struct received_finding *out)
{
    static const char *const forms[] = { "name", "pseudonym", "address" };
    const json_t *words = NULL;
    for (size_t i = 0; !words && i < COUNT(forms); i++)
        words = json_object_get(subject, forms[i]);
    out->subject_is_name = json_object_get(subject, "name") != NULL;
    out->subject_is_pseudonym = json_object_get(subject, "pseudonym") != NULL;
    return take_words(words, out->subject, sizeof out->subject);
}

static bool take_mandate(const json_t *json, enum basis basis, struct mandate *out)
{
    out->basis = basis;
    return take_words(json_object_get(json, "basis"), out->basis_name,
                      sizeof out->basis_name) &&
           take_words(json_object_get(json, "warrant"), out->warrant, sizeof out->warrant) &&
           take_words(json_object_get(json, "selector"), out->selector, sizeof out->selector);
}

static void take_numbers(const json_t *json, struct received_finding *out)
{
    out->port = (uint16_t)take_count(json, "port");
    out->protocol = (uint8_t)take_count(json, "protocol");
    out->is_alert = json_is_true(json_object_get(json, "alert"));
    out->score = json_number_value(json_object_get(json, "score"));
    out->first_ns = take_time(json, "first_at");
    out->last_ns = take_time(json, "last_at");
    out->connections = take_count(json, "connections");
    out->octets_out = take_count(json, "octets_out");
    out->octets_in = take_count(json, "octets_in");
    out->line_total = take_count(json, "line_total");
    out->retention_until_ns = take_time(json, "retention_until");
}

/* NULL: it is good. */
static const char *read_finding(const json_t *json, struct received_finding *out)
{
    const char *wrong = find_wrong(json, finding_members, COUNT(finding_members));
    unsigned kind = 0, direction = 0, basis = 0;
    if (wrong)
        return wrong;
    *out = (struct received_finding){ .json = NULL };
    (void)find_word(json_object_get(json, "kind"), kind_word, FINDING_KINDS, &kind);
    (void)find_word(json_object_get(json, "direction"), direction_word, DIRECTIONS, &direction);
    (void)find_word(json_object_get(json, "basis"), basis_word, BASES, &basis);
    out->kind = (enum finding_kind)kind;
    out->direction = (enum direction)direction;
    take_numbers(json, out);
    if (!take_words(json_object_get(json, "id"), out->id, sizeof out->id) ||
        !take_words(json_object_get(json, "rule"), out->rule, sizeof out->rule))
        return "rule";
    if (!take_subject(json_object_get(json, "subject"), out))
        return "subject";
    if (!take_mandate(json_object_get(json, "mandate"), (enum basis)basis, &out->mandate))
        return "mandate";
    return out->first_ns <= out->last_ns && out->retention_until_ns > 0 ? NULL : "last_at";
}

static bool check_all(const json_t *array, struct error *err)
{
    struct received_finding finding;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *wrong = read_finding(json_array_get(array, i), &finding);
        if (wrong)
            return error_set(err, 0, "finding %zu: %s", i, wrong);
    }
    return true;
}

static bool hand_on(const json_t *json, const struct received_finding_taker *taker,
                    struct error *err)
{
    struct received_finding finding;
    const char *wrong = read_finding(json, &finding);
    char *words = wrong ? NULL : json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
    if (!words)
        return error_set(err, 0, "no memory for a finding");
    finding.json = words;
    bool good = taker->take(taker->context, &finding);
    free(words);
    return good || error_set(err, 0, "findings are not taken");
}

bool findings_read(struct bytes json, const struct received_finding_taker *taker, size_t *count,
                   struct error *err)
{
    json_error_t why;
    if (json.len > FINDINGS_OCTETS_MAX)
        return error_set(err, 0, "findings are too long");
    json_t *array = json_loadb((const char *)json.at, json.len, JSON_REJECT_DUPLICATES, &why);
    size_t size = json_array_size(array);
    bool good =
        json_is_array(array) && size <= FINDINGS_READ_MAX
            ? check_all(array, err)
            : error_set(err, 0, "findings are an array of at most %d", FINDINGS_READ_MAX);
    for (size_t i = 0; good && i < size; i++)
        good = hand_on(json_array_get(array, i), taker, err);
    json_decref(array);
    if (good && count)
        *count = size;
    return good;
}
