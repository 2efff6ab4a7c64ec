// SPDX-License-Identifier: Apache-2.0
/* Looking as an overseer does: who may, and that it was done. */
#include <string.h>

#include "hub/oversight_private.h"

/* The role by whose row of the matrix it was allowed: "matrix:ROLE:subject". */
static const char *role_of(const struct asking *asking, const struct access_verdict *verdict,
                           char room[ACCESS_RULE_MAX])
{
    struct text to = text_over(room, ACCESS_RULE_MAX);
    const char *first = strchr(verdict->rule, ':');
    const char *last = strrchr(verdict->rule, ':');
    if (!first || last <= first)
        return asking->actor.role_count ? asking->actor.roles[0].id : "none";
    text_put(&to, (struct bytes){ (const uint8_t *)first + 1, (size_t)(last - first - 1) });
    return room;
}

static struct access_verdict judge(const struct asking *asking, const struct look *look)
{
    const bool is_exercise = asking->hub->settings.is_exercise;
    const struct access_object object = { .kind = look->kind,
                                          .basis = is_exercise ? "exercise" : NULL,
                                          .label = LABEL_AMBER,
                                          .is_exercise = is_exercise };
    bool is_export = strcmp(look->action, "export") == 0;
    return access_judge(asking->hub->settings.law, &asking->actor,
                        is_export ? ACTION_EXPORT : ACTION_READ, &object,
                        (struct access_use){ asking->purpose, asking->now_ns });
}

static struct entry entry_of(const struct asking *asking, const struct look *look,
                             const char *role, int64_t now_ns)
{
    struct entry entry = entry_begin(ENTRY_ACCESS, now_ns);
    const char *basis = asking->hub->settings.is_exercise ? "exercise" : "none";
    const char *purpose = asking->purpose ? asking->purpose : "none";
    entry_set_text(&entry, ENTRY_ACTION, bytes_of_string(look->action));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(basis));
    entry_set_text(&entry, ENTRY_PURPOSE, bytes_of_string(purpose));
    entry_set_text(&entry, ENTRY_ROLE, bytes_of_string(role));
    entry_set_text(&entry, ENTRY_VERDICT, BYTES("allowed"));
    if (*look->subject)
        entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(look->subject));
    if (look->records >= 0)
        entry_set_count(&entry, ENTRY_RECORDS, (uint64_t)look->records);
    return entry;
}

bool look_log(struct asking *asking, const struct look *look, struct error *err)
{
    struct change change;
    char role[ACCESS_RULE_MAX];
    struct access_verdict verdict = judge(asking, look);
    struct asking_actor actor = asking_name(asking->actor.person);
    if (!change_of(asking, &change, err))
        return false;
    struct entry entry = entry_of(asking, look, role_of(asking, &verdict, role), change.now_ns);
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    if (!change_log(&change, &entry, NULL, err))
        return change_give_up(&change);
    return change_commit(&change, err);
}

bool look_may(struct asking *asking, const char *kind, bool *is_failed, struct error *err)
{
    struct access_object object;
    const struct compartment what = { .kind = kind,
                                      .label = LABEL_AMBER,
                                      .is_exercise = asking->hub->settings.is_exercise };
    *is_failed = !compartment_of(asking, &what, &object, err);
    return !*is_failed && asking_may(asking, ACTION_READ, &object);
}
