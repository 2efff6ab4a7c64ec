// SPDX-License-Identifier: Apache-2.0
/* Was each duty that an event brought met, and in time: to tell of it, to inspect it, to set
 * how long it is kept?  Which events, who, whom and how soon is the law's data. */
#include "oversight/oversight_private.h"

/* Retention is set when the record is made (25(1)); we hold it to be so within a day. */
#define RETENTION_NS TIME_DAY_NS

static void add(struct oversight *oversight, const struct oversight_duty *duty)
{
    if (oversight->duty_count == OVERSIGHT_DUTIES_MAX)
        oversight_say_full(oversight, duty->entry, "duties");
    else
        oversight->duties[oversight->duty_count++] = *duty;
}

static struct oversight_duty begin(const struct law_basis *basis, uint64_t number,
                                   const struct entry *entry)
{
    struct bytes subject = oversight_text(entry, ENTRY_SUBJECT);
    return (struct oversight_duty){
        .basis = basis,
        .entry = number,
        .has_subject = subject.len > 0,
        .subject = oversight_name_of(subject),
    };
}

static void add_notices(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    const struct law *law = oversight->law;
    const struct law_basis *basis = oversight_basis(oversight, entry);
    struct bytes event = bytes_of_string(entry_kind_name(entry->kind));
    struct bytes id = basis ? bytes_of_string(basis->id) : oversight_text(entry, ENTRY_BASIS);
    struct oversight_duty duty = begin(basis, number, entry);
    int64_t at_ns = oversight_time(entry, ENTRY_AT);
    for (size_t i = 0; i < law->notice_count; i++) {
        const struct law_notice *notice = &law->notices[i];
        const struct law_time_word *word = law_find_time_word(law, notice->time_word);
        if (!law_notice_is_due(law, notice, event, id, at_ns))
            continue;
        duty.notice = notice;
        duty.due_ns = oversight_later(at_ns, word ? word->within_ns : 0);
        add(oversight, &duty);
    }
}

static bool is_refused(const struct entry *entry)
{
    return entry_has(entry, ENTRY_VERDICT) &&
           bytes_equal(oversight_text(entry, ENTRY_VERDICT), BYTES("refused"));
}

static void add_retention(struct oversight *oversight, uint64_t number,
                          const struct entry *entry)
{
    const struct law_basis *basis = oversight_basis(oversight, entry);
    struct oversight_duty duty = begin(basis, number, entry);
    duty.due_ns = oversight_later(oversight_time(entry, ENTRY_AT), RETENTION_NS);
    if (entry->kind == ENTRY_SELECTION_BATCH && oversight_count(entry, ENTRY_SELECTED) > 0 &&
        basis && basis->kind == BASIS_STATUTORY)
        add(oversight, &duty);
}

static struct oversight_say words_of(const struct oversight *oversight,
                                     const struct oversight_duty *duty)
{
    const struct law_retention *rule =
        duty->basis ? law_find_retention(oversight->law, duty->basis->retention) : NULL;
    if (!duty->notice)
        return (struct oversight_say){ .entry = duty->entry,
                                       .article = rule ? rule->article : "LC-13" };
    return (struct oversight_say){
        .entry = duty->entry,
        .article = duty->notice->article,
        .first = bytes_of_string(duty->notice->name.en),
    };
}

static void say_late(const struct oversight *oversight, const struct oversight_duty *duty,
                     int64_t at_ns)
{
    char room[TIME_TEXT_MAX];
    struct text span = text_over(room, sizeof room);
    struct oversight_say say = words_of(oversight, duty);
    if (at_ns <= duty->due_ns)
        return;
    time_write_span(at_ns - duty->due_ns, &span);
    say.second = text_bytes(&span);
    oversight_say(oversight, OVERSIGHT_NOTICE_LATE, &say);
}

/* By the number of the entry; or by its subject, and then all before that have the same. */
static bool is_named(const struct oversight_duty *duty, const struct entry *entry,
                     const struct tree_hash *subject)
{
    if (entry_has(entry, ENTRY_NUMBER) && oversight_count(entry, ENTRY_NUMBER) == duty->entry)
        return true;
    return duty->has_subject && entry_has(entry, ENTRY_SUBJECT) &&
           tree_hash_equal(&duty->subject, subject);
}

/* A notice says which duty it meets; what else is done (an inspection, a remedy) says by which
 * article. */
static bool is_met(const struct oversight_duty *duty, const struct entry *entry)
{
    if (!duty->notice)
        return entry->kind == ENTRY_RETENTION_SET;
    if (entry->kind == ENTRY_NOTICE)
        return bytes_equal(oversight_text(entry, ENTRY_DUTY),
                           bytes_of_string(duty->notice->id));
    return (entry->kind == ENTRY_INSPECTION || entry->kind == ENTRY_REMEDIED) &&
           bytes_equal(oversight_text(entry, ENTRY_ARTICLE),
                       bytes_of_string(duty->notice->article));
}

static bool meet(struct oversight *oversight, const struct entry *entry)
{
    int64_t at_ns = oversight_time(entry, ENTRY_AT);
    struct tree_hash subject = oversight_name_of(oversight_text(entry, ENTRY_SUBJECT));
    size_t kept = 0, count = oversight->duty_count;
    for (size_t i = 0; i < count; i++) {
        const struct oversight_duty duty = oversight->duties[i];
        if (is_met(&duty, entry) && is_named(&duty, entry, &subject))
            say_late(oversight, &duty, at_ns);
        else
            oversight->duties[kept++] = duty;
    }
    oversight->duty_count = kept;
    return kept < count;
}

void duties_take(struct oversight *oversight, uint64_t number, const struct entry *entry)
{
    switch ((unsigned)entry->kind) {
    case ENTRY_NOTICE:
    case ENTRY_INSPECTION:
    case ENTRY_REMEDIED:
    case ENTRY_RETENTION_SET:
        if (!meet(oversight, entry) && entry->kind == ENTRY_NOTICE) {
            struct oversight_say say = { number, "", oversight_text(entry, ENTRY_DUTY), { 0 } };
            oversight_say(oversight, OVERSIGHT_NOTICE_IDLE, &say);
        }
        break;
    default: break;
    }
    add_retention(oversight, number, entry);
    if (!is_refused(entry))
        add_notices(oversight, number, entry);
}

void duties_end(struct oversight *oversight, int64_t as_of_ns)
{
    for (size_t i = 0; i < oversight->duty_count; i++) {
        const struct oversight_duty *duty = &oversight->duties[i];
        char room[TIME_TEXT_MAX];
        struct text due = text_over(room, sizeof room);
        struct oversight_say say = words_of(oversight, duty);
        if (duty->due_ns >= as_of_ns)
            continue;
        time_write(duty->due_ns, 0, &due);
        say.second = text_bytes(&due);
        oversight_say(oversight,
                      duty->notice ? OVERSIGHT_NOTICE_MISSING : OVERSIGHT_RETENTION_MISSING,
                      &say);
    }
}
