// SPDX-License-Identifier: Apache-2.0
/* What pseudonyms take: one line a case, `name records seconds`, of one core.  A record has one
 * line behind the border, or two.  `spread` draws lines from ten thousand, as a network has
 * them; `scattered` draws each anew from a /8 (IPv4) or a /32 (IPv6), against all caches.
 *
 * bench_pseudonyms [records, default 4000000] */
#include "minimise/prefix.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 1024, NETWORK = 10000 };

static uint64_t state = 42;

/* splitmix64 */
static uint64_t next_random(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct ip_address line_of(bool is_v6, bool is_scattered)
{
    uint64_t number = is_scattered ? next_random() : next_random() % NETWORK;
    if (!is_v6)
        return ip_from_v4(0x0a000000u | (uint32_t)(number & 0xffffff));
    struct ip_address line = { { 0x20, 0x01, 0x0d, 0xb8 } };
    for (size_t i = 0; i < 8; i++)
        line.octets[15 - i] = (uint8_t)(number >> 8 * i);
    return line;
}

struct plan {
    const char *name;
    size_t lines;
    bool is_v6;
    bool is_scattered;
};

static void run(const struct plan *plan, struct prefix_cipher *cipher, size_t records)
{
    static struct ip_address lines[2 * BATCH];
    double spent_s = 0;
    for (size_t at = 0; at < records; at += BATCH) {
        for (size_t i = 0; i < plan->lines * BATCH; i++)
            lines[i] = line_of(plan->is_v6, plan->is_scattered);
        double before_s = now_s();
        for (size_t i = 0; i < plan->lines * BATCH; i++)
            lines[i] = prefix_pseudonym(cipher, &lines[i]);
        spent_s += now_s() - before_s;
    }
    printf("%s %zu %.6f\n", plan->name, records, spent_s);
}

/* The other kind of pseudonym, for comparison. */
static void run_opaque(size_t records)
{
    static const uint8_t key[32] = { 1 };
    double before_s = now_s();
    for (size_t i = 0; i < records; i++) {
        struct ip_address line = line_of(false, false);
        uint8_t digest[crypto_generichash_blake2b_BYTES_MIN];
        (void)crypto_generichash_blake2b(digest, sizeof digest, line.octets, 16, key,
                                         sizeof key);
    }
    printf("opaque %zu %.6f\n", records, now_s() - before_s);
}

int main(int argc, char **argv)
{
    static const uint8_t key[PREFIX_KEY_BYTES] = { 1, 2, 3 };
    static const struct plan plans[] = {
        { "v4_spread", 1, false, false },   { "v4_spread_two_lines", 2, false, false },
        { "v6_spread", 1, true, false },    { "v6_spread_two_lines", 2, true, false },
        { "v4_scattered", 1, false, true }, { "v4_scattered_two_lines", 2, false, true },
        { "v6_scattered", 1, true, true },
    };
    size_t records = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 4000000;
    void *memory = malloc(prefix_cipher_size());
    if (!memory || sodium_init() < 0)
        return EXIT_FAILURE;
    struct arena arena = arena_over(memory, prefix_cipher_size());
    struct prefix_cipher *cipher = prefix_cipher_init(key, &arena);
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        run(&plans[i], cipher, records);
    run_opaque(records);
    free(memory);
    return EXIT_SUCCESS;
}
