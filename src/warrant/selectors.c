// SPDX-License-Identifier: Apache-2.0
#include "warrant/selectors_private.h"

#include <inttypes.h>
#include <stdlib.h>

#include "selector/selector.h"
#include "warrant/ruling_private.h"

static bool refuse_place(struct law_ruling *ruling, const char *article, const char *name,
                         const struct selector_error *wrong)
{
    struct text en = text_over(ruling->words, sizeof ruling->words);
    struct text ja = text_over(ruling->words_ja, sizeof ruling->words_ja);
    (void)ruling_refuse(ruling, *wrong->article ? wrong->article : article, SAY("", ""), "");
    text_format(&en, "selector %s, line %u, column %u: %s", name, wrong->line, wrong->column,
                wrong->words);
    text_format(&ja, "セレクター%s、%u行%u文字：%s", name, wrong->line, wrong->column,
                wrong->words_ja);
    return false;
}

static bool is_canonical(const struct selector *selector, const struct warrant_selector *told)
{
    char *room = malloc(SELECTOR_TEXT_MAX + 1);
    if (!room)
        return false;
    struct text text = text_over(room, SELECTOR_TEXT_MAX + 1);
    selector_write(selector, &text);
    bool is_same = !text.cut && bytes_equal(text_bytes(&text), bytes_of_string(told->text)) &&
                   strcmp(selector_name(selector), told->name) == 0;
    free(room);
    return is_same;
}

/* What the selectors of a warrant are tried in, one after the other. */
struct trial {
    const struct warrant *warrant;
    const struct law_basis *basis;
    struct arena scratch;
    struct rule_set *set;
    const char **purposes; /* of the law, NULL where it names none */
    size_t purpose_count;
};

/* It holds on some day of the period, and its steps have room beside those before it. */
static bool rule_steps(const struct trial *trial, const struct selector *selector,
                       struct law_ruling *ruling)
{
    const struct warrant *warrant = trial->warrant;
    const char *article = trial->basis->article;
    const struct rule head = { .from_ns = warrant->from_ns, .to_ns = warrant->to_ns };
    if (!selector_compile(selector, &head, trial->set))
        return ruling_refuse(ruling, article,
                             SAY("too many conditions in one warrant, from selector: ",
                                 "一つの令状の条件が多すぎる："),
                             selector_name(selector));
    const struct rule *rule = &trial->set->rules[trial->set->rule_count - 1];
    return rule->from_ns < rule->to_ns ||
           ruling_refuse(ruling, article,
                         SAY("not valid on any day of the warrant's period: selector ",
                             "セレクターの有効期間が令状の期間と重ならない："),
                         selector_name(selector));
}

static bool rule_one(const struct trial *trial, size_t i, struct law_ruling *ruling)
{
    const struct warrant *warrant = trial->warrant;
    const struct law_basis *basis = trial->basis;
    struct arena scratch = trial->scratch;
    const struct warrant_selector *told = &warrant->selectors[i];
    const struct selector_demand demand = { .basis = basis->id,
                                            .article = basis->items_article
                                                           ? basis->items_article
                                                           : basis->article,
                                            .items = basis->items,
                                            .item_kinds = basis->item_kinds,
                                            .kinds = basis->kinds,
                                            .directions = warrant->directions,
                                            .lines_hidden = !basis->lines_in_clear,
                                            .purposes = trial->purposes,
                                            .purpose_count = trial->purpose_count };
    struct selector_error wrong = { 0 };
    const struct selector *selector =
        selector_read(bytes_of_string(told->text), &scratch, &wrong);
    if (!selector || !selector_check(selector, &demand, &wrong))
        return refuse_place(ruling, basis->article, told->name, &wrong);
    if (!is_canonical(selector, told))
        return ruling_refuse(ruling, basis->article,
                             SAY("not the canonical form of the selector of that name: ",
                                 "その名のセレクターの正規形ではない："),
                             told->name);
    for (size_t k = 0; k < i; k++) {
        if (strcmp(told->name, warrant->selectors[k].name) == 0)
            return ruling_refuse(
                ruling, basis->article,
                SAY("two selectors of one name: ", "同名のセレクターが二つある："), told->name);
    }
    return rule_steps(trial, selector, ruling);
}

/* Those that the law does not name only to refuse them. */
static void take_purposes(const struct law *law, struct trial *trial)
{
    trial->purposes =
        law->purpose_count > 0 ? calloc(law->purpose_count, sizeof *trial->purposes) : NULL;
    for (size_t i = 0; trial->purposes && i < law->purpose_count; i++) {
        if (!law->purposes[i].is_refused)
            trial->purposes[trial->purpose_count++] = law->purposes[i].id;
    }
}

bool selectors_rule(const struct warrant *warrant, const struct law *law,
                    const struct law_basis *basis, struct law_ruling *ruling)
{
    size_t size = selector_size();
    void *memory = malloc(size);
    struct rule_set *set = calloc(1, sizeof *set);
    bool is_good = memory && set && warrant->selector_count > 0;
    if (!is_good)
        (void)ruling_refuse(ruling, basis->article,
                            SAY("no selector that could be read", "読み取れるセレクターがない"),
                            "");
    struct trial trial = { .warrant = warrant,
                           .basis = basis,
                           .scratch = arena_over(memory, memory ? size : 0),
                           .set = set };
    take_purposes(law, &trial);
    is_good = is_good && (trial.purposes || law->purpose_count == 0);
    for (size_t i = 0; is_good && i < warrant->selector_count; i++)
        is_good = rule_one(&trial, i, ruling);
    free(trial.purposes);
    free(set);
    free(memory);
    return is_good;
}
