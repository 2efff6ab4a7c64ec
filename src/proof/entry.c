// SPDX-License-Identifier: Apache-2.0
#include "proof/entry.h"

#include "base/cursor.h"
#include "base/must.h"
#include "base/time.h"
#include "base/utf8.h"

enum form { TEXT, WORD, DIGEST, COUNT, TIME };

enum { DIGEST_DIGITS = 64, TIME_DECIMALS = 9 };

static const struct field {
    const char *name;
    enum form form;
    const char *words; /* the only ones, each between blanks; NULL: any word */
} fields[ENTRY_FIELDS] = {
    [ENTRY_ACTOR] = { "actor", TEXT, NULL },
    [ENTRY_ARTICLE] = { "article", TEXT, NULL },
    [ENTRY_AT] = { "at", TIME, NULL },
    [ENTRY_BASIS] = { "basis", WORD, NULL },
    [ENTRY_BEFORE] = { "before", TIME, NULL },
    [ENTRY_COMMAND] = { "command", TEXT, NULL },
    [ENTRY_DIGEST] = { "digest", DIGEST, NULL },
    [ENTRY_ERASED] = { "erased", COUNT, NULL },
    [ENTRY_EXAMINED] = { "examined", COUNT, NULL },
    [ENTRY_FORMAT_NUMBER] = { "format", COUNT, NULL },
    [ENTRY_FROM] = { "from", TIME, NULL },
    [ENTRY_KIND] = { "kind", WORD, NULL },
    [ENTRY_LOST] = { "lost", COUNT, NULL },
    [ENTRY_OUTCOME] = { "outcome", WORD, " done interrupted failed " },
    [ENTRY_PROGRAM] = { "program", TEXT, NULL },
    [ENTRY_PURPOSE] = { "purpose", TEXT, NULL },
    [ENTRY_REASON] = { "reason", TEXT, NULL },
    [ENTRY_RECORDS] = { "records", COUNT, NULL },
    [ENTRY_ROLE] = { "role", TEXT, NULL },
    [ENTRY_SELECTED] = { "selected", COUNT, NULL },
    [ENTRY_TO] = { "to", TIME, NULL },
    [ENTRY_VERDICT] = { "verdict", WORD, " allowed refused " },
    [ENTRY_WARRANT] = { "warrant", TEXT, NULL },
};

#define BIT(field) (UINT32_C(1) << (field))

/* What every entry has. */
static const uint32_t common = BIT(ENTRY_AT) | BIT(ENTRY_KIND) | BIT(ENTRY_FORMAT_NUMBER);

static const struct kind {
    const char *name;
    uint32_t needed, allowed; /* besides the common ones */
} kinds[ENTRY_KINDS] = {
    [ENTRY_RUN_BEGUN] = { "run_begun", BIT(ENTRY_COMMAND) | BIT(ENTRY_PROGRAM),
                          BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) },
    [ENTRY_RUN_ENDED] = { "run_ended", BIT(ENTRY_OUTCOME), BIT(ENTRY_REASON) },
    [ENTRY_GAP] = { "gap", BIT(ENTRY_FROM) | BIT(ENTRY_TO) | BIT(ENTRY_REASON),
                    BIT(ENTRY_LOST) },
    [ENTRY_CLOCK_STEP] = { "clock_step", BIT(ENTRY_FROM) | BIT(ENTRY_TO), 0 },
    [ENTRY_STORE_ERASURE] = { "store_erasure", BIT(ENTRY_REASON) | BIT(ENTRY_RECORDS),
                              BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                  BIT(ENTRY_BEFORE) },
    [ENTRY_ACCESS] = { "access",
                       BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_PURPOSE) |
                           BIT(ENTRY_ROLE) | BIT(ENTRY_VERDICT),
                       BIT(ENTRY_ARTICLE) | BIT(ENTRY_REASON) | BIT(ENTRY_RECORDS) },
    [ENTRY_WARRANT_ACCEPTED] = { "warrant_accepted",
                                 BIT(ENTRY_BASIS) | BIT(ENTRY_DIGEST) | BIT(ENTRY_FROM) |
                                     BIT(ENTRY_TO) | BIT(ENTRY_WARRANT),
                                 BIT(ENTRY_ACTOR) },
    [ENTRY_WARRANT_REFUSED] = { "warrant_refused", BIT(ENTRY_DIGEST) | BIT(ENTRY_REASON),
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                    BIT(ENTRY_WARRANT) },
    [ENTRY_SELECTION_BATCH] = { "selection_batch",
                                BIT(ENTRY_BASIS) | BIT(ENTRY_ERASED) | BIT(ENTRY_EXAMINED) |
                                    BIT(ENTRY_FROM) | BIT(ENTRY_SELECTED) | BIT(ENTRY_TO) |
                                    BIT(ENTRY_WARRANT),
                                0 },
};

const char *entry_kind_name(enum entry_kind kind)
{
    return kinds[kind].name;
}

const char *entry_field_name(enum entry_field field)
{
    return fields[field].name;
}

uint32_t entry_kind_fields(enum entry_kind kind)
{
    return common | kinds[kind].needed | kinds[kind].allowed;
}

struct entry entry_begin(enum entry_kind kind, int64_t at_ns)
{
    struct entry entry = { .kind = kind };
    entry_set_text(&entry, ENTRY_KIND, bytes_of_string(kinds[kind].name));
    entry_set_count(&entry, ENTRY_FORMAT_NUMBER, ENTRY_FORMAT);
    entry_set_time(&entry, ENTRY_AT, at_ns);
    return entry;
}

void entry_set_text(struct entry *entry, enum entry_field field, struct bytes text)
{
    MUST(fields[field].form <= DIGEST);
    entry->present |= BIT(field);
    entry->values[field].text = text;
}

void entry_set_count(struct entry *entry, enum entry_field field, uint64_t count)
{
    MUST(fields[field].form == COUNT);
    entry->present |= BIT(field);
    entry->values[field].count = count;
}

void entry_set_time(struct entry *entry, enum entry_field field, int64_t time_ns)
{
    MUST(fields[field].form == TIME);
    entry->present |= BIT(field);
    entry->values[field].time_ns = time_ns;
}

static bool is_text(struct bytes text)
{
    if (text.len == 0 || text.len > ENTRY_TEXT_OCTETS_MAX)
        return false;
    while (text.len > 0) {
        size_t left = text.len;
        uint32_t character = utf8_take(&text);
        if (character < ' ' || (character == UTF8_REPLACEMENT && left - text.len == 1))
            return false;
    }
    return true;
}

static bool is_made_of(struct bytes text, struct bytes octets)
{
    for (size_t i = 0; i < text.len; i++) {
        if (bytes_find(octets, text.at[i]) == octets.len)
            return false;
    }
    return text.len > 0;
}

/* A word of the list, or any of small letters, digits and underscores. */
static bool is_word(struct bytes text, const char *words)
{
    if (text.len > 64 || !is_made_of(text, BYTES("abcdefghijklmnopqrstuvwxyz0123456789_")))
        return false;
    if (!words)
        return true;
    struct bytes rest = bytes_of_string(words);
    while (rest.len > 1) {
        rest = bytes_slice(rest, 1, rest.len);
        struct bytes word = bytes_slice(rest, 0, bytes_find(rest, ' '));
        if (bytes_equal(word, text))
            return true;
        rest = bytes_slice(rest, word.len, rest.len);
    }
    return false;
}

static bool is_value(const struct field *field, const union entry_value *value)
{
    switch (field->form) {
    case TEXT: return is_text(value->text);
    case WORD: return is_word(value->text, field->words);
    case DIGEST:
        return value->text.len == DIGEST_DIGITS &&
               is_made_of(value->text, BYTES("0123456789abcdef"));
    case COUNT: return value->count <= ENTRY_COUNT_MAX;
    case TIME: return value->time_ns >= 0;
    }
    return false;
}

static bool is_whole(const struct entry *entry)
{
    const struct kind *kind = &kinds[entry->kind];
    uint32_t needed = kind->needed | common;
    if ((entry->present & needed) != needed || (entry->present & ~(needed | kind->allowed)))
        return false;
    for (unsigned i = 0; i < ENTRY_FIELDS; i++) {
        if ((entry->present & BIT(i)) && !is_value(&fields[i], &entry->values[i]))
            return false;
    }
    return entry->values[ENTRY_FORMAT_NUMBER].count == ENTRY_FORMAT;
}

/* RFC 8785 3.2.2.2, of texts without controls. */
static void put_string(struct text *out, struct bytes text)
{
    text_put_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '"' || text.at[i] == '\\')
            text_put_char(out, '\\');
        text_put_char(out, (char)text.at[i]);
    }
    text_put_char(out, '"');
}

static void put_value(struct text *out, enum form form, const union entry_value *value)
{
    if (form == COUNT) {
        text_put_u64(out, value->count);
    } else if (form == TIME) {
        text_put_char(out, '"');
        time_write(value->time_ns, TIME_DECIMALS, out);
        text_put_char(out, '"');
    } else {
        put_string(out, value->text);
    }
}

enum fault entry_write(const struct entry *entry, struct text *out)
{
    if (!is_whole(entry))
        return FAULT_VALUE;
    char room[ENTRY_OCTETS_MAX + 1], before = '{';
    struct text json = text_over(room, sizeof room);
    for (unsigned i = 0; i < ENTRY_FIELDS; i++) {
        if (!(entry->present & BIT(i)))
            continue;
        text_put_char(&json, before);
        put_string(&json, bytes_of_string(fields[i].name));
        text_put_char(&json, ':');
        put_value(&json, fields[i].form, &entry->values[i]);
        before = ',';
    }
    text_put_char(&json, '}');
    if (json.cut || json.len >= out->max - out->len)
        return FAULT_LIMIT;
    text_put(out, text_bytes(&json));
    return FAULT_NONE;
}

/* Up to the closing quote; where there is an escape, written out in room. */
static struct bytes take_string(struct cursor *json, struct text *room)
{
    struct bytes all = cursor_rest(json);
    size_t start = room->len, len = 0;
    bool is_escaped = false;
    for (uint8_t c; c = cursor_u8(json), !json->broken && c != '"'; len++) {
        if (c == '\\') {
            if (!is_escaped)
                text_put(room, bytes_slice(all, 0, len));
            is_escaped = true;
            c = cursor_u8(json);
        }
        if (is_escaped)
            text_put_char(room, (char)c);
    }
    if (!is_escaped)
        return bytes_slice(all, 0, len);
    return (struct bytes){ (const uint8_t *)room->at + start, room->len - start };
}

static struct bytes take_digits(struct cursor *json)
{
    struct bytes all = cursor_rest(json);
    size_t len = 0;
    while (len < all.len && all.at[len] >= '0' && all.at[len] <= '9')
        len++;
    cursor_skip(json, len);
    return bytes_slice(all, 0, len);
}

static bool find_field(struct bytes name, enum entry_field *out)
{
    for (unsigned i = 0; i < ENTRY_FIELDS; i++) {
        if (bytes_equal(name, bytes_of_string(fields[i].name))) {
            *out = (enum entry_field)i;
            return true;
        }
    }
    return false;
}

static bool take_value(struct cursor *json, enum entry_field field, struct text *room,
                       struct entry *entry)
{
    union entry_value *value = &entry->values[field];
    entry->present |= BIT(field);
    if (fields[field].form == COUNT)
        return text_read_u64(take_digits(json), ENTRY_COUNT_MAX, &value->count);
    if (cursor_u8(json) != '"')
        return false;
    struct bytes text = take_string(json, room);
    if (fields[field].form == TIME)
        return time_read(text, &value->time_ns);
    value->text = text;
    return true;
}

static bool find_kind(struct entry *entry)
{
    for (unsigned i = 0; i < ENTRY_KINDS; i++) {
        if ((entry->present & BIT(ENTRY_KIND)) &&
            bytes_equal(entry->values[ENTRY_KIND].text, bytes_of_string(kinds[i].name))) {
            entry->kind = (enum entry_kind)i;
            return true;
        }
    }
    return false;
}

/* Reads generously, and then takes only what is written back octet by octet. */
enum fault entry_read(struct bytes json, struct text *room, struct entry *out)
{
    struct cursor cursor = cursor_over(json);
    struct entry entry = { 0 };
    char again_room[ENTRY_OCTETS_MAX + 1];
    struct text again = text_over(again_room, sizeof again_room);
    if (json.len > ENTRY_OCTETS_MAX)
        return FAULT_LIMIT;
    uint8_t mark = cursor_u8(&cursor);
    for (uint8_t expected = '{'; mark == expected; expected = ',') {
        enum entry_field field;
        cursor_skip(&cursor, 1);
        struct bytes name = take_string(&cursor, room);
        cursor_skip(&cursor, 1);
        if (cursor.broken)
            return FAULT_TRUNCATED;
        if (!find_field(name, &field) || !take_value(&cursor, field, room, &entry))
            return cursor.broken ? FAULT_TRUNCATED : FAULT_VALUE;
        mark = cursor_u8(&cursor);
    }
    if (cursor.broken)
        return FAULT_TRUNCATED;
    if (room->cut || !find_kind(&entry) || entry_write(&entry, &again) != FAULT_NONE ||
        !bytes_equal(text_bytes(&again), json))
        return FAULT_VALUE;
    *out = entry;
    return FAULT_NONE;
}
