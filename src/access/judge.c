// SPDX-License-Identifier: Apache-2.0
#include "access/judge.h"

static const char *const label_names[ACCESS_LABELS] = {
    [LABEL_CLEAR] = "TLP:CLEAR", [LABEL_GREEN] = "TLP:GREEN",
    [LABEL_AMBER] = "TLP:AMBER", [LABEL_AMBER_STRICT] = "TLP:AMBER+STRICT",
    [LABEL_RED] = "TLP:RED",
};

#define BIT(action) (UINT32_C(1) << (action))
#define LOOK (BIT(ACTION_LIST) | BIT(ACTION_READ))

static const struct {
    const char *name;
    uint32_t needs;
} actions[ACCESS_ACTIONS] = {
    [ACTION_LIST] = { "list", BIT(ACTION_LIST) },
    [ACTION_READ] = { "read", LOOK },
    [ACTION_CREATE] = { "create", BIT(ACTION_CREATE) },
    [ACTION_CHANGE] = { "change", LOOK | BIT(ACTION_CHANGE) },
    [ACTION_STEP] = { "step", LOOK | BIT(ACTION_STEP) },
    [ACTION_VOTE] = { "vote", LOOK | BIT(ACTION_VOTE) },
    [ACTION_EXPORT] = { "export", LOOK | BIT(ACTION_EXPORT) },
    [ACTION_HISTORY] = { "history", LOOK | BIT(ACTION_HISTORY) },
    [ACTION_ADMINISTER] = { "administer", LOOK | BIT(ACTION_ADMINISTER) },
};

/* Everything one answer depends on. */
struct question {
    const struct law *law;
    const struct access_actor *actor;
    enum access_action action;
    const struct access_object *object;
    const char *purpose; /* NULL: none named */
    int64_t now_ns;
    const struct law_handling *handling; /* of a field; NULL: the object itself */
    const struct law_subject *subject;
    bool is_statutory;        /* the object's basis: a purpose must be named */
    bool is_exercise_purpose; /* the one named */
};

#define SAY(en, ja) ((struct law_text){ en, ja })

static bool is_same(const char *a, const char *b)
{
    return a && b && bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static bool is_among(const struct law_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (is_same(words->at[i], word))
            return true;
    }
    return false;
}

static struct access_verdict say(const char *const rule[3], struct law_ruling ruling)
{
    struct access_verdict verdict = { .is_allowed = ruling.is_allowed, .ruling = ruling };
    struct text to = text_over(verdict.rule, sizeof verdict.rule);
    for (size_t i = 0; i < 3 && rule[i]; i++)
        text_format(&to, "%s%s", i > 0 ? ":" : "", rule[i]);
    return verdict;
}

static struct access_verdict deny(const char *rule, struct law_ruling ruling)
{
    const char *const words[3] = { rule };
    return say(words, ruling);
}

/* What a safeguard answers where it does not stand against it. */
static const struct access_verdict passed = { .is_allowed = true };

static struct access_verdict guard_token(const struct question *asked)
{
    if ((actions[asked->action].needs & ~asked->actor->scopes) == 0)
        return passed;
    return deny("token", law_refuse(asked->law->access_article,
                                    SAY("this token is not for \"{0}\"",
                                        "このトークンでは「{0}」を行えない"),
                                    actions[asked->action].name, ""));
}

static struct access_verdict guard_exercise(const struct question *asked)
{
    bool is_exercise = asked->actor->is_exercise;
    if (is_exercise == asked->object->is_exercise &&
        (is_exercise || !asked->is_exercise_purpose))
        return passed;
    return deny("exercise", law_refuse("LC-25",
                                       SAY("exercises and what is real are kept apart",
                                           "演習と実際の事務とは分離されている"),
                                       "", ""));
}

/* In an exercise purposes count that are yet to come into force; none that is refused. */
static struct access_verdict guard_purpose(const struct question *asked)
{
    const struct law *law = asked->law;
    if (!asked->purpose && !asked->is_statutory)
        return passed;
    if (!asked->purpose)
        return deny("purpose",
                    law_refuse(law->purpose_article,
                               SAY("a purpose must be named (LC-14)",
                                   "利用の目的を明らかにしなければならない（LC-14）"),
                               "", ""));
    const struct law_purpose *purpose = law_find_purpose(law, asked->purpose);
    if (asked->actor->is_exercise && purpose && !purpose->is_refused)
        return passed;
    struct law_ruling ruling = law_rule_purpose(law, asked->purpose, asked->now_ns);
    return ruling.is_allowed ? passed : deny("purpose", ruling);
}

/* What is not selected yet no person ever sees, whatever a row says (22(1), 35(1)). */
static struct access_verdict guard_unselected(const struct question *asked)
{
    if (!is_same(asked->subject->tier, "T0") || asked->actor->person == 0)
        return passed;
    return deny("unselected", law_refuse(asked->subject->article,
                                         SAY("no person may see what is not selected yet",
                                             "選別前の通信情報は何人にも知得されない"),
                                         "", ""));
}

static enum access_clearance clearance_now(const struct question *asked)
{
    const struct access_actor *actor = asked->actor;
    bool is_valid =
        actor->clearance_from_ns <= asked->now_ns && asked->now_ns < actor->clearance_to_ns;
    return is_valid ? actor->clearance : CLEARANCE_NONE;
}

static struct access_verdict guard_clearance(const struct question *asked)
{
    unsigned needed = asked->object->clearance;
    if (asked->handling && asked->handling->clearance > needed)
        needed = asked->handling->clearance;
    if (needed <= (unsigned)clearance_now(asked))
        return passed;
    return deny("clearance",
                law_refuse(asked->law->access_article,
                           SAY("it asks for a clearance that is not held or not valid now",
                               "必要な適性評価による資格がないか、有効でない"),
                           "", ""));
}

static struct access_verdict guard_passkey(const struct question *asked)
{
    if (asked->action != ACTION_VOTE || asked->actor->has_passkey)
        return passed;
    return deny("passkey", law_refuse(asked->law->access_article,
                                      SAY("a vote asks for a session opened with a passkey",
                                          "議決にはパスキーによるログインを要する"),
                                      "", ""));
}

static struct access_verdict (*const safeguards[])(const struct question *asked) = {
    guard_token,      guard_exercise,  guard_purpose,
    guard_unselected, guard_clearance, guard_passkey,
};

/* How near a row came; the nearest gives the words of a refusal. */
enum outcome {
    OUTCOME_NO_ROLE, /* none is held */
    OUTCOME_ROLE_OVER,
    OUTCOME_NO_ROW,
    OUTCOME_HANDLING,
    OUTCOME_FORCE,
    OUTCOME_STATE,
    OUTCOME_PURPOSE,
    OUTCOME_SCOPE,
    OUTCOME_LABEL,
    OUTCOME_ALLOWED,
    OUTCOMES
};

/* One row for one held role. */
struct trial {
    enum outcome outcome;
    const struct access_role *role;
    const struct law_right *right;
};

static bool is_own(const struct access_role *role, const struct access_object *object)
{
    if (role->organisation == 0)
        return false;
    if (role->organisation == object->organisation)
        return true;
    for (size_t i = 0; object->organisation != 0 && i < ACCESS_ANCESTORS_MAX; i++) {
        if (role->organisation == object->ancestors[i])
            return true;
    }
    return false;
}

static bool is_of_sector(const struct access_role *role, unsigned sector)
{
    return sector >= 1 && sector <= ACCESS_SECTORS_MAX &&
           (role->sectors >> (sector - 1) & 1) != 0;
}

static bool is_named(const struct access_object *object)
{
    return object->has_roster && object->is_on_roster;
}

static bool is_in_scope(const struct access_role *role, const struct law_right *right,
                        const struct access_object *object)
{
    if (role->sectors != 0 && object->sector != 0 && !is_of_sector(role, object->sector))
        return false;
    switch (right->scope) {
    case LAW_SCOPE_ALL: return true;
    case LAW_SCOPE_OWN: return is_own(role, object);
    case LAW_SCOPE_SECTOR: return is_of_sector(role, object->sector);
    case LAW_SCOPE_PARTY:
        return is_own(role, object) ||
               (role->organisation != 0 && role->organisation == object->party);
    case LAW_SCOPE_ROSTER: return is_named(object);
    case LAW_SCOPES: break;
    }
    return false;
}

/* A row reaches others' things up to its label.  What is for one organisation is for that one,
 * not for those above it (TLP 2.0); what is for named people alone only an inspection's row
 * reaches besides. */
static bool is_within_label(const struct question *asked, const struct access_role *role,
                            const struct law_right *right)
{
    const struct access_object *object = asked->object;
    unsigned label = object->label;
    if (asked->handling && asked->handling->label > label)
        label = asked->handling->label;
    if (label >= ACCESS_LABELS || asked->law->label_count != ACCESS_LABELS)
        return false;
    bool is_for_named = asked->law->labels[label].is_for_named;
    if (object->has_roster || is_for_named)
        return is_named(object) || right->label >= LABEL_RED;
    return label <= right->label ||
           (role->organisation != 0 && role->organisation == object->organisation);
}

/* An exercise's purpose stands for each within an exercise. */
static bool is_for_purpose(const struct question *asked, const struct law_words *purposes)
{
    if (asked->is_exercise_purpose || is_among(purposes, asked->purpose))
        return true;
    return purposes->count == 0 && !asked->is_statutory;
}

static bool is_shown_to(const struct question *asked, const struct access_role *role)
{
    const struct law_handling *handling = asked->handling;
    if (!handling)
        return true;
    bool is_for = handling->purposes.count == 0 || is_for_purpose(asked, &handling->purposes);
    bool is_to = is_among(&handling->roles, "*") || is_among(&handling->roles, role->id) ||
                 (handling->is_own_shown && is_own(role, asked->object));
    return is_for && is_to;
}

static enum outcome try_right(const struct question *asked, const struct access_role *role,
                              const struct law_right *right)
{
    if (actions[asked->action].needs & ~right->actions)
        return OUTCOME_NO_ROW;
    if (!is_shown_to(asked, role))
        return OUTCOME_HANDLING;
    if (!asked->object->is_exercise && !law_is_in_force(&right->force, asked->now_ns))
        return OUTCOME_FORCE;
    if (right->states.count > 0 && !is_among(&right->states, asked->object->state))
        return OUTCOME_STATE;
    if (!is_for_purpose(asked, &right->purposes))
        return OUTCOME_PURPOSE;
    if (!is_in_scope(role, right, asked->object))
        return OUTCOME_SCOPE;
    return is_within_label(asked, role, right) ? OUTCOME_ALLOWED : OUTCOME_LABEL;
}

static void keep_nearest(struct trial *best, const struct trial *tried)
{
    if (tried->outcome > best->outcome)
        *best = *tried;
}

static void try_role(const struct question *asked, const struct access_role *role,
                     struct trial *best)
{
    bool is_valid = role->from_ns <= asked->now_ns && asked->now_ns < role->to_ns;
    keep_nearest(best,
                 &(struct trial){ is_valid ? OUTCOME_NO_ROW : OUTCOME_ROLE_OVER, role, NULL });
    for (size_t i = 0; is_valid && i < asked->law->right_count; i++) {
        const struct law_right *right = &asked->law->rights[i];
        if (is_same(right->subject, asked->subject->id) && is_same(right->role, role->id))
            keep_nearest(best, &(struct trial){ try_right(asked, role, right), role, right });
    }
}

static struct trial try_all(const struct question *asked)
{
    struct trial best = { 0 };
    size_t count = asked->actor->role_count;
    for (size_t i = 0; i < count && i < ACCESS_ROLES_MAX; i++)
        try_role(asked, &asked->actor->roles[i], &best);
    return best;
}

/* Of each outcome: its rule, and its words with the role's and the subject's names. */
static const struct {
    const char *rule;
    struct law_text words;
} refusals[OUTCOMES] = {
    [OUTCOME_NO_ROLE] = { "role", { "no role is held", "役割がない" } },
    [OUTCOME_ROLE_OVER] = { "role",
                            { "the role {0} is not held at this moment",
                              "役割「{0}」は現に有効でない" } },
    [OUTCOME_NO_ROW] = { "default",
                         { "nothing lets the role {0} do that with \"{1}\"",
                           "役割「{0}」が「{1}」に対してこれを行うことを認める定めはない" } },
    [OUTCOME_HANDLING] = { "handling",
                           { "this value is not shown to the role {0}",
                             "この項目の値は役割「{0}」に示されない" } },
    [OUTCOME_FORCE] = { "force",
                        { "what lets the role {0} do that is not in force on that day",
                          "役割「{0}」にこれを認める定めはその日には施行されていない" } },
    [OUTCOME_STATE] = { "state",
                        { "not in this state of \"{1}\"",
                          "「{1}」のこの段階では認められない" } },
    [OUTCOME_PURPOSE] = { "purpose",
                          { "not for this purpose", "この目的のためには認められない" } },
    [OUTCOME_SCOPE] = { "scope",
                        { "it is outside of what the role {0} is held for",
                          "役割「{0}」の及ぶ範囲の外である" } },
    [OUTCOME_LABEL] = { "label",
                        { "its handling label keeps it from the role {0}",
                          "取扱区分により役割「{0}」には示されない" } },
};

static struct access_verdict refuse_best(const struct question *asked, const struct trial *best)
{
    const struct law *law = asked->law;
    const char *role = best->role ? best->role->id : "";
    const char *article = best->right ? best->right->article : law->access_article;
    const char *rule[3] = { refusals[best->outcome].rule, best->role ? role : NULL,
                            asked->subject->id };
    if (best->outcome == OUTCOME_HANDLING)
        article = asked->handling->article;
    if (best->outcome == OUTCOME_LABEL && asked->law->label_count == ACCESS_LABELS)
        article = law->labels[access_label_merge(asked->object->label, LABEL_CLEAR)].article;
    return say(rule,
               law_refuse(article, refusals[best->outcome].words, role, asked->subject->id));
}

static bool is_of_bases(const struct law_subject *subject, const struct law_basis *basis)
{
    return subject->bases == 0 || (basis && (subject->bases & UINT32_C(1) << basis->kind) != 0);
}

const struct law_subject *access_subject(const struct law *law,
                                         const struct access_object *object)
{
    const struct law_subject *rest = NULL;
    const struct law_basis *basis =
        object->basis ? law_find_basis(law, bytes_of_string(object->basis)) : NULL;
    if (object->basis && !basis)
        return NULL;
    for (size_t i = 0; i < law->subject_count; i++) {
        const struct law_subject *subject = &law->subjects[i];
        if (!is_same(subject->kind, object->kind) || !is_of_bases(subject, basis))
            continue;
        if (is_same(subject->procedure, object->procedure) ||
            (!subject->procedure && !object->procedure))
            return subject;
        if (object->procedure && is_same(subject->procedure, "*"))
            rest = subject;
    }
    return rest;
}

static struct access_verdict judge(struct question *asked)
{
    const struct law *law = asked->law;
    const char *basis = asked->object->basis;
    const struct law_basis *row = basis ? law_find_basis(law, bytes_of_string(basis)) : NULL;
    const struct law_purpose *purpose =
        asked->purpose ? law_find_purpose(law, asked->purpose) : NULL;
    asked->subject = access_subject(law, asked->object);
    asked->is_statutory = row && row->kind == BASIS_STATUTORY;
    asked->is_exercise_purpose = purpose && purpose->is_exercise;
    if ((unsigned)asked->action >= ACCESS_ACTIONS || !asked->subject)
        return deny("default", law_refuse(law->access_article,
                                          SAY("the law's data does not know such a thing",
                                              "法のデータにこの種類の情報の定めがない"),
                                          "", ""));
    for (size_t i = 0; i < sizeof safeguards / sizeof *safeguards; i++) {
        struct access_verdict verdict = safeguards[i](asked);
        if (!verdict.is_allowed)
            return verdict;
    }
    struct trial best = try_all(asked);
    if (best.outcome != OUTCOME_ALLOWED)
        return refuse_best(asked, &best);
    const char *const rule[3] = { "matrix", best.right->role, best.right->subject };
    return say(rule, law_allow(best.right->article));
}

struct access_verdict access_judge(const struct law *law, const struct access_actor *actor,
                                   enum access_action action,
                                   const struct access_object *object, struct access_use use)
{
    struct question asked = { .law = law,
                              .actor = actor,
                              .action = action,
                              .object = object,
                              .purpose = use.purpose,
                              .now_ns = use.now_ns };
    return judge(&asked);
}

struct access_verdict access_judge_field(const struct law *law,
                                         const struct access_actor *actor,
                                         const struct access_object *object,
                                         const char *handling, struct access_use use)
{
    struct question asked = { .law = law,
                              .actor = actor,
                              .action = ACTION_READ,
                              .object = object,
                              .purpose = use.purpose,
                              .now_ns = use.now_ns,
                              .handling = handling ? law_find_handling(law, handling) : NULL };
    if (!asked.handling)
        return deny("handling", law_refuse(law->access_article,
                                           SAY("nothing says how this field is handled",
                                               "この項目の取扱いの定めがない"),
                                           "", ""));
    return judge(&asked);
}

enum access_label access_label_merge(enum access_label a, enum access_label b)
{
    enum access_label merged = a > b ? a : b;
    return (unsigned)merged < ACCESS_LABELS ? merged : LABEL_RED;
}

uint32_t access_action_needs(enum access_action action)
{
    return (unsigned)action < ACCESS_ACTIONS ? actions[action].needs : UINT32_MAX;
}

const char *access_action_name(enum access_action action)
{
    return (unsigned)action < ACCESS_ACTIONS ? actions[action].name : "none";
}

const char *access_label_name(enum access_label label)
{
    return label_names[access_label_merge(label, LABEL_CLEAR)];
}

enum access_label access_label_find(struct bytes name)
{
    enum access_label label = LABEL_CLEAR;
    while (label < ACCESS_LABELS && !bytes_equal(bytes_of_string(label_names[label]), name))
        label++;
    return label;
}

enum access_action access_action_find(struct bytes name)
{
    enum access_action action = ACTION_LIST;
    while (action < ACCESS_ACTIONS && !bytes_equal(bytes_of_string(actions[action].name), name))
        action++;
    return action;
}

static bool is_for_look(const struct law_right *right, const struct access_look *look)
{
    if ((actions[look->action].needs & ~right->actions) != 0 ||
        !is_same(right->role, look->role))
        return false;
    return look->is_exercise ||
           ((right->purposes.count == 0 || is_among(&right->purposes, look->purpose)) &&
            law_is_in_force(&right->force, look->now_ns));
}

struct law_ruling access_rule_look(const struct law *law, const struct access_look *look)
{
    const struct law_purpose *purpose =
        look->purpose ? law_find_purpose(law, look->purpose) : NULL;
    if (look->purpose && (!look->is_exercise || !purpose || purpose->is_refused)) {
        struct law_ruling ruling = law_rule_purpose(law, look->purpose, look->now_ns);
        if (!ruling.is_allowed)
            return ruling;
    }
    for (size_t i = 0; look->action < ACCESS_ACTIONS && i < law->right_count; i++) {
        if (is_for_look(&law->rights[i], look))
            return law_allow(law->rights[i].article);
    }
    return law_refuse(law->access_article,
                      SAY("nothing lets the role {0} do that at the hub",
                          "役割「{0}」がハブでこれを行うことを認める定めはない"),
                      look->role, "");
}
