// SPDX-License-Identifier: Apache-2.0
/* sekisho indicators show and verify. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/indicators.h"
#include "system/sandbox.h"

static const char *const exception_words[] = { "shrunk", "wide", "popular", "own" };
enum { EXCEPTIONS = sizeof exception_words / sizeof *exception_words };
enum { EACH_TOLD_FROM = 10000 }; /* below, the fixed part says nothing of the rest */

void indicators_print_exceptions(uint32_t exceptions)
{
    static const char *const told[EXCEPTIONS] = {
        "less than half of the generation before",
        "prefixes wider than /8 (IPv4) or /19 (IPv6)",
        "names that many use",
        "own networks or names",
    };
    const char *between = "";
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        if (exceptions >> i & 1) {
            printf("%s%s", between, told[i]);
            between = "; ";
        }
    }
}

json_t *indicators_exceptions_json(uint32_t exceptions)
{
    json_t *words = json_array();
    for (size_t i = 0; i < EXCEPTIONS; i++) {
        if (exceptions >> i & 1)
            (void)json_array_append_new(words, json_string(exception_words[i]));
    }
    return words;
}

static void write_digest(const struct generation *header, struct text *out)
{
    uint8_t digest[GENERATION_DIGEST_OCTETS];
    generation_digest(header, digest);
    text_put_hex(out, (struct bytes){ digest, sizeof digest });
}

void indicators_print_header(const struct generation *header)
{
    char room[2 * GENERATION_DIGEST_OCTETS + 1], when_room[TIME_TEXT_MAX];
    struct text digest = text_over(room, sizeof room);
    struct text when = text_over(when_room, sizeof when_room);
    write_digest(header, &digest);
    time_write(header->built_ns, 0, &when);
    if (header->role == GENERATION_OVERLAY)
        printf("overlay %" PRIu64 " over ", header->sequence);
    printf("generation %" PRIu64 ", %" PRIu64 " indicators, built %s\n", header->number,
           header->count, when_room);
    uint64_t octets = generation_end(header);
    printf("digest %s\n%" PRIu64 " octets", room, octets);
    if (header->count >= EACH_TOLD_FROM)
        printf(", %.1f each", (double)octets / (double)header->count);
    putchar('\n');
    for (enum indicator_kind kind = 0; kind < INDICATOR_KINDS; kind++) {
        if (header->kind_count[kind] > 0)
            printf("  %-12s %12" PRIu64 "\n", indicator_kind_name(kind),
                   header->kind_count[kind]);
    }
    if (header->exceptions != 0) {
        fputs("exceptions two persons signed for: ", stdout);
        indicators_print_exceptions(header->exceptions);
        putchar('\n');
    }
}

json_t *indicators_header_json(const struct generation *header)
{
    char room[2 * GENERATION_DIGEST_OCTETS + 1], when_room[TIME_TEXT_MAX];
    struct text digest = text_over(room, sizeof room);
    struct text when = text_over(when_room, sizeof when_room);
    json_t *kinds = json_object();
    write_digest(header, &digest);
    time_write(header->built_ns, 9, &when);
    for (enum indicator_kind kind = 0; kind < INDICATOR_KINDS; kind++)
        (void)json_object_set_new(kinds, indicator_kind_name(kind),
                                  json_integer((json_int_t)header->kind_count[kind]));
    return json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:o, s:o}", "role",
                     header->role == GENERATION_OVERLAY ? "overlay" : "generation", "number",
                     (json_int_t)header->number, "sequence", (json_int_t)header->sequence,
                     "digest", room, "built", when_room, "indicators",
                     (json_int_t)header->count, "octets", (json_int_t)generation_end(header),
                     "kinds", kinds, "exceptions",
                     indicators_exceptions_json(header->exceptions));
}

bool indicators_print_json(json_t *json)
{
    bool is_written = json && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_SORT_KEYS) == 0;
    json_decref(json);
    putchar('\n');
    return is_written;
}

static void list_texts(const struct generation_list *list, char name[LIST_NAME_MAX],
                       char digest[2 * GENERATION_DIGEST_OCTETS + 1])
{
    struct text text = text_over(digest, 2 * GENERATION_DIGEST_OCTETS + 1);
    memcpy(name, list->name, LIST_NAME_MAX);
    name[LIST_NAME_MAX - 1] = '\0';
    text_put_hex(&text, (struct bytes){ list->digest, sizeof list->digest });
}

static bool print_file_json(const struct indicators_call *call,
                            const struct generation_file *file)
{
    const struct generation *header = generation_header(file);
    const struct generation_list *lists = generation_lists(file);
    struct bytes signatures = generation_signatures(file);
    json_t *json = indicators_header_json(header), *array = json_array();
    char name[LIST_NAME_MAX], digest[2 * GENERATION_DIGEST_OCTETS + 1];
    for (size_t i = 0; i < header->list_count; i++) {
        list_texts(&lists[i], name, digest);
        (void)json_array_append_new(array,
                                    json_pack("{s:s, s:I, s:s}", "name", name, "indicators",
                                              (json_int_t)lists[i].count, "sha256", digest));
    }
    (void)json_object_set_new(json, "lists", array);
    (void)json_object_set_new(json, "signatures",
                              json_stringn((const char *)signatures.at, signatures.len));
    (void)json_object_set_new(json, "signatures_checked",
                              json_boolean(call->trusted_count > 0));
    return indicators_print_json(json);
}

static void print_file(const struct indicators_call *call, const struct generation_file *file)
{
    const struct generation *header = generation_header(file);
    const struct generation_list *lists = generation_lists(file);
    struct bytes signatures = generation_signatures(file);
    char name[LIST_NAME_MAX], digest[2 * GENERATION_DIGEST_OCTETS + 1];
    indicators_print_header(header);
    for (size_t i = 0; i < header->list_count; i++) {
        list_texts(&lists[i], name, digest);
        printf("  list %12" PRIu64 "  %.16s  ", lists[i].count, digest);
        indicators_print_clean(name, stdout);
        putchar('\n');
    }
    (void)fwrite(signatures.at, 1, signatures.len, stdout);
    puts(call->trusted_count > 0 ? "whole, and signed by all who were named"
                                 : "whole; SIGNATURES NOT CHECKED: no --trust was given");
}

int indicators_show(const struct indicators_call *call, bool is_check)
{
    struct generation_trust trust = { call->trusted, call->trusted_count };
    struct error err = { 0 };
    struct generation_file *file = NULL;
    if (sandbox_enter(&err))
        file = generation_open(call->paths[0], GENERATION_MAPPED, &trust, &err);
    if (!file) {
        fprintf(stderr, "sekisho indicators: %s\n", err.text);
        return is_check && err.code == 0 ? COMMAND_FOUND : COMMAND_FAILED;
    }
    bool is_written = true;
    if (call->json)
        is_written = print_file_json(call, file);
    else if (!call->quiet)
        print_file(call, file);
    generation_close(file);
    return is_written && fflush(stdout) == 0 ? COMMAND_DONE : COMMAND_FAILED;
}
