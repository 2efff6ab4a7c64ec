// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_leaks.h"

#include "system/memory.h"

/* Points by which a result may fall, or a simple rule lie below it (numbers-to-beat.md 5.4). */
static const double points = 0.02;

static void put(json_t *tests, const char *test, const char *result, const struct text *detail)
{
    (void)json_array_append_new(tests, json_pack("{s:s, s:s, s:s}", "test", test, "result",
                                                 result, "detail", detail->at));
}

static const char *result_of_rule(const struct leak_rule *rule, const struct score_order *order,
                                  double ours)
{
    bool is_known = order->labels || order->truth->rest == TRUTH_REST_BENIGN;
    if (!is_known)
        return "not asked: what is harmless is not known";
    if (ours <= 0)
        return "nothing to void";
    return rule->f1 >= ours - points ? "failed" : "passed";
}

static void put_rule(struct leaks *leaks, enum leak_table table,
                     const struct evaluate_whole *whole, json_t *tests)
{
    static const char *const names[] = { "one rule, services", "one rule, hosts" };
    char room[512];
    struct text detail = text_over(room, sizeof room);
    struct leak_rule rule = leaks_one_rule(leaks, table);
    double ours = leaks_our_f1(whole->order, whole->score, table);
    if (rule.right == 0)
        return;
    text_format(&detail, "%s %s %.6g: F1 %.2f with %llu true of %llu; ours %.2f",
                rule.feature ? rule.feature : "nothing", rule.is_above ? "above" : "up to",
                rule.cut, rule.f1, (unsigned long long)rule.right,
                (unsigned long long)rule.candidates, ours);
    put(tests, names[table], result_of_rule(&rule, whole->order, ours), &detail);
}

static void put_shuffle(const struct leaks *leaks, const struct score_order *order,
                        uint64_t seed, json_t *tests)
{
    char room[512];
    struct text detail = text_over(room, sizeof room);
    struct leak_shuffle shuffle = leaks_shuffle(leaks, order, seed);
    if (shuffle.draws == 0)
        return;
    text_format(&detail, "recall %.3f of units dealt out at random, alerts are about %.3f",
                shuffle.recall, shuffle.alert_rate);
    put(tests, "shuffled labels", shuffle.is_failed ? "failed" : "passed", &detail);
}

/* A result without a fault is to be looked at by a person; it is not void by that. */
static void put_too_good(const struct score *score, json_t *tests)
{
    char room[256];
    struct text detail = text_over(room, sizeof room);
    bool is_perfect = score->all.units > 0 && score->all.detected == score->all.units;
    if (!is_perfect)
        return;
    text_format(&detail, "recall is 1.0000 over %llu units",
                (unsigned long long)score->all.units);
    put(tests, "too good", "audit", &detail);
}

static void put_lost(const struct leaks *leaks, json_t *tests)
{
    char room[256];
    struct text detail = text_over(room, sizeof room);
    if (leaks_lost(leaks) == 0)
        return;
    text_format(&detail, "no room for some services or hosts, asked %llu times",
                (unsigned long long)leaks_lost(leaks));
    put(tests, "room", "not whole", &detail);
}

static void put_duplicates(json_t *tests)
{
    char room[256];
    struct text detail = text_over(room, sizeof room);
    text_put_string(&detail,
                    "nothing is learned from one set for another: there is no training "
                    "part that could share flows with this one");
    put(tests, "duplicates", "does not apply", &detail);
}

bool evaluate_leaks_of_whole(const struct evaluate_whole *whole, json_t *tests,
                             struct error *err)
{
    struct arena memory;
    struct flow flow;
    if (!memory_reserve(leaks_size(), MEMORY_SMALL_PAGES, &memory, err))
        return false;
    struct arena arena = memory;
    struct leaks *leaks = leaks_init(&arena);
    evaluate_feed_begin(whole->feed);
    while (evaluate_feed_next(whole->feed, &flow))
        leaks_observe(leaks, &flow);
    leaks_mark(leaks, whole->order->truth);
    for (size_t table = 0; table < LEAK_TABLES; table++)
        put_rule(leaks, (enum leak_table)table, whole, tests);
    put_shuffle(leaks, whole->order, whole->seed, tests);
    put_lost(leaks, tests);
    put_duplicates(tests);
    put_too_good(whole->score, tests);
    memory_release(&memory);
    return true;
}

static double recall_of(const json_t *run)
{
    const json_t *all = json_object_get(json_object_get(run, "score"), "all");
    return json_number_value(json_object_get(json_object_get(all, "recall"), "value"));
}

static bool is_test(const char *condition)
{
    static const char *const tests[] = { "addresses permuted", "ports dropped",
                                         "times shifted" };
    for (size_t i = 0; condition && i < sizeof tests / sizeof *tests; i++) {
        if (strcmp(condition, tests[i]) == 0)
            return true;
    }
    return false;
}

static void put_run(const json_t *run, double whole, const char *ports_matter, json_t *tests)
{
    const char *name = json_string_value(json_object_get(run, "condition"));
    double changed = recall_of(run);
    char room[512];
    struct text detail = text_over(room, sizeof room);
    bool is_fallen = changed < whole - points;
    bool is_explained = is_fallen && ports_matter && strcmp(name, "ports dropped") == 0;
    text_format(&detail, "recall %.2f, whole %.2f%s%s", changed, whole,
                is_explained ? ": " : "", is_explained ? ports_matter : "");
    put(tests, name, is_explained ? "explained" : is_fallen ? "failed" : "passed", &detail);
}

void evaluate_leaks_of_runs(const json_t *runs, const char *ports_matter, json_t *tests)
{
    double whole = recall_of(json_array_get(runs, 0));
    for (size_t i = 1; i < json_array_size(runs); i++) {
        const json_t *run = json_array_get(runs, i);
        if (is_test(json_string_value(json_object_get(run, "condition"))))
            put_run(run, whole, ports_matter, tests);
    }
}

bool evaluate_leaks_void(const json_t *tests)
{
    for (size_t i = 0; i < json_array_size(tests); i++) {
        const char *result =
            json_string_value(json_object_get(json_array_get(tests, i), "result"));
        if (result && strcmp(result, "failed") == 0)
            return true;
    }
    return false;
}
