// SPDX-License-Identifier: Apache-2.0
/* What asking a generation costs: a set of mixed indicators, built, sealed and asked from one
 * core.  One line a measurement, `name count seconds`; sizes as `name octets octets-each`.
 * "floor" is what sending for one line of cache of a table as large as the filter costs, and of
 * one as large as all, in the same runs of 32, with nothing done: no exact table can be faster.
 *
 * bench_indicators [indicators, default 1000000] [questions, default 20000000] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/attr.h"
#include "base/must.h"
#include "select/generation.h"
#include "system/memory.h"

enum { RUN = 512, POOL = 1 << 12, NAME_MAX_OCTETS = 64, AHEAD = 32 };

static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };

static uint64_t next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static double now_s(void)
{
    struct timespec now;
    MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct arena reserve(size_t octets)
{
    struct arena arena;
    struct error err;
    MUST(memory_reserve(octets, MEMORY_LARGE_PAGES, &arena, &err));
    return arena;
}

static struct ip_address v4_of(uint64_t word)
{
    return ip_from_v4(0x10000000U + (uint32_t)(word % 0xd0000000U));
}

static struct ip_address v6_of(uint64_t word)
{
    struct ip_address address = { { 0x20, 0x01 } };
    memcpy(address.octets + 4, &word, sizeof word);
    return address;
}

/* "k3x7q2mzp1.d7f2.example": three labels, 20 octets or so. */
static struct bytes name_of(uint64_t word, char room[NAME_MAX_OCTETS])
{
    static const char letters[32] = "abcdefghijklmnopqrstuvwxyz012345";
    size_t len = 0;
    for (size_t i = 0; i < 12; i++, word >>= 5) {
        if (i == 5)
            room[len++] = '.';
        room[len++] = letters[word & 31];
    }
    memcpy(room + len, ".example", 8);
    return (struct bytes){ (const uint8_t *)room, len + 8 };
}

enum kind { V4, V6, PREFIX, ENDPOINT, DOMAIN_NAME, JA3, JA4, CERTIFICATE, SIGNATURE };

/* Of a hundred: 40 IPv4, 6 IPv6, 5 prefixes, 14 endpoints, 26 names, 4 JA3, 1 JA4, 3
 * certificates, 1 signature. */
static enum kind kind_of(uint64_t index)
{
    static const uint8_t until[] = { 40, 46, 51, 65, 91, 95, 96, 99, 100 };
    enum kind kind = V4;
    while (index % 100 >= until[kind])
        kind++;
    return kind;
}

static struct indicator make(uint64_t index, char room[NAME_MAX_OCTETS])
{
    uint64_t state = index * 2654435761U;
    uint64_t word = next(&state);
    struct indicator out = { .kind = INDICATOR_ADDRESS, .expires_ns = INT64_MAX };
    out.prefix = (struct ip_prefix){ v4_of(word), 128 };
    struct text text = text_over(room, NAME_MAX_OCTETS);
    switch (kind_of(index)) {
    case V4: break;
    case V6: out.prefix.address = v6_of(word); break;
    case PREFIX:
        out.kind = INDICATOR_PREFIX;
        out.prefix.len = (uint8_t)(96 + 20 + (word >> 40) % 10);
        ip_mask(&out.prefix.address, out.prefix.len);
        break;
    case ENDPOINT:
        out.kind = INDICATOR_ENDPOINT;
        out.port = (uint16_t)(word >> 32 | 1);
        break;
    case DOMAIN_NAME:
        out.kind = INDICATOR_DOMAIN;
        out.text = name_of(word, room);
        break;
    case JA3:
    case CERTIFICATE:
        out.kind = kind_of(index) == JA3 ? INDICATOR_JA3 : INDICATOR_CERTIFICATE;
        out.digest_len = out.kind == INDICATOR_JA3 ? 16 : 32;
        for (size_t i = 0; i < out.digest_len; i++)
            out.digest[i] = (uint8_t)next(&state);
        break;
    case JA4:
        out.kind = INDICATOR_JA4;
        text_format(&text, "t13d%04x00_%012llx_%012llx", (unsigned)(word & 0xffff),
                    (unsigned long long)(word >> 16), (unsigned long long)(next(&state) >> 16));
        out.text = text_bytes(&text);
        break;
    case SIGNATURE:
        out.kind = INDICATOR_SIGNATURE;
        text_put_u64(&text, 2000000 + index);
        out.text = text_bytes(&text);
        break;
    }
    return out;
}

static struct indicators *build(size_t count)
{
    size_t text_max = count * 16;
    struct arena arena = reserve(indicators_size(count, text_max));
    double begin_s = now_s();
    struct indicators *set = indicators_init(count, text_max, key, &arena);
    struct generation generation = { .number = 1 };
    uint16_t list;
    MUST(indicators_add_list(set, "bench", &list));
    for (uint64_t i = 0; indicators_count(set) < count; i++) {
        char room[NAME_MAX_OCTETS];
        struct indicator indicator = make(i, room);
        MUST(indicators_add(set, &indicator) <= INDICATORS_DUPLICATE);
    }
    MUST(indicators_seal(set, &generation));
    printf("build %zu %.3f\n", count, now_s() - begin_s);
    uint64_t octets = generation_end(&generation);
    printf("size %llu %.1f\n", (unsigned long long)octets, (double)octets / (double)count);
    for (enum generation_section i = 0; i < GENERATION_SECTIONS; i++)
        fprintf(stderr, "indicators: section %d: %.2f octets each\n", (int)i,
                (double)generation_span(&generation, i).len / (double)count);
    fprintf(stderr, "indicators: probe_max %u\n", generation.probe_max);
    return set;
}

typedef void question_fn(uint64_t index, char room[NAME_MAX_OCTETS],
                         struct indicator_question *out);

static void question_v4(uint64_t index, char room[NAME_MAX_OCTETS],
                        struct indicator_question *out)
{
    (void)room;
    uint64_t state = ~index;
    *out = (struct indicator_question){ .address = v4_of(next(&state)) };
}

static void question_endpoint(uint64_t index, char room[NAME_MAX_OCTETS],
                              struct indicator_question *out)
{
    question_v4(index, room, out);
    out->kind = INDICATOR_ENDPOINT;
    out->port = 443;
    out->protocol = 6;
}

static void question_prefix(uint64_t index, char room[NAME_MAX_OCTETS],
                            struct indicator_question *out)
{
    question_v4(index, room, out);
    out->kind = INDICATOR_PREFIX;
}

static void question_name(uint64_t index, char room[NAME_MAX_OCTETS],
                          struct indicator_question *out)
{
    uint64_t state = ~index;
    *out = (struct indicator_question){ .kind = INDICATOR_DOMAIN,
                                        .bytes = name_of(next(&state), room) };
}

/* What is in the set, so that every answer is found and confirmed. */
static void question_listed(uint64_t index, char room[NAME_MAX_OCTETS],
                            struct indicator_question *out)
{
    while (kind_of(index) != V4)
        index++;
    struct indicator indicator = make(index, room);
    *out = (struct indicator_question){ .address = indicator.prefix.address };
}

static void question_hundredth(uint64_t index, char room[NAME_MAX_OCTETS],
                               struct indicator_question *out)
{
    if (index % 100 == 0)
        question_listed(index * 7, room, out);
    else
        question_v4(index, room, out);
}

/* Questions are made beforehand, always others, a batch of records at a time: as parsed
 * records, they are in the cache when they are asked. */
static void measure(const char *name, const struct indicators *set, question_fn *make_question,
                    uint64_t count)
{
    static struct indicator_question pool[POOL];
    static char rooms[POOL][NAME_MAX_OCTETS];
    static struct indicator_answer answers[RUN];
    uint64_t found = 0, done = 0;
    double spent_s = 0;
    for (uint64_t round = 0; done < count; round++) {
        for (size_t i = 0; i < POOL; i++)
            make_question((round * POOL + i) % indicators_count(set), rooms[i], &pool[i]);
        double begin_s = now_s();
        for (size_t i = 0; i < POOL; i += RUN) {
            indicators_ask(set, pool + i, RUN, answers);
            for (size_t j = 0; j < RUN; j++)
                found += answers[j].set != NULL;
        }
        spent_s += now_s() - begin_s;
        done += POOL;
    }
    printf("%s %llu %.3f\n", name, (unsigned long long)done, spent_s);
    fprintf(stderr, "indicators: %s: %llu found\n", name, (unsigned long long)found);
}

static void measure_floor(const char *name, size_t octets, uint64_t count)
{
    struct arena arena = reserve(octets + 64);
    uint8_t *table = arena_take(&arena, 64, 64, octets / 64);
    size_t lines = octets / 64;
    memset(table, 1, lines * 64);
    uint64_t random = 1, sum = 0;
    double begin_s = now_s();
    for (uint64_t done = 0; done < count; done += AHEAD) {
        uint64_t at[AHEAD];
        for (size_t i = 0; i < AHEAD; i++) {
            at[i] = (next(&random) >> 32) * lines >> 32;
            PREFETCH(table + at[i] * 64);
        }
        for (size_t i = 0; i < AHEAD; i++)
            sum += table[at[i] * 64];
    }
    double spent_s = now_s() - begin_s;
    MUST(sum >= count);
    printf("%s %llu %.3f\n", name, (unsigned long long)count, spent_s);
}

static uint64_t argument(int argc, char **argv, int at, uint64_t otherwise)
{
    uint64_t value = otherwise;
    if (argc > at && !text_read_u64(bytes_of_string(argv[at]), UINT32_MAX, &value))
        exit(EXIT_FAILURE);
    return value;
}

int main(int argc, char **argv)
{
    size_t count = argument(argc, argv, 1, 1000000);
    uint64_t questions = argument(argc, argv, 2, 20000000) / POOL * POOL;
    struct indicators *set = build(count);
    measure_floor("floor-filter", count * 2, questions);
    measure_floor("floor-all", count * 50, questions);
    measure("exact-address", set, question_v4, questions);
    measure("exact-endpoint", set, question_endpoint, questions);
    measure("exact-one-in-100-listed", set, question_hundredth, questions);
    measure("exact-all-listed", set, question_listed, questions);
    measure("prefixes-of-address", set, question_prefix, questions);
    measure("names", set, question_name, questions);
    return EXIT_SUCCESS;
}
