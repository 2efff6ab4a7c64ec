// SPDX-License-Identifier: Apache-2.0
/* A generation file with octets changed at will, as pairs of a position and what stands there:
 * whatever passes generation_read is asked, and no answer may come from outside the file. */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/must.h"
#include "select/generation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct hash_key key = { { 1, 2, 3, 4 } };
static const char *const values[] = {
    "192.0.2.1",
    "198.51.100.0/24",
    "[2001:db8::1]:443",
    "evil.example",
    "00112233445566778899aabbccddeeff",
    "0300000000000000000000000000000000000000",
    "2001:db8::/48",
    "sid:1:2",
    "192.0.2.1:80",
    "a.evil.example",
};
enum { VALUES = sizeof values / sizeof *values };

static struct indicator read_value(size_t i)
{
    static char room[512];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    MUST(indicator_read(bytes_of_string(values[i]), &scratch, &indicator) == FAULT_NONE);
    return indicator;
}

static size_t make(uint8_t **out)
{
    static _Alignas(64) uint8_t memory[1 << 20];
    MUST(indicators_size(16, 1024) <= sizeof memory);
    struct arena arena = arena_over(memory, sizeof memory);
    struct indicators *set = indicators_init(16, 1024, key, &arena);
    struct generation generation = { .number = 1 };
    uint16_t list;
    MUST(indicators_add_list(set, "list", &list));
    for (size_t i = 0; i < VALUES; i++) {
        struct indicator indicator = read_value(i);
        MUST(indicators_add(set, &indicator) == INDICATORS_ADDED);
    }
    MUST(indicators_seal(set, &generation));
    size_t len = (size_t)generation_end(&generation);
    *out = calloc(1, len);
    MUST(*out != NULL);
    generation_write(&generation, *out);
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++) {
        struct bytes section = indicators_section(set, i);
        memcpy(*out + generation_span(&generation, i).at, section.at, section.len);
    }
    return len;
}

static void ask_all(const struct indicators *set)
{
    struct indicator_question questions[2 * VALUES];
    struct indicator_answer answers[2 * VALUES];
    char rooms[VALUES][64];
    for (size_t i = 0; i < VALUES; i++) {
        struct indicator value = read_value(i);
        struct text words = text_over(rooms[i], sizeof rooms[i]);
        text_put(&words, value.digest_len > 0 ? (struct bytes){ value.digest, value.digest_len }
                                              : value.text);
        questions[i] = (struct indicator_question){ .kind = value.kind,
                                                    .address = value.prefix.address,
                                                    .port = value.port,
                                                    .bytes = text_bytes(&words) };
        questions[VALUES + i] = questions[i];
        questions[VALUES + i].kind = INDICATOR_PREFIX;
    }
    indicators_ask(set, questions, 2 * VALUES, answers);
    for (size_t i = 0; i < 2 * VALUES; i++) {
        struct indicator_hit hit;
        if (answers[i].set)
            indicator_answer_tell(&answers[i], &hit);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t view[16384];
    uint8_t *file = NULL;
    size_t len = make(&file);
    struct cursor at = cursor_over((struct bytes){ data, size });
    while (at.left >= 4) {
        size_t place = cursor_be24(&at) % len;
        file[place] = cursor_u8(&at);
    }
    /* The header's own sums are not the point: only the fields that lead somewhere. */
    struct generation read;
    if (generation_read((struct bytes){ file, len }, &read) == FAULT_NONE) {
        MUST(indicators_view_size() <= sizeof view && generation_end(&read) <= len);
        struct arena arena = arena_over(view, sizeof view);
        ask_all(indicators_over(file, &read, &arena));
    }
    free(file);
    return 0;
}
