// SPDX-License-Identifier: Apache-2.0
/* What came of an event becomes rows and entries; what it brings to other records follows in
 * the same change. */
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "base/time.h"
#include "hub/record_private.h"
#include "hub/warrant_private.h"

enum { ECHO_DEPTH_MAX = 4 };

static enum entry_kind kind_of(const char *name)
{
    for (enum entry_kind kind = 0; kind < ENTRY_KINDS; kind++) {
        if (name && strcmp(entry_kind_name(kind), name) == 0)
            return kind;
    }
    return ENTRY_KINDS;
}

/* What can be said of any step; each kind takes what it may have. */
struct entry_facts {
    const struct record *record;
    const struct record_event *what;
    const struct procedure_outcome *outcome;
    const json_t *document;
    struct bytes octets; /* its digest */
    const char *digest;  /* in hexadecimal */
};

static void put(struct entry *entry, enum entry_field field, const char *text)
{
    if (text && *text && entry_kind_fields(entry->kind) & UINT64_C(1) << field)
        entry_set_text(entry, field, bytes_of_string(text));
}

static void put_clock(struct entry *entry, enum entry_field field, const struct record *record,
                      const char *clock)
{
    int64_t at_ns = procedure_clock(&record->subject, clock);
    if (at_ns != INT64_MAX && entry_kind_fields(entry->kind) & UINT64_C(1) << field)
        entry_set_time(entry, field, at_ns);
}

static void put_all(struct entry *entry, const struct entry_facts *facts)
{
    const struct procedure_case *subject = &facts->record->subject;
    const struct procedure_step *step = facts->outcome->step;
    bool is_extension = strstr(step->event, "extension") != NULL;
    put(entry, ENTRY_SUBJECT, facts->record->name);
    put(entry, ENTRY_BASIS, subject->basis ? subject->basis->id : NULL);
    put(entry, ENTRY_ACTOR, facts->what->event->actor);
    put(entry, ENTRY_ROLE, facts->what->event->role);
    put(entry, ENTRY_ARTICLE, facts->outcome->ruling.article);
    put(entry, ENTRY_DIGEST, facts->digest);
    put(entry, ENTRY_EVENT, step->event);
    put(entry, ENTRY_REASON, *facts->what->reason ? facts->what->reason : step->event);
    put(entry, ENTRY_STAGE, is_extension ? "extension" : "first");
    put(entry, ENTRY_WARRANT, facts->record->name);
    put(entry, ENTRY_RECIPIENT, "prime-minister");
    put_clock(entry, ENTRY_FROM, facts->record, "begin");
    put_clock(entry, ENTRY_TO, facts->record, "period");
    put_clock(entry, ENTRY_UNTIL, facts->record, "window");
}

/* Besides procedure_step, the kind that the law's data names, from which duties and the public
 * report's counters follow. */
static bool log_kind(struct change *change, const struct entry_facts *facts, struct error *err)
{
    enum entry_kind kind = kind_of(facts->outcome->step->entry);
    if (kind == ENTRY_KINDS || kind == ENTRY_PROCEDURE_STEP)
        return true;
    if (record_is_warrant(facts->record) &&
        (kind == ENTRY_WARRANT_ACCEPTED || kind == ENTRY_WARRANT_ENDED))
        return warrant_log(change, facts->record, facts->what, kind, err);
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    struct entry_facts voted = *facts;
    struct entry entry = entry_begin(kind, change->now_ns);
    if (facts->what->event->ballot) { /* what the votes are over, not that they were counted */
        text_put_hex(&to, (struct bytes){ facts->record->payload_digest, HUB_DIGEST_OCTETS });
        voted.digest = hex;
    }
    put_all(&entry, &voted);
    return change_log(change, &entry, NULL, err);
}

static json_t *step_document(const struct record *record, const struct record_event *what,
                             const struct procedure_outcome *outcome)
{
    const struct procedure_state *states = record->subject.procedure->states;
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O, s:s, s:o}", "record", record->name,
        "procedure", record->subject.procedure->id, "event", outcome->step->event, "actor",
        what->event->actor, "role", what->event->role, "before", states[outcome->before].id,
        "after", states[outcome->after].id, "fields", record->fields, "reason", what->reason,
        "facts", what->facts ? json_incref((json_t *)(uintptr_t)what->facts) : json_object());
}

static bool write_step(struct change *change, const struct entry_facts *facts, int64_t entry,
                       struct error *err)
{
    const struct record *record = facts->record;
    const struct procedure_state *states = record->subject.procedure->states;
    int64_t id;
    char *text = json_dumps(facts->document, JSON_COMPACT | JSON_SORT_KEYS);
    bool is_written =
        text && sql_number(change->db, SQL0("SELECT MAX(id) FROM step"), 0, &id, err) &&
        database_run(change->db,
                     SQL("INSERT INTO step (id, record, event, before, after, person, second,"
                         " role, at, document, digest, entry)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                         database_number(id + 1), database_number(record->id),
                         database_string(facts->outcome->step->event),
                         database_string(states[facts->outcome->before].id),
                         database_string(states[facts->outcome->after].id),
                         database_number(facts->what->person),
                         database_number(facts->what->second),
                         database_string(facts->what->event->role),
                         database_number(facts->outcome->at_ns), database_string(text),
                         database_blob(facts->octets), database_number(entry)),
                     NULL, err);
    free(text);
    return is_written;
}

/* The step, its document and its entries; the record itself is saved by the caller. */
static bool write_outcome(struct change *change, const struct record *record,
                          const struct record_event *what,
                          const struct procedure_outcome *outcome, struct error *err)
{
    uint8_t digest[HUB_DIGEST_OCTETS];
    char hex[2 * HUB_DIGEST_OCTETS + 1];
    struct text to = text_over(hex, sizeof hex);
    int64_t number;
    json_t *document = step_document(record, what, outcome);
    if (!document || !change_document(change, document, digest, err)) {
        json_decref(document);
        return false;
    }
    text_put_hex(&to, (struct bytes){ digest, sizeof digest });
    const struct entry_facts facts = {
        record, what, outcome, document, { digest, sizeof digest }, hex
    };
    struct entry entry = procedure_entry(&record->subject, what->event, outcome);
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&to));
    bool is_written = change_log(change, &entry, &number, err) &&
                      write_step(change, &facts, number, err) && log_kind(change, &facts, err);
    json_decref(document);
    return is_written;
}

/* A step, and what it brings with it. */
struct applying {
    struct change *change;
    unsigned depth;
    struct law_ruling *ruling;
};

static bool apply_at(struct applying applying, struct record *record,
                     const struct record_event *what, struct error *err);

static bool echo_one(struct applying applying, const struct record *record,
                     const struct procedure_outcome *outcome, size_t echo, struct error *err)
{
    struct change *change = applying.change;
    struct procedure_fact room;
    const struct procedure_value *named = procedure_find_value(
        record->values, record->value_count, outcome->step->echoes[echo].field);
    bool is_failed;
    if (!named || procedure_is_empty(named))
        return true;
    struct record *other = record_load(change->hub, change->db, named->text, &is_failed, err);
    if (!other)
        return !is_failed;
    struct procedure_event event = procedure_echo(&record->subject, outcome, echo, &room);
    event.now_ns = change->now_ns;
    event.values = other->values;
    event.value_count = other->value_count;
    const struct record_event what = { .event = &event,
                                       .reason = record->name,
                                       .person = change->person };
    applying.depth++;
    bool is_done = apply_at(applying, other, &what, err);
    record_free(other);
    return is_done;
}

static bool echo_all(struct applying applying, const struct record *record,
                     const struct procedure_outcome *outcome, struct error *err)
{
    for (size_t i = 0; i < outcome->step->echo_count; i++) {
        if (applying.depth >= ECHO_DEPTH_MAX)
            return error_set(err, 0, "%s: steps bring steps without end", record->name);
        if (!echo_one(applying, record, outcome, i, err))
            return false;
        if (!applying.ruling->is_allowed)
            return true;
    }
    return true;
}

static bool apply_at(struct applying applying, struct record *record,
                     const struct record_event *what, struct error *err)
{
    struct procedure_outcome outcome = procedure_apply(&record->subject, what->event);
    *applying.ruling = outcome.ruling;
    if (!outcome.ruling.is_allowed)
        return true;
    return write_outcome(applying.change, record, what, &outcome, err) &&
           record_save(applying.change, record, err) &&
           echo_all(applying, record, &outcome, err);
}

bool record_apply(struct change *change, struct record *record, const struct record_event *what,
                  struct law_ruling *ruling, struct error *err)
{
    return apply_at((struct applying){ change, 0, ruling }, record, what, err);
}

bool record_tick(struct change *change, struct record *record, struct error *err)
{
    struct procedure_outcome outcome;
    bool is_changed = false;
    while (procedure_tick(&record->subject, change->now_ns, &outcome)) {
        const struct procedure_event event = { .name = outcome.step->event,
                                               .actor = PROCEDURE_MACHINE,
                                               .role = PROCEDURE_MACHINE,
                                               .now_ns = outcome.at_ns };
        const struct record_event what = { .event = &event, .reason = "" };
        struct law_ruling ruling = { .is_allowed = true };
        if (!write_outcome(change, record, &what, &outcome, err) ||
            !echo_all((struct applying){ change, 0, &ruling }, record, &outcome, err))
            return false;
        is_changed = true;
    }
    return !is_changed || record_save(change, record, err);
}
