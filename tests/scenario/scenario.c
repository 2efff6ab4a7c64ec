// SPDX-License-Identifier: Apache-2.0
/* usage: scenario FILE...              each must hold, and all of LC-00 to LC-25 be there
 *        scenario --wrong FILE...      each must fail with the words of its first line
 * Prints TAP. */
#include "scenario.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"

enum { LINE_MAX_OCTETS = 1024, REQUIREMENTS = 26 };

static alignas(max_align_t) uint8_t memory[LAW_MEMORY];

bool fail(struct run *run, const char *format, ...)
{
    char words[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    (void)snprintf(run->failure, sizeof run->failure, "%s:%u: %s", run->path, run->line, words);
    return false;
}

bool is_word(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool read_moment(struct run *run, const char *word, int64_t *out)
{
    static const char *const rest[] = { [10] = "T00:00:00Z", [16] = ":00Z", [19] = "Z" };
    char room[40];
    size_t len = strlen(word);
    struct text text = text_over(room, sizeof room);
    if (!run->has_law)
        return fail(run, "a law must be named first: its time zone is not known");
    if (len < sizeof rest / sizeof *rest && rest[len])
        text_format(&text, "%s%s", word, rest[len]);
    if (text.len == 0 || !time_read(text_bytes(&text), out))
        return fail(run, "\"%s\" is no moment such as 2028-03-31 or 2028-03-31T12:00", word);
    *out -= run->law.ahead_ns;
    return true;
}

bool read_count(struct run *run, const char *word, uint64_t *out)
{
    return text_read_u64(bytes_of_string(word), UINT32_MAX, out) ||
           fail(run, "\"%s\" is no number", word);
}

const char *tell_moment(const struct run *run, int64_t time_ns)
{
    static char room[TIME_TEXT_MAX];
    struct text text = text_over(room, sizeof room);
    if (time_ns == INT64_MAX || time_ns == INT64_MIN)
        return "never";
    time_write(time_ns + run->law.ahead_ns, 0, &text);
    return room;
}

void answer(struct run *run, const struct law_ruling *ruling)
{
    run->ruling = *ruling;
    run->is_unanswered = true;
}

static bool find_and_take(struct run *run, const struct verb *const tables[], size_t count,
                          const struct words *words)
{
    for (size_t i = 0; i < count; i++) {
        for (const struct verb *verb = tables[i]; verb->name; verb++) {
            if (!is_word(verb->name, words->at[0]))
                continue;
            if (words->count < verb->words_min || words->count > verb->words_max)
                return fail(run, "%s is written: %s", verb->name, verb->usage);
            return verb->take(run, words);
        }
    }
    return fail(run, "nothing is called \"%s\"", words->at[0]);
}

static bool take_requirement(struct run *run, const struct words *words)
{
    for (size_t i = 1; i < words->count; i++) {
        uint64_t number = 0;
        if (strncmp(words->at[i], "PR-", 3) == 0) { /* ours: docs/requirements.md */
            run->has_requirement = true;
            continue;
        }
        if (strncmp(words->at[i], "LC-", 3) != 0 || strlen(words->at[i]) != 5 ||
            !text_read_u64(bytes_of_string(words->at[i] + 3), REQUIREMENTS - 1, &number))
            return fail(run, "\"%s\" is no requirement LC-00 to LC-25", words->at[i]);
        run->requirements |= UINT32_C(1) << number;
    }
    return true;
}

static bool take_article(struct run *run, const struct words *words)
{
    (void)words;
    run->has_article = true;
    return true;
}

static bool take_law(struct run *run, const struct words *words)
{
    char folder[4096];
    struct error err = { 0 };
    struct arena keep = arena_over(memory, sizeof memory);
    if (run->has_law)
        return fail(run, "one law a scenario");
    if (!law_find_folder(words->at[1], folder, sizeof folder, &err) ||
        !law_load(folder, &keep, &run->law, &err))
        return fail(run, "%s", err.text);
    run->has_law = true;
    return true;
}

static bool take_at(struct run *run, const struct words *words)
{
    int64_t now_ns;
    if (!read_moment(run, words->at[1], &now_ns))
        return false;
    if (now_ns < run->now_ns)
        return fail(run, "time does not go back");
    run->now_ns = now_ns;
    return cases_tick(run);
}

/* Where a requirement is shown elsewhere, that must be there to be run. */
static bool take_elsewhere(struct run *run, const struct words *words)
{
    FILE *file = fopen(words->at[1], "rbe");
    if (!file)
        return fail(run, "%s is not there any more", words->at[1]);
    (void)fclose(file);
    run->expectations++;
    return true;
}

static bool take_expect(struct run *run, const struct words *words)
{
    static const struct verb *const tables[] = { law_expectations,     case_expectations,
                                                 vote_expectations,    traffic_expectations,
                                                 storage_expectations, ledger_expectations };
    struct words rest = { .count = words->count - 1 };
    memcpy(rest.at, words->at + 1, rest.count * sizeof *rest.at);
    run->expectations++;
    return find_and_take(run, tables, sizeof tables / sizeof *tables, &rest);
}

static const struct verb head_verbs[] = {
    { "requirement", 2, SCENARIO_WORDS_MAX, take_requirement, "requirement LC-03 ..." },
    { "article", 2, SCENARIO_WORDS_MAX, take_article, "article 17(3) ..." },
    { "law", 2, 2, take_law, "law NAME" },
    { "at", 2, 2, take_at, "at MOMENT" },
    { "elsewhere", 3, SCENARIO_WORDS_MAX, take_elsewhere, "elsewhere FILE COMMAND..." },
    { "expect", 2, SCENARIO_WORDS_MAX, take_expect, "expect WHAT ..." },
    { NULL, 0, 0, NULL, NULL },
};

/* Words between blanks; one in quotes may have blanks. */
static bool split(struct run *run, char *line, struct words *out)
{
    *out = (struct words){ 0 };
    for (char *at = line; *at != '\0';) {
        at += strspn(at, " \t\n");
        if (*at == '\0' || *at == '#')
            break;
        if (out->count == SCENARIO_WORDS_MAX)
            return fail(run, "more than %d words", SCENARIO_WORDS_MAX);
        bool is_quoted = *at == '"';
        at += is_quoted;
        out->at[out->count++] = at;
        at += strcspn(at, is_quoted ? "\"" : " \t\n");
        if (is_quoted && *at != '"')
            return fail(run, "a quote is not closed");
        if (*at != '\0')
            *at++ = '\0';
    }
    return true;
}

static bool take_line(struct run *run, char *line)
{
    static const struct verb *const tables[] = { head_verbs,    law_verbs,     case_verbs,
                                                 traffic_verbs, storage_verbs, warrant_verbs,
                                                 vote_verbs,    ledger_verbs };
    struct words words;
    if (!split(run, line, &words))
        return false;
    if (words.count == 0)
        return true;
    if (run->is_unanswered && !is_word(words.at[0], "expect"))
        return fail(run, "nobody looked at what came of the line before: %s %s %s",
                    run->ruling.is_allowed ? "allowed" : "refused", run->ruling.article,
                    run->ruling.words);
    if (!run->has_law && !is_word(words.at[0], "requirement") &&
        !is_word(words.at[0], "article") && !is_word(words.at[0], "law"))
        return fail(run, "first come requirement, article and law");
    return find_and_take(run, tables, sizeof tables / sizeof *tables, &words);
}

static bool check_end(struct run *run)
{
    if (run->is_unanswered)
        return fail(run, "nobody looked at what came of the last line");
    if ((run->requirements == 0 && !run->has_requirement) || !run->has_article)
        return fail(run, "it cites no requirement or no article");
    return run->expectations > 0 || fail(run, "it expects nothing");
}

static bool play(struct run *run)
{
    char line[LINE_MAX_OCTETS];
    bool is_good = true;
    FILE *file = fopen(run->path, "rbe");
    if (!file)
        return fail(run, "cannot open");
    while (is_good && fgets(line, sizeof line, file)) {
        run->line++;
        if (strlen(line) == sizeof line - 1)
            is_good = fail(run, "the line is too long");
        else
            is_good = take_line(run, line);
    }
    (void)fclose(file);
    is_good = is_good && check_end(run);
    traffic_done(run);
    storage_done(run);
    paper_done(run);
    log_done(run);
    return is_good;
}

static void start(struct run *run, const char *path)
{
    *run = (struct run){ .path = path, .now_ns = INT64_MIN };
}

/* "# fails: line 12: words" */
static bool is_wrong_as_said(struct run *run, char *said, size_t max)
{
    static const char mark[] = "# fails: ";
    FILE *file = fopen(run->path, "rbe");
    if (!file || !fgets(said, (int)max, file) || strncmp(said, mark, strlen(mark)) != 0) {
        (void)snprintf(said, max, "%s does not say how it fails", run->path);
        if (file)
            (void)fclose(file);
        return false;
    }
    (void)fclose(file);
    said[strcspn(said, "\n")] = '\0';
    memmove(said, said + strlen(mark), strlen(said + strlen(mark)) + 1);
    return !play(run) && strstr(run->failure, said);
}

static int play_wrong(int count, char **paths)
{
    static struct run run;
    int failed = 0;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        char said[256];
        start(&run, paths[i]);
        bool is_good = is_wrong_as_said(&run, said, sizeof said);
        failed += !is_good;
        printf("%sok %d - %s is refused\n", is_good ? "" : "not ", i + 1, paths[i]);
        if (!is_good)
            printf("# wanted \"%s\", got \"%s\"\n", said, run.failure);
    }
    return failed > 0;
}

static int play_all(int count, char **paths)
{
    static struct run run;
    int failed = 0;
    uint32_t seen = 0;
    printf("1..%d\n", count + 1);
    for (int i = 0; i < count; i++) {
        start(&run, paths[i]);
        bool is_good = play(&run);
        failed += !is_good;
        seen |= is_good ? run.requirements : 0;
        printf("%sok %d - %s: %zu expectations\n", is_good ? "" : "not ", i + 1, paths[i],
               run.expectations);
        if (!is_good)
            printf("# %s\n", run.failure);
    }
    bool is_whole = seen == (UINT32_C(1) << REQUIREMENTS) - 1;
    printf("%sok %d - each of LC-00 to LC-25 has a scenario that holds\n",
           is_whole ? "" : "not ", count + 1);
    for (unsigned i = 0; i < REQUIREMENTS; i++) {
        if (!(seen & UINT32_C(1) << i))
            printf("# LC-%02u has none\n", i);
    }
    return failed > 0 || !is_whole;
}

int main(int argc, char **argv)
{
    if (argc > 2 && is_word(argv[1], "--wrong"))
        return play_wrong(argc - 2, argv + 2);
    if (argc > 1)
        return play_all(argc - 1, argv + 1);
    fputs("usage: scenario [--wrong] FILE...\n", stderr);
    return 2;
}
