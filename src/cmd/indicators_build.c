// SPDX-License-Identifier: Apache-2.0
/* sekisho indicators build. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/indicators.h"
#include "system/clock.h"
#include "system/memory.h"
#include "system/sandbox.h"

static void tell_list(void *context, const char *path)
{
    const struct indicators_call *call = context;
    if (call->quiet)
        return;
    fputs("sekisho indicators: reading ", stderr);
    indicators_print_clean(path, stderr);
    fputs("\n", stderr);
}

static struct generation_plan plan_of(struct indicators_call *call)
{
    int64_t built_ns = call->at_ns == INT64_MIN ? clock_now_ns() : call->at_ns;
    int64_t expires_ns =
        call->valid_for_ns == INT64_MAX ? INT64_MAX : built_ns + call->valid_for_ns;
    return (struct generation_plan){
        .output = call->output,
        .paths = call->paths,
        .path_count = call->path_count,
        .revoked = call->revoked,
        .revoked_count = call->revoked_count,
        .previous = call->previous,
        .over = call->over,
        .number = call->number,
        .built_ns = built_ns,
        .default_expires_ns = expires_ns,
        .leaves_out = call->leaves_out,
        .screen = { .popular = call->popular, .own = call->own },
        .tell = tell_list,
        .tell_context = call,
    };
}

static uint64_t refused_of(const struct list_report *report)
{
    uint64_t refused = 0;
    for (size_t why = 0; why < LIST_REFUSALS; why++)
        refused += report->refused[why];
    return refused;
}

static void print_report(const struct list_report *report)
{
    fputs("  ", stdout);
    indicators_print_clean(report->name, stdout);
    printf(": %" PRIu64 " taken, %" PRIu64 " again, %" PRIu64 " refused\n", report->taken,
           report->duplicates, refused_of(report));
    for (enum list_refusal why = 0; why < LIST_REFUSALS; why++) {
        if (report->refused[why] > 0)
            printf("    %" PRIu64 " %s\n", report->refused[why], list_refusal_words(why));
    }
    for (size_t i = 0; i < report->example_count; i++) {
        const struct list_example *example = &report->examples[i];
        printf("    line %" PRIu64 ": \"%s\": %s\n", example->line, example->value,
               list_refusal_name(example->why));
    }
}

static void print_text(const struct indicators_call *call,
                       const struct generation_outcome *outcome)
{
    for (size_t i = 0; !call->quiet && i < call->path_count + call->revoked_count; i++)
        print_report(&outcome->reports[i]);
    if (outcome->refused != 0) {
        fputs("REFUSED, nothing was written: ", stdout);
        indicators_print_exceptions(outcome->refused);
        if (outcome->refused & GENERATION_SHRUNK)
            printf("\n%" PRIu64 " indicators, and %" PRIu64 " before", outcome->count,
                   outcome->previous_count);
        puts("\nA second person may answer for it (--second-key); values can be left out "
             "(--leave-out).");
        return;
    }
    if (!call->quiet)
        indicators_print_header(&outcome->header);
    if (!call->quiet)
        printf("most memory used: %" PRIu64 " MiB\n", memory_peak_octets() >> 20);
}

static json_t *examples_json(const struct list_report *report)
{
    json_t *examples = json_array();
    for (size_t i = 0; i < report->example_count; i++) {
        const struct list_example *example = &report->examples[i];
        (void)json_array_append_new(
            examples, json_pack("{s:I, s:s, s:s}", "line", (json_int_t)example->line, "reason",
                                list_refusal_name(example->why), "value", example->value));
    }
    return examples;
}

static json_t *report_json(const struct list_report *report)
{
    json_t *refused = json_object();
    for (enum list_refusal why = 0; why < LIST_REFUSALS; why++) {
        if (report->refused[why] > 0)
            (void)json_object_set_new(refused, list_refusal_name(why),
                                      json_integer((json_int_t)report->refused[why]));
    }
    return json_pack("{s:s, s:I, s:I, s:o, s:o}", "name", report->name, "taken",
                     (json_int_t)report->taken, "duplicates", (json_int_t)report->duplicates,
                     "refused", refused, "examples", examples_json(report));
}

static bool print_json(const struct indicators_call *call,
                       const struct generation_outcome *outcome)
{
    json_t *lists = json_array();
    for (size_t i = 0; i < call->path_count + call->revoked_count; i++)
        (void)json_array_append_new(lists, report_json(&outcome->reports[i]));
    json_t *json =
        json_pack("{s:o, s:o, s:I, s:I, s:I}", "lists", lists, "refused",
                  indicators_exceptions_json(outcome->refused), "indicators",
                  (json_int_t)outcome->count, "before", (json_int_t)outcome->previous_count,
                  "memory_octets", (json_int_t)memory_peak_octets());
    if (outcome->refused == 0)
        (void)json_object_set_new(json, "generation", indicators_header_json(&outcome->header));
    return indicators_print_json(json);
}

static bool open_keys(struct indicators_call *call, struct generation_signers *out,
                      struct error *err)
{
    const char *const where[] = { call->key, call->second_key };
    for (size_t i = 0; i < GENERATION_SIGNERS_MAX && where[i]; i++) {
        out->keys[i] = key_open(where[i], passphrase_ask, &call->passphrase, err);
        if (!out->keys[i])
            return false;
        out->count++;
    }
    return true;
}

int indicators_build(struct indicators_call *call)
{
    static struct generation_outcome outcome;
    struct generation_plan plan = plan_of(call);
    struct error err = { 0 };
    bool is_done = open_keys(call, &plan.signers, &err) && sandbox_enter(&err) &&
                   generation_build(&plan, &outcome, &err);
    for (size_t i = 0; i < plan.signers.count; i++)
        key_close(plan.signers.keys[i]);
    if (is_done && call->json)
        is_done = print_json(call, &outcome);
    else if (is_done)
        print_text(call, &outcome);
    if (is_done && fflush(stdout) != 0)
        is_done = error_set(&err, 0, "cannot write the report");
    free(outcome.reports);
    if (!is_done)
        fprintf(stderr, "sekisho indicators: %s\n", err.text);
    if (!is_done)
        return COMMAND_FAILED;
    return outcome.refused != 0 ? COMMAND_FOUND : COMMAND_DONE;
}
