// SPDX-License-Identifier: Apache-2.0
/* Generations: a set over the octets of a file, asked one by one and many at once, against
 * trying all there is. */
#include "base/time.h"
#include "image.h"

enum { KEYS = 60000, TEXT_MAX = 4 << 20, NAIVE_BITS = 1 << 17 };

static _Alignas(64) uint8_t memory[24 << 20];
static uint8_t view_memory[3][16384];
static const struct hash_key key = { { 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9,
                                       0x94d049bb133111eb, 0x2545f4914f6cdd1d } };
static const struct generation first = { .number = 7, .built_ns = 1 };

static const char *list_name = "a list";

static struct indicators *new_set(size_t count_max, struct hash_key with)
{
    check(indicators_size(count_max, TEXT_MAX) <= sizeof memory);
    struct arena arena = arena_over(memory, sizeof memory);
    struct indicators *set = indicators_init(count_max, TEXT_MAX, with, &arena);
    uint16_t list;
    check(indicators_add_list(set, list_name, &list));
    return set;
}

static enum indicators_verdict add(struct indicators *set, const char *words, bool is_revoked)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator indicator;
    check_equal(indicator_read(bytes_of_string(words), &scratch, &indicator), FAULT_NONE);
    indicator.is_revoked = is_revoked;
    return indicators_add(set, &indicator);
}

static struct indicators *view_of(const struct image *image, size_t place)
{
    struct generation read;
    check(indicators_view_size() <= sizeof view_memory[place]);
    check_equal(generation_read((struct bytes){ image->at, image->len }, &read), FAULT_NONE);
    struct arena arena = arena_over(view_memory[place], sizeof view_memory[place]);
    return indicators_over(image->at, &read, &arena);
}

static uint64_t next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Asks for one thing. */
static bool finds(const struct indicators *set, const struct indicator_question *question,
                  struct indicator_hit *hit)
{
    struct indicator_answer answer;
    indicators_ask(set, question, 1, &answer);
    if (answer.set)
        indicator_answer_tell(&answer, hit);
    return answer.set != NULL;
}

static bool finds_words(const struct indicators *set, const char *words,
                        struct indicator_hit *hit)
{
    char room[INDICATOR_TEXT_MAX + 256];
    struct text scratch = text_over(room, sizeof room);
    struct indicator read;
    check_equal(indicator_read(bytes_of_string(words), &scratch, &read), FAULT_NONE);
    struct bytes digest = { read.digest, read.digest_len };
    struct indicator_question question = { .kind = read.kind,
                                           .address = read.prefix.address,
                                           .port = read.port,
                                           .bytes = read.digest_len > 0 ? digest : read.text };
    return finds(set, &question, hit);
}

static const char *const samples[] = {
    "192.0.2.1",
    "198.51.100.0/24",
    "2001:db8::/48",
    "[2001:db8::1]:443",
    "evil.example",
    "00112233445566778899aabbccddeeff",
    "t13d1516h2_8daaf6152771_02713d6af862",
    "0300000000000000000000000000000000000000",
    "0400000000000000000000000000000000000000000000000000000000000000",
    "sid:1:2019401",
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static struct image sample_image(void)
{
    struct indicators *set = new_set(64, key);
    for (size_t i = 0; i < SAMPLES; i++)
        check_equal(add(set, samples[i], false), INDICATORS_ADDED);
    return image_of(set, first);
}

static void what_was_written_answers_with_its_generation(void **state)
{
    (void)state;
    struct image image = sample_image();
    struct indicators *set = view_of(&image, 0);
    check_equal(indicators_count(set), SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct indicator_hit hit;
        check(finds_words(set, samples[i], &hit));
        check(i == 9 || strcmp(hit.value, samples[i]) == 0);
        assert_string_equal(hit.list, "a list");
        check_equal(hit.generation, 7);
        check_equal(hit.begins_ns, 0);
        check(hit.expires_ns == INT64_MAX);
    }
    struct indicator_hit hit;
    check(finds_words(set, "x.y.evil.example", &hit));
    check(!finds_words(set, "evil2.example", &hit));
    check(!finds_words(set, "192.0.2.2", &hit));
    check(!finds_words(set, "0400000000000000000000000000000000000001", &hit));
    free(image.at);
}

static void the_same_indicators_give_the_same_octets(void **state)
{
    (void)state;
    struct image one = sample_image();
    struct indicators *larger = new_set(KEYS, key);
    for (size_t i = 0; i < SAMPLES; i++)
        check_equal(add(larger, samples[i], false), INDICATORS_ADDED);
    struct image other = image_of(larger, first);
    check_equal(one.len, other.len);
    check(memcmp(one.at, other.at, one.len) == 0);
    free(one.at);
    free(other.at);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    struct image image = sample_image();
    struct generation read;
    for (size_t len = 0; len < image.len; len += len < 2048 ? 1 : 4093)
        check(generation_read((struct bytes){ image.at, len }, &read) != FAULT_NONE);
    check(generation_read((struct bytes){ image.at, image.len - 1 }, &read) != FAULT_NONE);
    free(image.at);
}

/* Counts that lie lead nowhere beyond the file, wherever they pass. */
static void no_flipped_bit_of_the_header_leads_out_of_the_file(void **state)
{
    (void)state;
    struct image image = sample_image();
    size_t passed = 0;
    for (size_t bit = 0; bit < (size_t)GENERATION_HEADER_OCTETS * 8; bit++) {
        image.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct generation read;
        if (generation_read((struct bytes){ image.at, image.len }, &read) == FAULT_NONE) {
            check(generation_end(&read) <= image.len);
            struct indicators *set = view_of(&image, 0);
            struct indicator_hit hit;
            for (size_t i = 0; i < SAMPLES; i++)
                (void)finds_words(set, samples[i], &hit);
            passed++;
        }
        image.at[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    check(passed > 100); /* times, keys and digests are the signature's to hold */
    free(image.at);
}

static bool has_fault(struct generation changed, const struct image *image, enum fault fault)
{
    struct generation read;
    uint8_t *copy = malloc(image->len);
    memcpy(copy, image->at, image->len);
    generation_write(&changed, copy);
    bool is_refused = generation_read((struct bytes){ copy, image->len }, &read) == fault;
    free(copy);
    return is_refused;
}

static void counts_beyond_their_bounds_are_refused(void **state)
{
    (void)state;
    struct image image = sample_image();
    struct generation good = image.generation, g = good;
    check(has_fault(g, &image, FAULT_NONE));
    g.count = UINT64_C(1) << 31;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.slot_count = UINT64_C(1) << 32;
    check(has_fault(g, &image, FAULT_VALUE));
    g.slot_count = UINT64_C(1) << 31;
    check(has_fault(g, &image, FAULT_TRUNCATED));
    g.slot_count = g.count; /* a search would have no end */
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.line_count = 0;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.text_len = UINT64_MAX;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.list_count = 257;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.probe_max = GENERATION_PROBE_MAX + 1;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.kind_count[0]++;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.v6_lengths[16] = 2; /* a length of 129 */
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.exceptions = 16;
    check(has_fault(g, &image, FAULT_VALUE));
    g = good;
    g.sequence = 1; /* is no overlay */
    check(has_fault(g, &image, FAULT_VALUE));
    free(image.at);
}

/* Addresses whose presence is also in a map of bits, which cannot be wrong. */
struct naive {
    uint8_t bits[NAIVE_BITS / 8];
};
static struct naive naive;

static struct ip_address address_of(uint32_t index)
{
    return ip_from_v4(0x20000000U + index);
}

static void fill(struct indicators *set, uint64_t seed)
{
    memset(&naive, 0, sizeof naive);
    for (size_t i = 0; i < KEYS; i++) {
        uint32_t index = (uint32_t)next(&seed) % NAIVE_BITS;
        struct indicator indicator = { .prefix = { address_of(index), 128 },
                                       .expires_ns = INT64_MAX };
        (void)indicators_add(set, &indicator);
        naive.bits[index / 8] |= (uint8_t)(1U << index % 8);
    }
}

static void a_million_questions_are_answered_as_a_naive_scan_does(void **state)
{
    (void)state;
    enum { RUNS = 10000, RUN = 128 };
    struct indicators *set = new_set(KEYS, key);
    fill(set, 3);
    struct image image = image_of(set, first);
    struct indicators *view = view_of(&image, 0);
    static struct indicator_question questions[RUN];
    static struct indicator_answer answers[RUN];
    uint32_t indices[RUN];
    uint64_t random = 5;
    size_t found = 0;
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t i = 0; i < RUN; i++) {
            indices[i] = (uint32_t)next(&random) % NAIVE_BITS;
            questions[i] = (struct indicator_question){ .address = address_of(indices[i]) };
        }
        indicators_ask(view, questions, RUN, answers);
        for (size_t i = 0; i < RUN; i++) {
            bool is_listed = naive.bits[indices[i] / 8] >> indices[i] % 8 & 1;
            check(is_listed == (answers[i].set != NULL));
            found += is_listed;
        }
    }
    check(found > RUNS * RUN / 4);
    free(image.at);
}

static bool below(struct bytes name, const char *listed)
{
    size_t len = strlen(listed);
    return name.len >= len && memcmp(name.at + name.len - len, listed, len) == 0 &&
           (name.len == len || name.at[name.len - len - 1] == '.');
}

static void names_are_answered_as_trying_all_does(void **state)
{
    (void)state;
    enum { NAMES = 300, RUNS = 2000, RUN = 64 };
    static char listed[NAMES][48], asked[RUN][96];
    struct indicators *set = new_set(KEYS, key);
    uint64_t random = 9;
    static const char *const labels[] = { "a", "b", "cc", "mail", "www", "x1" };
    for (size_t i = 0; i < NAMES; i++) {
        struct text name = text_over(listed[i], sizeof listed[i]);
        for (uint64_t depth = next(&random) % 4; depth > 0; depth--) {
            text_put_string(&name, labels[next(&random) % 6]);
            text_put_char(&name, '.');
        }
        text_put_string(&name, "d");
        text_put_u64(&name, next(&random) % 200);
        text_put_string(&name, ".example");
        check(add(set, listed[i], false) <= INDICATORS_DUPLICATE);
    }
    struct image image = image_of(set, first);
    struct indicators *view = view_of(&image, 0);
    struct indicator_question questions[RUN];
    struct indicator_answer answers[RUN];
    for (size_t run = 0; run < RUNS; run++) {
        for (size_t i = 0; i < RUN; i++) {
            struct text name = text_over(asked[i], sizeof asked[i]);
            for (uint64_t depth = next(&random) % 14; depth > 0; depth--) {
                text_put_string(&name, labels[next(&random) % 6]);
                text_put_char(&name, '.');
            }
            text_put_string(&name, "d");
            text_put_u64(&name, next(&random) % 200);
            text_put_string(&name, ".example");
            questions[i] = (struct indicator_question){ .kind = INDICATOR_DOMAIN,
                                                        .bytes = text_bytes(&name) };
        }
        indicators_ask(view, questions, RUN, answers);
        for (size_t i = 0; i < RUN; i++) {
            const char *nearest = NULL;
            for (size_t j = 0; j < NAMES; j++) {
                if (below(questions[i].bytes, listed[j]) &&
                    (!nearest || strlen(listed[j]) > strlen(nearest)))
                    nearest = listed[j];
            }
            struct indicator_hit hit;
            check((nearest != NULL) == (answers[i].set != NULL));
            if (nearest) {
                indicator_answer_tell(&answers[i], &hit);
                assert_string_equal(hit.value, nearest);
            }
        }
    }
    free(image.at);
}

/* Addresses that all fall together under one key are spread by another. */
static void keys_made_for_one_hash_do_not_lengthen_searches_under_another(void **state)
{
    (void)state;
    enum { FLOOD = 3000, WINDOW = 1 << 20 };
    static uint32_t flood[FLOOD];
    size_t count = 0;
    for (uint64_t v4 = 0; count < FLOOD; v4++) {
        struct ip_address address = ip_from_v4((uint32_t)v4 + 0x20000000U);
        uint64_t hash =
            hash_two(&key, hash_load64(address.octets), hash_load64(address.octets + 8));
        hash = hash_fold(hash ^ key.word[1], (UINT64_C(1) << 32) ^ key.word[3]);
        if (hash >> 54 == 0) /* the first thousandth of the table */
            flood[count++] = (uint32_t)v4 + 0x20000000U;
    }
    uint32_t probes[2];
    for (size_t i = 0; i < 2; i++) {
        struct hash_key with = key;
        with.word[2] ^= i;
        with.word[0] ^= i << 40;
        struct indicators *set = new_set(FLOOD, with);
        for (size_t j = 0; j < FLOOD; j++) {
            struct indicator indicator = { .prefix = { ip_from_v4(flood[j]), 128 },
                                           .expires_ns = INT64_MAX };
            check_equal(indicators_add(set, &indicator), INDICATORS_ADDED);
        }
        struct generation generation = first;
        check(indicators_seal(set, &generation));
        probes[i] = generation.probe_max;
    }
    check(probes[0] > FLOOD / 2); /* the flood works where the key is known */
    check(probes[1] < 100);
}

static void an_overlay_adds_at_once_and_takes_away(void **state)
{
    (void)state;
    struct image image = sample_image();
    static const struct hash_key other = { { 5, 6, 7, 8 } };
    list_name = "an urgent list";
    struct indicators *urgent = new_set(64, other);
    list_name = "a list";
    check_equal(add(urgent, "203.0.113.9", false), INDICATORS_ADDED);
    check_equal(add(urgent, "new.example", false), INDICATORS_ADDED);
    for (size_t i = 0; i < SAMPLES; i += 2)
        check_equal(add(urgent, samples[i], true), INDICATORS_ADDED);
    struct generation over = { .role = GENERATION_OVERLAY, .number = 7, .sequence = 3 };
    struct image overlay = image_of(urgent, over);
    struct arena arena = arena_over(view_memory[2], sizeof view_memory[2]);
    struct indicators *set = indicators_with(view_of(&image, 0), view_of(&overlay, 1), &arena);
    struct indicator_hit hit;
    check(finds_words(set, "203.0.113.9", &hit));
    check_equal(hit.generation, 7);
    check_equal(hit.overlay, 3);
    check(finds_words(set, "www.new.example", &hit));
    for (size_t i = 0; i < SAMPLES; i++)
        check(finds_words(set, samples[i], &hit) == (i % 2 == 1));
    struct flow flow = { .responder_port = 80, .protocol = 6 };
    struct selection why;
    struct indicator_marks marks = { 0 };
    check(ip_read(BYTES("192.0.2.1"), &flow.responder)); /* revoked */
    check(!indicators_match(set, &flow, 0, &why, &marks));
    check(ip_read(BYTES("203.0.113.9"), &flow.responder));
    check(indicators_match(set, &flow, 0, &why, &marks));
    check_equal(why.hits[0].overlay, 3);
    uint16_t list;
    check(indicators_find_list(set, "an urgent list", &list));
    check_equal(list, 1); /* after those of the set */
    assert_string_equal(indicators_list_name(set, 0), "a list");
    assert_string_equal(indicators_list_name(set, 1), "an urgent list");
    check(!indicators_list_name(set, 2));
    check_equal(marks.kinds[STAND_RESPONDER][list], 1U << INDICATOR_ADDRESS);
    check(ip_read(BYTES("198.51.100.7"), &flow.responder)); /* of a prefix that stays */
    check(indicators_match(set, &flow, 0, &why, &marks));
    check_equal(why.hits[0].overlay, 0);
    free(image.at);
    free(overlay.at);
}

TESTS(TEST(what_was_written_answers_with_its_generation),
      TEST(the_same_indicators_give_the_same_octets), TEST(every_shorter_file_is_refused),
      TEST(no_flipped_bit_of_the_header_leads_out_of_the_file),
      TEST(counts_beyond_their_bounds_are_refused),
      TEST(a_million_questions_are_answered_as_a_naive_scan_does),
      TEST(names_are_answered_as_trying_all_does),
      TEST(keys_made_for_one_hash_do_not_lengthen_searches_under_another),
      TEST(an_overlay_adds_at_once_and_takes_away))
