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

static struct access_verdict judge(struct asking *asking, enum access_action action)
{
    const struct access_object object = { .kind = "ledger",
                                          .label = LABEL_AMBER,
                                          .is_exercise = asking->hub->settings.is_exercise };
    return access_judge(asking->hub->settings.law, &asking->actor, action, &object,
                        asking->purpose, asking->now_ns);
}

bool look_log(struct asking *asking, const char *action, const char *subject, struct error *err)
{
    struct change change;
    char role[ACCESS_RULE_MAX];
    bool is_export = strcmp(action, "export") == 0;
    struct access_verdict verdict = judge(asking, is_export ? ACTION_EXPORT : ACTION_READ);
    struct asking_actor actor = asking_name(asking->actor.person);
    if (!change_of(asking, &change, err))
        return false;
    struct entry entry = entry_begin(ENTRY_ACCESS, change.now_ns);
    const char *basis = asking->hub->settings.is_exercise ? "exercise" : "any";
    const char *purpose = asking->purpose ? asking->purpose : "none";
    entry_set_text(&entry, ENTRY_ACTOR, bytes_of_string(actor.text));
    entry_set_text(&entry, ENTRY_ACTION, bytes_of_string(action));
    entry_set_text(&entry, ENTRY_BASIS, bytes_of_string(basis));
    entry_set_text(&entry, ENTRY_PURPOSE, bytes_of_string(purpose));
    entry_set_text(&entry, ENTRY_ROLE, bytes_of_string(role_of(asking, &verdict, role)));
    entry_set_text(&entry, ENTRY_VERDICT, BYTES("allowed"));
    entry_set_text(&entry, ENTRY_SUBJECT, bytes_of_string(subject));
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
