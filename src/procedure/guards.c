// SPDX-License-Identifier: Apache-2.0
#include "procedure/guards_private.h"

const char *guards_article(const struct procedure_case *subject, const char *article)
{
    const struct law_basis *basis = subject->basis;
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

static const struct procedure_fact *find_fact(const struct procedure_event *event,
                                              const char *name)
{
    for (size_t i = 0; i < event->fact_count; i++) {
        if (guards_is_same(event->facts[i].name, name))
            return &event->facts[i];
    }
    return NULL;
}

int64_t guards_number(const struct procedure_event *event, const char *name, int64_t untold)
{
    const struct procedure_fact *fact = find_fact(event, name);
    return fact && !fact->word ? fact->number : untold;
}

const char *guards_word(const struct procedure_event *event, const char *name)
{
    const struct procedure_fact *fact = find_fact(event, name);
    return fact && fact->word ? fact->word : "";
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

struct law_ruling guards_refuse(const char *article, struct law_text words, const char *what)
{
    struct law_ruling ruling = { 0 };
    struct text to = text_over(ruling.article, sizeof ruling.article);
    text_put_string(&to, article);
    put_words(ruling.words, words.en, ": ", what);
    put_words(ruling.words_ja, words.ja, "：", what);
    return ruling;
}

static struct law_ruling allow(const char *article)
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
    const struct procedure_fact *fact = find_fact(event, guard->fact);
    if (!fact)
        return false;
    if (fact->word)
        return !has_bounds && fact->word[0] != '\0';
    if (!has_bounds)
        return fact->number != 0;
    return fact->number >= guard->at_least && fact->number <= guard->at_most;
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
    return law_rule_extension(subject->law, subject->basis, ends_ns,
                              guards_number(event, "until", INT64_MAX));
}

RULE(rule_signers)
{
    if (guards_number(event, "signers", 0) >= subject->basis->signatures)
        return allow(guards_article(subject, step->article));
    return guards_refuse(guards_article(subject, step->article),
                         SAY("signatures are missing", "署名が足りない"),
                         subject->basis->approver);
}

RULE(rule_share)
{
    unsigned most = subject->basis->share_permille;
    int64_t share = guards_number(event, "share", most == 0 ? 0 : INT64_MAX);
    if (most == 0 || (share >= 0 && share <= most))
        return allow(guards_article(subject, step->article));
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
    return allow(guards_article(subject, step->article));
}

static struct law_ruling rule_end(const struct procedure_case *subject,
                                  const struct procedure_step *step,
                                  const struct procedure_event *event, int64_t latest_ns)
{
    int64_t until_ns = guards_number(event, "until", INT64_MAX);
    if (until_ns > event->now_ns && until_ns <= latest_ns)
        return allow(guards_article(subject, step->article));
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

static const struct {
    const char *name;
    struct law_ruling (*ask)(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event);
} rules[PROCEDURE_RULES] = {
    [PROCEDURE_RULE_BASIS] = { "basis", rule_basis },
    [PROCEDURE_RULE_PERIOD] = { "period", rule_period },
    [PROCEDURE_RULE_EXTENSION] = { "extension", rule_extension },
    [PROCEDURE_RULE_SIGNERS] = { "signers", rule_signers },
    [PROCEDURE_RULE_SHARE] = { "share", rule_share },
    [PROCEDURE_RULE_ITEMS] = { "items", rule_items },
    [PROCEDURE_RULE_RETENTION] = { "retention", rule_retention },
    [PROCEDURE_RULE_LONGER_RETENTION] = { "longer_retention", rule_longer_retention },
    [PROCEDURE_RULE_HANDING] = { "handing", rule_handing },
};

const char *procedure_rule_name(enum procedure_rule rule)
{
    return rules[rule].name;
}

struct law_ruling guards_ask(const struct procedure_case *subject,
                             const struct procedure_step *step,
                             const struct procedure_event *event)
{
    struct law_ruling allowed = allow(guards_article(subject, step->article));
    for (unsigned i = 0; i < PROCEDURE_RULES; i++) {
        if (!(step->rules & UINT32_C(1) << i))
            continue;
        struct law_ruling ruling = rules[i].ask(subject, step, event);
        if (!ruling.is_allowed)
            return ruling;
        if (i == PROCEDURE_RULE_HANDING)
            allowed = ruling; /* by the row of the recipient */
    }
    for (size_t i = 0; i < step->guard_count; i++) {
        const struct procedure_guard *guard = &step->guards[i];
        const char *article = guard->article ? guard->article : step->article;
        if (!holds(subject, guard, event))
            return guards_refuse(guards_article(subject, article), guard->words, "");
    }
    return allowed;
}
