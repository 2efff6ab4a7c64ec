// SPDX-License-Identifier: Apache-2.0
#include "cmd/evaluate_markdown.h"

#include "base/text.h"

static json_t *get(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static const char *word(const json_t *object, const char *name)
{
    const char *words = json_string_value(get(object, name));
    return words ? words : "";
}

static long long count(const json_t *object, const char *name)
{
    return json_integer_value(get(object, name));
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(get(object, name));
}

/* "3/4: 0.75 [0.19, 0.99]" */
static void put_share(const json_t *share, FILE *out)
{
    const json_t *recall = get(share, "recall");
    if (count(share, "units") == 0)
        fputs("no unit", out);
    else
        fprintf(out, "%lld/%lld: %.2f [%.2f, %.2f]", count(share, "detected"),
                count(share, "units"), number(recall, "value"), number(recall, "low"),
                number(recall, "high"));
}

/* Zero of something is told as what it can be at most, at 95 %: 3/m (numbers-to-beat.md 5.2).
 */
static void put_rate(const json_t *rate, double exposure, FILE *out)
{
    bool is_known = json_is_object(rate);
    if (is_known && number(rate, "value") > 0 && json_is_number(get(rate, "high")))
        fprintf(out, "%.3g [%.3g, %.3g]", number(rate, "value"), number(rate, "low"),
                number(rate, "high"));
    else if (is_known && exposure > 0)
        fprintf(out, "< %.3g", 3 / exposure);
    else
        fputs("unknown", out);
}

static void put_seconds(const json_t *seconds, FILE *out)
{
    if (json_is_number(seconds))
        fprintf(out, "%.0f s", json_number_value(seconds));
    else
        fputs("–", out);
}

static void put_precision(const json_t *score, FILE *out)
{
    size_t i;
    const json_t *cut;
    const json_t *cuts = get(score, "precision");
    for (i = 0; i < json_array_size(cuts); i++) {
        cut = json_array_get(cuts, i);
        fprintf(out, "%s%lld/%lld", i > 0 ? ", " : "", count(cut, "right"),
                count(cut, "known"));
    }
}

static void put_alerts(const json_t *score, FILE *out)
{
    const json_t *alerts = get(score, "alerts");
    fprintf(out, "%lld/%lld/%lld/%lld", count(alerts, "true"), count(alerts, "near"),
            count(alerts, "false"), count(alerts, "unknown"));
}

static void put_run(const json_t *run, FILE *out)
{
    const json_t *score = get(run, "score"), *exposure = get(run, "exposure"),
                 *time = get(score, "time");
    double flows = number(exposure, "flows") / 1e6;
    double line_days = number(exposure, "days") * number(exposure, "lines") / 1e5;
    fprintf(out, "| %s | ", word(run, "condition"));
    put_share(get(score, "all"), out);
    fputs(" | ", out);
    put_alerts(score, out);
    fputs(" | ", out);
    put_precision(score, out);
    fputs(" | ", out);
    put_rate(get(score, "false_per_million_flows"), flows, out);
    fputs(" | ", out);
    put_rate(get(score, "false_per_day_100k_lines"), line_days, out);
    fputs(" | ", out);
    put_seconds(get(time, "median_s"), out);
    fputs(", ", out);
    put_seconds(get(time, "p90_s"), out);
    fprintf(out, ", %.2f |\n", number(time, "never_share"));
}

static void put_runs(const json_t *runs, FILE *out)
{
    fputs("| condition | recall [95 %] | alerts true/near/false/unknown | P@10, 50, 100 | "
          "false per M flows | false per day and 100,000 lines | detected after: median, p90, "
          "share never |\n|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < json_array_size(runs); i++)
        put_run(json_array_get(runs, i), out);
}

static void put_units(const json_t *score, FILE *out)
{
    enum { SHOWN_MAX = 40 };
    const json_t *units = get(score, "units");
    size_t total = json_array_size(units);
    if (total == 0)
        return;
    fputs("\n| unit | family | visible | detected | rank (of its kind) | after |\n"
          "|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < total && i < SHOWN_MAX; i++) {
        const json_t *unit = json_array_get(units, i);
        const char *match = word(unit, "match");
        bool is_right = strcmp(match, "right") == 0;
        fprintf(out, "| %s %s | %s | %s | %s | ", word(unit, "kind"), word(unit, "unit"),
                word(unit, "family"), json_is_true(get(unit, "visible")) ? "yes" : "no",
                is_right                     ? "yes"
                : strcmp(match, "near") == 0 ? "as another kind"
                                             : "no");
        if (is_right)
            fprintf(out, "%lld (%lld) | ", count(unit, "rank"), count(unit, "rank_in_kind"));
        else
            fputs("– | ", out);
        put_seconds(get(unit, "seconds"), out);
        fputs(" |\n", out);
    }
    if (total > SHOWN_MAX)
        fprintf(out, "\n%zu more units stand in the JSON.\n", total - SHOWN_MAX);
}

static void put_others(const json_t *score, FILE *out)
{
    enum { SHOWN_MAX = 20 };
    const json_t *others = get(score, "other_alerts");
    size_t total = json_array_size(others);
    if (total == 0)
        return;
    fputs("\nAlerts that are not true:", out);
    for (size_t i = 0; i < total && i < SHOWN_MAX; i++) {
        const json_t *alert = json_array_get(others, i);
        fprintf(out, "%s %s %s", i > 0 ? ";" : "", word(alert, "kind"), word(alert, "unit"));
        if (count(alert, "port") > 0)
            fprintf(out, " port %lld", count(alert, "port"));
        fprintf(out, " (%s, %.0f)", word(alert, "class"), number(alert, "score"));
    }
    fprintf(out, "%s\n", total > SHOWN_MAX ? "; ..." : ".");
}

static void put_baselines(const json_t *baselines, FILE *out)
{
    if (json_array_size(baselines) == 0)
        return;
    fputs("\n| baseline | recall by its threshold | alerts true/near/false/unknown | recall by "
          "as many as we have alerts | best rank of a true unit |\n|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < json_array_size(baselines); i++) {
        const json_t *baseline = json_array_get(baselines, i);
        const json_t *own = get(baseline, "by_threshold");
        fprintf(out, "| %s | ", word(baseline, "name"));
        put_share(get(own, "all"), out);
        fputs(" | ", out);
        put_alerts(own, out);
        fputs(" | ", out);
        put_share(get(get(baseline, "by_our_count"), "all"), out);
        if (count(baseline, "best_rank") > 0)
            fprintf(out, " | %lld of %lld |\n", count(baseline, "best_rank"),
                    count(baseline, "ranked"));
        else
            fprintf(out, " | none of %lld |\n", count(baseline, "ranked"));
    }
}

static void put_leaks(const json_t *set, FILE *out)
{
    const json_t *leaks = get(set, "leak_tests");
    if (json_array_size(leaks) == 0)
        return;
    fputs("\n| leak test | result | |\n|---|---|---|\n", out);
    for (size_t i = 0; i < json_array_size(leaks); i++) {
        const json_t *leak = json_array_get(leaks, i);
        fprintf(out, "| %s | %s | %s |\n", word(leak, "test"), word(leak, "result"),
                word(leak, "detail"));
    }
    if (json_is_true(get(set, "void")))
        fputs("\n**Void**: a leak test failed, so this set measures nothing about us.\n", out);
}

static void put_cost(const json_t *set, const json_t *run, FILE *out)
{
    const json_t *cost = get(run, "cost"), *exposure = get(run, "exposure");
    fprintf(out,
            "\n%.0f flows of %.0f lines in %.2f days. Cost: %.3g flows/s of one core with all "
            "detectors, %.2f s of CPU, %.0f MiB for their state, %.0f MiB resident at most. "
            "Privacy cost: %lld lines named by %lld alerts, %lld of them true. Split %.16s.\n",
            number(exposure, "flows"), number(exposure, "lines"), number(exposure, "days"),
            number(cost, "flows_per_s"), number(cost, "cpu_s"),
            number(cost, "state_octets") / 1048576, number(cost, "resident_octets") / 1048576,
            count(get(run, "score"), "lines_revealed"), count(cost, "alerts"),
            count(get(get(run, "score"), "alerts"), "true"), word(set, "split"));
    fputs("Listed, whether the day's budget has a place for it or not: ", out);
    put_share(get(get(run, "listed"), "all"), out);
    fputs("; ", out);
    put_alerts(get(run, "listed"), out);
    fputs(".\n", out);
    if (count(cost, "flows_without_room") > 0 || count(cost, "files_with_trouble") > 0)
        fprintf(out,
                "**Not whole**: %lld flows found no room, %lld files could not be read to "
                "their end.\n",
                count(cost, "flows_without_room"), count(cost, "files_with_trouble"));
}

static void put_set(const json_t *set, FILE *out)
{
    const json_t *runs = get(set, "runs"), *whole = json_array_get(runs, 0);
    fprintf(out, "\n### %s\n\n", word(set, "name"));
    if (get(set, "note"))
        fprintf(out, "%s\n\n", word(set, "note"));
    if (get(set, "error") || !whole) {
        fprintf(out, "Not run: %s\n", word(set, "error"));
        return;
    }
    fprintf(out, "Origin %s; what the truth does not name is %s%s.\n\n", word(set, "origin"),
            word(set, "rest"),
            json_is_true(get(set, "labels")) ? " where labels say nothing" : "");
    put_runs(runs, out);
    put_units(get(whole, "score"), out);
    put_others(get(whole, "score"), out);
    put_baselines(get(whole, "baselines"), out);
    put_leaks(set, out);
    put_cost(set, whole, out);
}

static void put_map(json_t *map, const char *head, FILE *out)
{
    if (json_object_size(map) == 0)
        return;
    fprintf(out, "\n| %s | detected [95 %%] |\n|---|---|\n", head);
    const char *name;
    json_t *share;
    json_object_foreach(map, name, share)
    {
        fprintf(out, "| %s | ", name);
        put_share(share, out);
        fputs(" |\n", out);
    }
}

static void put_total(const json_t *total, FILE *out)
{
    const json_t *exposure = get(total, "exposure");
    fprintf(out, "## All sets together\n\nUnits: ");
    put_share(get(total, "all"), out);
    fprintf(out, "; mean recall over %zu families: %.2f.\n",
            json_object_size(get(total, "families")), number(total, "macro_recall"));
    fprintf(
        out,
        "False alerts, on the sets of which it is known what is harmless: %lld on %.3g flows "
        "of %.3g line-days; per million flows ",
        count(total, "false"), number(exposure, "flows"), number(exposure, "line_days"));
    put_rate(get(total, "false_per_million_flows"), number(exposure, "flows") / 1e6, out);
    fputs(", per day and 100,000 lines ", out);
    put_rate(get(total, "false_per_day_100k_lines"), number(exposure, "line_days") / 1e5, out);
    fputs(".\n", out);
    put_map(get(total, "kinds"), "kind of unit", out);
    put_map(get(total, "families"), "family", out);
}

bool evaluate_markdown_write(const json_t *results, FILE *out)
{
    const json_t *sets = get(results, "sets");
    fprintf(out, "Commit %s, seed %lld, judged every %.0f s of the input, %s.\n\n",
            word(results, "commit"), count(results, "seed"), number(results, "every_s"),
            word(results, "made"));
    put_total(get(results, "total"), out);
    fputs("\n## Each set\n", out);
    for (size_t i = 0; i < json_array_size(sets); i++)
        put_set(json_array_get(sets, i), out);
    return ferror(out) == 0;
}
