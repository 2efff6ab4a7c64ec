// SPDX-License-Identifier: Apache-2.0
/* Questions to the law: may this be done, how long, until when. */
#include <stdio.h>

#include "access/access.h"
#include "scenario.h"

static bool find_basis(struct run *run, const char *id, const struct law_basis **out)
{
    *out = law_find_basis(&run->law, bytes_of_string(id));
    return *out || fail(run, "this law has no basis \"%s\"", id);
}

static bool ask_basis(struct run *run, const struct words *words)
{
    struct law_ruling ruling =
        law_rule_basis(&run->law, bytes_of_string(words->at[1]), run->now_ns);
    answer(run, &ruling);
    return true;
}

static bool ask_span(struct run *run, const struct words *words)
{
    const struct law_basis *basis;
    int64_t from_ns, to_ns;
    if (!find_basis(run, words->at[1], &basis) || !read_moment(run, words->at[2], &from_ns) ||
        !read_moment(run, words->at[3], &to_ns))
        return false;
    struct law_ruling ruling = is_word(words->at[0], "ask-period")
                                   ? law_rule_period(&run->law, basis, from_ns, to_ns)
                                   : law_rule_extension(&run->law, basis, from_ns, to_ns);
    answer(run, &ruling);
    return true;
}

/* Through the one function that every read of the store goes through. */
static bool ask_access(struct run *run, const struct words *words)
{
    const struct access_request request = { .actor = words->at[1],
                                            .role = words->at[2],
                                            .action = words->at[3],
                                            .purpose = words->at[4],
                                            .basis = words->at[5],
                                            .now_ns = run->now_ns };
    struct access_grant grant;
    struct law_ruling ruling;
    bool is_granted = access_decide(&run->law, &request, &grant, &ruling);
    if (is_granted != ruling.is_allowed)
        return fail(run, "the grant and the ruling disagree");
    answer(run, &ruling);
    return true;
}

static bool ask_handing(struct run *run, const struct words *words)
{
    struct law_handing handing = { .product = words->at[1],
                                   .from = words->at[2],
                                   .to = words->at[3] };
    for (size_t i = 4; i < words->count; i++) {
        if (is_word(words->at[i], "of-agreement"))
            handing.is_of_agreement = true;
        else if (is_word(words->at[i], "consent"))
            handing.has_consent = true;
        else if (is_word(words->at[i], "equivalence"))
            handing.has_equivalence = true;
        else if (is_word(words->at[i], "permission"))
            handing.has_permission = true;
        else
            return fail(run, "\"%s\" says nothing of what is handed on", words->at[i]);
    }
    struct law_ruling ruling = law_rule_handing(&run->law, &handing, run->now_ns);
    answer(run, &ruling);
    return true;
}

static bool take_selection(struct run *run, const struct words *words)
{
    const struct law_basis *basis;
    if (!find_basis(run, words->at[1], &basis))
        return false;
    run->moment_ns = law_retention_end(&run->law, basis, run->now_ns);
    return true;
}

static bool take_extension(struct run *run, const struct words *words)
{
    const struct law_basis *basis;
    if (!find_basis(run, words->at[1], &basis))
        return false;
    run->moment_ns = law_retention_extended(&run->law, basis, run->moment_ns);
    return true;
}

static bool take_period(struct run *run, const struct words *words)
{
    const struct law_basis *basis;
    if (!find_basis(run, words->at[1], &basis))
        return false;
    run->moment_ns = law_period_end(&run->law, run->now_ns, basis->period_months);
    return true;
}

const struct verb law_verbs[] = {
    { "ask-basis", 2, 2, ask_basis, "ask-basis BASIS" },
    { "ask-period", 4, 4, ask_span, "ask-period BASIS FROM TO" },
    { "ask-extension", 4, 4, ask_span, "ask-extension BASIS FROM TO" },
    { "ask-access", 6, 6, ask_access, "ask-access ACTOR ROLE ACTION PURPOSE BASIS" },
    { "ask-handing", 4, 8, ask_handing,
      "ask-handing PRODUCT FROM TO [of-agreement] [consent] [equivalence] [permission]" },
    { "selection-ends", 2, 2, take_selection, "selection-ends BASIS" },
    { "retention-extended", 2, 2, take_extension, "retention-extended BASIS" },
    { "period-begins", 2, 2, take_period, "period-begins BASIS" },
    { NULL, 0, 0, NULL, NULL },
};

/* allowed | refused [article A] [because "words"] */
static bool expect_ruling(struct run *run, const struct words *words)
{
    bool is_allowed = is_word(words->at[0], "allowed");
    if (!run->is_unanswered)
        return fail(run, "nothing was asked");
    run->is_unanswered = false;
    if (run->ruling.is_allowed != is_allowed)
        return fail(run, "it is %s: article %s, %s",
                    run->ruling.is_allowed ? "allowed" : "refused", run->ruling.article,
                    run->ruling.words);
    if (!is_allowed &&
        (!run->ruling.article[0] || !run->ruling.words[0] || !run->ruling.words_ja[0]))
        return fail(run, "the refusal has no article or no words");
    for (size_t i = 1; i + 1 < words->count; i += 2) {
        bool is_article = is_word(words->at[i], "article");
        if (!is_article && !is_word(words->at[i], "because"))
            return fail(run, "after allowed or refused come article and because");
        if (is_article && !is_word(run->ruling.article, words->at[i + 1]))
            return fail(run, "the article is %s (%s)", run->ruling.article, run->ruling.words);
        if (!is_article && !strstr(run->ruling.words, words->at[i + 1]))
            return fail(run, "the words are: %s", run->ruling.words);
    }
    return words->count % 2 == 1 ||
           fail(run, "a word is missing after %s", words->at[words->count - 1]);
}

/* The day told is the last. */
static bool expect_last_day(struct run *run, const struct words *words)
{
    int64_t day_ns;
    if (!read_moment(run, words->at[1], &day_ns))
        return false;
    if (run->moment_ns == day_ns + TIME_DAY_NS)
        return true;
    return fail(run, "it ends at %s", tell_moment(run, run->moment_ns));
}

static bool expect_kinds(struct run *run, const struct words *words)
{
    static const char *const names[] = { [INFORMATION_EQUIPMENT] = "equipment",
                                         [INFORMATION_COMMAND] = "command",
                                         [INFORMATION_OTHER] = "other" };
    uint32_t wanted = 0;
    for (size_t i = 1; i < words->count; i++) {
        unsigned kind = INFORMATION_OTHER + 1;
        while (--kind > 0 && !is_word(words->at[i], names[kind])) {
        }
        if (kind == 0)
            return fail(run, "\"%s\" is no kind of information", words->at[i]);
        wanted |= UINT32_C(1) << kind;
    }
    uint32_t kinds = law_kinds_recorded(&run->law, run->now_ns);
    return kinds == wanted || fail(run, "the bits of the kinds are %x", kinds);
}

const struct verb law_expectations[] = {
    { "allowed", 1, 5, expect_ruling, "allowed [article A]" },
    { "refused", 1, 5, expect_ruling, "refused [article A] [because WORDS]" },
    { "last-day", 2, 2, expect_last_day, "last-day DAY" },
    { "kinds-recorded", 1, 4, expect_kinds, "kinds-recorded KIND..." },
    { NULL, 0, 0, NULL, NULL },
};
