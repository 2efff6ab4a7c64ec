// SPDX-License-Identifier: Apache-2.0
/* The ledger as an overseer reads it: entries are written, read back, and held against the
 * law; what the yearly report counts comes from them alone. */
#include <stdio.h>
#include <stdlib.h>

#include "oversight/counts.h"
#include "oversight/oversight.h"
#include "scenario.h"

enum { FINDINGS_MAX = 64, COUNTS_MEMORY = 1 << 20 };

struct log {
    void *room; /* of the memory */
    struct arena memory;
    struct oversight *overseer;
    struct counts *counts;
    uint64_t entry_count;
    size_t finding_count;
    struct oversight_finding findings[FINDINGS_MAX];
    bool is_ended;
};

static void keep_finding(void *context, const struct oversight_finding *finding)
{
    struct log *log = context;
    if (log->finding_count < FINDINGS_MAX)
        log->findings[log->finding_count++] = *finding;
}

static struct log *log_of(struct run *run)
{
    if (run->log)
        return run->log;
    struct log *log = calloc(1, sizeof *log);
    void *memory = calloc(1, OVERSIGHT_MEMORY + COUNTS_MEMORY);
    if (!log || !memory)
        abort();
    log->room = memory;
    log->memory = arena_over(memory, OVERSIGHT_MEMORY + COUNTS_MEMORY);
    log->overseer = oversight_new(&run->law, keep_finding, log, &log->memory);
    log->counts = counts_new(&run->law, INT64_MIN, INT64_MAX, &log->memory);
    run->log = log;
    return log;
}

void log_done(struct run *run)
{
    if (run->log)
        free(run->log->room);
    free(run->log);
    run->log = NULL;
}

static bool find_field(const char *name, enum entry_field *out)
{
    for (enum entry_field field = 0; field < ENTRY_FIELDS; field++) {
        if (is_word(entry_field_name(field), name)) {
            *out = field;
            return true;
        }
    }
    return false;
}

static bool set_field(struct run *run, char *word, struct entry *entry)
{
    static const char digest[] =
        "00000000000000000000000000000000000000000000000000000000000000ab";
    char *equal = strchr(word, '=');
    enum entry_field field;
    uint64_t count;
    int64_t time_ns;
    if (!equal)
        return fail(run, "\"%s\" is no field: name=value", word);
    *equal = '\0';
    const char *value = equal + 1;
    if (!find_field(word, &field))
        return fail(run, "an entry has no field \"%s\"", word);
    if (field == ENTRY_DIGEST)
        entry_set_text(entry, field, bytes_of_string(digest));
    else if (text_read_u64(bytes_of_string(value), UINT32_MAX, &count))
        entry_set_count(entry, field, count);
    else if (value[0] == '2' && strlen(value) >= 10 && value[4] == '-' && value[7] == '-')
        return read_moment(run, value, &time_ns) &&
               (entry_set_time(entry, field, time_ns), true);
    else
        entry_set_text(entry, field, bytes_of_string(value));
    return true;
}

/* log KIND name=value... */
static bool take_log(struct run *run, const struct words *words)
{
    struct log *log = log_of(run);
    char json[ENTRY_OCTETS_MAX + 1], room[ENTRY_OCTETS_MAX + 1];
    struct text text = text_over(json, sizeof json), scratch = text_over(room, sizeof room);
    enum entry_kind kind = 0;
    while (kind < ENTRY_KINDS && !is_word(entry_kind_name(kind), words->at[1]))
        kind++;
    if (kind == ENTRY_KINDS)
        return fail(run, "the ledger knows no entry \"%s\"", words->at[1]);
    struct entry entry = entry_begin(kind, run->now_ns), again;
    for (size_t i = 2; i < words->count; i++) {
        if (!set_field(run, words->at[i], &entry))
            return false;
    }
    if (entry_write(&entry, &text) != FAULT_NONE ||
        entry_read(text_bytes(&text), &scratch, &again) != FAULT_NONE)
        return fail(run, "the ledger takes no such entry: a field is missing or foreign");
    oversight_take(log->overseer, log->entry_count++, &again);
    counts_take(log->counts, &again);
    return true;
}

/* audit: now, as whoever holds the ledger does it */
static bool take_audit(struct run *run, const struct words *words)
{
    struct log *log = log_of(run);
    (void)words;
    if (log->is_ended)
        return fail(run, "the audit is over");
    log->is_ended = true;
    oversight_end(log->overseer, run->now_ns);
    return true;
}

const struct verb ledger_verbs[] = {
    { "log", 2, SCENARIO_WORDS_MAX, take_log, "log KIND field=value..." },
    { "audit", 1, 1, take_audit, "audit" },
    { NULL, 0, 0, NULL, NULL },
};

/* finding ID [ARTICLE]: one of that name, and it is taken off the list */
static bool expect_finding(struct run *run, const struct words *words)
{
    struct log *log = log_of(run);
    for (size_t i = 0; i < log->finding_count; i++) {
        struct oversight_finding *finding = &log->findings[i];
        if (!is_word(finding->id, words->at[1]))
            continue;
        if (words->count > 2 && !is_word(finding->article, words->at[2]))
            return fail(run, "its article is %s", finding->article);
        log->finding_count--;
        memmove(finding, finding + 1, (log->finding_count - i) * sizeof *finding);
        return true;
    }
    return fail(run, "nothing of the kind was found");
}

static bool expect_nothing(struct run *run, const struct words *words)
{
    const struct log *log = log_of(run);
    (void)words;
    return log->finding_count == 0 ||
           fail(run, "%s at entry %llu: %s", log->findings[0].id,
                (unsigned long long)log->findings[0].entry, log->findings[0].words);
}

/* report ID COUNT */
static bool expect_report(struct run *run, const struct words *words)
{
    const struct log *log = log_of(run);
    uint64_t wanted;
    if (!read_count(run, words->at[2], &wanted))
        return false;
    for (size_t i = 0; i < run->law.count_count; i++) {
        if (is_word(run->law.counts[i].id, words->at[1]))
            return log->counts->numbers[i] == wanted ||
                   fail(run, "it is %llu", (unsigned long long)log->counts->numbers[i]);
    }
    return fail(run, "the report has no number \"%s\"", words->at[1]);
}

const struct verb ledger_expectations[] = {
    { "finding", 2, 3, expect_finding, "finding ID [ARTICLE]" },
    { "no-finding", 1, 1, expect_nothing, "no-finding" },
    { "report", 3, 3, expect_report, "report ID COUNT" },
    { NULL, 0, 0, NULL, NULL },
};
