// SPDX-License-Identifier: Apache-2.0
/* Generation files: what was saved opens, and nothing else does. */
#include "generation/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

enum { TEXT_MAX = 1024 };

static struct error err;
static char folder[64], path[128], other[128];
static struct key *keys[2];
static struct note_key trusted[2];
static uint8_t octets[1 << 20];
static size_t octet_count;

static void make_key(size_t i)
{
    char where[128];
    char name[] = { 'k', (char)('1' + i), '\0' };
    check(snprintf(where, sizeof where, "%s/%s", folder, name) > 0);
    check(key_generate(where, bytes_of_string(name), NULL, &err));
    keys[i] = key_open(where, NULL, NULL, &err);
    check(keys[i] != NULL);
    trusted[i] = *key_public(keys[i]);
    check_equal(unlink(where), 0);
}

static bool save(const char *where, uint32_t exceptions, size_t signers)
{
    static _Alignas(64) uint8_t memory[1 << 20];
    static const struct hash_key hash_key = { { 1, 2, 3, 4 } };
    struct arena arena = arena_over(memory, sizeof memory);
    struct indicators *set = indicators_init(64, TEXT_MAX, hash_key, &arena);
    struct generation header = { .number = 5, .built_ns = 1, .exceptions = exceptions };
    struct generation_signers by = { { keys[0], keys[1] }, signers };
    struct indicator indicator = { .kind = INDICATOR_DOMAIN,
                                   .text = BYTES("evil.example"),
                                   .expires_ns = INT64_MAX };
    uint16_t list;
    check(indicators_add_list(set, "a list", &list));
    check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    for (uint32_t i = 0; i < 40; i++) {
        indicator = (struct indicator){ .prefix = { ip_from_v4(0xc0000200U + i), 128 },
                                        .expires_ns = INT64_MAX };
        check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
    }
    return generation_save(where, set, &header, &by, &err);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/sekisho-test-XXXXXX");
    check(mkdtemp(folder) != NULL);
    check(snprintf(path, sizeof path, "%s/generation", folder) > 0);
    check(snprintf(other, sizeof other, "%s/other", folder) > 0);
    make_key(0);
    make_key(1);
    check(save(path, 0, 1));
    FILE *file = fopen(path, "rb");
    check(file != NULL);
    octet_count = fread(octets, 1, sizeof octets, file);
    check_equal(fclose(file), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    key_close(keys[0]);
    key_close(keys[1]);
    (void)unlink(path);
    (void)unlink(other);
    return rmdir(folder);
}

static bool opens(const char *where, enum generation_how how, size_t trust_count)
{
    struct generation_trust trust = { trusted, trust_count };
    struct generation_file *file = generation_open(where, how, &trust, &err);
    if (file)
        generation_close(file);
    return file != NULL;
}

/* In memory: a disk would be the slower part of thousands of tries. */
static bool opens_as(const uint8_t *content, size_t len)
{
    char where[64];
    int fd = memfd_create("generation", MFD_CLOEXEC);
    check(fd >= 0 && write(fd, content, len) == (ssize_t)len);
    check(snprintf(where, sizeof where, "/proc/self/fd/%d", fd) > 0);
    bool is_open = opens(where, GENERATION_COPIED, 1);
    check_equal(close(fd), 0);
    return is_open;
}

static void what_was_saved_opens_mapped_and_copied(void **state)
{
    (void)state;
    for (enum generation_how how = GENERATION_MAPPED; how <= GENERATION_COPIED; how++) {
        struct generation_trust trust = { trusted, 1 };
        struct generation_file *file = generation_open(path, how, &trust, &err);
        check(file != NULL);
        check(generation_is(path));
        check_equal(generation_header(file)->number, 5);
        check_equal(indicators_count(generation_set(file)), 41);
        struct indicator_question question = { .kind = INDICATOR_DOMAIN,
                                               .bytes = BYTES("www.evil.example") };
        struct indicator_answer answer;
        struct indicator_hit hit;
        indicators_ask(generation_set(file), &question, 1, &answer);
        check(answer.set != NULL);
        indicator_answer_tell(&answer, &hit);
        check_equal(hit.generation, 5);
        generation_close(file);
    }
}

static void every_shorter_or_longer_file_is_refused(void **state)
{
    (void)state;
    check(opens_as(octets, octet_count));
    for (size_t len = 0; len < octet_count;
         len += len < 1200 || len + 900 > octet_count ? 1 : 997)
        check(!opens_as(octets, len));
    octets[octet_count] = '\n';
    check(!opens_as(octets, octet_count + 1));
}

/* All of the header, the lists, the indicators and the note; the long runs of zeros between
 * here and there. */
static void every_flipped_bit_is_refused(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t at = 0; at < octet_count; tried++) {
        uint8_t bit = (uint8_t)(1U << (at + tried) % 8);
        octets[at] ^= bit;
        check(!opens_as(octets, octet_count));
        octets[at] ^= bit;
        bool is_dense = at < 1100 || octets[at] != 0 || at + 400 > octet_count;
        at += is_dense ? 1 : 211;
    }
    check(tried > 2000);
}

static void only_who_is_trusted_may_have_signed(void **state)
{
    (void)state;
    struct note_key first = trusted[0];
    trusted[0] = trusted[1];
    check(!opens(path, GENERATION_MAPPED, 1));
    trusted[0] = first;
    check(!opens(path, GENERATION_MAPPED, 2)); /* the second has not */
    check(opens(path, GENERATION_MAPPED, 0));  /* nobody is asked for */
    check(save(other, 0, 2));
    check(!opens(other, GENERATION_MAPPED, 1)); /* who is the other? */
    check(opens(other, GENERATION_MAPPED, 2));
    struct note_key second = trusted[1];
    trusted[1] = trusted[0];
    check(!opens(other, GENERATION_MAPPED, 2));
    trusted[1] = second;
}

static void exceptions_need_two_signatures(void **state)
{
    (void)state;
    check(save(other, GENERATION_WIDE | GENERATION_OWN, 1));
    check(!opens(other, GENERATION_MAPPED, 1));
    check(!opens(other, GENERATION_MAPPED, 0));
    check(save(other, GENERATION_WIDE | GENERATION_OWN, 2));
    check(opens(other, GENERATION_MAPPED, 2));
}

static void what_cannot_be_written_leaves_the_old_file(void **state)
{
    (void)state;
    char part[160];
    check(snprintf(part, sizeof part, "%s.part", path) > 0);
    check_equal(mkdir(part, 0700), 0); /* stands in the way */
    check(!save(path, 0, 1));
    check_equal(rmdir(part), 0);
    check(opens(path, GENERATION_MAPPED, 1));
    check(access(part, F_OK) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_opens_mapped_and_copied),
        TEST(every_shorter_or_longer_file_is_refused),
        TEST(every_flipped_bit_is_refused),
        TEST(only_who_is_trusted_may_have_signed),
        TEST(exceptions_need_two_signatures),
        TEST(what_cannot_be_written_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
