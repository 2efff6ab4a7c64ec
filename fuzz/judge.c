// SPDX-License-Identifier: Apache-2.0
/* Any matrix, anybody, anything: who has less may never do more, whoever may not list may do
 * nothing but create, and every answer says why. */
#include <stdlib.h>

#include "access/judge.h"
#include "base/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ALWAYS               \
    {                        \
        INT64_MIN, INT64_MAX \
    }

enum { NOW = 100, RIGHTS_MAX = 24, NAMES = 4 };

static const char *const names[NAMES] = { "a", "b", "c", "d" };
static const struct law_basis bases[] = { { .id = "a", .kind = BASIS_OWN },
                                          { .id = "b", .kind = BASIS_EXERCISE },
                                          { .id = "c", .kind = BASIS_STATUTORY } };
static const struct law_purpose purposes[] = {
    { .id = "a", .article = "1", .force = ALWAYS },
    { .id = "b", .article = "2", .force = { NOW + 1, INT64_MAX } },
    { .id = "c", .article = "3", .force = ALWAYS, .is_exercise = true },
    { .id = "d", .name = { "d", "d" }, .article = "4", .force = ALWAYS, .is_refused = true },
};
static const struct law_label labels[ACCESS_LABELS] = {
    { .id = "1", .article = "1" },
    { .id = "2", .article = "2" },
    { .id = "3", .article = "3" },
    { .id = "4", .article = "4" },
    { .id = "5", .article = "5", .is_for_named = true },
};
static const struct law_subject subjects[] = {
    { .id = "a", .article = "1", .kind = "record", .procedure = "a" },
    { .id = "b", .article = "2", .kind = "record", .procedure = "*" },
    { .id = "c", .article = "3", .kind = "flow", .tier = "T1", .bases = 1 << BASIS_STATUTORY },
    { .id = "d", .article = "4", .kind = "raw", .tier = "T0" },
};

/* Zeros where the input has ended. */
struct input {
    const uint8_t *at;
    size_t len;
};

static unsigned take(struct input *input, unsigned below)
{
    if (input->len == 0)
        return 0;
    input->len--;
    return *input->at++ % below;
}

static struct law_words take_words(struct input *input)
{
    unsigned first = take(input, NAMES + 1);
    return (struct law_words){ names + (first < NAMES ? first : 0), first < NAMES };
}

static struct law_force take_force(struct input *input)
{
    struct law_force force = ALWAYS;
    if (take(input, 4) == 0)
        force.from_ns = NOW + 1;
    return force;
}

static void take_right(struct input *input, struct law_right *out)
{
    out->role = names[take(input, NAMES)];
    out->subject = names[take(input, NAMES)];
    out->article = "7";
    out->force = take_force(input);
    out->states = take_words(input);
    out->purposes = take_words(input);
    out->actions = take(input, 256) | take(input, 2) << 8;
    out->scope = (enum law_scope)take(input, LAW_SCOPES);
    out->label = take(input, ACCESS_LABELS);
}

static void take_handling(struct input *input, struct law_handling *out)
{
    out->id = "a";
    out->article = "8";
    out->roles = take_words(input);
    out->purposes = take_words(input);
    out->label = take(input, ACCESS_LABELS);
    out->clearance = take(input, ACCESS_CLEARANCES);
    out->is_own_shown = take(input, 2);
}

static void take_actor(struct input *input, struct access_actor *out)
{
    out->person = take(input, 8) != 0;
    out->organisation = take(input, 4);
    out->role_count = take(input, 4);
    for (size_t i = 0; i < out->role_count; i++) {
        out->roles[i].id = names[take(input, NAMES)];
        out->roles[i].organisation = take(input, 4);
        out->roles[i].sectors = take(input, 4);
        out->roles[i].to_ns = take(input, 4) ? INT64_MAX : NOW;
    }
    out->clearance = (enum access_clearance)take(input, ACCESS_CLEARANCES);
    out->clearance_to_ns = take(input, 4) ? INT64_MAX : NOW;
    out->has_passkey = take(input, 2);
    out->is_exercise = take(input, 2);
    out->scopes = take(input, 2) ? UINT64_MAX : take(input, 256);
}

static void take_object(struct input *input, struct access_object *out)
{
    static const char *const kinds[] = { "record", "flow", "raw", "none" };
    out->kind = kinds[take(input, 4)];
    out->procedure = take(input, 2) ? names[take(input, NAMES)] : NULL;
    out->state = take(input, 2) ? names[take(input, NAMES)] : NULL;
    out->basis = take(input, 2) ? names[take(input, NAMES)] : NULL;
    out->label = (enum access_label)take(input, ACCESS_LABELS + 1);
    out->clearance = (enum access_clearance)take(input, ACCESS_CLEARANCES);
    out->organisation = take(input, 4);
    out->ancestors[0] = take(input, 4);
    out->party = take(input, 4);
    out->sector = take(input, 70);
    out->has_roster = take(input, 2);
    out->is_on_roster = take(input, 2);
    out->is_exercise = take(input, 2);
}

struct asked {
    const struct law *law;
    struct access_actor actor;
    struct access_object object;
    const char *purpose;
};

static uint32_t ask(const struct asked *asked)
{
    uint32_t allowed = 0;
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++) {
        struct access_verdict verdict =
            access_judge(asked->law, &asked->actor, (enum access_action)action, &asked->object,
                         (struct access_use){ asked->purpose, NOW });
        MUST(verdict.rule[0] && verdict.ruling.article[0]);
        MUST(verdict.is_allowed == verdict.ruling.is_allowed);
        MUST(verdict.is_allowed || (verdict.ruling.words[0] && verdict.ruling.words_ja[0]));
        allowed |= (uint32_t)verdict.is_allowed << action;
    }
    for (unsigned action = 0; action < ACCESS_ACTIONS; action++)
        MUST(!(allowed & 1U << action) ||
             (access_action_needs((enum access_action)action) & ~allowed) == 0);
    return allowed;
}

static void check_less(const struct asked *asked, uint32_t allowed)
{
    struct asked less = *asked;
    for (size_t i = 0; i < asked->actor.role_count; i++) {
        less.actor = asked->actor;
        less.actor.roles[i].id = "none";
        MUST((ask(&less) & ~allowed) == 0);
    }
    less.actor = asked->actor;
    less.actor.clearance_to_ns = NOW;
    MUST((ask(&less) & ~allowed) == 0);
    less.actor = asked->actor;
    less.actor.scopes &= 0x55;
    MUST((ask(&less) & ~allowed) == 0);
    less.actor = asked->actor;
    less.object.label = access_label_merge(asked->object.label, LABEL_AMBER_STRICT);
    MUST((ask(&less) & ~allowed) == 0);
    less.object.label = LABEL_RED;
    MUST((ask(&less) & ~allowed) == 0 || asked->object.label > LABEL_RED);
    less.object = asked->object;
    less.object.is_on_roster = false;
    MUST((ask(&less) & ~allowed) == 0);
    less.object = asked->object;
    less.object.is_exercise = !asked->object.is_exercise;
    MUST((ask(&less) & allowed) == 0);
    less.object = asked->object;
    less.purpose = "d";
    MUST(ask(&less) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, size };
    struct law_right rights[RIGHTS_MAX] = { 0 };
    struct law_handling handling = { 0 };
    struct law law = { .purpose_article = "2", .access_article = "3" };
    struct asked asked = { .law = &law };
    law.bases = bases;
    law.basis_count = sizeof bases / sizeof *bases;
    law.purposes = purposes;
    law.purpose_count = sizeof purposes / sizeof *purposes;
    law.labels = labels;
    law.label_count = ACCESS_LABELS;
    law.subjects = subjects;
    law.subject_count = sizeof subjects / sizeof *subjects;
    law.rights = rights;
    law.handlings = &handling;
    law.handling_count = 1;
    take_actor(&input, &asked.actor);
    take_object(&input, &asked.object);
    asked.purpose = take(&input, 5) ? names[take(&input, NAMES)] : NULL;
    take_handling(&input, &handling);
    for (; law.right_count < RIGHTS_MAX && input.len > 0; law.right_count++)
        take_right(&input, &rights[law.right_count]);
    uint32_t allowed = ask(&asked);
    check_less(&asked, allowed);
    if (access_judge_field(&law, &asked.actor, &asked.object, "a",
                           (struct access_use){ asked.purpose, NOW })
            .is_allowed)
        MUST(allowed & 1U << ACTION_READ);
    return 0;
}
