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
    [ENTRY_ACTION] = { "action", TEXT, NULL },
    [ENTRY_ACTOR] = { "actor", TEXT, NULL },
    [ENTRY_APPROVER] = { "approver", TEXT, NULL },
    [ENTRY_ARTICLE] = { "article", TEXT, NULL },
    [ENTRY_AT] = { "at", TIME, NULL },
    [ENTRY_BASIS] = { "basis", WORD, NULL },
    [ENTRY_BEFORE] = { "before", TIME, NULL },
    [ENTRY_CAPACITY] = { "capacity", COUNT, NULL },
    [ENTRY_COMMAND] = { "command", TEXT, NULL },
    [ENTRY_CONSENT] = { "consent", TEXT, NULL },
    [ENTRY_DIGEST] = { "digest", DIGEST, NULL },
    [ENTRY_DIRECTION] = { "direction", TEXT, NULL },
    [ENTRY_DROPPED_DIRECTION] = { "dropped_direction", COUNT, NULL },
    [ENTRY_DROPPED_DOMESTIC] = { "dropped_domestic", COUNT, NULL },
    [ENTRY_DROPPED_PERIOD] = { "dropped_period", COUNT, NULL },
    [ENTRY_DROPPED_UNKNOWN] = { "dropped_unknown", COUNT, NULL },
    [ENTRY_DROPPED_UNMATCHED] = { "dropped_unmatched", COUNT, NULL },
    [ENTRY_DUTY] = { "duty", TEXT, NULL },
    [ENTRY_NUMBER] = { "entry", COUNT, NULL },
    [ENTRY_EQUIPMENT] = { "equipment", TEXT, NULL },
    [ENTRY_EQUIVALENCE] = { "equivalence", TEXT, NULL },
    [ENTRY_ERASED] = { "erased", COUNT, NULL },
    [ENTRY_EVENT] = { "event", WORD, NULL },
    [ENTRY_EXAMINED] = { "examined", COUNT, NULL },
    [ENTRY_EXTENDS] = { "extends", TEXT, NULL },
    [ENTRY_FIELD_NAMES] = { "fields", TEXT, NULL },
    [ENTRY_FINDINGS] = { "findings", COUNT, NULL },
    [ENTRY_FORMAT_NUMBER] = { "format", COUNT, NULL },
    [ENTRY_FROM] = { "from", TIME, NULL },
    [ENTRY_GENERATION] = { "generation", COUNT, NULL },
    [ENTRY_INDICATORS] = { "indicators", COUNT, NULL },
    [ENTRY_KEY] = { "key", TEXT, NULL },
    [ENTRY_KIND] = { "kind", WORD, NULL },
    [ENTRY_LAW] = { "law", TEXT, NULL },
    [ENTRY_LISTS] = { "lists", COUNT, NULL },
    [ENTRY_LOST] = { "lost", COUNT, NULL },
    [ENTRY_OCTETS] = { "octets", COUNT, NULL },
    [ENTRY_OUTCOME] = { "outcome", WORD, " done interrupted failed " },
    [ENTRY_PARTY] = { "party", TEXT, NULL },
    [ENTRY_PERMISSION] = { "permission", TEXT, NULL },
    [ENTRY_PROCEDURE] = { "procedure", TEXT, NULL },
    [ENTRY_PRODUCT] = { "product", TEXT, NULL },
    [ENTRY_PROGRAM] = { "program", TEXT, NULL },
    [ENTRY_PURPOSE] = { "purpose", TEXT, NULL },
    [ENTRY_REASON] = { "reason", TEXT, NULL },
    [ENTRY_RECIPIENT] = { "recipient", TEXT, NULL },
    [ENTRY_RECORDS] = { "records", COUNT, NULL },
    [ENTRY_ROLE] = { "role", TEXT, NULL },
    [ENTRY_SELECTED] = { "selected", COUNT, NULL },
    [ENTRY_SHARE] = { "share", COUNT, NULL },
    [ENTRY_SIGNERS] = { "signers", COUNT, NULL },
    [ENTRY_STAGE] = { "stage", WORD, " first extension " },
    [ENTRY_STATE] = { "state", WORD, NULL },
    [ENTRY_STATE_BEFORE] = { "state_before", WORD, NULL },
    [ENTRY_SUBJECT] = { "subject", TEXT, NULL },
    [ENTRY_TO] = { "to", TIME, NULL },
    [ENTRY_UNTIL] = { "until", TIME, NULL },
    [ENTRY_VERDICT] = { "verdict", WORD, " allowed refused " },
    [ENTRY_WARRANT] = { "warrant", TEXT, NULL },
};

#define BIT(field) (UINT64_C(1) << (field))

_Static_assert(ENTRY_FIELDS <= 64, "a field is a bit of 64");

/* What every entry has. */
static const uint64_t common = BIT(ENTRY_AT) | BIT(ENTRY_KIND) | BIT(ENTRY_FORMAT_NUMBER);

static const struct kind {
    const char *name;
    uint64_t needed, allowed; /* besides the common ones */
} kinds[ENTRY_KINDS] = {
    [ENTRY_RUN_BEGUN] = { "run_begun", BIT(ENTRY_COMMAND) | BIT(ENTRY_PROGRAM),
                          BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_WARRANT) },
    [ENTRY_RUN_ENDED] = { "run_ended", BIT(ENTRY_OUTCOME), BIT(ENTRY_REASON) },
    [ENTRY_GAP] = { "gap", BIT(ENTRY_FROM) | BIT(ENTRY_REASON) | BIT(ENTRY_TO),
                    BIT(ENTRY_EQUIPMENT) | BIT(ENTRY_LOST) | BIT(ENTRY_WARRANT) },
    [ENTRY_CLOCK_STEP] = { "clock_step", BIT(ENTRY_FROM) | BIT(ENTRY_TO), BIT(ENTRY_REASON) },
    [ENTRY_LAW_LOADED] = { "law_loaded", BIT(ENTRY_DIGEST) | BIT(ENTRY_LAW), 0 },
    [ENTRY_KEY_CHANGED] = { "key_changed", BIT(ENTRY_KEY) | BIT(ENTRY_PURPOSE),
                            BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_DIGEST) |
                                BIT(ENTRY_REASON) },
    [ENTRY_SANDBOX_WEAKENED] = { "sandbox_weakened", BIT(ENTRY_REASON), BIT(ENTRY_ACTOR) },
    [ENTRY_COLLECTOR_REFUSED] = { "collector_refused", BIT(ENTRY_REASON),
                                  BIT(ENTRY_LOST) | BIT(ENTRY_RECORDS) },
    [ENTRY_GENERATION_LOADED] = { "generation_loaded",
                                  BIT(ENTRY_DIGEST) | BIT(ENTRY_GENERATION) |
                                      BIT(ENTRY_INDICATORS) | BIT(ENTRY_LISTS),
                                  BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_FROM) |
                                      BIT(ENTRY_TO) | BIT(ENTRY_WARRANT) },
    [ENTRY_AGREEMENT_CONCLUDED] = { "agreement_concluded",
                                    BIT(ENTRY_BASIS) | BIT(ENTRY_SUBJECT),
                                    BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                        BIT(ENTRY_FROM) | BIT(ENTRY_PARTY) | BIT(ENTRY_TO) },
    [ENTRY_AGREEMENT_CHANGED] = { "agreement_changed", BIT(ENTRY_BASIS) | BIT(ENTRY_SUBJECT),
                                  BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                      BIT(ENTRY_FROM) | BIT(ENTRY_PARTY) | BIT(ENTRY_REASON) |
                                      BIT(ENTRY_TO) },
    [ENTRY_AGREEMENT_ENDED] = { "agreement_ended", BIT(ENTRY_BASIS) | BIT(ENTRY_SUBJECT),
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_PARTY) |
                                    BIT(ENTRY_REASON) },
    [ENTRY_APPROVAL_REQUESTED] = { "approval_requested",
                                   BIT(ENTRY_BASIS) | BIT(ENTRY_STAGE) | BIT(ENTRY_SUBJECT),
                                   BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                       BIT(ENTRY_REASON) | BIT(ENTRY_WARRANT) },
    [ENTRY_APPROVAL_GIVEN] = { "approval_given",
                               BIT(ENTRY_BASIS) | BIT(ENTRY_STAGE) | BIT(ENTRY_SUBJECT),
                               BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                   BIT(ENTRY_FROM) | BIT(ENTRY_REASON) | BIT(ENTRY_TO) |
                                   BIT(ENTRY_WARRANT) },
    [ENTRY_APPROVAL_REFUSED] = { "approval_refused",
                                 BIT(ENTRY_BASIS) | BIT(ENTRY_STAGE) | BIT(ENTRY_SUBJECT),
                                 BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                     BIT(ENTRY_REASON) | BIT(ENTRY_WARRANT) },
    [ENTRY_WARRANT_ACCEPTED] = { "warrant_accepted",
                                 BIT(ENTRY_BASIS) | BIT(ENTRY_DIGEST) | BIT(ENTRY_FROM) |
                                     BIT(ENTRY_TO) | BIT(ENTRY_WARRANT),
                                 BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_CAPACITY) |
                                     BIT(ENTRY_DIRECTION) | BIT(ENTRY_EQUIPMENT) |
                                     BIT(ENTRY_EXTENDS) | BIT(ENTRY_LAW) | BIT(ENTRY_SHARE) |
                                     BIT(ENTRY_SIGNERS) },
    [ENTRY_WARRANT_REFUSED] = { "warrant_refused", BIT(ENTRY_DIGEST) | BIT(ENTRY_REASON),
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                    BIT(ENTRY_EQUIPMENT) | BIT(ENTRY_WARRANT) },
    [ENTRY_WARRANT_REVOKED] = { "warrant_revoked", BIT(ENTRY_TO) | BIT(ENTRY_WARRANT),
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                    BIT(ENTRY_DIGEST) | BIT(ENTRY_REASON) },
    [ENTRY_WARRANT_ENDED] = { "warrant_ended",
                              BIT(ENTRY_EVENT) | BIT(ENTRY_TO) | BIT(ENTRY_WARRANT),
                              BIT(ENTRY_BASIS) | BIT(ENTRY_REASON) },
    [ENTRY_SELECTION_BATCH] = { "selection_batch",
                                BIT(ENTRY_BASIS) | BIT(ENTRY_ERASED) | BIT(ENTRY_EXAMINED) |
                                    BIT(ENTRY_FROM) | BIT(ENTRY_SELECTED) | BIT(ENTRY_TO) |
                                    BIT(ENTRY_WARRANT),
                                BIT(ENTRY_DIGEST) | BIT(ENTRY_DIRECTION) |
                                    BIT(ENTRY_DROPPED_DIRECTION) | BIT(ENTRY_DROPPED_DOMESTIC) |
                                    BIT(ENTRY_DROPPED_PERIOD) | BIT(ENTRY_DROPPED_UNKNOWN) |
                                    BIT(ENTRY_DROPPED_UNMATCHED) | BIT(ENTRY_EQUIPMENT) |
                                    BIT(ENTRY_GENERATION) | BIT(ENTRY_OCTETS) |
                                    BIT(ENTRY_SUBJECT) },
    [ENTRY_ERASURE_ATTESTED] = { "erasure_attested", BIT(ENTRY_OCTETS) | BIT(ENTRY_OUTCOME),
                                 BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) | BIT(ENTRY_ERASED) |
                                     BIT(ENTRY_FROM) | BIT(ENTRY_SUBJECT) | BIT(ENTRY_TO) |
                                     BIT(ENTRY_WARRANT) },
    [ENTRY_DEIDENTIFIED] = { "deidentified", BIT(ENTRY_RECORDS),
                             BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                 BIT(ENTRY_FIELD_NAMES) | BIT(ENTRY_REASON) |
                                 BIT(ENTRY_SUBJECT) | BIT(ENTRY_WARRANT) },
    [ENTRY_REIDENTIFICATION_OPENED] = { "reidentification_opened",
                                        BIT(ENTRY_ACTOR) | BIT(ENTRY_DIGEST) |
                                            BIT(ENTRY_FIELD_NAMES) | BIT(ENTRY_REASON) |
                                            BIT(ENTRY_UNTIL),
                                        BIT(ENTRY_APPROVER) | BIT(ENTRY_ARTICLE) |
                                            BIT(ENTRY_BASIS) | BIT(ENTRY_PURPOSE) |
                                            BIT(ENTRY_RECORDS) | BIT(ENTRY_ROLE) |
                                            BIT(ENTRY_SUBJECT) | BIT(ENTRY_WARRANT) },
    [ENTRY_REIDENTIFICATION_CLOSED] = { "reidentification_closed",
                                        BIT(ENTRY_DIGEST) | BIT(ENTRY_EVENT),
                                        BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) |
                                            BIT(ENTRY_BASIS) | BIT(ENTRY_REASON) |
                                            BIT(ENTRY_RECORDS) | BIT(ENTRY_SUBJECT) },
    [ENTRY_REIDENTIFICATION_REFUSED] = { "reidentification_refused",
                                         BIT(ENTRY_DIGEST) | BIT(ENTRY_REASON),
                                         BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) |
                                             BIT(ENTRY_BASIS) | BIT(ENTRY_FIELD_NAMES) |
                                             BIT(ENTRY_ROLE) | BIT(ENTRY_SUBJECT) },
    [ENTRY_RETENTION_SET] = { "retention_set",
                              BIT(ENTRY_BASIS) | BIT(ENTRY_FROM) | BIT(ENTRY_UNTIL),
                              BIT(ENTRY_ARTICLE) | BIT(ENTRY_RECORDS) | BIT(ENTRY_SUBJECT) |
                                  BIT(ENTRY_WARRANT) },
    [ENTRY_RETENTION_EXTENDED] = { "retention_extended",
                                   BIT(ENTRY_BASIS) | BIT(ENTRY_BEFORE) | BIT(ENTRY_REASON) |
                                       BIT(ENTRY_UNTIL),
                                   BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_RECORDS) |
                                       BIT(ENTRY_SUBJECT) | BIT(ENTRY_WARRANT) },
    [ENTRY_RETENTION_ENDED] = { "retention_ended",
                                BIT(ENTRY_BASIS) | BIT(ENTRY_REASON) | BIT(ENTRY_UNTIL),
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_RECORDS) |
                                    BIT(ENTRY_SUBJECT) | BIT(ENTRY_WARRANT) },
    [ENTRY_RECORD_ERASURE] = { "record_erasure", BIT(ENTRY_REASON) | BIT(ENTRY_RECORDS),
                               BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                   BIT(ENTRY_BEFORE) | BIT(ENTRY_SUBJECT) | BIT(ENTRY_UNTIL) |
                                   BIT(ENTRY_WARRANT) },
    [ENTRY_PROVISION] = { "provision",
                          BIT(ENTRY_PRODUCT) | BIT(ENTRY_RECIPIENT) | BIT(ENTRY_ROLE) |
                              BIT(ENTRY_VERDICT),
                          BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                              BIT(ENTRY_CONSENT) | BIT(ENTRY_DIGEST) | BIT(ENTRY_EQUIVALENCE) |
                              BIT(ENTRY_PERMISSION) | BIT(ENTRY_PURPOSE) | BIT(ENTRY_REASON) |
                              BIT(ENTRY_RECORDS) | BIT(ENTRY_SUBJECT) | BIT(ENTRY_WARRANT) },
    [ENTRY_ACCESS] = { "access",
                       BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_PURPOSE) |
                           BIT(ENTRY_ROLE) | BIT(ENTRY_VERDICT),
                       BIT(ENTRY_ACTION) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_REASON) |
                           BIT(ENTRY_RECORDS) | BIT(ENTRY_SUBJECT) },
    [ENTRY_NOTICE] = { "notice", BIT(ENTRY_DUTY) | BIT(ENTRY_RECIPIENT),
                       BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                           BIT(ENTRY_NUMBER) | BIT(ENTRY_SUBJECT) },
    [ENTRY_PROCEDURE_STEP] = { "procedure_step",
                               BIT(ENTRY_EVENT) | BIT(ENTRY_PROCEDURE) | BIT(ENTRY_STATE) |
                                   BIT(ENTRY_SUBJECT),
                               BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                                   BIT(ENTRY_DIGEST) | BIT(ENTRY_REASON) | BIT(ENTRY_ROLE) |
                                   BIT(ENTRY_STATE_BEFORE) | BIT(ENTRY_VERDICT) |
                                   BIT(ENTRY_WARRANT) },
    [ENTRY_INSPECTION] = { "inspection", BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE),
                           BIT(ENTRY_BASIS) | BIT(ENTRY_NUMBER) | BIT(ENTRY_EVENT) |
                               BIT(ENTRY_FINDINGS) | BIT(ENTRY_REASON) | BIT(ENTRY_SUBJECT) |
                               BIT(ENTRY_VERDICT) },
    [ENTRY_OVERSIGHT_ACTION] = { "oversight_action", BIT(ENTRY_ARTICLE) | BIT(ENTRY_RECIPIENT),
                                 BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_DIGEST) |
                                     BIT(ENTRY_NUMBER) | BIT(ENTRY_EVENT) | BIT(ENTRY_REASON) |
                                     BIT(ENTRY_SUBJECT) },
    [ENTRY_SUSPENDED] = { "suspended", BIT(ENTRY_REASON),
                          BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                              BIT(ENTRY_DIGEST) | BIT(ENTRY_NUMBER) | BIT(ENTRY_SUBJECT) |
                              BIT(ENTRY_WARRANT) },
    [ENTRY_REMEDIED] = { "remedied", BIT(ENTRY_REASON),
                         BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) |
                             BIT(ENTRY_DIGEST) | BIT(ENTRY_NUMBER) | BIT(ENTRY_SUBJECT) |
                             BIT(ENTRY_WARRANT) },
    [ENTRY_VERDICT_GIVEN] = { "verdict_given",
                              BIT(ENTRY_ACTOR) | BIT(ENTRY_EVENT) | BIT(ENTRY_REASON) |
                                  BIT(ENTRY_SUBJECT) | BIT(ENTRY_UNTIL),
                              BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) | BIT(ENTRY_ROLE) },
    [ENTRY_VERDICT_REMOVED] = { "verdict_removed",
                                BIT(ENTRY_ACTOR) | BIT(ENTRY_EVENT) | BIT(ENTRY_REASON) |
                                    BIT(ENTRY_SUBJECT) | BIT(ENTRY_UNTIL),
                                BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) | BIT(ENTRY_ROLE) },
    [ENTRY_REGISTER_CHANGED] = { "register_changed", BIT(ENTRY_EVENT) | BIT(ENTRY_SUBJECT),
                                 BIT(ENTRY_ACTOR) | BIT(ENTRY_ARTICLE) | BIT(ENTRY_DIGEST) |
                                     BIT(ENTRY_REASON) | BIT(ENTRY_ROLE) | BIT(ENTRY_UNTIL) },
    [ENTRY_RECORD_WRITTEN] = { "record_written",
                               BIT(ENTRY_DIGEST) | BIT(ENTRY_EVENT) | BIT(ENTRY_SUBJECT),
                               BIT(ENTRY_ACTOR) | BIT(ENTRY_BASIS) | BIT(ENTRY_PROCEDURE) |
                                   BIT(ENTRY_REASON) | BIT(ENTRY_ROLE) },
    [ENTRY_VOTE_CAST] = { "vote_cast",
                          BIT(ENTRY_ACTOR) | BIT(ENTRY_DIGEST) | BIT(ENTRY_EVENT) |
                              BIT(ENTRY_SUBJECT),
                          BIT(ENTRY_ARTICLE) | BIT(ENTRY_BASIS) | BIT(ENTRY_PROCEDURE) |
                              BIT(ENTRY_ROLE) },
    [ENTRY_BATCH_RECEIVED] = { "batch_received",
                               BIT(ENTRY_DIGEST) | BIT(ENTRY_PRODUCT) | BIT(ENTRY_RECORDS) |
                                   BIT(ENTRY_SUBJECT),
                               BIT(ENTRY_BASIS) | BIT(ENTRY_LOST) | BIT(ENTRY_REASON) },
    [ENTRY_CHECKPOINT_SEEN] = { "checkpoint_seen",
                                BIT(ENTRY_DIGEST) | BIT(ENTRY_RECORDS) | BIT(ENTRY_SUBJECT) |
                                    BIT(ENTRY_VERDICT),
                                BIT(ENTRY_REASON) },
};

const char *entry_kind_name(enum entry_kind kind)
{
    return kinds[kind].name;
}

const char *entry_field_name(enum entry_field field)
{
    return fields[field].name;
}

uint64_t entry_kind_fields(enum entry_kind kind)
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

bool entry_has(const struct entry *entry, enum entry_field field)
{
    return entry->present & BIT(field);
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
    uint64_t needed = kind->needed | common;
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
