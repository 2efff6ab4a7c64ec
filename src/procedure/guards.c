// SPDX-License-Identifier: Apache-2.0
#include "procedure/guards_private.h"

#include "procedure/fields.h"
#include "procedure/vote.h"

const char *guards_article(const struct procedure_case *subject, const char *article)
{
    const struct law_basis *basis = subject->basis;
    if (!basis)
        return article;
    if (guards_is_same(article, "{period}") && basis->period_article)
        return basis->period_article;
    bool is_of_basis =
        guards_is_same(article, "{basis}") || guards_is_same(article, "{period}");
    return is_of_basis ? basis->article : article;
}

bool guards_is_same(const char *a, const char *b)
{
    return a && b && bytes_equal(bytes_of_string(a), bytes_of_string(b));
}

static bool find_fact(const struct procedure_event *event, const char *name,
                      struct procedure_fact *out)
{
    const struct procedure_value *value =
        procedure_find_value(event->values, event->value_count, name);
    if (value && !procedure_is_empty(value)) {
        *out = (struct procedure_fact){ name, value->number, value->text };
        return true;
    }
    for (size_t i = 0; i < event->fact_count; i++) {
        if (guards_is_same(event->facts[i].name, name)) {
            *out = event->facts[i];
            return true;
        }
    }
    return false;
}

int64_t guards_number(const struct procedure_event *event, const char *name, int64_t untold)
{
    struct procedure_fact fact;
    return find_fact(event, name, &fact) && !fact.word ? fact.number : untold;
}

const char *guards_word(const struct procedure_event *event, const char *name)
{
    struct procedure_fact fact;
    return find_fact(event, name, &fact) && fact.word ? fact.word : "";
}

static size_t put_tally(const struct procedure_case *subject,
                        const struct procedure_ballot *ballot, struct procedure_fact *out)
{
    const struct procedure_tally tally = procedure_tally(subject, ballot);
    unsigned present = tally.ayes + tally.noes + tally.abstentions;
    const struct procedure_fact derived[GUARDS_DERIVED] = {
        { "quorum", tally.has_quorum ? present : 0, NULL },
        { "majority", tally.result == PROCEDURE_CARRIED, NULL },
        { "ayes", tally.ayes, NULL },
        { "signers", tally.ayes, NULL },
        { "reasons", present > 0 && tally.has_reasons, NULL },
    };
    memcpy(out, derived, sizeof derived);
    return GUARDS_DERIVED;
}

struct procedure_event guards_whole(const struct procedure_case *subject,
                                    const struct procedure_step *step,
                                    const struct procedure_event *event,
                                    struct procedure_fact room[GUARDS_FACTS_MAX])
{
    struct procedure_event whole = *event;
    whole.facts = room;
    whole.fact_count = 0;
    if (step && step->votes && event->ballot)
        whole.fact_count = put_tally(subject, event->ballot, room);
    for (size_t i = 0; i < event->fact_count; i++) {
        const struct procedure_field *field =
            procedure_find_field(subject->procedure, event->facts[i].name);
        if (!field || field->is_told)
            room[whole.fact_count++] = event->facts[i];
    }
    return whole;
}

/* words, and behind a colon what they are about. */
static void put_words(char *room, const char *words, const char *colon, const char *what)
{
    struct text to = text_over(room, LAW_WORDS_MAX);
    text_put_string(&to, words);
    if (what[0] != '\0') {
        text_put_string(&to, colon);
        text_put_string(&to, what);
    }
}

struct law_ruling guards_refuse_named(const char *article, struct law_text words,
                                      struct law_text what)
{
    struct law_ruling ruling = { 0 };
    struct text to = text_over(ruling.article, sizeof ruling.article);
    text_put_string(&to, article);
    put_words(ruling.words, words.en, ": ", what.en);
    put_words(ruling.words_ja, words.ja, "：", what.ja);
    return ruling;
}

struct law_ruling guards_refuse(const char *article, struct law_text words, const char *what)
{
    return guards_refuse_named(article, words, (struct law_text){ what, what });
}

struct law_ruling guards_allow(const char *article)
{
    struct law_ruling ruling = { .is_allowed = true };
    struct text to = text_over(ruling.article, sizeof ruling.article);
    text_put_string(&to, article);
    return ruling;
}

static bool is_told(const struct procedure_case *subject, const char *notice)
{
    bool is_known = false, is_open = false;
    for (size_t i = 0; i < subject->duty_count; i++) {
        if (guards_is_same(subject->duties[i].notice->id, notice)) {
            is_known = true;
            is_open |= !subject->duties[i].is_met;
        }
    }
    return is_known && !is_open;
}

static bool holds(const struct procedure_case *subject, const struct procedure_guard *guard,
                  const struct procedure_event *event)
{
    if (guard->under && !(subject->basis && guards_is_same(guard->under, subject->basis->id)))
        return true;
    if (guard->when && guards_number(event, guard->when, 0) == 0)
        return true;
    if (guard->told && !is_told(subject, guard->told))
        return false;
    if (guard->before && event->now_ns >= procedure_clock(subject, guard->before))
        return false;
    if (guard->after && event->now_ns < procedure_clock(subject, guard->after))
        return false;
    if (!guard->fact)
        return true;
    bool has_bounds = guard->at_least != INT64_MIN || guard->at_most != INT64_MAX;
    struct procedure_fact fact;
    if (!find_fact(event, guard->fact, &fact))
        return false;
    if (fact.word)
        return !has_bounds && fact.word[0] != '\0';
    if (!has_bounds)
        return fact.number != 0;
    return fact.number >= guard->at_least && fact.number <= guard->at_most;
}

#define RULE(name)                                                      \
    static struct law_ruling name(const struct procedure_case *subject, \
                                  const struct procedure_step *step,    \
                                  const struct procedure_event *event)

#define SAY(en, ja) ((struct law_text){ en, ja })

RULE(rule_basis)
{
    (void)step;
    return law_rule_basis(subject->law, bytes_of_string(subject->basis->id), event->now_ns);
}

RULE(rule_period)
{
    (void)step;
    return law_rule_period(subject->law, subject->basis,
                           guards_number(event, "from", INT64_MAX),
                           guards_number(event, "until", INT64_MAX));
}

/* 19(1): asked for and given before the period ends, and without a gap. */
RULE(rule_extension)
{
    int64_t ends_ns = procedure_clock(subject, "period");
    if (event->now_ns >= ends_ns)
        return guards_refuse(guards_article(subject, step->article),
                             SAY("the period has ended", "期間が満了している"), "");
    int64_t until_ns = guards_number(event, "until", INT64_MAX);
    return law_rule_extension(subject->law, subject->basis, ends_ns,
                              guards_number(event, "new_until", until_ns));
}

RULE(rule_signers)
{
    if (guards_number(event, "signers", 0) >= subject->basis->signatures)
        return guards_allow(guards_article(subject, step->article));
    return guards_refuse(guards_article(subject, step->article),
                         SAY("signatures are missing", "署名が足りない"),
                         subject->basis->approver);
}

RULE(rule_share)
{
    unsigned most = subject->basis->share_permille;
    int64_t share = guards_number(event, "share", most == 0 ? 0 : INT64_MAX);
    if (most == 0 || (share >= 0 && share <= most))
        return guards_allow(guards_article(subject, step->article));
    return guards_refuse(subject->basis->article,
                         SAY("more of the equipment's capacity than the law lets be copied",
                             "伝送容量に対する割合の上限を超える"),
                         "");
}

RULE(rule_items)
{
    if (guards_number(event, "items", 0) < subject->basis->items)
        return guards_refuse(guards_article(subject, step->article),
                             SAY("the condition rests on too few pieces of information",
                                 "選別の条件の情報の数が足りない"),
                             "");
    if (guards_number(event, "kinds", 0) < subject->basis->kinds)
        return guards_refuse(guards_article(subject, step->article),
                             SAY("the condition rests on one kind of information only",
                                 "選別の条件の情報の種類が足りない"),
                             "");
    return guards_allow(guards_article(subject, step->article));
}

static struct law_ruling rule_end(const struct procedure_case *subject,
                                  const struct procedure_step *step,
                                  const struct procedure_event *event, int64_t latest_ns)
{
    int64_t until_ns = guards_number(event, "until", INT64_MAX);
    if (until_ns > event->now_ns && until_ns <= latest_ns)
        return guards_allow(guards_article(subject, step->article));
    return guards_refuse(guards_article(subject, step->article),
                         SAY("kept longer than the law lets it be, or no time at all",
                             "保存期間が上限を超え、又は定められていない"),
                         "");
}

RULE(rule_retention)
{
    return rule_end(subject, step, event,
                    law_retention_end(subject->law, subject->basis,
                                      procedure_clock(subject, "selection_end")));
}

RULE(rule_longer_retention)
{
    return rule_end(subject, step, event,
                    law_retention_extended(subject->law, subject->basis,
                                           procedure_clock(subject, "retention")));
}

RULE(rule_handing)
{
    (void)step;
    const struct law_handing handing = {
        .from = event->role,
        .to = guards_word(event, "recipient"),
        .product = guards_word(event, "product"),
        .is_of_agreement = subject->basis->approval == LAW_APPROVAL_NOTICE,
        .has_consent = guards_number(event, "consent", 0) != 0,
        .has_equivalence = guards_number(event, "equivalence", 0) != 0,
        .has_permission = guards_number(event, "permission", 0) != 0,
    };
    return law_rule_handing(subject->law, &handing, event->now_ns);
}

enum { RULE_FACTS_MAX = 5 };

static const struct {
    const char *name;
    struct law_ruling (*ask)(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event);
    const char *facts[RULE_FACTS_MAX]; /* that it looks at */
} rules[PROCEDURE_RULES] = {
    [PROCEDURE_RULE_BASIS] = { "basis", rule_basis, { NULL } },
    [PROCEDURE_RULE_PERIOD] = { "period", rule_period, { "from", "until" } },
    [PROCEDURE_RULE_EXTENSION] = { "extension", rule_extension, { "new_until", "until" } },
    [PROCEDURE_RULE_SIGNERS] = { "signers", rule_signers, { "signers" } },
    [PROCEDURE_RULE_SHARE] = { "share", rule_share, { "share" } },
    [PROCEDURE_RULE_ITEMS] = { "items", rule_items, { "items", "kinds" } },
    [PROCEDURE_RULE_RETENTION] = { "retention", rule_retention, { "until" } },
    [PROCEDURE_RULE_LONGER_RETENTION] = { "longer_retention",
                                          rule_longer_retention,
                                          { "until" } },
    [PROCEDURE_RULE_HANDING] = { "handing",
                                 rule_handing,
                                 { "recipient", "product", "consent", "equivalence",
                                   "permission" } },
};

const char *procedure_rule_name(enum procedure_rule rule)
{
    return rules[rule].name;
}

bool guards_rule_asks(const struct procedure_step *step, const char *fact)
{
    for (unsigned i = 0; i < PROCEDURE_RULES; i++) {
        for (size_t j = 0; step->rules & UINT32_C(1) << i && j < RULE_FACTS_MAX; j++) {
            if (guards_is_same(rules[i].facts[j], fact))
                return true;
        }
    }
    return false;
}

static struct law_ruling ask_rules(const struct procedure_case *subject,
                                   const struct procedure_step *step,
                                   const struct procedure_event *event, bool is_offer)
{
    struct law_ruling allowed = guards_allow(guards_article(subject, step->article));
    for (unsigned i = 0; i < PROCEDURE_RULES; i++) {
        if (!(step->rules & UINT32_C(1) << i) || (is_offer && rules[i].facts[0]))
            continue;
        struct law_ruling ruling = rules[i].ask(subject, step, event);
        if (!ruling.is_allowed)
            return ruling;
        if (i == PROCEDURE_RULE_HANDING)
            allowed = ruling; /* by the row of the recipient */
    }
    return allowed;
}

/* A field that must not be empty any more, by its name. */
static const struct procedure_field *find_empty(const struct procedure_case *subject,
                                                const struct procedure_step *step,
                                                const struct procedure_event *event,
                                                bool is_offer)
{
    for (size_t i = 0; i < subject->procedure->field_count; i++) {
        const struct procedure_field *field = &subject->procedure->fields[i];
        struct procedure_fact fact;
        if (guards_is_required(field, step) && !(is_offer && field->is_told) &&
            (!find_fact(event, field->id, &fact) || (fact.word && fact.word[0] == '\0')))
            return field;
    }
    return NULL;
}

/* Nothing more can be said before it is told. */
static bool is_untold(const struct procedure_case *subject, const struct procedure_guard *guard)
{
    const struct procedure_field *field =
        guard->fact ? procedure_find_field(subject->procedure, guard->fact) : NULL;
    return guard->fact && (!field || field->is_told);
}

struct law_ruling guards_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event, bool is_offer)
{
    struct law_ruling ruling = ask_rules(subject, step, event, is_offer);
    if (!ruling.is_allowed)
        return ruling;
    for (size_t i = 0; i < step->guard_count; i++) {
        const struct procedure_guard *guard = &step->guards[i];
        const char *article = guard->article ? guard->article : step->article;
        if (!(is_offer && is_untold(subject, guard)) && !holds(subject, guard, event))
            return guards_refuse(guards_article(subject, article), guard->words, "");
    }
    const struct procedure_field *empty = find_empty(subject, step, event, is_offer);
    if (empty)
        return guards_refuse_named(guards_article(subject, step->article),
                                   SAY("a field is empty", "未記入の項目がある"), empty->name);
    return ruling;
}
