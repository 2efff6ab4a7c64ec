// SPDX-License-Identifier: Apache-2.0
/* sekisho indicators match: values from standard input, asked many at once. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf8.h"
#include "cmd/cmd.h"
#include "cmd/indicators.h"
#include "system/clock.h"
#include "system/sandbox.h"

enum { RUN = 512, QUESTIONS_EACH = 3, VALUE_MAX = INDICATOR_TEXT_MAX + 256 };

/* Values read and not yet answered. */
struct run {
    const struct indicators *set;
    bool json;
    int64_t time_ns;
    size_t count;
    uint64_t asked, found, unread;
    struct indicator values[RUN];
    char rooms[RUN][VALUE_MAX];
    size_t question_count;
    size_t value_of[RUN * QUESTIONS_EACH];
    struct indicator_question questions[RUN * QUESTIONS_EACH];
    struct indicator_answer answers[RUN * QUESTIONS_EACH];
};

static void put_question(struct run *run, enum indicator_kind kind)
{
    const struct indicator *value = &run->values[run->count];
    struct bytes digest = { value->digest, value->digest_len };
    run->value_of[run->question_count] = run->count;
    run->questions[run->question_count++] =
        (struct indicator_question){ .kind = kind,
                                     .address = value->prefix.address,
                                     .port = value->port,
                                     .protocol = value->protocol,
                                     .bytes = value->digest_len > 0 ? digest : value->text,
                                     .time_ns = run->time_ns };
}

/* An end point is asked as such, by its address, and by the prefixes that hold it. */
static void put_value(struct run *run)
{
    enum indicator_kind kind = run->values[run->count].kind;
    if (kind == INDICATOR_ENDPOINT)
        put_question(run, INDICATOR_ENDPOINT);
    if (kind == INDICATOR_ENDPOINT || kind == INDICATOR_ADDRESS)
        put_question(run, INDICATOR_ADDRESS);
    if (kind == INDICATOR_ENDPOINT || kind == INDICATOR_ADDRESS || kind == INDICATOR_PREFIX)
        put_question(run, INDICATOR_PREFIX);
    else
        put_question(run, kind);
    run->count++;
}

static void write_date(int64_t time_ns, bool is_open, char room[TIME_TEXT_MAX])
{
    struct text text = text_over(room, TIME_TEXT_MAX);
    if (is_open)
        text_put_string(&text, "-");
    else
        time_write(time_ns, 0, &text);
}

static bool print_hit(const struct run *run, const struct indicator_hit *hit)
{
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    write_date(hit->begins_ns, hit->begins_ns == 0, from);
    write_date(hit->expires_ns, hit->expires_ns == INT64_MAX, to);
    if (!run->json) {
        printf("%s\t%s\t", indicator_kind_name(hit->kind), hit->value);
        indicators_print_clean(hit->list, stdout);
        printf("\t%s\t%s\t%" PRIu64 ".%" PRIu64 "\n", from, to, hit->generation, hit->overlay);
        return true;
    }
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "kind", indicator_kind_name(hit->kind),
                  "value", hit->value, "list", hit->list, "from", from, "to", to, "generation",
                  (json_int_t)hit->generation, "overlay", (json_int_t)hit->overlay);
    bool is_written = json && json_dumpf(json, stdout, JSON_COMPACT | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written;
}

static bool answer(struct run *run)
{
    size_t last = SIZE_MAX;
    bool is_written = true;
    indicators_ask(run->set, run->questions, run->question_count, run->answers);
    for (size_t i = 0; i < run->question_count; i++) {
        struct indicator_hit hit;
        if (!run->answers[i].set)
            continue;
        indicator_answer_tell(&run->answers[i], &hit);
        is_written = print_hit(run, &hit) && is_written;
        run->found += run->value_of[i] != last;
        last = run->value_of[i];
    }
    run->asked += run->count;
    run->count = run->question_count = 0;
    return is_written;
}

static bool read_all(struct run *run, struct error *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_good = true;
    while (is_good && (len = getline(&line, &room, stdin)) >= 0) {
        struct bytes words = text_trim((struct bytes){ (const uint8_t *)line, (size_t)len });
        struct text scratch = text_over(run->rooms[run->count], VALUE_MAX);
        if (words.len == 0)
            continue;
        if (indicator_read(words, &scratch, &run->values[run->count]) != FAULT_NONE) {
            run->unread++;
            continue;
        }
        put_value(run);
        if (run->count == RUN)
            is_good = answer(run);
    }
    is_good = is_good && (run->count == 0 || answer(run));
    free(line);
    if (ferror(stdin))
        return error_set(err, errno, "standard input");
    return is_good && fflush(stdout) == 0 ? true
                                          : error_set(err, 0, "cannot write the answers");
}

/* Both stay open to the end. */
static const struct indicators *open_set(const struct indicators_call *call, struct error *err)
{
    static struct generation_file *main, *overlay;
    struct generation_trust trust = { call->trusted, call->trusted_count };
    main = generation_open(call->paths[0], GENERATION_COPIED, &trust, err);
    if (!main || !call->overlay)
        return main ? generation_set(main) : NULL;
    overlay = generation_open(call->overlay, GENERATION_COPIED, &trust, err);
    return overlay ? generation_lay_over(main, overlay, err) : NULL;
}

int indicators_match_input(const struct indicators_call *call)
{
    static struct run run;
    struct error err = { 0 };
    run.json = call->json;
    run.time_ns = call->at_ns == INT64_MIN ? clock_now_ns() : call->at_ns;
    if (sandbox_enter(&err))
        run.set = open_set(call, &err);
    if (!run.set || !read_all(&run, &err)) {
        fprintf(stderr, "sekisho indicators: %s\n", err.text);
        return COMMAND_FAILED;
    }
    if (!call->quiet)
        fprintf(stderr, "%" PRIu64 " values asked, %" PRIu64 " found, %" PRIu64 " not read\n",
                run.asked, run.found, run.unread);
    return run.unread > 0 ? COMMAND_PARTIAL : COMMAND_DONE;
}
